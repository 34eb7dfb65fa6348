//! Produce requests without a copy of the records.
//!
//! A request is written as a list of parts for a vectored write: short runs of header bytes that share one scratch
//! buffer, and between them the batches as the producer sealed them.
//!
//! ```text
//! [length, header, topic, partition] [batch] [partition] [batch] [topic, partition] [batch] [tags]
//! ```
//! The value form of the same message is [`ProduceRequest`].

use bytes::{Bytes, BytesMut};

use crate::codec::{EncodeError, Uuid, Writer};
use crate::frame::encode_request_header;
use crate::messages::ProduceRequest;
use crate::{Request, TaggedFields};

/// The first version that names topics by their id (KIP-516).
const TOPIC_IDS_FROM: i16 = 13;

/// What a Produce request says apart from its batches.
#[derive(Debug, Clone, Copy)]
pub struct ProduceHead<'a> {
    /// The version of the request.
    pub version: i16,
    /// Repeated in the response.
    pub correlation_id: i32,
    /// How the client calls itself.
    pub client_id: Option<&'a str>,
    /// The transactional id of a transactional producer.
    pub transactional_id: Option<&'a str>,
    /// How many replicas must have the batches: 0, 1, or −1 for all in sync. With 0 there is no response (W5).
    pub acks: i16,
    /// How long the broker may wait for the replicas, in milliseconds.
    pub timeout_ms: i32,
}

/// A sealed batch and where it goes.
#[derive(Debug, Clone)]
pub struct ProduceBatch<'a> {
    /// The topic; used up to version 12.
    pub topic: &'a str,
    /// The id of the topic; used from version 13 on, where it must not be zero (W16).
    pub topic_id: Uuid,
    /// The partition.
    pub partition: i32,
    /// The batch in its final bytes.
    pub records: Bytes,
}

impl ProduceBatch<'_> {
    fn same_topic(&self, other: &Self) -> bool {
        self.topic_id == other.topic_id && self.topic == other.topic
    }
}

