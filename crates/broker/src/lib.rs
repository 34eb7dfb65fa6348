//! Embedded Kafka broker for the quickstart, tests and fault injection; for one machine.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use kconnect_broker::{ApiKey, Broker, ErrorCode};
//!
//! let broker = Broker::builder().start().await?;
//! broker.create_topic("orders", 3)?;
//! broker.faults().on(ApiKey::Produce).topic("orders").times(1).error(ErrorCode::NotLeaderOrFollower);
//! println!("bootstrap.servers={}", broker.bootstrap());
//! broker.shutdown().await;
//! # Ok(()) }
//! ```
//!
//! What it owns: listeners of virtual nodes ([`Broker`]), partition logs, classic groups, committed offsets, producer
//! ids, and the rules of the server side that keep clients honest. What it is not: replicated, secured, or a place for
//! data that must survive the machine. Its codec is the `kafka-protocol` crate and not our own, so that one mistake
//! cannot hide on both sides of a test.
//!
//! ```text
//! listener ─► connection ─► bounded walk ─► decode ─► fault rules ─► handler ─┬─► cluster (one owner: topics, groups)
//!                 ▲                                                            └─► partition logs (beside it)
//!                 └──────────────────── answer, in order ◄────────────────────────┘
//! ```
//!
//! # What a crash leaves
//! With a data folder (`Builder::data_dir`) everything that was acknowledged survives the end of the *process*, at any
//! moment, SIGKILL included: each change is handed to the system in one write before its answer leaves. It does not
//! promise to survive a power cut; only [`Broker::shutdown`] syncs.
//!
//! | cut in the middle of | what is found at the next start |
//! |---|---|
//! | appending a batch | a torn tail of the last segment; length and CRC tell, it is cut off; it was not acknowledged |
//! | beginning a segment | an empty file; it is used |
//! | deleting old segments | some are left below the start offset; deleted with the next deletion |
//! | a journal entry (topic, offsets, group, producer id, leader) | a torn last frame; dropped; it was not acknowledged |
//! | rewriting the journal | the old journal; the unfinished file beside it is overwritten |
//! | creating a topic | folders without a journal entry; removed |
//! | deleting a topic | no journal entry, maybe folders; removed |
//!
//! Producer sequences, leader epochs and indexes have no files: they are rebuilt from the batches. Members of a stable
//! group are journaled, so they go on after a restart; a rebalance that was under way begins anew.
#![forbid(unsafe_code)]

mod batch;
mod broker;
mod cluster;
mod connection;
mod faults;
mod group;
mod handlers;
mod inspect;
mod journal;
mod log;
mod node;
mod null;
mod refuse;
mod settings;
mod shared;
mod topic_config;
mod topics_of;
mod versions;

pub use kafka_protocol::ResponseError as ErrorCode;
pub use kafka_protocol::messages::ApiKey;

pub use crate::broker::{Broker, Builder, StartError};
pub use crate::faults::{FaultHandle, Faults, RequestInfo, Rule};
pub use crate::inspect::{CommittedOffset, GroupState, PartitionOffsets, Record};
