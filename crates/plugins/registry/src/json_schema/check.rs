//! Checking payloads against all that their JSON schema demands (`json.fail.invalid.schema`).
//!
//! A library knows the keywords. It gets one schema without references: each `$ref` is replaced by what it stands for
//! ([`super::documents`] finds it), so nothing can be fetched, and how deep and how large the schema is, is known
//! before it is compiled. Compiling and checking recurse once a level of the schema; what a payload nests deeper than
//! that is only copied and compared.

use std::rc::Rc;

use jsonschema::{Draft as Dialect, EmailOptions, Keyword, PatternOptions, ValidationError, Validator};
use kconnect_api::json::{Doc, Node};
use kconnect_api::{Exception, classes};
use serde_json::{Map, Number, Value as Json};

use super::documents::{self, Documents, Draft, Place};
use crate::format::Registered;

/// A schema to check payloads against.
#[derive(Debug)]
pub(crate) struct Checker(Validator);

/// What a payload does not satisfy.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Violation {
    /// A pointer to the value, `#` for the whole.
    at: String,
    keyword: String,
    message: String,
}

/// How deep a schema may be nested, references followed.
const DEPTH_MAX: usize = 100;
/// Values that a schema may consist of, references followed.
const VALUES_MAX: usize = 100_000;
/// Bytes of data (`enum`, `const`) that count as a value.
const DATA_BYTES: usize = 32;
/// Steps that a pattern may take over one text.
const PATTERN_STEPS: usize = 100_000;
/// Set beside `type` where only a number without fraction and exponent is an integer, as up to draft 7 in upstream's
/// library.
const PLAIN_INTEGER: &str = "kconnect.plain.integer";
/// Formats that upstream's library does not know.
const UNCHECKED_FORMATS: [&str; 4] = ["idn-email", "idn-hostname", "iri", "iri-reference"];

impl Checker {
    pub(super) fn compile(registered: &Registered, ignore_modern: bool) -> Result<Self, Exception> {
        let parsed = documents::parse(registered)?;
        let mut documents = Documents::new(&parsed, ignore_modern)?;
        let (root, base) = documents.root();
        let dialect = dialect(&documents, root);
        let whole = Whole { documents: &mut documents, values: 0 }.schema(root, &base, 0)?;
        let mut options = jsonschema::options()
            .with_draft(dialect)
            .offline()
            .with_pattern_options(PatternOptions::fancy_regex().backtrack_limit(PATTERN_STEPS))
            .with_email_options(EmailOptions::default().with_required_tld())
            .with_keyword(PLAIN_INTEGER, |_, _, _| Ok(Box::new(PlainInteger)));
        for format in UNCHECKED_FORMATS {
            options = options.with_format(format, |_: &str| true);
        }
        let validator = options.build(&whole).map_err(|error| {
            let cause = Exception::new("org.everit.json.schema.SchemaException", error.to_string());
            Exception::new(classes::ILLEGAL_ARGUMENT, "Invalid JSON Schema").caused_by(cause)
        })?;
        Ok(Self(validator))
    }

    /// Checks the whole text of `doc`; an exception says that it cannot be checked.
    pub(super) fn check(&self, doc: Doc<'_>) -> Result<Option<Violation>, Exception> {
        let value = plain(doc, 0)?;
        if self.0.is_valid(&value) {
            return Ok(None);
        }
        Ok(self.0.validate(&value).err().map(|error| Violation {
            at: format!("#{}", error.instance_path()),
            keyword: error.kind().keyword().to_owned(),
            // Without the value itself: payloads do not belong into logs.
            message: error.masked().to_string(),
        }))
    }
}

impl Violation {
    fn exception(&self) -> Exception {
        Exception::new("org.everit.json.schema.ValidationException", format!("{}: {}", self.at, self.message))
    }

    /// What a deserializer says of it.
    pub(super) fn when_reading(&self) -> Exception {
        let text = "JSON does not match schema of type JSON";
        Exception::new(classes::SERIALIZATION, text).caused_by(self.exception())
    }

    /// What a serializer says of it: twice wrapped, as in upstream.
    pub(super) fn when_writing(&self) -> Exception {
        let Self { at, keyword, message } = self;
        let report = serde_json::json!({
            "pointerToViolation": at, "causingExceptions": [], "keyword": keyword, "message": message
        });
        let text = format!("Validation error in JSON, Error report:\n{report:#}");
        let cause = Exception::new(classes::SERIALIZATION, text).caused_by(self.exception());
        Exception::new(classes::SERIALIZATION, "Error serializing JSON message").caused_by(cause)
    }
}

