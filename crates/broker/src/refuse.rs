//! The answer that puts one error code on every item of a request: what a fault rule's `error` sends.
//!
//! Where the response has a code of its own at the top, that one is set; otherwise each topic, partition, group or
//! resource of the request gets it, so that a client sees the shape it expects.

use kafka_protocol::messages::alter_configs_response::AlterConfigsResourceResponse as Altered;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::delete_records_response::{
    DeleteRecordsPartitionResult, DeleteRecordsTopicResult,
};
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::describe_configs_response::DescribeConfigsResult;
use kafka_protocol::messages::describe_groups_response::DescribedGroup;
use kafka_protocol::messages::describe_producers_response as described_producers;
use kafka_protocol::messages::describe_topic_partitions_response::DescribeTopicPartitionsResponseTopic;
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse as Incremented;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::offset_commit_response::{
    OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use kafka_protocol::messages::offset_fetch_response as fetched;
use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderTopicResult,
};
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::*;

/// `None` when the request is one that gets no answer (W5).
pub(crate) fn refuse(request: &RequestKind, code: i16, version: i16) -> Option<ResponseKind> {
    Some(match request {
        RequestKind::Produce(r) if r.acks == 0 => return None,
        RequestKind::Produce(r) => produce(r, code).into(),
        RequestKind::Fetch(r) => fetch(r, code).into(),
        RequestKind::ListOffsets(r) => list_offsets(r, code).into(),
        RequestKind::Metadata(r) => metadata(r, code).into(),
        RequestKind::OffsetCommit(r) => offset_commit(r, code).into(),
        RequestKind::OffsetFetch(r) => offset_fetch(r, code, version).into(),
        RequestKind::FindCoordinator(r) => find_coordinator(r, code, version).into(),
        RequestKind::JoinGroup(r) => JoinGroupResponse::default()
            .with_error_code(code)
            .with_generation_id(-1)
            .with_protocol_name(Some(Default::default()))
            .with_member_id(r.member_id.clone())
            .into(),
        RequestKind::SyncGroup(_) => SyncGroupResponse::default().with_error_code(code).into(),
        RequestKind::Heartbeat(_) => HeartbeatResponse::default().with_error_code(code).into(),
        RequestKind::LeaveGroup(_) => LeaveGroupResponse::default().with_error_code(code).into(),
        RequestKind::DescribeGroups(r) => describe_groups(r, code).into(),
        RequestKind::ListGroups(_) => ListGroupsResponse::default().with_error_code(code).into(),
        RequestKind::ApiVersions(_) => ApiVersionsResponse::default().with_error_code(code).into(),
        RequestKind::CreateTopics(r) => create_topics(r, code).into(),
        RequestKind::DeleteTopics(r) => delete_topics(r, code).into(),
        RequestKind::DeleteRecords(r) => delete_records(r, code).into(),
        RequestKind::InitProducerId(_) => InitProducerIdResponse::default()
            .with_error_code(code)
            .with_producer_id((-1).into())
            .with_producer_epoch(-1)
            .into(),
        RequestKind::OffsetForLeaderEpoch(r) => offset_for_leader_epoch(r, code).into(),
        RequestKind::DescribeConfigs(r) => describe_configs(r, code).into(),
        RequestKind::AlterConfigs(r) => alter_configs(r, code).into(),
        RequestKind::CreatePartitions(r) => create_partitions(r, code).into(),
        RequestKind::DeleteGroups(r) => delete_groups(r, code).into(),
        RequestKind::IncrementalAlterConfigs(r) => incremental_alter_configs(r, code).into(),
        RequestKind::OffsetDelete(_) => OffsetDeleteResponse::default().with_error_code(code).into(),
        RequestKind::DescribeCluster(_) => DescribeClusterResponse::default().with_error_code(code).into(),
        RequestKind::DescribeProducers(r) => describe_producers(r, code).into(),
        RequestKind::DescribeTopicPartitions(r) => describe_topic_partitions(r, code).into(),
        _ => return None,
    })
}

fn produce(r: &ProduceRequest, code: i16) -> ProduceResponse {
    let topics = r.topic_data.iter().map(|t| {
        let partitions = t.partition_data.iter().map(|p| {
            PartitionProduceResponse::default()
                .with_index(p.index)
                .with_error_code(code)
                .with_base_offset(-1)
                .with_log_append_time_ms(-1)
                .with_log_start_offset(-1)
        });
        TopicProduceResponse::default()
            .with_name(t.name.clone())
            .with_topic_id(t.topic_id)
            .with_partition_responses(partitions.collect())
    });
    ProduceResponse::default().with_responses(topics.collect())
}

