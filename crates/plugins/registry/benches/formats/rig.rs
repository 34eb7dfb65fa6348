//! What the benches of all formats share: a registry that knows one schema, a record of ten fields, and the two ways
//! through a converter with everything resolved before the clock runs.

use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::BytesCount;
use kconnect_api::{
    Buf, Convert, Converter, ConverterRole, Out, Props, Schema, SchemaBuilder, Struct, Topic, Value,
    WireHeaders,
};

/// A format, and the schema of [`record`] in it.
#[derive(Clone, Copy)]
pub struct Format {
    /// The converter's class, without its package.
    pub class: &'static str,
    /// The registry's word for the format.
    pub kind: &'static str,
    /// The schema that the registry knows.
    pub text: &'static str,
    /// Payloads are checked against it.
    pub is_checked: bool,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.class, if self.is_checked { ", checked" } else { "" })
    }
}

/// A registry that takes everything and knows one schema.
fn registry(format: Format) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let text = format.text.replace('"', "\\\"").replace('\n', " ");
    let kind = format.kind;
    let body = format!("{{\"id\":1,\"version\":1,\"schemaType\":\"{kind}\",\"schema\":\"{text}\"}}");
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

fn converter(format: Format) -> Box<dyn Converter> {
    let plugins = kconnect_registry::plugins();
    let is_it = |class: &str| class.rsplit('.').next() == Some(format.class);
    let plugin = plugins.iter().find(|it| is_it(&it.info().class)).expect("the class");
    let strategy = "io.confluent.kafka.serializers.subject.TopicNameStrategy";
    let props: Props = [
        ("schema.registry.url", registry(format)),
        ("value.subject.name.strategy", strategy.to_owned()),
        ("json.fail.invalid.schema", format.is_checked.to_string()),
    ]
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
        ("f", Value::bytes(Buf::from(&[1, 2, 3, 4][..]))),
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

/// A record to bytes.
pub fn write(bencher: Bencher<'_, '_>, format: Format) {
    let mut converter = converter(format);
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

/// Bytes to a record, and the record dropped.
pub fn read(bencher: Bencher<'_, '_>, format: Format) {
    let mut converter = converter(format);
    let (schema, value) = record();
    let bytes = Buf::from(written(&mut *converter, &schema, &value));
    let (topic, headers) = (Topic::from("t"), WireHeaders::new());
    resolved(&mut *converter, |converter| converter.read(&topic, &headers, Some(&bytes)));
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench_local(|| drop(converter.read(&topic, &headers, Some(&bytes)).expect("a known schema")));
}
