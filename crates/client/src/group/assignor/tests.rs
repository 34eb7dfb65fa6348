//! Rows of given members and topics, with the outcome of Kafka's own assignors.

use std::collections::{BTreeMap, BTreeSet};

use super::{Assignment, Assignor, Member};
use crate::TopicPartition;

/// `id:topics[:owned[:generation]]`, a leading `!` makes the id an instance id as well.
fn member(text: &str) -> Member {
    let mut parts = text.split(':');
    let name = parts.next().unwrap();
    let id = name.trim_start_matches('!').to_owned();
    let topics = parts.next().unwrap().split(',').filter(|t| !t.is_empty()).map(str::to_owned).collect();
    let owned =
        parts.next().unwrap_or_default().split(',').filter(|p| !p.is_empty()).map(partition).collect();
    let generation = parts.next().map_or(1, |g| g.parse().unwrap());
    let instance_id = name.starts_with('!').then(|| id.clone());
    Member { id, instance_id, topics, owned, generation }
}

fn partition(text: &str) -> TopicPartition {
    let (topic, number) = text.split_at(1);
    TopicPartition::new(topic, number.parse().unwrap())
}

fn show(assignment: &Assignment) -> String {
    let each = assignment.iter().map(|(id, partitions)| {
        let list: Vec<String> = partitions.iter().map(|p| format!("{}{}", p.topic, p.partition)).collect();
        format!("{id}={}", list.join(","))
    });
    each.collect::<Vec<_>>().join(" ")
}

fn check(assignor: Assignor, topics: &[(&str, i32)], members: &str, expect: &str) {
    let topics: BTreeMap<String, i32> = topics.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect();
    let members: Vec<Member> = members.split_whitespace().map(member).collect();
    assert_eq!(show(&assignor.assign(&members, &topics)), expect, "{assignor} {members:?}");
}

#[test]
fn range_cuts_each_topic_into_contiguous_parts() {
    let rows: &[(&[(&str, i32)], &str, &str)] = &[
        (&[], "c1:", "c1="),
        (&[], "c1:a", "c1="),
        (&[("a", 3)], "c1:a", "c1=a0,a1,a2"),
        (&[("a", 3), ("b", 3)], "c1:a", "c1=a0,a1,a2"),
        (&[("a", 1)], "c1:a c2:a", "c1=a0 c2="),
        (&[("a", 2)], "c1:a c2:a", "c1=a0 c2=a1"),
        (&[("a", 3), ("b", 2)], "c1:a c2:a,b c3:a", "c1=a0 c2=a1,b0,b1 c3=a2"),
        (&[("a", 3), ("b", 3)], "c1:a,b c2:a,b", "c1=a0,a1,b0,b1 c2=a2,b2"),
        (&[("a", 3)], "c2:a c1:a", "c1=a0,a1 c2=a2"),
        (&[("a", 3)], "c1:a !c2:a", "c1=a2 c2=a0,a1"),
    ];
    for (topics, members, expect) in rows {
        check(Assignor::Range, topics, members, expect);
    }
}

#[test]
fn round_robin_deals_all_partitions_in_turn() {
    let rows: &[(&[(&str, i32)], &str, &str)] = &[
        (&[], "c1:a", "c1="),
        (&[("a", 3)], "c1:a", "c1=a0,a1,a2"),
        (&[("a", 1)], "c1:a c2:a", "c1=a0 c2="),
        (&[("a", 3), ("b", 2)], "c1:a c2:a,b c3:a", "c1=a0 c2=a1,b0,b1 c3=a2"),
        (&[("a", 3), ("b", 3)], "c1:a,b c2:a,b", "c1=a0,a2,b1 c2=a1,b0,b2"),
        (&[("a", 1), ("b", 2), ("c", 3)], "c1:a c2:a,b c3:a,b,c", "c1=a0 c2=b0 c3=b1,c0,c1,c2"),
        (&[("a", 3)], "c1:a !c2:a", "c1=a1 c2=a0,a2"),
    ];
    for (topics, members, expect) in rows {
        check(Assignor::RoundRobin, topics, members, expect);
    }
}

