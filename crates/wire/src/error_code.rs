//! The error numbers of the protocol.

use std::fmt;

macro_rules! error_codes {
    ($($number:literal $name:ident $retriable:ident $exception:literal $message:literal),* $(,)?) => {
        impl ErrorCode {
            $(#[doc = concat!($message, " (", stringify!($number), ").")] pub const $name: Self = Self($number);)*

            /// All codes that this crate has a name for.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Kafka's name of the error; `UNKNOWN` for a number without one.
            pub const fn name(self) -> &'static str {
                match self.0 { $($number => stringify!($name),)* _ => "UNKNOWN" }
            }

            /// What the error means, in a few words.
            pub const fn message(self) -> &'static str {
                match self.0 { $($number => $message,)* _ => "the broker answered an error number without a known name" }
            }

            /// The class that stands for the error in Kafka's Java client, without its package
            /// `org.apache.kafka.common.errors` (`InvalidRecordException` is one package up); empty for no error and
            /// for a number without a name.
            pub const fn exception(self) -> &'static str {
                match self.0 { $($number => $exception,)* _ => "" }
            }

            /// True when Kafka's clients may send the same request again, perhaps elsewhere.
            ///
            /// An unknown number is not retriable.
            pub const fn is_retriable(self) -> bool {
                match self.0 { $($number => error_codes!(@ $retriable),)* _ => false }
            }
        }
    };
    (@ retry) => { true };
    (@ fail) => { false };
}

/// The result of a request or of a part of it, by number. Numbers without a name are values like any other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ErrorCode(pub i16);

