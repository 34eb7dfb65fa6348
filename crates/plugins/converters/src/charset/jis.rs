//! ISO-2022-JP: escapes say which set the bytes after them are of.

use kconnect_api::Text;

use super::table::Table;

/// The sets.
#[derive(Clone, Copy, PartialEq)]
enum Set {
    Ascii,
    /// JIS X 0201: Latin letters with yen and overline.
    Roman,
    /// JIS X 0201: half-width katakana.
    Kana,
    /// JIS X 0208, two bytes.
    Kanji,
}

const ESCAPE: u8 = 0x1B;
const SHIFT_OUT: u8 = 0x0E;
const SHIFT_IN: u8 = 0x0F;

/// What half-width katakana are above their byte.
const KANA: u32 = 0xFF40;

/// Written for what has no code, in [`Set::Kanji`]; for half a surrogate pair in whichever set there is.
const REPLACEMENT: [u8; 2] = [0x21, 0x29];

pub(super) fn read(table: &Table, bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let (mut set, mut before) = (Set::Ascii, Set::Ascii);
    let mut rest = bytes;
    while let Some(&first) = rest.first() {
        let mut length = 1;
        match (first, set) {
            (ESCAPE, _) => match escape(rest) {
                (Some(chosen), used) => (set, length) = (chosen, used),
                (None, used) => {
                    text.push(char::REPLACEMENT_CHARACTER);
                    length = used;
                }
            },
            (SHIFT_OUT, _) => (before, set) = (set, Set::Kana),
            (SHIFT_IN, _) => set = before,
            _ => {
                let (c, used) = character(table, set, rest);
                text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
                length = used;
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    text
}

/// The set that an escape chooses, and its length.
fn escape(bytes: &[u8]) -> (Option<Set>, usize) {
    match *bytes {
        [_, b'(', b'B', ..] => (Some(Set::Ascii), 3),
        [_, b'(', b'J', ..] => (Some(Set::Roman), 3),
        [_, b'(', b'I', ..] => (Some(Set::Kana), 3),
        [_, b'$', b'@' | b'B', ..] => (Some(Set::Kanji), 3),
        [_, b'(' | b'$', _, ..] => (None, 3),
        [_, _, _, ..] => (None, 2),
        _ => (None, bytes.len()),
    }
}

fn character(table: &Table, set: Set, bytes: &[u8]) -> (Option<char>, usize) {
    let first = bytes.first().copied().unwrap_or_default();
    match (set, bytes) {
        _ if !first.is_ascii() => (None, 1),
        (Set::Roman, _) if first == b'\\' => (Some('¥'), 1),
        (Set::Roman, _) if first == b'~' => (Some('‾'), 1),
        (Set::Ascii | Set::Roman, _) => (Some(char::from(first)), 1),
        (Set::Kana, _) if first <= 0x5F => (char::from_u32(u32::from(first) + KANA), 1),
        (Set::Kanji, [_, second, ..]) => {
            let c = table.double.get(usize::from(first) << 8 | usize::from(*second));
            (c.filter(|c| **c != 0).and_then(|c| char::from_u32(u32::from(*c))), 2)
        }
        _ => (None, 1),
    }
}

pub(super) fn write(table: &Table, text: &Text, out: &mut Vec<u8>) {
    let mut set = Set::Ascii;
    let mut choose = |chosen: Set, out: &mut Vec<u8>| {
        if set != chosen {
            out.extend_from_slice(match chosen {
                Set::Ascii => b"\x1B(B",
                Set::Roman => b"\x1B(J",
                Set::Kana => b"\x1B(I",
                Set::Kanji => b"\x1B$B",
            });
            set = chosen;
        }
    };
    let mut one = |c: char, out: &mut Vec<u8>| match c {
        '\0'..='\x7F' => {
            choose(Set::Ascii, out);
            out.push(c as u8);
        }
        '｡'..='ﾟ' => {
            choose(Set::Kana, out);
            out.push((c as u32 - KANA) as u8);
        }
        '¥' | '‾' => {
            choose(Set::Roman, out);
            out.push(if c == '¥' { b'\\' } else { b'~' });
        }
        _ => {
            choose(Set::Kanji, out);
            out.extend_from_slice(&table.code(c).map_or(REPLACEMENT, |code| (code as u16).to_be_bytes()));
        }
    };
    text.wtf8_parts(|valid, half| {
        valid.chars().for_each(|c| one(c, out));
        half.into_iter().for_each(|_| out.extend_from_slice(&REPLACEMENT));
    });
    choose(Set::Ascii, out);
}
