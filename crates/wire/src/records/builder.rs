//! Writing records once, in their final bytes (R2).

use std::borrow::Cow;

use bytes::{BufMut, BytesMut};

use super::header::{self, HEADER_LEN, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP, at};
use super::sealed::SealedBatch;
use super::varint::{self, MAX_32, MAX_64};
use crate::compress::{Compression, Compressor};

/// A header of a record. Keys repeat and order counts (B1); a null value is not an empty one.
///
/// The key is bytes because foreign writers do not always write UTF-8, and what was read can be written again as is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordHeader<'a> {
    /// The key, UTF-8 by convention.
    pub key: &'a [u8],
    /// The value.
    pub value: Option<&'a [u8]>,
}

impl<'a> RecordHeader<'a> {
    /// A header with a text key.
    #[must_use]
    pub fn new(key: &'a str, value: Option<&'a [u8]>) -> Self {
        Self { key: key.as_bytes(), value }
    }

    /// The key as text; what is not UTF-8 is replaced, as Java does.
    #[must_use]
    pub fn key_text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.key)
    }
}

/// A batch that records are appended to.
///
/// The buffer begins with room for the batch header; each record follows in its final bytes. It grows as needed, but
/// a recycled buffer of the size of a batch never does.
#[derive(Debug)]
pub struct BatchBuilder {
    buf: BytesMut,
    count: u32,
    base_timestamp: i64,
    max_timestamp: i64,
    sum: Sum,
}

/// The checksum of the records, taken in steps while they are in the first cache.
#[derive(Debug, Clone, Copy)]
struct Sum {
    /// Of the records before this place.
    end: usize,
    crc: u32,
    /// Length of the batch at which the next step is due; the largest number when nobody asked for it.
    due: usize,
}

impl Sum {
    /// Bytes of a step: as many as the checksum is computed of fastest.
    const STEP: usize = 24 * 1024;
    const NONE: Self = Self { end: HEADER_LEN, crc: 0, due: usize::MAX };
    const BEGIN: Self = Self { end: HEADER_LEN, crc: 0, due: HEADER_LEN + Self::STEP };
}

/// Room for the numbers in front of a key or value; at least two varints of 32 bits, one of 64 and three more.
const PREFIX: usize = 32;
/// Largest key, value or header value: what the protocol's 32-bit lengths hold, with room for the rest of a batch.
const MAX_RECORD: usize = 1 << 30;
/// Attributes, and the longest forms of length, timestamp delta, offset delta, two lengths and header count.
const MAX_OVERHEAD: usize = 1 + MAX_64 + 5 * MAX_32;

impl BatchBuilder {
    /// An empty batch in a recycled buffer, whose content is discarded.
    #[must_use]
    pub fn new(mut buf: BytesMut) -> Self {
        buf.clear();
        buf.put_bytes(0, HEADER_LEN);
        Self { buf, count: 0, base_timestamp: NO_TIMESTAMP, max_timestamp: NO_TIMESTAMP, sum: Sum::NONE }
    }

    /// Takes the checksum while records are appended, which is cheaper than to read them all again at the end. Of no use
    /// for batches that are compressed.
    #[must_use]
    pub fn summing(mut self) -> Self {
        debug_assert!(self.is_empty());
        self.sum = Sum::BEGIN;
        self
    }

