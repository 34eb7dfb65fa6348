//! The consumer's task: asks the state what is due, sends it, tells the state what came back.
//!
//! One loop owns all requests of the consumer. Each is a future in `pending` that ends in a [`Done`]; whatever
//! wakes the loop, it then looks at the whole state again, so a lost or repeated notification cannot matter.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use kconnect_wire::ErrorCode;
use kconnect_wire::messages::{
    FetchPartition, FetchRequest, FetchResponse, FetchTopic, ForgottenTopic, MetadataRequest,
};
use tokio::sync::{mpsc, oneshot, watch};

use super::commit::{self, Committer, Job, Lane};
use super::core::{Effect, EpochEnd, EpochQuestion, ListQuestion, Outcome};
use super::division::{self, Division};
use super::member::MemberEffect;
use super::offsets::{self, Committed, ListedOffset, PerPartition};
use super::session::{Ask, FINAL_EPOCH};
use super::slot::Position;
use super::{OffsetAndMetadata, Shared, State, Subscription, TopicPartition};
use crate::group::{Divide, GroupConfig, GroupEngine, GroupEvent, GroupStatus, Membership};
use crate::net::backoff::now;
use crate::net::{NodeRef, Patience, Purpose};
use crate::scope::Stop;
use crate::{Client, Error, ErrorKind};

/// Last version of Fetch that names topics.
const NAMES_UNTIL: i16 = 12;
/// How long a revocation waits for its automatic commit at most; the group waits for us meanwhile.
const REVOKE_COMMIT: Duration = Duration::from_secs(5);

/// What the application asks of the task.
#[derive(Debug)]
pub(super) enum Command {
    Assign {
        partitions: BTreeSet<TopicPartition>,
        done: oneshot::Sender<Result<(), Error>>,
    },
    Subscribe {
        subscription: Subscription,
        done: oneshot::Sender<Result<(), Error>>,
    },
    Commit {
        offsets: BTreeMap<TopicPartition, OffsetAndMetadata>,
        deadline: Instant,
        done: Option<oneshot::Sender<Result<(), Error>>>,
    },
    Close {
        deadline: Instant,
        even_static: bool,
        done: oneshot::Sender<()>,
    },
}

/// How a request ended.
enum Done {
    Committed(Vec<(TopicPartition, u64)>, Result<Committed, Error>),
    Listed(Vec<ListQuestion>, Result<PerPartition<Result<Option<ListedOffset>, ErrorCode>>, Error>),
    Validated(Vec<EpochQuestion>, Result<PerPartition<Result<EpochEnd, ErrorCode>>, Error>),
    /// With the size of the answer.
    Fetched(i32, Result<(FetchResponse, usize), Error>),
    Stored(Option<oneshot::Sender<Result<(), Error>>>, Membership, Result<PerPartition<ErrorCode>, Error>),
    StoredForRevoke,
    Divided(Divide, Result<Division, Error>),
    Topics(u64, Result<BTreeSet<Arc<str>>, Error>),
    RejoinDue,
}

pub(super) struct Engine {
    shared: Arc<Shared>,
    group: Option<GroupEngine>,
    status: Option<watch::Receiver<GroupStatus>>,
    lane: Lane,
    pending: FuturesUnordered<BoxFuture<'static, Done>>,
    pattern: Option<super::TopicPattern>,
    /// Number of the subscription, so that an answer for an older pattern is not taken.
    subscription: u64,
    list_topics_at: Option<Instant>,
    /// Partition counts this member divided as leader; a change calls for a new round (G9).
    divided: Option<BTreeMap<String, i32>>,
}

