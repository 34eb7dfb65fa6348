//! JSON payloads as Connect values, by a Connect schema: what is of the wrong kind becomes 0, false or null, except
//! where a structure is asked for.
//!
//! The walk recurses once a level of nesting, at most 1000 times (the parser's limit); so the recursive functions are
//! kept small and everything else is moved out of them. Structs may have many fields and stand in two bytes, and one
//! alternative of a union may be as hard to tell from the next as all of its properties: both are counted for a record.

use std::cell::Cell;
use std::collections::HashSet;
use std::sync::Arc;

use kconnect_api::json::number::{to_decimal, to_exact_i32, to_f32, to_f64, to_i64};
use kconnect_api::json::{Doc, Node};
use kconnect_api::{Exception, Logical, MapValue, Schema, Struct, Type, Value, base64, classes, logical};

use super::{names, write};
use crate::bounds::Room;

/// One text being read.
pub(super) struct Reading<'a> {
    doc: Doc<'a>,
    /// For each field of the structs being read, its node plus one.
    slots: Vec<u32>,
    /// For fields of structs.
    room: Room,
    /// For properties looked at to find an alternative.
    looks: Cell<usize>,
}

/// Properties that may be looked at to find the alternatives of a record: about a second of them.
const LOOKS_MAX: usize = 32 << 20;

impl<'a> Reading<'a> {
    pub(super) fn new(doc: Doc<'a>) -> Self {
        Self { doc, slots: Vec::new(), room: Room::new(), looks: Cell::new(LOOKS_MAX) }
    }

    /// The value at a node.
    pub(super) fn value(&mut self, schema: &Schema, at: usize) -> Result<Value, Exception> {
        let mut value = Value::Null;
        self.fill(schema, Some(at), &mut value)?;
        Ok(value)
    }

    /// Puts the value at a node (`None`: a missing member, which upstream tells apart from null) into `slot`, which is
    /// null before. Values are made where they stay, since handing them back in a `Result` costs as much as reading.
    fn fill(&mut self, schema: &Schema, at: Option<usize>, slot: &mut Value) -> Result<(), Exception> {
        let at = match at {
            Some(at) if self.doc.node(at) != Node::Null => at,
            missing => return null(schema, missing.is_none(), slot),
        };
        if schema.name().is_some() && self.named(schema, at, slot)? {
            return Ok(());
        }
        match schema.kind() {
            Type::Array => self.array(schema, at, slot),
            Type::Map => self.map(schema, at, slot),
            Type::Struct if names::is_union(schema) => self.union(schema, at, slot),
            Type::Struct => self.structure(schema, at, slot),
            kind => self.scalar(kind, at, slot),
        }
    }

    #[inline(never)]
    fn scalar(&self, kind: Type, at: usize, slot: &mut Value) -> Result<(), Exception> {
        if let Node::NotFinite(value) = self.doc.node(at) {
            *slot = not_finite(kind, value)?;
            return Ok(());
        }
        let integer = || self.doc.number(at).map_or(0, |(text, integral)| to_i64(text, integral));
        let text = || self.doc.number(at).map_or("0", |(text, _)| text);
        match kind {
            Type::Int8 => *slot = Value::Int8(integer() as i8),
            Type::Int16 => *slot = Value::Int16(integer() as i16),
            Type::Int32 => *slot = Value::Int32(integer() as i32),
            Type::Int64 => *slot = Value::Int64(integer()),
            Type::Float32 => *slot = Value::Float32(to_f32(text())),
            Type::Float64 => *slot = Value::Float64(to_f64(text())),
            Type::Boolean => *slot = Value::Bool(self.doc.node(at) == Node::Bool(true)),
            Type::Bytes => match self.doc.string(at) {
                Some(text) => *slot = Value::bytes(decode(&text, "Invalid bytes field")?.into()),
                // Upstream takes whatever is no text for a decimal.
                None => *slot = Value::Decimal(Arc::new(to_decimal(text()))),
            },
            _ => {
                if let Some(text) = self.doc.shared_string(at) {
                    *slot = Value::String(text);
                }
            }
        }
        Ok(())
    }

