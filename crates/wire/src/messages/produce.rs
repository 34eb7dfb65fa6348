// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of Produce (key 0), versions 3-13.

use bytes::Bytes;

use crate::codec::{DecodeError, EncodeError, Message, Reader, TagSection, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `ProduceRequest`, versions 3-13.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProduceRequest {
    /// Field `transactional_id`, versions 3+, nullable.
    pub transactional_id: Option<String>,
    /// Field `acks`, versions 3+.
    pub acks: i16,
    /// Field `timeout_ms`, versions 3+.
    pub timeout_ms: i32,
    /// Field `topic_data`, versions 3+.
    pub topic_data: Vec<TopicProduceData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ProduceRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ProduceRequest::MIN..=ProduceRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ProduceRequest", version });
        }
        let flexible = version >= 9;
        w.nullable_string(flexible, self.transactional_id.as_deref(), "transactional_id")?;
        w.i16(self.acks);
        w.i32(self.timeout_ms);
        w.structs(flexible, &self.topic_data, version, "topic_data")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ProduceRequest::MIN..=ProduceRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 9;
        Ok(Self {
            transactional_id: r.nullable_string(flexible, "transactional_id")?,
            acks: r.i16("acks")?,
            timeout_ms: r.i32("timeout_ms")?,
            topic_data: r.structs(flexible, 3, version, "topic_data")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `TopicProduceData` of Produce.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicProduceData {
    /// Field `name`, versions 3-12.
    pub name: String,
    /// Field `topic_id`, versions 13+.
    pub topic_id: Uuid,
    /// Field `partition_data`, versions 3+.
    pub partition_data: Vec<PartitionProduceData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for TopicProduceData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        if version <= 12 {
            w.string(flexible, &self.name, "name")?;
        }
        if version >= 13 {
            w.uuid(self.topic_id);
        }
        w.structs(flexible, &self.partition_data, version, "partition_data")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        Ok(Self {
            name: if version <= 12 { r.string(flexible, "name")? } else { String::new() },
            topic_id: if version >= 13 { r.uuid("topic_id")? } else { Uuid::ZERO },
            partition_data: r.structs(flexible, 6, version, "partition_data")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `PartitionProduceData` of Produce.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionProduceData {
    /// Field `index`, versions 3+.
    pub index: i32,
    /// Field `records`, versions 3+, nullable.
    pub records: Option<Bytes>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for PartitionProduceData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        w.i32(self.index);
        w.nullable_bytes(flexible, self.records.as_deref(), "records")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        Ok(Self {
            index: r.i32("index")?,
            records: r.nullable_bytes(flexible, "records")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `ProduceResponse`, versions 3-13.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProduceResponse {
    /// Field `responses`, versions 3+.
    pub responses: Vec<TopicProduceResponse>,
    /// Field `throttle_time_ms`, versions 3+.
    pub throttle_time_ms: i32,
    /// Field `node_endpoints`, versions 10+, tag 0.
    pub node_endpoints: Vec<ProduceNodeEndpoint>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ProduceResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ProduceRequest::MIN..=ProduceRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ProduceResponse", version });
        }
        let flexible = version >= 9;
        w.structs(flexible, &self.responses, version, "responses")?;
        w.i32(self.throttle_time_ms);
        let mut tags = TagSection::default();
        if !self.node_endpoints.is_empty() {
            if version < 10 {
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
        if !(ProduceRequest::MIN..=ProduceRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 9;
        let mut out = Self {
            responses: r.structs(flexible, 3, version, "responses")?,
            throttle_time_ms: r.i32("throttle_time_ms")?,
            node_endpoints: Vec::new(),
            unknown_tags: TaggedFields::default(),
        };
        if flexible {
            r.tag_section(|r, tag| {
                match tag {
                    0 if version >= 10 => {
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

/// Structure `TopicProduceResponse` of Produce.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TopicProduceResponse {
    /// Field `name`, versions 3-12.
    pub name: String,
    /// Field `topic_id`, versions 13+.
    pub topic_id: Uuid,
    /// Field `partition_responses`, versions 3+.
    pub partition_responses: Vec<PartitionProduceResponse>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for TopicProduceResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        if version <= 12 {
            w.string(flexible, &self.name, "name")?;
        }
        if version >= 13 {
            w.uuid(self.topic_id);
        }
        w.structs(flexible, &self.partition_responses, version, "partition_responses")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        Ok(Self {
            name: if version <= 12 { r.string(flexible, "name")? } else { String::new() },
            topic_id: if version >= 13 { r.uuid("topic_id")? } else { Uuid::ZERO },
            partition_responses: r.structs(flexible, 22, version, "partition_responses")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `PartitionProduceResponse` of Produce.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionProduceResponse {
    /// Field `index`, versions 3+.
    pub index: i32,
    /// Field `error_code`, versions 3+.
    pub error_code: ErrorCode,
    /// Field `base_offset`, versions 3+.
    pub base_offset: i64,
    /// Field `log_append_time_ms`, versions 3+.
    pub log_append_time_ms: i64,
    /// Field `log_start_offset`, versions 5+.
    pub log_start_offset: i64,
    /// Field `record_errors`, versions 8+.
    pub record_errors: Vec<BatchIndexAndErrorMessage>,
    /// Field `error_message`, versions 8+, nullable.
    pub error_message: Option<String>,
    /// Field `current_leader`, versions 10+, tag 0.
    pub current_leader: ProduceLeaderIdAndEpoch,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for PartitionProduceResponse {
    fn default() -> Self {
        Self {
            index: 0,
            error_code: ErrorCode::NONE,
            base_offset: 0,
            log_append_time_ms: -1,
            log_start_offset: -1,
            record_errors: Vec::new(),
            error_message: None,
            current_leader: ProduceLeaderIdAndEpoch::default(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for PartitionProduceResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        w.i32(self.index);
        w.error_code(self.error_code);
        w.i64(self.base_offset);
        w.i64(self.log_append_time_ms);
        if version >= 5 {
            w.i64(self.log_start_offset);
        }
        if version >= 8 {
            w.structs(flexible, &self.record_errors, version, "record_errors")?;
        }
        if version >= 8 {
            w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        }
        let mut tags = TagSection::default();
        if self.current_leader != ProduceLeaderIdAndEpoch::default() {
            if version < 10 {
                return Err(EncodeError::Unsupported { field: "current_leader", version });
            }
            tags.field(0, |w| {
                self.current_leader.encode(version, w)?;
                Ok(())
            })?;
        }
        tags.encode(&self.unknown_tags, flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        let mut out = Self {
            index: r.i32("index")?,
            error_code: r.error_code("error_code")?,
            base_offset: r.i64("base_offset")?,
            log_append_time_ms: r.i64("log_append_time_ms")?,
            log_start_offset: if version >= 5 { r.i64("log_start_offset")? } else { -1 },
            record_errors: if version >= 8 {
                r.structs(flexible, 6, version, "record_errors")?
            } else {
                Vec::new()
            },
            error_message: if version >= 8 { r.nullable_string(flexible, "error_message")? } else { None },
            current_leader: ProduceLeaderIdAndEpoch::default(),
            unknown_tags: TaggedFields::default(),
        };
        if flexible {
            r.tag_section(|r, tag| {
                match tag {
                    0 if version >= 10 => out.current_leader = ProduceLeaderIdAndEpoch::decode(r, version)?,
                    _ => r.unknown_tag(tag, &mut out.unknown_tags)?,
                }
                Ok(())
            })?;
        }
        Ok(out)
    }
}

/// Structure `BatchIndexAndErrorMessage` of Produce.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatchIndexAndErrorMessage {
    /// Field `batch_index`, versions 8+.
    pub batch_index: i32,
    /// Field `batch_index_error_message`, versions 8+, nullable.
    pub batch_index_error_message: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for BatchIndexAndErrorMessage {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        if version >= 8 {
            w.i32(self.batch_index);
        } else if self.batch_index != 0 {
            return Err(EncodeError::Unsupported { field: "batch_index", version });
        }
        if version >= 8 {
            w.nullable_string(
                flexible,
                self.batch_index_error_message.as_deref(),
                "batch_index_error_message",
            )?;
        } else if self.batch_index_error_message.is_some() {
            return Err(EncodeError::Unsupported { field: "batch_index_error_message", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        Ok(Self {
            batch_index: if version >= 8 { r.i32("batch_index")? } else { 0 },
            batch_index_error_message: if version >= 8 {
                r.nullable_string(flexible, "batch_index_error_message")?
            } else {
                None
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `ProduceLeaderIdAndEpoch` of Produce.
#[derive(Debug, Clone, PartialEq)]
pub struct ProduceLeaderIdAndEpoch {
    /// Field `leader_id`, versions 10+.
    pub leader_id: i32,
    /// Field `leader_epoch`, versions 10+.
    pub leader_epoch: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ProduceLeaderIdAndEpoch {
    fn default() -> Self {
        Self { leader_id: -1, leader_epoch: -1, unknown_tags: TaggedFields::default() }
    }
}

impl Message for ProduceLeaderIdAndEpoch {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        if version >= 10 {
            w.i32(self.leader_id);
        } else if self.leader_id != -1 {
            return Err(EncodeError::Unsupported { field: "leader_id", version });
        }
        if version >= 10 {
            w.i32(self.leader_epoch);
        } else if self.leader_epoch != -1 {
            return Err(EncodeError::Unsupported { field: "leader_epoch", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        Ok(Self {
            leader_id: if version >= 10 { r.i32("leader_id")? } else { -1 },
            leader_epoch: if version >= 10 { r.i32("leader_epoch")? } else { -1 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `ProduceNodeEndpoint` of Produce.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProduceNodeEndpoint {
    /// Field `node_id`, versions 10+.
    pub node_id: i32,
    /// Field `host`, versions 10+.
    pub host: String,
    /// Field `port`, versions 10+.
    pub port: i32,
    /// Field `rack`, versions 10+, nullable.
    pub rack: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ProduceNodeEndpoint {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        if version >= 10 {
            w.i32(self.node_id);
        } else if self.node_id != 0 {
            return Err(EncodeError::Unsupported { field: "node_id", version });
        }
        if version >= 10 {
            w.string(flexible, &self.host, "host")?;
        } else if !self.host.is_empty() {
            return Err(EncodeError::Unsupported { field: "host", version });
        }
        if version >= 10 {
            w.i32(self.port);
        } else if self.port != 0 {
            return Err(EncodeError::Unsupported { field: "port", version });
        }
        if version >= 10 {
            w.nullable_string(flexible, self.rack.as_deref(), "rack")?;
        } else if self.rack.is_some() {
            return Err(EncodeError::Unsupported { field: "rack", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        Ok(Self {
            node_id: if version >= 10 { r.i32("node_id")? } else { 0 },
            host: if version >= 10 { r.string(flexible, "host")? } else { String::new() },
            port: if version >= 10 { r.i32("port")? } else { 0 },
            rack: if version >= 10 { r.nullable_string(flexible, "rack")? } else { None },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for ProduceRequest {
    type Response = ProduceResponse;
    const KEY: ApiKey = ApiKey::Produce;
    const MIN: i16 = 3;
    const MAX: i16 = 13;
    const FLEXIBLE_FROM: Option<i16> = Some(9);
}
