//! The REST server over sockets.
#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod client;
mod fake;
mod hostile;
mod observed;
mod preview;
mod server;
