//! The loop of a sink task: poll, convert, transform, put, commit what the task says is done (runtime.md §9).
//!
//! One owner of everything; in its `select!`: the consumer, the wanted state, a commit under way. The consumer is polled
//! from here only, also while the task is paused or a batch waits to be put again, so that rebalances are answered.
//!
//! D4: a consumer offset is committed only after `pre_commit` returned it, and never beyond what was put. D5: after a
//! retriable `put` nothing else is delivered before the same batch was taken. D6: offsets pass a record that was reported
//! only when its dead letter is durable.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use kconnect_api::{
    BoxFuture, Buf, DynSinkTask, ErrantRecordReporter, Exception, Headers, Offsets, Origin, Record,
    RecordError, SinkBatch, SinkContext, SinkRecord, TaskError, TaskId, TimestampType, Topic, TopicPartition,
    Verdict, WireHeader, WireHeaders,
};
use kconnect_client::Error;
use kconnect_client::consumer::{
    FetchedBatch, OffsetAndMetadata, Poll, Rebalance, RecordView, TimestampType as ClientTimestampType,
};
use tokio::sync::watch;
use tokio::time::{sleep, timeout_at};

use super::chain::Chain;
use super::connector::caught;
use super::converters::{Converters, Stuck};
use super::dead_letters::Letter;
use super::failure::{Failure, Judge, Original, Retry, Stage, client_exception};
use super::member::Member;
use super::{Finish, Wanted, unless_stopped};
use crate::herder::State;
use crate::status::Reporter;

const TARGET: &str = "org.apache.kafka.connect.runtime.WorkerSinkTask";

/// Deliveries after which a sink that never waits gives its thread to others.
const TURN: u32 = 64;
/// Letters on their way, beyond which the task waits for them.
const MOST_LETTERS: usize = 1_000;

type Partitions = Vec<kconnect_client::TopicPartition>;

/// Everything that a sink task runs with.
pub(crate) struct SinkParts {
    pub(crate) id: TaskId,
    pub(crate) consumer: Member,
    pub(crate) context: SinkContext,
    pub(crate) chain: Chain,
    pub(crate) converters: Converters,
    pub(crate) judge: Arc<Judge>,
    pub(crate) errant: Arc<Errant>,
    pub(crate) reporter: Reporter,
    pub(crate) tracking: bool,
    pub(crate) flush_interval: Duration,
    pub(crate) flush_timeout: Duration,
    pub(crate) wanted: watch::Receiver<Wanted>,
}

/// Reports of records that are not durable yet, and records at hand for reports.
pub(crate) struct Errant {
    judge: Arc<Judge>,
    pending: Mutex<Vec<BoxFuture<'static, Result<(), TaskError>>>>,
    /// Batches being put, to find the bytes of a reported record.
    at_hand: Mutex<Vec<FetchedBatch>>,
    /// The first report that must fail the task, though the task may have swallowed it.
    failed: Mutex<Option<Exception>>,
}

impl Errant {
    pub(crate) fn new(judge: Arc<Judge>) -> Self {
        Self { judge, pending: Mutex::default(), at_hand: Mutex::default(), failed: Mutex::default() }
    }

    fn letter(&self, record: &SinkRecord) -> Letter {
        let Origin::Sink { from, offset, timestamp_type } = &record.record.origin else {
            return placeholder(record);
        };
        let at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let found = at_hand
            .iter()
            .filter(|batch| batch.partition() == from.partition && *batch.topic() == *from.topic)
            .flat_map(FetchedBatch::records)
            .find_map(|view| {
                view.ok()
                    .filter(|view| view.offset() == *offset)
                    .map(|view| letter(&from.topic, from.partition, &view))
            });
        found.unwrap_or_else(|| Letter {
            topic: Arc::clone(from.topic.shared()),
            partition: from.partition,
            offset: *offset,
            timestamp_type: (*timestamp_type != TimestampType::None).then(|| timestamp_type.name()),
            ..placeholder(record)
        })
    }

