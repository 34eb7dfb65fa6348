//! JSON as it is sent to us: a small parser that keeps the text of numbers (configurations want `1.50` as it was
//! written), says line and column, and refuses deep nesting. Errors use the words of upstream's parser.

/// A parsed value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    /// The text of a number.
    Number(String),
    String(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum JsonError {
    /// It is no JSON.
    Malformed(String),
    /// It is JSON that is not accepted here (depth, lone surrogates, encoding).
    Refused(String),
}

/// Deepest nesting accepted.
const DEPTH: usize = 128;

/// Parses a body; `None` when there is nothing but white space.
pub(crate) fn parse(body: &[u8]) -> Result<Option<Node>, JsonError> {
    let text = decode(body)?;
    let mut parser = Parser { text: &text, at: 0 };
    parser.space();
    if parser.at == text.len() {
        return Ok(None);
    }
    let node = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(Some(node)),
        Some(_) => Err(parser.trailing()),
    }
}

/// UTF-8, or UTF-16 by its byte order mark or by the zeros of its first character.
fn decode(body: &[u8]) -> Result<String, JsonError> {
    let wide = |body: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = body.chunks(2).map(|pair| match pair {
            [a, b] => unit([*a, *b]),
            _ => 0xD800,
        });
        char::decode_utf16(units)
            .collect::<Result<String, _>>()
            .map_err(|_| JsonError::Refused("the body is not valid UTF-16".to_owned()))
    };
    match body {
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => wide(body, u16::from_be_bytes),
        [first, 0, ..] if *first != 0 => wide(body, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] | rest => std::str::from_utf8(rest).map(str::to_owned).map_err(|e| {
            JsonError::Refused(format!("Invalid UTF-8 at byte {} of the body", e.valid_up_to()))
        }),
    }
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn space(&mut self) {
        while let Some(' ' | '\t' | '\r' | '\n') = self.peek() {
            self.at += 1;
        }
    }

    fn error(&self, text: &str) -> JsonError {
        let before = self.text.get(..self.at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        JsonError::Malformed(format!("{text}\n at [line: {line}, column: {column}]"))
    }

    fn unexpected(&self, wanted: &str) -> JsonError {
        match self.peek() {
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
            Some('"') => self.string().map(Node::String),
            Some('-' | '0'..='9') => self.number(),
            Some(c) if c.is_ascii_alphabetic() => self.word(),
            _ => Err(self.unexpected(
                "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            )),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Node, JsonError> {
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
                None => return Err(self.error("Unexpected end-of-input: expected close marker for Object")),
                Some(_) => return Err(self.unexpected("was expecting double-quote to start field name")),
            }
            let name = self.string()?;
            self.space();
            if self.peek() != Some(':') {
                return Err(self.unexpected("was expecting a colon to separate field name and value"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            fields.push((name, value));
            self.space();
            match self.peek() {
                Some(',') => self.at += 1,
                Some('}') => {
                    self.at += 1;
                    return Ok(Node::Object(fields));
                }
                None => return Err(self.error("Unexpected end-of-input: expected close marker for Object")),
                Some(_) => return Err(self.unexpected("was expecting comma to separate Object entries")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Node, JsonError> {
        self.at += 1;
        let mut elements = Vec::new();
        self.space();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(Node::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(',') => self.at += 1,
                Some(']') => {
                    self.at += 1;
                    return Ok(Node::Array(elements));
                }
                None => return Err(self.error("Unexpected end-of-input: expected close marker for Array")),
                Some(_) => return Err(self.unexpected("was expecting comma to separate Array entries")),
            }
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
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
                None => return Err(self.error("Unexpected end-of-input in VALUE_STRING")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        Ok(match self.bump() {
            Some(c @ ('"' | '\\' | '/')) => c,
            Some('b') => '\u{8}',
            Some('f') => '\u{C}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(),
            Some(c) => {
                return Err(
                    self.error(&format!("Unrecognized character escape '{c}' (code {})", u32::from(c)))
                );
            }
            None => return Err(self.error("Unexpected end-of-input in character escape sequence")),
        })
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
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.unexpected("expected a hex-digit for character escape sequence")),
        }
    }

    fn number(&mut self) -> Result<Node, JsonError> {
        let start = self.at;
        if self.peek() == Some('-') {
            self.at += 1;
        }
        let whole = self.digits();
        let leading_zero =
            self.text.get(self.at - whole..self.at).is_some_and(|d| d.len() > 1 && d.starts_with('0'));
        if leading_zero {
            return Err(self.error("Invalid numeric value: Leading zeroes not allowed"));
        }
        if whole == 0 {
            return Err(self.unexpected("expected digit (0-9) to follow minus sign, for valid numeric value"));
        }
        if self.peek() == Some('.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.unexpected("Decimal point not followed by a digit"));
            }
        }
        if let Some('e' | 'E') = self.peek() {
            self.at += 1;
            if let Some('+' | '-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.unexpected("Exponent indicator not followed by a digit"));
            }
        }
        if !matches!(self.peek(), None | Some(' ' | '\t' | '\r' | '\n' | ',' | ']' | '}')) {
            return Err(self.unexpected("Expected space separating root-level values"));
        }
        Ok(Node::Number(self.text.get(start..self.at).unwrap_or_default().to_owned()))
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
            Some('-' | '0'..='9') => "VALUE_NUMBER_INT",
            Some(c) if c.is_ascii_alphabetic() => match self.peek_word() {
                "null" => "VALUE_NULL",
                "true" => "VALUE_TRUE",
                "false" => "VALUE_FALSE",
                word => return self.unrecognized(word),
            },
            _ => {
                return self.unexpected(
                    "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
                );
            }
        };
        self.error(&format!("Trailing token (of type {token}) found after value"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_text_and_later_fields_stay() {
        let node =
            parse(br#" {"a":1.50,"b":[true,null,-0,1e400],"a":"\u00e9\ud83d\ude00\n"} "#).unwrap().unwrap();
        let Node::Object(fields) = node else { panic!("{node:?}") };
        assert_eq!(fields[0], ("a".into(), Node::Number("1.50".into())));
        assert_eq!(
            fields[1].1,
            Node::Array(vec![
                Node::Bool(true),
                Node::Null,
                Node::Number("-0".into()),
                Node::Number("1e400".into())
            ])
        );
        assert_eq!(fields[2], ("a".into(), Node::String("é😀\n".into())));
    }

    #[test]
    fn encodings() {
        let wide =
            |bytes: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        for body in [
            b"{}".to_vec(),
            b"\xEF\xBB\xBF{}".to_vec(),
            wide(u16::to_be_bytes, "{}"),
            wide(u16::to_le_bytes, "\u{FEFF}{}"),
        ] {
            assert_eq!(parse(&body), Ok(Some(Node::Object(vec![]))), "{body:?}");
        }
        assert!(matches!(parse(b"\"\xFF\""), Err(JsonError::Refused(_))));
        assert_eq!(parse(b" \n"), Ok(None));
    }

    #[test]
    fn what_is_not_accepted() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(deep(128).as_bytes()).is_ok());
        for body in [deep(129), "[".repeat(1_000_000), r#""\ud800""#.into(), r#""\udc00x""#.into()] {
            assert!(matches!(parse(body.as_bytes()), Err(JsonError::Refused(_))));
        }
        for body in [
            "{",
            "[1",
            "[1,]",
            "{\"a\"}",
            "01",
            "-",
            "1.",
            "1e",
            "1x",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "tru",
            "{} x",
        ] {
            assert!(matches!(parse(body.as_bytes()), Err(JsonError::Malformed(_))), "{body}");
        }
    }
}
