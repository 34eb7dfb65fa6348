//! OffsetCommit, OffsetFetch, OffsetDelete.

use std::collections::BTreeSet;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_request::OffsetCommitRequestPartition;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::offset_delete_response::{
    OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions,
    OffsetFetchResponseTopic, OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetDeleteRequest, OffsetDeleteResponse, OffsetFetchRequest,
    OffsetFetchResponse, TopicName,
};
use tokio::time::Instant;
use uuid::Uuid;

use super::groups::coordinates;
use super::produce::now_ms;
use super::{code, text};
use crate::cluster::Cluster;
use crate::connection::Context;
use crate::group::{Committed, Group};
use crate::journal::Change;

/// `offset.metadata.max.bytes`
const METADATA_MAX: usize = 4096;

pub(super) fn commit(cx: &Context, request: OffsetCommitRequest) -> OffsetCommitResponse {
    let mut cluster = cx.shared.cluster();
    let group_id = request.group_id.to_string();
    let admitted = admit(&mut cluster, cx, &request);
    let mut changes = Vec::new();
    let mut topics: Vec<OffsetCommitResponseTopic> = Vec::new();
    for topic in &request.topics {
        let partitions = topic.partitions.iter().map(|p| {
            let checked = admitted.and_then(|()| check(&cluster, &topic.name, p));
            if let Ok(committed) = &checked {
                let (topic, partition) = (topic.name.to_string(), p.partition_index);
                let group = group_id.clone();
                changes.push(Change::Offset { group, topic, partition, committed: committed.clone() });
            }
            OffsetCommitResponsePartition::default()
                .with_partition_index(p.partition_index)
                .with_error_code(code(&checked))
        });
        let partitions = partitions.collect();
        topics.push(
            OffsetCommitResponseTopic::default().with_name(topic.name.clone()).with_partitions(partitions),
        );
    }
    if let Err((code, _)) = cluster.record(&changes) {
        let partitions = topics.iter_mut().flat_map(|t| &mut t.partitions);
        partitions.filter(|p| p.error_code == 0).for_each(|p| p.error_code = code.code());
        return OffsetCommitResponse::default().with_topics(topics);
    }
    if let Some(group) = cluster.groups.get_mut(&group_id) {
        for change in changes {
            if let Change::Offset { topic, partition, committed, .. } = change {
                group.offsets.insert((topic, partition), committed);
            }
        }
    }
    OffsetCommitResponse::default().with_topics(topics)
}

/// Who may commit: a member of the present generation, or anyone while the group is empty (O5, O6).
fn admit(cluster: &mut Cluster, cx: &Context, request: &OffsetCommitRequest) -> Result<(), ResponseError> {
    coordinates(cluster, cx, &request.group_id)?;
    let generation = request.generation_id_or_member_epoch;
    let group_id = request.group_id.to_string();
    if !cluster.groups.contains_key(&group_id) {
        if generation >= 0 {
            return Err(ResponseError::IllegalGeneration);
        }
        cluster.groups.insert(group_id.clone(), Group::new());
    }
    let group = cluster.groups.get_mut(&group_id).ok_or(ResponseError::UnknownMemberId)?;
    let instance = request.group_instance_id.as_deref();
    let admitted = group.check_commit(Instant::now(), generation, &request.member_id, instance);
    cx.shared.groups_changed.notify_one();
    admitted
}

fn check(
    cluster: &Cluster,
    topic: &str,
    p: &OffsetCommitRequestPartition,
) -> Result<Committed, ResponseError> {
    let metadata = p.committed_metadata.as_ref().map(ToString::to_string).unwrap_or_default();
    if metadata.len() > METADATA_MAX {
        return Err(ResponseError::OffsetMetadataTooLarge);
    }
    cluster.partition(topic, Uuid::nil(), p.partition_index)?;
    Ok(Committed {
        offset: p.committed_offset,
        leader_epoch: p.committed_leader_epoch,
        metadata,
        timestamp_ms: now_ms(),
    })
}

pub(super) fn fetch(cx: &Context, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let cluster = cx.shared.cluster();
    if cx.version >= 8 {
        let groups = request.groups.into_iter().map(|g| {
            let topics =
                g.topics.map(|topics| topics.into_iter().map(|t| (t.name, t.partition_indexes)).collect());
            fetch_group(&cluster, cx, &g.group_id, topics).with_group_id(g.group_id)
        });
        return OffsetFetchResponse::default().with_groups(groups.collect());
    }
    let topics =
        request.topics.map(|topics| topics.into_iter().map(|t| (t.name, t.partition_indexes)).collect());
    let group = fetch_group(&cluster, cx, &request.group_id, topics);
    let mut response =
        OffsetFetchResponse::default().with_topics(group.topics.into_iter().map(old_topic).collect());
    if cx.version >= 2 {
        response.error_code = group.error_code;
    }
    response
}

