//! Topics, configurations, metadata, and what a client asks first.

use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{
    ApiVersionsRequest, ApiVersionsResponse, CreatePartitionsRequest, CreateTopicsRequest,
    DeleteRecordsRequest, DeleteTopicsRequest, DescribeClusterRequest, DescribeConfigsRequest,
    DescribeTopicPartitionsRequest, IncrementalAlterConfigsRequest, MetadataRequest, ResponseHeader,
};
use kafka_protocol::protocol::Decodable;
use kconnect_broker::{Broker, ErrorCode};

use crate::client::{Batch, Client, batch, broker_with_topic, fetch, name, produce, text};

fn ask(topic: &str, create: bool) -> MetadataRequest {
    let topic = MetadataRequestTopic::default().with_name(Some(name(topic)));
    MetadataRequest::default().with_topics(Some(vec![topic])).with_allow_auto_topic_creation(create)
}

#[tokio::test]
async fn w11_an_unknown_api_versions_version_is_answered_in_version_0() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    // Key 18, version 99, correlation id 7, no client id, and a body of some future shape.
    client.send_bytes(&[0, 0, 0, 14, 0, 18, 0, 99, 0, 0, 0, 7, 0xff, 0xff, 0, 1, 2, 3]).await;
    let mut body = client.receive().await.unwrap();
    assert_eq!(ResponseHeader::decode(&mut body, 0).unwrap().correlation_id, 7);
    let response = ApiVersionsResponse::decode(&mut body, 0).unwrap();
    assert_eq!(response.error_code, ErrorCode::UnsupportedVersion.code());
    assert!(response.api_keys.iter().any(|k| k.api_key == 18 && k.max_version >= 3));
    // The connection goes on.
    let request = ApiVersionsRequest::default()
        .with_client_software_name(text("it"))
        .with_client_software_version(text("1"));
    for version in 0..=4 {
        let request = if version < 3 { ApiVersionsRequest::default() } else { request.clone() };
        assert_eq!(client.call(version, &request).await.error_code, 0, "version {version}");
    }
    let odd = request.with_client_software_name(text("-it"));
    assert_eq!(client.call(3, &odd).await.error_code, ErrorCode::InvalidRequest.code(), "W12");
}

#[tokio::test]
async fn metadata_answers_at_every_version() {
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    broker.create_topic("t", 3).unwrap();
    let mut client = Client::connect(&broker, 2).await;
    for version in 0..=13 {
        let response = client.call(version, &ask("t", true)).await;
        assert_eq!(response.brokers.len(), 2, "version {version}");
        let leaders: Vec<i32> = response.topics[0].partitions.iter().map(|p| p.leader_id.0).collect();
        assert_eq!(leaders, [1, 2, 1], "version {version}");
    }
    let all = client.call(12, &MetadataRequest::default().with_topics(None)).await;
    assert_eq!((all.topics.len(), all.cluster_id.as_deref()), (1, Some(broker.cluster_id().as_str())));
    let by_id = MetadataRequestTopic::default().with_name(None).with_topic_id(all.topics[0].topic_id);
    let by_id = client.call(12, &MetadataRequest::default().with_topics(Some(vec![by_id]))).await;
    assert_eq!(by_id.topics[0].name.as_ref().map(|n| n.as_str()), Some("t"));
    let cluster = client.call(2, &DescribeClusterRequest::default().with_endpoint_type(1)).await;
    assert_eq!((cluster.error_code, cluster.brokers.len(), cluster.controller_id.0), (0, 2, 1));
}

#[tokio::test]
async fn topics_are_made_on_first_use_only_where_both_sides_allow_it() {
    let allows = Broker::builder().num_partitions(3).start().await.unwrap();
    let mut client = Client::connect(&allows, 1).await;
    let code = client.call(9, &ask("new", false)).await.topics[0].error_code;
    assert_eq!(code, ErrorCode::UnknownTopicOrPartition.code());
    let made = client.call(9, &ask("new", true)).await;
    assert_eq!((made.topics[0].error_code, made.topics[0].partitions.len()), (0, 3));
    let bad = client.call(9, &ask("no/slash", true)).await;
    assert_eq!(bad.topics[0].error_code, ErrorCode::InvalidTopicException.code());

    let forbids = Broker::builder().auto_create(false).start().await.unwrap();
    let mut client = Client::connect(&forbids, 1).await;
    let code = client.call(9, &ask("new", true)).await.topics[0].error_code;
    assert_eq!(code, ErrorCode::UnknownTopicOrPartition.code());
}

