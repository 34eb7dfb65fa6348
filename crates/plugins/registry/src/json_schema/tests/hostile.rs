//! What others may send: errors with a class and a message, in bounded time and without a deep native stack.

use kconnect_api::{Buf, Exception};

use super::super::JsonReader;
use super::{JsonSchema, connect, mapping, words};
use crate::format::{Fault, Format, Registered};

fn parse(mapping: &mut JsonSchema, text: impl Into<String>) -> Result<JsonReader, Exception> {
    mapping.parse(&Registered { text: text.into(), dependencies: Vec::new(), version: None })
}

fn refused(text: impl Into<String>) -> String {
    match parse(&mut mapping(&[]), text) {
        Ok(schema) => panic!("parsed as {schema:?}"),
        Err(error) => words(&error),
    }
}

fn payload(schema: &str, payload: &[u8]) -> Result<String, String> {
    let mut mapping = mapping(&[]);
    let mut reader = parse(&mut mapping, schema).map_err(|error| words(&error))?;
    match mapping.read(&mut reader, &[], &Buf::from(payload)) {
        Ok(read) => Ok(connect::shown(&read.value)),
        Err(Fault::Payload(error) | Fault::Mapping(error)) => Err(words(&error)),
    }
}

#[test]
fn a_schema_that_contains_itself_is_refused() {
    for text in [
        r##"{"$ref":"#"}"##,
        r##"{"type":"object","properties":{"self":{"$ref":"#"}}}"##,
        r##"{"type":"array","items":{"$ref":"#"}}"##,
        r##"{"oneOf":[{"$ref":"#"},{"type":"null"}]}"##,
        r##"{"allOf":[{"$ref":"#"}]}"##,
        r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"n":{"$ref":"#"}}}"##,
        r##"{"type":"object","properties":{"a":{"$ref":"#/definitions/a"}},"definitions":{
            "a":{"type":"object","properties":{"b":{"$ref":"#/definitions/b"}}},
            "b":{"type":"array","items":{"$ref":"#/definitions/a"}}}}"##,
    ] {
        let error = refused(text);
        let start = "org.apache.kafka.connect.errors.DataException: the JSON schema contains itself";
        assert!(error.starts_with(start), "{text}: {error}");
    }
}

