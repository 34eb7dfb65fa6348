//! Cost of a record of ten fields as JSON with a schema, framing included: `cargo bench -p kconnect-registry --bench
//! json_schema`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::BytesCount;
use kconnect_api::{
    Buf, Convert, Converter, ConverterRole, Out, Props, Schema, SchemaBuilder, Struct, Topic, Value,
    WireHeaders,
};

fn main() {
    divan::main();
}

const TEXT: &str = r#"{"type":"object","title":"R","properties":{
    "a":{"type":"integer","connect.index":0,"connect.type":"int32"},"b":{"type":"integer","connect.index":1},
    "c":{"type":"string","connect.index":2},"d":{"type":"number","connect.index":3},
    "e":{"type":"boolean","connect.index":4},"f":{"type":"string","connect.index":5,"connect.type":"bytes"},
    "g":{"type":"number","connect.index":6,"connect.type":"float32"},
    "h":{"oneOf":[{"type":"null"},{"type":"string"}],"connect.index":7},
    "i":{"oneOf":[{"type":"null"},{"type":"integer"}],"connect.index":8},
    "j":{"type":"array","items":{"type":"integer","connect.type":"int32"},"connect.index":9}}}"#;

/// A registry that takes everything and knows one schema.
fn registry() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let text = TEXT.replace('"', "\\\"").replace('\n', " ");
    let body = format!("{{\"id\":1,\"version\":1,\"schemaType\":\"JSON\",\"schema\":\"{text}\"}}");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.expect("a connection"));
            let (mut length, mut line) = (0, String::new());
            while stream.read_line(&mut line).expect("a request") > 2 {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                line.clear();
            }
            stream.read_exact(&mut vec![0; length]).expect("a body");
            let size = body.len();
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json";
            write!(stream.get_mut(), "{head}\r\ncontent-length: {size}\r\n\r\n{body}").expect("an answer");
        }
    });
    url
}

fn converter() -> Box<dyn Converter> {
    let plugins = kconnect_registry::plugins();
    let is_json = |class: &str| class.ends_with(".JsonSchemaConverter");
    let plugin = plugins.iter().find(|plugin| is_json(&plugin.info().class)).expect("the class");
    let strategy = "io.confluent.kafka.serializers.subject.TopicNameStrategy";
    let props: Props =
        [("schema.registry.url", registry()), ("value.subject.name.strategy", strategy.to_owned())]
            .map(|(key, value)| (key.to_owned(), value))
            .into();
    plugin.converter(&props, ConverterRole::Value).expect("a converter").expect("good settings")
}

fn record() -> (Schema, Value) {
    let schema = SchemaBuilder::structure()
        .name("R")
        .field("a", Schema::int32())
        .field("b", Schema::int64())
        .field("c", Schema::string())
        .field("d", Schema::float64())
        .field("e", Schema::boolean())
        .field("f", Schema::bytes())
        .field("g", Schema::float32())
        .field("h", Schema::optional_string())
        .field("i", Schema::optional_int64())
        .field("j", Schema::array(Schema::int32()))
        .build()
        .expect("a schema");
    let mut data = Struct::new(schema.clone()).expect("a struct");
    for (name, value) in [
        ("a", Value::Int32(1_000)),
        ("b", Value::Int64(-1)),
        ("c", Value::from("a text of some length")),
        ("d", Value::Float64(2.5)),
        ("e", Value::Bool(true)),
        ("f", Value::Bytes(Buf::from(&[1, 2, 3, 4][..]))),
        ("g", Value::Float32(1.5)),
        ("h", Value::from("another")),
        ("i", Value::Int64(1_700_000_000_000)),
        ("j", Value::Array(Arc::new(vec![Value::Int32(1), Value::Int32(2), Value::Int32(300)]))),
    ] {
        data.put(name, value).expect("a value that fits");
    }
    (schema, Value::Struct(Arc::new(data)))
}

/// Does what a call needs until it is answered.
fn resolved<T>(
    converter: &mut dyn Converter,
    mut call: impl FnMut(&mut dyn Converter) -> Result<T, Convert>,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    loop {
        match call(converter) {
            Ok(done) => return done,
            Err(Convert::Needs(need)) => runtime.block_on(converter.resolve(need)).expect("an answer"),
            Err(Convert::Bad(error)) => panic!("{error}"),
        }
    }
}

fn written(converter: &mut dyn Converter, schema: &Schema, value: &Value) -> Vec<u8> {
    let topic = Topic::from("t");
    resolved(converter, |converter| {
        let mut scratch = Vec::new();
        let mut out = Out::new(&mut scratch);
        converter.write(&topic, Some(schema), value, &mut WireHeaders::new(), &mut out)?;
        Ok(out.bytes().expect("no tombstone").to_vec())
    })
}

#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    let mut converter = converter();
    let (schema, value) = record();
    let size = written(&mut *converter, &schema, &value).len();
    let (topic, mut headers, mut scratch) = (Topic::from("t"), WireHeaders::new(), Vec::new());
    bencher.counter(BytesCount::new(size)).bench_local(|| {
        scratch.clear();
        let mut out = Out::new(&mut scratch);
        converter.write(&topic, Some(&schema), &value, &mut headers, &mut out).expect("a known schema");
        out.bytes().map(<[u8]>::len)
    });
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    let mut converter = converter();
    let (schema, value) = record();
    let bytes = Buf::from(written(&mut *converter, &schema, &value));
    let (topic, headers) = (Topic::from("t"), WireHeaders::new());
    resolved(&mut *converter, |converter| converter.read(&topic, &headers, Some(&bytes)));
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench_local(|| converter.read(&topic, &headers, Some(&bytes)).expect("a known schema"));
}
