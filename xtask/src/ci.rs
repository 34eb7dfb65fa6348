//! Everything that is checked before a change lands, in order of cost.

use std::time::Instant;

use crate::sh::{self, Done};

/// Runs all steps and prints how long each took.
pub fn run() -> Done {
    let steps: [(&str, &dyn Fn() -> Done); 10] = [
        ("format", &|| sh::run(&mut sh::cargo(&["fmt", "--all", "--check"]))),
        ("generated code", &|| sh::run(&mut sh::cargo(&["xtask", "gen", "--check"]))),
        ("clippy", &|| {
            let args = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
            sh::run(&mut sh::cargo(&args))
        }),
        ("checks", &crate::checks::run),
        ("documentation", &|| {
            let args = ["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"];
            sh::run(sh::cargo(&args).env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links"))
        }),
        // The command that the README gives.
        ("tests", &|| sh::run(&mut sh::cargo(&["xtask", "test"]))),
        ("example connector", &example),
        ("instructions per record", &|| {
            sh::run(&mut sh::cargo(&["bench", "--locked", "-p", "kconnect-wire", "--bench", "instructions"]))
        }),
        ("static binary", &crate::musl::run),
        ("fuzz", &|| crate::fuzz::run(&[])),
    ];
    let mut times = Vec::new();
    for (name, step) in steps {
        println!("\n=== {name}");
        let start = Instant::now();
        let done = step();
        times.push((name, start.elapsed().as_secs()));
        done.map_err(|error| format!("{name}: {error}\nrun `cargo xtask` for the single steps"))?;
    }
    println!();
    for (name, seconds) in times {
        println!("{seconds:>6} s  {name}");
    }
    Ok(())
}

/// The example connector is built outside the workspace, as a user would.
fn example() -> Done {
    let mut cargo = sh::cargo(&["test"]);
    sh::run(
        cargo
            .current_dir(sh::root().join("examples/own-worker"))
            .env("CARGO_TARGET_DIR", sh::root().join("target")),
    )
}
