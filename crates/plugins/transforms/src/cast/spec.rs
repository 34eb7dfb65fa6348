//! The setting `spec`: which types become which.

use std::collections::HashMap;

use kconnect_api::{ConfigError, ParsedValue, Type, Validator, Value};

use crate::checks::{split, wrong_rename};

/// A parsed `spec`.
#[derive(Clone, Debug)]
pub(super) enum Spec {
    /// The whole key or value.
    Whole(Type),
    /// Fields by name.
    Fields(Fields),
}

/// Casts of fields.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    /// In the order of a Java `HashMap`: absent ones are put into maps in it.
    pub(super) ordered: Vec<(Value, Type)>,
    by_name: HashMap<String, Type>,
}

/// What a value may be cast to.
const OUTPUTS: [Type; 8] = [
    Type::Int8,
    Type::Int16,
    Type::Int32,
    Type::Int64,
    Type::Float32,
    Type::Float64,
    Type::Boolean,
    Type::String,
];

const ALL: [Type; 12] = [
    Type::Int8,
    Type::Int16,
    Type::Int32,
    Type::Int64,
    Type::Float32,
    Type::Float64,
    Type::Boolean,
    Type::String,
    Type::Bytes,
    Type::Array,
    Type::Map,
    Type::Struct,
];

/// The check of the setting.
pub(super) fn validator() -> Validator {
    Validator::new("list of colon-delimited pairs, e.g. <code>foo:bar,abc:xyz</code>", |key, value| {
        let items = match value {
            ParsedValue::List(items) => items.as_slice(),
            _ => &[],
        };
        Spec::parse(key, items).map(drop)
    })
}

impl Spec {
    pub(super) fn parse(key: &str, items: &[String]) -> Result<Self, ConfigError> {
        if items.is_empty() {
            return Err(ConfigError::text(key, "Must specify at least one field to cast."));
        }
        let mut whole = None;
        let mut names = Vec::new();
        let mut by_name = HashMap::new();
        for item in items {
            match split(item)[..] {
                [name] => whole = Some(parse_type(key, name)?),
                [name, kind] => {
                    let (name, kind) = (name.trim(), parse_type(key, kind)?);
                    if by_name.insert(name.to_owned(), kind).is_none() {
                        names.push(name);
                    }
                }
                _ => return Err(wrong_rename(item, items)),
            }
        }
        match whole {
            Some(target) if items.len() == 1 => Ok(Self::Whole(target)),
            Some(_) => Err(ConfigError::text(
                key,
                "Cast transformations that specify a type to cast the entire value to may only specify a single cast \
                 in their spec",
            )),
            None => {
                let order = kconnect_api::hash_order(names.iter().copied());
                let ordered =
                    order.into_iter().map(|at| (Value::from(names[at]), by_name[names[at]])).collect();
                Ok(Self::Fields(Fields { ordered, by_name }))
            }
        }
    }

    /// What the field `name` is cast to.
    pub(super) fn target(&self, name: &str) -> Option<Type> {
        match self {
            Self::Whole(_) => None,
            Self::Fields(fields) => fields.by_name.get(name).copied(),
        }
    }
}

fn parse_type(key: &str, text: &str) -> Result<Type, ConfigError> {
    let text = text.trim();
    let upper = text.to_uppercase();
    let Some(kind) = ALL.into_iter().find(|kind| kind.constant() == upper) else {
        return Err(ConfigError::text(
            key,
            format!(
                "Invalid value java.lang.IllegalArgumentException: No enum constant \
                 org.apache.kafka.connect.data.Schema.Type.{upper} for configuration Invalid type found in casting \
                 spec: {text}"
            ),
        ));
    };
    if OUTPUTS.contains(&kind) {
        return Ok(kind);
    }
    let outputs: Vec<&str> = OUTPUTS.iter().map(|kind| kind.constant()).collect();
    Err(ConfigError::text(
        key,
        format!(
            "Cast transformation does not support casting to {kind}; supported types are [{}]",
            outputs.join(", ")
        ),
    ))
}
