//! What is written is read back, for random records, codecs and levels.

use bytes::BytesMut;
use kconnect_wire::compress::{Compression, Compressor, decompress};
use kconnect_wire::records::{Batches, DecompressBuffer, NO_TIMESTAMP, SealedBatch, Stamp};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::model::{self, Record, any_codec, only, records_of, seal};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn records_come_back(codec in any_codec(), records in model::records(30)) {
        let batch = seal(&records, &mut Compressor::new(codec));
        let view = only(batch.bytes());
        prop_assert_eq!(records_of(&view), &records[..]);
        let header = view.header();
        prop_assert_eq!(header.first_timestamp, records[0].timestamp);
        let max = records.iter().map(|record| record.timestamp).max().unwrap().max(NO_TIMESTAMP);
        prop_assert_eq!(header.max_timestamp, max);
        prop_assert_eq!(header.count as usize, records.len());
        prop_assert_eq!((header.base_offset, header.leader_epoch), (0, -1));
    }

    #[test]
    fn an_owned_set_reads_the_same_as_an_iterator(codec in any_codec(), records in model::records(30), pause in 0usize..30) {
        let view = only(seal(&records, &mut Compressor::new(codec)).bytes());
        let mut set = view.decode(&mut DecompressBuffer::new()).unwrap();
        let mut seen = Vec::new();
        for _ in 0..pause.min(records.len()) {
            seen.push(Record::of(&set.next().unwrap().unwrap()));
        }
        let rest: Vec<_> = set.iter().map(|record| Record::of(&record.unwrap())).collect();
        while let Some(record) = set.next() {
            seen.push(Record::of(&record.unwrap()));
        }
        prop_assert_eq!(&seen[pause.min(records.len())..], &rest[..]);
        prop_assert_eq!(seen, records);
    }

    #[test]
    fn halves_of_a_batch_hold_its_records(codec in any_codec(), records in model::records(30)) {
        let mut compressor = Compressor::new(codec);
        let whole = seal(&records, &mut compressor);
        match whole.split(&mut compressor, &mut DecompressBuffer::new()).unwrap() {
            None => prop_assert_eq!(records.len(), 1),
            Some((mut first, mut second)) => {
                first.stamp(Stamp::PLAIN);
                second.stamp(Stamp::PLAIN);
                let mut joined = records_of(&only(first.bytes()));
                let offset = joined.len() as i64;
                joined.extend(records_of(&only(second.bytes())).into_iter().map(|mut record| {
                    record.offset += offset;
                    record
                }));
                prop_assert_eq!(joined, records);
            }
        }
    }

    #[test]
    fn an_encoded_batch_keeps_its_records(codec in any_codec(), records in model::records(10), base in 0..i64::MAX / 2) {
        let mut bytes = seal(&records, &mut Compressor::new(codec)).bytes().to_vec();
        bytes[..8].copy_from_slice(&base.to_be_bytes());
        let mut batch = SealedBatch::from_encoded(bytes.into()).unwrap();
        batch.stamp(Stamp { producer_id: 77, producer_epoch: 0, base_sequence: 3, transactional: true });
        let view = only(batch.bytes());
        prop_assert_eq!(records_of(&view), records);
        prop_assert_eq!(view.header().producer_id, 77);
    }

    #[test]
    fn a_stream_of_any_codec_and_level_comes_back(
        codec in any_codec(),
        level in -10..20,
        inputs in vec(prop_oneof![vec(any::<u8>(), 0..300), vec(97u8..100, 0..200_000)], 1..4),
    ) {
        // One compressor for all: what it keeps between calls must not matter.
        let mut compressor = Compressor::with_level(codec, Some(level));
        for input in inputs {
            let compressed = compressor.compress(&input);
            prop_assert_eq!(decompress(codec, compressed, input.len()).unwrap(), input);
        }
    }
}

/// A recycled buffer holds old bytes; none of them may shine through.
#[test]
fn a_recycled_buffer_leaves_no_trace() {
    let mut compressor = Compressor::new(Compression::None);
    let dirty = BytesMut::from(&[0xff; 4096][..]);
    let mut builder = kconnect_wire::records::BatchBuilder::new(dirty);
    builder.append(5, Some(b"k"), None, &[]);
    let mut recycled = builder.seal(&mut compressor);
    let mut builder = kconnect_wire::records::BatchBuilder::new(BytesMut::new());
    builder.append(5, Some(b"k"), None, &[]);
    let mut fresh = builder.seal(&mut compressor);
    recycled.stamp(Stamp::PLAIN);
    fresh.stamp(Stamp::PLAIN);
    assert_eq!(recycled.bytes(), fresh.bytes());
}

#[test]
fn gzip_of_several_members_is_one_stream() {
    let mut compressor = Compressor::new(Compression::Gzip);
    let mut stream = compressor.compress(b"first, ").to_vec();
    stream.extend_from_slice(compressor.compress(b""));
    stream.extend_from_slice(compressor.compress(b"second"));
    assert_eq!(decompress(Compression::Gzip, &stream, 100).unwrap(), b"first, second");
}

#[test]
fn raw_snappy_of_clients_in_c_is_read() {
    let input = b"snappy without framing ".repeat(100);
    let raw = snap::raw::Encoder::new().compress_vec(&input).unwrap();
    assert_eq!(decompress(Compression::Snappy, &raw, input.len()).unwrap(), input);
}

#[test]
fn the_timestamp_of_a_batch_with_append_time_is_the_brokers() {
    let records =
        [1, 2, 3].map(|n| Record { offset: n - 1, timestamp: n, key: None, value: None, headers: vec![] });
    let mut bytes = seal(&records, &mut Compressor::new(Compression::None)).bytes().to_vec();
    bytes[22] |= 1 << 3;
    bytes[35..43].copy_from_slice(&99i64.to_be_bytes());
    let view = Batches::new(bytes.into()).verify_crc(false).next().unwrap().unwrap();
    assert!(records_of(&view).iter().all(|record| record.timestamp == 99));
}
