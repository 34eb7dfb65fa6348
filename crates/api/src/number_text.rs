//! Numbers as Java prints them; the texts reach JSON, files and keys, so they must agree to the letter.
//!
//! Floating point follows JDK 19 and later: the shortest decimal that reads back to the same number, but of those with
//! two digits the closest when one digit would do (4.9E-324, not 5E-324), and of two that are equally close the one that
//! ends in an even digit. `zmij` finds such digits; what is left is the case of one digit and the layout: plain from
//! 0.001 up to ten million, else `d.dddE±n`.

use std::io::Write as _;

use bigdecimal::BigDecimal;

/// `Double.toString`.
#[must_use]
pub fn java_f64(value: f64) -> String {
    let mut out = Vec::with_capacity(24);
    write_f64(value, &mut out);
    ascii(out)
}

/// `Float.toString`.
#[must_use]
pub fn java_f32(value: f32) -> String {
    let mut out = Vec::with_capacity(16);
    write_f32(value, &mut out);
    ascii(out)
}

/// `BigDecimal.toString`.
#[must_use]
pub fn java_decimal(value: &BigDecimal) -> String {
    let mut out = Vec::new();
    write_decimal(value, &mut out);
    ascii(out)
}

fn ascii(out: Vec<u8>) -> String {
    String::from_utf8(out).expect("number texts are ASCII")
}

/// Appends `Double.toString`.
pub fn write_f64(value: f64, out: &mut Vec<u8>) {
    if special(value.is_nan(), value.is_infinite(), value == 0.0, value.is_sign_negative(), out) {
        return;
    }
    let value = value.abs();
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value).as_bytes();
    if is_java_s(value, text) {
        return out.extend_from_slice(text);
    }
    let mut shortest = Digits::of(text);
    if !shortest.may_stay(value) {
        shortest = Digits::of(format!("{value:.1e}").as_bytes());
    }
    shortest.layout(out);
}

/// Appends `Float.toString`.
pub fn write_f32(value: f32, out: &mut Vec<u8>) {
    if special(value.is_nan(), value.is_infinite(), value == 0.0, value.is_sign_negative(), out) {
        return;
    }
    let value = value.abs();
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value).as_bytes();
    if is_java_s(f64::from(value), text) {
        return out.extend_from_slice(text);
    }
    let mut shortest = Digits::of(text);
    if !shortest.may_stay(f64::from(value)) {
        shortest = Digits::of(format!("{value:.1e}").as_bytes());
    }
    shortest.layout(out);
}

/// Whether Java has the same text: it is plain, and of two digits or more since there is one on both sides of the point.
fn is_java_s(value: f64, text: &[u8]) -> bool {
    (1.0..1e7).contains(&value) && text.last().is_some_and(|last| (b'1'..=b'9').contains(last))
}

/// Writes what has no digits, or the sign of what has.
fn special(nan: bool, infinite: bool, zero: bool, negative: bool, out: &mut Vec<u8>) -> bool {
    if nan {
        out.extend_from_slice(b"NaN");
        return true;
    }
    if negative {
        out.push(b'-');
    }
    if infinite {
        out.extend_from_slice(b"Infinity");
    } else if zero {
        out.extend_from_slice(b"0.0");
    }
    infinite || zero
}

/// The digits of a number, none of them zero at either end, and the power of ten of the first.
struct Digits {
    digits: [u8; 24],
    len: usize,
    exponent: i32,
}

impl Digits {
    /// Those of a decimal text, with or without point and exponent.
    fn of(text: &[u8]) -> Self {
        let (mut digits, mut len) = ([0; 24], 0);
        let (mut before_point, mut point, mut zeros) = (0, false, 0);
        let mut power = 0;
        for (at, &byte) in text.iter().enumerate() {
            match byte {
                b'.' => point = true,
                b'e' => {
                    power = power_of(&text[at + 1..]);
                    break;
                }
                // Zeros in front count only behind the point.
                b'0' if len == 0 => zeros += i32::from(point),
                digit => {
                    before_point += i32::from(!point);
                    digits[len] = digit;
                    len += 1;
                }
            }
        }
        while len > 1 && digits[len - 1] == b'0' {
            len -= 1;
        }
        Self { digits, len, exponent: before_point - 1 - zeros + power }
    }

    /// Whether there are several digits, or the only one is all that `value` has: `digit * 10^q` is `odd * 2^power` if
    /// the powers of two are the same, and what is left is. Otherwise Java looks for two digits.
    fn may_stay(&self, value: f64) -> bool {
        if self.len > 1 {
            return true;
        }
        let digit = u64::from(self.digits[0] - b'0');
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let (significand, power) = match (bits >> 52) as i32 & 0x7ff {
            0 => (fraction, -1074),
            power => (fraction | 1 << 52, power - 1075),
        };
        let (q, twos) = (self.exponent, digit.trailing_zeros());
        let (digit, odd) = (digit >> twos, significand >> significand.trailing_zeros());
        if power + significand.trailing_zeros() as i32 != q + twos as i32 {
            return false;
        }
        let fives = 5u64.checked_pow(q.unsigned_abs());
        let scaled = |number: u64| fives.and_then(|fives| fives.checked_mul(number));
        if q < 0 { scaled(odd) == Some(digit) } else { scaled(digit) == Some(odd) }
    }

    fn layout(&self, out: &mut Vec<u8>) {
        let (digits, exponent) = (&self.digits[..self.len], self.exponent);
        match exponent {
            0..7 => plain(digits, exponent as usize + 1, out),
            -3..0 => {
                out.extend_from_slice(b"0.");
                out.extend(std::iter::repeat_n(b'0', (-exponent - 1) as usize));
                out.extend_from_slice(digits);
            }
            _ => {
                plain(digits, 1, out);
                let _ = write!(out, "E{exponent}");
            }
        }
    }
}

/// What stands behind the letter of an exponent.
fn power_of(text: &[u8]) -> i32 {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// `digits` with the point after `whole` of them, filled up with zeros, and at least one after the point.
fn plain(digits: &[u8], whole: usize, out: &mut Vec<u8>) {
    if digits.len() > whole {
        out.extend_from_slice(&digits[..whole]);
        out.push(b'.');
        out.extend_from_slice(&digits[whole..]);
    } else {
        out.extend_from_slice(digits);
        out.extend(std::iter::repeat_n(b'0', whole - digits.len()));
        out.extend_from_slice(b".0");
    }
}

/// Appends `BigDecimal.toString`.
pub fn write_decimal(value: &BigDecimal, out: &mut Vec<u8>) {
    let (unscaled, scale) = value.as_bigint_and_scale();
    let text = unscaled.to_string();
    let digits = match text.strip_prefix('-') {
        Some(digits) => {
            out.push(b'-');
            digits
        }
        None => &text,
    };
    let adjusted = digits.len() as i64 - 1 - scale;
    if scale >= 0 && adjusted >= -6 {
        let scale = scale as usize;
        if scale == 0 {
            out.extend_from_slice(digits.as_bytes());
        } else if digits.len() > scale {
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            let _ = write!(out, "{whole}.{fraction}");
        } else {
            out.extend_from_slice(b"0.");
            out.extend(std::iter::repeat_n(b'0', scale - digits.len()));
            out.extend_from_slice(digits.as_bytes());
        }
        return;
    }
    out.extend_from_slice(&digits.as_bytes()[..1]);
    if digits.len() > 1 {
        out.push(b'.');
        out.extend_from_slice(&digits.as_bytes()[1..]);
    }
    let _ = write!(out, "E{adjusted:+}");
}
