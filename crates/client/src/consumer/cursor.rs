//! Reading the buffered bytes of one partition piece by piece, in the application's thread.
//!
//! A cursor is made by the engine from an accepted answer and read by `poll`. It opens one batch at a time:
//! checks the checksum, decompresses, drops what was aborted (F8), and hands out whole batches without looking
//! into them. Only a batch that does not fit into the poll is walked, to find where to cut it. A compressed batch waits
//! for memory (`memory.rs`); one that is not takes none.

use std::sync::Arc;

use bytes::Bytes;
use kconnect_wire::records::{AbortedFilter, BatchView, Batches, DecompressBuffer, RecordSet, RecordsError};

use super::batch::{Segment, TimestampType};
use super::memory::Unread;
use super::slot::Position;

/// Progress through the bytes of one answer for one partition.
#[derive(Debug)]
pub(crate) struct Cursor {
    batches: Batches,
    filter: Option<AbortedFilter>,
    open: Option<Open>,
    /// The next batch, for which there was no memory.
    waiting: Option<BatchView>,
    /// Met behind good records; told when those are out.
    damage: Option<RecordsError>,
    /// Bytes of the answer that are ours.
    size: usize,
    /// Of the whole answer, which each of its cursors keeps alive.
    frame: Arc<Unread>,
    done: bool,
}

/// The batch that did not fit into the last poll.
#[derive(Debug)]
struct Open {
    batch: BatchView,
    set: RecordSet,
    /// Of what decompression made, while it waits for the next poll.
    unpacked: Option<Unread>,
}

/// What one reading brought.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) segments: Vec<Segment>,
    /// Where the application is after these records; `None` when nothing was passed.
    pub(crate) reached: Option<Position>,
    pub(crate) records: usize,
    /// More would have been read, had there been memory to decompress it.
    pub(crate) waits: bool,
}

impl Cursor {
    /// Reads `blob` from the offset that was asked for. `aborted` lists (producer id, first offset) of aborted
    /// transactions when only committed records may be seen.
    pub(crate) fn new(
        blob: Bytes,
        asked: i64,
        check_crcs: bool,
        aborted: Option<Vec<(i64, i64)>>,
        frame: Arc<Unread>,
    ) -> Self {
        Cursor {
            size: blob.len(),
            frame,
            batches: Batches::new(blob).verify_crc(check_crcs).from_offset(asked),
            filter: aborted.map(AbortedFilter::new),
            open: None,
            waiting: None,
            damage: None,
            done: false,
        }
    }

    /// Bytes of the answer that it was made of.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Takes up to `max` records. An error means that nothing can be read any more.
    pub(crate) fn read(
        &mut self,
        max: usize,
        scratch: &mut DecompressBuffer,
    ) -> Result<Reading, RecordsError> {
        if let Some(damage) = self.damage.take() {
            return Err(damage);
        }
        let mut reading = Reading { segments: Vec::new(), reached: None, records: 0, waits: false };
        while reading.records < max {
            let taken = match self.open_next(&mut reading, scratch) {
                Ok(Some(open)) => self.take(open, max, &mut reading),
                Ok(None) => {
                    reading.waits = self.waiting.is_some();
                    self.done = !reading.waits;
                    break;
                }
                Err(error) => Err(error),
            };
            match taken {
                Ok(()) => {}
                Err(error) if reading.reached.is_none() => return Err(error),
                Err(error) => {
                    self.damage = Some(error);
                    break;
                }
            }
        }
        Ok(reading)
    }

    /// The rest of the open batch, or the next one that has records for us; none if it has to wait for memory.
    fn open_next(
        &mut self,
        reading: &mut Reading,
        scratch: &mut DecompressBuffer,
    ) -> Result<Option<Open>, RecordsError> {
        if let Some(open) = self.open.take() {
            return Ok(Some(open));
        }
        if let Some(batch) = self.waiting.take() {
            return self.unpack(batch, scratch);
        }
        loop {
            let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
            let admitted = match &mut self.filter {
                Some(filter) => filter.admits(&batch, scratch)?,
                None => !batch.header().is_control(),
            };
            if admitted {
                return self.unpack(batch, scratch);
            }
            // B4, B15: passed over without a record.
            reading.reached = Some(end_of(&batch));
        }
    }

    fn unpack(
        &mut self,
        batch: BatchView,
        scratch: &mut DecompressBuffer,
    ) -> Result<Option<Open>, RecordsError> {
        let memory = self.frame.memory();
        if batch.is_compressed() && !memory.may_unpack() {
            self.waiting = Some(batch);
            return Ok(None);
        }
        let mut set = batch.decode(scratch)?;
        let takes = set.unpacked();
        if takes > 0 {
            set = set.owned_by(|payload| memory.enter(payload, takes));
        }
        Ok(Some(Open { batch, set, unpacked: None }))
    }

    fn take(&mut self, mut open: Open, max: usize, reading: &mut Reading) -> Result<(), RecordsError> {
        let room = u32::try_from(max - reading.records).unwrap_or(u32::MAX);
        let segment = |set: RecordSet, take: u32, open: &Open| Segment {
            stored: open.batch.bytes().clone(),
            set,
            take,
            timestamp_type: timestamp_type(&open.batch),
        };
        let whole = open.set.remaining();
        if whole <= room {
            reading.segments.push(segment(open.set.clone(), whole, &open));
            reading.reached = Some(end_of(&open.batch));
            reading.records += whole as usize;
            return Ok(());
        }
        let start = open.set.clone();
        let mut last = None;
        for _ in 0..room {
            match open.set.next() {
                Some(record) => last = Some(record?.offset),
                None => break,
            }
        }
        match last {
            Some(offset) => {
                reading.segments.push(segment(start, room, &open));
                reading.records += room as usize;
                let epoch = open.batch.header().leader_epoch;
                reading.reached = Some(Position { offset: offset.saturating_add(1), epoch });
            }
            None => reading.reached = Some(end_of(&open.batch)),
        }
        if open.set.remaining() > 0 {
            if open.unpacked.is_none() && open.set.unpacked() > 0 {
                open.unpacked = Some(self.frame.memory().keep(open.set.unpacked()));
            }
            self.open = Some(open);
        }
        Ok(())
    }
}

fn end_of(batch: &BatchView) -> Position {
    Position { offset: batch.next_offset(), epoch: batch.header().leader_epoch }
}

fn timestamp_type(batch: &BatchView) -> TimestampType {
    match batch.header() {
        header if header.magic == 0 => TimestampType::None,
        header if header.is_log_append_time() => TimestampType::LogAppendTime,
        _ => TimestampType::CreateTime,
    }
}
