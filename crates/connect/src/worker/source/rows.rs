//! Rows from the batch to the producer: the hot path, and what a row that is not taken leads to.

use std::sync::Arc;

use kconnect_api::{
    Ack, AckOutcome, BoxFuture, Exception, Origin, OutBytes, Record, Row, RowId, SourceBatch, SourceOffset,
    SourcePartition, Topic, Verdict, WireHeader, WireHeaders,
};
use kconnect_client::producer::{AppendError, Producer, RecordHeader, TopicHandle};
use kconnect_client::{Error, producer};

use super::super::converters::Stuck;
use super::super::failure::client_exception;
use super::super::tracker::{Cookie, PLACES};
use super::super::unless_stopped;
use super::refusals::produce_failure;
use super::{Event, SourceLoop};

/// What is known of a lane of the batch, kept as long as the lane stays where it is.
pub(super) struct LaneSlot {
    pub(super) topic: Topic,
    pub(super) partition: SourcePartition,
    pub(super) source: usize,
    pub(super) slot: usize,
    /// Last row of this lane that was handed over or dropped since the last seal.
    pub(super) last: Option<usize>,
}

/// Why handing rows over stopped.
pub(super) enum Halt {
    Done,
    Full,
    Topic(usize),
    Stuck(Stuck),
    Refused(AppendError),
    Failed(Exception),
}

