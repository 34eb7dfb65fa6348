//! What lies in the log as real brokers write it: transactions, codecs, epochs that end early.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use kconnect_client::Error;
use kconnect_client::consumer::{Consumer, ConsumerConfig, Isolation, OffsetReset, Poll};
use kconnect_wire::records::{Batches, ControlMarker, DecompressBuffer};

use crate::consumer_support::*;
use crate::scripted::{Scripted, batches};

/// A file that Apache Kafka wrote.
fn recorded(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../wire/tests/data/records").join(name))
        .unwrap()
}

/// What a broker would list: producer, first and last offset of each aborted transaction.
fn aborted(log: &[u8]) -> Vec<(i64, i64, i64)> {
    let (mut open, mut aborted) = (BTreeMap::new(), Vec::new());
    for batch in Batches::new(log.to_vec().into()).map(Result::unwrap) {
        let header = *batch.header();
        match batch.control_marker(&mut DecompressBuffer::new()).unwrap() {
            None if header.is_transactional() => {
                open.entry(header.producer_id).or_insert(header.base_offset);
            }
            None => {}
            Some(marker) => {
                let first = open.remove(&header.producer_id).unwrap();
                if marker == ControlMarker::Abort {
                    aborted.push((header.producer_id, first, header.base_offset));
                }
            }
        }
    }
    aborted
}

/// Offset and value of every record from now until the consumer has reached `end`.
async fn read_to(consumer: &mut Consumer, end: i64) -> Result<Vec<(i64, String)>, Error> {
    let (mut seen, limit) = (Vec::new(), deadline());
    while consumer.position(&tp("t", 0), limit).await? < end {
        assert!(Instant::now() < limit, "{seen:?}");
        let Poll::Records(found) = consumer.poll(std::time::Duration::from_millis(100)).await? else {
            continue;
        };
        for batch in &found {
            for record in batch {
                let record = record?;
                let value = String::from_utf8_lossy(record.value().unwrap_or_default()).into_owned();
                seen.push((record.offset(), value));
            }
        }
    }
    Ok(seen)
}

async fn scripted(log: Vec<u8>) -> (Scripted, kconnect_client::Client, i64) {
    let broker = Scripted::default();
    let port = broker.listen().await;
    let end = Batches::new(log.clone().into()).map(|batch| batch.unwrap().next_offset()).last().unwrap();
    broker.state().log = log.into();
    (broker, client(&format!("127.0.0.1:{port}")), end)
}

#[tokio::test]
async fn f8_read_committed_delivers_what_kafkas_own_consumer_saw() {
    let log = recorded("v2-transactions.log");
    let aborted = aborted(&log);
    assert_eq!(aborted.len(), 4);
    let (broker, client, end) = scripted(log).await;
    broker.state().aborted = aborted;
    let expect = String::from_utf8(recorded("v2-transactions.committed.txt")).unwrap();
    // One record a poll cuts batches in the middle, too.
    for poll_records_max in [1, 500] {
        let config = ConsumerConfig { isolation: Isolation::ReadCommitted, poll_records_max, ..config() };
        let mut consumer = assigned(&client, config, &[tp("t", 0)]).await;
        let seen = read_to(&mut consumer, end).await.unwrap();
        let seen: String = seen.iter().map(|(offset, value)| format!("{offset}\t{value}\n")).collect();
        assert_eq!(seen, expect);
        consumer.close(PATIENCE).await;
    }
    // Without it everything but the markers is seen.
    let mut consumer = assigned(&client, config(), &[tp("t", 0)]).await;
    let seen = read_to(&mut consumer, end).await.unwrap();
    assert!(seen.iter().any(|(_, value)| value.starts_with("aborted")), "{seen:?}");
    assert!(seen.len() > expect.lines().count());
}

#[tokio::test]
async fn b8_batches_that_kafka_compressed_are_read_in_every_codec() {
    let mut all = Vec::new();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let (_broker, client, end) = scripted(recorded(&format!("v2-{codec}.log"))).await;
        let config = ConsumerConfig { poll_records_max: 7, ..config() };
        let mut consumer = assigned(&client, config, &[tp("t", 0)]).await;
        let seen = read_to(&mut consumer, end).await.unwrap();
        assert_eq!(seen.len(), 80, "{codec}");
        assert!(seen.iter().map(|(offset, _)| *offset).eq(0..80), "{codec}");
        all.push(seen);
    }
    assert!(all.iter().all(|seen| *seen == all[0]), "the same records in every codec");
}

#[tokio::test]
async fn f5_what_a_new_leader_never_had_is_read_again_from_where_it_differs() {
    for policy in [OffsetReset::Earliest, OffsetReset::None] {
        let (broker, client, _) = scripted(batches("old ", 0..10, 0)).await;
        broker.state().epoch_ends = vec![(0, 10)];
        let mut consumer =
            Consumer::start(&client, ConsumerConfig { offset_reset: policy, ..config() }).unwrap();
        consumer.assign(vec![tp("t", 0)]).await.unwrap();
        consumer.seek(&tp("t", 0), 0).unwrap();
        let seen = read_to(&mut consumer, 10).await.unwrap();
        assert_eq!(seen.len(), 10);
        // An unclean election: the new leader had six records, and has written others since.
        {
            let mut state = broker.state();
            state.log = [batches("old ", 0..6, 0), batches("new ", 6..12, 1)].concat().into();
            (state.leader_epoch, state.epoch_ends) = (1, vec![(0, 6), (1, 12)]);
        }
        match policy {
            OffsetReset::None => {
                let error = read_error(&mut consumer).await;
                assert!(error.to_string().contains("position 10 lies beyond its end at 6"), "{error}");
            }
            _ => {
                let seen = read_to(&mut consumer, 12).await.unwrap();
                let expect: Vec<_> = (6..12).map(|n| (n, format!("new {n}"))).collect();
                assert_eq!(seen, expect);
            }
        }
    }
}
