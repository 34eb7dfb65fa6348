//! Which source offsets may be stored: for each source partition, the end of its longest acknowledged beginning (D1).
//!
//! ```text
//! one poll's rows of one source partition = one segment { unacknowledged rows, offset after its last row }
//! partition A: [seg 3 ✓] [seg 5: 2 left] [seg 8 ✓]      committable: the offset of segment 3
//! ```
//! A row costs a counter, not a queue node: its cookie names segment and place, and a segment is done when its count is
//! zero. So what a crash repeats is at most the polls in flight. Rows that were filtered or tolerated are done when they
//! are dropped; a segment of nothing else is done at once, in its turn.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use kconnect_api::{ObjectMap, RowId, SourceOffset, SourcePartition};

/// Bits of a cookie for the place in the poll's batch; the rest numbers segments.
const PLACE_BITS: u32 = 20;

/// Most rows of one poll that share a segment numbering.
pub(crate) const PLACES: usize = 1 << PLACE_BITS;

/// What comes back with the acknowledgement of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cookie(pub(crate) u64);

impl Cookie {
    fn segment(self) -> u64 {
        self.0 >> PLACE_BITS
    }
}

struct Segment {
    source: usize,
    /// Rows handed to the producer and not acknowledged.
    left: u32,
    /// All rows of the poll were handed over.
    sealed: bool,
    /// Number of the first row of the poll.
    first_row: u64,
    offset: SourceOffset,
}

struct Source {
    partition: SourcePartition,
    /// Segments in order, the first one is the oldest unfinished.
    waiting: VecDeque<u64>,
    open: Option<u64>,
    committable: Option<SourceOffset>,
}

/// Offsets of one task.
#[derive(Default)]
pub(crate) struct Tracker {
    sources: Vec<Source>,
    by_address: HashMap<usize, usize>,
    segments: VecDeque<Segment>,
    /// Number of the first segment of the queue.
    base: u64,
    in_flight: u64,
}

impl Tracker {
    /// The place of a source partition; equal maps are one partition.
    pub(crate) fn source(&mut self, partition: &SourcePartition) -> usize {
        let address = Arc::as_ptr(partition) as usize;
        if let Some(index) = self.by_address.get(&address)
            && Arc::ptr_eq(&self.sources[*index].partition, partition)
        {
            return *index;
        }
        let known = self.sources.iter().position(|source| source.partition == *partition);
        let index = known.unwrap_or_else(|| {
            let partition = Arc::clone(partition);
            self.sources.push(Source { partition, waiting: VecDeque::new(), open: None, committable: None });
            self.sources.len() - 1
        });
        // Only the map that is kept here can be found by its address; another one's memory may be used again.
        if Arc::ptr_eq(&self.sources[index].partition, partition) {
            self.by_address.insert(address, index);
        }
        index
    }

    /// Counts a row in before it is handed to the producer; `place` is its index in the poll's batch.
    #[inline]
    pub(crate) fn submit(&mut self, source: usize, first_row: u64, place: usize) -> Cookie {
        let segment = match self.sources[source].open {
            Some(segment) => segment,
            None => self.open(source, first_row),
        };
        self.in_flight += 1;
        self.segments[(segment - self.base) as usize].left += 1;
        Cookie(segment << PLACE_BITS | place as u64)
    }

    /// Takes the last submission of `cookie` back: the producer did not take the row.
    pub(crate) fn unsubmit(&mut self, cookie: Cookie) {
        self.in_flight -= 1;
        if let Some(segment) = self.segment_mut(cookie.segment()) {
            segment.left -= 1;
        }
    }

    /// The row at `place` was dropped; its offset counts once everything before it is done.
    pub(crate) fn dropped(&mut self, source: usize, first_row: u64) {
        if self.sources[source].open.is_none() {
            self.open(source, first_row);
        }
    }

    fn open(&mut self, source: usize, first_row: u64) -> u64 {
        let number = self.base + self.segments.len() as u64;
        let offset = SourceOffset::None;
        self.segments.push_back(Segment { source, left: 0, sealed: false, first_row, offset });
        self.sources[source].waiting.push_back(number);
        self.sources[source].open = Some(number);
        number
    }

