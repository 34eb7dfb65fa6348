//! Memory that a consumer shares with others: the buffers of one task, say.
//!
//! A consumer's own bound (`fetch_budget`) ends when the application has taken the records. An account goes on until
//! the last slice of a buffer is dropped, whoever holds it, and a consumer with an account asks it before it fetches.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A limit in bytes for the buffers of everyone who charges it. How a consumer keeps it is told at
/// [`Consumer::start_charging`](super::Consumer::start_charging).
pub trait Account: fmt::Debug + Send + Sync {
    /// The limit in bytes.
    fn limit(&self) -> usize;

    /// Bytes charged at the moment, by everyone.
    fn used(&self) -> usize;

    /// Charges the bytes, whether there is room for them or not: they are there already.
    fn charge(&self, bytes: usize) -> Box<dyn Charge>;

    /// Charges the bytes if the limit is kept with them. When two ask for the last room at once, one gets it.
    fn try_charge(&self, bytes: usize) -> Option<Box<dyn Charge>>;

    /// Calls `hook` after every release, until the returned value is dropped.
    fn on_release(&self, hook: Arc<dyn Fn() + Send + Sync>) -> Box<dyn Any + Send + Sync>;
}

/// Some bytes of an [`Account`], given back when dropped.
pub trait Charge: fmt::Debug + Send + Sync {
    /// Charges this many bytes instead, whether there is room for more or not.
    fn resize(&mut self, bytes: usize);
}