fn dialect(documents: &Documents<'_>, root: Place) -> Dialect {
    let doc = documents.doc(root);
    let declared = doc.member(root.node, "$schema").and_then(|at| doc.string(at)).unwrap_or_default();
    match documents.draft {
        Draft::Four => Dialect::Draft4,
        Draft::Six => Dialect::Draft6,
        Draft::Seven => Dialect::Draft7,
        Draft::Modern if declared.contains("2019-09") => Dialect::Draft201909,
        Draft::Modern => Dialect::Draft202012,
    }
}

/// What members of a schema hold.
enum Member {
    /// Said about the schema, or only looked at through references.
    Skipped,
    /// Values, whatever they look like.
    Data,
    /// An object of schemas by names of any kind.
    Named,
    /// A schema, a list of them, or anything that is none.
    Schemas,
    /// A reference whose target depends on how it was reached.
    Dynamic,
}

impl Member {
    fn of(name: &str) -> Self {
        match name {
            "$schema" | "$id" | "id" | "$anchor" | "$dynamicAnchor" | "$recursiveAnchor" | "$vocabulary"
            | "$comment" | "$defs" | "definitions" | "title" | "description" | "default" | "examples" => {
                Self::Skipped
            }
            _ if name.starts_with("connect.") => Self::Skipped,
            "enum" | "const" => Self::Data,
            "properties" | "patternProperties" | "dependencies" | "dependentSchemas" => Self::Named,
            "$dynamicRef" | "$recursiveRef" => Self::Dynamic,
            _ => Self::Schemas,
        }
    }
}

/// Makes one schema of the texts.
struct Whole<'d, 'a> {
    documents: &'d mut Documents<'a>,
    values: usize,
}

impl Whole<'_, '_> {
    fn count(&mut self, depth: usize) -> Result<(), Exception> {
        self.values += 1;
        if self.values > VALUES_MAX || depth > DEPTH_MAX {
            return Err(Exception::data(format!(
                "payloads cannot be checked against a JSON schema that contains itself, nests more than {DEPTH_MAX} \
                 parts or repeats its definitions more than {VALUES_MAX} times; set json.fail.invalid.schema to false"
            )));
        }
        Ok(())
    }

    /// The schema at `place`, a list of schemas, or what else stands where a schema may stand.
    fn schema(&mut self, place: Place, base: &Rc<str>, depth: usize) -> Result<Json, Exception> {
        self.count(depth)?;
        let doc = self.documents.doc(place);
        let inside = |node| Place { node, ..place };
        match doc.node(place.node) {
            Node::Object { .. } => {}
            Node::Array { .. } => {
                let mut elements = Vec::new();
                for (_, at) in doc.list(place.node) {
                    elements.push(self.schema(inside(at), base, depth + 1)?);
                }
                return Ok(Json::Array(elements));
            }
            _ => return plain(doc, place.node),
        }
        let reference = doc.member(place.node, "$ref").and_then(|at| doc.string(at));
        let is_modern = self.documents.draft == Draft::Modern;
        let target = match &reference {
            Some(reference) => {
                let base = if is_modern { self.documents.base_inside(place, base) } else { Rc::clone(base) };
                let (target, base) = self.documents.locate(reference, place, &base)?;
                let target = self.schema(target, &base, depth + 1)?;
                // What stands beside a reference counts in later dialects only.
                if !is_modern {
                    return Ok(target);
                }
                Some(target)
            }
            None => None,
        };
        let mut members = self.members(place, base, depth)?;
        if let Some(target) = target {
            match members.entry("allOf").or_insert_with(|| Json::Array(Vec::new())) {
                Json::Array(parts) => parts.push(target),
                _ => return Err(documents::schema_error("#", "allOf is no array".to_owned())),
            }
        }
        Ok(Json::Object(members))
    }

