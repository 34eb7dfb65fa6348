//! Running the steps over the bytes of a value.

use std::sync::Arc;

use kconnect_api::{Buf, Exception, MapValue, Schema, Struct, Text, Value, logical};

use super::bytes_left::Bytes;
use super::{Fields, MOST_DEPTH, MemberPlan, Places, RecordPlan, Step, Target, Whole};
use crate::avro::to_connect::integer;
use crate::format::Fault;

/// Room made for the elements of a block before they are seen.
const MOST_FORESEEN: usize = 1024;

fn malformed(text: impl Into<String>) -> Fault {
    Fault::Payload(Exception::new("org.apache.avro.AvroRuntimeException", text))
}

/// The value of `step`.
pub(super) fn read(step: &Step, bytes: &mut Bytes<'_>) -> Result<Value, Fault> {
    let mut value = Value::Null;
    read_into(step, bytes, &mut value)?;
    Ok(value)
}

/// Puts the value of `step` into `slot`, which is null before. Values are made where they stay: one that is handed back
/// in a `Result` is copied twice, in pieces that the processor cannot take from the stores just done, and waiting for
/// them took longer than reading.
fn read_into(step: &Step, bytes: &mut Bytes<'_>, slot: &mut Value) -> Result<(), Fault> {
    match step {
        Step::Null => *slot = Value::Null,
        Step::Boolean => *slot = Value::Bool(bytes.byte()? == 1),
        Step::Integer(whole) => {
            let number = bytes.long()?;
            match whole {
                Whole::Int32 => *slot = Value::Int32(number as i32),
                Whole::Int64 => *slot = Value::Int64(number),
                Whole::Timestamp => *slot = Value::Date(number),
                Whole::As(schema) => *slot = integer(schema, number).map_err(Fault::Mapping)?,
            }
        }
        Step::Float => *slot = Value::Float32(f32::from_le_bytes(bytes.array()?)),
        Step::FloatAsDouble => *slot = Value::Float64(f64::from(f32::from_le_bytes(bytes.array()?))),
        Step::Double => *slot = Value::Float64(f64::from_le_bytes(bytes.array()?)),
        Step::Sized(target) => {
            let len = bytes.size()?;
            sized(target, bytes.slice(len)?, slot)?;
        }
        Step::Fixed(size, target) => sized(target, bytes.slice(*size)?, slot)?,
        Step::Enum(symbols, name) => *slot = symbol(symbols, name, bytes)?,
        Step::Union(members) => {
            let at = bytes.long()?;
            match usize::try_from(at).ok().and_then(|at| members.get(at)) {
                Some(step) => return read_into(step, bytes, slot),
                None => return Err(malformed(format!("{at} is no member of a union of {}", members.len()))),
            }
        }
        Step::Record(plan) => *slot = Value::Struct(record(plan, bytes)?),
        Step::Array(element) => *slot = Value::Array(array(element, bytes)?),
        Step::Map(value) => *slot = Value::Map(texts(value, bytes)?),
        Step::Entries { key, value, key_first } => {
            *slot = Value::Map(entries(key, value, *key_first, bytes)?);
        }
        Step::Member(plan) => {
            bytes.count_fields(plan.schema.fields().len())?;
            *slot = member(plan, read(&plan.step, bytes)?)?;
        }
        Step::Skip(step) => _ = read(step, bytes)?,
        Step::Unreadable(why) => {
            return Err(Fault::Payload(Exception::new("org.apache.avro.AvroTypeException", &**why)));
        }
        Step::Anything => *slot = anything(bytes, 0)?,
    }
    Ok(())
}

fn symbol(symbols: &[Value], name: &str, bytes: &mut Bytes<'_>) -> Result<Value, Fault> {
    let at = bytes.long()?;
    match usize::try_from(at).ok().and_then(|at| symbols.get(at)) {
        None | Some(Value::Null) => Err(malformed(format!("{at} is no symbol of {name}"))),
        Some(symbol) => Ok(symbol.clone()),
    }
}

fn record(plan: &RecordPlan, bytes: &mut Bytes<'_>) -> Result<Arc<Struct>, Fault> {
    let places = match &plan.fields {
        Fields::Checked(places) => {
            bytes.count_fields(places.0.len().max(plan.schema.fields().len()))?;
            return checked(&plan.schema, places, bytes).map(Arc::new);
        }
        Fields::InOrder(steps) => {
            bytes.count_fields(steps.len())?;
            let mut values = nulls(steps.len());
            for (step, slot) in steps.iter().zip(&mut values) {
                read_into(step, bytes, slot)?;
            }
            return Ok(Arc::new(Struct::assemble(plan.schema.clone(), values)));
        }
        Fields::Placed(places) => places,
    };
    bytes.count_fields(places.0.len().max(plan.schema.fields().len()))?;
    let mut values = nulls(plan.schema.fields().len());
    for (place, step) in &places.0 {
        match place.and_then(|place| values.get_mut(place)) {
            Some(slot) => read_into(step, bytes, slot)?,
            None => _ = read(step, bytes)?,
        }
    }
    for (place, value) in &places.1 {
        if let Some(slot) = values.get_mut(*place) {
            *slot = value.clone();
        }
    }
    Ok(Arc::new(Struct::assemble(plan.schema.clone(), values)))
}

#[inline]
fn nulls(count: usize) -> Vec<Value> {
    let mut values = Vec::new();
    values.resize_with(count, Value::default);
    values
}

