//! `POST /connector-plugins/{class}/preview`: what a request may be, and what comes back.

use crate::client::{send, started};

const PATH: &str = "/connector-plugins/FileStreamSink/preview";
const JSON: &[(&str, &str)] = &[("Content-Type", "application/json")];

#[tokio::test]
async fn records_are_handed_over_as_they_are_written() {
    let (_server, address, _fake) = started(&[]).await;
    let body = r#"{"config":{"tasks.max":1},"as":"sink","records":[{"topic": "t", "value":"\ud83d"}, 1.50, null],"steps":true}"#;
    let answer = send(address, "POST", PATH, JSON, Some(body)).await;
    let shown = |record: &str| format!(r#"{{"record":{record},"steps":true}}"#);
    let expect = [r#"{"topic": "t", "value":"\ud83d"}"#, "1.50", "null"].map(shown).join(",");
    assert_eq!((answer.status, answer.body), (200, format!(r#"{{"results":[{expect}]}}"#)));
    assert_eq!(answer.headers.iter().find(|(name, _)| name == "content-type").unwrap().1, "application/json");
}

#[tokio::test]
async fn a_refused_configuration_names_its_problems() {
    let (_server, address, _fake) = started(&[]).await;
    let body = r#"{"config":{"transforms":"no such thing"},"records":[]}"#;
    let answer = send(address, "POST", PATH, JSON, Some(body)).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (
            400,
            r#"{"error_code":400,"message":"The configuration is refused","refused":[{"key":"transforms","message":"no such thing"}]}"#
        )
    );
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let (_server, address, _fake) = started(&[]).await;
    let many = format!(r#"{{"config":{{}},"records":[{}null]}}"#, "null,".repeat(1000));
    let deep = format!(r#"{{"config":{{}},"records":[{}]}}"#, "[".repeat(100_000));
    for (body, status, message) in [
        ("", 400, "The body is not of the form"),
        ("{}", 400, "missing field `config`"),
        (r#"{"config":{},"records":[],"extra":1}"#, 400, "unknown field `extra`"),
        (r#"{"config":{},"as":"both","records":[]}"#, 400, "unknown variant `both`"),
        (r#"{"config":{"a":[1]},"records":[]}"#, 400, "The setting 'a' in 'config' is no string"),
        (&many, 400, "At most 1000 records are taken at once, these are 1001"),
        (&deep, 400, "The body is not of the form"),
        (&"x".repeat(1_100_000), 413, ""),
    ] {
        let answer = send(address, "POST", PATH, JSON, Some(body)).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains(message), "{}", answer.body);
    }
    assert_eq!(send(address, "GET", PATH, &[], None).await.status, 405);
    let text = [("Content-Type", "text/plain")];
    assert_eq!(send(address, "POST", PATH, &text, Some("{}")).await.status, 415);
}
