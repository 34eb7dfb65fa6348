//! What the application takes: leases of buffered data, and failures.

use std::time::Instant;

use kconnect_wire::compress::DecompressError;
use kconnect_wire::records::RecordsError;

use super::{Core, Lease};
use crate::consumer::slot::{Position, Slot};
use crate::{Error, ErrorKind, TopicPartition};

impl Core {
    pub(super) fn enqueue(&mut self, tp: &TopicPartition) {
        if let Some(slot) = self.slots.get_mut(tp)
            && slot.is_deliverable()
            && !std::mem::replace(&mut slot.queued, true)
        {
            self.ready.push_back(tp.clone());
        }
    }

    /// Whether `checkout` has something.
    pub(crate) fn has_deliverable(&self) -> bool {
        self.ready.iter().any(|tp| self.slots.get(tp).is_some_and(Slot::is_deliverable))
    }

    /// The next thing to deliver, or the next failure to tell.
    pub(crate) fn checkout(&mut self, now: Instant) -> Option<Result<Lease, Error>> {
        while let Some(tp) = self.ready.pop_front() {
            let Some(slot) = self.slots.get_mut(&tp) else { continue };
            slot.queued = false;
            if !slot.is_deliverable() {
                continue;
            }
            if let Some(cursor) = slot.buffered.pop_front() {
                slot.buffered_bytes -= cursor.size();
                slot.leased_bytes = cursor.size();
                return Some(Ok(Lease { tp, cursor, stamp: slot.stamp }));
            }
            if let Some(error) = slot.tell_failure(now + self.pauses.failure) {
                return Some(Err(error));
            }
        }
        None
    }

    /// Takes a lease back after reading; `reached` is where the application is now. Returns whether the reading
    /// counts: not when the partition was revoked or sought meanwhile.
    pub(crate) fn checkin(&mut self, lease: Lease, reached: Option<Position>) -> bool {
        let Lease { tp, cursor, stamp } = lease;
        let Some(slot) = self.slots.get_mut(&tp) else { return false };
        slot.leased_bytes = 0;
        if slot.stamp != stamp || slot.revoking {
            return false;
        }
        slot.delivered = reached.or(slot.delivered);
        if !cursor.is_done() {
            slot.buffered_bytes += cursor.size();
            slot.buffered.push_front(cursor);
            // Drain what is begun before the next partition: it holds a frame.
            slot.queued = true;
            self.ready.push_front(tp);
        } else {
            self.enqueue(&tp);
        }
        true
    }

    /// The data of a lease cannot be read: tell it, and fetch again from the last good record.
    pub(crate) fn checkin_damaged(
        &mut self,
        now: Instant,
        lease: Lease,
        error: &RecordsError,
    ) -> Option<Error> {
        let Lease { tp, stamp, .. } = lease;
        let slot = self.slots.get_mut(&tp)?;
        slot.leased_bytes = 0;
        if slot.stamp != stamp || slot.revoking {
            return None;
        }
        let reached = slot.delivered?;
        let retry_at = now + self.pauses.failure;
        let _ = self.place(&tp, |slot| {
            slot.restart_at(reached);
            slot.retry_at = Some(retry_at);
        });
        Some(unreadable(&tp, reached.offset, error, self.config.partition_fetch_bytes))
    }
}

/// B5, F9, F16: names the partition and the offset; skipping is the user's choice (a seek).
pub(super) fn unreadable(tp: &TopicPartition, at: i64, error: &RecordsError, limit: i32) -> Error {
    match error {
        RecordsError::Cut { needed, .. } => Error::new(
            ErrorKind::RecordTooLarge,
            format!(
                "the batch at offset {at} of {tp} takes at least {needed} bytes, more than the {limit} bytes of \
                 max.partition.fetch.bytes: raise it"
            ),
        ),
        RecordsError::Decompress { source: DecompressError::TooLarge { codec, limit }, .. } => {
            Error::caused_by(
                ErrorKind::Rejected,
                format!(
                    "the batch at offset {at} of {tp} is refused: its {codec} data decompresses to more than {limit} bytes, \
                 the most that is read of one batch; seek past it to go on"
                ),
                error.clone(),
            )
        }
        error => Error::caused_by(
            ErrorKind::Rejected,
            format!("the records at offset {at} of {tp} cannot be read; seek past them to go on"),
            error.clone(),
        ),
    }
}
