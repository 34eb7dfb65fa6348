//! How values of a Connect schema are written as a message: compiled once, run once a record.
//!
//! A message's [`Step`]s stand in the order of field numbers, which is the order in which upstream's serialiser puts
//! fields on the wire. Each step knows where its value is found in the struct, its tag, and how the value is encoded.
//! What cannot be written compiles into [`What::Broken`], since upstream fails only when such a value comes.
//!
//! A message may also be that of a text which the registry dictates ([`Planner::dictated`]). Its fields are then found
//! by name, and one that has another name there by the number that it would have had: a text whose fields are numbered
//! in another order gets each value where it belongs.

use std::collections::HashMap;
use std::sync::Arc;

use kconnect_api::{Exception, Logical, Schema, Type, classes};

use super::from_connect::{is_union, is_wrapped, parse_int};
use super::link::{FieldType, Kind, MessageType, Pool};
use super::names;
use super::scalar::{Scalar, WireType};
use super::settings::Rules;
use super::wire::put_varint;

/// How structs of one schema are written.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// Fields of the struct that are unions: positions.
    pub(super) unions: Vec<usize>,
}

/// One field of the message.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) source: Source,
    number: u32,
    /// The tag, encoded.
    pub(super) tag: Vec<u8>,
    /// Whether the default is written, too.
    pub(super) presence: bool,
    pub(super) what: What,
}

/// Where the value is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// The struct's field at this position.
    Field(usize),
    /// A member of a union: position among the plan's unions, position in the union's struct.
    Member(usize, usize),
}

/// How a value is encoded.
#[derive(Debug)]
pub(super) enum What {
    /// A scalar; `kind` is the Connect type that the value must have.
    Scalar { kind: Type, scalar: Scalar },
    /// A scalar in a wrapper message.
    Wrapper { kind: Type, scalar: Scalar },
    /// An enum by number; the number is that of the default.
    EnumNumber { kind: Type, first: i32 },
    /// An enum by symbol.
    EnumSymbol { symbols: Arc<Symbols>, first: i32 },
    /// A logical value.
    Logical { logical: Logical, schema: Schema },
    /// A struct.
    Message { schema: Schema, plan: Arc<Plan> },
    /// A list; scalars that can lie in one block do.
    List { element: Box<Step>, is_packed: bool },
    /// A map as a list of messages with key and value.
    Map { key: Box<Step>, value: Box<Step> },
    /// Nothing can be written here.
    Broken(Exception),
}

/// Numbers of an enum's symbols.
pub(super) type Symbols = HashMap<Box<[u8]>, i32>;

/// Compiles plans for the messages of a pool.
pub(super) struct Planner<'p> {
    pool: &'p Pool,
    rules: Rules,
    /// The pool of the schema's own file, when `pool` is that of another text.
    own: Option<&'p Pool>,
    done: HashMap<(Schema, usize, Option<usize>), Arc<Plan>>,
    /// Symbols by the schema that tells them, and of texts of the registry: many fields may have one enum.
    symbols: HashMap<Schema, Arc<Symbols>>,
    dictated: HashMap<usize, Arc<Symbols>>,
    depth: usize,
}

/// A field as the schema's own file has it, when another text is written to.
type Own<'p> = Option<&'p FieldType>;

impl<'p> Planner<'p> {
    pub(super) fn new(pool: &'p Pool, rules: Rules) -> Self {
        let (done, symbols, dictated) = Default::default();
        Self { pool, rules, own: None, done, symbols, dictated, depth: 0 }
    }

    /// Plans for the messages of `pool`, which is the registry's, for schemas whose own file is `own`.
    pub(super) fn dictated(pool: &'p Pool, own: &'p Pool, rules: Rules) -> Self {
        Self { own: Some(own), ..Self::new(pool, rules) }
    }

