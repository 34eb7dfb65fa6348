//! What `json.fail.invalid.schema` refuses: the verdicts of upstream's library, the words, and schemas and payloads
//! that would cost too much.

use std::fmt::Write;
use std::sync::Arc;

use kconnect_api::json::{Doc, Tape};
use kconnect_api::{Buf, Schema, SchemaBuilder, Text, Value};

use super::super::check::Checker;
use super::super::documents::DIALECT;
use super::{JsonSchema, mapping, words};
use crate::format::{Dependency, Fault, Format, Registered};

fn registered(text: impl Into<String>) -> Registered {
    Registered { text: text.into(), dependencies: Vec::new(), version: None }
}

fn checking() -> JsonSchema {
    mapping(&[("json.fail.invalid.schema", "true")])
}

/// Checks a payload alone, since Connect cannot hold every schema.
fn verdict(registered: &Registered, payload: &str) -> Result<(), String> {
    let checker = Checker::compile(registered, false).map_err(|error| words(&error))?;
    let (text, mut tape) = (Text::from(payload), Tape::new(DIALECT));
    tape.parse(&text, 0).map_err(|error| words(&error))?;
    match checker.check(Doc::new(&text, &tape)) {
        Ok(None) => Ok(()),
        Ok(Some(violation)) => Err(words(&violation.when_reading())),
        Err(error) => Err(words(&error)),
    }
}

#[test]
fn verdicts_are_those_of_upstreams_library() {
    let (mut rows, mut faults) = (0, String::new());
    let table = include_str!("../../../testdata/json_schema/checked.tsv");
    for row in table.lines().filter(|line| !line.starts_with("# ")) {
        let [found, schema, payload] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        // What we let pass on purpose is in docs/differences.md.
        let passes = found != "fails";
        let verdict = verdict(&registered(schema), payload);
        if verdict.is_ok() != passes {
            writeln!(faults, "{row}: {verdict:?}").unwrap();
        }
        rows += 1;
    }
    assert!(rows > 50 && faults.is_empty(), "{rows} rows\n{faults}");
}

