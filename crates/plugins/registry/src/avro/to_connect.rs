//! Avro schemas to Connect schemas.
//!
//! The same properties that `from_connect.rs` writes are read back here. Schemas that contain themselves cannot be
//! Connect schemas of ours and are refused; so are schemas whose repeated types unfold to more than any record needs,
//! since their text comes from outside. A named type that is used again in the same way is the same schema again.

use kconnect_api::{Exception, Logical, Schema, SchemaBuilder, Struct, Type, Value, logical};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::json::{Json, size_of};
use super::names::{self, prop};
use super::schema::{AvroField, Kind, Node, NodeId, Nodes};
use super::settings::AvroSettings;
use crate::bounds::{Unfolded, of_text};

/// How deep types may be nested.
const MOST_DEPTH: usize = 200;

/// Maps schemas; numbers unions when all formats share their names.
pub(crate) struct ToConnect<'n> {
    settings: &'n AvroSettings,
    nodes: &'n Nodes,
    unions: &'n mut usize,
    /// Records being mapped.
    open: Vec<NodeId>,
    size: Unfolded,
    depth: usize,
    /// The deepest type so far, within the one that is being mapped.
    deepest: usize,
    /// Named types as mapped before, required and optional.
    known: HashMap<(NodeId, bool), Known>,
}

/// A type that was mapped, with its unfolded size and how deep types are nested in it.
#[derive(Clone)]
struct Known {
    schema: Schema,
    size: usize,
    height: usize,
}

/// What the place of a type adds to it.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    optional: bool,
    /// The default of a field.
    default: Option<&'a Json>,
    /// The doc of a field.
    doc: Option<&'a str>,
    /// The version in the registry.
    version: Option<i32>,
}

impl<'n> ToConnect<'n> {
    pub(crate) fn new(settings: &'n AvroSettings, nodes: &'n Nodes, unions: &'n mut usize) -> Self {
        Self {
            settings,
            nodes,
            unions,
            open: Vec::new(),
            size: Unfolded::default(),
            depth: 0,
            deepest: 0,
            known: HashMap::new(),
        }
    }

    /// The Connect schema of a registered schema.
    pub(crate) fn root(&mut self, id: NodeId, version: Option<i32>) -> Result<Schema, Exception> {
        self.schema(id, Place { version, ..Place::default() })
    }

    fn schema(&mut self, id: NodeId, place: Place<'_>) -> Result<Schema, Exception> {
        let node = self.nodes.get(id);
        // Only the type itself says what its schema is.
        let is_shared = node.kind.is_named()
            && !self.settings.generalized_sum_types
            && place.default.is_none()
            && place.version.is_none()
            && (place.doc.is_none() || !self.settings.discard_type_doc_default);
        if !is_shared {
            return self.mapped(id, place);
        }
        if let Some(known) = self.known.get(&(id, place.optional)) {
            let Known { schema, size, height } = known.clone();
            self.size.add(size)?;
            self.reach(self.depth + height)?;
            return Ok(schema);
        }
        let (before, deepest) = (self.size.nodes(), std::mem::replace(&mut self.deepest, self.depth));
        let schema = self.mapped(id, place)?;
        let (size, height) = (self.size.nodes() - before, self.deepest - self.depth);
        self.deepest = self.deepest.max(deepest);
        self.known.insert((id, place.optional), Known { schema: schema.clone(), size, height });
        Ok(schema)
    }

    fn reach(&mut self, depth: usize) -> Result<(), Exception> {
        self.deepest = self.deepest.max(depth);
        match depth < MOST_DEPTH {
            true => Ok(()),
            false => Err(Exception::data(format!("the schema nests more than {MOST_DEPTH} types"))),
        }
    }

    fn mapped(&mut self, id: NodeId, place: Place<'_>) -> Result<Schema, Exception> {
        let nodes = self.nodes;
        let node = nodes.get(id);
        self.size.add(node.size())?;
        self.reach(self.depth)?;
        if let Kind::Union(members) = &node.kind
            && let Some((member, optional)) = self.settings.only_member(nodes, members)
        {
            // A singleton gives its own nullability to its member, and drops the default of the field.
            return self.schema(member, Place { optional, doc: place.doc, ..Place::default() });
        }
        self.depth += 1;
        let builder = self.base(id, node)?;
        let builder = self.attributes(id, node, builder, place)?;
        self.depth -= 1;
        builder.build()
    }

