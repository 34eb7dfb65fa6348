//! What a worker can be asked: the interface between the runtime and whoever drives it (REST, command line, tests).
//!
//! The standalone herder and the distributed herder implement [`Herder`]. Nothing here knows HTTP; [`HerderError`]
//! names failures by meaning and `rest` maps each to a status in one place. Field names and their order follow
//! upstream's entities, since they are written as JSON in this order.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use kconnect_api::{BoxFuture, ConfigKey, ConfigValue, Exception, PluginInfo, Props, TaskId};
use serde_json::{Map, Value as Json};

use crate::preview::{Direction, Refusal};

/// A connector configuration as submitted: `None` is JSON `null`, which validation refuses and a patch takes as
/// "remove".
pub type RawConfig = BTreeMap<String, Option<String>>;

/// Result of asking a herder.
pub type Asked<'a, T> = BoxFuture<'a, Result<T, HerderError>>;

/// What a connector is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectorType {
    /// Reads from elsewhere.
    Source,
    /// Writes elsewhere.
    Sink,
    /// The class is unknown.
    Unknown,
}

/// Sample records for a configuration.
#[derive(Clone, Debug)]
pub struct PreviewRequest {
    /// The connector's configuration.
    pub config: Props,
    /// The direction; `None` for that of the connector's class.
    pub direction: Option<Direction>,
    /// Whether the record after every transform is wanted.
    pub steps: bool,
    /// Records, each a line of JSON.
    pub records: Vec<String>,
    /// How long it may take; records after that are not looked at, which their answer says.
    pub time: Duration,
    /// How long all answers together may be; one that does not fit says so.
    pub bytes: usize,
}

/// One JSON object for each record, or why there is none.
pub type Previewed = Result<Vec<String>, Vec<Refusal>>;

/// What the user wants of a connector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// Running.
    Started,
    /// Paused: tasks exist and stand still.
    Paused,
    /// Stopped: no tasks.
    Stopped,
}

impl TargetState {
    /// Kafka's name of it in the config topic: `STARTED`, `PAUSED`, `STOPPED`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Started => "STARTED",
            Self::Paused => "PAUSED",
            Self::Stopped => "STOPPED",
        }
    }

    /// The state that `initial_state` of a create request names: `RUNNING`, `PAUSED` or `STOPPED` in any case
    /// (KIP-980).
    #[must_use]
    pub fn from_initial_state(text: &str) -> Option<Self> {
        match text.to_ascii_uppercase().as_str() {
            "RUNNING" => Some(Self::Started),
            "PAUSED" => Some(Self::Paused),
            "STOPPED" => Some(Self::Stopped),
            _ => None,
        }
    }
}

/// What was last true of a connector or task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No worker runs it.
    Unassigned,
    /// Running.
    Running,
    /// Paused.
    Paused,
    /// Failed, see the trace.
    Failed,
    /// Being restarted.
    Restarting,
    /// Stopped (connectors only).
    Stopped,
}

impl ConnectorType {
    /// Its name in REST answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
            Self::Unknown => "unknown",
        }
    }
}

impl State {
    /// Its name in REST answers and in the status topic.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unassigned => "UNASSIGNED",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Failed => "FAILED",
            Self::Restarting => "RESTARTING",
            Self::Stopped => "STOPPED",
        }
    }
}

/// A connector with its configuration and tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectorInfo {
    /// The name.
    pub name: String,
    /// The configuration as submitted, placeholders unresolved.
    pub config: Props,
    /// Its tasks, by number.
    pub tasks: Vec<TaskId>,
    /// Source or sink.
    pub kind: ConnectorType,
}

/// Status of a connector or of one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// The state.
    pub state: State,
    /// `host:port` of the worker that reported it.
    pub worker_id: String,
    /// Version of the plugin, `None` when unknown.
    pub version: Option<String>,
    /// Why it failed.
    pub trace: Option<String>,
}

