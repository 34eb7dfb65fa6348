//! Whether values written with one schema can be read with another: the registry's rules for Protobuf, backward.
//!
//! Fields are compared by number across a message, whatever oneof they are in: what was written must still be read as
//! the same kind of number, text or message, fields may come and go (not required ones, nor single members of a
//! oneof), and fields that could be set together must not exclude each other now.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::file::{Label, MapEntry};
use super::link::{FieldType, Kind, MessageType, Pool};
use super::names;
use super::scalar::Scalar;

/// Whether what was written as `old` can be read as `new`.
pub(super) fn is_compatible(old: &Pool, new: &Pool) -> bool {
    let mut comparison = Comparison { old, new, done: HashSet::new() };
    old.package == new.package && comparison.messages(old.roots(), new.roots())
}

struct Comparison<'p> {
    old: &'p Pool,
    new: &'p Pool,
    /// Pairs of messages that were compared or are being compared.
    done: HashSet<(usize, usize)>,
}

impl Comparison<'_> {
    /// Each message must still be there; entries of maps are compared with their fields.
    fn messages(&mut self, old: &[usize], new: &[usize]) -> bool {
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        for index in new {
            by_name.entry(&self.new.message(*index).name).or_insert(*index);
        }
        old.iter().all(|index| {
            let message = self.old.message(*index);
            match by_name.get(&*message.name) {
                Some(other) => self.message(*index, *other),
                None => is_map(message),
            }
        })
    }

    fn message(&mut self, old: usize, new: usize) -> bool {
        if !self.done.insert((old, new)) || self.done.len() > PAIRS_MAX {
            return true;
        }
        let (a, b) = (self.old.message(old), self.new.message(new));
        let fields: BTreeMap<u32, (Option<&FieldType>, Option<&FieldType>)> = pair(a, b);
        let gone = gone(a, b);
        !is_newly_exclusive(a, b)
            && fields.values().all(|(before, now)| self.field(&gone, *before, *now))
            && self.messages(&a.nested, &b.nested)
    }

    fn field(&mut self, gone: &[bool], old: Option<&FieldType>, new: Option<&FieldType>) -> bool {
        match (old, new) {
            (Some(old), Some(new)) => self.types(old, new),
            (Some(old), None) => match old.field.oneof {
                Some(oneof) => gone.get(oneof).copied().unwrap_or_default(),
                None => !old.is_required(),
            },
            (None, Some(new)) => new.field.oneof.is_some() || !new.is_required(),
            (None, None) => true,
        }
    }

    fn types(&mut self, old: &FieldType, new: &FieldType) -> bool {
        match (old.kind, new.kind) {
            (Kind::Message(a), Kind::Message(b)) => {
                let (first, second) = (self.old.message(a), self.new.message(b));
                match (is_map(first), is_map(second)) {
                    (true, true) => {
                        first.fields.iter().zip(&second.fields).all(|(before, now)| self.types(before, now))
                    }
                    (false, false) => local_name(first) == local_name(second) && self.message(a, b),
                    _ => false,
                }
            }
            (Kind::Message(_), _) | (_, Kind::Message(_)) => false,
            (a, b) => {
                let (group, other) = (group(a), group(b));
                group == other && (group == Group::Text || same_label(old, new))
            }
        }
    }
}

/// More pairs of messages are not compared; a file has never so many.
const PAIRS_MAX: usize = 100_000;

fn pair<'m>(
    a: &'m MessageType,
    b: &'m MessageType,
) -> BTreeMap<u32, (Option<&'m FieldType>, Option<&'m FieldType>)> {
    let mut fields: BTreeMap<u32, (Option<&FieldType>, Option<&FieldType>)> = BTreeMap::new();
    for field in &a.fields {
        fields.entry(field.number()).or_default().0 = Some(field);
    }
    for field in &b.fields {
        fields.entry(field.number()).or_default().1 = Some(field);
    }
    fields
}

/// Numbers of one group are read as one another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Number,
    Signed,
    Text,
    Fixed32,
    Fixed64,
    Float,
    Double,
}

fn group(kind: Kind) -> Group {
    match kind {
        Kind::Scalar(Scalar::Sint32 | Scalar::Sint64) => Group::Signed,
        Kind::Scalar(Scalar::String | Scalar::Bytes) => Group::Text,
        Kind::Scalar(Scalar::Fixed32 | Scalar::Sfixed32) => Group::Fixed32,
        Kind::Scalar(Scalar::Fixed64 | Scalar::Sfixed64) => Group::Fixed64,
        Kind::Scalar(Scalar::Float) => Group::Float,
        Kind::Scalar(Scalar::Double) => Group::Double,
        _ => Group::Number,
    }
}

/// Labels count only when both texts have one.
fn same_label(old: &FieldType, new: &FieldType) -> bool {
    let (a, b) = (old.field.label, new.field.label);
    a == Label::None || b == Label::None || a == b
}

/// For each oneof, whether none of its members is left, nor the oneof.
fn gone(old: &MessageType, new: &MessageType) -> Vec<bool> {
    let names: HashSet<&String> = new.oneofs.iter().collect();
    let is_left = |field: &FieldType| new.field_of_number(field.number()).is_some();
    let oneofs = old.oneofs.iter().enumerate();
    oneofs.map(|(oneof, name)| !names.contains(name) && !old.members(oneof).any(is_left)).collect()
}

/// Whether fields that could be set together are now in one oneof.
fn is_newly_exclusive(old: &MessageType, new: &MessageType) -> bool {
    (0..new.oneofs.len()).any(|oneof| {
        let origins: HashSet<Result<usize, u32>> = new
            .members(oneof)
            .filter_map(|field| old.field_of_number(field.number()))
            .map(|field| field.field.oneof.ok_or(field.number()))
            .collect();
        origins.len() > 1
    })
}

fn is_map(message: &MessageType) -> bool {
    message.entry != MapEntry::No
        && message.name.ends_with(names::ENTRY)
        && matches!(message.fields.as_slice(), [key, value] if key.name() == "key" && value.name() == "value")
}

fn local_name(message: &MessageType) -> &str {
    match &message.package {
        Some(package) => message
            .full_name
            .strip_prefix(&**package)
            .and_then(|rest| rest.strip_prefix('.'))
            .unwrap_or(&message.full_name),
        None => &message.full_name,
    }
}
