// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of CreateTopics (key 19), versions 2-7.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TagSection, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `CreateTopicsRequest`, versions 2-7.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateTopicsRequest {
    /// Field `topics`, versions 2+.
    pub topics: Vec<CreatableTopic>,
    /// Field `timeout_ms`, versions 2+.
    pub timeout_ms: i32,
    /// Field `validate_only`, versions 2+.
    pub validate_only: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for CreateTopicsRequest {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            timeout_ms: 60000,
            validate_only: false,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for CreateTopicsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(CreateTopicsRequest::MIN..=CreateTopicsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "CreateTopicsRequest", version });
        }
        let flexible = version >= 5;
        w.structs(flexible, &self.topics, version, "topics")?;
        w.i32(self.timeout_ms);
        w.bool(self.validate_only);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(CreateTopicsRequest::MIN..=CreateTopicsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 5;
        Ok(Self {
            topics: r.structs(flexible, 10, version, "topics")?,
            timeout_ms: r.i32("timeout_ms")?,
            validate_only: r.bool("validate_only")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `CreatableTopic` of CreateTopics.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatableTopic {
    /// Field `name`, versions 2+.
    pub name: String,
    /// Field `num_partitions`, versions 2+.
    pub num_partitions: i32,
    /// Field `replication_factor`, versions 2+.
    pub replication_factor: i16,
    /// Field `assignments`, versions 2+.
    pub assignments: Vec<CreatableReplicaAssignment>,
    /// Field `configs`, versions 2+.
    pub configs: Vec<CreatableTopicConfig>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for CreatableTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        w.string(flexible, &self.name, "name")?;
        w.i32(self.num_partitions);
        w.i16(self.replication_factor);
        w.structs(flexible, &self.assignments, version, "assignments")?;
        w.structs(flexible, &self.configs, version, "configs")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        Ok(Self {
            name: r.string(flexible, "name")?,
            num_partitions: r.i32("num_partitions")?,
            replication_factor: r.i16("replication_factor")?,
            assignments: r.structs(flexible, 6, version, "assignments")?,
            configs: r.structs(flexible, 3, version, "configs")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `CreatableReplicaAssignment` of CreateTopics.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatableReplicaAssignment {
    /// Field `partition_index`, versions 2+.
    pub partition_index: i32,
    /// Field `broker_ids`, versions 2+.
    pub broker_ids: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for CreatableReplicaAssignment {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        w.i32(self.partition_index);
        w.nullable_list(flexible, Some(&self.broker_ids), "broker_ids", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            broker_ids: r.list(flexible, 4, "broker_ids", |r| r.i32("broker_ids"))?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `CreatableTopicConfig` of CreateTopics.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatableTopicConfig {
    /// Field `name`, versions 2+.
    pub name: String,
    /// Field `value`, versions 2+, nullable.
    pub value: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for CreatableTopicConfig {
    fn default() -> Self {
        Self { name: String::new(), value: Some(String::new()), unknown_tags: TaggedFields::default() }
    }
}

impl Message for CreatableTopicConfig {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        w.string(flexible, &self.name, "name")?;
        w.nullable_string(flexible, self.value.as_deref(), "value")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        Ok(Self {
            name: r.string(flexible, "name")?,
            value: r.nullable_string(flexible, "value")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `CreateTopicsResponse`, versions 2-7.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreateTopicsResponse {
    /// Field `throttle_time_ms`, versions 2+.
    pub throttle_time_ms: i32,
    /// Field `topics`, versions 2+.
    pub topics: Vec<CreatableTopicResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for CreateTopicsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(CreateTopicsRequest::MIN..=CreateTopicsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "CreateTopicsResponse", version });
        }
        let flexible = version >= 5;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.topics, version, "topics")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(CreateTopicsRequest::MIN..=CreateTopicsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 5;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            topics: r.structs(flexible, 6, version, "topics")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `CreatableTopicResult` of CreateTopics.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatableTopicResult {
    /// Field `name`, versions 2+.
    pub name: String,
    /// Field `topic_id`, versions 7+.
    pub topic_id: Uuid,
    /// Field `error_code`, versions 2+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 2+, nullable.
    pub error_message: Option<String>,
    /// Field `topic_config_error_code`, versions 5+, tag 0.
    pub topic_config_error_code: ErrorCode,
    /// Field `num_partitions`, versions 5+.
    pub num_partitions: i32,
    /// Field `replication_factor`, versions 5+.
    pub replication_factor: i16,
    /// Field `configs`, versions 5+, nullable.
    pub configs: Option<Vec<CreatableTopicConfigs>>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for CreatableTopicResult {
    fn default() -> Self {
        Self {
            name: String::new(),
            topic_id: Uuid::ZERO,
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            topic_config_error_code: ErrorCode::NONE,
            num_partitions: -1,
            replication_factor: -1,
            configs: Some(Vec::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for CreatableTopicResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        w.string(flexible, &self.name, "name")?;
        if version >= 7 {
            w.uuid(self.topic_id);
        }
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        if version >= 5 {
            w.i32(self.num_partitions);
        }
        if version >= 5 {
            w.i16(self.replication_factor);
        }
        if version >= 5 {
            w.nullable_structs(flexible, self.configs.as_deref(), version, "configs")?;
        }
        let mut tags = TagSection::default();
        if version >= 5 && self.topic_config_error_code != ErrorCode::NONE {
            tags.field(0, |w| {
                w.error_code(self.topic_config_error_code);
                Ok(())
            })?;
        }
        tags.encode(&self.unknown_tags, flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        let mut out = Self {
            name: r.string(flexible, "name")?,
            topic_id: if version >= 7 { r.uuid("topic_id")? } else { Uuid::ZERO },
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            topic_config_error_code: ErrorCode::NONE,
            num_partitions: if version >= 5 { r.i32("num_partitions")? } else { -1 },
            replication_factor: if version >= 5 { r.i16("replication_factor")? } else { -1 },
            configs: if version >= 5 {
                r.nullable_structs(flexible, 6, version, "configs")?
            } else {
                Some(Vec::new())
            },
            unknown_tags: TaggedFields::default(),
        };
        if flexible {
            r.tag_section(|r, tag| {
                match tag {
                    0 => out.topic_config_error_code = r.error_code("topic_config_error_code")?,
                    _ => r.unknown_tag(tag, &mut out.unknown_tags)?,
                }
                Ok(())
            })?;
        }
        Ok(out)
    }
}

/// Structure `CreatableTopicConfigs` of CreateTopics.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatableTopicConfigs {
    /// Field `name`, versions 5+.
    pub name: String,
    /// Field `value`, versions 5+, nullable.
    pub value: Option<String>,
    /// Field `read_only`, versions 5+.
    pub read_only: bool,
    /// Field `config_source`, versions 5+.
    pub config_source: i8,
    /// Field `is_sensitive`, versions 5+.
    pub is_sensitive: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for CreatableTopicConfigs {
    fn default() -> Self {
        Self {
            name: String::new(),
            value: Some(String::new()),
            read_only: false,
            config_source: -1,
            is_sensitive: false,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for CreatableTopicConfigs {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        if version >= 5 {
            w.string(flexible, &self.name, "name")?;
        } else if !self.name.is_empty() {
            return Err(EncodeError::Unsupported { field: "name", version });
        }
        if version >= 5 {
            w.nullable_string(flexible, self.value.as_deref(), "value")?;
        } else if self.value.as_deref() != Some("") {
            return Err(EncodeError::Unsupported { field: "value", version });
        }
        if version >= 5 {
            w.bool(self.read_only);
        } else if self.read_only {
            return Err(EncodeError::Unsupported { field: "read_only", version });
        }
        if version >= 5 {
            w.i8(self.config_source);
        }
        if version >= 5 {
            w.bool(self.is_sensitive);
        } else if self.is_sensitive {
            return Err(EncodeError::Unsupported { field: "is_sensitive", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        Ok(Self {
            name: if version >= 5 { r.string(flexible, "name")? } else { String::new() },
            value: if version >= 5 { r.nullable_string(flexible, "value")? } else { Some(String::new()) },
            read_only: if version >= 5 { r.bool("read_only")? } else { false },
            config_source: if version >= 5 { r.i8("config_source")? } else { -1 },
            is_sensitive: if version >= 5 { r.bool("is_sensitive")? } else { false },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for CreateTopicsRequest {
    type Response = CreateTopicsResponse;
    const KEY: ApiKey = ApiKey::CreateTopics;
    const MIN: i16 = 2;
    const MAX: i16 = 7;
    const FLEXIBLE_FROM: Option<i16> = Some(5);
}
