//! A program under test as a process: its output is read line by line, it is asked over HTTP, stopped or killed.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::eventually;

/// A running program; killed when dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Program {
    /// Starts `command` with its output read by us.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {:?}: {error}", command.get_program()));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let out = child.stdout.take().map(|out| collect(out, Arc::clone(&lines)));
        let err = child.stderr.take().map(|err| collect(err, Arc::clone(&lines)));
        Self { child, lines, readers: out.into_iter().chain(err).collect() }
    }

    /// Everything printed so far, standard output and error in the order of arrival.
    #[must_use]
    pub fn output(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    /// Waits for a line that contains `text` and returns it.
    ///
    /// # Panics
    /// After `limit`, with what was printed.
    pub fn wait_for_line(&self, text: &str, limit: Duration) -> String {
        let mut found = None;
        let deadline = std::time::Instant::now() + limit;
        while found.is_none() {
            found = self.output().lines().find(|line| line.contains(text)).map(str::to_owned);
            assert!(std::time::Instant::now() < deadline, "no line with '{text}' in:\n{}", self.output());
            std::thread::sleep(Duration::from_millis(10));
        }
        found.unwrap_or_default()
    }

    /// Sends a signal by name, e.g. `TERM`, `KILL`, `STOP`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(status.expect("kill starts").success(), "no such process");
    }

    /// Process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_none()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// After `limit`, with what was printed.
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let lines = Arc::clone(&self.lines);
        let what = || {
            format!(
                "end of the program, which printed:\n{}",
                lines.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
            )
        };
        let deadline = std::time::Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                for reader in self.readers.drain(..) {
                    let _ = reader.join();
                }
                return status;
            }
            assert!(std::time::Instant::now() < deadline, "no {}", what());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// SIGTERM, then its end.
    pub fn stop(&mut self, limit: Duration) -> ExitStatus {
        self.signal("TERM");
        self.wait(limit)
    }

    /// SIGKILL, then its end.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

fn collect(from: impl Read + Send + 'static, into: Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            into.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    })
}

/// An HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Status code.
    pub status: u16,
    /// The body as text.
    pub body: String,
    /// The head, as it came.
    pub head: String,
}

/// Asks an HTTP server on `address` and reads the whole answer; `None` when it cannot be reached.
pub fn http(address: &str, method: &str, path: &str, body: Option<&str>) -> Option<Http> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(100))).ok()?;
    let content = body.map_or_else(String::new, |body| {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    });
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{content}\r\n{}",
        body.unwrap_or_default()
    );
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, rest) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunk(rest) } else { rest.to_owned() };
    Some(Http { status, body, head: head.to_owned() })
}

fn unchunk(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 || after.len() < size {
            break;
        }
        body.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    body
}

/// A `Command` for `program` with `args`.
pub fn command(program: impl AsRef<OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

/// Waits until `address` answers `path` with `status`.
pub fn wait_for_http(address: &str, path: &str, status: u16, limit: Duration) -> Http {
    eventually(&format!("{status} for {path}"), limit, || {
        http(address, "GET", path, None).filter(|answer| answer.status == status)
    })
}
