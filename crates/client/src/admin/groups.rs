//! Groups of any protocol type: list, describe, delete.

use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::join_all;
use kconnect_wire::ErrorCode;
use kconnect_wire::consumer_protocol::Assignment;
use kconnect_wire::messages::{
    DeleteGroupsRequest, DescribeGroupsRequest, DescribedGroup, ListGroupsRequest,
};

use super::configs::merge;
use super::settle::{Answer, Refusal, settle};
use super::{Admin, PerItem};
use crate::net::{CoordinatorKind, NodeRef, Purpose};
use crate::{Error, TopicPartition};

/// A group in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupListing {
    /// Its id.
    pub group_id: String,
    /// `consumer`, `connect` or another; empty for a group that only stores offsets.
    pub protocol_type: String,
    /// `Stable`, `Empty` and so on; empty on brokers before 2.6.
    pub state: String,
    /// `classic`, `consumer` and so on; empty on brokers before 3.8.
    pub group_type: String,
}

/// A group and its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupDescription {
    /// Its id.
    pub group_id: String,
    /// `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty`, `Dead`.
    pub state: String,
    /// `consumer`, `connect` or another.
    pub protocol_type: String,
    /// The strategy the members agreed on.
    pub protocol: String,
    /// The members, while the group is stable or completes a rebalance.
    pub members: Vec<GroupMemberDescription>,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMemberDescription {
    /// Given by the coordinator.
    pub member_id: String,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// `client.id` of the member.
    pub client_id: String,
    /// The address it connects from.
    pub host: String,
    /// What it offered, in the layout of the protocol type.
    pub metadata: Bytes,
    /// Its share, in the layout of the protocol type.
    pub assignment: Bytes,
}

impl GroupMemberDescription {
    /// The share of a member of a group of type `consumer`; `None` when the bytes are something else.
    pub fn partitions(&self) -> Option<Vec<TopicPartition>> {
        let assignment = Assignment::decode(&self.assignment).ok()?;
        let topics = assignment.partitions.into_iter();
        Some(
            topics
                .flat_map(|t| t.partitions.into_iter().map(move |p| TopicPartition::new(t.topic.as_str(), p)))
                .collect(),
        )
    }
}

/// State of a group that is not there, in old answers.
const DEAD: &str = "Dead";

impl Admin {
    /// All groups of the cluster: every broker is asked for those it coordinates (A2).
    ///
    /// # Errors
    /// When a broker cannot be asked by the deadline; the list would be partial.
    pub async fn list_groups(&self, deadline: Instant) -> Result<Vec<GroupListing>, Error> {
        let nodes = self.describe_cluster(deadline).await?.nodes;
        let lists = join_all(nodes.iter().map(|node| self.list_groups_at(node.id, deadline))).await;
        // A group that moves between two answers is in both.
        let mut groups = BTreeMap::new();
        for list in lists {
            groups.extend(list?.into_iter().map(|group| (group.group_id.clone(), group)));
        }
        Ok(groups.into_values().collect())
    }

    async fn list_groups_at(&self, node: i32, deadline: Instant) -> Result<Vec<GroupListing>, Error> {
        let mut backoff = self.client.retry_backoff();
        loop {
            let request = ListGroupsRequest::default();
            let answer = self.client.request(&NodeRef::Id(node), Purpose::Control, request, deadline).await;
            let outcome = answer.and_then(|answer| {
                let code = answer.error_code.check();
                code.map_err(|code| Error::from_code(code, format!("listing the groups of broker {node}")))?;
                let groups = answer.groups.into_iter().map(|group| GroupListing {
                    group_id: group.group_id,
                    protocol_type: group.protocol_type,
                    state: group.group_state,
                    group_type: group.group_type,
                });
                Ok(groups.collect())
            });
            match outcome {
                Err(error) if error.is_retriable() && backoff.wait(deadline).await => {}
                outcome => return outcome,
            }
        }
    }

    /// State and members of groups. A group that does not exist is an error with code `GROUP_ID_NOT_FOUND`.
    pub async fn describe_groups(
        &self,
        groups: Vec<String>,
        deadline: Instant,
    ) -> PerItem<String, GroupDescription> {
        let open = groups.into_iter().map(|group| (group, ())).collect();
        let attempted = |group: &String| format!("describing group {group}");
        settle(&self.client, open, deadline, attempted, |open: BTreeMap<String, ()>, _| async move {
            merge(join_all(open.into_keys().map(|group| self.describe_group(group, deadline))).await)
        })
        .await
    }

    async fn describe_group(
        &self,
        group: String,
        deadline: Instant,
    ) -> Result<Answer<String, GroupDescription>, Error> {
        let request = DescribeGroupsRequest { groups: vec![group.clone()], ..Default::default() };
        let node = NodeRef::group(group.as_str());
        let answer = self.client.request(&node, Purpose::Control, request, deadline).await?;
        let items = answer.groups.into_iter().map(|described| {
            self.note_coordinator(&described.group_id, described.error_code);
            // Before version 6 a group that is not there is described as dead.
            let code = match described.error_code {
                ErrorCode::NONE if described.group_state == DEAD => ErrorCode::GROUP_ID_NOT_FOUND,
                code => code,
            };
            let checked = Refusal::check(code, described.error_message.clone());
            (described.group_id.clone(), checked.map(|()| description(described)))
        });
        Ok(Answer::new(answer.throttle_time_ms, items.collect()))
    }

    /// Deletes groups without members, with their offsets.
    pub async fn delete_groups(&self, groups: Vec<String>, deadline: Instant) -> PerItem<String, ()> {
        let open = groups.into_iter().map(|group| (group, ())).collect();
        let attempted = |group: &String| format!("deleting group {group}");
        settle(&self.client, open, deadline, attempted, |open: BTreeMap<String, ()>, in_doubt| async move {
            merge(join_all(open.into_keys().map(|group| self.delete_group(group, in_doubt, deadline))).await)
        })
        .await
    }

    async fn delete_group(
        &self,
        group: String,
        in_doubt: bool,
        deadline: Instant,
    ) -> Result<Answer<String, ()>, Error> {
        let request = DeleteGroupsRequest { groups_names: vec![group.clone()], ..Default::default() };
        let node = NodeRef::group(group.as_str());
        let answer = self.client.request(&node, Purpose::Control, request, deadline).await?;
        let items = answer.results.into_iter().map(|result| {
            self.note_coordinator(&result.group_id, result.error_code);
            let gone = in_doubt && result.error_code == ErrorCode::GROUP_ID_NOT_FOUND;
            let checked = if gone { Ok(()) } else { Refusal::check(result.error_code, None) };
            (result.group_id, checked)
        });
        Ok(Answer::new(answer.throttle_time_ms, items.collect()))
    }

    /// M10: looks for the coordinator anew when the one we asked says it is not.
    pub(super) fn note_coordinator(&self, group: &str, code: ErrorCode) {
        if matches!(code, ErrorCode::NOT_COORDINATOR | ErrorCode::COORDINATOR_NOT_AVAILABLE) {
            self.client.forget_coordinator(CoordinatorKind::Group, group);
        }
    }
}

fn description(group: DescribedGroup) -> GroupDescription {
    let members = group.members.into_iter().map(|member| GroupMemberDescription {
        member_id: member.member_id,
        instance_id: member.group_instance_id,
        client_id: member.client_id,
        host: member.client_host,
        metadata: member.member_metadata,
        assignment: member.member_assignment,
    });
    GroupDescription {
        group_id: group.group_id,
        state: group.group_state,
        protocol_type: group.protocol_type,
        protocol: group.protocol_data,
        members: members.collect(),
    }
}
