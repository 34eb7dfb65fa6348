//! Produce in the null mode: of each batch only the header is read, its records are never copied out of the socket.
//!
//! The request is walked field by field as its bytes arrive. Answers are sent when there is nothing to read, so that
//! requests that came together are answered together.

use std::io;
use std::sync::atomic::Ordering;

use bytes::{Buf, BytesMut};
use kafka_protocol::messages::ApiKey;
use kconnect_wire::messages::{
    PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceResponse,
};
use kconnect_wire::{Request, Uuid, frame};

use super::flush;
use crate::batch::{self, BatchHeader};
use crate::connection::{Connection, End};

/// Read at once when a field is missing. Whatever is behind it is copied in vain.
const READ_SIZE: usize = 1024;
/// The first version that has topic ids instead of names.
const TOPIC_IDS_FROM: i16 = 13;
const NAME_MAX: usize = i16::MAX as usize;

/// Acknowledges one request of `length` bytes, of which the first are buffered.
pub(super) async fn produce(
    connection: &mut Connection<'_>,
    length: usize,
    answers: &mut BytesMut,
) -> Result<(), End> {
    connection.shared.stats.count_only(ApiKey::Produce);
    let mut walk = Walk { connection, answers, left: length, acks: 0 };
    let (version, correlation_id, responses) = walk.request().await?;
    if walk.left != 0 {
        return Err(End::Broken(format!("{} bytes follow a Produce request", walk.left))); // W10
    }
    if walk.acks != 0 {
        let response = ProduceResponse { responses, ..ProduceResponse::default() };
        let frame = frame::encode_response::<ProduceRequest>(&response, version, correlation_id);
        answers.extend_from_slice(&frame.map_err(|e| End::Broken(e.to_string()))?);
    }
    Ok(())
}

struct Walk<'a, 'c> {
    connection: &'a mut Connection<'c>,
    answers: &'a mut BytesMut,
    /// Bytes of the request that were not walked over.
    left: usize,
    acks: i16,
}

impl Walk<'_, '_> {
    async fn request(&mut self) -> Result<(i16, i32, Vec<TopicProduceResponse>), End> {
        let _key = self.i16().await?;
        let version = self.i16().await?;
        if !(ProduceRequest::MIN..=ProduceRequest::MAX).contains(&version) {
            return Err(End::Broken(format!("Produce version {version} is not supported")));
        }
        let flexible = ProduceRequest::is_flexible(version);
        let correlation_id = self.i32().await?;
        self.name(false).await?; // The client's id is never compact.
        self.tags(flexible).await?;
        self.name(flexible).await?; // transactional id
        self.acks = self.i16().await?;
        self.i32().await?; // timeout
        let mut topics = Vec::new();
        for _ in 0..self.length(flexible).await?.unwrap_or(0) {
            topics.push(self.topic(version, flexible).await?);
        }
        self.tags(flexible).await?;
        Ok((version, correlation_id, topics))
    }

    async fn topic(&mut self, version: i16, flexible: bool) -> Result<TopicProduceResponse, End> {
        let mut topic = TopicProduceResponse::default();
        if version >= TOPIC_IDS_FROM {
            topic.topic_id = Uuid::from_bytes(self.array().await?);
        } else {
            topic.name = self.name(flexible).await?;
        }
        for _ in 0..self.length(flexible).await?.unwrap_or(0) {
            let index = self.i32().await?;
            let count = self.records(flexible).await?;
            self.tags(flexible).await?;
            topic.partition_responses.push(PartitionProduceResponse {
                index,
                // All partitions of the broker share one row of offsets: they go on, and nothing has to be looked up.
                base_offset: self.connection.shared.null_offset.fetch_add(count, Ordering::Relaxed),
                log_append_time_ms: -1,
                ..PartitionProduceResponse::default()
            });
        }
        self.tags(flexible).await?;
        Ok(topic)
    }

