// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DescribeProducers (key 61), version 0.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DescribeProducersRequest`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeProducersRequest {
    /// Field `topics`, versions 0+.
    pub topics: Vec<DescribeProducersTopicRequest>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeProducersRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeProducersRequest::MIN..=DescribeProducersRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeProducersRequest", version });
        }
        w.structs(true, &self.topics, version, "topics")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeProducersRequest::MIN..=DescribeProducersRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            topics: r.structs(true, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeProducersTopicRequest` of DescribeProducers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeProducersTopicRequest {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partition_indexes`, versions 0+.
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeProducersTopicRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.name, "name")?;
        w.nullable_list(true, Some(&self.partition_indexes), "partition_indexes", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: r.string(true, "name")?,
            partition_indexes: r.list(true, 4, "partition_indexes", |r| r.i32("partition_indexes"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `DescribeProducersResponse`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeProducersResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `topics`, versions 0+.
    pub topics: Vec<TopicResponse>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeProducersResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeProducersRequest::MIN..=DescribeProducersRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeProducersResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.structs(true, &self.topics, version, "topics")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeProducersRequest::MIN..=DescribeProducersRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            topics: r.structs(true, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `TopicResponse` of DescribeProducers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicResponse {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<PartitionResponse>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for TopicResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.name, "name")?;
        w.structs(true, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: r.string(true, "name")?,
            partitions: r.structs(true, 9, version, "partitions")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `PartitionResponse` of DescribeProducers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionResponse {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `active_producers`, versions 0+.
    pub active_producers: Vec<ProducerState>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for PartitionResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.partition_index);
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        w.structs(true, &self.active_producers, version, "active_producers")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            active_producers: r.structs(true, 37, version, "active_producers")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ProducerState` of DescribeProducers.
#[derive(Debug, Clone, PartialEq)]
pub struct ProducerState {
    /// Field `producer_id`, versions 0+.
    pub producer_id: i64,
    /// Field `producer_epoch`, versions 0+.
    pub producer_epoch: i32,
    /// Field `last_sequence`, versions 0+.
    pub last_sequence: i32,
    /// Field `last_timestamp`, versions 0+.
    pub last_timestamp: i64,
    /// Field `coordinator_epoch`, versions 0+.
    pub coordinator_epoch: i32,
    /// Field `current_txn_start_offset`, versions 0+.
    pub current_txn_start_offset: i64,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ProducerState {
    fn default() -> Self {
        Self {
            producer_id: 0,
            producer_epoch: 0,
            last_sequence: -1,
            last_timestamp: -1,
            coordinator_epoch: 0,
            current_txn_start_offset: -1,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ProducerState {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i64(self.producer_id);
        w.i32(self.producer_epoch);
        w.i32(self.last_sequence);
        w.i64(self.last_timestamp);
        w.i32(self.coordinator_epoch);
        w.i64(self.current_txn_start_offset);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            producer_id: r.i64("producer_id")?,
            producer_epoch: r.i32("producer_epoch")?,
            last_sequence: r.i32("last_sequence")?,
            last_timestamp: r.i64("last_timestamp")?,
            coordinator_epoch: r.i32("coordinator_epoch")?,
            current_txn_start_offset: r.i64("current_txn_start_offset")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for DescribeProducersRequest {
    type Response = DescribeProducersResponse;
    const KEY: ApiKey = ApiKey::DescribeProducers;
    const MIN: i16 = 0;
    const MAX: i16 = 0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
