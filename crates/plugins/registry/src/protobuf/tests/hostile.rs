//! Texts and bytes made to do harm: each ends in an error that says what is wrong, soon.

use std::time::{Duration, Instant};

use super::*;

/// Generous for a slow machine; what these inputs aim at takes hours or all memory.
const SOON: Duration = Duration::from_secs(20);

fn parse_error(text: &str) -> String {
    let start = Instant::now();
    let error = protobuf(&[]).parse(&registered(text)).err().map(|error| error_text(&error));
    assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
    error.unwrap_or_default()
}

fn read_error(text: &str) -> String {
    let start = Instant::now();
    let result = read(&mut protobuf(&[]), text, &[0], &[]);
    assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
    result.err().map(|fault| fault_text(&fault)).unwrap_or_default()
}

#[test]
fn texts_that_are_no_proto_say_where_they_end_being_one() {
    for (text, expected) in [
        ("", ""),
        ("syntax = \"proto3\"; message M { int32 a = ; }", "Could not parse Protobuf - default:1:42: "),
        ("{\"type\":\"string\"}", "Could not parse Protobuf - default:1:1: "),
        ("syntax = \"proto9\";", "Could not parse Protobuf - default:1:10: "),
        ("\u{0}\u{1}", "Could not parse Protobuf - default:1:1: "),
    ] {
        let error = parse_error(text);
        let start = if expected.is_empty() { "" } else { "IllegalArgumentException: " };
        assert!(error.starts_with(&format!("{start}{expected}")), "{text}: {error}");
    }
    // No message at all: nothing can be read.
    let fault = read(&mut protobuf(&[]), "syntax = \"proto3\";", &[0], &[]).unwrap_err();
    assert_eq!(fault_text(&fault), "payload IllegalArgumentException: Invalid message indexes: [0]");
}

