//! A classic group: members, generations, rebalances, committed offsets.
//!
//! ```text
//!            join                 all joined, or the rebalance timeout
//!  Empty ───────────► Preparing ─────────────────────────────────────► Completing
//!    ▲                   ▲  ▲                                              │ leader syncs
//!    │ last member gone  │  └──── a member leaves, expires, does not sync ─┤
//!    └───────────────────┴─────── a member joins or changes its metadata ──┴► Stable
//! ```
//!
//! A synchronous core: it takes the time as an argument and does no I/O. Answers that must wait (a join until the
//! generation is complete, a sync until the leader's assignment) leave through the `oneshot` that was parked with
//! the member. The engine knows nothing of the protocol type: `consumer`, `connect` and any other are blobs to it.
//! `changed` says that the part which outlives the process is different now; the owner journals it.
//!
//! Joins and rebalances are in [`join`], syncs in [`sync`]; here are the rest and the timers.

mod join;
mod sync;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{JoinGroupResponse, SyncGroupResponse};
use tokio::sync::oneshot;
use tokio::time::Instant;

pub(crate) use self::join::Join;
pub(crate) use self::sync::Sync;

/// A committed position (O1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: String,
    pub timestamp_ms: i64,
}

/// What the journal keeps of a group: enough for its members to go on after a restart of the broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoredGroup {
    pub generation: i32,
    pub protocol_type: Option<String>,
    pub protocol: Option<String>,
    pub leader: Option<String>,
    pub members: Vec<StoredMember>,
}

/// A member as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredMember {
    pub id: String,
    pub instance: Option<String>,
    pub client_id: String,
    pub client_host: String,
    pub session_timeout_ms: i32,
    pub rebalance_timeout_ms: i32,
    pub protocols: Vec<(String, Bytes)>,
    pub assignment: Bytes,
}

/// Limits a broker puts on its groups.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupRules {
    pub session_timeout_min: Duration,
    pub session_timeout_max: Duration,
    /// How long the first rebalance of an empty group waits for more members.
    pub initial_delay: Duration,
    pub max_size: usize,
}

/// See the module's head.
#[derive(Debug)]
pub(crate) struct Group {
    state: State,
    generation: i32,
    protocol_type: Option<String>,
    protocol: Option<String>,
    leader: Option<String>,
    /// In the order of joining; groups are small, so they are searched.
    members: Vec<Member>,
    /// Ids handed out by MEMBER_ID_REQUIRED and not used yet, with the time they lapse (G1).
    pending: HashMap<String, Instant>,
    pub(crate) offsets: BTreeMap<(String, i32), Committed>,
    changed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Empty,
    Preparing { not_before: Instant, deadline: Instant },
    Completing { deadline: Instant },
    Stable,
}

/// A member; `joining` and `syncing` hold the answers it waits for.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) instance: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    session_timeout: Duration,
    rebalance_timeout: Duration,
    protocols: Vec<(String, Bytes)>,
    pub(crate) assignment: Bytes,
    expires: Instant,
    joining: Option<oneshot::Sender<JoinGroupResponse>>,
    syncing: Option<oneshot::Sender<SyncGroupResponse>>,
    /// Sent its sync in the current generation.
    synced: bool,
}

