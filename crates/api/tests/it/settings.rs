//! Definitions: parsing, validation, embedding.

use kconnect_api::settings::{boolean, class, double, int, list, long, one_of, password, short, string};
use kconnect_api::{
    ConfigDef, ConfigDefault, ConfigError, ConfigKey, ConfigType, ConfigValue, Importance, ParsedValue,
    Props, Reader, Recommender, Secret, Settings, Validator, Width,
};

fn props(pairs: &[(&str, &str)]) -> Props {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

#[derive(Debug, PartialEq)]
struct All {
    text: String,
    count: i32,
    small: i16,
    large: Option<i64>,
    ratio: f64,
    flag: bool,
    names: Vec<String>,
    secret: Option<Secret>,
    class: Option<String>,
}

impl Settings for All {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let text = def.field("text", string()).importance(Importance::High).required();
        let count = def
            .field("count", int(1..=100))
            .group("Common", 2)
            .width(Width::Short)
            .display("Count")
            .default(5);
        let small = def.field("small", short(..)).default(7i16);
        let large = def.field("large", long(0..)).optional();
        let ratio = def.field("ratio", double(0.0..=1.0)).default(0.5);
        let flag = def.field("flag", boolean()).default(false);
        let names = def.field("names", list()).default_text("a,b");
        let secret = def.field("secret", password()).optional();
        let class = def.field("class", class()).optional();
        Box::new(move |v| Self {
            text: v.get(&text),
            count: v.get(&count),
            small: v.get(&small),
            large: v.get(&large),
            ratio: v.get(&ratio),
            flag: v.get(&flag),
            names: v.get(&names),
            secret: v.get(&secret),
            class: v.get(&class),
        })
    }
}

#[test]
fn values_are_trimmed_typed_and_defaulted() {
    let found = All::parse(&props(&[
        ("text", "  x y "),
        ("count", " 7 "),
        ("large", "+9"),
        ("flag", "TRUE"),
        ("names", " a , b,,c, "),
        ("secret", "s3cret"),
        ("class", "X"),
        ("unknown", "ignored"),
    ]))
    .unwrap();
    let expected = All {
        text: "x y".to_owned(),
        count: 7,
        small: 7,
        large: Some(9),
        ratio: 0.5,
        flag: true,
        names: ["a", "b", "", "c", ""].map(str::to_owned).to_vec(),
        secret: Some(Secret::new("s3cret")),
        class: Some("X".to_owned()),
    };
    assert_eq!(found, expected);
    assert!(!format!("{found:?}").contains("s3cret"));
    assert_eq!(found.secret.unwrap().expose(), "s3cret");
    assert!(All::parse(&props(&[("text", ""), ("names", "")])).unwrap().names.is_empty());
}

#[test]
fn all_bad_keys_are_reported_together() {
    let error = All::parse(&props(&[("count", "0"), ("flag", "maybe"), ("ratio", "x")])).unwrap_err();
    assert_eq!(error.exception().class(), "org.apache.kafka.common.config.ConfigException");
    assert_eq!(
        error.exception().message(),
        Some(
            "Missing required configuration \"text\" which has no default value.; \
             Invalid value 0 for configuration count: Value must be at least 1; \
             Invalid value x for configuration ratio: Not a number of type DOUBLE; \
             Invalid value maybe for configuration flag: Expected value to be either true or false"
        )
    );
}

fn errors(values: &[ConfigValue]) -> Vec<&str> {
    values.iter().flat_map(|value| value.errors.iter().map(String::as_str)).collect()
}

#[test]
fn validation_collects_errors_on_their_keys_and_hides_secrets() {
    let def = ConfigDef::of::<All>();
    let values =
        def.validate(&props(&[("count", "101"), ("small", "70000"), ("large", "-1"), ("secret", "x")]));
    assert_eq!(
        values.iter().map(|value| value.name.as_str()).collect::<Vec<_>>(),
        ["text", "count", "small", "large", "ratio", "flag", "names", "secret", "class"]
    );
    assert_eq!(
        errors(&values),
        [
            "Missing required configuration \"text\" which has no default value.",
            "Invalid value 101 for configuration count: Value must be no more than 100",
            "Invalid value 70000 for configuration small: Not a number of type SHORT",
            "Invalid value -1 for configuration large: Value must be at least 0",
        ]
    );
    let shown: Vec<Option<&str>> = values.iter().map(|value| value.value.as_deref()).collect();
    assert_eq!(
        shown,
        [
            None,
            Some("101"),
            None,
            Some("-1"),
            Some("0.5"),
            Some("false"),
            Some("a,b"),
            Some("[hidden]"),
            None
        ]
    );
}

