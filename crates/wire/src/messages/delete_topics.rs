// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DeleteTopics (key 20), versions 1-6.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DeleteTopicsRequest`, versions 1-6.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteTopicsRequest {
    /// Field `topics`, versions 6+.
    pub topics: Vec<DeleteTopicState>,
    /// Field `topic_names`, versions 1-5.
    pub topic_names: Vec<String>,
    /// Field `timeout_ms`, versions 1+.
    pub timeout_ms: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DeleteTopicsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DeleteTopicsRequest::MIN..=DeleteTopicsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DeleteTopicsRequest", version });
        }
        let flexible = version >= 4;
        if version >= 6 {
            w.structs(flexible, &self.topics, version, "topics")?;
        } else if !self.topics.is_empty() {
            return Err(EncodeError::Unsupported { field: "topics", version });
        }
        if version <= 5 {
            w.nullable_list(flexible, Some(&self.topic_names), "topic_names", |w, item| {
                w.string(flexible, item, "topic_names")
            })?;
        }
        w.i32(self.timeout_ms);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DeleteTopicsRequest::MIN..=DeleteTopicsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            topics: if version >= 6 { r.structs(flexible, 18, version, "topics")? } else { Vec::new() },
            topic_names: if version <= 5 {
                r.list(flexible, 1, "topic_names", |r| r.string(flexible, "topic_names"))?
            } else {
                Vec::new()
            },
            timeout_ms: r.i32("timeout_ms")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DeleteTopicState` of DeleteTopics.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteTopicState {
    /// Field `name`, versions 6+, nullable.
    pub name: Option<String>,
    /// Field `topic_id`, versions 6+.
    pub topic_id: Uuid,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DeleteTopicState {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        if version >= 6 {
            w.nullable_string(flexible, self.name.as_deref(), "name")?;
        } else if self.name.is_some() {
            return Err(EncodeError::Unsupported { field: "name", version });
        }
        if version >= 6 {
            w.uuid(self.topic_id);
        } else if !self.topic_id.is_zero() {
            return Err(EncodeError::Unsupported { field: "topic_id", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            name: if version >= 6 { r.nullable_string(flexible, "name")? } else { None },
            topic_id: if version >= 6 { r.uuid("topic_id")? } else { Uuid::ZERO },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `DeleteTopicsResponse`, versions 1-6.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteTopicsResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `responses`, versions 1+.
    pub responses: Vec<DeletableTopicResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DeleteTopicsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DeleteTopicsRequest::MIN..=DeleteTopicsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DeleteTopicsResponse", version });
        }
        let flexible = version >= 4;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.responses, version, "responses")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DeleteTopicsRequest::MIN..=DeleteTopicsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            responses: r.structs(flexible, 4, version, "responses")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DeletableTopicResult` of DeleteTopics.
#[derive(Debug, Clone, PartialEq)]
pub struct DeletableTopicResult {
    /// Field `name`, versions 1+, nullable.
    pub name: Option<String>,
    /// Field `topic_id`, versions 6+.
    pub topic_id: Uuid,
    /// Field `error_code`, versions 1+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 5+, nullable.
    pub error_message: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DeletableTopicResult {
    fn default() -> Self {
        Self {
            name: Some(String::new()),
            topic_id: Uuid::ZERO,
            error_code: ErrorCode::NONE,
            error_message: None,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DeletableTopicResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        if self.name.is_none() && version < 6 {
            return Err(EncodeError::Null { field: "name", version });
        }
        w.nullable_string(flexible, self.name.as_deref(), "name")?;
        if version >= 6 {
            w.uuid(self.topic_id);
        }
        w.error_code(self.error_code);
        if version >= 5 {
            w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            name: {
                let value = r.nullable_string(flexible, "name")?;
                if value.is_none() && version < 6 {
                    return Err(r.null("name"));
                }
                value
            },
            topic_id: if version >= 6 { r.uuid("topic_id")? } else { Uuid::ZERO },
            error_code: r.error_code("error_code")?,
            error_message: if version >= 5 { r.nullable_string(flexible, "error_message")? } else { None },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for DeleteTopicsRequest {
    type Response = DeleteTopicsResponse;
    const KEY: ApiKey = ApiKey::DeleteTopics;
    const MIN: i16 = 1;
    const MAX: i16 = 6;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
}
