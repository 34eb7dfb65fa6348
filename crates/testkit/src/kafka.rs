//! Real Apache Kafka, started by `cargo xtask test` (or by hand with `cargo xtask kafka`) and found by environment.

use std::path::PathBuf;
use std::process::Command;

use crate::skip;

/// A running broker and the JARs that it was started from.
#[derive(Clone, Debug)]
pub struct RealKafka {
    /// `host:port`.
    pub bootstrap: String,
    /// Folder with Kafka's JARs.
    pub libs: PathBuf,
}

/// The folder named by `KCONNECT_KAFKA_LIBS`, for tests that need Kafka's classes but no broker; without it the test
/// `name` is skipped.
#[must_use]
pub fn kafka_libs_or_skip(name: &str) -> Option<PathBuf> {
    let libs = std::env::var_os("KCONNECT_KAFKA_LIBS");
    if libs.is_none() {
        skip(name, "no JARs of Apache Kafka (needs Java 17 and Maven, see `cargo xtask test`)");
    }
    libs.map(PathBuf::from)
}

impl RealKafka {
    /// The broker named by `KCONNECT_TEST_KAFKA` and `KCONNECT_KAFKA_LIBS`; without them the test `name` is skipped.
    #[must_use]
    pub fn or_skip(name: &str) -> Option<Self> {
        let (bootstrap, libs) =
            (std::env::var("KCONNECT_TEST_KAFKA"), std::env::var_os("KCONNECT_KAFKA_LIBS"));
        match (bootstrap, libs) {
            (Ok(bootstrap), Some(libs)) => Some(Self { bootstrap, libs: libs.into() }),
            _ => {
                skip(name, "no real Kafka (needs Java 17 and Maven, see `cargo xtask test`)");
                None
            }
        }
    }

    /// A Java main class of Kafka with its JARs on the class path.
    #[must_use]
    pub fn java(&self, main: &str) -> Command {
        java_tool(&self.libs, main)
    }
}

/// `java` with the class path `libs/*` and `main`.
#[must_use]
pub fn java_tool(libs: &std::path::Path, main: &str) -> Command {
    let mut java = Command::new("java");
    java.arg("-Xmx256m").arg("-Dorg.apache.logging.log4j.level=WARN");
    java.arg("-cp").arg(format!("{}/*", libs.display())).arg(main);
    java
}
