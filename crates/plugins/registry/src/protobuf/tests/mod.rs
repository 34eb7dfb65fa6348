//! Behaviour of the whole format; what the tests share.

mod from_connect;
mod hostile;
mod recorded;
mod round_trip;
mod to_connect;

use kconnect_api::{Buf, Exception, Props, Schema, SchemaAndValue, Settings, Struct, Value};

use super::{Protobuf, ProtobufSettings, ProtobufWriter};
use crate::format::{Dependency, Fault, Format, Local, Registered, Written};

/// The format with some settings.
fn protobuf(settings: &[(&str, &str)]) -> Protobuf {
    let props: Props = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Protobuf::new(ProtobufSettings::parse(&props).unwrap()).unwrap()
}

fn registered(text: &str) -> Registered {
    Registered { text: text.to_owned(), dependencies: Vec::new(), version: None }
}

fn with_dependencies(text: &str, dependencies: &[(&str, &str)]) -> Registered {
    let dependency = |(name, text): &(&str, &str)| Dependency {
        name: (*name).to_owned(),
        text: (*text).to_owned(),
        references: Vec::new(),
    };
    Registered { dependencies: dependencies.iter().map(dependency).collect(), ..registered(text) }
}

/// What `text` makes of a payload.
fn read(format: &mut Protobuf, text: &str, indexes: &[i32], payload: &[u8]) -> Result<SchemaAndValue, Fault> {
    let mut reader = format.parse(&registered(text)).map_err(Fault::Mapping)?;
    format.read(&mut reader, indexes, &Buf::from(payload))
}

/// What a schema is registered as, and the payload of a value.
fn write(
    format: &mut Protobuf,
    schema: &Schema,
    value: &Value,
) -> Result<(Local<ProtobufWriter>, Vec<u8>), Exception> {
    let local = format.map(Some(schema), value)?;
    let payload = payload(format, &local, schema, value)?;
    Ok((local, payload))
}

fn payload(
    format: &mut Protobuf,
    local: &Local<ProtobufWriter>,
    schema: &Schema,
    value: &Value,
) -> Result<Vec<u8>, Exception> {
    let mut out = Vec::new();
    assert_eq!(format.write(&local.writer, Some(schema), value, &mut out)?, Written::Payload);
    Ok(out)
}

/// A struct of `schema` with some fields set.
fn data(schema: &Schema, fields: &[(&str, Value)]) -> Value {
    let mut data = Struct::new(schema.clone()).unwrap();
    for (name, value) in fields {
        data.put(name, value.clone()).unwrap();
    }
    Value::Struct(data.into())
}

fn bytes(bytes: &[u8]) -> Value {
    Value::bytes(Buf::from(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of hexadecimal digits; spaces are for the reader.
fn unhex(text: &str) -> Vec<u8> {
    let digits: String = text.split(' ').collect();
    (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

/// `class: message` of an exception without its package.
fn error_text(error: &Exception) -> String {
    let class = error.class().rsplit('.').next().unwrap_or_default();
    format!("{class}: {}", error.message().unwrap_or("null"))
}

fn fault_text(fault: &Fault) -> String {
    match fault {
        Fault::Payload(error) => format!("payload {}", error_text(error)),
        Fault::Mapping(error) => format!("mapping {}", error_text(error)),
    }
}
