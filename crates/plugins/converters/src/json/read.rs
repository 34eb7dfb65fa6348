//! Values from a tape, by schema or without one, with the leniency of upstream: what is of the wrong kind becomes 0,
//! false or null rather than an error, except where a structure is asked for.
//!
//! The walk recurses once a level of nesting, at most 1000 times (the parser's limit); so the recursive functions are
//! kept small and everything else is moved out of them.

use std::borrow::Cow;
use std::sync::Arc;

use kconnect_api::{Exception, Logical, MapValue, Schema, Struct, Text, Type, Value, logical};

use super::Rules;
use super::number::{to_decimal, to_exact_i32, to_f32, to_f64, to_i64};
use super::parse::{Node, Tape};
use kconnect_api::base64;

/// One text with its tape.
pub(crate) struct Reading<'a> {
    text: &'a Text,
    chars: &'a str,
    nodes: &'a [Node],
    rules: Rules,
    /// For each field of the structs being read, its node plus one.
    slots: Vec<u32>,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(text: &'a Text, tape: &'a Tape, rules: Rules) -> Self {
        Self { text, chars: text.as_str(), nodes: &tape.nodes, rules, slots: Vec::new() }
    }

    pub(super) fn node(&self, at: usize) -> Node {
        self.nodes.get(at).copied().unwrap_or(Node::Missing)
    }

    fn after(&self, at: usize) -> usize {
        match self.node(at) {
            Node::Array { after, .. } | Node::Object { after, .. } => after as usize,
            _ => at + 1,
        }
    }

    /// Elements of an array, or the values of an object; other nodes have none.
    pub(super) fn children(&self, at: usize) -> Children {
        match self.node(at) {
            Node::Array { after, .. } => Children { next: at + 1, end: after as usize, keys: false },
            Node::Object { after, .. } => Children { next: at + 1, end: after as usize, keys: true },
            _ => Children { next: 0, end: 0, keys: false },
        }
    }

    fn next_child(&self, children: &mut Children) -> Option<(Option<usize>, usize)> {
        if children.next >= children.end {
            return None;
        }
        let key = children.keys.then_some(children.next);
        let value = if children.keys { children.next + 1 } else { children.next };
        children.next = self.after(value);
        Some((key, value))
    }

    /// All children: (key, value).
    pub(super) fn list(&self, at: usize) -> Vec<(Option<usize>, usize)> {
        let mut children = self.children(at);
        std::iter::from_fn(|| self.next_child(&mut children)).collect()
    }

    /// The text of a string node.
    pub(super) fn string(&self, at: usize) -> Option<Cow<'a, str>> {
        match self.node(at) {
            Node::String { start, end, escaped } => {
                let raw = &self.chars[start as usize..end as usize];
                Some(if escaped { Cow::Owned(unescape(raw)) } else { Cow::Borrowed(raw) })
            }
            _ => None,
        }
    }

    fn shared_string(&self, start: u32, end: u32, escaped: bool) -> Text {
        let range = start as usize..end as usize;
        if escaped { Text::from(unescape(&self.chars[range])) } else { self.text.slice(range) }
    }

    /// The member `name` of an object, the last one when there are several.
    pub(super) fn member(&self, object: usize, name: &str) -> Option<usize> {
        let mut found = None;
        if let Node::Object { .. } = self.node(object) {
            let mut children = self.children(object);
            while let Some((key, value)) = self.next_child(&mut children) {
                if key.and_then(|key| self.string(key)).as_deref() == Some(name) {
                    found = Some(value);
                }
            }
        }
        found
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

    /// The bytes that a node was read from.
    pub(super) fn raw(&self, at: usize) -> &'a [u8] {
        let range = match self.node(at) {
            Node::Array { start, end, .. }
            | Node::Object { start, end, .. }
            | Node::Number { start, end, .. } => start as usize..end as usize,
            Node::String { start, end, .. } => start as usize - 1..end as usize + 1,
            Node::Null => return b"null",
            Node::Bool(true) => return b"true",
            Node::Bool(false) => return b"false",
            Node::Missing => return b"",
        };
        &self.chars.as_bytes()[range]
    }

    /// Jackson's name of the node's kind.
    fn kind(&self, at: usize) -> &'static str {
        match self.node(at) {
            Node::Missing => "MISSING",
            Node::Null => "NULL",
            Node::Bool(_) => "BOOLEAN",
            Node::Number { .. } => "NUMBER",
            Node::String { .. } => "STRING",
            Node::Array { .. } => "ARRAY",
            Node::Object { .. } => "OBJECT",
        }
    }

    pub(super) fn number(&self, at: usize) -> Option<(&'a str, bool)> {
        match self.node(at) {
            Node::Number { start, end, integral } => {
                Some((&self.chars[start as usize..end as usize], integral))
            }
            _ => None,
        }
    }

    /// The value at a node (`None`: a missing member).
    pub(super) fn value(&mut self, schema: Option<&Schema>, at: Option<usize>) -> Result<Value, Exception> {
        let Some(schema) = schema else {
            return Ok(at.map_or(Value::Null, |at| self.schemaless(at)));
        };
        let at = match at {
            Some(at) if self.node(at) != Node::Null => at,
            _ => return self.null(schema),
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
    fn null(&self, schema: &Schema) -> Result<Value, Exception> {
        match schema.default_value() {
            Some(default) if self.rules.replace_null_with_default => Ok(default.clone()),
            _ if schema.is_optional() => Ok(Value::Null),
            _ => Err(Exception::data(format!("Invalid null value for required {} field", schema.kind()))),
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
                Some(text) => Value::Bytes(self.base64(&text, "Invalid bytes field")?.into()),
                None => Value::Null,
            },
            _ => match self.node(at) {
                Node::String { start, end, escaped } => {
                    Value::String(self.shared_string(start, end, escaped))
                }
                _ => Value::Null,
            },
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
                    let key = self.key(name);
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

    fn key(&self, at: usize) -> Value {
        match self.node(at) {
            Node::String { start, end, escaped } => Value::String(self.shared_string(start, end, escaped)),
            _ => Value::Null,
        }
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
            let Some(name) = key.and_then(|key| self.string(key)) else {
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
            Logical::Decimal => match self.node(at) {
                Node::Number { start, end, .. } => {
                    let text = &self.chars[start as usize..end as usize];
                    Ok(Value::Decimal(Arc::new(to_decimal(text))))
                }
                Node::String { .. } => {
                    let message = "Invalid bytes for Decimal field";
                    let bytes = self.base64(&self.string(at).unwrap_or_default(), message)?;
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
    fn schemaless(&self, at: usize) -> Value {
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
                let mut map = MapValue::hashed();
                while let Some((Some(name), child)) = self.next_child(&mut children) {
                    map.insert(self.key(name), self.schemaless(child));
                }
                Value::Map(Arc::new(map))
            }
            _ => self.schemaless_scalar(at),
        }
    }

    #[inline(never)]
    fn schemaless_scalar(&self, at: usize) -> Value {
        match self.node(at) {
            Node::Bool(value) => Value::Bool(value),
            Node::String { start, end, escaped } => Value::String(self.shared_string(start, end, escaped)),
            Node::Number { start, end, integral } => {
                let text = &self.chars[start as usize..end as usize];
                if integral { Value::Int64(to_i64(text, true)) } else { Value::Float64(to_f64(text)) }
            }
            _ => Value::Null,
        }
    }
}

/// A walk over a container.
pub(super) struct Children {
    next: usize,
    end: usize,
    keys: bool,
}

/// The text of `raw`, whose escapes the parser has checked. A surrogate without partner, which Rust's texts cannot
/// hold, becomes `?`: the byte that Java writes for it.
fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = rest.as_bytes().get(at + 1).copied().unwrap_or(b'\\');
        rest = &rest[at + 2..];
        match escape {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{C}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let unit = hex(&rest[..4]);
                rest = &rest[4..];
                let low = rest.strip_prefix("\\u").map(|low| hex(&low[..4]));
                let pair = low.and_then(|low| char::decode_utf16([unit, low]).next()).and_then(Result::ok);
                match (char::from_u32(u32::from(unit)), pair) {
                    (Some(c), _) => out.push(c),
                    (None, Some(c)) => {
                        out.push(c);
                        rest = &rest[6..];
                    }
                    (None, None) => out.push('?'),
                }
            }
            other => out.push(other as char),
        }
    }
    out.push_str(rest);
    out
}

fn hex(digits: &str) -> u16 {
    u16::from_str_radix(digits, 16).unwrap_or(0)
}
