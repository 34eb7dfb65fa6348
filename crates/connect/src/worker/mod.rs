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

mod chain;
mod clients;
mod connector;
mod converters;
mod dead_letters;
mod failure;
mod io;
mod member;
mod outbox;
mod sink;
mod source;
mod tracker;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kconnect_api::{
    Budget, ErrantRecordReporter, Exception, Plugin, Props, SinkContext, SourceContext, SourceServices, Task,
    TaskContext, TaskId,
};
use kconnect_client::Client;
use kconnect_client::consumer::{Consumer, ConsumerConfig, Subscription as ClientSubscription, TopicPattern};
use kconnect_client::producer::{Producer, ProducerConfig};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout_at;
use tracing::Instrument;

use self::chain::Chain;
use self::clients::ClientFamilies;
use self::connector::{Command, ConnectorLoop, Line, caught, guarded, unresolved};
use self::converters::Converters;
use self::dead_letters::DeadLetters;
use self::failure::{Judge, client_exception};
use self::member::{Member, Return};
use self::outbox::Outbox;
use self::sink::{Errant, SinkLoop, SinkParts};
use self::source::{Services, SourceLoop, SourceParts};
use crate::config::client::{Clients, Delivery};
use crate::config::connector::{ConnectorConfig, Subscription};
use crate::config::validation::kind_of;
use crate::config::worker::WorkerConfig;
use crate::herder::{ConnectorType, State, TargetState};
use crate::offset_store::OffsetStore;
use crate::registry::Registry;
use crate::runtimes::{Runtimes, spawn_apart};
use crate::status::{Reporter, StatusStore, Subject};
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
    reconfigure: Mutex<BTreeSet<String>>,
    reconfigure_asked: Notify,
    background: Mutex<Vec<JoinHandle<()>>>,
}