#[test]
fn sticky_keeps_what_balance_allows() {
    let rows: &[(&[(&str, i32)], &str, &str)] = &[
        (&[], "c1:a", "c1="),
        (&[("a", 3)], "c1:a", "c1=a0,a1,a2"),
        (&[("a", 2)], "c1:a c2:a", "c1=a0 c2=a1"),
        (&[("a", 2)], "c1:a:a1 c2:a:a0", "c1=a1 c2=a0"),
        (&[("a", 4)], "c1:a:a0,a1,a2,a3 c2:a", "c1=a0,a1 c2=a2,a3"),
        (&[("a", 5)], "c1:a:a0,a1 c2:a:a2,a3,a4 c3:a", "c1=a0,a1 c2=a2,a3 c3=a4"),
        (&[("a", 3)], "c1:a:a0,a1,a2:1 c2:a:a0:2", "c1=a1,a2 c2=a0"),
        (&[("a", 2), ("b", 1)], "c1:a c2:a,b", "c1=a0,a1 c2=b0"),
        (&[("a", 1)], "c1:b:a0 c2:a", "c1= c2=a0"),
        (&[("a", 1)], "c1:a:a0,a7,z0", "c1=a0"),
    ];
    for (topics, members, expect) in rows {
        check(Assignor::Sticky, topics, members, expect);
    }
}

#[test]
fn g13_cooperative_sticky_gives_nobody_what_another_still_holds() {
    let rows: &[(&[(&str, i32)], &str, &str)] = &[
        (&[("a", 4)], "c1:a:a0,a1,a2,a3 c2:a", "c1=a0,a1 c2="),
        (&[("a", 4)], "c1:a:a0,a1 c2:a", "c1=a0,a1 c2=a2,a3"),
        (&[("a", 2)], "c1:a:a0:5 c2:a:a0,a1:4", "c1=a0 c2=a1"),
        (&[("a", 2)], "c1:a:a0:5 c2:a:a0:5", "c1= c2=a1"),
        (&[("a", 1)], "c1:b:a0 c2:a", "c1= c2="),
    ];
    for (topics, members, expect) in rows {
        check(Assignor::CooperativeSticky, topics, members, expect);
    }
}

#[test]
fn every_assignor_gives_each_partition_to_one_subscriber_and_the_sticky_ones_balance() {
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..500 {
        let topics: BTreeMap<String, i32> = ["a", "b", "c"].map(|t| (t.to_owned(), random.i32(0..8))).into();
        let mut previous = Assignment::new();
        let subscribed: Vec<BTreeSet<String>> = (0..random.usize(1..6))
            .map(|_| topics.keys().filter(|_| round % 2 == 0 || random.bool()).cloned().collect())
            .collect();
        for assignor in Assignor::ALL {
            let members: Vec<Member> = subscribed
                .iter()
                .enumerate()
                .map(|(i, topics)| {
                    let id = format!("m{i}");
                    let owned = previous.get(&id).cloned().unwrap_or_default();
                    Member { id, topics: topics.clone(), owned, generation: 1, instance_id: None }
                })
                .collect();
            let assignment = assignor.assign(&members, &topics);
            let given: Vec<&TopicPartition> = assignment.values().flatten().collect();
            assert_eq!(
                given.iter().collect::<BTreeSet<_>>().len(),
                given.len(),
                "{round} {assignor}: given twice"
            );
            for member in &members {
                assert!(
                    assignment[&member.id].iter().all(|p| member.topics.contains(p.topic())),
                    "{round} {assignor}"
                );
            }
            if assignor.is_cooperative() {
                continue;
            }
            let wanted = |topic: &str| members.iter().any(|m| m.topics.contains(topic));
            let expect: i32 = topics.iter().filter(|(t, _)| wanted(t)).map(|(_, n)| *n).sum();
            assert_eq!(given.len() as i32, expect, "{round} {assignor}: left over");
            if assignor == Assignor::Sticky && round % 2 == 0 {
                let sizes: Vec<usize> = assignment.values().map(Vec::len).collect();
                assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{round}: {sizes:?}");
            }
            previous = assignment;
        }
    }
}
