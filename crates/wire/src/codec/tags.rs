//! Tagged fields (KIP-482): optional fields at the end of every structure of a flexible version.
//!
//! Tags that a schema does not know are kept as raw bytes and written again, so that a message survives a
//! program older than its sender.

use bytes::Bytes;

use super::{DecodeError, DecodeErrorKind, EncodeError, Reader, Writer};

/// A tagged field that the schema does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedField {
    /// Its number.
    pub tag: u32,
    /// Its content, without the size.
    pub data: Bytes,
}

/// The tagged fields of a structure that its schema does not know, by ascending number.
///
/// One pointer wide: nearly every structure of the protocol has one of these and nearly all are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::box_collection, reason = "a third of the size in every structure that has none")]
pub struct TaggedFields(Option<Box<Vec<TaggedField>>>);

impl TaggedFields {
    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    /// The fields by ascending number.
    pub fn as_slice(&self) -> &[TaggedField] {
        self.0.as_deref().map_or(&[], Vec::as_slice)
    }

    /// Appends a field. Writing fails unless numbers ascend.
    pub fn push(&mut self, tag: u32, data: Bytes) {
        // Nearly always one: a program meets the field of the next release.
        let fields = self.0.get_or_insert_with(|| Box::new(Vec::with_capacity(1)));
        fields.push(TaggedField { tag, data });
    }

    /// Writes a section that holds only unknown fields; for a version without sections there must be none.
    pub fn encode(&self, flexible: bool, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        TagSection::default().encode(self, flexible, version, w)
    }

    /// Reads a section in which every field is unknown; empty for a version without sections.
    pub fn decode(flexible: bool, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut unknown = Self::default();
        if flexible {
            r.tag_section(|r, tag| r.unknown_tag(tag, &mut unknown))?;
        }
        Ok(unknown)
    }
}

/// Collects the known tagged fields of a structure while it is written.
#[derive(Debug, Default)]
pub struct TagSection {
    known: Vec<TaggedField>,
}

impl TagSection {
    /// Adds a known field, written by `write`. Call with ascending numbers.
    pub fn field(
        &mut self,
        tag: u32,
        write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let mut w = Writer::new();
        write(&mut w)?;
        self.known.push(TaggedField { tag, data: w.into_bytes() });
        Ok(())
    }

    /// Writes known and unknown fields, merged by number.
    pub fn encode(
        self,
        unknown: &TaggedFields,
        flexible: bool,
        version: i16,
        w: &mut Writer,
    ) -> Result<(), EncodeError> {
        let mut fields = unknown.as_slice().iter().peekable();
        if !flexible {
            return match fields.peek() {
                Some(_) => Err(EncodeError::Unsupported { field: "tagged fields", version }),
                None => Ok(()),
            };
        }
        w.uvarint((self.known.len() + unknown.as_slice().len()) as u32);
        let mut least = 0;
        for known in &self.known {
            while let Some(field) = fields.next_if(|field| field.tag < known.tag) {
                put(field, &mut least, w)?;
            }
            put(known, &mut least, w)?;
        }
        fields.try_for_each(|field| put(field, &mut least, w))
    }
}

/// Writes one field whose number must be at least `least`, and raises `least` above it.
fn put(field: &TaggedField, least: &mut u64, w: &mut Writer) -> Result<(), EncodeError> {
    let tag = field.tag;
    if u64::from(tag) < *least {
        return Err(EncodeError::TagOrder(tag));
    }
    *least = u64::from(tag) + 1;
    let length = field.data.len();
    let Ok(size) = u32::try_from(length) else {
        return Err(EncodeError::TooLong { field: "tagged field", length });
    };
    w.uvarint(tag);
    w.uvarint(size);
    w.put(&field.data);
    Ok(())
}

