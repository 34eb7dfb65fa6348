//! Developer commands: test, ci, gen, musl, bench helpers.

mod r#gen;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        ["gen", rest @ ..] => r#gen::run(rest),
        _ => Err("usage: cargo xtask gen [--check]".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        #[expect(clippy::print_stderr, reason = "a command tells its user why it failed")]
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
