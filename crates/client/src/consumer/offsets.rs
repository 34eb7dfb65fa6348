//! Questions about offsets: where logs begin and end, what groups have committed.
//!
//! `list_at` and `epoch_ends_at` ask one broker once, for the engine, which has its own retry state.
//! [`list`] and [`committed`] route, retry what passes until the deadline and answer per partition; the consumer
//! and the admin client use them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use kconnect_wire::ErrorCode;
use kconnect_wire::messages::{
    ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic, OffsetFetchRequest, OffsetFetchRequestGroup,
    OffsetFetchRequestTopic, OffsetFetchRequestTopics, OffsetFetchResponse, OffsetForLeaderEpochRequest,
    OffsetForLeaderPartition, OffsetForLeaderTopic,
};

use super::commit::OffsetAndMetadata;
use super::core::{EpochEnd, EpochQuestion, ListQuestion};
use super::{Isolation, TopicPartition};
use crate::net::backoff::now;
use crate::net::{NodeRef, Purpose};
use crate::{Client, Error, ErrorKind};

/// Which offset of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetSpec {
    /// The first record that is still there.
    Earliest,
    /// Behind the last record that the isolation level may see.
    Latest,
    /// The first record at or after this time, in milliseconds since 1970.
    Timestamp(i64),
    /// The record with the largest timestamp (broker 3.0 or newer).
    MaxTimestamp,
    /// The first record on the broker's own disks (tiered storage, broker 3.4 or newer).
    EarliestLocal,
    /// Behind the last record in tiered storage (broker 3.9 or newer).
    LatestTiered,
}

impl OffsetSpec {
    fn timestamp(self) -> i64 {
        match self {
            OffsetSpec::Latest => -1,
            OffsetSpec::Earliest => -2,
            OffsetSpec::MaxTimestamp => -3,
            OffsetSpec::EarliestLocal => -4,
            OffsetSpec::LatestTiered => -5,
            OffsetSpec::Timestamp(at) => at.max(0),
        }
    }

    /// First version of ListOffsets that knows the question.
    fn since(self) -> i16 {
        match self {
            OffsetSpec::MaxTimestamp => 7,
            OffsetSpec::EarliestLocal => 8,
            OffsetSpec::LatestTiered => 9,
            OffsetSpec::Latest | OffsetSpec::Earliest | OffsetSpec::Timestamp(_) => 1,
        }
    }
}

/// An offset that a broker named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedOffset {
    /// The offset.
    pub offset: i64,
    /// Timestamp of the record there, -1 when the question was not about time.
    pub timestamp: i64,
    /// Epoch of the leader that wrote it, -1 when unknown.
    pub leader_epoch: i32,
}

/// Answers by partition.
pub(crate) type PerPartition<T> = BTreeMap<TopicPartition, T>;

