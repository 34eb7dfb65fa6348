//! Reading payloads along a [`Shape`].
//!
//! One pass over the bytes: a field that is known goes into its place of a struct that begins as a copy of the
//! template, all others are stepped over. A single message may come in several parts, which protobuf merges; since
//! parsing the parts one after the other gives the same, they are kept as bytes and read once at the end. Texts and
//! bytes are slices of the payload.
//!
//! Memory is bounded by the bytes: each value costs at least one byte of payload, parts are copied at most once more.

use std::ops::Range;
use std::sync::Arc;

use kconnect_api::{Buf, Exception, MapValue, Schema, Struct, Text, Type, Value};

use super::logical;
use super::scalar::{Scalar, WireType};
use super::shape::{Entry, Many, Place, ReadField, Root, Shape, Template, What};
use super::wire::{Cursor, DEPTH_MAX, Malformed, unzigzag32, unzigzag64};
use crate::format::Fault;

/// The schema and value of a whole record.
pub(super) fn read(root: &Root, payload: &Buf) -> Result<(Schema, Value), Fault> {
    let whole = 0..payload.len();
    match root {
        Root::Struct { schema, shape, template } => {
            let mut missing = Vec::new();
            let value = message(shape, template, payload, whole, 1, &mut missing)?;
            if !missing.is_empty() {
                return Err(Malformed::Missing(missing).into());
            }
            Ok((schema.clone(), Value::Struct(Arc::new(value))))
        }
        Root::Wrapped { schema, what: What::Wrapper { scalar, target, is_checked }, default } => {
            let value = wrapped(payload, whole, (*scalar, *target, *is_checked), 1)?;
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

impl From<logical::Fault> for Fault {
    fn from(fault: logical::Fault) -> Self {
        match fault {
            logical::Fault::Bytes(error) => error.into(),
            logical::Fault::Value(error) => Self::Mapping(error),
        }
    }
}

/// Where the bytes of a single message are.
#[derive(Clone)]
enum Chunk {
    /// In the payload.
    Inside(Range<usize>),
    /// Parts of a message that came several times, one after the other.
    Joined(Vec<u8>),
}

impl Chunk {
    fn join(self, bytes: &[u8], more: Range<usize>) -> Self {
        let mut joined = match self {
            Self::Inside(range) => bytes[range].to_vec(),
            Self::Joined(joined) => joined,
        };
        joined.extend_from_slice(&bytes[more]);
        Self::Joined(joined)
    }
}

/// What a oneof holds so far.
enum Held {
    Value(Value),
    Chunk(Chunk),
}

/// What is collected until the end of a message.
struct Collected<'s> {
    lists: Vec<Vec<Value>>,
    maps: Vec<MapValue>,
    singles: Vec<Option<Chunk>>,
    groups: Vec<Option<(&'s ReadField, Held)>>,
    /// Numbers of required fields that were there.
    required: Vec<u32>,
}

impl Collected<'_> {
    fn new(shape: &Shape) -> Self {
        Self {
            lists: (0..shape.lists).map(|_| Vec::new()).collect(),
            maps: (0..shape.maps).map(|_| MapValue::hashed()).collect(),
            singles: (0..shape.singles).map(|_| None).collect(),
            groups: (0..shape.groups.len()).map(|_| None).collect(),
            required: Vec::new(),
        }
    }
}

/// The struct of the message in `range`. Names of required fields that are not there are added to `missing`.
fn message(
    shape: &Shape,
    template: &Template,
    payload: &Buf,
    range: Range<usize>,
    depth: usize,
    missing: &mut Vec<String>,
) -> Result<Struct, Fault> {
    if depth > DEPTH_MAX {
        return Err(Malformed::Depth.into());
    }
    let mut out = template.values.clone();
    let mut collected = Collected::new(shape);
    let mut at = Cursor::new(payload, range.start, range.end);
    let mut hint = 0;
    while !at.is_at_end() {
        let (number, wire_type) = at.tag()?;
        match shape.field(number, &mut hint) {
            Some(field) if takes(field, wire_type) => {
                if field.is_required && !collected.required.contains(&number) {
                    collected.required.push(number);
                }
                take(field, wire_type, &mut at, payload, depth, &mut out, &mut collected, missing)?;
            }
            _ => at.skip(number, wire_type, depth)?,
        }
    }
    finish(shape, template, payload, depth, &mut out, collected, missing)?;
    Ok(Struct::assemble(template.schema.clone(), out))
}

/// Whether the bytes can be a value of the field; if not, it counts as unknown.
#[inline]
fn takes(field: &ReadField, wire_type: WireType) -> bool {
    let (usual, is_packable) = match &field.what {
        What::Scalar { scalar, .. } => (scalar.wire_type(), scalar.is_packable()),
        What::Symbol { .. } | What::Number { .. } => (WireType::Varint, true),
        _ => (WireType::Length, false),
    };
    wire_type == usual || is_packable && wire_type == WireType::Length && matches!(field.many, Many::List(_))
}

fn take<'s>(
    field: &'s ReadField,
    wire_type: WireType,
    at: &mut Cursor<'_>,
    payload: &Buf,
    depth: usize,
    out: &mut [Value],
    collected: &mut Collected<'s>,
    missing: &mut Vec<String>,
) -> Result<(), Fault> {
    match field.many {
        Many::One => {
            let Some(value) = single(&field.what, at, payload)? else { return Ok(()) };
            match field.place {
                Place::Slot(slot) => out[slot] = value,
                Place::Member { group, .. } => collected.groups[group] = Some((field, Held::Value(value))),
            }
            Ok(())
        }
        Many::Merged(index) => {
            let (start, end) = at.block()?;
            match field.place {
                Place::Slot(_) => {
                    let before = collected.singles[index].take();
                    collected.singles[index] = Some(merge(before, payload, start..end));
                }
                Place::Member { group, .. } => {
                    let before = match collected.groups[group].take() {
                        Some((held, Held::Chunk(chunk))) if std::ptr::eq(held, field) => Some(chunk),
                        _ => None,
                    };
                    let chunk = merge(before, payload, start..end);
                    collected.groups[group] = Some((field, Held::Chunk(chunk)));
                }
            }
            Ok(())
        }
        Many::List(index) => {
            let list = &mut collected.lists[index];
            element(&field.what, wire_type, at, payload, depth, list, |fields, at| {
                note(missing, fields, &field.name, Some(at));
            })
        }
        Many::Map(index) => {
            let What::Map { key, value } = &field.what else { return Ok(()) };
            let (start, end) = at.block()?;
            let mut gone = Vec::new();
            let (key, value) = entry(key, value, payload, start..end, depth + 1, &mut gone)?;
            note(missing, gone, &field.name, Some(collected.maps[index].len()));
            collected.maps[index].insert(key, value);
            Ok(())
        }
    }
}

fn merge(before: Option<Chunk>, payload: &Buf, range: Range<usize>) -> Chunk {
    match before {
        None => Chunk::Inside(range),
        Some(chunk) => chunk.join(payload, range),
    }
}

/// Paths of missing fields, below the field that they are in.
fn note(missing: &mut Vec<String>, fields: Vec<String>, name: &str, index: Option<usize>) {
    missing.extend(fields.into_iter().map(|field| match index {
        Some(index) => format!("{name}[{index}].{field}"),
        None => format!("{name}.{field}"),
    }));
}

/// Puts what was collected into its places.
fn finish(
    shape: &Shape,
    template: &Template,
    payload: &Buf,
    depth: usize,
    out: &mut [Value],
    mut collected: Collected<'_>,
    missing: &mut Vec<String>,
) -> Result<(), Fault> {
    if shape.has_required {
        let gone = shape.fields.iter().filter(|field| field.is_required);
        let gone = gone.filter(|field| !collected.required.contains(&field.number));
        missing.splice(0..0, gone.map(|field| field.name.clone()));
    }
    for held in &mut collected.groups {
        let Some((field, held)) = held.take() else { continue };
        let value = match held {
            Held::Value(value) => value,
            Held::Chunk(chunk) => whole(field, chunk, payload, depth, missing)?,
        };
        let Place::Member { group, slot } = field.place else { continue };
        match &shape.groups[group].union {
            None => out[slot] = value,
            Some((at, schema)) => {
                let mut members = vec![Value::Null; schema.fields().len()];
                members[slot] = value;
                out[*at] = Value::Struct(Arc::new(Struct::assemble(schema.clone(), members)));
            }
        }
    }
    if shape.lists + shape.maps + shape.singles > 0 {
        for field in &shape.fields {
            let Place::Slot(slot) = field.place else { continue };
            match field.many {
                Many::Merged(index) => {
                    if let Some(chunk) = collected.singles[index].take() {
                        out[slot] = whole(field, chunk, payload, depth, missing)?;
                    }
                }
                Many::List(index) if !collected.lists[index].is_empty() => {
                    let list = std::mem::take(&mut collected.lists[index]);
                    out[slot] = Value::Array(Arc::new(list));
                }
                Many::Map(index) if !collected.maps[index].is_empty() => {
                    let map = std::mem::take(&mut collected.maps[index]);
                    out[slot] = Value::Map(Arc::new(map));
                }
                _ => {}
            }
        }
    }
    match template.missing.iter().find(|(slot, _)| out[*slot].is_null()) {
        Some((_, error)) => Err(Fault::Mapping(error.clone())),
        None => Ok(()),
    }
}

/// The value of a single message, all parts of it.
fn whole(
    field: &ReadField,
    chunk: Chunk,
    payload: &Buf,
    depth: usize,
    missing: &mut Vec<String>,
) -> Result<Value, Fault> {
    let mut gone = Vec::new();
    let value = match chunk {
        Chunk::Inside(range) => block(&field.what, payload, range, depth, &mut gone)?,
        Chunk::Joined(bytes) => {
            let joined = Buf::from(bytes);
            block(&field.what, &joined, 0..joined.len(), depth, &mut gone)?
        }
    };
    note(missing, gone, &field.name, None);
    Ok(value)
}

/// The value of a message.
fn block(
    what: &What,
    payload: &Buf,
    range: Range<usize>,
    depth: usize,
    missing: &mut Vec<String>,
) -> Result<Value, Fault> {
    match what {
        What::Message { shape, template } => {
            let value = message(shape, template, payload, range, depth + 1, missing)?;
            Ok(Value::Struct(Arc::new(value)))
        }
        What::Logical(kind) => {
            Ok(logical::read(*kind, Cursor::new(payload, range.start, range.end), depth + 1)?)
        }
        What::Wrapper { scalar, target, is_checked } => {
            let value = wrapped(payload, range, (*scalar, *target, *is_checked), depth + 1)?;
            Ok(value.unwrap_or_else(|| super::defaults::zero(*target)))
        }
        _ => Ok(Value::Null),
    }
}

/// One or, in a packed block, several elements of a list. `note` gets missing fields and the element's position.
fn element(
    what: &What,
    wire_type: WireType,
    at: &mut Cursor<'_>,
    payload: &Buf,
    depth: usize,
    list: &mut Vec<Value>,
    note: impl FnOnce(Vec<String>, usize),
) -> Result<(), Fault> {
    let is_packed = match what {
        What::Scalar { scalar, .. } => wire_type == WireType::Length && scalar.is_packable(),
        What::Symbol { .. } | What::Number { .. } => wire_type == WireType::Length,
        _ => {
            let (start, end) = at.block()?;
            let mut gone = Vec::new();
            let value = block(what, payload, start..end, depth, &mut gone)?;
            note(gone, list.len());
            list.push(value);
            return Ok(());
        }
    };
    if !is_packed {
        list.extend(single(what, at, payload)?);
        return Ok(());
    }
    let mut inner = at.inner()?;
    while !inner.is_at_end() {
        list.extend(single(what, &mut inner, payload)?);
    }
    Ok(())
}

/// Key and value of a map's entry.
fn entry(
    key: &Entry,
    value: &Entry,
    payload: &Buf,
    range: Range<usize>,
    depth: usize,
    missing: &mut Vec<String>,
) -> Result<(Value, Value), Fault> {
    if depth > DEPTH_MAX {
        return Err(Malformed::Depth.into());
    }
    let mut at = Cursor::new(payload, range.start, range.end);
    let mut found: [Option<Held>; 2] = [None, None];
    while !at.is_at_end() {
        let (number, wire_type) = at.tag()?;
        let (side, part) = match number {
            1 => (0, key),
            2 => (1, value),
            _ => {
                at.skip(number, wire_type, depth)?;
                continue;
            }
        };
        match (&part.what, part.many) {
            (_, Many::Merged(_)) if wire_type == WireType::Length => {
                let (start, end) = at.block()?;
                let before = match found[side].take() {
                    Some(Held::Chunk(chunk)) => Some(chunk),
                    _ => None,
                };
                found[side] = Some(Held::Chunk(merge(before, payload, start..end)));
            }
            (what, Many::One) if is_single(what, wire_type) => {
                if let Some(value) = single(what, &mut at, payload)? {
                    found[side] = Some(Held::Value(value));
                }
            }
            _ => at.skip(number, wire_type, depth)?,
        }
    }
    let mut read = |part: &Entry, held: Option<Held>| match held {
        None => part.default.clone().map_err(Fault::Mapping),
        Some(Held::Value(value)) => Ok(value),
        Some(Held::Chunk(Chunk::Inside(range))) => block(&part.what, payload, range, depth, missing),
        Some(Held::Chunk(Chunk::Joined(bytes))) => {
            let joined = Buf::from(bytes);
            block(&part.what, &joined, 0..joined.len(), depth, missing)
        }
    };
    let [first, second] = found;
    Ok((read(key, first)?, read(value, second)?))
}

fn is_single(what: &What, wire_type: WireType) -> bool {
    match what {
        What::Scalar { scalar, .. } => scalar.wire_type() == wire_type,
        What::Symbol { .. } | What::Number { .. } => wire_type == WireType::Varint,
        _ => false,
    }
}

/// A scalar or enum; `None` for a number that a closed enum does not have.
#[inline]
fn single(what: &What, at: &mut Cursor<'_>, payload: &Buf) -> Result<Option<Value>, Fault> {
    match what {
        What::Scalar { scalar, target, is_checked } => {
            scalar_value((*scalar, *target, *is_checked), at, payload).map(Some).map_err(Fault::from)
        }
        What::Symbol { symbols, name, is_closed } => {
            let number = at.varint()? as i32;
            Ok(match symbols.get(&number) {
                Some(symbol) => Some(symbol.clone()),
                None if *is_closed => None,
                None => Some(Value::from(format!("UNKNOWN_ENUM_VALUE_{name}_{number}"))),
            })
        }
        What::Number { closed } => {
            let number = at.varint()? as i32;
            let is_known = closed.as_ref().is_none_or(|numbers| numbers.contains(&number));
            Ok(is_known.then_some(Value::Int32(number)))
        }
        _ => Ok(None),
    }
}

type Kind = (Scalar, Type, bool);

fn scalar_value(kind: Kind, at: &mut Cursor<'_>, payload: &Buf) -> Result<Value, Malformed> {
    let (scalar, target, is_checked) = kind;
    let number = match scalar {
        Scalar::Double => return Ok(Value::Float64(f64::from_bits(at.fixed64()?))),
        Scalar::Float => return Ok(Value::Float32(f32::from_bits(at.fixed32()?))),
        Scalar::Bool => return Ok(Value::Bool(at.varint()? != 0)),
        Scalar::Bytes => {
            let (start, end) = at.block()?;
            return Ok(Value::Bytes(payload.slice(start..end)));
        }
        Scalar::String => {
            let (start, end) = at.block()?;
            return text(payload.slice(start..end), is_checked);
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
    Ok(match target {
        Type::Int8 => Value::Int8(number as i8),
        Type::Int16 => Value::Int16(number as i16),
        Type::Int32 => Value::Int32(number as i32),
        _ => Value::Int64(number),
    })
}

/// Strings of proto2 files are not checked by upstream, which puts replacement characters in the place of bad bytes.
fn text(bytes: Buf, is_checked: bool) -> Result<Value, Malformed> {
    match Text::from_utf8(bytes) {
        Ok(text) => Ok(Value::String(text)),
        Err(_) if is_checked => Err(Malformed::Utf8),
        Err(bytes) => Ok(Value::from(String::from_utf8_lossy(&bytes).into_owned())),
    }
}

/// The value in a wrapper message; `None` when it was not written.
fn wrapped(payload: &Buf, range: Range<usize>, kind: Kind, depth: usize) -> Result<Option<Value>, Fault> {
    if depth > DEPTH_MAX {
        return Err(Malformed::Depth.into());
    }
    let mut at = Cursor::new(payload, range.start, range.end);
    let mut value = None;
    while !at.is_at_end() {
        match at.tag()? {
            (1, wire_type) if wire_type == kind.0.wire_type() => {
                value = Some(scalar_value(kind, &mut at, payload)?);
            }
            (number, wire_type) => at.skip(number, wire_type, depth)?,
        }
    }
    Ok(value)
}

/// What `Exception`s of a mapping become.
impl From<Exception> for Fault {
    fn from(error: Exception) -> Self {
        Self::Mapping(error)
    }
}
