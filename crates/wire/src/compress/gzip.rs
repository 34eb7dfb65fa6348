//! gzip (RFC 1952) over zlib-rs. Reading accepts several members in a row (B10).

use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use flate2::{Compress, Compression as Level, FlushCompress, Status};

use super::compressor::ensure_len;
use super::{Compression, DecompressError};

/// What level −1 stands for in zlib and in Java.
pub(super) const DEFAULT_LEVEL: i32 = 6;

const WINDOW_BITS: u8 = 15;
/// Header, trailer and the few bytes by which stored blocks exceed their input.
const OVERHEAD: usize = 64;

pub(super) struct Encoder {
    stream: Compress,
}

impl Encoder {
    pub(super) fn new(level: i32) -> Self {
        let level = Level::new(u32::try_from(level).unwrap_or(DEFAULT_LEVEL as u32));
        Self { stream: Compress::new_gzip(level, WINDOW_BITS) }
    }

    /// Writes one member to the start of `out` and returns its length.
    pub(super) fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        self.stream.reset();
        ensure_len(out, input.len() + (input.len() >> 8) + OVERHEAD);
        loop {
            let read = self.stream.total_in() as usize;
            let written = self.stream.total_out() as usize;
            let status = self
                .stream
                .compress(&input[read..], &mut out[written..], FlushCompress::Finish)
                .expect("a reset deflate stream accepts any input");
            let written = self.stream.total_out() as usize;
            if status == Status::StreamEnd {
                return written;
            }
            let longer = out.len() + out.len() / 2 + OVERHEAD;
            ensure_len(out, longer);
        }
    }
}

/// Appends the content of all members to `out`.
pub(super) fn decode(input: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), DecompressError> {
    let corrupt = |what: String| DecompressError::corrupt(Compression::Gzip, what);
    if input.is_empty() {
        return Err(corrupt("no gzip member".to_owned()));
    }
    let start = out.len();
    // One byte more than allowed tells "exactly at the limit" from "beyond it".
    let allowed = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    out.reserve(input.len().saturating_mul(4).min(limit));
    MultiGzDecoder::new(input).take(allowed).read_to_end(out).map_err(|error| corrupt(error.to_string()))?;
    if out.len() - start > limit {
        return Err(DecompressError::TooLarge { codec: Compression::Gzip, limit });
    }
    Ok(())
}
