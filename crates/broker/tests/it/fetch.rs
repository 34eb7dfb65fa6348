//! Fetch, the long poll, and questions about offsets.

use std::time::{Duration, Instant};

use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::offset_for_leader_epoch_request::{
    OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use kafka_protocol::messages::{ListOffsetsRequest, OffsetForLeaderEpochRequest};
use kconnect_broker::{Broker, ErrorCode};

use crate::client::{Batch, Client, batch, broker_with_topic, fetch, fetch_request, name, produce};

async fn three_batches(client: &mut Client) {
    for i in 0..3 {
        produce(client, "t", batch(Batch { count: 10, timestamp: 1000 + 100 * i, ..Batch::default() })).await;
    }
}

#[tokio::test]
async fn whole_batches_come_back_as_they_were_sent() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    three_batches(&mut client).await;
    let stored = broker.batches("t", 0).unwrap();
    for version in 4..=12 {
        let response = client.call(version, &fetch_request("t", 15, 0)).await;
        let data = &response.responses[0].partitions[0];
        let expected = [&stored[1][..], &stored[2][..]].concat();
        assert_eq!(
            data.records.as_deref(),
            Some(&expected[..]),
            "from the batch that holds 15, version {version}"
        );
        assert_eq!((data.high_watermark, data.last_stable_offset), (30, 30));
    }
}

#[tokio::test]
async fn fetch_13_and_later_name_topics_by_id() {
    let broker = Broker::builder().start().await.unwrap();
    let id = broker.create_topic("t", 1).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    three_batches(&mut client).await;
    for version in 13..=18 {
        let mut request = fetch_request("", 0, 0);
        request.topics[0].topic_id = id;
        let response = client.call(version, &request).await;
        assert_eq!(response.responses[0].partitions[0].error_code, 0, "version {version}");
        assert!(response.responses[0].partitions[0].records.as_ref().unwrap().len() > 200);
        request.topics[0].topic_id = uuid::Uuid::from_u128(9);
        let response = client.call(version, &request).await;
        assert_eq!(response.responses[0].partitions[0].error_code, ErrorCode::UnknownTopicId.code());
    }
}

#[tokio::test]
async fn f9_one_batch_comes_even_above_the_limits() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    three_batches(&mut client).await;
    let first = broker.batches("t", 0).unwrap()[0].len();
    let mut request = fetch_request("t", 0, 0);
    request.max_bytes = 1;
    request.topics[0].partitions[0].partition_max_bytes = 1;
    let response = client.call(11, &request).await;
    assert_eq!(response.responses[0].partitions[0].records.as_ref().unwrap().len(), first);
}

#[tokio::test]
async fn offsets_outside_the_log_are_refused_at_once() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    three_batches(&mut client).await;
    for offset in [-1, 31] {
        let started = Instant::now();
        let response = client.call(11, &fetch_request("t", offset, 30_000)).await;
        let data = &response.responses[0].partitions[0];
        assert_eq!(data.error_code, ErrorCode::OffsetOutOfRange.code(), "{offset}");
        assert_eq!((data.log_start_offset, data.high_watermark), (0, 30));
        assert!(started.elapsed() < Duration::from_secs(10));
    }
    let at_end = fetch(&mut client, "t", 30).await;
    assert_eq!((at_end.error_code, at_end.records.unwrap().len()), (0, 0));
}

#[tokio::test]
async fn a_long_poll_ends_with_the_append() {
    let broker = broker_with_topic().await;
    let mut reader = Client::connect(&broker, 1).await;
    let mut writer = Client::connect(&broker, 1).await;
    let request = fetch_request("t", 0, 60_000);
    let (response, _) = tokio::join!(
        async { tokio::time::timeout(Duration::from_secs(20), reader.call(11, &request)).await.unwrap() },
        async {
            // The fetch is parked once the broker has counted it.
            while broker.request_count(kconnect_broker::ApiKey::Fetch) == 0 {
                tokio::task::yield_now().await;
            }
            produce(&mut writer, "t", batch(Batch::default())).await
        }
    );
    assert!(!response.responses[0].partitions[0].records.as_ref().unwrap().is_empty());
}

