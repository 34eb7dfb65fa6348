//! Whether payloads that one schema allows can be read with another (`latest.compatibility.strict`).
//!
//! As upstream compares a Connect schema with the registered one: titles and descriptions do not count; what the reader
//! requires, forbids or limits, the writer must require, forbid or limit too; a property that only the reader knows is a
//! danger as long as the writer allows undeclared ones. Pairs are remembered, so schemas may share parts or contain
//! themselves.

use std::collections::HashSet;

use kconnect_api::Exception;
use kconnect_api::json::Node;

use super::documents::{self, Documents};
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
    let (mut reader, mut writer) = (Documents::new(&reader, false), Documents::new(&writer, false));
    let (read, written) = (load::load(&mut reader)?, load::load(&mut writer)?);
    let mut comparison = Comparison {
        reader: Side { documents: &reader, entries: &read },
        writer: Side { documents: &writer, entries: &written },
        seen: HashSet::new(),
    };
    Ok(comparison.all(vec![(0, 0)], 0))
}

#[derive(Clone, Copy)]
struct Side<'d, 'a> {
    documents: &'d Documents<'a>,
    entries: &'d [Entry<'a>],
}

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
}

/// Most alternatives tried inside alternatives.
const DEPTH_MAX: usize = 64;

impl Comparison<'_, '_> {
    /// Whether all pairs agree. Only alternatives recurse.
    fn all(&mut self, mut pairs: Pairs, depth: usize) -> bool {
        while let Some(pair) = pairs.pop() {
            if !self.seen.insert(pair) {
                continue;
            }
            match self.verdict(pair) {
                Verdict::Is(true) => {}
                Verdict::Is(false) => return false,
                Verdict::All(more) => pairs.extend(more),
                Verdict::One(alternatives) => {
                    let found = depth < DEPTH_MAX
                        && alternatives.into_iter().any(|pair| {
                            // What a failed alternative has taken for agreed is forgotten.
                            let seen = self.seen.clone();
                            let agrees = self.all(vec![pair], depth + 1);
                            if !agrees {
                                self.seen = seen;
                            }
                            agrees
                        });
                    if !found {
                        return false;
                    }
                }
            }
        }
        true
    }

    fn verdict(&self, (read, written): (Id, Id)) -> Verdict {
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
            _ if self.is_limited(read, written) => Verdict::Is(false),
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
    fn is_limited(&self, read: Id, written: Id) -> bool {
        let limit = |side: Side<'_, '_>, id: Id, name: &str| {
            let place = side.entries[id].place;
            let doc = side.documents.doc(place);
            match doc.node(place.node) {
                Node::Object { .. } => doc.member(place.node, name).map(|at| doc.raw(at).to_vec()),
                _ => None,
            }
        };
        LIMITS.iter().any(|name| {
            let wanted = limit(self.reader, read, name);
            wanted.is_some() && wanted != limit(self.writer, written, name)
        })
    }
}
