// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of ListConfigResources (key 74), versions 0-1.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `ListConfigResourcesRequest`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListConfigResourcesRequest {
    /// Field `resource_types`, versions 1+.
    pub resource_types: Vec<i8>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListConfigResourcesRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ListConfigResourcesRequest::MIN..=ListConfigResourcesRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ListConfigResourcesRequest", version });
        }
        if version >= 1 {
            w.nullable_list(true, Some(&self.resource_types), "resource_types", |w, item| {
                w.i8(*item);
                Ok(())
            })?;
        } else if !self.resource_types.is_empty() {
            return Err(EncodeError::Unsupported { field: "resource_types", version });
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ListConfigResourcesRequest::MIN..=ListConfigResourcesRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            resource_types: if version >= 1 {
                r.list(true, 1, "resource_types", |r| r.i8("resource_types"))?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `ListConfigResourcesResponse`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListConfigResourcesResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `config_resources`, versions 0+.
    pub config_resources: Vec<ConfigResource>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListConfigResourcesResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ListConfigResourcesRequest::MIN..=ListConfigResourcesRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ListConfigResourcesResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        w.structs(true, &self.config_resources, version, "config_resources")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ListConfigResourcesRequest::MIN..=ListConfigResourcesRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            config_resources: r.structs(true, 2, version, "config_resources")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ConfigResource` of ListConfigResources.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigResource {
    /// Field `resource_name`, versions 0+.
    pub resource_name: String,
    /// Field `resource_type`, versions 1+.
    pub resource_type: i8,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ConfigResource {
    fn default() -> Self {
        Self { resource_name: String::new(), resource_type: 16, unknown_tags: TaggedFields::default() }
    }
}

impl Message for ConfigResource {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.resource_name, "resource_name")?;
        if version >= 1 {
            w.i8(self.resource_type);
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            resource_name: r.string(true, "resource_name")?,
            resource_type: if version >= 1 { r.i8("resource_type")? } else { 16 },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for ListConfigResourcesRequest {
    type Response = ListConfigResourcesResponse;
    const KEY: ApiKey = ApiKey::ListConfigResources;
    const MIN: i16 = 0;
    const MAX: i16 = 1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
