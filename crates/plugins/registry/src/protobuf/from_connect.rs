//! Connect schemas to `.proto` files, in upstream's names, numbers and order.
//!
//! A struct becomes a message whose nested structs are messages declared inside it; within one message a name is
//! declared once, and a nested struct named like the message around it is that message. Structs without name are
//! counted through the whole file. A field's number is its parameter [`names::TAG`], else a count of those without.

use std::collections::HashSet;

use kconnect_api::{Exception, Logical, MapValue, Schema, Type, Value, classes};

use super::file::{Enum, Field, File, Label, MapEntry, Message, Syntax, TypeName};
use super::settings::Rules;
use super::{known, names};
use crate::bounds::Unfolded;

/// The schema of a root value that is no struct: a wrapper message. `None` for types without one.
pub(super) fn wrapper(kind: Type) -> Option<&'static str> {
    Some(match kind {
        Type::Int8 | Type::Int16 | Type::Int32 => "google.protobuf.Int32Value",
        Type::Int64 => "google.protobuf.Int64Value",
        Type::Float32 => "google.protobuf.FloatValue",
        Type::Float64 => "google.protobuf.DoubleValue",
        Type::Boolean => "google.protobuf.BoolValue",
        Type::String => "google.protobuf.StringValue",
        Type::Bytes => "google.protobuf.BytesValue",
        Type::Array | Type::Map | Type::Struct => return None,
    })
}

/// The file for `schema`, a STRUCT, and the full name of its message.
pub(super) fn file(rules: Rules, schema: &Schema) -> Result<(File, String), Exception> {
    let mut builder = Builder { rules, unnamed: 0, imports: Vec::new(), fields: Unfolded::default() };
    let full_name = builder.name_or_default(schema.name());
    let (package, name) = names::split(&full_name, rules.scrub);
    let message = builder.message(name.clone(), schema, 1)?;
    let full_name = package.as_ref().map_or_else(|| name.clone(), |package| format!("{package}.{name}"));
    let file = File {
        package,
        syntax: Syntax::Proto3,
        imports: builder.imports,
        messages: vec![message],
        enums: Vec::new(),
    };
    Ok((file, full_name))
}

/// Whether a struct stands for a oneof.
pub(super) fn is_union(schema: &Schema) -> bool {
    schema.kind() == Type::Struct
        && (schema.name().is_some_and(|name| name.starts_with(names::UNION))
            || schema.parameter(names::GENERAL_UNION).is_some())
}

/// Whether an optional value is written as a wrapper message.
pub(super) fn is_wrapped(rules: Rules, schema: &Schema, is_member: bool) -> bool {
    rules.wrapper_for_nullables
        && schema.is_optional()
        && (!is_member
            || schema.parameter(names::WRAPPER).is_some_and(|marker| marker.eq_ignore_ascii_case("true")))
}

/// How deep structs may nest: no reader takes more.
pub(super) const DEPTH_MAX: usize = super::wire::DEPTH_MAX;

struct Builder {
    rules: Rules,
    /// How many names were made for schemas without one.
    unnamed: usize,
    imports: Vec<String>,
    /// Through all messages.
    fields: Unfolded,
}

/// A message that is being made: what is declared in it already.
struct Open {
    message: Message,
    structs: HashSet<String>,
    enums: HashSet<String>,
}

impl Open {
    fn new(name: String) -> Self {
        let message = Message { name, ..Message::default() };
        Self { message, structs: HashSet::new(), enums: HashSet::new() }
    }
}

impl Builder {
    fn message(&mut self, name: String, schema: &Schema, depth: usize) -> Result<Message, Exception> {
        if depth > DEPTH_MAX {
            return Err(Exception::data(format!("structs nest deeper than {DEPTH_MAX} levels")));
        }
        let mut open = Open::new(name);
        let mut next = 1;
        for field in schema.fields() {
            let number = match tag(field.schema())? {
                Some(tag) => tag,
                None => {
                    next += 1;
                    next - 1
                }
            };
            let name = self.scrub(field.name());
            let optional = self.rules.optional_for_nullables
                && field.schema().is_optional()
                && !matches!(field.schema().kind(), Type::Array | Type::Map);
            let made = self.field(&mut open, field.schema(), name, number, None, depth)?;
            if let Some(mut made) = made {
                if optional {
                    made.label = Label::Optional;
                }
                open.message.fields.push(made);
            }
        }
        Ok(open.message)
    }

