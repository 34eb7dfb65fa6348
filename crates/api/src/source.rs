//! The source side: what an author writes, and the batch that carries rows to the runtime.
//!
//! ```text
//! poll(&mut batch) ── rows ──► transforms ──► converters ──► producer ──► acks (per Kafka batch) ──► offsets, Acks
//! ```
//! Rows are numbered in the order of [`SourceBatch::push`] over the life of the task ([`RowId`]); that number is what
//! acknowledgements speak of. What many rows share (topic, schemas, source partition) is a [`Lane`].

use std::future::Future;
use std::sync::Arc;

use crate::{
    BoxFuture, Budget, Headers, ObjectMap, Props, Schema, Settings, SourceOffset, SourcePartition, TaskError,
    TaskId, Topic, Value,
};

/// A task that reads from somewhere and hands rows to Kafka.
///
/// Life: `start` once, then `poll` again and again from one place (never twice at a time), then `stop` once.
/// `stop` is called even when `poll` failed, not when `start` failed.
pub trait SourceTask: Sized + Send + 'static {
    /// The settings of the task, parsed before `start`.
    type Config: Settings;

    /// Opens whatever is read. Stored offsets are asked of `cx`. Slow work that may wait for the outside for long
    /// belongs into `poll`, since the task is not RUNNING before this returns.
    fn start(config: Self::Config, cx: SourceContext)
    -> impl Future<Output = Result<Self, TaskError>> + Send;

    /// Adds rows to `out` and returns; waits while there is nothing. Returning without rows is allowed (the runtime
    /// calls again at once, so wait before). One call should stay within a few thousand rows or a megabyte.
    ///
    /// **Cancel points:** a paused task's pending poll is kept and its batch held. A stopped task's poll is dropped at
    /// any `.await`; rows pushed so far are discarded and read again after a restart, since their offsets were never
    /// stored. Never acknowledge anything to the source in here; see [`SourceContext::acks`].
    ///
    /// A [`TaskError::Retriable`] keeps the rows already in `out`, then polls again. A fatal one fails the task after
    /// the rows in `out` were sent.
    fn poll(&mut self, out: &mut SourceBatch) -> impl Future<Output = Result<(), TaskError>> + Send;

    /// Called after the last record was acknowledged and its offset stored.
    fn commit(&mut self) -> impl Future<Output = Result<(), TaskError>> + Send {
        async { Ok(()) }
    }

    /// Closes what `start` opened.
    fn stop(self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// The object-safe form of [`SourceTask`], made by [`crate::source()`]; a plugin in another process implements it itself.
pub trait DynSourceTask: Send {
    /// See [`SourceTask::poll`].
    fn poll<'a>(&'a mut self, out: &'a mut SourceBatch) -> BoxFuture<'a, Result<(), TaskError>>;
    /// See [`SourceTask::commit`].
    fn commit(&mut self) -> BoxFuture<'_, Result<(), TaskError>>;
    /// See [`SourceTask::stop`].
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()>;
}

impl<T: SourceTask> DynSourceTask for T {
    fn poll<'a>(&'a mut self, out: &'a mut SourceBatch) -> BoxFuture<'a, Result<(), TaskError>> {
        Box::pin(SourceTask::poll(self, out))
    }
    fn commit(&mut self) -> BoxFuture<'_, Result<(), TaskError>> {
        Box::pin(SourceTask::commit(self))
    }
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(SourceTask::stop(*self))
    }
}

/// What many rows share.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// The Kafka topic.
    pub topic: Topic,
    /// The Kafka partition; `None` lets the partitioner choose.
    pub partition: Option<i32>,
    /// Schema of keys.
    pub key_schema: Option<Schema>,
    /// Schema of values.
    pub value_schema: Option<Schema>,
    /// Which part of the source.
    pub source_partition: SourcePartition,
}

/// Index of a [`Lane`] in its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneId(pub(crate) u32);

