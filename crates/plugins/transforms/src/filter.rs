//! Filter: drops every record. Meant to run under a predicate.

use kconnect_api::{ConfigError, Record, RecordError, Transformation, Verdict};

use crate::class::Class;

pub(crate) struct Filter;

impl Class for Filter {
    const CLASS: &'static str = "org.apache.kafka.connect.transforms.Filter";
    type Config = ();
    fn new((): ()) -> Result<Self, ConfigError> {
        Ok(Self)
    }
}

impl Transformation for Filter {
    fn apply(&mut self, _record: &mut Record) -> Result<Verdict, RecordError> {
        Ok(Verdict::Drop)
    }
}
