//! Conversions to a wanted kind of value, as lenient as upstream's: numbers are cut to size, texts are parsed, logical
//! values count as their encoded numbers.
//!
//! `schema` is that of the value given, `None` for schemaless data; it decides what an instant means and appears in
//! error texts. Null stays null for the plain kinds; the others refuse it.

use std::sync::Arc;

use bigdecimal::BigDecimal;

use super::{parse, to_text};
use crate::logical::{
    DAY_MS, date_from_days, date_to_days, decimal_from_bytes, time_from_millis, time_to_millis,
    timestamp_millis,
};
use crate::number_parse::DecimalText;
use crate::{
    Exception, Logical, MapValue, Schema, SchemaBuilder, Struct, Text, Type, Value, classes, java_f64,
    parse_decimal,
};

/// A boolean: as it is, parsed, or whether a number is not zero.
pub fn convert_to_boolean(schema: Option<&Schema>, value: &Value) -> Result<Option<bool>, Exception> {
    match value {
        Value::Null => return Ok(None),
        Value::Bool(value) => return Ok(Some(*value)),
        Value::String(text) => {
            if let Value::Bool(value) = parsed(text, "parsed")? {
                return Ok(Some(value));
            }
        }
        _ => {}
    }
    Ok(Some(as_long(schema, value)? != 0))
}

macro_rules! integers {
    ($($name:ident $number:ty, $variant:ident $what:literal;)*) => {
        $(
            #[doc = concat!("A number as ", $what, ": the fraction is cut off, then the high bits, as Java casts.")]
            pub fn $name(schema: Option<&Schema>, value: &Value) -> Result<Option<$number>, Exception> {
                match value {
                    Value::Null => Ok(None),
                    Value::$variant(value) => Ok(Some(*value)),
                    value => Ok(Some(as_long(schema, value)? as $number)),
                }
            }
        )*
    };
}

integers! {
    convert_to_byte i8, Int8 "INT8";
    convert_to_short i16, Int16 "INT16";
    convert_to_integer i32, Int32 "INT32";
    convert_to_long i64, Int64 "INT64";
}

/// A number as FLOAT32, by way of FLOAT64.
pub fn convert_to_float(schema: Option<&Schema>, value: &Value) -> Result<Option<f32>, Exception> {
    match value {
        Value::Null => Ok(None),
        Value::Float32(value) => Ok(Some(*value)),
        value => Ok(Some(as_double(schema, value)? as f32)),
    }
}

/// A number as FLOAT64.
pub fn convert_to_double(schema: Option<&Schema>, value: &Value) -> Result<Option<f64>, Exception> {
    match value {
        Value::Null => Ok(None),
        value => as_double(schema, value).map(Some),
    }
}

/// The text of [`to_text`]; a text is shared.
pub fn convert_to_string(schema: Option<&Schema>, value: &Value) -> Result<Option<Text>, Exception> {
    let _ = schema;
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        value => {
            let mut out = Vec::new();
            to_text(value, &mut out);
            let text = String::from_utf8(out);
            Ok(Some(text.unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()).into()))
        }
    }
}

/// A list, as it is or parsed.
pub fn convert_to_list(schema: Option<&Schema>, value: &Value) -> Result<Arc<Vec<Value>>, Exception> {
    let _ = schema;
    match parsed_container(value)? {
        Value::Array(elements) => Ok(elements),
        value => Err(no_kind(&value, &SchemaBuilder::new(Type::Array).build()?)),
    }
}

/// A map, as it is or parsed.
pub fn convert_to_map(schema: Option<&Schema>, value: &Value) -> Result<Arc<MapValue>, Exception> {
    let _ = schema;
    match parsed_container(value)? {
        Value::Map(map) => Ok(map),
        value => Err(no_kind(&value, &SchemaBuilder::new(Type::Map).build()?)),
    }
}

/// A struct as it is; no text means one.
pub fn convert_to_struct(schema: Option<&Schema>, value: &Value) -> Result<Arc<Struct>, Exception> {
    let _ = schema;
    match value {
        Value::Null => Err(needs_value()),
        Value::Struct(inner) => Ok(Arc::clone(inner)),
        value => Err(no_kind(value, &SchemaBuilder::structure().build()?)),
    }
}

/// A Date in milliseconds: numbers count days, of a Timestamp the day is kept (cut towards 1970).
pub fn convert_to_date(schema: Option<&Schema>, value: &Value) -> Result<i64, Exception> {
    let target = SchemaBuilder::date().build()?;
    let value = parsed_temporal(value)?;
    if let Value::Date(millis) = value {
        match schema.map(Schema::logical) {
            None | Some(Some(Logical::Date)) => return Ok(millis),
            Some(Some(Logical::Timestamp)) => return date_from_days(&target, (millis / DAY_MS) as i32),
            Some(_) => {}
        }
    }
    date_from_days(&target, as_long(schema, &value)? as i32)
}

/// A Time in milliseconds: numbers count them, of a Timestamp the time of day is kept.
pub fn convert_to_time(schema: Option<&Schema>, value: &Value) -> Result<i64, Exception> {
    let target = SchemaBuilder::time().build()?;
    let value = parsed_temporal(value)?;
    if let Value::Date(millis) = value {
        match schema.map(Schema::logical) {
            None | Some(Some(Logical::Time)) => return Ok(millis),
            Some(Some(Logical::Timestamp)) => {
                return time_from_millis(&target, millis.rem_euclid(DAY_MS) as i32);
            }
            Some(_) => {}
        }
    }
    time_from_millis(&target, as_long(schema, &value)? as i32)
}

