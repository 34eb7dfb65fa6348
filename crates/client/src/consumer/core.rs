//! All partitions of a consumer as one pure state machine: what to ask of which broker next, what an answer
//! changes, what may be delivered.
//!
//! The engine (`engine.rs`) calls [`Core::due`] and carries out its effects; the application's thread takes
//! buffered data with [`Core::checkout`] and gives the rest back with [`Core::checkin`]. Both hold the one
//! lock around the core for some microseconds; nothing is decoded, awaited or sent under it.
//!
//! Invariants
//! - One fetch per broker is under way at most, and a partition is in one of them at most.
//! - An answer counts only for a partition that still has the stamp and the fetch position it was asked with
//!   (F2, F7). Everything that sets a position from outside changes the stamp.
//! - The next fetch position comes from batch headers when the answer is accepted, so the next request leaves
//!   before the application sees a record (R5).
//! - Answers that are not read to their end plus bytes asked for stay within the budget; one answer beyond it is
//!   allowed only when all that is buffered belongs to paused partitions, because waiting for those could last for
//!   ever (F11). An answer counts whole while one slice of it is unread (`charge.rs`).

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_wire::messages::{FetchPartitionData, FetchResponse};
use kconnect_wire::records::{Batches, RecordsError};
use kconnect_wire::{ErrorCode, Uuid};

use super::charge::{Charge, Held};
use super::cursor::Cursor;
use super::session::{Ask, Session, Want};
use super::slot::{Leader, Phase, Position, ResetTo, Resume, Slot};
use super::{ConsumerConfig, Isolation, OffsetReset};
use crate::metadata::TopicMetadata;
use crate::{Error, ErrorKind, TopicPartition};

/// Size of answers to aim at: larger ones win nothing and hold memory.
const ANSWER_BYTES: usize = 4 << 20;
/// Answers of a partition that are read ahead, budget permitting. With one, the application and the broker wait for
/// each other in turns; with some, each thread has work for a time slice of its own on a busy machine.
const READ_AHEAD: usize = 8;
/// While a partition of a broker has enough buffered, a request that would leave it out waits this long for it
/// to be drained: the request would otherwise sit at the broker while that partition runs dry.
const HOLD: Duration = Duration::from_millis(50);

/// Pauses that come from the client's configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pauses {
    pub(crate) retry: Duration,
    /// Before a failure that was told is tried again.
    pub(crate) failure: Duration,
    /// How long a preferred replica is followed without asking the leader again (F15).
    pub(crate) preference: Duration,
}

/// What the engine has to ask. Each question about a partition carries the stamp to answer with.
#[derive(Debug)]
pub(crate) enum Effect {
    Committed(Vec<(TopicPartition, u64)>),
    ListOffsets {
        node: i32,
        questions: Vec<ListQuestion>,
    },
    Validate {
        node: i32,
        questions: Vec<EpochQuestion>,
    },
    Fetch {
        node: i32,
        ask: Ask,
        max_bytes: i32,
        max_wait: Duration,
    },
    /// These topics have no usable leader.
    Refresh(BTreeSet<Arc<str>>),
}

#[derive(Debug, Clone)]
pub(crate) struct ListQuestion {
    pub(crate) tp: TopicPartition,
    pub(crate) stamp: u64,
    pub(crate) leader_epoch: i32,
    pub(crate) timestamp: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct EpochQuestion {
    pub(crate) tp: TopicPartition,
    pub(crate) stamp: u64,
    pub(crate) leader_epoch: i32,
    /// Epoch of the record before the position.
    pub(crate) epoch: i32,
}

/// How a question about one partition ended.
#[derive(Debug)]
pub(crate) enum Outcome<T> {
    Answer(T),
    /// Try again after the pause; `stale` when the leader may have moved.
    Again {
        stale: bool,
    },
    Failed(Error),
}

/// End of an epoch, as the leader knows it. Negative numbers mean that it does not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EpochEnd {
    pub(crate) epoch: i32,
    pub(crate) offset: i64,
}

#[derive(Debug, Default)]
struct Broker {
    session: Session,
    under_way: Option<UnderWay>,
    retry_at: Option<Instant>,
    hold_until: Option<Instant>,
}

#[derive(Debug)]
struct UnderWay {
    /// Stamp and offset by partition.
    asked: BTreeMap<TopicPartition, (u64, i64)>,
    topics: HashMap<Uuid, Arc<str>>,
    reserved: usize,
}

