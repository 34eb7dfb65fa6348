//! JSON schema texts as a list of schemas: which keywords of an object make what kind of schema.
//!
//! This follows the libraries that upstream reads schemas with: an object whose keywords speak of several kinds is an
//! allOf of them; up to draft 7 whatever stands beside `$ref` is not looked at; later dialects merge keywords of one
//! kind. Schemas are named by their index. Each object of the text is loaded once, however often it is referred to, and
//! loading uses a queue, so neither nesting nor references cost native stack.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use kconnect_api::json::{Doc, Node, number};
use kconnect_api::{Exception, MapValue, Value, hash_order, write_decimal};

use super::documents::{Documents, Draft, Place, schema_error};

/// The index of a schema.
pub(super) type Id = usize;

/// A schema and what is said about it.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) title: Option<Cow<'a, str>>,
    pub(super) description: Option<Cow<'a, str>>,
    pub(super) default: Option<Place>,
    pub(super) connect: ConnectProps,
    /// Where it was read, for messages.
    pub(super) place: Place,
}

/// Where the keywords of [`super::names`] have their values.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ConnectProps {
    pub(super) kind: Option<Place>,
    pub(super) version: Option<Place>,
    pub(super) parameters: Option<Place>,
    pub(super) index: Option<Place>,
}

/// What values a schema allows, as far as Connect can tell them apart.
#[derive(Clone, Debug)]
pub(super) enum Kind<'a> {
    /// Anything.
    Any,
    Null,
    Boolean,
    Number {
        integer: bool,
    },
    Text,
    /// One of some values, in the text that Java gives of them; `None` is null.
    Symbols(Vec<Option<String>>),
    Const(Option<String>),
    Combined {
        criterion: Criterion,
        parts: Vec<Id>,
        /// Made of keywords that stand beside each other, not written as such.
        generated: bool,
    },
    Array {
        items: Option<Id>,
    },
    Object(Object<'a>),
    Reference(Id),
    /// What Connect has nothing for: the name of its class in upstream's library.
    Other(&'static str),
}

/// Properties of objects.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<'a> {
    /// In the order of a Java `HashMap`.
    pub(super) properties: Vec<(Cow<'a, str>, Id)>,
    pub(super) names: HashMap<Cow<'a, str>, Id>,
    pub(super) required: HashSet<Cow<'a, str>>,
    /// The schema of properties that are not declared; without one they may be anything, unless there may be none.
    pub(super) additional: Option<Id>,
    pub(super) closed: bool,
}

/// How many of the parts of a combined schema must be satisfied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Criterion {
    All,
    Any,
    One,
}

const NUMBER: [&str; 5] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
const TEXT: [&str; 3] = ["minLength", "maxLength", "pattern"];
const ARRAY: [&str; 6] = ["items", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains"];
const OBJECT: [&str; 8] = [
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "dependencies",
    "patternProperties",
    "additionalProperties",
    "propertyNames",
];
const MODERN_ARRAY: [&str; 3] = ["prefixItems", "unevaluatedItems", "minContains"];
const MODERN_OBJECT: [&str; 3] = ["dependentRequired", "dependentSchemas", "unevaluatedProperties"];
/// In the order in which a HashMap holds them.
const COMBINED: [(&str, Criterion); 3] =
    [("allOf", Criterion::All), ("oneOf", Criterion::One), ("anyOf", Criterion::Any)];

/// All schemas that the first one needs.
pub(super) fn load<'a>(documents: &mut Documents<'a>) -> Result<Vec<Entry<'a>>, Exception> {
    let (root, base) = documents.root();
    let doc = documents.doc(root);
    if !matches!(doc.node(root.node), Node::Object { .. } | Node::Bool(_)) {
        let kind = doc.kind(root.node);
        let message = format!("Invalid JSON schema: expected an object or boolean at the root, found {kind}");
        return Err(Exception::new(kconnect_api::classes::ILLEGAL_ARGUMENT, message));
    }
    let mut loader = Loader { documents, entries: Vec::new(), known: HashMap::new(), queue: Vec::new() };
    loader.schema(root, &base, &Path::default());
    while let Some(pending) = loader.queue.pop() {
        let entry = loader.build(&pending)?;
        loader.entries[pending.id] = entry;
    }
    let mut entries = loader.entries;
    if documents.draft == Draft::Modern {
        flatten(&mut entries);
    }
    Ok(entries)
}