    /// An empty batch in a new buffer of `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::new(BytesMut::with_capacity(capacity.max(HEADER_LEN)))
    }

    /// Most bytes by which appending such a record makes a batch longer. Compression never makes it longer: a batch
    /// that does not shrink is sent as it is (P1).
    #[must_use]
    pub fn size_upper_bound(key: Option<&[u8]>, value: Option<&[u8]>, headers: &[RecordHeader<'_>]) -> usize {
        let headers: usize =
            headers.iter().map(|h| 2 * MAX_32 + h.key.len() + h.value.map_or(0, <[u8]>::len)).sum();
        MAX_OVERHEAD + key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len) + headers
    }

    /// Appends a record with the next offset. The timestamp may be smaller than earlier ones.
    ///
    /// # Panics
    /// If the record, or the batch with it, would exceed 1 GiB: callers limit records to the request size first.
    #[inline]
    pub fn append(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[RecordHeader<'_>],
    ) {
        if self.count == 0 {
            self.base_timestamp = timestamp;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp);
        let timestamp_delta = varint::zigzag(timestamp.wrapping_sub(self.base_timestamp));
        let offset_delta = u64::from(self.count) << 1;
        let body = 1
            + varint::len(timestamp_delta)
            + varint::len(offset_delta)
            + varint::field_len(key)
            + varint::field_len(value)
            + if headers.is_empty() { 1 } else { headers_len(headers) };
        assert!(body <= MAX_RECORD.saturating_sub(self.buf.len()), "a batch is limited to 1 GiB");
        self.buf.reserve(body + MAX_32 + PREFIX);

        let mut prefix = [0; PREFIX];
        let mut end = varint::put(&mut prefix, 0, (body as u64) << 1);
        end += 1; // Attributes: none are defined.
        end = varint::put(&mut prefix, end, timestamp_delta);
        end = varint::put(&mut prefix, end, offset_delta);
        end = varint::put(&mut prefix, end, varint::length_of(key));
        if let Some(key) = key {
            self.put_prefix(&prefix, end);
            self.buf.put_slice(key);
            end = 0;
        }
        end = varint::put(&mut prefix, end, varint::length_of(value));
        if let Some(value) = value {
            self.put_prefix(&prefix, end);
            self.buf.put_slice(value);
            end = 0;
        }
        end = varint::put(&mut prefix, end, (headers.len() as u64) << 1);
        self.put_prefix(&prefix, end);
        for header in headers {
            self.put_header(header);
        }
        self.count += 1;
        if self.buf.len() >= self.sum.due {
            self.take_sum();
        }
    }

    #[inline(never)]
    fn take_sum(&mut self) {
        let Sum { end, crc, .. } = self.sum;
        let len = self.buf.len();
        self.sum = Sum { end: len, crc: crc32c::crc32c_append(crc, &self.buf[end..]), due: len + Sum::STEP };
    }

    /// Copies the whole prefix, because a copy of constant size is a few instructions, and drops the excess.
    #[inline]
    fn put_prefix(&mut self, prefix: &[u8; PREFIX], end: usize) {
        let start = self.buf.len();
        self.buf.put_slice(prefix);
        self.buf.truncate(start + end);
    }

    #[inline]
    fn put_header(&mut self, header: &RecordHeader<'_>) {
        self.put_length((header.key.len() as u64) << 1);
        self.buf.put_slice(header.key);
        self.put_length(varint::length_of(header.value));
        if let Some(value) = header.value {
            self.buf.put_slice(value);
        }
    }

    /// Lengths in headers are nearly always below 64.
    #[inline]
    fn put_length(&mut self, zigzagged: u64) {
        if zigzagged < 0x80 {
            self.buf.put_u8(zigzagged as u8);
        } else {
            let mut prefix = [0; PREFIX];
            let end = varint::put(&mut prefix, 0, zigzagged);
            self.put_prefix(&prefix, end);
        }
    }

    /// Bytes of the batch so far, with its header, before compression.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.buf.len()
    }

    /// Records so far.
    #[inline]
    #[must_use]
    pub fn record_count(&self) -> u32 {
        self.count
    }

    /// Whether nothing was appended yet.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of the buffer, for memory accounting (R7).
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.buf.capacity()
    }

    /// The timestamp of the first record.
    #[must_use]
    pub fn base_timestamp(&self) -> i64 {
        self.base_timestamp
    }

    /// The largest timestamp so far.
    #[must_use]
    pub fn max_timestamp(&self) -> i64 {
        self.max_timestamp
    }

    /// Gives up the batch and returns the buffer for recycling.
    #[must_use]
    pub fn into_buffer(mut self) -> BytesMut {
        self.buf.clear();
        self.buf
    }

    /// Closes the batch: compresses the records in place, unless they do not get smaller, and completes the header
    /// but for what [`SealedBatch::stamp`] writes.
    ///
    /// # Panics
    /// If the batch is empty: there is no such thing on the wire.
    #[must_use]
    pub fn seal(mut self, compressor: &mut Compressor) -> SealedBatch {
        assert!(!self.is_empty(), "an empty batch is not sent");
        let mut attributes = 0;
        if compressor.kind() != Compression::None {
            let records = self.buf.len() - HEADER_LEN;
            let compressed = compressor.compress(&self.buf[HEADER_LEN..]);
            if compressed.len() < records {
                let end = HEADER_LEN + compressed.len();
                // The compressed bytes lie in the compressor's buffer, so they can go over the originals.
                self.buf[HEADER_LEN..end].copy_from_slice(compressed);
                self.buf.truncate(end);
                attributes = i16::from(compressor.kind().id());
            }
        }
        self.complete_header(attributes);
        let summed = attributes == 0 && self.sum.end > HEADER_LEN;
        let crc = summed.then(|| crc32c::crc32c_append(self.sum.crc, &self.buf[self.sum.end..]));
        SealedBatch::from_parts(self.buf.freeze(), self.count, self.base_timestamp, self.max_timestamp, crc)
    }

    fn complete_header(&mut self, attributes: i16) {
        let length = i32::try_from(self.buf.len() - header::LOG_OVERHEAD).expect("append limits the size");
        let count = i32::try_from(self.count).expect("records take at least seven bytes of at most 1 GiB");
        let head = &mut self.buf[..HEADER_LEN];
        header::patch(head, at::LENGTH, length.to_be_bytes());
        header::patch(head, at::LEADER_EPOCH, (-1i32).to_be_bytes());
        header::patch(head, at::MAGIC, [2]);
        header::patch(head, at::ATTRIBUTES, attributes.to_be_bytes());
        header::patch(head, at::LAST_OFFSET_DELTA, (count - 1).to_be_bytes());
        header::patch(head, at::FIRST_TIMESTAMP, self.base_timestamp.to_be_bytes());
        header::patch(head, at::MAX_TIMESTAMP, self.max_timestamp.to_be_bytes());
        header::patch(head, at::PRODUCER_ID, NO_PRODUCER_ID.to_be_bytes());
        header::patch(head, at::PRODUCER_EPOCH, NO_PRODUCER_EPOCH.to_be_bytes());
        header::patch(head, at::BASE_SEQUENCE, NO_SEQUENCE.to_be_bytes());
        header::patch(head, at::COUNT, count.to_be_bytes());
    }
}

fn headers_len(headers: &[RecordHeader<'_>]) -> usize {
    varint::len((headers.len() as u64) << 1)
        + headers
            .iter()
            .map(|header| varint::field_len(Some(header.key)) + varint::field_len(header.value))
            .sum::<usize>()
}
