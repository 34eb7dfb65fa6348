// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of CreateAcls (key 30), versions 1-3.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `CreateAclsRequest`, versions 1-3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateAclsRequest {
    /// Field `creations`, versions 1+.
    pub creations: Vec<AclCreation>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for CreateAclsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(CreateAclsRequest::MIN..=CreateAclsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "CreateAclsRequest", version });
        }
        let flexible = version >= 2;
        w.structs(flexible, &self.creations, version, "creations")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(CreateAclsRequest::MIN..=CreateAclsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            creations: r.structs(flexible, 8, version, "creations")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AclCreation` of CreateAcls.
#[derive(Debug, Clone, PartialEq)]
pub struct AclCreation {
    /// Field `resource_type`, versions 1+.
    pub resource_type: i8,
    /// Field `resource_name`, versions 1+.
    pub resource_name: String,
    /// Field `resource_pattern_type`, versions 1+.
    pub resource_pattern_type: i8,
    /// Field `principal`, versions 1+.
    pub principal: String,
    /// Field `host`, versions 1+.
    pub host: String,
    /// Field `operation`, versions 1+.
    pub operation: i8,
    /// Field `permission_type`, versions 1+.
    pub permission_type: i8,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for AclCreation {
    fn default() -> Self {
        Self {
            resource_type: 0,
            resource_name: String::new(),
            resource_pattern_type: 3,
            principal: String::new(),
            host: String::new(),
            operation: 0,
            permission_type: 0,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for AclCreation {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.i8(self.resource_type);
        w.string(flexible, &self.resource_name, "resource_name")?;
        w.i8(self.resource_pattern_type);
        w.string(flexible, &self.principal, "principal")?;
        w.string(flexible, &self.host, "host")?;
        w.i8(self.operation);
        w.i8(self.permission_type);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            resource_type: r.i8("resource_type")?,
            resource_name: r.string(flexible, "resource_name")?,
            resource_pattern_type: r.i8("resource_pattern_type")?,
            principal: r.string(flexible, "principal")?,
            host: r.string(flexible, "host")?,
            operation: r.i8("operation")?,
            permission_type: r.i8("permission_type")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `CreateAclsResponse`, versions 1-3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateAclsResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `results`, versions 1+.
    pub results: Vec<AclCreationResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for CreateAclsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(CreateAclsRequest::MIN..=CreateAclsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "CreateAclsResponse", version });
        }
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.results, version, "results")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(CreateAclsRequest::MIN..=CreateAclsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            results: r.structs(flexible, 4, version, "results")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AclCreationResult` of CreateAcls.
#[derive(Debug, Clone, PartialEq)]
pub struct AclCreationResult {
    /// Field `error_code`, versions 1+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 1+, nullable.
    pub error_message: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for AclCreationResult {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for AclCreationResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for CreateAclsRequest {
    type Response = CreateAclsResponse;
    const KEY: ApiKey = ApiKey::CreateAcls;
    const MIN: i16 = 1;
    const MAX: i16 = 3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
}
