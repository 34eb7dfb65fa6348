//! Where the id of a schema travels: before the payload or in a header of the record.
//!
//! ```text
//! 00 id(4) [indexes] payload          01 guid(16) [indexes] payload          header: 01 guid(16) [indexes]
//! ```
//! Indexes (Protobuf) are zigzag varints: a count, then that many; a count of 0 stands for the one index 0.

use kconnect_api::{Buf, ConfigError, ConverterRole, Exception, Props, WireHeader, WireHeaders, classes};

use crate::client::parse_guid;

/// A schema's name in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SchemaId {
    /// By number.
    Number(i32),
    /// By GUID.
    Guid([u8; 16]),
}

impl std::fmt::Display for SchemaId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Guid(guid) => f.write_str(&guid_text(guid)),
        }
    }
}

/// A GUID as the registry writes it.
pub(crate) fn guid_text(guid: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in guid.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// How ids are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IdWriter {
    /// The number before the payload.
    Prefix,
    /// The GUID in a header.
    Header,
}

/// Where ids are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IdReader {
    /// In the header, else before the payload.
    Dual,
    /// Before the payload.
    Prefix,
    /// Nowhere: all records have this one.
    Fixed(SchemaId, Vec<i32>),
}

fn unknown<T>(key: &str, class: &str) -> Result<T, ConfigError> {
    Err(ConfigError::invalid(key, class, &format!("Class {class} could not be found.")))
}

impl IdWriter {
    pub(crate) fn of_class(key: &str, class: &str) -> Result<Self, ConfigError> {
        match class.rsplit('.').next() {
            Some("PrefixSchemaIdSerializer") => Ok(Self::Prefix),
            Some("HeaderSchemaIdSerializer") => Ok(Self::Header),
            _ => unknown(key, class),
        }
    }
}

impl IdReader {
    pub(crate) fn of_class(key: &str, class: &str, props: &Props) -> Result<Self, ConfigError> {
        match class.rsplit('.').next() {
            Some("DualSchemaIdDeserializer") => Ok(Self::Dual),
            Some("PrefixSchemaIdDeserializer") => Ok(Self::Prefix),
            Some("ConfigSchemaIdDeserializer") => Self::fixed(props),
            _ => unknown(key, class),
        }
    }

    fn fixed(props: &Props) -> Result<Self, ConfigError> {
        let bad = |key: &str, text: &str| ConfigError::text(key, format!("Cannot parse {text}"));
        let mut indexes = Vec::new();
        if let Some(text) = props.get("use.message.indexes") {
            for part in text.split(',') {
                indexes.push(part.trim().parse().map_err(|_| bad("use.message.indexes", text))?);
            }
        }
        if let Some(text) = props.get("use.schema.guid") {
            let guid = parse_guid(text).ok_or_else(|| bad("use.schema.guid", text))?;
            return Ok(Self::Fixed(SchemaId::Guid(guid), indexes));
        }
        let text = props.get("use.schema.id").ok_or_else(|| ConfigError::missing("use.schema.id"))?;
        let number = text.trim().parse().map_err(|_| bad("use.schema.id", text))?;
        Ok(Self::Fixed(SchemaId::Number(number), indexes))
    }

    /// Tells id and payload apart; `indexes` is overwritten with the message indexes, if the format has any.
    pub(crate) fn split(
        &self,
        role: ConverterRole,
        headers: &WireHeaders,
        bytes: &Buf,
        has_indexes: bool,
        indexes: &mut Vec<i32>,
    ) -> Result<(SchemaId, Buf), Exception> {
        indexes.clear();
        match self {
            Self::Fixed(id, fixed) => {
                indexes.extend_from_slice(fixed);
                Ok((*id, bytes.clone()))
            }
            Self::Prefix => prefix(bytes, has_indexes, indexes),
            Self::Dual => {
                let failed = |cause| {
                    Exception::new(classes::SERIALIZATION, "Error deserializing schema ID").caused_by(cause)
                };
                let name = header_name(role);
                let header = headers.iter().rev().find(|header| &*header.key == name);
                if let Some(value) = header.and_then(|header| header.value.as_ref()) {
                    let (id, _) = prefix(value, has_indexes, indexes).map_err(failed)?;
                    return Ok((id, bytes.clone()));
                }
                prefix(bytes, has_indexes, indexes).map_err(failed)
            }
        }
    }
}

