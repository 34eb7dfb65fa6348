//! CreateTopics, DeleteTopics, CreatePartitions, DeleteRecords.
//!
//! Any node answers the first three, as KRaft brokers forward them (M9); deleting records is the leader's.

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use kafka_protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{
    BrokerId, CreatePartitionsRequest, CreatePartitionsResponse, CreateTopicsRequest, CreateTopicsResponse,
    DeleteRecordsRequest, DeleteRecordsResponse, DeleteTopicsRequest, DeleteTopicsResponse,
};
use uuid::Uuid;

use super::{code, configs, led, text};
use crate::cluster::{Cluster, NewTopic, Refusal};
use crate::connection::Context;

pub(super) fn create(cx: &Context, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let mut cluster = cx.shared.cluster();
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<String> = request
        .topics
        .iter()
        .filter(|t| !seen.insert(t.name.to_string()))
        .map(|t| t.name.to_string())
        .collect();
    let results = request.topics.into_iter().map(|topic| {
        let name = topic.name.clone();
        let made = if twice.contains(name.as_str()) {
            Err((ResponseError::InvalidRequest, "The request names the topic more than once.".into()))
        } else {
            create_one(&mut cluster, topic, request.validate_only)
        };
        let result = CreatableTopicResult::default().with_name(name);
        match made {
            Ok(made) => success(cx, &cluster, result, made),
            Err((code, problem)) => {
                result.with_error_code(code.code()).with_error_message(Some(text(problem)))
            }
        }
    });
    let results = results.collect();
    CreateTopicsResponse::default().with_topics(results)
}

/// What was made, or would have been.
struct Made {
    id: Uuid,
    partitions: i32,
    replication: i16,
    configs: BTreeMap<String, String>,
}

fn create_one(cluster: &mut Cluster, topic: CreatableTopic, validate_only: bool) -> Result<Made, Refusal> {
    let configs: BTreeMap<String, String> = topic
        .configs
        .iter()
        .map(|c| (c.name.to_string(), c.value.as_ref().map(ToString::to_string).unwrap_or_default()))
        .collect();
    let assignments = assignments(&topic)?;
    let partitions = match (assignments.len(), topic.num_partitions) {
        (0, -1) => cluster.settings.num_partitions,
        (0, n) => n,
        (n, _) => n as i32,
    };
    let replication = assignments.first().map_or(topic.replication_factor.max(-1), |a| a.len() as i16);
    let new = NewTopic { partitions, replication, assignments, configs: configs.clone() };
    let id = cluster.create_topic(&topic.name, new, validate_only)?;
    Ok(Made { id, partitions, replication: if replication == -1 { 1 } else { replication }, configs })
}

fn assignments(topic: &CreatableTopic) -> Result<Vec<Vec<i32>>, Refusal> {
    let mut by_index: Vec<_> =
        topic.assignments.iter().map(|a| (a.partition_index, ids(&a.broker_ids))).collect();
    by_index.sort_unstable();
    if by_index.iter().zip(0..).any(|((index, _), expected)| *index != expected) {
        let problem = "partitions should be a consecutive 0-based integer sequence";
        return Err((ResponseError::InvalidReplicaAssignment, problem.into()));
    }
    if !by_index.is_empty() && (topic.num_partitions != -1 || topic.replication_factor != -1) {
        let problem = "A manual partition assignment was specified, but numPartitions or replicationFactor was not set to -1.";
        return Err((ResponseError::InvalidRequest, problem.into()));
    }
    Ok(by_index.into_iter().map(|(_, replicas)| replicas).collect())
}

fn success(
    cx: &Context,
    cluster: &Cluster,
    result: CreatableTopicResult,
    made: Made,
) -> CreatableTopicResult {
    let result = result.with_topic_id(made.id);
    if cx.version < 5 {
        return result;
    }
    let entries = configs::topic_entries(cluster, &made.configs).map(|e| {
        CreatableTopicConfigs::default()
            .with_name(text(e.name))
            .with_value(Some(text(e.value)))
            .with_config_source(e.source)
    });
    result
        .with_num_partitions(made.partitions)
        .with_replication_factor(made.replication)
        .with_configs(Some(entries.collect()))
}

pub(super) fn delete(cx: &Context, request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let mut cluster = cx.shared.cluster();
    let by_name = request.topic_names.into_iter().map(|name| (Some(name), Uuid::nil()));
    let by_state = request.topics.into_iter().map(|t| (t.name, t.topic_id));
    let results = by_name.chain(by_state).map(|(name, id)| {
        let known = name
            .as_ref()
            .map(|n| n.as_str().to_owned())
            .or_else(|| cluster.topic_by_id(id).map(|t| t.name.clone()));
        let deleted = match &known {
            Some(name) => cluster.delete_topic(name),
            None => Err(ResponseError::UnknownTopicId),
        };
        DeletableTopicResult::default()
            .with_name(name.or_else(|| known.map(|n| text(n).into())))
            .with_topic_id(deleted.unwrap_or(id))
            .with_error_code(code(&deleted))
    });
    let results = results.collect();
    DeleteTopicsResponse::default().with_responses(results)
}

pub(super) fn create_partitions(cx: &Context, request: CreatePartitionsRequest) -> CreatePartitionsResponse {
    let mut cluster = cx.shared.cluster();
    let results = request.topics.into_iter().map(|topic| {
        let assignments = topic.assignments.iter().flatten().map(|a| ids(&a.broker_ids)).collect();
        let grown = cluster.add_partitions(&topic.name, topic.count, assignments, request.validate_only);
        let result = CreatePartitionsTopicResult::default().with_name(topic.name);
        match grown {
            Ok(()) => result,
            Err((code, problem)) => {
                result.with_error_code(code.code()).with_error_message(Some(text(problem)))
            }
        }
    });
    let results = results.collect();
    CreatePartitionsResponse::default().with_results(results)
}

pub(super) fn delete_records(cx: &Context, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let mut cluster = cx.shared.cluster();
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|p| {
            let index = p.partition_index;
            let deleted = led(&cluster, cx, (&topic.name, Uuid::nil()), index, -1)
                .map(|_| ())
                .and_then(|()| cluster.delete_records(&topic.name, index, p.offset));
            DeleteRecordsPartitionResult::default()
                .with_partition_index(index)
                .with_error_code(code(&deleted))
                .with_low_watermark(deleted.unwrap_or(-1))
        });
        let partitions = partitions.collect();
        DeleteRecordsTopicResult::default().with_name(topic.name.clone()).with_partitions(partitions)
    });
    let topics = topics.collect();
    DeleteRecordsResponse::default().with_topics(topics)
}

fn ids(brokers: &[BrokerId]) -> Vec<i32> {
    brokers.iter().map(|b| b.0).collect()
}