/// Status of a connector and its tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectorStateInfo {
    /// The name.
    pub name: String,
    /// The connector's own status.
    pub connector: Status,
    /// Tasks by number.
    pub tasks: Vec<(u32, Status)>,
    /// Source or sink.
    pub kind: ConnectorType,
}

/// A task and its configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskInfo {
    /// The task.
    pub id: TaskId,
    /// Its configuration, with `task.class`.
    pub config: Props,
}

/// Offsets of a connector in the form of the REST API: JSON objects or null.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectorOffset {
    /// The partition.
    pub partition: Option<Map<String, Json>>,
    /// The offset.
    pub offset: Option<Map<String, Json>>,
}

/// A setting with its value and errors.
#[derive(Clone, Debug)]
pub struct ConfigInfo {
    /// Its definition; `None` for an unknown key that has an error.
    pub definition: Option<ConfigKey>,
    /// Its value and errors.
    pub value: ConfigValue,
}

/// Outcome of a validation.
#[derive(Clone, Debug)]
pub struct ConfigInfos {
    /// The connector class as given.
    pub name: String,
    /// Number of error messages.
    pub error_count: usize,
    /// Groups in order.
    pub groups: Vec<String>,
    /// The settings.
    pub configs: Vec<ConfigInfo>,
}

/// Answer to creating or replacing a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    /// Whether the connector is new.
    pub created: bool,
    /// The connector as it is now.
    pub info: ConnectorInfo,
}

/// A restart of a connector with flags (KIP-745).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartRequest {
    /// Restart only what has failed.
    pub only_failed: bool,
    /// Restart tasks as well.
    pub include_tasks: bool,
}

/// Health of the worker (KIP-1017).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    /// Requests are served.
    Healthy,
    /// Start-up is not finished; what it waits for.
    Starting(Option<Stage>),
    /// Start-up was finished, the herder does not answer; what it is doing.
    Unhealthy(Option<Stage>),
}

/// What the worker is doing, for time-out messages (C6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// In words that follow "The worker is currently".
    pub description: String,
    /// Since when.
    pub started: SystemTime,
    /// Set when it is the last thing done, not the thing being done.
    pub completed: Option<SystemTime>,
}

/// Why a herder did not do what it was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum HerderError {
    /// No such connector, task or plugin.
    NotFound(String),
    /// There is one already.
    AlreadyExists(String),
    /// The request makes no sense or the configuration is invalid.
    BadRequest(String),
    /// The worker's settings forbid it.
    Forbidden(String),
    /// Not now; try again.
    Conflict(String),
    /// Another worker must do it; `None` while nobody knows which.
    Elsewhere(Option<String>),
    /// No answer within the request time-out; what the worker was doing.
    TimedOut(Option<Stage>),
    /// Anything else, with upstream's exception class and message.
    Failed(Exception),
}

