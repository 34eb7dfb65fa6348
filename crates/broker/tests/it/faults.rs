//! Faults on demand: each action as its client meets it.

use std::time::{Duration, Instant};

use kafka_protocol::messages::{HeartbeatRequest, MetadataRequest};
use kconnect_broker::{ApiKey, Broker, ErrorCode};

use crate::client::{Batch, Client, batch, broker_with_topic, fetch, produce, produce_request, values};

fn one() -> bytes::Bytes {
    batch(Batch::default())
}

#[tokio::test]
async fn an_error_is_told_and_nothing_applied() {
    let broker = broker_with_topic().await;
    broker.create_topic("other", 1).unwrap();
    let fault =
        broker.faults().on(ApiKey::Produce).topic("t").after(1).times(2).error(ErrorCode::NotEnoughReplicas);
    let mut client = Client::connect(&broker, 1).await;
    let mut codes = Vec::new();
    for topic in ["t", "t", "other", "t", "t"] {
        codes.push(produce(&mut client, topic, one()).await.error_code);
    }
    let refused = ErrorCode::NotEnoughReplicas.code();
    assert_eq!(codes, [0, refused, 0, refused, 0]);
    assert_eq!(fault.hits(), 2);
    assert_eq!(values(&broker, "t").len(), 2);
}

#[tokio::test]
async fn a_drop_closes_before_and_apply_then_drop_after() {
    let broker = broker_with_topic().await;
    for (expect, fault) in [
        (0, broker.faults().on(ApiKey::Produce).times(1).drop()),
        (1, broker.faults().on(ApiKey::Produce).times(1).apply_then_drop()),
    ] {
        let mut client = Client::connect(&broker, 1).await;
        assert!(client.try_call(9, &produce_request("t", -1, one())).await.is_none());
        assert_eq!(values(&broker, "t").len(), expect);
        assert_eq!(fault.hits(), 1);
    }
}

#[tokio::test]
async fn silence_keeps_the_connection_and_answers_nothing_more() {
    let broker = broker_with_topic().await;
    let fault = broker.faults().on(ApiKey::Produce).times(1).silence();
    let mut client = Client::connect(&broker, 1).await;
    client.send(9, &produce_request("t", -1, one())).await;
    client.send(9, &MetadataRequest::default()).await;
    fault.hit(1).await;
    let answer = tokio::time::timeout(Duration::from_millis(100), client.receive()).await;
    assert!(answer.is_err(), "neither an answer nor an end: {answer:?}");
    assert_eq!(values(&broker, "t").len(), 0);
    let mut other = Client::connect(&broker, 1).await;
    assert_eq!(produce(&mut other, "t", one()).await.error_code, 0, "others are served");
}

#[tokio::test]
async fn a_delay_is_only_a_delay() {
    let broker = broker_with_topic().await;
    broker.faults().on(ApiKey::Produce).times(1).delay(Duration::from_millis(80));
    let mut client = Client::connect(&broker, 1).await;
    let started = Instant::now();
    assert_eq!(produce(&mut client, "t", one()).await.error_code, 0);
    assert!(started.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn a_held_request_goes_on_when_released() {
    let broker = broker_with_topic().await;
    let fault = broker.faults().on(ApiKey::Produce).hold();
    let mut client = Client::connect(&broker, 1).await;
    let request = produce_request("t", -1, one());
    let (answer, ()) = tokio::join!(client.call(9, &request), async {
        fault.hit(1).await;
        assert_eq!(values(&broker, "t").len(), 0, "held before it is applied");
        fault.remove();
    });
    assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
}

#[tokio::test]
async fn a_truncated_answer_ends_the_connection_and_a_corrupt_one_does_not() {
    let broker = broker_with_topic().await;
    broker.faults().on(ApiKey::Produce).times(1).truncate(10);
    let mut client = Client::connect(&broker, 1).await;
    assert!(client.try_call(9, &produce_request("t", -1, one())).await.is_none());
    assert_eq!(values(&broker, "t").len(), 1, "it was applied");

    broker.faults().on(ApiKey::Heartbeat).times(1).corrupt();
    let mut client = Client::connect(&broker, 1).await;
    client.send(0, &HeartbeatRequest::default()).await;
    let corrupt = client.receive().await.unwrap();
    let wrong = !ErrorCode::InvalidGroupId.code();
    assert_eq!(&corrupt[..4], [0, 0, 0, 1], "the correlation id is right");
    assert_eq!(&corrupt[4..], wrong.to_be_bytes(), "the body is not");
    let right = client.call(0, &HeartbeatRequest::default()).await;
    assert_eq!(right.error_code, ErrorCode::InvalidGroupId.code());
}

#[tokio::test]
async fn rules_are_tried_in_order_and_can_be_taken_back() {
    let broker = broker_with_topic().await;
    let first = broker.faults().on(ApiKey::Produce).times(1).error(ErrorCode::KafkaStorageError);
    let second = broker.faults().on(ApiKey::Produce).client_id("it").error(ErrorCode::RequestTimedOut);
    broker.faults().on(ApiKey::Produce).client_id("another").drop();
    let mut client = Client::connect(&broker, 1).await;
    assert_eq!(produce(&mut client, "t", one()).await.error_code, ErrorCode::KafkaStorageError.code());
    assert_eq!(produce(&mut client, "t", one()).await.error_code, ErrorCode::RequestTimedOut.code());
    second.remove();
    assert_eq!(produce(&mut client, "t", one()).await.error_code, 0);
    assert_eq!((first.hits(), second.hits()), (1, 1));
    broker.faults().clear();
}

#[tokio::test]
async fn a_crashed_node_is_gone_and_comes_back_on_its_port() {
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    broker.create_topic("lonely", 1).unwrap();
    broker.create_topic_with("safe", 1, 2, &[]).unwrap();
    let mut one = Client::connect(&broker, 1).await;
    produce(&mut one, "safe", self::one()).await;
    let (address, both) = (broker.address(1).unwrap(), broker.bootstrap());
    broker.crash_node(1).await;
    assert!(one.try_call(9, &produce_request("safe", -1, self::one())).await.is_none());
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
    assert_ne!(broker.bootstrap(), both);
    assert_eq!(broker.leader("lonely", 0).unwrap().0, -1);
    assert_eq!(broker.leader("safe", 0), Some((2, 1)));
    let mut two = Client::connect(&broker, 2).await;
    assert_eq!(fetch(&mut two, "safe", 0).await.high_watermark, 1);
    assert_eq!(broker.coordinator("any"), Some(2));
    broker.restart_node(1).await.unwrap();
    assert_eq!(broker.bootstrap(), both);
    assert_eq!(broker.leader("lonely", 0).unwrap().0, 1);
    let mut one = Client::connect(&broker, 1).await;
    assert_eq!(produce(&mut one, "lonely", self::one()).await.error_code, 0);
}

#[tokio::test]
async fn shutdown_ends_parked_requests_and_frees_the_port() {
    let broker = broker_with_topic().await;
    let address = broker.bootstrap();
    let mut client = Client::connect(&broker, 1).await;
    client.send(11, &crate::client::fetch_request("t", 0, 600_000)).await;
    while broker.request_count(ApiKey::Fetch) == 0 {
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(Duration::from_secs(10), broker.shutdown()).await.unwrap();
    assert!(client.receive().await.is_none());
    broker.shutdown().await;
    let again = Broker::builder().listen(address.clone()).start().await.unwrap();
    assert_eq!(again.bootstrap(), address);
}
