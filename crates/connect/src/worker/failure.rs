//! What happens to a record that cannot be processed (KIP-298; runtime.md §15).
//!
//! ```text
//! step fails ─► retriable and within errors.retry.timeout ─► pause, same step again
//!            └► otherwise: reported (log, dead letters) ─► tolerance all: dropped │ none: the task fails
//! ```
//! A difference from upstream: a retriable failure whose time is up obeys `errors.tolerance` like any other. Upstream
//! skips the record silently even with `none`.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_api::{BoxFuture, Exception, RecordError, TaskError, TaskId, classes};
use kconnect_client::{Error, ErrorKind};

use super::dead_letters::DeadLetters;
use super::letter::Letter;
use crate::config::connector::ErrorSettings;
use crate::config::secrets::Redactor;

const LOG_TARGET: &str = "org.apache.kafka.connect.runtime.errors.LogReporter";

/// Where in its way a record failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    TaskPut,
    Transformation,
    KeyConverter,
    ValueConverter,
    HeaderConverter,
    KafkaProduce,
}

impl Stage {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::TaskPut => "TASK_PUT",
            Self::Transformation => "TRANSFORMATION",
            Self::KeyConverter => "KEY_CONVERTER",
            Self::ValueConverter => "VALUE_CONVERTER",
            Self::HeaderConverter => "HEADER_CONVERTER",
            Self::KafkaProduce => "KAFKA_PRODUCE",
        }
    }
}

/// A step that failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    /// Class that was executing.
    pub(crate) class: Arc<str>,
    pub(crate) error: RecordError,
}

/// The record as it was before any step, for reports.
pub(crate) enum Original<'a> {
    /// A source's.
    Source {
        /// As upstream's log shows it.
        shown: &'a dyn fmt::Display,
        /// Which one it is.
        name: &'a str,
        /// For the dead-letter queue, if there is one and the record is at hand.
        letter: Option<&'a Letter>,
    },
    /// A consumed one.
    Sink(&'a Letter),
}

impl Original<'_> {
    fn letter(&self) -> Option<&Letter> {
        match self {
            Self::Source { letter, .. } => *letter,
            Self::Sink(letter) => Some(letter),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Source { name, .. } => (*name).to_owned(),
            Self::Sink(letter) => letter.place.name(),
        }
    }
}

/// Attempts at one step of one record.
#[derive(Debug, Default)]
pub(crate) struct Retry {
    started: Option<Instant>,
    attempts: u32,
}

impl Retry {
    /// The pause before the next attempt; `None` when the time is up.
    pub(crate) fn next(&mut self, now: Instant, settings: &ErrorSettings) -> Option<Duration> {
        let started = *self.started.get_or_insert(now);
        let spent = now.saturating_duration_since(started);
        if settings.retry_timeout.is_some_and(|timeout| spent >= timeout) {
            return None;
        }
        let mut pause = Duration::from_millis(300 << self.attempts.min(20));
        self.attempts += 1;
        if pause > settings.retry_delay_max {
            pause = settings.retry_delay_max.mul_f64(fastrand::f64());
        }
        let left = settings.retry_timeout.map(|timeout| timeout.saturating_sub(spent));
        Some(left.map_or(pause, |left| pause.min(left)))
    }
}

/// Reports and judges failed records of one task.
pub(crate) struct Judge {
    pub(crate) task: TaskId,
    pub(crate) settings: ErrorSettings,
    pub(crate) dead_letters: Option<Arc<DeadLetters>>,
    /// Keeps the task's secrets out of reports.
    pub(crate) redactor: Arc<Redactor>,
}

