// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DeleteAcls (key 31), versions 1-3.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DeleteAclsRequest`, versions 1-3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteAclsRequest {
    /// Field `filters`, versions 1+.
    pub filters: Vec<DeleteAclsFilter>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DeleteAclsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DeleteAclsRequest::MIN..=DeleteAclsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DeleteAclsRequest", version });
        }
        let flexible = version >= 2;
        w.structs(flexible, &self.filters, version, "filters")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DeleteAclsRequest::MIN..=DeleteAclsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            filters: r.structs(flexible, 8, version, "filters")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DeleteAclsFilter` of DeleteAcls.
#[derive(Debug, Clone, PartialEq)]
pub struct DeleteAclsFilter {
    /// Field `resource_type_filter`, versions 1+.
    pub resource_type_filter: i8,
    /// Field `resource_name_filter`, versions 1+, nullable.
    pub resource_name_filter: Option<String>,
    /// Field `pattern_type_filter`, versions 1+.
    pub pattern_type_filter: i8,
    /// Field `principal_filter`, versions 1+, nullable.
    pub principal_filter: Option<String>,
    /// Field `host_filter`, versions 1+, nullable.
    pub host_filter: Option<String>,
    /// Field `operation`, versions 1+.
    pub operation: i8,
    /// Field `permission_type`, versions 1+.
    pub permission_type: i8,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DeleteAclsFilter {
    fn default() -> Self {
        Self {
            resource_type_filter: 0,
            resource_name_filter: Some(String::new()),
            pattern_type_filter: 3,
            principal_filter: Some(String::new()),
            host_filter: Some(String::new()),
            operation: 0,
            permission_type: 0,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DeleteAclsFilter {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.i8(self.resource_type_filter);
        w.nullable_string(flexible, self.resource_name_filter.as_deref(), "resource_name_filter")?;
        w.i8(self.pattern_type_filter);
        w.nullable_string(flexible, self.principal_filter.as_deref(), "principal_filter")?;
        w.nullable_string(flexible, self.host_filter.as_deref(), "host_filter")?;
        w.i8(self.operation);
        w.i8(self.permission_type);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            resource_type_filter: r.i8("resource_type_filter")?,
            resource_name_filter: r.nullable_string(flexible, "resource_name_filter")?,
            pattern_type_filter: r.i8("pattern_type_filter")?,
            principal_filter: r.nullable_string(flexible, "principal_filter")?,
            host_filter: r.nullable_string(flexible, "host_filter")?,
            operation: r.i8("operation")?,
            permission_type: r.i8("permission_type")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `DeleteAclsResponse`, versions 1-3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteAclsResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `filter_results`, versions 1+.
    pub filter_results: Vec<DeleteAclsFilterResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DeleteAclsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DeleteAclsRequest::MIN..=DeleteAclsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DeleteAclsResponse", version });
        }
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.filter_results, version, "filter_results")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DeleteAclsRequest::MIN..=DeleteAclsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            filter_results: r.structs(flexible, 5, version, "filter_results")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DeleteAclsFilterResult` of DeleteAcls.
#[derive(Debug, Clone, PartialEq)]
pub struct DeleteAclsFilterResult {
    /// Field `error_code`, versions 1+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 1+, nullable.
    pub error_message: Option<String>,
    /// Field `matching_acls`, versions 1+.
    pub matching_acls: Vec<DeleteAclsMatchingAcl>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DeleteAclsFilterResult {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            matching_acls: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DeleteAclsFilterResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        w.structs(flexible, &self.matching_acls, version, "matching_acls")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            matching_acls: r.structs(flexible, 11, version, "matching_acls")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DeleteAclsMatchingAcl` of DeleteAcls.
#[derive(Debug, Clone, PartialEq)]
pub struct DeleteAclsMatchingAcl {
    /// Field `error_code`, versions 1+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 1+, nullable.
    pub error_message: Option<String>,
    /// Field `resource_type`, versions 1+.
    pub resource_type: i8,
    /// Field `resource_name`, versions 1+.
    pub resource_name: String,
    /// Field `pattern_type`, versions 1+.
    pub pattern_type: i8,
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

impl Default for DeleteAclsMatchingAcl {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            resource_type: 0,
            resource_name: String::new(),
            pattern_type: 3,
            principal: String::new(),
            host: String::new(),
            operation: 0,
            permission_type: 0,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DeleteAclsMatchingAcl {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        w.i8(self.resource_type);
        w.string(flexible, &self.resource_name, "resource_name")?;
        w.i8(self.pattern_type);
        w.string(flexible, &self.principal, "principal")?;
        w.string(flexible, &self.host, "host")?;
        w.i8(self.operation);
        w.i8(self.permission_type);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            resource_type: r.i8("resource_type")?,
            resource_name: r.string(flexible, "resource_name")?,
            pattern_type: r.i8("pattern_type")?,
            principal: r.string(flexible, "principal")?,
            host: r.string(flexible, "host")?,
            operation: r.i8("operation")?,
            permission_type: r.i8("permission_type")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for DeleteAclsRequest {
    type Response = DeleteAclsResponse;
    const KEY: ApiKey = ApiKey::DeleteAcls;
    const MIN: i16 = 1;
    const MAX: i16 = 3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
}