    fn base(&mut self, id: NodeId, node: &Node) -> Result<SchemaBuilder, Exception> {
        let word = node.text_prop(prop::LOGICAL_TYPE).unwrap_or_default();
        let is = |name: &str| word.eq_ignore_ascii_case(name);
        Ok(match &node.kind {
            Kind::Boolean => SchemaBuilder::new(Type::Boolean),
            Kind::Bytes => bytes(node, is("decimal"))?,
            Kind::Fixed(size) => bytes(node, is("decimal"))?.parameter(names::FIXED_SIZE, size.to_string()),
            Kind::Double => SchemaBuilder::new(Type::Float64),
            Kind::Float => SchemaBuilder::new(Type::Float32),
            Kind::Int if is("date") => SchemaBuilder::date(),
            Kind::Int if is("time-millis") => SchemaBuilder::time(),
            Kind::Int if node.text_prop(prop::LOGICAL_TYPE).is_some() => SchemaBuilder::new(Type::Int32),
            Kind::Int => match node.text_prop(prop::TYPE) {
                None => SchemaBuilder::new(Type::Int32),
                Some("int8") => SchemaBuilder::new(Type::Int8),
                Some("int16") => SchemaBuilder::new(Type::Int16),
                Some(_) => return Err(Exception::data("Connect type annotation for Avro int field is null")),
            },
            Kind::Long if is("timestamp-millis") => SchemaBuilder::timestamp(),
            Kind::Long => SchemaBuilder::new(Type::Int64),
            Kind::String => SchemaBuilder::new(Type::String),
            Kind::Array(element) => self.array(*element)?,
            Kind::Map(values) => {
                SchemaBuilder::map(Schema::string(), self.schema(*values, Place::default())?)
            }
            Kind::Record(fields) => self.record(id, node, fields)?,
            Kind::Enum { symbols, default } => self.symbols(node, symbols, default.as_deref()),
            Kind::Union(members) => self.union(members)?,
            Kind::Null => {
                return Err(Exception::data("Standalone null schemas are not supported by this converter"));
            }
        })
    }

    fn array(&mut self, element: NodeId) -> Result<SchemaBuilder, Exception> {
        let node = self.nodes.get(element);
        let Kind::Record(fields) = &node.kind else {
            return Ok(SchemaBuilder::array(self.schema(element, Place::default())?));
        };
        if !names::is_map_entry(node) {
            return Ok(SchemaBuilder::array(self.schema(element, Place::default())?));
        }
        match entry_fields(fields) {
            Some((key, value)) => {
                let key = self.schema(key.schema, Place::default())?;
                Ok(SchemaBuilder::map(key, self.schema(value.schema, Place::default())?))
            }
            None => Err(Exception::data(
                "Found map encoded as array of key-value pairs, but array elements do not match the expected format.",
            )),
        }
    }

