//! UTF-8, UTF-16 and UTF-32 as Java writes and reads them.

use kconnect_api::Text;
use kconnect_api::json::utf16;

/// Half a surrogate pair is written as U+FFFD.
const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

/// Hands out the characters of `text`.
fn characters(text: &Text, mut each: impl FnMut(char)) {
    text.wtf8_parts(|valid, half| {
        valid.chars().for_each(&mut each);
        half.into_iter().for_each(|_| each(REPLACEMENT));
    });
}

pub(super) fn write_utf16(text: &Text, big: bool, mark: bool, out: &mut Vec<u8>) {
    // Java marks only what is not empty.
    if mark && !text.as_bytes().is_empty() {
        out.extend_from_slice(&[0xFE, 0xFF]);
    }
    characters(text, |c| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.extend_from_slice(&if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        }
    });
}

pub(super) fn write_utf32(text: &Text, big: bool, out: &mut Vec<u8>) {
    characters(text, |c| {
        let c = u32::from(c);
        out.extend_from_slice(&if big { c.to_be_bytes() } else { c.to_le_bytes() });
    });
}

pub(super) fn read_utf16(bytes: &[u8], big: bool, mark: bool) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] if mark => utf16(rest, true),
        [0xFF, 0xFE, rest @ ..] if mark => utf16(rest, false),
        all => utf16(all, big),
    }
}

pub(super) fn read_utf32(bytes: &[u8], mut big: bool, mark: bool) -> String {
    let mut bytes = bytes;
    if mark {
        (bytes, big) = match bytes {
            [0, 0, 0xFE, 0xFF, rest @ ..] => (rest, true),
            [0xFF, 0xFE, 0, 0, rest @ ..] => (rest, false),
            all => (all, big),
        };
    }
    let (quads, rest) = bytes.as_chunks::<4>();
    let units =
        quads.iter().map(|quad| if big { u32::from_be_bytes(*quad) } else { u32::from_le_bytes(*quad) });
    let mut text: String = units.map(|unit| char::from_u32(unit).unwrap_or(REPLACEMENT)).collect();
    if !rest.is_empty() {
        text.push(REPLACEMENT);
    }
    text
}

/// The text of bytes as Java's decoder of UTF-8 reads them: what it cannot read becomes U+FFFD, one for half a surrogate
/// pair in three bytes or the first two of them, where Rust's count is one a byte.
pub(crate) fn java_utf8(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    loop {
        let error = match std::str::from_utf8(bytes) {
            Ok(rest) => {
                text.push_str(rest);
                return text;
            }
            Err(error) => error,
        };
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        text.push_str(&String::from_utf8_lossy(valid));
        text.push(REPLACEMENT);
        let wrong = match rest {
            [0xED, 0xA0..=0xBF, 0x80..=0xBF, ..] => 3,
            [0xED, 0xA0..=0xBF, ..] => 2,
            _ => error.error_len().unwrap_or(rest.len()),
        };
        bytes = &rest[wrong..];
    }
}
