// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! A random value of each structure, as a version can carry it.

use kconnect_wire::messages::*;

use crate::seed::{Sample, Seed};

impl Sample for AddOffsetsToTxnRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            transactional_id: s.string(),
            producer_id: s.int(),
            producer_epoch: s.int() as i16,
            group_id: s.string(),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AddOffsetsToTxnResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AddPartitionsToTxnRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            transactions: if version >= 4 {
                s.list(|s| AddPartitionsToTxnTransaction::sample(s, version))
            } else {
                Vec::new()
            },
            v3_and_below_transactional_id: if version <= 3 { s.string() } else { String::new() },
            v3_and_below_producer_id: if version <= 3 { s.int() } else { 0 },
            v3_and_below_producer_epoch: if version <= 3 { s.int() as i16 } else { 0 },
            v3_and_below_topics: if version <= 3 {
                s.list(|s| AddPartitionsToTxnTopic::sample(s, version))
            } else {
                Vec::new()
            },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AddPartitionsToTxnTransaction {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            transactional_id: if version >= 4 { s.string() } else { String::new() },
            producer_id: if version >= 4 { s.int() } else { 0 },
            producer_epoch: if version >= 4 { s.int() as i16 } else { 0 },
            verify_only: if version >= 4 { s.bool() } else { false },
            topics: if version >= 4 {
                s.list(|s| AddPartitionsToTxnTopic::sample(s, version))
            } else {
                Vec::new()
            },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AddPartitionsToTxnTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| s.int() as i32),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AddPartitionsToTxnResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: if version >= 4 { s.error_code() } else { Default::default() },
            results_by_transaction: if version >= 4 {
                s.list(|s| AddPartitionsToTxnResult::sample(s, version))
            } else {
                Vec::new()
            },
            results_by_topic_v3_and_below: if version <= 3 {
                s.list(|s| AddPartitionsToTxnTopicResult::sample(s, version))
            } else {
                Vec::new()
            },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AddPartitionsToTxnResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            transactional_id: if version >= 4 { s.string() } else { String::new() },
            topic_results: if version >= 4 {
                s.list(|s| AddPartitionsToTxnTopicResult::sample(s, version))
            } else {
                Vec::new()
            },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AddPartitionsToTxnTopicResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            results_by_partition: s.list(|s| AddPartitionsToTxnPartitionResult::sample(s, version)),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AddPartitionsToTxnPartitionResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            partition_error_code: s.error_code(),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterClientQuotasRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            entries: s.list(|s| AlterClientQuotasRequestEntryData::sample(s, version)),
            validate_only: s.bool(),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterClientQuotasRequestEntryData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            entity: s.list(|s| AlterClientQuotasRequestEntityData::sample(s, version)),
            ops: s.list(|s| OpData::sample(s, version)),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterClientQuotasRequestEntityData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            entity_type: s.string(),
            entity_name: s.option(true, |s| s.string()),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OpData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            key: s.string(),
            value: s.f64(),
            remove: s.bool(),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterClientQuotasResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            entries: s.list(|s| AlterClientQuotasResponseEntryData::sample(s, version)),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterClientQuotasResponseEntryData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            entity: s.list(|s| AlterClientQuotasResponseEntityData::sample(s, version)),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterClientQuotasResponseEntityData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            entity_type: s.string(),
            entity_name: s.option(true, |s| s.string()),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterConfigsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resources: s.list(|s| AlterConfigsResource::sample(s, version)),
            validate_only: s.bool(),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterConfigsResource {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resource_type: s.int() as i8,
            resource_name: s.string(),
            configs: s.list(|s| AlterableConfig::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterableConfig {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            value: s.option(true, |s| s.string()),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterConfigsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            responses: s.list(|s| AlterConfigsResourceResponse::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterConfigsResourceResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            resource_type: s.int() as i8,
            resource_name: s.string(),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AlterPartitionReassignmentsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            timeout_ms: s.int() as i32,
            allow_replication_factor_change: if version >= 1 { s.bool() } else { true },
            topics: s.list(|s| ReassignableTopic::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ReassignableTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| ReassignablePartition::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ReassignablePartition {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            replicas: s.option(true, |s| s.list(|s| s.int() as i32)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for AlterPartitionReassignmentsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            allow_replication_factor_change: if version >= 1 { s.bool() } else { true },
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            responses: s.list(|s| ReassignableTopicResponse::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ReassignableTopicResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| ReassignablePartitionResponse::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ReassignablePartitionResponse {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for AlterUserScramCredentialsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            deletions: s.list(|s| ScramCredentialDeletion::sample(s, version)),
            upsertions: s.list(|s| ScramCredentialUpsertion::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ScramCredentialDeletion {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { name: s.string(), mechanism: s.int() as i8, unknown_tags: s.unknown_tags() }
    }
}

impl Sample for ScramCredentialUpsertion {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            name: s.string(),
            mechanism: s.int() as i8,
            iterations: s.int() as i32,
            salt: s.bytes(),
            salted_password: s.bytes(),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for AlterUserScramCredentialsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            results: s.list(|s| AlterUserScramCredentialsResult::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for AlterUserScramCredentialsResult {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            user: s.string(),
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ApiVersionsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            client_software_name: if version >= 3 { s.string() } else { String::new() },
            client_software_version: if version >= 3 { s.string() } else { String::new() },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ApiVersionsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            api_keys: s.list(|s| ApiVersion::sample(s, version)),
            throttle_time_ms: if version >= 1 { s.int() as i32 } else { 0 },
            supported_features: if version >= 3 {
                s.list(|s| SupportedFeatureKey::sample(s, version))
            } else {
                Vec::new()
            },
            finalized_features_epoch: if version >= 3 { s.int() } else { -1 },
            finalized_features: if version >= 3 {
                s.list(|s| FinalizedFeatureKey::sample(s, version))
            } else {
                Vec::new()
            },
            zk_migration_ready: if version >= 3 { s.bool() } else { false },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ApiVersion {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            api_key: s.int() as i16,
            min_version: s.int() as i16,
            max_version: s.int() as i16,
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for SupportedFeatureKey {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version >= 3 { s.string() } else { String::new() },
            min_version: if version >= 3 { s.int() as i16 } else { 0 },
            max_version: if version >= 3 { s.int() as i16 } else { 0 },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FinalizedFeatureKey {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version >= 3 { s.string() } else { String::new() },
            max_version_level: if version >= 3 { s.int() as i16 } else { 0 },
            min_version_level: if version >= 3 { s.int() as i16 } else { 0 },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ConsumerGroupDescribeRequest {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            group_ids: s.list(|s| s.string()),
            include_authorized_operations: s.bool(),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ConsumerGroupDescribeResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            groups: s.list(|s| ConsumerGroupDescribedGroup::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ConsumerGroupDescribedGroup {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            group_id: s.string(),
            group_state: s.string(),
            group_epoch: s.int() as i32,
            assignment_epoch: s.int() as i32,
            assignor_name: s.string(),
            members: s.list(|s| Member::sample(s, version)),
            authorized_operations: s.int() as i32,
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for Member {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            member_id: s.string(),
            instance_id: s.option(true, |s| s.string()),
            rack_id: s.option(true, |s| s.string()),
            member_epoch: s.int() as i32,
            client_id: s.string(),
            client_host: s.string(),
            subscribed_topic_names: s.list(|s| s.string()),
            subscribed_topic_regex: s.option(true, |s| s.string()),
            assignment: ConsumerGroupDescribeAssignment::sample(s, version),
            target_assignment: ConsumerGroupDescribeAssignment::sample(s, version),
            member_type: if version >= 1 { s.int() as i8 } else { -1 },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ConsumerGroupDescribeTopicPartitions {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            topic_id: s.uuid(),
            topic_name: s.string(),
            partitions: s.list(|s| s.int() as i32),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ConsumerGroupDescribeAssignment {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic_partitions: s.list(|s| ConsumerGroupDescribeTopicPartitions::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ConsumerGroupHeartbeatRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: s.string(),
            member_id: s.string(),
            member_epoch: s.int() as i32,
            instance_id: s.option(true, |s| s.string()),
            rack_id: s.option(true, |s| s.string()),
            rebalance_timeout_ms: s.int() as i32,
            subscribed_topic_names: s.option(true, |s| s.list(|s| s.string())),
            subscribed_topic_regex: if version >= 1 { s.option(version >= 1, |s| s.string()) } else { None },
            server_assignor: s.option(true, |s| s.string()),
            topic_partitions: s.option(true, |s| {
                s.list(|s| ConsumerGroupHeartbeatRequestTopicPartitions::sample(s, version))
            }),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ConsumerGroupHeartbeatRequestTopicPartitions {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { topic_id: s.uuid(), partitions: s.list(|s| s.int() as i32), unknown_tags: s.unknown_tags() }
    }
}

impl Sample for ConsumerGroupHeartbeatResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            member_id: s.option(true, |s| s.string()),
            member_epoch: s.int() as i32,
            heartbeat_interval_ms: s.int() as i32,
            assignment: s.option(true, |s| ConsumerGroupHeartbeatAssignment::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ConsumerGroupHeartbeatAssignment {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic_partitions: s.list(|s| ConsumerGroupHeartbeatResponseTopicPartitions::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ConsumerGroupHeartbeatResponseTopicPartitions {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { topic_id: s.uuid(), partitions: s.list(|s| s.int() as i32), unknown_tags: s.unknown_tags() }
    }
}

impl Sample for CreateAclsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            creations: s.list(|s| AclCreation::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AclCreation {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resource_type: s.int() as i8,
            resource_name: s.string(),
            resource_pattern_type: s.int() as i8,
            principal: s.string(),
            host: s.string(),
            operation: s.int() as i8,
            permission_type: s.int() as i8,
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreateAclsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            results: s.list(|s| AclCreationResult::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AclCreationResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreatePartitionsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topics: s.list(|s| CreatePartitionsTopic::sample(s, version)),
            timeout_ms: s.int() as i32,
            validate_only: s.bool(),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreatePartitionsTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            count: s.int() as i32,
            assignments: s.option(true, |s| s.list(|s| CreatePartitionsAssignment::sample(s, version))),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreatePartitionsAssignment {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            broker_ids: s.list(|s| s.int() as i32),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreatePartitionsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            results: s.list(|s| CreatePartitionsTopicResult::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreatePartitionsTopicResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreateTopicsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topics: s.list(|s| CreatableTopic::sample(s, version)),
            timeout_ms: s.int() as i32,
            validate_only: s.bool(),
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreatableTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            num_partitions: s.int() as i32,
            replication_factor: s.int() as i16,
            assignments: s.list(|s| CreatableReplicaAssignment::sample(s, version)),
            configs: s.list(|s| CreatableTopicConfig::sample(s, version)),
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreatableReplicaAssignment {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            broker_ids: s.list(|s| s.int() as i32),
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreatableTopicConfig {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            value: s.option(true, |s| s.string()),
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreateTopicsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            topics: s.list(|s| CreatableTopicResult::sample(s, version)),
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreatableTopicResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            topic_id: if version >= 7 { s.uuid() } else { Default::default() },
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            topic_config_error_code: if version >= 5 { s.error_code() } else { Default::default() },
            num_partitions: if version >= 5 { s.int() as i32 } else { -1 },
            replication_factor: if version >= 5 { s.int() as i16 } else { -1 },
            configs: if version >= 5 {
                s.option(version >= 5, |s| s.list(|s| CreatableTopicConfigs::sample(s, version)))
            } else {
                Some(Vec::new())
            },
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for CreatableTopicConfigs {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version >= 5 { s.string() } else { String::new() },
            value: if version >= 5 { s.option(version >= 5, |s| s.string()) } else { Some(String::new()) },
            read_only: if version >= 5 { s.bool() } else { false },
            config_source: if version >= 5 { s.int() as i8 } else { -1 },
            is_sensitive: if version >= 5 { s.bool() } else { false },
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteAclsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            filters: s.list(|s| DeleteAclsFilter::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteAclsFilter {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resource_type_filter: s.int() as i8,
            resource_name_filter: s.option(true, |s| s.string()),
            pattern_type_filter: s.int() as i8,
            principal_filter: s.option(true, |s| s.string()),
            host_filter: s.option(true, |s| s.string()),
            operation: s.int() as i8,
            permission_type: s.int() as i8,
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteAclsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            filter_results: s.list(|s| DeleteAclsFilterResult::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteAclsFilterResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            matching_acls: s.list(|s| DeleteAclsMatchingAcl::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteAclsMatchingAcl {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            resource_type: s.int() as i8,
            resource_name: s.string(),
            pattern_type: s.int() as i8,
            principal: s.string(),
            host: s.string(),
            operation: s.int() as i8,
            permission_type: s.int() as i8,
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteGroupsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            groups_names: s.list(|s| s.string()),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteGroupsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            results: s.list(|s| DeletableGroupResult::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeletableGroupResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: s.string(),
            error_code: s.error_code(),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteRecordsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topics: s.list(|s| DeleteRecordsTopic::sample(s, version)),
            timeout_ms: s.int() as i32,
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteRecordsTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| DeleteRecordsPartition::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteRecordsPartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            offset: s.int(),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteRecordsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            topics: s.list(|s| DeleteRecordsTopicResult::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteRecordsTopicResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| DeleteRecordsPartitionResult::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteRecordsPartitionResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            low_watermark: s.int(),
            error_code: s.error_code(),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteTopicsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topics: if version >= 6 { s.list(|s| DeleteTopicState::sample(s, version)) } else { Vec::new() },
            topic_names: if version <= 5 { s.list(|s| s.string()) } else { Vec::new() },
            timeout_ms: s.int() as i32,
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteTopicState {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version >= 6 { s.option(version >= 6, |s| s.string()) } else { None },
            topic_id: if version >= 6 { s.uuid() } else { Default::default() },
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeleteTopicsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            responses: s.list(|s| DeletableTopicResult::sample(s, version)),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DeletableTopicResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.option(version >= 6, |s| s.string()),
            topic_id: if version >= 6 { s.uuid() } else { Default::default() },
            error_code: s.error_code(),
            error_message: if version >= 5 { s.option(version >= 5, |s| s.string()) } else { None },
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeAclsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resource_type_filter: s.int() as i8,
            resource_name_filter: s.option(true, |s| s.string()),
            pattern_type_filter: s.int() as i8,
            principal_filter: s.option(true, |s| s.string()),
            host_filter: s.option(true, |s| s.string()),
            operation: s.int() as i8,
            permission_type: s.int() as i8,
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeAclsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            resources: s.list(|s| DescribeAclsResource::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeAclsResource {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resource_type: s.int() as i8,
            resource_name: s.string(),
            pattern_type: s.int() as i8,
            acls: s.list(|s| AclDescription::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AclDescription {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            principal: s.string(),
            host: s.string(),
            operation: s.int() as i8,
            permission_type: s.int() as i8,
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeClientQuotasRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            components: s.list(|s| ComponentData::sample(s, version)),
            strict: s.bool(),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ComponentData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            entity_type: s.string(),
            match_type: s.int() as i8,
            match_value: s.option(true, |s| s.string()),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeClientQuotasResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            entries: s.option(true, |s| s.list(|s| DescribeClientQuotasEntryData::sample(s, version))),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeClientQuotasEntryData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            entity: s.list(|s| DescribeClientQuotasEntityData::sample(s, version)),
            values: s.list(|s| ValueData::sample(s, version)),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeClientQuotasEntityData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            entity_type: s.string(),
            entity_name: s.option(true, |s| s.string()),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ValueData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            key: s.string(),
            value: s.f64(),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeClusterRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            include_cluster_authorized_operations: s.bool(),
            endpoint_type: if version >= 1 { s.int() as i8 } else { 1 },
            include_fenced_brokers: if version >= 2 { s.bool() } else { false },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeClusterResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            endpoint_type: if version >= 1 { s.int() as i8 } else { 1 },
            cluster_id: s.string(),
            controller_id: s.int() as i32,
            brokers: s.list(|s| DescribeClusterBroker::sample(s, version)),
            cluster_authorized_operations: s.int() as i32,
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeClusterBroker {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            broker_id: s.int() as i32,
            host: s.string(),
            port: s.int() as i32,
            rack: s.option(true, |s| s.string()),
            is_fenced: if version >= 2 { s.bool() } else { false },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeConfigsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resources: s.list(|s| DescribeConfigsResource::sample(s, version)),
            include_synonyms: s.bool(),
            include_documentation: if version >= 3 { s.bool() } else { false },
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeConfigsResource {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resource_type: s.int() as i8,
            resource_name: s.string(),
            configuration_keys: s.option(true, |s| s.list(|s| s.string())),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeConfigsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            results: s.list(|s| DescribeConfigsResult::sample(s, version)),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeConfigsResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            resource_type: s.int() as i8,
            resource_name: s.string(),
            configs: s.list(|s| DescribeConfigsResourceResult::sample(s, version)),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeConfigsResourceResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            value: s.option(true, |s| s.string()),
            read_only: s.bool(),
            config_source: s.int() as i8,
            is_sensitive: s.bool(),
            synonyms: s.list(|s| DescribeConfigsSynonym::sample(s, version)),
            config_type: if version >= 3 { s.int() as i8 } else { 0 },
            documentation: if version >= 3 { s.option(true, |s| s.string()) } else { Some(String::new()) },
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeConfigsSynonym {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            value: s.option(true, |s| s.string()),
            source: s.int() as i8,
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeGroupsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            groups: s.list(|s| s.string()),
            include_authorized_operations: if version >= 3 { s.bool() } else { false },
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeGroupsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { s.int() as i32 } else { 0 },
            groups: s.list(|s| DescribedGroup::sample(s, version)),
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribedGroup {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: if version >= 6 { s.option(version >= 6, |s| s.string()) } else { None },
            group_id: s.string(),
            group_state: s.string(),
            protocol_type: s.string(),
            protocol_data: s.string(),
            members: s.list(|s| DescribedGroupMember::sample(s, version)),
            authorized_operations: if version >= 3 { s.int() as i32 } else { i32::MIN },
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribedGroupMember {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            member_id: s.string(),
            group_instance_id: if version >= 4 { s.option(version >= 4, |s| s.string()) } else { None },
            client_id: s.string(),
            client_host: s.string(),
            member_metadata: s.bytes(),
            member_assignment: s.bytes(),
            unknown_tags: if version >= 5 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeLogDirsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topics: s.option(true, |s| s.list(|s| DescribableLogDirTopic::sample(s, version))),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribableLogDirTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic: s.string(),
            partitions: s.list(|s| s.int() as i32),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeLogDirsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: if version >= 3 { s.error_code() } else { Default::default() },
            results: s.list(|s| DescribeLogDirsResult::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeLogDirsResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            log_dir: s.string(),
            topics: s.list(|s| DescribeLogDirsTopic::sample(s, version)),
            total_bytes: if version >= 4 { s.int() } else { -1 },
            usable_bytes: if version >= 4 { s.int() } else { -1 },
            is_cordoned: if version >= 5 { s.bool() } else { false },
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeLogDirsTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| DescribeLogDirsPartition::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeLogDirsPartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            partition_size: s.int(),
            offset_lag: s.int(),
            is_future_key: s.bool(),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for DescribeProducersRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topics: s.list(|s| DescribeProducersTopicRequest::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeProducersTopicRequest {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            name: s.string(),
            partition_indexes: s.list(|s| s.int() as i32),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeProducersResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            topics: s.list(|s| TopicResponse::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for TopicResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| PartitionResponse::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for PartitionResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            active_producers: s.list(|s| ProducerState::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ProducerState {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            producer_id: s.int(),
            producer_epoch: s.int() as i32,
            last_sequence: s.int() as i32,
            last_timestamp: s.int(),
            coordinator_epoch: s.int() as i32,
            current_txn_start_offset: s.int(),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeQuorumRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topics: s.list(|s| DescribeQuorumRequestTopicData::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeQuorumRequestTopicData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic_name: s.string(),
            partitions: s.list(|s| DescribeQuorumRequestPartitionData::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeQuorumRequestPartitionData {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { partition_index: s.int() as i32, unknown_tags: s.unknown_tags() }
    }
}

impl Sample for DescribeQuorumResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: if version >= 2 {
                s.option(version >= 2, |s| s.string())
            } else {
                Some(String::new())
            },
            topics: s.list(|s| DescribeQuorumResponseTopicData::sample(s, version)),
            nodes: if version >= 2 { s.list(|s| Node::sample(s, version)) } else { Vec::new() },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeQuorumResponseTopicData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic_name: s.string(),
            partitions: s.list(|s| DescribeQuorumResponsePartitionData::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeQuorumResponsePartitionData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            error_code: s.error_code(),
            error_message: if version >= 2 {
                s.option(version >= 2, |s| s.string())
            } else {
                Some(String::new())
            },
            leader_id: s.int() as i32,
            leader_epoch: s.int() as i32,
            high_watermark: s.int(),
            current_voters: s.list(|s| DescribeQuorumReplicaState::sample(s, version)),
            observers: s.list(|s| DescribeQuorumReplicaState::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for Node {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            node_id: if version >= 2 { s.int() as i32 } else { 0 },
            listeners: if version >= 2 { s.list(|s| Listener::sample(s, version)) } else { Vec::new() },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for Listener {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version >= 2 { s.string() } else { String::new() },
            host: if version >= 2 { s.string() } else { String::new() },
            port: if version >= 2 { s.int() as u16 } else { 0 },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeQuorumReplicaState {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            replica_id: s.int() as i32,
            replica_directory_id: if version >= 2 { s.uuid() } else { Default::default() },
            log_end_offset: s.int(),
            last_fetch_timestamp: if version >= 1 { s.int() } else { -1 },
            last_caught_up_timestamp: if version >= 1 { s.int() } else { -1 },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeTopicPartitionsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topics: s.list(|s| DescribeTopicPartitionsTopicRequest::sample(s, version)),
            response_partition_limit: s.int() as i32,
            cursor: s.option(true, |s| DescribeTopicPartitionsRequestCursor::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeTopicPartitionsTopicRequest {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { name: s.string(), unknown_tags: s.unknown_tags() }
    }
}

impl Sample for DescribeTopicPartitionsRequestCursor {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { topic_name: s.string(), partition_index: s.int() as i32, unknown_tags: s.unknown_tags() }
    }
}

impl Sample for DescribeTopicPartitionsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            topics: s.list(|s| DescribeTopicPartitionsResponseTopic::sample(s, version)),
            next_cursor: s.option(true, |s| DescribeTopicPartitionsResponseCursor::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeTopicPartitionsResponseTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            name: s.option(true, |s| s.string()),
            topic_id: s.uuid(),
            is_internal: s.bool(),
            partitions: s.list(|s| DescribeTopicPartitionsResponsePartition::sample(s, version)),
            topic_authorized_operations: s.int() as i32,
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeTopicPartitionsResponsePartition {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            partition_index: s.int() as i32,
            leader_id: s.int() as i32,
            leader_epoch: s.int() as i32,
            replica_nodes: s.list(|s| s.int() as i32),
            isr_nodes: s.list(|s| s.int() as i32),
            eligible_leader_replicas: s.option(true, |s| s.list(|s| s.int() as i32)),
            last_known_elr: s.option(true, |s| s.list(|s| s.int() as i32)),
            offline_replicas: s.list(|s| s.int() as i32),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeTopicPartitionsResponseCursor {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { topic_name: s.string(), partition_index: s.int() as i32, unknown_tags: s.unknown_tags() }
    }
}

impl Sample for DescribeTransactionsRequest {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { transactional_ids: s.list(|s| s.string()), unknown_tags: s.unknown_tags() }
    }
}

impl Sample for DescribeTransactionsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            transaction_states: s.list(|s| DescribedTransactionState::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribedTransactionState {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            transactional_id: s.string(),
            transaction_state: s.string(),
            transaction_timeout_ms: s.int() as i32,
            transaction_start_time_ms: s.int(),
            producer_id: s.int(),
            producer_epoch: s.int() as i16,
            topics: s.list(|s| DescribeTransactionsTopicData::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeTransactionsTopicData {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { topic: s.string(), partitions: s.list(|s| s.int() as i32), unknown_tags: s.unknown_tags() }
    }
}

impl Sample for DescribeUserScramCredentialsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            users: s.option(true, |s| s.list(|s| UserName::sample(s, version))),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for UserName {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { name: s.string(), unknown_tags: s.unknown_tags() }
    }
}

impl Sample for DescribeUserScramCredentialsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            results: s.list(|s| DescribeUserScramCredentialsResult::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for DescribeUserScramCredentialsResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            user: s.string(),
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            credential_infos: s.list(|s| CredentialInfo::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for CredentialInfo {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { mechanism: s.int() as i8, iterations: s.int() as i32, unknown_tags: s.unknown_tags() }
    }
}

impl Sample for ElectLeadersRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            election_type: if version >= 1 { s.int() as i8 } else { 0 },
            topic_partitions: s.option(true, |s| s.list(|s| ElectLeadersTopicPartitions::sample(s, version))),
            timeout_ms: s.int() as i32,
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ElectLeadersTopicPartitions {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic: s.string(),
            partitions: s.list(|s| s.int() as i32),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ElectLeadersResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: if version >= 1 { s.error_code() } else { Default::default() },
            replica_election_results: s.list(|s| ReplicaElectionResult::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ReplicaElectionResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic: s.string(),
            partition_result: s.list(|s| PartitionResult::sample(s, version)),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for PartitionResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_id: s.int() as i32,
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for EndTxnRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            transactional_id: s.string(),
            producer_id: s.int(),
            producer_epoch: s.int() as i16,
            committed: s.bool(),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for EndTxnResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            producer_id: if version >= 5 { s.int() } else { -1 },
            producer_epoch: if version >= 5 { s.int() as i16 } else { -1 },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FetchRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            cluster_id: if version >= 12 { s.option(version >= 12, |s| s.string()) } else { None },
            replica_id: if version <= 14 { s.int() as i32 } else { -1 },
            replica_state: if version >= 15 {
                FetchReplicaState::sample(s, version)
            } else {
                FetchReplicaState::default()
            },
            max_wait_ms: s.int() as i32,
            min_bytes: s.int() as i32,
            max_bytes: s.int() as i32,
            isolation_level: s.int() as i8,
            session_id: if version >= 7 { s.int() as i32 } else { 0 },
            session_epoch: if version >= 7 { s.int() as i32 } else { -1 },
            topics: s.list(|s| FetchTopic::sample(s, version)),
            forgotten_topics_data: if version >= 7 {
                s.list(|s| ForgottenTopic::sample(s, version))
            } else {
                Vec::new()
            },
            rack_id: if version >= 11 { s.string() } else { String::new() },
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FetchReplicaState {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            replica_id: if version >= 15 { s.int() as i32 } else { -1 },
            replica_epoch: if version >= 15 { s.int() } else { -1 },
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FetchTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic: if version <= 12 { s.string() } else { String::new() },
            topic_id: if version >= 13 { s.uuid() } else { Default::default() },
            partitions: s.list(|s| FetchPartition::sample(s, version)),
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FetchPartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition: s.int() as i32,
            current_leader_epoch: if version >= 9 { s.int() as i32 } else { -1 },
            fetch_offset: s.int(),
            last_fetched_epoch: if version >= 12 { s.int() as i32 } else { -1 },
            log_start_offset: if version >= 5 { s.int() } else { -1 },
            partition_max_bytes: s.int() as i32,
            replica_directory_id: if version >= 17 { s.uuid() } else { Default::default() },
            high_watermark: if version >= 18 { s.int() } else { i64::MAX },
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ForgottenTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic: if (7..=12).contains(&version) { s.string() } else { String::new() },
            topic_id: if version >= 13 { s.uuid() } else { Default::default() },
            partitions: if version >= 7 { s.list(|s| s.int() as i32) } else { Vec::new() },
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FetchResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: if version >= 7 { s.error_code() } else { Default::default() },
            session_id: if version >= 7 { s.int() as i32 } else { 0 },
            responses: s.list(|s| FetchableTopicResponse::sample(s, version)),
            node_endpoints: if version >= 16 {
                s.list(|s| FetchNodeEndpoint::sample(s, version))
            } else {
                Vec::new()
            },
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FetchableTopicResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic: if version <= 12 { s.string() } else { String::new() },
            topic_id: if version >= 13 { s.uuid() } else { Default::default() },
            partitions: s.list(|s| FetchPartitionData::sample(s, version)),
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FetchPartitionData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            error_code: s.error_code(),
            high_watermark: s.int(),
            last_stable_offset: s.int(),
            log_start_offset: if version >= 5 { s.int() } else { -1 },
            diverging_epoch: if version >= 12 {
                FetchEpochEndOffset::sample(s, version)
            } else {
                FetchEpochEndOffset::default()
            },
            current_leader: if version >= 12 {
                FetchLeaderIdAndEpoch::sample(s, version)
            } else {
                FetchLeaderIdAndEpoch::default()
            },
            snapshot_id: if version >= 12 { SnapshotId::sample(s, version) } else { SnapshotId::default() },
            aborted_transactions: s.option(true, |s| s.list(|s| AbortedTransaction::sample(s, version))),
            preferred_read_replica: if version >= 11 { s.int() as i32 } else { -1 },
            records: s.option(true, |s| s.bytes()),
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FetchEpochEndOffset {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            epoch: if version >= 12 { s.int() as i32 } else { -1 },
            end_offset: if version >= 12 { s.int() } else { -1 },
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FetchLeaderIdAndEpoch {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            leader_id: if version >= 12 { s.int() as i32 } else { -1 },
            leader_epoch: if version >= 12 { s.int() as i32 } else { -1 },
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for SnapshotId {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            end_offset: s.int(),
            epoch: s.int() as i32,
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for AbortedTransaction {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            producer_id: s.int(),
            first_offset: s.int(),
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FetchNodeEndpoint {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            node_id: if version >= 16 { s.int() as i32 } else { 0 },
            host: if version >= 16 { s.string() } else { String::new() },
            port: if version >= 16 { s.int() as i32 } else { 0 },
            rack: if version >= 16 { s.option(version >= 16, |s| s.string()) } else { None },
            unknown_tags: if version >= 12 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FindCoordinatorRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            key: if version <= 3 { s.string() } else { String::new() },
            key_type: if version >= 1 { s.int() as i8 } else { 0 },
            coordinator_keys: if version >= 4 { s.list(|s| s.string()) } else { Vec::new() },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for FindCoordinatorResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { s.int() as i32 } else { 0 },
            error_code: if version <= 3 { s.error_code() } else { Default::default() },
            error_message: if (1..=3).contains(&version) {
                s.option((1..=3).contains(&version), |s| s.string())
            } else {
                Some(String::new())
            },
            node_id: if version <= 3 { s.int() as i32 } else { 0 },
            host: if version <= 3 { s.string() } else { String::new() },
            port: if version <= 3 { s.int() as i32 } else { 0 },
            coordinators: if version >= 4 { s.list(|s| Coordinator::sample(s, version)) } else { Vec::new() },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for Coordinator {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            key: if version >= 4 { s.string() } else { String::new() },
            node_id: if version >= 4 { s.int() as i32 } else { 0 },
            host: if version >= 4 { s.string() } else { String::new() },
            port: if version >= 4 { s.int() as i32 } else { 0 },
            error_code: if version >= 4 { s.error_code() } else { Default::default() },
            error_message: if version >= 4 {
                s.option(version >= 4, |s| s.string())
            } else {
                Some(String::new())
            },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for GetTelemetrySubscriptionsRequest {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { client_instance_id: s.uuid(), unknown_tags: s.unknown_tags() }
    }
}

impl Sample for GetTelemetrySubscriptionsResponse {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            client_instance_id: s.uuid(),
            subscription_id: s.int() as i32,
            accepted_compression_types: s.list(|s| s.int() as i8),
            push_interval_ms: s.int() as i32,
            telemetry_max_bytes: s.int() as i32,
            delta_temporality: s.bool(),
            requested_metrics: s.list(|s| s.string()),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for HeartbeatRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: s.string(),
            generation_id: s.int() as i32,
            member_id: s.string(),
            group_instance_id: if version >= 3 { s.option(version >= 3, |s| s.string()) } else { None },
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for HeartbeatResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { s.int() as i32 } else { 0 },
            error_code: s.error_code(),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for IncrementalAlterConfigsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resources: s.list(|s| IncrementalAlterConfigsResource::sample(s, version)),
            validate_only: s.bool(),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for IncrementalAlterConfigsResource {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resource_type: s.int() as i8,
            resource_name: s.string(),
            configs: s.list(|s| IncrementalAlterableConfig::sample(s, version)),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for IncrementalAlterableConfig {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            config_operation: s.int() as i8,
            value: s.option(true, |s| s.string()),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for IncrementalAlterConfigsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            responses: s.list(|s| IncrementalAlterConfigsResourceResponse::sample(s, version)),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for IncrementalAlterConfigsResourceResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            resource_type: s.int() as i8,
            resource_name: s.string(),
            unknown_tags: if version >= 1 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for InitProducerIdRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            transactional_id: s.option(true, |s| s.string()),
            transaction_timeout_ms: s.int() as i32,
            producer_id: if version >= 3 { s.int() } else { -1 },
            producer_epoch: if version >= 3 { s.int() as i16 } else { -1 },
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for InitProducerIdResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            producer_id: s.int(),
            producer_epoch: s.int() as i16,
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for JoinGroupRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: s.string(),
            session_timeout_ms: s.int() as i32,
            rebalance_timeout_ms: if version >= 1 { s.int() as i32 } else { -1 },
            member_id: s.string(),
            group_instance_id: if version >= 5 { s.option(version >= 5, |s| s.string()) } else { None },
            protocol_type: s.string(),
            protocols: s.list(|s| JoinGroupRequestProtocol::sample(s, version)),
            reason: if version >= 8 { s.option(version >= 8, |s| s.string()) } else { None },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for JoinGroupRequestProtocol {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            metadata: s.bytes(),
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for JoinGroupResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 2 { s.int() as i32 } else { 0 },
            error_code: s.error_code(),
            generation_id: s.int() as i32,
            protocol_type: if version >= 7 { s.option(version >= 7, |s| s.string()) } else { None },
            protocol_name: s.option(version >= 7, |s| s.string()),
            leader: s.string(),
            skip_assignment: if version >= 9 { s.bool() } else { false },
            member_id: s.string(),
            members: s.list(|s| JoinGroupResponseMember::sample(s, version)),
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for JoinGroupResponseMember {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            member_id: s.string(),
            group_instance_id: if version >= 5 { s.option(version >= 5, |s| s.string()) } else { None },
            metadata: s.bytes(),
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for LeaveGroupRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: s.string(),
            member_id: if version <= 2 { s.string() } else { String::new() },
            members: if version >= 3 { s.list(|s| MemberIdentity::sample(s, version)) } else { Vec::new() },
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for MemberIdentity {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            member_id: if version >= 3 { s.string() } else { String::new() },
            group_instance_id: if version >= 3 { s.option(version >= 3, |s| s.string()) } else { None },
            reason: if version >= 5 { s.option(version >= 5, |s| s.string()) } else { None },
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for LeaveGroupResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { s.int() as i32 } else { 0 },
            error_code: s.error_code(),
            members: if version >= 3 { s.list(|s| MemberResponse::sample(s, version)) } else { Vec::new() },
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for MemberResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            member_id: if version >= 3 { s.string() } else { String::new() },
            group_instance_id: if version >= 3 {
                s.option(version >= 3, |s| s.string())
            } else {
                Some(String::new())
            },
            error_code: if version >= 3 { s.error_code() } else { Default::default() },
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ListConfigResourcesRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resource_types: if version >= 1 { s.list(|s| s.int() as i8) } else { Vec::new() },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ListConfigResourcesResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            config_resources: s.list(|s| ConfigResource::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ConfigResource {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            resource_name: s.string(),
            resource_type: if version >= 1 { s.int() as i8 } else { 16 },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ListGroupsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            states_filter: if version >= 4 { s.list(|s| s.string()) } else { Vec::new() },
            types_filter: if version >= 5 { s.list(|s| s.string()) } else { Vec::new() },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ListGroupsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { s.int() as i32 } else { 0 },
            error_code: s.error_code(),
            groups: s.list(|s| ListedGroup::sample(s, version)),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ListedGroup {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: s.string(),
            protocol_type: s.string(),
            group_state: if version >= 4 { s.string() } else { String::new() },
            group_type: if version >= 5 { s.string() } else { String::new() },
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ListOffsetsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            replica_id: s.int() as i32,
            isolation_level: if version >= 2 { s.int() as i8 } else { 0 },
            topics: s.list(|s| ListOffsetsTopic::sample(s, version)),
            timeout_ms: if version >= 10 { s.int() as i32 } else { 0 },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ListOffsetsTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| ListOffsetsPartition::sample(s, version)),
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ListOffsetsPartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            current_leader_epoch: if version >= 4 { s.int() as i32 } else { -1 },
            timestamp: s.int(),
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ListOffsetsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 2 { s.int() as i32 } else { 0 },
            topics: s.list(|s| ListOffsetsTopicResponse::sample(s, version)),
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ListOffsetsTopicResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| ListOffsetsPartitionResponse::sample(s, version)),
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ListOffsetsPartitionResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            error_code: s.error_code(),
            timestamp: s.int(),
            offset: s.int(),
            leader_epoch: if version >= 4 { s.int() as i32 } else { -1 },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ListPartitionReassignmentsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            timeout_ms: s.int() as i32,
            topics: s.option(true, |s| s.list(|s| ListPartitionReassignmentsTopics::sample(s, version))),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ListPartitionReassignmentsTopics {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            name: s.string(),
            partition_indexes: s.list(|s| s.int() as i32),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ListPartitionReassignmentsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            topics: s.list(|s| OngoingTopicReassignment::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for OngoingTopicReassignment {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| OngoingPartitionReassignment::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for OngoingPartitionReassignment {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            replicas: s.list(|s| s.int() as i32),
            adding_replicas: s.list(|s| s.int() as i32),
            removing_replicas: s.list(|s| s.int() as i32),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ListTransactionsRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            state_filters: s.list(|s| s.string()),
            producer_id_filters: s.list(|s| s.int()),
            duration_filter: if version >= 1 { s.int() } else { -1 },
            transactional_id_pattern: if version >= 2 {
                s.option(version >= 2, |s| s.string())
            } else {
                None
            },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ListTransactionsResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            unknown_state_filters: s.list(|s| s.string()),
            transaction_states: s.list(|s| ListedTransactionState::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for ListedTransactionState {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            transactional_id: s.string(),
            producer_id: s.int(),
            transaction_state: s.string(),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for MetadataRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topics: s.option(version >= 1, |s| s.list(|s| MetadataRequestTopic::sample(s, version))),
            allow_auto_topic_creation: if version >= 4 { s.bool() } else { true },
            include_cluster_authorized_operations: if (8..=10).contains(&version) { s.bool() } else { false },
            include_topic_authorized_operations: if version >= 8 { s.bool() } else { false },
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for MetadataRequestTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic_id: if version >= 10 { s.uuid() } else { Default::default() },
            name: s.option(version >= 10, |s| s.string()),
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for MetadataResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 3 { s.int() as i32 } else { 0 },
            brokers: s.list(|s| MetadataResponseBroker::sample(s, version)),
            cluster_id: if version >= 2 { s.option(version >= 2, |s| s.string()) } else { None },
            controller_id: if version >= 1 { s.int() as i32 } else { -1 },
            topics: s.list(|s| MetadataResponseTopic::sample(s, version)),
            cluster_authorized_operations: if (8..=10).contains(&version) {
                s.int() as i32
            } else {
                i32::MIN
            },
            error_code: if version >= 13 { s.error_code() } else { Default::default() },
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for MetadataResponseBroker {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            node_id: s.int() as i32,
            host: s.string(),
            port: s.int() as i32,
            rack: if version >= 1 { s.option(version >= 1, |s| s.string()) } else { None },
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for MetadataResponseTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            name: s.option(version >= 12, |s| s.string()),
            topic_id: if version >= 10 { s.uuid() } else { Default::default() },
            is_internal: if version >= 1 { s.bool() } else { false },
            partitions: s.list(|s| MetadataResponsePartition::sample(s, version)),
            topic_authorized_operations: if version >= 8 { s.int() as i32 } else { i32::MIN },
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for MetadataResponsePartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            partition_index: s.int() as i32,
            leader_id: s.int() as i32,
            leader_epoch: if version >= 7 { s.int() as i32 } else { -1 },
            replica_nodes: s.list(|s| s.int() as i32),
            isr_nodes: s.list(|s| s.int() as i32),
            offline_replicas: if version >= 5 { s.list(|s| s.int() as i32) } else { Vec::new() },
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetCommitRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: s.string(),
            generation_id_or_member_epoch: s.int() as i32,
            member_id: s.string(),
            group_instance_id: if version >= 7 { s.option(version >= 7, |s| s.string()) } else { None },
            retention_time_ms: if version <= 4 { s.int() } else { -1 },
            topics: s.list(|s| OffsetCommitRequestTopic::sample(s, version)),
            unknown_tags: if version >= 8 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetCommitRequestTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version <= 9 { s.string() } else { String::new() },
            topic_id: if version >= 10 { s.uuid() } else { Default::default() },
            partitions: s.list(|s| OffsetCommitRequestPartition::sample(s, version)),
            unknown_tags: if version >= 8 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetCommitRequestPartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            committed_offset: s.int(),
            committed_leader_epoch: if version >= 6 { s.int() as i32 } else { -1 },
            committed_metadata: s.option(true, |s| s.string()),
            unknown_tags: if version >= 8 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetCommitResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 3 { s.int() as i32 } else { 0 },
            topics: s.list(|s| OffsetCommitResponseTopic::sample(s, version)),
            unknown_tags: if version >= 8 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetCommitResponseTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version <= 9 { s.string() } else { String::new() },
            topic_id: if version >= 10 { s.uuid() } else { Default::default() },
            partitions: s.list(|s| OffsetCommitResponsePartition::sample(s, version)),
            unknown_tags: if version >= 8 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetCommitResponsePartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            error_code: s.error_code(),
            unknown_tags: if version >= 8 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetDeleteRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self { group_id: s.string(), topics: s.list(|s| OffsetDeleteRequestTopic::sample(s, version)) }
    }
}

impl Sample for OffsetDeleteRequestTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self { name: s.string(), partitions: s.list(|s| OffsetDeleteRequestPartition::sample(s, version)) }
    }
}

impl Sample for OffsetDeleteRequestPartition {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { partition_index: s.int() as i32 }
    }
}

impl Sample for OffsetDeleteResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            throttle_time_ms: s.int() as i32,
            topics: s.list(|s| OffsetDeleteResponseTopic::sample(s, version)),
        }
    }
}

impl Sample for OffsetDeleteResponseTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self { name: s.string(), partitions: s.list(|s| OffsetDeleteResponsePartition::sample(s, version)) }
    }
}

impl Sample for OffsetDeleteResponsePartition {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { partition_index: s.int() as i32, error_code: s.error_code() }
    }
}

impl Sample for OffsetFetchRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: if version <= 7 { s.string() } else { String::new() },
            topics: if version <= 7 {
                s.option((2..=7).contains(&version), |s| {
                    s.list(|s| OffsetFetchRequestTopic::sample(s, version))
                })
            } else {
                Some(Vec::new())
            },
            groups: if version >= 8 {
                s.list(|s| OffsetFetchRequestGroup::sample(s, version))
            } else {
                Vec::new()
            },
            require_stable: if version >= 7 { s.bool() } else { false },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetFetchRequestTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version <= 7 { s.string() } else { String::new() },
            partition_indexes: if version <= 7 { s.list(|s| s.int() as i32) } else { Vec::new() },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetFetchRequestGroup {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: if version >= 8 { s.string() } else { String::new() },
            member_id: if version >= 9 { s.option(version >= 9, |s| s.string()) } else { None },
            member_epoch: if version >= 9 { s.int() as i32 } else { -1 },
            topics: if version >= 8 {
                s.option(version >= 8, |s| s.list(|s| OffsetFetchRequestTopics::sample(s, version)))
            } else {
                Some(Vec::new())
            },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetFetchRequestTopics {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if (8..=9).contains(&version) { s.string() } else { String::new() },
            topic_id: if version >= 10 { s.uuid() } else { Default::default() },
            partition_indexes: if version >= 8 { s.list(|s| s.int() as i32) } else { Vec::new() },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetFetchResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 3 { s.int() as i32 } else { 0 },
            topics: if version <= 7 {
                s.list(|s| OffsetFetchResponseTopic::sample(s, version))
            } else {
                Vec::new()
            },
            error_code: if (2..=7).contains(&version) { s.error_code() } else { Default::default() },
            groups: if version >= 8 {
                s.list(|s| OffsetFetchResponseGroup::sample(s, version))
            } else {
                Vec::new()
            },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetFetchResponseTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version <= 7 { s.string() } else { String::new() },
            partitions: if version <= 7 {
                s.list(|s| OffsetFetchResponsePartition::sample(s, version))
            } else {
                Vec::new()
            },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetFetchResponsePartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: if version <= 7 { s.int() as i32 } else { 0 },
            committed_offset: if version <= 7 { s.int() } else { 0 },
            committed_leader_epoch: if (5..=7).contains(&version) { s.int() as i32 } else { -1 },
            metadata: if version <= 7 { s.option(version <= 7, |s| s.string()) } else { Some(String::new()) },
            error_code: if version <= 7 { s.error_code() } else { Default::default() },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetFetchResponseGroup {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: if version >= 8 { s.string() } else { String::new() },
            topics: if version >= 8 {
                s.list(|s| OffsetFetchResponseTopics::sample(s, version))
            } else {
                Vec::new()
            },
            error_code: if version >= 8 { s.error_code() } else { Default::default() },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetFetchResponseTopics {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if (8..=9).contains(&version) { s.string() } else { String::new() },
            topic_id: if version >= 10 { s.uuid() } else { Default::default() },
            partitions: if version >= 8 {
                s.list(|s| OffsetFetchResponsePartitions::sample(s, version))
            } else {
                Vec::new()
            },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetFetchResponsePartitions {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: if version >= 8 { s.int() as i32 } else { 0 },
            committed_offset: if version >= 8 { s.int() } else { 0 },
            committed_leader_epoch: if version >= 8 { s.int() as i32 } else { -1 },
            metadata: if version >= 8 { s.option(version >= 8, |s| s.string()) } else { Some(String::new()) },
            error_code: if version >= 8 { s.error_code() } else { Default::default() },
            unknown_tags: if version >= 6 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetForLeaderEpochRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            replica_id: if version >= 3 { s.int() as i32 } else { -2 },
            topics: s.list(|s| OffsetForLeaderTopic::sample(s, version)),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetForLeaderTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic: s.string(),
            partitions: s.list(|s| OffsetForLeaderPartition::sample(s, version)),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetForLeaderPartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition: s.int() as i32,
            current_leader_epoch: s.int() as i32,
            leader_epoch: s.int() as i32,
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetForLeaderEpochResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            topics: s.list(|s| OffsetForLeaderTopicResult::sample(s, version)),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for OffsetForLeaderTopicResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            topic: s.string(),
            partitions: s.list(|s| EpochEndOffset::sample(s, version)),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for EpochEndOffset {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            partition: s.int() as i32,
            leader_epoch: s.int() as i32,
            end_offset: s.int(),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ProduceRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            transactional_id: s.option(true, |s| s.string()),
            acks: s.int() as i16,
            timeout_ms: s.int() as i32,
            topic_data: s.list(|s| TopicProduceData::sample(s, version)),
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for TopicProduceData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version <= 12 { s.string() } else { String::new() },
            topic_id: if version >= 13 { s.uuid() } else { Default::default() },
            partition_data: s.list(|s| PartitionProduceData::sample(s, version)),
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for PartitionProduceData {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            index: s.int() as i32,
            records: s.option(true, |s| s.bytes()),
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ProduceResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            responses: s.list(|s| TopicProduceResponse::sample(s, version)),
            throttle_time_ms: s.int() as i32,
            node_endpoints: if version >= 10 {
                s.list(|s| ProduceNodeEndpoint::sample(s, version))
            } else {
                Vec::new()
            },
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for TopicProduceResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: if version <= 12 { s.string() } else { String::new() },
            topic_id: if version >= 13 { s.uuid() } else { Default::default() },
            partition_responses: s.list(|s| PartitionProduceResponse::sample(s, version)),
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for PartitionProduceResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            index: s.int() as i32,
            error_code: s.error_code(),
            base_offset: s.int(),
            log_append_time_ms: s.int(),
            log_start_offset: if version >= 5 { s.int() } else { -1 },
            record_errors: if version >= 8 {
                s.list(|s| BatchIndexAndErrorMessage::sample(s, version))
            } else {
                Vec::new()
            },
            error_message: if version >= 8 { s.option(version >= 8, |s| s.string()) } else { None },
            current_leader: if version >= 10 {
                ProduceLeaderIdAndEpoch::sample(s, version)
            } else {
                ProduceLeaderIdAndEpoch::default()
            },
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for BatchIndexAndErrorMessage {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            batch_index: if version >= 8 { s.int() as i32 } else { 0 },
            batch_index_error_message: if version >= 8 {
                s.option(version >= 8, |s| s.string())
            } else {
                None
            },
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ProduceLeaderIdAndEpoch {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            leader_id: if version >= 10 { s.int() as i32 } else { -1 },
            leader_epoch: if version >= 10 { s.int() as i32 } else { -1 },
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for ProduceNodeEndpoint {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            node_id: if version >= 10 { s.int() as i32 } else { 0 },
            host: if version >= 10 { s.string() } else { String::new() },
            port: if version >= 10 { s.int() as i32 } else { 0 },
            rack: if version >= 10 { s.option(version >= 10, |s| s.string()) } else { None },
            unknown_tags: if version >= 9 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for PushTelemetryRequest {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            client_instance_id: s.uuid(),
            subscription_id: s.int() as i32,
            terminating: s.bool(),
            compression_type: s.int() as i8,
            metrics: s.bytes(),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for PushTelemetryResponse {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { throttle_time_ms: s.int() as i32, error_code: s.error_code(), unknown_tags: s.unknown_tags() }
    }
}

impl Sample for SaslAuthenticateRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            auth_bytes: s.bytes(),
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for SaslAuthenticateResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            auth_bytes: s.bytes(),
            session_lifetime_ms: if version >= 1 { s.int() } else { 0 },
            unknown_tags: if version >= 2 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for SaslHandshakeRequest {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { mechanism: s.string() }
    }
}

impl Sample for SaslHandshakeResponse {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { error_code: s.error_code(), mechanisms: s.list(|s| s.string()) }
    }
}

impl Sample for SyncGroupRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            group_id: s.string(),
            generation_id: s.int() as i32,
            member_id: s.string(),
            group_instance_id: if version >= 3 { s.option(version >= 3, |s| s.string()) } else { None },
            protocol_type: if version >= 5 { s.option(version >= 5, |s| s.string()) } else { None },
            protocol_name: if version >= 5 { s.option(version >= 5, |s| s.string()) } else { None },
            assignments: s.list(|s| SyncGroupRequestAssignment::sample(s, version)),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for SyncGroupRequestAssignment {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            member_id: s.string(),
            assignment: s.bytes(),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for SyncGroupResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: if version >= 1 { s.int() as i32 } else { 0 },
            error_code: s.error_code(),
            protocol_type: if version >= 5 { s.option(version >= 5, |s| s.string()) } else { None },
            protocol_name: if version >= 5 { s.option(version >= 5, |s| s.string()) } else { None },
            assignment: s.bytes(),
            unknown_tags: if version >= 4 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for TxnOffsetCommitRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            transactional_id: s.string(),
            group_id: s.string(),
            producer_id: s.int(),
            producer_epoch: s.int() as i16,
            generation_id: if version >= 3 { s.int() as i32 } else { -1 },
            member_id: if version >= 3 { s.string() } else { String::new() },
            group_instance_id: if version >= 3 { s.option(version >= 3, |s| s.string()) } else { None },
            topics: s.list(|s| TxnOffsetCommitRequestTopic::sample(s, version)),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for TxnOffsetCommitRequestTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| TxnOffsetCommitRequestPartition::sample(s, version)),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for TxnOffsetCommitRequestPartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            committed_offset: s.int(),
            committed_leader_epoch: if version >= 2 { s.int() as i32 } else { -1 },
            committed_metadata: s.option(true, |s| s.string()),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for TxnOffsetCommitResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            topics: s.list(|s| TxnOffsetCommitResponseTopic::sample(s, version)),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for TxnOffsetCommitResponseTopic {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| TxnOffsetCommitResponsePartition::sample(s, version)),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for TxnOffsetCommitResponsePartition {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            partition_index: s.int() as i32,
            error_code: s.error_code(),
            unknown_tags: if version >= 3 { s.unknown_tags() } else { Default::default() },
        }
    }
}

impl Sample for UpdateFeaturesRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            timeout_ms: s.int() as i32,
            feature_updates: s.list(|s| FeatureUpdateKey::sample(s, version)),
            validate_only: if version >= 1 { s.bool() } else { false },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for FeatureUpdateKey {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            feature: s.string(),
            max_version_level: s.int() as i16,
            allow_downgrade: if version <= 0 { s.bool() } else { false },
            upgrade_type: if version >= 1 { s.int() as i8 } else { 1 },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for UpdateFeaturesResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            throttle_time_ms: s.int() as i32,
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            results: if version <= 1 {
                s.list(|s| UpdatableFeatureResult::sample(s, version))
            } else {
                Vec::new()
            },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for UpdatableFeatureResult {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            feature: s.string(),
            error_code: s.error_code(),
            error_message: s.option(true, |s| s.string()),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for WriteTxnMarkersRequest {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self { markers: s.list(|s| WritableTxnMarker::sample(s, version)), unknown_tags: s.unknown_tags() }
    }
}

impl Sample for WritableTxnMarker {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            producer_id: s.int(),
            producer_epoch: s.int() as i16,
            transaction_result: s.bool(),
            topics: s.list(|s| WritableTxnMarkerTopic::sample(s, version)),
            coordinator_epoch: s.int() as i32,
            transaction_version: if version >= 2 { s.int() as i8 } else { 0 },
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for WritableTxnMarkerTopic {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self {
            name: s.string(),
            partition_indexes: s.list(|s| s.int() as i32),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for WriteTxnMarkersResponse {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            markers: s.list(|s| WritableTxnMarkerResult::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for WritableTxnMarkerResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            producer_id: s.int(),
            topics: s.list(|s| WritableTxnMarkerTopicResult::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for WritableTxnMarkerTopicResult {
    fn sample(s: &mut Seed, version: i16) -> Self {
        Self {
            name: s.string(),
            partitions: s.list(|s| WritableTxnMarkerPartitionResult::sample(s, version)),
            unknown_tags: s.unknown_tags(),
        }
    }
}

impl Sample for WritableTxnMarkerPartitionResult {
    fn sample(s: &mut Seed, _version: i16) -> Self {
        Self { partition_index: s.int() as i32, error_code: s.error_code(), unknown_tags: s.unknown_tags() }
    }
}
