//! What tests share: skipping honestly, programs as processes, real Kafka. Only ever a dev-dependency.
#![forbid(unsafe_code)]

mod kafka;
mod process;
mod skip;
mod wait;

pub use kafka::{RealKafka, java_tool, kafka_libs_or_skip};
pub use process::{Http, Program, command, http, wait_for_http};
pub use skip::{skip, skip_unless_allowed};
pub use wait::{eventually, eventually_async};
