//! The client against the embedded broker: every promise under the fault that would break it.

mod connections;
mod producer;
mod real_kafka;
mod support;
