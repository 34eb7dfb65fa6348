//! Schemas and values as envelopes; the form of every value says which it was.

use kconnect_api::logical::DAY_MS;
use kconnect_api::{
    Logical, MapValue, Schema, Text, Type, Value, base64, write_decimal, write_f32, write_f64, write_int,
};

/// Appends the envelope of a value.
pub(super) fn envelope(schema: Option<&Schema>, value: &Value, out: &mut Vec<u8>) {
    if schema.is_none() && value.is_null() {
        out.extend_from_slice(b"null");
        return;
    }
    out.extend_from_slice(b"{\"schema\":");
    self::schema(schema, out);
    out.extend_from_slice(b",\"payload\":");
    payload(schema, value, out);
    out.push(b'}');
}

fn schema(schema: Option<&Schema>, out: &mut Vec<u8>) {
    match schema {
        None => out.extend_from_slice(b"null"),
        Some(schema) => described(schema, None, out),
    }
}

/// A schema in the JSON converter's form; that of a field ends with the field's name.
fn described(schema: &Schema, field: Option<&str>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(match schema.kind() {
        Type::Float32 => b"float",
        Type::Float64 => b"double",
        kind => kind.name().as_bytes(),
    });
    out.push(b'"');
    match schema.kind() {
        Type::Array => part("items", schema.value_schema(), out),
        Type::Map => {
            part("keys", schema.key_schema(), out);
            part("values", schema.value_schema(), out);
        }
        Type::Struct => {
            out.extend_from_slice(b",\"fields\":[");
            for field in schema.fields() {
                separate(field.index(), out);
                described(field.schema(), Some(field.name()), out);
            }
            out.push(b']');
        }
        _ => {}
    }
    out.extend_from_slice(if schema.is_optional() { b",\"optional\":true" } else { b",\"optional\":false" });
    if let Some(name) = schema.name() {
        member("name", name, out);
    }
    if let Some(version) = schema.version() {
        out.extend_from_slice(b",\"version\":");
        write_int(i64::from(version), out);
    }
    if let Some(doc) = schema.doc() {
        member("doc", doc, out);
    }
    if let Some(parameters) = schema.parameters() {
        out.extend_from_slice(b",\"parameters\":{");
        for (at, (key, value)) in parameters.iter().enumerate() {
            separate(at, out);
            string(key, out);
            out.push(b':');
            string(value, out);
        }
        out.push(b'}');
    }
    if let Some(default) = schema.default_value() {
        out.extend_from_slice(b",\"default\":");
        payload(Some(schema), default, out);
    }
    if let Some(field) = field {
        member("field", field, out);
    }
    out.push(b'}');
}

fn part(name: &str, schema: Option<&Schema>, out: &mut Vec<u8>) {
    out.push(b',');
    string(name, out);
    out.push(b':');
    self::schema(schema, out);
}

fn member(name: &str, value: &str, out: &mut Vec<u8>) {
    out.push(b',');
    string(name, out);
    out.push(b':');
    string(value, out);
}

/// Appends the payload of a value.
pub(super) fn payload(schema: Option<&Schema>, value: &Value, out: &mut Vec<u8>) {
    let Some(schema) = schema else {
        return schemaless(value, out);
    };
    match (schema.logical(), value) {
        (_, Value::Null) => out.extend_from_slice(b"null"),
        (Some(logical), value) => logical_value(logical, value, out),
        (None, Value::Array(elements)) if schema.kind() == Type::Array => {
            list(elements.iter(), |element, out| payload(schema.value_schema(), element, out), out);
        }
        (None, Value::Map(map)) if schema.kind() == Type::Map => self::map(schema, map, out),
        (None, Value::Struct(inner)) if schema.kind() == Type::Struct && inner.schema() == schema => {
            structure(inner, out);
        }
        (None, value) if Some(schema.kind()) == value.kind() && schema.kind().is_primitive() => {
            plain(value, out)
        }
        (None, value) => tagged(value, out),
    }
}

/// Numbers, booleans, texts and bytes whose type is known.
fn plain(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Bool(value) => out.extend_from_slice(if *value { b"true" } else { b"false" }),
        Value::Int8(value) => write_int(i64::from(*value), out),
        Value::Int16(value) => write_int(i64::from(*value), out),
        Value::Int32(value) => write_int(i64::from(*value), out),
        Value::Int64(value) => write_int(*value, out),
        Value::Float32(value) if value.is_finite() => write_f32(*value, out),
        Value::Float64(value) if value.is_finite() => write_f64(*value, out),
        Value::Float32(value) => quoted(|out| write_f32(*value, out), out),
        Value::Float64(value) => quoted(|out| write_f64(*value, out), out),
        Value::String(value) => text(value, out),
        Value::Bytes(value, _) => quoted(|out| base64::encode(value, out), out),
        _ => out.extend_from_slice(b"null"),
    }
}

