//! Which topics and groups a request is about: for fault rules and the request log.

use kafka_protocol::messages::{RequestKind, TopicName};
use uuid::Uuid;

use crate::shared::Shared;

/// Topics and groups named by a request; topic ids are resolved where the topic exists.
pub(crate) fn subjects(request: &RequestKind, shared: &Shared) -> (Vec<String>, Vec<String>) {
    let named = |name: &TopicName| name.to_string();
    let resolve = |name: &TopicName, id: Uuid| {
        if !name.is_empty() {
            return Some(name.to_string());
        }
        shared.cluster().topic_by_id(id).map(|t| t.name.clone())
    };
    let topics = match request {
        RequestKind::Produce(r) => r.topic_data.iter().filter_map(|t| resolve(&t.name, t.topic_id)).collect(),
        RequestKind::Fetch(r) => r.topics.iter().filter_map(|t| resolve(&t.topic, t.topic_id)).collect(),
        RequestKind::ListOffsets(r) => r.topics.iter().map(|t| named(&t.name)).collect(),
        RequestKind::Metadata(r) => {
            r.topics.iter().flatten().filter_map(|t| t.name.as_ref()).map(named).collect()
        }
        RequestKind::OffsetCommit(r) => r.topics.iter().map(|t| named(&t.name)).collect(),
        RequestKind::OffsetFetch(r) => {
            let old = r.topics.iter().flatten().map(|t| named(&t.name));
            let new = r.groups.iter().flat_map(|g| g.topics.iter().flatten()).map(|t| named(&t.name));
            old.chain(new).collect()
        }
        RequestKind::CreateTopics(r) => r.topics.iter().map(|t| named(&t.name)).collect(),
        RequestKind::DeleteTopics(r) => {
            let new = r.topics.iter().filter_map(|t| t.name.as_ref());
            r.topic_names.iter().chain(new).map(named).collect()
        }
        RequestKind::CreatePartitions(r) => r.topics.iter().map(|t| named(&t.name)).collect(),
        RequestKind::DeleteRecords(r) => r.topics.iter().map(|t| named(&t.name)).collect(),
        RequestKind::OffsetForLeaderEpoch(r) => r.topics.iter().map(|t| named(&t.topic)).collect(),
        RequestKind::OffsetDelete(r) => r.topics.iter().map(|t| named(&t.name)).collect(),
        RequestKind::DescribeTopicPartitions(r) => r.topics.iter().map(|t| named(&t.name)).collect(),
        RequestKind::DescribeProducers(r) => r.topics.iter().map(|t| named(&t.name)).collect(),
        _ => Vec::new(),
    };
    (topics, groups(request))
}

fn groups(request: &RequestKind) -> Vec<String> {
    let one = |group: &str| vec![group.to_owned()];
    match request {
        RequestKind::OffsetCommit(r) => one(&r.group_id),
        RequestKind::OffsetFetch(r) if r.groups.is_empty() => one(&r.group_id),
        RequestKind::OffsetFetch(r) => r.groups.iter().map(|g| g.group_id.to_string()).collect(),
        RequestKind::FindCoordinator(r) if r.coordinator_keys.is_empty() => one(&r.key),
        RequestKind::FindCoordinator(r) => r.coordinator_keys.iter().map(ToString::to_string).collect(),
        RequestKind::JoinGroup(r) => one(&r.group_id),
        RequestKind::SyncGroup(r) => one(&r.group_id),
        RequestKind::Heartbeat(r) => one(&r.group_id),
        RequestKind::LeaveGroup(r) => one(&r.group_id),
        RequestKind::DescribeGroups(r) => r.groups.iter().map(|g| g.to_string()).collect(),
        RequestKind::DeleteGroups(r) => r.groups_names.iter().map(|g| g.to_string()).collect(),
        RequestKind::OffsetDelete(r) => one(&r.group_id),
        _ => Vec::new(),
    }
}
