// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of GetTelemetrySubscriptions (key 71), version 0.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `GetTelemetrySubscriptionsRequest`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GetTelemetrySubscriptionsRequest {
    /// Field `client_instance_id`, versions 0+.
    pub client_instance_id: Uuid,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for GetTelemetrySubscriptionsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(GetTelemetrySubscriptionsRequest::MIN..=GetTelemetrySubscriptionsRequest::MAX).contains(&version)
        {
            return Err(EncodeError::Version { message: "GetTelemetrySubscriptionsRequest", version });
        }
        w.uuid(self.client_instance_id);
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(GetTelemetrySubscriptionsRequest::MIN..=GetTelemetrySubscriptionsRequest::MAX).contains(&version)
        {
            return Err(r.version(version));
        }
        Ok(Self {
            client_instance_id: r.uuid("client_instance_id")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `GetTelemetrySubscriptionsResponse`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GetTelemetrySubscriptionsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `client_instance_id`, versions 0+.
    pub client_instance_id: Uuid,
    /// Field `subscription_id`, versions 0+.
    pub subscription_id: i32,
    /// Field `accepted_compression_types`, versions 0+.
    pub accepted_compression_types: Vec<i8>,
    /// Field `push_interval_ms`, versions 0+.
    pub push_interval_ms: i32,
    /// Field `telemetry_max_bytes`, versions 0+.
    pub telemetry_max_bytes: i32,
    /// Field `delta_temporality`, versions 0+.
    pub delta_temporality: bool,
    /// Field `requested_metrics`, versions 0+.
    pub requested_metrics: Vec<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for GetTelemetrySubscriptionsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(GetTelemetrySubscriptionsRequest::MIN..=GetTelemetrySubscriptionsRequest::MAX).contains(&version)
        {
            return Err(EncodeError::Version { message: "GetTelemetrySubscriptionsResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        w.uuid(self.client_instance_id);
        w.i32(self.subscription_id);
        w.nullable_list(
            true,
            Some(&self.accepted_compression_types),
            "accepted_compression_types",
            |w, item| {
                w.i8(*item);
                Ok(())
            },
        )?;
        w.i32(self.push_interval_ms);
        w.i32(self.telemetry_max_bytes);
        w.bool(self.delta_temporality);
        w.nullable_list(true, Some(&self.requested_metrics), "requested_metrics", |w, item| {
            w.string(true, item, "requested_metrics")
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(GetTelemetrySubscriptionsRequest::MIN..=GetTelemetrySubscriptionsRequest::MAX).contains(&version)
        {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            client_instance_id: r.uuid("client_instance_id")?,
            subscription_id: r.i32("subscription_id")?,
            accepted_compression_types: r
                .list(true, 1, "accepted_compression_types", |r| r.i8("accepted_compression_types"))?,
            push_interval_ms: r.i32("push_interval_ms")?,
            telemetry_max_bytes: r.i32("telemetry_max_bytes")?,
            delta_temporality: r.bool("delta_temporality")?,
            requested_metrics: r
                .list(true, 1, "requested_metrics", |r| r.string(true, "requested_metrics"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for GetTelemetrySubscriptionsRequest {
    type Response = GetTelemetrySubscriptionsResponse;
    const KEY: ApiKey = ApiKey::GetTelemetrySubscriptions;
    const MIN: i16 = 0;
    const MAX: i16 = 0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
