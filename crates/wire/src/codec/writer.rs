//! The writer.

use bytes::{BufMut, Bytes, BytesMut};

use super::{EncodeError, Message, Uuid};
use crate::ErrorCode;

/// Appends protocol values to a growing buffer.
#[derive(Debug, Default)]
pub struct Writer {
    buf: BytesMut,
}

impl Writer {
    /// An empty writer.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty writer with room for `capacity` bytes.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { buf: BytesMut::with_capacity(capacity) }
    }

    /// Goes on after the bytes of `buf`.
    pub fn from_buf(buf: BytesMut) -> Self {
        Self { buf }
    }

    /// The bytes written so far.
    pub fn as_slice(&self) -> &[u8] {
        &self.buf
    }

    /// The number of bytes written so far.
    pub fn len(&self) -> usize {
        self.buf.len()
    }

    /// True when nothing was written.
    pub fn is_empty(&self) -> bool {
        self.buf.is_empty()
    }

    /// Ends writing.
    pub fn into_bytes(self) -> Bytes {
        self.buf.freeze()
    }

    /// Ends writing; the buffer can be reused.
    pub fn into_buf(self) -> BytesMut {
        self.buf
    }

    /// Overwrites four bytes at `at` that were written before.
    ///
    /// # Panics
    /// When `at + 4` is beyond what was written.
    pub fn patch_i32(&mut self, at: usize, value: i32) {
        self.buf[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }

    /// Appends raw bytes.
    #[inline]
    pub fn put(&mut self, bytes: &[u8]) {
        self.buf.put_slice(bytes);
    }

    /// Writes a BOOLEAN.
    #[inline]
    pub fn bool(&mut self, value: bool) {
        self.buf.put_u8(u8::from(value));
    }

    /// Writes an INT8.
    #[inline]
    pub fn i8(&mut self, value: i8) {
        self.buf.put_i8(value);
    }

    /// Writes an INT16.
    #[inline]
    pub fn i16(&mut self, value: i16) {
        self.buf.put_i16(value);
    }

    /// Writes a UINT16.
    #[inline]
    pub fn u16(&mut self, value: u16) {
        self.buf.put_u16(value);
    }

    /// Writes an INT32.
    #[inline]
    pub fn i32(&mut self, value: i32) {
        self.buf.put_i32(value);
    }

    /// Writes a UINT32.
    #[inline]
    pub fn u32(&mut self, value: u32) {
        self.buf.put_u32(value);
    }

    /// Writes an INT64.
    #[inline]
    pub fn i64(&mut self, value: i64) {
        self.buf.put_i64(value);
    }

    /// Writes a FLOAT64.
    #[inline]
    pub fn f64(&mut self, value: f64) {
        self.buf.put_f64(value);
    }

    /// Writes a UUID.
    #[inline]
    pub fn uuid(&mut self, value: Uuid) {
        self.buf.put_slice(value.as_bytes());
    }

    /// Writes the number of an error.
    #[inline]
    pub fn error_code(&mut self, value: ErrorCode) {
        self.i16(value.0);
    }

    /// Writes an unsigned varint of 32 bits.
    #[inline]
    pub fn uvarint(&mut self, value: u32) {
        self.uvarlong(u64::from(value));
    }

    /// Writes an unsigned varint of 64 bits.
    #[inline]
    pub fn uvarlong(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.buf.put_u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.buf.put_u8(value as u8);
    }

    /// Writes a zigzag varint of 32 bits.
    #[inline]
    pub fn varint(&mut self, value: i32) {
        self.uvarint(((value << 1) ^ (value >> 31)) as u32);
    }

    /// Writes a zigzag varint of 64 bits.
    #[inline]
    pub fn varlong(&mut self, value: i64) {
        self.uvarlong(((value << 1) ^ (value >> 63)) as u64);
    }

    /// Writes the length of a BYTES, RECORDS or array; `None` is null.
    pub fn length(
        &mut self,
        flexible: bool,
        length: Option<usize>,
        field: &'static str,
    ) -> Result<(), EncodeError> {
        let Some(length) = length else {
            if flexible {
                self.uvarint(0)
            } else {
                self.i32(-1)
            }
            return Ok(());
        };
        let Ok(short) = i32::try_from(length) else { return Err(EncodeError::TooLong { field, length }) };
        if flexible {
            self.uvarint(short as u32 + 1)
        } else {
            self.i32(short)
        }
        Ok(())
    }

    /// Writes a STRING.
    pub fn string(&mut self, flexible: bool, value: &str, field: &'static str) -> Result<(), EncodeError> {
        self.nullable_string(flexible, Some(value), field)
    }

    /// Writes a NULLABLE_STRING.
    pub fn nullable_string(
        &mut self,
        flexible: bool,
        value: Option<&str>,
        field: &'static str,
    ) -> Result<(), EncodeError> {
        let Some(value) = value else {
            if flexible {
                self.uvarint(0)
            } else {
                self.i16(-1)
            }
            return Ok(());
        };
        let length = value.len();
        // Kafka keeps the 16-bit limit for compact strings too.
        let Ok(short) = i16::try_from(length) else { return Err(EncodeError::TooLong { field, length }) };
        if flexible {
            self.uvarint(short as u32 + 1)
        } else {
            self.i16(short)
        }
        self.put(value.as_bytes());
        Ok(())
    }

    /// Writes a BYTES or RECORDS.
    pub fn bytes(&mut self, flexible: bool, value: &[u8], field: &'static str) -> Result<(), EncodeError> {
        self.nullable_bytes(flexible, Some(value), field)
    }

    /// Writes a nullable BYTES or RECORDS.
    pub fn nullable_bytes(
        &mut self,
        flexible: bool,
        value: Option<&[u8]>,
        field: &'static str,
    ) -> Result<(), EncodeError> {
        self.length(flexible, value.map(<[u8]>::len), field)?;
        self.put(value.unwrap_or_default());
        Ok(())
    }

    /// Writes a nullable array of primitives by `write`.
    pub fn nullable_list<T>(
        &mut self,
        flexible: bool,
        items: Option<&[T]>,
        field: &'static str,
        mut write: impl FnMut(&mut Self, &T) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        self.length(flexible, items.map(<[T]>::len), field)?;
        items.unwrap_or_default().iter().try_for_each(|item| write(self, item))
    }

    /// Writes an array of structures.
    pub fn structs<T: Message>(
        &mut self,
        flexible: bool,
        items: &[T],
        version: i16,
        field: &'static str,
    ) -> Result<(), EncodeError> {
        self.nullable_structs(flexible, Some(items), version, field)
    }

    /// Writes a nullable array of structures.
    pub fn nullable_structs<T: Message>(
        &mut self,
        flexible: bool,
        items: Option<&[T]>,
        version: i16,
        field: &'static str,
    ) -> Result<(), EncodeError> {
        self.length(flexible, items.map(<[T]>::len), field)?;
        items.unwrap_or_default().iter().try_for_each(|item| item.encode(version, self))
    }

    /// Writes a structure after its marker: −1 for null, 1 for present.
    pub fn nullable_struct<T: Message>(
        &mut self,
        value: Option<&T>,
        version: i16,
    ) -> Result<(), EncodeError> {
        match value {
            None => {
                self.i8(-1);
                Ok(())
            }
            Some(value) => {
                self.i8(1);
                value.encode(version, self)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Reader;
    use super::*;

    #[test]
    fn varints_come_back() {
        for value in [0, 1, -1, 63, 64, -64, -65, 8191, 8192, i64::MAX, i64::MIN, i64::from(i32::MIN)] {
            let mut w = Writer::new();
            w.varlong(value);
            assert_eq!(Reader::from_slice(w.as_slice()).varlong("x"), Ok(value));
            let narrow = value as i32;
            let mut w = Writer::new();
            w.varint(narrow);
            assert_eq!(Reader::from_slice(w.as_slice()).varint("x"), Ok(narrow));
        }
    }

    #[test]
    fn text_beyond_sixteen_bits_is_refused_before_sending() {
        let long = "x".repeat(32768);
        for flexible in [false, true] {
            let error = Writer::new().string(flexible, &long, "name").unwrap_err();
            assert_eq!(error, EncodeError::TooLong { field: "name", length: 32768 });
        }
    }
}
