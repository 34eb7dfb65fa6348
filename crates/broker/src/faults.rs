//! Faults on demand: what a test tells the broker to do wrong, and when.
//!
//! A rule names an API, may narrow the requests it looks at, and ends with one action. Rules are tried in the order
//! they were added; the first that matches and is not used up decides. A rule without [`Rule::times`] stays until it
//! is removed.
//!
//! ```text
//! faults.on(ApiKey::Produce).topic("t").times(2).error(ErrorCode::NotLeaderOrFollower)
//!        └ which requests ────────────┘ └ how often └ what happens
//! ```
//!
//! Matching happens after a request is decoded and before it is applied. The broker itself asks once per request;
//! moving leaders, crashing nodes and the like are methods of [`crate::Broker`].

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use tokio::sync::Notify;

/// What a rule may look at: one request after decoding, before it is applied.
#[derive(Clone, Debug)]
pub struct RequestInfo {
    /// Which API was called.
    pub api_key: ApiKey,
    /// Version of the request.
    pub version: i16,
    /// Node whose listener took the connection.
    pub node: i32,
    /// Number of the connection, unique within the broker's life.
    pub connection: u64,
    /// Correlation id of the request header.
    pub correlation_id: i32,
    /// Client id of the request header; empty when the client sent none.
    pub client_id: String,
    /// Topic names the request is about; topic ids are resolved to names where the topic exists.
    pub topics: Vec<String>,
    /// Groups the request is about.
    pub groups: Vec<String>,
}

/// What happens to a request that a rule matched.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Error(ResponseError),
    Delay(Duration),
    Drop,
    Silence,
    ApplyThenDrop,
    ApplyThenSilence,
    Truncate(usize),
    Corrupt,
    Hold(Arc<Gate>),
}

/// A closed door; opens once.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    open: std::sync::atomic::AtomicBool,
    opened: Notify,
}

impl Gate {
    /// Waits until the gate is open. May be dropped at any time; nothing is lost.
    pub(crate) async fn wait(&self) {
        loop {
            let opened = self.opened.notified();
            tokio::pin!(opened);
            opened.as_mut().enable();
            if self.open.load(Ordering::Acquire) {
                return;
            }
            opened.await;
        }
    }

    fn open(&self) {
        self.open.store(true, Ordering::Release);
        self.opened.notify_waiters();
    }
}

type Predicate = Arc<dyn Fn(&RequestInfo) -> bool + Send + Sync>;

struct Entry {
    api_key: ApiKey,
    conditions: Vec<Predicate>,
    skip: u64,
    left: Option<u64>,
    action: Action,
    hits: Arc<Hits>,
}

#[derive(Default)]
struct Hits {
    count: AtomicU64,
    changed: Notify,
}

/// The rules of one broker. Cheap to clone; all clones are the same list.
#[derive(Clone, Default)]
pub struct Faults {
    inner: Arc<Mutex<List>>,
}

#[derive(Default)]
struct List {
    next: u64,
    rules: BTreeMap<u64, Entry>,
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").field("rules", &self.lock().rules.len()).finish()
    }
}

impl Faults {
    /// Starts a rule about one API. Nothing happens until an action is chosen.
    pub fn on(&self, api_key: ApiKey) -> Rule {
        Rule { faults: self.clone(), api_key, conditions: Vec::new(), skip: 0, left: None }
    }

    /// Removes every rule; requests that are held go on.
    pub fn clear(&self) {
        for entry in std::mem::take(&mut self.lock().rules).into_values() {
            if let Action::Hold(gate) = entry.action {
                gate.open();
            }
        }
    }

    /// The action for this request, if a rule matches. Counts the hit.
    pub(crate) fn decide(&self, request: &RequestInfo) -> Option<Action> {
        let mut list = self.lock();
        for entry in list.rules.values_mut() {
            if entry.api_key != request.api_key || entry.left == Some(0) {
                continue;
            }
            if !entry.conditions.iter().all(|holds| holds(request)) {
                continue;
            }
            if entry.skip > 0 {
                entry.skip -= 1;
                continue;
            }
            if let Some(left) = &mut entry.left {
                *left -= 1;
            }
            entry.hits.count.fetch_add(1, Ordering::AcqRel);
            entry.hits.changed.notify_waiters();
            return Some(entry.action.clone());
        }
        None
    }

