//! Looking inside batches, for lookups by time and for tests.
//!
//! Plain batches are walked by this crate's own parser; compressed ones go through `kconnect_wire`, whose
//! decompression is bounded. Neither is on the way of a produce or a fetch.

use bytes::Bytes;
use kconnect_wire::records::{Batches, DecompressBuffer};

use crate::batch::{self, BatchHeader, RawRecord};

/// Shows each record of a batch until `go_on` is false; `None` when the batch cannot be decoded.
pub(crate) fn each(batch: &Bytes, mut go_on: impl FnMut(RawRecord<'_>) -> bool) -> Option<()> {
    let header = BatchHeader::parse(batch)?;
    if header.codec() == 0 {
        let mut count = 0;
        for record in batch::raw_records(batch, &header) {
            count += 1;
            if !go_on(record) {
                return Some(());
            }
        }
        return (count == header.count).then_some(());
    }
    let view = Batches::new(batch.clone()).next()?.ok()?;
    let mut scratch = DecompressBuffer::new();
    for record in view.records(&mut scratch) {
        let r = record.ok()?;
        let headers = r.headers().map(|h| (h.key, h.value)).collect();
        let record =
            RawRecord { timestamp: r.timestamp, offset: r.offset, key: r.key, value: r.value, headers };
        if !go_on(record) {
            return Some(());
        }
    }
    Some(())
}

/// Timestamp and offset of the first record that `is_it`.
pub(crate) fn find(batch: &Bytes, mut is_it: impl FnMut(i64, i64) -> bool) -> Option<(i64, i64)> {
    let mut found = None;
    each(batch, |record| {
        if is_it(record.timestamp, record.offset) {
            found = Some((record.timestamp, record.offset));
        }
        found.is_none()
    })?;
    found
}
