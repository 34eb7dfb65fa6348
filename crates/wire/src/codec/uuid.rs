//! Topic ids, directory ids and member ids: 16 bytes, shown as Kafka shows them.

use std::fmt;
use std::str::FromStr;

/// A 16-byte identifier. Its text is URL-safe base64 without padding, 22 characters, as in Kafka's tools.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Uuid([u8; 16]);

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const TEXT_LENGTH: usize = 22;

impl Uuid {
    /// All zero: no id.
    pub const ZERO: Self = Self([0; 16]);

    /// From its bytes on the wire.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes on the wire.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// True for the id that means "none".
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(self.0);
        let text: String = (0..TEXT_LENGTH)
            .map(|index| {
                // 22 digits of 6 bits are 132 bits: the last digit ends in four zero bits.
                let shift = 122 - 6 * index as i32;
                let digit = if shift >= 0 { bits >> shift } else { bits << -shift };
                char::from(DIGITS[(digit & 63) as usize])
            })
            .collect();
        f.pad(&text)
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not the base64 form of 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseUuidError;

impl fmt::Display for ParseUuidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id is 22 characters of URL-safe base64")
    }
}

impl std::error::Error for ParseUuidError {}

impl FromStr for Uuid {
    type Err = ParseUuidError;

    fn from_str(text: &str) -> Result<Self, ParseUuidError> {
        let text = text.as_bytes();
        let (Some(head), TEXT_LENGTH) = (text.get(..TEXT_LENGTH - 1), text.len()) else {
            return Err(ParseUuidError);
        };
        let digit = |byte: u8| DIGITS.iter().position(|d| *d == byte).ok_or(ParseUuidError);
        let mut bits = 0u128;
        for byte in head {
            bits = bits << 6 | digit(*byte)? as u128;
        }
        let last = digit(text[TEXT_LENGTH - 1])?;
        if last & 15 != 0 {
            return Err(ParseUuidError);
        }
        Ok(Self((bits << 2 | (last >> 4) as u128).to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_one_of_kafka() {
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        let bytes = [0xfb, 0xef, 0xbe, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0xff];
        let text = Uuid::from_bytes(bytes).to_string();
        assert_eq!(text, "----AQIDBAUGBwgJCgsM_w");
        assert_eq!(text.parse(), Ok(Uuid::from_bytes(bytes)));
        for bad in ["", "AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAA=="] {
            assert_eq!(bad.parse::<Uuid>(), Err(ParseUuidError), "{bad}");
        }
    }
}
