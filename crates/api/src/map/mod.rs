//! Maps in the order in which Java iterates over them.
//!
//! A [`MapValue`] is insertion-ordered (`LinkedHashMap`) or hash-ordered (`HashMap`). Java's `HashMap` walks its
//! buckets in order and each bucket in order of insertion; doubling the table splits buckets and keeps that order. So
//! its iteration order is a stable sort by bucket of the order of insertion, and all that must be remembered is the
//! number of buckets, and the hash of each key.
//! (Buckets that Java turned into trees, from 8 keys of one bucket on, are not imitated.)
//!
//! Records mostly bring the same keys. Maps made by one [`MapLayout`] share their keys, and a [`KeyChange`] remembers what
//! it makes of them, so that such a map costs no more than its values.
//!
//! - `keys.rs`: keys, their order and their index
//! - `java.rs`: hashes and table sizes
//! - `layout.rs`, `change.rs`: shared keys and their changes

mod change;
mod java;
mod keys;
mod layout;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::Value;
pub use change::{KeyChange, Places};
pub use java::hash_order;
use java::{buckets_for, buckets_of_copy, grown};
use keys::{Key, KeySet, MANY, Order};
pub use layout::MapLayout;

/// A map of values.
#[derive(Clone, Debug, Default)]
pub struct MapValue {
    keys: Keys,
    /// At the positions of their keys.
    values: Vec<Value>,
}

/// Keys of one map, or of many.
#[derive(Clone, Debug)]
enum Keys {
    Own(KeySet),
    Common(Arc<KeySet>),
}

impl Default for Keys {
    fn default() -> Self {
        Self::Own(KeySet::default())
    }
}

impl Keys {
    fn set(&self) -> &KeySet {
        match self {
            Self::Own(keys) => keys,
            Self::Common(keys) => keys,
        }
    }

    /// The keys, to be changed: those of others are copied.
    fn own(&mut self) -> &mut KeySet {
        if let Self::Common(keys) = self {
            *self = Self::Own(KeySet::clone(keys));
        }
        match self {
            Self::Own(keys) => keys,
            Self::Common(_) => unreachable!("made own above"),
        }
    }

    fn into_common(self) -> Arc<KeySet> {
        match self {
            Self::Own(keys) => Arc::new(keys),
            Self::Common(keys) => keys,
        }
    }
}

/// What [`MapValue::put_over`] does with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays under its key.
    Keep,
    /// It goes.
    Drop,
    /// It gets this key.
    Rename(Value),
}

impl MapValue {
    /// An empty map in insertion order.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty map in the order of Java's `new HashMap()`.
    #[must_use]
    pub fn hashed() -> Self {
        Self::hashed_buckets(0)
    }

    /// An empty map in the order of Java's `new HashMap(capacity)`.
    #[must_use]
    pub fn hashed_with_capacity(capacity: u32) -> Self {
        Self::hashed_buckets(buckets_for(capacity))
    }

    fn hashed_buckets(buckets: u32) -> Self {
        Self { keys: Keys::Own(KeySet::hashed(buckets)), values: Vec::new() }
    }

    /// The order of Java's `new HashMap(map)`, in the table size of JDK 19 and later.
    #[must_use]
    pub fn hashed_copy(map: &MapValue) -> Self {
        let mut copy = map.clone();
        copy.become_hashed();
        copy
    }

    /// Takes the order of [`MapValue::hashed_copy`] itself.
    pub fn become_hashed(&mut self) {
        let buckets = buckets_of_copy(self.len());
        if self.keys.set().lie_hashed(buckets) {
            return;
        }
        let keys = self.keys.own();
        keys.lie_in_order(&mut self.values);
        keys.order = Order::hashed(buckets);
        keys.sort_few(&mut self.values);
    }

    /// As if the entries were put one after another into Java's `new HashMap(capacity)`, each under the key that `fate`
    /// says, or not at all.
    ///
    /// # Errors
    /// What `fate` says; the map is then in no particular state.
    pub fn put_over<E>(
        &mut self,
        capacity: u32,
        mut fate: impl FnMut(&Value) -> Result<Fate, E>,
    ) -> Result<(), E> {
        let keys = self.keys.own();
        keys.lie_in_order(&mut self.values);
        let (mut failed, mut renamed) = (None, false);
        Self::retain_in(keys, &mut self.values, |key, _| match fate(&key.key) {
            Ok(Fate::Keep) => true,
            Ok(Fate::Drop) => false,
            Ok(Fate::Rename(new)) => {
                *key = Key::new(new);
                renamed = true;
                true
            }
            Err(error) => {
                failed.get_or_insert(error);
                true
            }
        });
        if let Some(error) = failed {
            keys.reindex();
            return Err(error);
        }
        let buckets = buckets_for(capacity);
        if renamed || keys.len() >= MANY {
            // Keys may have met.
            let (old, values) = (std::mem::take(&mut keys.keys), std::mem::take(&mut self.values));
            *self = Self::hashed_buckets(buckets);
            self.keys.own().keys.reserve(old.len());
            self.values.reserve(old.len());
            old.into_iter().zip(values).for_each(|(key, value)| _ = self.put(key, value));
            return Ok(());
        }
        keys.order = Order::hashed(grown(buckets, keys.len()));
        keys.reindex();
        keys.sort_few(&mut self.values);
        Ok(())
    }

