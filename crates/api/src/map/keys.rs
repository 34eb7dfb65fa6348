//! The keys of a map, and the order in which Java walks over them.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::OnceLock;

use super::java::{DEFAULT_BUCKETS, grown, spread};
use crate::Value;

/// From this many keys on, there is an index.
pub(super) const MANY: usize = 16;

/// Keys by position; a map has its values at the same positions.
///
/// Invariant: fewer than [`MANY`] keys lie in iteration order. Of more, keys of one bucket lie in the order of their
/// insertion; the walk over all is made when somebody iterates, and they are found through an index, so that no use is
/// quadratic.
#[derive(Clone, Debug, Default)]
pub(super) struct KeySet {
    pub(super) keys: Vec<Key>,
    pub(super) order: Order,
    index: Option<Box<Index>>,
}

#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) key: Value,
    /// Java's `HashMap.hash` of it.
    pub(super) hash: u32,
}

#[derive(Clone, Debug, Default)]
pub(super) enum Order {
    #[default]
    Inserted,
    Hashed {
        /// Number of buckets, a power of two; 0 until the first insertion.
        buckets: u32,
        /// Positions of [`MANY`] entries or more in iteration order; empty when they lie in it already.
        walk: OnceLock<Box<[u32]>>,
    },
}

/// Positions by hash. Keys with one hash share a list: the hash is keyed, so nobody can make it long.
#[derive(Clone, Debug, Default)]
struct Index {
    hasher: RandomState,
    positions: HashMap<u64, Vec<u32>>,
}

impl Order {
    pub(super) fn hashed(buckets: u32) -> Self {
        Self::Hashed { buckets, walk: OnceLock::new() }
    }
}

impl Key {
    pub(super) fn new(key: Value) -> Self {
        let hash = spread(&key);
        Self { key, hash }
    }
}

impl KeySet {
    pub(super) fn hashed(buckets: u32) -> Self {
        Self { order: Order::hashed(buckets), ..Self::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether a table of so many buckets would walk over the keys as they lie.
    pub(super) fn lie_hashed(&self, wanted: u32) -> bool {
        matches!(self.order, Order::Hashed { buckets, .. } if buckets == wanted) && self.len() < MANY
    }

    pub(super) fn find(&self, key: &Value) -> Option<usize> {
        match &self.index {
            None => self.keys.iter().position(|known| known.key == *key),
            Some(index) => index.find(key, &self.keys),
        }
    }

    /// The same with the hash known.
    pub(super) fn find_key(&self, key: &Key) -> Option<usize> {
        match &self.index {
            None => self.keys.iter().position(|known| known.hash == key.hash && known.key == key.key),
            Some(index) => index.find(&key.key, &self.keys),
        }
    }

    pub(super) fn find_text(&self, text: &str) -> Option<usize> {
        let is_text = |key: &Key| matches!(&key.key, Value::String(known) if known.wtf8() == text.as_bytes());
        match &self.index {
            None => self.keys.iter().position(is_text),
            Some(_) => self.find(&Value::from(text)),
        }
    }

    /// Adds a key that is not there: its position, and whether the table grew, so that few must be sorted again.
    pub(super) fn add(&mut self, key: Key) -> (usize, bool) {
        let last = self.len();
        if let Some(index) = &mut self.index {
            index.add(&key.key, last);
        }
        let mut found = (last, false);
        if let Order::Hashed { buckets, walk } = &mut self.order {
            let before = if *buckets == 0 { DEFAULT_BUCKETS } else { *buckets };
            *buckets = grown(before, last + 1);
            if last + 1 >= MANY {
                *walk = OnceLock::new();
            } else {
                let mask = before - 1;
                let place = key.hash & mask;
                let earlier = self.keys.iter().rposition(|known| known.hash & mask <= place);
                found = (earlier.map_or(0, |at| at + 1), *buckets != before);
            }
        }
        self.keys.insert(found.0, key);
        if self.index.is_none() && self.len() >= MANY {
            self.reindex();
        }
        found
    }

    /// Positions in iteration order; empty when they lie in it.
    pub(super) fn walk(&self) -> &[u32] {
        let Order::Hashed { buckets, walk } = &self.order else {
            return &[];
        };
        if self.len() < MANY {
            return &[];
        }
        walk.get_or_init(|| {
            let mask = buckets.saturating_sub(1);
            let places = self.keys.iter().map(|key| key.hash & mask);
            let mut order: Vec<(u32, u32)> = places.zip(0..).collect();
            if order.is_sorted() {
                return Box::default();
            }
            order.sort_unstable();
            order.into_iter().map(|(_, at)| at).collect()
        })
    }

    /// Brings keys and values into iteration order.
    pub(super) fn lie_in_order(&mut self, values: &mut Vec<Value>) {
        let walk: Vec<u32> = self.walk().to_vec();
        if walk.is_empty() {
            return;
        }
        let mut keys: Vec<Option<Key>> = std::mem::take(&mut self.keys).into_iter().map(Some).collect();
        self.keys = walk.iter().filter_map(|&at| keys[at as usize].take()).collect();
        *values = walk.iter().map(|&at| std::mem::take(&mut values[at as usize])).collect();
        if let Order::Hashed { walk, .. } = &mut self.order {
            *walk = OnceLock::new();
        }
        self.reindex();
    }

    /// Brings fewer than [`MANY`] keys, and their values, into iteration order.
    pub(super) fn sort_few(&mut self, values: &mut [Value]) {
        let Order::Hashed { buckets, .. } = self.order else {
            return;
        };
        if self.len() >= MANY {
            return;
        }
        let mask = buckets.saturating_sub(1);
        // Insertion sort: stable, and of two lists at once.
        for end in 1..self.len() {
            let mut at = end;
            while at > 0 && self.keys[at - 1].hash & mask > self.keys[at].hash & mask {
                self.keys.swap(at - 1, at);
                values.swap(at - 1, at);
                at -= 1;
            }
        }
    }

    /// After keys went.
    pub(super) fn removed(&mut self, values: &mut [Value]) {
        if let Order::Hashed { walk, .. } = &mut self.order {
            *walk = OnceLock::new();
        }
        if self.index.is_some() {
            self.sort_few(values);
            self.reindex();
        }
    }

    /// Makes the index anew, or does away with it.
    pub(super) fn reindex(&mut self) {
        self.index = (self.len() >= MANY).then(|| {
            let mut index = Index::default();
            self.keys.iter().enumerate().for_each(|(at, key)| index.add(&key.key, at));
            Box::new(index)
        });
    }
}

impl Index {
    fn add(&mut self, key: &Value, at: usize) {
        let at = u32::try_from(at).expect("fewer than 2^32 entries fit into memory");
        self.positions.entry(self.hasher.hash_one(key)).or_default().push(at);
    }

    fn find(&self, key: &Value, keys: &[Key]) -> Option<usize> {
        let same = |&&at: &&u32| keys[at as usize].key == *key;
        self.positions.get(&self.hasher.hash_one(key))?.iter().find(same).map(|&at| at as usize)
    }
}
