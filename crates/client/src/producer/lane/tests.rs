//! Rows for the rules of order, sequences, retries and expiry, on a clock that the test moves.

use bytes::BytesMut;
use kconnect_wire::compress::Compression;
use kconnect_wire::records::BatchBuilder;

use super::answer::CORRUPT_LIMIT;
use super::*;
use crate::ErrorKind;

mod simulation;

const SECOND: Duration = Duration::from_secs(1);
const NODE: i32 = 1;

struct Desk {
    lane: Lane,
    rules: Rules,
    pid: Option<Pid>,
    now: Instant,
    compressor: Compressor,
    /// Results so far: first cookie of the batch and how it ended.
    results: Vec<(u64, Result<Option<i64>, ErrorKind>)>,
    bumps: usize,
    cookie: u64,
}

impl Desk {
    fn new() -> Self {
        let rules = Rules {
            idempotent: true,
            max_in_flight: 5,
            linger: Duration::ZERO,
            delivery_timeout: 100 * SECOND,
            retries: u32::MAX,
            retry_backoff: SECOND,
            retry_backoff_max: SECOND,
        };
        let (pid, now) = (Some(Pid { id: 7, epoch: 0 }), Instant::now());
        Self {
            // The leader knows the producer: rows are about what follows.
            lane: Lane { pid, heard: Some(now), wire_node: NODE, ..Lane::default() },
            rules,
            pid,
            now,
            compressor: Compressor::new(Compression::None),
            results: Vec::new(),
            bumps: 0,
            cookie: 0,
        }
    }

    /// Opens a batch of `records` records.
    fn open(&mut self, records: u32) {
        let mut builder = BatchBuilder::new(BytesMut::new());
        let mut cookies = Vec::new();
        for _ in 0..records {
            builder.append(0, None, Some(b"value"), &[]);
            cookies.push(self.cookie);
            self.cookie += 1;
        }
        let id = self.lane.admit();
        let tail = Tail { id, cookies, waiters: Vec::new(), opened: self.now, charged: 0, generation: 0 };
        self.lane.open = Some(OpenBatch { builder, tail });
    }

    fn append(&mut self, records: u32) {
        self.open(records);
        self.lane.seal(&mut self.compressor);
    }

    fn ask(&mut self) -> Next {
        self.lane.next(self.now, &self.rules, self.pid, NODE, Closing::Due, None, &mut self.compressor)
    }

    /// What is sent next, bumping the epoch when asked to.
    fn next(&mut self) -> Option<Batch> {
        let mut next = self.ask();
        if let Next::Bump(old) = next {
            assert_eq!(Some(old), self.pid);
            self.pid = Some(Pid { epoch: old.epoch + 1, ..old });
            self.bumps += 1;
            next = self.ask();
        }
        match next {
            Next::Send(mut batch) => {
                batch.stamp();
                Some(batch)
            }
            _ => None,
        }
    }

    fn all(&mut self) -> Vec<Batch> {
        std::iter::from_fn(|| self.next()).collect()
    }

    fn complete(&mut self, batch: Batch, answer: Answer) -> Reaction {
        let mut effects = Effects::default();
        let reaction =
            self.lane.complete(self.now, &self.rules, batch, answer, &mut self.compressor, &mut effects);
        self.take(effects);
        reaction
    }

    fn expire(&mut self) -> Option<Instant> {
        let mut effects = Effects::default();
        let next = self.lane.expire(self.now, &self.rules, &mut self.compressor, &mut effects);
        self.take(effects);
        next
    }

    fn take(&mut self, effects: Effects) {
        for finished in effects.finished {
            let outcome = finished.outcome.map(|w| w.base_offset).map_err(|failure| failure.error.kind());
            self.results.push((finished.tail.cookies[0], outcome));
        }
    }
}

fn written(offset: i64) -> Answer {
    Answer::Written(Written { base_offset: Some(offset), append_time: None })
}

fn refused(code: ErrorCode) -> Answer {
    refused_at(code, -1)
}

fn refused_at(code: ErrorCode, log_start: i64) -> Answer {
    Answer::Refused { code, message: None, records: Vec::new(), log_start }
}

fn lost() -> Answer {
    Answer::Lost(Error::new(ErrorKind::Disconnected, "gone"))
}

/// Epoch and sequence of each batch.
fn stamps(batches: &[Batch]) -> Vec<(i16, i32)> {
    let stamp = |batch: &Batch| batch.sealed.stamped().expect("what is sent is stamped");
    batches.iter().map(|batch| (stamp(batch).producer_epoch, stamp(batch).base_sequence)).collect()
}

