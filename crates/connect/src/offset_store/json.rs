//! Keys and values of stored offsets: the bytes of Connect's internal JSON converter without schemas (formats §1, §5.1).
//!
//! A key is `["<connector>",{partition}]`, a value `{offset}`. Bytes matter: compaction and lookups of JVM workers go
//! by them, so text escapes and float text are Java's.

use std::sync::Arc;

use kconnect_api::{ObjectMap, Text, Value, java_f32, java_f64};
use serde_json::Value as Json;

/// Bytes of the key of a partition; `None` is a null partition.
pub(crate) fn write_key(connector: &str, partition: Option<&ObjectMap>) -> Vec<u8> {
    let mut out = String::with_capacity(64);
    out.push('[');
    write_text(&mut out, connector);
    out.push(',');
    match partition {
        Some(map) => write_map(&mut out, map),
        None => out.push_str("null"),
    }
    out.push(']');
    out.into_bytes()
}

/// Bytes of an offset.
pub(crate) fn write_value(offset: &ObjectMap) -> Vec<u8> {
    let mut out = String::with_capacity(32);
    write_map(&mut out, offset);
    out.into_bytes()
}

fn write_map(out: &mut String, map: &ObjectMap) {
    out.push('{');
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(out, key);
        out.push(':');
        write_primitive(out, value);
    }
    out.push('}');
}

fn write_primitive(out: &mut String, value: &Value) {
    let mut number = |text: String| match text.parse::<f64>().is_ok_and(f64::is_finite) {
        true => out.push_str(&text),
        // NaN and infinities are no JSON numbers; Java's JSON writer quotes them.
        false => write_text(out, &text),
    };
    match value {
        Value::Float32(float) => return number(java_f32(*float)),
        Value::Float64(double) => return number(java_f64(*double)),
        _ => {}
    }
    match value {
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int8(n) => out.push_str(&n.to_string()),
        Value::Int16(n) => out.push_str(&n.to_string()),
        Value::Int32(n) => out.push_str(&n.to_string()),
        Value::Int64(n) => out.push_str(&n.to_string()),
        Value::String(text) => write_text(out, text.as_str()),
        Value::Bytes(bytes, _) => {
            out.push('"');
            base64(out, bytes);
            out.push('"');
        }
        // Containers are refused by `check_primitive` before anything is written.
        _ => out.push_str("null"),
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn base64(out: &mut String, bytes: &[u8]) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |acc, b| acc << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = (group >> (18 - 6 * place)) & 63;
            out.push(if place <= chunk.len() { ALPHABET[digit as usize] as char } else { '=' });
        }
    }
}

/// `Err` is upstream's message for a map that holds more than primitives.
pub(crate) fn check_primitive(map: &ObjectMap) -> Result<(), String> {
    let bad = |value: &Value| match value {
        Value::Array(_) => Some("ARRAY"),
        Value::Map(_) => Some("MAP"),
        Value::Struct(_) => Some("STRUCT"),
        Value::Decimal(_) => Some("class java.math.BigDecimal"),
        Value::Date(_) => Some("class java.util.Date"),
        _ => None,
    };
    match map.iter().find_map(|(key, value)| bad(value).map(|kind| (key, kind))) {
        Some((key, kind)) => Err(format!(
            "Offsets may only contain primitive types as values, but field {key} contains {kind}"
        )),
        None => Ok(()),
    }
}

/// A parsed key: connector and partition (`None` is null); `None` when the bytes are not a key.
pub(crate) fn read_key(bytes: &[u8]) -> Option<(String, Option<ObjectMap>)> {
    let Ok(Json::Array(parts)) = serde_json::from_slice(bytes) else { return None };
    let [Json::String(connector), partition] = parts.as_slice() else { return None };
    let partition = match partition {
        Json::Null => None,
        Json::Object(members) => Some(to_map(members)?),
        _ => return None,
    };
    Some((connector.clone(), partition))
}

