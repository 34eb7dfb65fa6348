//! The connections of one client: at most one per broker and purpose (N1), made when first needed.
//!
//! Attempts to one broker are spaced by its back-off, which all clients of the cluster share (N4, `brokers.rs`). A broker
//! that moved to another address under the same id gets a new connection (N7). Dropping the pool closes everything.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::backoff::now;
use super::brokers::Brokers;
use super::connect;
use super::connection::Connection;
use super::features::Features;
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
    brokers: Arc<Brokers>,
    scope: Scope,
    slots: Mutex<HashMap<(i32, Purpose), Arc<Slot>>>,
}

#[derive(Default)]
struct Slot {
    /// Held while connecting: later callers wait for the one attempt.
    connection: tokio::sync::Mutex<Option<Connection>>,
}

impl Slot {
    fn is_connected(&self) -> bool {
        self.connection.try_lock().is_ok_and(|c| c.as_ref().is_some_and(|c| !c.is_closed()))
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
    pub(crate) fn new(config: Arc<ClientConfig>, client_id: Arc<str>, brokers: Arc<Brokers>) -> Self {
        Self { config, client_id, brokers, scope: Scope::new(), slots: Mutex::default() }
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
            Err(_) => Err(unreachable_in_time(node, self.brokers.at(node).cause())),
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
        match open(&self.brokers, &self.config, &self.client_id, node).await {
            Ok((stream, versions)) => {
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
                tracing::debug!(target: logger::NETWORK_CLIENT, client_id = %self.client_id, %error, "connection attempt failed");
                Err(error)
            }
        }
    }

    pub(crate) fn standing(&self, node: &Node, purpose: Purpose) -> Standing {
        let slot = lock(&self.slots).get(&(node.id, purpose)).cloned();
        let alive = slot.is_some_and(|slot| slot.is_connected());
        match self.brokers.at(node).failing_until() {
            _ if alive => Standing::Connected,
            Some(at) => Standing::Failing(at),
            None => Standing::Untried,
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
        if !slots.contains_key(&(node, purpose)) {
            // Brokers that left, or came back under other ids, leave nothing behind.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.is_connected());
        }
        slots.entry((node, purpose)).or_default().clone()
    }
}

/// A negotiated stream to `node`, as far as its standing with all clients of the cluster allows an attempt.
pub(crate) async fn open(
    brokers: &Brokers,
    config: &ClientConfig,
    client_id: &str,
    node: &Node,
) -> Result<(Stream, Versions), Error> {
    let broker = brokers.at(node);
    let (stream, versions, features) = broker.reach(|limit| set_up(config, client_id, node, limit)).await?;
    brokers.learn(&features);
    Ok((stream, versions))
}

/// TCP, then the handshake, within `limit`.
async fn set_up(
    config: &ClientConfig,
    client_id: &str,
    node: &Node,
    limit: Duration,
) -> Result<(Stream, Versions, Features), Error> {
    let address = connect::display(&node.host, node.port);
    let deadline = now() + limit;
    let work = async {
        let stream = connect::connect(config, &node.host, node.port).await.map_err(|error| {
            Error::caused_by(ErrorKind::Disconnected, format!("cannot connect to {address}"), error)
        })?;
        let mut link = Link::new(stream, kconnect_wire::frame::MAX_UNAUTHENTICATED, now());
        let (versions, features) = handshake::negotiate(&mut link, client_id, deadline).await?;
        Ok((link.into_stream(), versions, features))
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
