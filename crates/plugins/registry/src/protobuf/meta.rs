//! Options that matter to Connect: the parameters in `confluent.field_meta`.
//!
//! A parser keeps the value of a custom option as text, `params : [ { key : "connect.type" , value : "int8" } ]`, since
//! only the option's own type tells what it means. That type is known here, so its `params` are read from the text;
//! whatever else stands in it is stepped over. A text that makes no sense has no parameters: it says nothing of data.

use std::iter::Peekable;

/// The option that holds parameters of a field.
pub(super) const FIELD_META: &str = "confluent.field_meta";

/// How deep values may nest before the text is given up.
const DEPTH_MAX: usize = 16;

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Mark(char),
}

/// The parameters in the value of `confluent.field_meta`.
pub(super) fn params(aggregate: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut tokens = Tokens(aggregate.chars().peekable()).peekable();
    match message(&mut tokens, 0) {
        Some(fields) => fields.into_iter().for_each(|(name, value)| {
            if name == "params" {
                entries(value, &mut found);
            }
        }),
        None => tracing::debug!(aggregate, "the option confluent.field_meta is not understood"),
    }
    found
}

/// The parameters in the value of `(confluent.field_meta).params`: one entry.
pub(super) fn entry(aggregate: &str) -> Option<(String, String)> {
    let mut tokens = Tokens(aggregate.chars().peekable()).peekable();
    key_and_value(message(&mut tokens, 0)?)
}

enum Item {
    Text(String),
    Message(Vec<(String, Item)>),
    List(Vec<Item>),
    Other,
}

fn entries(item: Item, found: &mut Vec<(String, String)>) {
    match item {
        Item::Message(fields) => found.extend(key_and_value(fields)),
        Item::List(items) => items.into_iter().for_each(|item| {
            if let Item::Message(fields) = item {
                found.extend(key_and_value(fields));
            }
        }),
        Item::Text(_) | Item::Other => {}
    }
}

fn key_and_value(fields: Vec<(String, Item)>) -> Option<(String, String)> {
    let (mut key, mut value) = (None, String::new());
    for (name, item) in fields {
        match (name.as_str(), item) {
            ("key", Item::Text(text)) => key = Some(text),
            ("value", Item::Text(text)) => value = text,
            _ => {}
        }
    }
    Some((key?, value))
}

type Stream<'a> = Peekable<Tokens<'a>>;

/// Fields up to a closing mark or the end.
fn message(tokens: &mut Stream<'_>, depth: usize) -> Option<Vec<(String, Item)>> {
    if depth > DEPTH_MAX {
        return None;
    }
    let mut fields = Vec::new();
    loop {
        match tokens.peek() {
            None | Some(Token::Mark('}' | '>')) => return Some(fields),
            Some(Token::Mark(',' | ';')) => drop(tokens.next()),
            Some(_) => {
                let name = name(tokens)?;
                if tokens.peek() == Some(&Token::Mark(':')) {
                    tokens.next();
                }
                fields.push((name, value(tokens, depth)?));
            }
        }
    }
}

/// A field's name: a word, or the name of an extension in brackets.
fn name(tokens: &mut Stream<'_>) -> Option<String> {
    match tokens.next()? {
        Token::Word(word) => Some(word),
        Token::Mark('[') => {
            let mut name = String::new();
            loop {
                match tokens.next()? {
                    Token::Mark(']') => return Some(name),
                    Token::Word(word) => name.push_str(&word),
                    Token::Mark(mark) => name.push(mark),
                    Token::Text(_) => return None,
                }
            }
        }
        _ => None,
    }
}

