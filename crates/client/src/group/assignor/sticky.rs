//! Sticky: as balanced as the subscriptions allow, and of the balanced answers one that moves little.
//!
//! 1. *Claims.* Members say what they held and in which generation. For each partition the claim of the
//!    highest generation counts; two claims of one generation cancel each other, because nobody can tell who
//!    is right (G13). Claims on what is gone or no longer subscribed are dropped.
//! 2. *Share.* When all members subscribe to the same topics, quotas decide: everyone keeps up to the quota
//!    and the rest is dealt out. Otherwise each free partition goes to the member with the least, and then
//!    single partitions move from a fuller to an emptier member until no move helps.
//! 3. *Cooperatively*, a partition that changes hands is given to nobody this time: its owner has to let go
//!    first, and the rejoin that follows hands it over.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Assignment, Member, empty_assignment};
use crate::TopicPartition;

pub(super) fn assign(members: &[Member], topics: &BTreeMap<String, i32>) -> Assignment {
    let claims = Claims::settle(members, topics);
    let mut assignment = if members.windows(2).all(|pair| pair[0].topics == pair[1].topics) {
        share_equally(members, topics, &claims)
    } else {
        share_unequally(members, topics, &claims)
    };
    assignment.values_mut().for_each(|partitions| partitions.sort());
    assignment
}

pub(super) fn assign_cooperatively(members: &[Member], topics: &BTreeMap<String, i32>) -> Assignment {
    let mut assignment = assign(members, topics);
    let mut holders: HashMap<&TopicPartition, BTreeSet<&str>> = HashMap::new();
    for member in members {
        for partition in &member.owned {
            holders.entry(partition).or_default().insert(&member.id);
        }
    }
    // A stale claim counts as holding too: whoever believes to own it must be told to stop first.
    let claims = Claims::settle(members, topics);
    for (member, partitions) in &mut assignment {
        partitions.retain(|partition| {
            let settled = claims.owner.get(partition).copied();
            settled == Some(member.as_str())
                || holders.get(partition).is_none_or(|h| h.iter().all(|holder| holder == member))
        });
    }
    assignment
}

/// Who held which partition, after contradictions are settled.
struct Claims<'a> {
    owner: BTreeMap<TopicPartition, &'a str>,
}

impl<'a> Claims<'a> {
    fn settle(members: &'a [Member], topics: &BTreeMap<String, i32>) -> Self {
        let mut best: HashMap<&TopicPartition, (i32, Option<&'a Member>)> = HashMap::new();
        for member in members {
            // A member that repeats itself does not contradict itself.
            for partition in member.owned.iter().collect::<BTreeSet<_>>() {
                best.entry(partition)
                    .and_modify(|(generation, owner)| match member.generation.cmp(generation) {
                        std::cmp::Ordering::Greater => {
                            (*generation, *owner) = (member.generation, Some(member))
                        }
                        std::cmp::Ordering::Equal => *owner = None,
                        std::cmp::Ordering::Less => {}
                    })
                    .or_insert((member.generation, Some(member)));
            }
        }
        let exists =
            |p: &TopicPartition| topics.get(p.topic()).is_some_and(|&n| (0..n).contains(&p.partition));
        let owner = best
            .into_iter()
            .filter_map(|(partition, (_, owner))| Some((partition, owner?)))
            .filter(|(partition, owner)| exists(partition) && owner.topics.contains(partition.topic()))
            .map(|(partition, owner)| (partition.clone(), owner.id.as_str()))
            .collect();
        Claims { owner }
    }

    fn of(&self, member: &str) -> Vec<TopicPartition> {
        self.owner.iter().filter(|(_, owner)| **owner == member).map(|(p, _)| p.clone()).collect()
    }
}

fn partitions_of<'a>(topics: &'a BTreeMap<String, i32>) -> impl Iterator<Item = TopicPartition> + 'a {
    topics.iter().flat_map(|(topic, &count)| (0..count).map(|p| TopicPartition::new(topic.as_str(), p)))
}