impl SourceLoop {
    /// Hands rows over from `at` on. `Some` is what to wait for before going on.
    pub(super) async fn send(
        &mut self,
        batch: &mut SourceBatch,
        at: &mut usize,
    ) -> Result<Option<BoxFuture<'static, Event>>, Exception> {
        self.learn_lanes(batch);
        loop {
            let halt = self.send_rows(batch, at);
            match halt {
                Halt::Done => {
                    self.seal(batch);
                    return Ok(None);
                }
                Halt::Full => {
                    let producer = self.parts.producer.clone();
                    return Ok(Some(Box::pin(async move {
                        producer.ready().await;
                        Event::GoOn
                    })));
                }
                Halt::Topic(slot) => return Ok(Some(self.prepare_topic(slot))),
                Halt::Stuck(Stuck::Needs(role, need)) => {
                    let resolved = self.parts.converters.resolve(role, need);
                    let Some(resolved) = unless_stopped(&mut self.parts.wanted.clone(), resolved).await
                    else {
                        // The loop sees the stop before this.
                        return Ok(Some(Box::pin(async { Event::GoOn })));
                    };
                    if let Err(failure) = resolved
                        && let Some(wait) = self.on_failure(batch, at, &failure)?
                    {
                        return Ok(Some(wait));
                    }
                }
                Halt::Stuck(Stuck::Failed(failure)) => {
                    if let Some(wait) = self.on_failure(batch, at, &failure)? {
                        return Ok(Some(wait));
                    }
                }
                Halt::Refused(error) => {
                    if let Some(wait) = self.on_refusal(batch, at, error)? {
                        return Ok(Some(wait));
                    }
                }
                Halt::Failed(error) => {
                    self.seal(batch);
                    return Err(error);
                }
            }
        }
    }

    /// Looks up what is known of the batch's lanes; free when they are those of the batch before.
    pub(super) fn learn_lanes(&mut self, batch: &SourceBatch) {
        let lanes = batch.lanes();
        self.lanes.truncate(lanes.len());
        for (index, lane) in lanes.iter().enumerate() {
            let known = self.lanes.get(index).is_some_and(|known| {
                Arc::ptr_eq(known.topic.shared(), lane.topic.shared())
                    && Arc::ptr_eq(&known.partition, &lane.source_partition)
            });
            if known {
                continue;
            }
            let slot = self.topic_slot(&lane.topic);
            let source = self.tracker.source(&lane.source_partition);
            let (topic, partition) = (lane.topic.clone(), Arc::clone(&lane.source_partition));
            let learned = LaneSlot { topic, partition, source, slot, last: None };
            match self.lanes.get_mut(index) {
                Some(known) => *known = learned,
                None => self.lanes.push(learned),
            }
        }
    }

    /// The hot path.
    pub(super) fn send_rows(&mut self, batch: &SourceBatch, at: &mut usize) -> Halt {
        let rows = batch.rows();
        while *at < rows.len() {
            let index = *at;
            let place = index % PLACES;
            if place == 0 && index > 0 {
                self.seal(batch);
            }
            let row = &rows[index];
            let first_row = batch.first_row().0 + (index - place) as u64;
            let sent = if let Some(raw) = &row.raw {
                self.send_raw(batch, row, raw, first_row, place)
            } else if self.parts.chain.is_empty() {
                self.send_row(batch, row, first_row, place)
            } else {
                self.send_transformed(batch, row, first_row, place)
            };
            if let Err(halt) = sent {
                return halt;
            }
            self.lanes[row.lane.index()].last = Some(index);
            *at += 1;
        }
        Halt::Done
    }

    #[inline]
    pub(super) fn send_row(
        &mut self,
        batch: &SourceBatch,
        row: &Row,
        first_row: u64,
        place: usize,
    ) -> Result<(), Halt> {
        let lane = &batch.lanes()[row.lane.index()];
        let known = &self.lanes[row.lane.index()];
        let (source, slot) = (known.source, known.slot);
        let Some(handle) = &self.topics[slot].handle else { return Err(self.unprepared(slot)) };
        let timestamp = checked_timestamp(row.timestamp)?;
        let parts = &mut self.parts;
        let mut own;
        let wire = match &row.headers {
            None => &mut self.no_headers,
            Some(headers) => {
                own = parts.converters.write_headers(&lane.topic, headers).map_err(Halt::Stuck)?;
                &mut own
            }
        };
        self.scratch.clear();
        let (key, value) = parts
            .converters
            .write(
                &lane.topic,
                (lane.key_schema.as_ref(), &row.key),
                (lane.value_schema.as_ref(), &row.value),
                wire,
                &mut self.scratch,
            )
            .map_err(Halt::Stuck)?;
        let cookie = self.tracker.submit(source, first_row, place);
        let appended = append(
            &parts.producer,
            handle,
            lane.partition,
            timestamp,
            (key, value),
            wire,
            &self.scratch,
            cookie,
        );
        // A converter may have added headers to the shared list.
        self.no_headers.clear();
        appended.map_err(|error| {
            self.tracker.unsubmit(cookie);
            refused(error)
        })
    }

    pub(super) fn send_transformed(
        &mut self,
        batch: &SourceBatch,
        row: &Row,
        first_row: u64,
        place: usize,
    ) -> Result<(), Halt> {
        let lane = &batch.lanes()[row.lane.index()];
        let source = self.lanes[row.lane.index()].source;
        let mut record = Record {
            topic: lane.topic.clone(),
            partition: lane.partition,
            key_schema: lane.key_schema.clone(),
            key: row.key.clone(),
            value_schema: lane.value_schema.clone(),
            value: row.value.clone(),
            timestamp: row.timestamp,
            headers: row.headers.as_deref().cloned().unwrap_or_default(),
            origin: Origin::Source {
                partition: Arc::clone(&lane.source_partition),
                offset: row.offset.clone(),
            },
        };
        match self.parts.chain.apply(&mut record) {
            Ok(Verdict::Keep) => {}
            Ok(Verdict::Drop) => {
                self.drop_row(source, first_row, place);
                return Ok(());
            }
            Err(failure) => return Err(Halt::Stuck(Stuck::Failed(failure))),
        }
        let slot = self.topic_slot(&record.topic);
        let Some(handle) = self.topics[slot].handle.clone() else { return Err(self.unprepared(slot)) };
        let timestamp = checked_timestamp(record.timestamp)?;
        let mut wire = match record.headers.is_empty() {
            true => WireHeaders::new(),
            false => {
                self.parts.converters.write_headers(&record.topic, &record.headers).map_err(Halt::Stuck)?
            }
        };
        self.scratch.clear();
        let (key, value) = self
            .parts
            .converters
            .write(
                &record.topic,
                (record.key_schema.as_ref(), &record.key),
                (record.value_schema.as_ref(), &record.value),
                &mut wire,
                &mut self.scratch,
            )
            .map_err(Halt::Stuck)?;
        let cookie = self.tracker.submit(source, first_row, place);
        append(
            &self.parts.producer,
            &handle,
            record.partition,
            timestamp,
            (key, value),
            &wire,
            &self.scratch,
            cookie,
        )
        .map_err(|error| {
            self.tracker.unsubmit(cookie);
            refused(error)
        })
    }

    pub(super) fn send_raw(
        &mut self,
        batch: &SourceBatch,
        row: &Row,
        raw: &kconnect_api::RawBatch,
        first_row: u64,
        place: usize,
    ) -> Result<(), Halt> {
        let known = &self.lanes[row.lane.index()];
        let (source, slot) = (known.source, known.slot);
        let Some(handle) = &self.topics[slot].handle else { return Err(self.unprepared(slot)) };
        let failed = |error: &Error| {
            Halt::Failed(
                Exception::connect("Unrecoverable exception trying to send")
                    .caused_by(client_exception(error)),
            )
        };
        let mut encoded =
            producer::RawBatch::from_encoded(raw.bytes.clone()).map_err(|error| failed(&error))?;
        let cookie = self.tracker.submit(source, first_row, place);
        // An encoded batch cannot be split over partitions; a lane that names none means the first.
        let partition = batch.lanes()[row.lane.index()].partition.unwrap_or(0);
        self.parts.producer.append_batch(handle, partition, &mut encoded, cookie.0).map_err(|error| {
            self.tracker.unsubmit(cookie);
            refused(error)
        })
    }

    /// What a row meets whose topic is not known: it waits, or it is bad because there can be no such topic.
    #[cold]
    fn unprepared(&self, slot: usize) -> Halt {
        match &self.topics[slot].refused {
            Some(error) => Halt::Stuck(Stuck::Failed(produce_failure(error.clone()))),
            None => Halt::Topic(slot),
        }
    }

    pub(super) fn drop_row(&mut self, source: usize, first_row: u64, place: usize) {
        self.tracker.dropped(source, first_row);
        if self.parts.outbox.is_wanted() {
            let rows = vec![RowId(first_row + place as u64)];
            self.parts.outbox.push(Ack { rows, outcome: AckOutcome::Dropped });
        }
    }

    /// Ends the segments of all source partitions that had rows since the last seal.
    pub(super) fn seal(&mut self, batch: &SourceBatch) {
        let mut ends: Vec<(usize, usize)> = Vec::new();
        for lane in &mut self.lanes {
            let Some(last) = lane.last.take() else { continue };
            match ends.iter_mut().find(|(source, _)| *source == lane.source) {
                Some((_, end)) => *end = (*end).max(last),
                None => ends.push((lane.source, last)),
            }
        }
        for (source, last) in ends {
            let offset = batch.rows().get(last).map_or(SourceOffset::None, |row| row.offset.clone());
            self.tracker.seal(source, offset);
        }
    }
}

