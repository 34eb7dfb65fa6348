//! Writing values that hold no others, which the JSON converters do alike.

use super::write_text;
use crate::{
    Exception, Logical, Schema, Type, Value, base64, logical, write_decimal, write_f32, write_f64, write_int,
};

/// Appends a value that is neither null nor a container: as `kind` says, or without one an error that names its class.
///
/// # Errors
/// For a value of another class than `kind` asks for, in upstream's words.
#[inline(never)]
pub fn write_scalar(
    schema: Option<&Schema>,
    kind: Option<Type>,
    value: &Value,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    match (kind, value) {
        (Some(Type::Int8), Value::Int8(value)) => write_int(i64::from(*value), out),
        (Some(Type::Int16), Value::Int16(value)) => write_int(i64::from(*value), out),
        (Some(Type::Int32), Value::Int32(value)) => write_int(i64::from(*value), out),
        (Some(Type::Int64), Value::Int64(value)) => write_int(*value, out),
        (Some(Type::Float32), Value::Float32(value)) if value.is_finite() => write_f32(*value, out),
        (Some(Type::Float32), Value::Float32(value)) => quoted(|out| write_f32(*value, out), out),
        (Some(Type::Float64), Value::Float64(value)) if value.is_finite() => write_f64(*value, out),
        (Some(Type::Float64), Value::Float64(value)) => quoted(|out| write_f64(*value, out), out),
        (Some(Type::Boolean), Value::Bool(value)) => {
            out.extend_from_slice(if *value { b"true" } else { b"false" })
        }
        (Some(Type::String), Value::String(value)) => write_text(value, out),
        (Some(Type::Bytes), Value::Bytes(bytes, _)) => quoted(|out| base64::encode(bytes, out), out),
        (kind, value) => {
            let class = value.java_class();
            return Err(Exception::data(match (kind, schema) {
                (None, _) => format!("Java class class {class} does not have corresponding schema type."),
                (Some(Type::Bytes), _) => format!("Invalid type for bytes type: class {class}"),
                (Some(kind), Some(_)) => format!("Invalid type for {kind}: class {class}"),
                (Some(_), None) => format!("Invalid type for unknown schema: class {class}"),
            }));
        }
    }
    Ok(())
}

/// Appends a value of a logical type; a decimal as a number if `as_number` says so, else its bytes.
///
/// # Errors
/// For a value of another class, or one that the schema cannot hold.
#[inline(never)]
pub fn write_logical(
    schema: &Schema,
    logical: Logical,
    value: &Value,
    as_number: bool,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    match (logical, value) {
        (Logical::Decimal, Value::Decimal(decimal)) if as_number => write_decimal(decimal, out),
        (Logical::Decimal, Value::Decimal(decimal)) => {
            let bytes = logical::decimal_to_bytes(schema, decimal)?;
            quoted(|out| base64::encode(&bytes, out), out);
        }
        (Logical::Date, Value::Date(millis)) => {
            write_int(i64::from(logical::date_to_days(schema, *millis)?), out)
        }
        (Logical::Time, Value::Date(millis)) => {
            write_int(i64::from(logical::time_to_millis(schema, *millis)?), out)
        }
        (Logical::Timestamp, Value::Date(millis)) => write_int(*millis, out),
        (logical, value) => {
            let (name, expected) = match logical {
                Logical::Decimal => ("Decimal", "BigDecimal"),
                Logical::Date => ("Date", "Date"),
                Logical::Time => ("Time", "Date"),
                Logical::Timestamp => ("Timestamp", "Date"),
            };
            let class = value.java_class();
            return Err(Exception::data(format!(
                "Invalid type for {name}, expected {expected} but was class {class}"
            )));
        }
    }
    Ok(())
}

fn quoted(write: impl FnOnce(&mut Vec<u8>), out: &mut Vec<u8>) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}
