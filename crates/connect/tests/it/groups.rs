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
async fn a_worker_that_stops_leaves_its_groups_even_of_tasks_that_hang() {
    let rig = Rig::with(&[("task.shutdown.graceful.timeout.ms", "300")]).await;
    let file = rig.path("lines.txt");
    std::fs::write(&file, "a\n").unwrap();
    rig.file_source(&file, "t", &[]).await;
    rig.put("odd", &[("connector.class", ODD), ("topics", "t"), ("script", "leaves")]).await.unwrap();
    let hanging = [("connector.class", ODD), ("topics", "t"), ("script", "hangs"), ("mode", "hang")];
    rig.put("stuck", &hanging).await.unwrap();
    members(&rig, "connect-odd", 1).await;
    members(&rig, "connect-stuck", 1).await;
    eventually_async("the put that hangs", SOON, || async {
        (!script("hangs").puts.lock().unwrap().is_empty()).then_some(())
    })
    .await;
    rig.herder.stop().await;
    for group in ["connect-odd", "connect-stuck"] {
        let left = rig.broker.group(group).map_or(0, |group| group.members.len());
        assert_eq!(left, 0, "{group}: another kind of worker would wait for the session to end");
    }
}

/// Two workers with a connector of one name: one of them has the place, the other says who took it. What was committed
/// before is not read again, and nobody but the new owner writes what comes after.
#[tokio::test(flavor = "multi_thread")]
async fn a_sink_whose_place_another_worker_took_fails_names_it_and_repeats_nothing() {
    let rig = Rig::start().await;
    let other = Rig::on(rig.broker.clone(), &[]).await;
    let file = rig.path("lines.txt");
    std::fs::write(&file, "a\nb\n").unwrap();
    rig.file_source(&file, "t", &[]).await;
    let sink = |script: &'static str| [("connector.class", ODD), ("topics", "t"), ("script", script)];
    rig.put("odd", &sink("fenced")).await.unwrap();
    rig.until_committed("connect-odd", 2).await;
    other.put("odd", &sink("fencing")).await.unwrap();
    let trace = rig.until_task("odd", State::Failed).await;
    let successor = rig.broker.group("connect-odd").unwrap().members.remove(0);
    for text in [
        "FencedInstanceIdException",
        "task odd-0 lost its place in group connect-odd",
        &format!("member {successor} (client.id connector-consumer-odd-0, from /127.0.0.1)"),
        "same group.instance.id odd-0",
        "consumer.override.group.instance.id",
    ] {
        assert!(trace.contains(text), "{text} in {trace}");
    }
    other.until_task("odd", State::Running).await;
    std::fs::write(&file, "a\nb\nc\nd\n").unwrap();
    rig.until_committed("connect-odd", 4).await;
    assert_eq!(script("fenced").puts.lock().unwrap().concat(), ["a", "b"]);
    assert_eq!(script("fencing").puts.lock().unwrap().concat(), ["c", "d"]);
    rig.herder.stop().await;
    members(&other, "connect-odd", 1).await;
    other.herder.stop().await;
}

/// The remedy that the failure names.
#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_the_partitions_of_a_sink_with_places_of_their_own() {
    let rig = Rig::start().await;
    let other = Rig::on(rig.broker.clone(), &[]).await;
    rig.broker.create_topic("shared", 2).unwrap();
    let sink = [("connector.class", ODD), ("topics", "shared"), ("script", "shared")];
    rig.put("odd", &sink).await.unwrap();
    let place = ("consumer.override.group.instance.id", "second");
    other.put("odd", &[&sink[..], &[place]].concat()).await.unwrap();
    members(&rig, "connect-odd", 2).await;
    rig.until_task("odd", State::Running).await;
    other.until_task("odd", State::Running).await;
    rig.herder.stop().await;
    members(&other, "connect-odd", 1).await;
    other.herder.stop().await;
}
