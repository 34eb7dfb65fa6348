//! Answers about positions: committed offsets, list offsets, ends of epochs, and what is done without an offset.

use std::time::Instant;

use super::{Core, EpochEnd, EpochQuestion, Outcome};
use crate::consumer::OffsetReset;
use crate::consumer::slot::{Phase, Position, ResetTo, Resume, Slot};
use crate::logger;
use crate::{Error, ErrorKind, TopicPartition};

impl Core {
    pub(crate) fn committed(
        &mut self,
        now: Instant,
        tp: &TopicPartition,
        stamp: u64,
        outcome: Outcome<Option<Position>>,
    ) {
        let without = self.without_offset();
        let Some(slot) = self.answered(tp, stamp) else { return };
        match outcome {
            Outcome::Answer(Some(position)) => slot.start_at(position),
            Outcome::Answer(None) => slot.phase = without,
            Outcome::Again { .. } => self.retry(now, tp),
            Outcome::Failed(error) => slot.fail(error, Resume::Committed),
        }
        self.enqueue(tp);
    }

    pub(crate) fn listed(
        &mut self,
        now: Instant,
        tp: &TopicPartition,
        stamp: u64,
        outcome: Outcome<Option<Position>>,
    ) {
        let Some(slot) = self.answered(tp, stamp) else { return };
        let Phase::NeedReset(to) = slot.phase else { return };
        match outcome {
            Outcome::Answer(Some(position)) => slot.restart_at(position),
            // No record is that young: what is written from now on is.
            Outcome::Answer(None) => slot.phase = Phase::NeedReset(ResetTo::Latest),
            Outcome::Again { stale } => {
                self.forget_leader(tp, stale);
                self.retry(now, tp);
            }
            Outcome::Failed(error) => slot.fail(error, Resume::Reset(to)),
        }
        self.enqueue(tp);
    }

    /// What a former leader says of a position is not what the new one would, and an epoch that was asked for says
    /// nothing of a later one that was read meanwhile: then the question is asked anew.
    pub(crate) fn validated(&mut self, now: Instant, question: &EpochQuestion, outcome: Outcome<EpochEnd>) {
        let EpochQuestion { tp, stamp, leader_epoch, epoch } = question;
        let Some(slot) = self.answered(tp, *stamp) else { return };
        let still_asked = slot.fetch.epoch == *epoch && slot.is_led_in(*leader_epoch);
        if !matches!(slot.phase, Phase::NeedValidation) || !still_asked {
            return;
        }
        match outcome {
            Outcome::Answer(end) if end.offset >= slot.fetch.offset => slot.phase = Phase::Ready,
            Outcome::Answer(end) => self.truncated(tp, end),
            Outcome::Again { stale } => {
                self.forget_leader(tp, stale);
                self.retry(now, tp);
            }
            Outcome::Failed(error) => slot.fail(error, Resume::Fetch),
        }
        self.enqueue(tp);
    }

    pub(super) fn answered(&mut self, tp: &TopicPartition, stamp: u64) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(tp).filter(|slot| slot.stamp == stamp)?;
        slot.asking = false;
        Some(slot)
    }

    pub(super) fn retry(&mut self, now: Instant, tp: &TopicPartition) {
        if let Some(slot) = self.slots.get_mut(tp) {
            slot.retry_at = Some(now + self.pauses.retry);
        }
    }

    /// The leader is asked for again; the epoch stays known so that an older one is not adopted.
    pub(super) fn forget_leader(&mut self, tp: &TopicPartition, stale: bool) {
        if stale && let Some(slot) = self.slots.get_mut(tp) {
            slot.preferred = None;
            slot.suspect_leader = true;
        }
    }

    /// F5: the log of the new leader ends before our position. What was delivered beyond it cannot be called
    /// back; what was not is read again.
    pub(super) fn truncated(&mut self, tp: &TopicPartition, end: EpochEnd) {
        let policy = self.config.offset_reset;
        let without = self.without_offset();
        let Some(slot) = self.slots.get(tp) else { return };
        let (delivered, at) = (slot.delivered, slot.fetch.offset);
        let undefined = end.offset < 0 || end.epoch < 0;
        tracing::warn!(target: logger::SUBSCRIPTION_STATE, topic = %tp.topic, partition = tp.partition, position = at, end = end.offset, "log was truncated below the position");
        if let Some(delivered) = delivered.filter(|d| !undefined && d.offset <= end.offset) {
            let _ = self.place(tp, |slot| slot.start_at(delivered));
            return;
        }
        let phase_after = |slot: &mut Slot| match policy {
            OffsetReset::None => {
                let message =
                    format!("log of {tp} was truncated: position {at} lies beyond its end at {}", end.offset);
                slot.fail(Error::new(ErrorKind::Rejected, message), Resume::Fetch);
            }
            _ if undefined => slot.phase = without,
            _ => slot.restart_at(Position { offset: end.offset, epoch: end.epoch }),
        };
        let _ = self.place(tp, phase_after);
    }

    /// What to do for a partition without a usable offset.
    pub(super) fn without_offset(&self) -> Phase {
        match self.config.offset_reset {
            OffsetReset::Earliest => Phase::NeedReset(ResetTo::Earliest),
            OffsetReset::Latest => Phase::NeedReset(ResetTo::Latest),
            OffsetReset::ByDuration(age) => {
                Phase::NeedReset(ResetTo::Timestamp(wall_clock_ms() - age.as_millis() as i64))
            }
            OffsetReset::None => {
                let message = "no offset to start at is stored and auto.offset.reset is none: seek, or set another policy";
                Phase::Failed { error: Error::new(ErrorKind::Rejected, message), resume: Resume::Committed }
            }
        }
    }
}

fn wall_clock_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
