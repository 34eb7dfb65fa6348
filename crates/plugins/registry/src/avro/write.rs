//! Writing values: a plan for a pair of Connect schema and Avro schema, compiled once, then followed for each record.
//!
//! The Avro schema is usually the one mapped from the Connect schema, but may be one that the registry dictates; then
//! fields are matched by name, numbers are widened where Avro allows it, and fields that Connect does not have get
//! their Avro default.

use std::cell::Cell;
use std::collections::HashMap;

use kconnect_api::{Exception, Logical, MapValue, Schema, Type, Value, classes, logical};

use super::json::Json;
use super::names;
use super::schema::{Kind, Node, NodeId, Nodes, RUNTIME_EXCEPTION};
use super::settings::AvroSettings;
use crate::bounds::NODES_MAX;
use crate::format::Written;

/// How values of one Connect schema are written.
#[derive(Debug)]
pub(crate) struct WritePlan {
    root: Op,
    /// The root is of Avro's type bytes, which is written without its length.
    raw: bool,
    ignore_defaults: bool,
}

/// One step; the Connect schema is kept where errors or conversions need it.
#[derive(Debug)]
enum Op {
    Number(Schema, Width),
    Boolean(Schema),
    String(Schema),
    Bytes(Schema),
    Enum(Schema, HashMap<Box<str>, i32>, Box<str>),
    Fixed(Schema, usize),
    Array(Schema, Box<Op>),
    Map(Schema, Box<Op>),
    Entries(Schema, Box<Op>, Box<Op>),
    Record(Schema, Vec<FieldOp>),
    /// A member of a union: its position, and that of null.
    Optional {
        null: Option<i64>,
        member: i64,
        op: Box<Op>,
    },
    /// A struct whose fields stand for the members of a union.
    Union {
        schema: Schema,
        null: Option<i64>,
        members: Vec<(i64, Op)>,
    },
    Anything,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Int,
    Long,
    Float,
    Double,
}

#[derive(Debug)]
enum FieldOp {
    /// The Connect field of this position.
    From(usize, Op),
    /// Not in Connect: these bytes.
    Default(Box<[u8]>),
}

/// How deep values without schema may be nested.
const MOST_DEPTH: usize = 1000;

impl WritePlan {
    pub(crate) fn compile(
        settings: &AvroSettings,
        schema: Option<&Schema>,
        nodes: &Nodes,
        root: NodeId,
    ) -> Result<Self, Exception> {
        let compiler = Compiler { settings, nodes, depth: Cell::new(0) };
        let op = match schema {
            Some(schema) => compiler.op(schema, root)?,
            None => Op::Anything,
        };
        Ok(Self {
            root: op,
            raw: matches!(nodes.get(root).kind, Kind::Bytes),
            ignore_defaults: settings.ignore_default_for_nullables,
        })
    }

    pub(crate) fn write(&self, value: &Value, out: &mut Vec<u8>) -> Result<Written, Exception> {
        if value.is_null() {
            return match &self.root {
                Op::Optional { .. } | Op::Anything => Ok(Written::Null),
                Op::Union { null: Some(_), .. } => Ok(Written::Null),
                _ => Err(required()),
            };
        }
        match (&self.root, self.raw) {
            (Op::Bytes(schema), true) => bytes_of(schema, value, |bytes| out.extend_from_slice(bytes))?,
            (op, _) => Encoder { out, ignore_defaults: self.ignore_defaults }.write(op, value)?,
        }
        Ok(Written::Payload)
    }
}

fn required() -> Exception {
    Exception::data("Found null value for non-optional schema")
}

fn mismatch(schema: &Schema, node: &Node) -> Exception {
    let text = format!("a value of {schema} cannot be written as Avro {}", node.full_name());
    Exception::new(classes::SERIALIZATION, "Error serializing Avro message")
        .caused_by(Exception::new("org.apache.avro.AvroTypeException", text))
}

struct Compiler<'c> {
    settings: &'c AvroSettings,
    nodes: &'c Nodes,
    depth: Cell<usize>,
}

/// How deep schemas may be nested: deeper than any of ours.
const MOST_TYPES_DEEP: usize = 300;

