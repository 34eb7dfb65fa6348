//! The loop of a sink task: poll, convert, transform, put, commit what the task says is done (runtime.md §9).
//!
//! One owner of everything; in its `select!`: the consumer, the wanted state, a commit under way. The consumer is polled
//! from here only, also while the task is paused or a batch waits to be put again, so that rebalances are answered.
//!
//! D4: a consumer offset is committed only after `pre_commit` returned it, and never beyond what was put. D5: after a
//! retriable `put` nothing else is delivered before the same batch was taken. D6: offsets pass a record that was reported
//! only when its dead letter is durable.

mod account;
mod commit;
mod convert;
mod errant;
mod hoard;
mod partitions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_api::{
    DynSinkTask, Exception, SinkBatch, SinkContext, TaskError, TaskId, Topic, TopicPartition, WireHeaders,
};
use kconnect_client::Error;
use kconnect_client::consumer::Poll;
use tokio::sync::watch;
use tokio::time::sleep;

pub(crate) use self::account::account;
use self::commit::Commit;
use self::commit::commit_done;
pub(crate) use self::errant::Errant;
use self::hoard::Hoard;
use self::partitions::{client_partition, client_partitions};
use super::chain::Chain;
use super::connector::caught;
use super::converters::Converters;
use super::failure::{Judge, client_exception};
use super::member::Member;
use super::{Finish, Wanted};
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

/// A batch on its way into `put`.
#[derive(Default)]
struct Delivery {
    batch: SinkBatch,
    /// Offsets that are reached when the batch was taken, with the leader's epoch.
    reached: BTreeMap<TopicPartition, (i64, i32)>,
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
    /// When the plugin wants to be called again at the latest.
    wake_at: Option<Instant>,
    hoard: Hoard,
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
            wake_at: None,
            hoard: Hoard::new(),
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
            self.apply_requests()?;
            self.commit_if_due(task).await?;
            let due = match &self.commit {
                Some(commit) => commit.started + self.parts.flush_timeout,
                None => self.next_commit,
            };
            let due = self.wake_at.map_or(due, |at| due.min(at));
            let mut wait = due.saturating_duration_since(Instant::now());
            if self.may_be_hoarded() {
                wait = wait.min(Hoard::patience());
            }
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
                // A plugin that keeps records until they are committed lets go of them then, and reading goes on.
                Ok(_) => {
                    let waits = self.may_be_hoarded() && self.parts.consumer.waits_for_memory();
                    self.commit_requested |= self.hoard.asks(waits, Instant::now());
                }
                Err(error) => self.on_poll_error(error).await?,
            }
            self.wake_at = None;
            self.deliver(task).await?;
            self.puts = self.puts.wrapping_add(1);
            if self.puts.is_multiple_of(TURN) {
                // With data and a plugin that are always ready nothing else gives this thread to others.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Whether reading may wait for memory that the plugin keeps. What waits to be read takes half of the budget at most
    /// (client: consumer/memory.rs); a batch that waits to be put again is kept by us.
    fn may_be_hoarded(&self) -> bool {
        let budget = self.parts.context.budget();
        !self.redelivery && budget.used() > budget.limit() / 2
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
        if error.kind() == Fenced {
            return Err(unrecoverable(self.parts.consumer.replaced(&error).await));
        }
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

    /// Does what the plugin asked for.
    fn apply_requests(&mut self) -> Result<(), Exception> {
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
        if let Some(timeout) = requests.timeout {
            self.wake_at = Some(Instant::now() + timeout);
        }
        Ok(())
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
}

fn unrecoverable(cause: Exception) -> Exception {
    Exception::connect("Exiting WorkerSinkTask due to unrecoverable exception.").caused_by(cause)
}
