//! Registered schema texts to [`File`]s.
//!
//! The grammar is protox's, which bounds nesting and needs neither protoc nor C; what it gives is copied into the few
//! facts that matter here. A text that is no `.proto` may be a base64-encoded `FileDescriptorProto`, which some clients
//! register and which registries accept.

use std::collections::HashSet;

use kconnect_api::{Exception, classes};
use prost_types::field_descriptor_proto::{Label as ProtoLabel, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, UninterpretedOption,
};

use super::file::{Enum, Field, File, Label, MapEntry, Message, Syntax, TypeName};
use super::{binary, meta, scalar::Scalar};

/// Longer texts are refused: 100,000 fields fit well.
const TEXT_MAX: usize = 8 << 20;

/// Parses the text of a schema; an `IllegalArgumentException` when it is none.
pub(super) fn parse(name: &str, text: &str) -> Result<File, Exception> {
    if text.len() > TEXT_MAX {
        let size = text.len();
        return Err(bad(format!("{name} has {size} bytes, more than the {TEXT_MAX} that are read")));
    }
    match protox_parse::parse(name, text) {
        Ok(proto) => Ok(file(proto)),
        // The debug form says where in the text.
        Err(error) => binary::parse(text).ok_or_else(|| bad(format!("{error:?}"))),
    }
}

fn bad(why: String) -> Exception {
    Exception::new(classes::ILLEGAL_ARGUMENT, format!("Could not parse Protobuf - {why}"))
}

fn file(proto: FileDescriptorProto) -> File {
    let syntax = match proto.syntax.as_deref() {
        Some("proto3") => Syntax::Proto3,
        _ => Syntax::Proto2,
    };
    File {
        package: proto.package.filter(|package| !package.is_empty()),
        syntax,
        imports: proto.dependency,
        messages: proto.message_type.into_iter().map(message).collect(),
        enums: proto.enum_type.into_iter().map(enumeration).collect(),
    }
}

fn message(proto: DescriptorProto) -> Message {
    let options = proto.options.unwrap_or_default();
    let entry = if options.map_entry == Some(true) {
        MapEntry::Generated
    } else if options.uninterpreted_option.iter().any(|option| is_true(option, "map_entry")) {
        MapEntry::Written
    } else {
        MapEntry::No
    };
    // Groups are fields that upstream's reader of texts leaves out; their bytes are skipped like unknown fields. The
    // parser declares a message for each, which is no message of the text.
    let is_group = |field: &&FieldDescriptorProto| field.r#type() == Type::Group;
    let groups: HashSet<&str> = proto.field.iter().filter(is_group).map(|field| field.type_name()).collect();
    let messages: Vec<Message> =
        proto.nested_type.into_iter().filter(|nested| !groups.contains(nested.name())).map(message).collect();
    let fields = proto.field.into_iter().filter(|f| f.r#type() != Type::Group).map(field).collect::<Vec<_>>();
    // Oneofs for the word `optional` come last and are no oneofs of the text.
    let real = fields.iter().filter_map(|field| field.oneof).max().map_or(0, |last| last + 1);
    let oneofs = proto.oneof_decl.into_iter().take(real).map(|oneof| oneof.name.unwrap_or_default());
    Message {
        name: proto.name.unwrap_or_default(),
        oneofs: oneofs.collect(),
        fields,
        messages,
        enums: proto.enum_type.into_iter().map(enumeration).collect(),
        entry,
    }
}

fn field(proto: FieldDescriptorProto) -> Field {
    let label = match (proto.proto3_optional(), proto.label()) {
        (true, _) => Label::Optional,
        (_, ProtoLabel::Repeated) => Label::Repeated,
        (_, ProtoLabel::Required) => Label::Required,
        (_, ProtoLabel::Optional) => Label::None,
    };
    let oneof = (!proto.proto3_optional())
        .then_some(proto.oneof_index)
        .flatten()
        .and_then(|index| usize::try_from(index).ok());
    let scalar = proto.r#type.and_then(Scalar::of_descriptor);
    let kind = scalar.map_or_else(|| TypeName::Named(proto.type_name.unwrap_or_default()), TypeName::Scalar);
    let options = proto.options.unwrap_or_default().uninterpreted_option;
    Field {
        name: proto.name.unwrap_or_default(),
        number: proto.number.unwrap_or_default(),
        label,
        kind,
        oneof,
        default: proto.default_value,
        params: options.iter().flat_map(params).collect(),
    }
}

fn enumeration(proto: EnumDescriptorProto) -> Enum {
    let value = |value: prost_types::EnumValueDescriptorProto| {
        (value.name.unwrap_or_default(), value.number.unwrap_or_default())
    };
    Enum { name: proto.name.unwrap_or_default(), values: proto.value.into_iter().map(value).collect() }
}

fn is_true(option: &UninterpretedOption, name: &str) -> bool {
    let [part] = option.name.as_slice() else { return false };
    part.name_part == name && option.identifier_value.as_deref() == Some("true")
}

/// Parameters in `(confluent.field_meta) = {…}` and in `(confluent.field_meta).params = {…}`.
fn params(option: &UninterpretedOption) -> Vec<(String, String)> {
    let Some((first, rest)) = option.name.split_first() else { return Vec::new() };
    if !first.is_extension || first.name_part.trim_start_matches('.') != meta::FIELD_META {
        return Vec::new();
    }
    let Some(aggregate) = &option.aggregate_value else { return Vec::new() };
    match rest {
        [] => meta::params(aggregate),
        [part] if part.name_part == "params" => meta::entry(aggregate).into_iter().collect(),
        _ => Vec::new(),
    }
}
