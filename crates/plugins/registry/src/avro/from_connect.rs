//! Connect schemas to Avro schemas, in upstream's words and order, since their text is what gets registered.
//!
//! Avro names each type once: an equal schema met again is the same node, whatever its place. What Avro cannot say
//! (names and versions of primitives, parameters, defaults of types) becomes properties, whose order is fixed here.

use std::collections::{HashMap, HashSet};

use kconnect_api::{Exception, Logical, Schema, Type, Value, classes, logical};

use super::json::Json;
use super::names::{self, prop};
use super::schema::{AvroField, Kind, Name, Node, NodeId, Nodes, RUNTIME_EXCEPTION, check_name};
use super::settings::AvroSettings;

/// How deep schemas may be nested: far beyond sense, and well within the stack.
const MOST_DEPTH: usize = 200;

/// The Avro schema of a Connect schema.
pub(crate) fn from_connect(
    settings: &AvroSettings,
    schema: Option<&Schema>,
) -> Result<(Nodes, NodeId), Exception> {
    let mut mapping = Mapping {
        settings,
        nodes: Nodes::default(),
        seen: HashMap::new(),
        by_name: HashMap::new(),
        named_fields: HashSet::new(),
        unnamed: 0,
        depth: 0,
    };
    let root = match schema {
        Some(schema) => mapping.schema(schema, false)?,
        None => anything(&mut mapping.nodes),
    };
    Ok((mapping.nodes, root))
}

struct Mapping<'s> {
    settings: &'s AvroSettings,
    nodes: Nodes,
    /// Equal required schemas are one node.
    seen: HashMap<Schema, NodeId>,
    /// Records by the place of their name in memory: upstream compares the very string, which copies of a schema share.
    by_name: HashMap<*const u8, NodeId>,
    /// Names of the schemas of fields so far.
    named_fields: HashSet<String>,
    unnamed: usize,
    depth: usize,
}

