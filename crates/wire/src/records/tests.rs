//! Round trips through the public interface of the module.

use bytes::{Bytes, BytesMut};

use super::*;
use crate::compress::{Compression, Compressor};

fn sealed(codec: Compression, records: u32) -> SealedBatch {
    let mut builder = BatchBuilder::new(BytesMut::new());
    for index in 0..records {
        let value =
            format!("value number {index}, which repeats and therefore shrinks: aaaaaaaaaaaaaaaaaaaaaaaa");
        let headers = [
            RecordHeader::new("h", None),
            RecordHeader::new("h", Some(b"")),
            RecordHeader::new("é", Some(b"x")),
        ];
        let key = (index % 3 != 0).then(|| index.to_be_bytes());
        let headers = &headers[..index as usize % 4];
        let timestamp = 1_700_000_000_000 - i64::from(index);
        builder.append(
            timestamp,
            key.as_ref().map(|key| &key[..]),
            (index % 5 != 4).then_some(value.as_bytes()),
            headers,
        );
    }
    let mut batch = builder.seal(&mut Compressor::new(codec));
    batch.stamp(Stamp { producer_id: 7, producer_epoch: 3, base_sequence: 11, transactional: true });
    batch
}

#[test]
fn what_is_appended_is_read_back_with_every_codec() {
    for codec in Compression::ALL {
        let batch = sealed(codec, 100);
        assert_eq!(batch.compression(), codec);
        let mut scratch = DecompressBuffer::new();
        let mut batches = Batches::new(batch.bytes());
        let view = batches.next().unwrap().unwrap();
        assert!(batches.next().is_none());
        let header = view.header();
        assert_eq!((header.producer_id, header.producer_epoch, header.base_sequence), (7, 3, 11));
        assert!(header.is_transactional() && !header.is_control());
        assert_eq!((header.count, view.next_offset()), (100, 100));
        assert_eq!(header.max_timestamp, 1_700_000_000_000);
        let mut count = 0;
        for (index, record) in view.records(&mut scratch).enumerate() {
            let record = record.unwrap();
            assert_eq!(record.offset, index as i64);
            assert_eq!(record.timestamp, 1_700_000_000_000 - index as i64);
            assert_eq!(record.key.is_some(), index % 3 != 0);
            assert_eq!(record.value.is_some(), index % 5 != 4);
            let headers: Vec<_> =
                record.headers().map(|h| (h.key_text().into_owned(), h.value.map(<[u8]>::to_vec))).collect();
            let expect = [("h", None), ("h", Some(vec![])), ("é", Some(b"x".to_vec()))];
            assert_eq!(headers.len(), index % 4);
            for (got, want) in headers.iter().zip(&expect) {
                assert_eq!((got.0.as_str(), &got.1), (want.0, &want.1));
            }
            count += 1;
        }
        assert_eq!(count, 100);
    }
}

#[test]
fn a_new_epoch_changes_header_and_checksum_only() {
    let mut batch = sealed(Compression::None, 10);
    let before = batch.bytes();
    batch.stamp(Stamp { producer_id: 7, producer_epoch: 4, base_sequence: 0, transactional: false });
    let after = batch.bytes();
    assert_eq!(before[HEADER_LEN..], after[HEADER_LEN..]);
    assert_eq!(before[..17], after[..17]);
    assert_ne!(before[17..21], after[17..21]);
    let view = Batches::new(after).next().unwrap().unwrap();
    assert_eq!((view.header().producer_epoch, view.header().base_sequence), (4, 0));
    assert!(!view.header().is_transactional());
    // What is under way must not change.
    assert_eq!(Batches::new(before).next().unwrap().unwrap().header().producer_epoch, 3);
}

#[test]
fn every_stamp_gives_the_checksum_of_the_whole_at_any_length() {
    for size in [10, 4000, 8_000, 8_100, 8_191, 8_192, 20_000, 200_000] {
        for kind in [Compression::None, Compression::Lz4] {
            let mut builder = BatchBuilder::with_capacity(size);
            let value: Vec<u8> = (0..size).map(|i| ((i * i) >> 3) as u8).collect();
            builder.append(5, None, Some(&value), &[]);
            let mut batch = builder.seal(&mut Compressor::new(kind));
            for sequence in [0, 77] {
                batch.stamp(Stamp {
                    producer_id: 9,
                    producer_epoch: 1,
                    base_sequence: sequence,
                    transactional: true,
                });
                let bytes = batch.bytes();
                assert_eq!(bytes[17..21], crc32c::crc32c(&bytes[21..]).to_be_bytes(), "{size} {kind:?}");
            }
        }
    }
}

