//! Maps in Java's order.

use std::convert::Infallible;

use kconnect_api::{Fate, KeyChange, MapLayout, MapValue, Text, Value, hash_order, java_hash};
use proptest::prelude::*;

fn hashed(keys: &[&str]) -> String {
    let mut map = MapValue::hashed();
    for key in keys {
        map.insert((*key).into(), Value::Null);
    }
    order(&map)
}

fn order(map: &MapValue) -> String {
    let keys: Vec<String> = map.iter().map(|(key, _)| key.to_java_string()).collect();
    keys.join(", ")
}

#[test]
fn hash_maps_iterate_as_in_java() {
    for (keys, expected) in [
        ("topic, partition, cluster", "cluster, partition, topic"),
        ("group, topic, partition", "partition, topic, group"),
        ("incrementing, timestamp, timestamp_nanos", "timestamp_nanos, incrementing, timestamp"),
        ("id, name, age, email, created_at", "name, created_at, id, age, email"),
        ("b, a, aa, BB, Aa", "aa, BB, Aa, a, b"),
        ("1, 2, 10, 11, 20", "11, 1, 2, 20, 10"),
        ("field1, field2, field3, field10, field11", "field11, field1, field10, field3, field2"),
        (
            "user_id, order_id, amount, currency, ts, status, items, customer, address, city, zip, country, notes",
            "zip, country, amount, address, notes, city, user_id, currency, order_id, items, ts, status, customer",
        ),
    ] {
        let keys: Vec<&str> = keys.split(", ").collect();
        assert_eq!(hashed(&keys), expected);
        let walked: Vec<&str> = hash_order(keys.iter().copied()).into_iter().map(|at| keys[at]).collect();
        assert_eq!(walked.join(", "), expected);
    }
    let mut numbers = MapValue::hashed();
    for number in [100, 1, 17, 33, -1, 16] {
        numbers.insert(Value::Int32(number), Value::Null);
    }
    assert_eq!(order(&numbers), "-1, 16, 1, 17, 33, 100");
}

#[test]
fn a_copy_of_a_hash_map_has_the_table_of_its_size() {
    let mut map = MapValue::new();
    for key in ["name", "task", "topic", "time_ms", "seqno", "committed"] {
        map.insert(key.into(), Value::Null);
    }
    assert_eq!(order(&MapValue::hashed_copy(&map)), "name, topic, committed, task, seqno, time_ms");
    let mut four = MapValue::hashed_with_capacity(3);
    for key in ["incrementing", "timestamp", "timestamp_nanos"] {
        four.insert(key.into(), Value::Null);
    }
    assert_eq!(order(&four), "timestamp_nanos, incrementing, timestamp");
}

#[test]
fn an_existing_key_keeps_its_place_and_a_new_one_after_a_removal_goes_last() {
    let mut map: MapValue = ["a", "b", "c"].map(|key| (Value::from(key), Value::Null)).into_iter().collect();
    assert_eq!(map.insert("a".into(), Value::Int8(1)), Some(Value::Null));
    assert_eq!(order(&map), "a, b, c");
    assert_eq!(map.remove(&"a".into()), Some(Value::Int8(1)));
    map.insert("a".into(), Value::Null);
    assert_eq!(order(&map), "b, c, a");
    assert!(map.get_str("a").is_some() && map.get_str("z").is_none());
    map.retain(|key, _| *key != "c".into());
    assert_eq!(order(&map), "b, a");
}

#[test]
fn hash_codes_are_java_s() {
    for (value, hash) in [
        (Value::from("Aa"), 2112),
        (Value::from("BB"), 2112),
        (Value::from("é"), 233),
        (Value::from("😀"), 1_772_899),
        (Value::Int64(-1), 0),
        (Value::Int64(1 << 32), 1),
        (Value::Bool(true), 1231),
        (Value::Float64(1.0), 1_072_693_248),
        (Value::Float64(-0.0), i32::MIN),
        (Value::Float32(f32::NAN), 0x7fc0_0000),
        (Value::Null, 0),
        (Value::Array(std::sync::Arc::new(vec![Value::Int32(1), Value::Null])), 992),
    ] {
        assert_eq!(java_hash(&value), hash, "{value:?}");
    }
}

#[test]
fn maps_of_a_hundred_thousand_entries_are_built_and_read_at_once() {
    let mut map = MapValue::hashed();
    for number in 0..100_000 {
        map.insert(Value::Int32(number), Value::Int32(-number));
    }
    assert_eq!(map.get(&Value::Int32(77_777)), Some(&Value::Int32(-77_777)));
    assert_eq!(map.iter().count(), 100_000);
    assert_eq!(map, map.clone());
    map.retain(|key, _| matches!(key, Value::Int32(number) if number % 2 == 0));
    assert_eq!((map.len(), map.get(&Value::Int32(1))), (50_000, None));
}