impl Mapping<'_> {
    /// Like [`Mapping::schema`], but a record that is being made, or was, is found by its name.
    fn inner(&mut self, schema: &Schema, ignore_optional: bool) -> Result<NodeId, Exception> {
        let known = schema.name().and_then(|name| self.by_name.get(&name.as_ptr()).copied());
        match known {
            Some(known) if ignore_optional => Ok(known),
            Some(known) => self.optional(schema, known),
            None => self.schema(schema, ignore_optional),
        }
    }

    fn schema(&mut self, schema: &Schema, ignore_optional: bool) -> Result<NodeId, Exception> {
        if !names::is_union(schema)
            && !schema.is_optional()
            && let Some(known) = self.seen.get(schema)
        {
            return Ok(*known);
        }
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(Exception::data("the schema is nested too deeply"));
        }
        let base = self.base(schema)?;
        let mut result = base;
        if !matches!(self.nodes.get(base).kind, Kind::Union(_)) {
            self.properties(schema, base)?;
            if !ignore_optional {
                result = self.optional(schema, base)?;
            }
        }
        if !schema.is_optional() {
            self.seen.insert(schema.clone(), result);
        }
        self.depth -= 1;
        Ok(result)
    }

    fn optional(&mut self, schema: &Schema, base: NodeId) -> Result<NodeId, Exception> {
        if !schema.is_optional() {
            return Ok(base);
        }
        let null = self.nodes.primitive(Kind::Null);
        // The default of a union is one of its first member.
        let members = if schema.default_value().is_some() { vec![base, null] } else { vec![null, base] };
        self.nodes.union(members)
    }

    /// The type itself, without properties that all types may have.
    fn base(&mut self, schema: &Schema) -> Result<NodeId, Exception> {
        let kind = match schema.kind() {
            Type::Int8 | Type::Int16 | Type::Int32 => Kind::Int,
            Type::Int64 => Kind::Long,
            Type::Float32 => Kind::Float,
            Type::Float64 => Kind::Double,
            Type::Boolean => Kind::Boolean,
            Type::String => return self.string(schema),
            Type::Bytes => return self.bytes(schema),
            Type::Array => Kind::Array(self.element(schema.value_schema())?),
            Type::Map => return self.map(schema),
            Type::Struct => return self.structure(schema),
        };
        Ok(self.nodes.add(Node::new(kind)))
    }

    /// Elements and map values; without a schema they hold anything.
    fn element(&mut self, schema: Option<&Schema>) -> Result<NodeId, Exception> {
        match schema {
            Some(schema) => self.inner(schema, false),
            None => Ok(anything(&mut self.nodes)),
        }
    }

    fn string(&mut self, schema: &Schema) -> Result<NodeId, Exception> {
        let settings = self.settings;
        if !(settings.generalized_sum_types || settings.enhanced) || !names::is_enum(schema) {
            return Ok(self.nodes.primitive(Kind::String));
        }
        let key = if settings.generalized_sum_types { names::GENERALIZED_ENUM } else { names::ENUM };
        let prefix = format!("{key}.");
        let parameters = schema.parameters().unwrap_or_default();
        let symbols: Vec<String> =
            parameters.iter().filter_map(|(key, _)| key.strip_prefix(&*prefix)).map(str::to_owned).collect();
        for symbol in &symbols {
            check_name(symbol)?;
        }
        let (_, simple) = self.name_or_default(schema.name());
        let full = schema.parameter(key).unwrap_or_default();
        let mut node = Node::named(Kind::Null, Name::new(full, None)?);
        let mut default = None;
        if settings.discard_type_doc_default {
            node.doc = schema.parameter(prop::ENUM_DOC).map(str::to_owned);
        } else {
            node.doc = schema.parameter(&format!("{}{simple}", names::ENUM_DOC)).map(str::to_owned);
            default = schema.parameter(&format!("{}{simple}", names::ENUM_DEFAULT)).map(str::to_owned);
        }
        node.kind = Kind::Enum { symbols, default };
        Ok(self.nodes.add(node))
    }

    fn bytes(&mut self, schema: &Schema) -> Result<NodeId, Exception> {
        let mut node = match names::fixed_size(schema) {
            Some(size) => {
                let (namespace, name) = self.name_or_default(schema.name());
                Node::named(Kind::Fixed(size), Name::new(&name, namespace.as_deref())?)
            }
            None => Node::new(Kind::Bytes),
        };
        if schema.logical() == Some(Logical::Decimal) {
            node.add_prop(prop::SCALE, Json::Int(i64::from(scale(schema)?)));
            node.add_prop(prop::PRECISION, Json::Int(i64::from(precision(schema)?)));
        }
        Ok(self.nodes.add(node))
    }

    fn map(&mut self, schema: &Schema) -> Result<NodeId, Exception> {
        if self.settings.is_plain_map(schema) {
            let values = self.element(schema.value_schema())?;
            return Ok(self.nodes.add(Node::new(Kind::Map(values))));
        }
        let mut node = match schema.name() {
            None => Node::named(Kind::Null, Name::new(names::MAP_ENTRY, Some(names::NAMESPACE))?),
            Some(name) => {
                let (namespace, name) = self.settings.split(name);
                let mut node = Node::named(Kind::Null, Name::new(&name, namespace.as_deref())?);
                node.add_prop(prop::INTERNAL_TYPE, Json::text(names::MAP_ENTRY));
                node
            }
        };
        let missing = || Exception::data("a map schema without key and value schemas cannot be mapped");
        let key = self.field("key", schema.key_schema().ok_or_else(missing)?, None)?;
        let value = self.field("value", schema.value_schema().ok_or_else(missing)?, None)?;
        node.kind = Kind::Record(vec![key, value]);
        let entry = self.nodes.add(node);
        Ok(self.nodes.add(Node::new(Kind::Array(entry))))
    }

    fn structure(&mut self, schema: &Schema) -> Result<NodeId, Exception> {
        if names::is_union(schema) {
            let mut members = Vec::new();
            if schema.is_optional() {
                members.push(self.nodes.primitive(Kind::Null));
            }
            for field in schema.fields() {
                members.push(self.inner(&field.schema().to_required(), true)?);
            }
            return self.nodes.union(members);
        }
        if schema.is_optional() {
            let null = self.nodes.primitive(Kind::Null);
            let record = self.inner(&schema.to_required(), false)?;
            return self.nodes.union(vec![null, record]);
        }
        let settings = self.settings;
        let (namespace, name) = self.name_or_default(schema.name());
        let mut node = Node::named(Kind::Record(Vec::new()), Name::new(&name, namespace.as_deref())?);
        let doc = if settings.discard_type_doc_default { prop::RECORD_DOC } else { names::RECORD_DOC };
        node.doc = schema.parameter(doc).map(str::to_owned);
        let id = self.nodes.add(node);
        if let Some(name) = schema.name() {
            self.by_name.insert(name.as_ptr(), id);
        }
        let mut fields: Vec<AvroField> = Vec::with_capacity(schema.fields().len());
        let mut taken = HashSet::new();
        let docs: HashMap<&str, &str> = match settings.discard_type_doc_default {
            true => HashMap::new(),
            false => field_docs(schema),
        };
        for field in schema.fields() {
            let doc = docs.get(field.name()).copied();
            let name = settings.scrub(field.name());
            let mapped = self.field(&name, field.schema(), doc)?;
            if !taken.insert(name) {
                let record = self.nodes.get(id).full_name();
                let text = format!("Duplicate field {} in record {record}", mapped.name);
                return Err(Exception::new(RUNTIME_EXCEPTION, text));
            }
            fields.push(mapped);
        }
        self.nodes.get_mut(id).kind = Kind::Record(fields);
        Ok(id)
    }

    fn field(&mut self, name: &str, schema: &Schema, doc: Option<&str>) -> Result<AvroField, Exception> {
        let settings = self.settings;
        let default = match schema.default_value() {
            Some(value) => Some(self.default(schema, value)?.widened()),
            None => schema.is_optional().then_some(Json::Null),
        };
        let seen = schema.name().is_some_and(|name| !self.named_fields.insert(settings.scrub_full(name)));
        let id = self.schema(schema, false)?;
        check_name(name)?;
        let accepted = default.filter(|default| {
            let fine = self.nodes.accepts_default(id, default);
            if !fine {
                tracing::warn!(field = name, "ignoring a default that Avro does not allow");
            }
            fine
        });
        let doc = if settings.discard_type_doc_default { schema.doc() } else { doc };
        let mut props = Vec::new();
        if settings.connect_meta_data && seen && self.is_named(id) {
            let parameters = self.parameters(schema);
            if !parameters.is_empty() {
                props.push((prop::PARAMETERS.to_owned(), Json::Object(parameters)));
            }
        }
        let doc = doc.map(str::to_owned);
        Ok(AvroField {
            name: name.to_owned(),
            schema: id,
            doc,
            default: accepted,
            aliases: Vec::new(),
            props,
        })
    }

    /// Whether a type, or a member of it, is written once and named afterwards.
    fn is_named(&self, id: NodeId) -> bool {
        match &self.nodes.get(id).kind {
            Kind::Union(members) => members.iter().any(|member| self.nodes.get(*member).kind.is_named()),
            kind => kind.is_named(),
        }
    }

    fn parameters(&self, schema: &Schema) -> Vec<(String, Json)> {
        let all = schema.parameters().unwrap_or_default().iter();
        let kept =
            all.filter(|(key, _)| self.settings.discard_type_doc_default || &**key != names::FIELD_DEFAULT);
        kept.map(|(key, value)| (key.to_string(), Json::text(value))).collect()
    }

    fn properties(&mut self, schema: &Schema, base: NodeId) -> Result<(), Exception> {
        let mut props: Vec<(&str, Json)> = Vec::new();
        if self.settings.connect_meta_data {
            self.meta_data(schema, &mut props)?;
        }
        let logical = match schema.logical() {
            Some(Logical::Decimal) => {
                self.check_precision(schema, base)?;
                Some("decimal")
            }
            Some(Logical::Date) => Some("date"),
            Some(Logical::Time) => Some("time-millis"),
            Some(Logical::Timestamp) => Some("timestamp-millis"),
            None => None,
        };
        props.extend(logical.map(|logical| (prop::LOGICAL_TYPE, Json::text(logical))));
        let node = self.nodes.get_mut(base);
        for (name, value) in props {
            node.add_prop(name, value);
        }
        for (key, value) in schema.parameters().unwrap_or_default() {
            if key.starts_with("avro") {
                node.add_prop(key, Json::text(value));
            }
        }
        Ok(())
    }

    fn meta_data(&self, schema: &Schema, props: &mut Vec<(&str, Json)>) -> Result<(), Exception> {
        props.extend(schema.doc().map(|doc| (prop::DOC, Json::text(doc))));
        props.extend(schema.version().map(|version| (prop::VERSION, Json::Int(i64::from(version)))));
        let parameters = self.parameters(schema);
        if !parameters.is_empty() {
            props.push((prop::PARAMETERS, Json::Object(parameters)));
        }
        if let Some(default) = schema.default_value()
            && (self.settings.discard_type_doc_default || schema.parameter(names::FIELD_DEFAULT).is_none())
        {
            props.push((prop::DEFAULT, self.default(schema, default)?));
        }
        props.extend(schema.name().map(|name| (prop::NAME, Json::text(name))));
        props.extend(match schema.kind() {
            Type::Int8 => Some((prop::TYPE, Json::text("int8"))),
            Type::Int16 => Some((prop::TYPE, Json::text("int16"))),
            _ => None,
        });
        Ok(())
    }

    /// Avro's own checks of a decimal; one that Avro does not know (a negative scale) is written unchecked.
    fn check_precision(&self, schema: &Schema, base: NodeId) -> Result<(), Exception> {
        let (scale, precision) = (scale(schema)?, precision(schema)?);
        if scale < 0 || scale > precision {
            return Ok(());
        }
        let illegal = |text: String| Err(Exception::new(classes::ILLEGAL_ARGUMENT, text));
        if precision <= 0 {
            return illegal(format!("Invalid decimal precision: {precision} (must be positive)"));
        }
        if let Kind::Fixed(size) = self.nodes.get(base).kind {
            let most = fixed_digits(size);
            if i64::from(precision) > most {
                return illegal(format!("fixed({size}) cannot store {precision} digits (max {most})"));
            }
        }
        Ok(())
    }

    /// Namespace and name of a named type; one without a name gets the next of the defaults.
    fn name_or_default(&mut self, name: Option<&str>) -> (Option<String>, String) {
        if let Some(name) = name {
            return self.settings.split(name);
        }
        self.unnamed += 1;
        let number = if self.unnamed > 1 { self.unnamed.to_string() } else { String::new() };
        (Some(names::NAMESPACE.to_owned()), format!("{}{number}", names::DEFAULT_NAME))
    }

    /// A default as JSON.
    fn default(&self, schema: &Schema, value: &Value) -> Result<Json, Exception> {
        let wrong = || {
            let class = schema.default_value().map_or("null", Value::java_class);
            let kind = schema.kind();
            Exception::data(format!("Invalid type used for default value of {kind} field: class {class}"))
        };
        if value.is_null() {
            return Ok(Json::Null);
        }
        Ok(match (schema.kind(), value) {
            (Type::Int32, Value::Date(millis)) => match schema.logical() {
                Some(Logical::Date) => Json::Int(i64::from(logical::date_to_days(schema, *millis)?)),
                _ => Json::Int(i64::from(logical::time_to_millis(schema, *millis)?)),
            },
            (Type::Int64, Value::Date(millis)) => Json::Int(*millis),
            (Type::Bytes, Value::Decimal(decimal)) => latin1(&logical::decimal_to_bytes(schema, decimal)?),
            (Type::Int8, Value::Int8(number)) => Json::Int(i64::from(*number)),
            (Type::Int16, Value::Int16(number)) => Json::Int(i64::from(*number)),
            (Type::Int32, Value::Int32(number)) => Json::Int(i64::from(*number)),
            (Type::Int64, Value::Int64(number)) => Json::Int(*number),
            (Type::Float32, Value::Float32(number)) => Json::Float(*number),
            (Type::Float64, Value::Float64(number)) => Json::Double(*number),
            (Type::Boolean, Value::Bool(value)) => Json::Bool(*value),
            (Type::String, Value::String(text)) => Json::text(text.as_str()),
            (Type::Bytes, Value::Bytes(bytes, _)) => latin1(bytes),
            (Type::Array, Value::Array(elements)) => {
                let element = schema.value_schema().ok_or_else(wrong)?;
                Json::Array(elements.iter().map(|it| self.default(element, it)).collect::<Result<_, _>>()?)
            }
            (Type::Map, Value::Map(map)) => self.default_map(schema, map)?,
            (Type::Struct, Value::Struct(value)) => {
                let mut members = Vec::new();
                let is_union = names::is_union(schema);
                for field in schema.fields() {
                    let member = self.default(field.schema(), value.get(field.name())?)?;
                    // As upstream: the default of a union is that of its first member.
                    if is_union {
                        return Ok(member);
                    }
                    members.push((self.settings.scrub(field.name()), member));
                }
                Json::Object(members)
            }
            _ => return Err(wrong()),
        })
    }

    fn default_map(&self, schema: &Schema, map: &kconnect_api::MapValue) -> Result<Json, Exception> {
        let missing = || Exception::data("a map schema without key and value schemas cannot be mapped");
        let (key, value) =
            (schema.key_schema().ok_or_else(missing)?, schema.value_schema().ok_or_else(missing)?);
        if self.settings.is_plain_map(schema) {
            let member = |(k, v): (&Value, &Value)| Ok((k.to_java_string(), self.default(value, v)?));
            return Ok(Json::Object(map.iter().map(member).collect::<Result<_, Exception>>()?));
        }
        let entry =
            |(k, v): (&Value, &Value)| Ok(Json::Array(vec![self.default(key, k)?, self.default(value, v)?]));
        Ok(Json::Array(map.iter().map(entry).collect::<Result<_, Exception>>()?))
    }
}