/// A parsed offset; `None` when the bytes are no map of primitives.
pub(crate) fn read_value(bytes: &[u8]) -> Option<ObjectMap> {
    match serde_json::from_slice(bytes) {
        Ok(Json::Object(members)) => to_map(&members),
        _ => None,
    }
}

/// A JSON object of primitives as Connect data: integers become INT64, other numbers FLOAT64.
pub(crate) fn to_map(members: &serde_json::Map<String, Json>) -> Option<ObjectMap> {
    let entries = members.iter().map(|(key, value)| Some((Arc::<str>::from(key.as_str()), to_value(value)?)));
    Some(ObjectMap::new(entries.collect::<Option<Vec<_>>>()?))
}

fn to_value(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Int64(integer),
            // Beyond INT64 Java keeps the low 64 bits.
            None => match number.as_u64() {
                Some(wide) => Value::Int64(wide as i64),
                None => Value::Float64(number.as_f64()?),
            },
        },
        Json::String(text) => Value::String(Text::from(text.as_str())),
        Json::Array(_) | Json::Object(_) => return None,
    })
}

/// A map of primitives as JSON for the REST API.
pub(crate) fn from_map(map: &ObjectMap) -> serde_json::Map<String, Json> {
    let bytes = write_value(map);
    match serde_json::from_slice(&bytes) {
        Ok(Json::Object(members)) => members,
        _ => serde_json::Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_have_the_bytes_of_the_internal_converter() {
        let partition = ObjectMap::new([("filename", Value::string("test.txt"))]);
        let key = write_key("local-file-source", Some(&partition));
        assert_eq!(key, br#"["local-file-source",{"filename":"test.txt"}]"#);
        assert_eq!(read_key(&key), Some(("local-file-source".into(), Some(partition))));
        assert_eq!(write_key("n", None), br#"["n",null]"#);
        let offset = ObjectMap::new([
            ("p", Value::Int64(42)),
            ("f", Value::Float64(1e10)),
            ("b", Value::bytes(kconnect_api::Buf::from(&b"ab"[..]))),
            ("n", Value::Null),
            ("t", Value::string("\u{1f}\u{e9}/\"")),
            ("x", Value::Float64(f64::NAN)),
        ]);
        let expect =
            "{\"p\":42,\"f\":1.0E10,\"b\":\"YWI=\",\"n\":null,\"t\":\"\\u001F\u{e9}/\\\"\",\"x\":\"NaN\"}";
        assert_eq!(String::from_utf8(write_value(&offset)).unwrap(), expect);
    }

    #[test]
    fn base64_pads_as_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            let mut out = String::new();
            base64(&mut out, bytes.as_bytes());
            assert_eq!(out, text);
        }
    }

    #[test]
    fn offsets_hold_primitives_only() {
        let map = Value::Map(Arc::default());
        for (value, kind) in [
            (Value::Array(Arc::default()), "ARRAY"),
            (map, "MAP"),
            (Value::Decimal(Arc::default()), "class java.math.BigDecimal"),
            (Value::Date(0), "class java.util.Date"),
        ] {
            let found = check_primitive(&ObjectMap::new([("ok", Value::Int32(1)), ("f", value)]));
            let text =
                format!("Offsets may only contain primitive types as values, but field f contains {kind}");
            assert_eq!(found, Err(text));
        }
        let fine = [("a", Value::Null), ("b", Value::Bool(true)), ("c", Value::Float32(1.5))];
        assert_eq!(check_primitive(&ObjectMap::new(fine)), Ok(()));
    }

    #[test]
    fn malformed_keys_are_not_keys() {
        for bad in
            ["", "{}", "[]", "[1,{}]", r#"["a"]"#, r#"["a",{},1]"#, r#"["a",[1]]"#, r#"["a",{"k":[1]}]"#]
        {
            assert_eq!(read_key(bad.as_bytes()), None, "{bad}");
        }
    }
}
