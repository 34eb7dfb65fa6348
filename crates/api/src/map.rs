//! Maps in the order in which Java iterates over them.
//!
//! A [`MapValue`] is insertion-ordered (`LinkedHashMap`) or hash-ordered (`HashMap`). Java's `HashMap` walks its
//! buckets in order and each bucket in order of insertion; doubling the table splits buckets and keeps that order. So
//! its iteration order is a stable sort by bucket of the order of insertion, and all that must be remembered is the
//! number of buckets. Few entries are searched in order, many through an index, so that no use is quadratic.
//! (Buckets that Java turned into trees, from 8 keys of one bucket on, are not imitated.)

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use crate::java_hash::string_hash;
use crate::{Value, java_hash};

/// A map of values.
#[derive(Clone, Debug, Default)]
pub struct MapValue {
    /// In order of insertion; within one bucket of a hash-ordered map, at least.
    entries: Vec<(Value, Value)>,
    order: Order,
    index: Option<Box<Index>>,
}

#[derive(Clone, Debug, Default)]
enum Order {
    #[default]
    Inserted,
    Hashed {
        /// Number of buckets, a power of two; 0 until the first insertion.
        buckets: u32,
        /// Positions in iteration order, made when somebody iterates and empty when the entries lie in it already.
        walk: OnceLock<Box<[u32]>>,
    },
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
        Self::hashed_buckets(capacity.clamp(1, MAX_BUCKETS).next_power_of_two())
    }

    fn hashed_buckets(buckets: u32) -> Self {
        Self { order: Order::Hashed { buckets, walk: OnceLock::new() }, ..Self::default() }
    }

    /// The order of Java's `new HashMap(map)`, in the table size of JDK 19 and later.
    #[must_use]
    pub fn hashed_copy(map: &MapValue) -> Self {
        let mut copy = Self::hashed_buckets(buckets_of_copy(map.len()));
        for (key, value) in map.iter() {
            copy.insert(key.clone(), value.clone());
        }
        copy
    }

    /// [`MapValue::hashed_copy`] of a map that is no longer needed: nothing is cloned.
    #[must_use]
    pub fn into_hashed(mut self) -> Self {
        let buckets = buckets_of_copy(self.len());
        if !self.walk().is_empty() {
            self = Self { entries: self.into_entries(), ..Self::default() };
            self.reindex();
        }
        self.order = Order::Hashed { buckets, walk: OnceLock::new() };
        self
    }

    /// The entries in iteration order.
    #[must_use]
    pub fn into_entries(mut self) -> Vec<(Value, Value)> {
        let mut entries = std::mem::take(&mut self.entries);
        // The walk knows the order of the entries, which are with us now.
        match self.walk_of(&entries) {
            [] => entries,
            walk => walk.iter().map(|&at| std::mem::take(&mut entries[at as usize])).collect(),
        }
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
        self.find(key).map(|at| &self.entries[at].1)
    }

    /// The value of the STRING key `key`.
    #[must_use]
    pub fn get_str(&self, key: &str) -> Option<&Value> {
        match &self.index {
            None => {
                let found = self.entries.iter().find(|(k, _)| is_text(k, key));
                found.map(|(_, value)| value)
            }
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
        if let Some(at) = self.find(&key) {
            return Some(std::mem::replace(&mut self.entries[at].1, value));
        }
        if let Some(index) = &mut self.index {
            index.add(&key, self.entries.len());
        }
        self.entries.push((key, value));
        if self.index.is_none() && self.entries.len() >= MANY {
            self.reindex();
        }
        let len = self.entries.len();
        if let Order::Hashed { buckets, walk } = &mut self.order {
            *walk = OnceLock::new();
            if *buckets == 0 {
                *buckets = DEFAULT_BUCKETS;
            }
            if len as u64 * 4 > u64::from(*buckets) * 3 && *buckets < MAX_BUCKETS {
                *buckets *= 2;
            }
        }
        None
    }

    /// Removes `key`. Linear in the number of entries; to drop many, use [`MapValue::retain`].
    pub fn remove(&mut self, key: &Value) -> Option<Value> {
        let at = self.find(key)?;
        let (_, value) = self.entries.remove(at);
        self.removed();
        Some(value)
    }

    /// Keeps only entries for which `keep` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&Value, &Value) -> bool) {
        self.entries.retain(|(key, value)| keep(key, value));
        self.removed();
    }

    fn removed(&mut self) {
        if let Order::Hashed { walk, .. } = &mut self.order {
            *walk = OnceLock::new();
        }
        self.reindex();
    }

    /// Entries in iteration order.
    pub fn iter(&self) -> Iter<'_> {
        Iter { map: self, walk: self.walk(), at: 0 }
    }

    /// Entries in iteration order, to change values.
    pub fn for_each_value(&mut self, mut change: impl FnMut(&Value, &mut Value)) {
        for (key, value) in &mut self.entries {
            change(key, value);
        }
    }

    fn walk(&self) -> &[u32] {
        self.walk_of(&self.entries)
    }

    fn walk_of(&self, entries: &[(Value, Value)]) -> &[u32] {
        let Order::Hashed { buckets, walk } = &self.order else {
            return &[];
        };
        walk.get_or_init(|| {
            let mask = buckets.saturating_sub(1);
            let bucket = |at: u32| spread(&entries[at as usize].0) & mask;
            let mut order: Vec<(u32, u32)> = (0..entries.len() as u32).map(|at| (bucket(at), at)).collect();
            if order.is_sorted() {
                return Box::default();
            }
            order.sort_unstable();
            order.into_iter().map(|(_, at)| at).collect()
        })
    }

    fn find(&self, key: &Value) -> Option<usize> {
        match &self.index {
            None => self.entries.iter().position(|(known, _)| known == key),
            Some(index) => {
                let same = |&&at: &&u32| self.entries[at as usize].0 == *key;
                index.positions.get(&index.hash(key))?.iter().find(same).map(|&at| at as usize)
            }
        }
    }

    fn reindex(&mut self) {
        self.index = None;
        if self.entries.len() >= MANY {
            let mut index = Index::default();
            for (at, (key, _)) in self.entries.iter().enumerate() {
                index.add(key, at);
            }
            self.index = Some(Box::new(index));
        }
    }
}

/// The order in which a Java `HashMap` walks over `keys`, which were put into it one after another: their positions.
/// Keys are distinct.
#[must_use]
pub fn hash_order<'a>(keys: impl ExactSizeIterator<Item = &'a str>) -> Vec<usize> {
    let mut buckets = u64::from(DEFAULT_BUCKETS);
    while keys.len() as u64 * 4 > buckets * 3 {
        buckets *= 2;
    }
    let mask = (buckets - 1) as u32;
    let mut order: Vec<(u32, usize)> =
        keys.enumerate().map(|(at, key)| (spread_hash(string_hash(key)) & mask, at)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, at)| at).collect()
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
        let (key, value) = self.map.entries.get(at)?;
        self.at += 1;
        Some((key, value))
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
            entry.hash(&mut hasher);
            sum.wrapping_add(hasher.finish())
        });
        state.write_u64(sum);
    }
}
