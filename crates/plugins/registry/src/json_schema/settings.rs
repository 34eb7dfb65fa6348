//! Settings of the mapping between Connect and JSON Schema.

use kconnect_api::settings::{boolean, int, string};
use kconnect_api::{ConfigDef, ConfigError, Importance, Reader, Settings, Validator};

/// What the mapping depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(super) additional_properties: bool,
    pub(super) optional_for_nonrequired: bool,
    pub(super) ignore_modern_dialects: bool,
    pub(super) decimal_as_number: bool,
    pub(super) flatten_singleton_unions: bool,
    pub(super) generalized_sum_types: bool,
    pub(super) ignore_default_for_nullables: bool,
    pub(super) indent: bool,
    pub(super) fail_invalid: bool,
}

/// The settings as they are given.
#[derive(Debug)]
pub(crate) struct Config {
    rules: Rules,
    preserve_additional_properties: bool,
}

impl Config {
    /// The rules, or why they cannot be followed.
    pub(super) fn rules(self) -> Result<Rules, ConfigError> {
        if self.preserve_additional_properties {
            return Err(ConfigError::invalid(
                "preserve.additional.properties",
                "true",
                "values of undeclared properties need the Variant type, which this worker does not have",
            ));
        }
        Ok(self.rules)
    }
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let mapping = mapping(def);
        let text = text(def);
        let preserve_additional_properties = flag(
            def,
            "preserve.additional.properties",
            Importance::Medium,
            "Keep undeclared properties of objects. Only false is possible: their values need the Variant type, which \
             this worker does not have.",
        );
        Box::new(move |values| {
            let mut rules = mapping(values);
            text(values, &mut rules);
            let preserve_additional_properties = values.get(&preserve_additional_properties);
            Self { rules, preserve_additional_properties }
        })
    }
}

fn flag(def: &mut ConfigDef, key: &str, importance: Importance, doc: &str) -> kconnect_api::Setting<bool> {
    def.field(key, boolean()).importance(importance).doc(doc).default(false)
}

/// How schemas become others.
fn mapping(def: &mut ConfigDef) -> impl Fn(&kconnect_api::ParsedValues) -> Rules + Send + Sync + 'static {
    let generalized = flag(
        def,
        "generalized.sum.type.support",
        Importance::Medium,
        "Name enumerations and unions in a way that all schema formats share.",
    );
    let ignore_default = flag(
        def,
        "ignore.default.for.nullables",
        Importance::Medium,
        "Write null as null, even where the schema has a default.",
    );
    let _cache = def
        .field("schemas.cache.config", int(..))
        .importance(Importance::Low)
        .doc("Most schemas remembered by this converter. Has no effect: the converter's own limit counts.")
        .default(1000);
    let additional = def
        .field("object.additional.properties", boolean())
        .importance(Importance::Medium)
        .doc("Whether objects of registered schemas may have properties that are not declared.")
        .default(true);
    let nonrequired = flag(
        def,
        "use.optional.for.nonrequired",
        Importance::Medium,
        "Make properties that a JSON schema does not require optional fields.",
    );
    let modern = flag(
        def,
        "ignore.modern.dialects",
        Importance::Low,
        "Read schemas of dialects after draft 7 as if they were of draft 7.",
    );
    let flatten = def
        .field("flatten.singleton.unions", boolean())
        .importance(Importance::Low)
        .doc("Treat a union of one member as that member.")
        .default(true);
    let decimal = def
        .field("decimal.format", string())
        .importance(Importance::Low)
        .doc("How decimals are written: BASE64 for their exact bytes, NUMERIC for a JSON number.")
        .validator(Validator::one_of_ignoring_case(["BASE64", "NUMERIC"]))
        .default("BASE64");
    move |values| Rules {
        additional_properties: values.get(&additional),
        optional_for_nonrequired: values.get(&nonrequired),
        ignore_modern_dialects: values.get(&modern),
        decimal_as_number: values.get(&decimal).eq_ignore_ascii_case("numeric"),
        flatten_singleton_unions: values.get(&flatten),
        generalized_sum_types: values.get(&generalized),
        ignore_default_for_nullables: values.get(&ignore_default),
        indent: false,
        fail_invalid: false,
    }
}

/// How payloads are written; whether they are to be checked.
fn text(def: &mut ConfigDef) -> impl Fn(&kconnect_api::ParsedValues, &mut Rules) + Send + Sync + 'static {
    let fail_invalid = flag(
        def,
        "json.fail.invalid.schema",
        Importance::Medium,
        "Fail when a payload does not satisfy its JSON schema: lengths, patterns, ranges and all else it demands.",
    );
    let indent = flag(def, "json.indent.output", Importance::Low, "Write JSON over several lines.");
    let _dates = flag(
        def,
        "json.write.dates.iso8601",
        Importance::Medium,
        "Has no effect in a converter, neither here nor upstream: dates of Connect are written as numbers.",
    );
    let _nullables = def
        .field("json.oneof.for.nullables", boolean())
        .importance(Importance::Medium)
        .doc("Has no effect in a converter, neither here nor upstream: optional fields always become oneOf.")
        .default(true);
    move |values, rules| {
        rules.indent = values.get(&indent);
        rules.fail_invalid = values.get(&fail_invalid);
    }
}
