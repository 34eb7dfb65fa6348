//! The data folder: what survives an orderly end, a SIGKILL, and a torn file.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::{GroupId, OffsetCommitRequest};
use kconnect_broker::{Broker, ErrorCode, StartError};

use crate::client::{Batch, Client, batch, name, new_producer, produce, text, values};

async fn open(dir: &Path) -> Broker {
    Broker::builder().data_dir(dir).start().await.unwrap()
}

async fn commit(client: &mut Client, offset: i64) {
    let partition =
        OffsetCommitRequestPartition::default().with_partition_index(0).with_committed_offset(offset);
    let topic = OffsetCommitRequestTopic::default().with_name(name("t")).with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default()
        .with_group_id(GroupId(text("g")))
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![topic]);
    assert_eq!(client.call(8, &request).await.topics[0].partitions[0].error_code, 0);
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let broker = open(dir.path()).await;
    let id = broker.create_topic_with("t", 2, 1, &[("cleanup.policy", "compact")]).unwrap();
    broker.create_topic("deleted", 1).unwrap();
    broker.delete_topic("deleted").unwrap();
    let mut client = Client::connect(&broker, 1).await;
    let producer = client.call(4, &new_producer()).await.producer_id.0;
    let send = |sequence| batch(Batch { count: 2, producer: (producer, 0, sequence), ..Batch::default() });
    for sequence in [0, 2, 4] {
        assert_eq!(produce(&mut client, "t", send(sequence)).await.error_code, 0);
    }
    commit(&mut client, 3).await;
    commit(&mut client, 4).await;
    let (cluster, committed, batches) = (broker.cluster_id(), broker.committed("g"), broker.batches("t", 0));
    broker.shutdown().await;
    drop(broker);

    let broker = open(dir.path()).await;
    assert_eq!((broker.topics(), broker.partitions("t")), (vec!["t".to_owned()], Some(2)));
    assert_eq!(
        (broker.cluster_id(), broker.committed("g"), broker.batches("t", 0)),
        (cluster, committed, batches)
    );
    let mut client = Client::connect(&broker, 1).await;
    let again = produce(&mut client, "t", send(4)).await;
    assert_eq!((again.error_code, again.base_offset), (0, 4), "a batch sent again is still known (I3)");
    let gap = produce(&mut client, "t", send(8)).await;
    assert_eq!(gap.error_code, ErrorCode::OutOfOrderSequenceNumber.code());
    assert_eq!(produce(&mut client, "t", send(6)).await.base_offset, 6);
    assert_ne!(client.call(4, &new_producer()).await.producer_id.0, producer, "ids are never reused");
    let mut request = crate::client::fetch_request("", 0, 0);
    request.topics[0].topic_id = id;
    assert_eq!(client.call(13, &request).await.responses[0].partitions[0].high_watermark, 8);
}

#[tokio::test]
async fn two_brokers_cannot_share_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path()).await;
    let second = Broker::builder().data_dir(dir.path()).start().await;
    let error = second.expect_err("the folder is in use");
    assert!(matches!(error, StartError::DataDirLocked { .. }), "{error:?}");
    assert!(error.to_string().contains("another folder"), "{error}");
    first.shutdown().await;
    drop(first);
    open(dir.path()).await;
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let first = Broker::builder().start().await.unwrap();
    let error = Broker::builder().listen(first.bootstrap()).start().await.expect_err("the port is taken");
    let port = first.bootstrap().rsplit_once(':').unwrap().1.to_owned();
    assert!(matches!(error, StartError::PortInUse { .. }) && error.to_string().contains(&port), "{error}");
}

#[tokio::test]
async fn a_group_goes_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let broker = open(dir.path()).await;
    let mut client = Client::connect(&broker, 1).await;
    let (joined, _) = crate::groups::one_member(&mut client).await;
    drop(broker);
    let broker = open(dir.path()).await;
    let group = broker.group("g").unwrap();
    assert_eq!((group.state, group.generation), ("Stable", joined.generation_id));
    let mut client = Client::connect(&broker, 1).await;
    let beat = crate::groups::heartbeat(joined.generation_id, &joined.member_id);
    assert_eq!(client.call(4, &beat).await.error_code, 0);
    let synced = client.call(5, &crate::groups::sync(&joined, &[])).await;
    assert_eq!((synced.error_code, &synced.assignment[..]), (0, &b"mine"[..]));
}

fn segment(dir: &Path) -> PathBuf {
    let mut found = Vec::new();
    let mut folders = vec![dir.join("topics")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.metadata().unwrap().len() > 0 {
                found.push(path);
            }
        }
    }
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

