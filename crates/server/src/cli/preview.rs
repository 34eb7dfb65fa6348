//! `kconnect preview`: sample records through the converters and transforms of a configuration.
//!
//! Exit status: 0 all lines processed, whatever became of the records; 1 the configuration is refused, its problems on
//! standard error; 2 a file that cannot be read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use kconnect_api::Props;
use kconnect_connect::config::provider::resolve_connector;
use kconnect_connect::config::secrets::Redactor;
use kconnect_connect::connector_file;
use kconnect_connect::preview::{Direction, LINE_MAX, Preview, Refusal, Report, Setup};
use kconnect_connect::registry::Registry;

use super::args::{self, Way};
use super::{Failure, broken_pipe, report};
use crate::logging::Format;

/// Status for what is not there or cannot be read.
const UNREADABLE: u8 = 2;

pub fn run(registry: Registry, args: &args::Preview, log_level: &str, format: Format) -> ExitCode {
    // Dates must not depend on the machine that a preview runs on.
    kconnect_api::utc_unless_told();
    let level = if log_level == "INFO" { "WARN" } else { log_level };
    let started = crate::logging::init(format, level).map_err(Failure::from);
    match started.and_then(|_levels| show(registry, args)) {
        Ok(status) => status,
        // A reader that has seen enough (`| head`) is no failure.
        Err(error) if broken_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&*error);
            ExitCode::from(UNREADABLE)
        }
    }
}

fn show(registry: Registry, args: &args::Preview) -> Result<ExitCode, Failure> {
    let config = settings(&args.config)?;
    let worker = args.worker.as_deref().map(settings).transpose()?.unwrap_or_default();
    let input: Box<dyn BufRead> = match &args.input {
        None => Box::new(io::stdin().lock()),
        Some(path) => Box::new(BufReader::new(File::open(path).map_err(|error| unreadable(path, &error))?)),
    };
    // The worker's own placeholders are resolved by the providers that it declares, too.
    let resolved = resolve_connector(&worker, std::env::vars(), &worker)
        .and_then(|(whole, _)| Ok((resolve_connector(&worker, std::env::vars(), &config)?, whole)));
    let ((config, redactor), worker) = match resolved {
        Ok(resolved) => resolved,
        Err(error) => {
            let message = error.message().unwrap_or(error.class());
            return refuse(&[Refusal::new("config.providers", message)], &Redactor::default());
        }
    };
    let setup = Setup {
        registry: Arc::new(registry),
        config,
        worker,
        direction: args.direction.map(|way| match way {
            Way::Sink => Direction::Sink,
            Way::Source => Direction::Source,
        }),
        steps: args.steps || args.pretty,
    };
    let preview = match Preview::new(&setup) {
        Ok(preview) if args.pretty => preview.showing_before(),
        Ok(preview) => preview,
        Err(refused) => return refuse(&refused, &redactor),
    };
    // Converters may ask a schema registry.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(lines(preview, input, args.pretty))?;
    Ok(ExitCode::SUCCESS)
}

/// Each problem on a line of its own, without the values that config providers gave.
fn refuse(refused: &[Refusal], redactor: &Redactor) -> Result<ExitCode, Failure> {
    let mut err = io::stderr().lock();
    for refusal in refused {
        writeln!(err, "{}", redactor.text(&refusal.to_string()))?;
    }
    Ok(ExitCode::FAILURE)
}

async fn lines(mut preview: Preview, mut input: Box<dyn BufRead>, pretty: bool) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let (mut line, mut text) = (Vec::new(), Vec::new());
    while next(&mut *input, &mut line)? {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let report = match std::str::from_utf8(&line) {
            Ok(line) => preview.run_online(line).await,
            Err(error) => {
                preview.bad_line(format!("the line is not UTF-8 from byte {} on", error.valid_up_to() + 1))
            }
        };
        text.clear();
        render(&report, preview.direction(), pretty, &mut text);
        out.write_all(&text)?;
        // Somebody may be waiting for the answer before typing the next line; a file's lines come in blocks.
        out.flush()?;
    }
    out.flush()?;
    Ok(())
}

fn render(report: &Report, direction: Direction, pretty: bool, out: &mut Vec<u8>) {
    if pretty {
        let mut text = String::new();
        report.write_pretty(direction, &mut text);
        out.extend_from_slice(text.as_bytes());
    } else {
        report.write_json(out);
        out.push(b'\n');
    }
}

/// Reads the next line. Of one that is too long only so much is kept that the preview refuses it.
fn next(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let kept = input.take(LINE_MAX as u64 + 2).read_until(b'\n', line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if kept > LINE_MAX + 1 {
        input.skip_until(b'\n')?;
    }
    Ok(kept > 0)
}

fn settings(path: &Path) -> Result<Props, Failure> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    Ok(connector_file::settings(&path.display().to_string(), &bytes)?)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    format!("cannot read '{}': {error}", path.display()).into()
}
