//! Flatten: pulls the fields of nested structs or maps up to the top, under names made of the path to them.
//!
//! Structs: a field is optional when it or any struct above it is, and takes its default from the nearest struct above
//! that has one. The top struct's own optional flag and default are dropped. Maps: empty ones leave nothing behind.
//!
//! Each new name repeats the names above it and the delimiter, so names are taken from the record's [`Room`].

use std::sync::Arc;

use kconnect_api::settings::string;
use kconnect_api::{
    ConfigDef, ConfigError, Exception, MapValue, Reader, Record, RecordError, Room, Schema, SchemaBuilder,
    Settings, Struct, Transformation, Type, Value, Verdict,
};

use crate::bounds::FIELD;
use crate::class::{Class, assemble, check_put, class_cast, side, take_fields, take_map, with_default};
use crate::plans::Plans;

const PURPOSE: &str = "flattening";
const NAME: &str = "Flatten";

pub(crate) struct Config {
    delimiter: String,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let delimiter = def
            .field("delimiter", string())
            .doc("What stands between the names that a new name is made of.")
            .default(".");
        Box::new(move |values| Self { delimiter: values.get(&delimiter) })
    }
}

pub(crate) struct Flatten<const KEY: bool> {
    delimiter: String,
    plans: Plans<Plan>,
}

struct Plan {
    schema: Schema,
    /// Whether the schema has no structs to flatten, so that fields only move.
    flat: bool,
    /// What the new names take of the record's room.
    size: usize,
}

impl<const KEY: bool> Class for Flatten<KEY> {
    const CLASS: &'static str = if KEY {
        "org.apache.kafka.connect.transforms.Flatten$Key"
    } else {
        "org.apache.kafka.connect.transforms.Flatten$Value"
    };
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self { delimiter: config.delimiter, plans: Plans::default() })
    }
}

impl<const KEY: bool> Transformation for Flatten<KEY> {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        self.apply_within(record, &mut Room::default())
    }

    fn apply_within(&mut self, record: &mut Record, room: &mut Room) -> Result<Verdict, RecordError> {
        let (schema, value) = side::<KEY>(record);
        if value.is_null() {
            return Ok(Verdict::Keep);
        }
        match schema {
            None => {
                let map = take_map(value, PURPOSE)?;
                *value = Value::Map(Arc::new(self.flatten_map(map, room)?));
            }
            Some(schema) => {
                let values = take_fields(value, schema, PURPOSE)?;
                let delimiter = self.delimiter.as_str();
                let plan = self.plans.get_weighed(
                    schema,
                    |plan| plan.size,
                    || plan(schema, delimiter, room.clone()),
                )?;
                room.take(plan.size, NAME)?;
                let flat = if plan.flat {
                    keep_places(schema, values, &plan.schema)?
                } else {
                    let mut flat = Vec::with_capacity(plan.schema.fields().len());
                    pull_up(schema, Some(values), &plan.schema, &mut flat)?;
                    flat
                };
                *value = assemble(&plan.schema, flat);
                *schema = plan.schema.clone();
            }
        }
        Ok(Verdict::Keep)
    }
}

impl<const KEY: bool> Flatten<KEY> {
    /// Maps may be nested deeper than the stack, so the open ones are kept in a list.
    fn flatten_map(&self, map: MapValue, room: &mut Room) -> Result<MapValue, Exception> {
        let mut flat = MapValue::new();
        let mut open = vec![(String::new(), map.into_entries().into_iter())];
        while let Some((prefix, entries)) = open.last_mut() {
            let Some((key, value)) = entries.next() else {
                open.pop();
                continue;
            };
            let name = self.name(prefix, key, room)?;
            match value {
                Value::Map(inner) => {
                    let entries = Arc::unwrap_or_clone(inner).into_entries().into_iter();
                    open.push((name.to_java_string(), entries));
                }
                value => {
                    check_class(&name, &value)?;
                    flat.insert(name, value);
                }
            }
        }
        Ok(flat)
    }

    fn name(&self, prefix: &str, key: Value, room: &mut Room) -> Result<Value, Exception> {
        match key {
            key @ (Value::String(_) | Value::Null) if prefix.is_empty() => Ok(key),
            key @ (Value::String(_) | Value::Null) => {
                let key = key.to_java_string();
                room.take(prefix.len() + self.delimiter.len() + key.len() + FIELD, NAME)?;
                Ok(Value::from(format!("{prefix}{}{key}", self.delimiter)))
            }
            key => Err(class_cast(&key, "java.lang.String")),
        }
    }
}

