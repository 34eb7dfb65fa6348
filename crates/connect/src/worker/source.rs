//! The loop of a source task: poll, transform, convert, produce, and store offsets of what is durable.
//!
//! ```text
//!          ┌───────── poll (boxed once a call) ──────────┐
//!  Idle ───┘                                             ▼
//!   ▲      all rows handed over          Sending { next row } ──► blocked on memory, topic, retry pause ──┐
//!   └───────────────◄────────────────────────┘    ▲───────────────────────────────────────────────────────┘
//! ```
//! Beside it, in the same `select!`: results of the producer (offset tracking), the flush timer, the wanted state. A row
//! costs no allocation, channel or clock read; a poll costs a boxed future. Rows are borrowed from the batch until the
//! producer has encoded them, so a blocked row is simply tried again.
//!
//! D1: offsets come from the [`Tracker`] only. D2: a stop ends polling, waits for results, stores offsets, then stops the
//! plugin. D5: rows go to the producer in their order. D6: every row is produced, dropped by configuration or report, or
//! fails the task with its offset not stored.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_api::{
    Ack, AckOutcome, BoxFuture, DynSourceTask, Exception, ObjectMap, Origin, OutBytes, Record, Row, RowId,
    SourceBatch, SourceOffset, SourcePartition, SourceServices, TaskError, TaskId, Topic, Verdict,
    WireHeader, WireHeaders,
};
use kconnect_client::Error;
use kconnect_client::admin::{Admin, CreateMode, NewTopic};
use kconnect_client::producer::{self, AppendError, Producer, RecordHeader, TopicHandle};
use kconnect_client::{Client, ErrorKind};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, sleep_until, timeout_at};

use super::chain::Chain;
use super::connector::caught;
use super::converters::{Converters, Stuck};
use super::failure::{Failure, Judge, Original, Retry, Stage, client_exception};
use super::io::on;
use super::outbox::Outbox;
use super::tracker::{Cookie, PLACES, Tracker};
use super::{Finish, Wanted, unless_stopped};
use crate::config::connector::{TopicCreation, TopicGroup};
use crate::herder::State;
use crate::offset_store::{OffsetStore, OffsetWrite, check_primitive};
use crate::status::Reporter;

const TARGET: &str = "org.apache.kafka.connect.runtime.WorkerSourceTask";
/// Pause after a retriable failure to send.
const SEND_RETRY: Duration = Duration::from_millis(100);

/// Polls after which a source that never waits gives its thread to others.
const TURN: u32 = 64;
/// Polls whose rows are not all acknowledged; more would be kept only if one of them is stuck for long (R2).
const MOST_SEGMENTS: usize = 1 << 16;

/// Everything that a source task runs with.
pub(crate) struct SourceParts {
    pub(crate) id: TaskId,
    pub(crate) producer: Producer,
    pub(crate) acks: producer::Acks,
    /// Whether the producer is idempotent because nobody said otherwise, so that it may be started again without.
    pub(crate) may_fall_back: bool,
    pub(crate) creation: Option<(TopicCreation, Client)>,
    pub(crate) chain: Chain,
    pub(crate) converters: Converters,
    pub(crate) judge: Judge,
    pub(crate) store: Arc<dyn OffsetStore>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) reporter: Reporter,
    pub(crate) tracking: bool,
    pub(crate) flush_interval: Duration,
    pub(crate) flush_timeout: Duration,
    pub(crate) io: Handle,
    pub(crate) wanted: watch::Receiver<Wanted>,
}

/// What a source task may ask of its runtime.
pub(crate) struct Services {
    pub(crate) connector: String,
    pub(crate) store: Arc<dyn OffsetStore>,
    pub(crate) outbox: Arc<Outbox>,
}

impl SourceServices for Services {
    fn stored_offsets<'a>(
        &'a self,
        partitions: &'a [SourcePartition],
    ) -> BoxFuture<'a, Result<Vec<Option<ObjectMap>>, TaskError>> {
        Box::pin(async move { Ok(self.store.read(&self.connector, partitions).await?) })
    }

    fn acks(&self) -> Box<dyn kconnect_api::Acks> {
        self.outbox.reader()
    }
}

/// A topic that rows went to.
struct TopicSlot {
    topic: Topic,
    handle: Option<TopicHandle>,
    used: bool,
}

/// What is known of a lane of the batch, kept as long as the lane stays where it is.
struct LaneSlot {
    topic: Topic,
    partition: SourcePartition,
    source: usize,
    slot: usize,
    /// Last row of this lane that was handed over or dropped since the last seal.
    last: Option<usize>,
}

