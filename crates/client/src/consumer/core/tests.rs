use kconnect_wire::ErrorCode;
use kconnect_wire::compress::{Compression, Compressor};
use kconnect_wire::messages::{FetchPartitionData, FetchResponse, FetchableTopicResponse};
use kconnect_wire::records::{BatchBuilder, DecompressBuffer, Stamp};

use self::purse::Purse;
use super::*;
use crate::consumer::{Account, Charge, OffsetReset};
use crate::metadata::PartitionMetadata;

mod purse;
mod simulation;

fn topic(id: u8, leader: i32, leader_epoch: i32) -> TopicMetadata {
    let leader = Some(leader);
    let partition =
        PartitionMetadata { index: 0, leader, leader_epoch, replicas: vec![], isr: vec![], offline: vec![] };
    let id = Some(Uuid::from_bytes([id; 16]));
    TopicMetadata { name: "t".into(), id, internal: false, partitions: vec![partition] }
}

fn tp() -> TopicPartition {
    TopicPartition::new("t", 0)
}

/// A core that reads `t-0` at offset 100, written in epoch 4.
fn reading(offset_reset: OffsetReset, now: Instant) -> Core {
    let pause = Duration::from_millis(100);
    let pauses = Pauses { retry: pause, failure: pause, preference: pause };
    let mut core = Core::new(
        Arc::new(ConsumerConfig { offset_reset, ..ConsumerConfig::default() }),
        pauses,
        Memory::default(),
    );
    core.add(tp());
    core.learn(&topic(1, 1, 4));
    core.seek(&tp(), Position { offset: 100, epoch: 4 }).unwrap();
    let asked = validation(&core.due(now));
    core.validated(now, &asked, Outcome::Answer(EpochEnd { epoch: 4, offset: 200 }));
    assert!(matches!(core.due(now)[..], [Effect::Fetch { node: 1, .. }]));
    core
}

fn validation(effects: &[Effect]) -> EpochQuestion {
    let [Effect::Validate { questions, .. }] = effects else { panic!("no validation in {effects:?}") };
    questions[0].clone()
}

#[test]
fn f5_a_new_leader_is_asked_whether_it_holds_what_we_read() {
    let rows = [
        ("all there", OffsetReset::Earliest, EpochEnd { epoch: 4, offset: 150 }, Some(100)),
        ("truncated, with a policy", OffsetReset::Latest, EpochEnd { epoch: 3, offset: 70 }, Some(70)),
        ("truncated, without one", OffsetReset::None, EpochEnd { epoch: 3, offset: 70 }, None),
    ];
    for (name, policy, end, expect) in rows {
        let now = Instant::now();
        let mut core = reading(policy, now);
        core.learn(&topic(1, 2, 5));
        let asked = validation(&core.due(now));
        core.validated(now, &asked, Outcome::Answer(end));
        match expect {
            Some(offset) => assert_eq!(core.position(&tp()).unwrap().unwrap().offset, offset, "{name}"),
            None => {
                let Some(Err(error)) = core.checkout(now) else { panic!("{name}") };
                assert!(error.to_string().contains("position 100 lies beyond its end at 70"), "{error}");
            }
        }
    }
}

#[test]
fn f5_what_a_former_leader_says_of_a_position_does_not_speak_for_the_new_one() {
    let now = Instant::now();
    let mut core = reading(OffsetReset::Earliest, now);
    core.learn(&topic(1, 2, 5));
    let asked = validation(&core.due(now));
    core.learn(&topic(1, 3, 6));
    core.validated(now, &asked, Outcome::Answer(EpochEnd { epoch: 4, offset: 150 }));
    let effects = core.due(now);
    let [Effect::Validate { node: 3, .. }] = &effects[..] else {
        panic!("read from a log unseen: {effects:?}")
    };
    core.validated(now, &validation(&effects), Outcome::Answer(EpochEnd { epoch: 4, offset: 70 }));
    assert_eq!(core.position(&tp()).unwrap().unwrap().offset, 70);
}

#[test]
fn f13_a_broker_that_refuses_full_requests_is_asked_with_pauses() {
    let codes = [ErrorCode::FETCH_SESSION_ID_NOT_FOUND, ErrorCode::INVALID_FETCH_SESSION_EPOCH];
    for error_code in codes {
        let now = Instant::now();
        let refusal = || FetchResponse { error_code, ..Default::default() };
        let mut core = reading(OffsetReset::Earliest, now);
        core.fetched(now, 1, refusal(), 0);
        assert!(core.due(now).is_empty(), "{error_code}: the request was a full one");
        let later = core.wake_at(now).expect("the pause ends");
        assert!(matches!(core.due(later)[..], [Effect::Fetch { node: 1, .. }]));
        core.fetched(later, 1, FetchResponse { session_id: 7, ..Default::default() }, 0);
        assert!(matches!(core.due(later)[..], [Effect::Fetch { node: 1, .. }]));
        core.fetched(later, 1, refusal(), 0);
        let effects = core.due(later);
        let [Effect::Fetch { ask, .. }] = &effects[..] else { panic!("{error_code}: {effects:?}") };
        assert_eq!((ask.session_id, ask.partitions.len()), (0, 1), "the session is gone, and that is all");
    }
}

