//! A consumer in memory that is shared and bounded: requests wait for room, what was decompressed counts, everything is
//! given back, and reading always goes on.

use std::sync::Arc;
use std::time::Duration;

use kconnect_broker::{ApiKey, ErrorCode};
use kconnect_client::consumer::{
    Account, Charge, Consumer, ConsumerConfig, ConsumerHandle, FetchedBatch, Poll, Rebalance,
};
use kconnect_client::producer::{Producer, ProducerConfig, Record};
use kconnect_client::{Client, ErrorKind, TopicPartition};
use kconnect_testkit::RealKafka;
use kconnect_wire::compress::Compression;

use self::purse::Purse;
use crate::consumer_kafka::fresh_topic;
use crate::consumer_support::*;

#[path = "../../src/consumer/core/tests/purse.rs"]
mod purse;

const CODECS: [Compression; 4] =
    [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

/// Answers of at most 8 KiB; batches of `fill` have at most 4 KiB, and an answer says a little besides.
const ANSWER: usize = 8 * 1024;
const BATCH: usize = 4 * 1024 + 512;

fn small() -> ConsumerConfig {
    ConsumerConfig {
        fetch_max_bytes: ANSWER as i32,
        partition_fetch_bytes: ANSWER as i32,
        poll_records_max: 100,
        ..config()
    }
}

async fn charging(
    client: &Client,
    config: ConsumerConfig,
    purse: &Purse,
    partitions: &[TopicPartition],
) -> Consumer {
    let consumer = Consumer::start_charging(client, config, Arc::new(purse.clone())).unwrap();
    consumer.assign(partitions.to_vec()).await.unwrap();
    consumer
}

/// Appends records of `len` equal bytes, each in a batch of its own.
async fn fill_large(
    client: &Client,
    topic: &str,
    partition: i32,
    codec: Compression,
    len: usize,
    count: usize,
) {
    let config = ProducerConfig {
        compression: codec,
        max_request_size: 64 << 20,
        batch_size: 1,
        ..ProducerConfig::default()
    };
    let (producer, mut acks) = Producer::start(client, config).unwrap();
    let topic = producer.topic(topic).await.unwrap();
    for n in 0..count {
        let value = vec![n as u8; len];
        producer
            .append(&topic, Some(partition), Record { value: Some(&value), ..Record::default() }, 0)
            .unwrap();
        acks.recv().await.unwrap().result.unwrap();
    }
    producer.close(PATIENCE).await;
}

/// Polls until there was something, and then nothing for a while; keeps everything.
async fn read_until_dry(consumer: &mut Consumer, kept: &mut Vec<FetchedBatch>) {
    let mut wait = PATIENCE;
    while let Poll::Records(batches) = consumer.poll(wait).await.unwrap() {
        kept.extend(batches);
        wait = Duration::from_millis(300);
    }
}

/// Reads records of equal bytes; answers their first bytes.
async fn read_large(consumer: &mut Consumer, count: usize, len: usize) -> Vec<u8> {
    let (end, mut seen) = (deadline(), Vec::new());
    while seen.len() < count {
        assert!(std::time::Instant::now() < end, "only {} of {count} records in time", seen.len());
        let Poll::Records(batches) = consumer.poll(Duration::from_millis(200)).await.unwrap() else {
            continue;
        };
        for record in batches.iter().flatten() {
            let record = record.unwrap();
            let value = record.value().unwrap();
            assert!(value.len() == len && value.iter().all(|byte| *byte == value[0]));
            seen.push(value[0]);
        }
    }
    seen
}

#[tokio::test]
async fn an_application_that_keeps_everything_gets_no_more_than_the_limit_and_goes_on_when_it_lets_go() {
    let (_broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 5_000).await;
    let purse = Purse::new(3 * ANSWER);
    let mut consumer = charging(&client, small(), &purse, &[tp("t", 0)]).await;
    let (mut log, mut kept) = (Log::default(), Vec::new());
    let mut rounds = 0;
    while log.count() < 5_000 {
        read_until_dry(&mut consumer, &mut kept).await;
        assert!(!kept.is_empty(), "stuck after {} records", log.count());
        kept.drain(..).for_each(|batch| log.take(&batch));
        rounds += 1;
    }
    log.assert_exactly(1, 0..5_000);
    assert!(rounds > 3, "{rounds} rounds: nothing had to wait");
    // Never more than the limit and the batch that the last request may bring beyond what was left.
    assert!(purse.most() <= purse.limit() + BATCH, "{}", purse.most());
    let handle = consumer.handle();
    consumer.close(PATIENCE).await;
    drop(handle);
    assert_eq!((purse.used(), purse.hooks()), (0, 0));
}

#[tokio::test]
async fn one_slice_keeps_its_answer_charged() {
    let (_broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 100).await;
    let purse = Purse::new(1 << 20);
    let mut consumer = charging(&client, small(), &purse, &[tp("t", 0)]).await;
    let mut kept = Vec::new();
    read_until_dry(&mut consumer, &mut kept).await;
    let value = kept[0].records().next().unwrap().unwrap().value_bytes().unwrap();
    consumer.close(PATIENCE).await;
    let copy = kept[0].detach();
    assert!(purse.used() > 1_000, "the batches hold their answer");
    drop(kept);
    assert!(purse.used() > 1_000, "one value holds all of it");
    drop(value);
    assert_eq!(purse.used(), 0, "a copy is not charged");
    assert!(copy.records().count() > 10);
}

#[tokio::test]
async fn f18_a_copy_of_a_compressed_batch_is_the_same_and_costs_the_account_nothing() {
    for codec in CODECS {
        let (_broker, client) = cluster(1, 1).await;
        fill_large(&client, "t", 0, codec, 50_000, 3).await;
        let purse = Purse::new(1 << 20);
        let mut consumer = charging(&client, small(), &purse, &[tp("t", 0)]).await;
        let (mut copies, end) = (Vec::new(), deadline());
        while copies.iter().map(FetchedBatch::record_count_max).sum::<usize>() < 3 {
            assert!(std::time::Instant::now() < end, "{codec}");
            if let Poll::Records(batches) = consumer.poll(Duration::from_millis(200)).await.unwrap() {
                copies.extend(batches.iter().map(FetchedBatch::detach));
            }
        }
        consumer.close(PATIENCE).await;
        assert_eq!(purse.used(), 0, "{codec}");
        let records = copies.iter().flatten().map(Result::unwrap);
        let values: Vec<Vec<u8>> = records.map(|record| record.value().unwrap().to_vec()).collect();
        assert!(values == (0..3).map(|n| vec![n; 50_000]).collect::<Vec<_>>(), "{codec}");
    }
}

#[tokio::test]
async fn a_release_wakes_the_poll_that_waits_for_it() {
    for codec in [Compression::None, Compression::Gzip] {
        let (_broker, client) = cluster(1, 1).await;
        fill_large(&client, "t", 0, codec, 10_000, 40).await;
        let purse = Purse::new(30_000);
        // Of what is compressed all is there, and no request ends soon: nothing else wakes the poll.
        let config = ConsumerConfig { fetch_wait_max: 2 * PATIENCE, ..small() };
        let mut consumer = charging(&client, config, &purse, &[tp("t", 0)]).await;
        let mut kept = Vec::new();
        read_until_dry(&mut consumer, &mut kept).await;
        assert!(kept.iter().map(FetchedBatch::record_count_max).sum::<usize>() < 40);
        let start = std::time::Instant::now();
        let letting_go = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            drop(kept);
        });
        let polled = consumer.poll(PATIENCE).await.unwrap();
        assert!(
            matches!(polled, Poll::Records(_)) && start.elapsed() < PATIENCE / 6,
            "{codec}, {:?}",
            start.elapsed()
        );
        letting_go.join().unwrap();
    }
}

