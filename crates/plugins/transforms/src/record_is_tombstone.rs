//! RecordIsTombstone: true for records whose value is null, whatever their schema.

use kconnect_api::{ConfigError, Predicate, Record, RecordError};

use crate::class::Class;

pub(crate) struct RecordIsTombstone;

impl Class for RecordIsTombstone {
    const CLASS: &'static str = "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone";
    type Config = ();
    fn new((): ()) -> Result<Self, ConfigError> {
        Ok(Self)
    }
}

impl Predicate for RecordIsTombstone {
    fn test(&mut self, record: &Record) -> Result<bool, RecordError> {
        Ok(record.value.is_null())
    }
}
