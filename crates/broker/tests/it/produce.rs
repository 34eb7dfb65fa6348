//! What a produce may and may not do.

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::ProduceRequest;
use kconnect_broker::{ApiKey, Broker, ErrorCode};

use crate::client::{
    Batch, Client, batch, broker_with_topic, new_producer, produce, produce_request, values,
};

#[tokio::test]
async fn batches_get_consecutive_offsets_at_every_version() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    for (i, version) in (3..=12).enumerate() {
        let request = produce_request("t", 1, batch(Batch { count: 3, ..Batch::default() }));
        let response = client.call(version, &request).await;
        let partition = &response.responses[0].partition_responses[0];
        assert_eq!((partition.error_code, partition.base_offset), (0, 3 * i as i64), "version {version}");
    }
    let records = broker.records("t", 0).unwrap();
    assert!(records.iter().zip(0..).all(|(r, i)| r.offset == i), "{records:?}");
    assert_eq!(records.len(), 30);
}

#[tokio::test]
async fn produce_13_names_topics_by_id() {
    let broker = Broker::builder().start().await.unwrap();
    let id = broker.create_topic("t", 1).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    let mut request = produce_request("", -1, batch(Batch::default()));
    request.topic_data[0].topic_id = id;
    let response = client.call(13, &request).await;
    assert_eq!(response.responses[0].partition_responses[0].error_code, 0);
    assert_eq!(response.responses[0].topic_id, id);
    request.topic_data[0].topic_id = uuid::Uuid::from_u128(1);
    let response = client.call(13, &request).await;
    let code = response.responses[0].partition_responses[0].error_code;
    assert_eq!(code, ErrorCode::UnknownTopicId.code());
}

#[tokio::test]
async fn idempotent_rules_hold_on_the_wire() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    let init = client.call(4, &new_producer()).await;
    let id = init.producer_id.0;
    let send = |epoch: i16, sequence: i32| {
        batch(Batch { count: 2, producer: (id, epoch, sequence), ..Batch::default() })
    };
    let rows = [
        ("first", send(0, 0), 0, 0),
        ("next", send(0, 2), 0, 2),
        ("the same again", send(0, 2), 0, 2),
        ("the one before again", send(0, 0), 0, 0),
        ("a gap", send(0, 6), ErrorCode::OutOfOrderSequenceNumber.code(), -1),
        ("new epoch in the middle", send(1, 4), ErrorCode::OutOfOrderSequenceNumber.code(), -1),
        ("new epoch from 0", send(1, 0), 0, 4),
        ("old epoch", send(0, 4), ErrorCode::InvalidProducerEpoch.code(), -1),
    ];
    for (what, records, code, offset) in rows {
        let answer = produce(&mut client, "t", records).await;
        assert_eq!((answer.error_code, answer.base_offset), (code, offset), "{what}");
    }
    assert_eq!(values(&broker, "t").len(), 6, "duplicates and refusals write nothing");
    broker.forget_producers("t", 0);
    let answer = produce(&mut client, "t", send(1, 2)).await;
    assert_eq!(answer.error_code, ErrorCode::UnknownProducerId.code());
    assert_eq!(answer.log_start_offset, 0, "the client needs it to judge (I10)");
}

#[tokio::test]
async fn every_producer_gets_its_own_id() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    let a = client.call(0, &new_producer()).await;
    let b = client.call(5, &new_producer()).await;
    assert_ne!(a.producer_id, b.producer_id);
    assert_eq!((a.producer_epoch, b.producer_epoch), (0, 0));
}

#[tokio::test]
async fn bad_batches_are_refused_and_nothing_is_written() {
    let broker = Broker::builder().message_max_bytes(5000).start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    broker.create_topic_with("small", 1, 1, &[("max.message.bytes", "80")]).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    let good = batch(Batch { count: 3, ..Batch::default() });
    let patched = |at: usize, value: u8| {
        let mut bytes = BytesMut::from(&good[..]);
        bytes[at] = value;
        bytes.freeze()
    };
    let recounted = {
        let mut bytes = BytesMut::from(&good[..]);
        bytes[60] = 9;
        let crc = crc32c::crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        bytes.freeze()
    };
    let twice = Bytes::from([&good[..], &good[..]].concat());
    let rows = [
        ("damaged", "t", patched(70, 0xff), ErrorCode::CorruptMessage),
        ("cut", "t", good.slice(..good.len() - 1), ErrorCode::CorruptMessage),
        ("shorter than a header", "t", good.slice(..20), ErrorCode::CorruptMessage),
        ("nothing", "t", Bytes::new(), ErrorCode::CorruptMessage),
        ("magic 1", "t", patched(16, 1), ErrorCode::InvalidRecord),
        ("base offset is not 0", "t", patched(7, 1), ErrorCode::InvalidRecord),
        ("count and last offset differ", "t", recounted, ErrorCode::InvalidRecord),
        ("two batches", "t", twice, ErrorCode::InvalidRecord),
        (
            "control batch",
            "t",
            batch(Batch { attributes: 1 << 5, ..Batch::default() }),
            ErrorCode::InvalidRecord,
        ),
        (
            "no transaction",
            "t",
            batch(Batch { attributes: 1 << 4, ..Batch::default() }),
            ErrorCode::InvalidTxnState,
        ),
        (
            "too large for the broker",
            "t",
            batch(Batch { count: 900, ..Batch::default() }),
            ErrorCode::MessageTooLarge,
        ),
        (
            "too large for the topic",
            "small",
            batch(Batch { count: 9, ..Batch::default() }),
            ErrorCode::MessageTooLarge,
        ),
        ("no such topic", "absent", good.clone(), ErrorCode::UnknownTopicOrPartition),
    ];
    for (what, topic, records, code) in rows {
        let answer = produce(&mut client, topic, records).await;
        assert_eq!(answer.error_code, code.code(), "{what}: {:?}", answer.error_message);
        assert_eq!(answer.base_offset, -1, "{what}");
    }
    assert_eq!(broker.offsets("t", 0).unwrap().end, 0);
    assert_eq!(produce(&mut client, "t", good).await.error_code, 0, "the partition is unharmed");
}

