// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DescribeQuorum (key 55), versions 0-2.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DescribeQuorumRequest`, versions 0-2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeQuorumRequest {
    /// Field `topics`, versions 0+.
    pub topics: Vec<DescribeQuorumRequestTopicData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeQuorumRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeQuorumRequest::MIN..=DescribeQuorumRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeQuorumRequest", version });
        }
        w.structs(true, &self.topics, version, "topics")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeQuorumRequest::MIN..=DescribeQuorumRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            topics: r.structs(true, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeQuorumRequestTopicData` of DescribeQuorum.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeQuorumRequestTopicData {
    /// Field `topic_name`, versions 0+.
    pub topic_name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<DescribeQuorumRequestPartitionData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeQuorumRequestTopicData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.topic_name, "topic_name")?;
        w.structs(true, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic_name: r.string(true, "topic_name")?,
            partitions: r.structs(true, 5, version, "partitions")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeQuorumRequestPartitionData` of DescribeQuorum.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeQuorumRequestPartitionData {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeQuorumRequestPartitionData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.partition_index);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self { partition_index: r.i32("partition_index")?, unknown_tags: TaggedFields::decode(true, r)? })
    }
}

/// `DescribeQuorumResponse`, versions 0-2.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeQuorumResponse {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 2+, nullable.
    pub error_message: Option<String>,
    /// Field `topics`, versions 0+.
    pub topics: Vec<DescribeQuorumResponseTopicData>,
    /// Field `nodes`, versions 2+.
    pub nodes: Vec<Node>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeQuorumResponse {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            topics: Vec::new(),
            nodes: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeQuorumResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeQuorumRequest::MIN..=DescribeQuorumRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeQuorumResponse", version });
        }
        w.error_code(self.error_code);
        if version >= 2 {
            w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        }
        w.structs(true, &self.topics, version, "topics")?;
        if version >= 2 {
            w.structs(true, &self.nodes, version, "nodes")?;
        } else if !self.nodes.is_empty() {
            return Err(EncodeError::Unsupported { field: "nodes", version });
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeQuorumRequest::MIN..=DescribeQuorumRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: if version >= 2 {
                r.nullable_string(true, "error_message")?
            } else {
                Some(String::new())
            },
            topics: r.structs(true, 3, version, "topics")?,
            nodes: if version >= 2 { r.structs(true, 6, version, "nodes")? } else { Vec::new() },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeQuorumResponseTopicData` of DescribeQuorum.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeQuorumResponseTopicData {
    /// Field `topic_name`, versions 0+.
    pub topic_name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<DescribeQuorumResponsePartitionData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeQuorumResponseTopicData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.topic_name, "topic_name")?;
        w.structs(true, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic_name: r.string(true, "topic_name")?,
            partitions: r.structs(true, 25, version, "partitions")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeQuorumResponsePartitionData` of DescribeQuorum.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeQuorumResponsePartitionData {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 2+, nullable.
    pub error_message: Option<String>,
    /// Field `leader_id`, versions 0+.
    pub leader_id: i32,
    /// Field `leader_epoch`, versions 0+.
    pub leader_epoch: i32,
    /// Field `high_watermark`, versions 0+.
    pub high_watermark: i64,
    /// Field `current_voters`, versions 0+.
    pub current_voters: Vec<DescribeQuorumReplicaState>,
    /// Field `observers`, versions 0+.
    pub observers: Vec<DescribeQuorumReplicaState>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeQuorumResponsePartitionData {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            leader_id: 0,
            leader_epoch: 0,
            high_watermark: 0,
            current_voters: Vec::new(),
            observers: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeQuorumResponsePartitionData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.partition_index);
        w.error_code(self.error_code);
        if version >= 2 {
            w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        }
        w.i32(self.leader_id);
        w.i32(self.leader_epoch);
        w.i64(self.high_watermark);
        w.structs(true, &self.current_voters, version, "current_voters")?;
        w.structs(true, &self.observers, version, "observers")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            error_code: r.error_code("error_code")?,
            error_message: if version >= 2 {
                r.nullable_string(true, "error_message")?
            } else {
                Some(String::new())
            },
            leader_id: r.i32("leader_id")?,
            leader_epoch: r.i32("leader_epoch")?,
            high_watermark: r.i64("high_watermark")?,
            current_voters: r.structs(true, 13, version, "current_voters")?,
            observers: r.structs(true, 13, version, "observers")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `Node` of DescribeQuorum.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Node {
    /// Field `node_id`, versions 2+.
    pub node_id: i32,
    /// Field `listeners`, versions 2+.
    pub listeners: Vec<Listener>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for Node {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if version >= 2 {
            w.i32(self.node_id);
        } else if self.node_id != 0 {
            return Err(EncodeError::Unsupported { field: "node_id", version });
        }
        if version >= 2 {
            w.structs(true, &self.listeners, version, "listeners")?;
        } else if !self.listeners.is_empty() {
            return Err(EncodeError::Unsupported { field: "listeners", version });
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            node_id: if version >= 2 { r.i32("node_id")? } else { 0 },
            listeners: if version >= 2 { r.structs(true, 5, version, "listeners")? } else { Vec::new() },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `Listener` of DescribeQuorum.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Listener {
    /// Field `name`, versions 2+.
    pub name: String,
    /// Field `host`, versions 2+.
    pub host: String,
    /// Field `port`, versions 2+.
    pub port: u16,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for Listener {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if version >= 2 {
            w.string(true, &self.name, "name")?;
        } else if !self.name.is_empty() {
            return Err(EncodeError::Unsupported { field: "name", version });
        }
        if version >= 2 {
            w.string(true, &self.host, "host")?;
        } else if !self.host.is_empty() {
            return Err(EncodeError::Unsupported { field: "host", version });
        }
        if version >= 2 {
            w.u16(self.port);
        } else if self.port != 0 {
            return Err(EncodeError::Unsupported { field: "port", version });
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: if version >= 2 { r.string(true, "name")? } else { String::new() },
            host: if version >= 2 { r.string(true, "host")? } else { String::new() },
            port: if version >= 2 { r.u16("port")? } else { 0 },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeQuorumReplicaState` of DescribeQuorum.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeQuorumReplicaState {
    /// Field `replica_id`, versions 0+.
    pub replica_id: i32,
    /// Field `replica_directory_id`, versions 2+.
    pub replica_directory_id: Uuid,
    /// Field `log_end_offset`, versions 0+.
    pub log_end_offset: i64,
    /// Field `last_fetch_timestamp`, versions 1+.
    pub last_fetch_timestamp: i64,
    /// Field `last_caught_up_timestamp`, versions 1+.
    pub last_caught_up_timestamp: i64,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeQuorumReplicaState {
    fn default() -> Self {
        Self {
            replica_id: 0,
            replica_directory_id: Uuid::ZERO,
            log_end_offset: 0,
            last_fetch_timestamp: -1,
            last_caught_up_timestamp: -1,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeQuorumReplicaState {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.replica_id);
        if version >= 2 {
            w.uuid(self.replica_directory_id);
        } else if !self.replica_directory_id.is_zero() {
            return Err(EncodeError::Unsupported { field: "replica_directory_id", version });
        }
        w.i64(self.log_end_offset);
        if version >= 1 {
            w.i64(self.last_fetch_timestamp);
        }
        if version >= 1 {
            w.i64(self.last_caught_up_timestamp);
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            replica_id: r.i32("replica_id")?,
            replica_directory_id: if version >= 2 { r.uuid("replica_directory_id")? } else { Uuid::ZERO },
            log_end_offset: r.i64("log_end_offset")?,
            last_fetch_timestamp: if version >= 1 { r.i64("last_fetch_timestamp")? } else { -1 },
            last_caught_up_timestamp: if version >= 1 { r.i64("last_caught_up_timestamp")? } else { -1 },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for DescribeQuorumRequest {
    type Response = DescribeQuorumResponse;
    const KEY: ApiKey = ApiKey::DescribeQuorum;
    const MIN: i16 = 0;
    const MAX: i16 = 2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