/// Something to deliver: the reader of one partition's next buffered bytes.
#[derive(Debug)]
pub(crate) struct Lease {
    pub(crate) tp: TopicPartition,
    pub(crate) cursor: Cursor,
    stamp: u64,
}

/// See the head of the module.
#[derive(Debug)]
pub(crate) struct Core {
    config: Arc<ConsumerConfig>,
    pauses: Pauses,
    slots: BTreeMap<TopicPartition, Slot>,
    /// Order of partitions in fetch requests; who just returned data goes last (F10).
    order: VecDeque<TopicPartition>,
    /// Partitions with something to deliver, oldest first.
    ready: VecDeque<TopicPartition>,
    brokers: HashMap<i32, Broker>,
    stamp: u64,
    reserved: usize,
    held: Held,
}

impl Core {
    pub(crate) fn new(config: Arc<ConsumerConfig>, pauses: Pauses) -> Self {
        Core {
            config,
            pauses,
            slots: BTreeMap::new(),
            order: VecDeque::new(),
            ready: VecDeque::new(),
            brokers: HashMap::new(),
            stamp: 0,
            reserved: 0,
            held: Held::default(),
        }
    }

    // ---- What the application and the group say ----

    /// Takes a partition in; one that is there already keeps its place and position.
    pub(crate) fn add(&mut self, tp: TopicPartition) {
        if self.slots.contains_key(&tp) {
            return;
        }
        let phase = if self.config.group_id.is_some() { Phase::NeedCommitted } else { self.without_offset() };
        let stamp = self.next_stamp();
        self.order.push_back(tp.clone());
        self.slots.insert(tp.clone(), Slot::new(tp, stamp, phase));
    }

    /// Lets go of a partition and of what is buffered of it (F3).
    pub(crate) fn remove(&mut self, tp: &TopicPartition) {
        self.slots.remove(tp);
        self.order.retain(|other| other != tp);
        self.ready.retain(|other| other != tp);
    }

    /// Stops fetching and delivering partitions that are about to be given back (G8).
    pub(crate) fn begin_revoking(&mut self, tps: &BTreeSet<TopicPartition>) {
        for tp in tps {
            if let Some(slot) = self.slots.get_mut(tp) {
                slot.revoking = true;
                slot.drop_buffer();
            }
        }
    }

    pub(crate) fn assignment(&self) -> BTreeSet<TopicPartition> {
        self.slots.keys().cloned().collect()
    }

    pub(crate) fn contains(&self, tp: &TopicPartition) -> bool {
        self.slots.contains_key(tp)
    }

    pub(crate) fn topics(&self) -> BTreeSet<Arc<str>> {
        self.slots.keys().map(|tp| tp.topic.clone()).collect()
    }

    pub(crate) fn seek(&mut self, tp: &TopicPartition, position: Position) -> Result<(), Error> {
        self.place(tp, |slot| slot.start_at(position))
    }

    pub(crate) fn reset(&mut self, tp: &TopicPartition, to: ResetTo) -> Result<(), Error> {
        self.place(tp, |slot| {
            slot.phase = Phase::NeedReset(to);
            slot.delivered = None;
        })
    }

    fn place(&mut self, tp: &TopicPartition, place: impl FnOnce(&mut Slot)) -> Result<(), Error> {
        let stamp = self.next_stamp();
        let slot = self.slots.get_mut(tp).ok_or_else(|| not_assigned(tp))?;
        slot.stamp = stamp;
        slot.asking = false;
        slot.retry_at = None;
        slot.preferred = None;
        slot.drop_buffer();
        place(slot);
        Ok(())
    }

    pub(crate) fn pause(&mut self, tp: &TopicPartition, paused: bool) -> Result<(), Error> {
        self.slots.get_mut(tp).ok_or_else(|| not_assigned(tp))?.paused = paused;
        self.enqueue(tp);
        Ok(())
    }

    pub(crate) fn paused(&self) -> BTreeSet<TopicPartition> {
        self.slots.values().filter(|slot| slot.paused).map(|slot| slot.tp.clone()).collect()
    }

    /// The delivered position; `Ok(None)` while it is being found out.
    pub(crate) fn position(&self, tp: &TopicPartition) -> Result<Option<Position>, Error> {
        let slot = self.slots.get(tp).ok_or_else(|| not_assigned(tp))?;
        match &slot.phase {
            Phase::Failed { error, .. } if slot.delivered.is_none() => Err(error.clone()),
            _ => Ok(slot.delivered),
        }
    }

