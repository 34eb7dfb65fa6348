//! Targets of the runtime's crates: converters, files of the standalone worker, REST requests, lines of a file.

use std::collections::BTreeMap;

use kconnect_api::{
    Buf, Convert, Converter, ConverterRole, HeaderConverter, Out, Props, Schema, SchemaAndValue, Topic,
    Value, WireHeaders,
};
use kconnect_connect::{connector_file, offset_store, properties};

/// What a converter keeps of a value that was read, written and read again.
#[derive(Clone, Copy, PartialEq)]
enum Kept {
    /// All.
    Same,
    /// What was written once stays as it is: the first writing may have put a default in the place of null.
    Settled,
    /// All but the quotes around a text: the simple header converter writes none, so that the text `"12"` comes back as a
    /// number, as upstream's does. Only so many texts can be in one another.
    Unquoted,
}

const CONVERTERS: [(&str, &[(&str, &str)], Kept); 15] = [
    ("storage.StringConverter", &[], Kept::Same),
    ("storage.StringConverter", &[("converter.encoding", "UTF-16")], Kept::Same),
    ("storage.StringConverter", &[("converter.encoding", "ISO-8859-1")], Kept::Same),
    ("json.JsonConverter", &[], Kept::Settled),
    ("json.JsonConverter", &[("schemas.enable", "false")], Kept::Same),
    ("json.JsonConverter", &[("decimal.format", "NUMERIC")], Kept::Settled),
    ("converters.ByteArrayConverter", &[], Kept::Same),
    ("converters.BooleanConverter", &[], Kept::Same),
    ("converters.ShortConverter", &[], Kept::Same),
    ("converters.IntegerConverter", &[], Kept::Same),
    ("converters.LongConverter", &[], Kept::Same),
    ("converters.FloatConverter", &[], Kept::Same),
    ("converters.DoubleConverter", &[], Kept::Same),
    ("storage.SimpleHeaderConverter", &[], Kept::Unquoted),
    ("json.JsonConverter", &[("replace.null.with.default", "false")], Kept::Same),
];

/// The first byte picks a converter, the others are what it reads; or it hands the others to transforms.
pub fn converters(data: &[u8]) {
    let [pick, bytes @ ..] = data else { return };
    if *pick >= 0x80 {
        return crate::transforms::transforms(bytes);
    }
    let (class, settings, kept) = CONVERTERS[usize::from(*pick) % CONVERTERS.len()];
    let mut converter = Either::new(class, settings);
    if class.ends_with("JsonConverter") {
        as_a_new_one(class, settings, bytes);
    }
    let Some(first) = converter.read(bytes) else { return };
    let Some(second) = there_and_back(&mut converter, class, &first) else { return };
    match kept {
        Kept::Same if !class.ends_with("JsonConverter") || finite(&first.value) => {
            assert_eq!(second, first, "{class} {settings:?}");
        }
        Kept::Same | Kept::Settled => assert_eq!(
            there_and_back(&mut converter, class, &second).as_ref(),
            Some(&second),
            "{class} {settings:?}"
        ),
        Kept::Unquoted => unquoted(&mut converter, class, first, second),
    }
}

/// A text becomes what is in its quotes; any other scalar settles. Nothing is promised of texts within lists and
/// maps, nor are their schemas ever equal: they are builders, as upstream's.
fn unquoted(converter: &mut Either, class: &str, first: SchemaAndValue, second: SchemaAndValue) {
    let (mut before, mut after) = (first, second);
    while let Value::String(text) = &before.value {
        match &after.value {
            Value::String(inner) if inner == text => return assert_eq!(after, before, "{class}"),
            Value::String(inner) => {
                let shorter = inner.as_str().len() < text.as_str().len();
                assert!(shorter, "{class}: {text} became {inner}");
            }
            _ => {}
        }
        let Some(next) = there_and_back(converter, class, &after) else { return };
        (before, after) = (after, next);
    }
    // A fraction of nothing (`0.0`) comes back as a whole number.
    if !matches!(after.value, Value::Array(_) | Value::Map(_)) {
        let again = there_and_back(converter, class, &after);
        assert_eq!(again.as_ref(), Some(&after), "{class}: {before:?}");
    }
}

/// What a converter remembers of a payload changes nothing of the same one again, nor of another one behind a line feed.
fn as_a_new_one(class: &str, settings: &[(&str, &str)], bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n');
    let (first, next) = at.map_or((bytes, bytes), |at| (&bytes[..at], &bytes[at + 1..]));
    let mut used = Either::new(class, settings);
    (0..2).for_each(|_| _ = used.read(first));
    let (found, expected) = (used.read(next), Either::new(class, settings).read(next));
    let order = |read: &Option<SchemaAndValue>| read.as_ref().map(|read| read.value.to_java_string());
    assert_eq!((order(&found), &found), (order(&expected), &expected), "{class} {settings:?}");
}

/// Whether JSON has a number for each number in `value`; infinity is written as text, as upstream writes it.
fn finite(value: &Value) -> bool {
    match value {
        Value::Float32(number) => number.is_finite(),
        Value::Float64(number) => number.is_finite(),
        Value::Array(elements) => elements.iter().all(finite),
        Value::Map(map) => map.iter().all(|(key, value)| finite(key) && finite(value)),
        Value::Struct(inner) => inner.values().iter().all(finite),
        _ => true,
    }
}

