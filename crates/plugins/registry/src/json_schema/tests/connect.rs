//! Connect data in tests: read from JsonConverter's envelope, and shown as it was recorded.

use std::sync::Arc;

use kconnect_api::json::{Doc, Node, number};
use kconnect_api::{
    Logical, MapValue, Schema, SchemaBuilder, Struct, Type, Value, base64, java_decimal, java_f32, java_f64,
    json::write_string_plain, logical,
};

fn kind(name: &str) -> Type {
    use Type::{Array, Boolean, Bytes, Float32, Float64, Int8, Int16, Int32, Int64, Map, String, Struct};
    match name {
        "float" => Float32,
        "double" => Float64,
        name => [Boolean, Int8, Int16, Int32, Int64, Bytes, String, Array, Map, Struct]
            .into_iter()
            .find(|kind| kind.name() == name)
            .expect("a type"),
    }
}

/// The schema at `at`, written as JsonConverter writes it.
pub(super) fn schema(doc: &Doc<'_>, at: usize) -> Schema {
    let member = |name: &str| doc.member(at, name);
    let text = |name: &str| member(name).and_then(|at| doc.string(at)).map(|text| text.into_owned());
    let part = |name: &str| schema(doc, member(name).expect("a part"));
    let mut builder = match kind(&text("type").expect("a type")) {
        Type::Array => SchemaBuilder::array(part("items")),
        Type::Map => SchemaBuilder::map(part("keys"), part("values")),
        kind => SchemaBuilder::new(kind),
    };
    for (_, field) in member("fields").map(|at| doc.list(at)).unwrap_or_default() {
        let name = doc.string(doc.member(field, "field").expect("a name")).expect("a text");
        builder = builder.field(name.as_ref(), schema(doc, field));
    }
    if member("optional").is_some_and(|at| doc.node(at) == Node::Bool(true)) {
        builder = builder.optional();
    }
    if let Some(name) = text("name") {
        builder = builder.name(name);
    }
    if let Some((version, _)) = member("version").and_then(|at| doc.number(at)) {
        builder = builder.version(version.parse().expect("a version"));
    }
    if let Some(doc) = text("doc") {
        builder = builder.doc(doc);
    }
    for (key, value) in member("parameters").map(|at| doc.list(at)).unwrap_or_default() {
        let key = doc.string(key.expect("a key")).expect("a text");
        builder = builder.parameter(key.as_ref(), doc.string(value).expect("a text").as_ref());
    }
    if let Some(at) = member("default") {
        let shape = builder.peek().expect("a schema");
        builder = builder.default_value(value(doc, at, &shape));
    }
    builder.build().expect("a schema")
}

/// The value at `at`, written as JsonConverter writes it.
pub(super) fn value(doc: &Doc<'_>, at: usize, schema: &Schema) -> Value {
    if doc.node(at) == Node::Null {
        return Value::Null;
    }
    let integer = || number::to_i64(doc.number(at).expect("a number").0, true);
    let bytes = || base64::decode(&doc.string(at).expect("a text")).expect("base64");
    match schema.logical() {
        Some(Logical::Decimal) => {
            return match doc.number(at) {
                Some((text, _)) => Value::Decimal(Arc::new(number::to_decimal(text))),
                None => Value::Decimal(logical::decimal_from_bytes(schema, &bytes()).expect("a decimal")),
            };
        }
        Some(Logical::Date) => return Value::Date(integer() * logical::DAY_MS),
        Some(_) => return Value::Date(integer()),
        None => {}
    }
    let parts = || doc.list(at).into_iter();
    let inner = |name: &str| match name {
        "key" => schema.key_schema().expect("a schema").clone(),
        _ => schema.value_schema().expect("a schema").clone(),
    };
    match schema.kind() {
        Type::Int8 => Value::Int8(integer() as i8),
        Type::Int16 => Value::Int16(integer() as i16),
        Type::Int32 => Value::Int32(integer() as i32),
        Type::Int64 => Value::Int64(integer()),
        Type::Float32 => Value::Float32(number::to_f32(doc.number(at).expect("a number").0)),
        Type::Float64 => Value::Float64(number::to_f64(doc.number(at).expect("a number").0)),
        Type::Boolean => Value::Bool(doc.node(at) == Node::Bool(true)),
        Type::String => Value::String(doc.shared_string(at).expect("a text")),
        Type::Bytes => Value::bytes(bytes().into()),
        Type::Array => {
            Value::Array(Arc::new(parts().map(|(_, at)| value(doc, at, &inner("value"))).collect()))
        }
        Type::Map => {
            let mut map = MapValue::hashed();
            for (name, at) in parts() {
                let (key, at) = match name {
                    Some(name) => (Value::String(doc.shared_string(name).expect("a text")), at),
                    None => match doc.list(at)[..] {
                        [(_, key), (_, at)] => (value(doc, key, &inner("key")), at),
                        _ => panic!("a pair"),
                    },
                };
                map.insert(key, value(doc, at, &inner("value")));
            }
            Value::Map(Arc::new(map))
        }
        Type::Struct => {
            let mut result = Struct::new(schema.clone()).expect("a struct");
            for field in schema.fields() {
                let member = doc.member(at, field.name());
                let value = member.map_or(Value::Null, |at| value(doc, at, field.schema()));
                if !value.is_null() {
                    result.put_at(field.index(), value).expect("a fitting value");
                }
            }
            Value::Struct(Arc::new(result))
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    write_string_plain(text, &mut out);
    String::from_utf8(out).expect("text")
}

/// A value with its Java classes; fields of structs that are not set are left out.
pub(super) fn shown(value: &Value) -> String {
    let all = |texts: Vec<String>| texts.join(",");
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("Boolean({value})"),
        Value::Int8(value) => format!("Byte({value})"),
        Value::Int16(value) => format!("Short({value})"),
        Value::Int32(value) => format!("Integer({value})"),
        Value::Int64(value) => format!("Long({value})"),
        Value::Float32(value) => format!("Float({})", java_f32(*value)),
        Value::Float64(value) => format!("Double({})", java_f64(*value)),
        Value::String(text) => quoted(text.as_str()),
        Value::Bytes(bytes, _) => {
            let mut out = Vec::new();
            base64::encode(bytes, &mut out);
            format!("bytes({})", String::from_utf8(out).expect("text"))
        }
        Value::Array(elements) => format!("[{}]", all(elements.iter().map(shown).collect())),
        Value::Map(map) => {
            let entry = |(key, value): (&Value, &Value)| format!("{}={}", shown(key), shown(value));
            format!("Map{{{}}}", all(map.iter().map(entry).collect()))
        }
        Value::Struct(inner) => {
            let set = inner.entries().filter(|(_, value)| !value.is_null());
            let field = set.map(|(field, value)| format!("{}={}", field.name(), shown(value)));
            format!("Struct{{{}}}", all(field.collect()))
        }
        Value::Decimal(value) => format!("BigDecimal({})", java_decimal(value)),
        Value::Date(millis) => format!("Date({millis})"),
    }
}
