//! Cast: gives fields, or the whole key or value, another primitive type.
//!
//! A whole value keeps name, version and doc of its schema, a logical name too; a field keeps only whether it is
//! optional and its default, which is cast along. Null is left alone, and so is its schema.

mod spec;
mod value;

use std::sync::Arc;

use kconnect_api::settings::list;
use kconnect_api::{
    ConfigDef, ConfigError, Exception, Importance, Reader, Record, RecordError, Schema, SchemaBuilder,
    Settings, Transformation, Type, Value, Verdict,
};

use crate::checks::replace_null_with_default;
use crate::class::{Class, CopiedMap, change_struct, check_put, side, with_default};
use crate::plans::Plans;
use spec::Spec;
use value::cast;

const PURPOSE: &str = "cast types";

pub(crate) struct Config {
    spec: Vec<String>,
    replace_null: bool,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let spec = def
            .field("spec", list())
            .importance(Importance::High)
            .doc(
                "What to cast: items field:type, or a single type for the whole key or value. Types are int8, int16, \
                 int32, int64, float32, float64, boolean and string; bytes can only become string (in base64).",
            )
            .validator(spec::validator())
            .required();
        let replace_null = replace_null_with_default(def);
        Box::new(move |values| Self { spec: values.get(&spec), replace_null: values.get(&replace_null) })
    }
}

pub(crate) struct Cast<const KEY: bool> {
    spec: Spec,
    replace_null: bool,
    plans: Plans<Plan>,
    copied: CopiedMap,
}

/// What a schema becomes.
struct Plan {
    schema: Schema,
    /// The new type of each field, in the order of the fields.
    targets: Vec<Option<Type>>,
}

impl<const KEY: bool> Class for Cast<KEY> {
    const CLASS: &'static str = if KEY {
        "org.apache.kafka.connect.transforms.Cast$Key"
    } else {
        "org.apache.kafka.connect.transforms.Cast$Value"
    };
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let spec = Spec::parse("spec", &config.spec)?;
        let fields = match &spec {
            Spec::Whole(_) => Vec::new(),
            Spec::Fields(casts) => casts.ordered.iter().map(|(field, _)| field.clone()).collect(),
        };
        let copied = CopiedMap::with(fields);
        Ok(Self { spec, replace_null: config.replace_null, plans: Plans::default(), copied })
    }
}

impl<const KEY: bool> Transformation for Cast<KEY> {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        let (schema, value) = side::<KEY>(record);
        if value.is_null() {
            return Ok(Verdict::Keep);
        }
        match (schema, &self.spec) {
            (None, Spec::Whole(target)) => cast(None, value, *target)?,
            (None, Spec::Fields(casts)) => {
                let (map, places) = self.copied.make(value, PURPOSE)?;
                for (nth, (_, target)) in casts.ordered.iter().enumerate() {
                    if let Some(value) = places.value(map, nth) {
                        cast(None, value, *target)?;
                    }
                }
            }
            (Some(schema), spec) => {
                let plan = self.plans.get(schema, || plan(spec, schema))?;
                match spec {
                    Spec::Whole(target) => cast(Some(schema), value, *target)?,
                    Spec::Fields(_) => cast_fields(plan, schema, value, self.replace_null)?,
                }
                *schema = plan.schema.clone();
            }
        }
        Ok(Verdict::Keep)
    }
}

fn cast_fields(plan: &Plan, schema: &Schema, value: &mut Value, replace_null: bool) -> Result<(), Exception> {
    change_struct(value, schema, &plan.schema, PURPOSE, |values| {
        let fields = schema.fields().iter().zip(plan.schema.fields()).zip(&plan.targets);
        for (((field, new), target), value) in fields.zip(values) {
            with_default(field, value, replace_null);
            if let Some(target) = target {
                cast(Some(field.schema()), value, *target)?;
            }
            check_put(new, value)?;
        }
        Ok(())
    })
}

/// A default, cast.
fn cast_default(schema: &Schema, default: &Value, target: Type) -> Result<Value, Exception> {
    let mut value = default.clone();
    cast(Some(schema), &mut value, target)?;
    Ok(value)
}

fn plan(spec: &Spec, schema: &Schema) -> Result<Plan, Exception> {
    let mut targets = Vec::new();
    let mut builder = match spec {
        Spec::Whole(target) => SchemaBuilder::new(*target).copy_basics(schema),
        Spec::Fields(_) => {
            let mut builder = SchemaBuilder::structure().copy_basics(schema);
            for field in schema.try_fields()? {
                let target = spec.target(field.name());
                let new = match target {
                    Some(target) => field_schema(field.schema(), target)?,
                    None => field.schema().clone(),
                };
                builder = builder.field(Arc::clone(field.shared_name()), new);
                targets.push(target);
            }
            builder
        }
    };
    if schema.is_optional() {
        builder = builder.optional();
    }
    if let Some(default) = schema.default_value() {
        // The default of a struct cannot be cast; the error says so.
        let target = match spec {
            Spec::Whole(target) => *target,
            Spec::Fields(_) => Type::Struct,
        };
        builder = builder.default_value(cast_default(schema, default, target)?);
    }
    Ok(Plan { schema: builder.build()?, targets })
}

fn field_schema(old: &Schema, target: Type) -> Result<Schema, Exception> {
    let mut builder = SchemaBuilder::new(target);
    if old.is_optional() {
        builder = builder.optional();
    }
    if let Some(default) = old.default_value() {
        builder = builder.default_value(cast_default(old, default, target)?);
    }
    builder.build()
}
