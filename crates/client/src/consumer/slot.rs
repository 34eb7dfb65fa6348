//! One assigned partition: where we are, what is buffered, and what has to happen before the next fetch.
//!
//! ```text
//!  NeedCommitted ──▶ NeedReset ──▶ Ready ◀──▶ NeedValidation (leader changed, F5)
//!        ╰──────────────▶ ╰──────────▶ Failed (told by poll, then tried again after a pause)
//! ```
//! Two positions (F1): `fetch` moves when an answer is accepted, `delivered` when records go to the
//! application. `stamp` changes whenever the position is set from outside; answers that carry an older stamp
//! are not ours any more (F2, F7).

use std::collections::VecDeque;
use std::time::Instant;

use kconnect_wire::Uuid;

use super::cursor::Cursor;
use crate::{Error, TopicPartition};

/// An offset and the epoch of the leader that wrote the record before it, -1 when unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) offset: i64,
    pub(crate) epoch: i32,
}

/// What has to happen before the next fetch.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    NeedCommitted,
    NeedReset(ResetTo),
    NeedValidation,
    Ready,
    /// To be told to the application; then `resume` is tried after a pause, so that what was repaired meanwhile
    /// (a grant, a created topic, a good replica) is noticed and what was not is told again.
    Failed {
        error: Error,
        resume: Resume,
    },
}

/// Where a failed partition goes on after the failure was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resume {
    Committed,
    Reset(ResetTo),
    Fetch,
}

/// Where a reset goes; on the wire a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResetTo {
    Earliest,
    Latest,
    /// Milliseconds since 1970; the end when no record is that young.
    Timestamp(i64),
}

impl ResetTo {
    pub(crate) fn timestamp(self) -> i64 {
        match self {
            ResetTo::Earliest => -2,
            ResetTo::Latest => -1,
            ResetTo::Timestamp(at) => at,
        }
    }
}

/// Who leads the partition, as far as this consumer has adopted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Leader {
    pub(crate) node: i32,
    pub(crate) epoch: i32,
}

/// State of one partition. Fields are open to `core.rs`, which keeps the invariants across partitions.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) tp: TopicPartition,
    pub(crate) stamp: u64,
    pub(crate) phase: Phase,
    pub(crate) paused: bool,
    /// Being given back: neither fetched nor delivered any more.
    pub(crate) revoking: bool,
    pub(crate) delivered: Option<Position>,
    pub(crate) fetch: Position,
    pub(crate) leader: Option<Leader>,
    pub(crate) topic_id: Option<Uuid>,
    /// Replica in our rack to read from, and until when (F15).
    pub(crate) preferred: Option<(i32, Instant)>,
    pub(crate) retry_at: Option<Instant>,
    /// A question about this partition (not a fetch) is under way.
    pub(crate) asking: bool,
    /// The leader refused us or was out of reach; the metadata has to be asked.
    pub(crate) suspect_leader: bool,
    /// In the core's queue of partitions that have something to deliver.
    pub(crate) queued: bool,
    pub(crate) buffered: VecDeque<Cursor>,
    pub(crate) buffered_bytes: usize,
    /// Bytes of the cursor that the application's thread has taken out.
    pub(crate) leased_bytes: usize,
    pub(crate) log_start: i64,
    pub(crate) high_watermark: i64,
    pub(crate) last_stable: i64,
}

impl Slot {
    pub(crate) fn new(tp: TopicPartition, stamp: u64, phase: Phase) -> Self {
        Slot {
            tp,
            stamp,
            phase,
            paused: false,
            revoking: false,
            delivered: None,
            fetch: Position { offset: -1, epoch: -1 },
            leader: None,
            topic_id: None,
            preferred: None,
            retry_at: None,
            asking: false,
            suspect_leader: false,
            queued: false,
            buffered: VecDeque::new(),
            buffered_bytes: 0,
            leased_bytes: 0,
            log_start: -1,
            high_watermark: -1,
            last_stable: -1,
        }
    }

