//! Bytes to text, whichever of the encodings of JSON they are in.

use super::parser::error;
use crate::{Buf, Exception, Text};

/// The text of `bytes`: UTF-8 shares them, UTF-16 and UTF-32 (told apart by mark or zero bytes) are copied.
pub fn to_text(bytes: &Buf) -> Result<Text, Exception> {
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
    let wrong = || error("Invalid UTF-8 in the text", "", 0);
    match wide {
        1 => Text::from_utf8(bytes.slice(skip..bytes.len())).map_err(|_| wrong()),
        2 => {
            let units = bytes[skip..].as_chunks::<2>().0.iter();
            let units =
                units.map(|pair| if big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
            let text: Result<String, _> = char::decode_utf16(units).collect();
            text.map(Text::from).map_err(|_| wrong())
        }
        _ => {
            let units = bytes[skip..].as_chunks::<4>().0.iter();
            let units =
                units.map(|quad| if big { u32::from_be_bytes(*quad) } else { u32::from_le_bytes(*quad) });
            let text: Option<String> = units.map(char::from_u32).collect();
            text.map(Text::from).ok_or_else(wrong)
        }
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