impl Compiler<'_> {
    fn op(&self, schema: &Schema, id: NodeId) -> Result<Op, Exception> {
        if self.depth.get() >= MOST_TYPES_DEEP {
            return Err(Exception::data("the schema is nested too deeply"));
        }
        self.depth.set(self.depth.get() + 1);
        let op = self.any(schema, id);
        self.depth.set(self.depth.get() - 1);
        op
    }

    fn any(&self, schema: &Schema, id: NodeId) -> Result<Op, Exception> {
        let node = self.nodes.get(id);
        if names::is_union(schema) && schema.kind() == Type::Struct {
            return self.union(schema, node);
        }
        let Kind::Union(members) = &node.kind else {
            return self.plain(schema, node);
        };
        let null = position(members, |it| matches!(self.nodes.get(*it).kind, Kind::Null));
        let best = self.member(schema, &self.members(members)).ok_or_else(|| mismatch(schema, node))?;
        let op = Box::new(self.plain(schema, self.nodes.get(members[best]))?);
        let null = null.filter(|_| schema.is_optional() || schema.default_value().is_some());
        Ok(Op::Optional { null, member: best as i64, op })
    }

    /// The member of a union that values of `schema` are written as: the one of its name, else the first of its type,
    /// else the first that its numbers may be widened to. Looks no deeper, so that nested unions cost no more.
    fn member(&self, schema: &Schema, members: &Members<'_>) -> Option<usize> {
        let name = schema.name().map(|name| self.settings.scrub_full(name));
        let word = avro_word(schema, self.settings);
        let named = name.and_then(|name| members.by_name.get(&(word, name)));
        let first = || members.by_word.get(word);
        let wider =
            || members.by_word.iter().filter(|(other, _)| is_wider(word, other)).map(|(_, at)| at).min();
        named.or_else(first).or_else(wider).copied()
    }

    fn members(&self, members: &[NodeId]) -> Members<'_> {
        let mut found = Members::default();
        for (at, id) in members.iter().enumerate() {
            let node = self.nodes.get(*id);
            found.by_word.entry(node.kind.word()).or_insert(at);
            found.by_name.entry((node.kind.word(), node.full_name())).or_insert(at);
        }
        found
    }

    fn union(&self, schema: &Schema, node: &Node) -> Result<Op, Exception> {
        let all = [];
        let members: &[NodeId] = match &node.kind {
            Kind::Union(members) => members,
            _ => &all,
        };
        let null = position(members, |it| matches!(self.nodes.get(*it).kind, Kind::Null));
        let others: Vec<usize> = (0..members.len()).filter(|at| Some(*at as i64) != null).collect();
        let by_type = self.members(members);
        let mut ops = Vec::new();
        for (at, field) in schema.fields().iter().enumerate() {
            // Mapped here, members lie in the order of fields; in a schema from elsewhere they are found by what they are.
            let same_place = others.get(at).copied().filter(|place| {
                let member = self.nodes.get(members[*place]);
                self.settings.member_of_node(member, *place) == field.name()
            });
            let place = same_place.or_else(|| self.member(field.schema(), &by_type));
            let place = place.ok_or_else(|| mismatch(field.schema(), node))?;
            ops.push((place as i64, self.op(field.schema(), members[place])?));
        }
        Ok(Op::Union { schema: schema.clone(), null: null.filter(|_| schema.is_optional()), members: ops })
    }

    /// A step for a type that is no union.
    fn plain(&self, schema: &Schema, node: &Node) -> Result<Op, Exception> {
        let wrong = || mismatch(schema, node);
        let own = || schema.clone();
        let sub = |schema: Option<&Schema>, id: NodeId| match schema {
            Some(schema) => self.op(schema, id).map(Box::new),
            None => Ok(Box::new(Op::Anything)),
        };
        let rank = |kind: Type| match kind {
            Type::Int8 | Type::Int16 | Type::Int32 => Some(0),
            Type::Int64 => Some(1),
            Type::Float32 => Some(2),
            Type::Float64 => Some(3),
            _ => None,
        };
        let number = |width: Width, most: i32| match rank(schema.kind()) {
            Some(rank) if rank <= most => Ok(Op::Number(own(), width)),
            _ => Err(wrong()),
        };
        match (&node.kind, schema.kind()) {
            (Kind::Int, _) => number(Width::Int, 0),
            (Kind::Long, _) => number(Width::Long, 1),
            (Kind::Float, _) => number(Width::Float, 2),
            (Kind::Double, _) => number(Width::Double, 3),
            (Kind::Boolean, Type::Boolean) => Ok(Op::Boolean(own())),
            (Kind::String, Type::String) => Ok(Op::String(own())),
            (Kind::Bytes, Type::Bytes) => Ok(Op::Bytes(own())),
            (Kind::Fixed(size), Type::Bytes) => Ok(Op::Fixed(own(), *size)),
            (Kind::Enum { symbols, .. }, Type::String) => {
                let numbers = (0..).zip(symbols).map(|(at, symbol)| (symbol.as_str().into(), at));
                Ok(Op::Enum(own(), numbers.collect(), node.full_name().into()))
            }
            (Kind::Array(element), Type::Array) => {
                Ok(Op::Array(own(), sub(schema.value_schema(), *element)?))
            }
            (Kind::Map(values), Type::Map) if self.settings.is_plain_map(schema) => {
                Ok(Op::Map(own(), sub(schema.value_schema(), *values)?))
            }
            (Kind::Array(entry), Type::Map) => self.entries(schema, self.nodes.get(*entry)),
            (Kind::Record(_), Type::Struct) => self.record(schema, node),
            _ => Err(wrong()),
        }
    }

    fn entries(&self, schema: &Schema, entry: &Node) -> Result<Op, Exception> {
        let wrong = || mismatch(schema, entry);
        let Kind::Record(fields) = &entry.kind else { return Err(wrong()) };
        let [key, value] = fields.as_slice() else { return Err(wrong()) };
        if key.name != "key" || value.name != "value" {
            return Err(wrong());
        }
        let key = self.op(schema.key_schema().ok_or_else(wrong)?, key.schema)?;
        let value = self.op(schema.value_schema().ok_or_else(wrong)?, value.schema)?;
        Ok(Op::Entries(schema.clone(), Box::new(key), Box::new(value)))
    }

    fn record(&self, schema: &Schema, node: &Node) -> Result<Op, Exception> {
        let Kind::Record(avro) = &node.kind else { return Err(mismatch(schema, node)) };
        let by_name: HashMap<String, usize> =
            schema.fields().iter().map(|field| (self.settings.scrub(field.name()), field.index())).collect();
        let mut ops = Vec::with_capacity(avro.len());
        for field in avro {
            let names = std::iter::once(&field.name).chain(&field.aliases);
            let source = names.filter_map(|name| by_name.get(name)).next();
            ops.push(match (source, &field.default) {
                (Some(at), _) => FieldOp::From(*at, self.op(schema.fields()[*at].schema(), field.schema)?),
                (None, Some(default)) => {
                    let mut bytes = Vec::new();
                    let mut left = NODES_MAX;
                    write_default(self.nodes, field.schema, default, &mut bytes, (&mut left, 0))?;
                    FieldOp::Default(bytes.into())
                }
                (None, None) => {
                    let text = format!("Field {} has no default and is not in {schema}", field.name);
                    return Err(Exception::new(classes::SERIALIZATION, "Error serializing Avro message")
                        .caused_by(Exception::new(RUNTIME_EXCEPTION, text)));
                }
            });
        }
        Ok(Op::Record(schema.clone(), ops))
    }
}

