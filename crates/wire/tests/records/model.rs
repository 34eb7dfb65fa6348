//! Records as plain values, how to make random ones, and the text that both sides print.

use std::fmt::Write as _;

use bytes::{Bytes, BytesMut};
use kconnect_wire::compress::{Compression, Compressor};
use kconnect_wire::records::{
    BatchBuilder, BatchView, Batches, DecompressBuffer, RecordHeader, RecordView, SealedBatch, Stamp,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub offset: i64,
    pub timestamp: i64,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

impl Record {
    pub fn of(view: &RecordView<'_>) -> Self {
        Self {
            offset: view.offset,
            timestamp: view.timestamp,
            key: view.key.map(<[u8]>::to_vec),
            value: view.value.map(<[u8]>::to_vec),
            headers: view
                .headers()
                .map(|h| (h.key_text().into_owned(), h.value.map(<[u8]>::to_vec)))
                .collect(),
        }
    }
}

pub fn records_of(view: &BatchView) -> Vec<Record> {
    view.records(&mut DecompressBuffer::new()).map(|record| Record::of(&record.unwrap())).collect()
}

pub const STAMP: Stamp = Stamp { producer_id: 4, producer_epoch: 2, base_sequence: 9, transactional: false };

/// Seals records, whose offsets must count from zero.
pub fn seal(records: &[Record], compressor: &mut Compressor) -> SealedBatch {
    let mut builder = BatchBuilder::new(BytesMut::new());
    for record in records {
        let headers: Vec<_> =
            record.headers.iter().map(|(key, value)| RecordHeader::new(key, value.as_deref())).collect();
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        let most = builder.len() + BatchBuilder::size_upper_bound(key, value, &headers);
        builder.append(record.timestamp, key, value, &headers);
        assert!(builder.len() <= most, "the upper bound is one");
    }
    let plain = builder.len();
    let mut batch = builder.seal(compressor);
    assert!(batch.len() <= plain, "compression never makes a batch longer");
    batch.stamp(STAMP);
    batch
}

/// The only batch of a blob.
pub fn only(blob: Bytes) -> BatchView {
    let mut batches = Batches::new(blob);
    let batch = batches.next().unwrap().unwrap();
    assert!(batches.next().is_none());
    batch
}

pub fn any_codec() -> impl Strategy<Value = Compression> {
    prop::sample::select(&Compression::ALL[..])
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => vec(any::<u8>(), 0..40), 2 => vec(97u8..100, 0..200), 1 => vec(any::<u8>(), 8000..20_000)]
}

fn timestamp() -> impl Strategy<Value = i64> {
    prop_oneof![1_700_000_000_000i64..1_700_000_100_000, any::<i64>(), Just(-1)]
}

pub fn records(most: usize) -> impl Strategy<Value = Vec<Record>> {
    let headers = vec(("[a-zé]{0,8}", option::of(vec(any::<u8>(), 0..20))), 0..4);
    let record = (timestamp(), option::of(bytes()), option::of(bytes()), headers);
    vec(record, 1..most).prop_map(|records| {
        let numbered = (0..).zip(records);
        numbered
            .map(|(offset, (timestamp, key, value, headers))| Record {
                offset,
                timestamp,
                key,
                value,
                headers,
            })
            .collect()
    })
}

/// The text of `RecordFiles.java dump`, by our reader.
pub fn dump(log: Bytes) -> String {
    let (mut text, mut scratch) = (String::new(), DecompressBuffer::new());
    for batch in Batches::new(log) {
        let batch = batch.unwrap();
        let h = batch.header();
        writeln!(
            text,
            "batch\tmagic={}\tlast={}\tcodec={}\tpid={}\tepoch={}\tsequence={}\tleader={}\ttransactional={}\tcontrol={}\tsize={}",
            h.magic,
            h.last_offset(),
            h.compression().unwrap(),
            h.producer_id,
            h.producer_epoch,
            h.base_sequence,
            h.leader_epoch,
            h.is_transactional(),
            h.is_control(),
            h.size,
        )
        .unwrap();
        if let Some(marker) = batch.control_marker(&mut scratch).unwrap() {
            writeln!(text, "marker\t{}", format!("{marker:?}").to_uppercase()).unwrap();
        }
        for record in batch.records(&mut scratch) {
            let record = record.unwrap();
            let headers: Vec<_> =
                record.headers().map(|h| format!("{}={}", hex(Some(h.key)), hex(h.value))).collect();
            let (key, value) = (hex(record.key), hex(record.value));
            writeln!(text, "{}\t{}\t{key}\t{value}\t{}", record.offset, record.timestamp, headers.join(","))
                .unwrap();
        }
    }
    text
}

fn hex(bytes: Option<&[u8]>) -> String {
    match bytes {
        None => "-".to_owned(),
        Some(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