#[test]
fn a_stamp_works_in_place_when_nobody_reads() {
    let mut batch = sealed(Compression::None, 10);
    let place = batch.bytes().as_ptr();
    batch.stamp(Stamp::PLAIN);
    assert_eq!(batch.bytes().as_ptr(), place);
    let buffer = batch.into_buffer().unwrap();
    assert!(buffer.is_empty());
    assert_eq!(buffer.as_ptr(), place);
}

#[test]
fn records_that_do_not_shrink_are_sent_as_they_are() {
    for codec in Compression::ALL {
        let mut builder = BatchBuilder::with_capacity(128);
        builder.append(5, None, Some(b"x"), &[]);
        let len = builder.len();
        let batch = builder.seal(&mut Compressor::new(codec));
        assert_eq!((batch.len(), batch.compression()), (len, Compression::None));
    }
}

#[test]
fn halves_keep_every_record_in_order() {
    for codec in Compression::ALL {
        for count in [2, 3, 101] {
            let whole = sealed(codec, count);
            let mut scratch = DecompressBuffer::new();
            let (first, second) = whole.split(&mut Compressor::new(codec), &mut scratch).unwrap().unwrap();
            assert_eq!((first.record_count(), second.record_count()), (count / 2, count - count / 2));
            let mut joined = Vec::new();
            for mut half in [first, second] {
                half.stamp(Stamp::PLAIN);
                let view = Batches::new(half.bytes()).next().unwrap().unwrap();
                joined.extend(view.records(&mut scratch).map(|record| flat(&record.unwrap())));
            }
            let view = Batches::new(whole.bytes()).next().unwrap().unwrap();
            let expect: Vec<_> = view.records(&mut scratch).map(|record| flat(&record.unwrap())).collect();
            assert_eq!(joined, expect);
        }
        let mut scratch = DecompressBuffer::new();
        assert!(sealed(codec, 1).split(&mut Compressor::new(codec), &mut scratch).unwrap().is_none());
    }
}

type Flat = (i64, Option<Vec<u8>>, Option<Vec<u8>>, Vec<(Vec<u8>, Option<Vec<u8>>)>);

fn flat(record: &RecordView<'_>) -> Flat {
    let headers = record.headers().map(|h| (h.key.to_vec(), h.value.map(<[u8]>::to_vec))).collect();
    (record.timestamp, record.key.map(<[u8]>::to_vec), record.value.map(<[u8]>::to_vec), headers)
}

#[test]
fn ranges_point_at_key_and_value() {
    for codec in Compression::ALL {
        let batch = sealed(codec, 20);
        let view = Batches::new(batch.bytes()).next().unwrap().unwrap();
        let mut set = view.decode(&mut DecompressBuffer::new()).unwrap();
        let payload = set.payload().clone();
        let mut seen = 0;
        while let Some(record) = set.next() {
            let record = record.unwrap();
            assert_eq!(record.key_range().map(|range| payload.slice(range)).as_deref(), record.key);
            assert_eq!(record.value_range().map(|range| payload.slice(range)).as_deref(), record.value);
            seen += 1;
        }
        assert_eq!(seen, 20);
    }
}

/// Two batches with a gap between them, as compaction leaves it: offsets 100..110 and 200..205.
fn log() -> Vec<u8> {
    let mut log = Vec::new();
    for (base, count) in [(100i64, 10), (200, 5)] {
        let mut bytes = sealed(Compression::None, count).bytes().to_vec();
        bytes[..8].copy_from_slice(&base.to_be_bytes());
        log.extend(bytes);
    }
    log
}

fn offsets(batches: Batches) -> Vec<i64> {
    let mut scratch = DecompressBuffer::new();
    let mut offsets = Vec::new();
    for batch in batches {
        let batch = batch.unwrap();
        offsets.extend(batch.records(&mut scratch).map(|record| record.unwrap().offset));
    }
    offsets
}

#[test]
fn records_below_the_asked_offset_are_left_out() {
    let blob = Bytes::from(log());
    assert_eq!(offsets(Batches::new(blob.clone()).from_offset(108)), [108, 109, 200, 201, 202, 203, 204]);
    assert_eq!(offsets(Batches::new(blob.clone()).from_offset(150)), [200, 201, 202, 203, 204]);
    assert_eq!(offsets(Batches::new(blob.clone()).from_offset(204)), [204]);
    assert!(offsets(Batches::new(blob).from_offset(205)).is_empty());
}