proptest! {
    #[test]
    fn a_map_behaves_like_a_list_of_pairs(steps in proptest::collection::vec((0i32..40, any::<bool>()), 0..200)) {
        let mut map = MapValue::new();
        let mut model: Vec<(i32, usize)> = Vec::new();
        for (at, (key, insert)) in steps.into_iter().enumerate() {
            if insert {
                map.insert(Value::Int32(key), Value::Int64(at as i64));
                match model.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, value)) => *value = at,
                    None => model.push((key, at)),
                }
            } else {
                map.remove(&Value::Int32(key));
                model.retain(|(known, _)| *known != key);
            }
        }
        let found: Vec<(Value, Value)> = map.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        let expected: Vec<(Value, Value)> =
            model.iter().map(|(k, v)| (Value::Int32(*k), Value::Int64(*v as i64))).collect();
        prop_assert_eq!(found, expected);
    }
}

/// Java's table, bucket by bucket.
#[derive(Clone, Debug)]
struct Table {
    buckets: Vec<Vec<(i32, i32)>>,
    len: usize,
}

impl Table {
    fn with_buckets(count: usize) -> Self {
        Self { buckets: vec![Vec::new(); count], len: 0 }
    }

    fn bucket(&self, key: i32) -> usize {
        (key as u32 ^ (key as u32 >> 16)) as usize & (self.buckets.len() - 1)
    }

    fn put(&mut self, key: i32, value: i32) {
        let at = self.bucket(key);
        if let Some(known) = self.buckets[at].iter_mut().find(|(known, _)| *known == key) {
            known.1 = value;
            return;
        }
        self.buckets[at].push((key, value));
        self.len += 1;
        if self.len * 4 > self.buckets.len() * 3 {
            let mut larger = Self::with_buckets(self.buckets.len() * 2);
            for (key, value) in self.entries() {
                let at = larger.bucket(key);
                larger.buckets[at].push((key, value));
            }
            larger.len = self.len;
            *self = larger;
        }
    }

    fn remove(&mut self, key: i32) {
        let at = self.bucket(key);
        let before = self.buckets[at].len();
        self.buckets[at].retain(|(known, _)| *known != key);
        self.len -= before - self.buckets[at].len();
    }

    fn entries(&self) -> Vec<(i32, i32)> {
        self.buckets.concat()
    }

    /// `new HashMap(map)`.
    fn copy(&self) -> Self {
        let mut copy = Self::with_buckets((self.len * 4).div_ceil(3).max(1).next_power_of_two());
        self.entries().into_iter().for_each(|(key, value)| copy.put(key, value));
        copy
    }
}

proptest! {
    /// Few entries lie in order, many have a walk: steps cross the border both ways.
    #[test]
    fn a_hash_map_walks_as_java_s_table(
        steps in proptest::collection::vec((0..12u8, prop_oneof![0..40i32, any::<i32>()], any::<i32>()), 0..120)
    ) {
        let (mut map, mut table) = (MapValue::hashed(), Table::with_buckets(16));
        for (step, key, value) in steps {
            match step {
                0 => {
                    map.remove(&Value::Int32(key));
                    table.remove(key);
                }
                1 if table.len > 0 => {
                    map.become_hashed();
                    table = table.copy();
                }
                2 => {
                    let mut put = Table::with_buckets((table.len.max(1)).next_power_of_two());
                    for (known, value) in table.entries() {
                        match known.rem_euclid(5) {
                            0 => {}
                            1 => put.put(known / 2, value),
                            _ => put.put(known, value),
                        }
                    }
                    table = put;
                    let capacity = map.len() as u32;
                    let Ok(()) = map.put_over::<Infallible>(capacity, |known| {
                        let Value::Int32(known) = known else { return Ok(Fate::Drop) };
                        Ok(match known.rem_euclid(5) {
                            0 => Fate::Drop,
                            1 => Fate::Rename(Value::Int32(known / 2)),
                            _ => Fate::Keep,
                        })
                    });
                }
                3 => {
                    map.retain(|known, _| matches!(known, Value::Int32(known) if known % 3 != 0));
                    for (known, _) in table.entries().into_iter().filter(|(known, _)| known % 3 == 0) {
                        table.remove(known);
                    }
                }
                4 => {
                    if let Some(found) = map.get_mut(&Value::Int32(key)) {
                        *found = Value::Int32(value);
                        table.put(key, value);
                    }
                }
                _ => {
                    map.insert(Value::Int32(key), Value::Int32(value));
                    table.put(key, value);
                }
            }
            let walked: Vec<(Value, Value)> = map.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            let expected: Vec<(Value, Value)> =
                table.entries().into_iter().map(|(key, value)| (Value::Int32(key), Value::Int32(value))).collect();
            prop_assert_eq!(&walked, &expected);
            prop_assert_eq!(map.clone().into_entries(), expected);
        }
    }
}

