//! Words that upstream puts into JSON schemas and Connect schemas to find its way back.

use kconnect_api::Schema;

/// Keywords of JSON schemas that carry what JSON Schema has no word for.
pub(super) const TYPE: &str = "connect.type";
pub(super) const VERSION: &str = "connect.version";
pub(super) const PARAMETERS: &str = "connect.parameters";
pub(super) const INDEX: &str = "connect.index";

/// Parameters whose key starts so are not written into JSON schemas.
pub(super) const NAMESPACE: &str = "io.confluent.connect.json";
/// Parameter: the `id` under which other parts of the schema refer to this one.
pub(super) const ID: &str = "io.confluent.connect.json.Id";
/// Parameter: a STRING with a list of allowed texts, each a parameter `….<text>`.
const ENUM: &str = "io.confluent.connect.json.Enum";
const GENERALIZED_ENUM: &str = "org.apache.kafka.connect.data.Enum";
/// The allowed "text" that stands for null.
pub(super) const NULL_MARKER: &str = "<NULL>";
/// Name of a STRUCT of which one field is set: the alternative that a value belongs to.
pub(super) const ONE_OF: &str = "io.confluent.connect.json.OneOf";
/// Parameter of such a STRUCT when it is to be understood by other formats too.
pub(super) const GENERALIZED_UNION: &str = "org.apache.kafka.connect.data.Union";
/// Name of a STRUCT that holds a value of any kind in a binary form of its own.
pub(super) const VARIANT: &str = "org.apache.kafka.connect.data.Variant";

/// The parameter that marks enumerations.
pub(super) fn enum_parameter(generalized: bool) -> &'static str {
    if generalized { GENERALIZED_ENUM } else { ENUM }
}

/// Whether `schema` is marked as an enumeration, in either way.
pub(super) fn is_enum(schema: &Schema) -> bool {
    schema.parameter(GENERALIZED_ENUM).is_some() || schema.parameter(ENUM).is_some()
}

/// Whether values of the STRUCT `schema` stand for the one field that is set.
pub(super) fn is_union(schema: &Schema) -> bool {
    schema.name() == Some(ONE_OF) || schema.parameter(GENERALIZED_UNION).is_some()
}

/// Whether `schema` is a [`VARIANT`].
pub(super) fn is_variant(schema: &Schema) -> bool {
    schema.name() == Some(VARIANT)
}
