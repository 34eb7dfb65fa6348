//! The settings of ProtobufConverter beside those that all registry converters share.

use kconnect_api::settings::{Setting, boolean, class, int};
use kconnect_api::{ConfigDef, Importance, Reader, Settings};

/// How schemas and values are mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    /// Full names instead of simple ones.
    pub(super) enhanced: bool,
    pub(super) scrub: bool,
    pub(super) int_for_enums: bool,
    /// Only fields with the word `optional` are optional in Connect, and the other way round.
    pub(super) optional_for_nullables: bool,
    pub(super) optional_for_proto2: bool,
    /// Only wrapper messages are optional scalars in Connect, and the other way round.
    pub(super) wrapper_for_nullables: bool,
    pub(super) wrapper_for_raw_primitives: bool,
    pub(super) struct_for_nulls: bool,
    pub(super) index_for_unions: bool,
    pub(super) flatten_unions: bool,
    /// Enums and unions by the parameters that all formats share.
    pub(super) generalized: bool,
    pub(super) ignore_default: bool,
    pub(super) skip_known_types: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            enhanced: false,
            scrub: false,
            int_for_enums: false,
            optional_for_nullables: false,
            optional_for_proto2: true,
            wrapper_for_nullables: false,
            wrapper_for_raw_primitives: true,
            struct_for_nulls: false,
            index_for_unions: true,
            flatten_unions: false,
            generalized: false,
            ignore_default: false,
            skip_known_types: true,
        }
    }
}

const STRATEGIES: &str = "io.confluent.kafka.serializers.subject";

/// The declared settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProtobufSettings {
    pub(super) rules: Rules,
}

fn flag(def: &mut ConfigDef, key: &str, default: bool, importance: Importance, doc: &str) -> Setting<bool> {
    def.field(key, boolean()).importance(importance).doc(doc).default(default)
}

impl Settings for ProtobufSettings {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        use Importance::{Low, Medium};
        let base = Rules::default();
        let mut medium = |key, default, doc| flag(def, key, default, Medium, doc);
        let generalized = medium(
            "generalized.sum.type.support",
            base.generalized,
            "Mark enums and unions in the way that all schema formats share.",
        );
        let ignore_default = medium(
            "ignore.default.for.nullables",
            base.ignore_default,
            "Write nothing for a null value, also when its schema has a default.",
        );
        let enhanced = medium(
            "enhanced.protobuf.schema.support",
            base.enhanced,
            "Name schemas by the full name of message or enum, with the package.",
        );
        let scrub = medium(
            "scrub.invalid.names",
            base.scrub,
            "Make identifiers of names that protobuf does not take.",
        );
        let int_for_enums = medium("int.for.enums", base.int_for_enums, "Read enums as numbers.");
        let optional_for_nullables = medium(
            "optional.for.nullables",
            base.optional_for_nullables,
            "Write optional fields with the label optional; read only fields with it as optional.",
        );
        let optional_for_proto2 = medium(
            "optional.for.proto2",
            base.optional_for_proto2,
            "Read an optional field of a proto2 file that was not written as null instead of as its default.",
        );
        let wrapper_for_nullables = medium(
            "wrapper.for.nullables",
            base.wrapper_for_nullables,
            "Write optional values as wrapper messages; read wrapper messages as optional values.",
        );
        let wrapper_for_raw_primitives = medium(
            "wrapper.for.raw.primitives",
            base.wrapper_for_raw_primitives,
            "Read a wrapper message that is the whole record as the value in it.",
        );
        let struct_for_nulls = medium(
            "generate.struct.for.nulls",
            base.struct_for_nulls,
            "Read a message that was not written as a struct of defaults instead of as null.",
        );
        let mut low = |key, default, doc| flag(def, key, default, Low, doc);
        let index_for_unions = low(
            "generate.index.for.unions",
            base.index_for_unions,
            "Add the position of a oneof to the name of the field that it becomes.",
        );
        let flatten_unions = low(
            "flatten.unions",
            base.flatten_unions,
            "Read the members of a oneof as fields instead of as a struct.",
        );
        let skip_known_types = low(
            "skip.known.types",
            base.skip_known_types,
            "Do not register the files of Google and Confluent that a schema imports.",
        );
        let _: Setting<i32> = def
            .field("schemas.cache.config", int(..))
            .importance(Low)
            .doc("Most schemas remembered. Accepted for compatibility: schemas are kept as the converter needs them.")
            .default(1000);
        let _: Setting<bool> = flag(
            def,
            "reference.lookup.only",
            false,
            Medium,
            "Only look up the files that a schema imports. Matters only when skip.known.types is off.",
        );
        let _: Setting<String> = def
            .field("reference.subject.name.strategy", class())
            .importance(Low)
            .doc("How the subject of an imported file is made of its name. Matters only when skip.known.types is off.")
            .default(format!("{STRATEGIES}.DefaultReferenceSubjectNameStrategy"));
        Box::new(move |values| Self {
            rules: Rules {
                enhanced: values.get(&enhanced),
                scrub: values.get(&scrub),
                int_for_enums: values.get(&int_for_enums),
                optional_for_nullables: values.get(&optional_for_nullables),
                optional_for_proto2: values.get(&optional_for_proto2),
                wrapper_for_nullables: values.get(&wrapper_for_nullables),
                wrapper_for_raw_primitives: values.get(&wrapper_for_raw_primitives),
                struct_for_nulls: values.get(&struct_for_nulls),
                index_for_unions: values.get(&index_for_unions),
                flatten_unions: values.get(&flatten_unions),
                generalized: values.get(&generalized),
                ignore_default: values.get(&ignore_default),
                skip_known_types: values.get(&skip_known_types),
            },
        })
    }
}
