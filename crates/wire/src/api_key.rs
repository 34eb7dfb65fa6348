//! The numbers of the requests.

use std::fmt;

macro_rules! api_keys {
    ($($number:literal $name:ident),* $(,)?) => {
        /// The kind of a request, by its number in the request header.
        ///
        /// Every key of Kafka has its name here; the messages of those that clients and brokers exchange are in
        /// [`messages`](crate::messages).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i16)]
        pub enum ApiKey {
            $(#[doc = concat!("Key ", stringify!($number), ".")] $name = $number),*
        }

        impl ApiKey {
            /// All keys by ascending number.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Kafka's name of the request.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }

        impl TryFrom<i16> for ApiKey {
            type Error = UnknownApiKey;

            fn try_from(number: i16) -> Result<Self, UnknownApiKey> {
                match number {
                    $($number => Ok(Self::$name),)*
                    _ => Err(UnknownApiKey(number)),
                }
            }
        }
    };
}

api_keys! {
    0 Produce,
    1 Fetch,
    2 ListOffsets,
    3 Metadata,
    4 LeaderAndIsr,
    5 StopReplica,
    6 UpdateMetadata,
    7 ControlledShutdown,
    8 OffsetCommit,
    9 OffsetFetch,
    10 FindCoordinator,
    11 JoinGroup,
    12 Heartbeat,
    13 LeaveGroup,
    14 SyncGroup,
    15 DescribeGroups,
    16 ListGroups,
    17 SaslHandshake,
    18 ApiVersions,
    19 CreateTopics,
    20 DeleteTopics,
    21 DeleteRecords,
    22 InitProducerId,
    23 OffsetForLeaderEpoch,
    24 AddPartitionsToTxn,
    25 AddOffsetsToTxn,
    26 EndTxn,
    27 WriteTxnMarkers,
    28 TxnOffsetCommit,
    29 DescribeAcls,
    30 CreateAcls,
    31 DeleteAcls,
    32 DescribeConfigs,
    33 AlterConfigs,
    34 AlterReplicaLogDirs,
    35 DescribeLogDirs,
    36 SaslAuthenticate,
    37 CreatePartitions,
    38 CreateDelegationToken,
    39 RenewDelegationToken,
    40 ExpireDelegationToken,
    41 DescribeDelegationToken,
    42 DeleteGroups,
    43 ElectLeaders,
    44 IncrementalAlterConfigs,
    45 AlterPartitionReassignments,
    46 ListPartitionReassignments,
    47 OffsetDelete,
    48 DescribeClientQuotas,
    49 AlterClientQuotas,
    50 DescribeUserScramCredentials,
    51 AlterUserScramCredentials,
    52 Vote,
    53 BeginQuorumEpoch,
    54 EndQuorumEpoch,
    55 DescribeQuorum,
    56 AlterPartition,
    57 UpdateFeatures,
    58 Envelope,
    59 FetchSnapshot,
    60 DescribeCluster,
    61 DescribeProducers,
    62 BrokerRegistration,
    63 BrokerHeartbeat,
    64 UnregisterBroker,
    65 DescribeTransactions,
    66 ListTransactions,
    67 AllocateProducerIds,
    68 ConsumerGroupHeartbeat,
    69 ConsumerGroupDescribe,
    70 ControllerRegistration,
    71 GetTelemetrySubscriptions,
    72 PushTelemetry,
    73 AssignReplicasToDirs,
    74 ListConfigResources,
    75 DescribeTopicPartitions,
    76 ShareGroupHeartbeat,
    77 ShareGroupDescribe,
    78 ShareFetch,
    79 ShareAcknowledge,
    80 AddRaftVoter,
    81 RemoveRaftVoter,
    82 UpdateRaftVoter,
    83 InitializeShareGroupState,
    84 ReadShareGroupState,
    85 WriteShareGroupState,
    86 DeleteShareGroupState,
    87 ReadShareGroupStateSummary,
    88 StreamsGroupHeartbeat,
    89 StreamsGroupDescribe,
    90 DescribeShareGroupOffsets,
    91 AlterShareGroupOffsets,
    92 DeleteShareGroupOffsets,
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl From<ApiKey> for i16 {
    fn from(key: ApiKey) -> Self {
        key as i16
    }
}

/// A number that is not the key of a request this crate has heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownApiKey(pub i16);

impl fmt::Display for UnknownApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown api key {}", self.0)
    }
}

impl std::error::Error for UnknownApiKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_agree() {
        for key in ApiKey::ALL {
            assert_eq!(ApiKey::try_from(i16::from(*key)), Ok(*key));
        }
        assert_eq!(ApiKey::try_from(18).map(ApiKey::name), Ok("ApiVersions"));
        assert_eq!(ApiKey::try_from(-1), Err(UnknownApiKey(-1)));
    }
}
