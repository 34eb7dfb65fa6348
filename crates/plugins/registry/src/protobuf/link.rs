//! Files put together: every type name resolved, what protobuf forbids refused.
//!
//! A [`Pool`] holds the messages and enums of a file and of all files that it imports, directly or not; imports come
//! from the registered references, else from the [well-known files](super::known). Files are found by name and visited
//! once, so imports in a circle cost nothing; a missing one matters only when a type of it is used. Names are looked
//! up from the innermost scope outwards, in all files of the pool.
//!
//! Invariants of a pool: type indexes lead somewhere; field numbers are positive and distinct within a message; names
//! are identifiers and distinct within their scope; enums have a value; `oneof` indexes lead somewhere. Fields are found
//! by name and by number, members by their oneof and symbols by name without a search: files have a hundred thousand.

use std::collections::{HashMap, HashSet, VecDeque};

use kconnect_api::{Exception, classes};

use super::file::{Enum, Field, File, Label, MapEntry, Message, Syntax, TypeName};
use super::scalar::Scalar;
use super::{known, names, parse};
use crate::bounds::Names;
use crate::format::Dependency;

/// Messages and enums of a file and its imports.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) package: Option<String>,
    messages: Vec<MessageType>,
    enums: Vec<EnumType>,
    names: HashMap<String, Symbol>,
    /// Of full names: what is inside a message or package has its name, too.
    bytes: Names,
    /// The file's own messages, in order.
    roots: Vec<usize>,
}

/// A message whose fields know their types.
#[derive(Debug)]
pub(super) struct MessageType {
    pub(super) name: String,
    pub(super) full_name: String,
    pub(super) package: Option<String>,
    pub(super) syntax: Syntax,
    pub(super) fields: Vec<FieldType>,
    /// Positions of fields, by name and by number.
    by_name: Order,
    by_number: Order,
    pub(super) oneofs: Vec<String>,
    /// Positions of the fields in each oneof.
    members: Vec<Vec<usize>>,
    pub(super) entry: MapEntry,
    /// Messages declared in it that count among the messages of the text.
    pub(super) nested: Vec<usize>,
}

/// A field.
#[derive(Debug)]
pub(super) struct FieldType {
    pub(super) field: Field,
    pub(super) kind: Kind,
    syntax: Syntax,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar(Scalar),
    Message(usize),
    Enum(usize),
}

/// An enum.
#[derive(Debug)]
pub(super) struct EnumType {
    pub(super) full_name: String,
    pub(super) syntax: Syntax,
    pub(super) declared: Enum,
    by_name: Order,
}

/// Positions in a list, in the order of what is searched for.
type Order = Box<[usize]>;

fn order<K: Ord>(len: usize, key: impl Fn(usize) -> K) -> Order {
    let mut order: Vec<usize> = (0..len).collect();
    // Of equal ones the first comes first.
    order.sort_by_key(|at| key(*at));
    order.into()
}

