//! Schemas and payloads as upstream writes them.

use kconnect_api::json::{Doc, Tape};
use kconnect_api::{Exception, Schema, Text, Value};

use super::{connect, mapping, words};
use crate::format::{Format, Registered, Written};

const ROWS: &str = include_str!("../../../testdata/json_schema/written.jsonl");

fn payload(
    mapping: &mut super::JsonSchema,
    schema: &Schema,
    value: &Value,
) -> Result<Option<String>, Exception> {
    let mut out = Vec::new();
    let written = mapping.write(&None, Some(schema), value, &mut out)?;
    Ok((written == Written::Payload).then(|| String::from_utf8(out).expect("text")))
}

#[test]
fn schemas_and_payloads_are_those_of_upstream() {
    for row in ROWS.lines() {
        let text = Text::from(row);
        let mut tape = Tape::default();
        tape.parse(&text, 0).expect("JSON");
        let doc = Doc::new(&text, &tape);
        let member = |at: usize, name: &str| doc.member(at, name);
        let settings: Vec<(String, String)> = doc
            .list(member(0, "config").expect("settings"))
            .into_iter()
            .filter_map(|(key, value)| {
                Some((doc.string(key?)?.into_owned(), doc.string(value)?.into_owned()))
            })
            .collect();
        let mut settings: Vec<(&str, &str)> =
            settings.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        if member(0, "indent").is_some() {
            settings.push(("json.indent.output", "true"));
        }
        let mut mapping = mapping(&settings);
        let envelope = member(0, "connect").expect("an envelope");
        let schema = connect::schema(&doc, member(envelope, "schema").expect("a schema"));
        let value = connect::value(&doc, member(envelope, "payload").expect("a payload"), &schema);

        let local = mapping.map(Some(&schema), &value).map_err(|error| words(&error)).expect(row);
        let expected = doc.string(member(0, "schema").expect("a text")).expect("a text");
        assert_eq!(local.text, expected, "{row}");

        let expected = doc.string(member(0, "payload").expect("a text")).map(|text| text.into_owned());
        let written = payload(&mut mapping, &schema, &value).map_err(|error| words(&error)).expect(row);
        assert_eq!(written, expected, "{row}");

        let registered = Registered { text: local.text, dependencies: Vec::new(), version: None };
        let back = mapping.parse(&registered).map_err(|error| words(&error)).expect(row).schema;
        let same = doc.node(member(0, "same").expect("a flag")) == kconnect_api::json::Node::Bool(true);
        assert_eq!(back == schema, same, "{row}\n{back:?}");
    }
}
