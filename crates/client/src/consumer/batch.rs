//! What a poll returns: records of one partition, decoded when they are looked at.
//!
//! A [`FetchedBatch`] keeps the bytes it came in alive (one frame of the connection, or the decompressed payload)
//! and decodes while it is iterated, in the caller's thread. Keys and values are borrowed; `*_bytes` give them
//! as slices that share the frame. Whoever keeps a few records for long calls [`FetchedBatch::detach`] or
//! [`RecordView::to_owned_record`], or a single small record pins megabytes (F18).

use std::iter::FusedIterator;
use std::ops::Range;

use bytes::Bytes;
use kconnect_wire::records::{self, Batches, DecompressBuffer, RecordSet};

use super::slot::Position;
use crate::{Error, ErrorKind, TopicPartition};

/// Consecutive records of one partition.
#[derive(Debug, Clone)]
pub struct FetchedBatch {
    pub(super) partition: TopicPartition,
    pub(super) segments: Vec<Segment>,
    pub(super) reached: Position,
}

/// A part of one batch of the log.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    /// The batch as it was stored.
    pub(super) stored: Bytes,
    /// The reader, behind what belongs to earlier polls or lies before the position.
    pub(super) set: RecordSet,
    pub(super) take: u32,
    pub(super) timestamp_type: TimestampType,
}

/// Who set the timestamp of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampType {
    /// Records of the oldest format have none.
    None,
    /// The producer.
    CreateTime,
    /// The broker, when it appended the batch.
    LogAppendTime,
}

impl FetchedBatch {
    /// Where the records come from.
    pub fn topic_partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// Name of the topic.
    pub fn topic(&self) -> &str {
        self.partition.topic()
    }

    /// Index of the partition.
    pub fn partition(&self) -> i32 {
        self.partition.partition
    }

    /// The offset to commit once all records of this batch are done (O1). May lie beyond the last record plus
    /// one: compaction, markers and aborted records leave gaps.
    pub fn next_offset(&self) -> i64 {
        self.reached.offset
    }

    /// Epoch of the leader that wrote the last record, to commit beside the offset; -1 when unknown.
    pub fn leader_epoch(&self) -> i32 {
        self.reached.epoch
    }

    /// Most records that the iteration yields; fewer when the first of them lie before the position.
    pub fn record_count_max(&self) -> usize {
        self.segments.iter().map(|segment| segment.take as usize).sum()
    }

    /// The records in order of their offsets. An error is damage that the checksum did not show; nothing
    /// follows it.
    pub fn records(&self) -> Records<'_> {
        Records { segments: self.segments.iter(), current: None }
    }

    /// The same records in memory of their own: keeping this does not keep the frame of the connection.
    pub fn detach(&self) -> FetchedBatch {
        let segments = self.segments.iter().map(Segment::detach).collect();
        FetchedBatch { partition: self.partition.clone(), segments, reached: self.reached }
    }
}

impl<'a> IntoIterator for &'a FetchedBatch {
    type Item = Result<RecordView<'a>, Error>;
    type IntoIter = Records<'a>;

    fn into_iter(self) -> Records<'a> {
        self.records()
    }
}

impl Segment {
    fn detach(&self) -> Segment {
        let stored = Bytes::copy_from_slice(&self.stored);
        let mut scratch = DecompressBuffer::with_limit(self.set.payload().len());
        // What was opened once opens again; were it not so, sharing the frame is still right.
        let Some(Ok(first)) = self.set.clone().next().map(|record| record.map(|record| record.offset)) else {
            return self.clone();
        };
        let reopened = Batches::new(stored.clone()).verify_crc(false).from_offset(first).next();
        let reopened = reopened.and_then(Result::ok).and_then(|batch| batch.decode(&mut scratch).ok());
        let Some(set) = reopened else { return self.clone() };
        Segment { stored, set, ..self.clone() }
    }
}

/// Iterator over the records of a [`FetchedBatch`].
#[derive(Debug)]
pub struct Records<'a> {
    segments: std::slice::Iter<'a, Segment>,
    current: Option<Current<'a>>,
}

