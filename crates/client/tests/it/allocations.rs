//! R1, R6: what a record costs in allocations once buffers are warm. Everything of the client runs on this thread, the
//! broker on another, so that the counter of this thread sees the client alone.

use kconnect_broker::Broker;
use kconnect_client::producer::{Acks, AppendError, Producer, Record, TopicHandle};

use crate::support::producer;

const RECORDS: u64 = 100_000;

#[test]
fn r1_steady_state_allocates_per_request_and_never_per_record() {
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
    let address = told.recv().unwrap();
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
