//! Reading assigned partitions without faults: order, limits, positions, seek, pause, commits.

use std::collections::BTreeMap;
use std::time::Duration;

use kconnect_broker::ApiKey;
use kconnect_client::consumer::{ConsumerConfig, OffsetAndMetadata, OffsetReset, Poll};

use crate::consumer_support::*;

#[tokio::test]
async fn every_record_of_every_partition_arrives_once_and_in_order() {
    let (_broker, client) = cluster(2, 3).await;
    for p in 0..3 {
        fill(&client, "t", p, 0, 5_000).await;
    }
    let mut consumer = assigned(&client, config(), &[tp("t", 0), tp("t", 1), tp("t", 2)]).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 15_000).await;
    log.assert_exactly(3, 0..5_000);
    assert_eq!(consumer.position(&tp("t", 1), deadline()).await.unwrap(), 5_000);
    assert_eq!(consumer.lag(&tp("t", 1)), Some(0));
    fill(&client, "t", 1, 5_000, 5_001).await;
    read(&mut consumer, &mut log, 15_001).await;
    consumer.close(PATIENCE).await;
}

#[tokio::test]
async fn a_poll_returns_no_more_than_max_poll_records() {
    let (_broker, client) = cluster(1, 2).await;
    for p in 0..2 {
        fill(&client, "t", p, 0, 1_000).await;
    }
    let small = ConsumerConfig { poll_records_max: 7, ..config() };
    let mut consumer = assigned(&client, small, &[tp("t", 0), tp("t", 1)]).await;
    let mut log = Log::default();
    while log.count() < 2_000 {
        if let Poll::Records(batches) = consumer.poll(PATIENCE).await.unwrap() {
            let before = log.count();
            batches.iter().for_each(|batch| log.take(batch));
            let got = log.count() - before;
            assert!((1..=7).contains(&got), "{got} records");
            for batch in &batches {
                let last = *log.numbers[batch.topic_partition()].last().unwrap();
                assert_eq!(batch.next_offset(), last + 1);
                assert_eq!(
                    consumer.position(batch.topic_partition(), deadline()).await.unwrap(),
                    last + 1,
                    "F1"
                );
            }
        }
    }
    log.assert_exactly(2, 0..1_000);
}

#[tokio::test]
async fn f3_a_seek_drops_what_is_buffered_and_what_is_under_way() {
    let (broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 3_000).await;
    let mut consumer =
        assigned(&client, ConsumerConfig { poll_records_max: 10, ..config() }, &[tp("t", 0)]).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 10).await;
    // Buffered: the rest of the first answer. Seek behind it, then back, with an answer under way.
    let held = broker.faults().on(ApiKey::Fetch).times(1).hold();
    consumer.seek(&tp("t", 0), 2_990).unwrap();
    held.hit(1).await;
    consumer.seek(&tp("t", 0), 100).unwrap();
    held.release();
    let mut log = Log::default();
    read(&mut consumer, &mut log, 2_900).await;
    log.assert_exactly(1, 100..3_000);
}

#[tokio::test]
async fn f3_a_pause_keeps_what_is_buffered() {
    let (broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 500).await;
    let mut consumer =
        assigned(&client, ConsumerConfig { poll_records_max: 10, ..config() }, &[tp("t", 0)]).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 10).await;
    consumer.pause(&[tp("t", 0)]).unwrap();
    assert_eq!(consumer.paused(), [tp("t", 0)].into());
    assert!(matches!(consumer.poll(Duration::from_millis(50)).await.unwrap(), Poll::Empty));
    let drop_all = broker.faults().on(ApiKey::Fetch).drop();
    consumer.resume(&[tp("t", 0)]).unwrap();
    read(&mut consumer, &mut log, 500).await;
    log.assert_exactly(1, 0..500);
    drop_all.remove();
}

#[tokio::test]
async fn offsets_are_found_by_bounds_and_by_time() {
    let (_broker, client) = cluster(1, 2).await;
    fill(&client, "t", 0, 0, 100).await;
    let consumer = assigned(&client, config(), &[]).await;
    let both = [tp("t", 0), tp("t", 1)];
    let ends = consumer.end_offsets(&both, deadline()).await.unwrap();
    assert_eq!(ends, BTreeMap::from([(tp("t", 0), 100), (tp("t", 1), 0)]));
    let starts = consumer.beginning_offsets(&both, deadline()).await.unwrap();
    assert_eq!(starts, BTreeMap::from([(tp("t", 0), 0), (tp("t", 1), 0)]));
    let times = BTreeMap::from([(tp("t", 0), 1_000_050), (tp("t", 1), 0)]);
    let found = consumer.offsets_for_times(times, deadline()).await.unwrap();
    let first = found[&tp("t", 0)].unwrap();
    assert_eq!((first.offset, first.timestamp), (50, 1_000_050));
    assert_eq!(found[&tp("t", 1)], None, "nothing is that young");
    let error = consumer
        .end_offsets(&[tp("absent", 0)], std::time::Instant::now() + Duration::from_millis(300))
        .await;
    assert!(error.unwrap_err().to_string().contains("absent"));
}

