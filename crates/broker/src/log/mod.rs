//! One partition: its batches, its offsets, its producers, and who waits for more.
//!
//! ```text
//! produce ─► checks (size, CRC, header, sequence) ─► stamp offset and epoch ─► store ─► index ─► wake fetches
//! ```
//!
//! Everything is behind one mutex, held for one batch or one lookup and never across an await. The index has one
//! entry per batch. Without a data folder the entry owns the bytes; with one it says where they lie. Replication is
//! not modelled: virtual nodes share this log, so the high watermark is the end.
//!
//! **Crash in the middle of an append**: the file ends in a cut batch, which was never acknowledged; it is removed at
//! the next start ([`segments`]). **Between append and answer**: the batch stays, the producer asks again and its
//! sequence marks the duplicate. Bytes are handed to the system, not synced, per append: they survive the end of the
//! process, not of the machine. Files are read and written where the request is handled, not on a pool: the system's
//! page cache makes that a copy, and the broker is for one machine.

mod producers;
pub(crate) mod records;
mod segments;

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use bytes::{Bytes, BytesMut};
use kafka_protocol::ResponseError;
use tokio::sync::Notify;

use self::producers::{Producers, Verdict};
use self::segments::{Place, Segments};
use crate::batch::{self, BatchHeader};

/// See the module's head.
#[derive(Debug)]
pub(crate) struct PartitionLog {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    files: Option<Segments>,
    index: VecDeque<Entry>,
    start: i64,
    end: i64,
    producers: Producers,
    /// Leader epochs and the first offset of each, ascending.
    epochs: Vec<(i32, i64)>,
    waiting: Vec<Weak<Notify>>,
}

#[derive(Clone, Debug)]
struct Entry {
    base: i64,
    last: i64,
    max_timestamp: i64,
    size: usize,
    at: At,
}

#[derive(Clone, Debug)]
enum At {
    Memory(Bytes),
    File(Place),
}

/// What the topic's configuration and the request say about an append.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AppendRules {
    pub leader_epoch: i32,
    pub max_batch_bytes: usize,
    /// The wall clock when batches take the time of appending, else `None`.
    pub append_time_ms: Option<i64>,
    /// zstd needs Produce 7 (B13).
    pub zstd_allowed: bool,
}

/// The answer to an accepted append, new or duplicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Appended {
    pub base_offset: i64,
    /// -1 unless batches take the time of appending.
    pub append_time_ms: i64,
    pub start: i64,
}

/// A refused append: code, text for clients that read it, and the log's start for UNKNOWN_PRODUCER_ID.
#[derive(Debug)]
pub(crate) struct Refused {
    pub code: ResponseError,
    pub message: Option<String>,
    pub start: i64,
}

/// The offsets of a partition at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offsets {
    pub start: i64,
    /// Equals the end: there is no replication.
    pub high_watermark: i64,
    /// Equals the high watermark while no transaction is open.
    pub last_stable: i64,
}

/// Whole batches from a fetch offset on.
#[derive(Debug)]
pub(crate) struct Slice {
    pub records: Bytes,
    pub offsets: Offsets,
}

impl PartitionLog {
    /// A log in memory.
    pub(crate) fn in_memory() -> Self {
        Self::from(State::new(None))
    }

    /// Opens the log in `dir`, rebuilding index, producers and epochs from its batches.
    pub(crate) fn open(dir: &Path, start: i64) -> io::Result<Self> {
        let mut state = State::new(None);
        let (files, next) = Segments::open(dir, |header, place| {
            let base = header.base_offset;
            if state.index.is_empty() {
                state.start = base;
            }
            state.enter(header, base, At::File(place));
        })?;
        state.files = Some(files);
        state.start = state.start.max(start);
        state.end = next.max(state.start);
        state.drop_below_start();
        Ok(Self::from(state))
    }

