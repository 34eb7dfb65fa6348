//! Reading while things break: leaders move, connections are cut, sessions are evicted, topics are recreated.

use std::time::Duration;

use kconnect_broker::{ApiKey, ErrorCode};
use kconnect_client::ErrorKind;
use kconnect_client::consumer::{ConsumerConfig, OffsetReset};

use crate::consumer_support::*;

fn small() -> ConsumerConfig {
    ConsumerConfig { poll_records_max: 100, partition_fetch_bytes: 8_192, ..config() }
}

#[tokio::test]
async fn nothing_is_lost_while_leaders_move() {
    let (broker, client) = cluster(2, 2).await;
    for p in 0..2 {
        fill(&client, "t", p, 0, 4_000).await;
    }
    let mut consumer = assigned(&client, small(), &[tp("t", 0), tp("t", 1)]).await;
    let mut log = Log::default();
    for round in 1..=20 {
        read(&mut consumer, &mut log, round * 400).await;
        for p in 0..2 {
            let (node, _) = broker.leader("t", p).unwrap();
            broker.move_leader("t", p, if node == 1 { 2 } else { 1 }).unwrap();
        }
    }
    read(&mut consumer, &mut log, 8_000).await;
    log.assert_exactly(2, 0..4_000);
}

#[tokio::test]
async fn nothing_is_lost_when_fetch_connections_are_cut() {
    let (broker, client) = cluster(1, 2).await;
    for p in 0..2 {
        fill(&client, "t", p, 0, 3_000).await;
    }
    let rules = broker.faults();
    let cuts = [
        rules.on(ApiKey::Fetch).after(2).times(1).drop(),
        rules.on(ApiKey::Fetch).after(4).times(2).apply_then_drop(),
        rules.on(ApiKey::Fetch).after(3).times(1).truncate(100),
    ];
    let mut consumer = assigned(&client, small(), &[tp("t", 0), tp("t", 1)]).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 6_000).await;
    log.assert_exactly(2, 0..3_000);
    assert!(cuts.iter().all(|cut| cut.hits() > 0), "{:?}", cuts.map(|cut| cut.hits()));
}

#[tokio::test]
async fn f13_fetch_errors_of_all_kinds_are_overcome() {
    let codes = [
        ErrorCode::FetchSessionIdNotFound,
        ErrorCode::InvalidFetchSessionEpoch,
        ErrorCode::FetchSessionTopicIdError,
        ErrorCode::NotLeaderOrFollower,
        ErrorCode::UnknownTopicOrPartition,
        ErrorCode::UnknownTopicId,
        ErrorCode::FencedLeaderEpoch,
        ErrorCode::UnknownLeaderEpoch,
        ErrorCode::KafkaStorageError,
        ErrorCode::OffsetNotAvailable,
        ErrorCode::ReplicaNotAvailable,
    ];
    for code in codes {
        let (broker, client) = cluster(1, 2).await;
        for p in 0..2 {
            fill(&client, "t", p, 0, 1_000).await;
        }
        let fault = broker.faults().on(ApiKey::Fetch).after(1).times(2).error(code);
        let mut consumer = assigned(&client, small(), &[tp("t", 0), tp("t", 1)]).await;
        let mut log = Log::default();
        read(&mut consumer, &mut log, 2_000).await;
        log.assert_exactly(2, 0..1_000);
        assert_eq!(fault.hits(), 2, "{code:?}");
    }
}

#[tokio::test]
async fn errors_on_the_way_to_the_first_position_are_overcome() {
    let rows = [
        (ApiKey::ListOffsets, ErrorCode::NotLeaderOrFollower),
        (ApiKey::ListOffsets, ErrorCode::OffsetNotAvailable),
        (ApiKey::OffsetFetch, ErrorCode::NotCoordinator),
        (ApiKey::OffsetFetch, ErrorCode::CoordinatorLoadInProgress),
        (ApiKey::OffsetFetch, ErrorCode::UnstableOffsetCommit),
        (ApiKey::FindCoordinator, ErrorCode::CoordinatorNotAvailable),
    ];
    for (api, code) in rows {
        let (broker, client) = cluster(2, 1).await;
        fill(&client, "t", 0, 0, 10).await;
        let fault = broker.faults().on(api).times(2).error(code);
        let mut consumer = assigned(&client, group_config("g"), &[tp("t", 0)]).await;
        let mut log = Log::default();
        read(&mut consumer, &mut log, 10).await;
        log.assert_exactly(1, 0..10);
        assert_eq!(fault.hits(), 2, "{api:?} {code:?}");
    }
}

