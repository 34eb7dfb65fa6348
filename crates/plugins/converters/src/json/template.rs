//! Records of one program are alike to the byte between their values: names, commas and spaces repeat.
//!
//! A [`Template`] is what stood between the values of an object that was read in the general way. The next text is
//! compared with it and only its values are parsed; what they become is decided by the same rules. Whatever is unusual
//! (another name, an escape, an exponent, a value of another kind, an error) ends the attempt, and the general way reads
//! the text from its beginning and says what is wrong with it.

use std::sync::Arc;

use kconnect_api::json::number::{to_f32, to_f64, to_i64};
use kconnect_api::json::{Doc, Tape, plain_prefix};
use kconnect_api::{MapLayout, Schema, Struct, Text, Type, Value};

use super::Rules;
use super::layouts::Layouts;
use super::read::{Reading, null};

/// The templates of the objects read last.
#[derive(Debug, Default)]
pub(super) struct Templates {
    known: Vec<Template>,
    /// The one that fitted last.
    last: usize,
    /// The one that goes for the next new one.
    oldest: usize,
    misses: usize,
}

#[derive(Debug)]
struct Template {
    shape: Shape,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Shape {
    Map(Arc<MapLayout>),
    Struct {
        schema: Schema,
        /// Fields that the object did not have.
        absent: Vec<usize>,
        /// Whether a field's value must be checked, because it is no plain scalar.
        check: bool,
    },
}

/// What stands in front of a value, and the field that it is for.
#[derive(Debug, PartialEq)]
struct Piece {
    before: Box<[u8]>,
    field: usize,
}

/// A value in the text.
#[derive(Clone, Copy)]
enum Token<'a> {
    Null,
    Bool(bool),
    Number(&'a str, bool),
    Text(usize, usize),
    /// An array or object.
    Nested,
}

/// What a value inside the object is read with when it is no scalar.
pub(super) struct Tools<'a> {
    pub(super) tape: &'a mut Tape,
    pub(super) layouts: &'a mut Layouts,
    pub(super) rules: Rules,
    /// Containers around the values of the object.
    pub(super) depth: usize,
    pub(super) has_read_nested: bool,
}

struct Cursor<'a> {
    text: &'a Text,
    bytes: &'a [u8],
    at: usize,
}

/// Templates remembered; each is tried.
const MOST: usize = 4;
const MOST_FIELDS: usize = 256;
/// Longer texts between values are not worth keeping, longer values not worth a special way.
const LONGEST: usize = 1024;
const LONGEST_TEXT: usize = 50_000;
const LONGEST_NUMBER: usize = 100;

impl Templates {
    /// The object at byte `at` by a known template, and the byte after it.
    pub(super) fn read(
        &mut self,
        text: &Text,
        at: usize,
        schema: Option<&Schema>,
        tools: &mut Tools<'_>,
    ) -> Option<(Value, usize)> {
        if let Some(found) = self.known.get(self.last)?.read(text, at, schema, tools) {
            return Some(found);
        }
        for (nth, template) in self.known.iter().enumerate().filter(|(nth, _)| *nth != self.last) {
            // What is nested is read for one template only; hostile texts would have it read for each.
            if tools.has_read_nested {
                return None;
            }
            if let Some(found) = template.read(text, at, schema, tools) {
                self.last = nth;
                return Some(found);
            }
        }
        None
    }