    /// The plan for `schema`, a STRUCT, and a message; `own` is that of the schema's own file. Neither nests deeper
    /// than `from_connect` allows: a struct inside a struct has a schema inside the other's.
    pub(super) fn plan(
        &mut self,
        schema: &Schema,
        message: usize,
        own: Option<usize>,
    ) -> Result<Arc<Plan>, Exception> {
        let key = (schema.clone(), message, own);
        if let Some(plan) = self.done.get(&key) {
            return Ok(Arc::clone(plan));
        }
        if self.depth > super::from_connect::DEPTH_MAX {
            return Err(Exception::data("structs nest too deep"));
        }
        self.depth += 1;
        let (mut steps, mut unions) = (Vec::new(), Vec::new());
        for field in schema.fields() {
            if is_union(field.schema()) {
                for member in field.schema().fields() {
                    let source = Source::Member(unions.len(), member.index());
                    let found = self.find(message, own, &self.scrub(member.name()));
                    steps.push(self.step(source, field.name(), found, member.schema(), true)?);
                }
                unions.push(field.index());
            } else {
                let name = self.scrub(field.name());
                let found = self.find(message, own, &name);
                steps.push(self.step(Source::Field(field.index()), &name, found, field.schema(), false)?);
            }
        }
        steps.sort_by_key(|step| step.number);
        self.depth -= 1;
        let plan = Arc::new(Plan { steps, unions });
        self.done.insert(key, Arc::clone(&plan));
        Ok(plan)
    }

    /// The field called `name`, and the one of the schema's own file.
    fn find(&self, message: usize, own: Option<usize>, name: &str) -> (Option<&'p FieldType>, Own<'p>) {
        let target = self.pool.message(message);
        let own_message = self.own.zip(own).map(|(pool, own)| pool.message(own));
        let own_field = own_message.and_then(|own| own.field(name));
        let found = target.field(name).or_else(|| {
            let number = own_field?.number();
            // A field of this number that the schema has itself, too, is another one.
            let renamed = target.field_of_number(number)?;
            own_message?.field(renamed.name()).is_none().then_some(renamed)
        });
        (found, own_field)
    }

    fn scrub(&self, name: &str) -> String {
        if self.rules.scrub { names::scrub(name) } else { name.to_owned() }
    }

