//! Walking the blob of a fetched partition from batch to batch, by headers alone.

use std::ops::Range;

use bytes::Bytes;

use super::aborted::ControlMarker;
use super::error::RecordsError;
use super::header::{BatchHeader, HEADER_LEN, LOG_OVERHEAD, at};
use super::legacy;
use super::reader::{DecompressBuffer, RecordIter, RecordSet};
use crate::compress::Compression;

/// The batches of one blob, in order.
///
/// A batch that is cut at the end is normal and ignored; if it is the first one, the iterator yields
/// [`RecordsError::Cut`] (B5). After a damaged batch whose length could be told, iteration can go on behind it:
/// whether to skip it is the user's choice (F16).
#[derive(Debug, Clone)]
pub struct Batches {
    blob: Bytes,
    at: usize,
    floor: i64,
    verify_crc: bool,
    met_one: bool,
}

impl Batches {
    /// All batches of `blob`, checksums verified.
    #[must_use]
    pub fn new(blob: Bytes) -> Self {
        Self { blob, at: 0, floor: i64::MIN, verify_crc: true, met_one: false }
    }

    /// Leaves out batches and records before the offset that was asked for (B5).
    #[must_use]
    pub fn from_offset(mut self, offset: i64) -> Self {
        self.floor = offset;
        self
    }

    /// Whether to verify checksums (B2, `check.crcs`).
    #[must_use]
    pub fn verify_crc(mut self, verify: bool) -> Self {
        self.verify_crc = verify;
        self
    }

    /// Bytes of complete batches passed so far.
    #[must_use]
    pub fn consumed(&self) -> usize {
        self.at
    }

    /// The bytes of the next batch, `None` at the end or when it is cut.
    fn next_frame(&self) -> Result<Option<Range<usize>>, RecordsError> {
        let rest = &self.blob[self.at..];
        if rest.is_empty() {
            return Ok(None);
        }
        let cut = |needed| {
            if self.met_one { Ok(None) } else { Err(RecordsError::Cut { needed, have: rest.len() }) }
        };
        let Some(overhead) = rest.first_chunk::<LOG_OVERHEAD>() else { return cut(LOG_OVERHEAD) };
        let [offset @ .., l0, l1, l2, l3] = *overhead;
        let base_offset = i64::from_be_bytes(offset);
        let length = i32::from_be_bytes([l0, l1, l2, l3]);
        let least = if rest.get(at::MAGIC).is_some_and(|magic| *magic as i8 > 1) {
            HEADER_LEN - LOG_OVERHEAD
        } else {
            legacy::LEAST_LENGTH
        };
        match usize::try_from(length) {
            Ok(length) if length >= least => {
                let size = LOG_OVERHEAD + length;
                if rest.len() < size { cut(size) } else { Ok(Some(self.at..self.at + size)) }
            }
            _ => Err(RecordsError::malformed(base_offset, at::LENGTH, "the batch length is too small")),
        }
    }
}

impl Iterator for Batches {
    type Item = Result<BatchView, RecordsError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let frame = match self.next_frame() {
                Ok(frame) => frame,
                Err(error) => {
                    self.at = self.blob.len();
                    return Some(Err(error));
                }
            };
            let frame = frame?;
            self.at = frame.end;
            self.met_one = true;
            match BatchView::parse(self.blob.slice(frame), self.floor, self.verify_crc) {
                Ok(batch) if batch.header.last_offset() < self.floor => {}
                result => return Some(result),
            }
        }
    }
}

/// One complete batch, or one message of a legacy set.
#[derive(Debug, Clone)]
pub struct BatchView {
    bytes: Bytes,
    header: BatchHeader,
    floor: i64,
}

