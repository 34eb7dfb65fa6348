//! Message sets of formats 0 and 1, read only (B9). Brokers up to 3.x can still serve logs that hold them.
//!
//! ```text
//!  offset i64 | size i32 | crc u32 | magic i8 | attributes i8 | [timestamp i64, format 1] | key, value: i32 + bytes
//! ```
//! The checksum is CRC-32 (of gzip, not Castagnoli's) over magic to end. A compressed message holds a whole set as
//! its value. In format 0 the offsets inside are absolute; in format 1 they count from zero and the wrapper's offset
//! is that of the last one. Subtracting the last inner offset from the wrapper's covers both.

use bytes::Bytes;
use flate2::Crc;

use super::error::RecordsError;
use super::header::{
    BatchHeader, LOG_OVERHEAD, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP,
};
use super::reader::{DecompressBuffer, Format, Headers, Payload, Progress, RecordView};
use crate::compress::{Compression, Lz4HeaderCheck};

/// Fewest bytes after the size: checksum, magic, attributes and two lengths.
pub(super) const LEAST_LENGTH: usize = 14;

const CRC: usize = 12;
const MAGIC: usize = 16;
const COUNT_UNKNOWN: i32 = -1;
const CODEC_MASK: i8 = 0b0111;

/// One message, with the position of its key and value.
struct Message<'a> {
    offset: i64,
    crc: u32,
    magic: i8,
    attributes: i8,
    timestamp: i64,
    key: (usize, Option<&'a [u8]>),
    value: (usize, Option<&'a [u8]>),
    end: usize,
}

impl<'a> Message<'a> {
    /// Reads the message that starts at `at` and must end exactly where its size says.
    fn read(bytes: &'a [u8], at: usize) -> Result<Self, &'static str> {
        const CUT: &str = "a message is cut";
        let mut fields = Fields { bytes, at };
        let offset = i64::from_be_bytes(fields.array().ok_or(CUT)?);
        let size = i32::from_be_bytes(fields.array().ok_or(CUT)?);
        let size = usize::try_from(size)
            .ok()
            .filter(|size| *size >= LEAST_LENGTH)
            .ok_or("a message size is wrong")?;
        let end = fields.at + size;
        let mut fields = Fields { bytes: bytes.get(..end).ok_or(CUT)?, at: fields.at };
        let crc = u32::from_be_bytes(fields.array().ok_or(CUT)?);
        let [magic, attributes] = fields.array().ok_or(CUT)?.map(|byte: u8| byte as i8);
        let timestamp = match magic {
            0 => NO_TIMESTAMP,
            1 => i64::from_be_bytes(fields.array().ok_or(CUT)?),
            _ => return Err("a message has another format than its set"),
        };
        let key = fields.optional().ok_or("a key is cut")?;
        let value = fields.optional().ok_or("a value is cut")?;
        if fields.at != end {
            return Err("bytes follow the value of a message");
        }
        Ok(Self { offset, crc, magic, attributes, timestamp, key, value, end })
    }

    fn codec(&self) -> Option<Compression> {
        // zstd came after these formats.
        Compression::from_id((self.attributes & CODEC_MASK) as u8).filter(|codec| *codec != Compression::Zstd)
    }
}

struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let array = *self.bytes.get(self.at..)?.first_chunk()?;
        self.at += N;
        Some(array)
    }

    fn optional(&mut self) -> Option<(usize, Option<&'a [u8]>)> {
        let len = i32::from_be_bytes(self.array()?);
        let at = self.at;
        if len == -1 {
            return Some((at, None));
        }
        let end = at.checked_add(usize::try_from(len).ok()?)?;
        let bytes = self.bytes.get(at..end)?;
        self.at = end;
        Some((at, Some(bytes)))
    }
}

