//! The standalone herder: one process, configurations in memory, offsets in a file (runtime.md §3).
//!
//! One lock serialises whatever changes something (`change`); reads look at the configurations under a
//! std mutex that is never held across an await, so that status and lists answer while a connector hangs in its start.
//! Validation runs before the lock is taken, on the plugin runtime, with a panic boundary.
//!
//! A *failed* start keeps the stored configuration: the connector is listed, its status FAILED.

mod offsets;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use kconnect_api::{BoxFuture, ConfigDefault, ConfigKey, Exception, PluginInfo, Props, TaskId};
use kconnect_client::admin::Admin;

use crate::config::client::Clients;
use crate::config::definition::{ConverterDefaults, base};
use crate::config::validation::{Validator, conceal, kind_of, refusal};
use crate::config::version::{self, Fault};
use crate::config::worker::WorkerConfig;
use crate::connector_file::ConnectorFile;
use crate::herder::{
    Asked, ConfigInfos, ConnectorInfo, ConnectorOffset, ConnectorStateInfo, ConnectorType, Health, Herder,
    HerderError, PreviewRequest, Previewed, Put, RawConfig, RestartRequest, Stage, State, Status,
    TargetState, TaskInfo,
};
use crate::offset_store::{FileOffsetStore, OpenError};
use crate::preview::{self, Preview, Refusal, Setup};
use crate::registry::{Found, Registry};
use crate::runtimes::Runtimes;
use crate::worker::Worker;

const TARGET: &str = "org.apache.kafka.connect.runtime.standalone.StandaloneHerder";

/// A connector as configured.
#[derive(Clone, Debug)]
struct Entry {
    config: Props,
    kind: ConnectorType,
    target: TargetState,
    tasks: Vec<Props>,
    /// The configuration from which `tasks` were made.
    applied: Option<Applied>,
}

/// A configuration with its secrets, kept to notice that one of them has changed.
#[derive(Clone, PartialEq)]
struct Applied(Arc<Props>);

impl fmt::Debug for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Runs connectors in one process.
pub struct StandaloneHerder {
    worker: Worker,
    validator: Validator,
    entries: Mutex<BTreeMap<String, Entry>>,
    /// Held by whatever changes something.
    changing: tokio::sync::Mutex<()>,
    ready: AtomicBool,
    stage: Mutex<Option<Stage>>,
    cluster_id: Mutex<Option<String>>,
}

/// Why a standalone worker does not start.
#[derive(Debug)]
pub enum StartError {
    /// The offset file cannot be used.
    Offsets(OpenError),
    /// A converter of the worker cannot be made.
    Converter(Exception),
    /// The cluster cannot be reached in time.
    Cluster(Exception),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offsets(error) => error.fmt(f),
            Self::Converter(error) | Self::Cluster(error) => f.write_str(&error.trace()),
        }
    }
}

impl std::error::Error for StartError {}

impl StandaloneHerder {
    /// A herder without connectors. Reads the offset file; blocks on the file system. `worker_id` is `host:port` of the
    /// advertised REST address.
    pub fn new(
        config: WorkerConfig,
        registry: Arc<Registry>,
        runtimes: Runtimes,
        worker_id: &str,
    ) -> Result<Arc<Self>, StartError> {
        for key in ["key.converter", "value.converter"] {
            let class = config.props.get(key).map(|class| class.trim()).unwrap_or_default();
            if registry.find_converter(class).is_none() {
                let text = format!(
                    "Invalid value {class} for configuration {key}: Class {class} could not be found. {}",
                    crate::registry::JVM_HINT
                );
                return Err(StartError::Converter(Exception::new(kconnect_api::classes::CONFIG, text)));
            }
        }
        let file = config.offset_file.clone().unwrap_or_default();
        let store = Arc::new(FileOffsetStore::open(&file).map_err(StartError::Offsets)?);
        let validator = Validator {
            registry: Arc::clone(&registry),
            converters: config.converters.clone(),
            policy: config.override_policy.clone(),
            topic_creation: config.topic_creation,
        };
        let worker = Worker::new(config, registry, runtimes, store, worker_id);
        let herder = Arc::new(Self {
            worker,
            validator,
            entries: Mutex::default(),
            changing: tokio::sync::Mutex::new(()),
            ready: AtomicBool::new(false),
            stage: Mutex::default(),
            cluster_id: Mutex::default(),
        });
        let weak = Arc::downgrade(&herder);
        let worker = herder.worker.clone();
        let following = herder.worker.runtimes().control.spawn(async move {
            loop {
                let (name, reload) = tokio::select! {
                    name = worker.reconfiguration() => (name, false),
                    name = worker.reload() => (name, true),
                };
                let Some(herder) = weak.upgrade() else { return };
                match reload {
                    true => herder.reload(&name).await,
                    false => herder.reconfigure(&name).await,
                }
            }
        });
        herder.worker.keep(following);
        Ok(herder)
    }

