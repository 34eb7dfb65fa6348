//! zstd frames by the pure-Rust crate `zrip` (B13), behind our own two types so that it can be replaced.
//!
//! It writes levels −7 to 4 and reads all frames with a window of at most 128 MiB. The content checksum is left out
//! of what we write: the batch CRC covers the same bytes.

use zrip::{CompressContext, DecompressContext, compress_bound};

use super::compressor::ensure_len;
use super::{Compression, DecompressError};

pub(super) const DEFAULT_LEVEL: i32 = 3;
pub(super) const MIN_LEVEL: i32 = -7;
pub(super) const MAX_LEVEL: i32 = 4;

/// No block makes more than 128 KiB, and the smallest (one repeated byte) takes four bytes of input.
const MOST_BLOCK: usize = 128 * 1024;
const LEAST_BLOCK_INPUT: usize = 4;

pub(super) struct Encoder {
    context: CompressContext,
}

impl Encoder {
    pub(super) fn new(level: i32) -> Self {
        let mut context = CompressContext::new(level).expect("the level was clamped to the codec's range");
        context.set_content_checksum(false);
        Self { context }
    }

    /// Writes one frame to the start of `out` and returns its length.
    pub(super) fn encode(&mut self, input: &[u8], out: &mut Vec<u8>) -> usize {
        ensure_len(out, compress_bound(input.len()));
        self.context.compress_into(input, out).expect("the buffer holds the worst case")
    }
}

/// Decoder tables that are kept between batches.
#[derive(Default)]
pub(super) struct Decoder {
    context: DecompressContext,
}

impl Decoder {
    /// Appends the content of all frames to `out`.
    pub(super) fn decode(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), DecompressError> {
        if input.is_empty() {
            return Err(DecompressError::corrupt(Compression::Zstd, "no frame"));
        }
        // The library reserves the announced size up to its limit, so the limit is also what the input can make.
        let possible = (input.len() / LEAST_BLOCK_INPUT + 1).saturating_mul(MOST_BLOCK);
        match self.context.decompress_into_with_limit(input, out, limit.min(possible)) {
            Ok(_) => Ok(()),
            Err(zrip::DecompressError::OutputTooSmall) if limit <= possible => {
                Err(DecompressError::TooLarge { codec: Compression::Zstd, limit })
            }
            Err(zrip::DecompressError::OutputTooSmall) => Err(DecompressError::corrupt(
                Compression::Zstd,
                "a frame announces more than its bytes can hold",
            )),
            Err(error) => Err(DecompressError::corrupt(Compression::Zstd, error.to_string())),
        }
    }
}