/// A worker.
pub trait Herder: Send + Sync {
    /// Id of the Kafka cluster.
    fn cluster_id(&self) -> Option<String>;
    /// What a worker that is up should say about itself all the same, in sentences: plugin calls that block.
    fn notices(&self) -> Vec<String> {
        Vec::new()
    }
    /// Health; answers within ten seconds even when the herder is stuck.
    fn health(&self) -> BoxFuture<'_, Result<Health, HerderError>>;
    /// Names of all connectors.
    fn connectors(&self) -> Vec<String>;
    /// One connector.
    fn connector_info<'a>(&'a self, name: &'a str) -> Asked<'a, ConnectorInfo>;
    /// The configuration as submitted.
    fn connector_config<'a>(&'a self, name: &'a str) -> Asked<'a, Props>;
    /// Creates or, if allowed, replaces.
    fn put_connector_config(
        &self,
        name: String,
        config: RawConfig,
        initial_state: Option<TargetState>,
        allow_replace: bool,
    ) -> Asked<'_, Put>;
    /// Changes some settings; `None` removes one (KIP-477).
    fn patch_connector_config(&self, name: String, patch: RawConfig) -> Asked<'_, Put>;
    /// Deletes; offsets remain.
    fn delete_connector<'a>(&'a self, name: &'a str) -> Asked<'a, ()>;
    /// Status of a connector and its tasks; never waits for the herder.
    fn connector_status(&self, name: &str) -> Result<ConnectorStateInfo, HerderError>;
    /// Status of a task; never waits for the herder.
    fn task_status(&self, id: &TaskId) -> Result<Status, HerderError>;
    /// Tasks with their configurations.
    fn task_configs<'a>(&'a self, name: &'a str) -> Asked<'a, Vec<TaskInfo>>;
    /// Restarts only the connector.
    fn restart_connector<'a>(&'a self, name: &'a str) -> Asked<'a, ()>;
    /// Restarts by plan; answers with the plan (KIP-745).
    fn restart_connector_and_tasks<'a>(
        &'a self,
        name: &'a str,
        request: RestartRequest,
    ) -> Asked<'a, ConnectorStateInfo>;
    /// Restarts one task.
    fn restart_task<'a>(&'a self, id: &'a TaskId) -> Asked<'a, ()>;
    /// Sets the target state to paused or started.
    fn set_target_state<'a>(&'a self, name: &'a str, state: TargetState) -> Asked<'a, ()>;
    /// Topics that the connector has used (KIP-558).
    fn active_topics(&self, name: &str) -> Result<Vec<String>, HerderError>;
    /// Forgets them.
    fn reset_active_topics(&self, name: &str) -> Result<(), HerderError>;
    /// Stored offsets.
    fn connector_offsets<'a>(&'a self, name: &'a str) -> Asked<'a, Vec<ConnectorOffset>>;
    /// Changes stored offsets of a stopped connector; answers with upstream's message.
    fn alter_connector_offsets(&self, name: String, offsets: Vec<ConnectorOffset>) -> Asked<'_, String>;
    /// Removes all stored offsets of a stopped connector; answers with upstream's message.
    fn reset_connector_offsets<'a>(&'a self, name: &'a str) -> Asked<'a, String>;
    /// Plugins in upstream's order.
    fn plugins(&self, connectors_only: bool) -> Vec<PluginInfo>;
    /// Settings of one plugin class or alias.
    fn plugin_config(&self, class: &str, version: Option<&str>) -> Result<Vec<ConfigKey>, HerderError>;
    /// Validates a connector configuration.
    fn validate_connector_config(&self, config: RawConfig) -> Asked<'_, ConfigInfos>;
    /// Sends sample records through converters and transforms; see [`crate::preview`]. Nothing is fetched and no
    /// placeholder resolved.
    fn preview(&self, request: PreviewRequest) -> Asked<'_, Previewed>;
    /// Internal: task configurations from a follower.
    fn put_task_configs(&self, name: String, configs: Vec<Props>) -> Asked<'_, ()>;
    /// Internal: fences the producers of earlier task generations.
    fn fence_zombies<'a>(&'a self, name: &'a str) -> Asked<'a, ()>;
    /// Sets a log level on all other workers of the cluster (KIP-976); the caller sets it on this one.
    fn set_cluster_log_level<'a>(&'a self, logger: &'a str, level: &'a str) -> Asked<'a, ()>;
}

/// Log levels of this process, under upstream's logger names.
pub trait Loggers: Send + Sync {
    /// All loggers that are known and not off, and `root`, sorted by name.
    fn all(&self) -> Vec<(String, LoggerLevel)>;
    /// The level of one logger, inherited if it has none; `None` when nobody knows the name.
    fn level(&self, logger: &str) -> Option<LoggerLevel>;
    /// Sets the level of `logger` and of all known loggers below the prefix; returns the names that changed, sorted.
    /// `Err` names an invalid level.
    fn set(&self, logger: &str, level: &str) -> Result<Vec<String>, String>;
}

/// A level and when it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggerLevel {
    /// `TRACE` to `OFF`.
    pub level: String,
    /// Milliseconds since the epoch; `None` for levels from the start.
    pub last_modified: Option<i64>,
}