    /// False when no rule exists: the common case, checked before a request's topics are collected.
    pub(crate) fn any(&self) -> bool {
        !self.lock().rules.is_empty()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, List> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A rule being written. Conditions are all required; the action method ends it.
#[must_use = "a rule does nothing until an action is chosen"]
pub struct Rule {
    faults: Faults,
    api_key: ApiKey,
    conditions: Vec<Predicate>,
    skip: u64,
    left: Option<u64>,
}

impl Rule {
    /// Only requests for which `holds` is true.
    pub fn when(mut self, holds: impl Fn(&RequestInfo) -> bool + Send + Sync + 'static) -> Self {
        self.conditions.push(Arc::new(holds));
        self
    }

    /// Only requests that name this topic.
    pub fn topic(self, topic: impl Into<String>) -> Self {
        let topic = topic.into();
        self.when(move |r| r.topics.contains(&topic))
    }

    /// Only requests that name this group.
    pub fn group(self, group: impl Into<String>) -> Self {
        let group = group.into();
        self.when(move |r| r.groups.contains(&group))
    }

    /// Only requests that arrived at this node.
    pub fn node(self, node: i32) -> Self {
        self.when(move |r| r.node == node)
    }

    /// Only requests of this client id.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        let client_id = client_id.into();
        self.when(move |r| r.client_id == client_id)
    }

    /// Lets the first `n` matching requests pass.
    pub fn after(mut self, n: u64) -> Self {
        self.skip = n;
        self
    }

    /// Ends the rule after `n` hits. Without it the rule stays.
    pub fn times(mut self, n: u64) -> Self {
        self.left = Some(n);
        self
    }

    /// Answers with this error for every item of the request; nothing is applied.
    pub fn error(self, code: ResponseError) -> FaultHandle {
        self.add(Action::Error(code))
    }

    /// Waits, then applies and answers as usual.
    pub fn delay(self, by: Duration) -> FaultHandle {
        self.add(Action::Delay(by))
    }

    /// Closes the connection before the request is applied.
    pub fn drop(self) -> FaultHandle {
        self.add(Action::Drop)
    }

    /// Neither applies nor answers; the connection stays open and answers nothing more.
    pub fn silence(self) -> FaultHandle {
        self.add(Action::Silence)
    }

    /// Applies the request, then closes the connection instead of answering.
    pub fn apply_then_drop(self) -> FaultHandle {
        self.add(Action::ApplyThenDrop)
    }

    /// Applies the request and never answers; the connection stays open and answers nothing more.
    pub fn apply_then_silence(self) -> FaultHandle {
        self.add(Action::ApplyThenSilence)
    }

    /// Applies the request, sends only the first `bytes` of the answer's frame, then closes the connection.
    pub fn truncate(self, bytes: usize) -> FaultHandle {
        self.add(Action::Truncate(bytes))
    }

    /// Applies the request and answers with the body's bytes inverted; frame length and correlation id stay right.
    pub fn corrupt(self) -> FaultHandle {
        self.add(Action::Corrupt)
    }

    /// Holds the request until [`FaultHandle::release`] (or removal), then applies and answers it.
    pub fn hold(self) -> FaultHandle {
        self.add(Action::Hold(Arc::default()))
    }

    fn add(self, action: Action) -> FaultHandle {
        let hits = Arc::<Hits>::default();
        let gate = if let Action::Hold(gate) = &action { Some(gate.clone()) } else { None };
        let Rule { faults, api_key, conditions, skip, left } = self;
        let entry = Entry { api_key, conditions, skip, left, action, hits: hits.clone() };
        let mut list = faults.lock();
        let id = list.next;
        list.next += 1;
        list.rules.insert(id, entry);
        drop(list);
        FaultHandle { faults, id, hits, gate }
    }
}

/// An active rule. Dropping the handle leaves the rule in force.
#[derive(Clone)]
pub struct FaultHandle {
    faults: Faults,
    id: u64,
    hits: Arc<Hits>,
    gate: Option<Arc<Gate>>,
}

impl FaultHandle {
    /// How many requests the rule has decided so far.
    pub fn hits(&self) -> u64 {
        self.hits.count.load(Ordering::Acquire)
    }

    /// Waits until the rule has decided at least `n` requests. May be dropped at any time.
    pub async fn hit(&self, n: u64) {
        loop {
            let changed = self.hits.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.hits() >= n {
                return;
            }
            changed.await;
        }
    }

    /// Lets held requests go on and no longer holds later ones. Nothing for other actions.
    pub fn release(&self) {
        if let Some(gate) = &self.gate {
            gate.open();
        }
    }

    /// Ends the rule; held requests go on.
    pub fn remove(&self) {
        self.faults.lock().rules.remove(&self.id);
        self.release();
    }
}
