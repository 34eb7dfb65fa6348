//! The REST server over sockets.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod client;
mod fake;
mod hostile;
mod observed;
mod server;
