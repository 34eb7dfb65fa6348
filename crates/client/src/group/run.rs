//! The loop around a group member: carries out what the core decides, and tells it what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use kconnect_wire::ErrorCode;
use kconnect_wire::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse, LeaveGroupRequest,
    MemberIdentity, SyncGroupRequest, SyncGroupRequestAssignment,
};
use tokio::sync::{mpsc, oneshot, watch};

use super::core::{Core, Effect, Event, Fault, JoinAnswer, Limits};
use super::{
    Command, Divide, GroupConfig, GroupEvent, GroupMember, GroupStatus, Joined, Membership, Polls, Prepare,
};
use super::{LostReason, group_error};
use crate::logger;
use crate::net::backoff::now;
use crate::net::{NodeRef, Patience, Purpose};
use crate::scope::Stop;
use crate::{Client, Error};

/// What a rebalance may take beyond its timeout before the join counts as lost (N3).
const JOIN_GRACE: Duration = Duration::from_secs(5);
/// Versions from which requests list several members, and from which joins give a reason.
const LEAVE_LISTS_FROM: i16 = 3;

pub(super) struct Run {
    link: Link,
    core: Core,
    commands: mpsc::WeakSender<Command>,
    events: mpsc::Sender<GroupEvent>,
    status: watch::Sender<GroupStatus>,
    polls: Arc<Polls>,
    pending: FuturesUnordered<BoxFuture<'static, Event>>,
}

/// What requests need; cloned into each.
#[derive(Clone)]
struct Link {
    client: Client,
    config: Arc<GroupConfig>,
}

impl Run {
    pub(super) fn new(
        client: Client,
        config: GroupConfig,
        commands: mpsc::WeakSender<Command>,
        events: mpsc::Sender<GroupEvent>,
        status: watch::Sender<GroupStatus>,
        polls: Arc<Polls>,
    ) -> Self {
        let limits = Limits {
            session_timeout: config.session_timeout,
            heartbeat_interval: config.heartbeat_interval,
            poll_interval_max: config.poll_interval_max,
            backoff: client.config().retry_backoff,
            backoff_max: client.config().retry_backoff_max,
            is_static: config.group_instance_id.is_some(),
        };
        let core = Core::new(limits, now());
        let link = Link { client, config: Arc::new(config) };
        Run { link, core, commands, events, status, polls, pending: FuturesUnordered::new() }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Command>, mut stop: Stop) {
        self.step(Event::Tick).await;
        loop {
            let event = tokio::select! {
                () = stop.requested() => return,
                command = inbox.recv() => match command {
                    Some(Command::Leave { even_static, deadline, done }) => {
                        return self.leave(even_static, deadline, done).await;
                    }
                    Some(command) => self.event_of(command),
                    None => return,
                },
                Some(event) = self.pending.next() => event,
                () = self.polls.wake.notified() => Event::Tick,
                () = crate::net::sleep_until(self.core.wake_at()) => Event::Tick,
            };
            self.step(event).await;
        }
    }

    fn event_of(&self, command: Command) -> Event {
        match command {
            Command::Ready { ticket, protocols } => Event::Ready { ticket, protocols },
            Command::Divided { attempt, shares } => Event::Divided { attempt, shares },
            Command::Refused { membership, code } => {
                Event::Refused { membership, fault: self.link.fault(code) }
            }
            Command::Rejoin | Command::Leave { .. } => Event::RejoinWanted,
        }
    }

    async fn step(&mut self, event: Event) {
        let (inside, left) = self.polls.look();
        self.core.polled(inside, left);
        let effects = self.core.apply(now(), event);
        self.polls.awaited.store(self.core.is_suspended(), std::sync::atomic::Ordering::Relaxed);
        if self.core.is_suspended() && self.polls.look().0 {
            // The poll began between the two looks.
            self.polls.wake.notify_one();
        }
        let status = GroupStatus {
            membership: self.core.membership().clone(),
            is_rejoining: self.core.is_rejoining(),
        };
        self.status.send_if_modified(|known| std::mem::replace(known, status.clone()) != status);
        for effect in effects {
            self.perform(effect).await;
        }
    }

