//! Transforms and predicates of Apache Kafka under upstream's class names: one module a class.
//!
//! A transform changes one record; which transforms run, in which order and under which predicate is the runtime's
//! business. Classes that work on keys or values come as `…$Key` and `…$Value`.
#![forbid(unsafe_code)]

mod bounds;
mod cast;
mod checks;
mod class;
mod drop_headers;
mod extract_field;
mod field_path;
mod filter;
mod flatten;
mod has_header_key;
mod header_from;
mod hoist_field;
mod insert_field;
mod insert_header;
mod mask_field;
mod plans;
mod record_is_tombstone;
mod regex_router;
mod replace_field;
mod set_schema_metadata;
#[cfg(test)]
mod tests;
mod timestamp_converter;
mod timestamp_router;
mod topic_name_matches;
mod value_to_key;

use std::sync::Arc;

use kconnect_api::{PredicatePlugin, TransformPlugin};

/// All transforms of this crate.
#[must_use]
pub fn transforms() -> Vec<Arc<dyn TransformPlugin>> {
    vec![
        class::transform::<cast::Cast<true>>(),
        class::transform::<cast::Cast<false>>(),
        class::transform::<drop_headers::DropHeaders>(),
        class::transform::<extract_field::ExtractField<true>>(),
        class::transform::<extract_field::ExtractField<false>>(),
        class::transform::<filter::Filter>(),
        class::transform::<flatten::Flatten<true>>(),
        class::transform::<flatten::Flatten<false>>(),
        class::transform::<header_from::HeaderFrom<true>>(),
        class::transform::<header_from::HeaderFrom<false>>(),
        class::transform::<hoist_field::HoistField<true>>(),
        class::transform::<hoist_field::HoistField<false>>(),
        class::transform::<insert_field::InsertField<true>>(),
        class::transform::<insert_field::InsertField<false>>(),
        class::transform::<insert_header::InsertHeader>(),
        class::transform::<mask_field::MaskField<true>>(),
        class::transform::<mask_field::MaskField<false>>(),
        class::transform::<regex_router::RegexRouter>(),
        class::transform::<replace_field::ReplaceField<true>>(),
        class::transform::<replace_field::ReplaceField<false>>(),
        class::transform::<set_schema_metadata::SetSchemaMetadata<true>>(),
        class::transform::<set_schema_metadata::SetSchemaMetadata<false>>(),
        class::transform::<timestamp_converter::TimestampConverter<true>>(),
        class::transform::<timestamp_converter::TimestampConverter<false>>(),
        class::transform::<timestamp_router::TimestampRouter>(),
        class::transform::<value_to_key::ValueToKey>(),
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
