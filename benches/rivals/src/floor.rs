//! What the machine needs at least: one thread copies the values into a batch, computes its checksum, and hands the
//! same bytes to the same broker with a blocking write. No records, no results, no retries, no second thread.
//!
//! Not a client, but the floor under one: what a client needs beyond this is its own.

use std::io::{IoSlice, Read, Write};
use std::net::TcpStream;

use kconnect_wire::produce::{ProduceBatch, ProduceHead, produce_parts};

use crate::measure::{Mark, Result};
use crate::{BATCH_SIZE, TOPIC, Task};

const IN_FLIGHT: usize = 5;
/// A version that names topics by their names, and that every broker of today speaks.
const VERSION: i16 = 9;
/// Bytes of the header of a batch; its checksum covers what follows byte 21, and its record count ends it.
const HEADER: usize = 61;
/// Bytes of a record that are not its value.
const PREFIX: [u8; 10] = [0; 10];

pub fn produce(task: &Task) -> Result {
    let mut sender = Sender::new(task);
    sender.send(task.warmup);
    let mark = Mark::begin();
    sender.send(task.records);
    mark.until_now(task.records)
}

struct Sender {
    stream: TcpStream,
    value: Vec<u8>,
    batch: Vec<u8>,
    in_flight: usize,
}

impl Sender {
    fn new(task: &Task) -> Self {
        let stream = TcpStream::connect(&task.bootstrap).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, value: vec![b'x'; task.size], batch: Vec::new(), in_flight: 0 }
    }

    fn send(&mut self, records: u64) {
        let size: usize = BATCH_SIZE.parse().unwrap();
        let mut left = records;
        while left > 0 {
            let mut count = 0u32;
            self.batch.clear();
            self.batch.resize(HEADER, 0);
            while left > 0 && self.batch.len() + PREFIX.len() + self.value.len() <= size {
                self.batch.extend_from_slice(&PREFIX);
                self.batch.extend_from_slice(&self.value);
                count += 1;
                left -= 1;
            }
            self.complete(count);
            self.write();
        }
        while self.in_flight > 0 {
            self.answer();
        }
    }

    fn complete(&mut self, count: u32) {
        let length = self.batch.len() as u32 - 12;
        self.batch[8..12].copy_from_slice(&length.to_be_bytes());
        self.batch[16] = 2;
        self.batch[HEADER - 4..HEADER].copy_from_slice(&count.to_be_bytes());
        let crc = crc32c::crc32c(&self.batch[21..]);
        self.batch[17..21].copy_from_slice(&crc.to_be_bytes());
    }

    fn write(&mut self) {
        if self.in_flight == IN_FLIGHT {
            self.answer();
        }
        let head = ProduceHead {
            version: VERSION,
            correlation_id: 0,
            client_id: Some("floor"),
            transactional_id: None,
            acks: -1,
            timeout_ms: 30_000,
        };
        let records = bytes::Bytes::from(std::mem::take(&mut self.batch));
        let batch = ProduceBatch { topic: TOPIC, topic_id: Default::default(), partition: 0, records };
        let mut parts = Vec::new();
        produce_parts(&head, std::slice::from_ref(&batch), &mut bytes::BytesMut::new(), &mut parts).unwrap();
        let mut slices: Vec<IoSlice<'_>> = parts.iter().map(|part| IoSlice::new(part)).collect();
        let mut slices = &mut slices[..];
        while !slices.is_empty() {
            let written = self.stream.write_vectored(slices).unwrap();
            IoSlice::advance_slices(&mut slices, written);
        }
        drop(parts);
        self.batch = batch.records.try_into_mut().expect("nobody else has it").into();
        self.in_flight += 1;
    }

    fn answer(&mut self) {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap();
        let mut answer = [0; 256];
        self.stream.read_exact(&mut answer[..u32::from_be_bytes(length) as usize]).unwrap();
        self.in_flight -= 1;
    }
}