    /// A field and what must be declared for it; `None` for a union, whose members are added instead.
    fn field(
        &mut self,
        open: &mut Open,
        schema: &Schema,
        name: String,
        number: i32,
        oneof: Option<usize>,
        depth: usize,
    ) -> Result<Option<Field>, Exception> {
        self.fields.add(1)?;
        let label = match schema.kind() {
            Type::Array | Type::Map => Label::Repeated,
            _ => Label::None,
        };
        let schema = match schema.kind() {
            Type::Array => value_schema(schema)?,
            _ => schema,
        };
        let mut params = Vec::new();
        let kind = self.kind(schema, &name, &mut params, oneof.is_some())?;
        if schema.kind() == Type::Struct && is_union(schema) {
            self.union(open, schema, depth)?;
            return Ok(None);
        }
        self.declare(open, schema, &kind, depth)?;
        Ok(Some(Field { name, number, label, kind: TypeName::of_word(&kind), oneof, default: None, params }))
    }

    fn union(&mut self, open: &mut Open, schema: &Schema, depth: usize) -> Result<(), Exception> {
        let name = if self.rules.generalized {
            let name = schema.parameter(names::GENERAL_UNION);
            name.ok_or_else(|| Exception::without_message(classes::NULL_POINTER))?.to_owned()
        } else {
            let full_name = schema.name().unwrap_or_default();
            // What stands behind `Union.`; names of general unions are cut at the same place.
            let from = names::UNION.len() + 1;
            let rest = full_name.get(from..).ok_or_else(|| {
                let length = full_name.encode_utf16().count();
                Exception::new(
                    "java.lang.StringIndexOutOfBoundsException",
                    format!("begin {from}, end {length}, length {length}"),
                )
            })?;
            self.unqualified(Some(rest))
        };
        let oneof = open.message.oneofs.len();
        open.message.oneofs.push(name);
        for field in schema.fields() {
            let number = tag(field.schema())?.unwrap_or(0);
            let name = self.scrub(field.name());
            if let Some(mut made) = self.field(open, field.schema(), name, number, Some(oneof), depth)? {
                made.oneof = Some(oneof);
                open.message.fields.push(made);
            }
        }
        Ok(())
    }

