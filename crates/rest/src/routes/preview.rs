//! `POST /connector-plugins/{class}/preview`: sample records through a configuration's converters and transforms.
//!
//! An addition to upstream's API. Bounded: the body as any other, the number of records, the time. Placeholders are not
//! resolved and nothing is fetched, so a preview tells no secret and asks no other machine.

use std::time::Duration;

use hyper::StatusCode;
use kconnect_connect::herder::{Herder, PreviewRequest};
use kconnect_connect::preview::{Direction, Refusal};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value as Json, json};

use super::ask;
use crate::error::Failure;
use crate::exchange::Exchange;
use crate::reply::{Answer, Reply};

/// Most records of one request.
const RECORDS_MAX: usize = 1000;
/// How long all of them may take.
const TIME: Duration = Duration::from_secs(5);
/// Largest answer; a record that does not fit is answered with that.
const ANSWER_MAX: usize = 16 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'b> {
    config: Map<String, Json>,
    #[serde(default, rename = "as")]
    direction: Option<Way>,
    #[serde(borrow)]
    records: Vec<&'b RawValue>,
    #[serde(default)]
    steps: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    Sink,
    Source,
}

pub(crate) async fn preview(exchange: &Exchange<'_>, herder: &dyn Herder, class: &str) -> Answer {
    let request = request(exchange.json()?, class)?;
    match ask(herder, herder.preview(request)).await? {
        Ok(results) => Reply::written(StatusCode::OK, joined(&results)),
        Err(refused) => Reply::with(StatusCode::BAD_REQUEST, refusal(&refused)),
    }
}

pub(crate) fn request(body: &[u8], class: &str) -> Result<PreviewRequest, Failure> {
    let text = std::str::from_utf8(body).map_err(|_| Failure::bad_request("The body is not UTF-8"))?;
    let body: Body<'_> = serde_json::from_str(text).map_err(|error| {
        Failure::bad_request(format!(
            "The body is not of the form {{\"config\":{{…}},\"as\":\"sink\"|\"source\",\"records\":[…],\"steps\":true|false}}: {error}"
        ))
    })?;
    if body.records.len() > RECORDS_MAX {
        let text =
            format!("At most {RECORDS_MAX} records are taken at once, these are {}", body.records.len());
        return Err(Failure::bad_request(text));
    }
    let mut config = kconnect_api::Props::new();
    for (key, value) in body.config {
        let text = match value {
            Json::String(text) => text,
            Json::Null => continue,
            Json::Bool(value) => value.to_string(),
            Json::Number(number) => number.to_string(),
            Json::Array(_) | Json::Object(_) => {
                return Err(Failure::bad_request(format!("The setting '{key}' in 'config' is no string")));
            }
        };
        config.insert(key, text);
    }
    config.entry("connector.class".to_owned()).or_insert_with(|| class.to_owned());
    Ok(PreviewRequest {
        config,
        direction: body.direction.map(|way| match way {
            Way::Sink => Direction::Sink,
            Way::Source => Direction::Source,
        }),
        steps: body.steps,
        records: body.records.into_iter().map(|record| record.get().to_owned()).collect(),
        time: TIME,
        bytes: ANSWER_MAX,
    })
}

fn joined(results: &[String]) -> Vec<u8> {
    let mut body = b"{\"results\":[".to_vec();
    body.extend_from_slice(results.join(",").as_bytes());
    body.extend_from_slice(b"]}");
    body
}

fn refusal(refused: &[Refusal]) -> Json {
    let entries: Vec<Json> =
        refused.iter().map(|one| json!({"key": one.key, "message": one.message})).collect();
    json!({
        "error_code": StatusCode::BAD_REQUEST.as_u16(),
        "message": "The configuration is refused",
        "refused": entries,
    })
}
