//! Number text to numbers, by the grammar of Java's `BigDecimal` and with the texts of its refusals.
//!
//! Reading keeps the digits as text, so that the low bits of a number with a million digits cost one pass over them and
//! no arithmetic on large numbers; only [`DecimalText::to_decimal`] pays for that.

use std::sync::Arc;

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::{BigInt, Sign};

use crate::{Exception, classes};

/// A number as it was read: its digits without point, and how many of them are behind the point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecimalText {
    pub(crate) negative: bool,
    /// ASCII digits, at least one.
    pub(crate) digits: String,
    pub(crate) scale: i32,
}

/// Texts of at most this many characters are read by another path in Java, which has its own words for a wrong one.
const COMPACT: usize = 18;

impl DecimalText {
    /// Reads all of `text`; the error is Java's `NumberFormatException`.
    pub(crate) fn parse(text: &str) -> Result<Self, Exception> {
        let length = text.encode_utf16().count();
        let (negative, body) = match text.as_bytes().first() {
            None => return Err(beyond(length)),
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            Some(_) => (false, text),
        };
        let compact = length - (text.len() - body.len()) <= COMPACT;
        let (mut digits, mut point, mut scale, mut exponent) = (String::new(), false, 0i64, 0i64);
        for (at, c) in body.char_indices() {
            if let Some(digit) = digit(c) {
                digits.push(digit);
                scale += i64::from(point);
            } else if c == '.' {
                if point {
                    return Err(wrong("Character array contains more than one decimal point."));
                }
                point = true;
            } else if matches!(c, 'e' | 'E') {
                exponent = parse_exponent(&body[at + 1..], length)?;
                break;
            } else if compact {
                let shown = if u32::from(c) > 0xFFFF { '?' } else { c };
                return Err(wrong(format!(
                    "Character {shown} is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark."
                )));
            } else {
                return Err(wrong("Character array is missing \"e\" notation exponential mark."));
            }
        }
        if digits.is_empty() {
            return Err(wrong("No digits found."));
        }
        let scale = i32::try_from(scale - exponent).map_err(|_| wrong("Exponent overflow."))?;
        Ok(Self { negative, digits, scale })
    }

    /// The number.
    pub(crate) fn to_decimal(&self) -> BigDecimal {
        let sign = if self.negative { Sign::Minus } else { Sign::Plus };
        BigDecimal::new(BigInt::from_biguint(sign, unsigned(&self.digits)), i64::from(self.scale))
    }

    /// `BigDecimal.longValue`: the low 64 bits of the whole part.
    pub(crate) fn to_i64(&self) -> i64 {
        let scale = i64::from(self.scale);
        let behind = usize::try_from(scale).unwrap_or(0).min(self.digits.len());
        let whole = &self.digits.as_bytes()[..self.digits.len() - behind];
        let push = |number: u64, digit: u8| number.wrapping_mul(10).wrapping_add(u64::from(digit));
        let mut number = whole.iter().fold(0, |number, digit| push(number, digit - b'0'));
        // Ten to the 64th has 64 zero bits.
        for _ in 0..(-scale).clamp(0, 64) {
            number = push(number, 0);
        }
        let number = number as i64;
        if self.negative { number.wrapping_neg() } else { number }
    }

    /// `BigDecimal.doubleValue`: the closest double.
    pub(crate) fn to_f64(&self) -> f64 {
        self.text().parse().unwrap_or(f64::NAN)
    }

    /// `BigDecimal.floatValue`: the closest float.
    pub(crate) fn to_f32(&self) -> f32 {
        self.text().parse().unwrap_or(f32::NAN)
    }

    fn text(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}e{}", self.digits, -i64::from(self.scale))
    }
}

impl From<&BigDecimal> for DecimalText {
    fn from(value: &BigDecimal) -> Self {
        let (unscaled, scale) = value.as_bigint_and_scale();
        let (sign, digits) = (unscaled.sign(), unscaled.magnitude().to_string());
        let scale = scale.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
        Self { negative: sign == Sign::Minus, digits, scale }
    }
}

/// `new BigDecimal(text)`; the error is Java's `NumberFormatException`.
pub fn parse_decimal(text: &str) -> Result<Arc<BigDecimal>, Exception> {
    Ok(Arc::new(DecimalText::parse(text)?.to_decimal()))
}

/// `BigDecimal.floatValue`: the closest FLOAT32, without the detour of FLOAT64.
#[must_use]
pub fn decimal_to_f32(value: &BigDecimal) -> f32 {
    DecimalText::from(value).to_f32()
}

/// Halving keeps the cost of very long numbers below the square of their length.
fn unsigned(digits: &str) -> bigdecimal::num_bigint::BigUint {
    const SHORT: usize = 2000;
    if digits.len() <= SHORT {
        return digits.parse().unwrap_or_default();
    }
    let (high, low) = digits.split_at(digits.len() / 2);
    let shift = bigdecimal::num_bigint::BigUint::from(10u32).pow(low.len() as u32);
    unsigned(high) * shift + unsigned(low)
}

/// What follows the mark. `length` is that of the whole text, for the text of an exception that Java does not mean to
/// throw.
fn parse_exponent(text: &str, length: usize) -> Result<i64, Exception> {
    let (negative, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let mut digits: Vec<Option<char>> = body.chars().map(digit).collect();
    if digits.is_empty() {
        return Err(beyond(length));
    }
    let zeros = digits.iter().take_while(|digit| **digit == Some('0')).count();
    digits.drain(..zeros.min(digits.len().saturating_sub(10)));
    if digits.len() > 10 {
        return Err(wrong("Too many nonzero exponent digits."));
    }
    let digits: Option<String> = digits.into_iter().collect();
    let number: i64 = digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| wrong("Not a digit."))?;
    Ok(if negative { -number } else { number })
}

/// A decimal digit of any script of the basic plane, as ASCII: Java's `Character.isDigit` for one unit.
pub(crate) fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let zero = ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&u32::from(c)))?;
    char::from_digit(u32::from(c) - zero, 10)
}

/// Whether Java takes `c` for a digit.
pub(crate) fn is_digit(c: char) -> bool {
    digit(c).is_some()
}

/// The zeros of the scripts with digits of their own.
const ZEROS: [u32; 36] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0,
    0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
];

fn wrong(message: impl Into<String>) -> Exception {
    Exception::new(classes::NUMBER_FORMAT, message)
}

/// Java reads one character behind the text, and wraps what comes of it.
fn beyond(length: usize) -> Exception {
    let class = "java.lang.ArrayIndexOutOfBoundsException";
    let cause = Exception::new(class, format!("Index {length} out of bounds for length {length}"));
    Exception::without_message(classes::NUMBER_FORMAT).caused_by(cause)
}
