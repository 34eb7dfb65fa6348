// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of OffsetFetch (key 9), versions 1-10.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `OffsetFetchRequest`, versions 1-10.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetFetchRequest {
    /// Field `group_id`, versions 1-7.
    pub group_id: String,
    /// Field `topics`, versions 1-7, nullable.
    pub topics: Option<Vec<OffsetFetchRequestTopic>>,
    /// Field `groups`, versions 8+.
    pub groups: Vec<OffsetFetchRequestGroup>,
    /// Field `require_stable`, versions 7+.
    pub require_stable: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for OffsetFetchRequest {
    fn default() -> Self {
        Self {
            group_id: String::new(),
            topics: Some(Vec::new()),
            groups: Vec::new(),
            require_stable: false,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for OffsetFetchRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(OffsetFetchRequest::MIN..=OffsetFetchRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "OffsetFetchRequest", version });
        }
        let flexible = version >= 6;
        if version <= 7 {
            w.string(flexible, &self.group_id, "group_id")?;
        } else if !self.group_id.is_empty() {
            return Err(EncodeError::Unsupported { field: "group_id", version });
        }
        if version <= 7 {
            if self.topics.is_none() && version < 2 {
                return Err(EncodeError::Null { field: "topics", version });
            }
            w.nullable_structs(flexible, self.topics.as_deref(), version, "topics")?;
        } else if self.topics.as_ref().is_none_or(|value| !value.is_empty()) {
            return Err(EncodeError::Unsupported { field: "topics", version });
        }
        if version >= 8 {
            w.structs(flexible, &self.groups, version, "groups")?;
        } else if !self.groups.is_empty() {
            return Err(EncodeError::Unsupported { field: "groups", version });
        }
        if version >= 7 {
            w.bool(self.require_stable);
        } else if self.require_stable {
            return Err(EncodeError::Unsupported { field: "require_stable", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(OffsetFetchRequest::MIN..=OffsetFetchRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 6;
        Ok(Self {
            group_id: if version <= 7 { r.string(flexible, "group_id")? } else { String::new() },
            topics: if version <= 7 {
                {
                    let value = r.nullable_structs(flexible, 3, version, "topics")?;
                    if value.is_none() && version < 2 {
                        return Err(r.null("topics"));
                    }
                    value
                }
            } else {
                Some(Vec::new())
            },
            groups: if version >= 8 { r.structs(flexible, 3, version, "groups")? } else { Vec::new() },
            require_stable: if version >= 7 { r.bool("require_stable")? } else { false },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetFetchRequestTopic` of OffsetFetch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchRequestTopic {
    /// Field `name`, versions 1-7.
    pub name: String,
    /// Field `partition_indexes`, versions 1-7.
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetFetchRequestTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        if version <= 7 {
            w.string(flexible, &self.name, "name")?;
        } else if !self.name.is_empty() {
            return Err(EncodeError::Unsupported { field: "name", version });
        }
        if version <= 7 {
            w.nullable_list(flexible, Some(&self.partition_indexes), "partition_indexes", |w, item| {
                w.i32(*item);
                Ok(())
            })?;
        } else if !self.partition_indexes.is_empty() {
            return Err(EncodeError::Unsupported { field: "partition_indexes", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            name: if version <= 7 { r.string(flexible, "name")? } else { String::new() },
            partition_indexes: if version <= 7 {
                r.list(flexible, 4, "partition_indexes", |r| r.i32("partition_indexes"))?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetFetchRequestGroup` of OffsetFetch.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetFetchRequestGroup {
    /// Field `group_id`, versions 8+.
    pub group_id: String,
    /// Field `member_id`, versions 9+, nullable.
    pub member_id: Option<String>,
    /// Field `member_epoch`, versions 9+.
    pub member_epoch: i32,
    /// Field `topics`, versions 8+, nullable.
    pub topics: Option<Vec<OffsetFetchRequestTopics>>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for OffsetFetchRequestGroup {
    fn default() -> Self {
        Self {
            group_id: String::new(),
            member_id: None,
            member_epoch: -1,
            topics: Some(Vec::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for OffsetFetchRequestGroup {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        if version >= 8 {
            w.string(flexible, &self.group_id, "group_id")?;
        } else if !self.group_id.is_empty() {
            return Err(EncodeError::Unsupported { field: "group_id", version });
        }
        if version >= 9 {
            w.nullable_string(flexible, self.member_id.as_deref(), "member_id")?;
        }
        if version >= 9 {
            w.i32(self.member_epoch);
        }
        if version >= 8 {
            w.nullable_structs(flexible, self.topics.as_deref(), version, "topics")?;
        } else if self.topics.as_ref().is_none_or(|value| !value.is_empty()) {
            return Err(EncodeError::Unsupported { field: "topics", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            group_id: if version >= 8 { r.string(flexible, "group_id")? } else { String::new() },
            member_id: if version >= 9 { r.nullable_string(flexible, "member_id")? } else { None },
            member_epoch: if version >= 9 { r.i32("member_epoch")? } else { -1 },
            topics: if version >= 8 {
                r.nullable_structs(flexible, 3, version, "topics")?
            } else {
                Some(Vec::new())
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetFetchRequestTopics` of OffsetFetch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchRequestTopics {
    /// Field `name`, versions 8-9.
    pub name: String,
    /// Field `topic_id`, versions 10+.
    pub topic_id: Uuid,
    /// Field `partition_indexes`, versions 8+.
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetFetchRequestTopics {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        if (8..=9).contains(&version) {
            w.string(flexible, &self.name, "name")?;
        }
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        if version >= 8 {
            w.nullable_list(flexible, Some(&self.partition_indexes), "partition_indexes", |w, item| {
                w.i32(*item);
                Ok(())
            })?;
        } else if !self.partition_indexes.is_empty() {
            return Err(EncodeError::Unsupported { field: "partition_indexes", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            name: if (8..=9).contains(&version) { r.string(flexible, "name")? } else { String::new() },
            topic_id: if version >= 10 { r.uuid("topic_id")? } else { Uuid::ZERO },
            partition_indexes: if version >= 8 {
                r.list(flexible, 4, "partition_indexes", |r| r.i32("partition_indexes"))?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `OffsetFetchResponse`, versions 1-10.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchResponse {
    /// Field `throttle_time_ms`, versions 3+.
    pub throttle_time_ms: i32,
    /// Field `topics`, versions 1-7.
    pub topics: Vec<OffsetFetchResponseTopic>,
    /// Field `error_code`, versions 2-7.
    pub error_code: ErrorCode,
    /// Field `groups`, versions 8+.
    pub groups: Vec<OffsetFetchResponseGroup>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetFetchResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(OffsetFetchRequest::MIN..=OffsetFetchRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "OffsetFetchResponse", version });
        }
        let flexible = version >= 6;
        if version >= 3 {
            w.i32(self.throttle_time_ms);
        }
        if version <= 7 {
            w.structs(flexible, &self.topics, version, "topics")?;
        } else if !self.topics.is_empty() {
            return Err(EncodeError::Unsupported { field: "topics", version });
        }
        if (2..=7).contains(&version) {
            w.error_code(self.error_code);
        }
        if version >= 8 {
            w.structs(flexible, &self.groups, version, "groups")?;
        } else if !self.groups.is_empty() {
            return Err(EncodeError::Unsupported { field: "groups", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(OffsetFetchRequest::MIN..=OffsetFetchRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 6;
        Ok(Self {
            throttle_time_ms: if version >= 3 { r.i32("throttle_time_ms")? } else { 0 },
            topics: if version <= 7 { r.structs(flexible, 3, version, "topics")? } else { Vec::new() },
            error_code: if (2..=7).contains(&version) {
                r.error_code("error_code")?
            } else {
                ErrorCode::NONE
            },
            groups: if version >= 8 { r.structs(flexible, 5, version, "groups")? } else { Vec::new() },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetFetchResponseTopic` of OffsetFetch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchResponseTopic {
    /// Field `name`, versions 1-7.
    pub name: String,
    /// Field `partitions`, versions 1-7.
    pub partitions: Vec<OffsetFetchResponsePartition>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetFetchResponseTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        if version <= 7 {
            w.string(flexible, &self.name, "name")?;
        } else if !self.name.is_empty() {
            return Err(EncodeError::Unsupported { field: "name", version });
        }
        if version <= 7 {
            w.structs(flexible, &self.partitions, version, "partitions")?;
        } else if !self.partitions.is_empty() {
            return Err(EncodeError::Unsupported { field: "partitions", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            name: if version <= 7 { r.string(flexible, "name")? } else { String::new() },
            partitions: if version <= 7 {
                r.structs(flexible, 16, version, "partitions")?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetFetchResponsePartition` of OffsetFetch.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetFetchResponsePartition {
    /// Field `partition_index`, versions 1-7.
    pub partition_index: i32,
    /// Field `committed_offset`, versions 1-7.
    pub committed_offset: i64,
    /// Field `committed_leader_epoch`, versions 5-7.
    pub committed_leader_epoch: i32,
    /// Field `metadata`, versions 1-7, nullable.
    pub metadata: Option<String>,
    /// Field `error_code`, versions 1-7.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for OffsetFetchResponsePartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(String::new()),
            error_code: ErrorCode::NONE,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for OffsetFetchResponsePartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        if version <= 7 {
            w.i32(self.partition_index);
        } else if self.partition_index != 0 {
            return Err(EncodeError::Unsupported { field: "partition_index", version });
        }
        if version <= 7 {
            w.i64(self.committed_offset);
        } else if self.committed_offset != 0 {
            return Err(EncodeError::Unsupported { field: "committed_offset", version });
        }
        if (5..=7).contains(&version) {
            w.i32(self.committed_leader_epoch);
        }
        if version <= 7 {
            w.nullable_string(flexible, self.metadata.as_deref(), "metadata")?;
        } else if self.metadata.as_deref() != Some("") {
            return Err(EncodeError::Unsupported { field: "metadata", version });
        }
        if version <= 7 {
            w.error_code(self.error_code);
        } else if self.error_code != ErrorCode::NONE {
            return Err(EncodeError::Unsupported { field: "error_code", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            partition_index: if version <= 7 { r.i32("partition_index")? } else { 0 },
            committed_offset: if version <= 7 { r.i64("committed_offset")? } else { 0 },
            committed_leader_epoch: if (5..=7).contains(&version) {
                r.i32("committed_leader_epoch")?
            } else {
                -1
            },
            metadata: if version <= 7 {
                r.nullable_string(flexible, "metadata")?
            } else {
                Some(String::new())
            },
            error_code: if version <= 7 { r.error_code("error_code")? } else { ErrorCode::NONE },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetFetchResponseGroup` of OffsetFetch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchResponseGroup {
    /// Field `group_id`, versions 8+.
    pub group_id: String,
    /// Field `topics`, versions 8+.
    pub topics: Vec<OffsetFetchResponseTopics>,
    /// Field `error_code`, versions 8+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetFetchResponseGroup {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        if version >= 8 {
            w.string(flexible, &self.group_id, "group_id")?;
        } else if !self.group_id.is_empty() {
            return Err(EncodeError::Unsupported { field: "group_id", version });
        }
        if version >= 8 {
            w.structs(flexible, &self.topics, version, "topics")?;
        } else if !self.topics.is_empty() {
            return Err(EncodeError::Unsupported { field: "topics", version });
        }
        if version >= 8 {
            w.error_code(self.error_code);
        } else if self.error_code != ErrorCode::NONE {
            return Err(EncodeError::Unsupported { field: "error_code", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            group_id: if version >= 8 { r.string(flexible, "group_id")? } else { String::new() },
            topics: if version >= 8 { r.structs(flexible, 3, version, "topics")? } else { Vec::new() },
            error_code: if version >= 8 { r.error_code("error_code")? } else { ErrorCode::NONE },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetFetchResponseTopics` of OffsetFetch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetFetchResponseTopics {
    /// Field `name`, versions 8-9.
    pub name: String,
    /// Field `topic_id`, versions 10+.
    pub topic_id: Uuid,
    /// Field `partitions`, versions 8+.
    pub partitions: Vec<OffsetFetchResponsePartitions>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetFetchResponseTopics {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        if (8..=9).contains(&version) {
            w.string(flexible, &self.name, "name")?;
        }
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        if version >= 8 {
            w.structs(flexible, &self.partitions, version, "partitions")?;
        } else if !self.partitions.is_empty() {
            return Err(EncodeError::Unsupported { field: "partitions", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            name: if (8..=9).contains(&version) { r.string(flexible, "name")? } else { String::new() },
            topic_id: if version >= 10 { r.uuid("topic_id")? } else { Uuid::ZERO },
            partitions: if version >= 8 {
                r.structs(flexible, 20, version, "partitions")?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetFetchResponsePartitions` of OffsetFetch.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetFetchResponsePartitions {
    /// Field `partition_index`, versions 8+.
    pub partition_index: i32,
    /// Field `committed_offset`, versions 8+.
    pub committed_offset: i64,
    /// Field `committed_leader_epoch`, versions 8+.
    pub committed_leader_epoch: i32,
    /// Field `metadata`, versions 8+, nullable.
    pub metadata: Option<String>,
    /// Field `error_code`, versions 8+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for OffsetFetchResponsePartitions {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            metadata: Some(String::new()),
            error_code: ErrorCode::NONE,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for OffsetFetchResponsePartitions {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        if version >= 8 {
            w.i32(self.partition_index);
        } else if self.partition_index != 0 {
            return Err(EncodeError::Unsupported { field: "partition_index", version });
        }
        if version >= 8 {
            w.i64(self.committed_offset);
        } else if self.committed_offset != 0 {
            return Err(EncodeError::Unsupported { field: "committed_offset", version });
        }
        if version >= 8 {
            w.i32(self.committed_leader_epoch);
        }
        if version >= 8 {
            w.nullable_string(flexible, self.metadata.as_deref(), "metadata")?;
        } else if self.metadata.as_deref() != Some("") {
            return Err(EncodeError::Unsupported { field: "metadata", version });
        }
        if version >= 8 {
            w.error_code(self.error_code);
        } else if self.error_code != ErrorCode::NONE {
            return Err(EncodeError::Unsupported { field: "error_code", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            partition_index: if version >= 8 { r.i32("partition_index")? } else { 0 },
            committed_offset: if version >= 8 { r.i64("committed_offset")? } else { 0 },
            committed_leader_epoch: if version >= 8 { r.i32("committed_leader_epoch")? } else { -1 },
            metadata: if version >= 8 {
                r.nullable_string(flexible, "metadata")?
            } else {
                Some(String::new())
            },
            error_code: if version >= 8 { r.error_code("error_code")? } else { ErrorCode::NONE },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for OffsetFetchRequest {
    type Response = OffsetFetchResponse;
    const KEY: ApiKey = ApiKey::OffsetFetch;
    const MIN: i16 = 1;
    const MAX: i16 = 10;
    const FLEXIBLE_FROM: Option<i16> = Some(6);
}
