//! Groups: members come and go, coordinators move, and every record is still read exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kconnect_broker::{ApiKey, Broker, ErrorCode};
use kconnect_client::admin::Admin;
use kconnect_client::consumer::{
    Assignor, Consumer, ConsumerConfig, OffsetAndMetadata, Poll, Rebalance, TopicPattern,
};
use kconnect_client::{Client, ErrorKind, TopicPartition};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::consumer_support::*;

/// A member that reads, commits what it gives back, and notes everything in the group's log.
struct Reader {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    owned: Arc<Mutex<BTreeSet<TopicPartition>>>,
}

impl Reader {
    fn start(client: &Client, config: ConsumerConfig, log: &Arc<Mutex<Log>>) -> Reader {
        let (stop, mut stopped) = watch::channel(false);
        let owned = Arc::new(Mutex::new(BTreeSet::new()));
        let (client, log, mine) = (client.clone(), log.clone(), owned.clone());
        let task = tokio::spawn(async move {
            let mut consumer = Consumer::start(&client, config).unwrap();
            consumer.subscribe(["t"]).await.unwrap();
            let mut done: BTreeMap<TopicPartition, OffsetAndMetadata> = BTreeMap::new();
            while !*stopped.borrow_and_update() {
                match consumer.poll(Duration::from_millis(20)).await.unwrap() {
                    Poll::Records(batches) => {
                        for batch in &batches {
                            assert!(
                                mine.lock().unwrap().contains(batch.topic_partition()),
                                "records of a foreign partition"
                            );
                            log.lock().unwrap().take(batch);
                            done.insert(batch.topic_partition().clone(), batch.into());
                        }
                    }
                    Poll::Rebalance(Rebalance::Revoked(gone, ack)) => {
                        let mut offsets = done.clone();
                        offsets.retain(|tp, _| gone.contains(tp));
                        consumer.commit(offsets, deadline()).await.unwrap();
                        mine.lock().unwrap().retain(|tp| !gone.contains(tp));
                        done.retain(|tp, _| !gone.contains(tp));
                        ack.ack();
                    }
                    Poll::Rebalance(Rebalance::Assigned(new)) => {
                        assert!(
                            new.iter().all(|tp| mine.lock().unwrap().insert(tp.clone())),
                            "assigned twice"
                        );
                    }
                    Poll::Rebalance(other) => panic!("unexpected {other:?}"),
                    _ => {}
                }
            }
            consumer.commit(done, deadline()).await.unwrap();
            consumer.close(PATIENCE).await;
        });
        Reader { stop, task, owned }
    }

    fn owns(&self) -> usize {
        self.owned.lock().unwrap().len()
    }

    async fn stop(self) {
        self.stop.send_replace(true);
        self.task.await.unwrap();
    }
}

fn members(broker: &Broker) -> usize {
    broker.group("g").map_or(0, |group| group.members.len())
}

async fn three_members(assignors: Vec<Assignor>) {
    let (broker, client) = cluster(2, 6).await;
    let log = Arc::new(Mutex::new(Log::default()));
    let config =
        ConsumerConfig { assignors, poll_records_max: 50, partition_fetch_bytes: 4096, ..group_config("g") };
    let reader = || Reader::start(&client, config.clone(), &log);
    let writer = tokio::spawn({
        let client = client.clone();
        async move {
            for round in 0..20 {
                for p in 0..6 {
                    fill(&client, "t", p, round * 100, (round + 1) * 100).await;
                }
            }
        }
    });
    let first = reader();
    eventually("the first member has all", || first.owns() == 6).await;
    let second = reader();
    eventually("two members share", || first.owns() == 3 && second.owns() == 3).await;
    let third = reader();
    eventually("three members share", || [&first, &second, &third].iter().all(|m| m.owns() == 2)).await;
    second.stop().await;
    eventually("its partitions went to the others", || first.owns() == 3 && third.owns() == 3).await;
    assert_eq!(members(&broker), 2, "G10: it left");
    writer.await.unwrap();
    eventually("all is read", || log.lock().unwrap().count() >= 12_000).await;
    first.stop().await;
    eventually("the last one has all", || third.owns() == 6).await;
    third.stop().await;
    log.lock().unwrap().assert_exactly(6, 0..2_000);
    let committed: i64 = broker.committed("g").iter().map(|offset| offset.offset).sum();
    assert_eq!(committed, 12_000);
}

