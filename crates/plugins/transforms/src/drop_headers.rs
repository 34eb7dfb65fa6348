//! DropHeaders: removes all headers of some names.

use std::collections::HashSet;

use kconnect_api::settings::list;
use kconnect_api::{
    ConfigDef, ConfigError, Importance, Reader, Record, RecordError, Settings, Transformation, Verdict,
};

use crate::checks::distinct_items;
use crate::class::Class;

pub(crate) struct Config {
    headers: Vec<String>,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let headers = def
            .field("headers", list())
            .importance(Importance::High)
            .doc("Names of the headers to remove.")
            .validator(distinct_items(false))
            .required();
        Box::new(move |values| Self { headers: values.get(&headers) })
    }
}

pub(crate) struct DropHeaders(HashSet<String>);

impl Class for DropHeaders {
    const CLASS: &'static str = "org.apache.kafka.connect.transforms.DropHeaders";
    const DISTINCT: &'static [&'static str] = &["headers"];
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self(config.headers.into_iter().collect()))
    }
}

impl Transformation for DropHeaders {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        record.headers.retain(|header| !self.0.contains(&*header.key));
        Ok(Verdict::Keep)
    }
}