#[test]
fn i2_sequences_advance_by_records_and_wrap() {
    let mut desk = Desk::new();
    for records in [3, 1, 2] {
        desk.append(records);
    }
    let sent = desk.all();
    assert_eq!(stamps(&sent), [(0, 0), (0, 3), (0, 4)]);
    assert_eq!(advance(i32::MAX, 1), 0);
    assert_eq!(advance(i32::MAX - 1, 3), 1);
}

#[test]
fn i1_nothing_is_sent_without_an_id() {
    let mut desk = Desk::new();
    desk.pid = None;
    desk.append(1);
    assert!(desk.next().is_none());
    desk.pid = Some(Pid { id: 9, epoch: 4 });
    let sent = desk.all();
    assert_eq!(stamps(&sent), [(4, 0)]);
}

#[test]
fn i3_at_most_five_are_in_flight() {
    let mut desk = Desk::new();
    (0..7).for_each(|_| desk.append(1));
    let mut sent = desk.all();
    assert_eq!(sent.len(), 5);
    desk.complete(sent.remove(0), written(0));
    assert_eq!(desk.all().len(), 1);
}

#[test]
fn i4_a_retried_batch_goes_alone_and_first_with_the_same_sequence() {
    let mut desk = Desk::new();
    (0..4).for_each(|_| desk.append(2));
    let mut sent = desk.all().into_iter();
    let mut next = || sent.next().expect("four were sent");
    desk.complete(next(), refused(ErrorCode::NOT_ENOUGH_REPLICAS));
    for _ in 1..4 {
        desk.complete(next(), refused(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
    }
    assert!(desk.next().is_none(), "the pause of the first");
    desk.now += 2 * SECOND;
    desk.append(2);
    for expect in 0..4 {
        let mut sent = desk.all();
        let stamped = stamps(&sent);
        assert_eq!(stamped[0], (0, expect * 2));
        if expect < 3 {
            assert_eq!(sent.len(), 1, "alone while others are retried");
        }
        for (index, batch) in (0..).zip(sent.drain(..)) {
            desk.complete(batch, written(i64::from(expect) * 2 + index * 2));
        }
    }
    assert_eq!(desk.bumps, 0, "I9: refusals behind a retry are no gap");
    assert!(desk.results.iter().all(|(_, outcome)| outcome.is_ok()));
}

#[test]
fn i5_a_new_life_waits_for_the_old_one() {
    let mut desk = Desk::new();
    desk.append(1);
    let first = desk.next().expect("sent");
    desk.pid = Some(Pid { id: 7, epoch: 1 });
    desk.append(1);
    assert!(desk.next().is_none());
    desk.complete(first, written(0));
    let sent = desk.all();
    assert_eq!(stamps(&sent), [(1, 0)]);
}

#[test]
fn i6_a_batch_given_up_without_an_answer_stops_new_ones_until_it_is_known() {
    // What the broker says to the batch behind the hole, and what that means for those after it.
    let rows: [(&str, Answer, usize, (i16, i32)); 2] = [
        ("written: so was the one before it", written(2), 0, (0, 4)),
        (
            "out of order: the one before it was not written",
            refused(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER),
            1,
            (1, 0),
        ),
    ];
    for (name, answer, bumps, expect) in rows {
        let mut desk = Desk::new();
        desk.append(2);
        let first = desk.next().expect("sent");
        desk.now += 60 * SECOND;
        desk.append(2);
        let second = desk.next().expect("sent");
        desk.complete(first, lost());
        desk.now += 41 * SECOND;
        desk.expire();
        assert_eq!(desk.results, [(0, Err(ErrorKind::MaybeWritten))], "{name}");
        desk.append(2);
        assert!(desk.next().is_none(), "{name}: unresolved");
        desk.complete(second, answer);
        let sent = desk.all();
        assert_eq!(stamps(&sent)[0], expect, "{name}");
        assert_eq!(desk.bumps, bumps, "{name}");
    }
}

#[test]
fn i6_a_lone_batch_given_up_without_an_answer_leads_to_a_new_epoch() {
    let mut desk = Desk::new();
    desk.append(2);
    let first = desk.next().expect("sent");
    desk.complete(first, lost());
    desk.now += 101 * SECOND;
    desk.expire();
    desk.append(1);
    let sent = desk.all();
    assert_eq!((stamps(&sent), desk.bumps), (vec![(1, 0)], 1));
}

#[test]
fn i8_a_duplicate_is_a_success_at_an_unknown_offset() {
    let mut desk = Desk::new();
    desk.append(1);
    let batch = desk.next().expect("sent");
    desk.complete(batch, refused(ErrorCode::DUPLICATE_SEQUENCE_NUMBER));
    assert_eq!(desk.results, [(0, Ok(None))]);
}

/// After one written batch at offset 5: the answer to the next one, whether an earlier attempt got none, and what
/// follows: the epoch and sequence of its next attempt, or its result.
#[test]
fn i9_to_i11_what_a_lost_or_stale_producer_state_leads_to() {
    type Row = (&'static str, bool, Answer, Result<(i16, i32), ErrorKind>);
    let rows: [Row; 8] = [
        ("I9 gap", false, refused(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER), Ok((1, 0))),
        ("I10 retention", false, refused_at(ErrorCode::UNKNOWN_PRODUCER_ID, 6), Ok((1, 0))),
        ("I10 log start unknown", false, refused_at(ErrorCode::UNKNOWN_PRODUCER_ID, -1), Ok((0, 1))),
        ("I10 no retention", false, refused_at(ErrorCode::UNKNOWN_PRODUCER_ID, 0), Ok((1, 0))),
        (
            "I10 after a lost answer",
            true,
            refused_at(ErrorCode::UNKNOWN_PRODUCER_ID, 6),
            Err(ErrorKind::MaybeWritten),
        ),
        ("I11", false, refused(ErrorCode::INVALID_PRODUCER_EPOCH), Ok((1, 0))),
        (
            "I11 after a lost answer",
            true,
            refused(ErrorCode::INVALID_PRODUCER_EPOCH),
            Err(ErrorKind::MaybeWritten),
        ),
        ("I13", true, refused(ErrorCode::INVALID_RECORD), Err(ErrorKind::MaybeWritten)),
    ];
    for (name, lost_before, answer, expect) in rows {
        let mut desk = Desk::new();
        desk.append(1);
        desk.append(1);
        let mut sent = desk.all();
        desk.complete(sent.remove(0), written(5));
        let mut batch = sent.remove(0);
        if lost_before {
            desk.complete(batch, lost());
            desk.now += 2 * SECOND;
            batch = desk.next().expect("retried");
        }
        desk.complete(batch, answer);
        desk.now += 2 * SECOND;
        match expect {
            Ok(stamp) => assert_eq!(stamps(&desk.all()), [stamp], "{name}"),
            Err(kind) => assert_eq!(desk.results.last(), Some(&(1, Err(kind))), "{name}"),
        }
    }
}

#[test]
fn p11_a_broker_that_refuses_every_life_of_the_producer_is_asked_with_pauses() {
    let refusals: [(&str, fn() -> Answer); 3] = [
        ("I9", || refused(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER)),
        ("I10", || refused_at(ErrorCode::UNKNOWN_PRODUCER_ID, 0)),
        ("I11", || refused(ErrorCode::INVALID_PRODUCER_EPOCH)),
    ];
    for (name, refusal) in refusals {
        let mut desk = Desk::new();
        desk.append(1);
        let first = desk.next().expect("sent");
        desk.complete(first, refusal());
        let again = desk.next().expect("the new life is tried at once");
        desk.complete(again, refusal());
        assert!(desk.next().is_none(), "{name}: not without a pause");
        desk.now += 2 * SECOND;
        assert!(desk.next().is_some(), "{name}");
    }
}

#[test]
fn i7_batches_behind_a_gap_are_renumbered_in_order_once_nothing_is_on_the_wire() {
    let mut desk = Desk::new();
    (0..3).for_each(|_| desk.append(2));
    let mut sent = desk.all().into_iter();
    let mut next = || sent.next().expect("three were sent");
    desk.complete(next(), refused(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
    assert!(desk.next().is_none(), "two are still on the wire");
    desk.complete(next(), refused(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
    desk.complete(next(), lost());
    desk.now += 2 * SECOND;
    let mut sent = desk.all();
    assert_eq!(stamps(&sent), [(1, 0)], "the leader does not know the new life yet");
    assert_eq!(sent[0].tail.cookies[0], 0);
    desk.complete(sent.remove(0), written(0));
    let sent = desk.all();
    assert_eq!(stamps(&sent), [(1, 2), (1, 4)]);
    let first: Vec<u64> = sent.iter().map(|batch| batch.tail.cookies[0]).collect();
    assert_eq!(first, [2, 4]);
}

/// A leader that knows nothing of the producer would take the second batch as the first when it has refused the first.
#[test]
fn one_batch_goes_alone_until_the_leader_knows_the_producer_and_after_a_long_silence() {
    let mut desk = Desk { lane: Lane::default(), ..Desk::new() };
    (0..4).for_each(|_| desk.append(1));
    for attempt in 0..2 {
        let mut sent = desk.all();
        assert_eq!(stamps(&sent), [(0, 0)], "attempt {attempt}");
        desk.complete(sent.remove(0), refused(ErrorCode::NOT_LEADER_OR_FOLLOWER));
        desk.now += 2 * SECOND;
    }
    let mut sent = desk.all();
    desk.complete(sent.remove(0), written(0));
    let sent = desk.all();
    assert_eq!(stamps(&sent), [(0, 1), (0, 2), (0, 3)]);
    sent.into_iter().zip(1..).for_each(|(batch, at)| _ = desk.complete(batch, written(at)));
    desk.now += 1000 * SECOND;
    (0..2).for_each(|_| desk.append(1));
    let mut sent = desk.all();
    assert_eq!(stamps(&sent), [(0, 4)]);
    desk.complete(sent.remove(0), written(4));
    let mut sent = desk.all();
    assert_eq!(stamps(&sent), [(0, 5)]);
    desk.complete(sent.remove(0), written(5));
    // A leader that was elected without being told of the producer.
    (0..2).for_each(|_| desk.append(1));
    let Desk { lane, rules, pid, now, compressor, .. } = &mut desk;
    let mut to_other = || lane.next(*now, rules, *pid, NODE + 1, Closing::Due, None, compressor);
    assert!(matches!(to_other(), Next::Send(_)) && matches!(to_other(), Next::Wait(None)));
}

#[test]
fn a_refused_batch_leaves_a_hole_and_the_rest_starts_again() {
    let mut desk = Desk::new();
    (0..3).for_each(|_| desk.append(1));
    let mut sent = desk.all().into_iter();
    let mut next = || sent.next().expect("three were sent");
    desk.complete(next(), written(0));
    desk.complete(next(), refused(ErrorCode::INVALID_RECORD));
    desk.complete(next(), refused(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER));
    desk.now += 2 * SECOND;
    let sent = desk.all();
    assert_eq!(stamps(&sent), [(1, 0)]);
    assert_eq!(desk.results, [(0, Ok(Some(0))), (1, Err(ErrorKind::Rejected))]);
}

#[test]
fn i15_halves_of_too_large_batches_keep_sequences_and_order() {
    let mut desk = Desk::new();
    (0..2).for_each(|_| desk.append(4));
    for batch in desk.all() {
        desk.complete(batch, refused(ErrorCode::MESSAGE_TOO_LARGE));
    }
    let mut seen = Vec::new();
    for _ in 0..4 {
        let mut sent = desk.all();
        assert_eq!(sent.len(), 1, "I4");
        seen.extend(stamps(&sent));
        desk.complete(sent.remove(0), written(seen.len() as i64));
    }
    assert_eq!(seen, [(0, 0), (0, 2), (0, 4), (0, 6)]);
    let order: Vec<u64> = desk.results.iter().map(|(cookie, _)| *cookie).collect();
    assert_eq!(order, [0, 2, 4, 6]);
}

#[test]
fn p2_a_single_record_that_is_too_large_fails() {
    let mut desk = Desk::new();
    desk.append(1);
    let batch = desk.next().expect("sent");
    desk.complete(batch, refused(ErrorCode::RECORD_LIST_TOO_LARGE));
    assert_eq!(desk.results, [(0, Err(ErrorKind::RecordTooLarge))]);
}

#[test]
fn p12_results_wait_for_earlier_ones() {
    let mut desk = Desk::new();
    desk.rules.idempotent = false;
    (0..3).for_each(|_| desk.append(1));
    let mut sent = desk.all();
    desk.complete(sent.remove(2), written(0));
    desk.complete(sent.remove(1), written(1));
    assert_eq!(desk.results, []);
    desk.complete(sent.remove(0), written(2));
    assert_eq!(desk.results, [(0, Ok(Some(2))), (1, Ok(Some(1))), (2, Ok(Some(0)))]);
}

#[test]
fn p4_the_delivery_timeout_counts_wherever_the_batch_is() {
    let mut desk = Desk::new();
    desk.append(1);
    let mut on_wire = desk.next().expect("sent");
    desk.append(1);
    desk.open(1);
    let due = desk.now + desk.rules.delivery_timeout;
    assert_eq!(desk.expire(), Some(due));
    desk.now = due;
    let mut effects = Effects::default();
    desk.lane.expire_on_wire(&desk.rules, &mut on_wire, &mut effects);
    desk.take(effects);
    assert_eq!(desk.expire(), None);
    let unsent = Err(ErrorKind::Timeout);
    assert_eq!(desk.results, [(0, Err(ErrorKind::MaybeWritten)), (1, unsent), (2, unsent)]);
    // The late answer is no second result, but says that there is no hole.
    desk.complete(on_wire, written(0));
    desk.append(1);
    let sent = desk.all();
    assert_eq!((stamps(&sent), desk.results.len()), (vec![(0, 1)], 3));
}

#[test]
fn p5_an_open_batch_lingers_unless_someone_is_in_a_hurry() {
    let mut desk = Desk::new();
    desk.rules.linger = 5 * SECOND;
    desk.open(1);
    let due = desk.now + 5 * SECOND;
    assert!(matches!(desk.ask(), Next::Wait(Some(at)) if at == due));
    let hurried =
        desk.lane.next(desk.now, &desk.rules, desk.pid, NODE, Closing::Any, None, &mut desk.compressor);
    assert!(matches!(hurried, Next::Send(_)));
    desk.open(1);
    desk.now = due;
    assert!(desk.next().is_some());
}

#[test]
fn p5_what_goes_along_with_a_request_is_full_already() {
    let mut desk = Desk::new();
    desk.append(1);
    desk.open(1);
    let mut full_only = || {
        desk.lane.next(desk.now, &desk.rules, desk.pid, NODE, Closing::Nothing, None, &mut desk.compressor)
    };
    assert!(matches!(full_only(), Next::Send(_)));
    assert!(matches!(full_only(), Next::Wait(None)), "it is due, but may fill until the link is free");
    assert!(desk.next().is_some());
}

#[test]
fn p11_retries_pause_and_end() {
    let mut desk = Desk::new();
    desk.rules.retries = 2;
    desk.append(1);
    for attempt in 0..3 {
        let batch = desk.next().unwrap_or_else(|| panic!("attempt {attempt}"));
        desk.complete(batch, refused(ErrorCode::NOT_ENOUGH_REPLICAS));
        assert!(desk.next().is_none());
        desk.now += 2 * SECOND;
    }
    assert_eq!(desk.results, [(0, Err(ErrorKind::Retriable))]);
}

#[test]
fn p11_a_batch_that_every_attempt_finds_corrupt_fails() {
    let mut desk = Desk::new();
    desk.append(1);
    let mut attempts = 0;
    while let Some(batch) = desk.next() {
        attempts += 1;
        desk.complete(batch, refused(ErrorCode::CORRUPT_MESSAGE));
        desk.now += 2 * SECOND;
    }
    assert_eq!((attempts, desk.results.len()), (CORRUPT_LIMIT + 1, 1));
}

#[test]
fn i14_a_new_leader_waits_for_the_answers_of_the_old_one() {
    let mut desk = Desk::new();
    (0..2).for_each(|_| desk.append(1));
    let first = desk.next().expect("sent");
    let ask = |desk: &mut Desk| {
        desk.lane.next(desk.now, &desk.rules, desk.pid, 2, Closing::Due, None, &mut desk.compressor)
    };
    assert!(matches!(ask(&mut desk), Next::Wait(None)));
    desk.complete(first, refused(ErrorCode::NOT_LEADER_OR_FOLLOWER));
    desk.lane.retry_now();
    let Next::Send(batch) = ask(&mut desk) else { panic!("M6: at once, without a pause") };
    assert_eq!(stamps(&[batch]), [(0, 0)]);
}

#[test]
fn i12_losing_the_permission_is_fatal() {
    let mut desk = Desk::new();
    desk.append(1);
    let batch = desk.next().expect("sent");
    let reaction = desk.complete(batch, refused(ErrorCode::CLUSTER_AUTHORIZATION_FAILED));
    assert!(matches!(reaction, Reaction::Fatal(error) if error.kind() == ErrorKind::Authorization));
}

#[test]
fn a_batch_that_does_not_fit_the_request_waits_for_the_next_one() {
    let mut desk = Desk::new();
    desk.append(10);
    let asked =
        desk.lane.next(desk.now, &desk.rules, desk.pid, NODE, Closing::Due, Some(50), &mut desk.compressor);
    assert!(matches!(asked, Next::NoRoom));
    assert!(desk.next().is_some());
}