/// Writes and reads `first`; `None` where that is allowed to fail.
fn there_and_back(converter: &mut Either, class: &str, first: &SchemaAndValue) -> Option<SchemaAndValue> {
    let written = match converter.write(first.schema.as_ref(), &first.value) {
        Ok(written) => written,
        // As upstream's, it reads a payload that is no text as null, also where the schema wants bytes.
        Err(_) if class == "json.JsonConverter" && first.schema.is_some() => return None,
        Err(error) => panic!("{class}: what was read cannot be written: {error:?}"),
    };
    Some(match &written {
        Some(bytes) => converter.read(bytes).expect("what was written can be read"),
        None => SchemaAndValue { schema: first.schema.clone(), value: Value::Null },
    })
}

enum Either {
    Value(Box<dyn Converter>),
    Header(Box<dyn HeaderConverter>),
}

impl Either {
    fn new(class: &str, settings: &[(&str, &str)]) -> Self {
        let plugins = kconnect_converters::plugins();
        let found = plugins.iter().find(|plugin| plugin.info().class.ends_with(class));
        let plugin = found.unwrap_or_else(|| panic!("{class} is no converter"));
        let props: Props = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        // A key that is none would leave the row what another one is.
        let known = plugin.config_def();
        assert!(props.keys().all(|key| known.get(key).is_some()), "{class} {settings:?}");
        match plugin.converter(&props, ConverterRole::Value) {
            Some(converter) => Self::Value(converter.expect("the settings are valid")),
            None => Self::Header(
                plugin.header_converter(&props).expect("a header converter").expect("the settings are valid"),
            ),
        }
    }

    fn read(&mut self, bytes: &[u8]) -> Option<SchemaAndValue> {
        let (topic, bytes) = (Topic::from("t"), Buf::from(bytes));
        let read = match self {
            Self::Value(converter) => converter.read(&topic, &WireHeaders::new(), Some(&bytes)),
            Self::Header(converter) => converter.read(&topic, "h", Some(&bytes)),
        };
        match read {
            Ok(found) => Some(found),
            Err(Convert::Bad(_)) => None,
            Err(Convert::Needs(_)) => panic!("these converters ask for nothing"),
        }
    }

    fn write(&mut self, schema: Option<&Schema>, value: &Value) -> Result<Option<Vec<u8>>, Convert> {
        let (topic, mut scratch) = (Topic::from("t"), Vec::new());
        let mut out = Out::new(&mut scratch);
        let written = match self {
            Self::Value(converter) => {
                converter.write(&topic, schema, value, &mut WireHeaders::new(), &mut out)
            }
            Self::Header(converter) => converter.write(&topic, "h", schema, value, &mut out),
        };
        written?;
        Ok(out.bytes().map(<[u8]>::to_vec))
    }
}

/// The first byte picks a file of the standalone worker: source offsets, properties, a connector.
pub fn offset_file(data: &[u8]) {
    match data {
        [0, file @ ..] => {
            if let Ok(written) = offset_store::fuzzing::rewrite(file) {
                assert_eq!(offset_store::fuzzing::rewrite(&written), Ok(written));
            }
        }
        [1, file @ ..] => {
            if let Ok(props) = properties::parse(file) {
                assert_eq!(properties::parse(print(&props).as_bytes()), Ok(props));
            }
        }
        [3, line @ ..] => {
            if let Ok(line) = std::str::from_utf8(line)
                && let Some((once, twice)) = kconnect_connect::preview::fuzzing::rewrite(line)
            {
                assert_eq!(twice, Ok(once));
            }
        }
        [_, file @ ..] => match connector_file::parse("f", file) {
            Ok(connector) => assert_eq!(connector.config.get("name"), Some(&connector.name)),
            Err(error) => assert!(error.to_string().contains("'f'"), "{error}"),
        },
        [] => {}
    }
}

/// Properties as text, every character that is not a letter or digit escaped.
fn print(props: &BTreeMap<String, String>) -> String {
    let escape = |text: &str| -> String {
        let units: Vec<u16> = text.encode_utf16().collect();
        units.into_iter().map(|unit| format!("\\u{unit:04X}")).collect()
    };
    props.iter().map(|(key, value)| format!("{} = {}\n", escape(key), escape(value))).collect()
}

/// Method, target, `Content-Type` and `Accept` on a line each (an empty line is no header), then the body.
pub fn rest_request(data: &[u8]) {
    let mut parts = data.splitn(5, |byte| *byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let (method, target, content, accept, body) = (part(), part(), part(), part(), part());
    if let Ok(name) = std::str::from_utf8(target)
        && !name.is_empty()
        && !name.contains('\0')
    {
        assert_eq!(kconnect_rest::fuzzing::there_and_back(name).as_deref(), Some(name));
    }
    let (Ok(method), Ok(uri)) = (hyper::Method::from_bytes(method), hyper::Uri::try_from(target)) else {
        return;
    };
    let types = [content, accept].map(|value| (!value.is_empty()).then_some(value));
    if let Err(status) = kconnect_rest::fuzzing::judge(&method, &uri, types, body) {
        assert!([400, 404, 405, 406, 415, 500].contains(&status), "{status}");
    }
}

/// The first byte is the size of the pieces that are read, the others are the file.
pub fn file_lines(data: &[u8]) {
    use kconnect_file::source::chunked;
    let [piece, file @ ..] = data else { return };
    let whole = chunked(file, 0, file.len().max(1));
    assert_eq!(chunked(file, 0, usize::from(*piece).max(1)), whole);
    // A few places: all of them would take the square of the lines.
    for at in [0, whole.len() / 2, whole.len().saturating_sub(1)] {
        let Some((_, position)) = whole.get(at) else { continue };
        let from = usize::try_from(*position).expect("inside of the file");
        assert_eq!(chunked(file, from, usize::from(*piece).max(1)), whole[at + 1..]);
    }
}