    /// Checks and appends exactly one batch; see [`AppendRules`]. Duplicates are answered, not written (I3).
    pub(crate) fn append(&self, bytes: &[u8], rules: &AppendRules) -> Result<Appended, Refused> {
        let mut state = self.lock();
        let start = state.start;
        let refuse =
            |(code, message): (ResponseError, String)| Refused { code, message: Some(message), start };
        let header = check(bytes, rules).map_err(refuse)?;
        match state.producers.judge(&header) {
            Verdict::Append => {}
            Verdict::Duplicate { base_offset, timestamp } => {
                let append_time_ms = rules.append_time_ms.map_or(-1, |_| timestamp);
                return Ok(Appended { base_offset, append_time_ms, start });
            }
            Verdict::Refuse(code) => return Err(Refused { code, message: None, start }),
        }
        let appended = state.write(bytes, header, rules).map_err(|error| {
            tracing::error!(%error, "could not append to a segment");
            refuse((ResponseError::KafkaStorageError, format!("the log could not be written: {error}")))
        })?;
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        wake(waiting);
        Ok(appended)
    }

    /// Whole batches from the one that holds `offset`, up to `max_bytes`; at least one if `at_least_one` (F9).
    pub(crate) fn read(
        &self,
        offset: i64,
        max_bytes: usize,
        at_least_one: bool,
    ) -> Result<Slice, ResponseError> {
        let state = self.lock();
        if offset < state.start || offset > state.end {
            return Err(ResponseError::OffsetOutOfRange);
        }
        let first = state.index.partition_point(|e| e.last < offset);
        let mut taken = 0;
        let mut size = 0usize;
        for entry in state.index.range(first..) {
            let fits = size.saturating_add(entry.size) <= max_bytes;
            if !(fits || at_least_one && taken == 0) {
                break;
            }
            taken += 1;
            size += entry.size;
        }
        let records = state.collect(first, taken, size).map_err(|error| {
            tracing::error!(%error, "could not read a segment");
            ResponseError::KafkaStorageError
        })?;
        Ok(Slice { records, offsets: state.offsets() })
    }

    /// Whether a fetch at `offset` finds something, without reading it. Counts up to `enough` bytes.
    pub(crate) fn bytes_after(&self, offset: i64, enough: usize) -> usize {
        let state = self.lock();
        let first = state.index.partition_point(|e| e.last < offset);
        let mut size = 0usize;
        for entry in state.index.range(first..) {
            size += entry.size;
            if size >= enough {
                break;
            }
        }
        size
    }

    /// Wakes `waiter` at the next append, leader change or deletion.
    pub(crate) fn notify(&self, waiter: &Arc<Notify>) {
        let mut state = self.lock();
        if state.waiting.len() >= 32 {
            state.waiting.retain(|w| w.strong_count() > 0);
        }
        state.waiting.push(Arc::downgrade(waiter));
    }

    /// Wakes everyone who waits here, so that they look again.
    pub(crate) fn wake(&self) {
        let waiting = std::mem::take(&mut self.lock().waiting);
        wake(waiting);
    }

    pub(crate) fn offsets(&self) -> Offsets {
        self.lock().offsets()
    }

    /// Notes that `epoch` begins at the present end.
    pub(crate) fn begin_epoch(&self, epoch: i32) {
        self.lock().begin_epoch(epoch);
    }

    /// Moves the start up to `offset` (-1: the high watermark); returns the new start.
    pub(crate) fn delete_before(&self, offset: i64) -> Result<i64, ResponseError> {
        let mut state = self.lock();
        let offset = if offset == -1 { state.end } else { offset };
        if offset < 0 || offset > state.end {
            return Err(ResponseError::OffsetOutOfRange);
        }
        state.start = state.start.max(offset);
        state.drop_below_start();
        Ok(state.start)
    }

    /// Epoch and end offset for OffsetForLeaderEpoch; (-1, -1) when the epoch is newer than any known (F5).
    pub(crate) fn epoch_end(&self, epoch: i32) -> (i32, i64) {
        let state = self.lock();
        let next = state.epochs.partition_point(|(e, _)| *e <= epoch);
        let Some(&(_, next_start)) = state.epochs.get(next) else {
            return match state.epochs.last() {
                Some((latest, _)) if *latest == epoch => (epoch, state.end),
                _ => (-1, -1),
            };
        };
        match next.checked_sub(1).and_then(|i| state.epochs.get(i)) {
            Some((floor, _)) => (*floor, next_start),
            None => (epoch, next_start),
        }
    }

