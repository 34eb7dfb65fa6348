//! Batches that are cut or have a wrong byte: an error or the whole truth, never a panic, never something else.

use bytes::Bytes;
use kconnect_wire::compress::{Compression, Compressor};
use kconnect_wire::records::{Batches, DecompressBuffer, RecordsError};

use crate::model::{Record, seal};

fn batch(codec: Compression) -> Vec<u8> {
    let records: Vec<_> = (0..12)
        .map(|n| Record {
            offset: n,
            timestamp: 1_700_000_000_000 + n * 300,
            key: (n % 2 == 0).then(|| n.to_be_bytes().to_vec()),
            value: Some(format!("value {n} value {n} value {n} value {n} value {n}").into_bytes()),
            headers: (0..n % 3).map(|h| (format!("header {h}"), (h > 0).then(|| vec![1, 2]))).collect(),
        })
        .collect();
    let batch = seal(&records, &mut Compressor::new(codec));
    assert_eq!(batch.compression(), codec);
    batch.bytes().to_vec()
}

/// Reads all there is; counts records and errors.
fn read(bytes: Vec<u8>, verify: bool, limit: usize) -> (usize, Vec<RecordsError>) {
    let (mut records, mut errors) = (0, Vec::new());
    let mut scratch = DecompressBuffer::with_limit(limit);
    for batch in Batches::new(Bytes::from(bytes)).verify_crc(verify) {
        match batch {
            Err(error) => errors.push(error),
            Ok(batch) => {
                if let Err(error) = batch.control_marker(&mut scratch) {
                    errors.push(error);
                }
                for record in batch.records(&mut scratch) {
                    match record {
                        Ok(record) => {
                            records += 1;
                            assert!(record.offset <= batch.header().last_offset());
                            assert_eq!(record.headers().len(), record.headers().count());
                        }
                        Err(error) => errors.push(error),
                    }
                }
            }
        }
    }
    (records, errors)
}

#[test]
fn cut_at_every_byte() {
    for codec in Compression::ALL {
        let bytes = batch(codec);
        for cut in 1..bytes.len() {
            let (records, errors) = read(bytes[..cut].to_vec(), true, 1 << 20);
            assert_eq!(records, 0);
            assert!(matches!(errors[..], [RecordsError::Cut { .. }]), "{codec} cut at {cut}: {errors:?}");
        }
        assert_eq!(read(bytes, true, 1 << 20).0, 12);
    }
}

/// The length is made to fit, so the cut reaches the codecs and the record reader.
#[test]
fn cut_at_every_byte_with_a_length_that_fits() {
    for codec in Compression::ALL {
        let bytes = batch(codec);
        for cut in 61..bytes.len() {
            let mut cut_bytes = bytes[..cut].to_vec();
            cut_bytes[8..12].copy_from_slice(&(cut as i32 - 12).to_be_bytes());
            let (_, errors) = read(cut_bytes.clone(), false, 1 << 20);
            // The end of an lz4 or zstd stream without checksum can be missing only as a whole.
            assert!(!errors.is_empty(), "{codec} cut at {cut}");
            let (records, errors) = read(cut_bytes, true, 1 << 20);
            assert_eq!(records, 0);
            assert!(matches!(errors[..], [RecordsError::Crc { .. }]));
        }
    }
}

#[test]
fn each_wrong_bit_is_caught_by_the_checksum_or_harmless() {
    for codec in Compression::ALL {
        let bytes = batch(codec);
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut wrong = bytes.clone();
                wrong[at] ^= 1 << bit;
                let (records, errors) = read(wrong, true, 1 << 20);
                let uncovered = at < 8 || (12..16).contains(&at);
                if uncovered && errors.is_empty() {
                    // Base offset and leader epoch belong to the broker (B2).
                    assert_eq!(records, 12);
                } else {
                    assert_eq!(records, 0, "{codec} byte {at} bit {bit}");
                    assert!(!errors.is_empty());
                }
            }
        }
    }
}

#[test]
fn each_wrong_byte_without_checksum_does_no_harm() {
    for codec in Compression::ALL {
        let bytes = batch(codec);
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff, bytes[at] ^ 1, bytes[at].wrapping_add(1)] {
                let mut wrong = bytes.clone();
                wrong[at] = value;
                let (records, errors) = read(wrong, false, 1 << 20);
                assert!(records <= 12 || errors.is_empty());
            }
        }
    }
}

#[track_caller]
fn malformed(change: impl FnOnce(&mut Vec<u8>), expect: &str) {
    let mut bytes = batch(Compression::None);
    change(&mut bytes);
    let (_, errors) = read(bytes, false, 1 << 20);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].to_string().ends_with(expect), "{}", errors[0]);
}

#[test]
fn what_is_wrong_is_said() {
    malformed(|b| b[60] = 11, "bytes follow the last record");
    malformed(|b| b[60] = 13, "malformed at byte 816: the record length is wrong");
    malformed(|b| b[57..61].fill(0x7f), "more records announced than bytes can hold");
    malformed(|b| b[57] = 0x80, "negative record count");
    malformed(|b| b[26] = 10, "the offset is outside the range of the batch");
    malformed(|b| b[23] = 0x80, "negative last offset delta");
    malformed(|b| b[22] = 5, "unknown compression codec");
    malformed(|b| b[0] = 0x80, "offsets out of range");
    malformed(|b| b[..8].copy_from_slice(&(i64::MAX - 5).to_be_bytes()), "offsets out of range");
    malformed(|b| b[16] = 3, "unknown message format 3");
    malformed(|b| b[8..12].copy_from_slice(&48i32.to_be_bytes()), "the batch length is too small");
    malformed(|b| b[8..12].copy_from_slice(&(-1i32).to_be_bytes()), "the batch length is too small");
}
