//! ListOffsets and OffsetForLeaderEpoch: questions about a partition's offsets.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_offsets_response::{
    ListOffsetsPartitionResponse, ListOffsetsTopicResponse,
};
use kafka_protocol::messages::offset_for_leader_epoch_response::{
    EpochEndOffset, OffsetForLeaderTopicResult,
};
use kafka_protocol::messages::{
    ListOffsetsRequest, ListOffsetsResponse, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
};
use uuid::Uuid;

use super::led;
use crate::connection::Context;
use crate::log::PartitionLog;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;

pub(super) fn list_offsets(cx: &Context, request: ListOffsetsRequest) -> ListOffsetsResponse {
    let committed_only = request.isolation_level == 1;
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|p| {
            let answer = ListOffsetsPartitionResponse::default().with_partition_index(p.partition_index);
            let found = log(cx, &topic.name, p.partition_index, p.current_leader_epoch)
                .and_then(|log| Ok((lookup(cx, &log, p.timestamp, committed_only)?, log)));
            match found {
                Ok(((timestamp, offset), log)) => {
                    let epoch = if cx.version >= 4 && offset >= 0 { log.epoch_of(offset) } else { -1 };
                    answer.with_timestamp(timestamp).with_offset(offset).with_leader_epoch(epoch)
                }
                Err(code) => answer.with_error_code(code.code()).with_timestamp(-1).with_offset(-1),
            }
        });
        ListOffsetsTopicResponse::default()
            .with_name(topic.name.clone())
            .with_partitions(partitions.collect())
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

/// (timestamp, offset); -1 for none. Named offsets have no timestamp.
fn lookup(
    cx: &Context,
    log: &PartitionLog,
    timestamp: i64,
    committed_only: bool,
) -> Result<(i64, i64), ResponseError> {
    let offsets = log.offsets();
    let end = if committed_only { offsets.last_stable } else { offsets.high_watermark };
    match timestamp {
        LATEST => Ok((-1, end)),
        EARLIEST => Ok((-1, offsets.start)),
        MAX_TIMESTAMP if cx.version >= 7 => Ok(log.offset_of_max_timestamp().unwrap_or((-1, -1))),
        EARLIEST_LOCAL if cx.version >= 8 => Ok((-1, offsets.start)),
        LATEST_TIERED if cx.version >= 9 => Ok((-1, -1)),
        t if t >= 0 => Ok(log.offset_at(t).filter(|(_, offset)| *offset < end).unwrap_or((-1, -1))),
        _ => Err(ResponseError::UnsupportedVersion),
    }
}

pub(super) fn offset_for_leader_epoch(
    cx: &Context,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|p| {
            let answer = EpochEndOffset::default().with_partition(p.partition);
            match log(cx, &topic.topic, p.partition, p.current_leader_epoch) {
                Ok(log) => {
                    let (epoch, end) = log.epoch_end(p.leader_epoch);
                    answer.with_leader_epoch(epoch).with_end_offset(end)
                }
                Err(code) => answer.with_error_code(code.code()).with_leader_epoch(-1).with_end_offset(-1),
            }
        });
        OffsetForLeaderTopicResult::default()
            .with_topic(topic.topic.clone())
            .with_partitions(partitions.collect())
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}

fn log(cx: &Context, topic: &str, index: i32, epoch: i32) -> Result<Arc<PartitionLog>, ResponseError> {
    let cluster = cx.shared.cluster();
    led(&cluster, cx, (topic, Uuid::nil()), index, epoch).map(|(_, p)| p.log.clone())
}
