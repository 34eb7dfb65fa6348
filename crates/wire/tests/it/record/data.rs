//! Topics, batches, offsets in the log.

use super::*;

/// A batch of one record, as a producer without idempotence sends it.
pub(super) fn batch(producer_id: i64, epoch: i16, sequence: i32, transactional: bool) -> Bytes {
    let record: &[u8] = &[22, 0, 0, 0, 2, b'k', 10, b'v', b'a', b'l', b'u', b'e'];
    let mut record = record.to_vec();
    record.push(0);
    record[0] = (record.len() as u8 - 1) << 1;
    let mut tail = Vec::new();
    tail.extend_from_slice(&(if transactional { 16i16 } else { 0 }).to_be_bytes());
    tail.extend_from_slice(&0i32.to_be_bytes());
    for _ in 0..2 {
        tail.extend_from_slice(&1_700_000_000_000i64.to_be_bytes());
    }
    tail.extend_from_slice(&producer_id.to_be_bytes());
    tail.extend_from_slice(&epoch.to_be_bytes());
    tail.extend_from_slice(&sequence.to_be_bytes());
    tail.extend_from_slice(&1i32.to_be_bytes());
    tail.extend_from_slice(&record);
    let mut out = Vec::new();
    out.extend_from_slice(&0i64.to_be_bytes());
    out.extend_from_slice(&(tail.len() as i32 + 9).to_be_bytes());
    out.extend_from_slice(&(-1i32).to_be_bytes());
    out.push(2);
    out.extend_from_slice(&crc32c::crc32c(&tail).to_be_bytes());
    out.extend_from_slice(&tail);
    Bytes::from(out)
}

pub(super) fn topics(rec: &mut Recorder) {
    for v in versions::<ApiVersionsRequest>() {
        let software = if v >= 3 { "kconnect" } else { "" };
        let request = ApiVersionsRequest {
            client_software_name: software.to_owned(),
            client_software_version: software.to_owned(),
            ..d()
        };
        assert!(rec.call(v, &request).error_code.is_ok());
    }
    let create = |name: String| CreateTopicsRequest {
        topics: vec![CreatableTopic {
            name,
            num_partitions: 2,
            replication_factor: 1,
            configs: vec![CreatableTopicConfig {
                name: "retention.ms".to_owned(),
                value: Some("-1".to_owned()),
                ..d()
            }],
            ..d()
        }],
        ..d()
    };
    assert!(rec.call(7, &create(TOPIC.to_owned())).topics[0].error_code.is_ok());
    for v in versions::<CreateTopicsRequest>() {
        assert!(rec.call(v, &create(format!("c{v}"))).topics[0].error_code.is_ok(), "v{v}");
    }
    // Once more: an error with a message in it.
    rec.call(4, &create(TOPIC.to_owned()));
    for v in versions::<MetadataRequest>() {
        let topic = MetadataRequestTopic { name: Some(TOPIC.to_owned()), ..d() };
        let request = MetadataRequest {
            topics: if v == 5 { None } else { Some(vec![topic]) },
            include_topic_authorized_operations: v >= 8,
            include_cluster_authorized_operations: (8..=10).contains(&v),
            ..d()
        };
        let response = rec.until(v, &request, |r| {
            r.topics[0].partitions.first().map_or(ErrorCode::LEADER_NOT_AVAILABLE, |p| p.error_code)
        });
        rec.topic_id = response.topics[0].topic_id;
    }
    let topic = DescribeTopicPartitionsTopicRequest { name: TOPIC.to_owned(), ..d() };
    let request = DescribeTopicPartitionsRequest { topics: vec![topic], response_partition_limit: 1, ..d() };
    assert!(rec.call(0, &request).next_cursor.is_some());
}

pub(super) fn produce_and_fetch(rec: &mut Recorder) {
    for v in versions::<ProduceRequest>() {
        let data = PartitionProduceData { index: 0, records: Some(batch(-1, -1, -1, false)), ..d() };
        let topic = TopicProduceData {
            name: if v < 13 { TOPIC.to_owned() } else { String::new() },
            topic_id: if v < 13 { Uuid::ZERO } else { rec.topic_id },
            partition_data: vec![data],
            ..d()
        };
        let request = ProduceRequest { acks: -1, timeout_ms: 10_000, topic_data: vec![topic], ..d() };
        let response = rec.call(v, &request);
        assert_eq!(response.responses[0].partition_responses[0].error_code, ErrorCode::NONE, "v{v}");
    }
    for v in versions::<FetchRequest>() {
        let partition = |partition, fetch_offset| FetchPartition {
            partition,
            fetch_offset,
            partition_max_bytes: 100,
            ..d()
        };
        let topic = FetchTopic {
            topic: if v < 13 { TOPIC.to_owned() } else { String::new() },
            topic_id: if v < 13 { Uuid::ZERO } else { rec.topic_id },
            // The second is beyond the end.
            partitions: vec![partition(0, 1), partition(1, 99)],
            ..d()
        };
        let request = FetchRequest {
            max_wait_ms: 500,
            min_bytes: 1,
            session_epoch: if v < 7 { -1 } else { 0 },
            topics: vec![topic],
            ..d()
        };
        let partitions = rec.call(v, &request).responses.remove(0).partitions;
        assert!(partitions[0].records.as_ref().is_some_and(|records| records.len() > 61), "v{v}");
        assert_eq!(partitions[1].error_code, ErrorCode::OFFSET_OUT_OF_RANGE, "v{v}");
    }
    for v in versions::<ListOffsetsRequest>() {
        let partition = |timestamp| ListOffsetsPartition { partition_index: 0, timestamp, ..d() };
        let partitions = vec![partition(if v % 2 == 0 { -1 } else { 1_700_000_000_000 })];
        let topic = ListOffsetsTopic { name: TOPIC.to_owned(), partitions, ..d() };
        let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..d() };
        assert!(rec.call(v, &request).topics[0].partitions[0].error_code.is_ok(), "v{v}");
    }
    for v in versions::<OffsetForLeaderEpochRequest>() {
        let partition = OffsetForLeaderPartition { partition: 0, leader_epoch: 0, ..d() };
        let topic = OffsetForLeaderTopic { topic: TOPIC.to_owned(), partitions: vec![partition], ..d() };
        let request = OffsetForLeaderEpochRequest { replica_id: -1, topics: vec![topic], ..d() };
        assert!(rec.call(v, &request).topics[0].partitions[0].end_offset > 0, "v{v}");
    }
}
