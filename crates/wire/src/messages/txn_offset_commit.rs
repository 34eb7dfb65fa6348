// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of TxnOffsetCommit (key 28), versions 0-5.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `TxnOffsetCommitRequest`, versions 0-5.
#[derive(Debug, Clone, PartialEq)]
pub struct TxnOffsetCommitRequest {
    /// Field `transactional_id`, versions 0+.
    pub transactional_id: String,
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `producer_id`, versions 0+.
    pub producer_id: i64,
    /// Field `producer_epoch`, versions 0+.
    pub producer_epoch: i16,
    /// Field `generation_id`, versions 3+.
    pub generation_id: i32,
    /// Field `member_id`, versions 3+.
    pub member_id: String,
    /// Field `group_instance_id`, versions 3+, nullable.
    pub group_instance_id: Option<String>,
    /// Field `topics`, versions 0+.
    pub topics: Vec<TxnOffsetCommitRequestTopic>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for TxnOffsetCommitRequest {
    fn default() -> Self {
        Self {
            transactional_id: String::new(),
            group_id: String::new(),
            producer_id: 0,
            producer_epoch: 0,
            generation_id: -1,
            member_id: String::new(),
            group_instance_id: None,
            topics: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for TxnOffsetCommitRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(TxnOffsetCommitRequest::MIN..=TxnOffsetCommitRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "TxnOffsetCommitRequest", version });
        }
        let flexible = version >= 3;
        w.string(flexible, &self.transactional_id, "transactional_id")?;
        w.string(flexible, &self.group_id, "group_id")?;
        w.i64(self.producer_id);
        w.i16(self.producer_epoch);
        if version >= 3 {
            w.i32(self.generation_id);
        } else if self.generation_id != -1 {
            return Err(EncodeError::Unsupported { field: "generation_id", version });
        }
        if version >= 3 {
            w.string(flexible, &self.member_id, "member_id")?;
        } else if !self.member_id.is_empty() {
            return Err(EncodeError::Unsupported { field: "member_id", version });
        }
        if version >= 3 {
            w.nullable_string(flexible, self.group_instance_id.as_deref(), "group_instance_id")?;
        } else if self.group_instance_id.is_some() {
            return Err(EncodeError::Unsupported { field: "group_instance_id", version });
        }
        w.structs(flexible, &self.topics, version, "topics")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(TxnOffsetCommitRequest::MIN..=TxnOffsetCommitRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            transactional_id: r.string(flexible, "transactional_id")?,
            group_id: r.string(flexible, "group_id")?,
            producer_id: r.i64("producer_id")?,
            producer_epoch: r.i16("producer_epoch")?,
            generation_id: if version >= 3 { r.i32("generation_id")? } else { -1 },
            member_id: if version >= 3 { r.string(flexible, "member_id")? } else { String::new() },
            group_instance_id: if version >= 3 {
                r.nullable_string(flexible, "group_instance_id")?
            } else {
                None
            },
            topics: r.structs(flexible, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `TxnOffsetCommitRequestTopic` of TxnOffsetCommit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TxnOffsetCommitRequestTopic {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<TxnOffsetCommitRequestPartition>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for TxnOffsetCommitRequestTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        w.string(flexible, &self.name, "name")?;
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            name: r.string(flexible, "name")?,
            partitions: r.structs(flexible, 14, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `TxnOffsetCommitRequestPartition` of TxnOffsetCommit.
#[derive(Debug, Clone, PartialEq)]
pub struct TxnOffsetCommitRequestPartition {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `committed_offset`, versions 0+.
    pub committed_offset: i64,
    /// Field `committed_leader_epoch`, versions 2+.
    pub committed_leader_epoch: i32,
    /// Field `committed_metadata`, versions 0+, nullable.
    pub committed_metadata: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for TxnOffsetCommitRequestPartition {
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

impl Message for TxnOffsetCommitRequestPartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        w.i32(self.partition_index);
        w.i64(self.committed_offset);
        if version >= 2 {
            w.i32(self.committed_leader_epoch);
        }
        w.nullable_string(flexible, self.committed_metadata.as_deref(), "committed_metadata")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            committed_offset: r.i64("committed_offset")?,
            committed_leader_epoch: if version >= 2 { r.i32("committed_leader_epoch")? } else { -1 },
            committed_metadata: r.nullable_string(flexible, "committed_metadata")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `TxnOffsetCommitResponse`, versions 0-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TxnOffsetCommitResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `topics`, versions 0+.
    pub topics: Vec<TxnOffsetCommitResponseTopic>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for TxnOffsetCommitResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(TxnOffsetCommitRequest::MIN..=TxnOffsetCommitRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "TxnOffsetCommitResponse", version });
        }
        let flexible = version >= 3;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.topics, version, "topics")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(TxnOffsetCommitRequest::MIN..=TxnOffsetCommitRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            topics: r.structs(flexible, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `TxnOffsetCommitResponseTopic` of TxnOffsetCommit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TxnOffsetCommitResponseTopic {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<TxnOffsetCommitResponsePartition>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for TxnOffsetCommitResponseTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        w.string(flexible, &self.name, "name")?;
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            name: r.string(flexible, "name")?,
            partitions: r.structs(flexible, 6, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `TxnOffsetCommitResponsePartition` of TxnOffsetCommit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TxnOffsetCommitResponsePartition {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for TxnOffsetCommitResponsePartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        w.i32(self.partition_index);
        w.error_code(self.error_code);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            error_code: r.error_code("error_code")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for TxnOffsetCommitRequest {
    type Response = TxnOffsetCommitResponse;
    const KEY: ApiKey = ApiKey::TxnOffsetCommit;
    const MIN: i16 = 0;
    const MAX: i16 = 5;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
}
