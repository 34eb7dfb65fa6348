//! Giving up: attempts, time, the end of the producer.

use std::time::Instant;

use kconnect_wire::compress::Compressor;

use super::{Effects, Failure, Finished, Lane, Rules};
use crate::net::backoff;
use crate::producer::batch::{Batch, Tail};
use crate::{Error, ErrorKind};

impl Lane {
    /// Puts a batch back in its place, or gives it up when there are no attempts left.
    pub(super) fn retry(
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

    /// Fails a batch for good: by what is known it is not written, or nobody knows (I13).
    pub(super) fn give_up(&mut self, batch: Batch, failure: Failure, effects: &mut Effects) {
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
}

fn expired(rules: &Rules) -> Error {
    let message = format!(
        "the record could not be delivered within delivery.timeout.ms ({:?})",
        rules.delivery_timeout
    );
    Error::new(ErrorKind::Timeout, message)
}

pub(super) fn maybe_written(failure: Failure) -> Failure {
    let message = "an attempt to write the record got no answer, and none since told whether it was written";
    Failure {
        error: Error::caused_by(ErrorKind::MaybeWritten, message, failure.error),
        records: failure.records,
    }
}
