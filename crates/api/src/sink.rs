//! The sink side: what an author writes, and the batch of records it is given.
//!
//! ```text
//! open(partitions) ─► put(batch)… ─► pre_commit(offsets) ─► commit by the runtime ─► close(partitions) ─► stop
//! ```
//! A record counts as done when [`SinkTask::pre_commit`] returned an offset above it (D4); until then a crash brings
//! it again.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::{
    BoxFuture, Budget, Exception, Headers, Props, Record, RecordError, Settings, TaskError, TaskId,
    TimestampType, TopicPartition, Value,
};

/// Offsets by partition: always the *next* offset to consume.
pub type Offsets = BTreeMap<TopicPartition, i64>;

/// A task that takes records from Kafka and writes them somewhere.
pub trait SinkTask: Sized + Send + 'static {
    /// The settings of the task, parsed before `start`.
    type Config: Settings;

    /// Opens the destination.
    fn start(config: Self::Config, cx: SinkContext) -> impl Future<Output = Result<Self, TaskError>> + Send;

    /// Partitions were assigned; called before the first record of each.
    fn open(&mut self, partitions: &[TopicPartition]) -> impl Future<Output = Result<(), TaskError>> + Send {
        let _ = partitions;
        async { Ok(()) }
    }

    /// Takes a batch, possibly an empty one (so that a task can act on time). It may keep data until `pre_commit`.
    ///
    /// [`TaskError::Retriable`]: nothing else is consumed and the *same* batch is put again, after
    /// [`SinkContext::timeout`] or at the next commit. [`TaskError::Fatal`]: the task fails.
    /// Data kept across calls should be detached ([`crate::Buf::detach`]), or one record pins a whole fetched frame, and
    /// counts against [`SinkContext::budget`] with all of it: when that is used up, nothing more is fetched, and
    /// `pre_commit` is called every second so that a task can be done with what it keeps.
    fn put(&mut self, batch: &SinkBatch) -> impl Future<Output = Result<(), TaskError>> + Send;

    /// Makes everything put so far durable. Called by the default `pre_commit`.
    fn flush(&mut self, offsets: &Offsets) -> impl Future<Output = Result<(), TaskError>> + Send {
        let _ = offsets;
        async { Ok(()) }
    }

    /// Says up to where the records are done: returns offsets at most as high as those given; a partition left out is
    /// not committed this time. An error rewinds to the last committed offsets.
    fn pre_commit(&mut self, offsets: Offsets) -> impl Future<Output = Result<Offsets, TaskError>> + Send {
        async move {
            self.flush(&offsets).await?;
            Ok(offsets)
        }
    }

    /// Partitions are given away, after `pre_commit` for them.
    fn close(&mut self, partitions: &[TopicPartition]) -> impl Future<Output = Result<(), TaskError>> + Send {
        let _ = partitions;
        async { Ok(()) }
    }

    /// Closes what `start` opened.
    fn stop(self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// The object-safe form of [`SinkTask`].
pub trait DynSinkTask: Send {
    /// See [`SinkTask::open`].
    fn open<'a>(&'a mut self, partitions: &'a [TopicPartition]) -> BoxFuture<'a, Result<(), TaskError>>;
    /// See [`SinkTask::put`].
    fn put<'a>(&'a mut self, batch: &'a SinkBatch) -> BoxFuture<'a, Result<(), TaskError>>;
    /// See [`SinkTask::pre_commit`].
    fn pre_commit(&mut self, offsets: Offsets) -> BoxFuture<'_, Result<Offsets, TaskError>>;
    /// See [`SinkTask::close`].
    fn close<'a>(&'a mut self, partitions: &'a [TopicPartition]) -> BoxFuture<'a, Result<(), TaskError>>;
    /// See [`SinkTask::stop`].
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()>;
}

impl<T: SinkTask> DynSinkTask for T {
    fn open<'a>(&'a mut self, partitions: &'a [TopicPartition]) -> BoxFuture<'a, Result<(), TaskError>> {
        Box::pin(SinkTask::open(self, partitions))
    }
    fn put<'a>(&'a mut self, batch: &'a SinkBatch) -> BoxFuture<'a, Result<(), TaskError>> {
        Box::pin(SinkTask::put(self, batch))
    }
    fn pre_commit(&mut self, offsets: Offsets) -> BoxFuture<'_, Result<Offsets, TaskError>> {
        Box::pin(SinkTask::pre_commit(self, offsets))
    }
    fn close<'a>(&'a mut self, partitions: &'a [TopicPartition]) -> BoxFuture<'a, Result<(), TaskError>> {
        Box::pin(SinkTask::close(self, partitions))
    }
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(SinkTask::stop(*self))
    }
}

