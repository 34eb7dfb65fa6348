//! ReplaceField: drops, keeps and renames fields.
//!
//! `include` and `exclude` name fields as they are before renaming; `exclude` wins. Structs drop their optional flag and
//! default. The value of a renamed field is looked up by the name that its new name stands for, so a rename to a name
//! that another field bears meets the wrong field, as upstream does.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kconnect_api::settings::list;
use kconnect_api::{
    ConfigDef, ConfigError, Exception, Fate, KeyChange, MapValue, ParsedValue, Reader, Record, RecordError,
    Schema, SchemaBuilder, Settings, Struct, Transformation, Validator, Value, Verdict, hash_order,
};

use crate::checks::{distinct_items, parse_renames, replace_null_with_default};
use crate::class::{
    Class, change_struct, check_put, class_cast, map_mut, require_struct, side, with_default,
};
use crate::plans::Plans;

const PURPOSE: &str = "field replacement";

pub(crate) struct Config {
    exclude: Vec<String>,
    include: Vec<String>,
    renames: Vec<String>,
    replace_null: bool,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let exclude = def
            .field("exclude", list())
            .doc("Fields to drop, also when they are included.")
            .validator(distinct_items(true))
            .default(Vec::new());
        let include = def
            .field("include", list())
            .doc("Fields to keep; all when it is empty.")
            .validator(distinct_items(true))
            .default(Vec::new());
        let renames = def
            .field("renames", list())
            .doc("Fields to rename: items old:new.")
            .validator(renames_validator())
            .default(Vec::new());
        let replace_null = replace_null_with_default(def);
        Box::new(move |values| Self {
            exclude: values.get(&exclude),
            include: values.get(&include),
            renames: values.get(&renames),
            replace_null: values.get(&replace_null),
        })
    }
}

fn renames_validator() -> Validator {
    Validator::new("list of colon-delimited pairs, e.g. <code>foo:bar,abc:xyz</code>", |_, value| match value
    {
        ParsedValue::List(items) => parse_renames(items).map(drop),
        _ => Ok(()),
    })
}

pub(crate) struct ReplaceField<const KEY: bool> {
    names: Names,
    replace_null: bool,
    plans: Plans<Plan>,
    change: KeyChange,
    /// The values of the struct before; its memory serves the next one.
    spare: Vec<Value>,
}

/// What becomes of a name.
struct Names {
    /// In order, as the others: names are few, and found faster than hashed.
    exclude: Vec<Box<[u8]>>,
    include: Vec<Box<[u8]>>,
    /// By the old name.
    renames: Vec<(Box<[u8]>, Value)>,
    /// By the new name.
    origins: HashMap<String, String>,
}

/// What a schema becomes.
struct Plan {
    schema: Schema,
    /// For each new field the old one whose value it gets; an error where upstream finds none.
    sources: Vec<Result<usize, Exception>>,
    /// Whether every new field has the schema of its source, so that values fit without a check.
    fits: bool,
    /// Whether no old field is read twice.
    distinct: bool,
    /// Whether nothing changes.
    same: bool,
}

impl<const KEY: bool> Class for ReplaceField<KEY> {
    const CLASS: &'static str = if KEY {
        "org.apache.kafka.connect.transforms.ReplaceField$Key"
    } else {
        "org.apache.kafka.connect.transforms.ReplaceField$Value"
    };
    const DISTINCT: &'static [&'static str] = &["exclude", "include"];
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let names = Names::new(&config.exclude, &config.include, parse_renames(&config.renames)?);
        Ok(Self {
            names,
            replace_null: config.replace_null,
            plans: Plans::default(),
            change: KeyChange::default(),
            spare: Vec::new(),
        })
    }
}

impl<const KEY: bool> Transformation for ReplaceField<KEY> {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        let (schema, value) = side::<KEY>(record);
        if value.is_null() {
            return Ok(Verdict::Keep);
        }
        match schema {
            None => {
                let names = &self.names;
                self.change.apply(map_mut(value, PURPOSE)?, |map| names.replace(map))?;
            }
            Some(schema) => {
                require_struct(value, schema, PURPOSE)?;
                let names = &self.names;
                let plan = self.plans.get(schema, || names.plan(schema))?;
                let (spare, replace_null) = (&mut self.spare, self.replace_null);
                change_struct(value, schema, &plan.schema, PURPOSE, |values| {
                    plan.replace(schema, values, spare, replace_null)
                })?;
                *schema = plan.schema.clone();
            }
        }
        Ok(Verdict::Keep)
    }
}

