//! From JSON to what a request means, by the rules of upstream's binding.
//!
//! Typed bodies refuse unknown fields; string maps take any key. Numbers and booleans become text as they were
//! written. What does not fit is 500 with the parser's words, as upstream answers; a missing body, a null dereference
//! there, is 400 here.

use kconnect_connect::herder::{ConnectorOffset, RawConfig, TargetState};
use serde_json::{Map, Number, Value as Json};

use crate::error::Failure;
use crate::json::{self, JsonError, Node};

const ENTITIES: &str = "org.apache.kafka.connect.runtime.rest.entities";
const STRING_MAP: &str = "java.util.LinkedHashMap<java.lang.String,java.lang.String>";

/// The body of `POST /connectors`.
#[derive(Debug)]
pub(crate) struct CreateRequest {
    pub(crate) name: String,
    pub(crate) config: RawConfig,
    pub(crate) initial_state: Option<TargetState>,
}

/// Parses a body that is to become a `java`, which begins with `open`. Upstream binds while it parses, so that a body with
/// the other bracket is refused for it, whatever comes behind: the caller gets an empty value of that kind to refuse.
fn parse(body: &[u8], java: &str, open: char) -> Result<Node, Failure> {
    let error = match json::parse(body) {
        Ok(Some(Node::Null) | None) => return Err(Failure::bad_request("The request needs a JSON body")),
        Ok(Some(node)) => return Ok(node),
        Err(error) => error,
    };
    let text = match error {
        JsonError::Refused(text) => return Err(Failure::bad_request(text)),
        JsonError::Malformed(text) => text,
        JsonError::Trailing { token, position } => format!(
            "Trailing token (of type {token}) found after value (bound as `{java}`): not allowed as per \
             `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`\n at {position}"
        ),
    };
    match json::first(body).filter(|first| *first != open) {
        Some('[') => Ok(Node::Array(Vec::new())),
        Some('{') => Ok(Node::Object(Vec::new())),
        _ => Err(Failure::internal(text)),
    }
}

/// What stands where a map or a list belongs, in the parser's words.
fn unfit(java: &str, node: &Node) -> Failure {
    let (what, token) = match node {
        Node::Array(_) => ("Array value", "START_ARRAY"),
        Node::Object(_) => ("Object value", "START_OBJECT"),
        Node::Number(text) if is_whole(text) => ("Integer value", "VALUE_NUMBER_INT"),
        Node::Number(_) => ("Floating-point value", "VALUE_NUMBER_FLOAT"),
        Node::Bool(true) => ("Boolean value", "VALUE_TRUE"),
        Node::Bool(false) => ("Boolean value", "VALUE_FALSE"),
        Node::String(_) => ("String value", "VALUE_STRING"),
        Node::Null => ("null value", "VALUE_NULL"),
    };
    Failure::internal(format!(
        "Cannot deserialize value of type `{java}` from {what} (token `JsonToken.{token}`)"
    ))
}

/// A scalar where a map belongs: a text is first thought to be what the map could be made from.
fn no_map(java: &str, node: &Node) -> Failure {
    let class = java.split('<').next().unwrap_or(java);
    match node {
        Node::String(text) if text.trim().is_empty() => empty(&format!("to element of `{class}`")),
        Node::String(_) => construct(class, node),
        _ => unfit(java, node),
    }
}

/// Something else where an object of our own entities belongs.
fn no_entity(class: &str, node: &Node) -> Failure {
    let java = format!("{ENTITIES}.{class}");
    match node {
        Node::String(text) if text.trim().is_empty() => empty(&format!("to `{java}` value")),
        Node::Array(_) | Node::Object(_) | Node::Null => unfit(&java, node),
        _ => construct(&java, node),
    }
}

fn empty(wanted: &str) -> Failure {
    Failure::internal(format!(
        "Cannot coerce empty String (\"\") {wanted} (but could if coercion was enabled using `CoercionConfig`)"
    ))
}

