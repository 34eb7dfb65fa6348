//! The life of one group member as a pure state machine: events and the time go in, effects come out.
//!
//! ```text
//!             Prepare            Join              (leader) Assign        Sync
//! Unjoined ───────────▶ Preparing ─────▶ Joining ─────────────▶ Assigning ─────▶ Syncing ──▶ Stable
//!     ▲                    ▲  ▲                 ╰──────────(follower)──────────────▶           │
//!     │ lost, back-off     │  ╰── rebalance in progress, rejoin asked for ────────────────────╯
//!     ╰── any state        ╰── poll again ── Suspended ◀── max.poll.interval passed in any state
//! ```
//!
//! Invariants: a member has one of {join, sync, leave} outstanding at most; an answer that belongs to an
//! older attempt changes nothing; `Lost` is told before the `Prepare` that follows it; heartbeats go on in
//! every state in which the coordinator counts on them. Requests, coordinator lookup and timers are in
//! `run.rs`.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{LostReason, Membership};
use crate::Error;

/// What the machine needs to know of its configuration.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) session_timeout: Duration,
    pub(crate) heartbeat_interval: Duration,
    /// How long the application may stay away from `poll`; `None` when it need not poll.
    pub(crate) poll_interval_max: Option<Duration>,
    pub(crate) backoff: Duration,
    pub(crate) backoff_max: Duration,
    /// A static member (KIP-345) keeps its place when it goes.
    pub(crate) is_static: bool,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// The owner has let go of what it had to and says what it offers: protocol names and metadata.
    Ready {
        ticket: u64,
        protocols: Vec<(String, Bytes)>,
    },
    JoinAnswered {
        attempt: u64,
        answer: Result<JoinAnswer, Fault>,
    },
    /// The leader's owner has divided the work.
    Divided {
        attempt: u64,
        shares: Result<Vec<(String, Bytes)>, Error>,
    },
    SyncAnswered {
        attempt: u64,
        answer: Result<Bytes, Fault>,
    },
    HeartbeatAnswered {
        attempt: u64,
        answer: Result<(), Fault>,
    },
    /// The owner wants a new round: its metadata changed, or (leader) the world did.
    RejoinWanted,
    /// The member id or generation was refused elsewhere (a commit) with this fault.
    Refused {
        membership: Membership,
        fault: Fault,
    },
    Tick,
}

/// What the coordinator said to a join that succeeded.
#[derive(Debug, Clone)]
pub(crate) struct JoinAnswer {
    pub(crate) generation: i32,
    pub(crate) member_id: String,
    pub(crate) leader_id: String,
    pub(crate) protocol: String,
    /// Only the leader is told.
    pub(crate) members: Vec<GroupMember>,
    pub(crate) skip_assignment: bool,
}

/// A member as the leader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// Assigned by the coordinator.
    pub id: String,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// What the member offered under the chosen protocol; opaque to the engine.
    pub metadata: Bytes,
}

/// Failures, named by what the member does next.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Coordinator moved, is loading or is out of reach: the same again after the back-off.
    Again,
    MemberIdRequired(String),
    RebalanceInProgress,
    IllegalGeneration,
    UnknownMember,
    /// No retry helps; the owner is told.
    Fatal(Error),
}

/// What the loop has to do.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Ask the owner to let go and to offer its protocols; a later ticket makes this one void.
    Prepare {
        ticket: u64,
    },
    Join {
        attempt: u64,
        member_id: String,
        protocols: Vec<(String, Bytes)>,
        reason: &'static str,
    },
    Divide {
        attempt: u64,
        protocol: String,
        members: Vec<GroupMember>,
    },
    Sync {
        attempt: u64,
        membership: Membership,
        protocol: String,
        shares: Vec<(String, Bytes)>,
    },
    Heartbeat {
        attempt: u64,
        membership: Membership,
    },
    /// Leave without waiting for the answer.
    Leave {
        member_id: String,
    },
    Joined {
        membership: Membership,
        leader_id: String,
        protocol: String,
        share: Bytes,
    },
    Lost(LostReason),
    Failed(Error),
}

#[derive(Debug)]
enum State {
    Unjoined { not_before: Option<Instant> },
    Preparing,
    Joining { protocols: Vec<(String, Bytes)>, again_at: Option<Instant> },
    Assigning,
    Syncing { shares: Vec<(String, Bytes)>, again_at: Option<Instant> },
    Stable,
    Suspended { since: Instant },
    Failed,
}

