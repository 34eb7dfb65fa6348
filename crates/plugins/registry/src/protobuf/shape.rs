//! How messages become Connect values: their schemas, and what each field number does.
//!
//! A [`Shape`] is compiled once for a message and shared by all fields of that type; a field adds its own number and
//! optionality, so each has a schema of its own around the same fields. The order of Connect fields is upstream's:
//! the message's oneofs first, each as a struct of its members, then the other fields as declared.
//!
//! Connect schemas cannot refer to themselves here, so a message that contains itself is refused, by name. Messages
//! that contain others many times over are measured before they are built: a shape knows its unfolded size.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kconnect_api::{Exception, Logical, Schema, SchemaBuilder, Struct, Text, Type, Value};

use super::defaults;
use super::file::Syntax;
use super::link::{EnumType, FieldType, Kind, MessageType, Pool};
use super::names;
use super::plan::wrapped_scalar;
use super::scalar::Scalar;
use super::settings::Rules;
use crate::bounds::{Unfolded, of_text};

/// A message as Connect sees it.
#[derive(Debug)]
pub(super) struct Shape {
    /// The STRUCT with its fields, to which users of it add their own attributes.
    builder: SchemaBuilder,
    /// In the order of numbers.
    pub(super) fields: Vec<ReadField>,
    pub(super) groups: Vec<Group>,
    /// Initial values of all Connect fields.
    initial: Vec<Initial>,
    /// How many fields are lists, maps and single messages.
    pub(super) lists: usize,
    pub(super) maps: usize,
    pub(super) singles: usize,
    pub(super) has_required: bool,
    /// Its unfolded size.
    size: usize,
    height: usize,
}

/// A oneof.
#[derive(Debug)]
pub(super) struct Group {
    /// The struct for its members and the position of the field that holds it; none when unions are flattened.
    pub(super) union: Option<(usize, Schema)>,
}

/// What a field has before anything was read.
#[derive(Clone, Debug)]
enum Initial {
    Value(Value),
    /// There must be something: the default is no value.
    Missing(Exception),
}

/// What to do with a field number.
#[derive(Debug)]
pub(super) struct ReadField {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) what: What,
    pub(super) many: Many,
    pub(super) is_required: bool,
}

/// Where the value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The Connect field at this position.
    Slot(usize),
    /// A member of the group: position in the union's struct, or of the Connect field when unions are flattened.
    Member { group: usize, slot: usize },
}

/// How often a field may occur. Numbers count the fields of each kind, for what is collected while reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Many {
    /// Once; the last one counts.
    One,
    /// Once, but several are merged: a message.
    Merged(usize),
    List(usize),
    Map(usize),
}

/// How one value is read.
#[derive(Debug)]
pub(super) enum What {
    Scalar {
        scalar: Scalar,
        target: Type,
        is_checked: bool,
    },
    /// An enum by symbol.
    Symbol {
        symbols: Arc<HashMap<i32, Value>>,
        name: String,
        is_closed: bool,
    },
    /// An enum by number; a closed one has only those.
    Number {
        closed: Option<Arc<HashSet<i32>>>,
    },
    Wrapper {
        scalar: Scalar,
        target: Type,
        is_checked: bool,
    },
    Logical(Logical),
    Message {
        shape: Arc<Shape>,
        template: Arc<Template>,
    },
    Map {
        key: Box<Entry>,
        value: Box<Entry>,
    },
}

/// A struct with initial values, or why there is none.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) schema: Schema,
    pub(super) values: Vec<Value>,
    /// Fields that must have been read, with what is wrong otherwise.
    pub(super) missing: Vec<(usize, Exception)>,
}

/// Key or value of a map's entry.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) number: u32,
    pub(super) what: What,
    pub(super) many: Many,
    /// What an entry without it has.
    pub(super) default: Result<Value, Exception>,
}

