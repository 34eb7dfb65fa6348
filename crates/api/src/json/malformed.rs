//! Bytes that are no UTF-8, inside strings of JSON: upstream's parser reads some of them all the same.
//!
//! It decodes by the first byte alone: overlong forms become the character they spell, and four bytes beyond U+10FFFF
//! two halves of surrogate pairs. What it refuses it names, values at the byte and names at their end. A text with such
//! bytes is written anew, its odd strings with escapes, so that everything behind the parser sees UTF-8; only then, so
//! that other texts cost nothing.

use super::doc::unescape;
use crate::Text;

/// Why bytes cannot be read, and where the parser is when it notices.
#[derive(Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    /// No byte that a character starts with.
    Start(u8),
    /// No byte that a character goes on with; of names with the bytes before it.
    Middle(u32),
    /// Half of a surrogate pair in three bytes.
    Surrogate(u32),
    /// The input ends within a character.
    End,
}

impl Kind {
    /// The parser's words; `place` is where an input ended.
    pub(super) fn message(&self, place: &str) -> String {
        match self {
            Self::Start(byte) => format!("Invalid UTF-8 start byte 0x{byte:x}"),
            Self::Middle(byte) => format!("Invalid UTF-8 middle byte 0x{byte:x}"),
            Self::Surrogate(unit) => format!("Invalid UTF-8: Illegal surrogate character 0x{unit:x}"),
            Self::End => format!("Unexpected end-of-input in {place}"),
        }
    }
}

/// How many bytes follow the first one of a character, and what it says of the character.
fn started(first: u8, at: usize) -> Result<(usize, u32), Fault> {
    match first {
        0..=0x7F => Ok((0, u32::from(first))),
        0xC0..=0xDF => Ok((1, u32::from(first & 0x1F))),
        0xE0..=0xEF => Ok((2, u32::from(first & 0x0F))),
        0xF0..=0xF7 => Ok((3, u32::from(first & 0x07))),
        _ => Err(Fault { kind: Kind::Start(first), at }),
    }
}

/// The number that `first` and the bytes from `at` on spell, and the place after them.
pub(super) fn spelled(first: u8, bytes: &[u8], at: usize) -> Result<(u32, usize), Fault> {
    let (more, mut number) = started(first, at)?;
    for at in at..at + more {
        let Some(&byte) = bytes.get(at) else {
            return Err(Fault { kind: Kind::End, at: bytes.len() });
        };
        if byte & 0xC0 != 0x80 {
            return Err(Fault { kind: Kind::Middle(u32::from(byte)), at: at + 1 });
        }
        number = number << 6 | u32::from(byte & 0x3F);
    }
    Ok((number, at + more))
}

/// One character of a string value: its UTF-16 units, and the place after it.
fn value_char(bytes: &[u8], at: usize) -> Result<(Units, usize), Fault> {
    let first = bytes.get(at).copied().unwrap_or_default();
    let (number, after) = spelled(first, bytes, at + 1)?;
    match first {
        0xF0.. => {
            let number = number.wrapping_sub(0x1_0000) as i32;
            Ok((Units::two(0xD800 | number >> 10, 0xDC00 | number & 0x3FF), after))
        }
        _ if (0xD800..0xE000).contains(&number) => Err(Fault { kind: Kind::Surrogate(number), at: after }),
        _ => Ok((Units::one(number), after)),
    }
}

/// One or two UTF-16 units.
struct Units([u16; 2], usize);

impl Units {
    fn one(unit: u32) -> Self {
        Self([unit as u16, 0], 1)
    }

    fn two(high: i32, low: i32) -> Self {
        Self([high as u16, low as u16], 2)
    }

    fn as_slice(&self) -> &[u16] {
        &self.0[..self.1]
    }
}

/// Checks the part of a string value that lies before `end`: whether it is other than UTF-8.
pub(super) fn is_odd_value(bytes: &[u8], start: usize, end: usize) -> Result<bool, Fault> {
    let mut at = start;
    while at < end {
        at = value_char(bytes, at)?.1;
    }
    Ok(std::str::from_utf8(&bytes[start..end]).is_err())
}

/// The UTF-16 units of a name, `after` is the place behind its closing quote.
fn name_units(raw: &[u8], after: usize) -> Result<Vec<u16>, Fault> {
    let bytes = unescape(raw);
    // The parser keeps names in words of four bytes, and shows what of them comes before a byte that it refuses.
    let word = |at: usize| {
        let part = bytes.get(at & !3..bytes.len().min((at & !3) + 4)).unwrap_or_default();
        let word = part.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        let word = (word << (8 * (4 - part.len().clamp(1, 4)))) as i32;
        (word >> (8 * (3 - (at & 3)))) as u32
    };
    let fault = |kind| Fault { kind, at: after };
    let mut units = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        let (more, mut number) = started(first, after)?;
        if at + more >= bytes.len() {
            return Err(fault(Kind::End));
        }
        for i in 1..=more {
            let shown = if i == 3 { word(at + i) & 0xFF } else { word(at + i) };
            if shown & 0xC0 != 0x80 {
                return Err(fault(Kind::Middle(shown)));
            }
            number = number << 6 | shown & 0x3F;
        }
        match more {
            3 => {
                let number = number.wrapping_sub(0x1_0000) as i32;
                units
                    .extend_from_slice(&[(0xD800 + (number >> 10)) as u16, 0xDC00 | (number & 0x3FF) as u16]);
            }
            2 if (0xD800..0xE000).contains(&number) => return Err(fault(Kind::Surrogate(number))),
            _ => units.push(number as u16),
        }
        at += more + 1;
    }
    Ok(units)
}

/// Checks a name: whether it is other than UTF-8.
pub(super) fn is_odd_name(raw: &[u8], after: usize) -> Result<bool, Fault> {
    if std::str::from_utf8(raw).is_ok() {
        return Ok(false);
    }
    name_units(raw, after).map(|_| true)
}

/// A string that is not UTF-8 and can be read all the same.
pub(super) struct Odd {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) is_name: bool,
}

/// The text of a document whose other strings are UTF-8.
pub(super) fn rewritten(bytes: &[u8], odd: &[Odd]) -> Option<Text> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    let mut from = 0;
    for string in odd {
        out.extend_from_slice(&bytes[from..string.start]);
        let raw = &bytes[string.start..string.end];
        match string.is_name {
            true => name_units(raw, 0).ok()?.iter().for_each(|unit| escape(*unit, &mut out)),
            false => rewrite_value(raw, &mut out)?,
        }
        from = string.end;
    }
    out.extend_from_slice(&bytes[from..]);
    String::from_utf8(out).ok().map(Text::from)
}

fn rewrite_value(raw: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut at = 0;
    while let Some(&first) = raw.get(at) {
        let (units, after) = value_char(raw, at).ok()?;
        match first < 0x80 || std::str::from_utf8(&raw[at..after]).is_ok() {
            true => out.extend_from_slice(&raw[at..after]),
            false => units.as_slice().iter().for_each(|unit| escape(*unit, out)),
        }
        at = after;
    }
    Some(())
}

fn escape(unit: u16, out: &mut Vec<u8>) {
    match u8::try_from(unit) {
        Ok(plain) if plain.is_ascii_alphanumeric() => out.push(plain),
        _ => out.extend_from_slice(format!("\\u{unit:04X}").as_bytes()),
    }
}
