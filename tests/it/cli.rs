//! The client tools.

use std::io::Write;
use std::process::{Command, Stdio};

use kconnect_testkit::Program;

use crate::rig::{BrokerProcess, LIMIT, free_port, kconnect};

fn run(command: &mut Command, input: &str) -> (bool, String, String) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kconnect starts");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[test]
fn produce_and_consume_with_kcats_letters() {
    let broker = BrokerProcess::start();
    let b = broker.address.as_str();
    let (ok, _, err) =
        run(&mut kconnect(&["topic", "create", "-b", b, "-t", "tools", "--partitions", "1"]), "");
    assert!(ok, "{err}");
    let produce = ["produce", "-b", b, "-t", "tools", "-K", ":", "-H", "h=1", "-H", "n", "-Z", "-z", "zstd"];
    let (ok, _, err) = run(&mut kconnect(&produce), "k1:v1\nk2:\nno key\nlast");
    assert!(ok, "{err}");

    let consume = |more: &[&str]| {
        let (ok, out, err) = run(kconnect(&["consume", "-b", b, "-t", "tools", "-e", "-q"]).args(more), "");
        assert!(ok, "{err}");
        out
    };
    assert_eq!(consume(&["-K", ":"]), "k1:v1\nk2:NULL\nNULL:no key\nNULL:last\n");
    assert_eq!(
        consume(&["-o", "1", "-c", "1", "-f", "%t[%p]@%o %k=%s (%S)\\n"]),
        "tools[0]@1 k2=NULL (-1)\n"
    );
    assert_eq!(consume(&["-o", "-1"]), "last\n");
    assert_eq!(consume(&["-o", "end"]), "");
    let first: serde_json::Value = serde_json::from_str(consume(&["-J", "-c", "1"]).trim()).unwrap();
    assert_eq!(
        (&first["key"], &first["payload"], &first["headers"]),
        (&"k1".into(), &"v1".into(), &serde_json::json!(["h", "1", "n", null]))
    );
}

#[test]
fn a_group_goes_on_behind_what_was_printed() {
    let broker = BrokerProcess::start();
    let b = broker.address.as_str();
    let (ok, _, err) = run(&mut kconnect(&["produce", "-b", b, "-t", "grouped"]), "1\n2\n3\n");
    assert!(ok, "{err}");
    let (ok, out, err) = run(&mut kconnect(&["consume", "-b", b, "-G", "g", "grouped", "-c", "2", "-q"]), "");
    assert!(ok, "{err}");
    assert_eq!(out, "1\n2\n");
    let (ok, out, err) = run(&mut kconnect(&["consume", "-b", b, "-G", "g", "grouped", "-e", "-q"]), "");
    assert!(ok, "{err}");
    assert_eq!(out, "3\n");
    let (ok, out, _) = run(&mut kconnect(&["group", "list", "-b", b]), "");
    assert!(ok && out.lines().any(|line| line.starts_with("g ") || line == "g"), "{out}");
    let (ok, out, _) = run(&mut kconnect(&["group", "describe", "-b", b, "-G", "g"]), "");
    assert!(ok && out.contains("grouped"), "{out}");
}

#[test]
fn topics_are_listed_described_and_deleted() {
    let broker = BrokerProcess::start();
    let b = broker.address.as_str();
    let create =
        ["topic", "create", "-b", b, "-t", "t1", "--partitions", "3", "--config", "cleanup.policy=compact"];
    assert!(run(&mut kconnect(&create), "").0);
    assert_eq!(run(&mut kconnect(&["topic", "list", "-b", b]), "").1, "t1\n");
    let (_, described, _) = run(&mut kconnect(&["topic", "describe", "-b", b, "-t", "t1"]), "");
    assert!(described.contains("3") && described.contains("cleanup.policy=compact"), "{described}");
    assert!(run(&mut kconnect(&["topic", "delete", "-b", b, "-t", "t1"]), "").0);
    assert_eq!(run(&mut kconnect(&["topic", "list", "-b", b]), "").1, "");
    let (ok, _, err) = run(&mut kconnect(&["topic", "delete", "-b", b, "-t", "t1"]), "");
    assert!(!ok && err.contains("t1"), "{err}");
}