#[test]
fn references_to_nowhere_are_refused_without_asking_the_network() {
    for (text, expected) in [
        (r##"{"$ref":"#/definitions/none"}"##, "key [definitions] not found"),
        (r##"{"$ref":"#none"}"##, "key [none] not found"),
        (r#"{"$ref":"http://127.0.0.1:1/x.json"}"#, "not fetched from elsewhere"),
        (r#"{"$ref":"file:///etc/passwd"}"#, "not fetched from elsewhere"),
        (r#"{"$ref":"classpath://x"}"#, "not fetched from elsewhere"),
        (r##"{"$ref":"#/definitions/0","definitions":5}"##, "key [0] not found"),
    ] {
        let error = refused(text);
        assert!(error.starts_with("java.lang.IllegalArgumentException: Invalid JSON <- "), "{error}");
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn depth_is_bounded_in_schemas_and_payloads() {
    let deep = |n: usize| {
        format!("{}{{\"type\":\"string\"}}{}", "{\"type\":\"array\",\"items\":".repeat(n), "}".repeat(n))
    };
    let error = refused(deep(1_000));
    assert!(error.contains("Document nesting depth (1001) exceeds the maximum allowed (1000"), "{error}");
    let schema = deep(990);
    let object = |n: usize| {
        let (open, close) = ("{\"type\":\"object\",\"properties\":{\"a\":", "}}");
        format!("{}{{\"type\":\"string\"}}{}", open.repeat(n), close.repeat(n))
    };
    let union = |n: usize| {
        let (open, close) = (
            "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"boolean\"},{\"type\":\"array\",\"items\":",
            "}]}",
        );
        format!("{}{{\"type\":\"string\"}}{}", open.repeat(n), close.repeat(n))
    };
    for (schema, nested) in [
        (schema.clone(), format!("{}\"x\"{}", "[".repeat(990), "]".repeat(990))),
        (object(490), format!("{}\"x\"{}", "{\"a\":".repeat(490), "}".repeat(490))),
        (union(330), format!("{}\"x\"{}", "[".repeat(330), "]".repeat(330))),
    ] {
        let mut mapping = mapping(&[]);
        let mut reader = parse(&mut mapping, schema).map_err(|error| words(&error)).expect("a deep schema");
        let read = mapping.read(&mut reader, &[], &Buf::from(nested.as_bytes())).expect("a deep value");
        let mut out = Vec::new();
        mapping.write(&None, Some(&reader.schema), &read.value, &mut out).expect("a payload");
        assert_eq!(String::from_utf8(out).unwrap(), nested);
    }
    for n in [1_001, 1_000_000] {
        let error = payload(&schema, "[".repeat(n).as_bytes()).unwrap_err();
        assert!(error.contains("Document nesting depth (1001) exceeds"), "{error}");
    }
}

#[test]
fn long_chains_of_references_cost_no_native_stack() {
    let mut definitions: Vec<String> = (0..50_000)
        .map(|n| {
            format!("\"d{n}\":{{\"type\":\"array\",\"items\":{{\"$ref\":\"#/definitions/d{}\"}}}}", n + 1)
        })
        .collect();
    definitions.push("\"d50000\":{\"type\":\"string\"}".to_owned());
    let text = format!("{{\"$ref\":\"#/definitions/d0\",\"definitions\":{{{}}}}}", definitions.join(","));
    let error = refused(text);
    assert!(error.ends_with("the JSON schema nests more than 1500 parts"), "{error}");
}

#[test]
fn definitions_that_double_are_refused() {
    let definitions: Vec<String> = (0..64)
        .map(|n| {
            let next = format!("{{\"$ref\":\"#/definitions/d{}\"}}", n + 1);
            format!("\"d{n}\":{{\"oneOf\":[{next},{next}]}}")
        })
        .collect();
    let text = format!(
        "{{\"$ref\":\"#/definitions/d0\",\"definitions\":{{{},\"d64\":{{\"type\":\"string\"}}}}}}",
        definitions.join(",")
    );
    let error = refused(text);
    assert!(error.contains("unfolds to more than 1000000 parts"), "{error}");
}

#[test]
fn a_hundred_thousand_properties_take_about_linear_time() {
    let properties = |n: usize| -> String {
        let all: Vec<String> = (0..n)
            .map(|n| format!("\"p{n}\":{{\"$ref\":\"#/definitions/x\",\"connect.index\":{n}}}"))
            .collect();
        format!(
            "{{\"type\":\"object\",\"required\":[\"p1\"],\"properties\":{{{}}},\"definitions\":{{\"x\":\
             {{\"type\":\"object\",\"properties\":{{\"y\":{{\"type\":\"string\"}}}}}}}}}}",
            all.join(",")
        )
    };
    let text = properties(100_000);
    let mut mapping = mapping(&[]);
    let mut reader = parse(&mut mapping, text).map_err(|error| words(&error)).expect("a wide schema");
    let schema = reader.schema.clone();
    assert_eq!(schema.fields().len(), 100_000);
    assert_eq!(schema.fields()[77].name(), "p77");
    let members: Vec<String> = (0..100_000).rev().map(|n| format!("\"p{n}\":{{\"y\":\"v\"}}")).collect();
    let text = format!("{{{}}}", members.join(","));
    let read = mapping.read(&mut reader, &[], &Buf::from(text.as_bytes())).expect("a wide struct");
    let local = mapping.map(Some(&schema), &read.value).map_err(|error| words(&error)).expect("a text");
    let mut out = Vec::new();
    mapping.write(&None, Some(&schema), &read.value, &mut out).expect("a payload");
    assert!(local.text.len() > 1_000_000 && out.len() > 1_000_000);
    let symbols: Vec<String> = (0..100_000).map(|n| format!("\"s{n}\"")).collect();
    let reader =
        parse(&mut mapping, format!("{{\"enum\":[{}]}}", symbols.join(","))).expect("an enumeration");
    assert_eq!(reader.schema.parameters().map(<[_]>::len), Some(100_001));
}

#[test]
fn huge_numbers_stay_texts() {
    let schema = r#"{"type":"object","properties":{"d":{"type":"number"},"l":{"type":"integer"},
        "b":{"type":"number","connect.type":"bytes","title":"org.apache.kafka.connect.data.Decimal",
             "connect.parameters":{"scale":"2"}}}}"#;
    let read = |text: &str| payload(schema, text.as_bytes());
    assert_eq!(read(r#"{"d":1e999999999}"#), Ok("Struct{d=Double(Infinity)}".to_owned()));
    assert_eq!(read(r#"{"l":1e999999999}"#), Ok("Struct{l=Long(0)}".to_owned()));
    assert_eq!(read(r#"{"l":1e-999999999}"#), Ok("Struct{l=Long(0)}".to_owned()));
    assert_eq!(read(r#"{"b":1e999999999}"#), Ok("Struct{b=BigDecimal(1E+999999999)}".to_owned()));
    let error = read(r#"{"d":1e99999999999}"#).unwrap_err();
    assert!(error.contains("Too many nonzero exponent digits"), "{error}");
    let error = read(&format!("{{\"d\":{}}}", "1".repeat(1001))).unwrap_err();
    assert!(error.contains("Number value length (1001) exceeds the maximum allowed (1000"), "{error}");
    let many = parse(&mut mapping(&[]), r#"{"enum":[1e999999999,-1e-999999999]}"#).expect("an enumeration");
    let last = many.schema.parameters().and_then(|all| all.last()).map(|(_, value)| value.to_string());
    assert_eq!(last.as_deref(), Some("-1E-999999999"));
}

#[test]
fn malformed_bytes_are_told_apart_from_values_that_do_not_fit() {
    let mut mapping = mapping(&[]);
    let mut reader =
        parse(&mut mapping, r#"{"type":"object","properties":{"a":{"type":"string"}}}"#).unwrap();
    for bytes in [
        &b"{\"a\":\"\xff\"}"[..],
        b"{\"a\":\"\\ud8\"}",
        b"{",
        b"\"",
        b"{\"a\":\"\x01\"}",
        b"tru",
        b"{\"a\" 1}",
    ] {
        let fault = mapping.read(&mut reader, &[], &Buf::from(bytes)).unwrap_err();
        assert!(matches!(&fault, Fault::Payload(error) if error.class().contains("Json")), "{fault:?}");
    }
    for bytes in [&b"5"[..], b"[]", b"", b"null", b"\"x\""] {
        let fault = mapping.read(&mut reader, &[], &Buf::from(bytes)).unwrap_err();
        assert!(
            matches!(&fault, Fault::Mapping(error) if error.class().ends_with("DataException")),
            "{fault:?}"
        );
    }
    // A half of a character: Java keeps it, Rust cannot.
    let read = mapping.read(&mut reader, &[], &Buf::from(&b"{\"a\":\"\\ud83dx\"}"[..])).unwrap();
    assert_eq!(connect::shown(&read.value), "Struct{a=\"?x\"}");
}
