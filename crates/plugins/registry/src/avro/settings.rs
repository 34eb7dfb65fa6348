//! Settings of the mapping between Connect and Avro, under upstream's names.

use kconnect_api::settings::{boolean, int};
use kconnect_api::{ConfigDef, Importance, Reader, Setting, Settings};

/// How schemas and values are mapped.
#[derive(Clone, Debug)]
pub(crate) struct AvroSettings {
    pub(crate) generalized_sum_types: bool,
    pub(crate) ignore_default_for_nullables: bool,
    pub(crate) enhanced: bool,
    pub(crate) scrub_invalid_names: bool,
    pub(crate) connect_meta_data: bool,
    pub(crate) discard_type_doc_default: bool,
    pub(crate) allow_optional_map_keys: bool,
    pub(crate) flatten_singleton_unions: bool,
}

impl Settings for AvroSettings {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let generalized = flag(
            def,
            "generalized.sum.type.support",
            Importance::Medium,
            "Map enums and unions in the way that all formats share.",
            false,
        );
        let ignore_default = flag(
            def,
            "ignore.default.for.nullables",
            Importance::Medium,
            "Write null where a field is null, even if its schema has a default.",
            false,
        );
        let cache_size = def
            .field("schemas.cache.config", int(..))
            .importance(Importance::Low)
            .doc("Accepted for compatibility; max.schemas.per.subject bounds the schemas remembered.")
            .default(1000);
        let enhanced = flag(
            def,
            "enhanced.avro.schema.support",
            Importance::Medium,
            "Keep the symbols of enums and the namespaces of a union's members.",
            false,
        );
        let scrub = flag(
            def,
            "scrub.invalid.names",
            Importance::Medium,
            "Replace characters of names that Avro does not allow.",
            false,
        );
        let meta = flag(
            def,
            "connect.meta.data",
            Importance::Low,
            "Put what Connect knows of a schema (name, version, parameters) into the Avro schema.",
            true,
        );
        let discard = flag(
            def,
            "discard.type.doc.default",
            Importance::Low,
            "Keep only the documentation and defaults of fields, not those of types.",
            false,
        );
        let optional_keys = flag(
            def,
            "allow.optional.map.keys",
            Importance::Low,
            "Map maps with optional text keys to Avro maps.",
            false,
        );
        let flatten = flag(
            def,
            "flatten.singleton.unions",
            Importance::Low,
            "Read a union of one member as that member.",
            true,
        );
        Box::new(move |values| {
            let _accepted: i32 = values.get(&cache_size);
            Self {
                generalized_sum_types: values.get(&generalized),
                ignore_default_for_nullables: values.get(&ignore_default),
                enhanced: values.get(&enhanced),
                scrub_invalid_names: values.get(&scrub),
                connect_meta_data: values.get(&meta),
                discard_type_doc_default: values.get(&discard),
                allow_optional_map_keys: values.get(&optional_keys),
                flatten_singleton_unions: values.get(&flatten),
            }
        })
    }
}

fn flag(def: &mut ConfigDef, name: &str, importance: Importance, doc: &str, default: bool) -> Setting<bool> {
    def.field(name, boolean()).importance(importance).doc(doc).default(default)
}
