// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DescribeCluster (key 60), versions 0-2.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DescribeClusterRequest`, versions 0-2.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeClusterRequest {
    /// Field `include_cluster_authorized_operations`, versions 0+.
    pub include_cluster_authorized_operations: bool,
    /// Field `endpoint_type`, versions 1+.
    pub endpoint_type: i8,
    /// Field `include_fenced_brokers`, versions 2+.
    pub include_fenced_brokers: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeClusterRequest {
    fn default() -> Self {
        Self {
            include_cluster_authorized_operations: false,
            endpoint_type: 1,
            include_fenced_brokers: false,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeClusterRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeClusterRequest::MIN..=DescribeClusterRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeClusterRequest", version });
        }
        w.bool(self.include_cluster_authorized_operations);
        if version >= 1 {
            w.i8(self.endpoint_type);
        } else if self.endpoint_type != 1 {
            return Err(EncodeError::Unsupported { field: "endpoint_type", version });
        }
        if version >= 2 {
            w.bool(self.include_fenced_brokers);
        } else if self.include_fenced_brokers {
            return Err(EncodeError::Unsupported { field: "include_fenced_brokers", version });
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeClusterRequest::MIN..=DescribeClusterRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            include_cluster_authorized_operations: r.bool("include_cluster_authorized_operations")?,
            endpoint_type: if version >= 1 { r.i8("endpoint_type")? } else { 1 },
            include_fenced_brokers: if version >= 2 { r.bool("include_fenced_brokers")? } else { false },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `DescribeClusterResponse`, versions 0-2.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribeClusterResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `endpoint_type`, versions 1+.
    pub endpoint_type: i8,
    /// Field `cluster_id`, versions 0+.
    pub cluster_id: String,
    /// Field `controller_id`, versions 0+.
    pub controller_id: i32,
    /// Field `brokers`, versions 0+.
    pub brokers: Vec<DescribeClusterBroker>,
    /// Field `cluster_authorized_operations`, versions 0+.
    pub cluster_authorized_operations: i32,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for DescribeClusterResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: None,
            endpoint_type: 1,
            cluster_id: String::new(),
            controller_id: -1,
            brokers: Vec::new(),
            cluster_authorized_operations: i32::MIN,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for DescribeClusterResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeClusterRequest::MIN..=DescribeClusterRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeClusterResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        w.nullable_string(true, self.error_message.as_deref(), "error_message")?;
        if version >= 1 {
            w.i8(self.endpoint_type);
        } else if self.endpoint_type != 1 {
            return Err(EncodeError::Unsupported { field: "endpoint_type", version });
        }
        w.string(true, &self.cluster_id, "cluster_id")?;
        w.i32(self.controller_id);
        w.structs(true, &self.brokers, version, "brokers")?;
        w.i32(self.cluster_authorized_operations);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeClusterRequest::MIN..=DescribeClusterRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(true, "error_message")?,
            endpoint_type: if version >= 1 { r.i8("endpoint_type")? } else { 1 },
            cluster_id: r.string(true, "cluster_id")?,
            controller_id: r.i32("controller_id")?,
            brokers: r.structs(true, 11, version, "brokers")?,
            cluster_authorized_operations: r.i32("cluster_authorized_operations")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeClusterBroker` of DescribeCluster.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeClusterBroker {
    /// Field `broker_id`, versions 0+.
    pub broker_id: i32,
    /// Field `host`, versions 0+.
    pub host: String,
    /// Field `port`, versions 0+.
    pub port: i32,
    /// Field `rack`, versions 0+, nullable.
    pub rack: Option<String>,
    /// Field `is_fenced`, versions 2+.
    pub is_fenced: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeClusterBroker {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.i32(self.broker_id);
        w.string(true, &self.host, "host")?;
        w.i32(self.port);
        w.nullable_string(true, self.rack.as_deref(), "rack")?;
        if version >= 2 {
            w.bool(self.is_fenced);
        } else if self.is_fenced {
            return Err(EncodeError::Unsupported { field: "is_fenced", version });
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            broker_id: r.i32("broker_id")?,
            host: r.string(true, "host")?,
            port: r.i32("port")?,
            rack: r.nullable_string(true, "rack")?,
            is_fenced: if version >= 2 { r.bool("is_fenced")? } else { false },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for DescribeClusterRequest {
    type Response = DescribeClusterResponse;
    const KEY: ApiKey = ApiKey::DescribeCluster;
    const MIN: i16 = 0;
    const MAX: i16 = 2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