    /// All rows of a source partition up to one with `offset` were handed over or dropped.
    pub(crate) fn seal(&mut self, source: usize, offset: SourceOffset) {
        let Some(number) = self.sources[source].open.take() else { return };
        if let Some(segment) = self.segment_mut(number) {
            segment.offset = offset;
            segment.sealed = true;
        }
        self.advance(source);
    }

    /// Rows are durable, or were reported and tolerated.
    pub(crate) fn acknowledge(&mut self, cookies: &[u64]) {
        let mut rest = cookies;
        while let Some(first) = rest.first() {
            let number = Cookie(*first).segment();
            let run = rest.iter().take_while(|cookie| Cookie(**cookie).segment() == number).count();
            rest = &rest[run..];
            let Some(segment) = self.segment_mut(number) else { continue };
            segment.left = segment.left.saturating_sub(run as u32);
            let (done, source) = (segment.left == 0 && segment.sealed, segment.source);
            self.in_flight = self.in_flight.saturating_sub(run as u64);
            if done {
                self.advance(source);
            }
        }
    }

    /// Rows failed for good: nobody waits for them, and nothing after them may be stored.
    pub(crate) fn abandon(&mut self, count: usize) {
        self.in_flight = self.in_flight.saturating_sub(count as u64);
    }

    /// Numbers of the rows behind cookies.
    pub(crate) fn rows(&self, cookies: &[u64]) -> Vec<RowId> {
        let row = |cookie: &u64| {
            let segment = self
                .segments
                .get(usize::try_from(Cookie(*cookie).segment().checked_sub(self.base)?).ok()?)?;
            Some(RowId(segment.first_row + (cookie & (PLACES as u64 - 1))))
        };
        cookies.iter().filter_map(row).collect()
    }

    fn segment_mut(&mut self, number: u64) -> Option<&mut Segment> {
        self.segments.get_mut(usize::try_from(number.checked_sub(self.base)?).ok()?)
    }

    fn advance(&mut self, source: usize) {
        while let Some(number) = self.sources[source].waiting.front().copied() {
            let segment = &mut self.segments[(number - self.base) as usize];
            if segment.left > 0 || !segment.sealed {
                break;
            }
            let offset = std::mem::take(&mut segment.offset);
            self.sources[source].waiting.pop_front();
            if !matches!(offset, SourceOffset::None) {
                self.sources[source].committable = Some(offset);
            }
        }
        while let Some(segment) = self.segments.front() {
            let oldest = self.sources[segment.source].waiting.front().copied();
            if oldest.is_some_and(|oldest| oldest <= self.base) {
                break;
            }
            self.segments.pop_front();
            self.base += 1;
        }
    }

    /// Rows handed over and not acknowledged.
    pub(crate) fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Polls that are remembered, each for one of its source partitions.
    pub(crate) fn segments(&self) -> usize {
        self.segments.len()
    }

    /// Takes what may be stored.
    pub(crate) fn take_committable(&mut self) -> Vec<(SourcePartition, ObjectMap)> {
        let due = self.sources.iter_mut().filter_map(|source| {
            let offset = source.committable.take()?.to_map()?;
            Some((Arc::clone(&source.partition), offset))
        });
        due.collect()
    }