/// Writes a Produce request as parts and returns its size in bytes, the length in front included.
///
/// Batches of one topic must stand together, and a partition may occur once. `scratch` is the buffer for what is not
/// records; given again when the parts of the last request are gone, its memory is used again. The parts are
/// appended to `parts`; after an error nothing was appended.
pub fn produce_parts(
    head: &ProduceHead<'_>,
    batches: &[ProduceBatch<'_>],
    scratch: &mut BytesMut,
    parts: &mut Vec<Bytes>,
) -> Result<usize, EncodeError> {
    scratch.clear();
    let mut w = Writer::from_buf(std::mem::take(scratch));
    let mut cuts = Vec::with_capacity(batches.len());
    let written = write(head, batches, &mut w, &mut cuts);
    let records: usize = batches.iter().map(|batch| batch.records.len()).sum();
    let length = w.len().saturating_sub(4) + records;
    let outcome = written
        .and_then(|()| i32::try_from(length).map_err(|_| EncodeError::TooLong { field: "frame", length }));
    match outcome {
        Ok(short) => w.patch_i32(0, short),
        Err(error) => {
            *scratch = w.into_buf();
            return Err(error);
        }
    }
    *scratch = w.into_buf();
    let mut from = 0;
    for (batch, cut) in batches.iter().zip(cuts) {
        parts.push(scratch.split_to(cut - from).freeze());
        parts.push(batch.records.clone());
        from = cut;
    }
    if !scratch.is_empty() {
        parts.push(scratch.split().freeze());
    }
    Ok(length + 4)
}

/// Writes all but the records; `cuts` gets the positions where they belong.
fn write(
    head: &ProduceHead<'_>,
    batches: &[ProduceBatch<'_>],
    w: &mut Writer,
    cuts: &mut Vec<usize>,
) -> Result<(), EncodeError> {
    let version = head.version;
    if !(ProduceRequest::MIN..=ProduceRequest::MAX).contains(&version) {
        return Err(EncodeError::Version { message: "ProduceRequest", version });
    }
    let flexible = ProduceRequest::is_flexible(version);
    w.i32(0);
    encode_request_header::<ProduceRequest>(version, head.correlation_id, head.client_id, w)?;
    w.nullable_string(flexible, head.transactional_id, "transactional_id")?;
    w.i16(head.acks);
    w.i32(head.timeout_ms);
    let topics = batches.chunk_by(ProduceBatch::same_topic);
    w.length(flexible, Some(topics.clone().count()), "topic_data")?;
    for topic in topics {
        let Some(first) = topic.first() else { continue };
        if version < TOPIC_IDS_FROM {
            w.string(flexible, first.topic, "name")?;
        } else if first.topic_id.is_zero() {
            return Err(EncodeError::Null { field: "topic_id", version });
        } else {
            w.uuid(first.topic_id);
        }
        w.length(flexible, Some(topic.len()), "partition_data")?;
        for batch in topic {
            w.i32(batch.partition);
            w.length(flexible, Some(batch.records.len()), "records")?;
            cuts.push(w.len());
            no_tags(flexible, version, w)?;
        }
        no_tags(flexible, version, w)?;
    }
    no_tags(flexible, version, w)
}

fn no_tags(flexible: bool, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
    TaggedFields::default().encode(flexible, version, w)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode_request;
    use crate::messages::{PartitionProduceData, TopicProduceData};

    fn head(version: i16) -> ProduceHead<'static> {
        ProduceHead {
            version,
            correlation_id: 9,
            client_id: Some("me"),
            transactional_id: Some("tx"),
            acks: -1,
            timeout_ms: 30_000,
        }
    }

    fn batch(topic: &'static str, partition: i32, size: usize) -> ProduceBatch<'static> {
        let id = if topic.is_empty() { Uuid::ZERO } else { Uuid::from_bytes([topic.as_bytes()[0]; 16]) };
        ProduceBatch { topic, topic_id: id, partition, records: Bytes::from(vec![partition as u8; size]) }
    }

    /// The same request as a value.
    fn value(version: i16, batches: &[ProduceBatch<'_>]) -> ProduceRequest {
        let topic = |group: &[ProduceBatch<'_>]| TopicProduceData {
            name: if version < 13 { group[0].topic.to_owned() } else { String::new() },
            topic_id: if version < 13 { Uuid::ZERO } else { group[0].topic_id },
            partition_data: group
                .iter()
                .map(|batch| PartitionProduceData {
                    index: batch.partition,
                    records: Some(batch.records.clone()),
                    ..Default::default()
                })
                .collect(),
            ..Default::default()
        };
        ProduceRequest {
            transactional_id: Some("tx".to_owned()),
            acks: -1,
            timeout_ms: 30_000,
            topic_data: batches.chunk_by(ProduceBatch::same_topic).map(topic).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn parts_joined_are_the_request_in_every_version() {
        let rows: [&[ProduceBatch<'_>]; 4] = [
            &[],
            &[batch("a", 0, 61)],
            &[batch("a", 0, 200), batch("a", 1, 0), batch("b", 0, 20_000)],
            &[batch("a", 3, 1), batch("b", 2, 2), batch("c", 1, 3), batch("c", 0, 4)],
        ];
        let mut scratch = BytesMut::new();
        for version in ProduceRequest::MIN..=ProduceRequest::MAX {
            for batches in rows {
                let mut parts = Vec::new();
                let size = produce_parts(&head(version), batches, &mut scratch, &mut parts).unwrap();
                let whole = encode_request(&value(version, batches), version, 9, Some("me")).unwrap();
                assert_eq!(parts.concat(), whole, "version {version}");
                assert_eq!(size, whole.len());
            }
        }
    }

    #[test]
    fn records_are_not_copied() {
        let batches = [batch("a", 0, 100)];
        let mut parts = Vec::new();
        produce_parts(&head(9), &batches, &mut BytesMut::new(), &mut parts).unwrap();
        assert_eq!(parts[1].as_ptr(), batches[0].records.as_ptr());
    }

    #[test]
    fn the_scratch_buffer_is_used_again() {
        let mut scratch = BytesMut::with_capacity(4096);
        let place = scratch.as_ptr() as usize;
        for _ in 0..100 {
            let mut parts = Vec::new();
            produce_parts(&head(9), &[batch("a", 0, 100)], &mut scratch, &mut parts).unwrap();
            drop(parts);
            scratch.reserve(2048);
        }
        assert!((place..place + 4096).contains(&(scratch.as_ptr() as usize)));
    }

    #[test]
    fn w16_a_zero_topic_id_is_not_sent() {
        let nameless = ProduceBatch { topic_id: Uuid::ZERO, ..batch("a", 0, 1) };
        let mut parts = Vec::new();
        let error = produce_parts(&head(13), &[nameless], &mut BytesMut::new(), &mut parts).unwrap_err();
        assert_eq!(error, EncodeError::Null { field: "topic_id", version: 13 });
        assert!(parts.is_empty());
    }
}
