//! `kconnect perf`: what a cluster takes and gives, in the words of Kafka's own perf tools.
//!
//! Latency is the time from `append` to the acknowledgement. The clock is read once for [`TOGETHER`] records, so the
//! measuring does not become what is measured.

use std::time::{Duration, Instant};

use kconnect_client::admin::Admin;
use kconnect_client::consumer::{Consumer, ConsumerConfig, Poll, TopicPartition};
use kconnect_client::producer::{Acks, AppendError, Producer, ProducerConfig, Record};
use kconnect_client::{Client, ClientConfig};

use super::Failure;
use super::args::{Perf, PerfConsume, PerfProduce};
use super::settings;
use crate::signals;

/// Records that share a reading of the clock.
const TOGETHER: u64 = 64;
/// Latencies that are kept for the percentiles, evenly spread over the run; upstream keeps as many.
const SAMPLES: u64 = 500_000;
/// Between two lines while it runs.
const WINDOW: Duration = Duration::from_secs(5);
/// How long an idle poll waits; only matters for noticing the end.
const IDLE: Duration = Duration::from_millis(500);
const MB: f64 = 1024.0 * 1024.0;

pub async fn run(perf: &Perf) -> Result<(), Failure> {
    match perf {
        Perf::Produce(args) => produce(args).await,
        Perf::Consume(args) => consume(args).await,
    }
}

async fn produce(args: &PerfProduce) -> Result<(), Failure> {
    let properties = settings::properties(&args.cluster)?;
    let client = Client::new(ClientConfig::from_props(&properties)?);
    let config = ProducerConfig::from_props(&properties)?;
    let timeout = config.delivery_timeout;
    let (producer, acks) = Producer::start(&client, config)?;
    let topic = producer.topic(&args.topic).await?;
    let mut random = fastrand::Rng::with_seed(0);
    let value: Vec<u8> =
        std::iter::repeat_with(|| random.uppercase() as u8).take(args.size as usize).collect();

    let began = Instant::now();
    let counting = tokio::spawn(count(acks, began, args.count, args.size));
    let append = async {
        let record = Record { value: Some(&value), ..Record::default() };
        let mut now = 0;
        for number in 0..args.count {
            if number % TOGETHER == 0 {
                pace(began, number, args.rate).await;
                now = began.elapsed().as_micros() as u64;
            }
            loop {
                match producer.append(&topic, args.partition, record, now) {
                    Ok(()) => break,
                    Err(AppendError::Full) => producer.ready().await,
                    Err(error) => return Err(Failure::from(format!("record {number}: {error}"))),
                }
            }
        }
        Ok(())
    };
    let appended = tokio::select! {
        appended = append => appended,
        () = signals::asked_to_stop() => Ok(()),
    };
    let flushed = producer.flush().await;
    producer.close(timeout).await;
    let sums = counting.await?;
    client.close(Instant::now() + Duration::from_secs(1)).await;
    appended?;
    flushed?;
    print(&sums.line(sums.last, true));
    match sums.failure {
        None => Ok(()),
        Some(error) => Err(format!("{} records were not written; the first: {error}", sums.failed).into()),
    }
}

/// Waits until record `number` is due.
async fn pace(began: Instant, number: u64, rate: Option<u64>) {
    if let Some(rate) = rate.filter(|rate| *rate > 0) {
        let due = began + Duration::from_secs_f64(number as f64 / rate as f64);
        if due > Instant::now() {
            tokio::time::sleep_until(due.into()).await;
        }
    }
}

/// What was acknowledged since some moment.
#[derive(Default)]
struct Sums {
    size: u32,
    sent: u64,
    failed: u64,
    failure: Option<String>,
    micros: u64,
    longest: u64,
    /// Milliseconds.
    samples: Vec<u32>,
    /// Since the start of the run.
    last: Duration,
}

impl Sums {
    /// `upstream`'s line: of a window, or of the whole run with its percentiles.
    fn line(&self, took: Duration, whole: bool) -> String {
        let (sent, seconds) = (self.sent as f64, took.as_secs_f64().max(1e-9));
        let (rate, ms) = (sent / seconds, |micros: f64| micros / 1000.0);
        let mut text = format!(
            "{} records sent, {rate:.1} records/sec ({:.2} MB/sec), {:.1} ms avg latency, {:.1} ms max latency",
            self.sent,
            rate * f64::from(self.size) / MB,
            ms(self.micros as f64 / sent.max(1.0)),
            ms(self.longest as f64),
        );
        if whole && !self.samples.is_empty() {
            let mut sorted = self.samples.clone();
            sorted.sort_unstable();
            let at = |part: f64| sorted[((sorted.len() as f64 * part) as usize).min(sorted.len() - 1)];
            text.push_str(&format!(
                ", {} ms 50th, {} ms 95th, {} ms 99th, {} ms 99.9th",
                at(0.5),
                at(0.95),
                at(0.99),
                at(0.999)
            ));
        }
        text.push('.');
        text
    }

    fn add(&mut self, latency: u64) {
        self.sent += 1;
        self.micros += latency;
        self.longest = self.longest.max(latency);
    }
}

