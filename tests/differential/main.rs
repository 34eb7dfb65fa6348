//! Random configurations and records through Apache Kafka's own classes and through ours: bytes, values and errors must be
//! the same. `README.md` beside this file says how to run it, and what a failure means.

#![allow(clippy::unwrap_used)] // A test says by panicking that it failed.
#![allow(clippy::print_stdout, clippy::print_stderr)] // A comparison reports to the terminal.

mod case;
mod config;
mod data;
mod definitions;
mod explained;
mod json;
mod oracle;
mod ours;
mod run;
mod shrink;
mod smooth;

use std::sync::{Mutex, OnceLock, PoisonError};

use self::oracle::Oracle;
use self::run::{Plan, Run};

/// The JVM that the tests share, or none (then the test `name` is skipped).
fn with_oracle(name: &str, test: impl FnOnce(&mut Oracle)) {
    static ORACLE: OnceLock<Result<Mutex<Oracle>, String>> = OnceLock::new();
    let Some(libs) = kconnect_testkit::kafka_libs_or_skip(name) else { return };
    match ORACLE.get_or_init(|| Oracle::start(&libs).map(Mutex::new)) {
        Ok(oracle) => test(&mut oracle.lock().unwrap_or_else(PoisonError::into_inner)),
        Err(reason) => kconnect_testkit::skip(name, reason),
    }
}

#[test]
fn random_cases_come_out_as_from_the_jvm() {
    with_oracle("random_cases_come_out_as_from_the_jvm", |oracle| {
        let plan = Plan::from_environment();
        let run = Run::new(oracle, &plan).random();
        println!("{run}");
        assert!(
            run.failures.is_empty(),
            "{} of {} cases differ without a reason",
            run.failures.len(),
            run.cases
        );
    });
}

/// Cases that once failed, and those that random ones hardly meet.
#[test]
fn kept_cases_come_out_as_from_the_jvm() {
    with_oracle("kept_cases_come_out_as_from_the_jvm", |oracle| {
        let plan = Plan::from_environment();
        let run = Run::new(oracle, &plan).files();
        println!("{run}");
        assert!(
            run.failures.is_empty(),
            "{} of {} cases differ without a reason",
            run.failures.len(),
            run.cases
        );
    });
}

/// `GET /connector-plugins/{class}/config`: names, types, defaults, importance, groups.
#[test]
fn classes_declare_the_settings_that_they_have_on_the_jvm() {
    with_oracle("classes_declare_the_settings_that_they_have_on_the_jvm", |oracle| {
        let found = definitions::differences(oracle, &ours::registry());
        assert!(found.is_empty(), "{}", found.join("\n"));
    });
}

/// What the converters' own test takes for the JVM's.
#[test]
fn charsets_are_those_of_the_jvm() {
    const DIGESTS: &str = include_str!("../../crates/plugins/converters/src/charset/digests.txt");
    with_oracle("charsets_are_those_of_the_jvm", |oracle| {
        let kept: Vec<_> = DIGESTS.lines().filter_map(|line| line.split_once(' ')).collect();
        let names: Vec<&str> = kept.iter().map(|(name, _)| *name).collect();
        let answer = oracle.ask(&serde_json::json!({ "charsets": names }).to_string());
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("digests by name");
        let wrong: Vec<_> = kept.iter().filter(|(name, digests)| answer[*name] != **digests).collect();
        assert!(wrong.is_empty(), "the JVM has others than {wrong:?}");
    });
}
