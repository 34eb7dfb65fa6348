//! Connect runtime: herders, workers, stores, error handling, plugin registry.
//!
//! ```text
//! Herder (standalone) ── validates, stores configurations, decides ──► Worker ── runs ──► connectors, tasks
//!        │                                                               │
//!        └── status, topics, offsets (in memory and in a file) ◄─────────┘
//! ```
//! The worker knows life cycles and nothing of where configurations come from; a [`herder::Herder`] knows what shall
//! run and nothing of how. HTTP is `rest`'s business, the Kafka protocol `client`'s, what records mean the plugins'.
#![forbid(unsafe_code)]

pub mod config;
pub mod connector_file;
pub mod herder;
pub mod offset_store;
pub mod pattern;
pub mod preview;
pub mod properties;
pub mod registry;
pub mod runtimes;
pub mod standalone;
pub mod status;
mod watchdog;
pub mod worker;

pub use registry::Registry;
pub use runtimes::{OwnedRuntimes, Runtimes};
pub use standalone::StandaloneHerder;
pub use worker::Worker;