#[tokio::test]
async fn what_paused_partitions_have_buffered_does_not_stop_the_others() {
    let (_broker, client) = cluster(1, 2).await;
    for p in 0..2 {
        fill(&client, "t", p, 0, 3_000).await;
    }
    let purse = Purse::new(2 * ANSWER);
    let mut consumer = charging(&client, small(), &purse, &[tp("t", 0), tp("t", 1)]).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 200).await;
    for (stopped, goes_on) in [(0, 1), (1, 0)] {
        eventually("much is buffered", || purse.used() >= purse.limit() / 2).await;
        consumer.pause(&[tp("t", stopped)]).unwrap();
        while log.numbers.get(&tp("t", goes_on)).is_none_or(|numbers| numbers.len() < 3_000) {
            let before = log.count();
            read(&mut consumer, &mut log, before + 1).await;
        }
        consumer.resume(&[tp("t", stopped)]).unwrap();
    }
    read(&mut consumer, &mut log, 6_000).await;
    log.assert_exactly(2, 0..3_000);
    assert!(purse.most() <= purse.limit() + ANSWER + BATCH, "{}", purse.most());
}

/// The application pauses one after another with something buffered, and keeps a batch all the while.
#[tokio::test]
async fn paused_partitions_give_up_their_buffers_when_they_take_the_last_memory() {
    let (_broker, client) = cluster(1, 6).await;
    for p in 0..6 {
        fill(&client, "t", p, 0, 3_000).await;
    }
    let purse = Purse::new(3 * ANSWER);
    let all: Vec<TopicPartition> = (0..6).map(|p| tp("t", p)).collect();
    let mut consumer = charging(&client, small(), &purse, &all).await;
    consumer.pause(&all).unwrap();
    let (mut log, mut kept) = (Log::default(), None);
    for one in &all {
        consumer.resume(std::slice::from_ref(one)).unwrap();
        let end = deadline();
        while log.numbers.get(one).is_none_or(|numbers| one == &all[5] && numbers.len() < 3_000) {
            assert!(std::time::Instant::now() < end, "{one} waits for the paused ones: {}", purse.used());
            if let Poll::Records(batches) = consumer.poll(Duration::from_millis(200)).await.unwrap() {
                batches.iter().for_each(|batch| log.take(batch));
                kept = kept.or(batches.into_iter().next());
            }
        }
        consumer.pause(std::slice::from_ref(one)).unwrap();
    }
    assert!(purse.most() <= purse.limit() + ANSWER + BATCH, "{}", purse.most());
    drop(kept);
    consumer.resume(&all).unwrap();
    read(&mut consumer, &mut log, 18_000).await;
    log.assert_exactly(6, 0..3_000);
}

