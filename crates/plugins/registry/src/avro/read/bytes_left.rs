//! The bytes of a payload that are not read yet.

use kconnect_api::{Buf, Exception};

use crate::bounds::Room;
use crate::format::Fault;

/// Elements of arrays and maps that may take no bytes at all, for all of a payload.
const FREE_ELEMENTS: usize = 4096;

/// A payload and how far it is read.
pub(super) struct Bytes<'p> {
    payload: &'p Buf,
    /// The same, without the way through the shared buffer.
    bytes: &'p [u8],
    at: usize,
    /// Each element takes a byte at least, but for a few.
    elements: usize,
    /// For fields, which may take no bytes, too, or come from defaults.
    room: Room,
}

fn end() -> Fault {
    Fault::Payload(Exception::without_message("java.io.EOFException"))
}

fn bad(text: impl Into<String>) -> Fault {
    Fault::Payload(Exception::new("org.apache.avro.AvroRuntimeException", text))
}

impl<'p> Bytes<'p> {
    pub(super) fn new(payload: &'p Buf) -> Self {
        let elements = payload.len() + FREE_ELEMENTS;
        Self { payload, bytes: payload.as_slice(), at: 0, elements, room: Room::new() }
    }

    #[inline]
    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.bytes.get(self.at).ok_or_else(end)?;
        self.at += 1;
        Ok(byte)
    }

    #[inline]
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let array = *rest.first_chunk().ok_or_else(end)?;
        self.at += N;
        Ok(array)
    }

    /// A shared slice of the next `len` bytes.
    #[inline]
    pub(super) fn slice(&mut self, len: usize) -> Result<Buf, Fault> {
        if len > self.bytes.len() - self.at {
            return Err(end());
        }
        let from = self.at;
        self.at += len;
        Ok(self.payload.slice(from..self.at))
    }

    /// The length of what follows.
    #[inline]
    pub(super) fn size(&mut self) -> Result<usize, Fault> {
        let len = self.long()?;
        usize::try_from(len).map_err(|_| bad(format!("Malformed data. Length is negative: {len}")))
    }

    /// A number in zigzag form.
    #[inline]
    pub(super) fn long(&mut self) -> Result<i64, Fault> {
        match self.bytes.get(self.at) {
            // Most numbers take one byte: lengths, members of unions, counts.
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok(i64::from(byte >> 1) ^ -i64::from(byte & 1))
            }
            _ => self.long_of_many(),
        }
    }

    fn long_of_many(&mut self) -> Result<i64, Fault> {
        let mut number = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift.min(63);
            if byte & 0x80 == 0 {
                return Ok((number >> 1) as i64 ^ -((number & 1) as i64));
            }
        }
        Err(bad("Invalid long encoding"))
    }

    /// How many elements of an array or map the next block has; 0 at the end.
    #[inline]
    pub(super) fn block(&mut self) -> Result<i64, Fault> {
        let count = self.long()?;
        if count >= 0 {
            return Ok(count);
        }
        // The size in bytes follows, for those who skip.
        self.long()?;
        count.checked_neg().ok_or_else(|| bad("Malformed data. Count is negative"))
    }

    /// Says that a struct of so many fields is about to be read.
    #[inline]
    pub(super) fn count_fields(&self, fields: usize) -> Result<(), Fault> {
        self.room.take(fields, self.bytes.len()).map_err(Fault::Mapping)
    }

    /// Says that an element is about to be read.
    #[inline]
    pub(super) fn count_element(&mut self) -> Result<(), Fault> {
        let left = self.elements.checked_sub(1);
        self.elements = left.ok_or_else(|| bad("more elements than the bytes can hold"))?;
        Ok(())
    }
}
