//! Plain HTTP.

use std::sync::atomic::Ordering;
use std::time::Duration;

use kconnect_net::{BaseUrl, NetErrorKind, Proxy};

use crate::server::{OK, Server, client, get};

#[tokio::test]
async fn a_connection_is_kept_for_the_next_call() {
    let server = Server::plain(OK).await;
    let client = client(|_| {});
    for _ in 0..3 {
        let answer = get(&client, &server.url("http")).await.unwrap();
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"ok"[..]));
    }
    assert_eq!(server.accepted.load(Ordering::SeqCst), 1);
    assert_eq!(*server.asked.lock().unwrap(), "GET /base/path?q HTTP/1.1");
}

#[tokio::test]
async fn a_connection_that_the_server_closed_is_made_anew() {
    let server = Server::plain("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok").await;
    let client = client(|_| {});
    for _ in 0..3 {
        assert_eq!(get(&client, &server.url("http")).await.unwrap().body, "ok");
    }
    assert_eq!(server.accepted.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_answer_without_length_ends_with_the_connection() {
    let server = Server::plain("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall of it").await;
    assert_eq!(get(&client(|_| {}), &server.url("http")).await.unwrap().body, "all of it");
}

#[tokio::test]
async fn answers_that_are_none() {
    for (answer, kind) in [
        ("", NetErrorKind::Broken),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", NetErrorKind::Protocol),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 10\r\n\r\nshort", NetErrorKind::Broken),
        ("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n01234567890123456789", NetErrorKind::TooLarge),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nlate", NetErrorKind::ReadTimeout),
    ] {
        let server = Server::plain(answer).await;
        let client = client(|settings| {
            settings.body_limit = 16;
            settings.read_timeout = Duration::from_millis(200);
        });
        let error = get(&client, &server.url("http")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{answer:?}: {error}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let refused = get(&client(|_| {}), &BaseUrl::parse("http://127.0.0.1:1").unwrap()).await.unwrap_err();
    assert_eq!((refused.kind(), refused.message()), (NetErrorKind::Connect, "Connection refused"));
    let unknown = get(&client(|_| {}), &BaseUrl::parse("http://nobody.invalid").unwrap()).await.unwrap_err();
    assert_eq!((unknown.kind(), unknown.message()), (NetErrorKind::UnknownHost, "nobody.invalid"));
}

#[tokio::test]
async fn a_proxy_is_told_the_whole_address() {
    let proxy = Server::plain(OK).await;
    let port = proxy.port;
    let client = client(|settings| settings.proxy = Some(Proxy { host: "localhost".into(), port }));
    get(&client, &BaseUrl::parse("http://registry.invalid/base").unwrap()).await.unwrap();
    assert_eq!(*proxy.asked.lock().unwrap(), "GET http://registry.invalid/base/path?q HTTP/1.1");
    let refusing = Server::plain("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").await;
    let port = refusing.port;
    let client =
        crate::server::client(|settings| settings.proxy = Some(Proxy { host: "localhost".into(), port }));
    let error = get(&client, &BaseUrl::parse("https://registry.invalid").unwrap()).await.unwrap_err();
    assert_eq!(error.message(), "Unable to tunnel through proxy. Proxy returns \"HTTP/1.1 403 Forbidden\"");
    assert_eq!(*refusing.asked.lock().unwrap(), "CONNECT registry.invalid:443 HTTP/1.1");
}
