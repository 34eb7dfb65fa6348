//! A partition's producer against a model of the broker, under random faults: 2,000 seeds, or `KCONNECT_SIM_SEEDS`.
//!
//! The model keeps what Kafka keeps (epoch, next sequence, the last five batches) and a log of cookies. Requests are
//! applied in order; a broken connection loses answers of what was applied, drops requests, or leaves them behind to be
//! applied later, when the producer has long sent them again. After the faults everything must come to an end.
//!
//! One hazard is left out, because no client that may go on can exclude it (Java's does not either): after a batch
//! expired with an unknown outcome, an OUT_OF_ORDER refusal is believed to say that the following one is not written, and
//! it is sent again under a new epoch. If its first attempt still lies unread in a dead connection, and is read before
//! the new epoch arrives, it is written twice. It needs an expiry: with Connect's endless delivery timeout there is none.
//!
//! Checked: a record reported as written is in the log once; one reported as failed is not in it, unless the report says
//! that nobody knows, and then at most once; the log is in the order of the appends; reports come in that order (P12).

use std::collections::VecDeque;

use super::*;

const FOREVER: usize = 20_000;

#[test]
fn whatever_the_broker_does_nothing_acknowledged_is_lost_doubled_or_out_of_order() {
    let seeds =
        std::env::var("KCONNECT_SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2000_u64);
    let mut faults = 0;
    let mut records = 0;
    for seed in 0..seeds {
        let mut world = World::new(seed);
        world.run();
        world.check();
        faults += world.faults;
        records += world.results().count();
    }
    assert!(
        faults > seeds as usize && records > 20 * seeds as usize,
        "{faults} faults, {records} records: too few"
    );
}

/// The broker's memory of one partition.
#[derive(Default)]
struct Broker {
    log: Vec<u64>,
    /// None when it knows nothing of the producer: then it takes any sequence as the first.
    epoch: Option<i16>,
    next: i32,
    last: VecDeque<(i32, i64)>,
    /// Most records of a batch, for MESSAGE_TOO_LARGE.
    limit: usize,
}

/// A request as the broker sees it.
#[derive(Clone)]
struct Request {
    epoch: i16,
    sequence: i32,
    cookies: Vec<u64>,
}

impl Broker {
    fn apply(&mut self, request: &Request) -> Answer {
        let count = request.cookies.len();
        if count > self.limit {
            return refused(ErrorCode::MESSAGE_TOO_LARGE);
        }
        if self.epoch.is_some_and(|epoch| request.epoch < epoch) {
            return refused(ErrorCode::INVALID_PRODUCER_EPOCH);
        }
        if self.epoch.is_some_and(|epoch| request.epoch > epoch) && request.sequence != 0 {
            return refused(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
        }
        if self.epoch != Some(request.epoch) {
            (self.epoch, self.next) = (Some(request.epoch), request.sequence);
            self.last.clear();
        }
        if let Some((_, offset)) = self.last.iter().find(|(sequence, _)| *sequence == request.sequence) {
            return written(*offset);
        }
        if request.sequence < self.next {
            return refused(ErrorCode::DUPLICATE_SEQUENCE_NUMBER);
        }
        if request.sequence != self.next {
            return refused(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
        }
        let offset = self.log.len() as i64;
        self.log.extend(&request.cookies);
        self.next += count as i32;
        self.last.push_back((request.sequence, offset));
        if self.last.len() > 5 {
            self.last.pop_front();
        }
        written(offset)
    }

    /// It has not heard of the producer for too long (`producer.id.expiration.ms`).
    fn forget(&mut self) {
        (self.epoch, self.next) = (None, 0);
        self.last.clear();
    }
}

struct World {
    seed: u64,
    rng: fastrand::Rng,
    desk: Desk,
    broker: Broker,
    wire: VecDeque<(Batch, Request)>,
    /// Left behind in a connection that the client has given up.
    late: Vec<Request>,
    reports: Vec<(Vec<u64>, Result<Option<i64>, ErrorKind>)>,
    faults: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut desk = Desk { lane: Lane::default(), ..Desk::new() };
        desk.rules.delivery_timeout = SECOND * rng.u32(5..60);
        desk.rules.max_in_flight = rng.usize(1..=5);
        let broker = Broker { limit: if rng.u8(..4) == 0 { 2 } else { usize::MAX }, ..Broker::default() };
        Self {
            seed,
            rng,
            desk,
            broker,
            wire: VecDeque::new(),
            late: Vec::new(),
            reports: Vec::new(),
            faults: 0,
        }
    }

    fn run(&mut self) {
        for _ in 0..120 {
            self.step();
        }
        // The faults are over; what was left behind may still come.
        for _ in 0..FOREVER {
            if self.reports.iter().map(|(cookies, _)| cookies.len() as u64).sum::<u64>() == self.desk.cookie {
                break;
            }
            self.send();
            if !self.serve() {
                self.sleep(SECOND);
            }
        }
        while !self.late.is_empty() {
            self.apply_late();
        }
    }

    /// A long silence, when there is nothing to send.
    fn be_forgotten(&mut self) {
        if self.results().count() as u64 == self.desk.cookie && self.wire.is_empty() {
            self.desk.now += 1000 * SECOND;
            self.broker.forget();
            self.late.clear();
        }
    }

    fn step(&mut self) {
        if self.rng.u8(..30) == 0 {
            self.be_forgotten();
        }
        match self.rng.u8(..20) {
            0..6 => {
                let records = self.rng.u32(1..=4);
                self.desk.append(records);
            }
            6..10 => self.send(),
            10..14 => {
                self.serve();
            }
            14 => self.refuse(ErrorCode::NOT_LEADER_OR_FOLLOWER, false),
            15 => {
                let applied = self.rng.bool();
                self.refuse(ErrorCode::REQUEST_TIMED_OUT, applied);
            }
            16 => self.refuse(ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND, true),
            17 => self.break_connection(),
            18 => self.apply_late(),
            _ => {
                let seconds = self.rng.u32(0..8);
                self.sleep(SECOND * seconds);
            }
        }
    }

    fn send(&mut self) {
        while let Some(batch) = self.desk.next() {
            let (epoch, sequence) = stamps(std::slice::from_ref(&batch))[0];
            let request = Request { epoch, sequence, cookies: batch.tail.cookies.clone() };
            self.wire.push_back((batch, request));
        }
    }

    /// The broker answers the oldest request.
    fn serve(&mut self) -> bool {
        let Some((batch, request)) = self.wire.pop_front() else { return false };
        let answer = self.broker.apply(&request);
        self.complete(batch, answer);
        true
    }

    fn refuse(&mut self, code: ErrorCode, applied: bool) {
        let Some((batch, request)) = self.wire.pop_front() else { return };
        self.faults += 1;
        // The code hides a good answer only; a bad one is what the broker says.
        let real = if applied { self.broker.apply(&request) } else { refused(code) };
        let answer = if matches!(real, Answer::Written(_)) { refused(code) } else { real };
        self.complete(batch, answer);
    }

    /// Some requests were applied, some are lost, the rest lies in a buffer that will be read later.
    fn break_connection(&mut self) {
        if self.wire.is_empty() {
            return;
        }
        self.faults += 1;
        let applied = self.rng.usize(..=self.wire.len());
        let given_up = self.wire.iter().any(|(batch, _)| batch.reported);
        let left = self.rng.bool() && !given_up; // The hazard that is left out.
        for (place, (batch, request)) in std::mem::take(&mut self.wire).into_iter().enumerate() {
            if place < applied {
                self.broker.apply(&request);
            } else if left {
                self.late.push(request);
            }
            self.complete(batch, lost());
        }
    }

    /// One connection's leftovers are read in order.
    fn apply_late(&mut self) {
        if !self.late.is_empty() {
            let request = self.late.remove(0);
            self.broker.apply(&request);
        }
    }

    fn sleep(&mut self, time: Duration) {
        self.desk.now += time;
        let mut effects = Effects::default();
        let Desk { lane, rules, now, compressor, .. } = &mut self.desk;
        lane.expire(*now, rules, compressor, &mut effects);
        for (batch, _) in &mut self.wire {
            if !batch.reported && *now >= batch.tail.opened + rules.delivery_timeout {
                lane.expire_on_wire(rules, batch, &mut effects);
            }
        }
        self.take(effects);
    }

    fn complete(&mut self, batch: Batch, answer: Answer) {
        let mut effects = Effects::default();
        let Desk { lane, rules, now, compressor, .. } = &mut self.desk;
        lane.complete(*now, rules, batch, answer, compressor, &mut effects);
        self.take(effects);
    }

    fn take(&mut self, effects: Effects) {
        for finished in effects.finished {
            let outcome = finished.outcome.map(|w| w.base_offset).map_err(|failure| failure.error.kind());
            if outcome == Err(ErrorKind::MaybeWritten) {
                self.late.clear(); // The hazard that is left out.
            }
            self.reports.push((finished.tail.cookies, outcome));
        }
    }

    /// Each record with what was reported of it.
    fn results(&self) -> impl Iterator<Item = (u64, &Result<Option<i64>, ErrorKind>)> {
        self.reports
            .iter()
            .flat_map(|(cookies, outcome)| cookies.iter().map(move |cookie| (*cookie, outcome)))
    }

    fn check(&self) {
        let seed = self.seed;
        let log = &self.broker.log;
        assert!(log.is_sorted_by(|a, b| a < b), "seed {seed}: doubled or out of order: {log:?}");
        let reported: Vec<u64> = self.results().map(|(cookie, _)| cookie).collect();
        assert_eq!(
            reported,
            (0..self.desk.cookie).collect::<Vec<_>>(),
            "seed {seed}: reports missing or out of order"
        );
        for (cookie, outcome) in self.results() {
            let stored = log.binary_search(&cookie).is_ok();
            match outcome {
                Ok(_) => assert!(stored, "seed {seed}: record {cookie} is acknowledged and lost"),
                Err(ErrorKind::MaybeWritten) => {}
                Err(kind) => {
                    assert!(!stored, "seed {seed}: record {cookie} failed ({kind:?}) and is written")
                }
            }
        }
        for (cookies, outcome) in &self.reports {
            if let Ok(Some(offset)) = outcome {
                let at = usize::try_from(*offset).expect("an offset of the model");
                assert_eq!(log.get(at), cookies.first(), "seed {seed}: wrong offset for {cookies:?}");
            }
        }
    }
}