impl Reader<'_> {
    /// Reads a tag section: calls `field` with each number, the reader narrowed to that field's content.
    ///
    /// Numbers must ascend and `field` must use all of the content (W9).
    pub fn tag_section(
        &mut self,
        mut field: impl FnMut(&mut Self, u32) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        const NAME: &str = "tagged fields";
        let count = self.uvarint(NAME)?;
        let mut least = 0u64;
        for _ in 0..count {
            let tag = self.uvarint(NAME)?;
            if u64::from(tag) < least {
                return Err(self.error(DecodeErrorKind::TagOrder(tag), NAME));
            }
            least = u64::from(tag) + 1;
            let size = self.uvarint(NAME)? as usize;
            let whole = self.narrow(size, NAME)?;
            field(self, tag)?;
            if self.remaining() > 0 {
                return Err(self.error(DecodeErrorKind::TagSize(self.remaining()), NAME));
            }
            self.widen(whole);
        }
        Ok(())
    }

    /// Takes the whole content of a tagged field that the schema does not know.
    pub fn unknown_tag(&mut self, tag: u32, unknown: &mut TaggedFields) -> Result<(), DecodeError> {
        // The first is held exactly. After it the vector doubles, from a least of four, and holds up to three
        // times what is in use while it copies.
        let fields = if unknown.is_empty() { 1 } else { 4 };
        self.charge(size_of::<Vec<TaggedField>>() + fields * size_of::<TaggedField>(), "tagged fields")?;
        let data = self.take_bytes(self.remaining(), "tagged fields")?;
        unknown.push(tag, data);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<TaggedFields, DecodeErrorKind> {
        TaggedFields::decode(true, &mut Reader::from_slice(bytes)).map_err(|e| e.kind)
    }

    #[test]
    fn w9_unknown_fields_survive() {
        let bytes = [2, 1, 2, 7, 8, 5, 0];
        let fields = decode(&bytes).unwrap();
        assert_eq!(fields.as_slice().iter().map(|f| f.tag).collect::<Vec<_>>(), [1, 5]);
        let mut w = Writer::new();
        fields.encode(true, 0, &mut w).unwrap();
        assert_eq!(w.as_slice(), bytes);
    }

    #[test]
    fn w9_duplicate_and_descending_tags_are_errors() {
        assert_eq!(decode(&[2, 1, 0, 1, 0]), Err(DecodeErrorKind::TagOrder(1)));
        assert_eq!(decode(&[2, 2, 0, 1, 0]), Err(DecodeErrorKind::TagOrder(1)));
        assert_eq!(decode(&[1, 2, 9, 0]), Err(DecodeErrorKind::Truncated { needed: 9, left: 1 }));
    }

    #[test]
    fn w9_a_known_tag_uses_exactly_its_size() {
        let mut r = Reader::from_slice(&[1, 0, 3, 0, 1, 2]);
        let error = r.tag_section(|r, _| r.i16("x").map(drop)).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::TagSize(1));
        let mut r = Reader::from_slice(&[1, 0, 1, 0, 1, 2]);
        let error = r.tag_section(|r, _| r.i16("x").map(drop)).unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::Truncated { needed: 2, left: 1 });
    }

    #[test]
    fn known_and_unknown_fields_are_merged_by_number() {
        let mut unknown = TaggedFields::default();
        unknown.push(1, Bytes::from_static(b"a"));
        unknown.push(4, Bytes::new());
        let mut section = TagSection::default();
        for tag in [0, 3] {
            section.field(tag, |_| Ok(())).unwrap();
        }
        let mut w = Writer::new();
        section.encode(&unknown, true, 0, &mut w).unwrap();
        assert_eq!(w.as_slice(), [4, 0, 0, 1, 1, b'a', 3, 0, 4, 0]);
    }

    #[test]
    fn an_unknown_field_cannot_shadow_a_known_one() {
        let mut unknown = TaggedFields::default();
        unknown.push(3, Bytes::new());
        let mut section = TagSection::default();
        section.field(3, |_| Ok(())).unwrap();
        assert_eq!(section.encode(&unknown, true, 0, &mut Writer::new()), Err(EncodeError::TagOrder(3)));
    }
}
