//! What breaks, and what must hold then: nothing lost, nothing invented, a clear error, never a hang.

use std::fs;
use std::time::Duration;

use crate::rig::{BrokerProcess, LIMIT, Rig, kconnect};

/// The lines of `wanted` all occur in `got`, first occurrences in order; anything else is a repetition of them.
fn at_least_once(got: &[String], wanted: &[String]) {
    let mut seen = std::collections::HashSet::new();
    let first: Vec<&String> = got.iter().filter(|line| seen.insert(line.as_str())).collect();
    assert_eq!(first, wanted.iter().collect::<Vec<_>>(), "lost, invented or reordered");
}

#[test]
fn sigkill_at_any_moment_loses_nothing() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "kills");
    let mut count = 0;
    for round in 0..8_u64 {
        let lines: String = (0..2000).map(|i| format!("line {:06}\n", count + i)).collect();
        count += 2000;
        rig.append(&lines);
        let mut worker = rig.start();
        // Not a wait for something to happen: the moment of the kill is meant to be arbitrary.
        std::thread::sleep(Duration::from_millis(150 + 97 * round));
        worker.kill();
    }
    let mut worker = rig.start();
    let wanted = rig.source_lines();
    kconnect_testkit::eventually("the last line", LIMIT, || {
        rig.sink_lines().contains(wanted.last().unwrap()).then_some(())
    });
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());
    at_least_once(&rig.sink_lines(), &wanted);

    // A clean stop adds no duplicates (D2).
    let before = rig.sink_lines().len();
    rig.append("the end\n");
    let mut worker = rig.start();
    rig.wait_for_lines(before + 1, &worker);
    assert!(worker.stop(LIMIT).success());
    assert_eq!(rig.sink_lines()[before..], ["the end".to_owned()]);
}

#[test]
fn a_broker_that_dies_and_returns_is_survived_without_a_duplicate() {
    let mut broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "outage");
    rig.append("before\n");
    let mut worker = rig.start();
    rig.arrived_exactly(&worker);
    broker.kill();
    rig.append("during 1\nduring 2\n");
    let away = format!("cannot connect to {}: Connection refused", broker.address);
    worker.wait_for_line(&away, LIMIT);
    std::thread::sleep(Duration::from_secs(2));
    broker.start_again();
    rig.append("after\n");
    rig.arrived_exactly(&worker);
    let output = worker.output();
    let told = output.lines().filter(|line| line.contains(&away) && line.contains("WARN")).count();
    assert!(told <= 6, "once for each client family, not with each attempt: {output}");
    assert!(output.contains("a broker that was away is reachable again"), "{output}");
    for task in ["local-file-source/tasks/0", "local-file-sink/tasks/0"] {
        rig.wait_for_state(task, "RUNNING");
    }
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());
}

#[test]
fn an_absent_broker_at_start_is_a_clear_error() {
    let rig = Rig::new("127.0.0.1:1", "absent");
    rig.write("worker.properties", &rig.worker("default.api.timeout.ms=2000\nrequest.timeout.ms=1000"));
    let mut worker = rig.start();
    let starting = kconnect_testkit::wait_for_http(&rig.rest, "/health", 503, LIMIT);
    assert!(starting.body.contains("starting"), "{starting:?}");
    assert_eq!(worker.wait(LIMIT).code(), Some(2), "{}", worker.output());
    let output = worker.output();
    assert!(output.contains("cannot connect to 127.0.0.1:1: Connection refused"), "{output}");
    // Not only at the end: who looks at the log meanwhile sees what is waited for.
    assert!(output.contains("WARN Connection to a broker could not be established"), "{output}");
}

#[test]
fn a_topic_that_is_missing_is_named_and_not_made_when_the_sink_says_so() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "missing");
    rig.write("sink.properties", &rig.sink("consumer.override.allow.auto.create.topics=false"));
    let mut worker = rig.start_with(&["sink.properties"]);
    worker.wait_for_line("Error while fetching metadata: {missing=UNKNOWN_TOPIC_OR_PARTITION", LIMIT);
    let listed = kconnect(&["topic", "list", "-b", &broker.address]).output().unwrap();
    assert!(
        listed.status.success() && !String::from_utf8_lossy(&listed.stdout).contains("missing"),
        "{listed:?}"
    );
    // It is used as soon as it is there, and not when metadata are five minutes old.
    let json = r#"{"schema":{"type":"string","optional":false},"payload":"made later"}"#;
    rig.write("late.json", &format!("{json}\n"));
    let late =
        kconnect(&["produce", "-b", &broker.address, "-t", "missing"]).arg(rig.path("late.json")).status();
    assert!(late.unwrap().success());
    rig.wait_for_lines(1, &worker);
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());
}

