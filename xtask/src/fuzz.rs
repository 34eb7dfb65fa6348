//! Runs each fuzz target for a while, from its committed seeds.
//!
//! Without an argument the run is the gate's: the same random numbers each time, so that a change is judged by what it
//! changed. New findings are the business of longer runs, which draw their own.

use crate::sh::{self, Done};

/// `SECONDS` for each target, 20 when not given. To libFuzzer, seed 0 means a new one.
pub fn run(args: &[String]) -> Done {
    let (seconds, random): (u32, _) = match args.first() {
        Some(text) => (text.parse().map_err(|_| format!("'{text}' is not a number of seconds"))?, "-seed=0"),
        None => (20, "-seed=1"),
    };
    let folder = sh::root().join("fuzz/fuzz_targets");
    let entries =
        std::fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut targets: Vec<String> =
        entries.flatten().filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned())).collect();
    targets.sort();
    for target in &targets {
        let time = format!("-max_total_time={seconds}");
        let seeds = format!("fuzz/seeds/{target}");
        let corpus = format!("fuzz/corpus/{target}");
        std::fs::create_dir_all(sh::root().join(&corpus)).map_err(|error| error.to_string())?;
        std::fs::create_dir_all(sh::root().join(&seeds)).map_err(|error| error.to_string())?;
        let args = ["+nightly", "fuzz", "run", target, &corpus, &seeds, "--"];
        let limits = [time.as_str(), random, "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"];
        let mut command = std::process::Command::new("cargo");
        sh::run(command.args(args).args(limits).current_dir(sh::root()))?;
    }
    println!("fuzz: {} targets, {seconds} s each, no finding", targets.len());
    Ok(())
}
