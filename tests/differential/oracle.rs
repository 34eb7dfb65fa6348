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
    /// Compiles and starts the program with the JARs in `libs`; why not, where there is no Java that would do.
    ///
    /// # Panics
    /// If it does not compile or start.
    pub(crate) fn start(libs: &Path) -> Result<Self, String> {
        let (home, version) = newest()?;
        let classes = compiled(&compiler()?, libs);
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
        Ok(Self { child, _classes: classes, stdin, stdout, version })
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

/// Ours are the number texts and the order of hash maps since this release: it writes the shortest text of a floating point
/// number, and no longer makes the table of a copied `HashMap` larger than needed.
const OLDEST: u32 = 19;

/// Where a Java may be: homes, none for what is in `PATH`.
fn homes() -> Vec<Option<PathBuf>> {
    let named = std::env::var_os("JAVA_HOME").into_iter();
    let installed = std::fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten();
    let homes = named.map(PathBuf::from).chain(installed.map(|entry| entry.path()));
    std::iter::once(None).chain(homes.map(Some)).collect()
}

/// The Java that `KCONNECT_JAVA` names, or the newest of those that are here, with its version.
fn newest() -> Result<(Option<PathBuf>, u32), String> {
    let named = std::env::var_os("KCONNECT_JAVA").map(|home| vec![Some(PathBuf::from(home))]);
    let newest = named
        .unwrap_or_else(homes)
        .into_iter()
        .filter_map(|home| version(&home).map(|version| (home, version)))
        .max_by_key(|(_, version)| *version);
    let found = newest.as_ref().map_or("none".to_owned(), |(_, version)| version.to_string());
    newest.filter(|(_, version)| *version >= OLDEST).ok_or_else(|| {
        format!(
            "needs Java {OLDEST} or newer in KCONNECT_JAVA, PATH, JAVA_HOME or /usr/lib/jvm; found: {found}"
        )
    })
}

/// Any Java with a compiler; it writes classes for old ones.
fn compiler() -> Result<Option<PathBuf>, String> {
    let compiles =
        |home: &Option<PathBuf>| Command::new(program(home, "javac")).arg("-version").output().is_ok();
    homes()
        .into_iter()
        .find(compiles)
        .ok_or_else(|| "needs javac in PATH, JAVA_HOME or /usr/lib/jvm".to_owned())
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
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/differential/java");
    let classes = TempDir::new().expect("a folder for classes");
    let status = Command::new(program(home, "javac"))
        .args(["--release", "17", "-nowarn", "-cp", &format!("{}/*", libs.display()), "-d"])
        .arg(classes.path())
        .args(["Oracle.java", "Charsets.java"].map(|source| sources.join(source)))
        .status()
        .expect("javac starts");
    assert!(status.success(), "the program does not compile");
    classes
}
