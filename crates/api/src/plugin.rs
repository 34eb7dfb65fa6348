//! A connector class as the runtime sees it: object-safe, possibly standing for a plugin in another process whose
//! class and settings are known only at run time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::{
    ConfigDef, ConfigValue, Connector, ConnectorContext, DynSinkTask, DynSourceTask, OffsetChanges,
    SinkContext, SourceContext, TaskError,
};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A configuration as users write it: names to texts.
pub type Props = BTreeMap<String, String>;

/// What a class is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PluginKind {
    /// A sink connector.
    Sink,
    /// A source connector.
    Source,
    /// A transform.
    Transformation,
    /// A predicate.
    Predicate,
    /// A converter (also listed as header converter).
    Converter,
    /// A class that only converts headers.
    HeaderConverter,
}

impl PluginKind {
    /// The `type` in `GET /connector-plugins`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sink => "sink",
            Self::Source => "source",
            Self::Transformation => "transformation",
            Self::Predicate => "predicate",
            Self::Converter => "converter",
            Self::HeaderConverter => "header_converter",
        }
    }
}

/// Identity of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginInfo {
    /// The full Java class name that configurations use.
    pub class: Cow<'static, str>,
    /// What it is.
    pub kind: PluginKind,
    /// Its version.
    pub version: Cow<'static, str>,
}

/// Whether a connector can do something (`ExactlyOnceSupport` and the like).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// Yes, with this configuration.
    Supported,
    /// No, with this configuration.
    Unsupported,
    /// The connector does not say.
    Unknown,
}

/// A task of a connector.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    /// The connector's name.
    pub connector: String,
    /// The number, from 0.
    pub task: u32,
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.connector, self.task)
    }
}

/// A started task.
pub enum Task {
    /// It reads from elsewhere.
    Source(Box<dyn DynSourceTask>),
    /// It writes elsewhere.
    Sink(Box<dyn DynSinkTask>),
}

/// What a task is started with.
#[derive(Clone)]
pub enum TaskContext {
    /// For a source.
    Source(SourceContext),
    /// For a sink.
    Sink(SinkContext),
}

/// A connector class.
pub trait Plugin: Send + Sync {
    /// Class, kind, version.
    fn info(&self) -> PluginInfo;
    /// Its settings.
    fn config_def(&self) -> ConfigDef;
    /// Whether its tasks block their thread (a synchronous driver, heavy computing) and so get threads of their own.
    fn is_blocking(&self) -> bool {
        false
    }
    /// Checks a configuration: one value for each setting, with all errors found; may look at the outside.
    fn validate<'a>(&'a self, raw: &'a Props) -> BoxFuture<'a, Vec<ConfigValue>>;
    /// Whether exactly-once delivery is possible with `raw` (KIP-618).
    fn exactly_once(&self, raw: &Props) -> Support;
    /// Whether the connector can set transaction boundaries itself.
    fn transaction_boundaries(&self, raw: &Props) -> Support {
        let _ = raw;
        Support::Unsupported
    }
    /// Asked before stored offsets are changed (KIP-875): `true` when the connector handles external offsets, `false`
    /// when only the framework's were changed; an error refuses the change.
    fn alter_offsets<'a>(
        &'a self,
        raw: &'a Props,
        changes: &'a OffsetChanges,
    ) -> BoxFuture<'a, Result<bool, TaskError>>;
    /// Starts a connector.
    fn connector(
        &self,
        raw: Props,
        cx: ConnectorContext,
    ) -> BoxFuture<'_, Result<Box<dyn Connector>, TaskError>>;
    /// Starts a task.
    fn task(&self, raw: Props, cx: TaskContext) -> BoxFuture<'_, Result<Task, TaskError>>;
}
