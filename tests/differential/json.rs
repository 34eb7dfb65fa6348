//! JSON as it is compared: texts by UTF-16 unit, so that half a surrogate pair is seen, numbers by their text, members in
//! order.

use std::fmt::{self, Write};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(Vec<u16>),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads a text that one of the two sides wrote.
    ///
    /// # Panics
    /// If it is no JSON.
    pub(crate) fn parse(text: &str) -> Self {
        let mut parser = Parser { bytes: text.as_bytes(), at: 0 };
        let value = parser.value();
        parser.space();
        assert_eq!(parser.at, text.len(), "more than one value: {text}");
        value
    }

    /// The member of an object.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// What follows a path of names and indices, `a/0/b`.
    pub(crate) fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').filter(|part| !part.is_empty()).try_fold(self, |json, part| match json {
            Self::Array(elements) => elements.get(part.parse::<usize>().ok()?),
            _ => json.get(part),
        })
    }

    /// A text without halves of surrogate pairs.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Text(units) => Some(String::from_utf16_lossy(units)),
            _ => None,
        }
    }

    /// Where two values differ: paths, with the two parts.
    pub(crate) fn differences<'a>(&'a self, other: &'a Self) -> Vec<Difference<'a>> {
        let mut found = Vec::new();
        compare(String::new(), Some(self), Some(other), &mut found);
        found
    }
}

/// A place where the two sides are not the same.
#[derive(Clone, Debug)]
pub(crate) struct Difference<'a> {
    pub(crate) path: String,
    pub(crate) ours: Option<&'a Json>,
    pub(crate) theirs: Option<&'a Json>,
}

fn compare<'a>(
    path: String,
    ours: Option<&'a Json>,
    theirs: Option<&'a Json>,
    found: &mut Vec<Difference<'a>>,
) {
    match (ours, theirs) {
        (Some(Json::Array(a)), Some(Json::Array(b))) => {
            for i in 0..a.len().max(b.len()) {
                compare(format!("{path}/{i}"), a.get(i), b.get(i), found);
            }
        }
        (Some(Json::Object(a)), Some(Json::Object(b))) if same_names(a, b) => {
            for ((name, ours), (_, theirs)) in a.iter().zip(b) {
                compare(format!("{path}/{name}"), Some(ours), Some(theirs), found);
            }
        }
        (Some(Json::Number(a)), Some(Json::Number(b))) if a == b || same_number(a, b) => {}
        _ if ours == theirs => {}
        _ => found.push(Difference { path, ours, theirs }),
    }
}

fn same_names(a: &[(String, Json)], b: &[(String, Json)]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((a, _), (b, _))| a == b)
}

/// Fractions may be written in more than one way, integers not.
fn same_number(a: &str, b: &str) -> bool {
    let fraction = |text: &str| text.contains(['.', 'e', 'E']);
    let bits = |text: &str| text.parse::<f64>().map(f64::to_bits).ok();
    fraction(a) && fraction(b) && bits(a) == bits(b)
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(units) => {
                f.write_char('"')?;
                for unit in char::decode_utf16(units.iter().copied()) {
                    match unit {
                        Ok(c @ ('"' | '\\')) => write!(f, "\\{c}")?,
                        Ok(c) if c < ' ' || c == '\u{7f}' => write!(f, "\\u{:04x}", c as u32)?,
                        Ok(c) => f.write_char(c)?,
                        Err(half) => write!(f, "\\u{:04x}", half.unpaired_surrogate())?,
                    }
                }
                f.write_char('"')
            }
            Self::Array(elements) => {
                f.write_char('[')?;
                for (i, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if i > 0 { "," } else { "" })?;
                }
                f.write_char(']')
            }
            Self::Object(members) => {
                f.write_char('{')?;
                for (i, (name, member)) in members.iter().enumerate() {
                    write!(f, "{}{name:?}:{member}", if i > 0 { "," } else { "" })?;
                }
                f.write_char('}')
            }
        }
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self) -> u8 {
        let byte = self.bytes[self.at];
        self.at += 1;
        byte
    }

    fn value(&mut self) -> Json {
        self.space();
        match self.bytes[self.at] {
            b'{' => Json::Object(self.list(b'}', |parser| {
                parser.space();
                let name = String::from_utf16_lossy(&parser.text());
                parser.space();
                assert_eq!(parser.take(), b':');
                (name, parser.value())
            })),
            b'[' => Json::Array(self.list(b']', Self::value)),
            b'"' => Json::Text(self.text()),
            _ => self.word(),
        }
    }

    fn list<T>(&mut self, end: u8, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut list = Vec::new();
        self.at += 1;
        self.space();
        if self.bytes[self.at] == end {
            self.at += 1;
            return list;
        }
        loop {
            list.push(one(self));
            self.space();
            let next = self.take();
            if next == end {
                return list;
            }
            assert_eq!(next, b',');
        }
    }

    fn word(&mut self) -> Json {
        let from = self.at;
        while self
            .bytes
            .get(self.at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
        {
            self.at += 1;
        }
        match std::str::from_utf8(&self.bytes[from..self.at]).expect("ASCII") {
            "null" => Json::Null,
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            number => {
                assert!(
                    !number.is_empty(),
                    "no JSON at byte {from}: {}",
                    String::from_utf8_lossy(self.bytes)
                );
                Json::Number(number.to_owned())
            }
        }
    }

    fn text(&mut self) -> Vec<u16> {
        assert_eq!(self.take(), b'"');
        let mut units = Vec::new();
        loop {
            let from = self.at;
            while !matches!(self.bytes[self.at], b'"' | b'\\') {
                self.at += 1;
            }
            units.extend(std::str::from_utf8(&self.bytes[from..self.at]).expect("UTF-8").encode_utf16());
            if self.take() == b'"' {
                return units;
            }
            units.push(match self.take() {
                b'b' => 8,
                b'f' => 12,
                b'n' => 10,
                b'r' => 13,
                b't' => 9,
                b'u' => {
                    let digits = std::str::from_utf8(&self.bytes[self.at..self.at + 4]).expect("ASCII");
                    self.at += 4;
                    u16::from_str_radix(digits, 16).expect("four digits")
                }
                other => u16::from(other),
            });
        }
    }
}
