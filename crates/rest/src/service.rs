//! What surrounds every request: limits, the checks of HTTP itself, CORS and configured headers, panics, the log.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use futures_util::FutureExt;
use http_body_util::Full;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Version};

use crate::TARGET;
use crate::date;
use crate::error::Failure;
use crate::exchange;
use crate::router::Resource;
use crate::server::State;

/// Longest request target.
const URL_MAX: usize = 8 * 1024;
/// Largest header block.
const HEADER_MAX: usize = 16 * 1024;

/// What a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// Everything.
    Whole,
    /// Everything but administration.
    WithoutAdmin,
    /// Administration only; CORS and configured headers do not apply.
    AdminOnly,
}

impl Site {
    pub(crate) fn serves(self, resource: &Resource) -> bool {
        match self {
            Self::Whole => true,
            Self::WithoutAdmin => !resource.is_admin(),
            Self::AdminOnly => resource.is_admin(),
        }
    }
}

/// Answers one request; never fails.
pub(crate) async fn handle(
    state: Arc<State>,
    site: Site,
    client: IpAddr,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let begun = Instant::now();
    let seen = Seen::of(&request);
    let cors = seen.cors(&request);
    let chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    let mut response = match check(&request) {
        Err(failure) => exchange::refuse(&failure),
        Ok(()) => {
            let answered = AssertUnwindSafe(exchange::answer(&state, site, request)).catch_unwind().await;
            answered.unwrap_or_else(|_| {
                tracing::error!(target: TARGET, method = %seen.method, path = %seen.target.escape_debug(),
                    "a request handler panicked; this is a bug");
                exchange::refuse(&Failure::internal("the request failed by a bug in the worker, see its log"))
            })
        }
    };
    if site != Site::AdminOnly {
        if let Some(cors_rules) = &state.config.cors {
            cors_rules.apply(&seen.method, &cors, &mut response);
        }
        for rule in &state.config.rules {
            rule.apply(response.headers_mut());
        }
    }
    let headers = response.headers_mut();
    headers
        .entry(HeaderName::from_static("x-content-type-options"))
        .or_insert(HeaderValue::from_static("nosniff"));
    if chunked {
        // A proxy in front that counts by Content-Length would see another request in what follows.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    seen.log(client, &response, begun);
    response
}

/// What HTTP itself demands.
fn check(request: &Request<Incoming>) -> Result<(), Failure> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > URL_MAX {
        return Err(Failure::new(
            StatusCode::URI_TOO_LONG,
            format!("The URL is longer than {URL_MAX} bytes"),
        ));
    }
    let size: usize =
        request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if size > HEADER_MAX {
        return Err(Failure::new(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            format!("The request header is larger than {HEADER_MAX} bytes"),
        ));
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let legal = |host: &HeaderValue| {
        let host = host.as_bytes();
        !host.is_empty() && host.iter().all(|b| b.is_ascii_alphanumeric() || b".-_:[]%~".contains(b))
    };
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if legal(host) => Ok(()),
        (None, None) if request.version() < Version::HTTP_11 => Ok(()),
        _ => Err(Failure::bad_request("The request needs one Host header with a host and a port")),
    }
}

/// What of a request the log shows, and what CORS needs of it.
struct Seen {
    method: Method,
    target: String,
    version: Version,
    referer: String,
    agent: String,
}

impl Seen {
    fn of(request: &Request<Incoming>) -> Self {
        let header = |name| {
            let value = request
                .headers()
                .get(name)
                .map(|value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()));
            value.map_or_else(|| "-".to_owned(), |value| value.chars().take(256).collect())
        };
        Self {
            method: request.method().clone(),
            target: request
                .uri()
                .path_and_query()
                .map_or_else(String::new, |target| target.as_str().to_owned()),
            version: request.version(),
            referer: header(header::REFERER),
            agent: header(header::USER_AGENT),
        }
    }

    /// The headers that CORS looks at.
    fn cors(&self, request: &Request<Incoming>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for name in [header::ORIGIN, header::ACCESS_CONTROL_REQUEST_METHOD] {
            if let Some(value) = request.headers().get(&name) {
                headers.insert(name, value.clone());
            }
        }
        headers
    }

    /// Upstream's request log, and for writes an audit line: who, what, result.
    fn log(&self, client: IpAddr, response: &Response<Full<Bytes>>, begun: Instant) {
        let (method, target) = (&self.method, self.target.escape_debug());
        let status = response.status().as_u16();
        let millis = begun.elapsed().as_millis();
        tracing::info!(target: TARGET, "{client} - - [{}] \"{method} {target} {:?}\" {status} {} \"{}\" \"{}\" {millis}",
            date::log(SystemTime::now()), self.version, response.body().size_hint().lower(),
            self.referer.escape_debug(), self.agent.escape_debug());
        if !matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS) {
            tracing::info!(target: "kconnect.audit", %client, user = "-", %method, %target, status, "write request");
        }
    }
}