fn check_class(name: &Value, value: &Value) -> Result<(), Exception> {
    let class = value.java_class();
    match value.kind() {
        None if value.is_null() => Ok(()),
        None => Err(Exception::data(format!(
            "Flatten transformation was passed a value of type class {class} which is not supported by Connect's data \
             API"
        ))),
        Some(Type::Struct) => {
            let name = name.to_java_string();
            Err(Exception::data(format!(
                "Flatten transformation does not support class {class} for record without schemas (for field {name})."
            )))
        }
        Some(_) => Ok(()),
    }
}

/// The values of a struct without structs in it: they stay where they are.
fn keep_places(old: &Schema, mut values: Vec<Value>, new: &Schema) -> Result<Vec<Value>, Exception> {
    for ((field, new), value) in old.fields().iter().zip(new.fields()).zip(&mut values) {
        with_default(field, value, true);
        check_put(new, value)?;
    }
    Ok(values)
}

/// Appends the fields of a struct and of those nested in it, depth first. Of a struct that is null as many nulls, for
/// which no default stands in.
fn pull_up(
    old: &Schema,
    values: Option<Vec<Value>>,
    new: &Schema,
    flat: &mut Vec<Value>,
) -> Result<(), Exception> {
    let mut values = values.map(Vec::into_iter);
    for field in old.fields() {
        let value = values.as_mut().map(|values| values.next().unwrap_or_default());
        if field.schema().kind() == Type::Struct {
            let inner = match value {
                Some(Value::Struct(inner)) => Some(Arc::unwrap_or_clone(inner).into_parts().1),
                _ => None,
            };
            pull_up(field.schema(), inner, new, flat)?;
            continue;
        }
        flat.push(match value {
            Some(mut value) => {
                with_default(field, &mut value, true);
                check_put(&new.fields()[flat.len()], &value)?;
                value
            }
            None => Value::Null,
        });
    }
    Ok(())
}

/// `room` is the record's, a copy of it: the plan says what it takes.
fn plan(schema: &Schema, delimiter: &str, room: Room) -> Result<Plan, Exception> {
    let before = room.left();
    let builder = SchemaBuilder::structure().copy_basics(schema);
    let mut names = Names { builder, delimiter, flat: true, room };
    let default = match schema.default_value() {
        Some(Value::Struct(default)) => Some(&**default),
        _ => None,
    };
    names.add_fields(schema, "", schema.is_optional(), default)?;
    let size = before - names.room.left();
    Ok(Plan { schema: names.builder.build()?, flat: names.flat, size })
}

/// A flat schema in the making.
struct Names<'d> {
    builder: SchemaBuilder,
    delimiter: &'d str,
    flat: bool,
    room: Room,
}

impl Names<'_> {
    fn add_fields(
        &mut self,
        schema: &Schema,
        prefix: &str,
        optional: bool,
        default: Option<&Struct>,
    ) -> Result<(), Exception> {
        for field in schema.fields() {
            let name = match prefix {
                "" => Arc::clone(field.shared_name()),
                prefix => {
                    let length = prefix.len() + self.delimiter.len() + field.name().len();
                    self.room.take(length + FIELD, NAME)?;
                    format!("{prefix}{}{}", self.delimiter, field.name()).into()
                }
            };
            let inner = field.schema();
            let optional = optional || inner.is_optional();
            let default = inner
                .default_value()
                .or_else(|| default.map(|default| default.get_at(field.index())))
                .filter(|default| !default.is_null());
            match (inner.kind(), default) {
                (Type::Struct, default) => {
                    self.flat = false;
                    let default = match default {
                        Some(Value::Struct(default)) => Some(&**default),
                        _ => None,
                    };
                    self.add_fields(inner, &name, optional, default)?;
                }
                (Type::Map, _) => {
                    return Err(Exception::data(format!(
                        "Flatten transformation does not support MAP for record with schemas (for field {name})."
                    )));
                }
                (_, default) => {
                    let schema = leaf(inner, optional, default)?;
                    let builder = std::mem::replace(&mut self.builder, SchemaBuilder::structure());
                    self.builder = builder.field(name, schema);
                }
            }
        }
        Ok(())
    }
}

/// The schema of a field at its new place: the same handle when nothing about it changes.
fn leaf(schema: &Schema, optional: bool, default: Option<&Value>) -> Result<Schema, Exception> {
    if schema.is_optional() == optional && schema.default_value() == default {
        return Ok(schema.clone());
    }
    let mut builder = match (schema.kind(), schema.value_schema()) {
        (Type::Array, Some(element)) => SchemaBuilder::array(element.clone()),
        (kind, _) => SchemaBuilder::new(kind),
    };
    builder = builder.copy_basics(schema);
    if optional {
        builder = builder.optional();
    }
    if let Some(default) = default {
        builder = builder.default_value(default.clone());
    }
    builder.build()
}
