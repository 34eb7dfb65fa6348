//! Frames and headers: from a stream of bytes to messages and back.
//!
//! ```text
//! length i32 | request:  key i16, version i16, correlation i32, client id, [tags] | body
//! length i32 | response: correlation i32, [tags]                                  | body
//! ```
//! [`Splitter`] finds the frames. A frame, here and in the rest of the crate, is the payload without its length.

use bytes::{Buf, Bytes, BytesMut};

use crate::codec::{DecodeError, DecodeErrorKind, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::messages::{ApiVersionsRequest, ApiVersionsResponse};
use crate::{ApiKey, ErrorCode, Request};

/// Most bytes of a frame before the peer is authenticated (W17).
pub const MAX_UNAUTHENTICATED: usize = 512 * 1024;
/// Most bytes of a response to a control request.
pub const MAX_CONTROL: usize = 16 * 1024 * 1024;
/// Most bytes of a response that carries records.
pub const MAX_DATA: usize = 100 * 1024 * 1024;

const LENGTH_SIZE: usize = 4;
/// A response header is at least a correlation id.
const MIN_FRAME: usize = 4;

/// Cuts a stream of bytes, in pieces of any size, into frames.
///
/// The length is checked before memory is reserved for the frame (W1). After an error the stream has lost its
/// place: close the connection.
#[derive(Debug, Clone)]
pub struct Splitter {
    max: usize,
}

impl Splitter {
    /// Accepts frames of at most `max` bytes.
    pub fn new(max: usize) -> Self {
        Self { max }
    }

    /// Changes the limit, for instance after authentication.
    pub fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    /// Takes the next frame from the front of `buf`, or says how many more bytes it needs.
    ///
    /// The frame shares the memory of `buf`. When it is not complete, `buf` has room reserved for the rest
    /// of it.
    pub fn next(&self, buf: &mut BytesMut) -> Result<Split, DecodeError> {
        let Some(head) = buf.first_chunk::<LENGTH_SIZE>() else {
            return Ok(Split::Missing(LENGTH_SIZE - buf.len()));
        };
        let length = self.check(i32::from_be_bytes(*head))?;
        let whole = LENGTH_SIZE + length;
        if buf.len() < whole {
            let missing = whole - buf.len();
            buf.reserve(missing);
            return Ok(Split::Missing(missing));
        }
        buf.advance(LENGTH_SIZE);
        Ok(Split::Frame(buf.split_to(length).freeze()))
    }

    /// Checks the length that starts a frame.
    pub fn check(&self, length: i32) -> Result<usize, DecodeError> {
        match usize::try_from(length) {
            Ok(size) if (MIN_FRAME..=self.max).contains(&size) => Ok(size),
            _ => {
                let kind = DecodeErrorKind::FrameLength(i64::from(length));
                Err(DecodeError { kind, field: "frame length", offset: 0 })
            }
        }
    }
}

/// What [`Splitter::next`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// A frame without its length.
    Frame(Bytes),
    /// Bytes that must arrive before there can be a frame.
    Missing(usize),
}

/// The header of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// What is asked.
    pub key: ApiKey,
    /// The version of the request and of its response.
    pub version: i16,
    /// Chosen by the client, repeated in the response.
    pub correlation_id: i32,
    /// How the client calls itself.
    pub client_id: Option<String>,
    /// Tagged fields of the header; none is defined.
    pub unknown_tags: TaggedFields,
    /// Where the body starts in the frame.
    pub body: usize,
}

impl RequestHead {
    /// Reads the header from the front of a frame.
    ///
    /// `flexible_from` tells the first flexible version of a key, and is asked after the key is read.
    pub(crate) fn decode(
        r: &mut Reader<'_>,
        flexible_from: impl FnOnce(ApiKey) -> Option<i16>,
    ) -> Result<Self, DecodeError> {
        let number = r.i16("api key")?;
        let key =
            ApiKey::try_from(number).map_err(|_| r.error(DecodeErrorKind::UnknownApi(number), "api key"))?;
        let version = r.i16("api version")?;
        let correlation_id = r.i32("correlation id")?;
        let client_id = r.nullable_string(false, "client id")?;
        let flexible = flexible_from(key).is_some_and(|from| version >= from);
        let unknown_tags = TaggedFields::decode(flexible, r)?;
        Ok(Self { key, version, correlation_id, client_id, unknown_tags, body: r.position() })
    }
}

