// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of SyncGroup (key 14), versions 0-5.

use bytes::Bytes;

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `SyncGroupRequest`, versions 0-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SyncGroupRequest {
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `generation_id`, versions 0+.
    pub generation_id: i32,
    /// Field `member_id`, versions 0+.
    pub member_id: String,
    /// Field `group_instance_id`, versions 3+, nullable.
    pub group_instance_id: Option<String>,
    /// Field `protocol_type`, versions 5+, nullable.
    pub protocol_type: Option<String>,
    /// Field `protocol_name`, versions 5+, nullable.
    pub protocol_name: Option<String>,
    /// Field `assignments`, versions 0+.
    pub assignments: Vec<SyncGroupRequestAssignment>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for SyncGroupRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(SyncGroupRequest::MIN..=SyncGroupRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "SyncGroupRequest", version });
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
        if version >= 5 {
            w.nullable_string(flexible, self.protocol_type.as_deref(), "protocol_type")?;
        }
        if version >= 5 {
            w.nullable_string(flexible, self.protocol_name.as_deref(), "protocol_name")?;
        }
        w.structs(flexible, &self.assignments, version, "assignments")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(SyncGroupRequest::MIN..=SyncGroupRequest::MAX).contains(&version) {
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
            protocol_type: if version >= 5 { r.nullable_string(flexible, "protocol_type")? } else { None },
            protocol_name: if version >= 5 { r.nullable_string(flexible, "protocol_name")? } else { None },
            assignments: r.structs(flexible, 3, version, "assignments")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `SyncGroupRequestAssignment` of SyncGroup.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SyncGroupRequestAssignment {
    /// Field `member_id`, versions 0+.
    pub member_id: String,
    /// Field `assignment`, versions 0+.
    pub assignment: Bytes,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for SyncGroupRequestAssignment {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        w.string(flexible, &self.member_id, "member_id")?;
        w.bytes(flexible, &self.assignment, "assignment")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            member_id: r.string(flexible, "member_id")?,
            assignment: r.bytes(flexible, "assignment")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `SyncGroupResponse`, versions 0-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SyncGroupResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `protocol_type`, versions 5+, nullable.
    pub protocol_type: Option<String>,
    /// Field `protocol_name`, versions 5+, nullable.
    pub protocol_name: Option<String>,
    /// Field `assignment`, versions 0+.
    pub assignment: Bytes,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for SyncGroupResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(SyncGroupRequest::MIN..=SyncGroupRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "SyncGroupResponse", version });
        }
        let flexible = version >= 4;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        w.error_code(self.error_code);
        if version >= 5 {
            w.nullable_string(flexible, self.protocol_type.as_deref(), "protocol_type")?;
        }
        if version >= 5 {
            w.nullable_string(flexible, self.protocol_name.as_deref(), "protocol_name")?;
        }
        w.bytes(flexible, &self.assignment, "assignment")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(SyncGroupRequest::MIN..=SyncGroupRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            throttle_time_ms: if version >= 1 { r.i32("throttle_time_ms")? } else { 0 },
            error_code: r.error_code("error_code")?,
            protocol_type: if version >= 5 { r.nullable_string(flexible, "protocol_type")? } else { None },
            protocol_name: if version >= 5 { r.nullable_string(flexible, "protocol_name")? } else { None },
            assignment: r.bytes(flexible, "assignment")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for SyncGroupRequest {
    type Response = SyncGroupResponse;
    const KEY: ApiKey = ApiKey::SyncGroup;
    const MIN: i16 = 0;
    const MAX: i16 = 5;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
}
