//! The producer: records in, results per batch out.
//!
//! ```text
//! append() --> lane of the partition --> driver of the leader's connection --> broker
//!   sync, one lock   (encoded once)         one task, at most one batch per partition and request
//! Acks <------- results in append order per partition <-------- answers
//! ```
//! [`Producer::append`] writes the record once, in its final bytes, into the open batch of its partition; nothing
//! is allocated, sent through a channel or awaited per record (R1). A batch is closed when it is full, when
//! linger ends, on flush, on close, and when somebody waits for memory. An application that is faster than its broker is
//! held back before it fills the memory ([`pace`]). The lane ([`lane`]) decides order, sequences, retries
//! and expiry as a synchronous state machine; a driver ([`driver`]) moves bytes; the supervisor ([`supervisor`])
//! gets the producer id and watches leaders. Results come per batch through [`Acks`] with one 8-byte cookie per
//! record, in append order; [`Producer::send`] is the convenience for one record.
//!
//! Not here: how a record's value came to be, transactions (yet), what a result means for source offsets.

mod ack;
mod batch;
mod compressors;
mod config;
mod core;
mod driver;
mod flush;
mod identity;
mod lane;
mod memory;
pub mod murmur2;
mod pace;
mod supervisor;
mod topic;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use kconnect_wire::records::SealedBatch;
use tokio::sync::oneshot;

pub use ack::{Ack, Acks, RecordMetadata};
pub use config::{PRODUCER_KEYS, Partitioner, ProducerConfig, RequiredAcks};
pub use kconnect_wire::records::RecordHeader;

use self::core::Core;
use crate::net::backoff::now;
use crate::{Client, Error, ErrorKind};

/// The cookie of records of [`Producer::send`], which have a future instead.
pub const NO_COOKIE: u64 = u64::MAX;

/// Sends records. Clones are the same producer. Dropping the last one without [`Producer::close`] still delivers
/// what was appended.
#[derive(Clone)]
pub struct Producer {
    core: Arc<Core>,
    _last: Arc<LastHandle>,
}

/// A topic that was looked up; cheap to clone, valid for the life of its producer.
#[derive(Clone)]
pub struct TopicHandle(Arc<topic::Topic>);

/// One record, borrowed: it is encoded before [`Producer::append`] returns.
#[derive(Debug, Clone, Copy, Default)]
pub struct Record<'a> {
    /// Milliseconds since 1970. `None` is the present, read from the clock at the first record of each batch and
    /// every sixteenth after it, so it lags by less than the linger time.
    pub timestamp: Option<i64>,
    /// The key; an empty one is a key (P8).
    pub key: Option<&'a [u8]>,
    /// The value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Headers in order; keys may repeat.
    pub headers: &'a [RecordHeader<'a>],
}

/// Why a record was not taken. Nothing of it was kept.
#[derive(Debug, Clone)]
pub enum AppendError {
    /// `buffer.memory` is used up, or for a few milliseconds the partition's broker has to catch up: wait for [`Producer::ready`], receive results, try again.
    Full,
    /// The record can never be sent with these settings.
    TooLarge {
        /// Its encoded size, at most.
        size: usize,
        /// The limit it exceeds (`max.request.size`, or `buffer.memory` if that is less).
        limit: usize,
    },
    /// The topic has no such partition.
    UnknownPartition,
    /// The producer takes no more records.
    Failed(Error),
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the producer's buffer.memory is used up"),
            Self::TooLarge { size, limit } => write!(
                f,
                "a record of {size} bytes is larger than the producer sends ({limit}, set by max.request.size and buffer.memory)"
            ),
            Self::UnknownPartition => f.write_str("the topic has no such partition"),
            Self::Failed(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for AppendError {}

impl From<AppendError> for Error {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Failed(error) => error,
            AppendError::Full => Error::new(ErrorKind::Timeout, error.to_string()),
            AppendError::TooLarge { .. } => Error::new(ErrorKind::RecordTooLarge, error.to_string()),
            AppendError::UnknownPartition => Error::new(ErrorKind::UnknownTopic, error.to_string()),
        }
    }
}

/// A record batch in its wire form, for example fetched from another cluster. It is sent without being decoded.
#[derive(Debug)]
pub struct RawBatch(Option<SealedBatch>);

impl RawBatch {
    /// Checks one encoded batch, its checksum included. An error of kind `Rejected` says why a broker would refuse
    /// it from a producer (old format, compacted, a marker): append its records one by one then.
    pub fn from_encoded(batch: Bytes) -> Result<Self, Error> {
        match SealedBatch::from_encoded(batch) {
            Ok(sealed) => Ok(Self(Some(sealed))),
            Err(error) => {
                Err(Error::caused_by(ErrorKind::Rejected, "the batch cannot be produced as it is", error))
            }
        }
    }

    /// Records in the batch.
    pub fn record_count(&self) -> u32 {
        self.0.as_ref().map_or(0, SealedBatch::record_count)
    }
}

/// What [`Producer::close`] left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseOutcome {
    /// Batches that had no result when the time was over. Each got one through [`Acks`]: "not written" when no
    /// attempt was made or all were refused, `MaybeWritten` otherwise (P13).
    pub unfinished_batches: usize,
}

