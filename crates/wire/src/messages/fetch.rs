// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of Fetch (key 1), versions 4-18.

use bytes::Bytes;

use crate::codec::{DecodeError, EncodeError, Message, Reader, TagSection, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `FetchRequest`, versions 4-18.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchRequest {
    /// Field `cluster_id`, versions 12+, tag 0, nullable.
    pub cluster_id: Option<String>,
    /// Field `replica_id`, versions 4-14.
    pub replica_id: i32,
    /// Field `replica_state`, versions 15+, tag 1.
    pub replica_state: FetchReplicaState,
    /// Field `max_wait_ms`, versions 4+.
    pub max_wait_ms: i32,
    /// Field `min_bytes`, versions 4+.
    pub min_bytes: i32,
    /// Field `max_bytes`, versions 4+.
    pub max_bytes: i32,
    /// Field `isolation_level`, versions 4+.
    pub isolation_level: i8,
    /// Field `session_id`, versions 7+.
    pub session_id: i32,
    /// Field `session_epoch`, versions 7+.
    pub session_epoch: i32,
    /// Field `topics`, versions 4+.
    pub topics: Vec<FetchTopic>,
    /// Field `forgotten_topics_data`, versions 7+.
    pub forgotten_topics_data: Vec<ForgottenTopic>,
    /// Field `rack_id`, versions 11+.
    pub rack_id: String,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for FetchRequest {
    fn default() -> Self {
        Self {
            cluster_id: None,
            replica_id: -1,
            replica_state: FetchReplicaState::default(),
            max_wait_ms: 0,
            min_bytes: 0,
            max_bytes: i32::MAX,
            isolation_level: 0,
            session_id: 0,
            session_epoch: -1,
            topics: Vec::new(),
            forgotten_topics_data: Vec::new(),
            rack_id: String::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for FetchRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(FetchRequest::MIN..=FetchRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "FetchRequest", version });
        }
        let flexible = version >= 12;
        if version <= 14 {
            w.i32(self.replica_id);
        } else if self.replica_id != -1 {
            return Err(EncodeError::Unsupported { field: "replica_id", version });
        }
        w.i32(self.max_wait_ms);
        w.i32(self.min_bytes);
        w.i32(self.max_bytes);
        w.i8(self.isolation_level);
        if version >= 7 {
            w.i32(self.session_id);
        }
        if version >= 7 {
            w.i32(self.session_epoch);
        }
        w.structs(flexible, &self.topics, version, "topics")?;
        if version >= 7 {
            w.structs(flexible, &self.forgotten_topics_data, version, "forgotten_topics_data")?;
        } else if !self.forgotten_topics_data.is_empty() {
            return Err(EncodeError::Unsupported { field: "forgotten_topics_data", version });
        }
        if version >= 11 {
            w.string(flexible, &self.rack_id, "rack_id")?;
        }
        let mut tags = TagSection::default();
        if version >= 12 && self.cluster_id.is_some() {
            tags.field(0, |w| {
                w.nullable_string(true, self.cluster_id.as_deref(), "cluster_id")?;
                Ok(())
            })?;
        }
        if self.replica_state != FetchReplicaState::default() {
            if version < 15 {
                return Err(EncodeError::Unsupported { field: "replica_state", version });
            }
            tags.field(1, |w| {
                self.replica_state.encode(version, w)?;
                Ok(())
            })?;
        }
        tags.encode(&self.unknown_tags, flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(FetchRequest::MIN..=FetchRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 12;
        let mut out = Self {
            cluster_id: None,
            replica_id: if version <= 14 { r.i32("replica_id")? } else { -1 },
            replica_state: FetchReplicaState::default(),
            max_wait_ms: r.i32("max_wait_ms")?,
            min_bytes: r.i32("min_bytes")?,
            max_bytes: r.i32("max_bytes")?,
            isolation_level: r.i8("isolation_level")?,
            session_id: if version >= 7 { r.i32("session_id")? } else { 0 },
            session_epoch: if version >= 7 { r.i32("session_epoch")? } else { -1 },
            topics: r.structs(flexible, 3, version, "topics")?,
            forgotten_topics_data: if version >= 7 {
                r.structs(flexible, 3, version, "forgotten_topics_data")?
            } else {
                Vec::new()
            },
            rack_id: if version >= 11 { r.string(flexible, "rack_id")? } else { String::new() },
            unknown_tags: TaggedFields::default(),
        };
        if flexible {
            r.tag_section(|r, tag| {
                match tag {
                    0 => out.cluster_id = r.nullable_string(true, "cluster_id")?,
                    1 if version >= 15 => out.replica_state = FetchReplicaState::decode(r, version)?,
                    _ => r.unknown_tag(tag, &mut out.unknown_tags)?,
                }
                Ok(())
            })?;
        }
        Ok(out)
    }
}

/// Structure `FetchReplicaState` of Fetch.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchReplicaState {
    /// Field `replica_id`, versions 15+.
    pub replica_id: i32,
    /// Field `replica_epoch`, versions 15+.
    pub replica_epoch: i64,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for FetchReplicaState {
    fn default() -> Self {
        Self { replica_id: -1, replica_epoch: -1, unknown_tags: TaggedFields::default() }
    }
}

impl Message for FetchReplicaState {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        if version >= 15 {
            w.i32(self.replica_id);
        } else if self.replica_id != -1 {
            return Err(EncodeError::Unsupported { field: "replica_id", version });
        }
        if version >= 15 {
            w.i64(self.replica_epoch);
        } else if self.replica_epoch != -1 {
            return Err(EncodeError::Unsupported { field: "replica_epoch", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        Ok(Self {
            replica_id: if version >= 15 { r.i32("replica_id")? } else { -1 },
            replica_epoch: if version >= 15 { r.i64("replica_epoch")? } else { -1 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `FetchTopic` of Fetch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchTopic {
    /// Field `topic`, versions 4-12.
    pub topic: String,
    /// Field `topic_id`, versions 13+.
    pub topic_id: Uuid,
    /// Field `partitions`, versions 4+.
    pub partitions: Vec<FetchPartition>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for FetchTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        if version <= 12 {
            w.string(flexible, &self.topic, "topic")?;
        }
        if version >= 13 {
            w.uuid(self.topic_id);
        }
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        Ok(Self {
            topic: if version <= 12 { r.string(flexible, "topic")? } else { String::new() },
            topic_id: if version >= 13 { r.uuid("topic_id")? } else { Uuid::ZERO },
            partitions: r.structs(flexible, 16, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `FetchPartition` of Fetch.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchPartition {
    /// Field `partition`, versions 4+.
    pub partition: i32,
    /// Field `current_leader_epoch`, versions 9+.
    pub current_leader_epoch: i32,
    /// Field `fetch_offset`, versions 4+.
    pub fetch_offset: i64,
    /// Field `last_fetched_epoch`, versions 12+.
    pub last_fetched_epoch: i32,
    /// Field `log_start_offset`, versions 5+.
    pub log_start_offset: i64,
    /// Field `partition_max_bytes`, versions 4+.
    pub partition_max_bytes: i32,
    /// Field `replica_directory_id`, versions 17+, tag 0.
    pub replica_directory_id: Uuid,
    /// Field `high_watermark`, versions 18+, tag 1.
    pub high_watermark: i64,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for FetchPartition {
    fn default() -> Self {
        Self {
            partition: 0,
            current_leader_epoch: -1,
            fetch_offset: 0,
            last_fetched_epoch: -1,
            log_start_offset: -1,
            partition_max_bytes: 0,
            replica_directory_id: Uuid::ZERO,
            high_watermark: i64::MAX,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for FetchPartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        w.i32(self.partition);
        if version >= 9 {
            w.i32(self.current_leader_epoch);
        }
        w.i64(self.fetch_offset);
        if version >= 12 {
            w.i32(self.last_fetched_epoch);
        } else if self.last_fetched_epoch != -1 {
            return Err(EncodeError::Unsupported { field: "last_fetched_epoch", version });
        }
        if version >= 5 {
            w.i64(self.log_start_offset);
        }
        w.i32(self.partition_max_bytes);
        let mut tags = TagSection::default();
        if version >= 17 && !self.replica_directory_id.is_zero() {
            tags.field(0, |w| {
                w.uuid(self.replica_directory_id);
                Ok(())
            })?;
        }
        if version >= 18 && self.high_watermark != i64::MAX {
            tags.field(1, |w| {
                w.i64(self.high_watermark);
                Ok(())
            })?;
        }
        tags.encode(&self.unknown_tags, flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let mut out = Self {
            partition: r.i32("partition")?,
            current_leader_epoch: if version >= 9 { r.i32("current_leader_epoch")? } else { -1 },
            fetch_offset: r.i64("fetch_offset")?,
            last_fetched_epoch: if version >= 12 { r.i32("last_fetched_epoch")? } else { -1 },
            log_start_offset: if version >= 5 { r.i64("log_start_offset")? } else { -1 },
            partition_max_bytes: r.i32("partition_max_bytes")?,
            replica_directory_id: Uuid::ZERO,
            high_watermark: i64::MAX,
            unknown_tags: TaggedFields::default(),
        };
        if flexible {
            r.tag_section(|r, tag| {
                match tag {
                    0 if version >= 17 => out.replica_directory_id = r.uuid("replica_directory_id")?,
                    1 if version >= 18 => out.high_watermark = r.i64("high_watermark")?,
                    _ => r.unknown_tag(tag, &mut out.unknown_tags)?,
                }
                Ok(())
            })?;
        }
        Ok(out)
    }
}

/// Structure `ForgottenTopic` of Fetch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ForgottenTopic {
    /// Field `topic`, versions 7-12.
    pub topic: String,
    /// Field `topic_id`, versions 13+.
    pub topic_id: Uuid,
    /// Field `partitions`, versions 7+.
    pub partitions: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ForgottenTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        if (7..=12).contains(&version) {
            w.string(flexible, &self.topic, "topic")?;
        }
        if version >= 13 {
            w.uuid(self.topic_id);
        }
        if version >= 7 {
            w.nullable_list(flexible, Some(&self.partitions), "partitions", |w, item| {
                w.i32(*item);
                Ok(())
            })?;
        } else if !self.partitions.is_empty() {
            return Err(EncodeError::Unsupported { field: "partitions", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        Ok(Self {
            topic: if (7..=12).contains(&version) { r.string(flexible, "topic")? } else { String::new() },
            topic_id: if version >= 13 { r.uuid("topic_id")? } else { Uuid::ZERO },
            partitions: if version >= 7 {
                r.list(flexible, 4, "partitions", |r| r.i32("partitions"))?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `FetchResponse`, versions 4-18.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchResponse {
    /// Field `throttle_time_ms`, versions 4+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 7+.
    pub error_code: ErrorCode,
    /// Field `session_id`, versions 7+.
    pub session_id: i32,
    /// Field `responses`, versions 4+.
    pub responses: Vec<FetchableTopicResponse>,
    /// Field `node_endpoints`, versions 16+, tag 0.
    pub node_endpoints: Vec<FetchNodeEndpoint>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for FetchResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(FetchRequest::MIN..=FetchRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "FetchResponse", version });
        }
        let flexible = version >= 12;
        w.i32(self.throttle_time_ms);
        if version >= 7 {
            w.error_code(self.error_code);
        }
        if version >= 7 {
            w.i32(self.session_id);
        } else if self.session_id != 0 {
            return Err(EncodeError::Unsupported { field: "session_id", version });
        }
        w.structs(flexible, &self.responses, version, "responses")?;
        let mut tags = TagSection::default();
        if !self.node_endpoints.is_empty() {
            if version < 16 {
                return Err(EncodeError::Unsupported { field: "node_endpoints", version });
            }
            tags.field(0, |w| {
                w.structs(true, &self.node_endpoints, version, "node_endpoints")?;
                Ok(())
            })?;
        }
        tags.encode(&self.unknown_tags, flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(FetchRequest::MIN..=FetchRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 12;
        let mut out = Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: if version >= 7 { r.error_code("error_code")? } else { ErrorCode::NONE },
            session_id: if version >= 7 { r.i32("session_id")? } else { 0 },
            responses: r.structs(flexible, 3, version, "responses")?,
            node_endpoints: Vec::new(),
            unknown_tags: TaggedFields::default(),
        };
        if flexible {
            r.tag_section(|r, tag| {
                match tag {
                    0 if version >= 16 => {
                        out.node_endpoints = r.structs(true, 11, version, "node_endpoints")?
                    }
                    _ => r.unknown_tag(tag, &mut out.unknown_tags)?,
                }
                Ok(())
            })?;
        }
        Ok(out)
    }
}

/// Structure `FetchableTopicResponse` of Fetch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchableTopicResponse {
    /// Field `topic`, versions 4-12.
    pub topic: String,
    /// Field `topic_id`, versions 13+.
    pub topic_id: Uuid,
    /// Field `partitions`, versions 4+.
    pub partitions: Vec<FetchPartitionData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for FetchableTopicResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        if version <= 12 {
            w.string(flexible, &self.topic, "topic")?;
        }
        if version >= 13 {
            w.uuid(self.topic_id);
        }
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        Ok(Self {
            topic: if version <= 12 { r.string(flexible, "topic")? } else { String::new() },
            topic_id: if version >= 13 { r.uuid("topic_id")? } else { Uuid::ZERO },
            partitions: r.structs(flexible, 30, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `FetchPartitionData` of Fetch.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchPartitionData {
    /// Field `partition_index`, versions 4+.
    pub partition_index: i32,
    /// Field `error_code`, versions 4+.
    pub error_code: ErrorCode,
    /// Field `high_watermark`, versions 4+.
    pub high_watermark: i64,
    /// Field `last_stable_offset`, versions 4+.
    pub last_stable_offset: i64,
    /// Field `log_start_offset`, versions 5+.
    pub log_start_offset: i64,
    /// Field `diverging_epoch`, versions 12+, tag 0.
    pub diverging_epoch: FetchEpochEndOffset,
    /// Field `current_leader`, versions 12+, tag 1.
    pub current_leader: FetchLeaderIdAndEpoch,
    /// Field `snapshot_id`, versions 12+, tag 2.
    pub snapshot_id: SnapshotId,
    /// Field `aborted_transactions`, versions 4+, nullable.
    pub aborted_transactions: Option<Vec<AbortedTransaction>>,
    /// Field `preferred_read_replica`, versions 11+.
    pub preferred_read_replica: i32,
    /// Field `records`, versions 4+, nullable.
    pub records: Option<Bytes>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for FetchPartitionData {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: ErrorCode::NONE,
            high_watermark: 0,
            last_stable_offset: -1,
            log_start_offset: -1,
            diverging_epoch: FetchEpochEndOffset::default(),
            current_leader: FetchLeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: Some(Vec::new()),
            preferred_read_replica: -1,
            records: None,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for FetchPartitionData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        w.i32(self.partition_index);
        w.error_code(self.error_code);
        w.i64(self.high_watermark);
        w.i64(self.last_stable_offset);
        if version >= 5 {
            w.i64(self.log_start_offset);
        }
        w.nullable_structs(flexible, self.aborted_transactions.as_deref(), version, "aborted_transactions")?;
        if version >= 11 {
            w.i32(self.preferred_read_replica);
        } else if self.preferred_read_replica != -1 {
            return Err(EncodeError::Unsupported { field: "preferred_read_replica", version });
        }
        w.nullable_bytes(flexible, self.records.as_deref(), "records")?;
        let mut tags = TagSection::default();
        if self.diverging_epoch != FetchEpochEndOffset::default() {
            if version < 12 {
                return Err(EncodeError::Unsupported { field: "diverging_epoch", version });
            }
            tags.field(0, |w| {
                self.diverging_epoch.encode(version, w)?;
                Ok(())
            })?;
        }
        if self.current_leader != FetchLeaderIdAndEpoch::default() {
            if version < 12 {
                return Err(EncodeError::Unsupported { field: "current_leader", version });
            }
            tags.field(1, |w| {
                self.current_leader.encode(version, w)?;
                Ok(())
            })?;
        }
        if self.snapshot_id != SnapshotId::default() {
            if version < 12 {
                return Err(EncodeError::Unsupported { field: "snapshot_id", version });
            }
            tags.field(2, |w| {
                self.snapshot_id.encode(version, w)?;
                Ok(())
            })?;
        }
        tags.encode(&self.unknown_tags, flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        let mut out = Self {
            partition_index: r.i32("partition_index")?,
            error_code: r.error_code("error_code")?,
            high_watermark: r.i64("high_watermark")?,
            last_stable_offset: r.i64("last_stable_offset")?,
            log_start_offset: if version >= 5 { r.i64("log_start_offset")? } else { -1 },
            diverging_epoch: FetchEpochEndOffset::default(),
            current_leader: FetchLeaderIdAndEpoch::default(),
            snapshot_id: SnapshotId::default(),
            aborted_transactions: r.nullable_structs(flexible, 16, version, "aborted_transactions")?,
            preferred_read_replica: if version >= 11 { r.i32("preferred_read_replica")? } else { -1 },
            records: r.nullable_bytes(flexible, "records")?,
            unknown_tags: TaggedFields::default(),
        };
        if flexible {
            r.tag_section(|r, tag| {
                match tag {
                    0 => out.diverging_epoch = FetchEpochEndOffset::decode(r, version)?,
                    1 => out.current_leader = FetchLeaderIdAndEpoch::decode(r, version)?,
                    2 => out.snapshot_id = SnapshotId::decode(r, version)?,
                    _ => r.unknown_tag(tag, &mut out.unknown_tags)?,
                }
                Ok(())
            })?;
        }
        Ok(out)
    }
}

/// Structure `FetchEpochEndOffset` of Fetch.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchEpochEndOffset {
    /// Field `epoch`, versions 12+.
    pub epoch: i32,
    /// Field `end_offset`, versions 12+.
    pub end_offset: i64,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for FetchEpochEndOffset {
    fn default() -> Self {
        Self { epoch: -1, end_offset: -1, unknown_tags: TaggedFields::default() }
    }
}

impl Message for FetchEpochEndOffset {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        if version >= 12 {
            w.i32(self.epoch);
        } else if self.epoch != -1 {
            return Err(EncodeError::Unsupported { field: "epoch", version });
        }
        if version >= 12 {
            w.i64(self.end_offset);
        } else if self.end_offset != -1 {
            return Err(EncodeError::Unsupported { field: "end_offset", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        Ok(Self {
            epoch: if version >= 12 { r.i32("epoch")? } else { -1 },
            end_offset: if version >= 12 { r.i64("end_offset")? } else { -1 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `FetchLeaderIdAndEpoch` of Fetch.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchLeaderIdAndEpoch {
    /// Field `leader_id`, versions 12+.
    pub leader_id: i32,
    /// Field `leader_epoch`, versions 12+.
    pub leader_epoch: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for FetchLeaderIdAndEpoch {
    fn default() -> Self {
        Self { leader_id: -1, leader_epoch: -1, unknown_tags: TaggedFields::default() }
    }
}

impl Message for FetchLeaderIdAndEpoch {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        if version >= 12 {
            w.i32(self.leader_id);
        } else if self.leader_id != -1 {
            return Err(EncodeError::Unsupported { field: "leader_id", version });
        }
        if version >= 12 {
            w.i32(self.leader_epoch);
        } else if self.leader_epoch != -1 {
            return Err(EncodeError::Unsupported { field: "leader_epoch", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        Ok(Self {
            leader_id: if version >= 12 { r.i32("leader_id")? } else { -1 },
            leader_epoch: if version >= 12 { r.i32("leader_epoch")? } else { -1 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `SnapshotId` of Fetch.
#[derive(Debug, Clone, PartialEq)]
pub struct SnapshotId {
    /// Field `end_offset`, versions 4+.
    pub end_offset: i64,
    /// Field `epoch`, versions 4+.
    pub epoch: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for SnapshotId {
    fn default() -> Self {
        Self { end_offset: -1, epoch: -1, unknown_tags: TaggedFields::default() }
    }
}

impl Message for SnapshotId {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        w.i64(self.end_offset);
        w.i32(self.epoch);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        Ok(Self {
            end_offset: r.i64("end_offset")?,
            epoch: r.i32("epoch")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AbortedTransaction` of Fetch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AbortedTransaction {
    /// Field `producer_id`, versions 4+.
    pub producer_id: i64,
    /// Field `first_offset`, versions 4+.
    pub first_offset: i64,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AbortedTransaction {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        w.i64(self.producer_id);
        w.i64(self.first_offset);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        Ok(Self {
            producer_id: r.i64("producer_id")?,
            first_offset: r.i64("first_offset")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `FetchNodeEndpoint` of Fetch.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FetchNodeEndpoint {
    /// Field `node_id`, versions 16+.
    pub node_id: i32,
    /// Field `host`, versions 16+.
    pub host: String,
    /// Field `port`, versions 16+.
    pub port: i32,
    /// Field `rack`, versions 16+, nullable.
    pub rack: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for FetchNodeEndpoint {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 12;
        if version >= 16 {
            w.i32(self.node_id);
        } else if self.node_id != 0 {
            return Err(EncodeError::Unsupported { field: "node_id", version });
        }
        if version >= 16 {
            w.string(flexible, &self.host, "host")?;
        } else if !self.host.is_empty() {
            return Err(EncodeError::Unsupported { field: "host", version });
        }
        if version >= 16 {
            w.i32(self.port);
        } else if self.port != 0 {
            return Err(EncodeError::Unsupported { field: "port", version });
        }
        if version >= 16 {
            w.nullable_string(flexible, self.rack.as_deref(), "rack")?;
        } else if self.rack.is_some() {
            return Err(EncodeError::Unsupported { field: "rack", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 12;
        Ok(Self {
            node_id: if version >= 16 { r.i32("node_id")? } else { 0 },
            host: if version >= 16 { r.string(flexible, "host")? } else { String::new() },
            port: if version >= 16 { r.i32("port")? } else { 0 },
            rack: if version >= 16 { r.nullable_string(flexible, "rack")? } else { None },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for FetchRequest {
    type Response = FetchResponse;
    const KEY: ApiKey = ApiKey::Fetch;
    const MIN: i16 = 4;
    const MAX: i16 = 18;
    const FLEXIBLE_FROM: Option<i16> = Some(12);
}