fn logical_value(logical: Logical, value: &Value, out: &mut Vec<u8>) {
    match (logical, value) {
        (Logical::Decimal, Value::Decimal(value)) => quoted(|out| write_decimal(value, out), out),
        (Logical::Date, Value::Date(millis)) if millis % DAY_MS == 0 => write_int(millis / DAY_MS, out),
        (Logical::Time, Value::Date(millis)) if (0..=DAY_MS).contains(millis) => write_int(*millis, out),
        (Logical::Timestamp, Value::Date(millis)) => write_int(*millis, out),
        (_, value) => tagged(value, out),
    }
}

fn map(schema: &Schema, map: &MapValue, out: &mut Vec<u8>) {
    let (keys, values) = (schema.key_schema(), schema.value_schema());
    let named = keys.is_some_and(|keys| keys.kind() == Type::String)
        && map.iter().all(|(key, _)| matches!(key, Value::String(_)));
    if named {
        members(map, |value, out| payload(values, value, out), out);
        return;
    }
    list(
        map.iter(),
        |(key, value), out| {
            out.push(b'[');
            payload(keys, key, out);
            out.push(b',');
            payload(values, value, out);
            out.push(b']');
        },
        out,
    );
}

/// A map all of whose keys are texts.
fn members(map: &MapValue, value_of: impl Fn(&Value, &mut Vec<u8>), out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (key, value)) in map.iter().enumerate() {
        separate(at, out);
        if let Value::String(key) = key {
            text(key, out);
        }
        out.push(b':');
        value_of(value, out);
    }
    out.push(b'}');
}

/// Every field with its stored value: a default does not show.
fn structure(value: &kconnect_api::Struct, out: &mut Vec<u8>) {
    out.push(b'{');
    for (field, value) in value.entries() {
        separate(field.index(), out);
        string(field.name(), out);
        out.push(b':');
        payload(Some(field.schema()), value, out);
    }
    out.push(b'}');
}

/// Plain JSON where that is unambiguous, tagged otherwise.
fn schemaless(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null | Value::Int64(_) | Value::Bool(_) | Value::String(_) => plain(value, out),
        Value::Float64(number) if number.is_finite() => plain(value, out),
        Value::Array(elements) => list(elements.iter(), schemaless, out),
        Value::Map(map)
            if map.iter().all(|(key, _)| matches!(key, Value::String(key) if key.wtf8() != b"$type")) =>
        {
            members(map, schemaless, out);
        }
        value => tagged(value, out),
    }
}

fn tagged(value: &Value, out: &mut Vec<u8>) {
    let kind = match value {
        Value::Null => return out.extend_from_slice(b"null"),
        Value::Decimal(_) => "decimal",
        Value::Date(_) => "instant",
        other => other.kind().map_or("", Type::name),
    };
    out.extend_from_slice(b"{\"$type\":");
    string(kind, out);
    if let Value::Struct(inner) = value {
        out.extend_from_slice(b",\"schema\":");
        schema(Some(inner.schema()), out);
    }
    out.extend_from_slice(b",\"value\":");
    match value {
        Value::Decimal(value) => quoted(|out| write_decimal(value, out), out),
        Value::Date(millis) => write_int(*millis, out),
        Value::Struct(inner) => structure(inner, out),
        Value::Array(elements) => list(elements.iter(), schemaless, out),
        Value::Map(map) => list(
            map.iter(),
            |(key, value), out| {
                out.push(b'[');
                schemaless(key, out);
                out.push(b',');
                schemaless(value, out);
                out.push(b']');
            },
            out,
        ),
        value => plain(value, out),
    }
    out.push(b'}');
}

/// A list in brackets.
pub(super) fn list<T>(
    parts: impl Iterator<Item = T>,
    mut write: impl FnMut(T, &mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    out.push(b'[');
    for (at, part) in parts.enumerate() {
        separate(at, out);
        write(part, out);
    }
    out.push(b']');
}

fn quoted(write: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

fn separate(at: usize, out: &mut Vec<u8>) {
    if at > 0 {
        out.push(b',');
    }
}

/// Base64 in quotes, or null.
pub(super) fn bytes(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes {
        None => out.extend_from_slice(b"null"),
        Some(bytes) => quoted(|out| base64::encode(bytes, out), out),
    }
}

/// A JSON string.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    quoted(|out| escaped(text, out), out);
}

/// The same of a text that may hold surrogates without partner.
fn text(text: &Text, out: &mut Vec<u8>) {
    out.push(b'"');
    text.wtf8_parts(|valid, lone| {
        escaped(valid, out);
        if let Some(lone) = lone {
            unit(lone, out);
        }
    });
    out.push(b'"');
}

fn escaped(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte >= b' ' && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => unit(u16::from(control), out),
        }
    }
    out.extend_from_slice(&bytes[from..]);
}

fn unit(unit: u16, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(b"\\u");
    out.extend([12, 8, 4, 0].map(|shift| HEX[usize::from(unit >> shift & 15)]));
}