/// A consumed record, after converters and transforms.
#[derive(Clone, Debug, PartialEq)]
pub struct SinkRecord {
    /// Topic, key, value, headers; its origin holds the consumed partition and offset.
    pub record: Record,
}

impl SinkRecord {
    /// Offset of the consumed record.
    #[must_use]
    pub fn offset(&self) -> i64 {
        match &self.record.origin {
            crate::Origin::Sink { offset, .. } => *offset,
            crate::Origin::Source { .. } => -1,
        }
    }

    /// Gives up the data: all that may be large.
    fn empty(&mut self) {
        let Record { key_schema, key, value_schema, value, headers, .. } = &mut self.record;
        (*key_schema, *value_schema) = (None, None);
        (*key, *value) = (Value::Null, Value::Null);
        *headers = Headers::default();
    }

    /// Meaning of the timestamp.
    #[must_use]
    pub fn timestamp_type(&self) -> TimestampType {
        match &self.record.origin {
            crate::Origin::Sink { timestamp_type, .. } => *timestamp_type,
            crate::Origin::Source { .. } => TimestampType::None,
        }
    }
}

/// Records in the order of consumption: within one partition by offset.
///
/// A cleared batch keeps its records without their data, so that a steady sink writes again only what differs from
/// record to record ([`SinkBatch::add`]).
#[derive(Debug, Default)]
pub struct SinkBatch {
    records: Vec<SinkRecord>,
    /// Records of this batch; those behind are what earlier ones left.
    len: usize,
}

impl SinkBatch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The records.
    #[must_use]
    pub fn records(&self) -> &[SinkRecord] {
        self.records.get(..self.len).unwrap_or_default()
    }

    /// Whether there are no records.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds a record; for the runtime and tests.
    pub fn push(&mut self, record: SinkRecord) {
        match self.records.get_mut(self.len) {
            Some(place) => *place = record,
            None => self.records.push(record),
        }
        self.len += 1;
    }

    /// Adds a record for the runtime to write over, all of it except what is the same: what an earlier batch left in its
    /// place, or `new` when no batch was this long before.
    pub fn add(&mut self, new: impl FnOnce() -> SinkRecord) -> &mut SinkRecord {
        let at = self.len;
        if at == self.records.len() {
            self.records.push(new());
        }
        self.len += 1;
        &mut self.records[at]
    }

    /// Takes back the record added last.
    pub fn take_back(&mut self) {
        self.len = self.len.saturating_sub(1);
        if let Some(place) = self.records.get_mut(self.len) {
            place.empty();
        }
    }

    /// Keeps only records for which `keep` holds; for the runtime when partitions are revoked.
    pub fn retain(&mut self, keep: impl FnMut(&SinkRecord) -> bool) {
        self.records.truncate(self.len);
        self.records.retain(keep);
        self.len = self.records.len();
    }

    /// Empties the batch and keeps its memory, but no keys, values and headers.
    pub fn clear(&mut self) {
        self.records.truncate(KEPT);
        self.records.iter_mut().take(self.len).for_each(SinkRecord::empty);
        self.len = 0;
    }
}

