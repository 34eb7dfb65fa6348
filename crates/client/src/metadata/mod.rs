//! Who leads what: the shared view of the cluster of all clients with one set of credentials.
//!
//! [`Metadata`] holds the pure [`Cache`](cache) behind a lock and one task that fetches when asked, when the
//! view is too old, or when a topic is wanted that nobody has asked for. Requests coalesce: while one is in
//! flight the next waits for it, and between two there is at least the retry back-off (M1). When no broker
//! answers for long, or a broker says so, the nodes are dropped and the seeds asked again (M7).
//!
//! Everyone who waits watches a counter of answers; the notification says "look", and the looker reads the
//! state again.

mod cache;
mod fetch;
mod snapshot;

use std::sync::{Arc, Mutex};
use std::time::Instant;

use kconnect_wire::{ErrorCode, Uuid};
use tokio::sync::{Notify, watch};

pub use snapshot::{LeaderHint, Node, PartitionMetadata, TopicMetadata};

pub(crate) use cache::{Cache, Lookup};
pub(crate) use fetch::run;

use crate::net::backoff::now;
use crate::{Error, ErrorKind};

/// The shared view. Cheap to ask, never waits on I/O except in [`Metadata::ensure`] and [`Metadata::refresh`].
pub struct Metadata {
    cache: Mutex<Cache>,
    /// Counts attempts to fetch, with the outcome of the last.
    answers: watch::Sender<Attempts>,
    wake: Notify,
    /// An answer older than this count does not satisfy whoever asked for a refresh.
    wanted: Mutex<u64>,
}

/// How fetching went so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempts {
    /// Requests that were started; a waiter wants an answer to one started after it asked.
    started: u64,
    /// The newest started request that got an answer.
    answered: u64,
    /// Why the last attempt failed, if it did.
    failure: Option<Error>,
    /// Changes of the view that no request made (leader hints).
    adopted: u64,
}

impl Metadata {
    pub(crate) fn new() -> Self {
        Self {
            cache: Mutex::default(),
            answers: watch::Sender::new(Attempts::default()),
            wake: Notify::new(),
            wanted: Mutex::new(0),
        }
    }

    /// The topic as last known. Does not ask anybody and does not wait.
    pub fn snapshot(&self, topic: &str) -> Option<Arc<TopicMetadata>> {
        self.cache().topic(topic)
    }

    /// The topic with this id as last known.
    pub fn snapshot_by_id(&self, id: Uuid) -> Option<Arc<TopicMetadata>> {
        self.cache().topic_by_id(id)
    }

    /// A broker by its id.
    pub fn node(&self, id: i32) -> Option<Node> {
        self.cache().node(id).cloned()
    }

    /// All brokers of the last answer.
    pub fn nodes(&self) -> Vec<Node> {
        self.cache().nodes().cloned().collect()
    }

    /// The controller of the last answer.
    pub fn controller(&self) -> Option<i32> {
        self.cache().controller()
    }

    /// The cluster's id, once known.
    pub fn cluster_id(&self) -> Option<String> {
        self.cache().cluster_id().map(str::to_owned)
    }

    /// Marks a topic as used, so that refreshes ask for it (M2). Returns what is known.
    pub fn want(&self, topic: &str) -> Option<Arc<TopicMetadata>> {
        let mut cache = self.cache();
        cache.want(now(), topic);
        cache.topic(topic)
    }

    /// Waits until every topic is known without error. Errors that may pass (a topic just created, a leader being
    /// elected) are retried until the deadline; then the error is of kind `UnknownTopic` and names the topic.
    /// May be dropped at any time.
    pub async fn ensure(&self, topics: &[&str], deadline: Instant) -> Result<Vec<Arc<TopicMetadata>>, Error> {
        let mut seen = self.answers.subscribe();
        loop {
            let mut missing = None;
            let mut found = Vec::with_capacity(topics.len());
            {
                let mut cache = self.cache();
                for topic in topics {
                    match cache.lookup(now(), topic) {
                        Lookup::Known(known) => found.push(known),
                        Lookup::Failed(code) if !retriable_topic_error(code) => {
                            return Err(topic_error(code, topic));
                        }
                        other => {
                            cache.want(now(), topic);
                            missing = Some((*topic, other));
                        }
                    }
                }
            }
            let Some((topic, reason)) = missing else { return Ok(found) };
            let asked = self.request_refresh();
            if !self.answered(&mut seen, asked, deadline).await? {
                return Err(self.not_in_time(topic, &reason));
            }
        }
    }

