//! Large schemas of all formats: a hundred thousand of everything works, in time that a quadratic step anywhere would
//! turn into minutes; what doubles is refused at once.

use std::fmt::Write as _;

use kconnect_api::{
    Buf, ConfigDef, Exception, Props, Schema, SchemaAndValue, SchemaBuilder, Settings, Struct, Type, Value,
};

use crate::avro::Avro;
use crate::format::{Dependency, Fault, Format, Local, Registered, Written};
use crate::json_schema::JsonSchema;
use crate::protobuf::Protobuf;

const MANY: usize = 100_000;

fn format<F: Format>(settings: &[(&str, &str)]) -> F {
    let props: Props = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let mut def = ConfigDef::new();
    let reader = F::Settings::define(&mut def);
    F::new(reader(&def.parse(&props).unwrap())).unwrap()
}

fn registered(text: impl Into<String>) -> Registered {
    Registered { text: text.into(), dependencies: Vec::new(), version: Some(1) }
}

/// What `text` makes of a payload.
fn read<F: Format>(
    format: &mut F,
    text: &str,
    indexes: &[i32],
    payload: &[u8],
) -> Result<SchemaAndValue, String> {
    let told = |error: &Exception| format!("{}: {}", error.class(), error.message().unwrap_or("null"));
    let mut reader = format.parse(&registered(text)).map_err(|error| told(&error))?;
    format.read(&mut reader, indexes, &Buf::from(payload)).map_err(|fault| match fault {
        Fault::Payload(error) | Fault::Mapping(error) => told(&error),
    })
}

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

/// A record of `fields`, written and read in every way.
fn goes_round<F: Format>(settings: &[(&str, &str)], schema: &Schema, value: &Value) {
    let mut format = format::<F>(settings);
    let written = |format: &mut F, local: &Local<F::Writer>, schema: &Schema, value: &Value| {
        let mut out = Vec::new();
        assert_eq!(format.write(&local.writer, Some(schema), value, &mut out).unwrap(), Written::Payload);
        out
    };
    let local = format.map(Some(schema), value).unwrap();
    let payload = written(&mut format, &local, schema, value);
    let registered =
        Registered { text: local.text.clone(), dependencies: local.dependencies.clone(), version: Some(1) };
    let indexes = local.indexes.clone().unwrap_or_default();
    let mut reader = format.parse(&registered).unwrap();
    let back = format.read(&mut reader, &indexes, &Buf::from(payload.clone())).unwrap();
    assert_eq!(back.value.to_java_string(), value.to_java_string());
    let read = back.schema.unwrap();
    assert_eq!(read.fields().len(), schema.fields().len());
    // As another version, in another order.
    let mut reader = format.parse_as(&registered, &registered).unwrap();
    let again = format.read(&mut reader, &indexes, &Buf::from(payload.clone())).unwrap();
    assert_eq!(again.value.to_java_string(), value.to_java_string());
    // Under a schema that the registry dictates.
    assert_eq!(format.is_compatible(&local, &registered), Ok(true));
    let dictated = format.adapt(Some(schema), &registered).unwrap();
    assert_eq!(written(&mut format, &dictated, schema, value), payload);
    // What was read is written again.
    let again = format.map(Some(&read), &back.value).unwrap();
    assert!(!written(&mut format, &again, &read, &back.value).is_empty());
}

fn record(fields: impl Iterator<Item = (String, Schema)>) -> Schema {
    let builder = SchemaBuilder::structure().name("wide.R");
    fields.fold(builder, |builder, (name, schema)| builder.field(name, schema)).build().unwrap()
}

#[test]
fn a_hundred_thousand_nullable_fields() {
    let schema = record((0..MANY).map(|n| (format!("f{n}"), Schema::optional_int32())));
    let mut value = Struct::new(schema.clone()).unwrap();
    for n in (0..MANY).step_by(2) {
        value.put_at(n, Value::Int32(1 + n as i32)).unwrap();
    }
    let value = Value::Struct(value.into());
    goes_round::<Avro>(&[], &schema, &value);
    goes_round::<Protobuf>(&[("optional.for.nullables", "true")], &schema, &value);
    goes_round::<JsonSchema>(&[], &schema, &value);
}

