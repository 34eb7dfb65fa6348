//! `kconnect consume`: prints records of a topic, or as a member of a group.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write};
use std::time::{Duration, Instant};

use kconnect_client::admin::Admin;
use kconnect_client::consumer::{
    Consumer, ConsumerConfig, ConsumerHandle, OffsetAndMetadata, Poll, Rebalance, TopicPartition,
};
use kconnect_client::{Client, ClientConfig, ErrorKind};

use super::Failure;
use super::args::Consume;
use super::format::Printer;
use super::settings;
use crate::signals;

/// How long an idle poll waits; only matters for noticing the end.
const IDLE: Duration = Duration::from_millis(500);
/// How long a commit may take.
const COMMIT: Duration = Duration::from_secs(10);

pub async fn run(args: &Consume) -> Result<(), Failure> {
    let mut properties = settings::properties(&args.cluster)?;
    if let Some(group) = &args.group {
        properties.insert("group.id".to_owned(), group.clone());
    }
    let start = Start::parse(args.offset.as_deref(), args.group.is_some())?;
    // Committed is what was printed, not what was fetched.
    properties.insert("enable.auto.commit".to_owned(), "false".to_owned());
    if args.group.is_some() && !properties.contains_key("auto.offset.reset") {
        let reset = if matches!(start, Start::End) { "latest" } else { "earliest" };
        properties.insert("auto.offset.reset".to_owned(), reset.to_owned());
    }
    let client = Client::new(ClientConfig::from_props(&properties)?);
    let mut consumer = Consumer::start(&client, ConsumerConfig::from_props(&properties)?)?;
    let handle = consumer.handle();
    let deadline = client.default_deadline();
    let mut reader = Reader {
        args,
        printer: Printer::new(args)?,
        ends: BTreeMap::new(),
        left: args.count,
        printed: BTreeMap::new(),
    };
    match &args.topic {
        Some(topic) => reader.assign(&client, &handle, topic, start, deadline).await?,
        None => handle.subscribe(args.topics.clone()).await?,
    }
    let done = tokio::select! {
        done = reader.read(&mut consumer) => done,
        () = signals::asked_to_stop() => Ok(()),
    };
    consumer.close(Duration::from_secs(5)).await;
    client.close(Instant::now() + Duration::from_secs(1)).await;
    done
}

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Start {
    Beginning,
    End,
    Stored,
    At(i64),
    FromEnd(i64),
    Time(i64),
}

impl Start {
    fn parse(text: Option<&str>, group: bool) -> Result<Self, Failure> {
        let number = |text: &str| {
            text.parse::<i64>().map_err(|_| {
                format!("-o takes beginning, end, stored, an offset, -N or s@TIMESTAMP in ms, not '{text}'")
            })
        };
        Ok(match text {
            None if group => Self::Stored,
            None | Some("beginning" | "earliest") => Self::Beginning,
            Some("end" | "latest") => Self::End,
            Some("stored") => Self::Stored,
            Some(text) => match (text.strip_prefix("s@"), text.strip_prefix('-')) {
                (Some(time), _) => Self::Time(number(time)?),
                (_, Some(back)) => Self::FromEnd(number(back)?),
                _ => Self::At(number(text)?),
            },
        })
    }
}

struct Reader<'a> {
    args: &'a Consume,
    printer: Printer,
    /// Ends that are still to be reached, with `--exit`.
    ends: BTreeMap<TopicPartition, i64>,
    left: Option<u64>,
    /// Offsets to commit: behind the last printed record of each partition.
    printed: BTreeMap<TopicPartition, OffsetAndMetadata>,
}

