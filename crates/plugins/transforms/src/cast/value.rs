//! One value, cast as Java casts: integers lose their high bits, floating point ends at the bounds of an int or long
//! before that, texts are parsed.

use kconnect_api::logical::{date_to_days, time_to_millis, timestamp_millis};
use kconnect_api::values::{convert_to_double, convert_to_long, date_text};
use kconnect_api::{
    Exception, Logical, Schema, Type, Value, base64, decimal_to_f32, int_text, java_parse_f32,
    java_parse_f64, java_parse_i8, java_parse_i16, java_parse_i32, java_parse_i64, java_string,
};

use crate::class::class_cast;

/// Makes `value`, which has the schema `schema`, a `target` in its place. Null stays null.
pub(super) fn cast(schema: Option<&Schema>, value: &mut Value, target: Type) -> Result<(), Exception> {
    if value.is_null() {
        return Ok(());
    }
    let kind = match schema {
        Some(schema) => schema.kind(),
        None => value.kind().ok_or_else(|| {
            let class = value.java_class();
            Exception::data(format!(
                "Cast transformation was passed a value of type class {class} which is not supported by Connect's \
                 data API"
            ))
        })?,
    };
    if matches!(kind, Type::Array | Type::Map | Type::Struct) {
        return Err(Exception::data(format!(
            "Cast transformation does not support casting from {kind}; supported types are [INT8, INT16, INT32, INT64, \
             FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]"
        )));
    }
    if let Some(schema) = schema
        && target != Type::String
    {
        encode(schema, value)?;
    }
    *value = match target {
        Type::Int8 => Value::Int8(to_int(value, java_parse_i8, |number| number as i8)?),
        Type::Int16 => Value::Int16(to_int(value, java_parse_i16, |number| number as i16)?),
        Type::Int32 => Value::Int32(to_int(value, java_parse_i32, |number| number as i32)?),
        Type::Int64 => Value::Int64(to_long(value)?),
        Type::Float32 => Value::Float32(to_float(value)?),
        Type::Float64 => Value::Float64(to_double(value)?),
        Type::Boolean => Value::Bool(to_boolean(value)?),
        Type::String => return to_string(value),
        // Only asked for to learn that the default of a struct cannot be cast, which is found above.
        Type::Bytes | Type::Array | Type::Map | Type::Struct => {
            return Err(Exception::data(format!("{target} is not supported in the Cast transformation.")));
        }
    };
    Ok(())
}

/// Logical values count as their encoded numbers; a decimal is a number as it is.
fn encode(schema: &Schema, value: &mut Value) -> Result<(), Exception> {
    let Some(logical @ (Logical::Date | Logical::Time | Logical::Timestamp)) = schema.logical() else {
        return Ok(());
    };
    let Value::Date(millis) = *value else {
        return Err(class_cast(value, "java.util.Date"));
    };
    *value = match logical {
        Logical::Date => Value::Int32(date_to_days(schema, millis)?),
        Logical::Time => Value::Int32(time_to_millis(schema, millis)?),
        Logical::Timestamp | Logical::Decimal => Value::Int64(timestamp_millis(schema, millis)?),
    };
    Ok(())
}

/// `Number.intValue` and narrower: floating point ends at the bounds of 32 bits, then high bits are cut off.
fn to_int<T: From<bool>>(
    value: &Value,
    parse: fn(&str) -> Result<T, Exception>,
    narrow: fn(i64) -> T,
) -> Result<T, Exception> {
    match value {
        Value::Bool(value) => Ok(T::from(*value)),
        Value::String(text) => parse(text.as_str()).map_err(|cause| out_of_range(value, cause)),
        Value::Float32(value) => Ok(narrow(i64::from(*value as i32))),
        Value::Float64(value) => Ok(narrow(i64::from(*value as i32))),
        value => long_value(value).map(narrow),
    }
}

fn to_long(value: &Value) -> Result<i64, Exception> {
    match value {
        Value::Bool(value) => Ok(i64::from(*value)),
        Value::String(text) => java_parse_i64(text.as_str()).map_err(|cause| out_of_range(value, cause)),
        value => long_value(value),
    }
}

/// `Number.longValue`.
fn long_value(value: &Value) -> Result<i64, Exception> {
    match value {
        Value::Int8(value) => Ok(i64::from(*value)),
        Value::Int16(value) => Ok(i64::from(*value)),
        Value::Int32(value) => Ok(i64::from(*value)),
        Value::Int64(value) => Ok(*value),
        Value::Float32(_) | Value::Float64(_) | Value::Decimal(_) => {
            Ok(convert_to_long(None, value)?.unwrap_or_default())
        }
        other => Err(unexpected(other)),
    }
}

fn to_float(value: &Value) -> Result<f32, Exception> {
    match value {
        Value::Bool(value) => Ok(f32::from(*value)),
        Value::String(text) => java_parse_f32(text.as_str()).map_err(|cause| out_of_range(value, cause)),
        Value::Float32(value) => Ok(*value),
        Value::Float64(value) => Ok(*value as f32),
        Value::Decimal(value) => Ok(decimal_to_f32(value)),
        value => long_value(value).map(|number| number as f32),
    }
}

fn to_double(value: &Value) -> Result<f64, Exception> {
    match value {
        Value::Bool(value) => Ok(f64::from(*value)),
        Value::String(text) => java_parse_f64(text.as_str()).map_err(|cause| out_of_range(value, cause)),
        Value::Float32(_) | Value::Float64(_) | Value::Decimal(_) => {
            Ok(convert_to_double(None, value)?.unwrap_or_default())
        }
        value => long_value(value).map(|number| number as f64),
    }
}

fn to_boolean(value: &Value) -> Result<bool, Exception> {
    match value {
        Value::Bool(value) => Ok(*value),
        Value::String(text) => Ok(text.as_bytes().eq_ignore_ascii_case(b"true")),
        value => long_value(value).map(|number| number != 0),
    }
}

fn to_string(value: &mut Value) -> Result<(), Exception> {
    *value = match &*value {
        Value::String(_) => return Ok(()),
        Value::Int32(number) => Value::String(int_text(i64::from(*number))),
        Value::Int64(number) => Value::String(int_text(*number)),
        Value::Date(millis) => Value::from(date_text(*millis)),
        other => {
            let mut out = Vec::new();
            match other {
                Value::Bytes(bytes, _) => base64::encode(bytes, &mut out),
                value => java_string(value, &mut out),
            }
            // All of it is text already; nothing is replaced.
            Value::from(
                String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()),
            )
        }
    };
    Ok(())
}

fn out_of_range(value: &Value, cause: Exception) -> Exception {
    let text = value.to_java_string();
    Exception::data(format!("Value ({text}) was out of range for requested data type")).caused_by(cause)
}

fn unexpected(value: &Value) -> Exception {
    Exception::data(format!("Unexpected type in Cast transformation: class {}", value.java_class()))
}
