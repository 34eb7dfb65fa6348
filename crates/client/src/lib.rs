//! Kafka client: connections, producer, consumer, groups, admin.
//!
//! A [`Client`] is one cluster seen with one set of credentials: it keeps the metadata, finds brokers and
//! carries requests ([`Client::request`]). A [`Producer`](producer::Producer) takes records and answers per
//! batch. Everything that waits takes a deadline, everything that can fail returns an [`Error`] named by what
//! the caller does next, and an outcome that nobody can know is [`ErrorKind::MaybeWritten`].
//!
//! This crate has never heard of connectors or converters; protocol bytes are `kconnect-wire`'s business.
#![forbid(unsafe_code)]

pub mod admin;
mod client;
pub mod config;
pub mod consumer;
mod error;
pub mod group;
mod logger;
pub mod metadata;
pub mod net;
pub mod producer;
mod scope;

pub use client::Client;
pub use config::{ClientConfig, ConfigError};
pub use consumer::TopicPartition;
pub use error::{Error, ErrorKind};
pub use net::{CoordinatorKind, NodeRef, Purpose};
