//! What is asked of which broker next: positions first, then data within the budget.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::{Asked, Broker, Core, Effect, EpochQuestion, ListQuestion, UnderWay};
use crate::consumer::memory::{Famine, Reservation};
use crate::consumer::session::Want;
use crate::consumer::slot::{Leader, Phase, Position, Slot};
use crate::{TopicPartition, logger};

/// Size of answers to aim at: larger ones win nothing and hold memory.
const ANSWER_BYTES: usize = 4 << 20;
/// Answers of a partition that are read ahead, budget permitting. With one, the application and the broker wait for
/// each other in turns; with some, each thread has work for a time slice of its own on a busy machine.
const READ_AHEAD: usize = 8;
/// While a partition of a broker has enough buffered, a request that would leave it out waits this long for it
/// to be drained: the request would otherwise sit at the broker while that partition runs dry.
const HOLD: Duration = Duration::from_millis(50);
/// Reading that waits this long for memory that others hold is told.
const STARVED: Duration = Duration::from_secs(10);

impl Core {
    /// Everything that can be asked now. Each effect is answered through one of the methods below.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.ask_positions(now, &mut effects);
        self.ask_data(now, &mut effects);
        self.tell_if_starved(now);
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
        self.memory.look_again();
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
        let mut plans: Vec<(i32, Plan)> = plans.into_iter().collect();
        plans.sort_by_key(|(node, _)| self.brokers.get(node).map_or(0, |broker| broker.turn));
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
            // Who comes later in turn does not get what the first one waits for.
            let Some(room) = self.room(share) else { break };
            effects.push(self.send(now, node, plan, room));
        }
    }

    /// Bytes buffered of a partition below which more of it is asked for (F11): a few answers, or as many as the budget
    /// has for each partition.
    pub(super) fn low_mark(&self) -> usize {
        let answer = usize::try_from(self.config.partition_fetch_bytes).unwrap_or(0).max(1);
        let fair = self.budget / (2 * self.slots.len().max(1));
        fair.clamp(answer, READ_AHEAD.saturating_mul(answer))
    }

    /// A partition that moved may still be in a request to its former source; asking twice would fetch twice.
    fn is_asked_elsewhere(&self, node: i32, slot: &Slot) -> bool {
        let asks = |broker: &Broker| {
            let asked = broker.under_way.as_ref().and_then(|u| u.asked.get(&slot.tp));
            asked.is_some_and(|asked| asked.stamp == slot.stamp && asked.offset == slot.fetch.offset)
        };
        self.brokers.iter().any(|(other, broker)| *other != node && asks(broker))
    }

    /// Bytes that one request may bring: all brokers together fit into the budget.
    fn share(&self, brokers: usize) -> usize {
        let limit = usize::try_from(self.config.fetch_max_bytes).unwrap_or(0);
        let aim = ANSWER_BYTES.max(usize::try_from(self.config.fetch_min_bytes).unwrap_or(0));
        (self.budget / brokers.max(1)).min(aim).min(limit).max(1)
    }

    fn room(&mut self, share: usize) -> Option<Reservation> {
        let idle = self.is_idle();
        if idle && self.memory.is_full() {
            self.drop_paused();
        }
        let fits = self.memory.unread() + self.reserved + share <= self.budget;
        let least = usize::try_from(self.config.partition_fetch_bytes).unwrap_or(0);
        if fits || idle { self.memory.reserve(share, least, idle) } else { None }
    }

    /// Gives up what paused partitions have buffered, when that takes the last memory of an account: it is fetched again
    /// once they go on. As for a seek, a cursor that is out comes back to nothing.
    fn drop_paused(&mut self) {
        let buffered =
            |slot: &&Slot| slot.paused && slot.buffered_bytes > 0 && matches!(slot.phase, Phase::Ready);
        let paused: Vec<(TopicPartition, Position)> = self
            .slots
            .values()
            .filter(buffered)
            .filter_map(|slot| Some((slot.tp.clone(), slot.delivered?)))
            .collect();
        for (tp, delivered) in paused {
            let _ = self.place(&tp, |slot| slot.start_at(delivered));
        }
    }

    /// Nothing for the application, and nothing on its way. What is buffered of paused partitions may stay for ever.
    fn is_idle(&self) -> bool {
        let live: usize = self.slots.values().filter(|slot| !slot.paused).map(Slot::unread_bytes).sum();
        live == 0 && self.reserved == 0
    }

    /// Whether, and for what, reading waits.
    pub(crate) fn famine(&self) -> Option<Famine> {
        self.memory.famine(|| self.is_idle())
    }

    /// An application that keeps what it was given, and waits for more, waits for itself.
    fn tell_if_starved(&mut self, now: Instant) {
        let Some(Famine { delivered, used, limit, polled }) = self.famine() else {
            self.starved = None;
            return;
        };
        let (since, told) = self.starved.get_or_insert((now, false));
        if polled && !*told && now >= *since + STARVED {
            *told = true;
            tracing::warn!(target: logger::FETCH, delivered, used, limit, "reading waits for memory, since what was delivered is kept: who keeps records longer than until the next poll has to copy them");
        }
    }

    fn send(&mut self, now: Instant, node: i32, plan: Plan, room: Reservation) -> Effect {
        let asked = plan.wants.iter().map(|(tp, stamp, want)| {
            let asked = Asked { stamp: *stamp, offset: want.offset, leader_epoch: want.leader_epoch };
            (tp.clone(), asked)
        });
        let asked = asked.collect();
        let topics =
            plan.wants.iter().filter_map(|(tp, _, want)| Some((want.topic_id?, tp.topic.clone()))).collect();
        self.turn += 1;
        let broker = self.brokers.entry(node).or_default();
        broker.hold_until = None;
        broker.turn = self.turn;
        broker.under_way = Some(UnderWay { asked, topics, reserved: room.bytes() });
        self.reserved += room.bytes();
        let wants = plan.wants.into_iter().map(|(tp, _, want)| (tp, want)).collect();
        let max_wait =
            if plan.left_out { HOLD.min(self.config.fetch_wait_max) } else { self.config.fetch_wait_max };
        Effect::Fetch { node, ask: broker.session.ask(now, wants), room, max_wait }
    }

    /// When `due` may have something new without any other event.
    pub(crate) fn wake_at(&self, now: Instant) -> Option<Instant> {
        let slots =
            self.slots.values().flat_map(|slot| [slot.retry_at, slot.preferred.map(|(_, until)| until)]);
        let brokers = self.brokers.values().flat_map(|b| [b.retry_at, b.hold_until]);
        let starved = self.starved.filter(|(_, told)| !told).map(|(since, _)| since + STARVED);
        slots.chain(brokers).chain([starved]).flatten().filter(|at| *at > now).min()
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
