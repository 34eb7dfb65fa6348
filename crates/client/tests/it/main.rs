//! The client against the embedded broker: every promise under the fault that would break it.

mod producer;
mod support;
