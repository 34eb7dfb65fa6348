//! A worker that has, besides everything bundled, a source and a sink of its own.
//!
//! ```text
//! cargo run -- standalone worker.properties counter.properties batches.properties
//! ```
//! * `counter.rs`, a source: `name=counter`, `connector.class=Counter`, `topic=numbers`, `interval.ms=1000`
//! * `batches.rs`, a sink that buffers: `name=batches`, `connector.class=Batches`, `topics=numbers`, `dir=out`,
//!   `batch.size=100`
//!
//! Both depend on `kconnect-api` alone, so they could live in a crate of their own and be shared between workers.

mod batches;
mod counter;

use std::process::ExitCode;

use kconnect_server::Registry;

fn main() -> ExitCode {
    kconnect_server::main(Registry::standard().source::<counter::Counter>().sink::<batches::Batches>())
}
