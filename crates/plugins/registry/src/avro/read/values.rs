//! Running the steps over the bytes of a value.

use std::sync::Arc;

use kconnect_api::{Buf, Exception, MapValue, Schema, Struct, Text, Value, logical};

use super::bytes_left::Bytes;
use super::{Fields, MOST_DEPTH, MemberPlan, RecordPlan, Step, Target, Whole};
use crate::avro::to_connect::integer;
use crate::format::Fault;

/// Room made for the elements of a block before they are seen.
const MOST_FORESEEN: usize = 1024;

fn malformed(text: impl Into<String>) -> Fault {
    Fault::Payload(Exception::new("org.apache.avro.AvroRuntimeException", text))
}

pub(super) fn read(step: &Step, bytes: &mut Bytes<'_>) -> Result<Value, Fault> {
    Ok(match step {
        Step::Null => Value::Null,
        Step::Boolean => Value::Bool(bytes.byte()? == 1),
        Step::Integer(whole) => {
            let number = bytes.long()?;
            match whole {
                Whole::Int32 => Value::Int32(number as i32),
                Whole::Int64 => Value::Int64(number),
                Whole::Timestamp => Value::Date(number),
                Whole::As(schema) => integer(schema, number).map_err(Fault::Mapping)?,
            }
        }
        Step::Float => Value::Float32(f32::from_le_bytes(bytes.array()?)),
        Step::FloatAsDouble => Value::Float64(f64::from(f32::from_le_bytes(bytes.array()?))),
        Step::Double => Value::Float64(f64::from_le_bytes(bytes.array()?)),
        Step::Sized(target) => {
            let slice = bytes.sized()?;
            sized(target, slice)?
        }
        Step::Fixed(size, target) => {
            let slice = bytes.slice(*size)?;
            sized(target, slice)?
        }
        Step::Enum(symbols, name) => symbol(symbols, name, bytes)?,
        Step::Array(element) => array(bytes, |bytes| read(element, bytes))?,
        Step::Map(value) => map(bytes, |bytes| Ok((text(bytes.sized()?), read(value, bytes)?)))?,
        Step::Entries { key, value, key_first: true } => {
            map(bytes, |bytes| Ok((read(key, bytes)?, read(value, bytes)?)))?
        }
        Step::Entries { key, value, key_first: false } => map(bytes, |bytes| {
            let value = read(value, bytes)?;
            Ok((read(key, bytes)?, value))
        })?,
        Step::Record(plan) => record(plan, bytes)?,
        Step::Union(members) => {
            let at = bytes.long()?;
            match usize::try_from(at).ok().and_then(|at| members.get(at)) {
                Some(step) => read(step, bytes)?,
                None => return Err(malformed(format!("{at} is no member of a union of {}", members.len()))),
            }
        }
        Step::Member(plan) => member(plan, read(&plan.step, bytes)?)?,
        Step::Skip(step) => {
            read(step, bytes)?;
            Value::Null
        }
        Step::Unreadable(why) => {
            return Err(Fault::Payload(Exception::new("org.apache.avro.AvroTypeException", &**why)));
        }
        Step::Anything => anything(bytes, 0)?,
    })
}

fn symbol(symbols: &[Value], name: &str, bytes: &mut Bytes<'_>) -> Result<Value, Fault> {
    let at = bytes.long()?;
    match usize::try_from(at).ok().and_then(|at| symbols.get(at)) {
        None | Some(Value::Null) => Err(malformed(format!("{at} is no symbol of {name}"))),
        Some(symbol) => Ok(symbol.clone()),
    }
}

fn record(plan: &RecordPlan, bytes: &mut Bytes<'_>) -> Result<Value, Fault> {
    let record = match &plan.fields {
        Fields::InOrder(steps) => {
            let mut values = Vec::with_capacity(steps.len());
            for step in steps {
                values.push(read(step, bytes)?);
            }
            Struct::assemble(plan.schema.clone(), values)
        }
        Fields::Placed((steps, defaults)) => {
            let mut values = vec![Value::Null; plan.schema.fields().len()];
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
            Struct::assemble(plan.schema.clone(), values)
        }
        Fields::Checked((steps, defaults)) => {
            let mut record = Struct::new(plan.schema.clone()).map_err(Fault::Mapping)?;
            for (place, step) in steps {
                let value = read(step, bytes)?;
                if let Some(place) = place {
                    record.put_at(*place, value).map_err(Fault::Mapping)?;
                }
            }
            for (place, value) in defaults {
                record.put_at(*place, value.clone()).map_err(Fault::Mapping)?;
            }
            record
        }
    };
    Ok(Value::Struct(Arc::new(record)))
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

/// Elements, which come in blocks.
fn elements<T>(
    bytes: &mut Bytes<'_>,
    mut element: impl FnMut(&mut Bytes<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut elements = Vec::new();
    loop {
        let count = bytes.block()?;
        if count == 0 {
            return Ok(elements);
        }
        elements.reserve(usize::try_from(count).unwrap_or(MOST_FORESEEN).min(MOST_FORESEEN));
        for _ in 0..count {
            bytes.count_element()?;
            elements.push(element(bytes)?);
        }
    }
}

fn array(
    bytes: &mut Bytes<'_>,
    element: impl FnMut(&mut Bytes<'_>) -> Result<Value, Fault>,
) -> Result<Value, Fault> {
    Ok(Value::Array(Arc::new(elements(bytes, element)?)))
}

/// A Java `HashMap` made for as many entries.
fn map(
    bytes: &mut Bytes<'_>,
    entry: impl FnMut(&mut Bytes<'_>) -> Result<(Value, Value), Fault>,
) -> Result<Value, Fault> {
    let entries = elements(bytes, entry)?;
    let mut map = MapValue::hashed_with_capacity(u32::try_from(entries.len()).unwrap_or(u32::MAX));
    for (key, value) in entries {
        map.insert(key, value);
    }
    Ok(Value::Map(Arc::new(map)))
}

/// Text; bytes that are none are replaced, as Java does it.
fn text(slice: Buf) -> Value {
    match Text::from_utf8(slice) {
        Ok(text) => Value::String(text),
        Err(slice) => Value::string(String::from_utf8_lossy(&slice).into_owned()),
    }
}

pub(super) fn sized(target: &Target, slice: Buf) -> Result<Value, Fault> {
    match target {
        Target::Text => Ok(text(slice)),
        Target::Bytes => Ok(Value::Bytes(slice)),
        Target::Decimal(schema) => {
            logical::decimal_from_bytes(schema, &slice).map(Value::Decimal).map_err(Fault::Mapping)
        }
    }
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
        6 => text(bytes.sized()?),
        7 => array(bytes, |bytes| anything(bytes, depth + 1))?,
        _ => map(bytes, |bytes| Ok((anything(bytes, depth + 1)?, anything(bytes, depth + 1)?)))?,
    })
}
