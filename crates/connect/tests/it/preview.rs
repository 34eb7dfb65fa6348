//! Sample records through converters and transforms, as the command and REST show them.

use std::sync::Arc;
use std::time::Instant;

use kconnect_api::{
    BoxFuture, Buf, ConfigDef, ConfigError, Convert, Converter, ConverterPlugin, ConverterRole,
    HeaderConverter, Need, Out, PluginInfo, PluginKind, Props, Schema, SchemaAndValue, TaskError, Topic,
    Value, WireHeaders,
};
use kconnect_connect::Registry;
use kconnect_connect::preview::{Direction, LINE_MAX, Preview, Setup};

const SMT: &str = "org.apache.kafka.connect.transforms.";
const STRINGS: [(&str, &str); 2] = [
    ("key.converter", "org.apache.kafka.connect.storage.StringConverter"),
    ("value.converter", "org.apache.kafka.connect.storage.StringConverter"),
];
const JSON: [(&str, &str); 3] = [
    ("key.converter", "org.apache.kafka.connect.storage.StringConverter"),
    ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
    ("value.converter.schemas.enable", "false"),
];

fn registry() -> Arc<Registry> {
    let mut registry = Registry::new();
    for converter in kconnect_converters::plugins() {
        registry = registry.converter(converter);
    }
    for transform in kconnect_transforms::transforms() {
        registry = registry.transform(transform);
    }
    for predicate in kconnect_transforms::predicates() {
        registry = registry.predicate(predicate);
    }
    for connector in kconnect_file::plugins() {
        registry = registry.plugin(connector);
    }
    Arc::new(registry)
}

fn props(pairs: &[(&str, &str)]) -> Props {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), value.replace("SMT.", SMT))).collect()
}

fn setup(config: &[(&str, &str)], direction: Option<Direction>) -> Setup {
    Setup { registry: registry(), config: props(config), worker: Props::new(), direction, steps: false }
}

fn refused(setup: &Setup) -> Vec<String> {
    match Preview::new(setup) {
        Ok(preview) => panic!("{preview:?}"),
        Err(refused) => refused.iter().map(ToString::to_string).collect(),
    }
}

fn line(preview: &mut Preview, line: &str) -> String {
    let mut out = String::new();
    preview.line(line, &mut out);
    out
}

