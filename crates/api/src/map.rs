//! Maps in the order in which Java iterates over them.
//!
//! A [`MapValue`] is insertion-ordered (`LinkedHashMap`) or hash-ordered (`HashMap`). Java's `HashMap` walks its
//! buckets in order and each bucket in order of insertion; doubling the table splits buckets and keeps that order. So
//! its iteration order is a stable sort by bucket of the order of insertion, and all that must be remembered is the
//! number of buckets, and the hash of each key.
//! (Buckets that Java turned into trees, from 8 keys of one bucket on, are not imitated.)
//!
//! Invariant: fewer than [`MANY`] entries lie in iteration order. Of more, entries of one bucket lie in the order of their
//! insertion; the walk over all is made when somebody iterates, and they are found through an index, so that no use is
//! quadratic.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use crate::java_hash::string_hash;
use crate::{Value, java_hash};

/// A map of values.
#[derive(Clone, Debug, Default)]
pub struct MapValue {
    entries: Vec<Entry>,
    order: Order,
    index: Option<Box<Index>>,
}

#[derive(Clone, Debug)]
struct Entry {
    key: Value,
    value: Value,
    /// Java's `HashMap.hash` of the key.
    hash: u32,
}

#[derive(Clone, Debug, Default)]
enum Order {
    #[default]
    Inserted,
    Hashed {
        /// Number of buckets, a power of two; 0 until the first insertion.
        buckets: u32,
        /// Positions of [`MANY`] entries or more in iteration order; empty when they lie in it already.
        walk: OnceLock<Box<[u32]>>,
    },
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

/// Positions by hash. Keys with one hash share a list: the hash is keyed, so nobody can make it long.
#[derive(Clone, Debug, Default)]
struct Index {
    hasher: RandomState,
    positions: HashMap<u64, Vec<u32>>,
}

/// From this many entries on, there is an index.
const MANY: usize = 16;
/// Buckets of Java's `new HashMap()`.
const DEFAULT_BUCKETS: u32 = 16;
const MAX_BUCKETS: u32 = 1 << 30;

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
        Self { order: Order::Hashed { buckets, walk: OnceLock::new() }, ..Self::default() }
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
        self.lie_in_order();
        self.order = Order::Hashed { buckets: buckets_of_copy(self.len()), walk: OnceLock::new() };
        self.sort_few();
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
        self.lie_in_order();
        let (mut failed, mut renamed) = (None, false);
        self.entries.retain_mut(|entry| match fate(&entry.key) {
            Ok(Fate::Keep) => true,
            Ok(Fate::Drop) => false,
            Ok(Fate::Rename(key)) => {
                entry.hash = spread(&key);
                entry.key = key;
                renamed = true;
                true
            }
            Err(error) => {
                failed.get_or_insert(error);
                true
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        let buckets = buckets_for(capacity);
        if renamed || self.entries.len() >= MANY {
            // Keys may have met.
            let entries = std::mem::take(&mut self.entries);
            *self = Self::hashed_buckets(buckets);
            self.entries.reserve(entries.len());
            entries.into_iter().for_each(|entry| _ = self.put(entry));
            return Ok(());
        }
        self.index = None;
        self.order = Order::Hashed { buckets: grown(buckets, self.entries.len()), walk: OnceLock::new() };
        self.sort_few();
        Ok(())
    }

    /// The entries in iteration order.
    #[must_use]
    pub fn into_entries(mut self) -> Vec<(Value, Value)> {
        self.lie_in_order();
        self.entries.into_iter().map(|entry| (entry.key, entry.value)).collect()
    }

    /// Whether the order is that of a Java `HashMap`.
    #[must_use]
    pub fn is_hash_ordered(&self) -> bool {
        matches!(self.order, Order::Hashed { .. })
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        self.find(key).map(|at| &self.entries[at].value)
    }

    /// The value of `key`, to be changed.
    pub fn get_mut(&mut self, key: &Value) -> Option<&mut Value> {
        self.find(key).map(|at| &mut self.entries[at].value)
    }

    /// The value of the STRING key `key`.
    #[must_use]
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        match &self.index {
            None => self.entries.iter().find(|entry| is_text(&entry.key, key)).map(|entry| &entry.value),
            Some(_) => self.get(&Value::from(key)),
        }
    }

    /// Whether there is a value for `key`.
    #[must_use]
    pub fn contains_key(&self, key: &Value) -> bool {
        self.find(key).is_some()
    }

    /// Puts `value` under `key` and returns what was there; an existing key keeps its place.
    pub fn insert(&mut self, key: Value, value: Value) -> Option<Value> {
        let hash = spread(&key);
        self.put(Entry { key, value, hash })
    }

    fn put(&mut self, entry: Entry) -> Option<Value> {
        let known = match &self.index {
            None => self.entries.iter().position(|known| known.hash == entry.hash && known.key == entry.key),
            Some(_) => self.find(&entry.key),
        };
        if let Some(at) = known {
            return Some(std::mem::replace(&mut self.entries[at].value, entry.value));
        }
        let len = self.entries.len() + 1;
        if let Some(index) = &mut self.index {
            index.add(&entry.key, self.entries.len());
        }
        match &mut self.order {
            Order::Inserted => self.entries.push(entry),
            Order::Hashed { buckets, walk } => {
                let before = if *buckets == 0 { DEFAULT_BUCKETS } else { *buckets };
                *buckets = grown(before, len);
                if len >= MANY {
                    *walk = OnceLock::new();
                    self.entries.push(entry);
                } else {
                    let (mask, resized) = (before - 1, *buckets != before);
                    let place = entry.hash & mask;
                    let earlier = self.entries.iter().rposition(|known| known.hash & mask <= place);
                    self.entries.insert(earlier.map_or(0, |at| at + 1), entry);
                    if resized {
                        self.sort_few();
                    }
                }
            }
        }
        if self.index.is_none() && len >= MANY {
            self.reindex();
        }
        None
    }

    /// Removes `key`. Linear in the number of entries; to drop many, use [`MapValue::retain`].
    pub fn remove(&mut self, key: &Value) -> Option<Value> {
        let at = self.find(key)?;
        let removed = self.entries.remove(at);
        self.removed();
        Some(removed.value)
    }

    /// Keeps only entries for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&Value, &Value) -> bool) {
        self.entries.retain(|entry| keep(&entry.key, &entry.value));
        self.removed();
    }

