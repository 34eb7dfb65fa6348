//! Sources: nothing lost, nothing twice, whatever the broker does.

use std::io::Write;
use std::sync::Arc;

use kconnect_broker::{ApiKey, Broker, ErrorCode};
use kconnect_connect::herder::{Health, Herder, State, TargetState};
use kconnect_connect::{OwnedRuntimes, Runtimes, StandaloneHerder};

use crate::rig::{Rig, config, registry, set, texts, worker_config};

const COUNTING: &str = "test.CountingSourceConnector";

fn numbers(count: i64) -> Vec<String> {
    (0..count).map(|n| n.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_go_from_file_to_topic_to_file_and_go_on_after_a_restart() {
    let mut rig = Rig::start().await;
    let (from, to) = (rig.path("test.txt"), rig.path("test.sink.txt"));
    std::fs::write(&from, "foo\nbar\n").unwrap();
    rig.file_source(&from, "connect-test", &[]).await;
    rig.file_sink(&to, "connect-test", &[]).await;
    rig.until_file(&to, "foo\nbar\n").await;
    std::fs::OpenOptions::new().append(true).open(&from).unwrap().write_all(b"more\n").unwrap();
    rig.until_file(&to, "foo\nbar\nmore\n").await;
    assert_eq!(rig.herder.active_topics("source").unwrap(), ["connect-test"]);
    rig.restart().await;
    std::fs::OpenOptions::new().append(true).open(&from).unwrap().write_all(b"again\n").unwrap();
    rig.file_source(&from, "connect-test", &[]).await;
    rig.file_sink(&to, "connect-test", &[]).await;
    rig.until_file(&to, "foo\nbar\nmore\nagain\n").await;
    assert_eq!(texts(&rig.broker.records("connect-test", 0).unwrap()), ["foo", "bar", "more", "again"], "D2");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_stopping_again_and_again_neither_loses_nor_repeats() {
    let mut rig = Rig::start().await;
    for round in 0..4 {
        rig.put("n", &[("connector.class", COUNTING), ("topic", "n"), ("last", "20000")]).await.unwrap();
        rig.until_records("n", (round + 1) * 2000).await;
        rig.restart().await;
    }
    rig.put("n", &[("connector.class", COUNTING), ("topic", "n"), ("last", "20000")]).await.unwrap();
    let records = rig.until_records("n", 20_000).await;
    assert_eq!(texts(&records), numbers(20_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_and_moved_leaders_repeat_nothing() {
    let broker = Arc::new(Broker::builder().nodes(2).start().await.unwrap());
    broker.create_topic("n", 1).unwrap();
    let rig = Rig::on(broker, &[]).await;
    let _lost = rig.broker.faults().on(ApiKey::Produce).times(3).error(ErrorCode::NotLeaderOrFollower);
    rig.put("n", &[("connector.class", COUNTING), ("topic", "n"), ("last", "5000")]).await.unwrap();
    rig.until_records("n", 200).await;
    let (leader, _) = rig.broker.leader("n", 0).unwrap();
    rig.broker.move_leader("n", 0, if leader == 1 { 2 } else { 1 }).ok();
    let records = rig.until_records("n", 5000).await;
    assert_eq!(texts(&records), numbers(5000), "D5");
    rig.until_task("n", State::Running).await;
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_source_stands_still_and_goes_on_where_it_was() {
    let rig = Rig::start().await;
    rig.put("n", &[("connector.class", COUNTING), ("topic", "n"), ("last", "100000")]).await.unwrap();
    rig.until_records("n", 100).await;
    set(&rig, "n", TargetState::Paused).await;
    rig.until_task("n", State::Paused).await;
    assert_eq!(rig.status("n").connector.state, State::Paused);
    set(&rig, "n", TargetState::Started).await;
    let records = rig.until_records("n", 100_000).await;
    assert_eq!(texts(&records), numbers(100_000));
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_larger_than_allowed_fails_the_task_and_names_the_setting() {
    let rig = Rig::start().await;
    let from = rig.path("big.txt");
    std::fs::write(&from, format!("small\n{}\nafter\n", "x".repeat(5000))).unwrap();
    rig.file_source(&from, "big", &[("producer.override.max.request.size", "4000")]).await;
    let trace = rig.until_task("source", State::Failed).await;
    assert!(trace.contains("RecordTooLargeException") && trace.contains("max.request.size"), "{trace}");
    rig.put(
        "source",
        &[
            ("connector.class", "FileStreamSource"),
            ("file", &from.display().to_string()),
            ("topic", "big"),
            ("producer.override.max.request.size", "4000"),
            ("errors.tolerance", "all"),
        ],
    )
    .await
    .unwrap();
    let records = rig.until_records("big", 2).await;
    assert_eq!(texts(&records), ["small", "after"], "the tolerated line is skipped, the first not repeated");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_refuses_idempotent_writes_is_written_to_without() {
    let rig = Rig::start().await;
    rig.broker.create_topic("n", 1).unwrap();
    let _refused =
        rig.broker.faults().on(ApiKey::InitProducerId).error(ErrorCode::ClusterAuthorizationFailed);
    rig.put("n", &[("connector.class", COUNTING), ("topic", "n"), ("last", "1000")]).await.unwrap();
    let records = rig.until_records("n", 1000).await;
    assert_eq!(texts(&records), numbers(1000));
    rig.until_task("n", State::Running).await;
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn transforms_filter_and_redirect_and_topics_are_created_by_group() {
    let rig = Rig::on(Arc::new(Broker::builder().auto_create(false).start().await.unwrap()), &[]).await;
    let from = rig.path("in.txt");
    std::fs::write(&from, "one\ntwo\n").unwrap();
    rig.file_source(
        &from,
        "raw",
        &[
            ("transforms", "route,hoist"),
            ("transforms.route.type", "org.apache.kafka.connect.transforms.RegexRouter"),
            ("transforms.route.regex", "r(.*)"),
            ("transforms.route.replacement", "b$1"),
            ("transforms.hoist.type", "org.apache.kafka.connect.transforms.HoistField$Value"),
            ("transforms.hoist.field", "line"),
            ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
            ("value.converter.schemas.enable", "false"),
            ("topic.creation.groups", "b"),
            ("topic.creation.default.partitions", "1"),
            ("topic.creation.default.replication.factor", "1"),
            ("topic.creation.b.include", "b.*"),
            ("topic.creation.b.partitions", "3"),
        ],
    )
    .await;
    kconnect_testkit::eventually_async("both lines", crate::rig::SOON, || async {
        let all: Vec<_> = (0..3).flat_map(|p| rig.broker.records("baw", p).unwrap_or_default()).collect();
        let mut all = texts(&all);
        all.sort();
        (all == [r#"{"line":"one"}"#, r#"{"line":"two"}"#]).then_some(())
    })
    .await;
    assert_eq!(rig.broker.partitions("baw"), Some(3));
    assert_eq!(rig.broker.partitions("raw"), None);
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_file_that_cannot_be_written_fails_flushes_and_nothing_else() {
    let rig = Rig::start().await;
    std::os::unix::fs::symlink("/dev/full", rig.path("connect.offsets")).unwrap();
    let name = "n".to_owned();
    let pairs = [("connector.class", COUNTING), ("topic", "n"), ("last", "3000")];
    rig.herder.put_connector_config(name, config("n", &pairs), None, false).await.unwrap();
    rig.until_records("n", 3000).await;
    rig.until_task("n", State::Running).await;
    rig.herder.stop().await;
}

/// Starts a worker on threads of its own, which the caller can make vanish like a killed process.
fn doomed(rig: &Rig) -> (OwnedRuntimes, Arc<StandaloneHerder>) {
    let runtimes = OwnedRuntimes::start().expect("threads");
    let config = worker_config(&rig.broker.bootstrap(), &rig.path("."), &[]);
    let herder = StandaloneHerder::new(config, registry(), runtimes.handles(), "w:1").expect("a herder");
    (runtimes, herder)
}

#[tokio::test(flavor = "multi_thread")]
async fn d1_a_killed_worker_repeats_some_and_loses_none() {
    let rig = Rig::start().await;
    let killed = Rig {
        broker: rig.broker.clone(),
        herder: rig.herder.clone(),
        folder: Arc::new(tempfile::tempdir().unwrap()),
    };
    for round in 1..4 {
        let (runtimes, herder) = doomed(&killed);
        let pairs = [("connector.class", COUNTING), ("topic", "n"), ("last", "60000")];
        herder.put_connector_config("n".into(), config("n", &pairs), None, false).await.unwrap();
        rig.until_records("n", round * 5000).await;
        drop(runtimes);
        while Arc::strong_count(&herder) > 1 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        drop(herder);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (_runtimes, herder) = doomed(&killed);
    let pairs = [("connector.class", COUNTING), ("topic", "n"), ("last", "60000")];
    herder.put_connector_config("n".into(), config("n", &pairs), None, false).await.unwrap();
    let all = numbers(60_000);
    kconnect_testkit::eventually_async("the last number", crate::rig::SOON, || async {
        let records = rig.broker.records("n", 0)?;
        (texts(&records).last() == all.last()).then_some(())
    })
    .await;
    let mut seen = std::collections::HashSet::new();
    let first_seen: Vec<String> = texts(&rig.broker.records("n", 0).unwrap())
        .into_iter()
        .filter(|text| seen.insert(text.clone()))
        .collect();
    assert!(first_seen == all, "every number, first seen in order");
    herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_named_at_the_start_and_waited_for_while_running() {
    let folder = tempfile::tempdir().unwrap();
    let config = worker_config("127.0.0.1:1", folder.path(), &[("default.api.timeout.ms", "300")]);
    let herder = StandaloneHerder::new(config, registry(), Runtimes::current(), "w:1").unwrap();
    assert!(matches!(herder.health().await.unwrap(), Health::Starting(_)));
    let error = herder.connect().await.unwrap_err().to_string();
    assert!(
        error.contains("Failed to connect to and describe Kafka cluster.") && error.contains("127.0.0.1:1"),
        "{error}"
    );

    let rig = Rig::start().await;
    rig.broker.create_topic("n", 1).unwrap();
    let pairs = [("connector.class", COUNTING), ("topic", "n"), ("last", "30000")];
    rig.put("n", &pairs).await.unwrap();
    rig.until_records("n", 1000).await;
    let node = rig.broker.leader("n", 0).unwrap().0;
    rig.broker.crash_node(node).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(rig.status("n").tasks[0].1.state, State::Running);
    rig.broker.restart_node(node).await.unwrap();
    let records = rig.until_records("n", 30_000).await;
    assert_eq!(texts(&records), numbers(30_000));
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_topic_is_waited_for_and_neither_hangs_a_stop_nor_loses_anything() {
    let rig = Rig::on(Arc::new(Broker::builder().auto_create(false).start().await.unwrap()), &[]).await;
    let pairs = [("connector.class", COUNTING), ("topic", "later"), ("last", "500")];
    rig.put("n", &pairs).await.unwrap();
    rig.until_task("n", State::Running).await;
    let start = std::time::Instant::now();
    set(&rig, "n", TargetState::Stopped).await;
    assert!(start.elapsed() < std::time::Duration::from_secs(3), "{:?}", start.elapsed());
    assert_eq!(rig.herder.worker().abandoned(), 0);
    set(&rig, "n", TargetState::Started).await;
    rig.put(
        "sink",
        &[("connector.class", "test.OddSinkConnector"), ("topics", "later"), ("script", "later")],
    )
    .await
    .unwrap();
    rig.until_task("sink", State::Running).await;
    rig.broker.create_topic("later", 1).unwrap();
    let records = rig.until_records("later", 500).await;
    assert_eq!(texts(&records), numbers(500));
    kconnect_testkit::eventually_async("the sink sees the new topic", crate::rig::SOON, || async {
        (crate::rig::script("later").puts.lock().unwrap().concat().len() == 500).then_some(())
    })
    .await;
    rig.herder.stop().await;
}