error_codes! {
    -1 UNKNOWN_SERVER_ERROR fail "UnknownServerException" "the broker failed in an unexpected way",
    0 NONE fail "" "no error",
    1 OFFSET_OUT_OF_RANGE fail "OffsetOutOfRangeException" "the offset is outside the range that the broker holds",
    2 CORRUPT_MESSAGE retry "CorruptRecordException" "the record batch failed its checksum or is otherwise corrupt",
    3 UNKNOWN_TOPIC_OR_PARTITION retry "UnknownTopicOrPartitionException" "the broker does not host this topic or partition",
    4 INVALID_FETCH_SIZE fail "InvalidFetchSizeException" "the fetch size is invalid",
    5 LEADER_NOT_AVAILABLE retry "LeaderNotAvailableException" "the partition has no leader at the moment",
    6 NOT_LEADER_OR_FOLLOWER retry "NotLeaderOrFollowerException" "the broker is not the leader, or not a replica, of the partition",
    7 REQUEST_TIMED_OUT retry "TimeoutException" "the request was not finished within its timeout",
    8 BROKER_NOT_AVAILABLE fail "BrokerNotAvailableException" "the broker is not available",
    9 REPLICA_NOT_AVAILABLE retry "ReplicaNotAvailableException" "the replica is not available on this broker",
    10 MESSAGE_TOO_LARGE fail "RecordTooLargeException" "the record batch is larger than the broker accepts",
    11 STALE_CONTROLLER_EPOCH fail "ControllerMovedException" "the controller moved to another broker",
    12 OFFSET_METADATA_TOO_LARGE fail "OffsetMetadataTooLarge" "the metadata string of the committed offset is too large",
    13 NETWORK_EXCEPTION retry "NetworkException" "the broker disconnected before it answered",
    14 COORDINATOR_LOAD_IN_PROGRESS retry "CoordinatorLoadInProgressException" "the coordinator is still loading its state",
    15 COORDINATOR_NOT_AVAILABLE retry "CoordinatorNotAvailableException" "the coordinator is not available",
    16 NOT_COORDINATOR retry "NotCoordinatorException" "the broker is not the coordinator of this group or transactional id",
    17 INVALID_TOPIC_EXCEPTION fail "InvalidTopicException" "the topic name is invalid",
    18 RECORD_LIST_TOO_LARGE fail "RecordBatchTooLargeException" "the record set is larger than a log segment",
    19 NOT_ENOUGH_REPLICAS retry "NotEnoughReplicasException" "too few in-sync replicas to accept the batch",
    20 NOT_ENOUGH_REPLICAS_AFTER_APPEND retry "NotEnoughReplicasAfterAppendException" "the batch was written but too few replicas were in sync",
    21 INVALID_REQUIRED_ACKS fail "InvalidRequiredAcksException" "the acks value is invalid",
    22 ILLEGAL_GENERATION fail "IllegalGenerationException" "the generation of the group is not the current one",
    23 INCONSISTENT_GROUP_PROTOCOL fail "InconsistentGroupProtocolException" "the member's protocols do not match those of the group",
    24 INVALID_GROUP_ID fail "InvalidGroupIdException" "the group id is invalid",
    25 UNKNOWN_MEMBER_ID fail "UnknownMemberIdException" "the group does not know this member id",
    26 INVALID_SESSION_TIMEOUT fail "InvalidSessionTimeoutException" "the session timeout is outside the range that the broker allows",
    27 REBALANCE_IN_PROGRESS fail "RebalanceInProgressException" "the group is rebalancing and the member must rejoin",
    28 INVALID_COMMIT_OFFSET_SIZE fail "InvalidCommitOffsetSizeException" "the offset commit is too large",
    29 TOPIC_AUTHORIZATION_FAILED fail "TopicAuthorizationException" "not authorized to access the topic",
    30 GROUP_AUTHORIZATION_FAILED fail "GroupAuthorizationException" "not authorized to access the group",
    31 CLUSTER_AUTHORIZATION_FAILED fail "ClusterAuthorizationException" "not authorized to act on the cluster",
    32 INVALID_TIMESTAMP fail "InvalidTimestampException" "the record timestamp is out of range",
    33 UNSUPPORTED_SASL_MECHANISM fail "UnsupportedSaslMechanismException" "the broker does not support this SASL mechanism",
    34 ILLEGAL_SASL_STATE fail "IllegalSaslStateException" "the request is not valid in the present SASL state",
    35 UNSUPPORTED_VERSION fail "UnsupportedVersionException" "the broker does not support this version of the request",
    36 TOPIC_ALREADY_EXISTS fail "TopicExistsException" "a topic of this name exists already",
    37 INVALID_PARTITIONS fail "InvalidPartitionsException" "the number of partitions is invalid",
    38 INVALID_REPLICATION_FACTOR fail "InvalidReplicationFactorException" "the replication factor is below 1 or above the number of brokers",
    39 INVALID_REPLICA_ASSIGNMENT fail "InvalidReplicaAssignmentException" "the replica assignment is invalid",
    40 INVALID_CONFIG fail "InvalidConfigurationException" "the configuration is invalid",
    41 NOT_CONTROLLER retry "NotControllerException" "the broker is not the controller of the cluster",
    42 INVALID_REQUEST fail "InvalidRequestException" "the request is malformed or its fields contradict each other",
    43 UNSUPPORTED_FOR_MESSAGE_FORMAT fail "UnsupportedForMessageFormatException" "the message format on the broker does not support this request",
    44 POLICY_VIOLATION fail "PolicyViolationException" "the request violates a policy of the broker",
    45 OUT_OF_ORDER_SEQUENCE_NUMBER fail "OutOfOrderSequenceException" "the broker received a sequence number out of order",
    46 DUPLICATE_SEQUENCE_NUMBER fail "DuplicateSequenceException" "the broker received a sequence number twice",
    47 INVALID_PRODUCER_EPOCH fail "InvalidProducerEpochException" "the producer sent an old epoch",
    48 INVALID_TXN_STATE fail "InvalidTxnStateException" "the operation is not valid in the state of the transaction",
    49 INVALID_PRODUCER_ID_MAPPING fail "InvalidPidMappingException" "the producer id does not belong to this transactional id",
    50 INVALID_TRANSACTION_TIMEOUT fail "InvalidTxnTimeoutException" "the transaction timeout is larger than the broker allows",
    51 CONCURRENT_TRANSACTIONS retry "ConcurrentTransactionsException" "another operation of the same transaction is still in progress",
    52 TRANSACTION_COORDINATOR_FENCED fail "TransactionCoordinatorFencedException" "the transaction coordinator has been replaced",
    53 TRANSACTIONAL_ID_AUTHORIZATION_FAILED fail "TransactionalIdAuthorizationException" "not authorized to use the transactional id",
    54 SECURITY_DISABLED fail "SecurityDisabledException" "security features are disabled",
    55 OPERATION_NOT_ATTEMPTED fail "OperationNotAttemptedException" "the operation was not attempted because of an earlier failure",
    56 KAFKA_STORAGE_ERROR retry "KafkaStorageException" "the broker could not access its disk",
    57 LOG_DIR_NOT_FOUND fail "LogDirNotFoundException" "the log directory does not exist",
    58 SASL_AUTHENTICATION_FAILED fail "SaslAuthenticationException" "SASL authentication failed",
    59 UNKNOWN_PRODUCER_ID fail "UnknownProducerIdException" "the broker has no state for this producer id",
    60 REASSIGNMENT_IN_PROGRESS fail "ReassignmentInProgressException" "a reassignment of the partition is in progress",
    61 DELEGATION_TOKEN_AUTH_DISABLED fail "DelegationTokenDisabledException" "delegation tokens are not enabled",
    62 DELEGATION_TOKEN_NOT_FOUND fail "DelegationTokenNotFoundException" "the broker does not know the delegation token",
    63 DELEGATION_TOKEN_OWNER_MISMATCH fail "DelegationTokenOwnerMismatchException" "the principal is not an owner or renewer of the delegation token",
    64 DELEGATION_TOKEN_REQUEST_NOT_ALLOWED fail "UnsupportedByAuthenticationException" "delegation token requests are not allowed on this connection",
    65 DELEGATION_TOKEN_AUTHORIZATION_FAILED fail "DelegationTokenAuthorizationException" "not authorized to use the delegation token",
    66 DELEGATION_TOKEN_EXPIRED fail "DelegationTokenExpiredException" "the delegation token has expired",
    67 INVALID_PRINCIPAL_TYPE fail "InvalidPrincipalTypeException" "the principal type is not supported",
    68 NON_EMPTY_GROUP fail "GroupNotEmptyException" "the group is not empty",
    69 GROUP_ID_NOT_FOUND fail "GroupIdNotFoundException" "the group does not exist",
    70 FETCH_SESSION_ID_NOT_FOUND retry "FetchSessionIdNotFoundException" "the broker does not know the fetch session",
    71 INVALID_FETCH_SESSION_EPOCH retry "InvalidFetchSessionEpochException" "the epoch of the fetch session is not the next one",
    72 LISTENER_NOT_FOUND retry "ListenerNotFoundException" "the leader has no listener of the name used by this connection",
    73 TOPIC_DELETION_DISABLED fail "TopicDeletionDisabledException" "the broker does not allow topic deletion",
    74 FENCED_LEADER_EPOCH retry "FencedLeaderEpochException" "the leader epoch in the request is older than the broker's",
    75 UNKNOWN_LEADER_EPOCH retry "UnknownLeaderEpochException" "the leader epoch in the request is newer than the broker's",
    76 UNSUPPORTED_COMPRESSION_TYPE fail "UnsupportedCompressionTypeException" "the compression type is not supported by this version",
    77 STALE_BROKER_EPOCH fail "StaleBrokerEpochException" "the broker epoch has changed",
    78 OFFSET_NOT_AVAILABLE retry "OffsetNotAvailableException" "the leader's high watermark has not caught up after an election",
    79 MEMBER_ID_REQUIRED fail "MemberIdRequiredException" "the group member must join again with the member id it was given",
    80 PREFERRED_LEADER_NOT_AVAILABLE retry "PreferredLeaderNotAvailableException" "the preferred leader is not available",
    81 GROUP_MAX_SIZE_REACHED fail "GroupMaxSizeReachedException" "the group has reached its maximum size",
    82 FENCED_INSTANCE_ID fail "FencedInstanceIdException" "another member registered with the same group instance id",
    83 ELIGIBLE_LEADERS_NOT_AVAILABLE retry "EligibleLeadersNotAvailableException" "no eligible leader is available",
    84 ELECTION_NOT_NEEDED retry "ElectionNotNeededException" "no leader election is needed",
    85 NO_REASSIGNMENT_IN_PROGRESS fail "NoReassignmentInProgressException" "no reassignment of the partition is in progress",
    86 GROUP_SUBSCRIBED_TO_TOPIC fail "GroupSubscribedToTopicException" "the group is subscribed to the topic",
    87 INVALID_RECORD fail "InvalidRecordException" "the broker rejected a record of the batch",
    88 UNSTABLE_OFFSET_COMMIT retry "UnstableOffsetCommitException" "offsets of an open transaction are not stable yet",
    89 THROTTLING_QUOTA_EXCEEDED retry "ThrottlingQuotaExceededException" "the throttling quota is exceeded",
    90 PRODUCER_FENCED fail "ProducerFencedException" "a newer producer with the same transactional id fenced this one",
    91 RESOURCE_NOT_FOUND fail "ResourceNotFoundException" "the resource does not exist",
    92 DUPLICATE_RESOURCE fail "DuplicateResourceException" "the resource is a duplicate",
    93 UNACCEPTABLE_CREDENTIAL fail "UnacceptableCredentialException" "the credential is not acceptable",
    94 INCONSISTENT_VOTER_SET fail "InconsistentVoterSetException" "the set of voters is inconsistent",
    95 INVALID_UPDATE_VERSION fail "InvalidUpdateVersionException" "the version of the update is invalid",
    96 FEATURE_UPDATE_FAILED fail "FeatureUpdateFailedException" "the features could not be updated",
    97 PRINCIPAL_DESERIALIZATION_FAILURE fail "PrincipalDeserializationException" "the principal could not be read from the forwarded request",
    98 SNAPSHOT_NOT_FOUND fail "SnapshotNotFoundException" "the snapshot does not exist",
    99 POSITION_OUT_OF_RANGE fail "PositionOutOfRangeException" "the position is not within the snapshot",
    100 UNKNOWN_TOPIC_ID retry "UnknownTopicIdException" "the broker does not know this topic id",
    101 DUPLICATE_BROKER_REGISTRATION fail "DuplicateBrokerRegistrationException" "the broker id is in use",
    102 BROKER_ID_NOT_REGISTERED fail "BrokerIdNotRegisteredException" "the broker id is not registered",
    103 INCONSISTENT_TOPIC_ID retry "InconsistentTopicIdException" "the topic id does not match that of the log",
    104 INCONSISTENT_CLUSTER_ID fail "InconsistentClusterIdException" "the cluster id does not match",
    105 TRANSACTIONAL_ID_NOT_FOUND fail "TransactionalIdNotFoundException" "the transactional id does not exist",
    106 FETCH_SESSION_TOPIC_ID_ERROR retry "FetchSessionTopicIdException" "the fetch session has topic ids that do not match",
    107 INELIGIBLE_REPLICA fail "IneligibleReplicaException" "the replica is not eligible for the in-sync set",
    108 NEW_LEADER_ELECTED fail "NewLeaderElectedException" "the partition elected a new leader",
    109 OFFSET_MOVED_TO_TIERED_STORAGE fail "OffsetMovedToTieredStorageException" "the offset has moved to tiered storage",
    110 FENCED_MEMBER_EPOCH fail "FencedMemberEpochException" "the member epoch is fenced by the coordinator",
    111 UNRELEASED_INSTANCE_ID fail "UnreleasedInstanceIdException" "the group instance id is still in use by another member",
    112 UNSUPPORTED_ASSIGNOR fail "UnsupportedAssignorException" "the group does not support the assignor",
    113 STALE_MEMBER_EPOCH fail "StaleMemberEpochException" "the member epoch is not the current one",
    114 MISMATCHED_ENDPOINT_TYPE fail "MismatchedEndpointTypeException" "the endpoint is of another type than expected",
    115 UNSUPPORTED_ENDPOINT_TYPE fail "UnsupportedEndpointTypeException" "the endpoint type is not supported",
    116 UNKNOWN_CONTROLLER_ID fail "UnknownControllerIdException" "the controller id is not known",
    117 UNKNOWN_SUBSCRIPTION_ID fail "UnknownSubscriptionIdException" "the telemetry subscription id is not the current one",
    118 TELEMETRY_TOO_LARGE fail "TelemetryTooLargeException" "the telemetry payload is larger than the broker accepts",
    119 INVALID_REGISTRATION fail "InvalidRegistrationException" "the broker's registration is invalid",
    120 TRANSACTION_ABORTABLE fail "TransactionAbortableException" "the transaction failed and can only be aborted",
    121 INVALID_RECORD_STATE fail "InvalidRecordStateException" "the state of the record does not allow this",
    122 SHARE_SESSION_NOT_FOUND retry "ShareSessionNotFoundException" "the broker does not know the share session",
    123 INVALID_SHARE_SESSION_EPOCH retry "InvalidShareSessionEpochException" "the epoch of the share session is not the next one",
    124 FENCED_STATE_EPOCH fail "FencedStateEpochException" "the share coordinator rejected an old state epoch",
    125 INVALID_VOTER_KEY fail "InvalidVoterKeyException" "the voter key does not match that of the replica",
    126 DUPLICATE_VOTER fail "DuplicateVoterException" "the voter is in the set already",
    127 VOTER_NOT_FOUND fail "VoterNotFoundException" "the voter is not in the set",
    128 INVALID_REGULAR_EXPRESSION fail "InvalidRegularExpression" "the regular expression is invalid",
    129 REBOOTSTRAP_REQUIRED fail "RebootstrapRequiredException" "the client's metadata is out of date and it must bootstrap again",
    130 STREAMS_INVALID_TOPOLOGY fail "StreamsInvalidTopologyException" "the streams topology is invalid",
    131 STREAMS_INVALID_TOPOLOGY_EPOCH fail "StreamsInvalidTopologyEpochException" "the epoch of the streams topology is invalid",
    132 STREAMS_TOPOLOGY_FENCED fail "StreamsTopologyFencedException" "the epoch of the streams topology is outdated",
    133 SHARE_SESSION_LIMIT_REACHED retry "ShareSessionLimitReachedException" "the broker has reached its limit of share sessions",
}

