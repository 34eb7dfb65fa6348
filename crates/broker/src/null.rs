//! The null mode: a broker that costs next to nothing, so that a bench measures the client.
//!
//! Produce is acknowledged without looking at records: of each batch only the record count in its header is read, to
//! answer with offsets that go on; the rest is dropped in the kernel where that can be done ([`produce`]). Fetch serves
//! one made-up batch again and again; only the base offset, which lies outside the checksum, differs, so an answer is a
//! few small pieces between slices of the same memory, written at once. Work is per request and partition, never per
//! record, and fetches are read by `kconnect_wire` alone. Everything else is answered as usual. Fault rules do not see
//! these two APIs, and compression is not looked at.

mod produce;

use std::io::IoSlice;
use std::sync::LazyLock;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::ApiKey;
use kconnect_wire::messages::FetchRequest;
use kconnect_wire::{DecodeError, Message, Reader, Writer, validate};

use crate::batch;
use crate::connection::{Connection, End};

/// Records of the made-up batch and the bytes of each one's value; the key is null.
const RECORDS: i32 = 500;
const VALUE: usize = 100;
const READ_SIZE: usize = 4 * 1024;

/// The made-up batch without its base offset.
static BATCH: LazyLock<Bytes> = LazyLock::new(make_batch);

/// Serves a connection until either side ends it.
pub(crate) async fn serve(connection: &mut Connection<'_>) -> Result<(), End> {
    let mut answers = BytesMut::new();
    loop {
        loop {
            if let Some(length) = connection.take_length(&[0, 0])? {
                produce::produce(connection, length, &mut answers).await?;
                continue;
            }
            let Some(frame) = connection.take_frame()? else { break };
            flush(connection, &mut answers).await?;
            match frame.get(..2) {
                Some([0, 1]) => fetch(connection, &frame).await?,
                _ => connection.exchange(frame).await?,
            }
        }
        flush(connection, &mut answers).await?;
        if connection.fill(READ_SIZE).await? == 0 {
            return Ok(());
        }
    }
}

async fn flush(connection: &mut Connection<'_>, answers: &mut BytesMut) -> Result<(), End> {
    if answers.is_empty() {
        return Ok(());
    }
    connection.send(answers.split()).await
}

async fn fetch(connection: &mut Connection<'_>, bytes: &Bytes) -> Result<(), End> {
    connection.shared.stats.count_only(ApiKey::Fetch);
    let head = validate::request_head(bytes)?;
    let mut body = Reader::new(bytes);
    body.take(head.body, "header")?;
    let request = FetchRequest::decode(&mut body, head.version)?;
    let mut answer = Pieces::begin(head.version, head.correlation_id);
    answer.topics(&request);
    let pieces = answer.finish();
    connection.send_vectored(&mut pieces.slices()).await
}

/// An answer: small pieces of text, each followed by the made-up batch, the last by nothing.
struct Pieces {
    version: i16,
    flexible: bool,
    w: Writer,
    /// Where the batch goes in.
    cuts: Vec<usize>,
}

impl Pieces {
    fn begin(version: i16, correlation_id: i32) -> Self {
        let flexible = version >= 12;
        let mut w = Writer::with_capacity(256);
        w.i32(0);
        w.i32(correlation_id);
        let mut pieces = Self { version, flexible, w, cuts: Vec::new() };
        pieces.no_tags();
        pieces.w.i32(0); // throttle time
        if version >= 7 {
            pieces.w.i16(0);
            pieces.w.i32(0); // no session
        }
        pieces
    }

    fn topics(&mut self, request: &FetchRequest) {
        let mut left = usize::try_from(request.max_bytes).unwrap_or(0);
        self.count(request.topics.len());
        for topic in &request.topics {
            if self.version >= 13 {
                self.w.uuid(topic.topic_id);
            } else if self.flexible {
                self.w.uvarint(topic.topic.len() as u32 + 1);
                self.w.put(topic.topic.as_bytes());
            } else {
                self.w.i16(topic.topic.len() as i16);
                self.w.put(topic.topic.as_bytes());
            }
            self.count(topic.partitions.len());
            for p in &topic.partitions {
                let limit = left.min(usize::try_from(p.partition_max_bytes).unwrap_or(0));
                let batches = (limit / batch_size()).max(1);
                left = left.saturating_sub(batches * batch_size());
                self.partition(p.partition, p.fetch_offset.max(0), batches);
            }
            self.no_tags();
        }
        self.no_tags();
    }

