//! One member's core against a model of its coordinator, under random faults: 2,000 seeds, or `KCONNECT_SIM_SEEDS`.
//!
//! The model keeps what a coordinator keeps: members, the generation, whether a round is under way, and when it heard of
//! a member last. Requests are answered in any order, refused, lost before or after the coordinator saw them; other
//! members start rounds; members are thrown out; the coordinator loses its mind (a fatal answer). Meanwhile the owner
//! takes its time to let go, asks for rounds, has commits refused, and the application stays away from its polls.
//!
//! Checked after every event: one join or sync is under way at most, those of a suspension aside; the owner has let go
//! before a join, and is told of each gain and loss once and in order; generations only grow; the time of the next tick
//! lies ahead; who does not poll is out and silent. When the faults end, the member is in its group and stays there.

use std::collections::BTreeSet;

use super::*;
use crate::ErrorKind;

const STEPS: usize = 300;
const PATIENCE: usize = 5_000;
const SESSION: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(3);
const POLL_INTERVAL: Duration = Duration::from_secs(30);

#[test]
fn whatever_the_coordinator_does_a_member_keeps_its_word_and_comes_back() {
    let seeds =
        std::env::var("KCONNECT_SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2000_u64);
    let (mut faults, mut rounds, mut losses) = (0, 0, 0);
    for seed in 0..seeds {
        let mut world = World::new(seed);
        (0..STEPS).for_each(|_| world.step());
        world.calm_down();
        faults += world.faults;
        rounds += world.rounds;
        losses += world.losses;
    }
    let seeds = seeds as usize;
    assert!(
        faults > 20 * seeds && rounds > 5 * seeds && losses > 2 * seeds,
        "{faults} faults, {rounds} rounds, {losses} losses: too few"
    );
}

/// What a coordinator knows of a group with this member and others.
#[derive(Debug, Default)]
struct Coordinator {
    generation: i32,
    /// Ids that were given out and not counted in yet (G1).
    promised: BTreeSet<String>,
    /// Our memberships: the one that counts and those that nobody speaks for any more.
    members: Vec<(String, Instant)>,
    /// Others have begun a round: who does not join anew is not told its share.
    rebalancing: bool,
    ids: u32,
}

impl Coordinator {
    fn fresh_id(&mut self) -> String {
        self.ids += 1;
        format!("m{}", self.ids)
    }

    fn join(&mut self, now: Instant, id: &str, is_static: bool, leads: bool) -> Result<JoinAnswer, Fault> {
        let member_id = match id {
            "" if is_static => {
                // KIP-345: the new one takes the place of the old one.
                self.members.clear();
                self.fresh_id()
            }
            "" => {
                let id = self.fresh_id();
                self.promised.insert(id.clone());
                return Err(Fault::MemberIdRequired(id));
            }
            id if self.promised.remove(id) || self.knows(id) => id.to_owned(),
            _ => return Err(Fault::UnknownMember),
        };
        self.seen(now, &member_id);
        self.generation += 1;
        self.rebalancing = false;
        let leader_id = if leads { member_id.clone() } else { "other".into() };
        Ok(JoinAnswer {
            generation: self.generation,
            member_id,
            leader_id,
            protocol: "range".into(),
            members: vec![],
            skip_assignment: false,
        })
    }

    fn beat(&mut self, now: Instant, member: &Membership) -> Result<(), Fault> {
        if !self.knows(&member.member_id) {
            return Err(Fault::UnknownMember);
        }
        if member.generation != self.generation {
            return Err(Fault::IllegalGeneration);
        }
        self.seen(now, &member.member_id);
        if self.rebalancing { Err(Fault::RebalanceInProgress) } else { Ok(()) }
    }

    fn knows(&self, id: &str) -> bool {
        self.members.iter().any(|(known, _)| known == id)
    }

    fn seen(&mut self, now: Instant, id: &str) {
        self.remove(id);
        self.members.push((id.to_owned(), now));
    }

    fn remove(&mut self, id: &str) {
        self.members.retain(|(known, _)| known != id);
    }

    fn expire(&mut self, now: Instant) {
        let before = self.members.len();
        self.members.retain(|(_, seen)| now < *seen + SESSION);
        self.rebalancing |= before != self.members.len();
    }
}

/// What somebody still has to answer.
#[derive(Debug)]
enum Pending {
    Ready(u64),
    Divide(u64),
    Join { attempt: u64, member_id: String },
    Sync { attempt: u64, membership: Membership },
    Heartbeat { attempt: u64, membership: Membership },
    Leave(String),
}

struct World {
    rng: fastrand::Rng,
    seed: u64,
    now: Instant,
    core: Core,
    limits: Limits,
    coordinator: Coordinator,
    pending: Vec<Pending>,
    /// The application is inside of a poll, or left the last one then.
    polling: bool,
    left_at: Instant,
    /// The attempt of the join or sync that was sent and not answered, unless a suspension gave it up.
    asked: Option<u64>,
    /// The last ticket, and whether the owner has answered it.
    ticket: u64,
    let_go: bool,
    /// The owner was told of a share and not of its loss.
    holds: bool,
    /// A share was told and no round has begun since.
    settled: bool,
    generation: i32,
    /// Memberships that may still be spoken of.
    known: Vec<Membership>,
    /// For the trace of a seed that fails.
    told: Vec<String>,
    failed: bool,
    faults: usize,
    rounds: usize,
    losses: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        // The core's own jitter is part of what the seed decides.
        fastrand::seed(seed);
        let limits = Limits {
            session_timeout: SESSION,
            heartbeat_interval: HEARTBEAT,
            poll_interval_max: (rng.u32(0..5) > 0).then_some(POLL_INTERVAL),
            is_static: rng.u32(0..3) == 0,
            ..limits()
        };
        let now = Instant::now();
        let mut world = World {
            seed,
            now,
            core: Core::new(limits.clone(), now),
            limits,
            coordinator: Coordinator::default(),
            pending: Vec::new(),
            polling: false,
            left_at: now,
            asked: None,
            ticket: 0,
            let_go: false,
            holds: false,
            settled: false,
            generation: 0,
            known: Vec::new(),
            told: Vec::new(),
            failed: false,
            faults: 0,
            rounds: 0,
            losses: 0,
            rng,
        };
        world.apply(Event::Tick);
        world
    }

    // ---- What happens ----

    fn step(&mut self) {
        match self.rng.u32(0..100) {
            0..45 => self.answer_one(),
            45..53 => self.lose_one(),
            53..75 => {
                let most = if self.rng.u32(0..20) == 0 { 40_000 } else { 1_500 };
                let until = self.now + Duration::from_millis(self.rng.u64(1..most));
                self.pass_until(until);
            }
            75..88 => self.application(),
            88..91 => self.apply(Event::RejoinWanted),
            91..94 => self.commit(),
            _ => self.group(),
        }
    }

    /// The faults end: the member must be in its group soon, and stay while nothing happens.
    fn calm_down(&mut self) {
        self.enter_poll();
        for _ in 0..PATIENCE {
            if self.failed {
                // As the consumer's engine does after a pause.
                self.apply(Event::RejoinWanted);
            }
            if self.settled && self.pending.is_empty() && self.is_agreed() {
                return self.stays();
            }
            if self.pending.is_empty() {
                self.wake();
            } else {
                let first = self.pending.remove(0);
                self.answer(first);
            }
        }
        panic!("seed {}: never in the group: {:?}\n{}", self.seed, self.core, self.trace());
    }

    /// The coordinator sees it as the member does, and nobody else of ours is left to time out.
    fn is_agreed(&self) -> bool {
        let Coordinator { generation, members, rebalancing, .. } = &self.coordinator;
        let membership = self.core.membership();
        let alone = members.len() == 1 && self.coordinator.knows(&membership.member_id);
        alone && membership.generation == *generation && !rebalancing
    }

    fn stays(&mut self) {
        let (rounds, losses) = (self.rounds, self.losses);
        let until = self.now + 4 * SESSION;
        let mut beats = 0;
        while self.now < until {
            self.wake();
            while let Some(pending) = self.pending.pop() {
                beats += u32::from(matches!(pending, Pending::Heartbeat { .. }));
                self.answer(pending);
            }
        }
        assert!(beats > 10, "seed {}: {beats} heartbeats in four sessions", self.seed);
        assert_eq!((rounds, losses), (self.rounds, self.losses), "seed {}\n{}", self.seed, self.trace());
        assert!(self.is_agreed(), "seed {}: the coordinator counts it in", self.seed);
    }

    /// To the next tick that the core asks for.
    fn wake(&mut self) {
        let Some(at) = self.core.wake_at() else {
            panic!("seed {}: it waits for ever: {:?}\n{}", self.seed, self.core, self.trace());
        };
        self.pass_until(at);
    }

    /// Time goes by, with the ticks that the core asks for.
    fn pass_until(&mut self, until: Instant) {
        while let Some(at) = self.core.wake_at().filter(|at| *at <= until) {
            self.now = at;
            self.coordinator.expire(self.now);
            self.apply(Event::Tick);
        }
        self.now = self.now.max(until);
        self.coordinator.expire(self.now);
        self.apply(Event::Tick);
    }

    fn application(&mut self) {
        if self.rng.u32(0..3) > 0 {
            self.enter_poll();
        } else if self.polling {
            (self.polling, self.left_at) = (false, self.now);
            self.apply(Event::Tick);
        }
    }

    fn enter_poll(&mut self) {
        self.polling = true;
        self.apply(Event::Tick);
    }

    /// A commit with this or an earlier membership is refused.
    fn commit(&mut self) {
        if self.known.is_empty() {
            return;
        }
        let index = self.rng.usize(0..self.known.len());
        let membership = self.known[index].clone();
        if let Err(fault) = self.coordinator.beat(self.now, &membership) {
            self.apply(Event::Refused { membership, fault });
        }
    }

    fn group(&mut self) {
        self.faults += 1;
        match self.rng.u32(0..4) {
            0 => self.coordinator.members.clear(),
            // Another round without us.
            1 => self.coordinator.generation += 1,
            _ => self.coordinator.rebalancing = true,
        }
    }

    // ---- Answers ----

    fn next_pending(&mut self) -> Option<Pending> {
        (!self.pending.is_empty())
            .then(|| self.rng.usize(0..self.pending.len()))
            .map(|i| self.pending.remove(i))
    }

    fn answer_one(&mut self) {
        if let Some(pending) = self.next_pending() {
            self.answer(pending);
        }
    }

    fn answer(&mut self, pending: Pending) {
        let now = self.now;
        let event = match pending {
            Pending::Ready(ticket) => {
                self.let_go |= ticket == self.ticket;
                Event::Ready { ticket, protocols: vec![] }
            }
            Pending::Divide(attempt) => Event::Divided { attempt, shares: Ok(vec![]) },
            Pending::Join { attempt, member_id } => {
                let leads = self.rng.bool();
                let answer = self.coordinator.join(now, &member_id, self.limits.is_static, leads);
                Event::JoinAnswered { attempt, answer }
            }
            Pending::Sync { attempt, membership } => {
                let answer = self.coordinator.beat(now, &membership).map(|()| Bytes::new());
                Event::SyncAnswered { attempt, answer }
            }
            Pending::Heartbeat { attempt, membership } => {
                Event::HeartbeatAnswered { attempt, answer: self.coordinator.beat(now, &membership) }
            }
            Pending::Leave(member_id) => return self.coordinator.remove(&member_id),
        };
        self.apply(event);
    }

    /// The connection breaks, before or after the coordinator saw the request; or it says what no retry cures.
    fn lose_one(&mut self) {
        let Some(pending) = self.next_pending() else { return };
        self.faults += 1;
        let (seen, now) = (self.rng.bool(), self.now);
        let fatal = self.rng.u32(0..12) == 0;
        let fault = || match fatal {
            true => Fault::Fatal(Error::new(ErrorKind::Rejected, "not you")),
            false => Fault::Again,
        };
        let event = match pending {
            // What happens inside of this process is late, but not lost.
            late @ Pending::Ready(_) => return self.pending.push(late),
            Pending::Divide(attempt) if fatal => {
                let error = Error::new(ErrorKind::Protocol, "an assignor that nobody knows");
                Event::Divided { attempt, shares: Err(error) }
            }
            late @ Pending::Divide(_) => return self.pending.push(late),
            Pending::Join { attempt, member_id } => {
                if seen {
                    let _ = self.coordinator.join(now, &member_id, self.limits.is_static, false);
                }
                Event::JoinAnswered { attempt, answer: Err(fault()) }
            }
            Pending::Sync { attempt, membership } => {
                if seen {
                    let _ = self.coordinator.beat(now, &membership);
                }
                Event::SyncAnswered { attempt, answer: Err(fault()) }
            }
            Pending::Heartbeat { attempt, membership } => {
                if seen {
                    let _ = self.coordinator.beat(now, &membership);
                }
                Event::HeartbeatAnswered { attempt, answer: Err(fault()) }
            }
            Pending::Leave(_) => return,
        };
        self.apply(event);
    }

    // ---- The member, and what it promised ----

    fn apply(&mut self, event: Event) {
        if let Event::JoinAnswered { attempt, .. } | Event::SyncAnswered { attempt, .. } = &event {
            self.asked = self.asked.filter(|asked| asked != attempt);
        }
        self.told.push(format!("{:?} {event:?}", self.now));
        self.core.polled(self.polling, self.left_at);
        let effects = self.core.apply(self.now, event);
        if self.core.is_suspended() {
            self.asked = None;
        }
        for effect in effects {
            self.told.push(format!("    {effect:?}"));
            self.effect(effect);
        }
        self.look();
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Prepare { ticket } => {
                self.check(ticket > self.ticket, "tickets grow");
                (self.ticket, self.let_go, self.settled, self.failed) = (ticket, false, false, false);
                self.pending.push(Pending::Ready(ticket));
            }
            Effect::Join { attempt, member_id, .. } => {
                self.check(self.let_go, "the owner has let go before a join");
                self.asks(attempt);
                self.pending.push(Pending::Join { attempt, member_id });
            }
            Effect::Divide { attempt, .. } => self.pending.push(Pending::Divide(attempt)),
            Effect::Sync { attempt, membership, .. } => {
                self.asks(attempt);
                self.pending.push(Pending::Sync { attempt, membership });
            }
            Effect::Heartbeat { attempt, membership } => {
                self.check(!self.core.is_suspended() && membership.is_member(), "a member sends heartbeats");
                let beats =
                    |p: &&Pending| matches!(p, Pending::Heartbeat { attempt: a, .. } if *a == attempt);
                self.check(self.pending.iter().find(beats).is_none(), "one heartbeat at a time");
                self.pending.push(Pending::Heartbeat { attempt, membership });
            }
            Effect::Leave { member_id } => self.pending.push(Pending::Leave(member_id)),
            Effect::Joined { membership, .. } => {
                self.check(self.let_go, "a share is given in a round that the owner was asked for");
                self.check(membership.generation > self.generation, "generations grow");
                (self.generation, self.holds, self.settled) = (membership.generation, true, true);
                self.let_go = false;
                self.rounds += 1;
                self.known.push(membership);
            }
            Effect::Lost(_) => {
                self.check(self.holds, "only what is held is lost, and once");
                (self.holds, self.settled) = (false, false);
                self.losses += 1;
            }
            Effect::Failed(_) => {
                self.check(!self.holds, "a failure is told after the loss");
                self.failed = true;
            }
        }
    }

    fn asks(&mut self, attempt: u64) {
        self.check(self.asked.is_none(), "one join or sync at a time");
        self.check(!self.core.is_suspended(), "who does not poll does not join");
        self.asked = Some(attempt);
    }

    fn look(&self) {
        let ahead = self.core.wake_at().is_none_or(|at| at > self.now);
        self.check(ahead, "the next tick lies ahead");
        let absent =
            !self.polling && self.limits.poll_interval_max.is_some_and(|max| self.now >= self.left_at + max);
        let out = self.core.is_suspended() || matches!(self.core.state, State::Failed);
        self.check(!absent || out, "who does not poll is out of the group");
        self.check(!(self.polling && self.core.is_suspended()), "who polls again comes back");
        let stable = matches!(self.core.state, State::Stable);
        self.check(stable == self.settled, "the owner knows whether its share counts");
    }

    fn check(&self, holds: bool, rule: &str) {
        assert!(holds, "seed {}: {rule}: {:?}\n{}", self.seed, self.core, self.trace());
    }

    fn trace(&self) -> String {
        let from = self.told.len().saturating_sub(40);
        self.told[from..].join("\n")
    }
}
