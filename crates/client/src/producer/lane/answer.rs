//! What an answer means for its batch, and for the life of the producer.

use std::time::Instant;

use kconnect_wire::ErrorCode;
use kconnect_wire::compress::Compressor;

use super::{Answer, Effects, Failure, Lane, Reaction, Rules, Written, advance};
use crate::Error;
use crate::producer::batch::Batch;

/// Times a broker may find one batch corrupt before we believe it (P11).
pub(super) const CORRUPT_LIMIT: u32 = 3;

impl Lane {
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
                self.heard = Some(now);
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
                let pause = first && (!gap || is_repeated(&batch));
                self.retry(now, rules, batch, failure, pause, effects);
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
            let pause = !bump || is_repeated(&batch);
            self.retry(now, rules, batch, failure, pause, effects);
        }
    }

    /// Whether the batch follows directly on what is known to be written.
    fn is_next(&self, batch: &Batch) -> bool {
        let expected = self.acked.map_or(0, |acked| advance(acked, 1));
        !self.unresolved && batch.sequence == Some(expected)
    }

    pub(super) fn written(&mut self, batch: Batch, written: Written, effects: &mut Effects) {
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
}

/// A new life cures what an old one suffered from, at once. A broker that refuses that one too is not besieged.
fn is_repeated(batch: &Batch) -> bool {
    batch.attempts > 1
}
