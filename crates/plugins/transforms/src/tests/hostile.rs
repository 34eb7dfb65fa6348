//! Values made to hurt: nested without end, of very many fields, numbers that must not be written out. Each test would
//! run for minutes, or end the process, if the work grew faster than the input.

use std::sync::Arc;
use std::time::Duration;

use kconnect_api::{MapValue, Record, Schema, SchemaBuilder, Struct, Value};

use super::{apply, sink};

const MANY: usize = 100_000;
/// Far above what a loaded machine needs, far below what work of the square of the size takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Every class that looks into structs or maps.
const CLASSES: &[(&str, &[(&str, &str)])] = &[
    ("Cast$Value", &[("spec", "f7:string,zz:int8")]),
    ("ExtractField$Value", &[("field", "f99999")]),
    ("Flatten$Value", &[]),
    ("HeaderFrom$Value", &[("fields", "f7,f8"), ("headers", "a,b"), ("operation", "move")]),
    ("InsertField$Value", &[("topic.field", "zz")]),
    ("MaskField$Value", &[("fields", "f7,f8")]),
    ("ReplaceField$Value", &[("exclude", "f7"), ("renames", "f8:zz")]),
    ("SetSchemaMetadata$Value", &[("schema.name", "n")]),
    ("TimestampConverter$Value", &[("field", "f7"), ("target.type", "unix"), ("format", "yyyy")]),
    ("ValueToKey", &[("fields", "f7,f8")]),
];

fn within<T>(limit: Duration, what: &str, work: impl FnOnce() -> T) -> T {
    let start = std::time::Instant::now();
    let done = work();
    let taken = start.elapsed();
    assert!(taken < limit, "{what} took {taken:?}");
    done
}

fn wide() -> Record {
    let schema = within(LIMIT, "building the schema", || {
        let builder = SchemaBuilder::structure();
        (0..MANY).fold(builder, |b, at| b.field(format!("f{at}"), Schema::optional_string())).build().unwrap()
    });
    let mut value = Struct::new(schema.clone()).unwrap();
    for at in 0..MANY {
        value.put_at(at, Value::from("2017")).unwrap();
    }
    sink(Some(schema), Value::Struct(Arc::new(value)))
}

#[test]
fn a_struct_of_very_many_fields_costs_what_its_fields_cost() {
    let record = wide();
    for (class, settings) in CLASSES {
        let result = within(LIMIT, class, || apply(class, settings, record.clone()));
        assert!(result.is_ok(), "{class}: {result:?}");
    }
}

#[test]
fn a_map_of_very_many_entries_costs_what_its_entries_cost() {
    let map: MapValue = (0..MANY).map(|at| (Value::from(format!("f{at}")), Value::from("2017"))).collect();
    let record = sink(None, Value::Map(Arc::new(map)));
    for (class, settings) in CLASSES.iter().filter(|(class, _)| !class.starts_with("SetSchema")) {
        let result = within(LIMIT, class, || apply(class, settings, record.clone()));
        assert!(result.is_ok(), "{class}: {result:?}");
    }
}

#[test]
fn maps_in_maps_are_flattened_without_the_stack() {
    const DEEP: usize = 2_000;
    let mut value = Value::from("x");
    for _ in 0..DEEP {
        value = Value::Map(Arc::new([(Value::from("a"), value)].into_iter().collect()));
    }
    let record = apply("Flatten$Value", &[], sink(None, value)).unwrap().unwrap();
    let Value::Map(flat) = record.value else { panic!("no map: {:?}", record.value) };
    let (name, leaf) = flat.iter().next().unwrap();
    assert_eq!((name.to_java_string().len(), leaf), (DEEP * 2 - 1, &Value::from("x")));
}