    async fn perform(&mut self, effect: Effect) {
        let Some(commands) = self.commands.upgrade() else { return };
        let event = match effect {
            Effect::Join { attempt, member_id, protocols, reason } => {
                let link = self.link.clone();
                let join = async move {
                    Event::JoinAnswered { attempt, answer: link.join(member_id, protocols, reason).await }
                };
                return self.pending.push(Box::pin(join));
            }
            Effect::Sync { attempt, membership, protocol, shares } => {
                let link = self.link.clone();
                let sync = async move {
                    Event::SyncAnswered { attempt, answer: link.sync(membership, protocol, shares).await }
                };
                return self.pending.push(Box::pin(sync));
            }
            Effect::Heartbeat { attempt, membership } => {
                let link = self.link.clone();
                let beat = async move {
                    Event::HeartbeatAnswered { attempt, answer: link.heartbeat(membership).await }
                };
                return self.pending.push(Box::pin(beat));
            }
            Effect::Leave { member_id } => {
                let link = self.link.clone();
                let deadline = now() + link.client.config().request_timeout;
                let leave = async move {
                    link.leave(member_id, deadline).await;
                    Event::Tick
                };
                return self.pending.push(Box::pin(leave));
            }
            Effect::Prepare { ticket } => GroupEvent::Prepare(Prepare { ticket, commands }),
            Effect::Divide { attempt, protocol, members } => {
                GroupEvent::Divide(Divide { protocol, members, attempt, commands })
            }
            Effect::Joined { membership, leader_id, protocol, share } => {
                tracing::info!(target: logger::COORDINATOR,
                    group = %self.link.config.group_id, generation = membership.generation,
                    member = %membership.member_id, protocol, "joined group"
                );
                GroupEvent::Joined(Joined { membership, leader_id, protocol, share })
            }
            Effect::Lost(reason) => {
                self.log_loss(reason);
                GroupEvent::Lost(reason)
            }
            Effect::Failed(error) => GroupEvent::Failed(error),
        };
        // An owner that is gone takes the engine with it.
        let _ = self.events.send(event).await;
    }

    fn log_loss(&self, reason: LostReason) {
        let group = &*self.link.config.group_id;
        if reason == LostReason::PollIntervalExceeded {
            tracing::warn!(target: logger::COORDINATOR,
                group,
                "left the group: the time between two polls was longer than max.poll.interval.ms; raise it or lower \
                 max.poll.records"
            );
        } else {
            tracing::warn!(target: logger::COORDINATOR, group, ?reason, "lost the membership of the group");
        }
    }

    async fn leave(self, even_static: bool, deadline: Instant, done: oneshot::Sender<()>) {
        let Membership { member_id, .. } = self.core.membership().clone();
        let is_static = self.link.config.group_instance_id.is_some();
        if !member_id.is_empty() && (even_static || !is_static) {
            self.link.leave(member_id, deadline).await;
        }
        let _ = done.send(());
    }
}

impl Link {
    fn node(&self) -> NodeRef {
        NodeRef::group(self.config.group_id.clone())
    }

    fn instance(&self) -> Option<String> {
        self.config.group_instance_id.as_deref().map(str::to_owned)
    }

    async fn join(
        &self,
        member_id: String,
        protocols: Vec<(String, Bytes)>,
        reason: &'static str,
    ) -> Result<JoinAnswer, Fault> {
        let protocol = |(name, metadata)| JoinGroupRequestProtocol { name, metadata, ..Default::default() };
        let request = JoinGroupRequest {
            group_id: self.config.group_id.to_string(),
            session_timeout_ms: millis(self.config.session_timeout),
            rebalance_timeout_ms: millis(self.config.rebalance_timeout),
            member_id,
            group_instance_id: self.instance(),
            protocol_type: self.config.protocol_type.to_string(),
            protocols: protocols.into_iter().map(protocol).collect(),
            reason: Some(reason.to_owned()),
            ..Default::default()
        };
        let broker_wait = self.config.rebalance_timeout + JOIN_GRACE;
        let deadline = now() + broker_wait + self.client.config().request_timeout;
        let patience = Patience { deadline, broker_wait };
        let answer = self.client.request(&self.node(), Purpose::Coordination, request, patience).await;
        self.join_answer(answer.map_err(|error| self.unanswered(error))?)
    }

    fn join_answer(&self, answer: JoinGroupResponse) -> Result<JoinAnswer, Fault> {
        match answer.error_code {
            ErrorCode::NONE => {}
            ErrorCode::MEMBER_ID_REQUIRED => return Err(Fault::MemberIdRequired(answer.member_id)),
            code => return Err(self.fault(code)),
        }
        let member = |m: kconnect_wire::messages::JoinGroupResponseMember| GroupMember {
            id: m.member_id,
            instance_id: m.group_instance_id,
            metadata: m.metadata,
        };
        Ok(JoinAnswer {
            generation: answer.generation_id,
            member_id: answer.member_id,
            leader_id: answer.leader,
            protocol: answer.protocol_name.unwrap_or_default(),
            members: answer.members.into_iter().map(member).collect(),
            skip_assignment: answer.skip_assignment,
        })
    }

