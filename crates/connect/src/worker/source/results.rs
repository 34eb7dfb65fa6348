//! Results of the producer: what is durable, what failed, and who is told.

use std::sync::Arc;

use kconnect_api::{Ack, AckOutcome, Exception, Topic};
use kconnect_client::{Error, ErrorKind, producer};

use super::super::failure::{Original, client_exception};
use super::SourceLoop;
use super::refusals::{AT_THE_BROKER, callback_failure, produce_failure};

impl SourceLoop {
    pub(super) fn receive_results(&mut self) {
        while self.parts.outbox.has_room() {
            let Some(ack) = self.parts.acks.try_recv() else { return };
            self.on_result(ack);
        }
    }

    pub(super) fn on_result(&mut self, ack: producer::Ack) {
        match &ack.result {
            Ok(()) => {
                self.any_acked = true;
                self.note_use(&ack.topic);
                if self.parts.outbox.is_wanted() {
                    self.tell_source(&ack, true);
                }
                self.tracker.acknowledge(&ack.cookies);
            }
            Err(error) => self.on_failed_batch(&ack, error.clone()),
        }
        self.parts.acks.recycle(ack);
    }

    pub(super) fn on_failed_batch(&mut self, ack: &producer::Ack, error: Error) {
        let exception = client_exception(&error);
        let failure = produce_failure(exception.clone());
        let records = format!("{} records for {}-{}", ack.cookies.len(), ack.topic, ack.partition);
        let original = Original::Source { shown: &records, name: &records, letter: None };
        let tolerated = self.parts.judge.judge(&failure, &original).is_ok();
        if tolerated && self.parts.envelope.is_some() {
            let text = "the records were handed over to the producer and are not at hand for the dead letter queue; they are read again when the task is restarted";
            let error = Exception::connect(text).caused_by(exception);
            self.tracker.abandon(ack.cookies.len());
            self.async_failure.get_or_insert_with(|| callback_failure(error));
            return;
        }
        if tolerated {
            if self.parts.outbox.is_wanted() {
                self.tell_source(ack, false);
            }
            self.tracker.acknowledge(&ack.cookies);
            return;
        }
        self.note_authorization(&error);
        self.tracker.abandon(ack.cookies.len());
        let too_large = error.kind() == ErrorKind::RecordTooLarge;
        let which = if too_large { format!("{records}: {AT_THE_BROKER}") } else { records };
        let which = Exception::connect(which).caused_by(exception);
        self.async_failure.get_or_insert_with(|| callback_failure(which));
    }

    pub(super) fn tell_source(&self, ack: &producer::Ack, written: bool) {
        let rows = self.tracker.rows(&ack.cookies);
        let outcome = match written {
            true => AckOutcome::Written {
                topic: Topic::new(Arc::clone(&ack.topic)),
                partition: ack.partition,
                base_offset: ack.base_offset,
            },
            false => AckOutcome::Dropped,
        };
        self.parts.outbox.push(Ack { rows, outcome });
    }

    pub(super) fn note_use(&mut self, topic: &Arc<str>) {
        if !self.parts.tracking {
            return;
        }
        let slot = self
            .topics
            .iter_mut()
            .find(|slot| Arc::ptr_eq(slot.topic.shared(), topic) || slot.topic.as_str() == &**topic);
        if let Some(slot) = slot.filter(|slot| !slot.used) {
            slot.used = true;
            self.parts.reporter.topic_used(&slot.topic);
        }
    }

    /// The cluster does not let this principal write idempotently: the task is started again as upstream does it.
    pub(super) fn note_authorization(&mut self, error: &Error) {
        let refused = error.kind() == ErrorKind::Authorization
            && error.code().is_some_and(|code| code.to_string().contains("CLUSTER_AUTHORIZATION_FAILED"));
        if refused && self.parts.may_fall_back && !self.any_acked {
            self.fall_back = true;
        }
    }
}
