//! Projection of values onto other schemas.

use std::sync::Arc;

use kconnect_api::{Schema, SchemaBuilder, Struct, Type, Value, project};

fn int(optional: bool, default: Option<i32>) -> Schema {
    let builder = SchemaBuilder::new(Type::Int32);
    let builder = if optional { builder.optional() } else { builder };
    builder
        .default_value(default.map_or(Value::Null, Value::Int32))
        .build()
        .unwrap_or_else(|_| Schema::int32())
}

fn shown(source: &Schema, value: &Value, target: &Schema) -> String {
    match project(source, value, target) {
        Ok(value) => format!("{} {}", value.java_class(), value.to_java_string()),
        Err(error) => {
            let cause = error.cause().map(|cause| format!(" <- {}", cause.message().unwrap_or_default()));
            format!("! {}{}", error.message().unwrap_or_default(), cause.unwrap_or_default())
        }
    }
}

#[test]
fn primitives_are_widened_and_nulls_take_defaults_only_where_required() {
    let named = |name: &str| SchemaBuilder::new(Type::Int32).name(name).build().unwrap();
    let scaled = |scale| SchemaBuilder::decimal(scale).build().unwrap();
    let writer = "! Writer schema is optional, however, target schema does not provide a default value.";
    for (source, value, target, expected) in [
        (Schema::int8(), Value::Int8(5), Schema::float64(), "java.lang.Double 5.0"),
        (Schema::int32(), Value::Int32(5), Schema::optional_int64(), "java.lang.Long 5"),
        (Schema::int64(), Value::Int64(16_777_217), Schema::float32(), "java.lang.Float 1.6777216E7"),
        (Schema::float32(), Value::Float32(0.5), Schema::float64(), "java.lang.Double 0.5"),
        (Schema::optional_int32(), Value::Int32(5), Schema::int32(), writer),
        (Schema::optional_int32(), Value::Null, int(false, Some(9)), "java.lang.Integer 9"),
        (Schema::optional_int32(), Value::Null, int(true, Some(9)), "null null"),
        (Schema::int32(), Value::Null, Schema::int32(), "null null"),
        (
            Schema::int64(),
            Value::Null,
            Schema::int32(),
            "! Schema type mismatch. source type: INT64 and target type: INT32",
        ),
        (
            Schema::string(),
            "x".into(),
            Schema::bytes(),
            "! Schema type mismatch. source type: STRING and target type: BYTES",
        ),
        (
            named("a"),
            Value::Int32(1),
            named("b"),
            "! Schema name mismatch. source name: a and target name: b",
        ),
        (
            scaled(1),
            Value::Null,
            scaled(2),
            "! Schema parameters not equal. source parameters: {scale=1} and target parameters: {scale=2}",
        ),
    ] {
        assert_eq!(shown(&source, &value, &target), expected);
    }
}

#[test]
fn structs_are_projected_field_by_field() {
    let text = SchemaBuilder::new(Type::String).default_value("x".into()).build().unwrap();
    let source =
        SchemaBuilder::structure().field("a", Schema::int32()).field("z", Schema::int8()).build().unwrap();
    let target = SchemaBuilder::structure()
        .field("a", Schema::int64())
        .field("b", text)
        .field("c", Schema::optional_string())
        .build()
        .unwrap();
    let mut value = Struct::new(source.clone()).unwrap();
    value.put("a", Value::Int32(1)).unwrap();
    let value = Value::Struct(Arc::new(value));
    assert_eq!(shown(&source, &value, &target), "org.apache.kafka.connect.data.Struct Struct{a=1,b=x}");
    let missing = SchemaBuilder::structure().field("b", Schema::int8()).build().unwrap();
    assert_eq!(
        shown(&source, &value, &missing),
        "! Required field `b` is missing from source schema: Schema{STRUCT}"
    );
    let narrower = SchemaBuilder::structure().field("a", Schema::int8()).build().unwrap();
    assert_eq!(
        shown(&source, &value, &narrower),
        "! Error projecting a <- Schema type mismatch. source type: INT32 and target type: INT8"
    );
}
