//! Loaded JSON schemas as Connect schemas.
//!
//! Each schema is first given a [`Shape`]: either another schema that stands for it (a reference, the one alternative
//! to null, the member that an allOf amounts to) or a Connect type with the schemas of its parts. A stack of unfinished
//! schemas then builds parts before wholes, in upstream's order, without native recursion. A schema that is asked for
//! while it is unfinished contains itself, which Connect schemas cannot.
//!
//! The second and later references to one definition of a struct give the struct of the first one, with a parameter
//! ([`names::ID`]) by which upstream writes them as references again; the number in it counts all such references and is
//! the one of the last of them, which is why a schema with any is converted twice. Other definitions are converted for
//! each use. Each schema knows its unfolded size ([`crate::bounds`]), and the work done is counted by the same measure.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use kconnect_api::json::{Doc, Node, number};
use kconnect_api::{Exception, Schema, SchemaBuilder, Type, Value, classes, hash_order};

use super::documents::{Documents, Draft, Place};
use super::load::{Criterion, Entry, Id, Kind, Object};
use super::names;
use super::read::Reading;
use super::settings::Rules;
use crate::bounds::{Unfolded, of_text};

/// A schema and how it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Use {
    id: Id,
    /// Null is allowed by what is around it.
    optional: bool,
    /// It gets the version under which the text is registered.
    versioned: bool,
}