#[tokio::test]
async fn f18_a_copy_of_a_part_of_a_batch_has_its_records_only() {
    for codec in [Compression::None, Compression::Lz4] {
        let (_broker, client) = cluster(1, 1).await;
        let config = ProducerConfig {
            compression: codec,
            linger: Duration::from_secs(1),
            ..ProducerConfig::default()
        };
        let (producer, _acks) = Producer::start(&client, config).unwrap();
        let topic = producer.topic("t").await.unwrap();
        for n in 0..1000u32 {
            let value = n.to_string();
            let record = Record { value: Some(value.as_bytes()), ..Record::default() };
            producer.append(&topic, Some(0), record, 0).unwrap();
        }
        producer.close(PATIENCE).await;
        let mut consumer = assigned(&client, small(), &[tp("t", 0)]).await;
        consumer.seek(&tp("t", 0), 333).unwrap();
        let (mut seen, end) = (333, deadline());
        while seen < 1000 {
            assert!(std::time::Instant::now() < end, "{codec}");
            let Poll::Records(batches) = consumer.poll(Duration::from_millis(200)).await.unwrap() else {
                continue;
            };
            for batch in &batches {
                let offsets = |batch: &FetchedBatch| -> Vec<i64> {
                    batch.records().map(|record| record.unwrap().offset()).collect()
                };
                let (own, copied) = (offsets(batch), offsets(&batch.detach()));
                assert_eq!(own, copied, "{codec}");
                assert_eq!(own.first(), Some(&seen), "{codec}");
                seen += own.len() as i64;
            }
        }
    }
}

