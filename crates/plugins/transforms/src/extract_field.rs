//! ExtractField: puts one field in the place of the whole key or value.

use std::sync::Arc;

use kconnect_api::settings::string;
use kconnect_api::{
    ConfigDef, ConfigError, Exception, Importance, Reader, Record, RecordError, Settings, Transformation,
    Validator, Value, Verdict, classes,
};

use crate::checks::replace_null_with_default;
use crate::class::{Class, class_of_map, class_of_struct, side};
use crate::field_path::FieldPath;

const PURPOSE: &str = "field extraction";

pub(crate) struct Config {
    field: String,
    replace_null: bool,
    syntax: String,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let field = def.field("field", string()).doc("The field to extract.").required();
        let replace_null = replace_null_with_default(def);
        let syntax = def
            .field("field.syntax.version", string())
            .validator(Validator::one_of_ignoring_case(["V1", "V2"]))
            .importance(Importance::High)
            .doc(
                "How the field is named: with V1 by the name of a field of the key or value itself; with V2 by a path \
                 with dots (a.b), in which backticks quote names that have dots.",
            )
            .default("V1");
        Box::new(move |values| Self {
            field: values.get(&field),
            replace_null: values.get(&replace_null),
            syntax: values.get(&syntax),
        })
    }
}

pub(crate) struct ExtractField<const KEY: bool> {
    /// As configured, for error texts.
    field: String,
    path: FieldPath,
    replace_null: bool,
}

impl<const KEY: bool> Class for ExtractField<KEY> {
    const CLASS: &'static str = if KEY {
        "org.apache.kafka.connect.transforms.ExtractField$Key"
    } else {
        "org.apache.kafka.connect.transforms.ExtractField$Value"
    };
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let path = if config.syntax.eq_ignore_ascii_case("V2") {
            FieldPath::parse("field", &config.field)?
        } else {
            FieldPath::of_name(&config.field)
        };
        Ok(Self { field: config.field, path, replace_null: config.replace_null })
    }
}

impl<const KEY: bool> Transformation for ExtractField<KEY> {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        let (schema, value) = side::<KEY>(record);
        match schema {
            None => {
                *value = match value {
                    Value::Null => Value::Null,
                    Value::Map(map) => self.path.in_map(map)?,
                    other => return Err(class_of_map(other, PURPOSE).into()),
                };
            }
            Some(outer) => {
                let inner = match value {
                    Value::Null => None,
                    Value::Struct(inner) => Some(Arc::clone(inner)),
                    other => return Err(class_of_struct(other, PURPOSE).into()),
                };
                let Some(field) = self.path.field(outer)? else {
                    let message = format!("Unknown field: {}", self.field);
                    return Err(Exception::new(classes::ILLEGAL_ARGUMENT, message).into());
                };
                *value = match inner {
                    Some(inner) => self.path.in_struct(&inner, self.replace_null)?,
                    None => Value::Null,
                };
                *schema = Some(field.schema().clone());
            }
        }
        Ok(Verdict::Keep)
    }
}
