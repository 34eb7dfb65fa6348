//! The consumer: reads partitions in order, alone or as a member of a group.
//!
//! ```text
//!  application's thread                    one task (engine.rs)
//!  poll ── checkout ──▶ ┌─────────────┐ ◀── answers, group events
//!       ◀─ records ──── │ State:      │
//!  seek, pause … ─────▶ │ Core+Member │ ──▶ effects: fetch, list offsets, validate, commit
//!                       └─────────────┘
//! ```
//! All decisions are in two pure state machines: [`core`] (positions, buffers, fetch sessions) and [`member`]
//! (what a group's rebalance means for the application). They lie behind one std mutex that is held for
//! microseconds and never across an await, so that `seek`, `pause` and `position` are plain calls. The engine
//! asks them what is due, sends it, and tells them the answers; the application's thread decodes records.
//!
//! Rebalances are values that [`Consumer::poll`] returns; nothing is called back. Heartbeats go on in the
//! group's own task whatever the application does.

mod account;
mod batch;
pub(crate) mod commit;
mod config;
mod core;
mod cursor;
mod division;
mod engine;
mod member;
mod memory;
pub(crate) mod offsets;
mod session;
mod slot;
mod subscription;
mod topic_partition;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use kconnect_wire::records::DecompressBuffer;
use tokio::sync::{Notify, mpsc, oneshot};

pub use self::account::{Account, Charge};
pub use self::batch::{FetchedBatch, OwnedRecord, RecordView, Records, TimestampType};
pub use self::commit::OffsetAndMetadata;
pub use self::config::{CONSUMER_KEYS, ConsumerConfig, Isolation, OffsetReset};
pub use self::offsets::{ListedOffset, OffsetSpec};
pub use self::subscription::{Subscription, TopicPattern};
pub use self::topic_partition::TopicPartition;
pub use crate::group::Assignor;

use self::core::{Core, Pauses};
use self::engine::Command;
use self::member::{Member, Offer};
use self::memory::Memory;
use self::slot::{Position, ResetTo};
use crate::group::GroupHandle;
use crate::logger;
use crate::net::backoff::now;
use crate::scope::Scope;
use crate::{Client, Error, ErrorKind};

/// Commands that wait for the engine, which takes them at once: more only wait in the caller.
const COMMANDS: usize = 64;

/// Reads records. One application thread polls; other threads may hold a [`ConsumerHandle`].
///
/// Made by [`Consumer::start`], ended by [`Consumer::close`]. Dropping it ends its task at once and leaves the
/// group to its session timeout.
#[derive(Debug)]
pub struct Consumer {
    handle: ConsumerHandle,
    scratch: DecompressBuffer,
    auto_commit_at: Option<Instant>,
    scope: Scope,
}

/// Everything of a consumer but polling; clones are the same consumer.
#[derive(Debug, Clone)]
pub struct ConsumerHandle {
    shared: Arc<Shared>,
    commands: mpsc::Sender<Command>,
}

/// What a poll brought.
#[derive(Debug)]
#[non_exhaustive]
pub enum Poll {
    /// Records, at most `max.poll.records`, a batch for each partition. Never an empty list.
    Records(Vec<FetchedBatch>),
    /// The group moves partitions; see [`Rebalance`].
    Rebalance(Rebalance),
    /// Nothing in time, or [`ConsumerHandle::wake`] was called.
    Empty,
}

/// How the assignment changes. A partition is owned from `Assigned` to `Revoked` or `Lost`.
#[derive(Debug)]
#[non_exhaustive]
pub enum Rebalance {
    /// These go to another member: finish what is in hand, commit, then acknowledge by dropping the
    /// [`Ack`]. No more records of them are delivered; the group waits, within `max.poll.interval.ms`.
    Revoked(Vec<TopicPartition>, Ack),
    /// These are gone already, and others may work on them: abandon what is in hand, do not commit.
    Lost(Vec<TopicPartition>),
    /// These are new. A seek made before the next poll precedes any record.
    Assigned(Vec<TopicPartition>),
}

/// Dropping it says that the application has let go of revoked partitions.
#[derive(Debug)]
pub struct Ack {
    shared: Arc<Shared>,
    ticket: u64,
}

impl Ack {
    /// Lets the rebalance go on. The same as dropping it.
    pub fn ack(self) {}
}

