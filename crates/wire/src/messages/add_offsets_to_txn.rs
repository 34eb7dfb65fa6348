// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of AddOffsetsToTxn (key 25), versions 0-4.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `AddOffsetsToTxnRequest`, versions 0-4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddOffsetsToTxnRequest {
    /// Field `transactional_id`, versions 0+.
    pub transactional_id: String,
    /// Field `producer_id`, versions 0+.
    pub producer_id: i64,
    /// Field `producer_epoch`, versions 0+.
    pub producer_epoch: i16,
    /// Field `group_id`, versions 0+.
    pub group_id: String,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AddOffsetsToTxnRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AddOffsetsToTxnRequest::MIN..=AddOffsetsToTxnRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "AddOffsetsToTxnRequest", version });
        }
        let flexible = version >= 3;
        w.string(flexible, &self.transactional_id, "transactional_id")?;
        w.i64(self.producer_id);
        w.i16(self.producer_epoch);
        w.string(flexible, &self.group_id, "group_id")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AddOffsetsToTxnRequest::MIN..=AddOffsetsToTxnRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            transactional_id: r.string(flexible, "transactional_id")?,
            producer_id: r.i64("producer_id")?,
            producer_epoch: r.i16("producer_epoch")?,
            group_id: r.string(flexible, "group_id")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `AddOffsetsToTxnResponse`, versions 0-4.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddOffsetsToTxnResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AddOffsetsToTxnResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AddOffsetsToTxnRequest::MIN..=AddOffsetsToTxnRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "AddOffsetsToTxnResponse", version });
        }
        let flexible = version >= 3;
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AddOffsetsToTxnRequest::MIN..=AddOffsetsToTxnRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for AddOffsetsToTxnRequest {
    type Response = AddOffsetsToTxnResponse;
    const KEY: ApiKey = ApiKey::AddOffsetsToTxn;
    const MIN: i16 = 0;
    const MAX: i16 = 4;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
}