impl LaneId {
    /// Position in [`SourceBatch::lanes`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Number of a row in the life of its task, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId(pub u64);

/// A batch as it lies in Kafka, taken from one cluster and written to another without decoding (MirrorMaker).
#[derive(Clone, Debug, PartialEq)]
pub struct RawBatch {
    /// One whole record batch of magic 2.
    pub bytes: bytes::Bytes,
    /// Number of records in it, as its header says.
    pub records: u32,
}

/// One row of a [`SourceBatch`].
#[derive(Clone, Debug)]
pub struct Row {
    /// What it shares with others.
    pub lane: LaneId,
    /// The key.
    pub key: Value,
    /// The value.
    pub value: Value,
    /// Milliseconds since the epoch; `None` lets the producer set it.
    pub timestamp: Option<i64>,
    /// Headers; `None` costs nothing.
    pub headers: Option<Box<Headers>>,
    /// Where the source partition goes on after this row.
    pub offset: SourceOffset,
    /// Set for a row that stands for a whole encoded batch; key, value and headers are then unused.
    pub raw: Option<Box<RawBatch>>,
}

/// A transaction boundary that the connector asks for (KIP-618, `transaction.boundary=connector`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Commit after the row before this position.
    Commit,
    /// Abort everything since the last boundary.
    Abort,
}

/// Rows on their way from a poll to the producer; recycled between polls.
#[derive(Debug, Default)]
pub struct SourceBatch {
    lanes: Vec<Lane>,
    rows: Vec<Row>,
    marks: Vec<(usize, Mark)>,
    first: u64,
}

impl SourceBatch {
    /// An empty batch whose first row gets the number 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The id of `lane` in this batch; looks at the most recent lanes first, so asking once a poll or once a row is
    /// equally fine.
    pub fn lane(&mut self, lane: &Lane) -> LaneId {
        let known = self.lanes.iter().rposition(|known| same_lane(known, lane));
        let index = known.unwrap_or_else(|| {
            self.lanes.push(lane.clone());
            self.lanes.len() - 1
        });
        LaneId(u32::try_from(index).expect("fewer lanes than rows fit into memory"))
    }

    /// Adds a row. `at` is where its source partition goes on *after* it.
    pub fn push(&mut self, lane: LaneId, key: Value, value: Value, at: SourceOffset) -> RowMut<'_> {
        self.add(Row { lane, key, value, timestamp: None, headers: None, offset: at, raw: None })
    }

    /// Adds an encoded batch that is written as it is; nothing is decoded, transforms do not see it.
    pub fn push_raw(&mut self, lane: LaneId, batch: RawBatch, at: SourceOffset) -> RowMut<'_> {
        let raw = Some(Box::new(batch));
        self.add(Row {
            lane,
            key: Value::Null,
            value: Value::Null,
            timestamp: None,
            headers: None,
            offset: at,
            raw,
        })
    }

    fn add(&mut self, row: Row) -> RowMut<'_> {
        let id = RowId(self.first + self.rows.len() as u64);
        self.rows.push(row);
        let row = self.rows.last_mut().expect("just pushed");
        RowMut { row, id }
    }

    /// Asks for a commit after the rows pushed so far.
    pub fn commit_here(&mut self) {
        self.marks.push((self.rows.len(), Mark::Commit));
    }

    /// Asks to abort the rows pushed since the last boundary; their offsets are stored all the same (KIP-618).
    pub fn abort_here(&mut self) {
        self.marks.push((self.rows.len(), Mark::Abort));
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Lanes of this batch.
    #[must_use]
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows, for the runtime to take values out of.
    pub fn rows_mut(&mut self) -> &mut [Row] {
        &mut self.rows
    }

    /// Transaction boundaries: (number of rows before it, what).
    #[must_use]
    pub fn marks(&self) -> &[(usize, Mark)] {
        &self.marks
    }

    /// Number of the first row.
    #[must_use]
    pub fn first_row(&self) -> RowId {
        RowId(self.first)
    }

    /// Empties the batch, keeps its memory and goes on counting rows. Lanes are kept while they are few, so that a
    /// steady source never builds them again.
    pub fn recycle(&mut self) {
        self.first += self.rows.len() as u64;
        self.rows.clear();
        self.marks.clear();
        if self.lanes.len() > 64 {
            self.lanes.clear();
        }
    }
}

