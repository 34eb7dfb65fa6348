//! `kconnect quickstart`: an embedded broker and a standalone worker on Kafka's three example files.
//!
//! Everything that the files leave to chance (addresses, offsets file, text files) is overridden into `--dir`, so that
//! nothing left by another program is in the way; what is overridden is printed. A second run goes on where the first
//! stopped, since broker data and offsets lie in the folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kconnect_api::Props;
use kconnect_broker::Broker;
use kconnect_client::admin::{Admin, Isolation, OffsetSpec};
use kconnect_client::consumer::TopicPartition;
use kconnect_client::{Client, ClientConfig};
use kconnect_connect::config::worker::WorkerConfig;
use kconnect_connect::connector_file::{self, ConnectorFile};
use kconnect_connect::herder::{ConnectorOffset, Herder, State};
use kconnect_connect::registry::Registry;
use kconnect_connect::{OwnedRuntimes, Runtimes, properties};

use super::{Failure, args, finish};
use crate::logging::{self, Format, Levels};
use crate::signals;
use crate::worker::StandaloneWorker;

const WORKER: &str = include_str!("../../../../config/connect-standalone.properties");
const SOURCE: &str = include_str!("../../../../config/connect-file-source.properties");
const SINK: &str = include_str!("../../../../config/connect-file-sink.properties");

const EXAMPLE: &str = "All streams lead to Kafka\nhello kafka streams\njoin kafka summit\n";

/// How often idleness is looked for, and so how long the last step of `--exit-when-idle` takes.
const LOOK: Duration = Duration::from_millis(100);

/// Runs the quickstart until Ctrl-C, or until idle.
pub fn run(registry: Registry, args: &args::Quickstart, level: &str, format: Format) -> ExitCode {
    // The story is told on standard output; the log only speaks when something is odd.
    let level = if level == "INFO" { "WARN" } else { level };
    let levels = match logging::init(format, level) {
        Ok(levels) => levels,
        Err(error) => return finish(Err(error.into())),
    };
    let runtimes = match OwnedRuntimes::start() {
        Ok(runtimes) => runtimes,
        Err(error) => return finish(Err(error.into())),
    };
    let handles = runtimes.handles();
    finish(handles.control.clone().block_on(quickstart(registry, args, handles, levels)))
}

async fn quickstart(
    registry: Registry,
    args: &args::Quickstart,
    runtimes: Runtimes,
    levels: Arc<Levels>,
) -> Result<(), Failure> {
    let files = Files::prepare(&args.dir)?;
    let broker = Broker::builder().listen(&args.broker).data_dir(args.dir.join("broker")).start().await;
    let broker = broker.map_err(|error| {
        format!(
            "the broker at {} did not start: {error}\nto use another address: --broker 127.0.0.1:0",
            args.broker
        )
    })?;
    let done = run_worker(registry, args, runtimes, levels, &files, &broker.bootstrap()).await;
    broker.shutdown().await;
    done
}

async fn run_worker(
    registry: Registry,
    args: &args::Quickstart,
    runtimes: Runtimes,
    levels: Arc<Levels>,
    files: &Files,
    bootstrap: &str,
) -> Result<(), Failure> {
    let config = files.worker(bootstrap, args)?;
    let connectors = vec![files.source()?, files.sink()?];
    let interrupted = || Failure::from("interrupted before all lines had arrived");
    let mut stop = pin!(signals::asked_to_stop());
    let started =
        StandaloneWorker::start(config, registry, runtimes, levels, connectors, stop.as_mut()).await;
    let worker = started.map_err(|error| {
        format!("the worker did not start: {error}\nif {} is in use: --rest 127.0.0.1:0", args.rest)
    })?;
    let Some(worker) = worker else {
        return if args.exit_when_idle { Err(interrupted()) } else { Ok(()) };
    };
    files.tell(bootstrap, worker.url())?;
    let done = if args.exit_when_idle {
        tokio::select! {
            done = until_idle(&worker, files, bootstrap) => done,
            () = stop => Err(interrupted()),
        }
    } else {
        stop.await;
        Ok(())
    };
    worker.stop().await;
    if done.is_ok() && args.exit_when_idle {
        files.tell_end()?;
    }
    done
}

