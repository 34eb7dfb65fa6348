//! The client against the embedded broker: every promise under the fault that would break it.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod allocations;
mod connections;
mod producer;
mod real_kafka;
mod support;
