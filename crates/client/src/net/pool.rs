//! The connections of one client: at most one per broker and purpose (N1), made when first needed.
//!
//! Attempts to one broker are serialised and spaced by its back-off (N4). A broker that moved to another
//! address under the same id gets a new connection (N7). Dropping the pool closes everything.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::backoff::{self, Backoff, now};
use super::connect;
use super::connection::Connection;
use super::handshake;
use super::link::{Link, Stream};
use super::versions::Versions;
use crate::logger;
use crate::metadata::Node;
use crate::scope::Scope;
use crate::{ClientConfig, Error, ErrorKind};

/// What a connection is used for. Each has its own, so that nothing waits behind a long poll (N1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Metadata, admin, finding coordinators; shared by all clients of a credential set.
    Control,
    /// Fetch: the broker may hold the answer back for `fetch.max.wait.ms`.
    Fetch,
    /// Join, sync, heartbeat, commit, transactions.
    Coordination,
    /// Produce. Driven by the producer itself, never by [`Client::request`](crate::Client::request).
    Produce,
}

pub(crate) struct Pool {
    config: Arc<ClientConfig>,
    client_id: Arc<str>,
    scope: Scope,
    slots: Mutex<HashMap<(i32, Purpose), Arc<Slot>>>,
}

struct Slot {
    /// Held while connecting: later callers wait for the one attempt.
    connection: tokio::sync::Mutex<Option<Connection>>,
    health: Mutex<Health>,
}

/// How attempts to reach one broker went.
pub(crate) struct Health {
    backoff: Backoff,
    not_before: Option<Instant>,
    /// Why the last attempt failed.
    cause: Option<Error>,
}

impl Health {
    pub(crate) fn new(config: &ClientConfig) -> Self {
        let backoff = Backoff::new(config.reconnect_backoff, config.reconnect_backoff_max);
        Self { backoff, not_before: None, cause: None }
    }

    pub(crate) fn failures(&self) -> u32 {
        self.backoff.failures()
    }

    /// When the next attempt is due, if it is not due yet.
    pub(crate) fn wait_until(&self, now: Instant) -> Option<Instant> {
        self.not_before.filter(|at| *at > now)
    }

    pub(crate) fn failed(&mut self, now: Instant, cause: Option<Error>) {
        self.cause = cause;
        self.not_before = Some(now + self.backoff.fail());
    }

    pub(crate) fn succeeded(&mut self) {
        self.backoff.reset();
        self.not_before = None;
        self.cause = None;
    }

    /// The limit for the next attempt: doubles with each failure (N4).
    pub(crate) fn setup_timeout(&self, config: &ClientConfig) -> Duration {
        let random = fastrand::u32(..);
        backoff::pause(config.setup_timeout, config.setup_timeout_max, self.backoff.failures(), random)
    }
}

/// How ready a broker is to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    Connected,
    Untried,
    Failing(Instant),
}

impl Pool {
    pub(crate) fn new(config: Arc<ClientConfig>, client_id: Arc<str>) -> Self {
        Self { config, client_id, scope: Scope::new(), slots: Mutex::default() }
    }

    pub(crate) fn client_id(&self) -> &Arc<str> {
        &self.client_id
    }

    /// A usable connection, with one attempt to make it, after the back-off. May be dropped at any time.
    pub(crate) async fn try_get(
        &self,
        node: &Node,
        purpose: Purpose,
        deadline: Instant,
    ) -> Result<Connection, Error> {
        let slot = self.slot(node.id, purpose);
        let attempt = self.attempt(&slot, node, purpose);
        match tokio::time::timeout_at(deadline.into(), attempt).await {
            Ok(outcome) => outcome,
            Err(_) => Err(unreachable_in_time(node, lock(&slot.health).cause.clone())),
        }
    }

