//! Cost of a record of ten fields in Avro, framing included:
//! `cargo bench -p kconnect-registry --bench avro`.

mod rig;

use divan::Bencher;
use rig::Format;

fn main() {
    divan::main();
}

const FORMAT: Format = Format {
    class: ".AvroConverter",
    kind: "AVRO",
    text: r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":"long"},
    {"name":"c","type":"string"},{"name":"d","type":"double"},{"name":"e","type":"boolean"},
    {"name":"f","type":"bytes"},{"name":"g","type":"float"},{"name":"h","type":["null","string"]},
    {"name":"i","type":["null","long"]},{"name":"j","type":{"type":"array","items":"int"}}]}"#,
};

#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    rig::write(bencher, FORMAT);
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    rig::read(bencher, FORMAT);
}
