//! Names that the mapping between Connect and Avro gives a meaning, and how names are made fit for Avro.

use kconnect_api::{Schema, Type};

use super::schema::{Kind, Node};
use super::settings::AvroSettings;

pub(crate) const NAMESPACE: &str = "io.confluent.connect.avro";
pub(crate) const DEFAULT_NAME: &str = "ConnectDefault";
pub(crate) const DEFAULT_FULL_NAME: &str = "io.confluent.connect.avro.ConnectDefault";
pub(crate) const MAP_ENTRY: &str = "MapEntry";
pub(crate) const UNION: &str = "io.confluent.connect.avro.Union";
pub(crate) const ENUM: &str = "io.confluent.connect.avro.Enum";
pub(crate) const GENERALIZED_UNION: &str = "org.apache.kafka.connect.data.Union";
pub(crate) const GENERALIZED_ENUM: &str = "org.apache.kafka.connect.data.Enum";
pub(crate) const RECORD_DOC: &str = "io.confluent.connect.avro.record.doc";
pub(crate) const ENUM_DOC: &str = "io.confluent.connect.avro.enum.doc.";
pub(crate) const ENUM_DEFAULT: &str = "io.confluent.connect.avro.enum.default.";
pub(crate) const FIELD_DOC: &str = "io.confluent.connect.avro.field.doc.";
pub(crate) const FIELD_DEFAULT: &str = "io.confluent.connect.avro.field.default";
pub(crate) const FIXED_SIZE: &str = "connect.fixed.size";
pub(crate) const PRECISION: &str = "connect.decimal.precision";
/// The precision that stands for "not said".
pub(crate) const DEFAULT_PRECISION: i32 = 64;

/// Properties of Avro schemas that hold what Avro has no place for.
pub(crate) mod prop {
    pub(crate) const NAME: &str = "connect.name";
    pub(crate) const DOC: &str = "connect.doc";
    pub(crate) const RECORD_DOC: &str = "connect.record.doc";
    pub(crate) const ENUM_DOC: &str = "connect.enum.doc";
    pub(crate) const VERSION: &str = "connect.version";
    pub(crate) const DEFAULT: &str = "connect.default";
    pub(crate) const PARAMETERS: &str = "connect.parameters";
    pub(crate) const TYPE: &str = "connect.type";
    pub(crate) const INTERNAL_TYPE: &str = "connect.internal.type";
    pub(crate) const LOGICAL_TYPE: &str = "logicalType";
    pub(crate) const SCALE: &str = "scale";
    pub(crate) const PRECISION: &str = "precision";
}

/// Whether a Connect schema stands for an Avro union: a struct with a field for each member.
pub(crate) fn is_union(schema: &Schema) -> bool {
    schema.name() == Some(UNION) || schema.parameter(GENERALIZED_UNION).is_some()
}

/// Whether a Connect schema stands for an Avro enum.
pub(crate) fn is_enum(schema: &Schema) -> bool {
    schema.kind() == Type::String
        && (schema.parameter(GENERALIZED_ENUM).is_some() || schema.parameter(ENUM).is_some())
}

/// The size of the Avro fixed that a Connect schema stands for.
pub(crate) fn fixed_size(schema: &Schema) -> Option<usize> {
    let fits = schema.kind() == Type::Bytes && schema.name().is_some();
    schema.parameter(FIXED_SIZE).filter(|_| fits)?.parse().ok()
}

/// Whether a record stands for the entries of a map whose keys are no texts.
pub(crate) fn is_map_entry(node: &Node) -> bool {
    let named = node
        .name
        .as_ref()
        .is_some_and(|name| name.name == MAP_ENTRY && name.namespace.as_deref() == Some(NAMESPACE));
    matches!(node.kind, Kind::Record(_)) && (named || node.text_prop(prop::INTERNAL_TYPE) == Some(MAP_ENTRY))
}

impl AvroSettings {
    /// Whether a Connect map becomes an Avro map.
    pub(crate) fn is_plain_map(&self, schema: &Schema) -> bool {
        schema.key_schema().is_some_and(|key| {
            key.kind() == Type::String && (!key.is_optional() || self.allow_optional_map_keys)
        })
    }

    /// A name as Avro gets it.
    pub(crate) fn scrub(&self, name: &str) -> String {
        if self.scrub_invalid_names { scrub(name) } else { name.to_owned() }
    }

    /// Namespace and name, each part scrubbed.
    pub(crate) fn split(&self, full: &str) -> (Option<String>, String) {
        // As Java's split, which drops empty parts at the end.
        let mut parts: Vec<&str> = full.split('.').collect();
        while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
        let mut parts: Vec<String> = parts.into_iter().map(|part| self.scrub(part)).collect();
        let name = parts.pop().unwrap_or_default();
        ((!parts.is_empty()).then(|| parts.join(".")), name)
    }

    /// A full name, each part scrubbed.
    pub(crate) fn scrub_full(&self, full: &str) -> String {
        if !self.scrub_invalid_names {
            return full.to_owned();
        }
        match self.split(full) {
            (Some(namespace), name) => format!("{namespace}.{name}"),
            (None, name) => name,
        }
    }

    /// The name of the field that holds a member of a union.
    pub(crate) fn member_of_node(&self, node: &Node, index: usize) -> String {
        match &node.name {
            _ if self.generalized_sum_types => format!("connect_union_field_{index}"),
            Some(name) if self.enhanced => name.full(),
            Some(name) => self.split(&name.name).1,
            None => node.kind.word().to_owned(),
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn scrub(name: &str) -> String {
    if name.is_empty() || name.bytes().all(is_word) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        return name.to_owned();
    }
    // Java's form encoding keeps a few signs and writes a space as one sign; all of those become underscores.
    let mut out = String::with_capacity(name.len() + 1);
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        out.push('x');
    }
    for byte in name.bytes() {
        match byte {
            byte if is_word(byte) => out.push(char::from(byte)),
            b'.' | b'-' | b'*' | b' ' => out.push('_'),
            byte => out.push_str(&format!("_{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scrubbed_names() {
        for (name, scrubbed) in [
            ("plain_1", "plain_1"),
            ("na-me", "na_me"),
            ("fi eld", "fi_eld"),
            ("1bad", "x1bad"),
            ("a$b", "a_24b"),
            ("é", "_C3_A9"),
            ("", ""),
        ] {
            assert_eq!(scrub(name), scrubbed, "{name}");
        }
    }
}
