//! DescribeCluster, DescribeTopicPartitions, DescribeProducers.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::describe_producers_response::{
    PartitionResponse, ProducerState, TopicResponse,
};
use kafka_protocol::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use kafka_protocol::messages::{
    BrokerId, DescribeClusterRequest, DescribeClusterResponse, DescribeProducersRequest,
    DescribeProducersResponse, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse,
};
use uuid::Uuid;

use super::{led, metadata, text};
use crate::cluster::{Cluster, NO_LEADER};
use crate::connection::Context;

/// Brokers may be described, controllers not: there are none of their own.
const BROKERS: i8 = 1;

pub(super) fn cluster(cx: &Context, request: DescribeClusterRequest) -> DescribeClusterResponse {
    let cluster = cx.shared.cluster();
    let mut response = DescribeClusterResponse::default().with_cluster_id(text(cluster.id.clone()));
    if cx.version >= 1 {
        response.endpoint_type = BROKERS;
        if request.endpoint_type != BROKERS {
            return response
                .with_error_code(ResponseError::MismatchedEndpointType.code())
                .with_controller_id((-1).into());
        }
    }
    let brokers = cluster.living_nodes().map(|n| {
        DescribeClusterBroker::default()
            .with_broker_id(n.id.into())
            .with_host(text(n.host.clone()))
            .with_port(i32::from(n.port))
    });
    response.with_controller_id(cluster.controller().into()).with_brokers(brokers.collect())
}

pub(super) fn topic_partitions(
    cx: &Context,
    request: DescribeTopicPartitionsRequest,
) -> DescribeTopicPartitionsResponse {
    let cluster = cx.shared.cluster();
    let mut names: Vec<String> = request.topics.iter().map(|t| t.name.to_string()).collect();
    names.sort_unstable();
    names.dedup();
    let everything = names.is_empty();
    if everything {
        names = cluster.topics.keys().cloned().collect();
    }
    let (from_topic, from_partition) =
        request.cursor.map(|c| (c.topic_name.to_string(), c.partition_index)).unwrap_or_default();
    let mut left = usize::try_from(request.response_partition_limit).unwrap_or(0).clamp(1, 2000);
    let mut response = DescribeTopicPartitionsResponse::default();
    for name in names.into_iter().filter(|n| *n >= from_topic) {
        let first = if name == from_topic { usize::try_from(from_partition).unwrap_or(0) } else { 0 };
        if left == 0 {
            let cursor =
                Cursor::default().with_topic_name(text(name).into()).with_partition_index(first as i32);
            return response.with_next_cursor(Some(cursor));
        }
        let (described, next) = describe_topic(&cluster, &name, first, left);
        left -= described.partitions.len().min(left);
        response.topics.push(described);
        if let Some(next) = next {
            let cursor =
                Cursor::default().with_topic_name(text(name).into()).with_partition_index(next as i32);
            return response.with_next_cursor(Some(cursor));
        }
    }
    response
}

/// A topic's partitions from `first` on, at most `limit`; also the partition to go on with, if any is left.
fn describe_topic(
    cluster: &Cluster,
    name: &str,
    first: usize,
    limit: usize,
) -> (DescribeTopicPartitionsResponseTopic, Option<usize>) {
    let described = DescribeTopicPartitionsResponseTopic::default().with_name(Some(text(name).into()));
    let Some(topic) = cluster.topics.get(name) else {
        return (described.with_error_code(ResponseError::UnknownTopicOrPartition.code()), None);
    };
    let partitions = topic.partitions.iter().enumerate().skip(first).take(limit).map(|(index, p)| {
        let (in_sync, offline) = metadata::replicas(cluster, p);
        let code = if p.leader == NO_LEADER { ResponseError::LeaderNotAvailable.code() } else { 0 };
        DescribeTopicPartitionsResponsePartition::default()
            .with_error_code(code)
            .with_partition_index(index as i32)
            .with_leader_id(p.leader.into())
            .with_leader_epoch(p.epoch)
            .with_replica_nodes(p.replicas.iter().map(|r| BrokerId(*r)).collect())
            .with_isr_nodes(in_sync)
            .with_eligible_leader_replicas(Some(Vec::new()))
            .with_last_known_elr(Some(Vec::new()))
            .with_offline_replicas(offline)
    });
    let partitions: Vec<_> = partitions.collect();
    let next = first + partitions.len();
    let more = (next < topic.partitions.len()).then_some(next);
    let described =
        described.with_topic_id(topic.id).with_is_internal(topic.is_internal()).with_partitions(partitions);
    (described, more)
}

pub(super) fn producers(cx: &Context, request: DescribeProducersRequest) -> DescribeProducersResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partition_indexes.iter().map(|index| {
            let answer = PartitionResponse::default().with_partition_index(*index);
            let cluster = cx.shared.cluster();
            match led(&cluster, cx, (&topic.name, Uuid::nil()), *index, -1) {
                Ok((_, p)) => {
                    answer.with_active_producers(p.log.producers().into_iter().map(producer).collect())
                }
                Err(code) => answer.with_error_code(code.code()),
            }
        });
        TopicResponse::default().with_name(topic.name.clone()).with_partitions(partitions.collect())
    });
    DescribeProducersResponse::default().with_topics(topics.collect())
}

fn producer((id, epoch, last_sequence, last_timestamp): (i64, i16, i32, i64)) -> ProducerState {
    ProducerState::default()
        .with_producer_id(id.into())
        .with_producer_epoch(i32::from(epoch))
        .with_last_sequence(last_sequence)
        .with_last_timestamp(last_timestamp)
        .with_coordinator_epoch(-1)
        .with_current_txn_start_offset(-1)
}
