//! Cross-origin requests (`access.control.*`) as the HTTP server of Kafka 4.x answers them.

use http_body_util::Full;
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::{self, HeaderMap, HeaderValue};
use regex::Regex;

/// The rules.
#[derive(Clone, Debug)]
pub(crate) struct Cors {
    any: bool,
    origins: Vec<Regex>,
    methods: HeaderValue,
}

impl Cors {
    /// `None` when no origin is allowed, which switches everything off.
    pub(crate) fn parse(origins: &str, methods: &str) -> Result<Option<Self>, String> {
        let listed: Vec<&str> =
            origins.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
        if listed.is_empty() {
            return Ok(None);
        }
        let pattern = |origin: &&&str| {
            Regex::new(&format!("(?i)^(?:{origin})$"))
                .map_err(|error| format!("access.control.allow.origin: {origin} is no pattern: {error}"))
        };
        let methods = methods.split(',').map(str::trim).filter(|method| !method.is_empty());
        let mut methods = methods.collect::<Vec<_>>().join(",");
        if methods.is_empty() {
            methods = "GET,POST,HEAD".to_owned();
        }
        Ok(Some(Self {
            any: listed.contains(&"*"),
            origins: listed
                .iter()
                .filter(|origin| **origin != "*")
                .map(|o| pattern(&o))
                .collect::<Result<_, _>>()?,
            methods: HeaderValue::from_str(&methods)
                .map_err(|_| format!("access.control.allow.methods: {methods} is no list of methods"))?,
        }))
    }

    /// Adds the headers that belong to an answer to `request`.
    pub(crate) fn apply(
        &self,
        method: &Method,
        request: &HeaderMap,
        answer: &mut hyper::Response<Full<Bytes>>,
    ) {
        let headers = answer.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = request.get(header::ORIGIN).filter(|origin| self.allows(origin)) else {
            return;
        };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let preflight =
            method == Method::OPTIONS && request.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        if preflight {
            headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, self.methods.clone());
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Content-Type"));
            headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("60"));
        }
    }

    fn allows(&self, origin: &HeaderValue) -> bool {
        let matches = |origin: &str| self.origins.iter().any(|pattern| pattern.is_match(origin));
        origin.to_str().is_ok_and(|origin| self.any || matches(origin))
    }
}
