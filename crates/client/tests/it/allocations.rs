//! R1, R6: what a record costs in allocations once buffers are warm. Everything of the client runs on this thread, the
//! broker on another, so that the counter of this thread sees the client alone.

use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use kconnect_broker::Broker;
use kconnect_client::consumer::{Consumer, ConsumerConfig, Poll};
use kconnect_client::producer::{Acks, AppendError, Producer, Record, TopicHandle};
use kconnect_client::{Client, ClientConfig, TopicPartition};

use crate::support::producer;

const RECORDS: u64 = 100_000;

/// A null broker with the topic `t`, until the sender is dropped.
fn null_broker() -> (String, Sender<()>, JoinHandle<()>) {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let (tell, told) = std::sync::mpsc::channel();
    let broker = std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let broker = runtime.block_on(Broker::builder().null_mode(true).start()).unwrap();
        broker.create_topic("t", 1).unwrap();
        tell.send(broker.bootstrap()).unwrap();
        let _ = stopped.recv();
        runtime.block_on(broker.shutdown());
    });
    (told.recv().unwrap(), stop, broker)
}

#[test]
fn r5_a_reader_in_the_steady_state_allocates_per_answer_and_reads_into_the_same_buffers() {
    let (address, stop, broker) = null_broker();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut consumer = runtime.block_on(async {
        let props = [("bootstrap.servers", address.as_str())].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let client = Client::new(ClientConfig::from_props(&props.into()).unwrap());
        let consumer = Consumer::start(&client, ConsumerConfig::default()).unwrap();
        consumer.assign(vec![TopicPartition::new("t", 0)]).await.unwrap();
        consumer.seek(&TopicPartition::new("t", 0), 0).unwrap();
        consumer
    });
    let mut read = |bytes: usize| {
        runtime.block_on(async {
            let mut left = bytes;
            while left > 0 {
                let Poll::Records(batches) = consumer.poll(Duration::from_secs(5)).await.unwrap() else {
                    continue;
                };
                for record in batches.iter().flatten() {
                    left = left.saturating_sub(record.unwrap().value().map_or(0, <[u8]>::len));
                }
            }
        });
    };
    const READ: usize = 40_000_000;
    read(READ);
    let reading = allocation_counter::measure(|| read(READ));
    // A poll takes 500 records of 100 bytes.
    let polls = READ as u64 / 50_000;
    assert!(reading.count_total < 20 * polls, "{} allocations for {polls} polls", reading.count_total);
    assert!(
        reading.bytes_total < READ as u64 / 4,
        "{} bytes allocated to read {READ}: frames are not used again",
        reading.bytes_total
    );
    drop((runtime, stop));
    broker.join().unwrap();
}

#[test]
fn r1_steady_state_allocates_per_request_and_never_per_record() {
    let (address, stop, broker) = null_broker();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (producer, mut acks, topic) = runtime.block_on(async {
        let (producer, acks) = producer(&address, &[("batch.size", "131072"), ("linger.ms", "1000")]);
        let topic = producer.topic("t").await.unwrap();
        (producer, acks, topic)
    });
    runtime.block_on(send(&producer, &topic, &mut acks, RECORDS));
    let sent = allocation_counter::measure(|| runtime.block_on(send(&producer, &topic, &mut acks, RECORDS)));
    let requests = RECORDS / 1000; // Batches hold about 1 150 such records.
    assert!(sent.count_total < 60 * requests, "{} allocations for {requests} requests", sent.count_total);

    // The first records of a batch may grow a buffer of a smaller class; from then on nothing does.
    let append = |range: std::ops::Range<u64>| {
        for cookie in range {
            producer.append(&topic, None, record(), cookie).unwrap();
        }
    };
    append(0..700);
    let appended = allocation_counter::measure(|| append(700..1000));
    assert_eq!(appended.count_total, 0, "appending to an open batch");
    drop(stop);
    broker.join().unwrap();
}

fn record() -> Record<'static> {
    Record { value: Some(&[b'v'; 100]), ..Record::default() }
}

async fn send(producer: &Producer, topic: &TopicHandle, acks: &mut Acks, count: u64) {
    for cookie in 0..count {
        while let Err(error) = producer.append(topic, None, record(), cookie) {
            assert!(matches!(error, AppendError::Full), "{error}");
            producer.ready().await;
        }
        if cookie % 1000 == 0 {
            tokio::task::yield_now().await;
            receive(acks);
        }
    }
    producer.flush().await.unwrap();
    receive(acks);
}

fn receive(acks: &mut Acks) {
    while let Some(ack) = acks.try_recv() {
        acks.recycle(ack);
    }
}