fn value(tokens: &mut Stream<'_>, depth: usize) -> Option<Item> {
    if depth > DEPTH_MAX {
        return None;
    }
    match tokens.next()? {
        Token::Text(mut text) => {
            // Texts side by side are one.
            while let Some(Token::Text(more)) = tokens.next_if(|token| matches!(token, Token::Text(_))) {
                text.push_str(&more);
            }
            Some(Item::Text(text))
        }
        Token::Mark('{' | '<') => {
            let fields = message(tokens, depth + 1)?;
            tokens.next()?;
            Some(Item::Message(fields))
        }
        Token::Mark('[') => list(tokens, depth + 1),
        Token::Mark('-') => value(tokens, depth + 1),
        Token::Word(_) => Some(Item::Other),
        Token::Mark(_) => None,
    }
}

fn list(tokens: &mut Stream<'_>, depth: usize) -> Option<Item> {
    let mut items = Vec::new();
    loop {
        match tokens.peek()? {
            Token::Mark(']') => {
                tokens.next();
                return Some(Item::List(items));
            }
            Token::Mark(',') => drop(tokens.next()),
            _ => items.push(value(tokens, depth)?),
        }
    }
}

struct Tokens<'a>(Peekable<std::str::Chars<'a>>);

impl Iterator for Tokens<'_> {
    type Item = Token;
    fn next(&mut self) -> Option<Token> {
        while self.0.next_if(|c| c.is_whitespace()).is_some() {}
        let first = self.0.next()?;
        Some(match first {
            '"' | '\'' => Token::Text(self.text(first)),
            c if is_word(c) => {
                let mut word = String::from(c);
                while let Some(c) = self.0.next_if(|c| is_word(*c)) {
                    word.push(c);
                }
                Token::Word(word)
            }
            c => Token::Mark(c),
        })
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.')
}

impl Tokens<'_> {
    /// A text up to its closing quote. Escapes of bytes beyond ASCII are kept as characters of that number.
    fn text(&mut self, quote: char) -> String {
        let mut text = String::new();
        while let Some(c) = self.0.next() {
            match c {
                c if c == quote => break,
                '\\' => text.extend(self.escape()),
                c => text.push(c),
            }
        }
        text
    }

    fn escape(&mut self) -> Option<char> {
        Some(match self.0.next()? {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' | 'X' => self.digits(0, 16, 2),
            c @ '0'..='7' => self.digits(c.to_digit(8).unwrap_or_default(), 8, 2),
            c => c,
        })
    }

    fn digits(&mut self, mut number: u32, radix: u32, most: usize) -> char {
        for _ in 0..most {
            let Some(digit) = self.0.next_if(|c| c.is_digit(radix)).and_then(|c| c.to_digit(radix)) else {
                break;
            };
            number = number * radix + digit;
        }
        char::from(number as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn parameters_are_found_in_each_spelling() {
        for text in [
            r#"params : [ { key : "connect.type" , value : "int8" } ]"#,
            r#"params { key: "connect.type" value: "int8" }"#,
            r#"doc: "x" tags: ["a", "b"] params: { value: "int8"; key: 'connect.type' }, rules: [{name: "n"}]"#,
            r#"params: <key: "connect" ".type", value: "i\x6et8">"#,
            r#"[other.ext]: -1.5e3 params: [{key: "connect.type", value: "int8"}]"#,
        ] {
            assert_eq!(params(text), [pair("connect.type", "int8")], "{text}");
        }
        let two = r#"params: [{key: "a", value: "1"}, {key: "b"}] params {key: "c" value: "\"\101"}"#;
        assert_eq!(params(two), [pair("a", "1"), pair("b", ""), pair("c", "\"A")]);
        assert_eq!(entry(r#"key : "a" , value : "1""#), Some(pair("a", "1")));
    }

    #[test]
    fn nonsense_has_no_parameters_and_ends() {
        let deep = format!("params: {}", "[".repeat(100_000));
        let deeper = "params {".repeat(100_000);
        let minus = format!("params: {}", "-".repeat(100_000));
        for text in
            ["", "}", "params", "params:", "params: [", "params: \"", "\\", ":::", &deep, &deeper, &minus]
        {
            assert_eq!(params(text), [], "{}", &text[..text.len().min(20)]);
        }
    }
}
