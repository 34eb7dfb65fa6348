//! Values of one schema as values of another: [`project`] widens numbers, fills defaults and drops fields.

use std::sync::Arc;

use crate::{Exception, MapValue, Schema, Struct, Type, Value, classes};

/// `record`, which fits `source`, as a value of `target`. Errors are upstream's `SchemaProjectorException`s.
pub fn project(source: &Schema, record: &Value, target: &Schema) -> Result<Value, Exception> {
    compatible(source, target)?;
    if source.is_optional() && !target.is_optional() {
        // Even a value that is there needs a default in the target.
        let Some(default) = target.default_value() else {
            let message =
                "Writer schema is optional, however, target schema does not provide a default value.";
            return Err(error(message));
        };
        if record.is_null() {
            return Ok(default.clone());
        }
    }
    if record.is_null() {
        return Ok(Value::Null);
    }
    match (target.kind(), record) {
        (Type::Struct, Value::Struct(inner)) => project_struct(source, inner, target),
        (Type::Array, Value::Array(elements)) => {
            let (from, to) = (part(source.value_schema())?, part(target.value_schema())?);
            let elements: Result<Vec<Value>, Exception> =
                elements.iter().map(|element| project(from, element, to)).collect();
            Ok(Value::Array(Arc::new(elements?)))
        }
        (Type::Map, Value::Map(map)) => {
            let (from_key, to_key) = (part(source.key_schema())?, part(target.key_schema())?);
            let (from, to) = (part(source.value_schema())?, part(target.value_schema())?);
            let mut result = MapValue::hashed();
            for (key, value) in map.iter() {
                result.insert(project(from_key, key, to_key)?, project(from, value, to)?);
            }
            Ok(Value::Map(Arc::new(result)))
        }
        (kind, record) => Ok(widen(kind, record)),
    }
}

fn project_struct(source: &Schema, record: &Struct, target: &Schema) -> Result<Value, Exception> {
    let mut result = Struct::new(target.clone())?;
    for field in target.fields() {
        let name = field.name();
        if let Some(from) = source.field(name) {
            let wrap = |cause| error(&format!("Error projecting {name}")).caused_by(cause);
            let value = project(from.schema(), record.get(name)?, field.schema()).map_err(wrap)?;
            result.put(name, value).map_err(wrap)?;
        } else if field.schema().is_optional() {
            // Left unset, even when it has a default.
        } else if let Some(default) = field.schema().default_value() {
            result.put(name, default.clone())?;
        } else {
            return Err(error(&format!("Required field `{name}` is missing from source schema: {source}")));
        }
    }
    Ok(Value::Struct(Arc::new(result)))
}

fn compatible(source: &Schema, target: &Schema) -> Result<(), Exception> {
    let (from, to) = (source.kind(), target.kind());
    let promotable = matches!((rank(from), rank(to)), (Some(from), Some(to)) if to >= from);
    if from != to && !promotable {
        return Err(error(&format!("Schema type mismatch. source type: {from} and target type: {to}")));
    }
    if source.name() != target.name() {
        let (from, to) = (source.name().unwrap_or("null"), target.name().unwrap_or("null"));
        return Err(error(&format!("Schema name mismatch. source name: {from} and target name: {to}")));
    }
    if !same_parameters(source, target) {
        let (from, to) = (parameters_text(source), parameters_text(target));
        let message =
            format!("Schema parameters not equal. source parameters: {from} and target parameters: {to}");
        return Err(error(&message));
    }
    Ok(())
}

fn same_parameters(a: &Schema, b: &Schema) -> bool {
    match (a.parameters(), b.parameters()) {
        (None, None) => true,
        (Some(a), Some(b)) => a.len() == b.len() && a.iter().all(|pair| b.contains(pair)),
        _ => false,
    }
}

fn parameters_text(schema: &Schema) -> String {
    match schema.parameters() {
        None => "null".to_owned(),
        Some(pairs) => {
            let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn part(schema: Option<&Schema>) -> Result<&Schema, Exception> {
    schema.ok_or_else(|| error("schema of elements is unknown"))
}

fn error(message: &str) -> Exception {
    Exception::new(classes::SCHEMA_PROJECTOR, message)
}

/// Position in the order of promotion.
pub(crate) fn rank(kind: Type) -> Option<u8> {
    Some(match kind {
        Type::Int8 => 0,
        Type::Int16 => 1,
        Type::Int32 => 2,
        Type::Int64 => 3,
        Type::Float32 => 4,
        Type::Float64 => 5,
        _ => return None,
    })
}

/// The number of an integer value.
fn integer(value: &Value) -> Option<i64> {
    Some(match value {
        Value::Int8(value) => i64::from(*value),
        Value::Int16(value) => i64::from(*value),
        Value::Int32(value) => i64::from(*value),
        Value::Int64(value) => *value,
        _ => return None,
    })
}

/// Java's widening; other values stay as they are.
pub(crate) fn widen(kind: Type, value: &Value) -> Value {
    match (kind, integer(value), value) {
        (Type::Int16, Some(number), _) => Value::Int16(number as i16),
        (Type::Int32, Some(number), _) => Value::Int32(number as i32),
        (Type::Int64, Some(number), _) => Value::Int64(number),
        (Type::Float32, Some(number), _) => Value::Float32(number as f32),
        (Type::Float64, Some(number), _) => Value::Float64(number as f64),
        (Type::Float64, None, Value::Float32(number)) => Value::Float64(f64::from(*number)),
        _ => value.clone(),
    }
}
