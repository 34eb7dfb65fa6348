// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of EndTxn (key 26), versions 0-5.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `EndTxnRequest`, versions 0-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EndTxnRequest {
    /// Field `transactional_id`, versions 0+.
    pub transactional_id: String,
    /// Field `producer_id`, versions 0+.
    pub producer_id: i64,
    /// Field `producer_epoch`, versions 0+.
    pub producer_epoch: i16,
    /// Field `committed`, versions 0+.
    pub committed: bool,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for EndTxnRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(EndTxnRequest::MIN..=EndTxnRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "EndTxnRequest", version });
        }
        let flexible = version >= 3;
        w.string(flexible, &self.transactional_id, "transactional_id")?;
        w.i64(self.producer_id);
        w.i16(self.producer_epoch);
        w.bool(self.committed);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(EndTxnRequest::MIN..=EndTxnRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            transactional_id: r.string(flexible, "transactional_id")?,
            producer_id: r.i64("producer_id")?,
            producer_epoch: r.i16("producer_epoch")?,
            committed: r.bool("committed")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `EndTxnResponse`, versions 0-5.
#[derive(Debug, Clone, PartialEq)]
pub struct EndTxnResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `producer_id`, versions 5+.
    pub producer_id: i64,
    /// Field `producer_epoch`, versions 5+.
    pub producer_epoch: i16,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for EndTxnResponse {
    fn default() -> Self {
        Self {
            throttle_time_ms: 0,
            error_code: ErrorCode::NONE,
            producer_id: -1,
            producer_epoch: -1,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for EndTxnResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(EndTxnRequest::MIN..=EndTxnRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "EndTxnResponse", version });
        }
        let flexible = version >= 3;
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        if version >= 5 {
            w.i64(self.producer_id);
        }
        if version >= 5 {
            w.i16(self.producer_epoch);
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(EndTxnRequest::MIN..=EndTxnRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            producer_id: if version >= 5 { r.i64("producer_id")? } else { -1 },
            producer_epoch: if version >= 5 { r.i16("producer_epoch")? } else { -1 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for EndTxnRequest {
    type Response = EndTxnResponse;
    const KEY: ApiKey = ApiKey::EndTxn;
    const MIN: i16 = 0;
    const MAX: i16 = 5;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
}
