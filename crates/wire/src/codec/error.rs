//! What can be wrong with bytes that are read, or with values that are written.

use std::fmt;

/// Bytes that are not the message they should be: what is wrong, in which field, at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// The field that was being read, by its name in the message.
    pub field: &'static str,
    /// Where the field starts, counted from the first byte given to the reader.
    pub offset: usize,
}

/// The ways in which bytes can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The field needs `needed` bytes and only `left` remain.
    Truncated {
        /// Bytes that the field takes.
        needed: usize,
        /// Bytes that remain.
        left: usize,
    },
    /// A length or count below the one that means null.
    NegativeLength(i64),
    /// A null where the schema has none.
    Null,
    /// A count that the remaining bytes cannot hold.
    Count {
        /// The announced number of elements.
        count: usize,
        /// Bytes that remain.
        left: usize,
    },
    /// A varint of too many bytes or with bits beyond its type.
    Varint,
    /// Text that is not UTF-8.
    Utf8,
    /// Text longer than the 32767 bytes that any version allows.
    LongText(usize),
    /// A tag that is not above the one before it.
    TagOrder(u32),
    /// A known tag that did not use exactly its size; so many bytes were left.
    TagSize(usize),
    /// A marker of a nullable structure that is neither −1 nor 1.
    Presence(i8),
    /// Decoding would take more memory than a frame of this size may ask for.
    Budget,
    /// Bytes after the end of a complete message.
    Trailing(usize),
    /// A frame length that is negative, too short for a header, or above the limit.
    FrameLength(i64),
    /// An API key that this crate does not know.
    UnknownApi(i16),
    /// A version outside the range of its API.
    Version(i16),
    /// A response whose correlation id is not that of the request.
    Correlation {
        /// The id of the request.
        expected: i32,
        /// The id in the response.
        found: i32,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in field {} at byte {}", self.kind, self.field, self.offset)
    }
}

impl fmt::Display for DecodeErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { needed, left } => write!(f, "{needed} bytes needed, {left} left"),
            Self::NegativeLength(length) => write!(f, "negative length {length}"),
            Self::Null => f.write_str("null where the schema has none"),
            Self::Count { count, left } => write!(f, "{count} elements cannot be in the {left} bytes left"),
            Self::Varint => f.write_str("malformed varint"),
            Self::LongText(length) => write!(f, "text of {length} bytes is too long"),
            Self::Utf8 => f.write_str("text is not UTF-8"),
            Self::TagOrder(tag) => write!(f, "tag {tag} is not above the tag before it"),
            Self::TagSize(left) => write!(f, "{left} bytes of a tagged field were not used"),
            Self::Presence(marker) => write!(f, "presence marker {marker} is neither -1 nor 1"),
            Self::Budget => f.write_str("more memory needed than a frame of this size may ask for"),
            Self::Trailing(left) => write!(f, "{left} bytes after the end of the message"),
            Self::FrameLength(length) => write!(f, "frame length {length} is out of range"),
            Self::UnknownApi(key) => write!(f, "unknown api key {key}"),
            Self::Version(version) => write!(f, "version {version} is not supported"),
            Self::Correlation { expected, found } => {
                write!(f, "correlation id {found} where {expected} was expected")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// A value that cannot be written for the asked version. Nothing has been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncodeError {
    /// The field is set to something else than its default, and the version lacks it.
    Unsupported {
        /// The field, by its name in the message.
        field: &'static str,
        /// The version that lacks it.
        version: i16,
    },
    /// The field is null, and the version does not allow that.
    Null {
        /// The field, by its name in the message.
        field: &'static str,
        /// The version that has no null there.
        version: i16,
    },
    /// Text, bytes or an array that is longer than its length prefix can say.
    TooLong {
        /// The field, by its name in the message.
        field: &'static str,
        /// Its length.
        length: usize,
    },
    /// The version is outside the range of the API.
    Version {
        /// The message.
        message: &'static str,
        /// The version asked for.
        version: i16,
    },
    /// An unknown tagged field carries a number that this version uses, or the same number as another.
    TagOrder(u32),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported { field, version } => {
                write!(f, "field {field} is set, but version {version} cannot carry it")
            }
            Self::Null { field, version } => {
                write!(f, "field {field} is null, which version {version} does not allow")
            }
            Self::TooLong { field, length } => write!(f, "field {field} is too long: {length}"),
            Self::Version { message, version } => write!(f, "{message} has no version {version}"),
            Self::TagOrder(tag) => write!(f, "tag {tag} is used twice or out of order"),
        }
    }
}

impl std::error::Error for EncodeError {}
