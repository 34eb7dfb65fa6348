//! Developer commands; `cargo xtask help` lists them.
//!
//! One module a command. Each prints what it runs, stops at the first failure and says how to run that step alone.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr)] // A command line program talks to its terminal.

mod checks;
mod ci;
mod differential;
mod elf;
mod fuzz;
mod r#gen;
mod kafka;
mod metadata;
mod musl;
mod sh;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  test [ARGS]    all tests; with Java and Maven also those against real Apache Kafka. ARGS go to `cargo test`
  ci             everything that is checked before a change lands
  gen [--check]  writes (or compares) the generated message code of crates/wire
  musl           builds the static binary and checks that it is static and runs the quickstart
  differential   random cases through Kafka's own classes and through ours: [--cases N] [--seed S] [--replay FILE]
  fuzz [SECONDS] runs each fuzz target for SECONDS (default 20)
  checks         crate edges, licences, sources, banned crates, links in documents
  kafka          starts a real Apache Kafka broker, prints its address and waits for Ctrl-C
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_else(|| "help".to_owned());
    let rest: Vec<String> = args.collect();
    let done = match command.as_str() {
        "test" => test::run(&rest),
        "ci" => ci::run(),
        "gen" => {
            let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
            r#gen::run(&rest).map_err(|error| error.to_string())
        }
        "musl" => musl::run(),
        "differential" => differential::run(&rest),
        "fuzz" => fuzz::run(&rest),
        "checks" => checks::run(),
        "kafka" => kafka::serve(),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("unknown command '{other}'\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {command}: {error}");
            ExitCode::FAILURE
        }
    }
}
