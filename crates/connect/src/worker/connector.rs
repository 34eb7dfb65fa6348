//! One connector instance: an owner loop that starts, stops and asks it (runtime.md §6).
//!
//! | from \ to | STARTED | PAUSED | STOPPED |
//! |---|---|---|---|
//! | Init, Paused, Stopped | start | no call | no call |
//! | Started | nothing | stop | stop |
//! | Failed | refused | refused | STOPPED without a call |
//!
//! A panic of the plugin is its failure, not the worker's.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use futures_util::FutureExt;
use kconnect_api::{
    BoxFuture, Connector, ConnectorContext, ConnectorServices, Exception, ObjectMap, Plugin, Props,
    SourcePartition, TaskError,
};
use tokio::sync::{mpsc, oneshot};

use super::Inner;
use crate::herder::{State, TargetState};
use crate::offset_store::OffsetStore;
use crate::status::Reporter;

/// What the worker asks of the loop.
pub(super) enum Command {
    Transition(TargetState, oneshot::Sender<Result<State, Exception>>),
    TaskConfigs(u32, oneshot::Sender<Result<Vec<Props>, Exception>>),
    /// Fails the connector: its task configurations are not acceptable.
    Fail(Exception),
    Stop(oneshot::Sender<()>),
}

/// The connector's line to its worker; cut when the instance ends.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) worker: Weak<Inner>,
    pub(super) store: Arc<dyn OffsetStore>,
    pub(super) errors: mpsc::Sender<Exception>,
    pub(super) closed: AtomicBool,
}

impl Line {
    fn refused(&self, what: &str) -> bool {
        if !self.closed.load(Ordering::Acquire) {
            return false;
        }
        tracing::warn!(
            target: "org.apache.kafka.connect.runtime.WorkerConnector",
            "The request {what} has been rejected because this instance of the connector '{}' has already been shut down.",
            self.name
        );
        true
    }
}

impl ConnectorServices for Line {
    fn request_task_reconfiguration(&self) {
        if !self.refused("for task reconfiguration")
            && let Some(worker) = self.worker.upgrade()
        {
            worker.request_reconfiguration(&self.name);
        }
    }

    fn raise_error(&self, error: TaskError) {
        if !self.refused("to fail the connector") {
            // The first failure wins; a full channel means that there is one.
            let _ = self.errors.try_send(error.exception().clone());
        }
    }

    fn stored_offsets<'a>(
        &'a self,
        partitions: &'a [SourcePartition],
    ) -> BoxFuture<'a, Result<Vec<Option<ObjectMap>>, TaskError>> {
        Box::pin(async move { Ok(self.store.read(&self.name, partitions).await?) })
    }
}

enum Life {
    Init,
    Started(Box<dyn Connector>),
    Paused,
    Stopped,
    Failed,
}

pub(super) struct ConnectorLoop {
    pub(super) name: String,
    pub(super) plugin: Arc<dyn Plugin>,
    pub(super) config: Arc<Props>,
    pub(super) line: Arc<Line>,
    pub(super) reporter: Reporter,
}

impl ConnectorLoop {
    pub(super) async fn run(
        self,
        mut commands: mpsc::Receiver<Command>,
        mut errors: mpsc::Receiver<Exception>,
    ) {
        let mut life = Life::Init;
        loop {
            tokio::select! {
                Some(error) = errors.recv() => life = self.fail(life, error).await,
                command = commands.recv() => match command {
                    Some(Command::Transition(target, reply)) => {
                        let (next, result) = self.transition(life, target).await;
                        life = next;
                        let _ = reply.send(result);
                    }
                    Some(Command::TaskConfigs(max, reply)) => {
                        let _ = reply.send(self.task_configs(&mut life, max).await);
                    }
                    Some(Command::Fail(error)) => life = self.fail(life, error).await,
                    Some(Command::Stop(reply)) => {
                        self.shut_down(life).await;
                        let _ = reply.send(());
                        return;
                    }
                    None => return self.shut_down(life).await,
                },
            }
        }
    }