/// Writes the header of request `R` in `version`. The client id keeps its 16-bit length in all versions (W2).
pub fn encode_request_header<R: Request>(
    version: i16,
    correlation_id: i32,
    client_id: Option<&str>,
    w: &mut Writer,
) -> Result<(), EncodeError> {
    w.i16(R::KEY.into());
    w.i16(version);
    w.i32(correlation_id);
    w.nullable_string(false, client_id, "client id")?;
    TaggedFields::default().encode(R::is_flexible(version), version, w)
}

/// A whole request, from its length on, ready to be sent.
pub fn encode_request<R: Request>(
    request: &R,
    version: i16,
    correlation_id: i32,
    client_id: Option<&str>,
) -> Result<Bytes, EncodeError> {
    let mut w = Writer::with_capacity(128);
    w.i32(0);
    encode_request_header::<R>(version, correlation_id, client_id, &mut w)?;
    request.encode(version, &mut w)?;
    finish(w)
}

/// A whole response to request `R`, from its length on, ready to be sent.
pub fn encode_response<R: Request>(
    response: &R::Response,
    version: i16,
    correlation_id: i32,
) -> Result<Bytes, EncodeError> {
    let mut w = Writer::with_capacity(128);
    w.i32(0);
    w.i32(correlation_id);
    TaggedFields::default().encode(R::response_header_version(version) > 0, version, &mut w)?;
    response.encode(version, &mut w)?;
    finish(w)
}

/// Fills in the length of a frame whose first four bytes are kept for it.
fn finish(mut w: Writer) -> Result<Bytes, EncodeError> {
    let length = w.len() - LENGTH_SIZE;
    let Ok(short) = i32::try_from(length) else {
        return Err(EncodeError::TooLong { field: "frame", length });
    };
    w.patch_i32(0, short);
    Ok(w.into_bytes())
}

/// The correlation id of a response, to find the request that it answers (W4).
pub fn correlation_id(frame: &[u8]) -> Result<i32, DecodeError> {
    Reader::from_slice(frame).i32("correlation id")
}

/// A response and the bytes after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded<T> {
    /// The response.
    pub body: T,
    /// Bytes left over, normally 0. Log once and ignore (W10).
    pub trailing: usize,
}

/// Reads the response to request `R`, from the correlation id on.
///
/// The frame must carry `correlation_id` (W4).
pub fn decode_response<R: Request>(
    frame: &Bytes,
    version: i16,
    correlation_id: i32,
) -> Result<Decoded<R::Response>, DecodeError> {
    let mut r = Reader::new(frame);
    decode_response_header::<R>(&mut r, version, correlation_id)?;
    let body = R::Response::decode(&mut r, version)?;
    Ok(Decoded { body, trailing: r.remaining() })
}

/// Reads the header of the response to request `R`.
pub fn decode_response_header<R: Request>(
    r: &mut Reader<'_>,
    version: i16,
    correlation_id: i32,
) -> Result<(), DecodeError> {
    let found = r.i32("correlation id")?;
    if found != correlation_id {
        let kind = DecodeErrorKind::Correlation { expected: correlation_id, found };
        return Err(DecodeError { kind, field: "correlation id", offset: 0 });
    }
    TaggedFields::decode(R::response_header_version(version) > 0, r)?;
    Ok(())
}

