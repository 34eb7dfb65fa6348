//! Skipping a test so that it is seen: its name goes to standard error and to the file that `cargo xtask test` counts.

use std::fs::OpenOptions;
use std::io::Write;

/// Says that the test `name` does not run because of `why`. The caller returns afterwards.
///
/// # Panics
/// With `CI=true`, where nothing may be skipped.
#[allow(clippy::print_stderr)] // It is the point.
pub fn skip(name: &str, why: &str) {
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci, "{name}: {why}; with CI=true no test may be skipped");
    eprintln!("SKIPPED: {name}: {why}");
    if let Some(file) = std::env::var_os("KCONNECT_SKIPPED") {
        let mut file =
            OpenOptions::new().create(true).append(true).open(file).expect("the list of skipped tests");
        writeln!(file, "{name}: {why}").expect("the list of skipped tests");
    }
}
