//! The HTTP client against servers that behave and that do not, in plain and over TLS.

#![allow(clippy::unwrap_used, reason = "a failed unwrap fails the test")]

mod http;
mod server;
mod tls;