    fn record(&mut self, id: NodeId, node: &Node, fields: &[AvroField]) -> Result<SchemaBuilder, Exception> {
        if self.open.contains(&id) {
            let name = node.full_name();
            return Err(Exception::data(format!(
                "the Avro schema contains itself (at {name}), which schemas of this worker cannot; read the topic with a \
                 converter that needs no schema (ByteArrayConverter)"
            )));
        }
        self.open.push(id);
        let docs = self.settings.connect_meta_data && !self.settings.discard_type_doc_default;
        let mut builder = SchemaBuilder::structure();
        if let Some(doc) = node.doc.as_deref().filter(|_| docs) {
            builder = builder.parameter(names::RECORD_DOC, doc);
        }
        if docs {
            let documented = fields.iter().filter_map(|field| Some((&field.name, field.doc.as_deref()?)));
            builder = builder
                .parameters(documented.map(|(name, doc)| (format!("{}{name}", names::FIELD_DOC), doc)));
        }
        for field in fields {
            let texts = field.name.len() + field.doc.as_ref().map_or(0, String::len);
            self.size.add(of_text(texts) + size_of(&field.props))?;
            self.size.add(field.default.as_ref().map_or(0, |default| default.size() - 1))?;
            let place =
                Place { default: field.default.as_ref(), doc: field.doc.as_deref(), ..Place::default() };
            let mut schema = self.schema(field.schema, place)?;
            if self.settings.connect_meta_data {
                let own = field.props.iter().find(|(key, _)| key == prop::PARAMETERS).map(|(_, value)| value);
                if let Some(Json::Object(parameters)) = own {
                    schema = with_parameters(&schema, parameters)?;
                }
            }
            builder = builder.field(field.name.as_str(), schema);
        }
        self.open.pop();
        Ok(builder)
    }

    fn symbols(&self, node: &Node, symbols: &[String], default: Option<&str>) -> SchemaBuilder {
        let settings = self.settings;
        let simple = node.name.as_ref().map_or("", |name| name.name.as_str());
        let mut builder = SchemaBuilder::new(Type::String);
        if settings.connect_meta_data {
            if let Some(doc) = &node.doc {
                builder = match settings.discard_type_doc_default {
                    true => builder.parameter(prop::ENUM_DOC, doc.as_str()),
                    false => builder.parameter(format!("{}{simple}", names::ENUM_DOC), doc.as_str()),
                };
            }
            if let Some(default) = default.filter(|_| !settings.discard_type_doc_default) {
                builder = builder.parameter(format!("{}{simple}", names::ENUM_DEFAULT), default);
            }
        }
        let generalized = settings.generalized_sum_types;
        let key = if generalized { names::GENERALIZED_ENUM } else { names::ENUM };
        builder = builder.parameter(key, node.full_name());
        builder.parameters(symbols.iter().enumerate().map(|(at, symbol)| {
            let value = if generalized { at.to_string() } else { symbol.clone() };
            (format!("{key}.{symbol}"), value)
        }))
    }

    fn union(&mut self, members: &[NodeId]) -> Result<SchemaBuilder, Exception> {
        let mut builder = SchemaBuilder::structure();
        if self.settings.generalized_sum_types {
            let name = format!("connect_union_{}", *self.unions);
            *self.unions += 1;
            builder = builder.name(name.as_str()).parameter(names::GENERALIZED_UNION, name);
        } else {
            builder = builder.name(names::UNION);
        }
        let mut taken = HashSet::new();
        for (at, member) in members.iter().enumerate() {
            let node = self.nodes.get(*member);
            if matches!(node.kind, Kind::Null) {
                builder = builder.optional();
                continue;
            }
            let name = self.settings.member_of_node(node, at);
            if taken.contains(&name) {
                return Err(Exception::data("Multiple union schemas map to the Connect union field name"));
            }
            let schema = self.schema(*member, Place { optional: true, ..Place::default() })?;
            builder = builder.field(name.as_str(), schema);
            taken.insert(name);
        }
        Ok(builder)
    }

    /// Doc, version, parameters, default and name, in the order in which upstream sets them.
    fn attributes(
        &self,
        id: NodeId,
        node: &'n Node,
        mut builder: SchemaBuilder,
        place: Place<'_>,
    ) -> Result<SchemaBuilder, Exception> {
        let settings = self.settings;
        let own_doc = node.text_prop(prop::DOC);
        if settings.discard_type_doc_default {
            if let Some(doc) = place.doc.or(node.doc.as_deref()).or(own_doc) {
                builder = builder.doc(doc);
            }
            if let Some(doc) = node.doc.as_deref().filter(|_| settings.connect_meta_data) {
                builder = builder.parameter(prop::RECORD_DOC, doc);
            }
        } else if let Some(doc) = own_doc.filter(|_| settings.connect_meta_data) {
            builder = builder.doc(doc);
        }
        builder = version(node, builder, place.version)?;
        builder = self.parameters(node, builder)?;
        builder = self.default(id, node, builder, place)?;
        builder = name(node, builder)?;
        Ok(if place.optional { builder.optional() } else { builder })
    }

