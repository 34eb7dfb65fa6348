//! What a Java `HashMap` does with hashes and table sizes.

use crate::java_hash::string_hash;
use crate::{Value, java_hash};

/// Buckets of Java's `new HashMap()`.
pub(super) const DEFAULT_BUCKETS: u32 = 16;
const MAX_BUCKETS: u32 = 1 << 30;

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
pub(super) fn buckets_for(capacity: u32) -> u32 {
    capacity.clamp(1, MAX_BUCKETS).next_power_of_two()
}

/// Buckets after as many entries were put into a table of `buckets`.
pub(super) fn grown(mut buckets: u32, len: usize) -> u32 {
    while len as u64 * 4 > u64::from(buckets) * 3 && buckets < MAX_BUCKETS {
        buckets *= 2;
    }
    buckets
}

/// Buckets of Java's `new HashMap(map)`; of an empty map it has no table yet.
pub(super) fn buckets_of_copy(len: usize) -> u32 {
    match len {
        0 => 0,
        _ => u32::try_from((len as u64 * 4).div_ceil(3))
            .unwrap_or(MAX_BUCKETS)
            .clamp(1, MAX_BUCKETS)
            .next_power_of_two(),
    }
}

/// Java's `HashMap.hash`.
pub(super) fn spread(key: &Value) -> u32 {
    spread_hash(java_hash(key))
}

fn spread_hash(hash: i32) -> u32 {
    let hash = hash as u32;
    hash ^ (hash >> 16)
}
