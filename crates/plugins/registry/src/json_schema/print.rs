//! Connect schemas as JSON schema texts, in the order in which upstream's text comes out: properties as a Java
//! `HashMap` of their names walks over them, what upstream adds to a schema in the same way.
//!
//! A part of a schema that others refer to (parameter [`names::ID`]) is written out where it comes first in the order
//! of fields, and as a reference everywhere else.

use std::collections::HashSet;

use kconnect_api::json::{Doc, Node, Tape, number, write_string_plain as text};
use kconnect_api::{
    Exception, Logical, MapValue, Schema, Text, Type, Value, classes, hash_order, write_decimal, write_int,
};

use super::names;
use super::settings::Rules;
use super::write;
use crate::format::Written;

/// Jackson, which reads the text once more in upstream, reads no deeper.
const DEPTH_MAX: usize = 1000;

/// The text of `schema`.
pub(super) fn schema(rules: Rules, schema: &Schema) -> Result<String, Exception> {
    let mut printer = Printer { rules, ids: HashSet::new(), out: Vec::new() };
    printer.node(schema, schema.is_optional(), None, 1)?;
    Ok(String::from_utf8_lossy(&printer.out).into_owned())
}

/// Whether the text of `schema` begins with its title.
pub(super) fn has_title(schema: &Schema) -> bool {
    !schema.is_optional() && (schema.kind() != Type::Struct || !names::is_union(schema))
}

struct Printer {
    rules: Rules,
    ids: HashSet<String>,
    out: Vec<u8>,
}

impl Printer {
    fn raw(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// A member name with a string.
    fn labelled(&mut self, label: &str, value: &str) {
        self.raw(label);
        text(value, &mut self.out);
    }

    /// `optional` stands for the schema's own flag, `index` is the position among the fields of a struct.
    fn node(
        &mut self,
        schema: &Schema,
        optional: bool,
        index: Option<usize>,
        depth: usize,
    ) -> Result<(), Exception> {
        if depth > DEPTH_MAX {
            return Err(too_deep(depth));
        }
        let id = schema.parameter(names::ID);
        if let Some(id) = id {
            self.ids.insert(id.to_owned());
        }
        let structure = schema.kind() == Type::Struct && !names::is_variant(schema);
        if structure && names::is_union(schema) {
            return self.union(schema, optional, id, index, depth);
        }
        if !optional {
            return self.plain(schema, id, index, depth);
        }
        self.open_combined(id, index);
        self.raw("{\"type\":\"null\"},");
        if structure {
            self.node(schema, false, None, depth + 2)?;
        } else {
            self.plain(schema, None, None, depth + 2)?;
        }
        self.raw("]}");
        Ok(())
    }

    fn open_combined(&mut self, id: Option<&str>, index: Option<usize>) {
        self.raw("{");
        if let Some(id) = id {
            self.labelled("\"id\":", id);
            self.raw(",");
        }
        if let Some(index) = index {
            self.raw("\"connect.index\":");
            write_int(index as i64, &mut self.out);
            self.raw(",");
        }
        self.raw("\"oneOf\":[");
    }

    fn union(
        &mut self,
        schema: &Schema,
        optional: bool,
        id: Option<&str>,
        index: Option<usize>,
        depth: usize,
    ) -> Result<(), Exception> {
        self.open_combined(id, index);
        if optional {
            self.raw("{\"type\":\"null\"}");
        }
        for (at, field) in schema.fields().iter().enumerate() {
            if at > 0 || optional {
                self.raw(",");
            }
            self.node(field.schema(), false, Some(field.index()), depth + 2)?;
        }
        self.raw("]}");
        Ok(())
    }

    /// The schema itself, whether null is allowed or not.
    fn plain(
        &mut self,
        schema: &Schema,
        id: Option<&str>,
        index: Option<usize>,
        depth: usize,
    ) -> Result<(), Exception> {
        let start = self.out.len();
        let connect_type = self.kind(schema);
        self.attributes(schema, id, index, connect_type)?;
        match schema.kind() {
            // The one type that upstream's library names last.
            Type::Boolean => self.raw(",\"type\":\"boolean\""),
            Type::Array => {
                self.raw(",\"items\":");
                self.referable(part(schema.value_schema())?, None, depth + 1)?;
            }
            Type::Map => self.map(schema, depth)?,
            Type::Struct if !names::is_variant(schema) => self.properties(schema, depth)?,
            _ => {}
        }
        // Every member was begun with a comma, the first one needs none.
        if self.out.get(start) == Some(&b',') {
            self.out[start] = b'{';
        } else {
            self.raw("{");
        }
        self.raw("}");
        Ok(())
    }

    /// The keywords that say what kind of values there are; what `connect.type` is to say.
    fn kind(&mut self, schema: &Schema) -> Option<&'static str> {
        let (keyword, connect_type) = match schema.kind() {
            Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => ("integer", Some(schema.kind().name())),
            Type::Float32 | Type::Float64 => ("number", Some(schema.kind().name())),
            Type::Boolean => return None,
            Type::String if names::is_enum(schema) => {
                self.symbols(schema);
                return None;
            }
            Type::String => ("string", None),
            Type::Bytes if schema.logical() == Some(Logical::Decimal) && self.rules.decimal_as_number => {
                ("number", Some("bytes"))
            }
            Type::Bytes => ("string", Some("bytes")),
            Type::Array => ("array", None),
            Type::Map if has_text_keys(schema) => ("object", Some("map")),
            Type::Map => ("array", Some("map")),
            Type::Struct if names::is_variant(schema) => return None,
            Type::Struct => ("object", None),
        };
        self.raw(",\"type\":\"");
        self.raw(keyword);
        self.raw("\"");
        if schema.kind() == Type::Struct && !self.rules.additional_properties {
            self.raw(",\"additionalProperties\":false");
        }
        connect_type
    }