#[tokio::test]
async fn o1_a_committed_offset_is_where_the_next_consumer_starts() {
    let (broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 100).await;
    let group = ConsumerConfig { poll_records_max: 40, ..group_config("g") };
    let mut first = assigned(&client, group.clone(), &[tp("t", 0)]).await;
    let mut log = Log::default();
    read(&mut first, &mut log, 40).await;
    let offset = OffsetAndMetadata { metadata: "here".into(), ..40.into() };
    first.commit([(tp("t", 0), offset.clone())].into(), deadline()).await.unwrap();
    let committed = first.committed(&[tp("t", 0)], deadline()).await.unwrap();
    assert_eq!((committed[&tp("t", 0)].offset, &*committed[&tp("t", 0)].metadata), (40, "here"));
    first.commit_positions(deadline()).await.unwrap();
    assert_eq!(broker.committed("g")[0].leader_epoch, broker.leader("t", 0).unwrap().1, "O1");
    first.close(PATIENCE).await;
    let mut second = assigned(&client, group, &[tp("t", 0)]).await;
    read(&mut second, &mut log, 100).await;
    log.assert_exactly(1, 0..100);
}

#[tokio::test]
async fn the_reset_policy_decides_where_a_new_consumer_starts() {
    let (_broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 10).await;
    let rows = [
        (OffsetReset::Earliest, 0),
        (OffsetReset::Latest, 10),
        (OffsetReset::ByDuration(Duration::from_secs(1)), 10),
    ];
    for (offset_reset, expect) in rows {
        let consumer = assigned(&client, ConsumerConfig { offset_reset, ..config() }, &[tp("t", 0)]).await;
        assert_eq!(consumer.position(&tp("t", 0), deadline()).await.unwrap(), expect, "{offset_reset:?}");
    }
    let none = ConsumerConfig { offset_reset: OffsetReset::None, ..group_config("none") };
    let mut consumer = assigned(&client, none, &[tp("t", 0)]).await;
    let error = read_error(&mut consumer).await;
    assert!(error.to_string().contains("auto.offset.reset is none"), "{error}");
    consumer.seek(&tp("t", 0), 3).unwrap();
    let mut log = Log::default();
    read(&mut consumer, &mut log, 7).await;
    log.assert_exactly(1, 3..10);
}

#[tokio::test]
async fn f18_a_detached_batch_does_not_share_the_frame() {
    let (_broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 1_000).await;
    let mut consumer =
        assigned(&client, ConsumerConfig { poll_records_max: 600, ..config() }, &[tp("t", 0)]).await;
    let mut seen = 0;
    while seen < 1_000 {
        let Poll::Records(batches) = consumer.poll(PATIENCE).await.unwrap() else { continue };
        for batch in &batches {
            let copy = batch.detach();
            let pairs = batch.records().zip(copy.records());
            for (original, copied) in pairs {
                let (original, copied) = (original.unwrap(), copied.unwrap());
                assert_eq!((original.offset(), original.value()), (copied.offset(), copied.value()));
                assert_ne!(original.value().unwrap().as_ptr(), copied.value().unwrap().as_ptr());
                seen += 1;
            }
            assert_eq!(copy.records().count(), batch.records().count());
        }
    }
}

#[tokio::test]
async fn a_wake_ends_the_poll_under_way() {
    let (_broker, client) = cluster(1, 1).await;
    let mut consumer = assigned(&client, config(), &[tp("t", 0)]).await;
    let handle = consumer.handle();
    let (polled, ()) = tokio::join!(consumer.poll(PATIENCE), async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        handle.wake();
    });
    assert!(matches!(polled.unwrap(), Poll::Empty));
}

#[tokio::test]
async fn f12_an_idle_consumer_stays_in_its_session_and_does_not_spin() {
    let (broker, client) = cluster(1, 3).await;
    let mut consumer = assigned(&client, config(), &[tp("t", 0), tp("t", 1), tp("t", 2)]).await;
    consumer.poll(Duration::from_millis(300)).await.unwrap();
    let before = broker.request_count(ApiKey::Fetch);
    consumer.poll(Duration::from_secs(1)).await.unwrap();
    let asked = broker.request_count(ApiKey::Fetch) - before;
    assert!((5..=12).contains(&asked), "F17: {asked} requests in a second of 100 ms waits");
}