/// How a whole record is read.
#[derive(Debug)]
pub(super) enum Root {
    Struct {
        schema: Schema,
        shape: Arc<Shape>,
        template: Arc<Template>,
    },
    /// A wrapper message that stands for the value in it.
    Wrapped {
        schema: Schema,
        what: What,
        default: Value,
    },
}

/// Shapes of messages by their index, which the next compiler of the same pool need not make again.
pub(super) type Shapes = HashMap<usize, Arc<Shape>>;

/// Compiles shapes of a pool's messages.
pub(super) struct Compiler<'p> {
    pool: &'p Pool,
    rules: Rules,
    done: Shapes,
    /// Enums, without what a field adds.
    enums: HashMap<usize, (SchemaBuilder, Enumeration)>,
    /// Messages that are being compiled, the outermost first.
    open: Vec<usize>,
}

/// How the numbers of an enum are read.
#[derive(Clone)]
enum Enumeration {
    Symbols(Arc<HashMap<i32, Value>>),
    Numbers(Option<Arc<HashSet<i32>>>),
}

impl Shape {
    /// The field with this number. `hint` is where the last one was found: fields mostly come in order.
    #[inline]
    pub(super) fn field(&self, number: u32, hint: &mut usize) -> Option<&ReadField> {
        let start = *hint;
        for at in [start, start + 1] {
            if let Some(field) = self.fields.get(at)
                && field.number == number
            {
                *hint = at;
                return Some(field);
            }
        }
        let at = self.fields.binary_search_by_key(&number, |field| field.number).ok()?;
        *hint = at;
        self.fields.get(at)
    }

    fn template(&self, schema: &Schema) -> Template {
        let mut missing = Vec::new();
        let value = |(slot, initial): (usize, &Initial)| match initial {
            Initial::Value(known) => known.clone(),
            Initial::Missing(error) => {
                missing.push((slot, error.clone()));
                Value::Null
            }
        };
        let values = self.initial.iter().enumerate().map(value).collect();
        Template { schema: schema.clone(), values, missing }
    }
}

impl Template {
    /// The struct that stands for a message without fields.
    fn empty(&self) -> Result<Value, Exception> {
        match self.missing.first() {
            Some((_, error)) => Err(error.clone()),
            None => {
                let empty = Struct::assemble(self.schema.clone(), self.values.clone());
                Ok(Value::Struct(Arc::new(empty)))
            }
        }
    }
}

/// Scalars of Connect for scalars of protobuf.
pub(super) fn target_of(scalar: Scalar) -> Type {
    match scalar {
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => Type::Int32,
        Scalar::Double => Type::Float64,
        Scalar::Float => Type::Float32,
        Scalar::Bool => Type::Boolean,
        Scalar::String => Type::String,
        Scalar::Bytes => Type::Bytes,
        // Unsigned 32-bit numbers need more room than INT32 has.
        _ => Type::Int64,
    }
}

impl<'p> Compiler<'p> {
    /// A compiler that knows what others made of this pool.
    pub(super) fn new(pool: &'p Pool, rules: Rules, done: Shapes) -> Self {
        Self { pool, rules, done, enums: HashMap::new(), open: Vec::new() }
    }

    /// All shapes that are known now.
    pub(super) fn into_shapes(self) -> Shapes {
        self.done
    }

    /// How records that are this message are read.
    pub(super) fn root(&mut self, message: usize, version: Option<i32>) -> Result<Root, Exception> {
        let with_version = |builder: SchemaBuilder| match version {
            Some(version) => builder.version(version),
            None => builder,
        };
        let found = self.pool.message(message);
        if let Some(scalar) = wrapped_scalar(found).filter(|_| self.rules.wrapper_for_raw_primitives) {
            let target = target_of(scalar);
            let schema = with_version(SchemaBuilder::new(target)).build()?;
            let what = What::Wrapper { scalar, target, is_checked: found.syntax == Syntax::Proto3 };
            return Ok(Root::Wrapped { schema, what, default: defaults::zero(target) });
        }
        let shape = self.shape(message)?;
        let schema = with_version(shape.builder.clone()).build()?;
        let template = Arc::new(shape.template(&schema));
        Ok(Root::Struct { schema, shape, template })
    }

