//! Shared slices of one buffer: a fetched frame, a block read from a file, a decompressed batch.
//!
//! A [`Buf`] is 16 bytes, so that a [`crate::Value`] stays within 32. Cloning counts a reference, never copies.
//! The buffer may carry a [`Charge`]: it is given back to the task's memory budget when the last slice is dropped,
//! so whoever keeps one small slice keeps the whole buffer; [`Buf::detach`] makes an owned copy instead.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use bytes::Bytes;

use crate::Charge;

enum Owner {
    Shared {
        data: Bytes,
        _charge: Option<Charge>,
    },
    /// A short text costs one allocation.
    Few([u8; FEW]),
}

/// As many bytes as leave the owner no larger than it is anyway.
const FEW: usize = 40;

/// A slice of a shared, immutable buffer of at most 4 GiB.
#[derive(Clone)]
pub struct Buf {
    owner: Arc<Owner>,
    start: u32,
    end: u32,
}

impl Buf {
    /// The whole of `data`. Buffers above 4 GiB − 1 are refused by every producer of buffers in this project
    /// (frames end at 100 MiB), so a longer one is a bug.
    #[must_use]
    pub fn new(data: impl Into<Bytes>) -> Self {
        Self::build(data.into(), None)
    }

    /// The whole of `data`, whose memory stays charged until the last slice of it is dropped.
    #[must_use]
    pub fn charged(data: impl Into<Bytes>, charge: Charge) -> Self {
        Self::build(data.into(), Some(charge))
    }

    fn build(data: Bytes, charge: Option<Charge>) -> Self {
        let end = u32::try_from(data.len()).expect("buffers are smaller than 4 GiB");
        Self { owner: Arc::new(Owner::Shared { data, _charge: charge }), start: 0, end }
    }

    /// A copy.
    fn copy(bytes: &[u8]) -> Self {
        let mut few = [0; FEW];
        match few.get_mut(..bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                Self { owner: Arc::new(Owner::Few(few)), start: 0, end: bytes.len() as u32 }
            }
            None => Self::new(Bytes::copy_from_slice(bytes)),
        }
    }

    /// A part of this slice; `range` counts from its start.
    ///
    /// # Panics
    /// When the range is not inside this slice.
    #[inline]
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.len(), "range outside the buffer");
        let start = self.start + range.start as u32;
        Self { owner: Arc::clone(&self.owner), start, end: self.start + range.end as u32 }
    }

    /// The bytes.
    #[inline]
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        let data = match &*self.owner {
            Owner::Shared { data, .. } => data,
            Owner::Few(data) => &data[..],
        };
        &data[self.start as usize..self.end as usize]
    }

    /// An owned copy, so that the shared buffer behind this slice can be freed.
    #[must_use]
    pub fn detach(&self) -> Self {
        Self::copy(self.as_slice())
    }

    /// The same bytes as [`Bytes`]; counts a reference on the underlying storage, or copies few bytes (a [`Charge`] is not
    /// carried over).
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match &*self.owner {
            Owner::Shared { data, .. } => data.slice(self.start as usize..self.end as usize),
            Owner::Few(_) => Bytes::copy_from_slice(self),
        }
    }
}

impl Deref for Buf {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl PartialEq for Buf {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}
impl Eq for Buf {}

impl std::hash::Hash for Buf {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl fmt::Debug for Buf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_slice().escape_ascii().to_string(), f)
    }
}

impl From<Vec<u8>> for Buf {
    fn from(data: Vec<u8>) -> Self {
        if data.len() <= FEW { Self::copy(&data) } else { Self::new(data) }
    }
}

impl From<&[u8]> for Buf {
    fn from(data: &[u8]) -> Self {
        Self::copy(data)
    }
}

/// A Connect STRING: UTF-8 in a [`Buf`].
///
/// Java's strings may hold a surrogate without its partner, which UTF-8 cannot say. Such a text ([`Text::from_wtf8`]) is
/// kept beside what Java writes for it, `?` in the place of each; that is what all but [`Text::wtf8`] see, and two texts
/// are equal only if they were before.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Text(Inner);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Inner {
    Whole(Buf),
    Broken(Arc<Broken>),
}

#[derive(PartialEq, Eq, Hash)]
struct Broken {
    wtf8: Box<[u8]>,
    shown: Buf,
}

const _: () = assert!(size_of::<Text>() == size_of::<Buf>());

