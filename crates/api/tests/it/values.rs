//! Conversions between kinds of values, against what the JVM class answers (`values.txt`).

use std::sync::Arc;

use kconnect_api::{
    Exception, MapValue, Schema, SchemaBuilder, Struct, Type, Value, classes, parse_decimal, values,
};

/// Names of `values.txt` to values.
fn value(label: &str) -> Value {
    let (kind, text) = label.split_once(':').unwrap_or((label, ""));
    match kind {
        "null" => Value::Null,
        "bool" => Value::Bool(text == "true"),
        "i8" => Value::Int8(text.parse().unwrap()),
        "i16" => Value::Int16(text.parse().unwrap()),
        "i32" => Value::Int32(text.parse().unwrap()),
        "i64" => Value::Int64(text.parse().unwrap()),
        "f32" => Value::Float32(text.parse().unwrap()),
        "f64" => Value::Float64(text.parse().unwrap()),
        "str" => Value::from(text),
        "dec" => Value::Decimal(parse_decimal(text).unwrap()),
        "date" => Value::Date(text.parse().unwrap()),
        "bytes" => {
            let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
            Value::bytes((0..text.len()).step_by(2).map(byte).collect::<Vec<_>>().into())
        }
        "list" => list(text),
        "map" => map(text),
        "struct" => {
            let default = SchemaBuilder::new(Type::String).optional().default_value(Value::from("d"));
            let schema = SchemaBuilder::structure()
                .field("a", Schema::int32())
                .field("b", default.build().unwrap())
                .build()
                .unwrap();
            let mut inner = Struct::new(schema).unwrap();
            inner.put("a", Value::Int32(1)).unwrap();
            Value::Struct(Arc::new(inner))
        }
        other => panic!("{other}"),
    }
}

fn list(label: &str) -> Value {
    let one = Value::Int8(1);
    let decimal = || Value::Decimal(parse_decimal("1").unwrap());
    Value::Array(Arc::new(match label {
        "int8" => vec![one, Value::Int8(2)],
        "empty" => vec![],
        "nulls" => vec![Value::Null, Value::Null],
        "int8null" => vec![one, Value::Null],
        "nullint8" => vec![Value::Null, one],
        "mixed" => vec![one, Value::from("x")],
        "nested" => vec![Value::Array(Arc::new(vec![one]))],
        "dec" => vec![decimal()],
        "decint8" => vec![decimal(), one],
        "int8dec" => vec![one, decimal()],
        "maps" => vec![map("stringint32")],
        "empties" => vec![list("empty")],
        other => panic!("{other}"),
    }))
}

fn map(label: &str) -> Value {
    let (a, b, one) = (Value::from("a"), Value::from("b"), Value::Int32(1));
    let entries = match label {
        "stringint32" => vec![(a, one)],
        "empty" => vec![],
        "stringmixed" => vec![(a, one), (b, Value::from("x"))],
        "stringint32null" => vec![(a, one), (b, Value::Null)],
        "mixedint32" => vec![(one.clone(), one.clone()), (b, one)],
        "nullint32" => vec![(Value::Null, one)],
        "stringnull" => vec![(a, Value::Null)],
        "stringlist" => vec![(a, Value::Array(Arc::new(vec![Value::Int64(1)])))],
        other => panic!("{other}"),
    };
    Value::Map(Arc::new(entries.into_iter().collect::<MapValue>()))
}

fn schema(label: &str) -> Option<Schema> {
    let builder = match label {
        "-" => return None,
        "string" => return Some(Schema::string()),
        "date" => SchemaBuilder::date(),
        "time" => SchemaBuilder::time(),
        "timestamp" => SchemaBuilder::timestamp(),
        "decimal" => SchemaBuilder::decimal(3),
        "named" => SchemaBuilder::new(Type::String).name("x"),
        other => panic!("{other}"),
    };
    Some(builder.build().unwrap())
}

fn convert(function: &str, schema: Option<&Schema>, value: &Value) -> Result<String, Exception> {
    use values::*;
    fn of<T: Into<Value>>(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
    Ok(show(&match function {
        "boolean" => of(convert_to_boolean(schema, value)?),
        "byte" => of(convert_to_byte(schema, value)?),
        "short" => of(convert_to_short(schema, value)?),
        "integer" => of(convert_to_integer(schema, value)?),
        "long" => of(convert_to_long(schema, value)?),
        "float" => of(convert_to_float(schema, value)?),
        "double" => of(convert_to_double(schema, value)?),
        "string" => convert_to_string(schema, value)?.map_or(Value::Null, Value::String),
        "list" => Value::Array(convert_to_list(schema, value)?),
        "map" => Value::Map(convert_to_map(schema, value)?),
        "struct" => Value::Struct(convert_to_struct(schema, value)?),
        "time" => Value::Date(convert_to_time(schema, value)?),
        "date" => Value::Date(convert_to_date(schema, value)?),
        "timestamp" => Value::Date(convert_to_timestamp(schema, value)?),
        "decimal2" => Value::Decimal(convert_to_decimal(schema, value, 2)?),
        "infer" => {
            return Ok(infer_schema(value)?.map_or_else(
                || "null".to_owned(),
                |schema| format!("schema:{}", show_schema(Some(&schema))),
            ));
        }
        other => panic!("{other}"),
    }))
}

fn show(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) => "bool",
        Value::Int8(_) => "i8",
        Value::Int16(_) => "i16",
        Value::Int32(_) => "i32",
        Value::Int64(_) => "i64",
        Value::Float32(_) => "f32",
        Value::Float64(_) => "f64",
        Value::String(_) => "str",
        Value::Decimal(_) => "dec",
        Value::Date(millis) => return format!("date:{millis}"),
        Value::Bytes(..) => "bytes",
        Value::Array(_) | Value::Map(_) | Value::Struct(_) => "text",
    };
    let mut text = Vec::new();
    values::to_text(value, &mut text);
    format!("{kind}:{}", String::from_utf8(text).unwrap())
}