    fn step(
        &mut self,
        source: Source,
        name: &str,
        (field, own): (Option<&FieldType>, Own<'p>),
        schema: &Schema,
        is_member: bool,
    ) -> Result<Step, Exception> {
        let Some(field) = field else {
            let what = What::Broken(Exception::data(format!("Cannot find field with name {name}")));
            return Ok(Step { source, number: 0, tag: Vec::new(), presence: true, what });
        };
        let what = self.value(field, own, schema, name, is_member)?;
        Ok(Step {
            source,
            number: field.number(),
            tag: tag(field.number(), wire_type(&what)),
            presence: field.has_presence(),
            what,
        })
    }

    fn value(
        &mut self,
        field: &FieldType,
        own: Own<'p>,
        schema: &Schema,
        name: &str,
        is_member: bool,
    ) -> Result<What, Exception> {
        if let Some(logical) = schema.logical() {
            let is_message = matches!(field.kind, Kind::Message(index)
                if self.pool.message(index).full_name == super::from_connect::message_of(logical));
            return Ok(match is_message {
                true => What::Logical { logical, schema: schema.clone() },
                false => wrong_object(field, self.pool, "com.google.protobuf.DynamicMessage"),
            });
        }
        match (schema.kind(), field.kind) {
            (Type::Array, _) if field.is_repeated() => self.list(field, own, schema, name),
            (Type::Map, Kind::Message(entry)) if field.is_repeated() => {
                self.map(entry, message_of(own), schema)
            }
            (Type::Struct, _) if is_union(schema) => {
                Ok(What::Broken(Exception::data(format!("Cannot find field with name {name}"))))
            }
            (Type::Struct, Kind::Message(message)) => Ok(What::Message {
                schema: schema.clone(),
                plan: self.plan(schema, message, message_of(own))?,
            }),
            (_, kind) => self.primitive(field, kind, schema, is_member),
        }
    }

    fn list(
        &mut self,
        field: &FieldType,
        own: Own<'p>,
        schema: &Schema,
        name: &str,
    ) -> Result<What, Exception> {
        let element_schema =
            schema.value_schema().ok_or_else(|| Exception::without_message(classes::NULL_POINTER))?;
        let what = match element_schema.kind() {
            // A list of lists of entries, which protobuf has no form for.
            Type::Map => wrong_object(field, self.pool, "java.util.ArrayList"),
            _ => self.value(field, own, element_schema, name, false)?,
        };
        let is_packed = match &what {
            What::Scalar { scalar, .. } => scalar.is_packable(),
            What::EnumNumber { .. } | What::EnumSymbol { .. } => true,
            _ => false,
        };
        let tag = tag(field.number(), wire_type(&what));
        let element = Step { source: Source::Field(0), number: field.number(), tag, presence: true, what };
        Ok(What::List { element: Box::new(element), is_packed })
    }

    fn map(&mut self, entry: usize, own: Option<usize>, schema: &Schema) -> Result<What, Exception> {
        let null = || Exception::without_message(classes::NULL_POINTER);
        let key_schema = schema.key_schema().ok_or_else(null)?;
        let value_schema = schema.value_schema().ok_or_else(null)?;
        let key = self.step(Source::Field(0), "key", self.find(entry, own, "key"), key_schema, false)?;
        let value =
            self.step(Source::Field(1), "value", self.find(entry, own, "value"), value_schema, false)?;
        Ok(What::Map { key: Box::new(key), value: Box::new(value) })
    }

    fn primitive(
        &mut self,
        field: &FieldType,
        kind: Kind,
        schema: &Schema,
        is_member: bool,
    ) -> Result<What, Exception> {
        let connect = schema.kind();
        let pool = self.pool;
        let broken = || Ok(wrong_object(field, pool, java_value(connect)));
        match kind {
            Kind::Enum(index) => {
                let found = pool.enumeration(index);
                let first = found.declared.values[0].1;
                match connect {
                    // A text of the registry knows its symbols itself.
                    Type::String if self.own.is_some() => {
                        let symbols = self.dictated.entry(index).or_insert_with(|| {
                            let symbols = found.declared.values.iter();
                            Arc::new(
                                symbols.map(|(name, number)| (name.as_bytes().into(), *number)).collect(),
                            )
                        });
                        Ok(What::EnumSymbol { symbols: Arc::clone(symbols), first })
                    }
                    Type::String => Ok(What::EnumSymbol { symbols: self.symbols(schema)?, first }),
                    Type::Int32 => Ok(What::EnumNumber { kind: connect, first }),
                    _ => broken(),
                }
            }
            Kind::Message(index) => match wrapped_scalar(pool.message(index)) {
                Some(scalar) if self.own.is_some() && fits(connect, scalar) => {
                    Ok(What::Wrapper { kind: connect, scalar })
                }
                Some(_) if is_wrapped(self.rules, schema, is_member) => match written_as(connect, schema) {
                    Some(scalar) => Ok(What::Wrapper { kind: connect, scalar }),
                    None => broken(),
                },
                _ => broken(),
            },
            Kind::Scalar(scalar) => match fits(connect, scalar) {
                true => Ok(What::Scalar { kind: connect, scalar }),
                false => broken(),
            },
        }
    }

    fn symbols(&mut self, schema: &Schema) -> Result<Arc<Symbols>, Exception> {
        if let Some(known) = self.symbols.get(schema) {
            return Ok(Arc::clone(known));
        }
        let prefix = if self.rules.generalized { names::GENERAL_ENUM } else { names::ENUM };
        let mut symbols = Symbols::new();
        for (key, number) in schema.parameters().unwrap_or_default() {
            if let Some(symbol) = key.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')) {
                symbols.insert(symbol.as_bytes().into(), parse_int(number)?);
            }
        }
        let symbols = Arc::new(symbols);
        self.symbols.insert(schema.clone(), Arc::clone(&symbols));
        Ok(symbols)
    }
}

/// The message that a field holds.
fn message_of(field: Own<'_>) -> Option<usize> {
    match field?.kind {
        Kind::Message(index) => Some(index),
        _ => None,
    }
}

