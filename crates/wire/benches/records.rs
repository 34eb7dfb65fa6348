//! Cost of records: `cargo bench -p kconnect-wire`.
//!
//! Encode and decode are for one batch of [`BATCH_BYTES`] (or what is said), checksum included, and are reported per
//! batch and as items (records) per second; 1000 / (Mitem/s) is the cost of a record in nanoseconds.

use bytes::{Bytes, BytesMut};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use kconnect_wire::compress::{Compression, Compressor, Decompressor, Lz4HeaderCheck};
use kconnect_wire::records::{BatchBuilder, Batches, DecompressBuffer, RecordHeader, Stamp};

/// A batch of a Connect producer.
const BATCH_BYTES: usize = 128 * 1024;
const STAMP: Stamp = Stamp { producer_id: 1, producer_epoch: 0, base_sequence: 0, transactional: false };
const TIMESTAMP: i64 = 1_700_000_000_000;

fn main() {
    divan::main();
}

fn value(size: usize) -> Vec<u8> {
    (0..size)
        .map(|index| {
            b"the quick brown fox jumps over the lazy dog 0123456789 "[(index * 7 + index / 13) % 55]
        })
        .collect()
}

fn fill(builder: &mut BatchBuilder, value: &[u8], headers: &[RecordHeader<'_>], limit: usize) {
    let room = BatchBuilder::size_upper_bound(None, Some(value), headers);
    while builder.len() + room <= limit {
        builder.append(
            TIMESTAMP + i64::from(builder.record_count() / 16),
            None,
            Some(black_box(value)),
            headers,
        );
    }
}

fn batch(size: usize, limit: usize, compression: Compression) -> (Bytes, u32) {
    let mut builder = BatchBuilder::with_capacity(limit);
    fill(&mut builder, &value(size), &[], limit);
    let mut batch = builder.seal(&mut Compressor::new(compression));
    batch.stamp(STAMP);
    (batch.bytes(), batch.record_count())
}

/// Append, seal, stamp and checksum, in a recycled buffer.
#[divan::bench(args = [(100, 16 * 1024), (100, BATCH_BYTES), (1000, BATCH_BYTES)])]
fn encode(bencher: Bencher<'_, '_>, (size, limit): (usize, usize)) {
    let (_, count) = batch(size, limit, Compression::None);
    let value = value(size);
    let mut compressor = Compressor::new(Compression::None);
    let mut buf = Some(BytesMut::with_capacity(limit));
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        let mut builder = BatchBuilder::new(buf.take().expect("recycled"));
        fill(&mut builder, &value, &[], limit);
        let mut batch = builder.seal(&mut compressor);
        batch.stamp(STAMP);
        black_box(batch.bytes());
        buf = batch.into_buffer();
    });
}

/// Append alone: what the application's thread pays under the partition lock.
#[divan::bench(args = [100, 1000])]
fn append(bencher: Bencher<'_, '_>, size: usize) {
    let (_, count) = batch(size, BATCH_BYTES, Compression::None);
    let value = value(size);
    let mut buf = Some(BytesMut::with_capacity(BATCH_BYTES));
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        let mut builder = BatchBuilder::new(buf.take().expect("recycled"));
        fill(&mut builder, &value, &[], BATCH_BYTES);
        buf = Some(black_box(builder).into_buffer());
    });
}

/// A key of 8 bytes and two headers beside the value.
#[divan::bench(args = [100])]
fn append_with_key_and_headers(bencher: Bencher<'_, '_>, size: usize) {
    let value = value(size);
    let headers = [RecordHeader::new("trace", Some(b"0123456789abcdef")), RecordHeader::new("origin", None)];
    let mut buf = Some(BytesMut::with_capacity(BATCH_BYTES));
    bencher.counter(ItemsCount::new(800u32)).bench_local(|| {
        let mut builder = BatchBuilder::new(buf.take().expect("recycled"));
        for index in 0..800u64 {
            builder.append(TIMESTAMP, Some(&index.to_be_bytes()), Some(black_box(&value)), &headers);
        }
        buf = Some(black_box(builder).into_buffer());
    });
}

fn read(blob: &Bytes, verify: bool, scratch: &mut DecompressBuffer) -> u64 {
    let mut sum = 0;
    for batch in Batches::new(blob.clone()).verify_crc(verify) {
        let batch = batch.expect("valid");
        for record in batch.records(scratch) {
            let record = record.expect("valid");
            sum += record.offset as u64
                + record.value.map_or(0, |value| value.len() as u64 + u64::from(value[0]));
        }
    }
    sum
}

/// Header, checksum and every record.
#[divan::bench(args = [(100, 16 * 1024), (100, BATCH_BYTES), (1000, BATCH_BYTES)])]
fn decode(bencher: Bencher<'_, '_>, (size, limit): (usize, usize)) {
    let (blob, count) = batch(size, limit, Compression::None);
    let mut scratch = DecompressBuffer::new();
    bencher.counter(ItemsCount::new(count)).bench_local(|| read(black_box(&blob), true, &mut scratch));
}

#[divan::bench(args = [(100, BATCH_BYTES)])]
fn decode_without_crc(bencher: Bencher<'_, '_>, (size, limit): (usize, usize)) {
    let (blob, count) = batch(size, limit, Compression::None);
    let mut scratch = DecompressBuffer::new();
    bencher.counter(ItemsCount::new(count)).bench_local(|| read(black_box(&blob), false, &mut scratch));
}

#[divan::bench(args = [1024, 16 * 1024, BATCH_BYTES])]
fn crc(bencher: Bencher<'_, '_>, size: usize) {
    let bytes = value(size);
    bencher.counter(BytesCount::new(size)).bench_local(|| crc32c::crc32c(black_box(&bytes)));
}

/// Lines of JSON that resemble one another, as most topics hold.
fn document(size: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(size + 128);
    let mut seed = 1u64;
    while text.len() < size {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let line = format!(
            "{{\"id\":{},\"name\":\"user-{}\",\"amount\":{},\"ok\":true}}\n",
            seed >> 40,
            seed >> 52,
            seed % 9973
        );
        text.extend_from_slice(line.as_bytes());
    }
    text.truncate(size);
    text
}

const CODECS: [Compression; 4] =
    [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd];

#[divan::bench(args = CODECS)]
fn compress(bencher: Bencher<'_, '_>, codec: Compression) {
    let input = document(BATCH_BYTES);
    let mut compressor = Compressor::new(codec);
    bencher
        .counter(BytesCount::new(input.len()))
        .bench_local(|| compressor.compress(black_box(&input)).len());
}

#[divan::bench(args = CODECS)]
fn decompress(bencher: Bencher<'_, '_>, codec: Compression) {
    let input = document(BATCH_BYTES);
    let compressed = Compressor::new(codec).compress(&input).to_vec();
    let (mut decompressor, mut out) = (Decompressor::new(), Vec::new());
    bencher.counter(BytesCount::new(input.len())).bench_local(|| {
        out.clear();
        decompressor
            .decompress(codec, black_box(&compressed), &mut out, usize::MAX >> 1, Lz4HeaderCheck::Verify)
            .expect("valid");
        out.len()
    });
}