    async fn transition(&self, life: Life, target: TargetState) -> (Life, Result<State, Exception>) {
        match (life, target) {
            (Life::Failed, TargetState::Stopped) => (Life::Stopped, self.reached(State::Stopped)),
            (Life::Failed, target) => {
                let text = format!(
                    "WorkerConnector{{id={}}} Cannot transition connector to {} since it has failed",
                    self.name,
                    target.name()
                );
                (Life::Failed, Err(Exception::connect(text)))
            }
            (started @ Life::Started(_), TargetState::Started) => (started, Ok(State::Running)),
            (_, TargetState::Started) => self.start().await,
            (Life::Started(connector), target) => {
                let stopped = caught(connector.stop()).await;
                match (stopped, target) {
                    // Stopped is reported even when the plugin's stop went wrong.
                    (_, TargetState::Stopped) => (Life::Stopped, self.reached(State::Stopped)),
                    (Ok(()), _) => (Life::Paused, self.reached(State::Paused)),
                    (Err(error), _) => {
                        self.reporter.failed(&error);
                        (Life::Failed, Err(self.failed_transition(target, error)))
                    }
                }
            }
            (_, TargetState::Paused) => (Life::Paused, self.reached(State::Paused)),
            (_, TargetState::Stopped) => (Life::Stopped, self.reached(State::Stopped)),
        }
    }

    fn reached(&self, state: State) -> Result<State, Exception> {
        self.reporter.report(state);
        Ok(state)
    }

    fn failed_transition(&self, target: TargetState, cause: Exception) -> Exception {
        let text = format!("Failed to transition connector {} to state {}", self.name, target.name());
        Exception::connect(text).caused_by(cause)
    }

    async fn start(&self) -> (Life, Result<State, Exception>) {
        let services: Arc<dyn ConnectorServices> = Arc::clone(&self.line) as _;
        let cx = ConnectorContext::new(self.name.clone(), services);
        let started = match caught(self.plugin.connector((*self.config).clone(), cx)).await {
            Ok(Ok(connector)) => Ok(connector),
            Ok(Err(error)) => Err(error.exception().clone()),
            Err(panic) => Err(panic),
        };
        match started {
            Ok(connector) => (Life::Started(connector), self.reached(State::Running)),
            Err(error) => {
                tracing::error!(
                    target: "org.apache.kafka.connect.runtime.WorkerConnector",
                    error = %error.trace(), "the connector could not be started"
                );
                self.reporter.failed(&error);
                (Life::Failed, Err(self.failed_transition(TargetState::Started, error)))
            }
        }
    }

    async fn task_configs(&self, life: &mut Life, max: u32) -> Result<Vec<Props>, Exception> {
        let Life::Started(connector) = life else { return Ok(Vec::new()) };
        match caught(connector.task_configs(max)).await {
            Ok(Ok(configs)) => Ok(configs),
            Ok(Err(error)) => Err(error.exception().clone()),
            Err(panic) => Err(panic),
        }
    }

    async fn fail(&self, life: Life, error: Exception) -> Life {
        if matches!(life, Life::Failed) {
            return life;
        }
        tracing::error!(
            target: "org.apache.kafka.connect.runtime.WorkerConnector",
            error = %error.trace(), "the connector failed; its tasks go on"
        );
        self.reporter.failed(&error);
        if let Life::Started(connector) = life {
            let _ = caught(connector.stop()).await;
        }
        Life::Failed
    }

    async fn shut_down(self, life: Life) {
        self.line.closed.store(true, Ordering::Release);
        match life {
            Life::Started(connector) => match caught(connector.stop()).await {
                Ok(()) => self.reporter.report(State::Unassigned),
                Err(error) => self.reporter.failed(&error),
            },
            Life::Failed => {}
            _ => self.reporter.report(State::Unassigned),
        }
    }
}

/// A plugin's future whose panic is an error.
pub(super) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Exception> {
    AssertUnwindSafe(future).catch_unwind().await.map_err(|panic| panicked(&*panic))
}

/// A plugin's call whose panic is an error.
pub(super) fn guarded<T>(call: impl FnOnce() -> Result<T, Exception>) -> Result<T, Exception> {
    std::panic::catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

/// A panic as what a status shows.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> Exception {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Exception::connect(format!("the plugin panicked: {}", text.unwrap_or("without a message")))
}