impl BatchView {
    fn parse(bytes: Bytes, floor: i64, verify_crc: bool) -> Result<Self, RecordsError> {
        let header = match bytes.get(at::MAGIC).map(|magic| *magic as i8) {
            Some(2) => read_header(&bytes, verify_crc)?,
            Some(0 | 1) => legacy::read_header(&bytes, verify_crc)?,
            magic => {
                let base_offset = bytes.first_chunk().map_or(-1, |bytes| i64::from_be_bytes(*bytes));
                return Err(RecordsError::UnknownMagic { base_offset, magic: magic.unwrap_or(-1) });
            }
        };
        Ok(Self { bytes, header, floor })
    }

    /// The fields of the header.
    #[inline]
    #[must_use]
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// Where reading continues after this batch (B4).
    #[inline]
    #[must_use]
    pub fn next_offset(&self) -> i64 {
        self.header.next_offset()
    }

    /// The whole batch as it was stored, sharing the blob.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The records from the asked offset on, decoded as they are taken. A control batch yields none (B15).
    /// Damage, or a payload that cannot be decompressed, comes out as the last item.
    #[must_use]
    pub fn records<'a>(&'a self, scratch: &'a mut DecompressBuffer) -> RecordIter<'a> {
        RecordIter::open(&self.bytes, &self.header, self.floor, scratch)
    }

    /// The same records as an owned set that can be kept and read piece by piece.
    ///
    /// # Errors
    /// If the payload cannot be decompressed or its frame is damaged.
    pub fn decode(&self, scratch: &mut DecompressBuffer) -> Result<RecordSet, RecordsError> {
        RecordSet::open(&self.bytes, &self.header, self.floor, scratch)
    }

    /// The marker of a control batch, `None` for a batch of records (B15).
    ///
    /// # Errors
    /// If the batch says that it holds a marker and does not.
    pub fn control_marker(
        &self,
        scratch: &mut DecompressBuffer,
    ) -> Result<Option<ControlMarker>, RecordsError> {
        if !self.header.is_control() {
            return Ok(None);
        }
        let marker = self.read_marker(scratch);
        scratch.trim();
        marker.map(Some)
    }

    fn read_marker(&self, scratch: &mut DecompressBuffer) -> Result<ControlMarker, RecordsError> {
        let mut records = RecordIter::open_control(&self.bytes, &self.header, scratch);
        let malformed = |what| RecordsError::malformed(self.header.base_offset, HEADER_LEN, what);
        let record = records.next().ok_or_else(|| malformed("a control batch without a record"))??;
        let marker = record.key.and_then(ControlMarker::parse);
        marker.ok_or_else(|| malformed("a control record without a type"))
    }

    /// Whether decoding makes a payload in memory of its own.
    #[inline]
    #[must_use]
    pub fn is_compressed(&self) -> bool {
        self.header.compression() != Some(Compression::None)
    }
}

fn read_header(bytes: &Bytes, verify_crc: bool) -> Result<BatchHeader, RecordsError> {
    let Some(head) = bytes.first_chunk() else {
        return Err(RecordsError::Cut { needed: HEADER_LEN, have: bytes.len() });
    };
    let header = BatchHeader::read(head);
    let base_offset = header.base_offset;
    if verify_crc {
        let computed = crc32c::crc32c(&bytes[at::ATTRIBUTES..]);
        if computed != header.crc {
            return Err(RecordsError::Crc { base_offset, stored: header.crc, computed });
        }
    }
    if base_offset < 0 || base_offset.checked_add(i64::from(header.last_offset_delta) + 1).is_none() {
        return Err(RecordsError::malformed(base_offset, 0, "offsets out of range"));
    }
    if header.last_offset_delta < 0 {
        return Err(RecordsError::malformed(
            base_offset,
            at::LAST_OFFSET_DELTA,
            "negative last offset delta",
        ));
    }
    if header.count < 0 {
        return Err(RecordsError::malformed(base_offset, at::COUNT, "negative record count"));
    }
    if header.compression().is_none() {
        return Err(RecordsError::malformed(base_offset, at::ATTRIBUTES, "unknown compression codec"));
    }
    Ok(header)
}
