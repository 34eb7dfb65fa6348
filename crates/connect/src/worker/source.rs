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
mod drive;
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
use kconnect_client::producer::Producer;
use kconnect_client::{Client, producer};
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use self::drive::{Event, Held};
pub(crate) use self::envelope::Envelope;
use self::rows::LaneSlot;
use self::topics::TopicSlot;
use super::chain::Chain;
use super::connector::caught;
use super::converters::Converters;
use super::failure::{Judge, Retry};
use super::io::on;
use super::outbox::Outbox;
use super::tracker::Tracker;
use super::{Finish, Wanted};
use crate::config::connector::TopicCreation;
use crate::offset_store::OffsetStore;
use crate::status::Reporter;

const TARGET: &str = "org.apache.kafka.connect.runtime.WorkerSourceTask";

/// Dead letters on their way, beyond which the task waits for them.
const MOST_LETTERS: usize = 1_000;
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
    /// There is no next interval.
    ending: bool,
    polls: u32,
    /// Dead letters that were not durable when last looked at.
    letters: Vec<Written>,
}

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
            ending: false,
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
}
