//! Keys with which maps come again and again.

use std::sync::Arc;

use super::keys::{KeySet, MANY};
use super::{Keys, MapValue};
use crate::{Text, Value};

/// Keys in the order in which they come, and where Java's `HashMap` puts them. Maps made by one layout share their keys,
/// which are neither hashed nor counted again.
#[derive(Clone, Debug)]
pub struct MapLayout {
    keys: Arc<KeySet>,
    /// The position of each key, in the order of their coming.
    places: Box<[u32]>,
}

impl MapLayout {
    /// Of more keys there is no layout.
    pub const MOST_KEYS: usize = MANY - 1;

    /// The layout of [`MapValue::hashed`] into which `keys` are put one after another. The keys are copied, so that they
    /// hold no record's buffer.
    ///
    /// `None` when a key comes twice, or they are more than [`MapLayout::MOST_KEYS`].
    #[must_use]
    pub fn hashed(keys: &[Text]) -> Option<Self> {
        let mut map = MapValue::hashed();
        for (at, key) in keys.iter().enumerate().take(MANY) {
            map.insert(Value::String(key.detach()), Value::Int64(at as i64));
        }
        if map.len() != keys.len() || keys.len() > Self::MOST_KEYS {
            return None;
        }
        let mut places = vec![0; keys.len()].into_boxed_slice();
        for (place, value) in (0..).zip(&map.values) {
            if let Value::Int64(at) = value {
                places[*at as usize] = place;
            }
        }
        Some(Self { keys: map.keys.into_common(), places })
    }

    /// The keys in the order of their coming.
    pub fn keys(&self) -> impl Iterator<Item = &Text> {
        self.places.iter().filter_map(|&place| self.keys.keys[place as usize].key.as_text())
    }

    /// A map of these keys; `write` is given the place of each value, null, in the order of the keys' coming. `None` when
    /// it says so.
    #[inline]
    pub fn try_map(&self, mut write: impl FnMut(&mut Value) -> Option<()>) -> Option<MapValue> {
        let count = self.places.len();
        // Transforms mostly add a value or two.
        let mut values = Vec::with_capacity(if count == 0 { 0 } else { (count + 4) & !3 });
        values.resize_with(count, Value::default);
        for &place in &self.places {
            write(&mut values[place as usize])?;
        }
        Some(MapValue { keys: Keys::Common(Arc::clone(&self.keys)), values })
    }

    /// The same of values that are sure to come.
    pub fn map(&self, mut value: impl FnMut() -> Value) -> MapValue {
        let map = self.try_map(|place| {
            *place = value();
            Some(())
        });
        map.unwrap_or_default()
    }
}
