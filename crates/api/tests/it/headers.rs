//! Headers, and records as error texts show them.

use std::sync::Arc;

use kconnect_api::{
    Header, Headers, Logical, ObjectMap, Origin, Record, Schema, SchemaBuilder, SourceOffset, TimestampType,
    Topic, TopicPartition, Value,
};

fn keys(headers: &Headers) -> String {
    headers.iter().map(|header| format!("{}={} ", header.key, header.value.to_java_string())).collect()
}

fn sample() -> Headers {
    let mut headers = Headers::new();
    headers.add_primitive("a", 1).add_primitive("b", 2).add_primitive("a", 3);
    headers
}

#[test]
fn headers_are_an_ordered_multimap() {
    let headers = sample();
    assert_eq!(headers.last_with_name("a").unwrap().value, Value::Int32(3));
    assert_eq!(headers.all_with_name("a").count(), 2);
    assert_eq!(keys(sample().remove("a")), "b=2 ");
    assert_eq!(keys(sample().retain_latest("a")), "b=2 a=3 ");
    assert_eq!(keys(sample().retain_latest("b")), "a=1 b=2 a=3 ");
    assert_eq!(keys(sample().retain_latest_of_each()), "b=2 a=3 ");
    let doubled = |header: Header| match header.value {
        Value::Int32(1) => None,
        Value::Int32(number) => Some(Header { value: Value::Int32(number * 2), ..header }),
        _ => Some(header),
    };
    assert_eq!(keys(sample().apply(doubled)), "b=4 a=6 ");
    assert_eq!(keys(sample().apply_to("a", doubled)), "b=2 a=6 ");
}

#[test]
fn header_values_must_go_with_their_schema() {
    let add = |schema: Schema, value: Value| {
        Headers::new()
            .add("k", Some(schema), value)
            .map(|_| ())
            .map_err(|e| e.message().unwrap_or_default().to_owned())
    };
    let date = SchemaBuilder::date().build().unwrap();
    assert_eq!(
        add(Schema::int32(), Value::Null),
        Err("A null value requires an optional schema but was Schema{INT32}".to_owned())
    );
    assert_eq!(
        add(Schema::int32(), "s".into()),
        Err("The value s is not compatible with the schema Schema{INT32}".to_owned())
    );
    assert_eq!(add(date.clone(), Value::Date(0)), Ok(()));
    assert_eq!(add(date, Value::Int32(0)), Ok(()));
    assert!(add(Schema::int64(), Value::Date(0)).is_err());
    assert_eq!(add(Schema::optional_int32(), Value::Null), Ok(()));
}

#[test]
fn headers_and_records_print_as_upstream_prints_them() {
    assert_eq!(Headers::new().to_string(), "ConnectHeaders(headers=)");
    let mut headers = Headers::new();
    headers.add_primitive("k", 5).add_string("s", None);
    assert_eq!(
        headers.to_string(),
        "ConnectHeaders(headers=[ConnectHeader(key=k, value=5, schema=Schema{INT32}), \
         ConnectHeader(key=s, value=null, schema=Schema{STRING})])"
    );
    headers.clear();
    headers.add_temporal("t", Logical::Timestamp, 0).unwrap();
    assert!(headers.to_string().contains("schema=Schema{org.apache.kafka.connect.data.Timestamp:INT64}"));
    let record = Record {
        topic: Topic::from("topic"),
        partition: None,
        key_schema: None,
        key: Value::Null,
        value_schema: None,
        value: Value::Int32(1),
        timestamp: None,
        headers: Headers::new(),
        origin: Origin::Source {
            partition: Arc::new(ObjectMap::new([("p", Value::Int32(1))])),
            offset: SourceOffset::Position { key: "o", position: 1 },
        },
    };
    assert_eq!(
        record.to_string(),
        "SourceRecord{sourcePartition={p=1}, sourceOffset={o=1}} ConnectRecord{topic='topic', kafkaPartition=null, \
         key=null, keySchema=null, value=1, valueSchema=null, timestamp=null, headers=ConnectHeaders(headers=)}"
    );
    let origin = Origin::Sink {
        from: TopicPartition { topic: Topic::from("t"), partition: 0 },
        offset: 5,
        timestamp_type: TimestampType::None,
    };
    assert!(Record { origin, ..record }.to_string().starts_with(
        "SinkRecord{kafkaOffset=5, timestampType=NoTimestampType, originalTopic=t, originalKafkaPartition=0, \
         originalKafkaOffset=5} ConnectRecord{topic='topic', "
    ));
}