/// The header that carries the id of a key's or value's schema.
fn header_name(role: ConverterRole) -> &'static str {
    match role {
        ConverterRole::Key => "__key_schema_id",
        _ => "__value_schema_id",
    }
}

fn underflow() -> Exception {
    Exception::without_message("java.nio.BufferUnderflowException")
}

fn prefix(bytes: &Buf, has_indexes: bool, indexes: &mut Vec<i32>) -> Result<(SchemaId, Buf), Exception> {
    let (magic, mut rest) = bytes.as_slice().split_first().ok_or_else(underflow)?;
    let id = match magic {
        0 => {
            let (number, left) = rest.split_first_chunk().ok_or_else(underflow)?;
            rest = left;
            SchemaId::Number(i32::from_be_bytes(*number))
        }
        1 => {
            let (guid, left) = rest.split_first_chunk().ok_or_else(underflow)?;
            rest = left;
            SchemaId::Guid(*guid)
        }
        _ => return Err(Exception::new(classes::ILLEGAL_ARGUMENT, "Unknown magic byte!")),
    };
    if has_indexes {
        read_indexes(&mut rest, indexes)?;
    }
    let from = bytes.len() - rest.len();
    Ok((id, bytes.slice(from..bytes.len())))
}

fn read_indexes(bytes: &mut &[u8], indexes: &mut Vec<i32>) -> Result<(), Exception> {
    let count = read_varint(bytes)?;
    if count == 0 {
        indexes.push(0);
        return Ok(());
    }
    // Each index takes a byte at least.
    let count = usize::try_from(count).ok().filter(|count| *count <= bytes.len()).ok_or_else(underflow)?;
    for _ in 0..count {
        indexes.push(read_varint(bytes)?);
    }
    Ok(())
}

fn read_varint(bytes: &mut &[u8]) -> Result<i32, Exception> {
    let mut value = 0u32;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or_else(underflow)?;
        *bytes = rest;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok((value >> 1) as i32 ^ -((value & 1) as i32));
        }
    }
    Err(Exception::new(
        classes::ILLEGAL_ARGUMENT,
        "Varint is too long, the most significant bit in the 5th byte is set",
    ))
}

