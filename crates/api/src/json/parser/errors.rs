//! What is wrong with a text, in upstream's words, and where.

use super::super::malformed::{Fault, Kind, spelled};
use super::{Parser, Source};
use crate::json::Node;
use crate::{Exception, classes};

const SOURCE: &str = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
/// The one control character that upstream could be told to pass over.
const RECORD_SEPARATOR: u8 = 0x1E;
const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// Upstream's class for a text that is none.
const WRONG: &str = "com.fasterxml.jackson.core.JsonParseException";
/// Its class for one that ends too early.
const EARLY: &str = "com.fasterxml.jackson.core.io.JsonEOFException";

/// Characters of an unknown token that are told.
const TOKEN_MAX: usize = 256;

impl Parser<'_, '_> {
    /// The character here is not what was `expected`.
    pub(super) fn unexpected(&self, expected: &str) -> Exception {
        self.error(&format!("Unexpected character ({}): {expected}", self.shown()))
    }

    pub(super) fn unexpected_in_number(&self, expected: &str) -> Exception {
        self.error(&format!("Unexpected character ({}) in numeric value: {expected}", self.shown()))
    }

    /// The input ends here, in the middle of something.
    pub(super) fn ends(&self, place: &str) -> Exception {
        self.ends_with(&format!("Unexpected end-of-input {place}"))
    }

    /// The same in other words.
    pub(super) fn ends_with(&self, message: &str) -> Exception {
        self.failed(EARLY, message, self.bytes.len())
    }

    /// A control character, or the start of a comment, between tokens.
    pub(super) fn no_space(&mut self) -> Exception {
        if self.peek() == Some(b'/') {
            return self.unexpected(
                "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for \
                 parser)",
            );
        }
        let shown = self.shown();
        let hint = match self.peek() {
            Some(RECORD_SEPARATOR) => {
                " (consider enabling `JsonReadFeature.ALLOW_RS_CONTROL_CHAR` to allow use of Record Separators (\\u001E))"
            }
            _ => "",
        };
        self.at += 1;
        self.error(&format!(
            "Illegal character ({shown}): only regular white space (\\r, \\n, \\t) is allowed between tokens{hint}"
        ))
    }

    /// No value starts here.
    pub(super) fn no_value(&self) -> Exception {
        let nothing_open = self.tape.open.is_empty();
        match self.peek() {
            Some(close @ (b']' | b'}')) if nothing_open => {
                let what = if close == b']' { "Array" } else { "Object" };
                self.error(&format!(
                    "Unexpected close marker '{}': no open {what} to close",
                    char::from(close)
                ))
            }
            Some(b']') if self.in_object() => self.unexpected(&format!("expected a valid value {VALUES}")),
            Some(b']' | b'}' | b',') => self.unexpected("expected a value"),
            Some(byte) if self.starts_word(byte) => self.unrecognized(self.at),
            Some(_) => self.unexpected(&format!("expected a valid value {VALUES}")),
            None => self.ends(&format!("in {}", self.token())),
        }
    }

    /// Upstream takes the first byte of a value for a character.
    fn starts_word(&self, byte: u8) -> bool {
        let c = match self.tape.source {
            Source::Wide => self.character().unwrap_or(' '),
            _ => char::from(byte),
        };
        c.is_alphabetic() || matches!(c, '_' | '$' | '\u{A2}'..='\u{A5}')
    }

    /// A name must start here.
    pub(super) fn no_name(&mut self) -> Exception {
        const EXPECTED: &str = "was expecting double-quote to start field name";
        match self.peek() {
            Some(first @ 0x80..) if self.tape.source != Source::Wide => {
                match spelled(first, self.bytes, self.at + 1) {
                    Ok((number, after)) => {
                        self.at = after - 1;
                        self.error(&format!("Unexpected character ({}): {EXPECTED}", described(number)))
                    }
                    Err(fault) => self.fault(&fault, self.token()),
                }
            }
            Some(_) => self.unexpected(EXPECTED),
            None => self.ends("within/between Object entries"),
        }
    }

    /// The bracket here closes something else than what is open.
    pub(super) fn other_bracket(&self, close: u8) -> Exception {
        let (what, bracket) = if self.in_object() { ("Object", '}') } else { ("Array", ']') };
        self.error(&format!(
            "Unexpected close marker '{}': expected '{bracket}' (for {what} starting at {})",
            char::from(close),
            self.place(self.opened())
        ))
    }

    /// The input ends and something is open.
    pub(super) fn unclosed(&self) -> Exception {
        let what = if self.in_object() { "Object" } else { "Array" };
        let message = format!(
            "Unexpected end-of-input: expected close marker for {what} (start marker at {})",
            self.place(self.opened())
        );
        self.failed(EARLY, &message, self.bytes.len())
    }

    /// The input ends behind a comma.
    pub(super) fn nothing_follows(&self) -> Exception {
        let what = if self.in_object() { "Object" } else { "Array" };
        self.error(&format!("Unexpected end-of-input within/between {what} entries"))
    }

    /// Where the innermost open bracket is.
    fn opened(&self) -> usize {
        let node = self.tape.open.last().and_then(|index| self.tape.nodes.get(*index as usize));
        match node {
            Some(Node::Object { start, .. } | Node::Array { start, .. }) => *start as usize,
            _ => 0,
        }
    }

