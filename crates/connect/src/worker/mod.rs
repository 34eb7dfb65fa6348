//! Runs connectors and tasks: their life cycles, clients, stores and panic boundaries (runtime.md §6, §8).
//!
//! The worker is told what to start and stop; it does not know why. The standalone herder drives it, and a distributed one
//! will. Connectors and tasks are futures on the plugin runtime, each an owner loop of its own:
//!
//! ```text
//! start_task ─► builds chain, converters, clients (errors: FAILED, answered)
//!            └► spawns: wait while paused ─► plugin's start ─► RUNNING ─► loop (source.rs, sink.rs) ─► UNASSIGNED | FAILED
//! stop_tasks ─► wanted = Stop for all ─► wait until the shared deadline ─► late ones: muted, dropped, counted, named
//! ```
//! Invariants: a muted instance never reports again; a panic ends its task only; whatever is spawned here is kept in a
//! table and ended by `shut_down`.

pub(crate) mod chain;
mod clients;
mod connector;
mod connectors;
pub(crate) mod converters;
mod dead_letters;
pub(crate) mod failure;
mod io;
mod letter;
mod member;
mod outbox;
mod resolve;
mod sink;
mod source;
mod starter;
mod tasks;
mod tracker;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kconnect_api::{Exception, Props, TaskId};
use kconnect_client::Client;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

use self::clients::ClientFamilies;
use self::connector::Command;
use self::member::{GoodByes, Return};
use self::resolve::Reloads;
use crate::config::worker::WorkerConfig;
use crate::offset_store::OffsetStore;
use crate::registry::Registry;
use crate::runtimes::{Runtimes, spawn_apart};
use crate::status::{Reporter, StatusStore};
use crate::watchdog::{Watchdog, Watched};

const TARGET: &str = "org.apache.kafka.connect.runtime.Worker";
/// How long connectors that are stopped together may take.
const CONNECTOR_STOP: Duration = Duration::from_secs(5);
/// Memory that the buffers of one task may take.
const TASK_BUDGET: usize = 64 << 20;

/// Tasks that a connector is asked for at most, whatever `tasks.max` says: a connector may answer with as many (R2).
const MOST_TASKS: u32 = 10_000;

/// What a task shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Run,
    Pause,
    Stop,
}

/// How a task's loop ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    Stopped,
    /// The cluster refuses idempotent writes and nothing was written yet: begin again without.
    WithoutIdempotence,
}

/// Runs connectors and tasks. Clones are the same worker.
#[derive(Clone)]
pub struct Worker(Arc<Inner>);

pub(crate) struct Inner {
    runtimes: Runtimes,
    registry: Arc<Registry>,
    config: WorkerConfig,
    store: Arc<dyn OffsetStore>,
    status: Arc<StatusStore>,
    worker_id: Arc<str>,
    families: ClientFamilies,
    watchdog: Arc<Watchdog>,
    /// Idempotent writes were refused once; later producers do not try.
    compatible: AtomicBool,
    abandoned: AtomicU64,
    closing: AtomicBool,
    connectors: Mutex<BTreeMap<String, RunningConnector>>,
    tasks: Mutex<BTreeMap<TaskId, RunningTask>>,
    good_byes: GoodByes,
    reconfigure: Requests,
    reload: Requests,
    reloads: Reloads,
    background: Mutex<Vec<JoinHandle<()>>>,
}

/// Connectors that asked for something, each once.
#[derive(Default)]
struct Requests {
    names: Mutex<BTreeSet<String>>,
    asked: Notify,
}

impl Requests {
    fn ask(&self, connector: &str) {
        lock(&self.names).insert(connector.to_owned());
        self.asked.notify_one();
    }

    /// May be dropped; a name is then returned later.
    async fn next(&self) -> String {
        loop {
            let asked = self.asked.notified();
            if let Some(name) = lock(&self.names).pop_first() {
                return name;
            }
            asked.await;
        }
    }
}

struct RunningConnector {
    /// Its configuration as it was resolved for this instance.
    config: Arc<Props>,
    commands: mpsc::Sender<Command>,
    reporter: Reporter,
    join: JoinHandle<()>,
}

struct RunningTask {
    wanted: watch::Sender<Wanted>,
    comes_back: Return,
    reporter: Reporter,
    join: JoinHandle<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn request_reconfiguration(&self, connector: &str) {
        self.reconfigure.ask(connector);
    }
}