    fn shape(&mut self, message: usize) -> Result<Arc<Shape>, Exception> {
        if let Some(shape) = self.done.get(&message) {
            return Ok(Arc::clone(shape));
        }
        let found = self.pool.message(message);
        if self.open.contains(&message) {
            return Err(Exception::data(format!(
                "message {} contains itself, which schemas of this worker cannot; read the topic with a converter that \
                 needs no schema (ByteArrayConverter)",
                found.full_name
            )));
        }
        if self.open.len() >= super::wire::DEPTH_MAX {
            return Err(too_deep(&found.full_name));
        }
        self.open.push(message);
        let shape = Arc::new(self.build(found)?);
        self.open.pop();
        self.done.insert(message, Arc::clone(&shape));
        Ok(shape)
    }

    fn build(&mut self, message: &'p MessageType) -> Result<Shape, Exception> {
        let name = if self.rules.enhanced { &message.full_name } else { &message.name };
        let mut parts = Parts::default();
        let mut builder = SchemaBuilder::structure().name(&**name);
        for (index, oneof) in message.oneofs.iter().enumerate() {
            builder = self.oneof(&mut parts, builder, message, (index, oneof), message.members(index))?;
        }
        for field in message.fields.iter().filter(|field| field.field.oneof.is_none()) {
            let read = self.field(&mut parts, field, false)?;
            let place = Place::Slot(parts.initial.len());
            parts.initial.push(self.initial(field, &read)?);
            builder = builder.field(field.name(), read.schema.clone());
            parts.add(field, place, read)?;
        }
        parts.fields.sort_by_key(|field| field.number);
        parts.contain(1, 0, &message.full_name)?;
        Ok(Shape {
            // Built here, so that the first wrong field name is reported for this message.
            builder: builder.clone().build().map(|_| builder)?,
            has_required: parts.fields.iter().any(|field| field.is_required),
            fields: parts.fields,
            groups: parts.groups,
            initial: parts.initial,
            lists: parts.lists,
            maps: parts.maps,
            singles: parts.singles,
            size: parts.size.nodes(),
            height: parts.height + 1,
        })
    }

