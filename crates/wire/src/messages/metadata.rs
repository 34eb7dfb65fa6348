// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of Metadata (key 3), versions 0-13.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `MetadataRequest`, versions 0-13.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataRequest {
    /// Field `topics`, versions 0+, nullable.
    pub topics: Option<Vec<MetadataRequestTopic>>,
    /// Field `allow_auto_topic_creation`, versions 4+.
    pub allow_auto_topic_creation: bool,
    /// Field `include_cluster_authorized_operations`, versions 8-10.
    pub include_cluster_authorized_operations: bool,
    /// Field `include_topic_authorized_operations`, versions 8+.
    pub include_topic_authorized_operations: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for MetadataRequest {
    fn default() -> Self {
        Self {
            topics: Some(Vec::new()),
            allow_auto_topic_creation: true,
            include_cluster_authorized_operations: false,
            include_topic_authorized_operations: false,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for MetadataRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(MetadataRequest::MIN..=MetadataRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "MetadataRequest", version });
        }
        let flexible = version >= 9;
        if self.topics.is_none() && version < 1 {
            return Err(EncodeError::Null { field: "topics", version });
        }
        w.nullable_structs(flexible, self.topics.as_deref(), version, "topics")?;
        if version >= 4 {
            w.bool(self.allow_auto_topic_creation);
        } else if !self.allow_auto_topic_creation {
            return Err(EncodeError::Unsupported { field: "allow_auto_topic_creation", version });
        }
        if (8..=10).contains(&version) {
            w.bool(self.include_cluster_authorized_operations);
        } else if self.include_cluster_authorized_operations {
            return Err(EncodeError::Unsupported { field: "include_cluster_authorized_operations", version });
        }
        if version >= 8 {
            w.bool(self.include_topic_authorized_operations);
        } else if self.include_topic_authorized_operations {
            return Err(EncodeError::Unsupported { field: "include_topic_authorized_operations", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(MetadataRequest::MIN..=MetadataRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 9;
        Ok(Self {
            topics: {
                let value = r.nullable_structs(flexible, 2, version, "topics")?;
                if value.is_none() && version < 1 {
                    return Err(r.null("topics"));
                }
                value
            },
            allow_auto_topic_creation: if version >= 4 { r.bool("allow_auto_topic_creation")? } else { true },
            include_cluster_authorized_operations: if (8..=10).contains(&version) {
                r.bool("include_cluster_authorized_operations")?
            } else {
                false
            },
            include_topic_authorized_operations: if version >= 8 {
                r.bool("include_topic_authorized_operations")?
            } else {
                false
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `MetadataRequestTopic` of Metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataRequestTopic {
    /// Field `topic_id`, versions 10+.
    pub topic_id: Uuid,
    /// Field `name`, versions 0+, nullable.
    pub name: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for MetadataRequestTopic {
    fn default() -> Self {
        Self { topic_id: Uuid::ZERO, name: Some(String::new()), unknown_tags: TaggedFields::default() }
    }
}

impl Message for MetadataRequestTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        if self.name.is_none() && version < 10 {
            return Err(EncodeError::Null { field: "name", version });
        }
        w.nullable_string(flexible, self.name.as_deref(), "name")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        Ok(Self {
            topic_id: if version >= 10 { r.uuid("topic_id")? } else { Uuid::ZERO },
            name: {
                let value = r.nullable_string(flexible, "name")?;
                if value.is_none() && version < 10 {
                    return Err(r.null("name"));
                }
                value
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `MetadataResponse`, versions 0-13.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataResponse {
    /// Field `throttle_time_ms`, versions 3+.
    pub throttle_time_ms: i32,
    /// Field `brokers`, versions 0+.
    pub brokers: Vec<MetadataResponseBroker>,
    /// Field `cluster_id`, versions 2+, nullable.
    pub cluster_id: Option<String>,
    /// Field `controller_id`, versions 1+.
    pub controller_id: i32,
    /// Field `topics`, versions 0+.
    pub topics: Vec<MetadataResponseTopic>,
    /// Field `cluster_authorized_operations`, versions 8-10.
    pub cluster_authorized_operations: i32,
    /// Field `error_code`, versions 13+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for MetadataResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            brokers: Vec::new(),
            cluster_id: None,
            controller_id: -1,
            topics: Vec::new(),
            cluster_authorized_operations: i32::MIN,
            error_code: ErrorCode::NONE,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for MetadataResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(MetadataRequest::MIN..=MetadataRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "MetadataResponse", version });
        }
        let flexible = version >= 9;
        if version >= 3 {
            w.i32(self.throttle_time_ms);
        }
        w.structs(flexible, &self.brokers, version, "brokers")?;
        if version >= 2 {
            w.nullable_string(flexible, self.cluster_id.as_deref(), "cluster_id")?;
        }
        if version >= 1 {
            w.i32(self.controller_id);
        }
        w.structs(flexible, &self.topics, version, "topics")?;
        if (8..=10).contains(&version) {
            w.i32(self.cluster_authorized_operations);
        } else if self.cluster_authorized_operations != i32::MIN {
            return Err(EncodeError::Unsupported { field: "cluster_authorized_operations", version });
        }
        if version >= 13 {
            w.error_code(self.error_code);
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(MetadataRequest::MIN..=MetadataRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 9;
        Ok(Self {
            throttle_time_ms: if version >= 3 { r.i32("throttle_time_ms")? } else { 0 },
            brokers: r.structs(flexible, 10, version, "brokers")?,
            cluster_id: if version >= 2 { r.nullable_string(flexible, "cluster_id")? } else { None },
            controller_id: if version >= 1 { r.i32("controller_id")? } else { -1 },
            topics: r.structs(flexible, 8, version, "topics")?,
            cluster_authorized_operations: if (8..=10).contains(&version) {
                r.i32("cluster_authorized_operations")?
            } else {
                i32::MIN
            },
            error_code: if version >= 13 { r.error_code("error_code")? } else { ErrorCode::NONE },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `MetadataResponseBroker` of Metadata.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MetadataResponseBroker {
    /// Field `node_id`, versions 0+.
    pub node_id: i32,
    /// Field `host`, versions 0+.
    pub host: String,
    /// Field `port`, versions 0+.
    pub port: i32,
    /// Field `rack`, versions 1+, nullable.
    pub rack: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for MetadataResponseBroker {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        w.i32(self.node_id);
        w.string(flexible, &self.host, "host")?;
        w.i32(self.port);
        if version >= 1 {
            w.nullable_string(flexible, self.rack.as_deref(), "rack")?;
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        Ok(Self {
            node_id: r.i32("node_id")?,
            host: r.string(flexible, "host")?,
            port: r.i32("port")?,
            rack: if version >= 1 { r.nullable_string(flexible, "rack")? } else { None },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `MetadataResponseTopic` of Metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataResponseTopic {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `name`, versions 0+, nullable.
    pub name: Option<String>,
    /// Field `topic_id`, versions 10+.
    pub topic_id: Uuid,
    /// Field `is_internal`, versions 1+.
    pub is_internal: bool,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<MetadataResponsePartition>,
    /// Field `topic_authorized_operations`, versions 8+.
    pub topic_authorized_operations: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for MetadataResponseTopic {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            name: Some(String::new()),
            topic_id: Uuid::ZERO,
            is_internal: false,
            partitions: Vec::new(),
            topic_authorized_operations: i32::MIN,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for MetadataResponseTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        w.error_code(self.error_code);
        if self.name.is_none() && version < 12 {
            return Err(EncodeError::Null { field: "name", version });
        }
        w.nullable_string(flexible, self.name.as_deref(), "name")?;
        if version >= 10 {
            w.uuid(self.topic_id);
        }
        if version >= 1 {
            w.bool(self.is_internal);
        }
        w.structs(flexible, &self.partitions, version, "partitions")?;
        if version >= 8 {
            w.i32(self.topic_authorized_operations);
        } else if self.topic_authorized_operations != i32::MIN {
            return Err(EncodeError::Unsupported { field: "topic_authorized_operations", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            name: {
                let value = r.nullable_string(flexible, "name")?;
                if value.is_none() && version < 12 {
                    return Err(r.null("name"));
                }
                value
            },
            topic_id: if version >= 10 { r.uuid("topic_id")? } else { Uuid::ZERO },
            is_internal: if version >= 1 { r.bool("is_internal")? } else { false },
            partitions: r.structs(flexible, 18, version, "partitions")?,
            topic_authorized_operations: if version >= 8 {
                r.i32("topic_authorized_operations")?
            } else {
                i32::MIN
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `MetadataResponsePartition` of Metadata.
#[derive(Debug, Clone, PartialEq)]
pub struct MetadataResponsePartition {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `leader_id`, versions 0+.
    pub leader_id: i32,
    /// Field `leader_epoch`, versions 7+.
    pub leader_epoch: i32,
    /// Field `replica_nodes`, versions 0+.
    pub replica_nodes: Vec<i32>,
    /// Field `isr_nodes`, versions 0+.
    pub isr_nodes: Vec<i32>,
    /// Field `offline_replicas`, versions 5+.
    pub offline_replicas: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for MetadataResponsePartition {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            partition_index: 0,
            leader_id: 0,
            leader_epoch: -1,
            replica_nodes: Vec::new(),
            isr_nodes: Vec::new(),
            offline_replicas: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for MetadataResponsePartition {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 9;
        w.error_code(self.error_code);
        w.i32(self.partition_index);
        w.i32(self.leader_id);
        if version >= 7 {
            w.i32(self.leader_epoch);
        }
        w.nullable_list(flexible, Some(&self.replica_nodes), "replica_nodes", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        w.nullable_list(flexible, Some(&self.isr_nodes), "isr_nodes", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        if version >= 5 {
            w.nullable_list(flexible, Some(&self.offline_replicas), "offline_replicas", |w, item| {
                w.i32(*item);
                Ok(())
            })?;
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 9;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            partition_index: r.i32("partition_index")?,
            leader_id: r.i32("leader_id")?,
            leader_epoch: if version >= 7 { r.i32("leader_epoch")? } else { -1 },
            replica_nodes: r.list(flexible, 4, "replica_nodes", |r| r.i32("replica_nodes"))?,
            isr_nodes: r.list(flexible, 4, "isr_nodes", |r| r.i32("isr_nodes"))?,
            offline_replicas: if version >= 5 {
                r.list(flexible, 4, "offline_replicas", |r| r.i32("offline_replicas"))?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for MetadataRequest {
    type Response = MetadataResponse;
    const KEY: ApiKey = ApiKey::Metadata;
    const MIN: i16 = 0;
    const MAX: i16 = 13;
    const FLEXIBLE_FROM: Option<i16> = Some(9);
}