#[tokio::test]
async fn seek_revocation_unsubscribing_close_and_drop_give_back_what_is_buffered() {
    let (_broker, client) = cluster(1, 2).await;
    fill(&client, "t", 0, 0, 3_000).await;
    let purse = Purse::new(1 << 20);
    let config = ConsumerConfig { poll_records_max: 1, ..small() };
    let filled = || async { eventually("data is buffered", || purse.used() > 3 * ANSWER).await };
    let free = || async { eventually("it is given back", || purse.used() <= ANSWER).await };

    let mut consumer = charging(&client, config.clone(), &purse, &[tp("t", 0)]).await;
    read(&mut consumer, &mut Log::default(), 1).await;
    filled().await;
    consumer.seek(&tp("t", 0), 3_000).unwrap();
    free().await;
    consumer.seek_to_beginning(&tp("t", 0)).unwrap();
    filled().await;
    consumer.assign(vec![tp("t", 1)]).await.unwrap();
    free().await;
    consumer.assign(vec![tp("t", 0)]).await.unwrap();
    filled().await;
    let handle = consumer.handle();
    consumer.close(PATIENCE).await;
    assert_eq!(purse.used(), 0, "closed, although there is a handle");
    drop(handle);

    let mut consumer = charging(&client, config, &purse, &[tp("t", 0)]).await;
    read(&mut consumer, &mut Log::default(), 1).await;
    filled().await;
    let handle = consumer.handle();
    drop(consumer);
    eventually("dropped", || purse.used() == 0).await;
    drop(handle);
    eventually("nobody listens any more", || purse.hooks() == 0).await;
}

#[tokio::test]
async fn a_rebalance_gives_back_what_is_buffered_before_it_is_acknowledged() {
    let (_broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 3_000).await;
    let purse = Purse::new(1 << 20);
    let config = ConsumerConfig { poll_records_max: 1, ..group_config("g") };
    let config =
        ConsumerConfig { fetch_max_bytes: ANSWER as i32, partition_fetch_bytes: ANSWER as i32, ..config };
    let mut first = Consumer::start_charging(&client, config.clone(), Arc::new(purse.clone())).unwrap();
    first.subscribe(["t"]).await.unwrap();
    await_assignment(&mut first, 1).await;
    eventually("data is buffered", || purse.used() > 3 * ANSWER).await;
    let second = Consumer::start(&client, config).unwrap();
    second.subscribe(["t"]).await.unwrap();
    let end = deadline();
    loop {
        assert!(std::time::Instant::now() < end, "no rebalance");
        if let Poll::Rebalance(Rebalance::Revoked(_, ack)) =
            first.poll(Duration::from_millis(50)).await.unwrap()
        {
            eventually("it is given back", || purse.used() <= ANSWER).await;
            break ack.ack();
        }
    }
    first.close(PATIENCE).await;
    assert_eq!(purse.used(), 0);
}

#[tokio::test]
async fn consumers_on_one_account_do_not_stop_each_other() {
    let (_broker, client) = cluster(1, 3).await;
    for p in 0..3 {
        fill(&client, "t", p, 0, 2_000).await;
    }
    let purse = Purse::new(2 * ANSWER);
    // Nobody polls this one, and it takes what there is.
    let idle = charging(&client, small(), &purse, &[tp("t", 0)]).await;
    eventually("it is full", || purse.used() > ANSWER).await;
    let mut second = charging(&client, small(), &purse, &[tp("t", 1)]).await;
    let mut third = charging(&client, small(), &purse, &[tp("t", 2)]).await;
    let (mut log, mut other) = (Log::default(), Log::default());
    tokio::join!(read(&mut second, &mut log, 2_000), read(&mut third, &mut other, 2_000));
    log.assert_exactly(1, 0..2_000);
    other.assert_exactly(1, 0..2_000);
    assert!(purse.most() <= purse.limit() + 3 * (ANSWER + BATCH), "{}", purse.most());
    idle.close(PATIENCE).await;
    second.close(PATIENCE).await;
    third.close(PATIENCE).await;
    assert_eq!((purse.used(), purse.hooks()), (0, 0));
}

