//! What can be wrong with record data, named by what the reader does next.

use std::fmt;

use crate::compress::DecompressError;

/// Record data that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordsError {
    /// Not even the first batch of the blob is complete (B5): ask again with a larger limit.
    Cut {
        /// Size of the whole batch in bytes (at least; its length field may be cut too).
        needed: usize,
        /// Bytes that were there.
        have: usize,
    },
    /// The checksum does not match (B2): the bytes were damaged; reading again may help.
    Crc {
        /// Base offset of the batch.
        base_offset: i64,
        /// The checksum in the batch.
        stored: u32,
        /// The checksum of its bytes.
        computed: u32,
    },
    /// The bytes do not have the structure of a batch or record: reading again will not help.
    Malformed {
        /// Base offset of the batch.
        base_offset: i64,
        /// Position of the problem, counted from the start of the batch or of its decompressed records.
        at: usize,
        /// What was wrong.
        what: &'static str,
    },
    /// A message format that does not exist yet.
    UnknownMagic {
        /// Base offset of the batch.
        base_offset: i64,
        /// The format number.
        magic: i8,
    },
    /// The records could not be decompressed, or are larger than allowed.
    Decompress {
        /// Base offset of the batch.
        base_offset: i64,
        /// The codec's reason.
        source: DecompressError,
    },
    /// A valid batch that a broker would not accept from a producer: its records must be encoded anew.
    NotProducible {
        /// Base offset of the batch.
        base_offset: i64,
        /// Which property stands in the way.
        what: &'static str,
    },
}

impl RecordsError {
    pub(super) fn malformed(base_offset: i64, at: usize, what: &'static str) -> Self {
        Self::Malformed { base_offset, at, what }
    }

    /// Base offset of the batch concerned, `None` when it was too short to tell.
    #[must_use]
    pub fn base_offset(&self) -> Option<i64> {
        match self {
            Self::Cut { .. } => None,
            Self::Crc { base_offset, .. }
            | Self::Malformed { base_offset, .. }
            | Self::UnknownMagic { base_offset, .. }
            | Self::Decompress { base_offset, .. }
            | Self::NotProducible { base_offset, .. } => Some(*base_offset),
        }
    }
}

impl fmt::Display for RecordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { needed, have } => {
                write!(
                    f,
                    "the first batch takes at least {needed} bytes but only {have} fit into the fetch limit"
                )
            }
            Self::Crc { base_offset, stored, computed } => write!(
                f,
                "batch at offset {base_offset} is damaged: checksum {computed:#010x}, expected {stored:#010x}"
            ),
            Self::Malformed { base_offset, at, what } => {
                write!(f, "batch at offset {base_offset} is malformed at byte {at}: {what}")
            }
            Self::UnknownMagic { base_offset, magic } => {
                write!(f, "batch at offset {base_offset} has unknown message format {magic}")
            }
            Self::Decompress { base_offset, .. } => {
                write!(f, "batch at offset {base_offset} cannot be decompressed")
            }
            Self::NotProducible { base_offset, what } => {
                write!(f, "batch at offset {base_offset} cannot be produced as it is: {what}")
            }
        }
    }
}

impl std::error::Error for RecordsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Decompress { source, .. } => Some(source),
            _ => None,
        }
    }
}
