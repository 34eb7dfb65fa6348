//! Against real Apache Kafka, and beside the JVM worker.

use kconnect_testkit::{Program, RealKafka, eventually};

use crate::rig::{LIMIT, Rig, kconnect};

fn topic(name: &str) -> String {
    format!("{name}-{}", std::process::id())
}

#[test]
fn the_main_job_on_real_kafka() {
    let Some(kafka) = RealKafka::or_skip("the_main_job_on_real_kafka") else { return };
    let rig = Rig::new(&kafka.bootstrap, &topic("main-job"));
    rig.append(&(0..20_000).map(|i| format!("line {i}\n")).collect::<String>());
    let mut worker = rig.start();
    rig.arrived_exactly(&worker);
    rig.append("and one more\n");
    rig.arrived_exactly(&worker);
    assert!(worker.stop(LIMIT).success(), "{}", worker.output());
    // A second run has nothing to do and adds nothing.
    rig.append("after the restart\n");
    let mut worker = rig.start();
    rig.arrived_exactly(&worker);
    assert!(worker.stop(LIMIT).success());
}

/// The offsets file goes back and forth between the JVM's standalone worker and ours: each goes on where the other
/// stopped, so no line comes twice and none is missing.
#[test]
fn the_jvm_worker_and_ours_share_an_offsets_file() {
    let Some(kafka) = RealKafka::or_skip("the_jvm_worker_and_ours_share_an_offsets_file") else { return };
    let rig = Rig::new(&kafka.bootstrap, &topic("handover"));
    // A group of its own: the other test's sink has the usual name.
    let sink = rig.sink("");
    assert!(sink.contains("name=local-file-sink"));
    rig.write("sink.properties", &sink.replace("name=local-file-sink", "name=handover-sink"));
    let plugin = rig.path("plugins/file");
    std::fs::create_dir_all(&plugin).unwrap();
    for jar in std::fs::read_dir(&kafka.libs).unwrap().flatten() {
        if jar.file_name().to_string_lossy().starts_with("connect-file-") {
            std::fs::copy(jar.path(), plugin.join(jar.file_name())).unwrap();
        }
    }
    rig.write("worker.properties", &rig.worker(&format!("plugin.path={}", rig.path("plugins").display())));

    // Both offsets are waited for: this is about the file, not about what a stop still commits.
    let stored = |connector: &str, offset: String| {
        eventually("a stored offset", LIMIT, || {
            let path = format!("/connectors/{connector}/offsets");
            let answer = kconnect_testkit::http(&rig.rest, "GET", &path, None)?;
            answer.body.contains(&offset).then_some(())
        });
    };
    rig.append("ours 1\nours 2\n");
    let mut ours = rig.start();
    rig.arrived_exactly(&ours);
    stored("local-file-source", format!("\"position\":{}", "ours 1\nours 2\n".len()));
    stored("handover-sink", "\"kafka_offset\":2".to_owned());
    assert!(ours.stop(LIMIT).success(), "{}", ours.output());
    // The JVM's member would wait for the session of one that is still in the group.
    let group =
        kconnect(&["group", "describe", "-b", &kafka.bootstrap, "-G", "connect-handover-sink"]).output();
    let group = String::from_utf8(group.unwrap().stdout).unwrap();
    assert!(group.starts_with("connect-handover-sink: Empty, 0 members"), "{group}");

    rig.append("theirs 1\ntheirs 2\n");
    let mut java = kafka.java("org.apache.kafka.connect.cli.ConnectStandalone");
    java.current_dir(rig.dir.path()).args(["worker.properties", "source.properties", "sink.properties"]);
    let mut theirs = Program::start(&mut java);
    rig.arrived_exactly(&theirs);
    let position = rig.path("test.txt").metadata().unwrap().len();
    stored("local-file-source", format!("\"position\":{position}"));
    stored("handover-sink", "\"kafka_offset\":4".to_owned());
    theirs.stop(LIMIT);

    rig.append("ours again\n");
    let mut ours = rig.start();
    rig.arrived_exactly(&ours);
    assert!(ours.stop(LIMIT).success(), "{}", ours.output());
}
