//! Cost of a record of ten fields in Protobuf, framing included:
//! `cargo bench -p kconnect-registry --bench protobuf`.

mod rig;

use divan::Bencher;
use rig::Format;

fn main() {
    divan::main();
}

const FORMAT: Format = Format {
    class: ".ProtobufConverter",
    kind: "PROTOBUF",
    text: "syntax = \"proto3\"; message R { int32 a = 1; int64 b = 2; string c = 3; double d = 4; bool e = 5; \
           bytes f = 6; float g = 7; string h = 8; int64 i = 9; repeated int32 j = 10; }",
};

#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    rig::write(bencher, FORMAT);
}

#[divan::bench]
fn read(bencher: Bencher<'_, '_>) {
    rig::read(bencher, FORMAT);
}
