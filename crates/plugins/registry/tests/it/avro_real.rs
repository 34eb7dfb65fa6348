//! Avro over a real registry.

use std::sync::Arc;

use kconnect_api::{Buf, MapValue, Schema, SchemaBuilder, Struct, Type, Value};

use crate::harness::{Driver, chain};
use crate::real::Registry;

fn strategy(name: &str) -> (&str, &str) {
    ("value.subject.name.strategy", name)
}

/// A record of everything.
fn order() -> (Schema, Value) {
    let optional = |kind: Type| SchemaBuilder::new(kind).optional().build().unwrap();
    let line = SchemaBuilder::structure()
        .name("com.acme.Line")
        .field("sku", Schema::string())
        .field("price", SchemaBuilder::decimal(2).build().unwrap())
        .build()
        .unwrap();
    let schema = SchemaBuilder::structure()
        .name("com.acme.Order")
        .doc("an order")
        .field("id", Schema::int64())
        .field("small", Schema::int8())
        .field("paid", optional(Type::Boolean))
        .field("at", SchemaBuilder::timestamp().optional().build().unwrap())
        .field("note", SchemaBuilder::new(Type::String).default_value(Value::from("ä")).build().unwrap())
        .field("raw", Schema::bytes())
        .field("lines", Schema::array(line.clone()))
        .field("first", line.to_optional())
        .field("tags", Schema::map(Schema::string(), Schema::float64()))
        .field("codes", Schema::map(Schema::int32(), Schema::string()))
        .build()
        .unwrap();
    let make_line = |schema: &Schema, sku: &str| {
        let mut line = Struct::new(schema.clone()).unwrap();
        line.put("sku", Value::from(sku)).unwrap();
        line.put("price", Value::Decimal(Arc::new("12.34".parse().unwrap()))).unwrap();
        Value::Struct(Arc::new(line))
    };
    let map = |entries: Vec<(Value, Value)>| Value::Map(Arc::new(entries.into_iter().collect::<MapValue>()));
    let mut value = Struct::new(schema.clone()).unwrap();
    for (name, field) in [
        ("id", Value::Int64(-5)),
        ("small", Value::Int8(-1)),
        ("paid", Value::Bool(true)),
        ("at", Value::Date(1_700_000_000_123)),
        ("note", Value::from("日本 😀")),
        ("raw", Value::byte_buffer(Buf::from(&[0u8, 255][..]))),
        ("lines", Value::Array(Arc::new(vec![make_line(&line, "a"), make_line(&line, "b")]))),
        ("first", make_line(&line.to_optional(), "c")),
        (
            "tags",
            map(vec![(Value::from("x"), Value::Float64(1.5)), (Value::from("y"), Value::Float64(-0.0))]),
        ),
        ("codes", map(vec![(Value::Int32(7), Value::from("seven"))])),
    ] {
        value.put(name, field).unwrap();
    }
    (schema, Value::Struct(Arc::new(value)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_of_everything_goes_round() {
    let Some(registry) = Registry::or_skip("a_record_of_everything_goes_round") else { return };
    let (schema, value) = order();
    let settings = [strategy("TopicRecordNameStrategy")];
    let written =
        Driver::avro(&registry.url(), &settings).write(Some(&schema), &value).await.unwrap().unwrap();
    // Another converter knows nothing but the bytes.
    let mut reader = Driver::avro(&registry.url(), &settings);
    let back = reader.read(&written).await.unwrap();
    assert_eq!(back.value.to_java_string(), value.to_java_string());
    let read = back.schema.clone().unwrap();
    assert_eq!((read.name(), read.doc(), read.version()), (schema.name(), schema.doc(), Some(1)));
    for (ours, theirs) in schema.fields().iter().zip(read.fields()) {
        // A default comes back marked as one of the field; all else is the same.
        let same = ours.schema() == theirs.schema() || ours.name() == "note";
        assert!(same, "{:?}\n{:?}", ours.schema(), theirs.schema());
    }
    // What was read is written under the same id.
    let again = reader.write(back.schema.as_ref(), &back.value).await.unwrap().unwrap();
    let text = registry.get("/subjects/t-com.acme.Order/versions/latest");
    assert!(text.contains("com.acme.Order"), "{text}");
    assert_eq!(again[5..], written[5..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_schema_has_one_id_and_another_a_version_more() {
    let name = "the_same_schema_has_one_id_and_another_a_version_more";
    let Some(registry) = Registry::or_skip(name) else { return };
    let settings = [strategy("RecordNameStrategy")];
    let schema = |field: &str| {
        SchemaBuilder::structure().name("one.Id").field(field, Schema::optional_string()).build().unwrap()
    };
    let value = |schema: &Schema| Value::Struct(Arc::new(Struct::new(schema.clone()).unwrap()));
    let mut ids = Vec::new();
    for field in ["a", "b", "a"] {
        let schema = schema(field);
        let mut driver = Driver::avro(&registry.url(), &settings);
        ids.push(driver.write(Some(&schema), &value(&schema)).await.unwrap().unwrap());
    }
    assert!(ids[0] == ids[2] && ids[0] != ids[1]);
    assert_eq!(registry.get("/subjects/one.Id/versions").replace(' ', ""), "[1,2]");
    let version =
        Driver::avro(&registry.url(), &settings).read(&ids[1]).await.unwrap().schema.unwrap().version();
    assert_eq!(version, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_registered_is_refused_when_nobody_may_register() {
    let name = "what_is_not_registered_is_refused_when_nobody_may_register";
    let Some(registry) = Registry::or_skip(name) else { return };
    let settings = [("auto.register.schemas", "false"), strategy("RecordNameStrategy")];
    let schema = SchemaBuilder::structure()
        .name("never.Registered")
        .field("a", Schema::optional_string())
        .build()
        .unwrap();
    let value = Value::Struct(Arc::new(Struct::new(schema.clone()).unwrap()));
    let error = Driver::avro(&registry.url(), &settings).write(Some(&schema), &value).await.unwrap_err();
    let chain = chain(&error);
    assert!(chain[1].starts_with("SerializationException: Error retrieving Avro schema{"), "{chain:?}");
    assert!(
        chain[2].starts_with("RestClientException: ") && chain[2].ends_with("; error code: 40401"),
        "{chain:?}"
    );
    let error = Driver::avro(&registry.url(), &[]).read(&[0, 0x7f, 0, 0, 0, 2]).await.unwrap_err();
    assert!(crate::harness::chain(&error)[2].ends_with("; error code: 40403"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_version_is_written_and_read_when_asked_for() {
    let name = "the_latest_version_is_written_and_read_when_asked_for";
    let Some(registry) = Registry::or_skip(name) else { return };
    let by_record = strategy("RecordNameStrategy");
    let old = SchemaBuilder::structure().name("late.R").field("a", Schema::int32()).build().unwrap();
    let new = SchemaBuilder::structure()
        .name("late.R")
        .field("b", Schema::optional_string())
        .field("a", Schema::int32())
        .build()
        .unwrap();
    let value = |schema: &Schema| {
        let mut value = Struct::new(schema.clone()).unwrap();
        value.put("a", Value::Int32(3)).unwrap();
        Value::Struct(Arc::new(value))
    };
    let first =
        Driver::avro(&registry.url(), &[by_record]).write(Some(&old), &value(&old)).await.unwrap().unwrap();
    Driver::avro(&registry.url(), &[by_record]).write(Some(&new), &value(&new)).await.unwrap();
    let latest = [("auto.register.schemas", "false"), ("use.latest.version", "true"), by_record];
    let mut driver = Driver::avro(&registry.url(), &latest);
    let written = driver.write(Some(&old), &value(&old)).await.unwrap().unwrap();
    assert_eq!(written[5..], [0, 6], "null, then 3");
    // The record of the old schema is read as the new one.
    let read = driver.read(&first).await.unwrap();
    assert_eq!(read.schema.unwrap().fields().len(), 2);
    assert_eq!(read.value.to_java_string(), "Struct{a=3}");
}
