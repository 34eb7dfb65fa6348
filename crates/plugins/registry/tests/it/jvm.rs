//! The mapping between Connect and Avro on a JVM: Apicurio's copy of upstream's `AvroData`, driven by `AvroOracle.java`.
//!
//! Its JARs come from Maven Central into the target folder once (26 MB); Kafka's JARs are those that `cargo xtask test`
//! fetches. Any JDK will do.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kconnect_testkit::skip;

const CONVERTER: &str = "2.6.13.Final";

/// The program, compiled.
pub struct Jvm {
    class_path: String,
    _classes: tempfile::TempDir,
}

fn runs(program: &str) -> bool {
    Command::new(program).arg("-version").output().is_ok_and(|output| output.status.success())
}

impl Jvm {
    /// The program; without a JDK, Maven or Kafka's JARs the test `name` is skipped.
    pub fn or_skip(name: &str) -> Option<Self> {
        if let Some(missing) = ["java", "javac", "mvn"].into_iter().find(|program| !runs(program)) {
            skip(name, &format!("no {missing} to ask a JVM with"));
            return None;
        }
        let Some(kafka) = std::env::var_os("KCONNECT_KAFKA_LIBS") else {
            skip(name, "KCONNECT_KAFKA_LIBS names no folder with Kafka's JARs");
            return None;
        };
        let jars = format!("{}/*:{}/*", converter().display(), Path::new(&kafka).display());
        let classes = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/AvroOracle.java");
        let compiled = Command::new("javac")
            .args(["-nowarn", "-cp", &jars, "-d"])
            .arg(classes.path())
            .arg(source)
            .output()
            .unwrap();
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        Some(Self { class_path: format!("{}:{jars}", classes.path().display()), _classes: classes })
    }

    /// A line for each envelope.
    pub fn answers(&self, envelopes: &str) -> String {
        let mut child = Command::new("java")
            .args(["-Xmx256m", "-cp", &self.class_path, "AvroOracle"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let envelopes = envelopes.to_owned();
        let writing = std::thread::spawn(move || drop(stdin.write_all(envelopes.as_bytes())));
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The folder with the converter's JARs, without those that Kafka brings.
fn converter() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join(format!("apicurio-converter-{CONVERTER}"));
    if folder.exists() {
        return folder;
    }
    let work = tempfile::tempdir_in(target).unwrap();
    let pom = work.path().join("pom.xml");
    let dependency = format!(
        "<dependency><groupId>io.apicurio</groupId><artifactId>apicurio-registry-utils-converter</artifactId>\
         <version>{CONVERTER}</version></dependency>"
    );
    let text = format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>test</artifactId>\
         <version>1</version><dependencies>{dependency}</dependencies></project>"
    );
    std::fs::write(&pom, text).unwrap();
    let jars = work.path().join("jars");
    let copied = Command::new("mvn")
        .args(["-q", "-B", "-f"])
        .arg(&pom)
        .args(["dependency:copy-dependencies", "-DincludeScope=runtime"])
        .arg(format!("-DoutputDirectory={}", jars.display()))
        .output()
        .unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stdout));
    for entry in std::fs::read_dir(&jars).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if ["connect-", "kafka-clients", "slf4j-api"].iter().any(|kafkas| name.starts_with(kafkas)) {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    // Whole, or not at all.
    let _ = std::fs::rename(&jars, &folder);
    assert!(folder.exists());
    folder
}
