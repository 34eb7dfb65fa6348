//! Whether a record stays within a number of bytes when it is written out, found out before it is.
//!
//! What a record holds is shared: one default stands for a field of every element, one text for many fields, one value
//! for many headers. Written out it is not, so a small record may become gigabytes of text. The weight of a record is
//! close to the length of its envelopes, without escapes; looking at it ends where the limit is passed.

use kconnect_api::{Record, Schema, Struct, Value};

/// Whether the record weighs at most `most`.
pub(super) fn is_within(record: &Record, most: usize) -> bool {
    Scale { left: most }.record(record).is_some()
}

/// What numbers, brackets and names of members come to.
const FIXED: usize = 16;

struct Scale {
    left: usize,
}

/// `None` once it is too much.
type Weighed = Option<()>;

impl Scale {
    fn add(&mut self, bytes: usize) -> Weighed {
        self.left = self.left.checked_sub(bytes)?;
        Some(())
    }

    fn record(&mut self, record: &Record) -> Weighed {
        self.add(record.topic.len() + FIXED)?;
        self.side(record.key_schema.as_ref(), &record.key)?;
        self.side(record.value_schema.as_ref(), &record.value)?;
        record.headers.iter().try_for_each(|header| {
            self.add(header.key.len() + FIXED)?;
            self.side(header.effective_schema(), &header.value)
        })
    }

    fn side(&mut self, schema: Option<&Schema>, value: &Value) -> Weighed {
        if let Some(schema) = schema {
            self.schema(schema)?;
        }
        self.value(value, schema.is_some())
    }

    fn schema(&mut self, schema: &Schema) -> Weighed {
        let texts = [schema.name(), schema.doc()];
        self.add(2 * FIXED + texts.into_iter().flatten().map(str::len).sum::<usize>())?;
        for (key, value) in schema.parameters().unwrap_or_default() {
            self.add(key.len() + value.len() + FIXED)?;
        }
        if let Some(default) = schema.default_value() {
            self.value(default, true)?;
        }
        for part in [schema.key_schema(), schema.value_schema()].into_iter().flatten() {
            self.schema(part)?;
        }
        schema.fields().iter().try_for_each(|field| {
            self.add(field.name().len() + FIXED)?;
            self.schema(field.schema())
        })
    }

    /// `typed` says whether the schema stands beside the value; a struct without one brings its own.
    fn value(&mut self, value: &Value, typed: bool) -> Weighed {
        match value {
            Value::String(text) => self.add(text.as_bytes().len() + FIXED),
            Value::Bytes(bytes, _) => self.add(bytes.len() / 3 * 4 + FIXED),
            Value::Decimal(number) => {
                let bits = number.as_bigint_and_scale().0.bits();
                self.add(usize::try_from(bits / 3).unwrap_or(usize::MAX).saturating_add(FIXED))
            }
            Value::Array(elements) => {
                self.add(FIXED)?;
                elements.iter().try_for_each(|element| self.value(element, typed))
            }
            Value::Map(map) => {
                self.add(FIXED)?;
                map.iter().try_for_each(|(key, value)| {
                    self.value(key, typed)?;
                    self.value(value, typed)
                })
            }
            Value::Struct(inner) => self.structure(inner, typed),
            _ => self.add(FIXED),
        }
    }

    /// With defaults, which converters write.
    fn structure(&mut self, value: &Struct, typed: bool) -> Weighed {
        self.add(FIXED)?;
        if !typed {
            self.schema(value.schema())?;
        }
        value.schema().fields().iter().try_for_each(|field| {
            self.add(field.name().len())?;
            self.value(value.get_at(field.index()), true)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kconnect_api::{Headers, Origin, SchemaBuilder, SourceOffset, Topic, Type};

    use super::*;

    fn record(schema: Option<Schema>, value: Value) -> Record {
        Record {
            topic: Topic::from("t"),
            partition: None,
            key_schema: None,
            key: Value::Null,
            value_schema: schema,
            value,
            timestamp: None,
            headers: Headers::new(),
            origin: Origin::Source { partition: Arc::default(), offset: SourceOffset::None },
        }
    }

    #[test]
    fn what_is_shared_weighs_as_often_as_it_is_written() {
        let text = Value::from("x".repeat(1000));
        assert!(
            is_within(&record(None, text.clone()), 1100) && !is_within(&record(None, text.clone()), 1000)
        );
        let many = Value::Array(Arc::new(vec![text.clone(); 100]));
        assert!(is_within(&record(None, many.clone()), 110_000) && !is_within(&record(None, many), 100_000));

        let with_default = SchemaBuilder::new(Type::String).optional().default_value(text).build().unwrap();
        let element = SchemaBuilder::structure().field("f", with_default).build().unwrap();
        let empty = Value::Struct(Arc::new(Struct::new(element.clone()).unwrap()));
        let schema = SchemaBuilder::array(element).build().unwrap();
        let value = Value::Array(Arc::new(vec![empty; 100]));
        assert!(!is_within(&record(Some(schema), value), 100_000), "defaults are written for each element");
    }

    #[test]
    fn a_schema_that_doubles_itself_is_not_walked_to_its_end() {
        let mut schema = SchemaBuilder::structure().build().unwrap();
        for _ in 0..60 {
            schema =
                SchemaBuilder::structure().field("a", schema.clone()).field("b", schema).build().unwrap();
        }
        assert!(!is_within(&record(Some(schema), Value::Null), 16 << 20));
    }
}