#[test]
fn f6_a_leader_and_a_follower_that_send_us_to_each_other_are_asked_with_pauses() {
    let now = Instant::now();
    let mut core = reading(OffsetReset::Earliest, now);
    let answer = |data: FetchPartitionData| {
        let topic = FetchableTopicResponse {
            topic_id: Uuid::from_bytes([1; 16]),
            partitions: vec![data],
            ..Default::default()
        };
        FetchResponse { responses: vec![topic], ..Default::default() }
    };
    let to_follower = FetchPartitionData {
        preferred_read_replica: 2,
        diverging_epoch: Default::default(),
        ..Default::default()
    };
    core.fetched(now, 1, answer(to_follower), 0);
    assert!(matches!(core.due(now)[..], [Effect::Fetch { node: 2, .. }]));
    let behind = FetchPartitionData {
        error_code: ErrorCode::OFFSET_OUT_OF_RANGE,
        high_watermark: 120,
        ..Default::default()
    };
    core.fetched(now, 2, answer(behind), 0);
    assert!(core.due(now).is_empty(), "a pause first");
    let later = core.wake_at(now).expect("the pause ends");
    assert!(matches!(core.due(later)[..], [Effect::Fetch { node: 1, .. }]), "and then the leader");
}

#[test]
fn f2_answers_from_before_a_seek_are_not_taken() {
    let now = Instant::now();
    let mut core = reading(OffsetReset::Earliest, now);
    core.reset(&tp(), ResetTo::Latest).unwrap();
    let effects = core.due(now);
    let [Effect::ListOffsets { questions, .. }] = &effects[..] else { panic!("{effects:?}") };
    core.seek(&tp(), Position { offset: 7, epoch: -1 }).unwrap();
    let late = Outcome::Answer(Some(Position { offset: 999, epoch: 4 }));
    core.listed(now, &tp(), questions[0].stamp, late);
    assert_eq!(core.position(&tp()).unwrap().unwrap().offset, 7, "F7");
}

#[test]
fn m3_an_older_leader_epoch_is_not_adopted_and_m4_another_topic_id_starts_over() {
    let now = Instant::now();
    let mut core = reading(OffsetReset::Earliest, now);
    core.learn(&topic(1, 2, 3));
    assert!(core.due(now).is_empty(), "still reading from node 1");
    core.learn(&topic(9, 2, 0));
    let effects = core.due(now);
    assert!(matches!(effects[..], [Effect::ListOffsets { node: 2, .. }]), "{effects:?}");
}

#[test]
fn f11_a_few_answers_are_read_ahead_and_with_many_partitions_one() {
    let answer = 1 << 20;
    for (partitions, expect) in [(1, 8 * answer), (8, 4 * answer), (32, answer), (1000, answer)] {
        let config =
            ConsumerConfig { fetch_budget: 64 << 20, partition_fetch_bytes: 1 << 20, ..Default::default() };
        let pause = Duration::from_millis(100);
        let mut core = Core::new(
            Arc::new(config),
            Pauses { retry: pause, failure: pause, preference: pause },
            Memory::default(),
        );
        (0..partitions).for_each(|partition| core.add(TopicPartition::new("t", partition)));
        assert_eq!(core.low_mark(), expect, "{partitions} partitions");
    }
}

/// One record for the partition at `offset`.
fn one_record(partition: i32, offset: i64) -> FetchPartitionData {
    let mut builder = BatchBuilder::new(bytes::BytesMut::new());
    builder.append(0, None, Some(b"x"), &[]);
    let mut sealed = builder.seal(&mut Compressor::new(Compression::None));
    sealed.stamp(Stamp::PLAIN);
    let mut bytes = sealed.bytes().to_vec();
    bytes[..8].copy_from_slice(&offset.to_be_bytes());
    FetchPartitionData {
        partition_index: partition,
        records: Some(bytes.into()),
        ..FetchPartitionData::default()
    }
}