    /// A word that means nothing, from `start` on; the place of the error is `self.at`.
    pub(super) fn unrecognized(&self, start: usize) -> Exception {
        let mut token = String::new();
        let mut at = start;
        // A sign, or a byte that was taken for a character.
        let is_first =
            |byte: u8| matches!(byte, b'+' | b'-') || !byte.is_ascii() && self.tape.source != Source::Wide;
        if let Some(first) = self.bytes.get(at).copied().filter(|byte| is_first(*byte)) {
            token.push(char::from(first));
            at += 1;
        }
        let mut count = at - start;
        while let Some(&first) = self.bytes.get(at) {
            let (number, after) = match spelled(first, self.bytes, at + 1) {
                Ok(found) => found,
                Err(fault) => return self.fault(&fault, self.token()),
            };
            // Java's 16 bits, except where there are characters.
            let number = if self.tape.source == Source::Wide { number } else { number & 0xFFFF };
            let Some(c) = char::from_u32(number).filter(|c| goes_on(*c)) else { break };
            token.push(c);
            count += 1;
            if count >= TOKEN_MAX {
                token.push_str("...");
                break;
            }
            at = after;
        }
        self.error(&format!("Unrecognized token '{token}': was expecting {VALUES}"))
    }

    /// Upstream's name of the last token before here.
    pub(super) fn token(&self) -> &'static str {
        let before = self.bytes.get(..self.at).unwrap_or_default().trim_ascii_end();
        let before = match before {
            [value @ .., b','] => value.trim_ascii_end(),
            other => other,
        };
        match before {
            [.., b'['] => "START_ARRAY",
            [.., b'{'] => "START_OBJECT",
            [.., b']'] => "END_ARRAY",
            [.., b'}'] => "END_OBJECT",
            [.., b':'] => "FIELD_NAME",
            [.., b'"'] => "VALUE_STRING",
            [.., b'u', b'e'] => "VALUE_TRUE",
            [.., b's', b'e'] => "VALUE_FALSE",
            [.., b'l'] => "VALUE_NULL",
            [] => "null",
            _ => match self.tape.nodes.last() {
                Some(Node::Number { integral: false, .. }) => "VALUE_NUMBER_FLOAT",
                _ => "VALUE_NUMBER_INT",
            },
        }
    }

    fn character(&self) -> Option<char> {
        let rest = self.bytes.get(self.at..)?;
        let rest = rest.get(..rest.len().min(4))?;
        rest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next())
    }

    /// What is here, as upstream shows it: bytes beyond ASCII are taken for characters.
    pub(super) fn shown(&self) -> String {
        let byte = self.peek().map_or(0, u32::from);
        match self.tape.source {
            Source::Wide => described(self.character().map_or(byte, u32::from)),
            _ => described(byte),
        }
    }

    /// Bytes that cannot be read.
    pub(super) fn fault(&self, fault: &Fault, place: &str) -> Exception {
        let class = if fault.kind == Kind::End { EARLY } else { WRONG };
        self.failed(class, &fault.kind.message(place), fault.at)
    }

    pub(super) fn error(&self, message: &str) -> Exception {
        self.failed(WRONG, message, self.at)
    }

    fn failed(&self, class: &'static str, message: &str, at: usize) -> Exception {
        wrapped(Exception::new(class, format!("{message}\n at {}", self.place(at))))
    }

    /// Line and column of byte `at`: of bytes, or of characters where upstream reads those.
    fn place(&self, at: usize) -> String {
        let before = &self.bytes[..at.min(self.bytes.len())];
        let line_break =
            |i: usize| before[i] == b'\n' || before[i] == b'\r' && before.get(i + 1) != Some(&b'\n');
        let line = (0..before.len()).filter(|i| line_break(*i)).count() + 1;
        let start = (0..before.len()).rev().find(|i| line_break(*i)).map_or(0, |at| at + 1);
        let column = match self.tape.source {
            Source::Wide => String::from_utf8_lossy(&before[start..]).encode_utf16().count(),
            _ => before.len() - start,
        };
        let skipped = if line == 1 { self.tape.mark } else { 0 };
        format!("{SOURCE}; line: {line}, column: {}]", column + skipped + 1)
    }
}

/// A character as upstream shows it.
pub(super) fn described(number: u32) -> String {
    // Java's characters have 16 bits, and half a pair is none of ours.
    let c = char::from_u32(number & 0xFFFF).unwrap_or('?');
    match number {
        _ if c.is_control() => format!("(CTRL-CHAR, code {})", number & 0xFFFF),
        0..=255 => format!("'{c}' (code {number})"),
        _ => format!("'{c}' (code {0} / 0x{0:x})", number & 0xFFFF),
    }
}

/// Whether a word goes on with `c`, as `Character.isJavaIdentifierPart` has it.
pub(super) fn goes_on(c: char) -> bool {
    let ignored = matches!(c, '\0'..='\u{8}' | '\u{E}'..='\u{1B}' | '\u{7F}'..='\u{9F}' | '\u{AD}');
    c.is_alphanumeric() || matches!(c, '_' | '$' | '\u{A2}'..='\u{A5}') || ignored
}

pub(super) fn limit(message: String) -> Exception {
    wrapped(Exception::new("com.fasterxml.jackson.core.exc.StreamConstraintsException", message))
}

pub(super) fn wrapped(cause: Exception) -> Exception {
    Exception::new(classes::SERIALIZATION, cause.to_string()).caused_by(cause)
}
