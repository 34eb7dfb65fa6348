//! Addresses to listen on, and the URL under which others reach this worker.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use tokio::net::TcpListener;

use crate::RestConfig;

/// One `http://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listener {
    /// Empty: all interfaces.
    pub(crate) host: String,
    /// 0: any free one.
    pub(crate) port: u16,
}

impl Listener {
    /// Parses upstream's `(.*)://[?HOST]?:PORT`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let format = || "Listener doesn't have the right format (protocol://hostname:port).".to_owned();
        let (protocol, address) = text.rsplit_once("://").ok_or_else(format)?;
        let (host, port) = address.rsplit_once(':').ok_or_else(format)?;
        let host = host.strip_prefix('[').unwrap_or(host);
        let host = host.strip_suffix(']').unwrap_or(host);
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '%' | '.' | '_' | ':');
        let digits = port.strip_prefix('-').unwrap_or(port);
        if !host.chars().all(legal) || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(format());
        }
        match protocol.to_ascii_lowercase().as_str() {
            "http" => {}
            "https" => return Err(format!("{text}: https listeners are not there yet; use http")),
            _ => return Err("Listener protocol must be either \"http\" or \"https\".".to_owned()),
        }
        let port =
            port.parse().map_err(|_| format!("Listener port {port} of {text} is not between 0 and 65535"))?;
        Ok(Self { host: host.to_owned(), port })
    }

    /// Whether only this machine can reach it.
    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Starts to listen.
    pub(crate) async fn bind(&self, key: &'static str) -> Result<TcpListener, BindError> {
        let bound = if self.host.is_empty() {
            match TcpListener::bind(("::", self.port)).await {
                // A machine without IPv6.
                Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                    TcpListener::bind(("0.0.0.0", self.port)).await
                }
                bound => bound,
            }
        } else {
            TcpListener::bind((self.host.as_str(), self.port)).await
        };
        bound.map_err(|source| BindError { key, host: self.host.clone(), port: self.port, source })
    }
}

/// A listener could not be opened.
#[derive(Debug)]
pub struct BindError {
    key: &'static str,
    host: String,
    port: u16,
    source: io::Error,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, host, port, source } = self;
        let shown = if host.is_empty() { "all interfaces" } else { host };
        write!(f, "cannot serve the REST API on port {port} of {shown}: {source}; ")?;
        let wanted = url_host(host);
        match source.kind() {
            io::ErrorKind::AddrInUse => write!(
                f,
                "another program, maybe another worker, uses port {port}: stop it, or choose a free port with \
                 {key}=http://{wanted}:<port> in the worker properties (port 0 takes any)"
            ),
            io::ErrorKind::PermissionDenied => {
                write!(f, "ports below 1024 need rights: choose another with {key}=http://{wanted}:<port>")
            }
            _ => write!(f, "set {key}=http://<host>:<port> to an address of this machine"),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// The URL that other workers and users get, with a `/` at the end.
pub(crate) fn advertised_url(config: &RestConfig, bound: &[SocketAddr]) -> String {
    let first = config.listeners.first();
    let host = config.advertised_host.clone().unwrap_or_else(|| {
        first.map(|listener| listener.host.clone()).filter(|host| !host.is_empty()).unwrap_or_else(local_host)
    });
    let configured = first.map(|listener| listener.port).filter(|port| *port > 0);
    let port = config.advertised_port.or(configured).or_else(|| bound.first().map(SocketAddr::port));
    format!("http://{}:{}/", url_host(&host), port.unwrap_or_default())
}

fn url_host(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

/// The address of this machine's own name.
fn local_host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let addresses = (name.trim(), 0).to_socket_addrs().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
    let v4 = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    v4.map_or_else(|| "127.0.0.1".to_owned(), |address| address.ip().to_string())
}