    fn oneof<'m>(
        &mut self,
        parts: &mut Parts,
        mut builder: SchemaBuilder,
        message: &MessageType,
        (index, oneof): (usize, &str),
        members: impl Iterator<Item = &'m FieldType>,
    ) -> Result<SchemaBuilder, Exception> {
        let group = parts.groups.len();
        if self.rules.flatten_unions {
            parts.groups.push(Group { union: None });
            for field in members {
                let read = self.field(parts, field, true)?;
                let slot = parts.initial.len();
                parts.initial.push(Initial::Value(Value::Null));
                builder = builder.field(field.name(), read.schema.clone());
                parts.add(field, Place::Member { group, slot }, read)?;
            }
            return Ok(builder);
        }
        let mut union = SchemaBuilder::structure();
        if self.rules.generalized {
            union = union.name(oneof).parameter(names::GENERAL_UNION, oneof);
        } else if self.rules.enhanced {
            union = union.name(format!("{}.{}.{oneof}", names::UNION, message.full_name));
        } else {
            union = union.name(format!("{}.{oneof}", names::UNION));
        }
        for (slot, field) in members.enumerate() {
            let read = self.field(parts, field, true)?;
            union = union.field(field.name(), read.schema.clone());
            parts.add(field, Place::Member { group, slot }, read)?;
        }
        let schema = union.optional().build()?;
        let name = if self.rules.index_for_unions { format!("{oneof}_{index}") } else { oneof.to_owned() };
        parts.groups.push(Group { union: Some((parts.initial.len(), schema.clone())) });
        parts.initial.push(Initial::Value(Value::Null));
        Ok(builder.field(name, schema))
    }

    /// A field's schema and how it is read.
    fn field(&mut self, parts: &mut Parts, field: &FieldType, is_member: bool) -> Result<Read, Exception> {
        let (mut builder, what) = self.value(parts, field)?;
        let is_map = matches!(what, What::Map { .. });
        if field.is_repeated() && !is_map {
            builder = SchemaBuilder::array(builder.optional().build()?).optional();
        }
        if is_member {
            builder = builder.optional();
            if matches!(what, What::Wrapper { .. }) {
                builder = builder.parameter(names::WRAPPER, "true");
            }
        } else if self.rules.optional_for_nullables {
            if field.is_optional() {
                builder = builder.optional();
            }
        } else if !self.rules.wrapper_for_nullables {
            builder = builder.optional();
        }
        let schema = builder.parameter(names::TAG, field.number().to_string()).build()?;
        let many = match (&what, field.is_repeated()) {
            (What::Map { .. }, _) => Many::Map(0),
            (_, true) => Many::List(0),
            (What::Message { .. } | What::Logical(_) | What::Wrapper { .. }, false) => Many::Merged(0),
            (_, false) => Many::One,
        };
        let template = match &what {
            What::Message { shape, .. } if !field.is_repeated() => Some(shape.template(&schema)),
            What::Message { shape, .. } => {
                let element = schema.value_schema().cloned().unwrap_or_else(|| schema.clone());
                Some(shape.template(&element))
            }
            _ => None,
        };
        let what = match (what, template) {
            (What::Message { shape, .. }, Some(template)) => {
                What::Message { shape, template: Arc::new(template) }
            }
            (what, _) => what,
        };
        Ok(Read { schema, what, many })
    }

    /// The schema without the field's own attributes, and how one value is read.
    fn value(&mut self, parts: &mut Parts, field: &FieldType) -> Result<(SchemaBuilder, What), Exception> {
        let is_checked = field.syntax() == Syntax::Proto3;
        match field.kind {
            Kind::Scalar(scalar) => {
                let target = match field.field.param("connect.type") {
                    Some("int8") if target_of(scalar) == Type::Int32 => Type::Int8,
                    Some("int16") if target_of(scalar) == Type::Int32 => Type::Int16,
                    _ => target_of(scalar),
                };
                let mut builder = SchemaBuilder::new(target);
                let is_usual = matches!(scalar, Scalar::Int32 | Scalar::Int64);
                if matches!(target, Type::Int32 | Type::Int64) && !is_usual {
                    builder = builder.parameter(names::TYPE, scalar.keyword());
                }
                Ok((builder, What::Scalar { scalar, target, is_checked }))
            }
            Kind::Enum(index) => {
                parts.size.add(self.pool.enumeration(index).declared.values.len())?;
                Ok(self.enumeration(index))
            }
            Kind::Message(index) => self.message(parts, field, index, is_checked),
        }
    }

    fn enumeration(&mut self, index: usize) -> (SchemaBuilder, What) {
        let found = self.pool.enumeration(index);
        let known = self.enums.get(&index).cloned();
        let (builder, enumeration) = known.unwrap_or_else(|| {
            let made = self.new_enumeration(found);
            self.enums.insert(index, made.clone());
            made
        });
        let what = match enumeration {
            Enumeration::Numbers(closed) => What::Number { closed },
            Enumeration::Symbols(symbols) => {
                let is_closed = found.syntax == Syntax::Proto2;
                What::Symbol { symbols, name: found.declared.name.clone(), is_closed }
            }
        };
        (builder, what)
    }

    fn new_enumeration(&self, found: &EnumType) -> (SchemaBuilder, Enumeration) {
        let declared = &found.declared;
        let kind = if self.rules.int_for_enums { Type::Int32 } else { Type::String };
        let name = if self.rules.enhanced { &found.full_name } else { &declared.name };
        let parameter = if self.rules.generalized { names::GENERAL_ENUM } else { names::ENUM };
        let symbols = declared
            .values
            .iter()
            .map(|(symbol, number)| (format!("{parameter}.{symbol}"), number.to_string()));
        let builder = SchemaBuilder::new(kind)
            .name(&**name)
            .parameter(parameter, &*declared.name)
            .parameters(symbols)
            .optional();
        if self.rules.int_for_enums {
            let numbers = || Arc::new(declared.values.iter().map(|(_, number)| *number).collect());
            return (builder, Enumeration::Numbers((found.syntax == Syntax::Proto2).then(numbers)));
        }
        let mut symbols = HashMap::new();
        for (symbol, number) in &declared.values {
            // Of several symbols for a number, the first one counts.
            symbols.entry(*number).or_insert_with(|| Value::String(Text::from(symbol.as_str())));
        }
        (builder, Enumeration::Symbols(Arc::new(symbols)))
    }

    fn message(
        &mut self,
        parts: &mut Parts,
        field: &FieldType,
        index: usize,
        is_checked: bool,
    ) -> Result<(SchemaBuilder, What), Exception> {
        let message = self.pool.message(index);
        let logical = match message.full_name.as_str() {
            "confluent.type.Decimal" => Some((decimal(field), Logical::Decimal)),
            "google.type.Date" => Some((SchemaBuilder::date(), Logical::Date)),
            "google.type.TimeOfDay" => Some((SchemaBuilder::time(), Logical::Time)),
            "google.protobuf.Timestamp" => Some((SchemaBuilder::timestamp(), Logical::Timestamp)),
            _ => None,
        };
        if let Some((builder, logical)) = logical {
            return Ok((builder.optional(), What::Logical(logical)));
        }
        if let Some(scalar) = wrapped_scalar(message).filter(|_| self.rules.wrapper_for_nullables) {
            let target = target_of(scalar);
            let what = What::Wrapper { scalar, target, is_checked };
            return Ok((SchemaBuilder::new(target).optional(), what));
        }
        if field.is_repeated() && is_map(message) {
            return self.map(parts, message);
        }
        let shape = self.shape(index)?;
        parts.contain(shape.size, shape.height, &message.full_name)?;
        let builder = shape.builder.clone().optional();
        // The template follows with the field's own schema.
        let schema = builder.clone().build()?;
        let template = Template { schema, values: Vec::new(), missing: Vec::new() };
        Ok((builder, What::Message { shape, template: Arc::new(template) }))
    }

    fn map(
        &mut self,
        outer: &mut Parts,
        message: &'p MessageType,
    ) -> Result<(SchemaBuilder, What), Exception> {
        let name = if self.rules.enhanced { &message.full_name } else { &message.name };
        let [key, value] = message.fields.as_slice() else {
            return Err(Exception::data(format!("{} is no entry of a map", message.full_name)));
        };
        let mut parts = Parts::default();
        let (key_read, value_read) =
            (self.field(&mut parts, key, false)?, self.field(&mut parts, value, false)?);
        outer.contain(parts.size.nodes() + 2, parts.height, &message.full_name)?;
        let builder = SchemaBuilder::map(key_read.schema.clone(), value_read.schema.clone())
            .name(names::to_map(name))
            .optional();
        let entry = |field: &FieldType, read: Read| -> Result<Box<Entry>, Exception> {
            let default = self.default(field, &read);
            Ok(Box::new(Entry { number: field.number(), what: read.what, many: read.many, default }))
        };
        Ok((builder, What::Map { key: entry(key, key_read)?, value: entry(value, value_read)? }))
    }

    /// What the field has when it was not written.
    fn initial(&self, field: &FieldType, read: &Read) -> Result<Initial, Exception> {
        let is_message = matches!(field.kind, Kind::Message(_)) && !field.is_repeated();
        let is_optional = match field.syntax() {
            Syntax::Proto3 => field.is_optional(),
            Syntax::Proto2 => self.rules.optional_for_proto2 && field.is_optional(),
        };
        if !self.rules.struct_for_nulls && (is_message || is_optional) {
            return Ok(Initial::Value(Value::Null));
        }
        Ok(match self.default(field, read) {
            Ok(value) => Initial::Value(value),
            Err(error) => Initial::Missing(error),
        })
    }

    /// The value of protobuf's default.
    fn default(&self, field: &FieldType, read: &Read) -> Result<Value, Exception> {
        match (read.many, &read.what) {
            (Many::List(_), _) => Ok(Value::Array(Arc::default())),
            (Many::Map(_), _) => Ok(Value::Map(Arc::new(kconnect_api::MapValue::hashed()))),
            (_, What::Message { template, .. }) => template.empty(),
            (_, What::Logical(logical)) => defaults::logical(*logical),
            (_, What::Wrapper { target, .. }) => Ok(defaults::zero(*target)),
            (_, What::Scalar { target, .. }) => Ok(defaults::scalar(field, *target)),
            (_, What::Symbol { .. } | What::Number { .. }) => match field.kind {
                Kind::Enum(index) => {
                    Ok(defaults::enumeration(field, self.pool.enumeration(index), self.rules.int_for_enums))
                }
                _ => Ok(Value::Null),
            },
            (_, What::Map { .. }) => Ok(Value::Null),
        }
    }
}