    fn removed(&mut self) {
        if let Order::Hashed { walk, .. } = &mut self.order {
            *walk = OnceLock::new();
        }
        if self.index.is_some() {
            self.sort_few();
            self.reindex();
        }
    }

    /// Entries in iteration order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { map: self, walk: self.walk(), at: 0 }
    }

    /// Entries in any order, to change values.
    pub fn for_each_value(&mut self, mut change: impl FnMut(&Value, &mut Value)) {
        for entry in &mut self.entries {
            change(&entry.key, &mut entry.value);
        }
    }

    fn walk(&self) -> &[u32] {
        let Order::Hashed { buckets, walk } = &self.order else {
            return &[];
        };
        if self.entries.len() < MANY {
            return &[];
        }
        walk.get_or_init(|| {
            let mask = buckets.saturating_sub(1);
            let places = self.entries.iter().map(|entry| entry.hash & mask);
            let mut order: Vec<(u32, u32)> = places.zip(0..).collect();
            if order.is_sorted() {
                return Box::default();
            }
            order.sort_unstable();
            order.into_iter().map(|(_, at)| at).collect()
        })
    }

    /// Brings many entries into iteration order; few lie in it.
    fn lie_in_order(&mut self) {
        let walk: Vec<u32> = self.walk().to_vec();
        if walk.is_empty() {
            return;
        }
        let mut old: Vec<Option<Entry>> = std::mem::take(&mut self.entries).into_iter().map(Some).collect();
        self.entries = walk.into_iter().filter_map(|at| old[at as usize].take()).collect();
        self.order = match self.order {
            Order::Hashed { buckets, .. } => Order::Hashed { buckets, walk: OnceLock::new() },
            Order::Inserted => Order::Inserted,
        };
        self.reindex();
    }

    /// Brings fewer than [`MANY`] entries into iteration order.
    fn sort_few(&mut self) {
        if let Order::Hashed { buckets, .. } = self.order
            && self.entries.len() < MANY
        {
            let mask = buckets.saturating_sub(1);
            self.entries.sort_by_key(|entry| entry.hash & mask);
        }
    }

    fn find(&self, key: &Value) -> Option<usize> {
        match &self.index {
            None => self.entries.iter().position(|known| known.key == *key),
            Some(index) => {
                let same = |&&at: &&u32| self.entries[at as usize].key == *key;
                index.positions.get(&index.hash(key))?.iter().find(same).map(|&at| at as usize)
            }
        }
    }

    fn reindex(&mut self) {
        self.index = None;
        if self.entries.len() >= MANY {
            let mut index = Index::default();
            for (at, entry) in self.entries.iter().enumerate() {
                index.add(&entry.key, at);
            }
            self.index = Some(Box::new(index));
        }
    }
}