    fn array(&mut self, schema: &Schema, at: usize, slot: &mut Value) -> Result<(), Exception> {
        let inner = part(schema.value_schema())?;
        let mut children = self.doc.children(at);
        let mut elements = Vec::new();
        while let Some((_, child)) = self.doc.next_child(&mut children) {
            elements.push(Value::Null);
            if let Some(slot) = elements.last_mut() {
                self.fill(inner, Some(child), slot)?;
            }
        }
        *slot = Value::Array(Arc::new(elements));
        Ok(())
    }

    fn map(&mut self, schema: &Schema, at: usize, slot: &mut Value) -> Result<(), Exception> {
        let (keys, values) = (part(schema.key_schema())?, part(schema.value_schema())?);
        self.check_map(keys.kind() == Type::String && !keys.is_optional(), at)?;
        let mut map = MapValue::hashed();
        let mut children = self.doc.children(at);
        while let Some((name, child)) = self.doc.next_child(&mut children) {
            let (mut key, mut value) = (Value::Null, Value::Null);
            match name {
                Some(name) => {
                    key = self.doc.shared_string(name).map_or(Value::Null, Value::String);
                    self.fill(values, Some(child), &mut value)?;
                }
                None => {
                    let (key_at, value_at) = self.pair(child)?;
                    self.fill(keys, key_at, &mut key)?;
                    self.fill(values, value_at, &mut value)?;
                }
            }
            map.insert(key, value);
        }
        *slot = Value::Map(Arc::new(map));
        Ok(())
    }

    #[inline(never)]
    fn check_map(&self, named: bool, at: usize) -> Result<(), Exception> {
        let expected = match (named, self.doc.node(at)) {
            (true, Node::Object { .. }) | (false, Node::Array { .. }) => return Ok(()),
            (true, _) => "Maps with string fields should be encoded as JSON objects, but found",
            (false, _) => "Maps with non-string fields should be encoded as JSON array of objects, but found",
        };
        Err(Exception::data(format!("{expected} {}", self.doc.kind(at))))
    }

    #[inline(never)]
    fn pair(&self, at: usize) -> Result<(Option<usize>, Option<usize>), Exception> {
        let Node::Object { .. } = self.doc.node(at) else {
            let kind = self.doc.kind(at);
            return Err(Exception::data(format!("Found invalid map entry instead of object: {kind}")));
        };
        let names: HashSet<_> =
            self.doc.list(at).into_iter().filter_map(|(key, _)| self.doc.string(key?)).collect();
        if names.len() != 2 {
            let message = format!("Found invalid map entry, expected length 2 but found :{}", names.len());
            return Err(Exception::data(message));
        }
        Ok((self.doc.member(at, "key"), self.doc.member(at, "value")))
    }

    fn structure(&mut self, schema: &Schema, at: usize, slot: &mut Value) -> Result<(), Exception> {
        let base = self.slots.len();
        self.assign(schema, at)?;
        let mut values = Vec::new();
        values.resize_with(schema.fields().len(), Value::default);
        for (field, value) in schema.fields().iter().zip(&mut values) {
            let member = self.slots[base + field.index()] as usize;
            self.fill(field.schema(), member.checked_sub(1), value)?;
            if !fits(field.schema(), value) {
                return misfit(schema, field.index(), std::mem::take(value));
            }
        }
        self.slots.truncate(base);
        *slot = Value::Struct(Arc::new(Struct::assemble(schema.clone(), values)));
        Ok(())
    }

    /// Finds the member of each field in one pass; members mostly come in the order of the fields.
    #[inline(never)]
    fn assign(&mut self, schema: &Schema, at: usize) -> Result<(), Exception> {
        let Node::Object { .. } = self.doc.node(at) else {
            let kind = self.doc.kind(at);
            return Err(Exception::data(format!(
                "Structs should be encoded as JSON objects, but found {kind}"
            )));
        };
        let fields = schema.fields();
        self.room.take(fields.len(), self.doc.bytes().len())?;
        let base = self.slots.len();
        self.slots.resize(base + fields.len(), 0);
        let mut guess = 0;
        let mut children = self.doc.children(at);
        while let Some((key, value)) = self.doc.next_child(&mut children) {
            let Some(name) = key.and_then(|key| self.doc.string(key)) else {
                continue;
            };
            let field = match fields.get(guess).filter(|field| field.name() == name) {
                Some(field) => Some(field),
                None => schema.field(&name),
            };
            if let Some(field) = field {
                self.slots[base + field.index()] = value as u32 + 1;
                guess = field.index() + 1;
            }
        }
        Ok(())
    }

