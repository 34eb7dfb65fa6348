//! Transactions, from the first producer id to the markers.

use super::data::batch;
use super::*;

pub(super) fn transactions(rec: &mut Recorder) {
    let find = FindCoordinatorRequest { key_type: 1, coordinator_keys: vec!["tx0".to_owned()], ..d() };
    rec.until(4, &find, |r| r.coordinators[0].error_code);
    for v in versions::<InitProducerIdRequest>() {
        let id = format!("tx{v}");
        let init = InitProducerIdRequest {
            transactional_id: Some(id.clone()),
            transaction_timeout_ms: 60_000,
            ..d()
        };
        let response = rec.until(v, &init, |r| r.error_code);
        let (producer_id, producer_epoch) = (response.producer_id, response.producer_epoch);
        add_partitions(rec, v, &id, producer_id, producer_epoch);
        let data = PartitionProduceData {
            index: 1,
            records: Some(batch(producer_id, producer_epoch, 0, true)),
            ..d()
        };
        let topic = TopicProduceData { name: TOPIC.to_owned(), partition_data: vec![data], ..d() };
        let produce = ProduceRequest {
            transactional_id: Some(id.clone()),
            acks: -1,
            timeout_ms: 10_000,
            topic_data: vec![topic],
            ..d()
        };
        let kept = rec.saved["Produce"][&9].clone();
        assert_eq!(rec.call(9, &produce).responses[0].partition_responses[0].error_code, ErrorCode::NONE);
        rec.saved.get_mut("Produce").unwrap().insert(9, kept);
        offsets(rec, v, &id, producer_id, producer_epoch);
        observe(rec, &id);
        let end =
            EndTxnRequest { transactional_id: id, producer_id, producer_epoch, committed: v % 2 == 0, ..d() };
        rec.until(near::<EndTxnRequest>(v), &end, |r| r.error_code);
    }
    aborted(rec);
}

fn add_partitions(rec: &mut Recorder, v: i16, id: &str, producer_id: i64, producer_epoch: i16) {
    let topics = vec![AddPartitionsToTxnTopic { name: TOPIC.to_owned(), partitions: vec![1], ..d() }];
    let request = if v < 4 {
        AddPartitionsToTxnRequest {
            v3_and_below_transactional_id: id.to_owned(),
            v3_and_below_producer_id: producer_id,
            v3_and_below_producer_epoch: producer_epoch,
            v3_and_below_topics: topics,
            ..d()
        }
    } else {
        let transaction = AddPartitionsToTxnTransaction {
            transactional_id: id.to_owned(),
            producer_id,
            producer_epoch,
            verify_only: false,
            topics,
            ..d()
        };
        AddPartitionsToTxnRequest { transactions: vec![transaction], ..d() }
    };
    rec.until(v, &request, |r| {
        let topics =
            r.results_by_transaction.first().map_or(&r.results_by_topic_v3_and_below, |t| &t.topic_results);
        topics[0].results_by_partition[0].partition_error_code
    });
}

fn offsets(rec: &mut Recorder, v: i16, id: &str, producer_id: i64, producer_epoch: i16) {
    let request = AddOffsetsToTxnRequest {
        transactional_id: id.to_owned(),
        producer_id,
        producer_epoch,
        group_id: format!("{id}-group"),
        ..d()
    };
    rec.until(near::<AddOffsetsToTxnRequest>(v), &request, |r| r.error_code);
    let partition = TxnOffsetCommitRequestPartition { partition_index: 0, committed_offset: 3, ..d() };
    let topic = TxnOffsetCommitRequestTopic { name: TOPIC.to_owned(), partitions: vec![partition], ..d() };
    let request = TxnOffsetCommitRequest {
        transactional_id: id.to_owned(),
        group_id: format!("{id}-group"),
        producer_id,
        producer_epoch,
        topics: vec![topic],
        ..d()
    };
    rec.until(near::<TxnOffsetCommitRequest>(v), &request, |r| r.topics[0].partitions[0].error_code);
}

fn observe(rec: &mut Recorder, id: &str) {
    let request = DescribeTransactionsRequest { transactional_ids: vec![id.to_owned()], ..d() };
    assert_eq!(rec.call(0, &request).transaction_states[0].error_code, ErrorCode::NONE);
    for v in versions::<ListTransactionsRequest>() {
        let request =
            ListTransactionsRequest { transactional_id_pattern: (v >= 2).then(|| "tx.*".to_owned()), ..d() };
        assert!(!rec.call(v, &request).transaction_states.is_empty(), "v{v}");
    }
    let topic = DescribeProducersTopicRequest { name: TOPIC.to_owned(), partition_indexes: vec![1], ..d() };
    let request = DescribeProducersRequest { topics: vec![topic], ..d() };
    assert!(!rec.call(0, &request).topics[0].partitions[0].active_producers.is_empty());
}

/// Fetches what was aborted, so that some recorded responses have aborted transactions.
fn aborted(rec: &mut Recorder) {
    for v in [4, 11, 12] {
        let partition = FetchPartition { partition: 1, partition_max_bytes: 4096, ..d() };
        let topic = FetchTopic { topic: TOPIC.to_owned(), partitions: vec![partition], ..d() };
        let request =
            FetchRequest { max_wait_ms: 500, min_bytes: 1, isolation_level: 1, topics: vec![topic], ..d() };
        let response = rec.call(v, &request);
        let aborted = response.responses[0].partitions[0].aborted_transactions.as_ref();
        assert!(aborted.is_some_and(|aborted| !aborted.is_empty()), "v{v}");
    }
}

pub(super) fn markers(rec: &mut Recorder) {
    for v in versions::<WriteTxnMarkersRequest>() {
        let topic = WritableTxnMarkerTopic { name: TOPIC.to_owned(), partition_indexes: vec![0], ..d() };
        let marker = WritableTxnMarker {
            producer_id: 4711,
            producer_epoch: v,
            transaction_result: false,
            topics: vec![topic],
            coordinator_epoch: 0,
            ..d()
        };
        let response = rec.call(v, &WriteTxnMarkersRequest { markers: vec![marker], ..d() });
        assert_eq!(response.markers[0].topics[0].partitions.len(), 1, "v{v}");
    }
}