enum Shape<'a> {
    Same(Use),
    /// A struct that was referred to before.
    Again(Id),
    Type(Type),
    Symbols(Vec<String>),
    Array(Use),
    Map(Option<Use>, Option<Use>),
    Struct(Vec<(Cow<'a, str>, Use)>),
    /// Fields that an allOf collected: nothing else is said about such a struct.
    Collected(Vec<(Cow<'a, str>, Use)>),
    Union {
        name: String,
        nullable: bool,
        members: Vec<Use>,
    },
}

struct Unfinished<'a> {
    what: Use,
    shape: Shape<'a>,
    parts: Vec<Use>,
    done: Vec<Schema>,
    /// Of what is done, and of the schema itself.
    size: Unfolded,
}

/// A schema that was built, and its unfolded size.
#[derive(Clone)]
struct Built {
    schema: Schema,
    size: usize,
}

/// Most unfinished schemas at a time, those that only stand for others included. Payloads nest 1000 deep at most, and
/// whatever walks over a Connect schema does so recursively.
const DEPTH_MAX: usize = 1_500;

/// The Connect schema of the first of `entries`.
pub(super) fn schema(
    rules: Rules,
    documents: &Documents<'_>,
    entries: &[Entry<'_>],
    version: Option<i32>,
) -> Result<Schema, Exception> {
    let root = Use { id: 0, optional: false, versioned: true };
    let mut first = Conversion::new(rules, documents, entries, version, HashMap::new());
    let schema = first.run(root)?;
    if first.numbers.is_empty() {
        return Ok(schema);
    }
    Conversion::new(rules, documents, entries, version, first.numbers).run(root)
}

struct Conversion<'d, 'a> {
    rules: Rules,
    documents: &'d Documents<'a>,
    entries: &'d [Entry<'a>],
    version: Option<i32>,
    unions: usize,
    /// Schemas begun, and what was looked at for them.
    work: Unfolded,
    /// Structs that were referred to, once they are built.
    structs: HashMap<Id, Option<Built>>,
    /// The last number given to each struct that was referred to again.
    numbers: HashMap<Id, usize>,
    repeated: usize,
    /// The numbers as they will be at the end.
    last: HashMap<Id, usize>,
    /// Structs referred to again, required and optional.
    again: HashMap<(Id, bool), Schema>,
    /// Schemas without parts: an enumeration that many fields refer to is kept once.
    leaves: HashMap<Use, Schema>,
}

impl<'d, 'a> Conversion<'d, 'a> {
    fn new(
        rules: Rules,
        documents: &'d Documents<'a>,
        entries: &'d [Entry<'a>],
        version: Option<i32>,
        last: HashMap<Id, usize>,
    ) -> Self {
        Self {
            rules,
            documents,
            entries,
            version,
            unions: 0,
            work: Unfolded::default(),
            structs: HashMap::new(),
            numbers: HashMap::new(),
            repeated: 0,
            last,
            again: HashMap::new(),
            leaves: HashMap::new(),
        }
    }

    fn run(&mut self, root: Use) -> Result<Schema, Exception> {
        let mut stack = vec![self.begin(root)?];
        let mut open = HashSet::from([root]);
        loop {
            let Some(top) = stack.last_mut() else {
                return Err(Exception::connect("a schema without root"));
            };
            if let Some(&next) = top.parts.get(top.done.len()) {
                if open.insert(next) {
                    if stack.len() >= DEPTH_MAX {
                        let message = format!("the JSON schema nests more than {DEPTH_MAX} parts");
                        return Err(Exception::data(message));
                    }
                    let begun = self.begin(next)?;
                    stack.push(begun);
                } else {
                    return Err(self.recursive(next.id));
                }
                continue;
            }
            let Some(finished) = stack.pop() else { continue };
            open.remove(&finished.what);
            let Built { schema, size } = self.finish(finished)?;
            match stack.last_mut() {
                Some(above) => {
                    above.size.add(size)?;
                    above.done.push(schema);
                }
                None => return Ok(schema),
            }
        }
    }

    fn begin(&mut self, what: Use) -> Result<Unfinished<'a>, Exception> {
        self.work.add(1)?;
        let mut size = Unfolded::default();
        size.add(self.own_size(what.id))?;
        let shape = self.shape(what)?;
        let parts = match &shape {
            Shape::Same(other) | Shape::Array(other) => vec![*other],
            Shape::Map(key, value) => key.iter().chain(value).copied().collect(),
            Shape::Struct(fields) | Shape::Collected(fields) => {
                fields.iter().map(|(_, field)| *field).collect()
            }
            Shape::Union { members, .. } => members.clone(),
            Shape::Type(_) | Shape::Symbols(_) | Shape::Again(_) => Vec::new(),
        };
        Ok(Unfinished { what, shape, done: Vec::with_capacity(parts.len()), parts, size })
    }

    /// What a schema counts as without its parts: itself, its symbols, and the texts that each copy of it holds.
    fn own_size(&self, id: Id) -> usize {
        let entry = &self.entries[id];
        let text = |text: &Option<Cow<'_, str>>| text.as_ref().map_or(0, |text| text.len());
        let raw = |place: Option<Place>| place.map_or(0, |at| self.documents.doc(at).raw(at.node).len());
        let texts = text(&entry.title)
            + text(&entry.description)
            + raw(entry.default)
            + raw(entry.connect.parameters);
        let symbols = match &entry.kind {
            Kind::Symbols(symbols) => symbols.len(),
            Kind::Const(Some(symbol)) => of_text(symbol.len()),
            _ => 0,
        };
        1 + symbols + of_text(texts)
    }

    fn recursive(&self, id: Id) -> Exception {
        let title = self.entries[id].title.as_deref().unwrap_or("without title");
        Exception::data(format!(
            "the JSON schema contains itself (at the part {title}), which schemas of this worker cannot; read the topic \
             with a converter that needs no schema (ByteArrayConverter)"
        ))
    }

    fn plain(id: Id) -> Use {
        Use { id, optional: false, versioned: false }
    }

    fn shape(&mut self, what: Use) -> Result<Shape<'a>, Exception> {
        let entry = &self.entries[what.id];
        Ok(match &entry.kind {
            Kind::Boolean => Shape::Type(Type::Boolean),
            Kind::Number { integer } => Shape::Type(self.number(entry, *integer)?),
            Kind::Text => match self.connect_type(entry)?.as_deref() {
                Some("bytes") => Shape::Type(Type::Bytes),
                _ => Shape::Type(Type::String),
            },
            Kind::Const(None) => return Err(Exception::without_message(classes::NULL_POINTER)),
            Kind::Const(Some(symbol)) => Shape::Symbols(vec![symbol.clone()]),
            Kind::Symbols(symbols) => {
                let text =
                    |symbol: &Option<String>| symbol.clone().unwrap_or_else(|| names::NULL_MARKER.into());
                Shape::Symbols(symbols.iter().map(text).collect())
            }
            Kind::Combined { criterion, parts, .. } => self.combined(what, *criterion, parts)?,
            Kind::Array { items } => self.array(entry, *items)?,
            Kind::Object(object) => self.object(entry, object)?,
            Kind::Reference(target) => self.reference(what, *target)?,
            Kind::Any => {
                return Err(Exception::data(
                    "a part of the JSON schema allows any value (an empty schema, or true), which needs the type \
                     org.apache.kafka.connect.data.Variant that this worker does not have; give it a type",
                ));
            }
            Kind::Null => return Err(unsupported("org.everit.json.schema.NullSchema")),
            Kind::Other(class) => return Err(unsupported(class)),
        })
    }

    fn reference(&mut self, what: Use, target: Id) -> Result<Shape<'a>, Exception> {
        if self.structs.contains_key(&target) {
            self.repeated += 1;
            self.numbers.insert(target, self.repeated);
            return Ok(Shape::Again(target));
        }
        let entries = self.entries;
        let is_struct = match &entries[target].kind {
            Kind::Object(_) => entries[target].connect.kind.is_none(),
            Kind::Combined { criterion: Criterion::All, parts, .. } => {
                (parts.len() != 1 || !self.rules.flatten_singleton_unions) && !self.collect(parts)?.is_empty()
            }
            _ => false,
        };
        // Upstream's translation of later dialects makes each reference a schema of its own.
        if is_struct && self.documents.draft != Draft::Modern {
            self.structs.insert(target, None);
        }
        Ok(Shape::Same(Use { id: target, ..what }))
    }

    fn number(&self, entry: &Entry<'_>, integer: bool) -> Result<Type, Exception> {
        Ok(match self.connect_type(entry)?.as_deref() {
            None if integer => Type::Int64,
            None => Type::Float64,
            Some("int8") => Type::Int8,
            Some("int16") => Type::Int16,
            Some("int32") => Type::Int32,
            Some("int64") => Type::Int64,
            Some("float32") => Type::Float32,
            Some("float64") => Type::Float64,
            Some("bytes") => Type::Bytes,
            Some(other) => {
                let message = format!("Unsupported type {other}");
                return Err(Exception::new(classes::ILLEGAL_ARGUMENT, message));
            }
        })
    }

    fn combined(&mut self, what: Use, criterion: Criterion, parts: &[Id]) -> Result<Shape<'a>, Exception> {
        self.work.add(parts.len())?;
        if let [only] = parts
            && self.rules.flatten_singleton_unions
        {
            return Ok(Shape::Same(Self::plain(*only)));
        }
        if criterion == Criterion::All {
            return self.all_of(what, parts);
        }
        let name = if self.rules.generalized_sum_types {
            self.unions += 1;
            format!("connect_union_{}", self.unions - 1)
        } else {
            names::ONE_OF.to_owned()
        };
        let entries = self.entries;
        let is_null = |id: &Id| matches!(entries[*id].kind, Kind::Null);
        let mut others = parts.iter().copied().filter(|id| !is_null(id));
        let nullable = parts.iter().any(is_null);
        if parts.len() == 2 && nullable {
            let other = others.next().ok_or_else(|| unsupported("org.everit.json.schema.NullSchema"))?;
            return Ok(Shape::Same(Use { id: other, optional: true, ..what }));
        }
        let members = others.map(|id| Use { id, optional: true, versioned: false }).collect();
        Ok(Shape::Union { name, nullable, members })
    }

    fn array(&self, entry: &Entry<'_>, items: Option<Id>) -> Result<Shape<'a>, Exception> {
        let Some(items) = items else {
            return Err(Exception::data("Array schema did not specify the items type"));
        };
        if self.connect_type(entry)?.as_deref() == Some("map")
            && let Kind::Object(pair) = &self.entries[items].kind
        {
            let find = |name: &str| pair.names.get(name).map(|id| Self::plain(*id));
            return Ok(Shape::Map(find("key"), find("value")));
        }
        Ok(Shape::Array(Self::plain(items)))
    }

    fn object(&mut self, entry: &Entry<'_>, object: &Object<'a>) -> Result<Shape<'a>, Exception> {
        if self.connect_type(entry)?.as_deref() == Some("map") {
            return Ok(Shape::Map(None, object.additional.map(Self::plain)));
        }
        let mut fields = BTreeMap::new();
        for (name, id) in &object.properties {
            let index = match self.entries[*id].connect.index {
                Some(place) => self.int(place)?.unwrap_or(fields.len() as i32),
                None => fields.len() as i32,
            };
            let optional = self.rules.optional_for_nonrequired && !object.required.contains(name);
            fields.insert(index, (name.clone(), Use { id: *id, optional, versioned: false }));
        }
        // Of properties with one index only one is left, but all were looked at.
        self.work.add(object.properties.len() - fields.len())?;
        Ok(Shape::Struct(fields.into_values().collect()))
    }

    /// The properties of all parts together; without any, the part that says most.
    fn all_of(&mut self, what: Use, parts: &[Id]) -> Result<Shape<'a>, Exception> {
        let fields = self.collect(parts)?;
        if !fields.is_empty() {
            return Ok(Shape::Collected(fields));
        }
        let last = |is: fn(&Kind<'_>) -> bool| parts.iter().rev().find(|id| is(&self.entries[**id].kind));
        let text = last(|kind| matches!(kind, Kind::Text));
        let number = last(|kind| matches!(kind, Kind::Number { .. }));
        let symbols = last(|kind| matches!(kind, Kind::Symbols(_)));
        let constant = last(|kind| matches!(kind, Kind::Const(_)));
        let combined = last(|kind| matches!(kind, Kind::Combined { .. }));
        let reference = last(|kind| matches!(kind, Kind::Reference(_)));
        let chosen = if combined.is_some() {
            combined
        } else if constant.is_some() {
            text.or(number)
        } else if symbols.is_some() {
            text.and(symbols).or(number)
        } else if text.is_some() {
            number.or(text)
        } else {
            reference
        };
        match chosen {
            Some(id) => match &self.entries[*id].kind {
                Kind::Reference(target) => self.reference(what, *target),
                _ => Ok(Shape::Same(Use { id: *id, ..what })),
            },
            None => {
                let place = self.entries[what.id].place;
                let text = String::from_utf8_lossy(self.documents.doc(place).raw(place.node)).into_owned();
                let message = format!("Unsupported criterion allOf for {text}");
                Err(Exception::new(classes::ILLEGAL_ARGUMENT, message))
            }
        }
    }

    fn collect(&mut self, parts: &[Id]) -> Result<Vec<(Cow<'a, str>, Use)>, Exception> {
        let entries = self.entries;
        let mut fields: Vec<(Cow<'a, str>, Use)> = Vec::new();
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
        for &part in parts {
            let (mut pending, mut visited) = (vec![part], HashSet::new());
            while let Some(id) = pending.pop() {
                if !visited.insert(id) {
                    continue;
                }
                match &entries[id].kind {
                    Kind::Combined { criterion: Criterion::All, parts, .. } => {
                        self.work.add(parts.len())?;
                        pending.extend(parts.iter().rev());
                    }
                    Kind::Reference(target) => pending.push(*target),
                    Kind::Object(object) => {
                        self.work.add(object.properties.len())?;
                        for (name, id) in &object.properties {
                            let optional =
                                self.rules.optional_for_nonrequired && !object.required.contains(name);
                            let field = Use { id: *id, optional, versioned: false };
                            match places.get(name) {
                                Some(&at) => fields[at].1 = field,
                                None => {
                                    places.insert(name.clone(), fields.len());
                                    fields.push((name.clone(), field));
                                }
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(fields)
    }

    fn finish(&mut self, finished: Unfinished<'a>) -> Result<Built, Exception> {
        let (what, size) = (finished.what, finished.size.nodes());
        let schema = match finished.shape {
            Shape::Again(id) => return self.once_more(id, what.optional, finished.size),
            Shape::Same(_) => {
                let schema = finished.done.into_iter().next().ok_or_else(null_part)?;
                return Ok(Built { schema, size });
            }
            Shape::Type(_) | Shape::Symbols(_) => match self.leaves.get(&what) {
                Some(known) => known.clone(),
                None => {
                    let schema = self.build(finished)?;
                    self.leaves.insert(what, schema.clone());
                    schema
                }
            },
            _ => self.build(finished)?,
        };
        let Some(place) = self.structs.get_mut(&what.id).filter(|place| place.is_none()) else {
            return Ok(Built { schema, size });
        };
        // Parameters that the first one has are shared with those that follow.
        let schema = match self.last.get(&what.id) {
            Some(number) if schema.parameters().is_some() => with_id(&schema, schema.is_optional(), *number)?,
            _ => schema,
        };
        let built = Built { schema, size };
        *place = Some(built.clone());
        Ok(built)
    }

    fn once_more(&mut self, id: Id, optional: bool, mut size: Unfolded) -> Result<Built, Exception> {
        let Some(Built { schema, size: inner }) = self.structs.get(&id).cloned().flatten() else {
            return Err(self.recursive(id));
        };
        size.add(inner)?;
        let size = size.nodes();
        if let Some(known) = self.again.get(&(id, optional)) {
            return Ok(Built { schema: known.clone(), size });
        }
        let number = self.last.get(&id).or_else(|| self.numbers.get(&id)).copied().unwrap_or_default();
        let schema = with_id(&schema, optional, number)?;
        self.again.insert((id, optional), schema.clone());
        Ok(Built { schema, size })
    }

    fn build(&self, finished: Unfinished<'a>) -> Result<Schema, Exception> {
        let Unfinished { what, shape, done, .. } = finished;
        let mut done = done.into_iter();
        let mut missing = |what: &str, wanted: bool| {
            done.next().filter(|_| wanted).ok_or_else(|| {
                Exception::new(classes::SCHEMA_BUILDER, format!("{what}Schema cannot be null."))
            })
        };
        let (builder, named) = match shape {
            Shape::Same(_) | Shape::Again(_) => return missing("value", true),
            Shape::Collected(fields) => {
                let names = fields.into_iter().map(|(name, _)| name);
                let builder = structure(SchemaBuilder::structure(), names, done)?;
                return if what.optional { builder.optional().build() } else { builder.build() };
            }
            Shape::Type(kind) => (SchemaBuilder::new(kind), false),
            Shape::Symbols(symbols) => (self.symbols(symbols), false),
            Shape::Array(_) => (SchemaBuilder::array(missing("value", true)?), false),
            Shape::Map(key, value) => {
                let text_keys = matches!(self.entries[what.id].kind, Kind::Object(_));
                let key = if text_keys { Schema::string() } else { missing("key", key.is_some())? };
                (SchemaBuilder::map(key, missing("value", value.is_some())?), false)
            }
            Shape::Struct(fields) => {
                let names = fields.into_iter().map(|(name, _)| name);
                (structure(SchemaBuilder::structure(), names, done)?, false)
            }
            Shape::Union { name, nullable, members } => {
                (self.union(&name, nullable, members.len(), done)?, true)
            }
        };
        self.attributes(what, builder, named)
    }

    fn union(
        &self,
        name: &str,
        nullable: bool,
        members: usize,
        done: impl Iterator<Item = Schema>,
    ) -> Result<SchemaBuilder, Exception> {
        let mut builder = SchemaBuilder::structure().name(name);
        let prefix = if self.rules.generalized_sum_types {
            builder = builder.parameter(names::GENERALIZED_UNION, name);
            "connect_union_field_".to_owned()
        } else {
            format!("{name}.field.")
        };
        if nullable {
            builder = builder.optional();
        }
        structure(builder, (0..members).map(|at| Cow::Owned(format!("{prefix}{at}"))), done)
    }

    fn symbols(&self, symbols: Vec<String>) -> SchemaBuilder {
        let generalized = self.rules.generalized_sum_types;
        let parameter = names::enum_parameter(generalized);
        let pairs = symbols.into_iter().enumerate().map(|(at, symbol)| {
            let key = format!("{parameter}.{symbol}");
            (key, if generalized { at.to_string() } else { symbol })
        });
        // Enumerations of JSON Schema have no name.
        let first = (parameter.to_owned(), String::new());
        SchemaBuilder::new(Type::String).parameters(std::iter::once(first).chain(pairs))
    }

    fn attributes(&self, what: Use, mut builder: SchemaBuilder, named: bool) -> Result<Schema, Exception> {
        let entry = &self.entries[what.id];
        if let Some(title) = entry.title.as_deref().filter(|_| !named) {
            builder = builder.name(title);
        }
        let version = match entry.connect.version {
            Some(place) => self.int(place)?,
            None => None,
        };
        if let Some(version) = version.or(self.version.filter(|_| what.versioned)) {
            builder = builder.version(version);
        }
        if let Some(description) = entry.description.as_deref() {
            builder = builder.doc(description);
        }
        if let Some(place) = entry.connect.parameters {
            builder = builder.parameters(self.parameters(place)?);
        }
        if let Some(place) = entry.default {
            let shape = builder.peek()?;
            let value = Reading::new(self.documents.doc(place)).value(&shape, place.node)?;
            if matches!(value, Value::Struct(_)) {
                // Upstream compares the struct's schema with a schema that is not built yet.
                let cause = Exception::data("Struct schemas do not match.");
                return Err(Exception::new(classes::SCHEMA_BUILDER, "Invalid default value").caused_by(cause));
            }
            builder = builder.default_value(value);
        }
        if what.optional {
            builder = builder.optional();
        }
        builder.build()
    }

    fn parameters(&self, place: Place) -> Result<Vec<(String, String)>, Exception> {
        let doc = self.documents.doc(place);
        match doc.node(place.node) {
            Node::Object { .. } => {}
            Node::Null => return Ok(Vec::new()),
            _ => return Err(cast(&doc, place.node, "java.util.Map")),
        }
        let members: Vec<(Cow<'_, str>, usize)> = doc
            .list(place.node)
            .into_iter()
            .filter_map(|(key, value)| Some((doc.string(key?)?, value)))
            .collect();
        let order = hash_order(members.iter().map(|(key, _)| &**key));
        let in_order = order.into_iter().filter_map(|at| members.get(at));
        in_order
            .map(|(key, value)| match doc.string(*value) {
                Some(text) => Ok((key.clone().into_owned(), text.into_owned())),
                None => Err(cast(&doc, *value, "java.lang.String")),
            })
            .collect()
    }

    fn connect_type(&self, entry: &Entry<'_>) -> Result<Option<Cow<'a, str>>, Exception> {
        let Some(place) = entry.connect.kind else {
            return Ok(None);
        };
        let doc = self.documents.doc(place);
        match doc.node(place.node) {
            Node::Null => Ok(None),
            Node::String { .. } => Ok(doc.string(place.node)),
            _ => Err(cast(&doc, place.node, "java.lang.String")),
        }
    }

    fn int(&self, place: Place) -> Result<Option<i32>, Exception> {
        let doc = self.documents.doc(place);
        match (doc.node(place.node), doc.number(place.node)) {
            (Node::Null, _) => Ok(None),
            (_, Some((text, true))) => match number::to_exact_i32(text, true) {
                Some(number) => Ok(Some(number)),
                None => Err(cast(&doc, place.node, "java.lang.Integer")),
            },
            _ => Err(cast(&doc, place.node, "java.lang.Integer")),
        }
    }
}

fn structure<'a>(
    mut builder: SchemaBuilder,
    names: impl Iterator<Item = Cow<'a, str>>,
    schemas: impl Iterator<Item = Schema>,
) -> Result<SchemaBuilder, Exception> {
    for (name, schema) in names.zip(schemas) {
        builder = builder.field(name.as_ref(), schema);
    }
    Ok(builder)
}

/// The struct `schema` with the parameter that marks what is referred to again.
fn with_id(schema: &Schema, optional: bool, number: usize) -> Result<Schema, Exception> {
    let mut builder =
        SchemaBuilder::structure().copy_basics(schema).parameter(names::ID, format!("#id{number}"));
    for field in schema.fields() {
        builder = builder.field(field.name(), field.schema().clone());
    }
    if optional { builder.optional().build() } else { builder.build() }
}

fn null_part() -> Exception {
    Exception::new(classes::SCHEMA_BUILDER, "valueSchema cannot be null.")
}

fn unsupported(class: &str) -> Exception {
    Exception::data(format!("Unsupported schema type {class}"))
}

/// A keyword of ours with a value of another class than upstream casts it to.
fn cast(doc: &Doc<'_>, node: usize, wanted: &str) -> Exception {
    let found = match doc.node(node) {
        Node::Bool(_) => "java.lang.Boolean",
        Node::Number { .. } => match doc.number(node) {
            Some((text, true)) if text.parse::<i32>().is_ok() => "java.lang.Integer",
            Some((text, true)) if text.parse::<i64>().is_ok() => "java.lang.Long",
            Some((_, true)) => "java.math.BigInteger",
            _ => "java.math.BigDecimal",
        },
        Node::Array { .. } => "java.util.ArrayList",
        Node::Object { .. } => "java.util.HashMap",
        _ => "java.lang.String",
    };
    Exception::new(
        "java.lang.ClassCastException",
        format!(
            "class {found} cannot be cast to class {wanted} ({found} and {wanted} are in module java.base of loader \
             'bootstrap')"
        ),
    )
}
