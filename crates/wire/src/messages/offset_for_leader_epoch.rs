// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of OffsetForLeaderEpoch (key 23), versions 2-4.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `OffsetForLeaderEpochRequest`, versions 2-4.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetForLeaderEpochRequest {
    /// Field `replica_id`, versions 3+.
    pub replica_id: i32,
    /// Field `topics`, versions 2+.
    pub topics: Vec<OffsetForLeaderTopic>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for OffsetForLeaderEpochRequest {
    fn default() -> Self {
        Self { replica_id: -2, topics: Vec::new(), unknown_tags: TaggedFields::default() }
    }
}

impl Message for OffsetForLeaderEpochRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(OffsetForLeaderEpochRequest::MIN..=OffsetForLeaderEpochRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "OffsetForLeaderEpochRequest", version });
        }
        let flexible = version >= 4;
        if version >= 3 {
            w.i32(self.replica_id);
        }
        w.structs(flexible, &self.topics, version, "topics")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(OffsetForLeaderEpochRequest::MIN..=OffsetForLeaderEpochRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            replica_id: if version >= 3 { r.i32("replica_id")? } else { -2 },
            topics: r.structs(flexible, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetForLeaderTopic` of OffsetForLeaderEpoch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetForLeaderTopic {
    /// Field `topic`, versions 2+.
    pub topic: String,
    /// Field `partitions`, versions 2+.
    pub partitions: Vec<OffsetForLeaderPartition>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetForLeaderTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        w.string(flexible, &self.topic, "topic")?;
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            topic: r.string(flexible, "topic")?,
            partitions: r.structs(flexible, 12, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetForLeaderPartition` of OffsetForLeaderEpoch.
#[derive(Debug, Clone, PartialEq)]
pub struct OffsetForLeaderPartition {
    /// Field `partition`, versions 2+.
    pub partition: i32,
    /// Field `current_leader_epoch`, versions 2+.
    pub current_leader_epoch: i32,
    /// Field `leader_epoch`, versions 2+.
    pub leader_epoch: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for OffsetForLeaderPartition {
    fn default() -> Self {
        Self {
            partition: 0,
            current_leader_epoch: -1,
            leader_epoch: 0,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for OffsetForLeaderPartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        w.i32(self.partition);
        w.i32(self.current_leader_epoch);
        w.i32(self.leader_epoch);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            partition: r.i32("partition")?,
            current_leader_epoch: r.i32("current_leader_epoch")?,
            leader_epoch: r.i32("leader_epoch")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `OffsetForLeaderEpochResponse`, versions 2-4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetForLeaderEpochResponse {
    /// Field `throttle_time_ms`, versions 2+.
    pub throttle_time_ms: i32,
    /// Field `topics`, versions 2+.
    pub topics: Vec<OffsetForLeaderTopicResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetForLeaderEpochResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(OffsetForLeaderEpochRequest::MIN..=OffsetForLeaderEpochRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "OffsetForLeaderEpochResponse", version });
        }
        let flexible = version >= 4;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.topics, version, "topics")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(OffsetForLeaderEpochRequest::MIN..=OffsetForLeaderEpochRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            topics: r.structs(flexible, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `OffsetForLeaderTopicResult` of OffsetForLeaderEpoch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetForLeaderTopicResult {
    /// Field `topic`, versions 2+.
    pub topic: String,
    /// Field `partitions`, versions 2+.
    pub partitions: Vec<EpochEndOffset>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OffsetForLeaderTopicResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        w.string(flexible, &self.topic, "topic")?;
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            topic: r.string(flexible, "topic")?,
            partitions: r.structs(flexible, 18, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `EpochEndOffset` of OffsetForLeaderEpoch.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochEndOffset {
    /// Field `error_code`, versions 2+.
    pub error_code: ErrorCode,
    /// Field `partition`, versions 2+.
    pub partition: i32,
    /// Field `leader_epoch`, versions 2+.
    pub leader_epoch: i32,
    /// Field `end_offset`, versions 2+.
    pub end_offset: i64,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for EpochEndOffset {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            partition: 0,
            leader_epoch: -1,
            end_offset: -1,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for EpochEndOffset {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        w.error_code(self.error_code);
        w.i32(self.partition);
        w.i32(self.leader_epoch);
        w.i64(self.end_offset);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            partition: r.i32("partition")?,
            leader_epoch: r.i32("leader_epoch")?,
            end_offset: r.i64("end_offset")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for OffsetForLeaderEpochRequest {
    type Response = OffsetForLeaderEpochResponse;
    const KEY: ApiKey = ApiKey::OffsetForLeaderEpoch;
    const MIN: i16 = 2;
    const MAX: i16 = 4;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
}
