//! Skipping a test so that it is seen: its name goes to standard error and to the file that `cargo xtask test` counts.

use std::fs::OpenOptions;
use std::io::Write;

/// Says that the test `name` does not run because of `why`, which can be installed. The caller returns afterwards.
///
/// # Panics
/// With `CI=true`, where nothing that can be installed may be absent.
pub fn skip(name: &str, why: &str) {
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!ci, "{name}: {why}; with CI=true no test may be skipped");
    tell(name, why);
}

/// Says that the test `name` does not run because the system does not allow something (a mount, many descriptors),
/// which no installation changes. It is listed and counted, with `CI=true` too. The caller returns afterwards.
pub fn skip_unless_allowed(name: &str, why: &str) {
    tell(name, why);
}

#[allow(clippy::print_stderr)] // It is the point.
fn tell(name: &str, why: &str) {
    eprintln!("SKIPPED: {name}: {why}");
    if let Some(file) = std::env::var_os("KCONNECT_SKIPPED") {
        let mut file =
            OpenOptions::new().create(true).append(true).open(file).expect("the list of skipped tests");
        writeln!(file, "{name}: {why}").expect("the list of skipped tests");
    }
}
