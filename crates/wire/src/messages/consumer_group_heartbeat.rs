// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of ConsumerGroupHeartbeat (key 68), versions 0-1.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `ConsumerGroupHeartbeatRequest`, versions 0-1.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsumerGroupHeartbeatRequest {
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `member_id`, versions 0+.
    pub member_id: String,
    /// Field `member_epoch`, versions 0+.
    pub member_epoch: i32,
    /// Field `instance_id`, versions 0+, nullable.
    pub instance_id: Option<String>,
    /// Field `rack_id`, versions 0+, nullable.
    pub rack_id: Option<String>,
    /// Field `rebalance_timeout_ms`, versions 0+.
    pub rebalance_timeout_ms: i32,
    /// Field `subscribed_topic_names`, versions 0+, nullable.
    pub subscribed_topic_names: Option<Vec<String>>,
    /// Field `subscribed_topic_regex`, versions 1+, nullable.
    pub subscribed_topic_regex: Option<String>,
    /// Field `server_assignor`, versions 0+, nullable.
    pub server_assignor: Option<String>,
    /// Field `topic_partitions`, versions 0+, nullable.
    pub topic_partitions: Option<Vec<ConsumerGroupHeartbeatRequestTopicPartitions>>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ConsumerGroupHeartbeatRequest {
    fn default() -> Self {
        Self {
            group_id: String::new(),
            member_id: String::new(),
            member_epoch: 0,
            instance_id: None,
            rack_id: None,
            rebalance_timeout_ms: -1,
            subscribed_topic_names: None,
            subscribed_topic_regex: None,
            server_assignor: None,
            topic_partitions: None,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ConsumerGroupHeartbeatRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ConsumerGroupHeartbeatRequest::MIN..=ConsumerGroupHeartbeatRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ConsumerGroupHeartbeatRequest", version });
        }
        w.string(true, &self.group_id, "group_id")?;
        w.string(true, &self.member_id, "member_id")?;
        w.i32(self.member_epoch);
        w.nullable_string(true, self.instance_id.as_deref(), "instance_id")?;
        w.nullable_string(true, self.rack_id.as_deref(), "rack_id")?;
        w.i32(self.rebalance_timeout_ms);
        w.nullable_list(
            true,
            self.subscribed_topic_names.as_deref(),
            "subscribed_topic_names",
            |w, item| w.string(true, item, "subscribed_topic_names"),
        )?;
        if version >= 1 {
            w.nullable_string(true, self.subscribed_topic_regex.as_deref(), "subscribed_topic_regex")?;
        } else if self.subscribed_topic_regex.is_some() {
            return Err(EncodeError::Unsupported { field: "subscribed_topic_regex", version });
        }
        w.nullable_string(true, self.server_assignor.as_deref(), "server_assignor")?;
        w.nullable_structs(true, self.topic_partitions.as_deref(), version, "topic_partitions")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ConsumerGroupHeartbeatRequest::MIN..=ConsumerGroupHeartbeatRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            group_id: r.string(true, "group_id")?,
            member_id: r.string(true, "member_id")?,
            member_epoch: r.i32("member_epoch")?,
            instance_id: r.nullable_string(true, "instance_id")?,
            rack_id: r.nullable_string(true, "rack_id")?,
            rebalance_timeout_ms: r.i32("rebalance_timeout_ms")?,
            subscribed_topic_names: r.nullable_list(true, 1, "subscribed_topic_names", |r| {
                r.string(true, "subscribed_topic_names")
            })?,
            subscribed_topic_regex: if version >= 1 {
                r.nullable_string(true, "subscribed_topic_regex")?
            } else {
                None
            },
            server_assignor: r.nullable_string(true, "server_assignor")?,
            topic_partitions: r.nullable_structs(true, 18, version, "topic_partitions")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ConsumerGroupHeartbeatRequestTopicPartitions` of ConsumerGroupHeartbeat.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupHeartbeatRequestTopicPartitions {
    /// Field `topic_id`, versions 0+.
    pub topic_id: Uuid,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ConsumerGroupHeartbeatRequestTopicPartitions {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.uuid(self.topic_id);
        w.nullable_list(true, Some(&self.partitions), "partitions", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic_id: r.uuid("topic_id")?,
            partitions: r.list(true, 4, "partitions", |r| r.i32("partitions"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `ConsumerGroupHeartbeatResponse`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupHeartbeatResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `member_id`, versions 0+, nullable.
    pub member_id: Option<String>,
    /// Field `member_epoch`, versions 0+.
    pub member_epoch: i32,
    /// Field `heartbeat_interval_ms`, versions 0+.
    pub heartbeat_interval_ms: i32,
    /// Field `assignment`, versions 0+, nullable.
    pub assignment: Option<ConsumerGroupHeartbeatAssignment>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ConsumerGroupHeartbeatResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ConsumerGroupHeartbeatRequest::MIN..=ConsumerGroupHeartbeatRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ConsumerGroupHeartbeatResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        w.nullable_string(true, self.member_id.as_deref(), "member_id")?;
        w.i32(self.member_epoch);
        w.i32(self.heartbeat_interval_ms);
        w.nullable_struct(self.assignment.as_ref(), version)?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ConsumerGroupHeartbeatRequest::MIN..=ConsumerGroupHeartbeatRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            member_id: r.nullable_string(true, "member_id")?,
            member_epoch: r.i32("member_epoch")?,
            heartbeat_interval_ms: r.i32("heartbeat_interval_ms")?,
            assignment: r.nullable_struct(version, "assignment")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ConsumerGroupHeartbeatAssignment` of ConsumerGroupHeartbeat.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupHeartbeatAssignment {
    /// Field `topic_partitions`, versions 0+.
    pub topic_partitions: Vec<ConsumerGroupHeartbeatResponseTopicPartitions>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ConsumerGroupHeartbeatAssignment {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.structs(true, &self.topic_partitions, version, "topic_partitions")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic_partitions: r.structs(true, 18, version, "topic_partitions")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ConsumerGroupHeartbeatResponseTopicPartitions` of ConsumerGroupHeartbeat.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupHeartbeatResponseTopicPartitions {
    /// Field `topic_id`, versions 0+.
    pub topic_id: Uuid,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ConsumerGroupHeartbeatResponseTopicPartitions {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.uuid(self.topic_id);
        w.nullable_list(true, Some(&self.partitions), "partitions", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic_id: r.uuid("topic_id")?,
            partitions: r.list(true, 4, "partitions", |r| r.i32("partitions"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for ConsumerGroupHeartbeatRequest {
    type Response = ConsumerGroupHeartbeatResponse;
    const KEY: ApiKey = ApiKey::ConsumerGroupHeartbeat;
    const MIN: i16 = 0;
    const MAX: i16 = 1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
