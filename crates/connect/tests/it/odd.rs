//! Odd records, encoded batches, acknowledgements; topics that are not what they were; offsets under SIGKILL.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kconnect_api::settings::string;
use kconnect_api::{
    AckOutcome, Acks, ConfigDef, ConnectorContext, Headers, Lane, ObjectMap, Props, RawBatch, Reader,
    Settings, SourceBatch, SourceConnector, SourceContext, SourceOffset, SourceTask, TaskError, Value,
};
use kconnect_connect::herder::{Herder, State, TargetState};
use kconnect_connect::offset_store::{FileOffsetStore, OffsetStore, OffsetWrite};
use kconnect_testkit::eventually_async;

use crate::rig::{Rig, SOON, script, set, texts};

/// Encoded batches for the source, and what it was told, by topic.
static RAW: Mutex<BTreeMap<String, RawBatch>> = Mutex::new(BTreeMap::new());
static TOLD: Mutex<BTreeMap<String, Vec<u64>>> = Mutex::new(BTreeMap::new());

pub struct OddSource(Props);

pub struct OddSourceConfig {
    what: String,
    topic: String,
}

impl Settings for OddSourceConfig {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let what = def.field("what", string()).required();
        let topic = def.field("topic", string()).default(String::new());
        Box::new(move |v| Self { what: v.get(&what), topic: v.get(&topic) })
    }
}

impl SourceConnector for OddSource {
    const CLASS: &'static str = "test.OddSourceConnector";
    type Config = OddSourceConfig;
    type Task = OddSourceTask;
    async fn start(_: OddSourceConfig, raw: Props, _: ConnectorContext) -> Result<Self, TaskError> {
        Ok(Self(raw))
    }
    async fn task_configs(&mut self, _: u32) -> Result<Vec<Props>, TaskError> {
        Ok(vec![self.0.clone()])
    }
}

/// Makes its rows once.
pub struct OddSourceTask {
    config: OddSourceConfig,
    acks: Box<dyn Acks>,
    done: bool,
}

impl SourceTask for OddSourceTask {
    type Config = OddSourceConfig;
    async fn start(config: OddSourceConfig, cx: SourceContext) -> Result<Self, TaskError> {
        let done = cx.stored_offset(&partition()).await?.is_some();
        Ok(Self { config, acks: cx.acks(), done })
    }
    async fn poll(&mut self, out: &mut SourceBatch) -> Result<(), TaskError> {
        if self.done {
            return self.hear().await;
        }
        self.done = true;
        let lane = out.lane(&Lane {
            topic: self.config.topic.as_str().into(),
            partition: Some(0),
            key_schema: None,
            value_schema: None,
            source_partition: partition(),
        });
        let mut at = 0;
        let mut next = || {
            at += 1;
            SourceOffset::Position { key: "at", position: at }
        };
        match self.config.what.as_str() {
            "header" => {
                let mut headers = Headers::new();
                headers.add_bytes("large", Some(&vec![b'h'; 700_000]));
                out.push(lane, Value::Null, Value::string("with header"), next()).headers(headers);
            }
            "timestamps" => {
                for timestamp in [-1, 0, 5] {
                    out.push(lane, Value::Null, Value::string(timestamp.to_string()), next())
                        .timestamp(timestamp);
                }
                out.push(lane, Value::Null, Value::string("bad"), next()).timestamp(-7);
            }
            "raw" => {
                let raw = RAW.lock().unwrap().get(&self.config.topic).cloned().expect("a batch is there");
                out.push(lane, Value::Null, Value::string("before"), next());
                out.push_raw(lane, raw, next());
                out.push(lane, Value::Null, Value::string("behind"), next());
            }
            _ => {
                out.push(lane, Value::Null, Value::string("one"), next());
            }
        }
        Ok(())
    }
}

impl OddSourceTask {
    /// Writes down what is acknowledged, for ever.
    async fn hear(&mut self) -> Result<(), TaskError> {
        while let Some(ack) = self.acks.next().await {
            if let AckOutcome::Written { .. } = ack.outcome {
                let rows = ack.rows.iter().map(|row| row.0);
                TOLD.lock().unwrap().entry(self.config.topic.clone()).or_default().extend(rows);
            }
        }
        Ok(())
    }
}

