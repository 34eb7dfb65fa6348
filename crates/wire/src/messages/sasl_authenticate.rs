// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of SaslAuthenticate (key 36), versions 0-2.

use bytes::Bytes;

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `SaslAuthenticateRequest`, versions 0-2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SaslAuthenticateRequest {
    /// Field `auth_bytes`, versions 0+.
    pub auth_bytes: Bytes,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for SaslAuthenticateRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(SaslAuthenticateRequest::MIN..=SaslAuthenticateRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "SaslAuthenticateRequest", version });
        }
        let flexible = version >= 2;
        w.bytes(flexible, &self.auth_bytes, "auth_bytes")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(SaslAuthenticateRequest::MIN..=SaslAuthenticateRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            auth_bytes: r.bytes(flexible, "auth_bytes")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `SaslAuthenticateResponse`, versions 0-2.
#[derive(Debug, Clone, PartialEq)]
pub struct SaslAuthenticateResponse {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `error_message`, versions 0+, nullable.
    pub error_message: Option<String>,
    /// Field `auth_bytes`, versions 0+.
    pub auth_bytes: Bytes,
    /// Field `session_lifetime_ms`, versions 1+.
    pub session_lifetime_ms: i64,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for SaslAuthenticateResponse {
    fn default() -> Self {
        Self {
            error_code: ErrorCode::NONE,
            error_message: Some(String::new()),
            auth_bytes: Bytes::new(),
            session_lifetime_ms: 0,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for SaslAuthenticateResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(SaslAuthenticateRequest::MIN..=SaslAuthenticateRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "SaslAuthenticateResponse", version });
        }
        let flexible = version >= 2;
        w.error_code(self.error_code);
        w.nullable_string(flexible, self.error_message.as_deref(), "error_message")?;
        w.bytes(flexible, &self.auth_bytes, "auth_bytes")?;
        if version >= 1 {
            w.i64(self.session_lifetime_ms);
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(SaslAuthenticateRequest::MIN..=SaslAuthenticateRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 2;
        Ok(Self {
            error_code: r.error_code("error_code")?,
            error_message: r.nullable_string(flexible, "error_message")?,
            auth_bytes: r.bytes(flexible, "auth_bytes")?,
            session_lifetime_ms: if version >= 1 { r.i64("session_lifetime_ms")? } else { 0 },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for SaslAuthenticateRequest {
    type Response = SaslAuthenticateResponse;
    const KEY: ApiKey = ApiKey::SaslAuthenticate;
    const MIN: i16 = 0;
    const MAX: i16 = 2;
    const FLEXIBLE_FROM: Option<i16> = Some(2);
}
