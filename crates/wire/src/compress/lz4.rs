//! lz4 frames as Kafka uses them: independent blocks, no dictionary (B12).
//!
//! The frame is parsed here, on the block functions of `lz4_flex`, because its own frame reader is several times
//! slower and accepts dependent blocks, which Java's reader refuses.
//!
//! ```text
//! 04 22 4d 18 | flags | block size | [content size u64] | header checksum
//! { length u32 (high bit: stored as is), bytes, [checksum u32] }* | 0 u32 | [content checksum u32]
//! ```
//! Numbers are little-endian. The header checksum is the second byte of XXH32 over the descriptor (flags to content
//! size). Writers of message format 0 hashed the frame magic too, so readers of that format skip the check.

use lz4_flex::block::{CompressTable, compress_into_with_table, decompress_into, get_maximum_output_size};
use twox_hash::XxHash32;

use super::compressor::ensure_len;
use super::{Compression, DecompressError, Lz4HeaderCheck};

const MAGIC: [u8; 4] = 0x184D_2204_u32.to_le_bytes();
const VERSION_MASK: u8 = 0b1100_0000;
const VERSION_1: u8 = 0b0100_0000;
const INDEPENDENT: u8 = 0b0010_0000;
const BLOCK_CHECKSUM: u8 = 0b0001_0000;
const CONTENT_SIZE: u8 = 0b0000_1000;
const CONTENT_CHECKSUM: u8 = 0b0000_0100;
const RESERVED: u8 = 0b0000_0010;
const DICTIONARY: u8 = 0b0000_0001;
/// Block size id 4: 64 KiB.
const BLOCK_64K: u8 = 0b0100_0000;
const BLOCK_LEN: usize = 64 * 1024;
const STORED: u32 = 1 << 31;
/// The length extension of a match adds at most 255 bytes for each byte of input.
const MOST_EXPANSION: usize = 255;
const MOST_EXPANSION_SLACK: usize = 64;

pub(super) struct Encoder {
    table: CompressTable,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { table: CompressTable::large() }
    }
}

impl Encoder {
    /// Writes one frame to the start of `out` and returns its length.
    pub(super) fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        let blocks = input.len().div_ceil(BLOCK_LEN);
        ensure_len(out, 7 + blocks * (4 + get_maximum_output_size(BLOCK_LEN)) + 4);
        let descriptor = [VERSION_1 | INDEPENDENT, BLOCK_64K];
        out[..4].copy_from_slice(&MAGIC);
        out[4..6].copy_from_slice(&descriptor);
        out[6] = header_checksum(&descriptor);
        let mut at = 7;
        for block in input.chunks(BLOCK_LEN) {
            let body = at + 4;
            let mut len = compress_into_with_table(block, &mut out[body..], &mut self.table)
                .expect("the buffer holds the worst case");
            let mut word = len as u32;
            if len >= block.len() {
                len = block.len();
                word = len as u32 | STORED;
                out[body..body + len].copy_from_slice(block);
            }
            out[at..body].copy_from_slice(&word.to_le_bytes());
            at = body + len;
        }
        out[at..at + 4].fill(0);
        at + 4
    }
}

/// Appends the content of the frame to `out`.
pub(super) fn decode(
    input: &[u8],
    out: &mut Vec<u8>,
    limit: usize,
    check: Lz4HeaderCheck,
) -> Result<(), DecompressError> {
    let mut reader = Reader { rest: input };
    let frame = Frame::parse(&mut reader, check)?;
    let start = out.len();
    loop {
        let word = reader.u32("the end mark is missing")?;
        if word == 0 {
            break;
        }
        let len = (word & !STORED) as usize;
        if len > frame.block_len {
            return Err(corrupt("a block is longer than the frame allows"));
        }
        let block = reader.take(len, "a block is cut")?;
        if frame.block_checksum && reader.u32("a block checksum is cut")? != XxHash32::oneshot(0, block) {
            return Err(corrupt("a block checksum does not match"));
        }
        let left = limit - (out.len() - start);
        if word & STORED != 0 {
            if len > left {
                return Err(DecompressError::TooLarge { codec: Compression::Lz4, limit });
            }
            out.extend_from_slice(block);
        } else {
            decode_block(block, out, frame.block_len, left).map_err(|problem| problem.into_error(limit))?;
        }
    }
    frame.check_content(&mut reader, &out[start..])
}