    /// The worker that runs connectors and tasks.
    #[must_use]
    pub fn worker(&self) -> &Worker {
        &self.worker
    }

    /// Finds out the cluster's id. Waits for a broker until `default.api.timeout.ms` is over; health says meanwhile what
    /// is waited for.
    pub async fn connect(&self) -> Result<String, StartError> {
        let servers = self.worker.config().bootstrap_servers.clone();
        let _stage = self.stage(format!("connecting to the Kafka cluster at {servers}"));
        let none = Props::new();
        let config = self.worker.config();
        let clients = Clients { worker: &config.props, connector: &none, policy: &config.override_policy };
        let cluster = |error: Exception| {
            let text = "Failed to connect to and describe Kafka cluster. Check worker's broker connection and security properties.";
            StartError::Cluster(Exception::connect(text).caused_by(error))
        };
        let client = clients.admin("").and_then(|props| self.worker.client(&props)).map_err(&cluster)?;
        let deadline = Instant::now() + client.config().default_api_timeout;
        let described = self
            .worker
            .runtimes()
            .io
            .spawn(async move { Admin::new(&client).describe_cluster(deadline).await });
        let described = described.await.map_err(|error| cluster(Exception::connect(error.to_string())))?;
        let described =
            described.map_err(|error| cluster(Exception::connect(format!("{servers}: {error}"))))?;
        let id = described.cluster_id.clone().unwrap_or_default();
        tracing::info!(target: TARGET, cluster = %id, "Kafka cluster found");
        *lock(&self.cluster_id) = Some(id.clone());
        Ok(id)
    }

    /// Creates the connector of a file, as the command line does; it must not exist yet.
    pub async fn create(&self, file: ConnectorFile) -> Result<ConnectorInfo, HerderError> {
        let config = file.config.into_iter().map(|(key, value)| (key, Some(value))).collect();
        self.put(file.name, config, file.initial_state, false).await.map(|put| put.info)
    }

    /// Start-up is finished.
    pub fn mark_ready(&self) {
        self.ready.store(true, Ordering::Release);
        tracing::info!(target: TARGET, "Herder started");
    }

    /// Stops connectors, then tasks, within their time-outs.
    pub async fn stop(&self) {
        let _stage = self.stage("stopping connectors and tasks".to_owned());
        self.worker.shut_down().await;
        tracing::info!(target: TARGET, "Herder stopped");
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        lock(&self.entries)
    }

    fn entry(&self, name: &str) -> Option<Entry> {
        self.entries().get(name).cloned()
    }

    fn known(&self, name: &str) -> Result<Entry, HerderError> {
        self.entry(name).ok_or_else(|| HerderError::NotFound(format!("Connector {name} not found")))
    }

