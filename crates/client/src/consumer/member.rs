//! What the rounds of a group mean for a consumer: which partitions come and go, in which order, and what the
//! application has to do in between (G7, G8).
//!
//! ```text
//!            Prepare                       Joined
//! eager:     give back everything ─▶ ready ……… take the share
//! cooperative: give back what is no longer subscribed ─▶ ready ……… give back what is not in the share,
//!            take what is new, and if something was given back: ask for another round
//! ```
//! Giving back: stop fetching, offer `Revoked` to the application, wait for its acknowledgement, commit (with
//! automatic commits), only then go on. Group events wait in line meanwhile, except `Lost`, which makes all that
//! waits void. Pure: no I/O and no clock.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use kconnect_wire::consumer_protocol::{self, Assignment};

use super::core::Core;
use super::division;
use super::{ConsumerConfig, TopicPartition};
use crate::group::{Assignor, Joined, Membership, Prepare};
use crate::logger;

/// Something to tell the application.
#[derive(Debug)]
pub(crate) enum Offer {
    Revoked { partitions: Vec<TopicPartition>, ticket: u64 },
    Lost(Vec<TopicPartition>),
    Assigned(Vec<TopicPartition>),
}

/// What the engine has to do for the member.
#[derive(Debug)]
pub(crate) enum MemberEffect {
    /// Commit the positions of these, then call [`Member::committed`].
    Commit(BTreeSet<TopicPartition>),
    Join(Prepare, Vec<(String, Bytes)>),
    Rejoin,
}

#[derive(Debug)]
enum Step {
    Prepare(Prepare),
    Joined(Joined),
}

/// Partitions on their way back.
#[derive(Debug)]
struct Return {
    partitions: BTreeSet<TopicPartition>,
    ticket: u64,
    stage: Stage,
    then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    AwaitsApplication,
    Acknowledged,
    Committing,
    Done,
}

#[derive(Debug)]
enum Then {
    Join(Prepare),
    Take(Joined, BTreeSet<TopicPartition>),
}

/// See the head of the module.
#[derive(Debug)]
pub(crate) struct Member {
    assignors: Vec<Assignor>,
    rack: Option<Arc<str>>,
    auto_commit: bool,
    topics: BTreeSet<Arc<str>>,
    owned: BTreeSet<TopicPartition>,
    /// Generation in which `owned` was given.
    generation: i32,
    /// The last share, which the eager sticky assignor reports although it was given back.
    last_share: Vec<TopicPartition>,
    inbox: VecDeque<Step>,
    returning: Option<Return>,
    offers: VecDeque<Offer>,
    ticket: u64,
}

impl Member {
    pub(crate) fn new(config: &ConsumerConfig) -> Self {
        Member {
            assignors: config.assignors.clone(),
            rack: config.rack.clone(),
            auto_commit: config.auto_commit_interval.is_some(),
            topics: BTreeSet::new(),
            owned: BTreeSet::new(),
            generation: Membership::NO_GENERATION,
            last_share: Vec::new(),
            inbox: VecDeque::new(),
            returning: None,
            offers: VecDeque::new(),
            ticket: 0,
        }
    }

    /// Keeps partitions through a rebalance only when every strategy allows it: which one the group will choose is
    /// not known before.
    fn is_cooperative(&self) -> bool {
        self.assignors.iter().all(|assignor| assignor.is_cooperative())
    }

    /// Replaces the subscribed topics; returns whether they differ.
    pub(crate) fn subscribe(&mut self, topics: BTreeSet<Arc<str>>) -> bool {
        let differ = self.topics != topics;
        self.topics = topics;
        differ
    }

    pub(crate) fn topics(&self) -> &BTreeSet<Arc<str>> {
        &self.topics
    }

    /// Forgets the group altogether: the subscription ended.
    pub(crate) fn reset(&mut self, core: &mut Core) {
        self.owned.iter().for_each(|tp| core.remove(tp));
        self.owned.clear();
        self.topics.clear();
        self.last_share.clear();
        self.generation = Membership::NO_GENERATION;
        self.inbox.clear();
        self.returning = None;
        self.offers.clear();
    }

    // ---- Events ----

    pub(crate) fn prepare(&mut self, prepare: Prepare) {
        self.inbox.push_back(Step::Prepare(prepare));
    }

    pub(crate) fn joined(&mut self, joined: Joined) {
        self.inbox.push_back(Step::Joined(joined));
    }

    /// The membership is gone: so are the partitions, at once and without a commit (G7).
    pub(crate) fn lost(&mut self, core: &mut Core) {
        self.inbox.clear();
        self.returning = None;
        let mut known = std::mem::take(&mut self.owned);
        known.iter().for_each(|tp| core.remove(tp));
        // What the application was not told of it cannot lose.
        for offer in self.offers.drain(..) {
            if let Offer::Assigned(untold) = offer {
                untold.iter().for_each(|tp| _ = known.remove(tp));
            }
        }
        self.generation = Membership::NO_GENERATION;
        self.last_share.clear();
        if !known.is_empty() {
            self.offers.push_back(Offer::Lost(known.into_iter().collect()));
        }
    }

    pub(crate) fn acknowledged(&mut self, ticket: u64) {
        if let Some(returning) = self.returning.as_mut().filter(|r| r.ticket == ticket) {
            returning.stage = Stage::Acknowledged;
        }
    }

