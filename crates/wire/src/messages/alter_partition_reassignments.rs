// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of AlterPartitionReassignments (key 45), versions 0-1.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `AlterPartitionReassignmentsRequest`, versions 0-1.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterPartitionReassignmentsRequest {
    /// Field `timeout_ms`, versions 0+.
    pub timeout_ms: i32,
    /// Field `allow_replication_factor_change`, versions 1+.
    pub allow_replication_factor_change: bool,
    /// Field `topics`, versions 0+.
    pub topics: Vec<ReassignableTopic>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for AlterPartitionReassignmentsRequest {
    fn default() -> Self {
        Self {
            timeout_ms: 60000,
            allow_replication_factor_change: true,
            topics: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for AlterPartitionReassignmentsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AlterPartitionReassignmentsRequest::MIN..=AlterPartitionReassignmentsRequest::MAX)
            .contains(&version)
        {
            return Err(EncodeError::Version { message: "AlterPartitionReassignmentsRequest", version });
        }
        w.i32(self.timeout_ms);
        if version >= 1 {
            w.bool(self.allow_replication_factor_change);
        } else if !self.allow_replication_factor_change {
            return Err(EncodeError::Unsupported { field: "allow_replication_factor_change", version });
        }
        w.structs(true, &self.topics, version, "topics")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AlterPartitionReassignmentsRequest::MIN..=AlterPartitionReassignmentsRequest::MAX)
            .contains(&version)
        {
            return Err(r.version(version));
        }
        Ok(Self {
            timeout_ms: r.i32("timeout_ms")?,
            allow_replication_factor_change: if version >= 1 {
                r.bool("allow_replication_factor_change")?
            } else {
                true
            },
            topics: r.structs(true, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ReassignableTopic` of AlterPartitionReassignments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReassignableTopic {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<ReassignablePartition>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ReassignableTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.name, "name")?;
        w.structs(true, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: r.string(true, "name")?,
            partitions: r.structs(true, 6, version, "partitions")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ReassignablePartition` of AlterPartitionReassignments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReassignablePartition {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `replicas`, versions 0+, nullable.
    pub replicas: Option<Vec<i32>>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ReassignablePartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.partition_index);
        w.nullable_list(true, self.replicas.as_deref(), "replicas", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            replicas: r.nullable_list(true, 4, "replicas", |r| r.i32("replicas"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `AlterPartitionReassignmentsResponse`, versions 0-1.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterPartitionReassignmentsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `allow_replication_factor_change`, versions 1+.
    pub allow_replication_factor_change: bool,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `responses`, versions 0+.
    pub responses: Vec<ReassignableTopicResponse>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for AlterPartitionReassignmentsResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            allow_replication_factor_change: true,
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            responses: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for AlterPartitionReassignmentsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AlterPartitionReassignmentsRequest::MIN..=AlterPartitionReassignmentsRequest::MAX)
            .contains(&version)
        {
            return Err(EncodeError::Version { message: "AlterPartitionReassignmentsResponse", version });
        }
        w.i32(self.throttle_time_ms);
        if version >= 1 {
            w.bool(self.allow_replication_factor_change);
        }
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        w.structs(true, &self.responses, version, "responses")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AlterPartitionReassignmentsRequest::MIN..=AlterPartitionReassignmentsRequest::MAX)
            .contains(&version)
        {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            allow_replication_factor_change: if version >= 1 {
                r.bool("allow_replication_factor_change")?
            } else {
                true
            },
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            responses: r.structs(true, 3, version, "responses")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ReassignableTopicResponse` of AlterPartitionReassignments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReassignableTopicResponse {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<ReassignablePartitionResponse>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ReassignableTopicResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.name, "name")?;
        w.structs(true, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            name: r.string(true, "name")?,
            partitions: r.structs(true, 8, version, "partitions")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ReassignablePartitionResponse` of AlterPartitionReassignments.
#[derive(Debug, Clone, PartialEq)]
pub struct ReassignablePartitionResponse {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ReassignablePartitionResponse {
    fn default() -> Self {
        Self {
            partition_index: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ReassignablePartitionResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.partition_index);
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for AlterPartitionReassignmentsRequest {
    type Response = AlterPartitionReassignmentsResponse;
    const KEY: ApiKey = ApiKey::AlterPartitionReassignments;
    const MIN: i16 = 0;
    const MAX: i16 = 1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
