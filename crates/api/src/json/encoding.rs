//! Bytes to text, whichever of the encodings of JSON they are in.

use super::parser::{Source, parse_malformed};
use super::{Tape, malformed};
use crate::{Buf, Exception, Text, classes};

/// The text of `bytes`, see [`Tape::text`].
pub fn to_text(bytes: &Buf) -> Result<Text, Exception> {
    Tape::default().text(bytes)
}

pub(super) fn text(tape: &mut Tape, bytes: &Buf) -> Result<Text, Exception> {
    let (wide, big, skip) = match &bytes[..] {
        // Marks count only in front of four bytes.
        [0, _] | [0, _, _] => (2, true, 0),
        [_, 0] | [_, 0, _] => (2, false, 0),
        [] | [_] | [_, _] | [_, _, _] => (1, true, 0),
        [0xEF, 0xBB, 0xBF, ..] => (1, true, 3),
        [0, 0, 0xFE, 0xFF, ..] => (4, true, 4),
        [0xFF, 0xFE, 0, 0, ..] => (4, false, 4),
        [0xFE, 0xFF, ..] => (2, true, 2),
        [0xFF, 0xFE, ..] => (2, false, 2),
        [0, 0, 0, _, ..] => (4, true, 0),
        [_, 0, 0, 0, ..] => (4, false, 0),
        [0, _, _, _, ..] => (2, true, 0),
        [_, 0, _, _, ..] => (2, false, 0),
        _ => (1, true, 0),
    };
    (tape.source, tape.mark) = (if wide == 1 { Source::Utf8 } else { Source::Wide }, 0);
    match wide {
        1 => {
            tape.mark = skip;
            let bytes = if skip == 0 { bytes.clone() } else { bytes.slice(skip..bytes.len()) };
            Text::from_utf8(bytes).or_else(|bytes| lenient(tape, &bytes))
        }
        2 => Ok(utf16(&bytes[skip..], big).into()),
        _ => utf32(&bytes[skip..], big, skip),
    }
}

/// The first value of bytes that are no UTF-8.
#[cold]
fn lenient(tape: &mut Tape, bytes: &[u8]) -> Result<Text, Exception> {
    tape.nodes.clear();
    tape.open.clear();
    tape.source = Source::Malformed;
    let parsed = parse_malformed(tape, bytes);
    tape.source = Source::Rewritten;
    let (end, odd) = parsed?;
    malformed::rewritten(&bytes[..end], &odd)
        .ok_or_else(|| Exception::new(classes::SERIALIZATION, "the text is no UTF-8"))
}

/// UTF-16 as Java reads it: U+FFFD for half a pair, which takes what follows it along, and for an odd byte at the end.
#[must_use]
pub fn utf16(bytes: &[u8], big: bool) -> String {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut units =
        pairs.iter().map(|pair| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    let mut text = String::with_capacity(bytes.len());
    while let Some(unit) = units.next() {
        let second = if (0xD800..0xDC00).contains(&unit) { units.next() } else { None };
        let Some(Ok(c)) = char::decode_utf16([unit].into_iter().chain(second)).next() else {
            text.push('\u{FFFD}');
            if second.is_none() && unit < 0xDC00 {
                return text;
            }
            continue;
        };
        text.push(c);
    }
    if !rest.is_empty() {
        text.push('\u{FFFD}');
    }
    text
}

/// UTF-32, in which a half of a pair may stand alone, and nothing else may be wrong; `skip` bytes came before.
fn utf32(bytes: &[u8], big: bool, skip: usize) -> Result<Text, Exception> {
    let (quads, rest) = bytes.as_chunks::<4>();
    let mut text = String::with_capacity(bytes.len());
    let wrong = |message: String| {
        let cause = Exception::new("java.io.CharConversionException", message);
        Exception::new(classes::SERIALIZATION, cause.to_string()).caused_by(cause)
    };
    for (at, quad) in quads.iter().enumerate() {
        let number = if big { u32::from_be_bytes(*quad) } else { u32::from_le_bytes(*quad) };
        match char::from_u32(number) {
            Some(c) => text.push(c),
            // As text cannot hold it: only in strings is it allowed.
            None if number <= 0xFFFF => text.push_str(&format!("\\u{number:04X}")),
            None => {
                return Err(wrong(format!(
                    "Invalid UTF-32 character 0x{:x} (above 0x0010ffff) at char #{at}, byte #{})",
                    number.wrapping_sub(0x1_0000),
                    skip + at * 4 + 3
                )));
            }
        }
    }
    match rest.len() {
        0 => Ok(text.into()),
        got => Err(wrong(format!(
            "Unexpected EOF in the middle of a 4-byte UTF-32 char: got {got}, needed 4, at char #{}, byte #{got})",
            quads.len()
        ))),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn short_texts_have_no_mark() {
        let read = |bytes: &[u8]| super::to_text(&crate::Buf::from(bytes)).map(|text| text.to_string()).ok();
        assert_eq!(read(b"1\0"), Some("1".into()));
        assert_eq!(read(b"\0" as &[u8]), Some("\0".into()));
        assert_eq!(read(b"\x001"), Some("1".into()));
        assert_eq!(read(b"\xff\xfe"), None);
        assert_eq!(read(b"\xef\xbb\xbf1"), Some("1".into()));
    }
}
