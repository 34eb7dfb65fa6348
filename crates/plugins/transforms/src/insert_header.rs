//! InsertHeader: adds a header with a fixed value, whose type is guessed from its text.

use kconnect_api::settings::string;
use kconnect_api::{
    ConfigDef, ConfigError, Header, Importance, Reader, Record, RecordError, Settings, Transformation,
    Validator, Value, Verdict, values,
};

use crate::class::Class;

pub(crate) struct Config {
    header: String,
    literal: String,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let header = def
            .field("header", string())
            .importance(Importance::High)
            .doc("Name of the header.")
            .validator(Validator::non_null())
            .required();
        let literal = def
            .field("value.literal", string())
            .importance(Importance::High)
            .doc("Value of the header on every record; its type is guessed: 1 is a number, abc a text.")
            .validator(Validator::non_null())
            .required();
        Box::new(move |values| Self { header: values.get(&header), literal: values.get(&literal) })
    }
}

pub(crate) struct InsertHeader(Header);

impl Class for InsertHeader {
    const CLASS: &'static str = "org.apache.kafka.connect.transforms.InsertHeader";
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let (schema, value) = match values::parse(&config.literal) {
            Some(literal) => (literal.schema, literal.value),
            None => (None, Value::Null),
        };
        Ok(Self(Header::new(config.header, schema, value)))
    }
}

impl Transformation for InsertHeader {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        record.headers.push(self.0.clone());
        Ok(Verdict::Keep)
    }
}
