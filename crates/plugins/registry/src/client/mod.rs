//! The registry's REST interface: the calls that converters make.
//!
//! A call goes to the address that answered last; it is repeated there with back-off while it fails for the moment
//! (408, 429, 500, 502, 503, 504, a broken connection, an unreadable answer), then the next address is asked. All
//! calls may be repeated: registering a schema twice gives the same id. Answers are shared with other clients of the
//! same registry (`answers.rs`); connections, certificates and tokens are a client's own.

mod answers;
mod auth;
mod entities;
mod error;
mod oauth;

use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_api::{ConfigError, Props};
use kconnect_net::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use kconnect_net::{
    Backoff, BaseUrl, Endpoints, HeaderMap, HttpClient, HttpSettings, Method, NetErrorKind, Proxy, Request,
    Scheme, TlsConfig, TlsError, TlsSettings,
};
use serde_json::Value as Json;
use tracing::{debug, warn};

use crate::config::{Config, SSL_PREFIX};
use answers::{Answers, Fresh, Question};
use auth::Auth;

pub(crate) use answers::Registries;
pub(crate) use entities::{Entity, NewSchema, Reference, RulePhase, parse_guid};
pub(crate) use error::{CallError, kafka};

const MEDIA_TYPE: &str = "application/vnd.schemaregistry.v1+json";

/// What may change, and when it must be asked for again.
pub(crate) struct Lasting<T> {
    pub(crate) what: T,
    pub(crate) end: Option<Instant>,
}

/// A client of one registry.
pub(crate) struct RegistryClient {
    http: HttpClient,
    endpoints: Endpoints,
    headers: HeaderMap,
    auth: Auth,
    repetitions: u32,
    backoff: Backoff,
    answers: Arc<Answers>,
    fresh: Fresh,
}

impl RegistryClient {
    /// A client; nothing is sent yet. `props` are all settings, for those with names of their own (`request.header.`).
    pub(crate) fn new(config: &Config, props: &Props, registries: &Registries) -> Result<Self, ConfigError> {
        let url = |text: &String| {
            BaseUrl::parse(text).map_err(|error| ConfigError::text("schema.registry.url", error.to_string()))
        };
        let urls = config.urls.iter().map(url).collect::<Result<Vec<_>, _>>()?;
        let encrypted = urls.iter().any(|url| url.scheme() == Scheme::Https);
        let tls = if encrypted { Some(tls(props)?) } else { None };
        let endpoints = Endpoints::new(urls, config.url_randomize)
            .ok_or_else(|| ConfigError::missing("schema.registry.url"))?;
        let millis = |value: i32| Duration::from_millis(u64::try_from(value).unwrap_or(0));
        let time_limit = |value: i32| if value > 0 { millis(value) } else { Duration::MAX };
        let port = u16::try_from(config.proxy_port).ok().filter(|port| *port > 0);
        let proxy = port
            .filter(|_| !config.proxy_host.is_empty())
            .map(|port| Proxy { host: config.proxy_host.clone(), port });
        let http = HttpClient::new(HttpSettings {
            connect_timeout: time_limit(config.connect_timeout),
            read_timeout: time_limit(config.read_timeout),
            proxy,
            tls,
            ..HttpSettings::default()
        });
        Ok(Self {
            http,
            endpoints,
            headers: headers(props)?,
            auth: Auth::new(&config.auth, props)?,
            repetitions: u32::try_from(config.max_retries).unwrap_or(0),
            backoff: Backoff { first: millis(config.retries_wait), max: millis(config.retries_max_wait) },
            answers: registries.answers(props),
            fresh: Fresh::for_user_since(Instant::now()),
        })
    }

    /// Registers a schema under a subject; what is registered already keeps its id.
    pub(crate) async fn register(
        &self,
        subject: &str,
        schema: &NewSchema<'_>,
        normalize: bool,
    ) -> Result<Entity, CallError> {
        let path = format!("/subjects/{}/versions?normalize={normalize}", segment(subject));
        self.entity(path, Some(schema)).await
    }

