//! JSON as lines hold it: the order of members is kept, numbers stay text, and a text may hold a surrogate without its
//! partner. Bounded in depth, since what is read is walked by recursion.

use kconnect_api::Text;

/// Deeper than any record: what converters read has at most a thousand levels. Reading takes native stack.
pub(super) const DEPTH_MAX: usize = 1_050;

/// How deep JSON that was written is nested.
pub(super) fn depth(json: &[u8]) -> usize {
    let (mut open, mut deepest, mut quoted) = (0_usize, 0, false);
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if quoted => _ = bytes.next(),
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                open += 1;
                deepest = deepest.max(open);
            }
            b'}' | b']' if !quoted => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// A JSON value that borrows from its line.
#[derive(Debug)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    /// As it was written.
    Number(&'a str),
    String(Chars<'a>),
    Array(Vec<Json<'a>>),
    /// Members in order; of equal names the last one counts.
    Object(Vec<(Chars<'a>, Json<'a>)>),
}

/// A JSON text.
#[derive(Debug)]
pub(super) enum Chars<'a> {
    Plain(&'a str),
    Escaped(Text),
}

impl Chars<'_> {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Escaped(text) => text.as_str(),
        }
    }

    pub(super) fn to_text(&self) -> Text {
        match self {
            Self::Plain(text) => Text::from(*text),
            Self::Escaped(text) => text.clone(),
        }
    }
}