/// The files of the example in their folder.
struct Files {
    dir: PathBuf,
    text: PathBuf,
    sink_text: PathBuf,
    offsets: PathBuf,
}

impl Files {
    fn prepare(dir: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(dir).map_err(|error| format!("cannot make {}: {error}", dir.display()))?;
        let text = dir.join("test.txt");
        if !text.exists() {
            fs::write(&text, EXAMPLE).map_err(|error| format!("cannot write {}: {error}", text.display()))?;
        }
        Ok(Self {
            dir: dir.to_owned(),
            text,
            sink_text: dir.join("test.sink.txt"),
            offsets: dir.join("connect.offsets"),
        })
    }

    fn worker(&self, bootstrap: &str, args: &args::Quickstart) -> Result<WorkerConfig, Failure> {
        let mut props = parse(WORKER)?;
        props.insert("bootstrap.servers".into(), bootstrap.into());
        props.insert("offset.storage.file.filename".into(), self.offsets.display().to_string());
        props.insert("offset.flush.interval.ms".into(), "1000".into());
        props.insert("listeners".into(), format!("http://{}", args.rest));
        Ok(WorkerConfig::standalone(props, [])?)
    }

    fn source(&self) -> Result<ConnectorFile, Failure> {
        connector("config/connect-file-source.properties", SOURCE, &self.text)
    }

    fn sink(&self) -> Result<ConnectorFile, Failure> {
        connector("config/connect-file-sink.properties", SINK, &self.sink_text)
    }

    /// How much of the text is lines, and how much there is.
    fn lines(&self) -> Result<Extent, Failure> {
        let bytes =
            fs::read(&self.text).map_err(|error| format!("cannot read {}: {error}", self.text.display()))?;
        Ok(Extent::of(&bytes))
    }

    fn tell(&self, bootstrap: &str, url: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let dir = self.dir.display();
        let url = url.trim_end_matches('/');
        writeln!(out, "{} -> topic connect-test -> {}", self.text.display(), self.sink_text.display())?;
        writeln!(
            out,
            "  broker     {bootstrap}  (embedded, data in {dir}/broker; overrides bootstrap.servers)"
        )?;
        writeln!(out, "  REST       {url}  (overrides listeners)")?;
        writeln!(out, "  offsets    {}  (overrides offset.storage.file.filename)", self.offsets.display())?;
        writeln!(out, "Try:")?;
        writeln!(
            out,
            "  echo 'one more line' >> {}; sleep 1; tail -1 {}",
            quoted(&self.text),
            quoted(&self.sink_text)
        )?;
        writeln!(out, "  curl {url}/connectors/local-file-source/status")?;
        // As a command that works here: the program need not be on the PATH.
        let program = std::env::current_exe().unwrap_or_else(|_| "kconnect".into());
        writeln!(out, "  {} consume -b {bootstrap} -t connect-test -e", quoted(&program))?;
        writeln!(out, "Ctrl-C stops; the next start goes on from here.")?;
        Ok(())
    }

    fn tell_end(&self) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let Extent { whole, length } = self.lines()?;
        if whole < length {
            writeln!(
                out,
                "the last line of {} has no newline at its end: it is sent once it has one",
                self.text.display()
            )?;
        }
        let lines =
            fs::read(&self.sink_text).unwrap_or_default().iter().filter(|&&byte| byte == b'\n').count();
        writeln!(out, "all lines arrived; {} has {lines}", self.sink_text.display())?;
        Ok(())
    }
}

/// What the source has to do with a file.
#[derive(Debug, PartialEq)]
struct Extent {
    /// Where the last line with an end ends.
    whole: u64,
    length: u64,
}

impl Extent {
    /// Lines end as the source has it: a `\r` needs a byte behind it to be an end.
    fn of(bytes: &[u8]) -> Self {
        let is_end = |at: usize| bytes[at] == b'\n' || (bytes[at] == b'\r' && at + 1 < bytes.len());
        let whole = (0..bytes.len()).rev().find(|&at| is_end(at)).map_or(0, |at| at + 1);
        Self { whole: whole as u64, length: bytes.len() as u64 }
    }