/// Reads what is buffered of one partition, or of the first that is not paused.
fn drain(core: &mut Core, now: Instant) {
    while let Some(lease) = core.checkout(now) {
        let mut lease = lease.unwrap();
        let reading = lease.cursor.read(1, &mut DecompressBuffer::new()).unwrap();
        lease.cursor.read(1, &mut DecompressBuffer::new()).unwrap();
        core.checkin(lease, reading.reached);
    }
}

#[test]
fn f11_an_answer_counts_whole_while_one_slice_of_it_is_unread() {
    const PARTITIONS: i32 = 12;
    const BUDGET: usize = 16 << 20;
    let now = Instant::now();
    let pause = Duration::from_millis(100);
    let config = ConsumerConfig { fetch_budget: BUDGET, ..ConsumerConfig::default() };
    let pauses = Pauses { retry: pause, failure: pause, preference: pause };
    let mut core = Core::new(Arc::new(config), pauses, Memory::default());
    let mut metadata = topic(1, 1, 4);
    let first = metadata.partitions[0].clone();
    metadata.partitions = (0..PARTITIONS).map(|index| PartitionMetadata { index, ..first.clone() }).collect();
    let tps: Vec<TopicPartition> = (0..PARTITIONS).map(|p| TopicPartition::new("t", p)).collect();
    for tp in &tps {
        core.add(tp.clone());
        core.seek(tp, Position { offset: 0, epoch: -1 }).unwrap();
    }
    core.learn(&metadata);
    let mut offset = 0;
    // A reader that only ever takes partition 0, while the others keep some bytes of each answer.
    while let [Effect::Fetch { room, .. }] = &core.due(now)[..] {
        let partitions = (0..PARTITIONS).map(|p| one_record(p, offset)).collect();
        let responses = vec![FetchableTopicResponse {
            topic_id: Uuid::from_bytes([1; 16]),
            partitions,
            ..Default::default()
        }];
        core.fetched(now, 1, FetchResponse { responses, ..Default::default() }, room.bytes());
        offset += 1;
        assert!(core.memory.unread() <= BUDGET, "{} bytes after {offset} answers", core.memory.unread());
        tps[1..].iter().for_each(|tp| core.pause(tp, true).unwrap());
        drain(&mut core, now);
        tps[1..].iter().for_each(|tp| core.pause(tp, false).unwrap());
    }
    assert_eq!(offset, 4, "answers of 4 MiB");
    assert_eq!(core.memory.unread(), BUDGET);
    drain(&mut core, now);
    assert_eq!(core.memory.unread(), 0);
    assert!(matches!(core.due(now)[..], [Effect::Fetch { .. }]), "reading goes on");
}

#[test]
fn an_application_that_waits_for_what_it_holds_itself_is_told_once() {
    let now = Instant::now();
    let pause = Duration::from_millis(100);
    let purse = Purse::new(1);
    let memory = Memory::new(Some(Arc::new(purse.clone())), &Arc::default(), &Arc::default());
    let pauses = Pauses { retry: pause, failure: pause, preference: pause };
    let mut core = Core::new(Arc::new(ConsumerConfig::default()), pauses, memory.clone());
    core.add(tp());
    core.seek(&tp(), Position { offset: 0, epoch: -1 }).unwrap();
    core.learn(&topic(1, 1, 4));
    let Some(Effect::Fetch { room, .. }) = core.due(now).pop() else { panic!("no fetch") };
    let mut data = one_record(0, 0);
    let frame = room.fill(data.records.take().unwrap());
    let size = frame.len();
    data.records = Some(frame);
    let responses = vec![FetchableTopicResponse {
        topic_id: Uuid::from_bytes([1; 16]),
        partitions: vec![data],
        ..Default::default()
    }];
    core.fetched(now, 1, FetchResponse { responses, ..Default::default() }, size);
    let mut lease = core.checkout(now).unwrap().unwrap();
    let reading = lease.cursor.read(1, &mut DecompressBuffer::new()).unwrap();
    lease.cursor.read(1, &mut DecompressBuffer::new()).unwrap();
    core.checkin(lease, reading.reached);

    assert!(core.due(now).is_empty(), "the application holds all there is");
    let late = now + Duration::from_secs(10);
    assert_eq!((core.starved, core.wake_at(now)), (Some((now, false)), Some(late)));
    core.due(late);
    assert_eq!(core.starved, Some((now, false)), "it is at work with what it holds");
    let polling = memory.polling();
    core.due(late);
    assert_eq!((core.starved, core.wake_at(late)), (Some((now, true)), None));
    drop((polling, reading));
    assert_eq!(purse.used(), 0);
    assert!(matches!(core.due(late)[..], [Effect::Fetch { .. }]));
    assert_eq!(core.starved, None);
}
