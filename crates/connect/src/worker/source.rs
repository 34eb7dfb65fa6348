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

mod commit;
mod envelope;
mod refusals;
mod results;
mod rows;
mod topics;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::Shared;
use kconnect_api::{
    BoxFuture, DynSourceTask, Exception, ObjectMap, RowId, SourceBatch, SourcePartition, SourceServices,
    TaskError, TaskId, Topic, WireHeaders,
};
use kconnect_client::producer::{Producer, TopicHandle};
use kconnect_client::{Client, producer};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, sleep_until};

pub(crate) use self::envelope::Envelope;
use self::rows::LaneSlot;
use self::topics::{TopicError, TopicSlot};
use super::chain::Chain;
use super::connector::caught;
use super::converters::Converters;
use super::failure::{Judge, Retry};
use super::io::on;
use super::outbox::Outbox;
use super::tracker::Tracker;
use super::{Finish, Wanted};
use crate::config::connector::TopicCreation;
use crate::herder::State;
use crate::offset_store::OffsetStore;
use crate::status::Reporter;

const TARGET: &str = "org.apache.kafka.connect.runtime.WorkerSourceTask";
/// Pause after a retriable failure to send.
const SEND_RETRY: Duration = Duration::from_millis(100);

/// Dead letters on their way, beyond which the task waits for them.
const MOST_LETTERS: usize = 1_000;
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
    /// Writes rows as dead letters; there when the judge has a queue.
    pub(crate) envelope: Option<Envelope>,
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

/// What the loop waited for.
enum Event {
    Polled(Box<dyn DynSourceTask>, SourceBatch, Option<Result<(), TaskError>>),
    Topic(usize, Result<TopicHandle, TopicError>),
    Letters(Result<(), Exception>),
    GoOn,
}

/// A dead letter on its way.
type Written = Shared<BoxFuture<'static, Result<(), TaskError>>>;

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
    /// Dead letters that were not durable when last looked at.
    letters: Vec<Written>,
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
            letters: Vec::new(),
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
        if let Some(letters) = &self.parts.judge.dead_letters {
            letters.close(Duration::from_secs(5)).await;
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
                        Event::Topic(slot, Err(TopicError::Invalid(error))) => {
                            self.topics[slot].refused = Some(error);
                        }
                        Event::Topic(_, Err(TopicError::Fatal(error))) => return Err(error),
                        Event::Letters(settled) => {
                            settled?;
                            self.letters.clear();
                        }
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
}

/// Waits for a future that is there; it stays in its place, so the waiting may be dropped and begun again.
async fn wait_for<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}
