//! The setting `spec`: which types become which.

use std::collections::HashMap;

use kconnect_api::{ConfigError, ParsedValue, Type, Validator, Value};

use crate::checks::{split, wrong_rename};

/// A parsed `spec`.
#[derive(Clone, Debug)]
pub(super) enum Spec {
    /// The whole key or value.
    Whole(Type),
    /// Fields by name, in the order of a Java `HashMap`: absent ones are put into maps in it.
    Fields(Vec<(Value, Type)>),
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
        let mut fields: Vec<(&str, Type)> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for item in items {
            match split(item)[..] {
                [name] => whole = Some(parse_type(key, name)?),
                [name, kind] => {
                    let (name, kind) = (name.trim(), parse_type(key, kind)?);
                    match places.get(name) {
                        Some(&at) => fields[at].1 = kind,
                        None => {
                            places.insert(name, fields.len());
                            fields.push((name, kind));
                        }
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
                let order = kconnect_api::hash_order(fields.iter().map(|(name, _)| *name));
                Ok(Self::Fields(
                    order.into_iter().map(|at| (Value::from(fields[at].0), fields[at].1)).collect(),
                ))
            }
        }
    }

    /// What the field `name` is cast to.
    pub(super) fn target(&self, name: &str) -> Option<Type> {
        match self {
            Self::Whole(_) => None,
            Self::Fields(fields) => fields
                .iter()
                .find(|(field, _)| field.as_text().is_some_and(|text| text.as_bytes() == name.as_bytes()))
                .map(|(_, target)| *target),
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
