//! What happens to records that cannot be processed (KIP-298, KIP-610), and what is told of them.

use std::time::{Duration, Instant};

use kconnect_connect::herder::{Herder, HerderError, State};
use kconnect_testkit::eventually_async;

use crate::hostile::calls;
use crate::rig::{Rig, config, script, texts};

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";

async fn lines(rig: &Rig, topic: &str, text: &str) {
    let file = rig.path("lines.txt");
    std::fs::write(&file, text).unwrap();
    rig.file_source(&file, topic, &[]).await;
    rig.until_records(topic, text.lines().count()).await;
}

/// The dead-letter settings of these tests, with `more`.
fn dead<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("errors.tolerance", "all"),
        ("errors.deadletterqueue.topic.name", "dead"),
        ("errors.deadletterqueue.topic.replication.factor", "1"),
        ("errors.deadletterqueue.context.headers.enable", "true"),
    ];
    all.retain(|(key, _)| !more.iter().any(|(own, _)| own == key));
    all.extend(more);
    all
}

fn header(record: &kconnect_broker::Record, key: &str) -> Option<String> {
    let key = format!("__connect.errors.{key}");
    let (_, value) = record.headers.iter().find(|(name, _)| *name == key)?;
    value.as_ref().map(|value| String::from_utf8_lossy(value).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_says_which_record_failed_at_which_stage_in_which_class() {
    let rig = Rig::start().await;
    lines(&rig, "t", "1\nno json\n").await;
    let pairs = [
        ("connector.class", "test.OddSinkConnector"),
        ("topics", "t"),
        ("script", "which"),
        ("value.converter", JSON),
        ("value.converter.schemas.enable", "false"),
    ];
    rig.put("odd", &pairs).await.unwrap();
    let trace = rig.until_task("odd", State::Failed).await;
    let expect = "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\n\
        Caused by: org.apache.kafka.connect.errors.ConnectException: record t-0-1: stage VALUE_CONVERTER, class org.apache.kafka.connect.json.JsonConverter\n\
        Caused by: org.apache.kafka.connect.errors.DataException: Converting byte[] to Kafka Connect data failed due to serialization error: \n\
        Caused by: org.apache.kafka.common.errors.SerializationException";
    assert!(trace.starts_with(expect), "{trace}");

    let pairs = [
        ("connector.class", "test.CountingSourceConnector"),
        ("topic", "n"),
        ("last", "20"),
        ("transforms", "bad"),
        ("transforms.bad.type", "test.Hostile"),
        ("transforms.bad.at", "apply"),
        ("transforms.bad.how", "error"),
        ("transforms.bad.script", "which source"),
    ];
    rig.put("n", &pairs).await.unwrap();
    let trace = rig.until_task("n", State::Failed).await;
    let which = "record for n from source partition {\"counter\":\"one\"}, offset {\"next\":8}: stage TRANSFORMATION, class test.Hostile";
    assert!(trace.contains(which), "{trace}");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retriable_failure_is_tried_again_for_its_time_and_obeys_the_tolerance_then() {
    for (tolerance, timeout) in [("none", "700"), ("all", "700"), ("all", "0")] {
        let rig = Rig::start().await;
        lines(&rig, "t", "good\nbad\nfine\n").await;
        let key = format!("budget {tolerance} {timeout}");
        let pairs = [
            ("connector.class", "test.OddSinkConnector"),
            ("topics", "t"),
            ("script", key.as_str()),
            ("errors.tolerance", tolerance),
            ("errors.retry.timeout", timeout),
            ("errors.retry.delay.max.ms", "100"),
            ("transforms", "bad"),
            ("transforms.bad.type", "test.Hostile"),
            ("transforms.bad.at", "apply"),
            ("transforms.bad.how", "retriable"),
            ("transforms.bad.script", key.as_str()),
        ];
        let start = Instant::now();
        rig.put("odd", &pairs).await.unwrap();
        match tolerance {
            "none" => {
                let trace = rig.until_task("odd", State::Failed).await;
                assert!(trace.contains("Tolerance exceeded in error handler"), "{trace}");
                assert!(rig.broker.committed("connect-odd").iter().all(|c| c.offset < 2), "D6");
            }
            _ => {
                rig.until_committed("connect-odd", 3).await;
                assert_eq!(script(&key).puts.lock().unwrap().concat(), ["good", "fine"]);
            }
        }
        let tries = calls(&key, "apply");
        match timeout {
            "0" => assert_eq!(tries, 1),
            _ => {
                assert!(start.elapsed() >= Duration::from_millis(700), "{:?}", start.elapsed());
                assert!(tries > 5, "{tries}");
            }
        }
        rig.herder.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_topic_is_created_or_the_task_says_why_not() {
    let rig = Rig::start().await;
    lines(&rig, "t", "one\n").await;
    let sink = [("connector.class", "test.OddSinkConnector"), ("topics", "t"), ("script", "creates")];
    let mut pairs = dead(&[("errors.deadletterqueue.topic.replication.factor", "3")]);
    pairs.extend(sink);
    rig.put("odd", &pairs).await.unwrap();
    let trace = rig.until_task("odd", State::Failed).await;
    assert!(trace.starts_with("org.apache.kafka.connect.errors.ConnectException: Could not initialize dead letter queue with topic=dead\nCaused by: "), "{trace}");
    let mut pairs = dead(&[]);
    pairs.extend(sink);
    rig.put("odd", &pairs).await.unwrap();
    rig.until_committed("connect-odd", 1).await;
    assert!(rig.broker.records("dead", 0).is_some() && rig.broker.records("dead", 1).is_none());
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_reported_records_are_dead_letters_in_their_order() {
    let rig = Rig::start().await;
    let text: String = (0..5_000).map(|i| format!("bad {i}\n")).collect();
    lines(&rig, "t", &text).await;
    let mut pairs = dead(&[]);
    pairs.extend([
        ("connector.class", "test.OddSinkConnector"),
        ("topics", "t"),
        ("script", "thousands"),
        ("mode", "errant"),
    ]);
    rig.put("odd", &pairs).await.unwrap();
    rig.until_committed("connect-odd", 5_000).await;
    let letters = rig.broker.records("dead", 0).unwrap();
    assert_eq!(texts(&letters), text.lines().collect::<Vec<_>>());
    for (number, letter) in letters.iter().enumerate() {
        assert_eq!(header(letter, "offset"), Some(number.to_string()));
        assert_eq!(header(letter, "stage").as_deref(), Some("TASK_PUT"));
        assert_eq!(header(letter, "class.name").as_deref(), Some("org.apache.kafka.connect.sink.SinkTask"));
    }
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_reported_after_its_put_is_written_by_the_converters() {
    let rig = Rig::start().await;
    lines(&rig, "t", "{\"a\": 1}\n{\"a\": 2}\n").await;
    let mut pairs = dead(&[]);
    pairs.extend([
        ("connector.class", "test.OddSinkConnector"),
        ("topics", "t"),
        ("script", "late"),
        ("mode", "errant later"),
        ("value.converter", JSON),
        ("value.converter.schemas.enable", "false"),
    ]);
    rig.put("odd", &pairs).await.unwrap();
    rig.until_records("dead", 1).await;
    lines(&rig, "t", "{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}\n").await;
    let letters = rig.until_records("dead", 2).await;
    assert_eq!(texts(&letters)[1], "{\"a\":2}", "the blank of the original is gone with its batch");
    assert_eq!(header(&letters[1], "offset").as_deref(), Some("1"));
    rig.herder.stop().await;
}

const COUNTING: &[(&str, &str)] = &[
    ("connector.class", "test.CountingSourceConnector"),
    ("topic", "n"),
    ("last", "200"),
    ("transforms", "bad"),
    ("transforms.bad.type", "test.Hostile"),
    ("transforms.bad.at", "apply"),
    ("transforms.bad.how", "error"),
];

#[tokio::test(flavor = "multi_thread")]
async fn bad_records_of_a_source_are_dead_letters_that_say_where_they_came_from() {
    let rig = Rig::start().await;
    let mut pairs = dead(&[("errors.deadletterqueue.source.enable", "true")]);
    pairs.extend(COUNTING);
    pairs.push(("transforms.bad.script", "source letters"));
    rig.put("n", &pairs).await.unwrap();
    let bad: Vec<i64> = (0..200).filter(|number| number % 10 == 7).collect();
    rig.until_records("n", 200 - bad.len()).await;
    let letters = rig.until_records("dead", bad.len()).await;
    for (number, letter) in bad.iter().zip(&letters) {
        assert_eq!(letter.key, None);
        let value = String::from_utf8_lossy(letter.value.as_deref().unwrap());
        assert_eq!(value, format!("{{\"schema\":null,\"payload\":\"{number}\"}}"));
        let names: Vec<&str> =
            letter.headers.iter().map(|(name, _)| &name["__connect.errors.".len()..]).collect();
        let all = [
            "topic",
            "source.partition",
            "source.offset",
            "connector.name",
            "task.id",
            "stage",
            "class.name",
            "exception.class.name",
            "exception.message",
            "exception.stacktrace",
        ];
        assert_eq!(names, all);
        assert_eq!(header(letter, "topic").as_deref(), Some("n"));
        assert_eq!(header(letter, "source.partition").as_deref(), Some("{\"counter\":\"one\"}"));
        assert_eq!(header(letter, "source.offset"), Some(format!("{{\"next\":{}}}", number + 1)));
        assert_eq!(header(letter, "stage").as_deref(), Some("TRANSFORMATION"));
    }
    eventually_async("the last offset is stored", crate::rig::SOON, || async {
        let offsets = rig.herder.connector_offsets("n").await.ok()?;
        (offsets.first()?.offset.as_ref()?["next"] == 200).then_some(())
    })
    .await;
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d6_a_source_does_not_pass_a_record_whose_letter_is_not_written() {
    let rig = Rig::start().await;
    let mut pairs = dead(&[("errors.deadletterqueue.source.enable", "true")]);
    // No letter fits, while the numbers themselves do.
    pairs.extend([("producer.override.max.request.size", "300")]);
    pairs.extend(COUNTING);
    pairs.push(("transforms.bad.script", "unwritten letters"));
    rig.put("n", &pairs).await.unwrap();
    let trace = rig.until_task("n", State::Failed).await;
    assert!(trace.contains("Could not produce message to dead letter queue. topic=dead"), "{trace}");
    let stored = rig.herder.connector_offsets("n").await.unwrap();
    assert_eq!(stored, [], "the first poll holds a bad record, so nothing of it may be stored");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_of_a_sources_dead_letters_are_seen_by_those_who_ask_for_them() {
    let rig = Rig::start().await;
    let names = async |pairs: &[(&str, &str)]| {
        let infos = rig.herder.validate_connector_config(config("n", pairs)).await.unwrap();
        let own = |name: &&str| name.starts_with("errors.deadletterqueue");
        let found = infos.configs.iter().filter(|info| info.definition.is_some());
        let names: Vec<String> =
            found.map(|info| info.value.name.as_str()).filter(own).map(str::to_owned).collect();
        (names.len(), infos.error_count)
    };
    let source = [("connector.class", "test.CountingSourceConnector"), ("topic", "n"), ("last", "1")];
    let with = |more: &[(&'static str, &'static str)]| [&source[..], more].concat();
    assert_eq!(names(&source).await, (0, 0));
    // Upstream's users have such settings on sources, where they have no effect.
    assert_eq!(names(&with(&[("errors.deadletterqueue.topic.name", "dead")])).await, (0, 0));
    let on = ("errors.deadletterqueue.source.enable", "true");
    assert_eq!(names(&with(&[on, ("errors.deadletterqueue.topic.name", "dead")])).await, (4, 0));
    assert_eq!(names(&with(&[("errors.deadletterqueue.source.enable", "false")])).await, (4, 0));
    assert_eq!(names(&with(&[on])).await, (4, 1));
    let refused = rig.put("n", &with(&[on])).await.unwrap_err();
    assert!(
        matches!(&refused, HerderError::BadRequest(text) if text.contains("must name a topic")),
        "{refused:?}"
    );
    rig.herder.stop().await;
}