#[test]
fn bombs_in_texts_are_defused() {
    let nested = format!("syntax = \"proto3\"; {} {}", "message M {".repeat(50_000), "}".repeat(50_000));
    assert!(parse_error(&nested).contains("reached maximum recursion limit"), "{}", parse_error(&nested));
    let braces = format!("syntax = \"proto3\"; message M {{ option (x) = {} }}", "{".repeat(1_000_000));
    assert!(parse_error(&braces).starts_with("IllegalArgumentException"));
    let option = format!(
        "syntax = \"proto3\"; message M {{ int32 a = 1 [(confluent.field_meta) = {{ params: {}{} }}]; }}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(parse_error(&option), "");
    let garbage = "message \u{1} = ; ".repeat(20_000);
    assert!(parse_error(&garbage).starts_with("IllegalArgumentException"));
    let long = "a".repeat(9 << 20);
    assert!(parse_error(&long).contains("more than the 8388608 that are read"));
    let deep_name =
        format!("syntax = \"proto3\"; package {}; message M {{ X a = 1; }}", vec!["a"; 90].join("."));
    assert!(parse_error(&deep_name).ends_with("\"X\" is not defined."));
}

#[test]
fn a_hundred_thousand_fields_are_read_and_a_million_are_not() {
    let fields: String = (1..=100_000).map(|n| format!("int32 f{n} = {n};")).collect();
    let text = format!("syntax = \"proto3\"; message M {{ {fields} }}");
    let start = Instant::now();
    let mut format = protobuf(&[]);
    let mut reader = format.parse(&registered(&text)).unwrap();
    let payload = Buf::from(unhex("80b51805"));
    let found = format.read(&mut reader, &[0], &payload).unwrap();
    assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
    let Value::Struct(data) = found.value else { panic!() };
    assert_eq!(data.get("f50000").unwrap(), &Value::Int32(5));
    // 18 levels of two fields each are a million parts of the schema and more.
    let levels: String =
        (0..18).map(|n| format!("message L{n} {{ L{0} a = 1; L{0} b = 2; }}", n + 1)).collect();
    let doubling = format!("syntax = \"proto3\"; {levels} message L18 {{ int32 x = 1; }}");
    assert!(
        read_error(&doubling)
            .starts_with("mapping DataException: the schema unfolds to more than 1000000 parts"),
        "{}",
        read_error(&doubling)
    );
    let wide: String = (0..1_000).map(|n| format!("Wide f{n} = {};", n + 1)).collect();
    let scalars: String = (0..1_000).map(|n| format!("int32 f{n} = {};", n + 1)).collect();
    let product = format!("syntax = \"proto3\"; message M {{ {wide} }} message Wide {{ {scalars} }}");
    assert!(read_error(&product).contains("more than 1000000 parts"));
}

#[test]
fn messages_that_contain_themselves_or_too_many_others_are_refused_by_name() {
    for (body, expected) in [
        (
            "message M { M next = 1; }",
            "message M contains itself, which schemas of this worker cannot; read the topic with a converter that needs no schema (ByteArrayConverter)",
        ),
        (
            "message M { oneof o { A a = 1; } } message A { map<string, B> b = 1; } message B { repeated A a = 1; }",
            "message A contains itself, which schemas of this worker cannot; read the topic with a converter that needs no schema (ByteArrayConverter)",
        ),
        (
            "import \"google/protobuf/struct.proto\"; message M { google.protobuf.Struct s = 1; }",
            "message google.protobuf.Struct contains itself, which schemas of this worker cannot; read the topic with a converter that needs no schema (ByteArrayConverter)",
        ),
    ] {
        assert_eq!(
            read_error(&format!("syntax = \"proto3\"; {body}")),
            format!("mapping DataException: {expected}")
        );
    }
    // From the end, so that each message finds the next one ready.
    let chain: String = (0..8_000).map(|n| format!("message C{n} {{ C{} next = 1; }}", n + 1)).collect();
    let fields: String = (0..8_000).rev().map(|n| format!("C{n} f{n} = {};", n + 1)).collect();
    for first in ["message M { C0 c = 1; }".to_owned(), format!("message M {{ {fields} }}")] {
        let text = format!("syntax = \"proto3\"; {first} {chain} message C8000 {{}}");
        assert!(
            read_error(&text)
                .starts_with("mapping DataException: messages nest deeper than 100 levels around C")
        );
    }
}

#[test]
fn imports_that_are_missing_or_circular_matter_only_for_their_types() {
    let mut format = protobuf(&[]);
    let unused = "syntax = \"proto3\"; import \"gone.proto\"; message M { int32 a = 1; }";
    assert!(format.parse(&registered(unused)).is_ok());
    let used = "syntax = \"proto3\"; import \"gone.proto\"; package p; message M { gone.T a = 1; }";
    assert_eq!(
        error_text(&format.parse(&registered(used)).err().unwrap()),
        "IllegalArgumentException: Invalid protobuf schema definition: p.M.a: \"gone.T\" is not defined."
    );
    let circle = with_dependencies(
        "syntax = \"proto3\"; import \"a.proto\"; message M { A a = 1; }",
        &[
            ("a.proto", "syntax = \"proto3\"; import \"b.proto\"; message A { int32 x = 1; }"),
            (
                "b.proto",
                "syntax = \"proto3\"; import \"a.proto\"; import \"b.proto\"; message B { A a = 1; }",
            ),
        ],
    );
    let mut reader = format.parse(&circle).unwrap();
    assert!(format.read(&mut reader, &[0], &Buf::from(&[][..])).is_ok());
    let twice = with_dependencies(
        "syntax = \"proto3\"; import \"a.proto\"; message M {}",
        &[("a.proto", "syntax = \"proto3\"; message M {}")],
    );
    assert_eq!(
        error_text(&format.parse(&twice).err().unwrap()),
        "IllegalArgumentException: Invalid protobuf schema definition: M: \"M\" is already defined."
    );
    let broken =
        with_dependencies("syntax = \"proto3\"; import \"a.proto\"; message M {}", &[("a.proto", "mess")]);
    let error = error_text(&format.parse(&broken).err().unwrap());
    assert!(
        error.starts_with("IllegalArgumentException: Could not parse Protobuf - a.proto:1:1: "),
        "{error}"
    );
}

#[test]
fn payloads_that_are_no_message_say_so_in_the_words_of_protobuf() {
    let text = "syntax = \"proto3\"; message M { string s = 1; In m = 2; repeated int32 l = 3; } \
                message In { fixed64 x = 1; }";
    let truncated =
        "payload InvalidProtocolBufferException: While parsing a protocol message, the input ended";
    for (payload, expected) in [
        ("0a", truncated),
        ("0a05 61", truncated),
        ("1205 09 0102", truncated),
        ("1203 09 0102", truncated),
        ("1a02 80", truncated),
        ("1a02 8080", truncated),
        (
            "0affffffff0f",
            "payload InvalidProtocolBufferException: CodedInputStream encountered an embedded string or",
        ),
        ("00", "payload InvalidProtocolBufferException: Protocol message contained an invalid tag (zero)."),
        (
            "0e",
            "payload InvalidProtocolBufferException$InvalidWireTypeException: Protocol message tag had invalid",
        ),
        (
            "0c",
            "payload InvalidProtocolBufferException: Protocol message end-group tag did not match expected tag.",
        ),
        (
            "08ffffffffffffffffffff01",
            "payload InvalidProtocolBufferException: CodedInputStream encountered a malformed",
        ),
        ("0a01ff", "payload InvalidProtocolBufferException: Protocol message had invalid UTF-8."),
    ] {
        let fault = read(&mut protobuf(&[]), text, &[0], &unhex(payload)).unwrap_err();
        assert!(fault_text(&fault).starts_with(expected), "{payload}: {}", fault_text(&fault));
    }
    let groups = vec![0x2b; 1 << 20];
    let fault = read(&mut protobuf(&[]), text, &[0], &groups).unwrap_err();
    assert!(fault_text(&fault).contains("too many levels of nesting"));
}

#[test]
fn parts_of_a_message_are_joined_in_linear_time() {
    let text = "syntax = \"proto3\"; message M { In m = 1; oneof o { In n = 2; string s = 3; } map<int32, In> p = 4; } \
                message In { bytes b = 1; }";
    let large = [&[0x0a, 0x80, 0x80, 0x20][..], &vec![7; 512 << 10]].concat();
    let block = |tag: u8, content: &[u8]| {
        let mut block = vec![tag];
        super::super::wire::put_varint(&mut block, content.len() as u64);
        [block.as_slice(), content].concat()
    };
    let start = Instant::now();
    let mut payload = block(0x0a, &large);
    payload.extend_from_slice(&block(0x12, &large));
    (0..200_000).for_each(|_| payload.extend_from_slice(&[0x0a, 0x00, 0x12, 0x00]));
    let read = read(&mut protobuf(&[]), text, &[0], &payload).unwrap();
    assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
    let Value::Struct(data) = read.value else { panic!() };
    let Value::Struct(inner) = data.get("m").unwrap() else { panic!() };
    assert_eq!(inner.get("b").unwrap(), &bytes(&vec![7; 512 << 10]));
}

#[test]
fn a_wide_message_in_few_bytes_is_not_unfolded_without_end() {
    let fields: String = (1..=10_000).map(|n| format!("int32 f{n} = {n};")).collect();
    let text = format!("syntax = \"proto3\"; message M {{ repeated W w = 1; }} message W {{ {fields} }}");
    // A million empty messages in two bytes each would be ten thousand million fields.
    let payload = [0x0a, 0x00].repeat(1_000_000);
    let start = Instant::now();
    let fault = read(&mut protobuf(&[]), &text, &[0], &payload).unwrap_err();
    assert!(start.elapsed() < SOON, "took {:?}", start.elapsed());
    assert_eq!(
        fault_text(&fault),
        "mapping DataException: the structs of a record of 2000000 bytes have more than 16777216 fields"
    );
}

#[test]
fn missing_fields_of_many_messages_are_a_bounded_text() {
    let text = "message M { repeated In m = 1; } message In { required int32 x = 1; }";
    let payload = [0x0a, 0x00].repeat(1_000_000);
    let fault = fault_text(&read(&mut protobuf(&[]), text, &[0], &payload).unwrap_err());
    assert!(fault.starts_with(
        "payload InvalidProtocolBufferException: Message missing required fields: m[0].x, m[1].x,"
    ));
    assert!(fault.len() < 10_000, "{}", fault.len());
}

#[test]
fn a_schema_that_is_too_deep_or_too_large_is_not_mapped() {
    let mut schema =
        kconnect_api::SchemaBuilder::structure().name("L").field("x", Schema::int32()).build().unwrap();
    for level in 0..120 {
        let builder =
            kconnect_api::SchemaBuilder::structure().name(format!("L{level}")).field("inner", schema);
        schema = builder.build().unwrap();
    }
    let error = protobuf(&[]).map(Some(&schema), &Value::Null).err().unwrap();
    assert_eq!(error_text(&error), "DataException: structs nest deeper than 100 levels");
}