    /// Waits for an answer newer than this call. May be dropped at any time.
    pub async fn refresh(&self, deadline: Instant) -> Result<(), Error> {
        let mut seen = self.answers.subscribe();
        let asked = self.request_refresh();
        if self.answered(&mut seen, asked, deadline).await? {
            return Ok(());
        }
        Err(late("no metadata in time".into(), self.last_failure()))
    }

    /// Asks for fresh metadata soon, without waiting. Calls coalesce. The number identifies the request that
    /// will answer.
    pub fn request_refresh(&self) -> u64 {
        let asked = self.answers.borrow().started + 1;
        {
            let mut wanted = lock(&self.wanted);
            *wanted = asked.max(*wanted);
        }
        self.wake.notify_one();
        asked
    }

    /// Takes a leader that a broker named in a refusal, when it is newer than what is known (M6), and asks for a
    /// refresh in any case. Returns whether the view changed, so that the caller may retry at once.
    pub fn adopt(&self, topic: &str, hints: &[LeaderHint], nodes: Vec<Node>) -> bool {
        let changed = self.cache().adopt(topic, hints, nodes);
        if changed {
            self.answers.send_modify(|attempts| attempts.adopted += 1);
        }
        self.request_refresh();
        changed
    }

    /// Wakes whenever the view may have changed. Read the state again then.
    pub fn changes(&self) -> Changes {
        Changes(self.answers.subscribe())
    }

    /// Forgets a topic that was deleted on purpose.
    pub fn forget(&self, topic: &str) {
        self.cache().forget(topic);
    }

    /// The reason of the last failed attempt, `None` after a success.
    pub fn last_failure(&self) -> Option<Error> {
        self.answers.borrow().failure.clone()
    }

    pub(crate) fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        lock(&self.cache)
    }

    /// Waits for the answer to request `asked`; `false` when the deadline passes first. A failed attempt is not
    /// the end, because the task tries again, but an error that retrying cannot cure is.
    async fn answered(
        &self,
        seen: &mut watch::Receiver<Attempts>,
        asked: u64,
        deadline: Instant,
    ) -> Result<bool, Error> {
        let hopeless =
            |attempts: &Attempts| attempts.failure.as_ref().is_some_and(|error| !error.is_retriable());
        let settled = seen.wait_for(|attempts| attempts.answered >= asked || hopeless(attempts));
        match tokio::time::timeout_at(deadline.into(), settled).await {
            Ok(Ok(attempts)) if attempts.answered >= asked => Ok(true),
            Ok(Ok(attempts)) => Err(attempts.failure.clone().unwrap_or_else(closed)),
            Ok(Err(_)) => Err(closed()),
            Err(_) => Ok(false),
        }
    }

    fn not_in_time(&self, topic: &str, reason: &Lookup) -> Error {
        match reason {
            Lookup::Failed(code) => topic_error(*code, topic),
            _ => late(format!("no metadata for topic {topic} in time"), self.last_failure()),
        }
    }
}

fn late(message: String, cause: Option<Error>) -> Error {
    match cause {
        Some(cause) => Error::caused_by(ErrorKind::Timeout, message, cause),
        None => Error::new(ErrorKind::Timeout, message),
    }
}

/// Wakes on changes of the metadata.
pub struct Changes(watch::Receiver<Attempts>);

impl Changes {
    /// Waits for the next change. `false` when the client is closed. May be dropped and called again: no change
    /// is missed.
    pub async fn next(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

/// Errors of a topic that may pass by themselves (M5).
fn retriable_topic_error(code: ErrorCode) -> bool {
    code.is_retriable()
}

fn topic_error(code: ErrorCode, topic: &str) -> Error {
    let attempted = format!("topic {topic} is not usable");
    match code {
        ErrorCode::LEADER_NOT_AVAILABLE => Error::with_code(ErrorKind::UnknownTopic, code, attempted),
        _ => Error::from_code(code, attempted),
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the client is closed")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds this lock")
}
