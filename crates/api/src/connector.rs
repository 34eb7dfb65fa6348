//! Connectors: split work into tasks. Authors implement [`SourceConnector`] or [`SinkConnector`]; [`source`] and
//! [`sink`] make a [`Plugin`] of them.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::{
    BoxFuture, ConfigDef, ConfigValue, ObjectMap, OffsetChanges, Plugin, PluginInfo, PluginKind, Props,
    Settings, SinkTask, SourcePartition, SourceTask, Support, Task, TaskContext, TaskError,
};

/// A started connector.
pub trait Connector: Send {
    /// Configurations for at most `max` tasks; string maps, since they lie in the config topic. Called after a start
    /// and after each [`ConnectorContext::request_task_reconfiguration`].
    fn task_configs(&mut self, max: u32) -> BoxFuture<'_, Result<Vec<Props>, TaskError>>;
    /// Ends the connector. Its tasks are stopped separately.
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// What a connector asks of the runtime.
pub trait ConnectorServices: Send + Sync {
    /// Asks for a new call of `task_configs`.
    fn request_task_reconfiguration(&self);
    /// Fails the connector; its tasks go on.
    fn raise_error(&self, error: TaskError);
    /// Stored offsets of a source; sinks have none.
    fn stored_offsets<'a>(
        &'a self,
        partitions: &'a [SourcePartition],
    ) -> BoxFuture<'a, Result<Vec<Option<ObjectMap>>, TaskError>>;
}

/// A connector's handle to its runtime.
#[derive(Clone)]
pub struct ConnectorContext {
    /// The connector's name.
    pub name: String,
    services: Arc<dyn ConnectorServices>,
}

impl ConnectorContext {
    /// For the runtime.
    #[must_use]
    pub fn new(name: String, services: Arc<dyn ConnectorServices>) -> Self {
        Self { name, services }
    }

    /// The source's input changed (a table appeared): ask for new task configurations.
    pub fn request_task_reconfiguration(&self) {
        self.services.request_task_reconfiguration();
    }

    /// Fails the connector, e.g. from a monitoring loop.
    pub fn raise_error(&self, error: TaskError) {
        self.services.raise_error(error);
    }

    /// Stored offsets of source partitions.
    pub async fn stored_offsets(
        &self,
        partitions: &[SourcePartition],
    ) -> Result<Vec<Option<ObjectMap>>, TaskError> {
        self.services.stored_offsets(partitions).await
    }
}

/// What the author of a source connector writes.
pub trait SourceConnector: Sized + Send + 'static {
    /// The Java class name under which configurations name it.
    const CLASS: &'static str;
    /// Its version.
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    /// See [`Plugin::is_blocking`].
    const BLOCKING: bool = false;
    /// The connector's settings.
    type Config: Settings;
    /// Its task.
    type Task: SourceTask;

    /// Starts; may look at the outside. `raw` is the configuration as given.
    fn start(
        config: Self::Config,
        raw: Props,
        cx: ConnectorContext,
    ) -> impl Future<Output = Result<Self, TaskError>> + Send;

    /// See [`Connector::task_configs`].
    fn task_configs(&mut self, max: u32) -> impl Future<Output = Result<Vec<Props>, TaskError>> + Send;

    /// See [`Connector::stop`].
    fn stop(self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Checks beyond single settings; pushes errors onto `values`.
    fn check(raw: &Props, values: &mut Vec<ConfigValue>) -> impl Future<Output = ()> + Send {
        let _ = (raw, values);
        async {}
    }

    /// See [`Plugin::exactly_once`].
    fn exactly_once(raw: &Props) -> Support {
        let _ = raw;
        Support::Unknown
    }

    /// See [`Plugin::transaction_boundaries`].
    fn transaction_boundaries(raw: &Props) -> Support {
        let _ = raw;
        Support::Unsupported
    }

    /// See [`Plugin::alter_offsets`].
    fn alter_offsets(
        raw: &Props,
        changes: &OffsetChanges,
    ) -> impl Future<Output = Result<bool, TaskError>> + Send {
        let _ = (raw, changes);
        async { Ok(false) }
    }
}

/// What the author of a sink connector writes.
pub trait SinkConnector: Sized + Send + 'static {
    /// The Java class name under which configurations name it.
    const CLASS: &'static str;
    /// Its version.
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    /// See [`Plugin::is_blocking`].
    const BLOCKING: bool = false;
    /// The connector's settings.
    type Config: Settings;
    /// Its task.
    type Task: SinkTask;

    /// Starts; may look at the outside. `raw` is the configuration as given.
    fn start(
        config: Self::Config,
        raw: Props,
        cx: ConnectorContext,
    ) -> impl Future<Output = Result<Self, TaskError>> + Send;

    /// See [`Connector::task_configs`].
    fn task_configs(&mut self, max: u32) -> impl Future<Output = Result<Vec<Props>, TaskError>> + Send;

    /// See [`Connector::stop`].
    fn stop(self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Checks beyond single settings; pushes errors onto `values`.
    fn check(raw: &Props, values: &mut Vec<ConfigValue>) -> impl Future<Output = ()> + Send {
        let _ = (raw, values);
        async {}
    }

    /// See [`Plugin::alter_offsets`].
    fn alter_offsets(
        raw: &Props,
        changes: &OffsetChanges,
    ) -> impl Future<Output = Result<bool, TaskError>> + Send {
        let _ = (raw, changes);
        async { Ok(false) }
    }
}

