//! What the documents say is what the program does.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use kconnect_api::ConfigDefault;
use kconnect_connect::config::worker::standalone_def;
use kconnect_testkit::{Program, skip};
use tempfile::TempDir;

use crate::registry::Registry;
use crate::rig::{BrokerProcess, LIMIT, free_port, kconnect};

const GUIDE: &str = "docs/guide.md";
const PAGES_BESIDE_A_QUICKSTART: &[&str] = &["docs/errors.md", CONVERTERS];
const CONVERTERS: &str = "docs/converters.md";
const PAGES_WITH_A_WORKER: &[&str] = &["docs/config-providers.md", "docs/preview.md", "docs/transforms.md"];
const TRANSFORMS: &str = "docs/transforms.md";
const REGISTRIES: &str = "docs/schema-registry.md";

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)).unwrap()
}

#[test]
fn every_worker_setting_is_in_the_guide_with_its_default() {
    let guide = document(GUIDE);
    let mut faults = Vec::new();
    for key in standalone_def().keys() {
        let default = match &key.default {
            ConfigDefault::Required => "required".to_owned(),
            ConfigDefault::Null => "none".to_owned(),
            ConfigDefault::Text(text) if text.is_empty() => "empty".to_owned(),
            ConfigDefault::Text(text) => format!("`{text}`"),
        };
        let row = format!("| `{}` | {default} |", key.name);
        if !guide.contains(&row) {
            faults.push(row);
        }
    }
    assert!(faults.is_empty(), "{GUIDE} has no rows\n{}", faults.join("\n"));
}

#[test]
fn the_paths_of_the_map_exist() {
    let map = document("ARCHITECTURE.md");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folder = root.clone();
    let mut faults = Vec::new();
    let quoted = map.split('`').skip(1).step_by(2);
    for path in quoted.filter(|path| path.ends_with(".rs") || (path.contains('/') && path.ends_with('/'))) {
        // A bare name stands beside the path before it.
        let found = if path.contains('/') { root.join(path) } else { folder.join(path) };
        if !found.exists() {
            faults.push(path);
        }
        folder = if path.ends_with('/') { found } else { found.parent().unwrap_or(&root).to_owned() };
    }
    assert!(faults.is_empty(), "ARCHITECTURE.md names what is not there: {faults:?}");
}

#[test]
fn every_plugin_is_in_the_guide() {
    let guide = document(GUIDE) + &document(CONVERTERS) + &document(TRANSFORMS) + &document(REGISTRIES);
    let output = kconnect(&["plugins", "--json"]).output().unwrap();
    let plugins: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(plugins.len() > 10, "{plugins:?}");
    for plugin in plugins {
        let class = plugin["class"].as_str().unwrap();
        let class = class.split('$').next().unwrap();
        assert!(
            guide.contains(&format!("`{class}")),
            "none of {GUIDE}, {CONVERTERS}, {TRANSFORMS}, {REGISTRIES} names {class}"
        );
    }
}

#[test]
fn the_commands_of_the_guide_print_what_it_says() {
    if no_curl("the_commands_of_the_guide_print_what_it_says") {
        return;
    }
    let dir = TempDir::new().unwrap();
    let (broker, rest) = (format!("127.0.0.1:{}", free_port()), format!("127.0.0.1:{}", free_port()));
    let mut quickstart = kconnect(&["quickstart", "--broker", &broker, "--rest", &rest]);
    let mut quickstart = Program::start(quickstart.current_dir(dir.path()));
    quickstart.wait_for_line("Ctrl-C", LIMIT);
    let places = [("localhost:9092", broker.as_str()), ("localhost:8083", rest.as_str())];
    let ran = run_examples(GUIDE, dir.path(), &places);
    assert!(ran >= 10, "{ran} examples");
    for page in PAGES_BESIDE_A_QUICKSTART {
        let ran = run_examples(page, dir.path(), &places);
        assert!(ran >= 1, "{page} has no examples");
    }
    assert!(quickstart.stop(LIMIT).success(), "{}", quickstart.output());
}

