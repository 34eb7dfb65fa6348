//! MaskField: puts zero, an empty text or a fixed replacement in the place of fields.
//!
//! What a value is masked with depends on its class, not on its schema: a decimal becomes zero of scale 0, which the
//! converter of a Decimal of another scale refuses later, as upstream's does.
//!
//! A replacement is read as a number once for each class, not for each field; as a text it is taken from the record's
//! [`Room`] for each field.

use std::collections::HashSet;
use std::sync::Arc;

use bigdecimal::BigDecimal;
use kconnect_api::settings::{list, string};
use kconnect_api::values::{
    convert_to_byte, convert_to_double, convert_to_float, convert_to_integer, convert_to_long,
    convert_to_short,
};
use kconnect_api::{
    ConfigDef, ConfigError, Exception, Importance, MapValue, Reader, Record, RecordError, Room, Settings,
    Transformation, Validator, Value, Verdict, hash_order, parse_decimal,
};

use crate::checks::{distinct_items, replace_null_with_default};
use crate::class::{Class, CopiedMap, assemble, check_put, side, take_fields, with_default};
use crate::plans::Plans;

const PURPOSE: &str = "mask fields";
const NAME: &str = "MaskField";

pub(crate) struct Config {
    fields: Vec<String>,
    replacement: Option<String>,
    replace_null: bool,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let fields = def
            .field("fields", list())
            .importance(Importance::High)
            .doc("Names of the fields to mask.")
            .validator(distinct_items(false))
            .required();
        let replacement = def
            .field("replacement", string())
            .importance(Importance::Low)
            .doc("What all these fields get, which must be numbers or texts; without it zero or nothing.")
            .validator(Validator::non_empty())
            .optional();
        let replace_null = replace_null_with_default(def);
        Box::new(move |values| Self {
            fields: values.get(&fields),
            replacement: values.get(&replacement),
            replace_null: values.get(&replace_null),
        })
    }
}

pub(crate) struct MaskField<const KEY: bool> {
    /// In the order of a Java `HashSet`: absent ones are put into maps in it.
    copied: CopiedMap,
    names: HashSet<String>,
    replacement: Option<Replacement>,
    replace_null: bool,
    /// Whether each field is masked.
    plans: Plans<Vec<bool>>,
}

impl<const KEY: bool> Class for MaskField<KEY> {
    const CLASS: &'static str = if KEY {
        "org.apache.kafka.connect.transforms.MaskField$Key"
    } else {
        "org.apache.kafka.connect.transforms.MaskField$Value"
    };
    const DISTINCT: &'static [&'static str] = &["fields"];
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let order = hash_order(config.fields.iter().map(String::as_str));
        let fields = order.into_iter().map(|at| Value::from(config.fields[at].as_str())).collect();
        Ok(Self {
            copied: CopiedMap::with(fields),
            names: config.fields.into_iter().collect(),
            replacement: config.replacement.map(Replacement::new),
            replace_null: config.replace_null,
            plans: Plans::default(),
        })
    }
}

impl<const KEY: bool> Transformation for MaskField<KEY> {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        self.apply_within(record, &mut Room::default())
    }

    fn apply_within(&mut self, record: &mut Record, room: &mut Room) -> Result<Verdict, RecordError> {
        let (schema, value) = side::<KEY>(record);
        let mut replacement = self.replacement.as_mut();
        match schema {
            None => {
                let count = self.copied.len();
                let (map, places) = self.copied.make(value, PURPOSE)?;
                for nth in 0..count {
                    if let Some(value) = places.value(map, nth) {
                        *value = masked(value, replacement.as_deref_mut(), room)?;
                    }
                }
            }
            Some(schema) => {
                let mut values = take_fields(value, schema, PURPOSE)?;
                let names = &self.names;
                let plan = self.plans.get(schema, || {
                    Ok(schema.fields().iter().map(|field| names.contains(field.name())).collect())
                })?;
                for ((field, is_masked), value) in schema.fields().iter().zip(plan).zip(&mut values) {
                    with_default(field, value, self.replace_null);
                    if *is_masked {
                        *value = masked(value, replacement.as_deref_mut(), room)?;
                    }
                    check_put(field, value)?;
                }
                *value = assemble(schema, values);
            }
        }
        Ok(Verdict::Keep)
    }
}

