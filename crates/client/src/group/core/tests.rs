use super::*;

mod simulation;

fn limits() -> Limits {
    Limits {
        session_timeout: Duration::from_secs(10),
        heartbeat_interval: Duration::from_secs(3),
        poll_interval_max: Some(Duration::from_secs(300)),
        backoff: Duration::from_millis(100),
        backoff_max: Duration::from_secs(1),
        is_static: false,
    }
}

/// Drives a fresh member to `Stable` in generation 1 and returns it.
fn stable(limits: Limits, now: Instant) -> Core {
    let mut core = Core::new(limits, now);
    assert!(matches!(core.apply(now, Event::Tick)[..], [Effect::Prepare { ticket: 1 }]));
    let join = core.apply(now, Event::Ready { ticket: 1, protocols: vec![] });
    assert!(matches!(join[..], [Effect::Join { attempt: 1, .. }]));
    let again =
        core.apply(now, Event::JoinAnswered { attempt: 1, answer: Err(Fault::MemberIdRequired("m".into())) });
    let [Effect::Join { attempt: 2, member_id, .. }] = &again[..] else { panic!("G1: {again:?}") };
    assert_eq!(member_id, "m");
    let sync = core.apply(now, Event::JoinAnswered { attempt: 2, answer: Ok(answer(1)) });
    assert!(matches!(sync[..], [Effect::Sync { attempt: 2, .. }]), "{sync:?}");
    assert!(core.is_rejoining());
    let joined = core.apply(now, Event::SyncAnswered { attempt: 2, answer: Ok(Bytes::new()) });
    assert!(matches!(joined[..], [Effect::Joined { .. }]), "{joined:?}");
    core
}

fn answer(generation: i32) -> JoinAnswer {
    JoinAnswer {
        generation,
        member_id: "m".into(),
        leader_id: "other".into(),
        protocol: "range".into(),
        members: vec![],
        skip_assignment: false,
    }
}

#[test]
fn g6_each_fault_of_a_heartbeat_has_its_consequence() {
    let rows: Vec<(Fault, &str, &str)> = vec![
        (Fault::Again, "[]", "m"),
        (Fault::RebalanceInProgress, "[Prepare { ticket: 2 }]", "m"),
        (Fault::IllegalGeneration, "[Lost(IllegalGeneration), Prepare { ticket: 2 }]", "m"),
        (Fault::UnknownMember, "[Lost(UnknownMember), Prepare { ticket: 2 }]", ""),
    ];
    for (fault, effects, member) in rows {
        let now = Instant::now();
        let mut core = stable(limits(), now);
        let name = format!("{fault:?}");
        let out = core.apply(now, Event::HeartbeatAnswered { attempt: 2, answer: Err(fault) });
        assert_eq!(format!("{out:?}"), effects, "{name}");
        assert_eq!(core.membership().member_id, member, "{name}");
    }
}

#[test]
fn g6_what_an_older_attempt_brings_back_changes_nothing() {
    let now = Instant::now();
    let mut core = stable(limits(), now);
    let late = core.apply(now, Event::HeartbeatAnswered { attempt: 1, answer: Err(Fault::UnknownMember) });
    assert!(late.is_empty(), "{late:?}");
    let late = core.apply(now, Event::Ready { ticket: 1, protocols: vec![] });
    assert!(late.is_empty(), "{late:?}");
    let other = JoinAnswer { member_id: "ghost".into(), ..answer(9) };
    let late = core.apply(now, Event::JoinAnswered { attempt: 1, answer: Ok(other) });
    assert_eq!(format!("{late:?}"), r#"[Leave { member_id: "ghost" }]"#, "its place is given back");
}

#[test]
fn g3_heartbeats_come_at_their_interval_and_silence_ends_the_membership() {
    let start = Instant::now();
    let mut core = stable(limits(), start);
    assert!(core.apply(start + Duration::from_secs(2), Event::Tick).is_empty());
    let beat = core.apply(start + Duration::from_secs(3), Event::Tick);
    assert!(matches!(beat[..], [Effect::Heartbeat { .. }]), "{beat:?}");
    assert!(core.apply(start + Duration::from_secs(7), Event::Tick).is_empty(), "one in flight");
    let lost = core.apply(start + Duration::from_secs(10), Event::Tick);
    assert_eq!(format!("{lost:?}"), "[Lost(SessionExpired), Prepare { ticket: 2 }]");
}

#[test]
fn g4_who_does_not_poll_leaves_and_comes_back_with_the_next_poll() {
    for is_static in [false, true] {
        let start = Instant::now();
        let mut core =
            stable(Limits { is_static, session_timeout: Duration::from_secs(900), ..limits() }, start);
        let late = start + Duration::from_secs(300);
        let out = format!("{:?}", core.apply(late, Event::Tick));
        let leave = if is_static { "" } else { r#", Leave { member_id: "m" }"# };
        assert_eq!(out, format!("[Lost(PollIntervalExceeded){leave}]"));
        assert!(core.apply(late + Duration::from_secs(9), Event::Tick).is_empty(), "no heartbeat, no join");
        core.polled(true, late);
        let back = core.apply(late + Duration::from_secs(10), Event::Tick);
        assert!(matches!(back[..], [Effect::Prepare { .. }]), "{back:?}");
    }
}

#[test]
fn a_rejoin_that_is_asked_for_during_a_round_follows_it() {
    let now = Instant::now();
    let mut core = stable(limits(), now);
    assert!(matches!(core.apply(now, Event::RejoinWanted)[..], [Effect::Prepare { ticket: 2 }]));
    core.apply(now, Event::Ready { ticket: 2, protocols: vec![] });
    assert!(core.apply(now, Event::RejoinWanted).is_empty());
    core.apply(now, Event::JoinAnswered { attempt: 3, answer: Ok(answer(2)) });
    let out = core.apply(now, Event::SyncAnswered { attempt: 3, answer: Ok(Bytes::new()) });
    assert!(matches!(out[..], [Effect::Joined { .. }, Effect::Prepare { ticket: 3 }]), "{out:?}");
}
