// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DescribeConfigs (key 32), versions 1-4.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DescribeConfigsRequest`, versions 1-4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeConfigsRequest {
    /// Field `resources`, versions 1+.
    pub resources: Vec<DescribeConfigsResource>,
    /// Field `include_synonyms`, versions 1+.
    pub include_synonyms: bool,
    /// Field `include_documentation`, versions 3+.
    pub include_documentation: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeConfigsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeConfigsRequest::MIN..=DescribeConfigsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeConfigsRequest", version });
        }
        let flexible = version >= 4;
        w.structs(flexible, &self.resources, version, "resources")?;
        w.bool(self.include_synonyms);
        if version >= 3 {
            w.bool(self.include_documentation);
        } else if self.include_documentation {
            return Err(EncodeError::Unsupported { field: "include_documentation", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeConfigsRequest::MIN..=DescribeConfigsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            resources: r.structs(flexible, 4, version, "resources")?,
            include_synonyms: r.bool("include_synonyms")?,
            include_documentation: if version >= 3 { r.bool("include_documentation")? } else { false },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribeConfigsResource` of DescribeConfigs.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeConfigsResource {
    /// Field `resource_type`, versions 1+.
    pub resource_type: i8,
    /// Field `resource_name`, versions 1+.
    pub resource_name: String,
    /// Field `configuration_keys`, versions 1+, nullable.
    pub configuration_keys: Option<Vec<String>>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeConfigsResource {
    fn default() -> Self {
        Self {
            resource_type: 0,
            resource_name: String::new(),
            configuration_keys: Some(Vec::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeConfigsResource {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        w.i8(self.resource_type);
        w.string(flexible, &self.resource_name, "resource_name")?;
        w.nullable_list(flexible, self.configuration_keys.as_deref(), "configuration_keys", |w, item| {
            w.string(flexible, item, "configuration_keys")
        })?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            resource_type: r.i8("resource_type")?,
            resource_name: r.string(flexible, "resource_name")?,
            configuration_keys: r.nullable_list(flexible, 1, "configuration_keys", |r| {
                r.string(flexible, "configuration_keys")
            })?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `DescribeConfigsResponse`, versions 1-4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeConfigsResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `results`, versions 1+.
    pub results: Vec<DescribeConfigsResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeConfigsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeConfigsRequest::MIN..=DescribeConfigsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeConfigsResponse", version });
        }
        let flexible = version >= 4;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.results, version, "results")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeConfigsRequest::MIN..=DescribeConfigsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            results: r.structs(flexible, 7, version, "results")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribeConfigsResult` of DescribeConfigs.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeConfigsResult {
    /// Field `error_code`, versions 1+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 1+, nullable.
    pub error_message: Option<String>,
    /// Field `resource_type`, versions 1+.
    pub resource_type: i8,
    /// Field `resource_name`, versions 1+.
    pub resource_name: String,
    /// Field `configs`, versions 1+.
    pub configs: Vec<DescribeConfigsResourceResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeConfigsResult {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            resource_type: 0,
            resource_name: String::new(),
            configs: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeConfigsResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        w.i8(self.resource_type);
        w.string(flexible, &self.resource_name, "resource_name")?;
        w.structs(flexible, &self.configs, version, "configs")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            resource_type: r.i8("resource_type")?,
            resource_name: r.string(flexible, "resource_name")?,
            configs: r.structs(flexible, 9, version, "configs")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribeConfigsResourceResult` of DescribeConfigs.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeConfigsResourceResult {
    /// Field `name`, versions 1+.
    pub name: String,
    /// Field `value`, versions 1+, nullable.
    pub value: Option<String>,
    /// Field `read_only`, versions 1+.
    pub read_only: bool,
    /// Field `config_source`, versions 1+.
    pub config_source: i8,
    /// Field `is_sensitive`, versions 1+.
    pub is_sensitive: bool,
    /// Field `synonyms`, versions 1+.
    pub synonyms: Vec<DescribeConfigsSynonym>,
    /// Field `config_type`, versions 3+.
    pub config_type: i8,
    /// Field `documentation`, versions 3+, nullable.
    pub documentation: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeConfigsResourceResult {
    fn default() -> Self {
        Self {
            name: String::new(),
            value: Some(String::new()),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
            synonyms: Vec::new(),
            config_type: 0,
            documentation: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeConfigsResourceResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        w.string(flexible, &self.name, "name")?;
        w.nullable_string(flexible, self.value.as_deref(), "value")?;
        w.bool(self.read_only);
        w.i8(self.config_source);
        w.bool(self.is_sensitive);
        w.structs(flexible, &self.synonyms, version, "synonyms")?;
        if version >= 3 {
            w.i8(self.config_type);
        }
        if version >= 3 {
            w.nullable_string(flexible, self.documentation.as_deref(), "documentation")?;
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            name: r.string(flexible, "name")?,
            value: r.nullable_string(flexible, "value")?,
            read_only: r.bool("read_only")?,
            config_source: r.i8("config_source")?,
            is_sensitive: r.bool("is_sensitive")?,
            synonyms: r.structs(flexible, 4, version, "synonyms")?,
            config_type: if version >= 3 { r.i8("config_type")? } else { 0 },
            documentation: if version >= 3 {
                r.nullable_string(flexible, "documentation")?
            } else {
                Some(String::new())
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribeConfigsSynonym` of DescribeConfigs.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeConfigsSynonym {
    /// Field `name`, versions 1+.
    pub name: String,
    /// Field `value`, versions 1+, nullable.
    pub value: Option<String>,
    /// Field `source`, versions 1+.
    pub source: i8,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeConfigsSynonym {
    fn default() -> Self {
        Self {
            name: String::new(),
            value: Some(String::new()),
            source: 0,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeConfigsSynonym {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        w.string(flexible, &self.name, "name")?;
        w.nullable_string(flexible, self.value.as_deref(), "value")?;
        w.i8(self.source);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            name: r.string(flexible, "name")?,
            value: r.nullable_string(flexible, "value")?,
            source: r.i8("source")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for DescribeConfigsRequest {
    type Response = DescribeConfigsResponse;
    const KEY: ApiKey = ApiKey::DescribeConfigs;
    const MIN: i16 = 1;
    const MAX: i16 = 4;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
}
