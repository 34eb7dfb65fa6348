// Generated from the schema texts by `cargo xtask gen`. Do not edit.

//! Requests and responses of ListTransactions (key 66), versions 0-2.

use crate::codec::{DecodeError, EncodeError, Message, Reader, TaggedFields, Writer};
use crate::{ApiKey, ErrorCode, Request};

/// `ListTransactionsRequest`, versions 0-2.
#[derive(Debug, Clone, PartialEq)]
pub struct ListTransactionsRequest {
    /// Field `state_filters`, versions 0+.
    pub state_filters: Vec<String>,
    /// Field `producer_id_filters`, versions 0+.
    pub producer_id_filters: Vec<i64>,
    /// Field `duration_filter`, versions 1+.
    pub duration_filter: i64,
    /// Field `transactional_id_pattern`, versions 2+, nullable.
    pub transactional_id_pattern: Option<String>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Default for ListTransactionsRequest {
    fn default() -> Self {
        Self {
            state_filters: Vec::new(),
            producer_id_filters: Vec::new(),
            duration_filter: -1,
            transactional_id_pattern: None,
            unknown_tags: TaggedFields::default(),
        }
    }
}

impl Message for ListTransactionsRequest {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ListTransactionsRequest::MIN..=ListTransactionsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ListTransactionsRequest", version });
        }
        w.nullable_list(true, Some(&self.state_filters), "state_filters", |w, item| {
            w.string(true, item, "state_filters")
        })?;
        w.nullable_list(true, Some(&self.producer_id_filters), "producer_id_filters", |w, item| {
            w.i64(*item);
            Ok(())
        })?;
        if version >= 1 {
            w.i64(self.duration_filter);
        } else if self.duration_filter != -1 {
            return Err(EncodeError::Unsupported { field: "duration_filter", version });
        }
        if version >= 2 {
            w.nullable_string(true, self.transactional_id_pattern.as_deref(), "transactional_id_pattern")?;
        } else if self.transactional_id_pattern.is_some() {
            return Err(EncodeError::Unsupported { field: "transactional_id_pattern", version });
        }
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ListTransactionsRequest::MIN..=ListTransactionsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            state_filters: r.list(true, 1, "state_filters", |r| r.string(true, "state_filters"))?,
            producer_id_filters: r.list(true, 8, "producer_id_filters", |r| r.i64("producer_id_filters"))?,
            duration_filter: if version >= 1 { r.i64("duration_filter")? } else { -1 },
            transactional_id_pattern: if version >= 2 {
                r.nullable_string(true, "transactional_id_pattern")?
            } else {
                None
            },
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// `ListTransactionsResponse`, versions 0-2.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListTransactionsResponse {
    /// Field `throttle_time_ms`, versions 0+.
    pub throttle_time_ms: i32,
    /// Field `error_code`, versions 0+.
    pub error_code: ErrorCode,
    /// Field `unknown_state_filters`, versions 0+.
    pub unknown_state_filters: Vec<String>,
    /// Field `transaction_states`, versions 0+.
    pub transaction_states: Vec<ListedTransactionState>,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListTransactionsResponse {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        if !(ListTransactionsRequest::MIN..=ListTransactionsRequest::MAX).contains(&version) {
            return Err(EncodeError::Version { message: "ListTransactionsResponse", version });
        }
        w.i32(self.throttle_time_ms);
        w.error_code(self.error_code);
        w.nullable_list(true, Some(&self.unknown_state_filters), "unknown_state_filters", |w, item| {
            w.string(true, item, "unknown_state_filters")
        })?;
        w.structs(true, &self.transaction_states, version, "transaction_states")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, version: i16) -> Result<Self, DecodeError> {
        if !(ListTransactionsRequest::MIN..=ListTransactionsRequest::MAX).contains(&version) {
            return Err(r.version(version));
        }
        Ok(Self {
            throttle_time_ms: r.i32("throttle_time_ms")?,
            error_code: r.error_code("error_code")?,
            unknown_state_filters: r
                .list(true, 1, "unknown_state_filters", |r| r.string(true, "unknown_state_filters"))?,
            transaction_states: r.structs(true, 11, version, "transaction_states")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

/// Structure `ListedTransactionState` of ListTransactions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListedTransactionState {
    /// Field `transactional_id`, versions 0+.
    pub transactional_id: String,
    /// Field `producer_id`, versions 0+.
    pub producer_id: i64,
    /// Field `transaction_state`, versions 0+.
    pub transaction_state: String,
    /// Tagged fields that the schema does not know.
    pub unknown_tags: TaggedFields,
}

impl Message for ListedTransactionState {
    fn encode(&self, version: i16, w: &mut Writer) -> Result<(), EncodeError> {
        w.string(true, &self.transactional_id, "transactional_id")?;
        w.i64(self.producer_id);
        w.string(true, &self.transaction_state, "transaction_state")?;
        self.unknown_tags.encode(true, version, w)
    }

    fn decode(r: &mut Reader<'_>, _version: i16) -> Result<Self, DecodeError> {
        Ok(Self {
            transactional_id: r.string(true, "transactional_id")?,
            producer_id: r.i64("producer_id")?,
            transaction_state: r.string(true, "transaction_state")?,
            unknown_tags: TaggedFields::decode(true, r)?,
        })
    }
}

impl Request for ListTransactionsRequest {
    type Response = ListTransactionsResponse;
    const KEY: ApiKey = ApiKey::ListTransactions;
    const MIN: i16 = 0;
    const MAX: i16 = 2;
    const FLEXIBLE_FROM: Option<i16> = Some(0);
}
