// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of ConsumerGroupDescribe (key 69), versions 0-1.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `ConsumerGroupDescribeRequest`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupDescribeRequest {
    /// Field `group_ids`, versions 0+.
    pub group_ids: Vec<String>,
    /// Field `include_authorized_operations`, versions 0+.
    pub include_authorized_operations: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ConsumerGroupDescribeRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ConsumerGroupDescribeRequest::MIN..=ConsumerGroupDescribeRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ConsumerGroupDescribeRequest", version });
        }
        w.nullable_list(true, Some(&self.group_ids), "group_ids", |w, item| {
            w.string(true, item, "group_ids")
        })?;
        w.bool(self.include_authorized_operations);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ConsumerGroupDescribeRequest::MIN..=ConsumerGroupDescribeRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            group_ids: r.list(true, 1, "group_ids", |r| r.string(true, "group_ids"))?,
            include_authorized_operations: r.bool("include_authorized_operations")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `ConsumerGroupDescribeResponse`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupDescribeResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `groups`, versions 0+.
    pub groups: Vec<ConsumerGroupDescribedGroup>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ConsumerGroupDescribeResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ConsumerGroupDescribeRequest::MIN..=ConsumerGroupDescribeRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ConsumerGroupDescribeResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.structs(true, &self.groups, version, "groups")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ConsumerGroupDescribeRequest::MIN..=ConsumerGroupDescribeRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            groups: r.structs(true, 20, version, "groups")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ConsumerGroupDescribedGroup` of ConsumerGroupDescribe.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsumerGroupDescribedGroup {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Field `group_state`, versions 0+.
    pub group_state: String,
    /// Field `group_epoch`, versions 0+.
    pub group_epoch: i32,
    /// Field `assignment_epoch`, versions 0+.
    pub assignment_epoch: i32,
    /// Field `assignor_name`, versions 0+.
    pub assignor_name: String,
    /// Field `members`, versions 0+.
    pub members: Vec<Member>,
    /// Field `authorized_operations`, versions 0+.
    pub authorized_operations: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ConsumerGroupDescribedGroup {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: None,
            group_id: String::new(),
            group_state: String::new(),
            group_epoch: 0,
            assignment_epoch: 0,
            assignor_name: String::new(),
            members: Vec::new(),
            authorized_operations: i32::MIN,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ConsumerGroupDescribedGroup {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        w.string(true, &self.group_id, "group_id")?;
        w.string(true, &self.group_state, "group_state")?;
        w.i32(self.group_epoch);
        w.i32(self.assignment_epoch);
        w.string(true, &self.assignor_name, "assignor_name")?;
        w.structs(true, &self.members, version, "members")?;
        w.i32(self.authorized_operations);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            group_id: r.string(true, "group_id")?,
            group_state: r.string(true, "group_state")?,
            group_epoch: r.i32("group_epoch")?,
            assignment_epoch: r.i32("assignment_epoch")?,
            assignor_name: r.string(true, "assignor_name")?,
            members: r.structs(true, 16, version, "members")?,
            authorized_operations: r.i32("authorized_operations")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `Member` of ConsumerGroupDescribe.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Field `member_id`, versions 0+.
    pub member_id: String,
    /// Field `instance_id`, versions 0+, nullable.
    pub instance_id: Option<String>,
    /// Field `rack_id`, versions 0+, nullable.
    pub rack_id: Option<String>,
    /// Field `member_epoch`, versions 0+.
    pub member_epoch: i32,
    /// Field `client_id`, versions 0+.
    pub client_id: String,
    /// Field `client_host`, versions 0+.
    pub client_host: String,
    /// Field `subscribed_topic_names`, versions 0+.
    pub subscribed_topic_names: Vec<String>,
    /// Field `subscribed_topic_regex`, versions 0+, nullable.
    pub subscribed_topic_regex: Option<String>,
    /// Field `assignment`, versions 0+.
    pub assignment: ConsumerGroupDescribeAssignment,
    /// Field `target_assignment`, versions 0+.
    pub target_assignment: ConsumerGroupDescribeAssignment,
    /// Field `member_type`, versions 1+.
    pub member_type: i8,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for Member {
    fn default() -> Self {
        Self {
            member_id: String::new(),
            instance_id: None,
            rack_id: None,
            member_epoch: 0,
            client_id: String::new(),
            client_host: String::new(),
            subscribed_topic_names: Vec::new(),
            subscribed_topic_regex: None,
            assignment: ConsumerGroupDescribeAssignment::default(),
            target_assignment: ConsumerGroupDescribeAssignment::default(),
            member_type: -1,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for Member {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.member_id, "member_id")?;
        w.nullable_string(true, self.instance_id.as_deref(), "instance_id")?;
        w.nullable_string(true, self.rack_id.as_deref(), "rack_id")?;
        w.i32(self.member_epoch);
        w.string(true, &self.client_id, "client_id")?;
        w.string(true, &self.client_host, "client_host")?;
        w.nullable_list(true, Some(&self.subscribed_topic_names), "subscribed_topic_names", |w, item| {
            w.string(true, item, "subscribed_topic_names")
        })?;
        w.nullable_string(true, self.subscribed_topic_regex.as_deref(), "subscribed_topic_regex")?;
        self.assignment.encode(version, w)?;
        self.target_assignment.encode(version, w)?;
        if version >= 1 {
            w.i8(self.member_type);
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            member_id: r.string(true, "member_id")?,
            instance_id: r.nullable_string(true, "instance_id")?,
            rack_id: r.nullable_string(true, "rack_id")?,
            member_epoch: r.i32("member_epoch")?,
            client_id: r.string(true, "client_id")?,
            client_host: r.string(true, "client_host")?,
            subscribed_topic_names: r
                .list(true, 1, "subscribed_topic_names", |r| r.string(true, "subscribed_topic_names"))?,
            subscribed_topic_regex: r.nullable_string(true, "subscribed_topic_regex")?,
            assignment: ConsumerGroupDescribeAssignment::decode(r, version)?,
            target_assignment: ConsumerGroupDescribeAssignment::decode(r, version)?,
            member_type: if version >= 1 { r.i8("member_type")? } else { -1 },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ConsumerGroupDescribeTopicPartitions` of ConsumerGroupDescribe.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupDescribeTopicPartitions {
    /// Field `topic_id`, versions 0+.
    pub topic_id: Uuid,
    /// Field `topic_name`, versions 0+.
    pub topic_name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ConsumerGroupDescribeTopicPartitions {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.uuid(self.topic_id);
        w.string(true, &self.topic_name, "topic_name")?;
        w.nullable_list(true, Some(&self.partitions), "partitions", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic_id: r.uuid("topic_id")?,
            topic_name: r.string(true, "topic_name")?,
            partitions: r.list(true, 4, "partitions", |r| r.i32("partitions"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ConsumerGroupDescribeAssignment` of ConsumerGroupDescribe.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ConsumerGroupDescribeAssignment {
    /// Field `topic_partitions`, versions 0+.
    pub topic_partitions: Vec<ConsumerGroupDescribeTopicPartitions>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ConsumerGroupDescribeAssignment {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.structs(true, &self.topic_partitions, version, "topic_partitions")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic_partitions: r.structs(true, 19, version, "topic_partitions")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for ConsumerGroupDescribeRequest {
    type Response = ConsumerGroupDescribeResponse;
    const KEY: ApiKey = ApiKey::ConsumerGroupDescribe;
    const MIN: i16 = 0;
    const MAX: i16 = 1;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
