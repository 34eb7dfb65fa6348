//! Avro schemas as a list of nodes that refer to each other by number, so that a type may contain itself.
//!
//! Printing follows Avro's Java library, whose text is what gets registered: the order of members, where a namespace
//! is written, and that a named type is defined where it occurs first and named afterwards.

use std::collections::{HashMap, HashSet};

use kconnect_api::Exception;

use super::json::{Json, separated, size_of, write_text};
use crate::bounds::{NODES_MAX, of_text};

/// The number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(pub(crate) usize);

/// A schema: nodes, and which one is the whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Nodes(Vec<Node>);

/// A type.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Of records, enums and fixed.
    pub(crate) name: Option<Name>,
    pub(crate) doc: Option<String>,
    pub(crate) aliases: Vec<String>,
    pub(crate) props: Vec<(String, Json)>,
}

/// What a type is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Array(NodeId),
    Map(NodeId),
    Union(Vec<NodeId>),
    Record(Vec<AvroField>),
    Enum { symbols: Vec<String>, default: Option<String> },
    Fixed(usize),
}

/// A field of a record.
#[derive(Clone, Debug)]
pub(crate) struct AvroField {
    pub(crate) name: String,
    pub(crate) schema: NodeId,
    pub(crate) doc: Option<String>,
    pub(crate) default: Option<Json>,
    pub(crate) aliases: Vec<String>,
    pub(crate) props: Vec<(String, Json)>,
}

/// The name of a record, enum or fixed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
}

pub(crate) const PARSE_EXCEPTION: &str = "org.apache.avro.SchemaParseException";
pub(crate) const RUNTIME_EXCEPTION: &str = "org.apache.avro.AvroRuntimeException";

impl Name {
    /// A name in a namespace; a name with dots brings its own.
    pub(crate) fn new(name: &str, namespace: Option<&str>) -> Result<Self, Exception> {
        let (namespace, name) = match name.rsplit_once('.') {
            Some((own, simple)) => (Some(own), simple),
            None => (namespace, name),
        };
        check_name(name)?;
        let namespace = namespace.filter(|text| !text.is_empty()).map(str::to_owned);
        Ok(Self { namespace, name: name.to_owned() })
    }

    /// Namespace and name.
    pub(crate) fn full(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}.{}", self.name),
            None => self.name.clone(),
        }
    }

    /// How the name is written within `namespace`.
    fn within(&self, namespace: Option<&str>) -> String {
        let primitive = Kind::primitive(&self.name).is_some();
        match self.namespace.as_deref() == namespace && !primitive {
            true => self.name.clone(),
            false => self.full(),
        }
    }
}

/// Avro's rule for names, with its words.
pub(crate) fn check_name(name: &str) -> Result<(), Exception> {
    let letter = |c: char| c.is_alphabetic() || c == '_';
    let mut characters = name.chars();
    let fault = match characters.next() {
        None => "Empty name".to_owned(),
        Some(first) if !letter(first) => format!("Illegal initial character: {name}"),
        Some(_) if !characters.all(|c| letter(c) || c.is_numeric()) => {
            format!("Illegal character in: {name}")
        }
        Some(_) => return Ok(()),
    };
    Err(Exception::new(PARSE_EXCEPTION, fault))
}

impl Kind {
    /// The primitive type of a name.
    pub(crate) fn primitive(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "int" => Self::Int,
            "long" => Self::Long,
            "float" => Self::Float,
            "double" => Self::Double,
            "bytes" => Self::Bytes,
            "string" => Self::String,
            _ => return None,
        })
    }

    /// Avro's word for the type.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Int => "int",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::String => "string",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Union(_) => "union",
            Self::Record(_) => "record",
            Self::Enum { .. } => "enum",
            Self::Fixed(_) => "fixed",
        }
    }

    pub(crate) fn is_named(&self) -> bool {
        matches!(self, Self::Record(_) | Self::Enum { .. } | Self::Fixed(_))
    }
}

impl Node {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, name: None, doc: None, aliases: Vec::new(), props: Vec::new() }
    }

    pub(crate) fn named(kind: Kind, name: Name) -> Self {
        Self { name: Some(name), ..Self::new(kind) }
    }

    pub(crate) fn prop(&self, name: &str) -> Option<&Json> {
        self.props.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A property that is text.
    pub(crate) fn text_prop(&self, name: &str) -> Option<&str> {
        self.prop(name)?.as_str()
    }

    /// Adds a property; one that is there already stays.
    pub(crate) fn add_prop(&mut self, name: &str, value: Json) {
        if self.prop(name).is_none() {
            self.props.push((name.to_owned(), value));
        }
    }

    /// What the type counts as at each place where it is used, without the types inside it.
    pub(crate) fn size(&self) -> usize {
        let symbols = match &self.kind {
            Kind::Enum { symbols, .. } => symbols.iter().map(|symbol| 1 + of_text(symbol.len())).sum(),
            _ => 0,
        };
        let name = self.name.as_ref().map_or(0, |name| name.name.len());
        let doc = self.doc.as_ref().map_or(0, String::len);
        1 + symbols + size_of(&self.props) + of_text(name + doc)
    }

    /// The full name of named types, Avro's word for others.
    pub(crate) fn full_name(&self) -> String {
        self.name.as_ref().map_or_else(|| self.kind.word().to_owned(), Name::full)
    }
}