fn show_schema(schema: Option<&Schema>) -> String {
    let Some(schema) = schema else { return "null".to_owned() };
    let mut text = schema.kind().constant().to_lowercase();
    if schema.is_optional() {
        text.push('?');
    }
    match schema.kind() {
        Type::Array => text.push_str(&format!("<{}>", show_schema(schema.value_schema()))),
        Type::Map => text.push_str(&format!(
            "<{},{}>",
            show_schema(schema.key_schema()),
            show_schema(schema.value_schema())
        )),
        _ => {}
    }
    text
}

fn show_error(error: &Exception) -> String {
    let mut text = "!".to_owned();
    let mut next = Some(error);
    while let Some(error) = next {
        if text.len() > 1 {
            text.push('|');
        }
        let class = match error.class() {
            classes::DATA => "D",
            classes::SCHEMA_BUILDER => "B",
            classes::NUMBER_FORMAT => "N",
            classes::NULL_POINTER => "P",
            "java.lang.ArrayIndexOutOfBoundsException" => "A",
            other => other,
        };
        text.push_str(&format!("{class}|{}", error.message().unwrap_or("null")));
        next = error.cause();
    }
    // An identity hash in Java, any number here.
    if let Some(at) = text.find("[B@") {
        let end = text[at + 3..].find(' ').map_or(text.len(), |end| at + 3 + end);
        text.replace_range(at + 3..end, "*");
    }
    text
}

/// The rows are those of a JVM in UTC; elsewhere the zone's offset shifts them.
fn in_utc() -> bool {
    Value::Date(0).to_java_string() == "Thu Jan 01 00:00:00 UTC 1970"
}

