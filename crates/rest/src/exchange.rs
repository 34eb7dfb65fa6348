//! One request, judged in upstream's order: path, method, `Content-Type`, `Accept`, body; then the resource.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use crate::error::Failure;
use crate::media::{self, Sent};
use crate::reply::{self, failed};
use crate::router::{Query, Resource};
use crate::routes;
use crate::server::State;
use crate::service::Site;

/// Largest body.
const BODY_MAX: usize = 1024 * 1024;
/// Largest sum of all bodies held at once.
const BODIES_MAX: usize = 48 * 1024 * 1024;
/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(30);

/// A request on its way to a resource.
pub(crate) struct Exchange<'s> {
    pub(crate) state: &'s State,
    pub(crate) method: Method,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    sent: Sent,
    body: Bytes,
}

impl Exchange<'_> {
    /// The body as JSON may be read from it.
    pub(crate) fn json(&self) -> Result<&[u8], Failure> {
        if !self.body.is_empty() && self.sent != Sent::Json {
            return Err(Failure::framework(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        Ok(&self.body)
    }

    /// The body whatever its type.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Answers `request`.
pub(crate) async fn answer(state: &State, site: Site, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let resource = match Resource::find(parts.uri.path()) {
        Ok(Some(resource)) if site.serves(&resource) => resource,
        Ok(_) => return failed(&Failure::framework(StatusCode::NOT_FOUND), None),
        Err(failure) => return failed(&failure, None),
    };
    let methods = resource.methods();
    if !methods.contains(&parts.method.as_str()) {
        return failed(&Failure::framework(StatusCode::METHOD_NOT_ALLOWED), None);
    }
    if parts.method == Method::OPTIONS {
        return options(&parts.headers, methods);
    }
    let judged = media::sent(&parts.headers, resource.is_restricted(&parts.method))
        .and_then(|sent| media::negotiate(&parts.headers).map(|media| (sent, media)));
    let (sent, media) = match judged {
        Ok(judged) => judged,
        Err(failure) => return failed(&failure, None),
    };
    let (body, _held) = match read(state, &parts.headers, body).await {
        Ok(read) => read,
        Err(failure) => {
            let mut response = failed(&failure, Some(&media));
            // The rest of the body is not read.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            return response;
        }
    };
    // Counted from here on: a client that sends slowly must not keep others out.
    let Ok(_permit) = state.requests.try_acquire() else {
        let text = "Too many requests are in progress; try again";
        return failed(&Failure::new(StatusCode::SERVICE_UNAVAILABLE, text), Some(&media));
    };
    let query = Query::parse(parts.uri.query());
    let exchange = Exchange { state, method: parts.method, query, headers: parts.headers, sent, body };
    match routes::answer(&exchange, resource).await {
        Ok(reply) => reply.into_response(&media),
        Err(failure) => failed(&failure, Some(&media)),
    }
}

fn options(headers: &HeaderMap, methods: &[&str]) -> Response<Full<Bytes>> {
    let (media, plain) = media::for_options(headers);
    let body = if plain { methods.join(", ") } else { String::new() };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    if let Ok(allow) = HeaderValue::from_str(&methods.join(",")) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

/// Bytes of bodies held for requests that are being received or worked on.
struct Held<'s> {
    total: &'s AtomicUsize,
    bytes: usize,
}

impl Held<'_> {
    fn add(&mut self, bytes: usize) -> Result<(), Failure> {
        self.bytes += bytes;
        if self.total.fetch_add(bytes, Ordering::AcqRel) + bytes > BODIES_MAX {
            return Err(Failure::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many request bodies are held; try again",
            ));
        }
        Ok(())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

async fn read<'s>(
    state: &'s State,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<(Bytes, Held<'s>), Failure> {
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > BODY_MAX as u64) {
        return Err(too_large());
    }
    match tokio::time::timeout(BODY_TIME, collect(state, body)).await {
        Ok(collected) => collected,
        Err(_) => Err(Failure::new(
            StatusCode::REQUEST_TIMEOUT,
            format!("The request body did not arrive within {} s", BODY_TIME.as_secs()),
        )),
    }
}

async fn collect(state: &State, mut body: Incoming) -> Result<(Bytes, Held<'_>), Failure> {
    let mut held = Held { total: &state.body_bytes, bytes: 0 };
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| Failure::bad_request(format!("The request body is broken: {error}")))?;
        // Trailers mean nothing here.
        if let Ok(data) = frame.into_data() {
            if all.len() + data.len() > BODY_MAX {
                return Err(too_large());
            }
            held.add(data.len())?;
            all.extend_from_slice(&data);
        }
    }
    Ok((all.freeze(), held))
}

fn too_large() -> Failure {
    Failure::new(StatusCode::PAYLOAD_TOO_LARGE, format!("The request body is larger than {BODY_MAX} bytes"))
}

/// The absolute URL of a connector, on the address that the client used.
pub(crate) fn location(exchange: &Exchange<'_>, name: &str) -> String {
    let base = match exchange.headers.get(header::HOST).and_then(|host| host.to_str().ok()) {
        Some(host) => format!("http://{host}/"),
        None => exchange.state.advertised.clone(),
    };
    format!("{base}connectors/{}", encode_name(name))
}

/// A name as one segment of a path.
pub(crate) fn encode_name(name: &str) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    // Unreserved characters, sub-delimiters, ':' and '@' stay. '/', '%' and ';' do not, so that the URL leads to the
    // connector.
    const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'!')
        .remove(b'$')
        .remove(b'&')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')')
        .remove(b'*')
        .remove(b'+')
        .remove(b',')
        .remove(b'=')
        .remove(b':')
        .remove(b'@');
    match name {
        // Clients take dots alone for steps in the path.
        "." | ".." => name.replace('.', "%2E"),
        name => utf8_percent_encode(name, SEGMENT).to_string(),
    }
}

/// An answer before anything of the request is looked at.
pub(crate) fn refuse(failure: &Failure) -> Response<Full<Bytes>> {
    reply::failed(failure, Some(&media::JSON))
}