/// Pages whose commands start a worker of their own; they find a broker.
#[test]
fn the_commands_of_pages_with_a_worker_print_what_they_say() {
    if no_curl("the_commands_of_pages_with_a_worker_print_what_they_say") {
        return;
    }
    let broker = BrokerProcess::start();
    for page in PAGES_WITH_A_WORKER {
        let dir = TempDir::new().unwrap();
        let rest = format!("127.0.0.1:{}", free_port());
        let places = [("localhost:9092", broker.address.as_str()), ("localhost:8083", rest.as_str())];
        let ran = run_examples(page, dir.path(), &places);
        assert!(ran >= 3, "{page}: {ran} examples");
    }
}

#[test]
fn the_commands_of_the_page_about_registries_print_what_it_says() {
    if no_curl("the_commands_of_the_page_about_registries_print_what_it_says") {
        return;
    }
    let (broker, registry) = (BrokerProcess::start(), Registry::start());
    let (dir, rest) = (TempDir::new().unwrap(), format!("127.0.0.1:{}", free_port()));
    let places = [
        ("localhost:9092", broker.address.as_str()),
        ("localhost:8083", rest.as_str()),
        ("localhost:8081", registry.url.trim_start_matches("http://")),
    ];
    let ran = run_examples(REGISTRIES, dir.path(), &places);
    assert!(ran >= 5, "{REGISTRIES}: {ran} examples");
}

fn no_curl(test: &str) -> bool {
    let missing = Command::new("curl").arg("--version").output().is_err();
    if missing {
        skip(test, "no curl");
    }
    missing
}

/// Runs a page's commands (blocks marked `sh run`) in their order, as a reader would, and compares what they print with
/// the blocks marked `output` behind them. `…` stands for anything. The page's addresses are replaced as `places` says.
fn run_examples(page: &str, dir: &Path, places: &[(&str, &str)]) -> usize {
    let bin = dir.join("bin");
    if !bin.exists() {
        fs::create_dir(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_kconnect"), bin.join("kconnect")).unwrap();
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let addressed =
        |text: &str| places.iter().fold(text.to_owned(), |text, (said, real)| text.replace(said, real));
    let _worker = WorkerOfPage(dir);
    let mut ran = 0;
    for (commands, expected) in examples(&document(page)) {
        let mut bash = Command::new("bash");
        bash.args(["-eu", "-o", "pipefail", "-c", &addressed(&commands)]).current_dir(dir).env("PATH", &path);
        let mut shell = Program::start(&mut bash);
        let status = shell.wait(LIMIT);
        assert!(status.success(), "{page}: {status}\n{commands}\n{}", shell.output());
        if let Some(expected) = expected {
            let (expected, printed) = (addressed(&expected), shell.output());
            assert!(
                matches(&expected, &printed),
                "{page}: {commands}\nprinted\n{printed}\ninstead of\n{expected}"
            );
        }
        ran += 1;
    }
    ran
}

/// The worker that a page has started in the background, should the page not get to its end.
struct WorkerOfPage<'a>(&'a Path);

impl Drop for WorkerOfPage<'_> {
    fn drop(&mut self) {
        if let Ok(pid) = fs::read_to_string(self.0.join("worker.pid")) {
            let _ = Command::new("kill").arg(pid.trim()).output();
        }
    }
}

/// Blocks to run, each with the output that the document shows behind it.
fn examples(document: &str) -> Vec<(String, Option<String>)> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let block = block.join("\n");
        match kind {
            "sh run" => found.push((block, None)),
            _ if kind.ends_with(" output") => {
                found.last_mut().expect("an output follows the commands that print it").1 = Some(block);
            }
            _ => {}
        }
    }
    found
}

/// Whether `printed` is `expected`, where `…` stands for anything.
fn matches(expected: &str, printed: &str) -> bool {
    let pieces: Vec<&str> = expected.trim().split('…').collect();
    let (first, last) = (pieces[0], pieces[pieces.len() - 1]);
    let printed = printed.trim();
    if pieces.len() == 1 {
        return printed == first;
    }
    let mut rest = match printed.strip_prefix(first) {
        Some(rest) => rest,
        None => return false,
    };
    for piece in &pieces[1..pieces.len() - 1] {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn outputs_are_compared_piece_by_piece() {
    for (expected, printed, same) in [
        ("a", "a\n", true),
        ("a", "ab", false),
        ("a…d", "a b c d", true),
        ("a…c…d", "a b d", false),
        ("…b", "a", false),
    ] {
        assert_eq!(matches(expected, printed), same, "{expected} {printed}");
    }
}
