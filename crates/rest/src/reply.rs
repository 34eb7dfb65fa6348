//! Answers.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{self, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value as Json, json};

use crate::error::Failure;
use crate::write;

/// An answer of a resource.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// `None`: no body and no `Content-Type`.
    pub(crate) body: Option<Body>,
    pub(crate) location: Option<String>,
}

/// The body of an answer.
#[derive(Debug)]
pub(crate) enum Body {
    Json(Json),
    /// JSON that is written already.
    Written(Vec<u8>),
}

/// What a resource gives back.
pub(crate) type Answer = Result<Reply, Failure>;

impl Reply {
    /// 200 with `body`.
    pub(crate) fn ok(body: Json) -> Answer {
        Self::with(StatusCode::OK, body)
    }

    /// `status` with `body`.
    pub(crate) fn with(status: StatusCode, body: Json) -> Answer {
        Ok(Self { status, body: Some(Body::Json(body)), location: None })
    }

    /// `status` with a body that is written already.
    pub(crate) fn written(status: StatusCode, body: Vec<u8>) -> Answer {
        Ok(Self { status, body: Some(Body::Written(body)), location: None })
    }

    /// `status` without a body.
    pub(crate) fn empty(status: StatusCode) -> Answer {
        Ok(Self { status, body: None, location: None })
    }

    /// The HTTP response; `media` is the `Content-Type` that was agreed on.
    pub(crate) fn into_response(self, media: &HeaderValue) -> Response<Full<Bytes>> {
        let typed = self.body.is_some();
        let mut response = Response::new(Full::new(match self.body {
            Some(Body::Json(json)) => Bytes::from(write::to_bytes(&json)),
            Some(Body::Written(text)) => Bytes::from(text),
            None => Bytes::new(),
        }));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if typed {
            headers.insert(header::CONTENT_TYPE, media.clone());
        }
        if let Some(location) = self.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
            headers.insert(header::LOCATION, location);
        }
        response
    }
}

/// The error answer. `media` is `None` before a resource was matched.
pub(crate) fn failed(failure: &Failure, media: Option<&HeaderValue>) -> Response<Full<Bytes>> {
    let body = json!({"error_code": failure.status.as_u16(), "message": failure.message});
    let mut response = Response::new(Full::new(Bytes::from(write::to_bytes(&body))));
    *response.status_mut() = failure.status;
    if let Some(media) = media {
        response.headers_mut().insert(header::CONTENT_TYPE, media.clone());
    }
    if failure.status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