    /// Notes what is being done until the guard is dropped.
    fn stage(&self, description: String) -> StageGuard<'_> {
        *lock(&self.stage) = Some(Stage { description, started: SystemTime::now(), completed: None });
        StageGuard(self)
    }

    async fn change(&self, what: String) -> (tokio::sync::MutexGuard<'_, ()>, StageGuard<'_>) {
        let guard = self.changing.lock().await;
        (guard, self.stage(what))
    }

    /// An error of the worker as an answer, without secrets.
    fn failed(&self, error: Exception) -> HerderError {
        HerderError::Failed(self.worker.hide(&error))
    }

    /// Validates what `config` is once its placeholders are resolved, and answers in terms of what was written.
    async fn validate(&self, config: RawConfig) -> Result<ConfigInfos, HerderError> {
        let given = |(key, value): (&String, &Option<String>)| Some((key.clone(), value.clone()?));
        let props: Props = config.iter().filter_map(given).collect();
        let resolved = self.worker.resolve(&props).await.map_err(|error| self.failed(error))?;
        let redactor = self.worker.redactor(&resolved);
        let mut full: RawConfig = config.clone();
        full.extend(resolved.props.into_iter().map(|(key, value)| (key, Some(value))));
        let validator = self.validator.clone();
        let name = config.get("name").and_then(Option::as_deref).unwrap_or_default();
        let name = format!("validation of {name}");
        let validated = self.worker.spawn_call(&name, async move { validator.validate(&full).await });
        let mut infos = validated.await.unwrap_or_else(|error| {
            let text = format!("the connector's validation ended with a panic: {error}");
            Err(HerderError::Failed(Exception::connect(text)))
        });
        match &mut infos {
            Ok(infos) => conceal(infos, &config, &redactor),
            Err(HerderError::BadRequest(text)) => *text = redactor.text(text).into_owned(),
            Err(HerderError::Failed(error)) => *error = redactor.exception(error),
            Err(_) => {}
        }
        infos
    }

    /// Runs sample records on the plugin runtime, as a task would.
    async fn show(&self, request: PreviewRequest) -> Result<Previewed, HerderError> {
        let providers = &self.worker.config().providers;
        let refused = preview::out_of_reach(&request.config, |props| providers.concerns(props));
        if !refused.is_empty() {
            return Ok(Err(refused));
        }
        let mut worker = (*self.worker.config().props).clone();
        if let Some(header) = &self.worker.config().converters.header {
            worker.entry("header.converter".into()).or_insert_with(|| header.clone());
        }
        let setup = Setup {
            registry: Arc::clone(self.worker.registry()),
            config: request.config,
            worker,
            direction: request.direction,
            steps: request.steps,
        };
        let shown = self.worker.spawn_call("a preview", async move {
            let deadline = Instant::now() + request.time;
            let mut preview = Preview::new(&setup)?;
            let (mut answers, mut left) = (Vec::with_capacity(request.records.len()), request.bytes);
            for record in &request.records {
                let text = if Instant::now() < deadline {
                    preview.line_within(record, left)
                } else {
                    preview.skip("not looked at: the records before took all the time there is")
                };
                left = left.saturating_sub(text.len());
                answers.push(text);
                // Tasks have the threads too.
                tokio::task::yield_now().await;
            }
            Ok(answers)
        });
        let shown: Previewed = shown.await.map_err(|error| {
            HerderError::Failed(Exception::connect(format!("the preview ended with a panic: {error}")))
        })?;
        // The worker's own converter settings may hold secrets.
        let redactor = &self.worker.config().redactor;
        let hidden = |refusal: Refusal| Refusal::new(refusal.key, redactor.text(&refusal.message));
        Ok(shown.map_err(|refused| refused.into_iter().map(hidden).collect()))
    }

    async fn put(
        &self,
        name: String,
        config: RawConfig,
        initial: Option<TargetState>,
        replace: bool,
    ) -> Result<Put, HerderError> {
        let infos = self.validate(config.clone()).await?;
        if let Some(text) = refusal(&infos) {
            return Err(HerderError::BadRequest(text));
        }
        let config: Props = config.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let (_changing, _stage) = self.change(format!("creating or updating connector {name}")).await;
        let before = self.entry(&name);
        if before.is_some() && !replace {
            return Err(HerderError::AlreadyExists(format!("Connector {name} already exists")));
        }
        let kind = self.kind(&config).await.map_err(|error| self.failed(error))?;
        let created = before.is_none();
        let entry = match before {
            Some(before) => Entry { config, kind, ..before },
            None => {
                let target = initial.unwrap_or(TargetState::Started);
                Entry { config, kind, target, tasks: Vec::new(), applied: None }
            }
        };
        self.worker.stop_connectors(std::slice::from_ref(&name)).await;
        self.entries().insert(name.clone(), entry);
        self.start_connector(&name).await.map_err(|error| self.failed(error))?;
        self.update_tasks(&name).await.map_err(|error| self.failed(error))?;
        let info = self.info(&name)?;
        Ok(Put { created, info })
    }

    /// What the class is that `config` names, perhaps by a placeholder.
    async fn kind(&self, config: &Props) -> Result<ConnectorType, Exception> {
        let class = config.get_key_value("connector.class").map(|(key, class)| (key.clone(), class.clone()));
        let resolved = self.worker.resolve(&class.into_iter().collect()).await?.props;
        let class = resolved.get("connector.class").map(|class| class.trim()).unwrap_or_default();
        Ok(self.worker.registry().connector(class).map_or(ConnectorType::Unknown, |p| kind_of(p.as_ref())))
    }

    async fn start_connector(&self, name: &str) -> Result<State, Exception> {
        let Some(entry) = self.entry(name) else {
            return Err(Exception::connect(format!("Connector {name} not found")));
        };
        self.worker.start_connector(name, &entry.config, entry.target).await
    }

    /// Makes task configurations anew and restarts the tasks if something changed (runtime.md §7).
    async fn update_tasks(&self, name: &str) -> Result<(), Exception> {
        let Some(entry) = self.entry(name).filter(|entry| entry.target == TargetState::Started) else {
            return Ok(());
        };
        let tasks = self.worker.connector_task_configs(name, &entry.config).await?;
        let applied = self.worker.running_config(name).map(Applied);
        if tasks == entry.tasks && entry.applied == applied {
            return Ok(());
        }
        self.remove_tasks(name, tasks.len()).await;
        if let Some(stored) = self.entries().get_mut(name) {
            stored.tasks = tasks;
            stored.applied = applied;
        }
        self.start_tasks(name).await;
        Ok(())
    }

    /// Starts all tasks; one that cannot be built is FAILED and does not hold up the others.
    async fn start_tasks(&self, name: &str) {
        let Some(entry) = self.entry(name) else { return };
        for id in task_ids(name, &entry) {
            let _ = self.start_task(&id, &entry).await;
        }
    }

    async fn start_task(&self, id: &TaskId, entry: &Entry) -> Result<(), Exception> {
        let config = entry.tasks.get(id.task as usize).cloned().unwrap_or_default();
        self.worker.start_task(id, &entry.config, config, entry.tasks.len(), entry.target).await
    }

    /// Stops and forgets the tasks of a connector; those of the first `kept` numbers start again soon.
    async fn remove_tasks(&self, name: &str, kept: usize) {
        let ids = self.worker.tasks_of(name);
        self.worker.stop_tasks(&ids, |id| (id.task as usize) < kept).await;
        let stored = self.entry(name).map(|entry| task_ids(name, &entry)).unwrap_or_default();
        for id in ids.iter().chain(&stored) {
            self.worker.status().remove_task(id);
        }
        if let Some(entry) = self.entries().get_mut(name) {
            entry.tasks.clear();
            entry.applied = None;
        }
    }

    /// A connector asked for new task configurations.
    async fn reconfigure(&self, name: &str) {
        let (_changing, _stage) = self.change(format!("reconfiguring tasks of connector {name}")).await;
        if let Err(error) = self.update_tasks(name).await {
            tracing::error!(target: TARGET, connector = name, error = %error.trace(), "new task configurations were not made");
        }
    }

    /// A value that a config provider gave the connector is no longer good.
    async fn reload(&self, name: &str) {
        match self.restart_one_connector(name).await {
            Ok(()) | Err(HerderError::NotFound(_)) => {}
            Err(error) => {
                tracing::error!(target: TARGET, connector = name, ?error, "Unexpected error during connector restart");
            }
        }
    }

    fn info(&self, name: &str) -> Result<ConnectorInfo, HerderError> {
        let entry = self.known(name)?;
        let tasks = task_ids(name, &entry);
        Ok(ConnectorInfo { name: name.to_owned(), config: entry.config, tasks, kind: entry.kind })
    }

    fn state_info(&self, name: &str) -> Result<ConnectorStateInfo, HerderError> {
        let status = self.worker.status();
        let missing = || HerderError::NotFound(format!("No status found for connector {name}"));
        let connector = status.connector(name).ok_or_else(missing)?;
        let kind = self.entry(name).map_or(ConnectorType::Unknown, |entry| entry.kind);
        Ok(ConnectorStateInfo { name: name.to_owned(), connector, tasks: status.tasks(name), kind })
    }

    async fn delete(&self, name: &str) -> Result<(), HerderError> {
        let (_changing, _stage) = self.change(format!("deleting connector {name}")).await;
        self.known(name)?;
        self.remove_tasks(name, 0).await;
        self.worker.stop_connectors(&[name.to_owned()]).await;
        self.entries().remove(name);
        self.worker.status().remove_connector(name);
        Ok(())
    }

    async fn restart_one_connector(&self, name: &str) -> Result<(), HerderError> {
        let (_changing, _stage) = self.change(format!("restarting connector {name}")).await;
        let unknown = || HerderError::NotFound(format!("Unknown connector: {name}"));
        self.entry(name).ok_or_else(unknown)?;
        self.worker.stop_connectors(&[name.to_owned()]).await;
        let failed = |error: Exception| {
            self.failed(Exception::connect(format!("Failed to start connector: {name}")).caused_by(error))
        };
        self.start_connector(name).await.map_err(failed)?;
        self.update_tasks(name).await.map_err(|error| self.failed(error))
    }

    async fn restart_by_plan(
        &self,
        name: &str,
        request: RestartRequest,
    ) -> Result<ConnectorStateInfo, HerderError> {
        let (_changing, _stage) = self.change(format!("restarting connector {name}")).await;
        let entry =
            self.entry(name).ok_or_else(|| HerderError::NotFound(format!("Unknown connector: {name}")))?;
        let mut plan = self
            .state_info(name)
            .map_err(|_| HerderError::NotFound(format!("Status for connector {name} not found")))?;
        let chosen = |status: &Status| !request.only_failed || status.state == State::Failed;
        let connector = chosen(&plan.connector);
        if connector {
            plan.connector.state = State::Restarting;
        }
        let mut tasks = Vec::new();
        for (number, status) in
            plan.tasks.iter_mut().filter(|(_, status)| request.include_tasks && chosen(status))
        {
            status.state = State::Restarting;
            tasks.push(TaskId { connector: name.to_owned(), task: *number });
        }
        if connector {
            self.worker.stop_connectors(&[name.to_owned()]).await;
        }
        self.worker.stop_tasks(&tasks, |_| true).await;
        if connector && let Err(error) = self.start_connector(name).await {
            tracing::error!(target: TARGET, connector = name, error = %error.trace(), "the connector failed again");
        }
        for id in &tasks {
            let _ = self.start_task(id, &entry).await;
        }
        if connector && let Err(error) = self.update_tasks(name).await {
            tracing::error!(target: TARGET, connector = name, error = %error.trace(), "new task configurations were not made");
        }
        Ok(plan)
    }

    async fn restart_one_task(&self, id: &TaskId) -> Result<(), HerderError> {
        let (_changing, _stage) = self.change(format!("restarting task {id}")).await;
        let entry = self.known(&id.connector)?;
        if id.task as usize >= entry.tasks.len() {
            return Err(HerderError::NotFound(format!("Task {id} not found")));
        }
        self.worker.stop_tasks(std::slice::from_ref(id), |_| true).await;
        self.start_task(id, &entry).await.map_err(|error| {
            self.failed(Exception::connect(format!("Failed to start task: {id}")).caused_by(error))
        })
    }

    async fn change_target(&self, name: &str, target: TargetState) -> Result<(), HerderError> {
        let (_changing, _stage) =
            self.change(format!("bringing connector {name} to state {}", target.name())).await;
        match self.entries().get_mut(name) {
            Some(entry) => entry.target = target,
            None => return Err(HerderError::NotFound(format!("Unknown connector {name}"))),
        }
        if target == TargetState::Stopped {
            self.remove_tasks(name, 0).await;
        }
        self.worker.set_task_state(name, target);
        let reached = match self.worker.set_connector_state(name, target).await {
            // Stopped and started again, or never started: a fresh instance is what a user expects of "resume".
            Err(_) if target == TargetState::Started && self.has_no_instance(name) => {
                self.start_connector(name).await
            }
            reached => reached,
        };
        match reached {
            // Pause and resume answer that the wish is recorded; how it went is the status.
            Err(error) => {
                tracing::warn!(target: TARGET, connector = name, error = %error, "the connector did not reach the state");
                Ok(())
            }
            Ok(_) => self.update_tasks(name).await.map_err(|error| self.failed(error)),
        }
    }

    fn has_no_instance(&self, name: &str) -> bool {
        !self.worker.runs_connector(name)
    }

    async fn health_now(&self) -> Health {
        if !self.ready.load(Ordering::Acquire) {
            return Health::Starting(lock(&self.stage).clone());
        }
        match tokio::time::timeout(Duration::from_secs(10), self.changing.lock()).await {
            Ok(_) => Health::Healthy,
            Err(_) => Health::Unhealthy(lock(&self.stage).clone()),
        }
    }

    fn plugin_keys(&self, reference: &str, wanted: Option<&str>) -> Result<Vec<ConfigKey>, HerderError> {
        let registry = self.worker.registry();
        let found = registry
            .find(reference)
            .ok_or_else(|| HerderError::NotFound(format!("Unknown plugin {reference}.")))?;
        if let Some(wanted) = wanted {
            version::check(&found.info(), wanted).map_err(|fault| {
                HerderError::BadRequest(match fault {
                    // Here upstream has words of its own.
                    Fault::NoRange(_) => format!("Invalid version specification: {wanted}"),
                    Fault::Absent(text) => text,
                })
            })?;
        }
        let mut keys = found.keys();
        if let Found::Connector(plugin) = &found {
            let all = base(kind_of(plugin.as_ref()), registry, &ConverterDefaults::default());
            let missing = all.keys().iter().filter(|key| !keys.iter().any(|own| own.name == key.name));
            let mut missing: Vec<ConfigKey> = missing.cloned().collect();
            for key in missing.iter_mut().filter(|key| key.name == "connector.plugin.version") {
                key.default = ConfigDefault::Text(plugin.info().version.into_owned());
            }
            keys.extend(missing);
        }
        Ok(keys)
    }
}

