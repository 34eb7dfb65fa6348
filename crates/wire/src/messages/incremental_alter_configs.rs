// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of IncrementalAlterConfigs (key 44), versions 0-1.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `IncrementalAlterConfigsRequest`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IncrementalAlterConfigsRequest {
    /// Field `resources`, versions 0+.
    pub resources: Vec<IncrementalAlterConfigsResource>,
    /// Field `validate_only`, versions 0+.
    pub validate_only: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for IncrementalAlterConfigsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(IncrementalAlterConfigsRequest::MIN..=IncrementalAlterConfigsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "IncrementalAlterConfigsRequest", version });
        }
        let flexible = version >= 1;
        w.structs(flexible, &self.resources, version, "resources")?;
        w.bool(self.validate_only);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(IncrementalAlterConfigsRequest::MIN..=IncrementalAlterConfigsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 1;
        Ok(Self {
            resources: r.structs(flexible, 4, version, "resources")?,
            validate_only: r.bool("validate_only")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `IncrementalAlterConfigsResource` of IncrementalAlterConfigs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IncrementalAlterConfigsResource {
    /// Field `resource_type`, versions 0+.
    pub resource_type: i8,
    /// Field `resource_name`, versions 0+.
    pub resource_name: String,
    /// Field `configs`, versions 0+.
    pub configs: Vec<IncrementalAlterableConfig>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for IncrementalAlterConfigsResource {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.i8(self.resource_type);
        w.string(flexible, &self.resource_name, "resource_name")?;
        w.structs(flexible, &self.configs, version, "configs")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            resource_type: r.i8("resource_type")?,
            resource_name: r.string(flexible, "resource_name")?,
            configs: r.structs(flexible, 4, version, "configs")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `IncrementalAlterableConfig` of IncrementalAlterConfigs.
#[derive(Debug, Clone, PartialEq)]
pub struct IncrementalAlterableConfig {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `config_operation`, versions 0+.
    pub config_operation: i8,
    /// Field `value`, versions 0+, nullable.
    pub value: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for IncrementalAlterableConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            config_operation: 0,
            value: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for IncrementalAlterableConfig {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.string(flexible, &self.name, "name")?;
        w.i8(self.config_operation);
        w.nullable_string(flexible, self.value.as_deref(), "value")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            name: r.string(flexible, "name")?,
            config_operation: r.i8("config_operation")?,
            value: r.nullable_string(flexible, "value")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `IncrementalAlterConfigsResponse`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IncrementalAlterConfigsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `responses`, versions 0+.
    pub responses: Vec<IncrementalAlterConfigsResourceResponse>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for IncrementalAlterConfigsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(IncrementalAlterConfigsRequest::MIN..=IncrementalAlterConfigsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "IncrementalAlterConfigsResponse", version });
        }
        let flexible = version >= 1;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.responses, version, "responses")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(IncrementalAlterConfigsRequest::MIN..=IncrementalAlterConfigsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 1;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            responses: r.structs(flexible, 6, version, "responses")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `IncrementalAlterConfigsResourceResponse` of IncrementalAlterConfigs.
#[derive(Debug, Clone, PartialEq)]
pub struct IncrementalAlterConfigsResourceResponse {
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

impl Default for IncrementalAlterConfigsResourceResponse {
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

impl Message for IncrementalAlterConfigsResourceResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 1;
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        w.i8(self.resource_type);
        w.string(flexible, &self.resource_name, "resource_name")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 1;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            resource_type: r.i8("resource_type")?,
            resource_name: r.string(flexible, "resource_name")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for IncrementalAlterConfigsRequest {
    type Response = IncrementalAlterConfigsResponse;
    const KEY: ApiKey = ApiKey::IncrementalAlterConfigs;
    const MIN: i16 = 0;
    const MAX: i16 = 1;
    const FLEXIBLE_FROM: Option<i16> = Some(1);
}
