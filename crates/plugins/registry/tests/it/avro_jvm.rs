//! The mapping between Connect and Avro beside a JVM's ([`crate::jvm`]), record by record: `envelopes.py` makes random
//! ones, the same for the same seed.
//!
//! Schema text and payload must be equal to the byte, and so must what is read back, as JSON with its schema. What may
//! differ, each for a reason of `docs/differences.md`: a name with two meanings is refused; elements of an optional type
//! within a default that is an array or map come back as they were written. `KCONNECT_TEST_AVRO_CASES` asks for more
//! records than usual, `KCONNECT_TEST_AVRO_SEED` for others.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use kconnect_api::{Buf, Convert, Converter, ConverterRole, Out, Props, SchemaAndValue, Topic, WireHeaders};
use kconnect_testkit::skip;
use serde_json::Value as Json;

use crate::harness::{Driver, hex};
use crate::jvm::Jvm;
use crate::scripted::{Answer, Scripted};

fn json() -> Box<dyn Converter> {
    let plugins = kconnect_converters::plugins();
    let plugin = plugins.iter().find(|it| it.info().class.ends_with("JsonConverter")).unwrap();
    plugin.converter(&Props::new(), ConverterRole::Value).unwrap().unwrap()
}

fn from_envelope(json: &mut dyn Converter, text: &str) -> Result<SchemaAndValue, Convert> {
    json.read(&Topic::from("t"), &vec![], Some(&Buf::from(text.as_bytes())))
}

fn to_envelope(json: &mut dyn Converter, data: &SchemaAndValue) -> Json {
    let mut scratch = Vec::new();
    let mut out = Out::new(&mut scratch);
    let topic = Topic::from("t");
    json.write(&topic, data.schema.as_ref(), &data.value, &mut WireHeaders::new(), &mut out).unwrap();
    serde_json::from_slice(out.bytes().unwrap()).unwrap()
}

fn number(variable: &str, default: usize) -> usize {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

fn envelopes() -> Option<String> {
    let seed = number("KCONNECT_TEST_AVRO_SEED", 1).to_string();
    let cases = number("KCONNECT_TEST_AVRO_CASES", 1_500).to_string();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/envelopes.py");
    let made = Command::new("python3").arg(script).args([&seed, &cases]).output().ok()?;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).ok()
}

/// What came of one record.
enum Verdict {
    Same,
    /// For a reason that is known.
    Explained,
    Different(String),
}

/// A registry that takes one schema and tells it again.
async fn registry() -> (Scripted, Arc<Mutex<String>>) {
    let text = Arc::new(Mutex::new(String::new()));
    let registered = Arc::clone(&text);
    let registry = Scripted::start(move |asked, _| {
        let mut text = registered.lock().unwrap();
        if text.is_empty() {
            let body: Json = serde_json::from_str(&asked.body).unwrap();
            *text = body["schema"].as_str().unwrap().to_owned();
        }
        Answer::Say(200, serde_json::json!({"id": 1, "version": 1, "schema": *text}).to_string())
    });
    (registry.await, text)
}

async fn compare(json: &mut dyn Converter, input: &str, expected: &str) -> Verdict {
    let SchemaAndValue { schema, value } = from_envelope(json, input).unwrap();
    let (registry, text) = registry().await;
    let mut driver = Driver::avro(&registry.url, &[("value.subject.name.strategy", "TopicNameStrategy")]);
    let parts: Vec<&str> = expected.split('\t').collect();
    let written = match driver.write(schema.as_ref(), &value).await {
        Ok(written) => written.unwrap_or_default(),
        Err(error) => {
            let exception = &error.exception;
            let twice = exception.message().is_some_and(|text| text.starts_with("Can't redefine"));
            return match parts.len() > 1 && !twice {
                true => Verdict::Different(format!("jvm {}\n  us  {}", parts[0], exception.trace())),
                false => Verdict::Explained,
            };
        }
    };
    let payload = hex(written.get(5..).unwrap_or_default());
    let ours = text.lock().unwrap().clone();
    let theirs = (parts[0], parts.get(1).copied().unwrap_or_default());
    if (ours.as_str(), payload.as_str()) != theirs {
        return Verdict::Different(format!("jvm {} {}\n  us  {ours} {payload}", theirs.0, theirs.1));
    }
    let mut found = to_envelope(json, &driver.read(&written).await.unwrap());
    let wanted: Json = serde_json::from_str(parts[2]).unwrap();
    // The registry's version is not known to the mapping alone.
    if wanted["schema"].get("version").is_none()
        && let Some(schema) = found["schema"].as_object_mut()
    {
        schema.remove("version");
    }
    if found["payload"] != wanted["payload"] {
        return Verdict::Different(format!("jvm reads {wanted}\n  us        {found}"));
    }
    let has_default = input.contains("\"default\": {") || input.contains("\"default\": [");
    match (found == wanted, has_default) {
        (true, _) => Verdict::Same,
        (false, true) => Verdict::Explained,
        (false, false) => Verdict::Different(format!("jvm schema {wanted}\n  us         {found}")),
    }
}

#[tokio::test]
async fn schemas_and_payloads_are_those_of_the_jvm() {
    let name = "schemas_and_payloads_are_those_of_the_jvm";
    let Some(jvm) = Jvm::or_skip(name) else { return };
    let Some(envelopes) = envelopes() else { return skip(name, "no python3 to make records with") };
    let expected = jvm.answers(&envelopes);
    let (asked, answered) = (envelopes.lines().count(), expected.lines().count());
    assert_eq!(asked, answered);
    let (mut json, mut same, mut faults) = (json(), 0, Vec::new());
    for (input, expected) in envelopes.lines().zip(expected.lines()) {
        match compare(&mut *json, input, expected).await {
            Verdict::Same => same += 1,
            Verdict::Explained => {}
            Verdict::Different(how) => faults.push(format!("{input}\n  {how}")),
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    assert!(same * 10 > asked * 9, "only {same} of {asked} are the same");
}