    fn members(
        &mut self,
        place: Place,
        base: &Rc<str>,
        depth: usize,
    ) -> Result<Map<String, Json>, Exception> {
        let base = self.documents.base_inside(place, base);
        let doc = self.documents.doc(place);
        let mut members = Map::new();
        for (name, at) in doc.list(place.node) {
            let Some(name) = name.and_then(|name| doc.string(name)) else { continue };
            let value = match Member::of(&name) {
                Member::Skipped => continue,
                Member::Data => {
                    // Whole, however many values it holds.
                    self.values += doc.raw(at).len() / DATA_BYTES;
                    self.count(depth)?;
                    plain(doc, at)?
                }
                Member::Named => self.named(Place { node: at, ..place }, &base, depth + 1)?,
                Member::Schemas if name == "$ref" => continue,
                Member::Schemas => self.schema(Place { node: at, ..place }, &base, depth + 1)?,
                Member::Dynamic => {
                    return Err(Exception::data(format!(
                        "payloads cannot be checked against a schema with {name}"
                    )));
                }
            };
            members.insert(name.into_owned(), value);
        }
        let is_old = self.documents.draft != Draft::Modern;
        if is_old && members.get("type").is_some_and(asks_for_integer) {
            members.insert(PLAIN_INTEGER.to_owned(), Json::Bool(true));
        }
        Ok(members)
    }

    fn named(&mut self, place: Place, base: &Rc<str>, depth: usize) -> Result<Json, Exception> {
        self.count(depth)?;
        let doc = self.documents.doc(place);
        if !matches!(doc.node(place.node), Node::Object { .. }) {
            return plain(doc, place.node);
        }
        let mut schemas = Map::new();
        for (name, at) in doc.list(place.node) {
            let Some(name) = name.and_then(|name| doc.string(name)) else { continue };
            schemas.insert(name.into_owned(), self.schema(Place { node: at, ..place }, base, depth + 1)?);
        }
        Ok(Json::Object(schemas))
    }
}

/// Whether a `type` allows integers and no other numbers.
fn asks_for_integer(kind: &Json) -> bool {
    let has = |name: &str| match kind {
        Json::Array(kinds) => kinds.iter().any(|kind| kind == name),
        kind => kind == name,
    };
    has("integer") && !has("number")
}

/// See [`PLAIN_INTEGER`].
struct PlainInteger;

impl<'i> Keyword<'i> for PlainInteger {
    fn validate(&self, instance: &'i Json) -> Result<(), ValidationError<'i>> {
        match self.is_valid(instance) {
            true => Ok(()),
            false => Err(ValidationError::custom("value is not of type \"integer\"")),
        }
    }

    fn is_valid(&self, instance: &'i Json) -> bool {
        // Integers too large for 64 bits are among the floats.
        !instance.is_f64() || instance.as_f64().is_some_and(|value| value.abs() >= 9.2e18)
    }
}

/// The value at a node for the library. Numbers beyond 64 bits are floats there.
fn plain(doc: Doc<'_>, at: usize) -> Result<Json, Exception> {
    Ok(match doc.node(at) {
        Node::Missing | Node::Null => Json::Null,
        Node::Bool(value) => Json::Bool(value),
        Node::Number { .. } => Json::Number(number(doc, at)),
        Node::NotFinite(_) => {
            return Err(Exception::new("org.json.JSONException", "JSON does not allow non-finite numbers."));
        }
        Node::String { .. } => Json::String(doc.string(at).unwrap_or_default().into_owned()),
        Node::Array { .. } => {
            let mut elements = Vec::new();
            let mut children = doc.children(at);
            while let Some((_, child)) = doc.next_child(&mut children) {
                elements.push(plain(doc, child)?);
            }
            Json::Array(elements)
        }
        Node::Object { .. } => {
            let mut members = Map::new();
            let mut children = doc.children(at);
            while let Some((name, child)) = doc.next_child(&mut children) {
                let name = name.and_then(|name| doc.string(name)).unwrap_or_default();
                members.insert(name.into_owned(), plain(doc, child)?);
            }
            Json::Object(members)
        }
    })
}

fn number(doc: Doc<'_>, at: usize) -> Number {
    let (text, is_integral) = doc.number(at).unwrap_or(("0", true));
    if is_integral && let Ok(value) = text.parse::<i64>() {
        return value.into();
    }
    if is_integral && let Ok(value) = text.parse::<u64>() {
        return value.into();
    }
    let value: f64 = text.parse().unwrap_or_default();
    Number::from_f64(value.clamp(f64::MIN, f64::MAX)).unwrap_or_else(|| 0.into())
}
