//! What the fuzz targets call: framing, schema texts and payloads of one format, without a registry. Only with feature
//! `fuzzing`.

use kconnect_api::{Buf, ConfigDef, ConverterRole, Exception, Props, SchemaAndValue, Settings, WireHeader};

use crate::avro::Avro;
use crate::client::{CallError, Entity};
use crate::format::{Dependency, Fault, Format, Local, Registered, Written};
use crate::frame::{Frame, IdReader, IdWriter, SchemaId, guid_text};
use crate::json_schema::JsonSchema;
use crate::protobuf::Protobuf;

/// A record of a topic, and what the registry says of its schema.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// The text registered under the record's id.
    pub text: &'a str,
    /// Name and text of what it refers to; also the text that a sink reads as, with [`Case::as_latest`].
    pub dependency: Option<(&'a str, &'a str)>,
    /// The value of the header with the id.
    pub header: Option<&'a [u8]>,
    /// The record's value, with its framing.
    pub framed: &'a [u8],
    /// Whether it is read as the dependency's text (`use.latest.version`).
    pub as_latest: bool,
    /// Keys and values of the format's own settings.
    pub settings: &'a [(&'a str, &'a str)],
}

/// Reads a case as the format `number` (Avro, JSON Schema, Protobuf), and what was read there and back.
pub fn run(number: u8, case: Case<'_>) {
    match number % 3 {
        0 => one::<Avro>(case),
        1 => one::<JsonSchema>(case),
        _ => one::<Protobuf>(case),
    }
}

/// An answer of a registry that is not to be trusted: the texts of an error and of a schema.
pub fn answer(status: u16, body: &[u8]) {
    assert!(CallError::of_answer(status, body).exception().class().contains('.'));
    if let Ok(json) = serde_json::from_slice(body)
        && let Ok(entity) = Entity::of(&json)
        && let Err(error) = entity.check_rules(crate::client::RulePhase::Write)
    {
        assert!(error.message().is_some(), "a rule that is refused is named");
    }
}

fn one<F: Format>(case: Case<'_>) {
    let Some((indexes, payload)) = unframed::<F>(case) else { return };
    let mut format = format::<F>(case.settings);
    let registered = registered(case);
    // What a text is called and whether it can be read are two questions; neither may panic.
    let named = format.record_name(&registered);
    let reader = match case.dependency.filter(|_| case.as_latest) {
        Some((_, latest)) => {
            let latest = Registered { text: latest.to_owned(), dependencies: Vec::new(), version: Some(2) };
            format.parse_as(&registered, &latest)
        }
        None => format.parse(&registered),
    };
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => return has_class(&error),
    };
    assert!(case.as_latest || named.is_ok(), "a schema that can be read has a name or none: {named:?}");
    match format.read(&mut reader, &indexes, &payload) {
        Ok(first) => there_and_back(&mut format, &registered, &first),
        Err(Fault::Mapping(error) | Fault::Payload(error)) => has_class(&error),
    }
}

/// The payload and its message indexes; a frame that was read is written the same.
fn unframed<F: Format>(case: Case<'_>) -> Option<(Vec<i32>, Buf)> {
    let (role, mut indexes) = (ConverterRole::Value, Vec::new());
    let has_indexes = F::TYPE == "PROTOBUF";
    let header = case
        .header
        .map(|value| WireHeader { key: "__value_schema_id".into(), value: Some(value.to_vec().into()) });
    let headers = header.into_iter().collect();
    let framed = Buf::from(case.framed);
    let split = IdReader::Dual.split(role, &headers, &framed, has_indexes, &mut indexes);
    let (id, payload) = split.inspect_err(has_class).ok()?;
    assert!(case.framed.ends_with(payload.as_slice()));
    let listed = has_indexes.then_some(&indexes[..]);
    let frame = match id {
        SchemaId::Number(number) => Frame::new(IdWriter::Prefix, role, Some(number), None, listed),
        SchemaId::Guid(guid) => Frame::new(IdWriter::Header, role, None, Some(&guid_text(&guid)), listed),
    };
    let frame = frame.expect("id and GUID were read");
    let mut written = Vec::new();
    frame.add_header(&mut written);
    let again = Buf::from([frame.prefix(), payload.as_slice()].concat());
    let mut found = Vec::new();
    let split = IdReader::Dual.split(role, &written, &again, has_indexes, &mut found);
    assert_eq!((split, found), (Ok((id, payload.clone())), indexes.clone()));
    Some((indexes, payload))
}

/// Writes what was read under the schema that a source would register, reads that, and once more: what was written
/// once stays as it is. The first writing may lose what only the registered text had (defaults, other unions).
fn there_and_back<F: Format>(format: &mut F, registered: &Registered, first: &SchemaAndValue) {
    let Some((local, second)) = again(format, first) else { return };
    // Neither answer is wrong for two schemas of which nothing is known; asking must end.
    let _ = format.is_compatible(&local, registered).inspect_err(has_class);
    if let Ok(dictated) = format.adapt(first.schema.as_ref(), registered) {
        let mut out = Vec::new();
        let written = format.write(&dictated.writer, first.schema.as_ref(), &first.value, &mut out);
        let _ = written.inspect_err(has_class);
    }
    let Some((_, third)) = again(format, &second) else {
        panic!("{}: what was written and read cannot be written: {second:?}", F::TYPE);
    };
    assert_eq!(third, second, "{} {}", F::TYPE, local.text);
}

/// `None` where upstream's mapping refuses the schema or the value.
fn again<F: Format>(format: &mut F, given: &SchemaAndValue) -> Option<(Local<F::Writer>, SchemaAndValue)> {
    let (schema, value) = (given.schema.as_ref(), &given.value);
    if schema.is_none() && value.is_null() {
        return None;
    }
    let local = format.map(schema, value).inspect_err(has_class).ok()?;
    let mut out = Vec::new();
    match format.write(&local.writer, schema, value, &mut out).inspect_err(has_class).ok()? {
        Written::Null => {
            assert!(out.is_empty());
            return None;
        }
        Written::Payload => {}
    }
    let own =
        Registered { text: local.text.clone(), dependencies: local.dependencies.clone(), version: None };
    let mut reader = format
        .parse(&own)
        .unwrap_or_else(|error| panic!("{}: {error:?} in our own schema {}", F::TYPE, local.text));
    let indexes = local.indexes.clone().unwrap_or_default();
    let read = format
        .read(&mut reader, &indexes, &Buf::from(out))
        .unwrap_or_else(|error| panic!("{}: {error:?} in our own payload of {}", F::TYPE, local.text));
    Some((local, read))
}

fn has_class(error: &Exception) {
    assert!(error.class().contains('.'), "{error}");
}

fn registered(case: Case<'_>) -> Registered {
    let dependency = |(name, text): (&str, &str)| Dependency {
        name: name.to_owned(),
        text: text.to_owned(),
        references: Vec::new(),
    };
    let dependencies = case.dependency.filter(|_| !case.as_latest).map(dependency);
    Registered {
        text: case.text.to_owned(),
        dependencies: dependencies.into_iter().collect(),
        version: Some(1),
    }
}

fn format<F: Format>(settings: &[(&str, &str)]) -> F {
    let props: Props = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    // A key that is none would leave the case what another one is.
    let known = ConfigDef::of::<F::Settings>();
    assert!(props.keys().all(|key| known.get(key).is_some()), "{}: {settings:?}", F::TYPE);
    let settings = F::Settings::parse(&props).expect("the settings are valid");
    F::new(settings).expect("the settings are valid")
}
