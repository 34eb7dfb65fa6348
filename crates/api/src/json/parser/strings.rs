//! Strings and names.

use super::super::doc::unescape;
use super::super::malformed::{Odd, is_odd_name, is_odd_value, spelled};
use super::errors::{described, limit};
use super::{NAME_MAX, Node, Parser, STRING_MAX, Source, plain_prefix};
use crate::{Exception, Text};

impl Parser<'_, '_> {
    /// A string as value.
    pub(super) fn text(&mut self) -> Result<(), Exception> {
        let start = self.at + 1;
        let mut end = start;
        let scanned = self.scan(&mut end, false);
        if self.tape.source == Source::Malformed {
            // What comes first in the text is told.
            let odd = is_odd_value(self.bytes, start, end);
            if odd.map_err(|fault| self.fault(&fault, "VALUE_STRING"))? {
                self.odd.push(Odd { start, end, is_name: false });
            }
        }
        let escaped = scanned?;
        // Bytes are at least as many as Java's characters.
        if end - start > STRING_MAX {
            let text = String::from_utf8_lossy(unescape(&self.bytes[start..end]).as_slice()).into_owned();
            let length = text.encode_utf16().count();
            if length > STRING_MAX {
                return Err(limit(format!(
                    "String value length ({length}) exceeds the maximum allowed ({STRING_MAX}, from \
                     `StreamReadConstraints.getMaxStringLength()`)"
                )));
            }
        }
        self.push(start, end, escaped);
        Ok(())
    }

    /// The name of a member.
    pub(super) fn name(&mut self) -> Result<(), Exception> {
        let start = self.at + 1;
        let mut end = start;
        let escaped = self.scan(&mut end, true)?;
        let raw = &self.bytes[start..end];
        if raw.len() > NAME_MAX {
            // Upstream counts the bytes of its names, and the characters where it reads those.
            let name = unescape(raw);
            let length = match self.tape.source {
                Source::Wide => Text::from_wtf8(name).as_str().encode_utf16().count(),
                _ => name.len(),
            };
            if length > NAME_MAX {
                return Err(limit(format!(
                    "Name length ({length}) exceeds the maximum allowed ({NAME_MAX}, from \
                     `StreamReadConstraints.getMaxNameLength()`)"
                )));
            }
        }
        if self.tape.source == Source::Malformed {
            let odd = is_odd_name(raw, end + 1);
            if odd.map_err(|fault| self.fault(&fault, "field name"))? {
                self.odd.push(Odd { start, end, is_name: true });
            }
        }
        self.push(start, end, escaped);
        Ok(())
    }

    fn push(&mut self, start: usize, end: usize, escaped: bool) {
        self.tape.nodes.push(Node::String { start: start as u32, end: end as u32, escaped });
        self.at = end + 1;
    }

    /// Moves `at` to the closing quote, or to what is wrong; whether there are escapes.
    #[inline]
    fn scan(&mut self, at: &mut usize, is_name: bool) -> Result<bool, Exception> {
        let mut escaped = false;
        loop {
            *at += plain_prefix(self.bytes.get(*at..).unwrap_or_default());
            match self.bytes.get(*at) {
                Some(b'"') => return Ok(escaped),
                Some(b'\\') => {
                    escaped = true;
                    let whole_pairs =
                        is_name && !matches!(self.tape.source, Source::Wide | Source::Rewritten);
                    *at = match whole_pairs {
                        true => self.escape_in_name(*at)?,
                        false => self.escape(*at)?.1,
                    };
                }
                Some(0..=0x1F) => {
                    self.at = *at;
                    let what = if is_name { "name" } else { "string value" };
                    return Err(self.error(&format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be included in {what}",
                        self.shown()
                    )));
                }
                // Nothing else ends a plain prefix.
                Some(_) => *at += 1,
                None => {
                    let nothing = self.at + 1 == *at;
                    self.at = *at;
                    return Err(self.unclosed_string(is_name, nothing));
                }
            }
        }
    }

    fn unclosed_string(&self, is_name: bool, nothing: bool) -> Exception {
        match (self.tape.source, is_name) {
            (_, true) if nothing => {
                self.ends_with("Unexpected end-of-input: was expecting closing '\"' for name")
            }
            (_, true) => self.ends("in field name"),
            (Source::Wide, _) => {
                self.ends_with("Unexpected end-of-input: was expecting closing quote for a string value")
            }
            _ => self.ends("in VALUE_STRING"),
        }
    }

    /// Checks the escape at `at`: what it means, as far as that matters, and the byte after it.
    fn escape(&mut self, at: usize) -> Result<(u16, usize), Exception> {
        const PLACE: &str = "in character escape sequence";
        match self.bytes.get(at + 1).copied() {
            Some(plain @ (b'"' | b'\\' | b'/')) => Ok((u16::from(plain), at + 2)),
            Some(b'b') => Ok((8, at + 2)),
            Some(b'f') => Ok((12, at + 2)),
            Some(b'n') => Ok((10, at + 2)),
            Some(b'r') => Ok((13, at + 2)),
            Some(b't') => Ok((9, at + 2)),
            Some(b'u') => {
                let mut unit = 0;
                for at in at + 2..at + 6 {
                    let Some(&digit) = self.bytes.get(at) else {
                        self.at = self.bytes.len();
                        return Err(self.ends(PLACE));
                    };
                    let Some(digit) = char::from(digit).to_digit(16) else {
                        self.at = at;
                        return Err(self.unexpected("expected a hex-digit for character escape sequence"));
                    };
                    unit = unit << 4 | digit as u16;
                }
                Ok((unit, at + 6))
            }
            Some(first) => Err(self.unknown_escape(first, at + 2)),
            None => {
                self.at = self.bytes.len();
                Err(self.ends(PLACE))
            }
        }
    }

    fn unknown_escape(&mut self, first: u8, at: usize) -> Exception {
        match spelled(first, self.bytes, at) {
            Ok((number, after)) => {
                self.at = after - 1;
                self.error(&format!("Unrecognized character escape {}", described(number)))
            }
            Err(fault) => {
                self.at = at;
                self.fault(&fault, "VALUE_STRING")
            }
        }
    }

    /// An escape in a name, where upstream wants both halves of a surrogate pair.
    fn escape_in_name(&mut self, at: usize) -> Result<usize, Exception> {
        let (unit, after) = self.escape(at)?;
        self.at = after;
        match unit {
            0xDC00..=0xDFFF => {
                Err(self.error(&format!("Unexpected low surrogate in field name: 0x{unit:04x}")))
            }
            0xD800..=0xDBFF => match self.bytes.get(after) {
                Some(b'\\') => {
                    let (low, after) = self.escape(after)?;
                    if (0xDC00..=0xDFFF).contains(&low) {
                        return Ok(after);
                    }
                    self.at = after;
                    Err(self.error(&format!(
                        "Broken surrogate pair in field name: expected low surrogate, got 0x{low:04X}"
                    )))
                }
                Some(other) => Err(self.error(&format!(
                    "Broken surrogate pair in field name: expected '\\' to start low surrogate, got 0x{other:02x}"
                ))),
                None => Err(self.ends("in field name")),
            },
            _ => Ok(after),
        }
    }
}
