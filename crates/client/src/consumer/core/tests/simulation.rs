//! A consumer's core against a model of a cluster, under random faults: 2,000 seeds, or `KCONNECT_SIM_SEEDS`.
//!
//! The model keeps what brokers keep: logs with epochs, a leader for each, fetch sessions. Requests are answered in any
//! order, refused, lost before or after the broker saw them; leaders move, old metadata arrives late; meanwhile the
//! application reads, seeks, pauses, and partitions are revoked and come back, also while it has data out. Logs only grow:
//! truncation has rows of its own.
//!
//! Checked: every record is delivered once and in order from the position that was set last; the delivered position is the
//! record after; no fetch asks beyond the end of a log; what is held stays within the budget and one answer; and when the
//! faults end, everything is read to its end.

use std::collections::VecDeque;

use kconnect_wire::ErrorCode;
use kconnect_wire::messages::FetchLeaderIdAndEpoch;

use super::*;
use crate::consumer::batch::FetchedBatch;
use crate::consumer::cursor::Reading;
use crate::consumer::session::{FINAL_EPOCH, Want};

const PARTITIONS: i32 = 3;
const NODES: i32 = 2;
const STEPS: usize = 250;
const FOREVER: usize = 20_000;
const BUDGET: usize = 4096;
const ANSWER: i32 = 1024;

