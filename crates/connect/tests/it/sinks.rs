//! Sinks: offsets never pass what is done.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use kconnect_connect::herder::{Herder, State, TargetState};
use kconnect_testkit::eventually_async;

use crate::rig::{Rig, SOON, script, set, texts};

const ODD: &str = "test.OddSinkConnector";

async fn lines(rig: &Rig, text: &str) {
    let file = rig.path("lines.txt");
    std::fs::write(&file, text).expect("room for a file");
    rig.file_source(&file, "t", &[]).await;
    rig.until_records("t", text.lines().count()).await;
}

async fn until_committed(rig: &Rig, group: &str, offset: i64) {
    eventually_async(&format!("offset {offset} committed"), SOON, || async {
        rig.broker.committed(group).iter().any(|c| c.offset == offset).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d5_a_batch_that_cannot_be_put_now_comes_again_whole_and_before_others() {
    let rig = Rig::start().await;
    let script = script("again");
    script.fail_puts.store(3, Ordering::SeqCst);
    lines(&rig, "a\nb\n").await;
    rig.put("odd", &[("connector.class", ODD), ("topics", "t"), ("script", "again")]).await.unwrap();
    until_committed(&rig, "connect-odd", 2).await;
    let puts = script.puts.lock().unwrap().clone();
    assert_eq!(puts.len(), 4, "{puts:?}");
    assert!(puts.iter().all(|put| put == &puts[0]), "{puts:?}");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_keeps_what_it_got_until_a_commit_is_asked_to_commit_when_its_memory_is_full() {
    hoard("hoard", 90).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d5_the_pause_that_a_sink_asks_for_is_kept_also_when_its_memory_is_full() {
    // The batch that waited is seen twice.
    hoard("hoard and pause", 91).await;
}

/// Ninety lines, which take more than the 64 MiB of a task, for a sink that keeps them until it is asked to commit.
async fn hoard(mode: &str, lines: usize) {
    // No commit is due for ten minutes.
    let rig = Rig::with(&[("offset.flush.interval.ms", "600000")]).await;
    let file = rig.path("lines.txt");
    std::fs::write(&file, format!("{}\n", "x".repeat(900_000)).repeat(90)).expect("room for a file");
    rig.file_source(&file, "t", &[]).await;
    let pairs = [("connector.class", ODD), ("topics", "t"), ("script", mode), ("mode", mode)];
    rig.put("odd", &pairs).await.unwrap();
    eventually_async("all lines", SOON, || async {
        let put = script(mode).puts.lock().unwrap().iter().map(Vec::len).sum::<usize>();
        (put >= lines).then_some(())
    })
    .await;
    assert!(rig.broker.committed("connect-odd").iter().any(|c| c.offset > 0), "it was asked");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_put_fails_its_task_only_and_commits_nothing() {
    let rig = Rig::start().await;
    lines(&rig, "a\n").await;
    rig.put("odd", &[("connector.class", ODD), ("topics", "t"), ("script", "panic"), ("mode", "panic")])
        .await
        .unwrap();
    let trace = rig.until_task("odd", State::Failed).await;
    assert!(trace.contains("the plugin panicked: this sink panics on demand"), "{trace}");
    assert!(rig.broker.committed("connect-odd").iter().all(|c| c.offset == 0));
    rig.until_task("source", State::Running).await;
    assert_eq!(rig.status("odd").connector.state, State::Running);
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_never_returns_is_abandoned_at_the_graceful_timeout() {
    let rig = Rig::with(&[("task.shutdown.graceful.timeout.ms", "300")]).await;
    lines(&rig, "a\n").await;
    rig.put("odd", &[("connector.class", ODD), ("topics", "t"), ("script", "hang"), ("mode", "hang")])
        .await
        .unwrap();
    eventually_async("the hanging put", SOON, || async {
        (!script("hang").puts.lock().unwrap().is_empty()).then_some(())
    })
    .await;
    let start = Instant::now();
    set(&rig, "odd", TargetState::Stopped).await;
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(rig.herder.worker().abandoned(), 1);
    assert_eq!((rig.status("odd").connector.state, rig.status("odd").tasks.len()), (State::Stopped, 0));
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_record_fails_the_task_or_goes_to_the_dead_letters_with_its_context() {
    let rig = Rig::start().await;
    lines(&rig, "{\"a\":1}\nnot json\n{\"a\":2}\n").await;
    let pairs = [
        ("connector.class", ODD),
        ("topics", "t"),
        ("script", "json"),
        ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
        ("value.converter.schemas.enable", "false"),
    ];
    rig.put("odd", &pairs).await.unwrap();
    let trace = rig.until_task("odd", State::Failed).await;
    assert!(trace.contains("ConnectException: Tolerance exceeded in error handler"), "{trace}");
    assert!(rig.broker.committed("connect-odd").iter().all(|c| c.offset == 0), "D6");
    let mut tolerant = pairs.to_vec();
    tolerant.extend([
        ("errors.tolerance", "all"),
        ("errors.deadletterqueue.topic.name", "dead"),
        ("errors.deadletterqueue.topic.replication.factor", "1"),
        ("errors.deadletterqueue.context.headers.enable", "true"),
    ]);
    rig.put("odd", &tolerant).await.unwrap();
    until_committed(&rig, "connect-odd", 3).await;
    let dead = rig.until_records("dead", 1).await;
    assert_eq!(texts(&dead), ["not json"]);
    let header = |key: &str| {
        let key = format!("__connect.errors.{key}");
        let found = dead[0].headers.iter().find(|(name, _)| *name == key);
        found.and_then(|(_, value)| value.clone()).map(|value| String::from_utf8_lossy(&value).into_owned())
    };
    assert_eq!(header("topic").as_deref(), Some("t"));
    assert_eq!(header("offset").as_deref(), Some("1"));
    assert_eq!(header("task.id").as_deref(), Some("0"));
    assert_eq!(header("stage").as_deref(), Some("VALUE_CONVERTER"));
    assert_eq!(header("class.name").as_deref(), Some("org.apache.kafka.connect.json.JsonConverter"));
    assert_eq!(
        header("exception.class.name").as_deref(),
        Some("org.apache.kafka.connect.errors.DataException")
    );
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reported_record_is_a_dead_letter_before_its_offset_is_committed() {
    for mode in ["errant", "errant await"] {
        let rig = Rig::start().await;
        lines(&rig, "good\nbad\n").await;
        let pairs = [
            ("connector.class", ODD),
            ("topics", "t"),
            ("script", mode),
            ("mode", mode),
            ("errors.tolerance", "all"),
            ("errors.deadletterqueue.topic.name", "dead"),
            ("errors.deadletterqueue.topic.replication.factor", "1"),
        ];
        rig.put("odd", &pairs).await.unwrap();
        until_committed(&rig, "connect-odd", 2).await;
        assert_eq!(texts(&rig.broker.records("dead", 0).unwrap()), ["bad"], "{mode}");
        rig.herder.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_record_that_fails_the_task_is_a_dead_letter_too() {
    let rig = Rig::start().await;
    lines(&rig, "good\nbad\n").await;
    let pairs = [
        ("connector.class", ODD),
        ("topics", "t"),
        ("script", "intolerant"),
        ("mode", "errant"),
        ("errors.deadletterqueue.topic.name", "dead"),
        ("errors.deadletterqueue.topic.replication.factor", "1"),
    ];
    rig.put("odd", &pairs).await.unwrap();
    let trace = rig.until_task("odd", State::Failed).await;
    assert!(trace.contains("Tolerance exceeded in error handler"), "{trace}");
    rig.until_records("dead", 1).await;
    assert!(rig.broker.committed("connect-odd").iter().all(|c| c.offset < 2), "D6");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_sink_commits_and_stands_still() {
    let rig = Rig::start().await;
    lines(&rig, "a\n").await;
    rig.put("odd", &[("connector.class", ODD), ("topics.regex", "t|u"), ("script", "pause")]).await.unwrap();
    until_committed(&rig, "connect-odd", 1).await;
    set(&rig, "odd", TargetState::Paused).await;
    rig.until_task("odd", State::Paused).await;
    lines(&rig, "a\nb\n").await;
    let offsets = rig.herder.connector_offsets("odd").await.unwrap();
    assert_eq!(offsets[0].offset.as_ref().unwrap()["kafka_offset"], 1);
    set(&rig, "odd", TargetState::Started).await;
    until_committed(&rig, "connect-odd", 2).await;
    assert_eq!(script("pause").puts.lock().unwrap().concat(), ["a", "b"]);
    rig.herder.stop().await;
}
