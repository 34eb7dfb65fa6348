//! Changes of keys, worked out once.

use std::sync::Arc;

use super::keys::KeySet;
use super::{Keys, MapValue};
use crate::Value;

/// A change that goes by keys alone: what it makes of maps that share their keys ([`super::MapLayout`]) is remembered
/// and done again without looking at a key. Of maps with keys of their own nothing is remembered.
#[derive(Debug, Default)]
pub struct KeyChange {
    watched: Vec<Value>,
    /// The most recent first.
    known: Vec<Known>,
    /// Of the last map with keys of its own.
    places: Vec<u32>,
    /// The values of the map before; its memory serves the next one.
    spare: Vec<Value>,
}

#[derive(Debug)]
struct Known {
    from: Arc<KeySet>,
    to: Arc<KeySet>,
    /// For each new position the old one, or [`NONE`] for a new key.
    sources: Box<[u32]>,
    /// Whether each value stays where it is.
    in_place: bool,
    places: Vec<u32>,
}

const NONE: u32 = u32::MAX;
/// Key sets remembered: as many as a converter has layouts at a time.
const MOST: usize = 8;

/// Where the watched keys are after a change; good until the map's keys change again.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a>(&'a [u32]);

impl Places<'_> {
    /// The value of the `nth` watched key, `None` when it is not in the map.
    #[inline]
    pub fn value<'m>(&self, map: &'m mut MapValue, nth: usize) -> Option<&'m mut Value> {
        map.values.get_mut(*self.0.get(nth)? as usize)
    }
}

impl KeyChange {
    /// A change after which the values of `keys` are wanted.
    #[must_use]
    pub fn watching(keys: impl IntoIterator<Item = Value>) -> Self {
        Self { watched: keys.into_iter().collect(), ..Self::default() }
    }

    /// Changes the keys of a map as `change` does. `change` must neither look at values nor depend on anything that
    /// differs between calls, and puts null under new keys.
    ///
    /// # Errors
    /// What `change` says.
    pub fn apply<E>(
        &mut self,
        map: &mut MapValue,
        change: impl FnOnce(&mut MapValue) -> Result<(), E>,
    ) -> Result<Places<'_>, E> {
        let Keys::Common(keys) = &map.keys else {
            change(map)?;
            self.places.clear();
            places(&self.watched, map.keys.set(), &mut self.places);
            return Ok(Places(&self.places));
        };
        if !self.known.first().is_some_and(|known| Arc::ptr_eq(&known.from, keys)) {
            self.put_first(keys, change)?;
        }
        let known = &self.known[0];
        if !known.in_place {
            let old = &mut map.values;
            let moved = |source: &u32| old.get_mut(*source as usize).map(std::mem::take).unwrap_or_default();
            self.spare.extend(known.sources.iter().map(moved));
            std::mem::swap(&mut map.values, &mut self.spare);
            self.spare.clear();
        }
        if !Arc::ptr_eq(keys, &known.to) {
            map.keys = Keys::Common(Arc::clone(&known.to));
        }
        Ok(Places(&known.places))
    }

    /// Sees to it that the first that is known is what becomes of `keys`.
    #[inline(never)]
    fn put_first<E>(
        &mut self,
        keys: &Arc<KeySet>,
        change: impl FnOnce(&mut MapValue) -> Result<(), E>,
    ) -> Result<(), E> {
        match self.known.iter().position(|known| Arc::ptr_eq(&known.from, keys)) {
            Some(at) => self.known[..=at].rotate_right(1),
            None => {
                let learned = self.learn(keys, change)?;
                self.known.truncate(MOST - 1);
                self.known.insert(0, learned);
            }
        }
        Ok(())
    }

    /// Lets `change` work on a map whose values are their own positions.
    #[cold]
    fn learn<E>(
        &self,
        keys: &Arc<KeySet>,
        change: impl FnOnce(&mut MapValue) -> Result<(), E>,
    ) -> Result<Known, E> {
        let positions = (0..keys.len()).map(|at| Value::Int64(at as i64)).collect();
        let mut probe = MapValue { keys: Keys::Common(Arc::clone(keys)), values: positions };
        change(&mut probe)?;
        let sources = probe.values.iter().map(|value| match value {
            Value::Int64(at) => *at as u32,
            _ => NONE,
        });
        let sources: Box<[u32]> = sources.collect();
        let in_place = sources.len() == keys.len() && sources.iter().copied().eq(0..sources.len() as u32);
        let to = probe.keys.into_common();
        let mut found = Vec::with_capacity(self.watched.len());
        places(&self.watched, &to, &mut found);
        Ok(Known { from: Arc::clone(keys), to, sources, in_place, places: found })
    }
}

fn places(watched: &[Value], keys: &KeySet, found: &mut Vec<u32>) {
    found.extend(watched.iter().map(|key| keys.find(key).map_or(NONE, |at| at as u32)));
}
