//! The `kconnect` program as a library, so that an own worker with own connectors is one line:
//!
//! ```no_run
//! # use kconnect_server::Registry;
//! fn main() -> std::process::ExitCode {
//!     kconnect_server::main(Registry::standard() /* .source::<MySource>() */)
//! }
//! ```
//!
//! Owns the command line, logging, signals and the list of bundled plugins. The work is done elsewhere: `connect`
//! (runtime), `rest` (HTTP), `client` (tools), `broker` (quickstart).
#![forbid(unsafe_code)]

mod cli;
mod logging;
mod registry;
mod signals;
mod worker;

use std::process::ExitCode;

pub use registry::Registry;

/// Runs the program with the arguments of this process.
#[must_use]
pub fn main(registry: Registry) -> ExitCode {
    cli::run(registry.into_inner(), std::env::args_os().collect())
}
