//! A worker and a broker as processes, with their files in a temporary folder.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use kconnect_testkit::{Http, Program, eventually, http, wait_for_http};
use tempfile::TempDir;

/// Long enough for a loaded machine; only a hanging test gets there.
pub const LIMIT: Duration = Duration::from_secs(60);

/// The program under test.
pub fn kconnect(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kconnect"));
    command.args(args).env_remove("KCONNECT_LOG").env("NO_COLOR", "1");
    command
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A folder with a worker's files, and where its broker is.
pub struct Rig {
    pub dir: TempDir,
    pub bootstrap: String,
    pub rest: String,
    pub topic: String,
}

impl Rig {
    /// For a broker at `bootstrap`.
    pub fn new(bootstrap: &str, topic: &str) -> Self {
        let rest = format!("127.0.0.1:{}", free_port());
        let rig = Self {
            dir: TempDir::new().unwrap(),
            bootstrap: bootstrap.to_owned(),
            rest,
            topic: topic.to_owned(),
        };
        rig.write("worker.properties", &rig.worker(""));
        rig.write("source.properties", &rig.source(""));
        rig.write("sink.properties", &rig.sink(""));
        rig
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Kafka's example worker with our addresses, and `more` lines.
    pub fn worker(&self, more: &str) -> String {
        format!(
            "bootstrap.servers={}\nkey.converter=org.apache.kafka.connect.json.JsonConverter\n\
             value.converter=org.apache.kafka.connect.json.JsonConverter\nkey.converter.schemas.enable=true\n\
             value.converter.schemas.enable=true\noffset.storage.file.filename={}\noffset.flush.interval.ms=500\n\
             listeners=http://{}\n{more}\n",
            self.bootstrap,
            self.path("offsets").display(),
            self.rest
        )
    }

    pub fn source(&self, more: &str) -> String {
        format!(
            "name=local-file-source\nconnector.class=FileStreamSource\ntasks.max=1\nfile={}\ntopic={}\n{more}\n",
            self.path("test.txt").display(),
            self.topic
        )
    }

    pub fn sink(&self, more: &str) -> String {
        format!(
            "name=local-file-sink\nconnector.class=FileStreamSink\ntasks.max=1\nfile={}\ntopics={}\n{more}\n",
            self.path("test.sink.txt").display(),
            self.topic
        )
    }

    pub fn append(&self, lines: &str) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.path("test.txt")).unwrap();
        file.write_all(lines.as_bytes()).unwrap();
    }

    /// Starts the worker with both connectors.
    pub fn start(&self) -> Program {
        self.start_with(&["source.properties", "sink.properties"])
    }

    /// Starts the worker with these connector files.
    pub fn start_with(&self, connectors: &[&str]) -> Program {
        let mut command = kconnect(&["standalone"]);
        command.current_dir(self.dir.path()).arg("worker.properties").args(connectors);
        Program::start(&mut command)
    }

    pub fn get(&self, path: &str) -> Http {
        wait_for_http(&self.rest, path, 200, LIMIT)
    }

    pub fn ask(&self, method: &str, path: &str, body: Option<&str>) -> Http {
        http(&self.rest, method, path, body).expect("the worker answers")
    }

    pub fn sink_lines(&self) -> Vec<String> {
        lines(&self.path("test.sink.txt"))
    }

    pub fn source_lines(&self) -> Vec<String> {
        lines(&self.path("test.txt"))
    }

    /// Waits until the sink file has as many lines as the source file, then compares them: nothing lost, nothing
    /// invented, nothing twice, in order.
    pub fn arrived_exactly(&self, worker: &Program) {
        let wanted = self.source_lines();
        self.wait_for_lines(wanted.len(), worker);
        assert_eq!(self.sink_lines(), wanted);
    }

    /// Waits for at least `count` lines in the sink file.
    pub fn wait_for_lines(&self, count: usize, worker: &Program) {
        let deadline = std::time::Instant::now() + LIMIT;
        while self.sink_lines().len() < count {
            let got = self.sink_lines().len();
            assert!(
                std::time::Instant::now() < deadline,
                "{got} of {count} lines arrived; log:\n{}",
                worker.output()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the state of `what` (a connector, or `connector/tasks/0`) is `state`.
    pub fn wait_for_state(&self, what: &str, state: &str) -> serde_json::Value {
        eventually(&format!("{state} of {what}"), LIMIT, || {
            let answer = http(&self.rest, "GET", &format!("/connectors/{what}/status"), None)?;
            let json: serde_json::Value = serde_json::from_str(&answer.body).ok()?;
            let found =
                if what.contains('/') { json["state"].clone() } else { json["connector"]["state"].clone() };
            (found == state).then_some(json)
        })
    }
}

fn lines(path: &Path) -> Vec<String> {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    lines.pop(); // Behind the last newline: nothing, or an unfinished line.
    lines
}

/// An embedded broker as a process of its own, so that it can be killed.
pub struct BrokerProcess {
    pub program: Program,
    pub address: String,
    dir: TempDir,
}

impl BrokerProcess {
    pub fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let address = format!("127.0.0.1:{}", free_port());
        Self { program: Self::launch(&address, dir.path()), address, dir }
    }

    fn launch(address: &str, dir: &Path) -> Program {
        let program =
            Program::start(kconnect(&["broker", "--listen", address, "--data-dir"]).arg(dir.join("data")));
        program.wait_for_line("listening on", LIMIT);
        program
    }

    pub fn kill(&mut self) {
        self.program.kill();
    }

    pub fn start_again(&mut self) {
        self.program = Self::launch(&self.address, self.dir.path());
    }
}
