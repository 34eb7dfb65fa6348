//! `kconnect produce`: lines of standard input or files become records.
//!
//! Ends with status 1 if any record was not acknowledged, and says which input was the first.

use std::io::BufRead;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use kconnect_client::producer::{AppendError, Producer, ProducerConfig, Record, RecordHeader, TopicHandle};
use kconnect_client::{Client, ClientConfig};
use tokio::sync::mpsc;

use super::Failure;
use super::args::Produce;
use super::escape::unescape;
use super::settings;
use crate::signals;

/// Pieces of input that wait for the producer; a slow broker stops the reading.
const WAITING: usize = 16;
const PIECE: usize = 64 * 1024;

pub async fn run(args: &Produce) -> Result<(), Failure> {
    let mut properties = settings::properties(&args.cluster)?;
    if let Some(codec) = &args.compression {
        properties.insert("compression.type".to_owned(), codec.clone());
    }
    let client = Client::new(ClientConfig::from_props(&properties)?);
    let config = ProducerConfig::from_props(&properties)?;
    let (timeout, longest) = (config.delivery_timeout, config.max_request_size);
    let (producer, acks) = Producer::start(&client, config)?;
    let topic = producer.topic(&args.topic).await?;
    let counting = tokio::spawn(count(acks));

    let mut writer = Writer::new(args, producer, topic)?;
    let mut input = read(args.files.clone(), unescape(&args.delimiter), longest);
    let wrote = tokio::select! {
        wrote = writer.write_all(&mut input) => wrote,
        () = signals::asked_to_stop() => Ok(()),
    };
    let flushed = writer.producer.flush().await;
    writer.producer.close(timeout).await;
    let failures = counting.await?;
    client.close(Instant::now() + Duration::from_secs(1)).await;
    wrote?;
    flushed?;
    match failures {
        Failures { count: 0, .. } => Ok(()),
        Failures { count, first } => {
            let (number, error) = first.unwrap_or_default();
            Err(format!("{count} records were not written; the first was record {number}: {error}").into())
        }
    }
}

#[derive(Default)]
struct Failures {
    count: usize,
    first: Option<(u64, String)>,
}

/// Takes acknowledgements until the producer is closed.
async fn count(mut acks: kconnect_client::producer::Acks) -> Failures {
    let mut failures = Failures::default();
    while let Some(ack) = acks.recv().await {
        if let Err(error) = &ack.result {
            failures.count += ack.cookies.len();
            let first = ack.cookies.iter().min().copied().unwrap_or_default();
            if failures.first.as_ref().is_none_or(|(number, _)| first < *number) {
                failures.first = Some((first, error.to_string()));
            }
        }
        acks.recycle(ack);
    }
    failures
}

struct Writer<'a> {
    args: &'a Produce,
    producer: Producer,
    topic: TopicHandle,
    key_separator: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
    count: u64,
}

impl<'a> Writer<'a> {
    fn new(args: &'a Produce, producer: Producer, topic: TopicHandle) -> Result<Self, Failure> {
        let header = |text: &String| {
            // A name alone is a header without a value.
            match text.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.as_bytes().to_vec())),
                None => (text.clone(), None),
            }
        };
        let headers = args.headers.iter().map(header).collect();
        let key_separator = args.key_separator.as_deref().map(unescape);
        Ok(Self { args, producer, topic, key_separator, headers, count: 0 })
    }

    async fn write_all(
        &mut self,
        input: &mut mpsc::Receiver<std::io::Result<Vec<Vec<u8>>>>,
    ) -> Result<(), Failure> {
        while let Some(piece) = input.recv().await {
            for line in piece? {
                if self.args.count.is_some_and(|most| self.count >= most) {
                    return Ok(());
                }
                self.write(&line).await?;
            }
        }
        Ok(())
    }

    async fn write(&mut self, line: &[u8]) -> Result<(), Failure> {
        let (key, value) = self.split(line);
        let present = |bytes: &&[u8]| !(self.args.null && bytes.is_empty());
        let headers: Vec<RecordHeader<'_>> =
            self.headers.iter().map(|(name, value)| RecordHeader::new(name, value.as_deref())).collect();
        let record = Record {
            timestamp: None,
            key: key.filter(present),
            value: Some(value).filter(present),
            headers: &headers,
        };
        loop {
            match self.producer.append(&self.topic, self.args.partition, record, self.count) {
                Ok(()) => break,
                Err(AppendError::Full) => self.producer.ready().await,
                Err(error) => return Err(format!("record {}: {error}", self.count).into()),
            }
        }
        self.count += 1;
        Ok(())
    }

    fn split<'l>(&'l self, line: &'l [u8]) -> (Option<&'l [u8]>, &'l [u8]) {
        let fixed = self.args.key.as_deref().map(str::as_bytes);
        let Some(separator) = self.key_separator.as_deref().filter(|separator| !separator.is_empty()) else {
            return (fixed, line);
        };
        match line.windows(separator.len()).position(|window| window == separator) {
            Some(at) => (Some(&line[..at]), &line[at + separator.len()..]),
            None => (fixed, line),
        }
    }
}

