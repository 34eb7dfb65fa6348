// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of ListPartitionReassignments (key 46), version 0.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `ListPartitionReassignmentsRequest`, version 0.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPartitionReassignmentsRequest {
    /// Field `timeout_ms`, versions 0+.
    pub timeout_ms: i32,
    /// Field `topics`, versions 0+, nullable.
    pub topics: Option<Vec<ListPartitionReassignmentsTopics>>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ListPartitionReassignmentsRequest {
    fn default() -> Self {
        Self { timeout_ms: 60000, topics: None, unknown_tags: TaggedFields::default() }
    }
}

impl Message for ListPartitionReassignmentsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ListPartitionReassignmentsRequest::MIN..=ListPartitionReassignmentsRequest::MAX)
            .contains(&version)
        {
            return Err(EncodeError::Version { message: "ListPartitionReassignmentsRequest", version });
        }
        w.i32(self.timeout_ms);
        w.nullable_structs(true, self.topics.as_deref(), version, "topics")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ListPartitionReassignmentsRequest::MIN..=ListPartitionReassignmentsRequest::MAX)
            .contains(&version)
        {
            return Err(r.version(version));
        }
        Ok(Self {
            timeout_ms: r.i32("timeout_ms")?,
            topics: r.nullable_structs(true, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ListPartitionReassignmentsTopics` of ListPartitionReassignments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListPartitionReassignmentsTopics {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partition_indexes`, versions 0+.
    pub partition_indexes: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListPartitionReassignmentsTopics {
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

/// `ListPartitionReassignmentsResponse`, version 0.
#[derive(Debug, Clone, PartialEq)]
pub struct ListPartitionReassignmentsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `topics`, versions 0+.
    pub topics: Vec<OngoingTopicReassignment>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ListPartitionReassignmentsResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            topics: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ListPartitionReassignmentsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ListPartitionReassignmentsRequest::MIN..=ListPartitionReassignmentsRequest::MAX)
            .contains(&version)
        {
            return Err(EncodeError::Version { message: "ListPartitionReassignmentsResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        w.structs(true, &self.topics, version, "topics")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ListPartitionReassignmentsRequest::MIN..=ListPartitionReassignmentsRequest::MAX)
            .contains(&version)
        {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            topics: r.structs(true, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `OngoingTopicReassignment` of ListPartitionReassignments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OngoingTopicReassignment {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<OngoingPartitionReassignment>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OngoingTopicReassignment {
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

/// Structure `OngoingPartitionReassignment` of ListPartitionReassignments.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OngoingPartitionReassignment {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `replicas`, versions 0+.
    pub replicas: Vec<i32>,
    /// Field `adding_replicas`, versions 0+.
    pub adding_replicas: Vec<i32>,
    /// Field `removing_replicas`, versions 0+.
    pub removing_replicas: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for OngoingPartitionReassignment {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.partition_index);
        w.nullable_list(true, Some(&self.replicas), "replicas", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        w.nullable_list(true, Some(&self.adding_replicas), "adding_replicas", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        w.nullable_list(true, Some(&self.removing_replicas), "removing_replicas", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            replicas: r.list(true, 4, "replicas", |r| r.i32("replicas"))?,
            adding_replicas: r.list(true, 4, "adding_replicas", |r| r.i32("adding_replicas"))?,
            removing_replicas: r.list(true, 4, "removing_replicas", |r| r.i32("removing_replicas"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for ListPartitionReassignmentsRequest {
    type Response = ListPartitionReassignmentsResponse;
    const KEY: ApiKey = ApiKey::ListPartitionReassignments;
    const MIN: i16 = 0;
    const MAX: i16 = 0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