/// The members of a union: the first of each type, and of each type and name.
#[derive(Default)]
struct Members<'n> {
    by_word: HashMap<&'n str, usize>,
    by_name: HashMap<(&'n str, String), usize>,
}

/// Whether Avro lets a value of type `from` be written as `to`.
fn is_wider(from: &str, to: &str) -> bool {
    let numbers = ["int", "long", "float", "double"];
    let rank = |word: &str| numbers.iter().position(|it| *it == word);
    match (rank(from), rank(to)) {
        (Some(from), Some(to)) => from < to,
        // Texts may be enums elsewhere, and bytes of a fixed length.
        _ => matches!(
            (from, to),
            ("string", "enum") | ("bytes", "fixed") | ("enum", "string") | ("fixed", "bytes")
        ),
    }
}

fn position(members: &[NodeId], test: impl Fn(&NodeId) -> bool) -> Option<i64> {
    members.iter().position(test).map(|at| at as i64)
}

/// Avro's word for what a Connect schema is mapped to.
fn avro_word(schema: &Schema, settings: &AvroSettings) -> &'static str {
    match schema.kind() {
        Type::Int8 | Type::Int16 | Type::Int32 => "int",
        Type::Int64 => "long",
        Type::Float32 => "float",
        Type::Float64 => "double",
        Type::Boolean => "boolean",
        Type::String if names::is_enum(schema) && (settings.enhanced || settings.generalized_sum_types) => {
            "enum"
        }
        Type::String => "string",
        Type::Bytes if names::fixed_size(schema).is_some() => "fixed",
        Type::Bytes => "bytes",
        Type::Map if settings.is_plain_map(schema) => "map",
        Type::Array | Type::Map => "array",
        Type::Struct => "record",
    }
}