    /// First record at or after `timestamp`: (timestamp, offset). In a batch that cannot be decompressed, the batch's
    /// first offset, which never skips a record.
    pub(crate) fn offset_at(&self, timestamp: i64) -> Option<(i64, i64)> {
        let (batch, header, start) = {
            let state = self.lock();
            let i = state.index.iter().position(|e| e.max_timestamp >= timestamp && e.last >= state.start)?;
            let (batch, header) = state.batch(i)?;
            (batch, header, state.start)
        };
        let found = records::find(&batch, |t, offset| t >= timestamp && offset >= start);
        found.or_else(|| Some((header.first_timestamp.max(timestamp), header.base_offset.max(start))))
    }

    /// The largest timestamp and its offset (ListOffsets -3).
    pub(crate) fn offset_of_max_timestamp(&self) -> Option<(i64, i64)> {
        let (batch, header) = {
            let state = self.lock();
            let largest = state.index.iter().map(|e| e.max_timestamp).max()?;
            let i = state.index.iter().position(|e| e.max_timestamp == largest)?;
            state.batch(i)?
        };
        let found = records::find(&batch, |t, _| t == header.max_timestamp);
        let last = header.base_offset + i64::from(header.last_offset_delta);
        found.or(Some((header.max_timestamp, last)))
    }

    /// Epoch of the last batch; the leader's epoch when the log is empty.
    pub(crate) fn latest_epoch(&self) -> i32 {
        self.lock().epochs.last().map_or(-1, |(epoch, _)| *epoch)
    }

    /// Epoch that `offset` was written under.
    pub(crate) fn epoch_of(&self, offset: i64) -> i32 {
        let state = self.lock();
        let after = state.epochs.partition_point(|(_, start)| *start <= offset);
        after.checked_sub(1).and_then(|i| state.epochs.get(i)).map_or(-1, |(epoch, _)| *epoch)
    }

    pub(crate) fn forget_producers(&self) {
        self.lock().producers.forget();
    }

    pub(crate) fn producers(&self) -> Vec<(i64, i16, i32, i64)> {
        self.lock().producers.list()
    }

    /// Every stored batch, whole, in order.
    pub(crate) fn batches(&self) -> Vec<Bytes> {
        let state = self.lock();
        (0..state.index.len()).filter_map(|i| state.batch(i).map(|(bytes, _)| bytes)).collect()
    }

    /// Makes everything durable against power loss; called at shutdown.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.lock().files.as_ref().map_or(Ok(()), Segments::sync)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<State> for PartitionLog {
    fn from(state: State) -> Self {
        Self { state: Mutex::new(state) }
    }
}

impl State {
    fn new(files: Option<Segments>) -> Self {
        Self {
            files,
            index: VecDeque::new(),
            start: 0,
            end: 0,
            producers: Producers::default(),
            epochs: Vec::new(),
            waiting: Vec::new(),
        }
    }

    fn write(&mut self, bytes: &[u8], mut header: BatchHeader, rules: &AppendRules) -> io::Result<Appended> {
        let base_offset = self.end;
        let mut stamped = BytesMut::from(bytes);
        batch::stamp(&mut stamped, base_offset, rules.leader_epoch);
        if let Some(now) = rules.append_time_ms {
            batch::stamp_append_time(&mut stamped, header.attributes, now);
            header.max_timestamp = now;
        }
        header.leader_epoch = rules.leader_epoch;
        let at = match &mut self.files {
            Some(files) => At::File(files.append(base_offset, &stamped)?),
            None => At::Memory(stamped.freeze()),
        };
        self.enter(&header, base_offset, at);
        Ok(Appended { base_offset, append_time_ms: rules.append_time_ms.unwrap_or(-1), start: self.start })
    }

    fn enter(&mut self, header: &BatchHeader, base: i64, at: At) {
        let last = base + i64::from(header.last_offset_delta);
        let max_timestamp = header.max_timestamp;
        self.begin_epoch_at(header.leader_epoch, base);
        self.producers.remember(header, base);
        self.index.push_back(Entry { base, last, max_timestamp, size: header.size, at });
        self.end = last + 1;
    }

    fn begin_epoch(&mut self, epoch: i32) {
        self.begin_epoch_at(epoch, self.end);
    }

    fn begin_epoch_at(&mut self, epoch: i32, offset: i64) {
        if self.epochs.last().is_none_or(|(latest, _)| epoch > *latest) {
            self.epochs.push((epoch, offset));
        }
    }