#[tokio::test]
async fn a_long_poll_ends_with_the_leaders_move_and_with_the_topics_end() {
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    broker.create_topic("gone", 1).unwrap();
    for (topic, code) in [("t", ErrorCode::NotLeaderOrFollower), ("gone", ErrorCode::UnknownTopicOrPartition)]
    {
        let before = broker.request_count(kconnect_broker::ApiKey::Fetch);
        let mut reader = Client::connect(&broker, 1).await;
        let request = fetch_request(topic, 0, 60_000);
        let (response, ()) = tokio::join!(
            async { tokio::time::timeout(Duration::from_secs(20), reader.call(12, &request)).await.unwrap() },
            async {
                while broker.request_count(kconnect_broker::ApiKey::Fetch) == before {
                    tokio::task::yield_now().await;
                }
                match topic {
                    "t" => drop(broker.move_leader("t", 0, 2).unwrap()),
                    _ => broker.delete_topic("gone").unwrap(),
                }
            }
        );
        assert_eq!(response.responses[0].partitions[0].error_code, code.code());
    }
}

#[tokio::test]
async fn f4_f5_epochs_are_checked() {
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    let mut one = Client::connect(&broker, 1).await;
    three_batches(&mut one).await;
    broker.move_leader("t", 0, 2).unwrap();
    broker.move_leader("t", 0, 1).unwrap();
    three_batches(&mut one).await;
    let mut with_epoch = async |current: i32, last: i32, offset: i64| {
        let mut request = fetch_request("t", offset, 0);
        request.topics[0].partitions[0].current_leader_epoch = current;
        request.topics[0].partitions[0].last_fetched_epoch = last;
        one.call(12, &request).await.responses[0].partitions[0].clone()
    };
    assert_eq!(with_epoch(1, -1, 0).await.error_code, ErrorCode::FencedLeaderEpoch.code());
    assert_eq!(with_epoch(3, -1, 0).await.error_code, ErrorCode::UnknownLeaderEpoch.code());
    assert_eq!(with_epoch(2, 2, 40).await.error_code, 0);
    let parted = with_epoch(2, 0, 45).await;
    assert_eq!(
        (parted.error_code, parted.diverging_epoch.epoch, parted.diverging_epoch.end_offset),
        (0, 0, 30)
    );

    let mut end_of = async |epoch: i32| {
        let partition = OffsetForLeaderPartition::default()
            .with_partition(0)
            .with_current_leader_epoch(-1)
            .with_leader_epoch(epoch);
        let topic = OffsetForLeaderTopic::default().with_topic(name("t")).with_partitions(vec![partition]);
        let request =
            OffsetForLeaderEpochRequest::default().with_replica_id((-1).into()).with_topics(vec![topic]);
        let answer = one.call(4, &request).await.topics[0].partitions[0].clone();
        (answer.leader_epoch, answer.end_offset)
    };
    assert_eq!(end_of(0).await, (0, 30));
    assert_eq!(end_of(1).await, (1, 30), "led for a while, wrote nothing");
    assert_eq!(end_of(2).await, (2, 60));
    assert_eq!(end_of(3).await, (-1, -1));
}

#[tokio::test]
async fn list_offsets_finds_ends_and_times() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    three_batches(&mut client).await;
    let mut at = async |timestamp: i64| {
        let partition = ListOffsetsPartition::default()
            .with_partition_index(0)
            .with_current_leader_epoch(-1)
            .with_timestamp(timestamp);
        let topic = ListOffsetsTopic::default().with_name(name("t")).with_partitions(vec![partition]);
        let request = ListOffsetsRequest::default().with_replica_id((-1).into()).with_topics(vec![topic]);
        let answer = client.call(9, &request).await.topics[0].partitions[0].clone();
        (answer.error_code, answer.timestamp, answer.offset)
    };
    let rows = [
        (-1, (0, -1, 30)),
        (-2, (0, -1, 0)),
        (-3, (0, 1209, 29)),
        (0, (0, 1000, 0)),
        (1000, (0, 1000, 0)),
        (1004, (0, 1004, 4)),
        (1050, (0, 1100, 10)),
        (1209, (0, 1209, 29)),
        (1210, (0, -1, -1)),
    ];
    for (timestamp, expect) in rows {
        assert_eq!(at(timestamp).await, expect, "at {timestamp}");
    }
}
