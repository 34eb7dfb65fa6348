//! A batch ready to be sent, and sent again: the header is patched, the records stay.

use bytes::{Bytes, BytesMut};

use super::batches::Batches;
use super::builder::{BatchBuilder, RecordHeader};
use super::crc;
use super::error::RecordsError;
use super::header::{
    self, BatchHeader, DELETE_HORIZON, HEADER_LEN, LOG_APPEND_TIME, NO_PRODUCER_EPOCH, NO_PRODUCER_ID,
    NO_SEQUENCE, TRANSACTIONAL, at,
};
use super::reader::DecompressBuffer;
use crate::compress::Compressor;

/// What a batch is marked with when it is drained (B3, R3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Producer id, [`NO_PRODUCER_ID`] without idempotence.
    pub producer_id: i64,
    /// Producer epoch, [`NO_PRODUCER_EPOCH`] without idempotence.
    pub producer_epoch: i16,
    /// Sequence of the first record, [`NO_SEQUENCE`] without idempotence.
    pub base_sequence: i32,
    /// Whether the batch belongs to a transaction.
    pub transactional: bool,
}

impl Stamp {
    /// The stamp of a producer without idempotence.
    pub const PLAIN: Self = Self {
        producer_id: NO_PRODUCER_ID,
        producer_epoch: NO_PRODUCER_EPOCH,
        base_sequence: NO_SEQUENCE,
        transactional: false,
    };
}

/// A closed batch. Until [`Self::stamp`] was called its checksum is not valid.
///
/// Clones of [`Self::bytes`] share the buffer. While one of them is alive a new stamp copies the batch first, so the
/// bytes under way never change; when the request is done with, stamping works in place.
#[derive(Debug)]
pub struct SealedBatch {
    bytes: Bytes,
    count: u32,
    first_timestamp: i64,
    max_timestamp: i64,
    /// Checksum of the records alone, for batches where that saves something.
    records_crc: Option<u32>,
    stamp: Option<Stamp>,
}

/// A batch shorter than this is read again as fast as two checksums are joined.
const JOIN_MIN: usize = 8 * 1024;

impl SealedBatch {
    /// `records_crc` is the checksum of the records, if it is known already.
    pub(super) fn from_parts(
        bytes: Bytes,
        count: u32,
        first_timestamp: i64,
        max_timestamp: i64,
        records_crc: Option<u32>,
    ) -> Self {
        let long = bytes.len() >= JOIN_MIN;
        let records_crc = records_crc.or_else(|| long.then(|| crc32c::crc32c(&bytes[HEADER_LEN..])));
        Self { bytes, count, first_timestamp, max_timestamp, records_crc, stamp: None }
    }

    /// Takes over a batch that was encoded elsewhere, for example fetched from another cluster: nothing is decoded,
    /// [`Self::stamp`] makes it ours. Its checksum is verified before that could hide damage.
    ///
    /// # Errors
    /// [`RecordsError::NotProducible`] for a valid batch that brokers refuse from producers: of an old format,
    /// compacted, with append time or a marker. Its records must be appended one by one. Other errors are damage.
    pub fn from_encoded(bytes: Bytes) -> Result<Self, RecordsError> {
        let mut batches = Batches::new(bytes.clone());
        let cut = RecordsError::Cut { needed: header::HEADER_LEN, have: bytes.len() };
        let view = batches.next().unwrap_or(Err(cut))?;
        let head = *view.header();
        if view.bytes().len() != bytes.len() {
            return Err(RecordsError::malformed(head.base_offset, head.size, "bytes follow the batch"));
        }
        if let Some(what) = obstacle(&head) {
            return Err(RecordsError::NotProducible { base_offset: head.base_offset, what });
        }
        drop((view, batches));
        let mut batch =
            Self::from_parts(bytes, head.count as u32, head.first_timestamp, head.max_timestamp, None);
        batch.rewrite(|head| {
            header::patch(head, 0, 0i64.to_be_bytes());
            header::patch(head, at::LEADER_EPOCH, (-1i32).to_be_bytes());
        });
        Ok(batch)
    }