impl Engine {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Engine {
            shared,
            group: None,
            status: None,
            lane: Lane::default(),
            pending: FuturesUnordered::new(),
            pattern: None,
            subscription: 0,
            list_topics_at: None,
            divided: None,
        }
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Command>, mut stop: Stop) {
        let client = self.shared.client.clone();
        let mut changes = client.metadata().changes();
        loop {
            let wake_at = self.advance();
            tokio::select! {
                () = stop.requested() => return,
                command = inbox.recv() => match command {
                    Some(Command::Close { deadline, even_static, done }) => {
                        return self.close(deadline, even_static, done).await;
                    }
                    Some(command) => self.obey(command).await,
                    None => return,
                },
                Some(done) = self.pending.next() => self.take_in(done),
                event = next_event(&mut self.group) => self.group_event(event),
                () = self.shared.engine.notified() => {}
                _ = changes.next() => self.metadata_changed(),
                // Waiting commits go on when the round is over.
                () = status_changed(&mut self.status) => {}
                () = crate::net::sleep_until(wake_at) => {}
            }
        }
    }

    /// Does everything that can be done now. Returns when to look again at the latest.
    fn advance(&mut self) -> Option<Instant> {
        let now = now();
        let shared = self.shared.clone();
        let (effects, member_effects, suspects, wake_at, news) = {
            let mut state = shared.state();
            let State { core, member, .. } = &mut *state;
            let member_effects = member.advance(core);
            let effects = core.due(now);
            let suspects = core.take_suspects();
            let news = member.has_offer() || core.has_deliverable();
            (effects, member_effects, suspects, core.wake_at(now), news)
        };
        for effect in effects {
            self.ask(now, effect);
        }
        for effect in member_effects {
            self.serve(effect);
        }
        if !suspects.is_empty() {
            self.want(&suspects);
            self.shared.client.metadata().request_refresh();
        }
        self.commit_next();
        if self.list_topics_at.is_some_and(|at| now >= at) {
            self.list_topics();
        }
        if news {
            self.shared.application.notify_waiters();
        }
        [wake_at, self.list_topics_at].into_iter().flatten().min()
    }

    fn want(&self, topics: &BTreeSet<Arc<str>>) {
        let metadata = self.shared.client.metadata();
        topics.iter().for_each(|topic| _ = metadata.want(topic));
    }

    // ---- Requests ----

    fn ask(&mut self, now: Instant, effect: Effect) {
        let client = self.shared.client.clone();
        let deadline = now + client.config().request_timeout;
        let isolation = self.shared.config.isolation;
        let request: BoxFuture<'static, Done> = match effect {
            Effect::Committed(asked) => {
                let Some(group) = self.shared.config.group_id.clone() else { return };
                let tps: Vec<TopicPartition> = asked.iter().map(|(tp, _)| tp.clone()).collect();
                Box::pin(async move {
                    let found = offsets::committed_once(&client, &group, Some(&tps), deadline).await;
                    Done::Committed(asked, found)
                })
            }
            Effect::ListOffsets { node, questions } => Box::pin(async move {
                let found = offsets::list_at(&client, node, isolation, &questions, deadline).await;
                Done::Listed(questions, found)
            }),
            Effect::Validate { node, questions } => Box::pin(async move {
                let found = offsets::epoch_ends_at(&client, node, &questions, deadline).await;
                Done::Validated(questions, found)
            }),
            Effect::Fetch { node, ask, max_bytes, max_wait } => {
                let request = self.fetch_request(ask, max_bytes, max_wait);
                Box::pin(async move { Done::Fetched(node, fetch(&client, node, request, max_wait).await) })
            }
            Effect::Refresh(topics) => {
                self.learn(&topics);
                self.want(&topics);
                client.metadata().request_refresh();
                return;
            }
        };
        self.pending.push(request);
    }

    /// Adopts what the metadata knows of these topics already.
    fn learn(&self, topics: &BTreeSet<Arc<str>>) {
        let metadata = self.shared.client.metadata();
        let known: Vec<_> = topics.iter().filter_map(|topic| metadata.want(topic)).collect();
        let mut state = self.shared.state();
        known.iter().for_each(|topic| state.core.learn(topic));
    }

    fn fetch_request(&self, ask: Ask, max_bytes: i32, max_wait: Duration) -> (FetchRequest, Option<i16>) {
        let config = &self.shared.config;
        let cap = if ask.by_id { None } else { Some(NAMES_UNTIL) };
        let request = FetchRequest {
            max_wait_ms: i32::try_from(max_wait.as_millis()).unwrap_or(i32::MAX),
            min_bytes: config.fetch_min_bytes,
            max_bytes,
            isolation_level: offsets::level(config.isolation),
            session_id: ask.session_id,
            session_epoch: ask.session_epoch,
            rack_id: config.rack.as_deref().unwrap_or_default().to_owned(),
            topics: fetch_topics(&ask),
            forgotten_topics_data: forgotten_topics(&ask),
            ..Default::default()
        };
        (request, cap)
    }

    fn take_in(&mut self, done: Done) {
        let now = now();
        match done {
            Done::Committed(asked, found) => self.committed(now, asked, found),
            Done::Listed(asked, found) => self.listed(now, &asked, found),
            Done::Validated(asked, found) => self.validated(now, &asked, found),
            Done::Fetched(node, Ok((response, size))) => self.fetched(now, node, response, size),
            Done::Fetched(node, Err(error)) => {
                tracing::debug!(node, %error, "fetch failed");
                self.shared.state().core.fetch_failed(now, node);
            }
            Done::Stored(done, membership, codes) => self.stored(done, &membership, codes),
            Done::StoredForRevoke => self.shared.state().member.committed(),
            Done::Divided(divide, Ok(division)) => {
                self.divided = Some(division.counts);
                divide.share_out(division.shares);
            }
            Done::Divided(divide, Err(error)) => divide.fail(error),
            Done::Topics(subscription, topics) => self.topics_listed(now, subscription, topics),
            Done::RejoinDue => self.rejoin(),
        }
        self.shared.application.notify_waiters();
    }

    fn fetched(&self, now: Instant, node: i32, response: FetchResponse, size: usize) {
        let endpoints = response.node_endpoints.iter().filter_map(|n| {
            let port = u16::try_from(n.port).ok()?;
            let (host, rack) = (n.host.as_str().into(), n.rack.as_deref().map(Arc::from));
            Some(crate::metadata::Node { id: n.node_id, host, port, rack })
        });
        let endpoints: Vec<_> = endpoints.collect();
        if !endpoints.is_empty() {
            // M6: the new leader may be a broker that we have not heard of.
            self.shared.client.metadata().adopt("", &[], endpoints);
        }
        self.shared.state().core.fetched(now, node, response, size);
    }

    fn committed(&self, now: Instant, asked: Vec<(TopicPartition, u64)>, found: Result<Committed, Error>) {
        let mut state = self.shared.state();
        for (tp, stamp) in asked {
            let result = match &found {
                Ok(found) => found.get(&tp).cloned().unwrap_or(Ok(None)),
                Err(error) => Err(error.clone()),
            };
            let outcome = match result {
                Ok(offset) => {
                    Outcome::Answer(offset.map(|o| Position { offset: o.offset, epoch: o.leader_epoch }))
                }
                Err(error) if error.is_retriable() => Outcome::Again { stale: false },
                Err(error) => Outcome::Failed(error),
            };
            state.core.committed(now, &tp, stamp, outcome);
        }
    }

    fn listed(
        &self,
        now: Instant,
        asked: &[ListQuestion],
        found: Result<PerPartition<Result<Option<ListedOffset>, ErrorCode>>, Error>,
    ) {
        let mut state = self.shared.state();
        for question in asked {
            let outcome = outcome(&question.tp, &found, "listing offsets of");
            let outcome =
                map(outcome, |listed| listed.map(|l| Position { offset: l.offset, epoch: l.leader_epoch }));
            state.core.listed(now, &question.tp, question.stamp, outcome);
        }
    }

    fn validated(
        &self,
        now: Instant,
        asked: &[EpochQuestion],
        found: Result<PerPartition<Result<EpochEnd, ErrorCode>>, Error>,
    ) {
        let mut state = self.shared.state();
        for question in asked {
            let outcome = outcome(&question.tp, &found, "validating the position in");
            state.core.validated(now, &question.tp, question.stamp, outcome);
        }
    }

    // ---- Commits ----

    fn committer(&self) -> Option<Committer> {
        let config = &self.shared.config;
        Some(Committer {
            group: config.group_id.clone()?,
            instance: config.group_instance_id.clone().filter(|_| self.group.is_some()),
            membership: self
                .group
                .as_ref()
                .map_or(Membership::none(), |group| group.handle().status().membership),
        })
    }

    fn commit_next(&mut self) {
        // G14: between join and sync the coordinator refuses commits.
        if self.group.as_ref().is_some_and(|group| group.handle().status().is_rejoining) {
            return;
        }
        while let Some(job) = self.lane.take() {
            match self.admit(job) {
                Some((committer, job)) => return self.store(committer, job),
                None => self.lane.finished(),
            }
        }
    }

    /// A member commits only what it owns: after a rebalance the rest is somebody else's.
    fn admit(&self, job: Job) -> Option<(Committer, Job)> {
        let foreign = {
            let state = self.shared.state();
            let foreign = job.offsets.keys().find(|tp| !state.core.contains(tp)).cloned();
            foreign.filter(|_| self.group.is_some())
        };
        let Job { offsets, deadline, done } = job;
        if offsets.is_empty() {
            done.map(|done| done.send(Ok(())));
            return None;
        }
        if let Some(tp) = foreign {
            let error = Error::new(
                ErrorKind::Membership,
                format!("offsets were not committed: partition {tp} is not assigned to this member any more"),
            );
            match done {
                Some(done) => _ = done.send(Err(error)),
                None => tracing::info!(%error, "dropped a commit"),
            }
            return None;
        }
        Some((self.committer()?, Job { offsets, deadline, done }))
    }

    fn store(&mut self, committer: Committer, job: Job) {
        let client = self.shared.client.clone();
        self.pending.push(Box::pin(async move {
            let codes = commit::commit(&client, &committer, &job.offsets, job.deadline).await;
            Done::Stored(job.done, committer.membership, codes)
        }));
    }

    fn stored(
        &mut self,
        done: Option<oneshot::Sender<Result<(), Error>>>,
        membership: &Membership,
        codes: Result<PerPartition<ErrorCode>, Error>,
    ) {
        self.lane.finished();
        let group = self.shared.config.group_id.clone().unwrap_or_default();
        let result = codes.and_then(|codes| {
            let refused = codes.values().find(|code| commit::is_membership(**code));
            if let (Some(code), Some(group)) = (refused, &self.group) {
                group.handle().refused(membership.clone(), *code);
            }
            commit::outcome(&group, &codes)
        });
        match done {
            Some(done) => _ = done.send(result),
            None => {
                if let Err(error) = result {
                    tracing::warn!(%group, %error, "offsets were not committed");
                }
            }
        }
    }

    // ---- The group ----

    fn group_event(&mut self, event: Option<GroupEvent>) {
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

    fn serve(&mut self, effect: MemberEffect) {
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
                        tracing::warn!(group = %committer.group, %error, "offsets of revoked partitions were not committed");
                    }
                    Done::StoredForRevoke
                }));
            }
        }
    }

    fn rejoin(&self) {
        if let Some(group) = &self.group {
            group.handle().rejoin();
        }
    }

    fn metadata_changed(&mut self) {
        let topics = {
            let state = self.shared.state();
            let mut topics = state.core.topics();
            topics.extend(state.member.topics().iter().cloned());
            topics
        };
        self.learn(&topics);
        // G9: the leader answers for the partitions of all members' topics.
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

    // ---- Commands ----

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Assign { partitions, done } => {
                self.unsubscribe().await;
                self.assign(partitions);
                let _ = done.send(Ok(()));
            }
            Command::Subscribe { subscription, done } => {
                self.subscribe(subscription);
                let _ = done.send(Ok(()));
            }
            Command::Commit { offsets, deadline, done } => self.lane.push(Job { offsets, deadline, done }),
            Command::Close { .. } => {}
        }
    }

    fn assign(&mut self, partitions: BTreeSet<TopicPartition>) {
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

    async fn unsubscribe(&mut self) {
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

    fn subscribe(&mut self, subscription: Subscription) {
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

    fn list_topics(&mut self) {
        self.list_topics_at = None;
        let Some(pattern) = self.pattern.clone() else { return };
        let client = self.shared.client.clone();
        let exclude_internal = self.shared.config.exclude_internal_topics;
        let subscription = self.subscription;
        self.pending.push(Box::pin(async move {
            Done::Topics(subscription, matching_topics(&client, &pattern, exclude_internal).await)
        }));
    }

    fn topics_listed(&mut self, now: Instant, subscription: u64, topics: Result<BTreeSet<Arc<str>>, Error>) {
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
                tracing::debug!(%error, "topics could not be listed for the pattern");
                self.list_topics_at = Some(now + config.retry_backoff_max);
                if !error.is_retriable() {
                    self.shared.state().error = Some(error);
                }
            }
        }
    }

    // ---- The end ----

    async fn close(mut self, deadline: Instant, even_static: bool, done: oneshot::Sender<()>) {
        self.shared.state().closed = true;
        self.shared.application.notify_waiters();
        let (positions, sessions) = {
            let state = self.shared.state();
            (state.core.positions(), state.core.open_sessions())
        };
        if self.shared.config.auto_commit_interval.is_some() && !positions.is_empty() {
            let offsets = positions.into_iter().map(|(tp, position)| (tp, position.into())).collect();
            self.lane.push(Job { offsets, deadline, done: None });
        }
        self.drain_commits(deadline).await;
        let client = self.shared.client.clone();
        if let Some(group) = self.group.take() {
            group.handle().leave(even_static, deadline).await;
        }
        // The long polls under way would hold the last requests back.
        self.pending.clear();
        let goodbyes = sessions.into_iter().map(|(node, id)| end_session(&client, node, id, deadline));
        futures_util::future::join_all(goodbyes).await;
        let _ = done.send(());
    }

    /// Waits for the commits that are queued, within the deadline.
    async fn drain_commits(&mut self, deadline: Instant) {
        while !self.lane.is_idle() {
            self.commit_next();
            tokio::select! {
                Some(finished) = self.pending.next() => {
                    if let Done::Stored(..) = finished {
                        self.take_in(finished);
                    }
                }
                event = next_event(&mut self.group) => drop(event),
                () = status_changed(&mut self.status) => {}
                () = tokio::time::sleep_until(deadline.into()) => return,
            }
        }
    }
}

