// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of LeaveGroup (key 13), versions 0-5.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `LeaveGroupRequest`, versions 0-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeaveGroupRequest {
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `member_id`, versions 0-2.
    pub member_id: String,
    /// Field `members`, versions 3+.
    pub members: Vec<MemberIdentity>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for LeaveGroupRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(LeaveGroupRequest::MIN..=LeaveGroupRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "LeaveGroupRequest", version });
        }
        let flexible = version >= 4;
        w.string(flexible, &self.group_id, "group_id")?;
        if version <= 2 {
            w.string(flexible, &self.member_id, "member_id")?;
        } else if !self.member_id.is_empty() {
            return Err(EncodeError::Unsupported { field: "member_id", version });
        }
        if version >= 3 {
            w.structs(flexible, &self.members, version, "members")?;
        } else if !self.members.is_empty() {
            return Err(EncodeError::Unsupported { field: "members", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(LeaveGroupRequest::MIN..=LeaveGroupRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            group_id: r.string(flexible, "group_id")?,
            member_id: if version <= 2 { r.string(flexible, "member_id")? } else { String::new() },
            members: if version >= 3 { r.structs(flexible, 3, version, "members")? } else { Vec::new() },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `MemberIdentity` of LeaveGroup.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MemberIdentity {
    /// Field `member_id`, versions 3+.
    pub member_id: String,
    /// Field `group_instance_id`, versions 3+, nullable.
    pub group_instance_id: Option<String>,
    /// Field `reason`, versions 5+, nullable.
    pub reason: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for MemberIdentity {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        if version >= 3 {
            w.string(flexible, &self.member_id, "member_id")?;
        } else if !self.member_id.is_empty() {
            return Err(EncodeError::Unsupported { field: "member_id", version });
        }
        if version >= 3 {
            w.nullable_string(flexible, self.group_instance_id.as_deref(), "group_instance_id")?;
        } else if self.group_instance_id.is_some() {
            return Err(EncodeError::Unsupported { field: "group_instance_id", version });
        }
        if version >= 5 {
            w.nullable_string(flexible, self.reason.as_deref(), "reason")?;
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            member_id: if version >= 3 { r.string(flexible, "member_id")? } else { String::new() },
            group_instance_id: if version >= 3 {
                r.nullable_string(flexible, "group_instance_id")?
            } else {
                None
            },
            reason: if version >= 5 { r.nullable_string(flexible, "reason")? } else { None },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `LeaveGroupResponse`, versions 0-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeaveGroupResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `members`, versions 3+.
    pub members: Vec<MemberResponse>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for LeaveGroupResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(LeaveGroupRequest::MIN..=LeaveGroupRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "LeaveGroupResponse", version });
        }
        let flexible = version >= 4;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        w.error_code(self.error_code);
        if version >= 3 {
            w.structs(flexible, &self.members, version, "members")?;
        } else if !self.members.is_empty() {
            return Err(EncodeError::Unsupported { field: "members", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(LeaveGroupRequest::MIN..=LeaveGroupRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 4;
        Ok(Self {
            throttle_time_ms: if version >= 1 { r.i32("throttle_time_ms")? } else { 0 },
            error_code: r.error_code("error_code")?,
            members: if version >= 3 { r.structs(flexible, 5, version, "members")? } else { Vec::new() },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `MemberResponse` of LeaveGroup.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberResponse {
    /// Field `member_id`, versions 3+.
    pub member_id: String,
    /// Field `group_instance_id`, versions 3+, nullable.
    pub group_instance_id: Option<String>,
    /// Field `error_code`, versions 3+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for MemberResponse {
    fn default() -> Self {
        Self {
            member_id: String::new(),
            group_instance_id: Some(String::new()),
            error_code: ErrorCode::NONE,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for MemberResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 4;
        if version >= 3 {
            w.string(flexible, &self.member_id, "member_id")?;
        } else if !self.member_id.is_empty() {
            return Err(EncodeError::Unsupported { field: "member_id", version });
        }
        if version >= 3 {
            w.nullable_string(flexible, self.group_instance_id.as_deref(), "group_instance_id")?;
        } else if self.group_instance_id.as_deref() != Some("") {
            return Err(EncodeError::Unsupported { field: "group_instance_id", version });
        }
        if version >= 3 {
            w.error_code(self.error_code);
        } else if self.error_code != ErrorCode::NONE {
            return Err(EncodeError::Unsupported { field: "error_code", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 4;
        Ok(Self {
            member_id: if version >= 3 { r.string(flexible, "member_id")? } else { String::new() },
            group_instance_id: if version >= 3 {
                r.nullable_string(flexible, "group_instance_id")?
            } else {
                Some(String::new())
            },
            error_code: if version >= 3 { r.error_code("error_code")? } else { ErrorCode::NONE },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for LeaveGroupRequest {
    type Response = LeaveGroupResponse;
    const KEY: ApiKey = ApiKey::LeaveGroup;
    const MIN: i16 = 0;
    const MAX: i16 = 5;
    const FLEXIBLE_FROM: Option<i16> = Some(4);
}
