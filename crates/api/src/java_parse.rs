//! Text to numbers as Java's `Byte.parseByte` … `Double.parseDouble` read it, with their `NumberFormatException`s.
//!
//! Integers take a sign and digits of any script, nothing else. Floating point trims, takes a suffix `f` or `d`,
//! `NaN`, `Infinity` and hexadecimal digits, and rounds to the nearest number of its own width.

use crate::number_parse::digit;
use crate::{Exception, classes};

fn wrong(text: &str) -> Exception {
    Exception::new(classes::NUMBER_FORMAT, format!("For input string: \"{text}\""))
}

/// An integer from `min` to `max`, which are those of `Integer` or `Long`.
fn integer(text: &str, min: i64, max: i64) -> Result<i64, Exception> {
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() {
        return Err(wrong(text));
    }
    let mut number = 0i64;
    for c in digits.chars() {
        let digit = i64::from(digit(c).and_then(|digit| digit.to_digit(10)).ok_or_else(|| wrong(text))?);
        // Counted down, because there is one negative number more.
        number = number.checked_mul(10).and_then(|n| n.checked_sub(digit)).ok_or_else(|| wrong(text))?;
    }
    let number = if negative { Some(number) } else { number.checked_neg() };
    number.filter(|number| (min..=max).contains(number)).ok_or_else(|| wrong(text))
}

/// `Integer.parseInt`.
pub fn java_parse_i32(text: &str) -> Result<i32, Exception> {
    integer(text, i64::from(i32::MIN), i64::from(i32::MAX)).map(|number| number as i32)
}

/// `Long.parseLong`.
pub fn java_parse_i64(text: &str) -> Result<i64, Exception> {
    integer(text, i64::MIN, i64::MAX)
}

fn small<T: TryFrom<i32>>(text: &str) -> Result<T, Exception> {
    T::try_from(java_parse_i32(text)?).map_err(|_| {
        Exception::new(classes::NUMBER_FORMAT, format!("Value out of range. Value:\"{text}\" Radix:10"))
    })
}

/// `Byte.parseByte`.
pub fn java_parse_i8(text: &str) -> Result<i8, Exception> {
    small(text)
}

/// `Short.parseShort`.
pub fn java_parse_i16(text: &str) -> Result<i16, Exception> {
    small(text)
}

/// `Float.parseFloat`.
pub fn java_parse_f32(text: &str) -> Result<f32, Exception> {
    match float(text)? {
        Parsed::Special(value) => Ok(value as f32),
        Parsed::Decimal { sign, digits } => Ok(sign as f32 * digits.parse::<f32>().map_err(|_| wrong(text))?),
        Parsed::Binary { sign, mantissa, exponent } => {
            Ok((sign * round(mantissa, exponent, 24, -149)) as f32)
        }
    }
}

/// `Double.parseDouble`.
pub fn java_parse_f64(text: &str) -> Result<f64, Exception> {
    match float(text)? {
        Parsed::Special(value) => Ok(value),
        Parsed::Decimal { sign, digits } => Ok(sign * digits.parse::<f64>().map_err(|_| wrong(text))?),
        Parsed::Binary { sign, mantissa, exponent } => Ok(sign * round(mantissa, exponent, 53, -1074)),
    }
}

enum Parsed<'a> {
    Special(f64),
    Decimal {
        sign: f64,
        digits: &'a str,
    },
    /// `mantissa · 2^exponent`; the lowest bit stands for itself and all that was cut off.
    Binary {
        sign: f64,
        mantissa: u64,
        exponent: i64,
    },
}

fn float(given: &str) -> Result<Parsed<'_>, Exception> {
    let text = trim(given);
    if text.is_empty() {
        return Err(Exception::new(classes::NUMBER_FORMAT, "empty String"));
    }
    let (sign, body) = match text.as_bytes()[0] {
        b'-' => (-1.0, &text[1..]),
        b'+' => (1.0, &text[1..]),
        _ => (1.0, text),
    };
    match body {
        "NaN" => return Ok(Parsed::Special(f64::NAN)),
        "Infinity" => return Ok(Parsed::Special(sign * f64::INFINITY)),
        _ => {}
    }
    let digits = body.strip_suffix(['f', 'F', 'd', 'D']);
    if let Some(hexadecimal) = body.strip_prefix("0x").or_else(|| body.strip_prefix("0X")) {
        // Here the suffix is behind the exponent, and letters before it are digits.
        return binary(sign, hexadecimal).ok_or_else(|| wrong(given));
    }
    let digits = digits.unwrap_or(body);
    let first_is_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let plain = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-');
    // What is left to the parser of the standard library is its own grammar, which has no words then.
    if !first_is_number || !digits.bytes().all(plain) {
        return Err(wrong(given));
    }
    Ok(Parsed::Decimal { sign, digits })
}

/// Java's `trim`.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