/// Appends a field's default in Avro's binary form.
fn write_default(
    nodes: &Nodes,
    id: NodeId,
    default: &Json,
    out: &mut Vec<u8>,
    (left, depth): (&mut usize, usize),
) -> Result<(), Exception> {
    let node = nodes.get(id);
    let wrong = || Exception::new(RUNTIME_EXCEPTION, format!("Invalid default for {}", node.full_name()));
    // Defaults of fields stand in for what a default leaves out, and may lead to twice as many each time.
    *left = left.checked_sub(node.size()).ok_or_else(wrong)?;
    if depth > MOST_DEPTH {
        return Err(wrong());
    }
    let latin1 = |json: &Json| -> Option<Vec<u8>> {
        json.as_str()?.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
    };
    match &node.kind {
        Kind::Null => {}
        Kind::Boolean => out.push(u8::from(matches!(default, Json::Bool(true)))),
        Kind::Int | Kind::Long => long(default.as_i64().ok_or_else(wrong)?, out),
        Kind::Float => out.extend_from_slice(&(default.as_f64().ok_or_else(wrong)? as f32).to_le_bytes()),
        Kind::Double => out.extend_from_slice(&default.as_f64().ok_or_else(wrong)?.to_le_bytes()),
        Kind::String => sized(default.as_str().ok_or_else(wrong)?.as_bytes(), out),
        Kind::Bytes => sized(&latin1(default).ok_or_else(wrong)?, out),
        Kind::Fixed(size) => {
            let bytes = latin1(default).filter(|bytes| bytes.len() == *size).ok_or_else(wrong)?;
            out.extend_from_slice(&bytes);
        }
        Kind::Enum { symbols, .. } => {
            let at = symbols.iter().position(|symbol| Some(symbol.as_str()) == default.as_str());
            long(at.ok_or_else(wrong)? as i64, out);
        }
        Kind::Union(members) => {
            let at = members.iter().position(|member| nodes.accepts(*member, default, left));
            let at = at.ok_or_else(wrong)?;
            long(at as i64, out);
            write_default(nodes, members[at], default, out, (left, depth + 1))?;
        }
        Kind::Array(element) => {
            let Json::Array(elements) = default else { return Err(wrong()) };
            if !elements.is_empty() {
                long(elements.len() as i64, out);
            }
            for value in elements {
                write_default(nodes, *element, value, out, (left, depth + 1))?;
            }
            long(0, out);
        }
        Kind::Map(values) => {
            let Json::Object(members) = default else { return Err(wrong()) };
            if !members.is_empty() {
                long(members.len() as i64, out);
            }
            for (key, value) in members {
                sized(key.as_bytes(), out);
                write_default(nodes, *values, value, out, (left, depth + 1))?;
            }
            long(0, out);
        }
        Kind::Record(fields) => {
            let members = default.members();
            for field in fields {
                let value = members.get(field.name.as_str()).copied().or(field.default.as_ref());
                write_default(nodes, field.schema, value.ok_or_else(wrong)?, out, (left, depth + 1))?;
            }
        }
    }
    Ok(())
}

