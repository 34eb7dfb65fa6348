//! What the consumer, group and admin tests share: a broker with a client, records that name their place, and a
//! reader that notices every gap and every repetition.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_broker::Broker;
use kconnect_client::consumer::{Consumer, ConsumerConfig, FetchedBatch, OffsetReset, Poll, Rebalance};
use kconnect_client::producer::{Producer, ProducerConfig, Record};
use kconnect_client::{Client, ClientConfig, Error, TopicPartition};

/// Longest time any wait for a condition may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn deadline() -> Instant {
    Instant::now() + PATIENCE
}

pub fn tp(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition::new(topic, partition)
}

pub fn client(bootstrap: &str) -> Client {
    client_with(bootstrap, &[])
}

pub fn client_with(bootstrap: &str, settings: &[(&str, &str)]) -> Client {
    let mut props: BTreeMap<String, String> =
        settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    props.insert("bootstrap.servers".into(), bootstrap.into());
    props.entry("retry.backoff.ms".into()).or_insert("20".into());
    Client::new(ClientConfig::from_props(&props).unwrap())
}

/// A broker with a topic `t`, and a client of it.
pub async fn cluster(nodes: u8, partitions: i32) -> (Broker, Client) {
    let broker = Broker::builder()
        .nodes(nodes)
        .auto_create(false)
        .session_timeout_min(Duration::from_millis(100))
        .initial_rebalance_delay(Duration::ZERO)
        .start()
        .await
        .unwrap();
    broker.create_topic("t", partitions).unwrap();
    let client = client(&broker.bootstrap());
    (broker, client)
}

/// Appends records whose values are `partition:number`, numbers from `from` to `to`.
pub async fn fill(client: &Client, topic: &str, partition: i32, from: i64, to: i64) {
    let config = ProducerConfig { batch_size: 4096, ..ProducerConfig::default() };
    let (producer, mut acks) = Producer::start(client, config).unwrap();
    let handle = producer.topic(topic).await.unwrap();
    for n in from..to {
        let (key, value) = (n.to_string(), format!("{partition}:{n}"));
        let record = Record {
            key: Some(key.as_bytes()),
            value: Some(value.as_bytes()),
            timestamp: Some(1_000_000 + n),
            ..Record::default()
        };
        producer.append(&handle, Some(partition), record, n as u64).unwrap();
    }
    producer.close(PATIENCE).await;
    while let Some(ack) = acks.recv().await {
        ack.result.unwrap();
    }
}

pub fn config() -> ConsumerConfig {
    ConsumerConfig {
        offset_reset: OffsetReset::Earliest,
        fetch_wait_max: Duration::from_millis(100),
        ..ConsumerConfig::default()
    }
}

pub fn group_config(group: &str) -> ConsumerConfig {
    ConsumerConfig {
        group_id: Some(Arc::from(group)),
        session_timeout: Duration::from_millis(3000),
        heartbeat_interval: Duration::from_millis(50),
        ..config()
    }
}

pub async fn assigned(client: &Client, config: ConsumerConfig, partitions: &[TopicPartition]) -> Consumer {
    let consumer = Consumer::start(client, config).unwrap();
    consumer.assign(partitions.to_vec()).await.unwrap();
    consumer
}

/// What was read: the numbers of each partition in order of arrival.
#[derive(Debug, Default)]
pub struct Log {
    pub numbers: BTreeMap<TopicPartition, Vec<i64>>,
}

impl Log {
    /// Takes a batch in; checks that each record says it belongs here.
    pub fn take(&mut self, batch: &FetchedBatch) {
        let numbers = self.numbers.entry(batch.topic_partition().clone()).or_default();
        for record in batch {
            let record = record.unwrap();
            let text = std::str::from_utf8(record.value().unwrap()).unwrap();
            let (partition, number) = text.split_once(':').unwrap();
            assert_eq!(partition.parse::<i32>().unwrap(), batch.partition());
            numbers.push(number.parse().unwrap());
        }
    }

    pub fn count(&self) -> usize {
        self.numbers.values().map(Vec::len).sum()
    }

    /// Every partition has exactly the numbers of the range, in order.
    pub fn assert_exactly(&self, partitions: usize, range: std::ops::Range<i64>) {
        assert_eq!(self.numbers.len(), partitions, "partitions seen");
        for (tp, numbers) in &self.numbers {
            let expect: Vec<i64> = range.clone().collect();
            assert!(*numbers == expect, "{tp}: {:?}", first_difference(numbers, &expect));
        }
    }
}

fn first_difference(got: &[i64], expect: &[i64]) -> String {
    let at = got.iter().zip(expect).position(|(a, b)| a != b).unwrap_or(got.len().min(expect.len()));
    format!("{} of {} records, first difference at {at}: {:?}", got.len(), expect.len(), got.get(at))
}

/// Polls until `count` records are in the log. Errors end the test.
pub async fn read(consumer: &mut Consumer, log: &mut Log, count: usize) {
    let end = deadline();
    while log.count() < count {
        assert!(Instant::now() < end, "only {} of {count} records in time", log.count());
        if let Poll::Records(batches) = consumer.poll(Duration::from_millis(200)).await.unwrap() {
            batches.iter().for_each(|batch| log.take(batch));
        }
    }
}

/// Polls until an error comes.
pub async fn read_error(consumer: &mut Consumer) -> Error {
    let end = deadline();
    loop {
        assert!(Instant::now() < end, "no error in time");
        if let Err(error) = consumer.poll(Duration::from_millis(200)).await {
            return error;
        }
    }
}

/// A rebalance that was acknowledged.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    Revoked(Vec<TopicPartition>),
    Lost(Vec<TopicPartition>),
    Assigned(Vec<TopicPartition>),
}

/// Polls until the assignment has `count` partitions.
pub async fn await_assignment(consumer: &mut Consumer, count: usize) -> Vec<Change> {
    let end = deadline();
    let mut seen = Vec::new();
    while consumer.assignment().len() != count {
        assert!(Instant::now() < end, "assignment {:?}, wanted {count} partitions", consumer.assignment());
        match consumer.poll(Duration::from_millis(50)).await.unwrap() {
            // Acknowledged at once: nothing is in hand.
            Poll::Rebalance(Rebalance::Revoked(gone, ack)) => {
                ack.ack();
                seen.push(Change::Revoked(gone));
            }
            Poll::Rebalance(Rebalance::Lost(gone)) => seen.push(Change::Lost(gone)),
            Poll::Rebalance(Rebalance::Assigned(new)) => seen.push(Change::Assigned(new)),
            _ => {}
        }
    }
    seen
}

/// Waits until `holds`.
pub async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = deadline();
    while !holds() {
        assert!(Instant::now() < end, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
