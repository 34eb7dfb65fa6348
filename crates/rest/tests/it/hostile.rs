//! Bytes that no honest client sends.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::client::{get, raw, send, started};

fn statuses(answer: &str) -> Vec<&str> {
    answer.split("HTTP/1.1 ").skip(1).map(|part| &part[..3]).collect()
}

#[tokio::test]
async fn malformed_and_ambiguous_requests_get_one_refusal() {
    let (_server, address, _) = started(&[]).await;
    let get = "GET /connectors HTTP/1.1\r\n";
    for (request, expect) in [
        ("garbage\r\n\r\n".to_owned(), "400"),
        (format!("{get}\r\n"), "400"),
        (format!("{get}Host: a\r\nHost: b\r\nConnection: close\r\n\r\n"), "400"),
        (format!("{get}Host: a b\r\nConnection: close\r\n\r\n"), "400"),
        (format!("{get}Host: a/../x\r\nConnection: close\r\n\r\n"), "400"),
        (format!("{get}Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), "400"),
        (format!("{get}Host: a\r\nContent-Length: -1\r\n\r\n"), "400"),
        (format!("{get}Host: a\r\nTransfer-Encoding: gzip\r\n\r\n"), "400"),
        (format!("{get}Host: a\r\nX : b\r\n\r\n"), "400"),
        (format!("{get}Host: a\r\nX: a\0b\r\n\r\n"), "400"),
        ("GET /con\0nectors HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), "400"),
        (format!("{get}Host: a\r\nX: {}\r\n\r\n", "x".repeat(20_000)), "431"),
        (format!("{get}Host: a\r\nX: {}\r\n\r\n", "x".repeat(200_000)), "431"),
        (format!("{get}Host: a\r\n{}\r\n", "X: y\r\n".repeat(150)), "431"),
        (format!("GET /{} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "x".repeat(9_000)), "414"),
    ] {
        let end = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
        let bytes = if request.contains("Connection") { request.clone() } else { end };
        let answer = tokio::time::timeout(Duration::from_secs(20), raw(address, bytes.as_bytes())).await;
        let answer = answer.unwrap_or_else(|_| panic!("no end: {}", &request[..request.len().min(90)]));
        assert_eq!(statuses(&answer), [expect], "{} {answer}", &request[..request.len().min(90)]);
    }
}

#[tokio::test]
async fn a_second_request_cannot_hide_behind_two_lengths() {
    let (_server, address, _) = started(&[]).await;
    let smuggled = "PUT /connectors/x/pause HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let request = format!(
        "GET /connectors HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}",
        5 + smuggled.len()
    );
    let answer = raw(address, request.as_bytes()).await;
    assert_eq!(statuses(&answer).len(), 1, "{answer}");
}

#[tokio::test]
async fn large_bodies_are_refused_unread() {
    let (_server, address, _) = started(&[]).await;
    let json = [("Content-Type", "application/json")];
    let body = "x".repeat(1024 * 1024 + 1);
    assert_eq!(send(address, "POST", "/connectors", &json, Some(&body)).await.status, 413);
    let fits = format!("{{\"name\":\"{}\",\"config\":{{}}}}", "x".repeat(1_000_000));
    assert_eq!(send(address, "POST", "/connectors", &json, Some(&fits)).await.status, 400);
    let chunk = format!("10000\r\n{}\r\n", "y".repeat(0x10000)).repeat(20);
    let request = format!(
        "POST /connectors HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}0\r\n\r\n"
    );
    // The refusal may be lost when the client is still sending; what counts is that the connection ends.
    let answer = raw(address, request.as_bytes()).await;
    assert!(matches!(statuses(&answer).as_slice(), ["413"] | []), "{answer}");
    assert_eq!(get(address, "/connectors").await.status, 200);
}

#[tokio::test]
async fn deep_json_is_refused_and_everything_goes_on() {
    let (_server, address, _) = started(&[]).await;
    let json = [("Content-Type", "application/json")];
    let deep = "[".repeat(500_000);
    assert_eq!(send(address, "POST", "/connectors", &json, Some(&deep)).await.status, 400);
    assert_eq!(send(address, "POST", "/connectors", &json, Some("\u{1}\u{2}")).await.status, 500);
}

/// The clock is virtual: it jumps ahead when nothing else can happen.
#[tokio::test(start_paused = true)]
async fn slow_clients_are_cut_off() {
    let (_server, address, _) = started(&[]).await;
    for (sent, least, most) in [
        ("GET / HTTP/1.1\r\nHost: a\r\nX-", 10, 61),
        ("", 60, 61),
        (
            "POST /connectors HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
            10,
            91,
        ),
    ] {
        let begun = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let took = begun.elapsed().as_secs();
        assert!((least..=most).contains(&took), "{sent:?}: {took} s");
    }
}

#[tokio::test]
async fn clients_that_send_bodies_slowly_do_not_keep_others_out() {
    let (_server, address, _) = started(&[]).await;
    let head = "POST /connectors HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    let mut slow = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    assert_eq!(get(address, "/connectors").await.status, 200);
}

#[tokio::test]
async fn idle_connections_however_many_keep_nobody_out() {
    if descriptors() < 3_000 {
        let name = "idle_connections_however_many_keep_nobody_out";
        kconnect_testkit::skip_unless_allowed(name, "raise `ulimit -n` to 3000");
        return;
    }
    let (_server, address, _) = started(&[]).await;
    let mut idle = Vec::new();
    for _ in 0..1_200 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    let answer = raw(address, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // The oldest made room: there are never more than 1,024.
    assert_eq!(idle[0].read(&mut [0; 1]).await.unwrap_or(0), 0);
}

/// How many descriptors this process may open.
fn descriptors() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX)
}
