//! HasHeaderKey: true for records with at least one header of a name.

use kconnect_api::settings::string;
use kconnect_api::{ConfigDef, ConfigError, Predicate, Reader, Record, RecordError, Settings, Validator};

use crate::class::Class;

pub(crate) struct Config {
    name: String,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let name = def
            .field("name", string())
            .doc("Key of the header.")
            .validator(Validator::non_empty())
            .required();
        Box::new(move |values| Self { name: values.get(&name) })
    }
}

pub(crate) struct HasHeaderKey(String);

impl Class for HasHeaderKey {
    const CLASS: &'static str = "org.apache.kafka.connect.transforms.predicates.HasHeaderKey";
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self(config.name))
    }
}

impl Predicate for HasHeaderKey {
    fn test(&mut self, record: &Record) -> Result<bool, RecordError> {
        Ok(record.headers.last_with_name(&self.0).is_some())
    }
}
