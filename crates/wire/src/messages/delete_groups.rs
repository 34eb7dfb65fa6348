// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DeleteGroups (key 42), versions 0-2.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DeleteGroupsRequest`, versions 0-2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteGroupsRequest {
    /// Field `groups_names`, versions 0+.
    pub groups_names: Vec<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DeleteGroupsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DeleteGroupsRequest::MIN..=DeleteGroupsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DeleteGroupsRequest", version });
        }
        let flexible = version >= 2;
        w.nullable_list(flexible, Some(&self.groups_names), "groups_names", |w, item| {
            w.string(flexible, item, "groups_names")
        })?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DeleteGroupsRequest::MIN..=DeleteGroupsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            groups_names: r.list(flexible, 1, "groups_names", |r| r.string(flexible, "groups_names"))?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `DeleteGroupsResponse`, versions 0-2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteGroupsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `results`, versions 0+.
    pub results: Vec<DeletableGroupResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DeleteGroupsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DeleteGroupsRequest::MIN..=DeleteGroupsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DeleteGroupsResponse", version });
        }
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        w.structs(flexible, &self.results, version, "results")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DeleteGroupsRequest::MIN..=DeleteGroupsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            results: r.structs(flexible, 4, version, "results")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `DeletableGroupResult` of DeleteGroups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeletableGroupResult {
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DeletableGroupResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 2;
        w.string(flexible, &self.group_id, "group_id")?;
        w.error_code(self.error_code);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 2;
        Ok(Self {
            group_id: r.string(flexible, "group_id")?,
            error_code: r.error_code("error_code")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for DeleteGroupsRequest {
    type Response = DeleteGroupsResponse;
    const KEY: ApiKey = ApiKey::DeleteGroups;
    const MIN: i16 = 0;
    const MAX: i16 = 2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
}