/// Docs of fields, by their names.
fn field_docs(schema: &Schema) -> HashMap<&str, &str> {
    let parameters = schema.parameters().unwrap_or_default().iter();
    parameters.filter_map(|(key, doc)| Some((key.strip_prefix(names::FIELD_DOC)?, &**doc))).collect()
}

fn latin1(bytes: &[u8]) -> Json {
    Json::Text(bytes.iter().map(|byte| char::from(*byte)).collect())
}

fn number(schema: &Schema, key: &str, default: i32) -> Result<i32, Exception> {
    let Some(text) = schema.parameter(key) else { return Ok(default) };
    text.parse().map_err(|_| Exception::new(classes::NUMBER_FORMAT, format!("For input string: \"{text}\"")))
}

fn scale(schema: &Schema) -> Result<i32, Exception> {
    number(schema, "scale", 0)
}

fn precision(schema: &Schema) -> Result<i32, Exception> {
    number(schema, names::PRECISION, names::DEFAULT_PRECISION)
}

/// Most digits that a two's complement of `size` bytes always holds.
fn fixed_digits(size: usize) -> i64 {
    let bits = 8.0 * size as f64 - 1.0;
    if size == 0 { 0 } else { (bits * 2f64.log10()).floor() as i64 }
}

/// The record that holds any value without schema.
pub(crate) fn anything(nodes: &mut Nodes) -> NodeId {
    let name = |name: &str| Name { namespace: Some(names::NAMESPACE.to_owned()), name: name.to_owned() };
    let field = |name: &str, schema: NodeId, default: Option<Json>| AvroField {
        name: name.to_owned(),
        schema,
        doc: None,
        default,
        aliases: Vec::new(),
        props: Vec::new(),
    };
    let root = nodes.add(Node::named(Kind::Record(Vec::new()), name("Anything")));
    let entries = Kind::Record(vec![field("key", root, None), field("value", root, None)]);
    let entry = nodes.add(Node::named(entries, name(names::MAP_ENTRY)));
    let null = nodes.primitive(Kind::Null);
    let kinds = [
        ("boolean", Kind::Boolean),
        ("bytes", Kind::Bytes),
        ("double", Kind::Double),
        ("float", Kind::Float),
        ("int", Kind::Int),
        ("long", Kind::Long),
        ("string", Kind::String),
        ("array", Kind::Array(root)),
        ("map", Kind::Array(entry)),
    ];
    let mut fields = Vec::with_capacity(kinds.len());
    for (name, kind) in kinds {
        let member = nodes.primitive(kind);
        let union = nodes.primitive(Kind::Union(vec![null, member]));
        fields.push(field(name, union, Some(Json::Null)));
    }
    nodes.get_mut(root).kind = Kind::Record(fields);
    root
}