#[tokio::test]
async fn what_others_take_of_the_account_does_not_stop_one_who_holds_nothing() {
    for codec in [Compression::None, Compression::Zstd] {
        let (_broker, client) = cluster(1, 1).await;
        fill_large(&client, "t", 0, codec, 3_000, 30).await;
        let purse = Purse::new(10 * ANSWER);
        let others = purse.charge(purse.limit());
        let mut consumer = charging(&client, small(), &purse, &[tp("t", 0)]).await;
        read_large(&mut consumer, 30, 3_000).await;
        // An answer, or what one batch of it becomes.
        assert!(purse.most() <= purse.limit() + ANSWER + BATCH, "{codec}: {}", purse.most());
        consumer.close(PATIENCE).await;
        drop(others);
        assert_eq!(purse.used(), 0);
    }
}

#[tokio::test]
async fn a_batch_larger_than_the_account_is_read_whatever_its_codec() {
    const LEN: usize = 300_000;
    for codec in [Compression::None].into_iter().chain(CODECS) {
        let (_broker, client) = cluster(1, 1).await;
        fill_large(&client, "t", 0, codec, LEN, 4).await;
        for limit in [1, 10_000, LEN] {
            let purse = Purse::new(limit);
            let mut consumer = charging(&client, small(), &purse, &[tp("t", 0)]).await;
            assert_eq!(read_large(&mut consumer, 4, LEN).await, [0, 1, 2, 3], "{codec}, {limit}");
            consumer.close(PATIENCE).await;
            assert_eq!(purse.used(), 0, "{codec}, {limit}");
            // The compressed batch and what it becomes, one at a time.
            assert!(purse.most() <= limit + 2 * LEN + ANSWER, "{codec}, {limit}: {}", purse.most());
        }
    }
}

#[tokio::test]
async fn what_is_decompressed_counts_and_waits_for_room() {
    const LEN: usize = 100_000;
    for codec in CODECS {
        let (_broker, client) = cluster(1, 1).await;
        fill_large(&client, "t", 0, codec, LEN, 40).await;
        let purse = Purse::new(5 * LEN);
        let mut consumer = charging(&client, config(), &purse, &[tp("t", 0)]).await;
        let (mut kept, mut seen) = (Vec::new(), 0);
        while seen < 40 {
            read_until_dry(&mut consumer, &mut kept).await;
            let count = kept.iter().map(FetchedBatch::record_count_max).sum::<usize>();
            assert!((1..=6).contains(&count), "{codec}: {count} records in memory for 5");
            assert!(purse.used() >= count.min(5) * LEN, "{codec}: {count} records, {purse:?}");
            seen += count;
            kept.clear();
        }
        assert!(purse.most() <= 7 * LEN, "{codec}: {}", purse.most());
        consumer.close(PATIENCE).await;
        assert_eq!(purse.used(), 0);
    }
}

#[tokio::test]
async fn a_bomb_is_refused_by_name_and_the_other_partition_goes_on() {
    const LIMIT: usize = 1 << 20;
    for codec in CODECS {
        let (_broker, client) = cluster(1, 2).await;
        fill_large(&client, "t", 0, codec, 2 * LIMIT, 1).await;
        fill_large(&client, "t", 0, codec, 100, 1).await;
        fill_large(&client, "t", 1, codec, 100, 3).await;
        let purse = Purse::new(LIMIT);
        let config = ConsumerConfig { decompress_limit: LIMIT, ..small() };
        let mut consumer = charging(&client, config, &purse, &[tp("t", 0), tp("t", 1)]).await;
        let (mut errors, mut read) = (Vec::new(), 0);
        let end = deadline();
        while errors.len() < 2 || read < 3 {
            assert!(std::time::Instant::now() < end, "{codec}: {errors:?}, {read}");
            match consumer.poll(Duration::from_millis(200)).await {
                Ok(Poll::Records(batches)) => read += batches.iter().flatten().count(),
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Rejected);
                    errors.push(error.to_string());
                }
            }
        }
        let expect = format!(
            "the batch at offset 0 of t-0 is refused: its {codec} data decompresses to more than {LIMIT} bytes, the most \
             that is read of one batch; seek past it to go on"
        );
        assert!(errors.iter().all(|error| *error == expect), "{errors:?}");
        assert!(purse.most() <= LIMIT + ANSWER, "{codec}: {}", purse.most());
        consumer.seek(&tp("t", 0), 1).unwrap();
        assert_eq!(read_large(&mut consumer, 1, 100).await, [0], "{codec}");
        consumer.close(PATIENCE).await;
        assert_eq!(purse.used(), 0, "{codec}");
    }
}