#[derive(Debug)]
struct Current<'a> {
    records: records::RecordIter<'a>,
    left: u32,
    timestamp_type: TimestampType,
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<RecordView<'a>, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(current) = &mut self.current
                && current.left > 0
            {
                current.left -= 1;
                let payload = current.records.payload();
                match current.records.next() {
                    Some(Ok(view)) => {
                        let timestamp_type = current.timestamp_type;
                        return Some(Ok(RecordView { view, payload, timestamp_type }));
                    }
                    Some(Err(error)) => return Some(Err(self.damaged(error))),
                    // Records before the position are counted but not yielded.
                    None => current.left = 0,
                }
            }
            let segment = self.segments.next()?;
            let timestamp_type = segment.timestamp_type;
            self.current = Some(Current { records: segment.set.iter(), left: segment.take, timestamp_type });
        }
    }
}

impl FusedIterator for Records<'_> {}

impl Records<'_> {
    #[cold]
    fn damaged(&mut self, error: records::RecordsError) -> Error {
        self.segments = [].iter();
        self.current = None;
        Error::caused_by(
            ErrorKind::Rejected,
            "a record cannot be decoded; seek past its batch to go on",
            error,
        )
    }
}

/// One record, borrowed from its [`FetchedBatch`].
#[derive(Debug, Clone, Copy)]
pub struct RecordView<'a> {
    view: records::RecordView<'a>,
    payload: &'a Bytes,
    timestamp_type: TimestampType,
}

impl<'a> RecordView<'a> {
    /// Offset in the partition.
    #[inline]
    pub fn offset(&self) -> i64 {
        self.view.offset
    }

    /// Milliseconds since 1970, -1 for none.
    #[inline]
    pub fn timestamp(&self) -> i64 {
        self.view.timestamp
    }

    /// Who set the timestamp.
    #[inline]
    pub fn timestamp_type(&self) -> TimestampType {
        self.timestamp_type
    }

    /// The key; `None` is null, which is not the empty key.
    #[inline]
    pub fn key(&self) -> Option<&'a [u8]> {
        self.view.key
    }

    /// The value; `None` is null.
    #[inline]
    pub fn value(&self) -> Option<&'a [u8]> {
        self.view.value
    }

    /// The bytes that [`key_range`](Self::key_range) and [`value_range`](Self::value_range) refer to, shared by
    /// all records of one stored batch.
    #[inline]
    pub fn payload(&self) -> &'a Bytes {
        self.payload
    }

    /// Where the key lies in the payload.
    #[inline]
    pub fn key_range(&self) -> Option<Range<usize>> {
        self.view.key_range()
    }

    /// Where the value lies in the payload.
    #[inline]
    pub fn value_range(&self) -> Option<Range<usize>> {
        self.view.value_range()
    }

    /// The key as a slice that keeps the payload alive.
    #[inline]
    pub fn key_bytes(&self) -> Option<Bytes> {
        self.view.key_range().map(|range| self.payload.slice(range))
    }

    /// The value as a slice that keeps the payload alive.
    #[inline]
    pub fn value_bytes(&self) -> Option<Bytes> {
        self.view.value_range().map(|range| self.payload.slice(range))
    }

    /// The headers in order; keys may repeat (B1).
    #[inline]
    pub fn headers(&self) -> records::Headers<'a> {
        self.view.headers()
    }

    /// A copy that keeps nothing else alive.
    pub fn to_owned_record(&self) -> OwnedRecord {
        OwnedRecord {
            offset: self.offset(),
            timestamp: self.timestamp(),
            timestamp_type: self.timestamp_type,
            key: self.key().map(Bytes::copy_from_slice),
            value: self.value().map(Bytes::copy_from_slice),
            headers: self
                .headers()
                .map(|h| (String::from_utf8_lossy(h.key).into_owned(), h.value.map(Bytes::copy_from_slice)))
                .collect(),
        }
    }
}

/// A record with memory of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedRecord {
    /// Offset in the partition.
    pub offset: i64,
    /// Milliseconds since 1970, -1 for none.
    pub timestamp: i64,
    /// Who set the timestamp.
    pub timestamp_type: TimestampType,
    /// The key; `None` is null.
    pub key: Option<Bytes>,
    /// The value; `None` is null.
    pub value: Option<Bytes>,
    /// Headers in order. Keys are UTF-8 by definition; what is not is replaced.
    pub headers: Vec<(String, Option<Bytes>)>,
}
