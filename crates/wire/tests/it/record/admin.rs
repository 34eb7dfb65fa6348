//! What administrators ask.

use super::*;

const TOPIC_RESOURCE: i8 = 2;

pub(super) fn configs(rec: &mut Recorder) {
    for v in versions::<DescribeConfigsRequest>() {
        let keys = ["retention.ms", "cleanup.policy"].map(str::to_owned).to_vec();
        let resource = DescribeConfigsResource {
            resource_type: TOPIC_RESOURCE,
            resource_name: TOPIC.to_owned(),
            configuration_keys: Some(keys),
            ..d()
        };
        let request = DescribeConfigsRequest {
            resources: vec![resource],
            include_synonyms: true,
            include_documentation: v >= 3,
            ..d()
        };
        assert_eq!(rec.call(v, &request).results[0].configs.len(), 2, "v{v}");
    }
    for v in versions::<IncrementalAlterConfigsRequest>() {
        let config = IncrementalAlterableConfig {
            name: "segment.bytes".to_owned(),
            value: Some("1048576".to_owned()),
            ..d()
        };
        let resource = IncrementalAlterConfigsResource {
            resource_type: TOPIC_RESOURCE,
            resource_name: TOPIC.to_owned(),
            configs: vec![config],
            ..d()
        };
        let response = rec.call(v, &IncrementalAlterConfigsRequest { resources: vec![resource], ..d() });
        assert_eq!(response.responses[0].error_code, ErrorCode::NONE, "v{v}");
    }
    for v in versions::<AlterConfigsRequest>() {
        let config = AlterableConfig { name: "segment.bytes".to_owned(), value: Some("x".to_owned()), ..d() };
        let resource = AlterConfigsResource {
            resource_type: TOPIC_RESOURCE,
            resource_name: TOPIC.to_owned(),
            configs: vec![config],
            ..d()
        };
        let response = rec.call(v, &AlterConfigsRequest { resources: vec![resource], ..d() });
        assert_eq!(response.responses[0].error_code, ErrorCode::INVALID_CONFIG, "v{v}");
    }
    for v in versions::<ListConfigResourcesRequest>() {
        let request = ListConfigResourcesRequest {
            resource_types: if v == 0 { d() } else { vec![TOPIC_RESOURCE] },
            ..d()
        };
        assert_eq!(rec.call(v, &request).error_code, ErrorCode::NONE, "v{v}");
    }
}

pub(super) fn cluster(rec: &mut Recorder) {
    for v in versions::<DescribeClusterRequest>() {
        let request = DescribeClusterRequest { include_cluster_authorized_operations: true, ..d() };
        assert_eq!(rec.call(v, &request).brokers.len(), 1, "v{v}");
    }
    for v in versions::<DescribeQuorumRequest>() {
        let partition = DescribeQuorumRequestPartitionData { partition_index: 0, ..d() };
        let topic = DescribeQuorumRequestTopicData {
            topic_name: "__cluster_metadata".to_owned(),
            partitions: vec![partition],
            ..d()
        };
        let response = rec.call(v, &DescribeQuorumRequest { topics: vec![topic], ..d() });
        assert_eq!(response.topics[0].partitions[0].current_voters.len(), 1, "v{v}");
    }
    for v in versions::<UpdateFeaturesRequest>() {
        let update = FeatureUpdateKey { feature: "nothing".to_owned(), max_version_level: 1, ..d() };
        assert!(
            !rec.call(v, &UpdateFeaturesRequest { feature_updates: vec![update], ..d() }).error_code.is_ok()
        );
    }
    for v in versions::<DescribeLogDirsRequest>() {
        let topic = DescribableLogDirTopic { topic: TOPIC.to_owned(), partitions: vec![0, 1], ..d() };
        let response = rec.call(v, &DescribeLogDirsRequest { topics: Some(vec![topic]), ..d() });
        assert_eq!(response.results[0].topics.len(), 1, "v{v}");
    }
}

pub(super) fn acls_quotas_users(rec: &mut Recorder) {
    for v in versions::<CreateAclsRequest>() {
        let creation = AclCreation {
            resource_type: TOPIC_RESOURCE,
            resource_name: format!("acl{v}"),
            principal: "User:bob".to_owned(),
            host: "*".to_owned(),
            operation: 3,
            permission_type: 3,
            ..d()
        };
        let response = rec.call(v, &CreateAclsRequest { creations: vec![creation], ..d() });
        assert_eq!(response.results[0].error_code, ErrorCode::NONE, "v{v}");
    }
    for v in versions::<DescribeAclsRequest>() {
        let request = DescribeAclsRequest {
            resource_type_filter: TOPIC_RESOURCE,
            resource_name_filter: None,
            principal_filter: Some("User:bob".to_owned()),
            host_filter: None,
            operation: 1,
            permission_type: 1,
            ..d()
        };
        assert!(!rec.call(v, &request).resources.is_empty(), "v{v}");
    }
    for v in versions::<DeleteAclsRequest>() {
        let filter = DeleteAclsFilter {
            resource_type_filter: TOPIC_RESOURCE,
            resource_name_filter: Some(format!("acl{v}")),
            principal_filter: None,
            host_filter: None,
            operation: 1,
            permission_type: 1,
            ..d()
        };
        let response = rec.call(v, &DeleteAclsRequest { filters: vec![filter], ..d() });
        assert_eq!(response.filter_results[0].matching_acls.len(), 1, "v{v}");
    }
    let user = "user".to_owned();
    for v in versions::<AlterClientQuotasRequest>() {
        let entity = AlterClientQuotasRequestEntityData {
            entity_type: user.clone(),
            entity_name: Some("bob".to_owned()),
            ..d()
        };
        let op = OpData { key: "producer_byte_rate".to_owned(), value: 1e9, ..d() };
        let entry = AlterClientQuotasRequestEntryData { entity: vec![entity], ops: vec![op], ..d() };
        let response = rec.call(v, &AlterClientQuotasRequest { entries: vec![entry], ..d() });
        assert_eq!(response.entries[0].error_code, ErrorCode::NONE, "v{v}");
    }
    for v in versions::<DescribeClientQuotasRequest>() {
        let component = ComponentData { entity_type: user.clone(), match_type: 2, match_value: None, ..d() };
        let request = DescribeClientQuotasRequest { components: vec![component], ..d() };
        rec.call(v, &request);
    }
    let upsertion = ScramCredentialUpsertion {
        name: "bob".to_owned(),
        mechanism: 1,
        iterations: 4096,
        salt: Bytes::from_static(b"salt"),
        salted_password: Bytes::from_static(&[7; 32]),
        ..d()
    };
    let response = rec.call(0, &AlterUserScramCredentialsRequest { upsertions: vec![upsertion], ..d() });
    assert_eq!(response.results[0].error_code, ErrorCode::NONE);
    let request = DescribeUserScramCredentialsRequest { users: None, ..d() };
    assert_eq!(rec.call(0, &request).error_code, ErrorCode::NONE);
}

