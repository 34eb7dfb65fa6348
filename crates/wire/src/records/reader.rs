//! Records of one batch, decoded one at a time and borrowed from its payload (R5).

use std::ops::Range;

use bytes::Bytes;

use super::builder::RecordHeader;
use super::error::RecordsError;
use super::header::{BatchHeader, HEADER_LEN};
use super::legacy;
use super::varint::Cursor;
use crate::compress::{Compression, DEFAULT_DECOMPRESS_LIMIT, Decompressor, Lz4HeaderCheck};

/// Fewest bytes of a record: seven fields of one byte each.
const LEAST_RECORD: usize = 7;
/// A buffer above this is given back rather than kept for the next batch.
const MOST_KEPT: usize = 4 * 1024 * 1024;
/// Room behind a payload that is not worth a copy.
const SPARE: usize = 4 * 1024;

/// One record. Keys, values and headers are borrowed from the payload of its batch.
#[derive(Debug, Clone, Copy)]
pub struct RecordView<'a> {
    /// Offset in the partition.
    pub offset: i64,
    /// Milliseconds since 1970, or [`super::NO_TIMESTAMP`].
    pub timestamp: i64,
    /// The key, `None` if null.
    pub key: Option<&'a [u8]>,
    /// The value, `None` if null.
    pub value: Option<&'a [u8]>,
    pub(super) key_at: usize,
    pub(super) value_at: usize,
    pub(super) headers: Headers<'a>,
}

impl<'a> RecordView<'a> {
    /// The headers in order, decoded as they are taken.
    #[inline]
    #[must_use]
    pub fn headers(&self) -> Headers<'a> {
        self.headers
    }

    /// Where the key lies in the payload, so that an owner of the payload can keep a slice of it.
    #[inline]
    #[must_use]
    pub fn key_range(&self) -> Option<Range<usize>> {
        self.key.map(|key| self.key_at..self.key_at + key.len())
    }

    /// Where the value lies in the payload.
    #[inline]
    #[must_use]
    pub fn value_range(&self) -> Option<Range<usize>> {
        self.value.map(|value| self.value_at..self.value_at + value.len())
    }
}

/// The headers of a record. Their structure was checked when the record was read.
#[derive(Debug, Clone, Copy)]
pub struct Headers<'a> {
    rest: Cursor<'a>,
    left: u32,
}

impl<'a> Headers<'a> {
    pub(super) const NONE: Headers<'static> = Headers { rest: Cursor::EMPTY, left: 0 };

    fn read(cursor: &mut Cursor<'a>) -> Option<RecordHeader<'a>> {
        let key = usize::try_from(cursor.varint32()?).ok()?;
        let key = cursor.take(key)?;
        let value = match cursor.varint32()? {
            -1 => None,
            len => Some(cursor.take(usize::try_from(len).ok()?)?),
        };
        Some(RecordHeader { key, value })
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = RecordHeader<'a>;

    fn next(&mut self) -> Option<RecordHeader<'a>> {
        self.left = self.left.checked_sub(1)?;
        Self::read(&mut self.rest)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Headers<'_> {}

/// What is kept between batches: codec tables, and the buffer of the last decompressed payload. The buffer is used
/// again only when no slice of that payload is alive any more.
#[derive(Debug)]
pub struct DecompressBuffer {
    decompressor: Decompressor,
    payload: Bytes,
    /// Memory that the payload takes.
    capacity: usize,
    limit: usize,
}

impl Default for DecompressBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl DecompressBuffer {
    /// An empty buffer with the default limit per batch.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(DEFAULT_DECOMPRESS_LIMIT)
    }

    /// An empty buffer that lets a batch decompress to at most `limit` bytes (B14).
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self { decompressor: Decompressor::new(), payload: Bytes::new(), capacity: 0, limit }
    }

    pub(super) fn fill(
        &mut self,
        base_offset: i64,
        codec: Compression,
        input: &[u8],
        check: Lz4HeaderCheck,
    ) -> Result<(), RecordsError> {
        let mut out = self.reclaim();
        let result = self.decompressor.decompress(codec, input, &mut out, self.limit, check);
        if result.is_err() && out.capacity() > MOST_KEPT {
            // What a bomb has left behind.
            out = Vec::new();
        }
        self.capacity = out.capacity();
        self.payload = Bytes::from(out);
        result.map_err(|source| RecordsError::Decompress { base_offset, source })
    }

    pub(super) fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// The payload for someone who keeps it, and the memory that it takes. A large one is not kept here besides; one in a
    /// buffer that is much too large for it is copied, and the buffer stays here.
    fn hand_out(&mut self) -> (Bytes, usize) {
        let len = self.payload.len();
        if self.capacity > len.saturating_mul(2).saturating_add(SPARE) {
            let copy = Bytes::copy_from_slice(&self.payload);
            self.trim();
            return (copy, len);
        }
        let handed_out = (self.payload.clone(), self.capacity);
        self.trim();
        handed_out
    }

    /// Gives a large buffer back.
    pub(super) fn trim(&mut self) {
        if self.capacity > MOST_KEPT {
            self.payload = Bytes::new();
        }
    }

    fn reclaim(&mut self) -> Vec<u8> {
        match std::mem::take(&mut self.payload).try_into_mut() {
            Ok(mut buf) if buf.capacity() <= MOST_KEPT => {
                buf.clear();
                Vec::from(buf)
            }
            _ => Vec::new(),
        }
    }
}

/// How far reading of a payload is, apart from the payload itself.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) at: usize,
    pub(super) left: u32,
    pub(super) base_offset: i64,
    /// Records below it are left out.
    pub(super) floor: i64,
    /// Records above it are damage.
    pub(super) last_offset: i64,
    pub(super) base_timestamp: i64,
    /// Replaces every record's timestamp (B7).
    pub(super) append_time: Option<i64>,
    pub(super) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Batch,
    /// A legacy message set; `base_offset` is added to the offsets inside.
    Messages,
}

