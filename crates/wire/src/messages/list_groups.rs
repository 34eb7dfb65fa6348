// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of ListGroups (key 16), versions 0-5.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `ListGroupsRequest`, versions 0-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListGroupsRequest {
    /// Field `states_filter`, versions 4+.
    pub states_filter: Vec<String>,
    /// Field `types_filter`, versions 5+.
    pub types_filter: Vec<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListGroupsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ListGroupsRequest::MIN..=ListGroupsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ListGroupsRequest", version });
        }
        let flexible = version >= 3;
        if version >= 4 {
            w.nullable_list(flexible, Some(&self.states_filter), "states_filter", |w, item| {
                w.string(flexible, item, "states_filter")
            })?;
        } else if !self.states_filter.is_empty() {
            return Err(EncodeError::Unsupported { field: "states_filter", version });
        }
        if version >= 5 {
            w.nullable_list(flexible, Some(&self.types_filter), "types_filter", |w, item| {
                w.string(flexible, item, "types_filter")
            })?;
        } else if !self.types_filter.is_empty() {
            return Err(EncodeError::Unsupported { field: "types_filter", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ListGroupsRequest::MIN..=ListGroupsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            states_filter: if version >= 4 {
                r.list(flexible, 1, "states_filter", |r| r.string(flexible, "states_filter"))?
            } else {
                Vec::new()
            },
            types_filter: if version >= 5 {
                r.list(flexible, 1, "types_filter", |r| r.string(flexible, "types_filter"))?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `ListGroupsResponse`, versions 0-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListGroupsResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `groups`, versions 0+.
    pub groups: Vec<ListedGroup>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListGroupsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ListGroupsRequest::MIN..=ListGroupsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ListGroupsResponse", version });
        }
        let flexible = version >= 3;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        w.error_code(self.error_code);
        w.structs(flexible, &self.groups, version, "groups")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ListGroupsRequest::MIN..=ListGroupsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            throttle_time_ms: if version >= 1 { r.i32("throttle_time_ms")? } else { 0 },
            error_code: r.error_code("error_code")?,
            groups: r.structs(flexible, 3, version, "groups")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `ListedGroup` of ListGroups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListedGroup {
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `protocol_type`, versions 0+.
    pub protocol_type: String,
    /// Field `group_state`, versions 4+.
    pub group_state: String,
    /// Field `group_type`, versions 5+.
    pub group_type: String,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListedGroup {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        w.string(flexible, &self.group_id, "group_id")?;
        w.string(flexible, &self.protocol_type, "protocol_type")?;
        if version >= 4 {
            w.string(flexible, &self.group_state, "group_state")?;
        }
        if version >= 5 {
            w.string(flexible, &self.group_type, "group_type")?;
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            group_id: r.string(flexible, "group_id")?,
            protocol_type: r.string(flexible, "protocol_type")?,
            group_state: if version >= 4 { r.string(flexible, "group_state")? } else { String::new() },
            group_type: if version >= 5 { r.string(flexible, "group_type")? } else { String::new() },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for ListGroupsRequest {
    type Response = ListGroupsResponse;
    const KEY: ApiKey = ApiKey::ListGroups;
    const MIN: i16 = 0;
    const MAX: i16 = 5;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
}
