//! The five codecs of Kafka's record batches, without C and with a bound on what they may produce.
//!
//! [`Compressor`] keeps the tables and the output buffer of one codec between batches, so that sealing a batch
//! allocates nothing in steady state. [`Decompressor`] does the same for reading and takes a byte limit: output is
//! counted while it is made, so a bomb fails after at most one block too many (B14), and memory is reserved in
//! proportion to the input, never to what the input announces.
//!
//! Each codec is one file, with the format facts that Kafka adds to the codec's own: Java's snappy framing,
//! lz4 frames with independent blocks, gzip streams of several members.
//! What a level means to the user (configuration keys, defaults) is decided by the producer's configuration; here
//! a level beyond what our codec implements is clamped and [`Compressor::note`] says so.

mod compressor;
mod decompressor;
mod gzip;
mod lz4;
mod snappy;
mod zstd;

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

pub use compressor::{Compressor, LevelNote};
pub use decompressor::{Decompressor, Lz4HeaderCheck, decompress};

/// Most bytes that one batch may decompress to unless configured otherwise (128 MiB).
pub const DEFAULT_DECOMPRESS_LIMIT: usize = 128 * 1024 * 1024;

/// The codec of a batch, as in the low three bits of its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Compression {
    /// Records as they are.
    #[default]
    None,
    /// RFC 1952, possibly several members.
    Gzip,
    /// Snappy blocks in Java's stream framing.
    Snappy,
    /// An lz4 frame of independent blocks.
    Lz4,
    /// A zstd frame; needs Produce 7 and Fetch 10 (B13).
    Zstd,
}

impl Compression {
    /// All codecs, in the order of their ids.
    pub const ALL: [Self; 5] = [Self::None, Self::Gzip, Self::Snappy, Self::Lz4, Self::Zstd];

    /// The id in the attributes of a batch.
    #[must_use]
    pub fn id(self) -> u8 {
        self as u8
    }

    /// The codec with this id; ids 5 to 7 are not assigned.
    #[must_use]
    pub fn from_id(id: u8) -> Option<Self> {
        Self::ALL.get(usize::from(id)).copied()
    }

    /// The name used by `compression.type`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }

    /// The levels that Kafka accepts for this codec, `None` for those without levels.
    /// For gzip −1 is accepted as well and means the default.
    #[must_use]
    pub fn levels(self) -> Option<RangeInclusive<i32>> {
        match self {
            Self::None | Self::Snappy => None,
            Self::Gzip => Some(1..=9),
            Self::Lz4 => Some(1..=17),
            Self::Zstd => Some(-131_072..=22),
        }
    }

    /// The level that Kafka uses when none is configured.
    #[must_use]
    pub fn default_level(self) -> Option<i32> {
        match self {
            Self::None | Self::Snappy => None,
            Self::Gzip => Some(-1),
            Self::Lz4 => Some(9),
            Self::Zstd => Some(3),
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Compression {
    type Err = UnknownCompression;

    fn from_str(name: &str) -> Result<Self, UnknownCompression> {
        Self::ALL
            .into_iter()
            .find(|codec| codec.name() == name)
            .ok_or_else(|| UnknownCompression(name.to_owned()))
    }
}

/// A `compression.type` that Kafka does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCompression(pub String);

impl fmt::Display for UnknownCompression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown compression type `{}`: use none, gzip, snappy, lz4 or zstd", self.0)
    }
}

impl std::error::Error for UnknownCompression {}

/// Why bytes could not be decompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecompressError {
    /// The output would be larger than the caller allows (B14). Nothing was kept.
    TooLarge {
        /// The codec that was reading.
        codec: Compression,
        /// The limit in bytes.
        limit: usize,
    },
    /// The bytes are not a complete, valid stream of the codec.
    Corrupt {
        /// The codec that was reading.
        codec: Compression,
        /// What was wrong with the stream.
        what: Cow<'static, str>,
    },
}

impl DecompressError {
    fn corrupt(codec: Compression, what: impl Into<Cow<'static, str>>) -> Self {
        Self::Corrupt { codec, what: what.into() }
    }
}

impl fmt::Display for DecompressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { codec, limit } => {
                write!(f, "{codec} data decompresses to more than the limit of {limit} bytes")
            }
            Self::Corrupt { codec, what } => write!(f, "corrupt {codec} data: {what}"),
        }
    }
}

impl std::error::Error for DecompressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_kafkas() {
        for (id, name) in ["none", "gzip", "snappy", "lz4", "zstd"].into_iter().enumerate() {
            let codec: Compression = name.parse().unwrap();
            assert_eq!(usize::from(codec.id()), id);
            assert_eq!(Compression::from_id(id as u8), Some(codec));
            assert_eq!(codec.to_string(), name);
        }
        for id in 5..=255 {
            assert_eq!(Compression::from_id(id), None);
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_the_choices() {
        let error = "brotli".parse::<Compression>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown compression type `brotli`: use none, gzip, snappy, lz4 or zstd"
        );
    }
}
