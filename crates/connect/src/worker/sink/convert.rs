//! Consumed records on their way into the batch: converters, transforms, and what a record that fails leads to.

use std::sync::Arc;
use std::time::Instant;

use kconnect_api::{
    Buf, Exception, Headers, Origin, Record, SinkRecord, TimestampType, Topic, TopicPartition, Value,
    Verdict, WireHeader,
};
use kconnect_client::consumer::{FetchedBatch, RecordView, TimestampType as ClientTimestampType};
use tokio::time::sleep;

use super::super::converters::Stuck;
use super::super::failure::{Original, Retry, client_exception};
use super::super::letter::Letter;
use super::super::unless_stopped;
use super::{MOST_LETTERS, SinkLoop, unrecoverable};

impl SinkLoop {
    /// Converts what was polled into the batch to deliver.
    ///
    /// `false` when a stop came while a record waited to be tried again: nothing of this may be delivered.
    pub(super) async fn take(&mut self, batches: Vec<FetchedBatch>) -> Result<bool, Exception> {
        for fetched in &batches {
            let topic = Topic::new(Arc::clone(&fetched.topic_partition().topic));
            let from = TopicPartition { topic, partition: fetched.partition() };
            if self.parts.tracking && !self.used.contains(&from.topic) {
                self.used.insert(from.topic.clone());
                self.parts.reporter.topic_used(&from.topic);
            }
            if !self.committed.contains_key(&from)
                && let Some(Ok(first)) = fetched.records().next()
            {
                // The position was not known when the partition was assigned: a rewind goes back to here.
                self.committed.insert(from.clone(), first.offset());
            }
            if !self.convert_batch(fetched, &from).await? {
                return Ok(false);
            }
            self.delivery.reached.insert(from, (fetched.next_offset(), fetched.leader_epoch()));
        }
        self.parts.errant.hold(if self.parts.context.errant().is_some() { batches } else { Vec::new() });
        Ok(true)
    }

