//! Foreign clients: kcat (librdkafka) and the Java tools of Apache Kafka, as programs.

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