#[tokio::test]
async fn three_members_with_range_read_every_record_once() {
    three_members(vec![Assignor::Range]).await;
}

#[tokio::test]
async fn three_members_with_round_robin_read_every_record_once() {
    three_members(vec![Assignor::RoundRobin]).await;
}

#[tokio::test]
async fn three_members_with_sticky_read_every_record_once() {
    three_members(vec![Assignor::Sticky]).await;
}

#[tokio::test]
async fn three_members_with_cooperative_sticky_read_every_record_once() {
    three_members(vec![Assignor::CooperativeSticky]).await;
}

#[tokio::test]
async fn three_members_with_the_default_strategies_read_every_record_once() {
    three_members(ConsumerConfig::default().assignors).await;
}

async fn subscribed(client: &Client, config: ConsumerConfig) -> Consumer {
    let consumer = Consumer::start(client, config).unwrap();
    consumer.subscribe(["t"]).await.unwrap();
    consumer
}

fn cooperative() -> ConsumerConfig {
    ConsumerConfig { assignors: vec![Assignor::CooperativeSticky], ..group_config("g") }
}

#[tokio::test]
async fn g7_a_cooperative_member_keeps_what_it_may_keep() {
    let (_broker, client) = cluster(1, 4).await;
    let mut first = subscribed(&client, cooperative()).await;
    await_assignment(&mut first, 4).await;
    let before = first.assignment();
    let mut second = subscribed(&client, cooperative()).await;
    let (seen, _) = tokio::join!(await_assignment(&mut first, 2), await_assignment(&mut second, 2));
    let mut revoked = Vec::new();
    for rebalance in seen {
        match rebalance {
            Change::Revoked(gone) => revoked.extend(gone),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(revoked.len(), 2, "only what moves is revoked");
    assert!(first.assignment().is_subset(&before));
    assert!(first.assignment().is_disjoint(&second.assignment()));
}

#[tokio::test]
async fn g8_the_group_waits_for_the_acknowledgement_while_heartbeats_go_on() {
    let (broker, client) = cluster(1, 2).await;
    let config = ConsumerConfig { session_timeout: Duration::from_millis(400), ..group_config("g") };
    let mut first = subscribed(&client, config.clone()).await;
    await_assignment(&mut first, 2).await;
    let mut second = subscribed(&client, config).await;
    let ack = loop {
        let (polled, _) =
            tokio::join!(first.poll(Duration::from_millis(50)), second.poll(Duration::from_millis(20)));
        if let Poll::Rebalance(Rebalance::Revoked(gone, ack)) = polled.unwrap() {
            assert_eq!(gone.len(), 2);
            break ack;
        }
    };
    // Three sessions long nobody acknowledges.
    let waited = tokio::time::timeout(Duration::from_millis(1200), await_assignment(&mut second, 1)).await;
    assert!(waited.is_err(), "the second member got partitions before they were let go");
    assert_eq!(members(&broker), 2, "nobody expired");
    first.commit([(tp("t", 0), 0.into())].into(), deadline()).await.unwrap();
    drop(ack);
    tokio::join!(await_assignment(&mut first, 1), await_assignment(&mut second, 1));
}

#[tokio::test]
async fn g6_an_expired_member_is_told_that_its_partitions_are_lost_and_comes_back() {
    for assignors in [vec![Assignor::Range], vec![Assignor::CooperativeSticky]] {
        let (broker, client) = cluster(1, 2).await;
        let mut consumer = subscribed(&client, ConsumerConfig { assignors, ..group_config("g") }).await;
        await_assignment(&mut consumer, 2).await;
        let member = broker.group("g").unwrap().members[0].clone();
        assert!(broker.expire_member("g", &member));
        let mut lost = Vec::new();
        while lost.is_empty() {
            if let Poll::Rebalance(Rebalance::Lost(gone)) = consumer.poll(PATIENCE).await.unwrap() {
                lost = gone;
            }
        }
        assert_eq!(lost.len(), 2);
        await_assignment(&mut consumer, 2).await;
        fill(&client, "t", 0, 0, 10).await;
        read(&mut consumer, &mut Log::default(), 10).await;
    }
}

#[tokio::test]
async fn g11_a_static_member_that_restarts_disturbs_nobody() {
    let (broker, client) = cluster(1, 4).await;
    let named = |name: &str| ConsumerConfig { group_instance_id: Some(name.into()), ..group_config("g") };
    let mut first = subscribed(&client, named("a")).await;
    let mut second = subscribed(&client, named("b")).await;
    tokio::join!(await_assignment(&mut first, 2), await_assignment(&mut second, 2));
    // The rounds of two members starting together may not be over.
    let share = loop {
        let _ = tokio::join!(first.poll(Duration::from_millis(100)), second.poll(Duration::from_millis(100)));
        if second.assignment().len() == 2 && first.assignment().len() == 2 {
            break second.assignment();
        }
    };
    let generation = broker.group("g").unwrap().generation;
    second.close(PATIENCE).await;
    assert_eq!(members(&broker), 2, "G10: a static member does not leave");
    let mut second = subscribed(&client, named("b")).await;
    await_assignment(&mut second, 2).await;
    assert_eq!(second.assignment(), share);
    assert!(matches!(first.poll(Duration::from_millis(300)).await.unwrap(), Poll::Empty));
    assert_eq!(broker.group("g").unwrap().generation, generation);
}

#[tokio::test]
async fn g11_the_older_of_two_with_the_same_instance_id_is_fenced() {
    let (_broker, client) = cluster(1, 1).await;
    let named = ConsumerConfig { group_instance_id: Some("a".into()), ..group_config("g") };
    let mut first = subscribed(&client, named.clone()).await;
    await_assignment(&mut first, 1).await;
    let mut second = subscribed(&client, named).await;
    await_assignment(&mut second, 1).await;
    let error = loop {
        match first.poll(PATIENCE).await {
            Ok(Poll::Empty) => panic!("not fenced in time"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Fenced);
    let again = first.poll(Duration::ZERO).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Fenced, "who polls on does not wait for nothing");
    assert!(error.to_string().contains("group.instance.id"), "{error}");
}

#[tokio::test]
async fn nothing_is_lost_when_the_coordinator_moves() {
    let (broker, client) = cluster(2, 3).await;
    let log = Arc::new(Mutex::new(Log::default()));
    let config = ConsumerConfig { poll_records_max: 50, ..cooperative() };
    let readers = [Reader::start(&client, config.clone(), &log), Reader::start(&client, config, &log)];
    eventually("two members share", || {
        readers.iter().map(Reader::owns).sum::<usize>() == 3 && members(&broker) == 2
    })
    .await;
    for round in 0..6 {
        for p in 0..3 {
            fill(&client, "t", p, round * 100, (round + 1) * 100).await;
        }
        let node = broker.coordinator("g").unwrap();
        broker.move_coordinator("g", if node == 1 { 2 } else { 1 }).unwrap();
    }
    eventually("all is read", || log.lock().unwrap().count() >= 1_800).await;
    for reader in readers {
        reader.stop().await;
    }
    log.lock().unwrap().assert_exactly(3, 0..600);
}

#[tokio::test]
async fn group_requests_that_fail_are_repeated() {
    let rows = [
        (ApiKey::JoinGroup, ErrorCode::CoordinatorLoadInProgress),
        (ApiKey::JoinGroup, ErrorCode::UnknownMemberId),
        (ApiKey::JoinGroup, ErrorCode::NotCoordinator),
        (ApiKey::SyncGroup, ErrorCode::RebalanceInProgress),
        (ApiKey::SyncGroup, ErrorCode::NotCoordinator),
        (ApiKey::SyncGroup, ErrorCode::IllegalGeneration),
        (ApiKey::SyncGroup, ErrorCode::UnknownMemberId),
        (ApiKey::Heartbeat, ErrorCode::RebalanceInProgress),
        (ApiKey::Heartbeat, ErrorCode::IllegalGeneration),
        (ApiKey::Heartbeat, ErrorCode::UnknownMemberId),
        (ApiKey::Heartbeat, ErrorCode::CoordinatorNotAvailable),
    ];
    for (api, code) in rows {
        let (broker, client) = cluster(1, 2).await;
        fill(&client, "t", 0, 0, 10).await;
        let fault = broker.faults().on(api).times(2).error(code);
        let mut consumer = subscribed(&client, group_config("g")).await;
        fault.hit(if api == ApiKey::Heartbeat { 0 } else { 2 }).await;
        let end = deadline();
        while fault.hits() < 2 {
            assert!(std::time::Instant::now() < end, "{api:?} {code:?}");
            let _ = consumer.poll(Duration::from_millis(50)).await.unwrap();
        }
        await_assignment(&mut consumer, 2).await;
        fill(&client, "t", 1, 0, 10).await;
        let mut log = Log::default();
        consumer.seek_to_beginning(&tp("t", 1)).ok();
        read(&mut consumer, &mut log, 10).await;
    }
}

#[tokio::test]
async fn g6_a_group_that_refuses_is_an_error_of_the_poll() {
    let rows = [
        (ErrorCode::GroupAuthorizationFailed, ErrorKind::Authorization),
        (ErrorCode::InconsistentGroupProtocol, ErrorKind::Rejected),
        (ErrorCode::InvalidSessionTimeout, ErrorKind::Config),
        (ErrorCode::GroupMaxSizeReached, ErrorKind::Rejected),
    ];
    for (code, kind) in rows {
        let (broker, client) = cluster(1, 1).await;
        let fault = broker.faults().on(ApiKey::JoinGroup).times(1).error(code);
        let mut consumer = subscribed(&client, group_config("g")).await;
        assert_eq!(read_error(&mut consumer).await.kind(), kind, "{code:?}");
        assert_eq!(fault.hits(), 1);
        await_assignment(&mut consumer, 1).await;
    }
}

#[tokio::test]
async fn g4_who_does_not_poll_loses_its_partitions_and_gets_some_back_when_it_does() {
    let (_broker, client) = cluster(1, 2).await;
    let lazy = ConsumerConfig { poll_interval_max: Duration::from_millis(500), ..cooperative() };
    let mut first = subscribed(&client, lazy).await;
    await_assignment(&mut first, 2).await;
    let mut second = subscribed(&client, cooperative()).await;
    await_assignment(&mut second, 2).await;
    let lost = match first.poll(PATIENCE).await.unwrap() {
        Poll::Rebalance(Rebalance::Lost(lost)) => lost,
        // The revocation was offered before the time was over; the loss replaces it.
        other => panic!("{other:?}"),
    };
    assert_eq!(lost.len(), 2);
    tokio::join!(await_assignment(&mut first, 1), await_assignment(&mut second, 1));
}

#[tokio::test]
async fn a_commit_of_partitions_that_moved_is_refused() {
    let (broker, client) = cluster(1, 2).await;
    let mut consumer = subscribed(&client, group_config("g")).await;
    await_assignment(&mut consumer, 2).await;
    let member = broker.group("g").unwrap().members[0].clone();
    broker.expire_member("g", &member);
    let error = consumer.commit([(tp("t", 0), 7.into())].into(), deadline()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Membership, "{error}");
    assert!(broker.committed("g").is_empty());
}

#[tokio::test]
async fn o5_a_commit_survives_what_passes() {
    for code in [ErrorCode::CoordinatorLoadInProgress, ErrorCode::NotCoordinator, ErrorCode::RequestTimedOut]
    {
        let (broker, client) = cluster(2, 1).await;
        let consumer = assigned(&client, group_config("g"), &[tp("t", 0)]).await;
        let fault = broker.faults().on(ApiKey::OffsetCommit).times(2).error(code);
        consumer.commit([(tp("t", 0), 7.into())].into(), deadline()).await.unwrap();
        assert_eq!((fault.hits(), broker.committed("g")[0].offset), (2, 7));
        let cut = broker.faults().on(ApiKey::OffsetCommit).times(1).apply_then_drop();
        consumer.commit([(tp("t", 0), 8.into())].into(), deadline()).await.unwrap();
        assert_eq!((cut.hits(), broker.committed("g")[0].offset), (1, 8));
    }
}

#[tokio::test]
async fn automatic_commits_cover_what_was_delivered() {
    let (broker, client) = cluster(1, 1).await;
    fill(&client, "t", 0, 0, 100).await;
    let auto = ConsumerConfig { auto_commit_interval: Some(Duration::from_millis(20)), ..group_config("g") };
    let mut consumer = subscribed(&client, auto.clone()).await;
    read(&mut consumer, &mut Log::default(), 100).await;
    fill(&client, "t", 0, 100, 150).await;
    read(&mut consumer, &mut Log::default(), 50).await;
    consumer.close(PATIENCE).await;
    assert_eq!(broker.committed("g")[0].offset, 150);
    // And before partitions are given back.
    let mut first =
        subscribed(&client, ConsumerConfig { auto_commit_interval: Some(PATIENCE), ..auto }).await;
    await_assignment(&mut first, 1).await;
    fill(&client, "t", 0, 150, 160).await;
    read(&mut first, &mut Log::default(), 10).await;
    let second = subscribed(&client, group_config("g")).await;
    let end = deadline();
    while broker.committed("g")[0].offset != 160 {
        assert!(std::time::Instant::now() < end);
        let _ = first.poll(Duration::from_millis(20)).await.unwrap();
    }
    drop(second);
}

#[tokio::test]
async fn g9_new_partitions_and_new_topics_are_assigned() {
    let (broker, _) = cluster(1, 1).await;
    let client = client_with(&broker.bootstrap(), &[("metadata.max.age.ms", "100")]);
    let mut consumer = subscribed(&client, cooperative()).await;
    await_assignment(&mut consumer, 1).await;
    let admin = Admin::new(&client);
    let grown = admin.create_partitions([("t".to_owned(), 3)].into(), deadline()).await;
    grown["t"].as_ref().unwrap();
    await_assignment(&mut consumer, 3).await;
    consumer
        .subscribe(TopicPattern::new("t|u.*", |topic| topic == "t" || topic.starts_with('u')))
        .await
        .unwrap();
    broker.create_topic("users", 2).unwrap();
    broker.create_topic("other", 2).unwrap();
    await_assignment(&mut consumer, 5).await;
    assert!(consumer.assignment().iter().all(|tp| tp.topic() != "other"));
    consumer.subscribe(["users"]).await.unwrap();
    await_assignment(&mut consumer, 2).await;
    consumer.unsubscribe().await.unwrap();
    assert!(consumer.assignment().is_empty());
    eventually("it left", || members(&broker) == 0).await;
}

#[tokio::test]
async fn a_leader_that_closes_in_the_middle_of_a_round_commits_what_it_has_read() {
    let (broker, client) = cluster(1, 2).await;
    for partition in 0..2 {
        fill(&client, "t", partition, 0, 10).await;
    }
    let config = || ConsumerConfig {
        auto_commit_interval: Some(Duration::from_secs(3600)),
        assignors: vec![Assignor::CooperativeSticky],
        ..group_config("g")
    };
    let mut leader = Consumer::start(&client, config()).unwrap();
    leader.subscribe(["t"]).await.unwrap();
    let mut log = Log::default();
    await_assignment(&mut leader, 2).await;
    read(&mut leader, &mut log, 20).await;
    // A second member asks for a round, and the leader's answer to it is held.
    let join = broker.faults().on(ApiKey::JoinGroup).when(|request| request.client_id != "other").hold();
    let mut other = Consumer::start(&client.named("other"), config()).unwrap();
    other.subscribe(["t"]).await.unwrap();
    let polling = tokio::spawn(async move {
        loop {
            let _ = other.poll(Duration::from_millis(20)).await;
        }
    });
    eventually("the join of the leader", || join.hits() > 0).await;
    let closing = tokio::spawn(leader.close(PATIENCE));
    tokio::task::yield_now().await;
    join.release();
    closing.await.unwrap();
    polling.abort();
    let committed: i64 = broker.committed("g").iter().map(|committed| committed.offset).sum();
    assert_eq!(committed, 20);
}
