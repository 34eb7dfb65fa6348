//! Admin calls: results per item, retries inside the deadline, routing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kconnect_broker::{ApiKey, ErrorCode as Fault};
use kconnect_client::ErrorKind;
use kconnect_client::admin::{
    Admin, AlterConfig, ConfigResource, CreateMode, Isolation, NewTopic, OffsetSpec,
};
use kconnect_client::consumer::Consumer;
use kconnect_wire::ErrorCode;

use crate::consumer_support::*;

#[tokio::test]
async fn a1_one_bad_topic_does_not_hide_the_others() {
    let (broker, client) = cluster(1, 1).await;
    let admin = Admin::new(&client);
    let topics = vec![
        NewTopic::new("good").partitions(3).replication(1),
        NewTopic::new("t").partitions(1).replication(1),
        NewTopic::new("bad name!").partitions(1).replication(1),
    ];
    let created = admin.create_topics(topics.clone(), CreateMode::New, deadline()).await;
    assert!(created["good"].is_ok());
    assert_eq!(created["t"].as_ref().unwrap_err().code(), Some(ErrorCode::TOPIC_ALREADY_EXISTS));
    assert_eq!(created["bad name!"].as_ref().unwrap_err().code(), Some(ErrorCode::INVALID_TOPIC_EXCEPTION));
    assert_eq!(broker.partitions("good"), Some(3));
    let ensured = admin.create_topics(topics[..2].to_vec(), CreateMode::Ensure, deadline()).await;
    assert!(ensured.values().all(|topic| topic.as_ref().unwrap().existed));
}

#[tokio::test]
async fn a3_a_topic_created_by_an_attempt_that_was_cut_off_is_no_error() {
    let (broker, client) = cluster(1, 1).await;
    let admin = Admin::new(&client);
    let cut = broker.faults().on(ApiKey::CreateTopics).times(1).apply_then_drop();
    let topic = NewTopic::new("new").partitions(1).replication(1);
    let created = admin.create_topics(vec![topic], CreateMode::New, deadline()).await;
    created["new"].as_ref().unwrap();
    assert_eq!(cut.hits(), 1);
    let cut = broker.faults().on(ApiKey::DeleteTopics).times(1).apply_then_drop();
    let deleted = admin.delete_topics(vec!["new".into(), "t".into()], deadline()).await;
    assert!(deleted.values().all(Result::is_ok), "{deleted:?}");
    assert_eq!((cut.hits(), broker.topics()), (1, vec![]));
}

#[tokio::test]
async fn a1_a_broker_that_never_answers_costs_no_more_than_the_deadline() {
    let (broker, client) = cluster(1, 1).await;
    broker.faults().on(ApiKey::CreateTopics).silence();
    let start = Instant::now();
    let topic = NewTopic::new("new").partitions(1).replication(1);
    let created = Admin::new(&client)
        .create_topics(vec![topic], CreateMode::New, start + Duration::from_millis(300))
        .await;
    assert!(created["new"].as_ref().unwrap_err().is_retriable());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test]
async fn topics_are_listed_described_and_deleted() {
    let (broker, client) = cluster(2, 4).await;
    let admin = Admin::new(&client);
    let listed = admin.list_topics(deadline()).await.unwrap();
    assert_eq!(listed.iter().map(|topic| &*topic.name).collect::<Vec<_>>(), ["t"]);
    let described = admin.describe_topics(vec!["t".into(), "absent".into()], deadline()).await;
    let topic = described["t"].as_ref().unwrap();
    assert_eq!((topic.partitions.len(), topic.id), (4, listed[0].id));
    assert_eq!(topic.partitions[2].leader, broker.leader("t", 2).map(|(node, _)| node));
    assert_eq!(described["absent"].as_ref().unwrap_err().kind(), ErrorKind::UnknownTopic);
    let cluster = admin.describe_cluster(deadline()).await.unwrap();
    assert_eq!(cluster.cluster_id, Some(broker.cluster_id()));
    assert_eq!(cluster.nodes.iter().map(|node| node.id).collect::<Vec<_>>(), [1, 2]);
    let gone = admin.delete_topics(vec!["absent".into()], deadline()).await;
    assert_eq!(gone["absent"].as_ref().unwrap_err().kind(), ErrorKind::UnknownTopic);
}

