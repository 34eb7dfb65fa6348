//! Foreign clients: kcat (librdkafka) and the Java tools of Apache Kafka, as programs.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use kconnect_broker::Broker;
use kconnect_testkit::{java_tool, kafka_libs_or_skip, skip};

async fn run(mut command: Command, input: String) -> Output {
    tokio::task::spawn_blocking(move || {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let _ = writer.join().unwrap();
        output
    })
    .await
    .unwrap()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn lines(n: usize) -> String {
    (0..n).map(|i| format!("line {i}\n")).collect()
}

fn has_kcat(test: &str) -> bool {
    let found = Command::new("kcat").arg("-V").output().is_ok();
    if !found {
        skip(test, "kcat is not installed");
    }
    found
}

async fn kcat(broker: &Broker, args: &[&str], input: String) -> String {
    let mut command = Command::new("kcat");
    command.args(["-b", &broker.bootstrap()]).args(args);
    text(&run(command, input).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn kcat_writes_and_reads_every_codec_in_order() {
    if !has_kcat("kcat_writes_and_reads_every_codec_in_order") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::builder().nodes(2).data_dir(dir.path()).start().await.unwrap();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        for idempotent in ["false", "true"] {
            let topic = format!("{codec}-{idempotent}");
            let setting = format!("enable.idempotence={idempotent}");
            kcat(&broker, &["-P", "-t", &topic, "-z", codec, "-X", &setting], lines(1000)).await;
            let read = kcat(&broker, &["-C", "-t", &topic, "-e", "-q"], String::new()).await;
            assert_eq!(read, lines(1000), "{topic}");
            let stored: Vec<u8> =
                broker.records(&topic, 0).unwrap().iter().flat_map(|r| r.value.clone().unwrap()).collect();
            assert_eq!(stored, lines(1000).replace('\n', "").as_bytes(), "{topic}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kcat_goes_on_where_its_group_stopped() {
    if !has_kcat("kcat_goes_on_where_its_group_stopped") {
        return;
    }
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    let group = ["-G", "readers", "-X", "auto.offset.reset=earliest", "-q", "-e", "t"];
    let mut read = String::new();
    for part in 0..2 {
        let input: String = (0..50).map(|i| format!("part {part} line {i}\n")).collect();
        kcat(&broker, &["-P", "-t", "t"], input.clone()).await;
        read = kcat(&broker, &group, String::new()).await;
        assert_eq!(read, input, "each run reads what is new");
    }
    assert!(!read.is_empty());
    assert_eq!(broker.committed("readers")[0].offset, 100);
}

/// A kcat that reads in a group until it is told to end.
struct Member {
    child: tokio::process::Child,
    lines: tokio::io::Lines<tokio::io::BufReader<tokio::process::ChildStdout>>,
    read: Vec<String>,
}

impl Member {
    fn join(broker: &Broker, group: &str) -> Self {
        let mut command = tokio::process::Command::new("kcat");
        command.args(["-b", &broker.bootstrap(), "-G", group, "-q", "-u", "-f", "%p %s\n"]);
        command.args(["-X", "auto.offset.reset=earliest", "-X", "heartbeat.interval.ms=100", "t"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let stdout = tokio::io::BufReader::new(child.stdout.take().unwrap());
        let lines = tokio::io::AsyncBufReadExt::lines(stdout);
        Self { child, lines, read: Vec::new() }
    }

    /// One more record, as partition and value. May be dropped: nothing is lost.
    async fn next(&mut self) {
        let line = self.lines.next_line().await.unwrap().expect("kcat reads until it is told to end");
        self.read.push(line);
    }

    fn partitions(&self, from: usize) -> BTreeSet<&str> {
        self.read[from..].iter().filter_map(|line| line.split(' ').next()).collect()
    }

    /// Ends it in order, so that it commits and leaves the group, and takes in what it had still printed.
    async fn leave(mut self) -> Vec<String> {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        while let Some(line) = self.lines.next_line().await.unwrap() {
            self.read.push(line);
        }
        self.child.wait().await.unwrap();
        self.read
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_kcat_members_share_a_group_and_one_takes_over_when_the_other_leaves() {
    if !has_kcat("two_kcat_members_share_a_group_and_one_takes_over_when_the_other_leaves") {
        return;
    }
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    broker.create_topic("t", 4).unwrap();
    let write = |part: usize| {
        let broker = &broker;
        async move {
            for partition in 0..4 {
                let input: String = (0..50).map(|i| format!("part {part} line {i}\n")).collect();
                kcat(broker, &["-P", "-t", "t", "-p", &partition.to_string()], input).await;
            }
        }
    };
    let expected = |parts: usize| -> BTreeSet<String> {
        let lines = (0..parts).flat_map(|part| (0..50).map(move |i| (part, i)));
        lines.flat_map(|(part, i)| (0..4).map(move |p| format!("{p} part {part} line {i}"))).collect()
    };
    let members = |n: usize| {
        let broker = &broker;
        async move {
            while broker.group("pair").is_none_or(|g| g.members.len() != n || g.state != "Stable") {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    };
    let all = async {
        let mut first = Member::join(&broker, "pair");
        write(0).await;
        while first.read.len() < 200 {
            first.next().await;
        }
        let mut second = Member::join(&broker, "pair");
        members(2).await;
        write(1).await;
        while first.read.len() + second.read.len() < 400 {
            tokio::select! {
                () = first.next() => {}
                () = second.next() => {}
            }
        }
        let (left, right) = (first.partitions(200), second.partitions(0));
        assert_eq!((left.len(), right.len()), (2, 2), "{left:?} {right:?}");
        assert!(left.is_disjoint(&right), "{left:?} {right:?}");
        let gone = first.leave().await;
        members(1).await;
        write(2).await;
        while gone.len() + second.read.len() < 600 {
            second.next().await;
        }
        let stayed = second.leave().await;
        let read: Vec<String> = gone.into_iter().chain(stayed).collect();
        assert_eq!(read.len(), 600, "each record once");
        assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), expected(3));
    };
    tokio::time::timeout(Duration::from_secs(60), all).await.expect("the members go on");
    let committed: i64 = broker.committed("pair").iter().map(|committed| committed.offset).sum();
    assert_eq!(committed, 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn kcat_delivers_once_through_faults() {
    if !has_kcat("kcat_delivers_once_through_faults") {
        return;
    }
    use kconnect_broker::{ApiKey, ErrorCode};
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    broker.create_topic_with("t", 1, 2, &[]).unwrap();
    broker.faults().on(ApiKey::Produce).after(2).times(1).apply_then_drop();
    broker.faults().on(ApiKey::Produce).after(5).times(1).drop();
    broker.faults().on(ApiKey::Produce).after(8).times(2).error(ErrorCode::NotEnoughReplicas);
    let args = ["-P", "-t", "t", "-X", "enable.idempotence=true", "-X", "batch.num.messages=100"];
    let (_, moved) = tokio::join!(kcat(&broker, &args, lines(5000)), async {
        while broker.offsets("t", 0).unwrap().end < 1500 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        broker.move_leader("t", 0, 2)
    });
    assert_eq!(moved, Ok(1));
    let read = kcat(&broker, &["-C", "-t", "t", "-e", "-q"], String::new()).await;
    assert_eq!(read, lines(5000));
}

struct Java {
    libs: PathBuf,
}

impl Java {
    fn or_skip(test: &str) -> Option<Self> {
        kafka_libs_or_skip(test).map(|libs| Self { libs })
    }

    async fn tool(&self, broker: &Broker, class: &str, args: &[&str], input: String) -> String {
        let mut command = java_tool(&self.libs, &format!("org.apache.kafka.tools.{class}"));
        command.args(["--bootstrap-server", &broker.bootstrap()]).args(args);
        text(&run(command, input).await)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn java_tools_make_fill_read_and_describe() {
    let Some(java) = Java::or_skip("java_tools_make_fill_read_and_describe") else { return };
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    let create = [
        "--create",
        "--topic",
        "t",
        "--partitions",
        "1",
        "--replication-factor",
        "2",
        "--config",
        "cleanup.policy=compact",
    ];
    java.tool(&broker, "TopicCommand", &create, String::new()).await;
    let described = java.tool(&broker, "TopicCommand", &["--describe", "--topic", "t"], String::new()).await;
    assert!(
        described.contains("ReplicationFactor: 2") && described.contains("cleanup.policy=compact"),
        "{described}"
    );
    java.tool(&broker, "ConsoleProducer", &["--topic", "t"], lines(200)).await;
    let consume = [
        "--topic",
        "t",
        "--from-beginning",
        "--group",
        "jg",
        "--max-messages",
        "200",
        "--timeout-ms",
        "30000",
    ];
    let read = java.tool(&broker, "consumer.ConsoleConsumer", &consume, String::new()).await;
    assert_eq!(read, lines(200));
    let offsets = java.tool(&broker, "GetOffsetShell", &["--topic", "t"], String::new()).await;
    assert_eq!(offsets.trim(), "t:0:200");
    let group = java
        .tool(&broker, "consumer.group.ConsumerGroupCommand", &["--describe", "--group", "jg"], String::new())
        .await;
    let row: Vec<&str> = group.lines().find(|l| l.starts_with("jg")).unwrap().split_whitespace().collect();
    assert_eq!(row[1..6], ["t", "0", "200", "200", "0"], "{group}");
    let reset = ["--group", "jg", "--topic", "t", "--reset-offsets", "--to-offset", "7", "--execute"];
    java.tool(&broker, "consumer.group.ConsumerGroupCommand", &reset, String::new()).await;
    assert_eq!(broker.committed("jg")[0].offset, 7);
    java.tool(&broker, "consumer.group.ConsumerGroupCommand", &["--group", "jg", "--delete"], String::new())
        .await;
    assert!(broker.group("jg").is_none());
    java.tool(&broker, "TopicCommand", &["--delete", "--topic", "t"], String::new()).await;
    assert!(broker.topics().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn java_perf_tools_count_every_record() {
    let Some(java) = Java::or_skip("java_perf_tools_count_every_record") else { return };
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::builder().data_dir(dir.path()).start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    let produce = ["--topic", "t", "--num-records", "20000", "--record-size", "100", "--throughput", "-1"];
    java.tool(&broker, "ProducerPerformance", &produce, String::new()).await;
    assert_eq!(broker.offsets("t", 0).unwrap().end, 20_000);
    let consume = ["--topic", "t", "--num-records", "20000", "--timeout", "30000"];
    let counted = java.tool(&broker, "ConsumerPerformance", &consume, String::new()).await;
    assert!(counted.lines().last().unwrap().contains(" 20000,"), "{counted}");
}