fn checked(schema: &Schema, (steps, defaults): &Places, bytes: &mut Bytes<'_>) -> Result<Struct, Fault> {
    let mut record = Struct::new(schema.clone()).map_err(Fault::Mapping)?;
    for (place, step) in steps {
        let value = read(step, bytes)?;
        if let Some(place) = place {
            record.put_at(*place, value).map_err(Fault::Mapping)?;
        }
    }
    for (place, value) in defaults {
        record.put_at(*place, value.clone()).map_err(Fault::Mapping)?;
    }
    Ok(record)
}

/// The struct that stands for a union, with the value of one member.
pub(super) fn member(plan: &MemberPlan, value: Value) -> Result<Value, Fault> {
    let schema: &Schema = &plan.schema;
    let mut values = nulls(schema.fields().len());
    let union = match (plan.is_sure, values.get_mut(plan.at)) {
        (true, Some(slot)) => {
            *slot = value;
            Struct::assemble(schema.clone(), values)
        }
        _ => {
            let mut union = Struct::new(schema.clone()).map_err(Fault::Mapping)?;
            union.put_at(plan.at, value).map_err(Fault::Mapping)?;
            union
        }
    };
    Ok(Value::Struct(Arc::new(union)))
}

/// Elements, which come in blocks; `element` fills as many slots as `EACH` says.
#[inline]
fn elements<const EACH: usize>(
    bytes: &mut Bytes<'_>,
    mut element: impl FnMut(&mut Bytes<'_>, &mut [Value; EACH]) -> Result<(), Fault>,
) -> Result<Vec<Value>, Fault> {
    let mut elements = Vec::new();
    loop {
        let count = bytes.block()?;
        if count == 0 {
            return Ok(elements);
        }
        elements.reserve(usize::try_from(count).unwrap_or(MOST_FORESEEN).min(MOST_FORESEEN) * EACH);
        for _ in 0..count {
            bytes.count_element()?;
            elements.resize_with(elements.len() + EACH, Value::default);
            if let Some(slots) = elements.last_chunk_mut() {
                element(bytes, slots)?;
            }
        }
    }
}

fn array(element: &Step, bytes: &mut Bytes<'_>) -> Result<Arc<Vec<Value>>, Fault> {
    elements(bytes, |bytes, [slot]| read_into(element, bytes, slot)).map(Arc::new)
}

fn texts(values: &Step, bytes: &mut Bytes<'_>) -> Result<Arc<MapValue>, Fault> {
    let entries = elements(bytes, |bytes, [key, value]| {
        let len = bytes.size()?;
        sized(&Target::Text, bytes.slice(len)?, key)?;
        read_into(values, bytes, value)
    });
    entries.map(map)
}

fn entries(
    keys: &Step,
    values: &Step,
    key_first: bool,
    bytes: &mut Bytes<'_>,
) -> Result<Arc<MapValue>, Fault> {
    let entries = elements(bytes, |bytes, [key, value]| {
        if key_first {
            read_into(keys, bytes, key)?;
            return read_into(values, bytes, value);
        }
        read_into(values, bytes, value)?;
        read_into(keys, bytes, key)
    });
    entries.map(map)
}

/// A Java `HashMap` made for as many entries, of keys and values in turn.
fn map(entries: Vec<Value>) -> Arc<MapValue> {
    let mut map = MapValue::hashed_with_capacity(u32::try_from(entries.len() / 2).unwrap_or(u32::MAX));
    let mut entries = entries.into_iter();
    while let (Some(key), Some(value)) = (entries.next(), entries.next()) {
        map.insert(key, value);
    }
    Arc::new(map)
}

/// Puts text or bytes into `slot`. Text that is none is replaced, as Java does it.
#[inline]
pub(super) fn sized(target: &Target, slice: Buf, slot: &mut Value) -> Result<(), Fault> {
    match target {
        Target::Text => match Text::from_utf8(slice) {
            Ok(text) => *slot = Value::String(text),
            Err(slice) => *slot = Value::string(String::from_utf8_lossy(&slice).into_owned()),
        },
        Target::Bytes => *slot = Value::byte_buffer(slice),
        Target::Decimal(schema) => {
            *slot = Value::Decimal(logical::decimal_from_bytes(schema, &slice).map_err(Fault::Mapping)?);
        }
    }
    Ok(())
}

/// A value without schema: the first set field of nine.
fn anything(bytes: &mut Bytes<'_>, depth: usize) -> Result<Value, Fault> {
    if depth > MOST_DEPTH {
        return Err(malformed("the value is nested too deeply"));
    }
    let mut found = Value::Null;
    for field in 0..9 {
        let value = match bytes.long()? {
            0 => continue,
            1 => anything_field(field, bytes, depth)?,
            at => return Err(malformed(format!("{at} is no member of a union of 2"))),
        };
        if found.is_null() {
            found = value;
        }
    }
    Ok(found)
}

fn anything_field(field: usize, bytes: &mut Bytes<'_>, depth: usize) -> Result<Value, Fault> {
    Ok(match field {
        0 => Value::Bool(bytes.byte()? == 1),
        1 => read(&Step::Sized(Target::Bytes), bytes)?,
        2 => Value::Float64(f64::from_le_bytes(bytes.array()?)),
        3 => Value::Float32(f32::from_le_bytes(bytes.array()?)),
        4 => Value::Int32(bytes.long()? as i32),
        5 => Value::Int64(bytes.long()?),
        6 => read(&Step::Sized(Target::Text), bytes)?,
        7 => {
            let elements = elements(bytes, |bytes, [slot]| {
                *slot = anything(bytes, depth + 1)?;
                Ok(())
            });
            Value::Array(Arc::new(elements?))
        }
        _ => Value::Map(map(elements(bytes, |bytes, [key, value]| {
            *key = anything(bytes, depth + 1)?;
            *value = anything(bytes, depth + 1)?;
            Ok(())
        })?)),
    })
}