impl Reader<'_> {
    /// Assigns the topic's partitions and goes to the start.
    async fn assign(
        &mut self,
        client: &Client,
        handle: &ConsumerHandle,
        topic: &str,
        start: Start,
        deadline: Instant,
    ) -> Result<(), Failure> {
        // Asked of the admin API: looking at a topic must not create it, nor wait for somebody else to do so.
        let described = Admin::new(client).describe_topics(vec![topic.to_owned()], deadline).await;
        let all = match described.into_values().next() {
            Some(Ok(described)) => described.partitions.len() as i32,
            Some(Err(error)) if error.kind() != ErrorKind::UnknownTopic => return Err(error.into()),
            _ => {
                return Err(
                    format!("there is no topic {topic}; `kconnect topic list` shows what there is").into()
                );
            }
        };
        let partitions: Vec<i32> = match self.args.partition {
            Some(one) if (0..all).contains(&one) => vec![one],
            Some(one) => {
                return Err(format!("topic {topic} has partitions 0 to {}, not {one}", all - 1).into());
            }
            None => (0..all).collect(),
        };
        let tps: Vec<_> = partitions.iter().map(|&p| TopicPartition::new(topic, p)).collect();
        handle.assign(tps.clone()).await?;
        let ends = handle.end_offsets(&tps, deadline).await?;
        let begins = handle.beginning_offsets(&tps, deadline).await?;
        let times = match start {
            Start::Time(at) => {
                handle.offsets_for_times(tps.iter().map(|tp| (tp.clone(), at)).collect(), deadline).await?
            }
            _ => BTreeMap::new(),
        };
        for tp in &tps {
            let (begin, end) = (begins.get(tp).copied().unwrap_or(0), ends.get(tp).copied().unwrap_or(0));
            let at = match start {
                Start::Beginning | Start::Stored => begin,
                Start::End => end,
                Start::At(offset) => offset,
                Start::FromEnd(back) => end.saturating_sub(back).max(begin),
                Start::Time(_) => times.get(tp).cloned().flatten().map_or(end, |listed| listed.offset),
            };
            handle.seek(tp, at)?;
            if self.args.exit && at < end {
                self.ends.insert(tp.clone(), end);
            }
        }
        Ok(())
    }

    async fn read(&mut self, consumer: &mut Consumer) -> Result<(), Failure> {
        let mut out = BufWriter::new(std::io::stdout());
        let handle = consumer.handle();
        let mut joined = self.args.group.is_none();
        while !self.finished(joined) {
            match consumer.poll(IDLE).await? {
                Poll::Records(batches) => {
                    let mut done = BTreeSet::new();
                    for batch in &batches {
                        self.print(&mut out, batch)?;
                        let end = self.ends.get(batch.topic_partition());
                        if end.is_some_and(|&end| batch.next_offset() >= end) {
                            done.insert(batch.topic_partition().clone());
                        }
                    }
                    self.ends.retain(|tp, _| !done.contains(tp));
                    out.flush()?;
                    if self.args.group.is_some() {
                        handle.commit_async(self.printed.clone());
                    }
                }
                Poll::Rebalance(Rebalance::Assigned(new)) => {
                    joined = true;
                    self.remark(&format!("assigned: {}", list(&new)));
                    self.expect_ends(&handle, &new).await?;
                }
                Poll::Rebalance(Rebalance::Revoked(old, ack)) => {
                    self.remark(&format!("revoked: {}", list(&old)));
                    self.give_up(&old);
                    handle.commit(std::mem::take(&mut self.printed), Instant::now() + COMMIT).await?;
                    ack.ack();
                }
                Poll::Rebalance(Rebalance::Lost(old)) => {
                    self.give_up(&old);
                    self.printed.retain(|tp, _| !old.contains(tp));
                }
                // A partition whose last offsets hold no records (markers, compacted) reaches its end by position.
                _ => self.ends_by_position(&handle).await,
            }
        }
        out.flush()?;
        if self.args.group.is_some() {
            handle.commit(std::mem::take(&mut self.printed), Instant::now() + COMMIT).await?;
        }
        Ok(())
    }

    fn finished(&self, joined: bool) -> bool {
        self.left == Some(0) || (self.args.exit && joined && self.ends.is_empty())
    }

    fn give_up(&mut self, gone: &[TopicPartition]) {
        self.ends.retain(|tp, _| !gone.contains(tp));
    }

    async fn expect_ends(&mut self, handle: &ConsumerHandle, new: &[TopicPartition]) -> Result<(), Failure> {
        if !self.args.exit {
            return Ok(());
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        for (tp, end) in handle.end_offsets(new, deadline).await? {
            if handle.position(&tp, deadline).await? < end {
                self.ends.insert(tp, end);
            }
        }
        Ok(())
    }

    async fn ends_by_position(&mut self, handle: &ConsumerHandle) {
        let deadline = Instant::now() + IDLE;
        let mut left = BTreeMap::new();
        for (tp, end) in std::mem::take(&mut self.ends) {
            if !handle.position(&tp, deadline).await.is_ok_and(|position| position >= end) {
                left.insert(tp, end);
            }
        }
        self.ends = left;
    }

    fn print(
        &mut self,
        out: &mut impl Write,
        batch: &kconnect_client::consumer::FetchedBatch,
    ) -> Result<(), Failure> {
        let mut next = batch.next_offset();
        for record in batch.records() {
            let record = record?;
            if self.left == Some(0) {
                next = record.offset();
                break;
            }
            self.printer.print(out, batch.topic(), batch.partition(), &record)?;
            self.left = self.left.map(|left| left - 1);
        }
        self.printed.insert(batch.topic_partition().clone(), next.into());
        Ok(())
    }

    #[allow(clippy::print_stderr)] // Remarks for a person.
    fn remark(&self, text: &str) {
        if !self.args.quiet {
            eprintln!("% {text}");
        }
    }
}

fn list(tps: &[TopicPartition]) -> String {
    tps.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::Start;

    #[test]
    fn starts() {
        for (text, meant) in [
            ("beginning", Start::Beginning),
            ("end", Start::End),
            ("stored", Start::Stored),
            ("42", Start::At(42)),
            ("-3", Start::FromEnd(3)),
            ("s@1700000000000", Start::Time(1_700_000_000_000)),
        ] {
            assert_eq!(Start::parse(Some(text), false).unwrap(), meant, "{text}");
        }
        assert!(Start::parse(Some("soon"), false).unwrap_err().to_string().contains("not 'soon'"));
    }
}