fn fetch(r: &FetchRequest, code: i16) -> FetchResponse {
    let topics = r.topics.iter().map(|t| {
        let partitions = t.partitions.iter().map(|p| {
            PartitionData::default()
                .with_partition_index(p.partition)
                .with_error_code(code)
                .with_high_watermark(-1)
                .with_last_stable_offset(-1)
                .with_log_start_offset(-1)
                .with_aborted_transactions(None)
                .with_preferred_read_replica((-1).into())
                .with_records(Some(Default::default()))
        });
        FetchableTopicResponse::default()
            .with_topic(t.topic.clone())
            .with_topic_id(t.topic_id)
            .with_partitions(partitions.collect())
    });
    FetchResponse::default().with_responses(topics.collect())
}

fn list_offsets(r: &ListOffsetsRequest, code: i16) -> ListOffsetsResponse {
    let topics = r.topics.iter().map(|t| {
        let partitions = t.partitions.iter().map(|p| {
            ListOffsetsPartitionResponse::default()
                .with_partition_index(p.partition_index)
                .with_error_code(code)
                .with_timestamp(-1)
                .with_offset(-1)
        });
        ListOffsetsTopicResponse::default().with_name(t.name.clone()).with_partitions(partitions.collect())
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

fn metadata(r: &MetadataRequest, code: i16) -> MetadataResponse {
    let topics = r.topics.iter().flatten().map(|t| {
        MetadataResponseTopic::default()
            .with_error_code(code)
            .with_name(t.name.clone())
            .with_topic_id(t.topic_id)
    });
    MetadataResponse::default().with_topics(topics.collect())
}

fn offset_commit(r: &OffsetCommitRequest, code: i16) -> OffsetCommitResponse {
    let topics = r.topics.iter().map(|t| {
        let partitions = t.partitions.iter().map(|p| {
            OffsetCommitResponsePartition::default()
                .with_partition_index(p.partition_index)
                .with_error_code(code)
        });
        OffsetCommitResponseTopic::default().with_name(t.name.clone()).with_partitions(partitions.collect())
    });
    OffsetCommitResponse::default().with_topics(topics.collect())
}

fn offset_fetch(r: &OffsetFetchRequest, code: i16, version: i16) -> OffsetFetchResponse {
    if version >= 8 {
        let groups = r.groups.iter().map(|g| {
            fetched::OffsetFetchResponseGroup::default()
                .with_group_id(g.group_id.clone())
                .with_error_code(code)
        });
        return OffsetFetchResponse::default().with_groups(groups.collect());
    }
    if version >= 2 {
        return OffsetFetchResponse::default().with_error_code(code);
    }
    let topics = r.topics.iter().flatten().map(|t| {
        let partitions = t.partition_indexes.iter().map(|p| {
            fetched::OffsetFetchResponsePartition::default()
                .with_partition_index(*p)
                .with_committed_offset(-1)
                .with_metadata(Some(Default::default()))
                .with_error_code(code)
        });
        fetched::OffsetFetchResponseTopic::default()
            .with_name(t.name.clone())
            .with_partitions(partitions.collect())
    });
    OffsetFetchResponse::default().with_topics(topics.collect())
}

fn find_coordinator(r: &FindCoordinatorRequest, code: i16, version: i16) -> FindCoordinatorResponse {
    if version < 4 {
        return FindCoordinatorResponse::default()
            .with_error_code(code)
            .with_node_id((-1).into())
            .with_port(-1);
    }
    let coordinators = r.coordinator_keys.iter().map(|key| {
        Coordinator::default()
            .with_key(key.clone())
            .with_error_code(code)
            .with_node_id((-1).into())
            .with_port(-1)
    });
    FindCoordinatorResponse::default().with_coordinators(coordinators.collect())
}

fn describe_groups(r: &DescribeGroupsRequest, code: i16) -> DescribeGroupsResponse {
    let groups =
        r.groups.iter().map(|g| DescribedGroup::default().with_group_id(g.clone()).with_error_code(code));
    DescribeGroupsResponse::default().with_groups(groups.collect())
}

fn create_topics(r: &CreateTopicsRequest, code: i16) -> CreateTopicsResponse {
    let topics = r
        .topics
        .iter()
        .map(|t| CreatableTopicResult::default().with_name(t.name.clone()).with_error_code(code));
    CreateTopicsResponse::default().with_topics(topics.collect())
}

fn delete_topics(r: &DeleteTopicsRequest, code: i16) -> DeleteTopicsResponse {
    let by_name = r
        .topic_names
        .iter()
        .map(|n| DeletableTopicResult::default().with_name(Some(n.clone())).with_error_code(code));
    let by_state = r.topics.iter().map(|t| {
        DeletableTopicResult::default()
            .with_name(t.name.clone())
            .with_topic_id(t.topic_id)
            .with_error_code(code)
    });
    DeleteTopicsResponse::default().with_responses(by_name.chain(by_state).collect())
}

fn delete_records(r: &DeleteRecordsRequest, code: i16) -> DeleteRecordsResponse {
    let topics = r.topics.iter().map(|t| {
        let partitions = t.partitions.iter().map(|p| {
            DeleteRecordsPartitionResult::default()
                .with_partition_index(p.partition_index)
                .with_low_watermark(-1)
                .with_error_code(code)
        });
        DeleteRecordsTopicResult::default().with_name(t.name.clone()).with_partitions(partitions.collect())
    });
    DeleteRecordsResponse::default().with_topics(topics.collect())
}

fn offset_for_leader_epoch(r: &OffsetForLeaderEpochRequest, code: i16) -> OffsetForLeaderEpochResponse {
    let topics = r.topics.iter().map(|t| {
        let partitions = t.partitions.iter().map(|p| {
            EpochEndOffset::default()
                .with_partition(p.partition)
                .with_error_code(code)
                .with_leader_epoch(-1)
                .with_end_offset(-1)
        });
        OffsetForLeaderTopicResult::default()
            .with_topic(t.topic.clone())
            .with_partitions(partitions.collect())
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}

fn describe_configs(r: &DescribeConfigsRequest, code: i16) -> DescribeConfigsResponse {
    let results = r.resources.iter().map(|r| {
        DescribeConfigsResult::default()
            .with_resource_type(r.resource_type)
            .with_resource_name(r.resource_name.clone())
            .with_error_code(code)
    });
    DescribeConfigsResponse::default().with_results(results.collect())
}

fn alter_configs(r: &AlterConfigsRequest, code: i16) -> AlterConfigsResponse {
    let responses = r.resources.iter().map(|r| {
        Altered::default()
            .with_resource_type(r.resource_type)
            .with_resource_name(r.resource_name.clone())
            .with_error_code(code)
    });
    AlterConfigsResponse::default().with_responses(responses.collect())
}

fn incremental_alter_configs(
    r: &IncrementalAlterConfigsRequest,
    code: i16,
) -> IncrementalAlterConfigsResponse {
    let responses = r.resources.iter().map(|r| {
        Incremented::default()
            .with_resource_type(r.resource_type)
            .with_resource_name(r.resource_name.clone())
            .with_error_code(code)
    });
    IncrementalAlterConfigsResponse::default().with_responses(responses.collect())
}

fn create_partitions(r: &CreatePartitionsRequest, code: i16) -> CreatePartitionsResponse {
    let results = r
        .topics
        .iter()
        .map(|t| CreatePartitionsTopicResult::default().with_name(t.name.clone()).with_error_code(code));
    CreatePartitionsResponse::default().with_results(results.collect())
}

fn delete_groups(r: &DeleteGroupsRequest, code: i16) -> DeleteGroupsResponse {
    let results = r
        .groups_names
        .iter()
        .map(|g| DeletableGroupResult::default().with_group_id(g.clone()).with_error_code(code));
    DeleteGroupsResponse::default().with_results(results.collect())
}

fn describe_producers(r: &DescribeProducersRequest, code: i16) -> DescribeProducersResponse {
    let topics = r.topics.iter().map(|t| {
        let partitions = t.partition_indexes.iter().map(|p| {
            described_producers::PartitionResponse::default().with_partition_index(*p).with_error_code(code)
        });
        described_producers::TopicResponse::default()
            .with_name(t.name.clone())
            .with_partitions(partitions.collect())
    });
    DescribeProducersResponse::default().with_topics(topics.collect())
}

fn describe_topic_partitions(
    r: &DescribeTopicPartitionsRequest,
    code: i16,
) -> DescribeTopicPartitionsResponse {
    let topics = r.topics.iter().map(|t| {
        DescribeTopicPartitionsResponseTopic::default().with_name(Some(t.name.clone())).with_error_code(code)
    });
    DescribeTopicPartitionsResponse::default().with_topics(topics.collect())
}