/// The order in which a Java `HashMap` walks over `keys`, which were put into it one after another: their positions.
/// Keys are distinct.
#[must_use]
pub fn hash_order<'a>(keys: impl ExactSizeIterator<Item = &'a str>) -> Vec<usize> {
    let mask = grown(DEFAULT_BUCKETS, keys.len()) - 1;
    let mut order: Vec<(u32, usize)> =
        keys.enumerate().map(|(at, key)| (spread_hash(string_hash(key)) & mask, at)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, at)| at).collect()
}

/// Buckets of Java's `new HashMap(capacity)`.
fn buckets_for(capacity: u32) -> u32 {
    capacity.clamp(1, MAX_BUCKETS).next_power_of_two()
}

/// Buckets after as many entries were put into a table of `buckets`.
fn grown(mut buckets: u32, len: usize) -> u32 {
    while len as u64 * 4 > u64::from(buckets) * 3 && buckets < MAX_BUCKETS {
        buckets *= 2;
    }
    buckets
}

/// Buckets of Java's `new HashMap(map)`; of an empty map it has no table yet.
fn buckets_of_copy(len: usize) -> u32 {
    match len {
        0 => 0,
        _ => u32::try_from((len as u64 * 4).div_ceil(3))
            .unwrap_or(MAX_BUCKETS)
            .clamp(1, MAX_BUCKETS)
            .next_power_of_two(),
    }
}

fn is_text(value: &Value, text: &str) -> bool {
    matches!(value, Value::String(known) if known.wtf8() == text.as_bytes())
}

/// Java's `HashMap.hash`.
fn spread(key: &Value) -> u32 {
    spread_hash(java_hash(key))
}

fn spread_hash(hash: i32) -> u32 {
    let hash = hash as u32;
    hash ^ (hash >> 16)
}

impl Index {
    fn hash(&self, key: &Value) -> u64 {
        self.hasher.hash_one(key)
    }

    fn add(&mut self, key: &Value, at: usize) {
        let at = u32::try_from(at).expect("fewer than 2^32 entries fit into memory");
        self.positions.entry(self.hash(key)).or_default().push(at);
    }
}

/// Entries of a [`MapValue`] in iteration order.
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    map: &'a MapValue,
    walk: &'a [u32],
    at: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Value, &'a Value);
    fn next(&mut self) -> Option<Self::Item> {
        let at = if self.walk.is_empty() { self.at } else { *self.walk.get(self.at)? as usize };
        let entry = self.map.entries.get(at)?;
        self.at += 1;
        Some((&entry.key, &entry.value))
    }
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.map.len() - self.at;
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
        let sum = self.entries.iter().fold(0u64, |sum, entry| {
            let mut hasher = DefaultHasher::new();
            (&entry.key, &entry.value).hash(&mut hasher);
            sum.wrapping_add(hasher.finish())
        });
        state.write_u64(sum);
    }
}