#[inline]
fn append(
    producer: &Producer,
    topic: &TopicHandle,
    partition: Option<i32>,
    timestamp: Option<i64>,
    (key, value): (OutBytes<'_>, OutBytes<'_>),
    wire: &[WireHeader],
    scratch: &[u8],
    cookie: Cookie,
) -> Result<(), AppendError> {
    let (key, value) = (key.resolve(scratch), value.resolve(scratch));
    if wire.is_empty() {
        let record = producer::Record { timestamp, key, value, headers: &[] };
        return producer.append(topic, partition, record, cookie.0);
    }
    let headers: Vec<RecordHeader<'_>> =
        wire.iter().map(|header| RecordHeader::new(&header.key, header.value.as_deref())).collect();
    producer.append(topic, partition, producer::Record { timestamp, key, value, headers: &headers }, cookie.0)
}

fn refused(error: AppendError) -> Halt {
    match error {
        AppendError::Full => Halt::Full,
        other => Halt::Refused(other),
    }
}

fn checked_timestamp(timestamp: Option<i64>) -> Result<Option<i64>, Halt> {
    match timestamp {
        Some(-1) => Ok(None),
        Some(bad) if bad < 0 => {
            let class = "org.apache.kafka.common.InvalidRecordException";
            Err(Halt::Failed(Exception::new(class, format!("Invalid record timestamp {bad}"))))
        }
        timestamp => Ok(timestamp),
    }
}
