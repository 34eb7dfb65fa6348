//! A batch on its way: sealed bytes, who wants to hear of it, and what was tried so far.

use std::time::Instant;

use kconnect_wire::records::{BatchBuilder, SealedBatch, Stamp};

use super::ack::Waiter;

/// Producer id and epoch: one life of an idempotent producer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pid {
    pub(crate) id: i64,
    pub(crate) epoch: i16,
}

/// Names a batch within its partition. Only equality means something; the order is kept by the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BatchId(pub(crate) u64);

/// A batch that records are still appended to.
pub(crate) struct OpenBatch {
    pub(crate) builder: BatchBuilder,
    pub(crate) tail: Tail,
}

/// What a batch carries besides its records, open or sealed.
pub(crate) struct Tail {
    pub(crate) id: BatchId,
    pub(crate) cookies: Vec<u64>,
    pub(crate) waiters: Vec<Waiter>,
    /// When its first record was appended: linger and delivery timeout run from here (P4, P5).
    pub(crate) opened: Instant,
    /// Bytes charged to the budget.
    pub(crate) charged: usize,
    /// Which flush waits for it.
    pub(crate) generation: u64,
}

/// A sealed batch: queued, or on the wire.
pub(crate) struct Batch {
    pub(crate) sealed: SealedBatch,
    pub(crate) tail: Tail,
    /// The sequence of its first record, kept over every retry (I2).
    pub(crate) sequence: Option<i32>,
    /// What the lane wants it to be marked with.
    pub(crate) mark: Stamp,
    /// Times it was sent.
    pub(crate) attempts: u32,
    /// An attempt ended without an answer that says "not written" (P9, I13).
    pub(crate) maybe_written: bool,
    /// Its result went out already, when the delivery timeout passed on the wire.
    pub(crate) reported: bool,
    /// Times a broker found it corrupt (P11).
    pub(crate) corrupt: u32,
}

impl Batch {
    pub(crate) fn new(sealed: SealedBatch, tail: Tail) -> Self {
        Self {
            sealed,
            tail,
            sequence: None,
            mark: Stamp::PLAIN,
            attempts: 0,
            maybe_written: false,
            reported: false,
            corrupt: 0,
        }
    }

    /// Marks the bytes, unless they are marked so already. Computes the checksum of the batch.
    pub(crate) fn stamp(&mut self) {
        if self.sealed.stamped() != Some(self.mark) {
            self.sealed.stamp(self.mark);
        }
    }

    pub(crate) fn count(&self) -> u32 {
        self.sealed.record_count()
    }
}