/// Why handing rows over stopped.
enum Halt {
    Done,
    Full,
    Topic(usize),
    Stuck(Stuck),
    Refused(AppendError),
    Failed(Exception),
}

/// What the loop waited for.
enum Event {
    Polled(Box<dyn DynSourceTask>, SourceBatch, Option<Result<(), TaskError>>),
    Topic(usize, Result<TopicHandle, TopicError>),
    GoOn,
}

enum TopicError {
    Retry(Error),
    Fatal(Exception),
}

pub(crate) struct SourceLoop {
    parts: SourceParts,
    tracker: Tracker,
    topics: Vec<TopicSlot>,
    topic_index: HashMap<Topic, usize>,
    lanes: Vec<LaneSlot>,
    scratch: Vec<u8>,
    no_headers: WireHeaders,
    retry: Option<(RowId, Retry)>,
    async_failure: Option<Exception>,
    any_acked: bool,
    fall_back: bool,
    next_flush: Instant,
    /// Tells the poll under way to end, because the task failed meanwhile.
    cancel: Arc<Notify>,
    flushing: Option<BoxFuture<'static, (Result<(), Exception>, Vec<(SourcePartition, ObjectMap)>)>>,
    commit_due: bool,
    polls: u32,
}

type Held = (Box<dyn DynSourceTask>, SourceBatch);

impl SourceLoop {
    pub(crate) fn new(parts: SourceParts) -> Self {
        let next_flush = Instant::now() + parts.flush_interval;
        Self {
            parts,
            tracker: Tracker::default(),
            topics: Vec::new(),
            topic_index: HashMap::new(),
            lanes: Vec::new(),
            scratch: Vec::new(),
            no_headers: WireHeaders::new(),
            retry: None,
            async_failure: None,
            any_acked: false,
            fall_back: false,
            next_flush,
            cancel: Arc::new(Notify::new()),
            flushing: None,
            commit_due: false,
            polls: 0,
        }
    }

    /// Runs until a stop is wanted or the task fails; commits, then stops the plugin.
    pub(crate) async fn run(mut self, task: Box<dyn DynSourceTask>) -> Result<Finish, Exception> {
        let mut held: Option<Held> = Some((task, SourceBatch::new()));
        // What was acknowledged is stored even if the plugin panicked; then it went with its panic.
        let outcome = caught(self.drive(&mut held)).await.and_then(|outcome| outcome);
        let stored = self.final_commit(outcome.is_err()).await;
        let mut ended = Ok(());
        if let Some((mut task, _)) = held.take() {
            let last_calls = async {
                if stored && let Err(error) = task.commit().await {
                    tracing::warn!(target: TARGET, task = %self.parts.id, %error, "the task's commit failed");
                }
                self.parts.outbox.end();
                task.stop().await;
            };
            ended = caught(last_calls).await;
        }
        let producer = self.parts.producer.clone();
        // What was not acknowledged by now had its time.
        let done = outcome.is_ok() && self.tracker.in_flight() == 0;
        let limit = if done { Duration::from_secs(30) } else { Duration::ZERO };
        on(&self.parts.io, async move { producer.close(limit).await }).await;
        match outcome {
            Err(_) if self.fall_back => Ok(Finish::WithoutIdempotence),
            Err(error) => Err(error),
            Ok(()) => ended.map(|()| Finish::Stopped),
        }
    }

