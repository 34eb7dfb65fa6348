// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of PushTelemetry (key 72), version 0.

use bytes::Bytes;

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `PushTelemetryRequest`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PushTelemetryRequest {
    /// Field `client_instance_id`, versions 0+.
    pub client_instance_id: Uuid,
    /// Field `subscription_id`, versions 0+.
    pub subscription_id: i32,
    /// Field `terminating`, versions 0+.
    pub terminating: bool,
    /// Field `compression_type`, versions 0+.
    pub compression_type: i8,
    /// Field `metrics`, versions 0+.
    pub metrics: Bytes,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for PushTelemetryRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(PushTelemetryRequest::MIN..=PushTelemetryRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "PushTelemetryRequest", version });
        }
        w.uuid(self.client_instance_id);
        w.i32(self.subscription_id);
        w.bool(self.terminating);
        w.i8(self.compression_type);
        w.bytes(true, &self.metrics, "metrics")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(PushTelemetryRequest::MIN..=PushTelemetryRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            client_instance_id: r.uuid("client_instance_id")?,
            subscription_id: r.i32("subscription_id")?,
            terminating: r.bool("terminating")?,
            compression_type: r.i8("compression_type")?,
            metrics: r.bytes(true, "metrics")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `PushTelemetryResponse`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PushTelemetryResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for PushTelemetryResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(PushTelemetryRequest::MIN..=PushTelemetryRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "PushTelemetryResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(PushTelemetryRequest::MIN..=PushTelemetryRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for PushTelemetryRequest {
    type Response = PushTelemetryResponse;
    const KEY: ApiKey = ApiKey::PushTelemetry;
    const MIN: i16 = 0;
    const MAX: i16 = 0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
