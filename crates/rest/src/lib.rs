//! REST API of a worker, as Kafka Connect answers it: routes, JSON, the table from errors to statuses.
//!
//! ```text
//! listener ─► connection (timed.rs) ─► service.rs: limits, CORS, headers, log ─► exchange.rs: path, media types
//!                                                     ─► router.rs: resource, method ─► routes/*: herder ─► reply.rs
//! ```
//! [`RestServer::bind`] comes before the herder exists: until [`RestServer::install`], `/health` says `starting` and
//! everything else is 503. Only this crate knows HTTP statuses and JSON; what a request means is decided by the
//! `Herder` of `kconnect-connect`.
//!
//! Not obvious:
//! - Malformed or unfitting JSON is 500, not 400, since upstream's clients and tests expect it (`bind.rs`).
//! - A wrong `Content-Type` is 415 for requests without a body too (`media.rs`).
//! - Answers given before a resource was matched have no `Content-Type`.
#![forbid(unsafe_code)]

mod bind;
mod config;
mod cors;
mod crowd;
mod date;
mod entities;
mod error;
mod exchange;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod json;
mod listener;
mod media;
mod reply;
mod router;
mod routes;
mod rules;
mod server;
mod service;
mod timed;
mod write;

pub use config::{RestConfig, RestConfigError};
pub use listener::BindError;
pub use server::RestServer;

/// The logger of the class that this crate replaces.
const TARGET: &str = "org.apache.kafka.connect.runtime.rest.RestServer";
