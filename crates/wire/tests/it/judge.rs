//! Kafka's own message classes read what this codec writes, and write the same bytes.
//!
//! Runs when `KCONNECT_KAFKA_LIBS` names the folder of Kafka's JARs, as `cargo xtask test` does.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use kconnect_wire::{Message, Request, Writer, messages};

use crate::recorded::hex;
use crate::seed::{Sample, Seed};

/// Values of each message and version. 60 were judged once; these take some seconds.
const SEEDS: u64 = 8;

fn lines<M: Message + Sample>(key: i16, side: &str, version: i16, out: &mut String) {
    for seed in 0..SEEDS {
        let mut w = Writer::new();
        M::sample(&mut Seed::new(seed), version).encode(version, &mut w).unwrap();
        writeln!(out, "{key} {side} {version} {}", hex(w.as_slice())).unwrap();
    }
}

macro_rules! all {
    ($($key:ident $request:ident $response:ident,)*) => {
        fn all() -> String {
            let mut out = String::new();
            $(for version in messages::$request::MIN..=messages::$request::MAX {
                let key = i16::from(messages::$request::KEY);
                lines::<messages::$request>(key, "request", version, &mut out);
                lines::<messages::$response>(key, "response", version, &mut out);
            })*
            out
        }
    };
}

kconnect_wire::for_each_api!(all);

#[test]
fn kafkas_classes_read_what_we_write_and_write_the_same() {
    const TEST: &str = "kafkas_classes_read_what_we_write_and_write_the_same";
    let Some(libs) = kconnect_testkit::kafka_libs_or_skip(TEST) else { return };
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/Judge.java");
    let mut child = Command::new("java")
        .args(["-Xmx512m", "-cp", &format!("{}/*", libs.display()), source])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = all();
    let count = text.lines().count();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let verdict = String::from_utf8(output.stdout).unwrap();
    assert_eq!(verdict.trim(), format!("same {count}"));
    writer.join().unwrap().unwrap();
}