#[tokio::test]
async fn w5_acks_0_gets_no_answer_and_an_error_closes() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    client.send(9, &produce_request("t", 0, batch(Batch::default()))).await;
    // The next answer on this connection is the next request's.
    let answer = produce(&mut client, "t", batch(Batch::default())).await;
    assert_eq!(answer.base_offset, 1);
    client.send(9, &produce_request("absent", 0, batch(Batch::default()))).await;
    assert!(client.receive().await.is_none(), "an error with acks=0 closes the connection");
}

#[tokio::test]
async fn log_append_time_overrides_the_clients_clock() {
    let broker = Broker::builder().start().await.unwrap();
    broker.create_topic_with("t", 1, 1, &[("message.timestamp.type", "LogAppendTime")]).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    let answer = produce(&mut client, "t", batch(Batch { count: 2, ..Batch::default() })).await;
    assert!(answer.log_append_time_ms > 1_600_000_000_000, "{answer:?}");
    let records = broker.records("t", 0).unwrap();
    assert!(records.iter().all(|r| r.timestamp == answer.log_append_time_ms), "{records:?}");
    let stored = &broker.batches("t", 0).unwrap()[0];
    let crc = u32::from_be_bytes(stored[17..21].try_into().unwrap());
    assert_eq!(crc32c::crc32c(&stored[21..]), crc, "the checksum was renewed");
}

#[tokio::test]
async fn m6_a_moved_leader_is_named_with_its_address() {
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    assert_eq!(broker.leader("t", 0), Some((1, 0)));
    broker.move_leader("t", 0, 2).unwrap();
    let response = client.call(10, &produce_request("t", -1, batch(Batch::default()))).await;
    let partition = &response.responses[0].partition_responses[0];
    assert_eq!(partition.error_code, ErrorCode::NotLeaderOrFollower.code());
    assert_eq!((partition.current_leader.leader_id.0, partition.current_leader.leader_epoch), (2, 1));
    let endpoint = &response.node_endpoints[0];
    assert_eq!(broker.address(2).unwrap(), format!("{}:{}", endpoint.host, endpoint.port));
    let mut other = Client::connect(&broker, 2).await;
    assert_eq!(produce(&mut other, "t", batch(Batch::default())).await.error_code, 0);
}

#[tokio::test]
async fn acks_all_needs_the_in_sync_replicas() {
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    broker.create_topic_with("t", 1, 2, &[("min.insync.replicas", "2")]).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    assert_eq!(produce(&mut client, "t", batch(Batch::default())).await.error_code, 0);
    broker.crash_node(2).await;
    let answer = produce(&mut client, "t", batch(Batch::default())).await;
    assert_eq!(answer.error_code, ErrorCode::NotEnoughReplicas.code());
    let one = client.call(9, &produce_request("t", 1, batch(Batch::default()))).await;
    assert_eq!(one.responses[0].partition_responses[0].error_code, 0, "acks=1 asks the leader only");
    let odd = client.call(9, &produce_request("t", 2, batch(Batch::default()))).await;
    assert_eq!(odd.responses[0].partition_responses[0].error_code, ErrorCode::InvalidRequiredAcks.code());
}

#[tokio::test]
async fn requests_are_counted_and_logged() {
    let broker = broker_with_topic().await;
    let mut client = Client::connect(&broker, 1).await;
    produce(&mut client, "t", batch(Batch::default())).await;
    client.call::<ProduceRequest>(9, &ProduceRequest::default().with_acks(1)).await;
    assert_eq!(broker.request_count(ApiKey::Produce), 2);
    let first = &broker.requests(ApiKey::Produce)[0];
    assert_eq!(
        (first.topics.as_slice(), first.client_id.as_str(), first.node),
        (&["t".to_owned()][..], "it", 1)
    );
    assert_eq!((broker.open_connections(1), broker.accepted_connections(1)), (1, 1));
}
