//! What appending threads, drivers and the supervisor of one producer share.
//!
//! Lock order: a lane, then anything else; never two lanes. Results are delivered while their lane is locked,
//! which keeps them in order (P12).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use kconnect_wire::compress::{Compression, Compressor};
use kconnect_wire::records::{BatchBuilder, HEADER_LEN, SealedBatch};
use tokio::sync::Notify;

use super::ack::{Ack, AckQueue, Completion, RecordMetadata, Waiter};
use super::batch::{Batch, OpenBatch, Tail};
use super::compressors::Compressors;
use super::config::{Partitioner, ProducerConfig};
use super::flush::Generations;
use super::identity::Identity;
use super::lane::{Effects, Finished, Lane, Rules};
use super::memory::{Charge, Memory, SLACK};
use super::murmur2::partition_for_key;
use super::pace::Pace;
use super::topic::{NO_NODE, PartitionRef, Topic};
use super::{AppendError, Record};
use crate::net::backoff::now;
use crate::scope::Scope;
use crate::{Client, Error, ErrorKind};

/// Records between two looks at the wall clock within one batch.
const CLOCK_EVERY: u32 = 16;

pub(crate) struct Core {
    pub(crate) client: Client,
    pub(crate) config: ProducerConfig,
    pub(crate) rules: Rules,
    pub(crate) memory: Arc<Memory>,
    pub(crate) pace: Pace,
    pub(crate) generations: Generations,
    pub(crate) acks: Arc<AckQueue>,
    pub(crate) identity: Identity,
    pub(crate) scope: Scope,
    /// Wakes the supervisor.
    pub(crate) attention: Notify,
    /// No more records are taken.
    pub(crate) closed: AtomicBool,
    /// Every handle is gone: what was appended is still delivered, then the tasks end.
    pub(crate) abandoned: AtomicBool,
    /// Why the producer cannot go on.
    failure: OnceLock<Error>,
    topics: Mutex<HashMap<Arc<str>, Arc<Topic>>>,
    queues: Mutex<HashMap<i32, Arc<NodeQueue>>>,
    compressors: Compressors,
}

/// Who has chosen the partition of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Chosen {
    /// The caller, or its key.
    Elsewhere,
    Sticky,
    InTurn,
}

/// Partitions of one broker that have something to send; [`NO_NODE`] collects those without a leader.
pub(crate) struct NodeQueue {
    pub(crate) node: i32,
    pub(crate) ready: Mutex<Vec<PartitionRef>>,
    pub(crate) wake: Notify,
    pub(crate) has_driver: AtomicBool,
}

impl Core {
    pub(crate) fn new(client: Client, config: ProducerConfig) -> Self {
        let rules = Rules {
            idempotent: config.idempotent,
            max_in_flight: config.max_in_flight,
            linger: config.linger,
            delivery_timeout: config.delivery_timeout,
            retries: config.retries,
            retry_backoff: config.retry_backoff,
            retry_backoff_max: config.retry_backoff_max,
        };
        Self {
            client,
            rules,
            memory: Arc::new(Memory::new(config.buffer_memory, config.batch_size)),
            pace: Pace::new(config.max_block),
            generations: Generations::new(),
            acks: Arc::new(AckQueue::new()),
            identity: Identity::new(config.idempotent),
            scope: Scope::new(),
            attention: Notify::new(),
            closed: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            failure: OnceLock::new(),
            topics: Mutex::default(),
            queues: Mutex::default(),
            compressors: Compressors::new(&config),
            config,
        }
    }

