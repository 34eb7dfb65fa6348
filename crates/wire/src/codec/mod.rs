//! Primitive types of the protocol: a bounded [`Reader`], a [`Writer`], and their errors.
//!
//! A `Reader` never believes a length: every count is compared with the bytes that are left and with an
//! allocation budget that follows from the size of the frame, so a small message cannot reserve much memory.
//! BYTES and RECORDS fields are slices of the frame, not copies. Knows no message; those are in
//! [`messages`](crate::messages).

mod error;
mod reader;
mod tags;
mod uuid;
mod writer;

pub use error::{DecodeError, DecodeErrorKind, EncodeError};
pub use reader::Reader;
pub use tags::{TagSection, TaggedField, TaggedFields};
pub use uuid::{ParseUuidError, Uuid};
pub use writer::Writer;

/// A structure of the protocol that can be written for, and read from, one of its versions.
pub trait Message: Sized {
    /// Appends the structure as `version` lays it out.
    ///
    /// Fails when a field that is set, not ignorable and not at its default does not exist in `version`.
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError>;

    /// Reads the structure as `version` lays it out. Fields that `version` lacks get their defaults.
    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError>;
}
