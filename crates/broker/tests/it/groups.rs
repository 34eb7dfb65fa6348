//! Classic groups: several members, any protocol type, static members, expiry.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::offset_commit_request::{
    OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use kafka_protocol::messages::offset_fetch_request::{OffsetFetchRequestGroup, OffsetFetchRequestTopic};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    DeleteGroupsRequest, DescribeGroupsRequest, FindCoordinatorRequest, GroupId, HeartbeatRequest,
    JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, ListGroupsRequest, OffsetCommitRequest,
    OffsetFetchRequest, SyncGroupRequest, SyncGroupResponse,
};
use kconnect_broker::{Broker, ErrorCode};

use crate::client::{Client, name, text};

const SESSION_MS: i32 = 10_000;

fn join(member: &str, metadata: &'static str) -> JoinGroupRequest {
    let protocol = JoinGroupRequestProtocol::default()
        .with_name(text("p"))
        .with_metadata(Bytes::from_static(metadata.as_bytes()));
    JoinGroupRequest::default()
        .with_group_id(GroupId(text("g")))
        .with_session_timeout_ms(SESSION_MS)
        .with_rebalance_timeout_ms(20_000)
        .with_member_id(text(member))
        .with_protocol_type(text("connect"))
        .with_protocols(vec![protocol])
}

