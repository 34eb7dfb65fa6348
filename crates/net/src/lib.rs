//! HTTP and TLS for plugins that talk to services: a client with bounds in time and memory, base addresses with
//! failover, proxies, back-off with jitter, and TLS configured as Kafka configures it.
//!
//! What is not here: anything about what is said over HTTP. Errors ([`NetError`]) carry the words that Java's network
//! classes use, since users search for them; which exception becomes of one is the plugin's matter.
//!
//! Credentials: the user info of an address is kept apart from it ([`BaseUrl`]) and printed by nothing.
#![forbid(unsafe_code)]

mod backoff;
mod error;
mod failover;
mod http;
mod tls;
mod url;

pub use backoff::Backoff;
pub use error::{NetError, NetErrorKind};
pub use failover::Endpoints;
pub use http::{HttpClient, HttpSettings, Proxy, Request, Response};
pub use hyper::{HeaderMap, Method, StatusCode, header};
pub use tls::{SSL_KEYS, SslKey, TlsConfig, TlsError, TlsSettings};
pub use url::{BaseUrl, Scheme, UrlError};
