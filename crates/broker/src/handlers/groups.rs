//! JoinGroup, SyncGroup, Heartbeat, LeaveGroup: the door to the group engine.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{
    HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest,
    LeaveGroupResponse, SyncGroupRequest, SyncGroupResponse,
};
use kafka_protocol::protocol::StrBytes;
use tokio::time::Instant;

use super::{Answer, code, text};
use crate::cluster::Cluster;
use crate::connection::Context;
use crate::group::{Group, Join, Sync, millis};

/// Whether this node may speak for the group (M10).
pub(super) fn coordinates(cluster: &Cluster, cx: &Context, group: &str) -> Result<(), ResponseError> {
    if group.is_empty() {
        return Err(ResponseError::InvalidGroupId);
    }
    match cluster.coordinator_of(group) {
        Some(node) if node == cx.node => Ok(()),
        _ => Err(ResponseError::NotCoordinator),
    }
}

pub(super) async fn join(cx: &Context, request: JoinGroupRequest) -> Answer {
    let group_id = request.group_id.to_string();
    let waiting = {
        let mut cluster = cx.shared.cluster();
        if let Err(code) = coordinates(&cluster, cx, &group_id) {
            return refused_join(code, request.member_id).into();
        }
        let rules = cluster.settings.groups;
        let new = !cluster.groups.contains_key(&group_id);
        if new && !request.member_id.is_empty() {
            return refused_join(ResponseError::UnknownMemberId, request.member_id).into();
        }
        let group = cluster.groups.entry(group_id.clone()).or_insert_with(Group::new);
        let waiting = group.join(Instant::now(), &rules, to_join(cx, request));
        cluster.store_group(&group_id);
        waiting
    };
    cx.shared.groups_changed.notify_one();
    // When the wait is dropped the member stays and expires, as one whose process died would.
    match waiting.await {
        Ok(response) => checked(cx, response).into(),
        Err(_) => Answer::Close("a later join of the same member took over".into()),
    }
}

fn to_join(cx: &Context, request: JoinGroupRequest) -> Join {
    let session_timeout = millis(request.session_timeout_ms);
    let rebalance = request.rebalance_timeout_ms;
    Join {
        version: cx.version,
        client_id: cx.client_id.clone(),
        client_host: cx.client_host.clone(),
        member_id: request.member_id.to_string(),
        instance: request.group_instance_id.map(|i| i.to_string()),
        session_timeout,
        rebalance_timeout: if rebalance < 0 { session_timeout } else { millis(rebalance) },
        protocol_type: request.protocol_type.to_string(),
        protocols: request.protocols.into_iter().map(|p| (p.name.to_string(), p.metadata)).collect(),
    }
}

fn refused_join(code: ResponseError, member_id: StrBytes) -> JoinGroupResponse {
    JoinGroupResponse::default()
        .with_error_code(code.code())
        .with_generation_id(-1)
        .with_protocol_name(Some(StrBytes::new()))
        .with_member_id(member_id)
}

/// Fields that older versions lack are left out.
fn checked(cx: &Context, mut response: JoinGroupResponse) -> JoinGroupResponse {
    if cx.version < 7 {
        response.protocol_type = None;
        response.protocol_name.get_or_insert_with(StrBytes::new);
    }
    if cx.version < 5 {
        response.members.iter_mut().for_each(|m| m.group_instance_id = None);
    }
    response
}

pub(super) async fn sync(cx: &Context, request: SyncGroupRequest) -> Answer {
    let group_id = request.group_id.to_string();
    let waiting = {
        let mut cluster = cx.shared.cluster();
        let group = coordinates(&cluster, cx, &group_id)
            .and_then(|()| cluster.groups.get_mut(&group_id).ok_or(ResponseError::UnknownMemberId));
        let group = match group {
            Ok(group) => group,
            Err(code) => return SyncGroupResponse::default().with_error_code(code.code()).into(),
        };
        let waiting = group.sync(Instant::now(), to_sync(request));
        cluster.store_group(&group_id);
        waiting
    };
    cx.shared.groups_changed.notify_one();
    match waiting.await {
        Ok(mut response) => {
            if cx.version < 5 {
                (response.protocol_type, response.protocol_name) = (None, None);
            }
            response.into()
        }
        Err(_) => Answer::Close("a later sync of the same member took over".into()),
    }
}

fn to_sync(request: SyncGroupRequest) -> Sync {
    Sync {
        generation: request.generation_id,
        member_id: request.member_id.to_string(),
        instance: request.group_instance_id.map(|i| i.to_string()),
        protocol_type: request.protocol_type.map(|t| t.to_string()),
        protocol: request.protocol_name.map(|n| n.to_string()),
        assignments: (request.assignments.into_iter())
            .map(|a| (a.member_id.to_string(), a.assignment))
            .collect(),
    }
}

pub(super) fn heartbeat(cx: &Context, request: HeartbeatRequest) -> HeartbeatResponse {
    let mut cluster = cx.shared.cluster();
    let instance = request.group_instance_id.as_deref();
    let alive = coordinates(&cluster, cx, &request.group_id)
        .and_then(|()| {
            cluster.groups.get_mut(request.group_id.as_str()).ok_or(ResponseError::UnknownMemberId)
        })
        .and_then(|group| {
            group.heartbeat(Instant::now(), request.generation_id, &request.member_id, instance)
        });
    HeartbeatResponse::default().with_error_code(code(&alive))
}

pub(super) fn leave(cx: &Context, request: LeaveGroupRequest) -> LeaveGroupResponse {
    let mut cluster = cx.shared.cluster();
    if let Err(code) = coordinates(&cluster, cx, &request.group_id) {
        return LeaveGroupResponse::default().with_error_code(code.code());
    }
    let group_id = request.group_id.to_string();
    let rules = cluster.settings.groups;
    let mut leave_one = |member_id: &str, instance: Option<&str>| {
        let group = cluster.groups.get_mut(&group_id).ok_or(ResponseError::UnknownMemberId);
        let left = group.and_then(|g| g.leave(Instant::now(), &rules, member_id, instance));
        cluster.store_group(&group_id);
        code(&left)
    };
    let response = if cx.version < 3 {
        LeaveGroupResponse::default().with_error_code(leave_one(&request.member_id, None))
    } else {
        let members = request.members.into_iter().map(|m| {
            let code = leave_one(&m.member_id, m.group_instance_id.as_deref());
            MemberResponse::default()
                .with_member_id(m.member_id)
                .with_group_instance_id(m.group_instance_id.map(|i| text(i.to_string())))
                .with_error_code(code)
        });
        let members = members.collect();
        LeaveGroupResponse::default().with_members(members)
    };
    drop(cluster);
    cx.shared.groups_changed.notify_one();
    response
}