/// Which bytes a [`Progress`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload {
    Batch,
    Decompressed,
}

impl Progress {
    fn open(
        bytes: &Bytes,
        header: &BatchHeader,
        floor: i64,
        scratch: &mut DecompressBuffer,
    ) -> Result<(Payload, Self), RecordsError> {
        if header.magic < 2 {
            return legacy::open(bytes, header, floor, scratch);
        }
        let base_offset = header.base_offset;
        let (payload, at, end) = match header.compression() {
            Some(Compression::None) => (Payload::Batch, HEADER_LEN, bytes.len()),
            codec => {
                scratch.fill(
                    base_offset,
                    codec.unwrap_or_default(),
                    &bytes[HEADER_LEN..],
                    Lz4HeaderCheck::Verify,
                )?;
                (Payload::Decompressed, 0, scratch.payload.len())
            }
        };
        let left = header.count as u32;
        if left as usize > end.saturating_sub(at) / LEAST_RECORD {
            return Err(RecordsError::malformed(
                base_offset,
                at,
                "more records announced than bytes can hold",
            ));
        }
        let progress = Self {
            at,
            left,
            base_offset,
            floor,
            last_offset: header.last_offset(),
            base_timestamp: header.first_timestamp,
            append_time: header.is_log_append_time().then_some(header.max_timestamp),
            format: Format::Batch,
        };
        Ok((payload, progress))
    }

    /// Nothing more comes out of it.
    fn finished(len: usize) -> Self {
        Self {
            at: len,
            left: 0,
            base_offset: 0,
            floor: 0,
            last_offset: 0,
            base_timestamp: 0,
            append_time: None,
            format: Format::Batch,
        }
    }

    #[inline]
    fn next<'a>(&mut self, payload: &'a [u8]) -> Option<Result<RecordView<'a>, RecordsError>> {
        loop {
            if self.left == 0 {
                return self.end(payload);
            }
            let read = match self.format {
                Format::Batch => self.read_record(payload),
                Format::Messages => legacy::read_record(self, payload),
            };
            match read {
                Ok((record, end)) => {
                    self.at = end;
                    self.left -= 1;
                    if record.offset >= self.floor {
                        return Some(Ok(record));
                    }
                }
                Err(what) => return Some(Err(self.fail(payload, what))),
            }
        }
    }

    /// Bytes behind the last record mean that the count is wrong (B8).
    #[inline]
    fn end<T>(&mut self, payload: &[u8]) -> Option<Result<T, RecordsError>> {
        if self.at >= payload.len() {
            return None;
        }
        Some(Err(self.fail(payload, "bytes follow the last record")))
    }

    #[cold]
    fn fail(&mut self, payload: &[u8], what: &'static str) -> RecordsError {
        let error = RecordsError::malformed(self.base_offset, self.at, what);
        self.left = 0;
        self.at = payload.len();
        error
    }

    #[inline]
    fn read_record<'a>(&self, payload: &'a [u8]) -> Result<(RecordView<'a>, usize), &'static str> {
        let prefix = match Prefix::read_short(payload, self.at) {
            Some(prefix) => prefix,
            None => Prefix::read(payload, self.at)?,
        };
        let offset = self.base_offset.wrapping_add(i64::from(prefix.offset_delta));
        if prefix.offset_delta < 0 || offset > self.last_offset {
            return Err("the offset is outside the range of the batch");
        }
        // The record is a world of its own: no field can reach beyond it.
        let record = payload.get(..prefix.end).ok_or("the record length is wrong")?;
        let mut cursor = Cursor::new(record, prefix.at);
        let (key_at, key) = optional(&mut cursor, prefix.key_len).ok_or("the key is cut")?;
        let value_len = cursor.varint32().ok_or("the value is cut")?;
        let (value_at, value) = optional(&mut cursor, value_len).ok_or("the value is cut")?;
        let headers = headers(&mut cursor).ok_or("the headers are wrong")?;
        let timestamp =
            self.append_time.unwrap_or_else(|| self.base_timestamp.wrapping_add(prefix.timestamp_delta));
        Ok((RecordView { offset, timestamp, key, value, key_at, value_at, headers }, prefix.end))
    }
}