/// The quota way: with P partitions and C members everyone gets P/C, and P mod C members one more.
fn share_equally(members: &[Member], topics: &BTreeMap<String, i32>, claims: &Claims<'_>) -> Assignment {
    let mut assignment = empty_assignment(members);
    let subscribed: BTreeMap<String, i32> = match members.first() {
        Some(first) => {
            topics.iter().filter(|(t, _)| first.topics.contains(*t)).map(|(t, &n)| (t.clone(), n)).collect()
        }
        None => return assignment,
    };
    let total = partitions_of(&subscribed).count();
    let (low, mut above_low) = (total / assignment.len(), total % assignment.len());
    let mut free: BTreeSet<TopicPartition> = partitions_of(&subscribed).collect();
    for (member, partitions) in &mut assignment {
        let mut kept = claims.of(member);
        let quota = low + usize::from(kept.len() > low && above_low > 0);
        kept.truncate(quota);
        above_low -= usize::from(kept.len() > low);
        kept.iter().for_each(|p| _ = free.remove(p));
        *partitions = kept;
    }
    deal(&mut assignment, free, low, above_low);
    assignment
}

/// Deals free partitions in turn: first to those below the quota, then one each to those that just have it.
fn deal(assignment: &mut Assignment, free: BTreeSet<TopicPartition>, low: usize, mut above_low: usize) {
    let mut free = free.into_iter();
    while assignment.values().any(|p| p.len() < low) {
        for partitions in assignment.values_mut().filter(|p| p.len() < low) {
            partitions.extend(free.next());
        }
    }
    for partitions in assignment.values_mut().filter(|p| p.len() == low) {
        if above_low == 0 {
            break;
        }
        above_low -= 1;
        partitions.extend(free.next());
    }
    debug_assert!(free.next().is_none(), "quotas add up to the number of partitions");
}

fn share_unequally(members: &[Member], topics: &BTreeMap<String, i32>, claims: &Claims<'_>) -> Assignment {
    let mut loads = Loads {
        members: members.iter().map(|m| (m.id.as_str(), m)).collect(),
        load: members.iter().map(|m| (m.id.as_str(), 0)).collect(),
        owner: BTreeMap::new(),
    };
    for (partition, owner) in &claims.owner {
        loads.give(partition.clone(), owner);
    }
    // Who can go to few members chooses first.
    let mut partitions: Vec<TopicPartition> = partitions_of(topics).collect();
    let choices = |p: &TopicPartition| members.iter().filter(|m| m.topics.contains(p.topic())).count();
    partitions.sort_by_cached_key(|p| (choices(p), p.clone()));
    for partition in &partitions {
        if !loads.owner.contains_key(partition)
            && let Some(member) = loads.emptiest_reader(partition)
        {
            loads.give(partition.clone(), member);
        }
    }
    loads.balance(&partitions);
    let mut assignment = empty_assignment(members);
    for (partition, owner) in loads.owner {
        assignment.entry(owner.to_owned()).or_default().push(partition);
    }
    assignment
}

struct Loads<'a> {
    members: BTreeMap<&'a str, &'a Member>,
    load: BTreeMap<&'a str, usize>,
    owner: BTreeMap<TopicPartition, &'a str>,
}

impl<'a> Loads<'a> {
    fn of(&self, member: &str) -> usize {
        self.load.get(member).copied().unwrap_or(0)
    }

    fn give(&mut self, partition: TopicPartition, member: &'a str) {
        *self.load.entry(member).or_default() += 1;
        if let Some(before) = self.owner.insert(partition, member) {
            *self.load.entry(before).or_default() -= 1;
        }
    }

    fn emptiest_reader(&self, partition: &TopicPartition) -> Option<&'a str> {
        let readers = self.members.iter().filter(|(_, m)| m.topics.contains(partition.topic()));
        readers.map(|(id, _)| *id).min_by_key(|id| self.of(id))
    }

    /// Moves one partition at a time while that narrows a gap of two or more. Each move lowers the sum of the
    /// squared loads, so it ends.
    fn balance(&mut self, partitions: &[TopicPartition]) {
        let mut moved = true;
        while moved {
            moved = false;
            for partition in partitions {
                let Some(owner) = self.owner.get(partition).copied() else { continue };
                let Some(reader) = self.emptiest_reader(partition) else { continue };
                if self.of(owner) > self.of(reader) + 1 {
                    self.give(partition.clone(), reader);
                    moved = true;
                }
            }
        }
    }
}
