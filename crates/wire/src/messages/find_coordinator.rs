// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of FindCoordinator (key 10), versions 0-6.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `FindCoordinatorRequest`, versions 0-6.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FindCoordinatorRequest {
    /// Field `key`, versions 0-3.
    pub key: String,
    /// Field `key_type`, versions 1+.
    pub key_type: i8,
    /// Field `coordinator_keys`, versions 4+.
    pub coordinator_keys: Vec<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for FindCoordinatorRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(FindCoordinatorRequest::MIN..=FindCoordinatorRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "FindCoordinatorRequest", version });
        }
        let flexible = version >= 3;
        if version <= 3 {
            w.string(flexible, &self.key, "key")?;
        } else if !self.key.is_empty() {
            return Err(EncodeError::Unsupported { field: "key", version });
        }
        if version >= 1 {
            w.i8(self.key_type);
        } else if self.key_type != 0 {
            return Err(EncodeError::Unsupported { field: "key_type", version });
        }
        if version >= 4 {
            w.nullable_list(flexible, Some(&self.coordinator_keys), "coordinator_keys", |w, item| {
                w.string(flexible, item, "coordinator_keys")
            })?;
        } else if !self.coordinator_keys.is_empty() {
            return Err(EncodeError::Unsupported { field: "coordinator_keys", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(FindCoordinatorRequest::MIN..=FindCoordinatorRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            key: if version <= 3 { r.string(flexible, "key")? } else { String::new() },
            key_type: if version >= 1 { r.i8("key_type")? } else { 0 },
            coordinator_keys: if version >= 4 {
                r.list(flexible, 1, "coordinator_keys", |r| r.string(flexible, "coordinator_keys"))?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `FindCoordinatorResponse`, versions 0-6.
#[derive(Debug, Clone, PartialEq)]
pub struct FindCoordinatorResponse {
    /// Field `throttle_time_ms`, versions 1+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0-3.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 1-3, nullable.
    pub error_message: Option<String>,
    /// Field `node_id`, versions 0-3.
    pub node_id: i32,
    /// Field `host`, versions 0-3.
    pub host: String,
    /// Field `port`, versions 0-3.
    pub port: i32,
    /// Field `coordinators`, versions 4+.
    pub coordinators: Vec<Coordinator>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for FindCoordinatorResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            node_id: 0,
            host: String::new(),
            port: 0,
            coordinators: Vec::new(),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for FindCoordinatorResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(FindCoordinatorRequest::MIN..=FindCoordinatorRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "FindCoordinatorResponse", version });
        }
        let flexible = version >= 3;
        if version >= 1 {
            w.i32(self.throttle_time_ms);
        }
        if version <= 3 {
            w.error_code(self.error_code);
        } else if self.error_code != ErrorCode::NONE {
            return Err(EncodeError::Unsupported { field: "error_code", version });
        }
        if (1..=3).contains(&version) {
            w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        }
        if version <= 3 {
            w.i32(self.node_id);
        } else if self.node_id != 0 {
            return Err(EncodeError::Unsupported { field: "node_id", version });
        }
        if version <= 3 {
            w.string(flexible, &self.host, "host")?;
        } else if !self.host.is_empty() {
            return Err(EncodeError::Unsupported { field: "host", version });
        }
        if version <= 3 {
            w.i32(self.port);
        } else if self.port != 0 {
            return Err(EncodeError::Unsupported { field: "port", version });
        }
        if version >= 4 {
            w.structs(flexible, &self.coordinators, version, "coordinators")?;
        } else if !self.coordinators.is_empty() {
            return Err(EncodeError::Unsupported { field: "coordinators", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(FindCoordinatorRequest::MIN..=FindCoordinatorRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            throttle_time_ms: if version >= 1 { r.i32("throttle_time_ms")? } else { 0 },
            error_code: if version <= 3 { r.error_code("error_code")? } else { ErrorCode::NONE },
            error_message: if (1..=3).contains(&version) {
                r.nullable_string(flexible, "error_message")?
            } else {
                Some(String::new())
            },
            node_id: if version <= 3 { r.i32("node_id")? } else { 0 },
            host: if version <= 3 { r.string(flexible, "host")? } else { String::new() },
            port: if version <= 3 { r.i32("port")? } else { 0 },
            coordinators: if version >= 4 {
                r.structs(flexible, 14, version, "coordinators")?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `Coordinator` of FindCoordinator.
#[derive(Debug, Clone, PartialEq)]
pub struct Coordinator {
    /// Field `key`, versions 4+.
    pub key: String,
    /// Field `node_id`, versions 4+.
    pub node_id: i32,
    /// Field `host`, versions 4+.
    pub host: String,
    /// Field `port`, versions 4+.
    pub port: i32,
    /// Field `error_code`, versions 4+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 4+, nullable.
    pub error_message: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for Coordinator {
    fn default() -> Self {
        Self {
            key: String::new(),
            node_id: 0,
            host: String::new(),
            port: 0,
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for Coordinator {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        if version >= 4 {
            w.string(flexible, &self.key, "key")?;
        } else if !self.key.is_empty() {
            return Err(EncodeError::Unsupported { field: "key", version });
        }
        if version >= 4 {
            w.i32(self.node_id);
        } else if self.node_id != 0 {
            return Err(EncodeError::Unsupported { field: "node_id", version });
        }
        if version >= 4 {
            w.string(flexible, &self.host, "host")?;
        } else if !self.host.is_empty() {
            return Err(EncodeError::Unsupported { field: "host", version });
        }
        if version >= 4 {
            w.i32(self.port);
        } else if self.port != 0 {
            return Err(EncodeError::Unsupported { field: "port", version });
        }
        if version >= 4 {
            w.error_code(self.error_code);
        } else if self.error_code != ErrorCode::NONE {
            return Err(EncodeError::Unsupported { field: "error_code", version });
        }
        if version >= 4 {
            w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            key: if version >= 4 { r.string(flexible, "key")? } else { String::new() },
            node_id: if version >= 4 { r.i32("node_id")? } else { 0 },
            host: if version >= 4 { r.string(flexible, "host")? } else { String::new() },
            port: if version >= 4 { r.i32("port")? } else { 0 },
            error_code: if version >= 4 { r.error_code("error_code")? } else { ErrorCode::NONE },
            error_message: if version >= 4 {
                r.nullable_string(flexible, "error_message")?
            } else {
                Some(String::new())
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for FindCoordinatorRequest {
    type Response = FindCoordinatorResponse;
    const KEY: ApiKey = ApiKey::FindCoordinator;
    const MIN: i16 = 0;
    const MAX: i16 = 6;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
}