    pub(super) async fn convert_batch(
        &mut self,
        fetched: &FetchedBatch,
        from: &TopicPartition,
    ) -> Result<bool, Exception> {
        // Records of one stored batch share a payload; one owner of it serves all their keys and values.
        let mut payload: Option<(usize, Buf)> = None;
        for view in fetched.records() {
            let view = view.map_err(|error| unrecoverable(client_exception(&error)))?;
            let bytes = view.payload();
            let address = bytes.as_ptr() as usize;
            if payload.as_ref().is_none_or(|(known, _)| *known != address) {
                payload = Some((address, Buf::new(bytes.clone())));
            }
            let Some((_, owner)) = &payload else { continue };
            if let Some(stuck) = self.convert(&view, owner, from)?
                && !self.convert_again(stuck, &view, owner, from).await?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Tries a step again for as long as it may help; then the record is dropped, or the task fails. `false`: a stop
    /// came first.
    #[cold]
    pub(super) async fn convert_again(
        &mut self,
        mut stuck: Stuck,
        view: &RecordView<'_>,
        owner: &Buf,
        from: &TopicPartition,
    ) -> Result<bool, Exception> {
        let mut retry = Retry::default();
        let mut wanted = self.parts.wanted.clone();
        loop {
            let failure = match stuck {
                Stuck::Needs(role, need) => {
                    let resolved = self.parts.converters.resolve(role, need);
                    let Some(resolved) = unless_stopped(&mut wanted, resolved).await else {
                        return Ok(false);
                    };
                    resolved.err()
                }
                Stuck::Failed(failure) => Some(failure),
            };
            if let Some(failure) = failure {
                let pause = match failure.error.retriable {
                    true => retry.next(Instant::now(), &self.parts.judge.settings),
                    false => None,
                };
                let Some(pause) = pause else {
                    let original = Letter::consumed(&from.topic, from.partition, view);
                    if let Some(report) = self.parts.judge.judge(&failure, &Original::Sink(&original))? {
                        self.parts.errant.add(report);
                    }
                    return self.settle_if_many().await;
                };
                if unless_stopped(&mut wanted, sleep(pause)).await.is_none() {
                    return Ok(false);
                }
            }
            match self.convert(view, owner, from)? {
                None => return Ok(true),
                Some(again) => stuck = again,
            }
        }
    }

    /// Waits for dead letters when many are on their way, so that their memory is bounded (R2). `false`: a stop came.
    pub(super) async fn settle_if_many(&mut self) -> Result<bool, Exception> {
        if self.parts.errant.pending() < MOST_LETTERS {
            return Ok(true);
        }
        match unless_stopped(&mut self.parts.wanted.clone(), self.parts.errant.settle()).await {
            Some(settled) => settled.map_err(unrecoverable).map(|()| true),
            None => Ok(false),
        }
    }

    /// One record through converters and transforms into the batch, unless a transform filters it. The hot path: the
    /// record is written over one of an earlier batch.
    #[inline]
    pub(super) fn convert(
        &mut self,
        view: &RecordView<'_>,
        owner: &Buf,
        from: &TopicPartition,
    ) -> Result<Option<Stuck>, Exception> {
        let timestamp = match view.timestamp() {
            -1 => None,
            bad if bad < 0 => {
                let class = "org.apache.kafka.common.InvalidRecordException";
                return Err(unrecoverable(Exception::new(class, format!("Invalid record timestamp {bad}"))));
            }
            timestamp => Some(timestamp),
        };
        let key = view.key_range().map(|range| owner.slice(range));
        let value = view.value_range().map(|range| owner.slice(range));
        self.wire.clear();
        for header in view.headers() {
            let key = String::from_utf8_lossy(header.key).into();
            self.wire.push(WireHeader { key, value: header.value.map(Buf::from) });
        }
        let parts = &mut self.parts;
        let (key, value) = match parts.converters.read(&from.topic, &self.wire, key.as_ref(), value.as_ref())
        {
            Ok(read) => read,
            Err(stuck) => return Ok(Some(stuck)),
        };
        let headers = match self.wire.is_empty() {
            true => Headers::default(),
            false => match parts.converters.read_headers(&from.topic, &self.wire) {
                Ok(headers) => headers,
                Err(stuck) => return Ok(Some(stuck)),
            },
        };
        let timestamp_type = match view.timestamp_type() {
            ClientTimestampType::None => TimestampType::None,
            ClientTimestampType::CreateTime => TimestampType::CreateTime,
            ClientTimestampType::LogAppendTime => TimestampType::LogAppendTime,
        };
        let SinkRecord { record } = self.delivery.batch.add(|| blank(from));
        // What an earlier batch left is usually of the same topic; telling so is cheaper than counting references.
        if !Arc::ptr_eq(record.topic.shared(), from.topic.shared()) {
            record.topic = from.topic.clone();
        }
        record.partition = Some(from.partition);
        (record.key_schema, record.key) = (key.schema, key.value);
        (record.value_schema, record.value) = (value.schema, value.value);
        (record.timestamp, record.headers) = (timestamp, headers);
        set_origin(&mut record.origin, from, view.offset(), timestamp_type);
        match parts.chain.apply(record) {
            Ok(Verdict::Keep) => return Ok(None),
            Ok(Verdict::Drop) => self.delivery.batch.take_back(),
            Err(failure) => {
                self.delivery.batch.take_back();
                return Ok(Some(Stuck::Failed(failure)));
            }
        }
        Ok(None)
    }
}

/// A record without data.
#[cold]
fn blank(from: &TopicPartition) -> SinkRecord {
    let origin = Origin::Sink { from: from.clone(), offset: 0, timestamp_type: TimestampType::None };
    let record = Record {
        topic: from.topic.clone(),
        partition: None,
        key_schema: None,
        key: Value::Null,
        value_schema: None,
        value: Value::Null,
        timestamp: None,
        headers: Headers::default(),
        origin,
    };
    SinkRecord { record }
}

#[inline]
fn set_origin(origin: &mut Origin, from: &TopicPartition, at: i64, kind: TimestampType) {
    match origin {
        Origin::Sink { from: known, offset, timestamp_type }
            if known.partition == from.partition
                && Arc::ptr_eq(known.topic.shared(), from.topic.shared()) =>
        {
            (*offset, *timestamp_type) = (at, kind);
        }
        other => *other = Origin::Sink { from: from.clone(), offset: at, timestamp_type: kind },
    }
}
