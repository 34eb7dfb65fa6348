//! Reading Avro schemas from their JSON text, as leniently as registries hold them.

use std::collections::HashMap;

use kconnect_api::Exception;
use serde_json::Value;

use super::json::Json;
use super::schema::{AvroField, Kind, Name, Node, NodeId, Nodes, PARSE_EXCEPTION};
use crate::bounds::Names;
use crate::format::{Dependency, Registered};

/// A schema read from text.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub(crate) nodes: Nodes,
    pub(crate) root: NodeId,
}

/// Members that are part of a type and no properties.
const TYPE_MEMBERS: [&str; 11] = [
    "type",
    "name",
    "namespace",
    "doc",
    "fields",
    "items",
    "values",
    "symbols",
    "size",
    "aliases",
    "default",
];
const FIELD_MEMBERS: [&str; 6] = ["name", "type", "doc", "default", "order", "aliases"];

impl Parsed {
    /// Reads a registered schema after all that it refers to.
    pub(crate) fn of(registered: &Registered) -> Result<Self, Exception> {
        Self::read(&registered.text, &registered.dependencies)
    }

    pub(crate) fn read(text: &str, dependencies: &[Dependency]) -> Result<Self, Exception> {
        let mut parser = Parser { nodes: Nodes::default(), names: HashMap::new(), bytes: Names::default() };
        for dependency in dependencies {
            parser.text(&dependency.text)?;
        }
        let root = parser.text(text)?;
        Ok(Self { nodes: parser.nodes, root })
    }
}

struct Parser {
    nodes: Nodes,
    names: HashMap<String, NodeId>,
    /// Of the names: what is inside a namespace has it, too.
    bytes: Names,
}

/// Messages show the part of the text that is wrong, which may be all of it.
const MOST_SHOWN: usize = 4096;

fn fault(message: impl Into<String>) -> Exception {
    let mut message: String = message.into();
    if message.len() > MOST_SHOWN {
        message.truncate(message.floor_char_boundary(MOST_SHOWN));
        message.push_str(" ...");
    }
    Exception::new(PARSE_EXCEPTION, message)
}

impl Parser {
    fn text(&mut self, text: &str) -> Result<NodeId, Exception> {
        match serde_json::from_str::<Value>(text) {
            Ok(json) => self.node(&json, None),
            // A primitive or a name may stand alone, without quotes.
            Err(_) if Kind::primitive(text.trim()).is_some() => self.name(text.trim(), None),
            Err(error) => Err(fault(error.to_string())),
        }
    }

    fn node(&mut self, json: &Value, namespace: Option<&str>) -> Result<NodeId, Exception> {
        match json {
            Value::String(name) => self.name(name, namespace),
            Value::Array(members) => {
                let members =
                    members.iter().map(|it| self.node(it, namespace)).collect::<Result<Vec<_>, _>>()?;
                self.nodes.union(members)
            }
            Value::Object(members) => self.object(json, members, namespace),
            _ => Err(fault(format!("Schema not yet supported: {json}"))),
        }
    }

    fn name(&mut self, name: &str, namespace: Option<&str>) -> Result<NodeId, Exception> {
        if let Some(kind) = Kind::primitive(name) {
            return Ok(self.nodes.primitive(kind));
        }
        let inside = namespace.filter(|_| !name.contains('.')).map(|namespace| format!("{namespace}.{name}"));
        let known = inside.and_then(|full| self.names.get(&full)).or_else(|| self.names.get(name));
        known.copied().ok_or_else(|| fault(format!("Undefined schema: {name}")))
    }

