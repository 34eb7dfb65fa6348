//! What was last true of each connector and task, in memory; and the topics that each connector has used.
//!
//! Statuses are written through a [`Reporter`], one for each started instance. A cancelled instance is muted, so that it
//! never writes again, even if it ends later (runtime.md §19.15).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use kconnect_api::{Exception, TaskId};

use crate::config::secrets::Redactor;
use crate::herder::{State, Status};

/// Longest trace kept (reliability.md §3).
const TRACE_MAX: usize = 32 * 1024;

/// Statuses and active topics.
#[derive(Debug, Default)]
pub struct StatusStore(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    connectors: BTreeMap<String, Status>,
    tasks: BTreeMap<TaskId, Status>,
    topics: BTreeMap<String, BTreeSet<String>>,
}

impl StatusStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Status of a connector.
    #[must_use]
    pub fn connector(&self, name: &str) -> Option<Status> {
        self.lock().connectors.get(name).cloned()
    }

    /// Status of a task.
    #[must_use]
    pub fn task(&self, id: &TaskId) -> Option<Status> {
        self.lock().tasks.get(id).cloned()
    }

    /// Statuses of a connector's tasks, by number.
    #[must_use]
    pub fn tasks(&self, connector: &str) -> Vec<(u32, Status)> {
        let inner = self.lock();
        let first = TaskId { connector: connector.to_owned(), task: 0 };
        let own = inner.tasks.range(first..).take_while(|(id, _)| id.connector == connector);
        own.map(|(id, status)| (id.task, status.clone())).collect()
    }

    /// Forgets a task.
    pub fn remove_task(&self, id: &TaskId) {
        self.lock().tasks.remove(id);
    }

    /// Forgets a connector, its tasks and its topics.
    pub fn remove_connector(&self, name: &str) {
        let mut inner = self.lock();
        inner.connectors.remove(name);
        inner.topics.remove(name);
        inner.tasks.retain(|id, _| id.connector != name);
    }

    /// Topics that a connector has used, sorted.
    #[must_use]
    pub fn topics(&self, connector: &str) -> Vec<String> {
        self.lock().topics.get(connector).map(|topics| topics.iter().cloned().collect()).unwrap_or_default()
    }

    /// Records the use of a topic. Callers remember what they have told, so this is not on the hot path.
    pub fn add_topic(&self, connector: &str, topic: &str) {
        self.lock().topics.entry(connector.to_owned()).or_default().insert(topic.to_owned());
    }

    /// Forgets the topics of a connector.
    pub fn reset_topics(&self, connector: &str) {
        self.lock().topics.remove(connector);
    }

    fn put(&self, subject: &Subject, status: Status) {
        let mut inner = self.lock();
        match subject {
            Subject::Connector(name) => inner.connectors.insert(name.clone(), status),
            Subject::Task(id) => inner.tasks.insert(id.clone(), status),
        };
    }
}

/// Whose status it is.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A connector's.
    Connector(String),
    /// A task's.
    Task(TaskId),
}

/// Writes the status of one started instance. Clones write for the same instance.
#[derive(Clone, Debug)]
pub struct Reporter {
    store: Arc<StatusStore>,
    subject: Subject,
    worker_id: Arc<str>,
    version: Option<Arc<str>>,
    muted: Arc<AtomicBool>,
    redactor: Arc<Redactor>,
}

impl Reporter {
    /// A reporter of a new instance.
    #[must_use]
    pub fn new(
        store: &Arc<StatusStore>,
        subject: Subject,
        worker_id: &Arc<str>,
        version: Option<&str>,
    ) -> Self {
        let (store, worker_id) = (Arc::clone(store), Arc::clone(worker_id));
        Self {
            store,
            subject,
            worker_id,
            version: version.map(Arc::from),
            muted: Arc::default(),
            redactor: Arc::default(),
        }
    }

    /// One that keeps these secrets out of traces.
    #[must_use]
    pub(crate) fn hiding(mut self, redactor: &Arc<Redactor>) -> Self {
        self.redactor = Arc::clone(redactor);
        self
    }

    /// Reports a state without trace.
    pub fn report(&self, state: State) {
        self.write(state, None);
    }

    /// Reports FAILED with its cause.
    pub fn failed(&self, error: &Exception) {
        let mut trace = self.redactor.text(&error.trace()).into_owned();
        if trace.len() > TRACE_MAX {
            let end = (0..=TRACE_MAX).rev().find(|at| trace.is_char_boundary(*at)).unwrap_or(0);
            trace.truncate(end);
            trace.push_str("\n[cut]");
        }
        self.write(State::Failed, Some(trace));
    }

    fn write(&self, state: State, trace: Option<String>) {
        if self.muted.load(Ordering::Acquire) {
            return;
        }
        // Upstream writes no version for work that has no owner.
        let version = (state != State::Unassigned).then_some(self.version.as_deref()).flatten();
        let worker_id = self.worker_id.to_string();
        self.store
            .put(&self.subject, Status { state, worker_id, version: version.map(str::to_owned), trace });
    }

    /// From now on this instance reports nothing.
    pub fn mute(&self) {
        self.muted.store(true, Ordering::Release);
    }

    /// Records the use of a topic.
    pub fn topic_used(&self, topic: &str) {
        let connector = match &self.subject {
            Subject::Connector(name) => name,
            Subject::Task(id) => &id.connector,
        };
        if !self.muted.load(Ordering::Acquire) {
            self.store.add_topic(connector, topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_muted_instance_never_reports_again() {
        let store = Arc::new(StatusStore::new());
        let id = TaskId { connector: "c".into(), task: 0 };
        let old = Reporter::new(&store, Subject::Task(id.clone()), &"w:1".into(), Some("1"));
        old.report(State::Running);
        old.mute();
        Reporter::new(&store, Subject::Task(id.clone()), &"w:1".into(), Some("2")).report(State::Paused);
        old.failed(&Exception::connect("late"));
        assert_eq!(store.task(&id).unwrap().state, State::Paused);
    }

    #[test]
    fn a_huge_trace_is_cut_with_a_mark() {
        let store = Arc::new(StatusStore::new());
        let reporter = Reporter::new(&store, Subject::Connector("c".into()), &"w:1".into(), None);
        reporter.failed(&Exception::connect("\u{e9}".repeat(TRACE_MAX)));
        let trace = store.connector("c").unwrap().trace.unwrap();
        assert!(trace.len() < TRACE_MAX + 16 && trace.ends_with("[cut]"));
    }
}
