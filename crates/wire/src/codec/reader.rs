//! The bounded reader.

use bytes::Bytes;

use super::{DecodeError, DecodeErrorKind, Message, Uuid};
use crate::ErrorCode;

/// Memory that any message may ask for, however small it is.
const BUDGET_FLOOR: usize = 64 * 1024;
/// Memory that a message may ask for, per byte of it.
const BUDGET_FACTOR: usize = 8;

/// Reads protocol values from a frame, front to back.
///
/// Reading past the end, lengths beyond the bytes left and counts beyond the memory budget are errors that name
/// the field and the offset. After an error the position is unspecified; drop the reader.
#[derive(Debug)]
pub struct Reader<'a> {
    data: &'a [u8],
    /// The frame behind `data`, when there is one to take slices of.
    frame: Option<&'a Bytes>,
    pos: usize,
    budget: usize,
}

impl<'a> Reader<'a> {
    /// Reads a frame; BYTES and RECORDS fields share its memory.
    pub fn new(frame: &'a Bytes) -> Self {
        Self { frame: Some(frame), ..Self::from_slice(frame) }
    }

    /// Reads borrowed bytes; BYTES and RECORDS fields are copied.
    pub fn from_slice(data: &'a [u8]) -> Self {
        let budget = data.len().saturating_mul(BUDGET_FACTOR).saturating_add(BUDGET_FLOOR);
        Self { data, frame: None, pos: 0, budget }
    }

    /// The number of bytes read so far.
    pub fn position(&self) -> usize {
        self.pos
    }

    /// The number of bytes not yet read.
    pub fn remaining(&self) -> usize {
        self.data.len() - self.pos
    }

