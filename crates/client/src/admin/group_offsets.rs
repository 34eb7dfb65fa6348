//! Committed offsets of groups, read and changed from outside (O6).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use kconnect_wire::ErrorCode;
use kconnect_wire::messages::{OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};

use super::settle::{Answer, Refusal, settle};
use super::{Admin, PerItem};
use crate::consumer::commit::{self, Committer};
use crate::consumer::{OffsetAndMetadata, offsets};
use crate::group::Membership;
use crate::net::{NodeRef, Purpose};
use crate::{Error, ErrorKind, TopicPartition};

impl Admin {
    /// What a group has committed, for `partitions` or, with `None`, for all (O7). Partitions without a committed
    /// offset are left out.
    ///
    /// # Errors
    /// `Timeout`, `Authorization`; also when one partition fails.
    pub async fn list_group_offsets(
        &self,
        group: &str,
        partitions: Option<&[TopicPartition]>,
        deadline: Instant,
    ) -> Result<BTreeMap<TopicPartition, OffsetAndMetadata>, Error> {
        let found = offsets::committed(&self.client, &group.into(), partitions, deadline).await?;
        found.into_iter().filter_map(|(tp, offset)| Some(offset.transpose()?.map(|o| (tp, o)))).collect()
    }

    /// Sets committed offsets of a group without members.
    ///
    /// Kind `Membership` (codes `UNKNOWN_MEMBER_ID`, `NON_EMPTY_GROUP`): the group has members; stop them first.
    pub async fn alter_group_offsets(
        &self,
        group: &str,
        offsets: BTreeMap<TopicPartition, OffsetAndMetadata>,
        deadline: Instant,
    ) -> PerItem<TopicPartition, ()> {
        let committer = Committer { group: group.into(), instance: None, membership: Membership::none() };
        match commit::commit(&self.client, &committer, &offsets, deadline).await {
            Ok(codes) => {
                codes.into_iter().map(|(tp, code)| (tp.clone(), altered(group, &tp, code))).collect()
            }
            Err(error) => offsets.into_keys().map(|tp| (tp, Err(error.clone()))).collect(),
        }
    }

    /// Deletes committed offsets of a group. Code `GROUP_SUBSCRIBED_TO_TOPIC`: members read the topic.
    pub async fn delete_group_offsets(
        &self,
        group: &str,
        partitions: Vec<TopicPartition>,
        deadline: Instant,
    ) -> PerItem<TopicPartition, ()> {
        let open = partitions.into_iter().map(|tp| (tp, ())).collect();
        let attempted = |tp: &TopicPartition| format!("deleting the offset of {tp} in group {group}");
        let ask = |open: BTreeMap<TopicPartition, ()>, _| self.delete_offsets_once(group, open, deadline);
        settle(&self.client, open, deadline, attempted, ask).await
    }

    async fn delete_offsets_once(
        &self,
        group: &str,
        open: BTreeMap<TopicPartition, ()>,
        deadline: Instant,
    ) -> Result<Answer<TopicPartition, ()>, Error> {
        let mut topics: BTreeMap<Arc<str>, Vec<OffsetDeleteRequestPartition>> = BTreeMap::new();
        for tp in open.keys() {
            let partition = OffsetDeleteRequestPartition { partition_index: tp.partition };
            topics.entry(tp.topic.clone()).or_default().push(partition);
        }
        let topic = |(name, partitions): (Arc<str>, _)| OffsetDeleteRequestTopic {
            name: name.to_string(),
            partitions,
        };
        let request = OffsetDeleteRequest {
            group_id: group.to_owned(),
            topics: topics.into_iter().map(topic).collect(),
        };
        let answer = self.client.request(&NodeRef::group(group), Purpose::Control, request, deadline).await?;
        self.note_coordinator(group, answer.error_code);
        if let Err(refusal) = Refusal::check(answer.error_code, None) {
            let items = open.into_keys().map(|tp| (tp, Err(refusal.clone())));
            return Ok(Answer::new(answer.throttle_time_ms, items.collect()));
        }
        let mut items = Vec::new();
        for topic in answer.topics {
            let name: Arc<str> = topic.name.into();
            for p in topic.partitions {
                let tp = TopicPartition::new(name.clone(), p.partition_index);
                // A partition that does not exist does not come into being by asking again.
                let is_final = p.error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
                let result =
                    Refusal::check(p.error_code, None).map_err(|refusal| Refusal { is_final, ..refusal });
                items.push((tp, result));
            }
        }
        Ok(Answer::new(answer.throttle_time_ms, items))
    }
}

fn altered(group: &str, tp: &TopicPartition, code: ErrorCode) -> Result<(), Error> {
    match code {
        ErrorCode::NONE => Ok(()),
        ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::NON_EMPTY_GROUP => Err(Error::with_code(
            ErrorKind::Membership,
            code,
            format!("the offset of {tp} was not changed: group {group} has members; stop them first"),
        )),
        code => Err(Error::from_code(code, format!("setting the offset of {tp} in group {group}"))),
    }
}
