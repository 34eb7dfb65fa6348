//! Settings of each class: upstream's names, types, defaults, importance and order, and its words for wrong ones.

use kconnect_api::{ConfigDefault, ConfigKey};

use super::props;

fn describe(key: &ConfigKey) -> String {
    let default = match &key.default {
        ConfigDefault::Required => "required".to_owned(),
        ConfigDefault::Null => "null".to_owned(),
        ConfigDefault::Text(text) => format!("'{text}'"),
    };
    format!("{} {} {default} {}", key.name, key.kind.name(), key.importance.name())
}

#[test]
fn settings_are_those_of_upstream() {
    const REPLACE: &str = "replace.null.with.default BOOLEAN 'true' MEDIUM";
    let plugins = crate::transforms();
    for (class, expected) in [
        ("Cast", &["spec LIST required HIGH", REPLACE][..]),
        ("DropHeaders", &["headers LIST required HIGH"]),
        ("ExtractField", &["field STRING required MEDIUM", REPLACE, "field.syntax.version STRING 'V1' HIGH"]),
        ("Filter", &[]),
        ("Flatten", &["delimiter STRING '.' MEDIUM"]),
        (
            "HeaderFrom",
            &[
                "fields LIST required HIGH",
                "headers LIST required HIGH",
                "operation STRING required HIGH",
                REPLACE,
            ],
        ),
        ("HoistField", &["field STRING required MEDIUM"]),
        (
            "InsertField",
            &[
                "topic.field STRING null MEDIUM",
                "partition.field STRING null MEDIUM",
                "offset.field STRING null MEDIUM",
                "timestamp.field STRING null MEDIUM",
                "static.field STRING null MEDIUM",
                "static.value STRING null MEDIUM",
                REPLACE,
            ],
        ),
        ("InsertHeader", &["header STRING required HIGH", "value.literal STRING required HIGH"]),
        ("MaskField", &["fields LIST required HIGH", "replacement STRING null LOW", REPLACE]),
        ("RegexRouter", &["regex STRING required HIGH", "replacement STRING required HIGH"]),
        (
            "ReplaceField",
            &["exclude LIST '' MEDIUM", "include LIST '' MEDIUM", "renames LIST '' MEDIUM", REPLACE],
        ),
        ("SetSchemaMetadata", &["schema.name STRING null HIGH", "schema.version INT null HIGH", REPLACE]),
        (
            "TimestampConverter",
            &[
                "field STRING '' HIGH",
                "target.type STRING required HIGH",
                "format STRING '' MEDIUM",
                "unix.precision STRING 'milliseconds' LOW",
                REPLACE,
            ],
        ),
        (
            "TimestampRouter",
            &["topic.format STRING '${topic}-${timestamp}' HIGH", "timestamp.format STRING 'yyyyMMdd' HIGH"],
        ),
        ("ValueToKey", &["fields LIST required HIGH", REPLACE]),
    ] {
        let mut found = 0;
        for plugin in &plugins {
            let info = plugin.info();
            let name = info.class.rsplit('.').next().unwrap_or_default();
            if name.split('$').next() != Some(class) {
                continue;
            }
            found += 1;
            let def = plugin.config_def();
            let keys: Vec<String> = def.keys().iter().map(describe).collect();
            assert_eq!(keys, expected, "{name}");
            assert!(def.keys().iter().all(|key| key.doc.ends_with('.')), "{name}");
        }
        assert!(found > 0, "{class}");
    }
    let classes: std::collections::HashSet<String> =
        plugins.iter().map(|plugin| plugin.info().class.into_owned()).collect();
    assert_eq!((plugins.len(), classes.len()), (26, 26));
}

/// What validation says (as the answer of REST shows it) and what configuring says.
fn refusals(class: &str, settings: &[(&str, &str)]) -> (Vec<String>, Option<String>) {
    let plugins = crate::transforms();
    let name = format!("org.apache.kafka.connect.transforms.{class}");
    let plugin = plugins.iter().find(|plugin| plugin.info().class == name).expect("known class");
    let props = props(settings);
    let validated = plugin.config_def().validate(&props).into_iter().flat_map(|value| value.errors).collect();
    (validated, plugin.configure(&props).err().map(|error| error.message))
}

