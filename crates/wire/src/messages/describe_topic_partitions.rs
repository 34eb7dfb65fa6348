// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DescribeTopicPartitions (key 75), version 0.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DescribeTopicPartitionsRequest`, version 0.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeTopicPartitionsRequest {
    /// Field `topics`, versions 0+.
    pub topics: Vec<DescribeTopicPartitionsTopicRequest>,
    /// Field `response_partition_limit`, versions 0+.
    pub response_partition_limit: i32,
    /// Field `cursor`, versions 0+, nullable.
    pub cursor: Option<DescribeTopicPartitionsRequestCursor>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeTopicPartitionsRequest {
    fn default() -> Self {
        Self {
            topics: Vec::new(),
            response_partition_limit: 2000,
            cursor: None,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeTopicPartitionsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeTopicPartitionsRequest::MIN..=DescribeTopicPartitionsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeTopicPartitionsRequest", version });
        }
        w.structs(true, &self.topics, version, "topics")?;
        w.i32(self.response_partition_limit);
        w.nullable_struct(self.cursor.as_ref(), version)?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeTopicPartitionsRequest::MIN..=DescribeTopicPartitionsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            topics: r.structs(true, 2, version, "topics")?,
            response_partition_limit: r.i32("response_partition_limit")?,
            cursor: r.nullable_struct(version, "cursor")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeTopicPartitionsTopicRequest` of DescribeTopicPartitions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeTopicPartitionsTopicRequest {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeTopicPartitionsTopicRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.name, "name")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self { name: r.string(true, "name")?, unknown_tags: TaggedFields::decode(true, r)? })
    }
}

/// Structure `DescribeTopicPartitionsRequestCursor` of DescribeTopicPartitions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeTopicPartitionsRequestCursor {
    /// Field `topic_name`, versions 0+.
    pub topic_name: String,
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeTopicPartitionsRequestCursor {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.topic_name, "topic_name")?;
        w.i32(self.partition_index);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic_name: r.string(true, "topic_name")?,
            partition_index: r.i32("partition_index")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `DescribeTopicPartitionsResponse`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeTopicPartitionsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `topics`, versions 0+.
    pub topics: Vec<DescribeTopicPartitionsResponseTopic>,
    /// Field `next_cursor`, versions 0+, nullable.
    pub next_cursor: Option<DescribeTopicPartitionsResponseCursor>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeTopicPartitionsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeTopicPartitionsRequest::MIN..=DescribeTopicPartitionsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeTopicPartitionsResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.structs(true, &self.topics, version, "topics")?;
        w.nullable_struct(self.next_cursor.as_ref(), version)?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeTopicPartitionsRequest::MIN..=DescribeTopicPartitionsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            topics: r.structs(true, 26, version, "topics")?,
            next_cursor: r.nullable_struct(version, "next_cursor")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeTopicPartitionsResponseTopic` of DescribeTopicPartitions.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeTopicPartitionsResponseTopic {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `name`, versions 0+, nullable.
    pub name: Option<String>,
    /// Field `topic_id`, versions 0+.
    pub topic_id: Uuid,
    /// Field `is_internal`, versions 0+.
    pub is_internal: bool,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<DescribeTopicPartitionsResponsePartition>,
    /// Field `topic_authorized_operations`, versions 0+.
    pub topic_authorized_operations: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeTopicPartitionsResponseTopic {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            name: Some(String::new()),
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: i32::MIN,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeTopicPartitionsResponseTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.error_code(self.error_code);
        w.nullable_string(true, self.name.as_deref(), "name")?;
        w.uuid(self.topic_id);
        w.bool(self.is_internal);
        w.structs(true, &self.partitions, version, "partitions")?;
        w.i32(self.topic_authorized_operations);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            error_code: r.error_code("error_code")?,
            name: r.nullable_string(true, "name")?,
            topic_id: r.uuid("topic_id")?,
            is_internal: r.bool("is_internal")?,
            partitions: r.structs(true, 20, version, "partitions")?,
            topic_authorized_operations: r.i32("topic_authorized_operations")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeTopicPartitionsResponsePartition` of DescribeTopicPartitions.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeTopicPartitionsResponsePartition {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `leader_id`, versions 0+.
    pub leader_id: i32,
    /// Field `leader_epoch`, versions 0+.
    pub leader_epoch: i32,
    /// Field `replica_nodes`, versions 0+.
    pub replica_nodes: Vec<i32>,
    /// Field `isr_nodes`, versions 0+.
    pub isr_nodes: Vec<i32>,
    /// Field `eligible_leader_replicas`, versions 0+, nullable.
    pub eligible_leader_replicas: Option<Vec<i32>>,
    /// Field `last_known_elr`, versions 0+, nullable.
    pub last_known_elr: Option<Vec<i32>>,
    /// Field `offline_replicas`, versions 0+.
    pub offline_replicas: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeTopicPartitionsResponsePartition {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            eligible_leader_replicas: None,
            last_known_elr: None,
            offline_replicas: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeTopicPartitionsResponsePartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.error_code(self.error_code);
        w.i32(self.partition_index);
        w.i32(self.leader_id);
        w.i32(self.leader_epoch);
        w.nullable_list(true, Some(&self.replica_nodes), "replica_nodes", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        w.nullable_list(true, Some(&self.isr_nodes), "isr_nodes", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        w.nullable_list(
            true,
            self.eligible_leader_replicas.as_deref(),
            "eligible_leader_replicas",
            |w, item| {
                w.i32(*item);
                Ok(())
            },
        )?;
        w.nullable_list(true, self.last_known_elr.as_deref(), "last_known_elr", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        w.nullable_list(true, Some(&self.offline_replicas), "offline_replicas", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            error_code: r.error_code("error_code")?,
            partition_index: r.i32("partition_index")?,
            leader_id: r.i32("leader_id")?,
            leader_epoch: r.i32("leader_epoch")?,
            replica_nodes: r.list(true, 4, "replica_nodes", |r| r.i32("replica_nodes"))?,
            isr_nodes: r.list(true, 4, "isr_nodes", |r| r.i32("isr_nodes"))?,
            eligible_leader_replicas: r
                .nullable_list(true, 4, "eligible_leader_replicas", |r| r.i32("eligible_leader_replicas"))?,
            last_known_elr: r.nullable_list(true, 4, "last_known_elr", |r| r.i32("last_known_elr"))?,
            offline_replicas: r.list(true, 4, "offline_replicas", |r| r.i32("offline_replicas"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeTopicPartitionsResponseCursor` of DescribeTopicPartitions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeTopicPartitionsResponseCursor {
    /// Field `topic_name`, versions 0+.
    pub topic_name: String,
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeTopicPartitionsResponseCursor {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.topic_name, "topic_name")?;
        w.i32(self.partition_index);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic_name: r.string(true, "topic_name")?,
            partition_index: r.i32("partition_index")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for DescribeTopicPartitionsRequest {
    type Response = DescribeTopicPartitionsResponse;
    const KEY: ApiKey = ApiKey::DescribeTopicPartitions;
    const MIN: i16 = 0;
    const MAX: i16 = 0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
