//! The mapping between Connect and Avro beside a JVM's, record by record.
//!
//! By hand: `KCONNECT_TEST_ENVELOPES` names a file of JSON envelopes (schema and payload, one a line: `envelopes.py`)
//! and `KCONNECT_TEST_AVRO` one with what `AvroOracle.java` made of each. The two differences that are deliberate (a name
//! of two meanings, optional elements within defaults) are left out.

use kconnect_api::{Buf, Convert, Converter, ConverterRole, Props, SchemaAndValue, Topic, Value};

use crate::harness::Driver;
use crate::scripted::{Answer, Scripted};

fn json() -> Box<dyn Converter> {
    let plugins = kconnect_converters::plugins();
    let plugin = plugins.iter().find(|it| it.info().class.ends_with("JsonConverter")).unwrap();
    plugin.converter(&Props::new(), ConverterRole::Value).unwrap().unwrap()
}

fn envelope(json: &mut dyn Converter, text: &str) -> Result<SchemaAndValue, Convert> {
    json.read(&Topic::from("t"), &vec![], Some(&Buf::from(text.as_bytes())))
}

#[tokio::test]
#[ignore = "needs what a JVM made of the same records"]
async fn schemas_and_payloads_are_those_of_the_jvm() {
    let file = |name: &str| std::fs::read_to_string(std::env::var(name).unwrap()).unwrap();
    let (envelopes, expected) = (file("KCONNECT_TEST_ENVELOPES"), file("KCONNECT_TEST_AVRO"));
    assert_eq!(envelopes.lines().count(), expected.lines().count());
    let mut json = json();
    let mut faults = Vec::new();
    for (input, expected) in envelopes.lines().zip(expected.lines()) {
        let SchemaAndValue { schema, value } = envelope(&mut *json, input).unwrap();
        let text = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
        let registered = std::sync::Arc::clone(&text);
        let registry = Scripted::start(move |asked, _| {
            let mut text = registered.lock().unwrap();
            if text.is_empty() {
                let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
                *text = body["schema"].as_str().unwrap().to_owned();
            }
            Answer::Say(200, serde_json::json!({"id": 1, "version": 1, "schema": *text}).to_string())
        })
        .await;
        let mut driver = Driver::avro(&registry.url, &[("value.subject.name.strategy", "TopicNameStrategy")]);
        let parts: Vec<&str> = expected.split('\t').collect();
        let written = match driver.write(schema.as_ref(), &value).await {
            Ok(written) => written.unwrap_or_default(),
            Err(error) => {
                let refused =
                    error.exception.message().is_some_and(|text| text.starts_with("Can't redefine"));
                if parts.len() > 1 && !refused {
                    faults.push(format!("{input}\n  jvm {}\n  us  {}", parts[0], error.exception.trace()));
                }
                continue;
            }
        };
        let hex: String = written.iter().skip(5).map(|byte| format!("{byte:02x}")).collect();
        let ours = text.lock().unwrap().clone();
        if (ours.as_str(), hex.as_str()) != (parts[0], parts.get(1).copied().unwrap_or_default()) {
            faults.push(format!(
                "{input}\n  jvm {} {}\n  us  {ours} {hex}",
                parts[0],
                parts.get(1).unwrap_or(&"")
            ));
            continue;
        }
        // The registry's version is not known to the mapping alone.
        let read = driver.read(&written).await.unwrap();
        let back = envelope(&mut *json, parts[2]).unwrap();
        let (value, wanted): (Value, Value) = (read.value, back.value);
        let (shown, wanted_shown) = (value.to_java_string(), wanted.to_java_string());
        // The JVM's side comes as JSON, whose bytes are no ByteBuffer.
        let blank = |text: &str| {
            let mut buffers = text.split("java.nio.HeapByteBuffer[");
            let first = buffers.next().unwrap_or_default().to_owned();
            let arrays =
                buffers.fold(first, |text, it| text + it.split_once(']').map_or(it, |(_, rest)| rest));
            arrays
                .split("[B@")
                .map(|it| it.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
                .collect::<String>()
        };
        if blank(&shown) != blank(&wanted_shown) {
            faults.push(format!("{input}\n  jvm reads {wanted_shown}\n  us        {shown}"));
        } else if let (Some(ours), Some(theirs)) = (&read.schema, &back.schema)
            && theirs.version().is_some()
            && !input.contains("\"default\": {")
            && !input.contains("\"default\": [")
            && ours != theirs
        {
            faults.push(format!("{input}\n  jvm schema {theirs:?}\n  us         {ours:?}"));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