#[tokio::test]
async fn a5_one_configuration_changes_and_the_others_stay() {
    let (_broker, client) = cluster(1, 1).await;
    let admin = Admin::new(&client);
    let topic = ConfigResource::Topic("t".into());
    let change =
        |name: &str, change| BTreeMap::from([(topic.clone(), BTreeMap::from([(name.to_owned(), change)]))]);
    for (name, value) in [("retention.ms", "1234"), ("cleanup.policy", "compact")] {
        let altered = admin
            .incremental_alter_configs(change(name, AlterConfig::Set(value.into())), false, deadline())
            .await;
        altered[&topic].as_ref().unwrap();
    }
    let described = admin.describe_configs(vec![topic.clone()], deadline()).await;
    let value = |name: &str| {
        let configs = described[&topic].as_ref().unwrap();
        configs.iter().find(|config| config.name == name).and_then(|config| config.value.clone())
    };
    assert_eq!(
        (value("retention.ms").as_deref(), value("cleanup.policy").as_deref()),
        (Some("1234"), Some("compact"))
    );
    let absent = ConfigResource::Topic("absent".into());
    let described =
        admin.describe_configs(vec![absent.clone()], Instant::now() + Duration::from_millis(500)).await;
    assert!(described[&absent].is_err());
}

#[tokio::test]
async fn o6_offsets_of_a_group_are_read_changed_and_deleted_from_outside() {
    let (broker, client) = cluster(2, 2).await;
    let admin = Admin::new(&client);
    let offsets = BTreeMap::from([(tp("t", 0), 5.into()), (tp("t", 1), 6.into())]);
    let altered = admin.alter_group_offsets("g", offsets, deadline()).await;
    assert!(altered.values().all(Result::is_ok), "{altered:?}");
    let all = admin.list_group_offsets("g", None, deadline()).await.unwrap();
    assert_eq!(all.iter().map(|(tp, o)| (tp.partition, o.offset)).collect::<Vec<_>>(), [(0, 5), (1, 6)]);
    let one = admin.list_group_offsets("g", Some(&[tp("t", 1)]), deadline()).await.unwrap();
    assert_eq!(one.len(), 1);
    let deleted = admin.delete_group_offsets("g", vec![tp("t", 0)], deadline()).await;
    deleted[&tp("t", 0)].as_ref().unwrap();
    assert_eq!(broker.committed("g").len(), 1);

    let mut consumer = Consumer::start(&client, group_config("g")).unwrap();
    consumer.subscribe(["t"]).await.unwrap();
    await_assignment(&mut consumer, 2).await;
    let altered = admin.alter_group_offsets("g", [(tp("t", 0), 9.into())].into(), deadline()).await;
    let error = altered[&tp("t", 0)].as_ref().unwrap_err();
    assert!(error.to_string().contains("group g has members"), "{error}");
    let deleted = admin.delete_group_offsets("g", vec![tp("t", 1)], deadline()).await;
    assert_eq!(deleted[&tp("t", 1)].as_ref().unwrap_err().code(), Some(ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC));
    consumer.close(PATIENCE).await;
}

