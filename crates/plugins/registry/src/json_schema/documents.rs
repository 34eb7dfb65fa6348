//! The JSON texts of a registered schema, and what a reference from one of them stands for.
//!
//! A reference is looked up by the identifiers that the texts give to their parts, then as a pointer into its own text,
//! then among the texts registered with the schema. Nothing is ever fetched from elsewhere.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use kconnect_api::json::{Dialect, Doc, Node, Tape};
use kconnect_api::{Exception, Text, classes};

use super::uri;
use crate::bounds::Names;
use crate::format::Registered;

/// A value in one of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) doc: usize,
    pub(super) node: usize,
}

/// What numbers a text may hold; upstream reads schemas and payloads with the same reader.
pub(super) const DIALECT: Dialect = Dialect { leading_zeros: false, not_finite: true };

/// A text, parsed.
pub(super) struct Parsed {
    text: Text,
    tape: Tape,
    name: String,
}

/// Parses the text of `registered` and those that it refers to, in this order.
pub(super) fn parse(registered: &Registered) -> Result<Vec<Parsed>, Exception> {
    let own = std::iter::once(("", &registered.text));
    let others = registered.dependencies.iter().map(|other| (other.name.as_str(), &other.text));
    own.chain(others)
        .map(|(name, text)| {
            let text = Text::from(text.as_str());
            let mut tape = Tape::new(DIALECT);
            tape.parse(&text, 0).map_err(|error| {
                let cause = error.cause().cloned().unwrap_or(error);
                Exception::new(classes::ILLEGAL_ARGUMENT, "Invalid JSON schema").caused_by(cause)
            })?;
            Ok(Parsed { text, tape, name: name.to_owned() })
        })
        .collect()
}

/// The version of JSON Schema that a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    Four,
    Six,
    Seven,
    /// 2019-09 and 2020-12.
    Modern,
}

impl Draft {
    fn of_uri(uri: &str) -> Option<Self> {
        let uri = uri.strip_suffix('#').unwrap_or(uri);
        let uri = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"))?;
        Some(match uri.strip_prefix("json-schema.org/")? {
            "draft-04/schema" | "schema" => Self::Four,
            "draft-06/schema" => Self::Six,
            "draft-07/schema" => Self::Seven,
            "draft/2019-09/schema" | "draft/2020-12/schema" => Self::Modern,
            _ => return None,
        })
    }

    pub(super) fn id_keyword(self) -> &'static str {
        if self == Self::Four { "id" } else { "$id" }
    }
}

/// All texts of a schema.
pub(super) struct Documents<'a> {
    docs: Vec<Doc<'a>>,
    /// The URI that each text is read from.
    bases: Vec<Rc<str>>,
    /// Texts by URI and by the name they are registered under.
    by_uri: HashMap<String, usize>,
    /// Parts by the identifiers given to them, with the URI that they are read from.
    ids: HashMap<String, (Place, Rc<str>)>,
    /// Members of the objects that pointers lead through: many references into one object must not search it each.
    members: HashMap<Place, HashMap<Cow<'a, str>, usize>>,
    /// The same of arrays.
    elements: HashMap<Place, Vec<usize>>,
    pub(super) draft: Draft,
}

impl<'a> Documents<'a> {
    /// Finds the identifiers in `parsed`. With `ignore_modern` everything newer than draft 7 counts as draft 7.
    pub(super) fn new(parsed: &'a [Parsed], ignore_modern: bool) -> Result<Self, Exception> {
        let docs: Vec<Doc<'a>> = parsed.iter().map(|one| Doc::new(&one.text, &one.tape)).collect();
        let declared = docs.first().and_then(|doc| doc.string(doc.member(0, "$schema")?));
        let draft = match declared.and_then(|uri| Draft::of_uri(&uri)).unwrap_or(Draft::Seven) {
            Draft::Modern if ignore_modern => Draft::Seven,
            draft => draft,
        };
        let mut all = Self {
            docs,
            bases: Vec::new(),
            by_uri: HashMap::new(),
            ids: HashMap::new(),
            members: HashMap::new(),
            elements: HashMap::new(),
            draft,
        };
        let root = all.id_at(Place { doc: 0, node: 0 }).unwrap_or_default().into_owned();
        let mut names = Names::default();
        check_length(&mut names, &root)?;
        for (doc, one) in parsed.iter().enumerate() {
            let base: Rc<str> = match doc {
                0 => uri::without_fragment(&root).into(),
                _ => uri::resolve(&root, &one.name).into(),
            };
            check_length(&mut names, &base)?;
            for uri in [base.to_string(), one.name.clone(), uri::resolve("", &one.name)] {
                all.by_uri.entry(uri).or_insert(doc);
            }
            all.bases.push(Rc::clone(&base));
            all.collect_ids(doc, base, &mut names)?;
        }
        Ok(all)
    }