fn construct(class: &str, node: &Node) -> Failure {
    let (argument, from) = match node {
        Node::Number(text) => {
            let argument = match (is_whole(text), text.parse::<i32>(), text.parse::<i64>()) {
                (false, ..) => "double/Double",
                (_, Ok(_), _) => "int/Int",
                (_, _, Ok(_)) => "long/Long",
                _ => "BigInteger",
            };
            (argument, format!("Number value ({text})"))
        }
        Node::Bool(value) => ("boolean/Boolean", format!("boolean value ({value})")),
        Node::String(text) => ("String", format!("String value ('{text}')")),
        _ => ("no", "such value".to_owned()),
    };
    Failure::internal(format!(
        "Cannot construct instance of `{class}` (although at least one Creator exists): no {argument}-argument \
         constructor/factory method to deserialize from {from}"
    ))
}

fn is_whole(number: &str) -> bool {
    !number.contains(['.', 'e', 'E'])
}

fn unrecognized(field: &str, class: &str, known: &[&str]) -> Failure {
    let quoted: Vec<String> = known.iter().map(|field| format!("\"{field}\"")).collect();
    let count = match known.len() {
        1 => "one known property".to_owned(),
        many => format!("{many} known properties"),
    };
    Failure::internal(format!(
        "Unrecognized field \"{field}\" (class {ENTITIES}.{class}), not marked as ignorable ({count}: {})",
        quoted.join(", ")
    ))
}

/// A scalar as text; `None` for null.
fn text(node: Node) -> Result<Option<String>, Failure> {
    match node {
        Node::Null => Ok(None),
        Node::Bool(value) => Ok(Some(value.to_string())),
        Node::Number(text) | Node::String(text) => Ok(Some(text)),
        Node::Array(_) | Node::Object(_) => Err(unfit("java.lang.String", &node)),
    }
}

fn map(node: Node) -> Result<RawConfig, Failure> {
    let Node::Object(fields) = node else {
        return Err(no_map(STRING_MAP, &node));
    };
    fields.into_iter().map(|(key, value)| Ok((key, text(value)?))).collect()
}

/// A configuration or the like.
pub(crate) fn string_map(body: &[u8]) -> Result<RawConfig, Failure> {
    map(parse(body, "java.util.Map", '{')?)
}

/// The body of `POST /connectors`.
pub(crate) fn create_request(body: &[u8]) -> Result<CreateRequest, Failure> {
    const CLASS: &str = "CreateConnectorRequest";
    let fields = match parse(body, &format!("{ENTITIES}.{CLASS}"), '{')? {
        Node::Object(fields) => fields,
        node => return Err(no_entity(CLASS, &node)),
    };
    let (mut name, mut config, mut initial_state) = (None, None, None);
    for (field, value) in fields {
        match (field.as_str(), value) {
            ("name", value) => name = text(value)?,
            ("config", Node::Null) => config = None,
            ("config", value) => config = Some(map(value)?),
            ("initial_state", Node::Null) => initial_state = None,
            ("initial_state", value) => initial_state = Some(target_state(value)?),
            _ => return Err(unrecognized(&field, CLASS, &["config", "name", "initial_state"])),
        }
    }
    let config = config
        .ok_or_else(|| Failure::bad_request("The request needs a connector configuration in 'config'"))?;
    let name = name.unwrap_or_default();
    // Java's trim: control characters count as white space.
    Ok(CreateRequest { name: name.trim_matches(|c: char| c <= ' ').to_owned(), config, initial_state })
}

fn target_state(value: Node) -> Result<TargetState, Failure> {
    let given = match &value {
        Node::String(text) | Node::Number(text) => text.clone(),
        Node::Bool(value) => value.to_string(),
        Node::Array(_) => {
            return Err(Failure::internal(format!(
                "Input mismatch reading Enum `{ENTITIES}.CreateConnectorRequest$InitialState`: properties-based \
                 `@JsonCreator` ([method {ENTITIES}.CreateConnectorRequest$InitialState#forValue(java.lang.String)]) \
                 expects String Value, got Array value (`JsonToken.START_ARRAY`)"
            )));
        }
        _ => return Err(unfit(&format!("{ENTITIES}.CreateConnectorRequest$InitialState"), &value)),
    };
    TargetState::from_initial_state(&given).ok_or_else(|| {
        Failure::internal(format!(
            "Cannot construct instance of `{ENTITIES}.CreateConnectorRequest$InitialState`, problem: No enum constant \
             {ENTITIES}.CreateConnectorRequest.InitialState.{}",
            given.to_uppercase()
        ))
    })
}