/// Clears the stage when an operation ends.
struct StageGuard<'a>(&'a StandaloneHerder);

impl Drop for StageGuard<'_> {
    fn drop(&mut self) {
        if let Some(stage) = lock(&self.0.stage).as_mut() {
            stage.completed = Some(SystemTime::now());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn task_ids(name: &str, entry: &Entry) -> Vec<TaskId> {
    (0..).zip(&entry.tasks).map(|(task, _)| TaskId { connector: name.to_owned(), task }).collect()
}

impl Herder for StandaloneHerder {
    fn cluster_id(&self) -> Option<String> {
        lock(&self.cluster_id).clone()
    }

    fn health(&self) -> BoxFuture<'_, Result<Health, HerderError>> {
        Box::pin(async { Ok(self.health_now().await) })
    }

    fn notices(&self) -> Vec<String> {
        let blocked = |(name, since): (String, Duration)| {
            format!("A plugin call of {name} blocks its thread for {} s.", since.as_secs())
        };
        self.worker.blocked().into_iter().map(blocked).collect()
    }

    fn connectors(&self) -> Vec<String> {
        self.entries().keys().cloned().collect()
    }

    fn connector_info<'a>(&'a self, name: &'a str) -> Asked<'a, ConnectorInfo> {
        Box::pin(async { self.info(name) })
    }

    fn connector_config<'a>(&'a self, name: &'a str) -> Asked<'a, Props> {
        Box::pin(async { Ok(self.known(name)?.config) })
    }

    fn put_connector_config(
        &self,
        name: String,
        config: RawConfig,
        initial_state: Option<TargetState>,
        allow_replace: bool,
    ) -> Asked<'_, Put> {
        Box::pin(self.put(name, config, initial_state, allow_replace))
    }

    fn patch_connector_config(&self, name: String, patch: RawConfig) -> Asked<'_, Put> {
        Box::pin(async move {
            let stored = self.known(&name)?.config;
            let mut config: RawConfig = stored.into_iter().map(|(key, value)| (key, Some(value))).collect();
            for (key, value) in patch {
                match value {
                    Some(_) => config.insert(key, value),
                    None => config.remove(&key),
                };
            }
            self.put(name, config, None, true).await
        })
    }

    fn delete_connector<'a>(&'a self, name: &'a str) -> Asked<'a, ()> {
        Box::pin(self.delete(name))
    }

    fn connector_status(&self, name: &str) -> Result<ConnectorStateInfo, HerderError> {
        self.state_info(name)
    }

    fn task_status(&self, id: &TaskId) -> Result<Status, HerderError> {
        let missing = || HerderError::NotFound(format!("No status found for task {id}"));
        self.worker.status().task(id).ok_or_else(missing)
    }

    fn task_configs<'a>(&'a self, name: &'a str) -> Asked<'a, Vec<TaskInfo>> {
        Box::pin(async {
            let entry = self.known(name)?;
            let ids = task_ids(name, &entry);
            // A plugin may have put a secret into a key of its own, where no placeholder can be put back.
            let redactor = self.worker.config().secrets.redactor();
            let shown = |config: Props| {
                let hide = |(key, value): (String, String)| {
                    let own = entry.config.get(&key) != Some(&value);
                    let value = if own { redactor.text(&value).into_owned() } else { value };
                    (key, value)
                };
                config.into_iter().map(hide).collect()
            };
            let infos =
                ids.into_iter().zip(entry.tasks).map(|(id, task)| TaskInfo { id, config: shown(task) });
            Ok(infos.collect())
        })
    }

    fn restart_connector<'a>(&'a self, name: &'a str) -> Asked<'a, ()> {
        Box::pin(self.restart_one_connector(name))
    }

    fn restart_connector_and_tasks<'a>(
        &'a self,
        name: &'a str,
        request: RestartRequest,
    ) -> Asked<'a, ConnectorStateInfo> {
        Box::pin(self.restart_by_plan(name, request))
    }

    fn restart_task<'a>(&'a self, id: &'a TaskId) -> Asked<'a, ()> {
        Box::pin(self.restart_one_task(id))
    }

    fn set_target_state<'a>(&'a self, name: &'a str, state: TargetState) -> Asked<'a, ()> {
        Box::pin(self.change_target(name, state))
    }

    fn active_topics(&self, name: &str) -> Result<Vec<String>, HerderError> {
        if !self.worker.config().topic_tracking {
            return Err(HerderError::Forbidden("Topic tracking is disabled.".into()));
        }
        Ok(self.worker.status().topics(name))
    }

    fn reset_active_topics(&self, name: &str) -> Result<(), HerderError> {
        let config = self.worker.config();
        if !config.topic_tracking {
            return Err(HerderError::Forbidden("Topic tracking is disabled.".into()));
        }
        if !config.topic_tracking_reset {
            return Err(HerderError::Forbidden("Topic tracking reset is disabled.".into()));
        }
        self.worker.status().reset_topics(name);
        Ok(())
    }

    fn connector_offsets<'a>(&'a self, name: &'a str) -> Asked<'a, Vec<ConnectorOffset>> {
        Box::pin(self.list_offsets(name))
    }

    fn alter_connector_offsets(&self, name: String, offsets: Vec<ConnectorOffset>) -> Asked<'_, String> {
        Box::pin(async move { self.alter_offsets(&name, offsets).await })
    }

    fn reset_connector_offsets<'a>(&'a self, name: &'a str) -> Asked<'a, String> {
        Box::pin(self.reset_offsets(name))
    }

    fn plugins(&self, connectors_only: bool) -> Vec<PluginInfo> {
        self.worker.registry().list(connectors_only)
    }

    fn plugin_config(&self, class: &str, version: Option<&str>) -> Result<Vec<ConfigKey>, HerderError> {
        self.plugin_keys(class, version)
    }

    fn validate_connector_config(&self, config: RawConfig) -> Asked<'_, ConfigInfos> {
        Box::pin(self.validate(config))
    }

    fn preview(&self, request: PreviewRequest) -> Asked<'_, Previewed> {
        Box::pin(self.show(request))
    }

    fn put_task_configs(&self, _name: String, _configs: Vec<Props>) -> Asked<'_, ()> {
        let text =
            "Kafka Connect in standalone mode does not support externally setting task configurations.";
        Box::pin(
            async move { Err(HerderError::Failed(Exception::new(kconnect_api::classes::UNSUPPORTED, text))) },
        )
    }

    fn fence_zombies<'a>(&'a self, _name: &'a str) -> Asked<'a, ()> {
        let text = "Kafka Connect in standalone mode does not support exactly-once source connectors.";
        Box::pin(
            async move { Err(HerderError::Failed(Exception::new(kconnect_api::classes::UNSUPPORTED, text))) },
        )
    }

    fn set_cluster_log_level<'a>(&'a self, _logger: &'a str, _level: &'a str) -> Asked<'a, ()> {
        // There are no others.
        Box::pin(async { Ok(()) })
    }
}