    async fn sync(
        &self,
        member: Membership,
        protocol: String,
        shares: Vec<(String, Bytes)>,
    ) -> Result<Bytes, Fault> {
        let share = |(member_id, assignment)| SyncGroupRequestAssignment {
            member_id,
            assignment,
            ..Default::default()
        };
        let request = SyncGroupRequest {
            group_id: self.config.group_id.to_string(),
            generation_id: member.generation,
            member_id: member.member_id,
            group_instance_id: self.instance(),
            protocol_type: Some(self.config.protocol_type.to_string()),
            protocol_name: Some(protocol),
            assignments: shares.into_iter().map(share).collect(),
            ..Default::default()
        };
        // The coordinator answers when the leader has divided, which the rebalance timeout bounds.
        let broker_wait = self.config.rebalance_timeout + JOIN_GRACE;
        let deadline = now() + broker_wait + self.client.config().request_timeout;
        let patience = Patience { deadline, broker_wait };
        let answer = self.client.request(&self.node(), Purpose::Coordination, request, patience).await;
        let answer = answer.map_err(|error| self.unanswered(error))?;
        match answer.error_code {
            ErrorCode::NONE => Ok(answer.assignment),
            code => Err(self.fault(code)),
        }
    }

    async fn heartbeat(&self, member: Membership) -> Result<(), Fault> {
        let request = HeartbeatRequest {
            group_id: self.config.group_id.to_string(),
            generation_id: member.generation,
            member_id: member.member_id,
            group_instance_id: self.instance(),
            ..Default::default()
        };
        let deadline = now() + self.config.session_timeout;
        let answer = self.client.request(&self.node(), Purpose::Coordination, request, deadline).await;
        match answer.map_err(|error| self.unanswered(error))?.error_code {
            ErrorCode::NONE => Ok(()),
            code => Err(self.fault(code)),
        }
    }

    /// Best effort. Goes over the control connection, because a join may occupy the other one for minutes.
    async fn leave(&self, member_id: String, deadline: Instant) {
        let build = |version| {
            let mut request =
                LeaveGroupRequest { group_id: self.config.group_id.to_string(), ..Default::default() };
            if version >= LEAVE_LISTS_FROM {
                let reason = Some("the consumer is being closed".to_owned());
                let member = MemberIdentity {
                    member_id,
                    group_instance_id: self.instance(),
                    reason,
                    ..Default::default()
                };
                request.members = vec![member];
            } else {
                request.member_id = member_id;
            }
            Ok(request)
        };
        let answer = self.client.request_with(&self.node(), Purpose::Control, None, deadline, build).await;
        match answer {
            Ok(answer) => {
                tracing::debug!(target: logger::COORDINATOR, group = %self.config.group_id, code = %answer.error_code, "left group")
            }
            Err(error) => {
                tracing::debug!(target: logger::COORDINATOR, group = %self.config.group_id, %error, "leaving the group was not confirmed")
            }
        }
    }

    fn fault(&self, code: ErrorCode) -> Fault {
        match code {
            ErrorCode::COORDINATOR_NOT_AVAILABLE | ErrorCode::NOT_COORDINATOR => {
                if let NodeRef::Coordinator { kind, key } = self.node() {
                    self.client.forget_coordinator(kind, &key);
                }
                Fault::Again
            }
            ErrorCode::REBALANCE_IN_PROGRESS => Fault::RebalanceInProgress,
            ErrorCode::ILLEGAL_GENERATION => Fault::IllegalGeneration,
            ErrorCode::UNKNOWN_MEMBER_ID => Fault::UnknownMember,
            code if code.is_retriable() => Fault::Again,
            code => Fault::Fatal(group_error(code, &self.config.group_id)),
        }
    }

    /// A request that got no answer. What retrying cannot cure ends the engine.
    fn unanswered(&self, error: Error) -> Fault {
        if error.is_retriable() {
            tracing::debug!(target: logger::COORDINATOR, group = %self.config.group_id, %error, "group request was not answered");
            return Fault::Again;
        }
        match error.code() {
            Some(code) => self.fault(code),
            None => Fault::Fatal(error),
        }
    }
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}