#[test]
fn whatever_the_cluster_does_every_record_is_delivered_once_and_in_order() {
    let seeds =
        std::env::var("KCONNECT_SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2000_u64);
    let (mut faults, mut delivered) = (0, 0);
    for seed in 0..seeds {
        let mut world = World::new(seed);
        (0..STEPS).for_each(|_| world.step());
        world.calm_down();
        faults += world.faults;
        delivered += world.delivered;
    }
    assert!(
        faults > 10 * seeds as usize && delivered > 50 * seeds as usize,
        "{faults} faults, {delivered} records: too few"
    );
}

/// A batch as it lies in a log.
struct Stored {
    base: i64,
    count: i64,
    epoch: i32,
    bytes: Vec<u8>,
}

#[derive(Default)]
struct Log {
    batches: Vec<Stored>,
    leader: i32,
    epoch: i32,
}

impl Log {
    fn end(&self) -> i64 {
        self.batches.last().map_or(0, |last| last.base + last.count)
    }

    /// Values are the offsets.
    fn append(&mut self, count: i64) {
        let base = self.end();
        let mut builder = BatchBuilder::with_capacity(256);
        (base..base + count).for_each(|offset| builder.append(0, None, Some(&offset.to_be_bytes()), &[]));
        let mut sealed = builder.seal(&mut Compressor::new(Compression::None));
        sealed.stamp(Stamp::PLAIN);
        let mut bytes = sealed.bytes().to_vec();
        bytes[..8].copy_from_slice(&base.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.epoch.to_be_bytes());
        self.batches.push(Stored { base, count, epoch: self.epoch, bytes });
    }

    /// The last epoch up to `epoch`, and where it ends.
    fn end_of(&self, epoch: i32) -> EpochEnd {
        let later = self.batches.iter().find(|batch| batch.epoch > epoch);
        let last = self.batches.iter().rev().find(|batch| batch.epoch <= epoch);
        let offset = later.map_or(self.end(), |batch| batch.base);
        EpochEnd { epoch: last.map_or(-1, |batch| batch.epoch), offset }
    }

    /// Whole batches from the one with `offset`, the last perhaps cut; the first is never cut (KIP-74).
    fn read(&self, offset: i64, limit: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for batch in self.batches.iter().filter(|batch| batch.base + batch.count > offset) {
            let room = if out.is_empty() { batch.bytes.len() } else { limit.saturating_sub(out.len()) };
            out.extend_from_slice(&batch.bytes[..batch.bytes.len().min(room)]);
        }
        out
    }
}

/// What a broker remembers of a consumer's wishes.
#[derive(Default)]
struct Remembered {
    id: i32,
    epoch: i32,
    wants: BTreeMap<TopicPartition, Want>,
}

enum Pending {
    Committed(Vec<(TopicPartition, u64)>),
    List(i32, Vec<ListQuestion>),
    Validate(i32, Vec<EpochQuestion>),
    Fetch { node: i32, ask: Ask, max_bytes: i32 },
    Metadata(TopicMetadata),
}

struct World {
    rng: fastrand::Rng,
    seed: u64,
    now: Instant,
    core: Core,
    logs: Vec<Log>,
    committed: Vec<Option<i64>>,
    /// The next record that the application must see of each partition.
    expected: Vec<i64>,
    sessions: HashMap<i32, Remembered>,
    next_session: i32,
    pending: VecDeque<Pending>,
    /// Metadata as it was, for answers that come late.
    history: Vec<TopicMetadata>,
    /// What the application has taken out and not given back yet.
    out: Option<(Lease, Reading)>,
    calm: bool,
    faults: usize,
    delivered: usize,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let config = ConsumerConfig {
            group_id: Some("g".into()),
            offset_reset: OffsetReset::Earliest,
            fetch_budget: BUDGET,
            fetch_max_bytes: ANSWER,
            partition_fetch_bytes: 300,
            ..ConsumerConfig::default()
        };
        let pause = Duration::from_millis(100);
        let pauses = Pauses { retry: pause, failure: pause, preference: pause };
        let mut logs: Vec<Log> = Vec::new();
        for _ in 0..PARTITIONS {
            let mut log = Log { leader: rng.i32(1..=NODES), ..Log::default() };
            (0..rng.usize(1..8)).for_each(|_| log.append(rng.i64(1..6)));
            logs.push(log);
        }
        let committed: Vec<Option<i64>> =
            logs.iter().map(|log| rng.bool().then(|| rng.i64(0..=log.end()))).collect();
        let mut world = Self {
            seed,
            now: Instant::now(),
            core: Core::new(Arc::new(config), pauses),
            expected: committed.iter().map(|offset| offset.unwrap_or(0)).collect(),
            logs,
            committed,
            sessions: HashMap::new(),
            next_session: 1,
            pending: VecDeque::new(),
            history: Vec::new(),
            out: None,
            calm: false,
            faults: 0,
            delivered: 0,
            rng,
        };
        world.history.push(world.metadata());
        (0..PARTITIONS).for_each(|index| world.core.add(partition(index)));
        world
    }

    fn step(&mut self) {
        self.ask();
        match self.rng.u32(0..100) {
            0..35 => self.answer_one(),
            35..45 => self.lose_one(),
            45..65 => self.take(),
            65..80 => self.give_back(),
            80..84 => self.now += Duration::from_millis(self.rng.u64(1..200)),
            84..88 => {
                let log = self.rng.usize(0..self.logs.len());
                let count = self.rng.i64(1..6);
                self.logs[log].append(count);
            }
            88..91 => self.move_leader(),
            91..93 => self.old_metadata(),
            _ => self.application(),
        }
    }

    /// The faults end: everything must be read.
    fn calm_down(&mut self) {
        self.calm = true;
        (0..PARTITIONS).for_each(|index| self.core.pause(&partition(index), false).unwrap());
        for _ in 0..FOREVER {
            let done = (0..self.logs.len()).all(|index| self.expected[index] == self.logs[index].end());
            if done && self.out.is_none() {
                return;
            }
            self.ask();
            self.answer_one();
            self.take();
            self.give_back();
            self.now += Duration::from_millis(10);
        }
        let ends: Vec<i64> = self.logs.iter().map(Log::end).collect();
        panic!("seed {}: stuck at {:?} of {ends:?}: {:?}", self.seed, self.expected, self.core);
    }

    /// As the engine does after everything that happens.
    fn ask(&mut self) {
        for effect in self.core.due(self.now) {
            self.pending.push_back(match effect {
                Effect::Committed(asked) => Pending::Committed(asked),
                Effect::ListOffsets { node, questions } => Pending::List(node, questions),
                Effect::Validate { node, questions } => Pending::Validate(node, questions),
                Effect::Fetch { node, ask, max_bytes, .. } => Pending::Fetch { node, ask, max_bytes },
                Effect::Refresh(_) => Pending::Metadata(self.metadata()),
            });
        }
        if !self.core.take_suspects().is_empty() {
            self.pending.push_back(Pending::Metadata(self.metadata()));
        }
        let held = self.core.held.bytes();
        assert!(held <= BUDGET + ANSWER as usize, "seed {}: {held} bytes held", self.seed);
    }

    fn next_pending(&mut self) -> Option<Pending> {
        let index = if self.pending.is_empty() { return None } else { self.rng.usize(0..self.pending.len()) };
        self.pending.remove(index)
    }

    fn answer_one(&mut self) {
        match self.next_pending() {
            None => {}
            Some(Pending::Metadata(metadata)) => self.core.learn(&metadata),
            Some(Pending::Committed(asked)) => {
                for (tp, stamp) in asked {
                    let offset = self.committed[tp.partition as usize];
                    let position =
                        offset.map(|offset| Position { offset, epoch: self.epoch_at(&tp, offset) });
                    self.core.committed(self.now, &tp, stamp, Outcome::Answer(position));
                }
            }
            Some(Pending::List(node, questions)) => {
                for ListQuestion { tp, stamp, timestamp, .. } in questions {
                    assert_eq!(timestamp, ResetTo::Earliest.timestamp());
                    let leads = self.logs[tp.partition as usize].leader == node;
                    let position = Position { offset: 0, epoch: -1 };
                    let outcome = if leads { Outcome::Answer(Some(position)) } else { self.moved() };
                    self.core.listed(self.now, &tp, stamp, outcome);
                }
            }
            Some(Pending::Validate(node, questions)) => {
                for EpochQuestion { tp, stamp, epoch, .. } in questions {
                    let log = &self.logs[tp.partition as usize];
                    let end = log.end_of(epoch);
                    let outcome = if log.leader == node { Outcome::Answer(end) } else { self.moved() };
                    self.core.validated(self.now, &tp, stamp, outcome);
                }
            }
            Some(Pending::Fetch { node, ask, max_bytes }) => {
                let (response, size) = self.fetch(node, &ask, max_bytes);
                self.core.fetched(self.now, node, response, size);
            }
        }
    }

    fn moved<T>(&mut self) -> Outcome<T> {
        self.faults += 1;
        Outcome::Again { stale: true }
    }

    /// The connection breaks, before or after the broker saw the request.
    fn lose_one(&mut self) {
        self.faults += 1;
        match self.next_pending() {
            // Metadata that is wanted is asked for until it comes.
            Some(pending @ Pending::Metadata(_)) => self.pending.push_back(pending),
            None => {}
            Some(Pending::Committed(asked)) => {
                for (tp, stamp) in asked {
                    let again = Outcome::Again { stale: false };
                    let failed = Outcome::Failed(Error::new(ErrorKind::Rejected, "not today"));
                    let outcome = if self.rng.bool() { again } else { failed };
                    self.core.committed(self.now, &tp, stamp, outcome);
                }
            }
            Some(Pending::List(_, questions)) => {
                for question in questions {
                    let again = Outcome::Again { stale: self.rng.bool() };
                    self.core.listed(self.now, &question.tp, question.stamp, again);
                }
            }
            Some(Pending::Validate(_, questions)) => {
                for question in questions {
                    let again = Outcome::Again { stale: self.rng.bool() };
                    self.core.validated(self.now, &question.tp, question.stamp, again);
                }
            }
            Some(Pending::Fetch { node, ask, max_bytes }) => {
                if self.rng.bool() {
                    drop(self.fetch(node, &ask, max_bytes));
                }
                if self.rng.u32(0..4) == 0 {
                    self.sessions.remove(&node); // The broker was started again.
                }
                self.core.fetch_failed(self.now, node);
            }
        }
    }

    /// What the broker answers, and how many bytes that is.
    fn fetch(&mut self, node: i32, ask: &Ask, max_bytes: i32) -> (FetchResponse, usize) {
        let refused = |error_code| (FetchResponse { error_code, ..FetchResponse::default() }, 0);
        if ask.session_id != 0 {
            match self.sessions.get(&node) {
                Some(known) if known.id == ask.session_id && known.epoch == ask.session_epoch => {}
                Some(known) if known.id == ask.session_id => {
                    return refused(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
                }
                _ => return refused(ErrorCode::FETCH_SESSION_ID_NOT_FOUND),
            }
        } else if ask.session_epoch != FINAL_EPOCH {
            self.sessions.insert(node, Remembered { id: self.next_session, ..Remembered::default() });
            self.next_session += 1;
        }
        let mut passing = Remembered::default();
        let session = match ask.session_epoch == FINAL_EPOCH {
            true => &mut passing,
            false => self.sessions.entry(node).or_default(),
        };
        session.epoch += 1;
        ask.forgotten.iter().for_each(|(tp, _)| _ = session.wants.remove(tp));
        session.wants.extend(ask.partitions.iter().cloned());
        let (session_id, wants) = (session.id, session.wants.clone());
        let (mut partitions, mut size) = (Vec::new(), 0);
        for (tp, want) in wants {
            let room = (max_bytes as usize).saturating_sub(size).min(want.max_bytes as usize);
            let data = self.fetch_partition(node, &tp, &want, room);
            let bytes = data.records.as_ref().map_or(0, |records| records.len());
            size += bytes;
            if bytes > 0 || data.error_code != ErrorCode::NONE || ask.session_id == 0 {
                partitions.push(data);
            }
        }
        let topic =
            FetchableTopicResponse { topic_id: topic_id(), partitions, ..FetchableTopicResponse::default() };
        (FetchResponse { session_id, responses: vec![topic], ..FetchResponse::default() }, size)
    }

    fn fetch_partition(
        &mut self,
        node: i32,
        tp: &TopicPartition,
        want: &Want,
        room: usize,
    ) -> FetchPartitionData {
        let log = &self.logs[tp.partition as usize];
        let mut data = FetchPartitionData {
            partition_index: tp.partition,
            high_watermark: log.end(),
            ..FetchPartitionData::default()
        };
        data.error_code = if log.leader != node {
            if self.rng.bool() {
                let (leader_id, leader_epoch) = (log.leader, log.epoch);
                data.current_leader = FetchLeaderIdAndEpoch { leader_id, leader_epoch, ..Default::default() };
            }
            ErrorCode::NOT_LEADER_OR_FOLLOWER
        } else if want.leader_epoch > log.epoch {
            ErrorCode::UNKNOWN_LEADER_EPOCH
        } else if want.leader_epoch >= 0 && want.leader_epoch < log.epoch {
            ErrorCode::FENCED_LEADER_EPOCH
        } else {
            ErrorCode::NONE
        };
        if data.error_code != ErrorCode::NONE {
            self.faults += 1;
            return data;
        }
        assert!((0..=log.end()).contains(&want.offset), "seed {}: {tp} asked at {}", self.seed, want.offset);
        if room > 0 {
            data.records = Some(log.read(want.offset, room).into());
        }
        data
    }

    fn move_leader(&mut self) {
        self.faults += 1;
        let index = self.rng.usize(0..self.logs.len());
        let leader = self.rng.i32(1..=NODES);
        let log = &mut self.logs[index];
        (log.leader, log.epoch) = (leader, log.epoch + 1);
        self.history.push(self.metadata());
    }

    /// A broker that lags behind tells what was (M3).
    fn old_metadata(&mut self) {
        self.faults += 1;
        let index = self.rng.usize(0..self.history.len());
        let metadata = self.history[index].clone();
        self.core.learn(&metadata);
    }

    fn application(&mut self) {
        let index = self.rng.usize(0..self.logs.len());
        let tp = partition(index as i32);
        match self.rng.u32(0..4) {
            0 => {
                let offset = self.rng.i64(0..=self.logs[index].end());
                let epoch = if self.rng.bool() { self.epoch_at(&tp, offset) } else { -1 };
                self.core.seek(&tp, Position { offset, epoch }).unwrap();
                self.expected[index] = offset;
            }
            1 => {
                self.core.reset(&tp, ResetTo::Earliest).unwrap();
                self.expected[index] = 0;
            }
            2 => self.core.pause(&tp, self.rng.bool()).unwrap(),
            _ => {
                if self.rng.bool() {
                    self.core.begin_revoking(&[tp.clone()].into());
                }
                self.core.remove(&tp);
                self.core.add(tp.clone());
                self.core.learn(&self.metadata());
                self.expected[index] = self.committed[index].unwrap_or(0);
            }
        }
    }

    /// Takes data out and reads it, as a poll does.
    fn take(&mut self) {
        if self.out.is_some() {
            return;
        }
        let Some(Ok(mut lease)) = self.core.checkout(self.now) else { return };
        let max = self.rng.usize(1..8);
        let reading = lease.cursor.read(max, &mut DecompressBuffer::new());
        let reading = reading.unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
        self.out = Some((lease, reading));
    }

    fn give_back(&mut self) {
        let Some((lease, Reading { segments, reached, .. })) = self.out.take() else { return };
        let tp = lease.tp.clone();
        let index = tp.partition as usize;
        if !self.core.checkin(lease, reached) {
            return; // Sought or revoked meanwhile: these records are not the application's.
        }
        let Some(reached) = reached else { return };
        let batch = FetchedBatch { partition: tp.clone(), segments, reached };
        for record in batch.records() {
            let record = record.unwrap();
            let next = self.expected[index];
            assert_eq!(record.offset(), next, "seed {}: {tp}", self.seed);
            assert_eq!(record.value(), Some(&next.to_be_bytes()[..]), "seed {}: {tp}", self.seed);
            self.expected[index] += 1;
            self.delivered += 1;
        }
        assert_eq!(reached.offset, self.expected[index], "seed {}: {tp}", self.seed);
        let position = self.core.position(&tp).unwrap().map(|position| position.offset);
        assert_eq!(position, Some(reached.offset), "seed {}: {tp}", self.seed);
    }

    /// Epoch of the record before the offset, as a commit stores it.
    fn epoch_at(&self, tp: &TopicPartition, offset: i64) -> i32 {
        let batches = self.logs[tp.partition as usize].batches.iter();
        batches.take_while(|batch| batch.base < offset).last().map_or(-1, |batch| batch.epoch)
    }

    fn metadata(&self) -> TopicMetadata {
        let partitions = (0..).zip(&self.logs).map(|(index, log)| PartitionMetadata {
            index,
            leader: Some(log.leader),
            leader_epoch: log.epoch,
            replicas: vec![],
            isr: vec![],
            offline: vec![],
        });
        TopicMetadata {
            name: "t".into(),
            id: Some(topic_id()),
            internal: false,
            partitions: partitions.collect(),
        }
    }
}

fn topic_id() -> Uuid {
    Uuid::from_bytes([1; 16])
}

fn partition(index: i32) -> TopicPartition {
    TopicPartition::new("t", index)
}