#[test]
fn two_workers_do_not_share_an_offsets_file() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "shared-offsets");
    let mut first = rig.start();
    rig.get("/connectors");
    let second_rest = format!("127.0.0.1:{}", crate::rig::free_port());
    rig.write("second.properties", &rig.worker("").replace(&rig.rest, &second_rest));
    let mut command = crate::rig::kconnect(&["standalone", "second.properties"]);
    let mut second = kconnect_testkit::Program::start(command.current_dir(rig.dir.path()));
    assert_ne!(second.wait(LIMIT).code(), Some(0));
    let output = second.output();
    assert!(output.contains("offsets") && output.contains("another"), "{output}");
    assert!(first.stop(LIMIT).success());
}

#[test]
fn a_corrupt_offsets_file_is_named_and_left_alone() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "corrupt");
    rig.write("offsets", "this is no Java object");
    let mut worker = rig.start();
    assert_ne!(worker.wait(LIMIT).code(), Some(0));
    let output = worker.output();
    assert!(output.contains(&rig.path("offsets").display().to_string()), "{output}");
    assert_eq!(fs::read_to_string(rig.path("offsets")).unwrap(), "this is no Java object");
}

#[test]
fn settings_that_would_weaken_security_if_ignored_refuse_to_start() {
    for line in [
        "security.protocol=SSL",
        "sasl.mechanism=PLAIN",
        "listeners=https://127.0.0.1:8443",
        "config.providers=file\nkconnect.profile=strict\nconfig.providers.file.class=FileConfigProvider",
    ] {
        let rig = Rig::new("127.0.0.1:1", "refused");
        rig.write("worker.properties", &rig.worker(line));
        let mut worker = rig.start();
        assert_ne!(worker.wait(LIMIT).code(), Some(0), "{line}");
        let key = line.split('=').next().unwrap();
        assert!(worker.output().contains(key), "{line}: {}", worker.output());
    }
}

#[test]
fn mistakes_in_connector_files_end_the_worker_with_status_3() {
    let broker = BrokerProcess::start();
    for (text, says) in [
        ("connector.class=FileStreamSource\ntopic=t\n", "missing the mandatory 'name' configuration"),
        ("name=x\nconnector.class=NoSuchThing\ntopic=t\n", "NoSuchThing"),
        ("name=x\nconnector.class=FileStreamSource\n", "topic"),
        ("name=x\nconnector.class=FileStreamSource\ntopic=t\ntasks.max=many\n", "Not a number of type INT"),
    ] {
        let rig = Rig::new(&broker.address, "mistakes");
        rig.write("bad.properties", text);
        let mut worker = rig.start_with(&["bad.properties"]);
        assert_eq!(worker.wait(LIMIT).code(), Some(3), "{text}: {}", worker.output());
        assert!(worker.output().contains(says), "{text}: {}", worker.output());
    }
    let rig = Rig::new(&broker.address, "twice");
    let mut worker = rig.start_with(&["sink.properties", "sink.properties"]);
    assert_eq!(worker.wait(LIMIT).code(), Some(3));
    assert!(worker.output().contains("already exists"), "{}", worker.output());
}

#[test]
fn a_full_disk_under_the_sink_is_named_and_loses_nothing() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "full");
    rig.append("one\ntwo\n");
    rig.write(
        "sink.properties",
        &rig.sink("").replace(&rig.path("test.sink.txt").display().to_string(), "/dev/full"),
    );
    let mut worker = rig.start();
    worker.wait_for_line("/dev/full", LIMIT);
    // Whatever the task's state says, the offset has not passed the lines (D4, D6).
    let offsets = rig.get("/connectors/local-file-sink/offsets").body;
    assert!(!offsets.contains(r#""kafka_offset":2"#), "{offsets}");
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());

    rig.write("sink.properties", &rig.sink(""));
    let mut worker = rig.start();
    rig.arrived_exactly(&worker);
    assert!(worker.stop(LIMIT).success());
}

