// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of SaslHandshake (key 17), versions 0-1.

use crate::codec::{DecodeError, EncodeError, Message, Reader, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `SaslHandshakeRequest`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SaslHandshakeRequest {
    /// Field `mechanism`, versions 0+.
    pub mechanism: String,
}

impl Message for SaslHandshakeRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(SaslHandshakeRequest::MIN..=SaslHandshakeRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "SaslHandshakeRequest", version });
        }
        w.string(false, &self.mechanism, "mechanism")?;
        Ok(())
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(SaslHandshakeRequest::MIN..=SaslHandshakeRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self { mechanism: r.string(false, "mechanism")? })
    }
}

/// `SaslHandshakeResponse`, versions 0-1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SaslHandshakeResponse {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `mechanisms`, versions 0+.
    pub mechanisms: Vec<String>,
}

impl Message for SaslHandshakeResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(SaslHandshakeRequest::MIN..=SaslHandshakeRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "SaslHandshakeResponse", version });
        }
        w.error_code(self.error_code);
        w.nullable_list(false, Some(&self.mechanisms), "mechanisms", |w, item| {
            w.string(false, item, "mechanisms")
        })?;
        Ok(())
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(SaslHandshakeRequest::MIN..=SaslHandshakeRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            error_code: r.error_code("error_code")?,
            mechanisms: r.list(false, 2, "mechanisms", |r| r.string(false, "mechanisms"))?,
        })
    }
}

impl Request for SaslHandshakeRequest {
    type Response = SaslHandshakeResponse;
    const KEY: ApiKey = ApiKey::SaslHandshake;
    const MIN: i16 = 0;
    const MAX: i16 = 1;
    const FLEXIBLE_FROM: Option<i16> = None;
}