#[tokio::test]
async fn brokers_and_partitions_take_turns_when_there_is_room_for_one_answer() {
    const EACH: i64 = 1_000;
    let (broker, client) = cluster(3, 6).await;
    for p in 0..6 {
        broker.move_leader("t", p, 1 + p % 3).unwrap();
    }
    for p in 0..6 {
        fill(&client, "t", p, 0, EACH).await;
    }
    let all: Vec<TopicPartition> = (0..6).map(|p| tp("t", p)).collect();
    let purse = Purse::new(ANSWER);
    let mut consumer = charging(&client, small(), &purse, &all).await;
    let mut log = Log::default();
    read(&mut consumer, &mut log, 3_600).await;
    let counts: Vec<usize> = log.numbers.values().map(Vec::len).collect();
    assert!(counts.len() == 6, "of each partition something, in more than six answers: {counts:?}");
    read(&mut consumer, &mut log, 6_000).await;
    log.assert_exactly(6, 0..EACH);
}

#[tokio::test]
async fn whatever_fails_nothing_stays_charged() {
    let (broker, client) = cluster(2, 2).await;
    for p in 0..2 {
        fill(&client, "t", p, 0, 2_000).await;
    }
    let rules = broker.faults();
    let on = |n: u64| rules.on(ApiKey::Fetch).after(n).times(2);
    let rows = [
        on(0).drop(),
        on(1).apply_then_drop(),
        on(2).truncate(100),
        on(3).corrupt(),
        on(4).error(ErrorCode::FetchSessionIdNotFound),
        on(5).error(ErrorCode::NotLeaderOrFollower),
        on(6).error(ErrorCode::UnknownTopicId),
    ];
    let purse = Purse::new(3 * ANSWER);
    let mut consumer = charging(&client, small(), &purse, &[tp("t", 0), tp("t", 1)]).await;
    let mut log = Log::default();
    let end = deadline();
    while log.count() < 4_000 {
        assert!(std::time::Instant::now() < end, "{} records in time", log.count());
        if let Ok(Poll::Records(batches)) = consumer.poll(Duration::from_millis(200)).await {
            batches.iter().for_each(|batch| log.take(batch));
        }
    }
    log.assert_exactly(2, 0..2_000);
    assert!(rows.iter().all(|row| row.hits() > 0), "{:?}", rows.each_ref().map(|row| row.hits()));
    eventually("only the request that waits for news has room", || purse.used() <= 2 * ANSWER).await;
    consumer.close(PATIENCE).await;
    assert_eq!(purse.used(), 0);
}

#[tokio::test]
async fn a_request_that_is_never_answered_gives_its_room_back_when_the_consumer_ends() {
    let (broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 10).await;
    for closes in [true, false] {
        let silent = broker.faults().on(ApiKey::Fetch).times(1).silence();
        let purse = Purse::new(2 * ANSWER);
        let consumer = charging(&client, small(), &purse, &[tp("t", 0)]).await;
        silent.hit(1).await;
        assert_eq!(purse.used(), ANSWER);
        match closes {
            true => consumer.close(PATIENCE).await,
            false => drop(consumer),
        }
        eventually("the room is free", || purse.used() == 0).await;
    }
}

