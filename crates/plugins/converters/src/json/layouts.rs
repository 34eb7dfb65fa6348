//! Objects without schema mostly have the keys of those before them.

use std::sync::Arc;

use kconnect_api::json::Doc;
use kconnect_api::{MapLayout, Text};

/// Layouts of the objects read last, so that the keys of the next are compared and neither copied, hashed nor sorted.
#[derive(Debug, Default)]
pub(crate) struct Layouts {
    known: Vec<Arc<MapLayout>>,
    /// For each object of a record, in the order of their coming, which layout it had last.
    expected: Vec<u8>,
    /// Objects of this record so far.
    objects: usize,
    misses: usize,
    /// The layout learned or asked for last; the one behind it goes for the next new one.
    last_learned: usize,
}

/// Layouts remembered: each is compared with an object of unknown keys.
const MOST: usize = 8;
/// Objects of a record beyond these expect the layout of the last of them.
const PLACES: usize = 64;
/// The longest keys worth keeping, together.
const LONGEST: usize = 1024;

impl Layouts {
    /// Before the first object of a record.
    pub(super) fn start(&mut self) {
        self.objects = 0;
    }

    /// The layout of an object, when its keys came before. Of others it is remembered, but not of all where keys are
    /// always new.
    pub(super) fn of(&mut self, doc: &Doc<'_>, object: usize) -> Option<Arc<MapLayout>> {
        let place = self.objects.min(PLACES - 1);
        self.objects += 1;
        if self.expected.len() <= place {
            self.expected.resize(place + 1, 0);
        }
        let expected = usize::from(self.expected[place]);
        let fits = |layout: &Arc<MapLayout>| fits(doc, object, layout);
        if let Some(layout) = self.known.get(expected).filter(|layout| fits(layout)) {
            return Some(Arc::clone(layout));
        }
        if let Some(found) = self.known.iter().position(fits) {
            self.expected[place] = found as u8;
            return Some(Arc::clone(&self.known[found]));
        }
        self.misses += 1;
        if self.misses < 2 * MOST || self.misses.is_power_of_two() || self.misses.is_multiple_of(1024) {
            self.learn(doc, object, place);
        }
        None
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    #[cold]
    fn learn(&mut self, doc: &Doc<'_>, object: usize, place: usize) {
        let mut children = doc.children(object);
        let (mut keys, mut length): (Vec<Text>, usize) = (Vec::new(), 0);
        while let Some((Some(name), _)) = doc.next_child(&mut children) {
            let Some(key) = doc.shared_string(name) else { return };
            length += key.as_bytes().len();
            // A key with an escape would never be found.
            if length > LONGEST || keys.len() > MapLayout::MOST_KEYS || !doc.is_plainly(name, key.as_bytes())
            {
                return;
            }
            keys.push(key);
        }
        if self.with_keys(&keys).is_some() {
            self.expected[place] = self.last_learned as u8;
        }
    }

    /// The layout of `keys`, which come in this order; remembered, and the same one for the same keys.
    pub(super) fn with_keys(&mut self, keys: &[Text]) -> Option<Arc<MapLayout>> {
        if let Some(at) = self.known.iter().position(|layout| layout.keys().eq(keys)) {
            self.last_learned = at;
            return Some(Arc::clone(&self.known[at]));
        }
        let layout = Arc::new(MapLayout::hashed(keys)?);
        let at = if self.known.len() < MOST { self.known.len() } else { (self.last_learned + 1) % MOST };
        self.last_learned = at;
        match self.known.get_mut(at) {
            Some(old) => *old = Arc::clone(&layout),
            None => self.known.push(Arc::clone(&layout)),
        }
        Some(layout)
    }
}

fn fits(doc: &Doc<'_>, object: usize, layout: &Arc<MapLayout>) -> bool {
    let mut children = doc.children(object);
    let same = |key: &Text| match doc.next_child(&mut children) {
        Some((Some(name), _)) => doc.is_plainly(name, key.as_bytes()),
        _ => false,
    };
    layout.keys().all(same) && doc.next_child(&mut children).is_none()
}
