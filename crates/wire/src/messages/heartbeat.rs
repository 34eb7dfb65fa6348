// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of Heartbeat (key 12), versions 0-4.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `HeartbeatRequest`, versions 0-4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeartbeatRequest {
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `generation_id`, versions 0+.
    pub generation_id: i32,
    /// Field `member_id`, versions 0+.
    pub member_id: String,
    /// Field `group_instance_id`, versions 3+, nullable.
    pub group_instance_id: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for HeartbeatRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(HeartbeatRequest::MIN..=HeartbeatRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "HeartbeatRequest", version });
        }
        let flexible = version >= 4;
        w.string(flexible, &self.group_id, "group_id")?;
        w.i32(self.generation_id);
        w.string(flexible, &self.member_id, "member_id")?;
        if version >= 3 {
            w.nullable_string(flexible, self.group_instance_id.as_deref(), "group_instance_id")?;
        } else if self.group_instance_id.is_some() {
            return Err(EncodeError::Unsupported { field: "group_instance_id", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(HeartbeatRequest::MIN..=HeartbeatRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            group_id: r.string(flexible, "group_id")?,
            generation_id: r.i32("generation_id")?,
            member_id: r.string(flexible, "member_id")?,
            group_instance_id: if version >= 3 {
                r.nullable_string(flexible, "group_instance_id")?
            } else {
                None
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `HeartbeatResponse`, versions 0-4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeartbeatResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for HeartbeatResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(HeartbeatRequest::MIN..=HeartbeatRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "HeartbeatResponse", version });
        }
        let flexible = version >= 4;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        w.error_code(self.error_code);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(HeartbeatRequest::MIN..=HeartbeatRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            throttle_time_ms: if version >= 1 { r.i32("throttle_time_ms")? } else { 0 },
            error_code: r.error_code("error_code")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for HeartbeatRequest {
    type Response = HeartbeatResponse;
    const KEY: ApiKey = ApiKey::Heartbeat;
    const MIN: i16 = 0;
    const MAX: i16 = 4;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
}
