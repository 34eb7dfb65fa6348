//! A recursive-descent parser of JSON that says what is wrong, and where, as upstream's parser does. Nesting is limited, so
//! that its own stack is.

use super::{JsonError, Node};

/// Deepest nesting accepted.
const DEPTH: usize = 128;

const COMMENT: &str = "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since \
    Feature 'ALLOW_COMMENTS' not enabled for parser)";
const VALUE: &str =
    "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

pub(super) struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The one value of the text; `None` when there is nothing but white space.
    pub(super) fn document(mut self) -> Result<Option<Node>, JsonError> {
        self.space();
        if self.at == self.text.len() {
            return Ok(None);
        }
        let node = self.value(0)?;
        self.space();
        match self.peek() {
            None => Ok(Some(node)),
            Some(_) => Err(self.trailing()),
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn space(&mut self) {
        while let Some(' ' | '\t' | '\r' | '\n') = self.peek() {
            self.at += 1;
        }
    }

    fn error(&self, text: &str) -> JsonError {
        JsonError::Malformed(format!("{text}\n at {}", self.position(self.at)))
    }

    /// Where `at` is, as upstream's parser says it.
    fn position(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!(
            "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}, column: {column}]"
        )
    }

    /// The text ends where an object or array that began at `start` could.
    fn unclosed(&self, what: &str, start: usize) -> JsonError {
        let start = self.position(start);
        self.error(&format!(
            "Unexpected end-of-input: expected close marker for {what} (start marker at {start})"
        ))
    }

    /// The text ends where an entry goes on or another one begins.
    fn half_entry(&self, what: &str) -> JsonError {
        self.error(&format!("Unexpected end-of-input within/between {what} entries"))
    }

    /// What began at `start` is closed as if it were the other.
    fn mismatched(&self, close: char, wanted: char, what: &str, start: usize) -> JsonError {
        let start = self.position(start);
        self.error(&format!(
            "Unexpected close marker '{close}': expected '{wanted}' (for {what} starting at {start})"
        ))
    }

    fn unexpected(&self, wanted: &str) -> JsonError {
        match self.peek() {
            Some('/') => self.error(COMMENT),
            Some(c) => self.error(&format!("Unexpected character ('{c}' (code {})): {wanted}", u32::from(c))),
            None => self.error(&format!("Unexpected end-of-input: {wanted}")),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, JsonError> {
        self.space();
        match self.peek() {
            Some('{' | '[') if depth >= DEPTH => {
                Err(JsonError::Refused(format!("the JSON is nested deeper than {DEPTH} levels")))
            }
            Some('{') => self.object(depth),
            Some('[') => self.array(depth),
            Some('"') => self.string("in VALUE_STRING").map(Node::String),
            Some('-' | '0'..='9') => self.number(),
            Some(c) if c.is_ascii_alphabetic() => self.word(),
            Some('}' | ']') if depth == 0 => Err(self.unopened()),
            Some(',' | '}' | ']') if depth > 0 => Err(self.unexpected("expected a value")),
            _ => Err(self.unexpected(VALUE)),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Node, JsonError> {
        let start = self.at;
        self.at += 1;
        let mut fields: Vec<(String, Node)> = Vec::new();
        self.space();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(Node::Object(fields));
        }
        loop {
            self.space();
            match self.peek() {
                Some('"') => {}
                None if fields.is_empty() => return Err(self.unclosed("Object", start)),
                None => return Err(self.half_entry("Object")),
                Some(']') => return Err(self.mismatched(']', '}', "Object", start)),
                Some(_) => return Err(self.unexpected("was expecting double-quote to start field name")),
            }
            let name = self.string("in field name")?;
            self.space();
            match self.peek() {
                Some(':') => self.at += 1,
                None => return Err(self.half_entry("Object")),
                Some(_) => {
                    return Err(self.unexpected("was expecting a colon to separate field name and value"));
                }
            }
            self.space();
            if self.peek().is_none() {
                return Err(self.half_entry("Object"));
            }
            let value = self.value(depth + 1)?;
            fields.push((name, value));
            self.space();
            match self.peek() {
                Some(',') => self.at += 1,
                Some('}') => {
                    self.at += 1;
                    return Ok(Node::Object(fields));
                }
                None => return Err(self.unclosed("Object", start)),
                Some(']') => return Err(self.mismatched(']', '}', "Object", start)),
                Some(_) => return Err(self.unexpected("was expecting comma to separate Object entries")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Node, JsonError> {
        let start = self.at;
        self.at += 1;
        let mut elements = Vec::new();
        self.space();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(Node::Array(elements));
        }
        loop {
            self.space();
            match self.peek() {
                None if elements.is_empty() => return Err(self.unclosed("Array", start)),
                None => return Err(self.half_entry("Array")),
                Some('}') => return Err(self.mismatched('}', ']', "Array", start)),
                Some(_) => {}
            }
            elements.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(',') => self.at += 1,
                Some(']') => {
                    self.at += 1;
                    return Ok(Node::Array(elements));
                }
                None => return Err(self.unclosed("Array", start)),
                Some('}') => return Err(self.mismatched('}', ']', "Array", start)),
                Some(_) => return Err(self.unexpected("was expecting comma to separate Array entries")),
            }
        }
    }

    /// `place` is what upstream's parser calls it when it does not end.
    fn string(&mut self, place: &str) -> Result<String, JsonError> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let plain =
                self.rest().find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(self.rest().len());
            out.push_str(self.rest().get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some('"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some('\\') => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                Some(c) => {
                    return Err(self.error(&format!(
                        "Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using backslash to be \
                         included in string value",
                        u32::from(c)
                    )));
                }
                None => return Err(self.error(&format!("Unexpected end-of-input {place}"))),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let Some(next) = self.peek() else { return Err(self.half_escape()) };
        let char = match next {
            '"' | '\\' | '/' => next,
            'b' => '\u{8}',
            'f' => '\u{C}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                self.at += 1;
                return self.unicode();
            }
            other => {
                let code = u32::from(other);
                return Err(self.error(&format!("Unrecognized character escape '{other}' (code {code})")));
            }
        };
        self.at += 1;
        Ok(char)
    }

    fn half_escape(&self) -> JsonError {
        self.error("Unexpected end-of-input in character escape sequence")
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let lone = || {
            JsonError::Refused("a string holds half of a surrogate pair, which is no character".to_owned())
        };
        let first = self.hex()?;
        let code = match first {
            0xD800..=0xDBFF => {
                if !self.rest().starts_with("\\u") {
                    return Err(lone());
                }
                self.at += 2;
                let second = self.hex()?;
                if !(0xDC00..=0xDFFF).contains(&second) {
                    return Err(lone());
                }
                0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            code => code,
        };
        char::from_u32(code).ok_or_else(lone)
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let mut code = 0;
        for _ in 0..4 {
            match self.peek() {
                Some(c) if c.is_ascii_hexdigit() => code = code * 16 + c.to_digit(16).unwrap_or_default(),
                Some(_) => {
                    return Err(self.unexpected("expected a hex-digit for character escape sequence"));
                }
                None => return Err(self.half_escape()),
            }
            self.at += 1;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<Node, JsonError> {
        let start = self.at;
        if self.peek() == Some('-') {
            self.at += 1;
        }
        let first = self.at;
        let whole = self.digits();
        if whole == 0 {
            return Err(self.no_digit("expected digit (0-9) to follow minus sign, for valid numeric value"));
        }
        if whole > 1 && self.text.as_bytes().get(first) == Some(&b'0') {
            self.at = first + 1;
            return Err(self.error("Invalid numeric value: Leading zeroes not allowed"));
        }
        if self.peek() == Some('.') {
            let point = self.at;
            self.at += 1;
            if self.digits() == 0 {
                self.at = point;
                return Err(self.no_digit("Decimal point not followed by a digit"));
            }
        }
        if let Some('e' | 'E') = self.peek() {
            self.at += 1;
            if let Some('+' | '-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.no_digit("Exponent indicator not followed by a digit"));
            }
        }
        if !matches!(self.peek(), None | Some(' ' | '\t' | '\r' | '\n' | ',' | ']' | '}')) {
            return Err(self.unexpected("Expected space separating root-level values"));
        }
        Ok(Node::Number(self.text.get(start..self.at).unwrap_or_default().to_owned()))
    }

    /// A number goes on with something that is no digit, or not at all.
    fn no_digit(&self, why: &str) -> JsonError {
        match self.peek() {
            Some(c) => self.error(&format!(
                "Unexpected character ('{c}' (code {})) in numeric value: {why}",
                u32::from(c)
            )),
            // The name of a token that upstream's parser does not have yet.
            None => self.error("Unexpected end-of-input in null"),
        }
    }

    fn digits(&mut self) -> usize {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += digits;
        digits
    }

    fn word(&mut self) -> Result<Node, JsonError> {
        let word = self.peek_word().to_owned();
        let node = match word.as_str() {
            "null" => Node::Null,
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            "NaN" | "Infinity" => {
                self.at += word.len();
                return Err(self.error(&format!(
                    "Non-standard token '{word}': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow"
                )));
            }
            _ => return Err(self.unrecognized(&word)),
        };
        self.at += word.len();
        Ok(node)
    }

    fn peek_word(&self) -> &str {
        let end = self.rest().find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
        self.rest().get(..end.unwrap_or(self.rest().len())).unwrap_or_default()
    }

    fn unrecognized(&self, word: &str) -> JsonError {
        self.error(&format!(
            "Unrecognized token '{word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or \
             'false')"
        ))
    }

    /// Text after the value.
    fn trailing(&mut self) -> JsonError {
        let token = match self.peek() {
            Some('{') => "START_OBJECT",
            Some('[') => "START_ARRAY",
            Some('"') => "VALUE_STRING",
            Some('-' | '0'..='9') => {
                match self.rest().bytes().find(|byte| !byte.is_ascii_digit() && *byte != b'-') {
                    Some(b'.' | b'e' | b'E') => "VALUE_NUMBER_FLOAT",
                    _ => "VALUE_NUMBER_INT",
                }
            }
            Some(c) if c.is_ascii_alphabetic() => match self.peek_word() {
                "null" => "VALUE_NULL",
                "true" => "VALUE_TRUE",
                "false" => "VALUE_FALSE",
                word => return self.unrecognized(word),
            },
            Some('}' | ']') => return self.unopened(),
            Some(',') => return self.unexpected("expected a value"),
            _ => return self.unexpected(VALUE),
        };
        JsonError::Trailing { token, position: self.position(self.at) }
    }

    /// A mark that closes what nobody opened.
    fn unopened(&self) -> JsonError {
        let (close, what) = if self.peek() == Some('}') { ('}', "Object") } else { (']', "Array") };
        self.error(&format!("Unexpected close marker '{close}': no open {what} to close"))
    }
}
