//! Listeners and connections.
//!
//! One task accepts for each listener and owns its connections. Shutting down stops accepting, lets requests in
//! progress finish until the deadline, then drops them.

use std::net::SocketAddr;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use kconnect_connect::herder::{Herder, Loggers};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::crowd::Crowd;
use crate::listener::{self, BindError};
use crate::service::{self, Site};
use crate::timed::{Phase, Timed};
use crate::{RestConfig, TARGET};

/// Connections at once.
const CONNECTIONS: usize = 1_024;
/// Requests in progress at once.
const REQUESTS: usize = 256;
/// Header fields of a request.
const HEADERS: usize = 100;
/// Request line and header block; what is larger is 431.
const HEAD_BYTES: usize = 32 * 1024;

/// Whom requests are handed to.
pub(crate) struct Installed {
    pub(crate) herder: Arc<dyn Herder>,
    pub(crate) loggers: Arc<dyn Loggers>,
}

/// What all connections share.
pub(crate) struct State {
    pub(crate) config: RestConfig,
    pub(crate) advertised: String,
    pub(crate) installed: OnceLock<Installed>,
    pub(crate) requests: Semaphore,
    pub(crate) body_bytes: AtomicUsize,
    connections: Crowd,
}

/// The REST server of a worker.
pub struct RestServer {
    state: Arc<State>,
    addresses: Vec<SocketAddr>,
    stop: watch::Sender<bool>,
    acceptors: Vec<JoinHandle<()>>,
}

impl RestServer {
    /// Listens on all addresses of `config` and begins to answer: `/health` says `starting`, everything else is 503
    /// until [`RestServer::install`]. Runs on the tokio runtime it is called in.
    pub async fn bind(config: &RestConfig) -> Result<Self, BindError> {
        let mut bound = Vec::new();
        let site = if config.admin_listeners.is_none() { Site::Whole } else { Site::WithoutAdmin };
        for listener in &config.listeners {
            bound.push((listener.bind("listeners").await?, site));
        }
        for listener in config.admin_listeners.iter().flatten() {
            bound.push((listener.bind("admin.listeners").await?, Site::AdminOnly));
        }
        let addresses: Vec<SocketAddr> =
            bound.iter().filter_map(|(listener, _)| listener.local_addr().ok()).collect();
        for address in addresses.iter().filter(|address| !address.ip().is_loopback()) {
            tracing::warn!(target: TARGET, %address,
                "the REST API is open to other machines without TLS and without authentication");
        }
        let state = Arc::new(State {
            advertised: listener::advertised_url(config, &addresses),
            config: config.clone(),
            installed: OnceLock::new(),
            requests: Semaphore::new(REQUESTS),
            body_bytes: AtomicUsize::new(0),
            connections: Crowd::new(CONNECTIONS),
        });
        let stop = watch::Sender::new(false);
        let accept =
            |(listener, site)| tokio::spawn(accept(Arc::clone(&state), listener, site, stop.subscribe()));
        let acceptors = bound.into_iter().map(accept).collect();
        tracing::info!(target: TARGET, url = %state.advertised, ?addresses, "REST server listening");
        Ok(Self { state, addresses, stop, acceptors })
    }

    /// Hands requests to `herder` and `loggers` from now on. A second call has no effect.
    pub fn install(&self, herder: Arc<dyn Herder>, loggers: Arc<dyn Loggers>) {
        if self.state.installed.set(Installed { herder, loggers }).is_err() {
            tracing::warn!(target: TARGET, "the REST server already has a herder");
        }
    }

    /// The URL under which others reach this worker, with a `/` at the end.
    #[must_use]
    pub fn advertised_url(&self) -> &str {
        &self.state.advertised
    }

    /// The addresses listened on, regular ones first.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Stops accepting, waits for requests in progress, and drops what is left after `deadline`.
    pub async fn shutdown(self, deadline: Duration) {
        self.stop.send_replace(true);
        let until = tokio::time::Instant::now() + deadline;
        for mut acceptor in self.acceptors {
            if tokio::time::timeout_at(until, &mut acceptor).await.is_err() {
                tracing::warn!(target: TARGET, "requests were still in progress at the end of the shutdown and were dropped");
                acceptor.abort();
            }
        }
    }
}

async fn accept(state: Arc<State>, listener: TcpListener, site: Site, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stopped(&mut stop) => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, client)) => {
                    connections.spawn(connection(Arc::clone(&state), stream, client, site, stop.clone()));
                }
                Err(error) => {
                    // Out of descriptors, or the client is gone already.
                    tracing::warn!(target: TARGET, %error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connection(
    state: Arc<State>,
    mut stream: TcpStream,
    client: SocketAddr,
    site: Site,
    mut stop: watch::Receiver<bool>,
) {
    let phase = Phase::default();
    let crowd = Arc::clone(&state);
    let Some(place) = crowd.connections.enter(phase.clone()).await else {
        const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let refused = tokio::time::timeout(Duration::from_secs(1), stream.write_all(FULL)).await;
        tracing::debug!(target: TARGET, %client, ?refused, "too many connections");
        return;
    };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(target: TARGET, %client, %error, "cannot switch off delays");
    }
    let io = TokioIo::new(Timed::new(stream, phase.clone()));
    let handle = service_fn(move |request| {
        phase.busy();
        let (state, phase) = (Arc::clone(&state), phase.clone());
        async move {
            let response = service::handle(state, site, client.ip(), request).await;
            phase.waiting();
            Ok::<_, std::convert::Infallible>(response)
        }
    });
    let served = http1::Builder::new()
        .max_headers(HEADERS)
        .max_buf_size(HEAD_BYTES)
        .half_close(true)
        .serve_connection(io, handle);
    tokio::pin!(served);
    let result = tokio::select! {
        result = &mut served => result,
        () = place.asked_to_leave() => {
            tracing::debug!(target: TARGET, %client, "closed to make room for another connection");
            if !place.is_busy() {
                return;
            }
            // A request that has just come is answered first; a write is not left half done.
            served.as_mut().graceful_shutdown();
            served.await
        }
        () = stopped(&mut stop) => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(target: TARGET, %client, %error, "connection ended");
    }
}

/// Returns when the server is to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that the server itself is gone.
    drop(stop.wait_for(|stop| *stop).await);
}
