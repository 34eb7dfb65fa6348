//! A `.proto` file as its text says it: nothing is resolved.
//!
//! Both ways meet here: a Connect schema becomes a [`File`] that is printed, and a registered text becomes a [`File`]
//! that is linked. Only what matters to data is kept; comments, services and most options are not.

use super::scalar::Scalar;

/// The language of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    Proto2,
    Proto3,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) package: Option<String>,
    pub(super) syntax: Syntax,
    pub(super) imports: Vec<String>,
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
}

/// Whether a message stands for the entries of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum MapEntry {
    #[default]
    No,
    /// It is written in the text, with the option `map_entry`; it counts among the messages.
    Written,
    /// It is what `map<…>` stands for; it does not count among the messages.
    Generated,
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    /// Names of the oneofs, without those that stand for `optional`.
    pub(super) oneofs: Vec<String>,
    pub(super) messages: Vec<Message>,
    pub(super) enums: Vec<Enum>,
    pub(super) entry: MapEntry,
}

/// The word before a field's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    None,
    Optional,
    Required,
    Repeated,
}

/// A field's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TypeName {
    Scalar(Scalar),
    /// A message or an enum, as the text spells it.
    Named(String),
}

impl TypeName {
    /// The type that `word` names in a text.
    pub(super) fn of_word(word: &str) -> Self {
        Scalar::of_keyword(word).map_or_else(|| Self::Named(word.to_owned()), Self::Scalar)
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Scalar(scalar) => scalar.keyword(),
            Self::Named(name) => name,
        }
    }
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) number: i32,
    pub(super) label: Label,
    pub(super) kind: TypeName,
    /// Position among the message's oneofs.
    pub(super) oneof: Option<usize>,
    /// The default of proto2, as descriptors spell it.
    pub(super) default: Option<String>,
    /// `params` of the option `confluent.field_meta`, in order.
    pub(super) params: Vec<(String, String)>,
}

impl Field {
    pub(super) fn param(&self, key: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == key).map(|(_, value)| &**value)
    }
}

/// An enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) values: Vec<(String, i32)>,
}
