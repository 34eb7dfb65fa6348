//! Rows that a step or the producer refused: again, dropped by configuration, or the end of the task (D6).

use std::time::Instant;

use futures_util::FutureExt;
use kconnect_api::{BoxFuture, Exception, RowId, SourceBatch};
use kconnect_client::Error;
use kconnect_client::producer::AppendError;
use tokio::time::sleep;

use super::super::failure::{Failure, Original, Retry, Stage, client_exception};
use super::super::tracker::PLACES;
use super::drive::pause;
use super::envelope::{Shown, place_of};
use super::{Event, MOST_LETTERS, SourceLoop, TARGET, Written};

impl SourceLoop {
    /// A step failed: wait and try again, drop the row, or fail.
    pub(super) fn on_failure(
        &mut self,
        batch: &SourceBatch,
        at: &mut usize,
        failure: &Failure,
    ) -> Result<Option<BoxFuture<'static, Event>>, Exception> {
        let row = RowId(batch.first_row().0 + *at as u64);
        if failure.error.retriable {
            if self.retry.as_ref().is_none_or(|(known, _)| *known != row) {
                self.retry = Some((row, Retry::default()));
            }
            if let Some((_, retry)) = &mut self.retry
                && let Some(pause) = retry.next(Instant::now(), &self.parts.judge.settings)
            {
                return Ok(Some(Box::pin(async move {
                    sleep(pause).await;
                    Event::GoOn
                })));
            }
        }
        self.retry = None;
        match self.report(batch, *at, failure) {
            Ok(written) => self.letters.extend(written),
            Err(error) => {
                self.seal(batch);
                let of_producer = failure.stage == Stage::KafkaProduce;
                return Err(if of_producer {
                    callback_failure(failure.error.exception.clone())
                } else {
                    error
                });
            }
        }
        self.skip(batch, at);
        Ok(self.wait_for_letters())
    }

    /// Reports a row; the future of its dead letter if there is one, or why the task fails.
    fn report(
        &mut self,
        batch: &SourceBatch,
        at: usize,
        failure: &Failure,
    ) -> Result<Option<Written>, Exception> {
        let row = &batch.rows()[at];
        let lane = &batch.lanes()[row.lane.index()];
        let letter = self.parts.envelope.as_mut().map(|envelope| {
            let mut letter = envelope.letter(lane, row);
            if failure.error.exception.class().ends_with("RecordTooLargeException") {
                // It was too large for one topic and is for another one.
                (letter.key, letter.value) = (None, None);
            }
            letter
        });
        let place = match &letter {
            Some(letter) => letter.place.name(),
            None => place_of(lane, row).name(),
        };
        let original = Original::Source { shown: &Shown(lane, row), name: &place, letter: letter.as_ref() };
        let written = self.parts.judge.judge(failure, &original)?;
        Ok(written.map(FutureExt::shared))
    }

    /// What to wait for before more rows may fail, so that the memory of letters is bounded (R2).
    fn wait_for_letters(&mut self) -> Option<BoxFuture<'static, Event>> {
        if self.letters.len() < MOST_LETTERS {
            return None;
        }
        let letters = self.letters.clone();
        Some(Box::pin(async move { Event::Letters(settled(letters).await) }))
    }

    pub(super) fn skip(&mut self, batch: &SourceBatch, at: &mut usize) {
        let lane = batch.rows()[*at].lane.index();
        let place = *at % PLACES;
        let source = self.lanes[lane].source;
        self.drop_row(source, batch.first_row().0 + (*at - place) as u64, place);
        self.lanes[lane].last = Some(*at);
        *at += 1;
    }

    /// The producer did not take a row.
    pub(super) fn on_refusal(
        &mut self,
        batch: &SourceBatch,
        at: &mut usize,
        refusal: AppendError,
    ) -> Result<Option<BoxFuture<'static, Event>>, Exception> {
        let error = match refusal {
            AppendError::Failed(error) if error.is_retriable() => {
                return Ok(Some(pause()));
            }
            AppendError::TooLarge { .. } => {
                // Upstream learns of this from the send's future, so it counts as a failure of producing.
                let exception = client_exception(&refusal.into());
                let failure = produce_failure(exception.clone());
                match self.report(batch, *at, &failure) {
                    Ok(written) => self.letters.extend(written),
                    Err(_) => {
                        let row = &batch.rows()[*at];
                        let place = place_of(&batch.lanes()[row.lane.index()], row).name();
                        let which = Exception::connect(format!("record {place}: {AT_THE_PRODUCER}"));
                        self.seal(batch);
                        return Err(callback_failure(which.caused_by(exception)));
                    }
                }
                self.skip(batch, at);
                return Ok(self.wait_for_letters());
            }
            other => Error::from(other),
        };
        self.note_authorization(&error);
        self.seal(batch);
        Err(Exception::connect("Unrecoverable exception trying to send").caused_by(client_exception(&error)))
    }
}

/// Waits until all letters are durable; the first that cannot be written is the error.
pub(super) async fn settled(letters: Vec<Written>) -> Result<(), Exception> {
    for letter in letters {
        letter.await.map_err(|error| error.exception().clone())?;
    }
    Ok(())
}

/// What helps against a record that the producer does not send.
const AT_THE_PRODUCER: &str = "shorten it, raise producer.override.max.request.size (and what the topic and the brokers \
    take: max.message.bytes, message.max.bytes), or set errors.tolerance=all to leave such records out";
/// What helps against a record that the broker does not take.
pub(super) const AT_THE_BROKER: &str = "shorten them, raise max.message.bytes of the topic (message.max.bytes of the \
    brokers), or set errors.tolerance=all to leave such records out";

pub(super) fn produce_failure(exception: Exception) -> Failure {
    Failure { stage: Stage::KafkaProduce, class: TARGET.into(), error: exception.into() }
}

pub(super) fn callback_failure(exception: Exception) -> Exception {
    Exception::connect("Unrecoverable exception from producer send callback").caused_by(exception)
}