    fn parameters(&self, node: &'n Node, mut builder: SchemaBuilder) -> Result<SchemaBuilder, Exception> {
        match node.prop(prop::PARAMETERS).filter(|_| self.settings.connect_meta_data) {
            None => {}
            Some(Json::Object(parameters)) => {
                let text = |(key, value): &'n (String, Json)| match value {
                    Json::Text(text) => Ok((key.as_str(), text.as_str())),
                    value => {
                        let shown = java_text(value);
                        let message = "Expected schema parameter values to be strings but found:";
                        Err(Exception::data(format!("{message} {shown}")))
                    }
                };
                builder = builder.parameters(parameters.iter().map(text).collect::<Result<Vec<_>, _>>()?);
            }
            Some(other) => {
                let shown = java_text(other);
                return Err(Exception::data(format!(
                    "Expected JSON object for schema parameters but found: {shown}"
                )));
            }
        }
        let avros = node.props.iter().filter(|(key, _)| key.starts_with("avro"));
        Ok(builder.parameters(avros.map(|(key, value)| (key.as_str(), java_text(value)))))
    }

    fn default(
        &self,
        id: NodeId,
        node: &Node,
        mut builder: SchemaBuilder,
        place: Place<'_>,
    ) -> Result<SchemaBuilder, Exception> {
        let own = node.prop(prop::DEFAULT);
        let settings = self.settings;
        if place.default.is_some()
            && own.is_none()
            && settings.connect_meta_data
            && !settings.discard_type_doc_default
        {
            builder = builder.parameter(names::FIELD_DEFAULT, "true");
        }
        let Some(json) = place.default.or(own) else { return Ok(builder) };
        let schema = builder.peek()?;
        let value = default_value(self.settings, self.nodes, id, &schema, json, 0);
        match value {
            Ok(Value::Null) => Ok(builder),
            Ok(value) => {
                let with = builder.clone().default_value(value);
                Ok(if with.peek().is_ok() { with } else { builder })
            }
            Err(error) => {
                tracing::warn!(%error, schema = node.full_name(), "ignoring an invalid default");
                Ok(builder)
            }
        }
    }
}

impl AvroSettings {
    /// The one type that a union amounts to, and whether it is optional; `None` for real unions.
    pub(crate) fn only_member(&self, nodes: &Nodes, members: &[NodeId]) -> Option<(NodeId, bool)> {
        let is_null = |id: &NodeId| matches!(nodes.get(*id).kind, Kind::Null);
        match members {
            [only] if self.flatten_singleton_unions => Some((*only, false)),
            [a, b] if is_null(a) != is_null(b) => Some((if is_null(a) { *b } else { *a }, true)),
            _ => None,
        }
    }
}

/// The two fields of a map entry, key first.
pub(crate) fn entry_fields(fields: &[AvroField]) -> Option<(&AvroField, &AvroField)> {
    let find = |name: &str| fields.iter().find(|field| field.name == name);
    (fields.len() == 2).then(|| Some((find("key")?, find("value")?))).flatten()
}

fn bytes(node: &Node, decimal: bool) -> Result<SchemaBuilder, Exception> {
    if !decimal {
        return Ok(SchemaBuilder::new(Type::Bytes));
    }
    let builder = SchemaBuilder::decimal(node.prop(prop::SCALE).and_then(Json::as_i32).unwrap_or(0));
    let Some(precision) = node.prop(prop::PRECISION).filter(|it| **it != Json::Null) else {
        return Ok(builder);
    };
    let Some(precision) = precision.as_i32() else {
        return Err(Exception::data(
            "precision property must be a JSON Integer. https://avro.apache.org/docs/1.9.1/spec.html#Decimal",
        ));
    };
    // Only one that says something.
    Ok(match precision {
        names::DEFAULT_PRECISION => builder,
        precision => builder.parameter(names::PRECISION, precision.to_string()),
    })
}