fn pairs(map: &MapValue) -> Vec<(Value, Value)> {
    map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

#[test]
fn a_change_is_worked_out_once_for_each_of_several_key_sets() {
    let layouts = ["a b", "c", "d e f"].map(|names| {
        let names: Vec<Text> = names.split(' ').map(Text::from).collect();
        MapLayout::hashed(&names).unwrap()
    });
    let (mut change, mut worked_out) = (KeyChange::watching(["x".into()]), 0);
    for layout in layouts.iter().cycle().take(30) {
        let mut map = layout.map(|| Value::Int8(1));
        let Ok(places) = change.apply::<Infallible>(&mut map, |map| {
            worked_out += 1;
            map.insert("x".into(), Value::Null);
            Ok(())
        });
        *places.value(&mut map, 0).unwrap() = Value::Int8(7);
        assert_eq!(map.get_str("x"), Some(&Value::Int8(7)));
        assert_eq!(map.iter().filter(|(_, value)| **value == Value::Int8(1)).count(), map.len() - 1);
    }
    assert_eq!(worked_out, 3);
}

fn by_insertion(names: &[String]) -> MapValue {
    let mut map = MapValue::hashed();
    for (at, name) in names.iter().enumerate() {
        map.insert(Value::from(name.as_str()), Value::Int64(at as i64 + 100));
    }
    map
}

/// A change of keys as transforms make them; `step` chooses which.
fn change_keys(step: u8, name: &str, map: &mut MapValue) -> Result<(), Infallible> {
    match step % 5 {
        0 => map.become_hashed(),
        1 => _ = map.insert(name.into(), Value::Null),
        2 => map.retain(|key, _| key.as_text().is_some_and(|key| !key.as_str().starts_with(&name[..1]))),
        3 => _ = map.remove(&name.into()),
        _ => {
            let capacity = map.len() as u32;
            return map.put_over(capacity, |key| match key.as_text().map(|key| key.as_str().len() % 3) {
                Some(0) => Ok(Fate::Drop),
                Some(1) => Ok(Fate::Rename(name.into())),
                _ => Ok(Fate::Keep),
            });
        }
    }
    Ok(())
}

proptest! {
    /// A map of shared keys is the map that insertions make, whatever is done to it; and a remembered change does to the
    /// second and third record what it would do without memory.
    #[test]
    fn shared_keys_and_remembered_changes_do_what_single_steps_do(
        names in proptest::collection::vec("[a-d]{1,3}", 0..20),
        steps in proptest::collection::vec((0u8..5, "[a-d]{1,3}"), 0..12),
    ) {
        let texts: Vec<Text> = names.iter().map(|name| Text::from(name.as_str())).collect();
        let distinct = names.iter().collect::<std::collections::HashSet<_>>().len() == names.len();
        let layout = MapLayout::hashed(&texts);
        prop_assert_eq!(layout.is_some(), distinct && names.len() <= MapLayout::MOST_KEYS);
        let Some(layout) = layout else { return Ok(()) };
        prop_assert!(layout.keys().eq(&texts));
        let shared = || {
            let mut values = (100..).map(Value::Int64);
            layout.map(|| values.next().unwrap())
        };
        prop_assert_eq!(pairs(&shared()), pairs(&by_insertion(&names)));
        let mut changes: Vec<KeyChange> =
            steps.iter().map(|(_, name)| KeyChange::watching([Value::from(name.as_str())])).collect();
        for own in [false, false, true, false] {
            let (mut map, mut expected) = (if own { by_insertion(&names) } else { shared() }, by_insertion(&names));
            for ((step, name), change) in steps.iter().zip(&mut changes) {
                change_keys(*step, name, &mut expected).unwrap();
                let Ok(places) = change.apply(&mut map, |map| change_keys(*step, name, map));
                prop_assert_eq!(pairs(&map), pairs(&expected));
                prop_assert_eq!(map.is_hash_ordered(), expected.is_hash_ordered());
                let found = places.value(&mut map, 0).cloned();
                prop_assert_eq!(found.as_ref(), expected.get(&Value::from(name.as_str())));
                prop_assert_eq!(map.get_str(name), expected.get_str(name));
            }
            // Whoever changes keys of a map of shared ones changes no other map.
            map.insert("zz".into(), Value::Null);
            prop_assert_eq!(map.into_entries().len(), expected.len() + 1);
            prop_assert_eq!(pairs(&shared()), pairs(&by_insertion(&names)));
        }
    }
}
