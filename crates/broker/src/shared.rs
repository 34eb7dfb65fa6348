//! What all connections of a broker share: the control state's owner, the fault rules, and what inspection shows.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use kafka_protocol::messages::ApiKey;
use tokio::sync::Notify;

use crate::cluster::Cluster;
use crate::faults::{Faults, RequestInfo};

/// Requests kept for inspection; older ones are only counted.
const LOGGED: usize = 4096;

#[derive(Debug)]
pub(crate) struct Shared {
    cluster: Mutex<Cluster>,
    pub(crate) faults: Faults,
    /// A group's next deadline may have changed.
    pub(crate) groups_changed: Notify,
    pub(crate) stats: Stats,
    /// Next offset of the null mode.
    pub(crate) null_offset: AtomicI64,
}

/// Counts and the request log; only read by tests and operators.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    next_connection: AtomicU64,
    inner: Mutex<StatsInner>,
}

#[derive(Debug, Default)]
struct StatsInner {
    counts: BTreeMap<i16, u64>,
    log: VecDeque<RequestInfo>,
    /// Open connections per node.
    open: BTreeMap<i32, usize>,
    accepted: BTreeMap<i32, u64>,
}

impl Shared {
    pub(crate) fn new(cluster: Cluster) -> Self {
        Self {
            cluster: Mutex::new(cluster),
            faults: Faults::default(),
            groups_changed: Notify::new(),
            stats: Stats::default(),
            null_offset: AtomicI64::new(0),
        }
    }

    /// The control state. Never keep the guard across an await.
    pub(crate) fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stats {
    /// A number for a new connection; the guard counts it as open until it is dropped.
    pub(crate) fn open(&self, node: i32) -> (u64, OpenConnection<'_>) {
        let mut inner = self.lock();
        *inner.open.entry(node).or_default() += 1;
        *inner.accepted.entry(node).or_default() += 1;
        (self.next_connection.fetch_add(1, Ordering::Relaxed), OpenConnection { stats: self, node })
    }

    pub(crate) fn count(&self, info: RequestInfo) {
        let mut inner = self.lock();
        *inner.counts.entry(info.api_key as i16).or_default() += 1;
        if inner.log.len() == LOGGED {
            inner.log.pop_front();
        }
        inner.log.push_back(info);
    }

    /// Counts without logging, for the null mode.
    pub(crate) fn count_only(&self, api_key: ApiKey) {
        *self.lock().counts.entry(api_key as i16).or_default() += 1;
    }

    pub(crate) fn requests(&self, api_key: ApiKey) -> Vec<RequestInfo> {
        self.lock().log.iter().filter(|r| r.api_key == api_key).cloned().collect()
    }

    pub(crate) fn request_count(&self, api_key: ApiKey) -> u64 {
        self.lock().counts.get(&(api_key as i16)).copied().unwrap_or(0)
    }

    pub(crate) fn open_connections(&self, node: i32) -> usize {
        self.lock().open.get(&node).copied().unwrap_or(0)
    }

    pub(crate) fn accepted_connections(&self, node: i32) -> u64 {
        self.lock().accepted.get(&node).copied().unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, StatsInner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a connection as open while it lives.
pub(crate) struct OpenConnection<'a> {
    stats: &'a Stats,
    node: i32,
}

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        if let Some(open) = self.stats.lock().open.get_mut(&self.node) {
            *open = open.saturating_sub(1);
        }
    }
}
