//! Fetch, with the long poll.
//!
//! Sessions are never opened: every answer says session 0, which tells the client to send full requests (F12).

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchRequest};
use kafka_protocol::messages::fetch_response::{
    EpochEndOffset, FetchResponse, FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData,
};
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use super::{led, text};
use crate::batch::BatchHeader;
use crate::connection::Context;
use crate::group::millis;
use crate::log::{Offsets, PartitionLog};

/// zstd needs Fetch 10 (B13).
const FIRST_ZSTD_VERSION: i16 = 10;

pub(super) async fn fetch(cx: &Context, request: FetchRequest) -> FetchResponse {
    if request.session_id != 0 && request.session_epoch > 0 {
        return FetchResponse::default().with_error_code(ResponseError::FetchSessionIdNotFound.code());
    }
    let deadline = Instant::now() + millis(request.max_wait_ms);
    let waiter = Arc::new(Notify::new());
    loop {
        // Registered before looking, so that an append in between is not missed.
        if wait_is_over(cx, &request, &waiter) || Instant::now() >= deadline {
            return read(cx, &request);
        }
        let _ = tokio::time::timeout_at(deadline, waiter.notified()).await;
    }
}

/// Enough bytes are there, or some partition has an error to tell.
fn wait_is_over(cx: &Context, request: &FetchRequest, waiter: &Arc<Notify>) -> bool {
    let enough = usize::try_from(request.min_bytes).unwrap_or(0);
    let mut available = 0usize;
    let mut asked = false;
    for (topic, partition) in partitions(request) {
        asked = true;
        let Ok((log, _)) = find(cx, topic, partition) else { return true };
        log.notify(waiter);
        let offsets = log.offsets();
        let outside =
            partition.fetch_offset < offsets.start || partition.fetch_offset > offsets.high_watermark;
        if outside || diverging(&log, partition).is_some() {
            return true;
        }
        available = available.saturating_add(log.bytes_after(partition.fetch_offset, enough.max(1)));
    }
    !asked || available >= enough
}

fn read(cx: &Context, request: &FetchRequest) -> FetchResponse {
    let mut left = usize::try_from(request.max_bytes).unwrap_or(0);
    let mut first = true;
    let mut response = FetchResponse::default();
    let mut leaders = Vec::new();
    for topic in &request.topics {
        let mut answers =
            FetchableTopicResponse::default().with_topic(topic.topic.clone()).with_topic_id(topic.topic_id);
        for partition in &topic.partitions {
            let mut data = read_partition(cx, (&topic.topic, topic.topic_id), partition, left, first);
            if request.isolation_level == 1 {
                data.aborted_transactions = Some(Vec::new());
            }
            let size = data.records.as_ref().map_or(0, Bytes::len);
            first &= size == 0;
            left = left.saturating_sub(size);
            leaders.push(data.current_leader.leader_id.0);
            answers.partitions.push(data);
        }
        response.responses.push(answers);
    }
    if cx.version >= 16 {
        response.node_endpoints = endpoints(cx, leaders);
    }
    response
}

fn read_partition(
    cx: &Context,
    topic: (&str, Uuid),
    partition: &FetchPartition,
    left: usize,
    first: bool,
) -> PartitionData {
    let data = PartitionData::default()
        .with_partition_index(partition.partition)
        .with_aborted_transactions(None)
        .with_preferred_read_replica((-1).into())
        .with_records(Some(Bytes::new()));
    let (log, leader) = match find(cx, topic, partition) {
        Ok(found) => found,
        Err((code, leader)) => return with_leader(cx, failed(data, code, None), leader),
    };
    if let Some((epoch, end)) = diverging(&log, partition) {
        let end = EpochEndOffset::default().with_epoch(epoch).with_end_offset(end);
        return with_offsets(data, log.offsets()).with_diverging_epoch(end);
    }
    let limit = left.min(usize::try_from(partition.partition_max_bytes).unwrap_or(0));
    match log.read(partition.fetch_offset, limit, first) {
        Ok(slice) if cx.version < FIRST_ZSTD_VERSION && has_zstd(&slice.records) => with_leader(
            cx,
            failed(data, ResponseError::UnsupportedCompressionType, Some(slice.offsets)),
            leader,
        ),
        Ok(slice) => with_offsets(data, slice.offsets).with_records(Some(slice.records)),
        Err(code) => failed(data, code, Some(log.offsets())),
    }
}

/// The log to read, or an error and who leads instead.
fn find(
    cx: &Context,
    topic: (&str, Uuid),
    partition: &FetchPartition,
) -> Result<(Arc<PartitionLog>, Option<(i32, i32)>), (ResponseError, Option<(i32, i32)>)> {
    let cluster = cx.shared.cluster();
    let index = partition.partition;
    match led(&cluster, cx, topic, index, partition.current_leader_epoch) {
        Ok((_, p)) => Ok((p.log.clone(), None)),
        Err(code) => {
            let leader = cluster.partition(topic.0, topic.1, index).ok().map(|(_, p)| (p.leader, p.epoch));
            Err((code, leader))
        }
    }
}

/// Where the client's log parted from this one, if it did (F5).
fn diverging(log: &PartitionLog, partition: &FetchPartition) -> Option<(i32, i64)> {
    if partition.last_fetched_epoch < 0 {
        return None;
    }
    let (epoch, end) = log.epoch_end(partition.last_fetched_epoch);
    let parted = epoch >= 0 && (epoch < partition.last_fetched_epoch || end < partition.fetch_offset);
    parted.then_some((epoch, end))
}

fn failed(data: PartitionData, code: ResponseError, offsets: Option<Offsets>) -> PartitionData {
    let data = data.with_error_code(code.code());
    match offsets {
        Some(offsets) => with_offsets(data, offsets),
        None => data.with_high_watermark(-1).with_last_stable_offset(-1).with_log_start_offset(-1),
    }
}

fn with_offsets(data: PartitionData, offsets: Offsets) -> PartitionData {
    data.with_high_watermark(offsets.high_watermark)
        .with_last_stable_offset(offsets.last_stable)
        .with_log_start_offset(offsets.start)
}

/// Tells who leads instead (M6).
fn with_leader(cx: &Context, data: PartitionData, leader: Option<(i32, i32)>) -> PartitionData {
    let codes = [ResponseError::NotLeaderOrFollower.code(), ResponseError::FencedLeaderEpoch.code()];
    match leader {
        Some((id, epoch)) if cx.version >= 12 && codes.contains(&data.error_code) => data
            .with_current_leader(
                LeaderIdAndEpoch::default().with_leader_id(id.into()).with_leader_epoch(epoch),
            ),
        _ => data,
    }
}

fn endpoints(cx: &Context, mut leaders: Vec<i32>) -> Vec<NodeEndpoint> {
    leaders.sort_unstable();
    leaders.dedup();
    let cluster = cx.shared.cluster();
    let nodes = leaders.into_iter().filter_map(|id| cluster.node(id));
    nodes
        .map(|n| {
            NodeEndpoint::default()
                .with_node_id(n.id.into())
                .with_host(text(n.host.clone()))
                .with_port(i32::from(n.port))
        })
        .collect()
}

fn has_zstd(mut records: &[u8]) -> bool {
    while let Some(header) = BatchHeader::parse(records) {
        if header.codec() == 4 {
            return true;
        }
        records = records.get(header.size..).unwrap_or_default();
    }
    false
}

fn partitions(request: &FetchRequest) -> impl Iterator<Item = ((&str, Uuid), &FetchPartition)> {
    request.topics.iter().flat_map(|t| t.partitions.iter().map(move |p| ((t.topic.as_str(), t.topic_id), p)))
}
