//! Compression of whole batches with state that is kept between them.

use std::fmt;

use super::{Compression, gzip, lz4, snappy, zstd};

/// One codec at one level, with its tables and output buffer.
///
/// Keep one per producer (or per sealing thread): the first batch allocates the tables, later ones reuse them.
pub struct Compressor {
    codec: Codec,
    kind: Compression,
    note: Option<LevelNote>,
    out: Vec<u8>,
}

enum Codec {
    None,
    Gzip(Box<gzip::Encoder>),
    Snappy(Box<snappy::Encoder>),
    Lz4(Box<lz4::Encoder>),
    Zstd(Box<zstd::Encoder>),
}

/// Says that another level is used than the one asked for. Worth one warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelNote {
    /// The codec.
    pub codec: Compression,
    /// The level asked for.
    pub asked: i32,
    /// The level used, `None` when this codec has only one.
    pub used: Option<i32>,
}

impl fmt::Display for LevelNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { codec, asked, used } = self;
        match used {
            Some(used) => write!(f, "{codec} level {asked} is not available, using level {used}"),
            None => write!(f, "{codec} level {asked} is not available, using the codec's only level"),
        }
    }
}

impl Compressor {
    /// A compressor at Kafka's default level for the codec.
    #[must_use]
    pub fn new(kind: Compression) -> Self {
        Self::with_level(kind, None)
    }

    /// A compressor at the given level, clamped to what is implemented (see [`Self::note`]).
    #[must_use]
    pub fn with_level(kind: Compression, level: Option<i32>) -> Self {
        let (codec, used) = match kind {
            Compression::None => (Codec::None, None),
            Compression::Snappy => (Codec::Snappy(Box::default()), None),
            Compression::Lz4 => (Codec::Lz4(Box::default()), None),
            Compression::Gzip => {
                let used = level.filter(|level| *level != -1).unwrap_or(gzip::DEFAULT_LEVEL).clamp(1, 9);
                (Codec::Gzip(Box::new(gzip::Encoder::new(used))), Some(used))
            }
            Compression::Zstd => {
                let used = level.unwrap_or(zstd::DEFAULT_LEVEL).clamp(zstd::MIN_LEVEL, zstd::MAX_LEVEL);
                (Codec::Zstd(Box::new(zstd::Encoder::new(used))), Some(used))
            }
        };
        let asked = level.filter(|level| Some(*level) != kind.default_level() && Some(*level) != used);
        let note = asked.map(|asked| LevelNote { codec: kind, asked, used });
        Self { codec, kind, note, out: Vec::new() }
    }

    /// The codec.
    #[must_use]
    pub fn kind(&self) -> Compression {
        self.kind
    }

    /// Whether the level asked for had to be changed.
    #[must_use]
    pub fn note(&self) -> Option<LevelNote> {
        self.note
    }

    /// Compresses `input` into one complete stream, which stays valid until the next call.
    /// [`Compression::None`] returns a copy of the input.
    pub fn compress(&mut self, input: &[u8]) -> &[u8] {
        let out = &mut self.out;
        let written = match &mut self.codec {
            Codec::None => {
                out.clear();
                out.extend_from_slice(input);
                input.len()
            }
            Codec::Gzip(encoder) => encoder.encode(input, out),
            Codec::Snappy(encoder) => encoder.encode(input, out),
            Codec::Lz4(encoder) => encoder.encode(input, out),
            Codec::Zstd(encoder) => encoder.encode(input, out),
        };
        &self.out[..written]
    }

    /// Bytes held by the output buffer, for memory accounting (the codec's tables come on top: up to 1 MiB).
    #[must_use]
    pub fn buffered_bytes(&self) -> usize {
        self.out.capacity()
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor")
            .field("kind", &self.kind)
            .field("note", &self.note)
            .finish_non_exhaustive()
    }
}

/// Makes the scratch at least `len` bytes long. It is never shortened: its content is scratch, and bytes that were
/// zeroed once need not be zeroed again.
pub(super) fn ensure_len(out: &mut Vec<u8>, len: usize) {
    if out.len() < len {
        out.resize(len, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn note(kind: Compression, level: i32, expect: Option<&str>) {
        let note = Compressor::with_level(kind, Some(level)).note().map(|note| note.to_string());
        assert_eq!(note.as_deref(), expect);
    }

    #[test]
    fn levels_of_kafka_are_used_or_clamped_with_a_note() {
        note(Compression::Gzip, -1, None);
        note(Compression::Gzip, 1, None);
        note(Compression::Gzip, 9, None);
        note(Compression::Zstd, 3, None);
        note(Compression::Zstd, -7, None);
        note(Compression::Zstd, 22, Some("zstd level 22 is not available, using level 4"));
        note(Compression::Zstd, -131_072, Some("zstd level -131072 is not available, using level -7"));
        note(Compression::Lz4, 9, None);
        note(Compression::Lz4, 17, Some("lz4 level 17 is not available, using the codec's only level"));
        assert_eq!(Compressor::new(Compression::Gzip).note(), None);
    }
}
