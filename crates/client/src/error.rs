//! The one error of this crate: opaque, cheap to clone (every ack of a failed batch carries it), and
//! named by what the caller does next.
//!
//! A broker's error code is kept beside the kind ([`Error::code`]); code that must react to one exact
//! code asks for it, everyone else asks for the kind.

use std::fmt;
use std::sync::Arc;

use kconnect_wire::ErrorCode;

/// What went wrong, in the words of what the caller does next.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    code: Option<ErrorCode>,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Classes of errors. The doc line of each says what a caller does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The deadline passed and nothing was done: try again with more time, or look at the broker.
    Timeout,
    /// No connection, or it broke while waiting: what was asked may or may not have been done. Retry when
    /// asking twice is harmless.
    Disconnected,
    /// A record may or may not be in the log and no retry can tell any more. Never treat it as "not written".
    MaybeWritten,
    /// The topic, its id or the partition is not known (yet): create it, or correct the name.
    UnknownTopic,
    /// Asked the wrong broker for a partition: refresh the metadata and retry.
    NotLeader,
    /// Asked the wrong broker for a group or transaction: find the coordinator again and retry.
    NotCoordinator,
    /// A temporary state of the broker: back off and retry the same request.
    Retriable,
    /// The group threw this member out or is rebalancing: rejoin (see the code for how).
    Membership,
    /// The principal lacks a permission: ask whoever grants access.
    Authorization,
    /// The credentials were refused: correct them; retrying locks accounts out.
    Authentication,
    /// One record is larger than this client or the broker takes: raise the limits or drop the record.
    RecordTooLarge,
    /// The broker refuses the content of the record or request: retrying cannot help.
    Rejected,
    /// A newer instance took over, or the transaction must be aborted by closing: stop this client.
    Fenced,
    /// The broker does not offer the request, or no version of it that carries what is needed.
    Unsupported,
    /// The other side broke the protocol: a bug or not a Kafka broker.
    Protocol,
    /// A setting is wrong.
    Config,
    /// This client was closed.
    Closed,
    /// The client cannot go on: close it. The message says why.
    Fatal,
}

impl Error {
    /// An error of `kind` with a message that says what was attempted.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner { kind, code: None, message: message.into(), source: None }))
    }

    /// An error answered by a broker; its kind follows from the code, `attempted` says what was asked.
    pub fn from_code(code: ErrorCode, attempted: impl Into<String>) -> Self {
        let message = attempted.into();
        Self(Arc::new(Inner { kind: kind_of(code), code: Some(code), message, source: None }))
    }

    /// As [`Error::from_code`] under another kind, for the places where the same code means something else.
    pub fn with_code(kind: ErrorKind, code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner { kind, code: Some(code), message: message.into(), source: None }))
    }

    /// An error caused by another one.
    pub fn caused_by(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Inner { kind, code: None, message: message.into(), source: Some(source.into()) }))
    }

    /// What the caller does next.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The broker's error code, when a broker answered one.
    pub fn code(&self) -> Option<ErrorCode> {
        self.0.code
    }

    /// Whether asking again may succeed without anybody changing anything.
    pub fn is_retriable(&self) -> bool {
        use ErrorKind::*;
        match self.0.kind {
            Timeout | Disconnected | NotLeader | NotCoordinator | Retriable => true,
            UnknownTopic => self.0.code.is_none_or(ErrorCode::is_retriable),
            _ => false,
        }
    }
}

impl Error {
    /// The message and those of its causes, on one line.
    pub fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match self.0.code {
            Some(code) => write!(f, ": {code}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.0.kind, self.with_causes())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<crate::ConfigError> for Error {
    fn from(error: crate::ConfigError) -> Self {
        Self::new(ErrorKind::Config, error.to_string())
    }
}

/// The usual meaning of a code. Places where it means something else say so with [`Error::with_code`].
fn kind_of(code: ErrorCode) -> ErrorKind {
    use ErrorCode as C;
    match code {
        C::UNKNOWN_TOPIC_OR_PARTITION | C::UNKNOWN_TOPIC_ID | C::INVALID_TOPIC_EXCEPTION => {
            ErrorKind::UnknownTopic
        }
        C::NOT_LEADER_OR_FOLLOWER
        | C::FENCED_LEADER_EPOCH
        | C::UNKNOWN_LEADER_EPOCH
        | C::LEADER_NOT_AVAILABLE => ErrorKind::NotLeader,
        C::REPLICA_NOT_AVAILABLE | C::KAFKA_STORAGE_ERROR => ErrorKind::NotLeader,
        C::NOT_COORDINATOR | C::COORDINATOR_NOT_AVAILABLE => ErrorKind::NotCoordinator,
        C::TOPIC_AUTHORIZATION_FAILED
        | C::GROUP_AUTHORIZATION_FAILED
        | C::CLUSTER_AUTHORIZATION_FAILED
        | C::TRANSACTIONAL_ID_AUTHORIZATION_FAILED => ErrorKind::Authorization,
        C::SASL_AUTHENTICATION_FAILED | C::UNSUPPORTED_SASL_MECHANISM => ErrorKind::Authentication,
        C::MESSAGE_TOO_LARGE | C::RECORD_LIST_TOO_LARGE => ErrorKind::RecordTooLarge,
        C::ILLEGAL_GENERATION
        | C::UNKNOWN_MEMBER_ID
        | C::REBALANCE_IN_PROGRESS
        | C::MEMBER_ID_REQUIRED
        | C::FENCED_MEMBER_EPOCH
        | C::STALE_MEMBER_EPOCH => ErrorKind::Membership,
        C::PRODUCER_FENCED | C::INVALID_PRODUCER_EPOCH | C::FENCED_INSTANCE_ID => ErrorKind::Fenced,
        C::UNSUPPORTED_VERSION | C::UNSUPPORTED_FOR_MESSAGE_FORMAT => ErrorKind::Unsupported,
        other if other.is_retriable() => ErrorKind::Retriable,
        _ => ErrorKind::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_say_what_to_do_next() {
        let rows = [
            (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ErrorKind::UnknownTopic, true),
            (ErrorCode::INVALID_TOPIC_EXCEPTION, ErrorKind::UnknownTopic, false),
            (ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorKind::NotLeader, true),
            (ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, ErrorKind::Retriable, true),
            (ErrorCode::NOT_ENOUGH_REPLICAS, ErrorKind::Retriable, true),
            (ErrorCode::MESSAGE_TOO_LARGE, ErrorKind::RecordTooLarge, false),
            (ErrorCode::INVALID_RECORD, ErrorKind::Rejected, false),
            (ErrorCode(9999), ErrorKind::Rejected, false),
        ];
        for (code, kind, retriable) in rows {
            let error = Error::from_code(code, "asking");
            assert_eq!((error.kind(), error.is_retriable()), (kind, retriable), "{code:?}");
        }
    }

    #[test]
    fn debug_prints_the_chain_and_display_only_the_top() {
        let error = Error::caused_by(
            ErrorKind::Disconnected,
            "cannot connect to a:1",
            std::io::Error::other("refused"),
        );
        assert_eq!(error.to_string(), "cannot connect to a:1");
        assert_eq!(format!("{error:?}"), "Disconnected(cannot connect to a:1: refused)");
    }
}