fn same_lane(a: &Lane, b: &Lane) -> bool {
    (Arc::ptr_eq(a.topic.shared(), b.topic.shared()) || a.topic == b.topic)
        && a.partition == b.partition
        && (Arc::ptr_eq(&a.source_partition, &b.source_partition) || a.source_partition == b.source_partition)
        && a.key_schema == b.key_schema
        && a.value_schema == b.value_schema
}

/// The row just pushed, to add what few rows have.
#[derive(Debug)]
pub struct RowMut<'a> {
    row: &'a mut Row,
    id: RowId,
}

impl RowMut<'_> {
    /// The row's number, for matching acknowledgements.
    #[must_use]
    pub fn id(&self) -> RowId {
        self.id
    }

    /// Sets the timestamp in milliseconds since the epoch.
    pub fn timestamp(self, millis: i64) -> Self {
        self.row.timestamp = Some(millis);
        self
    }

    /// Sets the headers.
    pub fn headers(self, headers: Headers) -> Self {
        self.row.headers = (!headers.is_empty()).then(|| Box::new(headers));
        self
    }
}

/// What became of some rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Ack {
    /// The rows, ascending.
    pub rows: Vec<RowId>,
    /// Their fate.
    pub outcome: AckOutcome,
}

/// The fate of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum AckOutcome {
    /// They lie in Kafka, durable, at consecutive offsets.
    Written {
        /// The topic after transforms.
        topic: Topic,
        /// The partition.
        partition: i32,
        /// Offset of the first of them; `None` when the broker did not say (acks=0, a duplicate).
        base_offset: Option<i64>,
    },
    /// Filtered by a transform or skipped under `errors.tolerance=all`.
    Dropped,
}

/// Acknowledgements of rows, for sources that must confirm upstream (queues, replication slots).
pub trait Acks: Send {
    /// The next acknowledgement; waits. `None` when the task is over. May be dropped and called again.
    fn next(&mut self) -> BoxFuture<'_, Option<Ack>>;
}

/// What a source task asks of the runtime. Implemented by the runtime (and by a plugin's own tests).
pub trait SourceServices: Send + Sync {
    /// Stored offsets, in the order of `partitions`; `None` where nothing is stored.
    fn stored_offsets<'a>(
        &'a self,
        partitions: &'a [SourcePartition],
    ) -> BoxFuture<'a, Result<Vec<Option<ObjectMap>>, TaskError>>;
    /// Starts delivery of acknowledgements; before this call nobody pays for them.
    fn acks(&self) -> Box<dyn Acks>;
}

/// The task's side of [`SourceServices`].
#[derive(Clone)]
pub struct SourceContext {
    task: TaskId,
    raw: Arc<Props>,
    budget: Budget,
    services: Arc<dyn SourceServices>,
}

impl SourceContext {
    /// For the runtime.
    #[must_use]
    pub fn new(task: TaskId, raw: Arc<Props>, budget: Budget, services: Arc<dyn SourceServices>) -> Self {
        Self { task, raw, budget, services }
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

    /// The stored offset of one source partition.
    pub async fn stored_offset(&self, partition: &SourcePartition) -> Result<Option<ObjectMap>, TaskError> {
        let mut found = self.services.stored_offsets(std::slice::from_ref(partition)).await?;
        Ok(found.pop().flatten())
    }

    /// Stored offsets of several source partitions.
    pub async fn stored_offsets(
        &self,
        partitions: &[SourcePartition],
    ) -> Result<Vec<Option<ObjectMap>>, TaskError> {
        self.services.stored_offsets(partitions).await
    }

    /// Acknowledgements from here on.
    #[must_use]
    pub fn acks(&self) -> Box<dyn Acks> {
        self.services.acks()
    }
}
