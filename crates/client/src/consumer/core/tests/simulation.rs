//! A consumer's core against a model of a cluster, under random faults: 2,000 seeds, or `KCONNECT_SIM_SEEDS`.
//!
//! The model keeps what brokers keep: logs with epochs, a leader for each and perhaps a follower that lags behind, fetch
//! sessions. Requests are answered in any order, refused, lost before or after the broker saw them, answers arrive late;
//! leaders move, and some that are elected have lost the end of the log (F5); readers are sent to followers, which go away
//! (F15); old metadata arrives late; meanwhile the application reads, seeks, pauses, and partitions are revoked and come
//! back, also while it has data out. Half of the clusters are too old to tell of a divergence in a fetch.
//! Two of three consumers have an account, with room for some answers or hardly for one, an application that keeps some of
//! what it was given for a while, and others that charge the account, some for ever.
//!
//! Checked: what is delivered was written there, and right behind what was delivered before it; nothing is skipped, and
//! nothing comes again but what a new leader had lost; the delivered position is the record after; what is held stays
//! within the budget and one answer, and within the account, one answer and one batch; nothing stays charged; and when the faults end, everything is read to its end as it is in the log then.

use std::collections::VecDeque;
use std::ops::Range;

use kconnect_wire::ErrorCode;
use kconnect_wire::messages::{FetchEpochEndOffset, FetchLeaderIdAndEpoch};

use super::purse::Purse;
use super::*;
use crate::consumer::Account;
use crate::consumer::batch::FetchedBatch;
use crate::consumer::cursor::Reading;
use crate::consumer::session::{FINAL_EPOCH, Want};

const PARTITIONS: i32 = 3;
const NODES: i32 = 2;
const STEPS: usize = 250;
const FOREVER: usize = 20_000;
const BUDGET: usize = 4096;
const ANSWER: i32 = 1024;
/// No batch is larger, compressed or not.
const BATCH: usize = 256;

#[test]
fn whatever_the_cluster_does_every_record_is_delivered_once_and_in_order() {
    let seeds =
        std::env::var("KCONNECT_SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2000_u64);
    let mut sum = Counts::default();
    for seed in 0..seeds {
        let mut world = World::new(seed);
        (0..STEPS).for_each(|_| world.step());
        world.calm_down();
        sum.add(&world.counts);
    }
    let seeds = seeds as usize;
    let Counts { faults, delivered, cuts, taken_back, followed, waits, beyond } = sum;
    assert!(
        faults > 10 * seeds
            && delivered > 40 * seeds
            && cuts > seeds
            && taken_back > seeds / 4
            && followed > seeds
            && waits > seeds / 10
            && beyond > seeds,
        "too little happened: {sum:?}"
    );
}

/// What happened, so that a run in which little did is noticed.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    faults: usize,
    delivered: usize,
    /// Logs that lost their end.
    cuts: usize,
    /// Records that had been delivered and were lost by the log.
    taken_back: usize,
    /// Answers of followers with records.
    followed: usize,
    /// Times when a batch waited for memory to decompress it.
    waits: usize,
    /// Times when an account was beyond its limit.
    beyond: usize,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        self.faults += other.faults;
        self.delivered += other.delivered;
        self.cuts += other.cuts;
        self.taken_back += other.taken_back;
        self.followed += other.followed;
        self.waits += other.waits;
        self.beyond += other.beyond;
    }
}

/// A batch as it lies in a log.
struct Stored {
    base: i64,
    /// Numbers of the records, which are their values.
    ids: Range<u64>,
    epoch: i32,
    bytes: Vec<u8>,
}

impl Stored {
    fn end(&self) -> i64 {
        self.base + (self.ids.end - self.ids.start) as i64
    }
}

#[derive(Default)]
struct Log {
    batches: Vec<Stored>,
    leader: i32,
    epoch: i32,
    /// A replica that readers may be sent to, and how far it has copied.
    follower: Option<(i32, i64)>,
}

impl Log {
    fn end(&self) -> i64 {
        self.batches.last().map_or(0, Stored::end)
    }

