//! `cargo xtask differential`: the differential tests alone, as many cases as one likes.

use crate::kafka;
use crate::sh::{self, Done};

const USAGE: &str = "cargo xtask differential [--cases N] [--seed S] [--replay FILE] [--debug]";

/// Runs them with Kafka's JARs, optimised unless `--debug` is given.
pub fn run(args: &[String]) -> Done {
    let libs = match std::env::var_os("KCONNECT_KAFKA_LIBS") {
        Some(libs) => libs.into(),
        None => match kafka::missing() {
            Some(reason) => {
                return Err(format!("{reason}; the other side of the comparison is Kafka on a JVM"));
            }
            None => kafka::libs()?,
        },
    };
    let (mut cargo, mut test, mut release) = (sh::cargo(&["test", "-p", "kconnect-server"]), None, true);
    cargo.args(["--test", "differential"]).env("KCONNECT_KAFKA_LIBS", libs);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value\n{USAGE}"));
        match arg.as_str() {
            "--cases" => cargo.env("KCONNECT_DIFFERENTIAL_CASES", value()?),
            "--seed" => cargo.env("KCONNECT_DIFFERENTIAL_SEED", value()?),
            "--replay" => {
                test = Some("kept_cases");
                let path = std::path::absolute(value()?).map_err(|error| error.to_string())?;
                cargo.env("KCONNECT_DIFFERENTIAL_REPLAY", path)
            }
            "--debug" => {
                release = false;
                &mut cargo
            }
            other => return Err(format!("'{other}'? {USAGE}")),
        };
    }
    if release {
        cargo.arg("--release");
    }
    sh::run(cargo.arg("--").args(test).arg("--nocapture"))
}