    /// The first alternative of the value's simple kind, else the struct that shares most properties with it.
    fn union(&mut self, schema: &Schema, at: usize, slot: &mut Value) -> Result<(), Exception> {
        let chosen = self.alternative(schema, at)?;
        let Some(field) = schema.fields().get(chosen) else {
            return Err(Exception::data("Did not find matching oneof field for data"));
        };
        self.room.take(schema.fields().len(), self.doc.bytes().len())?;
        let value = self.value(field.schema(), at)?;
        let mut result = Struct::new(schema.clone())?;
        result.put_at(chosen, value)?;
        *slot = Value::Struct(Arc::new(result));
        Ok(())
    }

    #[inline(never)]
    fn alternative(&self, schema: &Schema, at: usize) -> Result<usize, Exception> {
        let mut best = (0, None);
        for field in schema.fields() {
            if self.is_simple(field.schema().kind(), at) {
                return Ok(field.index());
            }
            let matching = self.matching(field.schema(), at)?;
            if matching > best.0 {
                best = (matching, Some(field.index()));
            }
        }
        best.1.ok_or_else(|| Exception::data("Did not find matching oneof field for data"))
    }

    fn is_simple(&self, kind: Type, at: usize) -> bool {
        let node = self.doc.node(at);
        match kind {
            Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => {
                matches!(node, Node::Number { integral: true, .. })
            }
            Type::Float32 | Type::Float64 => matches!(node, Node::Number { .. } | Node::NotFinite(_)),
            Type::Boolean => matches!(node, Node::Bool(_)),
            Type::String => matches!(node, Node::String { .. }),
            // Bytes in JSON are text, which upstream does not look for here.
            Type::Bytes => matches!(node, Node::Number { integral: false, .. }),
            Type::Array => matches!(node, Node::Array { .. }),
            Type::Map => matches!(node, Node::Object { .. } | Node::Array { .. }),
            Type::Struct => false,
        }
    }

    /// How many properties of the object at `at`, and of objects inside it, are fields of `schema`.
    fn matching(&self, schema: &Schema, at: usize) -> Result<usize, Exception> {
        self.look(1)?;
        let (Type::Struct, Node::Object { .. }) = (schema.kind(), self.doc.node(at)) else {
            return Ok(0);
        };
        self.look(schema.fields().len())?;
        let mut last: Vec<Option<usize>> = vec![None; schema.fields().len()];
        let mut children = self.doc.children(at);
        while let Some((key, value)) = self.doc.next_child(&mut children) {
            self.look(1)?;
            let name = key.and_then(|key| self.doc.string(key));
            if let Some(field) = name.and_then(|name| schema.field(&name)) {
                last[field.index()] = Some(value);
            }
        }
        let mut count = 0;
        for (field, value) in schema.fields().iter().zip(last) {
            if let Some(value) = value {
                count += 1 + self.matching(field.schema(), value)?;
            }
        }
        Ok(count)
    }

    fn look(&self, properties: usize) -> Result<(), Exception> {
        let left = self.looks.get().checked_sub(properties).ok_or_else(|| {
            Exception::data(format!(
                "finding the alternatives of a record of {} bytes takes looking at more than {LOOKS_MAX} properties",
                self.doc.bytes().len()
            ))
        })?;
        self.looks.set(left);
        Ok(())
    }