    fn add(&self, report: BoxFuture<'static, Result<(), TaskError>>) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    }

    fn pending(&self) -> usize {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Waits until everything reported so far is durable. May be dropped: what it has not seen stays pending.
    async fn settle(&self) -> Result<(), Exception> {
        loop {
            let last = self.pending.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(report) = last else { return Ok(()) };
            let mut waiting = Waiting { errant: self, report: Some(report) };
            let result = match &mut waiting.report {
                Some(report) => report.await,
                None => Ok(()),
            };
            waiting.report = None;
            result.map_err(|error| error.exception().clone())?;
        }
    }

    fn take_failure(&self) -> Option<Exception> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn hold(&self, batches: Vec<FetchedBatch>) {
        *self.at_hand.lock().unwrap_or_else(PoisonError::into_inner) = batches;
    }
}

/// A report that goes back to the pending ones when waiting for it is given up.
struct Waiting<'a> {
    errant: &'a Errant,
    report: Option<BoxFuture<'static, Result<(), TaskError>>>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(report) = self.report.take() {
            self.errant.add(report);
        }
    }
}

impl ErrantRecordReporter for Errant {
    fn report(&self, record: &SinkRecord, error: RecordError) -> BoxFuture<'static, Result<(), TaskError>> {
        let failure =
            Failure { stage: Stage::TaskPut, class: "org.apache.kafka.connect.sink.SinkTask".into(), error };
        let letter = self.letter(record);
        match self.judge.judge(&failure, &Original::Sink(&letter)) {
            Err(error) => {
                self.failed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert_with(|| error.clone());
                Box::pin(async move { Err(TaskError::fatal(error)) })
            }
            Ok(None) => Box::pin(async { Ok(()) }),
            Ok(Some(written)) => {
                // The runtime waits as well, even if the plugin drops its future.
                let written = written.shared();
                self.add(Box::pin(written.clone()));
                Box::pin(written)
            }
        }
    }
}

/// The bytes that a record has when those it came from are gone: texts and bytes as they are.
fn placeholder(record: &SinkRecord) -> Letter {
    let bytes = |value: &kconnect_api::Value| match value {
        kconnect_api::Value::Null => None,
        kconnect_api::Value::Bytes(bytes) => Some(bytes.to_bytes()),
        kconnect_api::Value::String(text) => Some(text.buf().to_bytes()),
        other => Some(Bytes::from({
            let mut text = Vec::new();
            kconnect_api::java_string(other, &mut text);
            text
        })),
    };
    Letter {
        topic: Arc::clone(record.record.topic.shared()),
        partition: record.record.partition.unwrap_or(-1),
        offset: record.offset(),
        timestamp: record.record.timestamp.unwrap_or(-1),
        timestamp_type: None,
        key: bytes(&record.record.key),
        value: bytes(&record.record.value),
        headers: Vec::new(),
    }
}

fn letter(topic: &Topic, partition: i32, view: &RecordView<'_>) -> Letter {
    Letter {
        topic: Arc::clone(topic.shared()),
        partition,
        offset: view.offset(),
        timestamp: view.timestamp(),
        timestamp_type: match view.timestamp_type() {
            ClientTimestampType::None => None,
            ClientTimestampType::CreateTime => Some("CreateTime"),
            ClientTimestampType::LogAppendTime => Some("LogAppendTime"),
        },
        key: view.key().map(Bytes::copy_from_slice),
        value: view.value().map(Bytes::copy_from_slice),
        headers: view
            .headers()
            .map(|header| (Bytes::copy_from_slice(header.key), header.value.map(Bytes::copy_from_slice)))
            .collect(),
    }
}

/// A batch on its way into `put`.
#[derive(Default)]
struct Delivery {
    batch: SinkBatch,
    /// Offsets that are reached when the batch was taken, with the leader's epoch.
    reached: BTreeMap<TopicPartition, (i64, i32)>,
}

/// A commit under way.
struct Commit {
    offsets: BTreeMap<TopicPartition, i64>,
    started: Instant,
    done: BoxFuture<'static, Result<(), Error>>,
}

