//! Record batches, legacy sets, codecs and isolation.

use bytes::{Bytes, BytesMut};
use kconnect_wire::compress::{Compression, Compressor, DecompressError, Decompressor, Lz4HeaderCheck};
use kconnect_wire::records::{
    AbortedFilter, BatchBuilder, BatchView, Batches, DecompressBuffer, RecordHeader, RecordSet, SealedBatch,
    Stamp,
};

const LIMIT: usize = 1 << 20;
const CRC: usize = 17;
const ATTRIBUTES: usize = 21;

/// A partition blob. What is announced and what comes out agree, and what was read can be written again.
pub fn record_batches(data: &[u8]) {
    walk(Bytes::copy_from_slice(data));
    // The checksum keeps a mutated batch from the codecs and the record reader, unless it is put right.
    let mut blob = data.to_vec();
    let mut at = 0;
    for batch in Batches::new(Bytes::copy_from_slice(data)).verify_crc(false).map_while(Result::ok) {
        if batch.header().magic == 2 {
            put_crc(&mut blob[at..at + batch.header().size]);
        }
        at += batch.header().size;
    }
    walk(Bytes::from(blob));
}

/// A message set; the first byte chooses its format.
pub fn legacy_sets(data: &[u8]) {
    let [magic, set @ ..] = data else { return };
    let mut blob = set.to_vec();
    if let Some(byte) = blob.get_mut(16) {
        *byte = magic & 1;
    }
    walk(Bytes::from(blob));
}

fn walk(blob: Bytes) {
    let mut scratch = DecompressBuffer::with_limit(LIMIT);
    let mut verified = Batches::new(blob.clone());
    let mut batches = Batches::new(blob.clone()).verify_crc(false);
    let mut passed = 0;
    while let Some(batch) = batches.next() {
        let checked = verified.next().expect("checksums do not change where batches are");
        let Ok(batch) = batch else {
            assert!(checked.is_err());
            continue;
        };
        assert!(batches.consumed() >= passed + batch.header().size && batches.consumed() <= blob.len());
        passed = batches.consumed();
        if batch.header().magic == 2 {
            let crc = crc32c::crc32c(&batch.bytes()[ATTRIBUTES..]);
            assert_eq!(checked.is_ok(), crc == batch.header().crc);
        }
        batch_is_consistent(&batch, &mut scratch);
        if checked.is_ok() {
            take_over(&batch, &mut scratch);
        }
    }
    assert!(verified.next().is_none());
}

fn batch_is_consistent(batch: &BatchView, scratch: &mut DecompressBuffer) {
    let header = *batch.header();
    assert!(batch.next_offset() > header.base_offset || header.last_offset() == i64::MAX);
    let _ = batch.control_marker(scratch);
    let Ok(mut set) = batch.decode(scratch) else {
        assert!(batch.records(scratch).next().is_some_and(|record| record.is_err()));
        return;
    };
    let whole = set.iter().collect::<Result<Vec<_>, _>>();
    if let Ok(records) = &whole {
        if header.is_control() {
            assert!(records.is_empty());
        } else if header.count >= 0 {
            assert_eq!(records.len(), header.count as usize);
        }
        for record in records {
            assert!(record.offset <= header.last_offset());
            assert!(header.magic < 2 || record.offset >= header.base_offset);
            assert_eq!(record.headers().len(), record.headers().count());
            let slice = |range| set.payload().slice(range);
            assert_eq!(record.key_range().map(slice).as_deref(), record.key);
            assert_eq!(record.value_range().map(slice).as_deref(), record.value);
        }
        if let Some(middle) = records.get(records.len() / 2) {
            from_the_middle(
                batch,
                middle.offset,
                records.iter().filter(|r| r.offset >= middle.offset).count(),
            );
        }
        write_again(&set);
    }
    let count = whole.map_or(0, |records| records.len());
    let mut read = 0;
    while let Some(record) = set.next() {
        if record.is_err() {
            assert!(set.next().is_none(), "nothing follows an error");
            return;
        }
        read += 1;
    }
    assert_eq!(read, count);
}