/// A plugin made of a source connector.
#[must_use]
pub fn source<C: SourceConnector>() -> Arc<dyn Plugin> {
    Arc::new(Source::<C>(PhantomData))
}

/// A plugin made of a sink connector.
#[must_use]
pub fn sink<C: SinkConnector>() -> Arc<dyn Plugin> {
    Arc::new(Sink::<C>(PhantomData))
}

struct Source<C>(PhantomData<fn() -> C>);
struct Sink<C>(PhantomData<fn() -> C>);

struct StartedSource<C>(C);
struct StartedSink<C>(C);

impl<C: SourceConnector> Connector for StartedSource<C> {
    fn task_configs(&mut self, max: u32) -> BoxFuture<'_, Result<Vec<Props>, TaskError>> {
        Box::pin(self.0.task_configs(max))
    }
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(self.0.stop())
    }
}

impl<C: SinkConnector> Connector for StartedSink<C> {
    fn task_configs(&mut self, max: u32) -> BoxFuture<'_, Result<Vec<Props>, TaskError>> {
        Box::pin(self.0.task_configs(max))
    }
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        Box::pin(self.0.stop())
    }
}

impl<C: SourceConnector> Plugin for Source<C> {
    fn info(&self) -> PluginInfo {
        PluginInfo { class: C::CLASS.into(), kind: PluginKind::Source, version: C::VERSION.into() }
    }
    fn config_def(&self) -> ConfigDef {
        ConfigDef::of::<C::Config>()
    }
    fn validate<'a>(&'a self, raw: &'a Props) -> BoxFuture<'a, Vec<ConfigValue>> {
        Box::pin(async move {
            let mut values = self.config_def().validate(raw);
            C::check(raw, &mut values).await;
            values
        })
    }
    fn is_blocking(&self) -> bool {
        C::BLOCKING
    }
    fn exactly_once(&self, raw: &Props) -> Support {
        C::exactly_once(raw)
    }
    fn transaction_boundaries(&self, raw: &Props) -> Support {
        C::transaction_boundaries(raw)
    }
    fn alter_offsets<'a>(
        &'a self,
        raw: &'a Props,
        changes: &'a OffsetChanges,
    ) -> BoxFuture<'a, Result<bool, TaskError>> {
        Box::pin(C::alter_offsets(raw, changes))
    }
    fn connector(
        &self,
        raw: Props,
        cx: ConnectorContext,
    ) -> BoxFuture<'_, Result<Box<dyn Connector>, TaskError>> {
        Box::pin(async move {
            let config = C::Config::parse(&raw)?;
            Ok(Box::new(StartedSource(C::start(config, raw, cx).await?)) as Box<dyn Connector>)
        })
    }
    fn task(&self, raw: Props, cx: TaskContext) -> BoxFuture<'_, Result<Task, TaskError>> {
        Box::pin(async move {
            let TaskContext::Source(cx) = cx else {
                return Err(TaskError::connect(format!("{} is a source connector, not a sink", C::CLASS)));
            };
            let config = <C::Task as SourceTask>::Config::parse(&raw)?;
            Ok(Task::Source(Box::new(<C::Task as SourceTask>::start(config, cx).await?)))
        })
    }
}

impl<C: SinkConnector> Plugin for Sink<C> {
    fn info(&self) -> PluginInfo {
        PluginInfo { class: C::CLASS.into(), kind: PluginKind::Sink, version: C::VERSION.into() }
    }
    fn config_def(&self) -> ConfigDef {
        ConfigDef::of::<C::Config>()
    }
    fn validate<'a>(&'a self, raw: &'a Props) -> BoxFuture<'a, Vec<ConfigValue>> {
        Box::pin(async move {
            let mut values = self.config_def().validate(raw);
            C::check(raw, &mut values).await;
            values
        })
    }
    fn is_blocking(&self) -> bool {
        C::BLOCKING
    }
    fn exactly_once(&self, _raw: &Props) -> Support {
        Support::Unsupported
    }
    fn alter_offsets<'a>(
        &'a self,
        raw: &'a Props,
        changes: &'a OffsetChanges,
    ) -> BoxFuture<'a, Result<bool, TaskError>> {
        Box::pin(C::alter_offsets(raw, changes))
    }
    fn connector(
        &self,
        raw: Props,
        cx: ConnectorContext,
    ) -> BoxFuture<'_, Result<Box<dyn Connector>, TaskError>> {
        Box::pin(async move {
            let config = C::Config::parse(&raw)?;
            Ok(Box::new(StartedSink(C::start(config, raw, cx).await?)) as Box<dyn Connector>)
        })
    }
    fn task(&self, raw: Props, cx: TaskContext) -> BoxFuture<'_, Result<Task, TaskError>> {
        Box::pin(async move {
            let TaskContext::Sink(cx) = cx else {
                return Err(TaskError::connect(format!("{} is a sink connector, not a source", C::CLASS)));
            };
            let config = <C::Task as SinkTask>::Config::parse(&raw)?;
            Ok(Task::Sink(Box::new(<C::Task as SinkTask>::start(config, cx).await?)))
        })
    }
}
