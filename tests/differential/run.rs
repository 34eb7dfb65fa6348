//! A run: cases to both sides, answers compared, differences explained or reported small.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use kconnect_connect::registry::Registry;
use serde_json::Value;

use crate::case::case;
use crate::explained::{Seen, why};
use crate::json::{Difference, Json};
use crate::oracle::{self, Oracle};
use crate::{ours, shrink};

/// How many failures are made small and shown.
const SHOWN: usize = 10;

/// What is to be run.
pub(crate) struct Plan {
    pub(crate) cases: u64,
    pub(crate) seed: u64,
    /// Only this file instead of those that are kept.
    pub(crate) replay: Option<PathBuf>,
}

impl Plan {
    /// `KCONNECT_DIFFERENTIAL_CASES`, `_SEED` and `_REPLAY`, as `cargo xtask differential` sets them.
    pub(crate) fn from_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
        Self {
            cases: number("KCONNECT_DIFFERENTIAL_CASES").unwrap_or(20_000),
            seed: number("KCONNECT_DIFFERENTIAL_SEED").unwrap_or(1),
            replay: std::env::var_os("KCONNECT_DIFFERENTIAL_REPLAY").map(PathBuf::from),
        }
    }
}

/// A case that differs without a reason.
pub(crate) struct Failure {
    name: String,
    case: Value,
    /// What it has in common with others of its kind.
    kind: String,
}

/// What has been seen so far.
pub(crate) struct Run<'a> {
    oracle: &'a mut Oracle,
    plan: &'a Plan,
    registry: Arc<Registry>,
    started: Instant,
    pub(crate) cases: u64,
    pub(crate) failures: Vec<Failure>,
    records: BTreeMap<String, u64>,
    explained: BTreeMap<String, u64>,
    /// The failures that are shown.
    text: String,
}

impl<'a> Run<'a> {
    pub(crate) fn new(oracle: &'a mut Oracle, plan: &'a Plan) -> Self {
        Self {
            oracle,
            plan,
            registry: ours::registry(),
            started: Instant::now(),
            cases: 0,
            failures: Vec::new(),
            records: BTreeMap::new(),
            explained: BTreeMap::new(),
            text: String::new(),
        }
    }

    /// Random cases. The JVM works on the next ones while ours are computed.
    pub(crate) fn random(mut self) -> Self {
        let (seed, cases) = (self.plan.seed, self.plan.cases);
        let (sender, receiver) = mpsc::sync_channel::<(u64, Value)>(128);
        let registry = Arc::clone(&self.registry);
        std::thread::scope(|scope| {
            let Oracle { stdin, stdout, .. } = &mut *self.oracle;
            scope.spawn(move || {
                for number in 0..cases {
                    let case = case(seed, number);
                    writeln!(stdin, "{case}").expect("the JVM listens");
                    sender.send((number, case)).expect("the other side reads to the end");
                }
                stdin.flush().expect("the JVM listens");
            });
            for (number, case) in receiver {
                let ours = ours::answer(&registry, &case);
                let theirs = oracle::answer(stdout);
                self.cases += 1;
                let judged = judge(&ours, &theirs, Some(&mut self.records), &mut self.explained);
                if let Some(kind) = judged {
                    self.failures.push(Failure { name: format!("seed {seed}, case {number}"), case, kind });
                }
            }
        });
        self.show();
        self
    }

    /// Cases from files: one JSON value a line.
    pub(crate) fn files(mut self) -> Self {
        for path in self.paths() {
            let text =
                std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            for (i, line) in text.lines().enumerate().filter(|(_, line)| line.starts_with('{')) {
                let case: Value = serde_json::from_str(line).expect("a case");
                let (ours, theirs) = (ours::answer(&self.registry, &case), self.oracle.ask(line));
                self.cases += 1;
                let judged = judge(&ours, &theirs, Some(&mut self.records), &mut self.explained);
                if let Some(kind) = judged {
                    self.failures.push(Failure { name: format!("{}:{}", path.display(), i + 1), case, kind });
                }
            }
        }
        self.show();
        self
    }