#[test]
fn a_sink_converts_transforms_and_shows_what_it_would_write_back() {
    let mut config = JSON.to_vec();
    config.extend([
        ("transforms", "c,f"),
        ("transforms.c.type", "SMT.Cast$Value"),
        ("transforms.c.spec", "a:int8"),
        ("transforms.f.type", "SMT.Filter"),
        ("transforms.f.predicate", "gone"),
        ("predicates", "gone"),
        ("predicates.gone.type", "SMT.predicates.HasHeaderKey"),
        ("predicates.gone.name", "drop"),
    ]);
    let mut preview = Preview::new(&setup(&config, Some(Direction::Sink))).unwrap();
    for (given, expect) in [
        (
            r#"{"topic":"t","partition":0,"offset":42,"timestamp":1483425001864,"timestampType":"CreateTime","key":"YQ==","value":"eyJhIjozMDB9","headers":[{"key":"h","value":"MQ=="}]}"#,
            r#"{"index":0,"outcome":"record","topic":"t","partition":0,"timestamp":1483425001864,"key":{"schema":{"type":"string","optional":true},"payload":"a"},"value":{"schema":null,"payload":{"a":{"$type":"int8","value":44}}},"headers":[{"key":"h","value":{"schema":{"type":"int8","optional":false},"payload":1}}],"keyBytes":"YQ==","valueBytes":"eyJhIjo0NH0=","headerBytes":[{"key":"h","value":"MQ=="}]}"#,
        ),
        (
            r#"{"topic":"t","partition":0,"offset":43,"timestamp":null,"key":null,"value":"eyJhIjozMDB9","headers":[{"key":"drop","value":null}]}"#,
            r#"{"index":1,"outcome":"filtered"}"#,
        ),
        (
            r#"{"topic":"t","partition":0,"offset":44,"timestamp":null,"key":null,"value":"eyJhIjpbMV19"}"#,
            r#"{"index":2,"outcome":"error","error":{"stage":"TRANSFORMATION","class":"org.apache.kafka.connect.errors.DataException","message":"Cast transformation does not support casting from ARRAY; supported types are [INT8, INT16, INT32, INT64, FLOAT32, FLOAT64, BOOLEAN, STRING, BYTES]","executing":"org.apache.kafka.connect.transforms.Cast$Value"}}"#,
        ),
        (
            r#"{"topic":"t","partition":0,"offset":45,"timestamp":null,"key":null,"value":"e30g"}"#,
            r#"{"index":3,"outcome":"record","topic":"t","partition":0,"timestamp":null,"key":{"schema":{"type":"string","optional":true},"payload":null},"value":{"schema":null,"payload":{"a":null}},"headers":[],"keyBytes":null,"valueBytes":"eyJhIjpudWxsfQ==","headerBytes":[]}"#,
        ),
    ] {
        assert_eq!(line(&mut preview, given), expect, "{given}");
    }
    let bad = line(&mut preview, r#"{"topic":"t","key":null,"value":"ew=="}"#);
    assert!(
        bad.starts_with(r#"{"index":4,"outcome":"error","error":{"stage":"VALUE_CONVERTER","class":"org.apache.kafka.connect.errors.DataException","message":"Converting byte[] to Kafka Connect data failed due to serialization error: ","cause":"Unexpected end-of-input"#)
            && bad.ends_with(r#","executing":"org.apache.kafka.connect.json.JsonConverter"}}"#),
        "{bad}"
    );
}

#[test]
fn what_a_sink_could_not_write_back_is_no_failure_of_the_record() {
    let config = [
        ("key.converter", "org.apache.kafka.connect.converters.IntegerConverter"),
        ("value.converter", "org.apache.kafka.connect.converters.IntegerConverter"),
        ("transforms", "k,v"),
        ("transforms.k.type", "SMT.HoistField$Key"),
        ("transforms.k.field", "f"),
        ("transforms.v.type", "SMT.HoistField$Value"),
        ("transforms.v.field", "f"),
    ];
    let mut preview = Preview::new(&setup(&config, Some(Direction::Sink))).unwrap();
    let shown = line(&mut preview, r#"{"topic":"t","key":"AAAAAQ==","value":"AAAAAg=="}"#);
    assert!(
        shown.contains(
            r#""keyBytes":null,"valueBytes":null,"headerBytes":[],"bytesErrors":[{"stage":"KEY_CONVERTER""#
        ),
        "{shown}"
    );
    assert!(
        shown.contains(
            r#"},{"stage":"VALUE_CONVERTER","class":"org.apache.kafka.connect.errors.DataException""#
        ),
        "{shown}"
    );
    // A source would have failed.
    let mut preview = Preview::new(&setup(&config, Some(Direction::Source))).unwrap();
    let shown = line(
        &mut preview,
        r#"{"topic":"t","partition":null,"timestamp":null,"key":null,"value":{"schema":{"type":"int32"},"payload":5}}"#,
    );
    assert!(
        shown.starts_with(r#"{"index":0,"outcome":"error","error":{"stage":"VALUE_CONVERTER""#)
            || shown.starts_with(r#"{"index":0,"outcome":"error","error":{"stage":"KEY_CONVERTER""#),
        "{shown}"
    );
}

#[test]
fn a_source_transforms_then_converts() {
    let mut preview = Preview::new(&setup(&JSON, Some(Direction::Source))).unwrap();
    assert_eq!(
        line(
            &mut preview,
            r#"{"topic":"t","partition":null,"timestamp":null,"key":null,"value":{"schema":{"type":"int32","optional":false},"payload":5},"headers":[{"key":"h","value":{"schema":null,"payload":"x"}}],"sourcePartition":{"file":"a"},"sourceOffset":{"position":7}}"#
        ),
        r#"{"index":0,"outcome":"record","topic":"t","partition":null,"timestamp":null,"key":null,"value":{"schema":{"type":"int32","optional":false},"payload":5},"headers":[{"key":"h","value":{"schema":null,"payload":"x"}}],"keyBytes":null,"valueBytes":"NQ==","headerBytes":[{"key":"h","value":"eA=="}]}"#
    );
    // A required field may be left out; serialising finds it. Defaults do not show.
    let schema = r#"{"type":"struct","fields":[{"type":"int32","optional":false,"field":"a"},{"type":"string","optional":true,"default":"d","field":"b"}],"optional":false}"#;
    let given = |payload: &str| {
        format!(r#"{{"topic":"t","key":null,"value":{{"schema":{schema},"payload":{payload}}}}}"#)
    };
    let shown = line(&mut preview, &given(r#"{"a":1}"#));
    assert!(
        shown.contains(
            r#""payload":{"a":1,"b":null}},"headers":[],"keyBytes":null,"valueBytes":"eyJhIjoxLCJiIjoiZCJ9""#
        ),
        "{shown}"
    );
    let shown = line(&mut preview, &given(r#"{"b":null}"#));
    assert!(shown.contains(r#""stage":"VALUE_CONVERTER","class":"org.apache.kafka.connect.errors.DataException","message":"Conversion error: null value for field that is required and has no default value","executing""#), "{shown}");
}

#[test]
fn steps_show_the_record_after_each_transform_that_was_reached() {
    let mut config = STRINGS.to_vec();
    config.extend([
        ("transforms", "r,f,never"),
        ("transforms.r.type", "SMT.RegexRouter"),
        ("transforms.r.regex", "(.*)"),
        ("transforms.r.replacement", "x-$1"),
        ("transforms.f.type", "SMT.Filter"),
        ("transforms.f.predicate", "null"),
        ("transforms.never.type", "SMT.Filter"),
        ("predicates", "null"),
        ("predicates.null.type", "SMT.predicates.RecordIsTombstone"),
    ]);
    let setup = Setup { steps: true, ..setup(&config, Some(Direction::Source)) };
    let mut preview = Preview::new(&setup).unwrap();
    assert_eq!(
        line(&mut preview, r#"{"topic":"t","partition":null,"timestamp":null,"key":null,"value":null}"#),
        r#"{"index":0,"outcome":"filtered","steps":[{"alias":"r","class":"org.apache.kafka.connect.transforms.RegexRouter","outcome":"applied","topic":"x-t","partition":null,"timestamp":null,"key":null,"value":null,"headers":[]},{"alias":"f","class":"org.apache.kafka.connect.transforms.Filter","outcome":"filtered"}]}"#
    );
    assert_eq!(
        line(&mut preview, r#"{"topic":"t","value":{"schema":null,"payload":true}}"#),
        r#"{"index":1,"outcome":"filtered","steps":[{"alias":"r","class":"org.apache.kafka.connect.transforms.RegexRouter","outcome":"applied","topic":"x-t","partition":null,"timestamp":null,"key":null,"value":{"schema":null,"payload":true},"headers":[]},{"alias":"f","class":"org.apache.kafka.connect.transforms.Filter","outcome":"skipped","topic":"x-t","partition":null,"timestamp":null,"key":null,"value":{"schema":null,"payload":true},"headers":[]},{"alias":"never","class":"org.apache.kafka.connect.transforms.Filter","outcome":"filtered"}]}"#
    );
    let mut text = String::new();
    let mut preview = Preview::new(&setup).unwrap().showing_before();
    preview
        .run(r#"{"topic":"t","value":{"schema":{"type":"string"},"payload":"a"}}"#)
        .write_pretty(Direction::Source, &mut text);
    assert_eq!(
        text,
        "record 0\n  in           topic      t\n               key        null\n               value      \"a\"  string\n\
         \x20 r            RegexRouter changes\n               topic      x-t\n\
         \x20 f            Filter     is skipped: its predicate does not hold\n\
         \x20 never        Filter     drops the record\n\
         \x20 out          nothing    a transform dropped the record\n"
    );
}

/// Envelopes that are written as they are read.
const ENVELOPES: &[&str] = &[
    r#"{"schema":{"type":"int8","optional":false},"payload":-128}"#,
    r#"{"schema":{"type":"float","optional":false},"payload":0.1}"#,
    r#"{"schema":{"type":"double","optional":true},"payload":"NaN"}"#,
    r#"{"schema":{"type":"double","optional":true},"payload":"-Infinity"}"#,
    r#"{"schema":{"type":"string","optional":true},"payload":null}"#,
    r#"{"schema":{"type":"bytes","optional":false},"payload":"AAE="}"#,
    r#"{"schema":{"type":"array","items":{"type":"int64","optional":true},"optional":false},"payload":[1,null]}"#,
    r#"{"schema":{"type":"map","keys":{"type":"string","optional":false},"values":{"type":"boolean","optional":false},"optional":false},"payload":{"k":true}}"#,
    r#"{"schema":{"type":"map","keys":{"type":"string","optional":true},"values":{"type":"boolean","optional":false},"optional":false},"payload":[["k",true],[null,false]]}"#,
    r#"{"schema":{"type":"map","keys":{"type":"int8","optional":false},"values":{"type":"string","optional":false},"optional":false},"payload":[[1,"a"]]}"#,
    r#"{"schema":{"type":"array","items":null,"optional":false},"payload":[{"$type":"int8","value":1},"a"]}"#,
    r#"{"schema":{"type":"map","keys":null,"values":null,"optional":false},"payload":[]}"#,
    r#"{"schema":{"type":"map","keys":{"type":"string","optional":false},"values":null,"optional":false},"payload":{"a":null}}"#,
    r#"{"schema":{"type":"struct","fields":[{"type":"int32","optional":false,"field":"x"},{"type":"string","optional":true,"doc":"d","field":"y"}],"optional":false,"name":"S","version":1},"payload":{"x":1,"y":null}}"#,
    r#"{"schema":{"type":"int32","optional":true,"name":"n","version":2,"doc":"d","parameters":{"p":"q","a":"b"},"default":7},"payload":null}"#,
    r#"{"schema":{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"},"default":"1.50"},"payload":"1E+3"}"#,
    r#"{"schema":{"type":"int32","optional":false,"name":"org.apache.kafka.connect.data.Date","version":1},"payload":-1}"#,
    r#"{"schema":{"type":"int32","optional":false,"name":"org.apache.kafka.connect.data.Time","version":1},"payload":86400000}"#,
    r#"{"schema":{"type":"int64","optional":false,"name":"org.apache.kafka.connect.data.Timestamp","version":1},"payload":1483425001864}"#,
    // By name, whatever the type.
    r#"{"schema":{"type":"string","optional":false,"name":"org.apache.kafka.connect.data.Date"},"payload":17169}"#,
    // What a schema does not allow.
    r#"{"schema":{"type":"int32","optional":false,"name":"org.apache.kafka.connect.data.Timestamp","version":1},"payload":{"$type":"int32","value":1000}}"#,
    r#"{"schema":{"type":"int32","optional":false,"name":"org.apache.kafka.connect.data.Time","version":1},"payload":{"$type":"instant","value":86400001}}"#,
    r#"{"schema":{"type":"int32","optional":false,"name":"org.apache.kafka.connect.data.Date","version":1},"payload":{"$type":"instant","value":1}}"#,
    r#"{"schema":{"type":"string","optional":false},"payload":{"$type":"array","value":[1,{"$type":"int8","value":1}]}}"#,
    r#"{"schema":{"type":"string","optional":false},"payload":{"$type":"boolean","value":true}}"#,
    r#"{"schema":{"type":"int8","optional":false},"payload":{"$type":"int64","value":5}}"#,
    r#"{"schema":{"type":"int8","optional":false},"payload":{"$type":"string","value":"x"}}"#,
    r#"{"schema":{"type":"int8","optional":false},"payload":{"$type":"float64","value":1.5}}"#,
    // Without schema.
    r#"{"schema":null,"payload":{"z":1,"a":[true,"x",null,1.5]}}"#,
    r#"{"schema":null,"payload":{"$type":"map","value":[["$type","a"]]}}"#,
    r#"{"schema":null,"payload":{"$type":"map","value":[[1,"a"],[{"$type":"int32","value":2},null]]}}"#,
    r#"{"schema":null,"payload":{"$type":"float32","value":1.5}}"#,
    r#"{"schema":null,"payload":{"$type":"float64","value":"NaN"}}"#,
    r#"{"schema":null,"payload":{"$type":"bytes","value":"AAE="}}"#,
    r#"{"schema":null,"payload":{"$type":"decimal","value":"1.50"}}"#,
    r#"{"schema":null,"payload":{"$type":"instant","value":1483425001864}}"#,
    r#"{"schema":null,"payload":{"$type":"struct","schema":{"type":"struct","fields":[{"type":"int8","optional":false,"field":"a"}],"optional":false},"value":{"a":1}}}"#,
    r#"{"schema":null,"payload":-0.0}"#,
    r#"{"schema":null,"payload":"\uD83D\\\"\n\u0001é"}"#,
    r#"{"schema":null,"payload":9223372036854775807}"#,
];

#[test]
fn envelopes_are_written_as_they_are_read() {
    let mut config = STRINGS.to_vec();
    config.extend([
        ("transforms", "f"),
        ("transforms.f.type", "SMT.ReplaceField$Key"),
        ("transforms.f.include", "x"),
    ]);
    let setup = Setup { steps: true, ..setup(&config, Some(Direction::Source)) };
    let mut preview = Preview::new(&setup).unwrap();
    for envelope in ENVELOPES {
        let given = format!(r#"{{"topic":"t","key":null,"value":{envelope}}}"#);
        let shown = line(&mut preview, &given);
        assert!(
            shown.contains(&format!(r#""key":null,"value":{envelope},"headers":[]"#)),
            "{envelope}\n{shown}"
        );
    }
    for (envelope, expect) in [
        (r#"{"schema":null,"payload":null}"#, "null"),
        (
            r#"{"schema":{"type":"boolean"},"payload":true}"#,
            r#"{"schema":{"type":"boolean","optional":false},"payload":true}"#,
        ),
        (r#"{"schema":null,"payload":1e10}"#, r#"{"schema":null,"payload":1.0E10}"#),
        (r#"{"schema":null,"payload":{"a":1,"a":2}}"#, r#"{"schema":null,"payload":{"a":2}}"#),
        (
            r#"{"schema":{"type":"int8","parameters":{}},"payload":1}"#,
            r#"{"schema":{"type":"int8","optional":false},"payload":1}"#,
        ),
    ] {
        let shown = line(&mut preview, &format!(r#"{{"topic":"t","value":{envelope}}}"#));
        assert!(shown.contains(&format!(r#""value":{expect},"headers""#)), "{envelope}\n{shown}");
    }
}

#[test]
fn a_line_that_is_no_record_says_why() {
    let mut sink = Preview::new(&setup(&STRINGS, Some(Direction::Sink))).unwrap();
    let mut source = Preview::new(&setup(&STRINGS, Some(Direction::Source))).unwrap();
    for (given, expect) in [
        ("[]", "a record is an object, not an array"),
        ("{}", "a record has a 'topic'"),
        (r#"{"topic":1}"#, "'topic' is a string, not a number"),
        (r#"{"topic":"t","vlaue":null}"#, "a record has no member 'vlaue'"),
        (r#"{"topic":"t","partition":null}"#, "partition is an integer, not null"),
        (r#"{"topic":"t","partition":2147483648}"#, "2147483648 is no integer of partition"),
        (r#"{"topic":"t","offset":1.0}"#, "1.0 is no integer of offset"),
        (
            r#"{"topic":"t","timestampType":"Now"}"#,
            "'timestampType' is CreateTime, LogAppendTime or NoTimestampType",
        ),
        (r#"{"topic":"t","value":"!"}"#, "'value': not base64: "),
        (r#"{"topic":"t","value":{}}"#, "'value' is base64 or null, not an object"),
        (r#"{"topic":"t","headers":[{"value":null}]}"#, "a header has a 'key', a string"),
        (r#"{"topic":"t"} x"#, "not JSON at byte 15: nothing may follow the value"),
    ] {
        let shown = line(&mut sink, given);
        assert!(
            shown.contains(&format!(r#""error":{{"stage":"INPUT","message":"{expect}"#)),
            "{given}\n{shown}"
        );
    }
    for (value, expect) in [
        ("5", "an envelope is an object or null, not a number"),
        (r#"{"payload":1,"x":2}"#, "an envelope has 'schema' and 'payload', not 'x'"),
        (r#"{"schema":{},"payload":1}"#, "a schema has a 'type'"),
        (r#"{"schema":{"type":"int"},"payload":1}"#, "there is no type 'int'"),
        (r#"{"schema":{"type":"int8","optinal":true},"payload":1}"#, "a schema has no member 'optinal'"),
        (r#"{"schema":{"type":"int8"},"payload":128}"#, "128 is no integer of int8"),
        (r#"{"schema":{"type":"int8"},"payload":"a"}"#, "int8 is an integer, not a string"),
        (r#"{"schema":{"type":"string"},"payload":1}"#, "a number is no value of type string"),
        (r#"{"schema":{"type":"struct"},"payload":{}}"#, "a struct's schema has a list of 'fields'"),
        (
            r#"{"schema":{"type":"struct","fields":[{"type":"int8"}]},"payload":{}}"#,
            "the schema of a field names it with 'field'",
        ),
        (
            r#"{"schema":{"type":"struct","fields":[{"type":"int8","field":"a"},{"type":"int8","field":"a"}]},"payload":{}}"#,
            "Cannot create field because of field name duplication a",
        ),
        (r#"{"schema":{"type":"struct","fields":[]},"payload":{"b":1}}"#, "the struct has no field 'b'"),
        (r#"{"schema":{"type":"int8","default":"x"},"payload":1}"#, "int8 is an integer, not a string"),
        (
            r#"{"schema":{"type":"map","keys":{"type":"int8"},"values":{"type":"int8"}},"payload":{}}"#,
            "a map is written as an array of pairs",
        ),
        (
            r#"{"schema":{"type":"int32","name":"org.apache.kafka.connect.data.Time"},"payload":-1}"#,
            "a Time is 0 to 86400000 milliseconds after midnight",
        ),
        (r#"{"schema":null,"payload":{"$type":"int9","value":1}}"#, "a number is no value of '$type' 'int9'"),
        (r#"{"schema":null,"payload":{"$type":"decimal","value":"x"}}"#, "'x' is no decimal number"),
        (r#"{"schema":null,"payload":9223372036854775808}"#, "9223372036854775808 is no integer of int64"),
    ] {
        let shown = line(&mut source, &format!(r#"{{"topic":"t","value":{value}}}"#));
        assert!(
            shown.contains(&format!(r#""error":{{"stage":"INPUT","message":"'value': {expect}"#)),
            "{value}\n{shown}"
        );
    }
}

#[test]
fn hostile_lines_cost_one_line() {
    let mut source = Preview::new(&setup(&JSON, Some(Direction::Source))).unwrap();
    let started = Instant::now();
    let long = format!(r#"{{"topic":"{}"}}"#, "x".repeat(64 << 20));
    assert!(line(&mut source, &long).contains(&format!("the line has more than {LINE_MAX} bytes")));
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"{"$type":"array","value":["#, "]}")] {
        for depth in [100_000, 1_040] {
            let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let given =
                format!(r#"{{"topic":"t","value":{{"schema":null,"payload":{}}}}}"#, nested(depth / 2));
            let shown = line(&mut source, &given);
            let refused = shown.contains(r#""stage":"INPUT","message":"not JSON at byte "#)
                && shown.contains("nested too deeply");
            assert!(refused == (depth > 1_050), "{depth} {}", &shown[..shown.len().min(300)]);
        }
    }
    let schema = format!(
        "{}{}{}",
        r#"{"type":"array","items":"#.repeat(50_000),
        r#"{"type":"int8"}"#,
        "}".repeat(50_000)
    );
    let shown = line(&mut source, &format!(r#"{{"topic":"t","value":{{"schema":{schema},"payload":[]}}}}"#));
    assert!(shown.contains("nested too deeply"), "{}", &shown[..300]);
    let many =
        format!(r#"{{"topic":"t","value":{{"schema":null,"payload":[{}1]}}}}"#, "1,".repeat(1_000_000));
    assert!(line(&mut source, &many).contains(r#""outcome":"record""#));
    let members: String = (0..200_000).map(|n| format!(r#""m{n}":1,"#)).collect();
    let many = format!(r#"{{"topic":"t","value":{{"schema":null,"payload":{{{members}"z":1}}}}}}"#);
    assert!(line(&mut source, &many).contains(r#""outcome":"record""#));
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    // The next line is not affected.
    assert!(line(&mut source, r#"{"topic":"t","value":null}"#).contains(r#""outcome":"record""#));
}

/// `levels` nested in each other, around a 1.
fn nested(open: &str, levels: usize, close: &str) -> String {
    format!("{}1{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn what_is_shown_can_be_read_again_however_deep_it_is() {
    let mut source = Preview::new(&setup(&STRINGS, Some(Direction::Source))).unwrap();
    let mut show = |value: &str| {
        let shown = line(&mut source, &format!(r#"{{"topic":"t","key":null,"value":{value}}}"#));
        let value = shown
            .split(r#","key":null,"value":"#)
            .nth(1)
            .and_then(|rest| rest.split(r#","headers":[]"#).next());
        value.map(str::to_owned).ok_or(shown)
    };
    // As deep as the JSON converter reads.
    let deep = nested(r#"{"a":["#, 500, "]}");
    let mut value = Vec::new();
    kconnect_api::base64::encode(deep.as_bytes(), &mut value);
    let value = String::from_utf8(value).unwrap();
    let mut sink = Preview::new(&setup(&JSON, Some(Direction::Sink))).unwrap();
    let shown = line(&mut sink, &format!(r#"{{"topic":"t","value":"{value}"}}"#));
    let envelope = format!(r#"{{"schema":null,"payload":{deep}}}"#);
    assert!(shown.contains(&envelope), "{}", &shown[..300]);
    assert_eq!(show(&envelope), Ok(envelope));
    // As much of the stack as a line may take.
    let schema = format!(
        "{}{}{}",
        r#"{"type":"struct","fields":["#.repeat(28),
        r#"{"type":"int8","field":"f"}"#,
        r#"],"field":"f"}"#.repeat(28)
    );
    let tagged = format!(r#"{{"$type":"struct","schema":{schema},"value":{{}}}}"#);
    let most = format!("{}{tagged}{}", "[".repeat(980), "]".repeat(980));
    let shown = show(&format!(r#"{{"schema":null,"payload":{most}}}"#)).unwrap();
    assert_eq!(show(&shown).as_ref(), Ok(&shown));
    for (levels, fits) in [(149, true), (150, false)] {
        let mut config = STRINGS.to_vec();
        let aliases: Vec<String> = (0..levels).map(|at| format!("h{at}")).collect();
        let list = aliases.join(",");
        let keys: Vec<[String; 2]> = aliases
            .iter()
            .map(|alias| ["type", "field"].map(|key| format!("transforms.{alias}.{key}")))
            .collect();
        config.push(("transforms", list.as_str()));
        for [class, field] in &keys {
            config.extend([(class.as_str(), "SMT.HoistField$Value"), (field.as_str(), "f")]);
        }
        let mut hoisted = Preview::new(&setup(&config, Some(Direction::Sink))).unwrap();
        let shown = line(&mut hoisted, r#"{"topic":"t","value":"YQ=="}"#);
        if fits {
            let value =
                shown.split(r#""value":"#).nth(1).and_then(|rest| rest.split(r#","headers":[]"#).next());
            assert_eq!(show(value.unwrap()).as_deref(), Ok(value.unwrap()));
        } else {
            let expect = r#""error":{"stage":"INPUT","message":"not shown: a line may be nested 1050 levels deep, a schema 150"}"#;
            assert!(shown.contains(expect), "{}", &shown[..300]);
        }
    }
}

#[test]
fn a_chain_has_an_end() {
    let mut config = STRINGS.to_vec();
    let list: Vec<String> = (0..1_001).map(|at| format!("t{at}")).collect();
    let list = list.join(",");
    config.push(("transforms", list.as_str()));
    let refused = refused(&setup(&config, Some(Direction::Sink)));
    assert!(
        refused
            .contains(&"transforms: 'transforms' names 1001 aliases; at most 1000 are possible".to_owned()),
        "{:?}",
        &refused[..2]
    );
}

#[test]
fn a_header_converter_without_a_class_has_no_version() {
    for (more, expect) in [
        (
            vec![("header.converter.plugin.version", "4.3.1")],
            Some(
                "header.converter: 'header.converter.plugin.version' asks for a version of a class; name the class with 'header.converter'",
            ),
        ),
        (
            vec![("header.converter.plugin.version", "[1")],
            Some("header.converter.plugin.version: Unbounded range: [1"),
        ),
        (
            vec![("header.converter.plugin.version", "[4,5)"), ("header.converter", "SimpleHeaderConverter")],
            None,
        ),
        (
            vec![("key.converter.plugin.version", "4.3.1"), ("value.converter.plugin.version", "[4.0,5)")],
            None,
        ),
        (
            vec![
                ("transforms", "f"),
                ("transforms.f.type", "SMT.Filter"),
                ("transforms.f.plugin.version", "4.3.1"),
            ],
            None,
        ),
        (
            vec![
                ("transforms", "f"),
                ("transforms.f.type", "SMT.Filter"),
                ("transforms.f.plugin.version", "3.9.0"),
            ],
            Some(
                "transforms.f.type: Plugin org.apache.kafka.connect.transforms.Filter not found that matches the version range [3.9.0,3.9.0], available versions: [0.1.0, 4.3.1]",
            ),
        ),
    ] {
        let mut config = STRINGS.to_vec();
        config.extend(more);
        let setup = setup(&config, Some(Direction::Sink));
        match expect {
            None => assert!(Preview::new(&setup).is_ok(), "{config:?}"),
            Some(expect) => {
                assert_eq!(refused(&setup)[0], expect.replace("0.1.0", env!("CARGO_PKG_VERSION")))
            }
        }
    }
}

#[test]
fn every_problem_of_a_configuration_is_named() {
    let mut config = JSON.to_vec();
    config.extend([
        ("value.converter.decimal.format", "foo"),
        ("transforms", "c,q"),
        ("transforms.c.type", "SMT.Cast$Value"),
        ("transforms.c.spec", ""),
        ("transforms.q.type", "SMT.Nope"),
    ]);
    assert_eq!(
        refused(&setup(&config, Some(Direction::Sink))),
        [
            "transforms.c.spec: Must specify at least one field to cast.",
            "transforms.q.type: Invalid value org.apache.kafka.connect.transforms.Nope for configuration transforms.q.type: Class org.apache.kafka.connect.transforms.Nope could not be found.",
            "value.converter.decimal.format: Invalid value foo for configuration decimal.format: String must be one of (case insensitive): NUMERIC, BASE64",
        ]
    );
    let mut config = STRINGS.to_vec();
    config.extend([
        ("transforms", "i,j,f"),
        ("transforms.i.type", "SMT.InsertField$Value"),
        ("transforms.j.type", "SMT.InsertField$Key"),
        ("transforms.f.type", "SMT.Filter"),
        ("transforms.f.predicate", "p"),
    ]);
    assert_eq!(
        refused(&setup(&config, Some(Direction::Sink))),
        [
            "transforms.i: No field insertion configured",
            "transforms.j: No field insertion configured",
            "transforms.f: Unknown configuration 'predicates.p.plugin.version'",
        ]
    );
    assert_eq!(
        refused(&setup(&[], Some(Direction::Source))),
        [
            r#"key.converter: Missing required configuration "key.converter" which has no default value."#,
            r#"value.converter: Missing required configuration "value.converter" which has no default value."#,
        ]
    );
    assert_eq!(
        refused(&setup(&STRINGS, None)),
        [r#"connector.class: Missing required configuration "connector.class" which has no default value."#]
    );
}

#[test]
fn the_direction_is_the_connectors_and_converters_may_be_the_workers() {
    for (class, direction) in [
        ("FileStreamSink", Direction::Sink),
        ("org.apache.kafka.connect.file.FileStreamSourceConnector", Direction::Source),
    ] {
        let worker = props(&[JSON[0], JSON[1], JSON[2], ("header.converter", JSON[1].1)]);
        // Without a class the connector's settings of a converter do not count.
        let config = [
            ("connector.class", class),
            ("value.converter.schemas.enable", "true"),
            ("topics", ""),
            ("tasks.max", "x"),
        ];
        let preview = Preview::new(&Setup { worker, ..setup(&config, None) }).unwrap();
        assert_eq!(preview.direction(), direction);
    }
    let worker = props(&[JSON[0], JSON[1], JSON[2]]);
    let mut preview = Preview::new(&Setup {
        worker,
        ..setup(&[("value.converter.schemas.enable", "true")], Some(Direction::Sink))
    })
    .unwrap();
    assert!(
        line(&mut preview, r#"{"topic":"t","value":"MQ=="}"#)
            .contains(r#""value":{"schema":null,"payload":1}"#)
    );
    let worker = props(&[JSON[0], JSON[1], ("value.converter.schemas.enable", "maybe")]);
    assert_eq!(
        refused(&Setup { worker, ..setup(&[], Some(Direction::Sink)) }),
        [
            "value.converter: Invalid value maybe for configuration schemas.enable: Expected value to be either true or false"
        ]
    );
}

#[test]
fn twenty_thousand_previews_are_made_in_a_moment() {
    let mut config = JSON.to_vec();
    config.extend([
        ("transforms", "r,c,f"),
        ("transforms.r.type", "SMT.RegexRouter"),
        ("transforms.r.regex", "(.*)"),
        ("transforms.r.replacement", "x-$1"),
        ("transforms.c.type", "SMT.Cast$Value"),
        ("transforms.c.spec", "a:int8"),
        ("transforms.f.type", "SMT.Filter"),
        ("transforms.f.predicate", "p"),
        ("predicates", "p"),
        ("predicates.p.type", "SMT.predicates.RecordIsTombstone"),
    ]);
    let setup = setup(&config, Some(Direction::Sink));
    let started = Instant::now();
    for _ in 0..500 {
        let mut preview = Preview::new(&setup).unwrap();
        assert!(line(&mut preview, r#"{"topic":"t","value":"eyJhIjozMDB9"}"#).contains(r#""topic":"x-t""#));
    }
    // Unoptimised code on a busy machine; optimised it is a tenth of a millisecond each.
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

/// A converter that must fetch something before it reads or writes; `greedy` is never satisfied.
struct Fetching {
    greedy: bool,
    fetched: bool,
}

struct FetchingPlugin(&'static str);

impl Converter for Fetching {
    fn write<'a>(
        &mut self,
        _topic: &Topic,
        _schema: Option<&Schema>,
        _value: &'a Value,
        headers: &mut WireHeaders,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert> {
        // A header that an attempt without success leaves behind must not stay.
        headers.push(kconnect_api::WireHeader { key: "id".into(), value: Some(b"7"[..].into()) });
        if !self.fetched || self.greedy {
            return Err(Convert::Needs(Need(1)));
        }
        out.write().extend_from_slice(b"fetched");
        Ok(())
    }

    fn read(
        &mut self,
        _topic: &Topic,
        _headers: &WireHeaders,
        _bytes: Option<&Buf>,
    ) -> Result<SchemaAndValue, Convert> {
        if !self.fetched || self.greedy {
            return Err(Convert::Needs(Need(1)));
        }
        Ok(SchemaAndValue { schema: None, value: Value::from("fetched") })
    }

    fn resolve(&mut self, _need: Need) -> BoxFuture<'_, Result<(), TaskError>> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.fetched = true;
            Ok(())
        })
    }
}

impl ConverterPlugin for FetchingPlugin {
    fn info(&self) -> PluginInfo {
        PluginInfo { class: self.0.into(), kind: PluginKind::Converter, version: "1".into() }
    }
    fn config_def(&self) -> ConfigDef {
        ConfigDef::new()
    }
    fn converter(&self, _: &Props, _: ConverterRole) -> Option<Result<Box<dyn Converter>, ConfigError>> {
        Some(Ok(Box::new(Fetching { greedy: self.0 == "x.Greedy", fetched: false })))
    }
    fn header_converter(&self, _: &Props) -> Option<Result<Box<dyn HeaderConverter>, ConfigError>> {
        None
    }
}

#[tokio::test]
async fn what_a_converter_needs_is_fetched_only_where_that_is_wanted() {
    let make = |class: &str, direction| {
        let registry = Registry::clone(&registry())
            .converter(Arc::new(FetchingPlugin("x.Modest")))
            .converter(Arc::new(FetchingPlugin("x.Greedy")));
        let config = [("key.converter", STRINGS[0].1), ("value.converter", class)];
        Preview::new(&Setup { registry: Arc::new(registry), ..setup(&config, Some(direction)) }).unwrap()
    };
    let record = r#"{"topic":"t","key":null,"value":null}"#;
    for direction in [Direction::Sink, Direction::Source] {
        let mut offline = make("x.Modest", direction);
        let shown = line(&mut offline, record);
        let expect = r#""error":{"stage":"VALUE_CONVERTER","class":"org.apache.kafka.connect.errors.ConnectException","message":"the converter needs something from the network, which is not asked here"#;
        assert!(shown.contains(expect), "{shown}");

        let shown = |report: kconnect_connect::preview::Report| {
            let mut text = Vec::new();
            report.write_json(&mut text);
            String::from_utf8(text).unwrap()
        };
        let text = shown(make("x.Modest", direction).run_online(record).await);
        assert!(
            text.contains(r#""valueBytes":"ZmV0Y2hlZA==","headerBytes":[{"key":"id","value":"Nw=="}]"#),
            "{text}"
        );
        let text = shown(make("x.Greedy", direction).run_online(record).await);
        assert!(
            text.contains(
                r#""message":"the converter still needs something after 16 answers","executing":"x.Greedy""#
            ),
            "{text}"
        );
    }
}
