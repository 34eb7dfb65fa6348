//! HoistField: puts the whole key or value into a single field of a new struct or map.

use std::sync::Arc;

use kconnect_api::settings::string;
use kconnect_api::{
    ConfigDef, ConfigError, MapValue, Reader, Record, RecordError, SchemaBuilder, Settings, Struct,
    Transformation, Value, Verdict,
};

use crate::class::{Class, side};
use crate::plans::SchemaCache;

pub(crate) struct Config {
    field: String,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let field = def
            .field("field", string())
            .doc("Name of the field that gets the whole key or value.")
            .required();
        Box::new(move |values| Self { field: values.get(&field) })
    }
}

pub(crate) struct HoistField<const KEY: bool> {
    field: Arc<str>,
    name: Value,
    schemas: SchemaCache,
}

impl<const KEY: bool> Class for HoistField<KEY> {
    const CLASS: &'static str = if KEY {
        "org.apache.kafka.connect.transforms.HoistField$Key"
    } else {
        "org.apache.kafka.connect.transforms.HoistField$Value"
    };
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let name = Value::from(config.field.as_str());
        Ok(Self { field: config.field.into(), name, schemas: SchemaCache::default() })
    }
}

impl<const KEY: bool> Transformation for HoistField<KEY> {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        let (schema, value) = side::<KEY>(record);
        let inner = std::mem::take(value);
        match schema {
            None => {
                let mut map = MapValue::hashed();
                map.insert(self.name.clone(), inner);
                *value = Value::Map(Arc::new(map));
            }
            Some(inner_schema) => {
                let field = &self.field;
                let outer = self.schemas.get(inner_schema, || {
                    SchemaBuilder::structure().field(Arc::clone(field), inner_schema.clone()).build()
                })?;
                let mut hoisted = Struct::new(outer.clone())?;
                hoisted.put_at(0, inner)?;
                *schema = Some(outer.clone());
                *value = Value::Struct(Arc::new(hoisted));
            }
        }
        Ok(Verdict::Keep)
    }
}
