//! Source records as dead letters: key, value and headers in the JSON envelope, with their schemas.
//!
//! Upstream has no dead-letter queue for sources. What was read may not be readable again, so a letter holds the whole
//! record and where in the source it stood. A part that JSON cannot express is written as Java's text of it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use kconnect_api::{
    Convert, Converter, ConverterRole, Exception, HeaderConverter, Headers, Lane, Out, Props, Row, Schema,
    Topic, Value, WireHeaders, java_string,
};

use super::super::letter::{Letter, Place};
use crate::offset_store::from_map;
use crate::registry::Registry;

const JSON: &str = "org.apache.kafka.connect.json.JsonConverter";

/// Where a row stood in its source.
pub(super) fn place_of(lane: &Lane, row: &Row) -> Place {
    let json = |map| serde_json::Value::from(from_map(map)).to_string();
    Place::Source {
        topic: Arc::clone(lane.topic.shared()),
        partition: json(&lane.source_partition),
        offset: row.offset.to_map().as_ref().map(json),
    }
}

/// Writes envelopes.
pub(crate) struct Envelope {
    key: Box<dyn Converter>,
    value: Box<dyn Converter>,
    header: Box<dyn HeaderConverter>,
}

impl Envelope {
    pub(crate) fn new(registry: &Registry) -> Result<Self, Exception> {
        let missing = || {
            let text =
                format!("errors.deadletterqueue.source.enable needs {JSON}, which this worker does not have");
            Exception::connect(text)
        };
        let plugin = registry.find_converter(JSON).ok_or_else(missing)?;
        let props = |role: ConverterRole| -> Props {
            [("schemas.enable", "true"), ("converter.type", role.name())]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into()
        };
        let plain = |role| plugin.converter(&props(role), role).ok_or_else(missing)?.map_err(Exception::from);
        let header = plugin.header_converter(&props(ConverterRole::Header)).ok_or_else(missing)?;
        Ok(Self { key: plain(ConverterRole::Key)?, value: plain(ConverterRole::Value)?, header: header? })
    }

    /// A row as a letter.
    pub(crate) fn letter(&mut self, lane: &Lane, row: &Row) -> Letter {
        let topic = &lane.topic;
        Letter {
            place: place_of(lane, row),
            timestamp: row.timestamp.unwrap_or(-1),
            key: part(self.key.as_mut(), topic, lane.key_schema.as_ref(), &row.key),
            value: part(self.value.as_mut(), topic, lane.value_schema.as_ref(), &row.value),
            headers: row.headers.as_deref().map(|headers| self.headers(topic, headers)).unwrap_or_default(),
        }
    }

    fn headers(&mut self, topic: &Topic, headers: &Headers) -> Vec<(Bytes, Option<Bytes>)> {
        let mut written = Vec::with_capacity(headers.len());
        for header in headers {
            let mut scratch = Vec::new();
            let mut out = Out::new(&mut scratch);
            let done = self.header.write(topic, &header.key, header.schema.as_ref(), &header.value, &mut out);
            let value = bytes(done, &out, &header.value);
            written.push((Bytes::copy_from_slice(header.key.as_bytes()), value));
        }
        written
    }
}

fn part(
    converter: &mut dyn Converter,
    topic: &Topic,
    schema: Option<&Schema>,
    value: &Value,
) -> Option<Bytes> {
    if schema.is_none() && matches!(value, Value::Null) {
        return None;
    }
    let mut scratch = Vec::new();
    let mut out = Out::new(&mut scratch);
    let done = converter.write(topic, schema, value, &mut WireHeaders::new(), &mut out);
    bytes(done, &out, value)
}

fn bytes(done: Result<(), Convert>, out: &Out<'_, '_>, value: &Value) -> Option<Bytes> {
    match done {
        Ok(()) => out.bytes().map(Bytes::copy_from_slice),
        Err(_) => {
            let mut text = Vec::new();
            java_string(value, &mut text);
            Some(text.into())
        }
    }
}

/// A row as upstream's log shows a source record.
pub(super) struct Shown<'a>(pub(super) &'a Lane, pub(super) &'a Row);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(lane, row) = self;
        write!(f, "SourceRecord{{sourcePartition={}, sourceOffset=", lane.source_partition)?;
        or_null(f, row.offset.to_map().as_ref())?;
        write!(f, "}} ConnectRecord{{topic='{}', kafkaPartition=", lane.topic)?;
        or_null(f, lane.partition.as_ref())?;
        for (name, value, schema) in
            [("key", &row.key, &lane.key_schema), ("value", &row.value, &lane.value_schema)]
        {
            write!(f, ", {name}={}, {name}Schema=", Text(value))?;
            or_null(f, schema.as_ref())?;
        }
        f.write_str(", timestamp=")?;
        or_null(f, row.timestamp.as_ref())?;
        f.write_str(", headers=ConnectHeaders(headers=")?;
        let headers: Vec<String> =
            row.headers.iter().flat_map(|headers| headers.iter()).map(|header| header.to_string()).collect();
        if !headers.is_empty() {
            write!(f, "[{}]", headers.join(", "))?;
        }
        f.write_str(")}")
    }
}

fn or_null(f: &mut fmt::Formatter<'_>, value: Option<&impl fmt::Display>) -> fmt::Result {
    match value {
        Some(value) => value.fmt(f),
        None => f.write_str("null"),
    }
}

struct Text<'a>(&'a Value);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        java_string(self.0, &mut text);
        f.write_str(&String::from_utf8_lossy(&text))
    }
}

#[cfg(test)]
mod tests {
    use kconnect_api::{ObjectMap, SourceBatch, SourceOffset};

    use super::*;

    /// Texts of `SourceRecord.toString` of Apache Kafka 4.3.1.
    #[test]
    fn a_row_is_shown_as_upstream_shows_a_source_record() {
        let mut lane = Lane {
            topic: "t".into(),
            partition: Some(3),
            key_schema: Some(Schema::string()),
            value_schema: None,
            source_partition: Arc::new(ObjectMap::new([("filename", Value::string("x"))])),
        };
        let mut row = Row {
            lane: SourceBatch::new().lane(&lane),
            key: Value::string("k"),
            value: Value::string("v"),
            timestamp: Some(5),
            headers: None,
            offset: SourceOffset::Position { key: "position", position: 7 },
            raw: None,
        };
        assert_eq!(
            Shown(&lane, &row).to_string(),
            "SourceRecord{sourcePartition={filename=x}, sourceOffset={position=7}} ConnectRecord{topic='t', kafkaPartition=3, key=k, keySchema=Schema{STRING}, value=v, valueSchema=null, timestamp=5, headers=ConnectHeaders(headers=)}"
        );
        let mut headers = Headers::new();
        headers.add_string("h", Some("x"));
        headers.add("n", None, Value::Null).unwrap();
        row.headers = Some(Box::new(headers));
        (lane.partition, row.timestamp, row.offset) = (None, None, SourceOffset::None);
        assert_eq!(
            Shown(&lane, &row).to_string(),
            "SourceRecord{sourcePartition={filename=x}, sourceOffset=null} ConnectRecord{topic='t', kafkaPartition=null, key=k, keySchema=Schema{STRING}, value=v, valueSchema=null, timestamp=null, headers=ConnectHeaders(headers=[ConnectHeader(key=h, value=x, schema=Schema{STRING}), ConnectHeader(key=n, value=null, schema=null)])}"
        );
    }
}