/// Most records whose memory a cleared batch keeps (about 1 MB).
const KEPT: usize = 4096;

/// Reports records that the destination refuses (KIP-610).
pub trait ErrantRecordReporter: Send + Sync {
    /// Reports `record` to the dead-letter queue and log. Resolves when the report is durable; the runtime waits for it
    /// before it commits past the record even if the future is dropped. Under `errors.tolerance=none` the task fails.
    fn report(&self, record: &SinkRecord, error: RecordError) -> BoxFuture<'static, Result<(), TaskError>>;
}

/// What a task asked for since the runtime looked last.
#[derive(Debug, Default)]
pub struct SinkRequests {
    /// Positions to go to before the next fetch.
    pub seek: Offsets,
    /// How long the next poll may wait at most.
    pub timeout: Option<Duration>,
    /// A commit as soon as possible.
    pub commit: bool,
    /// (partition, true = pause, false = resume), in order.
    pub pauses: Vec<(TopicPartition, bool)>,
}

#[derive(Default)]
struct Shared {
    requests: SinkRequests,
    assignment: Vec<TopicPartition>,
}

/// The task's handle to its runtime. Requests take effect before the next `put`.
#[derive(Clone)]
pub struct SinkContext {
    task: TaskId,
    raw: Arc<Props>,
    budget: Budget,
    shared: Arc<Mutex<Shared>>,
    errant: Option<Arc<dyn ErrantRecordReporter>>,
}

impl SinkContext {
    /// For the runtime.
    #[must_use]
    pub fn new(
        task: TaskId,
        raw: Arc<Props>,
        budget: Budget,
        errant: Option<Arc<dyn ErrantRecordReporter>>,
    ) -> Self {
        Self { task, raw, budget, shared: Arc::default(), errant }
    }

    /// Which task this is.
    #[must_use]
    pub fn task(&self) -> &TaskId {
        &self.task
    }

    /// The task's configuration as a string map.
    #[must_use]
    pub fn configs(&self) -> &Props {
        &self.raw
    }

    /// The memory that this task's buffers may take.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Partitions assigned at the moment.
    #[must_use]
    pub fn assignment(&self) -> Vec<TopicPartition> {
        self.lock().assignment.clone()
    }

    /// Stops delivery from `partitions`, which must be assigned.
    pub fn pause(&self, partitions: &[TopicPartition]) -> Result<(), TaskError> {
        self.set_paused(
            partitions,
            true,
            "SinkTasks may not pause partitions that are not currently assigned to them.",
        )
    }

    /// Undoes [`SinkContext::pause`].
    pub fn resume(&self, partitions: &[TopicPartition]) -> Result<(), TaskError> {
        self.set_paused(
            partitions,
            false,
            "SinkTasks may not resume partitions that are not currently assigned to them.",
        )
    }

    fn set_paused(&self, partitions: &[TopicPartition], pause: bool, refusal: &str) -> Result<(), TaskError> {
        let mut shared = self.lock();
        if partitions.iter().any(|p| !shared.assignment.contains(p)) {
            return Err(TaskError::fatal(Exception::new(crate::classes::ILLEGAL_WORKER_STATE, refusal)));
        }
        shared.requests.pauses.extend(partitions.iter().map(|p| (p.clone(), pause)));
        Ok(())
    }

    /// Goes to `offsets` before the next fetch and takes them as committed.
    pub fn seek(&self, offsets: Offsets) {
        self.lock().requests.seek.extend(offsets);
    }

    /// Limits how long the next poll waits, and so when a retriable `put` is tried again. Holds once.
    pub fn timeout(&self, wait: Duration) {
        self.lock().requests.timeout = Some(wait);
    }

    /// Asks for a commit as soon as possible.
    pub fn request_commit(&self) {
        self.lock().requests.commit = true;
    }