/// The numbers in front of the key.
struct Prefix {
    /// Where the record ends in the payload.
    end: usize,
    timestamp_delta: i64,
    offset_delta: i32,
    key_len: i32,
    /// Where the key begins.
    at: usize,
}

impl Prefix {
    /// Reads a prefix of at most eight bytes whose varints take one or two: nearly all, and without a branch or a
    /// bounds check for each. Whatever is different, right or wrong, is left to [`Self::read`].
    #[inline]
    fn read_short(payload: &[u8], at: usize) -> Option<Self> {
        let mut word = u64::from_le_bytes(*payload.get(at..)?.first_chunk()?);
        let mut longer = 0;
        let mut used = 0;
        let len = short(&mut word, &mut used, &mut longer);
        let after_len = used;
        word >>= 8;
        used += 1;
        let timestamp_delta = short(&mut word, &mut used, &mut longer);
        let offset_delta = short(&mut word, &mut used, &mut longer);
        let key_len = short(&mut word, &mut used, &mut longer);
        // The lowest bit is the sign: neither lengths nor offsets are negative. Three fields of two bytes fit the word.
        if longer | u64::from((len | offset_delta) & 1) != 0 || used > 8 {
            return None;
        }
        let start = at.wrapping_add(used as usize);
        let end = at.wrapping_add(after_len as usize).wrapping_add((len >> 1) as usize);
        (start <= end).then_some(Self {
            end,
            timestamp_delta: i64::from(unzigzag(timestamp_delta)),
            offset_delta: (offset_delta >> 1) as i32,
            key_len: unzigzag(key_len),
            at: start,
        })
    }

    /// Reads any prefix and says what is wrong with it.
    #[inline(never)]
    fn read(payload: &[u8], at: usize) -> Result<Self, &'static str> {
        const LENGTH: &str = "the record length is wrong";
        let mut cursor = Cursor::new(payload, at);
        let len = cursor.varint32().and_then(|len| usize::try_from(len).ok()).ok_or(LENGTH)?;
        let end = cursor.at() + len;
        let mut cursor = Cursor::new(payload.get(..end).ok_or(LENGTH)?, cursor.at());
        cursor.skip_byte().ok_or("the record has no attributes")?;
        Ok(Self {
            end,
            timestamp_delta: cursor.varint64().ok_or("the timestamp delta is wrong")?,
            offset_delta: cursor.varint32().ok_or("the offset delta is wrong")?,
            key_len: cursor.varint32().ok_or("the key is cut")?,
            at: cursor.at(),
        })
    }
}

/// Takes a varint of one or two bytes off the low end of `word`, as it is. If it is longer, `longer` becomes non-zero.
#[inline]
fn short(word: &mut u64, used: &mut u32, longer: &mut u64) -> u32 {
    let low = *word as u32;
    if low & 0x80 == 0 {
        *word >>= 8;
        *used += 1;
        low & 0x7f
    } else {
        *longer |= *word & 0x8000;
        *word >>= 16;
        *used += 2;
        (low & 0x7f) | ((low >> 1) & 0x3f80)
    }
}

#[inline]
fn unzigzag(value: u32) -> i32 {
    (value >> 1) as i32 ^ -((value & 1) as i32)
}

/// A value with its position; length −1 is null and smaller ones are errors.
#[inline]
fn optional<'a>(cursor: &mut Cursor<'a>, len: i32) -> Option<(usize, Option<&'a [u8]>)> {
    let at = cursor.at();
    if len == -1 {
        return Some((at, None));
    }
    Some((at, Some(cursor.take(usize::try_from(len).ok()?)?)))
}

/// Checks that the headers fill the rest of the record, so that taking them later cannot fail.
#[inline]
fn headers<'a>(cursor: &mut Cursor<'a>) -> Option<Headers<'a>> {
    if cursor.rest() == [0] { Some(Headers::NONE) } else { some_headers(cursor) }
}

