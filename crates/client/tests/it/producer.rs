//! Acknowledged = written exactly once, in order, whatever happens on the way.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;
use kconnect_broker::{ApiKey, Broker, ErrorCode, Rule};
use kconnect_client::ErrorKind;
use kconnect_client::producer::{
    Ack, Acks, AppendError, NO_COOKIE, Producer, RawBatch, Record, RecordHeader, TopicHandle,
};

use crate::support::{PATIENCE, producer, values, within};

/// Small batches, so that a few hundred records are many requests.
const SMALL: &[(&str, &str)] = &[("batch.size", "300"), ("linger.ms", "1")];

async fn broker(nodes: u8) -> Broker {
    Broker::builder().nodes(nodes).start().await.expect("a free port")
}

fn text(value: &str) -> Record<'_> {
    Record { value: Some(value.as_bytes()), ..Record::default() }
}

/// Appends `range` as texts of the numbers, waiting for memory when need be. The number is the cookie.
async fn append(
    producer: &Producer,
    topic: &TopicHandle,
    partition: Option<i32>,
    range: std::ops::Range<u64>,
) {
    for number in range {
        let value = format!("{number:06}");
        loop {
            match producer.append(topic, partition, text(&value), number) {
                Ok(()) => break,
                Err(AppendError::Full) => within("memory", producer.ready()).await,
                Err(error) => panic!("record {number}: {error}"),
            }
        }
        if number % 64 == 0 {
            tokio::task::yield_now().await;
        }
    }
}

async fn flush(producer: &Producer) {
    within("a flush", producer.flush()).await.expect("flush");
}

fn drain(acks: &mut Acks) -> Vec<Ack> {
    std::iter::from_fn(|| acks.try_recv()).collect()
}

/// Every cookie exactly once, in order per partition, all written, at the offsets that the broker has.
fn check_acks(broker: &Broker, topic: &str, acks: &[Ack], count: u64) {
    let mut all = Vec::new();
    let mut last: BTreeMap<i32, u64> = BTreeMap::new();
    for ack in acks {
        assert!(ack.result.is_ok(), "{ack:?}");
        let log = values(broker, topic, ack.partition);
        for (index, cookie) in ack.cookies.iter().enumerate() {
            assert!(
                last.insert(ack.partition, *cookie).is_none_or(|before| before < *cookie),
                "order of {ack:?}"
            );
            if let Some(base) = ack.base_offset {
                assert_eq!(log[base as usize + index], format!("{cookie:06}"), "offset in {ack:?}");
            }
            all.push(*cookie);
        }
    }
    all.sort_unstable();
    assert_eq!(all, (0..count).collect::<Vec<_>>(), "every cookie comes back once");
}

/// The log holds every number exactly once, in order.
fn check_log(broker: &Broker, topic: &str, count: u64) {
    let expect: Vec<String> = (0..count).map(|number| format!("{number:06}")).collect();
    let log = values(broker, topic, 0);
    assert_eq!(log.len(), expect.len(), "records in the log");
    assert_eq!(log, expect);
}

#[tokio::test]
async fn records_arrive_once_and_in_order_in_every_codec() {
    let broker = broker(1).await;
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        broker.create_topic(codec, 1).unwrap();
        let settings = [("compression.type", codec), ("batch.size", "2000"), ("linger.ms", "1")];
        let (producer, mut acks) = producer(&broker.bootstrap(), &settings);
        let topic = producer.topic(codec).await.unwrap();
        append(&producer, &topic, Some(0), 0..2000).await;
        flush(&producer).await;
        check_acks(&broker, codec, &drain(&mut acks), 2000);
        check_log(&broker, codec, 2000);
        producer.close(PATIENCE).await;
    }
}

type Fault = fn(Rule);

