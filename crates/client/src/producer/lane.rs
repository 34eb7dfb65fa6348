//! One partition's records: from append to result. The synchronous heart of the producer.
//!
//! A lane decides what is sent next, in which order, under which sequence, what a broker's answer means, and
//! when to give up. It does no I/O and takes the time as an argument. Its parent holds it under one lock that
//! appending threads and the driver of the leader's connection share.
//!
//! ```text
//!  append -> open --seal--> queue --next--> wire --complete--> result, in append order
//!                             ^               |
//!                             +---- retry ----+   sorted in front, sequence and bytes unchanged
//! ```
//! Invariants:
//! - `order` lists every batch without a delivered result in append order; results leave from its front (P12).
//! - `assigned` lists every batch with a sequence and no final answer, in sequence order. Sequences are given
//!   only while `pid` is the producer's and nothing is unresolved (I5).
//! - Until the leader has taken a batch under `pid`, and again after a long silence, one goes alone: a leader that knows
//!   nothing of a producer takes any sequence as the first, so that a second batch would pass a first one that is refused.
//! - A batch that was retried goes alone: only the first assigned may be resent (I4).
//! - Sequences are rewritten under a new epoch only when nothing is on the wire and the first assigned batch is
//!   known not to be written; then the ones behind it cannot be either, because a log takes sequences without
//!   gaps.

mod answer;
mod expiry;
mod next;
mod split;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use kconnect_wire::ErrorCode;
use kconnect_wire::compress::Compressor;
use kconnect_wire::records::SealedBatch;

use super::batch::{Batch, BatchId, OpenBatch, Pid, Tail};
use super::pace::Standing;
use crate::Error;

/// The rules of one producer, the same for all its lanes.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) idempotent: bool,
    pub(crate) max_in_flight: usize,
    pub(crate) linger: Duration,
    pub(crate) delivery_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) retry_backoff: Duration,
    pub(crate) retry_backoff_max: Duration,
}

/// The state of one partition.
#[derive(Default)]
pub(crate) struct Lane {
    /// Takes records.
    pub(crate) open: Option<OpenBatch>,
    /// Sealed: retried ones first, then new ones.
    queue: VecDeque<Batch>,
    order: VecDeque<Slot>,
    assigned: VecDeque<BatchId>,
    pid: Option<Pid>,
    next_sequence: i32,
    /// Last sequence that is known to be written under `pid`.
    acked: Option<i32>,
    acked_offset: Option<i64>,
    /// When the leader last took a batch under `pid`, so that it knows which sequence comes next.
    heard: Option<Instant>,
    /// A batch was given up with its outcome unknown (I6).
    unresolved: bool,
    /// The sequences must start again under a new epoch as soon as nothing is on the wire.
    rewrite: bool,
    on_wire: usize,
    wire_node: i32,
    retry_at: Option<Instant>,
    next_id: u64,
    /// Whether a driver knows of work here; kept by the parent.
    pub(crate) noted: bool,
    /// Bytes of the last closed batch: what the next one will likely need.
    pub(crate) size_hint: usize,
    /// Whether its application is held back.
    pub(crate) pace: Standing,
    /// Wall clock of the last look at it, for records without a timestamp.
    pub(crate) wall_ms: i64,
}

struct Slot {
    id: BatchId,
    result: Option<Finished>,
}

/// A result on its way to the application.
pub(crate) struct Finished {
    pub(crate) tail: Tail,
    /// The bytes, unless they are still on the wire.
    pub(crate) sealed: Option<SealedBatch>,
    pub(crate) max_timestamp: i64,
    pub(crate) outcome: Result<Written, Failure>,
}

/// Where a batch is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) base_offset: Option<i64>,
    pub(crate) append_time: Option<i64>,
}

/// Why a batch failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) records: Vec<(u32, String)>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, records: Vec::new() }
    }
}

/// What the driver is to do with this lane.
pub(crate) enum Next {
    /// Stamp this batch, without the lock since that computes its checksum, and send it; it is counted as on the
    /// wire.
    Send(Batch),
    /// Nothing before this time, or before something else happens.
    Wait(Option<Instant>),
    /// What comes next is larger than `room`.
    NoRoom,
    /// Get a life of the producer newer than this one, then ask again (I7).
    Bump(Pid),
    /// There is nothing here.
    Idle,
}

