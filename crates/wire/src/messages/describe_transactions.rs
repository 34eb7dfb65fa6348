// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of DescribeTransactions (key 65), version 0.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `DescribeTransactionsRequest`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeTransactionsRequest {
    /// Field `transactional_ids`, versions 0+.
    pub transactional_ids: Vec<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeTransactionsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeTransactionsRequest::MIN..=DescribeTransactionsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeTransactionsRequest", version });
        }
        w.nullable_list(true, Some(&self.transactional_ids), "transactional_ids", |w, item| {
            w.string(true, item, "transactional_ids")
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeTransactionsRequest::MIN..=DescribeTransactionsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            transactional_ids: r
                .list(true, 1, "transactional_ids", |r| r.string(true, "transactional_ids"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `DescribeTransactionsResponse`, version 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeTransactionsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `transaction_states`, versions 0+.
    pub transaction_states: Vec<DescribedTransactionState>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeTransactionsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(DescribeTransactionsRequest::MIN..=DescribeTransactionsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "DescribeTransactionsResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.structs(true, &self.transaction_states, version, "transaction_states")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(DescribeTransactionsRequest::MIN..=DescribeTransactionsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            transaction_states: r.structs(true, 28, version, "transaction_states")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribedTransactionState` of DescribeTransactions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribedTransactionState {
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `transactional_id`, versions 0+.
    pub transactional_id: String,
    /// Field `transaction_state`, versions 0+.
    pub transaction_state: String,
    /// Field `transaction_timeout_ms`, versions 0+.
    pub transaction_timeout_ms: i32,
    /// Field `transaction_start_time_ms`, versions 0+.
    pub transaction_start_time_ms: i64,
    /// Field `producer_id`, versions 0+.
    pub producer_id: i64,
    /// Field `producer_epoch`, versions 0+.
    pub producer_epoch: i16,
    /// Field `topics`, versions 0+.
    pub topics: Vec<DescribeTransactionsTopicData>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribedTransactionState {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.error_code(self.error_code);
        w.string(true, &self.transactional_id, "transactional_id")?;
        w.string(true, &self.transaction_state, "transaction_state")?;
        w.i32(self.transaction_timeout_ms);
        w.i64(self.transaction_start_time_ms);
        w.i64(self.producer_id);
        w.i16(self.producer_epoch);
        w.structs(true, &self.topics, version, "topics")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            error_code: r.error_code("error_code")?,
            transactional_id: r.string(true, "transactional_id")?,
            transaction_state: r.string(true, "transaction_state")?,
            transaction_timeout_ms: r.i32("transaction_timeout_ms")?,
            transaction_start_time_ms: r.i64("transaction_start_time_ms")?,
            producer_id: r.i64("producer_id")?,
            producer_epoch: r.i16("producer_epoch")?,
            topics: r.structs(true, 3, version, "topics")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `DescribeTransactionsTopicData` of DescribeTransactions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DescribeTransactionsTopicData {
    /// Field `topic`, versions 0+.
    pub topic: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for DescribeTransactionsTopicData {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.topic, "topic")?;
        w.nullable_list(true, Some(&self.partitions), "partitions", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            topic: r.string(true, "topic")?,
            partitions: r.list(true, 4, "partitions", |r| r.i32("partitions"))?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for DescribeTransactionsRequest {
    type Response = DescribeTransactionsResponse;
    const KEY: ApiKey = ApiKey::DescribeTransactions;
    const MIN: i16 = 0;
    const MAX: i16 = 0;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