    /// Appends one record. The hot path: one lane lock, one encoding, one cookie.
    #[inline]
    pub(crate) fn append(
        &self,
        topic: &Arc<Topic>,
        partition: Option<i32>,
        record: Record<'_>,
        cookie: u64,
        waiter: Option<tokio::sync::oneshot::Sender<Result<RecordMetadata, Error>>>,
    ) -> Result<(), AppendError> {
        let bound = BatchBuilder::size_upper_bound(record.key, record.value, record.headers);
        self.check_size(bound + HEADER_LEN)?;
        let (index, chosen) = self.place(topic, partition, record.key)?;
        let place = topic.partition(index).ok_or(AppendError::UnknownPartition)?;
        let mut lane = place.lock();
        self.check_open()?;
        let opened = self.make_room(topic, index, &mut lane, bound).inspect_err(|_| {
            if chosen == Chosen::InTurn {
                topic.give_turn_back();
            }
        })?;
        let lane = &mut *lane;
        let open = lane.open.as_mut().expect("make_room leaves an open batch");
        let timestamp = match record.timestamp {
            Some(timestamp) => timestamp,
            None => {
                if open.builder.record_count().is_multiple_of(CLOCK_EVERY) {
                    lane.wall_ms = wall_clock_ms();
                }
                lane.wall_ms
            }
        };
        let before = open.builder.len();
        open.builder.append(timestamp, record.key, record.value, record.headers);
        open.tail.cookies.push(cookie);
        if let Some(reply) = waiter {
            open.tail.waiters.push(Waiter { index: open.builder.record_count() - 1, reply });
        }
        let bytes = open.builder.len() - before;
        // Full when another record like this one does not fit: there is nothing to wait for.
        let full = open.builder.len() + bytes > self.config.batch_size;
        if full {
            self.seal(lane);
        }
        if opened || full {
            place.load.store(lane.queued() as u32, Ordering::Relaxed);
            self.note(topic, index, lane, full);
        }
        if chosen == Chosen::Sticky {
            let adaptive = self.config.adaptive_partitioning;
            topic.sticky_appended(index, bytes, full, self.config.batch_size, adaptive);
        }
        Ok(())
    }

    /// Queues a batch that is encoded already, behind everything appended before it.
    pub(crate) fn append_sealed(
        &self,
        topic: &Arc<Topic>,
        partition: i32,
        sealed: &mut Option<SealedBatch>,
        cookie: u64,
    ) -> Result<(), AppendError> {
        let Some(size) = sealed.as_ref().map(SealedBatch::len) else { return Ok(()) };
        self.check_size(size)?;
        let index = u32::try_from(partition).map_err(|_| AppendError::UnknownPartition)?;
        let place = topic.partition(index).ok_or(AppendError::UnknownPartition)?;
        let mut lane = place.lock();
        self.check_open()?;
        if !self.memory.charge(size) {
            return Err(AppendError::Full);
        }
        if lane.open.is_some() {
            self.seal(&mut lane);
        }
        let tail = Tail {
            id: lane.admit(),
            cookies: vec![cookie],
            waiters: Vec::new(),
            opened: now(),
            charged: size,
            generation: self.generations.enter(),
        };
        if let Some(sealed) = sealed.take() {
            lane.push_sealed(Batch::new(sealed, tail));
        }
        place.load.store(lane.queued() as u32, Ordering::Relaxed);
        self.note(topic, index, &mut lane, true);
        Ok(())
    }

    fn check_size(&self, size: usize) -> Result<(), AppendError> {
        let limit = self.config.max_request_size.min(self.memory.limit().saturating_sub(SLACK));
        if size > limit { Err(AppendError::TooLarge { size, limit }) } else { Ok(()) }
    }

    #[inline]
    fn check_open(&self) -> Result<(), AppendError> {
        match self.failure.get() {
            Some(error) => Err(AppendError::Failed(error.clone())),
            None if self.closed.load(Ordering::Relaxed) => Err(AppendError::Failed(closed())),
            None => Ok(()),
        }
    }

    /// The partition of a record, and how it was chosen (P8).
    #[inline]
    fn place(
        &self,
        topic: &Topic,
        partition: Option<i32>,
        key: Option<&[u8]>,
    ) -> Result<(u32, Chosen), AppendError> {
        match (partition, key) {
            (Some(partition), _) => {
                let index = u32::try_from(partition).map_err(|_| AppendError::UnknownPartition)?;
                Ok((index, Chosen::Elsewhere))
            }
            _ if self.config.partitioner == Partitioner::RoundRobin => {
                Ok((topic.next_in_turn(), Chosen::InTurn))
            }
            (None, Some(key)) if !self.config.ignore_keys => {
                Ok((partition_for_key(key, topic.count()), Chosen::Elsewhere))
            }
            _ => Ok((topic.sticky_partition(self.config.adaptive_partitioning), Chosen::Sticky)),
        }
    }

