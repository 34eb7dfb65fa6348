//! `cargo xtask test`: all tests, with real Kafka where it can be had.
//!
//! Tests that need real Kafka (or another foreign program) ask `kconnect_testkit::skip` when it is absent; that writes
//! the test's name to the file named by `KCONNECT_SKIPPED`, from which this command counts. With `CI=true` nothing may
//! be absent: the same function fails the test.

use std::fs;
use std::process::{Command, Stdio};

use crate::kafka;
use crate::sh::{self, Done};

/// Runs all tests; `args` go to `cargo test` in place of `--workspace`.
pub fn run(args: &[String]) -> Done {
    let skipped_file = sh::root().join(format!("target/skipped-{}", std::process::id()));
    let _ = fs::remove_file(&skipped_file);
    let broker = real_kafka()?;
    let mut cargo = sh::cargo(&["test"]);
    if args.is_empty() {
        cargo.args(["--workspace", "--no-fail-fast"]);
    } else {
        cargo.args(args);
    }
    cargo.env("KCONNECT_SKIPPED", &skipped_file);
    if let Some(broker) = &broker {
        cargo.env("KCONNECT_TEST_KAFKA", &broker.bootstrap).env("KCONNECT_KAFKA_LIBS", &broker.libs);
    }
    let (summary, done) = run_counting(&mut cargo)?;
    let skipped = fs::read_to_string(&skipped_file).unwrap_or_default();
    let _ = fs::remove_file(&skipped_file);
    let mut skipped: Vec<&str> = skipped.lines().collect();
    skipped.sort_unstable();
    skipped.dedup();
    for line in &skipped {
        println!("SKIPPED {line}");
    }
    // A skipped test returns normally, so the runner has counted it as passed.
    let passed = summary.passed.saturating_sub(skipped.len());
    println!("{passed} passed, {} failed, {} skipped", summary.failed, skipped.len() + summary.ignored);
    done
}

fn real_kafka() -> Done<Option<kafka::Kafka>> {
    if std::env::var_os("KCONNECT_TEST_KAFKA").is_some() {
        return Ok(None); // The caller's broker; the variable is inherited.
    }
    let Some(reason) = kafka::missing() else {
        return kafka::start().map(Some);
    };
    if std::env::var("CI").is_ok_and(|ci| ci == "true") {
        return Err(format!("{reason}; with CI=true the tests against real Kafka must run"));
    }
    eprintln!("{reason}: tests against real Kafka are skipped (each is named below)");
    Ok(None)
}

#[derive(Default)]
struct Summary {
    passed: usize,
    failed: usize,
    ignored: usize,
}

/// Runs `cargo test`, shows its output and adds up the result lines of its test programs.
fn run_counting(cargo: &mut Command) -> Done<(Summary, Done)> {
    use std::io::{BufRead, BufReader};
    eprintln!("+ cargo test");
    let mut child =
        cargo.stdout(Stdio::piped()).spawn().map_err(|error| format!("cannot start cargo: {error}"))?;
    let stdout = child.stdout.take().ok_or("no output of cargo")?;
    let mut summary = Summary::default();
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(|error| error.to_string())?;
        println!("{line}");
        if let Some(counts) = line.strip_prefix("test result: ") {
            summary.passed += count(counts, " passed");
            summary.failed += count(counts, " failed");
            summary.ignored += count(counts, " ignored");
        }
    }
    let status = child.wait().map_err(|error| error.to_string())?;
    let done = if status.success() { Ok(()) } else { Err("tests failed, see above".to_owned()) };
    Ok((summary, done))
}

/// The number in front of `word`.
fn count(line: &str, word: &str) -> usize {
    let Some(end) = line.find(word) else { return 0 };
    let digits = line[..end].rsplit(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn result_lines_are_counted() {
        let line = "ok. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out";
        assert_eq!([" passed", " failed", " ignored"].map(|word| super::count(line, word)), [12, 3, 1]);
    }
}