    /// Gives back what could not be stored; newer offsets win.
    pub(crate) fn give_back(&mut self, offsets: Vec<(SourcePartition, ObjectMap)>) {
        for (partition, offset) in offsets {
            let source = self.source(&partition);
            self.sources[source].committable.get_or_insert_with(|| SourceOffset::Map(Arc::new(offset)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kconnect_api::Value;

    fn partition(name: &str) -> SourcePartition {
        Arc::new(ObjectMap::new([("f", Value::string(name))]))
    }

    fn at(position: i64) -> SourceOffset {
        SourceOffset::Position { key: "p", position }
    }

    fn committable(tracker: &mut Tracker) -> Vec<i64> {
        let position = |map: &ObjectMap| match map.get("p") {
            Some(Value::Int64(position)) => *position,
            other => panic!("{other:?}"),
        };
        tracker.take_committable().iter().map(|(_, offset)| position(offset)).collect()
    }

    #[test]
    fn d1_an_offset_waits_for_every_row_before_it() {
        let mut tracker = Tracker::default();
        let source = tracker.source(&partition("a"));
        let first: Vec<u64> = (0..3).map(|i| tracker.submit(source, 0, i).0).collect();
        tracker.seal(source, at(3));
        let second = tracker.submit(source, 3, 0).0;
        tracker.seal(source, at(4));
        tracker.acknowledge(&[second]);
        assert_eq!(committable(&mut tracker), Vec::<i64>::new(), "the second poll waits for the first");
        tracker.acknowledge(&first[1..]);
        assert_eq!(committable(&mut tracker), Vec::<i64>::new());
        tracker.acknowledge(&first[..1]);
        assert_eq!(committable(&mut tracker), [4]);
        assert_eq!((tracker.in_flight(), tracker.segments.len()), (0, 0));
    }

    #[test]
    fn one_source_partition_does_not_hold_up_another() {
        let mut tracker = Tracker::default();
        let (a, b) = (tracker.source(&partition("a")), tracker.source(&partition("b")));
        let rows: Vec<u64> =
            [a, b, a, b].iter().enumerate().map(|(i, s)| tracker.submit(*s, 0, i).0).collect();
        tracker.seal(a, at(1));
        tracker.seal(b, at(2));
        tracker.acknowledge(&[rows[1], rows[3]]);
        assert_eq!(committable(&mut tracker), [2]);
        tracker.acknowledge(&[rows[0], rows[2]]);
        assert_eq!(committable(&mut tracker), [1]);
        assert_eq!(tracker.segments.len(), 0);
    }

    #[test]
    fn nothing_counts_before_the_whole_poll_was_handed_over() {
        let mut tracker = Tracker::default();
        let source = tracker.source(&partition("a"));
        let row = tracker.submit(source, 0, 0).0;
        tracker.acknowledge(&[row]);
        assert_eq!(committable(&mut tracker), Vec::<i64>::new());
        let refused = tracker.submit(source, 0, 1);
        tracker.unsubmit(refused);
        tracker.seal(source, at(1));
        assert_eq!(committable(&mut tracker), [1]);
    }

    #[test]
    fn dropped_rows_count_in_their_turn() {
        let mut tracker = Tracker::default();
        let source = tracker.source(&partition("a"));
        let row = tracker.submit(source, 0, 0).0;
        tracker.seal(source, at(1));
        tracker.dropped(source, 1);
        tracker.seal(source, at(2));
        assert_eq!(committable(&mut tracker), Vec::<i64>::new(), "the dropped row stands behind an open one");
        tracker.acknowledge(&[row]);
        assert_eq!(committable(&mut tracker), [2]);
    }

    #[test]
    fn equal_partitions_are_one_and_newer_offsets_win_over_returned_ones() {
        let mut tracker = Tracker::default();
        let source = tracker.source(&partition("a"));
        assert_eq!(tracker.source(&partition("a")), source);
        let store = |tracker: &mut Tracker, position| {
            let row = tracker.submit(source, 0, 0).0;
            tracker.seal(source, at(position));
            tracker.acknowledge(&[row]);
        };
        store(&mut tracker, 1);
        let taken = tracker.take_committable();
        tracker.give_back(taken.clone());
        assert_eq!(committable(&mut tracker), [1]);
        store(&mut tracker, 2);
        tracker.give_back(taken);
        assert_eq!(committable(&mut tracker), [2]);
    }

    #[test]
    fn rows_are_known_by_their_numbers() {
        let mut tracker = Tracker::default();
        let source = tracker.source(&partition("a"));
        let rows: Vec<u64> = (0..3).map(|i| tracker.submit(source, 40, i).0).collect();
        assert_eq!(tracker.rows(&rows[1..]), [RowId(41), RowId(42)]);
    }
}
