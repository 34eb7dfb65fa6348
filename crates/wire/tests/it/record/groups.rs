//! Coordinators, classic and next-generation groups, committed offsets.

use super::*;

fn group(v: i16) -> String {
    format!("g{v}")
}

pub(super) fn coordinators(rec: &mut Recorder) {
    for v in versions::<FindCoordinatorRequest>() {
        let keys = ["g0".to_owned(), "g1".to_owned()];
        let request = FindCoordinatorRequest {
            key: if v < 4 { keys[0].clone() } else { String::new() },
            coordinator_keys: if v < 4 { d() } else { keys.to_vec() },
            ..d()
        };
        rec.until(v, &request, |r| r.coordinators.first().map_or(r.error_code, |c| c.error_code));
    }
}

/// Joins the group of `v` and returns member id and generation.
fn join(rec: &mut Recorder, v: i16) -> (String, i32) {
    let mut request = JoinGroupRequest {
        group_id: group(v),
        session_timeout_ms: 30_000,
        rebalance_timeout_ms: 30_000,
        protocol_type: "consumer".to_owned(),
        protocols: vec![JoinGroupRequestProtocol {
            name: "range".to_owned(),
            metadata: Bytes::from_static(&[0, 0, 0, 0, 0, 1, 0, 3, b'r', b'e', b'c', 255, 255, 255, 255]),
            ..d()
        }],
        ..d()
    };
    for _ in 0..200 {
        let response = rec.call(near::<JoinGroupRequest>(v), &request);
        match response.error_code {
            ErrorCode::NONE => return (response.member_id, response.generation_id),
            ErrorCode::MEMBER_ID_REQUIRED => request.member_id = response.member_id,
            code => {
                assert!(code.is_retriable(), "join v{v}: {code}");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
    panic!("join v{v} is retriable for ever");
}

pub(super) fn classic(rec: &mut Recorder) {
    for v in 0..=10 {
        let (member_id, generation_id) = join(rec, v);
        let sv = near::<SyncGroupRequest>(v);
        let assignment = SyncGroupRequestAssignment {
            member_id: member_id.clone(),
            assignment: Bytes::from_static(b"assigned"),
            ..d()
        };
        let request = SyncGroupRequest {
            group_id: group(v),
            generation_id,
            member_id: member_id.clone(),
            protocol_type: (sv >= 5).then(|| "consumer".to_owned()),
            protocol_name: (sv >= 5).then(|| "range".to_owned()),
            assignments: vec![assignment],
            ..d()
        };
        assert_eq!(rec.call(sv, &request).error_code, ErrorCode::NONE, "sync v{sv}");
        let request =
            HeartbeatRequest { group_id: group(v), generation_id, member_id: member_id.clone(), ..d() };
        assert_eq!(rec.call(near::<HeartbeatRequest>(v), &request).error_code, ErrorCode::NONE);
        commit(rec, v, &member_id, generation_id);
        fetch_committed(rec, v, &member_id, generation_id);
        let dv = near::<DescribeGroupsRequest>(v);
        let request = DescribeGroupsRequest {
            groups: vec![group(v), "none".to_owned()],
            include_authorized_operations: dv >= 3,
            ..d()
        };
        assert!(rec.call(dv, &request).groups.iter().any(|g| g.members.len() == 1), "describe v{dv}");
        rec.call(near::<ListGroupsRequest>(v), &ListGroupsRequest::default());
        let lv = near::<LeaveGroupRequest>(v);
        let request = LeaveGroupRequest {
            group_id: group(v),
            member_id: if lv < 3 { member_id.clone() } else { String::new() },
            members: if lv < 3 { d() } else { vec![MemberIdentity { member_id, ..d() }] },
            ..d()
        };
        assert_eq!(rec.call(lv, &request).error_code, ErrorCode::NONE, "leave v{lv}");
    }
}

fn commit(rec: &mut Recorder, v: i16, member_id: &str, generation_id: i32) {
    let cv = near::<OffsetCommitRequest>(v);
    let partition = OffsetCommitRequestPartition {
        partition_index: 0,
        committed_offset: 5,
        committed_metadata: Some("note".to_owned()),
        ..d()
    };
    let topic = OffsetCommitRequestTopic {
        name: if cv < 10 { TOPIC.to_owned() } else { String::new() },
        topic_id: if cv < 10 { Uuid::ZERO } else { rec.topic_id },
        partitions: vec![partition],
        ..d()
    };
    let request = OffsetCommitRequest {
        group_id: group(v),
        generation_id_or_member_epoch: generation_id,
        member_id: member_id.to_owned(),
        topics: vec![topic],
        ..d()
    };
    assert_eq!(rec.call(cv, &request).topics[0].partitions[0].error_code, ErrorCode::NONE, "commit v{cv}");
}

fn fetch_committed(rec: &mut Recorder, v: i16, member_id: &str, generation_id: i32) {
    let fv = near::<OffsetFetchRequest>(v);
    if fv < 8 {
        let topic = OffsetFetchRequestTopic { name: TOPIC.to_owned(), partition_indexes: vec![0, 1], ..d() };
        let request = OffsetFetchRequest { group_id: group(v), topics: Some(vec![topic]), ..d() };
        let response = rec.call(fv, &request);
        assert_eq!(response.topics[0].partitions[0].committed_offset, 5, "offset fetch v{fv}");
        return;
    }
    let topic = OffsetFetchRequestTopics {
        name: if fv < 10 { TOPIC.to_owned() } else { String::new() },
        topic_id: if fv < 10 { Uuid::ZERO } else { rec.topic_id },
        partition_indexes: vec![0, 1],
        ..d()
    };
    let wanted = OffsetFetchRequestGroup {
        group_id: group(v),
        member_id: (fv >= 9).then(|| member_id.to_owned()),
        member_epoch: if fv >= 9 { generation_id } else { -1 },
        topics: Some(vec![topic]),
        ..d()
    };
    let response = rec.call(fv, &OffsetFetchRequest { groups: vec![wanted], ..d() });
    assert_eq!(response.groups[0].topics[0].partitions[0].committed_offset, 5, "offset fetch v{fv}");
}

pub(super) fn next_generation(rec: &mut Recorder) {
    for v in versions::<ConsumerGroupHeartbeatRequest>() {
        let mut request = ConsumerGroupHeartbeatRequest {
            group_id: format!("n{v}"),
            member_id: if v == 0 { String::new() } else { "0f8fad5b-d9cb-469f-a165-70867728950e".to_owned() },
            rebalance_timeout_ms: 30_000,
            subscribed_topic_names: Some(vec![TOPIC.to_owned()]),
            topic_partitions: Some(Vec::new()),
            ..d()
        };
        let response = rec.until(v, &request, |r| r.error_code);
        assert!(response.assignment.is_some(), "v{v}");
        let describe = ConsumerGroupDescribeRequest {
            group_ids: vec![format!("n{v}")],
            include_authorized_operations: true,
            ..d()
        };
        assert_eq!(rec.call(v, &describe).groups[0].members.len(), 1, "v{v}");
        let kept = rec.saved["ConsumerGroupHeartbeat"][&v].clone();
        request.member_id = response.member_id.unwrap_or(request.member_id);
        request.member_epoch = -1;
        assert_eq!(rec.call(v, &request).error_code, ErrorCode::NONE, "v{v}");
        // The answer to the join holds more than the one to the leave.
        rec.saved.get_mut("ConsumerGroupHeartbeat").unwrap().insert(v, kept);
    }
}

pub(super) fn cleanup(rec: &mut Recorder) {
    let partition = OffsetDeleteRequestPartition { partition_index: 0 };
    let topic = OffsetDeleteRequestTopic { name: TOPIC.to_owned(), partitions: vec![partition] };
    let request = OffsetDeleteRequest { group_id: group(9), topics: vec![topic] };
    assert_eq!(rec.call(0, &request).error_code, ErrorCode::NONE);
    for v in versions::<DeleteGroupsRequest>() {
        let request = DeleteGroupsRequest { groups_names: vec![group(v), "none".to_owned()], ..d() };
        assert!(rec.call(v, &request).results.iter().any(|r| r.error_code.is_ok()), "v{v}");
    }
}