/// Reads an outer message as if it were a batch.
pub(super) fn read_header(bytes: &Bytes, verify_crc: bool) -> Result<BatchHeader, RecordsError> {
    let offset = bytes.first_chunk().map_or(-1, |bytes| i64::from_be_bytes(*bytes));
    if verify_crc && bytes.len() > MAGIC {
        let stored = bytes[CRC..].first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        let mut crc = Crc::new();
        crc.update(&bytes[MAGIC..]);
        if crc.sum() != stored {
            return Err(RecordsError::Crc { base_offset: offset, stored, computed: crc.sum() });
        }
    }
    let message = Message::read(bytes, 0).map_err(|what| RecordsError::malformed(offset, 0, what))?;
    let codec = message.codec();
    let codec =
        codec.ok_or_else(|| RecordsError::malformed(offset, MAGIC + 1, "unknown compression codec"))?;
    if offset < 0 || offset == i64::MAX {
        return Err(RecordsError::malformed(offset, 0, "offsets out of range"));
    }
    Ok(BatchHeader {
        base_offset: offset,
        size: bytes.len(),
        leader_epoch: -1,
        magic: message.magic,
        crc: message.crc,
        attributes: i16::from(message.attributes),
        last_offset_delta: 0,
        first_timestamp: message.timestamp,
        max_timestamp: message.timestamp,
        producer_id: NO_PRODUCER_ID,
        producer_epoch: NO_PRODUCER_EPOCH,
        base_sequence: NO_SEQUENCE,
        count: if codec == Compression::None { 1 } else { COUNT_UNKNOWN },
    })
}

/// Prepares reading the records of an outer message.
pub(super) fn open(
    bytes: &Bytes,
    header: &BatchHeader,
    floor: i64,
    scratch: &mut DecompressBuffer,
) -> Result<(Payload, Progress), RecordsError> {
    let malformed = |at, what| RecordsError::malformed(header.base_offset, at, what);
    let mut progress = Progress {
        at: 0,
        left: 1,
        base_offset: 0,
        floor,
        last_offset: header.base_offset,
        base_timestamp: 0,
        append_time: header.is_log_append_time().then_some(header.max_timestamp),
        format: Format::Messages,
    };
    let message = Message::read(bytes, 0).map_err(|what| malformed(0, what))?;
    let codec = message.codec().unwrap_or_default();
    if codec == Compression::None {
        return Ok((Payload::Batch, progress));
    }
    let (value_at, Some(value)) = message.value else {
        return Err(malformed(LOG_OVERHEAD, "a compressed message without a value"));
    };
    let check = if message.magic == 0 { Lz4HeaderCheck::Skip } else { Lz4HeaderCheck::Verify };
    scratch.fill(header.base_offset, codec, value, check)?;
    let (count, last) = survey(scratch.payload(), message.magic).map_err(|what| malformed(value_at, what))?;
    progress.left = count;
    if message.magic == 1 {
        progress.base_offset = header.base_offset.wrapping_sub(last);
    }
    Ok((Payload::Decompressed, progress))
}

/// Counts the messages of an inner set and finds the last offset.
fn survey(set: &[u8], magic: i8) -> Result<(u32, i64), &'static str> {
    let (mut count, mut last, mut at) = (0u32, 0, 0);
    while at < set.len() {
        let message = Message::read(set, at)?;
        if message.magic != magic {
            return Err("a message has another format than its set");
        }
        if message.codec() != Some(Compression::None) {
            return Err("a compressed message inside a compressed message");
        }
        (count, last, at) = (count + 1, message.offset, message.end);
    }
    if count == 0 { Err("a compressed message without messages") } else { Ok((count, last)) }
}

/// The next message of a set as a record, and where it ends.
pub(super) fn read_record<'a>(
    progress: &Progress,
    payload: &'a [u8],
) -> Result<(RecordView<'a>, usize), &'static str> {
    let message = Message::read(payload, progress.at)?;
    let offset = progress.base_offset.wrapping_add(message.offset);
    if offset < 0 || offset > progress.last_offset {
        return Err("the offset is outside the range of the message");
    }
    let (key_at, key) = message.key;
    let (value_at, value) = message.value;
    let timestamp = progress.append_time.unwrap_or(message.timestamp);
    let headers = Headers::NONE;
    Ok((RecordView { offset, timestamp, key, value, key_at, value_at, headers }, message.end))
}
