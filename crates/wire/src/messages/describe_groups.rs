// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DescribeGroups (key 15), versions 0-6.

use bytes::Bytes;

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DescribeGroupsRequest`, versions 0-6.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeGroupsRequest {
    /// Field `groups`, versions 0+.
    pub groups: Vec<String>,
    /// Field `include_authorized_operations`, versions 3+.
    pub include_authorized_operations: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeGroupsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeGroupsRequest::MIN..=DescribeGroupsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeGroupsRequest", version });
        }
        let flexible = version >= 5;
        w.nullable_list(flexible, Some(&self.groups), "groups", |w, item| {
            w.string(flexible, item, "groups")
        })?;
        if version >= 3 {
            w.bool(self.include_authorized_operations);
        } else if self.include_authorized_operations {
            return Err(EncodeError::Unsupported { field: "include_authorized_operations", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeGroupsRequest::MIN..=DescribeGroupsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 5;
        Ok(Self {
            groups: r.list(flexible, 1, "groups", |r| r.string(flexible, "groups"))?,
            include_authorized_operations: if version >= 3 {
                r.bool("include_authorized_operations")?
            } else {
                false
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `DescribeGroupsResponse`, versions 0-6.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeGroupsResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `groups`, versions 0+.
    pub groups: Vec<DescribedGroup>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeGroupsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeGroupsRequest::MIN..=DescribeGroupsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeGroupsResponse", version });
        }
        let flexible = version >= 5;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        w.structs(flexible, &self.groups, version, "groups")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeGroupsRequest::MIN..=DescribeGroupsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 5;
        Ok(Self {
            throttle_time_ms: if version >= 1 { r.i32("throttle_time_ms")? } else { 0 },
            groups: r.structs(flexible, 12, version, "groups")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribedGroup` of DescribeGroups.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribedGroup {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 6+, nullable.
    pub error_message: Option<String>,
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `group_state`, versions 0+.
    pub group_state: String,
    /// Field `protocol_type`, versions 0+.
    pub protocol_type: String,
    /// Field `protocol_data`, versions 0+.
    pub protocol_data: String,
    /// Field `members`, versions 0+.
    pub members: Vec<DescribedGroupMember>,
    /// Field `authorized_operations`, versions 3+.
    pub authorized_operations: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribedGroup {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: None,
            group_id: String::new(),
            group_state: String::new(),
            protocol_type: String::new(),
            protocol_data: String::new(),
            members: Vec::new(),
            authorized_operations: i32::MIN,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribedGroup {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        w.error_code(self.error_code);
        if version >= 6 {
            w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        } else if self.error_message.is_some() {
            return Err(EncodeError::Unsupported { field: "error_message", version });
        }
        w.string(flexible, &self.group_id, "group_id")?;
        w.string(flexible, &self.group_state, "group_state")?;
        w.string(flexible, &self.protocol_type, "protocol_type")?;
        w.string(flexible, &self.protocol_data, "protocol_data")?;
        w.structs(flexible, &self.members, version, "members")?;
        if version >= 3 {
            w.i32(self.authorized_operations);
        } else if self.authorized_operations != i32::MIN {
            return Err(EncodeError::Unsupported { field: "authorized_operations", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: if version >= 6 { r.nullable_string(flexible, "error_message")? } else { None },
            group_id: r.string(flexible, "group_id")?,
            group_state: r.string(flexible, "group_state")?,
            protocol_type: r.string(flexible, "protocol_type")?,
            protocol_data: r.string(flexible, "protocol_data")?,
            members: r.structs(flexible, 7, version, "members")?,
            authorized_operations: if version >= 3 { r.i32("authorized_operations")? } else { i32::MIN },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DescribedGroupMember` of DescribeGroups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribedGroupMember {
    /// Field `member_id`, versions 0+.
    pub member_id: String,
    /// Field `group_instance_id`, versions 4+, nullable.
    pub group_instance_id: Option<String>,
    /// Field `client_id`, versions 0+.
    pub client_id: String,
    /// Field `client_host`, versions 0+.
    pub client_host: String,
    /// Field `member_metadata`, versions 0+.
    pub member_metadata: Bytes,
    /// Field `member_assignment`, versions 0+.
    pub member_assignment: Bytes,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribedGroupMember {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 5;
        w.string(flexible, &self.member_id, "member_id")?;
        if version >= 4 {
            w.nullable_string(flexible, self.group_instance_id.as_deref(), "group_instance_id")?;
        }
        w.string(flexible, &self.client_id, "client_id")?;
        w.string(flexible, &self.client_host, "client_host")?;
        w.bytes(flexible, &self.member_metadata, "member_metadata")?;
        w.bytes(flexible, &self.member_assignment, "member_assignment")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 5;
        Ok(Self {
            member_id: r.string(flexible, "member_id")?,
            group_instance_id: if version >= 4 {
                r.nullable_string(flexible, "group_instance_id")?
            } else {
                None
            },
            client_id: r.string(flexible, "client_id")?,
            client_host: r.string(flexible, "client_host")?,
            member_metadata: r.bytes(flexible, "member_metadata")?,
            member_assignment: r.bytes(flexible, "member_assignment")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for DescribeGroupsRequest {
    type Response = DescribeGroupsResponse;
    const KEY: ApiKey = ApiKey::DescribeGroups;
    const MIN: i16 = 0;
    const MAX: i16 = 6;
    const FLEXIBLE_FROM: Option<i16> = Some(5);
}
