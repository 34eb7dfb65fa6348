// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of OffsetCommit (key 8), versions 2-10.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `OffsetCommitRequest`, versions 2-10.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetCommitRequest {
    /// Field `group_id`, versions 2+.
    pub group_id: String,
    /// Field `generation_id_or_member_epoch`, versions 2+.
    pub generation_id_or_member_epoch: i32,
    /// Field `member_id`, versions 2+.
    pub member_id: String,
    /// Field `group_instance_id`, versions 7+, nullable.
    pub group_instance_id: Option<String>,
    /// Field `retention_time_ms`, versions 2-4.
    pub retention_time_ms: i64,
    /// Field `topics`, versions 2+.
    pub topics: Vec<OffsetCommitRequestTopic>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for OffsetCommitRequest {
    fn default() -> Self {
        Self {
            group_id: String::new(),
            generation_id_or_member_epoch: -1,
            member_id: String::new(),
            group_instance_id: None,
            retention_time_ms: -1,
            topics: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for OffsetCommitRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(OffsetCommitRequest::MIN..=OffsetCommitRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "OffsetCommitRequest", version });
        }
        let flexible = version >= 8;
        w.string(flexible, &self.group_id, "group_id")?;
        w.i32(self.generation_id_or_member_epoch);
        w.string(flexible, &self.member_id, "member_id")?;
        if version >= 7 {
            w.nullable_string(flexible, self.group_instance_id.as_deref(), "group_instance_id")?;
        } else if self.group_instance_id.is_some() {
            return Err(EncodeError::Unsupported { field: "group_instance_id", version });
        }
        if version <= 4 {
            w.i64(self.retention_time_ms);
        }
        w.structs(flexible, &self.topics, version, "topics")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(OffsetCommitRequest::MIN..=OffsetCommitRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 8;
        Ok(Self {
            group_id: r.string(flexible, "group_id")?,
            generation_id_or_member_epoch: r.i32("generation_id_or_member_epoch")?,
            member_id: r.string(flexible, "member_id")?,
            group_instance_id: if version >= 7 {
                r.nullable_string(flexible, "group_instance_id")?
            } else {
                None
            },
            retention_time_ms: if version <= 4 { r.i64("retention_time_ms")? } else { -1 },
            topics: r.structs(flexible, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetCommitRequestTopic` of OffsetCommit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetCommitRequestTopic {
    /// Field `name`, versions 2-9.
    pub name: String,
    /// Field `topic_id`, versions 10+.
    pub topic_id: Uuid,
    /// Field `partitions`, versions 2+.
    pub partitions: Vec<OffsetCommitRequestPartition>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetCommitRequestTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 8;
        if version <= 9 {
            w.string(flexible, &self.name, "name")?;
        }
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        Ok(Self {
            name: if version <= 9 { r.string(flexible, "name")? } else { String::new() },
            topic_id: if version >= 10 { r.uuid("topic_id")? } else { Uuid::ZERO },
            partitions: r.structs(flexible, 14, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetCommitRequestPartition` of OffsetCommit.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetCommitRequestPartition {
    /// Field `partition_index`, versions 2+.
    pub partition_index: i32,
    /// Field `committed_offset`, versions 2+.
    pub committed_offset: i64,
    /// Field `committed_leader_epoch`, versions 6+.
    pub committed_leader_epoch: i32,
    /// Field `committed_metadata`, versions 2+, nullable.
    pub committed_metadata: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for OffsetCommitRequestPartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            committed_offset: 0,
            committed_leader_epoch: -1,
            committed_metadata: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for OffsetCommitRequestPartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 8;
        w.i32(self.partition_index);
        w.i64(self.committed_offset);
        if version >= 6 {
            w.i32(self.committed_leader_epoch);
        }
        w.nullable_string(flexible, self.committed_metadata.as_deref(), "committed_metadata")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            committed_offset: r.i64("committed_offset")?,
            committed_leader_epoch: if version >= 6 { r.i32("committed_leader_epoch")? } else { -1 },
            committed_metadata: r.nullable_string(flexible, "committed_metadata")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `OffsetCommitResponse`, versions 2-10.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetCommitResponse {
    /// Field `throttle_time_ms`, versions 3+.
    pub throttle_time_ms: i32,
    /// Field `topics`, versions 2+.
    pub topics: Vec<OffsetCommitResponseTopic>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetCommitResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(OffsetCommitRequest::MIN..=OffsetCommitRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "OffsetCommitResponse", version });
        }
        let flexible = version >= 8;
        if version >= 3 {
            w.i32(self.throttle_time_ms);
        }
        w.structs(flexible, &self.topics, version, "topics")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(OffsetCommitRequest::MIN..=OffsetCommitRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 8;
        Ok(Self {
            throttle_time_ms: if version >= 3 { r.i32("throttle_time_ms")? } else { 0 },
            topics: r.structs(flexible, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetCommitResponseTopic` of OffsetCommit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetCommitResponseTopic {
    /// Field `name`, versions 2-9.
    pub name: String,
    /// Field `topic_id`, versions 10+.
    pub topic_id: Uuid,
    /// Field `partitions`, versions 2+.
    pub partitions: Vec<OffsetCommitResponsePartition>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetCommitResponseTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 8;
        if version <= 9 {
            w.string(flexible, &self.name, "name")?;
        }
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        Ok(Self {
            name: if version <= 9 { r.string(flexible, "name")? } else { String::new() },
            topic_id: if version >= 10 { r.uuid("topic_id")? } else { Uuid::ZERO },
            partitions: r.structs(flexible, 6, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetCommitResponsePartition` of OffsetCommit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetCommitResponsePartition {
    /// Field `partition_index`, versions 2+.
    pub partition_index: i32,
    /// Field `error_code`, versions 2+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetCommitResponsePartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 8;
        w.i32(self.partition_index);
        w.error_code(self.error_code);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 8;
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            error_code: r.error_code("error_code")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for OffsetCommitRequest {
    type Response = OffsetCommitResponse;
    const KEY: ApiKey = ApiKey::OffsetCommit;
    const MIN: i16 = 2;
    const MAX: i16 = 10;
    const FLEXIBLE_FROM: Option<i16> = Some(8);
}
