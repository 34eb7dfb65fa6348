//! Joining a group, and the rebalance that a join, a leave or an expiry starts.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::JoinGroupResponse;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::protocol::StrBytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Group, GroupRules, Member, State, sync};

/// A JoinGroup request, checked and in our types.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    pub version: i16,
    pub client_id: String,
    pub client_host: String,
    pub member_id: String,
    pub instance: Option<String>,
    pub session_timeout: Duration,
    pub rebalance_timeout: Duration,
    pub protocol_type: String,
    pub protocols: Vec<(String, Bytes)>,
}

/// Where a join leads.
enum Joined {
    /// Nothing has to be rebalanced: the present generation is the answer.
    Now(Box<JoinGroupResponse>),
    /// The member at this index waits for the next generation.
    Wait(usize),
}

type Decision = Result<Joined, (ResponseError, String)>;

impl Group {
    /// Takes a join; the answer comes through the receiver, maybe only when the generation is complete.
    pub(crate) fn join(
        &mut self,
        now: Instant,
        rules: &GroupRules,
        join: Join,
    ) -> oneshot::Receiver<JoinGroupResponse> {
        let (answer, receiver) = oneshot::channel();
        match self.decide(now, rules, join) {
            Ok(Joined::Wait(i)) => {
                self.members[i].joining = Some(answer);
                self.complete_if_ready(now);
            }
            Ok(Joined::Now(response)) => {
                let _ = answer.send(*response);
            }
            Err((code, member_id)) => {
                let _ = answer.send(refused(code, member_id));
            }
        }
        receiver
    }

    fn decide(&mut self, now: Instant, rules: &GroupRules, join: Join) -> Decision {
        let known = join.member_id.clone();
        let refuse = |code| Err((code, known.clone()));
        if join.session_timeout < rules.session_timeout_min
            || join.session_timeout > rules.session_timeout_max
        {
            return refuse(ResponseError::InvalidSessionTimeout);
        }
        if !self.supports(&join) {
            return refuse(ResponseError::InconsistentGroupProtocol);
        }
        let is_new = self.position(&join.member_id).is_none();
        if is_new && self.members.len() >= rules.max_size {
            return refuse(ResponseError::GroupMaxSizeReached);
        }
        match (join.member_id.is_empty(), join.instance.clone()) {
            (true, Some(instance)) => match self.static_member(&instance) {
                Some(i) => Ok(self.replace(now, rules, i, join)),
                None => Ok(self.add(now, rules, new_id(&instance), join)),
            },
            (true, None) => {
                let id = new_id(&join.client_id);
                if join.version < 4 {
                    return Ok(self.add(now, rules, id, join));
                }
                self.pending.insert(id.clone(), now + join.session_timeout);
                Err((ResponseError::MemberIdRequired, id))
            }
            (false, Some(_)) => match self.locate(&join.member_id, join.instance.as_deref()) {
                Ok(i) => Ok(self.rejoin(now, rules, i, join)),
                Err(code) => refuse(code),
            },
            (false, None) => match self.position(&join.member_id) {
                Some(i) => Ok(self.rejoin(now, rules, i, join)),
                None if self.pending.remove(&join.member_id).is_some() => {
                    Ok(self.add(now, rules, join.member_id.clone(), join))
                }
                None => refuse(ResponseError::UnknownMemberId),
            },
        }
    }

    /// Type and at least one protocol must be common to all members.
    fn supports(&self, join: &Join) -> bool {
        if join.protocol_type.is_empty() || join.protocols.is_empty() {
            return false;
        }
        let others = || self.members.iter().filter(|m| m.id != join.member_id || join.member_id.is_empty());
        if others().next().is_none() {
            return true;
        }
        self.protocol_type.as_deref() == Some(join.protocol_type.as_str())
            && join
                .protocols
                .iter()
                .any(|(name, _)| others().all(|m| m.protocols.iter().any(|(n, _)| n == name)))
    }

