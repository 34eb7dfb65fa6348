//! Cost of a record of ten fields in each format, framing included:
//! `cargo bench -p kconnect-registry --bench formats`, or a part: `… --bench formats -- read`.

mod rig;

use divan::Bencher;
use rig::Format;

fn main() {
    divan::main();
}

const AVRO: Format = Format {
    class: "AvroConverter",
    kind: "AVRO",
    text: r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"long"},
    {"name":"c","type":"string"},{"name":"d","type":"double"},{"name":"e","type":"boolean"},
    {"name":"f","type":"bytes"},{"name":"g","type":"float"},{"name":"h","type":["null","string"]},
    {"name":"i","type":["null","long"]},{"name":"j","type":{"type":"array","items":"int"}}]}"#,
    is_checked: false,
};

const PROTOBUF: Format = Format {
    class: "ProtobufConverter",
    kind: "PROTOBUF",
    text: "syntax = \"proto3\"; message R { int32 a = 1; int64 b = 2; string c = 3; double d = 4; bool e = 5; \
           bytes f = 6; float g = 7; string h = 8; int64 i = 9; repeated int32 j = 10; }",
    is_checked: false,
};

const JSON_SCHEMA: Format = Format {
    class: "JsonSchemaConverter",
    kind: "JSON",
    text: r#"{"type":"object","title":"R","properties":{
    "a":{"type":"integer","connect.index":0,"connect.type":"int32"},"b":{"type":"integer","connect.index":1},
    "c":{"type":"string","connect.index":2},"d":{"type":"number","connect.index":3},
    "e":{"type":"boolean","connect.index":4},"f":{"type":"string","connect.index":5,"connect.type":"bytes"},
    "g":{"type":"number","connect.index":6,"connect.type":"float32"},
    "h":{"oneOf":[{"type":"null"},{"type":"string"}],"connect.index":7},
    "i":{"oneOf":[{"type":"null"},{"type":"integer"}],"connect.index":8},
    "j":{"type":"array","items":{"type":"integer","connect.type":"int32"},"connect.index":9}}}"#,
    is_checked: false,
};

const CHECKED_JSON: Format = Format { is_checked: true, ..JSON_SCHEMA };

#[divan::bench(args = [AVRO, PROTOBUF, JSON_SCHEMA, CHECKED_JSON])]
fn write(bencher: Bencher<'_, '_>, format: Format) {
    rig::write(bencher, format);
}

#[divan::bench(args = [AVRO, PROTOBUF, JSON_SCHEMA, CHECKED_JSON])]
fn read(bencher: Bencher<'_, '_>, format: Format) {
    rig::read(bencher, format);
}
