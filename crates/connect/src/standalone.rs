//! The standalone herder: one process, configurations in memory, offsets in a file (runtime.md §3).
//!
//! One lock serialises whatever changes something (`change`); reads look at the configurations under a
//! std mutex that is never held across an await, so that status and lists answer while a connector hangs in its start.
//! Validation runs before the lock is taken, on the plugin runtime, with a panic boundary.
//!
//! A *failed* start keeps the stored configuration: the connector is listed, its status FAILED.

mod change;
mod offsets;
mod preview;
mod requests;
mod restart;
mod start;
mod validation;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use kconnect_api::{Exception, Props, TaskId};

pub use self::start::StartError;
use crate::config::validation::Validator;
use crate::connector_file::ConnectorFile;
use crate::herder::{ConnectorInfo, ConnectorType, HerderError, Stage, TargetState};
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
    /// Turns of previews.
    previews: Arc<tokio::sync::Semaphore>,
    ready: AtomicBool,
    stage: Mutex<Option<Stage>>,
    cluster_id: Mutex<Option<String>>,
}

impl StandaloneHerder {
    /// The worker that runs connectors and tasks.
    #[must_use]
    pub fn worker(&self) -> &Worker {
        &self.worker
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