    fn add(&mut self, now: Instant, rules: &GroupRules, id: String, join: Join) -> Joined {
        if self.members.is_empty() {
            self.protocol_type = Some(join.protocol_type.clone());
        }
        self.leader.get_or_insert_with(|| id.clone());
        let mut member = Member {
            id,
            instance: join.instance.clone(),
            client_id: String::new(),
            client_host: String::new(),
            session_timeout: join.session_timeout,
            rebalance_timeout: join.rebalance_timeout,
            protocols: Vec::new(),
            assignment: Bytes::new(),
            expires: now + join.session_timeout,
            joining: None,
            syncing: None,
            synced: false,
        };
        member.update(now, join);
        self.members.push(member);
        self.prepare(now, rules);
        Joined::Wait(self.members.len() - 1)
    }

    fn rejoin(&mut self, now: Instant, rules: &GroupRules, i: usize, join: Join) -> Joined {
        let member = &self.members[i];
        let is_leader = self.leader.as_deref() == Some(member.id.as_str());
        let same = member.protocols == join.protocols;
        let rebalance = match self.state {
            State::Empty | State::Preparing { .. } => true,
            State::Completing { .. } => !same,
            State::Stable => is_leader || !same,
        };
        self.members[i].update(now, join);
        if !rebalance {
            return Joined::Now(Box::new(self.joined(i, false)));
        }
        self.prepare(now, rules);
        Joined::Wait(i)
    }

    /// A static member came back without its id: it gets a new one and the old process is fenced (G11).
    fn replace(&mut self, now: Instant, rules: &GroupRules, i: usize, join: Join) -> Joined {
        let id = new_id(join.instance.as_deref().unwrap_or_default());
        let version = join.version;
        let member = &mut self.members[i];
        let same = member.protocols == join.protocols;
        let old = std::mem::replace(&mut member.id, id.clone());
        if let Some(joining) = member.joining.take() {
            let _ = joining.send(refused(ResponseError::FencedInstanceId, old.clone()));
        }
        if let Some(syncing) = member.syncing.take() {
            let _ = syncing.send(sync::refused(ResponseError::FencedInstanceId));
        }
        let was_leader = self.leader.as_deref() == Some(old.as_str());
        if was_leader {
            self.leader = Some(id);
        }
        self.members[i].update(now, join);
        if self.state != State::Stable || !same {
            self.prepare(now, rules);
            return Joined::Wait(i);
        }
        self.changed = true;
        let mut response = self.joined(i, was_leader && version >= 9);
        if was_leader && version < 9 {
            // Before version 9 nobody can be told to skip the assignment: naming the old id as leader keeps the
            // member from running one.
            response.leader = StrBytes::from_string(old);
            response.members.clear();
        }
        Joined::Now(Box::new(response))
    }

    /// Begins a rebalance unless one is being prepared already.
    pub(super) fn prepare(&mut self, now: Instant, rules: &GroupRules) {
        let not_before = match self.state {
            State::Preparing { .. } => return,
            State::Empty => now + rules.initial_delay,
            State::Completing { .. } | State::Stable => now,
        };
        for member in &mut self.members {
            member.synced = false;
            if let Some(syncing) = member.syncing.take() {
                let _ = syncing.send(sync::refused(ResponseError::RebalanceInProgress));
            }
        }
        let deadline = (now + self.rebalance_timeout()).max(not_before);
        self.state = State::Preparing { not_before, deadline };
    }

    pub(super) fn all_joined(&self) -> bool {
        self.pending.is_empty() && self.members.iter().all(|m| m.joining.is_some())
    }

    pub(super) fn complete_if_ready(&mut self, now: Instant) {
        if let State::Preparing { not_before, .. } = self.state
            && not_before <= now
            && self.all_joined()
        {
            self.complete_join(now);
        }
    }