#[test]
fn a_bad_value_can_have_two_errors_as_upstream_gives_it() {
    let mut def = ConfigDef::new();
    def.add(ConfigKey {
        validator: Some(Validator::range(Some(ParsedValue::Int(0)), None)),
        ..ConfigKey::new("n", ConfigType::Int)
    });
    assert_eq!(
        errors(&def.validate(&props(&[("n", "x")]))),
        [
            "Invalid value x for configuration n: Not a number of type INT",
            "Invalid value null for configuration n: Value must be non-null",
        ]
    );
}

#[test]
fn dependents_are_visited_after_their_parent_and_must_be_defined() {
    let mut def = ConfigDef::new();
    let with = |name: &str, dependents: &[&str]| ConfigKey {
        default: ConfigDefault::Text("x".to_owned()),
        dependents: dependents.iter().map(|&name| name.to_owned()).collect(),
        ..ConfigKey::new(name, ConfigType::String)
    };
    def.add(with("child", &[])).add(with("parent", &["child", "ghost"]));
    def.add(ConfigKey {
        recommender: Some(Recommender::new(
            |_, _| vec!["r".to_owned()],
            |_, others| others.value("parent") == &ParsedValue::String("on".to_owned()),
        )),
        ..with("shown", &[])
    });
    let values = def.validate(&props(&[("parent", "on")]));
    let ghost = values.iter().find(|value| value.name == "ghost").unwrap();
    assert_eq!(
        (errors(&values), ghost.visible),
        (vec!["ghost is referred in the dependents, but not defined."], false)
    );
    let shown = |values: &[ConfigValue]| {
        let value = values.iter().find(|value| value.name == "shown").unwrap();
        (value.visible, value.recommended_values.clone())
    };
    assert_eq!(shown(&values), (true, vec!["r".to_owned()]));
    assert!(!shown(&def.validate(&props(&[]))).0);
}

#[test]
fn an_embedded_definition_gets_prefix_and_group_and_its_validators_name_keys_without() {
    let child = ConfigDef::of::<All>();
    let mut def = ConfigDef::new();
    def.embed("transforms.a.", "Transforms: a", 3, child);
    let count = def.get("transforms.a.count").unwrap();
    assert_eq!(
        (count.group.as_deref(), count.order_in_group, count.display_name.as_str(), count.default_text()),
        (Some("Transforms: a: Common"), 4, "Count", Some("5".to_owned()))
    );
    assert_eq!(def.get("transforms.a.text").unwrap().group.as_deref(), Some("Transforms: a"));
    let values = def.validate(&props(&[
        ("transforms.a.text", "x"),
        ("transforms.a.count", "0"),
        ("transforms.a.flag", "y"),
    ]));
    assert_eq!(
        errors(&values),
        [
            "Invalid value 0 for configuration count: Value must be at least 1",
            "Invalid value y for configuration transforms.a.flag: Expected value to be either true or false",
        ]
    );
}

#[test]
fn nested_settings_are_read_under_their_prefix() {
    struct Outer {
        name: String,
        inner: All,
    }
    impl Settings for Outer {
        fn define(def: &mut ConfigDef) -> Reader<Self> {
            let name = def.field("name", one_of(["a", "b"])).default("a");
            let inner = def.nested::<All>("inner.");
            Box::new(move |v| Self { name: v.get(&name), inner: inner(v) })
        }
    }
    let found = Outer::parse(&props(&[("inner.text", "x"), ("inner.count", "3")])).unwrap();
    assert_eq!((found.name.as_str(), found.inner.text.as_str(), found.inner.count), ("a", "x", 3));
    let error = Outer::parse(&props(&[("name", "c"), ("inner.text", "x")])).map(|_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "org.apache.kafka.common.config.ConfigException: Invalid value c for configuration name: String must be one of: a, b"
    );
}

#[test]
fn definitions_from_elsewhere_may_be_wrong_without_a_panic() {
    let mut def = ConfigDef::new();
    assert_eq!(def.try_add(ConfigKey::new("a", ConfigType::Int)), Ok(()));
    assert_eq!(
        def.try_add(ConfigKey::new("a", ConfigType::Int)),
        Err(ConfigError::text("a", "Configuration a is defined twice."))
    );
    let default = ConfigDefault::Text("x".to_owned());
    let wrong = def.try_add(ConfigKey { default, ..ConfigKey::new("b", ConfigType::Int) });
    assert_eq!(wrong.unwrap_err().message, "Invalid value x for configuration b: Not a number of type INT");
}

#[test]
fn doubles_are_read_as_java_reads_them() {
    for (text, expected) in [
        ("1e3", Some(1000.0)),
        ("1.5f", Some(1.5)),
        ("-2d", Some(-2.0)),
        ("Infinity", Some(f64::INFINITY)),
        (".5", Some(0.5)),
        ("inf", None),
        ("nan", None),
        ("", None),
        ("+-1", None),
    ] {
        let found = ConfigType::Double.parse("k", text).ok();
        assert_eq!(found, expected.map(ParsedValue::Double), "{text}");
    }
}
