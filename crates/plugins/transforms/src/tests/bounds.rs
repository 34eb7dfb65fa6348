//! Small records and settings that would be gigabytes: what a chain may add to a record is bounded, and what is small
//! passes as before.

use std::sync::Arc;

use kconnect_api::{
    MapValue, Record, Room, Schema, SchemaBuilder, Struct, Topic, Transformation, Type, Value,
};

use super::{apply, map, props, sink};

fn transform(class: &str, settings: &[(&str, &str)]) -> Box<dyn Transformation> {
    let name = format!("org.apache.kafka.connect.transforms.{class}");
    let plugins = crate::transforms();
    let plugin = plugins.iter().find(|plugin| plugin.info().class == name).expect("known class");
    plugin.configure(&props(settings)).expect("a good configuration")
}

fn of_topic(topic: &str) -> Record {
    Record { topic: Topic::from(topic), ..sink(None, Value::Null) }
}

/// Each of `settings` a router after the other, until one refuses.
fn routed(class: &str, settings: &[(&str, &str)], times: usize, topic: &str) -> Result<usize, String> {
    let mut record = of_topic(topic);
    for _ in 0..times {
        record = apply(class, settings, record)?.expect("routers keep records");
        assert!(record.topic.len() <= 32_767, "{} bytes", record.topic.len());
    }
    Ok(record.topic.len())
}

#[test]
fn routers_that_double_a_topic_end_at_the_longest_name_there_is() {
    let double = [("regex", ".*"), ("replacement", "$0$0")];
    assert_eq!(routed("RegexRouter", &double, 11, "abcdefgh"), Ok(8 << 11));
    assert_eq!(
        routed("RegexRouter", &double, 40, "abcdefgh").unwrap_err(),
        format!(
            "RegexRouter would make a topic name of more than 32767 bytes of the topic '{}a…'",
            "abcdefgh".repeat(31)
        )
    );
    let double = [("topic.format", "${topic}${topic}")];
    assert_eq!(routed("TimestampRouter", &double, 11, "abcdefgh"), Ok(8 << 11));
    assert_eq!(
        routed("TimestampRouter", &double, 40, "abcdefgh").unwrap_err(),
        format!(
            "TimestampRouter would make a topic name of more than 32767 bytes of the topic '{}a…'",
            "abcdefgh".repeat(31)
        )
    );
}

#[test]
fn one_router_does_not_write_out_what_its_settings_ask_for() {
    // Each would be a terabyte.
    let topic = "x".repeat(1 << 20);
    let (groups, names) = ("$0".repeat(1 << 20), "${topic}".repeat(1 << 20));
    let stamps = ["${timestamp}".repeat(1 << 20), "yyyy".repeat(1 << 18)];
    for (class, settings) in [
        ("RegexRouter", [("regex", ".*"), ("replacement", groups.as_str())]),
        ("TimestampRouter", [("topic.format", names.as_str()), ("timestamp.format", "yyyy")]),
        ("TimestampRouter", [("topic.format", stamps[0].as_str()), ("timestamp.format", stamps[1].as_str())]),
    ] {
        let error = apply(class, &settings, of_topic(&topic)).unwrap_err();
        assert!(error.contains("more than 32767 bytes of the topic 'xxx"), "{error}");
        assert!(error.len() < 400, "{} bytes", error.len());
    }
    // What was long before and is left alone passes.
    let other = [("regex", "y"), ("replacement", "z")];
    assert_eq!(apply("RegexRouter", &other, of_topic(&topic)).unwrap().unwrap().topic.len(), 1 << 20);
}

/// `fields` fields in one map, or struct, under the name `outer`.
fn nested(outer: &str, fields: usize, with_schema: bool) -> Record {
    if !with_schema {
        let inner: MapValue = (0..fields).map(|at| (Value::from(format!("f{at}")), Value::Int8(1))).collect();
        return sink(None, map(&[(outer, Value::Map(Arc::new(inner)))]));
    }
    let builder = SchemaBuilder::structure();
    let inner = (0..fields).fold(builder, |b, at| b.field(format!("f{at}"), Schema::optional_int8()));
    let schema = SchemaBuilder::structure().field(outer, inner.optional().build().unwrap()).build().unwrap();
    sink(Some(schema.clone()), Value::Struct(Arc::new(Struct::new(schema).unwrap())))
}

const FULL: &str =
    "would make the record too large: all transforms together may add 67108864 bytes to one record";

#[test]
fn names_that_a_long_delimiter_or_name_makes_of_many_fields_are_bounded() {
    let delimiter = "-".repeat(300_000);
    let name = "n".repeat(300_000);
    for with_schema in [false, true] {
        for (delimiter, name) in [(delimiter.as_str(), "a"), (".", name.as_str())] {
            let settings = [("delimiter", delimiter)];
            let error = apply("Flatten$Value", &settings, nested(name, 3_000, with_schema)).unwrap_err();
            assert_eq!(error, format!("Flatten {FULL}"));
            let few = apply("Flatten$Value", &settings, nested(name, 3, with_schema)).unwrap().unwrap();
            assert!(few.value.to_java_string().len() < 1_000_000);
        }
    }
    // Large as records come, it is flattened.
    for with_schema in [false, true] {
        let record = nested("an.ordinary.name", 100_000, with_schema);
        assert!(apply("Flatten$Value", &[], record).is_ok());
    }
}

