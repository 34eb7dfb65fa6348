//! From a host name to a TCP stream: all addresses in order, the next one after a short head start (N5).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::net::{TcpSocket, TcpStream};

use crate::ClientConfig;

/// How long one address may take before the next is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to the first address of `host` that answers. Bounded by the caller; may be dropped at any time.
pub(crate) async fn connect(config: &ClientConfig, host: &str, port: u16) -> io::Result<TcpStream> {
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
    let mut attempts = FuturesUnordered::new();
    let mut last_error = io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"));
    for address in addresses {
        attempts.push(attempt(config, address));
        match tokio::time::timeout(HEAD_START, attempts.next()).await {
            Ok(Some(Ok(stream))) => return Ok(stream),
            Ok(Some(Err(error))) => last_error = error,
            Ok(None) | Err(_) => {}
        }
    }
    while let Some(outcome) = attempts.next().await {
        match outcome {
            Ok(stream) => return Ok(stream),
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

async fn attempt(config: &ClientConfig, address: SocketAddr) -> io::Result<TcpStream> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(bytes) = config.send_buffer {
        socket.set_send_buffer_size(u32::try_from(bytes).unwrap_or(u32::MAX))?;
    }
    if let Some(bytes) = config.receive_buffer {
        socket.set_recv_buffer_size(u32::try_from(bytes).unwrap_or(u32::MAX))?;
    }
    let stream = socket.connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// `host:port` as people write it, with brackets around IPv6 literals.
pub(crate) fn display(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn config() -> ClientConfig {
        ClientConfig::from_props(&BTreeMap::from([("bootstrap.servers".into(), "localhost:1".into())]))
            .unwrap()
    }

    #[tokio::test]
    async fn n5_a_name_with_a_dead_first_address_still_connects() {
        // `localhost` is ::1 and 127.0.0.1 on many machines; only one of them listens here.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stream = connect(&config(), "localhost", port).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap().port(), port);
    }

    #[tokio::test]
    async fn a_refused_connection_is_reported_as_such() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let error = connect(&config(), "127.0.0.1", port).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    }

    #[test]
    fn n5_ipv6_literals_are_shown_in_brackets() {
        assert_eq!(display("::1", 9092), "[::1]:9092");
        assert_eq!(display("a.b", 9092), "a.b:9092");
    }
}
