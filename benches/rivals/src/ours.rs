//! kconnect's client: one application thread and one I/O thread, as the rivals have.

use std::collections::BTreeMap;
use std::time::Duration;

use kconnect_client::consumer::{Consumer, ConsumerConfig, Poll};
use kconnect_client::producer::{Acks, AppendError, Producer, ProducerConfig, Record, TopicHandle};
use kconnect_client::{Client, ClientConfig, TopicPartition};
use tokio::runtime::{Builder, Runtime};

use crate::measure::{Mark, Result};
use crate::{BATCH_SIZE, BUFFER, FETCH_MAX, LINGER_MS, PARTITION_FETCH_MAX, POLL_RECORDS, TOPIC, Task};

pub fn produce(task: &Task) -> Result {
    let props = props(&[
        ("bootstrap.servers", &task.bootstrap),
        ("acks", "all"),
        ("enable.idempotence", "true"),
        ("max.in.flight.requests.per.connection", "5"),
        ("batch.size", BATCH_SIZE),
        ("linger.ms", LINGER_MS),
        ("send.buffer.bytes", "-1"),
        ("buffer.memory", &BUFFER.to_string()),
    ]);
    runtime().block_on(async {
        let client = Client::new(ClientConfig::from_props(&props).unwrap());
        let (producer, acks) = Producer::start(&client, ProducerConfig::from_props(&props).unwrap()).unwrap();
        let topic = producer.topic(TOPIC).await.unwrap();
        let mut sender = Sender { producer, acks, topic, value: vec![b'x'; task.size], settled: 0 };
        sender.send(task.warmup).await;
        let mark = Mark::begin();
        sender.send(task.records).await;
        mark.until_now(task.records)
    })
}

struct Sender {
    producer: Producer,
    acks: Acks,
    topic: TopicHandle,
    value: Vec<u8>,
    settled: u64,
}

impl Sender {
    /// Sends `records` and waits for all of them.
    async fn send(&mut self, records: u64) {
        self.settled = 0;
        let record = Record { value: Some(&self.value), ..Record::default() };
        for cookie in 0..records {
            while let Err(error) = self.producer.append(&self.topic, None, record, cookie) {
                assert!(matches!(error, AppendError::Full), "{error}");
                self.producer.ready().await;
                self.settled += receive(&mut self.acks);
            }
            if cookie % 1024 == 0 {
                self.settled += receive(&mut self.acks);
            }
        }
        self.producer.flush().await.unwrap();
        self.settled += receive(&mut self.acks);
        assert_eq!(self.settled, records, "every record is acknowledged once");
    }
}

/// Takes the results that are there.
fn receive(acks: &mut Acks) -> u64 {
    let mut settled = 0;
    while let Some(ack) = acks.try_recv() {
        assert!(ack.result.is_ok(), "{ack:?}");
        settled += ack.cookies.len() as u64;
        acks.recycle(ack);
    }
    settled
}

pub fn consume(task: &Task) -> Result {
    let props = props(&[
        ("bootstrap.servers", &task.bootstrap),
        ("enable.auto.commit", "false"),
        ("check.crcs", "true"),
        ("max.poll.records", &POLL_RECORDS.to_string()),
        ("max.partition.fetch.bytes", &PARTITION_FETCH_MAX.to_string()),
        ("fetch.max.bytes", &FETCH_MAX.to_string()),
    ]);
    runtime().block_on(async {
        let client = Client::new(ClientConfig::from_props(&props).unwrap());
        let config = ConsumerConfig::from_props(&props).unwrap();
        assert!(config.fetch_budget <= BUFFER, "the rivals have no larger buffer");
        let mut consumer = Consumer::start(&client, config).unwrap();
        let partition = TopicPartition::new(TOPIC, 0);
        consumer.assign(vec![partition.clone()]).await.unwrap();
        consumer.seek(&partition, 0).unwrap();
        take(&mut consumer, task.size, task.warmup).await;
        let mark = Mark::begin();
        let seen = take(&mut consumer, task.size, task.records).await;
        mark.until_now(seen)
    })
}

/// Takes at least `records` and looks at each value.
async fn take(consumer: &mut Consumer, size: usize, records: u64) -> u64 {
    let mut seen = 0;
    while seen < records {
        let Poll::Records(batches) = consumer.poll(Duration::from_secs(1)).await.unwrap() else { continue };
        for record in batches.iter().flatten() {
            assert_eq!(record.unwrap().value().map(<[u8]>::len), Some(size));
            seen += 1;
        }
    }
    seen
}

/// The application runs in the thread that blocks on it, the client's tasks in the one worker.
fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn props(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
