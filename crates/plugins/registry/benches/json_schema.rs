//! Cost of a record of ten fields as JSON with a schema, framing included:
//! `cargo bench -p kconnect-registry --bench json_schema`.

mod rig;

use divan::Bencher;
use rig::Format;

fn main() {
    divan::main();
}

const FORMAT: Format = Format {
    class: ".JsonSchemaConverter",
    kind: "JSON",
    text: r#"{"type":"object","title":"R","properties":{
    "a":{"type":"integer","connect.index":0,"connect.type":"int32"},"b":{"type":"integer","connect.index":1},
    "c":{"type":"string","connect.index":2},"d":{"type":"number","connect.index":3},
    "e":{"type":"boolean","connect.index":4},"f":{"type":"string","connect.index":5,"connect.type":"bytes"},
    "g":{"type":"number","connect.index":6,"connect.type":"float32"},
    "h":{"oneOf":[{"type":"null"},{"type":"string"}],"connect.index":7},
    "i":{"oneOf":[{"type":"null"},{"type":"integer"}],"connect.index":8},
    "j":{"type":"array","items":{"type":"integer","connect.type":"int32"},"connect.index":9}}}"#,
};

#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    rig::write(bencher, FORMAT);
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    rig::read(bencher, FORMAT);
}
