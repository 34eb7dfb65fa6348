//! Connections: from a node to answers. Knows frames and versions, nothing of topics, groups or records.
//!
//! [`Link`](link) is one socket with its queue of unanswered requests and has one owner. A
//! [`Connection`] is a task around a link for any number of callers; the producer drives its links itself.
//! The pool keeps one connection per broker and [`Purpose`]. Authentication and TLS will sit between
//! `connect` and `handshake`.

pub(crate) mod backoff;
pub(crate) mod brokers;
pub(crate) mod canonical;
pub(crate) mod codec;
pub(crate) mod connect;
mod connection;
mod features;
mod frames;
pub(crate) mod handshake;
pub(crate) mod link;
pub(crate) mod pool;
mod versions;

pub use backoff::Backoff;
pub use codec::RawAnswer;
pub use connection::{Connection, Patience};
pub use features::Features;
pub use pool::Purpose;
pub use versions::Versions;

pub(crate) use connection::sleep_until;

use std::sync::Arc;

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeRef {
    /// Any broker, a connected one first.
    Any,
    /// One of the seed addresses.
    Bootstrap,
    /// The controller, or any broker when there is none to be seen: brokers forward (M9).
    Controller,
    /// The broker with this id.
    Id(i32),
    /// The coordinator of a group or transaction (M10).
    Coordinator {
        /// Group or transaction.
        kind: CoordinatorKind,
        /// Group id or transactional id.
        key: Arc<str>,
    },
}

/// Whose coordinator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CoordinatorKind {
    /// Key is a group id.
    Group,
    /// Key is a transactional id.
    Transaction,
}

impl NodeRef {
    /// The coordinator of a group.
    pub fn group(id: impl Into<Arc<str>>) -> Self {
        Self::Coordinator { kind: CoordinatorKind::Group, key: id.into() }
    }

    /// The coordinator of a transactional id.
    pub fn transaction(id: impl Into<Arc<str>>) -> Self {
        Self::Coordinator { kind: CoordinatorKind::Transaction, key: id.into() }
    }
}