fn partition() -> Arc<ObjectMap> {
    Arc::new(ObjectMap::new([("odd", Value::string("one"))]))
}

async fn put(rig: &Rig, what: &str, topic: &str, more: &[(&str, &str)]) {
    let mut pairs = vec![("connector.class", "test.OddSourceConnector"), ("what", what), ("topic", topic)];
    pairs.extend(more);
    rig.put("odd", &pairs).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_of_nearly_a_megabyte_arrives() {
    let rig = Rig::start().await;
    put(&rig, "header", "h", &[]).await;
    let record = rig.until_records("h", 1).await.remove(0);
    let large = record.headers.iter().find(|(name, _)| *name == "large").unwrap();
    // `SimpleHeaderConverter` writes bytes as base64.
    assert!(large.1.as_ref().unwrap().len() >= 700_000);
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn timestamps_below_zero_are_missing_or_refused() {
    let rig = Rig::start().await;
    put(&rig, "timestamps", "times", &[]).await;
    let trace = rig.until_task("odd", State::Failed).await;
    assert!(
        trace.contains("org.apache.kafka.common.InvalidRecordException: Invalid record timestamp -7"),
        "{trace}"
    );
    let records = rig.until_records("times", 3).await;
    assert_eq!(texts(&records), ["-1", "0", "5"]);
    assert!(records[0].timestamp > 1_000_000_000_000, "the producer sets what is missing");
    assert_eq!((records[1].timestamp, records[2].timestamp), (0, 5));
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_no_topics_fail_the_task_and_are_said() {
    let rig = Rig::start().await;
    let router = "org.apache.kafka.connect.transforms.RegexRouter";
    let routed = |to: &'static str| {
        vec![
            ("transforms", "route"),
            ("transforms.route.type", router),
            ("transforms.route.regex", ".*"),
            ("transforms.route.replacement", to),
        ]
    };
    for (topic, more, says) in
        [("fine", routed("not a topic!"), "not a topic!"), ("bad/name", vec![], "bad/name"), ("", vec![], "")]
    {
        put(&rig, "one", topic, &more).await;
        let trace = rig.until_task("odd", State::Failed).await;
        let expect = format!(
            "org.apache.kafka.connect.errors.ConnectException: Unrecoverable exception from producer send callback\n\
             Caused by: org.apache.kafka.common.errors.InvalidTopicException: Invalid topics: [{says}]"
        );
        assert_eq!(trace, expect, "{topic:?}");
        rig.herder.delete_connector("odd").await.unwrap();
    }
    // Such a record is left out when bad records are, and its offset is passed.
    put(&rig, "one", "bad/name", &[("errors.tolerance", "all")]).await;
    eventually_async("the offset of the record", SOON, || async {
        let offsets = rig.herder.connector_offsets("odd").await.ok()?;
        (offsets.first()?.offset.as_ref()?["at"] == 1).then_some(())
    })
    .await;
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoded_batch_goes_through_as_it_is_and_rows_are_acknowledged_by_place() {
    let rig = Rig::start().await;
    let file = rig.path("origin.txt");
    std::fs::write(&file, "alpha\nbeta\ngamma\n").unwrap();
    rig.file_source(&file, "origin", &[]).await;
    rig.until_records("origin", 3).await;
    let batch = rig.broker.batches("origin", 0).unwrap().remove(0);
    let records = rig.broker.records("origin", 0).unwrap().len() as u32;
    RAW.lock().unwrap().insert("copy".into(), RawBatch { bytes: batch, records });
    put(&rig, "raw", "copy", &[]).await;
    let copied = rig.until_records("copy", 5).await;
    assert_eq!(texts(&copied), ["before", "alpha", "beta", "gamma", "behind"]);
    eventually_async("the offset behind all rows", SOON, || async {
        let offsets = rig.herder.connector_offsets("odd").await.ok()?;
        (offsets.first()?.offset.as_ref()?["at"] == 3).then_some(())
    })
    .await;
    eventually_async("acknowledgements of all three rows", SOON, || async {
        let mut told = TOLD.lock().unwrap().get("copy").cloned().unwrap_or_default();
        told.sort_unstable();
        (told == [0, 1, 2]).then_some(())
    })
    .await;
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_offset_beyond_a_topic_that_was_made_anew_is_reset() {
    let rig = Rig::start().await;
    rig.broker.create_topic("again", 1).unwrap();
    let file = rig.path("lines.txt");
    std::fs::write(&file, "1\n2\n3\n4\n5\n").unwrap();
    rig.file_source(&file, "again", &[]).await;
    let sink = [("connector.class", "test.OddSinkConnector"), ("topics", "again"), ("script", "made anew")];
    rig.put("sink", &sink).await.unwrap();
    rig.until_committed("connect-sink", 5).await;
    set(&rig, "sink", TargetState::Stopped).await;
    set(&rig, "source", TargetState::Stopped).await;
    rig.broker.delete_topic("again").unwrap();
    rig.broker.create_topic("again", 1).unwrap();
    std::fs::write(&file, "1\n2\n3\n4\n5\nnew 6\nnew 7\n").unwrap();
    set(&rig, "source", TargetState::Started).await;
    rig.until_records("again", 2).await;
    set(&rig, "sink", TargetState::Started).await;
    eventually_async("the records of the new topic", SOON, || async {
        let puts = script("made anew").puts.lock().unwrap().concat();
        (puts == ["1", "2", "3", "4", "5", "new 6", "new 7"]).then_some(())
    })
    .await;
    rig.until_task("sink", State::Running).await;
    rig.herder.stop().await;
}

const STORE: &str = "KCONNECT_TEST_STORE";

fn counters(number: i64) -> Vec<OffsetWrite> {
    let write = |which: i64| OffsetWrite {
        connector: "counting".into(),
        partition: Some(Arc::new(ObjectMap::new([("which", Value::Int64(which))]))),
        offset: Some(ObjectMap::new([("number", Value::Int64(number))])),
    };
    (0..40).map(write).collect()
}

/// Not a test of its own: the process that the next one kills, which stores numbers and says which is stored.
#[test]
fn stores_numbers_until_it_is_killed() {
    let Some(path) = std::env::var_os(STORE) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = FileOffsetStore::open(std::path::Path::new(&path)).unwrap();
        let stored = store.all("counting").await.unwrap();
        let first = stored.first().and_then(|(_, offset)| match offset.get("number") {
            Some(Value::Int64(number)) => Some(*number),
            _ => None,
        });
        for number in first.unwrap_or(0) + 1.. {
            store.write(counters(number)).await.unwrap();
            writeln!(std::io::stderr(), "stored {number}").unwrap();
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_kills_while_offsets_are_saved_leave_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("offsets");
    let mut said = 0;
    for round in 0..110_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "odd::stores_numbers_until_it_is_killed", "--nocapture"])
            .env(STORE, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        // After some writes, at a moment within the next one.
        for line in
            lines.by_ref().filter_map(|line| line.strip_prefix("stored ")?.parse::<i64>().ok()).take(2)
        {
            said = line;
        }
        std::thread::sleep(Duration::from_micros(round * 37 % 3_000));
        child.kill().unwrap();
        child.wait().unwrap();
        said = lines.filter_map(|line| line.strip_prefix("stored ")?.parse().ok()).last().unwrap_or(said);
        let store = FileOffsetStore::open(&path).unwrap_or_else(|error| panic!("round {round}: {error}"));
        let stored = store.all("counting").await.unwrap();
        let mut numbers: Vec<_> = stored.iter().map(|(_, offset)| offset.get("number").cloned()).collect();
        assert_eq!(numbers.len(), 40, "round {round}");
        numbers.dedup();
        let [Some(Value::Int64(number))] = numbers[..] else { panic!("round {round}: {numbers:?}") };
        assert!(number >= said, "round {round}: {said} was said to be stored, {number} is");
        said = number;
    }
    assert!(said >= 110, "{said}");
}
