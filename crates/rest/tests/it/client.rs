//! A client that sends exactly the bytes it is told to.

use std::net::SocketAddr;
use std::sync::Arc;

use kconnect_rest::{RestConfig, RestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::fake::{Fake, Levels};

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_ascii_lowercase(), value.to_owned())
        };
        Some(Self { status, headers: lines.map(header).collect(), body: body.to_owned() })
    }
}

pub(crate) fn config(entries: &[(&str, &str)]) -> RestConfig {
    let mut props: kconnect_api::Props =
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    props.entry("listeners".to_owned()).or_insert_with(|| "http://127.0.0.1:0".to_owned());
    RestConfig::parse(&props).unwrap()
}

pub(crate) async fn started(entries: &[(&str, &str)]) -> (RestServer, SocketAddr, Arc<Fake>) {
    let server = RestServer::bind(&config(entries)).await.unwrap();
    let fake = Arc::new(Fake::default());
    server.install(Arc::clone(&fake) as _, Arc::new(Levels::default()));
    let address = server.addresses()[0];
    (server, address, fake)
}

/// Sends `bytes` and returns all that comes back until the server closes.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may refuse before everything is sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

pub(crate) async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str("Host: 127.0.0.1:8083\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(body) = body {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    let answer = raw(address, format!("{head}\r\n{}", body.unwrap_or_default()).as_bytes()).await;
    Answer::parse(answer.as_bytes()).unwrap_or_else(|| panic!("{method} {path}: {answer:?}"))
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    send(address, "GET", path, &[], None).await
}
