//! Values from a tape, by schema or without one, with the leniency of upstream: what is of the wrong kind becomes 0,
//! false or null rather than an error, except where a structure is asked for.
//!
//! The walk recurses once a level of nesting, at most 1000 times (the parser's limit); so the recursive functions are
//! kept small and everything else is moved out of them.

use std::ops::Deref;
use std::sync::Arc;

use kconnect_api::json::number::{to_decimal, to_exact_i32, to_f32, to_f64, to_i64};
use kconnect_api::json::{Doc, Node, Tape};
use kconnect_api::{Exception, Logical, MapValue, Schema, Struct, Text, Type, Value, base64, logical};

use super::Rules;
use super::layouts::Layouts;

/// One text with its tape.
pub(crate) struct Reading<'a> {
    pub(super) doc: Doc<'a>,
    rules: Rules,
    pub(super) layouts: &'a mut Layouts,
    /// For each field of the structs being read, its node plus one.
    slots: Vec<u32>,
}

impl<'a> Deref for Reading<'a> {
    type Target = Doc<'a>;
    fn deref(&self) -> &Doc<'a> {
        &self.doc
    }
}

impl<'a> Reading<'a> {
    pub(crate) fn new(text: &'a Text, tape: &'a Tape, rules: Rules, layouts: &'a mut Layouts) -> Self {
        Self { doc: Doc::new(text, tape), rules, layouts, slots: Vec::new() }
    }

    /// Nodes of `schema` and `payload`, when an object has exactly these members.
    pub(super) fn envelope(&self, root: usize) -> Option<(usize, usize)> {
        let Node::Object { .. } = self.node(root) else {
            return None;
        };
        let (mut schema, mut payload) = (None, None);
        let mut children = self.children(root);
        while let Some((key, value)) = self.next_child(&mut children) {
            match self.string(key?)?.as_ref() {
                "schema" => schema = Some(value),
                "payload" => payload = Some(value),
                _ => return None,
            }
        }
        Some((schema?, payload?))
    }

    /// The value at a node (`None`: a missing member).
    pub(super) fn value(&mut self, schema: Option<&Schema>, at: Option<usize>) -> Result<Value, Exception> {
        let Some(schema) = schema else {
            return Ok(at.map_or(Value::Null, |at| self.schemaless(at)));
        };
        let at = match at {
            Some(at) if self.node(at) != Node::Null => at,
            _ => return null(self.rules, schema),
        };
        if let Some(logical) = schema.logical() {
            return self.logical(schema, logical, at);
        }
        match schema.kind() {
            Type::Array => self.array(schema, at),
            Type::Map => self.map(schema, at),
            Type::Struct => self.structure(schema, at),
            kind => self.scalar(kind, at),
        }
    }

    #[inline(never)]
    fn scalar(&self, kind: Type, at: usize) -> Result<Value, Exception> {
        let integer = || self.number(at).map_or(0, |(text, integral)| to_i64(text, integral));
        let text = || self.number(at).map_or("0", |(text, _)| text);
        Ok(match kind {
            Type::Int8 => Value::Int8(integer() as i8),
            Type::Int16 => Value::Int16(integer() as i16),
            Type::Int32 => Value::Int32(integer() as i32),
            Type::Int64 => Value::Int64(integer()),
            Type::Float32 => Value::Float32(to_f32(text())),
            Type::Float64 => Value::Float64(to_f64(text())),
            Type::Boolean => Value::Bool(self.node(at) == Node::Bool(true)),
            Type::Bytes => match self.string(at) {
                Some(text) => Value::bytes(self.base64(&text, "Invalid bytes field")?.into()),
                None => Value::Null,
            },
            _ => self.text_or_null(at),
        })
    }

    fn base64(&self, text: &str, message: &str) -> Result<Vec<u8>, Exception> {
        base64::decode(text).map_err(|detail| {
            let class = "com.fasterxml.jackson.databind.exc.InvalidFormatException";
            let detail = format!(
                "Cannot access contents of TextNode as binary due to broken Base64 encoding: {detail}"
            );
            Exception::data(message).caused_by(Exception::new(class, detail))
        })
    }

    fn array(&mut self, schema: &Schema, at: usize) -> Result<Value, Exception> {
        let mut children = self.children(at);
        let mut elements = Vec::new();
        while let Some((_, child)) = self.next_child(&mut children) {
            elements.push(self.value(schema.value_schema(), Some(child))?);
        }
        Ok(Value::Array(Arc::new(elements)))
    }

    fn map(&mut self, schema: &Schema, at: usize) -> Result<Value, Exception> {
        let named = schema.key_schema().is_some_and(|key| key.kind() == Type::String);
        self.check_map(named, at)?;
        let mut map = MapValue::hashed();
        let mut children = self.children(at);
        while let Some((name, child)) = self.next_child(&mut children) {
            match name {
                Some(name) => {
                    let key = self.text_or_null(name);
                    let value = self.value(schema.value_schema(), Some(child))?;
                    map.insert(key, value);
                }
                None => {
                    let (key, value) = self.tuple(child)?;
                    let key = self.value(schema.key_schema(), Some(key))?;
                    let value = self.value(schema.value_schema(), Some(value))?;
                    map.insert(key, value);
                }
            }
        }
        Ok(Value::Map(Arc::new(map)))
    }

    #[inline(never)]
    fn check_map(&self, named: bool, at: usize) -> Result<(), Exception> {
        let expected = match (named, self.node(at)) {
            (true, Node::Object { .. }) | (false, Node::Array { .. }) => return Ok(()),
            (true, _) => "Maps with string fields should be encoded as JSON objects, but found",
            (false, _) => "Maps with non-string fields should be encoded as JSON array of tuples, but found",
        };
        Err(Exception::data(format!("{expected} {}", self.kind(at))))
    }

