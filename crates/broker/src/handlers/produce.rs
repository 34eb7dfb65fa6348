//! Produce and InitProducerId.

use std::time::{SystemTime, UNIX_EPOCH};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::produce_request::{PartitionProduceData, ProduceRequest};
use kafka_protocol::messages::produce_response::{
    LeaderIdAndEpoch, NodeEndpoint, PartitionProduceResponse, ProduceResponse, TopicProduceResponse,
};
use kafka_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse};
use uuid::Uuid;

use super::{Answer, led, text};
use crate::cluster::{Cluster, Topic};
use crate::connection::Context;
use crate::log::{AppendRules, Refused};

pub(super) fn produce(cx: &Context, request: ProduceRequest) -> Answer {
    let acks = request.acks;
    let mut response = ProduceResponse::default();
    let mut failed = None;
    for topic in request.topic_data {
        let mut answers =
            TopicProduceResponse::default().with_name(topic.name.clone()).with_topic_id(topic.topic_id);
        for data in topic.partition_data {
            let answer = append(cx, (&topic.name, topic.topic_id), data, acks);
            if answer.error_code != 0 {
                failed = Some(answer.error_code);
            }
            answers.partition_responses.push(answer);
        }
        response.responses.push(answers);
    }
    if acks == 0 {
        // The only way to tell a client that waits for nothing is to close (W5).
        return failed.map_or(Answer::Nothing, |code| {
            Answer::Close(format!("a produce with acks=0 met error {code}"))
        });
    }
    if cx.version >= 10 {
        response.node_endpoints = endpoints(cx, &response);
    }
    response.into()
}

fn append(
    cx: &Context,
    topic: (&str, Uuid),
    data: PartitionProduceData,
    acks: i16,
) -> PartitionProduceResponse {
    let answer = PartitionProduceResponse::default().with_index(data.index);
    let (log, rules) = match target(cx, topic, data.index, acks) {
        Ok(target) => target,
        Err(code) => {
            let answer = answer.with_error_code(code.code()).with_base_offset(-1);
            return with_leader_hint(cx, topic, code, answer);
        }
    };
    match log.append(&data.records.unwrap_or_default(), &rules) {
        Ok(appended) => answer
            .with_base_offset(appended.base_offset)
            .with_log_append_time_ms(appended.append_time_ms)
            .with_log_start_offset(appended.start),
        Err(Refused { code, message, start }) => {
            tracing::debug!(topic = topic.0, partition = data.index, %code, message, "refused a batch");
            answer
                .with_error_code(code.code())
                .with_base_offset(-1)
                .with_log_start_offset(start)
                .with_error_message(message.filter(|_| cx.version >= 8).map(text))
        }
    }
}

fn target(
    cx: &Context,
    topic: (&str, Uuid),
    index: i32,
    acks: i16,
) -> Result<(std::sync::Arc<crate::log::PartitionLog>, AppendRules), ResponseError> {
    if !(-1..=1).contains(&acks) {
        return Err(ResponseError::InvalidRequiredAcks);
    }
    let cluster = cx.shared.cluster();
    let (topic, partition) = led(&cluster, cx, topic, index, -1)?;
    let in_sync = partition.replicas.iter().filter(|r| cluster.is_alive(**r)).count();
    if acks == -1 && in_sync < number(topic, "min.insync.replicas").unwrap_or(1) {
        return Err(ResponseError::NotEnoughReplicas);
    }
    let append_time = topic.config("message.timestamp.type") == Some("LogAppendTime");
    let rules = AppendRules {
        leader_epoch: partition.epoch,
        max_batch_bytes: number(topic, "max.message.bytes").unwrap_or(cluster.settings.message_max_bytes),
        append_time_ms: append_time.then(now_ms),
        zstd_allowed: cx.version >= 7,
    };
    Ok((partition.log.clone(), rules))
}

fn number(topic: &Topic, config: &str) -> Option<usize> {
    topic.config(config)?.trim().parse().ok()
}

/// Tells who leads instead, so that the client need not ask (M6).
fn with_leader_hint(
    cx: &Context,
    (name, id): (&str, Uuid),
    code: ResponseError,
    answer: PartitionProduceResponse,
) -> PartitionProduceResponse {
    if cx.version < 10 || code != ResponseError::NotLeaderOrFollower {
        return answer;
    }
    let index = answer.index;
    let cluster = cx.shared.cluster();
    let Ok((_, partition)) = cluster.partition(name, id, index) else { return answer };
    let leader = LeaderIdAndEpoch::default()
        .with_leader_id(partition.leader.into())
        .with_leader_epoch(partition.epoch);
    answer.with_current_leader(leader)
}

fn endpoints(cx: &Context, response: &ProduceResponse) -> Vec<NodeEndpoint> {
    let partitions = response.responses.iter().flat_map(|t| &t.partition_responses);
    let mut leaders: Vec<i32> =
        partitions.map(|p| p.current_leader.leader_id.0).filter(|l| *l >= 0).collect();
    leaders.sort_unstable();
    leaders.dedup();
    let cluster = cx.shared.cluster();
    leaders.into_iter().filter_map(|id| endpoint(&cluster, id)).collect()
}

fn endpoint(cluster: &Cluster, id: i32) -> Option<NodeEndpoint> {
    cluster.node(id).map(|node| {
        NodeEndpoint::default()
            .with_node_id(id.into())
            .with_host(text(node.host.clone()))
            .with_port(i32::from(node.port))
    })
}

/// A new id for every idempotent producer; transactional ones are refused until transactions are here.
pub(super) fn init_producer_id(cx: &Context, request: InitProducerIdRequest) -> InitProducerIdResponse {
    let refuse = |code: ResponseError| {
        InitProducerIdResponse::default()
            .with_error_code(code.code())
            .with_producer_id((-1).into())
            .with_producer_epoch(-1)
    };
    match request.transactional_id {
        Some(id) if id.is_empty() => refuse(ResponseError::InvalidRequest),
        Some(id) => {
            tracing::warn!(
                transactional_id = id.as_str(),
                "refused a transactional producer: no transactions here"
            );
            refuse(ResponseError::UnsupportedVersion)
        }
        None => match cx.shared.cluster().new_producer_id() {
            Ok(id) => InitProducerIdResponse::default().with_producer_id(id.into()).with_producer_epoch(0),
            Err(code) => refuse(code),
        },
    }
}

/// Milliseconds since the epoch, by the wall clock (N9).
pub(super) fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}