fn binary(sign: f64, text: &str) -> Option<Parsed<'_>> {
    let (mantissa_text, exponent_text) = text.split_once(['p', 'P'])?;
    let exponent_text = exponent_text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(exponent_text);
    let (negative, exponent_digits) = match exponent_text.as_bytes().first()? {
        b'-' => (true, &exponent_text[1..]),
        b'+' => (false, &exponent_text[1..]),
        _ => (false, exponent_text),
    };
    if exponent_digits.is_empty() || !exponent_digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Beyond any exponent of a text that fits into memory.
    const FAR: i64 = 1 << 40;
    let written = exponent_digits.parse::<i64>().map_or(FAR, |e| e.min(FAR));
    let mut exponent = if negative { -written } else { written };
    let (whole, fraction) = mantissa_text.split_once('.').unwrap_or((mantissa_text, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    exponent -= 4 * fraction.len() as i64;
    let (mut mantissa, mut cut) = (0u64, false);
    for digit in whole.chars().chain(fraction.chars()) {
        let digit = u64::from(digit.to_digit(16)?);
        if mantissa >> 56 == 0 {
            mantissa = mantissa << 4 | digit;
        } else {
            exponent += 4;
            cut |= digit != 0;
        }
    }
    Some(Parsed::Binary { sign, mantissa: mantissa << 1 | u64::from(cut), exponent: exponent - 1 })
}

/// `mantissa · 2^exponent` with `precision` bits, the lowest of which counts at least `2^min`; half to even.
fn round(mantissa: u64, exponent: i64, precision: i64, min: i64) -> f64 {
    if mantissa == 0 {
        return 0.0;
    }
    let bits = 64 - i64::from(mantissa.leading_zeros());
    let shift = (bits - precision).max(min - exponent).max(0);
    let (kept, exponent) = if shift > 64 {
        (0, min)
    } else if shift == 64 {
        (u64::from(mantissa > 1 << 63), exponent + shift)
    } else if shift > 0 {
        let (kept, rest, half) = (mantissa >> shift, mantissa & ((1 << shift) - 1), 1u64 << (shift - 1));
        (kept + u64::from(rest > half || (rest == half && kept & 1 == 1)), exponent + shift)
    } else {
        (mantissa, exponent)
    };
    if exponent + bits > 2000 {
        return f64::INFINITY;
    }
    // Exact: the bits fit, so only a power too large is left, which is infinite for either width.
    let (first, second) = (exponent / 2, exponent - exponent / 2);
    kept as f64 * 2f64.powi(first as i32) * 2f64.powi(second as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_java_reads_them() {
        for (text, expected) in [
            ("1", Ok(1)),
            ("+127", Ok(127)),
            ("-128", Ok(-128)),
            ("٣", Ok(3)),
            ("128", Err("Value out of range. Value:\"128\" Radix:10")),
            ("99999999999", Err("For input string: \"99999999999\"")),
            ("", Err("For input string: \"\"")),
            ("+", Err("For input string: \"+\"")),
            (" 1", Err("For input string: \" 1\"")),
            ("1.0", Err("For input string: \"1.0\"")),
        ] {
            let found = java_parse_i8(text).map_err(|e| e.message().unwrap_or_default().to_owned());
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        }
        assert_eq!(java_parse_i64("-9223372036854775808"), Ok(i64::MIN));
        assert!(java_parse_i64("9223372036854775808").is_err());
    }

    #[test]
    fn floating_point_is_read_as_java_reads_it() {
        for (text, single, double) in [
            ("1", 1.0, 1.0),
            (" 1 ", 1.0, 1.0),
            ("1.5f", 1.5, 1.5),
            ("1.5D", 1.5, 1.5),
            (".5", 0.5, 0.5),
            ("1.", 1.0, 1.0),
            ("1e400", f32::INFINITY, f64::INFINITY),
            ("-Infinity", f32::NEG_INFINITY, f64::NEG_INFINITY),
            ("0x1p3", 8.0, 8.0),
            ("0X1.8p-1", 0.75, 0.75),
            ("0x1p3f", 8.0, 8.0),
            ("1e-400", 0.0, 0.0),
            ("4.9e-324", 0.0, 4.9e-324),
            ("0x1.fffffffffffff8p1023", f32::INFINITY, f64::INFINITY),
            ("0x1p-1075", 0.0, 0.0),
            ("0x1.1p-1075", 0.0, 4.9e-324),
            ("0x1p-1074", 0.0, 4.9e-324),
            ("0x1p99999999999", f32::INFINITY, f64::INFINITY),
            ("0x1p-99999999999", 0.0, 0.0),
            ("0x1.ffffffp127", f32::INFINITY, 3.4028235677973366e38),
            ("0x1.000001p0", 1.0, 1.0000000596046448),
            ("0x1.000001000000001p0", 1.000_000_1, 1.0000000596046448),
            ("0x1.00000000000008p0", 1.0, 1.0),
            ("0x1.000000000000081p0", 1.0, 1.0000000000000002),
        ] {
            assert_eq!(java_parse_f32(text).unwrap().to_bits(), f32::to_bits(single), "{text}");
            assert_eq!(java_parse_f64(text).unwrap().to_bits(), f64::to_bits(double), "{text}");
        }
        assert!(java_parse_f64("-NaN").unwrap().is_nan());
        assert!(java_parse_f64("-0").unwrap().is_sign_negative());
        for text in
            ["1e", "e1", ".", "0x1", "0x.p1", "0xp1", "infinity", "nan", "inf", "1_0", "1L", "１", "++1", "f"]
        {
            let error = java_parse_f64(text).unwrap_err();
            assert_eq!(error.message(), Some(format!("For input string: \"{text}\"").as_str()));
        }
        // Numbers may have blanks around them; the complaint tells what was given.
        assert_eq!(java_parse_f64(" x\0").unwrap_err().message(), Some("For input string: \" x\0\""));
        assert_eq!(java_parse_f32("  ").unwrap_err().message(), Some("empty String"));
    }
}
