//! Connect values as JSON payloads, written straight into the output.
//!
//! What is null in Java's sense (no value at all) is told apart from JSON's null: a struct leaves such a member out, a
//! record that is such a null becomes a tombstone. The walk recurses once a level of nesting, at most 1000 times; so
//! the recursive functions are kept small and everything else is moved out of them.

use kconnect_api::json::{write_logical, write_scalar, write_string};
use kconnect_api::{Exception, MapValue, Schema, Struct, Type, Value, classes, write_decimal};

use super::names;
use super::settings::Rules;
use crate::format::Written;

/// Jackson writes no deeper.
const DEPTH_MAX: usize = 1000;

/// Appends `value`, which `depth` containers are around.
pub(super) fn value(
    rules: Rules,
    schema: Option<&Schema>,
    value: &Value,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<Written, Exception> {
    if value.is_null() {
        return null(rules, schema, depth, out);
    }
    if let Some(schema) = schema
        && schema.name().is_some()
        && named(rules, schema, value, out)?
    {
        return Ok(Written::Payload);
    }
    match (schema.map_or_else(|| value.kind(), |schema| Some(schema.kind())), value) {
        (Some(Type::Array), Value::Array(elements)) => array(rules, schema, elements, depth + 1, out),
        (Some(Type::Map), Value::Map(map)) => mapping(rules, schema, map, depth + 1, out),
        (Some(Type::Struct), Value::Struct(inner)) => structure(rules, schema, inner, depth, out),
        // Where bytes have no logical type, a decimal is a number nevertheless.
        (Some(Type::Bytes), Value::Decimal(decimal)) => {
            write_decimal(decimal, out);
            Ok(Written::Payload)
        }
        (kind, value) => write_scalar(schema, kind, value, out).map(|()| Written::Payload),
    }
}

#[inline(never)]
fn null(
    rules: Rules,
    schema: Option<&Schema>,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<Written, Exception> {
    let Some(schema) = schema else {
        return Ok(Written::Null);
    };
    match schema.default_value() {
        Some(default) if !rules.ignore_default_for_nullables => {
            value(rules, Some(schema), default, depth, out)
        }
        _ if schema.is_optional() => {
            out.extend_from_slice(b"null");
            Ok(Written::Payload)
        }
        _ => Ok(Written::Null),
    }
}

/// A value inside a container that has no way to leave it out.
fn element(
    rules: Rules,
    schema: Option<&Schema>,
    inner: &Value,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    if value(rules, schema, inner, depth, out)? == Written::Null {
        out.extend_from_slice(b"null");
    }
    Ok(())
}

fn array(
    rules: Rules,
    schema: Option<&Schema>,
    elements: &[Value],
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<Written, Exception> {
    check_depth(depth)?;
    let inner = schema.and_then(Schema::value_schema);
    out.push(b'[');
    for (at, value) in elements.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        element(rules, inner, value, depth, out)?;
    }
    out.push(b']');
    Ok(Written::Payload)
}

/// An object when keys are texts that may not be null, else an array of objects of `key` and `value`.
fn mapping(
    rules: Rules,
    schema: Option<&Schema>,
    map: &MapValue,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<Written, Exception> {
    check_depth(depth)?;
    let (keys, values) = (schema.and_then(Schema::key_schema), schema.and_then(Schema::value_schema));
    let object = match schema {
        Some(_) => keys.is_some_and(|keys| keys.kind() == Type::String && !keys.is_optional()),
        None => map.iter().all(|(key, _)| matches!(key, Value::String(_))),
    };
    out.push(if object { b'{' } else { b'[' });
    for (at, (key, inner)) in map.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if object {
            object_key(rules, keys, key, out)?;
            element(rules, values, inner, depth, out)?;
        } else {
            check_depth(depth + 1)?;
            out.extend_from_slice(b"{\"key\":");
            element(rules, keys, key, depth + 1, out)?;
            out.extend_from_slice(b",\"value\":");
            element(rules, values, inner, depth + 1, out)?;
            out.push(b'}');
        }
    }
    out.push(if object { b'}' } else { b']' });
    Ok(Written::Payload)
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
    if value(rules, schema, key, 0, out)? == Written::Null {
        return Err(Exception::without_message(classes::NULL_POINTER));
    }
    if out.get(from) != Some(&b'"') {
        out.insert(from, b'"');
        out.push(b'"');
    }
    out.push(b':');
    Ok(())
}

fn structure(
    rules: Rules,
    schema: Option<&Schema>,
    inner: &Struct,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<Written, Exception> {
    let Some(schema) = schema.filter(|schema| *schema == inner.schema()) else {
        return Err(Exception::data("Mismatching schema."));
    };
    if names::is_union(schema) {
        let set = schema.fields().iter().find(|field| !field_value(rules, inner, field.index()).is_null());
        return match set {
            Some(field) => {
                let member = field_value(rules, inner, field.index());
                value(rules, Some(field.schema()), member, depth, out)
            }
            None => null(rules, Some(schema), depth, out),
        };
    }
    check_depth(depth + 1)?;
    out.push(b'{');
    let first = out.len();
    for field in schema.fields() {
        let start = out.len();
        if start > first {
            out.push(b',');
        }
        write_string(field.name(), out);
        out.push(b':');
        let member = field_value(rules, inner, field.index());
        if value(rules, Some(field.schema()), member, depth + 1, out)? == Written::Null {
            out.truncate(start);
        }
    }
    out.push(b'}');
    Ok(Written::Payload)
}

fn field_value(rules: Rules, inner: &Struct, index: usize) -> &Value {
    if rules.ignore_default_for_nullables {
        inner.values().get(index).unwrap_or(&Value::Null)
    } else {
        inner.get_at(index)
    }
}

/// What the schema's name stands for; whether it stands for anything.
#[inline(never)]
fn named(rules: Rules, schema: &Schema, value: &Value, out: &mut Vec<u8>) -> Result<bool, Exception> {
    let Some(logical) = schema.logical() else {
        return if names::is_variant(schema) { Err(variant()) } else { Ok(false) };
    };
    write_logical(schema, logical, value, rules.decimal_as_number, out)?;
    Ok(true)
}

/// Why a Variant is neither written nor read.
pub(super) fn variant() -> Exception {
    Exception::data(
        "values of the type org.apache.kafka.connect.data.Variant are not supported by this worker",
    )
}

fn check_depth(depth: usize) -> Result<(), Exception> {
    if depth <= DEPTH_MAX {
        return Ok(());
    }
    let cause = Exception::new(
        "com.fasterxml.jackson.databind.JsonMappingException",
        format!(
            "Document nesting depth ({depth}) exceeds the maximum allowed ({DEPTH_MAX}, from \
             `StreamWriteConstraints.getMaxNestingDepth()`)"
        ),
    );
    Err(Exception::new(classes::SERIALIZATION, "Error serializing JSON message").caused_by(cause))
}
