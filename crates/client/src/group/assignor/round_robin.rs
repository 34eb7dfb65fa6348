//! Round robin: all partitions in order of topic and number are dealt to the members in turn; a member that
//! did not subscribe to the topic is passed over.

use std::collections::BTreeMap;

use super::{Assignment, Member, empty_assignment, ranked};
use crate::TopicPartition;

pub(super) fn assign(members: &[Member], topics: &BTreeMap<String, i32>) -> Assignment {
    let mut assignment = empty_assignment(members);
    let ranked = ranked(members);
    let mut turn = ranked.iter().cycle().peekable();
    for (topic, &count) in topics {
        if !ranked.iter().any(|m| m.topics.contains(topic)) {
            continue;
        }
        for partition in 0..count {
            // Passing over stops at a subscriber, and there is one.
            while turn.peek().is_some_and(|m| !m.topics.contains(topic)) {
                turn.next();
            }
            if let Some(member) = turn.next() {
                let partition = TopicPartition::new(topic.as_str(), partition);
                assignment.entry(member.id.clone()).or_default().push(partition);
            }
        }
    }
    assignment
}
