//! What a transform sees: one record with its schemas, headers and origin.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::{Headers, Schema, SourceOffset, SourcePartition, Value};

/// A topic name; cloning counts a reference.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic(Arc<str>);

impl Topic {
    /// The name as given; the broker judges whether it is legal.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shared name.
    #[must_use]
    pub fn shared(&self) -> &Arc<str> {
        &self.0
    }
}

impl Deref for Topic {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl From<&str> for Topic {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

/// A partition of a topic.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TopicPartition {
    /// The topic.
    pub topic: Topic,
    /// The partition, from 0.
    pub partition: i32,
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// Where a record's timestamp comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TimestampType {
    /// The record has none.
    #[default]
    None,
    /// Set by the producer.
    CreateTime,
    /// Set by the broker at append.
    LogAppendTime,
}

impl TimestampType {
    /// Kafka's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NoTimestampType",
            Self::CreateTime => "CreateTime",
            Self::LogAppendTime => "LogAppendTime",
        }
    }
}

/// Where a record comes from. Transforms read it (for error texts) and cannot change it.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// Made by a source task.
    Source {
        /// Which part of the source, e.g. a file.
        partition: SourcePartition,
        /// Where in it the next record starts.
        offset: SourceOffset,
    },
    /// Consumed from Kafka.
    Sink {
        /// The topic partition that was consumed (KIP-793).
        from: TopicPartition,
        /// The consumed offset.
        offset: i64,
        /// Meaning of the timestamp.
        timestamp_type: TimestampType,
    },
}

/// One record on its way through transforms.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The topic it is for (source) or from (sink); a transform may change it.
    pub topic: Topic,
    /// The Kafka partition, `None` when the partitioner chooses.
    pub partition: Option<i32>,
    /// Schema of the key.
    pub key_schema: Option<Schema>,
    /// The key.
    pub key: Value,
    /// Schema of the value.
    pub value_schema: Option<Schema>,
    /// The value.
    pub value: Value,
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
    /// The headers.
    pub headers: Headers,
    /// Where it comes from.
    pub origin: Origin,
}

impl fmt::Display for Record {
    /// Upstream's `toString` of a `SourceRecord` or `SinkRecord`; error texts contain it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::Source { partition, offset } => {
                write!(f, "SourceRecord{{sourcePartition={partition}, sourceOffset=")?;
                match offset.to_map() {
                    Some(map) => write!(f, "{map}}} ")?,
                    None => f.write_str("null} ")?,
                }
            }
            Origin::Sink { from, offset, timestamp_type } => write!(
                f,
                "SinkRecord{{kafkaOffset={offset}, timestampType={}, originalTopic={}, originalKafkaPartition={}, \
                 originalKafkaOffset={offset}}} ",
                timestamp_type.name(),
                from.topic,
                from.partition,
            )?,
        }
        write!(
            f,
            "ConnectRecord{{topic='{}', kafkaPartition={}, key={}, keySchema={}, value={}, valueSchema={}, timestamp={}, headers={}}}",
            self.topic,
            or_null(self.partition),
            self.key.to_java_string(),
            or_null(self.key_schema.as_ref()),
            self.value.to_java_string(),
            or_null(self.value_schema.as_ref()),
            or_null(self.timestamp),
            self.headers,
        )
    }
}

fn or_null(value: Option<impl fmt::Display>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}
