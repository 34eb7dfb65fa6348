//! Which calls a converter makes, in what words, and how seldom.

use kconnect_api::{ConverterRole, Schema, SchemaBuilder, Struct, Value, WireHeader};
use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::harness::{AVRO, Driver, build, chain, props};
use crate::scripted::{Answer, Asked, Scripted};

const TOPIC_NAME: (&str, &str) =
    ("value.subject.name.strategy", "io.confluent.kafka.serializers.subject.TopicNameStrategy");

fn say(body: &str) -> Answer {
    Answer::Say(200, body.into())
}

fn record(name: &str) -> (Schema, Value) {
    let schema = SchemaBuilder::structure().name(name).field("a", Schema::int32()).build().unwrap();
    let mut value = Struct::new(schema.clone()).unwrap();
    value.put("a", Value::Int32(1)).unwrap();
    (schema, Value::Struct(Arc::new(value)))
}

#[tokio::test]
async fn a_schema_is_registered_once_and_framed_ever_after() {
    let registry = Scripted::with_id(7).await;
    let mut driver = Driver::avro(&registry.url, &[]);
    let (schema, value) = record("com.acme.R");
    for _ in 0..100 {
        assert_eq!(driver.write(Some(&schema), &value).await.unwrap().unwrap(), [0, 0, 0, 0, 7, 2]);
    }
    assert_eq!(
        registry.lines(),
        [
            "GET /associations/resources/-/t?resourceType=topic&associationType=value",
            "POST /subjects/t-value/versions?normalize=false"
        ]
    );
    let asked = &registry.asked()[1];
    assert_eq!(
        asked.body,
        r#"{"schema":"{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"com.acme\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}],\"connect.name\":\"com.acme.R\"}"}"#
    );
    for header in [
        ("content-type", "application/vnd.schemaregistry.v1+json"),
        ("confluent-accept-unknown-properties", "true"),
    ] {
        assert!(asked.headers.contains(&(header.0.into(), header.1.into())), "{:?}", asked.headers);
    }
    // An equal schema of another object is known, too; a tombstone asks for nothing.
    let (equal, value) = record("com.acme.R");
    assert_eq!(driver.write(Some(&equal), &value).await.unwrap().unwrap(), [0, 0, 0, 0, 7, 2]);
    assert_eq!(driver.write(None, &Value::Null).await.unwrap(), None);
    assert_eq!(driver.write(Some(&Schema::optional_string()), &Value::Null).await.unwrap(), None);
    assert_eq!(registry.asked().len(), 2);
}

#[tokio::test]
async fn a_bad_value_registers_nothing() {
    let registry = Scripted::with_id(7).await;
    let mut driver = Driver::avro(&registry.url, &[]);
    let error = driver.write(Some(&Schema::int32()), &Value::from("a")).await.unwrap_err();
    assert_eq!(chain(&error), ["DataException: Invalid type for INT32: class java.lang.String"]);
    assert!(!error.retriable && registry.lines().is_empty());
}