/// The machine. See the head of the module.
#[derive(Debug)]
pub(crate) struct Core {
    limits: Limits,
    state: State,
    membership: Membership,
    protocol: String,
    leader_id: String,
    /// Number of the current join attempt: what older attempts bring back is ignored.
    attempt: u64,
    /// Number of the current preparation.
    ticket: u64,
    /// Whether the owner believes to hold something and would have to be told of a loss.
    joined_once: bool,
    rejoin_wanted: bool,
    reason: &'static str,
    backoff: Duration,
    heartbeat_due: Instant,
    /// The attempt whose heartbeat is under way. One of an older attempt may wait long for an answer at a coordinator
    /// that is gone; it holds nothing up.
    beating: Option<u64>,
    /// Last time the coordinator is known to have counted us in.
    alive_at: Instant,
    polling: bool,
    polled_at: Instant,
}

impl Core {
    pub(crate) fn new(limits: Limits, now: Instant) -> Self {
        Core {
            backoff: limits.backoff,
            heartbeat_due: now + limits.heartbeat_interval,
            limits,
            state: State::Unjoined { not_before: None },
            membership: Membership::none(),
            protocol: String::new(),
            leader_id: String::new(),
            attempt: 0,
            ticket: 0,
            joined_once: false,
            rejoin_wanted: false,
            reason: "initial join",
            beating: None,
            alive_at: now,
            polling: false,
            polled_at: now,
        }
    }

    /// Whether the application is inside of a poll, and when it last left one.
    pub(crate) fn polled(&mut self, polling: bool, left_at: Instant) {
        (self.polling, self.polled_at) = (polling, left_at);
    }

    /// Out of the group because nobody polls.
    pub(crate) fn is_suspended(&self) -> bool {
        matches!(self.state, State::Suspended { .. })
    }

    /// Identity to commit with; the generation is -1 outside of a group.
    pub(crate) fn membership(&self) -> &Membership {
        &self.membership
    }

    /// True between the join and the end of the sync, when commits have to wait (G14).
    pub(crate) fn is_rejoining(&self) -> bool {
        matches!(self.state, State::Joining { .. } | State::Assigning | State::Syncing { .. })
    }

