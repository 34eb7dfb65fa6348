//! Numbers as Java prints them; the texts reach JSON, files and keys, so they must agree to the letter.
//!
//! Floating point follows JDK 19 and later: the shortest decimal that reads back to the same number, but of those with
//! two digits the closest when one digit would do (4.9E-324, not 5E-324), and of two that are equally close the one that
//! ends in an even digit. Rust's formatting finds the digits; what is left is that last choice and the layout: plain
//! from 0.001 up to ten million, else `d.dddE±n`.

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
    let mut shortest = Digits::default();
    let _ = write!(shortest, "{:e}", value.abs());
    if shortest.one_digit() {
        shortest = Digits::default();
        let _ = write!(shortest, "{:.1e}", value.abs());
    } else if shortest.may_be_tied(value.abs()) {
        shortest.settle_tie(value.abs(), |text| text.parse() == Ok(value.abs()));
    }
    shortest.layout(out);
}

/// Appends `Float.toString`.
pub fn write_f32(value: f32, out: &mut Vec<u8>) {
    if special(value.is_nan(), value.is_infinite(), value == 0.0, value.is_sign_negative(), out) {
        return;
    }
    let mut shortest = Digits::default();
    let _ = write!(shortest, "{:e}", value.abs());
    if shortest.one_digit() {
        shortest = Digits::default();
        let _ = write!(shortest, "{:.1e}", value.abs());
    } else if shortest.may_be_tied(f64::from(value.abs())) {
        shortest.settle_tie(f64::from(value.abs()), |text| text.parse() == Ok(value.abs()));
    }
    shortest.layout(out);
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

/// The text `d.ddde±n`, on the stack.
#[derive(Default)]
struct Digits {
    text: [u8; 32],
    len: usize,
}

impl std::io::Write for Digits {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Digits {
    fn one_digit(&self) -> bool {
        self.text[1] == b'e'
    }

    /// Where the exponent's letter is.
    fn end(&self) -> usize {
        self.text[..self.len].iter().position(|&b| b == b'e').expect("scientific form has an exponent")
    }

    /// Whether `value` may lie in the middle between these digits and those before them, which would end in an even one:
    /// the middle has one digit more, and half of the numbers with a fraction have far too many binary digits for that.
    fn may_be_tied(&self, value: f64) -> bool {
        let end = self.end();
        if self.text[end - 1].is_multiple_of(2) {
            return false;
        }
        let bits = value.to_bits();
        let power = ((bits >> 52) as i32).max(1) - 1075;
        let fraction = -(power + bits.trailing_zeros().min(52) as i32);
        let exponent: i32 =
            std::str::from_utf8(&self.text[end + 1..self.len]).ok().and_then(|t| t.parse().ok()).unwrap_or(0);
        // Digits behind the point of these digits, without exponent.
        let decimals = end as i32 - 2 - exponent;
        fraction <= decimals.max(0) + 1
    }

    /// Takes the even digit before the last one if `value` is in the middle and the digits still read back as it.
    fn settle_tie(&mut self, value: f64, reads_back: impl Fn(&str) -> bool) {
        let end = self.end();
        let mut even = Self { text: self.text, len: self.len };
        even.text[end - 1] -= 1;
        // With enough digits that only the middle itself ends like this.
        let middle = format!("{value:.precision$e}", precision = end + 25);
        let rest = &middle.as_bytes()[end..];
        let is_middle = middle.as_bytes()[..end] == even.text[..end]
            && rest[0] == b'5'
            && rest[1..].iter().take_while(|&&b| b != b'e').all(|&b| b == b'0');
        if is_middle && std::str::from_utf8(&even.text[..even.len]).is_ok_and(reads_back) {
            *self = even;
        }
    }

    fn layout(&self, out: &mut Vec<u8>) {
        let text = &self.text[..self.len];
        let at = self.end();
        let exponent: i32 =
            std::str::from_utf8(&text[at + 1..]).ok().and_then(|t| t.parse().ok()).unwrap_or(0);
        let mut digits = [0u8; 32];
        let mut len = 0;
        for &digit in text[..at].iter().filter(|b| b.is_ascii_digit()) {
            digits[len] = digit;
            len += 1;
        }
        while len > 1 && digits[len - 1] == b'0' {
            len -= 1;
        }
        let digits = &digits[..len];
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
