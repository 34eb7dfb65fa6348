//! Checks of foreign bytes for a decoder that is less careful.

use bytes::Bytes;

use crate::codec::{DecodeError, DecodeErrorKind, Message, Reader};
use crate::frame::RequestHead;
use crate::{ApiKey, Request, messages};

/// The versions of a request that this crate speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The lowest.
    pub min: i16,
    /// The highest.
    pub max: i16,
    /// The first with compact types and tagged fields, if any has them.
    pub flexible_from: Option<i16>,
}

macro_rules! tables {
    ($($key:ident $request:ident $response:ident,)*) => {
        /// The versions of a request; `None` when this crate has no message for it.
        pub const fn versions(key: ApiKey) -> Option<Versions> {
            match key {
                $(ApiKey::$key => Some(Versions {
                    min: <messages::$request as Request>::MIN,
                    max: <messages::$request as Request>::MAX,
                    flexible_from: <messages::$request as Request>::FLEXIBLE_FROM,
                }),)*
                _ => None,
            }
        }

        /// Decodes the body of a request and drops it.
        fn walk(key: ApiKey, version: i16, r: &mut Reader<'_>) -> Result<(), DecodeError> {
            match key {
                $(ApiKey::$key => messages::$request::decode(r, version).map(drop),)*
                _ => Err(r.error(DecodeErrorKind::UnknownApi(key.into()), "api key")),
            }
        }
    };
}

crate::for_each_api!(tables);

/// Checks that a frame is a well-formed request and returns its header.
///
/// Memory is bounded by eight times the frame and 64 KiB, and is given back. An unknown key or version, bytes after
/// the end (W10) and every malformed field are errors. What passes can be given to a decoder that trusts
/// lengths.
pub fn check_request(frame: &Bytes) -> Result<RequestHead, DecodeError> {
    let mut r = Reader::new(frame);
    let head = RequestHead::decode(&mut r, |key| versions(key).and_then(|versions| versions.flexible_from))?;
    walk(head.key, head.version, &mut r)?;
    r.finish()?;
    Ok(head)
}

/// Reads the header of a request and leaves its body alone.
///
/// For the answer to a request of a version that this crate does not speak: the header of every version is readable.
pub fn request_head(frame: &Bytes) -> Result<RequestHead, DecodeError> {
    let mut r = Reader::new(frame);
    RequestHead::decode(&mut r, |key| versions(key).and_then(|versions| versions.flexible_from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode_request;
    use crate::messages::MetadataRequest;

    fn frame(version: i16) -> Bytes {
        encode_request(&MetadataRequest::default(), version, 7, Some("me")).unwrap().slice(4..)
    }

    #[test]
    fn a_request_passes_and_its_header_comes_back() {
        for version in MetadataRequest::MIN..=MetadataRequest::MAX {
            let head = check_request(&frame(version)).unwrap();
            assert_eq!((head.key, head.version, head.correlation_id), (ApiKey::Metadata, version, 7));
            assert_eq!(head.client_id.as_deref(), Some("me"));
        }
    }

    #[test]
    fn w10_bytes_after_a_request_are_refused() {
        let bytes = Bytes::from([&frame(9)[..], &[0]].concat());
        assert_eq!(check_request(&bytes).unwrap_err().kind, DecodeErrorKind::Trailing(1));
    }

    #[test]
    fn every_cut_of_a_request_is_refused() {
        let whole = frame(12);
        for length in 0..whole.len() {
            assert!(check_request(&whole.slice(..length)).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn unknown_keys_and_versions_are_named() {
        let kind = |bytes: &'static [u8]| check_request(&Bytes::from_static(bytes)).unwrap_err().kind;
        assert_eq!(kind(&[0x7f, 0, 0, 0]), DecodeErrorKind::UnknownApi(0x7f00));
        assert_eq!(kind(&[0, 3, 0, 99, 0, 0, 0, 7, 0xff, 0xff, 0]), DecodeErrorKind::Version(99));
        assert_eq!(kind(&[0, 4, 0, 0, 0, 0, 0, 7, 0xff, 0xff]), DecodeErrorKind::UnknownApi(4));
    }
}