    async fn drive(&mut self, held: &mut Option<Held>) -> Result<(), Exception> {
        let mut sending: Option<usize> = None;
        let mut after: Result<(), TaskError> = Ok(());
        let mut pending: Option<BoxFuture<'static, Event>> = None;
        let mut polling = false;
        let mut paused = false;
        loop {
            self.receive_results();
            if let Some(error) = self.async_failure.take() {
                return self.give_up(error, &mut pending, polling, held).await;
            }
            let wanted = *self.parts.wanted.borrow_and_update();
            match wanted {
                Wanted::Stop => {
                    self.recover_task(&mut pending, polling, held).await;
                    return Ok(());
                }
                Wanted::Pause if !paused => self.parts.reporter.report(State::Paused),
                Wanted::Run if paused => self.parts.reporter.report(State::Running),
                _ => {}
            }
            paused = wanted == Wanted::Pause;
            let room = self.parts.outbox.has_room();
            if pending.is_none() && !paused && room && self.tracker.segments() < MOST_SEGMENTS {
                if let Some(mut at) = sending.take() {
                    let (task, mut batch) = held.take().expect("rows are sent while no poll holds the batch");
                    let blocked = self.send(&mut batch, &mut at).await;
                    *held = Some((task, batch));
                    match blocked? {
                        Some(wait) => (pending, sending) = (Some(wait), Some(at)),
                        None => {
                            if let Some((_, batch)) = held {
                                batch.recycle();
                            }
                            match std::mem::replace(&mut after, Ok(())) {
                                Err(TaskError::Fatal(error)) => return Err(error),
                                Err(TaskError::Retriable(error)) => {
                                    tracing::warn!(target: TARGET, task = %self.parts.id, %error, "poll failed and is tried again");
                                    pending = Some(Box::pin(async {
                                        sleep(SEND_RETRY).await;
                                        Event::GoOn
                                    }));
                                }
                                Ok(()) => {}
                            }
                        }
                    }
                    continue;
                }
                let (task, batch) = held.take().expect("the task is here while nothing is pending");
                pending = Some(self.poll(task, batch).await);
                polling = true;
            }
            tokio::select! {
                biased;
                changed = self.parts.wanted.changed() => {
                    if changed.is_err() {
                        self.recover_task(&mut pending, polling, held).await;
                        return Ok(());
                    }
                }
                ack = self.parts.acks.recv(), if room => match ack {
                    Some(ack) => self.on_result(ack),
                    None => return Err(Exception::connect("the producer was closed")),
                },
                () = self.parts.outbox.room(), if !room => {}
                (result, offsets) = wait_for(&mut self.flushing), if self.flushing.is_some() => {
                    self.flushing = None;
                    self.flushed(result, offsets);
                }
                () = sleep_until(self.next_flush.into()), if self.flushing.is_none() => self.start_flush(),
                event = wait_for(&mut pending), if pending.is_some() && !paused => {
                    pending = None;
                    match event {
                        Event::Polled(task, batch, result) => {
                            polling = false;
                            *held = Some((task, batch));
                            if let Some(result) = result {
                                (sending, after) = (Some(0), result);
                            }
                        }
                        Event::Topic(slot, Ok(handle)) => self.topics[slot].handle = Some(handle),
                        Event::Topic(slot, Err(TopicError::Retry(error))) => {
                            let topic = &self.topics[slot].topic;
                            tracing::warn!(target: TARGET, task = %self.parts.id, %topic, %error, "topic is not available yet");
                            pending = Some(Box::pin(async {
                                sleep(SEND_RETRY).await;
                                Event::GoOn
                            }));
                        }
                        Event::Topic(_, Err(TopicError::Fatal(error))) => return Err(error),
                        Event::GoOn => {}
                    }
                }
            }
        }
    }

    async fn give_up(
        &mut self,
        error: Exception,
        pending: &mut Option<BoxFuture<'static, Event>>,
        polling: bool,
        held: &mut Option<Held>,
    ) -> Result<(), Exception> {
        self.cancel.notify_one();
        self.recover_task(pending, polling, held).await;
        Err(error)
    }

    /// Gets the plugin back from a poll that has seen the stop.
    async fn recover_task(
        &mut self,
        pending: &mut Option<BoxFuture<'static, Event>>,
        polling: bool,
        held: &mut Option<Held>,
    ) {
        if let Some(poll) = pending.take().filter(|_| polling)
            && let Event::Polled(task, mut batch, _) = poll.await
        {
            batch.recycle();
            *held = Some((task, batch));
        }
    }