    #[cfg(test)]
    pub(super) fn misses(&self) -> usize {
        self.misses
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Remembers an object that no template fitted; not each of them where no two are alike.
    pub(super) fn learn(
        &mut self,
        doc: &Doc<'_>,
        (object, at): (usize, usize),
        schema: Option<&Schema>,
        layouts: &mut Layouts,
    ) {
        self.misses += 1;
        if self.misses > 2 * MOST && !self.misses.is_power_of_two() && !self.misses.is_multiple_of(1024) {
            return;
        }
        let Some(template) = Template::of(doc, object, at, schema, layouts) else { return };
        // A record with an unusual value looks like those that have a template.
        if let Some(known) =
            self.known.iter().position(|known| known.pieces == template.pieces && known.is_of(schema))
        {
            self.last = known;
            return;
        }
        let place = if self.known.len() < MOST { self.known.len() } else { self.oldest };
        self.oldest = (place + 1) % MOST;
        self.last = place;
        match self.known.get_mut(place) {
            Some(old) => *old = template,
            None => self.known.push(template),
        }
    }
}

impl Template {
    #[cold]
    fn of(
        doc: &Doc<'_>,
        object: usize,
        at: usize,
        schema: Option<&Schema>,
        layouts: &mut Layouts,
    ) -> Option<Self> {
        let bytes = doc.bytes();
        let (mut pieces, mut keys, mut children) = (Vec::new(), Vec::new(), doc.children(object));
        let mut length = 0;
        while let Some((Some(name), _)) = doc.next_child(&mut children) {
            let key = doc.shared_string(name)?;
            let (start, end) = doc.string_range(name)?;
            let from = match pieces.is_empty() {
                true => at,
                false => bytes.get(..start)?.iter().rposition(|&byte| byte == b',')?,
            };
            let colon = end + 1 + spaces(bytes.get(end + 1..)?);
            let value = colon + 1 + spaces(bytes.get(colon + 1..)?);
            let before: Box<[u8]> = bytes.get(from..value)?.into();
            length += before.len();
            if length > LONGEST || pieces.len() >= MOST_FIELDS || !doc.is_plainly(name, key.as_bytes()) {
                return None;
            }
            let field = match schema {
                None => pieces.len(),
                Some(schema) => schema.field(key.as_str())?.index(),
            };
            pieces.push(Piece { before, field });
            keys.push(key);
        }
        // Without a piece there is nothing that the opening bracket would be part of.
        pieces.first()?;
        let shape = match schema {
            None => Shape::Map(layouts.with_keys(&keys)?),
            Some(schema) => struct_shape(schema, &pieces)?,
        };
        Some(Self { shape, pieces })
    }

    fn is_of(&self, schema: Option<&Schema>) -> bool {
        match (&self.shape, schema) {
            (Shape::Map(_), None) => true,
            (Shape::Struct { schema: known, .. }, Some(schema)) => known.is_same(schema),
            _ => false,
        }
    }

    fn read(
        &self,
        text: &Text,
        at: usize,
        schema: Option<&Schema>,
        tools: &mut Tools<'_>,
    ) -> Option<(Value, usize)> {
        let mut cursor = Cursor { text, bytes: text.as_bytes(), at };
        let value = match (&self.shape, schema) {
            (Shape::Map(layout), None) => {
                let mut pieces = self.pieces.iter();
                let map = layout.try_map(|place| {
                    cursor.skip(&pieces.next()?.before)?;
                    cursor.untyped(place, tools)
                });
                Value::Map(Arc::new(map?))
            }
            (Shape::Struct { schema: known, absent, check }, Some(schema)) if known.is_same(schema) => {
                let fields = schema.fields();
                let mut values = Vec::new();
                values.resize_with(fields.len(), Value::default);
                for piece in &self.pieces {
                    cursor.skip(&piece.before)?;
                    cursor.typed(fields[piece.field].schema(), &mut values[piece.field], tools)?;
                }
                for &field in absent {
                    values[field] = null(tools.rules, fields[field].schema()).ok()?;
                }
                Value::Struct(Arc::new(match check {
                    false => Struct::assemble(schema.clone(), values),
                    true => checked(schema, values)?,
                }))
            }
            _ => return None,
        };
        cursor.at += spaces(cursor.bytes.get(cursor.at..)?);
        cursor.skip(b"}")?;
        Some((value, cursor.at))
    }
}

fn struct_shape(schema: &Schema, pieces: &[Piece]) -> Option<Shape> {
    let mut seen = vec![false; schema.fields().len()];
    for piece in pieces {
        // Of a name that comes twice the last value counts.
        if std::mem::replace(&mut seen[piece.field], true) {
            return None;
        }
    }
    let absent = seen.iter().enumerate().filter(|(_, seen)| !**seen).map(|(field, _)| field).collect();
    let check = schema.fields().iter().any(|field| !is_scalar(field.schema()));
    Some(Shape::Struct { schema: schema.clone(), absent, check })
}

fn is_scalar(schema: &Schema) -> bool {
    schema.logical().is_none()
        && !matches!(schema.kind(), Type::Array | Type::Map | Type::Struct | Type::Bytes)
}

fn checked(schema: &Schema, values: Vec<Value>) -> Option<Struct> {
    let mut result = Struct::new(schema.clone()).ok()?;
    for (field, value) in values.into_iter().enumerate() {
        result.put_at(field, value).ok()?;
    }
    Some(result)
}

fn spaces(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count()
}

impl<'a> Cursor<'a> {
    #[inline]
    fn skip(&mut self, expected: &[u8]) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        self.at += rest.starts_with(expected).then_some(expected.len())?;
        Some(())
    }

