//! The producer against Apache Kafka.

use kconnect_client::producer::{AppendError, Record};
use kconnect_client::{NodeRef, Purpose};
use kconnect_testkit::RealKafka;
use kconnect_wire::Uuid;
use kconnect_wire::messages::{
    CreatableTopic, CreateTopicsRequest, FetchPartition, FetchRequest, FetchTopic,
};
use kconnect_wire::records::{Batches, DecompressBuffer};

use crate::support::{client, producer, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn records_reach_apache_kafka_once_and_in_order_in_every_codec() {
    const TEST: &str = "records_reach_apache_kafka_once_and_in_order_in_every_codec";
    let Some(kafka) = RealKafka::or_skip(TEST) else { return };
    let client = client(&kafka.bootstrap, &[]);
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let name = format!("producer-{codec}-{}", fastrand::u64(..));
        create(&client, &name).await;
        let settings = [("compression.type", codec), ("batch.size", "4000")];
        let (producer, mut acks) = producer(&kafka.bootstrap, &settings);
        let topic = within("the topic", producer.topic(&name)).await.unwrap();
        for number in 0..5000u64 {
            let value = number.to_string();
            let record = Record { value: Some(value.as_bytes()), ..Record::default() };
            while let Err(error) = producer.append(&topic, Some(0), record, number) {
                assert!(matches!(error, AppendError::Full), "{error}");
                within("memory", producer.ready()).await;
            }
        }
        within("a flush", producer.flush()).await.unwrap();
        let mut next = 0;
        while let Some(ack) = acks.try_recv() {
            assert!(ack.result.is_ok(), "{codec}: {ack:?}");
            assert_eq!(ack.base_offset, Some(next as i64), "{codec}");
            assert!(ack.cookies.iter().copied().eq(next..next + ack.cookies.len() as u64), "{codec}");
            next += ack.cookies.len() as u64;
        }
        assert_eq!(next, 5000, "{codec}");
        let expect: Vec<String> = (0..5000u64).map(|number| number.to_string()).collect();
        assert_eq!(read(&client, &name, 5000).await, expect, "{codec}");
    }
}

async fn create(client: &kconnect_client::Client, name: &str) {
    let topic =
        CreatableTopic { name: name.into(), num_partitions: 1, replication_factor: 1, ..Default::default() };
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, ..Default::default() };
    let deadline = client.default_deadline();
    let answer =
        within("the topic", client.request(&NodeRef::Controller, Purpose::Control, request, deadline)).await;
    assert!(answer.unwrap().topics.iter().all(|topic| topic.error_code.is_ok()));
}

/// Reads the first `count` values of partition 0 with plain Fetch requests.
async fn read(client: &kconnect_client::Client, name: &str, count: usize) -> Vec<String> {
    let deadline = client.default_deadline();
    let metadata = client.metadata().ensure(&[name], deadline).await.unwrap().remove(0);
    let leader = metadata.partitions[0].leader.unwrap();
    let mut values = Vec::new();
    let mut scratch = DecompressBuffer::new();
    while values.len() < count {
        let partition = FetchPartition {
            partition: 0,
            fetch_offset: values.len() as i64,
            partition_max_bytes: 1 << 20,
            ..Default::default()
        };
        let topic = FetchTopic {
            topic_id: metadata.id.unwrap_or(Uuid::ZERO),
            partitions: vec![partition],
            ..Default::default()
        };
        let request =
            FetchRequest { max_wait_ms: 100, max_bytes: 1 << 20, topics: vec![topic], ..Default::default() };
        let node = NodeRef::Id(leader);
        let answer = client.request(&node, Purpose::Fetch, request, deadline);
        let answer = within("a fetch", answer).await.unwrap();
        let blob = answer.responses[0].partitions[0].records.clone().unwrap_or_default();
        let floor = values.len() as i64;
        for batch in Batches::new(blob).from_offset(floor) {
            for record in batch.unwrap().records(&mut scratch) {
                values.push(String::from_utf8(record.unwrap().value.unwrap().to_vec()).unwrap());
            }
        }
    }
    values
}
