//! Number text of JSON as Java's numbers. The text is what the parser accepted: sign, digits, point, exponent.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;

/// Sign, digits without point, and the exponent of ten that goes with them.
struct Parts {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

fn parts(text: &str) -> Parts {
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text),
    };
    let (mantissa, exponent) = body.split_once(['e', 'E']).unwrap_or((body, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let digits = whole.bytes().chain(fraction.bytes()).collect();
    Parts { negative, digits, exponent: exponent - fraction.len() as i64 }
}

/// `Number.longValue`: the integer part, its low 64 bits.
#[must_use]
pub fn to_i64(text: &str, integral: bool) -> i64 {
    if integral {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        return wrapping(negative, digits.as_bytes(), 0);
    }
    let Parts { negative, digits, exponent } = parts(text);
    match exponent {
        // A multiple of 10^64 has no low bits.
        64.. => 0,
        0..64 => wrapping(negative, &digits, exponent as usize),
        _ => {
            let keep = digits.len().saturating_sub(usize::try_from(-exponent).unwrap_or(usize::MAX));
            wrapping(negative, &digits[..keep], 0)
        }
    }
}

fn wrapping(negative: bool, digits: &[u8], zeros: usize) -> i64 {
    let digits = digits.iter().map(|digit| u64::from(digit - b'0')).chain(std::iter::repeat_n(0, zeros));
    let value = digits.fold(0u64, |value, digit| value.wrapping_mul(10).wrapping_add(digit)) as i64;
    if negative { value.wrapping_neg() } else { value }
}

/// The integer, when it is one of 32 bits.
#[must_use]
pub fn to_exact_i32(text: &str, integral: bool) -> Option<i32> {
    if integral { text.parse().ok() } else { None }
}

/// `Number.doubleValue`; there is no negative zero, since the number went through a decimal.
#[must_use]
pub fn to_f64(text: &str) -> f64 {
    text.parse::<f64>().map_or(0.0, |value| if value == 0.0 { 0.0 } else { value })
}

/// `Number.floatValue`.
#[must_use]
pub fn to_f32(text: &str) -> f32 {
    text.parse::<f32>().map_or(0.0, |value| if value == 0.0 { 0.0 } else { value })
}

/// The decimal as written: `1.50` keeps its scale of 2.
#[must_use]
pub fn to_decimal(text: &str) -> BigDecimal {
    let Parts { negative, digits, exponent } = parts(text);
    let unscaled = BigInt::parse_bytes(&digits, 10).unwrap_or_default();
    BigDecimal::new(if negative { -unscaled } else { unscaled }, -exponent)
}