/// Pending for ever without a group. May be dropped and called again.
async fn next_event(group: &mut Option<GroupEngine>) -> Option<GroupEvent> {
    match group {
        Some(group) => group.next_event().await,
        None => pending().await,
    }
}

async fn status_changed(status: &mut Option<watch::Receiver<GroupStatus>>) {
    if let Some(status) = status
        && status.changed().await.is_ok()
    {
        return;
    }
    pending().await
}

async fn fetch(
    client: &Client,
    node: i32,
    (request, cap): (FetchRequest, Option<i16>),
    max_wait: Duration,
) -> Result<(FetchResponse, usize), Error> {
    let deadline = now() + max_wait + client.config().request_timeout;
    let patience = Patience { deadline, broker_wait: max_wait };
    let node = NodeRef::Id(node);
    let answer = client.request_raw(&node, Purpose::Fetch, cap, patience, |_| Ok(request)).await?;
    Ok((answer.decode::<FetchRequest>()?, answer.frame.len()))
}

/// F14: the broker may forget the session now. Best effort.
async fn end_session(client: &Client, node: i32, id: i32, deadline: Instant) {
    let request = FetchRequest { session_id: id, session_epoch: FINAL_EPOCH, ..Default::default() };
    if let Err(error) = client.request(&NodeRef::Id(node), Purpose::Control, request, deadline).await {
        tracing::debug!(node, %error, "the fetch session was not closed");
    }
}