    fn append(&mut self, ids: Range<u64>) {
        let base = self.end();
        let mut builder = BatchBuilder::with_capacity(256);
        // Long enough that compression makes something of it.
        let value = |id: u64| id.to_be_bytes().repeat(4);
        ids.clone().for_each(|id| builder.append(0, None, Some(&value(id)), &[]));
        let codec = [Compression::None, Compression::Snappy, Compression::Lz4][ids.start as usize % 3];
        let mut sealed = builder.seal(&mut Compressor::new(codec));
        sealed.stamp(Stamp::PLAIN);
        let mut bytes = sealed.bytes().to_vec();
        bytes[..8].copy_from_slice(&base.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.epoch.to_be_bytes());
        self.batches.push(Stored { base, ids, epoch: self.epoch, bytes });
    }

    /// The number of the record at `offset`.
    fn id_at(&self, offset: i64) -> Option<u64> {
        let batch = self.batches.iter().find(|batch| (batch.base..batch.end()).contains(&offset))?;
        Some(batch.ids.start + (offset - batch.base) as u64)
    }

    /// The last epoch up to `epoch`, and where it ends; where the first one begins if there is none.
    fn end_of(&self, epoch: i32) -> EpochEnd {
        let later = self.batches.iter().find(|batch| batch.epoch > epoch);
        let last = self.batches.iter().rev().find(|batch| batch.epoch <= epoch);
        match (last, later) {
            (Some(last), later) => {
                EpochEnd { epoch: last.epoch, offset: later.map_or(self.end(), |batch| batch.base) }
            }
            (None, Some(later)) => EpochEnd { epoch, offset: later.base },
            (None, None) => EpochEnd { epoch: -1, offset: -1 },
        }
    }

    /// Whole batches below `end` from the one with `offset`, the last perhaps cut; the first is never cut (KIP-74).
    fn read(&self, offset: i64, end: i64, limit: usize) -> Vec<u8> {
        let mut out = Vec::new();
        for batch in self.batches.iter().filter(|batch| batch.end() > offset && batch.end() <= end) {
            let room = if out.is_empty() { batch.bytes.len() } else { limit.saturating_sub(out.len()) };
            out.extend_from_slice(&batch.bytes[..batch.bytes.len().min(room)]);
        }
        out
    }
}

/// What the application has seen of a partition since its position was set from outside.
#[derive(Default)]
struct Seen {
    /// The next record that it must see.
    expected: i64,
    /// The last delivery of each offset.
    ids: BTreeMap<i64, u64>,
    /// The log lost its end below this position since; the application may be sent back.
    cut_below: bool,
}

