//! `Accept` and `Content-Type`, as upstream's framework judges them.

use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderValue};

use crate::error::Failure;

/// What every resource gives.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A media type or range.
struct Media {
    kind: String,
    subtype: String,
    parameters: Vec<String>,
    /// Quality in thousandths.
    quality: u32,
}

impl Media {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let token = |text: &str| {
            !text.is_empty()
                && !text.contains(|c: char| c.is_whitespace() || "\"(),/:;<=>?@[\\]{}".contains(c))
        };
        if !token(kind.trim()) || !token(subtype.trim()) {
            return None;
        }
        let mut media = Self {
            kind: kind.trim().to_ascii_lowercase(),
            subtype: subtype.trim().to_ascii_lowercase(),
            parameters: Vec::new(),
            quality: 1_000,
        };
        for parameter in parts.filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => {
                    media.quality =
                        value.trim().parse::<f64>().map_or(1_000, |q| (q.clamp(0.0, 1.0) * 1_000.0) as u32);
                }
                Some((name, value)) => {
                    media.parameters.push(format!("{}={}", name.trim().to_ascii_lowercase(), value.trim()));
                }
                None => {}
            }
        }
        Some(media)
    }

    fn admits(&self, kind: &str, subtype: &str) -> bool {
        (self.kind == "*" || self.kind == kind) && (self.subtype == "*" || self.subtype == subtype)
    }

    fn is_json(&self) -> bool {
        self.kind == "application" && self.subtype == "json"
    }
}

/// Entries of `Accept`, best first; `None` when there is no such header or an empty one.
fn accepted(headers: &HeaderMap) -> Option<Vec<Media>> {
    let values: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let joined = values.join(",");
    if joined.trim().is_empty() {
        return None;
    }
    let mut media: Vec<Media> = joined.split(',').filter_map(Media::parse).collect();
    media.sort_by_key(|media| std::cmp::Reverse(media.quality));
    Some(media)
}

/// The `Content-Type` of a JSON answer, with the parameters that were asked for; 406 when JSON is not accepted. A
/// quality of 0 is no refusal, as upstream has it.
pub(crate) fn negotiate(headers: &HeaderMap) -> Result<HeaderValue, Failure> {
    let Some(accepted) = accepted(headers) else {
        return Ok(JSON);
    };
    let Some(best) = accepted.iter().find(|media| media.admits("application", "json")) else {
        return Err(Failure::framework(StatusCode::NOT_ACCEPTABLE));
    };
    if !best.is_json() || best.parameters.is_empty() {
        return Ok(JSON);
    }
    let text = format!("application/json;{}", best.parameters.join(";"));
    Ok(HeaderValue::from_str(&text).unwrap_or(JSON))
}

/// What `OPTIONS` answers with: plain text if that is acceptable, else the first type that is, without a body.
pub(crate) fn for_options(headers: &HeaderMap) -> (HeaderValue, bool) {
    const PLAIN: HeaderValue = HeaderValue::from_static("text/plain");
    let Some(accepted) = accepted(headers) else {
        return (PLAIN, true);
    };
    if accepted.is_empty() || accepted.iter().any(|media| media.admits("text", "plain")) {
        return (PLAIN, true);
    }
    let first = accepted.first().map(|media| format!("{}/{}", media.kind, media.subtype));
    (first.and_then(|text| HeaderValue::from_str(&text).ok()).unwrap_or(JSON), false)
}

/// Whether a body may be read as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// `application/json`.
    Json,
    /// No `Content-Type`.
    Nothing,
    /// A range such as `*/*`, or (where the resource takes everything) another type.
    Other,
}

/// Judges `Content-Type`; `restricted` resources take JSON only, also for requests without a body.
pub(crate) fn sent(headers: &HeaderMap, restricted: bool) -> Result<Sent, Failure> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(Sent::Nothing);
    };
    let Some(media) = value.to_str().ok().and_then(Media::parse) else {
        return Err(Failure::bad_request("HTTP 400 Bad Request: the Content-Type is malformed"));
    };
    if media.is_json() {
        Ok(Sent::Json)
    } else if !restricted || media.admits("application", "json") {
        Ok(Sent::Other)
    } else {
        Err(Failure::framework(StatusCode::UNSUPPORTED_MEDIA_TYPE))
    }
}