#[test]
fn a_schema_that_refers_to_one_part_many_times_is_not_unfolded_to_its_end() {
    for leaf in [Schema::int8(), SchemaBuilder::structure().build().unwrap()] {
        let mut schema = leaf;
        for _ in 0..60 {
            let builder = SchemaBuilder::structure().optional();
            schema = builder.field("a", schema.clone()).field("b", schema).build().unwrap();
        }
        let value = Value::Struct(Arc::new(Struct::new(schema.clone()).unwrap()));
        let error = apply("Flatten$Value", &[], sink(Some(schema), value)).unwrap_err();
        assert_eq!(error, format!("Flatten {FULL}"));
    }
}

#[test]
fn a_long_replacement_of_many_fields_is_bounded() {
    let replacement = "r".repeat(100_000);
    let names: Vec<String> = (0..1_000).map(|at| format!("f{at}")).collect();
    let list = names.join(",");
    let settings = [("fields", list.as_str()), ("replacement", replacement.as_str())];
    let texts: MapValue = names.iter().map(|name| (Value::from(name.as_str()), Value::from("x"))).collect();
    let error = apply("MaskField$Value", &settings, sink(None, Value::Map(Arc::new(texts)))).unwrap_err();
    assert_eq!(error, format!("MaskField {FULL}"));
    let one = sink(None, map(&[("f1", Value::from("x"))]));
    assert!(apply("MaskField$Value", &settings, one).is_ok());
}

#[test]
fn a_replacement_is_read_as_a_number_once_and_not_for_each_field() {
    // Read a hundred thousand times it would take hours.
    let replacement = format!("{}1", "0".repeat(300_000));
    let names: Vec<String> = (0..100_000).map(|at| format!("f{at}")).collect();
    let list = names.join(",");
    let settings = [("fields", list.as_str()), ("replacement", replacement.as_str())];
    let numbers: MapValue = names.iter().map(|name| (Value::from(name.as_str()), Value::Int32(5))).collect();
    let masked = apply("MaskField$Value", &settings, sink(None, Value::Map(Arc::new(numbers)))).unwrap();
    let Value::Map(masked) = masked.unwrap().value else { panic!("no map") };
    assert!(masked.iter().all(|(_, value)| *value == Value::Int32(1)));
}

#[test]
fn a_value_that_many_headers_share_counts_for_each() {
    let list = vec!["f"; 1_000].join(",");
    for (operation, fits) in [("copy", 600), ("move", 600)] {
        let settings = [("fields", list.as_str()), ("headers", list.as_str()), ("operation", operation)];
        let of_size = |size: usize| {
            let text = Value::from("x".repeat(size / 2));
            let inner = Value::Array(Arc::new(vec![text.clone(), text]));
            sink(None, map(&[("f", inner)]))
        };
        let error = apply("HeaderFrom$Value", &settings, of_size(100_000)).unwrap_err();
        assert_eq!(error, format!("HeaderFrom {FULL}"), "{operation}");
        let record = apply("HeaderFrom$Value", &settings, of_size(fits)).unwrap().unwrap();
        assert_eq!(record.headers.len(), 1_000);
    }
    // A move adds nothing, however large the value is.
    let settings = [("fields", "f"), ("headers", "h"), ("operation", "move")];
    let large = sink(None, map(&[("f", Value::from("x".repeat(80 << 20)))]));
    assert!(apply("HeaderFrom$Value", &settings, large).is_ok());
}

#[test]
fn transforms_of_a_record_share_their_room() {
    let mut insert = transform("InsertField$Value", &[("static.field", "a"), ("static.value", "0123456789")]);
    let mut room = Room::of(25);
    let mut record = sink(None, map(&[("x", Value::Int8(1))]));
    for _ in 0..2 {
        insert.apply_within(&mut record, &mut room).unwrap();
    }
    assert_eq!(room.left(), 5);
    let error = insert.apply_within(&mut record, &mut room).unwrap_err();
    assert_eq!(
        error.exception.message(),
        Some(
            "InsertField would make the record too large: all transforms together may add 25 bytes to one record"
        )
    );
    let mut topic = transform("InsertField$Value", &[("topic.field", "a")]);
    let mut room = Room::of(6);
    assert!(topic.apply_within(&mut of_map("topic"), &mut room).is_ok());
    assert!(topic.apply_within(&mut of_map("to"), &mut room).is_err());
}

fn of_map(topic: &str) -> Record {
    Record { topic: Topic::from(topic), ..sink(None, map(&[("x", Value::Int8(1))])) }
}

#[test]
fn large_plans_are_not_kept_sixteen_at_a_time() {
    let mut flatten = transform("Flatten$Value", &[("delimiter", &"-".repeat(10_000))]);
    let record = |number: usize| {
        let inner = SchemaBuilder::structure().field("b", Schema::optional_int8()).build().unwrap();
        let many = (0..600)
            .fold(SchemaBuilder::structure(), |b, at| b.field(format!("a{number}-{at}"), inner.clone()));
        let schema = many.build().unwrap();
        sink(Some(schema.clone()), Value::Struct(Arc::new(Struct::new(schema).unwrap())))
    };
    let of = |record: &Record| record.value_schema.clone().unwrap();
    let (mut first, mut again) = (record(0), record(0));
    flatten.apply(&mut first).unwrap();
    flatten.apply(&mut again).unwrap();
    assert!(of(&first).is_same(&of(&again)), "six megabytes are kept");
    for number in 1..4 {
        flatten.apply(&mut record(number)).unwrap();
    }
    let mut later = record(0);
    flatten.apply(&mut later).unwrap();
    assert!(!of(&first).is_same(&of(&later)), "twenty-four are not");
    assert_eq!(of(&later).fields()[0].schema().kind(), Type::Int8);
}
