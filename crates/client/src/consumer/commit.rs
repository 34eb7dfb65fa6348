//! Committing offsets: one commit at a time, in order (O2).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use kconnect_wire::ErrorCode;
use kconnect_wire::messages::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetCommitResponse,
};
use tokio::sync::oneshot;

use super::TopicPartition;
use super::slot::Position;
use crate::group::Membership;
use crate::net::{NodeRef, Purpose};
use crate::{Client, Error, ErrorKind};

/// What is stored for a partition: the offset of the next record to read (O1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffsetAndMetadata {
    /// Offset of the next record.
    pub offset: i64,
    /// Epoch of the leader that wrote the record before it, -1 when unknown; with it a later consumer notices
    /// that the log was truncated.
    pub leader_epoch: i32,
    /// Free text, a few kilobytes at most.
    pub metadata: String,
}

impl From<i64> for OffsetAndMetadata {
    fn from(offset: i64) -> Self {
        OffsetAndMetadata { offset, leader_epoch: -1, metadata: String::new() }
    }
}

impl From<Position> for OffsetAndMetadata {
    fn from(position: Position) -> Self {
        OffsetAndMetadata { leader_epoch: position.epoch, ..position.offset.into() }
    }
}

impl From<&super::FetchedBatch> for OffsetAndMetadata {
    fn from(batch: &super::FetchedBatch) -> Self {
        OffsetAndMetadata { leader_epoch: batch.leader_epoch(), ..batch.next_offset().into() }
    }
}

/// A commit that waits for its turn.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) offsets: BTreeMap<TopicPartition, OffsetAndMetadata>,
    pub(crate) deadline: Instant,
    /// `None` for a commit that nobody waits for.
    pub(crate) done: Option<oneshot::Sender<Result<(), Error>>>,
}

/// The queue of commits of one consumer. At most one is under way; one that nobody waits for takes in the
/// next of its kind, so that at most one such waits however slow the coordinator is.
#[derive(Debug, Default)]
pub(crate) struct Lane {
    waiting: VecDeque<Job>,
    under_way: bool,
}

impl Lane {
    pub(crate) fn push(&mut self, job: Job) {
        if let (None, Some(last)) = (&job.done, self.waiting.back_mut())
            && last.done.is_none()
        {
            last.offsets.extend(job.offsets);
            last.deadline = job.deadline;
            return;
        }
        self.waiting.push_back(job);
    }

    /// The next commit to send, if none is under way.
    pub(crate) fn take(&mut self) -> Option<Job> {
        if self.under_way {
            return None;
        }
        let job = self.waiting.pop_front()?;
        self.under_way = true;
        Some(job)
    }

    pub(crate) fn finished(&mut self) {
        self.under_way = false;
    }

    pub(crate) fn is_idle(&self) -> bool {
        !self.under_way && self.waiting.is_empty()
    }
}

/// Who commits: a member of a generation, or nobody in particular ("simple" consumers, and admins).
#[derive(Debug, Clone)]
pub(crate) struct Committer {
    pub(crate) group: Arc<str>,
    pub(crate) instance: Option<Arc<str>>,
    pub(crate) membership: Membership,
}

/// Version from which topics are named by id only.
const IDS_FROM: i16 = 10;

/// Stores offsets and retries what passes until the deadline (O5). The result is per partition.
pub(crate) async fn commit(
    client: &Client,
    committer: &Committer,
    offsets: &BTreeMap<TopicPartition, OffsetAndMetadata>,
    deadline: Instant,
) -> Result<BTreeMap<TopicPartition, ErrorCode>, Error> {
    let mut backoff = client.retry_backoff();
    loop {
        let outcome = commit_once(client, committer, offsets, deadline).await;
        let retry = match &outcome {
            Ok(codes) => codes.values().any(|code| is_passing(*code)),
            Err(error) => error.is_retriable(),
        };
        if let Ok(codes) = &outcome
            && codes
                .values()
                .any(|c| matches!(*c, ErrorCode::NOT_COORDINATOR | ErrorCode::COORDINATOR_NOT_AVAILABLE))
            && let NodeRef::Coordinator { kind, key } = NodeRef::group(committer.group.clone())
        {
            client.forget_coordinator(kind, &key);
        }
        if !retry || !backoff.wait(deadline).await {
            return outcome;
        }
    }
}

/// A topic that the coordinator does not know is final here, as for Java's clients: nobody commits to one that is about
/// to appear, and waiting for it would hold up what comes behind.
fn is_passing(code: ErrorCode) -> bool {
    code.is_retriable()
        && !matches!(code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION | ErrorCode::UNKNOWN_TOPIC_ID)
}