/// A Timestamp in milliseconds: numbers count them, a Date is its midnight, a Time is one of 1970-01-01.
pub fn convert_to_timestamp(schema: Option<&Schema>, value: &Value) -> Result<i64, Exception> {
    let value = parsed_temporal(value)?;
    if let Value::Date(millis) = value
        && let Some(schema) = schema
    {
        match schema.logical() {
            Some(Logical::Date) => return Ok(i64::from(date_to_days(schema, millis)?) * DAY_MS),
            Some(Logical::Time) => return Ok(i64::from(time_to_millis(schema, millis)?)),
            Some(Logical::Timestamp) => return Ok(millis),
            _ => {}
        }
    }
    match value {
        Value::Date(millis) if schema.is_none() => Ok(millis),
        value => as_long(schema, &value),
    }
}

/// A decimal: as it is (whatever its scale), from bytes with `scale`, from a number by its text as FLOAT64, or parsed.
pub fn convert_to_decimal(
    schema: Option<&Schema>,
    value: &Value,
    scale: i32,
) -> Result<Arc<BigDecimal>, Exception> {
    let _ = schema;
    match value {
        Value::Null => Err(needs_value()),
        Value::Decimal(value) => Ok(Arc::clone(value)),
        Value::Bytes(bytes, _) => decimal_from_bytes(&SchemaBuilder::decimal(scale).build()?, bytes),
        Value::String(text) => parse_decimal(text.as_str()),
        value => match number(value) {
            Some(number) if !number.is_finite() => {
                Err(Exception::new(classes::NUMBER_FORMAT, "Infinite or NaN"))
            }
            Some(number) => parse_decimal(&java_f64(number)),
            None => Err(no_kind(value, &SchemaBuilder::decimal(scale).build()?)),
        },
    }
}

/// The low 64 bits of a number's whole part; floating point numbers beyond them end at their bounds.
fn as_long(schema: Option<&Schema>, value: &Value) -> Result<i64, Exception> {
    let cause = match value {
        Value::Int8(value) => return Ok(i64::from(*value)),
        Value::Int16(value) => return Ok(i64::from(*value)),
        Value::Int32(value) => return Ok(i64::from(*value)),
        Value::Int64(value) => return Ok(*value),
        Value::Float32(value) => return Ok(*value as i64),
        Value::Float64(value) => return Ok(*value as i64),
        Value::Decimal(value) => return Ok(DecimalText::from(&**value).to_i64()),
        Value::String(text) => match DecimalText::parse(text.as_str()) {
            Ok(number) => return Ok(number.to_i64()),
            Err(cause) => Some(cause),
        },
        Value::Date(millis) => match schema.and_then(|schema| Some((schema, schema.logical()?))) {
            Some((schema, Logical::Date)) => return Ok(i64::from(date_to_days(schema, *millis)?)),
            Some((schema, Logical::Time)) => return Ok(i64::from(time_to_millis(schema, *millis)?)),
            Some((schema, Logical::Timestamp)) => return timestamp_millis(schema, *millis),
            _ => None,
        },
        _ => None,
    };
    Err(no_number(schema, value, cause))
}

fn as_double(schema: Option<&Schema>, value: &Value) -> Result<f64, Exception> {
    if let Some(number) = number(value) {
        return Ok(number);
    }
    match value {
        Value::String(text) => DecimalText::parse(text.as_str())
            .map(|number| number.to_f64())
            .map_err(|cause| no_number(schema, value, Some(cause))),
        value => as_long(schema, value).map(|number| number as f64),
    }
}

/// `Number.doubleValue`.
fn number(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Int8(value) => f64::from(*value),
        Value::Int16(value) => f64::from(*value),
        Value::Int32(value) => f64::from(*value),
        Value::Int64(value) => *value as f64,
        Value::Float32(value) => f64::from(*value),
        Value::Float64(value) => *value,
        Value::Decimal(value) => DecimalText::from(&**value).to_f64(),
        _ => return None,
    })
}

/// What a text means. The literal `null` means nothing, which upstream does not expect; `variable` is the name that the
/// JVM gives in its complaint.
fn parsed(text: &Text, variable: &str) -> Result<Value, Exception> {
    parse(text.as_str()).map(|found| found.value).ok_or_else(|| {
        let message = format!(
            "Cannot invoke \"org.apache.kafka.connect.data.SchemaAndValue.value()\" because \"{variable}\" is null"
        );
        Exception::new(classes::NULL_POINTER, message)
    })
}

fn parsed_container(value: &Value) -> Result<Value, Exception> {
    match value {
        Value::Null => Err(needs_value()),
        Value::String(text) => parsed(text, "schemaAndValue"),
        value => Ok(value.clone()),
    }
}

fn parsed_temporal(value: &Value) -> Result<Value, Exception> {
    match value {
        Value::Null => Err(needs_value()),
        Value::String(text) => parsed(text, "parsed"),
        value => Ok(value.clone()),
    }
}

fn needs_value() -> Exception {
    Exception::data("Unable to convert a null value to a schema that requires a value")
}

fn no_kind(value: &Value, target: &Schema) -> Exception {
    let (text, class) = (value.to_java_string(), value.java_class());
    Exception::data(format!("Unable to convert {text} (class {class}) to {target}"))
}

fn no_number(schema: Option<&Schema>, value: &Value, cause: Option<Exception>) -> Exception {
    let error = match schema {
        Some(schema) => no_kind(value, schema),
        None => {
            let (text, class) = (value.to_java_string(), value.java_class());
            Exception::data(format!("Unable to convert {text} (class {class}) to a number"))
        }
    };
    match cause {
        Some(cause) => error.caused_by(cause),
        None => error,
    }
}
