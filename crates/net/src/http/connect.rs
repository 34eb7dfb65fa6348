//! From an address to a connection: name, TCP, proxy.

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Connection, HttpSettings, handshake};
use crate::url::Scheme;
use crate::{BaseUrl, NetError, NetErrorKind, TlsConfig};

/// Longest head of a proxy's answer to CONNECT.
const PROXY_HEAD: usize = 8 << 10;

pub(super) async fn connect(base: &BaseUrl, settings: &HttpSettings) -> Result<Connection, NetError> {
    let stream = match &settings.proxy {
        None => tcp(base.host(), base.port()).await?,
        Some(proxy) => {
            let mut stream = tcp(&proxy.host, proxy.port).await?;
            if base.scheme() == Scheme::Https {
                tunnel(&mut stream, base).await?;
            }
            stream
        }
    };
    match base.scheme() {
        Scheme::Http => handshake(stream).await,
        Scheme::Https => handshake(encrypt(stream, base.host(), settings).await?).await,
    }
}

async fn encrypt(
    stream: TcpStream,
    host: &str,
    settings: &HttpSettings,
) -> Result<TlsStream<TcpStream>, NetError> {
    let failed = |text: String| NetError::new(NetErrorKind::Tls, text);
    let config = match &settings.tls {
        Some(config) => config.clone(),
        None => TlsConfig::standard().map_err(|error| failed(error.to_string()))?,
    };
    let name = ServerName::try_from(host.to_owned()).map_err(|error| failed(format!("{host}: {error}")))?;
    // Everything that goes wrong here is about TLS, also a peer that answers in plain text or hangs up.
    TlsConnector::from(config.0).connect(name, stream).await.map_err(|error| failed(refused(host, &error)))
}

/// What went wrong, and what to do about it where that is known.
fn refused(host: &str, error: &std::io::Error) -> String {
    use rustls::{CertificateError as C, Error as E};
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<E>());
    let advice = match cause {
        Some(E::InvalidCertificate(C::UnknownIssuer)) => {
            "; the truststore has no authority that signed the certificate of"
        }
        Some(E::AlertReceived(_)) => "; refused by",
        _ => return error.to_string(),
    };
    format!("{error}{advice} {host}")
}

/// Tries all addresses of `host` in order and fails with the error of the last.
async fn tcp(host: &str, port: u16) -> Result<TcpStream, NetError> {
    let unknown = || NetError::new(NetErrorKind::UnknownHost, host);
    let mut last = unknown();
    for address in tokio::net::lookup_host((host, port)).await.map_err(|_| unknown())? {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Requests are written whole; waiting to fill packets only delays them.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = NetError::connecting(&error),
        }
    }
    Err(last)
}

/// Asks the proxy for a way through to `base`.
async fn tunnel(stream: &mut TcpStream, base: &BaseUrl) -> Result<(), NetError> {
    let broken = |error: std::io::Error| NetError::new(NetErrorKind::Broken, error.to_string());
    let host = if base.host().contains(':') { format!("[{}]", base.host()) } else { base.host().to_owned() };
    let target = format!("{host}:{}", base.port());
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(broken)?;
    let mut head = Vec::new();
    // Byte by byte: what follows the head belongs to the tunnel.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= PROXY_HEAD {
            return Err(NetError::new(NetErrorKind::Protocol, "the proxy's answer is too long"));
        }
        head.push(stream.read_u8().await.map_err(broken)?);
    }
    let line = String::from_utf8_lossy(&head);
    let line = line.lines().next().unwrap_or_default();
    match line.split(' ').nth(1) {
        Some(status) if status.starts_with('2') => Ok(()),
        _ => {
            let message = format!("Unable to tunnel through proxy. Proxy returns \"{line}\"");
            Err(NetError::new(NetErrorKind::Protocol, message))
        }
    }
}
