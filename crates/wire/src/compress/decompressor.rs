//! Decompression of whole batches under a byte limit.

use std::fmt;

use super::{Compression, DecompressError, gzip, lz4, snappy, zstd};

/// Whether the header checksum of an lz4 frame is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lz4HeaderCheck {
    /// The rule, for message format 1 and record batches.
    Verify,
    /// For message format 0, whose writers computed it wrongly (B12).
    Skip,
}

/// Decoder state that is worth keeping between batches. All codecs share one.
#[derive(Default)]
pub struct Decompressor {
    // Boxed and made on first use: a consumer of plain batches pays nothing.
    zstd: Option<Box<zstd::Decoder>>,
}

impl Decompressor {
    /// State without any tables yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends the decompressed `input` to `out`, at most `limit` bytes of it.
    ///
    /// # Errors
    /// [`DecompressError`]; `out` is then back at its former length.
    pub fn decompress(
        &mut self,
        codec: Compression,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
        check: Lz4HeaderCheck,
    ) -> Result<(), DecompressError> {
        let start = out.len();
        let result = match codec {
            Compression::None if input.len() > limit => Err(DecompressError::TooLarge { codec, limit }),
            Compression::None => {
                out.extend_from_slice(input);
                Ok(())
            }
            Compression::Gzip => gzip::decode(input, out, limit),
            Compression::Snappy => snappy::decode(input, out, limit),
            Compression::Lz4 => lz4::decode(input, out, limit, check),
            Compression::Zstd => self.zstd.get_or_insert_default().decode(input, out, limit),
        };
        if result.is_err() {
            out.truncate(start);
        }
        result
    }
}

impl fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decompressor").finish_non_exhaustive()
    }
}

/// Decompresses `input` in one go, for callers without a [`Decompressor`] to keep.
///
/// # Errors
/// [`DecompressError`] when the output would exceed `limit` bytes or the stream is damaged.
pub fn decompress(codec: Compression, input: &[u8], limit: usize) -> Result<Vec<u8>, DecompressError> {
    let mut out = Vec::new();
    Decompressor::new().decompress(codec, input, &mut out, limit, Lz4HeaderCheck::Verify)?;
    Ok(out)
}
