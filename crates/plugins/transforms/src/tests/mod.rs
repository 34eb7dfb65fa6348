//! Every class through its plugin. Expectations come from the JVM classes of Kafka 4.3.1.

mod bounds;
mod hostile;
mod recorded;
mod settings;
mod vectors;

use std::sync::Arc;

use kconnect_api::{
    Exception, Header, Headers, MapValue, ObjectMap, Origin, Props, Record, Schema, SchemaBuilder,
    SourceOffset, Struct, TimestampType, Topic, TopicPartition, Type, Value, Verdict,
};

fn props(pairs: &[(&str, &str)]) -> Props {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn sink(schema: Option<Schema>, value: Value) -> Record {
    let topic = Topic::from("topic");
    Record {
        topic: topic.clone(),
        partition: Some(3),
        key_schema: None,
        key: Value::Null,
        value_schema: schema,
        value,
        timestamp: Some(1_483_425_001_864),
        headers: Headers::new(),
        origin: Origin::Sink {
            from: TopicPartition { topic, partition: 3 },
            offset: 42,
            timestamp_type: TimestampType::CreateTime,
        },
    }
}

fn source(value: Value) -> Record {
    let partition = Arc::new(ObjectMap::default());
    let origin = Origin::Source { partition, offset: SourceOffset::None };
    Record { partition: None, timestamp: None, origin, ..sink(None, value) }
}

/// The record after the transform `class`; errors by their text.
fn apply(class: &str, settings: &[(&str, &str)], mut record: Record) -> Result<Option<Record>, String> {
    let plugins = crate::transforms();
    let name = format!("org.apache.kafka.connect.transforms.{class}");
    let plugin = plugins.iter().find(|plugin| plugin.info().class == name).expect("known class");
    let mut transform = plugin.configure(&props(settings)).map_err(|error| format!("config: {error}"))?;
    match transform.apply(&mut record) {
        Ok(Verdict::Keep) => Ok(Some(record)),
        Ok(Verdict::Drop) => Ok(None),
        Err(error) => Err(Exception::from(error).message().unwrap_or_default().to_owned()),
    }
}

fn value(class: &str, settings: &[(&str, &str)], record: Record) -> String {
    match apply(class, settings, record) {
        Ok(Some(record)) => record.value.to_java_string(),
        Ok(None) => "(dropped)".to_owned(),
        Err(error) => format!("! {error}"),
    }
}

fn test(class: &str, settings: &[(&str, &str)], record: &Record) -> Result<bool, String> {
    let plugins = crate::predicates();
    let name = format!("org.apache.kafka.connect.transforms.predicates.{class}");
    let plugin = plugins.iter().find(|plugin| plugin.info().class == name).expect("known class");
    let mut predicate = plugin.configure(&props(settings)).map_err(|error| error.to_string())?;
    predicate.test(record).map_err(|error| error.to_string())
}

/// A map as a converter reads it.
fn map(entries: &[(&str, Value)]) -> Value {
    let mut map = MapValue::hashed();
    for (key, value) in entries {
        map.insert(Value::from(*key), value.clone());
    }
    Value::Map(Arc::new(map))
}

fn nine_and_text() -> Schema {
    let nine = SchemaBuilder::new(Type::Int32).optional().default_value(Value::Int32(9)).build().unwrap();
    let builder = SchemaBuilder::structure().name("S").version(2).doc("d").parameter("p", "q").optional();
    builder.field("a", nine).field("b", Schema::optional_string()).build().unwrap()
}

fn empty(schema: &Schema) -> Value {
    Value::Struct(Arc::new(Struct::new(schema.clone()).unwrap()))
}

const ALL: &[(&str, &str)] = &[
    ("topic.field", "t!"),
    ("partition.field", "p"),
    ("offset.field", "o?"),
    ("timestamp.field", "ts"),
    ("static.field", "st"),
    ("static.value", "sv"),
];

#[test]
fn filter_drops() {
    assert_eq!(value("Filter", &[], sink(None, Value::Null)), "(dropped)");
}

#[test]
fn hoist_field_wraps_values_and_nulls() {
    let field = [("field", "m")];
    assert_eq!(
        value("HoistField$Value", &field, sink(Some(Schema::int32()), Value::Int32(4))),
        "Struct{m=4}"
    );
    assert_eq!(value("HoistField$Value", &field, sink(None, Value::Null)), "{m=null}");
    assert_eq!(
        value("HoistField$Value", &field, sink(Some(Schema::optional_int32()), Value::Null)),
        "Struct{}"
    );
    assert_eq!(
        value("HoistField$Value", &field, sink(Some(Schema::int32()), Value::Null)),
        "! Invalid value: null used for required field: \"m\", schema type: INT32"
    );
    let record = apply("HoistField$Key", &field, sink(None, Value::Int32(1))).unwrap().unwrap();
    assert_eq!((record.key.to_java_string().as_str(), record.value), ("{m=null}", Value::Int32(1)));
    assert_eq!(
        value("HoistField$Value", &[], sink(None, Value::Null)),
        "! config: Missing required configuration \"field\" which has no default value."
    );
}

#[test]
fn insert_field_extends_structs_and_drops_their_optional_flag() {
    let schema = nine_and_text();
    let record =
        apply("InsertField$Value", ALL, sink(Some(schema.clone()), empty(&schema))).unwrap().unwrap();
    assert_eq!(
        record.value.to_java_string().replace("Tue Jan 03 06:30:01 UTC 2017", "(date)"),
        "Struct{a=9,t=topic,p=3,o=42,ts=(date),st=sv}"
    );
    let expected = SchemaBuilder::structure()
        .name("S")
        .version(2)
        .doc("d")
        .parameter("p", "q")
        .field("a", schema.field("a").unwrap().schema().clone())
        .field("b", Schema::optional_string())
        .field("t", Schema::string())
        .field("p", Schema::optional_int32())
        .field("o", Schema::optional_int64())
        .field("ts", SchemaBuilder::timestamp().optional().build().unwrap())
        .field("st", Schema::optional_string());
    assert_eq!(record.value_schema, Some(expected.build().unwrap()));
    let keep_null = [("topic.field", "t!"), ("replace.null.with.default", "false")];
    assert_eq!(
        value("InsertField$Value", &keep_null, sink(Some(schema.clone()), empty(&schema))),
        "Struct{t=topic}"
    );
    assert_eq!(
        value("InsertField$Value", &[("topic.field", "a")], sink(Some(schema.clone()), empty(&schema))),
        "! Cannot create field because of field name duplication a"
    );
}

#[test]
fn insert_field_extends_maps_in_the_order_of_a_java_copy() {
    let one = map(&[("x", Value::Int64(1))]);
    assert_eq!(
        value("InsertField$Value", ALL, sink(None, one.clone())),
        "{x=1, p=3, st=sv, t=topic, o=42, ts=1483425001864}"
    );
    assert_eq!(value("InsertField$Value", &[("topic.field", "x")], sink(None, one.clone())), "{x=topic}");
    assert_eq!(
        value("InsertField$Value", &[("topic.field", "a?!")], sink(None, one.clone())),
        "{x=1, a?=topic}"
    );
    assert_eq!(value("InsertField$Value", &[("partition.field", "p!")], source(one.clone())), "{x=1}");
    assert_eq!(
        value("InsertField$Value", &[("offset.field", "o")], source(one)),
        "! Only SinkRecord supported for [field insertion], found: org.apache.kafka.connect.source.SourceRecord"
    );
}

#[test]
fn insert_field_leaves_nulls_and_refuses_what_has_no_fields() {
    let topic = [("topic.field", "t")];
    assert_eq!(value("InsertField$Value", &topic, sink(Some(nine_and_text()), Value::Null)), "null");
    let mut with_key = sink(None, Value::Null);
    with_key.key = map(&[("x", Value::Int64(1))]);
    let record = apply("InsertField$Key", &topic, with_key).unwrap().unwrap();
    assert_eq!(record.key.to_java_string(), "{x=1, t=topic}");
    assert_eq!(
        value("InsertField$Value", &topic, sink(None, "x".into())),
        "! Only Map objects supported in absence of schema for [field insertion], found: java.lang.String"
    );
    assert_eq!(
        value("InsertField$Value", &topic, sink(Some(Schema::string()), "x".into())),
        "! Only Struct objects supported for [field insertion], found: java.lang.String"
    );
    assert_eq!(
        value("InsertField$Value", &[], sink(None, Value::Null)),
        "! config: No field insertion configured"
    );
    assert_eq!(
        value("InsertField$Value", &[("static.field", "a")], sink(None, Value::Null)),
        "! config: Invalid value null for configuration static.value: No value specified for static field: a"
    );
}

#[test]
fn insert_field_gives_equal_schemas_one_object() {
    let plugins = crate::transforms();
    let plugin = plugins.iter().find(|plugin| plugin.info().class.ends_with("InsertField$Value")).unwrap();
    let mut transform = plugin.configure(&props(&[("topic.field", "t")])).unwrap();
    let schemas: Vec<Schema> = (0..3)
        .map(|_| {
            // Made anew each time: equal, not the same.
            let schema = nine_and_text();
            let mut record = sink(Some(schema.clone()), empty(&schema));
            transform.apply(&mut record).unwrap();
            record.value_schema.unwrap()
        })
        .collect();
    assert!(schemas[0].is_same(&schemas[1]) && schemas[1].is_same(&schemas[2]));
}

#[test]
fn regex_router_renames_what_matches_as_a_whole() {
    let routed = |regex: &str, replacement: &str| match apply(
        "RegexRouter",
        &[("regex", regex), ("replacement", replacement)],
        sink(None, Value::Null),
    ) {
        Ok(Some(record)) => record.topic.to_string(),
        Ok(None) => "(dropped)".to_owned(),
        Err(error) => format!("! {error}"),
    };
    for (regex, replacement, expected) in [
        ("topic", "x", "x"),
        ("(t)(.*)", "$2$1", "opict"),
        ("top", "x", "topic"),
        ("(.*)", "", ""),
        ("to|topic", "x", "xpic"),
        ("(.*)", "$5", "! No group 5"),
        (
            "[",
            "x",
            "! config: Invalid value [ for configuration regex: Invalid regex: Unclosed character class near index 0\n[\n^",
        ),
    ] {
        assert_eq!(routed(regex, replacement), expected);
    }
    let plugins = crate::transforms();
    let plugin = plugins.iter().find(|plugin| plugin.info().class.ends_with("RegexRouter")).unwrap();
    let mut router = plugin.configure(&props(&[("regex", "a(.*)"), ("replacement", "$1")])).unwrap();
    let topics: Vec<String> = ["ab", "ab", "b", "ac", "b"]
        .into_iter()
        .map(|topic| {
            let mut record = Record { topic: Topic::from(topic), ..sink(None, Value::Null) };
            router.apply(&mut record).unwrap();
            record.topic.to_string()
        })
        .collect();
    assert_eq!(topics, ["b", "b", "b", "c", "b"]);
}

#[test]
fn predicates_look_at_topic_headers_and_value() {
    let mut record = sink(Some(Schema::optional_string()), Value::Null);
    record.topic = Topic::from("my-prefix-foo");
    record.headers.push(Header::new("k", None, Value::Null));
    for (class, settings, expected) in [
        ("TopicNameMatches", &[("pattern", "my-prefix")][..], Ok(false)),
        ("TopicNameMatches", &[("pattern", "my-prefix.*")], Ok(true)),
        ("HasHeaderKey", &[("name", "k")], Ok(true)),
        ("HasHeaderKey", &[("name", "K")], Ok(false)),
        ("RecordIsTombstone", &[], Ok(true)),
        (
            "TopicNameMatches",
            &[("pattern", "*")],
            Err(
                "Invalid value * for configuration pattern: Invalid regex: Dangling meta character '*' near index 0\n*\n^",
            ),
        ),
        (
            "TopicNameMatches",
            &[("pattern", "")],
            Err("Invalid value  for configuration pattern: String must be non-empty"),
        ),
        (
            "HasHeaderKey",
            &[("name", "")],
            Err("Invalid value  for configuration name: String must be non-empty"),
        ),
        ("HasHeaderKey", &[], Err("Missing required configuration \"name\" which has no default value.")),
    ] {
        assert_eq!(test(class, settings, &record), expected.map_err(str::to_owned), "{class} {settings:?}");
    }
    assert_eq!(test("RecordIsTombstone", &[], &sink(None, "".into())), Ok(false));
}
