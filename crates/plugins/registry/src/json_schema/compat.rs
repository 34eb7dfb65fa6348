//! Whether payloads that one schema allows can be read with another (`latest.compatibility.strict`).
//!
//! As upstream compares a Connect schema with the registered one: titles and descriptions do not count; what the reader
//! requires, forbids or limits, the writer must require, forbid or limit too; a property that only the reader knows is a
//! danger as long as the writer allows undeclared ones. Pairs are remembered, so schemas may share parts or contain
//! themselves: a pair that is being compared counts as agreeing, and one that disagrees even so always does. Two schemas
//! may still have more pairs than anyone can wait for; steps are counted.

use std::collections::{HashMap, HashSet};

use kconnect_api::Exception;
use kconnect_api::json::{Doc, Node};

use super::documents::{self, Documents, Place};
use super::load::{self, Criterion, Entry, Id, Kind, Object};
use crate::format::Registered;

/// Keywords that limit values of a kind.
const LIMITS: [&str; 16] = [
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "contains",
    "minProperties",
    "maxProperties",
    "propertyNames",
    "dependencies",
];

/// Whether `reader` reads what `writer` allows.
pub(super) fn reads(reader: &Registered, writer: &Registered) -> Result<bool, Exception> {
    if reader.text == writer.text {
        return Ok(true);
    }
    let (reader, writer) = (documents::parse(reader)?, documents::parse(writer)?);
    let (mut reader, mut writer) = (Documents::new(&reader, false)?, Documents::new(&writer, false)?);
    let (read, written) = (load::load(&mut reader)?, load::load(&mut writer)?);
    let mut comparison = Comparison {
        reader: Side { documents: &reader, entries: &read, limits: HashMap::new() },
        writer: Side { documents: &writer, entries: &written, limits: HashMap::new() },
        seen: HashSet::new(),
        assumed: Vec::new(),
        failed: HashSet::new(),
        steps: 0,
    };
    comparison.all(vec![(0, 0)], 0)
}

struct Side<'d, 'a> {
    documents: &'d Documents<'a>,
    entries: &'d [Entry<'a>],
    /// By the objects that have them.
    limits: HashMap<Place, Limits<'a>>,
}

/// The values of [`LIMITS`] that an object has, as its text says them.
type Limits<'a> = Vec<(&'static str, &'a [u8])>;

/// Pairs of a reader's and a writer's schema.
type Pairs = Vec<(Id, Id)>;

/// What two schemas come to.
enum Verdict {
    /// Known at once.
    Is(bool),
    /// All of these pairs must agree.
    All(Pairs),
    /// One of these pairs must agree.
    One(Pairs),
}

struct Comparison<'d, 'a> {
    reader: Side<'d, 'a>,
    writer: Side<'d, 'a>,
    seen: HashSet<(Id, Id)>,
    /// The same in order, so that the last ones can be taken back.
    assumed: Pairs,
    failed: HashSet<(Id, Id)>,
    steps: usize,
}

/// Steps of a comparison: a few seconds of them.
const STEPS_MAX: usize = 20_000_000;
/// Most alternatives tried inside alternatives.
const DEPTH_MAX: usize = 64;