/// What may happen to a Produce request without harm, if it happens a few times.
const HARMLESS: &[(&str, Fault)] = &[
    ("connection dropped before it was applied", |rule| drop(rule.drop())),
    ("connection dropped after it was applied", |rule| drop(rule.apply_then_drop())),
    ("answer cut short", |rule| drop(rule.truncate(9))),
    ("answer garbled", |rule| drop(rule.corrupt())),
    ("silence before it was applied", |rule| drop(rule.silence())),
    ("silence after it was applied", |rule| drop(rule.apply_then_silence())),
    ("slow answer", |rule| drop(rule.delay(Duration::from_millis(60)))),
    ("not the leader", |rule| drop(rule.error(ErrorCode::NotLeaderOrFollower))),
    ("fenced leader epoch", |rule| drop(rule.error(ErrorCode::FencedLeaderEpoch))),
    ("no leader", |rule| drop(rule.error(ErrorCode::LeaderNotAvailable))),
    ("unknown topic for a while", |rule| drop(rule.error(ErrorCode::UnknownTopicOrPartition))),
    ("unknown topic id for a while", |rule| drop(rule.error(ErrorCode::UnknownTopicId))),
    ("too few replicas", |rule| drop(rule.error(ErrorCode::NotEnoughReplicas))),
    ("too few replicas after append", |rule| drop(rule.error(ErrorCode::NotEnoughReplicasAfterAppend))),
    ("timed out at the broker", |rule| drop(rule.error(ErrorCode::RequestTimedOut))),
    ("storage error", |rule| drop(rule.error(ErrorCode::KafkaStorageError))),
    ("found corrupt", |rule| drop(rule.error(ErrorCode::CorruptMessage))),
    ("out of order", |rule| drop(rule.error(ErrorCode::OutOfOrderSequenceNumber))),
    ("unknown producer", |rule| drop(rule.error(ErrorCode::UnknownProducerId))),
    ("stale producer epoch", |rule| drop(rule.error(ErrorCode::InvalidProducerEpoch))),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i2_harmless_faults_neither_lose_nor_double_nor_reorder() {
    let all = HARMLESS.iter().flat_map(|(name, fault)| [0, 3].map(|after| (*name, *fault, after)));
    let runs = all.map(|(name, fault, after)| {
        tokio::spawn(async move {
            let broker = broker(1).await;
            broker.create_topic("t", 1).unwrap();
            let settings = [SMALL, &[("request.timeout.ms", "700")]].concat();
            let (producer, mut acks) = producer(&broker.bootstrap(), &settings);
            let topic = producer.topic("t").await.unwrap();
            for round in 0..2 {
                fault(broker.faults().on(ApiKey::Produce).after(after).times(2));
                append(&producer, &topic, Some(0), round * 400..(round + 1) * 400).await;
                within(name, producer.flush()).await.unwrap();
            }
            let acks = drain(&mut acks);
            if let Some(bad) = acks.iter().find(|ack| ack.result.is_err()) {
                panic!("{name}, after {after}: {bad:?}");
            }
            check_log(&broker, "t", 800);
            check_acks(&broker, "t", &acks, 800);
        })
    });
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap();
    }
}

#[tokio::test]
async fn i14_leaders_that_move_back_and_forth_keep_order() {
    let broker = broker(2).await;
    broker.create_topic_with("t", 1, 2, &[]).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), SMALL);
    let topic = producer.topic("t").await.unwrap();
    for round in 0..20 {
        append(&producer, &topic, Some(0), round * 100..(round + 1) * 100).await;
        broker.move_leader("t", 0, 1 + (round as i32 + 1) % 2).unwrap();
    }
    flush(&producer).await;
    check_log(&broker, "t", 2000);
    check_acks(&broker, "t", &drain(&mut acks), 2000);
}

/// Kafka takes any sequence as the first of a producer that it does not know, as right after a topic was made: the leader
/// may refuse the first batch, being no leader yet, and take the second.
#[tokio::test]
async fn a_first_batch_that_is_refused_is_not_passed_by_the_second() {
    for refused in 1..4 {
        let broker = broker(1).await;
        broker.create_topic("t", 1).unwrap();
        let fault = broker.faults().on(ApiKey::Produce).times(refused).error(ErrorCode::NotLeaderOrFollower);
        let (producer, mut acks) = producer(&broker.bootstrap(), SMALL);
        let topic = producer.topic("t").await.unwrap();
        append(&producer, &topic, Some(0), 0..500).await;
        flush(&producer).await;
        assert_eq!(fault.hits(), refused);
        check_log(&broker, "t", 500);
        check_acks(&broker, "t", &drain(&mut acks), 500);
    }
}

#[tokio::test]
async fn i10_a_broker_that_forgot_the_producer_gets_every_record_once() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), SMALL);
    let topic = producer.topic("t").await.unwrap();
    for round in 0..5 {
        append(&producer, &topic, Some(0), round * 100..(round + 1) * 100).await;
        flush(&producer).await;
        broker.forget_producers("t", 0);
    }
    check_log(&broker, "t", 500);
    check_acks(&broker, "t", &drain(&mut acks), 500);
}