/// In later dialects, a generated allOf inside a combined schema gives its parts to it.
fn flatten(entries: &mut [Entry<'_>]) {
    for at in 0..entries.len() {
        let Kind::Combined { parts, generated: false, .. } = &entries[at].kind else {
            continue;
        };
        let mut flat = Vec::with_capacity(parts.len());
        for &part in parts {
            match &entries[part].kind {
                Kind::Combined { criterion: Criterion::All, parts, generated: true } => {
                    flat.extend_from_slice(parts);
                }
                _ => flat.push(part),
            }
        }
        if let Kind::Combined { parts, .. } = &mut entries[at].kind {
            *parts = flat;
        }
    }
}

/// Where a schema was met, as a pointer; only messages need its text.
#[derive(Clone, Default)]
struct Path(Option<Rc<(Path, String)>>);

impl Path {
    fn child(&self, step: impl Into<String>) -> Self {
        Self(Some(Rc::new((self.clone(), step.into()))))
    }

    fn text(&self) -> String {
        let (mut steps, mut next) = (Vec::new(), self);
        while let Some(step) = &next.0 {
            steps.push(step.1.as_str());
            next = &step.0;
        }
        steps.push("#");
        steps.reverse();
        steps.join("/")
    }
}

struct Pending {
    id: Id,
    place: Place,
    base: Rc<str>,
    path: Path,
}

struct Loader<'d, 'a> {
    documents: &'d mut Documents<'a>,
    entries: Vec<Entry<'a>>,
    known: HashMap<Place, Id>,
    queue: Vec<Pending>,
}

/// The members of one schema object.
struct Keywords<'a> {
    doc: Doc<'a>,
    place: Place,
    members: Vec<(Cow<'a, str>, usize)>,
    base: Rc<str>,
    path: Path,
}

impl<'a> Keywords<'a> {
    /// Of members with one name the last counts.
    fn get(&self, name: &str) -> Option<usize> {
        self.members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    fn has_any(&self, names: &[&str]) -> bool {
        self.members.iter().any(|(key, _)| names.contains(&&**key))
    }

    fn at(&self, node: usize) -> Place {
        Place { node, ..self.place }
    }

    fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, Exception> {
        let Some(node) = self.get(name) else {
            return Ok(None);
        };
        self.doc.string(node).map(Some).ok_or_else(|| self.wrong(name, node, "type: String"))
    }

    /// The members of an object, or the elements of an array, under `name`.
    fn list(&self, name: &str, object: bool) -> Result<Vec<(Option<usize>, usize)>, Exception> {
        let Some(node) = self.get(name) else {
            return Ok(Vec::new());
        };
        match (self.doc.node(node), object) {
            (Node::Object { .. }, true) | (Node::Array { .. }, false) => Ok(self.doc.list(node)),
            (_, true) => Err(self.wrong(name, node, "type: JsonObject")),
            (_, false) => Err(self.wrong(name, node, "type: JsonArray")),
        }
    }

    fn wrong(&self, name: &str, node: usize, expected: &str) -> Exception {
        wrong(&self.path.child(name), expected, java_class(&self.doc, node))
    }
}

fn wrong(path: &Path, expected: &str, found: &str) -> Exception {
    schema_error(&path.text(), format!("expected {expected}, found: {found}"))
}

/// The class that upstream's library has a JSON value in.
fn java_class(doc: &Doc<'_>, node: usize) -> &'static str {
    match doc.node(node) {
        Node::Null | Node::Missing => "null",
        Node::Bool(_) => "Boolean",
        Node::Number { .. } => match doc.number(node) {
            Some((text, true)) if text.parse::<i32>().is_ok() => "Integer",
            Some((text, true)) if text.parse::<i64>().is_ok() => "Long",
            Some((_, true)) => "BigInteger",
            _ => "BigDecimal",
        },
        Node::NotFinite(_) | Node::String { .. } => "String",
        Node::Array { .. } => "JsonArray",
        Node::Object { .. } => "JsonObject",
    }
}

impl<'a> Loader<'_, 'a> {
    /// The index of the schema at `place`, which is built later when it was not met before.
    fn schema(&mut self, place: Place, base: &Rc<str>, path: &Path) -> Id {
        if let Some(id) = self.known.get(&place) {
            return *id;
        }
        let id = self.add(Kind::Any, place);
        self.known.insert(place, id);
        self.queue.push(Pending { id, place, base: Rc::clone(base), path: path.clone() });
        id
    }

    fn child(&mut self, keywords: &Keywords<'a>, node: usize, path: Path) -> Id {
        self.schema(keywords.at(node), &keywords.base, &path)
    }

    /// A schema of `kind` that nothing else is said about.
    fn add(&mut self, kind: Kind<'a>, place: Place) -> Id {
        let connect = ConnectProps::default();
        self.entries.push(Entry { kind, title: None, description: None, default: None, connect, place });
        self.entries.len() - 1
    }

    fn build(&mut self, pending: &Pending) -> Result<Entry<'a>, Exception> {
        let Pending { place, base, path, .. } = pending;
        let (place, doc) = (*place, self.documents.doc(*place));
        let bare = |kind| Entry {
            kind,
            title: None,
            description: None,
            default: None,
            connect: ConnectProps::default(),
            place,
        };
        match doc.node(place.node) {
            Node::Bool(true) => return Ok(bare(Kind::Any)),
            Node::Bool(false) => return Ok(bare(Kind::Other("org.everit.json.schema.FalseSchema"))),
            Node::Object { .. } => {}
            _ => {
                let found = java_class(&doc, place.node);
                return Err(wrong(path, "type is one of Boolean or JsonObject", found));
            }
        }
        let named = |(key, value): (Option<usize>, usize)| Some((doc.string(key?)?, value));
        let keywords = Keywords {
            doc,
            place,
            members: doc.list(place.node).into_iter().filter_map(named).collect(),
            base: self.documents.base_inside(place, base),
            path: path.clone(),
        };
        let kinds = match self.documents.draft {
            Draft::Modern => self.modern(&keywords)?,
            _ => self.classic(&keywords)?,
        };
        keywords.text(self.documents.draft.id_keyword())?;
        let prop = |name| keywords.get(name).map(|node| keywords.at(node));
        Ok(Entry {
            kind: self.one_of_all(kinds, place),
            title: keywords.text("title")?,
            description: keywords.text("description")?,
            default: prop("default").filter(|place| {
                // The library for later dialects takes a default of null for none.
                self.documents.draft != Draft::Modern || doc.node(place.node) != Node::Null
            }),
            connect: ConnectProps {
                kind: prop(super::names::TYPE),
                version: prop(super::names::VERSION),
                parameters: prop(super::names::PARAMETERS),
                index: prop(super::names::INDEX),
            },
            place,
        })
    }

    fn one_of_all(&mut self, mut kinds: Vec<Kind<'a>>, place: Place) -> Kind<'a> {
        match kinds.len() {
            0 => Kind::Any,
            1 => kinds.swap_remove(0),
            _ => {
                let parts = kinds.into_iter().map(|kind| self.add(kind, place)).collect();
                Kind::Combined { criterion: Criterion::All, parts, generated: true }
            }
        }
    }

    /// Up to draft 7.
    fn classic(&mut self, keywords: &Keywords<'a>) -> Result<Vec<Kind<'a>>, Exception> {
        if let Some(reference) = keywords.text("$ref")? {
            return Ok(vec![self.reference(keywords, &reference)?]);
        }
        let mut kinds = Vec::new();
        self.choices(keywords, &mut kinds)?;
        let declared = self.declared(keywords)?;
        let is = |name: &str| declared.iter().any(|(declared, _)| declared == name);
        let (array, object) = (is("array"), is("object"));
        let (number, text) = (is("number") || is("integer"), is("string"));
        kinds.extend(self.types(keywords, declared));
        if !array && keywords.has_any(&ARRAY) {
            kinds.push(self.array(keywords)?);
        }
        if !object && keywords.has_any(&OBJECT) {
            kinds.push(Kind::Object(self.object(keywords)?));
        }
        if !number && keywords.has_any(&NUMBER) {
            kinds.push(Kind::Number { integer: false });
        }
        if !text && (keywords.has_any(&TEXT) || keywords.has_any(&["format"])) {
            kinds.push(Kind::Text);
        }
        if self.documents.draft == Draft::Seven && keywords.has_any(&["if", "then", "else"]) {
            kinds.push(Kind::Other("org.everit.json.schema.ConditionalSchema"));
        }
        Ok(kinds)
    }

    /// Keywords that mean the same in all dialects: values, combinations, negation.
    fn choices(&mut self, keywords: &Keywords<'a>, kinds: &mut Vec<Kind<'a>>) -> Result<(), Exception> {
        if keywords.get("enum").is_some() {
            let symbols = keywords.list("enum", false)?.into_iter();
            kinds.push(Kind::Symbols(symbols.map(|(_, node)| java_text(&keywords.doc, node)).collect()));
        }
        for (name, criterion) in COMBINED {
            if keywords.get(name).is_none() {
                continue;
            }
            let mut parts = Vec::new();
            for (at, (_, node)) in keywords.list(name, false)?.into_iter().enumerate() {
                parts.push(self.child(keywords, node, keywords.path.child(name).child(at.to_string())));
            }
            kinds.push(Kind::Combined { criterion, parts, generated: false });
        }
        if keywords.get("not").is_some() {
            kinds.push(Kind::Other("org.everit.json.schema.NotSchema"));
        }
        if let Some(node) = keywords.get("const").filter(|_| self.documents.draft != Draft::Four) {
            kinds.push(Kind::Const(java_text(&keywords.doc, node)));
        }
        Ok(())
    }

    /// The kinds named by `type`.
    fn declared(&mut self, keywords: &Keywords<'a>) -> Result<Vec<(Cow<'a, str>, Kind<'a>)>, Exception> {
        let Some(node) = keywords.get("type") else {
            return Ok(Vec::new());
        };
        let nodes = match keywords.doc.node(node) {
            Node::String { .. } => vec![node],
            Node::Array { .. } => keywords.doc.list(node).into_iter().map(|(_, node)| node).collect(),
            _ => return Err(keywords.wrong("type", node, "type is one of JsonArray or String")),
        };
        let mut declared: Vec<(Cow<'a, str>, Kind<'a>)> = Vec::new();
        for node in nodes {
            let Some(name) = keywords.doc.string(node) else {
                return Err(keywords.wrong("type", node, "type: String"));
            };
            // A list names each of the few types once; more of them cannot make more kinds.
            if declared.iter().any(|(known, _)| *known == name) && declared.len() > 16 {
                continue;
            }
            let kind = match &*name {
                "string" => Kind::Text,
                "integer" => Kind::Number { integer: true },
                "number" => Kind::Number { integer: false },
                "boolean" => Kind::Boolean,
                "null" => Kind::Null,
                "array" => self.array(keywords)?,
                "object" => Kind::Object(self.object(keywords)?),
                _ => return Err(schema_error(&keywords.path.text(), format!("unknown type: [{name}]"))),
            };
            declared.push((name, kind));
        }
        Ok(declared)
    }

    /// A list of types is an anyOf of them, even when it has only one.
    fn types(
        &mut self,
        keywords: &Keywords<'a>,
        declared: Vec<(Cow<'a, str>, Kind<'a>)>,
    ) -> Option<Kind<'a>> {
        let node = keywords.get("type")?;
        let mut kinds = declared.into_iter().map(|(_, kind)| kind);
        if let Node::String { .. } = keywords.doc.node(node) {
            return kinds.next();
        }
        let parts = kinds.map(|kind| self.add(kind, keywords.place)).collect();
        Some(Kind::Combined { criterion: Criterion::Any, parts, generated: true })
    }

    fn reference(&mut self, keywords: &Keywords<'a>, reference: &str) -> Result<Kind<'a>, Exception> {
        let (place, base) = self.documents.locate(reference, keywords.place, &keywords.base)?;
        Ok(Kind::Reference(self.schema(place, &base, &Path::default())))
    }

    fn array(&mut self, keywords: &Keywords<'a>) -> Result<Kind<'a>, Exception> {
        let modern = self.documents.draft == Draft::Modern;
        let node = keywords.get("items").filter(|_| !modern || keywords.get("prefixItems").is_none());
        let items = match node.map(|node| (node, keywords.doc.node(node))) {
            Some((node, Node::Object { .. })) => Some(node),
            Some((node, Node::Bool(_))) => Some(node).filter(|_| !modern),
            Some((_, Node::Array { .. })) if !modern => None,
            None => None,
            Some((node, _)) => {
                let expected =
                    if modern { "Boolean or JsonObject" } else { "Boolean, JsonArray or JsonObject" };
                return Err(keywords.wrong("items", node, &format!("type is one of {expected}")));
            }
        };
        let items = items.map(|node| self.child(keywords, node, keywords.path.child("items")));
        Ok(Kind::Array { items })
    }

    fn object(&mut self, keywords: &Keywords<'a>) -> Result<Object<'a>, Exception> {
        let mut named: Vec<(Cow<'a, str>, usize)> = Vec::new();
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
        for (key, node) in keywords.list("properties", true)? {
            let Some(name) = key.and_then(|key| keywords.doc.string(key)) else {
                continue;
            };
            let is_schema = matches!(keywords.doc.node(node), Node::Object { .. });
            if name == self.documents.draft.id_keyword() && !is_schema {
                continue;
            }
            match places.get(&name) {
                Some(&at) => named[at].1 = node,
                None => {
                    places.insert(name.clone(), named.len());
                    named.push((name, node));
                }
            }
        }
        let path = keywords.path.child("properties");
        let order = hash_order(named.iter().map(|(name, _)| &**name));
        let mut properties = Vec::with_capacity(named.len());
        let mut names = HashMap::with_capacity(named.len());
        for (name, node) in order.into_iter().filter_map(|at| named.get(at)) {
            let id = self.child(keywords, *node, path.child(name.as_ref()));
            properties.push((name.clone(), id));
            names.insert(name.clone(), id);
        }
        let mut required = HashSet::new();
        for (_, node) in keywords.list("required", false)? {
            let name = keywords.doc.string(node);
            required.insert(name.ok_or_else(|| keywords.wrong("required", node, "type: String"))?);
        }
        let additional = match keywords.get("additionalProperties") {
            Some(node) => match keywords.doc.node(node) {
                Node::Object { .. } => {
                    Some(self.child(keywords, node, keywords.path.child("additionalProperties")))
                }
                Node::Bool(_) => None,
                _ => {
                    let expected = "type is one of Boolean or JsonObject";
                    return Err(keywords.wrong("additionalProperties", node, expected));
                }
            },
            None => None,
        };
        let closed = keywords
            .get("additionalProperties")
            .is_some_and(|node| keywords.doc.node(node) == Node::Bool(false));
        Ok(Object { properties, names, required, additional, closed })
    }

    /// 2019-09 and later: what stands beside a reference counts, and keywords of one kind are one schema, which comes
    /// where the first of them does in a HashMap of all keywords.
    fn modern(&mut self, keywords: &Keywords<'a>) -> Result<Vec<Kind<'a>>, Exception> {
        let mut kinds = self.typed(keywords)?;
        for name in REFERENCES {
            if let Some(reference) = keywords.text(name[0])? {
                kinds.push((name, self.reference(keywords, &reference)?));
            }
        }
        let mut choices = Vec::new();
        self.choices(keywords, &mut choices)?;
        kinds.extend(choices.into_iter().map(|kind| (keyword_of(&kind), kind)));
        if keywords.has_any(&CONDITIONAL) {
            kinds.push((&CONDITIONAL, Kind::Other("org.everit.json.schema.ConditionalSchema")));
        }
        if kinds.len() > 1 {
            let order = hash_order(keywords.members.iter().map(|(key, _)| &**key));
            let ranks: HashMap<&str, usize> = order
                .into_iter()
                .enumerate()
                .filter_map(|(rank, at)| Some((&*keywords.members.get(at)?.0, rank)))
                .collect();
            kinds.sort_by_key(|(names, _)| names.iter().filter_map(|name| ranks.get(name)).min().copied());
        }
        Ok(kinds.into_iter().map(|(_, kind)| kind).collect())
    }

    /// What the keyword `type` names, and what other keywords imply of types; each with its keywords.
    fn typed(
        &mut self,
        keywords: &Keywords<'a>,
    ) -> Result<Vec<(&'static [&'static str], Kind<'a>)>, Exception> {
        let mut implied: Vec<(&'static [&'static str], Kind<'a>)> = Vec::new();
        if keywords.has_any(&ARRAY) || keywords.has_any(&MODERN_ARRAY) {
            implied.push((&ARRAY, self.array(keywords)?));
        }
        if keywords.has_any(&OBJECT) || keywords.has_any(&MODERN_OBJECT) {
            implied.push((&OBJECT, Kind::Object(self.object(keywords)?)));
        }
        if keywords.has_any(&NUMBER) {
            implied.push((&NUMBER, Kind::Number { integer: false }));
        }
        if keywords.has_any(&TEXT) {
            implied.push((&TEXT, Kind::Text));
        }
        let declared = self.declared(keywords)?;
        let same =
            |kind: &Kind<'a>, other: &Kind<'a>| std::mem::discriminant(kind) == std::mem::discriminant(other);
        // Of the keywords that go with a type, only those of texts come before it.
        let early = implied.iter().any(|(_, kind)| matches!(kind, Kind::Text));
        implied.retain(|(_, kind)| !declared.iter().any(|(_, known)| same(kind, known)));
        let names: &'static [&'static str] = match &declared[..] {
            [(_, Kind::Text)] if early => &TEXT,
            _ => &["type"],
        };
        implied.extend(self.types(keywords, declared).map(|kind| (names, kind)));
        Ok(implied)
    }
}

const CONDITIONAL: [&str; 3] = ["if", "then", "else"];
const REFERENCES: [&[&str]; 3] = [&["$ref"], &["$dynamicRef"], &["$recursiveRef"]];

/// The keyword that a kind beside types was made of.
fn keyword_of(kind: &Kind<'_>) -> &'static [&'static str] {
    match kind {
        Kind::Symbols(_) => &["enum"],
        Kind::Const(_) => &["const"],
        Kind::Combined { criterion: Criterion::All, .. } => &["allOf"],
        Kind::Combined { criterion: Criterion::Any, .. } => &["anyOf"],
        Kind::Combined { criterion: Criterion::One, .. } => &["oneOf"],
        _ => &["not"],
    }
}

/// `toString` of a JSON value in Java; `None` for null.
fn java_text(doc: &Doc<'_>, node: usize) -> Option<String> {
    match java_value(doc, node) {
        Value::Null => None,
        value => Some(value.to_java_string()),
    }
}

/// Numbers become texts already: those of their Java classes.
fn java_value(doc: &Doc<'_>, node: usize) -> Value {
    match doc.node(node) {
        Node::Null | Node::Missing => Value::Null,
        Node::Bool(value) => Value::Bool(value),
        Node::NotFinite(_) => Value::from(String::from_utf8_lossy(doc.raw(node)).into_owned()),
        Node::String { .. } => doc.shared_string(node).map_or(Value::Null, Value::String),
        Node::Number { .. } => Value::from(numeral(doc.number(node))),
        Node::Array { .. } => {
            let elements = doc.list(node).into_iter().map(|(_, node)| java_value(doc, node)).collect();
            Value::Array(std::sync::Arc::new(elements))
        }
        Node::Object { .. } => {
            let mut map = MapValue::hashed();
            for (key, node) in doc.list(node) {
                let key = key.and_then(|key| doc.shared_string(key)).map_or(Value::Null, Value::String);
                map.insert(key, java_value(doc, node));
            }
            Value::Map(std::sync::Arc::new(map))
        }
    }
}

fn numeral(number: Option<(&str, bool)>) -> String {
    match number {
        Some(("-0", true)) | None => "0".to_owned(),
        Some((text, true)) => text.to_owned(),
        Some((text, false)) => {
            let mut out = Vec::new();
            write_decimal(&number::to_decimal(text), &mut out);
            String::from_utf8_lossy(&out).into_owned()
        }
    }
}
