//! CPU time per record of the two main pipelines, without the broker's share: `cargo run --release -p kconnect-connect
//! --example throughput [RECORDS]`.
//!
//! The embedded broker runs in this process on threads of its own; only the worker's threads are counted. Prints
//! nanoseconds of CPU per 100-byte record, one line a pipeline. Wall-clock speed is limited by the broker beside it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_api::Props;
use kconnect_broker::Broker;
use kconnect_connect::config::worker::WorkerConfig;
use kconnect_connect::connector_file::ConnectorFile;
use kconnect_connect::{OwnedRuntimes, Registry, StandaloneHerder};

const LINE: usize = 100;

fn props(pairs: &[(&str, &str)]) -> Props {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// CPU time of the worker's threads in nanoseconds.
fn worker_cpu() -> u64 {
    let mut total = 0;
    for task in std::fs::read_dir("/proc/self/task").expect("Linux").flatten() {
        let name = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if name.starts_with("kconnect") {
            let schedstat = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            total += schedstat.split(' ').next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    total
}

fn registry() -> Arc<Registry> {
    let mut registry = Registry::new();
    for plugin in kconnect_file::plugins() {
        registry = registry.plugin(plugin);
    }
    for plugin in kconnect_converters::plugins() {
        registry = registry.converter(plugin);
    }
    Arc::new(registry)
}

#[allow(clippy::print_stdout, reason = "this is a program")]
fn main() {
    let records: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(2_000_000);
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("from"), folder.path().join("to"));
    let line = "x".repeat(LINE) + "\n";
    std::fs::write(&from, line.repeat(records)).expect("room for the file");

    let outside = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("broker")
        .enable_all()
        .build()
        .expect("threads");
    let broker = outside.block_on(Broker::builder().start()).expect("a broker");
    broker.create_topic("t", 1).expect("a topic");

    let runtimes = OwnedRuntimes::start().expect("threads");
    let offsets = folder.path().join("offsets").display().to_string();
    let config = WorkerConfig::standalone(
        props(&[
            ("bootstrap.servers", &broker.bootstrap()),
            ("key.converter", "org.apache.kafka.connect.storage.StringConverter"),
            ("value.converter", "org.apache.kafka.connect.storage.StringConverter"),
            ("offset.storage.file.filename", &offsets),
            ("offset.flush.interval.ms", "1000"),
        ]),
        [],
    )
    .expect("a configuration");
    let herder = StandaloneHerder::new(config, registry(), runtimes.handles(), "w:1").expect("a herder");

    let (before, start) = (worker_cpu(), Instant::now());
    let source = props(&[
        ("name", "source"),
        ("connector.class", "FileStreamSource"),
        ("file", &from.display().to_string()),
        ("topic", "t"),
    ]);
    let create = ConnectorFile { name: "source".into(), config: source, initial_state: None };
    outside.block_on(herder.create(create)).expect("a source");
    while broker.offsets("t", 0).is_none_or(|offsets| offsets.end < records as i64) {
        std::thread::sleep(Duration::from_millis(5));
    }
    report("file to topic", records, worker_cpu() - before, start.elapsed());

    let (before, start) = (worker_cpu(), Instant::now());
    let sink = props(&[
        ("name", "sink"),
        ("connector.class", "FileStreamSink"),
        ("file", &to.display().to_string()),
        ("topics", "t"),
    ]);
    let create = ConnectorFile { name: "sink".into(), config: sink, initial_state: None };
    outside.block_on(herder.create(create)).expect("a sink");
    let size = (records * (LINE + 1)) as u64;
    while std::fs::metadata(&to).map_or(0, |m| m.len()) < size {
        std::thread::sleep(Duration::from_millis(5));
    }
    report("topic to file", records, worker_cpu() - before, start.elapsed());
    outside.block_on(herder.stop());
    outside.block_on(broker.shutdown());
}

#[allow(clippy::print_stdout, reason = "this is a program")]
fn report(what: &str, records: usize, cpu: u64, wall: Duration) {
    let per_second = records as f64 / wall.as_secs_f64();
    println!("{what}: {} CPU-ns a record, {per_second:.0} records/s", cpu / records as u64);
}
