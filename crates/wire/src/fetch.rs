//! Fetch responses read in place.
//!
//! [`FetchReader`] walks topics and partitions without allocating: names and aborted transactions are borrowed from
//! the frame, records are slices that share its memory. The value form of the same message is
//! [`FetchResponse`](crate::messages::FetchResponse).
//!
//! ```
//! # use kconnect_wire::fetch::FetchReader;
//! # fn f(frame: &bytes::Bytes) -> Result<(), kconnect_wire::DecodeError> {
//! let mut reader = FetchReader::new(frame, 12, 7)?;
//! while let Some(topic) = reader.next_topic()? {
//!     while let Some(partition) = reader.next_partition()? {
//!         let (_, _, _) = (topic.name, partition.index, partition.records);
//!     }
//! }
//! let end = reader.finish()?;
//! # let _ = end; Ok(()) }
//! ```

use bytes::Bytes;

use crate::codec::{DecodeError, Reader, Uuid};
use crate::frame::decode_response_header;
use crate::messages::{FetchNodeEndpoint, FetchRequest};
use crate::{ErrorCode, Request};

const TOPIC_IDS_FROM: i16 = 13;
const NODE_ENDPOINTS_FROM: i16 = 16;

/// Walks a Fetch response from front to back.
#[derive(Debug)]
pub struct FetchReader<'a> {
    r: Reader<'a>,
    version: i16,
    flexible: bool,
    /// For how long the broker mutes the connection, in milliseconds.
    pub throttle_time_ms: i32,
    /// The error of the whole response.
    pub error_code: ErrorCode,
    /// The fetch session, 0 for none.
    pub session_id: i32,
    topics_left: usize,
    /// Partitions left in the topic that was begun; `None` between topics.
    partitions_left: Option<usize>,
}

/// The start of a topic: its name up to version 12, its id after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchedTopic<'a> {
    /// The name, or empty.
    pub name: &'a str,
    /// The id, or zero.
    pub id: Uuid,
}

/// What a partition returned.
#[derive(Debug, Clone)]
pub struct FetchedPartition<'a> {
    /// The partition.
    pub index: i32,
    /// The error of this partition.
    pub error_code: ErrorCode,
    /// The high watermark.
    pub high_watermark: i64,
    /// The last stable offset, −1 when the version has none.
    pub last_stable_offset: i64,
    /// The first offset of the log, −1 when the version has none.
    pub log_start_offset: i64,
    /// Where the log diverges from what the client fetched: epoch and end offset (F5).
    pub diverging_epoch: Option<(i32, i64)>,
    /// The leader that the broker knows: node and epoch (M6).
    pub current_leader: Option<(i32, i32)>,
    /// The replica to read from, −1 for the leader (F15).
    pub preferred_read_replica: i32,
    /// Aborted transactions among the records.
    pub aborted: Aborted<'a>,
    /// Batches, perhaps cut at the end (B5). Shares the memory of the frame; empty when null.
    pub records: Bytes,
}

/// What follows the last topic.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchEnd {
    /// Addresses of the leaders named by partitions (KIP-951).
    pub node_endpoints: Vec<FetchNodeEndpoint>,
    /// Bytes left over, normally 0. Log once and ignore (W10).
    pub trailing: usize,
}

impl<'a> FetchReader<'a> {
    /// Reads the header and what precedes the first topic.
    pub fn new(frame: &'a Bytes, version: i16, correlation_id: i32) -> Result<Self, DecodeError> {
        let mut r = Reader::new(frame);
        if !(FetchRequest::MIN..=FetchRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        decode_response_header::<FetchRequest>(&mut r, version, correlation_id)?;
        let flexible = FetchRequest::is_flexible(version);
        let throttle_time_ms = r.i32("throttle_time_ms")?;
        let (error_code, session_id) = match version {
            ..7 => (ErrorCode::NONE, 0),
            _ => (r.error_code("error_code")?, r.i32("session_id")?),
        };
        let topics_left = count(&mut r, flexible, 3, "responses")?;
        let partitions_left = None;
        Ok(Self {
            r,
            version,
            flexible,
            throttle_time_ms,
            error_code,
            session_id,
            topics_left,
            partitions_left,
        })
    }

    /// Goes to the next topic, past partitions of the last one that were not read.
    pub fn next_topic(&mut self) -> Result<Option<FetchedTopic<'a>>, DecodeError> {
        while self.next_partition()?.is_some() {}
        let Some(left) = self.topics_left.checked_sub(1) else { return Ok(None) };
        self.topics_left = left;
        let topic = if self.version < TOPIC_IDS_FROM {
            FetchedTopic { name: self.r.str(self.flexible, "topic")?, id: Uuid::ZERO }
        } else {
            FetchedTopic { name: "", id: self.r.uuid("topic_id")? }
        };
        self.partitions_left = Some(count(&mut self.r, self.flexible, 30, "partitions")?);
        Ok(Some(topic))
    }

