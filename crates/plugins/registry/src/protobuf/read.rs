//! Reading payloads along a [`Shape`].
//!
//! One pass over the bytes: a field that is known goes into its place of a struct that begins as a copy of the
//! template, all others are stepped over. A single message may come in several parts, which protobuf merges; since
//! parsing the parts one after the other gives the same, they are kept as bytes and read once at the end. Texts and
//! bytes are slices of the payload.
//!
//! Memory is bounded: an element of a list, an entry of a map and a part of a message cost at least two bytes of
//! payload each, parts are copied at most once, and the fields of all structs of a record are counted, since a wide
//! message may come in few bytes very often.

use std::ops::Range;
use std::sync::Arc;

use kconnect_api::{Buf, Exception, MapValue, Schema, Struct, Text, Type, Value};

use super::defaults;
use super::logical;
use super::scalar::{Scalar, WireType};
use super::shape::{Entry, Many, Place, ReadField, Root, Shape, Template, What};
use super::wire::{Cursor, DEPTH_MAX, Malformed, unzigzag32, unzigzag64};
use crate::bounds::Room;
use crate::format::Fault;

/// The schema and value of a whole record.
pub(super) fn read(root: &Root, payload: &Buf) -> Result<(Schema, Value), Fault> {
    let room = Room::new();
    let reading = Reading { payload, room: &room };
    let whole = 0..payload.len();
    match root {
        Root::Struct { schema, shape, template } => {
            let mut missing = Vec::new();
            let value = reading.message(shape, template, whole, 1, &mut missing)?;
            if !missing.is_empty() {
                return Err(Malformed::Missing(missing).into());
            }
            Ok((schema.clone(), Value::Struct(Arc::new(value))))
        }
        Root::Wrapped { schema, what: What::Wrapper { scalar, target, is_checked }, default } => {
            let value = reading.wrapped(whole, (*scalar, *target, *is_checked), 1)?;
            Ok((schema.clone(), value.unwrap_or_else(|| default.clone())))
        }
        Root::Wrapped { schema, default, .. } => Ok((schema.clone(), default.clone())),
    }
}

impl From<Malformed> for Fault {
    fn from(error: Malformed) -> Self {
        Self::Payload(error.into())
    }
}

/// What the mapping of a value says reaches the user as it is.
impl From<Exception> for Fault {
    fn from(error: Exception) -> Self {
        Self::Mapping(error)
    }
}

impl From<logical::Fault> for Fault {
    fn from(fault: logical::Fault) -> Self {
        match fault {
            logical::Fault::Bytes(error) => error.into(),
            logical::Fault::Value(error) => Self::Mapping(error),
        }
    }
}

/// Where the bytes of a single message are.
enum Chunk {
    /// In the payload.
    Inside(Range<usize>),
    /// Parts of a message that came several times, one after the other.
    Joined(Vec<u8>),
}

/// What a oneof holds so far, or one side of a map's entry.
enum Held {
    Value(Value),
    Chunk(Chunk),
}

impl Held {
    fn chunk(self) -> Option<Chunk> {
        match self {
            Self::Chunk(chunk) => Some(chunk),
            Self::Value(_) => None,
        }
    }
}

/// What is collected until the end of a message.
struct Collected<'s> {
    lists: Vec<Vec<Value>>,
    maps: Vec<MapValue>,
    singles: Vec<Option<Chunk>>,
    groups: Vec<Option<(&'s ReadField, Held)>>,
    /// Which fields were there, for messages with required ones.
    seen: Vec<bool>,
}

impl Collected<'_> {
    fn new(shape: &Shape) -> Self {
        Self {
            lists: (0..shape.lists).map(|_| Vec::new()).collect(),
            maps: (0..shape.maps).map(|_| MapValue::hashed()).collect(),
            singles: (0..shape.singles).map(|_| None).collect(),
            groups: (0..shape.groups.len()).map(|_| None).collect(),
            seen: if shape.has_required { vec![false; shape.fields.len()] } else { Vec::new() },
        }
    }
}

/// A scalar, the Connect type that it becomes, and whether strings must be UTF-8.
type Kind = (Scalar, Type, bool);