pub(crate) struct SinkLoop {
    parts: SinkParts,
    delivery: Delivery,
    /// The batch could not be put and waits to be put again.
    redelivery: bool,
    current: BTreeMap<TopicPartition, (i64, i32)>,
    committed: BTreeMap<TopicPartition, i64>,
    assigned: BTreeSet<TopicPartition>,
    /// Paused by the plugin.
    held: BTreeSet<TopicPartition>,
    paused: bool,
    commit: Option<Commit>,
    commit_requested: bool,
    next_commit: Instant,
    used: BTreeSet<Topic>,
    wire: WireHeaders,
    puts: u32,
}

impl SinkLoop {
    pub(crate) fn new(parts: SinkParts) -> Self {
        let next_commit = Instant::now() + parts.flush_interval;
        Self {
            parts,
            delivery: Delivery::default(),
            redelivery: false,
            current: BTreeMap::new(),
            committed: BTreeMap::new(),
            assigned: BTreeSet::new(),
            held: BTreeSet::new(),
            paused: false,
            commit: None,
            commit_requested: false,
            next_commit,
            used: BTreeSet::new(),
            wire: WireHeaders::new(),
            puts: 0,
        }
    }

    /// Runs until a stop is wanted or the task fails; commits, closes and stops. A plugin that panicked is not called
    /// again, since nobody knows what state it is in; letters are delivered and the group is left all the same.
    pub(crate) async fn run(mut self, mut task: Box<dyn DynSinkTask>) -> Result<Finish, Exception> {
        let lived = caught(self.drive(task.as_mut())).await;
        let ended = match lived {
            Ok(outcome) => {
                let all: Vec<TopicPartition> = self.assigned.iter().cloned().collect();
                let closed = caught(self.close_partitions(task.as_mut(), &all, true)).await;
                closed.map(|closed| outcome.and(closed))
            }
            Err(panic) => Err(panic),
        };
        if let Some(letters) = &self.parts.judge.dead_letters {
            letters.close(Duration::from_secs(5)).await;
        }
        let ended = match ended {
            Ok(outcome) => caught(task.stop()).await.map(|()| outcome),
            panic => panic,
        };
        self.parts.consumer.close().await;
        ended.and_then(|outcome| outcome).map(|()| Finish::Stopped)
    }

