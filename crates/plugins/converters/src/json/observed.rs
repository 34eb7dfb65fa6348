//! What Apache Kafka 4.3.1 makes of texts, most of them broken.

use kconnect_api::{Buf, Convert, Converter, Exception, Topic, Value, WireHeaders};

use super::{Config, JsonConverter};
use crate::class::Class;

/// A line has the text (`\xNN` is a byte), a tab, and `=` with the text of the value (`\uNNNN` is a UTF-16 unit), or class
/// and message of the innermost cause (` @ [` is a new line, `at` and Jackson's words about its source).
const OBSERVED: &str = include_str!("observed-4.3.1.txt");

#[test]
fn json_is_read_and_refused_as_upstream_does_it() {
    let config = Config {
        schemas_enable: false,
        cache_size: 1000,
        decimal_format: "BASE64".to_owned(),
        replace_null_with_default: true,
        schema_content: None,
    };
    let mut converter = JsonConverter::new(config).expect("the settings are right");
    let mut wrong = Vec::new();
    for line in OBSERVED.lines() {
        let (input, theirs) = line.rsplit_once('\t').expect("a tab");
        let bytes = Buf::from(bytes(input));
        let found = converter.read(&Topic::from("t"), &WireHeaders::new(), Some(&bytes));
        // Only in a text itself does half a pair not show as a question mark.
        let is_text = matches!(&found, Ok(found) if matches!(found.value, Value::String(_)));
        let theirs = if is_text { theirs.to_owned() } else { without_halves(theirs) };
        let ours = match found {
            Ok(found) => format!("= {}", shown(&found.value)),
            Err(Convert::Bad(error)) => innermost(&error.exception),
            Err(Convert::Needs(_)) => "needs something".to_owned(),
        };
        if ours != theirs {
            wrong.push(format!("{input}\n  ours   {ours}\n  theirs {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn innermost(exception: &Exception) -> String {
    let mut inner = exception;
    while let Some(cause) = inner.cause() {
        inner = cause;
    }
    let class = inner.class().rsplit('.').next().unwrap_or_default();
    let message = inner.message().unwrap_or_default();
    let message =
        message.replace("[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); ", "[");
    format!("{class}: {}", escaped(&message.replace("\n at ", " @ ").encode_utf16().collect::<Vec<_>>()))
}

/// The text of a value.
fn shown(value: &Value) -> String {
    let mut units = Vec::new();
    match value {
        Value::String(text) => text.wtf8_parts(|valid, half| {
            units.extend(valid.encode_utf16());
            units.extend(half);
        }),
        other => units.extend(other.to_java_string().encode_utf16()),
    }
    escaped(&units)
}

fn escaped(units: &[u16]) -> String {
    let escape = |unit: &u16| match u8::try_from(*unit) {
        Ok(plain @ b' '..=b'~') => char::from(plain).to_string(),
        _ => format!("\\u{unit:04X}"),
    };
    units.iter().map(escape).collect()
}

/// `text` with `?` for the escapes of halves of surrogate pairs.
fn without_halves(text: &str) -> String {
    let mut units = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let escape = rest.strip_prefix("\\u").and_then(|rest| u16::from_str_radix(rest.get(..4)?, 16).ok());
        units.push(escape.unwrap_or(c as u16));
        rest = &rest[escape.map_or(c.len_utf8(), |_| 6)..];
    }
    let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or('?')).collect();
    escaped(&text.encode_utf16().collect::<Vec<_>>())
}

/// The bytes of a text with `\xNN` in it.
fn bytes(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let byte = rest.strip_prefix("\\x").and_then(|rest| u8::from_str_radix(rest.get(..2)?, 16).ok());
        match byte {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = &rest[byte.map_or(c.len_utf8(), |_| 4)..];
    }
    out
}