    fn symbols(&mut self, schema: &Schema) {
        let prefix = format!("{}.", names::enum_parameter(self.rules.generalized_sum_types));
        let parameters = schema.parameters().unwrap_or_default();
        let symbols: Vec<&str> =
            parameters.iter().filter_map(|(key, _)| key.strip_prefix(&*prefix)).collect();
        // In Java null hashes like the empty text.
        let order =
            hash_order(symbols.iter().map(|symbol| if *symbol == names::NULL_MARKER { "" } else { symbol }));
        self.raw(",\"enum\":[");
        for (place, at) in order.into_iter().enumerate() {
            if place > 0 {
                self.raw(",");
            }
            match symbols.get(at) {
                Some(&names::NULL_MARKER) | None => self.raw("null"),
                Some(symbol) => text(symbol, &mut self.out),
            }
        }
        self.raw("]");
    }

    fn attributes(
        &mut self,
        schema: &Schema,
        id: Option<&str>,
        index: Option<usize>,
        connect_type: Option<&str>,
    ) -> Result<(), Exception> {
        if let Some(name) = schema.name() {
            self.labelled(",\"title\":", name);
        }
        if let Some(doc) = schema.doc() {
            self.labelled(",\"description\":", doc);
        }
        if let Some(default) = schema.default_value() {
            self.raw(",\"default\":");
            self.default_value(schema, default)?;
        }
        if let Some(id) = id {
            self.labelled(",\"id\":", id);
        }
        // In the order of these four names in a HashMap that is copied from another one.
        if let Some(index) = index {
            self.raw(",\"connect.index\":");
            write_int(index as i64, &mut self.out);
        }
        if let Some(version) = schema.version() {
            self.raw(",\"connect.version\":");
            write_int(i64::from(version), &mut self.out);
        }
        if let Some(connect_type) = connect_type {
            self.labelled(",\"connect.type\":", connect_type);
        }
        self.parameters(schema);
        Ok(())
    }

    /// Upstream collects them in one HashMap and copies that into another one of just their number.
    fn parameters(&mut self, schema: &Schema) {
        let parameters = schema.parameters().unwrap_or_default();
        let kept: Vec<_> = parameters.iter().filter(|(key, _)| !key.starts_with(names::NAMESPACE)).collect();
        let mut copy = MapValue::hashed_with_capacity(u32::try_from(kept.len()).unwrap_or(u32::MAX));
        for (key, value) in
            hash_order(kept.iter().map(|(key, _)| &**key)).into_iter().filter_map(|at| kept.get(at))
        {
            copy.insert(Value::from(&**key), Value::from(&**value));
        }
        for (place, (key, value)) in copy.iter().enumerate() {
            let (Some(key), Some(value)) = (key.as_text(), value.as_text()) else {
                continue;
            };
            self.raw(if place == 0 { ",\"connect.parameters\":{" } else { "," });
            text(key.as_str(), &mut self.out);
            self.labelled(":", value.as_str());
        }
        if !kept.is_empty() {
            self.raw("}");
        }
    }

    fn map(&mut self, schema: &Schema, depth: usize) -> Result<(), Exception> {
        let (key, value) = (part(schema.key_schema())?, part(schema.value_schema())?);
        if has_text_keys(schema) {
            self.raw(",\"additionalProperties\":");
            return self.node(value, value.is_optional(), None, depth + 1);
        }
        // Identifiers are met in the key first, but the value is printed first.
        let start = self.out.len();
        self.node(key, key.is_optional(), Some(0), depth + 3)?;
        let key = self.out.split_off(start);
        self.raw(",\"items\":{\"type\":\"object\",\"properties\":{\"value\":");
        self.node(value, value.is_optional(), Some(1), depth + 3)?;
        self.raw(",\"key\":");
        self.out.extend_from_slice(&key);
        self.raw("}}");
        Ok(())
    }

