//! What a client asks first: ApiVersions, Metadata, FindCoordinator.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiVersionsRequest, ApiVersionsResponse, BrokerId, FindCoordinatorRequest, FindCoordinatorResponse,
    MetadataRequest, MetadataResponse, ResponseKind, TopicName,
};
use uuid::Uuid;

use super::text;
use crate::cluster::{Cluster, NO_LEADER, NewTopic, Partition, Topic};
use crate::connection::Context;
use crate::versions::SUPPORTED;

/// Kafka 4.3's level of the metadata format; clients only show it.
const METADATA_VERSION: i16 = 29;

pub(super) fn api_versions(cx: &Context, request: ApiVersionsRequest) -> ApiVersionsResponse {
    if cx.version >= 3
        && !(is_software_name(&request.client_software_name)
            && is_software_name(&request.client_software_version))
    {
        return ApiVersionsResponse::default().with_error_code(ResponseError::InvalidRequest.code()); // W12
    }
    let response = ApiVersionsResponse::default().with_api_keys(api_keys());
    if cx.version < 3 {
        return response;
    }
    let level = SupportedFeatureKey::default()
        .with_name(text("metadata.version"))
        .with_min_version(7)
        .with_max_version(METADATA_VERSION);
    let finalized = FinalizedFeatureKey::default()
        .with_name(text("metadata.version"))
        .with_min_version_level(METADATA_VERSION)
        .with_max_version_level(METADATA_VERSION);
    response
        .with_supported_features(vec![level])
        .with_finalized_features(vec![finalized])
        .with_finalized_features_epoch(0)
}

/// The answer, in version 0, to an ApiVersions request of a version we do not know: the ranges and code 35 (W11).
pub(crate) fn api_versions_unsupported() -> ResponseKind {
    ApiVersionsResponse::default()
        .with_error_code(ResponseError::UnsupportedVersion.code())
        .with_api_keys(api_keys())
        .into()
}

fn api_keys() -> Vec<ApiVersion> {
    let entry = |s: &crate::versions::Supported| {
        ApiVersion::default()
            .with_api_key(s.api_key as i16)
            .with_min_version(s.advertised_min)
            .with_max_version(s.max)
    };
    SUPPORTED.iter().map(entry).collect()
}

fn is_software_name(s: &str) -> bool {
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(s.chars().next())
        && edge(s.chars().last())
        && s.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-')
}

pub(super) fn metadata(cx: &Context, request: MetadataRequest) -> MetadataResponse {
    let mut cluster = cx.shared.cluster();
    let topics = match request.topics {
        None => all(&cluster),
        Some(topics) if topics.is_empty() && cx.version == 0 => all(&cluster),
        Some(topics) => {
            let create = request.allow_auto_topic_creation && cluster.settings.auto_create;
            topics.into_iter().map(|t| asked(&mut cluster, t.name, t.topic_id, create)).collect()
        }
    };
    let brokers = cluster.living_nodes().map(|n| {
        MetadataResponseBroker::default()
            .with_node_id(n.id.into())
            .with_host(text(n.host.clone()))
            .with_port(i32::from(n.port))
    });
    MetadataResponse::default()
        .with_brokers(brokers.collect())
        .with_cluster_id(Some(text(cluster.id.clone())))
        .with_controller_id(cluster.controller().into())
        .with_topics(topics)
}

fn all(cluster: &Cluster) -> Vec<MetadataResponseTopic> {
    cluster.topics.values().map(|t| describe(cluster, t)).collect()
}

fn asked(cluster: &mut Cluster, name: Option<TopicName>, id: Uuid, create: bool) -> MetadataResponseTopic {
    let Some(name) = name else {
        let missing = || {
            MetadataResponseTopic::default()
                .with_error_code(ResponseError::UnknownTopicId.code())
                .with_name(None)
                .with_topic_id(id)
        };
        return cluster.topic_by_id(id).map_or_else(missing, |t| describe(cluster, t));
    };
    let found = match cluster.topics.contains_key(name.as_str()) {
        true => Ok(()),
        false if create => {
            let new = NewTopic { partitions: -1, replication: -1, ..NewTopic::default() };
            cluster.create_topic(&name, new, false).map(|_| ()).map_err(|(code, _)| code)
        }
        false => Err(ResponseError::UnknownTopicOrPartition),
    };
    match (found, cluster.topics.get(name.as_str())) {
        (Ok(()), Some(topic)) => describe(cluster, topic),
        (Ok(()), None) => refused(name, ResponseError::UnknownTopicOrPartition),
        (Err(code), _) => refused(name, code),
    }
}

fn refused(name: TopicName, code: ResponseError) -> MetadataResponseTopic {
    MetadataResponseTopic::default().with_error_code(code.code()).with_name(Some(name))
}

fn describe(cluster: &Cluster, topic: &Topic) -> MetadataResponseTopic {
    let partitions = (0..).zip(&topic.partitions).map(|(index, p)| {
        let code = if p.leader == NO_LEADER { ResponseError::LeaderNotAvailable.code() } else { 0 };
        let (in_sync, offline) = replicas(cluster, p);
        MetadataResponsePartition::default()
            .with_error_code(code)
            .with_partition_index(index)
            .with_leader_id(p.leader.into())
            .with_leader_epoch(p.epoch)
            .with_replica_nodes(p.replicas.iter().map(|r| BrokerId(*r)).collect())
            .with_isr_nodes(in_sync)
            .with_offline_replicas(offline)
    });
    MetadataResponseTopic::default()
        .with_name(Some(text(topic.name.clone()).into()))
        .with_topic_id(topic.id)
        .with_is_internal(topic.is_internal())
        .with_partitions(partitions.collect())
}

/// Replicas on living nodes, and the others.
pub(super) fn replicas(cluster: &Cluster, partition: &Partition) -> (Vec<BrokerId>, Vec<BrokerId>) {
    partition.replicas.iter().map(|r| BrokerId(*r)).partition(|r| cluster.is_alive(r.0))
}

pub(super) fn find_coordinator(cx: &Context, request: FindCoordinatorRequest) -> FindCoordinatorResponse {
    let cluster = cx.shared.cluster();
    let find = |key: &str| {
        let known = matches!(request.key_type, 0 | 1) && !key.is_empty();
        let node = known.then(|| cluster.coordinator_of(key).and_then(|id| cluster.node(id)));
        let coordinator = Coordinator::default().with_key(text(key));
        match node {
            Some(Some(n)) => coordinator
                .with_node_id(n.id.into())
                .with_host(text(n.host.clone()))
                .with_port(i32::from(n.port)),
            Some(None) => unavailable(coordinator, ResponseError::CoordinatorNotAvailable),
            None => unavailable(coordinator, ResponseError::InvalidRequest),
        }
    };
    if cx.version >= 4 {
        let coordinators = request.coordinator_keys.iter().map(|key| find(key)).collect();
        return FindCoordinatorResponse::default().with_coordinators(coordinators);
    }
    let found = find(&request.key);
    FindCoordinatorResponse::default()
        .with_error_code(found.error_code)
        .with_node_id(found.node_id)
        .with_host(found.host)
        .with_port(found.port)
}

fn unavailable(coordinator: Coordinator, code: ResponseError) -> Coordinator {
    coordinator.with_error_code(code.code()).with_node_id((-1).into()).with_port(-1)
}