    #[inline(never)]
    fn tuple(&self, at: usize) -> Result<(usize, usize), Exception> {
        let Node::Array { .. } = self.node(at) else {
            let kind = self.kind(at);
            return Err(Exception::data(format!("Found invalid map entry instead of array tuple: {kind}")));
        };
        match self.list(at)[..] {
            [(_, key), (_, value)] => Ok((key, value)),
            ref other => {
                let message =
                    format!("Found invalid map entry, expected length 2 but found :{}", other.len());
                Err(Exception::data(message))
            }
        }
    }

    fn text_or_null(&self, at: usize) -> Value {
        self.shared_string(at).map_or(Value::Null, Value::String)
    }

    fn structure(&mut self, schema: &Schema, at: usize) -> Result<Value, Exception> {
        let base = self.slots.len();
        self.assign(schema, at)?;
        let mut result = Struct::new(schema.clone())?;
        for field in schema.fields() {
            let slot = self.slots[base + field.index()] as usize;
            let value = self.value(Some(field.schema()), slot.checked_sub(1))?;
            result.put_at(field.index(), value)?;
        }
        self.slots.truncate(base);
        Ok(Value::Struct(Arc::new(result)))
    }

    /// Finds the member of each field in one pass; members mostly come in the order of the fields.
    #[inline(never)]
    fn assign(&mut self, schema: &Schema, at: usize) -> Result<(), Exception> {
        let Node::Object { .. } = self.node(at) else {
            let kind = self.kind(at);
            return Err(Exception::data(format!(
                "Structs should be encoded as JSON objects, but found {kind}"
            )));
        };
        let fields = schema.fields();
        let base = self.slots.len();
        self.slots.resize(base + fields.len(), 0);
        let mut guess = 0;
        let mut children = self.children(at);
        while let Some((key, value)) = self.next_child(&mut children) {
            let Some(key) = key else { continue };
            let field = match fields.get(guess) {
                Some(field) if self.is_plainly(key, field.name().as_bytes()) => Some(field),
                _ => self.string(key).and_then(|name| schema.field(&name)),
            };
            if let Some(field) = field {
                self.slots[base + field.index()] = value as u32 + 1;
                guess = field.index() + 1;
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn logical(&self, schema: &Schema, logical: Logical, at: usize) -> Result<Value, Exception> {
        let wrong = |what: &str, expected: &str| {
            let kind = self.kind(at);
            Exception::data(format!(
                "Invalid type for {what}, underlying representation should be {expected} but was {kind}"
            ))
        };
        let int = || self.number(at).and_then(|(text, integral)| to_exact_i32(text, integral));
        match logical {
            Logical::Decimal => match (self.number(at), self.string(at)) {
                (Some((text, _)), _) => Ok(Value::Decimal(Arc::new(to_decimal(text)))),
                (None, Some(text)) => {
                    let message = "Invalid bytes for Decimal field";
                    let bytes = self.base64(&text, message)?;
                    let decimal = logical::decimal_from_bytes(schema, &bytes);
                    Ok(Value::Decimal(decimal.map_err(|cause| Exception::data(message).caused_by(cause))?))
                }
                _ => Err(wrong("Decimal", "numeric or bytes")),
            },
            Logical::Date => {
                let days = int().ok_or_else(|| wrong("Date", "integer"))?;
                Ok(Value::Date(logical::date_from_days(schema, days)?))
            }
            Logical::Time => {
                let millis = int().ok_or_else(|| wrong("Time", "integer"))?;
                Ok(Value::Date(logical::time_from_millis(schema, millis)?))
            }
            Logical::Timestamp => match self.number(at) {
                Some((text, true)) => Ok(Value::Date(to_i64(text, true))),
                _ => Err(wrong("Timestamp", "integral")),
            },
        }
    }

    /// A value without schema: integers are INT64, objects are maps in the order of a Java `HashMap`.
    fn schemaless(&mut self, at: usize) -> Value {
        match self.node(at) {
            Node::Array { .. } => {
                let mut children = self.children(at);
                let mut elements = Vec::new();
                while let Some((_, child)) = self.next_child(&mut children) {
                    elements.push(self.schemaless(child));
                }
                Value::Array(Arc::new(elements))
            }
            Node::Object { .. } => {
                let mut children = self.children(at);
                let map = match self.layouts.of(&self.doc, at) {
                    Some(layout) => layout.map(|| match self.doc.next_child(&mut children) {
                        Some((_, child)) => self.schemaless(child),
                        None => Value::Null,
                    }),
                    None => {
                        let mut map = MapValue::hashed();
                        while let Some((Some(name), child)) = self.next_child(&mut children) {
                            map.insert(self.text_or_null(name), self.schemaless(child));
                        }
                        map
                    }
                };
                Value::Map(Arc::new(map))
            }
            _ => self.schemaless_scalar(at),
        }
    }

    #[inline(never)]
    fn schemaless_scalar(&self, at: usize) -> Value {
        match self.node(at) {
            Node::Bool(value) => Value::Bool(value),
            Node::Number { .. } => match self.number(at) {
                Some((text, true)) => Value::Int64(to_i64(text, true)),
                Some((text, false)) => Value::Float64(to_f64(text)),
                None => Value::Null,
            },
            _ => self.text_or_null(at),
        }
    }
}

/// What null is by a schema.
#[inline(never)]
pub(super) fn null(rules: Rules, schema: &Schema) -> Result<Value, Exception> {
    match schema.default_value() {
        Some(default) if rules.replace_null_with_default => Ok(default.clone()),
        _ if schema.is_optional() => Ok(Value::Null),
        _ => Err(Exception::data(format!("Invalid null value for required {} field", schema.kind()))),
    }
}
