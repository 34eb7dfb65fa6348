//! Values as text.

use super::temporal::date_text;
use crate::{Value, base64, java_string};

/// Appends the text of `value`: a STRING as it is, inside of containers quoted; bytes in base64.
pub fn to_text(value: &Value, out: &mut Vec<u8>) {
    append(value, false, out);
}

fn append(value: &Value, embedded: bool, out: &mut Vec<u8>) {
    let quote = |out: &mut Vec<u8>| {
        if embedded {
            out.push(b'"');
        }
    };
    match value {
        Value::String(text) if !embedded => out.extend_from_slice(text.as_bytes()),
        Value::String(text) => {
            out.push(b'"');
            for &byte in text.as_bytes() {
                if matches!(byte, b'\\' | b'"') {
                    out.push(b'\\');
                }
                out.push(byte);
            }
            out.push(b'"');
        }
        Value::Bytes(bytes, _) => {
            quote(out);
            base64::encode(bytes, out);
            quote(out);
        }
        Value::Array(elements) => {
            out.push(b'[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                append(element, true, out);
            }
            out.push(b']');
        }
        Value::Map(map) => {
            out.push(b'{');
            for (at, (key, value)) in map.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                append(key, true, out);
                out.push(b':');
                append(value, true, out);
            }
            out.push(b'}');
        }
        Value::Struct(inner) => {
            out.push(b'{');
            for field in inner.schema().fields() {
                if field.index() > 0 {
                    out.push(b',');
                }
                // Upstream quotes names without escaping them.
                out.push(b'"');
                out.extend_from_slice(field.name().as_bytes());
                out.extend_from_slice(b"\":");
                append(inner.get_at(field.index()), true, out);
            }
            out.push(b'}');
        }
        Value::Date(millis) => out.extend_from_slice(date_text(*millis).as_bytes()),
        other => java_string(other, out),
    }
}
