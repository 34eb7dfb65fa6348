//! ValueToKey: makes the key of fields of the value, which keeps them.

use std::sync::Arc;

use kconnect_api::settings::list;
use kconnect_api::{
    ConfigDef, ConfigError, Exception, Importance, MapValue, Reader, Record, RecordError, Schema,
    SchemaBuilder, Settings, Transformation, Value, Verdict,
};

use crate::checks::{distinct_items, replace_null_with_default};
use crate::class::{Class, assemble, check_put, require_map, require_struct, with_default};
use crate::plans::Plans;

const PURPOSE: &str = "copying fields from value to key";

pub(crate) struct Config {
    fields: Vec<String>,
    replace_null: bool,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let fields = def
            .field("fields", list())
            .importance(Importance::High)
            .doc("Names of the value's fields that make up the key.")
            .validator(distinct_items(false))
            .required();
        let replace_null = replace_null_with_default(def);
        Box::new(move |values| Self { fields: values.get(&fields), replace_null: values.get(&replace_null) })
    }
}

pub(crate) struct ValueToKey {
    fields: Vec<String>,
    /// The same names as keys of maps.
    keys: Vec<Value>,
    replace_null: bool,
    plans: Plans<Plan>,
}

struct Plan {
    key_schema: Schema,
    /// Positions in the value's schema.
    sources: Vec<usize>,
}

impl Class for ValueToKey {
    const CLASS: &'static str = "org.apache.kafka.connect.transforms.ValueToKey";
    const DISTINCT: &'static [&'static str] = &["fields"];
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let keys = config.fields.iter().map(|field| Value::from(field.as_str())).collect();
        Ok(Self { fields: config.fields, keys, replace_null: config.replace_null, plans: Plans::default() })
    }
}

impl Transformation for ValueToKey {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        match &record.value_schema {
            None => {
                let map = require_map(&record.value, PURPOSE)?;
                let capacity = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
                let mut key = MapValue::hashed_with_capacity(capacity);
                for field in &self.keys {
                    key.insert(field.clone(), map.get(field).cloned().unwrap_or_default());
                }
                record.key_schema = None;
                record.key = Value::Map(Arc::new(key));
            }
            Some(schema) => {
                let inner = require_struct(&record.value, schema, PURPOSE)?;
                let fields = &self.fields;
                let plan = self.plans.get(schema, || plan(schema, fields))?;
                let mut values = Vec::with_capacity(plan.sources.len());
                for &source in &plan.sources {
                    let field = &schema.fields()[source];
                    let mut value = inner.values()[source].clone();
                    with_default(field, &mut value, self.replace_null);
                    check_put(field, &value)?;
                    values.push(value);
                }
                record.key = assemble(&plan.key_schema, values);
                record.key_schema = Some(plan.key_schema.clone());
            }
        }
        Ok(Verdict::Keep)
    }
}

fn plan(schema: &Schema, fields: &[String]) -> Result<Plan, Exception> {
    let mut builder = SchemaBuilder::structure();
    let mut sources = Vec::with_capacity(fields.len());
    for name in fields {
        let Some(field) = schema.field(name) else {
            return Err(Exception::data(format!("Field does not exist: {name}")));
        };
        sources.push(field.index());
        builder = builder.field(Arc::clone(field.shared_name()), field.schema().clone());
    }
    Ok(Plan { key_schema: builder.build()?, sources })
}