    async fn attempt(&self, slot: &Slot, node: &Node, purpose: Purpose) -> Result<Connection, Error> {
        let mut current = slot.connection.lock().await;
        if let Some(connection) = current.as_ref() {
            let same_address = connection.node().host == node.host && connection.node().port == node.port;
            if !connection.is_closed() && same_address {
                return Ok(connection.clone());
            }
            *current = None;
        }
        let wait = lock(&slot.health).wait_until(now());
        super::connection::sleep_until_or_now(wait).await;
        let limit = lock(&slot.health).setup_timeout(&self.config);
        match open(&self.config, &self.client_id, node, limit).await {
            Ok((stream, versions)) => {
                lock(&slot.health).succeeded();
                let frame_max = match purpose {
                    Purpose::Fetch => self.config.fetch_frame_max,
                    _ => self.config.control_frame_max,
                };
                let (id, node) = (self.client_id.clone(), node.clone());
                let connection =
                    Connection::start(&self.scope, &self.config, id, node, stream, versions, frame_max);
                *current = Some(connection.clone());
                Ok(connection)
            }
            Err(error) => {
                lock(&slot.health).failed(now(), Some(error.clone()));
                tracing::debug!(target: logger::NETWORK_CLIENT, client_id = %self.client_id, %error, "connection attempt failed");
                Err(error)
            }
        }
    }

    pub(crate) fn standing(&self, node: i32, purpose: Purpose) -> Standing {
        let slots = lock(&self.slots);
        let Some(slot) = slots.get(&(node, purpose)) else { return Standing::Untried };
        let alive = slot.connection.try_lock().is_ok_and(|c| c.as_ref().is_some_and(|c| !c.is_closed()));
        let health = lock(&slot.health);
        match health.not_before {
            _ if alive => Standing::Connected,
            Some(at) if health.failures() > 0 => Standing::Failing(at),
            _ => Standing::Untried,
        }
    }

    /// Closes every connection that is not in `keep` (brokers that left the cluster, seeds no longer needed).
    pub(crate) fn retain(&self, keep: impl Fn(i32) -> bool) {
        lock(&self.slots).retain(|(node, _), _| keep(*node));
    }

    /// Closes everything.
    pub(crate) async fn shutdown(&self, deadline: Instant) -> usize {
        lock(&self.slots).clear();
        self.scope.shutdown(deadline).await
    }

    fn slot(&self, node: i32, purpose: Purpose) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        let slot = slots.entry((node, purpose)).or_insert_with(|| {
            Arc::new(Slot {
                connection: tokio::sync::Mutex::new(None),
                health: Mutex::new(Health::new(&self.config)),
            })
        });
        slot.clone()
    }
}

/// TCP, then the handshake, within `limit`.
pub(crate) async fn open(
    config: &ClientConfig,
    client_id: &str,
    node: &Node,
    limit: Duration,
) -> Result<(Stream, Versions), Error> {
    let address = connect::display(&node.host, node.port);
    let deadline = now() + limit;
    let work = async {
        let stream = connect::connect(config, &node.host, node.port).await.map_err(|error| {
            Error::caused_by(ErrorKind::Disconnected, format!("cannot connect to {address}"), error)
        })?;
        let mut link = Link::new(stream, kconnect_wire::frame::MAX_UNAUTHENTICATED, now());
        let versions = handshake::negotiate(&mut link, client_id, deadline).await?;
        Ok((link.into_stream(), versions))
    };
    match tokio::time::timeout_at(deadline.into(), work).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let message = format!("{address} did not complete the connection within {limit:?}");
            Err(Error::new(ErrorKind::Disconnected, message))
        }
    }
}

fn unreachable_in_time(node: &Node, cause: Option<Error>) -> Error {
    let message = format!("no connection to {} in time", connect::display(&node.host, node.port));
    match cause {
        Some(cause) => Error::caused_by(ErrorKind::Timeout, message, cause),
        None => Error::new(ErrorKind::Timeout, message),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it holds this lock")
}
