//! The schema that a value without one would have.

use crate::{Exception, Schema, SchemaBuilder, Type, Value, classes};

/// The schema of `value` by its class. `None` where there is none: null, decimals, instants, empty containers and those
/// whose parts differ. Of nested containers only the type is kept, as upstream.
pub fn infer_schema(value: &Value) -> Result<Option<Schema>, Exception> {
    Ok(Some(match value {
        Value::Null | Value::Decimal(_) | Value::Date(_) => return Ok(None),
        Value::Bool(_) => Schema::boolean(),
        Value::Int8(_) => Schema::int8(),
        Value::Int16(_) => Schema::int16(),
        Value::Int32(_) => Schema::int32(),
        Value::Int64(_) => Schema::int64(),
        Value::Float32(_) => Schema::float32(),
        Value::Float64(_) => Schema::float64(),
        Value::String(_) => Schema::string(),
        Value::Bytes(..) => Schema::bytes(),
        Value::Struct(inner) => inner.schema().clone(),
        Value::Array(elements) if elements.is_empty() => return Ok(None),
        Value::Array(elements) => {
            let mut common = Detector::default();
            for element in elements.iter() {
                if !common.detects(element)? {
                    return Ok(None);
                }
            }
            Schema::array(common.schema()?)
        }
        Value::Map(map) if map.is_empty() => return Ok(None),
        Value::Map(map) => {
            let (mut keys, mut values) = (Detector::default(), Detector::default());
            for (key, value) in map.iter() {
                if !keys.detects(key)? || !values.detects(value)? {
                    return Ok(None);
                }
            }
            Schema::map(keys.schema()?, values.schema()?)
        }
    }))
}

/// The one type of all values seen.
#[derive(Default)]
struct Detector {
    kind: Option<Type>,
    optional: bool,
}

impl Detector {
    fn detects(&mut self, value: &Value) -> Result<bool, Exception> {
        if value.is_null() {
            self.optional = true;
            return Ok(true);
        }
        let Some(schema) = infer_schema(value)? else { return Ok(false) };
        Ok(*self.kind.get_or_insert(schema.kind()) == schema.kind())
    }

    fn schema(&self) -> Result<Schema, Exception> {
        let Some(kind) = self.kind else {
            return Err(Exception::new(classes::SCHEMA_BUILDER, "type cannot be null"));
        };
        let builder = SchemaBuilder::new(kind);
        if self.optional { builder.optional().build() } else { builder.build() }
    }
}
