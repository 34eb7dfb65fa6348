//! Runs each fuzz target for a while, from its committed seeds.
//!
//! Without an argument the run is the gate's: the same random numbers each time, so that a change is judged by what it
//! changed. New findings are the business of longer runs, which draw their own.

use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::sh::{self, Done};

/// Asks for little memory, whatever a request says.
const GUARD: &str = "request_guard";
/// How many targets run at a time; each keeps one core busy.
const LANES: usize = 2;

/// `SECONDS` for each target, 20 when not given. To libFuzzer, seed 0 means a new one.
pub fn run(args: &[String]) -> Done {
    let (seconds, random): (u32, _) = match args.first() {
        Some(text) => (text.parse().map_err(|_| format!("'{text}' is not a number of seconds"))?, "-seed=0"),
        None => (20, "-seed=1"),
    };
    let targets = targets()?;
    sh::run(Command::new("cargo").args(["+nightly", "fuzz", "build"]).current_dir(sh::root()))?;
    let (count, queue, faults) = (targets.len(), Mutex::new(targets), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                while let Some(target) = next(&queue) {
                    if let Err(error) = one(&target, seconds, random) {
                        faults.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(error);
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    println!("fuzz: {count} targets, {seconds} s each, no finding");
    Ok(())
}

fn targets() -> Done<Vec<String>> {
    let folder = sh::root().join("fuzz/fuzz_targets");
    let entries =
        std::fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut targets: Vec<String> =
        entries.flatten().filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned())).collect();
    targets.sort();
    targets.reverse();
    Ok(targets)
}

fn next(queue: &Mutex<Vec<String>>) -> Option<String> {
    queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop()
}

/// The largest single allocation; a target that guards memory has a small one.
fn largest(target: &str) -> &'static str {
    if target == GUARD { "-malloc_limit_mb=16" } else { "-malloc_limit_mb=512" }
}

/// Runs a target and shows how much it did; all that it said when it found something.
fn one(target: &str, seconds: u32, random: &str) -> Done {
    let time = format!("-max_total_time={seconds}");
    // The guard sees what its decoder sees.
    let seeds = format!("fuzz/seeds/{}", if target == GUARD { "request_decode" } else { target });
    let corpus = format!("fuzz/corpus/{target}");
    for folder in [&corpus, &seeds] {
        std::fs::create_dir_all(sh::root().join(folder)).map_err(|error| error.to_string())?;
    }
    let output = Command::new("cargo")
        .args(["+nightly", "fuzz", "run", target, &corpus, &seeds, "--"])
        .args([time.as_str(), random, "-timeout=10", "-rss_limit_mb=2048", largest(target)])
        .current_dir(sh::root())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        eprintln!("{said}");
        return Err(format!("target {target}: {}, see above", output.status));
    }
    let done =
        said.lines().rev().find(|line| line.starts_with("Done ")).unwrap_or("did not say how much it did");
    println!("{target:24} {done}");
    Ok(())
}
