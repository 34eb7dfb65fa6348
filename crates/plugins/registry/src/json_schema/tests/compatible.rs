//! Which registered schemas a Connect schema may be written under.

use kconnect_api::{Schema, SchemaBuilder, Value};

use super::mapping;
use crate::format::{Format, Registered};

#[test]
fn a_registered_schema_must_read_what_is_written() {
    let row = SchemaBuilder::structure()
        .field("id", Schema::int32())
        .field("name", Schema::optional_string())
        .field("tags", Schema::array(Schema::string()))
        .build()
        .unwrap();
    let open = r#"{"type":"object","title":"R","properties":{"id":{"type":"integer"},
        "name":{"oneOf":[{"type":"null"},{"type":"string"}]},"tags":{"type":"array","items":{"type":"string"}}"#;
    let mut rows = vec![
        ("object.additional.properties=true", format!("{open}}}}}"), true),
        ("object.additional.properties=true", open.replace("\"integer\"", "\"number\"") + "}}", true),
        ("object.additional.properties=true", open.replace("\"integer\"", "\"string\"") + "}}", false),
        ("object.additional.properties=true", open.replace("{\"type\":\"null\"},", "") + "}}", false),
        (
            "object.additional.properties=true",
            open.replace("\"integer\"", "\"integer\",\"minimum\":0") + "}}",
            false,
        ),
        ("object.additional.properties=true", format!("{open}}},\"required\":[\"id\"]}}"), false),
        ("object.additional.properties=true", format!("{open},\"more\":{{\"type\":\"string\"}}}}}}"), false),
        ("object.additional.properties=false", format!("{open},\"more\":{{\"type\":\"string\"}}}}}}"), true),
        ("object.additional.properties=true", format!("{open},\"more\":{{}}}}}}"), true),
        ("object.additional.properties=true", format!("{open}}},\"additionalProperties\":false}}"), false),
        ("object.additional.properties=false", format!("{open}}},\"additionalProperties\":false}}"), true),
        ("object.additional.properties=false", r#"{"type":"object"}"#.to_owned(), true),
        (
            "object.additional.properties=false",
            r#"{"type":"object","additionalProperties":false}"#.to_owned(),
            false,
        ),
        ("object.additional.properties=true", "{}".to_owned(), true),
        ("object.additional.properties=true", r#"{"type":"string"}"#.to_owned(), false),
    ];
    let nested = format!("{{\"$ref\":\"#/definitions/r\",\"definitions\":{{\"r\":{open}}}}}}}}}");
    rows.push(("object.additional.properties=true", nested, true));
    for (setting, text, expected) in rows {
        let mut mapping = mapping(&[setting.split_once('=').unwrap()]);
        let local = mapping.map(Some(&row), &Value::Null).unwrap();
        let registered = Registered { text: text.clone(), dependencies: Vec::new(), version: None };
        assert_eq!(mapping.is_compatible(&local, &registered), Ok(expected), "{setting} {text}");
        let adapted = mapping.adapt(Some(&row), &registered).unwrap();
        assert_eq!(adapted.text, text);
        assert_eq!(mapping.is_compatible(&adapted, &registered), Ok(true));
    }
}