    /// Reporter of errant records; `None` when neither a dead-letter queue nor `errors.log.enable` is configured.
    #[must_use]
    pub fn errant(&self) -> Option<&Arc<dyn ErrantRecordReporter>> {
        self.errant.as_ref()
    }

    /// For the runtime: takes what was asked for.
    #[must_use]
    pub fn take_requests(&self) -> SinkRequests {
        std::mem::take(&mut self.lock().requests)
    }

    /// For the runtime: the partitions that the task may pause.
    pub fn set_assignment(&self, partitions: Vec<TopicPartition>) {
        self.lock().assignment = partitions;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Buf, Header, Origin, Schema, Text, Topic};

    fn record(offset: i64, value: Value) -> SinkRecord {
        let from = TopicPartition { topic: Topic::from("t"), partition: 0 };
        SinkRecord {
            record: Record {
                topic: from.topic.clone(),
                partition: Some(0),
                key_schema: None,
                key: Value::Null,
                value_schema: None,
                value,
                timestamp: None,
                headers: Headers::default(),
                origin: Origin::Sink { from, offset, timestamp_type: TimestampType::None },
            },
        }
    }

    fn offsets(batch: &SinkBatch) -> Vec<i64> {
        batch.records().iter().map(SinkRecord::offset).collect()
    }

    #[test]
    fn a_cleared_batch_frees_the_data_and_shows_nothing_of_it() {
        let budget = Budget::new(100);
        let buf = Buf::charged(b"abc".to_vec(), budget.charge(3));
        let mut batch = SinkBatch::new();
        batch.push(record(1, Value::String(Text::from_utf8(buf).unwrap())));
        batch.push(record(2, Value::Null));
        assert_eq!((offsets(&batch), budget.used()), (vec![1, 2], 3));
        batch.records[0].record.headers.push(Header::new("h", None, Value::Null));
        batch.records[0].record.value_schema = Some(Schema::optional_string());
        batch.clear();
        assert_eq!((batch.len(), batch.is_empty(), batch.records().len(), budget.used()), (0, true, 0, 0));
        let left = &batch.records[0].record;
        assert!(left.headers.is_empty() && left.value_schema.is_none());
    }

    #[test]
    fn records_of_an_earlier_batch_are_written_over_in_their_places() {
        let mut batch = SinkBatch::new();
        (1..=3).for_each(|offset| batch.push(record(offset, Value::Bool(true))));
        batch.clear();
        let unused = || unreachable!("there is one in its place");
        *batch.add(unused) = record(7, Value::Bool(false));
        assert_eq!(offsets(&batch), [7]);
        batch.push(record(8, Value::Null));
        assert_eq!(offsets(&batch), [7, 8], "not the third of before");
        batch.retain(|record| record.offset() == 8);
        assert_eq!(offsets(&batch), [8]);
        assert_eq!(
            batch.add(|| record(9, Value::Null)).offset(),
            9,
            "what was left behind went with the others"
        );
        assert_eq!(offsets(&batch), [8, 9]);
    }

    #[test]
    fn a_record_taken_back_is_neither_shown_nor_kept() {
        let budget = Budget::new(100);
        let text = |byte: u8| Buf::charged(vec![byte; 50], budget.charge(50));
        let mut batch = SinkBatch::new();
        for offset in [1, 2] {
            batch.push(record(offset, Value::String(Text::from_utf8(text(b'a')).unwrap())));
        }
        batch.take_back();
        assert_eq!((offsets(&batch), budget.used()), (vec![1], 50));
        batch.add(|| unreachable!("there is one in its place")).record.timestamp = Some(5);
        assert_eq!((offsets(&batch), batch.records()[1].record.value.is_null()), (vec![1, 2], true));
    }

    #[test]
    fn a_giant_batch_does_not_keep_its_memory() {
        let mut batch = SinkBatch::new();
        (0..KEPT as i64 + 10).for_each(|offset| batch.push(record(offset, Value::Null)));
        batch.clear();
        assert_eq!(batch.records.len(), KEPT);
    }
}
