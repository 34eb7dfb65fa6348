//! Registries that fail: the exception of upstream, and whether `errors.retry.*` apply.

use std::time::Duration;

use kconnect_api::{Schema, Value};

use crate::harness::{Driver, chain};
use crate::scripted::{Answer, Scripted};

const TOPIC_NAME: (&str, &str) =
    ("value.subject.name.strategy", "io.confluent.kafka.serializers.subject.TopicNameStrategy");
const REGISTERING: &str = "Error registering Avro schema\"int\"";

/// Writes through a registry that answers like this, and tells the error with the number of questions.
async fn writing(settings: &[(&str, &str)], answer: Answer) -> (Vec<String>, bool, usize) {
    let registry = Scripted::start(move |_, _| answer.clone()).await;
    let settings: Vec<_> = settings.iter().copied().chain([TOPIC_NAME]).collect();
    let mut driver = Driver::avro(&registry.url, &settings);
    let error = driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap_err();
    (chain(&error), error.retriable, registry.asked().len())
}

fn body(code: i64) -> String {
    format!(r#"{{"error_code":{code},"message":"no"}}"#)
}

#[tokio::test]
async fn statuses_while_writing() {
    let rest = |code: i64| format!("RestClientException: no; error code: {code}");
    let wrapped = |class: &str, code: i64| {
        vec![
            "DataException: Failed to serialize Avro data from topic t:".to_owned(),
            format!("{class}: {REGISTERING}"),
            rest(code),
        ]
    };
    let timed_out = |code: i64| {
        vec![
            "RetriableException: Failed to serialize Avro data from topic t :".to_owned(),
            format!("TimeoutException: {REGISTERING}"),
            rest(code),
        ]
    };
    let refused = vec![format!("ConfigException: Failed to access Avro data from topic t : {REGISTERING}")];
    for (status, code, expected, retriable, questions) in [
        (401, 40101, refused.clone(), false, 1),
        (403, 40301, refused, false, 1),
        (404, 40401, wrapped("SerializationException", 40401), false, 1),
        (409, 409, wrapped("SerializationException", 409), false, 1),
        (422, 42201, wrapped("SerializationException", 42201), false, 1),
        (429, 42901, vec!["ThrottlingQuotaExceededException: no; error code: 42901".to_owned()], true, 4),
        (408, 408, timed_out(408), true, 4),
        (500, 50001, timed_out(50001), true, 4),
        (503, 50003, timed_out(50003), true, 4),
        (504, 504, timed_out(504), true, 4),
        (502, 502, vec![format!("DisconnectException: {REGISTERING}"), rest(502)], true, 4),
    ] {
        let (error, momentary, asked) = writing(&[], Answer::Say(status, body(code))).await;
        assert_eq!((error, momentary, asked), (expected, retriable, questions), "{status}");
    }
}

#[tokio::test]
async fn answers_that_make_no_sense() {
    let (error, retriable, asked) = writing(&[], Answer::Say(404, "<html>no</html>".into())).await;
    assert_eq!(
        error[2],
        "RestClientException: Unable to parse error message from schema registry: '(<html>no</html>)'; error code: 50005"
    );
    assert_eq!((retriable, asked), (false, 1));
    let (error, ..) = writing(&[], Answer::Say(404, String::new())).await;
    assert_eq!(error[2], "RestClientException: Error; error code: 50005");
    for garbage in ["<html>", "[]", "7", ""] {
        let (error, retriable, _) = writing(&[], Answer::Say(200, garbage.into())).await;
        assert_eq!(
            error[..2],
            [
                "DataException: Failed to serialize Avro data from topic t:".to_owned(),
                "SerializationException: Error serializing Avro message".to_owned(),
            ]
        );
        assert!(error[2].starts_with("IOException: the schema registry's answer is no"), "{error:?}");
        assert!(!retriable);
    }
    let (error, ..) = writing(&[], Answer::Say(200, r#"{"version":1}"#.into())).await;
    assert_eq!(error[2], "SerializationException: Schema ID is null");
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end() {
    let (error, retriable, asked) = writing(&[], Answer::Say(200, " ".repeat((16 << 20) + 1))).await;
    assert_eq!(error[2], "IOException: the answer is longer than 16777216 bytes");
    assert_eq!((retriable, asked), (false, 1));
}

#[tokio::test]
async fn a_slow_registry_times_out() {
    let settings = [("http.read.timeout.ms", "50"), ("max.retries", "1")];
    let late = Answer::Late(Duration::from_secs(60), 200, r#"{"id":1}"#.into());
    let (error, retriable, asked) = writing(&settings, late).await;
    assert_eq!(
        error,
        [
            "RetriableException: Failed to serialize Avro data from topic t :",
            "TimeoutException: Error serializing Avro message",
            "SocketTimeoutException: Read timed out",
        ]
    );
    assert_eq!((retriable, asked), (true, 2));
}

#[tokio::test]
async fn a_connection_that_breaks() {
    let (error, retriable, asked) = writing(&[("max.retries", "2")], Answer::HangUp).await;
    assert_eq!(
        error,
        [
            "NetworkException: Network connection error while serializing Avro data for topic t: Unexpected end of file from server",
            "SerializationException: Error serializing Avro message",
            "SocketException: Unexpected end of file from server",
        ]
    );
    assert_eq!((retriable, asked), (true, 3));
}

#[tokio::test]
async fn nobody_listens_or_nobody_is_known() {
    let mut driver = Driver::avro("http://127.0.0.1:1", &[TOPIC_NAME]);
    let error = driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap_err();
    assert_eq!(
        chain(&error)[0],
        "NetworkException: Network connection error while serializing Avro data for topic t: Connection refused"
    );
    assert_eq!(chain(&error)[2], "ConnectException: Connection refused");
    let mut driver = Driver::avro("http://no-such-host.invalid", &[TOPIC_NAME]);
    let error = driver.read(&[0, 0, 0, 0, 1, 2]).await.unwrap_err();
    assert_eq!(
        chain(&error),
        [
            "NetworkException: Network connection error while deserializing data for topic t: no-such-host.invalid",
            "SerializationException: Error retrieving Avro value schema for id 1",
            "UnknownHostException: no-such-host.invalid",
        ]
    );
    assert!(error.retriable);
}

#[tokio::test]
async fn the_next_address_is_asked_when_one_does_not_answer() {
    let broken = Scripted::start(|_, _| Answer::Say(503, body(50003))).await;
    let well = Scripted::with_id(3).await;
    let urls = format!("http://127.0.0.1:1,{},{}", broken.url, well.url);
    let mut driver = Driver::avro(&urls, &[TOPIC_NAME]);
    driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap();
    driver.write(Some(&Schema::int64()), &Value::Int64(1)).await.unwrap();
    // The one that answered is asked first from then on.
    assert_eq!((broken.asked().len(), well.asked().len()), (4, 2));
}

#[tokio::test]
async fn a_registry_that_comes_back_is_used() {
    let registry = Scripted::start(|_, number| match number {
        0..4 => Answer::Say(503, body(50003)),
        _ => Answer::Say(200, r#"{"id":1}"#.into()),
    })
    .await;
    let mut driver = Driver::avro(&registry.url, &[TOPIC_NAME]);
    assert!(driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap_err().retriable);
    // A failure is not remembered.
    assert!(driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.is_ok());
}

#[tokio::test]
async fn an_unknown_id_while_reading() {
    let registry = Scripted::start(|_, _| {
        Answer::Say(404, r#"{"error_code":40403,"message":"Schema 5 not found"}"#.into())
    })
    .await;
    let mut driver = Driver::avro(&registry.url, &[TOPIC_NAME]);
    for _ in 0..2 {
        let error = driver.read(&[0, 0, 0, 0, 5, 2]).await.unwrap_err();
        assert_eq!(
            chain(&error),
            [
                "DataException: Failed to deserialize data for topic t to Avro:",
                "SerializationException: Error retrieving Avro value schema for id 5",
                "RestClientException: Schema 5 not found; error code: 40403",
            ]
        );
    }
    // Not found is not remembered: the schema may come.
    assert_eq!(registry.asked().len(), 2);
}

#[tokio::test]
async fn a_subject_deleted_while_its_records_are_read() {
    let registry = Scripted::start(|asked, _| match asked.line.starts_with("GET") {
        true => Answer::Say(200, r#"{"schema":"\"int\""}"#.into()),
        false => Answer::Say(404, r#"{"error_code":40401,"message":"Subject 't-value' not found."}"#.into()),
    })
    .await;
    let mut driver = Driver::avro(&registry.url, &[TOPIC_NAME]);
    let error = driver.read(&[0, 0, 0, 0, 5, 2]).await.unwrap_err();
    assert_eq!(
        chain(&error)[1..],
        [
            "SerializationException: Error retrieving Avro value schema version for id 5",
            "RestClientException: Subject 't-value' not found.; error code: 40401",
        ]
    );
}

#[tokio::test]
async fn payloads_that_are_not_what_they_say() {
    let registry =
        Scripted::start(|_, _| Answer::Say(200, r#"{"version":1,"schema":"\"string\""}"#.into())).await;
    let mut driver = Driver::avro(&registry.url, &[TOPIC_NAME]);
    let error = driver.read(b"{}").await.unwrap_err();
    assert_eq!(
        chain(&error),
        [
            "DataException: Failed to deserialize data for topic t to Avro:",
            "SerializationException: Error deserializing schema ID",
            "IllegalArgumentException: Unknown magic byte!",
        ]
    );
    let error = driver.read(&[0, 0, 0, 0, 5, 20]).await.unwrap_err();
    assert_eq!(
        chain(&error),
        [
            "DataException: Failed to deserialize data for topic t to Avro:",
            "SerializationException: Error deserializing Avro message for id 5",
            "EOFException: null",
        ]
    );
    assert!(!error.retriable);
}

#[tokio::test]
async fn a_schema_that_is_none_is_asked_for_once() {
    let registry = Scripted::start(|_, _| Answer::Say(200, r#"{"version":1,"schema":"{}"}"#.into())).await;
    let mut driver = Driver::avro(&registry.url, &[TOPIC_NAME]);
    for _ in 0..3 {
        let error = driver.read(&[0, 0, 0, 0, 5, 20]).await.unwrap_err();
        assert_eq!(
            chain(&error)[1..],
            [
                "SerializationException: Error retrieving Avro value schema for id 5",
                "SchemaParseException: No type: {}",
            ]
        );
    }
    assert_eq!(registry.asked().len(), 2);
}
