//! Values of any schema come back from their own bytes.

use std::sync::Arc;

use kconnect_api::{MapValue, SchemaBuilder, Type};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::*;

/// A schema with a value for it. Optional values may be null; lists and maps hold no nulls.
#[derive(Clone, Debug)]
struct Pair {
    schema: Schema,
    value: Value,
}

fn scalar() -> impl Strategy<Value = Pair> {
    let pair = |kind: Type, value: Value| Pair { schema: SchemaBuilder::new(kind).build().unwrap(), value };
    let typed = |kind: Type, word: &str, value: Value| Pair {
        schema: SchemaBuilder::new(kind)
            .parameter("io.confluent.connect.protobuf.Type", word)
            .build()
            .unwrap(),
        value,
    };
    prop_oneof![
        any::<i8>().prop_map(move |n| pair(Type::Int8, Value::Int8(n))),
        any::<i16>().prop_map(move |n| pair(Type::Int16, Value::Int16(n))),
        any::<i32>().prop_map(move |n| pair(Type::Int32, Value::Int32(n))),
        any::<i64>().prop_map(move |n| pair(Type::Int64, Value::Int64(n))),
        (any::<i32>(), prop::sample::select(vec!["sint32", "sfixed32"])).prop_map(move |(n, word)| typed(
            Type::Int32,
            word,
            Value::Int32(n)
        )),
        (any::<i64>(), prop::sample::select(vec!["sint64", "sfixed64", "uint64", "fixed64"]))
            .prop_map(move |(n, word)| typed(Type::Int64, word, Value::Int64(n))),
        (any::<u32>(), prop::sample::select(vec!["uint32", "fixed32"])).prop_map(move |(n, word)| typed(
            Type::Int64,
            word,
            Value::Int64(n.into())
        )),
        any::<f32>().prop_map(move |n| pair(Type::Float32, Value::Float32(n))),
        any::<f64>().prop_map(move |n| pair(Type::Float64, Value::Float64(n))),
        any::<bool>().prop_map(move |b| pair(Type::Boolean, Value::Bool(b))),
        ".{0,12}".prop_map(move |text| pair(Type::String, Value::from(text))),
        prop::collection::vec(any::<u8>(), 0..200).prop_map(move |b| pair(Type::Bytes, bytes(&b))),
        (any::<i64>(), 0..5).prop_map(|(unscaled, scale)| Pair {
            schema: SchemaBuilder::decimal(scale).build().unwrap(),
            value: Value::Decimal(Arc::new(bigdecimal::BigDecimal::new(unscaled.into(), scale.into()))),
        }),
        (-700_000..2_900_000i64).prop_map(|day| Pair {
            schema: SchemaBuilder::date().build().unwrap(),
            value: Value::Date(day * 86_400_000),
        }),
        (0..86_400_000i64).prop_map(|millis| Pair {
            schema: SchemaBuilder::time().build().unwrap(),
            value: Value::Date(millis),
        }),
        (-62_135_596_800_000..253_402_300_799_999i64).prop_map(|millis| Pair {
            schema: SchemaBuilder::timestamp().build().unwrap(),
            value: Value::Date(millis),
        }),
        prop::sample::select(vec![("RED", 0), ("BLUE", 7), ("GREEN", -1)]).prop_map(|(symbol, _)| Pair {
            schema: SchemaBuilder::new(Type::String)
                .name("Color")
                .parameter("io.confluent.connect.protobuf.Enum", "Color")
                .parameter("io.confluent.connect.protobuf.Enum.RED", "0")
                .parameter("io.confluent.connect.protobuf.Enum.BLUE", "7")
                .parameter("io.confluent.connect.protobuf.Enum.GREEN", "-1")
                .build()
                .unwrap(),
            value: Value::from(symbol),
        }),
    ]
}

fn structure(fields: Vec<(Pair, bool)>) -> Pair {
    let mut builder = SchemaBuilder::structure();
    let mut values = Vec::new();
    for (at, (pair, is_null)) in fields.into_iter().enumerate() {
        let schema = if is_null { pair.schema.to_optional() } else { pair.schema };
        builder = builder.field(format!("f{at}"), schema);
        values.push(if is_null { Value::Null } else { pair.value });
    }
    let schema = builder.build().unwrap();
    let value = Value::Struct(Arc::new(Struct::assemble(schema.clone(), values)));
    Pair { schema, value }
}

