//! Instructions per record, which hardly depend on the machine: `cargo bench -p kconnect-wire --bench instructions`.
//!
//! Each workload runs in this program under valgrind, once for a number of rounds and once for twice as many; the
//! difference is free of start-up. The result is compared with `instructions.txt` beside this file: more than
//! [`TOLERANCE`] above it ends with status 1. `-- --save` writes the file anew, for a change that is meant.

#![allow(clippy::print_stderr)] // A program that reports to a person.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, ExitCode};

use bytes::{Bytes, BytesMut};
use kconnect_wire::compress::{Compression, Compressor};
use kconnect_wire::records::{BatchBuilder, Batches, DecompressBuffer, RecordHeader, SealedBatch, Stamp};

const ROUNDS: u32 = 20;
/// Room for other compilers' patch releases and for what the C library picks on another processor.
const TOLERANCE: f64 = 1.10;
const BATCH_BYTES: usize = 16 * 1024;
const WORKLOAD: &str = "KCONNECT_BENCH_WORKLOAD";
const STAMP: Stamp = Stamp { producer_id: 1, producer_epoch: 0, base_sequence: 0, transactional: false };

/// Name, size of a value, codec, with key and headers, reading instead of writing.
const WORKLOADS: [(&str, usize, Compression, bool, bool); 10] = [
    ("encode-100", 100, Compression::None, false, false),
    ("encode-1000", 1000, Compression::None, false, false),
    ("encode-100-key-headers", 100, Compression::None, true, false),
    ("encode-100-lz4", 100, Compression::Lz4, false, false),
    ("encode-100-zstd", 100, Compression::Zstd, false, false),
    ("decode-100", 100, Compression::None, false, true),
    ("decode-1000", 1000, Compression::None, false, true),
    ("decode-100-key-headers", 100, Compression::None, true, true),
    ("decode-100-lz4", 100, Compression::Lz4, false, true),
    ("decode-100-zstd", 100, Compression::Zstd, false, true),
];

fn main() -> ExitCode {
    if let Ok(workload) = std::env::var(WORKLOAD) {
        let (name, rounds) = workload.split_once(' ').expect("name and rounds");
        run(name, rounds.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    match measure_all() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("instructions were not counted: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The work that is counted. Returns the records of one round.
fn run(name: &str, rounds: u32) -> u32 {
    let (_, size, codec, rich, read) =
        *WORKLOADS.iter().find(|(workload, ..)| *workload == name).expect("a known workload");
    let value: Vec<u8> =
        (0..size).map(|index| b"the quick brown fox jumps over "[(index * 7) % 31]).collect();
    let mut compressor = Compressor::new(codec);
    let mut buf = BytesMut::with_capacity(BATCH_BYTES);
    let first = write(buf, &value, rich, &mut compressor);
    let (blob, count) = (Bytes::copy_from_slice(&first.bytes()), first.record_count());
    buf = first.into_buffer().expect("not shared");
    let mut scratch = DecompressBuffer::new();
    for _ in 0..rounds {
        if read {
            black_box(sum(black_box(&blob), &mut scratch));
        } else {
            buf = black_box(write(buf, &value, rich, &mut compressor)).into_buffer().expect("not shared");
        }
    }
    count
}

fn write(buf: BytesMut, value: &[u8], rich: bool, compressor: &mut Compressor) -> SealedBatch {
    let headers = [RecordHeader::new("trace", Some(b"0123456789abcdef")), RecordHeader::new("origin", None)];
    let headers = if rich { &headers[..] } else { &[] };
    let key = rich.then_some(&b"key-0001"[..]);
    let mut builder = BatchBuilder::new(buf);
    let room = BatchBuilder::size_upper_bound(key, Some(value), headers);
    while builder.len() + room <= BATCH_BYTES {
        let timestamp = 1_700_000_000_000 + i64::from(builder.record_count() / 16);
        builder.append(timestamp, key, Some(black_box(value)), headers);
    }
    let mut batch = builder.seal(compressor);
    batch.stamp(STAMP);
    batch
}

fn sum(blob: &Bytes, scratch: &mut DecompressBuffer) -> u64 {
    let mut sum = 0;
    for batch in Batches::new(blob.clone()) {
        let batch = batch.expect("valid");
        for record in batch.records(scratch) {
            let record = record.expect("valid");
            sum += record.offset as u64 + record.value.map_or(0, |value| value.len() as u64);
            sum += record.headers().map(|header| header.key.len() as u64).sum::<u64>();
        }
    }
    sum
}

fn measure_all() -> Result<ExitCode, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt");
    let saved = std::fs::read_to_string(&file).unwrap_or_default();
    let known = known(&saved);
    let (mut text, mut worse) = (String::new(), false);
    for (name, ..) in WORKLOADS {
        let per_round = (count(name, 2 * ROUNDS)? - count(name, ROUNDS)?) as f64 / f64::from(ROUNDS);
        let per_record = per_round / f64::from(run(name, 0));
        let before = known.get(name).copied();
        worse |= before.is_some_and(|before| per_record > before * TOLERANCE);
        let before = before
            .map_or("new".to_owned(), |before| format!("{:+.1} %", (per_record / before - 1.0) * 100.0));
        eprintln!("{name:24} {per_record:8.1} {before}");
        let _ = writeln!(text, "{name:24} {per_record:8.1}");
    }
    if std::env::args().any(|arg| arg == "--save") {
        std::fs::write(&file, text).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    } else if worse {
        eprintln!("more than {TOLERANCE} times the instructions of {}", file.display());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn known(text: &str) -> BTreeMap<&str, f64> {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(name, count)| Some((name, count.trim().parse().ok()?)))
        .collect()
}

/// Instructions of a whole run, as valgrind tells them.
fn count(name: &str, rounds: u32) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .env(WORKLOAD, format!("{name} {rounds}"))
        .output()
        .map_err(|error| format!("valgrind does not start: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines()
        .find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
        .ok_or_else(|| format!("valgrind said: {text}"))
}
