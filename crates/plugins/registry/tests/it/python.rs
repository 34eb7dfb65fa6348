//! A Python with Confluent's client, the judge of what the formats write and read over a real registry.
//!
//! The packages come from PyPI with pip into the target folder, once (100 MB, half a minute), in the versions of
//! `requirements.txt`. `KCONNECT_TEST_PYTHON` names an interpreter that has them already.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use kconnect_testkit::skip;

/// The interpreter, and where the packages are if they are not its own.
pub struct Python {
    program: PathBuf,
    packages: Option<PathBuf>,
}

/// One test at a time installs.
static INSTALLING: Mutex<()> = Mutex::new(());

impl Python {
    /// Python with the packages; where there is none, or none with pip, the test `name` is skipped.
    pub fn or_skip(name: &str) -> Option<Self> {
        if let Some(program) = std::env::var_os("KCONNECT_TEST_PYTHON") {
            return Some(Self { program: program.into(), packages: None });
        }
        let pip = Command::new("python3").args(["-m", "pip", "--version"]).output();
        if !pip.is_ok_and(|pip| pip.status.success()) {
            skip(name, "no python3 with pip to install Confluent's client with");
            return None;
        }
        let packages = Path::new(env!("CARGO_TARGET_TMPDIR")).join("confluent-python");
        let _one = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = include_str!("requirements.txt");
        if std::fs::read_to_string(packages.join("installed.txt")).ok().as_deref() != Some(wanted) {
            install(&packages);
            std::fs::write(packages.join("installed.txt"), wanted).unwrap();
        }
        Some(Self { program: "python3".into(), packages: Some(packages) })
    }

    /// What a script, below this crate, prints when it is given `input`.
    pub fn run(&self, script: &str, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new(&self.program);
        if let Some(packages) = &self.packages {
            command.env("PYTHONPATH", packages);
        }
        let mut child = command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
            .args(arguments)
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        // A script that ends early is told by its status.
        let writing = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script} {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn install(packages: &Path) {
    let _ = std::fs::remove_dir_all(packages);
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/requirements.txt");
    let pip = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"])
        .arg(packages)
        .arg("--requirement")
        .arg(requirements)
        .output()
        .unwrap();
    assert!(pip.status.success(), "{}", String::from_utf8_lossy(&pip.stderr));
}