impl Seen {
    fn from(expected: i64) -> Self {
        Seen { expected, ..Seen::default() }
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
    Fetch {
        node: i32,
        ask: Ask,
        room: Reservation,
    },
    /// Answered, and on its way.
    Validated(Vec<(EpochQuestion, Option<EpochEnd>)>),
    Fetched {
        node: i32,
        response: FetchResponse,
        size: usize,
    },
    Metadata(TopicMetadata),
}

struct World {
    rng: fastrand::Rng,
    seed: u64,
    now: Instant,
    core: Core,
    account: Option<Purse>,
    /// What the application keeps of what it was given.
    kept: Vec<FetchedBatch>,
    /// What others take of the account.
    others: Vec<Box<dyn Charge>>,
    logs: Vec<Log>,
    /// For each record ever written the one before it in its log.
    before: Vec<Option<u64>>,
    committed: Vec<Option<Position>>,
    seen: Vec<Seen>,
    /// Fetches tell where logs diverge (from version 12).
    tells_divergence: bool,
    sessions: HashMap<i32, Remembered>,
    next_session: i32,
    pending: VecDeque<Pending>,
    /// Metadata as it was, for answers that come late.
    history: Vec<TopicMetadata>,
    /// What the application has taken out and not given back yet.
    out: Option<(Lease, Reading)>,
    calm: bool,
    counts: Counts,
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
        let logs: Vec<Log> =
            (0..PARTITIONS).map(|_| Log { leader: rng.i32(1..=NODES), ..Log::default() }).collect();
        let account = (rng.u32(0..3) > 0).then(|| Purse::new(rng.usize(1..5 * ANSWER as usize)));
        let shared = account.clone().map(|account| Arc::new(account) as Arc<dyn Account>);
        let memory = Memory::new(shared, &Arc::default(), &Arc::default());
        let mut world = Self {
            seed,
            now: Instant::now(),
            core: Core::new(Arc::new(config), pauses, memory),
            account,
            kept: Vec::new(),
            others: Vec::new(),
            logs,
            before: Vec::new(),
            committed: Vec::new(),
            seen: Vec::new(),
            tells_divergence: rng.bool(),
            sessions: HashMap::new(),
            next_session: 1,
            pending: VecDeque::new(),
            history: Vec::new(),
            out: None,
            calm: false,
            counts: Counts::default(),
            rng,
        };
        for index in 0..world.logs.len() {
            (0..world.rng.usize(1..8)).for_each(|_| world.append(index));
            let offset = world.rng.i64(0..=world.logs[index].end());
            let position = Position { offset, epoch: world.epoch_at(index, offset) };
            let committed = world.rng.bool().then_some(position);
            world.seen.push(Seen::from(committed.map_or(0, |position| position.offset)));
            world.committed.push(committed);
        }
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
                let index = self.rng.usize(0..self.logs.len());
                self.append(index);
            }
            88..90 => self.move_leader(),
            90..93 => self.elect_uncleanly(),
            93..94 => self.old_metadata(),
            94..96 => self.follow(),
            96..97 => self.kept.clear(),
            97..98 => self.others_charge(),
            _ => self.application(),
        }
    }

    /// The faults end: everything must be read, as it is in the logs now.
    fn calm_down(&mut self) {
        self.calm = true;
        self.logs.iter_mut().for_each(|log| log.follower = log.follower.map(|(node, _)| (node, log.end())));
        (0..PARTITIONS).for_each(|index| self.core.pause(&partition(index), false).unwrap());
        for _ in 0..FOREVER {
            if self.out.is_none() && (0..self.logs.len()).all(|index| self.is_read(index)) {
                return self.end();
            }
            self.ask();
            self.answer_one();
            self.take();
            self.give_back();
            self.kept.clear();
            self.now += Duration::from_millis(10);
        }
        let at: Vec<(i64, i64)> =
            self.logs.iter().zip(&self.seen).map(|(log, seen)| (seen.expected, log.end())).collect();
        panic!("seed {}: stuck at (position, end) {at:?}: {:?}", self.seed, self.core);
    }

    fn others_charge(&mut self) {
        let Some(account) = &self.account else { return };
        let left = account.limit().saturating_sub(account.used());
        if self.rng.bool() {
            self.others.clear();
        } else if left > 0 {
            let bytes = if self.rng.bool() { left } else { self.rng.usize(0..left) };
            self.others.extend(account.try_charge(bytes));
        }
    }

    /// Whatever is under way or buffered when a consumer ends, nothing stays charged.
    fn end(&mut self) {
        self.core.let_go();
        self.pending.clear();
        self.kept.clear();
        self.others.clear();
        assert_eq!(self.core.memory.unread(), 0, "seed {}", self.seed);
        if let Some(account) = &self.account {
            assert_eq!((account.used(), account.hooks()), (0, 1), "seed {}", self.seed);
        }
    }

    /// Whether the application is at the end, and has the end that the log has now. Where it was sent back to the end
    /// there was nothing more to deliver.
    fn is_read(&self, index: usize) -> bool {
        let (log, seen) = (&self.logs[index], &self.seen[index]);
        let end = log.end();
        let position = self.core.position(&partition(index as i32)).ok().flatten();
        let is_there = position.is_some_and(|position| position.offset == end)
            && (seen.expected == end || seen.expected > end && seen.cut_below);
        let last = seen.ids.get(&(end - 1));
        is_there && last.is_none_or(|last| Some(*last) == log.id_at(end - 1))
    }

    /// As the engine does after everything that happens.
    fn ask(&mut self) {
        for effect in self.core.due(self.now) {
            self.pending.push_back(match effect {
                Effect::Committed(asked) => Pending::Committed(asked),
                Effect::ListOffsets { node, questions } => Pending::List(node, questions),
                Effect::Validate { node, questions } => Pending::Validate(node, questions),
                Effect::Fetch { node, ask, room, .. } => Pending::Fetch { node, ask, room },
                Effect::Refresh(_) => Pending::Metadata(self.metadata()),
            });
        }
        if !self.core.take_suspects().is_empty() {
            self.pending.push_back(Pending::Metadata(self.metadata()));
        }
        let held = self.core.memory.unread();
        assert!(held <= BUDGET + ANSWER as usize, "seed {}: {held} bytes held", self.seed);
        if let Some(account) = &self.account {
            let most = account.limit() + ANSWER as usize + 2 * BATCH;
            self.counts.beyond += usize::from(account.used() > account.limit());
            assert!(account.most() <= most, "seed {}: {account:?} was {}", self.seed, account.most());
        }
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
                    let position = self.committed[tp.partition as usize];
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
                let log = |tp: &TopicPartition| &self.logs[tp.partition as usize];
                let ends = questions.into_iter().map(|question| {
                    let leads =
                        log(&question.tp).leader == node && log(&question.tp).epoch == question.leader_epoch;
                    let end = leads.then(|| log(&question.tp).end_of(question.epoch));
                    (question, end)
                });
                let ends = ends.collect();
                self.arrive(Pending::Validated(ends));
            }
            Some(Pending::Fetch { node, ask, room }) => {
                let (response, size) = self.fetch(node, &ask, room);
                self.arrive(Pending::Fetched { node, response, size });
            }
            Some(answer) => self.arrived(answer),
        }
    }

    /// An answer comes at once, or after whatever happens next.
    fn arrive(&mut self, answer: Pending) {
        if !self.calm && self.rng.u32(0..3) == 0 {
            self.pending.push_back(answer);
        } else {
            self.arrived(answer);
        }
    }

    fn arrived(&mut self, answer: Pending) {
        match answer {
            Pending::Validated(ends) => {
                for (question, end) in ends {
                    let outcome = end.map_or_else(|| self.moved(), Outcome::Answer);
                    self.core.validated(self.now, &question, outcome);
                }
            }
            Pending::Fetched { node, response, size } => self.core.fetched(self.now, node, response, size),
            other => self.pending.push_back(other),
        }
    }

    fn moved<T>(&mut self) -> Outcome<T> {
        self.counts.faults += 1;
        Outcome::Again { stale: true }
    }

    /// The connection breaks, before or after the broker saw the request.
    fn lose_one(&mut self) {
        self.counts.faults += 1;
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
            Some(Pending::Validate(_, questions)) => self.unanswered(questions),
            Some(Pending::Validated(ends)) => {
                self.unanswered(ends.into_iter().map(|(question, _)| question).collect());
            }
            Some(Pending::Fetched { node, .. }) => self.core.fetch_failed(self.now, node),
            Some(Pending::Fetch { node, ask, room }) => {
                if self.rng.bool() {
                    drop(self.fetch(node, &ask, room));
                }
                if self.rng.u32(0..4) == 0 {
                    self.sessions.remove(&node); // The broker was started again.
                }
                self.core.fetch_failed(self.now, node);
            }
        }
    }

    fn unanswered(&mut self, questions: Vec<EpochQuestion>) {
        for question in questions {
            let again = Outcome::Again { stale: self.rng.bool() };
            self.core.validated(self.now, &question, again);
        }
    }

    /// What the broker answers, and how many bytes that is.
    fn fetch(&mut self, node: i32, ask: &Ask, room: Reservation) -> (FetchResponse, usize) {
        let max_bytes = room.bytes();
        assert!(max_bytes > 0, "seed {}: asks for nothing", self.seed);
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
            let room = max_bytes.saturating_sub(size).min(want.max_bytes as usize);
            let data = self.fetch_partition(node, &tp, &want, room);
            let bytes = data.records.as_ref().map_or(0, |records| records.len());
            size += bytes;
            let says = data.diverging_epoch.epoch >= 0 || data.preferred_read_replica >= 0;
            if bytes > 0 || says || data.error_code != ErrorCode::NONE || ask.session_id == 0 {
                partitions.push(data);
            }
        }
        in_one_frame(&mut partitions, room);
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
        let follower = log.follower.filter(|(follower, _)| *follower == node && node != log.leader);
        // What this replica has and may show.
        let end = follower.map_or(log.end(), |(_, end)| end);
        let mut data = FetchPartitionData {
            partition_index: tp.partition,
            high_watermark: end,
            ..FetchPartitionData::default()
        };
        let diverges = log.end_of(want.last_epoch);
        let diverges = self.tells_divergence
            && want.last_epoch >= 0
            && (diverges.epoch < want.last_epoch || diverges.offset < want.offset);
        data.error_code = if log.leader != node && follower.is_none() {
            if self.rng.bool() {
                let (leader_id, leader_epoch) = (log.leader, log.epoch);
                data.current_leader = FetchLeaderIdAndEpoch { leader_id, leader_epoch, ..Default::default() };
            }
            ErrorCode::NOT_LEADER_OR_FOLLOWER
        } else if want.leader_epoch > log.epoch {
            ErrorCode::UNKNOWN_LEADER_EPOCH
        } else if want.leader_epoch >= 0 && want.leader_epoch < log.epoch {
            ErrorCode::FENCED_LEADER_EPOCH
        } else if want.offset > end && !diverges {
            ErrorCode::OFFSET_OUT_OF_RANGE
        } else {
            ErrorCode::NONE
        };
        if data.error_code != ErrorCode::NONE {
            self.counts.faults += 1;
            return data;
        }
        if diverges {
            let EpochEnd { epoch, offset: end_offset } = log.end_of(want.last_epoch);
            data.diverging_epoch = FetchEpochEndOffset { epoch, end_offset, ..Default::default() };
            return data;
        }
        if let (None, Some((node, copied))) = (follower, log.follower)
            && copied > want.offset
        {
            data.preferred_read_replica = node;
            return data;
        }
        if room > 0 {
            let records = log.read(want.offset, end, room);
            self.counts.followed += usize::from(follower.is_some() && !records.is_empty());
            data.records = Some(records.into());
        }
        data
    }

    fn append(&mut self, index: usize) {
        let count = self.rng.u64(1..6);
        let first = self.before.len() as u64;
        let log = &mut self.logs[index];
        let mut last = log.id_at(log.end() - 1);
        for id in first..first + count {
            self.before.push(last.replace(id));
        }
        log.append(first..first + count);
    }

    /// The follower of a partition copies, is a new one, or goes.
    fn follow(&mut self) {
        let index = self.rng.usize(0..self.logs.len());
        let copied = self.rng.usize(0..=self.logs[index].batches.len());
        let node = self.rng.i32(1..=NODES);
        let log = &mut self.logs[index];
        let copied = log.batches[..copied].last().map_or(0, Stored::end);
        log.follower = match log.follower {
            Some((node, before)) if self.rng.bool() => Some((node, before.max(copied))),
            Some(_) if self.rng.bool() => None,
            _ => Some((node, copied)).filter(|_| node != log.leader),
        };
    }

    /// The new leader lacks the end of the log.
    fn elect_uncleanly(&mut self) {
        self.move_leader();
        let index = self.rng.usize(0..self.logs.len());
        let log = &mut self.logs[index];
        let kept = self.rng.usize(log.batches.len().saturating_sub(3)..=log.batches.len());
        log.batches.truncate(kept);
        log.epoch += 1;
        let end = log.end();
        log.follower = log.follower.map(|(node, copied)| (node, copied.min(end)));
        let seen = &mut self.seen[index];
        seen.cut_below |= end < seen.expected;
        self.counts.cuts += 1;
        // What is written now lies where something else was.
        (0..self.rng.usize(0..4)).for_each(|_| self.append(index));
        self.history.push(self.metadata());
    }

    fn move_leader(&mut self) {
        self.counts.faults += 1;
        let index = self.rng.usize(0..self.logs.len());
        let leader = self.rng.i32(1..=NODES);
        let log = &mut self.logs[index];
        (log.leader, log.epoch) = (leader, log.epoch + 1);
        log.follower = log.follower.filter(|(follower, _)| *follower != leader);
        self.history.push(self.metadata());
    }

    /// A broker that lags behind tells what was (M3).
    fn old_metadata(&mut self) {
        self.counts.faults += 1;
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
                let epoch = if self.rng.bool() { self.epoch_at(index, offset) } else { -1 };
                self.core.seek(&tp, Position { offset, epoch }).unwrap();
                self.seen[index] = Seen::from(offset);
            }
            1 => {
                self.core.reset(&tp, ResetTo::Earliest).unwrap();
                self.seen[index] = Seen::from(0);
            }
            2 => self.core.pause(&tp, self.rng.bool()).unwrap(),
            _ => {
                if self.rng.bool() {
                    self.core.begin_revoking(&[tp.clone()].into());
                }
                self.core.remove(&tp);
                self.core.add(tp.clone());
                self.core.learn(&self.metadata());
                let offset = self.committed[index].map_or(0, |position| position.offset);
                self.seen[index] = Seen { cut_below: self.counts.cuts > 0, ..Seen::from(offset) };
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
        self.counts.waits += usize::from(reading.waits);
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
            let id = u64::from_be_bytes(*record.value().unwrap().first_chunk().unwrap());
            self.delivered(index, record.offset(), id);
        }
        if self.rng.bool() {
            self.kept.push(batch);
        }
        assert_eq!(reached.offset, self.seen[index].expected, "seed {}: {tp}", self.seed);
        let position = self.core.position(&tp).unwrap().map(|position| position.offset);
        assert_eq!(position, Some(reached.offset), "seed {}: {tp}", self.seed);
    }

    fn delivered(&mut self, index: usize, offset: i64, id: u64) {
        let (seen, log, seed) = (&mut self.seen[index], &self.logs[index], self.seed);
        if offset != seen.expected {
            assert!(
                offset < seen.expected && seen.cut_below,
                "seed {seed}: {offset} instead of {}",
                seen.expected
            );
            // Sent back behind what the log had lost, or to the beginning when nobody could tell how much that was.
            let lost = seen.ids.get(&offset).is_none_or(|old| log.id_at(offset) != Some(*old));
            assert!(lost || offset == 0, "seed {seed}: partition {index} repeats {offset}");
            self.counts.taken_back += seen.ids.split_off(&offset).len();
        }
        if let Some(last) = seen.ids.get(&(offset - 1)) {
            let before = self.before[id as usize];
            assert_eq!(before, Some(*last), "seed {seed}: partition {index} skips what is before {offset}");
        }
        seen.ids.insert(offset, id);
        seen.expected = offset + 1;
        seen.cut_below |= log.id_at(offset) != Some(id);
        self.counts.delivered += 1;
    }

    /// Epoch of the record before the offset, as a commit stores it.
    fn epoch_at(&self, index: usize, offset: i64) -> i32 {
        let batches = self.logs[index].batches.iter();
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

/// The records of an answer lie in one piece of memory, with its charge.
fn in_one_frame(partitions: &mut [FetchPartitionData], room: Reservation) {
    let whole: Vec<u8> =
        partitions.iter().filter_map(|data| data.records.as_deref()).flatten().copied().collect();
    let frame = room.fill(whole.into());
    let mut at = 0;
    for records in partitions.iter_mut().filter_map(|data| data.records.as_mut()) {
        let end = at + records.len();
        *records = frame.slice(at..end);
        at = end;
    }
}

fn topic_id() -> Uuid {
    Uuid::from_bytes([1; 16])
}

fn partition(index: i32) -> TopicPartition {
    TopicPartition::new("t", index)
}
