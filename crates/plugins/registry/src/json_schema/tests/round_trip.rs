//! What is written reads back: random schemas and values.

use std::sync::Arc;

use kconnect_api::{Buf, MapValue, Schema, SchemaBuilder, Struct, Type, Value};
use proptest::prelude::*;

use super::{mapping, words};
use crate::format::{Format, Registered, Written};

/// Choices made from one number.
struct Choices(u64);

impl Choices {
    fn of(&mut self, n: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }

    fn text(&mut self) -> String {
        let words = ["a", "b", "Aa", "BB", "name", "é", "x y", "\"q\"\\\n", "😀", "", "$id", "connect.type"];
        format!("{}{}", words[self.of(words.len() as u64) as usize], self.of(9))
    }

    fn schema(&mut self, depth: u64) -> Schema {
        let mut builder = match self.of(if depth == 0 { 11 } else { 16 }) {
            0 => SchemaBuilder::new(Type::Int8),
            1 => SchemaBuilder::new(Type::Int16),
            2 => SchemaBuilder::new(Type::Int32),
            3 => SchemaBuilder::new(Type::Int64),
            4 => SchemaBuilder::new(Type::Float32),
            5 => SchemaBuilder::new(Type::Float64),
            6 => SchemaBuilder::new(Type::Boolean),
            7 => SchemaBuilder::new(Type::String),
            8 => SchemaBuilder::new(Type::Bytes),
            9 => return self.optional(SchemaBuilder::decimal(2)),
            10 => return self.optional(SchemaBuilder::timestamp()),
            11 => SchemaBuilder::array(self.schema(depth - 1)),
            12 => SchemaBuilder::map(Schema::string(), self.schema(depth - 1)),
            13 => SchemaBuilder::map(self.key(), self.schema(depth - 1)),
            _ => {
                let mut builder = SchemaBuilder::structure();
                for n in 0..self.of(6) {
                    builder = builder.field(format!("{}{n}", self.text()), self.schema(depth - 1));
                }
                builder
            }
        };
        if self.of(4) == 0 {
            builder = builder.name(format!("com.x.{}", self.text())).version(self.of(9) as i32);
        }
        if self.of(4) == 0 {
            builder = builder.doc(self.text()).parameter(self.text(), self.text());
        }
        self.optional(builder)
    }

    fn key(&mut self) -> Schema {
        match self.of(3) {
            0 => Schema::optional_string(),
            1 => Schema::int32(),
            _ => Schema::boolean(),
        }
    }

    fn optional(&mut self, builder: SchemaBuilder) -> Schema {
        let builder = if self.of(2) == 0 { builder.optional() } else { builder };
        builder.build().expect("a schema")
    }

    fn value(&mut self, schema: &Schema) -> Value {
        if schema.is_optional() && self.of(3) == 0 {
            return Value::Null;
        }
        if let Some(logical) = schema.logical() {
            return match logical {
                kconnect_api::Logical::Decimal => Value::Decimal(Arc::new(bigdecimal::BigDecimal::new(
                    (self.of(9_999) as i64 - 5_000).into(),
                    2,
                ))),
                _ => Value::Date(self.of(1 << 40) as i64 - (1 << 39)),
            };
        }
        let inner = |schema: Option<&Schema>| schema.expect("a part").clone();
        match schema.kind() {
            Type::Int8 => Value::Int8(self.of(256) as u8 as i8),
            Type::Int16 => Value::Int16(self.of(1 << 16) as u16 as i16),
            Type::Int32 => Value::Int32(self.of(1 << 32) as u32 as i32),
            Type::Int64 => Value::Int64(self.of(u64::MAX) as i64),
            Type::Float32 => Value::Float32((self.of(1 << 30) as f32 + 0.5) * 1.0e-3),
            Type::Float64 => Value::Float64((self.of(1 << 50) as f64 + 0.5) * 1.0e-7),
            Type::Boolean => Value::Bool(self.of(2) == 0),
            Type::String => Value::from(self.text()),
            Type::Bytes => Value::bytes((0..self.of(9)).map(|n| n as u8).collect::<Vec<u8>>().into()),
            Type::Array => {
                let element = inner(schema.value_schema());
                Value::Array(Arc::new((0..self.of(4)).map(|_| self.value(&element)).collect()))
            }
            Type::Map => {
                let (key, value) = (inner(schema.key_schema()), inner(schema.value_schema()));
                let mut map = MapValue::new();
                for _ in 0..self.of(4) {
                    map.insert(self.value(&key), self.value(&value));
                }
                Value::Map(Arc::new(map))
            }
            Type::Struct => {
                let mut result = Struct::new(schema.clone()).expect("a struct");
                for field in schema.fields() {
                    result.put_at(field.index(), self.value(field.schema())).expect("a fitting value");
                }
                Value::Struct(Arc::new(result))
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn schemas_and_values_read_back(seed: u64, indent: bool, numeric: bool) {
        let mut choices = Choices(seed);
        let schema = choices.schema(3);
        let value = choices.value(&schema);
        let indent = if indent { "true" } else { "false" };
        let decimals = if numeric { "numeric" } else { "base64" };
        let mut mapping = mapping(&[("json.indent.output", indent), ("decimal.format", decimals)]);
        let local = mapping.map(Some(&schema), &value).map_err(|error| words(&error)).expect("a text");
        let registered = Registered { text: local.text.clone(), dependencies: Vec::new(), version: None };
        let mut reader = mapping.parse(&registered).map_err(|error| words(&error)).expect("a schema");
        prop_assert_eq!(&reader.schema, &schema, "{}", local.text);
        let mut payload = Vec::new();
        let written = mapping.write(&None, Some(&schema), &value, &mut payload).expect("a payload");
        prop_assert_eq!(written, Written::Payload);
        let read = mapping.read(&mut reader, &[], &Buf::from(&payload[..])).expect("a value");
        prop_assert_eq!(read.value, value, "{}", String::from_utf8_lossy(&payload));
    }
}