    /// Writes producer id, epoch, sequence and the transactional flag, then the checksum (R3), for which a long batch is
    /// not read again.
    pub fn stamp(&mut self, stamp: Stamp) {
        let attributes = self.attributes();
        let attributes =
            if stamp.transactional { attributes | TRANSACTIONAL } else { attributes & !TRANSACTIONAL };
        let records_crc = self.records_crc;
        self.rewrite(|bytes| {
            header::patch(bytes, at::ATTRIBUTES, attributes.to_be_bytes());
            header::patch(bytes, at::PRODUCER_ID, stamp.producer_id.to_be_bytes());
            header::patch(bytes, at::PRODUCER_EPOCH, stamp.producer_epoch.to_be_bytes());
            header::patch(bytes, at::BASE_SEQUENCE, stamp.base_sequence.to_be_bytes());
            let crc = match records_crc {
                Some(records) => {
                    let head = crc32c::crc32c(&bytes[at::ATTRIBUTES..HEADER_LEN]);
                    crc::joined(head, records, bytes.len() - HEADER_LEN)
                }
                None => crc32c::crc32c(&bytes[at::ATTRIBUTES..]),
            };
            header::patch(bytes, at::CRC, crc.to_be_bytes());
        });
        self.stamp = Some(stamp);
    }

    /// Changes the header, in a copy if someone else still reads the bytes.
    fn rewrite(&mut self, change: impl FnOnce(&mut [u8])) {
        let mut bytes = match std::mem::take(&mut self.bytes).try_into_mut() {
            Ok(bytes) => bytes,
            Err(shared) => BytesMut::from(&shared[..]),
        };
        change(&mut bytes);
        self.bytes = bytes.freeze();
    }

    /// The last stamp, `None` before the first.
    #[must_use]
    pub fn stamped(&self) -> Option<Stamp> {
        self.stamp
    }

    /// The wire bytes. Valid once stamped.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        debug_assert!(self.stamp.is_some(), "a batch is stamped before it is sent");
        self.bytes.clone()
    }

    /// Size on the wire in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Never true: a sealed batch has records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Number of records.
    #[must_use]
    pub fn record_count(&self) -> u32 {
        self.count
    }

    /// Timestamp of the first record.
    #[must_use]
    pub fn first_timestamp(&self) -> i64 {
        self.first_timestamp
    }

    /// Largest timestamp.
    #[must_use]
    pub fn max_timestamp(&self) -> i64 {
        self.max_timestamp
    }

    /// The codec that the records are in; `None` also when they did not shrink.
    #[must_use]
    pub fn compression(&self) -> crate::compress::Compression {
        crate::compress::Compression::from_id((self.attributes() & header::CODEC_MASK) as u8)
            .unwrap_or_default()
    }

    fn attributes(&self) -> i16 {
        i16::from_be_bytes([self.bytes[at::ATTRIBUTES], self.bytes[at::ATTRIBUTES + 1]])
    }

    /// Halves the batch after MESSAGE_TOO_LARGE (P2): the first half of the records and the rest, each sealed and
    /// unstamped. The caller gives them the original sequences in order (I15). `None` for a single record.
    ///
    /// # Errors
    /// Only for a batch from [`Self::from_encoded`] whose records turn out to be damaged.
    pub fn split(
        &self,
        compressor: &mut Compressor,
        scratch: &mut DecompressBuffer,
    ) -> Result<Option<(Self, Self)>, RecordsError> {
        if self.count < 2 {
            return Ok(None);
        }
        let first_half = self.count / 2;
        let mut halves = [0; 2].map(|_| BatchBuilder::with_capacity(self.bytes.len() / 2 + 1024));
        let mut headers = Vec::new();
        let view = Batches::new(self.bytes.clone()).verify_crc(false).next();
        let cut = RecordsError::Cut { needed: header::HEADER_LEN, have: self.bytes.len() };
        let view = view.unwrap_or(Err(cut))?;
        for (index, record) in (0u32..).zip(view.records(scratch)) {
            let record = record?;
            headers.clear();
            headers.extend(record.headers());
            let headers: &[RecordHeader<'_>] = &headers;
            halves[usize::from(index >= first_half)].append(
                record.timestamp,
                record.key,
                record.value,
                headers,
            );
        }
        Ok(Some(halves.map(|half| half.seal(compressor)).into()))
    }

    /// The buffer for recycling, unless the bytes are still shared.
    #[must_use]
    pub fn into_buffer(self) -> Option<BytesMut> {
        let mut buf = self.bytes.try_into_mut().ok()?;
        buf.clear();
        Some(buf)
    }
}

/// Why a broker would refuse this batch from a producer.
fn obstacle(head: &BatchHeader) -> Option<&'static str> {
    if head.magic != 2 {
        Some("it has an old message format")
    } else if head.is_control() {
        Some("it is a transaction marker")
    } else if head.attributes & LOG_APPEND_TIME != 0 {
        Some("its timestamps are the append time of another log")
    } else if head.attributes & DELETE_HORIZON != 0 {
        Some("it carries a delete horizon")
    } else if head.count < 1 || head.last_offset_delta != head.count - 1 {
        Some("compaction removed some of its records")
    } else {
        None
    }
}
