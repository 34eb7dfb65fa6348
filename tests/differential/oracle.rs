//! The JVM's side: one process that answers a line with a line.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// A JVM that runs `java/Oracle.java`.
pub(crate) struct Oracle {
    child: Child,
    _classes: TempDir,
    pub(crate) stdin: ChildStdin,
    pub(crate) stdout: BufReader<ChildStdout>,
    /// The major version.
    pub(crate) version: u32,
}

impl Oracle {
    /// Compiles and starts the program with the JARs in `libs`.
    ///
    /// # Panics
    /// If that does not work.
    pub(crate) fn start(libs: &Path) -> Self {
        let (home, version) = newest();
        let classes = compiled(&home, libs);
        let mut java = Command::new(program(&home, "java"));
        java.args([
            "-Xmx1g",
            "-Xss1m",
            "-XX:+UseSerialGC",
            "-XX:-OmitStackTraceInFastThrow",
            "-Duser.timezone=UTC",
            "-Duser.language=en",
            "-Duser.country=US",
        ]);
        java.args(["-Dfile.encoding=UTF-8", "-Dorg.apache.logging.log4j.level=OFF", "-cp"]);
        java.arg(format!("{}:{}/*", classes.path().display(), libs.display())).arg("Oracle");
        let mut child = java.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the JVM starts");
        let stdin = child.stdin.take().expect("piped");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, _classes: classes, stdin, stdout, version }
    }

    /// One question.
    pub(crate) fn ask(&mut self, line: &str) -> String {
        writeln!(self.stdin, "{line}").and_then(|()| self.stdin.flush()).expect("the JVM listens");
        self.answer()
    }

    /// The next answer.
    pub(crate) fn answer(&mut self) -> String {
        answer(&mut self.stdout)
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next answer of a JVM.
pub(crate) fn answer(stdout: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    let read = stdout.read_line(&mut line).expect("the JVM answers");
    assert!(read > 0, "the JVM has ended; what it said is above");
    line
}

/// The newest Java on this machine, since number texts changed with JDK 19: its home (none: the one in `PATH`) and
/// version.
fn newest() -> (Option<PathBuf>, u32) {
    let mut homes: Vec<Option<PathBuf>> = vec![None, std::env::var_os("JAVA_HOME").map(PathBuf::from)];
    for entry in std::fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten() {
        homes.push(Some(entry.path()));
    }
    let usable = homes
        .into_iter()
        .filter(|home| Command::new(program(home, "javac")).arg("-version").output().is_ok());
    let newest = usable.filter_map(|home| version(&home).map(|version| (home, version)));
    newest.max_by_key(|(_, version)| *version).expect("a JDK, 17 or newer")
}

fn program(home: &Option<PathBuf>, name: &str) -> PathBuf {
    home.as_ref().map_or_else(|| name.into(), |home| home.join("bin").join(name))
}

fn version(home: &Option<PathBuf>) -> Option<u32> {
    let output = Command::new(program(home, "java")).arg("-version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.split('"').nth(1)?.split(['.', '-']).next()?.parse().ok()
}

/// The folder with the compiled program.
fn compiled(home: &Option<PathBuf>, libs: &Path) -> TempDir {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/differential/java/Oracle.java");
    let classes = TempDir::new().expect("a folder for classes");
    let status = Command::new(program(home, "javac"))
        .args(["--release", "17", "-nowarn", "-cp", &format!("{}/*", libs.display()), "-d"])
        .arg(classes.path())
        .arg(&source)
        .status()
        .expect("javac starts");
    assert!(status.success(), "the program does not compile");
    classes
}
