//! Memory that waits to be read, counted by what is really held.
//!
//! An answer is one piece of memory for all its partitions: the smallest unread slice keeps all of it. So an answer is
//! charged whole, once, until the last cursor into it is gone; slices say nothing about memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Sum of all charges of a consumer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held(Arc<AtomicUsize>);

/// Some bytes of the sum, until dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    bytes: usize,
    held: Held,
}

impl Held {
    pub(crate) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn charge(&self, bytes: usize) -> Charge {
        self.0.fetch_add(bytes, Ordering::Relaxed);
        Charge { bytes, held: self.clone() }
    }
}

impl Charge {
    /// Another charge of the same sum.
    pub(crate) fn and(&self, bytes: usize) -> Charge {
        self.held.charge(bytes)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.held.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
