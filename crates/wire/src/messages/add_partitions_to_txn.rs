// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of AddPartitionsToTxn (key 24), versions 0-5.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `AddPartitionsToTxnRequest`, versions 0-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnRequest {
    /// Field `transactions`, versions 4+.
    pub transactions: Vec<AddPartitionsToTxnTransaction>,
    /// Field `v3_and_below_transactional_id`, versions 0-3.
    pub v3_and_below_transactional_id: String,
    /// Field `v3_and_below_producer_id`, versions 0-3.
    pub v3_and_below_producer_id: i64,
    /// Field `v3_and_below_producer_epoch`, versions 0-3.
    pub v3_and_below_producer_epoch: i16,
    /// Field `v3_and_below_topics`, versions 0-3.
    pub v3_and_below_topics: Vec<AddPartitionsToTxnTopic>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AddPartitionsToTxnRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AddPartitionsToTxnRequest::MIN..=AddPartitionsToTxnRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "AddPartitionsToTxnRequest", version });
        }
        let flexible = version >= 3;
        if version >= 4 {
            w.structs(flexible, &self.transactions, version, "transactions")?;
        } else if !self.transactions.is_empty() {
            return Err(EncodeError::Unsupported { field: "transactions", version });
        }
        if version <= 3 {
            w.string(flexible, &self.v3_and_below_transactional_id, "v3_and_below_transactional_id")?;
        } else if !self.v3_and_below_transactional_id.is_empty() {
            return Err(EncodeError::Unsupported { field: "v3_and_below_transactional_id", version });
        }
        if version <= 3 {
            w.i64(self.v3_and_below_producer_id);
        } else if self.v3_and_below_producer_id != 0 {
            return Err(EncodeError::Unsupported { field: "v3_and_below_producer_id", version });
        }
        if version <= 3 {
            w.i16(self.v3_and_below_producer_epoch);
        } else if self.v3_and_below_producer_epoch != 0 {
            return Err(EncodeError::Unsupported { field: "v3_and_below_producer_epoch", version });
        }
        if version <= 3 {
            w.structs(flexible, &self.v3_and_below_topics, version, "v3_and_below_topics")?;
        } else if !self.v3_and_below_topics.is_empty() {
            return Err(EncodeError::Unsupported { field: "v3_and_below_topics", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AddPartitionsToTxnRequest::MIN..=AddPartitionsToTxnRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            transactions: if version >= 4 {
                r.structs(flexible, 14, version, "transactions")?
            } else {
                Vec::new()
            },
            v3_and_below_transactional_id: if version <= 3 {
                r.string(flexible, "v3_and_below_transactional_id")?
            } else {
                String::new()
            },
            v3_and_below_producer_id: if version <= 3 { r.i64("v3_and_below_producer_id")? } else { 0 },
            v3_and_below_producer_epoch: if version <= 3 { r.i16("v3_and_below_producer_epoch")? } else { 0 },
            v3_and_below_topics: if version <= 3 {
                r.structs(flexible, 3, version, "v3_and_below_topics")?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AddPartitionsToTxnTransaction` of AddPartitionsToTxn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnTransaction {
    /// Field `transactional_id`, versions 4+.
    pub transactional_id: String,
    /// Field `producer_id`, versions 4+.
    pub producer_id: i64,
    /// Field `producer_epoch`, versions 4+.
    pub producer_epoch: i16,
    /// Field `verify_only`, versions 4+.
    pub verify_only: bool,
    /// Field `topics`, versions 4+.
    pub topics: Vec<AddPartitionsToTxnTopic>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AddPartitionsToTxnTransaction {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        if version >= 4 {
            w.string(flexible, &self.transactional_id, "transactional_id")?;
        } else if !self.transactional_id.is_empty() {
            return Err(EncodeError::Unsupported { field: "transactional_id", version });
        }
        if version >= 4 {
            w.i64(self.producer_id);
        } else if self.producer_id != 0 {
            return Err(EncodeError::Unsupported { field: "producer_id", version });
        }
        if version >= 4 {
            w.i16(self.producer_epoch);
        } else if self.producer_epoch != 0 {
            return Err(EncodeError::Unsupported { field: "producer_epoch", version });
        }
        if version >= 4 {
            w.bool(self.verify_only);
        } else if self.verify_only {
            return Err(EncodeError::Unsupported { field: "verify_only", version });
        }
        if version >= 4 {
            w.structs(flexible, &self.topics, version, "topics")?;
        } else if !self.topics.is_empty() {
            return Err(EncodeError::Unsupported { field: "topics", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            transactional_id: if version >= 4 {
                r.string(flexible, "transactional_id")?
            } else {
                String::new()
            },
            producer_id: if version >= 4 { r.i64("producer_id")? } else { 0 },
            producer_epoch: if version >= 4 { r.i16("producer_epoch")? } else { 0 },
            verify_only: if version >= 4 { r.bool("verify_only")? } else { false },
            topics: if version >= 4 { r.structs(flexible, 3, version, "topics")? } else { Vec::new() },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AddPartitionsToTxnTopic` of AddPartitionsToTxn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnTopic {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `partitions`, versions 0+.
    pub partitions: Vec<i32>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AddPartitionsToTxnTopic {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        w.string(flexible, &self.name, "name")?;
        w.nullable_list(flexible, Some(&self.partitions), "partitions", |w, item| {
            w.i32(*item);
            Ok(())
        })?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            name: r.string(flexible, "name")?,
            partitions: r.list(flexible, 4, "partitions", |r| r.i32("partitions"))?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// `AddPartitionsToTxnResponse`, versions 0-5.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 4+.
    pub error_code: ErrorCode,
    /// Field `results_by_transaction`, versions 4+.
    pub results_by_transaction: Vec<AddPartitionsToTxnResult>,
    /// Field `results_by_topic_v3_and_below`, versions 0-3.
    pub results_by_topic_v3_and_below: Vec<AddPartitionsToTxnTopicResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AddPartitionsToTxnResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(AddPartitionsToTxnRequest::MIN..=AddPartitionsToTxnRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "AddPartitionsToTxnResponse", version });
        }
        let flexible = version >= 3;
        w.i32(self.throttle_time_ms);
        if version >= 4 {
            w.error_code(self.error_code);
        }
        if version >= 4 {
            w.structs(flexible, &self.results_by_transaction, version, "results_by_transaction")?;
        } else if !self.results_by_transaction.is_empty() {
            return Err(EncodeError::Unsupported { field: "results_by_transaction", version });
        }
        if version <= 3 {
            w.structs(
                flexible,
                &self.results_by_topic_v3_and_below,
                version,
                "results_by_topic_v3_and_below",
            )?;
        } else if !self.results_by_topic_v3_and_below.is_empty() {
            return Err(EncodeError::Unsupported { field: "results_by_topic_v3_and_below", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(AddPartitionsToTxnRequest::MIN..=AddPartitionsToTxnRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        let flexible = version >= 3;
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: if version >= 4 { r.error_code("error_code")? } else { ErrorCode::NONE },
            results_by_transaction: if version >= 4 {
                r.structs(flexible, 3, version, "results_by_transaction")?
            } else {
                Vec::new()
            },
            results_by_topic_v3_and_below: if version <= 3 {
                r.structs(flexible, 3, version, "results_by_topic_v3_and_below")?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AddPartitionsToTxnResult` of AddPartitionsToTxn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnResult {
    /// Field `transactional_id`, versions 4+.
    pub transactional_id: String,
    /// Field `topic_results`, versions 4+.
    pub topic_results: Vec<AddPartitionsToTxnTopicResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AddPartitionsToTxnResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        if version >= 4 {
            w.string(flexible, &self.transactional_id, "transactional_id")?;
        } else if !self.transactional_id.is_empty() {
            return Err(EncodeError::Unsupported { field: "transactional_id", version });
        }
        if version >= 4 {
            w.structs(flexible, &self.topic_results, version, "topic_results")?;
        } else if !self.topic_results.is_empty() {
            return Err(EncodeError::Unsupported { field: "topic_results", version });
        }
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            transactional_id: if version >= 4 {
                r.string(flexible, "transactional_id")?
            } else {
                String::new()
            },
            topic_results: if version >= 4 {
                r.structs(flexible, 3, version, "topic_results")?
            } else {
                Vec::new()
            },
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AddPartitionsToTxnTopicResult` of AddPartitionsToTxn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnTopicResult {
    /// Field `name`, versions 0+.
    pub name: String,
    /// Field `results_by_partition`, versions 0+.
    pub results_by_partition: Vec<AddPartitionsToTxnPartitionResult>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AddPartitionsToTxnTopicResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        w.string(flexible, &self.name, "name")?;
        w.structs(flexible, &self.results_by_partition, version, "results_by_partition")?;
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            name: r.string(flexible, "name")?,
            results_by_partition: r.structs(flexible, 6, version, "results_by_partition")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

/// Structure `AddPartitionsToTxnPartitionResult` of AddPartitionsToTxn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AddPartitionsToTxnPartitionResult {
    /// Field `partition_index`, versions 0+.
    pub partition_index: i32,
    /// Field `partition_error_code`, versions 0+.
    pub partition_error_code: ErrorCode,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for AddPartitionsToTxnPartitionResult {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        let flexible = version >= 3;
        w.i32(self.partition_index);
        w.error_code(self.partition_error_code);
        self.unknown_tags.encode(flexible, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        let flexible = version >= 3;
        Ok(Self {
            partition_index: r.i32("partition_index")?,
            partition_error_code: r.error_code("partition_error_code")?,
            unknown_tags: TaggedFields::decode(flexible, r)?,
        })
    }
}

impl Request for AddPartitionsToTxnRequest {
    type Response = AddPartitionsToTxnResponse;
    const KEY: ApiKey = ApiKey::AddPartitionsToTxn;
    const MIN: i16 = 0;
    const MAX: i16 = 5;
    const FLEXIBLE_FROM: Option<i16> = Some(3);
}