#[test]
fn what_fails_is_named_without_the_payload() {
    let schema = r#"{"type":"object","properties":{"card":{"type":"string","maxLength":3}}}"#;
    let read = |mapping: &mut JsonSchema| {
        let mut reader = mapping.parse(&registered(schema)).unwrap();
        mapping.read(&mut reader, &[], &Buf::from(&br#"{"card":"4111"}"#[..]))
    };
    match read(&mut checking()) {
        Err(Fault::Payload(error)) => assert_eq!(
            words(&error),
            "org.apache.kafka.common.errors.SerializationException: JSON does not match schema of type JSON <- \
             org.everit.json.schema.ValidationException: #/card: value is longer than 3 characters"
        ),
        other => panic!("{other:?}"),
    }
    assert!(read(&mut mapping(&[])).is_ok(), "not checked unless it is asked for");
}

#[test]
fn what_is_written_is_checked_against_the_schema_of_the_registry_only() {
    let mut mapping = checking();
    let (schema, value) = (Schema::string(), Value::from("four"));
    let own = mapping.map(Some(&schema), &value).unwrap();
    let dictated = mapping.adapt(Some(&schema), &registered(r#"{"type":"string","maxLength":3}"#)).unwrap();
    for (writer, passes) in [(&own.writer, true), (&dictated.writer, false)] {
        let mut payload = Vec::new();
        // The value is written for trial before it is known which schema it will have.
        mapping.write(writer, Some(&schema), &value, &mut payload).unwrap();
        let checked = mapping.check_written(writer, &payload);
        assert_eq!(checked.is_ok(), passes, "{checked:?}");
        if let Err(error) = checked {
            let text = words(&error);
            assert!(text.starts_with(
                "org.apache.kafka.common.errors.SerializationException: Error serializing JSON message <- \
                 org.apache.kafka.common.errors.SerializationException: Validation error in JSON, Error report:\n{\n"
            ), "{text}");
            assert!(text.contains("\"keyword\": \"maxLength\"") && !text.contains("four"), "{text}");
        }
    }
}

#[test]
fn decimals_satisfy_the_schema_that_is_registered_for_them() {
    let schema = SchemaBuilder::decimal(2).build().unwrap();
    let value = Value::Decimal(Arc::new("1.50".parse().unwrap()));
    for format in ["BASE64", "NUMERIC"] {
        let mut mapping = mapping(&[("json.fail.invalid.schema", "true"), ("decimal.format", format)]);
        let own = mapping.map(Some(&schema), &value).unwrap();
        let mut payload = Vec::new();
        mapping.write(&own.writer, Some(&schema), &value, &mut payload).unwrap();
        mapping.check_written(&own.writer, &payload).expect(&own.text);
    }
}

#[test]
fn references_lead_into_what_is_registered_with_the_schema() {
    let mut schema = registered(
        r##"{"$id":"http://a.b/c/main.json","type":"object","properties":{"a":{"$ref":"other.json#/$defs/short"}}}"##,
    );
    schema.dependencies.push(Dependency {
        name: "other.json".to_owned(),
        text: r##"{"definitions":{"short":{"$ref":"#/definitions/text"},"text":{"maxLength":2}}}"##
            .to_owned(),
        references: Vec::new(),
    });
    assert_eq!(verdict(&schema, r#"{"a":"xy"}"#), Ok(()));
    assert!(verdict(&schema, r#"{"a":"xyz"}"#).is_err());
    let nowhere = verdict(&registered(r#"{"not":{"$ref":"http://127.0.0.1:1/x.json"}}"#), "1").unwrap_err();
    assert!(nowhere.contains("not fetched from elsewhere"), "{nowhere}");
}

#[test]
fn later_dialects_count_what_stands_beside_a_reference() {
    let schema = |dialect: &str| {
        registered(format!(
            r##"{{"$schema":"{dialect}","$defs":{{"p":{{"type":"integer"}}}},"$ref":"#/$defs/p","minimum":5}}"##
        ))
    };
    assert!(verdict(&schema("https://json-schema.org/draft/2020-12/schema"), "2").is_err());
    assert!(verdict(&schema("https://json-schema.org/draft/2019-09/schema"), "7").is_ok());
    assert!(verdict(&schema("http://json-schema.org/draft-07/schema#"), "2").is_ok());
    let closed = registered(
        r##"{"$schema":"https://json-schema.org/draft/2020-12/schema","$ref":"#/$defs/p",
            "unevaluatedProperties":false,"$defs":{"p":{"properties":{"a":true}}}}"##,
    );
    assert_eq!(verdict(&closed, r#"{"a":1}"#), Ok(()));
    assert!(verdict(&closed, r#"{"b":1}"#).is_err());
}

#[test]
fn schemas_and_payloads_that_would_cost_too_much_are_refused() {
    let nested = |depth: usize| registered("{\"not\":".repeat(depth) + "{}" + &"}".repeat(depth));
    assert!(verdict(&nested(99), "1").is_err(), "an odd number of nots");
    assert!(verdict(&nested(98), "1").is_ok(), "an even number of nots");
    let chain: Vec<String> = (0..2_000)
        .map(|at| format!(r##""d{at}":{{"not":{{"$ref":"#/definitions/d{}"}}}}"##, at + 1))
        .collect();
    let doubled: Vec<String> = (0..60)
        .map(|at| {
            format!(
                r##""d{at}":{{"allOf":[{{"$ref":"#/definitions/d{n}"}},{{"$ref":"#/definitions/d{n}"}}]}}"##,
                n = at + 1
            )
        })
        .collect();
    for refused in [
        nested(200),
        registered(r##"{"not":{"$ref":"#"}}"##),
        registered(r##"{"$ref":"#"}"##),
        registered(format!(
            r##"{{"$ref":"#/definitions/d0","definitions":{{{},"d2000":{{}}}}}}"##,
            chain.join(",")
        )),
        registered(format!(
            r##"{{"$ref":"#/definitions/d0","definitions":{{{},"d60":{{}}}}}}"##,
            doubled.join(",")
        )),
    ] {
        let error = verdict(&refused, "1").unwrap_err();
        assert!(
            error.contains("payloads cannot be checked against a JSON schema that contains itself"),
            "{error}"
        );
    }
    let pattern = registered(r#"{"pattern":"^(?=a)(a+)+\\1$"}"#);
    assert!(verdict(&pattern, &format!("\"{}b\"", "a".repeat(5_000))).is_err());
    let deep = "[".repeat(999) + &"]".repeat(999);
    assert!(verdict(&registered(r#"{"uniqueItems":true}"#), &deep).is_ok());
    assert!(verdict(&registered(format!("{{\"const\":{deep}}}")), &deep).is_ok());
}

#[test]
fn numbers_beyond_all_floats_are_no_panic() {
    for payload in ["1e400", "-1e400", "1e-400", "340282366920938463463374607431768211456"] {
        assert_eq!(verdict(&registered(r#"{"type":"number"}"#), payload), Ok(()), "{payload}");
    }
    assert!(verdict(&registered("{}"), "NaN").unwrap_err().contains("non-finite"));
}
