//! Answers with data: what is accepted, buffered or refused.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use kconnect_wire::ErrorCode;
use kconnect_wire::messages::{FetchPartitionData, FetchResponse};
use kconnect_wire::records::Batches;

use super::delivery::unreadable;
use super::{Asked, Core, EpochEnd, UnderWay};
use crate::consumer::Isolation;
use crate::consumer::cursor::Cursor;
use crate::consumer::memory::Unread;
use crate::consumer::slot::{Leader, Phase, Position, Resume};
use crate::logger;
use crate::{Error, ErrorKind, TopicPartition};

impl Core {
    /// A fetch could not be sent or was not answered.
    pub(crate) fn fetch_failed(&mut self, now: Instant, node: i32) {
        let Some(under_way) = self.finish(node) else { return };
        if let Some(broker) = self.brokers.get_mut(&node) {
            broker.session.forget();
            broker.retry_at = Some(now + self.pauses.retry);
        }
        for tp in under_way.asked.keys() {
            if let Some(slot) = self.slots.get_mut(tp) {
                slot.preferred = slot.preferred.filter(|(preferred, _)| *preferred != node);
                slot.suspect_leader = true;
            }
        }
    }

    fn finish(&mut self, node: i32) -> Option<UnderWay> {
        let under_way = self.brokers.get_mut(&node)?.under_way.take()?;
        self.reserved -= under_way.reserved;
        Some(under_way)
    }

    /// A fetch was answered; the answer takes `size` bytes of memory.
    pub(crate) fn fetched(&mut self, now: Instant, node: i32, response: FetchResponse, size: usize) {
        let Some(under_way) = self.finish(node) else { return };
        let Some(broker) = self.brokers.get_mut(&node) else { return };
        match response.error_code {
            ErrorCode::NONE => broker.session.answered(response.session_id),
            // Nothing is wrong but the session, so the next request asks for everything at once; unless this one did.
            code @ (ErrorCode::FETCH_SESSION_ID_NOT_FOUND | ErrorCode::INVALID_FETCH_SESSION_EPOCH) => {
                if broker.session.id() == 0 {
                    broker.retry_at = Some(now + self.pauses.retry);
                }
                return match code {
                    ErrorCode::FETCH_SESSION_ID_NOT_FOUND => broker.session.refused(now),
                    _ => broker.session.forget(),
                };
            }
            code => {
                // F13: also topic ids that the broker does not agree with; the metadata has to catch up.
                tracing::debug!(target: logger::FETCH_SESSION, node, %code, "fetch was refused, starting a new session");
                broker.session.forget();
                broker.retry_at = Some(now + self.pauses.retry);
                under_way.asked.keys().for_each(|tp| self.forget_leader(tp, true));
                return;
            }
        }
        let frame = Arc::new(self.memory.keep(size));
        for topic in response.responses {
            let name = match topic.topic.is_empty() {
                true => under_way.topics.get(&topic.topic_id).cloned(),
                false => Some(Arc::from(topic.topic)),
            };
            let Some(name) = name else { continue };
            for data in topic.partitions {
                let tp = TopicPartition { topic: name.clone(), partition: data.partition_index };
                if let Some(&asked) = under_way.asked.get(&tp) {
                    self.accept(now, node, &tp, asked, data, &frame);
                }
            }
        }
    }

    fn accept(
        &mut self,
        now: Instant,
        node: i32,
        tp: &TopicPartition,
        asked: Asked,
        data: FetchPartitionData,
        frame: &Arc<Unread>,
    ) {
        // F2: still assigned, not sought since, and the next bytes we need.
        let Some(slot) = self.slots.get_mut(tp) else { return };
        if slot.stamp != asked.stamp
            || slot.fetch.offset != asked.offset
            || slot.revoking
            || !matches!(slot.phase, Phase::Ready | Phase::NeedValidation)
        {
            return;
        }
        let code = data.error_code;
        if code != ErrorCode::NONE {
            self.refused(now, node, tp, code, &data);
            self.enqueue(tp);
            return;
        }
        (slot.log_start, slot.high_watermark, slot.last_stable) =
            (data.log_start_offset, data.high_watermark, data.last_stable_offset);
        if data.diverging_epoch.epoch >= 0 || data.diverging_epoch.end_offset >= 0 {
            let end = EpochEnd { epoch: data.diverging_epoch.epoch, offset: data.diverging_epoch.end_offset };
            self.truncated(tp, end);
            self.enqueue(tp);
            return;
        }
        if data.preferred_read_replica >= 0 {
            slot.preferred = Some((data.preferred_read_replica, now + self.pauses.preference));
        }
        self.buffer(tp, data, frame);
        if let Some(slot) = self.slots.get_mut(tp) {
            // F5: read from a former leader, as it turns out; the new one may not hold it.
            slot.suspect_position(asked.leader_epoch);
        }
    }

