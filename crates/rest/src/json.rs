//! JSON as it is sent to us: a small parser that keeps the text of numbers (configurations want `1.50` as it was
//! written), says line and column, and refuses deep nesting. Errors use the words of upstream's parser.

mod parser;

use parser::Parser;

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
    /// There is a second value behind the first one, which begins with `token`.
    Trailing { token: &'static str, position: String },
    /// It is JSON that is not accepted here (depth, lone surrogates, encoding).
    Refused(String),
}

/// Parses a body; `None` when there is nothing but white space.
pub(crate) fn parse(body: &[u8]) -> Result<Option<Node>, JsonError> {
    let text = decode(body)?;
    Parser::new(&text).document()
}

/// The first character of a body that is no white space.
pub(crate) fn first(body: &[u8]) -> Option<char> {
    decode(body).ok()?.chars().find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'))
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
    fn what_is_wrong_and_where_is_said_as_upstreams_parser_does() {
        let source = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line";
        let mut faults = Vec::new();
        for (body, text, line, column) in MALFORMED {
            let text = text.replace("[S; line", source);
            let expect = format!("{text}\n at {source}: {line}, column: {column}]");
            let ours = parse(body.as_bytes());
            if ours != Err(JsonError::Malformed(expect.clone())) {
                faults.push(format!("{body:?}: {ours:?}\n    instead of {expect:?}"));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// Body, message, line and column of Jackson 2.21.2; `[S; line` stands for its long name of the source.
    const MALFORMED: &[(&str, &str, u32, u32)] = &[
        (
            "{\"a\":1/}",
            "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
            1,
            7,
        ),
        (
            "{\"a\":/1}",
            "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
            1,
            6,
        ),
        (
            "{\"a\"/:1}",
            "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
            1,
            5,
        ),
        (
            "{ /",
            "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
            1,
            3,
        ),
        ("{} ,", "Unexpected character (',' (code 44)): expected a value", 1, 4),
        (
            "{} /",
            "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)",
            1,
            4,
        ),
        ("{}}", "Unexpected close marker '}': no open Object to close", 1, 3),
        ("{}]", "Unexpected close marker ']': no open Array to close", 1, 3),
        (
            "{} x",
            "Unrecognized token 'x': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            1,
            4,
        ),
        (
            "{",
            "Unexpected end-of-input: expected close marker for Object (start marker at [S; line: 1, column: 1])",
            1,
            2,
        ),
        (
            "[",
            "Unexpected end-of-input: expected close marker for Array (start marker at [S; line: 1, column: 1])",
            1,
            2,
        ),
        (
            "[1",
            "Unexpected end-of-input: expected close marker for Array (start marker at [S; line: 1, column: 1])",
            1,
            3,
        ),
        ("[1,", "Unexpected end-of-input within/between Array entries", 1, 4),
        (
            "{\"a\":[",
            "Unexpected end-of-input: expected close marker for Array (start marker at [S; line: 1, column: 6])",
            1,
            7,
        ),
        ("{\"a\"", "Unexpected end-of-input within/between Object entries", 1, 5),
        ("{\"a\":", "Unexpected end-of-input within/between Object entries", 1, 6),
        (
            "{\"a\":1",
            "Unexpected end-of-input: expected close marker for Object (start marker at [S; line: 1, column: 1])",
            1,
            7,
        ),
        ("{\"a\":1,", "Unexpected end-of-input within/between Object entries", 1, 8),
        (
            "{\"a\":1 ",
            "Unexpected end-of-input: expected close marker for Object (start marker at [S; line: 1, column: 1])",
            1,
            8,
        ),
        (
            "\n {\"a\":{",
            "Unexpected end-of-input: expected close marker for Object (start marker at [S; line: 2, column: 7])",
            2,
            8,
        ),
        ("\"abc", "Unexpected end-of-input in VALUE_STRING", 1, 5),
        ("{\"na", "Unexpected end-of-input in field name", 1, 5),
        ("{a", "Unexpected character ('a' (code 97)): was expecting double-quote to start field name", 1, 2),
        (
            "{\"a\" 1}",
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
            1,
            6,
        ),
        (
            "{\"a\":1 \"b\"}",
            "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
            1,
            8,
        ),
        (
            "[1 2]",
            "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries",
            1,
            4,
        ),
        ("[1,]", "Unexpected character (']' (code 93)): expected a value", 1, 4),
        ("{,}", "Unexpected character (',' (code 44)): was expecting double-quote to start field name", 1, 2),
        ("{\"a\":,}", "Unexpected character (',' (code 44)): expected a value", 1, 6),
        ("01", "Invalid numeric value: Leading zeroes not allowed", 1, 2),
        ("-", "Unexpected end-of-input in null", 1, 2),
        (
            "1.",
            "Unexpected character ('.' (code 46)) in numeric value: Decimal point not followed by a digit",
            1,
            2,
        ),
        ("1e", "Unexpected end-of-input in null", 1, 3),
        ("1x", "Unexpected character ('x' (code 120)): Expected space separating root-level values", 1, 2),
        (
            "tru",
            "Unrecognized token 'tru': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            1,
            1,
        ),
        ("\"\\x\"", "Unrecognized character escape 'x' (code 120)", 1, 3),
        (
            "\"\\u12\"",
            "Unexpected character ('\"' (code 34)): expected a hex-digit for character escape sequence",
            1,
            6,
        ),
        (
            "\"a\nb\"",
            "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value",
            1,
            3,
        ),
        (
            "NaN",
            "Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow",
            1,
            4,
        ),
        (
            "-x",
            "Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow minus sign, for valid numeric value",
            1,
            2,
        ),
        (
            "'a'",
            "Unexpected character (''' (code 39)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            1,
            1,
        ),
        (
            "[tru]",
            "Unrecognized token 'tru': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            1,
            2,
        ),
        ("[\"", "Unexpected end-of-input in VALUE_STRING", 1, 3),
        ("\"\\", "Unexpected end-of-input in character escape sequence", 1, 3),
        ("{\"a\":\"\\u1", "Unexpected end-of-input in character escape sequence", 1, 10),
        ("}", "Unexpected close marker '}': no open Object to close", 1, 1),
        ("]", "Unexpected close marker ']': no open Array to close", 1, 1),
        (
            "[}",
            "Unexpected close marker '}': expected ']' (for Array starting at [S; line: 1, column: 1])",
            1,
            2,
        ),
        (
            "{]",
            "Unexpected close marker ']': expected '}' (for Object starting at [S; line: 1, column: 1])",
            1,
            2,
        ),
    ];

    #[test]
    fn what_is_not_accepted() {
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(deep(128).as_bytes()).is_ok());
        for body in [deep(129), "[".repeat(1_000_000), r#""\ud800""#.into(), r#""\udc00x""#.into()] {
            assert!(matches!(parse(body.as_bytes()), Err(JsonError::Refused(_))));
        }
        for body in
            ["{", "[1", "[1,]", "{\"a\"}", "01", "-", "1.", "1e", "1x", "\"a", "\"\\x\"", "\"\\u12\"", "tru"]
        {
            assert!(matches!(parse(body.as_bytes()), Err(JsonError::Malformed(_))), "{body}");
        }
    }
}
