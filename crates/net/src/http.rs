//! An HTTP/1.1 client for calls that matter one by one: registries, tokens, control planes.
//!
//! A client keeps one idle connection per address and drives it only while a call waits for it: there is no task in
//! the background, and a dropped call takes its connection with it. Each call is bounded: connecting, waiting for the
//! answer and reading it have a time limit, the answer a length limit.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::{self, Either};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_LENGTH, HOST, HeaderValue};
use hyper::{HeaderMap, Method, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::url::Scheme;
use crate::{BaseUrl, NetError, NetErrorKind, TlsConfig};

mod connect;

/// A proxy, which plain requests go to and encrypted ones go through.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proxy {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// Bounds of a client, and its way out.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Longest time to connect, TLS included.
    pub connect_timeout: Duration,
    /// Longest time to wait for an answer to begin, and again for all of it.
    pub read_timeout: Duration,
    /// Longest answer in bytes.
    pub body_limit: usize,
    /// The proxy.
    pub proxy: Option<Proxy>,
    /// TLS for `https` addresses; the system's certificate authorities when not set.
    pub tls: Option<TlsConfig>,
}

impl Default for HttpSettings {
    /// 60 seconds, 16 MiB, no proxy.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(60),
            read_timeout: Duration::from_secs(60),
            body_limit: 16 << 20,
            proxy: None,
            tls: None,
        }
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, with its leading slash; the address's own path is put before it.
    pub path: String,
    /// Headers; `Host` and `Content-Length` are added.
    pub headers: HeaderMap,
    /// The body; nothing is sent for an empty one.
    pub body: Bytes,
    /// Whether the request may be sent again when a kept connection turns out to be closed.
    pub repeatable: bool,
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// A client; its clones share connections.
#[derive(Clone)]
pub struct HttpClient {
    settings: Arc<HttpSettings>,
    idle: Arc<Mutex<Vec<(BaseUrl, Connection)>>>,
}

/// Most connections that are kept for later.
const IDLE: usize = 8;

type Driver = future::BoxFuture<'static, Result<(), hyper::Error>>;

struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

/// An error with what is known of the request.
struct Failure {
    error: NetError,
    unanswered: bool,
}

impl HttpClient {
    /// A client; nothing is connected yet.
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        Self { settings: Arc::new(settings), idle: Arc::default() }
    }

    /// Sends `request` to `base` and reads the answer. Dropping the future drops the connection it uses.
    pub async fn send(&self, base: &BaseUrl, request: &Request) -> Result<Response, NetError> {
        if let Some(connection) = self.take_idle(base) {
            match self.exchange(base, connection, request).await {
                Ok(response) => return Ok(response),
                // Servers close idle connections; that is found out by using them.
                Err(failure) if failure.unanswered && request.repeatable => {}
                Err(failure) => return Err(failure.error),
            }
        }
        let connecting = connect::connect(base, &self.settings);
        let connection = timeout(self.settings.connect_timeout, connecting)
            .await
            .map_err(|_| NetError::new(NetErrorKind::ConnectTimeout, "Connect timed out"))??;
        self.exchange(base, connection, request).await.map_err(|failure| failure.error)
    }

    fn take_idle(&self, base: &BaseUrl) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let at = idle.iter().position(|(url, _)| url == base)?;
        Some(idle.swap_remove(at).1)
    }

    fn keep(&self, base: &BaseUrl, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push((base.clone(), connection));
        }
    }

    async fn exchange(
        &self,
        base: &BaseUrl,
        connection: Connection,
        request: &Request,
    ) -> Result<Response, Failure> {
        let request = self.build(base, request).map_err(|error| Failure { error, unanswered: false })?;
        let Connection { mut sender, driver } = connection;
        let answered = Box::pin(self.converse(&mut sender, request));
        let (answer, driver) = match future::select(answered, driver).await {
            Either::Left((answer, driver)) => (answer, Some(driver)),
            // The connection is over, but what was read before may be a whole answer.
            Either::Right((_, answered)) => (answered.await, None),
        };
        let answer = answer?;
        if let Some(driver) = driver
            && !sender.is_closed()
        {
            self.keep(base, Connection { sender, driver });
        }
        Ok(answer)
    }

    async fn converse(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        request: hyper::Request<Full<Bytes>>,
    ) -> Result<Response, Failure> {
        let late = || NetError::new(NetErrorKind::ReadTimeout, "Read timed out");
        let head = async {
            sender.ready().await?;
            sender.send_request(request).await
        };
        let response = timeout(self.settings.read_timeout, head)
            .await
            .map_err(|_| Failure { error: late(), unanswered: false })?
            .map_err(|error| Failure {
                unanswered: error.is_canceled() || error.is_closed() || error.is_incomplete_message(),
                error: NetError::speaking(&error),
            })?;
        let (head, body) = response.into_parts();
        let body = timeout(self.settings.read_timeout, collect(body, self.settings.body_limit))
            .await
            .unwrap_or_else(|_| Err(late()))
            .map_err(|error| Failure { error, unanswered: false })?;
        Ok(Response { status: head.status, headers: head.headers, body })
    }

    fn build(&self, base: &BaseUrl, request: &Request) -> Result<hyper::Request<Full<Bytes>>, NetError> {
        let bad = |error: &dyn std::fmt::Display| NetError::new(NetErrorKind::Url, error.to_string());
        // A proxy for plain requests is told the whole address.
        let uri = match (&self.settings.proxy, base.scheme()) {
            (Some(_), Scheme::Http) => format!("{base}{}", request.path),
            _ => format!("{}{}", base.path(), request.path),
        };
        let uri = if uri.is_empty() || uri.starts_with('?') { format!("/{uri}") } else { uri };
        let mut built = hyper::Request::new(Full::new(request.body.clone()));
        *built.method_mut() = request.method.clone();
        *built.uri_mut() = uri.parse().map_err(|error: hyper::http::uri::InvalidUri| bad(&error))?;
        let headers = built.headers_mut();
        headers.clone_from(&request.headers);
        headers.insert(HOST, HeaderValue::try_from(base.authority()).map_err(|error| bad(&error))?);
        if !request.body.is_empty() {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(request.body.len()));
        }
        Ok(built)
    }
}

async fn collect(mut body: Incoming, limit: usize) -> Result<Bytes, NetError> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| NetError::speaking(&error))?;
        if let Some(data) = frame.data_ref() {
            if whole.len() + data.len() > limit {
                let message = format!("the answer is longer than {limit} bytes");
                return Err(NetError::new(NetErrorKind::TooLarge, message));
            }
            whole.extend_from_slice(data);
        }
    }
    Ok(whole.freeze())
}

async fn handshake<S>(stream: S) -> Result<Connection, NetError>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let (sender, driver) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| NetError::speaking(&error))?;
    Ok(Connection { sender, driver: Box::pin(driver) })
}
