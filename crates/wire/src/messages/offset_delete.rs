// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of OffsetDelete (key 47), version 0.

use crate::codec::{DecodeError, EncodeError, Message, Reader, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `OffsetDeleteRequest`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteRequest {
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `topics`, versions 0+.
    pub topics: Vec<OffsetDeleteRequestTopic>,
}

impl Message for OffsetDeleteRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(OffsetDeleteRequest::MIN..=OffsetDeleteRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "OffsetDeleteRequest", version });
        }
        w.string(false, &self.group_id, "group_id")?;
        w.structs(false, &self.topics, version, "topics")?;
        Ok(())
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(OffsetDeleteRequest::MIN..=OffsetDeleteRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self { group_id: r.string(false, "group_id")?, topics: r.structs(false, 6, version, "topics")? })
    }
}

/// Structure `OffsetDeleteRequestTopic` of OffsetDelete.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteRequestTopic {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<OffsetDeleteRequestPartition>,
}

impl Message for OffsetDeleteRequestTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(false, &self.name, "name")?;
        w.structs(false, &self.partitions, version, "partitions")?;
        Ok(())
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self { name: r.string(false, "name")?, partitions: r.structs(false, 4, version, "partitions")? })
    }
}

/// Structure `OffsetDeleteRequestPartition` of OffsetDelete.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteRequestPartition {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
}

impl Message for OffsetDeleteRequestPartition {
    fn encode(&self, _version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.partition_index);
        Ok(())
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self { partition_index: r.i32("partition_index")? })
    }
}

/// `OffsetDeleteResponse`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteResponse {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `topics`, versions 0+.
    pub topics: Vec<OffsetDeleteResponseTopic>,
}

impl Message for OffsetDeleteResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(OffsetDeleteRequest::MIN..=OffsetDeleteRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "OffsetDeleteResponse", version });
        }
        w.error_code(self.error_code);
        w.i32(self.throttle_time_ms);
        w.structs(false, &self.topics, version, "topics")?;
        Ok(())
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(OffsetDeleteRequest::MIN..=OffsetDeleteRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            error_code: r.error_code("error_code")?,
            throttle_time_ms: r.i32("throttle_time_ms")?,
            topics: r.structs(false, 6, version, "topics")?,
        })
    }
}

/// Structure `OffsetDeleteResponseTopic` of OffsetDelete.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteResponseTopic {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<OffsetDeleteResponsePartition>,
}

impl Message for OffsetDeleteResponseTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(false, &self.name, "name")?;
        w.structs(false, &self.partitions, version, "partitions")?;
        Ok(())
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self { name: r.string(false, "name")?, partitions: r.structs(false, 6, version, "partitions")? })
    }
}

/// Structure `OffsetDeleteResponsePartition` of OffsetDelete.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OffsetDeleteResponsePartition {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
}

impl Message for OffsetDeleteResponsePartition {
    fn encode(&self, _version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.partition_index);
        w.error_code(self.error_code);
        Ok(())
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self { partition_index: r.i32("partition_index")?, error_code: r.error_code("error_code")? })
    }
}

impl Request for OffsetDeleteRequest {
    type Response = OffsetDeleteResponse;
    const KEY: ApiKey = ApiKey::OffsetDelete;
    const MIN: i16 = 0;
    const MAX: i16 = 0;
    const FLEXIBLE_FROM: Option<i16> = None;
}
