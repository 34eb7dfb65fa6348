//! What a user of Kafka's scripts does: names, files, options.

use std::fs;
use std::os::unix::fs::symlink;

use kconnect_testkit::{Program, eventually, http};

use crate::rig::{BrokerProcess, LIMIT, Rig};

#[test]
fn the_three_files_of_the_quickstart_work_under_every_name() {
    let broker = BrokerProcess::start();
    for (number, name) in ["connect-standalone", "connect-standalone.sh"].into_iter().enumerate() {
        let rig = Rig::new(&broker.address, &format!("names-{number}"));
        rig.append("foo\nbar\n");
        symlink(env!("CARGO_BIN_EXE_kconnect"), rig.path(name)).unwrap();
        let mut command = std::process::Command::new(rig.path(name));
        command.current_dir(rig.dir.path()).args([
            "worker.properties",
            "source.properties",
            "sink.properties",
        ]);
        let mut worker = Program::start(&mut command);
        rig.arrived_exactly(&worker);
        assert_eq!(worker.stop(LIMIT).code(), Some(0), "{}", worker.output());
    }
}

#[test]
fn a_daemon_goes_on_without_its_parent() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "daemon");
    rig.append("foo\n");
    let mut command = crate::rig::kconnect(&["standalone", "-daemon", "worker.properties"]);
    command.current_dir(rig.dir.path()).args(["source.properties", "sink.properties"]);
    let mut parent = Program::start(&mut command);
    assert!(parent.wait(LIMIT).success(), "{}", parent.output());
    rig.arrived_exactly(&parent);
    let pid = parent.output().lines().find_map(|line| line.split_whitespace().last()?.parse::<u32>().ok());
    let pid = pid.expect("the parent prints the daemon's process id");
    assert!(rig.path("logs/connectStandalone.out").exists());
    assert!(std::process::Command::new("kill").arg(pid.to_string()).status().unwrap().success());
    eventually("the daemon's end", LIMIT, || http(&rig.rest, "GET", "/", None).is_none().then_some(()));
}

#[test]
fn connectors_come_as_json_of_either_form_or_not_at_all() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "json-files");
    rig.append("one\n");
    let source = rig.path("test.txt").display().to_string();
    let sink = rig.path("test.sink.txt").display().to_string();
    rig.write(
        "flat.json",
        &format!(r#"{{"name":"local-file-source","connector.class":"FileStreamSource","file":"{source}","topic":"json-files"}}"#),
    );
    rig.write(
        "request.json",
        &format!(
            r#"{{"name":"local-file-sink","config":{{"connector.class":"FileStreamSink","file":"{sink}","topics":"json-files"}},"initial_state":"PAUSED"}}"#
        ),
    );
    let mut worker = rig.start_with(&["flat.json", "request.json"]);
    rig.wait_for_state("local-file-source", "RUNNING");
    rig.wait_for_state("local-file-sink", "PAUSED");
    assert_eq!(rig.sink_lines().len(), 0);
    assert_eq!(rig.ask("PUT", "/connectors/local-file-sink/resume", None).status, 202);
    rig.arrived_exactly(&worker);
    assert!(worker.stop(LIMIT).success());

    let mut empty = rig.start_with(&[]);
    assert_eq!(rig.get("/connectors").body, "[]");
    assert!(empty.stop(LIMIT).success(), "{}", empty.output());
}

#[test]
fn environment_variables_of_the_images_count_below_the_file() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "env");
    rig.append("foo\n");
    let worker = rig.worker("").replace(&format!("bootstrap.servers={}\n", broker.address), "");
    fs::write(rig.path("worker.properties"), worker).unwrap();
    let mut command =
        crate::rig::kconnect(&["standalone", "worker.properties", "source.properties", "sink.properties"]);
    command.current_dir(rig.dir.path()).env("CONNECT_BOOTSTRAP_SERVERS", &broker.address);
    command.env("CONNECT_OFFSET_FLUSH_INTERVAL_MS", "999999").env("KAFKA_HEAP_OPTS", "-Xmx2G");
    let mut worker = Program::start(&mut command);
    rig.arrived_exactly(&worker);
    worker.wait_for_line("CONNECT_BOOTSTRAP_SERVERS", LIMIT);
    worker.wait_for_line("KAFKA_HEAP_OPTS has no effect", LIMIT);
    assert!(worker.stop(LIMIT).success());
}

#[test]
fn the_jar_of_the_file_connector_in_plugin_path_is_met_with_one_line() {
    let broker = BrokerProcess::start();
    let rig = Rig::new(&broker.address, "jar");
    rig.write("worker.properties", &rig.worker("plugin.path=libs/connect-file-4.3.1.jar"));
    let mut worker = rig.start_with(&[]);
    rig.get("/connectors");
    worker.wait_for_line("built in", LIMIT);
    assert!(worker.stop(LIMIT).success());
}