#[tokio::test]
async fn a_torn_tail_is_cut_off_wherever_it_was_torn() {
    let dir = tempfile::tempdir().unwrap();
    let broker = open(dir.path()).await;
    broker.create_topic("t", 1).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    for _ in 0..3 {
        produce(&mut client, "t", batch(Batch::default())).await;
    }
    broker.shutdown().await;
    drop(broker);
    let path = segment(dir.path());
    let whole = std::fs::read(&path).unwrap();
    let one = whole.len() / 3;
    let mut damaged = whole.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let cuts = [
        whole[..whole.len() - 1].to_vec(),
        whole[..2 * one + 5].to_vec(),
        whole[..2 * one + 61].to_vec(),
        damaged,
    ];
    for (i, torn) in cuts.iter().enumerate() {
        std::fs::write(&path, torn).unwrap();
        let broker = open(dir.path()).await;
        assert_eq!(values(&broker, "t").len(), 2, "case {i}");
        let mut client = Client::connect(&broker, 1).await;
        assert_eq!(produce(&mut client, "t", batch(Batch::default())).await.base_offset, 2, "case {i}");
        broker.shutdown().await;
        drop(broker);
        assert_eq!(values(&open(dir.path()).await, "t").len(), 3, "case {i}");
    }
}

#[tokio::test]
async fn deleted_records_stay_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let broker = open(dir.path()).await;
    broker.create_topic("t", 1).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    for _ in 0..4 {
        produce(&mut client, "t", batch(Batch { count: 5, ..Batch::default() })).await;
    }
    let request = {
        use kafka_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
        let partition = DeleteRecordsPartition::default().with_partition_index(0).with_offset(12);
        let topic = DeleteRecordsTopic::default().with_name(name("t")).with_partitions(vec![partition]);
        kafka_protocol::messages::DeleteRecordsRequest::default().with_topics(vec![topic])
    };
    client.call(2, &request).await;
    drop(broker);
    let broker = open(dir.path()).await;
    let offsets = broker.offsets("t", 0).unwrap();
    assert_eq!((offsets.start, offsets.end), (12, 20));
}

#[tokio::test]
async fn folders_without_a_journal_entry_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()).await);
    let orphan = dir.path().join("topics").join(uuid::Uuid::from_u128(5).simple().to_string());
    std::fs::create_dir_all(orphan.join("0")).unwrap();
    let stranger = dir.path().join("topics").join("notes");
    std::fs::create_dir_all(&stranger).unwrap();
    drop(open(dir.path()).await);
    assert!(!orphan.exists());
    assert!(stranger.exists(), "what the broker did not make is left alone");
}

/// Not a test: the broker process that the next test kills. Ends when its standard input does.
#[tokio::test]
#[ignore = "a process for another test"]
async fn child() {
    let Ok(dir) = std::env::var("KCONNECT_BROKER_TEST_DIR") else { return };
    let broker = open(Path::new(&dir)).await;
    let _ = broker.create_topic("t", 1);
    let mut err = std::io::stderr();
    writeln!(err, "READY {}", broker.bootstrap()).unwrap();
    tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await.unwrap();
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_child(dir: &Path) -> (Killed, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "data_dir::child", "--ignored", "--nocapture"])
        .env("KCONNECT_BROKER_TEST_DIR", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let child = Killed(child);
    for line in stderr.lines() {
        if let Some((_, address)) = line.unwrap().split_once("READY ") {
            return (child, address.to_owned());
        }
    }
    panic!("the child did not start");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sigkill_loses_nothing_that_was_acknowledged_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    let mut committed = -1;
    let mut producer = -1;
    for round in 0..4 {
        let (child, address) = start_child(dir.path());
        let mut client = Client::to(&address).await;
        if producer < 0 {
            producer = client.call(4, &new_producer()).await.producer_id.0;
        }
        let killer = tokio::task::spawn_blocking(move || {
            std::thread::sleep(std::time::Duration::from_millis(30 + 40 * round));
            drop(child);
        });
        // The first batch of a round may be one that was written and not acknowledged in the last.
        loop {
            let records = batch(Batch { producer: (producer, 0, acknowledged), ..Batch::default() });
            let request = crate::client::produce_request("t", -1, records);
            let Some(answer) = client.try_call(9, &request).await else { break };
            let partition = &answer.responses[0].partition_responses[0];
            assert_eq!((partition.error_code, partition.base_offset), (0, i64::from(acknowledged)));
            acknowledged += 1;
            let commit_partition = OffsetCommitRequestPartition::default()
                .with_partition_index(0)
                .with_committed_offset(acknowledged.into());
            let topic = OffsetCommitRequestTopic::default()
                .with_name(name("t"))
                .with_partitions(vec![commit_partition]);
            let request = OffsetCommitRequest::default()
                .with_group_id(GroupId(text("g")))
                .with_generation_id_or_member_epoch(-1)
                .with_topics(vec![topic]);
            let Some(_) = client.try_call(8, &request).await else { break };
            committed = i64::from(acknowledged);
        }
        killer.await.unwrap();
    }
    assert!(acknowledged > 20, "only {acknowledged} batches were sent");
    let broker = open(dir.path()).await;
    let end = broker.offsets("t", 0).unwrap().end;
    assert!(end == i64::from(acknowledged) || end == i64::from(acknowledged) + 1, "{end} of {acknowledged}");
    let found = broker.committed("g")[0].offset;
    assert!(found == committed || found == committed + 1, "{found}, acknowledged {committed}");
}
