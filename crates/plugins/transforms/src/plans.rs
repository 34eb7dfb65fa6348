//! What was worked out for a schema, kept for the next record with it.

use kconnect_api::{Exception, Schema};

/// Plans by the schema they were made for: a record whose schema was seen costs a pointer comparison. Equal schemas
/// share a plan, so the changed schemas in it are the same objects too.
#[derive(Debug)]
pub(crate) struct Plans<P> {
    /// The most recent first.
    entries: Vec<(Schema, P)>,
}

impl<P> Default for Plans<P> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

/// Changed schemas by the schema they were made from.
pub(crate) type SchemaCache = Plans<Schema>;

/// As many as upstream keeps.
const CACHED: usize = 16;

/// How much plans may weigh together, one of them excepted.
const KEPT: usize = 16 << 20;

impl<P> Plans<P> {
    /// The plan for `from`, by `make` when it is new.
    pub(crate) fn get(
        &mut self,
        from: &Schema,
        make: impl FnOnce() -> Result<P, Exception>,
    ) -> Result<&P, Exception> {
        self.get_weighed(from, |_| 0, make)
    }

    /// The same of plans that may be large: of those that `weight` says are so, fewer are kept.
    pub(crate) fn get_weighed(
        &mut self,
        from: &Schema,
        weight: impl Fn(&P) -> usize,
        make: impl FnOnce() -> Result<P, Exception>,
    ) -> Result<&P, Exception> {
        if !self.entries.first().is_some_and(|(known, _)| known.is_same(from)) {
            match self.entries.iter().position(|(known, _)| known == from) {
                Some(at) => self.entries[..=at].rotate_right(1),
                None => {
                    let made = make()?;
                    self.entries.truncate(CACHED - 1);
                    let mut room = KEPT.saturating_sub(weight(&made));
                    let fits = |(_, plan): &(Schema, P)| match room.checked_sub(weight(plan)) {
                        Some(left) => {
                            room = left;
                            true
                        }
                        None => false,
                    };
                    self.entries.retain(fits);
                    self.entries.insert(0, (from.clone(), made));
                }
            }
            // The handle at hand, so that the next record with it is found at once.
            self.entries[0].0 = from.clone();
        }
        Ok(&self.entries[0].1)
    }
}