    /// What is registered of a schema under a subject.
    pub(crate) async fn lookup(
        &self,
        subject: &str,
        schema: &NewSchema<'_>,
        normalize: bool,
        deleted: bool,
    ) -> Result<Entity, CallError> {
        let path = format!("/subjects/{}?normalize={normalize}&deleted={deleted}", segment(subject));
        self.entity(path, Some(schema)).await
    }

    /// The schema of an id.
    pub(crate) async fn by_id(&self, id: i32, subject: Option<&str>) -> Result<Entity, CallError> {
        let mut path = format!("/schemas/ids/{id}?fetchMaxId=false");
        if let Some(subject) = subject {
            path.push_str("&subject=");
            path.push_str(&query(subject));
        }
        let mut entity = self.entity(path, None).await?;
        entity.id = Some(id);
        Ok(entity)
    }

    /// The schema of a GUID.
    pub(crate) async fn by_guid(&self, guid: &str) -> Result<Entity, CallError> {
        let mut entity = self.entity(format!("/schemas/guids/{}", segment(guid)), None).await?;
        entity.guid = Some(guid.to_owned());
        Ok(entity)
    }

    /// A version of a subject, deleted or not: references lead to both.
    pub(crate) async fn version(&self, subject: &str, version: i64) -> Result<Entity, CallError> {
        let path = format!("/subjects/{}/versions/{version}?deleted=true", segment(subject));
        self.entity(path, None).await
    }

    /// The latest version of a subject, good for as many seconds (negative: for good).
    pub(crate) async fn latest(&self, subject: &str, seconds: i64) -> Result<Lasting<Entity>, CallError> {
        let path = format!("/subjects/{}/versions/latest", segment(subject));
        self.lasting(path, None, seconds).await
    }

    /// The latest version of a subject that carries all of `metadata`.
    pub(crate) async fn latest_with(
        &self,
        subject: &str,
        metadata: &[(String, String)],
        seconds: i64,
    ) -> Result<Lasting<Entity>, CallError> {
        let mut path = format!("/subjects/{}/metadata?", segment(subject));
        for (key, value) in metadata {
            path.push_str(&format!("key={}&value={}&", query(key), query(value)));
        }
        path.push_str("deleted=false");
        self.lasting(path, None, seconds).await
    }

    /// The subjects associated with the keys or values of a topic.
    pub(crate) async fn associations(
        &self,
        namespace: &str,
        topic: &str,
        role: &str,
        seconds: i64,
    ) -> Result<Lasting<Vec<String>>, CallError> {
        let (namespace, topic) = (segment(namespace), segment(topic));
        let path =
            format!("/associations/resources/{namespace}/{topic}?resourceType=topic&associationType={role}");
        let question = Question { path: path.clone(), body: String::new() };
        let call = async {
            let answer = match self.call(Method::GET, path, Vec::new()).await {
                // Registries that know no associations.
                Err(CallError::Rest { status: 404, .. }) => return Ok(Vec::new()),
                answer => answer?,
            };
            let subjects = answer.as_array().map(Vec::as_slice).unwrap_or_default().iter();
            Ok(subjects.filter_map(|it| it.get("subject")?.as_str().map(str::to_owned)).collect())
        };
        let (what, given) = self.answers.subjects.ask(question, self.fresh_for(seconds), call).await?;
        Ok(Lasting { what, end: end_after(given, seconds) })
    }

    /// An answer that does not change.
    async fn entity(&self, path: String, schema: Option<&NewSchema<'_>>) -> Result<Entity, CallError> {
        Ok(self.lasting(path, schema, -1).await?.what)
    }

    async fn lasting(
        &self,
        path: String,
        schema: Option<&NewSchema<'_>>,
        seconds: i64,
    ) -> Result<Lasting<Entity>, CallError> {
        let (method, body) = match schema {
            Some(schema) => (Method::POST, schema.to_json()),
            None => (Method::GET, String::new()),
        };
        let question = Question { path: path.clone(), body: body.clone() };
        let call = async { Entity::of(&self.call(method, path, body.into_bytes()).await?) };
        let (what, given) = self.answers.schemas.ask(question, self.fresh_for(seconds), call).await?;
        Ok(Lasting { what, end: end_after(given, seconds) })
    }

