//! The wire format: varints, fixed numbers, length-delimited blocks, and skipping what is not known.
//!
//! Reading trusts nothing: a length is compared with the bytes left before anything is done with it, groups nest at
//! most [`DEPTH_MAX`] deep, and each failure has the words of protobuf-java, whose users search for them.

use kconnect_api::Exception;

use super::scalar::WireType;

/// How deep messages and groups may nest, as in protobuf-java.
pub(super) const DEPTH_MAX: usize = 100;

/// Why bytes are not a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    /// The bytes end inside a field.
    Truncated,
    /// A varint of more than ten bytes.
    Varint,
    /// A length that is negative as a 32-bit number.
    NegativeLength,
    /// Field number 0.
    ZeroTag,
    /// Wire type 6 or 7.
    WireType,
    /// The end of a group that was not begun.
    GroupEnd,
    /// Too many levels.
    Depth,
    /// A string of a proto3 file that is not UTF-8.
    Utf8,
    /// Required fields that are not there.
    Missing(Vec<String>),
}

const CLASS: &str = "com.google.protobuf.InvalidProtocolBufferException";

impl From<Malformed> for Exception {
    fn from(error: Malformed) -> Self {
        let text = match error {
            Malformed::Truncated => {
                "While parsing a protocol message, the input ended unexpectedly in the middle of a field.  This could \
                 mean either that the input has been truncated or that an embedded message misreported its own length."
            }
            Malformed::Varint => "CodedInputStream encountered a malformed varint.",
            Malformed::NegativeLength => {
                "CodedInputStream encountered an embedded string or message which claimed to have negative size."
            }
            Malformed::ZeroTag => "Protocol message contained an invalid tag (zero).",
            Malformed::WireType => {
                return Self::new(
                    "com.google.protobuf.InvalidProtocolBufferException$InvalidWireTypeException",
                    "Protocol message tag had invalid wire type.",
                );
            }
            Malformed::GroupEnd => "Protocol message end-group tag did not match expected tag.",
            Malformed::Depth => {
                "Protocol message had too many levels of nesting.  May be malicious.  Use setRecursionLimit() to \
                 increase the recursion depth limit."
            }
            Malformed::Utf8 => "Protocol message had invalid UTF-8.",
            Malformed::Missing(fields) => {
                return Self::new(CLASS, format!("Message missing required fields: {}", fields.join(", ")));
            }
        };
        Self::new(CLASS, text)
    }
}

/// A place in a message; it never moves beyond `end`.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    /// Over `bytes[start..end]`; an impossible range is empty.
    pub(super) fn new(bytes: &'a [u8], start: usize, end: usize) -> Self {
        let end = end.min(bytes.len());
        Self { bytes, at: start.min(end), end }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    /// The number and wire type of the next field.
    #[inline]
    pub(super) fn tag(&mut self) -> Result<(u32, WireType), Malformed> {
        let tag = self.varint()? as u32;
        let number = tag >> 3;
        if number == 0 {
            return Err(Malformed::ZeroTag);
        }
        let wire_type = WireType::of_bits(tag & 7).ok_or(Malformed::WireType)?;
        Ok((number, wire_type))
    }

    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, Malformed> {
        match self.bytes.get(self.at) {
            Some(&byte) if byte < 0x80 && self.at < self.end => {
                self.at += 1;
                Ok(u64::from(byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            if self.at >= self.end {
                return Err(Malformed::Truncated);
            }
            let byte = self.bytes[self.at];
            self.at += 1;
            // The tenth byte has room for one bit; as in Java, the others are dropped.
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed::Varint)
    }

    #[inline]
    pub(super) fn fixed32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    #[inline]
    pub(super) fn fixed64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let left = &self.bytes[self.at..self.end];
        let bytes = left.first_chunk::<N>().ok_or(Malformed::Truncated)?;
        self.at += N;
        Ok(*bytes)
    }

    /// The range of a length-delimited block, which is stepped over.
    #[inline]
    pub(super) fn block(&mut self) -> Result<(usize, usize), Malformed> {
        let length = self.varint()? as i32;
        let length = usize::try_from(length).map_err(|_| Malformed::NegativeLength)?;
        if length > self.end - self.at {
            return Err(Malformed::Truncated);
        }
        let start = self.at;
        self.at += length;
        Ok((start, self.at))
    }

    /// A cursor over the block at the cursor, which is stepped over.
    pub(super) fn inner(&mut self) -> Result<Cursor<'a>, Malformed> {
        let (start, end) = self.block()?;
        Ok(Cursor::new(self.bytes, start, end))
    }

    /// The bytes not yet read.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..self.end]
    }

    /// Steps over a field that nobody asked for. `depth` is the nesting so far.
    pub(super) fn skip(&mut self, number: u32, wire_type: WireType, depth: usize) -> Result<(), Malformed> {
        match wire_type {
            WireType::Varint => self.varint().map(drop),
            WireType::Fixed64 => self.fixed64().map(drop),
            WireType::Fixed32 => self.fixed32().map(drop),
            WireType::Length => self.block().map(drop),
            WireType::GroupStart => self.skip_group(number, depth),
            WireType::GroupEnd => Err(Malformed::GroupEnd),
        }
    }

    /// Groups nest, so the open ones are kept in a list of bounded length instead of on the stack.
    fn skip_group(&mut self, number: u32, depth: usize) -> Result<(), Malformed> {
        let mut open = vec![number];
        while let Some(&innermost) = open.last() {
            if depth + open.len() > DEPTH_MAX {
                return Err(Malformed::Depth);
            }
            match self.tag()? {
                (number, WireType::GroupStart) => open.push(number),
                (number, WireType::GroupEnd) if number == innermost => {
                    open.pop();
                }
                (number, wire_type) => self.skip(number, wire_type, depth)?,
            }
        }
        Ok(())
    }
}

