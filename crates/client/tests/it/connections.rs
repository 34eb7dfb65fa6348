//! Connections and metadata against a scripted peer and a broker with faults.

use std::time::{Duration, Instant};

use bytes::BytesMut;
use kconnect_broker::{ApiKey, Broker, ErrorCode};
use kconnect_client::{ErrorKind, NodeRef, Purpose};
use kconnect_wire::frame::{Split, Splitter, encode_response};
use kconnect_wire::messages::{
    ApiVersion, ApiVersionsRequest, ApiVersionsResponse, ListGroupsRequest, MetadataRequest,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::scripted::{Scripted, batches};
use crate::support::{client, within};

/// One request as the peer saw it: key, version, correlation id.
type Seen = (i16, i16, i32);

/// A peer that answers each frame with what `script` makes of it; `None` closes the connection.
async fn peer(script: impl Fn(Seen) -> Option<Vec<u8>> + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let script = script.clone();
            tokio::spawn(async move {
                let mut inbox = BytesMut::new();
                loop {
                    while let Ok(Split::Frame(frame)) = Splitter::new(1 << 20).next(&mut inbox) {
                        let key = i16::from_be_bytes([frame[0], frame[1]]);
                        let version = i16::from_be_bytes([frame[2], frame[3]]);
                        let correlation = i32::from_be_bytes([frame[4], frame[5], frame[6], frame[7]]);
                        let Some(answer) = script((key, version, correlation)) else { return };
                        stream.write_all(&answer).await.unwrap();
                    }
                    if stream.read_buf(&mut inbox).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
            });
        }
    });
    address
}

fn versions(
    version: i16,
    correlation: i32,
    error: kconnect_wire::ErrorCode,
    offered: &[(i16, i16, i16)],
) -> Vec<u8> {
    let api = |(api_key, min_version, max_version): &(i16, i16, i16)| ApiVersion {
        api_key: *api_key,
        min_version: *min_version,
        max_version: *max_version,
        ..Default::default()
    };
    let response = ApiVersionsResponse {
        error_code: error,
        api_keys: offered.iter().map(api).collect(),
        ..Default::default()
    };
    encode_response::<ApiVersionsRequest>(&response, version, correlation).unwrap().to_vec()
}

fn list_groups() -> ListGroupsRequest {
    ListGroupsRequest::default()
}

#[tokio::test]
async fn w11_an_old_broker_is_asked_again_in_a_version_it_knows() {
    const OFFERED: &[(i16, i16, i16)] = &[(3, 0, 8), (18, 0, 2)];
    let asked = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = asked.clone();
    let address = peer(move |(key, version, correlation)| {
        assert_eq!(key, 18);
        log.lock().unwrap().push(version);
        let (error, version) = match version {
            0..=2 => (kconnect_wire::ErrorCode::NONE, version),
            _ => (kconnect_wire::ErrorCode::UNSUPPORTED_VERSION, 0),
        };
        Some(versions(version, correlation, error, OFFERED))
    })
    .await;
    let client = client(&address, &[]);
    let deadline = Instant::now() + Duration::from_secs(10);
    let connection = client.connection(&NodeRef::Bootstrap, Purpose::Control, deadline).await.unwrap();
    assert_eq!(*asked.lock().unwrap(), [4, 2]);
    assert_eq!(connection.versions().pick::<MetadataRequest>(None).unwrap(), 8, "W13");
    let error = connection.versions().pick::<ListGroupsRequest>(None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(!connection.is_closed(), "W13: the call fails, not the connection");
}

#[tokio::test]
async fn w4_an_answer_with_a_foreign_correlation_id_closes_the_connection() {
    let address = peer(|(key, version, correlation)| match key {
        18 => Some(versions(version, correlation, kconnect_wire::ErrorCode::NONE, &[(16, 0, 5), (18, 0, 4)])),
        _ => Some([&6i32.to_be_bytes()[..], &(correlation + 1).to_be_bytes(), &[0, 0]].concat()),
    })
    .await;
    let client = client(&address, &[]);
    let deadline = Instant::now() + Duration::from_secs(10);
    let connection = client.connection(&NodeRef::Bootstrap, Purpose::Control, deadline).await.unwrap();
    let error = within("the end", connection.request(list_groups(), 0, deadline)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error:?}");
    assert!(connection.is_closed());
}

#[tokio::test]
async fn w1_a_peer_that_is_no_broker_is_refused_before_memory_is_reserved() {
    let address = peer(|_| Some(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec())).await;
    let client = client(&address, &[]);
    let deadline = Instant::now() + Duration::from_millis(300);
    let error =
        client.connection(&NodeRef::Bootstrap, Purpose::Control, deadline).await.map(|_| ()).unwrap_err();
    assert!(format!("{error:?}").contains("frame length"), "{error:?}");
}

#[tokio::test]
async fn n2_a_silent_broker_costs_one_connection_not_the_client() {
    let broker = Broker::builder().start().await.unwrap();
    let client = client(&broker.bootstrap(), &[("request.timeout.ms", "300")]);
    let deadline = Instant::now() + Duration::from_secs(10);
    let connection = client.connection(&NodeRef::Any, Purpose::Control, deadline).await.unwrap();
    broker.faults().on(ApiKey::ListGroups).times(1).silence();
    let one = connection.request(list_groups(), 0, deadline);
    let other = connection.request(list_groups(), 0, deadline);
    let (one, other) = within("both", async { tokio::join!(one, other) }).await;
    for outcome in [one, other] {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Disconnected, "outcome unknown");
    }
    assert!(connection.is_closed());
    let again = client.request(&NodeRef::Any, Purpose::Control, list_groups(), deadline);
    assert!(within("the next", again).await.is_ok());
}

