//! A record as it was before any step, in memory of its own: what is reported and put into the dead-letter queue.

use std::sync::Arc;

use bytes::Bytes;
use kconnect_api::Topic;
use kconnect_client::consumer::{RecordView, TimestampType};

/// A record for a report.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Letter {
    pub(crate) place: Place,
    /// Milliseconds since the epoch; negative for none.
    pub(crate) timestamp: i64,
    pub(crate) key: Option<Bytes>,
    pub(crate) value: Option<Bytes>,
    pub(crate) headers: Vec<(Bytes, Option<Bytes>)>,
}

/// Where a record came from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// From Kafka.
    Consumed {
        topic: Arc<str>,
        partition: i32,
        offset: i64,
        /// `CreateTime`, `LogAppendTime`; `None` for records without a timestamp.
        timestamp_type: Option<&'static str>,
    },
    /// From elsewhere, on its way to `topic`. Partition and offset of the source as JSON.
    Source { topic: Arc<str>, partition: String, offset: Option<String> },
}

impl Place {
    /// Which record it is, for an error.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Consumed { topic, partition, offset, .. } => format!("{topic}-{partition}-{offset}"),
            Self::Source { topic, partition, offset } => {
                let offset = offset.as_deref().unwrap_or("none");
                format!("for {topic} from source partition {partition}, offset {offset}")
            }
        }
    }
}

impl Letter {
    /// A consumed record.
    pub(crate) fn consumed(topic: &Topic, partition: i32, view: &RecordView<'_>) -> Self {
        Self::shared(topic, partition, view).detach()
    }

    /// A consumed record whose bytes are those of its batch.
    pub(crate) fn shared(topic: &Topic, partition: i32, view: &RecordView<'_>) -> Self {
        let copied = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
        Self {
            place: Place::Consumed {
                topic: Arc::clone(topic.shared()),
                partition,
                offset: view.offset(),
                timestamp_type: match view.timestamp_type() {
                    TimestampType::None => None,
                    TimestampType::CreateTime => Some("CreateTime"),
                    TimestampType::LogAppendTime => Some("LogAppendTime"),
                },
            },
            timestamp: view.timestamp(),
            key: view.key_bytes(),
            value: view.value_bytes(),
            headers: view.headers().map(|header| (copied(header.key), header.value.map(copied))).collect(),
        }
    }

    /// The same in memory of its own, so that a batch does not live as long as a letter.
    pub(crate) fn detach(&self) -> Self {
        let own = |bytes: &Option<Bytes>| bytes.as_deref().map(Bytes::copy_from_slice);
        Self { key: own(&self.key), value: own(&self.value), ..self.clone() }
    }

    /// As upstream's log shows a consumed record.
    pub(crate) fn describe(&self) -> String {
        match &self.place {
            Place::Consumed { topic, partition, offset, timestamp_type: Some(kind) } => format!(
                "{{topic='{topic}', partition={partition}, offset={offset}, timestamp={}, timestampType={kind}}}",
                self.timestamp
            ),
            Place::Consumed { topic, partition, offset, timestamp_type: None } => {
                format!("{{topic='{topic}', partition={partition}, offset={offset}}}")
            }
            source @ Place::Source { .. } => source.name(),
        }
    }
}
