//! Whether what a step gives is sure to fit a field, so that no record needs to be checked.

use kconnect_api::{Logical, Schema, Struct, Type, Value};

use super::{Step, Target, Whole};

/// Whether all fields of a record of `schema` are sure to fit.
pub(super) fn all_fit(schema: &Schema, steps: &[(Option<usize>, Step)], defaults: &[(usize, Value)]) -> bool {
    let fields = schema.fields();
    let Ok(mut record) = Struct::new(schema.clone()) else { return false };
    let step_fits = |place: usize, step| fields.get(place).is_some_and(|field| fits(step, field.schema()));
    steps.iter().all(|(place, step)| place.is_none_or(|place| step_fits(place, step)))
        && defaults.iter().all(|(place, value)| {
            fields.get(*place).is_some() && record.put_at(*place, value.clone()).is_ok()
        })
}

/// Whether whatever `step` gives fits `schema`. It usually does, since both come from one Avro schema; but schemas may
/// claim what no step gives, as a text with the name of a logical type.
pub(super) fn fits(step: &Step, schema: &Schema) -> bool {
    let is = |kind: Type, logical: Option<Logical>| schema.kind() == kind && schema.logical() == logical;
    let part = |step: &Step, schema: Option<&Schema>| schema.is_some_and(|schema| fits(step, schema));
    match step {
        Step::Null => schema.is_optional(),
        Step::Boolean => is(Type::Boolean, None),
        Step::Integer(Whole::Int32) => is(Type::Int32, None),
        Step::Integer(Whole::Int64) => is(Type::Int64, None),
        Step::Integer(Whole::Timestamp) => is(Type::Int64, Some(Logical::Timestamp)),
        Step::Integer(Whole::As(own)) => {
            let is_date = matches!(own.logical(), Some(Logical::Date | Logical::Time));
            is(own.kind(), own.logical())
                && (own.logical().is_none() || (own.kind() == Type::Int32 && is_date))
        }
        Step::Float => is(Type::Float32, None),
        Step::FloatAsDouble | Step::Double => is(Type::Float64, None),
        Step::Sized(target) | Step::Fixed(_, target) => match target {
            Target::Text => is(Type::String, None),
            Target::Bytes => is(Type::Bytes, None),
            Target::Decimal(_) => is(Type::Bytes, Some(Logical::Decimal)),
        },
        Step::Enum(..) => is(Type::String, None),
        Step::Array(element) => is(Type::Array, None) && part(element, schema.value_schema()),
        Step::Map(value) => {
            let is_text = |key: &Schema| key.kind() == Type::String && key.logical().is_none();
            is(Type::Map, None)
                && schema.key_schema().is_some_and(is_text)
                && part(value, schema.value_schema())
        }
        Step::Entries { key, value, .. } => {
            is(Type::Map, None) && part(key, schema.key_schema()) && part(value, schema.value_schema())
        }
        // Their fields are checked where they are made, if need be.
        Step::Record(plan) => is(Type::Struct, None) && plan.schema.is_same(schema) && plan.is_complete(),
        Step::Member(plan) => is(Type::Struct, None) && plan.schema.is_same(schema) && plan.is_complete(),
        Step::Union(members) => members.iter().all(|member| fits(member, schema)),
        Step::Unreadable(_) => true,
        Step::Skip(_) | Step::Anything => false,
    }
}
