//! The bytes of a payload that are not read yet.

use kconnect_api::{Buf, Exception};

use crate::format::Fault;

/// Elements of arrays and maps that may take no bytes at all, for all of a payload.
const FREE_ELEMENTS: usize = 4096;

/// A payload and how far it is read.
pub(super) struct Bytes<'p> {
    payload: &'p Buf,
    at: usize,
    /// Each element takes a byte at least, but for a few.
    elements: usize,
}

fn end() -> Fault {
    Fault::Payload(Exception::without_message("java.io.EOFException"))
}

fn bad(text: impl Into<String>) -> Fault {
    Fault::Payload(Exception::new("org.apache.avro.AvroRuntimeException", text))
}

impl<'p> Bytes<'p> {
    pub(super) fn new(payload: &'p Buf) -> Self {
        Self { payload, at: 0, elements: payload.len() + FREE_ELEMENTS }
    }

    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.payload.as_slice().get(self.at).ok_or_else(end)?;
        self.at += 1;
        Ok(byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let rest = self.payload.as_slice().get(self.at..).unwrap_or_default();
        let array = *rest.first_chunk().ok_or_else(end)?;
        self.at += N;
        Ok(array)
    }

    /// A shared slice of the next `len` bytes.
    pub(super) fn slice(&mut self, len: usize) -> Result<Buf, Fault> {
        if len > self.payload.len() - self.at {
            return Err(end());
        }
        let from = self.at;
        self.at += len;
        Ok(self.payload.slice(from..self.at))
    }

    /// A shared slice whose length stands before it.
    pub(super) fn sized(&mut self) -> Result<Buf, Fault> {
        let len = self.long()?;
        let len =
            usize::try_from(len).map_err(|_| bad(format!("Malformed data. Length is negative: {len}")))?;
        self.slice(len)
    }

    /// A number in zigzag form.
    pub(super) fn long(&mut self) -> Result<i64, Fault> {
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

    /// Calls `element` for each element of an array or map, which comes in blocks.
    pub(super) fn blocks(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        loop {
            let mut count = self.long()?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                // The size in bytes follows, for those who skip.
                count = count.checked_neg().ok_or_else(|| bad("Malformed data. Count is negative"))?;
                self.long()?;
            }
            for _ in 0..count {
                self.elements = self
                    .elements
                    .checked_sub(1)
                    .ok_or_else(|| bad("more elements than the bytes can hold"))?;
                element(self)?;
            }
        }
    }
}
