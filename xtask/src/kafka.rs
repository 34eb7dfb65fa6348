//! A real Apache Kafka broker for the tests: one node, KRaft, plain text, data in a folder of its own.
//!
//! The JARs come from Maven Central into `target/kafka/` once (55 MB). Needs `java` (17 or newer) and `mvn`.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::sh::{self, Done};

/// The release that tests run against.
pub const VERSION: &str = "4.3.1";

const ARTIFACTS: [&str; 6] =
    ["kafka_2.13", "kafka-tools", "connect-runtime", "connect-file", "connect-json", "connect-transforms"];

/// A running broker; stopped and deleted when dropped.
pub struct Kafka {
    child: Child,
    /// `host:port`.
    pub bootstrap: String,
    /// The class path folder with Kafka's JARs.
    pub libs: PathBuf,
    data: PathBuf,
}

/// Why there is no Kafka on this machine, if so.
pub fn missing() -> Option<String> {
    let absent: Vec<_> = ["java", "mvn"].into_iter().filter(|program| !sh::exists(program)).collect();
    (!absent.is_empty()).then(|| format!("{} not found", absent.join(" and ")))
}

/// Fetches the JARs if they are not there yet.
pub fn libs() -> Done<PathBuf> {
    let home = sh::root().join("target/kafka");
    let libs = home.join(format!("libs-{VERSION}"));
    if libs.join("complete").exists() {
        return Ok(libs);
    }
    fs::create_dir_all(&home).map_err(|error| format!("cannot make {}: {error}", home.display()))?;
    let pom = home.join("pom.xml");
    fs::write(&pom, pom_text()).map_err(|error| format!("cannot write {}: {error}", pom.display()))?;
    let out = format!("-DoutputDirectory={}", libs.display());
    let mvn = |args: &[&str]| {
        sh::run(Command::new("mvn").args(["-q", "-B"]).args(args).arg(&out).current_dir(&home))
    };
    mvn(&["-f", "pom.xml", "dependency:copy-dependencies", "-DincludeScope=runtime"])?;
    mvn(&["dependency:copy", "-Dartifact=org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"])?;
    fs::write(libs.join("complete"), "").map_err(|error| error.to_string())?;
    Ok(libs)
}

/// Starts a broker on free ports.
pub fn start() -> Done<Kafka> {
    let libs = libs()?;
    let data = sh::root().join("target/kafka").join(format!("node-{}", std::process::id()));
    let _ = fs::remove_dir_all(&data);
    fs::create_dir_all(&data).map_err(|error| format!("cannot make {}: {error}", data.display()))?;
    let (port, controller) = (free_port()?, free_port()?);
    let write =
        |name: &str, text: String| fs::write(data.join(name), text).map_err(|error| error.to_string());
    write("server.properties", server_properties(port, controller, &data))?;
    write("log4j2.properties", LOG4J2.to_owned())?;
    let java = |main: &str, args: &[&str]| {
        let mut java = Command::new("java");
        java.arg("-Xmx512m")
            .arg(format!("-Dlog4j2.configurationFile={}", data.join("log4j2.properties").display()));
        java.arg("-cp").arg(format!("{}/*", libs.display())).arg(main).args(args).current_dir(&data);
        java
    };
    let id = sh::output(&mut java("kafka.tools.StorageTool", &["random-uuid"]))?;
    let id = id.lines().last().unwrap_or_default().trim();
    sh::output(&mut java("kafka.tools.StorageTool", &["format", "-t", id, "-c", "server.properties"]))?;
    let log = fs::File::create(data.join("server.log")).map_err(|error| error.to_string())?;
    let err = log.try_clone().map_err(|error| error.to_string())?;
    let mut broker = java("kafka.Kafka", &["server.properties"]);
    let child =
        broker.stdin(Stdio::null()).stdout(log).stderr(err).spawn().map_err(|error| error.to_string())?;
    let mut kafka = Kafka { child, bootstrap: format!("127.0.0.1:{port}"), libs, data };
    kafka.wait_until_ready(port)?;
    Ok(kafka)
}

/// Starts a broker and keeps it until the terminal ends this process.
pub fn serve() -> Done {
    let mut kafka = start()?;
    println!("KCONNECT_TEST_KAFKA={}\nKCONNECT_KAFKA_LIBS={}", kafka.bootstrap, kafka.libs.display());
    kafka.child.wait().map_err(|error| error.to_string())?;
    Ok(())
}

impl Kafka {
    /// A broker that accepts connections may not know its own topics yet: two connections in a row, then a pause for
    /// the controller's first record, are judged by the log's «started» line.
    fn wait_until_ready(&mut self, port: u16) -> Done {
        let deadline = Instant::now() + Duration::from_secs(120);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().map_err(|error| error.to_string())? {
                return Err(format!(
                    "Kafka ended with {status}, see {}",
                    self.data.join("server.log").display()
                ));
            }
            let log = fs::read_to_string(self.data.join("server.log")).unwrap_or_default();
            if log.contains("Kafka Server started") && TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        Err(format!("Kafka did not start within 120 s, see {}", self.data.join("server.log").display()))
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

fn free_port() -> Done<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

fn pom_text() -> String {
    let mut text = String::from(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\"><modelVersion>4.0.0</modelVersion>\
         <groupId>kconnect</groupId><artifactId>test-kafka</artifactId><version>1</version><dependencies>",
    );
    for artifact in ARTIFACTS {
        text.push_str(&format!(
            "<dependency><groupId>org.apache.kafka</groupId><artifactId>{artifact}</artifactId>\
             <version>{VERSION}</version></dependency>"
        ));
    }
    text.push_str("</dependencies></project>");
    text
}

/// Retention is off: it would delete test records with old timestamps 30 s after the start and every 5 minutes.
fn server_properties(port: u16, controller: u16, data: &Path) -> String {
    let logs = data.join("data");
    format!(
        "process.roles=broker,controller\nnode.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\ncontroller.listener.names=CONTROLLER\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
         listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n\
         log.dirs={}\noffsets.topic.replication.factor=1\noffsets.topic.num.partitions=5\n\
         transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\
         transaction.state.log.num.partitions=5\nshare.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\ngroup.initial.rebalance.delay.ms=0\n\
         log.retention.ms=-1\n",
        logs.display()
    )
}

const LOG4J2: &str = "rootLogger.level=INFO\nrootLogger.appenderRefs=a\nrootLogger.appenderRef.a.ref=A\n\
appender.a.type=Console\nappender.a.name=A\nappender.a.layout.type=PatternLayout\n\
appender.a.layout.pattern=[%d] %p %m (%c)%n\n";
