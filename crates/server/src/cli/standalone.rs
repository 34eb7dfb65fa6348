//! `kconnect standalone`: the worker of `connect-standalone.sh`, with its files and exit statuses.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::pin::pin;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

use kconnect_connect::OwnedRuntimes;
use kconnect_connect::config::worker::WorkerConfig;
use kconnect_connect::connector_file;
use kconnect_connect::registry::Registry;

use super::{args, report};
use crate::logging::{self, Format, Levels};
use crate::signals;
use crate::worker::{NotStarted, StandaloneWorker};

const TARGET: &str = "org.apache.kafka.connect.cli.ConnectStandalone";

/// Runs the worker until a signal; returns upstream's exit status.
pub fn run(registry: Registry, args: &args::Standalone, level: &str, format: Format) -> ExitCode {
    if args.daemon {
        return match daemon(args, level, format) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                report(&*error);
                ExitCode::from(2)
            }
        };
    }
    let levels = match logging::init(format, level) {
        Ok(levels) => levels,
        Err(error) => {
            report(&NotStarted::early(error));
            return ExitCode::from(2);
        }
    };
    match work(registry, args, levels) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // As a trace, since it may be a list of problems, one a line.
            tracing::error!(target: TARGET, trace = %error, "Stopping due to error");
            ExitCode::from(error.status)
        }
    }
}

fn work(registry: Registry, args: &args::Standalone, levels: Arc<Levels>) -> Result<(), NotStarted> {
    tell_without_effect();
    let config = WorkerConfig::load_standalone(&args.worker, variables()).map_err(NotStarted::early)?;
    let connectors = args.connectors.iter().map(|file| connector_file::load(file));
    let connectors = connectors.collect::<Result<Vec<_>, _>>().map_err(NotStarted::late)?;
    let runtimes = OwnedRuntimes::start().map_err(NotStarted::early)?;
    let handles = runtimes.handles();
    handles.control.clone().block_on(async {
        if args.background {
            signals::ignore_hangup();
        }
        let mut stop = pin!(signals::asked_to_stop());
        let worker =
            StandaloneWorker::start(config, registry, handles, levels, connectors, stop.as_mut()).await?;
        if let Some(worker) = worker {
            stop.await;
            worker.stop().await;
        }
        Ok(())
    })
}

/// The variables of the process that are text.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Variables of Kafka's scripts that are about the JVM.
fn tell_without_effect() {
    for variable in ["KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_OPTS"] {
        if std::env::var_os(variable).is_some_and(|value| !value.is_empty()) {
            tracing::info!(target: TARGET, "{variable} has no effect: there is no JVM; log levels are set with KCONNECT_LOG");
        }
    }
}

/// Starts this program again in the background, as Kafka's scripts do for `-daemon`: its output goes to
/// `connectStandalone.out` below `LOG_DIR`, or below `logs`.
fn daemon(args: &args::Standalone, level: &str, format: Format) -> Result<(), super::Failure> {
    let dir = std::env::var_os("LOG_DIR").map_or_else(|| PathBuf::from("logs"), PathBuf::from);
    let file = dir.join("connectStandalone.out");
    let context = |error| format!("cannot write {}: {error}", file.display());
    fs::create_dir_all(&dir).map_err(context)?;
    let out = OpenOptions::new().create(true).append(true).open(&file).map_err(context)?;
    let err = out.try_clone()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("standalone").arg("--background").arg(&args.worker).args(&args.connectors);
    command.env("KCONNECT_LOG", level).env("KCONNECT_LOG_FORMAT", format.name());
    let child = command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0).spawn()?;
    writeln!(std::io::stdout(), "output in {}, process id {}", file.display(), child.id())?;
    Ok(())
}