#[tokio::test]
async fn topics_that_cannot_be_are_refused_one_by_one() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    let topic = |topic: &str, partitions, replication| {
        CreatableTopic::default()
            .with_name(name(topic))
            .with_num_partitions(partitions)
            .with_replication_factor(replication)
    };
    let config = |key: &str, value: &str| {
        vec![CreatableTopicConfig::default().with_name(text(key)).with_value(Some(text(value)))]
    };
    let topics = vec![
        topic("good", 2, 1).with_configs(config("cleanup.policy", "compact")),
        topic("defaults", -1, -1),
        topic("t", 1, 1),
        topic("wide", 1, 3),
        topic("none", 0, 1),
        topic("a b", 1, 1),
        topic("odd", 1, 1).with_configs(config("no.such.key", "1")),
        topic("twice", 1, 1),
        topic("twice", 1, 1),
    ];
    let request = CreateTopicsRequest::default().with_topics(topics).with_timeout_ms(1000);
    let response = client.call(7, &request).await;
    let codes: Vec<i16> = response.topics.iter().map(|t| t.error_code).collect();
    let expect = [
        0,
        0,
        ErrorCode::TopicAlreadyExists.code(),
        ErrorCode::InvalidReplicationFactor.code(),
        ErrorCode::InvalidPartitions.code(),
        ErrorCode::InvalidTopicException.code(),
        ErrorCode::InvalidConfig.code(),
        ErrorCode::InvalidRequest.code(),
        ErrorCode::InvalidRequest.code(),
    ];
    assert_eq!(codes, expect, "{:#?}", response.topics);
    assert_eq!(broker.topics(), ["defaults", "good", "t"]);
    assert_eq!((response.topics[0].num_partitions, response.topics[0].replication_factor), (2, 1));
    let validate =
        CreateTopicsRequest::default().with_topics(vec![topic("only", 1, 1)]).with_validate_only(true);
    for version in 2..=7 {
        assert_eq!(client.call(version, &validate).await.topics[0].error_code, 0, "version {version}");
    }
    assert!(broker.partitions("only").is_none());
}

#[tokio::test]
async fn partitions_only_grow() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    let grow = |count| {
        let topic =
            CreatePartitionsTopic::default().with_name(name("t")).with_count(count).with_assignments(None);
        CreatePartitionsRequest::default().with_topics(vec![topic])
    };
    assert_eq!(client.call(3, &grow(3)).await.results[0].error_code, 0);
    assert_eq!(broker.partitions("t"), Some(3));
    for count in [3, 2, 0, -1] {
        let code = client.call(3, &grow(count)).await.results[0].error_code;
        assert_eq!(code, ErrorCode::InvalidPartitions.code(), "{count}");
    }
}

#[tokio::test]
async fn m4_a_topic_made_again_has_another_id_and_no_records() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    produce(&mut client, "t", batch(Batch::default())).await;
    let before = client.call(12, &ask("t", false)).await.topics[0].topic_id;
    let delete = DeleteTopicsRequest::default().with_topic_names(vec![name("t"), name("absent")]);
    let deleted = client.call(4, &delete).await;
    let codes: Vec<i16> = deleted.responses.iter().map(|r| r.error_code).collect();
    assert_eq!(codes, [0, ErrorCode::UnknownTopicOrPartition.code()]);
    broker.create_topic("t", 1).unwrap();
    let after = client.call(12, &ask("t", false)).await.topics[0].topic_id;
    assert_ne!(before, after);
    assert_eq!(broker.offsets("t", 0).unwrap().end, 0);
}

