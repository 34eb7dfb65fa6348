//! Zigzag varints of records: small magnitudes of either sign take one byte.

/// Most bytes of a 32-bit varint.
pub(super) const MAX_32: usize = 5;
/// Most bytes of a 64-bit varint.
pub(super) const MAX_64: usize = 10;

/// Maps small magnitudes to small unsigned numbers.
#[inline]
pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

#[inline]
fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Bytes that `value` takes once zigzagged.
#[inline]
pub(super) fn len(zigzagged: u64) -> usize {
    (63 - (zigzagged | 1).leading_zeros() as usize) / 7 + 1
}

/// Bytes of a length field for `bytes`, and the bytes themselves.
#[inline]
pub(super) fn field_len(bytes: Option<&[u8]>) -> usize {
    match bytes {
        Some(bytes) => len((bytes.len() as u64) << 1) + bytes.len(),
        None => 1,
    }
}

/// The length field of an optional value: −1 stands for null.
#[inline]
pub(super) fn length_of(bytes: Option<&[u8]>) -> u64 {
    bytes.map_or(zigzag(-1), |bytes| (bytes.len() as u64) << 1)
}

/// Writes at `at` and returns the position after it. `out` has room for the longest varint.
#[inline]
pub(super) fn put<const N: usize>(out: &mut [u8; N], mut at: usize, mut zigzagged: u64) -> usize {
    while zigzagged >= 0x80 {
        out[at] = zigzagged as u8 | 0x80;
        zigzagged >>= 7;
        at += 1;
    }
    out[at] = zigzagged as u8;
    at + 1
}

/// Reads varints and slices from a buffer without trusting it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'static> {
    pub(super) const EMPTY: Self = Cursor { bytes: &[], at: 0 };
}

impl<'a> Cursor<'a> {
    /// `at` may lie beyond the end: then nothing is left.
    #[inline]
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    #[inline]
    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn skip_byte(&mut self) -> Option<()> {
        self.bytes.get(self.at)?;
        self.at += 1;
        Some(())
    }

    /// The next `len` bytes.
    #[inline]
    pub(super) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(len)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// A varint of at most ten bytes (W6).
    #[inline]
    pub(super) fn varint64(&mut self) -> Option<i64> {
        self.unsigned(MAX_64).map(unzigzag)
    }

    /// A varint of at most five bytes that fits 32 bits (W6).
    #[inline]
    pub(super) fn varint32(&mut self) -> Option<i32> {
        match self.bytes.get(self.at..)?.first_chunk() {
            Some([a, _]) if *a < 0x80 => {
                self.at += 1;
                Some(unzigzag(u64::from(*a)) as i32)
            }
            Some([a, b]) if *b < 0x80 => {
                self.at += 2;
                Some(unzigzag(u64::from(*a & 0x7f) | u64::from(*b) << 7) as i32)
            }
            _ => {
                let value = self.unsigned_slow(MAX_32)?;
                u32::try_from(value).ok()?;
                Some(unzigzag(value) as i32)
            }
        }
    }

    /// One and two bytes are nearly all of what is met, so they come before the loop.
    #[inline]
    fn unsigned(&mut self, most: usize) -> Option<u64> {
        let Some([a, b]) = self.bytes.get(self.at..)?.first_chunk() else { return self.unsigned_slow(most) };
        if *a < 0x80 {
            self.at += 1;
            Some(u64::from(*a))
        } else if *b < 0x80 {
            self.at += 2;
            Some(u64::from(*a & 0x7f) | u64::from(*b) << 7)
        } else {
            self.unsigned_slow(most)
        }
    }

    #[cold]
    #[inline(never)]
    fn unsigned_slow(&mut self, most: usize) -> Option<u64> {
        let mut value = 0u64;
        for (index, byte) in self.bytes.get(self.at..)?.iter().take(most).enumerate() {
            let bits = u64::from(byte & 0x7f);
            let shift = 7 * index as u32;
            if (bits << shift) >> shift != bits {
                return None;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                self.at += index + 1;
                return Some(value);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: i64) -> Vec<u8> {
        let mut out = [0; 16];
        let end = put(&mut out, 0, zigzag(value));
        assert_eq!(end, len(zigzag(value)), "length of {value}");
        out[..end].to_vec()
    }

    #[test]
    fn every_magnitude_comes_back() {
        for shift in 0..64 {
            for value in [1i64 << shift, (1i64 << shift).wrapping_sub(1), (1i64 << shift).wrapping_neg()] {
                let bytes = encoded(value);
                let mut cursor = Cursor::new(&bytes, 0);
                assert_eq!(cursor.varint64(), Some(value));
                assert!(cursor.rest().is_empty());
                let mut cursor = Cursor::new(&bytes, 0);
                assert_eq!(cursor.varint32(), i32::try_from(value).ok(), "{value} as 32 bits");
            }
        }
    }

    #[test]
    fn known_bytes() {
        for (value, bytes) in
            [(0, &[0u8][..]), (-1, &[1]), (1, &[2]), (-64, &[0x7f]), (64, &[0x80, 1]), (150, &[0xac, 2])]
        {
            assert_eq!(encoded(value), bytes);
        }
    }

    #[test]
    fn excess_bits_and_bytes_are_errors() {
        let eleven = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0];
        assert_eq!(Cursor::new(&eleven, 0).varint64(), None);
        let mut ten = [0xff; 10];
        ten[9] = 2;
        assert_eq!(Cursor::new(&ten, 0).varint64(), None);
        ten[9] = 1;
        assert_eq!(Cursor::new(&ten, 0).varint64(), Some(i64::MIN));
        assert_eq!(Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0x1f], 0).varint32(), None);
        assert_eq!(Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0x0f], 0).varint32(), Some(i32::MIN));
        assert_eq!(Cursor::new(&[0x80, 0x80, 0x80, 0x80, 0x80, 0], 0).varint32(), None);
        assert_eq!(Cursor::new(&[0x80], 0).varint32(), None);
        assert_eq!(Cursor::new(&[], 0).varint32(), None);
    }
}
