//! Schemas as JSON objects.

use std::collections::{HashMap, HashSet};

use kconnect_api::json::number::to_i64;
use kconnect_api::json::{Node, write_string as text};
use kconnect_api::{Exception, Schema, SchemaBuilder, Type, write_int};

use super::Rules;
use super::read::Reading;
use super::write;

/// The type's name in JSON; floats have names of their own.
fn type_name(kind: Type) -> &'static str {
    match kind {
        Type::Float32 => "float",
        Type::Float64 => "double",
        other => other.name(),
    }
}

fn type_of_name(name: &str) -> Option<Type> {
    use Type::{Array, Boolean, Bytes, Float32, Float64, Int8, Int16, Int32, Int64, Map, String, Struct};
    [Boolean, Int8, Int16, Int32, Int64, Float32, Float64, Bytes, String, Array, Map, Struct]
        .into_iter()
        .find(|kind| type_name(*kind) == name)
}

/// Appends the JSON of `schema`; inside a struct with the name of its `field` at the end.
pub(super) fn to_json(
    rules: Rules,
    schema: Option<&Schema>,
    field: Option<&str>,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Exception> {
    let Some(schema) = schema else {
        out.extend_from_slice(b"null");
        return Ok(());
    };
    write::check_depth(depth + 1)?;
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(type_name(schema.kind()).as_bytes());
    out.push(b'"');
    match schema.kind() {
        Type::Array => {
            out.extend_from_slice(b",\"items\":");
            to_json(rules, schema.value_schema(), None, depth + 1, out)?;
        }
        Type::Map => {
            out.extend_from_slice(b",\"keys\":");
            to_json(rules, schema.key_schema(), None, depth + 1, out)?;
            out.extend_from_slice(b",\"values\":");
            to_json(rules, schema.value_schema(), None, depth + 1, out)?;
        }
        Type::Struct => {
            out.extend_from_slice(b",\"fields\":[");
            for field in schema.fields() {
                if field.index() > 0 {
                    out.push(b',');
                }
                to_json(rules, Some(field.schema()), Some(field.name()), depth + 2, out)?;
            }
            out.push(b']');
        }
        _ => {}
    }
    attributes(rules, schema, depth, out)?;
    if let Some(name) = field {
        out.extend_from_slice(b",\"field\":");
        text(name, out);
    }
    out.push(b'}');
    Ok(())
}

#[inline(never)]
fn attributes(rules: Rules, schema: &Schema, depth: usize, out: &mut Vec<u8>) -> Result<(), Exception> {
    out.extend_from_slice(b",\"optional\":");
    out.extend_from_slice(if schema.is_optional() { b"true" } else { b"false" });
    if let Some(name) = schema.name() {
        out.extend_from_slice(b",\"name\":");
        text(name, out);
    }
    if let Some(version) = schema.version() {
        out.extend_from_slice(b",\"version\":");
        write_int(i64::from(version), out);
    }
    if let Some(doc) = schema.doc() {
        out.extend_from_slice(b",\"doc\":");
        text(doc, out);
    }
    if let Some(parameters) = schema.parameters() {
        out.extend_from_slice(b",\"parameters\":{");
        for (at, (key, value)) in parameters.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            text(key, out);
            out.push(b':');
            text(value, out);
        }
        out.push(b'}');
    }
    if let Some(default) = schema.default_value() {
        out.extend_from_slice(b",\"default\":");
        write::value(rules, Some(schema), default, depth + 1, out)?;
    }
    Ok(())
}

/// Schemas of the nodes read so far; JSON null is no schema.
type Known = HashMap<usize, Option<Schema>>;

/// The schema at a node; JSON null is no schema.
///
/// Inner schemas are built before what contains them, the first before the second, so that of several mistakes the one
/// is told that upstream tells. Nesting costs no native stack.
pub(super) fn from_json(json: &mut Reading<'_>, root: usize) -> Result<Option<Schema>, Exception> {
    let mut known = Known::new();
    let mut open = vec![(root, false)];
    let mut inner = Vec::new();
    while let Some((at, parts_are_known)) = open.pop() {
        if parts_are_known {
            let schema = build(json, at, &known)?;
            known.insert(at, schema);
        } else {
            open.push((at, true));
            parts(json, at, &mut inner);
            open.extend(inner.drain(..).rev().map(|at| (at, false)));
        }
    }
    Ok(known.remove(&root).flatten())
}

fn kind(json: &Reading<'_>, at: usize) -> Option<Type> {
    type_of_name(&json.string(json.member(at, "type")?)?)
}

