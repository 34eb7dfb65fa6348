//! The APIs this broker answers and the versions it takes, near to those of Apache Kafka 4.3.
//!
//! The upper ends are the lower of Kafka's and the codec's: OffsetCommit and OffsetFetch stop at 9, where 10 would
//! speak of topic ids. Produce is advertised from 0 although nothing below 3 is taken, as Kafka does: librdkafka
//! before 2.11 reads the lower end as "compression unknown" otherwise. Transactions are not here yet, so their APIs
//! are absent and InitProducerId refuses a transactional id.

use kafka_protocol::messages::ApiKey;

/// One advertised API.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Supported {
    pub api_key: ApiKey,
    pub min: i16,
    pub max: i16,
    /// What ApiVersions tells as the lower end.
    pub advertised_min: i16,
}

const fn api(api_key: ApiKey, min: i16, max: i16) -> Supported {
    Supported { api_key, min, max, advertised_min: min }
}

/// Ascending by key.
pub(crate) const SUPPORTED: &[Supported] = &[
    Supported { api_key: ApiKey::Produce, min: 3, max: 13, advertised_min: 0 },
    api(ApiKey::Fetch, 4, 18),
    api(ApiKey::ListOffsets, 1, 10),
    api(ApiKey::Metadata, 0, 13),
    api(ApiKey::OffsetCommit, 2, 9),
    api(ApiKey::OffsetFetch, 1, 9),
    api(ApiKey::FindCoordinator, 0, 6),
    api(ApiKey::JoinGroup, 0, 9),
    api(ApiKey::Heartbeat, 0, 4),
    api(ApiKey::LeaveGroup, 0, 5),
    api(ApiKey::SyncGroup, 0, 5),
    api(ApiKey::DescribeGroups, 0, 6),
    api(ApiKey::ListGroups, 0, 5),
    api(ApiKey::ApiVersions, 0, 4),
    api(ApiKey::CreateTopics, 2, 7),
    api(ApiKey::DeleteTopics, 1, 6),
    api(ApiKey::DeleteRecords, 0, 2),
    api(ApiKey::InitProducerId, 0, 5),
    api(ApiKey::OffsetForLeaderEpoch, 2, 4),
    api(ApiKey::DescribeConfigs, 1, 4),
    api(ApiKey::AlterConfigs, 0, 2),
    api(ApiKey::CreatePartitions, 0, 3),
    api(ApiKey::DeleteGroups, 0, 2),
    api(ApiKey::IncrementalAlterConfigs, 0, 1),
    api(ApiKey::OffsetDelete, 0, 0),
    api(ApiKey::DescribeCluster, 0, 2),
    api(ApiKey::DescribeProducers, 0, 0),
    api(ApiKey::DescribeTopicPartitions, 0, 0),
];

/// The entry of an API; `None` when this broker does not answer it at all.
pub(crate) fn supported(api_key: ApiKey) -> Option<&'static Supported> {
    SUPPORTED.iter().find(|s| s.api_key == api_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codec_takes_every_advertised_version() {
        for s in SUPPORTED {
            let codec = s.api_key.valid_versions();
            assert!(codec.min <= s.min && s.max <= codec.max, "{:?}: codec has {codec}", s.api_key);
        }
    }

    #[test]
    fn the_bounded_walk_takes_every_supported_version() {
        let missing: Vec<String> = SUPPORTED
            .iter()
            .filter_map(|s| {
                let key = kconnect_wire::ApiKey::try_from(s.api_key as i16).ok();
                let walk = key.and_then(kconnect_wire::validate::versions);
                let covered = walk.is_some_and(|w| w.min <= s.min && s.max <= w.max);
                (!covered).then(|| format!("{:?} {}-{}: {walk:?}", s.api_key, s.min, s.max))
            })
            .collect();
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn the_table_is_in_the_order_of_keys() {
        assert!(SUPPORTED.is_sorted_by_key(|s| s.api_key as i16));
    }
}
