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
