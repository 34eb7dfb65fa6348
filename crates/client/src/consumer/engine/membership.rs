//! The group: what it tells the member, what the member asks of it, and which topics it is joined for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_wire::messages::MetadataRequest;

use super::{Done, Engine};
use crate::consumer::commit;
use crate::consumer::division;
use crate::consumer::member::MemberEffect;
use crate::consumer::{State, Subscription, TopicPartition};
use crate::group::{GroupConfig, GroupEngine, GroupEvent};
use crate::logger;
use crate::net::backoff::now;
use crate::net::{NodeRef, Purpose};
use crate::{Client, Error, ErrorKind};

/// How long a revocation waits for its automatic commit at most; the group waits for us meanwhile.
const REVOKE_COMMIT: Duration = Duration::from_secs(5);

impl Engine {
    pub(super) fn group_event(&mut self, event: Option<GroupEvent>) {
        match event {
            Some(GroupEvent::Prepare(prepare)) => self.shared.state().member.prepare(prepare),
            Some(GroupEvent::Joined(joined)) => {
                if !joined.is_leader() {
                    self.divided = None;
                }
                self.shared.state().member.joined(joined);
            }
            Some(GroupEvent::Lost(_)) => {
                self.divided = None;
                let mut state = self.shared.state();
                let State { core, member, .. } = &mut *state;
                member.lost(core);
            }
            Some(GroupEvent::Divide(mut divide)) => {
                let client = self.shared.client.clone();
                let deadline = now() + self.shared.config.session_timeout;
                let members = std::mem::take(&mut divide.members);
                self.pending.push(Box::pin(async move {
                    let division = division::divide(&client, &divide.protocol, members, deadline).await;
                    Done::Divided(divide, division)
                }));
            }
            Some(GroupEvent::Failed(error)) => self.group_failed(error),
            None => {
                self.group = None;
                self.shared.state().group = None;
            }
        }
        self.shared.application.notify_waiters();
    }

    /// Told by the next poll. Unless another instance took our place, the group is tried again later: what was
    /// refused may be granted by then.
    fn group_failed(&mut self, error: Error) {
        if error.kind() != ErrorKind::Fenced {
            let pause = self.shared.client.config().retry_backoff_max;
            self.pending.push(Box::pin(async move {
                tokio::time::sleep(pause).await;
                Done::RejoinDue
            }));
        }
        self.shared.state().error = Some(error);
    }

    pub(super) fn serve(&mut self, effect: MemberEffect) {
        match effect {
            MemberEffect::Join(prepare, protocols) => prepare.ready(protocols),
            MemberEffect::Rejoin => self.rejoin(),
            MemberEffect::Commit(tps) => {
                let mut positions = self.shared.state().core.positions();
                positions.retain(|tp, _| tps.contains(tp));
                let client = self.shared.client.clone();
                let Some(committer) = self.committer().filter(|_| !positions.is_empty()) else {
                    self.shared.state().member.committed();
                    self.shared.engine.notify_one();
                    return;
                };
                let offsets = positions.into_iter().map(|(tp, position)| (tp, position.into())).collect();
                self.pending.push(Box::pin(async move {
                    let codes = commit::commit(&client, &committer, &offsets, now() + REVOKE_COMMIT).await;
                    let stored = codes.and_then(|codes| commit::outcome(&committer.group, &codes));
                    if let Err(error) = stored {
                        tracing::warn!(target: logger::COORDINATOR, group = %committer.group, %error, "offsets of revoked partitions were not committed");
                    }
                    Done::StoredForRevoke
                }));
            }
        }
    }

    pub(super) fn rejoin(&self) {
        if let Some(group) = &self.group {
            group.handle().rejoin();
        }
    }

    pub(super) fn metadata_changed(&mut self) {
        let topics = {
            let state = self.shared.state();
            let mut topics = state.core.topics();
            topics.extend(state.member.topics().iter().cloned());
            topics
        };
        self.learn(&topics);
        self.compare_division();
    }

    /// The leader's division was made of these partition counts. It answers for the topics of all members (G9), also
    /// for what has changed while the division was on its way: no later change would tell.
    pub(super) fn divided(&mut self, counts: BTreeMap<String, i32>) {
        self.divided = Some(counts);
        self.compare_division();
    }

    fn compare_division(&mut self) {
        let client = &self.shared.client;
        if let Some(divided) = &mut self.divided {
            let counts: BTreeMap<String, i32> =
                divided.keys().map(|topic| (topic.clone(), division::count(client, topic))).collect();
            if counts != *divided {
                *divided = counts;
                self.rejoin();
            }
        }
    }

