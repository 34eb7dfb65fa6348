//! A real registry: Apicurio Registry behind its Confluent interface, one for all tests of this binary.
//!
//! It is downloaded once with Maven into the target folder (80 MB), starts in about three seconds, keeps its data in
//! memory and ends with the tests.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kconnect_testkit::{eventually, http, skip};

const VERSION: &str = "3.0.9";
const LIMIT: Duration = Duration::from_secs(120);

/// The registry, while tests use it; the last one ends it.
pub struct Registry {
    address: String,
}

struct Running {
    address: String,
    process: Child,
    users: usize,
}

static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

fn running() -> MutexGuard<'static, Option<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Registry {
    /// The registry; without Java and Maven the test `name` is skipped.
    pub fn or_skip(name: &str) -> Option<Self> {
        for tool in ["java", "mvn"] {
            let there =
                Command::new(tool).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status();
            if there.is_err() {
                skip(name, &format!("no {tool} to start a real schema registry with"));
                return None;
            }
        }
        let mut running = running();
        if running.is_none() {
            *running = Some(start(&runner()));
        }
        let found = running.as_mut()?;
        found.users += 1;
        Some(Self { address: found.address.clone() })
    }

    /// The address for converters.
    pub fn url(&self) -> String {
        format!("http://{}/apis/ccompat/v7", self.address)
    }

    /// The answer to a GET below that address.
    pub fn get(&self, path: &str) -> String {
        http(&self.address, "GET", &format!("/apis/ccompat/v7{path}"), None).expect("an answer").body
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let mut running = running();
        if let Some(found) = running.as_mut() {
            found.users -= 1;
            if found.users == 0 {
                let _ = found.process.kill();
                let _ = found.process.wait();
                *running = None;
            }
        }
    }
}

/// The program, downloaded when it is not there yet.
fn runner() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = target.join(format!("apicurio-{VERSION}"));
    let jar = folder.join(format!("apicurio-registry-app-{VERSION}-runner.jar"));
    if jar.exists() {
        return jar;
    }
    let artifact = format!("io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all");
    let copied = Command::new("mvn")
        .args(["-q", "-B", "dependency:copy"])
        .arg(format!("-Dartifact={artifact}"))
        .arg(format!("-DoutputDirectory={}", target.display()))
        .current_dir(target)
        .output()
        .unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stdout));
    // Beside its place first, so that an interrupted unpacking is not taken for the whole.
    let unpacked = tempfile::tempdir_in(target).unwrap();
    let archive = target.join(format!("apicurio-registry-app-{VERSION}-all.tar.gz"));
    let tar = Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(unpacked.path()).status().unwrap();
    assert!(tar.success());
    let _ = std::fs::rename(unpacked.keep(), &folder);
    assert!(jar.exists(), "{} is not in the archive", jar.display());
    jar
}

fn start(jar: &Path) -> Running {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = Command::new("java")
        .args(["-Xmx384m", "-jar"])
        .arg(jar)
        .env("QUARKUS_HTTP_HOST", "127.0.0.1")
        .env("QUARKUS_HTTP_PORT", port.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let address = format!("127.0.0.1:{port}");
    eventually("the registry's first answer", LIMIT, || {
        http(&address, "GET", "/apis/ccompat/v7/subjects", None).filter(|answer| answer.status == 200)
    });
    Running { address, process, users: 0 }
}