impl Worker {
    /// A worker without work. `worker_id` is what statuses show, `host:port`.
    #[must_use]
    pub fn new(
        config: WorkerConfig,
        registry: Arc<Registry>,
        runtimes: Runtimes,
        store: Arc<dyn OffsetStore>,
        worker_id: &str,
    ) -> Self {
        let watchdog = Arc::new(Watchdog::new(runtimes.plugins.metrics().num_workers()));
        let looking = runtimes.control.spawn(Arc::clone(&watchdog).run());
        Self(Arc::new(Inner {
            runtimes,
            registry,
            config,
            store,
            status: Arc::new(StatusStore::new()),
            worker_id: worker_id.into(),
            families: ClientFamilies::default(),
            watchdog,
            compatible: AtomicBool::new(false),
            abandoned: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            connectors: Mutex::default(),
            tasks: Mutex::default(),
            good_byes: GoodByes::default(),
            reconfigure: Requests::default(),
            reload: Requests::default(),
            reloads: Reloads::default(),
            background: Mutex::new(vec![looking]),
        }))
    }

    /// Statuses and active topics.
    #[must_use]
    pub fn status(&self) -> &Arc<StatusStore> {
        &self.0.status
    }

    /// The worker's configuration.
    #[must_use]
    pub fn config(&self) -> &WorkerConfig {
        &self.0.config
    }

    /// The plugins.
    #[must_use]
    pub fn registry(&self) -> &Arc<Registry> {
        &self.0.registry
    }

    /// The runtimes.
    #[must_use]
    pub fn runtimes(&self) -> &Runtimes {
        &self.0.runtimes
    }

    /// Stored source offsets.
    #[must_use]
    pub fn offsets(&self) -> &Arc<dyn OffsetStore> {
        &self.0.store
    }

    /// Tasks that did not stop in time since the start, and were dropped.
    #[must_use]
    pub fn abandoned(&self) -> u64 {
        self.0.abandoned.load(Ordering::Relaxed)
    }

    /// Plugin calls that block their thread at the moment, with how long.
    #[must_use]
    pub fn blocked(&self) -> Vec<(String, Duration)> {
        self.0.watchdog.look()
    }

    /// Keeps a task of the herder until the worker is shut down.
    pub(crate) fn keep(&self, join: JoinHandle<()>) {
        lock(&self.0.background).push(join);
    }

    /// The next connector that asks for new task configurations. May be dropped; a request is then returned later.
    pub async fn reconfiguration(&self) -> String {
        self.0.reconfigure.next().await
    }

    /// Asked under the lock of the table that grows, which `shut_down` takes after it set the flag.
    fn refuse_while_closing(&self) -> Result<(), Exception> {
        match self.0.closing.load(Ordering::Acquire) {
            true => Err(Exception::connect("the worker is shutting down")),
            false => Ok(()),
        }
    }

    /// Runs what may call a plugin: watched, on a thread of its own if it is known to block.
    fn spawn(
        &self,
        name: &str,
        is_blocking: bool,
        future: impl Future<Output = ()> + Send + 'static,
    ) -> Result<JoinHandle<()>, Exception> {
        let runtimes = &self.0.runtimes;
        if !is_blocking {
            return Ok(runtimes.plugins.spawn(Watched::new(&self.0.watchdog.pulse(name), future)));
        }
        spawn_apart(&runtimes.control, name, future).map_err(|error| {
            Exception::connect(format!(
                "cannot start a thread for {name}, which blocks; raise the limit of processes"
            ))
            .caused_by(error)
        })
    }

    /// Runs what may call a plugin but belongs to no task: the check of a configuration.
    pub(crate) fn spawn_call<T: Send + 'static>(
        &self,
        name: &str,
        future: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.0.runtimes.plugins.spawn(Watched::new(&self.0.watchdog.pulse(name), future))
    }

    /// Stops everything. Sinks leave their groups: who comes next, and whether anybody does, is not known here.
    pub async fn shut_down(&self) {
        // A creation under way must not start anything behind our back.
        self.0.closing.store(true, Ordering::Release);
        let names: Vec<String> = lock(&self.0.connectors).keys().cloned().collect();
        self.stop_connectors(&names).await;
        let ids: Vec<TaskId> = lock(&self.0.tasks).keys().cloned().collect();
        self.stop_tasks(&ids, |_| false).await;
        self.0.good_byes.said().await;
        let timers = std::mem::take(&mut *lock(&self.0.reloads)).into_values();
        for join in std::mem::take(&mut *lock(&self.0.background)).into_iter().chain(timers) {
            join.abort();
        }
    }

    /// A client with these settings; its tasks live on the I/O runtime.
    pub(crate) fn client(&self, props: &Props) -> Result<Client, Exception> {
        let _io = self.0.runtimes.io.enter();
        self.0.families.client(props)
    }
}

/// Waits for `future`; `None` when a stop came first.
pub(crate) async fn unless_stopped<T>(
    wanted: &mut watch::Receiver<Wanted>,
    future: impl Future<Output = T>,
) -> Option<T> {
    tokio::select! {
        biased;
        _ = wanted.wait_for(|wanted| *wanted == Wanted::Stop) => None,
        done = future => Some(done),
    }
}
