//! JsonSchemaConverter over a registry: what is framed, what is a tombstone, and what goes wrong in whose words.

use std::sync::Arc;

use kconnect_api::{Schema, SchemaBuilder, Struct, Type, Value};
use serde_json::Value as Json;

use crate::harness::{Driver, JSON, chain, hex, unhex};
use crate::python::Python;
use crate::real::Registry;
use crate::scripted::{Answer, Scripted};

fn record() -> (Schema, Value) {
    let schema = SchemaBuilder::structure()
        .name("com.x.R")
        .field("id", Schema::int32())
        .field("name", Schema::optional_string())
        .build()
        .unwrap();
    let mut value = Struct::new(schema.clone()).unwrap();
    value.put("id", Value::Int32(1)).unwrap();
    (schema, Value::Struct(Arc::new(value)))
}

const TEXT: &str = r#"{"type":"object","title":"com.x.R","properties":{"name":{"connect.index":1,"oneOf":[{"type":"null"},{"type":"string"}]},"id":{"type":"integer","connect.index":0,"connect.type":"int32"}}}"#;

/// A registry whose schema 1 is `text`, and which takes whatever is registered as that.
async fn registry(text: &'static str) -> Scripted {
    let entity = serde_json::json!({
        "id": 1, "version": 3, "subject": "t-value", "schemaType": "JSON", "schema": text
    });
    Scripted::start(move |asked, _| match asked.line.split('?').next().unwrap_or_default() {
        line if line.contains("/associations/") => Answer::Say(200, "[]".into()),
        line if line.ends_with("/subjects/t-value/versions") => Answer::Say(200, r#"{"id":1}"#.into()),
        _ => Answer::Say(200, entity.to_string()),
    })
    .await
}

#[tokio::test]
async fn a_schema_is_registered_and_its_number_stands_before_the_json() {
    let registry = registry(TEXT).await;
    let mut driver = Driver::of(JSON, &registry.url, &[]);
    let (schema, value) = record();
    let framed = driver.write(Some(&schema), &value).await.unwrap().unwrap();
    assert_eq!(framed, [&[0, 0, 0, 0, 1][..], br#"{"id":1,"name":null}"#].concat());
    let asked = registry.asked();
    let posted = asked.iter().find(|asked| asked.line.starts_with("POST")).unwrap();
    let body: Json = serde_json::from_str(&posted.body).unwrap();
    assert_eq!((&body["schemaType"], &body["schema"]), (&Json::from("JSON"), &Json::from(TEXT)));
    let read = driver.read(&framed).await.unwrap();
    assert_eq!(read.schema.unwrap().version(), Some(3));
    assert_eq!(read.value.to_java_string(), "Struct{id=1}");
}

#[tokio::test]
async fn null_is_a_tombstone_only_where_the_schema_requires_a_value() {
    let registry = registry(TEXT).await;
    let mut driver = Driver::of(JSON, &registry.url, &[]);
    assert_eq!(driver.write(None, &Value::Null).await.unwrap(), None);
    assert_eq!(driver.write(Some(&record().0), &Value::Null).await.unwrap(), None);
    let framed = driver.write(Some(&Schema::optional_string()), &Value::Null).await.unwrap();
    assert_eq!(framed.as_deref(), Some(&b"\0\0\0\0\x01null"[..]));
}

#[tokio::test]
async fn what_cannot_be_written_or_read_is_told_in_upstreams_words() {
    let registry = registry(TEXT).await;
    let mut driver = Driver::of(JSON, &registry.url, &[]);
    let texts = chain(&driver.write(None, &Value::Int32(5)).await.unwrap_err());
    let outer = "DataException: Converting Kafka Connect data to byte[] failed due to serialization error of topic t: ";
    assert_eq!(texts[..2], [outer, "SerializationException: Error serializing JSON message"]);
    let texts = chain(&driver.read(b"\0\0\0\0\x01{\"id\":").await.unwrap_err());
    let outer = "DataException: Converting byte[] to Kafka Connect data failed due to serialization error of topic t: ";
    assert_eq!(texts[..2], [outer, "SerializationException: Error deserializing JSON message for id 1"]);
    assert!(texts[2].starts_with("JsonEOFException: "), "{texts:?}");
    let texts = chain(&driver.read(b"\0\0\0\0\x01[]").await.unwrap_err());
    assert_eq!(texts, ["DataException: Structs should be encoded as JSON objects, but found ARRAY"]);
}

#[tokio::test]
async fn a_latest_version_lends_its_id_when_it_reads_what_is_written() {
    let settings = [("auto.register.schemas", "false"), ("use.latest.version", "true")];
    let (schema, value) = record();
    let open = registry(r#"{"type":"object","properties":{"id":{"type":"integer"}}}"#).await;
    let framed = Driver::of(JSON, &open.url, &settings).write(Some(&schema), &value).await.unwrap();
    assert_eq!(framed.as_deref(), Some(&b"\0\0\0\0\x01{\"id\":1,\"name\":null}"[..]));
    let other = registry(r#"{"type":"object","properties":{"id":{"type":"string"}}}"#).await;
    let error = Driver::of(JSON, &other.url, &settings).write(Some(&schema), &value).await.unwrap_err();
    assert!(chain(&error).iter().any(|text| text.contains("ncompatible")), "{:?}", chain(&error));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_registry_takes_and_returns_json_schemas() {
    let Some(registry) = Registry::or_skip("a_real_registry_takes_and_returns_json_schemas") else { return };
    let url = registry.url();
    let (schema, value) = record();
    let mut source = Driver::of(JSON, &url, &[]).on("json-schema-rows");
    let framed = source.write(Some(&schema), &value).await.unwrap().unwrap();
    let read = Driver::of(JSON, &url, &[]).on("json-schema-rows").read(&framed).await.unwrap();
    assert_eq!(read.value.to_java_string(), value.to_java_string());
    assert_eq!(read.schema.unwrap().fields(), schema.fields());
}

/// Both ways over a real registry with Confluent's Python client on the other side, which validates what it reads. The
/// JVM's mapping between Connect and JSON Schema is judged by rows recorded from upstream's own `JsonSchemaData`
/// (`testdata/json_schema/`, tests beside the mapping): Apicurio's converters have no such mapping.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_registry_carries_json_to_and_from_confluents_client() {
    let name = "a_real_registry_carries_json_to_and_from_confluents_client";
    let Some(python) = Python::or_skip(name) else { return };
    let Some(registry) = Registry::or_skip(name) else { return };
    let url = registry.url();
    let script = "testdata/json_schema/confluent_python.py";
    let theirs = python.run(script, &[&url, "write"], "");
    let mut ours = String::new();
    for (number, line) in theirs.lines().enumerate() {
        let (frame, value) = line.split_once('\t').unwrap();
        let mut source = Driver::of(JSON, &url, &[]).on(&format!("r{number}"));
        let mut target = Driver::of(JSON, &url, &[]).on(&format!("ours-{number}"));
        let told = |error| format!("{number}: {:?}", chain(&error));
        let read = source.read(&unhex(frame)).await.map_err(told).unwrap();
        let written = target.write(read.schema.as_ref(), &read.value).await;
        if let Err(error) = &written
            && read.schema.as_ref().unwrap().kind() != Type::Struct
        {
            // Apicurio 3.0 knows a JSON schema by properties or a dialect at its root only, and ours names no dialect.
            let refused = chain(error);
            assert!(refused.last().unwrap().ends_with("error code: 42201"), "{refused:?}");
            continue;
        }
        let framed = written.map_err(told).unwrap().unwrap();
        ours.push_str(&format!("{}\t{value}\n", hex(&framed)));
    }
    let verdict = python.run(script, &[&url, "read"], &ours);
    assert!(theirs.lines().count() > 6 && ours.lines().count() > 2);
    assert_eq!(verdict.trim(), format!("{} frames hold their values", ours.lines().count()));
}

#[tokio::test]
async fn payloads_are_checked_against_their_schema_where_that_is_asked_for() {
    const SHORT: &str = r#"{"type":"object","title":"com.x.R","properties":{"id":{"type":"integer","maximum":7,"connect.type":"int32"},"name":{"oneOf":[{"type":"null"},{"type":"string"}]}}}"#;
    let registry = registry(SHORT).await;
    let latest = [
        ("auto.register.schemas", "false"),
        ("use.latest.version", "true"),
        ("latest.compatibility.strict", "false"),
    ];
    let checked = [latest[0], latest[1], latest[2], ("json.fail.invalid.schema", "true")];
    let with_id = |id| {
        let (schema, _) = record();
        let mut value = Struct::new(schema.clone()).unwrap();
        value.put("id", Value::Int32(id)).unwrap();
        (schema, Value::Struct(Arc::new(value)))
    };
    let mut driver = Driver::of(JSON, &registry.url, &checked);
    for id in [7, 8, 7] {
        let (schema, value) = with_id(id);
        let written = driver.write(Some(&schema), &value).await;
        assert_eq!(written.is_ok(), id == 7, "{written:?}");
        let read = driver.read(format!("\0\0\0\0\x01{{\"id\":{id}}}").as_bytes()).await;
        assert_eq!(read.is_ok(), id == 7, "{read:?}");
        if id == 8 {
            let texts = chain(&written.unwrap_err());
            assert!(
                texts[2].starts_with("SerializationException: Validation error in JSON, Error report:"),
                "{texts:?}"
            );
            assert!(texts[3].starts_with("ValidationException: #/id: "), "{texts:?}");
            let texts = chain(&read.unwrap_err());
            let outer = "SerializationException: Error deserializing JSON message for id 1";
            assert_eq!(
                texts[1..3],
                [outer, "SerializationException: JSON does not match schema of type JSON"]
            );
        }
    }
    let mut driver = Driver::of(JSON, &registry.url, &latest);
    let (schema, value) = with_id(8);
    driver.write(Some(&schema), &value).await.expect("not checked");
}
