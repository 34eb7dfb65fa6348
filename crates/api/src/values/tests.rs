use crate::values::{parse, to_text};

/// Type and text of what `text` is read as.
fn shown(text: &str) -> String {
    match parse(text) {
        None => "null".to_owned(),
        Some(found) => {
            let schema = found.schema.map_or_else(|| "-".to_owned(), |schema| short(&schema));
            format!("{schema} {}", found.value.to_java_string())
        }
    }
}

fn short(schema: &crate::Schema) -> String {
    let part = |schema: Option<&crate::Schema>| schema.map_or_else(|| "null".to_owned(), short);
    match schema.kind() {
        crate::Type::Array => format!("array<{}>", part(schema.value_schema())),
        crate::Type::Map => format!("map<{},{}>", part(schema.key_schema()), part(schema.value_schema())),
        kind => match schema.logical() {
            Some(logical) => format!("{logical:?}"),
            None => kind.name().to_owned(),
        },
    }
}

#[test]
fn texts_are_read_as_upstream_reads_them() {
    for (text, expected) in [
        ("  ", "string   "),
        ("\"null\"", "string \"null\""),
        (" null ", "null"),
        ("TRUE", "string TRUE"),
        ("127", "int8 127"),
        ("128", "int16 128"),
        ("-129", "int16 -129"),
        ("32768", "int32 32768"),
        ("2147483648", "int64 2147483648"),
        ("9223372036854775808", "Decimal 9223372036854775808"),
        ("1.0", "int8 1"),
        ("100e-2", "int8 1"),
        ("00012", "int8 12"),
        ("+5", "int8 5"),
        ("-0", "int8 0"),
        ("1e3", "int16 1000"),
        ("1e10", "int64 10000000000"),
        ("1.5", "float32 1.5"),
        ("0.1", "float32 0.1"),
        ("1E-5", "float32 1.0E-5"),
        // JDK 17 prints one digit more.
        ("123456789.123456789", "float32 1.2345679E8"),
        ("3.4028236E38", "float64 3.4028236E38"),
        ("1e400", "Decimal 1E+400"),
        ("-", "string -"),
        ("1f", "string 1f"),
        ("0x10", "string 0x10"),
        ("1_000", "string 1_000"),
        ("NaN", "string NaN"),
        ("5 apples", "string 5 apples"),
        ("1,2", "int8 1"),
        ("12:30", "int8 12"),
        ("[1, 2.5]", "array<float32> [1.0, 2.5]"),
        ("[1,\"a\"]", "array<null> [1, a]"),
        ("[]", "array<null> []"),
        ("[null]", "array<null> [null]"),
        ("[null,null]", "array<null> [null, null]"),
        ("[1,]", "array<int8> [1]"),
        ("[1]x", "array<int8> [1]"),
        ("[1,null]", "string [1,null]"),
        ("[,1]", "string [,1]"),
        ("[1 2]", "string [1 2]"),
        ("[a]", "string [a]"),
        ("[true,1]", "array<null> [true, 1]"),
        ("[[1],[300]]", "array<array<int16>> [[1], [300]]"),
        ("[[1],[\"a\"]]", "array<array<string>> [[1], [a]]"),
        ("{}", "map<null,null> {}"),
        ("{\"a\":1 \"b\":2}", "map<string,int8> {a=1, b=2}"),
        ("{\"a\":1,}", "map<string,int8> {a=1}"),
        ("{\"a\":1}x", "map<string,int8> {a=1}"),
        ("{\"a\":null}", "map<string,null> {a=null}"),
        ("{\"a\":1,\"b\":null}", "string {\"a\":1,\"b\":null}"),
        ("{a:1}", "string {a:1}"),
        ("{null:1}", "string {null:1}"),
        ("{,}", "string {,}"),
        ("{1:2,300:4}", "map<int16,int8> {1=2, 300=4}"),
        ("\"2019-08-23\"", "string \"2019-08-23\""),
        ("2019-8-23", "string 2019-8-23"),
        ("20190823", "int32 20190823"),
        ("abc:def", "string abc:def"),
        ("a\\:b", "string a\\:b"),
        ("[\"a,b\"]", "array<string> [a,b]"),
        (" {", "string  "),
        ("{\"x\":null,\"x\":1}", "map<string,int8> {x=1}"),
        ("[2019-08-23,-70000]", "string [2019-08-23,-70000]"),
        ("[1.5,2019-08-23]", "string [1.5,2019-08-23]"),
        ("[\"\"]", "array<string> []"),
        ("14:34:54.346Z extra", "int8 14"),
        ("2019-08-23T14:34:54Z", "string 2019-08-23T14:34:54Z"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn dates_and_times_are_lenient() {
    // The vectors are those of a JVM in UTC; elsewhere the zone's offset shifts them.
    if crate::local_zone().to_offset(jiff::Timestamp::UNIX_EPOCH) != jiff::tz::Offset::UTC {
        return;
    }
    for (text, logical, millis) in [
        ("2019-08-23", "Date", 1_566_518_400_000),
        ("2019-99-99", "Date", 1_812_326_400_000),
        ("12345-1-23", "Date", 327_405_283_200_000),
        ("14:34:54.346Z", "Time", 52_494_346),
        ("14\\:34\\:54.346Z", "Time", 52_494_346),
        ("25:61:61.999Z", "Time", 93_721_999),
        // Julian before October 15th 1582, as in Java.
        ("0001-01-01", "Date", -62_135_769_600_000),
        ("1500-02-29", "Date", -14_825_894_400_000),
        ("2019-08-23T14:34:54.346Z", "Timestamp", 1_566_570_894_346),
    ] {
        let found = parse(text).unwrap();
        assert_eq!(
            (short(&found.schema.unwrap()), found.value),
            (logical.to_owned(), crate::Value::Date(millis)),
            "{text}"
        );
    }
    assert_eq!(shown("[\"2019-08-23\"]"), "array<Date> [Fri Aug 23 00:00:00 UTC 2019]");
    for (millis, text) in [
        (0, "00:00:00.000Z"),
        (-1, "23:59:59.999Z"),
        (86_400_000, "1970-01-02"),
        (86_400_001, "1970-01-02T00:00:00.001Z"),
    ] {
        assert_eq!(super::date_text(millis), text);
    }
}

#[test]
fn values_are_written_with_quotes_inside_of_containers_only() {
    let found = parse("{\"k\":[1,\"a\"],\"b\":[true]}").unwrap();
    let mut out = Vec::new();
    to_text(&found.value, &mut out);
    assert_eq!(String::from_utf8(out).unwrap(), "{\"k\":[1,\"a\"],\"b\":[true]}");
    let mut out = Vec::new();
    to_text(&crate::Value::from("a\"b"), &mut out);
    assert_eq!(out, b"a\"b");
}
