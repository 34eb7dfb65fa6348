//! Which batch goes next, and under which sequence.

use std::time::{Duration, Instant};

use kconnect_wire::compress::Compressor;
use kconnect_wire::records::Stamp;

use super::{Closing, Lane, Next, Rules, advance};
use crate::producer::batch::Pid;

/// A leader forgets producers that were silent for `producer.id.expiration.ms`, a day unless its operator chose less.
const REMEMBERED: Duration = Duration::from_secs(10 * 60);

impl Lane {
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
        if rules.idempotent && self.on_wire > 0 && !self.is_known(now) {
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
        if self.wire_node != node {
            // An unclean election may have brought a leader that was not told.
            self.heard = None;
        }
        batch.attempts += 1;
        self.on_wire += 1;
        self.wire_node = node;
        Next::Send(batch)
    }

    /// Whether the leader is sure to know which sequence comes next.
    fn is_known(&self, now: Instant) -> bool {
        self.heard.is_some_and(|heard| now < heard + REMEMBERED)
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
        self.heard = None;
        self.unresolved = false;
        self.rewrite = false;
        self.assigned.clear();
        for batch in &mut self.queue {
            batch.sequence = None;
            batch.maybe_written = false;
        }
    }
}
