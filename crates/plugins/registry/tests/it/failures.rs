//! Registries that fail: the exception of upstream, and whether `errors.retry.*` apply.

use std::time::Duration;

use kconnect_api::{Schema, Value};

use crate::harness::{AVRO, Driver, JSON, PROTOBUF, chain};
use crate::scripted::{Answer, Scripted};

const TOPIC_NAME: (&str, &str) =
    ("value.subject.name.strategy", "io.confluent.kafka.serializers.subject.TopicNameStrategy");

/// A converter and the words that its errors have of its own.
#[derive(Clone, Copy, Debug)]
struct Kind {
    class: &'static str,
    noun: &'static str,
    /// Around what may pass by itself, and around what may not.
    writing: [&'static str; 2],
    reading: [&'static str; 2],
    network: &'static str,
    access: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind {
        class: AVRO,
        noun: "Avro",
        writing: [
            "Failed to serialize Avro data from topic t :",
            "Failed to serialize Avro data from topic t:",
        ],
        reading: [
            "Failed to deserialize data for topic t to Avro: ",
            "Failed to deserialize data for topic t to Avro:",
        ],
        network: "Avro",
        access: "Avro",
    },
    Kind {
        class: PROTOBUF,
        noun: "Protobuf",
        writing: [
            "Failed to serialize Protobuf data from topic t :",
            "Failed to serialize Protobuf data from topic t:",
        ],
        reading: [
            "Failed to deserialize data for topic t to Protobuf: ",
            "Failed to deserialize data for topic t to Protobuf:",
        ],
        network: "Protobuf",
        access: "Protobuf",
    },
    Kind {
        class: JSON,
        noun: "JSON",
        writing: ["Converting Kafka Connect data to byte[] failed due to serialization error of topic t: ";
            2],
        reading: ["Converting byte[] to Kafka Connect data failed due to serialization error of topic t: ";
            2],
        network: "Json",
        access: "JSON Schema",
    },
];

/// What came of writing: the error, whether it may pass, the number of questions, and the text to register.
struct Failed {
    error: Vec<String>,
    retriable: bool,
    asked: usize,
    text: String,
}

/// Writes through a registry that answers like this.
async fn writing(kind: Kind, settings: &[(&str, &str)], answer: Answer) -> Failed {
    let registry = Scripted::start(move |_, _| answer.clone()).await;
    let settings: Vec<_> = settings.iter().copied().chain([TOPIC_NAME]).collect();
    let mut driver = Driver::of(kind.class, &registry.url, &settings);
    let error = driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap_err();
    let asked = registry.asked();
    let body: serde_json::Value =
        asked.first().and_then(|asked| serde_json::from_str(&asked.body).ok()).unwrap_or_default();
    let text = body["schema"].as_str().unwrap_or_default().to_owned();
    Failed { error: chain(&error), retriable: error.retriable, asked: asked.len(), text }
}

fn body(code: i64) -> String {
    format!(r#"{{"error_code":{code},"message":"no"}}"#)
}

#[tokio::test]
async fn statuses_while_writing() {
    for kind in KINDS {
        for (status, code, form, retriable, questions) in [
            (401, 40101, "refused", false, 1),
            (403, 40301, "refused", false, 1),
            (404, 40401, "wrapped", false, 1),
            (409, 409, "wrapped", false, 1),
            (422, 42201, "wrapped", false, 1),
            (429, 42901, "throttled", true, 4),
            (408, 408, "timed out", true, 4),
            (500, 50001, "timed out", true, 4),
            (503, 50003, "timed out", true, 4),
            (504, 504, "timed out", true, 4),
            (502, 502, "disconnected", true, 4),
        ] {
            let failed = writing(kind, &[], Answer::Say(status, body(code))).await;
            let registering = format!("Error registering {} schema{}", kind.noun, failed.text);
            let rest = format!("RestClientException: no; error code: {code}");
            let [passing, lasting] = kind.writing;
            let expected = match form {
                "refused" => vec![format!(
                    "ConfigException: Failed to access {} data from topic t : {registering}",
                    kind.access
                )],
                "wrapped" => vec![
                    format!("DataException: {lasting}"),
                    format!("SerializationException: {registering}"),
                    rest,
                ],
                "timed out" => vec![
                    format!("RetriableException: {passing}"),
                    format!("TimeoutException: {registering}"),
                    rest,
                ],
                "throttled" => vec!["ThrottlingQuotaExceededException: no; error code: 42901".to_owned()],
                _ => vec![format!("DisconnectException: {registering}"), rest],
            };
            assert_eq!(failed.error, expected, "{kind:?} {status}");
            assert_eq!((failed.retriable, failed.asked), (retriable, questions), "{kind:?} {status}");
        }
    }
}

#[tokio::test]
async fn statuses_while_reading() {
    for kind in KINDS {
        for (status, code, form, retriable) in [
            (401, 40101, "refused", false),
            (403, 40301, "refused", false),
            (404, 40403, "wrapped", false),
            (429, 42901, "throttled", true),
            (408, 408, "timed out", true),
            (500, 50001, "timed out", true),
            (503, 50003, "timed out", true),
            (502, 502, "disconnected", true),
        ] {
            let registry = Scripted::start(move |_, _| Answer::Say(status, body(code))).await;
            let mut driver = Driver::of(kind.class, &registry.url, &[TOPIC_NAME]);
            let error = driver.read(&[0, 0, 0, 0, 5, 0]).await.unwrap_err();
            let retrieving = format!("Error retrieving {} value schema for id 5", kind.noun);
            let rest = format!("RestClientException: no; error code: {code}");
            let [passing, lasting] = kind.reading;
            let expected = match form {
                "refused" => vec![format!(
                    "ConfigException: Failed to access {} data from topic t : {retrieving}",
                    kind.access
                )],
                "wrapped" => vec![
                    format!("DataException: {lasting}"),
                    format!("SerializationException: {retrieving}"),
                    rest,
                ],
                "timed out" => vec![
                    format!("RetriableException: {passing}"),
                    format!("TimeoutException: {retrieving}"),
                    rest,
                ],
                "throttled" => vec!["ThrottlingQuotaExceededException: no; error code: 42901".to_owned()],
                _ => vec![format!("DisconnectException: {retrieving}"), rest],
            };
            assert_eq!(chain(&error), expected, "{kind:?} {status}");
            assert_eq!(error.retriable, retriable, "{kind:?} {status}");
        }
    }
}

/// A registry whose only schema is `text`, whatever is asked.
async fn only(text: &'static str) -> Scripted {
    let entity = serde_json::json!({"id": 5, "version": 1, "subject": "t-value", "schema": text});
    Scripted::start(move |_, _| Answer::Say(200, entity.to_string())).await
}

#[tokio::test]
async fn a_text_that_is_no_schema_is_a_data_exception_when_written_and_when_read() {
    let latest = [("auto.register.schemas", "false"), ("use.latest.version", "true"), TOPIC_NAME];
    let by_id = [
        ("auto.register.schemas", "false"),
        ("use.schema.id", "5"),
        ("id.compatibility.strict", "false"),
        TOPIC_NAME,
    ];
    for (kind, format, cause) in [
        (KINDS[0], "AVRO", "SchemaParseException: "),
        (KINDS[1], "PROTOBUF", "IllegalArgumentException: Could not parse Protobuf - "),
        (KINDS[2], "JSON", "IllegalArgumentException: Invalid JSON schema"),
    ] {
        let registry = only("garbage {").await;
        let invalid = format!("IOException: Invalid schema garbage {{ with refs [] of type {format}");
        for settings in [&latest[..], &by_id] {
            let mut driver = Driver::of(kind.class, &registry.url, settings);
            let error = driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap_err();
            let texts = chain(&error);
            let serializing = format!("SerializationException: Error serializing {} message", kind.noun);
            assert_eq!(
                texts[..3],
                [format!("DataException: {}", kind.writing[1]), serializing, invalid.clone()]
            );
            assert!(texts[3].starts_with(cause), "{texts:?}");
            assert!(!error.retriable);
        }
        let error = Driver::of(kind.class, &registry.url, &[TOPIC_NAME]).read(&[0, 0, 0, 0, 5, 0]).await;
        let texts = chain(&error.unwrap_err());
        let retrieving =
            format!("SerializationException: Error retrieving {} value schema for id 5", kind.noun);
        assert_eq!(texts[..3], [format!("DataException: {}", kind.reading[1]), retrieving, invalid]);
        assert!(texts[3].starts_with(cause), "{texts:?}");
    }
}

#[tokio::test]
async fn a_schema_that_cannot_be_taken_apart_is_a_data_exception_too() {
    let latest = [
        ("auto.register.schemas", "false"),
        ("use.latest.version", "true"),
        ("latest.compatibility.strict", "false"),
        TOPIC_NAME,
    ];
    for (kind, text) in [
        (KINDS[0], r#"{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}"#),
        (KINDS[1], "syntax = \"proto3\"; message M { Gone a = 1; }"),
        (KINDS[2], r##"{"$ref":"#/definitions/gone"}"##),
    ] {
        for strict in ["true", "false"] {
            let registry = only(text).await;
            let settings = [latest[0], latest[1], ("latest.compatibility.strict", strict), TOPIC_NAME];
            let mut driver = Driver::of(kind.class, &registry.url, &settings);
            match driver.write(Some(&Schema::int32()), &Value::Int32(1)).await {
                // What JSON is written does not depend on the text.
                Ok(_) => assert_eq!((kind.noun, strict), ("JSON", "false")),
                Err(error) => {
                    let texts = chain(&error);
                    assert_eq!(texts[0], format!("DataException: {}", kind.writing[1]), "{texts:?}");
                    let serializing =
                        format!("SerializationException: Error serializing {} message", kind.noun);
                    assert_eq!(texts[1], serializing, "{texts:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn answers_that_make_no_sense() {
    for kind in KINDS {
        let Failed { error, retriable, asked, .. } =
            writing(kind, &[], Answer::Say(404, "<html>no</html>".into())).await;
        assert_eq!(
            error[2],
            "RestClientException: Unable to parse error message from schema registry: '(<html>no</html>)'; error code: 50005"
        );
        assert_eq!((retriable, asked), (false, 1));
        let Failed { error, .. } = writing(kind, &[], Answer::Say(404, String::new())).await;
        assert_eq!(error[2], "RestClientException: Error; error code: 50005");
        for garbage in ["<html>", "[]", "7", ""] {
            let Failed { error, retriable, .. } = writing(kind, &[], Answer::Say(200, garbage.into())).await;
            assert_eq!(
                error[..2],
                [
                    format!("DataException: {}", kind.writing[1]),
                    format!("SerializationException: Error serializing {} message", kind.noun),
                ]
            );
            assert!(error[2].starts_with("IOException: the schema registry's answer is no"), "{error:?}");
            assert!(!retriable);
        }
        let Failed { error, .. } = writing(kind, &[], Answer::Say(200, r#"{"version":1}"#.into())).await;
        assert_eq!(error[2], "SerializationException: Schema ID is null");
    }
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end() {
    for kind in KINDS {
        let Failed { error, retriable, asked, .. } =
            writing(kind, &[], Answer::Say(200, " ".repeat((16 << 20) + 1))).await;
        assert_eq!(error[2], "IOException: the answer is longer than 16777216 bytes");
        assert_eq!((retriable, asked), (false, 1));
    }
}

#[tokio::test]
async fn a_slow_registry_times_out() {
    let settings = [("http.read.timeout.ms", "50"), ("max.retries", "1")];
    let late = Answer::Late(Duration::from_secs(60), 200, r#"{"id":1}"#.into());
    for kind in KINDS {
        let Failed { error, retriable, asked, .. } = writing(kind, &settings, late.clone()).await;
        assert_eq!(
            error,
            [
                format!("RetriableException: {}", kind.writing[0]),
                format!("TimeoutException: Error serializing {} message", kind.noun),
                "SocketTimeoutException: Read timed out".to_owned(),
            ]
        );
        assert_eq!((retriable, asked), (true, 2));
    }
}

#[tokio::test]
async fn a_connection_that_breaks() {
    for kind in KINDS {
        let Failed { error, retriable, asked, .. } =
            writing(kind, &[("max.retries", "2")], Answer::HangUp).await;
        assert_eq!(
            error,
            [
                format!(
                    "NetworkException: Network connection error while serializing {} data for topic t: Unexpected end \
                     of file from server",
                    kind.network
                ),
                format!("SerializationException: Error serializing {} message", kind.noun),
                "SocketException: Unexpected end of file from server".to_owned(),
            ]
        );
        assert_eq!((retriable, asked), (true, 3));
    }
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
                "IOException: Invalid schema {} with refs [] of type AVRO",
                "SchemaParseException: No type: {}",
            ]
        );
    }
    assert_eq!(registry.asked().len(), 2);
}
