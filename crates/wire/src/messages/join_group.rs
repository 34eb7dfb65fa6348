// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of JoinGroup (key 11), versions 0-9.

use bytes::Bytes;

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `JoinGroupRequest`, versions 0-9.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinGroupRequest {
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `session_timeout_ms`, versions 0+.
    pub session_timeout_ms: i32,
    /// Field `rebalance_timeout_ms`, versions 1+.
    pub rebalance_timeout_ms: i32,
    /// Field `member_id`, versions 0+.
    pub member_id: String,
    /// Field `group_instance_id`, versions 5+, nullable.
    pub group_instance_id: Option<String>,
    /// Field `protocol_type`, versions 0+.
    pub protocol_type: String,
    /// Field `protocols`, versions 0+.
    pub protocols: Vec<JoinGroupRequestProtocol>,
    /// Field `reason`, versions 8+, nullable.
    pub reason: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for JoinGroupRequest {
    fn default() -> Self {
        Self {
            group_id: String::new(),
            session_timeout_ms: 0,
            rebalance_timeout_ms: -1,
            member_id: String::new(),
            group_instance_id: None,
            protocol_type: String::new(),
            protocols: Vec::new(),
            reason: None,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for JoinGroupRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(JoinGroupRequest::MIN..=JoinGroupRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "JoinGroupRequest", version });
        }
        let flexible = version >= 6;
        w.string(flexible, &self.group_id, "group_id")?;
        w.i32(self.session_timeout_ms);
        if version >= 1 {
            w.i32(self.rebalance_timeout_ms);
        }
        w.string(flexible, &self.member_id, "member_id")?;
        if version >= 5 {
            w.nullable_string(flexible, self.group_instance_id.as_deref(), "group_instance_id")?;
        } else if self.group_instance_id.is_some() {
            return Err(EncodeError::Unsupported { field: "group_instance_id", version });
        }
        w.string(flexible, &self.protocol_type, "protocol_type")?;
        w.structs(flexible, &self.protocols, version, "protocols")?;
        if version >= 8 {
            w.nullable_string(flexible, self.reason.as_deref(), "reason")?;
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(JoinGroupRequest::MIN..=JoinGroupRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 6;
        Ok(Self {
            group_id: r.string(flexible, "group_id")?,
            session_timeout_ms: r.i32("session_timeout_ms")?,
            rebalance_timeout_ms: if version >= 1 { r.i32("rebalance_timeout_ms")? } else { -1 },
            member_id: r.string(flexible, "member_id")?,
            group_instance_id: if version >= 5 {
                r.nullable_string(flexible, "group_instance_id")?
            } else {
                None
            },
            protocol_type: r.string(flexible, "protocol_type")?,
            protocols: r.structs(flexible, 3, version, "protocols")?,
            reason: if version >= 8 { r.nullable_string(flexible, "reason")? } else { None },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `JoinGroupRequestProtocol` of JoinGroup.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JoinGroupRequestProtocol {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `metadata`, versions 0+.
    pub metadata: Bytes,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for JoinGroupRequestProtocol {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        w.string(flexible, &self.name, "name")?;
        w.bytes(flexible, &self.metadata, "metadata")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            name: r.string(flexible, "name")?,
            metadata: r.bytes(flexible, "metadata")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `JoinGroupResponse`, versions 0-9.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinGroupResponse {
    /// Field `throttle_time_ms`, versions 2+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `generation_id`, versions 0+.
    pub generation_id: i32,
    /// Field `protocol_type`, versions 7+, nullable.
    pub protocol_type: Option<String>,
    /// Field `protocol_name`, versions 0+, nullable.
    pub protocol_name: Option<String>,
    /// Field `leader`, versions 0+.
    pub leader: String,
    /// Field `skip_assignment`, versions 9+.
    pub skip_assignment: bool,
    /// Field `member_id`, versions 0+.
    pub member_id: String,
    /// Field `members`, versions 0+.
    pub members: Vec<JoinGroupResponseMember>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for JoinGroupResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            generation_id: -1,
            protocol_type: None,
            protocol_name: Some(String::new()),
            leader: String::new(),
            skip_assignment: false,
            member_id: String::new(),
            members: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for JoinGroupResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(JoinGroupRequest::MIN..=JoinGroupRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "JoinGroupResponse", version });
        }
        let flexible = version >= 6;
        if version >= 2 {
            w.i32(self.throttle_time_ms);
        }
        w.error_code(self.error_code);
        w.i32(self.generation_id);
        if version >= 7 {
            w.nullable_string(flexible, self.protocol_type.as_deref(), "protocol_type")?;
        }
        if self.protocol_name.is_none() && version < 7 {
            return Err(EncodeError::Null { field: "protocol_name", version });
        }
        w.nullable_string(flexible, self.protocol_name.as_deref(), "protocol_name")?;
        w.string(flexible, &self.leader, "leader")?;
        if version >= 9 {
            w.bool(self.skip_assignment);
        } else if self.skip_assignment {
            return Err(EncodeError::Unsupported { field: "skip_assignment", version });
        }
        w.string(flexible, &self.member_id, "member_id")?;
        w.structs(flexible, &self.members, version, "members")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(JoinGroupRequest::MIN..=JoinGroupRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 6;
        Ok(Self {
            throttle_time_ms: if version >= 2 { r.i32("throttle_time_ms")? } else { 0 },
            error_code: r.error_code("error_code")?,
            generation_id: r.i32("generation_id")?,
            protocol_type: if version >= 7 { r.nullable_string(flexible, "protocol_type")? } else { None },
            protocol_name: {
                let value = r.nullable_string(flexible, "protocol_name")?;
                if value.is_none() && version < 7 {
                    return Err(r.null("protocol_name"));
                }
                value
            },
            leader: r.string(flexible, "leader")?,
            skip_assignment: if version >= 9 { r.bool("skip_assignment")? } else { false },
            member_id: r.string(flexible, "member_id")?,
            members: r.structs(flexible, 4, version, "members")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `JoinGroupResponseMember` of JoinGroup.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct JoinGroupResponseMember {
    /// Field `member_id`, versions 0+.
    pub member_id: String,
    /// Field `group_instance_id`, versions 5+, nullable.
    pub group_instance_id: Option<String>,
    /// Field `metadata`, versions 0+.
    pub metadata: Bytes,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for JoinGroupResponseMember {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 6;
        w.string(flexible, &self.member_id, "member_id")?;
        if version >= 5 {
            w.nullable_string(flexible, self.group_instance_id.as_deref(), "group_instance_id")?;
        }
        w.bytes(flexible, &self.metadata, "metadata")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 6;
        Ok(Self {
            member_id: r.string(flexible, "member_id")?,
            group_instance_id: if version >= 5 {
                r.nullable_string(flexible, "group_instance_id")?
            } else {
                None
            },
            metadata: r.bytes(flexible, "metadata")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for JoinGroupRequest {
    type Response = JoinGroupResponse;
    const KEY: ApiKey = ApiKey::JoinGroup;
    const MIN: i16 = 0;
    const MAX: i16 = 9;
    const FLEXIBLE_FROM: Option<i16> = Some(6);
}
