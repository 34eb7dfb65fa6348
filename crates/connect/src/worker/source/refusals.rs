//! Rows that a step or the producer refused: again, dropped by configuration, or the end of the task (D6).

use std::time::Instant;

use kconnect_api::{BoxFuture, Exception, RowId, SourceBatch};
use kconnect_client::Error;
use kconnect_client::producer::AppendError;
use tokio::time::sleep;

use super::super::failure::{Failure, Original, Retry, Stage, client_exception};
use super::super::tracker::PLACES;
use super::{Event, SEND_RETRY, SourceLoop, TARGET};

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
        let original = &batch.rows()[*at];
        if let Err(error) = self.parts.judge.judge(failure, &Original::Source(original)) {
            self.seal(batch);
            return Err(error);
        }
        self.skip(batch, at);
        Ok(None)
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
                return Ok(Some(Box::pin(async {
                    sleep(SEND_RETRY).await;
                    Event::GoOn
                })));
            }
            AppendError::TooLarge { .. } => {
                // Upstream learns of this from the send's future, so it counts as a failure of producing.
                let exception = client_exception(&refusal.into());
                let failure = produce_failure(exception.clone());
                let judged = self.parts.judge.judge(&failure, &Original::Source(&batch.rows()[*at]));
                if judged.is_err() {
                    self.seal(batch);
                    return Err(callback_failure(exception));
                }
                self.skip(batch, at);
                return Ok(None);
            }
            other => Error::from(other),
        };
        self.note_authorization(&error);
        self.seal(batch);
        Err(Exception::connect("Unrecoverable exception trying to send").caused_by(client_exception(&error)))
    }
}

pub(super) fn produce_failure(exception: Exception) -> Failure {
    Failure { stage: Stage::KafkaProduce, class: TARGET.into(), error: exception.into() }
}

pub(super) fn callback_failure(exception: Exception) -> Exception {
    Exception::connect("Unrecoverable exception from producer send callback").caused_by(exception)
}