impl Group {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Empty,
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: Vec::new(),
            pending: HashMap::new(),
            offsets: BTreeMap::new(),
            changed: false,
        }
    }

    /// Puts a stored group back; its members have one session timeout from now to be heard of.
    pub(crate) fn restore(&mut self, now: Instant, stored: StoredGroup) {
        self.generation = stored.generation;
        self.protocol_type = stored.protocol_type;
        self.protocol = stored.protocol;
        self.leader = stored.leader;
        self.members = stored.members.into_iter().map(|m| Member::restore(now, m)).collect();
        self.state = if self.members.is_empty() { State::Empty } else { State::Stable };
    }

    pub(crate) fn store(&self) -> StoredGroup {
        StoredGroup {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            members: self.members.iter().map(Member::store).collect(),
        }
    }

    /// Whether the stored part changed since the last call.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Kafka's name of the state.
    pub(crate) fn state_name(&self) -> &'static str {
        match self.state {
            State::Empty => "Empty",
            State::Preparing { .. } => "PreparingRebalance",
            State::Completing { .. } => "CompletingRebalance",
            State::Stable => "Stable",
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.state == State::Empty
    }

    pub(crate) fn is_stable(&self) -> bool {
        self.state == State::Stable
    }

    pub(crate) fn generation(&self) -> i32 {
        self.generation
    }

    pub(crate) fn protocol_type(&self) -> &str {
        self.protocol_type.as_deref().unwrap_or_default()
    }

    pub(crate) fn protocol(&self) -> &str {
        self.protocol.as_deref().unwrap_or_default()
    }

    pub(crate) fn leader(&self) -> Option<&str> {
        self.leader.as_deref()
    }

    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Metadata of a member under the chosen protocol.
    pub(crate) fn metadata_of(&self, member: &Member) -> Bytes {
        member.metadata(self.protocol())
    }

    /// REBALANCE_IN_PROGRESS tells the member to join again (G6).
    pub(crate) fn heartbeat(
        &mut self,
        now: Instant,
        generation: i32,
        member_id: &str,
        instance: Option<&str>,
    ) -> Result<(), ResponseError> {
        let i = self.locate(member_id, instance)?;
        self.check_generation(generation)?;
        self.members[i].renew(now);
        match self.state {
            State::Preparing { .. } => Err(ResponseError::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    /// Takes a member out; its join or sync that still waits is answered with UNKNOWN_MEMBER_ID.
    pub(crate) fn leave(
        &mut self,
        now: Instant,
        rules: &GroupRules,
        member_id: &str,
        instance: Option<&str>,
    ) -> Result<(), ResponseError> {
        if instance.is_none() && self.pending.remove(member_id).is_some() {
            self.complete_if_ready(now);
            return Ok(());
        }
        let i = match (member_id, instance) {
            ("", Some(instance)) => self.static_member(instance).ok_or(ResponseError::UnknownMemberId)?,
            _ => self.locate(member_id, instance)?,
        };
        self.remove(i);
        self.after_removal(now, rules);
        Ok(())
    }

    /// Ends a member's session now, as if it had been silent; false when there is no such member.
    pub(crate) fn expire(&mut self, now: Instant, rules: &GroupRules, member_id: &str) -> bool {
        let found =
            self.members.iter().position(|m| m.id == member_id || m.instance.as_deref() == Some(member_id));
        if let Some(i) = found {
            self.remove(i);
            self.after_removal(now, rules);
        }
        found.is_some()
    }

    /// Whether this member may commit: O5, O6.
    pub(crate) fn check_commit(
        &mut self,
        now: Instant,
        generation: i32,
        member_id: &str,
        instance: Option<&str>,
    ) -> Result<(), ResponseError> {
        if generation < 0 && member_id.is_empty() {
            return if self.is_empty() { Ok(()) } else { Err(ResponseError::UnknownMemberId) };
        }
        let i = self.locate(member_id, instance)?;
        self.check_generation(generation)?;
        self.members[i].renew(now);
        match self.state {
            State::Completing { .. } => Err(ResponseError::RebalanceInProgress),
            _ => Ok(()),
        }
    }

    /// Topics a `consumer` group has subscribed to; `None` when the metadata is not the consumer's.
    pub(crate) fn subscribed_topics(&self) -> Option<BTreeSet<String>> {
        if self.protocol_type() != "consumer" {
            return None;
        }
        let mut topics = BTreeSet::new();
        for member in &self.members {
            topics.extend(subscription_topics(&self.metadata_of(member))?);
        }
        Some(topics)
    }

    /// Does what is due: sessions, unused member ids, rebalance and sync deadlines.
    pub(crate) fn tick(&mut self, now: Instant, rules: &GroupRules) {
        self.pending.retain(|_, lapses| *lapses > now);
        let before = self.members.len();
        while let Some(i) = self.members.iter().position(|m| m.is_expired(now)) {
            tracing::info!(member = %self.members[i].id, "session expired");
            self.remove(i);
        }
        if self.members.len() < before {
            self.after_removal(now, rules);
        }
        match self.state {
            State::Preparing { deadline, .. } if deadline <= now => self.complete_join(now),
            State::Preparing { .. } => self.complete_if_ready(now),
            State::Completing { deadline } if deadline <= now => self.expire_unsynced(now, rules),
            _ => {}
        }
    }

    /// When [`Group::tick`] has something to do next.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let state = match self.state {
            State::Preparing { not_before, deadline } => {
                Some(if self.all_joined() { not_before } else { deadline })
            }
            State::Completing { deadline } => Some(deadline),
            State::Empty | State::Stable => None,
        };
        let sessions = self.members.iter().filter(|m| m.joining.is_none()).map(|m| m.expires);
        sessions.chain(self.pending.values().copied()).chain(state).min()
    }

    /// Index of a member that may speak for itself; an instance that another process took over is fenced (G11).
    fn locate(&self, member_id: &str, instance: Option<&str>) -> Result<usize, ResponseError> {
        if let Some(instance) = instance {
            let i = self.static_member(instance).ok_or(ResponseError::UnknownMemberId)?;
            return if self.members[i].id == member_id {
                Ok(i)
            } else {
                Err(ResponseError::FencedInstanceId)
            };
        }
        self.position(member_id).ok_or(ResponseError::UnknownMemberId)
    }

    fn check_generation(&self, generation: i32) -> Result<(), ResponseError> {
        if generation == self.generation { Ok(()) } else { Err(ResponseError::IllegalGeneration) }
    }

    fn position(&self, member_id: &str) -> Option<usize> {
        self.members.iter().position(|m| m.id == member_id)
    }

    fn static_member(&self, instance: &str) -> Option<usize> {
        self.members.iter().position(|m| m.instance.as_deref() == Some(instance))
    }

    fn remove(&mut self, i: usize) {
        let member = self.members.remove(i);
        if let Some(joining) = member.joining {
            let _ = joining.send(join::refused(ResponseError::UnknownMemberId, member.id.clone()));
        }
        if let Some(syncing) = member.syncing {
            let _ = syncing.send(sync::refused(ResponseError::UnknownMemberId));
        }
        if self.leader.as_deref() == Some(member.id.as_str()) {
            self.leader = None;
        }
    }

    fn after_removal(&mut self, now: Instant, rules: &GroupRules) {
        match self.state {
            State::Empty => {}
            State::Preparing { .. } => self.complete_if_ready(now),
            State::Completing { .. } | State::Stable => {
                self.prepare(now, rules);
                self.complete_if_ready(now);
            }
        }
    }
}