enum BlockProblem {
    TooLarge,
    Corrupt(String),
}

impl BlockProblem {
    fn into_error(self, limit: usize) -> DecompressError {
        match self {
            Self::TooLarge => DecompressError::TooLarge { codec: Compression::Lz4, limit },
            Self::Corrupt(what) => corrupt(what),
        }
    }
}

/// Appends one compressed block, which makes at most `block_len` bytes and may make at most `left`.
fn decode_block(block: &[u8], out: &mut Vec<u8>, block_len: usize, left: usize) -> Result<(), BlockProblem> {
    let possible = block.len().saturating_mul(MOST_EXPANSION).saturating_add(MOST_EXPANSION_SLACK);
    let room = block_len.min(possible);
    let at = out.len();
    out.resize(at + room, 0);
    let written =
        decompress_into(block, &mut out[at..]).map_err(|error| BlockProblem::Corrupt(error.to_string()))?;
    out.truncate(at + written);
    if written > left { Err(BlockProblem::TooLarge) } else { Ok(()) }
}

/// What the frame header announced.
struct Frame {
    block_len: usize,
    block_checksum: bool,
    content_checksum: bool,
    content_size: Option<u64>,
}

impl Frame {
    fn parse(reader: &mut Reader<'_>, check: Lz4HeaderCheck) -> Result<Self, DecompressError> {
        if reader.take(4, "the frame header is cut")? != MAGIC {
            return Err(corrupt("not an lz4 frame"));
        }
        let descriptor = reader.rest;
        let [flags, sizes] = *reader.array("the frame header is cut")?;
        if flags & VERSION_MASK != VERSION_1 || flags & RESERVED != 0 || sizes & 0b1000_1111 != 0 {
            return Err(corrupt("unknown frame version or reserved bits"));
        }
        if flags & INDEPENDENT == 0 {
            return Err(corrupt("dependent blocks are not allowed in Kafka"));
        }
        if flags & DICTIONARY != 0 {
            return Err(corrupt("dictionaries are not allowed in Kafka"));
        }
        let block_len = match sizes >> 4 {
            id @ 4..=7 => 1 << (8 + 2 * id),
            _ => return Err(corrupt("unknown block size")),
        };
        let content_size = match flags & CONTENT_SIZE {
            0 => None,
            _ => Some(u64::from_le_bytes(*reader.array("the content size is cut")?)),
        };
        let descriptor = &descriptor[..descriptor.len() - reader.rest.len()];
        let [stored] = *reader.array("the header checksum is cut")?;
        if check == Lz4HeaderCheck::Verify && stored != header_checksum(descriptor) {
            return Err(corrupt("the header checksum does not match"));
        }
        Ok(Self {
            block_len,
            block_checksum: flags & BLOCK_CHECKSUM != 0,
            content_checksum: flags & CONTENT_CHECKSUM != 0,
            content_size,
        })
    }

    fn check_content(&self, reader: &mut Reader<'_>, content: &[u8]) -> Result<(), DecompressError> {
        if self.content_checksum
            && reader.u32("the content checksum is cut")? != XxHash32::oneshot(0, content)
        {
            return Err(corrupt("the content checksum does not match"));
        }
        if self.content_size.is_some_and(|size| size != content.len() as u64) {
            return Err(corrupt("the content size does not match"));
        }
        if !reader.rest.is_empty() {
            return Err(corrupt("bytes follow the frame"));
        }
        Ok(())
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize, what: &'static str) -> Result<&'a [u8], DecompressError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(|| corrupt(what))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<&'a [u8; N], DecompressError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(|| corrupt(what))?;
        self.rest = rest;
        Ok(taken)
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, DecompressError> {
        Ok(u32::from_le_bytes(*self.array(what)?))
    }
}

fn header_checksum(descriptor: &[u8]) -> u8 {
    (XxHash32::oneshot(0, descriptor) >> 8) as u8
}

fn corrupt(what: impl Into<std::borrow::Cow<'static, str>>) -> DecompressError {
    DecompressError::corrupt(Compression::Lz4, what)
}
