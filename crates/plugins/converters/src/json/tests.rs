//! What a converter remembers of earlier records never changes what it reads.

use kconnect_api::{Buf, Convert, Converter, SchemaAndValue, Topic, WireHeaders};
use proptest::prelude::*;

use super::{Config, JsonConverter};
use crate::class::Class;

const FIELDS: &str = r#"{"type":"struct","optional":false,"fields":[
    {"field":"id","type":"int64","optional":false},
    {"field":"name","type":"string","optional":true,"default":"nobody"},
    {"field":"price","type":"double","optional":true},
    {"field":"day","type":"int32","optional":true,"name":"org.apache.kafka.connect.data.Date","version":1},
    {"field":"tags","type":"array","optional":true,"items":{"type":"string","optional":false}},
    {"field":"inner","type":"struct","optional":true,"fields":[{"field":"id","type":"int8","optional":false}]}]}"#;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Plain,
    Envelope,
    Content,
}

fn converter(kind: Kind) -> JsonConverter {
    let made = JsonConverter::new(Config {
        schemas_enable: !matches!(kind, Kind::Plain),
        cache_size: 3,
        decimal_format: "BASE64".to_owned(),
        replace_null_with_default: true,
        schema_content: matches!(kind, Kind::Content).then(|| FIELDS.to_owned()),
    });
    made.expect("the settings are right")
}

fn read(converter: &mut JsonConverter, text: &[u8]) -> Result<SchemaAndValue, String> {
    let read = converter.read(&Topic::from("t"), &WireHeaders::new(), Some(&Buf::from(text)));
    read.map_err(|error| match error {
        Convert::Bad(error) => error.exception.trace(),
        Convert::Needs(_) => "needs something".to_owned(),
    })
}

fn scalar() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        4 => any::<i32>().prop_map(|number| number.to_string()),
        2 => (any::<i16>(), 0u16..1000).prop_map(|(whole, part)| format!("{whole}.{part}")),
        4 => "[a-c é]{0,12}".prop_map(|text| format!("\"{text}\"")),
        1 => Just("true".to_owned()),
        1 => Just("null".to_owned()),
        1 => prop_oneof![
            Just("-".to_owned()), Just("1.".to_owned()), Just("1e3".to_owned()), Just("007".to_owned()),
            Just("truex".to_owned()), Just(r#""a\n\"b""#.to_owned()), Just("\"\u{1}\"".to_owned()),
            Just("9".repeat(120)), Just("\"\\ud800\"".to_owned()), Just("-0".to_owned()), Just("-0.0".to_owned()),
        ],
    ]
}

fn value() -> impl Strategy<Value = String> + Clone {
    scalar().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|all| format!("[{}]", all.join(","))),
            object(inner),
        ]
    })
}

