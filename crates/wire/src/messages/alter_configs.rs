// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of AlterConfigs (key 33), versions 0-2.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `AlterConfigsRequest`, versions 0-2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterConfigsRequest {
    /// Field `resources`, versions 0+.
    pub resources: Vec<AlterConfigsResource>,
    /// Field `validate_only`, versions 0+.
    pub validate_only: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AlterConfigsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AlterConfigsRequest::MIN..=AlterConfigsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "AlterConfigsRequest", version });
        }
        let flexible = version >= 2;
        w.structs(flexible, &self.resources, version, "resources")?;
        w.bool(self.validate_only);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AlterConfigsRequest::MIN..=AlterConfigsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            resources: r.structs(flexible, 4, version, "resources")?,
            validate_only: r.bool("validate_only")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AlterConfigsResource` of AlterConfigs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterConfigsResource {
    /// Field `resource_type`, versions 0+.
    pub resource_type: i8,
    /// Field `resource_name`, versions 0+.
    pub resource_name: String,
    /// Field `configs`, versions 0+.
    pub configs: Vec<AlterableConfig>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AlterConfigsResource {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.i8(self.resource_type);
        w.string(flexible, &self.resource_name, "resource_name")?;
        w.structs(flexible, &self.configs, version, "configs")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            resource_type: r.i8("resource_type")?,
            resource_name: r.string(flexible, "resource_name")?,
            configs: r.structs(flexible, 3, version, "configs")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AlterableConfig` of AlterConfigs.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterableConfig {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `value`, versions 0+, nullable.
    pub value: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for AlterableConfig {
    fn default() -> Self {
        Self { name: String::new(), value: Some(String::new()), unknown_tags: TaggedFields::default() }
    }
}

impl Message for AlterableConfig {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.string(flexible, &self.name, "name")?;
        w.nullable_string(flexible, self.value.as_deref(), "value")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            name: r.string(flexible, "name")?,
            value: r.nullable_string(flexible, "value")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `AlterConfigsResponse`, versions 0-2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlterConfigsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `responses`, versions 0+.
    pub responses: Vec<AlterConfigsResourceResponse>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AlterConfigsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AlterConfigsRequest::MIN..=AlterConfigsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "AlterConfigsResponse", version });
        }
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.responses, version, "responses")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AlterConfigsRequest::MIN..=AlterConfigsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            responses: r.structs(flexible, 6, version, "responses")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AlterConfigsResourceResponse` of AlterConfigs.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterConfigsResourceResponse {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `resource_type`, versions 0+.
    pub resource_type: i8,
    /// Field `resource_name`, versions 0+.
    pub resource_name: String,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for AlterConfigsResourceResponse {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            resource_type: 0,
            resource_name: String::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for AlterConfigsResourceResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        w.i8(self.resource_type);
        w.string(flexible, &self.resource_name, "resource_name")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            resource_type: r.i8("resource_type")?,
            resource_name: r.string(flexible, "resource_name")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for AlterConfigsRequest {
    type Response = AlterConfigsResponse;
    const KEY: ApiKey = ApiKey::AlterConfigs;
    const MIN: i16 = 0;
    const MAX: i16 = 2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
}
