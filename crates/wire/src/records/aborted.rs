//! Transaction markers, and leaving out what aborted transactions wrote (B15, F8).

use super::batches::BatchView;
use super::error::RecordsError;
use super::reader::DecompressBuffer;

/// What a control batch says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlMarker {
    /// The producer's transaction was aborted.
    Abort,
    /// The producer's transaction was committed.
    Commit,
    /// A type that is none of a client's business, such as a leader change or a snapshot mark.
    Other(i16),
}

impl ControlMarker {
    /// Reads the key of a control record: version, then type. Newer versions may append fields.
    pub(super) fn parse(key: &[u8]) -> Option<Self> {
        let [_, _, kind0, kind1, ..] = *key else { return None };
        Some(match i16::from_be_bytes([kind0, kind1]) {
            0 => Self::Abort,
            1 => Self::Commit,
            other => Self::Other(other),
        })
    }
}

/// Decides batch by batch what a `read_committed` consumer may see.
///
/// Made from the list of aborted transactions in a fetch response, it must be shown every batch of that response in
/// order. Beyond the last stable offset the broker returns nothing, so what is not aborted is committed.
#[derive(Debug, Clone, Default)]
pub struct AbortedFilter {
    /// Transactions that were not reached yet as (first offset, producer id), the next one last.
    ahead: Vec<(i64, i64)>,
    /// Producers whose aborted transaction we are in. A handful, so a list beats a set.
    active: Vec<i64>,
}

impl AbortedFilter {
    /// A filter for the given (producer id, first offset) pairs, in any order.
    pub fn new(aborted: impl IntoIterator<Item = (i64, i64)>) -> Self {
        let mut ahead: Vec<_> = aborted.into_iter().map(|(producer, first)| (first, producer)).collect();
        ahead.sort_unstable_by(|a, b| b.cmp(a));
        Self { ahead, active: Vec::new() }
    }

    /// Whether the records of `batch` may be given to the application. Never true for a control batch.
    ///
    /// # Errors
    /// If a control batch is damaged.
    pub fn admits(
        &mut self,
        batch: &BatchView,
        scratch: &mut DecompressBuffer,
    ) -> Result<bool, RecordsError> {
        let header = batch.header();
        while let Some((_, producer)) = self.ahead.pop_if(|(first, _)| *first <= header.last_offset()) {
            if !self.active.contains(&producer) {
                self.active.push(producer);
            }
        }
        if header.is_control() {
            if batch.control_marker(scratch)? == Some(ControlMarker::Abort) {
                self.active.retain(|producer| *producer != header.producer_id);
            }
            return Ok(false);
        }
        Ok(!header.is_transactional() || !self.active.contains(&header.producer_id))
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;
    use crate::compress::{Compression, Compressor};
    use crate::records::{BatchBuilder, Batches, Stamp};

    /// A batch of one record with this key, changed by its attributes.
    fn batch(offset: i64, producer_id: i64, key: &[u8], transactional: bool, control: bool) -> BatchView {
        let mut builder = BatchBuilder::new(BytesMut::new());
        builder.append(0, Some(key), None, &[]);
        let mut sealed = builder.seal(&mut Compressor::new(Compression::None));
        sealed.stamp(Stamp { producer_id, producer_epoch: 0, base_sequence: 0, transactional });
        let mut bytes = sealed.bytes().to_vec();
        bytes[..8].copy_from_slice(&offset.to_be_bytes());
        bytes[22] |= u8::from(control) << 5;
        Batches::new(bytes.into()).verify_crc(false).next().expect("a batch").expect("valid")
    }

    const ABORT: &[u8] = &[0, 0, 0, 0];
    const COMMIT: &[u8] = &[0, 0, 0, 1];

    #[test]
    fn only_the_aborted_transaction_of_its_producer_is_left_out() {
        let rows = [
            (batch(0, 1, b"k", true, false), true), // A transaction that was committed, and left open below.
            (batch(1, 2, b"k", true, false), true),
            (batch(2, 1, COMMIT, true, true), false),
            (batch(3, 1, b"k", true, false), false), // The aborted one begins.
            (batch(4, 2, b"k", true, false), true),
            (batch(5, 1, b"k", false, false), true), // Not transactional: passes always.
            (batch(6, 2, COMMIT, true, true), false), // Of another producer: changes nothing.
            (batch(7, 1, b"k", true, false), false),
            (batch(8, 1, &[0, 0, 0, 9], true, true), false), // Of an unknown type: changes nothing.
            (batch(9, 1, b"k", true, false), false),
            (batch(10, 1, ABORT, true, true), false),
            (batch(11, 1, b"k", true, false), true),
        ];
        let mut filter = AbortedFilter::new([(1, 3)]);
        let mut scratch = DecompressBuffer::new();
        for (batch, expect) in rows {
            let offset = batch.header().base_offset;
            assert_eq!(filter.admits(&batch, &mut scratch), Ok(expect), "offset {offset}");
        }
    }

    #[test]
    fn markers_are_told_and_a_marker_without_a_type_is_damage() {
        let mut scratch = DecompressBuffer::new();
        let mut marker = |key: &[u8]| batch(4, 1, key, true, true).control_marker(&mut scratch);
        assert_eq!(marker(ABORT), Ok(Some(ControlMarker::Abort)));
        assert_eq!(marker(COMMIT), Ok(Some(ControlMarker::Commit)));
        assert_eq!(marker(&[0, 7, 0, 2, 1, 2, 3]), Ok(Some(ControlMarker::Other(2))));
        let error = marker(&[0, 0, 0]).unwrap_err();
        assert!(error.to_string().ends_with("a control record without a type"), "{error}");
        assert_eq!(batch(4, 1, ABORT, true, false).control_marker(&mut scratch), Ok(None));
    }

    #[test]
    fn a_control_batch_yields_no_records() {
        let control = batch(4, 1, COMMIT, true, true);
        let mut scratch = DecompressBuffer::new();
        assert_eq!(control.records(&mut scratch).count(), 0);
        assert!(control.decode(&mut scratch).expect("valid").next().is_none());
        assert_eq!(control.next_offset(), 5);
    }
}
