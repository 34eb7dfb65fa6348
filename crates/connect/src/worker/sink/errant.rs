//! Records that a sink reports (KIP-610): their letters, and waiting until those are durable (D6).

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use kconnect_api::{
    BoxFuture, ErrantRecordReporter, Exception, Origin, RecordError, SinkRecord, TaskError, TimestampType,
    Topic,
};
use kconnect_client::consumer::{FetchedBatch, RecordView, TimestampType as ClientTimestampType};

use super::super::dead_letters::Letter;
use super::super::failure::{Failure, Judge, Original, Stage};

/// Reports of records that are not durable yet, and records at hand for reports.
pub(crate) struct Errant {
    judge: Arc<Judge>,
    pending: Mutex<Vec<BoxFuture<'static, Result<(), TaskError>>>>,
    /// Batches being put, to find the bytes of a reported record.
    at_hand: Mutex<Vec<FetchedBatch>>,
    /// The first report that must fail the task, though the task may have swallowed it.
    failed: Mutex<Option<Exception>>,
}

impl Errant {
    pub(crate) fn new(judge: Arc<Judge>) -> Self {
        Self { judge, pending: Mutex::default(), at_hand: Mutex::default(), failed: Mutex::default() }
    }

    fn letter(&self, record: &SinkRecord) -> Letter {
        let Origin::Sink { from, offset, timestamp_type } = &record.record.origin else {
            return placeholder(record);
        };
        let at_hand = self.at_hand.lock().unwrap_or_else(PoisonError::into_inner);
        let found = at_hand
            .iter()
            .filter(|batch| batch.partition() == from.partition && *batch.topic() == *from.topic)
            .flat_map(FetchedBatch::records)
            .find_map(|view| {
                view.ok()
                    .filter(|view| view.offset() == *offset)
                    .map(|view| letter(&from.topic, from.partition, &view))
            });
        found.unwrap_or_else(|| Letter {
            topic: Arc::clone(from.topic.shared()),
            partition: from.partition,
            offset: *offset,
            timestamp_type: (*timestamp_type != TimestampType::None).then(|| timestamp_type.name()),
            ..placeholder(record)
        })
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
        *self.at_hand.lock().unwrap_or_else(PoisonError::into_inner) = batches;
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

/// The bytes that a record has when those it came from are gone: texts and bytes as they are.
fn placeholder(record: &SinkRecord) -> Letter {
    let bytes = |value: &kconnect_api::Value| match value {
        kconnect_api::Value::Null => None,
        kconnect_api::Value::Bytes(bytes) => Some(bytes.to_bytes()),
        kconnect_api::Value::String(text) => Some(text.buf().to_bytes()),
        other => Some(Bytes::from({
            let mut text = Vec::new();
            kconnect_api::java_string(other, &mut text);
            text
        })),
    };
    Letter {
        topic: Arc::clone(record.record.topic.shared()),
        partition: record.record.partition.unwrap_or(-1),
        offset: record.offset(),
        timestamp: record.record.timestamp.unwrap_or(-1),
        timestamp_type: None,
        key: bytes(&record.record.key),
        value: bytes(&record.record.value),
        headers: Vec::new(),
    }
}

pub(super) fn letter(topic: &Topic, partition: i32, view: &RecordView<'_>) -> Letter {
    Letter {
        topic: Arc::clone(topic.shared()),
        partition,
        offset: view.offset(),
        timestamp: view.timestamp(),
        timestamp_type: match view.timestamp_type() {
            ClientTimestampType::None => None,
            ClientTimestampType::CreateTime => Some("CreateTime"),
            ClientTimestampType::LogAppendTime => Some("LogAppendTime"),
        },
        key: view.key().map(Bytes::copy_from_slice),
        value: view.value().map(Bytes::copy_from_slice),
        headers: view
            .headers()
            .map(|header| (Bytes::copy_from_slice(header.key), header.value.map(Bytes::copy_from_slice)))
            .collect(),
    }
}
