//! Requests to frames and answers to values, with the errors of this crate.

use std::sync::atomic::{AtomicU64, Ordering};

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
    /// The answer as a value. Bytes after its end mean that somebody reads or writes it wrongly; they are ignored, and told
    /// once for each API (W10).
    pub fn decode<R: Request>(&self) -> Result<R::Response, Error> {
        let decoded = frame::decode_response::<R>(&self.frame, self.version, self.correlation_id)
            .map_err(|error| unreadable::<R>(self.version, error))?;
        if decoded.trailing > 0 && TRAILING.is_first(R::KEY.into()) {
            tracing::warn!(target: logger::NETWORK_CLIENT, api = ?R::KEY, version = self.version, left = decoded.trailing, "bytes after the end of an answer are ignored");
        }
        Ok(decoded.body)
    }
}

/// The APIs of which bytes after an answer were told.
static TRAILING: Told = Told([const { AtomicU64::new(0) }; 4]);

/// Which of the small numbers have had their turn; a larger one always has.
struct Told([AtomicU64; 4]);

impl Told {
    fn is_first(&self, number: i16) -> bool {
        let Ok(number) = usize::try_from(number) else { return false };
        let Some(word) = self.0.get(number / 64) else { return false };
        let bit = 1 << (number % 64);
        word.fetch_or(bit, Ordering::Relaxed) & bit == 0
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

#[cfg(test)]
mod tests {
    use kconnect_wire::messages::{ListGroupsRequest, ListGroupsResponse};

    use super::*;

    #[test]
    fn w10_bytes_after_an_answer_are_ignored() {
        let whole =
            frame::encode_response::<ListGroupsRequest>(&ListGroupsResponse::default(), 4, 7).unwrap();
        let mut longer = whole[4..].to_vec();
        longer.extend([1, 2, 3]);
        let answer = RawAnswer { frame: longer.into(), version: 4, correlation_id: 7 };
        assert_eq!(answer.decode::<ListGroupsRequest>().unwrap(), ListGroupsResponse::default());
    }

    #[test]
    fn w10_each_api_is_told_of_once() {
        let told = Told(Default::default());
        let first: Vec<bool> = [3, 18, 3, 18, 75, 3, 255].map(|number| told.is_first(number)).to_vec();
        assert_eq!(first, [true, true, false, false, true, false, true]);
        assert!(!told.is_first(-1) && !told.is_first(256) && !told.is_first(i16::MAX), "beyond all APIs");
    }
}
