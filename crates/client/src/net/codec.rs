//! Requests to frames and answers to values, with the errors of this crate.

use bytes::Bytes;
use kconnect_wire::{Request, frame};

use crate::logger;
use crate::{Error, ErrorKind};

/// An answer as it came: the frame without its length, still with its header.
#[derive(Debug, Clone)]
pub struct RawAnswer {
    /// The frame, from the correlation id on.
    pub frame: Bytes,
    /// The version it is written in.
    pub version: i16,
    /// The correlation id it carries.
    pub correlation_id: i32,
}

impl RawAnswer {
    /// The answer as a value. Bytes after its end are a newer broker's and are ignored (W10).
    pub fn decode<R: Request>(&self) -> Result<R::Response, Error> {
        let decoded = frame::decode_response::<R>(&self.frame, self.version, self.correlation_id)
            .map_err(|error| unreadable::<R>(self.version, error))?;
        if decoded.trailing > 0 {
            tracing::debug!(target: logger::NETWORK_CLIENT, api = ?R::KEY, version = self.version, left = decoded.trailing, "bytes after an answer");
        }
        Ok(decoded.body)
    }
}

/// One frame: length, header, body.
pub(crate) fn encode<R: Request>(
    request: &R,
    version: i16,
    correlation: i32,
    client_id: &str,
) -> Result<Bytes, Error> {
    frame::encode_request(request, version, correlation, Some(client_id)).map_err(|error| {
        let message = format!("cannot write {:?} in version {version}", R::KEY);
        Error::caused_by(ErrorKind::Unsupported, message, error)
    })
}

/// The broker's bytes are not what its version says.
pub(crate) fn unreadable<R: Request>(version: i16, error: kconnect_wire::DecodeError) -> Error {
    let message = format!("the broker's answer to {:?} version {version} cannot be read", R::KEY);
    Error::caused_by(ErrorKind::Protocol, message, error)
}
