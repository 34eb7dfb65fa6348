// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of InitProducerId (key 22), versions 0-5.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `InitProducerIdRequest`, versions 0-5.
#[derive(Debug, Clone, PartialEq)]
pub struct InitProducerIdRequest {
    /// Field `transactional_id`, versions 0+, nullable.
    pub transactional_id: Option<String>,
    /// Field `transaction_timeout_ms`, versions 0+.
    pub transaction_timeout_ms: i32,
    /// Field `producer_id`, versions 3+.
    pub producer_id: i64,
    /// Field `producer_epoch`, versions 3+.
    pub producer_epoch: i16,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for InitProducerIdRequest {
    fn default() -> Self {
        Self {
            transactional_id: Some(String::new()),
            transaction_timeout_ms: 0,
            producer_id: -1,
            producer_epoch: -1,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for InitProducerIdRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(InitProducerIdRequest::MIN..=InitProducerIdRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "InitProducerIdRequest", version });
        }
        let flexible = version >= 2;
        w.nullable_string(flexible, self.transactional_id.as_deref(), "transactional_id")?;
        w.i32(self.transaction_timeout_ms);
        if version >= 3 {
            w.i64(self.producer_id);
        } else if self.producer_id != -1 {
            return Err(EncodeError::Unsupported { field: "producer_id", version });
        }
        if version >= 3 {
            w.i16(self.producer_epoch);
        } else if self.producer_epoch != -1 {
            return Err(EncodeError::Unsupported { field: "producer_epoch", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(InitProducerIdRequest::MIN..=InitProducerIdRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            transactional_id: r.nullable_string(flexible, "transactional_id")?,
            transaction_timeout_ms: r.i32("transaction_timeout_ms")?,
            producer_id: if version >= 3 { r.i64("producer_id")? } else { -1 },
            producer_epoch: if version >= 3 { r.i16("producer_epoch")? } else { -1 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `InitProducerIdResponse`, versions 0-5.
#[derive(Debug, Clone, PartialEq)]
pub struct InitProducerIdResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `producer_id`, versions 0+.
    pub producer_id: i64,
    /// Field `producer_epoch`, versions 0+.
    pub producer_epoch: i16,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for InitProducerIdResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            producer_id: -1,
            producer_epoch: 0,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for InitProducerIdResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(InitProducerIdRequest::MIN..=InitProducerIdRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "InitProducerIdResponse", version });
        }
        let flexible = version >= 2;
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        w.i64(self.producer_id);
        w.i16(self.producer_epoch);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(InitProducerIdRequest::MIN..=InitProducerIdRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            producer_id: r.i64("producer_id")?,
            producer_epoch: r.i16("producer_epoch")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for InitProducerIdRequest {
    type Response = InitProducerIdResponse;
    const KEY: ApiKey = ApiKey::InitProducerId;
    const MIN: i16 = 0;
    const MAX: i16 = 5;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
}