/// Takes acknowledgements until the producer is closed, and says every few seconds how it goes.
async fn count(mut acks: Acks, began: Instant, total: u64, size: u32) -> Sums {
    let every = total.div_ceil(SAMPLES).max(1);
    let (mut sums, mut window) = (Sums { size, ..Sums::default() }, Sums { size, ..Sums::default() });
    let mut opened = Duration::ZERO;
    while let Some(ack) = acks.recv().await {
        let now = began.elapsed();
        match &ack.result {
            Ok(_) => {
                for &appended in ack.cookies.iter() {
                    let latency = (now.as_micros() as u64).saturating_sub(appended);
                    if sums.sent % every == 0 {
                        sums.samples.push((latency / 1000) as u32);
                    }
                    sums.add(latency);
                    window.add(latency);
                }
                sums.last = now;
            }
            Err(error) => {
                sums.failed += ack.cookies.len() as u64;
                sums.failure.get_or_insert_with(|| error.to_string());
            }
        }
        acks.recycle(ack);
        if now - opened >= WINDOW {
            print(&window.line(now - opened, false));
            (window, opened) = (Sums { size, ..Sums::default() }, now);
        }
    }
    sums
}

async fn consume(args: &PerfConsume) -> Result<(), Failure> {
    let mut properties = settings::properties(&args.cluster)?;
    properties.insert("enable.auto.commit".to_owned(), "false".to_owned());
    let client = Client::new(ClientConfig::from_props(&properties)?);
    let mut consumer = Consumer::start(&client, ConsumerConfig::from_props(&properties)?)?;
    let handle = consumer.handle();
    let deadline = client.default_deadline();
    // Asked of the admin API: looking at a topic must not create it.
    let described = Admin::new(&client).describe_topics(vec![args.topic.clone()], deadline).await;
    let partitions = match described.into_values().next() {
        Some(found) => found?.partitions.len() as i32,
        None => return Err(format!("there is no topic {}", args.topic).into()),
    };
    let tps: Vec<_> = (0..partitions).map(|partition| TopicPartition::new(&*args.topic, partition)).collect();
    handle.assign(tps.clone()).await?;
    for (tp, at) in handle.beginning_offsets(&tps, deadline).await? {
        handle.seek(&tp, at)?;
    }
    let ends = handle.end_offsets(&tps, deadline).await?;
    let (began, mut read) = (Instant::now(), Read::default());
    let reading = async {
        while read.records < args.count {
            match consumer.poll(IDLE).await? {
                Poll::Records(batches) => read.take(&batches, began)?,
                _ if read.silent_since(began) >= args.timeout => {
                    let mut left = 0;
                    for (tp, end) in &ends {
                        left += (end - handle.position(tp, Instant::now() + IDLE).await.unwrap_or(0)).max(0);
                    }
                    if left == 0 {
                        break;
                    }
                    return Err(Failure::from(format!(
                        "nothing came for {} ms (--timeout), and {left} records were left",
                        args.timeout
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    };
    let done = tokio::select! {
        done = reading => done,
        () = signals::asked_to_stop() => Ok(()),
    };
    consumer.close(Duration::from_secs(5)).await;
    client.close(Instant::now() + Duration::from_secs(1)).await;
    let seconds = read.last.as_secs_f64().max(1e-9);
    print(&format!(
        "{} records read, {:.1} records/sec ({:.2} MB/sec), first after {} ms.",
        read.records,
        read.records as f64 / seconds,
        read.bytes as f64 / MB / seconds,
        read.first.unwrap_or_default().as_millis(),
    ));
    done
}

/// What was read. Every record is looked at, as an application would.
#[derive(Default)]
struct Read {
    records: u64,
    bytes: u64,
    first: Option<Duration>,
    last: Duration,
}

impl Read {
    fn take(
        &mut self,
        batches: &[kconnect_client::consumer::FetchedBatch],
        began: Instant,
    ) -> Result<(), Failure> {
        for batch in batches {
            for record in batch.records() {
                let record = record?;
                let length = |part: Option<&[u8]>| part.map_or(0, <[u8]>::len) as u64;
                self.records += 1;
                self.bytes += length(record.key()) + length(record.value());
            }
        }
        self.last = began.elapsed();
        self.first.get_or_insert(self.last);
        Ok(())
    }

    /// Milliseconds.
    fn silent_since(&self, began: Instant) -> u64 {
        (began.elapsed() - self.last).as_millis() as u64
    }
}

#[allow(clippy::print_stdout)] // The figures are what was asked for.
fn print(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_upstreams_form() {
        let mut sums = Sums { size: 1024, ..Sums::default() };
        for latency in [1_000, 2_000, 3_000, 10_000] {
            sums.add(latency);
            sums.samples.push((latency / 1000) as u32);
        }
        assert_eq!(
            sums.line(Duration::from_secs(2), false),
            "4 records sent, 2.0 records/sec (0.00 MB/sec), 4.0 ms avg latency, 10.0 ms max latency."
        );
        assert!(
            sums.line(Duration::from_secs(2), true)
                .ends_with("10.0 ms max latency, 3 ms 50th, 10 ms 95th, 10 ms 99th, 10 ms 99.9th.")
        );
    }
}
