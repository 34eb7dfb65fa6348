//! ProtobufConverter over a registry: what is framed how, and what goes wrong in whose words.

use std::sync::Arc;

use kconnect_api::{Schema, SchemaBuilder, Struct, Value};
use serde_json::Value as Json;

use crate::harness::{Driver, PROTOBUF, chain, hex, unhex};
use crate::python::Python;
use crate::real::Registry;
use crate::scripted::{Answer, Scripted};

const TEXT: &str = "syntax = \"proto3\"; package p; message First { message In { int32 x = 1; } } message M { int32 a = 1; }";

fn record(name: &str) -> (Schema, Value) {
    let schema = SchemaBuilder::structure().name(name).field("a", Schema::int32()).build().unwrap();
    let mut value = Struct::new(schema.clone()).unwrap();
    value.put("a", Value::Int32(1)).unwrap();
    (schema, Value::Struct(Arc::new(value)))
}

/// A registry whose schema 1 is `text`, and which takes whatever is registered as that.
async fn registry(text: &'static str) -> Scripted {
    let entity = serde_json::json!({
        "id": 1, "version": 3, "subject": "t-value", "schemaType": "PROTOBUF", "schema": text
    });
    Scripted::start(move |asked, _| match asked.line.split('?').next().unwrap_or_default() {
        line if line.contains("/associations/") => Answer::Say(200, "[]".into()),
        line if line.ends_with("/subjects/t-value/versions") => Answer::Say(200, r#"{"id":1}"#.into()),
        _ => Answer::Say(200, entity.to_string()),
    })
    .await
}

#[tokio::test]
async fn id_and_message_indexes_stand_before_the_payload() {
    let registry = registry(TEXT).await;
    let mut driver = Driver::of(PROTOBUF, &registry.url, &[]);
    let (schema, value) = record("M");
    let framed = driver.write(Some(&schema), &value).await.unwrap().unwrap();
    // The list [0] of indexes is a single zero.
    assert_eq!(framed, [0, 0, 0, 0, 1, 0, 8, 1]);
    let framed = driver.write(Some(&Schema::int32()), &Value::Int32(5)).await.unwrap().unwrap();
    // Int32Value is the fifth message of its file.
    assert_eq!(framed, [0, 0, 0, 0, 1, 2, 8, 8, 5]);
    assert_eq!(driver.write(None, &Value::Null).await.unwrap(), None);
    let bodies: Vec<Json> = registry
        .asked()
        .iter()
        .filter(|asked| asked.line.starts_with("POST"))
        .map(|asked| serde_json::from_str(&asked.body).unwrap())
        .collect();
    assert_eq!(bodies[0]["schemaType"], "PROTOBUF");
    assert_eq!(bodies[0]["schema"], "syntax = \"proto3\";\n\nmessage M {\n  int32 a = 1;\n}\n");
    assert_eq!(bodies[1]["references"], Json::Null);
}

#[tokio::test]
async fn a_latest_version_lends_its_id_and_the_path_in_its_text() {
    let registry = registry(TEXT).await;
    let settings = [("auto.register.schemas", "false"), ("use.latest.version", "true")];
    let mut driver = Driver::of(PROTOBUF, &registry.url, &settings);
    let (schema, value) = record("p.M");
    let framed = driver.write(Some(&schema), &value).await.unwrap().unwrap();
    assert_eq!(framed, [0, 0, 0, 0, 1, 2, 2, 8, 1]);
}

#[tokio::test]
async fn indexes_choose_the_message_and_the_version_is_the_registrys() {
    let registry = registry(TEXT).await;
    let mut driver = Driver::of(PROTOBUF, &registry.url, &[]);
    for (framed, expected, name) in [
        (&[0, 0, 0, 0, 1, 0][..], "Struct{}", "First"),
        (&[0, 0, 0, 0, 1, 2, 0], "Struct{}", "First"),
        (&[0, 0, 0, 0, 1, 2, 2, 8, 5], "Struct{a=5}", "M"),
        (&[0, 0, 0, 0, 1, 4, 0, 0, 8, 6], "Struct{x=6}", "In"),
    ] {
        let read = driver.read(framed).await.unwrap();
        let schema = read.schema.unwrap();
        assert_eq!((schema.name(), schema.version()), (Some(name), Some(3)));
        assert_eq!(read.value.to_java_string(), expected);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_told_in_upstreams_words() {
    let registry = registry(TEXT).await;
    let mut driver = Driver::of(PROTOBUF, &registry.url, &[]);
    let outer = "DataException: Failed to deserialize data for topic t to Protobuf:";
    let middle = "SerializationException: Error deserializing Protobuf message for id 1";
    for (framed, cause) in [
        (&[0, 0, 0, 0, 1, 2, 10][..], "IllegalArgumentException: Invalid message indexes: [5]"),
        (&[0, 0, 0, 0, 1, 2, 2, 8], "InvalidProtocolBufferException: While parsing a protocol message"),
    ] {
        let error = driver.read(framed).await.unwrap_err();
        let texts = chain(&error);
        assert_eq!(&texts[..2], [outer, middle]);
        assert!(texts[2].starts_with(cause), "{texts:?}");
        assert!(!error.retriable);
    }
    for framed in
        [&[0, 0, 0, 0, 1][..], &[0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0x0f], &[0, 0, 0, 0, 1, 0xfe, 1]]
    {
        let texts = chain(&driver.read(framed).await.unwrap_err());
        assert_eq!(texts[0], outer, "{texts:?}");
    }
}

#[tokio::test]
async fn a_text_that_is_no_proto_and_a_message_within_itself_are_told_apart() {
    let registry_of_nonsense = registry("{\"type\":\"int\"}").await;
    let mut driver = Driver::of(PROTOBUF, &registry_of_nonsense.url, &[]);
    let texts = chain(&driver.read(&[0, 0, 0, 0, 1, 0]).await.unwrap_err());
    assert_eq!(texts[0], "DataException: Failed to deserialize data for topic t to Protobuf:");
    assert!(texts.iter().any(|text| text.contains("Could not parse Protobuf - ")), "{texts:?}");
    let recursive = registry("syntax = \"proto3\"; message Node { Node next = 1; }").await;
    let mut driver = Driver::of(PROTOBUF, &recursive.url, &[]);
    let texts = chain(&driver.read(&[0, 0, 0, 0, 1, 0]).await.unwrap_err());
    assert_eq!(
        texts,
        [
            "DataException: message Node contains itself, which schemas of this worker cannot; read the topic with a converter that needs no schema (ByteArrayConverter)"
        ]
    );
}

/// Both ways over a real registry with Confluent's Python client on the other side: `testdata/protobuf/record.py` makes
/// the frames that are read and checks those that are written.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_registry_carries_messages_to_and_from_confluents_client() {
    let name = "a_real_registry_carries_messages_to_and_from_confluents_client";
    let Some(python) = Python::or_skip(name) else { return };
    let Some(registry) = Registry::or_skip(name) else { return };
    let (url, folder) = (registry.url(), tempfile::tempdir().unwrap());
    let path = |file: &str| folder.path().join(file).to_str().unwrap().to_owned();
    let script = "testdata/protobuf/record.py";
    python.run(script, &[&url, &path("recorded.json"), &path("frames.json")], "");
    let recorded: Json =
        serde_json::from_str(&std::fs::read_to_string(path("frames.json")).unwrap()).unwrap();
    let mut written = Vec::new();
    let settings = [("optional.for.nullables", "true"), ("enhanced.protobuf.schema.support", "true")];
    for (number, frame) in recorded.as_array().unwrap().iter().enumerate() {
        let mut source = Driver::of(PROTOBUF, &url, &settings).on(&format!("recorded-{number}"));
        let mut target = Driver::of(PROTOBUF, &url, &settings).on(&format!("written-{number}"));
        let told = |error| format!("{number}: {:?}", chain(&error));
        let read = source.read(&unhex(frame.as_str().unwrap())).await.map_err(told).unwrap();
        let framed = target.write(read.schema.as_ref(), &read.value).await.map_err(told).unwrap().unwrap();
        let again = target.read(&framed).await.map_err(told).unwrap();
        assert_eq!(again.value.to_java_string(), read.value.to_java_string());
        written.push(hex(&framed));
    }
    assert!(written.len() > 15);
    std::fs::write(path("written.json"), serde_json::to_string(&written).unwrap()).unwrap();
    let verdict = python.run(script, &["-", "--check", &path("written.json")], "");
    assert_eq!(verdict.trim(), format!("{0} of {0} frames are the messages", written.len()));
    // What is checked against recorded answers elsewhere is still what the client makes.
    let kept: Json = serde_json::from_str(include_str!("../../testdata/protobuf/recorded.json")).unwrap();
    let made: Json = serde_json::from_str(&std::fs::read_to_string(path("recorded.json")).unwrap()).unwrap();
    assert_eq!(made, kept);
}