fn version(node: &Node, builder: SchemaBuilder, registered: Option<i32>) -> Result<SchemaBuilder, Exception> {
    let version = match node.prop(prop::VERSION) {
        None => registered,
        Some(json) => match json.as_i32() {
            Some(version) => Some(version),
            None => {
                return Err(Exception::data(format!("Invalid Connect version found: {}", java_text(json))));
            }
        },
    };
    let Some(version) = version.filter(|version| *version >= 0) else { return Ok(builder) };
    match builder.peek()?.version() {
        None => Ok(builder.version(version)),
        Some(known) if known == version => Ok(builder),
        Some(known) => Err(Exception::data(format!(
            "Mismatched versions: version already added to SchemaBuilder ({known}) differs from version in source schema ({version})"
        ))),
    }
}

fn name(node: &Node, builder: SchemaBuilder) -> Result<SchemaBuilder, Exception> {
    let known = builder.peek()?;
    let name = match (node.prop(prop::NAME), &node.kind) {
        (Some(Json::Text(name)), _) => name.clone(),
        (Some(other), _) => {
            return Err(Exception::data(format!("Invalid schema name: {}", java_text(other))));
        }
        (None, Kind::Record(_) | Kind::Enum { .. }) => node.full_name(),
        // A fixed that holds a decimal has the decimal's name.
        (None, Kind::Fixed(_)) if known.logical() != Some(Logical::Decimal) => node.full_name(),
        _ => return Ok(builder),
    };
    if name.starts_with(names::DEFAULT_FULL_NAME) {
        return Ok(builder);
    }
    match known.name() {
        None => Ok(builder.name(name)),
        Some(known) if known == name => Ok(builder),
        Some(known) => Err(Exception::data(format!(
            "Mismatched names: name already added to SchemaBuilder ({known}) differs from name in source schema ({name})"
        ))),
    }
}

/// The schema of a field with parameters of the field's own.
fn with_parameters(schema: &Schema, parameters: &[(String, Json)]) -> Result<Schema, Exception> {
    let known: HashMap<&str, &str> =
        schema.parameters().unwrap_or_default().iter().map(|(key, value)| (&**key, &**value)).collect();
    let same = |(key, value): &(String, Json)| {
        known.get(key.as_str()).is_some_and(|known| *known == java_text(value))
    };
    if parameters.iter().all(same) {
        return Ok(schema.clone());
    }
    let mut builder = match (schema.kind(), schema.key_schema(), schema.value_schema()) {
        (Type::Array, _, Some(element)) => SchemaBuilder::array(element.clone()),
        (Type::Map, Some(key), Some(value)) => SchemaBuilder::map(key.clone(), value.clone()),
        (kind, ..) => SchemaBuilder::new(kind),
    };
    builder = builder.copy_basics(schema);
    for field in schema.fields() {
        builder = builder.field(Arc::clone(field.shared_name()), field.schema().clone());
    }
    if schema.is_optional() {
        builder = builder.optional();
    }
    if let Some(default) = schema.default_value() {
        builder = builder.default_value(default.clone());
    }
    builder.parameters(parameters.iter().map(|(key, value)| (key.clone(), java_text(value)))).build()
}

/// Java's `toString` of a JSON value.
fn java_text(json: &Json) -> String {
    match json {
        Json::Text(text) => text.clone(),
        other => {
            let mut out = String::new();
            other.write(&mut out);
            out
        }
    }
}