    /// A poll that ends by itself when a stop is wanted, so that the plugin comes back and can be stopped.
    async fn poll(
        &mut self,
        mut task: Box<dyn DynSourceTask>,
        mut batch: SourceBatch,
    ) -> BoxFuture<'static, Event> {
        if std::mem::take(&mut self.commit_due)
            && let Err(error) = task.commit().await
        {
            tracing::warn!(target: TARGET, task = %self.parts.id, %error, "the task's commit failed");
        }
        let (mut wanted, cancel) = (self.parts.wanted.clone(), Arc::clone(&self.cancel));
        self.polls = self.polls.wrapping_add(1);
        // Tokio's budget does not count on a spare thread (watchdog.rs), where the turn ends by number.
        let yields = self.polls.is_multiple_of(TURN);
        Box::pin(async move {
            let result = tokio::select! {
                biased;
                _ = wanted.wait_for(|wanted| *wanted == Wanted::Stop) => None,
                () = cancel.notified() => None,
                result = task.poll(&mut batch) => Some(result),
            };
            // A source with data ready never waits; others on this thread get their turn here.
            match yields {
                true => tokio::task::yield_now().await,
                false => tokio::task::consume_budget().await,
            }
            Event::Polled(task, batch, result)
        })
    }

    /// Hands rows over from `at` on. `Some` is what to wait for before going on.
    async fn send(
        &mut self,
        batch: &mut SourceBatch,
        at: &mut usize,
    ) -> Result<Option<BoxFuture<'static, Event>>, Exception> {
        self.learn_lanes(batch);
        loop {
            let halt = self.send_rows(batch, at);
            match halt {
                Halt::Done => {
                    self.seal(batch);
                    return Ok(None);
                }
                Halt::Full => {
                    let producer = self.parts.producer.clone();
                    return Ok(Some(Box::pin(async move {
                        producer.ready().await;
                        Event::GoOn
                    })));
                }
                Halt::Topic(slot) => return Ok(Some(self.prepare_topic(slot))),
                Halt::Stuck(Stuck::Needs(role, need)) => {
                    let resolved = self.parts.converters.resolve(role, need);
                    let Some(resolved) = unless_stopped(&mut self.parts.wanted.clone(), resolved).await
                    else {
                        // The loop sees the stop before this.
                        return Ok(Some(Box::pin(async { Event::GoOn })));
                    };
                    if let Err(failure) = resolved
                        && let Some(wait) = self.on_failure(batch, at, &failure)?
                    {
                        return Ok(Some(wait));
                    }
                }
                Halt::Stuck(Stuck::Failed(failure)) => {
                    if let Some(wait) = self.on_failure(batch, at, &failure)? {
                        return Ok(Some(wait));
                    }
                }
                Halt::Refused(error) => {
                    if let Some(wait) = self.on_refusal(batch, at, error)? {
                        return Ok(Some(wait));
                    }
                }
                Halt::Failed(error) => {
                    self.seal(batch);
                    return Err(error);
                }
            }
        }
    }

    /// Looks up what is known of the batch's lanes; free when they are those of the batch before.
    fn learn_lanes(&mut self, batch: &SourceBatch) {
        let lanes = batch.lanes();
        self.lanes.truncate(lanes.len());
        for (index, lane) in lanes.iter().enumerate() {
            let known = self.lanes.get(index).is_some_and(|known| {
                Arc::ptr_eq(known.topic.shared(), lane.topic.shared())
                    && Arc::ptr_eq(&known.partition, &lane.source_partition)
            });
            if known {
                continue;
            }
            let slot = self.topic_slot(&lane.topic);
            let source = self.tracker.source(&lane.source_partition);
            let (topic, partition) = (lane.topic.clone(), Arc::clone(&lane.source_partition));
            let learned = LaneSlot { topic, partition, source, slot, last: None };
            match self.lanes.get_mut(index) {
                Some(known) => *known = learned,
                None => self.lanes.push(learned),
            }
        }
    }

    fn topic_slot(&mut self, topic: &Topic) -> usize {
        if let Some(slot) = self.topic_index.get(topic) {
            return *slot;
        }
        let slot = self.topics.len();
        self.topics.push(TopicSlot { topic: topic.clone(), handle: None, used: false });
        self.topic_index.insert(topic.clone(), slot);
        slot
    }

    /// The hot path.
    fn send_rows(&mut self, batch: &SourceBatch, at: &mut usize) -> Halt {
        let rows = batch.rows();
        while *at < rows.len() {
            let index = *at;
            let place = index % PLACES;
            if place == 0 && index > 0 {
                self.seal(batch);
            }
            let row = &rows[index];
            let first_row = batch.first_row().0 + (index - place) as u64;
            let sent = if let Some(raw) = &row.raw {
                self.send_raw(batch, row, raw, first_row, place)
            } else if self.parts.chain.is_empty() {
                self.send_row(batch, row, first_row, place)
            } else {
                self.send_transformed(batch, row, first_row, place)
            };
            if let Err(halt) = sent {
                return halt;
            }
            self.lanes[row.lane.index()].last = Some(index);
            *at += 1;
        }
        Halt::Done
    }

    #[inline]
    fn send_row(&mut self, batch: &SourceBatch, row: &Row, first_row: u64, place: usize) -> Result<(), Halt> {
        let lane = &batch.lanes()[row.lane.index()];
        let known = &self.lanes[row.lane.index()];
        let (source, slot) = (known.source, known.slot);
        let Some(handle) = &self.topics[slot].handle else { return Err(Halt::Topic(slot)) };
        let timestamp = checked_timestamp(row.timestamp)?;
        let parts = &mut self.parts;
        let mut own;
        let wire = match &row.headers {
            None => &mut self.no_headers,
            Some(headers) => {
                own = parts.converters.write_headers(&lane.topic, headers).map_err(Halt::Stuck)?;
                &mut own
            }
        };
        self.scratch.clear();
        let (key, value) = parts
            .converters
            .write(
                &lane.topic,
                (lane.key_schema.as_ref(), &row.key),
                (lane.value_schema.as_ref(), &row.value),
                wire,
                &mut self.scratch,
            )
            .map_err(Halt::Stuck)?;
        let cookie = self.tracker.submit(source, first_row, place);
        let appended = append(
            &parts.producer,
            handle,
            lane.partition,
            timestamp,
            (key, value),
            wire,
            &self.scratch,
            cookie,
        );
        // A converter may have added headers to the shared list.
        self.no_headers.clear();
        appended.map_err(|error| {
            self.tracker.unsubmit(cookie);
            refused(error)
        })
    }

    fn send_transformed(
        &mut self,
        batch: &SourceBatch,
        row: &Row,
        first_row: u64,
        place: usize,
    ) -> Result<(), Halt> {
        let lane = &batch.lanes()[row.lane.index()];
        let source = self.lanes[row.lane.index()].source;
        let mut record = Record {
            topic: lane.topic.clone(),
            partition: lane.partition,
            key_schema: lane.key_schema.clone(),
            key: row.key.clone(),
            value_schema: lane.value_schema.clone(),
            value: row.value.clone(),
            timestamp: row.timestamp,
            headers: row.headers.as_deref().cloned().unwrap_or_default(),
            origin: Origin::Source {
                partition: Arc::clone(&lane.source_partition),
                offset: row.offset.clone(),
            },
        };
        match self.parts.chain.apply(&mut record) {
            Ok(Verdict::Keep) => {}
            Ok(Verdict::Drop) => {
                self.drop_row(source, first_row, place);
                return Ok(());
            }
            Err(failure) => return Err(Halt::Stuck(Stuck::Failed(failure))),
        }
        let slot = self.topic_slot(&record.topic);
        let Some(handle) = self.topics[slot].handle.clone() else { return Err(Halt::Topic(slot)) };
        let timestamp = checked_timestamp(record.timestamp)?;
        let mut wire = match record.headers.is_empty() {
            true => WireHeaders::new(),
            false => {
                self.parts.converters.write_headers(&record.topic, &record.headers).map_err(Halt::Stuck)?
            }
        };
        self.scratch.clear();
        let (key, value) = self
            .parts
            .converters
            .write(
                &record.topic,
                (record.key_schema.as_ref(), &record.key),
                (record.value_schema.as_ref(), &record.value),
                &mut wire,
                &mut self.scratch,
            )
            .map_err(Halt::Stuck)?;
        let cookie = self.tracker.submit(source, first_row, place);
        append(
            &self.parts.producer,
            &handle,
            record.partition,
            timestamp,
            (key, value),
            &wire,
            &self.scratch,
            cookie,
        )
        .map_err(|error| {
            self.tracker.unsubmit(cookie);
            refused(error)
        })
    }

    fn send_raw(
        &mut self,
        batch: &SourceBatch,
        row: &Row,
        raw: &kconnect_api::RawBatch,
        first_row: u64,
        place: usize,
    ) -> Result<(), Halt> {
        let known = &self.lanes[row.lane.index()];
        let (source, slot) = (known.source, known.slot);
        let Some(handle) = &self.topics[slot].handle else { return Err(Halt::Topic(slot)) };
        let failed = |error: &Error| {
            Halt::Failed(
                Exception::connect("Unrecoverable exception trying to send")
                    .caused_by(client_exception(error)),
            )
        };
        let mut encoded =
            producer::RawBatch::from_encoded(raw.bytes.clone()).map_err(|error| failed(&error))?;
        let cookie = self.tracker.submit(source, first_row, place);
        // An encoded batch cannot be split over partitions; a lane that names none means the first.
        let partition = batch.lanes()[row.lane.index()].partition.unwrap_or(0);
        self.parts.producer.append_batch(handle, partition, &mut encoded, cookie.0).map_err(|error| {
            self.tracker.unsubmit(cookie);
            refused(error)
        })
    }

    fn drop_row(&mut self, source: usize, first_row: u64, place: usize) {
        self.tracker.dropped(source, first_row);
        if self.parts.outbox.is_wanted() {
            let rows = vec![RowId(first_row + place as u64)];
            self.parts.outbox.push(Ack { rows, outcome: AckOutcome::Dropped });
        }
    }

    /// Ends the segments of all source partitions that had rows since the last seal.
    fn seal(&mut self, batch: &SourceBatch) {
        let mut ends: Vec<(usize, usize)> = Vec::new();
        for lane in &mut self.lanes {
            let Some(last) = lane.last.take() else { continue };
            match ends.iter_mut().find(|(source, _)| *source == lane.source) {
                Some((_, end)) => *end = (*end).max(last),
                None => ends.push((lane.source, last)),
            }
        }
        for (source, last) in ends {
            let offset = batch.rows().get(last).map_or(SourceOffset::None, |row| row.offset.clone());
            self.tracker.seal(source, offset);
        }
    }

    /// A step failed: wait and try again, drop the row, or fail.
    fn on_failure(
        &mut self,
        batch: &SourceBatch,
        at: &mut usize,
        failure: &Failure,
    ) -> Result<Option<BoxFuture<'static, Event>>, Exception> {
        let row = RowId(batch.first_row().0 + *at as u64);
        if failure.error.retriable {
            if self.retry.as_ref().is_none_or(|(known, _)| *known != row) {
                self.retry = Some((row, Retry::default()));
            }
            if let Some((_, retry)) = &mut self.retry
                && let Some(pause) = retry.next(Instant::now(), &self.parts.judge.settings)
            {
                return Ok(Some(Box::pin(async move {
                    sleep(pause).await;
                    Event::GoOn
                })));
            }
        }
        self.retry = None;
        let original = &batch.rows()[*at];
        if let Err(error) = self.parts.judge.judge(failure, &Original::Source(original)) {
            self.seal(batch);
            return Err(error);
        }
        self.skip(batch, at);
        Ok(None)
    }

    fn skip(&mut self, batch: &SourceBatch, at: &mut usize) {
        let lane = batch.rows()[*at].lane.index();
        let place = *at % PLACES;
        let source = self.lanes[lane].source;
        self.drop_row(source, batch.first_row().0 + (*at - place) as u64, place);
        self.lanes[lane].last = Some(*at);
        *at += 1;
    }

    /// The producer did not take a row.
    fn on_refusal(
        &mut self,
        batch: &SourceBatch,
        at: &mut usize,
        refusal: AppendError,
    ) -> Result<Option<BoxFuture<'static, Event>>, Exception> {
        let error = match refusal {
            AppendError::Failed(error) if error.is_retriable() => {
                return Ok(Some(Box::pin(async {
                    sleep(SEND_RETRY).await;
                    Event::GoOn
                })));
            }
            AppendError::TooLarge { .. } => {
                // Upstream learns of this from the send's future, so it counts as a failure of producing.
                let exception = client_exception(&refusal.into());
                let failure = produce_failure(exception.clone());
                let judged = self.parts.judge.judge(&failure, &Original::Source(&batch.rows()[*at]));
                if judged.is_err() {
                    self.seal(batch);
                    return Err(callback_failure(exception));
                }
                self.skip(batch, at);
                return Ok(None);
            }
            other => Error::from(other),
        };
        self.note_authorization(&error);
        self.seal(batch);
        Err(Exception::connect("Unrecoverable exception trying to send").caused_by(client_exception(&error)))
    }

    fn receive_results(&mut self) {
        while self.parts.outbox.has_room() {
            let Some(ack) = self.parts.acks.try_recv() else { return };
            self.on_result(ack);
        }
    }

    fn on_result(&mut self, ack: producer::Ack) {
        match &ack.result {
            Ok(()) => {
                self.any_acked = true;
                self.note_use(&ack.topic);
                if self.parts.outbox.is_wanted() {
                    self.tell_source(&ack, true);
                }
                self.tracker.acknowledge(&ack.cookies);
            }
            Err(error) => self.on_failed_batch(&ack, error.clone()),
        }
        self.parts.acks.recycle(ack);
    }

    fn on_failed_batch(&mut self, ack: &producer::Ack, error: Error) {
        let exception = client_exception(&error);
        let failure = produce_failure(exception.clone());
        let records = format!("{} records for {}-{}", ack.cookies.len(), ack.topic, ack.partition);
        if self.parts.judge.judge(&failure, &Original::Source(&records)).is_ok() {
            if self.parts.outbox.is_wanted() {
                self.tell_source(ack, false);
            }
            self.tracker.acknowledge(&ack.cookies);
            return;
        }
        self.note_authorization(&error);
        self.tracker.abandon(ack.cookies.len());
        self.async_failure.get_or_insert_with(|| callback_failure(exception));
    }

    fn tell_source(&self, ack: &producer::Ack, written: bool) {
        let rows = self.tracker.rows(&ack.cookies);
        let outcome = match written {
            true => AckOutcome::Written {
                topic: Topic::new(Arc::clone(&ack.topic)),
                partition: ack.partition,
                base_offset: ack.base_offset,
            },
            false => AckOutcome::Dropped,
        };
        self.parts.outbox.push(Ack { rows, outcome });
    }

    fn note_use(&mut self, topic: &Arc<str>) {
        if !self.parts.tracking {
            return;
        }
        let slot = self
            .topics
            .iter_mut()
            .find(|slot| Arc::ptr_eq(slot.topic.shared(), topic) || slot.topic.as_str() == &**topic);
        if let Some(slot) = slot.filter(|slot| !slot.used) {
            slot.used = true;
            self.parts.reporter.topic_used(&slot.topic);
        }
    }

    /// The cluster does not let this principal write idempotently: the task is started again as upstream does it.
    fn note_authorization(&mut self, error: &Error) {
        let refused = error.kind() == ErrorKind::Authorization
            && error.code().is_some_and(|code| code.to_string().contains("CLUSTER_AUTHORIZATION_FAILED"));
        if refused && self.parts.may_fall_back && !self.any_acked {
            self.fall_back = true;
        }
    }

    fn prepare_topic(&mut self, slot: usize) -> BoxFuture<'static, Event> {
        let topic = self.topics[slot].topic.clone();
        let producer = self.parts.producer.clone();
        let creation = self
            .parts
            .creation
            .as_ref()
            .map(|(creation, client)| (creation.group(&topic).clone(), client.clone()));
        let task = self.parts.id.clone();
        let prepared = on(&self.parts.io, async move {
            if let Some((group, client)) = creation {
                create_topic(&topic, &group, &client).await?;
            }
            let mut looked_up = std::pin::pin!(producer.topic(&topic));
            let handle = match tokio::time::timeout(Duration::from_secs(10), looked_up.as_mut()).await {
                Ok(handle) => handle,
                Err(_) => {
                    tracing::warn!(
                        target: TARGET, %task, %topic,
                        "the topic is not known after 10 s; create it, or let the broker or topic.creation.* do it"
                    );
                    looked_up.await
                }
            };
            handle.map_err(|error| match error.is_retriable() || error.kind() == ErrorKind::UnknownTopic {
                true => TopicError::Retry(error),
                false => TopicError::Fatal(
                    Exception::connect("Unrecoverable exception trying to send")
                        .caused_by(client_exception(&error)),
                ),
            })
        });
        Box::pin(async move { Event::Topic(slot, prepared.await) })
    }

    fn start_flush(&mut self) {
        self.next_flush = Instant::now() + self.parts.flush_interval;
        let offsets = self.take_offsets();
        if offsets.is_empty() {
            // Nothing to store is a success too.
            self.commit_due = true;
            return;
        }
        self.flushing = Some(self.store(offsets, self.parts.flush_timeout));
    }

    fn take_offsets(&mut self) -> Vec<(SourcePartition, ObjectMap)> {
        let mut offsets = self.tracker.take_committable();
        offsets.retain(|(partition, offset)| {
            let bad = check_primitive(partition).and_then(|()| check_primitive(offset)).err();
            if let Some(reason) = &bad {
                tracing::error!(target: TARGET, task = %self.parts.id, reason, "an offset cannot be stored");
            }
            bad.is_none()
        });
        offsets
    }

    fn store(
        &self,
        offsets: Vec<(SourcePartition, ObjectMap)>,
        limit: Duration,
    ) -> BoxFuture<'static, (Result<(), Exception>, Vec<(SourcePartition, ObjectMap)>)> {
        let store = Arc::clone(&self.parts.store);
        let connector: Arc<str> = self.parts.id.connector.as_str().into();
        Box::pin(async move {
            let changes = offsets.iter().map(|(partition, offset)| OffsetWrite {
                connector: Arc::clone(&connector),
                partition: Some(Arc::clone(partition)),
                offset: Some(offset.clone()),
            });
            let written = store.write(changes.collect());
            let result = match tokio::time::timeout(limit, written).await {
                Ok(result) => result,
                Err(_) => Err(Exception::connect("storing offsets took longer than offset.flush.timeout.ms")),
            };
            (result, offsets)
        })
    }

    fn flushed(&mut self, result: Result<(), Exception>, offsets: Vec<(SourcePartition, ObjectMap)>) -> bool {
        match result {
            Ok(()) => {
                self.commit_due = true;
                true
            }
            Err(error) => {
                tracing::error!(
                    target: TARGET, task = %self.parts.id, error = %error.trace(),
                    "offsets were not stored; they are kept and stored at the next interval"
                );
                self.tracker.give_back(offsets);
                false
            }
        }
    }

    /// Waits for results of what is in flight, then stores offsets; `true` when all is stored.
    async fn final_commit(&mut self, failed: bool) -> bool {
        let deadline = Instant::now() + self.parts.flush_timeout;
        self.receive_results();
        if self.tracker.in_flight() > 0 {
            // The rest may never be acknowledged, and the graceful time-out may end this wait: what is done is stored first.
            self.store_rest(deadline).await;
        }
        let producer = self.parts.producer.clone();
        let _ = timeout_at(deadline.into(), producer.flush()).await;
        while self.tracker.in_flight() > 0 {
            match timeout_at(deadline.into(), self.parts.acks.recv()).await {
                Ok(Some(ack)) => self.on_result(ack),
                Ok(None) => break,
                Err(_) => {
                    let records = self.tracker.in_flight();
                    tracing::warn!(
                        target: TARGET, task = %self.parts.id, records,
                        "records were not acknowledged in time; they may be read and written again after a restart"
                    );
                    break;
                }
            }
        }
        self.store_rest(deadline).await && !failed && self.tracker.in_flight() == 0
    }

    /// Stores what may be stored, after a flush under way; `true` when that is done.
    async fn store_rest(&mut self, deadline: Instant) -> bool {
        if let Some(flushing) = self.flushing.take() {
            let (result, offsets) = flushing.await;
            self.flushed(result, offsets);
        }
        let offsets = self.take_offsets();
        if offsets.is_empty() {
            return true;
        }
        let limit = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(500));
        let (result, offsets) = self.store(offsets, limit).await;
        self.flushed(result, offsets)
    }
}