    /// The entries in iteration order.
    #[must_use]
    pub fn into_entries(mut self) -> Vec<(Value, Value)> {
        let keys = self.keys.own();
        keys.lie_in_order(&mut self.values);
        std::mem::take(&mut keys.keys).into_iter().map(|key| key.key).zip(self.values).collect()
    }

    /// Whether the order is that of a Java `HashMap`.
    #[must_use]
    pub fn is_hash_ordered(&self) -> bool {
        matches!(self.keys.set().order, Order::Hashed { .. })
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.keys.set().find(key).map(|at| &self.values[at])
    }

    /// The value of `key`, to be changed.
    pub fn get_mut(&mut self, key: &Value) -> Option<&mut Value> {
        self.keys.set().find(key).map(|at| &mut self.values[at])
    }

    /// The value of the STRING key `key`.
    #[must_use]
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        self.keys.set().find_text(key).map(|at| &self.values[at])
    }

    /// Whether there is a value for `key`.
    #[must_use]
    pub fn contains_key(&self, key: &Value) -> bool {
        self.keys.set().find(key).is_some()
    }

    /// Puts `value` under `key` and returns what was there; an existing key keeps its place.
    pub fn insert(&mut self, key: Value, value: Value) -> Option<Value> {
        self.put(Key::new(key), value)
    }

    fn put(&mut self, key: Key, value: Value) -> Option<Value> {
        if let Some(at) = self.keys.set().find_key(&key) {
            return Some(std::mem::replace(&mut self.values[at], value));
        }
        let keys = self.keys.own();
        let (at, grew) = keys.add(key);
        self.values.insert(at, value);
        if grew {
            keys.sort_few(&mut self.values);
        }
        None
    }

    /// Removes `key`. Linear in the number of entries; to drop many, use [`MapValue::retain`].
    pub fn remove(&mut self, key: &Value) -> Option<Value> {
        let at = self.keys.set().find(key)?;
        let keys = self.keys.own();
        keys.keys.remove(at);
        let removed = self.values.remove(at);
        keys.removed(&mut self.values);
        Some(removed)
    }

    /// Keeps only entries for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&Value, &Value) -> bool) {
        let keys = self.keys.own();
        Self::retain_in(keys, &mut self.values, |key, value| keep(&key.key, value));
        keys.removed(&mut self.values);
    }

    /// Keeps some entries, in their order; the rest of what depends on the keys is the caller's.
    fn retain_in(keys: &mut KeySet, values: &mut Vec<Value>, mut keep: impl FnMut(&mut Key, &Value) -> bool) {
        let mut kept = 0;
        for at in 0..values.len() {
            if keep(&mut keys.keys[at], &values[at]) {
                keys.keys.swap(kept, at);
                values.swap(kept, at);
                kept += 1;
            }
        }
        keys.keys.truncate(kept);
        values.truncate(kept);
    }

    /// Entries in iteration order.
    pub fn iter(&self) -> Iter<'_> {
        let keys = self.keys.set();
        Iter { keys: &keys.keys, values: &self.values, walk: keys.walk(), at: 0 }
    }

    /// Entries in any order, to change values.
    pub fn for_each_value(&mut self, mut change: impl FnMut(&Value, &mut Value)) {
        for (key, value) in self.keys.set().keys.iter().zip(&mut self.values) {
            change(&key.key, value);
        }
    }
}

/// Entries of a [`MapValue`] in iteration order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    keys: &'a [Key],
    values: &'a [Value],
    walk: &'a [u32],
    at: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Value, &'a Value);
    fn next(&mut self) -> Option<Self::Item> {
        let at = if self.walk.is_empty() { self.at } else { *self.walk.get(self.at)? as usize };
        let entry = (&self.keys.get(at)?.key, self.values.get(at)?);
        self.at += 1;
        Some(entry)
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.values.len() - self.at;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl<'a> IntoIterator for &'a MapValue {
    type Item = (&'a Value, &'a Value);
    type IntoIter = Iter<'a>;
    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// In insertion order.
impl FromIterator<(Value, Value)> for MapValue {
    fn from_iter<I: IntoIterator<Item = (Value, Value)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

impl PartialEq for MapValue {
    /// As in Java: the order of entries does not count.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(k, v)| other.get(k) == Some(v))
    }
}

impl Eq for MapValue {}

impl Hash for MapValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let sum = self.iter().fold(0u64, |sum, entry| {
            let mut hasher = DefaultHasher::new();
            entry.hash(&mut hasher);
            sum.wrapping_add(hasher.finish())
        });
        state.write_u64(sum);
    }
}
