//! TimestampConverter: points in time from one of five forms to another: texts, Unix time, and the logical types Date,
//! Time and Timestamp. All goes by way of milliseconds since the epoch, in UTC.

mod form;

use std::sync::Arc;

use kconnect_api::settings::{one_of, string};
use kconnect_api::{
    ConfigDef, ConfigError, DateFormat, Exception, Importance, Reader, Record, RecordError, Schema,
    SchemaBuilder, Settings, Struct, Transformation, Value, Verdict,
};

use crate::checks::replace_null_with_default;
use crate::class::{Class, CopiedMap, assemble, check_put, class_of_struct, side, take_fields, with_default};
use crate::plans::Plans;
use form::{Form, Forms, Precision};

const PURPOSE: &str = "converting timestamp formats";

pub(crate) struct Config {
    field: String,
    target: String,
    format: String,
    precision: String,
    replace_null: bool,
}

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let field = def
            .field("field", string())
            .importance(Importance::High)
            .doc("The field to convert; empty for the whole key or value.")
            .default("");
        let target = def
            .field("target.type", one_of(["string", "unix", "Date", "Time", "Timestamp"]))
            .importance(Importance::High)
            .doc("What it becomes: string, unix (a number), Date, Time or Timestamp.")
            .required();
        let format = def
            .field("format", string())
            .doc("Pattern of texts as in java.text.SimpleDateFormat, in UTC: of those read and of those written.")
            .default("");
        let precision = def
            .field("unix.precision", one_of(["nanoseconds", "microseconds", "milliseconds", "seconds"]))
            .importance(Importance::Low)
            .doc("What a unix number counts; whatever is finer than milliseconds is lost.")
            .default("milliseconds");
        let replace_null = replace_null_with_default(def);
        Box::new(move |values| Self {
            field: values.get(&field),
            target: values.get(&target),
            format: values.get(&format),
            precision: values.get(&precision),
            replace_null: values.get(&replace_null),
        })
    }
}

pub(crate) struct TimestampConverter<const KEY: bool> {
    /// `None` for the whole key or value.
    field: Option<FieldName>,
    target: Form,
    forms: Forms,
    replace_null: bool,
    plans: Plans<Plan>,
}

struct FieldName {
    name: String,
    copied: CopiedMap,
}

/// What a schema becomes.
struct Plan {
    schema: Schema,
    /// Where the field is, and its form: an error when the schema of the field is of none.
    field: Option<(usize, Result<Form, Exception>)>,
}

impl<const KEY: bool> Class for TimestampConverter<KEY> {
    const CLASS: &'static str = if KEY {
        "org.apache.kafka.connect.transforms.TimestampConverter$Key"
    } else {
        "org.apache.kafka.connect.transforms.TimestampConverter$Value"
    };
    type Config = Config;
    fn new(config: Config) -> Result<Self, ConfigError> {
        let target = Form::of_name(&config.target);
        if target == Form::String && config.format.is_empty() {
            let message =
                "TimestampConverter requires format option to be specified when using string timestamps";
            return Err(ConfigError::text("format", message));
        }
        let format = match config.format.as_str() {
            "" => None,
            pattern => {
                Some(DateFormat::new(pattern).map_err(|error| wrong_pattern(pattern, &error))?.in_utc())
            }
        };
        let field = (!config.field.is_empty()).then(|| FieldName {
            copied: CopiedMap::with(vec![config.field.as_str().into()]),
            name: config.field,
        });
        Ok(Self {
            field,
            target,
            forms: Forms::new(format, Precision::of_name(&config.precision)),
            replace_null: config.replace_null,
            plans: Plans::default(),
        })
    }
}

fn wrong_pattern(pattern: &str, error: &Exception) -> ConfigError {
    ConfigError::text(
        "format",
        format!(
            "Invalid value {error} for configuration TimestampConverter requires a SimpleDateFormat-compatible pattern \
             for string timestamps: {pattern}"
        ),
    )
}

impl<const KEY: bool> Transformation for TimestampConverter<KEY> {
    fn apply(&mut self, record: &mut Record) -> Result<Verdict, RecordError> {
        let (schema, value) = side::<KEY>(record);
        let (forms, target) = (&mut self.forms, self.target);
        match (schema, &mut self.field) {
            (None, None) => *value = convert_untyped(forms, target, std::mem::take(value))?,
            (None, Some(_)) if value.is_null() => {}
            (None, Some(field)) => {
                let (map, places) = field.copied.make(value, PURPOSE)?;
                if let Some(value) = places.value(map, 0) {
                    *value = convert_untyped(forms, target, std::mem::take(value))?;
                }
            }
            (Some(schema), None) => {
                let from = Form::of_schema(schema)?;
                *value = forms.convert(std::mem::take(value), from, target)?;
                *schema = forms.schema(target, schema.is_optional());
            }
            (Some(schema), Some(field)) => {
                if !matches!(value, Value::Null | Value::Struct(_)) {
                    return Err(class_of_struct(value, PURPOSE).into());
                }
                let replace_null = self.replace_null;
                let plan =
                    self.plans.get(schema, || plan(forms, target, schema, &field.name, replace_null))?;
                if !value.is_null() {
                    let values = take_fields(value, schema, PURPOSE)?;
                    *value = convert_field(forms, target, plan, schema, values, replace_null)?;
                }
                *schema = plan.schema.clone();
            }
        }
        Ok(Verdict::Keep)
    }
}

fn convert_untyped(forms: &mut Forms, target: Form, value: Value) -> Result<Value, Exception> {
    match value {
        Value::Null => Ok(value),
        value => {
            let from = Form::of_value(&value)?;
            forms.convert(value, from, target)
        }
    }
}

fn convert_field(
    forms: &mut Forms,
    target: Form,
    plan: &Plan,
    old: &Schema,
    mut values: Vec<Value>,
    replace_null: bool,
) -> Result<Value, Exception> {
    for (field, value) in old.fields().iter().zip(&mut values) {
        with_default(field, value, replace_null);
        if let Some((at, from)) = &plan.field
            && *at == field.index()
        {
            *value = forms.convert(std::mem::take(value), from.clone()?, target)?;
        }
        check_put(&plan.schema.fields()[field.index()], value)?;
    }
    Ok(assemble(&plan.schema, values))
}

fn plan(
    forms: &mut Forms,
    target: Form,
    schema: &Schema,
    name: &str,
    replace_null: bool,
) -> Result<Plan, Exception> {
    let mut builder = SchemaBuilder::structure().copy_basics(schema);
    let mut converted = None;
    for field in schema.try_fields()? {
        let new = if field.name() == name {
            converted = Some((field.index(), Form::of_schema(field.schema())));
            forms.schema(target, field.schema().is_optional())
        } else {
            field.schema().clone()
        };
        builder = builder.field(Arc::clone(field.shared_name()), new);
    }
    if schema.is_optional() {
        builder = builder.optional();
    }
    let mut plan = Plan { schema: builder.peek()?, field: converted };
    if let Some(Value::Struct(default)) = schema.default_value() {
        let values = Struct::clone(default).into_parts().1;
        let default = convert_field(forms, target, &plan, schema, values, replace_null)?;
        plan.schema = builder.default_value(default).build()?;
    }
    Ok(plan)
}