impl<'a> Json<'a> {
    /// Reads all of `text`.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        let mut parser = Parser { text, at: 0 };
        let value = parser.value(0)?;
        parser.space();
        match parser.peek() {
            None => Ok(value),
            Some(_) => Err(parser.wrong("nothing may follow the value")),
        }
    }

    /// What kind of value it is, for error texts.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn wrong(&self, what: &str) -> String {
        format!("not JSON at byte {}: {what}", self.at + 1)
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, String> {
        self.space();
        if depth > DEPTH_MAX {
            return Err(self.wrong(&format!("nested too deeply; at most {DEPTH_MAX} levels are read")));
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => Err(self.wrong("the line ends where a value is expected")),
        }
    }

    fn word(&mut self) -> Result<Json<'a>, String> {
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
        {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.wrong("expected a value"))
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, String> {
        let mut members = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("expected the name of a member in quotes"));
            }
            let name = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.wrong("expected ':'"));
            }
            self.at += 1;
            members.push((name, self.value(depth + 1)?));
            if self.ends(b'}')? {
                return Ok(Json::Object(members));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, String> {
        let mut elements = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            if self.ends(b']')? {
                return Ok(Json::Array(elements));
            }
        }
    }

    /// After a part of a container: whether it ends here.
    fn ends(&mut self, end: u8) -> Result<bool, String> {
        self.space();
        let found = self.peek();
        self.at += 1;
        match found {
            Some(b',') => Ok(false),
            Some(byte) if byte == end => Ok(true),
            _ => {
                self.at -= 1;
                Err(self.wrong(&format!("expected ',' or '{}'", end as char)))
            }
        }
    }

    fn number(&mut self) -> Result<Json<'a>, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Json::Number(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Result<(), String> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.wrong("expected a digit")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Chars<'a>, String> {
        self.at += 1;
        let (start, mut from) = (self.at, self.at);
        // WTF-8, once there is an escape.
        let mut unescaped: Option<Vec<u8>> = None;
        loop {
            match self.peek() {
                Some(b'"') => {
                    let rest = &self.text[from..self.at];
                    self.at += 1;
                    return Ok(match unescaped {
                        None => Chars::Plain(&self.text[start..self.at - 1]),
                        Some(mut text) => {
                            text.extend_from_slice(rest.as_bytes());
                            Chars::Escaped(Text::from_wtf8(text))
                        }
                    });
                }
                Some(b'\\') => {
                    let text = unescaped.get_or_insert_default();
                    text.extend_from_slice(&self.text.as_bytes()[from..self.at]);
                    self.at += 1;
                    self.escape(unescaped.get_or_insert_default())?;
                    from = self.at;
                }
                Some(0..=31) => {
                    return Err(self.wrong("a control character in a string; write it as \\u00XX"));
                }
                Some(_) => self.at += 1,
                None => return Err(self.wrong("the line ends inside of a string")),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let byte = self.peek();
        self.at += 1;
        out.push(match byte {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let unit = self.unit()?;
                self.push_unit(unit, out);
                return Ok(());
            }
            _ => {
                self.at -= 1;
                return Err(self.wrong("no escape of JSON"));
            }
        });
        Ok(())
    }

    fn unit(&mut self) -> Result<u16, String> {
        let digits = self.text.get(self.at..self.at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.wrong("expected four hexadecimal digits after \\u"))?;
        self.at += 4;
        Ok(unit)
    }

    /// Appends a character, with its second half if that follows.
    fn push_unit(&mut self, unit: u16, out: &mut Vec<u8>) {
        let mut push = |c: char| out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        if let Some(c) = char::from_u32(u32::from(unit)) {
            return push(c);
        }
        let here = self.at;
        if self.text[here..].starts_with("\\u") {
            self.at += 2;
            if let Ok(low) = self.unit()
                && let Some(Ok(c)) = char::decode_utf16([unit, low]).next()
            {
                return push(c);
            }
            self.at = here;
        }
        out.extend_from_slice(&Text::wtf8_unit(unit));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_json_is_named_with_its_place() {
        for (text, expect) in [
            ("", "byte 1: the line ends where a value is expected"),
            ("{", "byte 2: expected the name of a member in quotes"),
            ("{\"a\"1}", "byte 5: expected ':'"),
            ("{\"a\":1,}", "byte 8: expected the name"),
            ("[1,]", "byte 4: expected a value"),
            ("[1 2]", "byte 4: expected ',' or ']'"),
            ("01", "byte 2: nothing may follow"),
            ("1.", "byte 3: expected a digit"),
            ("\"\\x\"", "byte 3: no escape"),
            ("\"\\u12g4\"", "byte 4: expected four hexadecimal digits"),
            ("\"\\u1\u{e9}2\"", "byte 4: expected four hexadecimal digits"),
            ("\"a", "byte 3: the line ends inside of a string"),
            ("\"\u{1}\"", "byte 2: a control character"),
            ("nul", "byte 1: expected a value"),
        ] {
            let error = Json::parse(text).expect_err(text);
            assert!(error.contains(expect), "{text}: {error}");
        }
        let deep = "[".repeat(100_000);
        assert!(Json::parse(&deep).expect_err("too deep").contains("byte 1052: nested too deeply"));
    }

    #[test]
    fn the_depth_of_json_is_that_of_its_brackets_and_not_of_its_texts() {
        for (text, expect) in
            [("1", 0), ("[]", 1), (r#"{"a":[1,{"b":{}}],"c":[]}"#, 4), (r#"["[[\"[[",{"}\\":1}]"#, 2)]
        {
            assert_eq!(depth(text.as_bytes()), expect, "{text}");
        }
    }

    #[test]
    fn surrogates_find_their_partners_or_stay_alone() {
        for (text, expect) in [
            (r#""\uD83D\uDE00""#, "\u{1F600}".as_bytes()),
            (r#""\uD83Dx""#, b"\xED\xA0\xBDx"),
            (r#""\uDE00\uD83D""#, b"\xED\xB8\x80\xED\xA0\xBD"),
            (r#""\uD83D\u0041""#, b"\xED\xA0\xBDA"),
            (r#""\uD83D\n""#, b"\xED\xA0\xBD\n"),
        ] {
            let Ok(Json::String(chars)) = Json::parse(text) else { panic!("{text}") };
            assert_eq!(chars.to_text().wtf8(), expect, "{text}");
        }
    }
}
