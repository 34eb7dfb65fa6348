// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DescribeLogDirs (key 35), versions 1-5.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DescribeLogDirsRequest`, versions 1-5.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeLogDirsRequest {
    /// Field `topics`, versions 1+, nullable.
    pub topics: Option<Vec<DescribableLogDirTopic>>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeLogDirsRequest {
    fn default() -> Self {
        Self { topics: Some(Vec::new()), unknown_tags: TaggedFields::default() }
    }
}

impl Message for DescribeLogDirsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeLogDirsRequest::MIN..=DescribeLogDirsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeLogDirsRequest", version });
        }
        let flexible = version >= 2;
        w.nullable_structs(flexible, self.topics.as_deref(), version, "topics")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeLogDirsRequest::MIN..=DescribeLogDirsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            topics: r.nullable_structs(flexible, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribableLogDirTopic` of DescribeLogDirs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribableLogDirTopic {
    /// Field `topic`, versions 1+.
    pub topic: String,
    /// Field `partitions`, versions 1+.
    pub partitions: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribableLogDirTopic {
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

/// `DescribeLogDirsResponse`, versions 1-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeLogDirsResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 3+.
    pub error_code: ErrorCode,
    /// Field `results`, versions 1+.
    pub results: Vec<DescribeLogDirsResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeLogDirsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeLogDirsRequest::MIN..=DescribeLogDirsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeLogDirsResponse", version });
        }
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        if version >= 3 {
            w.error_code(self.error_code);
        }
        w.structs(flexible, &self.results, version, "results")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeLogDirsRequest::MIN..=DescribeLogDirsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: if version >= 3 { r.error_code("error_code")? } else { ErrorCode::NONE },
            results: r.structs(flexible, 5, version, "results")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribeLogDirsResult` of DescribeLogDirs.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeLogDirsResult {
    /// Field `error_code`, versions 1+.
    pub error_code: ErrorCode,
    /// Field `log_dir`, versions 1+.
    pub log_dir: String,
    /// Field `topics`, versions 1+.
    pub topics: Vec<DescribeLogDirsTopic>,
    /// Field `total_bytes`, versions 4+.
    pub total_bytes: i64,
    /// Field `usable_bytes`, versions 4+.
    pub usable_bytes: i64,
    /// Field `is_cordoned`, versions 5+.
    pub is_cordoned: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeLogDirsResult {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            log_dir: String::new(),
            topics: Vec::new(),
            total_bytes: -1,
            usable_bytes: -1,
            is_cordoned: false,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeLogDirsResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.error_code(self.error_code);
        w.string(flexible, &self.log_dir, "log_dir")?;
        w.structs(flexible, &self.topics, version, "topics")?;
        if version >= 4 {
            w.i64(self.total_bytes);
        }
        if version >= 4 {
            w.i64(self.usable_bytes);
        }
        if version >= 5 {
            w.bool(self.is_cordoned);
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            log_dir: r.string(flexible, "log_dir")?,
            topics: r.structs(flexible, 3, version, "topics")?,
            total_bytes: if version >= 4 { r.i64("total_bytes")? } else { -1 },
            usable_bytes: if version >= 4 { r.i64("usable_bytes")? } else { -1 },
            is_cordoned: if version >= 5 { r.bool("is_cordoned")? } else { false },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribeLogDirsTopic` of DescribeLogDirs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeLogDirsTopic {
    /// Field `name`, versions 1+.
    pub name: String,
    /// Field `partitions`, versions 1+.
    pub partitions: Vec<DescribeLogDirsPartition>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeLogDirsTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.string(flexible, &self.name, "name")?;
        w.structs(flexible, &self.partitions, version, "partitions")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            name: r.string(flexible, "name")?,
            partitions: r.structs(flexible, 21, version, "partitions")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribeLogDirsPartition` of DescribeLogDirs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeLogDirsPartition {
    /// Field `partition_index`, versions 1+.
    pub partition_index: i32,
    /// Field `partition_size`, versions 1+.
    pub partition_size: i64,
    /// Field `offset_lag`, versions 1+.
    pub offset_lag: i64,
    /// Field `is_future_key`, versions 1+.
    pub is_future_key: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeLogDirsPartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.i32(self.partition_index);
        w.i64(self.partition_size);
        w.i64(self.offset_lag);
        w.bool(self.is_future_key);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            partition_size: r.i64("partition_size")?,
            offset_lag: r.i64("offset_lag")?,
            is_future_key: r.bool("is_future_key")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for DescribeLogDirsRequest {
    type Response = DescribeLogDirsResponse;
    const KEY: ApiKey = ApiKey::DescribeLogDirs;
    const MIN: i16 = 1;
    const MAX: i16 = 5;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
}
