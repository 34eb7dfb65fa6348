//! Cost of a record through the JSON converter: `cargo bench -p kconnect-converters`.
//!
//! A record is an order of about 100 bytes without schema, 450 with it. `transform` is what a pipeline with three
//! transforms does to it between reading and writing. Reported per record.

use std::sync::Arc;

use divan::{Bencher, black_box};
use kconnect_api::{
    Buf, Converter, ConverterPlugin, ConverterRole, Headers, Origin, Out, Props, Record, Schema,
    TimestampType, Topic, TopicPartition, Transformation, Value, Verdict, WireHeaders,
};

const PLAIN: &[u8] =
    br#"{"id":4711,"customer":"jane.doe","amount":12.5,"paid":true,"lines":[{"sku":"a-1","n":2}],"note":null}"#;
const ENVELOPE: &[u8] = br#"{"schema":{"type":"struct","fields":[{"type":"int64","optional":false,"field":"id"},{"type":"string","optional":true,"field":"customer"},{"type":"double","optional":false,"field":"amount"},{"type":"boolean","optional":false,"field":"paid"},{"type":"string","optional":true,"field":"note"}],"optional":false,"name":"order"},"payload":{"id":4711,"customer":"jane.doe","amount":12.5,"paid":true,"note":null}}"#;

/// The rows of `benches/data_plane.py`.
const ROW: &str = r#"{"id":1000004711,"name":"abcdefghij","price":12.5,"flag":true,"note":"abcdefghij abcdefghij abcdefghij"}"#;
const ROW_SCHEMA: &str = r#"{"type":"struct","fields":[{"type":"int64","optional":false,"field":"id"},{"type":"string","optional":false,"field":"name"},{"type":"double","optional":false,"field":"price"},{"type":"boolean","optional":true,"field":"flag"},{"type":"string","optional":true,"field":"note"}],"optional":false,"name":"bench.Row"}"#;

fn main() {
    divan::main();
}

fn props(pairs: &[(&str, &str)]) -> Props {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn json(schemas: bool) -> Box<dyn Converter> {
    let class = "org.apache.kafka.connect.json.JsonConverter";
    let plugins: Vec<Arc<dyn ConverterPlugin>> = kconnect_converters::plugins();
    let plugin = plugins.iter().find(|plugin| plugin.info().class == class).expect("the class is there");
    let settings = props(&[("schemas.enable", if schemas { "true" } else { "false" })]);
    let made = plugin.converter(&settings, ConverterRole::Value).expect("it converts values");
    made.expect("the settings are right")
}

fn transforms() -> Vec<Box<dyn Transformation>> {
    chain(&[
        ("Cast$Value", &[("spec", "id:int32")]),
        ("ReplaceField$Value", &[("exclude", "note")]),
        ("InsertField$Value", &[("topic.field", "from")]),
    ])
}

fn chain(wanted: &[(&str, &[(&str, &str)])]) -> Vec<Box<dyn Transformation>> {
    let plugins = kconnect_transforms::transforms();
    let made = wanted.iter().map(|(class, settings)| {
        let plugin = plugins.iter().find(|plugin| plugin.info().class.ends_with(&format!(".{class}")));
        plugin.expect("the class is there").configure(&props(settings)).expect("the settings are right")
    });
    made.collect()
}

struct Rig {
    converter: Box<dyn Converter>,
    topic: Topic,
    none: WireHeaders,
    scratch: Vec<u8>,
}

impl Rig {
    fn new(schemas: bool) -> Self {
        let (topic, none, scratch) = (Topic::new("orders"), WireHeaders::new(), Vec::new());
        Self { converter: json(schemas), topic, none, scratch }
    }

    fn read(&mut self, bytes: &Buf) -> (Option<Schema>, Value) {
        let read = self.converter.read(&self.topic, &self.none, Some(bytes)).expect("it is JSON");
        (read.schema, read.value)
    }

    fn write(&mut self, schema: Option<&Schema>, value: &Value) -> usize {
        self.scratch.clear();
        let mut out = Out::new(&mut self.scratch);
        let written = self.converter.write(&self.topic, schema, value, &mut self.none, &mut out);
        written.expect("it can be written");
        self.scratch.len()
    }

    fn record(&self, (value_schema, value): (Option<Schema>, Value)) -> Record {
        let from = TopicPartition { topic: self.topic.clone(), partition: 0 };
        Record {
            topic: self.topic.clone(),
            partition: Some(0),
            key_schema: None,
            key: Value::Null,
            value_schema,
            value,
            timestamp: None,
            headers: Headers::new(),
            origin: Origin::Sink { from, offset: 1, timestamp_type: TimestampType::CreateTime },
        }
    }
}

fn bytes(schemas: bool) -> Buf {
    Buf::from(if schemas { ENVELOPE } else { PLAIN })
}

/// Bytes to a value; of an envelope only the payload is parsed, the schema is known by its bytes.
#[divan::bench(args = [false, true])]
fn read(bencher: Bencher<'_, '_>, schemas: bool) {
    let (mut rig, bytes) = (Rig::new(schemas), bytes(schemas));
    bencher.bench_local(|| rig.read(black_box(&bytes)));
}

/// A value to bytes.
#[divan::bench(args = [false, true])]
fn write(bencher: Bencher<'_, '_>, schemas: bool) {
    let mut rig = Rig::new(schemas);
    let (schema, value) = rig.read(&bytes(schemas));
    bencher.bench_local(|| rig.write(black_box(schema.as_ref()), black_box(&value)));
}

/// Bytes to a value, through three transforms, and to bytes again.
#[divan::bench(args = [false, true])]
fn transform(bencher: Bencher<'_, '_>, schemas: bool) {
    let (mut rig, bytes, mut chain) = (Rig::new(schemas), bytes(schemas), transforms());
    bencher.bench_local(|| {
        let read = rig.read(black_box(&bytes));
        let mut record = rig.record(read);
        for transform in &mut chain {
            assert_eq!(transform.apply(&mut record).expect("it fits"), Verdict::Keep);
        }
        rig.write(record.value_schema.as_ref(), &record.value)
    });
}

/// Bytes to a value, through the transforms of `benches/data_plane.py`, to the line that the file sink writes.
#[divan::bench(args = [false, true])]
fn to_a_line(bencher: Bencher<'_, '_>, schemas: bool) {
    let row = if schemas { format!("{{\"schema\":{ROW_SCHEMA},\"payload\":{ROW}}}") } else { ROW.to_owned() };
    let (mut rig, bytes, mut line) = (Rig::new(schemas), Buf::from(row.into_bytes()), Vec::new());
    let mut chain = chain(&[
        ("InsertField$Value", &[("static.field", "source"), ("static.value", "bench")]),
        ("ReplaceField$Value", &[("exclude", "flag"), ("renames", "name:title")]),
        ("Cast$Value", &[("spec", "id:string,price:float32")]),
    ]);
    bencher.bench_local(|| {
        let read = rig.read(black_box(&bytes));
        let mut record = rig.record(read);
        for transform in &mut chain {
            assert_eq!(transform.apply(&mut record).expect("it fits"), Verdict::Keep);
        }
        line.clear();
        kconnect_api::java_string(&record.value, &mut line);
        line.len()
    });
}