#[tokio::test]
async fn p2_batches_larger_than_the_broker_takes_are_split_in_order() {
    let broker = Broker::builder().message_max_bytes(400).start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), &[("batch.size", "5000"), ("linger.ms", "20")]);
    let topic = producer.topic("t").await.unwrap();
    append(&producer, &topic, Some(0), 0..1000).await;
    flush(&producer).await;
    check_log(&broker, "t", 1000);
    check_acks(&broker, "t", &drain(&mut acks), 1000);
}

#[tokio::test]
async fn p2_one_record_larger_than_the_broker_takes_fails_alone() {
    let broker = Broker::builder().message_max_bytes(400).start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), &[("linger.ms", "50")]);
    let topic = producer.topic("t").await.unwrap();
    let large = "x".repeat(600);
    append(&producer, &topic, Some(0), 0..3).await;
    producer.append(&topic, Some(0), text(&large), 3).unwrap();
    append(&producer, &topic, Some(0), 4..7).await;
    flush(&producer).await;
    let acks = drain(&mut acks);
    let failed: Vec<u64> =
        acks.iter().filter(|ack| ack.result.is_err()).flat_map(|ack| ack.cookies.clone()).collect();
    assert_eq!(failed, [3]);
    let error = acks.iter().find_map(|ack| ack.result.clone().err()).unwrap();
    assert_eq!(error.kind(), ErrorKind::RecordTooLarge, "{error:?}");
    let order: Vec<u64> = acks.iter().flat_map(|ack| ack.cookies.clone()).collect();
    assert_eq!(order, (0..7).collect::<Vec<_>>(), "P12");
    assert_eq!(values(&broker, "t", 0), ["000000", "000001", "000002", "000004", "000005", "000006"]);
}

#[tokio::test]
async fn p3_little_memory_slows_down_but_loses_nothing() {
    let broker = broker(1).await;
    broker.create_topic("t", 4).unwrap();
    let settings = [("batch.size", "1000"), ("buffer.memory", "4000"), ("linger.ms", "60000")];
    let (producer, acks) = producer(&broker.bootstrap(), &settings);
    let received = tokio::spawn(receive(acks, 3000));
    let topic = producer.topic("t").await.unwrap();
    for number in 0..3000 {
        append(&producer, &topic, Some((number % 4) as i32), number..number + 1).await;
    }
    flush(&producer).await;
    check_acks(&broker, "t", &received.await.unwrap(), 3000);
}

/// Receives until `count` records have their result.
async fn receive(mut acks: Acks, count: usize) -> Vec<Ack> {
    let mut all = Vec::new();
    let mut seen = 0;
    while seen < count {
        let ack = within("a result", acks.recv()).await.expect("the producer lives");
        seen += ack.cookies.len();
        all.push(ack);
    }
    all
}

#[tokio::test]
async fn p3_a_full_producer_says_so_and_recovers() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let held = broker.faults().on(ApiKey::Produce).hold();
    let (producer, mut acks) =
        producer(&broker.bootstrap(), &[("batch.size", "1000"), ("buffer.memory", "3000")]);
    let topic = producer.topic("t").await.unwrap();
    let value = "v".repeat(100);
    let mut taken = 0;
    while producer.append(&topic, Some(0), text(&value), taken).is_ok() {
        taken += 1;
        assert!(taken < 1000, "the budget has an end");
    }
    assert!(matches!(producer.append(&topic, Some(0), text(&value), 0), Err(AppendError::Full)));
    let waited = tokio::time::timeout(Duration::from_millis(50), producer.ready()).await;
    assert!(waited.is_err(), "nothing is free while the broker holds everything");
    held.release();
    within("memory", producer.ready()).await;
    producer.append(&topic, Some(0), text(&value), taken).unwrap();
    flush(&producer).await;
    assert_eq!(values(&broker, "t", 0).len() as u64, taken + 1);
    assert!(drain(&mut acks).iter().all(|ack| ack.result.is_ok()));
}

