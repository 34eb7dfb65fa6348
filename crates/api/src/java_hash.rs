//! Java's `hashCode` of values: the iteration order of a Java `HashMap` depends on it, and that order shows in bytes.

use bigdecimal::num_bigint::Sign;

use crate::{Text, Value};

/// `value.hashCode()`; 0 for null. Structs hash by identity of their types in Java, so theirs is only stable here.
#[must_use]
pub fn java_hash(value: &Value) -> i32 {
    match value {
        Value::Null => 0,
        Value::Bool(true) => 1231,
        Value::Bool(false) => 1237,
        Value::Int8(value) => i32::from(*value),
        Value::Int16(value) => i32::from(*value),
        Value::Int32(value) => *value,
        Value::Int64(value) | Value::Date(value) => fold(*value as u64),
        Value::Float32(value) => {
            if value.is_nan() {
                0x7fc0_0000
            } else {
                value.to_bits() as i32
            }
        }
        Value::Float64(value) => fold(if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() }),
        Value::String(text) if text.is_broken() => wtf8_hash(text),
        Value::String(text) if text.wtf8().is_ascii() => ascii_hash(text.wtf8()),
        Value::String(text) => string_hash(text.as_str()),
        // A Java byte[] hashes by identity, a ByteBuffer by content from its end.
        Value::Bytes(bytes, _) => bytes.iter().rev().fold(1, |hash, &byte| step(hash, i32::from(byte as i8))),
        Value::Array(elements) => list_hash(elements),
        Value::Map(map) => {
            map.iter().fold(0, |sum: i32, (key, value)| sum.wrapping_add(java_hash(key) ^ java_hash(value)))
        }
        Value::Struct(inner) => list_hash(inner.values()),
        Value::Decimal(value) => {
            let (unscaled, scale) = value.as_bigint_and_scale();
            step(big_integer_hash(&unscaled), scale as i32)
        }
    }
}

fn step(hash: i32, next: i32) -> i32 {
    hash.wrapping_mul(31).wrapping_add(next)
}

fn ascii_hash(text: &[u8]) -> i32 {
    text.iter().fold(0, |hash, &byte| step(hash, i32::from(byte)))
}

fn fold(bits: u64) -> i32 {
    (bits ^ (bits >> 32)) as i32
}

/// `String.hashCode`, over UTF-16 units.
#[must_use]
pub(crate) fn string_hash(text: &str) -> i32 {
    if text.is_ascii() {
        return ascii_hash(text.as_bytes());
    }
    text.encode_utf16().fold(0, |hash, unit| step(hash, i32::from(unit)))
}

/// The same of a text with surrogates that have no partner.
fn wtf8_hash(text: &Text) -> i32 {
    let mut hash = 0;
    text.wtf8_parts(|valid, lone| {
        hash = valid.encode_utf16().chain(lone).fold(hash, |hash, unit| step(hash, i32::from(unit)));
    });
    hash
}

fn list_hash(elements: &[Value]) -> i32 {
    elements.iter().fold(1, |hash, element| step(hash, java_hash(element)))
}

fn big_integer_hash(value: &bigdecimal::num_bigint::BigInt) -> i32 {
    let (sign, words) = value.to_u32_digits();
    let magnitude = words.iter().rev().fold(0, |hash, &word| step(hash, word as i32));
    match sign {
        Sign::Minus => magnitude.wrapping_neg(),
        Sign::NoSign => 0,
        Sign::Plus => magnitude,
    }
}