/// `None` asks for everything the group has (O7). An unknown group has committed nothing, which is no error.
fn fetch_group(
    cluster: &Cluster,
    cx: &Context,
    group_id: &str,
    asked: Option<Vec<(TopicName, Vec<i32>)>>,
) -> OffsetFetchResponseGroup {
    let response = OffsetFetchResponseGroup::default();
    if let Err(code) = coordinates(cluster, cx, group_id) {
        return response.with_error_code(code.code());
    }
    let group = cluster.groups.get(group_id);
    let asked = asked.unwrap_or_else(|| group.map(everything).unwrap_or_default());
    let topics = asked.into_iter().map(|(topic, partitions)| {
        let partitions = partitions.into_iter().map(|partition| {
            let committed = group.and_then(|g| g.offsets.get(&(topic.to_string(), partition)));
            let answer = OffsetFetchResponsePartitions::default().with_partition_index(partition);
            match committed {
                Some(c) => answer
                    .with_committed_offset(c.offset)
                    .with_committed_leader_epoch(c.leader_epoch)
                    .with_metadata(Some(text(c.metadata.clone()))),
                None => answer
                    .with_committed_offset(-1)
                    .with_committed_leader_epoch(-1)
                    .with_metadata(Some(text(""))),
            }
        });
        OffsetFetchResponseTopics::default().with_partitions(partitions.collect()).with_name(topic.clone())
    });
    response.with_topics(topics.collect())
}

fn everything(group: &Group) -> Vec<(TopicName, Vec<i32>)> {
    let topics: BTreeSet<&String> = group.offsets.keys().map(|(topic, _)| topic).collect();
    let partitions = |name: &str| group.offsets.keys().filter(|(t, _)| t == name).map(|(_, p)| *p).collect();
    topics.into_iter().map(|name| (text(name.clone()).into(), partitions(name))).collect()
}

fn old_topic(topic: OffsetFetchResponseTopics) -> OffsetFetchResponseTopic {
    let partitions = topic.partitions.into_iter().map(|p| {
        OffsetFetchResponsePartition::default()
            .with_partition_index(p.partition_index)
            .with_committed_offset(p.committed_offset)
            .with_committed_leader_epoch(p.committed_leader_epoch)
            .with_metadata(p.metadata)
            .with_error_code(p.error_code)
    });
    OffsetFetchResponseTopic::default().with_name(topic.name).with_partitions(partitions.collect())
}

pub(super) fn delete(cx: &Context, request: OffsetDeleteRequest) -> OffsetDeleteResponse {
    let mut cluster = cx.shared.cluster();
    let group_id = request.group_id.to_string();
    let subscribed = match may_delete(&cluster, cx, &group_id) {
        Ok(subscribed) => subscribed,
        Err(code) => return OffsetDeleteResponse::default().with_error_code(code.code()),
    };
    let mut changes = Vec::new();
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|p| {
            let code = if subscribed.contains(topic.name.as_str()) {
                ResponseError::GroupSubscribedToTopic.code()
            } else {
                let (group, topic) = (group_id.clone(), topic.name.to_string());
                changes.push(Change::OffsetDeleted { group, topic, partition: p.partition_index });
                0
            };
            OffsetDeleteResponsePartition::default()
                .with_partition_index(p.partition_index)
                .with_error_code(code)
        });
        let partitions = partitions.collect();
        OffsetDeleteResponseTopic::default().with_name(topic.name.clone()).with_partitions(partitions)
    });
    let topics = topics.collect();
    if let Err((code, _)) = cluster.record(&changes) {
        return OffsetDeleteResponse::default().with_error_code(code.code());
    }
    if let Some(group) = cluster.groups.get_mut(&group_id) {
        for change in changes {
            if let Change::OffsetDeleted { topic, partition, .. } = change {
                group.offsets.remove(&(topic, partition));
            }
        }
    }
    OffsetDeleteResponse::default().with_topics(topics)
}

/// Topics whose offsets are in use; a live group of another type than `consumer` keeps all of them (O6).
fn may_delete(cluster: &Cluster, cx: &Context, group_id: &str) -> Result<BTreeSet<String>, ResponseError> {
    coordinates(cluster, cx, group_id)?;
    let group = cluster.groups.get(group_id).ok_or(ResponseError::GroupIdNotFound)?;
    if group.is_empty() {
        return Ok(BTreeSet::new());
    }
    group.subscribed_topics().ok_or(ResponseError::NonEmptyGroup)
}
