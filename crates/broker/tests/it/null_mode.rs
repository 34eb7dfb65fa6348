//! The null mode: acknowledges without storing, serves without end.

use kconnect_broker::Broker;

use crate::client::{Batch, Client, batch, fetch_request, produce_request};

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
