//! A registry that answers what a test says and remembers what it was asked.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method, path and query.
    pub line: String,
    /// The body.
    pub body: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
}

/// What to answer.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A status and a body.
    Say(u16, String),
    /// The same after a while.
    Late(Duration, u16, String),
    /// Close the connection without a word.
    HangUp,
}

type Script = dyn Fn(&Asked, usize) -> Answer + Send + Sync;

/// The registry; it ends with the test.
pub struct Scripted {
    /// Its address.
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Scripted {
    /// A registry that answers by `script`, which is told the question and how many there were before.
    pub async fn start(script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with(None, script).await
    }

    /// The same behind TLS, at `https://localhost`.
    pub async fn encrypted(
        acceptor: TlsAcceptor,
        script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(Some(acceptor), script).await
    }

    async fn start_with(
        acceptor: Option<TlsAcceptor>,
        script: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = match acceptor {
            None => format!("http://{address}"),
            Some(_) => format!("https://localhost:{}", address.port()),
        };
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (script, log): (Arc<Script>, _) = (Arc::new(script), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let serve = service_fn(move |request| {
                        let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                        async move { answer(request, &*script, &log).await }
                    });
                    let http = http1::Builder::new();
                    match acceptor {
                        None => _ = http.serve_connection(TokioIo::new(stream), serve).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                _ = http.serve_connection(TokioIo::new(stream), serve).await;
                            }
                        }
                    }
                });
            }
        });
        Self { url, asked, task }
    }

    /// A registry that says this to `POST /subjects/…/versions` and has no associations.
    pub async fn with_id(id: i32) -> Self {
        Self::start(move |asked, _| match asked.line.contains("/associations/") {
            true => Answer::Say(200, "[]".into()),
            false => Answer::Say(200, format!(r#"{{"id":{id},"version":1}}"#)),
        })
        .await
    }

    /// All that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The same, method and path only.
    pub fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }
}

/// Ends a connection when it is the error of a service.
#[derive(Debug)]
struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hung up")
    }
}

impl std::error::Error for HungUp {}

impl From<Infallible> for HungUp {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

async fn answer(
    request: Request<Incoming>,
    script: &Script,
    log: &Mutex<Vec<Asked>>,
) -> Result<Response<Full<Bytes>>, HungUp> {
    let line = format!("{} {}", request.method(), request.uri());
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let body = request.into_body().collect().await.map_err(|_| HungUp)?.to_bytes();
    let asked = Asked { line, body: String::from_utf8_lossy(&body).into_owned(), headers };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(asked.clone());
        log.len() - 1
    };
    let (status, body) = match script(&asked, number) {
        Answer::Say(status, body) => (status, body),
        Answer::Late(wait, status, body) => {
            tokio::time::sleep(wait).await;
            (status, body)
        }
        Answer::HangUp => return Err(HungUp),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap();
    Ok(response)
}