/// A number in zigzag form, seven bits a byte.
fn long(number: i64, out: &mut Vec<u8>) {
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

fn sized(bytes: &[u8], out: &mut Vec<u8>) {
    long(bytes.len() as i64, out);
    out.extend_from_slice(bytes);
}

fn invalid(schema: &Schema, value: &Value) -> Exception {
    let kind = schema.kind();
    Exception::data(match (schema.logical(), value) {
        (Some(Logical::Decimal), _) => {
            format!("Invalid type for Decimal, expected BigDecimal but was class {}", value.java_class())
        }
        (Some(logical), _) => {
            let name = logical.name().rsplit('.').next().unwrap_or_default();
            format!("Invalid type for {name}, expected Date but was class {}", value.java_class())
        }
        (None, _) => format!("Invalid type for {kind}: class {}", value.java_class()),
    })
}

/// Hands over the bytes of a BYTES value.
fn bytes_of(schema: &Schema, value: &Value, take: impl FnOnce(&[u8])) -> Result<(), Exception> {
    match (schema.logical(), value) {
        (Some(Logical::Decimal), Value::Decimal(decimal)) => {
            take(&logical::decimal_to_bytes(schema, decimal)?);
        }
        (None, Value::Bytes(bytes, _)) => take(bytes),
        _ => return Err(invalid(schema, value)),
    }
    Ok(())
}

/// The number of an integer value, logical or not.
fn integer(schema: &Schema, value: &Value) -> Result<i64, Exception> {
    Ok(match (schema.kind(), schema.logical(), value) {
        (Type::Int32, Some(Logical::Date), Value::Date(millis)) => {
            i64::from(logical::date_to_days(schema, *millis)?)
        }
        (Type::Int32, Some(Logical::Time), Value::Date(millis)) => {
            i64::from(logical::time_to_millis(schema, *millis)?)
        }
        (Type::Int64, Some(Logical::Timestamp), Value::Date(millis)) => *millis,
        (Type::Int8, None, Value::Int8(number)) => i64::from(*number),
        (Type::Int16, None, Value::Int16(number)) => i64::from(*number),
        (Type::Int32, None, Value::Int32(number)) => i64::from(*number),
        (Type::Int64, None, Value::Int64(number)) => *number,
        _ => return Err(invalid(schema, value)),
    })
}

struct Encoder<'o> {
    out: &'o mut Vec<u8>,
    ignore_defaults: bool,
}