#[tokio::test]
async fn m1_many_who_wait_for_one_topic_cost_few_requests() {
    let broker = Broker::builder().start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    let client = client(&broker.bootstrap(), &[("retry.backoff.ms", "100")]);
    let deadline = Instant::now() + Duration::from_secs(10);
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.metadata().ensure(&["t"], deadline).await })
        })
        .collect();
    for task in waiting {
        task.await.unwrap().unwrap();
    }
    let requests = broker.requests(ApiKey::Metadata).len();
    assert!(requests <= 3, "{requests} metadata requests");
}

#[tokio::test]
async fn m5_errors_that_cannot_pass_are_told_at_once() {
    let broker = Broker::builder().start().await.unwrap();
    broker.faults().on(ApiKey::Metadata).topic("t").error(ErrorCode::TopicAuthorizationFailed);
    let client = client(&broker.bootstrap(), &[]);
    let deadline = Instant::now() + Duration::from_secs(20);
    let error = client.metadata().ensure(&["t"], deadline).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authorization, "{error:?}");
    assert!(Instant::now() + Duration::from_secs(10) < deadline);
}

#[tokio::test]
async fn m10_a_coordinator_that_is_loading_is_asked_again() {
    let broker = Broker::builder().start().await.unwrap();
    broker.faults().on(ApiKey::FindCoordinator).times(2).error(ErrorCode::CoordinatorNotAvailable);
    let client = client(&broker.bootstrap(), &[]);
    let deadline = Instant::now() + Duration::from_secs(10);
    let connection = client.connection(&NodeRef::group("g"), Purpose::Coordination, deadline).await.unwrap();
    assert_eq!(connection.node().id, 1);
    assert_eq!(broker.requests(ApiKey::FindCoordinator).len(), 3);
    client.connection(&NodeRef::group("g"), Purpose::Coordination, deadline).await.unwrap();
    assert_eq!(broker.requests(ApiKey::FindCoordinator).len(), 3, "remembered");
}

