//! Records per second and CPU time per record of the consumer against the null broker, checksums verified.
//!
//! The broker runs in a process of its own, so that the CPU time counted here is the client's alone. `cargo bench -p
//! kconnect-client --bench consume [-- RECORDS]`.
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kconnect_broker::Broker;
use kconnect_client::consumer::{Consumer, ConsumerConfig, OffsetReset, Poll};
use kconnect_client::{Client, ClientConfig, TopicPartition};

/// Tells the child process that it is the broker.
const BROKER: &str = "KCONNECT_BENCH_BROKER";
const RUNS: usize = 5;
/// Records per poll, partitions.
const CASES: &[(&str, usize, i32)] = &[
    ("100 B, 1 partition, polls of 500", 500, 1),
    ("100 B, 1 partition, polls of 10000", 10_000, 1),
    ("100 B, 12 partitions, polls of 10000", 10_000, 12),
];

fn main() {
    if std::env::var_os(BROKER).is_some() {
        return serve();
    }
    let records = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(10_000_000);
    let (mut child, address) = start_broker();
    println!("null broker, {records} records a run after a warm-up, median of {RUNS} runs, half the spread");
    println!("{:<44} {:>12} {:>16} {:>10}", "case", "records/s", "CPU-ns/record", "spread");
    for (name, poll_records, partitions) in CASES {
        let mut runs: Vec<(f64, f64)> =
            (0..RUNS).map(|_| run(&address, records, *poll_records, *partitions)).collect();
        runs.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (rate, cpu) = runs[RUNS / 2];
        let spread = (runs[RUNS - 1].1 - runs[0].1) / 2.0;
        println!("{name:<44} {rate:>12.0} {cpu:>16.1} {spread:>10.1}");
    }
    drop(child.stdin.take());
    let _ = child.wait();
}

/// One run: records per second and CPU nanoseconds per record.
fn run(address: &str, records: u64, poll_records_max: usize, partitions: i32) -> (f64, f64) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let props = [("bootstrap.servers".to_owned(), address.to_owned())].into();
        let client = Client::new(ClientConfig::from_props(&props).expect("valid settings"));
        let config = ConsumerConfig {
            offset_reset: OffsetReset::Earliest,
            poll_records_max,
            ..ConsumerConfig::default()
        };
        let mut consumer = Consumer::start(&client, config).expect("valid settings");
        let topic = format!("bench-{partitions}");
        let tps: Vec<TopicPartition> =
            (0..partitions).map(|p| TopicPartition::new(topic.as_str(), p)).collect();
        consumer.assign(tps.clone()).await.expect("an open consumer");
        tps.iter().for_each(|tp| consumer.seek(tp, 0).expect("an assigned partition"));
        read(&mut consumer, records / 10).await;
        let (wall, cpu) = (Instant::now(), cpu_time());
        let read = read(&mut consumer, records).await;
        let (wall, cpu) = (wall.elapsed(), cpu_time() - cpu);
        consumer.close(Duration::from_secs(1)).await;
        (read as f64 / wall.as_secs_f64(), cpu.as_nanos() as f64 / read as f64)
    })
}

/// Looks at every record, and at every byte count, so that nothing is optimised away.
async fn read(consumer: &mut Consumer, records: u64) -> u64 {
    let (mut count, mut bytes) = (0, 0);
    while count < records {
        if let Poll::Records(batches) = consumer.poll(Duration::from_secs(5)).await.expect("a healthy broker")
        {
            for record in batches.iter().flatten() {
                let record = record.expect("good records");
                bytes += record.value().map_or(0, <[u8]>::len);
                count += 1;
            }
        }
    }
    assert_eq!(bytes as u64, count * 100);
    count
}

/// Run time of all threads of this process, as the scheduler counts it.
fn cpu_time() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let nanos = tasks.filter_map(|task| {
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

fn start_broker() -> (Child, String) {
    let exe = std::env::current_exe().expect("a running program has a path");
    let mut child = Command::new(exe)
        .env(BROKER, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the broker process starts");
    let mut line = String::new();
    let out = child.stdout.take().expect("stdout is piped");
    BufReader::new(out).read_line(&mut line).expect("the broker says its address");
    (child, line.trim().to_owned())
}

/// The child: a null broker until its input ends.
fn serve() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let broker = Broker::builder().null_mode(true).start().await.expect("a free port");
        for partitions in [1, 12] {
            broker.create_topic(&format!("bench-{partitions}"), partitions).expect("a new topic");
        }
        println!("{}", broker.bootstrap());
        let _ = std::io::stdout().flush();
        let _ = tokio::task::spawn_blocking(|| std::io::stdin().lines().for_each(drop)).await;
    });
}