#[tokio::test]
async fn f6_an_offset_out_of_range_follows_the_reset_policy() {
    let (_broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 50).await;
    let mut consumer = assigned(&client, config(), &[tp("t", 0)]).await;
    consumer.seek(&tp("t", 0), 1_000).unwrap();
    let mut log = Log::default();
    read(&mut consumer, &mut log, 50).await;
    log.assert_exactly(1, 0..50);

    let none = ConsumerConfig { offset_reset: OffsetReset::None, ..config() };
    let mut consumer = assigned(&client, none, &[tp("t", 0)]).await;
    consumer.seek(&tp("t", 0), 1_000).unwrap();
    let error = loop {
        let error = read_error(&mut consumer).await;
        if error.code().is_some() {
            break error;
        }
    };
    assert_eq!(error.code(), Some(kconnect_wire::ErrorCode::OFFSET_OUT_OF_RANGE));
    assert!(error.to_string().contains("offset 1000 of t-0"), "{error}");
    consumer.seek(&tp("t", 0), 20).unwrap();
    let mut log = Log::default();
    read(&mut consumer, &mut log, 30).await;
    log.assert_exactly(1, 20..50);
}

#[tokio::test]
async fn m4_a_recreated_topic_is_read_from_its_start() {
    let (broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 100).await;
    let mut consumer = assigned(&client, config(), &[tp("t", 0)]).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 100).await;
    broker.delete_topic("t").unwrap();
    broker.create_topic("t", 1).unwrap();
    let other = crate::consumer_support::client(&broker.bootstrap());
    fill(&other, "t", 0, 0, 200).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 200).await;
    log.assert_exactly(1, 0..200);
}

#[tokio::test]
async fn a_topic_that_comes_later_is_read_when_it_is_there() {
    let (broker, client) = cluster(1, 1).await;
    let mut consumer = assigned(&client, config(), &[tp("late", 0)]).await;
    consumer.poll(Duration::from_millis(200)).await.unwrap();
    broker.create_topic("late", 1).unwrap();
    fill(&client, "late", 0, 0, 10).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 10).await;
    log.assert_exactly(1, 0..10);
}

#[tokio::test]
async fn a_broker_that_restarts_is_found_again() {
    let (broker, client) = cluster(2, 2).await;
    for p in 0..2 {
        fill(&client, "t", p, 0, 2_000).await;
    }
    let mut consumer = assigned(&client, small(), &[tp("t", 0), tp("t", 1)]).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 500).await;
    broker.crash_node(1).await;
    let _ = consumer.poll(Duration::from_millis(100)).await.unwrap();
    broker.restart_node(1).await.unwrap();
    // Whatever the poll above returned is missing from the log: read again from where it stands.
    for p in 0..2 {
        let next = log.numbers.get(&tp("t", p)).map_or(0, |n| n.len() as i64);
        consumer.seek(&tp("t", p), next).unwrap();
    }
    read(&mut consumer, &mut log, 4_000).await;
    log.assert_exactly(2, 0..2_000);
}

#[tokio::test]
async fn f16_damaged_bytes_are_never_delivered() {
    let (broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 1_000).await;
    let fault = broker.faults().on(ApiKey::Fetch).times(1).corrupt();
    let mut consumer = assigned(&client, config(), &[tp("t", 0)]).await;
    let mut log = Log::default();
    let end = deadline();
    // Damage of the records is told with its place; damage of the frame costs the connection. Then all arrive.
    while log.count() < 1_000 {
        assert!(std::time::Instant::now() < end, "{} records", log.count());
        match consumer.poll(Duration::from_millis(200)).await {
            Ok(kconnect_client::consumer::Poll::Records(batches)) => {
                batches.iter().for_each(|batch| log.take(batch))
            }
            Ok(_) => {}
            Err(error) => assert!(error.to_string().contains("of t-0 cannot be read"), "{error}"),
        }
    }
    log.assert_exactly(1, 0..1_000);
    assert_eq!(fault.hits(), 1);
}

#[tokio::test]
async fn a_partition_without_permission_does_not_stop_the_others() {
    let (broker, client) = cluster(1, 2).await;
    broker.create_topic("secret", 1).unwrap();
    for p in 0..2 {
        fill(&client, "t", p, 0, 100).await;
    }
    let fault =
        broker.faults().on(ApiKey::ListOffsets).topic("secret").error(ErrorCode::TopicAuthorizationFailed);
    let mut consumer = assigned(&client, config(), &[tp("secret", 0)]).await;
    let error = read_error(&mut consumer).await;
    assert_eq!(error.kind(), ErrorKind::Authorization);
    assert!(error.to_string().contains("secret-0"), "{error}");
    consumer.assign(vec![tp("secret", 0), tp("t", 0), tp("t", 1)]).await.unwrap();
    let mut log = Log::default();
    let end = deadline();
    while log.count() < 200 && std::time::Instant::now() < end {
        if let Ok(kconnect_client::consumer::Poll::Records(batches)) =
            consumer.poll(Duration::from_millis(100)).await
        {
            batches.iter().for_each(|batch| log.take(batch));
        }
    }
    log.assert_exactly(2, 0..100);
    fault.remove();
    fill(&client, "secret", 0, 0, 5).await;
    let end = deadline();
    while log.count() < 205 && std::time::Instant::now() < end {
        if let Ok(kconnect_client::consumer::Poll::Records(batches)) =
            consumer.poll(Duration::from_millis(100)).await
        {
            batches.iter().for_each(|batch| log.take(batch));
        }
    }
    assert_eq!(log.count(), 205, "granted meanwhile");
}
