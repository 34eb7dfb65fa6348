//! What a record pays for transforms: `cargo bench -p kconnect-transforms`.
//!
//! Three transforms in a row (Cast, ReplaceField, InsertField) over a record of eight fields, once as a map and once as a
//! struct; and texts made Timestamps. Each iteration gets a record of its own, as a worker's chain does.

use std::sync::Arc;

use divan::Bencher;
use kconnect_api::{
    Headers, MapValue, Origin, Props, Record, Schema, SchemaBuilder, Struct, TimestampType, Topic,
    TopicPartition, Transformation, Value,
};

fn main() {
    divan::main();
}

const FIELDS: [&str; 8] = ["id", "name", "email", "amount", "currency", "created_at", "status", "city"];

fn record(schema: Option<Schema>, value: Value) -> Record {
    let topic = Topic::from("orders");
    Record {
        topic: topic.clone(),
        partition: Some(3),
        key_schema: None,
        key: Value::Null,
        value_schema: schema,
        value,
        timestamp: Some(1_483_425_001_864),
        headers: Headers::new(),
        origin: Origin::Sink {
            from: TopicPartition { topic, partition: 3 },
            offset: 42,
            timestamp_type: TimestampType::CreateTime,
        },
    }
}

fn values() -> [Value; 8] {
    [
        Value::from("4711"),
        Value::from("a name"),
        Value::from("a@example.org"),
        Value::Float64(17.5),
        Value::from("EUR"),
        Value::Int64(1_483_425_001_864),
        Value::from("open"),
        Value::from("Bern"),
    ]
}

/// As the JSON converter makes it.
fn map() -> Value {
    let mut map = MapValue::hashed();
    for (field, value) in FIELDS.iter().zip(values()) {
        map.insert(Value::from(*field), value);
    }
    Value::Map(Arc::new(map))
}

fn schema() -> Schema {
    let schemas = [
        Schema::string(),
        Schema::optional_string(),
        Schema::optional_string(),
        Schema::float64(),
        Schema::string(),
        Schema::int64(),
        Schema::string(),
        Schema::optional_string(),
    ];
    let fields = FIELDS.iter().zip(schemas);
    let builder =
        fields.fold(SchemaBuilder::structure(), |builder, (name, schema)| builder.field(*name, schema));
    builder.build().expect("fields are distinct")
}

fn structure(schema: &Schema) -> Value {
    let mut inner = Struct::new(schema.clone()).expect("a struct schema");
    for (at, value) in values().into_iter().enumerate() {
        inner.put_at(at, value).expect("values fit");
    }
    Value::Struct(Arc::new(inner))
}

fn transform(class: &str, settings: &[(&str, &str)]) -> Box<dyn Transformation> {
    let name = format!("org.apache.kafka.connect.transforms.{class}");
    let plugins = kconnect_transforms::transforms();
    let plugin = plugins.iter().find(|plugin| plugin.info().class == name).expect("known class");
    let props: Props = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    plugin.configure(&props).expect("a good configuration")
}

fn chain() -> Vec<Box<dyn Transformation>> {
    vec![
        transform("Cast$Value", &[("spec", "id:int64,amount:string")]),
        transform("ReplaceField$Value", &[("exclude", "email"), ("renames", "created_at:at")]),
        transform("InsertField$Value", &[("topic.field", "topic"), ("timestamp.field", "ts")]),
    ]
}

fn run(bencher: Bencher<'_, '_>, mut chain: Vec<Box<dyn Transformation>>, make: impl Fn() -> Record + Sync) {
    bencher.with_inputs(make).bench_local_values(|mut record| {
        for transform in &mut chain {
            transform.apply(&mut record).expect("a good record");
        }
        record
    });
}

/// The record is ours alone: values are moved.
#[divan::bench]
fn chain_on_map(bencher: Bencher<'_, '_>) {
    run(bencher, chain(), || record(None, map()));
}

/// Somebody else holds the record too, as a source's batch does: the first transform clones.
#[divan::bench]
fn chain_on_shared_map(bencher: Bencher<'_, '_>) {
    let map = map();
    run(bencher, chain(), || record(None, map.clone()));
}

#[divan::bench]
fn chain_on_struct(bencher: Bencher<'_, '_>) {
    let schema = schema();
    run(bencher, chain(), || record(Some(schema.clone()), structure(&schema)));
}

#[divan::bench]
fn text_to_timestamp(bencher: Bencher<'_, '_>) {
    let settings =
        [("field", "at"), ("target.type", "Timestamp"), ("format", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")];
    let schema = SchemaBuilder::structure().field("at", Schema::string()).build().expect("a good schema");
    run(bencher, vec![transform("TimestampConverter$Value", &settings)], || {
        let text = Value::from("2017-01-03T06:30:01.864+01:00");
        record(Some(schema.clone()), Value::Struct(Arc::new(Struct::assemble(schema.clone(), vec![text]))))
    });
}

#[divan::bench]
fn timestamp_to_text(bencher: Bencher<'_, '_>) {
    let settings = [("target.type", "string"), ("format", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")];
    let schema = SchemaBuilder::timestamp().build().expect("a good schema");
    run(bencher, vec![transform("TimestampConverter$Value", &settings)], || {
        record(Some(schema.clone()), Value::Date(1_483_425_001_864))
    });
}

/// A chain that changes nothing: a predicate's look, as it were.
#[divan::bench]
fn nothing_to_drop(bencher: Bencher<'_, '_>) {
    let schema = schema();
    run(bencher, vec![transform("DropHeaders", &[("headers", "a,b")])], || {
        record(Some(schema.clone()), structure(&schema))
    });
}
