//! What a call may end with, and the exceptions that upstream makes of it.

use std::fmt;

use kconnect_api::{Exception, classes};
use kconnect_net::{NetError, NetErrorKind};
use serde_json::Value as Json;

const REST: &str = "io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException";
/// The code of an error whose answer cannot be read.
const UNREADABLE: i64 = 50005;
/// Most of an unreadable answer that a message repeats.
const SHOWN: usize = 2000;

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CallError {
    /// The registry said no.
    Rest {
        /// The HTTP status.
        status: u16,
        /// The registry's own code.
        code: i64,
        /// Its words.
        message: String,
    },
    /// There was no answer.
    Net(NetError),
    /// The answer cannot be understood.
    Garbage(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rest { status, code, message } => {
                write!(f, "{message}; status {status}, error code: {code}")
            }
            Self::Net(error) => write!(f, "{error}"),
            Self::Garbage(message) => f.write_str(message),
        }
    }
}

/// Whether Java counts an error among those of the network.
pub(crate) fn is_network(kind: NetErrorKind) -> bool {
    use NetErrorKind as K;
    matches!(kind, K::UnknownHost | K::Connect | K::ConnectTimeout | K::ReadTimeout | K::Tls | K::Broken)
}

impl CallError {
    /// The error that an answer of `status` tells.
    pub(crate) fn of_answer(status: u16, body: &[u8]) -> Self {
        let parsed = serde_json::from_slice::<Json>(body).ok();
        let member = |name: &str| parsed.as_ref().and_then(|it| it.get(name));
        let code = member("error_code").and_then(Json::as_i64);
        let message = member("message").and_then(Json::as_str);
        match (code, message) {
            (None, None) if body.is_empty() => {
                Self::Rest { status, code: UNREADABLE, message: "Error".into() }
            }
            (None, None) => {
                let text = String::from_utf8_lossy(body);
                let text: String = text.chars().take(SHOWN).collect();
                let message = format!("Unable to parse error message from schema registry: '({text})'");
                Self::Rest { status, code: UNREADABLE, message }
            }
            (code, message) => {
                Self::Rest { status, code: code.unwrap_or(0), message: message.unwrap_or("null").to_owned() }
            }
        }
    }

    /// The exception of upstream's client.
    pub(crate) fn exception(&self) -> Exception {
        match self {
            Self::Rest { code, message, .. } => {
                Exception::new(REST, format!("{message}; error code: {code}"))
            }
            Self::Net(error) => {
                let class = match error.kind() {
                    NetErrorKind::UnknownHost => "java.net.UnknownHostException",
                    NetErrorKind::Connect => "java.net.ConnectException",
                    NetErrorKind::ConnectTimeout | NetErrorKind::ReadTimeout => {
                        "java.net.SocketTimeoutException"
                    }
                    NetErrorKind::Tls => "javax.net.ssl.SSLHandshakeException",
                    NetErrorKind::Broken => "java.net.SocketException",
                    NetErrorKind::Url | NetErrorKind::Protocol | NetErrorKind::TooLarge => classes::IO,
                };
                Exception::new(class, error.message())
            }
            Self::Garbage(message) => Exception::new(classes::IO, message.clone()),
        }
    }

    /// What is thrown for this error: `words` say what was asked for, `io` what for when it is no answer's fault.
    pub(crate) fn thrown(&self, words: &str, io: &str) -> Exception {
        let of = |class: &'static str, words: &str| Exception::new(class, words).caused_by(self.exception());
        match self {
            Self::Rest { status, .. } => match status {
                401 => of(kafka::AUTHENTICATION, words),
                403 => of(kafka::AUTHORIZATION, words),
                429 => Exception::new(kafka::THROTTLED, self.exception().message().unwrap_or_default()),
                408 | 500 | 503 | 504 => of(kafka::TIMEOUT, words),
                502 => of(kafka::DISCONNECTED, words),
                _ => of(classes::SERIALIZATION, words),
            },
            Self::Net(error)
                if matches!(error.kind(), NetErrorKind::ConnectTimeout | NetErrorKind::ReadTimeout) =>
            {
                of(kafka::TIMEOUT, io)
            }
            Self::Net(_) | Self::Garbage(_) => of(classes::SERIALIZATION, io),
        }
    }
}

/// Exceptions of Kafka's clients that upstream throws for answers of a registry.
pub(crate) mod kafka {
    /// 401.
    pub(crate) const AUTHENTICATION: &str = "org.apache.kafka.common.errors.AuthenticationException";
    /// 403.
    pub(crate) const AUTHORIZATION: &str = "org.apache.kafka.common.errors.AuthorizationException";
    /// 429.
    pub(crate) const THROTTLED: &str = "org.apache.kafka.common.errors.ThrottlingQuotaExceededException";
    /// 408, 500, 503, 504, and no answer in time.
    pub(crate) const TIMEOUT: &str = "org.apache.kafka.common.errors.TimeoutException";
    /// 502.
    pub(crate) const DISCONNECTED: &str = "org.apache.kafka.common.errors.DisconnectException";
}