#[tokio::test]
async fn p1_a_record_over_the_request_size_is_refused_at_once() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let (producer, _acks) =
        producer(&broker.bootstrap(), &[("max.request.size", "1000"), ("batch.size", "100")]);
    let topic = producer.topic("t").await.unwrap();
    let large = "x".repeat(1000);
    let refused = producer.append(&topic, Some(0), text(&large), 0);
    assert!(matches!(refused, Err(AppendError::TooLarge { limit: 1000, .. })), "{refused:?}");
    let fits = "x".repeat(800);
    producer.append(&topic, Some(0), text(&fits), 1).unwrap();
    flush(&producer).await;
    assert_eq!(values(&broker, "t", 0), [fits], "larger than batch.size: a batch of its own");
}

#[tokio::test]
async fn a_broker_that_goes_away_and_comes_back_gets_everything_once() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), SMALL);
    let topic = producer.topic("t").await.unwrap();
    for round in 0..4 {
        append(&producer, &topic, Some(0), round * 200..round * 200 + 100).await;
        broker.crash_node(1).await;
        append(&producer, &topic, Some(0), round * 200 + 100..(round + 1) * 200).await;
        broker.restart_node(1).await.unwrap();
    }
    flush(&producer).await;
    check_log(&broker, "t", 800);
    check_acks(&broker, "t", &drain(&mut acks), 800);
}

#[tokio::test]
async fn a_broker_that_is_absent_at_first_is_waited_for() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let address = format!("127.0.0.1:{port}");
    let (producer, mut acks) = producer(&address, SMALL);
    let waiting = tokio::spawn({
        let producer = producer.clone();
        async move { producer.topic("t").await }
    });
    tokio::task::yield_now().await;
    let broker = Broker::builder().listen(&*address).start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    let topic = within("the topic", waiting).await.unwrap().unwrap();
    append(&producer, &topic, Some(0), 0..100).await;
    flush(&producer).await;
    check_acks(&broker, "t", &drain(&mut acks), 100);
}

#[tokio::test]
async fn m5_a_topic_that_is_absent_at_first_is_waited_for_and_then_given_up() {
    let broker = Broker::builder().auto_create(false).start().await.unwrap();
    let (producer, _acks) = producer(&broker.bootstrap(), &[("max.block.ms", "300")]);
    let began = Instant::now();
    let error = producer.topic("t").await.map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownTopic, "{error:?}");
    assert!(began.elapsed() >= Duration::from_millis(250), "{:?}", began.elapsed());
    let waiting = tokio::spawn({
        let producer = producer.clone();
        async move { producer.topic("t").await.map(|topic| topic.partition_count()) }
    });
    broker.create_topic("t", 3).unwrap();
    assert_eq!(within("the topic", waiting).await.unwrap().unwrap(), 3);
}

#[tokio::test]
async fn p4_a_sent_record_without_an_answer_is_reported_as_maybe_written() {
    for applied in [true, false] {
        let broker = broker(1).await;
        broker.create_topic("t", 1).unwrap();
        let rule = broker.faults().on(ApiKey::Produce);
        let _ = if applied { rule.apply_then_silence() } else { rule.silence() };
        let settings = [("request.timeout.ms", "400"), ("delivery.timeout.ms", "500"), ("linger.ms", "0")];
        let (producer, mut acks) = producer(&broker.bootstrap(), &settings);
        let topic = producer.topic("t").await.unwrap();
        let began = Instant::now();
        producer.append(&topic, Some(0), text("v"), 7).unwrap();
        let ack = within("the result", acks.recv()).await.unwrap();
        let error = ack.result.clone().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MaybeWritten, "{error:?}");
        assert!(
            began.elapsed() < Duration::from_secs(3),
            "on time, not when the request ends: {:?}",
            began.elapsed()
        );
        broker.faults().clear();
        // I6: what follows the hole, or no hole, is written once.
        append(&producer, &topic, Some(0), 0..50).await;
        flush(&producer).await;
        let log = values(&broker, "t", 0);
        assert_eq!(log.len(), 50 + usize::from(applied), "applied: {applied}");
        assert!(drain(&mut acks).iter().all(|ack| ack.result.is_ok()));
    }
}

#[tokio::test]
async fn p4_a_record_that_never_left_is_reported_as_not_written() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let settings = [("request.timeout.ms", "200"), ("delivery.timeout.ms", "300"), ("linger.ms", "0")];
    let (producer, mut acks) = producer(&broker.bootstrap(), &settings);
    let topic = producer.topic("t").await.unwrap();
    broker.crash_node(1).await;
    producer.append(&topic, Some(0), text("v"), 7).unwrap();
    let ack = within("the result", acks.recv()).await.unwrap();
    assert_eq!(ack.result.unwrap_err().kind(), ErrorKind::Timeout);
    broker.restart_node(1).await.unwrap();
    append(&producer, &topic, Some(0), 0..50).await;
    flush(&producer).await;
    check_log(&broker, "t", 50);
}