fn write_varint(value: i32, out: &mut Vec<u8>) {
    let mut value = ((value << 1) ^ (value >> 31)) as u32;
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn write_indexes(indexes: &[i32], out: &mut Vec<u8>) {
    if indexes == [0] {
        return out.push(0);
    }
    write_varint(i32::try_from(indexes.len()).unwrap_or(i32::MAX), out);
    for index in indexes {
        write_varint(*index, out);
    }
}

/// What goes with every payload of one schema.
#[derive(Clone, Debug)]
pub(crate) enum Frame {
    /// Bytes before the payload.
    Prefix(Box<[u8]>),
    /// A header.
    Header(WireHeader),
}

impl Frame {
    /// The frame of a schema with this number and GUID.
    pub(crate) fn new(
        writer: IdWriter,
        role: ConverterRole,
        number: Option<i32>,
        guid: Option<&str>,
        indexes: Option<&[i32]>,
    ) -> Result<Self, Exception> {
        let missing = |what: &str| Exception::new(classes::SERIALIZATION, format!("Schema {what} is null"));
        let mut bytes = Vec::new();
        match writer {
            IdWriter::Prefix => {
                bytes.push(0);
                bytes.extend_from_slice(&number.ok_or_else(|| missing("ID"))?.to_be_bytes());
            }
            IdWriter::Header => {
                bytes.push(1);
                bytes.extend_from_slice(&guid.and_then(parse_guid).ok_or_else(|| missing("GUID"))?);
            }
        }
        if let Some(indexes) = indexes {
            write_indexes(indexes, &mut bytes);
        }
        Ok(match writer {
            IdWriter::Prefix => Self::Prefix(bytes.into()),
            IdWriter::Header => {
                Self::Header(WireHeader { key: header_name(role).into(), value: Some(bytes.into()) })
            }
        })
    }

    /// The bytes before the payload.
    pub(crate) fn prefix(&self) -> &[u8] {
        match self {
            Self::Prefix(bytes) => bytes,
            Self::Header(_) => &[],
        }
    }

    /// Adds the header, unless the last of its name says the same already.
    pub(crate) fn add_header(&self, headers: &mut WireHeaders) {
        if let Self::Header(header) = self {
            let last = headers.iter().rev().find(|it| it.key == header.key);
            if last.is_none_or(|last| last.value != header.value) {
                headers.push(header.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Buf {
        let digits: Vec<u8> = text.bytes().filter(|b| *b != b' ').collect();
        let bytes =
            digits.chunks(2).map(|p| u8::from_str_radix(std::str::from_utf8(p).unwrap(), 16).unwrap());
        Buf::from(bytes.collect::<Vec<u8>>())
    }

    #[test]
    fn message_indexes() {
        for (indexes, bytes) in [(&[0][..], "00"), (&[1], "0202"), (&[1, 0], "040200"), (&[100], "02c801")] {
            let frame =
                Frame::new(IdWriter::Prefix, ConverterRole::Value, Some(7), None, Some(indexes)).unwrap();
            assert_eq!(frame.prefix(), hex(&format!("0000000007{bytes}")).as_slice());
            let framed = hex(&format!("0000000007{bytes}0801"));
            let mut read = Vec::new();
            let split =
                IdReader::Dual.split(ConverterRole::Value, &vec![], &framed, true, &mut read).unwrap();
            assert_eq!((split, &read[..]), ((SchemaId::Number(7), hex("0801")), indexes));
        }
    }

    #[test]
    fn a_header_with_a_guid_goes_before_the_prefix() {
        let guid = "00112233-4455-6677-8899-aabbccddeeff";
        let frame = Frame::new(IdWriter::Header, ConverterRole::Key, None, Some(guid), None).unwrap();
        let mut headers = WireHeaders::new();
        frame.add_header(&mut headers);
        frame.add_header(&mut headers);
        assert_eq!(headers.len(), 1);
        assert_eq!(headers[0].value.as_deref(), Some(&hex("01 00112233445566778899aabbccddeeff")[..]));
        let split = |role| {
            IdReader::Dual.split(role, &headers, &hex("00 00000005 02"), false, &mut Vec::new()).unwrap()
        };
        let (id, payload) = split(ConverterRole::Key);
        assert_eq!((id.to_string().as_str(), payload), (guid, hex("00 00000005 02")));
        assert_eq!(split(ConverterRole::Value), (SchemaId::Number(5), hex("02")));
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let fault = |reader: IdReader, bytes: &str, indexes: bool| {
            reader.split(ConverterRole::Value, &vec![], &hex(bytes), indexes, &mut Vec::new()).unwrap_err()
        };
        for (bytes, indexes, cause) in [
            ("", false, "java.nio.BufferUnderflowException"),
            ("00 0000", false, "java.nio.BufferUnderflowException"),
            ("01 00", false, "java.nio.BufferUnderflowException"),
            ("7b22", false, "java.lang.IllegalArgumentException"),
            ("00 00000001", true, "java.nio.BufferUnderflowException"),
            ("00 00000001 feffffff0f", true, "java.nio.BufferUnderflowException"),
            ("00 00000001 01", true, "java.nio.BufferUnderflowException"),
            ("00 00000001 ffffffffffff", true, "java.lang.IllegalArgumentException"),
        ] {
            let error = fault(IdReader::Dual, bytes, indexes);
            assert_eq!(error.message(), Some("Error deserializing schema ID"));
            assert_eq!(error.cause().unwrap().class(), cause, "{bytes}");
        }
        assert_eq!(fault(IdReader::Prefix, "7b", false).message(), Some("Unknown magic byte!"));
    }
}