/// Adds the nodes of the schemas that the one at `at` contains.
fn parts(json: &Reading<'_>, at: usize, nodes: &mut Vec<usize>) {
    match kind(json, at) {
        Some(Type::Array) => nodes.extend(json.member(at, "items")),
        Some(Type::Map) => {
            // Upstream looks whether both are there before it reads either.
            if let (Some(keys), Some(values)) = (json.member(at, "keys"), json.member(at, "values")) {
                nodes.extend([keys, values]);
            }
        }
        Some(Type::Struct) => {
            let fields = json.member(at, "fields").map_or_else(Vec::new, |fields| json.list(fields));
            let mut names = HashSet::new();
            for (_, field) in fields {
                let Some(name) = json.member(field, "field").and_then(|name| json.string(name)) else {
                    break;
                };
                nodes.push(field);
                // A struct ends with the first name that it cannot have.
                if name.is_empty() || !names.insert(name) {
                    break;
                }
            }
        }
        _ => {}
    }
}

fn build(json: &mut Reading<'_>, at: usize, known: &Known) -> Result<Option<Schema>, Exception> {
    if json.node(at) == Node::Null {
        return Ok(None);
    }
    let Some(name) = json.member(at, "type").and_then(|kind| json.string(kind)) else {
        return Err(Exception::data("Schema must contain 'type' field"));
    };
    let builder = match type_of_name(&name) {
        Some(Type::Array) => array(json, at, known)?,
        Some(Type::Map) => map(json, at, known)?,
        Some(Type::Struct) => structure(json, at, known)?,
        Some(kind) => SchemaBuilder::new(kind),
        None => return Err(Exception::data(format!("Unknown schema type: {name}"))),
    };
    finish(json, at, builder).map(Some)
}

fn part(known: &Known, at: Option<usize>) -> Option<Schema> {
    known.get(&at?).cloned().flatten()
}

fn array(json: &Reading<'_>, at: usize, known: &Known) -> Result<SchemaBuilder, Exception> {
    match part(known, json.member(at, "items")) {
        Some(items) => Ok(SchemaBuilder::array(items)),
        None => Err(Exception::data("Array schema did not specify the element type")),
    }
}

fn map(json: &Reading<'_>, at: usize, known: &Known) -> Result<SchemaBuilder, Exception> {
    let missing = |what: &str| Exception::data(format!("Map schema did not specify the {what} type"));
    let keys = json.member(at, "keys").ok_or_else(|| missing("key"))?;
    let values = json.member(at, "values").ok_or_else(|| missing("value"))?;
    let null = |what: &str| {
        Exception::new(kconnect_api::classes::SCHEMA_BUILDER, format!("{what}Schema cannot be null."))
    };
    let keys = part(known, Some(keys)).ok_or_else(|| null("key"))?;
    Ok(SchemaBuilder::map(keys, part(known, Some(values)).ok_or_else(|| null("value"))?))
}

fn structure(json: &Reading<'_>, at: usize, known: &Known) -> Result<SchemaBuilder, Exception> {
    let fields = json.member(at, "fields").filter(|fields| matches!(json.node(*fields), Node::Array { .. }));
    let Some(fields) = fields else {
        return Err(Exception::data("Struct schema's \"fields\" argument is not an array."));
    };
    let mut builder = SchemaBuilder::structure();
    for (_, field) in json.list(fields) {
        let Some(name) = json.member(field, "field").and_then(|name| json.string(name)) else {
            return Err(Exception::data("Struct schema's field name not specified properly"));
        };
        if let Some(schema) = part(known, Some(field)) {
            builder = builder.field(name.as_ref(), schema);
        }
        // Before anything is said of the next field.
        if let Some(error) = builder.error() {
            return Err(error.clone());
        }
    }
    Ok(builder)
}

#[inline(never)]
fn finish(json: &mut Reading<'_>, at: usize, mut builder: SchemaBuilder) -> Result<Schema, Exception> {
    let optional = json.member(at, "optional").is_some_and(|node| json.node(node) == Node::Bool(true));
    builder = if optional { builder.optional() } else { builder.required() };
    if let Some(name) = json.member(at, "name").and_then(|node| json.string(node)) {
        builder = builder.name(name.as_ref());
    }
    if let Some((number, true)) = json.member(at, "version").and_then(|node| json.number(node)) {
        builder = builder.version(to_i64(number, true) as i32);
    }
    if let Some(doc) = json.member(at, "doc").and_then(|node| json.string(node)) {
        builder = builder.doc(doc.as_ref());
    }
    if let Some(parameters) = json.member(at, "parameters")
        && let Node::Object { .. } = json.node(parameters)
    {
        for (key, value) in json.list(parameters) {
            let (Some(key), Some(value)) = (key.and_then(|key| json.string(key)), json.string(value)) else {
                return Err(Exception::data("Schema parameters must have string values."));
            };
            builder = builder.parameter(key.as_ref(), value.as_ref());
        }
    }
    if let Some(default) = json.member(at, "default") {
        let shape = builder.peek()?;
        let value = json.value(Some(&shape), Some(default))?;
        builder = builder.default_value(value);
    }
    builder.build()
}