    pub(super) fn assign(&mut self, partitions: BTreeSet<TopicPartition>) {
        let topics = {
            let mut state = self.shared.state();
            for gone in state.core.assignment().difference(&partitions) {
                state.core.remove(gone);
            }
            partitions.into_iter().for_each(|tp| state.core.add(tp));
            state.core.topics()
        };
        self.learn(&topics);
        self.shared.application.notify_waiters();
    }

    pub(super) async fn unsubscribe(&mut self) {
        self.subscription += 1;
        (self.pattern, self.list_topics_at, self.divided) = (None, None, None);
        self.status = None;
        let Some(group) = self.group.take() else { return };
        {
            let mut state = self.shared.state();
            state.group = None;
            let State { core, member, .. } = &mut *state;
            member.reset(core);
        }
        let deadline = now() + self.shared.client.config().request_timeout;
        group.handle().leave(false, deadline).await;
    }

    pub(super) fn subscribe(&mut self, subscription: Subscription) {
        self.subscription += 1;
        match subscription {
            Subscription::Topics(topics) => {
                (self.pattern, self.list_topics_at) = (None, None);
                self.want(&topics);
                self.topics_wanted(topics);
            }
            Subscription::Pattern(pattern) => {
                self.pattern = Some(pattern);
                self.list_topics();
            }
        }
    }

    /// Joins with these topics, or joins anew when they differ from what the group knows.
    fn topics_wanted(&mut self, topics: BTreeSet<Arc<str>>) {
        let differ = {
            let mut state = self.shared.state();
            if self.group.is_none() {
                // Partitions assigned by hand end with the subscription.
                for tp in state.core.assignment() {
                    state.core.remove(&tp);
                }
            }
            state.member.subscribe(topics)
        };
        if self.group.is_some() {
            if differ {
                self.rejoin();
            }
            return;
        }
        let config = &self.shared.config;
        let Some(group_id) = config.group_id.clone() else { return };
        let group = GroupEngine::start(
            &self.shared.client,
            GroupConfig {
                group_id,
                group_instance_id: config.group_instance_id.clone(),
                protocol_type: "consumer".into(),
                session_timeout: config.session_timeout,
                heartbeat_interval: config.heartbeat_interval,
                rebalance_timeout: config.poll_interval_max,
                poll_interval_max: Some(config.poll_interval_max),
            },
        );
        self.shared.state().group = Some(group.handle().clone());
        self.status = Some(group.handle().watch());
        self.group = Some(group);
    }

    pub(super) fn list_topics(&mut self) {
        self.list_topics_at = None;
        let Some(pattern) = self.pattern.clone() else { return };
        let client = self.shared.client.clone();
        let exclude_internal = self.shared.config.exclude_internal_topics;
        let subscription = self.subscription;
        self.pending.push(Box::pin(async move {
            Done::Topics(subscription, matching_topics(&client, &pattern, exclude_internal).await)
        }));
    }

    pub(super) fn topics_listed(
        &mut self,
        now: Instant,
        subscription: u64,
        topics: Result<BTreeSet<Arc<str>>, Error>,
    ) {
        if subscription != self.subscription {
            return;
        }
        let config = self.shared.client.config();
        match topics {
            Ok(topics) => {
                self.list_topics_at = Some(now + config.metadata_max_age);
                self.want(&topics);
                self.topics_wanted(topics);
            }
            Err(error) => {
                tracing::debug!(target: logger::COORDINATOR, %error, "topics could not be listed for the pattern");
                self.list_topics_at = Some(now + config.retry_backoff_max);
                if !error.is_retriable() {
                    self.shared.state().error = Some(error);
                }
            }
        }
    }
}

async fn matching_topics(
    client: &Client,
    pattern: &crate::consumer::TopicPattern,
    exclude_internal: bool,
) -> Result<BTreeSet<Arc<str>>, Error> {
    let deadline = now() + client.config().request_timeout;
    let request = MetadataRequest { topics: None, allow_auto_topic_creation: false, ..Default::default() };
    let answer = client.request(&NodeRef::Any, Purpose::Control, request, deadline).await?;
    let names = answer
        .topics
        .into_iter()
        .filter(|topic| topic.error_code.is_ok() && !(exclude_internal && topic.is_internal));
    Ok(names.filter_map(|topic| topic.name).filter(|name| pattern.is_match(name)).map(Arc::from).collect())
}
