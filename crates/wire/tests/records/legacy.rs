//! Legacy message sets that are damaged, nested or mean.

use std::fs;

use bytes::Bytes;
use kconnect_wire::compress::{Compression, Compressor};
use kconnect_wire::records::{Batches, DecompressBuffer, RecordsError, SealedBatch};

const CODECS: [(&str, Compression); 4] = [
    ("none", Compression::None),
    ("gzip", Compression::Gzip),
    ("snappy", Compression::Snappy),
    ("lz4", Compression::Lz4),
];

fn recorded(magic: u8, codec: &str) -> Vec<u8> {
    fs::read(format!("{}/tests/data/records/v{magic}-{codec}.log", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A message of format 1, its checksum valid.
fn message(offset: i64, attributes: u8, value: Option<&[u8]>) -> Vec<u8> {
    let mut body = vec![1, attributes];
    body.extend_from_slice(&77i64.to_be_bytes());
    body.extend_from_slice(&(-1i32).to_be_bytes());
    body.extend_from_slice(&value.map_or(-1, |value| value.len() as i32).to_be_bytes());
    body.extend_from_slice(value.unwrap_or_default());
    let mut crc = flate2::Crc::new();
    crc.update(&body);
    let mut message = offset.to_be_bytes().to_vec();
    message.extend_from_slice(&(body.len() as i32 + 4).to_be_bytes());
    message.extend_from_slice(&crc.sum().to_be_bytes());
    message.extend_from_slice(&body);
    message
}

/// A message whose value is the compressed set.
fn wrapper(offset: i64, attributes: u8, set: &[u8]) -> Vec<u8> {
    message(offset, attributes | 1, Some(Compressor::new(Compression::Gzip).compress(set)))
}

fn read(bytes: Vec<u8>, verify: bool) -> Result<Vec<(i64, i64)>, RecordsError> {
    let (mut seen, mut scratch) = (Vec::new(), DecompressBuffer::with_limit(1 << 20));
    for batch in Batches::new(Bytes::from(bytes)).verify_crc(verify) {
        let batch = batch?;
        for record in batch.records(&mut scratch) {
            let record = record?;
            seen.push((record.offset, record.timestamp));
        }
    }
    Ok(seen)
}

#[test]
fn inner_offsets_of_format_1_may_be_relative_or_absolute() {
    let inner = |from: i64| [message(from, 0, None), message(from + 4, 0, Some(b"x"))].concat();
    let expect = Ok(vec![(96, 77), (100, 77)]);
    assert_eq!(read(wrapper(100, 0, &inner(0)), true), expect);
    assert_eq!(read(wrapper(100, 0, &inner(96)), true), expect);
}

#[test]
fn append_time_of_the_wrapper_counts_for_all_inside() {
    let mut inner = message(0, 0, None);
    inner[18..26].copy_from_slice(&5i64.to_be_bytes());
    assert_eq!(read(wrapper(9, 0, &inner), true), Ok(vec![(9, 5)]));
    assert_eq!(read(wrapper(9, 1 << 3, &inner), true), Ok(vec![(9, 77)]));
}

#[track_caller]
fn malformed(bytes: Vec<u8>, expect: &str) {
    let error = read(bytes, true).unwrap_err();
    assert!(error.to_string().ends_with(expect), "{error}");
}

#[test]
fn what_is_wrong_is_said() {
    let inner = message(0, 0, None);
    malformed(wrapper(9, 0, &wrapper(0, 0, &inner)), "a compressed message inside a compressed message");
    malformed(wrapper(9, 0, &[]), "a compressed message without messages");
    malformed(message(9, 1, None), "a compressed message without a value");
    malformed(message(9, 4, Some(b"zstd came later")), "unknown compression codec");
    malformed(message(-9, 0, None), "offsets out of range");
    malformed(message(i64::MAX, 0, None), "offsets out of range");
    malformed(wrapper(9, 0, &inner[..inner.len() - 1]), "a message is cut");
    let unordered = [message(5, 0, None), message(2, 0, None)].concat();
    malformed(wrapper(9, 0, &unordered), "the offset is outside the range of the message");
    // The same without its timestamp is format 0.
    let mut other = [&inner[..18], &inner[26..]].concat();
    other[11] -= 8;
    other[16] = 0;
    malformed(wrapper(9, 0, &other), "a message has another format than its set");
}

#[test]
fn each_wrong_byte_is_caught_by_the_checksum_or_belongs_to_the_broker() {
    for magic in 0..2 {
        for (name, _) in CODECS {
            let log = recorded(magic, name);
            let first = 12 + i32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
            for at in 8..first {
                let mut wrong = log[..first].to_vec();
                wrong[at] ^= 0x10;
                assert!(read(wrong.clone(), true).is_err(), "v{magic} {name} byte {at}");
                // Without the checksum: whatever comes out, no panic and nothing without end.
                let _ = read(wrong, false).map(|records| assert!(records.len() <= 8));
            }
        }
    }
}

#[test]
fn cut_at_every_byte() {
    for magic in 0..2 {
        for (name, _) in CODECS {
            let log = recorded(magic, name);
            let whole = read(log.clone(), true).unwrap();
            for cut in 1..log.len() {
                match read(log[..cut].to_vec(), true) {
                    Ok(part) => assert!(!part.is_empty() && whole.starts_with(&part)),
                    Err(error) => assert!(matches!(error, RecordsError::Cut { .. }), "{error}"),
                }
            }
        }
    }
}

#[test]
fn messages_are_not_sent_on_as_they_are() {
    for magic in 0..2 {
        for (name, codec) in CODECS {
            let log = recorded(magic, name);
            let first = 12 + i32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
            let batch = Batches::new(Bytes::from(log.clone())).next().unwrap().unwrap();
            assert_eq!(batch.header().compression(), Some(codec));
            let error = SealedBatch::from_encoded(Bytes::copy_from_slice(&log[..first])).unwrap_err();
            assert!(error.to_string().ends_with("it has an old message format"), "{error}");
        }
    }
}