    /// Delivered positions of all partitions that have one.
    pub(crate) fn positions(&self) -> BTreeMap<TopicPartition, Position> {
        self.slots.values().filter_map(|slot| Some((slot.tp.clone(), slot.delivered?))).collect()
    }

    /// Records between the delivered position and the end that this isolation level may see, as of the last
    /// answer of the broker.
    pub(crate) fn lag(&self, tp: &TopicPartition) -> Option<i64> {
        let slot = self.slots.get(tp)?;
        let end = match self.config.isolation {
            Isolation::ReadCommitted => slot.last_stable,
            Isolation::ReadUncommitted => slot.high_watermark,
        };
        (end >= 0).then_some((end - slot.delivered?.offset).max(0))
    }

    // ---- What the cluster says ----

    /// Adopts what the metadata says of a topic.
    pub(crate) fn learn(&mut self, topic: &TopicMetadata) {
        let from = TopicPartition { topic: topic.name.clone(), partition: 0 };
        let mine: Vec<TopicPartition> = self
            .slots
            .range(from..)
            .map(|(tp, _)| tp)
            .take_while(|tp| tp.topic == topic.name)
            .cloned()
            .collect();
        for tp in mine {
            let recreated = self
                .slots
                .get(&tp)
                .is_some_and(|s| s.topic_id.is_some() && topic.id.is_some() && s.topic_id != topic.id);
            if recreated {
                self.start_over(&tp);
            }
            let Some(slot) = self.slots.get_mut(&tp) else { continue };
            slot.topic_id = topic.id;
            let known = topic.partition(tp.partition);
            slot.adopt_leader(known.and_then(|p| Some(Leader { node: p.leader?, epoch: p.leader_epoch })));
        }
    }

    /// M4: another topic of the same name. Offsets and epochs of the old one mean nothing here.
    fn start_over(&mut self, tp: &TopicPartition) {
        tracing::warn!(topic = %tp.topic, partition = tp.partition, "topic was deleted and created again, applying auto.offset.reset");
        let phase = self.without_offset();
        let _ = self.place(tp, |slot| {
            slot.leader = None;
            slot.delivered = None;
            slot.phase = phase;
        });
        self.enqueue(tp);
    }