impl Nodes {
    pub(crate) fn add(&mut self, node: Node) -> NodeId {
        self.0.push(node);
        NodeId(self.0.len() - 1)
    }

    pub(crate) fn primitive(&mut self, kind: Kind) -> NodeId {
        self.add(Node::new(kind))
    }

    pub(crate) fn get(&self, id: NodeId) -> &Node {
        &self.0[id.0]
    }

    pub(crate) fn get_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.0[id.0]
    }

    /// A union; its members must differ in type or name.
    pub(crate) fn union(&mut self, members: Vec<NodeId>) -> Result<NodeId, Exception> {
        let mut names = HashSet::with_capacity(members.len());
        for member in &members {
            let node = self.get(*member);
            if matches!(node.kind, Kind::Union(_)) {
                return Err(Exception::new(
                    RUNTIME_EXCEPTION,
                    format!("Nested union: {}", self.print(*member)?),
                ));
            }
            let name = node.full_name();
            if names.contains(&name) {
                return Err(Exception::new(RUNTIME_EXCEPTION, format!("Duplicate in union:{name}")));
            }
            names.insert(name);
        }
        Ok(self.add(Node::new(Kind::Union(members))))
    }

    /// The text of a schema.
    pub(crate) fn print(&self, root: NodeId) -> Result<String, Exception> {
        let mut printer =
            Printer { nodes: self, known: HashMap::new(), compares: true, fault: None, depth: 0 };
        let mut out = String::new();
        printer.node(root, None, &mut out);
        match printer.fault {
            Some(fault) => Err(fault),
            None => Ok(out),
        }
    }

    /// The definition of one type, in which a name stands for whatever has it: enough to tell two types apart, and
    /// finite even where a type contains another of its name.
    fn definition(&self, id: NodeId) -> String {
        let mut printer =
            Printer { nodes: self, known: HashMap::new(), compares: false, fault: None, depth: 0 };
        let mut out = String::new();
        printer.node(id, None, &mut out);
        out
    }

    /// Whether `default` may be the default of a field of this type.
    pub(crate) fn accepts_default(&self, id: NodeId, default: &Json) -> bool {
        self.accepts(id, default, &mut NODES_MAX.clone())
    }

    /// The same with a bound for the values looked at, of which there are none left in the end. Defaults of fields may
    /// stand in for missing members, and so lead around in a circle, or to twice as many each time.
    pub(crate) fn accepts(&self, id: NodeId, default: &Json, left: &mut usize) -> bool {
        self.accepts_at(id, default, left, 0)
    }

    fn accepts_at(&self, id: NodeId, default: &Json, left: &mut usize, depth: usize) -> bool {
        const MOST_DEPTH: usize = 200;
        if *left == 0 || depth > MOST_DEPTH {
            return false;
        }
        *left -= 1;
        let mut accepts = |id: NodeId, default: &Json| self.accepts_at(id, default, left, depth + 1);
        match &self.get(id).kind {
            Kind::Union(members) => members.iter().any(|member| accepts(*member, default)),
            Kind::Null => matches!(default, Json::Null),
            Kind::Boolean => matches!(default, Json::Bool(_)),
            Kind::Int => matches!(default, Json::Int(number) if i32::try_from(*number).is_ok()),
            Kind::Long => matches!(default, Json::Int(_)),
            Kind::Float | Kind::Double => default.as_f64().is_some(),
            Kind::Bytes | Kind::String | Kind::Enum { .. } | Kind::Fixed(_) => default.as_str().is_some(),
            Kind::Array(element) => match default {
                Json::Array(elements) => elements.iter().all(|it| accepts(*element, it)),
                _ => false,
            },
            Kind::Map(value) => match default {
                Json::Object(members) => members.iter().all(|(_, it)| accepts(*value, it)),
                _ => false,
            },
            Kind::Record(fields) => {
                let members = default.members();
                let member = |field: &AvroField| {
                    let value = members.get(field.name.as_str()).copied().or(field.default.as_ref());
                    value.is_some_and(|value| accepts(field.schema, value))
                };
                matches!(default, Json::Object(_)) && fields.iter().all(member)
            }
        }
    }
}