    fn properties(&mut self, schema: &Schema, depth: usize) -> Result<(), Exception> {
        let start = self.out.len();
        let mut printed = Vec::with_capacity(schema.fields().len());
        for field in schema.fields() {
            self.referable(field.schema(), Some(field.index()), depth + 2)?;
            printed.push(self.out.len());
        }
        let bodies = self.out.split_off(start);
        let order = hash_order(schema.fields().iter().map(kconnect_api::Field::name));
        for (place, at) in order.into_iter().enumerate() {
            let (Some(field), Some(end)) = (schema.fields().get(at), printed.get(at)) else {
                continue;
            };
            let from = at.checked_sub(1).and_then(|before| printed.get(before)).unwrap_or(&start);
            self.raw(if place == 0 { ",\"properties\":{" } else { "," });
            text(field.name(), &mut self.out);
            self.raw(":");
            self.out.extend_from_slice(bodies.get(from - start..end - start).unwrap_or_default());
        }
        if !printed.is_empty() {
            self.raw("}");
        }
        Ok(())
    }

    /// A schema that may have been written out before.
    fn referable(&mut self, schema: &Schema, index: Option<usize>, depth: usize) -> Result<(), Exception> {
        match schema.parameter(names::ID) {
            Some(id) if self.ids.contains(id) => {
                self.labelled("{\"$ref\":", id);
                self.raw("}");
                Ok(())
            }
            _ => self.node(schema, schema.is_optional(), index, depth),
        }
    }

    /// A default goes through two JSON libraries in upstream: numbers lose trailing zeros, objects the order of their
    /// members.
    fn default_value(&mut self, schema: &Schema, default: &Value) -> Result<(), Exception> {
        if is_not_finite(default) {
            return Err(Exception::new("org.json.JSONException", "JSON does not allow non-finite numbers."));
        }
        let mut payload = Vec::new();
        if write::value(self.rules, Some(schema), default, 0, &mut payload)? == Written::Null {
            return Err(Exception::without_message(classes::NULL_POINTER));
        }
        let payload = Text::from(String::from_utf8_lossy(&payload).into_owned());
        let mut tape = Tape::default();
        tape.parse(&payload, 0)?;
        literal(&Doc::new(&payload, &tape), 0, &mut self.out);
        Ok(())
    }
}

fn has_text_keys(map: &Schema) -> bool {
    map.key_schema().is_some_and(|key| key.kind() == Type::String && !key.is_optional())
}

fn part(schema: Option<&Schema>) -> Result<&Schema, Exception> {
    schema.ok_or_else(|| Exception::without_message(classes::NULL_POINTER))
}

fn is_not_finite(value: &Value) -> bool {
    match value {
        Value::Float32(value) => !value.is_finite(),
        Value::Float64(value) => !value.is_finite(),
        Value::Array(elements) => elements.iter().any(is_not_finite),
        Value::Map(map) => map.iter().any(|(key, value)| is_not_finite(key) || is_not_finite(value)),
        Value::Struct(inner) => inner.values().iter().any(is_not_finite),
        _ => false,
    }
}

fn literal(doc: &Doc<'_>, at: usize, out: &mut Vec<u8>) {
    match doc.node(at) {
        Node::Array { .. } => {
            out.push(b'[');
            for (place, (_, element)) in doc.list(at).into_iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                literal(doc, element, out);
            }
            out.push(b']');
        }
        Node::Object { .. } => {
            let members: Vec<_> = doc
                .list(at)
                .into_iter()
                .filter_map(|(key, value)| Some((doc.string(key?)?, value)))
                .collect();
            out.push(b'{');
            let order = hash_order(members.iter().map(|(key, _)| &**key));
            for (place, (key, value)) in order.into_iter().filter_map(|at| members.get(at)).enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                text(key, out);
                out.push(b':');
                literal(doc, *value, out);
            }
            out.push(b'}');
        }
        Node::String { .. } => text(&doc.string(at).unwrap_or_default(), out),
        Node::Number { .. } => numeral(doc.number(at).map_or("0", |(text, _)| text), out),
        _ => out.extend_from_slice(doc.raw(at)),
    }
}

fn numeral(text: &str, out: &mut Vec<u8>) {
    let mut text = text;
    if text.contains('.') && !text.contains(['e', 'E']) {
        text = text.trim_end_matches('0').trim_end_matches('.');
    }
    match text {
        "-0" => out.push(b'0'),
        whole if !whole.contains(['.', 'e', 'E']) => out.extend_from_slice(whole.as_bytes()),
        fraction => write_decimal(&number::to_decimal(fraction), out),
    }
}

fn too_deep(depth: usize) -> Exception {
    let cause = Exception::new(
        "com.fasterxml.jackson.core.exc.StreamConstraintsException",
        format!(
            "Document nesting depth ({depth}) exceeds the maximum allowed ({DEPTH_MAX}, from \
             `StreamReadConstraints.getMaxNestingDepth()`)"
        ),
    );
    Exception::new(classes::ILLEGAL_ARGUMENT, "Invalid JSON schema").caused_by(cause)
}
