//! Reading values: a plan from the schema written with to the Connect schema of the schema read as, compiled once.
//!
//! Usually both schemas are the same. When they differ (`use.latest.version`), Avro's rules of resolution apply: fields
//! are matched by name or alias, numbers widen, missing fields take their default. Conversions to Connect's logical
//! values are part of the steps.
//!
//! Payloads are hostile: every length is believed only up to the bytes left, elements that take no bytes are counted,
//! and the depth of values without schema is bounded; that of others is bounded by their schema.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes_left::Bytes;
use kconnect_api::{
    Buf, Exception, Logical, MapValue, Schema, SchemaAndValue, Struct, Text, Type, Value, logical,
};

use super::names;
use super::schema::{AvroField, Kind, Node, NodeId, Nodes};
use super::settings::AvroSettings;
use super::to_connect::{default_value, entry_fields, integer};
use crate::format::Fault;

mod bytes_left;

/// How values are read.
#[derive(Debug)]
pub(crate) struct ReadPlan {
    /// `None`: values have no schema.
    schema: Option<Schema>,
    root: Step,
    /// The root is of Avro's type bytes, which has no length.
    raw: bool,
}

#[derive(Debug)]
enum Step {
    Null,
    Boolean,
    /// An int or long, given as what the Connect schema holds.
    Integer(Schema),
    Float(Schema),
    Double,
    String(Target),
    Bytes(Target),
    Fixed(usize, Target),
    Enum(Vec<Value>, Box<str>),
    Array(Box<Step>),
    Map(Box<Step>),
    Entries {
        key: Box<Step>,
        value: Box<Step>,
        key_first: bool,
    },
    Record(RecordPlan),
    Union(Vec<Step>),
    /// The value becomes a field of a struct that stands for a union.
    Member(Schema, usize, Box<Step>),
    /// Written, but not asked for.
    Skip(Box<Step>),
    /// Written with a type that cannot be read.
    Unreadable(Box<str>),
    Anything,
}

/// What texts and bytes become.
#[derive(Clone, Debug)]
enum Target {
    String,
    Bytes,
    Decimal(Schema),
}

#[derive(Debug)]
struct RecordPlan {
    schema: Schema,
    /// In the order written: the position in the schema, or none for what is skipped.
    steps: Vec<(Option<usize>, Step)>,
    /// Fields that were not written.
    defaults: Vec<(usize, Value)>,
}

/// Most types that a plan may unfold to.
const MOST_STEPS: usize = 200_000;
/// How deep types, and values without schema, may be nested.
const MOST_DEPTH: usize = 200;

/// The schemas of a plan.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) settings: &'a AvroSettings,
    /// What was written with.
    pub(crate) writer: &'a Nodes,
    /// What is read as.
    pub(crate) reader: &'a Nodes,
    /// All that may be written must be readable, not only what is.
    pub(crate) strict: bool,
}

impl ReadPlan {
    /// A plan for values with a schema.
    pub(crate) fn compile(
        pair: Pair<'_>,
        writer: NodeId,
        reader: NodeId,
        schema: &Schema,
    ) -> Result<Self, Exception> {
        let mut compiler = Compiler { pair, left: MOST_STEPS, depth: 0 };
        let root = compiler.step(writer, reader, schema)?;
        let raw = matches!(pair.writer.get(writer).kind, Kind::Bytes);
        Ok(Self { schema: Some(schema.clone()), root, raw })
    }

    /// A plan for values without schema.
    pub(crate) fn anything() -> Self {
        Self { schema: None, root: Step::Anything, raw: false }
    }

    pub(crate) fn read(&self, payload: &Buf) -> Result<SchemaAndValue, Fault> {
        let mut bytes = Bytes::new(payload);
        let value = match (&self.root, self.raw) {
            (Step::Bytes(target), true) => bytes_value(target, payload.clone())?,
            (Step::Member(schema, at, step), true) => match &**step {
                Step::Bytes(target) => member(schema, *at, bytes_value(target, payload.clone())?)?,
                _ => read(&self.root, &mut bytes, 0)?,
            },
            (step, _) => read(step, &mut bytes, 0)?,
        };
        Ok(SchemaAndValue { schema: self.schema.clone(), value })
    }
}

struct Compiler<'a> {
    pair: Pair<'a>,
    left: usize,
    depth: usize,
}

