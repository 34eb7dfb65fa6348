//! Rows recorded from upstream's own mapping (JsonSchemaData of Confluent Platform 8.5 on JDK 25), and hostile input.

mod checked;
mod compatible;
mod connect;
mod hostile;
mod read;
mod round_trip;
mod vectors;
mod written;

use kconnect_api::{ConfigDef, Exception, Props, Settings};

use super::JsonSchema;
use super::settings::Config;
use crate::format::Format;

/// A mapping with the given settings.
fn mapping(settings: &[(&str, &str)]) -> JsonSchema {
    let props: Props = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let mut def = ConfigDef::new();
    let reader = Config::define(&mut def);
    let values = def.parse(&props).expect("valid settings");
    JsonSchema::new(reader(&values)).expect("a mapping")
}

/// An error in the form in which it was recorded: causes behind arrows.
fn words(error: &Exception) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        if !text.is_empty() {
            text.push_str(" <- ");
        }
        text.push_str(&format!("{}: {}", error.class(), error.message().unwrap_or("null")));
        next = error.cause();
    }
    text
}
