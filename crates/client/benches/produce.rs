//! Records per second and CPU time per record of the producer against the null broker.
//!
//! The broker runs in a process of its own, so that the CPU time counted here is the client's alone: the run time of
//! this process's threads between the first append and the last result. `cargo bench -p kconnect-client --bench
//! produce [-- RECORDS]`.
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use kconnect_broker::Broker;
use kconnect_client::producer::{Acks, AppendError, Producer, ProducerConfig, Record, TopicHandle};
use kconnect_client::{Client, ClientConfig};

/// Tells the child process that it is the broker.
const BROKER: &str = "KCONNECT_BENCH_BROKER";
const RUNS: usize = 5;

fn main() {
    if std::env::var_os(BROKER).is_some() {
        return serve();
    }
    let records = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(5_000_000);
    let mut broker = RemoteBroker::start();
    println!("null broker, {records} records a run after a warm-up, median of {RUNS} runs, ±half the spread");
    println!("{:<44} {:>12} {:>16} {:>10}", "case", "records/s", "CPU-ns/record", "spread");
    for (name, size, partitions, settings) in CASES {
        let mut runs: Vec<(f64, f64)> = (0..RUNS)
            .map(|_| run(&broker.address, records.min(records * 100 / size), *size, *partitions, settings))
            .collect();
        runs.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (rate, cpu) = runs[RUNS / 2];
        let spread = (runs[RUNS - 1].1 - runs[0].1) / 2.0;
        println!("{name:<44} {rate:>12.0} {cpu:>16.1} {spread:>10.1}");
    }
    broker.stop();
}

type Case = (&'static str, usize, i32, &'static [(&'static str, &'static str)]);

const CASES: &[Case] = &[
    ("100 B, 1 partition, batch 128 KiB", 100, 1, &[("batch.size", "131072")]),
    ("100 B, 1 partition, batch 16 KiB", 100, 1, &[]),
    ("100 B, 12 partitions, batch 128 KiB", 100, 12, &[("batch.size", "131072")]),
    ("100 B, 12 partitions, batch 16 KiB", 100, 12, &[]),
    ("100 B, 1 partition, 128 KiB, lz4", 100, 1, &[("batch.size", "131072"), ("compression.type", "lz4")]),
    ("1 KB, 1 partition, batch 128 KiB", 1000, 1, &[("batch.size", "131072")]),
];

/// One run: records per second and CPU nanoseconds per record.
fn run(address: &str, records: usize, size: usize, partitions: i32, settings: &[(&str, &str)]) -> (f64, f64) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut props: BTreeMap<String, String> = BTreeMap::new();
        props.insert("bootstrap.servers".into(), address.into());
        props.extend(settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let client = Client::new(ClientConfig::from_props(&props).expect("settings"));
        let (producer, acks) =
            Producer::start(&client, ProducerConfig::from_props(&props).expect("settings")).expect("start");
        let topic = producer.topic(&format!("bench-{partitions}")).await.expect("the topic");
        let mut load = Load { producer, acks, topic, value: payload(size), settled: 0 };
        load.send(records / 10).await;
        let (cpu, began) = (cpu_time(), Instant::now());
        load.send(records).await;
        let (elapsed, cpu) = (began.elapsed(), cpu_time() - cpu);
        load.producer.close(Duration::from_secs(10)).await;
        (records as f64 / elapsed.as_secs_f64(), cpu.as_nanos() as f64 / records as f64)
    })
}

struct Load {
    producer: Producer,
    acks: Acks,
    topic: TopicHandle,
    value: Vec<u8>,
    settled: usize,
}

impl Load {
    /// Appends `count` records and receives their results.
    async fn send(&mut self, count: usize) {
        self.settled = 0;
        let record = Record { value: Some(&self.value), ..Record::default() };
        for cookie in 0..count as u64 {
            while let Err(error) = self.producer.append(&self.topic, None, record, cookie) {
                assert!(matches!(error, AppendError::Full), "{error}");
                self.producer.ready().await;
                self.settled += receive(&mut self.acks);
            }
            if cookie % 1024 == 0 {
                self.settled += receive(&mut self.acks);
            }
        }
        self.producer.flush().await.expect("flush");
        self.settled += receive(&mut self.acks);
        assert_eq!(self.settled, count, "every record has a result");
    }
}

fn receive(acks: &mut Acks) -> usize {
    let mut settled = 0;
    while let Some(ack) = acks.try_recv() {
        assert!(ack.result.is_ok(), "{ack:?}");
        settled += ack.cookies.len();
        acks.recycle(ack);
    }
    settled
}

/// Text with some entropy, so that compression has work to do.
fn payload(size: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| random.alphanumeric() as u8).take(size).collect()
}

/// Run time of all threads of this process, from the scheduler's own count in nanoseconds.
fn cpu_time() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("procfs").filter_map(Result::ok);
    let nanos = tasks.filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

struct RemoteBroker {
    child: Child,
    address: String,
}

impl RemoteBroker {
    fn start() -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .env(BROKER, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the broker's process");
        let mut address = String::new();
        let output = child.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut address).expect("the broker's address");
        Self { child, address: address.trim().to_owned() }
    }

    fn stop(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().expect("the broker ends");
    }
}

/// The broker's process: serves until its input ends.
fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let broker = Broker::builder().null_mode(true).start().await.expect("a free port");
        for partitions in [1, 12] {
            broker.create_topic(&format!("bench-{partitions}"), partitions).expect("a topic");
        }
        println!("{}", broker.bootstrap());
        std::io::stdout().flush().expect("the parent reads");
        let wait = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
        let _ = wait.await;
        broker.shutdown().await;
    });
}