    /// Reads the next partition of the topic.
    pub fn next_partition(&mut self) -> Result<Option<FetchedPartition<'a>>, DecodeError> {
        let Some(left) = self.partitions_left else { return Ok(None) };
        let Some(left) = left.checked_sub(1) else {
            self.partitions_left = None;
            skip_tags(&mut self.r, self.flexible)?;
            return Ok(None);
        };
        self.partitions_left = Some(left);
        let (version, flexible, r) = (self.version, self.flexible, &mut self.r);
        let mut partition = FetchedPartition {
            index: r.i32("partition_index")?,
            error_code: r.error_code("error_code")?,
            high_watermark: r.i64("high_watermark")?,
            last_stable_offset: r.i64("last_stable_offset")?,
            log_start_offset: if version >= 5 { r.i64("log_start_offset")? } else { -1 },
            aborted: Aborted::decode(r, flexible)?,
            preferred_read_replica: if version >= 11 { r.i32("preferred_read_replica")? } else { -1 },
            records: r.nullable_bytes(flexible, "records")?.unwrap_or_default(),
            diverging_epoch: None,
            current_leader: None,
        };
        if flexible {
            r.tag_section(|r, tag| partition.tag(r, tag))?;
        }
        Ok(Some(partition))
    }

    /// Reads what follows the last topic, past topics that were not read.
    pub fn finish(mut self) -> Result<FetchEnd, DecodeError> {
        while self.next_topic()?.is_some() {}
        let version = self.version;
        let mut node_endpoints = Vec::new();
        if self.flexible {
            self.r.tag_section(|r, tag| {
                match tag {
                    0 if version >= NODE_ENDPOINTS_FROM => {
                        node_endpoints = r.structs(true, 11, version, "node_endpoints")?;
                    }
                    _ => skip(r)?,
                }
                Ok(())
            })?;
        }
        Ok(FetchEnd { node_endpoints, trailing: self.r.remaining() })
    }
}

impl FetchedPartition<'_> {
    fn tag(&mut self, r: &mut Reader<'_>, tag: u32) -> Result<(), DecodeError> {
        match tag {
            0 => {
                self.diverging_epoch =
                    Some((r.i32("epoch")?, r.i64("end_offset")?)).filter(|it| *it != (-1, -1));
                skip_tags(r, true)
            }
            1 => {
                self.current_leader =
                    Some((r.i32("leader_id")?, r.i32("leader_epoch")?)).filter(|it| *it != (-1, -1));
                skip_tags(r, true)
            }
            _ => skip(r),
        }
    }
}

/// The aborted transactions of a partition, in the order of the broker.
///
/// An iterator over `(producer id, first offset)` that reads borrowed bytes; they were checked once already.
#[derive(Debug, Clone)]
pub struct Aborted<'a> {
    r: &'a [u8],
    flexible: bool,
    left: usize,
}

impl<'a> Aborted<'a> {
    fn decode(r: &mut Reader<'a>, flexible: bool) -> Result<Self, DecodeError> {
        const NAME: &str = "aborted_transactions";
        let left = r.array_count(flexible, 16, 0, NAME)?.unwrap_or_default();
        let rest = r.rest();
        let start = r.position();
        for _ in 0..left {
            Self::one(r, flexible)?;
        }
        let size = r.position() - start;
        Ok(Self { r: rest.get(..size).unwrap_or_default(), flexible, left })
    }

    fn one(r: &mut Reader<'_>, flexible: bool) -> Result<(i64, i64), DecodeError> {
        let aborted = (r.i64("producer_id")?, r.i64("first_offset")?);
        skip_tags(r, flexible)?;
        Ok(aborted)
    }
}