    /// Everything that can be asked now. Each effect is answered through one of the methods below.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.ask_positions(now, &mut effects);
        self.ask_data(now, &mut effects);
        effects
    }

    fn ask_positions(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let mut committed = Vec::new();
        let mut lists: BTreeMap<i32, Vec<ListQuestion>> = BTreeMap::new();
        let mut epochs: BTreeMap<i32, Vec<EpochQuestion>> = BTreeMap::new();
        let mut lost = BTreeSet::new();
        for slot in self.slots.values_mut() {
            if slot.asking || slot.revoking || slot.is_backing_off(now) {
                continue;
            }
            let (tp, stamp) = (slot.tp.clone(), slot.stamp);
            match (&slot.phase, slot.leader) {
                (Phase::NeedCommitted, _) => committed.push((tp, stamp)),
                (Phase::Failed { .. }, _) => continue,
                (_, None) => {
                    slot.retry_at = Some(now + self.pauses.retry);
                    lost.insert(tp.topic);
                    continue;
                }
                (Phase::NeedReset(to), Some(Leader { node, epoch })) => {
                    let question = ListQuestion { tp, stamp, leader_epoch: epoch, timestamp: to.timestamp() };
                    lists.entry(node).or_default().push(question);
                }
                (Phase::NeedValidation, Some(Leader { node, epoch })) => {
                    let question = EpochQuestion { tp, stamp, leader_epoch: epoch, epoch: slot.fetch.epoch };
                    epochs.entry(node).or_default().push(question);
                }
                (Phase::Ready, Some(_)) => continue,
            }
            slot.asking = true;
        }
        if !committed.is_empty() {
            effects.push(Effect::Committed(committed));
        }
        effects.extend(lists.into_iter().map(|(node, questions)| Effect::ListOffsets { node, questions }));
        effects.extend(epochs.into_iter().map(|(node, questions)| Effect::Validate { node, questions }));
        if !lost.is_empty() {
            effects.push(Effect::Refresh(lost));
        }
    }

    fn ask_data(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let mut plans: BTreeMap<i32, Plan> = BTreeMap::new();
        let low_mark = self.low_mark();
        for tp in &self.order {
            let Some(slot) = self.slots.get(tp) else { continue };
            let (true, Some(node)) = (slot.is_fetchable(now), slot.source(now)) else { continue };
            let plan = plans.entry(node).or_default();
            if slot.unread_bytes() > low_mark {
                plan.left_out = true;
            } else if !self.is_asked_elsewhere(node, slot) {
                plan.wants.push((tp.clone(), slot.stamp, want(slot, self.config.partition_fetch_bytes)));
            }
        }
        let share = self.share(plans.len());
        for (node, plan) in plans {
            let broker = self.brokers.entry(node).or_default();
            let waits = broker.under_way.is_some() || broker.retry_at.is_some_and(|at| now < at);
            if waits || plan.wants.is_empty() {
                continue;
            }
            if plan.left_out {
                let hold_until = *broker.hold_until.get_or_insert(now + HOLD);
                if now < hold_until {
                    continue;
                }
            }
            if !self.has_room(share) {
                continue;
            }
            effects.push(self.send(now, node, plan, share));
        }
    }

    /// Bytes buffered of a partition below which more of it is asked for (F11): a few answers, or as many as the budget
    /// has for each partition.
    fn low_mark(&self) -> usize {
        let answer = usize::try_from(self.config.partition_fetch_bytes).unwrap_or(0).max(1);
        let fair = self.config.fetch_budget / (2 * self.slots.len().max(1));
        fair.clamp(answer, READ_AHEAD.saturating_mul(answer))
    }

    /// A partition that moved may still be in a request to its former source; asking twice would fetch twice.
    fn is_asked_elsewhere(&self, node: i32, slot: &Slot) -> bool {
        let asks = |broker: &Broker| {
            let asked = broker.under_way.as_ref().and_then(|u| u.asked.get(&slot.tp));
            asked.is_some_and(|&(stamp, offset)| stamp == slot.stamp && offset == slot.fetch.offset)
        };
        self.brokers.iter().any(|(other, broker)| *other != node && asks(broker))
    }

    /// Bytes that one request may bring: all brokers together fit into the budget.
    fn share(&self, brokers: usize) -> usize {
        let limit = usize::try_from(self.config.fetch_max_bytes).unwrap_or(0);
        let aim = ANSWER_BYTES.max(usize::try_from(self.config.fetch_min_bytes).unwrap_or(0));
        (self.config.fetch_budget / brokers.max(1)).min(aim).min(limit)
    }

    fn has_room(&self, bytes: usize) -> bool {
        let live: usize = self.slots.values().filter(|slot| !slot.paused).map(Slot::unread_bytes).sum();
        self.held.bytes() + self.reserved + bytes <= self.config.fetch_budget
            || (live == 0 && self.reserved == 0)
    }

    fn send(&mut self, now: Instant, node: i32, plan: Plan, share: usize) -> Effect {
        let asked = plan.wants.iter().map(|(tp, stamp, want)| (tp.clone(), (*stamp, want.offset))).collect();
        let topics =
            plan.wants.iter().filter_map(|(tp, _, want)| Some((want.topic_id?, tp.topic.clone()))).collect();
        let broker = self.brokers.entry(node).or_default();
        broker.hold_until = None;
        broker.under_way = Some(UnderWay { asked, topics, reserved: share });
        self.reserved += share;
        let wants = plan.wants.into_iter().map(|(tp, _, want)| (tp, want)).collect();
        let max_wait =
            if plan.left_out { HOLD.min(self.config.fetch_wait_max) } else { self.config.fetch_wait_max };
        Effect::Fetch {
            node,
            ask: broker.session.ask(now, wants),
            max_bytes: i32::try_from(share).unwrap_or(i32::MAX),
            max_wait,
        }
    }

    /// When `due` may have something new without any other event.
    pub(crate) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let slots =
            self.slots.values().flat_map(|slot| [slot.retry_at, slot.preferred.map(|(_, until)| until)]);
        let brokers = self.brokers.values().flat_map(|b| [b.retry_at, b.hold_until]);
        slots.chain(brokers).flatten().filter(|at| *at > now).min()
    }

    // ---- Answers about positions ----

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

    pub(crate) fn validated(
        &mut self,
        now: Instant,
        tp: &TopicPartition,
        stamp: u64,
        outcome: Outcome<EpochEnd>,
    ) {
        let Some(slot) = self.answered(tp, stamp) else { return };
        if !matches!(slot.phase, Phase::NeedValidation) {
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

    fn answered(&mut self, tp: &TopicPartition, stamp: u64) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(tp).filter(|slot| slot.stamp == stamp)?;
        slot.asking = false;
        Some(slot)
    }

    fn retry(&mut self, now: Instant, tp: &TopicPartition) {
        if let Some(slot) = self.slots.get_mut(tp) {
            slot.retry_at = Some(now + self.pauses.retry);
        }
    }

    /// The leader is asked for again; the epoch stays known so that an older one is not adopted.
    fn forget_leader(&mut self, tp: &TopicPartition, stale: bool) {
        if stale && let Some(slot) = self.slots.get_mut(tp) {
            slot.preferred = None;
            slot.suspect_leader = true;
        }
    }

    /// F5: the log of the new leader ends before our position. What was delivered beyond it cannot be called
    /// back; what was not is read again.
    fn truncated(&mut self, tp: &TopicPartition, end: EpochEnd) {
        let policy = self.config.offset_reset;
        let without = self.without_offset();
        let Some(slot) = self.slots.get(tp) else { return };
        let (delivered, at) = (slot.delivered, slot.fetch.offset);
        let undefined = end.offset < 0 || end.epoch < 0;
        tracing::warn!(topic = %tp.topic, partition = tp.partition, position = at, end = end.offset, "log was truncated below the position");
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
    fn without_offset(&self) -> Phase {
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

    // ---- Answers with data ----

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
            ErrorCode::FETCH_SESSION_ID_NOT_FOUND => return broker.session.refused(now),
            ErrorCode::INVALID_FETCH_SESSION_EPOCH => return broker.session.forget(),
            code => {
                // F13: also topic ids that the broker does not agree with; the metadata has to catch up.
                tracing::debug!(node, %code, "fetch was refused, starting a new session");
                broker.session.forget();
                broker.retry_at = Some(now + self.pauses.retry);
                under_way.asked.keys().for_each(|tp| self.forget_leader(tp, true));
                return;
            }
        }
        let frame = Arc::new(self.held.charge(size));
        for topic in response.responses {
            let name = match topic.topic.is_empty() {
                true => under_way.topics.get(&topic.topic_id).cloned(),
                false => Some(Arc::from(topic.topic)),
            };
            let Some(name) = name else { continue };
            for data in topic.partitions {
                let tp = TopicPartition { topic: name.clone(), partition: data.partition_index };
                if let Some(&(stamp, offset)) = under_way.asked.get(&tp) {
                    self.accept(now, node, &tp, (stamp, offset), data, &frame);
                }
            }
        }
    }

    fn accept(
        &mut self,
        now: Instant,
        node: i32,
        tp: &TopicPartition,
        (stamp, offset): (u64, i64),
        data: FetchPartitionData,
        frame: &Arc<Charge>,
    ) {
        // F2: still assigned, not sought since, and the next bytes we need.
        let Some(slot) = self.slots.get_mut(tp) else { return };
        if slot.stamp != stamp
            || slot.fetch.offset != offset
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
    }

    fn buffer(&mut self, tp: &TopicPartition, data: FetchPartitionData, frame: &Arc<Charge>) {
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
                tracing::info!(topic = %tp.topic, partition = tp.partition, offset = at, "offset is out of range");
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

    // ---- Delivery ----

    fn enqueue(&mut self, tp: &TopicPartition) {
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

    fn next_stamp(&mut self) -> u64 {
        self.stamp += 1;
        self.stamp
    }
}

#[derive(Debug, Default)]
struct Plan {
    wants: Vec<(TopicPartition, u64, Want)>,
    /// A partition of this broker has enough buffered and is not in `wants`.
    left_out: bool,
}

fn want(slot: &Slot, max_bytes: i32) -> Want {
    Want {
        topic_id: slot.topic_id,
        offset: slot.fetch.offset,
        leader_epoch: slot.leader.map_or(-1, |leader| leader.epoch),
        last_epoch: slot.fetch.epoch,
        max_bytes,
    }
}

fn not_assigned(tp: &TopicPartition) -> Error {
    Error::new(ErrorKind::Rejected, format!("partition {tp} is not assigned to this consumer"))
}

/// B5, F9, F16: names the partition and the offset; skipping is the user's choice (a seek).
fn unreadable(tp: &TopicPartition, at: i64, error: &RecordsError, limit: i32) -> Error {
    match error {
        RecordsError::Cut { needed, .. } => Error::new(
            ErrorKind::RecordTooLarge,
            format!(
                "the batch at offset {at} of {tp} takes at least {needed} bytes, more than the {limit} bytes of \
                 max.partition.fetch.bytes: raise it"
            ),
        ),
        error => Error::caused_by(
            ErrorKind::Rejected,
            format!("the records at offset {at} of {tp} cannot be read; seek past them to go on"),
            error.clone(),
        ),
    }
}

fn wall_clock_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use kconnect_wire::compress::{Compression, Compressor};
    use kconnect_wire::messages::FetchableTopicResponse;
    use kconnect_wire::records::{BatchBuilder, DecompressBuffer, Stamp};

    use super::*;
    use crate::metadata::PartitionMetadata;

    fn topic(id: u8, leader: i32, leader_epoch: i32) -> TopicMetadata {
        let leader = Some(leader);
        let partition = PartitionMetadata {
            index: 0,
            leader,
            leader_epoch,
            replicas: vec![],
            isr: vec![],
            offline: vec![],
        };
        let id = Some(Uuid::from_bytes([id; 16]));
        TopicMetadata { name: "t".into(), id, internal: false, partitions: vec![partition] }
    }

    fn tp() -> TopicPartition {
        TopicPartition::new("t", 0)
    }

    /// A core that reads `t-0` at offset 100, written in epoch 4.
    fn reading(offset_reset: OffsetReset, now: Instant) -> Core {
        let pause = Duration::from_millis(100);
        let pauses = Pauses { retry: pause, failure: pause, preference: pause };
        let mut core =
            Core::new(Arc::new(ConsumerConfig { offset_reset, ..ConsumerConfig::default() }), pauses);
        core.add(tp());
        core.learn(&topic(1, 1, 4));
        core.seek(&tp(), Position { offset: 100, epoch: 4 }).unwrap();
        let stamp = validation(&core.due(now));
        core.validated(now, &tp(), stamp, Outcome::Answer(EpochEnd { epoch: 4, offset: 200 }));
        assert!(matches!(core.due(now)[..], [Effect::Fetch { node: 1, .. }]));
        core
    }

    fn validation(effects: &[Effect]) -> u64 {
        let [Effect::Validate { questions, .. }] = effects else { panic!("no validation in {effects:?}") };
        questions[0].stamp
    }

    #[test]
    fn f5_a_new_leader_is_asked_whether_it_holds_what_we_read() {
        let rows = [
            ("all there", OffsetReset::Earliest, EpochEnd { epoch: 4, offset: 150 }, Some(100)),
            ("truncated, with a policy", OffsetReset::Latest, EpochEnd { epoch: 3, offset: 70 }, Some(70)),
            ("truncated, without one", OffsetReset::None, EpochEnd { epoch: 3, offset: 70 }, None),
        ];
        for (name, policy, end, expect) in rows {
            let now = Instant::now();
            let mut core = reading(policy, now);
            core.learn(&topic(1, 2, 5));
            let stamp = validation(&core.due(now));
            core.validated(now, &tp(), stamp, Outcome::Answer(end));
            match expect {
                Some(offset) => assert_eq!(core.position(&tp()).unwrap().unwrap().offset, offset, "{name}"),
                None => {
                    let Some(Err(error)) = core.checkout(now) else { panic!("{name}") };
                    assert!(error.to_string().contains("position 100 lies beyond its end at 70"), "{error}");
                }
            }
        }
    }

    #[test]
    fn f2_answers_from_before_a_seek_are_not_taken() {
        let now = Instant::now();
        let mut core = reading(OffsetReset::Earliest, now);
        core.reset(&tp(), ResetTo::Latest).unwrap();
        let effects = core.due(now);
        let [Effect::ListOffsets { questions, .. }] = &effects[..] else { panic!("{effects:?}") };
        core.seek(&tp(), Position { offset: 7, epoch: -1 }).unwrap();
        let late = Outcome::Answer(Some(Position { offset: 999, epoch: 4 }));
        core.listed(now, &tp(), questions[0].stamp, late);
        assert_eq!(core.position(&tp()).unwrap().unwrap().offset, 7, "F7");
    }

    #[test]
    fn m3_an_older_leader_epoch_is_not_adopted_and_m4_another_topic_id_starts_over() {
        let now = Instant::now();
        let mut core = reading(OffsetReset::Earliest, now);
        core.learn(&topic(1, 2, 3));
        assert!(core.due(now).is_empty(), "still reading from node 1");
        core.learn(&topic(9, 2, 0));
        let effects = core.due(now);
        assert!(matches!(effects[..], [Effect::ListOffsets { node: 2, .. }]), "{effects:?}");
    }

    #[test]
    fn f11_a_few_answers_are_read_ahead_and_with_many_partitions_one() {
        let answer = 1 << 20;
        for (partitions, expect) in [(1, 8 * answer), (8, 4 * answer), (32, answer), (1000, answer)] {
            let config = ConsumerConfig {
                fetch_budget: 64 << 20,
                partition_fetch_bytes: 1 << 20,
                ..Default::default()
            };
            let pause = Duration::from_millis(100);
            let mut core =
                Core::new(Arc::new(config), Pauses { retry: pause, failure: pause, preference: pause });
            (0..partitions).for_each(|partition| core.add(TopicPartition::new("t", partition)));
            assert_eq!(core.low_mark(), expect, "{partitions} partitions");
        }
    }

    /// One record for the partition at `offset`.
    fn one_record(partition: i32, offset: i64) -> FetchPartitionData {
        let mut builder = BatchBuilder::new(bytes::BytesMut::new());
        builder.append(0, None, Some(b"x"), &[]);
        let mut sealed = builder.seal(&mut Compressor::new(Compression::None));
        sealed.stamp(Stamp::PLAIN);
        let mut bytes = sealed.bytes().to_vec();
        bytes[..8].copy_from_slice(&offset.to_be_bytes());
        FetchPartitionData {
            partition_index: partition,
            records: Some(bytes.into()),
            ..FetchPartitionData::default()
        }
    }

    /// Reads what is buffered of one partition, or of the first that is not paused.
    fn drain(core: &mut Core, now: Instant) {
        while let Some(lease) = core.checkout(now) {
            let mut lease = lease.unwrap();
            let reading = lease.cursor.read(1, &mut DecompressBuffer::new()).unwrap();
            lease.cursor.read(1, &mut DecompressBuffer::new()).unwrap();
            core.checkin(lease, reading.reached);
        }
    }

    #[test]
    fn f11_an_answer_counts_whole_while_one_slice_of_it_is_unread() {
        const PARTITIONS: i32 = 12;
        const BUDGET: usize = 16 << 20;
        let now = Instant::now();
        let pause = Duration::from_millis(100);
        let config = ConsumerConfig { fetch_budget: BUDGET, ..ConsumerConfig::default() };
        let pauses = Pauses { retry: pause, failure: pause, preference: pause };
        let mut core = Core::new(Arc::new(config), pauses);
        let mut metadata = topic(1, 1, 4);
        let first = metadata.partitions[0].clone();
        metadata.partitions =
            (0..PARTITIONS).map(|index| PartitionMetadata { index, ..first.clone() }).collect();
        let tps: Vec<TopicPartition> = (0..PARTITIONS).map(|p| TopicPartition::new("t", p)).collect();
        for tp in &tps {
            core.add(tp.clone());
            core.seek(tp, Position { offset: 0, epoch: -1 }).unwrap();
        }
        core.learn(&metadata);
        let mut offset = 0;
        // A reader that only ever takes partition 0, while the others keep some bytes of each answer.
        while let [Effect::Fetch { max_bytes, .. }] = core.due(now)[..] {
            let partitions = (0..PARTITIONS).map(|p| one_record(p, offset)).collect();
            let responses = vec![FetchableTopicResponse {
                topic_id: Uuid::from_bytes([1; 16]),
                partitions,
                ..Default::default()
            }];
            core.fetched(now, 1, FetchResponse { responses, ..Default::default() }, max_bytes as usize);
            offset += 1;
            assert!(core.held.bytes() <= BUDGET, "{} bytes after {offset} answers", core.held.bytes());
            tps[1..].iter().for_each(|tp| core.pause(tp, true).unwrap());
            drain(&mut core, now);
            tps[1..].iter().for_each(|tp| core.pause(tp, false).unwrap());
        }
        assert_eq!(offset, 4, "answers of 4 MiB");
        assert_eq!(core.held.bytes(), BUDGET);
        drain(&mut core, now);
        assert_eq!(core.held.bytes(), 0);
        assert!(matches!(core.due(now)[..], [Effect::Fetch { .. }]), "reading goes on");
    }
}
