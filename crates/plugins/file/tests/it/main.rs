//! The file connectors through the plugin interface, as a worker calls them.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

mod connectors;
mod harness;
mod sink;
mod source;
