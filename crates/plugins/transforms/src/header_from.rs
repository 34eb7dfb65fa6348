//! HeaderFrom: moves or copies fields of the key or value to headers (KIP-145).

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;

use kconnect_api::settings::{list, one_of};
use kconnect_api::{
    ConfigDef, ConfigError, Exception, Field, Header, Importance, KeyChange, Reader, Record, RecordError,
    Room, Schema, SchemaBuilder, Settings, Transformation, Value, Verdict, classes,
};

use crate::checks::{non_empty_list, replace_null_with_default};
use crate::class::{
    Class, assemble, check_put, field_value, map_mut, require_struct, side, take_fields, with_default,
};
use crate::plans::Plans;

const NAME: &str = "HeaderFrom";

pub(crate) struct Config {
    fields: Vec<String>,
    headers: Vec<String>,
    operation: String,
    replace_null: bool,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let fields = def
            .field("fields", list())
            .importance(Importance::High)
            .doc("Names of the fields whose values become headers.")
            .validator(non_empty_list())
            .required();
        let headers = def
            .field("headers", list())
            .importance(Importance::High)
            .doc("Names of the headers, one for each field and in the same order.")
            .validator(non_empty_list())
            .required();
        let operation = def
            .field("operation", one_of(["move", "copy"]))
            .importance(Importance::High)
            .doc("Whether the fields are removed (move) or stay (copy).")
            .required();
        let replace_null = replace_null_with_default(def);
        Box::new(move |values| Self {
            fields: values.get(&fields),
            headers: values.get(&headers),
            operation: values.get(&operation),
            replace_null: values.get(&replace_null),
        })
    }
}

pub(crate) struct HeaderFrom<const KEY: bool> {
    /// Each field with the header it becomes.
    pairs: Vec<Pair>,
    /// Names of the fields, for maps.
    moved: HashSet<String>,
    is_move: bool,
    purpose: &'static str,
    replace_null: bool,
    plans: Plans<Plan>,
    change: KeyChange,
}

struct Pair {
    field: Value,
    name: String,
    header: Arc<str>,
    /// Whether the value then stands in the record twice: it stays where it was, or is in another header already.
    copies: bool,
}

/// What a schema becomes when fields are moved away.
struct Plan {
    schema: Schema,
    /// Whether each of the old fields stays.
    stays: Vec<bool>,
}

impl<const KEY: bool> Class for HeaderFrom<KEY> {
    const CLASS: &'static str = if KEY {
        "org.apache.kafka.connect.transforms.HeaderFrom$Key"
    } else {
        "org.apache.kafka.connect.transforms.HeaderFrom$Value"
    };
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        if config.fields.len() != config.headers.len() {
            let message = "'fields' config must have the same number of elements as 'headers' config.";
            return Err(ConfigError::text("fields", message));
        }
        let is_move = config.operation == "move";
        let mut seen = HashSet::new();
        let pair = |(field, header): (String, String)| Pair {
            field: Value::from(field.as_str()),
            copies: !is_move || !seen.insert(field.clone()),
            name: field,
            header: header.into(),
        };
        Ok(Self {
            moved: config.fields.iter().cloned().collect(),
            pairs: config.fields.into_iter().zip(config.headers).map(pair).collect(),
            is_move,
            purpose: if is_move { "header move" } else { "header copy" },
            replace_null: config.replace_null,
            plans: Plans::default(),
            change: KeyChange::default(),
        })
    }
}

impl<const KEY: bool> Transformation for HeaderFrom<KEY> {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        self.apply_within(record, &mut Room::default())
    }

    fn apply_within(&mut self, record: &mut Record, room: &mut Room) -> Result<Verdict, RecordError> {
        let mut headers = std::mem::take(&mut record.headers);
        let (schema, value) = side::<KEY>(record);
        match schema {
            None => {
                let map = map_mut(value, self.purpose)?;
                for pair in &self.pairs {
                    // A field named twice is gone for the second header only after both were read.
                    let found = map.get(&pair.field).cloned().unwrap_or_default();
                    pair.take(&found, room)?;
                    headers.push(Header::new(Arc::clone(&pair.header), None, found));
                }
                let (moved, is_move) = (&self.moved, self.is_move);
                let Ok(_) = self.change.apply::<Infallible>(map, |map| {
                    map.become_hashed();
                    if is_move {
                        map.retain(|key, _| !key.as_text().is_some_and(|name| moved.contains(name.as_str())));
                    }
                    Ok(())
                });
            }
            Some(old) => {
                let inner = require_struct(value, old, self.purpose)?;
                if self.is_move {
                    let pairs = &self.pairs;
                    let plan = self.plans.get(old, || without(old, pairs))?;
                    check_kept(plan, inner.values(), old, self.replace_null)?;
                }
                for pair in &self.pairs {
                    let field = field(old, &pair.name)?;
                    let found = field_value(field, inner.values(), self.replace_null).clone();
                    pair.take(&found, room)?;
                    headers.add(Arc::clone(&pair.header), Some(field.schema().clone()), found)?;
                }
                if self.is_move {
                    let pairs = &self.pairs;
                    let plan = self.plans.get(old, || without(old, pairs))?;
                    *value = keep(plan, value, old, self.purpose, self.replace_null)?;
                    *schema = Some(plan.schema.clone());
                }
            }
        }
        record.headers = headers;
        Ok(Verdict::Keep)
    }
}

impl Pair {
    /// Takes from `room` what a header of `value` adds to the record.
    fn take(&self, value: &Value, room: &mut Room) -> Result<(), Exception> {
        if self.copies { room.take_copy(value, NAME) } else { Ok(()) }
    }
}

/// A field by name; upstream does not expect that there is none.
fn field<'s>(schema: &'s Schema, name: &str) -> Result<&'s Field, Exception> {
    schema.field(name).ok_or_else(|| {
        let message = "Cannot invoke \"org.apache.kafka.connect.data.Field.schema()\" because the return value of \
                       \"org.apache.kafka.connect.data.Schema.field(String)\" is null";
        Exception::new(classes::NULL_POINTER, message)
    })
}

fn without(schema: &Schema, pairs: &[Pair]) -> Result<Plan, Exception> {
    let names: HashSet<&str> = pairs.iter().map(|pair| pair.name.as_str()).collect();
    let stays: Vec<bool> = schema.fields().iter().map(|field| !names.contains(field.name())).collect();
    let mut builder = SchemaBuilder::structure().copy_basics(schema);
    for (field, _) in schema.fields().iter().zip(&stays).filter(|(_, stays)| **stays) {
        builder = builder.field(Arc::clone(field.shared_name()), field.schema().clone());
    }
    Ok(Plan { schema: builder.build()?, stays })
}

/// What upstream finds wrong about the fields that stay, before it looks at those that move.
fn check_kept(plan: &Plan, values: &[Value], old: &Schema, replace_null: bool) -> Result<(), Exception> {
    for (field, stays) in old.fields().iter().zip(&plan.stays) {
        if *stays {
            check_put(field, field_value(field, values, replace_null))?;
        }
    }
    Ok(())
}

fn keep(
    plan: &Plan,
    value: &mut Value,
    old: &Schema,
    purpose: &str,
    replace_null: bool,
) -> Result<Value, Exception> {
    let values = take_fields(value, old, purpose)?;
    let all = old.fields().iter().zip(&plan.stays).zip(values);
    let kept = all.filter(|((_, stays), _)| **stays).map(|((field, _), mut value)| {
        with_default(field, &mut value, replace_null);
        value
    });
    Ok(assemble(&plan.schema, kept.collect()))
}
