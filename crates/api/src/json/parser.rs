//! JSON text to a tape, with the rules and limits of upstream's parser: comments and single quotes are not allowed, what
//! follows the first value is not looked at, the rest is up to the dialect.
//!
//! Open containers are kept in a list: depth costs no native stack.

use super::tape::{Node, Tape};
use crate::{Exception, Text, classes};

/// Jackson's limits.
const DEPTH_MAX: usize = 1000;
const NUMBER_MAX: usize = 1000;
const STRING_MAX: usize = 20_000_000;
const NAME_MAX: usize = 50_000;

/// Parses the value that starts at byte `at`, see [`Tape::parse_inside`]. The tape is empty.
pub(super) fn parse(
    tape: &mut Tape,
    text: &Text,
    at: usize,
    depth: usize,
) -> Result<(usize, usize), Exception> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at, depth, tape };
    parser.space();
    if at == 0 && parser.peek().is_none() {
        parser.tape.nodes.push(Node::Missing);
        return Ok((0, parser.at));
    }
    parser.document()?;
    if at == 0
        && matches!(parser.tape.nodes.first(), Some(Node::Number { .. }))
        && parser.peek().is_some_and(|byte| !is_space(byte))
    {
        let text =
            format!("Unexpected character ({}): Expected space separating root-level values", parser.shown());
        return Err(parser.error(&text));
    }
    let end = parser.at;
    Ok((0, end))
}

struct Parser<'t, 'a> {
    /// Only for errors: its bytes are those below.
    text: &'a Text,
    bytes: &'a [u8],
    at: usize,
    /// Of what is around this value.
    depth: usize,
    tape: &'t mut Tape,
}

/// How many bytes come before the first quote, backslash or control character.
#[inline]
#[must_use]
pub fn plain_prefix(bytes: &[u8]) -> usize {
    let (eights, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for eight in eights {
        let plain = plain_bytes(u64::from_le_bytes(*eight));
        at += plain;
        if plain < 8 {
            return at;
        }
    }
    at + rest.iter().take_while(|byte| !matches!(byte, 0..0x20 | b'"' | b'\\')).count()
}

/// How many of eight bytes, from the lowest, come before the first quote, backslash or control character.
fn plain_bytes(eight: u64) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    // The highest bit of each byte that is less than `than`; the lowest such byte is never wrong.
    let below = |bytes: u64, than: u64| bytes.wrapping_sub(ONES * than) & !bytes & HIGH;
    let quote = below(eight ^ (ONES * u64::from(b'"')), 1);
    let backslash = below(eight ^ (ONES * u64::from(b'\\')), 1);
    ((quote | backslash | below(eight, 0x20)).trailing_zeros() / 8) as usize
}