fn unresolved(writer: &Node, reader: &Node) -> Exception {
    let text = format!("Found {}, expecting {}", writer.full_name(), reader.full_name());
    Exception::new("org.apache.avro.AvroTypeException", text)
}

impl Compiler<'_> {
    fn step(&mut self, writer: NodeId, reader: NodeId, schema: &Schema) -> Result<Step, Exception> {
        self.enter()?;
        let step = self.resolve(writer, reader, schema);
        self.depth -= 1;
        step
    }

    fn enter(&mut self) -> Result<(), Exception> {
        let many = || Exception::data("the schema unfolds to too many types");
        self.left = self.left.checked_sub(1).ok_or_else(many)?;
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(Exception::data("the schema is nested too deeply"));
        }
        Ok(())
    }

    fn resolve(&mut self, writer: NodeId, reader: NodeId, schema: &Schema) -> Result<Step, Exception> {
        let pair = self.pair;
        let (w, r) = (pair.writer.get(writer), pair.reader.get(reader));
        if let Kind::Union(members) = &w.kind {
            let mut steps = Vec::with_capacity(members.len());
            for (at, member) in members.iter().enumerate() {
                // The same union on both sides: each member is read as itself, whatever looks like it.
                let same = std::ptr::eq(pair.writer, pair.reader) && writer == reader;
                let step = match same {
                    true => self.member(members, at, *member, schema),
                    false => self.step(*member, reader, schema),
                };
                steps.push(match step {
                    Err(error) if !pair.strict && error.class().starts_with("org.apache.avro.") => {
                        Step::Unreadable(error.message().unwrap_or_default().into())
                    }
                    step => step?,
                });
            }
            return Ok(Step::Union(steps));
        }
        let Kind::Union(members) = &r.kind else {
            return self.plain(w, r, schema);
        };
        // Written with one type, read as a union: the member of that type, else the first that fits.
        let same = |member: &&NodeId| {
            let node = pair.reader.get(**member);
            node.kind.word() == w.kind.word() && (!node.kind.is_named() || same_name(w, node))
        };
        let exact = members.iter().position(|member| same(&member));
        let places = exact.into_iter().chain((0..members.len()).filter(|at| Some(*at) != exact));
        for place in places {
            let found = self.member_of(members, place, schema, |compiler, schema| {
                compiler.step(writer, members[place], schema)
            });
            if found.is_ok() {
                return found;
            }
        }
        Err(unresolved(w, r))
    }

    /// The member at `at` of one union on both sides.
    fn member(
        &mut self,
        members: &[NodeId],
        at: usize,
        member: NodeId,
        schema: &Schema,
    ) -> Result<Step, Exception> {
        self.member_of(members, at, schema, |compiler, schema| compiler.step(member, member, schema))
    }

    /// A step to the member at `at` of the reader's union, put where the Connect schema has it.
    fn member_of(
        &mut self,
        members: &[NodeId],
        at: usize,
        schema: &Schema,
        step: impl FnOnce(&mut Self, &Schema) -> Result<Step, Exception>,
    ) -> Result<Step, Exception> {
        let pair = self.pair;
        let node = pair.reader.get(members[at]);
        if matches!(node.kind, Kind::Null) {
            return step(self, schema);
        }
        if pair.settings.only_member(pair.reader, members).is_some() {
            return step(self, schema);
        }
        let name = pair.settings.member_of_node(node, at);
        let field = schema
            .field(&name)
            .ok_or_else(|| Exception::data("Did not find matching union field for data"))?;
        let inner = step(self, field.schema())?;
        Ok(Step::Member(schema.clone(), field.index(), Box::new(inner)))
    }

    /// A step between types that are no unions.
    fn plain(&mut self, w: &Node, r: &Node, schema: &Schema) -> Result<Step, Exception> {
        let target = || match (schema.kind(), schema.logical()) {
            (Type::Bytes, Some(Logical::Decimal)) => Target::Decimal(schema.clone()),
            (Type::Bytes, _) => Target::Bytes,
            _ => Target::String,
        };
        let own = || schema.clone();
        Ok(match (&w.kind, &r.kind) {
            (Kind::Null, Kind::Null) => Step::Null,
            (Kind::Boolean, Kind::Boolean) => Step::Boolean,
            (Kind::Int, Kind::Int | Kind::Long | Kind::Float | Kind::Double)
            | (Kind::Long, Kind::Long | Kind::Float | Kind::Double) => Step::Integer(own()),
            (Kind::Float, Kind::Float | Kind::Double) => Step::Float(own()),
            (Kind::Double, Kind::Double) => Step::Double,
            (Kind::String, Kind::String | Kind::Bytes) => Step::String(target()),
            (Kind::Bytes, Kind::Bytes | Kind::String) => Step::Bytes(target()),
            (Kind::Fixed(a), Kind::Fixed(b)) if a == b && self.named_alike(w, r) => Step::Fixed(*a, target()),
            (Kind::Enum { symbols, .. }, Kind::Enum { symbols: known, default })
                if self.named_alike(w, r) =>
            {
                let mut values = Vec::with_capacity(symbols.len());
                let known: HashSet<&String> = known.iter().collect();
                for symbol in symbols {
                    let symbol = match (known.contains(symbol), default) {
                        (true, _) => symbol,
                        (false, Some(default)) => default,
                        (false, None) if self.pair.strict => return Err(unresolved(w, r)),
                        (false, None) => {
                            values.push(Value::Null);
                            continue;
                        }
                    };
                    values.push(Value::string(symbol.as_str()));
                }
                Step::Enum(values, w.full_name().into())
            }
            (Kind::Array(a), Kind::Array(b)) => self.array(*a, *b, schema)?,
            (Kind::Map(a), Kind::Map(b)) => {
                let inner = schema.value_schema().ok_or_else(|| unresolved(w, r))?;
                Step::Map(Box::new(self.step(*a, *b, inner)?))
            }
            (Kind::Record(a), Kind::Record(b)) if self.named_alike(w, r) => {
                Step::Record(self.record(a, b, r, schema)?)
            }
            _ => return Err(unresolved(w, r)),
        })
    }

    /// Whether names allow one type to be read as the other; without `strict`, as Avro's reader, that is not asked.
    fn named_alike(&self, w: &Node, r: &Node) -> bool {
        !self.pair.strict || same_name(w, r)
    }

    fn array(&mut self, writer: NodeId, reader: NodeId, schema: &Schema) -> Result<Step, Exception> {
        let pair = self.pair;
        let (w, r) = (pair.writer.get(writer), pair.reader.get(reader));
        if schema.kind() == Type::Array {
            let inner = schema.value_schema().ok_or_else(|| unresolved(w, r))?;
            return Ok(Step::Array(Box::new(self.step(writer, reader, inner)?)));
        }
        let (Kind::Record(written), Kind::Record(read)) = (&w.kind, &r.kind) else {
            return Err(unresolved(w, r));
        };
        let (key_w, value_w) = entry_fields(written).ok_or_else(|| unresolved(w, r))?;
        let (key_r, value_r) = entry_fields(read).ok_or_else(|| unresolved(w, r))?;
        let (Some(key), Some(value)) = (schema.key_schema(), schema.value_schema()) else {
            return Err(unresolved(w, r));
        };
        Ok(Step::Entries {
            key: Box::new(self.step(key_w.schema, key_r.schema, key)?),
            value: Box::new(self.step(value_w.schema, value_r.schema, value)?),
            key_first: written.first().is_some_and(|field| field.name == "key"),
        })
    }

    fn record(
        &mut self,
        written: &[AvroField],
        read: &[AvroField],
        r: &Node,
        schema: &Schema,
    ) -> Result<RecordPlan, Exception> {
        let pair = self.pair;
        let mut given = vec![false; read.len()];
        let mut places: HashMap<&str, usize> = HashMap::with_capacity(read.len());
        for (place, field) in read.iter().enumerate() {
            for alias in &field.aliases {
                places.entry(alias).or_insert(place);
            }
        }
        // A field's own name goes before another's alias.
        places.extend(read.iter().enumerate().map(|(place, field)| (field.name.as_str(), place)));
        let mut steps = Vec::with_capacity(written.len());
        for field in written {
            let place = places.get(field.name.as_str()).copied();
            // Connect's fields lie in the order of the record's.
            let target = place.and_then(|place| schema.fields().get(place));
            steps.push(match (place, target) {
                (Some(place), Some(target)) if !given[place] => {
                    given[place] = true;
                    (Some(place), self.step(field.schema, read[place].schema, target.schema())?)
                }
                _ => (None, self.skip(field.schema)?),
            });
        }
        let mut defaults = Vec::new();
        for (place, field) in read.iter().enumerate().filter(|(place, _)| !given[*place]) {
            let Some(default) = &field.default else {
                let text = format!("missing required field {} in {}", field.name, r.full_name());
                return Err(Exception::new("org.apache.avro.AvroTypeException", text));
            };
            let target =
                schema.fields().get(place).ok_or_else(|| Exception::data("a field has no schema"))?;
            let value = default_value(pair.settings, pair.reader, field.schema, target.schema(), default, 0)?;
            defaults.push((place, value));
        }
        Ok(RecordPlan { schema: schema.clone(), steps, defaults })
    }

    /// A step over a value that nobody asked for.
    fn skip(&mut self, writer: NodeId) -> Result<Step, Exception> {
        self.enter()?;
        let node = self.pair.writer.get(writer);
        let step = match &node.kind {
            Kind::Null => Step::Null,
            Kind::Boolean => Step::Boolean,
            Kind::Int => Step::Integer(Schema::int32()),
            Kind::Long => Step::Integer(Schema::int64()),
            Kind::Float => Step::Float(Schema::float32()),
            Kind::Double => Step::Double,
            Kind::Bytes => Step::Bytes(Target::Bytes),
            Kind::String => Step::String(Target::Bytes),
            Kind::Fixed(size) => Step::Fixed(*size, Target::Bytes),
            Kind::Enum { symbols, .. } => {
                Step::Enum(vec![Value::Bool(true); symbols.len()], node.full_name().into())
            }
            Kind::Array(element) => Step::Array(Box::new(self.skip(*element)?)),
            Kind::Map(values) => Step::Map(Box::new(self.skip(*values)?)),
            Kind::Union(members) => {
                Step::Union(members.iter().map(|member| self.skip(*member)).collect::<Result<_, _>>()?)
            }
            Kind::Record(fields) => {
                let skip = |field: &AvroField| Ok((None, self.skip(field.schema)?));
                let steps = fields.iter().map(skip).collect::<Result<_, Exception>>()?;
                let schema = kconnect_api::SchemaBuilder::structure().build()?;
                Step::Record(RecordPlan { schema, steps, defaults: Vec::new() })
            }
        };
        self.depth -= 1;
        Ok(Step::Skip(Box::new(step)))
    }
}

