//! From a host name to a TCP stream: all addresses in order, the next one after a short head start (N5).

use std::future::Future;
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
    first_to_answer(addresses, |address| attempt(config, address))
        .await
        .unwrap_or_else(|| Err(io::Error::new(io::ErrorKind::NotFound, format!("{host} has no address"))))
}

/// The first success; the last failure when there is none, `None` without addresses.
async fn first_to_answer<T, F>(
    addresses: Vec<SocketAddr>,
    attempt: impl Fn(SocketAddr) -> F,
) -> Option<io::Result<T>>
where
    F: Future<Output = io::Result<T>>,
{
    let mut attempts = FuturesUnordered::new();
    let mut last = None;
    for address in addresses {
        attempts.push(attempt(address));
        match tokio::time::timeout(HEAD_START, attempts.next()).await {
            Ok(Some(Ok(stream))) => return Some(Ok(stream)),
            Ok(Some(Err(error))) => last = Some(Err(error)),
            Ok(None) | Err(_) => {}
        }
    }
    while let Some(outcome) = attempts.next().await {
        let failed = outcome.is_err();
        last = Some(outcome);
        if !failed {
            break;
        }
    }
    last
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

    /// What each address does: answers or refuses after some time, or is silent.
    #[derive(Clone, Copy)]
    enum Address {
        Answers(u64),
        Refuses(u64),
        Silent,
    }

    /// Which address is connected to and when, with the addresses in this order; and how many were tried.
    async fn race(addresses: &[Address]) -> (Option<Result<usize, io::ErrorKind>>, u128, usize) {
        let began = tokio::time::Instant::now();
        let tried = std::cell::Cell::new(0);
        let named: Vec<SocketAddr> =
            (0..addresses.len()).map(|n| SocketAddr::from(([127, 0, 0, 1], n as u16))).collect();
        let outcome = first_to_answer(named, |address| {
            tried.set(tried.get() + 1);
            let n = usize::from(address.port());
            async move {
                let wait = |millis| tokio::time::sleep(Duration::from_millis(millis));
                match addresses[n] {
                    Address::Answers(after) => wait(after).await,
                    Address::Refuses(after) => {
                        wait(after).await;
                        return Err(io::ErrorKind::ConnectionRefused.into());
                    }
                    Address::Silent => std::future::pending().await,
                }
                Ok(n)
            }
        })
        .await;
        let outcome = outcome.map(|outcome| outcome.map_err(|error| error.kind()));
        (outcome, began.elapsed().as_millis(), tried.get())
    }

    #[tokio::test(start_paused = true)]
    async fn n5_all_addresses_are_tried_in_order_each_with_a_head_start() {
        use Address::{Answers, Refuses, Silent};
        let refused = Some(Err(io::ErrorKind::ConnectionRefused));
        let rows: &[(&str, &[Address], _)] = &[
            ("the first answers", &[Answers(100), Answers(0)], (Some(Ok(0)), 100, 1)),
            ("the first refuses", &[Refuses(10), Answers(5)], (Some(Ok(1)), 15, 2)),
            ("the first is silent", &[Silent, Answers(5)], (Some(Ok(1)), 255, 2)),
            ("the first is slow, the second slower", &[Answers(300), Answers(400)], (Some(Ok(0)), 300, 2)),
            (
                "only the last one answers",
                &[Refuses(0), Silent, Refuses(1), Answers(2)],
                (Some(Ok(3)), 253, 4),
            ),
            ("late, after all had their start", &[Silent, Answers(900)], (Some(Ok(1)), 1150, 2)),
            ("all refuse", &[Refuses(1), Refuses(2)], (refused, 3, 2)),
            ("the name has no address", &[], (None, 0, 0)),
        ];
        for (name, addresses, expect) in rows {
            assert_eq!(race(addresses).await, *expect, "{name}");
        }
    }

    #[tokio::test]
    async fn n5_a_dead_first_address_does_not_keep_the_second_from_being_reached() {
        let listener = tokio::net::TcpListener::bind("127.0.0.3:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let addresses = ["127.0.0.2", "127.0.0.3"].map(|ip| SocketAddr::new(ip.parse().unwrap(), port));
        let config = config();
        let stream = first_to_answer(addresses.into(), |address| attempt(&config, address)).await;
        assert_eq!(stream.unwrap().unwrap().peer_addr().unwrap(), addresses[1]);
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
