//! What the cluster does wrong, against what arrives: all of it, once, in order; or a clear error.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_broker::{ApiKey, Broker, ErrorCode};
use kconnect_connect::herder::{Herder, State};
use kconnect_testkit::eventually_async;

use crate::rig::{Rig, SOON, script, texts};

const COUNTING: &str = "test.CountingSourceConnector";
const ODD: &str = "test.OddSinkConnector";

fn numbers(count: i64) -> Vec<String> {
    (0..count).map(|n| n.to_string()).collect()
}

/// Waits for the last number at the sink; answers all that were put.
async fn put_up_to(name: &str, count: i64) -> Vec<String> {
    let last = (count - 1).to_string();
    eventually_async(&format!("{last} at {name}"), SOON, || async {
        script(name).puts.lock().unwrap().last()?.contains(&last).then_some(())
    })
    .await;
    script(name).puts.lock().unwrap().concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_one_request_meets_everything_arrives_once_and_in_order() {
    let rig = Rig::on(Arc::new(Broker::builder().nodes(2).start().await.unwrap()), &[]).await;
    let faults = rig.broker.faults();
    let _faults = [
        faults.on(ApiKey::Produce).after(1).times(2).apply_then_drop(),
        faults.on(ApiKey::Produce).after(4).times(1).drop(),
        faults.on(ApiKey::Produce).after(6).times(2).error(ErrorCode::NotLeaderOrFollower),
        faults.on(ApiKey::Produce).after(9).times(1).truncate(9),
        faults.on(ApiKey::Fetch).after(1).times(2).error(ErrorCode::UnknownServerError),
        faults.on(ApiKey::Fetch).after(4).times(2).drop(),
        faults.on(ApiKey::Fetch).after(7).times(1).corrupt(),
        faults.on(ApiKey::JoinGroup).times(2).error(ErrorCode::CoordinatorLoadInProgress),
        faults.on(ApiKey::SyncGroup).times(1).error(ErrorCode::RebalanceInProgress),
        faults.on(ApiKey::OffsetFetch).times(2).error(ErrorCode::NotCoordinator),
        faults.on(ApiKey::OffsetCommit).times(3).error(ErrorCode::CoordinatorNotAvailable),
        faults.on(ApiKey::Heartbeat).times(1).error(ErrorCode::RebalanceInProgress),
        faults.on(ApiKey::Metadata).after(2).times(2).drop(),
    ];
    rig.broker.create_topic("n", 1).unwrap();
    let source = [
        ("connector.class", COUNTING),
        ("topic", "n"),
        ("last", "20000"),
        ("producer.override.batch.size", "2000"),
    ];
    rig.put("n", &source).await.unwrap();
    rig.put("odd", &[("connector.class", ODD), ("topics", "n"), ("script", "any fault")]).await.unwrap();
    let put = put_up_to("any fault", 20_000).await;
    assert_eq!(texts(&rig.broker.records("n", 0).unwrap()), numbers(20_000), "D5, no duplicate");
    let mut seen = std::collections::BTreeSet::new();
    let first: Vec<String> = put.into_iter().filter(|text| seen.insert(text.clone())).collect();
    assert_eq!(first, numbers(20_000), "D4, D5");
    rig.until_committed("connect-odd", 20_000).await;
    for name in ["n", "odd"] {
        assert_eq!(rig.until_task(name, State::Running).await, "");
    }
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leader_and_coordinator_that_move_again_and_again_reorder_nothing() {
    let rig = Rig::on(Arc::new(Broker::builder().nodes(2).start().await.unwrap()), &[]).await;
    rig.broker.create_topic("n", 1).unwrap();
    let source = [
        ("connector.class", COUNTING),
        ("topic", "n"),
        ("last", "30000"),
        ("producer.override.linger.ms", "1"),
        ("producer.override.batch.size", "1000"),
    ];
    rig.put("odd", &[("connector.class", ODD), ("topics", "n"), ("script", "moves")]).await.unwrap();
    rig.put("n", &source).await.unwrap();
    let mut moves = 0;
    let deadline = Instant::now() + SOON;
    // Each move comes when something arrived since the one before, so that all of them hit a stream under way.
    let mut arrived = 0;
    while moves < 10 && Instant::now() < deadline {
        let now = rig.broker.records("n", 0).map_or(0, |records| records.len());
        if now >= 30_000 {
            break;
        }
        if now > arrived {
            arrived = now;
            let to = |node: i32| if node == 1 { 2 } else { 1 };
            let (leader, _) = rig.broker.leader("n", 0).unwrap();
            rig.broker.move_leader("n", 0, to(leader)).unwrap();
            if let Some(node) = rig.broker.coordinator("connect-odd") {
                rig.broker.move_coordinator("connect-odd", to(node)).unwrap();
            }
            moves += 1;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(moves >= 3, "{moves} moves");
    let put = put_up_to("moves", 30_000).await;
    assert_eq!(texts(&rig.broker.records("n", 0).unwrap()), numbers(30_000), "D5");
    assert_eq!(put, numbers(30_000), "nothing comes twice, since no offset was lost");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_is_deleted_and_made_again_is_written_and_read_on() {
    let rig = Rig::on(Arc::new(Broker::builder().auto_create(false).start().await.unwrap()), &[]).await;
    rig.broker.create_topic("t", 1).unwrap();
    let file = rig.path("in.txt");
    std::fs::write(&file, "before 1\nbefore 2\n").unwrap();
    rig.file_source(&file, "t", &[]).await;
    rig.put("odd", &[("connector.class", ODD), ("topics", "t"), ("script", "recreated")]).await.unwrap();
    rig.until_committed("connect-odd", 2).await;
    rig.broker.delete_topic("t").unwrap();
    use std::io::Write;
    std::fs::OpenOptions::new().append(true).open(&file).unwrap().write_all(b"after\n").unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    rig.broker.create_topic("t", 1).unwrap();
    let records = rig.until_records("t", 1).await;
    assert_eq!(texts(&records), ["after"], "what was read while there was no topic is not lost");
    eventually_async("the new record at the sink, or a clear failure", SOON, || async {
        script("recreated").puts.lock().unwrap().concat().contains(&"after".to_owned()).then_some(())
    })
    .await;
    assert_eq!(rig.until_task("source", State::Running).await, "");
    assert_eq!(rig.until_task("odd", State::Running).await, "");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d6_offsets_do_not_pass_records_whose_dead_letters_are_not_written() {
    let rig = Rig::start().await;
    let line = |n: i32| if n % 20 == 7 { format!("[{n}\n") } else { format!("{{\"n\":{n}}}\n") };
    let lines: String = (0..2000).map(line).collect();
    let poison: Vec<String> = lines.lines().filter(|line| line.starts_with('[')).map(str::to_owned).collect();
    let file = rig.path("poison.txt");
    std::fs::write(&file, &lines).unwrap();
    rig.file_source(&file, "t", &[]).await;
    rig.until_records("t", 2000).await;
    let refused =
        rig.broker.faults().on(ApiKey::Produce).topic("dead").error(ErrorCode::TopicAuthorizationFailed);
    let pairs = [
        ("connector.class", ODD),
        ("topics", "t"),
        ("script", "dlq"),
        ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
        ("value.converter.schemas.enable", "false"),
        ("errors.tolerance", "all"),
        ("errors.deadletterqueue.topic.name", "dead"),
        ("errors.deadletterqueue.topic.replication.factor", "1"),
    ];
    rig.put("odd", &pairs).await.unwrap();
    let trace = rig.until_task("odd", State::Failed).await;
    assert!(trace.contains("Could not produce message to dead letter queue. topic=dead"), "{trace}");
    assert!(rig.broker.committed("connect-odd").iter().all(|c| c.offset <= 7), "D6");
    refused.remove();
    let id = kconnect_api::TaskId { connector: "odd".into(), task: 0 };
    rig.herder.restart_task(&id).await.unwrap();
    rig.until_committed("connect-odd", 2000).await;
    assert_eq!(texts(&rig.broker.records("dead", 0).unwrap()), poison, "exactly the bad ones, in order");
    rig.herder.stop().await;
}
