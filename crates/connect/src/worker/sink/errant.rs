//! Records that a sink reports (KIP-610): their letters, and waiting until those are durable (D6).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use kconnect_api::{
    BoxFuture, ErrantRecordReporter, Exception, Origin, RecordError, SinkRecord, TaskError, TimestampType,
    Topic, TopicPartition, Value, java_string,
};
use kconnect_client::consumer::FetchedBatch;

use super::super::converters::Converters;
use super::super::failure::{Failure, Judge, Original, Stage};
use super::super::letter::{Letter, Place};

/// Reports of records that are not durable yet, and records at hand for reports.
pub(crate) struct Errant {
    judge: Arc<Judge>,
    /// Write records whose bytes are not at hand any more.
    converters: Mutex<Converters>,
    pending: Mutex<Vec<BoxFuture<'static, Result<(), TaskError>>>>,
    /// Batches being put, to find the bytes of a reported record.
    at_hand: Mutex<Vec<Held>>,
    /// The first report that must fail the task, though the task may have swallowed it.
    failed: Mutex<Option<Exception>>,
}

impl Errant {
    pub(crate) fn new(judge: Arc<Judge>, converters: Converters) -> Self {
        Self {
            judge,
            converters: Mutex::new(converters),
            pending: Mutex::default(),
            at_hand: Mutex::default(),
            failed: Mutex::default(),
        }
    }

    fn letter(&self, record: &SinkRecord) -> Letter {
        let Origin::Sink { from, offset, timestamp_type } = &record.record.origin else {
            return self.rewritten(record, &record.record.topic, record.record.partition.unwrap_or(-1), None);
        };
        let found = {
            let mut at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
            let mut held = at_hand.iter_mut().filter(|held| held.is_of(from));
            held.find_map(|held| held.letter(&from.topic, *offset))
        };
        let kind = (*timestamp_type != TimestampType::None).then(|| timestamp_type.name());
        found.unwrap_or_else(|| self.rewritten(record, &from.topic, from.partition, kind))
    }

    /// A record whose bytes are gone, as the task's converters write it; as text where they cannot.
    fn rewritten(
        &self,
        SinkRecord { record }: &SinkRecord,
        topic: &Topic,
        partition: i32,
        timestamp_type: Option<&'static str>,
    ) -> Letter {
        let mut converters = self.converters.lock().unwrap_or_else(PoisonError::into_inner);
        let mut wire = converters.write_headers(topic, &record.headers).unwrap_or_default();
        let mut scratch = Vec::new();
        let (key, value) =
            ((record.key_schema.as_ref(), &record.key), (record.value_schema.as_ref(), &record.value));
        let written = converters.write(topic, key, value, &mut wire, &mut scratch).ok();
        let copied = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
        let (key, value) = match written {
            Some((key, value)) => (key.resolve(&scratch).map(copied), value.resolve(&scratch).map(copied)),
            None => (text(&record.key), text(&record.value)),
        };
        let offset = match record.origin {
            Origin::Sink { offset, .. } => offset,
            Origin::Source { .. } => -1,
        };
        Letter {
            place: Place::Consumed { topic: Arc::clone(topic.shared()), partition, offset, timestamp_type },
            timestamp: record.timestamp.unwrap_or(-1),
            key,
            value,
            headers: wire
                .iter()
                .map(|header| (copied(header.key.as_bytes()), header.value.as_deref().map(copied)))
                .collect(),
        }
    }

    pub(super) fn add(&self, report: BoxFuture<'static, Result<(), TaskError>>) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    }

    pub(super) fn pending(&self) -> usize {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Waits until everything reported so far is durable. May be dropped: what it has not seen stays pending.
    pub(super) async fn settle(&self) -> Result<(), Exception> {
        loop {
            let last = self.pending.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(report) = last else { return Ok(()) };
            let mut waiting = Waiting { errant: self, report: Some(report) };
            let result = match &mut waiting.report {
                Some(report) => report.await,
                None => Ok(()),
            };
            waiting.report = None;
            result.map_err(|error| error.exception().clone())?;
        }
    }

    pub(super) fn take_failure(&self) -> Option<Exception> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn hold(&self, batches: Vec<FetchedBatch>) {
        let held = batches.into_iter().map(|batch| Held { batch, index: None }).collect();
        *self.at_hand.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

/// A batch that is being put. Reports usually concern many of its records, so its records are found by an index, which is
/// made with the first report.
struct Held {
    batch: FetchedBatch,
    /// Places of records in the batch by offset, with the letters, whose bytes are those of the batch.
    index: Option<HashMap<i64, Letter>>,
}

impl Held {
    fn is_of(&self, from: &TopicPartition) -> bool {
        self.batch.partition() == from.partition && *self.batch.topic() == *from.topic
    }

    /// The record at `offset`, in memory of its own: letters outlive the batch.
    fn letter(&mut self, topic: &Topic, offset: i64) -> Option<Letter> {
        let batch = &self.batch;
        let index = self.index.get_or_insert_with(|| {
            let views = batch.records().filter_map(Result::ok);
            views.map(|view| (view.offset(), Letter::shared(topic, batch.partition(), &view))).collect()
        });
        index.get(&offset).map(Letter::detach)
    }
}

/// A report that goes back to the pending ones when waiting for it is given up.
struct Waiting<'a> {
    errant: &'a Errant,
    report: Option<BoxFuture<'static, Result<(), TaskError>>>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(report) = self.report.take() {
            self.errant.add(report);
        }
    }
}

impl ErrantRecordReporter for Errant {
    fn report(&self, record: &SinkRecord, error: RecordError) -> BoxFuture<'static, Result<(), TaskError>> {
        let failure =
            Failure { stage: Stage::TaskPut, class: "org.apache.kafka.connect.sink.SinkTask".into(), error };
        let letter = self.letter(record);
        match self.judge.judge(&failure, &Original::Sink(&letter)) {
            Err(error) => {
                self.failed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get_or_insert_with(|| error.clone());
                Box::pin(async move { Err(TaskError::fatal(error)) })
            }
            Ok(None) => Box::pin(async { Ok(()) }),
            Ok(Some(written)) => {
                // The runtime waits as well, even if the plugin drops its future.
                let written = written.shared();
                self.add(Box::pin(written.clone()));
                Box::pin(written)
            }
        }
    }
}

/// The text of a value, `None` for null.
fn text(value: &Value) -> Option<Bytes> {
    if matches!(value, Value::Null) {
        return None;
    }
    let mut text = Vec::new();
    java_string(value, &mut text);
    Some(text.into())
}
