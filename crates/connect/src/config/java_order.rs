//! The order in which upstream walks over the keys of a configuration, where it shows: in texts and in which of several
//! faults is told.

use kconnect_api::{MapValue, Value};

/// `keys` in the order of a Java `new HashMap(map)`.
pub(super) fn copied<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let keys: Vec<&str> = keys.collect();
    let mut map = MapValue::new();
    for (at, key) in (0..).zip(&keys) {
        map.insert((*key).into(), Value::Int32(at));
    }
    let places = MapValue::hashed_copy(&map).into_entries().into_iter();
    let key = |(_, at): (Value, Value)| match at {
        Value::Int32(at) => keys.get(usize::try_from(at).ok()?).copied(),
        _ => None,
    };
    places.filter_map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_a_copy_is_as_large_as_its_entries_need() {
        let keys = ["tasks.max", "file", "topic", "name"];
        assert_eq!(copied(keys.into_iter()), ["name", "topic", "file", "tasks.max"]);
        assert_eq!(copied(std::iter::empty()), Vec::<&str>::new());
    }
}