pub(super) fn partitions(rec: &mut Recorder) {
    for v in versions::<CreatePartitionsRequest>() {
        let topic = CreatePartitionsTopic {
            name: "c7".to_owned(),
            count: 3 + i32::from(v),
            assignments: None,
            ..d()
        };
        let response =
            rec.call(v, &CreatePartitionsRequest { topics: vec![topic], timeout_ms: 10_000, ..d() });
        assert_eq!(response.results[0].error_code, ErrorCode::NONE, "v{v}");
    }
    for v in versions::<ElectLeadersRequest>() {
        let topic = ElectLeadersTopicPartitions { topic: TOPIC.to_owned(), partitions: vec![0, 77], ..d() };
        let response = rec.call(v, &ElectLeadersRequest { topic_partitions: Some(vec![topic]), ..d() });
        assert_eq!(response.replica_election_results[0].partition_result.len(), 2, "v{v}");
    }
    for v in versions::<AlterPartitionReassignmentsRequest>() {
        let partition = ReassignablePartition { partition_index: 0, replicas: Some(vec![99]), ..d() };
        let topic = ReassignableTopic { name: TOPIC.to_owned(), partitions: vec![partition], ..d() };
        let response = rec.call(v, &AlterPartitionReassignmentsRequest { topics: vec![topic], ..d() });
        assert_eq!(response.responses.len(), 1, "v{v}");
    }
    assert_eq!(rec.call(0, &ListPartitionReassignmentsRequest::default()).error_code, ErrorCode::NONE);
}

pub(super) fn telemetry(rec: &mut Recorder) {
    let subscription = rec.call(0, &GetTelemetrySubscriptionsRequest::default());
    let request = PushTelemetryRequest {
        client_instance_id: subscription.client_instance_id,
        subscription_id: subscription.subscription_id,
        ..d()
    };
    rec.call(0, &request);
}

pub(super) fn deletions(rec: &mut Recorder) {
    for v in versions::<DeleteRecordsRequest>() {
        let partition = DeleteRecordsPartition { partition_index: 0, offset: 1 + i64::from(v), ..d() };
        let topic = DeleteRecordsTopic { name: TOPIC.to_owned(), partitions: vec![partition], ..d() };
        let response = rec.call(v, &DeleteRecordsRequest { topics: vec![topic], timeout_ms: 10_000, ..d() });
        assert_eq!(response.topics[0].partitions[0].low_watermark, 1 + i64::from(v));
    }
    for v in versions::<DeleteTopicsRequest>() {
        let names = [format!("c{}", v + 1), "none".to_owned()];
        let state = |name: &String| DeleteTopicState { name: Some(name.clone()), ..d() };
        let request = DeleteTopicsRequest {
            topic_names: if v < 6 { names.to_vec() } else { d() },
            topics: if v < 6 { d() } else { names.iter().map(state).collect() },
            timeout_ms: 10_000,
            ..d()
        };
        assert_eq!(rec.call(v, &request).responses.len(), 2, "v{v}");
    }
}

pub(super) fn sasl(rec: &mut Recorder, address: &str) {
    let handshake = SaslHandshakeRequest { mechanism: "PLAIN".to_owned() };
    for v in versions::<SaslHandshakeRequest>() {
        let mut other = Recorder::connect(address);
        assert_eq!(other.call(v, &handshake).error_code, ErrorCode::NONE, "v{v}");
        keep(rec, other);
    }
    for v in versions::<SaslAuthenticateRequest>() {
        let mut other = Recorder::connect(address);
        other.call(1, &handshake);
        let password = if v == 0 { "wrong" } else { "wonder" };
        let auth_bytes = Bytes::from(format!("\0alice\0{password}"));
        let response = other.call(v, &SaslAuthenticateRequest { auth_bytes, ..d() });
        let expected = if v == 0 { ErrorCode::SASL_AUTHENTICATION_FAILED } else { ErrorCode::NONE };
        assert_eq!(response.error_code, expected, "v{v}");
        keep(rec, other);
    }
}

fn keep(rec: &mut Recorder, other: Recorder) {
    for (api, frames) in other.saved {
        rec.saved.entry(api).or_default().extend(frames);
    }
}
