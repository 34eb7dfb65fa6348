//! What keeps a record from growing without end.
//!
//! Most transforms add no more than their settings are long. Those that repeat a setting, or a part of the record, for
//! every field, take it from the record's [`Room`](kconnect_api::Room) first; names of topics have a bound of their own,
//! since each router of a chain may double them.

use kconnect_api::Exception;

/// Longest topic name that a router makes, in bytes: what a text of Kafka's protocol holds. Brokers take 249.
pub(crate) const TOPIC_MAX: usize = i16::MAX as usize;

/// What a field costs beside its name and value.
pub(crate) const FIELD: usize = 32;

/// The complaint about a longer one, made of the topic `from`.
#[cold]
pub(crate) fn topic_too_long(router: &str, from: &str) -> Exception {
    const SHOWN: usize = 249;
    let (shown, rest) = match from.char_indices().nth(SHOWN) {
        Some((at, _)) => (&from[..at], "…"),
        None => (from, ""),
    };
    Exception::data(format!(
        "{router} would make a topic name of more than {TOPIC_MAX} bytes of the topic '{shown}{rest}'"
    ))
}