struct Printer<'n> {
    nodes: &'n Nodes,
    known: HashMap<Name, NodeId>,
    /// Whether types of one name must be the same.
    compares: bool,
    fault: Option<Exception>,
    depth: usize,
}

/// How deep printed types may be nested: types refer to each other by name, without end.
const PRINTED_DEPTH: usize = 1000;

impl Printer<'_> {
    fn node(&mut self, id: NodeId, namespace: Option<&str>, out: &mut String) {
        if self.depth >= PRINTED_DEPTH {
            let text = format!("types are nested more than {PRINTED_DEPTH} deep");
            self.fault.get_or_insert(Exception::new(PARSE_EXCEPTION, text));
            return;
        }
        self.depth += 1;
        self.printed(id, namespace, out);
        self.depth -= 1;
    }

    fn printed(&mut self, id: NodeId, namespace: Option<&str>, out: &mut String) {
        let node = self.nodes.get(id);
        match &node.kind {
            Kind::Union(members) => {
                return separated(members, out, ('[', ']'), |member, out| self.node(*member, namespace, out));
            }
            kind if !kind.is_named() && node.props.is_empty() && Kind::primitive(kind.word()).is_some() => {
                return write_text(kind.word(), out);
            }
            _ => {}
        }
        if let Some(name) = &node.name
            && self.is_known(name, id)
        {
            return write_text(&name.within(namespace), out);
        }
        out.push_str("{\"type\":");
        write_text(node.kind.word(), out);
        let inner = self.head(node, namespace, out);
        self.body(node, inner, out);
        for (key, value) in &node.props {
            member(key, out);
            value.write(out);
        }
        aliases(&node.aliases, out);
        out.push('}');
    }

    /// Whether a type of this name was printed; another type of the name is an error.
    fn is_known(&mut self, name: &Name, id: NodeId) -> bool {
        match self.known.get(name) {
            None => {
                self.known.insert(name.clone(), id);
                false
            }
            Some(known) => {
                let same = *known == id
                    || !self.compares
                    || self.nodes.definition(*known) == self.nodes.definition(id);
                if !same {
                    let text = format!("Can't redefine: {}", name.full());
                    self.fault.get_or_insert(Exception::new(PARSE_EXCEPTION, text));
                }
                true
            }
        }
    }

    /// Name, namespace and doc; returns the namespace of what is inside.
    fn head<'a>(&self, node: &'a Node, namespace: Option<&'a str>, out: &mut String) -> Option<&'a str> {
        let Some(name) = &node.name else { return namespace };
        member("name", out);
        write_text(&name.name, out);
        let own = name.namespace.as_deref();
        if own != namespace {
            member("namespace", out);
            write_text(own.unwrap_or_default(), out);
        }
        if let Some(doc) = &node.doc {
            member("doc", out);
            write_text(doc, out);
        }
        own
    }

    fn body(&mut self, node: &Node, namespace: Option<&str>, out: &mut String) {
        match &node.kind {
            Kind::Array(element) => {
                member("items", out);
                self.node(*element, namespace, out);
            }
            Kind::Map(value) => {
                member("values", out);
                self.node(*value, namespace, out);
            }
            Kind::Record(fields) => {
                member("fields", out);
                separated(fields, out, ('[', ']'), |field, out| self.field(field, namespace, out));
            }
            Kind::Enum { symbols, default } => {
                member("symbols", out);
                separated(symbols, out, ('[', ']'), |symbol, out| write_text(symbol, out));
                if let Some(default) = default {
                    member("default", out);
                    write_text(default, out);
                }
            }
            Kind::Fixed(size) => {
                member("size", out);
                out.push_str(&size.to_string());
            }
            _ => {}
        }
    }

    fn field(&mut self, field: &AvroField, namespace: Option<&str>, out: &mut String) {
        out.push_str("{\"name\":");
        write_text(&field.name, out);
        member("type", out);
        self.node(field.schema, namespace, out);
        if let Some(doc) = &field.doc {
            member("doc", out);
            write_text(doc, out);
        }
        if let Some(default) = &field.default {
            member("default", out);
            default.write(out);
        }
        aliases(&field.aliases, out);
        for (key, value) in &field.props {
            member(key, out);
            value.write(out);
        }
        out.push('}');
    }
}

fn member(name: &str, out: &mut String) {
    out.push(',');
    write_text(name, out);
    out.push(':');
}

fn aliases(aliases: &[String], out: &mut String) {
    if !aliases.is_empty() {
        member("aliases", out);
        separated(aliases, out, ('[', ']'), |alias, out| write_text(alias, out));
    }
}
