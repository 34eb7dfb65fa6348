//! Segments written by Apache Kafka 4.3.1, and batches of ours for Kafka to judge.
//!
//! `tests/data/records/*.log` and the `.txt` beside each were made by `RecordFiles.java` in that folder: the v2 files
//! by its producer through a broker, v0 and v1 by Kafka's own builder (lz4 of v0 with its wrong header checksum).
//!
//! The other direction: a file per codec and level, of which `RecordFiles dump` must print what we expect.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bytes::Bytes;
use kconnect_wire::compress::{Compression, Compressor};
use kconnect_wire::records::{AbortedFilter, Batches, ControlMarker, DecompressBuffer};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::model::{self, Record};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/records")
}

fn read(name: &str) -> Bytes {
    Bytes::from(fs::read(folder().join(name)).unwrap())
}

#[test]
fn every_recorded_segment_reads_as_kafka_reads_it() {
    let mut seen = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let expect = fs::read_to_string(path.with_extension("txt")).unwrap();
            let log = Bytes::from(fs::read(&path).unwrap());
            assert_eq!(model::dump(log), expect, "{}", path.display());
            seen += 1;
        }
    }
    assert_eq!(seen, 15, "5 codecs, append time, transactions, two legacy formats of 4 codecs");
}

#[test]
fn v0_lz4_has_the_wrong_header_checksum_that_we_forgive() {
    // Proof that the file holds the quirk: the same frame is refused where the checksum counts.
    let log = read("v0-lz4.log");
    let frame = log.windows(4).position(|window| window == [0x04, 0x22, 0x4d, 0x18]).unwrap();
    let error = kconnect_wire::compress::decompress(Compression::Lz4, &log[frame..], 1 << 20).unwrap_err();
    assert_eq!(error.to_string(), "corrupt lz4 data: the header checksum does not match");
}

/// What a broker would list: producer and first offset of each aborted transaction.
fn aborted_transactions(log: &Bytes) -> Vec<(i64, i64)> {
    let (mut open, mut aborted) = (BTreeMap::new(), Vec::new());
    let mut scratch = DecompressBuffer::new();
    for batch in Batches::new(log.clone()).map(Result::unwrap) {
        let header = *batch.header();
        match batch.control_marker(&mut scratch).unwrap() {
            None if header.is_transactional() => {
                open.entry(header.producer_id).or_insert(header.base_offset);
            }
            None => {}
            Some(marker) => {
                let first = open.remove(&header.producer_id).unwrap();
                if marker == ControlMarker::Abort {
                    aborted.push((header.producer_id, first));
                }
            }
        }
    }
    aborted
}

#[test]
fn read_committed_sees_what_kafkas_consumer_saw() {
    let log = read("v2-transactions.log");
    let mut aborted = aborted_transactions(&log);
    assert_eq!(aborted.len(), 4);
    aborted.reverse(); // The order of the list does not matter.
    let mut filter = AbortedFilter::new(aborted);
    let (mut seen, mut scratch) = (String::new(), DecompressBuffer::new());
    for batch in Batches::new(log).map(Result::unwrap) {
        if filter.admits(&batch, &mut scratch).unwrap() {
            for record in batch.records(&mut scratch).map(Result::unwrap) {
                seen += &format!("{}\t{}\n", record.offset, String::from_utf8_lossy(record.value.unwrap()));
            }
        }
    }
    let expect = fs::read_to_string(folder().join("v2-transactions.committed.txt")).unwrap();
    assert_eq!(seen, expect);
}

#[test]
fn kafka_reads_what_we_write_in_every_codec_and_level() {
    const TEST: &str = "kafka_reads_what_we_write_in_every_codec_and_level";
    let Some(libs) = kconnect_testkit::kafka_libs_or_skip(TEST) else { return };
    let out = tempfile::tempdir().unwrap();
    let (files, expect): (Vec<PathBuf>, Vec<String>) = write_files(out.path()).into_iter().unzip();
    let output = Command::new("java")
        .args(["-Xmx256m", "-cp", &format!("{}/*", libs.display())])
        .args([folder().join("RecordFiles.java"), "dump".into()])
        .args(files)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen = String::from_utf8(output.stdout).unwrap();
    for (at, (seen, expect)) in seen.lines().zip(expect.concat().lines()).enumerate() {
        assert_eq!(seen, expect, "line {at}");
    }
    assert_eq!(seen.lines().count(), expect.concat().lines().count());
}

/// Batches of random records by our code in `out`, and what a dump of each file must print.
fn write_files(out: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut runner = TestRunner::deterministic();
    let mut write = |codec: Compression, level: Option<i32>| {
        let mut compressor = Compressor::with_level(codec, level);
        let (mut log, mut offset) = (Vec::new(), 0i64);
        for _ in 0..30 {
            // Java reads timestamps below −1 as an error.
            let mut records: Vec<Record> = model::records(60).new_tree(&mut runner).unwrap().current();
            for record in &mut records {
                record.timestamp = record.timestamp.clamp(-1, i64::MAX / 4);
            }
            // One large repetitive value, to get several blocks out of every codec.
            records[0].value = Some(b"a line that repeats itself, with a number 123456\n".repeat(6000));
            let mut bytes = model::seal(&records, &mut compressor).bytes().to_vec();
            bytes[..8].copy_from_slice(&offset.to_be_bytes());
            offset += records.len() as i64;
            log.extend(bytes);
        }
        let name =
            format!("ours-{codec}-{}.log", level.map_or("default".to_owned(), |level| level.to_string()));
        fs::write(out.join(&name), &log).unwrap();
        files.push((out.join(name), model::dump(Bytes::from(log))));
    };
    for codec in Compression::ALL {
        write(codec, None);
    }
    for level in [1, 9] {
        write(Compression::Gzip, Some(level));
    }
    for level in -7..=4 {
        write(Compression::Zstd, Some(level));
    }
    files
}
