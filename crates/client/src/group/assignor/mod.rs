//! Assignors of the consumer protocol: who reads which partition.
//!
//! Each assignor is a pure function of the members' subscriptions and the partition counts of their topics; the
//! group leader runs it between JoinGroup and SyncGroup. The results of [`range`] and [`round_robin`] are
//! Kafka's to the partition, because members of different clients may lead the same group in turn and a
//! different answer would move everything. The sticky pair keeps Kafka's promises (balance first, then as few
//! moves as possible) and agrees with it whenever all members subscribe to the same topics.
//!
//! The server-side assignors of KIP-848 are elsewhere: the broker runs those. Rack-aware placement (KIP-881)
//! is not done; a rack in a subscription is carried and ignored (docs/differences.md).

mod range;
mod round_robin;
mod sticky;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::TopicPartition;

/// The strategies of `partition.assignment.strategy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Assignor {
    /// Contiguous ranges per topic (`RangeAssignor`).
    Range,
    /// All partitions dealt out one by one (`RoundRobinAssignor`).
    RoundRobin,
    /// Balanced, few moves, everything revoked before each join (`StickyAssignor`).
    Sticky,
    /// Balanced, few moves, only moved partitions are revoked (`CooperativeStickyAssignor`, KIP-429).
    CooperativeSticky,
}

impl Assignor {
    const ALL: [Assignor; 4] =
        [Assignor::Range, Assignor::RoundRobin, Assignor::Sticky, Assignor::CooperativeSticky];

    /// The name on the wire, by which the members of a group agree.
    pub fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
            Assignor::Sticky => "sticky",
            Assignor::CooperativeSticky => "cooperative-sticky",
        }
    }

    /// The Java class that `partition.assignment.strategy` names.
    pub fn class(self) -> &'static str {
        match self {
            Assignor::Range => "org.apache.kafka.clients.consumer.RangeAssignor",
            Assignor::RoundRobin => "org.apache.kafka.clients.consumer.RoundRobinAssignor",
            Assignor::Sticky => "org.apache.kafka.clients.consumer.StickyAssignor",
            Assignor::CooperativeSticky => "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
        }
    }

    /// Finds an assignor by its Java class or by its wire name.
    pub fn parse(text: &str) -> Option<Assignor> {
        Assignor::ALL.into_iter().find(|a| a.class() == text || a.name() == text)
    }

    /// Whether members may keep partitions through a rebalance (KIP-429).
    pub fn is_cooperative(self) -> bool {
        self == Assignor::CooperativeSticky
    }

    /// Assigns every partition of `topics` (name to partition count) that somebody subscribed to.
    ///
    /// Each member of the input has an entry in the result, possibly an empty one. A topic without a count is
    /// not there yet and nobody gets it.
    pub(crate) fn assign(self, members: &[Member], topics: &BTreeMap<String, i32>) -> Assignment {
        match self {
            Assignor::Range => range::assign(members, topics),
            Assignor::RoundRobin => round_robin::assign(members, topics),
            Assignor::Sticky => sticky::assign(members, topics),
            Assignor::CooperativeSticky => sticky::assign_cooperatively(members, topics),
        }
    }
}

impl fmt::Display for Assignor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What each member of the group gets, by member id.
pub(crate) type Assignment = BTreeMap<String, Vec<TopicPartition>>;

/// A member as the leader sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) instance_id: Option<String>,
    pub(crate) topics: BTreeSet<String>,
    /// What the member says it held when it joined.
    pub(crate) owned: Vec<TopicPartition>,
    /// The generation in which it held them; -1 when it does not say.
    pub(crate) generation: i32,
}

impl Member {
    /// Static members first, by instance id; then the dynamic ones by member id. This keeps the order stable
    /// while static members restart and change their member ids.
    fn rank(&self) -> (bool, &str) {
        match &self.instance_id {
            Some(instance) => (false, instance),
            None => (true, &self.id),
        }
    }
}

/// The members in the order in which range and round robin serve them.
fn ranked(members: &[Member]) -> Vec<&Member> {
    let mut ranked: Vec<&Member> = members.iter().collect();
    ranked.sort_by(|a, b| a.rank().cmp(&b.rank()));
    ranked
}

fn empty_assignment(members: &[Member]) -> Assignment {
    members.iter().map(|m| (m.id.clone(), Vec::new())).collect()
}

#[cfg(test)]
mod tests;