    fn object(
        &mut self,
        json: &Value,
        members: &serde_json::Map<String, Value>,
        namespace: Option<&str>,
    ) -> Result<NodeId, Exception> {
        let Some(kind) = members.get("type") else {
            return Err(fault(format!("No type: {json}")));
        };
        let Some(word) = kind.as_str() else {
            // A type within a type: {"type": {"type": "int"}} or a union.
            return self.node(kind, namespace);
        };
        let child =
            |name: &str| members.get(name).ok_or_else(|| fault(format!("{word} has no {name}: {json}")));
        let id = match word {
            "array" => {
                let items = self.node(child("items")?, namespace)?;
                self.nodes.add(Node::new(Kind::Array(items)))
            }
            "map" => {
                let values = self.node(child("values")?, namespace)?;
                self.nodes.add(Node::new(Kind::Map(values)))
            }
            "record" | "error" => self.record(json, members, namespace)?,
            "enum" => {
                let symbols: Option<Vec<String>> = child("symbols")?
                    .as_array()
                    .and_then(|list| list.iter().map(|it| it.as_str().map(str::to_owned)).collect());
                let symbols = symbols.ok_or_else(|| fault(format!("Enum has no symbols: {json}")))?;
                let default = text(members, "default");
                self.named(Kind::Enum { symbols, default }, members, namespace)?
            }
            "fixed" => {
                let size = child("size")?.as_u64().and_then(|size| usize::try_from(size).ok());
                let size = size.filter(|size| i32::try_from(*size).is_ok());
                let size = size.ok_or_else(|| fault(format!("Invalid or no size: {json}")))?;
                self.named(Kind::Fixed(size), members, namespace)?
            }
            // A primitive with properties is a type of its own; a name with properties is that type.
            word => match Kind::primitive(word) {
                Some(kind) => self.nodes.primitive(kind),
                None => return self.name(word, namespace),
            },
        };
        self.nodes.get_mut(id).props = props(members, &TYPE_MEMBERS);
        Ok(id)
    }

    fn named(
        &mut self,
        kind: Kind,
        members: &serde_json::Map<String, Value>,
        namespace: Option<&str>,
    ) -> Result<NodeId, Exception> {
        let name = text(members, "name").ok_or_else(|| fault("No name in schema"))?;
        let own = text(members, "namespace");
        let name = Name::new(&name, own.as_deref().or(namespace))?;
        let full = name.full();
        self.bytes.add(&full).map_err(fault)?;
        if self.names.contains_key(&full) {
            return Err(fault(format!("Can't redefine: {full}")));
        }
        let mut node = Node::named(kind, name);
        node.doc = text(members, "doc");
        node.aliases = texts(members, "aliases");
        let id = self.nodes.add(node);
        self.names.insert(full, id);
        Ok(id)
    }

    fn record(
        &mut self,
        json: &Value,
        members: &serde_json::Map<String, Value>,
        namespace: Option<&str>,
    ) -> Result<NodeId, Exception> {
        let id = self.named(Kind::Record(Vec::new()), members, namespace)?;
        let inner = self.nodes.get(id).name.as_ref().and_then(|name| name.namespace.clone());
        let list = members.get("fields").and_then(Value::as_array);
        let list = list.ok_or_else(|| fault(format!("Record has no fields: {json}")))?;
        let mut fields: Vec<AvroField> = Vec::with_capacity(list.len());
        let mut names = std::collections::HashSet::with_capacity(list.len());
        for field in list {
            let no_name = || fault(format!("No field name: {field}"));
            let parts = field.as_object().ok_or_else(no_name)?;
            let name = text(parts, "name").ok_or_else(no_name)?;
            if !names.insert(name.clone()) {
                return Err(fault(format!(
                    "Duplicate field {name} in record {}",
                    self.nodes.get(id).full_name()
                )));
            }
            let schema = parts.get("type").ok_or_else(|| fault(format!("No field type: {field}")))?;
            fields.push(AvroField {
                schema: self.node(schema, inner.as_deref())?,
                doc: text(parts, "doc"),
                default: parts.get("default").map(Json::from),
                aliases: texts(parts, "aliases"),
                props: props(parts, &FIELD_MEMBERS),
                name,
            });
        }
        self.nodes.get_mut(id).kind = Kind::Record(fields);
        Ok(id)
    }
}

fn text(members: &serde_json::Map<String, Value>, name: &str) -> Option<String> {
    members.get(name)?.as_str().map(str::to_owned)
}

fn texts(members: &serde_json::Map<String, Value>, name: &str) -> Vec<String> {
    let list = members.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|it| it.as_str().map(str::to_owned)).collect()
}

fn props(members: &serde_json::Map<String, Value>, known: &[&str]) -> Vec<(String, Json)> {
    let others = members.iter().filter(|(key, _)| !known.contains(&key.as_str()));
    others.map(|(key, value)| (key.clone(), Json::from(value))).collect()
}