/// A default read as a value of `schema`.
pub(crate) fn default_value(
    settings: &AvroSettings,
    nodes: &Nodes,
    id: NodeId,
    schema: &Schema,
    json: &Json,
    depth: usize,
) -> Result<Value, Exception> {
    let wrong = |what: &str| Exception::data(format!("Invalid JSON for {what} default value"));
    if depth > MOST_DEPTH {
        return Err(wrong("nested"));
    }
    if *json == Json::Null {
        return Ok(Value::Null);
    }
    let node = nodes.get(id);
    let inner = |id: NodeId, schema: Option<&Schema>, json: &Json| match schema {
        Some(schema) => default_value(settings, nodes, id, schema, json, depth + 1),
        None => Err(wrong("nested")),
    };
    Ok(match &node.kind {
        Kind::Union(members) => {
            if let Some((member, _)) = settings.only_member(nodes, members) {
                return inner(member, Some(schema), json);
            }
            let first =
                members.first().copied().filter(|first| !matches!(nodes.get(*first).kind, Kind::Null));
            let Some(first) = first else { return Ok(Value::Null) };
            let field = schema.fields().first().ok_or_else(|| wrong("union"))?;
            let value = inner(first, Some(field.schema()), json)?;
            let mut union = Struct::new(schema.clone())?;
            union.put_at(0, value)?;
            Value::Struct(Arc::new(union))
        }
        Kind::Null => Value::Null,
        Kind::Boolean => Value::Bool(matches!(json, Json::Bool(true))),
        Kind::Int | Kind::Long => {
            let number = json.as_i64().ok_or_else(|| wrong("number"))?;
            integer(schema, number)?
        }
        Kind::Float => Value::Float32(json.as_f64().ok_or_else(|| wrong("number"))? as f32),
        Kind::Double => Value::Float64(json.as_f64().ok_or_else(|| wrong("number"))?),
        Kind::String | Kind::Enum { .. } => Value::string(json.as_str().ok_or_else(|| wrong("text"))?),
        Kind::Bytes | Kind::Fixed(_) => {
            let text = json.as_str().ok_or_else(|| wrong("bytes"))?;
            let bytes: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
            match schema.logical() {
                Some(Logical::Decimal) => Value::Decimal(logical::decimal_from_bytes(schema, &bytes)?),
                _ => Value::byte_buffer(bytes.into()),
            }
        }
        Kind::Array(element) => {
            let Json::Array(elements) = json else { return Err(wrong("array")) };
            let values = elements.iter().map(|it| inner(*element, schema.value_schema(), it));
            Value::Array(Arc::new(values.collect::<Result<_, _>>()?))
        }
        Kind::Map(values) => {
            let Json::Object(members) = json else { return Err(wrong("map")) };
            let mut map = kconnect_api::MapValue::hashed();
            for (key, value) in members {
                map.insert(Value::string(key.as_str()), inner(*values, schema.value_schema(), value)?);
            }
            Value::Map(Arc::new(map))
        }
        Kind::Record(fields) => {
            let Json::Object(_) = json else { return Err(wrong("record")) };
            let members = json.members();
            let mut out = Struct::new(schema.clone())?;
            for (at, field) in fields.iter().enumerate() {
                let own = schema.fields().get(at).map(|field| field.schema());
                let value = match (members.get(field.name.as_str()).copied(), own) {
                    (Some(json), own) => inner(field.schema, own, json)?,
                    (None, Some(own)) => own.default_value().cloned().unwrap_or_default(),
                    (None, None) => Value::Null,
                };
                if at < schema.fields().len() {
                    out.put_at(at, value)?;
                }
            }
            Value::Struct(Arc::new(out))
        }
    })
}

/// An integer as `schema` holds it: narrowed as Java narrows it, or as a date.
pub(crate) fn integer(schema: &Schema, number: i64) -> Result<Value, Exception> {
    Ok(match (schema.kind(), schema.logical()) {
        (Type::Int32, Some(Logical::Date)) => Value::Date(logical::date_from_days(schema, number as i32)?),
        (Type::Int32, Some(Logical::Time)) => Value::Date(logical::time_from_millis(schema, number as i32)?),
        (Type::Int64, Some(Logical::Timestamp)) => Value::Date(number),
        (Type::Int8, _) => Value::Int8(number as i8),
        (Type::Int16, _) => Value::Int16(number as i16),
        (Type::Int32, _) => Value::Int32(number as i32),
        (Type::Int64, _) => Value::Int64(number),
        (Type::Float32, _) => Value::Float32(number as f32),
        (Type::Float64, _) => Value::Float64(number as f64),
        _ => return Err(Exception::data(format!("{} is no integer", schema.kind()))),
    })
}