/// The bytes that are read.
struct Reading<'p> {
    payload: &'p Buf,
    room: &'p Room,
}

impl Reading<'_> {
    fn cursor(&self, range: Range<usize>) -> Cursor<'_> {
        Cursor::new(self.payload, range.start, range.end)
    }

    /// The struct of the message in `range`. Names of required fields that are not there are added to `missing`.
    fn message(
        &self,
        shape: &Shape,
        template: &Template,
        range: Range<usize>,
        depth: usize,
        missing: &mut Vec<String>,
    ) -> Result<Struct, Fault> {
        if depth > DEPTH_MAX {
            return Err(Malformed::Depth.into());
        }
        self.count(template.values.len())?;
        let mut out = Vec::new();
        out.extend(template.values.iter().map(|value| match value {
            // Mostly, and a clone looks at each kind.
            Value::Null => Value::Null,
            default => default.clone(),
        }));
        let mut collected = Collected::new(shape);
        let mut at = self.cursor(range);
        let mut hint = 0;
        while !at.is_at_end() {
            let (number, wire_type) = at.tag()?;
            match shape.field(number, &mut hint) {
                Some(field) if takes(field, wire_type) => {
                    if let Some(seen) = collected.seen.get_mut(hint) {
                        *seen = true;
                    }
                    self.take(field, wire_type, &mut at, depth, &mut out, &mut collected, missing)?;
                }
                _ => at.skip(number, wire_type, depth)?,
            }
        }
        self.finish(shape, template, depth, &mut out, collected, missing)?;
        Ok(Struct::assemble(template.schema.clone(), out))
    }

    fn count(&self, fields: usize) -> Result<(), Fault> {
        self.room.take(fields, self.payload.len()).map_err(Fault::Mapping)
    }

    fn take<'s>(
        &self,
        field: &'s ReadField,
        wire_type: WireType,
        at: &mut Cursor<'_>,
        depth: usize,
        out: &mut [Value],
        collected: &mut Collected<'s>,
        missing: &mut Vec<String>,
    ) -> Result<(), Fault> {
        match field.many {
            Many::One => match field.place {
                Place::Slot(slot) => _ = self.single(&field.what, at, &mut out[slot])?,
                Place::Member { group, .. } => {
                    let mut value = Value::Null;
                    if self.single(&field.what, at, &mut value)? {
                        collected.groups[group] = Some((field, Held::Value(value)));
                    }
                }
            },
            Many::Merged(index) => {
                let (start, end) = at.block()?;
                match field.place {
                    Place::Slot(_) => {
                        let before = collected.singles[index].take();
                        collected.singles[index] = Some(self.merge(before, start..end));
                    }
                    Place::Member { group, .. } => {
                        let before = collected.groups[group].take();
                        let before = before.filter(|(held, _)| std::ptr::eq(*held, field));
                        let chunk = self.merge(before.and_then(|(_, held)| held.chunk()), start..end);
                        collected.groups[group] = Some((field, Held::Chunk(chunk)));
                    }
                }
            }
            Many::List(index) => {
                self.element(field, wire_type, at, depth, &mut collected.lists[index], missing)?;
            }
            Many::Map(index) => {
                let What::Map { key, value } = &field.what else { return Ok(()) };
                let (start, end) = at.block()?;
                let mut gone = Vec::new();
                let (key, value) = self.entry(key, value, start..end, depth + 1, &mut gone)?;
                note(missing, gone, &field.name, Some(collected.maps[index].len()));
                collected.maps[index].insert(key, value);
            }
        }
        Ok(())
    }

    fn merge(&self, before: Option<Chunk>, range: Range<usize>) -> Chunk {
        let mut joined = match before {
            None => return Chunk::Inside(range),
            Some(Chunk::Inside(before)) => self.payload[before].to_vec(),
            Some(Chunk::Joined(joined)) => joined,
        };
        joined.extend_from_slice(&self.payload[range]);
        Chunk::Joined(joined)
    }

    /// Puts what was collected into its places.
    fn finish(
        &self,
        shape: &Shape,
        template: &Template,
        depth: usize,
        out: &mut [Value],
        mut collected: Collected<'_>,
        missing: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let fields = shape.fields.iter().zip(&collected.seen);
        let gone = fields.filter(|(field, seen)| field.is_required && !**seen);
        missing.splice(0..0, gone.map(|(field, _)| field.name.clone()));
        for held in &mut collected.groups {
            let Some((field, held)) = held.take() else { continue };
            let value = match held {
                Held::Value(value) => value,
                Held::Chunk(chunk) => self.whole(field, chunk, depth, missing)?,
            };
            let Place::Member { group, slot } = field.place else { continue };
            match &shape.groups[group].union {
                None => out[slot] = value,
                Some((at, schema)) => {
                    self.count(schema.fields().len())?;
                    let mut members = vec![Value::Null; schema.fields().len()];
                    members[slot] = value;
                    out[*at] = Value::Struct(Arc::new(Struct::assemble(schema.clone(), members)));
                }
            }
        }
        if shape.lists + shape.maps + shape.singles > 0 {
            for field in &shape.fields {
                let Place::Slot(slot) = field.place else { continue };
                if let Some(value) = self.collected(field, &mut collected, depth, missing)? {
                    out[slot] = value;
                }
            }
        }
        match template.missing.iter().find(|(slot, _)| out[*slot].is_null()) {
            Some((_, error)) => Err(Fault::Mapping(error.clone())),
            None => Ok(()),
        }
    }

    /// What came of a list, map or message.
    fn collected(
        &self,
        field: &ReadField,
        collected: &mut Collected<'_>,
        depth: usize,
        missing: &mut Vec<String>,
    ) -> Result<Option<Value>, Fault> {
        Ok(match field.many {
            Many::One => None,
            Many::Merged(index) => match collected.singles[index].take() {
                Some(chunk) => Some(self.whole(field, chunk, depth, missing)?),
                None => None,
            },
            Many::List(index) => {
                let list = std::mem::take(&mut collected.lists[index]);
                (!list.is_empty()).then(|| Value::Array(Arc::new(list)))
            }
            Many::Map(index) => {
                let map = std::mem::take(&mut collected.maps[index]);
                (!map.is_empty()).then(|| Value::Map(Arc::new(map)))
            }
        })
    }

    /// The value of a single message, all parts of it.
    fn whole(
        &self,
        field: &ReadField,
        chunk: Chunk,
        depth: usize,
        missing: &mut Vec<String>,
    ) -> Result<Value, Fault> {
        let mut gone = Vec::new();
        let value = self.chunk(&field.what, chunk, depth, &mut gone)?;
        note(missing, gone, &field.name, None);
        Ok(value)
    }

    fn chunk(
        &self,
        what: &What,
        chunk: Chunk,
        depth: usize,
        missing: &mut Vec<String>,
    ) -> Result<Value, Fault> {
        match chunk {
            Chunk::Inside(range) => self.block(what, range, depth, missing),
            Chunk::Joined(bytes) => {
                let joined = Buf::from(bytes);
                let inner = Reading { payload: &joined, room: self.room };
                inner.block(what, 0..joined.len(), depth, missing)
            }
        }
    }

    /// The value of a message.
    fn block(
        &self,
        what: &What,
        range: Range<usize>,
        depth: usize,
        missing: &mut Vec<String>,
    ) -> Result<Value, Fault> {
        match what {
            What::Message { shape, template } => {
                let value = self.message(shape, template, range, depth + 1, missing)?;
                Ok(Value::Struct(Arc::new(value)))
            }
            What::Logical(kind) => Ok(logical::read(*kind, self.cursor(range), depth + 1)?),
            What::Wrapper { scalar, target, is_checked } => {
                let value = self.wrapped(range, (*scalar, *target, *is_checked), depth + 1)?;
                Ok(value.unwrap_or_else(|| defaults::zero(*target)))
            }
            _ => Ok(Value::Null),
        }
    }

    /// One or, in a packed block, several elements of a list.
    fn element(
        &self,
        field: &ReadField,
        wire_type: WireType,
        at: &mut Cursor<'_>,
        depth: usize,
        list: &mut Vec<Value>,
        missing: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let is_packed = match &field.what {
            What::Scalar { scalar, .. } => wire_type == WireType::Length && scalar.is_packable(),
            What::Symbol { .. } | What::Number { .. } => wire_type == WireType::Length,
            what => {
                let (start, end) = at.block()?;
                let mut gone = Vec::new();
                let value = self.block(what, start..end, depth, &mut gone)?;
                note(missing, gone, &field.name, Some(list.len()));
                list.push(value);
                return Ok(());
            }
        };
        if !is_packed {
            return self.item(&field.what, at, list);
        }
        let mut inner = at.inner()?;
        while !inner.is_at_end() {
            self.item(&field.what, &mut inner, list)?;
        }
        Ok(())
    }

    fn item(&self, what: &What, at: &mut Cursor<'_>, list: &mut Vec<Value>) -> Result<(), Fault> {
        list.push(Value::Null);
        if let Some(slot) = list.last_mut()
            && !self.single(what, at, slot)?
        {
            list.pop();
        }
        Ok(())
    }

    /// Key and value of a map's entry.
    fn entry(
        &self,
        key: &Entry,
        value: &Entry,
        range: Range<usize>,
        depth: usize,
        missing: &mut Vec<String>,
    ) -> Result<(Value, Value), Fault> {
        if depth > DEPTH_MAX {
            return Err(Malformed::Depth.into());
        }
        let mut at = self.cursor(range);
        let mut found: [Option<Held>; 2] = [None, None];
        while !at.is_at_end() {
            let (number, wire_type) = at.tag()?;
            let (side, part) = match number {
                number if number == key.number => (0, key),
                number if number == value.number => (1, value),
                _ => {
                    at.skip(number, wire_type, depth)?;
                    continue;
                }
            };
            match (&part.what, part.many) {
                (_, Many::Merged(_)) if wire_type == WireType::Length => {
                    let (start, end) = at.block()?;
                    let before = found[side].take().and_then(Held::chunk);
                    found[side] = Some(Held::Chunk(self.merge(before, start..end)));
                }
                (what, Many::One) if is_single(what, wire_type) => {
                    let mut value = Value::Null;
                    if self.single(what, &mut at, &mut value)? {
                        found[side] = Some(Held::Value(value));
                    }
                }
                _ => at.skip(number, wire_type, depth)?,
            }
        }
        let mut side = |part: &Entry, held: Option<Held>| match held {
            None => part.default.clone().map_err(Fault::Mapping),
            Some(Held::Value(value)) => Ok(value),
            Some(Held::Chunk(chunk)) => self.chunk(&part.what, chunk, depth, missing),
        };
        let [first, second] = found;
        Ok((side(key, first)?, side(value, second)?))
    }

    /// Puts a scalar or enum into `slot`, where it stays: a value handed back in a `Result` costs more than reading it.
    /// Whether there was one: a number that a closed enum does not have leaves the slot alone.
    #[inline]
    fn single(&self, what: &What, at: &mut Cursor<'_>, slot: &mut Value) -> Result<bool, Malformed> {
        match what {
            What::Scalar { scalar, target, is_checked } => {
                self.scalar((*scalar, *target, *is_checked), at, slot)?;
            }
            What::Symbol { symbols, name, is_closed } => {
                let number = at.varint()? as i32;
                match symbols.get(&number) {
                    Some(symbol) => *slot = symbol.clone(),
                    None if *is_closed => return Ok(false),
                    // The name that protobuf-java makes up.
                    None => *slot = Value::from(format!("UNKNOWN_ENUM_VALUE_{name}_{number}")),
                }
            }
            What::Number { closed } => {
                let number = at.varint()? as i32;
                if closed.as_ref().is_some_and(|numbers| !numbers.contains(&number)) {
                    return Ok(false);
                }
                *slot = Value::Int32(number);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn scalar(
        &self,
        (scalar, target, is_checked): Kind,
        at: &mut Cursor<'_>,
        slot: &mut Value,
    ) -> Result<(), Malformed> {
        let number = match scalar {
            Scalar::Double => {
                *slot = Value::Float64(f64::from_bits(at.fixed64()?));
                return Ok(());
            }
            Scalar::Float => {
                *slot = Value::Float32(f32::from_bits(at.fixed32()?));
                return Ok(());
            }
            Scalar::Bool => {
                *slot = Value::Bool(at.varint()? != 0);
                return Ok(());
            }
            Scalar::Bytes => {
                let (start, end) = at.block()?;
                *slot = Value::byte_buffer(self.payload.slice(start..end));
                return Ok(());
            }
            Scalar::String => {
                let (start, end) = at.block()?;
                return text(self.payload.slice(start..end), is_checked, slot);
            }
            Scalar::Int32 => i64::from(at.varint()? as i32),
            Scalar::Uint32 => i64::from(at.varint()? as u32),
            Scalar::Sint32 => i64::from(unzigzag32(at.varint()? as u32)),
            Scalar::Fixed32 => i64::from(at.fixed32()?),
            Scalar::Sfixed32 => i64::from(at.fixed32()? as i32),
            Scalar::Int64 | Scalar::Uint64 => at.varint()? as i64,
            Scalar::Sint64 => unzigzag64(at.varint()?),
            Scalar::Fixed64 | Scalar::Sfixed64 => at.fixed64()? as i64,
        };
        match target {
            Type::Int8 => *slot = Value::Int8(number as i8),
            Type::Int16 => *slot = Value::Int16(number as i16),
            Type::Int32 => *slot = Value::Int32(number as i32),
            _ => *slot = Value::Int64(number),
        }
        Ok(())
    }

    /// The value in a wrapper message; `None` when it was not written.
    fn wrapped(&self, range: Range<usize>, kind: Kind, depth: usize) -> Result<Option<Value>, Fault> {
        if depth > DEPTH_MAX {
            return Err(Malformed::Depth.into());
        }
        let mut at = self.cursor(range);
        let mut value = None;
        while !at.is_at_end() {
            match at.tag()? {
                (1, wire_type) if wire_type == kind.0.wire_type() => {
                    self.scalar(kind, &mut at, value.insert(Value::Null))?;
                }
                (number, wire_type) => at.skip(number, wire_type, depth)?,
            }
        }
        Ok(value)
    }
}

/// Whether the bytes can be a value of the field; if not, it counts as unknown.
#[inline]
fn takes(field: &ReadField, wire_type: WireType) -> bool {
    match &field.what {
        What::Scalar { scalar, .. } if scalar.wire_type() == wire_type => true,
        What::Scalar { scalar, .. } => {
            wire_type == WireType::Length && scalar.is_packable() && matches!(field.many, Many::List(_))
        }
        What::Symbol { .. } | What::Number { .. } => {
            wire_type == WireType::Varint
                || wire_type == WireType::Length && matches!(field.many, Many::List(_))
        }
        _ => wire_type == WireType::Length,
    }
}

fn is_single(what: &What, wire_type: WireType) -> bool {
    match what {
        What::Scalar { scalar, .. } => scalar.wire_type() == wire_type,
        What::Symbol { .. } | What::Number { .. } => wire_type == WireType::Varint,
        _ => false,
    }
}

/// So many missing fields of messages in messages are named.
const MISSING_MAX: usize = 100;

/// Paths of missing fields, below the field that they are in.
fn note(missing: &mut Vec<String>, fields: Vec<String>, name: &str, index: Option<usize>) {
    let room = MISSING_MAX.saturating_sub(missing.len());
    missing.extend(fields.into_iter().take(room).map(|field| match index {
        Some(index) => format!("{name}[{index}].{field}"),
        None => format!("{name}.{field}"),
    }));
}

/// Strings of proto2 files are not checked by upstream, which puts replacement characters in the place of bad bytes.
#[inline]
fn text(bytes: Buf, is_checked: bool, slot: &mut Value) -> Result<(), Malformed> {
    match Text::from_utf8(bytes) {
        Ok(text) => *slot = Value::String(text),
        Err(_) if is_checked => return Err(Malformed::Utf8),
        Err(bytes) => *slot = Value::from(String::from_utf8_lossy(&bytes).into_owned()),
    }
    Ok(())
}
