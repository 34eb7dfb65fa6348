//! Snappy in the stream framing of Java's `SnappyOutputStream`, and raw snappy on reading (B11).
//!
//! ```text
//! 82 "SNAPPY" 00 | version i32 = 1 | compatible i32 = 1 | { length i32, raw snappy block }*
//! ```
//! Clients written in C produce one raw block without framing; what does not start with the magic is read as that.

use snap::raw::{Decoder, Encoder as Raw, decompress_len, max_compress_len};

use super::compressor::ensure_len;
use super::{Compression, DecompressError};

const MAGIC: &[u8; 8] = b"\x82SNAPPY\0";
const HEADER_LEN: usize = 16;
const VERSION: i32 = 1;
/// The block size of Java's writer; larger blocks gain little and cost its reader memory.
const BLOCK_LEN: usize = 32 * 1024;
/// A copy element of three bytes makes at most 64 bytes, so no honest block announces more than this per byte.
const MOST_EXPANSION: usize = 22;

pub(super) struct Encoder {
    raw: Raw,
}

impl Default for Encoder {
    fn default() -> Self {
        Self { raw: Raw::new() }
    }
}

impl Encoder {
    /// Writes the framed stream to the start of `out` and returns its length.
    pub(super) fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        let blocks = input.len().div_ceil(BLOCK_LEN);
        ensure_len(out, HEADER_LEN + blocks * (4 + max_compress_len(BLOCK_LEN)));
        out[..8].copy_from_slice(MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_be_bytes());
        out[12..16].copy_from_slice(&VERSION.to_be_bytes());
        let mut at = HEADER_LEN;
        for block in input.chunks(BLOCK_LEN) {
            let len = self.raw.compress(block, &mut out[at + 4..]).expect("the buffer holds the worst case");
            out[at..at + 4].copy_from_slice(&(len as u32).to_be_bytes());
            at += 4 + len;
        }
        at
    }
}

/// Appends the decompressed bytes to `out`.
pub(super) fn decode(input: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), DecompressError> {
    let mut sink = Sink { out, left: limit, limit };
    if !input.starts_with(MAGIC) {
        return sink.block(input);
    }
    let Some((header, mut rest)) = input.split_at_checked(HEADER_LEN) else {
        return Err(corrupt("the stream header is cut"));
    };
    // The second number is the oldest version that can read this stream.
    if be_u32(&header[12..]) != Some(VERSION as u32) {
        return Err(corrupt("the stream needs a newer framing version"));
    }
    while !rest.is_empty() {
        let len = be_u32(rest).ok_or_else(|| corrupt("a block length is cut"))? as usize;
        let (block, after) = rest[4..]
            .split_at_checked(len)
            .ok_or_else(|| corrupt("a block is longer than the bytes left"))?;
        sink.block(block)?;
        rest = after;
    }
    Ok(())
}

struct Sink<'a> {
    out: &'a mut Vec<u8>,
    left: usize,
    limit: usize,
}

impl Sink<'_> {
    fn block(&mut self, block: &[u8]) -> Result<(), DecompressError> {
        let len = decompress_len(block).map_err(|error| corrupt(error.to_string()))?;
        if len > block.len().saturating_mul(MOST_EXPANSION) {
            return Err(corrupt("a block announces more than its bytes can hold"));
        }
        let Some(left) = self.left.checked_sub(len) else {
            return Err(DecompressError::TooLarge { codec: Compression::Snappy, limit: self.limit });
        };
        let at = self.out.len();
        self.out.resize(at + len, 0);
        let written = Decoder::new()
            .decompress(block, &mut self.out[at..])
            .map_err(|error| corrupt(error.to_string()))?;
        self.out.truncate(at + written);
        self.left = left;
        Ok(())
    }
}

fn be_u32(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

fn corrupt(what: impl Into<std::borrow::Cow<'static, str>>) -> DecompressError {
    DecompressError::corrupt(Compression::Snappy, what)
}
