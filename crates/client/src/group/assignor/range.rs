//! Range: each topic by itself is cut into contiguous ranges, the first members get one partition more.

use std::collections::BTreeMap;

use super::{Assignment, Member, empty_assignment, ranked};
use crate::TopicPartition;

pub(super) fn assign(members: &[Member], topics: &BTreeMap<String, i32>) -> Assignment {
    let mut assignment = empty_assignment(members);
    let ranked = ranked(members);
    for (topic, &count) in topics {
        let readers: Vec<&Member> = ranked.iter().copied().filter(|m| m.topics.contains(topic)).collect();
        if readers.is_empty() {
            continue;
        }
        let count = usize::try_from(count).unwrap_or(0);
        let (each, extra) = (count / readers.len(), count % readers.len());
        let mut next = 0..i32::MAX;
        for (i, reader) in readers.iter().enumerate() {
            let share = each + usize::from(i < extra);
            let range = next.by_ref().take(share).map(|p| TopicPartition::new(topic.as_str(), p));
            assignment.entry(reader.id.clone()).or_default().extend(range);
        }
    }
    assignment
}
