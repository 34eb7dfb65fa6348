//! The mapping as recorded from upstream: schema texts and payloads, both ways.

use std::sync::Arc;

use bigdecimal::BigDecimal;
use kconnect_api::{Buf, MapValue, Props, Schema, SchemaBuilder, Settings, Struct, Type, Value};

use super::*;

fn avro(settings: &[(&str, &str)]) -> Avro {
    let props: Props = settings.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
    Avro::new(AvroSettings::parse(&props).unwrap()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn write(format: &mut Avro, schema: Option<&Schema>, value: &Value) -> Result<(String, String), Exception> {
    let local = format.map(schema, value)?;
    let mut out = Vec::new();
    let written = format.write(&local.writer, schema, value, &mut out)?;
    assert!(written == Written::Payload || out.is_empty());
    Ok((local.text, hex(&out)))
}

fn registered(text: &str) -> Registered {
    Registered { text: text.to_owned(), dependencies: Vec::new(), version: None }
}

fn read(format: &mut Avro, text: &str, payload: &str) -> Result<SchemaAndValue, Fault> {
    let mut reader = format.parse(&registered(text)).map_err(Fault::Mapping)?;
    format.read(&mut reader, &[], &Buf::from(unhex(payload)))
}

/// Writes, compares, and reads the same back.
#[track_caller]
fn check(settings: &[(&str, &str)], schema: Schema, value: Value, text: &str, payload: &str) {
    let mut format = avro(settings);
    let written = write(&mut format, Some(&schema), &value).unwrap();
    assert_eq!((written.0.as_str(), written.1.as_str()), (text, payload));
    let read = read(&mut format, text, payload).unwrap();
    assert_eq!(read.value, value, "{text}");
}

fn named(kind: Type) -> SchemaBuilder {
    SchemaBuilder::new(kind)
}

fn decimal(text: &str) -> Value {
    Value::Decimal(Arc::new(text.parse::<BigDecimal>().unwrap()))
}

fn array(values: Vec<Value>) -> Value {
    Value::Array(Arc::new(values))
}

fn map(entries: Vec<(Value, Value)>) -> Value {
    Value::Map(Arc::new(entries.into_iter().collect::<MapValue>()))
}

fn structure(schema: &Schema, fields: &[(&str, Value)]) -> Value {
    let mut value = Struct::new(schema.clone()).unwrap();
    for (name, field) in fields {
        value.put(name, field.clone()).unwrap();
    }
    Value::Struct(Arc::new(value))
}

#[test]
fn primitives_as_recorded() {
    for (schema, value, text, payload) in [
        (Schema::int8(), Value::Int8(12), r#"{"type":"int","connect.type":"int8"}"#, "18"),
        (Schema::int16(), Value::Int16(-300), r#"{"type":"int","connect.type":"int16"}"#, "d704"),
        (Schema::int32(), Value::Int32(64), r#""int""#, "8001"),
        (Schema::int64(), Value::Int64(-1), r#""long""#, "01"),
        (Schema::float32(), Value::Float32(12.2), r#""float""#, "33334341"),
        (Schema::float64(), Value::Float64(12.2), r#""double""#, "6666666666662840"),
        (Schema::boolean(), Value::Bool(true), r#""boolean""#, "01"),
        (Schema::string(), Value::from("abc"), r#""string""#, "06616263"),
        (Schema::bytes(), Value::bytes(Buf::from(&[1u8, 2][..])), r#""bytes""#, "0102"),
        (Schema::optional_bytes(), Value::bytes(Buf::from(&[1u8, 2][..])), r#"["null","bytes"]"#, "02040102"),
        (Schema::optional_int32(), Value::Int32(5), r#"["null","int"]"#, "020a"),
    ] {
        check(&[], schema, value, text, payload);
    }
}

#[test]
fn types_with_attributes_as_recorded() {
    let with_default = named(Type::String).optional().default_value(Value::from("x")).build().unwrap();
    check(
        &[],
        with_default,
        Value::from("y"),
        r#"[{"type":"string","connect.default":"x"},"null"]"#,
        "000279",
    );
    let full = named(Type::Int32).name("com.x.N").version(3).doc("d").parameter("k", "v");
    let full = full.default_value(Value::Int32(7)).build().unwrap();
    let text = r#"{"type":"int","connect.doc":"d","connect.version":3,"connect.parameters":{"k":"v"},"connect.default":7,"connect.name":"com.x.N"}"#;
    check(&[], full.clone(), Value::Int32(1), text, "02");
    assert_eq!(read(&mut avro(&[]), text, "02").unwrap().schema, Some(full));
}

#[test]
fn bytes_are_read_into_byte_buffers() {
    let text = r#"{"type":"record","name":"R","fields":[
        {"name":"b","type":"bytes","default":"\u0001"},{"name":"f","type":{"type":"fixed","name":"F","size":1}}]}"#;
    let found = read(&mut avro(&[]), text, "04010203").unwrap();
    let buffer = |len| format!("java.nio.HeapByteBuffer[pos=0 lim={len} cap={len}]");
    assert_eq!(found.value.to_java_string(), format!("Struct{{b={},f={}}}", buffer(2), buffer(1)));
    let schema = found.schema.unwrap();
    assert_eq!(schema.field("b").unwrap().schema().default_value().unwrap().to_java_string(), buffer(1));
}

#[test]
fn containers_as_recorded() {
    let numbers = array(vec![Value::Int32(1), Value::Int32(2), Value::Int32(3)]);
    check(&[], Schema::array(Schema::int32()), numbers, r#"{"type":"array","items":"int"}"#, "0602040600");
    check(&[], Schema::array(Schema::int32()), array(vec![]), r#"{"type":"array","items":"int"}"#, "00");
    let texts = Schema::map(Schema::string(), Schema::int32());
    let one = map(vec![(Value::from("field"), Value::Int32(1))]);
    check(&[], texts, one, r#"{"type":"map","values":"int"}"#, "020a6669656c640200");
    let numbers = Schema::map(Schema::int32(), Schema::int32());
    let one = map(vec![(Value::Int32(1), Value::Int32(2))]);
    let text = r#"{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[{"name":"key","type":"int"},{"name":"value","type":"int"}]}}"#;
    check(&[], numbers, one, text, "02020400");
}

fn rec() -> Schema {
    let optional = |builder: SchemaBuilder| builder.build().unwrap();
    SchemaBuilder::structure()
        .name("com.acme.Rec")
        .version(2)
        .doc("sd")
        .field("a", Schema::int32())
        .field("b", optional(named(Type::String).optional().doc("bd")))
        .field("c", optional(named(Type::Int64).default_value(Value::Int64(5))))
        .field("d", optional(named(Type::String).optional().default_value(Value::from("dd"))))
        .build()
        .unwrap()
}

const REC: &str = r#"{"type":"record","name":"Rec","namespace":"com.acme","fields":[{"name":"a","type":"int"},{"name":"b","type":["null",{"type":"string","connect.doc":"bd"}],"default":null},{"name":"c","type":{"type":"long","connect.default":5},"default":5},{"name":"d","type":[{"type":"string","connect.default":"dd"},"null"],"default":"dd"}],"connect.doc":"sd","connect.version":2,"connect.name":"com.acme.Rec"}"#;

#[test]
fn a_struct_as_recorded() {
    let schema = rec();
    let value = structure(&schema, &[("a", Value::Int32(1)), ("c", Value::Int64(9))]);
    let (text, payload) = write(&mut avro(&[]), Some(&schema), &value).unwrap();
    assert_eq!((text.as_str(), payload.as_str()), (REC, "02001200046464"));
    let mut ignoring = avro(&[("ignore.default.for.nullables", "true")]);
    assert_eq!(write(&mut ignoring, Some(&schema), &value).unwrap().1, "02001202");
    let back = read(&mut avro(&[]), REC, "02001200046464").unwrap();
    assert_eq!(back.schema, Some(schema));
}

#[test]
fn unnamed_structs_get_numbered_names() {
    let inner = |field: &str| SchemaBuilder::structure().field(field, Schema::int32()).build().unwrap();
    let outer =
        SchemaBuilder::structure().field("x", inner("a")).field("y", inner("b")).field("z", inner("a"));
    let outer = outer.build().unwrap();
    let one = |field: &str| structure(&inner(field), &[(field, Value::Int32(1))]);
    let value = structure(&outer, &[("x", one("a")), ("y", one("b")), ("z", one("a"))]);
    let text = r#"{"type":"record","name":"ConnectDefault","namespace":"io.confluent.connect.avro","fields":[{"name":"x","type":{"type":"record","name":"ConnectDefault2","fields":[{"name":"a","type":"int"}]}},{"name":"y","type":{"type":"record","name":"ConnectDefault3","fields":[{"name":"b","type":"int"}]}},{"name":"z","type":"ConnectDefault2"}]}"#;
    check(&[], outer, value, text, "020202");
}

#[test]
fn logical_types_as_recorded() {
    let decimal_text = r#"{"type":"bytes","scale":2,"precision":64,"connect.version":1,"connect.parameters":{"scale":"2"},"connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}"#;
    check(&[], SchemaBuilder::decimal(2).build().unwrap(), decimal("1.56"), decimal_text, "009c");
    let date = r#"{"type":"int","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Date","logicalType":"date"}"#;
    check(&[], SchemaBuilder::date().build().unwrap(), Value::Date(10_000 * 86_400_000), date, "a09c01");
    let time = r#"{"type":"int","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Time","logicalType":"time-millis"}"#;
    check(&[], SchemaBuilder::time().build().unwrap(), Value::Date(1000), time, "d00f");
    let stamp = r#"{"type":"long","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Timestamp","logicalType":"timestamp-millis"}"#;
    check(&[], SchemaBuilder::timestamp().build().unwrap(), Value::Date(1000), stamp, "d00f");
    let optional = SchemaBuilder::timestamp().optional().build().unwrap();
    check(&[], optional, Value::Date(1000), &format!(r#"["null",{stamp}]"#), "02d00f");
}

#[test]
fn values_without_schema_as_recorded() {
    let text = r#"{"type":"record","name":"Anything","namespace":"io.confluent.connect.avro","fields":[{"name":"boolean","type":["null","boolean"],"default":null},{"name":"bytes","type":["null","bytes"],"default":null},{"name":"double","type":["null","double"],"default":null},{"name":"float","type":["null","float"],"default":null},{"name":"int","type":["null","int"],"default":null},{"name":"long","type":["null","long"],"default":null},{"name":"string","type":["null","string"],"default":null},{"name":"array","type":["null",{"type":"array","items":"Anything"}],"default":null},{"name":"map","type":["null",{"type":"array","items":{"type":"record","name":"MapEntry","fields":[{"name":"key","type":"Anything"},{"name":"value","type":"Anything"}]}}],"default":null}]}"#;
    for (value, payload) in [
        (Value::Int32(12), "00000000021800000000"),
        (Value::from("a"), "0000000000000202610000"),
        (
            map(vec![(Value::from("k"), Value::Int32(1))]),
            "0000000000000000020200000000000002026b00000000000002020000000000",
        ),
        (
            array(vec![Value::Int32(1), Value::from("a")]),
            "00000000000000020400000000020200000000000000000000020261000000\
             00",
        ),
    ] {
        let payload = payload.replace(' ', "");
        let mut format = avro(&[]);
        let written = write(&mut format, None, &value).unwrap();
        assert_eq!((written.0.as_str(), written.1.as_str()), (text, payload.as_str()));
        let back = read(&mut format, text, &payload).unwrap();
        assert_eq!((back.schema, back.value), (None, value));
    }
    let error = write(&mut avro(&[]), None, &Value::bytes(Buf::from(&[1u8][..]))).unwrap_err();
    assert_eq!(error.message(), Some("Unknown Java type for schemaless data: class [B"));
    assert_eq!(write(&mut avro(&[]), None, &Value::Null).unwrap().1, "");
}

#[test]
fn enums_and_fixed_as_recorded() {
    let color =
        named(Type::String).name("com.Color").parameter("io.confluent.connect.avro.Enum", "com.Color");
    let color = ["RED", "BLUE"].into_iter().fold(color, |builder, symbol| {
        builder.parameter(format!("io.confluent.connect.avro.Enum.{symbol}"), symbol)
    });
    let color = color.build().unwrap();
    let parameters = r#""connect.parameters":{"io.confluent.connect.avro.Enum":"com.Color","io.confluent.connect.avro.Enum.RED":"RED","io.confluent.connect.avro.Enum.BLUE":"BLUE"}"#;
    let text = format!(
        r#"{{"type":"enum","name":"Color","namespace":"com","symbols":["RED","BLUE"],{parameters},"connect.name":"com.Color"}}"#
    );
    let enhanced = [("enhanced.avro.schema.support", "true")];
    check(&enhanced, color.clone(), Value::from("BLUE"), &text, "02");
    assert_eq!(write(&mut avro(&[]), Some(&color), &Value::from("BLUE")).unwrap().1, "08424c5545");
    let fixed = named(Type::Bytes).name("com.Fx").parameter("connect.fixed.size", "2").build().unwrap();
    let text = r#"{"type":"fixed","name":"Fx","namespace":"com","size":2,"connect.parameters":{"connect.fixed.size":"2"},"connect.name":"com.Fx"}"#;
    check(&[], fixed, Value::bytes(Buf::from(&[1u8, 2][..])), text, "0102");
}

#[test]
fn names_that_avro_refuses() {
    let schema =
        SchemaBuilder::structure().name("1bad.na-me").field("fi-eld", Schema::int32()).build().unwrap();
    let value = structure(&schema, &[("fi-eld", Value::Int32(1))]);
    let error = write(&mut avro(&[]), Some(&schema), &value).unwrap_err();
    assert_eq!(error.to_string(), "org.apache.avro.SchemaParseException: Illegal character in: na-me");
    let mut scrubbing = avro(&[("scrub.invalid.names", "true")]);
    let text = r#"{"type":"record","name":"na_me","namespace":"x1bad","fields":[{"name":"fi_eld","type":"int"}],"connect.name":"1bad.na-me"}"#;
    assert_eq!(write(&mut scrubbing, Some(&schema), &value).unwrap(), (text.to_owned(), "02".to_owned()));
}

#[test]
fn unions_are_structs() {
    let member = |builder: SchemaBuilder| builder.optional().build().unwrap();
    let union = SchemaBuilder::structure()
        .name("io.confluent.connect.avro.Union")
        .optional()
        .field("int", member(named(Type::Int32)))
        .field("string", member(named(Type::String)))
        .build()
        .unwrap();
    check(
        &[],
        union.clone(),
        structure(&union, &[("string", Value::from("a"))]),
        r#"["null","int","string"]"#,
        "040261",
    );
    check(
        &[],
        union.clone(),
        structure(&union, &[("int", Value::Int32(1))]),
        r#"["null","int","string"]"#,
        "0202",
    );
    let back = read(&mut avro(&[]), r#"["null","int","string"]"#, "00").unwrap();
    assert_eq!((back.schema, back.value), (Some(union), Value::Null));
}

#[test]
fn structs_in_unions_keep_their_place() {
    let text = r#"{"type":"record","name":"W","namespace":"a","fields":[{"name":"u","type":[{"type":"record","name":"R","fields":[{"name":"x","type":"int"}]},{"type":"record","name":"S","fields":[{"name":"x","type":"int"}]}]},{"name":"o","type":["null","R"],"default":null}]}"#;
    let mut format = avro(&[]);
    let first = read(&mut format, text, "020a0206").unwrap();
    let Value::Struct(value) = &first.value else { panic!("no struct") };
    let union = value.get_struct("u").unwrap().unwrap();
    assert!(union.get("R").unwrap().is_null() && !union.get("S").unwrap().is_null());
    // What was read is written again, byte for byte.
    assert_eq!(write(&mut format, first.schema.as_ref(), &first.value).unwrap().1, "020a0206");
}

#[test]
fn nulls() {
    let fault = |schema: Schema, value: Value| write(&mut avro(&[]), Some(&schema), &value);
    assert_eq!(fault(Schema::optional_string(), Value::Null).unwrap().1, "");
    let error = fault(Schema::string(), Value::Null).unwrap_err();
    assert_eq!(error.message(), Some("Found null value for non-optional schema"));
    let record = SchemaBuilder::structure().name("R").field("a", Schema::string()).build().unwrap();
    let error = fault(record.clone(), structure(&record, &[])).unwrap_err();
    assert_eq!(error.message(), Some("Found null value for non-optional schema"));
}

#[test]
fn wrong_classes_are_named() {
    let fault = |schema: Schema, value: Value| write(&mut avro(&[]), Some(&schema), &value).unwrap_err();
    for (schema, value, message) in [
        (Schema::int32(), Value::from("a"), "Invalid type for INT32: class java.lang.String"),
        (Schema::int64(), Value::Int32(1), "Invalid type for INT64: class java.lang.Integer"),
        (
            SchemaBuilder::decimal(1).build().unwrap(),
            Value::Int32(1),
            "Invalid type for Decimal, expected BigDecimal but was class java.lang.Integer",
        ),
        (
            SchemaBuilder::date().build().unwrap(),
            Value::Int32(1),
            "Invalid type for Date, expected Date but was class java.lang.Integer",
        ),
    ] {
        assert_eq!(fault(schema, value).message(), Some(message));
    }
    let other = SchemaBuilder::structure().name("Other").build().unwrap();
    let error = fault(rec(), structure(&other, &[]));
    assert_eq!(error.message(), Some("Mismatching struct schema"));
}

#[test]
fn schemas_that_connect_cannot_hold() {
    for (text, message) in [
        (r#""null""#, "Standalone null schemas are not supported by this converter"),
        (
            r#"[{"type":"record","name":"R","namespace":"a","fields":[]},{"type":"record","name":"R","namespace":"b","fields":[]}]"#,
            "Multiple union schemas map to the Connect union field name",
        ),
        (r#"{"type":"record","name":"R","fields":[],"connect.name":7}"#, "Invalid schema name: 7"),
        (
            r#"{"type":"int","logicalType":"date","connect.name":"x"}"#,
            "Mismatched names: name already added to SchemaBuilder (org.apache.kafka.connect.data.Date) differs from name in source schema (x)",
        ),
        (
            r#"{"type":"record","name":"R","fields":[{"name":"next","type":["null","R"]}]}"#,
            "the Avro schema contains itself (at R), which schemas of this worker cannot; read the topic with a converter that needs no schema (ByteArrayConverter)",
        ),
    ] {
        let error = avro(&[]).parse(&registered(text)).unwrap_err();
        assert_eq!(error.message(), Some(message));
    }
    let fault = avro(&[])
        .parse(&Registered { version: Some(3), ..registered(r#"{"type":"int","logicalType":"date"}"#) });
    let message = "Mismatched versions: version already added to SchemaBuilder (1) differs from version in source schema (3)";
    assert_eq!(fault.unwrap_err().message(), Some(message));
}

#[test]
fn hostile_payloads_end_early() {
    let nothing = r#"{"type":"array","items":"null"}"#;
    let records = r#"{"type":"array","items":{"type":"record","name":"E","fields":[]}}"#;
    let huge = "feffffffffffffffff01";
    for (text, payload) in [
        (records, format!("{huge}00")),
        (r#"{"type":"array","items":"int"}"#, format!("{huge}02")),
        (r#"{"type":"map","values":"int"}"#, format!("01{huge}")),
        (r#""string""#, huge.to_owned()),
        (r#""string""#, "01".to_owned()),
        (r#"["null","int"]"#, "04".to_owned()),
        (r#"{"type":"enum","name":"E","symbols":["A"]}"#, "02".to_owned()),
        (r#""long""#, "ffffffffffffffffffffff01".to_owned()),
        (r#""double""#, "00".to_owned()),
        (r#"{"type":"fixed","name":"F","size":2147483647}"#, "00".to_owned()),
    ] {
        let fault = read(&mut avro(&[]), text, &payload).unwrap_err();
        assert!(matches!(fault, Fault::Payload(_)), "{text} {payload}: {fault:?}");
    }
    assert!(avro(&[]).parse(&registered(nothing)).is_err());
    // Values without schema nest no deeper than allowed.
    let (text, _) = write(&mut avro(&[]), None, &Value::Int32(1)).unwrap();
    let deep = "000000000000000202".repeat(100_000);
    assert!(matches!(read(&mut avro(&[]), &text, &deep).unwrap_err(), Fault::Payload(_)));
}

#[test]
fn hostile_schemas_end_early() {
    let chain = |fields: usize, types: usize| {
        let mut text = r#"[{"type":"record","name":"R0","fields":[]}"#.to_owned();
        for at in 1..types {
            let field = |n: usize| format!(r#"{{"name":"f{n}","type":"R{}"}}"#, at - 1);
            let list: Vec<String> = (0..fields).map(field).collect();
            text.push_str(&format!(r#",{{"type":"record","name":"R{at}","fields":[{}]}}"#, list.join(",")));
        }
        text + "]"
    };
    for text in [chain(2, 60), chain(1, 5000)] {
        assert!(avro(&[]).parse(&registered(&text)).is_err());
    }
    for text in [
        "",
        "{",
        "[]]",
        "7",
        r#"{"type":"record"}"#,
        r#"{"type":"fixed","name":"F","size":-1}"#,
        r#"{"type":"x"}"#,
    ] {
        let error = avro(&[]).parse(&registered(text)).unwrap_err();
        assert_eq!(error.class(), "org.apache.avro.SchemaParseException", "{text}");
    }
}

#[test]
fn old_payloads_are_read_as_the_latest_schema() {
    let old = r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"gone","type":{"type":"array","items":"string"}},{"name":"c","type":"string"}]}"#;
    let new = r#"{"type":"record","name":"R","fields":[{"name":"renamed","aliases":["c"],"type":"string"},{"name":"a","type":"long"},{"name":"more","type":"int","default":7},{"name":"maybe","type":["null","string"],"default":null}]}"#;
    let mut format = avro(&[]);
    let mut reader = format.parse_as(&registered(old), &registered(new)).unwrap();
    let back = format.read(&mut reader, &[], &Buf::from(unhex("06020278000279"))).unwrap();
    assert_eq!(back.value.to_java_string(), "Struct{renamed=y,a=3,more=7}");
    let compatible = |format: &mut Avro, writer: &str, reader: &str| {
        let schema = format.parse(&registered(writer)).is_ok();
        assert!(schema);
        let local = Local {
            text: writer.to_owned(),
            dependencies: vec![],
            record: None,
            indexes: None,
            writer: format.map(None, &Value::Null).unwrap().writer,
        };
        format.is_compatible(&local, &registered(reader)).unwrap()
    };
    assert!(compatible(&mut format, old, new));
    assert!(!compatible(&mut format, new, old));
    assert!(compatible(&mut format, r#""int""#, r#"["null","int"]"#));
    assert!(!compatible(&mut format, r#"["null","int"]"#, r#""int""#));
}

#[test]
fn a_dictated_schema_is_written_by_name() {
    let schema = SchemaBuilder::structure()
        .name("R")
        .field("a", Schema::int32())
        .field("b", Schema::optional_string())
        .build()
        .unwrap();
    let dictated = r#"{"type":"record","name":"R","fields":[{"name":"more","type":"string","default":"d"},{"name":"b","type":["string","null"]},{"name":"a","type":"long"}]}"#;
    let mut format = avro(&[]);
    let local = format.adapt(Some(&schema), &registered(dictated)).unwrap();
    let value = structure(&schema, &[("a", Value::Int32(3)), ("b", Value::from("x"))]);
    let mut out = Vec::new();
    format.write(&local.writer, Some(&schema), &value, &mut out).unwrap();
    assert_eq!(hex(&out), "026400027806");
    let missing = r#"{"type":"record","name":"R","fields":[{"name":"z","type":"int"}]}"#;
    assert!(format.adapt(Some(&schema), &registered(missing)).is_err());
}

#[test]
fn a_name_with_two_meanings_is_refused_even_within_itself() {
    let inner = Schema::map(Schema::int32(), Schema::string());
    let nested = Schema::map(Schema::int64(), inner.clone());
    let value = map(vec![(Value::Int64(1), map(vec![(Value::Int32(1), Value::from("a"))]))]);
    let error = write(&mut avro(&[]), Some(&nested), &value).unwrap_err();
    let text = "org.apache.avro.SchemaParseException: Can't redefine: io.confluent.connect.avro.MapEntry";
    assert_eq!(error.to_string(), text);
    // Two maps of one kind share the definition.
    let twice =
        SchemaBuilder::structure().field("a", inner.clone()).field("b", inner.to_optional()).build().unwrap();
    assert!(avro(&[]).map(Some(&twice), &Value::Null).is_ok());
}
