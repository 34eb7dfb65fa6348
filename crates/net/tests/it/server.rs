//! A server that says the same to everybody, in the very bytes a test gives it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kconnect_net::{BaseUrl, HeaderMap, HttpClient, HttpSettings, Method, NetError, Request, Response};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// A fixture: an authority, certificates that it signed, stores of them.
pub fn pki(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/pki").join(name)
}

pub fn text(name: &str) -> String {
    std::fs::read_to_string(pki(name)).unwrap()
}

/// A running server.
pub struct Server {
    pub port: u16,
    /// Connections accepted.
    pub accepted: Arc<AtomicUsize>,
    /// The first line of the last request.
    pub asked: Arc<std::sync::Mutex<String>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

impl Server {
    /// In plain.
    pub async fn plain(answer: &str) -> Self {
        Self::start(answer, None).await
    }

    /// Over TLS with this certificate; `authority`: clients must show a certificate signed by it.
    pub async fn tls(certificate: &str, authority: Option<&str>) -> Self {
        let provider = Arc::new(rustls_graviola::default_provider());
        let chain = vec![CertificateDer::from_pem_file(pki(&format!("{certificate}.pem"))).unwrap()];
        let key = PrivateKeyDer::from_pem_file(pki(&format!("{certificate}.key"))).unwrap();
        let builder =
            ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let builder = builder.unwrap();
        let builder = match authority {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_file(pki(authority)).unwrap()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                builder.with_client_cert_verifier(verifier.unwrap())
            }
        };
        Self::start(OK, Some(TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()))))
            .await
    }

    async fn start(answer: &str, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (accepted, asked): (Arc<AtomicUsize>, Arc<std::sync::Mutex<String>>) = Default::default();
        let (count, last, answer) = (Arc::clone(&accepted), Arc::clone(&asked), answer.to_owned());
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let (acceptor, last, answer) = (acceptor.clone(), Arc::clone(&last), answer.clone());
                tokio::spawn(async move {
                    match acceptor {
                        None => serve(stream, &answer, &last).await,
                        Some(acceptor) => {
                            if let Ok(stream) = acceptor.accept(stream).await {
                                serve(stream, &answer, &last).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, accepted, asked, task }
    }

    pub fn url(&self, scheme: &str) -> BaseUrl {
        BaseUrl::parse(&format!("{scheme}://localhost:{}/base", self.port)).unwrap()
    }
}

/// Answers each request that ends with its head.
async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &str,
    last: &std::sync::Mutex<String>,
) {
    let mut head = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        head.push(byte);
        if head.ends_with(b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&head).into_owned();
            *last.lock().unwrap() = text.lines().next().unwrap_or_default().to_owned();
            head.clear();
            if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
                return;
            }
            if answer.contains("Connection: close") || answer.is_empty() {
                let _ = stream.shutdown().await;
                return;
            }
        }
    }
}

/// One GET with its outcome.
pub async fn get(client: &HttpClient, base: &BaseUrl) -> Result<Response, NetError> {
    let request = Request {
        method: Method::GET,
        path: "/path?q".into(),
        headers: HeaderMap::new(),
        body: Default::default(),
        repeatable: true,
    };
    client.send(base, &request).await
}

pub fn client(change: impl FnOnce(&mut HttpSettings)) -> HttpClient {
    let mut settings = HttpSettings::default();
    change(&mut settings);
    HttpClient::new(settings)
}