    /// The commit that [`MemberEffect::Commit`] asked for is over, however it ended.
    pub(crate) fn committed(&mut self) {
        if let Some(returning) = self.returning.as_mut().filter(|r| r.stage == Stage::Committing) {
            returning.stage = Stage::Done;
        }
    }

    pub(crate) fn next_offer(&mut self) -> Option<Offer> {
        self.offers.pop_front()
    }

    pub(crate) fn has_offer(&self) -> bool {
        !self.offers.is_empty()
    }

    // ---- Progress ----

    /// What can be done now.
    pub(crate) fn advance(&mut self, core: &mut Core) -> Vec<MemberEffect> {
        let mut effects = Vec::new();
        loop {
            match self.returning.as_mut() {
                Some(returning) => match returning.stage {
                    Stage::AwaitsApplication | Stage::Committing => return effects,
                    Stage::Acknowledged if self.auto_commit => {
                        returning.stage = Stage::Committing;
                        effects.push(MemberEffect::Commit(returning.partitions.clone()));
                        return effects;
                    }
                    Stage::Acknowledged | Stage::Done => self.given_back(core, &mut effects),
                },
                None => match self.inbox.pop_front() {
                    Some(step) => self.begin(step, core, &mut effects),
                    None => return effects,
                },
            }
        }
    }

    fn begin(&mut self, step: Step, core: &mut Core, effects: &mut Vec<MemberEffect>) {
        let (leaving, then) = match step {
            Step::Prepare(prepare) => {
                let cooperative = self.is_cooperative();
                let goes = |tp: &&TopicPartition| !cooperative || !self.topics.contains(&tp.topic);
                (self.owned.iter().filter(goes).cloned().collect(), Then::Join(prepare))
            }
            Step::Joined(joined) => {
                let share = self.share(&joined);
                let leaving: BTreeSet<_> = self.owned.difference(&share).cloned().collect();
                (leaving, Then::Take(joined, share))
            }
        };
        if leaving.is_empty() {
            return self.go_on(then, false, core, effects);
        }
        core.begin_revoking(&leaving);
        self.ticket += 1;
        let ticket = self.ticket;
        self.offers.push_back(Offer::Revoked { partitions: leaving.iter().cloned().collect(), ticket });
        self.returning = Some(Return { partitions: leaving, ticket, stage: Stage::AwaitsApplication, then });
    }

    fn given_back(&mut self, core: &mut Core, effects: &mut Vec<MemberEffect>) {
        let Some(returned) = self.returning.take() else { return };
        for tp in &returned.partitions {
            core.remove(tp);
            self.owned.remove(tp);
        }
        self.go_on(returned.then, true, core, effects);
    }

    fn go_on(&mut self, then: Then, gave_back: bool, core: &mut Core, effects: &mut Vec<MemberEffect>) {
        match then {
            Then::Join(prepare) => effects.push(MemberEffect::Join(prepare, self.protocols())),
            Then::Take(joined, share) => {
                let new: Vec<TopicPartition> = share.difference(&self.owned).cloned().collect();
                new.iter().for_each(|tp| core.add(tp.clone()));
                self.last_share = share.iter().cloned().collect();
                self.owned = share;
                self.generation = joined.membership.generation;
                if !new.is_empty() {
                    self.offers.push_back(Offer::Assigned(new));
                }
                // Cooperative: what was given back is free for the others now.
                if gave_back {
                    effects.push(MemberEffect::Rejoin);
                }
            }
        }
    }

    fn share(&self, joined: &Joined) -> BTreeSet<TopicPartition> {
        let assignment = Assignment::decode(&joined.share).unwrap_or_else(|error| {
            tracing::warn!(target: logger::COORDINATOR, %error, leader = %joined.leader_id, "the leader's assignment cannot be read, taking nothing");
            Assignment::default()
        });
        let listed = division::partitions(&assignment.partitions);
        let (wanted, unwanted): (BTreeSet<_>, BTreeSet<_>) =
            listed.into_iter().partition(|tp| self.topics.contains(&tp.topic));
        if !unwanted.is_empty() {
            // The subscription changed during the round; the next one is asked for already.
            tracing::debug!(target: logger::COORDINATOR,
                count = unwanted.len(),
                "ignoring assigned partitions of topics that are not subscribed"
            );
        }
        wanted
    }

    /// What this member offers in the next round.
    fn protocols(&self) -> Vec<(String, Bytes)> {
        let subscription = |user_data| consumer_protocol::Subscription {
            topics: self.topics.iter().map(|topic| topic.to_string()).collect(),
            user_data,
            owned_partitions: division::by_topic(&self.owned),
            generation_id: self.generation,
            rack_id: self.rack.as_deref().map(str::to_owned),
        };
        let mut protocols = Vec::with_capacity(self.assignors.len());
        for assignor in &self.assignors {
            let user_data = division::user_data(*assignor, &self.last_share, self.generation);
            match subscription(user_data).encode(consumer_protocol::NEWEST) {
                Ok(blob) => protocols.push((assignor.name().to_owned(), blob)),
                Err(error) => {
                    tracing::error!(target: logger::COORDINATOR, %error, %assignor, "the subscription cannot be written")
                }
            }
        }
        protocols
    }
}