async fn commit_once(
    client: &Client,
    committer: &Committer,
    offsets: &BTreeMap<TopicPartition, OffsetAndMetadata>,
    deadline: Instant,
) -> Result<BTreeMap<TopicPartition, ErrorCode>, Error> {
    let ids: BTreeMap<Arc<str>, kconnect_wire::Uuid> = offsets
        .keys()
        .filter_map(|tp| Some((tp.topic.clone(), client.metadata().snapshot(&tp.topic)?.id?)))
        .collect();
    let cap = if offsets.keys().all(|tp| ids.contains_key(&tp.topic)) { None } else { Some(IDS_FROM - 1) };
    let mut topics: Vec<OffsetCommitRequestTopic> = Vec::new();
    for (tp, offset) in offsets {
        if topics.last().is_none_or(|last| last.name != *tp.topic) {
            let topic_id = ids.get(&tp.topic).copied().unwrap_or_default();
            topics.push(OffsetCommitRequestTopic {
                name: tp.topic.to_string(),
                topic_id,
                ..Default::default()
            });
        }
        if let Some(topic) = topics.last_mut() {
            topic.partitions.push(OffsetCommitRequestPartition {
                partition_index: tp.partition,
                committed_offset: offset.offset,
                committed_leader_epoch: offset.leader_epoch,
                committed_metadata: Some(offset.metadata.clone()),
                ..Default::default()
            });
        }
    }
    let build = |version: i16| {
        Ok(OffsetCommitRequest {
            group_id: committer.group.to_string(),
            generation_id_or_member_epoch: committer.membership.generation,
            member_id: committer.membership.member_id.clone(),
            // Before version 7 nobody is static.
            group_instance_id: committer.instance.as_deref().filter(|_| version >= 7).map(str::to_owned),
            topics,
            ..Default::default()
        })
    };
    let node = NodeRef::group(committer.group.clone());
    let answer = client.request_with(&node, Purpose::Coordination, cap, deadline, build).await?;
    Ok(codes(answer, &ids, offsets))
}

fn codes(
    answer: OffsetCommitResponse,
    ids: &BTreeMap<Arc<str>, kconnect_wire::Uuid>,
    asked: &BTreeMap<TopicPartition, OffsetAndMetadata>,
) -> BTreeMap<TopicPartition, ErrorCode> {
    // What the answer leaves out is not known to be stored.
    let mut codes: BTreeMap<_, _> =
        asked.keys().map(|tp| (tp.clone(), ErrorCode::UNKNOWN_SERVER_ERROR)).collect();
    for topic in answer.topics {
        let by_id = || ids.iter().find(|(_, id)| **id == topic.topic_id).map(|(name, _)| name.clone());
        let name = if topic.name.is_empty() { by_id() } else { Some(Arc::from(topic.name)) };
        let Some(name) = name else { continue };
        for partition in topic.partitions {
            codes.insert(TopicPartition::new(name.clone(), partition.partition_index), partition.error_code);
        }
    }
    codes
}

/// The codes of a member's commit as one result: the first error, those of the membership before the others.
pub(crate) fn outcome(group: &str, codes: &BTreeMap<TopicPartition, ErrorCode>) -> Result<(), Error> {
    let about_us = codes.values().find(|code| is_membership(**code));
    if let Some(code) = about_us {
        let kind =
            if *code == ErrorCode::FENCED_INSTANCE_ID { ErrorKind::Fenced } else { ErrorKind::Membership };
        let message = format!(
            "offsets were not committed: the partitions belong to another member of group {group} now"
        );
        return Err(Error::with_code(kind, *code, message));
    }
    match codes.iter().find(|(_, code)| !code.is_ok()) {
        Some((tp, code)) => {
            Err(Error::from_code(*code, format!("committing the offset of {tp} for group {group}")))
        }
        None => Ok(()),
    }
}

/// Codes that say that we are not the member we believe to be.
pub(crate) fn is_membership(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ILLEGAL_GENERATION
            | ErrorCode::UNKNOWN_MEMBER_ID
            | ErrorCode::REBALANCE_IN_PROGRESS
            | ErrorCode::FENCED_INSTANCE_ID
            | ErrorCode::FENCED_MEMBER_EPOCH
            | ErrorCode::STALE_MEMBER_EPOCH
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn job(offset: i64, waits: bool) -> (Job, Option<oneshot::Receiver<Result<(), Error>>>) {
        let (done, answer) = oneshot::channel();
        let offsets = [(TopicPartition::new("t", 0), offset.into())].into();
        let deadline = Instant::now() + Duration::from_secs(1);
        (Job { offsets, deadline, done: waits.then_some(done) }, waits.then_some(answer))
    }

    fn offset(job: &Job) -> i64 {
        job.offsets.values().next().unwrap().offset
    }

    #[test]
    fn o2_commits_leave_one_by_one_and_in_order() {
        let mut lane = Lane::default();
        let (first, _keep) = job(1, true);
        lane.push(first);
        lane.push(job(2, false).0);
        assert_eq!(lane.take().map(|job| offset(&job)), Some(1));
        assert!(lane.take().is_none(), "one is under way");
        lane.finished();
        assert_eq!(lane.take().map(|job| offset(&job)), Some(2));
        lane.finished();
        assert!(lane.is_idle());
    }

    #[test]
    fn o2_a_newer_commit_replaces_one_that_nobody_waits_for() {
        let mut lane = Lane::default();
        lane.push(job(1, false).0);
        lane.push(job(2, false).0);
        let (waited_for, _keep) = job(3, true);
        lane.push(waited_for);
        lane.push(job(4, false).0);
        let mut sent = Vec::new();
        while let Some(job) = lane.take() {
            sent.push(offset(&job));
            lane.finished();
        }
        assert_eq!(sent, [2, 3, 4], "1 was superseded, 3 has somebody waiting");
    }
}
