//! Transforms and predicates of Apache Kafka under upstream's class names: one module a class.
//!
//! A transform changes one record; which transforms run, in which order and under which predicate is the runtime's
//! business. Classes that work on keys or values come as `…$Key` and `…$Value`.
#![forbid(unsafe_code)]

mod class;
mod filter;
mod has_header_key;
mod hoist_field;
mod insert_field;
mod record_is_tombstone;
mod regex_router;
#[cfg(test)]
mod tests;
mod topic_name_matches;

use std::sync::Arc;

use kconnect_api::{PredicatePlugin, TransformPlugin};

/// All transforms of this crate.
#[must_use]
pub fn transforms() -> Vec<Arc<dyn TransformPlugin>> {
    vec![
        class::transform::<filter::Filter>(),
        class::transform::<hoist_field::HoistField<true>>(),
        class::transform::<hoist_field::HoistField<false>>(),
        class::transform::<insert_field::InsertField<true>>(),
        class::transform::<insert_field::InsertField<false>>(),
        class::transform::<regex_router::RegexRouter>(),
    ]
}

/// All predicates of this crate.
#[must_use]
pub fn predicates() -> Vec<Arc<dyn PredicatePlugin>> {
    vec![
        class::predicate::<has_header_key::HasHeaderKey>(),
        class::predicate::<record_is_tombstone::RecordIsTombstone>(),
        class::predicate::<topic_name_matches::TopicNameMatches>(),
    ]
}