struct RunningConnector {
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
        lock(&self.reconfigure).insert(connector.to_owned());
        self.reconfigure_asked.notify_one();
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
            reconfigure: Mutex::default(),
            reconfigure_asked: Notify::new(),
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
        loop {
            let asked = self.0.reconfigure_asked.notified();
            if let Some(name) = lock(&self.0.reconfigure).pop_first() {
                return name;
            }
            asked.await;
        }
    }

    /// Starts a connector and brings it to `target`; answers the state reached.
    pub async fn start_connector(
        &self,
        name: &str,
        config: &Props,
        target: TargetState,
    ) -> Result<State, Exception> {
        let commands = {
            let mut connectors = lock(&self.0.connectors);
            self.refuse_while_closing()?;
            if connectors.contains_key(name) {
                return Err(Exception::connect(format!("Connector with name {name} already exists")));
            }
            let plugin = self.plugin(config)?;
            let running = self.spawn_connector(name, config, plugin)?;
            let commands = running.commands.clone();
            connectors.insert(name.to_owned(), running);
            commands
        };
        transition(&commands, target).await
    }

    /// Asked under the lock of the table that grows, which `shut_down` takes after it set the flag.
    fn refuse_while_closing(&self) -> Result<(), Exception> {
        match self.0.closing.load(Ordering::Acquire) {
            true => Err(Exception::connect("the worker is shutting down")),
            false => Ok(()),
        }
    }

    fn plugin(&self, config: &Props) -> Result<Arc<dyn Plugin>, Exception> {
        let class = config.get("connector.class").map(|class| class.trim()).unwrap_or_default();
        self.0.registry.connector(class).cloned()
    }

    fn spawn_connector(
        &self,
        name: &str,
        config: &Props,
        plugin: Arc<dyn Plugin>,
    ) -> Result<RunningConnector, Exception> {
        let (version, is_blocking) = (plugin.info().version, plugin.is_blocking());
        let subject = Subject::Connector(name.to_owned());
        let reporter = Reporter::new(&self.0.status, subject, &self.0.worker_id, Some(&version));
        // Commands come one at a time from the herder; errors: the first one counts.
        let (commands, inbox) = mpsc::channel(8);
        let (errors, raised) = mpsc::channel(1);
        let line = Arc::new(Line {
            name: name.to_owned(),
            worker: Arc::downgrade(&self.0),
            store: Arc::clone(&self.0.store),
            errors,
            closed: AtomicBool::new(false),
        });
        let looped = ConnectorLoop {
            name: name.to_owned(),
            plugin,
            config: config.clone(),
            line,
            reporter: reporter.clone(),
        };
        let span = tracing::info_span!("connector", context = %format!("[{name}|worker]"));
        let join = self.spawn(name, is_blocking, looped.run(inbox, raised).instrument(span))?;
        Ok(RunningConnector { commands, reporter, join })
    }

    /// Whether there is an instance of the connector, started or not.
    #[must_use]
    pub fn runs_connector(&self, name: &str) -> bool {
        lock(&self.0.connectors).contains_key(name)
    }

    /// Brings a running connector to another state.
    pub async fn set_connector_state(&self, name: &str, target: TargetState) -> Result<State, Exception> {
        let commands = lock(&self.0.connectors).get(name).map(|running| running.commands.clone());
        match commands {
            Some(commands) => transition(&commands, target).await,
            None => Err(Exception::connect(format!("Connector {name} is not running on this worker"))),
        }
    }

    /// Task configurations of a started connector, with what the runtime adds (runtime.md §7). Too many of them fail the
    /// connector, if it is told to.
    pub async fn connector_task_configs(&self, name: &str, config: &Props) -> Result<Vec<Props>, Exception> {
        let commands = lock(&self.0.connectors).get(name).map(|running| running.commands.clone());
        let Some(commands) = commands else { return Ok(Vec::new()) };
        let plugin = self.plugin(config)?;
        let parsed = self.parse(config, plugin.as_ref())?;
        let (reply, answer) = oneshot::channel();
        let most = parsed.tasks_max.min(MOST_TASKS);
        if most < parsed.tasks_max {
            tracing::warn!(target: TARGET, connector = name, most, "tasks.max is larger than this worker allows");
        }
        let asked = commands.send(Command::TaskConfigs(most, reply)).await;
        asked.map_err(|_| gone(name))?;
        let configs = answer.await.map_err(|_| gone(name))??;
        if configs.len() > parsed.tasks_max as usize {
            let error = parsed.too_many_tasks(configs.len());
            if parsed.tasks_max_enforced {
                let _ = commands.send(Command::Fail(error.clone())).await;
                return Err(error);
            }
            tracing::warn!(target: TARGET, connector = name, error = %error, "more tasks than tasks.max");
        }
        let class = plugin.info().class;
        let complete = |mut task: Props| {
            task.insert("task.class".into(), task_class(&class));
            for key in ["topics", "topics.regex"] {
                if let Some(value) = config.get(key) {
                    task.insert(key.into(), value.clone());
                }
            }
            task
        };
        Ok(configs.into_iter().map(complete).collect())
    }

    fn parse(&self, config: &Props, plugin: &dyn Plugin) -> Result<ConnectorConfig, Exception> {
        ConnectorConfig::parse(config, kind_of(plugin), &self.0.registry, self.0.config.topic_creation)
    }

    /// Stops connectors together, within five seconds; late ones are dropped and named.
    pub async fn stop_connectors(&self, names: &[String]) {
        let deadline = Instant::now() + CONNECTOR_STOP;
        let mut stopping = Vec::new();
        for name in names {
            let Some(running) = lock(&self.0.connectors).remove(name) else { continue };
            let (done, stopped) = oneshot::channel();
            // A full inbox belongs to a connector that hangs; it is dropped at the deadline.
            let _ = running.commands.try_send(Command::Stop(done));
            stopping.push((name, running, stopped));
        }
        for (name, mut running, _stopped) in stopping {
            if timeout_at(deadline.into(), &mut running.join).await.is_err() {
                running.reporter.report(State::Unassigned);
                running.reporter.mute();
                running.join.abort();
                tracing::warn!(target: TARGET, connector = %name, "the connector did not stop in time and was dropped");
            }
        }
    }

    /// Starts a task. An error is one of building it, which the status shows as well; what happens later only the status
    /// shows.
    pub fn start_task(
        &self,
        id: &TaskId,
        connector: &Props,
        task: Props,
        stored_tasks: usize,
        target: TargetState,
    ) -> Result<(), Exception> {
        let mut tasks = lock(&self.0.tasks);
        self.refuse_while_closing()?;
        if let Some(running) = tasks.get(id) {
            if !running.join.is_finished() {
                return Err(Exception::connect(format!("Task already exists in this worker: {id}")));
            }
            tasks.remove(id);
        }
        let version = self.plugin(connector).ok().map(|plugin| plugin.info().version);
        let subject = Subject::Task(id.clone());
        let reporter = Reporter::new(&self.0.status, subject, &self.0.worker_id, version.as_deref());
        match self.spawn_task(id, connector, task, stored_tasks, target, &reporter) {
            Ok(running) => {
                tasks.insert(id.clone(), running);
                Ok(())
            }
            Err(error) => {
                tracing::error!(target: TARGET, task = %id, error = %error.trace(), "the task could not be built");
                reporter.failed(&error);
                Err(error)
            }
        }
    }

    fn spawn_task(
        &self,
        id: &TaskId,
        connector: &Props,
        task: Props,
        stored_tasks: usize,
        target: TargetState,
        reporter: &Reporter,
    ) -> Result<RunningTask, Exception> {
        if let Some(error) = unresolved(connector).or_else(|| unresolved(&task)) {
            return Err(error);
        }
        let plugin = self.plugin(connector)?;
        let config = self.parse(connector, plugin.as_ref())?;
        if config.tasks_max_enforced && stored_tasks > config.tasks_max as usize {
            return Err(config.too_many_tasks(stored_tasks));
        }
        let first = match target {
            TargetState::Started => Wanted::Run,
            TargetState::Paused => Wanted::Pause,
            TargetState::Stopped => Wanted::Stop,
        };
        let (wanted, watching) = watch::channel(first);
        let (is_blocking, comes_back) = (plugin.is_blocking(), Return::default());
        let starter = TaskStarter {
            worker: self.clone(),
            id: id.clone(),
            kind: kind_of(plugin.as_ref()),
            plugin,
            config,
            task: Arc::new(task),
            reporter: reporter.clone(),
            wanted: watching,
            comes_back: comes_back.clone(),
        };
        guarded(|| starter.check())?;
        let span = tracing::info_span!("task", context = %format!("[{}|task-{}]", id.connector, id.task));
        let join = self.spawn(&id.to_string(), is_blocking, starter.run().instrument(span))?;
        Ok(RunningTask { wanted, comes_back, reporter: reporter.clone(), join })
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

    /// Pauses or resumes the running tasks of a connector.
    pub fn set_task_state(&self, connector: &str, target: TargetState) {
        let wanted = match target {
            TargetState::Started => Wanted::Run,
            TargetState::Paused => Wanted::Pause,
            TargetState::Stopped => Wanted::Stop,
        };
        for (_, running) in lock(&self.0.tasks).iter().filter(|(id, _)| id.connector == connector) {
            running.wanted.send_if_modified(|now| {
                let changes = *now != Wanted::Stop && *now != wanted;
                if changes {
                    *now = wanted;
                }
                changes
            });
        }
    }

    /// Stops tasks together, within the graceful timeout; late ones are dropped, counted and named. Those that `come_back`
    /// says start again soon keep their places in their groups.
    pub async fn stop_tasks(&self, ids: &[TaskId], come_back: impl Fn(&TaskId) -> bool) {
        let deadline = Instant::now() + self.0.config.task_shutdown_timeout;
        let stopping: Vec<(TaskId, RunningTask)> = {
            let mut tasks = lock(&self.0.tasks);
            ids.iter().filter_map(|id| tasks.remove_entry(id)).collect()
        };
        for (id, running) in &stopping {
            if come_back(id) {
                running.comes_back.expect();
            }
            running.wanted.send_replace(Wanted::Stop);
        }
        for (id, mut running) in stopping {
            if timeout_at(deadline.into(), &mut running.join).await.is_err() {
                running.reporter.report(State::Unassigned);
                running.reporter.mute();
                running.join.abort();
                let abandoned = self.0.abandoned.fetch_add(1, Ordering::Relaxed) + 1;
                tracing::warn!(
                    target: TARGET, task = %id, abandoned,
                    "Graceful stop of task {id} failed: it was dropped; records without an acknowledgement may be written again"
                );
            }
        }
    }

    /// Tasks that run or have failed here, of one connector.
    #[must_use]
    pub fn tasks_of(&self, connector: &str) -> Vec<TaskId> {
        lock(&self.0.tasks).keys().filter(|id| id.connector == connector).cloned().collect()
    }

    /// Stops everything.
    pub async fn shut_down(&self) {
        // A creation under way must not start anything behind our back.
        self.0.closing.store(true, Ordering::Release);
        let names: Vec<String> = lock(&self.0.connectors).keys().cloned().collect();
        self.stop_connectors(&names).await;
        let ids: Vec<TaskId> = lock(&self.0.tasks).keys().cloned().collect();
        self.stop_tasks(&ids, |_| true).await;
        for join in std::mem::take(&mut *lock(&self.0.background)) {
            join.abort();
        }
    }

    /// A client with these settings; its tasks live on the I/O runtime.
    pub(crate) fn client(&self, props: &Props) -> Result<Client, Exception> {
        let _io = self.0.runtimes.io.enter();
        self.0.families.client(props)
    }
}

