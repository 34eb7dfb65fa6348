//! The same bytes by independent code: kafka-protocol for batches, the C library for zstd.

use bytes::{Bytes, BytesMut};
use kafka_protocol::indexmap::IndexMap;
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records as theirs;
use kconnect_wire::compress::{Compression, Compressor, decompress};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::model::{self, Record, only, records_of, seal};

/// Their map keeps one value per header key.
fn without_repeated_headers(mut records: Vec<Record>) -> Vec<Record> {
    for record in &mut records {
        let mut seen = Vec::new();
        record.headers.retain(|(key, _)| !seen.contains(key) && (seen.push(key.clone()), true).1);
        // Their encoder computes deltas with plain subtraction.
        record.timestamp = record.timestamp.clamp(-1, i64::MAX / 4);
    }
    records
}

fn to_theirs(record: &Record) -> theirs::Record {
    theirs::Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: -1,
        producer_id: model::STAMP.producer_id,
        producer_epoch: model::STAMP.producer_epoch,
        timestamp_type: theirs::TimestampType::Creation,
        offset: record.offset,
        sequence: model::STAMP.base_sequence + record.offset as i32,
        timestamp: record.timestamp,
        key: record.key.clone().map(Bytes::from),
        value: record.value.clone().map(Bytes::from),
        headers: record
            .headers
            .iter()
            .map(|(key, value)| (StrBytes::from_string(key.clone()), value.clone().map(Bytes::from)))
            .collect::<IndexMap<_, _>>(),
    }
}

fn from_theirs(record: theirs::Record) -> Record {
    Record {
        offset: record.offset,
        timestamp: record.timestamp,
        key: record.key.map(|key| key.to_vec()),
        value: record.value.map(|value| value.to_vec()),
        headers: record
            .headers
            .into_iter()
            .map(|(key, value)| (key.to_string(), value.map(|v| v.to_vec())))
            .collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn kafka_protocol_reads_our_batches(records in model::records(20)) {
        let records = without_repeated_headers(records);
        let mut bytes = seal(&records, &mut Compressor::new(Compression::None)).bytes();
        let set = theirs::RecordBatchDecoder::decode(&mut bytes).unwrap();
        prop_assert!(bytes.is_empty());
        let read: Vec<_> = set.records.into_iter().map(from_theirs).collect();
        prop_assert_eq!(read, records);
    }

    #[test]
    fn we_read_batches_of_kafka_protocol(records in model::records(20)) {
        let records = without_repeated_headers(records);
        let theirs: Vec<_> = records.iter().map(to_theirs).collect();
        let mut bytes = BytesMut::new();
        let options = theirs::RecordEncodeOptions { version: 2, compression: theirs::Compression::None };
        theirs::RecordBatchEncoder::encode(&mut bytes, &theirs, &options).unwrap();
        let view = only(bytes.freeze());
        prop_assert_eq!(view.header().producer_id, model::STAMP.producer_id);
        prop_assert_eq!(records_of(&view), records);
    }

    #[test]
    fn the_c_library_reads_our_zstd(level in -7..=4, input in documents()) {
        let mut compressor = Compressor::with_level(Compression::Zstd, Some(level));
        let frame = compressor.compress(&input);
        prop_assert_eq!(zstd::bulk::decompress(frame, input.len()).unwrap(), input);
    }

    #[test]
    fn we_read_zstd_of_the_c_library(level in -20..=19, streamed in any::<bool>(), input in documents()) {
        // A streamed frame does not say its content size, as Java's do not.
        let frame = if streamed {
            zstd::stream::encode_all(&input[..], level).unwrap()
        } else {
            zstd::bulk::compress(&input, level).unwrap()
        };
        prop_assert_eq!(decompress(Compression::Zstd, &frame, input.len()).unwrap(), input);
    }
}

/// Random bytes, long runs, and text that resembles itself at a distance.
fn documents() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..2000),
        (any::<u8>(), 0usize..400_000).prop_map(|(byte, len)| vec![byte; len]),
        (vec(any::<[u8; 3]>(), 1..50), 1usize..3000).prop_map(|(words, len)| {
            (0..len).flat_map(|index| words[index * index % words.len()]).collect()
        }),
    ]
}
