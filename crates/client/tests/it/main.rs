//! The client against the embedded broker: every promise under the fault that would break it. Some against Apache
//! Kafka too, which `cargo xtask test` starts.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod abandon;
mod admin_calls;
mod allocations;
mod connections;
mod consumer_faults;
mod consumer_kafka;
mod consumer_log;
mod consumer_memory;
mod consumer_reading;
mod consumer_support;
mod group_rebalance;
mod producer;
mod real_kafka;
mod scripted;
mod support;