async fn transition(commands: &mpsc::Sender<Command>, target: TargetState) -> Result<State, Exception> {
    let (reply, answer) = oneshot::channel();
    let refused = || {
        Exception::connect(format!(
            "Could not begin changing connector state to {} as the connector has been scheduled for shutdown",
            target.name()
        ))
    };
    commands.send(Command::Transition(target, reply)).await.map_err(|_| refused())?;
    answer.await.map_err(|_| refused())?
}

fn gone(name: &str) -> Exception {
    Exception::connect(format!("Connector {name} is being stopped"))
}

/// The name of a task's class: upstream's connectors name theirs after themselves.
fn task_class(connector: &str) -> String {
    match connector.strip_suffix("Connector") {
        Some(stem) => format!("{stem}Task"),
        None => format!("{connector}Task"),
    }
}

/// Builds and runs one task.
struct TaskStarter {
    worker: Worker,
    id: TaskId,
    kind: ConnectorType,
    plugin: Arc<dyn Plugin>,
    config: ConnectorConfig,
    task: Arc<Props>,
    reporter: Reporter,
    wanted: watch::Receiver<Wanted>,
    comes_back: Return,
}

impl TaskStarter {
    /// Builds once what a wrong configuration would break, so that a start answers at once.
    fn check(&self) -> Result<(), Exception> {
        self.chain()?;
        self.converters()?;
        match self.kind {
            ConnectorType::Sink => {
                consumer_config(&self.clients().consumer(&self.id)?)?;
            }
            _ => {
                producer_config(&self.clients().producer("", Delivery::Idempotent)?)?;
            }
        }
        Ok(())
    }