    /// Bytes of this partition that are not delivered.
    pub(crate) fn unread_bytes(&self) -> usize {
        self.buffered_bytes + self.leased_bytes
    }

    /// Drops what is buffered; returns how many bytes that frees. A cursor that is out comes back to a changed
    /// stamp and is dropped then.
    pub(crate) fn drop_buffer(&mut self) -> usize {
        self.buffered.clear();
        std::mem::take(&mut self.buffered_bytes)
    }

    pub(crate) fn fail(&mut self, error: Error, resume: Resume) {
        self.phase = Phase::Failed { error, resume };
    }

    /// The failure to tell, if there is one; the partition is tried again from `retry_at` on.
    pub(crate) fn tell_failure(&mut self, retry_at: Instant) -> Option<Error> {
        let Phase::Failed { error, resume } = &self.phase else { return None };
        let (error, resume) = (error.clone(), *resume);
        self.retry_at = Some(retry_at);
        self.phase = match resume {
            Resume::Committed => Phase::NeedCommitted,
            Resume::Reset(to) => Phase::NeedReset(to),
            Resume::Fetch => Phase::Ready,
        };
        Some(error)
    }

    /// A position from outside (seek, committed offset, reset): validated first when its epoch is known.
    pub(crate) fn start_at(&mut self, position: Position) {
        self.fetch = position;
        self.delivered = Some(position);
        self.phase = if position.epoch >= 0 { Phase::NeedValidation } else { Phase::Ready };
    }

    /// A reset: the offset is the leader's own, there is nothing to validate.
    pub(crate) fn restart_at(&mut self, position: Position) {
        self.fetch = position;
        self.delivered = Some(position);
        self.phase = Phase::Ready;
    }

    /// The node to fetch from: a preferred replica while it holds, else the leader.
    pub(crate) fn source(&self, now: Instant) -> Option<i32> {
        let preferred = self.preferred.filter(|(_, until)| now < *until).map(|(node, _)| node);
        preferred.or(self.leader.map(|leader| leader.node))
    }

    /// Whether the leader is that of `epoch`.
    pub(crate) fn is_led_in(&self, epoch: i32) -> bool {
        self.leader.is_some_and(|leader| leader.epoch == epoch)
    }

    /// The position came from the leader of `epoch`; any other has to be asked whether it holds what is before it.
    pub(crate) fn suspect_position(&mut self, epoch: i32) {
        if matches!(self.phase, Phase::Ready) && self.fetch.epoch >= 0 && !self.is_led_in(epoch) {
            self.phase = Phase::NeedValidation;
        }
    }

    /// Whether a fetch would be right, buffer space aside.
    pub(crate) fn is_fetchable(&self, now: Instant) -> bool {
        matches!(self.phase, Phase::Ready) && !self.paused && !self.revoking && !self.is_backing_off(now)
    }

    pub(crate) fn is_backing_off(&self, now: Instant) -> bool {
        self.retry_at.is_some_and(|at| now < at)
    }

    pub(crate) fn is_deliverable(&self) -> bool {
        !self.paused
            && !self.revoking
            && (!self.buffered.is_empty() || matches!(self.phase, Phase::Failed { .. }))
    }

    /// Adopts a leader. A change of leader or epoch makes a position with a known epoch suspect (F5) and ends
    /// the preference for a replica (F15).
    pub(crate) fn adopt_leader(&mut self, leader: Option<Leader>) {
        if leader == self.leader {
            return;
        }
        if let (Some(known), Some(new)) = (self.leader, leader)
            && new.epoch >= 0
            && new.epoch < known.epoch
        {
            return;
        }
        let moved = self.leader.is_some() && leader.is_some();
        self.leader = leader;
        self.preferred = None;
        if leader.is_some() {
            self.retry_at = None;
        }
        if moved && matches!(self.phase, Phase::Ready) && self.fetch.epoch >= 0 {
            self.phase = Phase::NeedValidation;
        }
    }
}
