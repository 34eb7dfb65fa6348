//! From arguments to an exit status.
//!
//! Exit status: 0 done, 1 failed, 2 wrong usage; workers use upstream's, which is 1 for wrong usage (see `standalone`). Data goes to standard
//! output, everything else to standard error.

mod args;
mod broker;
mod consume;
mod escape;
mod format;
mod group;
mod perf;
mod plugins;
mod preview;
mod produce;
mod quickstart;
mod settings;
mod standalone;
mod topic;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use kconnect_connect::registry::Registry;

use args::{Cli, Command};

/// Version and commit.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("KCONNECT_COMMIT"), ")");

/// Why a command failed; printed as one line on standard error.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the program with `args`, the first of which is the name that it was called by.
pub fn run(registry: Registry, args: Vec<OsString>) -> ExitCode {
    let args = by_name(args);
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(wrong_usage(&args)) } else { ExitCode::SUCCESS };
        }
    };
    match cli.command {
        Command::Standalone(args) => standalone::run(registry, &args, &cli.log_level, cli.log_format),
        Command::Quickstart(args) => quickstart::run(registry, &args, &cli.log_level, cli.log_format),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "kconnect", &mut std::io::stdout());
            ExitCode::SUCCESS
        }
        Command::Plugins(args) => finish(plugins::run(&registry, &args)),
        Command::Preview(args) => preview::run(registry, &args, &cli.log_level, cli.log_format),
        tool => {
            // Tools talk to a person: their own remarks suffice unless something odd happens.
            let level = if cli.log_level == "INFO" { "WARN" } else { &cli.log_level };
            if let Err(error) = crate::logging::init(cli.log_format, level) {
                return finish(Err(error.into()));
            }
            finish(run_tool(tool))
        }
    }
}

fn run_tool(command: Command) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Broker(args) => broker::run(&args).await,
            Command::Produce(args) => settings::naming(&args.cluster, produce::run(&args).await),
            Command::Consume(args) => settings::naming(&args.cluster, consume::run(&args).await),
            Command::Perf(args) => settings::naming(args.cluster(), perf::run(&args).await),
            Command::Topic(args) => settings::naming(args.cluster(), topic::run(&args).await),
            Command::Group(args) => settings::naming(args.cluster(), group::run(&args).await),
            _ => unreachable!("handled before"),
        }
    })
}

/// Prints a failure with its causes, once.
fn finish(done: Result<(), Failure>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // A reader that has seen enough (`| head`) is no failure.
        Err(error) if broken_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&*error);
            ExitCode::FAILURE
        }
    }
}

fn broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

#[allow(clippy::print_stderr)] // The one place where a command says why it failed.
fn report(error: &(dyn std::error::Error + 'static)) {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    eprintln!("kconnect: {text}");
}

/// The exit status of a command line that cannot be understood: upstream's for workers.
fn wrong_usage(args: &[OsString]) -> u8 {
    if args.get(1).is_some_and(|command| command == "standalone") { 1 } else { 2 }
}

/// The program under the name of one of Kafka's scripts is that script; `-daemon` is the scripts' spelling.
fn by_name(args: Vec<OsString>) -> Vec<OsString> {
    let name =
        args.first().map(Path::new).and_then(Path::file_name).and_then(OsStr::to_str).unwrap_or_default();
    let command = match name.strip_suffix(".sh").unwrap_or(name) {
        "connect-standalone" => Some("standalone"),
        _ => None,
    };
    let mut args = args.into_iter();
    let mut new: Vec<OsString> = args.next().into_iter().collect();
    new.extend(command.map(OsString::from));
    new.extend(args.map(|arg| if arg == "-daemon" { "--daemon".into() } else { arg }));
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_name_of_a_script_is_its_command() {
        for (typed, meant) in [
            ("kconnect standalone w", "kconnect standalone w"),
            (
                "/opt/bin/connect-standalone.sh -daemon w c",
                "/opt/bin/connect-standalone.sh standalone --daemon w c",
            ),
            ("connect-standalone w", "connect-standalone standalone w"),
        ] {
            assert_eq!(by_name(words(typed)), words(meant));
        }
    }

    #[test]
    fn wrong_usage_of_a_worker_has_the_status_of_the_script() {
        for (typed, status) in
            [("kconnect standalone", 1), ("connect-standalone.sh", 1), ("kconnect topic", 2)]
        {
            assert_eq!(wrong_usage(&by_name(words(typed))), status, "{typed}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