/// Reads in a thread of its own: standard input blocks.
fn read(
    files: Vec<PathBuf>,
    delimiter: Vec<u8>,
    longest: usize,
) -> mpsc::Receiver<std::io::Result<Vec<Vec<u8>>>> {
    let (send, receive) = mpsc::channel(WAITING);
    std::thread::spawn(move || {
        if files.is_empty() {
            read_one(std::io::stdin().lock(), &delimiter, longest, &send);
            return;
        }
        for file in files {
            match std::fs::File::open(&file) {
                Ok(open) => read_one(std::io::BufReader::new(open), &delimiter, longest, &send),
                Err(error) => {
                    let text = format!("cannot read {}: {error}", file.display());
                    let _ = send.blocking_send(Err(std::io::Error::new(error.kind(), text)));
                    return;
                }
            }
        }
    });
    receive
}

/// Splits at the delimiter; the last piece counts even without one. Sends what one read brought, so that a person's
/// line does not wait for the next. What is longer than a producer sends ends it, so that input without a delimiter
/// takes no more memory than that.
fn read_one(
    mut input: impl BufRead,
    delimiter: &[u8],
    longest: usize,
    send: &mpsc::Sender<std::io::Result<Vec<Vec<u8>>>>,
) {
    let delimiter = if delimiter.is_empty() { b"\n" } else { delimiter };
    let mut rest: Vec<u8> = Vec::new();
    let mut searched = 0; // Of `rest`: a long line is not searched again with each read.
    loop {
        let length = match input.fill_buf() {
            Ok([]) => break,
            Ok(bytes) => {
                let bytes = &bytes[..bytes.len().min(PIECE)];
                rest.extend_from_slice(bytes);
                bytes.len()
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => 0,
            Err(error) => {
                let _ = send.blocking_send(Err(error));
                return;
            }
        };
        input.consume(length);
        let lines = take_lines(&mut rest, &mut searched, delimiter);
        if !lines.is_empty() && send.blocking_send(Ok(lines)).is_err() {
            return;
        }
        if rest.len() > longest {
            let text = format!(
                "a record of more than {longest} bytes, which is what the producer sends at most (-X max.request.size); -D \
                 separates records"
            );
            let _ = send.blocking_send(Err(std::io::Error::other(text)));
            return;
        }
    }
    if !rest.is_empty() {
        let _ = send.blocking_send(Ok(vec![rest]));
    }
}

fn take_lines(rest: &mut Vec<u8>, searched: &mut usize, delimiter: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut from = *searched;
    while let Some(found) = rest[from..].windows(delimiter.len()).position(|window| window == delimiter) {
        lines.push(rest[start..from + found].to_vec());
        start = from + found + delimiter.len();
        from = start;
    }
    rest.drain(..start);
    // The delimiter may have begun in the last bytes.
    *searched = rest.len().saturating_sub(delimiter.len() - 1);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_is_split_at_the_delimiter_wherever_reads_end() {
        let input = b"a--b---c--";
        for size in 1..=input.len() {
            let (send, mut receive) = mpsc::channel(64);
            let reader = std::io::BufReader::with_capacity(size, &input[..]);
            read_one(reader, b"--", 100, &send);
            drop(send);
            let mut lines = Vec::new();
            while let Ok(piece) = receive.try_recv() {
                lines.extend(piece.unwrap());
            }
            assert_eq!(lines, [&b"a"[..], b"b", b"-c"], "reads of {size}");
        }
    }

    #[test]
    fn input_without_an_end_is_read_no_further_than_a_record_goes() {
        let (send, mut receive) = mpsc::channel(64);
        read_one(std::io::BufReader::new(std::io::repeat(b'x')), b"\n", 1_000_000, &send);
        let error = receive.try_recv().unwrap().unwrap_err().to_string();
        assert!(error.contains("1000000 bytes") && error.contains("max.request.size"), "{error}");
    }
}
