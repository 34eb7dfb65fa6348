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
    if let Step::Record(plan) = step {
        return record(plan, bytes).map(Value::Struct);
    }
    let mut values = Vec::with_capacity(1);
    push(step, bytes, &mut values)?;
    Ok(values.pop().unwrap_or_default())
}

/// Adds the value of `step` to `out`. It is made in its place: a value that is handed back in a `Result` is copied
/// twice, in pieces that the processor cannot forward from the stores just done, and that took more time than reading.
fn push(step: &Step, bytes: &mut Bytes<'_>, out: &mut Vec<Value>) -> Result<(), Fault> {
    match step {
        Step::Null => out.push(Value::Null),
        Step::Boolean => out.push(Value::Bool(bytes.byte()? == 1)),
        Step::Integer(whole) => {
            let number = bytes.long()?;
            match whole {
                Whole::Int32 => out.push(Value::Int32(number as i32)),
                Whole::Int64 => out.push(Value::Int64(number)),
                Whole::Timestamp => out.push(Value::Date(number)),
                Whole::As(schema) => out.push(integer(schema, number).map_err(Fault::Mapping)?),
            }
        }
        Step::Float => out.push(Value::Float32(f32::from_le_bytes(bytes.array()?))),
        Step::FloatAsDouble => out.push(Value::Float64(f64::from(f32::from_le_bytes(bytes.array()?)))),
        Step::Double => out.push(Value::Float64(f64::from_le_bytes(bytes.array()?))),
        Step::Sized(Target::Text) => push_text(bytes.sized()?, out),
        Step::Sized(Target::Bytes) => out.push(Value::Bytes(bytes.sized()?)),
        Step::Sized(target) => out.push(sized(target, bytes.sized()?)?),
        Step::Fixed(size, target) => out.push(sized(target, bytes.slice(*size)?)?),
        Step::Union(members) => {
            let at = bytes.long()?;
            match usize::try_from(at).ok().and_then(|at| members.get(at)) {
                Some(step) => return push(step, bytes, out),
                None => return Err(malformed(format!("{at} is no member of a union of {}", members.len()))),
            }
        }
        Step::Record(plan) => out.push(Value::Struct(record(plan, bytes)?)),
        Step::Array(element) => out.push(Value::Array(array(element, bytes)?)),
        Step::Map(value) => out.push(texts(value, bytes)?),
        Step::Entries { key, value, key_first } => out.push(entries(key, value, *key_first, bytes)?),
        Step::Enum(symbols, name) => out.push(symbol(symbols, name, bytes)?),
        Step::Member(plan) => out.push(member(plan, read(&plan.step, bytes)?)?),
        Step::Skip(step) => {
            read(step, bytes)?;
            out.push(Value::Null);
        }
        Step::Unreadable(why) => {
            return Err(Fault::Payload(Exception::new("org.apache.avro.AvroTypeException", &**why)));
        }
        Step::Anything => out.push(anything(bytes, 0)?),
    }
    Ok(())
}

fn texts(value: &Step, bytes: &mut Bytes<'_>) -> Result<Value, Fault> {
    map(bytes, |bytes, entries| {
        push_text(bytes.sized()?, entries);
        push(value, bytes, entries)
    })
}

fn entries(key: &Step, value: &Step, key_first: bool, bytes: &mut Bytes<'_>) -> Result<Value, Fault> {
    map(bytes, |bytes, entries| {
        if key_first {
            push(key, bytes, entries)?;
            return push(value, bytes, entries);
        }
        let value = read(value, bytes)?;
        push(key, bytes, entries)?;
        entries.push(value);
        Ok(())
    })
}

fn symbol(symbols: &[Value], name: &str, bytes: &mut Bytes<'_>) -> Result<Value, Fault> {
    let at = bytes.long()?;
    match usize::try_from(at).ok().and_then(|at| symbols.get(at)) {
        None | Some(Value::Null) => Err(malformed(format!("{at} is no symbol of {name}"))),
        Some(symbol) => Ok(symbol.clone()),
    }
}