fn masked(value: &Value, replacement: Option<&mut Replacement>, room: &mut Room) -> Result<Value, Exception> {
    match replacement {
        _ if value.is_null() => Ok(Value::Null),
        Some(replacement) => replacement.of(value, room),
        None => nothing(value),
    }
}

/// Zero, or the empty value of the class.
fn nothing(value: &Value) -> Result<Value, Exception> {
    Ok(match value {
        Value::Bool(_) => Value::Bool(false),
        Value::Int8(_) => Value::Int8(0),
        Value::Int16(_) => Value::Int16(0),
        Value::Int32(_) => Value::Int32(0),
        Value::Int64(_) => Value::Int64(0),
        Value::Float32(_) => Value::Float32(0.0),
        Value::Float64(_) => Value::Float64(0.0),
        Value::String(_) => Value::from(""),
        Value::Decimal(_) => Value::Decimal(Arc::new(BigDecimal::from(0))),
        Value::Date(_) => Value::Date(0),
        Value::Array(_) => Value::Array(Arc::default()),
        Value::Map(_) => Value::Map(Arc::new(MapValue::hashed())),
        Value::Null | Value::Bytes(..) | Value::Struct(_) => {
            return Err(Exception::data(format!("Cannot mask value of type: class {}", value.java_class())));
        }
    })
}

/// The replacement, and what became of it as a number of each class.
struct Replacement {
    text: Value,
    length: usize,
    numbers: [Option<Result<Value, Exception>>; 7],
}

impl Replacement {
    fn new(text: String) -> Self {
        Self { length: text.len(), text: Value::from(text), numbers: Default::default() }
    }

    /// The replacement as a value of the class of `value`.
    fn of(&mut self, value: &Value, room: &mut Room) -> Result<Value, Exception> {
        let class = match value {
            Value::String(_) => {
                room.take(self.length, NAME)?;
                return Ok(self.text.clone());
            }
            Value::Int8(_) => 0,
            Value::Int16(_) => 1,
            Value::Int32(_) => 2,
            Value::Int64(_) => 3,
            Value::Float32(_) => 4,
            Value::Float64(_) => 5,
            Value::Decimal(_) => {
                room.take(self.length, NAME)?;
                6
            }
            other => {
                let class = other.java_class();
                let message = format!("Cannot mask value of type class {class} with custom replacement.");
                return Err(Exception::data(message));
            }
        };
        self.numbers[class].get_or_insert_with(|| number(&self.text, value)).clone()
    }
}

/// The text `replacement` as a number of the class of `value`.
fn number(replacement: &Value, value: &Value) -> Result<Value, Exception> {
    // No text is null, so neither are the numbers made of it.
    Ok(match value {
        Value::Int8(_) => Value::Int8(convert_to_byte(None, replacement)?.unwrap_or_default()),
        Value::Int16(_) => Value::Int16(convert_to_short(None, replacement)?.unwrap_or_default()),
        Value::Int32(_) => Value::Int32(convert_to_integer(None, replacement)?.unwrap_or_default()),
        Value::Int64(_) => Value::Int64(convert_to_long(None, replacement)?.unwrap_or_default()),
        Value::Float32(_) => Value::Float32(convert_to_float(None, replacement)?.unwrap_or_default()),
        Value::Float64(_) => Value::Float64(convert_to_double(None, replacement)?.unwrap_or_default()),
        _ => {
            let text = replacement.to_java_string();
            Value::Decimal(parse_decimal(&text).map_err(|cause| {
                let message = format!("Unable to convert {text} (class java.lang.String) to number");
                Exception::data(message).caused_by(cause)
            })?)
        }
    })
}
