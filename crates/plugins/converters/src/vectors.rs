//! Examples of each converter, as the classes of Apache Kafka 4.3.1 answer them.

use kconnect_api::{Exception, Props, SchemaBuilder, Topic, Type, Value};

use crate::tests::{OFF, built, converter, decimal, from_json, json, read, refusal, write};

/// Message of an exception and of its cause.
fn told(error: &Exception) -> String {
    let cause = error.cause().map(|cause| {
        let class = cause.class().rsplit('.').next().unwrap_or_default();
        format!(" <- {class}: {}", cause.message().unwrap_or_default())
    });
    format!("! {}{}", error.message().unwrap_or_default(), cause.unwrap_or_default())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn primitives_are_read_from_exactly_their_size() {
    let size = |word: &str, what: &str, size: usize| {
        format!(
            "! Failed to deserialize {word}:  <- SerializationException: Size of data received by {what} is not {size}"
        )
    };
    let ok = |text: &str| text.to_owned();
    let short = || size("short", "ShortDeserializer", 2);
    let float = || size("float", "Deserializer", 4);
    let double = || size("double", "Deserializer", 8);
    let eight = &[1, 2, 3, 4, 5, 6, 7, 8][..];
    for (class, bytes, expected) in [
        ("ShortConverter", &[1, 2][..], ok("INT16 258")),
        ("ShortConverter", &[], short()),
        ("ShortConverter", &[1, 2, 3], short()),
        ("IntegerConverter", &eight[..4], ok("INT32 16909060")),
        ("IntegerConverter", &eight[..3], size("integer", "IntegerDeserializer", 4)),
        ("LongConverter", eight, ok("INT64 72623859790382856")),
        ("LongConverter", &eight[..4], size("long", "LongDeserializer", 8)),
        ("FloatConverter", &eight[..4], ok("FLOAT32 2.3879393E-38")),
        ("FloatConverter", eight, float()),
        ("DoubleConverter", eight, ok("FLOAT64 8.20788039913184E-304")),
        ("DoubleConverter", &eight[..7], double()),
        ("BooleanConverter", &[1], ok("BOOLEAN true")),
        ("BooleanConverter", &[0], ok("BOOLEAN false")),
        ("BooleanConverter", &[], size("boolean", "BooleanDeserializer", 1)),
        ("BooleanConverter", &[1, 1], size("boolean", "BooleanDeserializer", 1)),
        (
            "BooleanConverter",
            &[2],
            ok(
                "! Failed to deserialize boolean:  <- SerializationException: Unexpected byte received by BooleanDeserializer: 2",
            ),
        ),
        (
            "BooleanConverter",
            &[0xFF],
            ok(
                "! Failed to deserialize boolean:  <- SerializationException: Unexpected byte received by BooleanDeserializer: -1",
            ),
        ),
    ] {
        let found = match read(&mut *converter(class, &[]), Some(bytes)) {
            Ok(found) => {
                let schema = found.schema.expect("a schema");
                assert!(schema.is_optional(), "{class}");
                format!("{} {}", schema.kind().constant(), found.value.to_java_string())
            }
            Err(error) => told(&error),
        };
        assert_eq!(found, expected, "{class} {bytes:?}");
    }
}

#[test]
fn primitives_are_written_from_exactly_their_class() {
    let cast = |word: &str, from: &str, to: &str| {
        format!(
            "! Failed to serialize to {word} (was class {from}):  <- ClassCastException: class {from} cannot be cast to \
             class {to} ({from} and {to} are in module java.base of loader 'bootstrap')"
        )
    };
    let ok = |text: &str| text.to_owned();
    for (class, value, expected) in [
        ("ShortConverter", Value::Int16(1), ok("0001")),
        ("ShortConverter", Value::Int8(1), cast("short", "java.lang.Byte", "java.lang.Short")),
        ("ShortConverter", true.into(), cast("short", "java.lang.Boolean", "java.lang.Number")),
        ("IntegerConverter", Value::Int64(1), cast("integer", "java.lang.Long", "java.lang.Integer")),
        ("IntegerConverter", decimal("1"), cast("integer", "java.math.BigDecimal", "java.lang.Integer")),
        ("LongConverter", Value::Int32(1), cast("long", "java.lang.Integer", "java.lang.Long")),
        ("LongConverter", "x".into(), cast("long", "java.lang.String", "java.lang.Number")),
        ("FloatConverter", Value::Float32(1.5), ok("3fc00000")),
        // What a NaN carries is kept in one class and lost in the other.
        ("FloatConverter", Value::Float32(f32::from_bits(0x7FC0_0001)), ok("7fc00001")),
        ("DoubleConverter", Value::Float64(f64::from_bits(0x7FF8_0000_0000_0001)), ok("7ff8000000000000")),
        ("DoubleConverter", Value::Float64(f64::from_bits(0xFFF8_0000_0000_0000)), ok("7ff8000000000000")),
        ("DoubleConverter", Value::Float64(-0.0), ok("8000000000000000")),
        ("DoubleConverter", Value::Float32(1.5), cast("double", "java.lang.Float", "java.lang.Double")),
        (
            "BooleanConverter",
            Value::Int8(1),
            ok("! BooleanConverter is not compatible with objects of type class java.lang.Byte"),
        ),
        (
            "ByteArrayConverter",
            "x".into(),
            ok("! ByteArrayConverter is not compatible with objects of type class java.lang.String"),
        ),
    ] {
        let found = match write(&mut *converter(class, &[]), None, &value) {
            Ok(bytes) => hex(&bytes.expect("bytes")),
            Err(error) => told(&error),
        };
        assert_eq!(found, expected, "{class}");
    }
}

#[test]
fn json_that_later_cannot_be_written_is_read() {
    const DECIMAL: &str = r#"{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"}}"#;
    let envelope = |schema: &str, payload: &str| format!(r#"{{"schema":{schema},"payload":{payload}}}"#);
    let again = |schema: &str, payload: &str| {
        let mut json = converter("JsonConverter", &[]);
        let found = read(&mut *json, Some(envelope(schema, payload).as_bytes())).expect("it is read");
        let written = write(&mut *json, found.schema.as_ref(), &found.value);
        written.map_or_else(|error| told(&error), |bytes| hex(&bytes.unwrap_or_default()))
    };
    assert_eq!(
        again(DECIMAL, "1"),
        "! Decimal value has mismatching scale for given Decimal schema. Schema has scale 2, value has scale 0."
    );
    assert_eq!(
        again(r#"{"type":"string"}"#, "1"),
        "! Conversion error: null value for field that is required and has no default value"
    );
    assert_eq!(
        from_json(&[], &envelope(r#"{"type":"string"}"#, "null")),
        "! Invalid null value for required STRING field"
    );
    let long = envelope(r#"{"type":"int8","version":99999999999}"#, "1");
    let found = read(&mut *converter("JsonConverter", &[]), Some(long.as_bytes())).unwrap();
    assert_eq!(found.schema.unwrap().version(), Some(1_215_752_191));
    // Attributes of the wrong kind are no attributes.
    let odd = envelope(r#"{"type":"int8","version":1.0,"name":5,"doc":[],"parameters":{}}"#, "1");
    let schema = read(&mut *converter("JsonConverter", &[]), Some(odd.as_bytes())).unwrap().schema.unwrap();
    assert_eq!((schema.version(), schema.name(), schema.doc()), (None, None, None));
    assert!(schema.parameters().is_none());
}

#[test]
fn json_writes_defaults_as_their_schema_says() {
    let seven = || {
        let schema = SchemaBuilder::new(Type::Int32).optional().name("n").version(2).doc("d");
        built(schema.parameters([("p", "q"), ("a", "b")]).default_value(Value::Int32(7)))
    };
    let text = r#"{"schema":{"type":"int32","optional":true,"name":"n","version":2,"doc":"d","parameters":{"p":"q","a":"b"},"default":7},"payload":7}"#;
    assert_eq!(json(&[], seven(), Value::Int32(7)), text);
    assert_eq!(json(&[], seven(), Value::Null), text);
    let price = built(SchemaBuilder::decimal(2).optional().default_value(decimal("1.50")));
    let written = json(&[("decimal.format", "NUMERIC")], price, Value::Null);
    assert!(written.ends_with(r#""parameters":{"scale":"2"},"default":1.50},"payload":1.50}"#), "{written}");
    assert_eq!(json(OFF, Some(kconnect_api::Schema::float64()), Value::Float64(f64::NAN)), "\"NaN\"");
}

#[test]
fn an_unknown_charset_is_refused() {
    for name in ["bogus-charset", "Big5-HKSCS", "x-windows-950", "UTF-7", "UTF 8", "utf_8", ""] {
        let refused = refusal("StringConverter", &[("converter.encoding", name)]);
        assert_eq!(refused, format!("Unsupported encoding {name}"));
    }
}

#[test]
fn headers_are_guessed() {
    let plugins = crate::plugins();
    let simple = plugins.iter().find(|plugin| plugin.info().class.ends_with(".SimpleHeaderConverter"));
    let mut headers = simple.expect("a class").header_converter(&Props::new()).unwrap().unwrap();
    for (text, expected) in [
        ("1e999999999", "BYTES 1E+999999999"),
        ("١.٥", "FLOAT32 1.5"),
        ("١", "INT8 1"),
        (".5", "STRING .5"),
        ("+.5", "FLOAT32 0.5"),
        ("[1,null]", "STRING [1,null]"),
        ("[null]", "ARRAY [null]"),
        ("1:2", "INT8 1"),
        ("+", "STRING +"),
        ("", "STRING "),
        ("null", "null null"),
    ] {
        let found = headers.read(&Topic::from("t"), "k", Some(&text.as_bytes().into())).unwrap();
        let schema = found.schema.map_or("null", |schema| schema.kind().constant());
        assert_eq!(format!("{schema} {}", found.value.to_java_string()), expected, "{text}");
    }
    let millis = |text: &str| headers.read(&Topic::from("t"), "k", Some(&text.as_bytes().into())).unwrap();
    if Value::Date(0).to_java_string() != "Thu Jan 01 00:00:00 UTC 1970" {
        return; // Dates are of the zone that this runs in.
    }
    let mut millis = millis;
    for (text, expected) in [
        ("2019-08-2a", 1_564_704_000_000),
        ("1-1-1-1-1-", -62_135_769_600_000),
        ("25:61:61.999Z", 93_721_999),
    ] {
        assert_eq!(millis(text).value, Value::Date(expected), "{text}");
    }
}