/// Does this and that with a consumer, and ends it somehow. Answers what it kept.
async fn live_a_short_life(
    client: Client,
    purse: Purse,
    seed: u64,
) -> (Vec<FetchedBatch>, Option<ConsumerHandle>) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let tps = [tp("t", 0), tp("t", 1)];
    let config = ConsumerConfig { poll_records_max: 1 + rng.usize(..200), ..small() };
    let mut consumer = match rng.bool() {
        true => charging(&client, config, &purse, &tps).await,
        // Members of one group, which come and go.
        false => {
            let limits = (config.fetch_max_bytes, config.partition_fetch_bytes, config.poll_records_max);
            let mut config = group_config("g");
            (config.fetch_max_bytes, config.partition_fetch_bytes, config.poll_records_max) = limits;
            let consumer = Consumer::start_charging(&client, config, Arc::new(purse.clone())).unwrap();
            consumer.subscribe(["t"]).await.unwrap();
            consumer
        }
    };
    let handle = rng.bool().then(|| consumer.handle());
    let mut kept = Vec::new();
    for _ in 0..rng.usize(..30) {
        let tp = &tps[rng.usize(..2)];
        match rng.u32(..12) {
            0 => drop(consumer.seek(tp, rng.i64(0..1_000))),
            // Not assigned, perhaps.
            1 => drop(consumer.seek_to_beginning(tp)),
            2 => drop(consumer.pause([tp])),
            3 => drop(consumer.resume(&tps)),
            4 => consumer.assign(vec![tp.clone()]).await.unwrap(),
            5 => consumer.assign(tps.to_vec()).await.unwrap(),
            6 => kept.clear(),
            // Also a poll that is dropped half-way.
            7 => drop(
                tokio::time::timeout(Duration::from_micros(rng.u64(..500)), consumer.poll(PATIENCE)).await,
            ),
            _ => {
                if let Ok(Poll::Records(batches)) = consumer.poll(Duration::from_millis(rng.u64(..20))).await
                    && rng.bool()
                {
                    kept.extend(batches);
                }
            }
        }
    }
    match rng.u32(..3) {
        0 => drop(consumer),
        1 => consumer.close(Duration::from_micros(rng.u64(..2_000))).await,
        _ => consumer.close(PATIENCE).await,
    }
    (kept, handle)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn however_a_consumer_lives_and_ends_nothing_stays_charged() {
    let (broker, client) = cluster(2, 2).await;
    for p in 0..2 {
        fill(&client, "t", p, 0, 2_000).await;
    }
    let flaky = broker.faults().on(ApiKey::Fetch).when(|info| info.correlation_id % 4 == 3).apply_then_drop();
    for round in 0..25 {
        let purse = Purse::new(4 * ANSWER);
        let lives =
            (0..4).map(|n| tokio::spawn(live_a_short_life(client.clone(), purse.clone(), round * 4 + n)));
        let mut left = Vec::new();
        for life in lives.collect::<Vec<_>>() {
            left.push(life.await.unwrap());
        }
        let most = purse.limit() + 4 * (ANSWER + BATCH);
        assert!(purse.most() <= most, "round {round}: {} of {most}", purse.most());
        left.iter_mut().for_each(|(kept, _)| kept.clear());
        eventually("all is given back", || purse.used() == 0).await;
        drop(left);
        eventually("nobody listens", || purse.hooks() == 0).await;
    }
    assert!(flaky.hits() > 0);
}

#[tokio::test]
async fn kafka_reads_go_on_in_little_memory_with_every_codec() {
    const TEST: &str = "kafka_reads_go_on_in_little_memory_with_every_codec";
    const LEN: usize = 200_000;
    let Some(kafka) = RealKafka::or_skip(TEST) else { return };
    let client = client(&kafka.bootstrap);
    for codec in [Compression::None].into_iter().chain(CODECS) {
        let topic = fresh_topic(&client, TEST, 3).await;
        let all: Vec<TopicPartition> = (0..3).map(|p| tp(&topic, p)).collect();
        for p in 0..3 {
            fill_large(&client, &topic, p, codec, LEN, 6).await;
        }
        for limit in [1, LEN, 10 * LEN] {
            let purse = Purse::new(limit);
            let mut consumer = charging(&client, small(), &purse, &all).await;
            let mut seen = read_large(&mut consumer, 18, LEN).await;
            seen.sort_unstable();
            let expect: Vec<u8> = (0..6).flat_map(|n| [n; 3]).collect();
            assert_eq!(seen, expect, "{codec}, {limit}");
            assert!(purse.most() <= limit + 2 * LEN + ANSWER, "{codec}, {limit}: {}", purse.most());
            consumer.close(PATIENCE).await;
            assert_eq!((purse.used(), purse.hooks()), (0, 0), "{codec}, {limit}");
        }
        let admin = kconnect_client::admin::Admin::new(&client);
        admin.delete_topics(vec![topic.clone()], deadline()).await[&topic].as_ref().unwrap();
    }
}
