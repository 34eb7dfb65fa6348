//! Avro both ways with Confluent's Python client over a real registry.
//!
//! By hand, since it needs a Python with the client: `KCONNECT_TEST_PYTHON=venv/bin/python cargo test -p
//! kconnect-registry --test it -- --ignored avro_oracle`, after `pip install 'confluent-kafka[avro]'`.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::harness::Driver;
use crate::real::Registry;

fn python(registry: &Registry, mode: &str, lines: &str) -> Vec<String> {
    let python = std::env::var("KCONNECT_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/oracle.py");
    let mut child = Command::new(python)
        .arg(script)
        .args([&registry.url(), mode])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{mode}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a Python with confluent-kafka"]
async fn what_python_wrote_is_read_and_written_again_for_python() {
    let Some(registry) = Registry::or_skip("what_python_wrote_is_read_and_written_again_for_python") else {
        return;
    };
    let theirs = python(&registry, "write", "");
    let settings =
        [("value.subject.name.strategy", "TopicNameStrategy"), ("enhanced.avro.schema.support", "true")];
    let mut driver = Driver::avro(&registry.url(), &settings);
    let mut ours = Vec::new();
    for line in &theirs {
        let read = driver.read(&unhex(line)).await.unwrap();
        let written = driver.write(read.schema.as_ref(), &read.value).await.unwrap().unwrap();
        let hex: String = written.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex[10..], line[10..], "the payload is the same to the byte");
        ours.push(hex);
    }
    assert!(ours.len() > 4);
    assert_eq!(
        python(&registry, "read", &(ours.join("\n") + "\n")),
        python(&registry, "read", &(theirs.join("\n") + "\n"))
    );
}
