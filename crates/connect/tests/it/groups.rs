//! Sink tasks as members of their group: who goes leaves, who comes back stays, who is replaced knows it.

use kconnect_broker::ApiKey;
use kconnect_connect::herder::{Herder, State, TargetState};
use kconnect_testkit::eventually_async;

use crate::rig::{Rig, SOON, script, set};

const ODD: &str = "test.OddSinkConnector";

async fn members(rig: &Rig, group: &str, count: usize) {
    // A session would time out after 45 s, which is longer than this waits.
    eventually_async(&format!("{count} members of {group}"), SOON, || async {
        let found = rig.broker.group(group).map_or(0, |group| group.members.len());
        let stable = count == 0 || rig.broker.group(group).is_some_and(|group| group.state == "Stable");
        (found == count && stable).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn offsets_of_a_stopped_sink_are_altered_and_reset_at_once() {
    let rig = Rig::start().await;
    let file = rig.path("lines.txt");
    std::fs::write(&file, "a\nb\nc\n").unwrap();
    rig.file_source(&file, "t", &[]).await;
    rig.put("odd", &[("connector.class", ODD), ("topics", "t"), ("script", "reset")]).await.unwrap();
    rig.until_committed("connect-odd", 3).await;
    set(&rig, "odd", TargetState::Stopped).await;
    rig.herder.reset_connector_offsets("odd").await.expect("nobody is in the group any more");
    set(&rig, "odd", TargetState::Started).await;
    rig.until_committed("connect-odd", 3).await;
    assert_eq!(script("reset").puts.lock().unwrap().concat(), ["a", "b", "c", "a", "b", "c"]);
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_tasks_take_the_partitions_of_those_that_went_at_once() {
    let rig = Rig::start().await;
    rig.broker.create_topic("many", 3).unwrap();
    let sink = |max: &'static str| {
        [("connector.class", "FileStreamSink"), ("topics", "many"), ("file", "/dev/null"), ("tasks.max", max)]
    };
    rig.put("sink", &sink("3")).await.unwrap();
    members(&rig, "connect-sink", 3).await;
    rig.put("sink", &sink("1")).await.unwrap();
    members(&rig, "connect-sink", 1).await;
    rig.herder.delete_connector("sink").await.unwrap();
    members(&rig, "connect-sink", 0).await;
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_task_replaces_itself_without_a_rebalance_of_leaving() {
    let rig = Rig::start().await;
    rig.broker.create_topic("one", 1).unwrap();
    rig.put("odd", &[("connector.class", ODD), ("topics", "one"), ("script", "same")]).await.unwrap();
    members(&rig, "connect-odd", 1).await;
    let id = kconnect_api::TaskId { connector: "odd".into(), task: 0 };
    rig.herder.restart_task(&id).await.unwrap();
    members(&rig, "connect-odd", 1).await;
    assert_eq!(rig.broker.request_count(ApiKey::LeaveGroup), 0);
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_whose_place_another_worker_took_fails_and_says_so() {
    let rig = Rig::start().await;
    rig.broker.create_topic("t", 1).unwrap();
    let other = Rig::on(rig.broker.clone(), &[]).await;
    let pairs = [("connector.class", ODD), ("topics", "t"), ("script", "fenced")];
    rig.put("odd", &pairs).await.unwrap();
    members(&rig, "connect-odd", 1).await;
    other.put("odd", &pairs).await.unwrap();
    let trace = rig.until_task("odd", State::Failed).await;
    assert!(trace.contains("FencedInstanceIdException"), "{trace}");
    other.until_task("odd", State::Running).await;
    members(&rig, "connect-odd", 1).await;
    rig.herder.stop().await;
    other.herder.stop().await;
}