/// Which open batch may be closed to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    Nothing,
    /// One that lingered long enough.
    Due,
    Any,
}

/// What a broker said about a batch.
#[derive(Debug)]
pub(crate) enum Answer {
    Written(Written),
    Refused {
        code: ErrorCode,
        message: Option<String>,
        records: Vec<(u32, String)>,
        log_start: i64,
    },
    /// No answer: the connection broke, or the answer made no sense.
    Lost(Error),
}

/// What else an answer asks for.
#[derive(Debug)]
pub(crate) enum Reaction {
    None,
    /// Fetch metadata, the leader may have moved.
    Refresh,
    /// The whole producer cannot go on.
    Fatal(Error),
}

/// What a lane asks its parent to carry out.
#[derive(Default)]
pub(crate) struct Effects {
    /// Results in the order in which they are to be delivered.
    pub(crate) finished: Vec<Finished>,
    /// Batches whose result went out before; only their buffers are left.
    pub(crate) spent: Vec<Batch>,
    /// Bytes of halves that were charged to nobody, with the generation of their batch.
    pub(crate) split: Vec<(u64, usize)>,
}

impl Lane {
    /// The id of a batch that is opened now; its result will come after those of earlier ones.
    pub(crate) fn admit(&mut self) -> BatchId {
        let id = BatchId(self.next_id);
        self.next_id += 1;
        self.order.push_back(Slot { id, result: None });
        id
    }

    /// Closes the open batch, if any.
    pub(crate) fn seal(&mut self, compressor: &mut Compressor) {
        if let Some(OpenBatch { builder, tail }) = self.open.take() {
            self.size_hint = builder.len();
            self.queue.push_back(Batch::new(builder.seal(compressor), tail));
        }
    }

    /// Queues a batch that was encoded elsewhere. The open batch must have been sealed.
    pub(crate) fn push_sealed(&mut self, batch: Batch) {
        self.queue.push_back(batch);
    }

    /// Batches that wait to be sent, for the choice of a partition.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len() + usize::from(self.open.is_some())
    }

    /// About as many bytes wait in closed batches.
    pub(crate) fn backlog(&self) -> usize {
        self.queue.len() * self.size_hint
    }

    /// Whether an answer is due.
    pub(crate) fn is_on_wire(&self) -> bool {
        self.on_wire > 0
    }

    /// Puts a batch where append order wants it (I4): others may have come back before it.
    fn requeue(&mut self, batch: Batch) {
        let place = self.place_of(batch.tail.id);
        let at = self.queue.iter().position(|queued| self.place_of(queued.tail.id) > place);
        self.queue.insert(at.unwrap_or(self.queue.len()), batch);
    }

    /// Position in append order. Few batches are without a result, and the one asked for is near the front.
    fn place_of(&self, id: BatchId) -> usize {
        self.order.iter().position(|slot| slot.id == id).unwrap_or(usize::MAX)
    }

    /// Forgets the pause before the next attempt: the new leader is known already (M6).
    pub(crate) fn retry_now(&mut self) {
        self.retry_at = None;
    }

    fn finish(&mut self, batch: Batch, outcome: Result<Written, Failure>, effects: &mut Effects) {
        let max_timestamp = batch.sealed.max_timestamp();
        self.file(Finished { tail: batch.tail, sealed: Some(batch.sealed), max_timestamp, outcome }, effects);
    }

    /// Keeps a result until its turn has come, and delivers it with all that waited behind it (P12).
    fn file(&mut self, finished: Finished, effects: &mut Effects) {
        let place = self.place_of(finished.tail.id);
        if let Some(slot) = self.order.get_mut(place) {
            slot.result = Some(finished);
        }
        while let Some(slot) = self.order.pop_front_if(|slot| slot.result.is_some()) {
            effects.finished.extend(slot.result);
        }
    }
}

/// Sequences go from 0 to 2^31 − 1 and start again (I2).
fn advance(sequence: i32, by: u32) -> i32 {
    ((i64::from(sequence) + i64::from(by)) & i64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests;
