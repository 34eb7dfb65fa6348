//! One file per family of APIs; here only the table from request to handler.
//!
//! A handler takes what it needs out of the control state under its lock, works beside it, and answers. Errors are
//! per item wherever the protocol allows it; a refused item never stops its neighbours.

mod configs;
mod describe;
mod fetch;
mod group_admin;
mod groups;
mod metadata;
mod offset_queries;
mod offsets;
mod produce;
mod topics;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{RequestKind, ResponseKind};
use kafka_protocol::protocol::StrBytes;

pub(crate) use self::metadata::api_versions_unsupported;
use crate::cluster::{Cluster, Partition, Topic};
use crate::connection::Context;

/// What becomes of a request.
pub(crate) enum Answer {
    /// Send this.
    Reply(Box<ResponseKind>),
    /// Send nothing: a produce with acks=0 (W5).
    Nothing,
    /// Close the connection; the text goes to the log.
    Close(String),
}

impl<R: Into<ResponseKind>> From<R> for Answer {
    fn from(response: R) -> Self {
        Self::Reply(Box::new(response.into()))
    }
}

/// Applies a request. May be dropped at any time: what was applied stays, the answer is lost.
pub(crate) async fn handle(cx: &Context, request: RequestKind) -> Answer {
    match request {
        RequestKind::Produce(r) => produce::produce(cx, r),
        RequestKind::Fetch(r) => fetch::fetch(cx, r).await.into(),
        RequestKind::ListOffsets(r) => offset_queries::list_offsets(cx, r).into(),
        RequestKind::Metadata(r) => metadata::metadata(cx, r).into(),
        RequestKind::OffsetCommit(r) => offsets::commit(cx, r).into(),
        RequestKind::OffsetFetch(r) => offsets::fetch(cx, r).into(),
        RequestKind::FindCoordinator(r) => metadata::find_coordinator(cx, r).into(),
        RequestKind::JoinGroup(r) => groups::join(cx, r).await,
        RequestKind::SyncGroup(r) => groups::sync(cx, r).await,
        RequestKind::Heartbeat(r) => groups::heartbeat(cx, r).into(),
        RequestKind::LeaveGroup(r) => groups::leave(cx, r).into(),
        RequestKind::DescribeGroups(r) => group_admin::describe(cx, r).into(),
        RequestKind::ListGroups(r) => group_admin::list(cx, r).into(),
        RequestKind::DeleteGroups(r) => group_admin::delete(cx, r).into(),
        RequestKind::ApiVersions(r) => metadata::api_versions(cx, r).into(),
        RequestKind::CreateTopics(r) => topics::create(cx, r).into(),
        RequestKind::DeleteTopics(r) => topics::delete(cx, r).into(),
        RequestKind::CreatePartitions(r) => topics::create_partitions(cx, r).into(),
        RequestKind::DeleteRecords(r) => topics::delete_records(cx, r).into(),
        RequestKind::InitProducerId(r) => produce::init_producer_id(cx, r).into(),
        RequestKind::OffsetForLeaderEpoch(r) => offset_queries::offset_for_leader_epoch(cx, r).into(),
        RequestKind::DescribeConfigs(r) => configs::describe(cx, r).into(),
        RequestKind::AlterConfigs(r) => configs::alter(cx, r).into(),
        RequestKind::IncrementalAlterConfigs(r) => configs::alter_incrementally(cx, r).into(),
        RequestKind::OffsetDelete(r) => offsets::delete(cx, r).into(),
        RequestKind::DescribeCluster(r) => describe::cluster(cx, r).into(),
        RequestKind::DescribeProducers(r) => describe::producers(cx, r).into(),
        RequestKind::DescribeTopicPartitions(r) => describe::topic_partitions(cx, r).into(),
        other => Answer::Close(format!("no handler for {other:?}")),
    }
}

/// Owned text for a response.
fn text(s: impl Into<String>) -> StrBytes {
    StrBytes::from_string(s.into())
}

/// 0 for success.
fn code<T>(result: &Result<T, ResponseError>) -> i16 {
    result.as_ref().err().map_or(0, ResponseError::code)
}

/// The partition, if this node leads it and the client's epoch (-1: not given) is the present one (F4).
fn led<'a>(
    cluster: &'a Cluster,
    cx: &Context,
    (name, id): (&str, uuid::Uuid),
    index: i32,
    client_epoch: i32,
) -> Result<(&'a Topic, &'a Partition), ResponseError> {
    let (topic, partition) = cluster.partition(name, id, index)?;
    if partition.leader != cx.node {
        return Err(ResponseError::NotLeaderOrFollower);
    }
    match client_epoch {
        e if e >= 0 && e < partition.epoch => Err(ResponseError::FencedLeaderEpoch),
        e if e > partition.epoch => Err(ResponseError::UnknownLeaderEpoch),
        _ => Ok((topic, partition)),
    }
}
