//! The null mode: acknowledges without storing, serves without end.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::produce_request::PartitionProduceData;
use kafka_protocol::messages::{ProduceRequest, ProduceResponse, ResponseHeader};
use kafka_protocol::protocol::Decodable;
use kconnect_broker::Broker;

use crate::client::{Batch, Client, batch, fetch_request, name, produce_request};

#[tokio::test]
async fn offsets_go_on_and_nothing_is_stored() {
    let broker = Broker::builder().null_mode(true).start().await.unwrap();
    let id = broker.create_topic("t", 1).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    for (i, version) in (3..=13).enumerate() {
        let mut request = produce_request("t", -1, batch(Batch { count: 7, ..Batch::default() }));
        if version == 13 {
            request.topic_data[0].name = Default::default();
            request.topic_data[0].topic_id = id;
        }
        let answer = client.call(version, &request).await;
        let partition = &answer.responses[0].partition_responses[0];
        assert_eq!((partition.error_code, partition.base_offset), (0, 7 * i as i64), "version {version}");
    }
    client.send(9, &produce_request("t", 0, batch(Batch::default()))).await;
    let after = client.call(9, &produce_request("t", 1, batch(Batch::default()))).await;
    assert_eq!(after.responses[0].partition_responses[0].base_offset, 77, "acks=0 gets no answer");
    assert_eq!(broker.offsets("t", 0).unwrap().end, 0);
}

/// Two topics with three partitions each, the batches longer than what is read at once; one partition has no records.
fn many() -> ProduceRequest {
    let mut request = produce_request("t", -1, Bytes::new());
    let partition = |index: i32| {
        let count = index * 500;
        let records = (count > 0).then(|| batch(Batch { count, ..Batch::default() }));
        PartitionProduceData::default().with_index(index).with_records(records)
    };
    request.topic_data[0].partition_data = (0..3).map(partition).collect();
    request.topic_data.push(request.topic_data[0].clone().with_name(name("u")));
    request
}

#[tokio::test]
async fn requests_in_any_pieces_are_answered_one_by_one() {
    let broker = Broker::builder().null_mode(true).start().await.unwrap();
    for version in [3, 9, 12] {
        for piece in [1 << 20, 30_000, 7_777, 611] {
            let mut client = Client::connect(&broker, 1).await;
            let both = [client.frame(version, &many()), client.frame(version, &many())].concat();
            for bytes in both.chunks(piece) {
                client.send_bytes(bytes).await;
                tokio::task::yield_now().await;
            }
            let mut offsets = Vec::new();
            for correlation in 1..=2 {
                let mut body = client.receive().await.unwrap();
                let header = ResponseHeader::decode(&mut body, i16::from(version >= 9)).unwrap();
                assert_eq!(header.correlation_id, correlation);
                let answer = ProduceResponse::decode(&mut body, version).unwrap();
                for (topic, expected) in answer.responses.iter().zip(["t", "u"]) {
                    assert_eq!(topic.name, name(expected));
                    offsets.extend(topic.partition_responses.iter().map(|p| (p.index, p.base_offset)));
                }
            }
            let first = offsets[0].1;
            let offsets: Vec<_> = offsets.iter().map(|(index, offset)| (*index, offset - first)).collect();
            let mut expected = vec![(0, 0), (1, 0), (2, 500), (0, 1500), (1, 1500), (2, 2000)];
            expected.extend(expected.clone().iter().map(|(index, offset)| (*index, offset + 3000)));
            assert_eq!(offsets, expected, "version {version} in pieces of {piece}");
        }
    }
}

#[tokio::test]
async fn a_produce_request_that_lies_closes_the_connection() {
    let broker = Broker::builder().null_mode(true).start().await.unwrap();
    let mut whole = Client::connect(&broker, 1).await.frame(9, &many()).to_vec();
    whole.push(0);
    let with_length = |change: i32| {
        let mut bytes = whole.clone();
        let length = bytes.len() as i32 - 5 + change;
        bytes[..4].copy_from_slice(&length.to_be_bytes());
        bytes
    };
    let mut negative_topic = whole.clone();
    let at = negative_topic.windows(2).position(|two| two == [2, b't']).unwrap();
    negative_topic[at..at + 5].copy_from_slice(&[0xff; 5]);
    let rows = [
        ("bytes after the request", with_length(1)),
        ("a request that ends within a batch", with_length(-9)),
        ("a request that ends within its header", [&[0, 0, 0, 8][..], &whole[4..]].concat()),
        ("a name longer than any", negative_topic),
        ("a version from the future", [&whole[..6], &[0, 99], &whole[8..]].concat()),
    ];
    for (what, bytes) in rows {
        let mut client = Client::connect(&broker, 1).await;
        client.send_bytes(&bytes).await;
        let answer = tokio::time::timeout(Duration::from_secs(10), client.receive()).await;
        assert!(answer.expect("an end, not a wait").is_none(), "{what}");
    }
}

#[tokio::test]
async fn every_fetch_version_gets_whole_batches_from_its_offset() {
    let broker = Broker::builder().null_mode(true).start().await.unwrap();
    let id = broker.create_topic("t", 1).unwrap();
    let mut client = Client::connect(&broker, 1).await;
    for version in 4..=18 {
        let mut request = fetch_request("t", 5000, 0);
        if version >= 13 {
            request.topics[0].topic = Default::default();
            request.topics[0].topic_id = id;
        }
        let answer = client.call(version, &request).await;
        let records = answer.responses[0].partitions[0].records.clone().unwrap();
        let mut rest = &records[..];
        let mut expected = 5000;
        while !rest.is_empty() {
            let base = i64::from_be_bytes(rest[..8].try_into().unwrap());
            let size = 12 + u32::from_be_bytes(rest[8..12].try_into().unwrap()) as usize;
            let crc = u32::from_be_bytes(rest[17..21].try_into().unwrap());
            assert_eq!((base, crc32c::crc32c(&rest[21..size])), (expected, crc), "version {version}");
            expected += i64::from(u32::from_be_bytes(rest[57..61].try_into().unwrap()));
            rest = &rest[size..];
        }
        assert!(records.len() > 900_000, "as much as was asked for: {}", records.len());
    }
}