/// Whether two named types have the same name, namespaces aside, or one is known under the other's.
fn same_name(w: &Node, r: &Node) -> bool {
    let (Some(a), Some(b)) = (&w.name, &r.name) else { return false };
    let full = a.full();
    a.name == b.name || r.aliases.iter().any(|alias| *alias == full || *alias == a.name)
}

fn malformed(text: impl Into<String>) -> Fault {
    Fault::Payload(Exception::new("org.apache.avro.AvroRuntimeException", text))
}

fn read(step: &Step, bytes: &mut Bytes<'_>, depth: usize) -> Result<Value, Fault> {
    Ok(match step {
        Step::Null => Value::Null,
        Step::Boolean => Value::Bool(bytes.byte()? == 1),
        Step::Integer(schema) => {
            let number = bytes.long()?;
            integer(schema, number).map_err(Fault::Mapping)?
        }
        Step::Float(schema) => {
            let number = f32::from_le_bytes(bytes.array()?);
            match schema.kind() {
                Type::Float64 => Value::Float64(f64::from(number)),
                _ => Value::Float32(number),
            }
        }
        Step::Double => Value::Float64(f64::from_le_bytes(bytes.array()?)),
        Step::String(Target::String) => text(bytes.sized()?),
        Step::String(target) | Step::Bytes(target) => {
            let slice = bytes.sized()?;
            bytes_value(target, slice)?
        }
        Step::Fixed(size, target) => {
            let slice = bytes.slice(*size)?;
            bytes_value(target, slice)?
        }
        Step::Enum(symbols, name) => {
            let at = bytes.long()?;
            let symbol = usize::try_from(at).ok().and_then(|at| symbols.get(at));
            match symbol {
                None | Some(Value::Null) => {
                    return Err(malformed(format!("{at} is no symbol of {name}")));
                }
                Some(symbol) => symbol.clone(),
            }
        }
        Step::Array(element) => {
            let mut elements = Vec::new();
            bytes.blocks(|bytes| {
                elements.push(read(element, bytes, depth)?);
                Ok(())
            })?;
            Value::Array(Arc::new(elements))
        }
        Step::Map(values) => {
            let mut entries = Vec::new();
            bytes.blocks(|bytes| {
                let key = text(bytes.sized()?);
                entries.push((key, read(values, bytes, depth)?));
                Ok(())
            })?;
            Value::Map(Arc::new(hashed(entries)))
        }
        Step::Entries { key, value, key_first } => {
            let mut entries = Vec::new();
            bytes.blocks(|bytes| {
                let (first, second) = if *key_first { (key, value) } else { (value, key) };
                let first = read(first, bytes, depth)?;
                let second = read(second, bytes, depth)?;
                entries.push(if *key_first { (first, second) } else { (second, first) });
                Ok(())
            })?;
            Value::Map(Arc::new(hashed(entries)))
        }
        Step::Record(plan) => record(plan, bytes, depth)?,
        Step::Union(members) => {
            let at = bytes.long()?;
            match usize::try_from(at).ok().and_then(|at| members.get(at)) {
                Some(step) => read(step, bytes, depth)?,
                None => return Err(malformed(format!("{at} is no member of a union of {}", members.len()))),
            }
        }
        Step::Member(schema, at, step) => member(schema, *at, read(step, bytes, depth)?)?,
        Step::Skip(step) => {
            read(step, bytes, depth)?;
            Value::Null
        }
        Step::Unreadable(why) => {
            return Err(Fault::Payload(Exception::new("org.apache.avro.AvroTypeException", &**why)));
        }
        Step::Anything => anything(bytes, depth)?,
    })
}