#[tokio::test]
async fn m7_a_cluster_that_moved_is_found_again_through_the_seeds() {
    let first = Broker::builder().start().await.unwrap();
    let second = Broker::builder().start().await.unwrap();
    let seeds = format!("{},{}", first.bootstrap(), second.bootstrap());
    let client = client(&seeds, &[("request.timeout.ms", "500")]);
    let deadline = Instant::now() + Duration::from_secs(20);
    client.metadata().refresh(deadline).await.unwrap();
    let id = client.metadata().cluster_id().unwrap();
    let (gone, left) = if id == first.cluster_id() { (first, second) } else { (second, first) };
    gone.shutdown().await;
    within("the other cluster", async {
        while client.metadata().cluster_id() != Some(left.cluster_id()) {
            let _ = client.metadata().refresh(Instant::now() + Duration::from_secs(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn n6_an_idle_connection_is_closed_and_made_again_when_it_is_needed() {
    let broker = Broker::builder().start().await.unwrap();
    let client = client(&broker.bootstrap(), &[("connections.max.idle.ms", "100")]);
    let deadline = Instant::now() + Duration::from_secs(20);
    let node = NodeRef::Id(1);
    client.metadata().refresh(deadline).await.unwrap();
    let connection = client.connection(&node, Purpose::Control, deadline).await.unwrap();
    connection.request(list_groups(), 0, deadline).await.unwrap();
    within("the idle close", async {
        while broker.open_connections(1) > 0 || !connection.is_closed() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    let known = client.metadata().cluster_id();
    client.request(&node, Purpose::Control, list_groups(), deadline).await.unwrap();
    assert!(known.is_some(), "an idle close is no failure: the cluster stays known");
}

#[tokio::test]
async fn n7_a_broker_that_tells_another_address_is_reached_there() {
    let broker = Scripted::default();
    let (old, new) = (broker.listen().await, broker.listen().await);
    let client = client(&format!("127.0.0.1:{old}"), &[]);
    let deadline = Instant::now() + Duration::from_secs(20);
    client.metadata().refresh(deadline).await.unwrap();
    let before = client.connection(&NodeRef::Id(1), Purpose::Control, deadline).await.unwrap();
    assert_eq!(before.node().port, old);
    // The old address goes on to answer, as that of another broker might.
    broker.state().advertised = new;
    client.metadata().refresh(deadline).await.unwrap();
    let after = client.connection(&NodeRef::Id(1), Purpose::Control, deadline).await.unwrap();
    assert_eq!(after.node().port, new);
}

#[tokio::test]
async fn n8_a_client_that_is_throttled_keeps_silent_on_that_connection_only() {
    const THROTTLE: Duration = Duration::from_millis(250);
    let broker = Scripted::default();
    let port = broker.listen().await;
    broker.state().log = batches("x", 0..8, 0).into();
    broker.state().throttle = THROTTLE;
    let client = client(&format!("127.0.0.1:{port}"), &[]);
    let tp = crate::consumer_support::tp("t", 0);
    let mut consumer =
        crate::consumer_support::assigned(&client, crate::consumer_support::config(), &[tp]).await;
    let fetches = || {
        let state = broker.state();
        let fetches = state.seen.iter().filter(|(_, key, _)| *key == kconnect_wire::ApiKey::Fetch);
        fetches.map(|(_, _, at)| *at).collect::<Vec<_>>()
    };
    let (mut seen, mut others) = (0, 0);
    while seen < 8 || fetches().len() < 5 {
        let polled = within("records", consumer.poll(Duration::from_millis(50))).await.unwrap();
        if let kconnect_client::consumer::Poll::Records(found) = polled {
            seen += found.iter().flatten().count();
        }
        // Another connection is not throttled.
        let asked = Instant::now();
        client.metadata().refresh(asked + Duration::from_secs(10)).await.unwrap();
        others += usize::from(asked.elapsed() < THROTTLE / 2);
    }
    let fetches = fetches();
    assert!(fetches.windows(2).all(|pair| pair[1] - pair[0] >= THROTTLE), "{fetches:?}");
    assert!(others > 0, "the metadata waited as well");
    assert_eq!(seen, 8);
}

#[tokio::test]
async fn n3_a_fetch_may_wait_longer_than_the_request_timeout() {
    let broker = Broker::builder().start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    let client = client(&broker.bootstrap(), &[("request.timeout.ms", "200")]);
    let config = kconnect_client::consumer::ConsumerConfig {
        fetch_wait_max: Duration::from_millis(600),
        ..crate::consumer_support::config()
    };
    let tp = crate::consumer_support::tp("t", 0);
    let mut consumer = crate::consumer_support::assigned(&client, config, &[tp]).await;
    within("three long polls", async {
        while broker.requests(ApiKey::Fetch).len() < 4 {
            consumer.poll(Duration::from_millis(100)).await.unwrap();
        }
    })
    .await;
    let connections: std::collections::BTreeSet<u64> =
        broker.requests(ApiKey::Fetch).iter().map(|request| request.connection).collect();
    assert_eq!(connections.len(), 1, "no wait was taken for silence");
}

#[tokio::test]
async fn m7_without_recovery_a_client_does_not_go_back_to_the_seeds() {
    let first = Broker::builder().start().await.unwrap();
    let second = Broker::builder().start().await.unwrap();
    let seeds = format!("{},{}", first.bootstrap(), second.bootstrap());
    let settings = [("request.timeout.ms", "300"), ("metadata.recovery.strategy", "none")];
    let client = client(&seeds, &settings);
    client.metadata().refresh(Instant::now() + Duration::from_secs(20)).await.unwrap();
    let id = client.metadata().cluster_id().unwrap();
    let (gone, left) = if id == first.cluster_id() { (first, second) } else { (second, first) };
    gone.shutdown().await;
    let before = left.accepted_connections(1);
    let error = client.metadata().refresh(Instant::now() + Duration::from_secs(3)).await.unwrap_err();
    assert!(error.is_retriable() || error.kind() == ErrorKind::Timeout, "{error:?}");
    assert_eq!(client.metadata().cluster_id(), Some(id), "the cluster that was found first");
    assert_eq!(left.accepted_connections(1), before, "the other seed was not asked");
}

/// The ports at which metadata was asked for, in order.
fn metadata_at(broker: &Scripted) -> Vec<u16> {
    let state = broker.state();
    let asked = state.seen.iter().filter(|(_, key, _)| *key == kconnect_wire::ApiKey::Metadata);
    asked.map(|(port, ..)| *port).collect()
}

/// A client that has found the broker at its second port through the seed, its first.
async fn settled(settings: &[(&str, &str)]) -> (Scripted, [u16; 2], kconnect_client::Client) {
    let broker = Scripted::default();
    let (seed, node) = (broker.listen().await, broker.listen().await);
    broker.state().advertised = node;
    let client = client(&format!("127.0.0.1:{seed}"), settings);
    within("the node", async {
        while metadata_at(&broker).last() != Some(&node) {
            client.metadata().refresh(Instant::now() + Duration::from_secs(10)).await.unwrap();
        }
    })
    .await;
    (broker, [seed, node], client)
}

#[tokio::test]
async fn m7_a_broker_that_asks_for_it_sends_the_client_back_to_its_seeds_at_once() {
    for (strategy, goes_back) in [("rebootstrap", true), ("none", false)] {
        let (broker, [seed, node], client) = settled(&[("metadata.recovery.strategy", strategy)]).await;
        broker.state().seen.clear();
        broker.state().refusals.insert(node, kconnect_wire::ErrorCode::REBOOTSTRAP_REQUIRED);
        within("two more attempts", async {
            while metadata_at(&broker).len() < 2 {
                let _ = client.metadata().refresh(Instant::now() + Duration::from_millis(50)).await;
            }
        })
        .await;
        assert_eq!(metadata_at(&broker)[..2], [node, if goes_back { seed } else { node }], "{strategy}");
    }
}

#[tokio::test]
async fn m7_after_the_time_without_metadata_the_client_goes_back_to_its_seeds_and_not_before() {
    const TRIGGER: Duration = Duration::from_millis(300);
    let trigger = TRIGGER.as_millis().to_string();
    let settings = [("metadata.recovery.rebootstrap.trigger.ms", trigger.as_str())];
    let (broker, [seed, node], client) = settled(&settings).await;
    broker.state().seen.clear();
    broker.state().refusals.insert(node, kconnect_wire::ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
    let refused_from = Instant::now();
    client.metadata().request_refresh();
    within("the seed", async {
        while !metadata_at(&broker).contains(&seed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
    assert!(
        refused_from.elapsed() >= TRIGGER,
        "it was reachable, and only refused for {:?}",
        refused_from.elapsed()
    );
    let asked = metadata_at(&broker);
    assert!(asked.iter().filter(|port| **port == node).count() > 2, "{asked:?}");
    client.metadata().refresh(Instant::now() + Duration::from_secs(10)).await.unwrap();
}

#[test]
fn m7_the_time_without_metadata_is_five_minutes() {
    let config = kconnect_client::ClientConfig::from_props(&crate::support::props("a:1", &[])).unwrap();
    assert_eq!(config.rebootstrap_trigger, Duration::from_secs(300));
}

#[tokio::test]
async fn n1_a_long_poll_a_join_and_a_slow_write_hold_up_nothing_but_themselves() {
    use std::collections::BTreeSet;
    let (broker, client) = crate::consumer_support::cluster(1, 1).await;
    let mut consumer =
        kconnect_client::consumer::Consumer::start(&client, crate::consumer_support::group_config("g"))
            .unwrap();
    consumer.subscribe(["t"]).await.unwrap();
    crate::consumer_support::await_assignment(&mut consumer, 1).await;
    let fetch = broker.faults().on(ApiKey::Fetch).hold();
    let produce = broker.faults().on(ApiKey::Produce).hold();
    within("a fetch that is held", fetch.hit(1)).await;
    let config = kconnect_client::producer::ProducerConfig::default();
    let (producer, _acks) = kconnect_client::producer::Producer::start(&client, config).unwrap();
    let topic = producer.topic("t").await.unwrap();
    let record = kconnect_client::producer::Record { value: Some(b"x"), ..Default::default() };
    producer.append(&topic, None, record, 0).unwrap();
    within("a write that is held", produce.hit(1)).await;
    // Heartbeats, commits and control go on beside both.
    let beats = broker.requests(ApiKey::Heartbeat).len();
    within("heartbeats", async {
        while broker.requests(ApiKey::Heartbeat).len() < beats + 3 {
            consumer.poll(Duration::from_millis(20)).await.unwrap();
        }
    })
    .await;
    let deadline = crate::consumer_support::deadline();
    let offsets = [(crate::consumer_support::tp("t", 0), 0)].map(|(tp, offset)| {
        (
            tp,
            kconnect_client::consumer::OffsetAndMetadata {
                offset,
                leader_epoch: -1,
                metadata: String::new(),
            },
        )
    });
    within("a commit", consumer.commit(offsets.into(), deadline)).await.unwrap();
    within("metadata", client.metadata().refresh(deadline)).await.unwrap();
    // A join waits for the others of its group; it has the connection of its member to itself.
    let join = broker.faults().on(ApiKey::JoinGroup).hold();
    let mut other =
        kconnect_client::consumer::Consumer::start(&client, crate::consumer_support::group_config("other"))
            .unwrap();
    other.subscribe(["t"]).await.unwrap();
    within("a join that is held", async {
        tokio::select! {
            () = join.hit(1) => {}
            _ = async { loop { let _ = other.poll(Duration::from_millis(20)).await; } } => {}
        }
    })
    .await;
    let beats = broker.requests(ApiKey::Heartbeat).len();
    within("heartbeats beside a join", async {
        while broker.requests(ApiKey::Heartbeat).len() < beats + 3 {
            consumer.poll(Duration::from_millis(20)).await.unwrap();
        }
    })
    .await;
    let of = |keys: &[ApiKey]| -> BTreeSet<u64> {
        keys.iter().flat_map(|key| broker.requests(*key)).map(|request| request.connection).collect()
    };
    let kinds = [
        of(&[ApiKey::Fetch]),
        of(&[ApiKey::Produce]),
        of(&[ApiKey::JoinGroup, ApiKey::SyncGroup, ApiKey::Heartbeat, ApiKey::OffsetCommit]),
        of(&[ApiKey::Metadata, ApiKey::FindCoordinator]),
    ];
    for (at, kind) in kinds.iter().enumerate() {
        let others = kinds.iter().skip(at + 1);
        assert!(!kind.is_empty() && others.into_iter().all(|other| kind.is_disjoint(other)), "{kinds:?}");
    }
    [fetch, produce, join].iter().for_each(|held| held.release());
}