#[tokio::test]
async fn the_ways_to_choose_a_schema() {
    let text = r#"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"long\"},{\"name\":\"b\",\"type\":\"int\",\"default\":5}]}"#;
    let guid = "00112233-4455-6677-8899-aabbccddeeff";
    let full = format!(r#"{{"id":9,"version":3,"guid":"{guid}","schema":"{text}"}}"#);
    for (settings, lines, payload) in [
        (
            &[("auto.register.schemas", "false")][..],
            &["POST /subjects/t-value?normalize=false&deleted=false"][..],
            &[2][..],
        ),
        (
            &[("auto.register.schemas", "false"), ("normalize.schemas", "true")],
            &["POST /subjects/t-value?normalize=true&deleted=false"],
            &[2],
        ),
        (
            &[("auto.register.schemas", "false"), ("use.latest.version", "true")],
            &["GET /subjects/t-value/versions/latest"],
            &[2, 10],
        ),
        (
            &[("auto.register.schemas", "false"), ("use.schema.id", "9")],
            &["GET /schemas/ids/9?fetchMaxId=false&subject=t-value"],
            &[2, 10],
        ),
        (
            &[("auto.register.schemas", "false"), ("use.schema.guid", guid)],
            &[
                "GET /schemas/guids/00112233-4455-6677-8899-aabbccddeeff",
                "POST /subjects/t-value?normalize=false&deleted=false",
            ],
            &[2, 10],
        ),
        (
            &[("auto.register.schemas", "false"), ("use.latest.with.metadata", "major=1,tier=x y")],
            &["GET /subjects/t-value/metadata?key=major&value=1&key=tier&value=x%20y&deleted=false"],
            &[2, 10],
        ),
        // Registering goes before everything else.
        (
            &[("use.latest.version", "true"), ("use.schema.id", "9")],
            &["POST /subjects/t-value/versions?normalize=false"],
            &[2],
        ),
    ] {
        let answer = full.clone();
        let registry = Scripted::start(move |_, _| say(&answer)).await;
        let settings: Vec<_> = settings.iter().copied().chain([TOPIC_NAME]).collect();
        let mut driver = Driver::avro(&registry.url, &settings);
        let (schema, value) = record("R");
        let written = driver.write(Some(&schema), &value).await.unwrap().unwrap();
        assert_eq!(&written[..5], [0, 0, 0, 0, 9]);
        assert_eq!(&written[5..], payload, "{settings:?}");
        assert_eq!(registry.lines(), lines);
    }
}

#[tokio::test]
async fn a_latest_schema_that_cannot_read_what_is_written_is_refused() {
    let text = r#"{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"string\"}]}"#;
    let registry =
        Scripted::start(move |_, _| say(&format!(r#"{{"id":9,"version":3,"schema":"{text}"}}"#))).await;
    let settings = [("auto.register.schemas", "false"), ("use.latest.version", "true"), TOPIC_NAME];
    let mut driver = Driver::avro(&registry.url, &settings);
    let (schema, value) = record("R");
    let error = driver.write(Some(&schema), &value).await.unwrap_err();
    assert_eq!(
        chain(&error),
        [
            "DataException: Failed to serialize Avro data from topic t:",
            "SerializationException: Error serializing Avro message",
            "IOException: Incompatible schema of type 'AVRO'. Set latest.compatibility.strict=false to disable this check. See log file for more details.",
        ]
    );
}

#[tokio::test]
async fn the_latest_schema_is_asked_for_again_after_its_time() {
    let registry = Scripted::start(|_, _| say(r#"{"id":9,"version":3,"schema":"\"int\""}"#)).await;
    let mut lines = Vec::new();
    for ttl in ["0", "3600", "-1"] {
        let settings = [
            ("auto.register.schemas", "false"),
            ("use.latest.version", "true"),
            ("latest.cache.ttl.sec", ttl),
            TOPIC_NAME,
        ];
        let before = registry.lines().len();
        let mut driver = Driver::avro(&registry.url, &settings);
        for _ in 0..3 {
            driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap();
        }
        lines.push(registry.lines().len() - before);
    }
    assert_eq!(lines, [3, 1, 1]);
}

#[tokio::test]
async fn what_is_over_at_once_serves_the_record_that_asked_for_it() {
    let registry = Scripted::start(|_, _| say(r#"{"id":9,"version":3,"schema":"\"int\""}"#)).await;
    let settings = [("use.latest.version", "true"), ("latest.cache.ttl.sec", "0"), TOPIC_NAME];
    let mut driver = Driver::avro(&registry.url, &settings);
    for _ in 0..3 {
        assert_eq!(driver.read(&[0, 0, 0, 0, 9, 4]).await.unwrap().value, Value::Int32(2));
    }
    let asked = registry.lines();
    let latest = asked.iter().filter(|line| line.ends_with("/versions/latest")).count();
    assert_eq!((latest, asked.len()), (3, 5), "{asked:?}");
}

/// As many converters as a connector has tasks, of one list of plugins.
fn of_tasks(count: usize, url: &str, settings: &[(&str, &str)]) -> Vec<Driver> {
    let plugins = kconnect_registry::plugins();
    (0..count).map(|_| Driver::of_plugins(&plugins, AVRO, &props(url, settings))).collect()
}

#[tokio::test]
async fn many_tasks_ask_once() {
    let registry = Scripted::start(|asked, _| match asked.line.as_str() {
        line if line.contains("/associations/") => Answer::Late(Duration::from_millis(50), 200, "[]".into()),
        line if line.starts_with("GET /schemas/ids/") => say(r#"{"schema":"\"int\""}"#),
        _ => Answer::Late(Duration::from_millis(50), 200, r#"{"id":7,"version":1}"#.into()),
    })
    .await;
    let writing = of_tasks(8, &registry.url, &[]).into_iter().map(|mut driver| async move {
        let written = driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap().unwrap();
        assert_eq!(written, [0, 0, 0, 0, 7, 2]);
        driver
    });
    // All at once, then one after the other with what the others know.
    let mut drivers = join_all(writing).await;
    for driver in &mut drivers {
        assert_eq!(driver.read(&[0, 0, 0, 0, 7, 4]).await.unwrap().value, Value::Int32(2));
    }
    assert_eq!(
        registry.lines(),
        [
            "GET /associations/resources/-/t?resourceType=topic&associationType=value",
            "POST /subjects/t-value/versions?normalize=false",
            "GET /schemas/ids/7?fetchMaxId=false&subject=t-value",
            "POST /subjects/t-value?normalize=false&deleted=true",
        ]
    );
    // Another registry, or the same with other credentials, is another.
    let other = [("basic.auth.credentials.source", "USER_INFO"), ("basic.auth.user.info", "u:p"), TOPIC_NAME];
    let plugins = kconnect_registry::plugins();
    for settings in [&other[..], &[TOPIC_NAME]] {
        let mut driver = Driver::of_plugins(&plugins, AVRO, &props(&registry.url, settings));
        driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap();
    }
    assert_eq!(registry.lines().len(), 6);
}

#[tokio::test]
async fn what_was_answered_goes_with_the_last_task() {
    let registry = Scripted::with_id(7).await;
    let plugins = kconnect_registry::plugins();
    for starts in 1..=2 {
        let task = || Driver::of_plugins(&plugins, AVRO, &props(&registry.url, &[TOPIC_NAME]));
        for mut task in [task(), task()] {
            task.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap();
        }
        // A connector that is started again while nobody else asks this registry finds it as it is now.
        assert_eq!(registry.lines().len(), starts);
    }
}

#[tokio::test]
async fn a_failure_is_that_of_all_who_waited_and_of_nobody_else() {
    let registry = Scripted::start(|_, number| match number {
        0 => Answer::Late(Duration::from_millis(50), 422, r#"{"error_code":42201,"message":"no"}"#.into()),
        _ => say(r#"{"id":7,"version":1}"#),
    })
    .await;
    let writing = of_tasks(4, &registry.url, &[TOPIC_NAME]).into_iter().map(|mut driver| async move {
        let failed = driver.write(Some(&Schema::int32()), &Value::Int32(1)).await;
        (driver, failed)
    });
    for (mut driver, failed) in join_all(writing).await {
        let chain = chain(&failed.unwrap_err());
        assert_eq!(chain.last().unwrap(), "RestClientException: no; error code: 42201");
        driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap();
    }
    assert_eq!(registry.lines().len(), 2);
}

/// Polls all futures together.
async fn join_all<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<_> = futures.into_iter().map(|it| (Box::pin(it), None)).collect();
    std::future::poll_fn(move |context| {
        for (future, done) in waiting.iter_mut().filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *done = Some(value);
            }
        }
        match waiting.iter().all(|(_, done)| done.is_some()) {
            true => Poll::Ready(waiting.iter_mut().filter_map(|(_, done)| done.take()).collect()),
            false => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn reading_asks_for_schema_and_version_once() {
    let registry = Scripted::start(|asked, _| match asked.line.as_str() {
        line if line.starts_with("GET /schemas/ids/") => say(r#"{"schema":"[\"null\",\"string\"]"}"#),
        line if line.starts_with("POST") => say(r#"{"subject":"t-value","id":5,"version":4}"#),
        _ => Answer::Say(404, r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#.into()),
    })
    .await;
    let mut driver = Driver::avro(&registry.url, &[]);
    for _ in 0..3 {
        let read = driver.read(&[0, 0, 0, 0, 5, 2, 2, b'x']).await.unwrap();
        assert_eq!(read.value, Value::from("x"));
        // The version belongs to the root; a union is none in Connect.
        assert_eq!(read.schema, Some(Schema::optional_string()));
    }
    assert_eq!(
        registry.lines(),
        [
            "GET /associations/resources/-/t?resourceType=topic&associationType=value",
            "GET /schemas/ids/5?fetchMaxId=false&subject=t-value",
            "POST /subjects/t-value?normalize=false&deleted=true",
        ]
    );
}

#[tokio::test]
async fn the_version_of_the_subject_becomes_the_version_of_the_schema() {
    let text = r#"{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}"#;
    let registry =
        Scripted::start(move |_, _| say(&format!(r#"{{"id":5,"version":4,"schema":"{text}"}}"#))).await;
    let mut driver = Driver::avro(&registry.url, &[TOPIC_NAME]);
    assert_eq!(driver.read(&[0, 0, 0, 0, 5]).await.unwrap().schema.unwrap().version(), Some(4));
}

#[tokio::test]
async fn references_are_followed_and_end() {
    let registry = Scripted::start(|asked, _| match asked.line.as_str() {
        line if line.contains("/subjects/a/versions/1?deleted=true") => say(
            r#"{"id":1,"version":1,"schema":"{\"type\":\"record\",\"name\":\"A\",\"namespace\":\"n\",\"fields\":[{\"name\":\"b\",\"type\":\"n.B\"}]}","references":[{"name":"n.B","subject":"b","version":2}]}"#,
        ),
        // It refers back: a circle, which Avro cannot use but a registry may hold.
        line if line.contains("/subjects/b/versions/2?deleted=true") => say(
            r#"{"id":2,"version":2,"schema":"{\"type\":\"record\",\"name\":\"B\",\"namespace\":\"n\",\"fields\":[{\"name\":\"x\",\"type\":\"int\"}]}","references":[{"name":"n.A","subject":"a","version":1}]}"#,
        ),
        line if line.starts_with("GET /schemas/ids/") => say(
            r#"{"schema":"{\"type\":\"record\",\"name\":\"R\",\"namespace\":\"n\",\"fields\":[{\"name\":\"a\",\"type\":\"A\"},{\"name\":\"b\",\"type\":\"n.B\"}]}","references":[{"name":"n.A","subject":"a","version":1},{"name":"n.B","subject":"b","version":2}]}"#,
        ),
        _ => say(r#"{"id":5,"version":1}"#),
    })
    .await;
    let mut driver = Driver::avro(&registry.url, &[TOPIC_NAME]);
    let read = driver.read(&[0, 0, 0, 0, 5, 2, 4]).await.unwrap();
    assert_eq!(read.value.to_java_string(), "Struct{a=Struct{b=Struct{x=1}},b=Struct{x=2}}");
    assert_eq!(registry.lines().len(), 4, "{:?}", registry.lines());
}

#[tokio::test]
async fn header_mode_both_ways() {
    let guid = "00112233-4455-6677-8899-aabbccddeeff";
    let registry = Scripted::start(move |_, _| {
        say(&format!(r#"{{"id":5,"version":1,"guid":"{guid}","schema":"\"int\""}}"#))
    })
    .await;
    let settings = [
        ("value.schema.id.serializer", "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"),
        TOPIC_NAME,
    ];
    let mut driver = Driver::avro(&registry.url, &settings);
    let mut headers = vec![WireHeader { key: "own".into(), value: None }];
    let written =
        driver.write_with(Some(&Schema::int32()), &Value::Int32(1), &mut headers).await.unwrap().unwrap();
    assert_eq!((written.as_slice(), headers.len(), &*headers[1].key), (&[2][..], 2, "__value_schema_id"));
    let read = driver.read_with(&written, &headers).await.unwrap();
    assert_eq!(read.value, Value::Int32(1));
    assert!(registry.lines().contains(&format!("GET /schemas/guids/{guid}")), "{:?}", registry.lines());
    // The framing before the payload is read beside it.
    assert_eq!(driver.read(&[0, 0, 0, 0, 5, 4]).await.unwrap().value, Value::Int32(2));
}

#[tokio::test]
async fn subjects_by_record_and_association() {
    let class = |name: &str| format!("io.confluent.kafka.serializers.subject.{name}");
    for (strategy, subject) in
        [("RecordNameStrategy", "com.acme.R"), ("TopicRecordNameStrategy", "t-com.acme.R")]
    {
        let registry = Scripted::with_id(1).await;
        let mut driver = Driver::avro(&registry.url, &[("value.subject.name.strategy", &class(strategy))]);
        let (schema, value) = record("com.acme.R");
        driver.write(Some(&schema), &value).await.unwrap();
        assert_eq!(registry.lines(), [format!("POST /subjects/{subject}/versions?normalize=false")]);
        let error = driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap_err();
        let cause = format!(
            "SerializationException: In configuration value.subject.name.strategy = {}, the message value must only be a record schema",
            class(strategy)
        );
        assert_eq!(chain(&error), ["DataException: Failed to serialize Avro data from topic t:", &cause]);
    }
    let registry = Scripted::start(|asked, _| match asked.line.contains("/associations/") {
        true => say(r#"[{"subject":"my/subject","resourceName":"t"}]"#),
        false => say(r#"{"id":1}"#),
    })
    .await;
    let mut driver = Driver::avro(&registry.url, &[]);
    driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap();
    assert_eq!(registry.lines()[1], "POST /subjects/my%2Fsubject/versions?normalize=false");
}

fn authorization(asked: &Asked) -> Option<&str> {
    asked.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn credentials_are_sent_as_configured() {
    let jaas =
        r#"org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";"#;
    for (settings, expected) in [
        (
            &[("basic.auth.credentials.source", "USER_INFO"), ("basic.auth.user.info", "u:p")][..],
            Some("Basic dTpw"),
        ),
        (
            &[
                ("schema.registry.basic.auth.credentials.source", "USER_INFO"),
                ("schema.registry.basic.auth.user.info", "u:p"),
            ],
            Some("Basic dTpw"),
        ),
        (
            &[("basic.auth.credentials.source", "SASL_INHERIT"), ("sasl.jaas.config", jaas)],
            Some("Basic dTpw"),
        ),
        (
            &[("bearer.auth.credentials.source", "STATIC_TOKEN"), ("bearer.auth.token", "abc")],
            Some("Bearer abc"),
        ),
        (
            &[("request.header.Authorization", "Own x"), ("basic.auth.credentials.source", "none")],
            Some("Own x"),
        ),
        (&[], None),
    ] {
        let registry = Scripted::with_id(1).await;
        let mut driver = Driver::avro(&registry.url, settings);
        driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap();
        for asked in registry.asked() {
            assert_eq!(authorization(&asked), expected, "{settings:?}");
        }
    }
    let registry = Scripted::with_id(1).await;
    let mut driver = Driver::avro(&registry.url.replace("http://", "http://u:p@"), &[]);
    driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap();
    assert_eq!(authorization(&registry.asked()[1]), Some("Basic dTpw"));
}

#[tokio::test]
async fn a_token_is_fetched_once_for_its_life() {
    let registry = Scripted::start(|asked, _| match asked.line.as_str() {
        "POST /oauth/token" => say(r#"{"access_token":"tok","expires_in":3600}"#),
        line if line.contains("/associations/") => say("[]"),
        _ => say(r#"{"id":1}"#),
    })
    .await;
    let issuer = format!("{}/oauth/token", registry.url);
    let settings = [
        ("bearer.auth.credentials.source", "OAUTHBEARER"),
        ("bearer.auth.issuer.endpoint.url", issuer.as_str()),
        ("bearer.auth.client.id", "me"),
        ("bearer.auth.client.secret", "secret"),
        ("bearer.auth.scope", "a b"),
        ("bearer.auth.logical.cluster", "lsrc-1"),
    ];
    let mut driver = Driver::avro(&registry.url, &settings);
    driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap();
    driver.write(Some(&Schema::int64()), &Value::Int64(1)).await.unwrap();
    let asked = registry.asked();
    assert_eq!(asked[0].body, "grant_type=client_credentials&scope=a%20b");
    assert_eq!(authorization(&asked[0]), Some("Basic bWU6c2VjcmV0"));
    assert!(asked[1..].iter().all(|asked| authorization(asked) == Some("Bearer tok")));
    assert!(asked[1].headers.contains(&("target-sr-cluster".into(), "lsrc-1".into())));
    assert_eq!(asked.iter().filter(|asked| asked.line.contains("oauth")).count(), 1);
}

#[test]
fn settings_that_cannot_work_are_refused_without_showing_secrets() {
    for (settings, text) in [
        (
            &[("schema.registry.url", "")][..],
            "Missing required configuration \"schema.registry.url\" which has no default value.",
        ),
        (&[("schema.registry.url", "http://u:secret@host:port")], "not a host and port: host:port"),
        (
            &[("basic.auth.credentials.source", "URL"), ("bearer.auth.credentials.source", "STATIC_TOKEN")],
            "Only one of 'basic.auth.credentials.source' and 'bearer.auth.credentials.source' may be specified",
        ),
        (
            &[("basic.auth.credentials.source", "USER_INFO")],
            "UserInfo must be provided when basic.auth.credentials.source is set to USER_INFO",
        ),
        (
            &[("value.subject.name.strategy", "com.acme.Own")],
            "Invalid value com.acme.Own for configuration value.subject.name.strategy: Class com.acme.Own could not be found.",
        ),
        (&[("max.retries", "x")], "Invalid value x for configuration max.retries: Not a number of type INT"),
    ] {
        let error = build(AVRO, &props("http://localhost", settings), ConverterRole::Value).err().unwrap();
        assert_eq!(error.message, text);
    }
}

#[tokio::test]
async fn values_that_would_have_to_be_encrypted_are_not_written() {
    let registry = Scripted::start(|_, _| {
        say(r#"{"id":1,"version":1,"schema":"\"int\"","ruleSet":{"domainRules":[{"name":"e","kind":"TRANSFORM","type":"ENCRYPT","mode":"WRITEREAD"}]}}"#)
    })
    .await;
    let mut driver = Driver::avro(&registry.url, &[TOPIC_NAME]);
    let error = driver.write(Some(&Schema::int32()), &Value::Int32(1)).await.unwrap_err();
    assert!(chain(&error).last().unwrap().ends_with("Could not find rule executor of type ENCRYPT"));
    let error = driver.read(&[0, 0, 0, 0, 1, 2]).await.unwrap_err();
    assert!(chain(&error).last().unwrap().ends_with("Could not find rule executor of type ENCRYPT"));
}

#[test]
fn stores_of_an_encrypted_registry_are_opened_with_the_converter() {
    let build =
        |settings: &[(&str, &str)]| build(AVRO, &props("https://localhost", settings), ConverterRole::Value);
    let error = build(&[("schema.registry.ssl.truststore.location", "/no/such/file")]).err().unwrap();
    assert!(error.message.starts_with("schema.registry.ssl.truststore.location: /no/such/file: "), "{error}");
    assert!(build(&[]).is_ok());
}

#[tokio::test]
async fn large_schemas_are_not_all_kept_at_once() {
    // Four megabytes each, of which a hundred would be more than a worker has.
    let doc = "d".repeat(4 << 20);
    let text = serde_json::json!({"type": "record", "name": "R", "doc": doc, "fields": []}).to_string();
    let registry = Scripted::start(move |asked, _| match asked.line.contains("/associations/") {
        true => say("[]"),
        false => say(&serde_json::json!({"id": 1, "version": 1, "schema": text}).to_string()),
    })
    .await;
    let mut driver = Driver::avro(&registry.url, &[TOPIC_NAME]);
    for id in 0..20 {
        driver.read(&[0, 0, 0, 0, id]).await.unwrap();
        let asked = registry.asked().len();
        driver.read(&[0, 0, 0, 0, id]).await.unwrap();
        assert_eq!(registry.asked().len(), asked, "the last one is");
    }
    // The first ones were forgotten, here and where answers are shared.
    let asked = registry.asked().len();
    driver.read(&[0, 0, 0, 0, 0]).await.unwrap();
    assert!(registry.asked().len() > asked);
}
