//! The `.proto` files that every registry client knows: they need not be registered, nor fetched.
//!
//! The texts under `known/` state messages, fields and numbers in the registry's canonical form, so that they can be
//! registered as they are when `skip.known.types` is off. `testdata/protobuf/known.py` prints those of Google.

/// The wrapper messages' file, which is also the schema of a root value that is no struct.
pub(super) const WRAPPERS: &str = "google/protobuf/wrappers.proto";
pub(super) const TIMESTAMP: &str = "google/protobuf/timestamp.proto";
pub(super) const DATE: &str = "google/type/date.proto";
pub(super) const TIME: &str = "google/type/timeofday.proto";
pub(super) const DECIMAL: &str = "confluent/type/decimal.proto";

macro_rules! known {
    ($($name:literal)*) => {
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("known/", $name)))),*];
    };
}

known! {
    "confluent/meta.proto"
    "confluent/type/decimal.proto"
    "confluent/type/variant.proto"
    "google/protobuf/any.proto"
    "google/protobuf/api.proto"
    "google/protobuf/descriptor.proto"
    "google/protobuf/duration.proto"
    "google/protobuf/empty.proto"
    "google/protobuf/field_mask.proto"
    "google/protobuf/source_context.proto"
    "google/protobuf/struct.proto"
    "google/protobuf/timestamp.proto"
    "google/protobuf/type.proto"
    "google/protobuf/wrappers.proto"
    "google/type/calendar_period.proto"
    "google/type/color.proto"
    "google/type/date.proto"
    "google/type/datetime.proto"
    "google/type/dayofweek.proto"
    "google/type/decimal.proto"
    "google/type/expr.proto"
    "google/type/fraction.proto"
    "google/type/interval.proto"
    "google/type/latlng.proto"
    "google/type/money.proto"
    "google/type/month.proto"
    "google/type/phone_number.proto"
    "google/type/postal_address.proto"
    "google/type/quaternion.proto"
    "google/type/timeofday.proto"
}

/// The text of a well-known file.
pub(super) fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::super::link::Pool;
    use super::*;

    #[test]
    fn every_known_file_parses_and_links_with_the_others() {
        for (name, text) in FILES {
            Pool::of_text(name, text, &[]).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        assert_eq!(text("google/protobuf/unknown.proto"), None);
    }
}
