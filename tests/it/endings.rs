//! How a worker ends when something holds it up, and what it holds on to meanwhile.

use std::fs::{self, File};
use std::io::Read;
use std::process::Command;
use std::time::{Duration, Instant};

use kconnect_testkit::{Program, eventually};

use crate::rig::{BrokerProcess, LIMIT, Rig, kconnect};

/// A sink that writes into a pipe which is held open and not read: it is stuck when the pipe is full.
fn stuck_sink(rig: &Rig) -> (String, File) {
    let pipe = rig.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let sink =
        rig.sink("").replace(&rig.path("test.sink.txt").display().to_string(), &pipe.display().to_string());
    (sink, File::options().read(true).write(true).open(&pipe).unwrap())
}

/// Waits until the sink has begun to write.
fn until_written(pipe: &mut File) {
    pipe.read_exact(&mut [0]).unwrap();
}

#[test]
fn sigterm_without_a_broker_ends_with_dead_letters_still_on_their_way() {
    let mut broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "away");
    rig.append("no json\n");
    rig.write(
        "source.properties",
        &rig.source("value.converter=org.apache.kafka.connect.storage.StringConverter"),
    );
    rig.write(
        "sink.properties",
        &rig.sink(
            "errors.tolerance=all\nerrors.deadletterqueue.topic.name=away-dead\n\
             errors.deadletterqueue.topic.replication.factor=1\nerrors.log.enable=true",
        ),
    );
    let mut worker = rig.start();
    worker.wait_for_line("Error encountered in task local-file-sink-0", LIMIT);
    broker.kill();
    rig.append("more\n");
    let start = Instant::now();
    let status = worker.stop(LIMIT);
    assert!(status.success(), "{status}\n{}", worker.output());
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// What ran by then is stopped as at any other time: its offsets are stored, and nothing comes twice.
#[test]
fn sigterm_while_connectors_are_still_being_created_is_a_clean_stop() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "early");
    rig.append(&"one of many lines\n".repeat(20_000));
    let mut files = vec!["source.properties".to_owned()];
    for number in 0..400 {
        let name = format!("later-{number}");
        let text = rig.source("").replace("name=local-file-source", &format!("name={name}"));
        rig.write(&name, &text.replace("test.txt", "none.txt"));
        files.push(name);
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let mut worker = rig.start_with(&files);
    worker.wait_for_line("Created connector later-20", LIMIT);
    let status = worker.stop(LIMIT);
    let output = worker.output();
    assert!(status.success() && output.contains("Kafka Connect stopped"), "{status}\n{output}");
    assert!(!output.contains("Created connector later-399"), "the signal came too late to test anything");

    let mut worker = rig.start();
    rig.arrived_exactly(&worker);
    rig.append("the last one\n");
    rig.arrived_exactly(&worker);
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());
}

#[test]
fn sigterm_ends_a_sink_that_cannot_write() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "hangs");
    let (sink, mut pipe) = stuck_sink(&rig);
    rig.write("sink.properties", &sink);
    rig.append(&"a line of text that fills a pipe\n".repeat(20_000));
    let mut worker = rig.start();
    until_written(&mut pipe);
    let start = Instant::now();
    let status = worker.stop(LIMIT);
    assert!(status.success(), "{status}\n{}", worker.output());
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

/// A deployment may give a task minutes to stop; who does not want to wait for them signals again.
#[test]
fn a_second_signal_ends_a_worker_at_once_while_a_task_hangs() {
    let broker = BrokerProcess::start();
    for second in ["TERM", "INT"] {
        let rig = Rig::new(&broker.address, &format!("hangs-{second}"));
        rig.write("worker.properties", &rig.worker("task.shutdown.graceful.timeout.ms=600000"));
        let (sink, mut pipe) = stuck_sink(&rig);
        rig.write("sink.properties", &sink.replace("name=local-file-sink", &format!("name=sink-{second}")));
        // One write that no pipe takes at once: the sink is in it when its first byte is there.
        rig.append(&format!("{}\n", "x".repeat(500_000)));
        let mut worker = rig.start();
        until_written(&mut pipe);
        worker.signal("TERM");
        worker.wait_for_line("Kafka Connect stopping", LIMIT);
        std::thread::sleep(Duration::from_millis(500));
        assert!(worker.is_running(), "the first signal waits for the task:\n{}", worker.output());
        let start = Instant::now();
        worker.signal(second);
        let status = worker.wait(LIMIT);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(status.code(), Some(130), "{second}: {}", worker.output());
        let output = worker.output();
        let lines = output.lines().filter(|line| line.contains("second signal: ending at once")).count();
        assert_eq!(lines, 1, "{output}");
        assert!(!output.contains("Kafka Connect stopped"), "{output}");
    }
}