/// Records below the asked offset are left out, all others are not.
fn from_the_middle(batch: &BatchView, offset: i64, expect: usize) {
    let blob = batch.bytes().clone();
    let batch = Batches::new(blob).verify_crc(false).from_offset(offset).next();
    let batch = batch.expect("the batch reaches beyond the offset").expect("it was read before");
    let mut scratch = DecompressBuffer::with_limit(LIMIT);
    let records: Vec<_> =
        batch.records(&mut scratch).map(|record| record.expect("as before").offset).collect();
    assert_eq!(records.len(), expect);
    assert!(records.iter().all(|record| *record >= offset));
}

fn write_again(set: &RecordSet) {
    let mut builder = BatchBuilder::new(BytesMut::new());
    for record in set.iter().flatten() {
        let headers: Vec<RecordHeader<'_>> = record.headers().collect();
        builder.append(record.timestamp, record.key, record.value, &headers);
    }
    if builder.is_empty() {
        return;
    }
    let mut batch = builder.seal(&mut Compressor::new(Compression::None));
    batch.stamp(Stamp::PLAIN);
    let again = Batches::new(batch.bytes()).next().expect("a batch").expect("valid");
    let mut scratch = DecompressBuffer::new();
    let mut ours = again.records(&mut scratch);
    for record in set.iter().flatten() {
        let ours = ours.next().expect("as many records").expect("valid");
        assert_eq!((ours.timestamp, ours.key, ours.value), (record.timestamp, record.key, record.value));
        assert!(ours.headers().eq(record.headers()));
    }
    assert!(ours.next().is_none());
}

/// A batch that can be sent on keeps its records, under our name.
fn take_over(batch: &BatchView, scratch: &mut DecompressBuffer) {
    let Ok(mut sealed) = SealedBatch::from_encoded(batch.bytes().clone()) else { return };
    sealed.stamp(Stamp { producer_id: 5, producer_epoch: 1, base_sequence: 2, transactional: true });
    let ours = Batches::new(sealed.bytes()).next().expect("a batch").expect("the checksum is ours");
    assert_eq!((ours.header().base_offset, ours.header().producer_id), (0, 5));
    let theirs: Vec<_> =
        batch.records(scratch).map_while(Result::ok).map(|r| r.value.map(<[u8]>::to_vec)).collect();
    let ours: Vec<_> =
        ours.records(scratch).map_while(Result::ok).map(|r| r.value.map(<[u8]>::to_vec)).collect();
    assert_eq!(ours, theirs);
}

fn put_crc(batch: &mut [u8]) {
    let crc = crc32c::crc32c(&batch[ATTRIBUTES..]);
    batch[CRC..ATTRIBUTES].copy_from_slice(&crc.to_be_bytes());
}

/// The first byte is the codec, the second the limit in KiB.
pub fn decompress(data: &[u8]) {
    let [codec, limit, stream @ ..] = data else { return };
    let codec = Compression::ALL[usize::from(codec % 5)];
    let check = if data[0] < 128 { Lz4HeaderCheck::Verify } else { Lz4HeaderCheck::Skip };
    let limit = usize::from(*limit) * 1024;
    let mut decompressor = Decompressor::new();
    let mut out = b"before".to_vec();
    let result = decompressor.decompress(codec, stream, &mut out, limit, check);
    assert!(out.starts_with(b"before"));
    match result {
        Err(error) => {
            assert_eq!(out.len(), 6, "nothing is kept of a failed stream");
            let lower = matches!(error, DecompressError::TooLarge { limit: told, .. } if told == limit);
            assert!(lower || matches!(error, DecompressError::Corrupt { .. }));
        }
        Ok(()) => {
            let content = out.split_off(6);
            assert!(content.len() <= limit);
            let mut compressor = Compressor::new(codec);
            let stream = compressor.compress(&content);
            // The decompressor was used before; that must not matter.
            out.clear();
            decompressor
                .decompress(codec, stream, &mut out, content.len(), Lz4HeaderCheck::Verify)
                .expect("what was written can be read");
            assert_eq!(out, content);
        }
    }
}

