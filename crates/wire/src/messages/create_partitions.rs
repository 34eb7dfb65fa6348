// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of CreatePartitions (key 37), versions 0-3.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `CreatePartitionsRequest`, versions 0-3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatePartitionsRequest {
    /// Field `topics`, versions 0+.
    pub topics: Vec<CreatePartitionsTopic>,
    /// Field `timeout_ms`, versions 0+.
    pub timeout_ms: i32,
    /// Field `validate_only`, versions 0+.
    pub validate_only: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for CreatePartitionsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(CreatePartitionsRequest::MIN..=CreatePartitionsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "CreatePartitionsRequest", version });
        }
        let flexible = version >= 2;
        w.structs(flexible, &self.topics, version, "topics")?;
        w.i32(self.timeout_ms);
        w.bool(self.validate_only);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(CreatePartitionsRequest::MIN..=CreatePartitionsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            topics: r.structs(flexible, 7, version, "topics")?,
            timeout_ms: r.i32("timeout_ms")?,
            validate_only: r.bool("validate_only")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `CreatePartitionsTopic` of CreatePartitions.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePartitionsTopic {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `count`, versions 0+.
    pub count: i32,
    /// Field `assignments`, versions 0+, nullable.
    pub assignments: Option<Vec<CreatePartitionsAssignment>>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for CreatePartitionsTopic {
    fn default() -> Self {
        Self {
            name: String::new(),
            count: 0,
            assignments: Some(Vec::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for CreatePartitionsTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.string(flexible, &self.name, "name")?;
        w.i32(self.count);
        w.nullable_structs(flexible, self.assignments.as_deref(), version, "assignments")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            name: r.string(flexible, "name")?,
            count: r.i32("count")?,
            assignments: r.nullable_structs(flexible, 2, version, "assignments")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `CreatePartitionsAssignment` of CreatePartitions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatePartitionsAssignment {
    /// Field `broker_ids`, versions 0+.
    pub broker_ids: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for CreatePartitionsAssignment {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.nullable_list(flexible, Some(&self.broker_ids), "broker_ids", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            broker_ids: r.list(flexible, 4, "broker_ids", |r| r.i32("broker_ids"))?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `CreatePartitionsResponse`, versions 0-3.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatePartitionsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `results`, versions 0+.
    pub results: Vec<CreatePartitionsTopicResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for CreatePartitionsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(CreatePartitionsRequest::MIN..=CreatePartitionsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "CreatePartitionsResponse", version });
        }
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.results, version, "results")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(CreatePartitionsRequest::MIN..=CreatePartitionsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            results: r.structs(flexible, 5, version, "results")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `CreatePartitionsTopicResult` of CreatePartitions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CreatePartitionsTopicResult {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for CreatePartitionsTopicResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.string(flexible, &self.name, "name")?;
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            name: r.string(flexible, "name")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for CreatePartitionsRequest {
    type Response = CreatePartitionsResponse;
    const KEY: ApiKey = ApiKey::CreatePartitions;
    const MIN: i16 = 0;
    const MAX: i16 = 3;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
}