impl Text {
    /// Checks `buf` once; `Err` gives it back when it is not UTF-8.
    #[inline]
    pub fn from_utf8(buf: Buf) -> Result<Self, Buf> {
        match std::str::from_utf8(&buf) {
            Ok(_) => Ok(Self(Inner::Whole(buf))),
            Err(_) => Err(buf),
        }
    }

    /// The text of WTF-8: UTF-8 in which a surrogate without partner stands as the three bytes of its number. What is
    /// neither becomes U+FFFD.
    #[must_use]
    pub fn from_wtf8(bytes: Vec<u8>) -> Self {
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => return text.into(),
            Err(error) => error.into_bytes(),
        };
        let (mut wtf8, mut shown) = (Vec::with_capacity(bytes.len()), String::with_capacity(bytes.len()));
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let chunk = rest.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            wtf8.extend_from_slice(chunk.as_bytes());
            shown.push_str(chunk);
            rest = &rest[chunk.len()..];
            match rest {
                [0xED, 0xA0..=0xBF, 0x80..=0xBF, tail @ ..] => {
                    wtf8.extend_from_slice(&rest[..3]);
                    shown.push('?');
                    rest = tail;
                }
                [_, tail @ ..] => {
                    wtf8.extend_from_slice("\u{FFFD}".as_bytes());
                    shown.push('\u{FFFD}');
                    rest = tail;
                }
                [] => {}
            }
        }
        if wtf8.len() == shown.len() {
            return shown.into();
        }
        let shown = Buf::from(shown.into_bytes());
        Self(Inner::Broken(Arc::new(Broken { wtf8: wtf8.into(), shown })))
    }

    /// A part of this text, without another UTF-8 check of the bytes.
    ///
    /// # Panics
    /// When the range is outside or cuts a character.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Self {
        let buf = self.buf();
        let bytes = buf.as_slice();
        let boundary = |at: usize| at == bytes.len() || bytes.get(at).is_some_and(|b| b & 0xC0 != 0x80);
        assert!(boundary(range.start) && boundary(range.end), "range cuts a character");
        Self(Inner::Whole(buf.slice(range)))
    }

    /// The text. Costs one pass over the bytes, since they are stored unchecked by the type system; code that only
    /// moves bytes on uses [`Text::as_bytes`].
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.buf()).expect("checked when the text was made")
    }

    /// The UTF-8 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.buf()
    }

    /// The bytes with surrogates that have no partner, see [`Text::from_wtf8`]; of nearly every text the UTF-8 bytes.
    #[must_use]
    pub fn wtf8(&self) -> &[u8] {
        match &self.0 {
            Inner::Whole(buf) => buf,
            Inner::Broken(broken) => &broken.wtf8,
        }
    }

    /// The three bytes that stand for a surrogate without partner.
    #[must_use]
    pub fn wtf8_unit(unit: u16) -> [u8; 3] {
        [0xE0 | (unit >> 12) as u8, 0x80 | (unit >> 6 & 0x3F) as u8, 0x80 | (unit & 0x3F) as u8]
    }

    /// Hands out the text in parts: what is UTF-8, and the surrogate without partner that follows it.
    pub fn wtf8_parts(&self, mut each: impl FnMut(&str, Option<u16>)) {
        let mut rest = self.wtf8();
        loop {
            let valid = rest.utf8_chunks().next().map_or("", |chunk| chunk.valid());
            rest = &rest[valid.len()..];
            match rest {
                [0xED, high, low, tail @ ..] => {
                    each(valid, Some(0xD000 | u16::from(high & 0x3F) << 6 | u16::from(low & 0x3F)));
                    rest = tail;
                }
                _ => return each(valid, None),
            }
        }
    }

    /// Whether [`Text::wtf8`] says more than the text.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        matches!(self.0, Inner::Broken(_))
    }

    /// The shared slice behind the text.
    #[must_use]
    pub fn buf(&self) -> &Buf {
        match &self.0 {
            Inner::Whole(buf) => buf,
            Inner::Broken(broken) => &broken.shown,
        }
    }

    /// An owned copy, see [`Buf::detach`].
    #[must_use]
    pub fn detach(&self) -> Self {
        match &self.0 {
            Inner::Whole(buf) => Self(Inner::Whole(buf.detach())),
            Inner::Broken(_) => self.clone(),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Inner::Whole(Buf::from(text.as_bytes())))
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Inner::Whole(Buf::from(text.into_bytes())))
    }
}
