//! Kafka protocol: frames, messages, record batches, compression. No I/O, no async, no clock.
//!
//! [`frame`] cuts a byte stream into frames and joins a header and a [`Request`] to one; [`messages`] are the
//! requests and responses, generated from the texts in `schemas/`; [`codec`] has the primitive types they are made
//! of. [`validate`] checks bytes of a request without keeping its value. [`records`] and [`compress`] deal
//! with what is inside a RECORDS field, [`produce`] with the request that carries one, written without
//! a copy of the records.
//!
//! Bytes come from strangers: every length is checked against what is left and against a memory budget before
//! anything is reserved, and no input panics.
#![forbid(unsafe_code)]

pub mod codec;
pub mod compress;
pub mod consumer_protocol;
pub mod frame;
pub mod messages;
pub mod produce;
pub mod records;
pub mod validate;

mod api_key;
mod error_code;
mod request;

pub use api_key::{ApiKey, UnknownApiKey};
pub use codec::{DecodeError, DecodeErrorKind, EncodeError, Message, Reader, TaggedFields, Uuid, Writer};
pub use error_code::ErrorCode;
pub use frame::{RequestHead, decode_response, encode_request};
pub use request::Request;
pub use validate::check_request;