    fn chain(&self) -> Result<Chain, Exception> {
        Chain::build(&self.config.props, &self.worker.0.registry)
    }

    fn converters(&self) -> Result<Converters, Exception> {
        // The worker's header converter has a default that its properties need not name.
        let mut worker = (*self.worker.0.config.props).clone();
        let defaults = &self.worker.0.config.converters;
        if let Some(header) = &defaults.header {
            worker.entry("header.converter".into()).or_insert_with(|| header.clone());
        }
        Converters::build(&self.config.props, &worker, &self.worker.0.registry)
    }

    fn clients(&self) -> Clients<'_> {
        let config = &self.worker.0.config;
        Clients { worker: &config.props, connector: &self.config.props, policy: config.override_policy }
    }

    async fn run(mut self) {
        let outcome = caught(self.live()).await.and_then(|outcome| outcome);
        let stopping = *self.wanted.borrow() == Wanted::Stop;
        match outcome {
            Ok(()) => self.reporter.report(State::Unassigned),
            Err(error) => {
                tracing::error!(
                    target: "org.apache.kafka.connect.runtime.WorkerTask",
                    error = %error.trace(), "Task threw an uncaught and unrecoverable exception. Task is being killed and will not recover until manually restarted"
                );
                match stopping {
                    true => self.reporter.report(State::Unassigned),
                    false => self.reporter.failed(&error),
                }
            }
        }
    }

    async fn live(&mut self) -> Result<(), Exception> {
        if *self.wanted.borrow_and_update() == Wanted::Pause {
            self.reporter.report(State::Paused);
            let _ = self.wanted.wait_for(|wanted| *wanted != Wanted::Pause).await;
        }
        if *self.wanted.borrow() == Wanted::Stop {
            return Ok(());
        }
        match self.kind {
            ConnectorType::Sink => self.run_sink().await,
            _ => self.run_source().await,
        }
    }

    async fn run_source(&mut self) -> Result<(), Exception> {
        let compatible = &self.worker.0.compatible;
        let mut delivery =
            if compatible.load(Ordering::Relaxed) { Delivery::Compatible } else { Delivery::Idempotent };
        loop {
            match self.run_source_once(delivery).await? {
                Finish::Stopped => return Ok(()),
                Finish::WithoutIdempotence => {
                    if !self.worker.0.compatible.swap(true, Ordering::Relaxed) {
                        tracing::warn!(
                            target: TARGET,
                            "the cluster refuses idempotent writes (CLUSTER_AUTHORIZATION_FAILED); producers go on without, one request in flight, and may repeat records after a lost answer; grant IdempotentWrite to end this"
                        );
                    }
                    delivery = Delivery::Compatible;
                }
            }
        }
    }

    async fn run_source_once(&mut self, delivery: Delivery) -> Result<Finish, Exception> {
        let worker = &self.worker.0;
        let props = self.clients().producer(&format!("connector-producer-{}", self.id), delivery)?;
        let chosen = ["enable.idempotence", "acks", "max.in.flight.requests.per.connection"];
        let user_chose = chosen.iter().any(|key| {
            self.config.props.contains_key(&format!("producer.override.{key}"))
                || worker.config.props.contains_key(&format!("producer.{key}"))
        });
        let client = self.worker.client(&props)?;
        let (producer, acks) = {
            let _io = worker.runtimes.io.enter();
            Producer::start(&client, producer_config(&props)?).map_err(|error| client_exception(&error))?
        };
        let creation = match self.config.topic_creation.clone() {
            Some(creation) => {
                let admin = self.clients().admin(&format!("connector-adminclient-{}", self.id))?;
                Some((creation, self.worker.client(&admin)?))
            }
            None => None,
        };
        let outbox = Arc::new(Outbox::default());
        let services: Arc<dyn SourceServices> = Arc::new(Services {
            connector: self.id.connector.clone(),
            store: Arc::clone(&worker.store),
            outbox: Arc::clone(&outbox),
        });
        let context =
            SourceContext::new(self.id.clone(), Arc::clone(&self.task), Budget::new(TASK_BUDGET), services);
        let parts = SourceParts {
            id: self.id.clone(),
            producer,
            acks,
            may_fall_back: delivery == Delivery::Idempotent && !user_chose,
            creation,
            chain: self.chain()?,
            converters: self.converters()?,
            judge: Judge { task: self.id.clone(), settings: self.config.errors.clone(), dead_letters: None },
            store: Arc::clone(&worker.store),
            outbox,
            reporter: self.reporter.clone(),
            tracking: worker.config.topic_tracking,
            flush_interval: worker.config.offset_flush_interval,
            flush_timeout: worker.config.offset_flush_timeout,
            io: worker.runtimes.io.clone(),
            wanted: self.wanted.clone(),
        };
        let Some(started) = self.start_plugin(TaskContext::Source(context)).await? else {
            return Ok(Finish::Stopped);
        };
        match started {
            Task::Source(task) => {
                self.reporter.report(State::Running);
                SourceLoop::new(parts).run(task).await
            }
            Task::Sink(_) => Err(Exception::connect("a source connector made a sink task")),
        }
    }

    /// Starts the plugin's task; `None` when a stop came first.
    async fn start_plugin(&mut self, context: TaskContext) -> Result<Option<Task>, Exception> {
        let plugin = Arc::clone(&self.plugin);
        let raw = (*self.task).clone();
        tokio::select! {
            biased;
            _ = self.wanted.wait_for(|wanted| *wanted == Wanted::Stop) => Ok(None),
            started = plugin.task(raw, context) => {
                started.map(Some).map_err(|error| error.exception().clone())
            }
        }
    }

    async fn run_sink(&mut self) -> Result<(), Exception> {
        let worker = Arc::clone(&self.worker.0);
        let Some(settings) = self.config.sink.clone() else {
            return Err(Exception::connect("a sink without topics"));
        };
        let dead_letters = match settings.dead_letters {
            Some(letters) => {
                let mut wanted = self.wanted.clone();
                let started = unless_stopped(&mut wanted, self.start_dead_letters(letters)).await;
                let Some(started) = started else { return Ok(()) };
                Some(started?)
            }
            None => None,
        };
        let reports = dead_letters.is_some() || self.config.errors.log;
        let judge =
            Arc::new(Judge { task: self.id.clone(), settings: self.config.errors.clone(), dead_letters });
        let errant = Arc::new(Errant::new(Arc::clone(&judge)));
        let reporter = reports.then(|| Arc::clone(&errant) as Arc<dyn ErrantRecordReporter>);
        let budget = Budget::new(TASK_BUDGET);
        let context = SinkContext::new(self.id.clone(), Arc::clone(&self.task), budget, reporter);
        let Some(started) = self.start_plugin(TaskContext::Sink(context.clone())).await? else {
            return Ok(());
        };
        let Task::Sink(task) = started else {
            return Err(Exception::connect("a sink connector made a source task"));
        };
        let props = self.clients().consumer(&self.id)?;
        let client = self.worker.client(&props)?;
        let consumer = {
            let _io = worker.runtimes.io.enter();
            Consumer::start(&client, consumer_config(&props)?).map_err(|error| client_exception(&error))?
        };
        let subscription: ClientSubscription = match settings.subscription {
            Subscription::Topics(topics) => topics.into(),
            Subscription::Pattern(pattern) => {
                TopicPattern::new(pattern.text().to_owned(), move |topic| pattern.matches(topic)).into()
            }
        };
        consumer.subscribe(subscription).await.map_err(|error| client_exception(&error))?;
        self.reporter.report(State::Running);
        let parts = SinkParts {
            id: self.id.clone(),
            consumer: Member::new(consumer, worker.runtimes.io.clone(), self.comes_back.clone()),
            context,
            chain: self.chain()?,
            converters: self.converters()?,
            judge,
            errant,
            reporter: self.reporter.clone(),
            tracking: worker.config.topic_tracking,
            flush_interval: worker.config.offset_flush_interval,
            flush_timeout: worker.config.offset_flush_timeout,
            wanted: self.wanted.clone(),
        };
        SinkLoop::new(parts).run(task).await.map(|_| ())
    }

    async fn start_dead_letters(
        &self,
        settings: crate::config::connector::DeadLetterSettings,
    ) -> Result<Arc<DeadLetters>, Exception> {
        let clients = self.clients();
        let props = clients.producer(&format!("connector-dlq-producer-{}", self.id), Delivery::Idempotent)?;
        let admin = self.worker.client(&clients.admin("connector-dlq-adminclient-")?)?;
        let client = self.worker.client(&props)?;
        let (config, id) = (producer_config(&props)?, self.id.clone());
        let started = io::on(&self.worker.0.runtimes.io, async move {
            DeadLetters::start(id, settings, &client, &admin, config).await
        });
        Ok(Arc::new(started.await?))
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

fn producer_config(props: &Props) -> Result<ProducerConfig, Exception> {
    ProducerConfig::from_props(props)
        .map_err(|error| Exception::new(kconnect_api::classes::CONFIG, error.to_string()))
}

fn consumer_config(props: &Props) -> Result<ConsumerConfig, Exception> {
    ConsumerConfig::from_props(props)
        .map_err(|error| Exception::new(kconnect_api::classes::CONFIG, error.to_string()))
}
