//! The 61 bytes in front of a record batch: where each field lies, reading them, patching them.

use crate::compress::Compression;

/// Bytes of a batch before its records.
pub const HEADER_LEN: usize = 61;
/// The producer id of records written without idempotence.
pub const NO_PRODUCER_ID: i64 = -1;
/// The producer epoch of records written without idempotence.
pub const NO_PRODUCER_EPOCH: i16 = -1;
/// The base sequence of records written without idempotence.
pub const NO_SEQUENCE: i32 = -1;
/// A record without a timestamp (B7).
pub const NO_TIMESTAMP: i64 = -1;

/// Base offset and length: what the length field does not count.
pub(super) const LOG_OVERHEAD: usize = 12;

pub(super) mod at {
    pub(in super::super) const LENGTH: usize = 8;
    pub(in super::super) const LEADER_EPOCH: usize = 12;
    pub(in super::super) const MAGIC: usize = 16;
    pub(in super::super) const CRC: usize = 17;
    pub(in super::super) const ATTRIBUTES: usize = 21;
    pub(in super::super) const LAST_OFFSET_DELTA: usize = 23;
    pub(in super::super) const FIRST_TIMESTAMP: usize = 27;
    pub(in super::super) const MAX_TIMESTAMP: usize = 35;
    pub(in super::super) const PRODUCER_ID: usize = 43;
    pub(in super::super) const PRODUCER_EPOCH: usize = 51;
    pub(in super::super) const BASE_SEQUENCE: usize = 53;
    pub(in super::super) const COUNT: usize = 57;
}

pub(super) const CODEC_MASK: i16 = 0b0111;
pub(super) const LOG_APPEND_TIME: i16 = 1 << 3;
pub(super) const TRANSACTIONAL: i16 = 1 << 4;
pub(super) const CONTROL: i16 = 1 << 5;
pub(super) const DELETE_HORIZON: i16 = 1 << 6;

/// The fields of a batch header, as read. Of a message of format 0 or 1 it holds what that has: its offset (of a
/// compressed one: the last offset inside), attributes and timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Size of the whole batch in bytes, with this header.
    pub size: usize,
    /// Epoch of the leader that wrote the batch, −1 if unknown (B16).
    pub leader_epoch: i32,
    /// Message format: 2, or 0 and 1 for legacy messages.
    pub magic: i8,
    /// Checksum over everything after it.
    pub crc: u32,
    /// Codec and flags; see the accessors.
    pub attributes: i16,
    /// Last offset minus base offset; not count − 1 after compaction.
    pub last_offset_delta: i32,
    /// What timestamp deltas are added to.
    pub first_timestamp: i64,
    /// Largest timestamp, or the append time of the broker.
    pub max_timestamp: i64,
    /// Id of an idempotent producer, or [`NO_PRODUCER_ID`].
    pub producer_id: i64,
    /// Epoch of an idempotent producer, or [`NO_PRODUCER_EPOCH`].
    pub producer_epoch: i16,
    /// Sequence of the first record, or [`NO_SEQUENCE`].
    pub base_sequence: i32,
    /// Number of records, −1 if it is not known before decompression (legacy).
    pub count: i32,
}

impl BatchHeader {
    /// Reads the fields of a batch of format 2.
    #[inline]
    pub(super) fn read(bytes: &[u8; HEADER_LEN]) -> Self {
        Self {
            base_offset: i64::from_be_bytes(array(bytes, 0)),
            size: LOG_OVERHEAD + i32::from_be_bytes(array(bytes, at::LENGTH)).max(0) as usize,
            leader_epoch: i32::from_be_bytes(array(bytes, at::LEADER_EPOCH)),
            magic: i8::from_be_bytes(array(bytes, at::MAGIC)),
            crc: u32::from_be_bytes(array(bytes, at::CRC)),
            attributes: i16::from_be_bytes(array(bytes, at::ATTRIBUTES)),
            last_offset_delta: i32::from_be_bytes(array(bytes, at::LAST_OFFSET_DELTA)),
            first_timestamp: i64::from_be_bytes(array(bytes, at::FIRST_TIMESTAMP)),
            max_timestamp: i64::from_be_bytes(array(bytes, at::MAX_TIMESTAMP)),
            producer_id: i64::from_be_bytes(array(bytes, at::PRODUCER_ID)),
            producer_epoch: i16::from_be_bytes(array(bytes, at::PRODUCER_EPOCH)),
            base_sequence: i32::from_be_bytes(array(bytes, at::BASE_SEQUENCE)),
            count: i32::from_be_bytes(array(bytes, at::COUNT)),
        }
    }

    /// The codec, `None` if the id is not assigned.
    #[inline]
    #[must_use]
    pub fn compression(&self) -> Option<Compression> {
        Compression::from_id((self.attributes & CODEC_MASK) as u8)
    }

    /// Whether the timestamps are the broker's append time.
    #[inline]
    #[must_use]
    pub fn is_log_append_time(&self) -> bool {
        self.magic > 0 && self.attributes & LOG_APPEND_TIME != 0
    }

    /// Whether the records belong to a transaction.
    #[inline]
    #[must_use]
    pub fn is_transactional(&self) -> bool {
        self.magic > 1 && self.attributes & TRANSACTIONAL != 0
    }

    /// Whether the batch holds a marker instead of records (B15).
    #[inline]
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.magic > 1 && self.attributes & CONTROL != 0
    }

    /// Offset of the last record, also of one that compaction removed. Checked when the batch was read.
    #[inline]
    #[must_use]
    pub fn last_offset(&self) -> i64 {
        self.base_offset.wrapping_add(i64::from(self.last_offset_delta))
    }

    /// Where reading continues after this batch, whatever it yielded (B4).
    #[inline]
    #[must_use]
    pub fn next_offset(&self) -> i64 {
        self.last_offset().wrapping_add(1)
    }
}

/// The `N` bytes at a constant position.
#[inline]
fn array<const N: usize>(bytes: &[u8; HEADER_LEN], at: usize) -> [u8; N] {
    bytes[at..at + N].try_into().expect("fields lie inside the header")
}

/// Writes a field of a header.
#[inline]
pub(super) fn patch<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    bytes[at..at + N].copy_from_slice(&value);
}
