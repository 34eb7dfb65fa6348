//! `kconnect quickstart`: an embedded broker and a standalone worker on Kafka's three example files.
//!
//! Everything that the files leave to chance (addresses, offsets file, text files) is overridden into `--dir`, so that
//! nothing left by another program is in the way; what is overridden is printed. A second run goes on where the first
//! stopped, since broker data and offsets lie in the folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
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
    let broker =
        Broker::builder().listen(args.broker.to_string()).data_dir(args.dir.join("broker")).start().await;
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
    let worker =
        StandaloneWorker::start(config, registry, runtimes, levels, connectors).await.map_err(|error| {
            format!("the worker did not start: {error}\nif {} is in use: --rest 127.0.0.1:0", args.rest)
        })?;
    files.tell(bootstrap, worker.url())?;
    let done = if args.exit_when_idle {
        tokio::select! {
            done = until_idle(&worker, files, bootstrap) => done,
            () = signals::asked_to_stop() => Err("interrupted before all lines had arrived".into()),
        }
    } else {
        signals::asked_to_stop().await;
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

    /// Length of the text up to its last newline, and whether something follows it.
    fn whole_lines(&self) -> Result<(u64, bool), Failure> {
        let bytes =
            fs::read(&self.text).map_err(|error| format!("cannot read {}: {error}", self.text.display()))?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        Ok((whole as u64, whole < bytes.len()))
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
            self.text.display(),
            self.sink_text.display()
        )?;
        writeln!(out, "  curl {url}/connectors/local-file-source/status")?;
        writeln!(out, "  kconnect consume -b {bootstrap} -t connect-test -e")?;
        writeln!(out, "Ctrl-C stops; the next start goes on from here.")?;
        Ok(())
    }

    fn tell_end(&self) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        let (_, unfinished) = self.whole_lines()?;
        if unfinished {
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
        let (whole, _) = files.whole_lines()?;
        let read = position(worker, "local-file-source", "position").await?;
        if read == whole {
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