#[inline(never)]
fn some_headers<'a>(cursor: &mut Cursor<'a>) -> Option<Headers<'a>> {
    let left = u32::try_from(cursor.varint32()?).ok()?;
    let headers = Headers { rest: *cursor, left };
    for _ in 0..left {
        Headers::read(cursor)?;
    }
    cursor.rest().is_empty().then_some(headers)
}

/// The records of a batch, borrowed from it (or from the scratch buffer).
#[derive(Debug)]
pub struct RecordIter<'a> {
    payload: &'a Bytes,
    progress: Progress,
    failed: Option<Box<RecordsError>>,
}

impl<'a> RecordIter<'a> {
    pub(super) fn open(
        bytes: &'a Bytes,
        header: &BatchHeader,
        floor: i64,
        scratch: &'a mut DecompressBuffer,
    ) -> Self {
        if header.is_control() {
            return Self { payload: bytes, progress: Progress::finished(bytes.len()), failed: None };
        }
        Self::open_any(bytes, header, floor, scratch)
    }

    /// The record of a control batch, for its marker.
    pub(super) fn open_control(
        bytes: &'a Bytes,
        header: &BatchHeader,
        scratch: &'a mut DecompressBuffer,
    ) -> Self {
        Self::open_any(bytes, header, i64::MIN, scratch)
    }

    fn open_any(
        bytes: &'a Bytes,
        header: &BatchHeader,
        floor: i64,
        scratch: &'a mut DecompressBuffer,
    ) -> Self {
        match Progress::open(bytes, header, floor, scratch) {
            Ok((Payload::Batch, progress)) => Self { payload: bytes, progress, failed: None },
            Ok((Payload::Decompressed, progress)) => {
                Self { payload: &scratch.payload, progress, failed: None }
            }
            Err(error) => Self {
                payload: bytes,
                progress: Progress::finished(bytes.len()),
                failed: Some(Box::new(error)),
            },
        }
    }

    /// What the ranges of the records refer to. Slices of it keep only this payload alive.
    #[must_use]
    pub fn payload(&self) -> &'a Bytes {
        self.payload
    }
}

impl<'a> Iterator for RecordIter<'a> {
    type Item = Result<RecordView<'a>, RecordsError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(next) = self.progress.next(self.payload) {
            return Some(next);
        }
        self.failed.take().map(|error| Err(*error))
    }
}

/// The records of a batch as a value of its own, for a consumer that hands them out over several polls.
#[derive(Debug, Clone)]
pub struct RecordSet {
    payload: Bytes,
    /// Memory of the payload beside the batch.
    unpacked: usize,
    progress: Progress,
}

impl RecordSet {
    pub(super) fn open(
        bytes: &Bytes,
        header: &BatchHeader,
        floor: i64,
        scratch: &mut DecompressBuffer,
    ) -> Result<Self, RecordsError> {
        if header.is_control() {
            return Ok(Self { payload: Bytes::new(), unpacked: 0, progress: Progress::finished(0) });
        }
        let opened = Progress::open(bytes, header, floor, scratch);
        let (payload, progress) = opened.inspect_err(|_| scratch.trim())?;
        let (payload, unpacked) = match payload {
            Payload::Batch => (bytes.clone(), 0),
            Payload::Decompressed => scratch.hand_out(),
        };
        Ok(Self { payload, unpacked, progress })
    }

    /// Memory that decompression took for the payload, which may be more than the payload's length; 0 when the payload
    /// is the batch itself.
    #[must_use]
    pub fn unpacked(&self) -> usize {
        self.unpacked
    }

    /// The same records in a payload that somebody else owns: `own` answers the bytes that it is given.
    ///
    /// # Panics
    /// If it answers fewer or more.
    #[must_use]
    pub fn owned_by(self, own: impl FnOnce(Bytes) -> Bytes) -> Self {
        let len = self.payload.len();
        let payload = own(self.payload);
        assert_eq!(payload.len(), len, "not the same bytes");
        Self { payload, ..self }
    }

    /// The next record, borrowed until the following call.
    ///
    /// # Errors
    /// If the record is malformed; nothing comes after that.
    #[inline]
    #[allow(clippy::should_implement_trait)] // The item borrows from the set, which Iterator cannot say.
    pub fn next(&mut self) -> Option<Result<RecordView<'_>, RecordsError>> {
        self.progress.next(&self.payload)
    }

    /// All records that are left, without moving on.
    #[must_use]
    pub fn iter(&self) -> RecordIter<'_> {
        RecordIter { payload: &self.payload, progress: self.progress.clone(), failed: None }
    }

    /// Records announced and not read yet, with those below the asked offset.
    #[must_use]
    pub fn remaining(&self) -> u32 {
        self.progress.left
    }

    /// What the ranges of the records refer to. Slices of it keep only this payload alive.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        &self.payload
    }
}
