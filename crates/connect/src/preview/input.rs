//! A line to what goes through the data plane: a record as it lies in Kafka, or as a source task returns it.

use std::sync::Arc;

use kconnect_api::{
    Buf, Header, Headers, ObjectMap, Origin, Record, SourceOffset, TimestampType, Topic, TopicPartition,
    WireHeader, WireHeaders,
};

use super::json::{Chars, Json};
use super::read::{bytes, envelope, integer, primitive};

type Read<T> = Result<T, String>;

/// A consumed record before any conversion.
pub(super) struct Consumed {
    pub(super) from: TopicPartition,
    pub(super) offset: i64,
    pub(super) timestamp: Option<i64>,
    pub(super) timestamp_type: TimestampType,
    pub(super) key: Option<Buf>,
    pub(super) value: Option<Buf>,
    pub(super) headers: WireHeaders,
}

/// Reads a line of the sink direction.
pub(super) fn consumed(line: &str) -> Read<Consumed> {
    let json = Json::parse(line)?;
    let mut topic = None;
    let (mut partition, mut offset, mut timestamp) = (0, 0, None);
    let mut timestamp_type = TimestampType::CreateTime;
    let (mut key, mut value, mut headers) = (None, None, WireHeaders::new());
    for (name, member) in members("a record", &json)? {
        match name.as_str() {
            "topic" => topic = Some(self::topic(member)?),
            "partition" => partition = integer("partition", member)?,
            "offset" => offset = integer("offset", member)?,
            // As a sink task sees it: -1 is none, and nothing else below zero is in Kafka.
            "timestamp" => match self::timestamp(member)? {
                Some(-1) => timestamp = None,
                Some(before @ ..-1) => return Err(format!("no record in Kafka has the timestamp {before}")),
                given => timestamp = given,
            },
            "timestampType" => timestamp_type = self::timestamp_type(member)?,
            "key" => key = wire("key", member)?,
            "value" => value = wire("value", member)?,
            "headers" => headers = list("headers", member)?.iter().map(wire_header).collect::<Read<_>>()?,
            other => return Err(unknown(other)),
        }
    }
    let from = TopicPartition { topic: topic.ok_or("a record has a 'topic'")?, partition };
    Ok(Consumed { from, offset, timestamp, timestamp_type, key, value, headers })
}

/// Reads a line of the source direction.
pub(super) fn returned(line: &str) -> Read<Record> {
    let json = Json::parse(line)?;
    let (mut topic, mut partition, mut timestamp) = (None, None, None);
    let (mut key, mut value) = Default::default();
    let mut headers = Headers::new();
    let (mut source, mut position) = (None, None);
    for (name, member) in members("a record", &json)? {
        let at = |error| format!("'{}': {error}", name.as_str());
        match name.as_str() {
            "topic" => topic = Some(self::topic(member)?),
            "partition" if matches!(member, Json::Null) => partition = None,
            "partition" => partition = Some(integer("partition", member)?),
            "timestamp" => timestamp = self::timestamp(member)?,
            "key" => key = envelope(member).map_err(at)?,
            "value" => value = envelope(member).map_err(at)?,
            "headers" => {
                headers =
                    list("headers", member)?.iter().map(header).collect::<Read<Headers>>().map_err(at)?;
            }
            "sourcePartition" => source = object(member).map_err(at)?,
            "sourceOffset" => position = object(member).map_err(at)?,
            other => return Err(unknown(other)),
        }
    }
    Ok(Record {
        topic: topic.ok_or("a record has a 'topic'")?,
        partition,
        key_schema: key.schema,
        key: key.value,
        value_schema: value.schema,
        value: value.value,
        timestamp,
        headers,
        origin: Origin::Source {
            partition: Arc::new(source.unwrap_or_default()),
            offset: position.map_or(SourceOffset::None, |map| SourceOffset::Map(Arc::new(map))),
        },
    })
}

fn members<'j, 'a>(what: &str, json: &'j Json<'a>) -> Read<&'j [(Chars<'a>, Json<'a>)]> {
    match json {
        Json::Object(members) => Ok(members),
        other => Err(format!("{what} is an object, not {}", other.kind())),
    }
}

fn list<'j, 'a>(what: &str, json: &'j Json<'a>) -> Read<&'j [Json<'a>]> {
    match json {
        Json::Array(elements) => Ok(elements),
        Json::Null => Ok(&[]),
        other => Err(format!("'{what}' is a list, not {}", other.kind())),
    }
}

fn unknown(member: &str) -> String {
    format!("a record has no member '{member}'")
}

fn topic(json: &Json<'_>) -> Read<Topic> {
    match json {
        Json::String(name) => Ok(Topic::new(name.as_str())),
        other => Err(format!("'topic' is a string, not {}", other.kind())),
    }
}

fn timestamp(json: &Json<'_>) -> Read<Option<i64>> {
    match json {
        Json::Null => Ok(None),
        json => Ok(Some(integer("timestamp", json)?)),
    }
}

fn timestamp_type(json: &Json<'_>) -> Read<TimestampType> {
    let all = [TimestampType::CreateTime, TimestampType::LogAppendTime, TimestampType::None];
    let found = match json {
        Json::String(name) => all.into_iter().find(|kind| kind.name() == name.as_str()),
        _ => None,
    };
    found.ok_or_else(|| "'timestampType' is CreateTime, LogAppendTime or NoTimestampType".to_owned())
}

fn wire(what: &str, json: &Json<'_>) -> Read<Option<Buf>> {
    match json {
        Json::Null => Ok(None),
        Json::String(text) => {
            bytes(text).map(|bytes| Some(bytes.into())).map_err(|error| format!("'{what}': {error}"))
        }
        other => Err(format!("'{what}' is base64 or null, not {}", other.kind())),
    }
}

fn wire_header(json: &Json<'_>) -> Read<WireHeader> {
    let (key, value) = pair(json)?;
    Ok(WireHeader { key: key.into(), value: wire("value of a header", value)? })
}

fn header(json: &Json<'_>) -> Read<Header> {
    let (key, value) = pair(json)?;
    let found = envelope(value)?;
    Ok(Header::new(key, found.schema, found.value))
}

/// Key and value of a header.
fn pair<'j>(json: &'j Json<'_>) -> Read<(&'j str, &'j Json<'j>)> {
    let (mut key, mut value) = (None, &Json::Null);
    for (name, member) in members("a header", json)? {
        match (name.as_str(), member) {
            ("key", Json::String(name)) => key = Some(name.as_str()),
            ("value", member) => value = member,
            (other, _) => {
                return Err(format!("a header has a 'key', a string, and a 'value', not '{other}'"));
            }
        }
    }
    Ok((key.ok_or("a header has a 'key', a string")?, value))
}

fn object(json: &Json<'_>) -> Read<Option<ObjectMap>> {
    if let Json::Null = json {
        return Ok(None);
    }
    let entries: Read<Vec<_>> = members("it", json)?
        .iter()
        .map(|(name, member)| Ok((Arc::<str>::from(name.as_str()), primitive(member)?)))
        .collect();
    Ok(Some(ObjectMap::new(entries?)))
}