    /// The value here goes straight to its place: handed back in an `Option` it would be copied in pieces, for which the
    /// processor has to wait.
    #[inline]
    fn untyped(&mut self, place: &mut Value, tools: &mut Tools<'_>) -> Option<()> {
        match self.token()? {
            Token::Null => *place = Value::Null,
            Token::Bool(value) => *place = Value::Bool(value),
            Token::Number(text, true) => *place = Value::Int64(to_i64(text, true)),
            Token::Number(text, false) => *place = Value::Float64(to_f64(text)),
            Token::Text(start, end) => *place = Value::String(self.text.slice(start..end)),
            Token::Nested => *place = self.general(None, tools)?,
        }
        Some(())
    }

    #[inline]
    fn typed(&mut self, schema: &Schema, place: &mut Value, tools: &mut Tools<'_>) -> Option<()> {
        if !is_scalar(schema) {
            *place = self.general(Some(schema), tools)?;
            return Some(());
        }
        match (schema.kind(), self.token()?) {
            (_, Token::Null) => *place = null(tools.rules, schema).ok()?,
            (Type::Boolean, Token::Bool(value)) => *place = Value::Bool(value),
            (Type::Int8, Token::Number(text, whole)) => *place = Value::Int8(to_i64(text, whole) as i8),
            (Type::Int16, Token::Number(text, whole)) => *place = Value::Int16(to_i64(text, whole) as i16),
            (Type::Int32, Token::Number(text, whole)) => *place = Value::Int32(to_i64(text, whole) as i32),
            (Type::Int64, Token::Number(text, whole)) => *place = Value::Int64(to_i64(text, whole)),
            (Type::Float32, Token::Number(text, _)) => *place = Value::Float32(to_f32(text)),
            (Type::Float64, Token::Number(text, _)) => *place = Value::Float64(to_f64(text)),
            (Type::String, Token::Text(start, end)) => *place = Value::String(self.text.slice(start..end)),
            _ => return None,
        }
        Some(())
    }

    /// A value by way of the tape.
    #[inline(never)]
    fn general(&mut self, schema: Option<&Schema>, tools: &mut Tools<'_>) -> Option<Value> {
        tools.has_read_nested = true;
        let (root, end) = tools.tape.parse_inside(self.text, self.at, tools.depth).ok()?;
        let mut reading = Reading::new(self.text, tools.tape, tools.rules, tools.layouts);
        let value = reading.value(schema, Some(root)).ok()?;
        self.at = end;
        Some(value)
    }

    #[inline(always)]
    fn token(&mut self) -> Option<Token<'a>> {
        let start = self.at;
        let word = |text: &[u8]| self.bytes.get(start..start + text.len()) == Some(text);
        match *self.bytes.get(start)? {
            b'"' => {
                let end = start + 1 + plain_prefix(self.bytes.get(start + 1..)?);
                self.at = end + 1;
                let usual = self.bytes.get(end) == Some(&b'"') && end - start <= LONGEST_TEXT;
                usual.then_some(Token::Text(start + 1, end))
            }
            b'-' | b'0'..=b'9' => self.number(),
            b't' if word(b"true") => self.after(4, Token::Bool(true)),
            b'f' if word(b"false") => self.after(5, Token::Bool(false)),
            b'n' if word(b"null") => self.after(4, Token::Null),
            b'{' | b'[' => Some(Token::Nested),
            _ => None,
        }
    }

    #[inline(always)]
    fn after(&mut self, length: usize, token: Token<'a>) -> Option<Token<'a>> {
        self.at += length;
        Some(token)
    }

    /// Digits, perhaps with a sign and a point. What follows a number ends it: a comma or a bracket, else nothing fits.
    #[inline(always)]
    fn number(&mut self) -> Option<Token<'a>> {
        let rest = self.bytes.get(self.at..)?;
        let digits = |from: usize| rest.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
        let sign = usize::from(rest.first() == Some(&b'-'));
        let whole = digits(sign);
        let mut end = sign + whole;
        let mut fraction = None;
        if rest.get(end) == Some(&b'.') {
            fraction = Some(digits(end + 1));
            end += 1 + fraction.unwrap_or(0);
        }
        if whole == 0 || fraction == Some(0) || end > LONGEST_NUMBER {
            return None;
        }
        let text = std::str::from_utf8(rest.get(..end)?).ok()?;
        self.after(end, Token::Number(text, fraction.is_none()))
    }
}