impl Member {
    fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols.iter().find(|(name, _)| name == protocol).map(|(_, m)| m.clone()).unwrap_or_default()
    }

    fn renew(&mut self, now: Instant) {
        self.expires = now + self.session_timeout;
    }

    /// A member whose join is parked is alive: it cannot heartbeat while it waits.
    fn is_expired(&self, now: Instant) -> bool {
        self.joining.is_none() && self.expires <= now
    }

    fn restore(now: Instant, m: StoredMember) -> Self {
        let session_timeout = millis(m.session_timeout_ms);
        Self {
            id: m.id,
            instance: m.instance,
            client_id: m.client_id,
            client_host: m.client_host,
            session_timeout,
            rebalance_timeout: millis(m.rebalance_timeout_ms),
            protocols: m.protocols,
            assignment: m.assignment,
            expires: now + session_timeout,
            joining: None,
            syncing: None,
            synced: true,
        }
    }

    fn store(&self) -> StoredMember {
        StoredMember {
            id: self.id.clone(),
            instance: self.instance.clone(),
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            session_timeout_ms: self.session_timeout.as_millis() as i32,
            rebalance_timeout_ms: self.rebalance_timeout.as_millis() as i32,
            protocols: self.protocols.clone(),
            assignment: self.assignment.clone(),
        }
    }
}

/// A wire duration; negative values count as zero.
pub(crate) fn millis(ms: i32) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// The topic list at the head of a consumer's subscription blob, all versions.
fn subscription_topics(mut blob: &[u8]) -> Option<Vec<String>> {
    fn take<'a>(blob: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
        let (head, tail) = blob.split_at_checked(n)?;
        *blob = tail;
        Some(head)
    }
    take(&mut blob, 2)?;
    let count = i32::from_be_bytes(take(&mut blob, 4)?.try_into().ok()?);
    let mut topics = Vec::new();
    for _ in 0..count {
        let length = i16::from_be_bytes(take(&mut blob, 2)?.try_into().ok()?);
        let name = take(&mut blob, usize::try_from(length).ok()?)?;
        topics.push(String::from_utf8(name.to_vec()).ok()?);
    }
    Some(topics)
}
