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
//!   ever (F11). An answer counts whole while one slice of it is unread, and a request needs room on the account of the
//!   consumer, if it has one (`memory.rs`).
//! - Brokers take turns: one that was asked goes behind those that were not, so that each gets the room that there is.

mod ask;
mod data;
mod delivery;
mod positions;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_wire::Uuid;

use super::cursor::Cursor;
use super::memory::{Memory, Reservation};
use super::session::{Ask, Session};
use super::slot::{Leader, Phase, Position, ResetTo, Slot};
use super::{ConsumerConfig, Isolation};
use crate::logger;
use crate::metadata::TopicMetadata;
use crate::{Error, ErrorKind, TopicPartition};

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
        /// For the answer: to be filled with it, or dropped.
        room: Reservation,
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
    /// Number of the last request.
    turn: u64,
}

#[derive(Debug)]
struct UnderWay {
    asked: BTreeMap<TopicPartition, Asked>,
    topics: HashMap<Uuid, Arc<str>>,
    reserved: usize,
}

/// What a fetch under way was asked with for one partition.
#[derive(Debug, Clone, Copy)]
struct Asked {
    stamp: u64,
    offset: i64,
    leader_epoch: i32,
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
    turn: u64,
    /// Most bytes that are unread or asked for.
    budget: usize,
    reserved: usize,
    memory: Memory,
    /// Since when reading waits for others to let go of memory, and whether that was told.
    starved: Option<(Instant, bool)>,
}

impl Core {
    pub(crate) fn new(config: Arc<ConsumerConfig>, pauses: Pauses, memory: Memory) -> Self {
        // Of what is shared, half is left for what was read and decompressed.
        let half = memory.limit().map_or(usize::MAX, |limit| (limit / 2).max(1));
        Core {
            budget: config.fetch_budget.min(half),
            config,
            pauses,
            slots: BTreeMap::new(),
            order: VecDeque::new(),
            ready: VecDeque::new(),
            brokers: HashMap::new(),
            stamp: 0,
            turn: 0,
            reserved: 0,
            memory,
            starved: None,
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
        tracing::warn!(target: logger::METADATA, topic = %tp.topic, partition = tp.partition, "topic was deleted and created again, applying auto.offset.reset");
        let phase = self.without_offset();
        let _ = self.place(tp, |slot| {
            slot.leader = None;
            slot.delivered = None;
            slot.phase = phase;
        });
        self.enqueue(tp);
    }

    /// The consumer ends: nothing is delivered any more, so nothing is kept, also if somebody still has a handle.
    pub(crate) fn let_go(&mut self) {
        self.memory.look_again();
        let all = self.assignment();
        self.begin_revoking(&all);
    }

    fn next_stamp(&mut self) -> u64 {
        self.stamp += 1;
        self.stamp
    }
}

fn not_assigned(tp: &TopicPartition) -> Error {
    Error::new(ErrorKind::Rejected, format!("partition {tp} is not assigned to this consumer"))
}

#[cfg(test)]
mod tests;
