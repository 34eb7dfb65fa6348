//! Value generators of the tests: a random value of each structure, as a version can carry it.

use std::fmt::Write;

use super::emit::condition;
use super::schema::{Api, Field, Kind, Struct};

/// The code of all generators.
pub(super) fn samples(apis: &[Api]) -> String {
    let mut out = String::from("// Generated from the schema texts by `cargo xtask gen`. Do not edit.\n\n");
    out += "//! A random value of each structure, as a version can carry it.\n\n\
        use kconnect_wire::messages::*;\n\nuse crate::seed::{Sample, Seed};\n\n";
    for api in apis {
        for item in &api.structs {
            sample(api, item, &mut out);
        }
    }
    out
}

fn sample(api: &Api, item: &Struct, out: &mut String) {
    let mut fields = String::new();
    for field in &item.fields {
        let value = value(api, field);
        let _ = match condition(api, field.versions) {
            None => writeln!(fields, "{}: {value},", field.name),
            Some(present) => {
                writeln!(fields, "{}: if {present} {{ {value} }} else {{ {} }},", field.name, default(field))
            }
        };
    }
    if let Some(from) = api.flexible {
        let _ = if from <= api.versions.first {
            writeln!(fields, "unknown_tags: s.unknown_tags(),")
        } else {
            writeln!(
                fields,
                "unknown_tags: if version >= {from} {{ s.unknown_tags() }} else {{ Default::default() }},"
            )
        };
    }
    let version = if fields.contains("version") { "version" } else { "_version" };
    let _ = writeln!(
        out,
        "impl Sample for {} {{ fn sample(s: &mut Seed, {version}: i16) -> Self {{ Self {{ {fields} }} }} }}\n",
        item.name
    );
}

fn default(field: &Field) -> String {
    field
        .default_value()
        .replace("Bytes::new()", "Default::default()")
        .replace("Uuid::ZERO", "Default::default()")
        .replace("ErrorCode::NONE", "Default::default()")
}

fn value(api: &Api, field: &Field) -> String {
    let one = match &field.kind {
        Kind::Struct(name) => format!("{name}::sample(s, version)"),
        Kind::String => "s.string()".to_owned(),
        Kind::Bytes => "s.bytes()".to_owned(),
        Kind::Uuid => "s.uuid()".to_owned(),
        Kind::Error => "s.error_code()".to_owned(),
        Kind::Bool => "s.bool()".to_owned(),
        Kind::Float64 => "s.f64()".to_owned(),
        Kind::Int64 => "s.int()".to_owned(),
        number => format!("s.int() as {}", number.rust_type()),
    };
    let value = if field.array { format!("s.list(|s| {one})") } else { one };
    match field.nullable {
        None => value,
        Some(versions) => match condition(api, versions) {
            None => format!("s.option(true, |s| {value})"),
            Some(allowed) => format!("s.option({allowed}, |s| {value})"),
        },
    }
}