#[tokio::test]
async fn deleted_records_are_out_of_range() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    for _ in 0..3 {
        produce(&mut client, "t", batch(Batch { count: 10, ..Batch::default() })).await;
    }
    let delete = |offset| {
        let partition = DeleteRecordsPartition::default().with_partition_index(0).with_offset(offset);
        let topic = DeleteRecordsTopic::default().with_name(name("t")).with_partitions(vec![partition]);
        DeleteRecordsRequest::default().with_topics(vec![topic]).with_timeout_ms(1000)
    };
    let low = client.call(2, &delete(15)).await.topics[0].partitions[0].clone();
    assert_eq!((low.error_code, low.low_watermark), (0, 15));
    assert_eq!(fetch(&mut client, "t", 14).await.error_code, ErrorCode::OffsetOutOfRange.code());
    assert_eq!(fetch(&mut client, "t", 15).await.error_code, 0);
    let far = client.call(2, &delete(31)).await.topics[0].partitions[0].error_code;
    assert_eq!(far, ErrorCode::OffsetOutOfRange.code());
    assert_eq!(client.call(2, &delete(-1)).await.topics[0].partitions[0].low_watermark, 30);
}

#[tokio::test]
async fn configurations_are_stored_checked_and_described() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    let alter = |key: &str, operation, value: Option<&str>| {
        let config = AlterableConfig::default()
            .with_name(text(key))
            .with_config_operation(operation)
            .with_value(value.map(text));
        let resource = AlterConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("t"))
            .with_configs(vec![config]);
        IncrementalAlterConfigsRequest::default().with_resources(vec![resource])
    };
    let rows = [
        ("cleanup.policy", 2, Some("compact"), 0),
        ("cleanup.policy", 3, Some("delete"), 0),
        ("retention.ms", 0, Some("5"), 0),
        ("retention.ms", 0, Some("soon"), ErrorCode::InvalidConfig.code()),
        ("retention.ms", 2, Some("5"), ErrorCode::InvalidConfig.code()),
        ("no.such", 0, Some("5"), ErrorCode::InvalidConfig.code()),
    ];
    for (key, operation, value, expect) in rows {
        let response = client.call(1, &alter(key, operation, value)).await;
        assert_eq!(response.responses[0].error_code, expect, "{key} {operation} {value:?}");
    }
    let mut describe = async |key: &str| {
        let resource = DescribeConfigsResource::default()
            .with_resource_type(2)
            .with_resource_name(text("t"))
            .with_configuration_keys(Some(vec![text(key)]));
        let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
        let config = client.call(4, &request).await.results[0].configs[0].clone();
        (config.value.unwrap().to_string(), config.config_source)
    };
    assert_eq!(describe("cleanup.policy").await, ("compact".into(), 1));
    assert_eq!(describe("retention.ms").await, ("5".into(), 1));
    assert_eq!(describe("segment.bytes").await, ("1073741824".into(), 5));
    client.call(1, &alter("retention.ms", 1, None)).await;
}

#[tokio::test]
async fn a_long_description_comes_in_pages() {
    let broker = Broker::builder().start().await.unwrap();
    broker.create_topic("a", 3).unwrap();
    broker.create_topic("b", 2).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    let mut request = DescribeTopicPartitionsRequest::default().with_response_partition_limit(2);
    let mut seen = Vec::new();
    loop {
        let page = client.call(0, &request).await;
        for topic in &page.topics {
            let name = topic.name.as_ref().unwrap().as_str().to_owned();
            seen.extend(topic.partitions.iter().map(|p| format!("{name}-{}", p.partition_index)));
        }
        let Some(cursor) = page.next_cursor else { break };
        let next = kafka_protocol::messages::describe_topic_partitions_request::Cursor::default()
            .with_topic_name(cursor.topic_name)
            .with_partition_index(cursor.partition_index);
        request.cursor = Some(next);
    }
    assert_eq!(seen, ["a-0", "a-1", "a-2", "b-0", "b-1"]);
}

#[tokio::test]
async fn a_topic_made_while_a_node_is_away_has_leaders() {
    let broker = Broker::builder().nodes(3).start().await.unwrap();
    broker.crash_node(1).await;
    broker.create_topic_with("t", 4, 2, &[]).unwrap();
    let leaders: Vec<i32> = (0..4).map(|p| broker.leader("t", p).unwrap().0).collect();
    assert_eq!(leaders, [2, 3, 2, 3]);
    broker.create_topic_with("everywhere", 1, 3, &[]).unwrap();
    assert_eq!(broker.leader("everywhere", 0).unwrap().0, 2, "one replica is away");
}