#[test]
fn structs_in_structs_are_flattened() {
    const DEEP: usize = 300;
    let mut schema = Schema::optional_string();
    let mut value = Value::from("x");
    for _ in 0..DEEP {
        schema = SchemaBuilder::structure().field("a", schema).build().unwrap();
        let mut outer = Struct::new(schema.clone()).unwrap();
        outer.put_at(0, value).unwrap();
        value = Value::Struct(Arc::new(outer));
    }
    let record = apply("Flatten$Value", &[], sink(Some(schema), value)).unwrap().unwrap();
    assert_eq!(record.value_schema.unwrap().fields()[0].name().len(), DEEP * 2 - 1);
}

#[test]
fn numbers_of_huge_exponents_are_not_written_out() {
    for (number, target, expected) in [
        ("1E+999999999", "int64", "0"),
        ("-1E+999999999", "float64", "-Infinity"),
        ("1E-999999999", "float32", "0.0"),
        ("1E+999999999", "boolean", "false"),
        ("1E+999999999", "string", "1E+999999999"),
    ] {
        let schema = SchemaBuilder::decimal(0).build().unwrap();
        let value = Value::Decimal(kconnect_api::parse_decimal(number).unwrap());
        let result =
            within(LIMIT, number, || apply("Cast$Value", &[("spec", target)], sink(Some(schema), value)));
        assert_eq!(result.unwrap().unwrap().value.to_java_string(), expected, "{number} as {target}");
    }
    let masked = [("fields", "a"), ("replacement", "1E+999999999")];
    for (value, expected) in [(Value::Int32(1), "0"), (Value::Float64(1.0), "Infinity")] {
        let map: MapValue = [(Value::from("a"), value)].into_iter().collect();
        let result = within(LIMIT, "masking", || {
            apply("MaskField$Value", &masked, sink(None, Value::Map(Arc::new(map))))
        });
        assert_eq!(result.unwrap().unwrap().value.to_java_string(), format!("{{a={expected}}}"));
    }
}

#[test]
fn settings_of_any_length_are_read_in_their_length() {
    let names: Vec<String> = (0..MANY / 4).map(|at| format!("f{at}")).collect();
    let list = names.join(",");
    let casts: Vec<String> = names.iter().map(|name| format!("{name}:string")).collect();
    let renames: Vec<String> = names.iter().map(|name| format!("{name}:x{name}")).collect();
    let pattern = "yyyy-MM-dd'T'HH ".repeat(MANY / 20);
    let record = wide();
    for (class, settings) in [
        ("Cast$Value", vec![("spec", casts.join(","))]),
        ("MaskField$Value", vec![("fields", list.clone())]),
        ("ReplaceField$Value", vec![("exclude", list.clone())]),
        ("ReplaceField$Value", vec![("renames", renames.join(","))]),
        ("ValueToKey", vec![("fields", list.clone())]),
        (
            "HeaderFrom$Value",
            vec![("fields", list.clone()), ("headers", list.clone()), ("operation", "move".into())],
        ),
        ("TimestampRouter", vec![("timestamp.format", pattern)]),
        ("ExtractField$Value", vec![("field", "a.".repeat(MANY / 2)), ("field.syntax.version", "V2".into())]),
    ] {
        let settings: Vec<(&str, &str)> = settings.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let result = within(LIMIT, class, || apply(class, &settings, record.clone()));
        let expected_error = class.starts_with("ExtractField") || *class == *"TimestampRouter";
        assert_eq!(result.is_err(), expected_error, "{class}: {:?}", result.err());
    }
}

#[test]
fn a_struct_of_another_schema_than_the_record_says_is_refused() {
    let one = SchemaBuilder::structure().field("f7", Schema::optional_string()).build().unwrap();
    let other = SchemaBuilder::structure().name("other").build().unwrap();
    for (class, settings) in CLASSES.iter().filter(|(class, _)| !class.starts_with("ExtractField")) {
        let value = Value::Struct(Arc::new(Struct::new(other.clone()).unwrap()));
        let error = apply(class, settings, sink(Some(one.clone()), value)).unwrap_err();
        assert!(
            error == "Struct schemas do not match." || error.starts_with("Cannot invoke"),
            "{class}: {error}"
        );
    }
}