/// A part of a text, between characters.
fn piece(bytes: &[u8], start: usize, end: usize) -> &str {
    std::str::from_utf8(bytes.get(start..end).unwrap_or_default()).unwrap_or_default()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

impl Parser<'_, '_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
    }

    /// A value and all it contains.
    fn document(&mut self) -> Result<(), Exception> {
        loop {
            self.space();
            let opened = self.value()?;
            if opened && !self.first_child()? {
                continue;
            }
            if self.next_sibling()? {
                return Ok(());
            }
        }
    }

    /// One scalar, or the start of a container: whether it is one.
    fn value(&mut self) -> Result<bool, Exception> {
        match self.peek() {
            Some(b'"') => self.string(STRING_MAX).map(|()| false),
            Some(b'-') if self.tape.dialect.not_finite && self.bytes.get(self.at + 1) == Some(&b'I') => {
                self.not_finite()
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| false),
            Some(open @ (b'{' | b'[')) => {
                let start = self.position();
                let node = match open {
                    b'{' => Node::Object { after: 0, start, end: 0 },
                    _ => Node::Array { after: 0, start, end: 0 },
                };
                let index = self.tape.nodes.len() as u32;
                self.tape.nodes.push(node);
                self.tape.open.push(index);
                self.at += 1;
                let depth = self.depth + self.tape.open.len();
                if depth > DEPTH_MAX {
                    return Err(limit(format!(
                        "Document nesting depth ({depth}) exceeds the maximum allowed ({DEPTH_MAX}, from \
                         `StreamReadConstraints.getMaxNestingDepth()`)"
                    )));
                }
                Ok(true)
            }
            Some(b'N' | b'I' | b'+') if self.tape.dialect.not_finite => self.not_finite(),
            Some(b't') => self.literal("true", Node::Bool(true)),
            Some(b'f') => self.literal("false", Node::Bool(false)),
            Some(b'n') => self.literal("null", Node::Null),
            Some(byte) if byte.is_ascii_alphabetic() => Err(self.unrecognized()),
            Some(b']' | b'}' | b',') if !self.tape.open.is_empty() => {
                let text = format!("Unexpected character ({}): expected a value", self.shown());
                Err(self.error(&text))
            }
            Some(_) => {
                let text = format!(
                    "Unexpected character ({}): expected a valid value (JSON String, Number, Array, Object or token \
                     'null', 'true' or 'false')",
                    self.shown()
                );
                Err(self.error(&text))
            }
            None => Err(self.error("Unexpected end-of-input: expected a value")),
        }
    }

    /// After an opening bracket: whether the container is empty (and closed); if not, a key has been read.
    fn first_child(&mut self) -> Result<bool, Exception> {
        self.space();
        let object = self.in_object();
        match self.peek() {
            Some(b'}') if object => {
                self.close();
                Ok(true)
            }
            Some(b']') if !object => {
                self.close();
                Ok(true)
            }
            _ if object => self.key().map(|()| false),
            _ => Ok(false),
        }
    }

    /// After a value: closes what ends here. `true` when the document is complete, `false` when a value follows.
    fn next_sibling(&mut self) -> Result<bool, Exception> {
        loop {
            if self.tape.open.is_empty() {
                return Ok(true);
            }
            self.space();
            let object = self.in_object();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.space();
                    if object {
                        self.key()?;
                    }
                    return Ok(false);
                }
                Some(b'}') if object => self.close(),
                Some(b']') if !object => self.close(),
                Some(_) => {
                    let what = if object { "Object" } else { "Array" };
                    let text = format!(
                        "Unexpected character ({}): was expecting comma to separate {what} entries",
                        self.shown()
                    );
                    return Err(self.error(&text));
                }
                None => {
                    let what = if object { "Object" } else { "Array" };
                    return Err(
                        self.error(&format!("Unexpected end-of-input: expected close marker for {what}"))
                    );
                }
            }
        }
    }

    fn in_object(&self) -> bool {
        let open = self.tape.open.last().and_then(|&index| self.tape.nodes.get(index as usize));
        matches!(open, Some(Node::Object { .. }))
    }

    fn close(&mut self) {
        self.at += 1;
        let (end_at, after_at) = (self.position(), self.tape.nodes.len() as u32);
        let index = self.tape.open.pop();
        if let Some(Node::Array { after, end, .. } | Node::Object { after, end, .. }) =
            index.and_then(|index| self.tape.nodes.get_mut(index as usize))
        {
            (*after, *end) = (after_at, end_at);
        }
    }

    fn key(&mut self) -> Result<(), Exception> {
        match self.peek() {
            Some(b'"') => self.string(NAME_MAX)?,
            Some(_) => {
                let text = format!(
                    "Unexpected character ({}): was expecting double-quote to start field name",
                    self.shown()
                );
                return Err(self.error(&text));
            }
            None => return Err(self.error("Unexpected end-of-input: expected close marker for Object")),
        }
        self.space();
        if self.peek() == Some(b':') {
            self.at += 1;
            return Ok(());
        }
        let text = match self.peek() {
            Some(_) => {
                format!(
                    "Unexpected character ({}): was expecting a colon to separate field name and value",
                    self.shown()
                )
            }
            None => "Unexpected end-of-input within/between Object entries".to_owned(),
        };
        Err(self.error(&text))
    }

    fn literal(&mut self, word: &str, node: Node) -> Result<bool, Exception> {
        let after = self.bytes.get(self.at + word.len());
        let ends =
            !after.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$') || !b.is_ascii());
        if self.bytes[self.at..].starts_with(word.as_bytes()) && ends {
            self.at += word.len();
            self.tape.nodes.push(node);
            return Ok(false);
        }
        Err(self.unrecognized())
    }

    fn not_finite(&mut self) -> Result<bool, Exception> {
        const WORDS: [(&str, f64); 6] = [
            ("NaN", f64::NAN),
            ("Infinity", f64::INFINITY),
            ("+Infinity", f64::INFINITY),
            ("+INF", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("-INF", f64::NEG_INFINITY),
        ];
        for (word, value) in WORDS {
            if self.bytes[self.at..].starts_with(word.as_bytes()) {
                return self.literal(word, Node::NotFinite(value));
            }
        }
        Err(self.unrecognized())
    }

    fn string(&mut self, max: usize) -> Result<(), Exception> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            at += plain_prefix(self.bytes.get(at..).unwrap_or_default());
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at = self.escape(at)?;
                }
                Some(0..=0x1F) => {
                    let code = self.bytes[at];
                    self.at = at;
                    return Err(self.error(&format!(
                        "Illegal unquoted character ((CTRL-CHAR, code {code})): has to be escaped using backslash to be \
                         included in string value"
                    )));
                }
                // Nothing else ends a plain prefix.
                Some(_) => at += 1,
                None => {
                    self.at = at;
                    return Err(self.error("Unexpected end-of-input in VALUE_STRING"));
                }
            }
        }
        // Bytes are at least as many as Java's characters.
        if at - start > max {
            let length = piece(self.bytes, start, at).encode_utf16().count();
            if length > max {
                let what = if max == NAME_MAX { "Name" } else { "String value" };
                return Err(limit(format!("{what} length ({length}) exceeds the maximum allowed ({max})")));
            }
        }
        self.tape.nodes.push(Node::String { start: start as u32, end: at as u32, escaped });
        self.at = at + 1;
        Ok(())
    }

    /// Checks the escape at `at`; the byte after it.
    fn escape(&mut self, at: usize) -> Result<usize, Exception> {
        match self.bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => match self.bytes.get(at + 2..at + 6) {
                Some(hex) if hex.iter().all(u8::is_ascii_hexdigit) => Ok(at + 6),
                None if self.bytes[at + 2..].iter().all(u8::is_ascii_hexdigit) => {
                    self.at = self.bytes.len();
                    Err(self.error("Unexpected end-of-input in character escape sequence"))
                }
                _ => {
                    self.at = at + 2;
                    Err(self
                        .error("Unexpected character: expected a hex-digit for character escape sequence"))
                }
            },
            Some(_) => {
                self.at = at + 1;
                let text = format!("Unrecognized character escape {}", self.shown());
                Err(self.error(&text))
            }
            None => {
                self.at = at + 1;
                Err(self.error("Unexpected end-of-input in character escape sequence"))
            }
        }
    }

    fn number(&mut self) -> Result<(), Exception> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let whole = self.at;
        self.digits("No digit following minus sign")?;
        if !self.tape.dialect.leading_zeros && self.at - whole > 1 && self.bytes[whole] == b'0' {
            self.at = whole + 1;
            return Err(self.error("Invalid numeric value: Leading zeroes not allowed"));
        }
        let mut integral = true;
        if self.peek() == Some(b'.') {
            integral = false;
            self.at += 1;
            self.digits("Decimal point not followed by a digit")?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            integral = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            let exponent = self.at;
            self.digits("Exponent indicator not followed by a digit")?;
            // java.math.BigDecimal holds no other exponents.
            let digits = piece(self.bytes, exponent, self.at);
            if digits.trim_start_matches('0').len() > 10 || digits.parse::<i32>().is_err() {
                let value = piece(self.bytes, start, self.at);
                let message = format!(
                    "Value \"{value}\" can not be deserialized as `java.math.BigDecimal`, reason:  Too many nonzero \
                     exponent digits."
                );
                let cause = Exception::new(classes::NUMBER_FORMAT, message);
                return Err(Exception::new(classes::SERIALIZATION, cause.to_string()).caused_by(cause));
            }
        }
        let length = self.at - start;
        if length > NUMBER_MAX {
            return Err(limit(format!(
                "Number value length ({length}) exceeds the maximum allowed ({NUMBER_MAX}, from \
                 `StreamReadConstraints.getMaxNumberLength()`)"
            )));
        }
        self.tape.nodes.push(Node::Number { start: start as u32, end: self.position(), integral });
        Ok(())
    }

    fn digits(&mut self, missing: &str) -> Result<(), Exception> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start {
            return Ok(());
        }
        let text = match self.peek() {
            Some(_) => format!("Unexpected character ({}) in numeric value: {missing}", self.shown()),
            None => "Unexpected end-of-input in a Number value".to_owned(),
        };
        Err(self.error(&text))
    }

    fn position(&self) -> u32 {
        // A record's bytes are fewer than 4 GiB, see `Buf`.
        self.at as u32
    }

    /// The character here, as Jackson shows it.
    fn shown(&self) -> String {
        match self.text.as_str().get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(c) if (c as u32) < 32 => format!("(CTRL-CHAR, code {})", c as u32),
            Some(c) => format!("'{c}' (code {})", c as u32),
            None => "end of input".to_owned(),
        }
    }

    fn unrecognized(&self) -> Exception {
        let rest = &self.text.as_str()[self.at..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$'))).unwrap_or(rest.len());
        let token: String = rest[..end].chars().take(256).collect();
        self.error(&format!(
            "Unrecognized token '{token}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or \
             'false')"
        ))
    }

    fn error(&self, message: &str) -> Exception {
        error(message, self.text.as_str(), self.at)
    }
}

pub(super) fn error(message: &str, text: &str, at: usize) -> Exception {
    let before = &text.as_bytes()[..at.min(text.len())];
    let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
    let column =
        before.len() - before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1) + 1;
    let class = match ends_early(message, text) {
        true => "com.fasterxml.jackson.core.io.JsonEOFException",
        false => "com.fasterxml.jackson.core.JsonParseException",
    };
    let cause = Exception::new(
        class,
        format!(
            "{message}\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}, \
             column: {column}]"
        ),
    );
    Exception::new(classes::SERIALIZATION, cause.to_string()).caused_by(cause)
}

/// Whether Jackson has a class of its own for this end of the input. Not behind a comma or a decimal point.
fn ends_early(message: &str, text: &str) -> bool {
    let within = ["VALUE_STRING", "escape", "name"].iter().any(|place| message.contains(place));
    message.starts_with("Unexpected end-of-input") && (within || !text.trim_end().ends_with([',', '.']))
}

fn limit(message: String) -> Exception {
    let cause = Exception::new("com.fasterxml.jackson.core.exc.StreamConstraintsException", message);
    Exception::new(classes::SERIALIZATION, cause.to_string()).caused_by(cause)
}