/// Waits for a future that is there; it stays in its place, so the waiting may be dropped and begun again.
async fn wait_for<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

#[inline]
fn append(
    producer: &Producer,
    topic: &TopicHandle,
    partition: Option<i32>,
    timestamp: Option<i64>,
    (key, value): (OutBytes<'_>, OutBytes<'_>),
    wire: &[WireHeader],
    scratch: &[u8],
    cookie: Cookie,
) -> Result<(), AppendError> {
    let (key, value) = (key.resolve(scratch), value.resolve(scratch));
    if wire.is_empty() {
        let record = producer::Record { timestamp, key, value, headers: &[] };
        return producer.append(topic, partition, record, cookie.0);
    }
    let headers: Vec<RecordHeader<'_>> =
        wire.iter().map(|header| RecordHeader::new(&header.key, header.value.as_deref())).collect();
    producer.append(topic, partition, producer::Record { timestamp, key, value, headers: &headers }, cookie.0)
}

fn refused(error: AppendError) -> Halt {
    match error {
        AppendError::Full => Halt::Full,
        other => Halt::Refused(other),
    }
}

fn checked_timestamp(timestamp: Option<i64>) -> Result<Option<i64>, Halt> {
    match timestamp {
        Some(-1) => Ok(None),
        Some(bad) if bad < 0 => {
            let class = "org.apache.kafka.common.InvalidRecordException";
            Err(Halt::Failed(Exception::new(class, format!("Invalid record timestamp {bad}"))))
        }
        timestamp => Ok(timestamp),
    }
}

