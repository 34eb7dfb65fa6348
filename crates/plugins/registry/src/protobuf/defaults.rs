//! What a field that was not written has: zero, or what a proto2 text says.

use kconnect_api::{Buf, Exception, Logical, Text, Type, Value};

use super::link::{EnumType, FieldType};
use super::logical;
use super::wire::Cursor;

/// Zero, false or empty.
pub(super) fn zero(target: Type) -> Value {
    match target {
        Type::Int8 => Value::Int8(0),
        Type::Int16 => Value::Int16(0),
        Type::Int32 => Value::Int32(0),
        Type::Int64 => Value::Int64(0),
        Type::Float32 => Value::Float32(0.0),
        Type::Float64 => Value::Float64(0.0),
        Type::Boolean => Value::Bool(false),
        Type::String => Value::String(Text::from("")),
        Type::Bytes => Value::byte_buffer(Buf::from(&[][..])),
        Type::Array | Type::Map | Type::Struct => Value::Null,
    }
}

/// A logical value without any field.
pub(super) fn logical(logical: Logical) -> Result<Value, Exception> {
    logical::read(logical, Cursor::new(&[], 0, 0), 0).map_err(|fault| match fault {
        logical::Fault::Bytes(error) => error.into(),
        logical::Fault::Value(error) => error,
    })
}

/// The default of a scalar field. Texts that are no such value count as zero; a parser has checked them.
pub(super) fn scalar(field: &FieldType, target: Type) -> Value {
    let Some(text) = &field.field.default else { return zero(target) };
    let parsed = match target {
        Type::Int8 => text.parse().ok().map(|number: i64| Value::Int8(number as i8)),
        Type::Int16 => text.parse().ok().map(|number: i64| Value::Int16(number as i16)),
        Type::Int32 => text.parse().ok().map(Value::Int32),
        // Unsigned numbers beyond the signed ones are negative, as in Java.
        Type::Int64 => {
            text.parse().ok().or_else(|| text.parse().ok().map(|n: u64| n as i64)).map(Value::Int64)
        }
        Type::Float32 => text.parse().ok().map(Value::Float32),
        Type::Float64 => text.parse().ok().map(Value::Float64),
        Type::Boolean => Some(Value::Bool(text == "true")),
        Type::String => Some(Value::String(Text::from(text.as_str()))),
        Type::Bytes => Some(Value::byte_buffer(Buf::from(unescape(text)))),
        Type::Array | Type::Map | Type::Struct => None,
    };
    parsed.unwrap_or_else(|| zero(target))
}

/// The default of an enum field: what the text says, else the first symbol.
pub(super) fn enumeration(field: &FieldType, found: &EnumType, as_number: bool) -> Value {
    let values = &found.declared.values;
    let said = field.field.default.as_deref().and_then(|text| Some((text, found.number(text)?)));
    match said.or_else(|| values.first().map(|(name, number)| (name.as_str(), *number))) {
        Some((_, number)) if as_number => Value::Int32(number),
        Some((name, _)) => Value::String(Text::from(name)),
        None => Value::Null,
    }
}

/// Bytes in the escapes of C, as descriptors spell defaults.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = text.bytes().peekable();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(escape) = bytes.next() else { break };
        let mut digits = |start: u32, radix: u32, most: usize| {
            let mut number = start;
            for _ in 0..most {
                let Some(digit) = bytes.peek().and_then(|byte| char::from(*byte).to_digit(radix)) else {
                    break;
                };
                number = number * radix + digit;
                bytes.next();
            }
            number as u8
        };
        out.push(match escape {
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 11,
            b'x' | b'X' => digits(0, 16, 2),
            b'0'..=b'7' => digits(u32::from(escape - b'0'), 8, 2),
            other => other,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_c_are_bytes() {
        assert_eq!(unescape(r#"a\n\\\"\xff\001\377x"#), b"a\n\\\"\xff\x01\xffx");
        assert_eq!(unescape("\\"), b"");
    }
}