    /// The bytes not yet read, borrowed from the frame.
    pub fn rest(&self) -> &'a [u8] {
        self.data.get(self.pos..).unwrap_or_default()
    }

    /// Builds an error at the current position.
    #[cold]
    pub fn error(&self, kind: DecodeErrorKind, field: &'static str) -> DecodeError {
        DecodeError { kind, field, offset: self.pos }
    }

    /// The error of a null that the schema does not allow.
    #[cold]
    pub fn null(&self, field: &'static str) -> DecodeError {
        self.error(DecodeErrorKind::Null, field)
    }

    /// The error of a version outside the range of its API.
    #[cold]
    pub fn version(&self, version: i16) -> DecodeError {
        self.error(DecodeErrorKind::Version(version), "version")
    }

    /// Fails when bytes are left: a complete message must use all of them (W10).
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.remaining() {
            0 => Ok(()),
            left => Err(self.error(DecodeErrorKind::Trailing(left), "end")),
        }
    }

    /// Takes the next `length` bytes, borrowed from the frame.
    #[inline]
    pub fn take(&mut self, length: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        match self.data.get(self.pos..).and_then(|rest| rest.get(..length)) {
            Some(bytes) => {
                self.pos += length;
                Ok(bytes)
            }
            None => Err(self.truncated(length, field)),
        }
    }

    #[cold]
    fn truncated(&self, needed: usize, field: &'static str) -> DecodeError {
        self.error(DecodeErrorKind::Truncated { needed, left: self.remaining() }, field)
    }

    #[inline]
    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        match self.data.get(self.pos..).and_then(|rest| rest.first_chunk::<N>()) {
            Some(bytes) => {
                self.pos += N;
                Ok(*bytes)
            }
            None => Err(self.truncated(N, field)),
        }
    }

    /// Reads a BOOLEAN; any value but zero is true.
    #[inline]
    pub fn bool(&mut self, field: &'static str) -> Result<bool, DecodeError> {
        Ok(self.i8(field)? != 0)
    }

    /// Reads an INT8.
    #[inline]
    pub fn i8(&mut self, field: &'static str) -> Result<i8, DecodeError> {
        self.array(field).map(i8::from_be_bytes)
    }

    /// Reads an INT16.
    #[inline]
    pub fn i16(&mut self, field: &'static str) -> Result<i16, DecodeError> {
        self.array(field).map(i16::from_be_bytes)
    }

    /// Reads a UINT16.
    #[inline]
    pub fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// Reads an INT32.
    #[inline]
    pub fn i32(&mut self, field: &'static str) -> Result<i32, DecodeError> {
        self.array(field).map(i32::from_be_bytes)
    }

    /// Reads a UINT32.
    #[inline]
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Reads an INT64.
    #[inline]
    pub fn i64(&mut self, field: &'static str) -> Result<i64, DecodeError> {
        self.array(field).map(i64::from_be_bytes)
    }

    /// Reads a FLOAT64.
    #[inline]
    pub fn f64(&mut self, field: &'static str) -> Result<f64, DecodeError> {
        self.array(field).map(f64::from_be_bytes)
    }

    /// Reads a UUID.
    #[inline]
    pub fn uuid(&mut self, field: &'static str) -> Result<Uuid, DecodeError> {
        self.array(field).map(Uuid::from_bytes)
    }

    /// Reads the number of an error.
    #[inline]
    pub fn error_code(&mut self, field: &'static str) -> Result<ErrorCode, DecodeError> {
        self.i16(field).map(ErrorCode)
    }

    /// Reads an unsigned varint of at most 5 bytes (W6).
    #[inline]
    pub fn uvarint(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        let wide = self.uvarint_bounded(5, field)?;
        u32::try_from(wide).map_err(|_| self.error(DecodeErrorKind::Varint, field))
    }

    /// Reads an unsigned varint of at most 10 bytes (W6).
    #[inline]
    pub fn uvarlong(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.uvarint_bounded(10, field)
    }

    /// Reads a zigzag varint of 32 bits.
    #[inline]
    pub fn varint(&mut self, field: &'static str) -> Result<i32, DecodeError> {
        let raw = self.uvarint(field)?;
        Ok((raw >> 1) as i32 ^ -((raw & 1) as i32))
    }

    /// Reads a zigzag varint of 64 bits.
    #[inline]
    pub fn varlong(&mut self, field: &'static str) -> Result<i64, DecodeError> {
        let raw = self.uvarlong(field)?;
        Ok((raw >> 1) as i64 ^ -((raw & 1) as i64))
    }

    #[inline]
    fn uvarint_bounded(&mut self, most: u32, field: &'static str) -> Result<u64, DecodeError> {
        let mut value = 0u64;
        for index in 0..most {
            let byte = u64::from(self.array::<1>(field)?[0]);
            let bits = byte & 0x7f;
            let shift = index * 7;
            if shift == 63 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.error(DecodeErrorKind::Varint, field))
    }

    /// Reads the length of a nullable BYTES, RECORDS or array: compact (+1, 0 is null) or 32 bits (−1 is null).
    fn length(&mut self, flexible: bool, field: &'static str) -> Result<Option<usize>, DecodeError> {
        if flexible {
            return Ok((self.uvarint(field)? as usize).checked_sub(1));
        }
        let length = self.i32(field)?;
        self.signed_length(i64::from(length), field)
    }

    /// Reads the length of a nullable STRING: compact (+1, 0 is null) or 16 bits (−1 is null).
    fn string_length(&mut self, flexible: bool, field: &'static str) -> Result<Option<usize>, DecodeError> {
        if flexible {
            return Ok((self.uvarint(field)? as usize).checked_sub(1));
        }
        let length = self.i16(field)?;
        self.signed_length(i64::from(length), field)
    }

    fn signed_length(&self, length: i64, field: &'static str) -> Result<Option<usize>, DecodeError> {
        match length {
            -1 => Ok(None),
            0.. => Ok(Some(length as usize)),
            _ => Err(self.error(DecodeErrorKind::NegativeLength(length), field)),
        }
    }

    /// Reads a nullable text, borrowed from the frame.
    pub fn nullable_str(
        &mut self,
        flexible: bool,
        field: &'static str,
    ) -> Result<Option<&'a str>, DecodeError> {
        let Some(length) = self.string_length(flexible, field)? else { return Ok(None) };
        // A compact length can say more, but Kafka refuses it, and it could not be written again.
        if length > i16::MAX as usize {
            return Err(self.error(DecodeErrorKind::LongText(length), field));
        }
        let bytes = self.take(length, field)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(self.error(DecodeErrorKind::Utf8, field)),
        }
    }

    /// Reads a text, borrowed from the frame.
    pub fn str(&mut self, flexible: bool, field: &'static str) -> Result<&'a str, DecodeError> {
        self.nullable_str(flexible, field)?.ok_or_else(|| self.null(field))
    }

    /// Reads a STRING.
    pub fn string(&mut self, flexible: bool, field: &'static str) -> Result<String, DecodeError> {
        let text = self.str(flexible, field)?;
        self.owned(text, field)
    }

    /// Reads a NULLABLE_STRING.
    pub fn nullable_string(
        &mut self,
        flexible: bool,
        field: &'static str,
    ) -> Result<Option<String>, DecodeError> {
        match self.nullable_str(flexible, field)? {
            Some(text) => self.owned(text, field).map(Some),
            None => Ok(None),
        }
    }

    fn owned(&mut self, text: &str, field: &'static str) -> Result<String, DecodeError> {
        self.charge(text.len(), field)?;
        Ok(text.to_owned())
    }

    /// Reads a nullable BYTES or RECORDS, borrowed from the frame.
    pub fn nullable_slice(
        &mut self,
        flexible: bool,
        field: &'static str,
    ) -> Result<Option<&'a [u8]>, DecodeError> {
        let Some(length) = self.length(flexible, field)? else { return Ok(None) };
        self.take(length, field).map(Some)
    }

    /// Reads a nullable BYTES or RECORDS; shares the memory of the frame when there is one.
    pub fn nullable_bytes(
        &mut self,
        flexible: bool,
        field: &'static str,
    ) -> Result<Option<Bytes>, DecodeError> {
        let Some(length) = self.length(flexible, field)? else { return Ok(None) };
        self.take_bytes(length, field).map(Some)
    }

    /// Reads a BYTES or RECORDS; shares the memory of the frame when there is one.
    pub fn bytes(&mut self, flexible: bool, field: &'static str) -> Result<Bytes, DecodeError> {
        self.nullable_bytes(flexible, field)?.ok_or_else(|| self.null(field))
    }

    /// Takes the next `length` bytes; shares the memory of the frame when there is one.
    pub fn take_bytes(&mut self, length: usize, field: &'static str) -> Result<Bytes, DecodeError> {
        let start = self.pos;
        let slice = self.take(length, field)?;
        match self.frame {
            Some(frame) => Ok(frame.slice(start..self.pos)),
            None => {
                self.charge(length, field)?;
                Ok(Bytes::copy_from_slice(slice))
            }
        }
    }

    /// Reads the count of a nullable array and reserves its memory from the budget (W7).
    ///
    /// `element_min` is the least number of bytes an element takes on the wire, `element_size` what it takes in
    /// memory. The count returned may be given to `Vec::with_capacity`.
    pub fn array_count(
        &mut self,
        flexible: bool,
        element_min: usize,
        element_size: usize,
        field: &'static str,
    ) -> Result<Option<usize>, DecodeError> {
        let Some(count) = self.length(flexible, field)? else { return Ok(None) };
        let left = self.remaining();
        if count > left / element_min.max(1) {
            return Err(self.error(DecodeErrorKind::Count { count, left }, field));
        }
        self.charge(count.saturating_mul(element_size), field)?;
        Ok(Some(count))
    }

    /// Takes `size` bytes of memory from the budget.
    pub(super) fn charge(&mut self, size: usize, field: &'static str) -> Result<(), DecodeError> {
        match self.budget.checked_sub(size) {
            Some(budget) => {
                self.budget = budget;
                Ok(())
            }
            None => Err(self.error(DecodeErrorKind::Budget, field)),
        }
    }

    /// Reads a nullable array of primitives that take at least `element_min` bytes each, by `read`.
    pub fn nullable_list<T>(
        &mut self,
        flexible: bool,
        element_min: usize,
        field: &'static str,
        mut read: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Option<Vec<T>>, DecodeError> {
        let Some(count) = self.array_count(flexible, element_min, size_of::<T>(), field)? else {
            return Ok(None);
        };
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(Some(items))
    }

    /// Reads an array of primitives that take at least `element_min` bytes each, by `read`.
    pub fn list<T>(
        &mut self,
        flexible: bool,
        element_min: usize,
        field: &'static str,
        read: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        self.nullable_list(flexible, element_min, field, read)?.ok_or_else(|| self.null(field))
    }

    /// Reads a nullable array of structures that take at least `element_min` bytes each.
    pub fn nullable_structs<T: Message>(
        &mut self,
        flexible: bool,
        element_min: usize,
        version: i16,
        field: &'static str,
    ) -> Result<Option<Vec<T>>, DecodeError> {
        self.nullable_list(flexible, element_min, field, |r| T::decode(r, version))
    }

    /// Reads an array of structures that take at least `element_min` bytes each.
    pub fn structs<T: Message>(
        &mut self,
        flexible: bool,
        element_min: usize,
        version: i16,
        field: &'static str,
    ) -> Result<Vec<T>, DecodeError> {
        self.nullable_structs(flexible, element_min, version, field)?.ok_or_else(|| self.null(field))
    }

    /// Reads a structure that is preceded by a marker: −1 for null, 1 for present.
    pub fn nullable_struct<T: Message>(
        &mut self,
        version: i16,
        field: &'static str,
    ) -> Result<Option<T>, DecodeError> {
        match self.i8(field)? {
            -1 => Ok(None),
            1 => T::decode(self, version).map(Some),
            marker => Err(self.error(DecodeErrorKind::Presence(marker), field)),
        }
    }

    /// Narrows the reader to the next `size` bytes and returns what [`widen`](Self::widen) needs.
    pub(super) fn narrow(&mut self, size: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let whole = self.data;
        let end = self.pos.checked_add(size).filter(|end| *end <= whole.len());
        match end {
            Some(end) => {
                self.data = &whole[..end];
                Ok(whole)
            }
            None => Err(self.truncated(size, field)),
        }
    }

    /// Undoes [`narrow`](Self::narrow).
    pub(super) fn widen(&mut self, whole: &'a [u8]) {
        self.data = whole;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uvarint(bytes: &[u8]) -> Result<u32, DecodeErrorKind> {
        Reader::from_slice(bytes).uvarint("x").map_err(|e| e.kind)
    }

    #[test]
    fn w6_varints_are_bounded() {
        assert_eq!(uvarint(&[0]), Ok(0));
        assert_eq!(uvarint(&[0xff, 0xff, 0xff, 0xff, 0x0f]), Ok(u32::MAX));
        assert_eq!(uvarint(&[0xff, 0xff, 0xff, 0xff, 0x1f]), Err(DecodeErrorKind::Varint));
        assert_eq!(uvarint(&[0x80, 0x80, 0x80, 0x80, 0x80, 0]), Err(DecodeErrorKind::Varint));
        assert_eq!(uvarint(&[0x80]), Err(DecodeErrorKind::Truncated { needed: 1, left: 0 }));
        let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(Reader::from_slice(&max).uvarlong("x"), Ok(u64::MAX));
        let over = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        assert!(Reader::from_slice(&over).uvarlong("x").is_err());
        assert_eq!(Reader::from_slice(&max).varlong("x"), Ok(i64::MIN));
    }

    #[test]
    fn w7_counts_beyond_the_bytes_left_reserve_nothing() {
        let mut r = Reader::from_slice(&[0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 1]);
        let error = r.array_count(false, 4, 4, "ids").unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::Count { count: i32::MAX as usize, left: 4 });
        assert_eq!((error.field, error.offset), ("ids", 4));
    }

    #[test]
    fn w7_elements_that_are_large_in_memory_are_bounded_by_the_budget() {
        let mut frame = vec![0x00, 0x02, 0x00, 0x00];
        frame.resize(4 + 0x20000, 0);
        let mut r = Reader::from_slice(&frame);
        assert_eq!(r.array_count(false, 1, 64, "x").unwrap_err().kind, DecodeErrorKind::Budget);
    }

    #[test]
    fn w8_null_and_empty_differ_and_below_null_is_an_error() {
        let text = |bytes: &'static [u8], flexible| Reader::from_slice(bytes).nullable_str(flexible, "x");
        assert_eq!(text(&[0], true), Ok(None));
        assert_eq!(text(&[1], true), Ok(Some("")));
        assert_eq!(text(&[0xff, 0xff], false), Ok(None));
        assert_eq!(text(&[0, 0], false), Ok(Some("")));
        assert_eq!(text(&[0xff, 0xfe], false).unwrap_err().kind, DecodeErrorKind::NegativeLength(-2));
        assert_eq!(Reader::from_slice(&[0]).str(true, "x").unwrap_err().kind, DecodeErrorKind::Null);
        assert_eq!(text(&[3, 0xc3, 0x28], true).unwrap_err().kind, DecodeErrorKind::Utf8);
    }

    #[test]
    fn text_is_at_most_what_can_be_written() {
        let mut frame = vec![0x81, 0x80, 0x02];
        frame.resize(3 + 32768, b'x');
        let error = Reader::from_slice(&frame).str(true, "x").unwrap_err();
        assert_eq!(error.kind, DecodeErrorKind::LongText(32768));
    }

    #[test]
    fn bytes_share_the_frame() {
        let frame = Bytes::from_static(&[4, 1, 2, 3]);
        let bytes = Reader::new(&frame).bytes(true, "x").unwrap();
        assert_eq!(bytes.as_ptr(), frame[1..].as_ptr());
    }
}