#[tokio::test]
async fn p10_a_refused_batch_fails_and_the_next_ones_are_written() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), SMALL);
    let topic = producer.topic("t").await.unwrap();
    broker.faults().on(ApiKey::Produce).after(2).times(1).error(ErrorCode::InvalidRecord);
    append(&producer, &topic, Some(0), 0..400).await;
    flush(&producer).await;
    let acks = drain(&mut acks);
    let refused: Vec<&Ack> = acks.iter().filter(|ack| ack.result.is_err()).collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
    let error = refused[0].result.clone().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error:?}");
    let written: Vec<String> = (0..400)
        .filter(|number| !refused[0].cookies.contains(number))
        .map(|number| format!("{number:06}"))
        .collect();
    assert_eq!(values(&broker, "t", 0), written);
}

#[tokio::test]
async fn i12_without_permission_for_ids_the_producer_fails_for_good() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    broker.faults().on(ApiKey::InitProducerId).error(ErrorCode::ClusterAuthorizationFailed);
    let (producer, mut acks) = producer(&broker.bootstrap(), SMALL);
    let topic = producer.topic("t").await.unwrap();
    let mut results = Vec::new();
    let refused = within("the refusal", async {
        loop {
            if let Err(AppendError::Failed(error)) = producer.append(&topic, Some(0), text("v"), 1) {
                break error;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
            results.extend(acks.try_recv());
        }
    })
    .await;
    assert_eq!(refused.kind(), ErrorKind::Authorization, "{refused:?}");
    flush(&producer).await;
    results.extend(drain(&mut acks));
    assert!(results.iter().all(|ack| ack.result.is_err()));
    assert_eq!(values(&broker, "t", 0).len(), 0);
}

#[tokio::test]
async fn i1_ids_are_waited_for_when_the_broker_has_none_yet() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    broker.faults().on(ApiKey::InitProducerId).times(3).error(ErrorCode::CoordinatorLoadInProgress);
    let (producer, mut acks) = producer(&broker.bootstrap(), SMALL);
    let topic = producer.topic("t").await.unwrap();
    append(&producer, &topic, Some(0), 0..100).await;
    flush(&producer).await;
    check_log(&broker, "t", 100);
    check_acks(&broker, "t", &drain(&mut acks), 100);
}

#[tokio::test]
async fn p13_close_gives_every_record_a_result() {
    let broker = broker(1).await;
    broker.create_topic("t", 2).unwrap();
    broker.faults().on(ApiKey::Produce).apply_then_silence();
    let (producer, mut acks) =
        producer(&broker.bootstrap(), &[("linger.ms", "0"), ("max.in.flight.requests.per.connection", "1")]);
    let topic = producer.topic("t").await.unwrap();
    producer.append(&topic, Some(0), text("sent"), 0).unwrap();
    within("the request", async {
        while broker.requests(ApiKey::Produce).is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    producer.append(&topic, Some(1), text("not sent"), 1).unwrap();
    let outcome = producer.close(Duration::from_millis(100)).await;
    assert_eq!(outcome.unfinished_batches, 2);
    let mut kinds = BTreeMap::new();
    while let Some(ack) = within("the end of results", acks.recv()).await {
        kinds.insert(ack.cookies[0], ack.result.unwrap_err().kind());
    }
    assert_eq!(kinds, BTreeMap::from([(0, ErrorKind::MaybeWritten), (1, ErrorKind::Closed)]));
    let refused = producer.append(&topic, Some(0), text("v"), 2);
    assert!(matches!(refused, Err(AppendError::Failed(error)) if error.kind() == ErrorKind::Closed));
}

#[tokio::test]
async fn p12_dropping_the_producer_still_delivers() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let (producer, mut acks) =
        producer(&broker.bootstrap(), &[("linger.ms", "60000"), ("delivery.timeout.ms", "120000")]);
    let topic = producer.topic("t").await.unwrap();
    append(&producer, &topic, Some(0), 0..100).await;
    drop((producer, topic));
    let mut results = Vec::new();
    while let Some(ack) = within("the end of results", acks.recv()).await {
        results.push(ack);
    }
    check_acks(&broker, "t", &results, 100);
}

#[tokio::test]
async fn p5_flush_waits_only_for_what_was_appended_before_it() {
    let broker = broker(1).await;
    broker.create_topic("t", 2).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), &[("linger.ms", "60000")]);
    let topic = producer.topic("t").await.unwrap();
    producer.append(&topic, Some(0), text("early"), 0).unwrap();
    let flushed = tokio::spawn({
        let producer = producer.clone();
        async move { producer.flush().await }
    });
    within("the early record", async {
        while values(&broker, "t", 0).is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    producer.append(&topic, Some(1), text("late"), 1).unwrap();
    within("the flush", flushed).await.unwrap().unwrap();
    assert_eq!(drain(&mut acks).iter().flat_map(|ack| ack.cookies.clone()).collect::<Vec<_>>(), [0]);
    assert!(values(&broker, "t", 1).is_empty(), "the late record lingers");
}

#[tokio::test]
async fn r4_send_tells_where_the_record_is() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), &[]);
    let topic = producer.topic("t").await.unwrap();
    for expect in 0..3 {
        let sent = within("the record", producer.send(&topic, None, text("v"))).await.unwrap();
        assert_eq!((sent.partition, sent.offset), (0, Some(expect)));
    }
    assert!(drain(&mut acks).iter().all(|ack| ack.cookies == [NO_COOKIE]));
}

