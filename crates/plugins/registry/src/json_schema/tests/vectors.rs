//! One row for each kind of schema: the text, and a payload both ways.

use std::sync::Arc;

use kconnect_api::{Buf, MapValue, Schema, SchemaBuilder, Struct, Type, Value};

use super::mapping;
use crate::format::{Format, Registered, Written};

#[track_caller]
fn check(settings: &[(&str, &str)], schema: &Schema, value: &Value, text: &str, payload: &str) {
    let mut mapping = mapping(settings);
    let local = mapping.map(Some(schema), value).unwrap();
    assert_eq!(local.text, text);
    let mut out = Vec::new();
    assert_eq!(mapping.write(&local.writer, Some(schema), value, &mut out).unwrap(), Written::Payload);
    assert_eq!(String::from_utf8(out).unwrap(), payload);
    let registered = Registered { text: text.to_owned(), dependencies: Vec::new(), version: None };
    let mut reader = mapping.parse(&registered).unwrap();
    let back = mapping.read(&mut reader, &[], &Buf::from(payload.as_bytes())).unwrap();
    assert_eq!(back.value.to_java_string(), value.to_java_string(), "{text}");
}

fn map(pairs: Vec<(Value, Value)>) -> Value {
    Value::Map(Arc::new(pairs.into_iter().collect::<MapValue>()))
}

#[test]
fn numbers_texts_and_what_is_said_about_them() {
    let full = SchemaBuilder::new(Type::Int32).name("N").version(3).doc("d").parameter("k", "v");
    let full = full.default_value(Value::Int32(7)).build().unwrap();
    let optional = SchemaBuilder::new(Type::Int64).optional().build().unwrap();
    for (schema, value, text, payload) in [
        (Schema::int8(), Value::Int8(-1), r#"{"type":"integer","connect.type":"int8"}"#, "-1"),
        (Schema::float32(), Value::Float32(1.5), r#"{"type":"number","connect.type":"float32"}"#, "1.5"),
        (Schema::string(), Value::from("é"), r#"{"type":"string"}"#, "\"é\""),
        (Schema::boolean(), Value::Bool(true), r#"{"type":"boolean"}"#, "true"),
        (
            optional.clone(),
            Value::Int64(5),
            r#"{"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int64"}]}"#,
            "5",
        ),
        (
            optional,
            Value::Null,
            r#"{"oneOf":[{"type":"null"},{"type":"integer","connect.type":"int64"}]}"#,
            "null",
        ),
        (
            full,
            Value::Int32(1),
            r#"{"type":"integer","title":"N","description":"d","default":7,"connect.version":3,"connect.type":"int32","connect.parameters":{"k":"v"}}"#,
            "1",
        ),
    ] {
        check(&[], &schema, &value, text, payload);
    }
    let bytes = Value::bytes(Buf::from(&[1u8, 2][..]));
    check(&[], &Schema::bytes(), &bytes, r#"{"type":"string","connect.type":"bytes"}"#, "\"AQI=\"");
}

#[test]
fn decimals_are_texts_or_numbers() {
    let schema = SchemaBuilder::decimal(2).build().unwrap();
    let value = Value::Decimal(Arc::new("1.56".parse().unwrap()));
    for (format, kind, payload) in [("BASE64", "string", "\"AJw=\""), ("NUMERIC", "number", "1.56")] {
        let text = format!(
            r#"{{"type":"{kind}","title":"org.apache.kafka.connect.data.Decimal","connect.version":1,"connect.type":"bytes","connect.parameters":{{"scale":"2"}}}}"#
        );
        check(&[("decimal.format", format)], &schema, &value, &text, payload);
    }
}

#[test]
fn lists_and_maps() {
    let int = r#"{"type":"integer","connect.type":"int32"}"#;
    let list = Value::Array(Arc::new(vec![Value::Int32(1), Value::Int32(2)]));
    let text = format!(r#"{{"type":"array","items":{int}}}"#);
    check(&[], &Schema::array(Schema::int32()), &list, &text, "[1,2]");
    let text = format!(r#"{{"type":"object","connect.type":"map","additionalProperties":{int}}}"#);
    let one = map(vec![(Value::from("a"), Value::Int32(1))]);
    check(&[], &Schema::map(Schema::string(), Schema::int32()), &one, &text, r#"{"a":1}"#);
    let text = r#"{"type":"array","connect.type":"map","items":{"type":"object","properties":{"value":{"type":"integer","connect.index":1,"connect.type":"int32"},"key":{"type":"integer","connect.index":0,"connect.type":"int32"}}}}"#;
    let one = map(vec![(Value::Int32(1), Value::Int32(2))]);
    let payload = r#"[{"key":1,"value":2}]"#;
    check(&[], &Schema::map(Schema::int32(), Schema::int32()), &one, text, payload);
}

#[test]
fn a_struct_in_the_order_of_a_hash_map_with_its_own_order_beside() {
    let inner = SchemaBuilder::structure().field("x", Schema::int8()).optional().build().unwrap();
    let schema = SchemaBuilder::structure()
        .name("com.Rec")
        .version(2)
        .field("id", Schema::int32())
        .field("name", Schema::optional_string())
        .field("amount", Schema::float64())
        .field("inner", inner)
        .build()
        .unwrap();
    let mut value = Struct::new(schema.clone()).unwrap();
    value.put("id", Value::Int32(1)).unwrap();
    value.put("amount", Value::Float64(2.0)).unwrap();
    check(
        &[],
        &schema,
        &Value::Struct(Arc::new(value)),
        r#"{"type":"object","title":"com.Rec","connect.version":2,"properties":{"amount":{"type":"number","connect.index":2,"connect.type":"float64"},"name":{"connect.index":1,"oneOf":[{"type":"null"},{"type":"string"}]},"id":{"type":"integer","connect.index":0,"connect.type":"int32"},"inner":{"connect.index":3,"oneOf":[{"type":"null"},{"type":"object","properties":{"x":{"type":"integer","connect.index":0,"connect.type":"int8"}}}]}}}"#,
        r#"{"id":1,"name":null,"amount":2.0,"inner":null}"#,
    );
}

#[test]
fn enumerations_and_unions() {
    let prefix = "io.confluent.connect.json.Enum";
    let symbols = [(prefix, ""), ("io.confluent.connect.json.Enum.one", "one")];
    let symbols = symbols.into_iter().chain([("io.confluent.connect.json.Enum.two", "two")]);
    let schema = SchemaBuilder::new(Type::String).parameters(symbols).build().unwrap();
    check(&[], &schema, &Value::from("two"), r#"{"enum":["one","two"]}"#, "\"two\"");
    let optional = |kind| SchemaBuilder::new(kind).optional().build().unwrap();
    let schema = SchemaBuilder::structure()
        .name("io.confluent.connect.json.OneOf")
        .field("io.confluent.connect.json.OneOf.field.0", optional(Type::Int8))
        .field("io.confluent.connect.json.OneOf.field.1", optional(Type::String))
        .build()
        .unwrap();
    let mut value = Struct::new(schema.clone()).unwrap();
    value.put("io.confluent.connect.json.OneOf.field.1", Value::from("s")).unwrap();
    let text = r#"{"oneOf":[{"type":"integer","connect.index":0,"connect.type":"int8"},{"type":"string","connect.index":1}]}"#;
    check(&[], &schema, &Value::Struct(Arc::new(value)), text, "\"s\"");
}