fn record(plan: &RecordPlan, bytes: &mut Bytes<'_>) -> Result<Arc<Struct>, Fault> {
    let (places, is_sure) = match &plan.fields {
        Fields::InOrder(steps) => {
            let mut values = Vec::with_capacity(steps.len());
            for step in steps {
                push(step, bytes, &mut values)?;
            }
            return Ok(Arc::new(Struct::assemble(plan.schema.clone(), values)));
        }
        Fields::Placed(places) => (places, true),
        Fields::Checked(places) => (places, false),
    };
    let record = match is_sure {
        true => placed(&plan.schema, places, bytes)?,
        false => checked(&plan.schema, places, bytes)?,
    };
    Ok(Arc::new(record))
}

fn placed(schema: &Schema, (steps, defaults): &Places, bytes: &mut Bytes<'_>) -> Result<Struct, Fault> {
    let mut values = vec![Value::Null; schema.fields().len()];
    for (place, step) in steps {
        let value = read(step, bytes)?;
        if let Some(slot) = place.and_then(|place| values.get_mut(place)) {
            *slot = value;
        }
    }
    for (place, value) in defaults {
        if let Some(slot) = values.get_mut(*place) {
            *slot = value.clone();
        }
    }
    Ok(Struct::assemble(schema.clone(), values))
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
    let mut values = vec![Value::Null; schema.fields().len()];
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

/// Elements, which come in blocks; each adds `each` values.
fn elements(
    bytes: &mut Bytes<'_>,
    each: usize,
    mut element: impl FnMut(&mut Bytes<'_>, &mut Vec<Value>) -> Result<(), Fault>,
) -> Result<Vec<Value>, Fault> {
    let mut elements = Vec::new();
    loop {
        let count = bytes.block()?;
        if count == 0 {
            return Ok(elements);
        }
        elements.reserve(usize::try_from(count).unwrap_or(MOST_FORESEEN).min(MOST_FORESEEN) * each);
        for _ in 0..count {
            bytes.count_element()?;
            element(bytes, &mut elements)?;
        }
    }
}

fn array(element: &Step, bytes: &mut Bytes<'_>) -> Result<Arc<Vec<Value>>, Fault> {
    elements(bytes, 1, |bytes, out| push(element, bytes, out)).map(Arc::new)
}

/// A Java `HashMap` made for as many entries; `entry` adds a key and a value.
fn map(
    bytes: &mut Bytes<'_>,
    entry: impl FnMut(&mut Bytes<'_>, &mut Vec<Value>) -> Result<(), Fault>,
) -> Result<Value, Fault> {
    let entries = elements(bytes, 2, entry)?;
    let mut map = MapValue::hashed_with_capacity(u32::try_from(entries.len() / 2).unwrap_or(u32::MAX));
    let mut entries = entries.into_iter();
    while let (Some(key), Some(value)) = (entries.next(), entries.next()) {
        map.insert(key, value);
    }
    Ok(Value::Map(Arc::new(map)))
}

/// Text; bytes that are none are replaced, as Java does it.
fn push_text(slice: Buf, out: &mut Vec<Value>) {
    match Text::from_utf8(slice) {
        Ok(text) => out.push(Value::String(text)),
        Err(slice) => out.push(replaced(&slice)),
    }
}

#[cold]
fn replaced(slice: &[u8]) -> Value {
    Value::string(String::from_utf8_lossy(slice).into_owned())
}

pub(super) fn sized(target: &Target, slice: Buf) -> Result<Value, Fault> {
    Ok(match target {
        Target::Text => Text::from_utf8(slice).map_or_else(|slice| replaced(&slice), Value::String),
        Target::Bytes => Value::Bytes(slice),
        Target::Decimal(schema) => {
            Value::Decimal(logical::decimal_from_bytes(schema, &slice).map_err(Fault::Mapping)?)
        }
    })
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
        1 => Value::Bytes(bytes.sized()?),
        2 => Value::Float64(f64::from_le_bytes(bytes.array()?)),
        3 => Value::Float32(f32::from_le_bytes(bytes.array()?)),
        4 => Value::Int32(bytes.long()? as i32),
        5 => Value::Int64(bytes.long()?),
        6 => sized(&Target::Text, bytes.sized()?)?,
        7 => Value::Array(Arc::new(elements(bytes, 1, |bytes, out| {
            out.push(anything(bytes, depth + 1)?);
            Ok(())
        })?)),
        _ => map(bytes, |bytes, entries| {
            entries.push(anything(bytes, depth + 1)?);
            entries.push(anything(bytes, depth + 1)?);
            Ok(())
        })?,
    })
}
