//! Targets of the runtime's crates: converters, files of the standalone worker, REST requests, lines of a file.

use std::collections::BTreeMap;

use kconnect_api::{
    Buf, Convert, Converter, ConverterRole, HeaderConverter, Out, Props, Schema, SchemaAndValue, Topic,
    Value, WireHeaders,
};
use kconnect_connect::{connector_file, offset_store, properties};

/// Class, settings, and whether what was read, written and read again is the same value.
///
/// The simple header converter writes text without quotes, so that the text `"12"` comes back as a number; upstream's
/// does the same.
const CONVERTERS: [(&str, &[(&str, &str)], bool); 14] = [
    ("storage.StringConverter", &[], true),
    ("storage.StringConverter", &[("encoding", "UTF-16")], true),
    ("storage.StringConverter", &[("encoding", "ISO-8859-1")], true),
    ("json.JsonConverter", &[], true),
    ("json.JsonConverter", &[("schemas.enable", "false")], true),
    ("json.JsonConverter", &[("decimal.format", "NUMERIC")], true),
    ("converters.ByteArrayConverter", &[], true),
    ("converters.BooleanConverter", &[], true),
    ("converters.ShortConverter", &[], true),
    ("converters.IntegerConverter", &[], true),
    ("converters.LongConverter", &[], true),
    ("converters.FloatConverter", &[], true),
    ("converters.DoubleConverter", &[], true),
    ("storage.SimpleHeaderConverter", &[], false),
];

/// The first byte picks a converter, the others are what it reads.
pub fn converters(data: &[u8]) {
    let [pick, bytes @ ..] = data else { return };
    let (class, settings, exact) = CONVERTERS[usize::from(*pick) % CONVERTERS.len()];
    let mut converter = Either::new(class, settings);
    let Some(first) = converter.read(bytes) else { return };
    let written = match converter.write(first.schema.as_ref(), &first.value) {
        Ok(written) => written,
        // As upstream's, it reads a payload that is no text as null, also where the schema wants bytes.
        Err(_) if class == "json.JsonConverter" && first.schema.is_some() => return,
        Err(error) => panic!("{class}: what was read cannot be written: {error:?}"),
    };
    let again = match &written {
        Some(bytes) => converter.read(bytes).expect("what was written can be read"),
        None => SchemaAndValue { schema: first.schema.clone(), value: Value::Null },
    };
    if exact {
        assert_eq!(again.value, first.value, "{class}");
        assert_eq!(again.schema, first.schema, "{class}");
    }
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
