//! Avro both ways with Confluent's Python client over a real registry.

use crate::harness::{Driver, hex, unhex};
use crate::python::Python;
use crate::real::Registry;

#[tokio::test(flavor = "multi_thread")]
async fn what_confluents_python_wrote_in_avro_is_read_and_written_again_for_it() {
    let name = "what_confluents_python_wrote_in_avro_is_read_and_written_again_for_it";
    let Some(python) = Python::or_skip(name) else { return };
    let Some(registry) = Registry::or_skip(name) else { return };
    let url = registry.url();
    let run = |mode: &str, lines: &[String]| {
        python.run("tests/it/oracle.py", &[&url, mode], &(lines.join("\n") + "\n"))
    };
    let theirs: Vec<String> = run("write", &[]).lines().map(str::to_owned).collect();
    let settings =
        [("value.subject.name.strategy", "TopicNameStrategy"), ("enhanced.avro.schema.support", "true")];
    let mut driver = Driver::avro(&url, &settings);
    let mut ours = Vec::new();
    for line in &theirs {
        let read = driver.read(&unhex(line)).await.unwrap();
        let written = hex(&driver.write(read.schema.as_ref(), &read.value).await.unwrap().unwrap());
        assert_eq!(written[10..], line[10..], "the payload is the same to the byte");
        ours.push(written);
    }
    assert!(ours.len() > 4);
    assert_eq!(run("read", &ours), run("read", &theirs));
}