    fn partition(&mut self, index: i32, offset: i64, batches: usize) {
        let end = i64::MAX / 2; // There is always more.
        self.w.i32(index);
        self.w.i16(0);
        self.w.i64(end);
        self.w.i64(end);
        if self.version >= 5 {
            self.w.i64(0);
        }
        match self.flexible {
            true => self.w.uvarint(0), // aborted transactions: null
            false => self.w.i32(-1),
        }
        if self.version >= 11 {
            self.w.i32(-1);
        }
        let size = batches * batch_size();
        match self.flexible {
            true => self.w.uvarint(size as u32 + 1),
            false => self.w.i32(size as i32),
        }
        for i in 0..batches {
            self.w.i64(offset.wrapping_add(i as i64 * i64::from(RECORDS)));
            self.cuts.push(self.w.len());
        }
        self.no_tags();
    }

    fn count(&mut self, n: usize) {
        match self.flexible {
            true => self.w.uvarint(n as u32 + 1),
            false => self.w.i32(n as i32),
        }
    }

    fn no_tags(&mut self) {
        if self.flexible {
            self.w.uvarint(0);
        }
    }

    fn finish(mut self) -> Finished {
        let length = self.w.len() - 4 + self.cuts.len() * BATCH.len();
        self.w.patch_i32(0, length as i32);
        Finished { text: self.w.into_bytes(), cuts: self.cuts }
    }
}

struct Finished {
    text: Bytes,
    cuts: Vec<usize>,
}

impl Finished {
    fn slices(&self) -> Vec<IoSlice<'_>> {
        let mut slices = Vec::with_capacity(2 * self.cuts.len() + 1);
        let mut from = 0;
        for &cut in &self.cuts {
            slices.push(IoSlice::new(&self.text[from..cut]));
            slices.push(IoSlice::new(&BATCH));
            from = cut;
        }
        slices.push(IoSlice::new(&self.text[from..]));
        slices
    }
}

impl From<DecodeError> for End {
    fn from(error: DecodeError) -> Self {
        Self::Broken(error.to_string())
    }
}

fn batch_size() -> usize {
    BATCH.len() + 8
}

fn make_batch() -> Bytes {
    let mut records = Writer::new();
    let value = [b'x'; VALUE];
    for i in 0..RECORDS {
        let mut record = Writer::new();
        record.i8(0);
        record.varlong(0);
        record.varint(i);
        record.varint(-1);
        record.varint(VALUE as i32);
        record.put(&value);
        record.varint(0);
        records.varint(record.len() as i32);
        records.put(record.as_slice());
    }
    let mut b = BytesMut::new();
    b.put_i64(0);
    b.put_i32((batch::HEADER - batch::PREFIX + records.len()) as i32);
    b.put_i32(0); // leader epoch
    b.put_i8(2);
    b.put_u32(0); // checksum, filled in below
    b.put_i16(0);
    b.put_i32(RECORDS - 1);
    b.put_i64(1_700_000_000_000);
    b.put_i64(1_700_000_000_000);
    b.put_i64(-1);
    b.put_i16(-1);
    b.put_i32(-1);
    b.put_i32(RECORDS);
    b.put_slice(records.as_slice());
    let crc = crc32c::crc32c(&b[21..]);
    b[17..21].copy_from_slice(&crc.to_be_bytes());
    b.freeze().slice(8..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::BatchHeader;

    #[test]
    fn the_made_up_batch_holds() {
        let whole = [&[0; 8], &BATCH[..]].concat();
        let header = BatchHeader::parse(&whole).unwrap();
        assert_eq!(header.size, whole.len());
        assert!(batch::crc_holds(&whole, &header));
        let records: Vec<_> = batch::raw_records(&whole, &header).collect();
        assert_eq!(records.len(), RECORDS as usize);
        assert!(records.iter().zip(0..).all(|(r, i)| r.offset == i && r.value.unwrap().len() == VALUE));
    }
}