impl Comparison<'_, '_> {
    /// Whether all pairs agree. Only alternatives recurse.
    fn all(&mut self, mut pairs: Pairs, depth: usize) -> Result<bool, Exception> {
        while let Some(pair) = pairs.pop() {
            self.step(1)?;
            if self.failed.contains(&pair) {
                return Ok(false);
            }
            if !self.seen.insert(pair) {
                continue;
            }
            self.assumed.push(pair);
            let agrees = match self.verdict(pair)? {
                Verdict::Is(agrees) => agrees,
                Verdict::All(more) => {
                    pairs.extend(more);
                    true
                }
                Verdict::One(alternatives) => self.any(alternatives, depth)?,
            };
            if !agrees {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether one of the pairs agrees.
    fn any(&mut self, alternatives: Pairs, depth: usize) -> Result<bool, Exception> {
        for pair in alternatives {
            let before = self.assumed.len();
            if depth < DEPTH_MAX && self.all(vec![pair], depth + 1)? {
                return Ok(true);
            }
            // What a failed alternative has taken for agreed is forgotten.
            for assumed in self.assumed.drain(before..) {
                self.seen.remove(&assumed);
            }
            if depth < DEPTH_MAX {
                self.failed.insert(pair);
            }
        }
        Ok(false)
    }

    fn step(&mut self, steps: usize) -> Result<(), Exception> {
        self.steps = self.steps.saturating_add(steps);
        match self.steps > STEPS_MAX {
            false => Ok(()),
            true => Err(Exception::data(format!(
                "comparing the JSON schemas takes more than {STEPS_MAX} steps; set latest.compatibility.strict (or \
                 id.compatibility.strict) to false to write without"
            ))),
        }
    }

    /// What a pair takes to look at.
    fn size(kind: &Kind<'_>) -> usize {
        match kind {
            Kind::Combined { parts, .. } => parts.len(),
            Kind::Symbols(symbols) => symbols.len(),
            Kind::Object(object) => object.properties.len() + object.required.len(),
            _ => 0,
        }
    }

    fn verdict(&mut self, (read, written): (Id, Id)) -> Result<Verdict, Exception> {
        let (readers, writers) = (self.reader.entries, self.writer.entries);
        let (reader, writer) = (&readers[read].kind, &writers[written].kind);
        self.step(Self::size(reader) + Self::size(writer))?;
        let is_limited = !matches!(reader, Kind::Reference(_) | Kind::Any | Kind::Combined { .. })
            && !matches!(writer, Kind::Reference(_) | Kind::Combined { .. })
            && self.is_limited(read, written)?;
        Ok(self.compared((read, written), is_limited))
    }

    fn compared(&self, (read, written): (Id, Id), is_limited: bool) -> Verdict {
        let (reader, writer) = (&self.reader.entries[read].kind, &self.writer.entries[written].kind);
        let with_writer = |ids: &[Id]| ids.iter().map(|id| (read, *id)).collect::<Pairs>();
        let with_reader = |ids: &[Id]| ids.iter().map(|id| (*id, written)).collect::<Pairs>();
        match (reader, writer) {
            (Kind::Reference(target), _) => Verdict::All(vec![(*target, written)]),
            (_, Kind::Reference(target)) => Verdict::All(vec![(read, *target)]),
            (Kind::Any, _) => Verdict::Is(true),
            (_, Kind::Combined { criterion: Criterion::All, parts, .. }) => Verdict::One(with_writer(parts)),
            (_, Kind::Combined { parts, .. }) => Verdict::All(with_writer(parts)),
            (Kind::Combined { criterion: Criterion::All, parts, .. }, _) => Verdict::All(with_reader(parts)),
            (Kind::Combined { parts, .. }, _) => Verdict::One(with_reader(parts)),
            _ if is_limited => Verdict::Is(false),
            (Kind::Null, Kind::Null) | (Kind::Boolean, Kind::Boolean) | (Kind::Text, Kind::Text) => {
                Verdict::Is(true)
            }
            (Kind::Number { integer }, Kind::Number { integer: other }) => Verdict::Is(!integer || *other),
            (Kind::Symbols(allowed), Kind::Symbols(symbols)) => {
                let allowed: HashSet<_> = allowed.iter().collect();
                Verdict::Is(symbols.iter().all(|symbol| allowed.contains(symbol)))
            }
            (Kind::Symbols(allowed), Kind::Const(symbol)) => Verdict::Is(allowed.contains(symbol)),
            (Kind::Const(allowed), Kind::Const(symbol)) => Verdict::Is(allowed == symbol),
            (Kind::Array { items: None }, Kind::Array { .. }) => Verdict::Is(true),
            (Kind::Array { items: Some(read) }, Kind::Array { items: Some(written) }) => {
                Verdict::All(vec![(*read, *written)])
            }
            (Kind::Object(reader), Kind::Object(writer)) => self.objects(reader, writer),
            _ => Verdict::Is(false),
        }
    }

    fn objects(&self, reader: &Object<'_>, writer: &Object<'_>) -> Verdict {
        if !reader.required.is_subset(&writer.required) {
            return Verdict::Is(false);
        }
        let mut pairs = Pairs::new();
        let find = |object: &Object<'_>, name: &str| object.names.get(name).copied();
        for (name, read) in &reader.properties {
            match find(writer, name) {
                Some(written) => pairs.push((*read, written)),
                None if writer.closed => {}
                None => match writer.additional {
                    Some(written) => pairs.push((*read, written)),
                    None if matches!(self.reader.entries[*read].kind, Kind::Any) => {}
                    None => return Verdict::Is(false),
                },
            }
        }
        for (name, written) in &writer.properties {
            match (find(reader, name), reader.additional) {
                (Some(_), _) => {}
                (None, _) if reader.closed => return Verdict::Is(false),
                (None, Some(read)) => pairs.push((read, *written)),
                (None, None) => {}
            }
        }
        match (reader.closed, reader.additional, writer.closed, writer.additional) {
            (_, _, true, _) | (false, None, ..) => {}
            (false, Some(read), false, Some(written)) => pairs.push((read, written)),
            _ => return Verdict::Is(false),
        }
        Verdict::All(pairs)
    }

    /// Whether the reader has a limit that is not the writer's.
    fn is_limited(&mut self, read: Id, written: Id) -> Result<bool, Exception> {
        let wanted = self.reader.limits(read);
        let bytes: usize = wanted.iter().map(|(_, text)| text.len()).sum();
        let is_limited = !wanted.is_empty() && {
            let given = self.writer.limits(written);
            wanted.iter().any(|limit| !given.contains(limit))
        };
        self.step(bytes / 64)?;
        Ok(is_limited)
    }
}

impl<'a> Side<'_, 'a> {
    /// The limits of the object that a schema was read from, found once.
    fn limits(&mut self, id: Id) -> &Limits<'a> {
        let (place, documents) = (self.entries[id].place, self.documents);
        self.limits.entry(place).or_insert_with(|| {
            let doc: Doc<'a> = documents.doc(place);
            let Node::Object { .. } = doc.node(place.node) else { return Limits::new() };
            let value = |name: &'static str| Some((name, doc.raw(doc.member(place.node, name)?)));
            LIMITS.into_iter().filter_map(value).collect()
        })
    }
}
