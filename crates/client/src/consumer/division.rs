//! The leader's work in a consumer group: read what the members want, run the assignor, write the shares.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kconnect_wire::Reader;
use kconnect_wire::consumer_protocol::{Assignment, NEWEST, Subscription, TopicPartitions};

use super::TopicPartition;
use crate::group::{Assignor, GroupMember, Member};
use crate::logger;
use crate::{Client, Error, ErrorKind};

/// The result of a division, and what it was made from: partition counts to compare with later (G9).
#[derive(Debug)]
pub(crate) struct Division {
    pub(crate) shares: Vec<(String, Bytes)>,
    pub(crate) counts: BTreeMap<String, i32>,
}

/// Divides the partitions of all subscribed topics among the members. Topics that do not exist (yet) are left
/// out and watched.
pub(crate) async fn divide(
    client: &Client,
    protocol: &str,
    members: Vec<GroupMember>,
    deadline: Instant,
) -> Result<Division, Error> {
    let assignor = Assignor::parse(protocol).ok_or_else(|| {
        Error::new(
            ErrorKind::Protocol,
            format!("the group chose the assignment strategy {protocol}, which we did not offer"),
        )
    })?;
    let members: Vec<Member> = members.iter().map(|member| read_member(assignor, member)).collect();
    let topics: BTreeSet<&String> = members.iter().flat_map(|member| &member.topics).collect();
    let metadata = client.metadata();
    let mut known = true;
    for topic in &topics {
        known &= metadata.want(topic).is_some();
    }
    if !known {
        metadata.refresh(deadline).await?;
    }
    let counts: BTreeMap<String, i32> = topics.into_iter().map(|t| (t.clone(), count(client, t))).collect();
    let assignment = assignor.assign(&members, &counts);
    let mut shares = Vec::with_capacity(assignment.len());
    for (member, partitions) in assignment {
        let partitions = by_topic(&partitions.into_iter().collect());
        let blob = Assignment { partitions, user_data: None }.encode(NEWEST.min(1)).map_err(|error| {
            Error::caused_by(
                ErrorKind::Rejected,
                format!("the assignment of member {member} cannot be written"),
                error,
            )
        })?;
        shares.push((member, blob));
    }
    Ok(Division { shares, counts })
}

/// Partitions of a topic as far as known; none for a topic that is not there.
pub(crate) fn count(client: &Client, topic: &str) -> i32 {
    let known = client.metadata().want(topic);
    known.map_or(0, |topic| i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX))
}

/// G12: a blob that cannot be read costs its member the assignment, never a part of it.
fn read_member(assignor: Assignor, member: &GroupMember) -> Member {
    let base = Member {
        id: member.id.clone(),
        instance_id: member.instance_id.clone(),
        generation: -1,
        ..Member::default()
    };
    let subscription = match Subscription::decode(&member.metadata) {
        Ok(subscription) => subscription,
        Err(error) => {
            tracing::warn!(target: logger::COORDINATOR, member = %member.id, %error, "a member's subscription cannot be read, it gets nothing");
            return base;
        }
    };
    let reported = partitions(&subscription.owned_partitions);
    let user_data = subscription.user_data.as_ref();
    let (owned, generation) = match assignor {
        Assignor::Sticky => user_data.and_then(read_sticky).unwrap_or_default(),
        Assignor::CooperativeSticky if subscription.generation_id < 0 => {
            (reported, user_data.and_then(read_generation).unwrap_or(-1))
        }
        _ => (reported, subscription.generation_id),
    };
    Member {
        topics: subscription.topics.into_iter().collect(),
        owned: owned.into_iter().collect(),
        generation,
        ..base
    }
}

/// What an assignor's members tell each other beyond the common fields.
pub(crate) fn user_data(assignor: Assignor, last_share: &[TopicPartition], generation: i32) -> Option<Bytes> {
    match assignor {
        Assignor::Range | Assignor::RoundRobin => None,
        Assignor::Sticky if last_share.is_empty() => None,
        Assignor::Sticky => Some(write_sticky(&last_share.iter().cloned().collect(), generation)),
        Assignor::CooperativeSticky => Some(Bytes::copy_from_slice(&generation.to_be_bytes())),
    }
}

