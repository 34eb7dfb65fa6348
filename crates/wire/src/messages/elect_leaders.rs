// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of ElectLeaders (key 43), versions 0-2.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `ElectLeadersRequest`, versions 0-2.
#[derive(Debug, Clone, PartialEq)]
pub struct ElectLeadersRequest {
    /// Field `election_type`, versions 1+.
    pub election_type: i8,
    /// Field `topic_partitions`, versions 0+, nullable.
    pub topic_partitions: Option<Vec<ElectLeadersTopicPartitions>>,
    /// Field `timeout_ms`, versions 0+.
    pub timeout_ms: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ElectLeadersRequest {
    fn default() -> Self {
        Self {
            election_type: 0,
            topic_partitions: Some(Vec::new()),
            timeout_ms: 60000,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ElectLeadersRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ElectLeadersRequest::MIN..=ElectLeadersRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ElectLeadersRequest", version });
        }
        let flexible = version >= 2;
        if version >= 1 {
            w.i8(self.election_type);
        } else if self.election_type != 0 {
            return Err(EncodeError::Unsupported { field: "election_type", version });
        }
        w.nullable_structs(flexible, self.topic_partitions.as_deref(), version, "topic_partitions")?;
        w.i32(self.timeout_ms);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ElectLeadersRequest::MIN..=ElectLeadersRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            election_type: if version >= 1 { r.i8("election_type")? } else { 0 },
            topic_partitions: r.nullable_structs(flexible, 3, version, "topic_partitions")?,
            timeout_ms: r.i32("timeout_ms")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `ElectLeadersTopicPartitions` of ElectLeaders.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ElectLeadersTopicPartitions {
    /// Field `topic`, versions 0+.
    pub topic: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ElectLeadersTopicPartitions {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.string(flexible, &self.topic, "topic")?;
        w.nullable_list(flexible, Some(&self.partitions), "partitions", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            topic: r.string(flexible, "topic")?,
            partitions: r.list(flexible, 4, "partitions", |r| r.i32("partitions"))?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `ElectLeadersResponse`, versions 0-2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ElectLeadersResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 1+.
    pub error_code: ErrorCode,
    /// Field `replica_election_results`, versions 0+.
    pub replica_election_results: Vec<ReplicaElectionResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ElectLeadersResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ElectLeadersRequest::MIN..=ElectLeadersRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ElectLeadersResponse", version });
        }
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        if version >= 1 {
            w.error_code(self.error_code);
        } else if self.error_code != ErrorCode::NONE {
            return Err(EncodeError::Unsupported { field: "error_code", version });
        }
        w.structs(flexible, &self.replica_election_results, version, "replica_election_results")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ElectLeadersRequest::MIN..=ElectLeadersRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: if version >= 1 { r.error_code("error_code")? } else { ErrorCode::NONE },
            replica_election_results: r.structs(flexible, 3, version, "replica_election_results")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `ReplicaElectionResult` of ElectLeaders.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReplicaElectionResult {
    /// Field `topic`, versions 0+.
    pub topic: String,
    /// Field `partition_result`, versions 0+.
    pub partition_result: Vec<PartitionResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ReplicaElectionResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.string(flexible, &self.topic, "topic")?;
        w.structs(flexible, &self.partition_result, version, "partition_result")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            topic: r.string(flexible, "topic")?,
            partition_result: r.structs(flexible, 8, version, "partition_result")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `PartitionResult` of ElectLeaders.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionResult {
    /// Field `partition_id`, versions 0+.
    pub partition_id: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for PartitionResult {
    fn default() -> Self {
        Self {
            partition_id: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for PartitionResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.i32(self.partition_id);
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            partition_id: r.i32("partition_id")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for ElectLeadersRequest {
    type Response = ElectLeadersResponse;
    const KEY: ApiKey = ApiKey::ElectLeaders;
    const MIN: i16 = 0;
    const MAX: i16 = 2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
}
