//! SetSchemaMetadata: gives a struct's schema another name or version.
//!
//! Upstream lists the fields of any schema it is given, so values that are no structs fail.

use kconnect_api::settings::{int, string};
use kconnect_api::{
    ConfigDef, ConfigError, Exception, Importance, Reader, Record, RecordError, Schema, Settings,
    Transformation, Value, Verdict,
};

use crate::checks::replace_null_with_default;
use crate::class::{Class, assemble, check_put, side, take_fields, with_default};
use crate::plans::SchemaCache;

const PURPOSE: &str = "updating schema metadata";

pub(crate) struct Config {
    name: Option<String>,
    version: Option<i32>,
    replace_null: bool,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let name = def
            .field("schema.name", string())
            .importance(Importance::High)
            .doc("Name that the schema gets.")
            .optional();
        let version = def
            .field("schema.version", int(..))
            .importance(Importance::High)
            .doc("Version that the schema gets.")
            .optional();
        let replace_null = replace_null_with_default(def);
        Box::new(move |values| Self {
            name: values.get(&name),
            version: values.get(&version),
            replace_null: values.get(&replace_null),
        })
    }
}

pub(crate) struct SetSchemaMetadata<const KEY: bool> {
    config: Config,
    schemas: SchemaCache,
}

impl<const KEY: bool> Class for SetSchemaMetadata<KEY> {
    const CLASS: &'static str = if KEY {
        "org.apache.kafka.connect.transforms.SetSchemaMetadata$Key"
    } else {
        "org.apache.kafka.connect.transforms.SetSchemaMetadata$Value"
    };
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        if config.name.is_none() && config.version.is_none() {
            return Err(ConfigError::text("schema.name", "Neither schema name nor version configured"));
        }
        Ok(Self { config, schemas: SchemaCache::default() })
    }
}

impl<const KEY: bool> Transformation for SetSchemaMetadata<KEY> {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        let (schema, value) = side::<KEY>(record);
        let Some(old) = schema else {
            if value.is_null() {
                return Ok(Verdict::Keep);
            }
            return Err(Exception::data(format!("Schema required for [{PURPOSE}]")).into());
        };
        let Config { name, version, replace_null } = &self.config;
        let new = self.schemas.get(old, || {
            old.try_fields()?;
            Ok(old.renamed(name.as_deref(), *version))
        })?;
        if matches!(value, Value::Struct(_)) {
            *value = moved(value, old, new, *replace_null)?;
        }
        *schema = Some(new.clone());
        Ok(Verdict::Keep)
    }
}

/// The struct's values under the new schema, whose fields are the old ones.
fn moved(value: &mut Value, old: &Schema, new: &Schema, replace_null: bool) -> Result<Value, Exception> {
    let mut values = take_fields(value, old, PURPOSE)?;
    for (field, value) in new.fields().iter().zip(&mut values) {
        with_default(field, value, replace_null);
        check_put(field, value)?;
    }
    Ok(assemble(new, values))
}
