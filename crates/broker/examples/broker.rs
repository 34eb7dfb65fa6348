//! Runs a broker until Ctrl-C: `broker HOST:PORT [--nodes N] [--data-dir DIR] [--null]`.
#![allow(clippy::print_stderr, reason = "a program that talks to its user")]

use std::process::ExitCode;

use kconnect_broker::Broker;

#[tokio::main]
async fn main() -> ExitCode {
    let mut builder = Broker::builder();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        builder = match arg.as_str() {
            "--null" => builder.null_mode(true),
            "--nodes" => builder.nodes(args.next().and_then(|n| n.parse().ok()).unwrap_or(1)),
            "--data-dir" => builder.data_dir(args.next().unwrap_or_default()),
            listen => builder.listen(listen),
        };
    }
    match builder.start().await {
        Ok(broker) => {
            eprintln!("listening on {}", broker.bootstrap());
            let _ = tokio::signal::ctrl_c().await;
            broker.shutdown().await;
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