impl Judge {
    /// Reports `failure`. `Ok`: the record is dropped; `Err`: the task fails with this. The future resolves when the
    /// dead letter is durable.
    pub(crate) fn judge(
        &self,
        failure: &Failure,
        original: &Original<'_>,
    ) -> Result<Option<BoxFuture<'static, Result<(), TaskError>>>, Exception> {
        let failure = &self.without_secrets(failure);
        self.log(failure, original);
        let written = match (&self.dead_letters, original.letter()) {
            (Some(queue), Some(letter)) => Some(queue.write(letter, failure)),
            _ => None,
        };
        if self.settings.tolerate_all {
            return Ok(written);
        }
        // The letter is on its way although the task fails, as upstream; nobody waits for it.
        // Upstream's words, then which record it was, which upstream does not say.
        let (name, stage, class) = (original.name(), failure.stage.name(), &failure.class);
        let which = Exception::connect(format!("record {name}: stage {stage}, class {class}"))
            .caused_by(failure.error.exception.clone());
        Err(Exception::connect("Tolerance exceeded in error handler").caused_by(which))
    }

    fn without_secrets(&self, failure: &Failure) -> Failure {
        let exception = self.redactor.exception(&failure.error.exception);
        Failure { error: RecordError { exception, ..failure.error.clone() }, ..failure.clone() }
    }

    fn log(&self, failure: &Failure, original: &Original<'_>) {
        if !self.settings.log {
            return;
        }
        let mut text = format!(
            "Error encountered in task {}. Executing stage '{}' with class '{}'",
            self.task,
            failure.stage.name(),
            failure.class
        );
        if self.settings.log_messages {
            text.push_str(&match original {
                Original::Source { shown, .. } => format!(", where source record is = {shown}"),
                Original::Sink(letter) => format!(", where consumed record is {}", letter.describe()),
            });
        }
        tracing::error!(target: LOG_TARGET, "{text}.\n{}", failure.error.exception.trace());
    }
}

/// A client's error as what upstream would have thrown.
pub(crate) fn client_exception(error: &Error) -> Exception {
    let class = match error.kind() {
        ErrorKind::Timeout | ErrorKind::MaybeWritten => "org.apache.kafka.common.errors.TimeoutException",
        ErrorKind::Disconnected => "org.apache.kafka.common.errors.DisconnectException",
        ErrorKind::UnknownTopic => "org.apache.kafka.common.errors.UnknownTopicOrPartitionException",
        ErrorKind::NotLeader => "org.apache.kafka.common.errors.NotLeaderOrFollowerException",
        ErrorKind::NotCoordinator => "org.apache.kafka.common.errors.NotCoordinatorException",
        ErrorKind::Retriable => "org.apache.kafka.common.errors.RetriableException",
        ErrorKind::Membership => "org.apache.kafka.clients.consumer.CommitFailedException",
        ErrorKind::Authorization => "org.apache.kafka.common.errors.AuthorizationException",
        ErrorKind::Authentication => "org.apache.kafka.common.errors.AuthenticationException",
        ErrorKind::RecordTooLarge => "org.apache.kafka.common.errors.RecordTooLargeException",
        ErrorKind::Rejected => "org.apache.kafka.common.errors.InvalidRecordException",
        ErrorKind::Fenced => "org.apache.kafka.common.errors.FencedInstanceIdException",
        ErrorKind::Unsupported => "org.apache.kafka.common.errors.UnsupportedVersionException",
        ErrorKind::Config => classes::CONFIG,
        _ => "org.apache.kafka.common.KafkaException",
    };
    let mut causes = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        causes.push(cause.to_string());
        source = cause.source();
    }
    let chain = causes.into_iter().rev().fold(None, |inner: Option<Exception>, text| {
        let outer = Exception::new("org.apache.kafka.common.KafkaException", text);
        Some(match inner {
            Some(inner) => outer.caused_by(inner),
            None => outer,
        })
    });
    let exception = Exception::new(class, error.to_string());
    match chain {
        Some(cause) => exception.caused_by(cause),
        None => exception,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(timeout: Option<u64>, max: u64) -> ErrorSettings {
        let (retry_timeout, retry_delay_max) =
            (timeout.map(Duration::from_millis), Duration::from_millis(max));
        ErrorSettings { retry_timeout, retry_delay_max, ..ErrorSettings::default() }
    }

    #[test]
    fn pauses_double_up_to_the_maximum_and_end_with_the_time() {
        let (start, mut retry) = (Instant::now(), Retry::default());
        let settings = settings(Some(1000), 10_000);
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(retry.next(at(0), &settings), Some(Duration::from_millis(300)));
        assert_eq!(retry.next(at(300), &settings), Some(Duration::from_millis(600)));
        assert_eq!(
            retry.next(at(900), &settings),
            Some(Duration::from_millis(100)),
            "no pause beyond the deadline"
        );
        assert_eq!(retry.next(at(1000), &settings), None);
    }

    #[test]
    fn no_time_means_no_retry_and_no_limit_means_for_ever() {
        let now = Instant::now();
        assert_eq!(Retry::default().next(now, &settings(Some(0), 100)), None);
        let mut retry = Retry::default();
        for _ in 0..100 {
            let pause = retry.next(now + Duration::from_secs(1 << 30), &settings(None, 50)).unwrap();
            assert!(pause <= Duration::from_millis(50));
        }
        assert_eq!(
            Retry::default().next(now, &settings(None, 0)),
            Some(Duration::ZERO),
            "upstream throws here"
        );
    }
}