fn fetch_topics(ask: &Ask) -> Vec<FetchTopic> {
    let mut topics: Vec<FetchTopic> = Vec::new();
    for (tp, want) in &ask.partitions {
        // Order is who is served first (F10), so a topic may come more than once.
        if topics.last().is_none_or(|last| last.topic != *tp.topic) {
            let topic_id = want.topic_id.unwrap_or_default();
            topics.push(FetchTopic { topic: tp.topic.to_string(), topic_id, ..Default::default() });
        }
        if let Some(topic) = topics.last_mut() {
            topic.partitions.push(FetchPartition {
                partition: tp.partition,
                current_leader_epoch: want.leader_epoch,
                fetch_offset: want.offset,
                last_fetched_epoch: want.last_epoch,
                partition_max_bytes: want.max_bytes,
                ..Default::default()
            });
        }
    }
    topics
}

fn forgotten_topics(ask: &Ask) -> Vec<ForgottenTopic> {
    let mut topics: Vec<ForgottenTopic> = Vec::new();
    for (tp, id) in &ask.forgotten {
        let topic_id = id.unwrap_or_default();
        if topics.last().is_none_or(|last| last.topic != *tp.topic || last.topic_id != topic_id) {
            topics.push(ForgottenTopic { topic: tp.topic.to_string(), topic_id, ..Default::default() });
        }
        if let Some(topic) = topics.last_mut() {
            topic.partitions.push(tp.partition);
        }
    }
    topics
}

async fn matching_topics(
    client: &Client,
    pattern: &super::TopicPattern,
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

/// One partition's part of an answer to many.
fn outcome<T: Clone>(
    tp: &TopicPartition,
    found: &Result<PerPartition<Result<T, ErrorCode>>, Error>,
    attempted: &str,
) -> Outcome<T> {
    match found {
        Ok(found) => match found.get(tp) {
            Some(Ok(answer)) => Outcome::Answer(answer.clone()),
            Some(Err(code)) if code.is_retriable() => Outcome::Again { stale: true },
            Some(Err(code)) => Outcome::Failed(Error::from_code(*code, format!("{attempted} {tp}"))),
            None => Outcome::Again { stale: true },
        },
        Err(error) if error.is_retriable() => Outcome::Again { stale: true },
        Err(error) => Outcome::Failed(error.clone()),
    }
}

fn map<T, U>(outcome: Outcome<T>, f: impl FnOnce(T) -> U) -> Outcome<U> {
    match outcome {
        Outcome::Answer(answer) => Outcome::Answer(f(answer)),
        Outcome::Again { stale } => Outcome::Again { stale },
        Outcome::Failed(error) => Outcome::Failed(error),
    }
}
