//! The one table from failures to statuses and messages.

use hyper::StatusCode;
use kconnect_connect::herder::{HerderError, Stage};

use crate::date;

/// An answer that is an error: a status and a message (`None` is JSON null).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) message: Option<String>,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: Some(message.into()) }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// What the HTTP framework of upstream says for `status`.
    pub(crate) fn framework(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or_default();
        Self::new(status, format!("HTTP {} {reason}", status.as_u16()))
    }
}

impl From<HerderError> for Failure {
    fn from(error: HerderError) -> Self {
        match error {
            HerderError::NotFound(text) => Self::not_found(text),
            HerderError::AlreadyExists(text) | HerderError::Conflict(text) => {
                Self::new(StatusCode::CONFLICT, text)
            }
            HerderError::BadRequest(text) => Self::bad_request(text),
            HerderError::Forbidden(text) => Self::new(StatusCode::FORBIDDEN, text),
            HerderError::Elsewhere(None) => Self::new(
                StatusCode::CONFLICT,
                "Cannot complete request momentarily due to no known leader URL, likely because a rebalance was underway.",
            ),
            HerderError::Elsewhere(Some(_)) => Self::new(
                StatusCode::CONFLICT,
                "Cannot complete request because of a conflicting operation (e.g. worker rebalance)",
            ),
            HerderError::TimedOut(stage) => Self::internal(timed_out(stage.as_ref())),
            HerderError::Failed(exception) => Self {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                message: exception.message().map(str::to_owned),
            },
        }
    }
}

/// `…/config/validate` wraps every failure of the herder once more: 500, with the Java class in front.
pub(crate) fn of_validation(error: HerderError) -> Failure {
    const REST: &str = "org.apache.kafka.connect.runtime.rest.errors.BadRequestException";
    match error {
        HerderError::BadRequest(text) => Failure::internal(format!("{REST}: {text}")),
        HerderError::NotFound(text) => {
            Failure::internal(format!("{}: {text}", kconnect_api::classes::NOT_FOUND))
        }
        HerderError::Failed(exception) => Failure::internal(exception.to_string()),
        HerderError::TimedOut(stage) => {
            let text = timed_out(stage.as_ref());
            Failure::internal(text.strip_suffix('.').unwrap_or(&text))
        }
        other => other.into(),
    }
}

fn timed_out(stage: Option<&Stage>) -> String {
    match stage {
        None => "Request timed out".to_owned(),
        Some(stage) => format!("Request timed out. {}", summary(stage)),
    }
}

/// What the worker is or was doing, as a sentence.
pub(crate) fn summary(stage: &Stage) -> String {
    let Stage { description, started, completed } = stage;
    let started = date::iso(*started);
    match completed {
        None => format!("The worker is currently {description}, which began at {started}."),
        Some(completed) => format!(
            "The last operation the worker completed was {description}, which began at {started} and completed at {}.",
            date::iso(*completed)
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use kconnect_api::Exception;

    use super::*;

    #[test]
    fn the_table() {
        let begun = UNIX_EPOCH + Duration::from_millis(1_729_827_181_123);
        let stage = Stage { description: "starting the connector".into(), started: begun, completed: None };
        let done = Stage { completed: Some(UNIX_EPOCH), ..stage.clone() };
        for (error, status, message) in [
            (HerderError::NotFound("a".into()), 404, Some("a")),
            (HerderError::AlreadyExists("a".into()), 409, Some("a")),
            (HerderError::Conflict("a".into()), 409, Some("a")),
            (HerderError::BadRequest("a".into()), 400, Some("a")),
            (HerderError::Forbidden("a".into()), 403, Some("a")),
            (HerderError::TimedOut(None), 500, Some("Request timed out")),
            (
                HerderError::TimedOut(Some(stage.clone())),
                500,
                Some(
                    "Request timed out. The worker is currently starting the connector, which began at \
                     2024-10-25T03:33:01.123Z.",
                ),
            ),
            (
                HerderError::TimedOut(Some(done)),
                500,
                Some(
                    "Request timed out. The last operation the worker completed was starting the connector, which began \
                     at 2024-10-25T03:33:01.123Z and completed at 1970-01-01T00:00:00Z.",
                ),
            ),
            (HerderError::Failed(Exception::connect("a")), 500, Some("a")),
            (HerderError::Failed(Exception::without_message("x.Y")), 500, None),
        ] {
            let failure = Failure::from(error);
            assert_eq!((failure.status.as_u16(), failure.message.as_deref()), (status, message));
        }
        let validated = of_validation(HerderError::TimedOut(Some(stage)));
        assert!(validated.message.unwrap().ends_with("03:33:01.123Z"));
    }
}