    /// Whether all lines are read when the source's position is `read`. In a file that is shorter than that it starts
    /// again from the beginning.
    fn is_read(&self, read: u64) -> bool {
        read == self.whole || self.whole == 0 || (self.whole < read && read <= self.length)
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:=@%,".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

fn parse(text: &str) -> Result<Props, Failure> {
    properties::parse(text.as_bytes())
        .map_err(|line| format!("line {line} of a built-in file is broken").into())
}

fn connector(name: &str, text: &str, file: &Path) -> Result<ConnectorFile, Failure> {
    let mut connector = connector_file::parse(name, text.as_bytes())?;
    connector.config.insert("file".into(), file.display().to_string());
    Ok(connector)
}

/// Waits until the source's stored position is behind the last whole line and the sink has committed all records.
async fn until_idle(worker: &StandaloneWorker, files: &Files, bootstrap: &str) -> Result<(), Failure> {
    let properties = [("bootstrap.servers".to_owned(), bootstrap.to_owned())].into();
    let client = Client::new(ClientConfig::from_props(&properties)?);
    let admin = Admin::new(&client);
    loop {
        failed_tasks(worker)?;
        let lines = files.lines()?;
        if lines.is_read(position(worker, "local-file-source", "position").await?) {
            let written = position(worker, "local-file-sink", "kafka_offset").await?;
            if written == end(&admin).await? {
                break;
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    client.close(Instant::now() + Duration::from_secs(1)).await;
    Ok(())
}

/// The one stored offset of a connector; 0 when there is none yet.
async fn position(worker: &StandaloneWorker, connector: &str, key: &str) -> Result<u64, Failure> {
    let offsets = worker.herder.connector_offsets(connector).await;
    let offsets = offsets.map_err(|error| format!("the offsets of {connector} cannot be read: {error:?}"))?;
    let value = |entry: &ConnectorOffset| entry.offset.as_ref()?.get(key)?.as_u64();
    Ok(offsets.iter().filter_map(value).sum())
}

async fn end(admin: &Admin) -> Result<u64, Failure> {
    let tp = TopicPartition::new("connect-test", 0);
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut listed = admin
        .list_offsets([(tp.clone(), OffsetSpec::Latest)].into(), Isolation::ReadUncommitted, deadline)
        .await;
    match listed.remove(&tp) {
        Some(Ok(Some(listed))) => Ok(listed.offset.unsigned_abs()),
        // The topic comes with the first line.
        _ => Ok(0),
    }
}

/// A task that failed will not become idle.
fn failed_tasks(worker: &StandaloneWorker) -> Result<(), Failure> {
    for name in worker.herder.connectors() {
        let Ok(info) = worker.herder.connector_status(&name) else { continue };
        let states = info.tasks.iter().map(|(_, status)| status).chain([&info.connector]);
        if let Some(failed) = states.into_iter().find(|status| status.state == State::Failed) {
            let trace = failed.trace.as_deref().unwrap_or("no reason given");
            return Err(format!("{name} failed: {trace}").into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_when_nothing_more_will_come_of_it() {
        for (text, whole) in
            [("", 0), ("half", 0), ("a\nb\nc", 4), ("a\r\nb\rc\r", 5), ("a\r\n", 3), ("a\r", 0), ("a\r\r", 2)]
        {
            assert_eq!(Extent::of(text.as_bytes()), Extent { whole, length: text.len() as u64 }, "{text:?}");
        }
        let file = Extent { whole: 4, length: 6 };
        assert!(file.is_read(4));
        assert!(!file.is_read(0) && !file.is_read(2));
        // Rewritten without a further line; shorter than it was; without any line.
        assert!(file.is_read(6) && !file.is_read(60));
        assert!(Extent { whole: 0, length: 4 }.is_read(60));
    }

    #[test]
    fn commands_can_be_copied_into_a_shell() {
        assert_eq!(quoted(Path::new("/a/b-c.txt")), "/a/b-c.txt");
        assert_eq!(quoted(Path::new("q 8/it's")), r"'q 8/it'\''s'");
    }
}
