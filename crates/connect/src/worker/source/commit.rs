//! Storing source offsets: on a timer, and for the last time when the task ends (D1, D2).

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::TryFutureExt;
use kconnect_api::{BoxFuture, Exception, ObjectMap, SourcePartition};
use tokio::time::timeout_at;

use super::refusals::settled;
use super::{SourceLoop, TARGET};
use crate::offset_store::{OffsetWrite, check_primitive};

/// Results that do not come for so long are perhaps the last.
const PAUSE: Duration = Duration::from_millis(200);

impl SourceLoop {
    pub(super) fn start_flush(&mut self) {
        self.next_flush = Instant::now() + self.parts.flush_interval;
        let offsets = self.take_offsets();
        if offsets.is_empty() {
            // Nothing to store is a success too.
            self.commit_due = true;
            return;
        }
        self.flushing = Some(self.store(offsets, self.parts.flush_timeout));
    }

    pub(super) fn take_offsets(&mut self) -> Vec<(SourcePartition, ObjectMap)> {
        let mut offsets = self.tracker.take_committable();
        offsets.retain(|(partition, offset)| {
            let bad = check_primitive(partition).and_then(|()| check_primitive(offset)).err();
            if let Some(reason) = &bad {
                tracing::error!(target: TARGET, task = %self.parts.id, reason, "an offset cannot be stored");
            }
            bad.is_none()
        });
        offsets
    }

    pub(super) fn store(
        &self,
        offsets: Vec<(SourcePartition, ObjectMap)>,
        limit: Duration,
    ) -> BoxFuture<'static, (Result<(), Exception>, Vec<(SourcePartition, ObjectMap)>)> {
        let store = Arc::clone(&self.parts.store);
        let connector: Arc<str> = self.parts.id.connector.as_str().into();
        let letters = self.letters.clone();
        Box::pin(async move {
            let changes = offsets.iter().map(|(partition, offset)| OffsetWrite {
                connector: Arc::clone(&connector),
                partition: Some(Arc::clone(partition)),
                offset: Some(offset.clone()),
            });
            let changes = changes.collect();
            // Rows that failed are passed only when their letters are durable (D6).
            let written = async { settled(letters).and_then(|()| store.write(changes)).await };
            let result = match tokio::time::timeout(limit, written).await {
                Ok(result) => result,
                Err(_) => Err(Exception::connect("storing offsets took longer than offset.flush.timeout.ms")),
            };
            (result, offsets)
        })
    }

    pub(super) fn flushed(
        &mut self,
        result: Result<(), Exception>,
        offsets: Vec<(SourcePartition, ObjectMap)>,
    ) -> bool {
        let unwritten = self.letters.iter().find_map(|letter| letter.peek()?.as_ref().err());
        if let Some(error) = unwritten {
            self.async_failure.get_or_insert_with(|| error.exception().clone());
        }
        self.letters.retain(|letter| letter.peek().is_none());
        match result {
            Ok(()) => {
                self.commit_due = true;
                true
            }
            Err(error) => {
                let then = match self.ending {
                    false => "they are kept and stored at the next interval",
                    true => {
                        "the task ends now, so its last records are read and written again after the next start"
                    }
                };
                tracing::error!(
                    target: TARGET, task = %self.parts.id, error = %error.trace(),
                    "offsets were not stored; {then}"
                );
                self.tracker.give_back(offsets);
                false
            }
        }
    }

    /// Waits for results of what is in flight, then stores offsets; `true` when all is stored.
    pub(super) async fn final_commit(&mut self, failed: bool) -> bool {
        self.ending = true;
        let deadline = Instant::now() + self.parts.flush_timeout;
        self.receive_results();
        if self.tracker.in_flight() > 0 {
            // The rest may never be acknowledged, and the graceful time-out may end this wait at any moment: what is done
            // is stored first, and again whenever more is done.
            self.store_rest(deadline).await;
        }
        self.await_results(deadline).await;
        self.store_rest(deadline).await && !failed && self.tracker.in_flight() == 0
    }

    /// Has everything sent and takes in the results until the deadline. Offsets are stored whenever results pause.
    async fn await_results(&mut self, deadline: Instant) {
        let producer = self.parts.producer.clone();
        let mut flush = pin!(producer.flush());
        let (mut flushed, mut news) = (false, false);
        while self.tracker.in_flight() > 0 {
            let until = if news { deadline.min(Instant::now() + PAUSE) } else { deadline };
            tokio::select! {
                _ = &mut flush, if !flushed => flushed = true,
                ack = timeout_at(until.into(), self.parts.acks.recv()) => match ack {
                    Ok(Some(ack)) => {
                        self.on_result(ack);
                        news = true;
                    }
                    Ok(None) => return,
                    Err(_) if until < deadline => {
                        self.store_rest(deadline).await;
                        news = false;
                    }
                    Err(_) => {
                        let records = self.tracker.in_flight();
                        tracing::warn!(
                            target: TARGET, task = %self.parts.id, records,
                            "records were not acknowledged in time; they may be read and written again after a restart"
                        );
                        return;
                    }
                }
            }
        }
    }

    /// Stores what may be stored, after a flush under way; `true` when that is done.
    pub(super) async fn store_rest(&mut self, deadline: Instant) -> bool {
        if let Some(flushing) = self.flushing.take() {
            let (result, offsets) = flushing.await;
            self.flushed(result, offsets);
        }
        let offsets = self.take_offsets();
        if offsets.is_empty() {
            return true;
        }
        let limit = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(500));
        let (result, offsets) = self.store(offsets, limit).await;
        self.flushed(result, offsets)
    }
}