/// Zigzag: small negative numbers have small codes.
pub(super) fn unzigzag32(code: u32) -> i32 {
    (code >> 1) as i32 ^ -((code & 1) as i32)
}

pub(super) fn unzigzag64(code: u64) -> i64 {
    (code >> 1) as i64 ^ -((code & 1) as i64)
}

pub(super) fn zigzag32(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)) as u32
}

pub(super) fn zigzag64(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

#[inline]
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Writes a block whose length is known only when it is written: one byte is kept for the length, and a longer
/// length moves the block.
pub(super) fn put_block<E>(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let at = out.len();
    out.push(0);
    write(out)?;
    let length = out.len() - at - 1;
    if length < 0x80 {
        out[at] = length as u8;
        return Ok(());
    }
    let mut prefix = [0u8; 10];
    let mut size = 0;
    let mut left = length;
    while left >= 0x80 {
        prefix[size] = left as u8 | 0x80;
        left >>= 7;
        size += 1;
    }
    prefix[size] = left as u8;
    size += 1;
    let end = out.len();
    out.resize(end + size - 1, 0);
    out.copy_within(at + 1..end, at + size);
    out[at..at + size].copy_from_slice(&prefix[..size]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor(bytes: &[u8]) -> Cursor<'_> {
        Cursor::new(bytes, 0, bytes.len())
    }

    #[test]
    fn a_length_beyond_the_bytes_is_truncation_and_a_negative_one_says_so() {
        assert_eq!(cursor(&[5, 1, 2]).block(), Err(Malformed::Truncated));
        assert_eq!(cursor(&[0xff, 0xff, 0xff, 0xff, 0x0f]).block(), Err(Malformed::NegativeLength));
        assert_eq!(cursor(&[2, 1, 2]).block(), Ok((1, 3)));
    }

    #[test]
    fn a_varint_ends_after_ten_bytes_or_not_at_all() {
        assert_eq!(cursor(&[0x80; 9]).varint(), Err(Malformed::Truncated));
        assert_eq!(cursor(&[0xff; 11]).varint(), Err(Malformed::Varint));
        let mut largest = [0xff; 10];
        largest[9] = 1;
        assert_eq!(cursor(&largest).varint(), Ok(u64::MAX));
    }

    #[test]
    fn groups_are_skipped_and_deep_ones_refused() {
        // Group 1 with a varint, a nested group 2 and a block in it, then field 3.
        let bytes = [0x0b, 0x08, 0x01, 0x13, 0x12, 0x01, 0x41, 0x14, 0x0c, 0x18, 0x07];
        let mut at = cursor(&bytes);
        let (number, wire_type) = at.tag().unwrap();
        at.skip(number, wire_type, 1).unwrap();
        assert_eq!(at.tag(), Ok((3, WireType::Varint)));
        let deep = vec![0x0b; 100_000];
        assert_eq!(cursor(&deep[1..]).skip(1, WireType::GroupStart, 1), Err(Malformed::Depth));
        assert_eq!(cursor(&[0x14]).skip(1, WireType::GroupStart, 1), Err(Malformed::GroupEnd));
    }

    #[test]
    fn blocks_of_any_length_get_their_length_in_front() {
        for length in [0usize, 1, 127, 128, 16_383, 16_384, 3_000_000] {
            let mut out = vec![9];
            put_block::<()>(&mut out, |out| {
                out.extend((0..length).map(|i| i as u8));
                Ok(())
            })
            .unwrap();
            let mut at = Cursor::new(&out, 1, out.len());
            let (start, end) = at.block().unwrap();
            assert_eq!(end - start, length);
            assert!(out[start..end].iter().enumerate().all(|(i, byte)| *byte == i as u8));
            assert!(at.is_at_end());
        }
    }

    #[test]
    fn zigzag_turns_back() {
        for value in [0, 1, -1, i32::MAX, i32::MIN] {
            assert_eq!(unzigzag32(zigzag32(value)), value);
            assert_eq!(unzigzag64(zigzag64(i64::from(value))), i64::from(value));
        }
        assert_eq!(unzigzag64(zigzag64(i64::MIN)), i64::MIN);
        assert_eq!(zigzag32(-1), 1);
    }
}