#[test]
fn a_hundred_thousand_fields_with_documentation_and_a_default_of_all() {
    let fields = list(MANY, |n| format!(r#"{{"name":"f{n}","doc":"d{n}","type":"int","default":{n}}}"#));
    let all = list(MANY, |n| format!(r#""f{n}":{n}"#));
    let text = format!(
        r#"{{"type":"record","name":"Outer","fields":[{{"name":"in","default":{{{all}}},"type":{{"type":"record","name":"R","fields":[{fields}]}}}}]}}"#
    );
    let mut avro = format::<Avro>(&[]);
    let payload: Vec<u8> = std::iter::repeat_n(2, MANY).collect();
    let read = read(&mut avro, &text, &[], &payload).unwrap();
    let schema = read.schema.unwrap();
    let inner = schema.fields()[0].schema();
    assert_eq!(inner.parameters().map(<[_]>::len), Some(MANY + 1));
    let local = avro.map(Some(&schema), &read.value).unwrap();
    assert!(local.text.contains(r#""doc":"d99999""#));
    // An empty record, written as one that has them all by default.
    let empty = SchemaBuilder::structure().name("Outer").build().unwrap();
    let local = avro.adapt(Some(&empty), &registered(text)).unwrap();
    let value = Value::Struct(Struct::new(empty.clone()).unwrap().into());
    let mut out = Vec::new();
    avro.write(&local.writer, Some(&empty), &value, &mut out).unwrap();
    assert!(out.len() > 2 * MANY);
}

#[test]
fn enumerations_of_a_hundred_thousand_symbols() {
    let names = list(MANY, |n| format!("\"S{n}\""));
    let avro_text = format!(r#"{{"type":"enum","name":"E","symbols":[{names}]}}"#);
    let proto_text: String = (0..MANY).map(|n| format!("S{n} = {n};")).collect();
    let proto_text = format!("syntax = \"proto3\"; message M {{ E e = 1; }} enum E {{ {proto_text} }}");
    // The last symbol, as each format writes it.
    for (read, field) in [
        (read(&mut format::<Avro>(&[]), &avro_text, &[], &[0xbe, 0x9a, 0x0c]).unwrap(), false),
        (read(&mut format::<Protobuf>(&[]), &proto_text, &[0], &[8, 0x9f, 0x8d, 0x06]).unwrap(), true),
        (
            read(&mut format::<JsonSchema>(&[]), &format!("{{\"enum\":[{names}]}}"), &[], b"\"S99999\"")
                .unwrap(),
            false,
        ),
    ] {
        let (value, schema) = (read.value.to_java_string(), read.schema.unwrap());
        assert!(value.contains("S99999"), "{value}");
        let schema = if field { schema.fields()[0].schema().clone() } else { schema };
        assert!(schema.parameters().unwrap().len() > MANY);
    }
    let symbols = (0..MANY).map(|n| (format!("io.confluent.connect.avro.Enum.S{n}"), format!("S{n}")));
    let first = std::iter::once(("io.confluent.connect.avro.Enum".to_owned(), "E".to_owned()));
    let schema = SchemaBuilder::new(Type::String).name("E").parameters(first.chain(symbols)).build().unwrap();
    let mut avro = format::<Avro>(&[("enhanced.avro.schema.support", "true")]);
    let local = avro.map(Some(&schema), &Value::from("S99999")).unwrap();
    let mut out = Vec::new();
    avro.write(&local.writer, Some(&schema), &Value::from("S99999"), &mut out).unwrap();
    assert_eq!(out, [0xbe, 0x9a, 0x0c]);
    assert_eq!(avro.is_compatible(&local, &registered(local.text.clone())), Ok(true));
}

#[test]
fn one_enumeration_in_many_fields_is_kept_once_and_counted_each_time() {
    let names = list(1_000, |n| format!("\"S{n}\""));
    let symbols: String = (0..1_000).map(|n| format!("S{n} = {n};")).collect();
    let texts = |fields: usize| {
        let avro = list(fields, |n| match n {
            0 => format!(r#"{{"name":"f0","type":{{"type":"enum","name":"E","symbols":[{names}]}}}}"#),
            n => format!(r#"{{"name":"f{n}","type":"E"}}"#),
        });
        let proto: String = (1..=fields).map(|n| format!("E f{n} = {n};")).collect();
        let json = list(fields, |n| format!(r##""f{n}":{{"$ref":"#/definitions/e"}}"##));
        [
            format!(r#"{{"type":"record","name":"R","fields":[{avro}]}}"#),
            format!("syntax = \"proto3\"; message M {{ {proto} }} enum E {{ {symbols} }}"),
            format!(
                r#"{{"type":"object","properties":{{{json}}},"definitions":{{"e":{{"enum":[{names}]}}}}}}"#
            ),
        ]
    };
    let all = |texts: [String; 3], payload: &[u8]| {
        [
            read(&mut format::<Avro>(&[]), &texts[0], &[], payload).map(drop),
            read(&mut format::<Protobuf>(&[]), &texts[1], &[0], &[]).map(drop),
            read(&mut format::<JsonSchema>(&[]), &texts[2], &[], b"{}").map(drop),
        ]
    };
    assert_eq!(all(texts(900), &[0; 900]), [Ok(()), Ok(()), Ok(())]);
    for refused in all(texts(2_000), &[0; 2_000]) {
        let error = refused.unwrap_err();
        assert!(error.contains("unfolds to more than 1000000 parts"), "{error}");
    }
}

#[test]
fn unions_of_ten_thousand_members() {
    const MEMBERS: usize = 10_000;
    let records = list(MEMBERS, |n| format!(r#"{{"type":"record","name":"R{n}","fields":[]}}"#));
    let backwards =
        list(MEMBERS, |n| format!(r#"{{"type":"record","name":"R{}","fields":[]}}"#, MEMBERS - 1 - n));
    let (text, other) = (format!("[{records}]"), format!("[{backwards}]"));
    let mut avro = format::<Avro>(&[]);
    // The member before the last one.
    let payload = [0x9c, 0x9c, 0x01];
    let read_back = read(&mut avro, &text, &[], &payload).unwrap();
    let schema = read_back.schema.unwrap();
    let mut reader = avro.parse_as(&registered(&text[..]), &registered(&other[..])).unwrap();
    let again = avro.read(&mut reader, &[], &Buf::from(&payload[..])).unwrap();
    assert_eq!(again.value.to_java_string(), read_back.value.to_java_string());
    let local = avro.adapt(Some(&schema), &registered(&other[..])).unwrap();
    let mut out = Vec::new();
    avro.write(&local.writer, Some(&schema), &read_back.value, &mut out).unwrap();
    assert_eq!(out, [2]);
    // A oneof, and as many oneofs.
    let mut proto = String::from("syntax = \"proto3\"; message M { oneof one {");
    (1..=MEMBERS).for_each(|n| write!(proto, "int32 m{n} = {n};").unwrap());
    proto.push('}');
    (1..=MEMBERS).for_each(|n| write!(proto, "oneof o{n} {{ int32 x{n} = {}; }}", MEMBERS + n).unwrap());
    proto.push('}');
    let mut protobuf = format::<Protobuf>(&[]);
    let found = read(&mut protobuf, &proto, &[0], &[0x80, 0xf1, 0x04, 5]).unwrap();
    let schema = found.schema.unwrap();
    assert_eq!(schema.fields().len(), MEMBERS + 1);
    let local = protobuf.map(Some(&schema), &found.value).unwrap();
    let mut out = Vec::new();
    protobuf.write(&local.writer, Some(&schema), &found.value, &mut out).unwrap();
    assert_eq!(out, [0x80, 0xf1, 0x04, 5]);
    assert_eq!(protobuf.is_compatible(&local, &registered(proto)), Ok(true));
    assert_eq!(protobuf.is_compatible(&local, &registered(local.text.clone())), Ok(true));
}

#[test]
fn a_hundred_thousand_required_names_and_types_by_reference() {
    let properties = list(MANY, |n| format!(r##""f{n}":{{"$ref":"#/oneOf/{n}"}}"##));
    let required = list(MANY, |n| format!("\"f{n}\""));
    let numbers = list(MANY, |_| r#"{"type":"integer"}"#.to_owned());
    let text = format!(
        r#"{{"type":"object","properties":{{{properties}}},"required":[{required}],"x":{{}},"oneOf":[{numbers}]}}"#
    );
    // The alternatives are there to be referred to; beside the properties they make an allOf of both.
    let found = read(&mut format::<JsonSchema>(&[]), &text, &[], b"{\"f7\":3}").unwrap();
    assert_eq!(found.schema.unwrap().fields().len(), MANY);
    let checked = format::<JsonSchema>(&[("json.fail.invalid.schema", "true")]).parse(&registered(format!(
        r#"{{"type":"object","required":[{}]}}"#,
        list(40_000, |n| format!("\"f{n}\""))
    )));
    assert!(checked.is_ok());
}

fn doubling(levels: usize) -> [String; 4] {
    fn record(level: usize, levels: usize) -> String {
        let (first, second) = match level == levels {
            true => ("\"int\"".to_owned(), "\"int\"".to_owned()),
            // Defined where it is met first, unless it was before: types are nested as deep as the text.
            false => (format!("\"D{}\"", level + 1), format!("\"D{}\"", level + 1)),
        };
        format!(
            r#"{{"type":"record","name":"D{level}","fields":[{{"name":"a","type":{first}}},{{"name":"b","type":{second}}}]}}"#
        )
    }
    let avro = (0..=levels).rev().map(|level| record(level, levels)).collect::<Vec<_>>().join(",");
    let proto: String =
        (0..levels).map(|n| format!("message M{n} {{ M{0} a = 1; M{0} b = 2; }}", n + 1)).collect();
    let json = list(levels, |n| {
        let next = format!(r##"{{"$ref":"#/definitions/d{}"}}"##, n + 1);
        format!(r#""d{n}":{{"type":"object","properties":{{"a":{next},"b":{next}}}}}"#)
    });
    let json =
        format!(r##""$ref":"#/definitions/d0","definitions":{{{json},"d{levels}":{{"type":"string"}}}}"##);
    [
        format!("[{avro}]"),
        format!("syntax = \"proto3\"; {proto} message M{levels} {{ int32 a = 1; }}"),
        format!("{{{json}}}"),
        format!(r#"{{"$schema":"https://json-schema.org/draft/2020-12/schema",{json}}}"#),
    ]
}

#[test]
fn types_that_double_are_refused_in_all_formats() {
    let all = |levels| {
        let [avro, proto, json, modern] = doubling(levels);
        [
            read(&mut format::<Avro>(&[]), &avro, &[], &[0x18, 0, 0]).map(drop),
            read(&mut format::<Protobuf>(&[]), &proto, &[0], &[]).map(drop),
            read(&mut format::<JsonSchema>(&[]), &json, &[], b"{}").map(drop),
            read(&mut format::<JsonSchema>(&[]), &modern, &[], b"{}").map(drop),
        ]
    };
    for levels in [20, 40, 64] {
        for refused in all(levels) {
            let error = refused.unwrap_err();
            let start = "org.apache.kafka.connect.errors.DataException: the schema unfolds to more than 1000000 parts";
            assert!(error.starts_with(start), "{levels} {error}");
        }
    }
    // Few enough of them are what they say.
    let [_, proto, json, modern] = doubling(10);
    assert!(read(&mut format::<Protobuf>(&[]), &proto, &[0], &[]).is_ok());
    assert!(read(&mut format::<JsonSchema>(&[]), &json, &[], b"{}").is_ok());
    assert!(read(&mut format::<JsonSchema>(&[]), &modern, &[], b"{}").is_ok());
}

#[test]
fn texts_repeated_at_each_use_count_as_what_they_are() {
    let long = "x".repeat(1 << 20);
    let fields = list(10_000, |n| format!(r##""f{n}":{{"$ref":"#/definitions/d"}}"##));
    let json = format!(
        r#"{{"type":"object","properties":{{{fields}}},"definitions":{{"d":{{"type":"array","title":"{long}","items":{{"type":"string"}}}}}}}}"#
    );
    let inner = format!(r#"{{"type":"record","name":"D","doc":"{long}","fields":[]}}"#);
    let fields = list(10_000, |n| match n {
        0 => format!(r#"{{"name":"f0","type":{inner}}}"#),
        n => format!(r#"{{"name":"f{n}","type":"D"}}"#),
    });
    let avro = format!(r#"{{"type":"record","name":"R","fields":[{fields}]}}"#);
    for refused in [
        read(&mut format::<JsonSchema>(&[]), &json, &[], b"{}"),
        read(&mut format::<Avro>(&[]), &avro, &[], &[]),
    ] {
        assert!(refused.unwrap_err().contains("unfolds to more than"));
    }
}

#[test]
fn names_that_grow_with_what_is_around_them_are_bounded() {
    let long = "n".repeat(1 << 20);
    let types = list(50_000, |n| format!(r#"{{"type":"fixed","name":"F{n}","size":1}}"#));
    let avro = format!(
        r#"{{"type":"record","name":"R","namespace":"{long}","fields":[{{"name":"a","type":[{types}]}}]}}"#
    );
    let messages: String = (0..50_000).map(|n| format!("message M{n} {{}}")).collect();
    let proto = format!("syntax = \"proto3\"; message {long} {{ {messages} }}");
    let parts = list(50_000, |n| format!(r#""f{n}":{{"$id":"p{n}","type":"string"}}"#));
    let json = format!(r#"{{"$id":"http://h/{long}/","type":"object","properties":{{{parts}}}}}"#);
    for error in [
        format::<Avro>(&[]).parse(&registered(avro)).err(),
        format::<Protobuf>(&[]).parse(&registered(proto)).err(),
        format::<JsonSchema>(&[]).parse(&registered(json)).err(),
    ] {
        let mut next = error.as_ref();
        let mut words = String::new();
        while let Some(error) = next {
            words.push_str(error.message().unwrap_or_default());
            next = error.cause();
        }
        assert!(words.contains("more than the 2048 that are read"), "{}", &words[..words.len().min(300)]);
        assert!(words.len() < 3 * (1 << 20));
    }
}

#[test]
fn defaults_that_double_end_early() {
    // Each default leaves all to the defaults of the type inside.
    let mut types =
        r#"{"type":"record","name":"D60","fields":[{"name":"a","type":"int","default":1}]}"#.to_owned();
    for level in (0..60).rev() {
        let field = |name: &str| format!(r#"{{"name":"{name}","type":"D{}","default":{{}}}}"#, level + 1);
        write!(types, r#",{{"type":"record","name":"D{level}","fields":[{},{}]}}"#, field("a"), field("b"))
            .unwrap();
    }
    let dependency = Dependency { name: "types".into(), text: format!("[{types}]"), references: Vec::new() };
    for kind in ["\"D0\"", r#"["D0","int"]"#] {
        let text = format!(
            r#"{{"type":"record","name":"R","fields":[{{"name":"d","type":{kind},"default":{{}}}}]}}"#
        );
        let registered = Registered { dependencies: vec![dependency.clone()], ..registered(text) };
        let empty = SchemaBuilder::structure().name("R").build().unwrap();
        let error = format::<Avro>(&[]).adapt(Some(&empty), &registered).err().unwrap();
        assert!(error.message().unwrap().starts_with("Invalid default for "), "{error}");
    }
}

#[test]
fn types_that_lead_deep_by_name_cost_no_stack() {
    // Defined one after the other, so that only names lead from one to the next.
    let mut types = r#"{"type":"record","name":"C0","fields":[]}"#.to_owned();
    for at in 1..60_000 {
        write!(
            types,
            r#",{{"type":"record","name":"C{at}","fields":[{{"name":"n","type":"C{}"}}]}}"#,
            at - 1
        )
        .unwrap();
    }
    let dependency = Dependency { name: "types".into(), text: format!("[{types}]"), references: Vec::new() };
    for text in [
        r#"{"type":"record","name":"Anything","namespace":"io.confluent.connect.avro","fields":[{"name":"a","type":"C59999"}]}"#,
        r#"["int",["C59999"]]"#,
        r#""C59999""#,
    ] {
        let registered = Registered { dependencies: vec![dependency.clone()], ..registered(text) };
        assert!(format::<Avro>(&[]).parse(&registered).is_err());
    }
}

#[test]
fn wide_structs_in_few_bytes_are_bounded_in_all_formats() {
    let fields = list(10_000, |n| format!(r#"{{"name":"f{n}","type":"int","default":1}}"#));
    let empty =
        r#"{"type":"array","items":{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}}"#;
    let wide = format!(r#"{{"type":"array","items":{{"type":"record","name":"R","fields":[{fields}]}}}}"#);
    let mut avro = format::<Avro>(&[]);
    let mut reader = avro.parse_as(&registered(empty), &registered(wide)).unwrap();
    let mut payload = vec![0x80, 0x89, 0x7a];
    payload.resize(1_000_000, 0);
    let avro = avro.read(&mut reader, &[], &Buf::from(payload)).unwrap_err();
    let members = list(10_000, |n| format!(r#"{{"type":"record","name":"R{n}","fields":[]}}"#));
    let union = format!(r#"{{"type":"array","items":[{members}]}}"#);
    let mut payload = vec![0x80, 0x89, 0x7a];
    payload.resize(1_000_000, 0);
    let members = read(&mut format::<Avro>(&[]), &union, &[], &payload).unwrap_err();
    let oneof: String = (1..=10_000).map(|n| format!("int32 m{n} = {n};")).collect();
    let proto = format!(
        "syntax = \"proto3\"; message L {{ repeated M m = 1; }} message M {{ oneof o {{ {oneof} }} }}"
    );
    let proto = read(&mut format::<Protobuf>(&[]), &proto, &[0], &[10, 2, 8, 1].repeat(200_000)).unwrap_err();
    let properties = list(10_000, |n| format!(r#""f{n}":{{"type":"integer"}}"#));
    let json = format!(r#"{{"type":"array","items":{{"type":"object","properties":{{{properties}}}}}}}"#);
    let payload = format!("[{}]", list(200_000, |_| "{}".to_owned()));
    let json = read(&mut format::<JsonSchema>(&[]), &json, &[], payload.as_bytes()).unwrap_err();
    let Fault::Mapping(avro) = avro else { panic!("{avro:?}") };
    for error in [avro.message().unwrap(), &members, &proto, &json] {
        assert!(error.ends_with("have more than 16777216 fields"), "{error}");
    }
}

#[test]
fn alternatives_that_are_hard_to_tell_apart_are_bounded() {
    let integer = r#"{"oneOf":[{"type":"null"},{"type":"integer"}]}"#;
    let objects =
        list(10_000, |n| format!(r#"{{"type":"object","properties":{{"a":{integer},"b{n}":{integer}}}}}"#));
    let text = format!(r#"{{"type":"array","items":{{"oneOf":[{objects}]}}}}"#);
    let mut json = format::<JsonSchema>(&[]);
    assert!(
        read(&mut json, &text, &[], br#"[{"a":1,"b9999":2}]"#)
            .unwrap()
            .value
            .to_java_string()
            .contains("b9999=2")
    );
    let payload = format!("[{}]", list(100_000, |_| r#"{"a":1}"#.to_owned()));
    let error = read(&mut json, &text, &[], payload.as_bytes()).unwrap_err();
    assert!(error.contains("takes looking at more than"), "{error}");
}

#[test]
fn comparing_schemas_of_many_alternatives_is_bounded() {
    // Alternatives inside of alternatives that all fail at their end.
    let nested = |last: &str| {
        let all = list(60, |n| {
            let next = format!(r##"{{"type":"array","items":{{"$ref":"#/definitions/d{}"}}}}"##, n + 1);
            format!(r#""d{n}":{{"anyOf":[{next},{next}]}}"#)
        });
        format!(r##"{{"$ref":"#/definitions/d0","definitions":{{{all},"d60":{{"type":"{last}"}}}}}}"##)
    };
    let wide = |last: &str| {
        format!(r#"{{"anyOf":[{}]}}"#, list(20_000, |n| format!(r#"{{"type":"{last}","title":"t{n}"}}"#)))
    };
    let mut json = format::<JsonSchema>(&[]);
    let mut reads = |reader: String, writer: String| {
        let own = json.map(Some(&Schema::string()), &Value::Null).unwrap();
        let local = Local { text: writer, ..own };
        json.is_compatible(&local, &registered(reader))
    };
    assert_eq!(reads(nested("integer"), nested("string")), Ok(false));
    assert_eq!(reads(nested("number"), nested("integer")), Ok(true));
    let error = reads(wide("string").replace("}]}", "}],\"x\":1}"), wide("integer"));
    assert_eq!(error, Ok(false));
    let other = list(20_000, |n| format!(r#"{{"type":"object","properties":{{"a":{{"enum":["b{n}"]}}}}}}"#));
    let last = list(20_000, |_| r#"{"type":"object","properties":{"a":{"enum":["c"]}}}"#.to_owned());
    let error = reads(format!(r#"{{"anyOf":[{other}]}}"#), format!(r#"{{"anyOf":[{last}]}}"#));
    assert!(error.is_ok() || error.unwrap_err().message().unwrap().contains("more than 20000000 steps"));
}

#[test]
fn a_type_used_in_many_places_is_made_once() {
    let chain = |types: usize| {
        let mut text = r#"{"type":"record","name":"R0","fields":[{"name":"a","type":"int"}]}"#.to_owned();
        for at in 1..types {
            let next = at - 1;
            write!(text, r#",{{"type":"record","name":"R{at}","fields":[{{"name":"a","type":"R{next}"}}]}}"#)
                .unwrap();
        }
        Dependency { name: "types".into(), text: format!("[{text}]"), references: Vec::new() }
    };
    let parse = |types: usize, text: &str| {
        let registered = Registered { dependencies: vec![chain(types)], ..registered(text) };
        format::<Avro>(&[]).parse(&registered).map(drop)
    };
    // Made from the innermost type out, so that each finds the next one made: they are nested nevertheless.
    let every = |types: usize| {
        let fields = list(types, |n| format!(r#"{{"name":"f{n}","type":"R{n}"}}"#));
        format!(r#"{{"type":"record","name":"All","fields":[{fields}]}}"#)
    };
    assert_eq!(parse(150, &every(150)), Ok(()));
    let error = parse(5_000, &every(5_000)).unwrap_err();
    assert_eq!(error.message(), Some("the schema nests more than 200 types"));
    let wide = list(1_000, |n| format!(r#"{{"name":"w{n}","type":"int"}}"#));
    let uses = list(500, |n| match n {
        0 => format!(r#"{{"name":"u0","type":{{"type":"record","name":"Wide","fields":[{wide}]}}}}"#),
        n => format!(r#"{{"name":"u{n}","type":"Wide"}}"#),
    });
    let text = format!(r#"{{"type":"record","name":"Uses","fields":[{uses}]}}"#);
    let found = read(&mut format::<Avro>(&[]), &text, &[], &vec![0; 500_000]).unwrap();
    let schema = found.schema.unwrap();
    let first = schema.fields()[0].schema();
    assert!(schema.fields().iter().all(|field| field.schema().is_same(first)));
}