fn pair() -> impl Strategy<Value = Pair> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        let element = inner.clone().prop_filter("protobuf has no lists of lists", |pair| {
            !matches!(pair.schema.kind(), Type::Array | Type::Map)
        });
        let key = scalar().prop_filter("keys are compared", |pair| {
            matches!(pair.schema.kind(), Type::String | Type::Int32 | Type::Int64 | Type::Boolean)
                && pair.schema.logical().is_none()
        });
        prop_oneof![
            (element.clone(), 0..3usize).prop_map(|(pair, count)| Pair {
                schema: Schema::array(pair.schema),
                value: Value::Array(Arc::new(vec![pair.value; count])),
            }),
            (key, element).prop_map(|(key, pair)| Pair {
                schema: Schema::map(key.schema, pair.schema),
                value: Value::Map(Arc::new([(key.value, pair.value)].into_iter().collect::<MapValue>())),
            }),
            prop::collection::vec((inner, any::<bool>()), 0..4).prop_map(structure),
        ]
    })
}

/// What of a value can be told apart after it was written with default settings: no nulls, no empty struct around
/// nothing, and narrow types by their schema.
fn same(written: &Value, read: &Value) -> bool {
    match (written, read) {
        (Value::Struct(a), Value::Struct(b)) => a.entries().all(|(field, value)| {
            let back = b.get(field.name()).unwrap();
            match value {
                Value::Null => is_default(back),
                value => same(value, back),
            }
        }),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        // A wrapper message does not tell how narrow its number is.
        (Value::Int8(a), Value::Int32(b)) => i32::from(*a) == *b,
        (Value::Int16(a), Value::Int32(b)) => i32::from(*a) == *b,
        (a, b) => a == b,
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::String(text) => matches!(text.as_str(), "" | "RED"),
        Value::Bytes(bytes, _) => bytes.is_empty(),
        Value::Bool(value) => !value,
        Value::Int8(n) => *n == 0,
        Value::Int16(n) => *n == 0,
        Value::Int32(n) => *n == 0,
        Value::Int64(n) => *n == 0,
        Value::Float32(n) => *n == 0.0,
        Value::Float64(n) => *n == 0.0,
        _ => false,
    }
}

#[test]
fn values_of_any_schema_come_back_from_their_bytes() {
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let root = prop::collection::vec((pair(), prop::bool::weighted(0.2)), 1..6).prop_map(structure);
    let settings = prop::sample::select(vec![
        &[][..],
        &[("optional.for.nullables", "true")],
        &[("wrapper.for.nullables", "true")],
    ]);
    let strategy = (root, settings);
    runner
        .run(&strategy, |(Pair { schema, value }, settings)| {
            let mut format = protobuf(settings);
            let (local, payload) = write(&mut format, &schema, &value).map_err(|e| fail(&e.to_string()))?;
            let found = read(&mut format, &local.text, &[0], &payload)
                .map_err(|fault| fail(&format!("{}\n{}", fault_text(&fault), local.text)))?;
            prop_assert!(same(&value, &found.value), "{:?}\n{}\n{}", found.value, local.text, hex(&payload));
            let Value::Struct(data) = &found.value else { return Err(fail("no struct")) };
            prop_assert!(data.validate().is_ok());
            // What was read is written as the same text and bytes: nothing drifts.
            let (again, second) = write(&mut format, found.schema.as_ref().unwrap(), &found.value)
                .map_err(|e| fail(&e.to_string()))?;
            let third = read(&mut format, &again.text, &[0], &second).map_err(|f| fail(&fault_text(&f)))?;
            prop_assert!(same(&found.value, &third.value), "{}\n{}", local.text, again.text);
            Ok(())
        })
        .unwrap();
}

fn fail(text: &str) -> TestCaseError {
    TestCaseError::fail(text.to_owned())
}
