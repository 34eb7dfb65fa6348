//! Source partitions and source offsets: the string-keyed maps of primitives that Connect stores for a source.
//!
//! Most sources count with one number; [`SourceOffset::Position`] holds it inline, so a row costs no allocation.
//! Both forms mean the same stored object `{"<key>": <number>}`.

use std::fmt;
use std::sync::Arc;

use crate::{Topic, Value};

/// A string-keyed map of primitive values, in the order in which it is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectMap(Vec<(Arc<str>, Value)>);

impl ObjectMap {
    /// Builds a map from its entries, in their order.
    pub fn new<K: Into<Arc<str>>>(entries: impl IntoIterator<Item = (K, Value)>) -> Self {
        Self(entries.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(k, _)| &**k == key).map(|(_, v)| v)
    }

    /// Entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Value)> {
        self.0.iter().map(|(k, v)| (k, v))
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for ObjectMap {
    /// Java's `toString` of the map.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (at, (key, value)) in self.iter().enumerate() {
            write!(f, "{}{key}={}", if at > 0 { ", " } else { "" }, value.to_java_string())?;
        }
        f.write_str("}")
    }
}

/// Which part of a source a row comes from (a file, a table); shared by all its rows.
pub type SourcePartition = Arc<ObjectMap>;

/// Where in its source partition the reading goes on after a row.
#[derive(Clone, Debug, Default)]
pub enum SourceOffset {
    /// The source keeps no offsets (standard input).
    #[default]
    None,
    /// `{key: position}`, inline.
    Position {
        /// The key, e.g. `position`.
        key: &'static str,
        /// The position after the row.
        position: i64,
    },
    /// Any other map.
    Map(Arc<ObjectMap>),
}

impl SourceOffset {
    /// The stored object; `None` for [`SourceOffset::None`].
    #[must_use]
    pub fn to_map(&self) -> Option<ObjectMap> {
        match self {
            Self::None => None,
            Self::Position { key, position } => Some(ObjectMap::new([(*key, Value::Int64(*position))])),
            Self::Map(map) => Some((**map).clone()),
        }
    }
}

impl PartialEq for SourceOffset {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Position { key: a, position: x }, Self::Position { key: b, position: y }) => {
                a == b && x == y
            }
            _ => self.to_map() == other.to_map(),
        }
    }
}

/// One entry of a request to change stored offsets (KIP-875).
#[derive(Clone, Debug, PartialEq)]
pub enum OffsetChange {
    /// A source partition; an offset of `None` removes it. Either may be JSON `null`.
    Source {
        /// The partition as given.
        partition: Option<ObjectMap>,
        /// The new offset.
        offset: Option<ObjectMap>,
    },
    /// A partition of a sink; `None` removes the group's offset.
    Sink {
        /// The topic.
        topic: Topic,
        /// The partition.
        partition: i32,
        /// The next offset to consume.
        offset: Option<i64>,
    },
}

/// All entries of one request.
pub type OffsetChanges = Vec<OffsetChange>;
