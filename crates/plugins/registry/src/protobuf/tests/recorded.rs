//! Messages made by protobuf's own runtime and registered by Confluent's Python client (`testdata/protobuf/record.py`).

use kconnect_api::MapValue;
use serde_json::{Map, Value as Json, json};

use super::super::wire::{Cursor, unzigzag32};
use super::*;

fn recorded() -> Json {
    serde_json::from_str(include_str!("../../../testdata/protobuf/recorded.json")).unwrap()
}

/// A value in the form of the recording: dates as milliseconds, bytes in hexadecimal, nulls left out.
fn to_json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!(value),
        Value::Int32(number) => json!(number),
        Value::Int64(number) | Value::Date(number) => json!(number),
        Value::Float32(number) => json!(number),
        Value::Float64(number) => json!(number),
        Value::String(text) => json!(text.as_str()),
        Value::Bytes(bytes, _) => json!(hex(bytes)),
        Value::Array(values) => values.iter().map(to_json).collect(),
        Value::Map(map) => map_to_json(map),
        Value::Struct(data) => {
            let set = data.entries().filter(|(_, value)| !value.is_null());
            Json::Object(set.map(|(field, value)| (field.name().to_owned(), to_json(value))).collect())
        }
        other => panic!("{other:?} is in no message of the recording"),
    }
}

fn map_to_json(map: &MapValue) -> Json {
    let entry = |(key, value): (&Value, &Value)| (key.to_java_string(), to_json(value));
    Json::Object(map.iter().map(entry).collect::<Map<String, Json>>())
}

fn indexes(recorded: &str) -> Vec<i32> {
    let bytes = unhex(recorded);
    let mut at = Cursor::new(&bytes, 0, bytes.len());
    let mut next = || unzigzag32(at.varint().unwrap() as u32);
    (0..next()).map(|_| next()).collect()
}

fn schema_of(case: &Json, recording: &Json) -> [Registered; 2] {
    let field = |json: &Json, name: &str| json[name].as_str().unwrap().to_owned();
    let dependency = |name: String, text: String| Dependency { name, text, references: Vec::new() };
    let stored = &recording["schemas"][case["schema"].as_u64().unwrap() as usize];
    let dependencies: Vec<Dependency> = stored["dependencies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| dependency(field(found, "name"), field(found, "text")))
        .collect();
    let sources = recording["sources"].as_object().unwrap();
    let main = if field(case, "message").starts_with("old.") { "old.proto" } else { "all.proto" };
    let texts =
        sources.iter().map(|(name, text)| dependency(name.clone(), text.as_str().unwrap().to_owned()));
    [
        Registered { text: field(stored, "text"), dependencies, version: Some(1) },
        Registered {
            text: sources[main].as_str().unwrap().to_owned(),
            dependencies: texts.collect(),
            version: Some(1),
        },
    ]
}

#[test]
fn what_others_wrote_is_read_and_written_again_as_it_was() {
    let recording = recorded();
    let mut same = 0;
    for case in recording["cases"].as_array().unwrap() {
        let payload = unhex(case["payload"].as_str().unwrap());
        // Where zero differs from nothing, the label must be kept.
        let label = if matches!(case["message"].as_str(), Some("rec.Optional" | "old.Old")) {
            "true"
        } else {
            "false"
        };
        let mut format =
            protobuf(&[("optional.for.nullables", label), ("enhanced.protobuf.schema.support", "true")]);
        for registered in schema_of(case, &recording) {
            let mut reader = format.parse(&registered).unwrap();
            let path = indexes(case["indexes"].as_str().unwrap());
            let read = format
                .read(&mut reader, &path, &Buf::from(payload.as_slice()))
                .unwrap_or_else(|fault| panic!("{}: {case}", fault_text(&fault)));
            assert_eq!(to_json(&read.value), case["value"], "{case}");
            let schema = read.schema.unwrap();
            assert_eq!((schema.name(), schema.version()), (case["message"].as_str(), Some(1)));
            let (local, written) = write(&mut format, &schema, &read.value).unwrap();
            // Lists are always packed here, so unpacked ones change their bytes, not their meaning.
            if !matches!(schema.name(), Some("rec.Lists" | "old.Old")) {
                assert_eq!(hex(&written), hex(&payload), "{case}");
                same += 1;
            }
            let again = super::read(&mut format, &local.text, &[0], &written).unwrap();
            assert_eq!(to_json(&again.value), case["value"], "{}", local.text);
        }
    }
    assert_eq!(same, 28);
}

#[test]
fn a_part_of_a_message_is_an_error_or_another_message_and_never_a_panic() {
    let recording = recorded();
    let mut format = protobuf(&[]);
    for case in recording["cases"].as_array().unwrap() {
        let payload = unhex(case["payload"].as_str().unwrap());
        let [registered, _] = schema_of(case, &recording);
        let mut reader = format.parse(&registered).unwrap();
        let path = indexes(case["indexes"].as_str().unwrap());
        for end in 0..payload.len() {
            let _ = format.read(&mut reader, &path, &Buf::from(&payload[..end]));
        }
        for at in 0..payload.len() {
            for byte in [0x00, 0x7f, 0x80, 0xff, payload[at] ^ 1, payload[at] ^ 7] {
                let mut changed = payload.clone();
                changed[at] = byte;
                if let Ok(read) = format.read(&mut reader, &path, &Buf::from(changed)) {
                    let Value::Struct(data) = &read.value else { panic!("{:?}", read.value) };
                    data.validate().unwrap();
                }
            }
        }
    }
}