    fn collect(&self, first: usize, taken: usize, size: usize) -> io::Result<Bytes> {
        let entries = || self.index.range(first..first + taken);
        if let (1, Some(Entry { at: At::Memory(only), .. })) = (taken, self.index.get(first)) {
            return Ok(only.clone());
        }
        let mut out = BytesMut::zeroed(size);
        let mut filled = 0;
        let mut run: Option<(Place, usize, usize)> = None; // Neighbours in a file are read at once.
        for entry in entries() {
            match &entry.at {
                At::Memory(bytes) => out[filled..filled + entry.size].copy_from_slice(bytes),
                At::File(place) => {
                    run = match run {
                        Some((start, at, len))
                            if start.segment == place.segment
                                && start.position + len as u64 == place.position =>
                        {
                            Some((start, at, len + entry.size))
                        }
                        earlier => {
                            self.read_run(earlier, &mut out)?;
                            Some((*place, filled, entry.size))
                        }
                    }
                }
            }
            filled += entry.size;
        }
        self.read_run(run, &mut out)?;
        Ok(out.freeze())
    }

    fn read_run(&self, run: Option<(Place, usize, usize)>, out: &mut [u8]) -> io::Result<()> {
        match (run, &self.files) {
            (Some((place, at, len)), Some(files)) => files.read(place, &mut out[at..at + len]),
            _ => Ok(()),
        }
    }

    fn batch(&self, i: usize) -> Option<(Bytes, BatchHeader)> {
        let entry = self.index.get(i)?;
        let bytes = self.collect(i, 1, entry.size).ok()?;
        let header = BatchHeader::parse(&bytes)?;
        Some((bytes, header))
    }

    fn drop_below_start(&mut self) {
        while self.index.front().is_some_and(|e| e.last < self.start) {
            self.index.pop_front();
        }
        // The file may go once no entry points into it.
        let lowest = self.index.front().map_or(self.end, |e| e.base);
        if let Some(files) = &mut self.files
            && let Err(error) = files.delete_below(lowest)
        {
            tracing::warn!(%error, "could not delete an old segment; it is tried again later");
        }
    }

    fn offsets(&self) -> Offsets {
        Offsets { start: self.start, high_watermark: self.end, last_stable: self.end }
    }
}

/// Everything that is wrong with a batch on its own, before its producer is looked at.
fn check(bytes: &[u8], rules: &AppendRules) -> Result<BatchHeader, (ResponseError, String)> {
    use ResponseError::{
        CorruptMessage, InvalidRecord, InvalidTxnState, MessageTooLarge, UnsupportedCompressionType,
    };
    let fail = |code, text: &str| Err((code, text.to_owned()));
    let Some(header) = BatchHeader::parse(bytes) else {
        return fail(CorruptMessage, "the records are shorter than a batch header");
    };
    if header.magic != 2 {
        return fail(InvalidRecord, "only record batches with magic 2 are taken");
    }
    if header.size > bytes.len() {
        return fail(CorruptMessage, "the batch is longer than the records field");
    }
    if header.size < bytes.len() {
        return fail(InvalidRecord, "produce requests carry exactly one batch per partition");
    }
    if header.size > rules.max_batch_bytes {
        let text = format!("the batch has {} bytes, the topic takes {}", header.size, rules.max_batch_bytes);
        return Err((MessageTooLarge, text));
    }
    if !batch::crc_holds(bytes, &header) {
        return fail(CorruptMessage, "the batch's checksum does not hold");
    }
    if header.base_offset != 0 {
        return fail(InvalidRecord, "the batch's base offset must be 0");
    }
    if header.count < 1 || header.last_offset_delta != header.count - 1 {
        return fail(InvalidRecord, "record count and last offset delta do not agree");
    }
    if header.codec() > 4 || (header.codec() == 4 && !rules.zstd_allowed) {
        return fail(
            UnsupportedCompressionType,
            "this compression type is not taken at this request version",
        );
    }
    if header.is_control() {
        return fail(InvalidRecord, "clients must not write control batches");
    }
    if header.is_transactional() {
        return fail(InvalidTxnState, "no transaction of this producer is open");
    }
    if header.producer_id >= 0 && (header.base_sequence < 0 || header.producer_epoch < 0) {
        return fail(InvalidRecord, "a batch with a producer id needs an epoch and a sequence");
    }
    Ok(header)
}

fn wake(waiting: Vec<Weak<Notify>>) {
    for waiter in waiting {
        if let Some(waiter) = waiter.upgrade() {
            waiter.notify_one();
        }
    }
}