/// The first position whose key is `wanted`.
fn search<K: Ord>(order: &Order, wanted: K, key: impl Fn(usize) -> K) -> Option<usize> {
    let at = order.partition_point(|at| key(*at) < wanted);
    order.get(at).copied().filter(|at| key(*at) == wanted)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol {
    Message(usize),
    Enum(usize),
}

impl FieldType {
    pub(super) fn name(&self) -> &str {
        &self.field.name
    }

    pub(super) fn is_repeated(&self) -> bool {
        self.field.label == Label::Repeated
    }

    pub(super) fn is_required(&self) -> bool {
        self.field.label == Label::Required
    }

    /// Whether the text says `optional`: in proto2 also by what a scalar then means.
    pub(super) fn is_optional(&self) -> bool {
        match self.syntax {
            Syntax::Proto3 => self.field.label == Label::Optional,
            Syntax::Proto2 => {
                self.field.oneof.is_none() && matches!(self.field.label, Label::None | Label::Optional)
            }
        }
    }

    /// Whether a value that was set to the default differs from one that was not set.
    pub(super) fn has_presence(&self) -> bool {
        !self.is_repeated()
            && (self.syntax == Syntax::Proto2
                || self.field.oneof.is_some()
                || self.field.label == Label::Optional
                || matches!(self.kind, Kind::Message(_)))
    }

    pub(super) fn number(&self) -> u32 {
        self.field.number.unsigned_abs()
    }

    pub(super) fn syntax(&self) -> Syntax {
        self.syntax
    }
}

impl MessageType {
    pub(super) fn field(&self, name: &str) -> Option<&FieldType> {
        search(&self.by_name, name, |at| self.fields[at].name()).and_then(|at| self.fields.get(at))
    }

    pub(super) fn field_of_number(&self, number: u32) -> Option<&FieldType> {
        search(&self.by_number, number, |at| self.fields[at].number()).and_then(|at| self.fields.get(at))
    }

    /// The fields in a oneof, as declared.
    pub(super) fn members(&self, oneof: usize) -> impl Iterator<Item = &FieldType> {
        self.members.get(oneof).into_iter().flatten().filter_map(|at| self.fields.get(*at))
    }
}

impl EnumType {
    /// The number of a symbol.
    pub(super) fn number(&self, symbol: &str) -> Option<i32> {
        let values = &self.declared.values;
        let at = search(&self.by_name, symbol, |at| values[at].0.as_str())?;
        values.get(at).map(|(_, number)| *number)
    }
}

impl Pool {
    /// The pool of a registered text.
    pub(super) fn of_text(name: &str, text: &str, dependencies: &[Dependency]) -> Result<Self, Exception> {
        Self::link(parse::parse(name, text)?, dependencies)
    }

    /// The pool of a file of ours, which imports only well-known files.
    pub(super) fn of_file(file: File) -> Result<Self, Exception> {
        Self::link(file, &[])
    }

    fn link(main: File, dependencies: &[Dependency]) -> Result<Self, Exception> {
        let mut pool = Self {
            package: main.package.clone(),
            messages: Vec::new(),
            enums: Vec::new(),
            names: HashMap::new(),
            bytes: Names::default(),
            roots: Vec::new(),
        };
        let mut queue: VecDeque<String> = main.imports.iter().cloned().collect();
        pool.roots = pool.declare(main)?;
        let texts: HashMap<&str, &str> =
            dependencies.iter().map(|dependency| (&*dependency.name, &*dependency.text)).collect();
        let mut visited = HashSet::new();
        while let Some(name) = queue.pop_front() {
            if visited.contains(&name) {
                continue;
            }
            if let Some(text) = texts.get(&*name).copied().or_else(|| known::text(&name)) {
                let file = parse::parse(&name, text)?;
                queue.extend(file.imports.iter().cloned());
                pool.declare(file)?;
            }
            visited.insert(name);
        }
        pool.resolve()?;
        Ok(pool)
    }

    /// Adds the types of a file and returns the indexes of those messages that count.
    fn declare(&mut self, file: File) -> Result<Vec<usize>, Exception> {
        let scope = file.package.as_deref().map_or_else(String::new, |package| format!("{package}."));
        let context = Context { package: file.package, syntax: file.syntax };
        let mut roots = Vec::new();
        for message in file.messages {
            roots.push(self.declare_message(&context, &scope, message)?);
        }
        for found in file.enums {
            self.declare_enum(&context, &scope, found)?;
        }
        Ok(roots)
    }

    fn declare_message(
        &mut self,
        context: &Context,
        scope: &str,
        message: Message,
    ) -> Result<usize, Exception> {
        let full_name = format!("{scope}{}", message.name);
        let index = self.messages.len();
        self.name(&full_name, &message.name, Symbol::Message(index))?;
        check_fields(&full_name, &message)?;
        let inner = format!("{full_name}.");
        let typed = |field: Field| {
            let kind = match field.kind {
                TypeName::Scalar(scalar) => Kind::Scalar(scalar),
                // Found out once all types are declared.
                TypeName::Named(_) => Kind::Message(usize::MAX),
            };
            FieldType { field, kind, syntax: context.syntax }
        };
        let mut members = vec![Vec::new(); message.oneofs.len()];
        for (at, field) in message.fields.iter().enumerate() {
            if let Some(members) = field.oneof.and_then(|oneof| members.get_mut(oneof)) {
                members.push(at);
            }
        }
        let fields = &message.fields;
        self.messages.push(MessageType {
            by_name: order(fields.len(), |at| fields[at].name.as_str()),
            by_number: order(fields.len(), |at| fields[at].number),
            members,
            name: message.name,
            full_name,
            package: context.package.clone(),
            syntax: context.syntax,
            fields: message.fields.into_iter().map(typed).collect(),
            oneofs: message.oneofs,
            entry: message.entry,
            nested: Vec::new(),
        });
        let mut nested = Vec::new();
        for message in message.messages {
            let counts = message.entry != MapEntry::Generated;
            let index = self.declare_message(context, &inner, message)?;
            if counts {
                nested.push(index);
            }
        }
        self.messages[index].nested = nested;
        for found in message.enums {
            self.declare_enum(context, &inner, found)?;
        }
        Ok(index)
    }

    fn declare_enum(&mut self, context: &Context, scope: &str, declared: Enum) -> Result<(), Exception> {
        let full_name = format!("{scope}{}", declared.name);
        self.name(&full_name, &declared.name, Symbol::Enum(self.enums.len()))?;
        if declared.values.is_empty() {
            return Err(invalid(&full_name, "Enums must contain at least one value."));
        }
        let by_name = order(declared.values.len(), |at| declared.values[at].0.as_str());
        self.enums.push(EnumType { full_name, syntax: context.syntax, by_name, declared });
        Ok(())
    }

    fn name(&mut self, full_name: &str, name: &str, symbol: Symbol) -> Result<(), Exception> {
        if !names::is_identifier(name) {
            return Err(invalid(full_name, &format!("\"{name}\" is not a valid identifier.")));
        }
        self.bytes.add(full_name).map_err(|why| invalid(name, &why))?;
        if full_name.split('.').nth(PARTS_MAX).is_some() {
            return Err(invalid(full_name, &format!("its name has more than {PARTS_MAX} parts")));
        }
        match self.names.insert(full_name.to_owned(), symbol) {
            None => Ok(()),
            Some(_) => Err(invalid(full_name, &defined_twice(full_name, name))),
        }
    }

    /// Finds the types that fields name.
    fn resolve(&mut self) -> Result<(), Exception> {
        for message in 0..self.messages.len() {
            for field in 0..self.messages[message].fields.len() {
                let owner = &self.messages[message];
                let TypeName::Named(name) = &owner.fields[field].field.kind else { continue };
                let Some(symbol) = self.look_up(&owner.full_name, name) else {
                    let field_name = format!("{}.{}", owner.full_name, owner.fields[field].name());
                    return Err(invalid(&field_name, &format!("\"{name}\" is not defined.")));
                };
                self.messages[message].fields[field].kind = match symbol {
                    Symbol::Message(index) => Kind::Message(index),
                    Symbol::Enum(index) => Kind::Enum(index),
                };
            }
        }
        Ok(())
    }

    fn look_up(&self, scope: &str, name: &str) -> Option<Symbol> {
        if let Some(absolute) = name.strip_prefix('.') {
            return self.names.get(absolute).copied();
        }
        let mut candidate = format!("{scope}.{name}");
        let mut scope = scope;
        loop {
            if let Some(symbol) = self.names.get(&candidate) {
                return Some(*symbol);
            }
            let Some((outer, _)) = scope.rsplit_once('.') else {
                return self.names.get(name).copied();
            };
            scope = outer;
            candidate.truncate(outer.len());
            candidate.push('.');
            candidate.push_str(name);
        }
    }

    pub(super) fn message(&self, index: usize) -> &MessageType {
        &self.messages[index]
    }

    pub(super) fn enumeration(&self, index: usize) -> &EnumType {
        &self.enums[index]
    }

    /// The file's own messages.
    pub(super) fn roots(&self) -> &[usize] {
        &self.roots
    }

    /// The message called `full_name`.
    pub(super) fn find(&self, full_name: &str) -> Option<usize> {
        match self.names.get(full_name) {
            Some(Symbol::Message(index)) => Some(*index),
            _ => None,
        }
    }

    /// The message at a path of positions from the file's messages down; an empty path is the first message.
    pub(super) fn at(&self, path: &[i32]) -> Option<usize> {
        let path = if path.is_empty() { &[0] } else { path };
        let mut level = &self.roots;
        let mut found = None;
        for position in path {
            let index = *level.get(usize::try_from(*position).ok()?)?;
            level = &self.messages[index].nested;
            found = Some(index);
        }
        found
    }

    /// The path of the message called `full_name`. As upstream, which ignores parts that name no message (those of the
    /// package) and takes the first message when nothing fits.
    pub(super) fn path(&self, full_name: &str) -> Vec<i32> {
        let mut level = &self.roots;
        let mut path = Vec::new();
        for part in full_name.split('.') {
            if let Some(position) = level.iter().position(|index| self.messages[*index].name == part) {
                path.push(i32::try_from(position).unwrap_or(i32::MAX));
                level = &self.messages[level[position]].nested;
            }
        }
        if path.is_empty() { vec![0] } else { path }
    }
}

struct Context {
    package: Option<String>,
    syntax: Syntax,
}

/// Names and numbers of fields, and names of enum values, which lie beside the enum.
fn check_fields(full_name: &str, message: &Message) -> Result<(), Exception> {
    let mut taken = HashSet::new();
    let mut numbers: HashMap<i32, &str> = HashMap::new();
    for field in &message.fields {
        let field_name = || format!("{full_name}.{}", field.name);
        if !names::is_identifier(&field.name) {
            return Err(invalid(&field_name(), &format!("\"{}\" is not a valid identifier.", field.name)));
        }
        if field.number <= 0 {
            return Err(invalid(&field_name(), "Field numbers must be positive integers."));
        }
        if field.number > NUMBER_MAX {
            return Err(invalid(&field_name(), &format!("Field numbers must be at most {NUMBER_MAX}.")));
        }
        if field.oneof.is_some_and(|oneof| oneof >= message.oneofs.len()) {
            return Err(invalid(&field_name(), "FieldDescriptorProto.oneof_index is out of range for type."));
        }
        if !taken.insert(&*field.name) {
            return Err(invalid(&field_name(), &defined_twice(&field_name(), &field.name)));
        }
        if let Some(other) = numbers.insert(field.number, &field.name) {
            return Err(invalid(
                &field_name(),
                &format!(
                    "Field number {} has already been used in \"{full_name}\" by field \"{other}\".",
                    field.number
                ),
            ));
        }
    }
    let nested = message.messages.iter().map(|nested| &nested.name);
    let values = message.enums.iter().flat_map(|found| found.values.iter().map(|(name, _)| name));
    for name in nested.chain(message.enums.iter().map(|found| &found.name)).chain(values) {
        if !taken.insert(name) {
            let twice = format!("{full_name}.{name}");
            return Err(invalid(&twice, &defined_twice(&twice, name)));
        }
    }
    Ok(())
}

/// Parts of a full name: a type is looked for in each of the scopes around it.
const PARTS_MAX: usize = 100;
/// The largest number that fits a tag.
const NUMBER_MAX: i32 = (1 << 29) - 1;

fn defined_twice(full_name: &str, name: &str) -> String {
    match full_name.len().checked_sub(name.len() + 1).and_then(|end| full_name.get(..end)) {
        Some(scope) => format!("\"{name}\" is already defined in \"{scope}\"."),
        None => format!("\"{name}\" is already defined."),
    }
}

/// What upstream says of a schema that protobuf forbids.
pub(super) fn invalid(full_name: &str, why: &str) -> Exception {
    let cause = Exception::new(
        "com.google.protobuf.Descriptors$DescriptorValidationException",
        format!("{full_name}: {why}"),
    );
    let message = format!("Invalid protobuf schema definition: {full_name}: {why}");
    Exception::new(classes::ILLEGAL_ARGUMENT, message).caused_by(cause)
}
