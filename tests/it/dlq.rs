//! Dead letters of the JVM worker and of ours for the same bad records, on one real Kafka, byte by byte.
//!
//! Equal are: key, value, timestamp, partition, the headers with their order, and of the stack trace all but its frames.
//! Where a Java library words a message, as Jackson does, only the class is compared: [`Scenario::library`].

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kconnect_client::consumer::{Consumer, ConsumerConfig, OwnedRecord, Poll};
use kconnect_client::producer::{Producer, ProducerConfig, Record, RecordHeader};
use kconnect_client::{Client, ClientConfig, TopicPartition};
use kconnect_testkit::{Program, RealKafka};

use crate::rig::{LIMIT, Rig, kconnect};

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";
const STRING: &str = "org.apache.kafka.connect.storage.StringConverter";

type Bytes = &'static [u8];
type Header = (&'static str, Option<Bytes>);

/// Records that a connector cannot process; the last one is bad for sure.
#[derive(Clone)]
struct Scenario {
    name: &'static str,
    config: Vec<(&'static str, &'static str)>,
    records: Vec<(Option<Bytes>, Option<Bytes>, Vec<Header>)>,
    /// Whether a library of the JVM words messages.
    library: bool,
}

fn scenario(name: &'static str, config: &[(&'static str, &'static str)]) -> Scenario {
    let mut all = vec![("key.converter", STRING), ("value.converter", STRING)];
    all.retain(|(key, _)| !config.iter().any(|(own, _)| own == key));
    all.extend(config);
    Scenario { name, config: all, records: Vec::new(), library: false }
}

impl Scenario {
    fn values(mut self, values: &[Option<&'static str>]) -> Self {
        self.records.extend(values.iter().map(|value| (None, value.map(str::as_bytes), Vec::new())));
        self
    }

    fn record(mut self, key: Option<Bytes>, value: Option<Bytes>, headers: &[Header]) -> Self {
        self.records.push((key, value, headers.to_vec()));
        self
    }

    fn in_words_of_a_library(self) -> Self {
        Self { library: true, ..self }
    }
}

fn scenarios() -> Vec<Scenario> {
    let schemaless = [("value.converter", JSON), ("value.converter.schemas.enable", "false")];
    let enveloped = [("value.converter", JSON), ("value.converter.schemas.enable", "true")];
    vec![
        scenario("json", &schemaless)
            .record(Some(b"key"), Some(b"{\"a\":1}"), &[])
            .record(Some(b"key"), Some(b"no json"), &[("h", Some(b"v")), ("h", None), ("__connect.errors.topic", Some(b"before"))])
            .record(None, Some(b"{\"a\":\"\xff\"}"), &[])
            .record(None, Some(b"\xff\xfe"), &[])
            .values(&[Some("{\"a\":"), Some("[1,2"), Some("{\"a\":01}"), Some("nul"), Some("last bad")])
            .in_words_of_a_library(),
        scenario("envelope", &enveloped).values(&[
            Some("1"),
            Some("{\"a\":1}"),
            Some("{\"schema\":{\"type\":\"int32\",\"optional\":false}}"),
            Some("{\"schema\":{\"type\":\"int32\",\"optional\":false},\"payload\":null}"),
            Some("{\"schema\":{\"type\":\"int32\",\"optional\":false},\"payload\":\"x\"}"),
            Some("{\"schema\":{\"type\":\"nope\",\"optional\":false},\"payload\":1}"),
            Some("{\"schema\":{\"optional\":false},\"payload\":1}"),
            Some("{\"schema\":{\"type\":\"struct\"},\"payload\":{}}"),
            Some("{\"schema\":{\"type\":\"array\"},\"payload\":[]}"),
            Some("{\"schema\":{\"type\":\"struct\",\"fields\":[{\"field\":\"a\",\"type\":\"int32\"}]},\"payload\":{}}"),
            Some("{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"int32\"}]},\"payload\":{}}"),
            Some("{\"schema\":{\"type\":\"int8\",\"version\":\"x\"},\"payload\":{}}"),
            Some("{\"schema\":null,\"payload\":1,\"more\":2}"),
        ]),
        scenario(
            "parts",
            &[
                ("key.converter", JSON),
                ("key.converter.schemas.enable", "true"),
                ("header.converter", JSON),
                ("header.converter.schemas.enable", "true"),
            ],
        )
        .record(Some(b"{}"), Some(b"value"), &[])
        .record(Some(b"7"), None, &[("", Some(b""))])
        .record(None, Some(b"v"), &[("a", Some(b"{\"b\":2}"))])
        .record(Some(b"[]"), Some(b""), &[("a", Some(b"7"))]),
        scenario(
            "numbers",
            &[
                ("key.converter", "org.apache.kafka.connect.converters.IntegerConverter"),
                ("value.converter", "org.apache.kafka.connect.converters.BooleanConverter"),
            ],
        )
        .record(Some(b"1234"), Some(b"\x01"), &[])
        .record(Some(b"123"), None, &[])
        .record(Some(b""), None, &[])
        .record(Some(b"12345"), None, &[])
        .record(None, Some(b"\x02"), &[])
        .record(None, Some(b"ab"), &[]),
        scenario(
            "wholes",
            &[
                ("key.converter", "org.apache.kafka.connect.converters.LongConverter"),
                ("value.converter", "org.apache.kafka.connect.converters.ShortConverter"),
            ],
        )
        .record(Some(b"1"), None, &[])
        .record(None, Some(b"1"), &[]),
        scenario(
            "fractions",
            &[
                ("key.converter", "org.apache.kafka.connect.converters.DoubleConverter"),
                ("value.converter", "org.apache.kafka.connect.converters.FloatConverter"),
            ],
        )
        .record(Some(b"1"), None, &[])
        .record(None, Some(b"1"), &[]),
        scenario(
            "transforms",
            &[
                ("value.converter", JSON),
                ("value.converter.schemas.enable", "false"),
                ("transforms", "insert,extract"),
                ("transforms.insert.type", "org.apache.kafka.connect.transforms.InsertField$Value"),
                ("transforms.insert.static.field", "f"),
                ("transforms.insert.static.value", "v"),
                ("transforms.extract.type", "org.apache.kafka.connect.transforms.ExtractField$Key"),
                ("transforms.extract.field", "a"),
                ("transforms.extract.predicate", "marked"),
                ("predicates", "marked"),
                ("predicates.marked.type", "org.apache.kafka.connect.transforms.predicates.HasHeaderKey"),
                ("predicates.marked.name", "mark"),
            ],
        )
        .values(&[Some("{\"a\":1}"), Some("1"), Some("\"text\""), Some("[1]")])
        .record(Some(b"k"), Some(b"{\"a\":2}"), &[])
        .record(Some(b"k"), Some(b"{\"a\":3}"), &[("mark", Some(b"1"))]),
        Scenario {
            config: vec![
                ("key.converter", STRING), ("value.converter", JSON), ("value.converter.schemas.enable", "false"),
                ("errors.deadletterqueue.context.headers.enable", "false"),
            ],
            ..scenario("plain", &[])
        }
        .record(Some(b"k"), Some(b"{"), &[("own", Some(b"header"))]),
    ]
}

/// What the two workers are compared by.
#[derive(Debug, PartialEq)]
struct Letter {
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    timestamp: i64,
    headers: Vec<(String, Option<String>)>,
}

fn letter(record: OwnedRecord, library: bool) -> Letter {
    let shown = |(name, value): (String, Option<bytes::Bytes>)| {
        let value = value.map(|value| String::from_utf8_lossy(&value).into_owned());
        let value = match name.strip_prefix("__connect.errors.exception.") {
            Some("stacktrace") => value.map(|trace| without_frames(&trace, library)),
            Some("message") if library => value.map(|_| String::new()),
            _ => value,
        };
        (name, value)
    };
    Letter {
        key: record.key.map(|key| key.to_vec()),
        value: record.value.map(|value| value.to_vec()),
        timestamp: record.timestamp,
        headers: record.headers.into_iter().map(shown).collect(),
    }
}

/// A trace without its frames; without messages too where a library words them.
fn without_frames(trace: &str, library: bool) -> String {
    let frame = |line: &&str| !line.starts_with("\tat ") && !line.starts_with("\t... ");
    let lines = trace.lines().filter(frame);
    if !library {
        return lines.collect::<Vec<_>>().join("\n");
    }
    // A message of a library may have several lines.
    let classes = lines.filter(|line| line.starts_with("Caused by: ") || line.starts_with("org.apache."));
    let class =
        |line: &str| line.trim_start_matches("Caused by: ").split(':').next().unwrap_or_default().to_owned();
    classes.map(class).collect::<Vec<_>>().join("\n")
}

fn props(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

struct Cluster {
    runtime: tokio::runtime::Runtime,
    client: Client,
    run: u32,
    /// Timestamp of the first record, milliseconds since 1970. Records older than `log.retention.ms` would be deleted
    /// whenever the broker happens to look, and letters keep the timestamps of their records.
    started: i64,
}

impl Cluster {
    fn new(bootstrap: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let _io = runtime.enter();
        let client =
            Client::new(ClientConfig::from_props(&props(&[("bootstrap.servers", bootstrap)])).unwrap());
        drop(_io);
        let started = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
        Self { runtime, client, run: std::process::id(), started: started.try_into().unwrap() }
    }

    fn input(&self, scenario: &Scenario) -> String {
        format!("dlq-{}-{}", scenario.name, self.run)
    }

    fn produce(&self, scenario: &Scenario) {
        self.runtime.block_on(async {
            let (producer, _acks) =
                Producer::start(&self.client, ProducerConfig::from_props(&props(&[])).unwrap()).unwrap();
            let topic = producer.topic(&self.input(scenario)).await.unwrap();
            for (number, (key, value, headers)) in scenario.records.iter().enumerate() {
                let headers: Vec<_> =
                    headers.iter().map(|(name, value)| RecordHeader::new(name, *value)).collect();
                let timestamp = Some(self.started + number as i64);
                let record = Record { timestamp, key: *key, value: *value, headers: &headers };
                producer.send(&topic, Some(0), record).await.unwrap();
            }
            producer.close(LIMIT).await;
        });
    }

    /// The letters up to that of the scenario's last record.
    fn letters(&self, scenario: &Scenario, topic: &str) -> Result<Vec<Letter>, String> {
        let last = scenario.records.last().and_then(|(_, value, _)| *value).unwrap_or_default();
        self.runtime.block_on(async {
            let config = ConsumerConfig::from_props(&props(&[("auto.offset.reset", "earliest")])).unwrap();
            let mut consumer = Consumer::start(&self.client, config).unwrap();
            consumer.assign(vec![TopicPartition::new(topic, 0)]).await.unwrap();
            let mut found: Vec<Letter> = Vec::new();
            let deadline = Instant::now() + LIMIT;
            while found.last().is_none_or(|letter| letter.value.as_deref().unwrap_or_default() != last) {
                if Instant::now() > deadline {
                    return Err(format!("{topic}: only {} letters", found.len()));
                }
                if let Ok(Poll::Records(batches)) = consumer.poll(Duration::from_millis(100)).await {
                    for batch in batches {
                        let records = batch.records().map(|view| view.unwrap().to_owned_record());
                        found.extend(records.map(|record| letter(record, scenario.library)));
                    }
                }
            }
            Ok(found)
        })
    }
}

/// Runs all scenarios on the worker that `command` starts.
fn run(
    cluster: &Cluster,
    bootstrap: &str,
    who: &str,
    program: impl FnOnce(&Rig, &[String]) -> Program,
) -> Vec<Vec<Letter>> {
    let rig = Rig::new(bootstrap, "unused");
    let all = scenarios();
    let dead = |scenario: &Scenario| format!("dead-{who}-{}-{}", scenario.name, cluster.run);
    let mut files = Vec::new();
    for scenario in &all {
        let input = cluster.input(scenario);
        let mut config = props(&[
            ("name", &format!("letters-{}", scenario.name)),
            ("connector.class", "org.apache.kafka.connect.file.FileStreamSinkConnector"),
            ("topics", &input),
            ("file", &rig.path(scenario.name).display().to_string()),
            ("errors.tolerance", "all"),
            ("errors.deadletterqueue.topic.name", &dead(scenario)),
            ("errors.deadletterqueue.topic.replication.factor", "1"),
            ("errors.deadletterqueue.context.headers.enable", "true"),
            ("consumer.override.group.id", &format!("{who}-{input}")),
        ]);
        config.extend(props(&scenario.config));
        let file = format!("{}.properties", scenario.name);
        rig.write(&file, &config.iter().map(|(key, value)| format!("{key}={value}\n")).collect::<String>());
        files.push(file);
    }
    let mut worker = program(&rig, &files);
    let letters = all.iter().map(|scenario| cluster.letters(scenario, &dead(scenario)));
    let letters = letters.collect::<Result<Vec<_>, _>>();
    worker.stop(LIMIT);
    letters.unwrap_or_else(|error| panic!("{who}: {error}\n{}", worker.output()))
}

#[test]
fn dead_letters_are_those_of_the_jvm_worker() {
    let Some(kafka) = RealKafka::or_skip("dead_letters_are_those_of_the_jvm_worker") else { return };
    let cluster = Cluster::new(&kafka.bootstrap);
    for scenario in &scenarios() {
        cluster.produce(scenario);
    }
    let ours = run(&cluster, &kafka.bootstrap, "ours", |rig, files| {
        let mut command = kconnect(&["standalone", "worker.properties"]);
        Program::start(command.args(files).current_dir(rig.dir.path()))
    });
    let theirs = run(&cluster, &kafka.bootstrap, "theirs", |rig, files| {
        let plugin = rig.path("plugins/file");
        std::fs::create_dir_all(&plugin).unwrap();
        for jar in std::fs::read_dir(&kafka.libs).unwrap().flatten() {
            if jar.file_name().to_string_lossy().starts_with("connect-file-") {
                std::fs::copy(jar.path(), plugin.join(jar.file_name())).unwrap();
            }
        }
        rig.write(
            "worker.properties",
            &rig.worker(&format!("plugin.path={}", rig.path("plugins").display())),
        );
        let mut java = kafka.java("org.apache.kafka.connect.cli.ConnectStandalone");
        Program::start(java.arg("worker.properties").args(files).current_dir(rig.dir.path()))
    });
    let mut faults = Vec::new();
    for ((scenario, ours), theirs) in scenarios().iter().zip(ours).zip(theirs) {
        if ours.len() != theirs.len() {
            faults.push(format!("{}: {} letters instead of {}", scenario.name, ours.len(), theirs.len()));
        }
        let theirs: Vec<Letter> =
            theirs.into_iter().map(|letter| at_topic(letter, "theirs", "ours")).collect();
        for (ours, theirs) in ours.iter().zip(&theirs).filter(|(ours, theirs)| ours != theirs) {
            faults.push(format!("{}:\n  {ours:?}\n  instead of\n  {theirs:?}", scenario.name));
        }
    }
    assert!(faults.is_empty(), "{} differences\n{}", faults.len(), faults.join("\n"));
}

/// Texts with the name of one worker's topics as the other's.
fn at_topic(mut letter: Letter, from: &str, to: &str) -> Letter {
    for value in letter.headers.iter_mut().filter_map(|(_, value)| value.as_mut()) {
        *value = value.replace(&format!("dead-{from}-"), &format!("dead-{to}-"));
    }
    letter
}