    /// How many offsets a batch takes: as many as its header announces records, and none without an answer.
    async fn records(&mut self, flexible: bool) -> Result<i64, End> {
        let length = self.length(flexible).await?.unwrap_or(0);
        if length < batch::HEADER {
            self.skip(length).await?;
            return Ok(0);
        }
        let header: [u8; batch::HEADER] = self.array().await?;
        self.skip(length - batch::HEADER).await?;
        let header = BatchHeader::parse(&header).filter(|_| self.acks != 0);
        Ok(header.map_or(0, |header| i64::from(header.count.max(0))))
    }

    async fn tags(&mut self, flexible: bool) -> Result<(), End> {
        if flexible {
            for _ in 0..self.uvarint().await? {
                self.uvarint().await?;
                let length = self.uvarint().await?;
                self.skip(length as usize).await?;
            }
        }
        Ok(())
    }

    /// A name; nothing if it is null.
    async fn name(&mut self, flexible: bool) -> Result<String, End> {
        let length = match flexible {
            true => self.length(true).await?.unwrap_or(0),
            false => usize::try_from(self.i16().await?).unwrap_or(0),
        };
        if length > NAME_MAX {
            return Err(End::Broken(format!("a name of {length} bytes in a Produce request")));
        }
        self.buffer(length).await?;
        let bytes = self.connection.input().split_to(length);
        String::from_utf8(bytes.to_vec()).map_err(|_| End::Broken("a name that is not UTF-8".into()))
    }

    /// A number of elements or bytes, `None` for null.
    async fn length(&mut self, flexible: bool) -> Result<Option<usize>, End> {
        Ok(match flexible {
            true => self.uvarint().await?.checked_sub(1).map(|n| n as usize),
            false => usize::try_from(self.i32().await?).ok(),
        })
    }

    async fn uvarint(&mut self) -> Result<u32, End> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let [byte] = self.array().await?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let value = u32::try_from(value);
                return value.map_err(|_| End::Broken("a varint beyond 32 bits".into()));
            }
        }
        Err(End::Broken("a varint beyond 32 bits".into()))
    }

    async fn i16(&mut self) -> Result<i16, End> {
        Ok(i16::from_be_bytes(self.array().await?))
    }

    async fn i32(&mut self) -> Result<i32, End> {
        Ok(i32::from_be_bytes(self.array().await?))
    }

    async fn array<const N: usize>(&mut self) -> Result<[u8; N], End> {
        self.buffer(N).await?;
        let mut bytes = [0; N];
        self.connection.input().copy_to_slice(&mut bytes);
        Ok(bytes)
    }

    /// Makes the next bytes of the request lie in the input.
    async fn buffer(&mut self, length: usize) -> Result<(), End> {
        self.walk_over(length)?;
        while self.connection.input().len() < length {
            match self.connection.try_fill(READ_SIZE) {
                Ok(0) => return Err(End::Gone),
                Ok(_) => {}
                Err(error) => self.wait(error).await?,
            }
        }
        Ok(())
    }

    /// Forgets the next bytes of the request.
    async fn skip(&mut self, length: usize) -> Result<(), End> {
        self.walk_over(length)?;
        let buffered = length.min(self.connection.input().len());
        self.connection.input().advance(buffered);
        let mut left = length - buffered;
        while left > 0 {
            match self.connection.try_discard(left) {
                Ok(0) => return Err(End::Gone),
                Ok(taken) => left = left.saturating_sub(taken),
                Err(error) => self.wait(error).await?,
            }
        }
        Ok(())
    }

    fn walk_over(&mut self, length: usize) -> Result<(), End> {
        let left = self.left.checked_sub(length);
        self.left = left.ok_or_else(|| End::Broken("a Produce request that is cut short".into()))?;
        Ok(())
    }

    async fn wait(&mut self, error: io::Error) -> Result<(), End> {
        if error.kind() != io::ErrorKind::WouldBlock {
            return Err(End::Gone);
        }
        flush(self.connection, self.answers).await?;
        Ok(self.connection.readable().await?)
    }
}
