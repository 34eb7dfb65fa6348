//! Schemas and payloads as upstream reads them.

use kconnect_api::json::{Doc, Tape};
use kconnect_api::{Buf, Exception, SchemaAndValue, Text};

use super::super::JsonReader;
use super::{JsonSchema, connect, mapping, words};
use crate::format::{Dependency, Fault, Format, Registered};

const ROWS: &str = include_str!("../../../testdata/json_schema/read.jsonl");

/// What a row tells us to expect where we differ from upstream on purpose.
fn is_ours(expected: &str, found: &str) -> bool {
    // There is no Variant here, so the first part that needs one is the error.
    let variant = found.contains("needs the type org.apache.kafka.connect.data.Variant");
    // Libraries have words of their own for what is no schema.
    let invalid = [("Invalid JSON <- ", "com.github.erosb"), ("Invalid JSON schema <- ", "com.fasterxml")]
        .into_iter()
        .any(|(words, library)| expected.contains(&format!("{words}{library}")) && found.contains(words));
    // Upstream shows the schema as its library prints it.
    let criterion = "java.lang.IllegalArgumentException: Unsupported criterion allOf for ";
    // Upstream asks the network for a text that is not registered.
    let foreign = expected.contains("no protocol") && found.contains("not fetched from elsewhere");
    variant || foreign || invalid || expected.starts_with(criterion) && found.starts_with(criterion)
}

/// Where a parser gave up, and what it waited for at the end of a text, is told in words of its own.
fn without_position(text: &str) -> String {
    let text = text.split("\n at [").next().unwrap_or(text);
    let text = text.replace("io.JsonEOFException", "JsonParseException");
    match text.split_once("Unexpected end-of-input") {
        Some((before, _)) => before.to_owned(),
        None => text,
    }
}

fn read(mapping: &mut JsonSchema, reader: &mut JsonReader, payload: &str) -> String {
    match mapping.read(reader, &[], &Buf::from(payload.as_bytes())) {
        Ok(SchemaAndValue { value, .. }) => connect::shown(&value),
        Err(Fault::Payload(error) | Fault::Mapping(error)) => format!("!{}", words(&error)),
    }
}

fn check(doc: &Doc<'_>) -> Result<(), String> {
    let text = |name: &str| doc.member(0, name).and_then(|at| doc.string(at)).map(|text| text.into_owned());
    let pairs = |name: &str| -> Vec<(String, String)> {
        let list = doc.member(0, name).map(|at| doc.list(at)).unwrap_or_default().into_iter();
        list.filter_map(|(key, value)| {
            Some((doc.string(key?)?.into_owned(), doc.string(value)?.into_owned()))
        })
        .collect()
    };
    let settings = pairs("config");
    let settings: Vec<(&str, &str)> = settings.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let mut mapping = mapping(&settings);
    let references = pairs("references").into_iter();
    let registered = Registered {
        text: text("json").ok_or("no schema")?,
        dependencies: references
            .map(|(name, text)| Dependency { name, text, references: Vec::new() })
            .collect(),
        version: doc
            .member(0, "version")
            .and_then(|at| doc.number(at))
            .and_then(|(text, _)| text.parse().ok()),
    };
    let parsed = mapping.parse(&registered).map_err(|error: Exception| words(&error));
    if let Some(expected) = text("error") {
        let found = parsed.as_ref().err().cloned().unwrap_or_else(|| format!("{parsed:?}"));
        let same = without_position(&found) == without_position(&expected);
        return if same || is_ours(&expected, &found) { Ok(()) } else { Err(format!("found: {found}")) };
    }
    let Some(expected) = text("schema") else {
        // A schema that contains itself; upstream cannot show it either.
        let found = parsed.err().unwrap_or_default();
        return if found.contains("contains itself") { Ok(()) } else { Err(found) };
    };
    let mut reader = match parsed {
        Ok(reader) => reader,
        Err(found) if is_ours(&expected, &found) => return Ok(()),
        Err(found) => return Err(format!("found: {found}")),
    };
    let expected_text = Text::from(expected);
    let mut tape = Tape::default();
    tape.parse(&expected_text, 0).map_err(|error| words(&error))?;
    let wanted = connect::schema(&Doc::new(&expected_text, &tape), 0);
    if wanted != reader.schema {
        return Err(format!("found: {reader:?}"));
    }
    let list = |name: &str| doc.member(0, name).map(|at| doc.list(at)).unwrap_or_default();
    for ((_, payload), (_, value)) in list("payloads").into_iter().zip(list("values")) {
        let (payload, value) = (doc.string(payload).ok_or("payload")?, doc.string(value).ok_or("value")?);
        let found = read(&mut mapping, &mut reader, &payload);
        if without_position(&found) != without_position(&value) {
            return Err(format!("payload {payload}: found {found} for {value}"));
        }
    }
    Ok(())
}

#[test]
fn schemas_and_payloads_are_read_as_upstream_reads_them() {
    let mut wrong = Vec::new();
    for row in ROWS.lines() {
        let text = Text::from(row);
        let mut tape = Tape::default();
        tape.parse(&text, 0).expect("JSON");
        if let Err(found) = check(&Doc::new(&text, &tape)) {
            wrong.push(format!("{row}\n    {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// Written by Confluent's Python client over a real registry; `confluent_python.py` beside the rows made them.
#[test]
fn payloads_of_confluents_python_client_are_read() {
    const ROWS: &str = include_str!("../../../testdata/json_schema/python.jsonl");
    for row in ROWS.lines() {
        let text = Text::from(row);
        let mut tape = Tape::default();
        tape.parse(&text, 0).expect("JSON");
        let doc = Doc::new(&text, &tape);
        let member = |name: &str| doc.string(doc.member(0, name).expect(name)).expect(name).into_owned();
        let hex = member("frame");
        let digits = |at: usize| u8::from_str_radix(&hex[at * 2..at * 2 + 2], 16).expect("hex digits");
        // Before the payload: a zero and the schema's number.
        let payload: Vec<u8> = (5..hex.len() / 2).map(digits).collect();
        let registered = Registered { text: member("json"), dependencies: Vec::new(), version: Some(1) };
        let mut mapping = mapping(&[]);
        let mut reader = mapping.parse(&registered).map_err(|error| words(&error)).expect(row);
        let payload = String::from_utf8(payload).expect("text");
        assert_eq!(read(&mut mapping, &mut reader, &payload), member("shown"), "{row}");
    }
}