#[tokio::test]
async fn a2_groups_are_found_wherever_they_are_coordinated() {
    let (broker, client) = cluster(2, 2).await;
    let admin = Admin::new(&client);
    let mut consumers = Vec::new();
    for group in ["a", "b", "c", "d"] {
        let mut consumer = Consumer::start(&client, group_config(group)).unwrap();
        consumer.subscribe(["t"]).await.unwrap();
        await_assignment(&mut consumer, 2).await;
        consumers.push(consumer);
    }
    broker.move_coordinator("a", 1).unwrap();
    broker.move_coordinator("b", 2).unwrap();
    let listed = admin.list_groups(deadline()).await.unwrap();
    assert_eq!(listed.iter().map(|group| &*group.group_id).collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert!(listed.iter().all(|group| group.protocol_type == "consumer"));
    let described = admin.describe_groups(vec!["b".into(), "absent".into()], deadline()).await;
    let group = described["b"].as_ref().unwrap();
    assert_eq!((&*group.state, group.members.len()), ("Stable", 1));
    assert_eq!(group.members[0].partitions().unwrap(), [tp("t", 0), tp("t", 1)]);
    assert_eq!(described["absent"].as_ref().unwrap_err().code(), Some(ErrorCode::GROUP_ID_NOT_FOUND));
    let deleted = admin.delete_groups(vec!["a".into()], deadline()).await;
    assert_eq!(deleted["a"].as_ref().unwrap_err().code(), Some(ErrorCode::NON_EMPTY_GROUP));
    for consumer in consumers {
        consumer.close(PATIENCE).await;
    }
    let deleted = admin.delete_groups(vec!["a".into(), "b".into()], deadline()).await;
    assert!(deleted.values().all(Result::is_ok), "{deleted:?}");
}

#[tokio::test]
async fn records_are_deleted_at_their_leaders() {
    let (broker, client) = cluster(2, 2).await;
    for p in 0..2 {
        fill(&client, "t", p, 0, 100).await;
    }
    let admin = Admin::new(&client);
    let fault = broker.faults().on(ApiKey::DeleteRecords).times(1).error(Fault::NotLeaderOrFollower);
    let before = BTreeMap::from([(tp("t", 0), 30), (tp("t", 1), -1)]);
    let deleted = admin.delete_records(before, deadline()).await;
    assert_eq!((deleted[&tp("t", 0)].clone().unwrap(), deleted[&tp("t", 1)].clone().unwrap()), (30, 100));
    assert_eq!(fault.hits(), 1);
    let specs = BTreeMap::from([(tp("t", 0), OffsetSpec::Earliest), (tp("t", 1), OffsetSpec::Latest)]);
    let listed = admin.list_offsets(specs, Isolation::ReadUncommitted, deadline()).await;
    let offsets: Vec<_> = listed.values().map(|listed| listed.as_ref().unwrap().unwrap().offset).collect();
    assert_eq!(offsets, [30, 100]);
}

/// The nodes that were asked to create topics.
fn asked_to_create(broker: &kconnect_broker::Broker) -> Vec<i32> {
    broker.requests(ApiKey::CreateTopics).iter().map(|request| request.node).collect()
}

#[tokio::test]
async fn m9_a_broker_that_is_not_the_controller_any_more_sends_the_call_to_its_successor() {
    let (broker, client) = cluster(3, 1).await;
    let admin = Admin::new(&client);
    let create = async |name: &str| {
        let topic = NewTopic::new(name).partitions(1).replication(1);
        admin.create_topics(vec![topic], CreateMode::New, deadline()).await[name].clone()
    };
    client.metadata().refresh(deadline()).await.unwrap();
    create("first").await.unwrap();
    assert_eq!(asked_to_create(&broker), [1], "the controller of the metadata");
    // It refuses, and the metadata still names it: asked again, not given up.
    let refused = broker.faults().on(ApiKey::CreateTopics).times(1).error(Fault::NotController);
    create("second").await.unwrap();
    assert_eq!((refused.hits(), asked_to_create(&broker)), (1, vec![1; 3]));
    // It is gone, and the metadata names another one by the time it is asked for.
    let before = broker.requests(ApiKey::Metadata).len();
    broker.crash_node(1).await;
    create("third").await.unwrap();
    assert!(asked_to_create(&broker)[3..].iter().all(|node| *node != 1), "{:?}", asked_to_create(&broker));
    eventually("a refresh", || broker.requests(ApiKey::Metadata).len() > before).await;
    eventually("the new controller", || client.metadata().controller() == Some(2)).await;
    create("fourth").await.unwrap();
    assert_eq!(asked_to_create(&broker).last(), Some(&2));
}