/// Reads the response to an ApiVersions request of `version`.
///
/// A broker that does not know the version answers UNSUPPORTED_VERSION in the layout of version 0, with the ranges
/// that it has (W11).
pub fn decode_api_versions(
    frame: &Bytes,
    version: i16,
    correlation_id: i32,
) -> Result<Decoded<ApiVersionsResponse>, DecodeError> {
    let mut r = Reader::new(frame);
    decode_response_header::<ApiVersionsRequest>(&mut r, version, correlation_id)?;
    let body = r.position();
    let error = r.error_code("error_code")?;
    let version = if error == ErrorCode::UNSUPPORTED_VERSION { 0 } else { version };
    let rest = frame.slice(body..);
    let mut r = Reader::new(&rest);
    let body = ApiVersionsResponse::decode(&mut r, version)?;
    Ok(Decoded { body, trailing: r.remaining() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::{MetadataRequest, MetadataResponse};

    fn split_all(bytes: &[u8], piece: usize, max: usize) -> Result<Vec<Bytes>, DecodeErrorKind> {
        let splitter = Splitter::new(max);
        let (mut buf, mut frames) = (BytesMut::new(), Vec::new());
        for chunk in bytes.chunks(piece) {
            buf.extend_from_slice(chunk);
            while let Split::Frame(frame) = splitter.next(&mut buf).map_err(|e| e.kind)? {
                frames.push(frame);
            }
        }
        Ok(frames)
    }

    #[test]
    fn w1_frames_do_not_depend_on_how_the_bytes_arrive() {
        let bytes = [0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 6, 5, 6, 7, 8, 9, 10, 0, 0];
        for piece in 1..=bytes.len() {
            let frames = split_all(&bytes, piece, 100).unwrap();
            assert_eq!(frames, [&[1u8, 2, 3, 4][..], &[5, 6, 7, 8, 9, 10]], "pieces of {piece}");
        }
    }

    #[test]
    fn w1_impossible_lengths_are_refused_before_memory_is_reserved() {
        for length in [-1, i32::MIN, 0, 3, 101, i32::MAX] {
            let kind = split_all(&length.to_be_bytes(), 4, 100).unwrap_err();
            assert_eq!(kind, DecodeErrorKind::FrameLength(i64::from(length)));
        }
    }

    #[test]
    fn missing_says_how_much_to_read() {
        let mut buf = BytesMut::from(&[0, 0][..]);
        assert_eq!(Splitter::new(100).next(&mut buf), Ok(Split::Missing(2)));
        buf.extend_from_slice(&[0, 10, 1]);
        assert_eq!(Splitter::new(100).next(&mut buf), Ok(Split::Missing(9)));
    }

    #[test]
    fn w2_the_client_id_keeps_its_short_length_in_flexible_headers() {
        let bytes = encode_request(&MetadataRequest::default(), 9, 7, Some("me")).unwrap();
        let head = [0, 0, 0, 18, 0, 3, 0, 9, 0, 0, 0, 7, 0, 2, b'm', b'e', 0];
        assert_eq!(bytes[..head.len()], head);
        let bytes = encode_request(&MetadataRequest::default(), 8, 7, None).unwrap();
        assert_eq!(bytes[..14], [0, 0, 0, 17, 0, 3, 0, 8, 0, 0, 0, 7, 0xff, 0xff]);
    }

    #[test]
    fn w3_api_versions_answers_with_the_short_header() {
        assert_eq!(ApiVersionsRequest::response_header_version(4), 0);
        assert_eq!(ApiVersionsRequest::header_version(4), 2);
        assert_eq!(MetadataRequest::response_header_version(9), 1);
        assert_eq!(MetadataRequest::response_header_version(8), 0);
    }

    #[test]
    fn w4_a_foreign_correlation_id_is_an_error() {
        let frame = Bytes::from_static(&[0, 0, 0, 9]);
        let error = decode_response::<MetadataRequest>(&frame, 9, 8).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::Correlation { expected: 8, found: 9 });
    }

    #[test]
    fn w10_bytes_after_a_response_are_reported() {
        let response = MetadataResponse::default();
        let bytes = encode_response::<MetadataRequest>(&response, 12, 5).unwrap();
        let frame = Bytes::from([&bytes[4..], &[1, 2]].concat());
        let decoded = decode_response::<MetadataRequest>(&frame, 12, 5).unwrap();
        assert_eq!(decoded, Decoded { body: response, trailing: 2 });
    }

    #[test]
    fn w11_an_old_broker_answers_in_version_0() {
        let old = ApiVersionsResponse {
            error_code: ErrorCode::UNSUPPORTED_VERSION,
            api_keys: vec![crate::messages::ApiVersion { api_key: 18, max_version: 3, ..Default::default() }],
            ..Default::default()
        };
        let bytes = encode_response::<ApiVersionsRequest>(&old, 0, 1).unwrap();
        let decoded = decode_api_versions(&bytes.slice(4..), 4, 1).unwrap();
        assert_eq!(decoded, Decoded { body: old, trailing: 0 });
    }
}