    /// Puts what the schema's name stands for into `slot`; whether it stands for anything.
    #[inline(never)]
    fn named(&self, schema: &Schema, at: usize, slot: &mut Value) -> Result<bool, Exception> {
        let Some(logical) = schema.logical() else {
            return if names::is_variant(schema) { Err(write::variant()) } else { Ok(false) };
        };
        let wrong = |what: &str, expected: &str| {
            let kind = self.doc.kind(at);
            Exception::data(format!(
                "Invalid type for {what}, underlying representation should be {expected} but was {kind}"
            ))
        };
        let int = || self.doc.number(at).and_then(|(text, integral)| to_exact_i32(text, integral));
        *slot = match logical {
            Logical::Decimal => match (self.doc.node(at), self.doc.number(at), self.doc.string(at)) {
                (_, Some((text, _)), _) => Value::Decimal(Arc::new(to_decimal(text))),
                (_, _, Some(text)) => {
                    let message = "Invalid bytes for Decimal field";
                    let bytes = decode(&text, message)?;
                    let decimal = logical::decimal_from_bytes(schema, &bytes);
                    Value::Decimal(decimal.map_err(|cause| Exception::data(message).caused_by(cause))?)
                }
                (Node::NotFinite(value), ..) => not_finite(Type::Bytes, value)?,
                _ => return Err(wrong("Decimal", "numeric or bytes")),
            },
            Logical::Date => {
                let days = int().ok_or_else(|| wrong("Date", "integer"))?;
                Value::Date(logical::date_from_days(schema, days)?)
            }
            Logical::Time => {
                let millis = int().ok_or_else(|| wrong("Time", "integer"))?;
                Value::Date(logical::time_from_millis(schema, millis)?)
            }
            Logical::Timestamp => match self.doc.number(at) {
                Some((text, true)) => Value::Date(to_i64(text, true)),
                _ => return Err(wrong("Timestamp", "integral")),
            },
        };
        Ok(true)
    }
}

/// Whether a value that was read for a field is one of it, as upstream checks when it is put into a struct. Of simple
/// types nothing else is ever read; null is not put at all.
fn fits(schema: &Schema, value: &Value) -> bool {
    let is_simple = matches!(
        schema.kind(),
        Type::Int8
            | Type::Int16
            | Type::Int32
            | Type::Int64
            | Type::Float32
            | Type::Float64
            | Type::Boolean
            | Type::String
    );
    value.is_null() || (is_simple && schema.name().is_none()) || schema.validate(value).is_ok()
}

/// Upstream's words for a value that does not fit its field.
#[cold]
fn misfit(schema: &Schema, at: usize, value: Value) -> Result<(), Exception> {
    Struct::new(schema.clone())?.put_at(at, value).map(drop)
}

#[inline(never)]
fn null(schema: &Schema, missing: bool, slot: &mut Value) -> Result<(), Exception> {
    match schema.default_value() {
        Some(default) => {
            *slot = default.clone();
            Ok(())
        }
        None if missing || schema.is_optional() => Ok(()),
        None => Err(Exception::data(format!("Invalid null value for required {} field", schema.kind()))),
    }
}

/// `NaN` and infinities, cast as Java casts a double.
fn not_finite(kind: Type, value: f64) -> Result<Value, Exception> {
    Ok(match kind {
        Type::Int8 => Value::Int8(value as i32 as i8),
        Type::Int16 => Value::Int16(value as i32 as i16),
        Type::Int32 => Value::Int32(value as i32),
        Type::Int64 => Value::Int64(value as i64),
        Type::Float32 => Value::Float32(value as f32),
        Type::Float64 => Value::Float64(value),
        Type::Boolean => Value::Bool(false),
        Type::Bytes => {
            let message = "Character N is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark.";
            return Err(Exception::new(classes::NUMBER_FORMAT, message));
        }
        _ => Value::Null,
    })
}

fn decode(text: &str, message: &str) -> Result<Vec<u8>, Exception> {
    base64::decode(text).map_err(|detail| {
        let class = "com.fasterxml.jackson.databind.exc.InvalidFormatException";
        let detail =
            format!("Cannot access contents of TextNode as binary due to broken Base64 encoding: {detail}");
        Exception::data(message).caused_by(Exception::new(class, detail))
    })
}

fn part(schema: Option<&Schema>) -> Result<&Schema, Exception> {
    schema.ok_or_else(|| Exception::without_message(classes::NULL_POINTER))
}