    /// The text that `place` is in.
    pub(super) fn doc(&self, place: Place) -> Doc<'a> {
        self.docs[place.doc]
    }

    /// The root of the schema and the URI it is read from.
    pub(super) fn root(&self) -> (Place, Rc<str>) {
        (Place { doc: 0, node: 0 }, self.bases.first().cloned().unwrap_or_default())
    }

    /// The title of the schema, whatever kind of value stands there.
    pub(super) fn title(&self) -> Option<String> {
        let doc = self.docs.first()?;
        let at = doc.member(0, "title")?;
        Some(match doc.node(at) {
            Node::Array { .. } | Node::Object { .. } => String::new(),
            Node::String { .. } => doc.string(at)?.into_owned(),
            _ => String::from_utf8_lossy(doc.raw(at)).into_owned(),
        })
    }

    fn id_at(&self, place: Place) -> Option<Cow<'a, str>> {
        let doc = self.doc(place);
        doc.string(doc.member(place.node, self.draft.id_keyword())?)
    }

    /// The base of what is inside the object at `place`, itself read from `base`.
    pub(super) fn base_inside(&self, place: Place, base: &Rc<str>) -> Rc<str> {
        match self.id_at(place) {
            Some(id) if !id.starts_with('#') => uri::without_fragment(&uri::resolve(base, &id)).into(),
            _ => Rc::clone(base),
        }
    }

    fn collect_ids(&mut self, doc: usize, base: Rc<str>, names: &mut Names) -> Result<(), Exception> {
        let mut pending = vec![(0, base)];
        while let Some((node, base)) = pending.pop() {
            let (place, json) = (Place { doc, node }, self.docs[doc]);
            let mut inside = Rc::clone(&base);
            if let Node::Object { .. } = json.node(node) {
                inside = self.base_inside(place, &base);
                if let Some(id) = self.id_at(place) {
                    let absolute = uri::resolve(&base, &id);
                    check_length(names, &absolute)?;
                    self.ids.entry(absolute).or_insert((place, Rc::clone(&inside)));
                    self.ids.entry(id.into_owned()).or_insert((place, Rc::clone(&inside)));
                }
                for anchor in ["$anchor", "$dynamicAnchor"] {
                    let name = json.member(node, anchor).and_then(|at| json.string(at));
                    if let Some(name) = name.filter(|_| self.draft == Draft::Modern) {
                        let id = format!("{}#{name}", uri::without_fragment(&inside));
                        self.ids.entry(id).or_insert((place, Rc::clone(&inside)));
                    }
                }
            }
            let mut children = json.children(node);
            while let Some((_, child)) = json.next_child(&mut children) {
                if let Node::Object { .. } | Node::Array { .. } = json.node(child) {
                    pending.push((child, Rc::clone(&inside)));
                }
            }
        }
        Ok(())
    }

    /// What `reference`, found in the text of `from` where `base` counts, stands for; with its base.
    pub(super) fn locate(
        &mut self,
        reference: &str,
        from: Place,
        base: &Rc<str>,
    ) -> Result<(Place, Rc<str>), Exception> {
        let absolute = uri::resolve(base, reference);
        let known = self.ids.get(&absolute).or_else(|| self.ids.get(absolute.trim_end_matches('#')));
        if let Some((place, inside)) = known {
            return Ok((*place, Rc::clone(inside)));
        }
        let fragment = uri::fragment(&absolute);
        let start = if reference.starts_with('#') {
            let resource = self.ids.get(&**base).filter(|_| self.draft == Draft::Modern);
            match resource {
                Some((place, inside)) if place.doc == from.doc => (*place, Rc::clone(inside)),
                _ => self.document(from.doc),
            }
        } else {
            self.start_of(reference, &absolute).ok_or_else(|| unknown(reference))?
        };
        self.walk(start, fragment)
    }

    fn document(&self, doc: usize) -> (Place, Rc<str>) {
        (Place { doc, node: 0 }, self.bases.get(doc).cloned().unwrap_or_default())
    }

    fn start_of(&self, reference: &str, absolute: &str) -> Option<(Place, Rc<str>)> {
        let (absolute, named) = (uri::without_fragment(absolute), uri::without_fragment(reference));
        if let Some((place, inside)) = self.ids.get(absolute) {
            return Some((*place, Rc::clone(inside)));
        }
        let doc = self.by_uri.get(absolute).or_else(|| self.by_uri.get(named))?;
        Some(self.document(*doc))
    }

    fn walk(&mut self, start: (Place, Rc<str>), fragment: &str) -> Result<(Place, Rc<str>), Exception> {
        let (mut place, mut base) = start;
        let mut steps = fragment.split('/');
        if let Some(anchor) = steps.next().filter(|anchor| !anchor.is_empty()) {
            return Err(schema_error("#", format!("key [{anchor}] not found")));
        }
        for (depth, step) in steps.enumerate() {
            let step = uri::pointer_step(step);
            let next = self.step(place, &step).or_else(|| {
                // Definitions are found under both of the names that dialects have for their place.
                let other = (depth == 0 && step == "$defs").then_some("definitions");
                self.step(place, other?)
            });
            let node = next.or_else(|| self.definition(place, depth, &step));
            let Some(node) = node else {
                return Err(schema_error("#", format!("key [{step}] not found")));
            };
            place.node = node;
            // Many references may lead through a large object: its members are indexed by now.
            if self.step(place, self.draft.id_keyword()).is_some() {
                base = self.base_inside(place, &base);
            }
        }
        Ok((place, base))
    }

    /// An entry of `definitions` that is asked for in a `$defs` beside it.
    fn definition(&mut self, place: Place, depth: usize, step: &str) -> Option<usize> {
        let root = Place { node: 0, ..place };
        if depth != 1 || self.step(root, "$defs") != Some(place.node) {
            return None;
        }
        let node = self.step(root, "definitions")?;
        self.step(Place { node, ..place }, step)
    }

    fn step(&mut self, place: Place, step: &str) -> Option<usize> {
        let doc = self.docs[place.doc];
        match doc.node(place.node) {
            Node::Object { .. } => {
                let members = self.members.entry(place).or_insert_with(|| {
                    let named = |(key, value): (Option<usize>, usize)| Some((doc.string(key?)?, value));
                    doc.list(place.node).into_iter().filter_map(named).collect()
                });
                members.get(step).copied()
            }
            Node::Array { .. } => {
                let at: usize = step.parse().ok()?;
                let elements = self
                    .elements
                    .entry(place)
                    .or_insert_with(|| doc.list(place.node).into_iter().map(|(_, value)| value).collect());
                elements.get(at).copied()
            }
            _ => None,
        }
    }
}

/// Identifiers are made longer by those around them, for each part that has one.
fn check_length(names: &mut Names, uri: &str) -> Result<(), Exception> {
    names.add(uri).map_err(|why| schema_error("#", why))
}

/// The error of a schema that cannot be one, `location` being a pointer to what is wrong.
pub(super) fn schema_error(location: &str, message: String) -> Exception {
    let cause = Exception::new("org.everit.json.schema.SchemaException", format!("{location}: {message}"));
    Exception::new(classes::ILLEGAL_ARGUMENT, "Invalid JSON").caused_by(cause)
}

fn unknown(reference: &str) -> Exception {
    schema_error(
        "#",
        format!(
            "reference [{reference}] is neither part of the schema nor among the references registered with it, and \
             schemas are not fetched from elsewhere"
        ),
    )
}
