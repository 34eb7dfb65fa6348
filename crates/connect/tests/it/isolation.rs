//! C5, R1, R2, R4: what a plugin does wrong stays with it, and a stop comes through.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_broker::{ApiKey, Broker};
use kconnect_connect::herder::{Herder, HerderError, RawConfig, State, TargetState};
use kconnect_connect::{OwnedRuntimes, StandaloneHerder};
use kconnect_testkit::eventually_async;

use crate::hostile::{calls, release};
use crate::rig::{Rig, SOON, config, registry, rows, set, texts, worker_config};

const SINK: &str = "test.HostileSinkConnector";
const SOURCE: &str = "test.HostileSourceConnector";
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";

async fn ten_lines(rig: &Rig) {
    let file = rig.path("lines.txt");
    std::fs::write(&file, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n").unwrap();
    rig.file_source(&file, "t", &[]).await;
    rig.until_records("t", 10).await;
}

/// Where the panic is to be seen.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    /// In the answer to the creation.
    Answer,
    /// In the state of the connector.
    Connector,
    /// In the state of the task.
    Task,
    /// Nowhere but in the log: it came while stopping.
    Nowhere,
}

#[tokio::test(flavor = "multi_thread")]
async fn r1_a_panic_in_any_callback_stays_with_its_plugin() {
    let rig = Rig::start().await;
    ten_lines(&rig).await;
    let transform: &[(&str, &str)] = &[("transforms", "h"), ("transforms.h.type", "test.Hostile")];
    let converter: &[(&str, &str)] = &[("value.converter", "test.HostileConverter")];
    let rows: &[(&str, &str, &str, &[(&str, &str)], Seen)] = &[
        (SINK, "", "check", &[], Seen::Answer),
        (SINK, "", "connector start", &[], Seen::Connector),
        (SINK, "", "task_configs", &[], Seen::Answer),
        (SINK, "", "connector stop", &[], Seen::Nowhere),
        (SINK, "", "start", &[], Seen::Task),
        (SINK, "", "open", &[], Seen::Task),
        (SINK, "", "put", &[], Seen::Task),
        (SINK, "", "pre_commit", &[], Seen::Task),
        (SINK, "", "close", &[], Seen::Nowhere),
        (SINK, "", "stop", &[], Seen::Nowhere),
        (SINK, "transforms.h.", "configure", transform, Seen::Task),
        (SINK, "transforms.h.", "apply", transform, Seen::Task),
        (SINK, "value.converter.", "new converter", converter, Seen::Task),
        (SINK, "value.converter.", "read", converter, Seen::Task),
        (SOURCE, "", "start", &[], Seen::Task),
        (SOURCE, "", "poll", &[], Seen::Task),
        (SOURCE, "", "commit", &[], Seen::Task),
        (SOURCE, "", "stop", &[], Seen::Nowhere),
        (SOURCE, "transforms.h.", "apply", transform, Seen::Task),
        (SOURCE, "value.converter.", "write", converter, Seen::Task),
    ];
    for (row, (class, prefix, at, more, seen)) in rows.iter().enumerate() {
        let (name, topic) = (format!("h{row}"), format!("made{row}"));
        let (at_key, how_key) = (format!("{prefix}at"), format!("{prefix}how"));
        let mut pairs =
            vec![("connector.class", *class), ("script", name.as_str()), (&at_key, *at), (&how_key, "panic")];
        pairs.push(if *class == SINK { ("topics", "t") } else { ("topic", &topic) });
        pairs.extend(*more);
        let answer = rig.put(&name, &pairs).await;
        let what = format!("{class} {at}: {answer:?}");
        match seen {
            Seen::Answer => assert!(answer.is_err_and(|e| format!("{e:?}").contains("panic")), "{what}"),
            Seen::Connector => {
                let trace = rig.status(&name).connector.trace.unwrap_or_default();
                assert!(trace.contains("the plugin panicked: hostile"), "{what} {trace}");
            }
            Seen::Task => {
                let trace = rig.until_task(&name, State::Failed).await;
                assert!(trace.contains("the plugin panicked: hostile"), "{what} {trace}");
            }
            Seen::Nowhere => {
                rig.until_task(&name, State::Running).await;
                if *class == SINK {
                    rig.until_committed(&format!("connect-{name}"), 10).await;
                }
                set(&rig, &name, TargetState::Stopped).await;
                assert_eq!(calls(&name, at), 1, "{what}: called once, and not again after its panic");
            }
        }
        // It can be replaced by a good one at once, which gets all that was not done.
        let mut good: Vec<(&str, &str)> =
            pairs.into_iter().filter(|(key, _)| *key != how_key && *key != "value.converter").collect();
        good.push(("value.converter", STRING));
        rig.put(&name, &good).await.unwrap_or_else(|error| panic!("{class} {at}: {error:?}"));
        set(&rig, &name, TargetState::Started).await;
        rig.until_task(&name, State::Running).await;
        match *class == SINK {
            true => rig.until_committed(&format!("connect-{name}"), 10).await,
            // The poll under way when it panicked comes again; what was stored before does not.
            false => {
                let all = texts(&rig.until_records(&topic, 100).await);
                let unique: std::collections::BTreeSet<&String> = all.iter().collect();
                assert!(unique.len() == 100 && all.len() < 110, "{class} {at}: {all:?}");
            }
        }
        rig.herder.delete_connector(&name).await.unwrap();
    }
    assert_eq!(rig.herder.worker().abandoned(), 0);
    assert_eq!(rig.until_task("source", State::Running).await, "");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_panics_or_hangs_leaves_its_group_at_once() {
    let rig = Rig::with(&[("task.shutdown.graceful.timeout.ms", "200")]).await;
    ten_lines(&rig).await;
    for how in ["panic", "hang"] {
        let name = format!("leaves-{how}");
        let pairs =
            [("connector.class", SINK), ("topics", "t"), ("script", &name), ("at", "put"), ("how", how)];
        rig.put(&name, &pairs).await.unwrap();
        eventually_async("the put", SOON, || async { (calls(&name, "put") > 0).then_some(()) }).await;
        set(&rig, &name, TargetState::Stopped).await;
        // The session would time out after 45 s only.
        eventually_async(&format!("an empty group of {name}"), SOON, || async {
            let group = rig.broker.group(&format!("connect-{name}"));
            group.is_none_or(|group| group.members.is_empty()).then_some(())
        })
        .await;
    }
    rig.herder.stop().await;
}

/// A worker with threads of its own.
fn worker(rig: &Rig, more: &[(&str, &str)]) -> (OwnedRuntimes, Arc<StandaloneHerder>) {
    let runtimes = OwnedRuntimes::start().expect("threads");
    std::fs::create_dir_all(rig.path("own")).unwrap();
    let config = worker_config(&rig.broker.bootstrap(), &rig.path("own"), more);
    let herder = StandaloneHerder::new(config, registry(), runtimes.handles(), "w:1").expect("a herder");
    (runtimes, herder)
}

fn source(script: &str, class: &str, topic: &str, how: &str) -> RawConfig {
    let pairs =
        [("connector.class", class), ("script", script), ("topic", topic), ("at", "poll"), ("how", how)];
    config(script, &pairs)
}

#[tokio::test(flavor = "multi_thread")]
async fn c5_plugins_that_block_every_thread_are_named_and_the_others_go_on() {
    let rig = Rig::start().await;
    let (runtimes, herder) = worker(&rig, &[("task.shutdown.graceful.timeout.ms", "500")]);
    let threads = runtimes.handles().plugins.metrics().num_workers();
    for n in 0..threads + 3 {
        let name = format!("blocks{n}");
        let config = source(&name, SOURCE, "t", "block");
        herder.put_connector_config(name, config, None, false).await.unwrap();
    }
    herder
        .put_connector_config(
            "own".into(),
            source("own", "test.BlockingSourceConnector", "t", "block"),
            None,
            false,
        )
        .await
        .unwrap();
    eventually_async("all calls to block", SOON, || async {
        ((0..threads + 3).all(|n| calls(&format!("blocks{n}"), "poll") == 1) && calls("own", "poll") == 1)
            .then_some(())
    })
    .await;
    herder
        .put_connector_config("good".into(), source("good", SOURCE, "good", ""), None, false)
        .await
        .unwrap();
    rig.until_records("good", 100).await;
    let named = eventually_async("the names", SOON, || async {
        let notices = herder.notices();
        (notices.len() == threads + 3).then_some(notices)
    })
    .await;
    assert!(named[0].contains("blocks0-0 blocks its thread for "), "{named:?}");
    assert!(!named.iter().any(|notice| notice.contains("own-0")), "it said that it blocks: {named:?}");
    let start = Instant::now();
    herder.stop().await;
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(herder.worker().abandoned(), threads as u64 + 4);
    for n in 0..threads + 3 {
        release(&format!("blocks{n}"));
    }
    release("own");
}

#[tokio::test(flavor = "multi_thread")]
async fn r4_a_stop_ends_whatever_a_record_waits_for() {
    let rig = Rig::start().await;
    ten_lines(&rig).await;
    let retry: &[(&str, &str)] = &[
        ("errors.retry.timeout", "-1"),
        ("errors.retry.delay.max.ms", "60000"),
        ("transforms", "h"),
        ("transforms.h.type", "test.Hostile"),
        ("transforms.h.at", "apply"),
        ("transforms.h.how", "retriable"),
    ];
    let resolve: &[(&str, &str)] = &[
        ("value.converter", "test.HostileConverter"),
        ("value.converter.at", "resolve"),
        ("value.converter.how", "hang"),
    ];
    for (name, class, prefix, at, more) in [
        ("retrying-sink", SINK, "transforms.h.", "apply", retry),
        ("retrying-source", SOURCE, "transforms.h.", "apply", retry),
        ("resolving-sink", SINK, "value.converter.", "resolve", resolve),
        ("resolving-source", SOURCE, "value.converter.", "resolve", resolve),
    ] {
        let script = format!("{prefix}script");
        let mut pairs = vec![("connector.class", class), ("script", name), (&script, name)];
        pairs.push(if class == SINK { ("topics", "t") } else { ("topic", name) });
        pairs.extend(more);
        rig.put(name, &pairs).await.unwrap();
        eventually_async(at, SOON, || async { (calls(name, at) > 0).then_some(()) }).await;
        let start = Instant::now();
        set(&rig, name, TargetState::Stopped).await;
        assert!(start.elapsed() < Duration::from_secs(3), "{name}: {:?}", start.elapsed());
        assert_eq!(rig.herder.worker().abandoned(), 0, "{name}");
        assert_eq!(calls(name, "put"), 0, "nothing of the batch is delivered");
        assert!(rig.broker.committed(&format!("connect-{name}")).iter().all(|c| c.offset == 0), "D6");
    }
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r5_a_connector_that_never_starts_does_not_hold_up_the_end() {
    let rig = Rig::start().await;
    for (name, at) in [("c", "connector start"), ("k", "check"), ("l", "task_configs")] {
        let herder = Arc::clone(&rig.herder);
        let pairs =
            [("connector.class", SINK), ("topics", "t"), ("script", name), ("at", at), ("how", "hang")];
        let config = config(name, &pairs);
        let name = name.to_owned();
        let script = name.clone();
        tokio::spawn(async move { herder.put_connector_config(name, config, None, true).await });
        if at != "task_configs" {
            eventually_async(at, SOON, || async { (calls(&script, at) > 0).then_some(()) }).await;
        }
    }
    let health = rig.herder.health();
    assert_eq!(rig.herder.connectors(), ["c"], "reads answer");
    let start = Instant::now();
    rig.herder.stop().await;
    assert!(start.elapsed() < Duration::from_secs(9), "{:?}", start.elapsed());
    drop(health);
}

#[tokio::test(flavor = "multi_thread")]
async fn d2_a_stop_without_the_broker_stores_what_was_acknowledged() {
    let rig = Rig::on(
        Arc::new(Broker::builder().start().await.unwrap()),
        // The wait for the rest is longer than the task has.
        &[
            ("offset.flush.interval.ms", "60000"),
            ("offset.flush.timeout.ms", "20000"),
            ("task.shutdown.graceful.timeout.ms", "1500"),
        ],
    )
    .await;
    let pairs = [
        ("connector.class", "test.CountingSourceConnector"),
        ("topic", "n"),
        ("last", "5000000"),
        ("producer.override.batch.size", "1000"),
    ];
    let silent = rig.broker.faults().on(ApiKey::Produce).after(5).silence();
    rig.put("n", &pairs).await.unwrap();
    silent.hit(1).await;
    set(&rig, "n", TargetState::Stopped).await;
    assert_eq!(rig.herder.worker().abandoned(), 1, "the records are never acknowledged");
    silent.remove();
    let written = rig.broker.records("n", 0).unwrap().len();
    let offsets = rig.herder.connector_offsets("n").await.unwrap();
    let next = offsets[0].offset.as_ref().unwrap()["next"].as_i64().unwrap();
    assert!(written as i64 - next < 200, "all but an unfinished poll is stored: {next} of {written}");
    rig.herder.stop().await;
}

/// The stop has stored what was acknowledged by then; what is acknowledged while it waits for the rest, which is all lost
/// here, must not come again after a restart.
#[tokio::test(flavor = "multi_thread")]
async fn d2_what_is_acknowledged_while_a_stop_waits_is_stored_too() {
    let settings = [
        ("offset.flush.interval.ms", "60000"),
        ("offset.flush.timeout.ms", "20000"),
        ("task.shutdown.graceful.timeout.ms", "5000"),
    ];
    let rig = Rig::on(Arc::new(Broker::builder().start().await.unwrap()), &settings).await;
    let pairs = [
        ("connector.class", "test.CountingSourceConnector"),
        ("topic", "late"),
        ("last", "5000000"),
        ("producer.override.batch.size", "1000"),
    ];
    let late = rig.broker.faults().on(ApiKey::Produce).after(2).times(1).hold();
    let silent = rig.broker.faults().on(ApiKey::Produce).after(5).silence();
    rig.put("n", &pairs).await.unwrap();
    late.hit(1).await;
    // Enough behind the held batch that some of it is never answered, however early the stop comes.
    eventually_async("much is under way", SOON, || async { (rows("late") > 5000).then_some(()) }).await;
    let next = || async {
        let offsets = rig.herder.connector_offsets("n").await.unwrap();
        offsets.first()?.offset.as_ref()?["next"].as_i64()
    };
    let late_answers = async {
        eventually_async("the stop has stored the first offsets", SOON, next).await;
        late.release();
    };
    tokio::join!(set(&rig, "n", TargetState::Stopped), late_answers);
    assert_eq!(rig.herder.worker().abandoned(), 1, "the records are never acknowledged");
    silent.remove();
    let (written, next) = (rig.broker.records("late", 0).unwrap().len() as i64, next().await.unwrap());
    assert!(written - next < 200, "all but an unfinished poll is stored: {next} of {written}");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_never_answered_does_not_keep_the_sink_busy() {
    let rig = Rig::start().await;
    ten_lines(&rig).await;
    let silent = rig.broker.faults().on(ApiKey::OffsetCommit).group("connect-quiet").silence();
    rig.put("quiet", &[("connector.class", SINK), ("topics", "t"), ("script", "quiet")]).await.unwrap();
    silent.hit(1).await;
    let before = calls("quiet", "empty put");
    // Five intervals of the flush; what is counted must not depend on how fast the machine is.
    tokio::time::sleep(Duration::from_millis(1000)).await;
    let turns = calls("quiet", "empty put") - before;
    assert!(turns < 50, "{turns} turns of the loop in a second without anything to do");
    silent.remove();
    rig.until_committed("connect-quiet", 10).await;
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn r2_a_huge_tasks_max_is_cut() {
    let rig = Rig::start().await;
    let many = [
        ("connector.class", "test.HostileSourceConnector"),
        ("tasks.max", "2147483647"),
        ("script", "many"),
        ("topic", "m"),
    ];
    rig.put("many", &many).await.expect("a source of one task");
    rig.until_records("m", 100).await;
    let answer = rig
        .put(
            "bad",
            &[("connector.class", SINK), ("topics", "t"), ("script", "bad"), ("tasks.max", "2147483648")],
        )
        .await;
    assert!(matches!(answer, Err(HerderError::BadRequest(_))), "{answer:?}");
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn d6_five_percent_poison_in_a_source_is_skipped_or_fails_exactly() {
    let rig = Rig::start().await;
    let poison: Vec<(&str, &str)> = vec![
        ("connector.class", SOURCE),
        ("script", "poison"),
        ("topic", "p"),
        ("transforms", "h"),
        ("transforms.h.type", "test.Hostile"),
        ("transforms.h.at", "apply"),
        ("transforms.h.how", "error"),
    ];
    rig.put("poison", &poison).await.unwrap();
    let trace = rig.until_task("poison", State::Failed).await;
    assert!(
        trace.contains("Tolerance exceeded in error handler") && trace.contains("hostile apply"),
        "{trace}"
    );
    let offsets = rig.herder.connector_offsets("poison").await.unwrap();
    let next = offsets.first().and_then(|o| o.offset.as_ref()?["next"].as_i64()).unwrap_or(0);
    assert!(next <= 7, "the offset is not past the bad record: {next}");
    let mut tolerant = poison.clone();
    tolerant.extend([("errors.tolerance", "all"), ("errors.log.enable", "true")]);
    rig.put("poison", &tolerant).await.unwrap();
    eventually_async("the last number", SOON, || async {
        texts(&rig.broker.records("p", 0)?).contains(&"99".to_owned()).then_some(())
    })
    .await;
    // The source counts in tens from where it begins, so it may go a little further.
    let seen = texts(&rig.broker.records("p", 0).unwrap());
    let wanted: Vec<String> = (0..100).filter(|n| n % 10 != 7).map(|n| n.to_string()).collect();
    assert_eq!(
        seen[..wanted.len()],
        wanted,
        "the offset of what was done before the failure was stored: {next}"
    );
    rig.herder.stop().await;
}