impl Producer {
    /// A producer on the cluster of `client`, under the client's name. Must be called inside a tokio runtime.
    /// Connects when there is something to send.
    pub fn start(client: &Client, config: ProducerConfig) -> Result<(Self, Acks), Error> {
        if config.idempotent && (config.acks != RequiredAcks::All || config.max_in_flight > 5) {
            return Err(Error::new(
                ErrorKind::Config,
                "an idempotent producer needs acks=all and at most 5 in flight",
            ));
        }
        let core = Arc::new(Core::new(client.clone(), config));
        core.scope.spawn(|stop| supervisor::run(core.clone(), stop));
        let acks = Acks { queue: core.acks.clone(), memory: core.memory.clone() };
        let last = Arc::new(LastHandle(core.clone()));
        Ok((Self { core, _last: last }, acks))
    }

    /// Looks a topic up, waiting up to `max.block.ms` for it to be known. May be dropped at any time.
    pub async fn topic(&self, name: &str) -> Result<TopicHandle, Error> {
        if let Some(topic) = self.core.known_topic(name).filter(|topic| topic.count() > 0) {
            return Ok(TopicHandle(topic));
        }
        let deadline = now() + self.core.config.max_block;
        let metadata = self.core.client.metadata().ensure(&[name], deadline).await?;
        let Some(metadata) = metadata.into_iter().next() else {
            return Err(Error::new(ErrorKind::UnknownTopic, format!("topic {name} is not known")));
        };
        if metadata.partitions.is_empty() {
            return Err(Error::new(ErrorKind::UnknownTopic, format!("topic {name} has no partitions")));
        }
        let topic = self.core.intern(&metadata.name);
        topic.update(&metadata, |_, _| {});
        Ok(TopicHandle(topic))
    }

    /// Takes a record. Never waits for the network or for memory; may compress a full batch in this thread.
    ///
    /// Without `partition` the key decides, and without a key the sticky partitioner. `cookie` comes back with the
    /// result, in append order within the partition.
    #[inline]
    pub fn append(
        &self,
        topic: &TopicHandle,
        partition: Option<i32>,
        record: Record<'_>,
        cookie: u64,
    ) -> Result<(), AppendError> {
        self.core.append(&topic.0, partition, record, cookie, None)
    }

    /// Takes a batch that is encoded already, behind everything appended to its partition before. Its one cookie
    /// stands for all its records. After [`AppendError::Full`] the batch is still in `batch` and may be tried again.
    pub fn append_batch(
        &self,
        topic: &TopicHandle,
        partition: i32,
        batch: &mut RawBatch,
        cookie: u64,
    ) -> Result<(), AppendError> {
        self.core.append_sealed(&topic.0, partition, &mut batch.0, cookie)
    }

    /// Waits until there is memory for another batch, and no broker has to catch up; while there is no memory nothing
    /// lingers. The caller bounds the time
    /// (`max.block.ms`). May be dropped at any time.
    pub async fn ready(&self) {
        self.core.pace.eased().await;
        self.core.memory.ready(|| self.core.wake_all()).await;
    }

    /// Takes one record and waits for its result: memory for up to `max.block.ms`, then the delivery. Dropping the
    /// future does not take the record back (P12).
    pub async fn send(
        &self,
        topic: &TopicHandle,
        partition: Option<i32>,
        record: Record<'_>,
    ) -> Result<RecordMetadata, Error> {
        let deadline = now() + self.core.config.max_block;
        let answer = loop {
            let (reply, answer) = oneshot::channel();
            match self.core.append(&topic.0, partition, record, NO_COOKIE, Some(reply)) {
                Ok(()) => break answer,
                Err(AppendError::Full) => {
                    let ready = tokio::time::timeout_at(deadline.into(), self.ready()).await;
                    ready.map_err(|_| Error::from(AppendError::Full))?;
                }
                Err(error) => return Err(error.into()),
            }
        };
        answer.await.unwrap_or_else(|_| Err(self::core::closed()))
    }

    /// Waits until everything appended before has its result (P5); the results are in [`Acks`] then. May be
    /// dropped at any time.
    pub async fn flush(&self) -> Result<(), Error> {
        let generation = self.core.generations.end_present();
        self.core.seal_all();
        self.core.generations.finished(generation).await;
        Ok(())
    }

    /// Takes no more records, delivers what there is for at most `timeout`, then fails the rest by its history
    /// (P13) and ends. Every record has its result afterwards.
    pub async fn close(&self, timeout: Duration) -> CloseOutcome {
        self.core.closed.store(true, Ordering::Relaxed);
        let deadline = now() + timeout;
        let _ = tokio::time::timeout_at(deadline.into(), self.flush()).await;
        let unfinished_batches = self.core.generations.unfinished();
        // First the drivers: what they have on the wire comes back to the lanes with its history.
        self.core.scope.shutdown(now() + SHUTDOWN).await;
        self.core.fail_all(&self::core::closed());
        self.core.acks.end();
        CloseOutcome { unfinished_batches }
    }

    /// Partitions of a topic as far as known.
    pub fn partition_count(&self, topic: &TopicHandle) -> u32 {
        topic.0.count()
    }
}

/// How long tasks may take to notice that they should end; they wait for nothing else.
const SHUTDOWN: Duration = Duration::from_secs(5);

impl TopicHandle {
    /// The topic's name.
    pub fn name(&self) -> &Arc<str> {
        &self.0.name
    }

    /// Partitions as far as known; only grows.
    pub fn partition_count(&self) -> u32 {
        self.0.count()
    }
}

/// Ends the producer in the background when the last handle goes.
struct LastHandle(Arc<Core>);

impl Drop for LastHandle {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Relaxed);
        self.0.abandoned.store(true, Ordering::Relaxed);
        self.0.seal_all();
        self.0.attention.notify_one();
    }
}