impl Iterator for Aborted<'_> {
    type Item = (i64, i64);

    fn next(&mut self) -> Option<(i64, i64)> {
        self.left = self.left.checked_sub(1)?;
        let mut r = Reader::from_slice(self.r);
        let aborted = Self::one(&mut r, self.flexible).ok()?;
        self.r = r.rest();
        Some(aborted)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Aborted<'_> {}

/// The count of an array whose elements are not collected.
fn count(
    r: &mut Reader<'_>,
    flexible: bool,
    element_min: usize,
    field: &'static str,
) -> Result<usize, DecodeError> {
    r.array_count(flexible, element_min, 0, field)?.ok_or_else(|| r.null(field))
}

fn skip_tags(r: &mut Reader<'_>, flexible: bool) -> Result<(), DecodeError> {
    if flexible { r.tag_section(|r, _| skip(r)) } else { Ok(()) }
}

/// Skips the rest of a tagged field.
fn skip(r: &mut Reader<'_>) -> Result<(), DecodeError> {
    r.take(r.remaining(), "tagged fields").map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::encode_response;
    use crate::messages::{
        AbortedTransaction, FetchEpochEndOffset, FetchLeaderIdAndEpoch, FetchPartitionData, FetchResponse,
        FetchableTopicResponse,
    };

    fn partition(index: i32, version: i16) -> FetchPartitionData {
        let mut partition = FetchPartitionData {
            partition_index: index,
            error_code: ErrorCode::NOT_LEADER_OR_FOLLOWER,
            high_watermark: 100,
            last_stable_offset: 90,
            aborted_transactions: Some(vec![
                AbortedTransaction { producer_id: 5, first_offset: 6, ..Default::default() },
                AbortedTransaction { producer_id: 7, first_offset: 8, ..Default::default() },
            ]),
            records: Some(Bytes::from(vec![index as u8; 70])),
            ..Default::default()
        };
        if version >= 12 {
            partition.diverging_epoch = FetchEpochEndOffset { epoch: 3, end_offset: 4, ..Default::default() };
            partition.current_leader =
                FetchLeaderIdAndEpoch { leader_id: 1, leader_epoch: 2, ..Default::default() };
            partition.unknown_tags.push(9, Bytes::from_static(b"new"));
        }
        partition
    }

    fn response(version: i16) -> FetchResponse {
        let topic = |name: &str| FetchableTopicResponse {
            topic: if version < 13 { name.to_owned() } else { String::new() },
            topic_id: if version < 13 { Uuid::ZERO } else { Uuid::from_bytes([name.len() as u8; 16]) },
            partitions: vec![partition(0, version), partition(1, version)],
            ..Default::default()
        };
        let mut response = FetchResponse {
            throttle_time_ms: 1,
            session_id: if version < 7 { 0 } else { 77 },
            responses: vec![topic("a"), topic("bb")],
            ..Default::default()
        };
        if version >= 16 {
            let node = FetchNodeEndpoint { node_id: 1, host: "h".to_owned(), port: 2, ..Default::default() };
            response.node_endpoints = vec![node];
        }
        response
    }

    fn frame(version: i16) -> Bytes {
        encode_response::<FetchRequest>(&response(version), version, 7).unwrap().slice(4..)
    }

    #[test]
    fn the_walk_sees_what_the_value_holds_in_every_version() {
        for version in FetchRequest::MIN..=FetchRequest::MAX {
            let (frame, expected) = (frame(version), response(version));
            let mut reader = FetchReader::new(&frame, version, 7).unwrap();
            assert_eq!((reader.throttle_time_ms, reader.session_id), (1, expected.session_id));
            for wanted in &expected.responses {
                let topic = reader.next_topic().unwrap().unwrap();
                assert_eq!((topic.name, topic.id), (wanted.topic.as_str(), wanted.topic_id));
                for wanted in &wanted.partitions {
                    let found = reader.next_partition().unwrap().unwrap();
                    assert_eq!(found.index, wanted.partition_index);
                    assert_eq!(found.error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER);
                    assert_eq!((found.high_watermark, found.last_stable_offset), (100, 90));
                    assert_eq!(found.aborted.collect::<Vec<_>>(), [(5, 6), (7, 8)]);
                    assert_eq!(Some(found.records), wanted.records);
                    assert_eq!(found.diverging_epoch, (version >= 12).then_some((3, 4)));
                    assert_eq!(found.current_leader, (version >= 12).then_some((1, 2)));
                }
                assert!(reader.next_partition().unwrap().is_none());
            }
            assert!(reader.next_topic().unwrap().is_none());
            let end = reader.finish().unwrap();
            assert_eq!(end, FetchEnd { node_endpoints: expected.node_endpoints, trailing: 0 });
        }
    }

    #[test]
    fn topics_and_partitions_can_be_skipped() {
        for version in FetchRequest::MIN..=FetchRequest::MAX {
            let frame = frame(version);
            let mut reader = FetchReader::new(&frame, version, 7).unwrap();
            reader.next_topic().unwrap();
            reader.next_partition().unwrap();
            assert_eq!(reader.finish().unwrap().trailing, 0, "version {version}");
        }
    }

    #[test]
    fn every_cut_of_a_response_is_an_error() {
        for version in [4, 11, 12, 18] {
            let whole = frame(version);
            for length in 0..whole.len() {
                let cut = whole.slice(..length);
                let walked = FetchReader::new(&cut, version, 7).and_then(FetchReader::finish);
                assert!(walked.is_err(), "version {version}, {length} bytes");
            }
        }
    }

    #[test]
    fn records_share_the_frame() {
        let frame = frame(12);
        let mut reader = FetchReader::new(&frame, 12, 7).unwrap();
        reader.next_topic().unwrap();
        let records = reader.next_partition().unwrap().unwrap().records;
        assert!(frame.as_ptr_range().contains(&records.as_ptr()));
    }
}