/// Mostly the same names in the same order, sometimes others.
fn object(value: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = String> + Clone {
    let names = prop_oneof![
        6 => Just(vec!["id", "name", "price", "day", "tags", "inner"]),
        3 => Just(vec!["id", "name"]),
        1 => proptest::sample::subsequence(
            vec!["id", "name", "price", "day", "tags", "inner", "id", "", "other", "\\u0069d", "é"], 0..8,
        ),
    ];
    let spaces = prop_oneof![6 => Just(["", "", ""]), 3 => Just(["", " ", " "]), 1 => Just([" ", "\n", " "])];
    (names, proptest::collection::vec(value, 11), spaces).prop_map(|(names, values, [a, b, c])| {
        let members: Vec<String> =
            names.iter().zip(values).map(|(name, value)| format!("{a}\"{name}\":{b}{value}")).collect();
        format!("{{{}{a}}}", members.join(&format!(",{c}")))
    })
}

/// Pieces of objects.
fn debris() -> impl Strategy<Value = String> {
    prop_oneof![Just("{}".to_owned()), Just("}".to_owned()), "[{}:,\"a1 ]{0,6}".prop_map(|text| text)]
}

/// Values that fit the schema, so that envelopes come through too.
fn row() -> impl Strategy<Value = String> {
    let inner = prop_oneof![Just("null".to_owned()), any::<i8>().prop_map(|id| format!("{{\"id\":{id}}}"))];
    let tags =
        proptest::collection::vec("\"[a-c]{0,9}\"", 0..3).prop_map(|tags| format!("[{}]", tags.join(",")));
    (any::<i64>(), "null|\"[a-z]{0,20}\"", "[1-9]{1,3}[.][0-9]{1,3}|null|5", "[0-9]{1,5}|null", tags, inner, any::<bool>())
        .prop_map(|(id, name, price, day, tags, inner, all)| match all {
            true => format!(
                "{{\"id\":{id},\"name\":{name},\"price\":{price},\"day\":{day},\"tags\":{tags},\"inner\":{inner}}}"
            ),
            false => format!("{{\"id\": {id}, \"price\": {price}}}"),
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]
    #[test]
    fn a_converter_that_has_read_much_reads_as_a_new_one(
        rows in proptest::collection::vec((prop_oneof![4 => row(), 2 => object(value()), 1 => debris()], 0usize..400, 0u8..255), 1..14),
        kind in prop_oneof![Just(Kind::Plain), Just(Kind::Envelope), Just(Kind::Content)],
    ) {
        let mut used = converter(kind);
        for (row, at, byte) in rows {
            let mut text = match kind {
                Kind::Envelope => format!("{{\"schema\":{FIELDS},\"payload\":{row}}}"),
                Kind::Plain | Kind::Content => row,
            }.into_bytes();
            for broken in [false, !text.is_empty()] {
                if broken {
                    // From the end, where the values are.
                    let at = text.len() - 1 - at % text.len();
                    text[at] = byte;
                }
                let (found, expected) = (read(&mut used, &text), read(&mut converter(kind), &text));
                // Equality of maps says nothing of their order.
                let shown = |read: &Result<SchemaAndValue, String>| read.as_ref().map(|read| read.value.to_java_string()).ok();
                prop_assert_eq!(shown(&found), shown(&expected));
                prop_assert_eq!(found, expected, "{}", String::from_utf8_lossy(&text));
            }
        }
    }
}

#[test]
fn alike_objects_are_read_by_their_template() {
    for kind in [Kind::Plain, Kind::Envelope, Kind::Content] {
        let mut used = converter(kind);
        let text = |id: u8, inner: &str| {
            let row = format!("{{\"id\": {id}, \"name\": \"n{id}\", \"inner\": {inner}}}");
            match kind {
                Kind::Envelope => format!("{{\"schema\":{FIELDS},\"payload\":{row}}}"),
                Kind::Plain | Kind::Content => row,
            }
        };
        // The first envelope teaches the schema, the second the payload.
        for id in 0..2 {
            read(&mut used, text(id, "null").as_bytes()).unwrap();
        }
        let misses = used.templates.misses();
        for id in 2..9 {
            read(&mut used, text(id, "{\"id\":7}").as_bytes()).unwrap();
        }
        assert_eq!(used.templates.misses(), misses, "{kind:?}");
        read(&mut used, text(1, "{\"id\":7}").replace("\"name\": ", "\"NAME\": ").as_bytes()).unwrap();
        assert_eq!(used.templates.misses(), misses + 1, "{kind:?}");
    }
}

#[test]
fn where_no_two_objects_are_alike_few_are_remembered() {
    let mut used = converter(Kind::Plain);
    for n in 0..3000 {
        let wide: Vec<String> = (0..n % 40).map(|field| format!("\"f{field}x{n}\":{{\"a{n}\":1}}")).collect();
        read(&mut used, format!("{{{}}}", wide.join(",")).as_bytes()).unwrap();
    }
    assert!(used.templates.len() <= 4 && used.layouts.len() <= 8);
}

#[test]
fn a_value_that_is_unusual_teaches_no_second_template() {
    let mut used = converter(Kind::Plain);
    for text in [r#"{"id":1,"name":"n"}"#, r#"{"key":1,"url":"n"}"#] {
        read(&mut used, text.as_bytes()).unwrap();
    }
    for n in 0..6 {
        read(&mut used, format!(r#"{{"id":{n},"name":"n\/1"}}"#).as_bytes()).unwrap();
    }
    assert_eq!(used.templates.len(), 2);
    let misses = used.templates.misses();
    read(&mut used, br#"{"key":2,"url":"m"}"#).unwrap();
    assert_eq!(used.templates.misses(), misses);
}