#[tokio::test]
async fn encoded_batches_go_out_as_they_are_and_in_order() {
    let broker = broker(1).await;
    broker.create_topic("from", 1).unwrap();
    broker.create_topic("t", 1).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), &[("compression.type", "lz4")]);
    let from = producer.topic("from").await.unwrap();
    append(&producer, &from, Some(0), 0..500).await;
    flush(&producer).await;
    drain(&mut acks);
    let topic = producer.topic("t").await.unwrap();
    producer.append(&topic, Some(0), text("first"), 10).unwrap();
    let stored: Vec<Bytes> = broker.batches("from", 0).unwrap();
    for (index, batch) in (11..).zip(stored) {
        let mut raw = RawBatch::from_encoded(batch).unwrap();
        producer.append_batch(&topic, 0, &mut raw, index).unwrap();
    }
    flush(&producer).await;
    let results = drain(&mut acks);
    assert!(results.iter().all(|ack| ack.result.is_ok()));
    assert!(results.windows(2).all(|pair| pair[0].cookies < pair[1].cookies));
    let log = values(&broker, "t", 0);
    assert_eq!(log[0], "first");
    assert_eq!(log[1..], values(&broker, "from", 0));
}

#[tokio::test]
async fn records_keep_key_headers_and_timestamp() {
    let broker = broker(1).await;
    broker.create_topic("t", 5).unwrap();
    let (producer, _acks) = producer(&broker.bootstrap(), &[]);
    let topic = producer.topic("t").await.unwrap();
    let headers =
        [RecordHeader::new("h", Some(b"1")), RecordHeader::new("h", None), RecordHeader::new("", Some(b""))];
    let record = Record { timestamp: Some(1234), key: Some(b"abc"), value: None, headers: &headers };
    let sent = within("the record", producer.send(&topic, None, record)).await.unwrap();
    let expect = kconnect_client::producer::murmur2::partition_for_key(b"abc", 5);
    assert_eq!(sent.partition, expect as i32, "P8");
    let stored = broker.records("t", sent.partition).unwrap();
    assert_eq!(
        (stored[0].timestamp, stored[0].key.as_deref(), stored[0].value.as_deref()),
        (1234, Some(&b"abc"[..]), None)
    );
    let stored: Vec<(&str, Option<&[u8]>)> =
        stored[0].headers.iter().map(|(k, v)| (k.as_str(), v.as_deref())).collect();
    assert_eq!(stored, [("h", Some(&b"1"[..])), ("h", None), ("", Some(&b""[..]))]);
}

#[tokio::test]
async fn records_without_timestamp_get_the_present() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let (producer, _acks) = producer(&broker.bootstrap(), &[]);
    let topic = producer.topic("t").await.unwrap();
    let clock =
        || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    let before = clock();
    append(&producer, &topic, Some(0), 0..100).await;
    let after = clock();
    flush(&producer).await;
    let stored = broker.records("t", 0).unwrap();
    assert!(stored.iter().all(|record| (before..=after).contains(&record.timestamp)));
}