    async fn drive(&mut self, task: &mut dyn DynSinkTask) -> Result<(), Exception> {
        loop {
            let wanted = *self.parts.wanted.borrow_and_update();
            match wanted {
                Wanted::Stop => return Ok(()),
                Wanted::Pause if !self.paused => self.pause_all()?,
                Wanted::Run if self.paused => self.resume_all()?,
                _ => {}
            }
            let wait = self.apply_requests()?;
            self.commit_if_due(task).await?;
            let due = match &self.commit {
                Some(commit) => commit.started + self.parts.flush_timeout,
                None => self.next_commit,
            };
            let until_due = due.saturating_duration_since(Instant::now());
            let wait = wait.map_or(until_due, |wait| wait.min(until_due));
            let polled = tokio::select! {
                biased;
                changed = self.parts.wanted.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return Ok(()),
                },
                result = commit_done(&mut self.commit) => {
                    self.commit_finished(result);
                    continue;
                }
                polled = self.parts.consumer.poll(wait) => polled,
            };
            match polled {
                Ok(Poll::Records(batches)) => {
                    if !self.take(batches).await? {
                        return Ok(());
                    }
                }
                Ok(Poll::Rebalance(rebalance)) => {
                    self.rebalance(task, rebalance).await?;
                    continue;
                }
                Ok(_) => {}
                Err(error) => self.on_poll_error(error).await?,
            }
            self.deliver(task).await?;
            self.puts = self.puts.wrapping_add(1);
            if self.puts.is_multiple_of(TURN) {
                // With data and a plugin that are always ready nothing else gives this thread to others.
                tokio::task::yield_now().await;
            }
        }
    }

    /// A poll error of one partition passes by itself; those that cannot fail the task.
    async fn on_poll_error(&mut self, error: Error) -> Result<(), Exception> {
        use kconnect_client::ErrorKind::{
            Authentication, Authorization, Closed, Config, Fatal, Fenced, Rejected, Unsupported,
        };
        let fatal = matches!(
            error.kind(),
            Authentication | Authorization | Closed | Config | Fatal | Fenced | Rejected | Unsupported
        );
        if fatal {
            return Err(unrecoverable(client_exception(&error)));
        }
        tracing::warn!(target: TARGET, task = %self.parts.id, %error, "consuming is interrupted and goes on by itself");
        sleep(Duration::from_millis(100)).await;
        Ok(())
    }

    fn pause_all(&mut self) -> Result<(), Exception> {
        self.paused = true;
        let all = client_partitions(&self.assigned);
        self.parts.consumer.pause(&all).map_err(|error| client_exception(&error))?;
        self.parts.reporter.report(State::Paused);
        self.commit_requested = true;
        Ok(())
    }

    fn resume_all(&mut self) -> Result<(), Exception> {
        self.paused = false;
        if !self.redelivery {
            self.resume_partitions()?;
        }
        self.parts.reporter.report(State::Running);
        Ok(())
    }

    /// Lets everything flow that neither the user nor the plugin holds.
    fn resume_partitions(&self) -> Result<(), Exception> {
        if self.paused {
            return Ok(());
        }
        let free: BTreeSet<TopicPartition> = self.assigned.difference(&self.held).cloned().collect();
        self.parts.consumer.resume(&client_partitions(&free)).map_err(|error| client_exception(&error))
    }

    /// Does what the plugin asked for; answers how long the next poll may wait.
    fn apply_requests(&mut self) -> Result<Option<Duration>, Exception> {
        let requests = self.parts.context.take_requests();
        for (partition, pause) in requests.pauses {
            let one = [client_partition(&partition)];
            if !self.assigned.contains(&partition) {
                continue;
            }
            if pause {
                self.parts.consumer.pause(&one).map_err(|error| client_exception(&error))?;
                self.held.insert(partition);
            } else {
                self.held.remove(&partition);
                if !self.paused && !self.redelivery {
                    self.parts.consumer.resume(&one).map_err(|error| client_exception(&error))?;
                }
            }
        }
        for (partition, offset) in requests.seek {
            if self.assigned.contains(&partition) {
                self.rewind(&partition, offset)?;
            }
        }
        self.commit_requested |= requests.commit;
        Ok(requests.timeout)
    }

    fn rewind(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), Exception> {
        self.parts
            .consumer
            .seek(&client_partition(partition), offset)
            .map_err(|error| client_exception(&error))?;
        self.committed.insert(partition.clone(), offset);
        self.current.insert(partition.clone(), (offset, -1));
        Ok(())
    }

    /// Converts what was polled into the batch to deliver.
    ///
    /// `false` when a stop came while a record waited to be tried again: nothing of this may be delivered.
    async fn take(&mut self, batches: Vec<FetchedBatch>) -> Result<bool, Exception> {
        for fetched in &batches {
            let topic = Topic::new(Arc::clone(&fetched.topic_partition().topic));
            let from = TopicPartition { topic, partition: fetched.partition() };
            if self.parts.tracking && !self.used.contains(&from.topic) {
                self.used.insert(from.topic.clone());
                self.parts.reporter.topic_used(&from.topic);
            }
            if !self.committed.contains_key(&from)
                && let Some(Ok(first)) = fetched.records().next()
            {
                // The position was not known when the partition was assigned: a rewind goes back to here.
                self.committed.insert(from.clone(), first.offset());
            }
            if !self.convert_batch(fetched, &from).await? {
                return Ok(false);
            }
            self.delivery.reached.insert(from, (fetched.next_offset(), fetched.leader_epoch()));
        }
        self.parts.errant.hold(if self.parts.context.errant().is_some() { batches } else { Vec::new() });
        Ok(true)
    }

    async fn convert_batch(
        &mut self,
        fetched: &FetchedBatch,
        from: &TopicPartition,
    ) -> Result<bool, Exception> {
        // Records of one stored batch share a payload; one owner of it serves all their keys and values.
        let mut payload: Option<(usize, Buf)> = None;
        for view in fetched.records() {
            let view = view.map_err(|error| unrecoverable(client_exception(&error)))?;
            let bytes = view.payload();
            let address = bytes.as_ptr() as usize;
            if payload.as_ref().is_none_or(|(known, _)| *known != address) {
                payload = Some((address, Buf::new(bytes.clone())));
            }
            let Some((_, owner)) = &payload else { continue };
            if let Some(stuck) = self.convert(&view, owner, from)?
                && !self.convert_again(stuck, &view, owner, from).await?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tries a step again for as long as it may help; then the record is dropped, or the task fails. `false`: a stop
    /// came first.
    #[cold]
    async fn convert_again(
        &mut self,
        mut stuck: Stuck,
        view: &RecordView<'_>,
        owner: &Buf,
        from: &TopicPartition,
    ) -> Result<bool, Exception> {
        let mut retry = Retry::default();
        let mut wanted = self.parts.wanted.clone();
        loop {
            let failure = match stuck {
                Stuck::Needs(role, need) => {
                    let resolved = self.parts.converters.resolve(role, need);
                    let Some(resolved) = unless_stopped(&mut wanted, resolved).await else {
                        return Ok(false);
                    };
                    resolved.err()
                }
                Stuck::Failed(failure) => Some(failure),
            };
            if let Some(failure) = failure {
                let pause = match failure.error.retriable {
                    true => retry.next(Instant::now(), &self.parts.judge.settings),
                    false => None,
                };
                let Some(pause) = pause else {
                    let original = letter(&from.topic, from.partition, view);
                    if let Some(report) = self.parts.judge.judge(&failure, &Original::Sink(&original))? {
                        self.parts.errant.add(report);
                    }
                    return self.settle_if_many().await;
                };
                if unless_stopped(&mut wanted, sleep(pause)).await.is_none() {
                    return Ok(false);
                }
            }
            match self.convert(view, owner, from)? {
                None => return Ok(true),
                Some(again) => stuck = again,
            }
        }
    }

    /// Waits for dead letters when many are on their way, so that their memory is bounded (R2). `false`: a stop came.
    async fn settle_if_many(&mut self) -> Result<bool, Exception> {
        if self.parts.errant.pending() < MOST_LETTERS {
            return Ok(true);
        }
        match unless_stopped(&mut self.parts.wanted.clone(), self.parts.errant.settle()).await {
            Some(settled) => settled.map_err(unrecoverable).map(|()| true),
            None => Ok(false),
        }
    }

    /// One record through converters and transforms into the batch, unless a transform filters it. The hot path: without
    /// transforms the record is written over one of an earlier batch.
    #[inline]
    fn convert(
        &mut self,
        view: &RecordView<'_>,
        owner: &Buf,
        from: &TopicPartition,
    ) -> Result<Option<Stuck>, Exception> {
        let timestamp = match view.timestamp() {
            -1 => None,
            bad if bad < 0 => {
                let class = "org.apache.kafka.common.InvalidRecordException";
                return Err(unrecoverable(Exception::new(class, format!("Invalid record timestamp {bad}"))));
            }
            timestamp => Some(timestamp),
        };
        let key = view.key_range().map(|range| owner.slice(range));
        let value = view.value_range().map(|range| owner.slice(range));
        self.wire.clear();
        for header in view.headers() {
            let key = String::from_utf8_lossy(header.key).into();
            self.wire.push(WireHeader { key, value: header.value.map(Buf::from) });
        }
        let parts = &mut self.parts;
        let (key, value) = match parts.converters.read(&from.topic, &self.wire, key.as_ref(), value.as_ref())
        {
            Ok(read) => read,
            Err(stuck) => return Ok(Some(stuck)),
        };
        let headers = match self.wire.is_empty() {
            true => Headers::default(),
            false => match parts.converters.read_headers(&from.topic, &self.wire) {
                Ok(headers) => headers,
                Err(stuck) => return Ok(Some(stuck)),
            },
        };
        let timestamp_type = match view.timestamp_type() {
            ClientTimestampType::None => TimestampType::None,
            ClientTimestampType::CreateTime => TimestampType::CreateTime,
            ClientTimestampType::LogAppendTime => TimestampType::LogAppendTime,
        };
        if parts.chain.is_empty()
            && let Some(SinkRecord { record }) = self.delivery.batch.reuse()
        {
            // What an earlier batch left is usually of the same topic; telling so is cheaper than counting references.
            if !Arc::ptr_eq(record.topic.shared(), from.topic.shared()) {
                record.topic = from.topic.clone();
            }
            record.partition = Some(from.partition);
            (record.key_schema, record.key) = (key.schema, key.value);
            (record.value_schema, record.value) = (value.schema, value.value);
            (record.timestamp, record.headers) = (timestamp, headers);
            set_origin(&mut record.origin, from, view.offset(), timestamp_type);
            return Ok(None);
        }
        let mut record = Record {
            topic: from.topic.clone(),
            partition: Some(from.partition),
            key_schema: key.schema,
            key: key.value,
            value_schema: value.schema,
            value: value.value,
            timestamp,
            headers,
            origin: Origin::Sink { from: from.clone(), offset: view.offset(), timestamp_type },
        };
        match parts.chain.apply(&mut record) {
            Ok(Verdict::Keep) => self.delivery.batch.push(SinkRecord { record }),
            Ok(Verdict::Drop) => {}
            Err(failure) => return Ok(Some(Stuck::Failed(failure))),
        }
        Ok(None)
    }

    /// Puts the batch, empty ones too; a retriable error keeps it and holds everything else back.
    async fn deliver(&mut self, task: &mut dyn DynSinkTask) -> Result<(), Exception> {
        let put = task.put(&self.delivery.batch).await;
        if let Some(error) = self.parts.errant.take_failure() {
            return Err(unrecoverable(error));
        }
        match put {
            Ok(()) => {
                self.current.append(&mut self.delivery.reached);
                self.delivery.batch.clear();
                self.parts.errant.hold(Vec::new());
                if std::mem::take(&mut self.redelivery) {
                    self.resume_partitions()?;
                }
                // What the plugin reported; a stop is seen by the loop.
                self.settle_if_many().await.map(|_| ())
            }
            Err(TaskError::Retriable(error)) => {
                if !self.redelivery {
                    tracing::warn!(
                        target: TARGET, task = %self.parts.id, error = %error.trace(),
                        "put failed and is tried again with the same records"
                    );
                    self.redelivery = true;
                    let all = client_partitions(&self.assigned);
                    self.parts.consumer.pause(&all).map_err(|error| client_exception(&error))?;
                }
                Ok(())
            }
            Err(TaskError::Fatal(error)) => Err(unrecoverable(error)),
        }
    }

    async fn commit_if_due(&mut self, task: &mut dyn DynSinkTask) -> Result<(), Exception> {
        let now = Instant::now();
        if let Some(commit) = self.commit.take_if(|commit| now >= commit.started + self.parts.flush_timeout) {
            tracing::warn!(
                target: TARGET, task = %self.parts.id, partitions = commit.offsets.len(),
                "committing offsets took longer than offset.flush.timeout.ms"
            );
        }
        if self.commit.is_some() || !(self.commit_requested || now >= self.next_commit) {
            return Ok(());
        }
        self.next_commit = now + self.parts.flush_interval;
        self.commit_requested = false;
        let all: Vec<TopicPartition> = self.assigned.iter().cloned().collect();
        let Some(offsets) = self.pre_commit(task, &all, false).await? else { return Ok(()) };
        let handle = self.parts.consumer.handle();
        let request = self.request(&offsets);
        let deadline = now + Duration::from_secs(60);
        let done = Box::pin(async move { handle.commit(request, deadline).await });
        self.commit = Some(Commit { offsets, started: now, done });
        Ok(())
    }

    fn request(
        &self,
        offsets: &BTreeMap<TopicPartition, i64>,
    ) -> BTreeMap<kconnect_client::TopicPartition, OffsetAndMetadata> {
        let entry = |(partition, offset): (&TopicPartition, &i64)| {
            let mut stored = OffsetAndMetadata::from(*offset);
            if let Some((reached, epoch)) = self.current.get(partition)
                && reached == offset
            {
                stored.leader_epoch = *epoch;
            }
            (client_partition(partition), stored)
        };
        offsets.iter().map(entry).collect()
    }

    /// Asks the task what is done of `partitions`; `None` when there is nothing to commit.
    async fn pre_commit(
        &mut self,
        task: &mut dyn DynSinkTask,
        partitions: &[TopicPartition],
        closing: bool,
    ) -> Result<Option<BTreeMap<TopicPartition, i64>>, Exception> {
        self.parts.errant.settle().await.map_err(unrecoverable)?;
        let due: Offsets = partitions
            .iter()
            .filter_map(|partition| Some((partition.clone(), self.current.get(partition)?.0)))
            .collect();
        if due.is_empty() {
            return Ok(None);
        }
        let provided = match task.pre_commit(due.clone()).await {
            Ok(provided) => provided,
            Err(error) => {
                let trace = error.exception().trace();
                tracing::error!(target: TARGET, task = %self.parts.id, error = %trace, "pre-commit failed");
                if !closing {
                    self.rewind_to_committed(&due)?;
                }
                return Ok(None);
            }
        };
        let mut offsets = BTreeMap::new();
        for (partition, offset) in provided {
            match due.get(&partition) {
                Some(reached) if offset <= *reached => {
                    offsets.insert(partition, offset);
                }
                Some(reached) => tracing::warn!(
                    target: TARGET, task = %self.parts.id, %partition, offset, reached,
                    "ignoring an offset beyond what was delivered"
                ),
                None => tracing::warn!(
                    target: TARGET, task = %self.parts.id, %partition, offset,
                    "ignoring an offset of a partition that was not asked for"
                ),
            }
        }
        offsets.retain(|partition, offset| self.committed.get(partition) != Some(offset));
        Ok((!offsets.is_empty()).then_some(offsets))
    }

    fn rewind_to_committed(&mut self, due: &Offsets) -> Result<(), Exception> {
        // A batch on its way is dropped below, so its partitions go back as well.
        let back: BTreeSet<TopicPartition> =
            due.keys().chain(self.delivery.reached.keys()).cloned().collect();
        for partition in &back {
            if let Some(offset) = self.committed.get(partition).copied() {
                self.rewind(partition, offset)?;
            }
        }
        self.delivery.batch.clear();
        self.delivery.reached.clear();
        if std::mem::take(&mut self.redelivery) {
            self.resume_partitions()?;
        }
        Ok(())
    }

    fn commit_finished(&mut self, result: Result<(), Error>) {
        let Some(commit) = self.commit.take() else { return };
        match result {
            Ok(()) => self.committed.extend(
                commit.offsets.into_iter().filter(|(partition, _)| self.assigned.contains(partition)),
            ),
            Err(error) => tracing::error!(
                target: TARGET, task = %self.parts.id, %error,
                "offsets were not committed; they are committed at the next interval"
            ),
        }
    }

    async fn rebalance(&mut self, task: &mut dyn DynSinkTask, rebalance: Rebalance) -> Result<(), Exception> {
        match rebalance {
            Rebalance::Revoked(partitions, ack) => {
                let partitions = api_partitions(&partitions);
                self.close_partitions(task, &partitions, true).await?;
                ack.ack();
                Ok(())
            }
            Rebalance::Lost(partitions) => {
                let partitions = api_partitions(&partitions);
                self.close_partitions(task, &partitions, false).await
            }
            Rebalance::Assigned(partitions) => self.open_partitions(task, partitions).await,
            _ => Ok(()),
        }
    }

    async fn open_partitions(
        &mut self,
        task: &mut dyn DynSinkTask,
        new: Partitions,
    ) -> Result<(), Exception> {
        let partitions = api_partitions(&new);
        self.assigned.extend(partitions.iter().cloned());
        if self.paused || self.redelivery {
            self.parts.consumer.pause(&new).map_err(|error| client_exception(&error))?;
        }
        for (partition, client) in partitions.iter().zip(&new) {
            // A position that cannot be found now comes with the first record.
            if let Ok(position) =
                self.parts.consumer.position(client, Instant::now() + Duration::from_secs(5)).await
            {
                self.committed.insert(partition.clone(), position);
                self.current.insert(partition.clone(), (position, -1));
            }
        }
        self.parts.context.set_assignment(self.assigned.iter().cloned().collect());
        if partitions.is_empty() {
            return Ok(());
        }
        task.open(&partitions).await.map_err(|error| unrecoverable(error.exception().clone()))
    }

    /// Lets partitions go: a last commit if `commit`, then the task's `close`.
    async fn close_partitions(
        &mut self,
        task: &mut dyn DynSinkTask,
        partitions: &[TopicPartition],
        commit: bool,
    ) -> Result<(), Exception> {
        if partitions.is_empty() {
            return Ok(());
        }
        let offsets = match commit {
            true => self.pre_commit(task, partitions, true).await,
            false => Ok(None),
        };
        let closed = task.close(partitions).await;
        if let Ok(Some(offsets)) = &offsets {
            // One commit at a time and in order: the one under way first.
            if let Some(commit) = &mut self.commit {
                let deadline = commit.started + self.parts.flush_timeout;
                if let Ok(result) = timeout_at(deadline.into(), &mut commit.done).await {
                    self.commit_finished(result);
                }
            }
            let deadline = Instant::now() + self.parts.flush_timeout;
            if let Err(error) = self.parts.consumer.commit(self.request(offsets), deadline).await {
                tracing::error!(target: TARGET, task = %self.parts.id, %error, "the last commit of offsets failed");
            }
        }
        for partition in partitions {
            self.assigned.remove(partition);
            self.held.remove(partition);
            self.current.remove(partition);
            self.committed.remove(partition);
            self.delivery.reached.remove(partition);
        }
        let gone = |record: &SinkRecord| match &record.record.origin {
            Origin::Sink { from, .. } => partitions.contains(from),
            Origin::Source { .. } => false,
        };
        self.delivery.batch.retain(|record| !gone(record));
        if self.redelivery && self.delivery.batch.is_empty() {
            self.redelivery = false;
            if !self.assigned.is_empty() {
                self.resume_partitions()?;
            }
        }
        self.parts.context.set_assignment(self.assigned.iter().cloned().collect());
        offsets?;
        closed.map_err(|error| unrecoverable(error.exception().clone()))
    }
}

#[inline]
fn set_origin(origin: &mut Origin, from: &TopicPartition, at: i64, kind: TimestampType) {
    match origin {
        Origin::Sink { from: known, offset, timestamp_type }
            if known.partition == from.partition
                && Arc::ptr_eq(known.topic.shared(), from.topic.shared()) =>
        {
            (*offset, *timestamp_type) = (at, kind);
        }
        other => *other = Origin::Sink { from: from.clone(), offset: at, timestamp_type: kind },
    }
}

async fn commit_done(commit: &mut Option<Commit>) -> Result<(), Error> {
    match commit {
        Some(commit) => (&mut commit.done).await,
        None => std::future::pending().await,
    }
}

fn unrecoverable(cause: Exception) -> Exception {
    Exception::connect("Exiting WorkerSinkTask due to unrecoverable exception.").caused_by(cause)
}

fn client_partition(partition: &TopicPartition) -> kconnect_client::TopicPartition {
    kconnect_client::TopicPartition::new(Arc::clone(partition.topic.shared()), partition.partition)
}

fn client_partitions(partitions: &BTreeSet<TopicPartition>) -> Partitions {
    partitions.iter().map(client_partition).collect()
}

fn api_partitions(partitions: &[kconnect_client::TopicPartition]) -> Vec<TopicPartition> {
    let own = |p: &kconnect_client::TopicPartition| TopicPartition {
        topic: Topic::new(Arc::clone(&p.topic)),
        partition: p.partition,
    };
    partitions.iter().map(own).collect()
}
