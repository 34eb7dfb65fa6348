//! Why an exchange failed.

use std::fmt;

/// What went wrong, by what a caller may do next: all but `Url`, `Tls` and `TooLarge` may pass by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetErrorKind {
    /// The request cannot be put into HTTP.
    Url,
    /// The name of the host has no address.
    UnknownHost,
    /// Nobody listens, or the way there is cut.
    Connect,
    /// The connection was not made in time.
    ConnectTimeout,
    /// The answer did not come in time.
    ReadTimeout,
    /// TLS was not agreed on: certificate, name, version.
    Tls,
    /// The connection broke.
    Broken,
    /// The other side does not speak HTTP, or a proxy refused.
    Protocol,
    /// The answer is longer than allowed.
    TooLarge,
}

/// Why an exchange failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetError {
    kind: NetErrorKind,
    message: String,
}

impl NetError {
    /// An error of `kind`.
    #[must_use]
    pub fn new(kind: NetErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> NetErrorKind {
        self.kind
    }

    /// The words of it; for connections those of Java.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    pub(crate) fn connecting(error: &std::io::Error) -> Self {
        let message = match error.kind() {
            std::io::ErrorKind::ConnectionRefused => "Connection refused".to_owned(),
            _ => error.to_string(),
        };
        Self::new(NetErrorKind::Connect, message)
    }

    pub(crate) fn speaking(error: &hyper::Error) -> Self {
        if error.is_parse() {
            return Self::new(NetErrorKind::Protocol, format!("Invalid Http response ({error})"));
        }
        let source = std::error::Error::source(error).map(ToString::to_string);
        let message = if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            "Unexpected end of file from server".to_owned()
        } else {
            source.unwrap_or_else(|| error.to_string())
        };
        Self::new(NetErrorKind::Broken, message)
    }
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for NetError {}