#[test]
fn a_record_that_the_broker_refuses_fails_the_task_and_names_the_limit() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "large");
    rig.append(&format!("small\n{}\n", "x".repeat(3_000_000)));
    let mut worker = rig.start();
    let status = rig.wait_for_state("local-file-source/tasks/0", "FAILED");
    let trace = status["trace"].as_str().unwrap();
    assert!(trace.contains("RecordTooLargeException") && trace.contains("max.request.size"), "{trace}");
    // Which one: the second line starts at byte 6, and the position is behind it.
    assert!(trace.contains("test.txt") && trace.contains(r#"{"position":3000007}"#), "{trace}");
    rig.wait_for_lines(1, &worker);
    assert!(worker.stop(LIMIT).success());
}

/// The producer would send it, the topic does not take it.
#[test]
fn a_record_that_only_the_topic_refuses_fails_the_task_with_what_to_raise() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "small");
    let limit =
        ["topic", "create", "-b", &broker.address, "-t", "small", "--config", "max.message.bytes=2000"];
    assert!(kconnect(&limit).status().unwrap().success());
    rig.append(&format!("small\n{}\n", "x".repeat(5_000)));
    let mut worker = rig.start();
    let status = rig.wait_for_state("local-file-source/tasks/0", "FAILED");
    let trace = status["trace"].as_str().unwrap();
    for part in
        ["RecordTooLargeException", "1 records for small-0", "max.message.bytes", "errors.tolerance=all"]
    {
        assert!(trace.contains(part), "{part}: {trace}");
    }
    rig.wait_for_lines(1, &worker);
    assert!(worker.stop(LIMIT).success());
}

#[test]
fn a_misspelt_setting_of_a_connector_is_met_with_the_one_that_was_meant() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "typo");
    rig.write("source.properties", &rig.source("batch.szie=7\nproducer.override.lingerms=5\nmy.own=1"));
    rig.append("a\n");
    let mut worker = rig.start();
    rig.arrived_exactly(&worker);
    assert!(worker.stop(LIMIT).success());
    let output = worker.output();
    for meant in [
        "'batch.szie' is not a setting of this connector and has no effect; did you mean 'batch.size'?",
        "did you mean 'producer.override.linger.ms'?",
    ] {
        assert!(output.contains(meant), "{meant}: {output}");
    }
    assert!(!output.contains("my.own"), "{output}");
}

#[test]
fn a_stopped_sink_has_left_its_group_so_its_offsets_can_be_changed_at_once() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "left");
    rig.append("a\nb\n");
    let mut worker = rig.start();
    rig.arrived_exactly(&worker);
    assert_eq!(rig.ask("PUT", "/connectors/local-file-sink/stop", None).status, 204);
    let offsets = r#"{"offsets":[{"partition":{"kafka_topic":"left","kafka_partition":0},"offset":{"kafka_offset":1}}]}"#;
    let altered = rig.ask("PATCH", "/connectors/local-file-sink/offsets", Some(offsets));
    assert_eq!(altered.status, 200, "{altered:?}");
    assert_eq!(rig.ask("PUT", "/connectors/local-file-sink/resume", None).status, 202);
    rig.wait_for_lines(3, &worker);
    assert_eq!(rig.sink_lines(), ["a", "b", "b"]);
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());
}

#[test]
fn offsets_can_be_changed_as_soon_as_stop_has_answered_and_an_unknown_topic_holds_up_nobody() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "stopped");
    rig.append("one\ntwo\n");
    let mut worker = rig.start();
    rig.arrived_exactly(&worker);
    assert_eq!(rig.ask("PUT", "/connectors/local-file-sink/stop", None).status, 204);
    let offsets = |topic: &str| {
        format!(
            r#"{{"offsets":[{{"partition":{{"kafka_topic":"{topic}","kafka_partition":0}},"offset":{{"kafka_offset":1}}}}]}}"#
        )
    };
    let path = "/connectors/local-file-sink/offsets";
    // The group is left when stop answers, so the first request succeeds.
    let altered = rig.ask("PATCH", path, Some(&offsets("stopped")));
    assert_eq!(altered.status, 200, "{}", altered.body);
    let unknown = rig.ask("PATCH", path, Some(&offsets("nosuch")));
    assert!(
        unknown.status == 500 && unknown.body.contains("Failed to alter consumer group offsets"),
        "{unknown:?}"
    );
    assert_eq!(rig.ask("PUT", "/connectors/local-file-sink/resume", None).status, 202);
    rig.wait_for_lines(3, &worker);
    assert_eq!(rig.sink_lines(), ["one", "two", "two"]);
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());
}