fn member(schema: &Schema, at: usize, value: Value) -> Result<Value, Fault> {
    let mut union = Struct::new(schema.clone()).map_err(Fault::Mapping)?;
    union.put_at(at, value).map_err(Fault::Mapping)?;
    Ok(Value::Struct(Arc::new(union)))
}

fn record(plan: &RecordPlan, bytes: &mut Bytes<'_>, depth: usize) -> Result<Value, Fault> {
    let mut record = Struct::new(plan.schema.clone()).map_err(Fault::Mapping)?;
    for (place, step) in &plan.steps {
        let value = read(step, bytes, depth)?;
        if let Some(place) = place {
            record.put_at(*place, value).map_err(Fault::Mapping)?;
        }
    }
    for (place, value) in &plan.defaults {
        record.put_at(*place, value.clone()).map_err(Fault::Mapping)?;
    }
    Ok(Value::Struct(Arc::new(record)))
}

/// A Java `HashMap` made for as many entries.
fn hashed(entries: Vec<(Value, Value)>) -> MapValue {
    let mut map = MapValue::hashed_with_capacity(u32::try_from(entries.len()).unwrap_or(u32::MAX));
    for (key, value) in entries {
        map.insert(key, value);
    }
    map
}

/// Text; bytes that are none are replaced, as Java does it.
fn text(slice: Buf) -> Value {
    match Text::from_utf8(slice) {
        Ok(text) => Value::String(text),
        Err(slice) => Value::string(String::from_utf8_lossy(&slice).into_owned()),
    }
}

fn bytes_value(target: &Target, slice: Buf) -> Result<Value, Fault> {
    match target {
        Target::String => Ok(text(slice)),
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
        7 => {
            let mut elements = Vec::new();
            bytes.blocks(|bytes| {
                elements.push(anything(bytes, depth + 1)?);
                Ok(())
            })?;
            Value::Array(Arc::new(elements))
        }
        _ => {
            let mut entries = Vec::new();
            bytes.blocks(|bytes| {
                entries.push((anything(bytes, depth + 1)?, anything(bytes, depth + 1)?));
                Ok(())
            })?;
            Value::Map(Arc::new(hashed(entries)))
        }
    })
}

/// Whether a schema is the one of values without schema.
pub(crate) fn is_anything(nodes: &Nodes, id: NodeId) -> bool {
    let named = |node: &Node| node.full_name() == format!("{}.Anything", names::NAMESPACE);
    let mut standard = Nodes::default();
    let root = super::from_connect::anything(&mut standard);
    named(nodes.get(id)) && nodes.print(id).ok() == standard.print(root).ok()
}
