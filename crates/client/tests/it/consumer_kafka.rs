//! The same promises against real Kafka.

use std::time::Duration;

use kconnect_client::Client;
use kconnect_client::admin::{Admin, CreateMode, NewTopic};
use kconnect_client::consumer::{Assignor, Consumer, ConsumerConfig};
use kconnect_testkit::RealKafka;

use crate::consumer_support::*;

/// A client of real Kafka and a fresh topic, or `None` after saying that the test is skipped.
async fn kafka(test: &str, partitions: i32) -> Option<(Client, String)> {
    let kafka = RealKafka::or_skip(test)?;
    let client = client_with(&kafka.bootstrap, &[("metadata.max.age.ms", "500")]);
    let topic = fresh_topic(&client, test, partitions).await;
    Some((client, topic))
}

/// A topic of its own for a test.
pub async fn fresh_topic(client: &Client, test: &str, partitions: i32) -> String {
    let topic = format!("{test}-{:016x}", fastrand::u64(..));
    let new = NewTopic::new(topic.as_str()).partitions(partitions).replication(1);
    Admin::new(client).create_topics(vec![new], CreateMode::New, deadline()).await[&topic].as_ref().unwrap();
    topic
}

#[tokio::test]
async fn kafka_every_record_arrives_once_and_offsets_are_stored() {
    let Some((client, topic)) = kafka("kafka_every_record_arrives_once_and_offsets_are_stored", 3).await
    else {
        return;
    };
    for p in 0..3 {
        fill(&client, &topic, p, 0, 10_000).await;
    }
    let mut consumer = Consumer::start(&client, group_config(&topic)).unwrap();
    // Real brokers allow no session below 6 s.
    consumer.assign((0..3).map(|p| tp(&topic, p)).collect()).await.unwrap();
    let mut log = Log::default();
    read(&mut consumer, &mut log, 30_000).await;
    log.assert_exactly(3, 0..10_000);
    consumer.commit_positions(deadline()).await.unwrap();
    let admin = Admin::new(&client);
    let stored = admin.list_group_offsets(&topic, None, deadline()).await.unwrap();
    assert_eq!(stored.values().map(|offset| offset.offset).sum::<i64>(), 30_000);
    consumer.close(PATIENCE).await;
    let deleted = admin.delete_groups(vec![topic.clone()], deadline()).await;
    deleted[&topic].as_ref().unwrap();
    admin.delete_topics(vec![topic.clone()], deadline()).await[&topic].as_ref().unwrap();
}

#[tokio::test]
async fn kafka_members_share_a_group_eagerly_and_cooperatively() {
    for assignor in [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky, Assignor::CooperativeSticky] {
        let Some((client, topic)) = kafka("kafka_members_share_a_group_eagerly_and_cooperatively", 4).await
        else {
            return;
        };
        let config = ConsumerConfig {
            assignors: vec![assignor],
            session_timeout: Duration::from_secs(10),
            heartbeat_interval: Duration::from_millis(200),
            ..group_config(&topic)
        };
        let mut first = Consumer::start(&client, config.clone()).unwrap();
        first.subscribe([topic.as_str()]).await.unwrap();
        await_assignment(&mut first, 4).await;
        let mut second = Consumer::start(&client, config).unwrap();
        second.subscribe([topic.as_str()]).await.unwrap();
        tokio::join!(await_assignment(&mut first, 2), await_assignment(&mut second, 2));
        first.close(PATIENCE).await;
        await_assignment(&mut second, 4).await;
        for p in 0..4 {
            fill(&client, &topic, p, 0, 100).await;
        }
        let mut log = Log::default();
        read(&mut second, &mut log, 400).await;
        log.assert_exactly(4, 0..100);
        let described = Admin::new(&client).describe_groups(vec![topic.clone()], deadline()).await;
        assert_eq!(described[&topic].as_ref().unwrap().protocol, assignor.name());
        second.close(PATIENCE).await;
    }
}

/// A console consumer of Kafka's own tools.
fn java_member(kafka: &RealKafka, topic: &str, assignor: Assignor) -> std::process::Child {
    kafka
        .java("org.apache.kafka.tools.consumer.ConsoleConsumer")
        .args(["--bootstrap-server", &kafka.bootstrap, "--topic", topic, "--group", topic])
        .args(["--command-property", &format!("partition.assignment.strategy={}", assignor.class())])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn kafka_java_and_our_members_share_a_group_whoever_leads() {
    const TEST: &str = "kafka_java_and_our_members_share_a_group_whoever_leads";
    let Some(kafka) = RealKafka::or_skip(TEST) else { return };
    let client = client_with(&kafka.bootstrap, &[("metadata.max.age.ms", "500")]);
    for assignor in [Assignor::Range, Assignor::Sticky, Assignor::CooperativeSticky] {
        let topic = fresh_topic(&client, TEST, 4).await;
        let config = ConsumerConfig {
            assignors: vec![assignor],
            session_timeout: Duration::from_secs(10),
            heartbeat_interval: Duration::from_millis(200),
            ..group_config(&topic)
        };
        let mut consumer = Consumer::start(&client, config).unwrap();
        consumer.subscribe([topic.as_str()]).await.unwrap();
        await_assignment(&mut consumer, 4).await;
        let mut java = java_member(&kafka, &topic, assignor);
        // We lead the round that the Java member joins.
        await_assignment(&mut consumer, 2).await;
        consumer.close(PATIENCE).await;
        // Now the Java member leads the round that we join.
        let config = ConsumerConfig { assignors: vec![assignor], ..consumer_config(&topic) };
        let mut consumer = Consumer::start(&client, config).unwrap();
        consumer.subscribe([topic.as_str()]).await.unwrap();
        await_assignment(&mut consumer, 2).await;
        java.kill().unwrap();
        java.wait().unwrap();
        consumer.close(PATIENCE).await;
    }
}

fn consumer_config(group: &str) -> ConsumerConfig {
    ConsumerConfig {
        session_timeout: Duration::from_secs(10),
        heartbeat_interval: Duration::from_millis(200),
        ..group_config(group)
    }
}