pub fn sync(joined: &JoinGroupResponse, assignments: &[(&str, &'static str)]) -> SyncGroupRequest {
    let assignments = assignments.iter().map(|(member, assignment)| {
        SyncGroupRequestAssignment::default()
            .with_member_id(text(member))
            .with_assignment(Bytes::from_static(assignment.as_bytes()))
    });
    SyncGroupRequest::default()
        .with_group_id(GroupId(text("g")))
        .with_generation_id(joined.generation_id)
        .with_member_id(joined.member_id.clone())
        .with_protocol_type(Some(text("connect")))
        .with_protocol_name(Some(text("p")))
        .with_assignments(assignments.collect())
}

pub fn heartbeat(generation: i32, member: &str) -> HeartbeatRequest {
    HeartbeatRequest::default()
        .with_group_id(GroupId(text("g")))
        .with_generation_id(generation)
        .with_member_id(text(member))
}

fn commit(generation: i32, member: &str, offset: i64) -> OffsetCommitRequest {
    let partition = OffsetCommitRequestPartition::default()
        .with_partition_index(0)
        .with_committed_offset(offset)
        .with_committed_leader_epoch(0)
        .with_committed_metadata(Some(text("m")));
    let topic = OffsetCommitRequestTopic::default().with_name(name("t")).with_partitions(vec![partition]);
    OffsetCommitRequest::default()
        .with_group_id(GroupId(text("g")))
        .with_generation_id_or_member_epoch(generation)
        .with_member_id(text(member))
        .with_topics(vec![topic])
}

async fn commit_code(client: &mut Client, request: &OffsetCommitRequest) -> i16 {
    client.call(8, request).await.topics[0].partitions[0].error_code
}

/// Joins with an id handed out by the broker (G1).
async fn join_known(client: &mut Client, metadata: &'static str) -> JoinGroupResponse {
    let first = client.call(9, &join("", metadata)).await;
    assert_eq!(first.error_code, ErrorCode::MemberIdRequired.code());
    assert!(!first.member_id.is_empty());
    client.call(9, &join(&first.member_id, metadata)).await
}

pub async fn one_member(client: &mut Client) -> (JoinGroupResponse, SyncGroupResponse) {
    let joined = join_known(client, "a").await;
    assert_eq!((joined.error_code, joined.leader.clone()), (0, joined.member_id.clone()));
    let synced = client.call(5, &sync(&joined, &[(&joined.member_id, "mine")])).await;
    assert_eq!((synced.error_code, &synced.assignment[..]), (0, &b"mine"[..]));
    (joined, synced)
}

async fn broker() -> Broker {
    let broker = Broker::builder().session_timeout_min(Duration::from_millis(10)).start().await.unwrap();
    broker.create_topic("t", 1).unwrap();
    broker
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never came: {what}");
}

#[tokio::test]
async fn a_second_member_rebalances_the_first() {
    let broker = broker().await;
    let (mut a, mut b) = (Client::connect(&broker, 1).await, Client::connect(&broker, 1).await);
    let (first, _) = one_member(&mut a).await;
    assert_eq!(a.call(4, &heartbeat(first.generation_id, &first.member_id)).await.error_code, 0);

    let id = b.call(9, &join("", "b")).await.member_id;
    let join_b = join(&id, "b");
    let (second, again) = tokio::join!(b.call(9, &join_b), async {
        until("the rebalance", || broker.group("g").unwrap().state == "PreparingRebalance").await;
        let beat = a.call(4, &heartbeat(first.generation_id, &first.member_id)).await;
        assert_eq!(beat.error_code, ErrorCode::RebalanceInProgress.code());
        a.call(9, &join(&first.member_id, "a")).await
    });
    assert_eq!(again.generation_id, first.generation_id + 1);
    assert_eq!(second.generation_id, again.generation_id);
    assert_eq!(
        (again.leader.clone(), second.leader.clone()),
        (first.member_id.clone(), first.member_id.clone())
    );
    assert_eq!(again.members.len(), 2, "the leader sees all");
    assert!(second.members.is_empty(), "a follower sees none");
    assert_eq!(again.protocol_type.as_deref(), Some("connect"));

    // The follower's sync waits for the leader's.
    let sync_b = sync(&second, &[]);
    let (followed, led) = tokio::join!(b.call(5, &sync_b), async {
        tokio::task::yield_now().await;
        a.call(5, &sync(&again, &[(&first.member_id, "one"), (&id, "two")])).await
    });
    assert_eq!((&led.assignment[..], &followed.assignment[..]), (&b"one"[..], &b"two"[..]));
    assert_eq!(broker.group("g").unwrap().state, "Stable");

    let old = a.call(4, &heartbeat(first.generation_id, &first.member_id)).await;
    assert_eq!(old.error_code, ErrorCode::IllegalGeneration.code());
    let stranger = a.call(4, &heartbeat(again.generation_id, "nobody")).await;
    assert_eq!(stranger.error_code, ErrorCode::UnknownMemberId.code());
}

#[tokio::test]
async fn a_member_that_leaves_starts_a_rebalance() {
    let broker = broker().await;
    let (mut a, mut b) = (Client::connect(&broker, 1).await, Client::connect(&broker, 1).await);
    let (first, _) = one_member(&mut a).await;
    let id = b.call(9, &join("", "b")).await.member_id;
    let join_b = join(&id, "b");
    let join_a = join(&first.member_id, "a");
    let (second, again) = tokio::join!(b.call(9, &join_b), a.call(9, &join_a));
    let (sync_b, sync_a) = (sync(&second, &[]), sync(&again, &[]));
    tokio::join!(b.call(5, &sync_b), a.call(5, &sync_a));
    let leaver = MemberIdentity::default().with_member_id(text(&id));
    let leave = LeaveGroupRequest::default().with_group_id(GroupId(text("g"))).with_members(vec![leaver]);
    let left = b.call(5, &leave).await;
    assert_eq!((left.error_code, left.members[0].error_code), (0, 0));
    assert_eq!(b.call(5, &leave).await.members[0].error_code, ErrorCode::UnknownMemberId.code());
    let beat = a.call(4, &heartbeat(again.generation_id, &first.member_id)).await;
    assert_eq!(beat.error_code, ErrorCode::RebalanceInProgress.code());
    assert_eq!(broker.group("g").unwrap().members, [first.member_id.to_string()]);
}

#[tokio::test]
async fn a_silent_member_expires() {
    let broker = broker().await;
    let mut a = Client::connect(&broker, 1).await;
    let mut request = join("", "a");
    request.session_timeout_ms = 60;
    request.member_id = a.call(9, &request).await.member_id;
    let joined = a.call(9, &request).await;
    a.call(5, &sync(&joined, &[])).await;
    until("expiry", || broker.group("g").unwrap().state == "Empty").await;
    let beat = a.call(4, &heartbeat(joined.generation_id, &joined.member_id)).await;
    assert_eq!(beat.error_code, ErrorCode::UnknownMemberId.code());
}

#[tokio::test]
async fn who_does_not_rejoin_in_time_is_out() {
    let broker = broker().await;
    let (mut a, mut b) = (Client::connect(&broker, 1).await, Client::connect(&broker, 1).await);
    let mut slow = join("", "a");
    slow.rebalance_timeout_ms = 100;
    slow.member_id = a.call(9, &slow).await.member_id;
    let first = a.call(9, &slow).await;
    a.call(5, &sync(&first, &[])).await;
    let mut quick = join("", "b");
    quick.rebalance_timeout_ms = 100;
    quick.member_id = b.call(9, &quick).await.member_id;
    // The first member keeps its session and never joins again.
    let second = b.call(9, &quick).await;
    assert_eq!((second.error_code, second.leader.clone()), (0, second.member_id.clone()));
    assert_eq!(broker.group("g").unwrap().members, [second.member_id.to_string()]);
}

#[tokio::test]
async fn a_generation_nobody_syncs_is_prepared_again() {
    let broker = broker().await;
    let mut a = Client::connect(&broker, 1).await;
    let mut request = join("", "a");
    request.rebalance_timeout_ms = 50;
    request.member_id = a.call(9, &request).await.member_id;
    assert_eq!(a.call(9, &request).await.error_code, 0);
    until("the member is out", || broker.group("g").unwrap().members.is_empty()).await;
    assert_eq!(broker.group("g").unwrap().state, "Empty");
}

#[tokio::test]
async fn g11_a_static_member_comes_back_without_a_rebalance_and_fences_its_past() {
    let broker = broker().await;
    let (mut a, mut b) = (Client::connect(&broker, 1).await, Client::connect(&broker, 1).await);
    let request = join("", "a").with_group_instance_id(Some(text("i")));
    let first = a.call(9, &request).await;
    assert_eq!(first.error_code, 0, "a static member needs no id beforehand");
    let sync_a = sync(&first, &[(&first.member_id, "mine")]).with_group_instance_id(Some(text("i")));
    a.call(5, &sync_a).await;
    let back = b.call(9, &request).await;
    assert_eq!((back.error_code, back.generation_id), (0, first.generation_id));
    assert_ne!(back.member_id, first.member_id);
    assert!(back.skip_assignment, "the leader came back: nothing to assign");
    let again = b.call(5, &sync(&back, &[]).with_group_instance_id(Some(text("i")))).await;
    assert_eq!(&again.assignment[..], b"mine");
    let beat = heartbeat(first.generation_id, &first.member_id).with_group_instance_id(Some(text("i")));
    assert_eq!(a.call(4, &beat).await.error_code, ErrorCode::FencedInstanceId.code());
    let mut old = commit(first.generation_id, &first.member_id, 1);
    old.group_instance_id = Some(text("i"));
    assert_eq!(commit_code(&mut a, &old).await, ErrorCode::FencedInstanceId.code());
    // Other metadata is a reason to rebalance.
    let changed = join("", "other").with_group_instance_id(Some(text("i")));
    assert_eq!(b.call(9, &changed).await.generation_id, first.generation_id + 1);
}

#[tokio::test]
async fn joins_that_cannot_be_are_refused() {
    let broker = Broker::builder().group_max_size(1).start().await.unwrap();
    let mut a = Client::connect(&broker, 1).await;
    let code =
        async |client: &mut Client, request: JoinGroupRequest| client.call(9, &request).await.error_code;
    let short = join("", "a").with_session_timeout_ms(10);
    assert_eq!(code(&mut a, short).await, ErrorCode::InvalidSessionTimeout.code());
    let nameless = join("", "a").with_group_id(GroupId(text("")));
    assert_eq!(code(&mut a, nameless).await, ErrorCode::InvalidGroupId.code());
    assert_eq!(code(&mut a, join("ghost", "a")).await, ErrorCode::UnknownMemberId.code());
    let without = join("", "a").with_protocols(Vec::new());
    assert_eq!(code(&mut a, without).await, ErrorCode::InconsistentGroupProtocol.code());
    one_member(&mut a).await;
    let mut b = Client::connect(&broker, 1).await;
    let other_type = join("", "a").with_protocol_type(text("consumer"));
    assert_eq!(code(&mut b, other_type).await, ErrorCode::InconsistentGroupProtocol.code());
    assert_eq!(code(&mut b, join("", "b")).await, ErrorCode::GroupMaxSizeReached.code());
}

#[tokio::test]
async fn m10_only_the_coordinator_answers() {
    let broker = Broker::builder().nodes(2).start().await.unwrap();
    let home = broker.coordinator("g").unwrap();
    let away = 3 - home;
    let mut client = Client::connect(&broker, away).await;
    let join_code = client.call(9, &join("", "a")).await.error_code;
    assert_eq!(join_code, ErrorCode::NotCoordinator.code());
    broker.move_coordinator("g", away).unwrap();
    assert_eq!(client.call(9, &join("", "a")).await.error_code, ErrorCode::MemberIdRequired.code());
    for version in 0..=6 {
        let request = match version {
            0 => FindCoordinatorRequest::default().with_key(text("g")),
            1..=3 => FindCoordinatorRequest::default().with_key(text("g")).with_key_type(0),
            _ => FindCoordinatorRequest::default().with_coordinator_keys(vec![text("g")]),
        };
        let found = client.call(version, &request).await;
        let node = if version < 4 { found.node_id.0 } else { found.coordinators[0].node_id.0 };
        assert_eq!(node, away, "version {version}");
    }
}

#[tokio::test]
async fn commits_are_the_members_or_of_an_empty_group() {
    let broker = broker().await;
    let mut a = Client::connect(&broker, 1).await;
    assert_eq!(
        commit_code(&mut a, &commit(3, "x", 1)).await,
        ErrorCode::IllegalGeneration.code(),
        "no such group"
    );
    assert_eq!(commit_code(&mut a, &commit(-1, "", 5)).await, 0, "an empty group takes anyone's");
    let (joined, _) = one_member(&mut a).await;
    let (generation, member) = (joined.generation_id, joined.member_id.to_string());
    let rows = [
        (commit(generation, &member, 7), 0),
        (commit(-1, "", 9), ErrorCode::UnknownMemberId.code()),
        (commit(generation + 1, &member, 9), ErrorCode::IllegalGeneration.code()),
        (commit(generation, "ghost", 9), ErrorCode::UnknownMemberId.code()),
    ];
    for (request, expect) in rows {
        assert_eq!(commit_code(&mut a, &request).await, expect, "{request:?}");
    }
    let mut long = commit(generation, &member, 9);
    long.topics[0].partitions[0].committed_metadata = Some(text(&"m".repeat(5000)));
    assert_eq!(commit_code(&mut a, &long).await, ErrorCode::OffsetMetadataTooLarge.code());
    let mut absent = commit(generation, &member, 9);
    absent.topics[0].partitions[0].partition_index = 4;
    assert_eq!(commit_code(&mut a, &absent).await, ErrorCode::UnknownTopicOrPartition.code());
    let committed = broker.committed("g");
    assert_eq!(committed.len(), 1);
    assert_eq!(
        (committed[0].offset, committed[0].metadata.as_str()),
        (7, "m"),
        "refused commits change nothing"
    );
}

#[tokio::test]
async fn o7_offsets_are_fetched_at_every_version() {
    let broker = broker().await;
    let mut a = Client::connect(&broker, 1).await;
    assert_eq!(commit_code(&mut a, &commit(-1, "", 5)).await, 0);
    for version in 1..=9 {
        let topic =
            OffsetFetchRequestTopic::default().with_name(name("t")).with_partition_indexes(vec![0, 1]);
        let request = if version < 8 {
            OffsetFetchRequest::default().with_group_id(GroupId(text("g"))).with_topics(Some(vec![topic]))
        } else {
            let group = |id: &str| {
                OffsetFetchRequestGroup::default().with_group_id(GroupId(text(id))).with_topics(None)
            };
            OffsetFetchRequest::default().with_groups(vec![group("g"), group("unknown")])
        };
        let response = a.call(version, &request).await;
        if version < 8 {
            let found: Vec<i64> = response.topics[0].partitions.iter().map(|p| p.committed_offset).collect();
            assert_eq!(found, [5, -1], "version {version}");
        } else {
            assert_eq!(response.groups[0].topics[0].partitions[0].committed_offset, 5, "version {version}");
            assert_eq!((response.groups[1].error_code, response.groups[1].topics.len()), (0, 0));
        }
    }
}

#[tokio::test]
async fn groups_are_listed_described_and_deleted() {
    let broker = broker().await;
    let mut a = Client::connect(&broker, 1).await;
    let (joined, _) = one_member(&mut a).await;
    let listed = a.call(5, &ListGroupsRequest::default()).await.groups;
    assert_eq!(
        (&*listed[0].group_id.0, &*listed[0].group_state, &*listed[0].protocol_type),
        ("g", "Stable", "connect")
    );
    let none = a.call(5, &ListGroupsRequest::default().with_types_filter(vec![text("consumer")])).await;
    assert!(none.groups.is_empty());
    let describe =
        DescribeGroupsRequest::default().with_groups(vec![GroupId(text("g")), GroupId(text("none"))]);
    let described = a.call(6, &describe).await.groups;
    assert_eq!((&*described[0].group_state, &*described[0].protocol_data), ("Stable", "p"));
    let member = &described[0].members[0];
    assert_eq!(
        (&*member.client_id, &*member.client_host, &member.member_assignment[..]),
        ("it", "/127.0.0.1", &b"mine"[..])
    );
    assert_eq!(described[1].error_code, ErrorCode::GroupIdNotFound.code());
    assert_eq!(&*a.call(5, &describe).await.groups[1].group_state, "Dead");

    let delete = DeleteGroupsRequest::default().with_groups_names(vec![GroupId(text("g"))]);
    assert_eq!(a.call(2, &delete).await.results[0].error_code, ErrorCode::NonEmptyGroup.code());
    assert!(broker.expire_member("g", &joined.member_id));
    assert_eq!(a.call(2, &delete).await.results[0].error_code, 0);
    assert_eq!(a.call(2, &delete).await.results[0].error_code, ErrorCode::GroupIdNotFound.code());
}