/// The body of `PATCH …/offsets`.
pub(crate) fn offsets(body: &[u8]) -> Result<Vec<ConnectorOffset>, Failure> {
    const CLASS: &str = "ConnectorOffsets";
    let node = parse(body, &format!("{ENTITIES}.{CLASS}"), '{')?;
    let Node::Object(fields) = node else {
        return Err(no_entity(CLASS, &node));
    };
    let mut offsets = Vec::new();
    for (field, value) in fields {
        match (field.as_str(), value) {
            ("offsets", Node::Null) => offsets.clear(),
            ("offsets", Node::Array(elements)) => {
                offsets = elements.into_iter().map(offset).collect::<Result<_, _>>()?;
            }
            ("offsets", value) => {
                return Err(unfit(&format!("java.util.ArrayList<{ENTITIES}.ConnectorOffset>"), &value));
            }
            _ => return Err(unrecognized(&field, CLASS, &["offsets"])),
        }
    }
    if offsets.is_empty() {
        return Err(Failure::bad_request(
            "Partitions / offsets need to be provided for an alter offsets request",
        ));
    }
    Ok(offsets)
}

fn offset(node: Node) -> Result<ConnectorOffset, Failure> {
    const CLASS: &str = "ConnectorOffset";
    let fields = match node {
        Node::Object(fields) => fields,
        Node::Null => return Err(Failure::bad_request("An element of 'offsets' may not be null")),
        node => return Err(no_entity(CLASS, &node)),
    };
    let mut offset = ConnectorOffset { partition: None, offset: None };
    for (field, value) in fields {
        match field.as_str() {
            "partition" => offset.partition = object(value)?,
            "offset" => offset.offset = object(value)?,
            _ => return Err(unrecognized(&field, CLASS, &["partition", "offset"])),
        }
    }
    Ok(offset)
}

fn object(node: Node) -> Result<Option<Map<String, Json>>, Failure> {
    match node {
        Node::Null => Ok(None),
        Node::Object(fields) => {
            Ok(Some(fields.into_iter().map(|(key, value)| (key, to_json(value))).collect()))
        }
        node => Err(no_map("java.util.LinkedHashMap<java.lang.String,java.lang.Object>", &node)),
    }
}

fn to_json(node: Node) -> Json {
    match node {
        Node::Null => Json::Null,
        Node::Bool(value) => Json::Bool(value),
        Node::Number(text) => number(&text),
        Node::String(text) => Json::String(text),
        Node::Array(elements) => Json::Array(elements.into_iter().map(to_json).collect()),
        Node::Object(fields) => {
            Json::Object(fields.into_iter().map(|(key, value)| (key, to_json(value))).collect())
        }
    }
}

fn number(text: &str) -> Json {
    let whole = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok();
    let number = whole.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64));
    // Beyond the range of a double: the text says more than an infinity.
    number.map_or_else(|| Json::String(text.to_owned()), Json::Number)
}

/// The body of the internal `POST …/tasks`.
pub(crate) fn task_configs(body: &[u8]) -> Result<Vec<kconnect_api::Props>, Failure> {
    let node = parse(body, "java.util.List", '[')?;
    let Node::Array(elements) = node else {
        return Err(unfit("java.util.ArrayList<java.util.Map<java.lang.String,java.lang.String>>", &node));
    };
    let drop_nulls =
        |config: RawConfig| config.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    elements.into_iter().map(|element| map(element).map(drop_nulls)).collect()
}

#[cfg(test)]
mod tests;