/// A field as read, before it has a place.
struct Read {
    schema: Schema,
    what: What,
    many: Many,
}

/// A shape that is being made.
#[derive(Default)]
struct Parts {
    fields: Vec<ReadField>,
    groups: Vec<Group>,
    initial: Vec<Initial>,
    lists: usize,
    maps: usize,
    singles: usize,
    size: Unfolded,
    height: usize,
}

impl Parts {
    fn add(&mut self, field: &FieldType, place: Place, read: Read) -> Result<(), Exception> {
        let count = |counter: &mut usize| {
            *counter += 1;
            *counter - 1
        };
        let many = match read.many {
            Many::One => Many::One,
            Many::Merged(_) => Many::Merged(count(&mut self.singles)),
            Many::List(_) => Many::List(count(&mut self.lists)),
            Many::Map(_) => Many::Map(count(&mut self.maps)),
        };
        self.size.add(1 + of_text(field.name().len()))?;
        self.fields.push(ReadField {
            number: field.number(),
            name: field.name().to_owned(),
            place,
            what: read.what,
            many,
            is_required: field.is_required(),
        });
        Ok(())
    }

    /// Counts a message inside this one.
    fn contain(&mut self, size: usize, height: usize, full_name: &str) -> Result<(), Exception> {
        self.height = self.height.max(height);
        if self.height >= super::wire::DEPTH_MAX {
            return Err(too_deep(full_name));
        }
        self.size.add(size)
    }
}

/// Deeper messages could not be read anyway.
fn too_deep(full_name: &str) -> Exception {
    Exception::data(format!("messages nest deeper than {} levels around {full_name}", super::wire::DEPTH_MAX))
}

/// Whether the message is the entry of a map, by the form that upstream looks for.
fn is_map(message: &MessageType) -> bool {
    match message.fields.as_slice() {
        [key, value] => {
            message.name.ends_with(names::ENTRY)
                && key.name() == "key"
                && value.name() == "value"
                && !key.is_repeated()
                && !value.is_repeated()
        }
        _ => false,
    }
}

/// A Decimal with the scale and precision that the field's options tell.
fn decimal(field: &FieldType) -> SchemaBuilder {
    let number = |key: &str| field.field.param(key).and_then(|text| text.parse::<i32>().ok());
    let builder = SchemaBuilder::decimal(number("scale").unwrap_or(0));
    match number("precision") {
        Some(precision) => builder.parameter(names::PRECISION, precision.to_string()),
        None => builder,
    }
}