/// Previous partitions by topic, then the generation they were given in (version 1 of the sticky layout).
fn write_sticky(share: &BTreeSet<TopicPartition>, generation: i32) -> Bytes {
    let topics = by_topic(share);
    let mut out = BytesMut::new();
    out.put_i32(topics.len() as i32);
    for topic in topics {
        out.put_i16(topic.topic.len() as i16);
        out.put_slice(topic.topic.as_bytes());
        out.put_i32(topic.partitions.len() as i32);
        topic.partitions.iter().for_each(|p| out.put_i32(*p));
    }
    out.put_i32(generation);
    out.freeze()
}

/// Version 0 lacks the generation.
fn read_sticky(blob: &Bytes) -> Option<(BTreeSet<TopicPartition>, i32)> {
    let mut r = Reader::new(blob);
    let topics = r.list(false, 6, "previous_assignment", |r| {
        let topic = r.string(false, "topic")?;
        let partitions = r.list(false, 4, "partitions", |r| r.i32("partition"))?;
        Ok(TopicPartitions { topic, partitions })
    });
    let share = partitions(&topics.ok()?);
    let generation = if r.remaining() >= 4 { r.i32("generation").ok()? } else { -1 };
    Some((share, generation))
}

fn read_generation(blob: &Bytes) -> Option<i32> {
    let mut blob = blob.clone();
    (blob.remaining() >= 4).then(|| blob.get_i32())
}

/// From the wire's grouping by topic.
pub(crate) fn partitions(topics: &[TopicPartitions]) -> BTreeSet<TopicPartition> {
    let mut out = BTreeSet::new();
    for topic in topics {
        let name: Arc<str> = topic.topic.as_str().into();
        out.extend(topic.partitions.iter().map(|p| TopicPartition::new(name.clone(), *p)));
    }
    out
}

/// To the wire's grouping by topic.
pub(crate) fn by_topic(partitions: &BTreeSet<TopicPartition>) -> Vec<TopicPartitions> {
    let mut out: Vec<TopicPartitions> = Vec::new();
    for tp in partitions {
        match out.last_mut().filter(|last| last.topic == tp.topic()) {
            Some(last) => last.partitions.push(tp.partition),
            None => {
                out.push(TopicPartitions { topic: tp.topic().to_owned(), partitions: vec![tp.partition] })
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share() -> BTreeSet<TopicPartition> {
        [("a", 1), ("a", 3), ("b", 0)].map(|(t, p)| TopicPartition::new(t, p)).into()
    }

    #[test]
    fn sticky_user_data_is_that_of_the_java_assignor() {
        let blob = write_sticky(&share(), 7);
        let expect = [
            0, 0, 0, 2, 0, 1, b'a', 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 1, b'b', 0, 0, 0, 1, 0, 0, 0, 0,
            0, 0, 0, 7,
        ];
        assert_eq!(blob[..], expect);
        assert_eq!(read_sticky(&blob), Some((share(), 7)));
        assert_eq!(
            read_sticky(&blob.slice(..blob.len() - 4)),
            Some((share(), -1)),
            "version 0 has no generation"
        );
    }

    #[test]
    fn g12_a_blob_that_cannot_be_read_costs_its_member_the_assignment() {
        let subscription = Subscription { topics: vec!["t".into()], ..Subscription::default() };
        let good = subscription.encode(NEWEST).unwrap();
        for blob in [Bytes::new(), good.slice(..good.len() - 1), Bytes::from_static(&[0, 1, 0, 0, 0, 9])] {
            let member = GroupMember { id: "m".into(), instance_id: None, metadata: blob };
            assert!(read_member(Assignor::Range, &member).topics.is_empty());
        }
        let member = GroupMember { id: "m".into(), instance_id: None, metadata: good };
        assert_eq!(read_member(Assignor::Range, &member).topics, BTreeSet::from(["t".to_owned()]));
    }

    #[test]
    fn sticky_user_data_that_is_cut_counts_as_no_claim() {
        let blob = write_sticky(&share(), 7);
        for cut in 0..blob.len() - 4 {
            assert_eq!(read_sticky(&blob.slice(..cut)), None, "{cut}");
        }
    }
}