#[test]
fn conversions_answer_as_the_jvm_class() {
    if !in_utc() {
        return;
    }
    let (mut checked, mut wrong) = (0, Vec::new());
    for line in include_str!("values.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (schema_label, label) = (columns.next().unwrap(), columns.next().unwrap());
        let (schema, value) = (schema(schema_label), value(label));
        for column in columns {
            let (functions, expect) = column.split_once('=').unwrap();
            for function in functions.split(',') {
                let got = convert(function, schema.as_ref(), &value).unwrap_or_else(|e| show_error(&e));
                checked += 1;
                if got != expect {
                    wrong.push(format!("{function}({schema_label}, {label})\n  {got}\n  {expect}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {checked}\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 2000, "{checked}");
}

#[test]
fn number_texts_are_refused_in_the_words_of_the_jvm() {
    let neither = |c| {
        format!(
            "Character {c} is neither a decimal digit number, decimal point, nor \"e\" notation exponential mark."
        )
    };
    let rows: &[(&str, &str)] = &[
        ("+", "No digits found."),
        (".e5", "No digits found."),
        ("--1", &neither('-')),
        ("1-", &neither('-')),
        ("\u{1D7CE}", &neither('?')),
        ("1..2", "Character array contains more than one decimal point."),
        ("1e5x", "Not a digit."),
        ("1e+-5", "Not a digit."),
        ("1e99999999999x", "Too many nonzero exponent digits."),
        ("1e-2147483648", "Exponent overflow."),
        ("12.5e-2147483647", "Exponent overflow."),
        ("12345678901234567890123x", "Character array is missing \"e\" notation exponential mark."),
    ];
    for (text, expect) in rows {
        assert_eq!(parse_decimal(text).unwrap_err().message(), Some(*expect), "{text}");
    }
    for (text, index) in [("", 0), ("1e", 2), ("1e+", 3), ("+e", 2)] {
        let error = parse_decimal(text).unwrap_err();
        assert_eq!(error.message(), None, "{text}");
        let expect = format!("Index {index} out of bounds for length {index}");
        assert_eq!(error.cause().and_then(Exception::message), Some(&*expect), "{text}");
    }
    for (text, expect) in [
        ("1.", (1, 0)),
        (".5", (5, 1)),
        ("1.e3", (1, -3)),
        ("1e2147483648", (1, -2_147_483_648)),
        ("1e00000000000000000000000001", (1, -1)),
        ("\u{661}e\u{661}", (1, -1)),
    ] {
        let number = parse_decimal(text).unwrap();
        let (unscaled, scale) = number.as_bigint_and_scale();
        assert_eq!((unscaled.into_owned(), scale), (expect.0.into(), expect.1), "{text}");
    }
}

#[test]
fn a_number_of_a_million_digits_is_cut_in_one_pass() {
    let text = Value::from("9".repeat(1_000_000) + ".5");
    let started = std::time::Instant::now();
    assert!(values::convert_to_long(None, &text).unwrap().is_some());
    assert_eq!(values::convert_to_double(None, &text).unwrap(), Some(f64::INFINITY));
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn instants_of_any_year_print_as_in_java() {
    if !in_utc() {
        return;
    }
    for (millis, java, text) in [
        (i64::MAX, "Sun Aug 17 07:12:55 UTC 292278994", "292278994-08-17T07:12:55.807Z"),
        (i64::MIN, "Sun Dec 02 16:47:04 UTC 292269055", "16:47:04.192Z"),
        (-12_219_292_800_000, "Fri Oct 15 00:00:00 UTC 1582", "00:00:00.000Z"),
        (-12_219_292_800_001, "Thu Oct 04 23:59:59 UTC 1582", "23:59:59.999Z"),
        (-62_135_769_600_000, "Sat Jan 01 00:00:00 UTC 1", "00:00:00.000Z"),
        (-62_135_769_600_001, "Fri Dec 31 23:59:59 UTC 1", "23:59:59.999Z"),
        (253_402_300_800_000, "Sat Jan 01 00:00:00 UTC 10000", "10000-01-01"),
        (-99_999_999_999_999, "Thu Feb 26 14:13:20 UTC 1200", "14:13:20.001Z"),
        (-62_198_755_200_001, "Thu Jan 02 23:59:59 UTC 2", "23:59:59.999Z"),
        (951_782_400_000, "Tue Feb 29 00:00:00 UTC 2000", "2000-02-29"),
        (-377_705_116_800_000, "Mon Mar 19 00:00:00 UTC 10000", "00:00:00.000Z"),
        (1_566_570_894_346, "Fri Aug 23 14:34:54 UTC 2019", "2019-08-23T14:34:54.346Z"),
    ] {
        let value = Value::Date(millis);
        assert_eq!(value.to_java_string(), java, "{millis}");
        let printed = values::convert_to_string(None, &value).unwrap().unwrap();
        assert_eq!(printed.as_str(), text, "{millis}");
    }
}

#[test]
fn a_byte_buffer_is_known_by_its_text_and_class_only() {
    let (buffer, array) = (Value::byte_buffer(b"\x01\x02"[..].into()), Value::bytes(b"\x01\x02"[..].into()));
    assert_eq!(buffer.to_java_string(), "java.nio.HeapByteBuffer[pos=0 lim=2 cap=2]");
    assert!(array.to_java_string().starts_with("[B@"));
    assert_eq!((buffer.java_class(), array.java_class()), ("java.nio.HeapByteBuffer", "[B"));
    assert_eq!(buffer, array);
    let printed = |value| values::convert_to_string(None, value).unwrap().unwrap();
    assert_eq!((printed(&buffer).as_str(), printed(&array).as_str()), ("AQI=", "AQI="));
}

#[test]
fn a_map_of_everything_prints_with_quotes_where_upstream_puts_them() {
    let decimal = |text| Value::Decimal(parse_decimal(text).unwrap());
    let schema = SchemaBuilder::structure()
        .field("a", Schema::int32())
        .field("b", Schema::optional_string())
        .field("c", SchemaBuilder::new(Type::String).default_value("d".into()).build().unwrap())
        .build()
        .unwrap();
    let mut inner = Struct::new(schema).unwrap();
    inner.put("a", Value::Int32(1)).unwrap();
    let entries = [
        (Value::from("k\"1"), Value::Int32(1)),
        (Value::Int32(2), Value::Null),
        ("x".into(), Value::bytes(b"\x01\x02\x03"[..].into())),
        ("f".into(), Value::Float32(1.0)),
        ("d".into(), Value::Float64(1e10)),
        ("bd".into(), decimal("1E+3")),
        ("t".into(), Value::Date(0)),
        ("l".into(), Value::Array(Arc::new(vec!["a".into(), Value::Bool(true), Value::Null]))),
        ("s".into(), Value::Struct(Arc::new(inner))),
        ("e\\\n".into(), "\\\"\n".into()),
    ];
    let map = Value::Map(Arc::new(entries.into_iter().collect::<MapValue>()));
    let expect = r#"{"k\"1":1,2:null,"x":"AQID","f":1.0,"d":1.0E10,"bd":1E+3,"t":00:00:00.000Z,"l":["a",true,null],"s":{"a":1,"b":null,"c":"d"},"e\\"#
        .to_owned()
        + "\n\":\"\\\\\\\"\n\"}";
    if in_utc() {
        assert_eq!(values::convert_to_string(None, &map).unwrap().unwrap().as_str(), expect);
    }
    assert_eq!(values::convert_to_string(None, &Value::Null).unwrap(), None);
}