impl Drop for Ack {
    fn drop(&mut self) {
        self.shared.state().member.acknowledged(self.ticket);
        self.shared.engine.notify_one();
    }
}

struct Shared {
    client: Client,
    config: Arc<ConsumerConfig>,
    state: Mutex<State>,
    /// Wakes the engine: the state changed, look again.
    engine: Arc<Notify>,
    /// Wakes whoever waits for the state to change: polls, positions.
    application: Arc<Notify>,
    woken: AtomicBool,
    memory: Memory,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer").field("group", &self.config.group_id).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct State {
    core: Core,
    member: Member,
    group: Option<GroupHandle>,
    /// To be told by the next poll.
    error: Option<Error>,
    closed: bool,
}

impl State {
    /// Another assignment or subscription is another chance for a member that was fenced.
    fn begin_anew(&mut self) {
        self.error = self.error.take().filter(|error| error.kind() != ErrorKind::Fenced);
    }
}

impl Shared {
    fn new(
        client: &Client,
        config: Arc<ConsumerConfig>,
        account: Option<Arc<dyn Account>>,
    ) -> Result<Self, Error> {
        if config.assignors.is_empty() {
            return Err(Error::new(ErrorKind::Config, "partition.assignment.strategy names no assignor"));
        }
        let pauses = Pauses {
            retry: client.config().retry_backoff,
            failure: client.config().retry_backoff_max.max(Duration::from_millis(100)),
            preference: client.config().metadata_max_age,
        };
        let (engine, application) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let memory = Memory::new(account, &engine, &application);
        let state = State {
            core: Core::new(config.clone(), pauses, memory.clone()),
            member: Member::new(&config),
            group: None,
            error: None,
            closed: false,
        };
        // Connections of its own: the broker serves one request of a connection at a time, and two consumers
        // must not wait for each other's long polls (N1).
        let client = client.named(client.client_id().clone());
        Ok(Shared {
            client,
            config,
            state: Mutex::new(state),
            engine,
            application,
            woken: AtomicBool::new(false),
            memory,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds this lock")
    }
}

impl Consumer {
    /// A consumer without an assignment: call [`ConsumerHandle::assign`] or [`ConsumerHandle::subscribe`] next.
    ///
    /// # Errors
    /// Settings that contradict each other.
    pub fn start(client: &Client, config: ConsumerConfig) -> Result<Consumer, Error> {
        Self::start_with(client, config, None)
    }

    /// As [`Consumer::start`], in memory that is shared with others and bounded.
    ///
    /// Every answer is charged to the account from the request for it until its last slice is dropped, and so is every
    /// batch that had to be decompressed. No request is sent and no batch decompressed without room, with one exception, so
    /// that reading always goes on: a consumer of which nobody holds anything may pass the limit by one answer for one
    /// partition, and by one batch that is decompressed. A single batch is never too large for the account; what it
    /// may decompress to is bounded by [`ConsumerConfig::decompress_limit`].
    ///
    /// Who keeps what was delivered ([`FetchedBatch`], slices of keys and values) and polls for more may wait for itself:
    /// copy what is kept ([`FetchedBatch::detach`], [`RecordView::to_owned_record`]). Copies are not charged.
    ///
    /// # Errors
    /// As [`Consumer::start`].
    pub fn start_charging(
        client: &Client,
        config: ConsumerConfig,
        account: Arc<dyn Account>,
    ) -> Result<Consumer, Error> {
        Self::start_with(client, config, Some(account))
    }

    fn start_with(
        client: &Client,
        config: ConsumerConfig,
        account: Option<Arc<dyn Account>>,
    ) -> Result<Consumer, Error> {
        let shared = Arc::new(Shared::new(client, Arc::new(config), account)?);
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let scope = Scope::new();
        let engine = engine::Engine::new(shared.clone());
        scope.spawn(|stop| engine.run(inbox, stop));
        let auto_commit_at = shared.config.auto_commit_interval.map(|interval| now() + interval);
        let scratch = DecompressBuffer::with_limit(shared.config.decompress_limit);
        let handle = ConsumerHandle { shared, commands };
        Ok(Consumer { handle, scratch, auto_commit_at, scope })
    }

    /// A handle to this consumer, for other threads or for later.
    pub fn handle(&self) -> ConsumerHandle {
        self.handle.clone()
    }

    /// Waits up to `max_wait` for records or a change of the assignment.
    ///
    /// Records count as delivered when they are returned: [`ConsumerHandle::position`] is behind them, and with
    /// automatic commits the next poll says that they are done. May be dropped at any time; nothing is lost,
    /// because nothing is taken before it is returned.
    ///
    /// # Errors
    /// A partition that cannot go on, by name; the others do, so polling again is fine. The same error comes
    /// again after a while for as long as its cause lasts. Kinds `Fenced`, `Authorization` and `Closed` of
    /// the group do not go away by themselves.
    pub async fn poll(&mut self, max_wait: Duration) -> Result<Poll, Error> {
        let shared = self.handle.shared.clone();
        let group = shared.state().group.clone();
        let _polling = (group.as_ref().map(GroupHandle::enter_poll), shared.memory.polling());
        let start = now();
        self.auto_commit(start);
        let deadline = start + max_wait;
        loop {
            let mut changed = pin!(shared.application.notified());
            changed.as_mut().enable();
            if let Some(poll) = self.take(start)? {
                return Ok(poll);
            }
            if shared.woken.swap(false, Ordering::Relaxed) {
                return Ok(Poll::Empty);
            }
            if tokio::time::timeout_at(deadline.into(), changed).await.is_err() {
                return Ok(self.take(now())?.unwrap_or(Poll::Empty));
            }
        }
    }

    /// What is there without waiting.
    fn take(&mut self, now: Instant) -> Result<Option<Poll>, Error> {
        let shared = &self.handle.shared;
        {
            let mut state = shared.state();
            if let Some(offer) = state.member.next_offer() {
                return Ok(Some(Poll::Rebalance(rebalance(shared, offer))));
            }
            if let Some(error) = state.error.take() {
                if error.kind() == ErrorKind::Fenced {
                    // Nothing will come any more, and an application that polls on has to know.
                    state.error = Some(error.clone());
                }
                return Err(error);
            }
            if state.closed {
                return Err(Error::new(ErrorKind::Closed, "the consumer is closed"));
            }
        }
        let (batches, error) = collect(shared, &mut self.scratch, now);
        match error {
            Some(error) if batches.is_empty() => Err(error),
            error => {
                if error.is_some() {
                    shared.state().error = error;
                }
                Ok((!batches.is_empty()).then_some(Poll::Records(batches)))
            }
        }
    }

    /// What earlier polls returned counts as done now.
    fn auto_commit(&mut self, now: Instant) {
        let (Some(at), Some(interval)) =
            (self.auto_commit_at, self.handle.shared.config.auto_commit_interval)
        else {
            return;
        };
        if now >= at {
            self.auto_commit_at = Some(now + interval);
            let positions = self.handle.shared.state().core.positions();
            self.handle.commit_async(positions.into_iter().map(|(tp, p)| (tp, p.into())).collect());
        }
    }

    /// Ends the consumer within `timeout`: commits what was delivered (with automatic commits), leaves the group
    /// (a static member stays), closes fetch sessions. Nothing of it is retried past the deadline.
    pub async fn close(self, timeout: Duration) {
        self.end(timeout, false).await;
    }

    /// [`Consumer::close`] for good: a static member leaves the group too, so that its partitions and the group itself
    /// are free at once and not after `session.timeout.ms`.
    pub async fn leave(self, timeout: Duration) {
        self.end(timeout, true).await;
    }

    async fn end(self, timeout: Duration, even_static: bool) {
        let deadline = now() + timeout;
        let (done, closed) = oneshot::channel();
        if self.handle.commands.send(Command::Close { deadline, even_static, done }).await.is_ok() {
            let _ = tokio::time::timeout_at(deadline.into(), closed).await;
        }
        self.scope.shutdown(deadline).await;
    }
}

impl std::ops::Deref for Consumer {
    type Target = ConsumerHandle;

    fn deref(&self) -> &ConsumerHandle {
        &self.handle
    }
}

fn rebalance(shared: &Arc<Shared>, offer: Offer) -> Rebalance {
    match offer {
        Offer::Revoked { partitions, ticket } => {
            Rebalance::Revoked(partitions, Ack { shared: shared.clone(), ticket })
        }
        Offer::Lost(partitions) => Rebalance::Lost(partitions),
        Offer::Assigned(partitions) => Rebalance::Assigned(partitions),
    }
}

/// Reads buffered data up to `max.poll.records`, outside of the lock.
fn collect(
    shared: &Shared,
    scratch: &mut DecompressBuffer,
    now: Instant,
) -> (Vec<FetchedBatch>, Option<Error>) {
    let mut batches = Vec::new();
    let mut room = shared.config.poll_records_max;
    let mut freed = false;
    let mut error = None;
    while room > 0 {
        let lease = shared.state().core.checkout(now);
        let mut lease = match lease {
            None => break,
            Some(Ok(lease)) => lease,
            Some(Err(failure)) => {
                error = Some(failure);
                break;
            }
        };
        match lease.cursor.read(room, scratch) {
            Ok(reading) => {
                freed |= lease.cursor.is_done();
                let (tp, waits) = (lease.tp.clone(), reading.waits);
                let counts = shared.state().core.checkin(lease, reading.reached);
                // What does not count any more is dropped: its memory is free.
                freed |= !counts;
                if let (true, Some(reached), false) = (counts, reading.reached, reading.segments.is_empty()) {
                    room -= reading.records.min(room);
                    batches.push(FetchedBatch { partition: tp, segments: reading.segments, reached });
                }
                if waits {
                    break;
                }
            }
            Err(damage) => {
                freed = true;
                error = shared.state().core.checkin_damaged(now, lease, &damage);
                break;
            }
        }
    }
    if freed || error.is_some() {
        shared.engine.notify_one();
    }
    (batches, error)
}

impl ConsumerHandle {
    /// Reads exactly these partitions, without the group assigning them. Those that are assigned already keep
    /// their position. Ends a subscription.
    ///
    /// # Errors
    /// Kind `Closed` after the end.
    pub async fn assign(&self, partitions: Vec<TopicPartition>) -> Result<(), Error> {
        self.command(|done| Command::Assign { partitions: partitions.into_iter().collect(), done }).await
    }

    /// Joins the group for these topics. Replaces the former subscription; what stays subscribed stays assigned.
    ///
    /// # Errors
    /// Kind `Config` without a `group.id`.
    pub async fn subscribe(&self, subscription: impl Into<Subscription>) -> Result<(), Error> {
        if self.shared.config.group_id.is_none() {
            return Err(Error::new(ErrorKind::Config, "a subscription needs a group: set group.id"));
        }
        let subscription = subscription.into();
        self.command(|done| Command::Subscribe { subscription, done }).await
    }

    /// Leaves the group and gives up every partition.
    ///
    /// # Errors
    /// Kind `Closed` after the end.
    pub async fn unsubscribe(&self) -> Result<(), Error> {
        self.assign(Vec::new()).await
    }

    /// The partitions that are read, as far as polls have told.
    pub fn assignment(&self) -> BTreeSet<TopicPartition> {
        self.shared.state().core.assignment()
    }

    /// Goes on reading at `offset`; what is buffered of the partition is dropped (F3).
    ///
    /// # Errors
    /// Kind `Rejected` when the partition is not assigned.
    pub fn seek(&self, tp: &TopicPartition, offset: i64) -> Result<(), Error> {
        self.seek_with_epoch(tp, offset, -1)
    }

    /// As [`seek`](Self::seek), and makes sure that the log still holds what was read up to there: `leader_epoch`
    /// is that of the record before `offset` (F5).
    ///
    /// # Errors
    /// Kind `Rejected` when the partition is not assigned or the offset is negative.
    pub fn seek_with_epoch(&self, tp: &TopicPartition, offset: i64, leader_epoch: i32) -> Result<(), Error> {
        if offset < 0 {
            return Err(Error::new(ErrorKind::Rejected, format!("cannot seek {tp} to offset {offset}")));
        }
        self.move_to(|core| core.seek(tp, Position { offset, epoch: leader_epoch }))
    }

    /// Goes on reading at the first record that is still there. The broker is asked in the background.
    ///
    /// # Errors
    /// Kind `Rejected` when the partition is not assigned.
    pub fn seek_to_beginning(&self, tp: &TopicPartition) -> Result<(), Error> {
        self.move_to(|core| core.reset(tp, ResetTo::Earliest))
    }

    /// Goes on reading behind the last record. The broker is asked in the background.
    ///
    /// # Errors
    /// Kind `Rejected` when the partition is not assigned.
    pub fn seek_to_end(&self, tp: &TopicPartition) -> Result<(), Error> {
        self.move_to(|core| core.reset(tp, ResetTo::Latest))
    }

    fn move_to(&self, mv: impl FnOnce(&mut Core) -> Result<(), Error>) -> Result<(), Error> {
        let moved = mv(&mut self.shared.state().core);
        self.shared.engine.notify_one();
        moved
    }

    /// Delivers nothing of these partitions until they are resumed. What is buffered stays (F3).
    ///
    /// # Errors
    /// Kind `Rejected` when one is not assigned; those before it are paused.
    pub fn pause<'a>(&self, tps: impl IntoIterator<Item = &'a TopicPartition>) -> Result<(), Error> {
        self.set_paused(tps, true)
    }

    /// Delivers these partitions again.
    ///
    /// # Errors
    /// Kind `Rejected` when one is not assigned; those before it are resumed.
    pub fn resume<'a>(&self, tps: impl IntoIterator<Item = &'a TopicPartition>) -> Result<(), Error> {
        self.set_paused(tps, false)
    }