    /// Ends the preparation: who has not joined is out, the others get the new generation.
    pub(super) fn complete_join(&mut self, now: Instant) {
        // A static member keeps its place until its session ends.
        while let Some(i) = self.members.iter().position(|m| m.joining.is_none() && m.instance.is_none()) {
            self.remove(i);
        }
        self.generation = self.generation.wrapping_add(1).max(1);
        if self.members.is_empty() {
            self.state = State::Empty;
            self.protocol = None;
            self.leader = None;
            self.changed = true;
            return;
        }
        let deadline = now + self.rebalance_timeout();
        let leads = |m: &&Member| m.joining.is_some() && self.leader.as_deref() == Some(m.id.as_str());
        let leader =
            self.members.iter().find(leads).or_else(|| self.members.iter().find(|m| m.joining.is_some()));
        let Some(leader) = leader.map(|m| m.id.clone()) else {
            self.state = State::Preparing { not_before: now, deadline };
            return;
        };
        self.leader = Some(leader);
        self.protocol = self.elect_protocol();
        self.state = State::Completing { deadline };
        for i in 0..self.members.len() {
            let response = self.joined(i, false);
            let member = &mut self.members[i];
            member.assignment = Bytes::new();
            if let Some(joining) = member.joining.take() {
                member.renew(now);
                let _ = joining.send(response);
            }
        }
    }

    /// Each member votes for its first protocol that all support.
    fn elect_protocol(&self) -> Option<String> {
        let common = |name: &str| self.members.iter().all(|m| m.protocols.iter().any(|(n, _)| n == name));
        let mut votes: Vec<(&str, usize)> = Vec::new();
        for member in &self.members {
            let Some((name, _)) = member.protocols.iter().find(|(name, _)| common(name)) else { continue };
            match votes.iter_mut().find(|(voted, _)| voted == name) {
                Some((_, count)) => *count += 1,
                None => votes.push((name, 1)),
            }
        }
        let most = votes.iter().map(|(_, count)| *count).max()?;
        votes.iter().find(|(_, count)| *count == most).map(|(name, _)| (*name).to_owned())
    }

    fn rebalance_timeout(&self) -> Duration {
        self.members.iter().map(|m| m.rebalance_timeout).max().unwrap_or_default()
    }

    /// The present generation as member `i` sees it; only the leader gets the others' metadata (G2).
    fn joined(&self, i: usize, skip_assignment: bool) -> JoinGroupResponse {
        let member = &self.members[i];
        let is_leader = self.leader.as_deref() == Some(member.id.as_str());
        let all = self.members.iter().filter(|_| is_leader).map(|m| {
            JoinGroupResponseMember::default()
                .with_member_id(StrBytes::from_string(m.id.clone()))
                .with_group_instance_id(m.instance.clone().map(StrBytes::from_string))
                .with_metadata(m.metadata(self.protocol()))
        });
        JoinGroupResponse::default()
            .with_generation_id(self.generation)
            .with_protocol_type(self.protocol_type.clone().map(StrBytes::from_string))
            .with_protocol_name(Some(StrBytes::from_string(self.protocol().to_owned())))
            .with_leader(StrBytes::from_string(self.leader.clone().unwrap_or_default()))
            .with_skip_assignment(skip_assignment)
            .with_member_id(StrBytes::from_string(member.id.clone()))
            .with_members(all.collect())
    }
}

impl Member {
    fn update(&mut self, now: Instant, join: Join) {
        self.client_id = join.client_id;
        self.client_host = join.client_host;
        self.session_timeout = join.session_timeout;
        self.rebalance_timeout = join.rebalance_timeout;
        self.protocols = join.protocols;
        self.renew(now);
    }
}

/// A join that got nowhere.
pub(crate) fn refused(code: ResponseError, member_id: String) -> JoinGroupResponse {
    JoinGroupResponse::default()
        .with_error_code(code.code())
        .with_generation_id(-1)
        .with_protocol_name(Some(StrBytes::new()))
        .with_member_id(StrBytes::from_string(member_id))
}

fn new_id(stem: &str) -> String {
    format!("{stem}-{}", uuid::Uuid::new_v4())
}
