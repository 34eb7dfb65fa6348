//! Syncing a generation: the leader's assignment reaches every member.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::SyncGroupResponse;
use kafka_protocol::protocol::StrBytes;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Group, GroupRules, State};

/// A SyncGroup request in our types.
#[derive(Clone, Debug)]
pub(crate) struct Sync {
    pub generation: i32,
    pub member_id: String,
    pub instance: Option<String>,
    pub protocol_type: Option<String>,
    pub protocol: Option<String>,
    pub assignments: Vec<(String, Bytes)>,
}

impl Group {
    /// Takes a sync; a follower's answer comes when the leader has synced.
    pub(crate) fn sync(&mut self, now: Instant, sync: Sync) -> oneshot::Receiver<SyncGroupResponse> {
        let (answer, receiver) = oneshot::channel();
        let i = match self.may_sync(&sync) {
            Ok(i) => i,
            Err(code) => {
                let _ = answer.send(refused(code));
                return receiver;
            }
        };
        self.members[i].renew(now);
        self.members[i].synced = true;
        if self.state == State::Stable {
            let _ = answer.send(self.synced(i));
            return receiver;
        }
        self.members[i].syncing = Some(answer);
        if self.leader.as_deref() == Some(self.members[i].id.as_str()) {
            self.assign(now, sync.assignments);
        }
        receiver
    }

    /// Members that got a generation and never asked for its assignment are out.
    pub(super) fn expire_unsynced(&mut self, now: Instant, rules: &GroupRules) {
        while let Some(i) = self.members.iter().position(|m| !m.synced) {
            self.remove(i);
        }
        self.prepare(now, rules);
        self.complete_if_ready(now);
    }

    fn may_sync(&self, sync: &Sync) -> Result<usize, ResponseError> {
        let i = self.locate(&sync.member_id, sync.instance.as_deref())?;
        self.check_generation(sync.generation)?;
        let differs = |asked: &Option<String>, is: &Option<String>| asked.is_some() && asked != is;
        if differs(&sync.protocol_type, &self.protocol_type) || differs(&sync.protocol, &self.protocol) {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        match self.state {
            State::Empty => Err(ResponseError::UnknownMemberId),
            State::Preparing { .. } => Err(ResponseError::RebalanceInProgress),
            State::Completing { .. } | State::Stable => Ok(i),
        }
    }

    fn assign(&mut self, now: Instant, assignments: Vec<(String, Bytes)>) {
        for (member_id, assignment) in assignments {
            if let Some(i) = self.position(&member_id) {
                self.members[i].assignment = assignment;
            }
        }
        self.state = State::Stable;
        self.changed = true;
        for i in 0..self.members.len() {
            let response = self.synced(i);
            if let Some(syncing) = self.members[i].syncing.take() {
                self.members[i].renew(now);
                let _ = syncing.send(response);
            }
        }
    }

    fn synced(&self, i: usize) -> SyncGroupResponse {
        SyncGroupResponse::default()
            .with_protocol_type(self.protocol_type.clone().map(StrBytes::from_string))
            .with_protocol_name(self.protocol.clone().map(StrBytes::from_string))
            .with_assignment(self.members[i].assignment.clone())
    }
}

/// A sync that got nowhere.
pub(crate) fn refused(code: ResponseError) -> SyncGroupResponse {
    SyncGroupResponse::default().with_error_code(code.code())
}