#[test]
fn wrong_settings_are_refused_in_upstream_s_words() {
    const WHOLE: &str = "Cast transformations that specify a type to cast the entire value to may only specify a single \
                         cast in their spec";
    const NO_FOO: &str = "Invalid value java.lang.IllegalArgumentException: No enum constant \
                          org.apache.kafka.connect.data.Schema.Type.FOO for configuration Invalid type found in casting \
                          spec: foo";
    const NO_A: &str = "Invalid value java.lang.IllegalArgumentException: No enum constant \
                        org.apache.kafka.connect.data.Schema.Type.A for configuration Invalid type found in casting spec: \
                        a";
    const NO_BYTES: &str = "Cast transformation does not support casting to BYTES; supported types are [INT8, INT16, \
                            INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING]";
    let cast = "Cast$Value";
    // Validation and configuring say the same.
    for (class, settings, message) in [
        (cast, &[("spec", "")][..], "Must specify at least one field to cast."),
        (cast, &[("spec", "int8,int16")], WHOLE),
        (cast, &[("spec", "a:int8,int16")], WHOLE),
        (cast, &[("spec", "int16,a:int8")], WHOLE),
        (cast, &[("spec", "a:bytes")], NO_BYTES),
        (cast, &[("spec", "foo")], NO_FOO),
        (cast, &[("spec", "a:foo")], NO_FOO),
        (cast, &[("spec", "a:")], NO_A),
        (
            cast,
            &[("spec", "a:int8,b:foo:bar")],
            "Invalid value [a:int8, b:foo:bar] for configuration renames: Invalid rename mapping: b:foo:bar",
        ),
        (
            "DropHeaders",
            &[("headers", "")],
            "Configuration 'headers' must not be empty. Valid values include: any non-empty value",
        ),
        ("MaskField$Value", &[("fields", "a,")], "Configuration 'fields' values must not be empty."),
        (
            "HeaderFrom$Value",
            &[("fields", ""), ("headers", "a"), ("operation", "move")],
            "Invalid value [] for configuration fields: Empty list",
        ),
        (
            "HeaderFrom$Value",
            &[("fields", "a"), ("headers", "a"), ("operation", "MOVE")],
            "Invalid value MOVE for configuration operation: String must be one of: move, copy",
        ),
        (
            "MaskField$Value",
            &[("fields", "a"), ("replacement", " ")],
            "Invalid value  for configuration replacement: String must be non-empty",
        ),
        (
            "ReplaceField$Value",
            &[("renames", "a:b,c")],
            "Invalid value [a:b, c] for configuration renames: Invalid rename mapping: c",
        ),
        (
            "ReplaceField$Value",
            &[("renames", "a:")],
            "Invalid value [a:] for configuration renames: Invalid rename mapping: a:",
        ),
        (
            "SetSchemaMetadata$Value",
            &[("schema.version", "x")],
            "Invalid value x for configuration schema.version: Not a number of type INT",
        ),
        (
            "TimestampConverter$Value",
            &[("target.type", "date")],
            "Invalid value date for configuration target.type: String must be one of: string, unix, Date, Time, Timestamp",
        ),
        (
            "TimestampConverter$Value",
            &[("target.type", "unix"), ("unix.precision", "x")],
            "Invalid value x for configuration unix.precision: String must be one of: nanoseconds, microseconds, \
             milliseconds, seconds",
        ),
    ] {
        let (validated, configured) = refusals(class, settings);
        assert_eq!(validated, [message], "{class} {settings:?}");
        assert_eq!(configured.as_deref(), Some(message), "{class} {settings:?}");
    }
}

#[test]
fn some_settings_are_refused_only_at_the_start_and_some_only_by_validation() {
    for (class, settings, message) in [
        (
            "HeaderFrom$Value",
            &[("fields", "a"), ("headers", "a,b"), ("operation", "move")][..],
            "'fields' config must have the same number of elements as 'headers' config.",
        ),
        ("SetSchemaMetadata$Value", &[], "Neither schema name nor version configured"),
        (
            "TimestampConverter$Value",
            &[("target.type", "string")],
            "TimestampConverter requires format option to be specified when using string timestamps",
        ),
        (
            "TimestampConverter$Value",
            &[("target.type", "unix"), ("format", "bad-format")],
            "Invalid value java.lang.IllegalArgumentException: Illegal pattern character 'b' for configuration \
             TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: bad-format",
        ),
        (
            "ExtractField$Value",
            &[("field", "a.`b"), ("field.syntax.version", "V2")],
            "Incomplete backtick pair in path: [a.`b], consider adding a backslash before backtick at position 2 to \
             escape it",
        ),
    ] {
        let (validated, configured) = refusals(class, settings);
        assert_eq!((validated, configured.as_deref()), (Vec::new(), Some(message)), "{class} {settings:?}");
    }
    // Lists with repeated items start with the rest.
    for (class, key) in [
        ("DropHeaders", "headers"),
        ("MaskField$Value", "fields"),
        ("ValueToKey", "fields"),
        ("ReplaceField$Value", "include"),
        ("ReplaceField$Value", "exclude"),
    ] {
        let expected = vec![format!("Configuration '{key}' values must not be duplicated.")];
        assert_eq!(refusals(class, &[(key, "a, a")]), (expected.clone(), None), "{class}");
        let empty = format!("Configuration '{key}' values must not be empty.");
        assert_eq!(refusals(class, &[(key, ",")]), (expected, Some(empty)), "{class}");
    }
}

#[test]
fn what_is_missing_is_said_by_each_check() {
    const NULL_REGEX: &str = "Invalid value null for configuration regex: Invalid regex: Cannot invoke \
                              \"String.isEmpty()\" because \"this.pattern\" is null";
    for (class, key, second) in [
        ("Cast$Value", "spec", "Must specify at least one field to cast."),
        ("DropHeaders", "headers", "Configuration 'headers' values must not be null."),
        ("ValueToKey", "fields", "Configuration 'fields' values must not be null."),
        ("RegexRouter", "regex", NULL_REGEX),
        ("InsertHeader", "header", "Invalid value null for configuration header: entry must be non null"),
        (
            "TimestampConverter$Value",
            "target.type",
            "Invalid value null for configuration target.type: String must be one of: string, unix, Date, Time, Timestamp",
        ),
    ] {
        let missing = format!("Missing required configuration \"{key}\" which has no default value.");
        let (validated, configured) = refusals(class, &[]);
        assert_eq!(validated[..2], [missing.clone(), second.to_owned()], "{class}");
        assert_eq!(configured, Some(missing), "{class}");
    }
    // Upstream's HeaderFrom too is asked for its fields first.
    let (_, configured) = refusals("HeaderFrom$Value", &[]);
    assert_eq!(
        configured.as_deref(),
        Some("Missing required configuration \"fields\" which has no default value.")
    );
}