fn produce_failure(exception: Exception) -> Failure {
    Failure { stage: Stage::KafkaProduce, class: TARGET.into(), error: exception.into() }
}

fn callback_failure(exception: Exception) -> Exception {
    Exception::connect("Unrecoverable exception from producer send callback").caused_by(exception)
}

/// Creates a topic that does not exist (KIP-158).
async fn create_topic(topic: &Topic, group: &TopicGroup, client: &Client) -> Result<(), TopicError> {
    let admin = Admin::new(client);
    let deadline = Instant::now() + Duration::from_secs(60);
    match admin.describe_topics(vec![topic.to_string()], deadline).await.into_values().next() {
        Some(Ok(_)) => return Ok(()),
        Some(Err(error)) if error.kind() == ErrorKind::UnknownTopic => {}
        Some(Err(error)) if error.is_retriable() => return Err(TopicError::Retry(error)),
        _ => {}
    }
    let chosen = |number: i32| (number != -1).then_some(number);
    let wanted = NewTopic {
        name: topic.to_string(),
        partitions: chosen(group.partitions),
        replication: (group.replication_factor != -1).then_some(group.replication_factor),
        assignments: Vec::new(),
        configs: group.settings.clone(),
    };
    match admin.create_topics(vec![wanted], CreateMode::Ensure, deadline).await.into_values().next() {
        Some(Ok(_)) => {
            tracing::info!(target: TARGET, %topic, group = %group.name, "created topic");
            Ok(())
        }
        Some(Err(error)) if error.is_retriable() => Err(TopicError::Retry(error)),
        Some(Err(error)) => {
            let new_topic = format!(
                "(name={topic}, numPartitions={}, replicationFactor={}, replicasAssignments=null, configs={:?})",
                group.partitions, group.replication_factor, group.settings
            );
            let text = format!(
                "Task failed to create new topic {new_topic}. Ensure that the task is authorized to create topics or that the topic exists and restart the task"
            );
            Err(TopicError::Fatal(Exception::connect(text).caused_by(client_exception(&error))))
        }
        None => Ok(()),
    }
}
