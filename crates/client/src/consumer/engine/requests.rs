//! Requests of the core, sent, and their answers told to it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use kconnect_wire::ErrorCode;
use kconnect_wire::messages::{FetchPartition, FetchRequest, FetchResponse, FetchTopic, ForgottenTopic};

use super::{Done, Engine};
use crate::consumer::TopicPartition;
use crate::consumer::core::{Effect, EpochEnd, EpochQuestion, ListQuestion, Outcome};
use crate::consumer::memory::Reservation;
use crate::consumer::offsets::{self, Committed, ListedOffset, PerPartition};
use crate::consumer::session::Ask;
use crate::consumer::slot::Position;
use crate::net::backoff::now;
use crate::net::{NodeRef, Patience, Purpose};
use crate::{Client, Error};

/// Last version of Fetch that names topics.
const NAMES_UNTIL: i16 = 12;

impl Engine {
    pub(super) fn ask(&mut self, now: Instant, effect: Effect) {
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
            Effect::Fetch { node, ask, room, max_wait } => {
                let max_bytes = i32::try_from(room.bytes()).unwrap_or(i32::MAX);
                let request = self.fetch_request(ask, max_bytes, max_wait);
                Box::pin(
                    async move { Done::Fetched(node, fetch(&client, node, request, max_wait, room).await) },
                )
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
    pub(super) fn learn(&self, topics: &BTreeSet<Arc<str>>) {
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

    pub(super) fn fetched(&self, now: Instant, node: i32, response: FetchResponse, size: usize) {
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

    pub(super) fn committed(
        &self,
        now: Instant,
        asked: Vec<(TopicPartition, u64)>,
        found: Result<Committed, Error>,
    ) {
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

    pub(super) fn listed(
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

    pub(super) fn validated(
        &self,
        now: Instant,
        asked: &[EpochQuestion],
        found: Result<PerPartition<Result<EpochEnd, ErrorCode>>, Error>,
    ) {
        let mut state = self.shared.state();
        for question in asked {
            let outcome = outcome(&question.tp, &found, "validating the position in");
            state.core.validated(now, question, outcome);
        }
    }
}

pub(super) async fn fetch(
    client: &Client,
    node: i32,
    (request, cap): (FetchRequest, Option<i16>),
    max_wait: Duration,
    room: Reservation,
) -> Result<(FetchResponse, usize), Error> {
    let deadline = now() + max_wait + client.config().request_timeout;
    let patience = Patience { deadline, broker_wait: max_wait };
    let node = NodeRef::Id(node);
    let mut answer = client.request_raw(&node, Purpose::Fetch, cap, patience, |_| Ok(request)).await?;
    let size = answer.frame.len();
    answer.frame = room.fill(answer.frame);
    Ok((answer.decode::<FetchRequest>()?, size))
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

/// One partition's part of an answer to many.
pub(super) fn outcome<T: Clone>(
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

pub(super) fn map<T, U>(outcome: Outcome<T>, f: impl FnOnce(T) -> U) -> Outcome<U> {
    match outcome {
        Outcome::Answer(answer) => Outcome::Answer(f(answer)),
        Outcome::Again { stale } => Outcome::Again { stale },
        Outcome::Failed(error) => Outcome::Failed(error),
    }
}