    fn buffer(&mut self, tp: &TopicPartition, data: FetchPartitionData, frame: &Arc<Unread>) {
        let Some(blob) = data.records.filter(|blob| !blob.is_empty()) else { return };
        let Some(slot) = self.slots.get_mut(tp) else { return };
        let asked = slot.fetch.offset;
        let (mut next, mut good) = (slot.fetch, 0);
        let mut batches = Batches::new(blob.clone()).verify_crc(false);
        let damage = loop {
            match batches.next() {
                Some(Ok(batch)) => {
                    good = batches.consumed();
                    next = Position {
                        offset: batch.next_offset().max(next.offset),
                        epoch: batch.header().leader_epoch,
                    };
                }
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        if next.offset > asked {
            let aborted = data.aborted_transactions.unwrap_or_default();
            let aborted = aborted.into_iter().map(|a| (a.producer_id, a.first_offset));
            let reads_committed = self.config.isolation == Isolation::ReadCommitted;
            let aborted = reads_committed.then(|| aborted.collect());
            slot.buffered_bytes += good;
            let (blob, frame) = (blob.slice(..good), frame.clone());
            slot.buffered.push_back(Cursor::new(blob, asked, self.config.check_crcs, aborted, frame));
            slot.fetch = next;
        } else if let Some(error) = damage {
            // What is good before the damage was accepted above; the next fetch starts at the damage.
            let error = unreadable(tp, asked, &error, self.config.partition_fetch_bytes);
            slot.fail(error, Resume::Fetch);
        }
        self.order.retain(|other| other != tp);
        self.order.push_back(tp.clone());
        self.enqueue(tp);
    }

    fn refused(
        &mut self,
        now: Instant,
        node: i32,
        tp: &TopicPartition,
        code: ErrorCode,
        data: &FetchPartitionData,
    ) {
        let without = self.without_offset();
        let Some(slot) = self.slots.get_mut(tp) else { return };
        let from_leader = slot.leader.is_some_and(|leader| leader.node == node);
        slot.preferred = None;
        match code {
            ErrorCode::OFFSET_OUT_OF_RANGE if from_leader => {
                let at = slot.fetch.offset;
                tracing::info!(target: logger::FETCH_COLLECTOR, topic = %tp.topic, partition = tp.partition, offset = at, "offset is out of range");
                let without = match without {
                    Phase::Failed { .. } => {
                        let message =
                            format!("offset {at} of {tp} is out of range and auto.offset.reset is none");
                        let error = Error::with_code(ErrorKind::Rejected, code, message);
                        Phase::Failed { error, resume: Resume::Fetch }
                    }
                    reset => reset,
                };
                // Buffered records come first: only the position ahead of them is wrong.
                slot.phase = without;
            }
            // F6: the follower is behind or ahead of us; the leader knows.
            ErrorCode::OFFSET_OUT_OF_RANGE => {
                if slot.fetch.epoch >= 0 && slot.fetch.offset > data.high_watermark {
                    slot.phase = Phase::NeedValidation;
                }
                // The leader may send us back here until the follower has caught up.
                self.retry(now, tp);
            }
            ErrorCode::TOPIC_AUTHORIZATION_FAILED => {
                slot.fail(Error::from_code(code, format!("fetching from {tp}")), Resume::Fetch);
            }
            ErrorCode::UNKNOWN_LEADER_EPOCH => self.retry(now, tp),
            code if code.is_retriable() || code == ErrorCode::UNKNOWN_SERVER_ERROR => {
                let hint =
                    Leader { node: data.current_leader.leader_id, epoch: data.current_leader.leader_epoch };
                let newer = hint.node >= 0 && slot.leader.is_none_or(|known| hint.epoch > known.epoch);
                slot.suspect_leader = true;
                // M6: whoever refuses us often knows the new leader, and then there is nothing to wait for.
                if newer { slot.adopt_leader(Some(hint)) } else { self.retry(now, tp) }
            }
            _ => slot.fail(
                Error::from_code(code, format!("fetching from {tp} at offset {}", slot.fetch.offset)),
                Resume::Fetch,
            ),
        }
    }

    /// Topics whose leaders were refused or unreachable since the last call.
    pub(crate) fn take_suspects(&mut self) -> BTreeSet<Arc<str>> {
        let suspects = self
            .slots
            .values_mut()
            .filter_map(|slot| std::mem::take(&mut slot.suspect_leader).then(|| slot.tp.topic.clone()));
        suspects.collect()
    }

    /// Sessions to close when the consumer goes (F14).
    pub(crate) fn open_sessions(&self) -> Vec<(i32, i32)> {
        self.brokers
            .iter()
            .map(|(node, broker)| (*node, broker.session.id()))
            .filter(|(_, id)| *id != 0)
            .collect()
    }
}