#[tokio::test]
async fn w5_without_acks_nothing_is_waited_for() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), &[("acks", "0"), ("batch.size", "300")]);
    let topic = producer.topic("t").await.unwrap();
    append(&producer, &topic, Some(0), 0..500).await;
    flush(&producer).await;
    let results = drain(&mut acks);
    assert!(results.iter().all(|ack| ack.result.is_ok() && ack.base_offset.is_none()));
    within("the records", async {
        while values(&broker, "t", 0).len() < 500 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    check_log(&broker, "t", 500);
}

#[tokio::test]
async fn p12_results_are_in_order_even_when_batches_overtake_each_other() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let settings = [SMALL, &[("enable.idempotence", "false")]].concat();
    let (producer, mut acks) = producer(&broker.bootstrap(), &settings);
    let topic = producer.topic("t").await.unwrap();
    broker.faults().on(ApiKey::Produce).after(1).times(1).error(ErrorCode::NotEnoughReplicas);
    append(&producer, &topic, Some(0), 0..400).await;
    flush(&producer).await;
    let order: Vec<u64> = drain(&mut acks).iter().flat_map(|ack| ack.cookies.clone()).collect();
    assert_eq!(order, (0..400).collect::<Vec<_>>());
    assert_eq!(values(&broker, "t", 0).len(), 400);
}

#[tokio::test]
async fn p6_one_in_flight_keeps_order_without_idempotence() {
    let broker = broker(1).await;
    broker.create_topic("t", 1).unwrap();
    let settings =
        [SMALL, &[("enable.idempotence", "false"), ("max.in.flight.requests.per.connection", "1")]].concat();
    let (producer, mut acks) = producer(&broker.bootstrap(), &settings);
    let topic = producer.topic("t").await.unwrap();
    broker.faults().on(ApiKey::Produce).after(1).times(3).error(ErrorCode::NotEnoughReplicas);
    append(&producer, &topic, Some(0), 0..400).await;
    flush(&producer).await;
    check_log(&broker, "t", 400);
    check_acks(&broker, "t", &drain(&mut acks), 400);
}

#[tokio::test]
async fn many_partitions_share_requests_and_keep_their_order() {
    let broker = broker(2).await;
    broker.create_topic("a", 20).unwrap();
    broker.create_topic("b", 20).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), &[("linger.ms", "5")]);
    let topics = [producer.topic("a").await.unwrap(), producer.topic("b").await.unwrap()];
    for number in 0..4000u64 {
        let topic = &topics[(number % 2) as usize];
        append(&producer, topic, Some((number / 2 % 20) as i32), number..number + 1).await;
    }
    flush(&producer).await;
    let results = drain(&mut acks);
    assert!(results.iter().all(|ack| ack.result.is_ok()));
    for (offset, name) in [(0u64, "a"), (1, "b")] {
        for partition in 0..20u64 {
            let expect: Vec<String> =
                (0..100).map(|n| format!("{:06}", (n * 20 + partition) * 2 + offset)).collect();
            assert_eq!(values(&broker, name, partition as i32), expect, "{name}-{partition}");
        }
    }
    let requests = broker.requests(ApiKey::Produce).len();
    assert!(requests < results.len() / 2, "{requests} requests for {} batches", results.len());
}

#[tokio::test]
async fn m4_a_recreated_topic_takes_the_records_of_a_producer_that_knew_the_old_one() {
    let broker = broker(1).await;
    broker.create_topic("again", 1).unwrap();
    let (producer, mut acks) = producer(&broker.bootstrap(), &[]);
    let topic = within("the topic", producer.topic("again")).await.unwrap();
    let mut results = 0;
    for round in 0..3u64 {
        if round > 0 {
            broker.delete_topic("again").unwrap();
            broker.create_topic("again", 1).unwrap();
        }
        for n in 0..20 {
            let value = format!("{round}-{n}");
            let record = Record { value: Some(value.as_bytes()), ..Record::default() };
            producer.append(&topic, Some(0), record, round * 20 + n).unwrap();
        }
        flush(&producer).await;
        while let Some(ack) = acks.try_recv() {
            assert!(ack.result.is_ok(), "round {round}: {ack:?}");
            results += ack.cookies.len();
        }
        let expect: Vec<String> = (0..20).map(|n| format!("{round}-{n}")).collect();
        assert_eq!(
            values(&broker, "again", 0),
            expect,
            "each once, in order, in the topic that is there now"
        );
    }
    assert_eq!(results, 60);
}