    /// Leaves an open batch with room for `bound` bytes. `true` when it is a new one.
    #[inline]
    fn make_room(
        &self,
        topic: &Arc<Topic>,
        index: u32,
        lane: &mut Lane,
        bound: usize,
    ) -> Result<bool, AppendError> {
        if let Some(open) = &mut lane.open {
            let needed = open.builder.len() + bound;
            if needed + SLACK <= open.tail.charged {
                return Ok(false);
            }
            if needed <= self.config.batch_size {
                let grown = self.memory.class_for(needed + SLACK);
                if self.memory.charge(grown - open.tail.charged) {
                    open.tail.charged = grown;
                    return Ok(false);
                }
            }
            self.seal(lane);
            self.note(topic, index, lane, true);
        }
        if self.pace.holds_back(lane, || PartitionRef { topic: topic.clone(), index }) {
            return Err(AppendError::Full);
        }
        let capacity = self.memory.class_for((HEADER_LEN + bound + SLACK).max(lane.size_hint));
        let Some((buffer, cookies)) = self.memory.take(capacity) else { return Err(AppendError::Full) };
        let tail = Tail {
            id: lane.admit(),
            cookies,
            waiters: Vec::new(),
            opened: now(),
            charged: capacity,
            generation: self.generations.enter(),
        };
        let mut builder = BatchBuilder::new(buffer);
        if self.config.compression == Compression::None {
            builder = builder.summing();
        }
        lane.open = Some(OpenBatch { builder, tail });
        Ok(true)
    }

    /// Closes the open batch of a lane, compressing in this thread.
    fn seal(&self, lane: &mut Lane) {
        self.with_compressor(|compressor| lane.seal(compressor));
    }

    /// Lends a compressor.
    pub(crate) fn with_compressor<T>(&self, work: impl FnOnce(&mut Compressor) -> T) -> T {
        self.compressors.with(work)
    }

    /// Tells the driver of the partition's leader that there is work; `wake` also when it knew.
    pub(crate) fn note(&self, topic: &Arc<Topic>, index: u32, lane: &mut Lane, wake: bool) {
        if lane.noted && !wake {
            return;
        }
        let node = topic.partition(index).map_or(NO_NODE, |partition| partition.node.load(Ordering::Relaxed));
        let queue = self.queue(node);
        if !lane.noted {
            lane.noted = true;
            lock(&queue.ready).push(PartitionRef { topic: topic.clone(), index });
        }
        queue.wake.notify_one();
    }

    /// The queue of a broker, made on first use. Its driver is started by the supervisor.
    pub(crate) fn queue(&self, node: i32) -> Arc<NodeQueue> {
        let mut queues = lock(&self.queues);
        if let Some(queue) = queues.get(&node) {
            return queue.clone();
        }
        let queue = Arc::new(NodeQueue {
            node,
            ready: Mutex::default(),
            wake: Notify::new(),
            has_driver: AtomicBool::new(false),
        });
        queues.insert(node, queue.clone());
        self.attention.notify_one();
        queue
    }

    /// All queues so far.
    pub(crate) fn queues(&self) -> Vec<Arc<NodeQueue>> {
        lock(&self.queues).values().cloned().collect()
    }

    pub(crate) fn wake_all(&self) {
        for queue in lock(&self.queues).values() {
            queue.wake.notify_one();
        }
    }

    /// A topic that was interned before.
    pub(crate) fn known_topic(&self, name: &str) -> Option<Arc<Topic>> {
        lock(&self.topics).get(name).cloned()
    }

    /// The one object of a topic.
    pub(crate) fn intern(&self, name: &Arc<str>) -> Arc<Topic> {
        lock(&self.topics).entry(name.clone()).or_insert_with(|| Arc::new(Topic::new(name.clone()))).clone()
    }