    /// When `Tick` is wanted next.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        let state = match &self.state {
            State::Unjoined { not_before } => *not_before,
            State::Joining { again_at, .. } | State::Syncing { again_at, .. } => *again_at,
            _ => None,
        };
        // While one is under way the next one is not due before its answer; only the end of the session is.
        let beats_next = (!self.is_beating()).then_some(self.heartbeat_due);
        let session_end = self.alive_at + self.limits.session_timeout;
        let heartbeat = self.heartbeats().then(|| beats_next.map_or(session_end, |due| due.min(session_end)));
        [state, heartbeat, self.poll_deadline()].into_iter().flatten().min()
    }

    pub(crate) fn apply(&mut self, now: Instant, event: Event) -> Vec<Effect> {
        let mut out = Vec::new();
        match event {
            Event::Ready { ticket, protocols } if ticket == self.ticket => self.ready(protocols, &mut out),
            Event::JoinAnswered { attempt, answer } if attempt == self.attempt => {
                self.join_answered(now, answer, &mut out)
            }
            Event::Divided { attempt, shares } if attempt == self.attempt => self.divided(shares, &mut out),
            Event::SyncAnswered { attempt, answer } if attempt == self.attempt => {
                self.sync_answered(now, answer, &mut out)
            }
            Event::HeartbeatAnswered { attempt, answer } => {
                if attempt == self.attempt {
                    self.beating = None;
                    self.heartbeat_answered(now, answer, &mut out);
                }
            }
            // A join that was given up has succeeded after all: its place is given back.
            Event::JoinAnswered { answer: Ok(late), .. } => self.give_back(late.member_id, &mut out),
            Event::Ready { .. }
            | Event::JoinAnswered { .. }
            | Event::Divided { .. }
            | Event::SyncAnswered { .. } => {}
            Event::RejoinWanted => self.rejoin_wanted(&mut out),
            Event::Refused { membership, fault } if membership == self.membership => {
                self.refused(now, fault, &mut out)
            }
            Event::Refused { .. } => {}
            Event::Tick => {}
        }
        self.due(now, &mut out);
        out
    }

    fn ready(&mut self, protocols: Vec<(String, Bytes)>, out: &mut Vec<Effect>) {
        if matches!(self.state, State::Preparing) {
            self.rejoin_wanted = false;
            self.join(protocols, out);
        }
    }

    fn join(&mut self, protocols: Vec<(String, Bytes)>, out: &mut Vec<Effect>) {
        self.attempt += 1;
        out.push(Effect::Join {
            attempt: self.attempt,
            member_id: self.membership.member_id.clone(),
            protocols: protocols.clone(),
            reason: self.reason,
        });
        self.state = State::Joining { protocols, again_at: None };
    }

    fn join_answered(&mut self, now: Instant, answer: Result<JoinAnswer, Fault>, out: &mut Vec<Effect>) {
        let State::Joining { protocols, .. } = &mut self.state else { return };
        let protocols = std::mem::take(protocols);
        match answer {
            Ok(answer) => self.joined(now, answer, out),
            // G1: the coordinator gives us an id before it counts us in.
            Err(Fault::MemberIdRequired(id)) => {
                self.membership.member_id = id;
                self.join(protocols, out);
            }
            Err(Fault::UnknownMember) => {
                self.membership.member_id.clear();
                self.join_later(now, protocols);
            }
            Err(Fault::Again | Fault::RebalanceInProgress | Fault::IllegalGeneration) => {
                self.join_later(now, protocols)
            }
            Err(Fault::Fatal(error)) => self.fail(error, out),
        }
    }

    fn join_later(&mut self, now: Instant, protocols: Vec<(String, Bytes)>) {
        let again_at = Some(now + self.next_backoff());
        self.state = State::Joining { protocols, again_at };
    }

    fn joined(&mut self, now: Instant, answer: JoinAnswer, out: &mut Vec<Effect>) {
        let is_leader = answer.member_id == answer.leader_id;
        self.membership = Membership { member_id: answer.member_id, generation: answer.generation };
        self.protocol.clone_from(&answer.protocol);
        self.leader_id = answer.leader_id;
        self.alive(now);
        if is_leader && !answer.skip_assignment {
            self.state = State::Assigning;
            out.push(Effect::Divide {
                attempt: self.attempt,
                protocol: answer.protocol,
                members: answer.members,
            });
        } else {
            self.sync(Vec::new(), out);
        }
    }

    fn divided(&mut self, shares: Result<Vec<(String, Bytes)>, Error>, out: &mut Vec<Effect>) {
        if !matches!(self.state, State::Assigning) {
            return;
        }
        match shares {
            Ok(shares) => self.sync(shares, out),
            Err(error) => self.fail(error, out),
        }
    }

    fn sync(&mut self, shares: Vec<(String, Bytes)>, out: &mut Vec<Effect>) {
        out.push(Effect::Sync {
            attempt: self.attempt,
            membership: self.membership.clone(),
            protocol: self.protocol.clone(),
            shares: shares.clone(),
        });
        self.state = State::Syncing { shares, again_at: None };
    }

    fn sync_answered(&mut self, now: Instant, answer: Result<Bytes, Fault>, out: &mut Vec<Effect>) {
        let State::Syncing { shares, .. } = &mut self.state else { return };
        match answer {
            Ok(share) => {
                self.state = State::Stable;
                self.joined_once = true;
                self.backoff = self.limits.backoff;
                self.alive(now);
                out.push(Effect::Joined {
                    membership: self.membership.clone(),
                    leader_id: self.leader_id.clone(),
                    protocol: self.protocol.clone(),
                    share,
                });
                if self.rejoin_wanted {
                    self.prepare("rejoin was asked for during the rebalance", out);
                }
            }
            Err(Fault::Again) => {
                let shares = std::mem::take(shares);
                let again_at = Some(now + self.next_backoff());
                self.state = State::Syncing { shares, again_at };
            }
            Err(Fault::RebalanceInProgress) => self.prepare("the group rebalanced during the sync", out),
            Err(fault) => self.dropped(now, fault, out),
        }
    }

    fn heartbeat_answered(&mut self, now: Instant, answer: Result<(), Fault>, out: &mut Vec<Effect>) {
        match answer {
            Ok(()) => self.alive_at = now,
            Err(Fault::RebalanceInProgress) => {
                self.alive_at = now;
                if matches!(self.state, State::Stable) {
                    self.prepare("the group is rebalancing", out);
                }
            }
            Err(Fault::Again) => self.heartbeat_due = self.heartbeat_due.min(now + self.limits.backoff),
            // The answer may have crossed a join that repairs what it complains of.
            Err(fault) if matches!(self.state, State::Stable | State::Preparing | State::Assigning) => {
                self.dropped(now, fault, out);
            }
            Err(_) => {}
        }
    }

    fn refused(&mut self, now: Instant, fault: Fault, out: &mut Vec<Effect>) {
        if !matches!(self.state, State::Stable) {
            return;
        }
        match fault {
            Fault::RebalanceInProgress => self.prepare("the group is rebalancing", out),
            Fault::Again | Fault::MemberIdRequired(_) => {}
            fault => self.dropped(now, fault, out),
        }
    }

    /// The coordinator does not count us in any more (G6, G7).
    fn dropped(&mut self, now: Instant, fault: Fault, out: &mut Vec<Effect>) {
        let reason = match fault {
            Fault::Fatal(error) => return self.fail(error, out),
            Fault::UnknownMember => {
                self.membership.member_id.clear();
                LostReason::UnknownMember
            }
            _ => LostReason::IllegalGeneration,
        };
        self.lose(reason, out);
        self.state = State::Unjoined { not_before: Some(now) };
        self.reason = "membership was lost";
    }

    fn lose(&mut self, reason: LostReason, out: &mut Vec<Effect>) {
        self.attempt += 1;
        self.membership.generation = Membership::NO_GENERATION;
        if std::mem::take(&mut self.joined_once) {
            out.push(Effect::Lost(reason));
        }
    }

    fn fail(&mut self, error: Error, out: &mut Vec<Effect>) {
        self.lose(LostReason::Fatal, out);
        self.state = State::Failed;
        out.push(Effect::Failed(error));
    }

    fn rejoin_wanted(&mut self, out: &mut Vec<Effect>) {
        match self.state {
            State::Stable => self.prepare("the member asked for a rebalance", out),
            // What it offers is asked for anew anyway.
            State::Unjoined { .. } | State::Suspended { .. } => {}
            State::Failed => self.state = State::Unjoined { not_before: None },
            State::Preparing | State::Joining { .. } | State::Assigning | State::Syncing { .. } => {
                self.rejoin_wanted = true;
            }
        }
    }

    fn prepare(&mut self, reason: &'static str, out: &mut Vec<Effect>) {
        self.reason = reason;
        self.rejoin_wanted = false;
        self.state = State::Preparing;
        self.ticket += 1;
        out.push(Effect::Prepare { ticket: self.ticket });
    }

    fn give_back(&self, member_id: String, out: &mut Vec<Effect>) {
        if !self.limits.is_static && member_id != self.membership.member_id {
            out.push(Effect::Leave { member_id });
        }
    }

    /// What the time demands.
    fn due(&mut self, now: Instant, out: &mut Vec<Effect>) {
        if self.poll_deadline().is_some_and(|deadline| now >= deadline) {
            self.suspend(now, out);
        }
        if let State::Suspended { since } = self.state
            && (self.polling || self.polled_at > since)
        {
            self.state = State::Unjoined { not_before: None };
        }
        if self.heartbeats() && now >= self.alive_at + self.limits.session_timeout {
            self.lose(LostReason::SessionExpired, out);
            self.state = State::Unjoined { not_before: None };
            self.reason = "no heartbeat was answered within the session timeout";
        }
        match &mut self.state {
            State::Unjoined { not_before } if not_before.is_none_or(|at| now >= at) => {
                let reason = self.reason;
                self.prepare(reason, out);
            }
            State::Joining { protocols, again_at: Some(at) } if now >= *at => {
                let protocols = std::mem::take(protocols);
                self.join(protocols, out);
            }
            State::Syncing { shares, again_at: Some(at) } if now >= *at => {
                let shares = std::mem::take(shares);
                self.sync(shares, out);
            }
            _ => {}
        }
        if self.heartbeats() && !self.is_beating() && now >= self.heartbeat_due {
            self.beating = Some(self.attempt);
            self.heartbeat_due = now + self.limits.heartbeat_interval;
            out.push(Effect::Heartbeat { attempt: self.attempt, membership: self.membership.clone() });
        }
    }

    /// G4: the application does not poll, so somebody else should have its work.
    fn suspend(&mut self, now: Instant, out: &mut Vec<Effect>) {
        let member_id = std::mem::take(&mut self.membership.member_id);
        self.lose(LostReason::PollIntervalExceeded, out);
        // A static member only stops its heartbeats: the session time-out ends it, or it is back before.
        if self.limits.is_static {
            self.membership.member_id = member_id;
        } else if !member_id.is_empty() {
            out.push(Effect::Leave { member_id });
        }
        self.state = State::Suspended { since: now };
        self.reason = "the application polls again";
    }

    fn poll_deadline(&self) -> Option<Instant> {
        let idle = self.polling || matches!(self.state, State::Suspended { .. } | State::Failed);
        if idle { None } else { self.limits.poll_interval_max.map(|max| self.polled_at + max) }
    }

    fn heartbeats(&self) -> bool {
        self.membership.is_member()
            && matches!(self.state, State::Preparing | State::Assigning | State::Stable)
    }

    fn is_beating(&self) -> bool {
        self.beating == Some(self.attempt)
    }

    fn alive(&mut self, now: Instant) {
        self.alive_at = now;
        self.heartbeat_due = now + self.limits.heartbeat_interval;
    }

    fn next_backoff(&mut self) -> Duration {
        let backoff = self.backoff;
        self.backoff = (backoff * 2).min(self.limits.backoff_max);
        // ±20 %, so that the members of a group do not come back in step.
        backoff.mul_f64(0.8 + 0.4 * fastrand::f64())
    }
}

#[cfg(test)]
mod tests;