/// The scalar in a wrapper message.
pub(super) fn wrapped_scalar(message: &MessageType) -> Option<Scalar> {
    Some(match message.full_name.strip_prefix("google.protobuf.")? {
        "DoubleValue" => Scalar::Double,
        "FloatValue" => Scalar::Float,
        "Int64Value" => Scalar::Int64,
        "UInt64Value" => Scalar::Uint64,
        "Int32Value" => Scalar::Int32,
        "UInt32Value" => Scalar::Uint32,
        "BoolValue" => Scalar::Bool,
        "StringValue" => Scalar::String,
        "BytesValue" => Scalar::Bytes,
        _ => return None,
    })
}

/// How upstream writes a value into a wrapper message: it knows only some of them.
fn written_as(connect: Type, schema: &Schema) -> Option<Scalar> {
    Some(match connect {
        Type::Int64 if matches!(schema.parameter(names::TYPE), Some("uint32" | "fixed32")) => Scalar::Int32,
        _ => scalar_of(connect)?,
    })
}

/// The scalar that a Connect type is written as when nothing else is said.
pub(super) fn scalar_of(connect: Type) -> Option<Scalar> {
    Some(match connect {
        Type::Int8 | Type::Int16 | Type::Int32 => Scalar::Int32,
        Type::Int64 => Scalar::Int64,
        Type::Float32 => Scalar::Float,
        Type::Float64 => Scalar::Double,
        Type::Boolean => Scalar::Bool,
        Type::String => Scalar::String,
        Type::Bytes => Scalar::Bytes,
        Type::Array | Type::Map | Type::Struct => return None,
    })
}

/// Whether values of a Connect type can be written as `scalar`.
fn fits(connect: Type, scalar: Scalar) -> bool {
    match connect {
        // Of 64 bits, unsigned 32-bit numbers keep the low half.
        Type::Int64 => scalar.java_type() == "LONG" || matches!(scalar, Scalar::Uint32 | Scalar::Fixed32),
        _ => scalar_of(connect).is_some_and(|default| default.java_type() == scalar.java_type()),
    }
}

fn java_value(connect: Type) -> &'static str {
    match connect {
        Type::Int8 | Type::Int16 | Type::Int32 => "java.lang.Integer",
        Type::Int64 => "java.lang.Long",
        Type::Float32 => "java.lang.Float",
        Type::Float64 => "java.lang.Double",
        Type::Boolean => "java.lang.Boolean",
        Type::String => "java.lang.String",
        Type::Bytes => "com.google.protobuf.ByteString$LiteralByteString",
        Type::Array | Type::Map => "java.util.ArrayList",
        Type::Struct => "com.google.protobuf.DynamicMessage",
    }
}

/// What protobuf-java says of a value that a field cannot take.
fn wrong_object(field: &FieldType, pool: &Pool, class: &str) -> What {
    let java_type = match field.kind {
        Kind::Scalar(scalar) => scalar.java_type(),
        Kind::Message(_) => "MESSAGE",
        Kind::Enum(index) => return not_an_enum(&pool.enumeration(index).full_name),
    };
    let message = format!(
        "Wrong object type used with protocol message reflection.\nField number: {}, field java type: {java_type}, \
         value type: {class}\n",
        field.number()
    );
    What::Broken(Exception::new(classes::ILLEGAL_ARGUMENT, message))
}

fn not_an_enum(full_name: &str) -> What {
    tracing::debug!(full_name, "an enum is written from a schema that is none");
    What::Broken(enum_expected())
}

/// What protobuf-java says of a value that an enum does not have.
pub(super) fn enum_expected() -> Exception {
    Exception::new(
        classes::ILLEGAL_ARGUMENT,
        "DynamicMessage should use EnumValueDescriptor to set Enum Value.",
    )
}

fn wire_type(what: &What) -> WireType {
    match what {
        What::Scalar { scalar, .. } => scalar.wire_type(),
        What::EnumNumber { .. } | What::EnumSymbol { .. } => WireType::Varint,
        What::List { element, is_packed: false } => wire_type(&element.what),
        _ => WireType::Length,
    }
}

fn tag(number: u32, wire_type: WireType) -> Vec<u8> {
    let mut tag = Vec::with_capacity(5);
    put_varint(&mut tag, u64::from(number << 3 | wire_type.bits()));
    tag
}
