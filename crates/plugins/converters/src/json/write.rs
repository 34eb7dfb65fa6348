//! Values as JSON text, written straight into the output.

use std::collections::HashMap;

use kconnect_api::json::{write_logical, write_scalar, write_string as text};
use kconnect_api::{Exception, MapValue, Schema, Struct, Type, Value, classes};

use super::Rules;

/// Jackson writes no deeper.
const DEPTH_MAX: usize = 1000;

pub(super) fn check_depth(depth: usize) -> Result<(), Exception> {
    if depth <= DEPTH_MAX {
        return Ok(());
    }
    let cause = Exception::new(
        classes::SERIALIZATION,
        format!("Document nesting depth ({depth}) exceeds the maximum allowed ({DEPTH_MAX})"),
    );
    let message = "Converting Kafka Connect data to byte[] failed due to serialization error: ";
    Err(Exception::data(message).caused_by(cause))
}

/// Appends `value`, which `depth` containers are around.
pub(super) fn value(
    rules: Rules,
    schema: Option<&Schema>,
    value: &Value,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    if value.is_null() {
        return null(rules, schema, depth, out);
    }
    if let Some(schema) = schema
        && let Some(logical) = schema.logical()
    {
        return write_logical(schema, logical, value, rules.decimal_as_number, out);
    }
    match (schema.map_or_else(|| value.kind(), |schema| Some(schema.kind())), value) {
        (Some(Type::Array), Value::Array(elements)) => array(rules, schema, elements, depth + 1, out),
        (Some(Type::Map), Value::Map(map)) => mapping(rules, schema, map, depth + 1, out),
        (Some(Type::Struct), Value::Struct(inner)) => structure(rules, schema, inner, depth + 1, out),
        (kind, value) => write_scalar(schema, kind, value, out),
    }
}

#[inline(never)]
fn null(rules: Rules, schema: Option<&Schema>, depth: usize, out: &mut Vec<u8>) -> Result<(), Exception> {
    if let Some(schema) = schema {
        match schema.default_value() {
            Some(default) if rules.replace_null_with_default => {
                return value(rules, Some(schema), default, depth, out);
            }
            _ if schema.is_optional() => {}
            _ => {
                let message =
                    "Conversion error: null value for field that is required and has no default value";
                return Err(Exception::data(message));
            }
        }
    }
    out.extend_from_slice(b"null");
    Ok(())
}

fn array(
    rules: Rules,
    schema: Option<&Schema>,
    elements: &[Value],
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    check_depth(depth)?;
    out.push(b'[');
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        value(rules, schema.and_then(Schema::value_schema), element, depth, out)?;
    }
    out.push(b']');
    Ok(())
}

/// An object when keys are texts (by schema, or all of them without one), else an array of pairs.
fn mapping(
    rules: Rules,
    schema: Option<&Schema>,
    map: &MapValue,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    check_depth(depth)?;
    let object = match schema {
        // An empty map in a header's text has a schema without these.
        Some(schema) => match schema.key_schema() {
            Some(key) => key.kind() == Type::String,
            None => {
                let message = "Cannot invoke \"org.apache.kafka.connect.data.Schema.type()\" because the return value of \
                               \"org.apache.kafka.connect.data.Schema.keySchema()\" is null";
                return Err(Exception::new(classes::NULL_POINTER, message));
            }
        },
        None => map.iter().all(|(key, _)| matches!(key, Value::String(_))),
    };
    let (key_schema, value_schema) =
        (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
    if object && map.iter().any(|(key, _)| key.is_null()) {
        return names_that_may_meet(rules, (key_schema, value_schema), map, depth, out);
    }
    out.push(if object { b'{' } else { b'[' });
    for (at, (key, inner)) in map.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if object {
            object_key(rules, key_schema, key, out)?;
            out.push(b':');
            value(rules, value_schema, inner, depth, out)?;
        } else {
            check_depth(depth + 1)?;
            out.push(b'[');
            value(rules, key_schema, key, depth + 1, out)?;
            out.push(b',');
            value(rules, value_schema, inner, depth + 1, out)?;
            out.push(b']');
        }
    }
    out.push(if object { b'}' } else { b']' });
    Ok(())
}

/// An object of a map with a null key: it has the name `null`, or that of the default, which another key may have too. Of equal
/// names the last value counts, at the first place.
#[inline(never)]
fn names_that_may_meet(
    rules: Rules,
    (key_schema, value_schema): (Option<&Schema>, Option<&Schema>),
    map: &MapValue,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    let mut members: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    for (key, inner) in map.iter() {
        let (mut name, mut text) = (Vec::new(), Vec::new());
        object_key(rules, key_schema, key, &mut name)?;
        value(rules, value_schema, inner, depth, &mut text)?;
        match places.get(&name).and_then(|&at| members.get_mut(at)) {
            Some((_, known)) => *known = text,
            None => {
                places.insert(name.clone(), members.len());
                members.push((name, text));
            }
        }
    }
    out.push(b'{');
    for (at, (name, text)) in members.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(name);
        out.push(b':');
        out.extend_from_slice(text);
    }
    out.push(b'}');
    Ok(())
}

/// A key as a member name: the text that Jackson's `asText` gives of the converted key.
#[inline(never)]
fn object_key(
    rules: Rules,
    schema: Option<&Schema>,
    key: &Value,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    let from = out.len();
    value(rules, schema, key, 0, out)?;
    if out.get(from) != Some(&b'"') {
        out.insert(from, b'"');
        out.push(b'"');
    }
    Ok(())
}

fn structure(
    rules: Rules,
    schema: Option<&Schema>,
    inner: &Struct,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    check_depth(depth)?;
    // As upstream: a struct whose schema was not given does not match it.
    if schema != Some(inner.schema()) {
        return Err(Exception::data("Mismatching schema."));
    }
    out.push(b'{');
    for (field, field_value) in inner.entries() {
        if field.index() > 0 {
            out.push(b',');
        }
        text(field.name(), out);
        out.push(b':');
        value(rules, Some(field.schema()), field_value, depth, out)?;
    }
    out.push(b'}');
    Ok(())
}