    fn paths(&self) -> Vec<PathBuf> {
        if let Some(path) = &self.plan.replay {
            return vec![path.clone()];
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/differential/cases");
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    /// Makes one failure of each kind small and describes it; all of them go to a file that can be replayed.
    fn show(&mut self) {
        use fmt::Write;
        let failures = std::mem::take(&mut self.failures);
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        for failure in &failures {
            *kinds.entry(&failure.kind).or_default() += 1;
        }
        let mut order: Vec<(&str, u64)> = kinds.into_iter().collect();
        order.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (kind, count) in &order {
            let _ = writeln!(self.text, "{count:>6} different: {kind}");
        }
        for (kind, _) in order.into_iter().take(SHOWN) {
            let Some(Failure { name, case, .. }) = failures.iter().find(|failure| failure.kind == kind)
            else {
                continue;
            };
            let small = shrink::shrink(case, |candidate| {
                let (ours, theirs) =
                    (ours::answer(&self.registry, candidate), self.oracle.ask(&candidate.to_string()));
                judge(&ours, &theirs, None, &mut BTreeMap::new()).is_some_and(|found| found == kind)
            });
            let (ours, theirs) = (ours::answer(&self.registry, &small), self.oracle.ask(&small.to_string()));
            let _ = writeln!(self.text, "DIFFERENT: {name}\n  case   {small}");
            describe(&ours, &theirs, &mut self.text);
        }
        if !failures.is_empty() {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("differential-failures.jsonl");
            let lines: String = failures.iter().map(|failure| format!("{}\n", failure.case)).collect();
            std::fs::write(&path, lines).expect("a file for failures");
            let _ = writeln!(self.text, "all of them: cargo xtask differential --replay {}", path.display());
        }
        self.failures = failures;
    }
}

/// In what way the answers differ, if nothing explains it.
fn judge(
    ours: &str,
    theirs: &str,
    records: Option<&mut BTreeMap<String, u64>>,
    explained: &mut BTreeMap<String, u64>,
) -> Option<String> {
    let (ours, theirs) = (normal(Json::parse(ours)), normal(Json::parse(theirs)));
    if let Some(records) = records {
        count(&theirs, records);
    }
    let mut kind = theirs.get("broken").map(|_| "the program of the JVM's side failed".to_owned());
    for difference in ours.differences(&theirs) {
        if refuses_input(&ours, &difference.path) || refuses_input(&theirs, &difference.path) {
            // The generator's fault, not a difference: one side did not even begin.
            *explained
                .entry(format!("no record in the preview's form: {}", refusal(&ours, &difference.path)))
                .or_default() += 1;
            continue;
        }
        match why(&Seen { theirs: &theirs, difference: &difference }) {
            Some(reason) => *explained.entry(reason.to_owned()).or_default() += 1,
            None => kind = kind.or_else(|| Some(kind_of(&theirs, &difference))),
        }
    }
    kind
}

/// The place of a difference without its numbers, and what the JVM says there, without what differs from case to case.
fn kind_of(theirs: &Json, difference: &Difference<'_>) -> String {
    let place: Vec<&str> =
        difference.path.split('/').take(5).filter(|part| part.parse::<u32>().is_err()).collect();
    let record: Vec<&str> = difference.path.split('/').take(3).collect();
    let error = theirs.at(&record.join("/")).and_then(|record| record.get("error"));
    let part = |name: &str| error.and_then(|error| error.get(name)).and_then(Json::text).unwrap_or_default();
    let own = difference
        .theirs
        .and_then(Json::text)
        .filter(|_| theirs.get("refused").is_some())
        .unwrap_or_default();
    let class = part("executing");
    let class = class.rsplit('.').next().unwrap_or_default();
    let words = format!("{own}{}", part("message"));
    let words: Vec<&str> = words
        .split_whitespace()
        .filter(|word| word.bytes().all(|b| b.is_ascii_alphabetic()))
        .take(8)
        .collect();
    format!("{} {class} {}", place.join("/"), words.join(" "))
}

/// Refusals in one order: which is found first is nobody's business.
fn normal(mut answer: Json) -> Json {
    if let Json::Object(members) = &mut answer {
        for (name, member) in members {
            if let ("refused", Json::Array(entries)) = (name.as_str(), member) {
                entries.sort_by_key(|entry| entry.text());
                entries.dedup();
            }
        }
    }
    answer
}

/// Whether the record at `path` was never run.
fn refuses_input(answer: &Json, path: &str) -> bool {
    let record: Vec<&str> = path.split('/').take(3).collect();
    let stage = answer.at(&record.join("/")).and_then(|record| record.at("error/stage"));
    stage.and_then(Json::text).is_some_and(|stage| stage == "INPUT")
}

fn refusal(answer: &Json, path: &str) -> String {
    let record: Vec<&str> = path.split('/').take(3).collect();
    let message =
        answer.at(&record.join("/")).and_then(|record| record.at("error/message")).and_then(Json::text);
    message.unwrap_or_default().chars().filter(|c| !c.is_ascii_digit()).take(90).collect()
}

fn count(answer: &Json, records: &mut BTreeMap<String, u64>) {
    if let Some(Json::Array(out)) = answer.get("out") {
        for record in out {
            let mut outcome = record.get("outcome").and_then(Json::text).unwrap_or_default();
            if let Some(stage) = record.at("error/stage").and_then(Json::text) {
                outcome = format!("{outcome} {stage}");
            }
            *records.entry(outcome).or_default() += 1;
        }
    } else {
        *records.entry("configuration refused".to_owned()).or_default() += 1;
    }
}

fn describe(ours: &str, theirs: &str, text: &mut String) {
    use fmt::Write;
    let (ours, theirs) = (normal(Json::parse(ours)), normal(Json::parse(theirs)));
    for difference in ours.differences(&theirs) {
        if why(&Seen { theirs: &theirs, difference: &difference }).is_some() {
            continue;
        }
        let show = |side: Option<&Json>| side.map_or_else(|| "(absent)".to_owned(), readable);
        let _ = writeln!(text, "  at     {}", difference.path);
        let _ = writeln!(text, "  ours   {}\n  JVM    {}", show(difference.ours), show(difference.theirs));
    }
}

/// A value; bytes that are text are shown as such too.
fn readable(json: &Json) -> String {
    let inner = json.text().and_then(|text| kconnect_api::base64::decode(&text).ok());
    match inner.filter(|bytes| bytes.len() > 3).and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(inner) => format!("{json} = {inner:?}"),
        None => json.to_string(),
    }
}

impl fmt::Display for Run<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        writeln!(
            f,
            "{} cases, seed {}, Java {}, {:.1} s; {} differ without a reason",
            self.cases,
            self.plan.seed,
            self.oracle.version,
            self.started.elapsed().as_secs_f64(),
            self.failures.len()
        )?;
        for (outcome, count) in &self.records {
            writeln!(f, "  {count:>8} {outcome}")?;
        }
        for (reason, count) in &self.explained {
            writeln!(f, "  {count:>8} explained: {reason}")?;
        }
        Ok(())
    }
}