    fn set_paused<'a>(
        &self,
        tps: impl IntoIterator<Item = &'a TopicPartition>,
        paused: bool,
    ) -> Result<(), Error> {
        let result = {
            let mut state = self.shared.state();
            tps.into_iter().try_for_each(|tp| state.core.pause(tp, paused))
        };
        self.shared.engine.notify_one();
        self.shared.application.notify_waiters();
        result
    }

    /// The partitions that are paused.
    pub fn paused(&self) -> BTreeSet<TopicPartition> {
        self.shared.state().core.paused()
    }

    /// The offset of the next record to be delivered (F1). Waits while it is being found out.
    ///
    /// # Errors
    /// Kind `Timeout` at the deadline; what keeps the partition from having a position; `Rejected` when it is
    /// not assigned.
    pub async fn position(&self, tp: &TopicPartition, deadline: Instant) -> Result<i64, Error> {
        loop {
            let mut changed = pin!(self.shared.application.notified());
            changed.as_mut().enable();
            if let Some(position) = self.shared.state().core.position(tp)? {
                return Ok(position.offset);
            }
            if tokio::time::timeout_at(deadline.into(), changed).await.is_err() {
                return Err(Error::new(
                    ErrorKind::Timeout,
                    format!("the position of {tp} was not found out in time"),
                ));
            }
        }
    }

    /// Records between the position and the end that this consumer may see, by the broker's last answer; `None`
    /// before the first one.
    pub fn lag(&self, tp: &TopicPartition) -> Option<i64> {
        self.shared.state().core.lag(tp)
    }

    /// Whether an empty poll was empty because reading waits for memory of the account that somebody holds: the
    /// application itself, perhaps. Never without an account.
    pub fn waits_for_memory(&self) -> bool {
        self.shared.state().core.famine().is_some()
    }

    /// Commits offsets of next records (O1) and waits for the coordinator. Waits for a rebalance under way (G14).
    /// Once called it is carried out even if the future is dropped.
    ///
    /// # Errors
    /// Kind `Membership` when the partitions are not ours any more (do not retry), `Authorization`, `Timeout`
    /// when the outcome is not known by the deadline.
    pub async fn commit(
        &self,
        offsets: BTreeMap<TopicPartition, OffsetAndMetadata>,
        deadline: Instant,
    ) -> Result<(), Error> {
        self.check_group()?;
        self.command(|done| Command::Commit { offsets, deadline, done: Some(done) }).await
    }

    /// Commits without waiting. A later commit of the same partition replaces one that was not sent yet (O2);
    /// failures are logged.
    pub fn commit_async(&self, offsets: BTreeMap<TopicPartition, OffsetAndMetadata>) {
        let deadline = now() + self.shared.config.api_timeout;
        if offsets.is_empty() || self.check_group().is_err() {
            return;
        }
        if self.commands.try_send(Command::Commit { offsets, deadline, done: None }).is_err() {
            tracing::warn!(target: logger::COORDINATOR, "offsets were not committed: too many commands wait, or the consumer is closed");
        }
    }

    /// Commits the position of every assigned partition: everything delivered counts as done.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub async fn commit_positions(&self, deadline: Instant) -> Result<(), Error> {
        let positions = self.shared.state().core.positions();
        self.commit(positions.into_iter().map(|(tp, p)| (tp, p.into())).collect(), deadline).await
    }

    /// What the group has committed; partitions without a committed offset are left out.
    ///
    /// # Errors
    /// `Authorization`, `Timeout`; also when one partition fails.
    pub async fn committed(
        &self,
        tps: &[TopicPartition],
        deadline: Instant,
    ) -> Result<BTreeMap<TopicPartition, OffsetAndMetadata>, Error> {
        let group = self.check_group()?;
        let found = offsets::committed(&self.shared.client, &group, Some(tps), deadline).await?;
        found.into_iter().filter_map(|(tp, offset)| Some(offset.transpose()?.map(|o| (tp, o)))).collect()
    }

    /// The offset of the first record of each partition.
    ///
    /// # Errors
    /// `Timeout`, `UnknownTopic`, `Authorization`; also when one partition fails.
    pub async fn beginning_offsets(
        &self,
        tps: &[TopicPartition],
        deadline: Instant,
    ) -> Result<BTreeMap<TopicPartition, i64>, Error> {
        self.bounds(tps, OffsetSpec::Earliest, deadline).await
    }

    /// The offset behind the last record of each partition that this isolation level may see.
    ///
    /// # Errors
    /// `Timeout`, `UnknownTopic`, `Authorization`; also when one partition fails.
    pub async fn end_offsets(
        &self,
        tps: &[TopicPartition],
        deadline: Instant,
    ) -> Result<BTreeMap<TopicPartition, i64>, Error> {
        self.bounds(tps, OffsetSpec::Latest, deadline).await
    }

    async fn bounds(
        &self,
        tps: &[TopicPartition],
        spec: OffsetSpec,
        deadline: Instant,
    ) -> Result<BTreeMap<TopicPartition, i64>, Error> {
        let specs = tps.iter().map(|tp| (tp.clone(), spec)).collect();
        let listed = offsets::list(&self.shared.client, self.shared.config.isolation, specs, deadline).await;
        listed.into_iter().map(|(tp, listed)| Ok((tp, listed?.map_or(-1, |listed| listed.offset)))).collect()
    }

    /// The first record at or after each timestamp (milliseconds since 1970); `None` when there is none.
    ///
    /// # Errors
    /// `Timeout`, `UnknownTopic`, `Authorization`; also when one partition fails.
    pub async fn offsets_for_times(
        &self,
        times: BTreeMap<TopicPartition, i64>,
        deadline: Instant,
    ) -> Result<BTreeMap<TopicPartition, Option<ListedOffset>>, Error> {
        let specs = times.into_iter().map(|(tp, at)| (tp, OffsetSpec::Timestamp(at))).collect();
        let listed = offsets::list(&self.shared.client, self.shared.config.isolation, specs, deadline).await;
        listed.into_iter().map(|(tp, listed)| Ok((tp, listed?))).collect()
    }

    /// Makes the poll under way, or else the next one, return at once.
    pub fn wake(&self) {
        self.shared.woken.store(true, Ordering::Relaxed);
        self.shared.application.notify_waiters();
    }

    /// Who this consumer is in its group; `None` without a subscription. For committing in a transaction.
    pub fn membership(&self) -> Option<crate::group::Membership> {
        self.shared.state().group.as_ref().map(|group| group.status().membership)
    }

    /// The settings it was made with.
    pub fn config(&self) -> &ConsumerConfig {
        &self.shared.config
    }

    fn check_group(&self) -> Result<Arc<str>, Error> {
        let missing =
            || Error::new(ErrorKind::Config, "offsets cannot be stored without a group: set group.id");
        self.shared.config.group_id.clone().ok_or_else(missing)
    }

    async fn command<T>(
        &self,
        make: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Command,
    ) -> Result<T, Error> {
        let closed = || Error::new(ErrorKind::Closed, "the consumer is closed");
        let (done, answer) = oneshot::channel();
        self.commands.send(make(done)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}