impl Names {
    fn new(exclude: &[String], include: &[String], renames: Vec<(String, String)>) -> Self {
        let set = |names: &[String]| {
            let mut set: Vec<Box<[u8]>> = names.iter().map(|name| name.as_bytes().into()).collect();
            set.sort_unstable();
            set
        };
        // The last item of a name counts. Of several that become the same name, the one that a Java HashMap has last.
        let mut last: HashMap<String, String> = HashMap::new();
        let mut order = Vec::new();
        for (old, new) in renames {
            if last.insert(old.clone(), new).is_none() {
                order.push(old);
            }
        }
        let walk = hash_order(order.iter().map(String::as_str));
        let origins = walk.into_iter().map(|at| (last[&order[at]].clone(), order[at].clone())).collect();
        let mut renames: Vec<(Box<[u8]>, Value)> =
            last.into_iter().map(|(old, new)| (old.into_bytes().into(), Value::from(new))).collect();
        renames.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Self { exclude: set(exclude), include: set(include), renames, origins }
    }

    fn keeps(&self, name: &[u8]) -> bool {
        let is_in = |set: &[Box<[u8]>]| set.binary_search_by(|known| (**known).cmp(name)).is_ok();
        !is_in(&self.exclude) && (self.include.is_empty() || is_in(&self.include))
    }

    fn renamed(&self, name: &[u8]) -> Option<&Value> {
        let at = self.renames.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        Some(&self.renames[at].1)
    }

    fn replace(&self, map: &mut MapValue) -> Result<(), Exception> {
        let capacity = u32::try_from(map.len()).unwrap_or(u32::MAX);
        map.put_over(capacity, |key| match key {
            Value::String(name) if self.keeps(name.as_bytes()) => Ok(match self.renamed(name.as_bytes()) {
                Some(new) => Fate::Rename(new.clone()),
                None => Fate::Keep,
            }),
            Value::String(_) => Ok(Fate::Drop),
            // A null key is in no list; it stays unless only some are kept.
            Value::Null if self.include.is_empty() => Ok(Fate::Keep),
            Value::Null => Ok(Fate::Drop),
            key => Err(class_cast(key, "java.lang.String")),
        })
    }

    fn plan(&self, schema: &Schema) -> Result<Plan, Exception> {
        let mut builder = SchemaBuilder::structure().copy_basics(schema);
        let (mut sources, mut fits) = (Vec::new(), true);
        for field in schema.try_fields()?.iter().filter(|field| self.keeps(field.name().as_bytes())) {
            let name = match self.renamed(field.name().as_bytes()) {
                Some(name) => name.to_java_string().into(),
                None => Arc::clone(field.shared_name()),
            };
            let origin = self.origins.get(&*name).map_or(&*name, String::as_str);
            let source = schema.field(origin);
            fits &= source.is_some_and(|source| source.schema() == field.schema());
            sources.push(match source {
                Some(source) => Ok(source.index()),
                None => Err(Exception::data(format!("{origin} is not a valid field name"))),
            });
            builder = builder.field(name, field.schema().clone());
        }
        let new = builder.build()?;
        let in_place = sources.iter().enumerate().all(|(at, source)| *source == Ok(at));
        let mut seen = HashSet::new();
        let distinct = sources.iter().flatten().all(|source| seen.insert(*source));
        Ok(Plan { same: in_place && new == *schema, schema: new, sources, fits, distinct })
    }
}

impl Plan {
    /// `spare` is empty, before and after.
    fn replace(
        &self,
        old: &Schema,
        values: &mut Vec<Value>,
        spare: &mut Vec<Value>,
        replace_null: bool,
    ) -> Result<(), Exception> {
        if self.same {
            for (field, value) in old.fields().iter().zip(values) {
                with_default(field, value, replace_null);
                check_put(field, value)?;
            }
            return Ok(());
        }
        if !self.fits {
            *values = self.replace_checked(old, values, replace_null)?;
            return Ok(());
        }
        spare.clear();
        for (field, source) in self.schema.fields().iter().zip(&self.sources) {
            let source = *source.as_ref().map_err(Exception::clone)?;
            // A place may be read twice only when one field's name is another's new one.
            spare.push(match self.distinct {
                true => std::mem::take(&mut values[source]),
                false => values[source].clone(),
            });
            if let Some(value) = spare.last_mut() {
                with_default(&old.fields()[source], value, replace_null);
                check_put(field, value)?;
            }
        }
        std::mem::swap(values, spare);
        spare.clear();
        Ok(())
    }

    fn replace_checked(
        &self,
        old: &Schema,
        values: &[Value],
        replace_null: bool,
    ) -> Result<Vec<Value>, Exception> {
        let mut result = Struct::new(self.schema.clone())?;
        for (at, source) in self.sources.iter().enumerate() {
            let source = *source.as_ref().map_err(Exception::clone)?;
            let mut value = values[source].clone();
            with_default(&old.fields()[source], &mut value, replace_null);
            result.put_at(at, value)?;
        }
        Ok(result.into_parts().1)
    }
}