/// Groups consecutive partitions by topic. `list` must be sorted by topic.
fn by_topic<'a, T: 'a, R>(
    list: impl IntoIterator<Item = (&'a TopicPartition, T)>,
    mut topic: impl FnMut(&str) -> R,
    mut push: impl FnMut(&mut R, i32, T),
) -> Vec<R> {
    let mut out: Vec<R> = Vec::new();
    let mut last: Option<&TopicPartition> = None;
    for (tp, item) in list {
        if last.is_none_or(|last| last.topic != tp.topic) {
            out.push(topic(&tp.topic));
        }
        last = Some(tp);
        if let Some(last) = out.last_mut() {
            push(last, tp.partition, item);
        }
    }
    out
}

/// Asks one broker for offsets, once. Partitions that the answer leaves out are left out here.
pub(crate) async fn list_at(
    client: &Client,
    node: i32,
    isolation: Isolation,
    questions: &[ListQuestion],
    deadline: Instant,
) -> Result<PerPartition<Result<Option<ListedOffset>, ErrorCode>>, Error> {
    list_since(client, node, isolation, questions, 1, deadline).await
}

async fn list_since(
    client: &Client,
    node: i32,
    isolation: Isolation,
    questions: &[ListQuestion],
    since: i16,
    deadline: Instant,
) -> Result<PerPartition<Result<Option<ListedOffset>, ErrorCode>>, Error> {
    let topics = by_topic(
        questions.iter().map(|q| (&q.tp, q)),
        |name| ListOffsetsTopic { name: name.to_owned(), ..Default::default() },
        |topic, partition_index, q| {
            topic.partitions.push(ListOffsetsPartition {
                partition_index,
                current_leader_epoch: q.leader_epoch,
                timestamp: q.timestamp,
                ..Default::default()
            });
        },
    );
    let build = |version: i16| {
        if version < since {
            let message = "the broker is too old for this kind of offset";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let wait = deadline.saturating_duration_since(now()).min(client.config().request_timeout);
        Ok(ListOffsetsRequest {
            replica_id: -1,
            isolation_level: if version >= 2 { level(isolation) } else { 0 },
            topics,
            timeout_ms: i32::try_from(wait.as_millis()).unwrap_or(i32::MAX),
            ..Default::default()
        })
    };
    let answer = client.request_with(&NodeRef::Id(node), Purpose::Control, None, deadline, build).await?;
    let mut found = BTreeMap::new();
    for topic in answer.topics {
        let name: Arc<str> = topic.name.into();
        for p in topic.partitions {
            let listed =
                ListedOffset { offset: p.offset, timestamp: p.timestamp, leader_epoch: p.leader_epoch };
            let result = p.error_code.check().map(|()| (p.offset >= 0).then_some(listed));
            found.insert(TopicPartition::new(name.clone(), p.partition_index), result);
        }
    }
    Ok(found)
}

/// The isolation level on the wire.
pub(crate) fn level(isolation: Isolation) -> i8 {
    match isolation {
        Isolation::ReadUncommitted => 0,
        Isolation::ReadCommitted => 1,
    }
}

/// Asks the leaders for offsets until the deadline. Every partition of the question is in the answer.
pub(crate) async fn list(
    client: &Client,
    isolation: Isolation,
    specs: BTreeMap<TopicPartition, OffsetSpec>,
    deadline: Instant,
) -> PerPartition<Result<Option<ListedOffset>, Error>> {
    let mut open = specs;
    let mut done: PerPartition<Result<Option<ListedOffset>, Error>> = BTreeMap::new();
    let mut backoff = client.retry_backoff();
    loop {
        let mut failures = list_round(client, isolation, &mut open, &mut done, deadline).await;
        if open.is_empty() {
            return done;
        }
        client.metadata().request_refresh();
        if !backoff.wait(deadline).await {
            for tp in open.into_keys() {
                let late = || Error::new(ErrorKind::Timeout, format!("no offset of {tp} was given in time"));
                let error = failures.remove(&tp).unwrap_or_else(late);
                done.insert(tp, Err(error));
            }
            return done;
        }
    }
}

/// One question to each leader. What is settled moves from `open` to `done`; the rest is in the result.
async fn list_round(
    client: &Client,
    isolation: Isolation,
    open: &mut BTreeMap<TopicPartition, OffsetSpec>,
    done: &mut PerPartition<Result<Option<ListedOffset>, Error>>,
    deadline: Instant,
) -> PerPartition<Error> {
    let mut failures = BTreeMap::new();
    let mut plan: BTreeMap<i32, Vec<ListQuestion>> = BTreeMap::new();
    for (tp, spec) in open.clone() {
        match leader_of(client, &tp, deadline).await {
            Ok((node, leader_epoch)) => {
                let question = ListQuestion { tp, stamp: 0, leader_epoch, timestamp: spec.timestamp() };
                plan.entry(node).or_default().push(question);
            }
            Err(error) if error.is_retriable() && error.kind() != ErrorKind::Timeout => {
                _ = failures.insert(tp, error)
            }
            Err(error) => {
                open.remove(&tp);
                done.insert(tp, Err(error));
            }
        }
    }
    let since = open.values().map(|spec| spec.since()).max().unwrap_or(1);
    let asked =
        plan.iter().map(|(node, questions)| list_since(client, *node, isolation, questions, since, deadline));
    let answers = futures_util::future::join_all(asked).await;
    for (questions, answer) in plan.values().zip(answers) {
        for question in questions {
            let tp = &question.tp;
            let result = match &answer {
                Ok(found) => match found.get(tp) {
                    Some(Ok(listed)) => Ok(*listed),
                    Some(Err(code)) => Err(Error::from_code(*code, format!("listing offsets of {tp}"))),
                    None => Err(Error::new(
                        ErrorKind::Protocol,
                        format!("the broker left {tp} out of its answer"),
                    )),
                },
                Err(error) => Err(error.clone()),
            };
            match result {
                Err(error) if error.is_retriable() => _ = failures.insert(tp.clone(), error),
                result => {
                    open.remove(tp);
                    done.insert(tp.clone(), result);
                }
            }
        }
    }
    failures
}

/// Node and epoch of a partition's leader. Waits until the topic is known.
pub(crate) async fn leader_of(
    client: &Client,
    tp: &TopicPartition,
    deadline: Instant,
) -> Result<(i32, i32), Error> {
    let topics = client.metadata().ensure(&[tp.topic()], deadline).await?;
    let partition = topics.first().and_then(|topic| topic.partition(tp.partition));
    let partition = partition.ok_or_else(|| {
        Error::with_code(
            ErrorKind::UnknownTopic,
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            format!("topic {} has no partition {}", tp.topic, tp.partition),
        )
    })?;
    let leaderless = || {
        Error::with_code(ErrorKind::NotLeader, ErrorCode::LEADER_NOT_AVAILABLE, format!("{tp} has no leader"))
    };
    Ok((partition.leader.ok_or_else(leaderless)?, partition.leader_epoch))
}

/// Asks one broker where epochs end (F5), once.
pub(crate) async fn epoch_ends_at(
    client: &Client,
    node: i32,
    questions: &[EpochQuestion],
    deadline: Instant,
) -> Result<PerPartition<Result<EpochEnd, ErrorCode>>, Error> {
    let topics = by_topic(
        questions.iter().map(|q| (&q.tp, q)),
        |name| OffsetForLeaderTopic { topic: name.to_owned(), ..Default::default() },
        |topic, partition, q| {
            topic.partitions.push(OffsetForLeaderPartition {
                partition,
                current_leader_epoch: q.leader_epoch,
                leader_epoch: q.epoch,
                ..Default::default()
            });
        },
    );
    let request = OffsetForLeaderEpochRequest { replica_id: -1, topics, ..Default::default() };
    let answer = client.request(&NodeRef::Id(node), Purpose::Control, request, deadline).await?;
    let mut found = BTreeMap::new();
    for topic in answer.topics {
        let name: Arc<str> = topic.topic.into();
        for p in topic.partitions {
            let end = p.error_code.check().map(|()| EpochEnd { epoch: p.leader_epoch, offset: p.end_offset });
            found.insert(TopicPartition::new(name.clone(), p.partition), end);
        }
    }
    Ok(found)
}

/// What a group has committed, by partition: nothing, an offset, or why it cannot be told.
pub(crate) type Committed = PerPartition<Result<Option<OffsetAndMetadata>, Error>>;

/// Version from which several groups are asked at once, and the last one that names topics by name: ids would
/// only hide offsets of topics that are gone.
const GROUPS_FROM: i16 = 8;
const NAMES_UNTIL: i16 = 9;

/// What `group` has committed, for `partitions` or for all (O7). Retries what passes until the deadline, an
/// open transaction included (O3).
pub(crate) async fn committed(
    client: &Client,
    group: &Arc<str>,
    partitions: Option<&[TopicPartition]>,
    deadline: Instant,
) -> Result<Committed, Error> {
    let mut backoff = client.retry_backoff();
    loop {
        let outcome = committed_once(client, group, partitions, deadline).await;
        let retry = match &outcome {
            Ok(found) => found.values().any(|result| result.as_ref().is_err_and(Error::is_retriable)),
            Err(error) => error.is_retriable(),
        };
        if !retry || !backoff.wait(deadline).await {
            return outcome;
        }
    }
}

pub(crate) async fn committed_once(
    client: &Client,
    group: &Arc<str>,
    partitions: Option<&[TopicPartition]>,
    deadline: Instant,
) -> Result<Committed, Error> {
    let mut sorted: Vec<&TopicPartition> = partitions.unwrap_or_default().iter().collect();
    sorted.sort();
    let pairs = || sorted.iter().map(|tp| (*tp, ()));
    let build = |version: i16| {
        let mut request = OffsetFetchRequest { require_stable: version >= 7, ..Default::default() };
        if version >= GROUPS_FROM {
            let topics = partitions.map(|_| {
                by_topic(
                    pairs(),
                    |name| OffsetFetchRequestTopics { name: name.to_owned(), ..Default::default() },
                    |topic, partition, ()| topic.partition_indexes.push(partition),
                )
            });
            request.groups =
                vec![OffsetFetchRequestGroup { group_id: group.to_string(), topics, ..Default::default() }];
        } else {
            request.group_id = group.to_string();
            request.topics = partitions.map(|_| {
                by_topic(
                    pairs(),
                    |name| OffsetFetchRequestTopic { name: name.to_owned(), ..Default::default() },
                    |topic, partition, ()| topic.partition_indexes.push(partition),
                )
            });
        }
        Ok(request)
    };
    let node = NodeRef::group(group.clone());
    let answer =
        client.request_with(&node, Purpose::Coordination, Some(NAMES_UNTIL), deadline, build).await?;
    read_committed(client, group, answer)
}

fn read_committed(
    client: &Client,
    group: &Arc<str>,
    answer: OffsetFetchResponse,
) -> Result<Committed, Error> {
    let code = answer.groups.first().map_or(answer.error_code, |group| group.error_code);
    if matches!(code, ErrorCode::NOT_COORDINATOR | ErrorCode::COORDINATOR_NOT_AVAILABLE)
        && let NodeRef::Coordinator { kind, key } = NodeRef::group(group.clone())
    {
        client.forget_coordinator(kind, &key);
    }
    code.check()
        .map_err(|code| Error::from_code(code, format!("fetching committed offsets of group {group}")))?;
    let mut found = BTreeMap::new();
    let mut add =
        |name: &Arc<str>, index, offset, leader_epoch, metadata: Option<String>, code: ErrorCode| {
            let tp = TopicPartition::new(name.clone(), index);
            let stored = OffsetAndMetadata { offset, leader_epoch, metadata: metadata.unwrap_or_default() };
            let result = code.check().map(|()| (offset >= 0).then_some(stored));
            let result = result
                .map_err(|code| Error::from_code(code, format!("fetching the committed offset of {tp}")));
            found.insert(tp, result);
        };
    for topic in answer.topics {
        let name: Arc<str> = topic.name.into();
        for p in topic.partitions {
            add(
                &name,
                p.partition_index,
                p.committed_offset,
                p.committed_leader_epoch,
                p.metadata,
                p.error_code,
            );
        }
    }
    for topic in answer.groups.into_iter().flat_map(|group| group.topics) {
        let name: Arc<str> = topic.name.into();
        for p in topic.partitions {
            add(
                &name,
                p.partition_index,
                p.committed_offset,
                p.committed_leader_epoch,
                p.metadata,
                p.error_code,
            );
        }
    }
    Ok(found)
}
