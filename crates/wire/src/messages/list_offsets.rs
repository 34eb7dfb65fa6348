// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of ListOffsets (key 2), versions 1-11.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `ListOffsetsRequest`, versions 1-11.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListOffsetsRequest {
    /// Field `replica_id`, versions 1+.
    pub replica_id: i32,
    /// Field `isolation_level`, versions 2+.
    pub isolation_level: i8,
    /// Field `topics`, versions 1+.
    pub topics: Vec<ListOffsetsTopic>,
    /// Field `timeout_ms`, versions 10+.
    pub timeout_ms: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListOffsetsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ListOffsetsRequest::MIN..=ListOffsetsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ListOffsetsRequest", version });
        }
        let flexible = version >= 6;
        w.i32(self.replica_id);
        if version >= 2 {
            w.i8(self.isolation_level);
        } else if self.isolation_level != 0 {
            return Err(EncodeError::Unsupported { field: "isolation_level", version });
        }
        w.structs(flexible, &self.topics, version, "topics")?;
        if version >= 10 {
            w.i32(self.timeout_ms);
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ListOffsetsRequest::MIN..=ListOffsetsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 6;
        Ok(Self {
            replica_id: r.i32("replica_id")?,
            isolation_level: if version >= 2 { r.i8("isolation_level")? } else { 0 },
            topics: r.structs(flexible, 3, version, "topics")?,
            timeout_ms: if version >= 10 { r.i32("timeout_ms")? } else { 0 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `ListOffsetsTopic` of ListOffsets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListOffsetsTopic {
    /// Field `name`, versions 1+.
    pub name: String,
    /// Field `partitions`, versions 1+.
    pub partitions: Vec<ListOffsetsPartition>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListOffsetsTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        w.string(flexible, &self.name, "name")?;
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            name: r.string(flexible, "name")?,
            partitions: r.structs(flexible, 12, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `ListOffsetsPartition` of ListOffsets.
#[derive(Debug, Clone, PartialEq)]
pub struct ListOffsetsPartition {
    /// Field `partition_index`, versions 1+.
    pub partition_index: i32,
    /// Field `current_leader_epoch`, versions 4+.
    pub current_leader_epoch: i32,
    /// Field `timestamp`, versions 1+.
    pub timestamp: i64,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ListOffsetsPartition {
    fn default() -> Self {
        Self {
            partition_index: 0,
            current_leader_epoch: -1,
            timestamp: 0,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ListOffsetsPartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        w.i32(self.partition_index);
        if version >= 4 {
            w.i32(self.current_leader_epoch);
        }
        w.i64(self.timestamp);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            current_leader_epoch: if version >= 4 { r.i32("current_leader_epoch")? } else { -1 },
            timestamp: r.i64("timestamp")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `ListOffsetsResponse`, versions 1-11.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListOffsetsResponse {
    /// Field `throttle_time_ms`, versions 2+.
    pub throttle_time_ms: i32,
    /// Field `topics`, versions 1+.
    pub topics: Vec<ListOffsetsTopicResponse>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListOffsetsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ListOffsetsRequest::MIN..=ListOffsetsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ListOffsetsResponse", version });
        }
        let flexible = version >= 6;
        if version >= 2 {
            w.i32(self.throttle_time_ms);
        }
        w.structs(flexible, &self.topics, version, "topics")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ListOffsetsRequest::MIN..=ListOffsetsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 6;
        Ok(Self {
            throttle_time_ms: if version >= 2 { r.i32("throttle_time_ms")? } else { 0 },
            topics: r.structs(flexible, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `ListOffsetsTopicResponse` of ListOffsets.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListOffsetsTopicResponse {
    /// Field `name`, versions 1+.
    pub name: String,
    /// Field `partitions`, versions 1+.
    pub partitions: Vec<ListOffsetsPartitionResponse>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListOffsetsTopicResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        w.string(flexible, &self.name, "name")?;
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            name: r.string(flexible, "name")?,
            partitions: r.structs(flexible, 22, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `ListOffsetsPartitionResponse` of ListOffsets.
#[derive(Debug, Clone, PartialEq)]
pub struct ListOffsetsPartitionResponse {
    /// Field `partition_index`, versions 1+.
    pub partition_index: i32,
    /// Field `error_code`, versions 1+.
    pub error_code: ErrorCode,
    /// Field `timestamp`, versions 1+.
    pub timestamp: i64,
    /// Field `offset`, versions 1+.
    pub offset: i64,
    /// Field `leader_epoch`, versions 4+.
    pub leader_epoch: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ListOffsetsPartitionResponse {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: ErrorCode::NONE,
            timestamp: -1,
            offset: -1,
            leader_epoch: -1,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ListOffsetsPartitionResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        w.i32(self.partition_index);
        w.error_code(self.error_code);
        w.i64(self.timestamp);
        w.i64(self.offset);
        if version >= 4 {
            w.i32(self.leader_epoch);
        } else if self.leader_epoch != -1 {
            return Err(EncodeError::Unsupported { field: "leader_epoch", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            error_code: r.error_code("error_code")?,
            timestamp: r.i64("timestamp")?,
            offset: r.i64("offset")?,
            leader_epoch: if version >= 4 { r.i32("leader_epoch")? } else { -1 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for ListOffsetsRequest {
    type Response = ListOffsetsResponse;
    const KEY: ApiKey = ApiKey::ListOffsets;
    const MIN: i16 = 1;
    const MAX: i16 = 11;
    const FLEXIBLE_FROM: Option<i16> = Some(6);
}