impl Encoder<'_> {
    fn write(&mut self, op: &Op, value: &Value) -> Result<(), Exception> {
        if value.is_null() {
            return self.null(op);
        }
        match op {
            Op::Number(schema, width) => return self.number(schema, *width, value),
            Op::Boolean(schema) => match value {
                Value::Bool(value) => self.out.push(u8::from(*value)),
                _ => return Err(invalid(schema, value)),
            },
            Op::String(schema) => match value {
                Value::String(text) => sized(text.as_bytes(), self.out),
                _ => return Err(invalid(schema, value)),
            },
            Op::Bytes(schema) => return bytes_of(schema, value, |bytes| sized(bytes, self.out)),
            Op::Enum(schema, symbols, name) => return self.symbol(schema, symbols, name, value),
            Op::Fixed(schema, size) => return self.fixed(schema, *size, value),
            Op::Array(schema, element) => match value {
                Value::Array(elements) => {
                    self.count(elements.len());
                    for value in elements.iter() {
                        self.write(element, value)?;
                    }
                    self.end();
                }
                _ => return Err(invalid(schema, value)),
            },
            Op::Map(schema, values) => match value {
                Value::Map(map) => self.map(schema, values, map)?,
                _ => return Err(invalid(schema, value)),
            },
            Op::Entries(schema, keys, values) => match value {
                Value::Map(map) => {
                    self.count(map.len());
                    for (key, value) in map.iter() {
                        self.write(keys, key)?;
                        self.write(values, value)?;
                    }
                    self.end();
                }
                _ => return Err(invalid(schema, value)),
            },
            Op::Record(schema, fields) => return self.record(schema, fields, value),
            Op::Optional { member, op, .. } => {
                long(*member, self.out);
                return self.write(op, value);
            }
            Op::Union { schema, members, .. } => return self.union(op, schema, members, value),
            Op::Anything => return self.anything(value, 0),
        }
        Ok(())
    }

    fn null(&mut self, op: &Op) -> Result<(), Exception> {
        match op {
            Op::Optional { null: Some(null), .. } | Op::Union { null: Some(null), .. } => {
                long(*null, self.out);
                Ok(())
            }
            Op::Anything => self.anything(&Value::Null, 0),
            _ => Err(required()),
        }
    }

    fn number(&mut self, schema: &Schema, width: Width, value: &Value) -> Result<(), Exception> {
        let float = match (schema.kind(), value) {
            (Type::Float32, Value::Float32(number)) => f64::from(*number),
            (Type::Float64, Value::Float64(number)) => *number,
            (Type::Float32 | Type::Float64, _) => return Err(invalid(schema, value)),
            _ => {
                let number = integer(schema, value)?;
                if matches!(width, Width::Int | Width::Long) {
                    long(number, self.out);
                    return Ok(());
                }
                number as f64
            }
        };
        match (width, value) {
            // Not through a double, so that the bits of a NaN stay.
            (Width::Float, Value::Float32(number)) => self.out.extend_from_slice(&number.to_le_bytes()),
            (Width::Float, _) => self.out.extend_from_slice(&(float as f32).to_le_bytes()),
            _ => self.out.extend_from_slice(&float.to_le_bytes()),
        }
        Ok(())
    }

    fn symbol(
        &mut self,
        schema: &Schema,
        symbols: &HashMap<Box<str>, i32>,
        name: &str,
        value: &Value,
    ) -> Result<(), Exception> {
        let Value::String(text) = value else { return Err(invalid(schema, value)) };
        match symbols.get(text.as_str()) {
            Some(symbol) => {
                long(i64::from(*symbol), self.out);
                Ok(())
            }
            None => {
                let cause = Exception::new(
                    "org.apache.avro.AvroTypeException",
                    format!("enum value '{text}' not in the enum symbol set of {name}"),
                );
                Err(Exception::new(classes::SERIALIZATION, "Error serializing Avro message").caused_by(cause))
            }
        }
    }

    fn fixed(&mut self, schema: &Schema, size: usize, value: &Value) -> Result<(), Exception> {
        let mut fault = None;
        let decimal = schema.logical() == Some(Logical::Decimal);
        let out = &mut *self.out;
        bytes_of(schema, value, |bytes| {
            let missing = size.checked_sub(bytes.len());
            match missing {
                Some(0) => out.extend_from_slice(bytes),
                Some(missing) if decimal => {
                    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
                    out.resize(out.len() + missing, sign);
                    out.extend_from_slice(bytes);
                }
                _ => fault = Some(bytes.len()),
            }
        })?;
        match fault {
            None => Ok(()),
            Some(len) if decimal => Err(Exception::data(format!(
                "Unscaled value byte array length {len} is greater than fixed size {size}"
            ))),
            Some(len) => {
                let cause = Exception::new(
                    "org.apache.avro.AvroTypeException",
                    format!("{len} bytes do not fit into a fixed of {size}"),
                );
                Err(Exception::new(classes::SERIALIZATION, "Error serializing Avro message").caused_by(cause))
            }
        }
    }

    fn count(&mut self, len: usize) {
        if len > 0 {
            long(len as i64, self.out);
        }
    }

    fn end(&mut self) {
        self.out.push(0);
    }

    /// Upstream copies a map into a `HashMap` first, whose order is then that of the bytes.
    fn map(&mut self, schema: &Schema, values: &Op, map: &MapValue) -> Result<(), Exception> {
        self.count(map.len());
        if map.len() > 1 {
            let mut ordered = MapValue::hashed();
            for (key, value) in map.iter() {
                ordered.insert(key.clone(), value.clone());
            }
            self.pairs(schema, values, &ordered)?;
        } else {
            self.pairs(schema, values, map)?;
        }
        self.end();
        Ok(())
    }

    fn pairs(&mut self, schema: &Schema, values: &Op, map: &MapValue) -> Result<(), Exception> {
        for (key, value) in map.iter() {
            match key {
                Value::String(text) => sized(text.as_bytes(), self.out),
                Value::Null => {
                    let cause = Exception::without_message(classes::NULL_POINTER);
                    return Err(Exception::new(classes::SERIALIZATION, "Error serializing Avro message")
                        .caused_by(cause));
                }
                _ => return Err(invalid(schema, key)),
            }
            self.write(values, value)?;
        }
        Ok(())
    }

    fn record(&mut self, schema: &Schema, fields: &[FieldOp], value: &Value) -> Result<(), Exception> {
        let Value::Struct(value) = value else { return Err(invalid(schema, value)) };
        if value.schema() != schema {
            return Err(Exception::data("Mismatching struct schema"));
        }
        let values = value.values();
        for field in fields {
            match field {
                FieldOp::Default(bytes) => self.out.extend_from_slice(bytes),
                FieldOp::From(at, op) => {
                    let found = if self.ignore_defaults { &values[*at] } else { value.get_at(*at) };
                    self.write(op, found)?;
                }
            }
        }
        Ok(())
    }

    fn union(
        &mut self,
        op: &Op,
        schema: &Schema,
        members: &[(i64, Op)],
        value: &Value,
    ) -> Result<(), Exception> {
        let Value::Struct(value) = value else { return Err(invalid(schema, value)) };
        if value.schema() != schema {
            return Err(Exception::data("Mismatching struct schema"));
        }
        for (at, (place, member)) in members.iter().enumerate() {
            let found = if self.ignore_defaults { &value.values()[at] } else { value.get_at(at) };
            if !found.is_null() {
                long(*place, self.out);
                return self.write(member, found);
            }
        }
        self.null(op)
    }

    /// A value without schema: a record with one field of nine set.
    fn anything(&mut self, value: &Value, depth: usize) -> Result<(), Exception> {
        const FIELDS: usize = 9;
        if depth > MOST_DEPTH {
            return Err(Exception::data("the value is nested too deeply"));
        }
        let place = match value {
            Value::Null => {
                self.out.resize(self.out.len() + FIELDS, 0);
                return Ok(());
            }
            Value::Bool(_) => 0,
            Value::Float64(_) => 2,
            Value::Float32(_) => 3,
            Value::Int8(_) | Value::Int16(_) | Value::Int32(_) => 4,
            Value::Int64(_) => 5,
            Value::String(_) => 6,
            Value::Array(_) => 7,
            Value::Map(_) => 8,
            Value::Bytes(..) | Value::Struct(_) | Value::Decimal(_) | Value::Date(_) => {
                let class = value.java_class();
                return Err(Exception::data(format!("Unknown Java type for schemaless data: class {class}")));
            }
        };
        self.out.resize(self.out.len() + place, 0);
        self.out.push(2);
        match value {
            Value::Bool(value) => self.out.push(u8::from(*value)),
            Value::Float64(number) => self.out.extend_from_slice(&number.to_le_bytes()),
            Value::Float32(number) => self.out.extend_from_slice(&number.to_le_bytes()),
            Value::Int8(number) => long(i64::from(*number), self.out),
            Value::Int16(number) => long(i64::from(*number), self.out),
            Value::Int32(number) => long(i64::from(*number), self.out),
            Value::Int64(number) => long(*number, self.out),
            Value::String(text) => sized(text.as_bytes(), self.out),
            Value::Array(elements) => {
                self.count(elements.len());
                for element in elements.iter() {
                    self.anything(element, depth + 1)?;
                }
                self.end();
            }
            Value::Map(map) => {
                self.count(map.len());
                for (key, value) in map.iter() {
                    self.anything(key, depth + 1)?;
                    self.anything(value, depth + 1)?;
                }
                self.end();
            }
            _ => {}
        }
        self.out.resize(self.out.len() + FIELDS - 1 - place, 0);
        Ok(())
    }
}
