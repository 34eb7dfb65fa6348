//! DescribeGroups, ListGroups, DeleteGroups.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{
    DeleteGroupsRequest, DeleteGroupsResponse, DescribeGroupsRequest, DescribeGroupsResponse, GroupId,
    ListGroupsRequest, ListGroupsResponse,
};

use super::groups::coordinates;
use super::{code, text};
use crate::cluster::Cluster;
use crate::connection::Context;
use crate::group::{Group, Member};
use crate::journal::Change;

pub(super) fn describe(cx: &Context, request: DescribeGroupsRequest) -> DescribeGroupsResponse {
    let cluster = cx.shared.cluster();
    let groups = request.groups.into_iter().map(|id| {
        let group = coordinates(&cluster, cx, &id).map(|()| cluster.groups.get(id.as_str()));
        let described = DescribedGroup::default().with_group_id(id.clone());
        match group {
            Ok(Some(group)) => describe_one(cx, described, group),
            Ok(None) => missing(cx, described, &id),
            Err(code) => described.with_error_code(code.code()),
        }
    });
    DescribeGroupsResponse::default().with_groups(groups.collect())
}

fn describe_one(cx: &Context, described: DescribedGroup, group: &Group) -> DescribedGroup {
    let members = group.members().iter().map(|m| describe_member(cx, group, m));
    described
        .with_group_state(text(group.state_name()))
        .with_protocol_type(text(group.protocol_type()))
        .with_protocol_data(text(if group.is_stable() { group.protocol() } else { "" }))
        .with_members(members.collect())
}

/// Metadata and assignment are those of a settled generation only.
fn describe_member(cx: &Context, group: &Group, member: &Member) -> DescribedGroupMember {
    let described = DescribedGroupMember::default()
        .with_member_id(text(member.id.clone()))
        .with_group_instance_id(member.instance.clone().filter(|_| cx.version >= 4).map(text))
        .with_client_id(text(member.client_id.clone()))
        .with_client_host(text(member.client_host.clone()));
    if !group.is_stable() {
        return described;
    }
    described
        .with_member_metadata(group.metadata_of(member))
        .with_member_assignment(member.assignment.clone())
}

/// Before version 6 an unknown group is a dead one; since then it is an error.
fn missing(cx: &Context, described: DescribedGroup, id: &str) -> DescribedGroup {
    let described = described.with_group_state(text("Dead"));
    if cx.version < 6 {
        return described;
    }
    described
        .with_error_code(ResponseError::GroupIdNotFound.code())
        .with_error_message(Some(text(format!("Group {id} not found."))))
}

/// The groups that this node coordinates: a client asks every node and merges (A2).
pub(super) fn list(cx: &Context, request: ListGroupsRequest) -> ListGroupsResponse {
    let cluster = cx.shared.cluster();
    let wanted = |filter: &[kafka_protocol::protocol::StrBytes], value: &str| {
        filter.is_empty() || filter.iter().any(|f| f.eq_ignore_ascii_case(value))
    };
    let groups = cluster
        .groups
        .iter()
        .filter(|(id, group)| {
            cluster.coordinator_of(id) == Some(cx.node)
                && wanted(&request.states_filter, group.state_name())
                && wanted(&request.types_filter, "classic")
        })
        .map(|(id, group)| {
            let mut listed = ListedGroup::default()
                .with_group_id(GroupId(text(id.clone())))
                .with_protocol_type(text(group.protocol_type()));
            if cx.version >= 4 {
                listed.group_state = text(group.state_name());
            }
            if cx.version >= 5 {
                listed.group_type = text("classic");
            }
            listed
        });
    ListGroupsResponse::default().with_groups(groups.collect())
}

pub(super) fn delete(cx: &Context, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut cluster = cx.shared.cluster();
    let results = request.groups_names.into_iter().map(|id| {
        let deleted = delete_one(&mut cluster, cx, &id);
        DeletableGroupResult::default().with_group_id(id).with_error_code(code(&deleted))
    });
    let results = results.collect();
    DeleteGroupsResponse::default().with_results(results)
}

fn delete_one(cluster: &mut Cluster, cx: &Context, id: &str) -> Result<(), ResponseError> {
    coordinates(cluster, cx, id)?;
    match cluster.groups.get(id) {
        None => Err(ResponseError::GroupIdNotFound),
        Some(group) if !group.is_empty() => Err(ResponseError::NonEmptyGroup),
        Some(_) => {
            cluster.record(&[Change::GroupDeleted { id: id.to_owned() }]).map_err(|(code, _)| code)?;
            cluster.groups.remove(id);
            Ok(())
        }
    }
}