    pub(crate) fn topics(&self) -> Vec<Arc<Topic>> {
        lock(&self.topics).values().cloned().collect()
    }

    /// Takes the newest view of a topic's leaders over, and tells new leaders of waiting work.
    pub(crate) fn adopt_leaders(&self, topic: &Arc<Topic>) {
        let Some(metadata) = self.client.metadata().snapshot(&topic.name) else { return };
        let mut moved = Vec::new();
        topic.update(&metadata, |index, _| moved.push(index));
        for index in moved {
            let Some(partition) = topic.partition(index) else { continue };
            let lane = partition.lock();
            if lane.noted {
                // The old leader's driver holds it and hands it over when it looks.
                drop(lane);
                self.wake_all();
            }
        }
    }

    /// Carries out what a lane decided. The lane is locked by the caller.
    pub(crate) fn carry_out(&self, partition: &PartitionRef, effects: &mut Effects) {
        for (generation, bytes) in effects.split.drain(..) {
            self.memory.force_charge(bytes);
            self.generations.enter_same(generation);
        }
        for Batch { sealed, tail, .. } in effects.spent.drain(..) {
            self.memory.release(tail.charged, sealed.into_buffer());
            self.memory.recycle_cookies(tail.cookies);
        }
        for finished in effects.finished.drain(..) {
            self.deliver(self.completion(partition, finished));
        }
    }

    fn completion(&self, partition: &PartitionRef, finished: Finished) -> Completion {
        let Finished { tail, sealed, max_timestamp, outcome } = finished;
        let kept = (tail.cookies.len() * size_of::<u64>()).min(tail.charged);
        self.memory.release(tail.charged - kept, sealed.and_then(SealedBatch::into_buffer));
        let (written, result, record_errors) = match outcome {
            Ok(written) => (Some(written), Ok(()), Vec::new()),
            Err(failure) => (None, Err(failure.error), failure.records),
        };
        let ack = Ack {
            topic: partition.topic.name.clone(),
            partition: partition.number(),
            base_offset: written.and_then(|written| written.base_offset),
            timestamp: written.and_then(|written| written.append_time).unwrap_or(max_timestamp),
            result,
            record_errors,
            cookies: tail.cookies,
        };
        let charge = Charge::adopt(&self.memory, kept);
        Completion { ack, charge, waiters: tail.waiters, generation: tail.generation }
    }

    fn deliver(&self, completion: Completion) {
        let Completion { ack, charge, waiters, generation } = completion;
        for Waiter { index, reply } in waiters {
            let outcome = ack.result.clone().map(|()| RecordMetadata {
                topic: ack.topic.clone(),
                partition: ack.partition,
                offset: ack.base_offset.map(|base| base + i64::from(index)),
            });
            let _ = reply.send(outcome); // Whoever waited may be gone (P12).
        }
        self.acks.push(ack, charge);
        self.generations.leave(generation);
    }

    /// Closes every open batch, so that nothing lingers.
    pub(crate) fn seal_all(&self) {
        for topic in self.topics() {
            for index in 0..topic.count() {
                let Some(partition) = topic.partition(index) else { continue };
                let mut lane = partition.lock();
                if lane.open.is_some() {
                    self.seal(&mut lane);
                    self.note(&topic, index, &mut lane, true);
                }
            }
        }
    }

    /// Fails everything that is not on the wire and refuses records from now on.
    pub(crate) fn fail_all(&self, error: &Error) {
        let _ = self.failure.set(error.clone()); // The first failure is the reason.
        let mut effects = Effects::default();
        for topic in self.topics() {
            for index in 0..topic.count() {
                let Some(partition) = topic.partition(index) else { continue };
                let mut lane = partition.lock();
                self.with_compressor(|compressor| lane.fail_all(error, compressor, &mut effects));
                self.carry_out(&PartitionRef { topic: topic.clone(), index }, &mut effects);
            }
        }
    }
}

pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the producer is closed")
}

fn wall_clock_ms() -> i64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds this lock")
}
