//! One measured run of one client: `rivals CLIENT TASK BOOTSTRAP SIZE WARMUP RECORDS`.
//!
//! CLIENT is `ours` or `librdkafka` (the Java client is `java/Rival.java`, with the same arguments) or, for `produce`,
//! `floor`, which is no client but what the machine needs at least. TASK is `produce` or `consume`. Prints `begin` at
//! the first mark and one JSON line at the end: records, wall and CPU nanoseconds between the two marks, peak memory.
//! The marks lie after the warm-up and after the last record (acknowledged, or seen by the application).
//!
//! Same settings for all: acks=all, idempotence on, 5 requests in flight, batches of 128 KiB, linger 5 ms, no
//! compression, 64 MiB of buffers, the system's socket buffers; fetches of up to 50 MiB and 1 MiB a partition, at most
//! 10,000 records handed over at once, CRC checked.

mod floor;
mod librdkafka;
mod measure;
mod ours;

/// What to run.
pub struct Task {
    pub bootstrap: String,
    pub size: usize,
    pub warmup: u64,
    pub records: u64,
}

pub const TOPIC: &str = "bench";
pub const BATCH_SIZE: &str = "131072";
pub const LINGER_MS: &str = "5";
pub const BUFFER: usize = 64 << 20;
pub const FETCH_MAX: usize = 50 << 20;
pub const PARTITION_FETCH_MAX: usize = 1 << 20;
pub const POLL_RECORDS: usize = 10_000;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [client, what, bootstrap, size, warmup, records] = args.as_slice() else {
        eprintln!("usage: rivals ours|librdkafka|floor produce|consume BOOTSTRAP SIZE WARMUP RECORDS");
        std::process::exit(2);
    };
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("'{text}' is not a number"));
    let task = Task {
        bootstrap: bootstrap.clone(),
        size: number(size) as usize,
        warmup: number(warmup),
        records: number(records),
    };
    let result = match (client.as_str(), what.as_str()) {
        ("ours", "produce") => ours::produce(&task),
        ("ours", "consume") => ours::consume(&task),
        ("floor", "produce") => floor::produce(&task),
        ("librdkafka", "produce") => librdkafka::produce(&task),
        ("librdkafka", "consume") => librdkafka::consume(&task),
        _ => panic!("unknown client or task"),
    };
    println!("{}", result.json());
}
