//! Charsets by the names that Java knows, byte for byte as the JVM writes and reads them: what a charset cannot express
//! becomes its replacement, mostly `?`, and what cannot be read U+FFFD, as many as the JVM's decoder counts.
//!
//! - `names.rs`: names and aliases
//! - `unicode.rs`: UTF-8, UTF-16, UTF-32
//! - `table.rs`: tables, their deviations from `encoding_rs` (`deviations.txt`, made by `generate.rs`)
//! - `read.rs`: reading by tables
//! - `jis.rs`: ISO-2022-JP, which has escapes
//!
//! `digests.txt` has digests of all that JDK 25 writes and reads in each of them; a test computes ours.

mod jis;
mod names;
mod read;
mod table;
#[cfg(test)]
mod tests;
mod unicode;

use std::sync::OnceLock;

use kconnect_api::Text;

use names::{PLAIN, TABLES};
use table::{Shape, Table};
pub(crate) use unicode::java_utf8;

/// A charset.
#[derive(Clone, Copy)]
pub(crate) enum Charset {
    Utf8,
    Ascii,
    Latin1,
    /// `mark`: written with a byte order mark, and read by it.
    Utf16 {
        big: bool,
        mark: bool,
    },
    /// `mark`: read by a byte order mark; Java writes none.
    Utf32 {
        big: bool,
        mark: bool,
    },
    Table(Shape, &'static Table),
}

impl Charset {
    /// The charset that Java knows by `name`, in any case.
    pub(crate) fn of_java_name(name: &str) -> Option<Self> {
        static MADE: [OnceLock<Table>; TABLES.len()] = [const { OnceLock::new() }; TABLES.len()];
        let is_name = |known: &str, aliases: &[&str]| {
            known.eq_ignore_ascii_case(name) || aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
        };
        if let Some((_, charset, _)) = PLAIN.iter().find(|(known, _, aliases)| is_name(known, aliases)) {
            return Some(*charset);
        }
        let known = TABLES.iter().zip(&MADE);
        let mut known = known.filter(|((known, _, _, aliases), _)| is_name(known, aliases));
        let ((known, shape, base, _), made) = known.next()?;
        Some(Self::Table(*shape, made.get_or_init(|| Table::new(known, *shape, base))))
    }

    /// Appends `text` in this charset.
    pub(crate) fn encode(&self, text: &Text, out: &mut Vec<u8>) {
        match *self {
            Self::Utf8 => out.extend_from_slice(text.as_bytes()),
            Self::Ascii => {
                let ascii = |c: char| if c.is_ascii() { c as u8 } else { b'?' };
                out.extend(text.as_str().chars().map(ascii));
            }
            Self::Latin1 => out.extend(text.as_str().chars().map(|c| u8::try_from(c).unwrap_or(b'?'))),
            Self::Utf16 { big, mark } => unicode::write_utf16(text, big, mark, out),
            Self::Utf32 { big, .. } => unicode::write_utf32(text, big, out),
            Self::Table(Shape::Jis, table) => jis::write(table, text, out),
            Self::Table(shape, table) => {
                for c in text.as_str().chars() {
                    if shape == Shape::Gb18030 && c > '\u{FFFF}' {
                        out.extend_from_slice(&table::four_bytes(c as u32 - 0x1_0000 + read::ASTRAL));
                    } else if !table.encode(c, out) {
                        out.push(b'?');
                    }
                }
            }
        }
    }

    /// The text of `bytes`.
    pub(crate) fn decode(&self, bytes: &[u8]) -> String {
        match *self {
            Self::Utf8 => java_utf8(bytes),
            Self::Ascii => bytes
                .iter()
                .map(|&b| if b.is_ascii() { b as char } else { char::REPLACEMENT_CHARACTER })
                .collect(),
            Self::Latin1 => bytes.iter().map(|&b| b as char).collect(),
            Self::Utf16 { big, mark } => unicode::read_utf16(bytes, big, mark),
            Self::Utf32 { big, mark } => unicode::read_utf32(bytes, big, mark),
            Self::Table(shape, table) => read::by_table(shape, table, bytes),
        }
    }
}
