//! Base64-encoded descriptors to [`File`]s.
//!
//! A client that has only compiled code registers its `FileDescriptorProto` in base64. It is read with the wire
//! reader of this module, which sees the option `confluent.field_meta` that a generated reader would drop.

use kconnect_api::base64;

use super::file::{Enum, Field, File, Label, MapEntry, Message, Syntax, TypeName};
use super::scalar::{Scalar, WireType};
use super::wire::{Cursor, Malformed};

/// How deep messages may be declared in each other.
const DEPTH_MAX: usize = 32;
/// The number of the extensions in `confluent/meta.proto`.
const META: u32 = 1088;

/// The file in a base64 text; `None` when it is none.
pub(super) fn parse(text: &str) -> Option<File> {
    let bytes = base64::decode(text.trim()).ok()?;
    if bytes.is_empty() {
        return None;
    }
    file(Cursor::new(&bytes, 0, bytes.len())).ok()
}

/// What a field of a descriptor holds.
enum Part<'a> {
    Number(i32),
    Block(Cursor<'a>),
}

impl Part<'_> {
    fn number(&self) -> i32 {
        match self {
            Self::Number(number) => *number,
            Self::Block(_) => 0,
        }
    }

    fn text(&self) -> Result<String, Malformed> {
        match self {
            Self::Number(_) => Err(Malformed::WireType),
            Self::Block(block) => String::from_utf8(block.rest().to_vec()).map_err(|_| Malformed::Utf8),
        }
    }

    fn block(&self) -> Result<Cursor<'_>, Malformed> {
        match self {
            Self::Number(_) => Err(Malformed::WireType),
            Self::Block(block) => Ok(block.clone()),
        }
    }
}

/// Hands each field of a message to `take`.
fn each<'a>(
    mut at: Cursor<'a>,
    mut take: impl FnMut(u32, Part<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    while !at.is_at_end() {
        let (number, wire_type) = at.tag()?;
        match wire_type {
            WireType::Varint => take(number, Part::Number(at.varint()? as i32))?,
            WireType::Length => take(number, Part::Block(at.inner()?))?,
            _ => at.skip(number, wire_type, 1)?,
        }
    }
    Ok(())
}

fn file(at: Cursor<'_>) -> Result<File, Malformed> {
    let mut file =
        File { package: None, syntax: Syntax::Proto2, imports: vec![], messages: vec![], enums: vec![] };
    each(at, |number, part| {
        match number {
            2 => file.package = Some(part.text()?).filter(|package| !package.is_empty()),
            3 => file.imports.push(part.text()?),
            4 => file.messages.push(message(part.block()?, 1)?),
            5 => file.enums.push(enumeration(part.block()?)?),
            12 if part.text()? == "proto3" => file.syntax = Syntax::Proto3,
            _ => {}
        }
        Ok(())
    })?;
    Ok(file)
}

fn message(at: Cursor<'_>, depth: usize) -> Result<Message, Malformed> {
    if depth > DEPTH_MAX {
        return Err(Malformed::Depth);
    }
    let mut message = Message::default();
    each(at, |number, part| {
        match number {
            1 => message.name = part.text()?,
            2 => message.fields.extend(field(part.block()?)?),
            3 => message.messages.push(self::message(part.block()?, depth + 1)?),
            4 => message.enums.push(enumeration(part.block()?)?),
            7 => each(part.block()?, |number, part| {
                if number == 7 && part.number() != 0 {
                    message.entry = MapEntry::Written;
                }
                Ok(())
            })?,
            8 => each(part.block()?, |number, part| {
                if number == 1 {
                    message.oneofs.push(part.text()?);
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    })?;
    let real = message.fields.iter().filter_map(|field| field.oneof).max().map_or(0, |last| last + 1);
    message.oneofs.truncate(real);
    Ok(message)
}

/// `None` for a group.
fn field(at: Cursor<'_>) -> Result<Option<Field>, Malformed> {
    let (mut kind, mut named, mut optional) = (0, None, false);
    let mut field = Field {
        name: String::new(),
        number: 0,
        label: Label::None,
        kind: TypeName::Scalar(Scalar::Bytes),
        oneof: None,
        default: None,
        params: Vec::new(),
    };
    each(at, |number, part| {
        match number {
            1 => field.name = part.text()?,
            3 => field.number = part.number(),
            4 => {
                field.label = match part.number() {
                    2 => Label::Required,
                    3 => Label::Repeated,
                    _ => Label::None,
                }
            }
            5 => kind = part.number(),
            6 => named = Some(part.text()?),
            7 => field.default = Some(part.text()?),
            8 => field.params.extend(options(part.block()?)?),
            9 => field.oneof = usize::try_from(part.number()).ok(),
            17 => optional = part.number() != 0,
            _ => {}
        }
        Ok(())
    })?;
    if kind == 10 {
        return Ok(None);
    }
    if optional {
        (field.label, field.oneof) = (Label::Optional, None);
    }
    field.kind = match (Scalar::of_descriptor(kind), named) {
        (Some(scalar), _) => TypeName::Scalar(scalar),
        (None, Some(name)) => TypeName::Named(name),
        (None, None) => return Err(Malformed::WireType),
    };
    Ok(Some(field))
}

/// The parameters of `confluent.field_meta` in `FieldOptions`.
fn options(at: Cursor<'_>) -> Result<Vec<(String, String)>, Malformed> {
    let mut params = Vec::new();
    each(at, |number, part| match number {
        META => each(part.block()?, |number, part| {
            if number == 2 {
                let (mut key, mut value) = (String::new(), String::new());
                each(part.block()?, |number, part| {
                    match number {
                        1 => key = part.text()?,
                        2 => value = part.text()?,
                        _ => {}
                    }
                    Ok(())
                })?;
                params.push((key, value));
            }
            Ok(())
        }),
        _ => Ok(()),
    })?;
    Ok(params)
}

fn enumeration(at: Cursor<'_>) -> Result<Enum, Malformed> {
    let mut found = Enum { name: String::new(), values: Vec::new() };
    each(at, |number, part| {
        match number {
            1 => found.name = part.text()?,
            2 => {
                let mut value = (String::new(), 0);
                each(part.block()?, |number, part| {
                    match number {
                        1 => value.0 = part.text()?,
                        2 => value.1 = part.number(),
                        _ => {}
                    }
                    Ok(())
                })?;
                found.values.push(value);
            }
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}