/// A log of transactions of up to four producers, told by the input, read with `read_committed` from an offset that
/// is in the input too. A model knows which records may be seen.
pub fn fetch_records_aborts(data: &[u8]) {
    let [floor, operations @ ..] = data else { return };
    let mut log = Log::default();
    for operation in operations.iter().take(200) {
        log.apply(*operation);
    }
    for producer in 0..4 {
        log.end(producer, operations.len() % 2 == 0);
    }
    let floor = i64::from(*floor) % (log.next + 1);
    let expect: Vec<_> = log.visible.iter().copied().filter(|offset| *offset >= floor).collect();
    let aborted = log
        .aborted
        .iter()
        .filter(|(_, _, last)| *last >= floor)
        .map(|(producer, first, _)| (*producer, *first));
    let mut filter = AbortedFilter::new(aborted);
    let mut scratch = DecompressBuffer::new();
    let mut seen = Vec::new();
    let mut next = floor;
    for batch in Batches::new(Bytes::from(log.bytes)).from_offset(floor) {
        let batch = batch.expect("valid");
        if filter.admits(&batch, &mut scratch).expect("valid markers") {
            seen.extend(batch.records(&mut scratch).map(|record| record.expect("valid").offset));
        } else if batch.header().is_control() {
            assert_eq!(batch.records(&mut scratch).count(), 0);
        }
        next = batch.next_offset();
    }
    seen.sort_unstable();
    let mut expect = expect;
    expect.sort_unstable();
    assert_eq!(seen, expect);
    assert_eq!(next, log.next.max(floor));
}

#[derive(Default)]
struct Log {
    bytes: Vec<u8>,
    next: i64,
    /// Offsets of the open transaction of each producer.
    open: [Vec<i64>; 4],
    /// Producer, first offset, last offset.
    aborted: Vec<(i64, i64, i64)>,
    visible: Vec<i64>,
}

impl Log {
    /// Bits 0 and 1: producer; 2 and 3: what; 4 and 5: records; 6: compressed.
    fn apply(&mut self, operation: u8) {
        let producer = usize::from(operation & 3);
        match operation >> 2 & 3 {
            0 => {
                let offsets = self.write(producer, operation, false, None);
                self.visible.extend(offsets);
            }
            1 => {
                let offsets = self.write(producer, operation, true, None);
                self.open[producer].extend(offsets);
            }
            kind => self.end(producer, kind == 2),
        }
    }

    fn end(&mut self, producer: usize, commit: bool) {
        let offsets = std::mem::take(&mut self.open[producer]);
        let Some(first) = offsets.first().copied() else { return };
        let marker = self.write(producer, 0, true, Some(commit));
        if commit {
            self.visible.extend(offsets);
        } else {
            self.aborted.push((producer as i64, first, marker.start));
        }
    }

    fn write(
        &mut self,
        producer: usize,
        shape: u8,
        transactional: bool,
        marker: Option<bool>,
    ) -> std::ops::Range<i64> {
        let mut builder = BatchBuilder::new(BytesMut::new());
        let key = marker.map(|commit| [0, 0, 0, u8::from(commit)]);
        let count = if marker.is_some() { 1 } else { i64::from(shape >> 4 & 3) + 1 };
        for index in 0..count {
            builder.append(index, key.as_ref().map(|key| &key[..]), Some(&[b'v'; 64]), &[]);
        }
        let codec = if shape & 64 != 0 && marker.is_none() { Compression::Lz4 } else { Compression::None };
        let mut batch = builder.seal(&mut Compressor::new(codec));
        batch.stamp(Stamp {
            producer_id: producer as i64,
            producer_epoch: 0,
            base_sequence: 0,
            transactional,
        });
        let mut bytes = batch.bytes().to_vec();
        bytes[..8].copy_from_slice(&self.next.to_be_bytes());
        if marker.is_some() {
            bytes[ATTRIBUTES + 1] |= 1 << 5;
            put_crc(&mut bytes);
        }
        self.bytes.extend(bytes);
        let offsets = self.next..self.next + count;
        self.next = offsets.end;
        offsets
    }
}