#[test]
fn standard_input_goes_to_standard_output() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "standard");
    let without_file = |text: String| {
        text.lines()
            .filter(|line| !line.starts_with("file="))
            .fold(String::new(), |all, line| all + line + "\n")
    };
    rig.write("source.properties", &without_file(rig.source("")));
    rig.write("sink.properties", &without_file(rig.sink("")));
    rig.write("input", "first of input\nsecond of input\n");
    let kconnect = env!("CARGO_BIN_EXE_kconnect");
    let line = format!("{kconnect} standalone worker.properties source.properties sink.properties < input");
    let mut command = Command::new("bash");
    command.args(["-c", &format!("exec {line}")]).current_dir(rig.dir.path());
    let mut worker = Program::start(&mut command);
    worker.wait_for_line("second of input", LIMIT);
    let output = worker.output();
    let at = |text: &str| output.lines().position(|line| line == text);
    assert!(at("first of input").is_some() && at("first of input") < at("second of input"), "{output}");
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());
}

/// No file of this process may grow: what a full disk does to the offsets file.
#[test]
fn an_offsets_file_without_room_is_named_and_nothing_is_lost() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "no-room");
    rig.append("one\ntwo\n");
    let mut command = Command::new("bash");
    let kconnect = env!("CARGO_BIN_EXE_kconnect");
    let line =
        format!("trap '' XFSZ; ulimit -f 0; exec {kconnect} standalone worker.properties source.properties");
    command.args(["-c", &line]).current_dir(rig.dir.path());
    let mut worker = Program::start(&mut command);
    worker.wait_for_line("offsets were not stored", LIMIT);
    assert!(worker.output().contains("offsets"), "{}", worker.output());
    rig.wait_for_state("local-file-source/tasks/0", "RUNNING");
    worker.stop(LIMIT);
    // With room again nothing is missing; what was not stored is read again.
    let mut worker = rig.start();
    rig.wait_for_lines(2, &worker);
    let lines = rig.sink_lines();
    assert!(lines.iter().any(|line| line == "one") && lines.iter().any(|line| line == "two"), "{lines:?}");
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());
}

#[test]
fn memory_is_bounded_while_a_sink_takes_nothing() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "much");
    // 300 MB, of which the budget of a task is a part.
    let line = format!("{}\n", "x".repeat(500_000));
    fs::write(rig.path("large"), line.repeat(100)).unwrap();
    for _ in 0..6 {
        let mut produce = kconnect(&["produce", "-b", &broker.address, "-t", "much", "large"]);
        let mut produce = Program::start(produce.current_dir(rig.dir.path()));
        assert!(produce.wait(LIMIT).success(), "{}", produce.output());
    }
    let (sink, mut pipe) = stuck_sink(&rig);
    let converter = "value.converter=org.apache.kafka.connect.storage.StringConverter\n";
    rig.write("sink.properties", &(sink + converter));
    let mut worker = rig.start_with(&["sink.properties"]);
    until_written(&mut pipe);
    let resident = || -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", worker.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    // It has fetched what it may when its size stays the same.
    let mut last = (resident(), Instant::now());
    let largest = eventually("a size that stays", LIMIT, || {
        let now = resident();
        if now > last.0 {
            last = (now, Instant::now());
        }
        (last.1.elapsed() > Duration::from_secs(3)).then_some(last.0)
    });
    assert!(largest < 220, "{largest} MB");
    worker.kill();
}

/// The recommended files work as they are, and strictly.
#[test]
fn the_recommended_files_start_a_worker_that_refuses_what_is_risky() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "connect-test");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/strict");
    let file = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let worker = file("connect-standalone.properties")
        .replace("localhost:9092", &broker.address)
        .replace("127.0.0.1:8083", &rig.rest);
    rig.write("worker.properties", &worker);
    rig.write("source.properties", &file("connect-file-source.properties"));
    rig.write("sink.properties", &file("connect-file-sink.properties"));
    rig.append("strict\n");
    let mut running = rig.start();
    rig.arrived_exactly(&running);
    assert!(running.stop(LIMIT).success(), "{}", running.output());

    let open = "config.providers=env\nconfig.providers.env.class=EnvVarConfigProvider\n";
    rig.write("worker.properties", &format!("{worker}\n{open}"));
    let mut refused = rig.start();
    assert_ne!(refused.wait(LIMIT).code(), Some(0));
    assert!(refused.output().contains("allowlist.pattern is not set"), "{}", refused.output());
}