    /// Declares the message or enum of a field, or imports its file.
    fn declare(
        &mut self,
        open: &mut Open,
        schema: &Schema,
        kind: &str,
        depth: usize,
    ) -> Result<(), Exception> {
        if let Some(file) = known_file(schema, kind) {
            if !self.imports.iter().any(|import| import == file) {
                self.imports.push(file.to_owned());
            }
            return Ok(());
        }
        match schema.kind() {
            Type::Struct if kind == open.message.name || !open.structs.insert(kind.to_owned()) => {}
            Type::Struct => {
                let nested = self.message(kind.to_owned(), schema, depth + 1)?;
                open.message.messages.push(nested);
            }
            Type::Map => {
                let entry = self.entry(kind.to_owned(), schema, depth + 1)?;
                open.message.messages.push(entry);
            }
            _ if is_enum(schema) => {
                let name = self.unqualified(schema.name());
                if open.enums.insert(name.clone()) {
                    let values = self.symbols(schema)?;
                    open.message.enums.push(Enum { name, values });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn entry(&mut self, name: String, schema: &Schema, depth: usize) -> Result<Message, Exception> {
        if depth > DEPTH_MAX {
            return Err(Exception::data(format!("structs nest deeper than {DEPTH_MAX} levels")));
        }
        let mut open = Open::new(name);
        open.message.entry = MapEntry::No;
        let key = schema.key_schema().ok_or_else(|| Exception::without_message(classes::NULL_POINTER))?;
        for (name, part, number) in [("key", key, 1), ("value", value_schema(schema)?, 2)] {
            match self.field(&mut open, part, name.to_owned(), number, None, depth)? {
                Some(field) => open.message.fields.push(field),
                // Upstream fails on a union here, too.
                None => return Err(Exception::without_message(classes::NULL_POINTER)),
            }
        }
        Ok(open.message)
    }

    /// The word for the type of a value, and the parameters that say what the word does not.
    fn kind(
        &mut self,
        schema: &Schema,
        field: &str,
        params: &mut Vec<(String, String)>,
        is_member: bool,
    ) -> Result<String, Exception> {
        if let Some(logical) = schema.logical() {
            if logical == Logical::Decimal {
                *params = decimal_params(schema);
            }
            return Ok(message_of(logical).to_owned());
        }
        let or_wrapper = |scalar: &str, wrapper: &str| {
            let name = if is_wrapped(self.rules, schema, is_member) { wrapper } else { scalar };
            name.to_owned()
        };
        let kind = match schema.kind() {
            Type::Int8 | Type::Int16 => {
                params.push(("connect.type".to_owned(), schema.kind().name().to_owned()));
                or_wrapper("int32", "google.protobuf.Int32Value")
            }
            Type::Int32 => match schema.parameter(names::ENUM) {
                Some(name) => name.to_owned(),
                None => or_wrapper(typed(schema, "int32"), "google.protobuf.Int32Value"),
            },
            Type::Int64 => match typed(schema, "int64") {
                word @ ("uint32" | "fixed32") => or_wrapper(word, "google.protobuf.UInt32Value"),
                word @ ("uint64" | "fixed64") => or_wrapper(word, "google.protobuf.UInt64Value"),
                word => or_wrapper(word, "google.protobuf.Int64Value"),
            },
            Type::Float32 => or_wrapper("float", "google.protobuf.FloatValue"),
            Type::Float64 => or_wrapper("double", "google.protobuf.DoubleValue"),
            Type::Boolean => or_wrapper("bool", "google.protobuf.BoolValue"),
            Type::String => match schema.parameter(names::GENERAL_ENUM).or(schema.parameter(names::ENUM)) {
                Some(name) => name.to_owned(),
                None => or_wrapper("string", "google.protobuf.StringValue"),
            },
            Type::Bytes => or_wrapper("bytes", "google.protobuf.BytesValue"),
            Type::Array => return Err(Exception::new(classes::ILLEGAL_ARGUMENT, "Array cannot be nested")),
            Type::Map => names::to_entry(&self.unqualified(schema.name())),
            Type::Struct => {
                let name = self.unqualified(schema.name());
                // A message and a field of one name cannot stand in one message.
                if name == field { name + "Message" } else { name }
            }
        };
        Ok(kind)
    }

    /// Symbols and numbers of an enum, from the schema's parameters.
    fn symbols(&self, schema: &Schema) -> Result<Vec<(String, i32)>, Exception> {
        let prefix = if self.rules.generalized { names::GENERAL_ENUM } else { names::ENUM };
        let symbol = |key: &str| Some(key.strip_prefix(prefix)?.strip_prefix('.')?.to_owned());
        schema
            .parameters()
            .unwrap_or_default()
            .iter()
            .filter_map(|(key, number)| symbol(key).map(|symbol| Ok((symbol, parse_int(number)?))))
            .collect()
    }

    fn name_or_default(&mut self, name: Option<&str>) -> String {
        match name.filter(|name| !name.is_empty()) {
            Some(name) => name.to_owned(),
            None => {
                self.unnamed += 1;
                format!("{}{}", names::DEFAULT, self.unnamed)
            }
        }
    }

    /// The name without its package.
    fn unqualified(&mut self, name: Option<&str>) -> String {
        let full_name = self.name_or_default(name);
        let simple = full_name.rsplit_once('.').map_or(&*full_name, |(_, simple)| simple);
        self.scrub(simple)
    }

    fn scrub(&self, name: &str) -> String {
        if self.rules.scrub { names::scrub(name) } else { name.to_owned() }
    }
}

fn is_enum(schema: &Schema) -> bool {
    schema.parameter(names::GENERAL_ENUM).is_some() || schema.parameter(names::ENUM).is_some()
}

fn typed<'s>(schema: &'s Schema, default: &'s str) -> &'s str {
    schema.parameter(names::TYPE).unwrap_or(default)
}

fn value_schema(schema: &Schema) -> Result<&Schema, Exception> {
    schema.value_schema().ok_or_else(|| Exception::without_message(classes::NULL_POINTER))
}

fn tag(schema: &Schema) -> Result<Option<i32>, Exception> {
    schema.parameter(names::TAG).map(parse_int).transpose()
}

pub(super) fn parse_int(text: &str) -> Result<i32, Exception> {
    text.parse().map_err(|_| Exception::new(classes::NUMBER_FORMAT, format!("For input string: \"{text}\"")))
}

/// The message that a logical type becomes.
pub(super) fn message_of(logical: Logical) -> &'static str {
    match logical {
        Logical::Decimal => "confluent.type.Decimal",
        Logical::Date => "google.type.Date",
        Logical::Time => "google.type.TimeOfDay",
        Logical::Timestamp => "google.protobuf.Timestamp",
    }
}

/// The file of a type that is not declared beside its field.
fn known_file(schema: &Schema, kind: &str) -> Option<&'static str> {
    match schema.logical() {
        Some(Logical::Decimal) => Some(known::DECIMAL),
        Some(Logical::Date) => Some(known::DATE),
        Some(Logical::Time) => Some(known::TIME),
        Some(Logical::Timestamp) => Some(known::TIMESTAMP),
        None => {
            wrapper(schema.kind()).filter(|_| kind.starts_with("google.protobuf.")).map(|_| known::WRAPPERS)
        }
    }
}

/// Precision and scale, in the order of the Java map that upstream keeps them in.
fn decimal_params(schema: &Schema) -> Vec<(String, String)> {
    let mut params = MapValue::hashed();
    for (name, parameter) in [("precision", names::PRECISION), ("scale", "scale")] {
        if let Some(value) = schema.parameter(parameter) {
            params.insert(Value::from(name), Value::from(value));
        }
    }
    params.iter().map(|(key, value)| (key.to_java_string(), value.to_java_string())).collect()
}
