//! Steady state allocates nothing per record, and little per batch (R1, R6).

use allocation_counter::measure;
use bytes::{Bytes, BytesMut};
use kconnect_wire::compress::{Compression, Compressor};
use kconnect_wire::records::{BatchBuilder, Batches, DecompressBuffer, RecordHeader, Stamp};

const RECORDS: u32 = 500;
const CAPACITY: usize = 128 * 1024;

fn write(buf: BytesMut, records: u32, compressor: &mut Compressor) -> (Bytes, BytesMut) {
    let mut builder = BatchBuilder::new(buf);
    for index in 0..records {
        let headers = [RecordHeader::new("trace", Some(b"0123456789")), RecordHeader::new("none", None)];
        let value = [b'a' + (index % 20) as u8; 100];
        builder.append(i64::from(index), Some(&index.to_be_bytes()), Some(&value), &headers);
    }
    let mut batch = builder.seal(compressor);
    batch.stamp(Stamp { producer_id: 1, producer_epoch: 0, base_sequence: 0, transactional: false });
    let copy = Bytes::copy_from_slice(&batch.bytes());
    (copy, batch.into_buffer().expect("nobody else holds the bytes"))
}

#[test]
fn writing_into_a_recycled_buffer_costs_a_constant_per_batch() {
    for codec in Compression::ALL {
        let mut compressor = Compressor::new(codec);
        let (_, mut buf) = write(BytesMut::with_capacity(CAPACITY), RECORDS, &mut compressor);
        let mut counts = Vec::new();
        for records in [RECORDS, 2 * RECORDS / 3, 10] {
            let mut next = None;
            let used = measure(|| next = Some(write(std::mem::take(&mut buf), records, &mut compressor)));
            buf = next.unwrap().1;
            counts.push(used.count_total);
        }
        // The copy for the caller, and what `Bytes` needs to share a buffer; zstd's library makes a few small tables
        // for each of its blocks of up to 128 KiB.
        let most = if codec == Compression::Zstd { 32 } else { 4 };
        assert!(counts.iter().all(|count| *count <= most), "{codec}: {counts:?}");
        assert_eq!(buf.capacity(), CAPACITY, "{codec}");
    }
}

#[test]
fn reading_costs_a_constant_per_batch() {
    for codec in Compression::ALL {
        let mut compressor = Compressor::new(codec);
        let (large, buf) = write(BytesMut::with_capacity(CAPACITY), RECORDS, &mut compressor);
        let (small, _) = write(buf, 10, &mut compressor);
        let mut scratch = DecompressBuffer::new();
        let mut read = |blob: &Bytes, expect: u32| {
            let mut seen = 0;
            let used = measure(|| {
                for batch in Batches::new(blob.clone()) {
                    let batch = batch.unwrap();
                    for record in batch.records(&mut scratch) {
                        seen +=
                            record.unwrap().headers().filter(|header| header.value.is_none()).count() as u32;
                    }
                }
            });
            assert_eq!(seen, expect);
            used.count_total
        };
        // The first clone of a blob makes its counter, the first batch makes the tables.
        read(&large, RECORDS);
        read(&small, 10);
        let (large, small) = (read(&large, RECORDS), read(&small, 10));
        let most = match codec {
            Compression::None => 0,
            // Its library has no state that could be kept: stream, window and read buffer.
            Compression::Gzip => 8,
            _ => 3,
        };
        assert!(large <= most && small <= most, "{codec}: {large} for {RECORDS} records, {small} for 10");
    }
}