#[test]
fn an_unknown_setting_and_an_unreachable_broker_are_clear() {
    let args = ["consume", "-b", "127.0.0.1:1", "-t", "x", "-X", "default.api.timeout.ms=500"];
    let (ok, _, err) = run(&mut kconnect(&args), "");
    assert!(!ok && err.contains("127.0.0.1:1"), "{err}");
    let (ok, _, err) =
        run(&mut kconnect(&["consume", "-b", "127.0.0.1:1", "-t", "x", "-X", "security.protocol=SSL"]), "");
    assert!(!ok && err.contains("security.protocol"), "{err}");
    let (ok, _, err) = run(&mut kconnect(&["topic", "list", "-b", "127.0.0.1:1", "-X", "linger.msec=1"]), "");
    assert!(!ok && err.contains("linger.msec") && err.contains("'linger.ms'?"), "{err}");
}

#[test]
fn consuming_a_topic_that_does_not_exist_is_an_error() {
    let broker = BrokerProcess::start();
    let (ok, out, err) = run(&mut kconnect(&["consume", "-b", &broker.address, "-t", "nowhere", "-e"]), "");
    assert!(!ok && out.is_empty() && err.contains("no topic nowhere"), "{out}{err}");
}

#[test]
fn perf_writes_and_reads_as_many_records_as_it_says() {
    let broker = BrokerProcess::start();
    let b = broker.address.as_str();
    let (ok, out, err) =
        run(&mut kconnect(&["perf", "produce", "-b", b, "-t", "speed", "-c", "5000", "-S", "10"]), "");
    assert!(ok && out.starts_with("5000 records sent, ") && out.contains(" ms 99.9th."), "{out}{err}");
    let consume = |more: &[&str]| run(kconnect(&["perf", "consume", "-b", b, "-t", "speed"]).args(more), "");
    let (ok, out, err) = consume(&["-c", "5000"]);
    assert!(ok && out.starts_with("5000 records read, "), "{out}{err}");
    // The end of the topic is an end, too.
    let (ok, out, err) = consume(&["--timeout", "5000"]);
    assert!(ok && out.starts_with("5000 records read, "), "{out}{err}");
    let (ok, _, err) = run(&mut kconnect(&["perf", "consume", "-b", b, "-t", "nowhere"]), "");
    assert!(!ok && err.contains("nowhere"), "{err}");
    // What does not fit is a failure, not a figure.
    let big = ["perf", "produce", "-b", b, "-t", "speed", "-c", "3", "-S", "2000000"];
    let (ok, _, err) = run(&mut kconnect(&big), "");
    assert!(!ok && err.contains("record"), "{err}");
}

#[test]
fn plugins_lists_what_is_built_in() {
    let (ok, out, _) = run(&mut kconnect(&["plugins", "--json"]), "");
    assert!(ok);
    let list: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    for class in [
        "org.apache.kafka.connect.file.FileStreamSourceConnector",
        "org.apache.kafka.connect.file.FileStreamSinkConnector",
        "org.apache.kafka.connect.json.JsonConverter",
        "org.apache.kafka.connect.transforms.RegexRouter",
        "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone",
    ] {
        assert!(list.iter().any(|plugin| plugin["class"] == class), "{class} is missing in {out}");
    }
}

#[test]
fn a_broker_with_a_host_name_takes_records_of_a_partitioner_by_name() {
    let address = format!("localhost:{}", free_port());
    let broker = Program::start(&mut kconnect(&["broker", "--listen", &address]));
    broker.wait_for_line(&format!("listening on {address}"), LIMIT);
    let b = address.as_str();
    let create = ["topic", "create", "-b", b, "-t", "round", "--partitions", "3"];
    let (ok, _, err) = run(&mut kconnect(&create), "");
    assert!(ok, "{err}");
    let class = "partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner";
    let canonical = "client.dns.lookup=resolve_canonical_bootstrap_servers_only";
    let produce = ["produce", "-b", b, "-t", "round", "-K", ":", "-X", class, "-X", canonical];
    let (ok, _, err) = run(&mut kconnect(&produce), "k:0\nk:1\nk:2\nk:3\nk:4\nk:5\n");
    assert!(ok, "{err}");
    for (partition, expect) in [("0", "0\n3\n"), ("1", "1\n4\n"), ("2", "2\n5\n")] {
        let consume = ["consume", "-b", b, "-t", "round", "-p", partition, "-e", "-q"];
        let (ok, out, err) = run(&mut kconnect(&consume), "");
        assert!(ok && out == expect, "{partition}: {out:?} {err}");
    }
}

#[test]
fn more_requests_in_flight_than_idempotence_allows_are_refused_as_by_kafka() {
    let produce =
        ["produce", "-b", "127.0.0.1:1", "-t", "t", "-X", "max.in.flight.requests.per.connection=6"];
    let (ok, _, err) = run(&mut kconnect(&produce), "x");
    let expect = "To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. Current value is 6.";
    assert!(!ok && err.contains(expect), "{err}");
}