#[test]
fn a_cut_last_batch_is_ignored_and_a_cut_first_one_is_told() {
    let log = log();
    let first = sealed(Compression::None, 10).len();
    for cut in 0..log.len() {
        let mut batches = Batches::new(Bytes::copy_from_slice(&log[..cut]));
        match batches.next() {
            None => assert_eq!(cut, 0),
            Some(Err(RecordsError::Cut { needed, have })) => {
                assert!(cut < first);
                assert_eq!(have, cut);
                assert_eq!(needed, if cut < 12 { 12 } else { first });
                assert!(batches.next().is_none());
            }
            Some(batch) => {
                assert_eq!(batch.unwrap().next_offset(), 110);
                assert!(cut >= first);
                assert!(batches.next().is_none());
            }
        }
    }
}

#[test]
fn reading_goes_on_behind_a_damaged_batch() {
    let mut log = log();
    log[80] ^= 1;
    let mut batches = Batches::new(Bytes::from(log));
    let error = batches.next().unwrap().unwrap_err();
    assert!(matches!(error, RecordsError::Crc { base_offset: 100, .. }), "{error}");
    assert_eq!(batches.next().unwrap().unwrap().next_offset(), 205);
}

#[test]
fn an_encoded_batch_is_taken_over_without_its_old_identity() {
    let mut bytes = sealed(Compression::Lz4, 50).bytes().to_vec();
    bytes[..8].copy_from_slice(&12_345i64.to_be_bytes());
    bytes[12..16].copy_from_slice(&9i32.to_be_bytes());
    let mut batch = SealedBatch::from_encoded(Bytes::from(bytes)).unwrap();
    batch.stamp(Stamp { producer_id: 1, producer_epoch: 0, base_sequence: 5, transactional: false });
    let view = Batches::new(batch.bytes()).next().unwrap().unwrap();
    let header = view.header();
    assert_eq!((header.base_offset, header.leader_epoch, header.producer_id), (0, -1, 1));
    assert!(!header.is_transactional());
    assert_eq!(view.records(&mut DecompressBuffer::new()).count(), 50);
}

#[track_caller]
fn not_producible(change: impl FnOnce(&mut [u8]), expect: &str) {
    let mut bytes = sealed(Compression::None, 3).bytes().to_vec();
    change(&mut bytes);
    let crc = crc32c::crc32c(&bytes[21..]);
    bytes[17..21].copy_from_slice(&crc.to_be_bytes());
    let error = SealedBatch::from_encoded(Bytes::from(bytes)).unwrap_err();
    assert_eq!(
        error,
        RecordsError::NotProducible {
            base_offset: 0,
            what: match error {
                RecordsError::NotProducible { what, .. } => what,
                _ => "",
            }
        }
    );
    assert!(error.to_string().ends_with(expect), "{error}");
}

#[test]
fn batches_that_brokers_refuse_are_not_taken_over() {
    not_producible(|b| b[22] |= 1 << 5, "it is a transaction marker");
    not_producible(|b| b[22] |= 1 << 3, "its timestamps are the append time of another log");
    not_producible(|b| b[22] |= 1 << 6, "it carries a delete horizon");
    not_producible(|b| b[26] = 9, "compaction removed some of its records");
    let mut bytes = sealed(Compression::None, 3).bytes().to_vec();
    bytes[70] ^= 4;
    assert!(matches!(SealedBatch::from_encoded(Bytes::from(bytes)), Err(RecordsError::Crc { .. })));
}

#[test]
fn a_checksum_taken_in_steps_is_that_of_the_whole() {
    let value = [7; 999];
    for kind in [Compression::None, Compression::Lz4] {
        for records in [1, 23, 24, 25, 49, 50, 130] {
            let seal = |mut builder: BatchBuilder| {
                for i in 0..records {
                    builder.append(i, None, Some(&value), &[]);
                }
                let mut sealed = builder.seal(&mut Compressor::new(kind));
                sealed.stamp(Stamp::PLAIN);
                sealed.bytes()
            };
            let plain = seal(BatchBuilder::with_capacity(0));
            assert_eq!(seal(BatchBuilder::with_capacity(0).summing()), plain, "{records} records, {kind:?}");
            let crc = u32::from_be_bytes(plain[17..21].try_into().unwrap());
            assert_eq!(crc, crc32c::crc32c(&plain[21..]), "{records} records, {kind:?}");
        }
    }
}
