//! How large what comes from outside may become: one set of limits for all formats.
//!
//! The text of a schema names a type once and may use it often, also inside of types that are used often themselves: 40
//! types that use the next one twice each stand for a schema of a million million parts. Whoever walks over such a
//! schema (to write a record as JSON, to flatten it, to compare it) visits each part, however much memory is shared. So
//! what counts is the *unfolded* size: each place where a type stands, symbols of enumerations and long texts included.
//! It is summed up while a schema is made, shared parts by the sum that is known of them, and never by a walk.
//!
//! Payloads unfold, too: a struct of many fields may stand in few bytes, since absent ones are not written.

use std::cell::Cell;

use kconnect_api::Exception;

/// Parts that a schema may unfold to. A hundred thousand fields, each of them a union with null, need 300,000.
pub(crate) const NODES_MAX: usize = 1_000_000;
/// Fields that the structs of one record may have together, set or not: 400 MB of them.
pub(crate) const FIELDS_MAX: usize = 16 << 20;
/// Bytes in a full name or a URI: they are made longer by what is around them, at each of the types that are inside.
pub(crate) const NAME_MAX: usize = 2048;

/// Bytes of all full names of a schema together, for the same reason.
pub(crate) const NAMES_MAX: usize = 64 << 20;

/// Full names of a schema counted so far.
#[derive(Debug, Default)]
pub(crate) struct Names(usize);

impl Names {
    /// Counts a name; what is wrong when it, or all of them, are too long.
    pub(crate) fn add(&mut self, name: &str) -> Result<(), String> {
        self.0 += name.len();
        match (name.len() > NAME_MAX, self.0 > NAMES_MAX) {
            (true, _) => {
                Err(format!("a name has {} bytes, more than the {NAME_MAX} that are read", name.len()))
            }
            (_, true) => Err(format!("its names have more than {NAMES_MAX} bytes together")),
            _ => Ok(()),
        }
    }
}

/// Parts of a schema counted so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unfolded(usize);

impl Unfolded {
    /// Counts `nodes` more.
    pub(crate) fn add(&mut self, nodes: usize) -> Result<(), Exception> {
        self.0 = self.0.saturating_add(nodes);
        match self.0 > NODES_MAX {
            false => Ok(()),
            true => Err(Exception::data(format!(
                "the schema unfolds to more than {NODES_MAX} parts, counting a type at each place where it is used; \
                 read the topic with a converter that needs no schema (ByteArrayConverter)"
            ))),
        }
    }

    /// What was counted.
    pub(crate) fn nodes(self) -> usize {
        self.0
    }
}

/// What texts of this many bytes count as.
pub(crate) fn of_text(bytes: usize) -> usize {
    bytes / 64
}

/// Room for the fields of a record's structs.
#[derive(Debug)]
pub(crate) struct Room(Cell<usize>);

impl Room {
    /// For one record.
    pub(crate) fn new() -> Self {
        Self(Cell::new(FIELDS_MAX))
    }

    /// Takes room for a struct; the record has `bytes` bytes.
    #[inline]
    pub(crate) fn take(&self, fields: usize, bytes: usize) -> Result<(), Exception> {
        match self.0.get().checked_sub(fields) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => Err(no_room(bytes)),
        }
    }
}

#[cold]
fn no_room(bytes: usize) -> Exception {
    Exception::data(format!("the structs of a record of {bytes} bytes have more than {FIELDS_MAX} fields"))
}

#[cfg(test)]
mod tests;
