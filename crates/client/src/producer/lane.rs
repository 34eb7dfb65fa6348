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
//! - A batch that was retried goes alone: only the first assigned may be resent (I4).
//! - Sequences are rewritten under a new epoch only when nothing is on the wire and the first assigned batch is
//!   known not to be written; then the ones behind it cannot be either, because a log takes sequences without
//!   gaps.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use kconnect_wire::ErrorCode;
use kconnect_wire::compress::Compressor;
use kconnect_wire::records::{SealedBatch, Stamp};

use super::batch::{Batch, BatchId, OpenBatch, Pid, Tail};
use crate::net::backoff;
use crate::{Error, ErrorKind};

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

/// Times a broker may find one batch corrupt before we believe it (P11).
const CORRUPT_LIMIT: u32 = 3;

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

    /// Decides what is sent next to `node`; `room` is what the request still holds.
    pub(crate) fn next(
        &mut self,
        now: Instant,
        rules: &Rules,
        pid: Option<Pid>,
        node: i32,
        closing: Closing,
        room: Option<usize>,
        compressor: &mut Compressor,
    ) -> Next {
        if self.queue.is_empty() && self.open.is_none() {
            return Next::Idle;
        }
        // I14: the sequences stay, but what the old leader still has to answer comes first.
        if self.on_wire > 0 && (self.wire_node != node || self.on_wire >= rules.max_in_flight) {
            return Next::Wait(None);
        }
        if let Some(at) = self.retry_at.filter(|at| *at > now) {
            return Next::Wait(Some(at));
        }
        self.retry_at = None;
        if rules.idempotent
            && let Some(blocked) = self.settle_sequences(pid)
        {
            return blocked;
        }
        let Some(head) = self.queue.front() else {
            return self.next_open(now, rules, node, closing, room, compressor);
        };
        // I4: a retried batch is sent only when nothing before it is without an answer.
        if head.sequence.is_some() && self.assigned.front().is_some_and(|first| *first != head.tail.id) {
            return Next::Wait(None);
        }
        if room.is_some_and(|room| head.sealed.len() > room) {
            return Next::NoRoom;
        }
        self.send_front(rules, node)
    }

    fn next_open(
        &mut self,
        now: Instant,
        rules: &Rules,
        node: i32,
        closing: Closing,
        room: Option<usize>,
        compressor: &mut Compressor,
    ) -> Next {
        let Some(open) = &self.open else { return Next::Idle };
        let due = open.tail.opened + rules.linger;
        match closing {
            Closing::Nothing => return Next::Wait(None),
            Closing::Due if due > now => return Next::Wait(Some(due)),
            Closing::Due | Closing::Any => {}
        }
        if room.is_some_and(|room| open.builder.len() > room) {
            return Next::NoRoom;
        }
        self.seal(compressor);
        self.send_front(rules, node)
    }

    /// Takes the head of the queue out, with a sequence if it has none yet.
    fn send_front(&mut self, rules: &Rules, node: i32) -> Next {
        let Some(mut batch) = self.queue.pop_front() else { return Next::Idle };
        batch.mark = match self.pid.filter(|_| rules.idempotent) {
            None => Stamp::PLAIN,
            Some(pid) => {
                let base = *batch.sequence.get_or_insert_with(|| {
                    let base = self.next_sequence;
                    self.next_sequence = advance(base, batch.sealed.record_count());
                    self.assigned.push_back(batch.tail.id);
                    base
                });
                Stamp {
                    producer_id: pid.id,
                    producer_epoch: pid.epoch,
                    base_sequence: base,
                    transactional: false,
                }
            }
        };
        batch.attempts += 1;
        self.on_wire += 1;
        self.wire_node = node;
        Next::Send(batch)
    }

    /// Whether sequences can be used as they are; else what has to happen first.
    fn settle_sequences(&mut self, pid: Option<Pid>) -> Option<Next> {
        if self.unresolved && self.assigned.is_empty() {
            // I6: everything sent has its answer. Without a hole the given-up batch must have been written.
            let last = self.next_sequence.checked_sub(1).unwrap_or(i32::MAX);
            if self.acked == Some(last) {
                self.unresolved = false;
            } else {
                self.rewrite = true;
            }
        }
        if self.rewrite {
            if self.on_wire > 0 {
                return Some(Next::Wait(None));
            }
            match (self.pid, pid) {
                (Some(old), Some(new)) if new == old => return Some(Next::Bump(old)),
                (_, None) => return Some(Next::Wait(None)),
                (_, Some(new)) => self.start_again(new),
            }
        }
        let head_is_new = self.queue.front().is_none_or(|head| head.sequence.is_none());
        if !head_is_new {
            return None; // A retry keeps the life it was first sent in.
        }
        match pid {
            None => Some(Next::Wait(None)),
            Some(pid) if self.pid == Some(pid) => self.unresolved.then_some(Next::Wait(None)),
            // I5: what is on its way under the old life comes first.
            Some(_) if !self.assigned.is_empty() => Some(Next::Wait(None)),
            Some(pid) => {
                self.start_again(pid);
                None
            }
        }
    }

    /// Sequences from zero under another life; queued batches are renumbered in order (I7).
    fn start_again(&mut self, pid: Pid) {
        self.pid = Some(pid);
        self.next_sequence = 0;
        self.acked = None;
        self.unresolved = false;
        self.rewrite = false;
        self.assigned.clear();
        for batch in &mut self.queue {
            batch.sequence = None;
            batch.maybe_written = false;
        }
    }

    /// Takes in what became of a batch on the wire.
    pub(crate) fn complete(
        &mut self,
        now: Instant,
        rules: &Rules,
        mut batch: Batch,
        answer: Answer,
        compressor: &mut Compressor,
        effects: &mut Effects,
    ) -> Reaction {
        self.on_wire -= 1;
        if batch.reported {
            return self.complete_late(batch, answer, effects);
        }
        match answer {
            Answer::Written(written) => {
                self.written(batch, written, effects);
                Reaction::None
            }
            Answer::Lost(error) => {
                batch.maybe_written = true;
                self.retry(now, rules, batch, error.into(), true, effects);
                Reaction::Refresh
            }
            Answer::Refused { code, message, records, log_start } => {
                let attempted = message.unwrap_or_else(|| "the batch was refused".to_owned());
                let failure = Failure { error: Error::from_code(code, attempted), records };
                self.refused(now, rules, batch, code, failure, log_start, compressor, effects)
            }
        }
    }

    fn refused(
        &mut self,
        now: Instant,
        rules: &Rules,
        mut batch: Batch,
        code: ErrorCode,
        failure: Failure,
        log_start: i64,
        compressor: &mut Compressor,
        effects: &mut Effects,
    ) -> Reaction {
        let first = self.assigned.front().is_none_or(|first| *first == batch.tail.id);
        match code {
            // I8: it was written by an earlier attempt, the broker no longer knows where.
            ErrorCode::DUPLICATE_SEQUENCE_NUMBER => {
                self.written(batch, Written { base_offset: None, append_time: None }, effects);
                Reaction::None
            }
            ErrorCode::MESSAGE_TOO_LARGE | ErrorCode::RECORD_LIST_TOO_LARGE if batch.count() > 1 => {
                self.split(batch, failure, compressor, effects);
                Reaction::None
            }
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER if batch.sequence.is_some() => {
                // I9: behind a retried batch this is expected; at the head it is a gap. With something unresolved
                // before it, the refusal says that the given-up batch was not written.
                let gap = first && (self.is_next(&batch) || self.on_wire == 0);
                self.rewrite |= gap;
                self.retry(now, rules, batch, failure, first && !gap, effects);
                Reaction::None
            }
            ErrorCode::UNKNOWN_PRODUCER_ID if batch.sequence.is_some() => {
                // I10: the broker forgot us, because retention removed what we wrote, or without a reason.
                let retention = self.acked_offset.is_some_and(|acked| log_start > acked);
                let gap = log_start >= 0 && (retention || (first && self.is_next(&batch)));
                self.lost_life(now, rules, batch, failure, gap, effects);
                Reaction::None
            }
            ErrorCode::INVALID_PRODUCER_EPOCH if batch.sequence.is_some() => {
                self.lost_life(now, rules, batch, failure, true, effects); // I11
                Reaction::None
            }
            ErrorCode::CORRUPT_MESSAGE if batch.corrupt < CORRUPT_LIMIT => {
                batch.corrupt += 1;
                self.retry(now, rules, batch, failure, true, effects);
                Reaction::None
            }
            ErrorCode::CORRUPT_MESSAGE => {
                self.give_up(batch, failure, effects);
                Reaction::None
            }
            ErrorCode::CLUSTER_AUTHORIZATION_FAILED | ErrorCode::PRODUCER_FENCED => {
                let error = failure.error.clone();
                self.give_up(batch, failure, effects); // I12
                Reaction::Fatal(error)
            }
            code if code.is_retriable() => {
                // P9: written, but perhaps not on enough replicas, or not known in time.
                batch.maybe_written |= matches!(
                    code,
                    ErrorCode::REQUEST_TIMED_OUT | ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND
                );
                self.retry(now, rules, batch, failure, true, effects);
                Reaction::Refresh
            }
            _ => {
                self.give_up(batch, failure, effects);
                Reaction::None
            }
        }
    }

    /// The producer's life is over for the broker. What may have been written in it must not be written again in
    /// the next one, where the broker cannot tell.
    fn lost_life(
        &mut self,
        now: Instant,
        rules: &Rules,
        batch: Batch,
        failure: Failure,
        bump: bool,
        effects: &mut Effects,
    ) {
        self.rewrite |= bump;
        if bump && batch.maybe_written {
            self.give_up(batch, failure, effects);
        } else {
            self.retry(now, rules, batch, failure, !bump, effects);
        }
    }

    /// Whether the batch follows directly on what is known to be written.
    fn is_next(&self, batch: &Batch) -> bool {
        let expected = self.acked.map_or(0, |acked| advance(acked, 1));
        !self.unresolved && batch.sequence == Some(expected)
    }

    fn written(&mut self, batch: Batch, written: Written, effects: &mut Effects) {
        self.note_written(&batch, written);
        self.finish(batch, Ok(written), effects);
    }

    fn note_written(&mut self, batch: &Batch, written: Written) {
        if let Some(base) = batch.sequence {
            self.assigned.retain(|id| *id != batch.tail.id);
            // Answers of one connection come in order, so this is the highest.
            self.acked = Some(advance(base, batch.count() - 1));
        }
        if let Some(offset) = written.base_offset {
            self.acked_offset = Some(offset + i64::from(batch.count()) - 1);
        }
    }

    /// The answer to a batch that was given up while it was on the wire.
    fn complete_late(&mut self, batch: Batch, answer: Answer, effects: &mut Effects) -> Reaction {
        let duplicate = matches!(answer, Answer::Refused { code: ErrorCode::DUPLICATE_SEQUENCE_NUMBER, .. });
        match answer {
            Answer::Written(written) => self.note_written(&batch, written),
            _ if duplicate => self.note_written(&batch, Written { base_offset: None, append_time: None }),
            _ => self.assigned.retain(|id| *id != batch.tail.id),
        }
        effects.spent.push(batch);
        Reaction::Refresh
    }

    /// Puts a batch back in its place, or gives it up when there are no attempts left.
    fn retry(
        &mut self,
        now: Instant,
        rules: &Rules,
        batch: Batch,
        failure: Failure,
        pause: bool,
        effects: &mut Effects,
    ) {
        if batch.attempts > rules.retries {
            return self.give_up(batch, failure, effects);
        }
        if now >= batch.tail.opened + rules.delivery_timeout {
            let error = Error::caused_by(ErrorKind::Timeout, expired(rules).to_string(), failure.error);
            return self.give_up(batch, error.into(), effects);
        }
        if pause {
            let failures = batch.attempts.saturating_sub(1);
            let pause =
                backoff::pause(rules.retry_backoff, rules.retry_backoff_max, failures, fastrand::u32(..));
            self.retry_at = self.retry_at.max(Some(now + pause));
        }
        self.requeue(batch);
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

    /// Fails a batch for good: by what is known it is not written, or nobody knows (I13).
    fn give_up(&mut self, batch: Batch, failure: Failure, effects: &mut Effects) {
        let unknown = batch.maybe_written;
        if batch.sequence.is_some() {
            self.assigned.retain(|id| *id != batch.tail.id);
            if unknown {
                self.unresolved = true; // I6
            } else {
                self.rewrite = true; // A hole: what follows must start again.
            }
        }
        let failure = if unknown { maybe_written(failure) } else { failure };
        self.finish(batch, Err(failure), effects);
    }

    /// Fails what is over its delivery timeout and not on the wire (P4). Returns when the next one is.
    pub(crate) fn expire(
        &mut self,
        now: Instant,
        rules: &Rules,
        compressor: &mut Compressor,
        effects: &mut Effects,
    ) -> Option<Instant> {
        let deadline = |opened: Instant| opened + rules.delivery_timeout;
        while let Some(batch) = self.queue.pop_front_if(|batch| deadline(batch.tail.opened) <= now) {
            self.give_up(batch, expired(rules).into(), effects);
        }
        if self.open.as_ref().is_some_and(|open| deadline(open.tail.opened) <= now) {
            self.seal(compressor);
            if let Some(batch) = self.queue.pop_back() {
                self.give_up(batch, expired(rules).into(), effects);
            }
        }
        let queued = self.queue.front().map(|batch| batch.tail.opened);
        let first = queued.or(self.open.as_ref().map(|open| open.tail.opened));
        first.map(deadline)
    }

    /// Reports a batch on the wire whose delivery timeout passed. The batch stays with its owner until the answer.
    pub(crate) fn expire_on_wire(&mut self, rules: &Rules, batch: &mut Batch, effects: &mut Effects) {
        if batch.reported {
            return;
        }
        batch.reported = true;
        self.unresolved |= batch.sequence.is_some();
        let tail = Tail {
            id: batch.tail.id,
            cookies: std::mem::take(&mut batch.tail.cookies),
            waiters: std::mem::take(&mut batch.tail.waiters),
            opened: batch.tail.opened,
            charged: 0,
            generation: batch.tail.generation,
        };
        let failure = maybe_written(expired(rules).into());
        self.file(
            Finished {
                tail,
                sealed: None,
                max_timestamp: batch.sealed.max_timestamp(),
                outcome: Err(failure),
            },
            effects,
        );
    }

    /// Fails everything that is not on the wire: the producer is closed or cannot go on (P13).
    pub(crate) fn fail_all(&mut self, error: &Error, compressor: &mut Compressor, effects: &mut Effects) {
        self.seal(compressor);
        while let Some(batch) = self.queue.pop_front() {
            self.give_up(batch, error.clone().into(), effects);
        }
    }

    /// Halves a batch that the broker finds too large (P2); the halves keep its sequences in order (I15).
    fn split(&mut self, batch: Batch, failure: Failure, compressor: &mut Compressor, effects: &mut Effects) {
        let halves = batch.sealed.split(compressor, &mut Default::default());
        let Ok(Some((left, right))) = halves else {
            return self.give_up(batch, failure, effects);
        };
        let charged = left.len() + right.len();
        effects.split.push((batch.tail.generation, charged));
        let place = self.place_of(batch.tail.id);
        let (left, right) = self.halves(batch, left, right, effects);
        if let Some(slot) = self.order.get_mut(place) {
            slot.id = left.tail.id;
            self.order.insert(place + 1, Slot { id: right.tail.id, result: None });
        }
        self.requeue(left);
        self.requeue(right);
    }

    fn halves(
        &mut self,
        mut batch: Batch,
        left: SealedBatch,
        right: SealedBatch,
        effects: &mut Effects,
    ) -> (Batch, Batch) {
        let middle = left.record_count();
        let tail = |id, cookies, waiters, charged| Tail {
            id,
            cookies,
            waiters,
            charged,
            opened: batch.tail.opened,
            generation: batch.tail.generation,
        };
        let mut ids = [self.next_id, self.next_id + 1].map(BatchId).into_iter();
        self.next_id += 2;
        let mut take_id = || ids.next().expect("two halves have two ids");
        // A batch that was appended whole has one cookie for all its records: the last half carries it.
        let mut cookies = std::mem::take(&mut batch.tail.cookies);
        let whole = cookies.len() < batch.sealed.record_count() as usize;
        let right_cookies = cookies.split_off(if whole { 0 } else { middle as usize });
        let (left_waiters, right_waiters): (Vec<_>, Vec<_>) =
            std::mem::take(&mut batch.tail.waiters).into_iter().partition(|waiter| waiter.index < middle);
        let right_waiters = right_waiters
            .into_iter()
            .map(|waiter| super::ack::Waiter { index: waiter.index - middle, reply: waiter.reply });
        let left_tail = tail(take_id(), cookies, left_waiters, left.len());
        let right_tail = tail(take_id(), right_cookies, right_waiters.collect(), right.len());
        let mut left = Batch { attempts: batch.attempts, ..Batch::new(left, left_tail) };
        let mut right = Batch { attempts: batch.attempts, ..Batch::new(right, right_tail) };
        if let Some(base) = batch.sequence {
            left.sequence = Some(base);
            right.sequence = Some(advance(base, middle));
            if let Some(at) = self.assigned.iter().position(|id| *id == batch.tail.id) {
                self.assigned[at] = left.tail.id;
                self.assigned.insert(at + 1, right.tail.id);
            }
        }
        effects.spent.push(batch);
        (left, right)
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

fn expired(rules: &Rules) -> Error {
    let message = format!(
        "the record could not be delivered within delivery.timeout.ms ({:?})",
        rules.delivery_timeout
    );
    Error::new(ErrorKind::Timeout, message)
}

fn maybe_written(failure: Failure) -> Failure {
    let message = "an attempt to write the record got no answer, and none since told whether it was written";
    Failure {
        error: Error::caused_by(ErrorKind::MaybeWritten, message, failure.error),
        records: failure.records,
    }
}

/// Sequences go from 0 to 2^31 − 1 and start again (I2).
fn advance(sequence: i32, by: u32) -> i32 {
    ((i64::from(sequence) + i64::from(by)) & i64::from(i32::MAX)) as i32
}

#[cfg(test)]
mod tests;