    fn fresh_for(&self, seconds: i64) -> Fresh {
        Fresh { for_at_most: u64::try_from(seconds).ok().map(Duration::from_secs), ..self.fresh }
    }

    async fn call(&self, method: Method, path: String, body: Vec<u8>) -> Result<Json, CallError> {
        let mut request =
            Request { method, path, headers: self.headers.clone(), body: body.into(), repeatable: true };
        let mut addresses = self.endpoints.len();
        loop {
            let (position, base) = self.endpoints.current();
            let error = match self.persist(base, &mut request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            addresses -= 1;
            if !error.is_about_address() {
                return Err(error);
            }
            self.endpoints.failed(position);
            if addresses == 0 {
                return Err(error);
            }
            warn!(%base, %error, "schema registry does not answer, asking the next address");
        }
    }

    /// Repeats a request to one address.
    async fn persist(&self, base: &BaseUrl, request: &mut Request) -> Result<Json, CallError> {
        let mut repetition = 0;
        loop {
            let error = match self.once(base, request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if repetition >= self.repetitions || !error.is_momentary() {
                return Err(error);
            }
            debug!(%base, %error, repetition, "asking the schema registry again");
            tokio::time::sleep(self.backoff.wait(repetition)).await;
            repetition += 1;
        }
    }

    async fn once(&self, base: &BaseUrl, request: &mut Request) -> Result<Json, CallError> {
        self.auth.apply(&self.http, base, &mut request.headers).await?;
        let response = self.http.send(base, request).await.map_err(CallError::Net)?;
        match response.status.as_u16() {
            200 | 207 => serde_json::from_slice(&response.body).map_err(|error| {
                CallError::Garbage(format!("the schema registry's answer is no JSON: {error}"))
            }),
            204 => Ok(Json::Null),
            status => Err(CallError::of_answer(status, &response.body)),
        }
    }
}

/// The end of so many seconds; `None` for negative ones.
fn end_after(start: Instant, seconds: i64) -> Option<Instant> {
    start.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

fn tls(props: &Props) -> Result<TlsConfig, ConfigError> {
    let named = |error: TlsError| {
        let key = format!("{SSL_PREFIX}{}", error.key);
        ConfigError::text(&key, format!("{key}: {}", error.message))
    };
    let settings =
        TlsSettings::read(|key| props.get(&format!("{SSL_PREFIX}{key}")).cloned()).map_err(named)?;
    TlsConfig::new(&settings).map_err(named)
}

fn headers(props: &Props) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(ACCEPT, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert("confluent-accept-unknown-properties", HeaderValue::from_static("true"));
    headers.insert(
        "confluent-client-version",
        HeaderValue::from_static(concat!("kconnect/", env!("CARGO_PKG_VERSION"))),
    );
    for (key, value) in props {
        let Some(name) = key.strip_prefix("request.header.") else { continue };
        let bad = || ConfigError::text(key, format!("{key} is not a header that can be sent"));
        let name = HeaderName::try_from(name).map_err(|_| bad())?;
        headers.insert(name, HeaderValue::try_from(value.as_str()).map_err(|_| bad())?);
    }
    Ok(headers)
}

/// A part of a path, escaped as RFC 3986 demands and no further.
fn segment(text: &str) -> String {
    escape(text, b"-._~@:!$&'()*+,;=")
}

/// A value in a query.
fn query(text: &str) -> String {
    escape(text, b"-._*")
}

fn escape(text: &str, plain: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

impl CallError {
    /// Whether the same request may succeed in a moment.
    fn is_momentary(&self) -> bool {
        match self {
            Self::Rest { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
            Self::Net(error) => !matches!(error.kind(), NetErrorKind::Url | NetErrorKind::TooLarge),
            Self::Garbage(_) => true,
        }
    }

    /// Whether another address may do better.
    fn is_about_address(&self) -> bool {
        match self {
            Self::Rest { .. } => self.is_momentary(),
            Self::Net(error) => error::is_network(error.kind()),
            Self::Garbage(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_in_paths_are_escaped() {
        assert_eq!(segment("a/b c:ü+%-value"), "a%2Fb%20c:%C3%BC+%25-value");
        assert_eq!(query("a/b c:+"), "a%2Fb%20c%3A%2B");
    }
}