impl ErrorCode {
    /// True for 0: no error.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// The code as an error, unless it is 0.
    pub const fn check(self) -> Result<(), Self> {
        if self.is_ok() { Ok(()) } else { Err(self) }
    }

    /// True when the error says that the client's metadata is out of date and must be refreshed before a retry.
    pub const fn is_stale_metadata(self) -> bool {
        matches!(
            self,
            Self::UNKNOWN_TOPIC_OR_PARTITION
                | Self::LEADER_NOT_AVAILABLE
                | Self::NOT_LEADER_OR_FOLLOWER
                | Self::REPLICA_NOT_AVAILABLE
                | Self::NETWORK_EXCEPTION
                | Self::KAFKA_STORAGE_ERROR
                | Self::LISTENER_NOT_FOUND
                | Self::FENCED_LEADER_EPOCH
                | Self::PREFERRED_LEADER_NOT_AVAILABLE
                | Self::ELIGIBLE_LEADERS_NOT_AVAILABLE
                | Self::ELECTION_NOT_NEEDED
                | Self::UNKNOWN_TOPIC_ID
                | Self::INCONSISTENT_TOPIC_ID
        )
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name(), self.0)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.name(), self.0, self.message())
    }
}

impl std::error::Error for ErrorCode {}

impl From<i16> for ErrorCode {
    fn from(number: i16) -> Self {
        Self(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_without_a_name_are_values() {
        let code = ErrorCode(4711);
        assert_eq!((code.name(), code.is_retriable()), ("UNKNOWN", false));
        assert_eq!(code.check(), Err(ErrorCode(4711)));
    }

    #[test]
    fn exceptions_are_those_of_the_java_client() {
        assert_eq!(ErrorCode::CORRUPT_MESSAGE.exception(), "CorruptRecordException");
        assert_eq!(ErrorCode::NONE.exception(), "");
    }

    #[test]
    fn stale_metadata_is_always_retriable() {
        for code in ErrorCode::ALL {
            assert!(!code.is_stale_metadata() || code.is_retriable(), "{code:?}");
        }
        assert!(ErrorCode::NOT_LEADER_OR_FOLLOWER.is_stale_metadata());
        assert!(!ErrorCode::COORDINATOR_LOAD_IN_PROGRESS.is_stale_metadata());
    }

    #[test]
    fn display_names_number_and_meaning() {
        let text = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.to_string();
        assert_eq!(text, "UNKNOWN_TOPIC_OR_PARTITION (3): the broker does not host this topic or partition");
    }
}
