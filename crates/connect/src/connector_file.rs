//! Connector files of the standalone command line: JSON of two forms, or Java properties.
//!
//! Each file is tried as, in this order: a JSON object of scalars with a `name`; a JSON request
//! `{"name", "config", "initial_state"}` as `POST /connectors` takes it; a properties file. Syntax that starts like
//! JSON and is not JSON is said so: read as properties it would only give a riddle about a missing `name`.

use std::fmt;
use std::path::Path;

use kconnect_api::Props;
use serde_json::{Map, Value as Json};

use crate::herder::TargetState;
use crate::properties;

/// A connector to create at start.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectorFile {
    /// The connector's name.
    pub name: String,
    /// Its configuration, with `name`.
    pub config: Props,
    /// State to start in; `None` is started.
    pub initial_state: Option<TargetState>,
}

/// Why a connector file could not be used; prints file, place and remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorFileError(String);

impl fmt::Display for ConnectorFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConnectorFileError {}

/// Reads a connector file of any accepted form.
pub fn load(path: &Path) -> Result<ConnectorFile, ConnectorFileError> {
    let file = path.display().to_string();
    let bytes = properties::read(path).map_err(|error| {
        ConnectorFileError(format!("cannot read connector configuration '{file}': {error}"))
    })?;
    parse(&file, &bytes)
}

/// Parses the bytes of a connector file; `file` names it in messages.
pub fn parse(file: &str, bytes: &[u8]) -> Result<ConnectorFile, ConnectorFileError> {
    let json = serde_json::from_slice::<Json>(bytes);
    match json {
        Ok(Json::Object(members)) => from_json(file, members),
        Ok(_) => Err(ConnectorFileError(format!(
            "connector configuration at '{file}' is JSON but not an object; write an object of settings with 'name', or one with 'name' and 'config'"
        ))),
        Err(error) if looks_like_json(bytes) => {
            Err(ConnectorFileError(format!("connector configuration at '{file}' is not valid JSON: {error}")))
        }
        Err(_) => {
            let config = properties::parse(bytes).map_err(|line| {
                ConnectorFileError(format!(
                    "connector configuration at '{file}', line {line}: malformed \\uxxxx encoding"
                ))
            })?;
            named(file, config, None)
        }
    }
}

/// The settings in a file of any of these forms, for a use in which a connector needs no name.
pub fn settings(file: &str, bytes: &[u8]) -> Result<Props, ConnectorFileError> {
    match serde_json::from_slice::<Json>(bytes) {
        Ok(Json::Object(mut members)) => match members.remove("config") {
            Some(Json::Object(config)) => strings(file, config),
            Some(other) => {
                members.insert("config".to_owned(), other);
                strings(file, members)
            }
            None => strings(file, members),
        },
        Ok(_) => Err(ConnectorFileError(format!(
            "configuration at '{file}' is JSON but not an object; write an object of settings, or one with 'name' and 'config'"
        ))),
        Err(error) if looks_like_json(bytes) => {
            Err(ConnectorFileError(format!("configuration at '{file}' is not valid JSON: {error}")))
        }
        Err(_) => properties::parse(bytes).map_err(|line| {
            ConnectorFileError(format!("configuration at '{file}', line {line}: malformed \\uxxxx encoding"))
        }),
    }
}

fn looks_like_json(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    text.iter().find(|b| !b.is_ascii_whitespace()).is_some_and(|b| matches!(b, b'{' | b'['))
}

fn from_json(file: &str, members: Map<String, Json>) -> Result<ConnectorFile, ConnectorFileError> {
    let scalar = |value: &Json| value.is_string() || value.is_number() || value.is_boolean();
    if members.contains_key("name") && members.values().all(scalar) {
        return named(file, strings(file, members)?, None);
    }
    let Some(Json::Object(config)) = members.get("config") else {
        return match members.iter().find(|(_, value)| !scalar(value)) {
            Some((key, value)) => Err(ConnectorFileError(format!(
                "connector configuration at '{file}': '{key}' is {value}, but settings must be strings; put it in quotes, or put all settings into an object 'config' beside 'name'"
            ))),
            None => Err(missing_name(file)),
        };
    };
    let mut config = strings(file, config.clone())?;
    let Some(name) = members.get("name").and_then(Json::as_str) else { return Err(missing_name(file)) };
    match config.get("name") {
        Some(inner) if inner != name => {
            return Err(ConnectorFileError(format!(
                "Connector name configuration in 'config' doesn't match the one specified in 'name' at '{file}'"
            )));
        }
        _ => config.insert("name".into(), name.into()),
    };
    let state = match members.get("initial_state") {
        None | Some(Json::Null) => None,
        Some(state) => Some(initial_state(file, state)?),
    };
    named(file, config, state)
}

fn initial_state(file: &str, state: &Json) -> Result<TargetState, ConnectorFileError> {
    let text = state.as_str().unwrap_or_default();
    TargetState::from_initial_state(text).ok_or_else(|| {
        ConnectorFileError(format!(
            "connector configuration at '{file}': 'initial_state' is {state}, but must be one of RUNNING, PAUSED, STOPPED"
        ))
    })
}

fn strings(file: &str, members: Map<String, Json>) -> Result<Props, ConnectorFileError> {
    members
        .into_iter()
        .map(|(key, value)| match value {
            Json::String(text) => Ok((key, text)),
            // A number or boolean is taken as its text, as the JSON binding of the REST API takes it.
            Json::Number(number) => Ok((key, number.to_string())),
            Json::Bool(flag) => Ok((key, flag.to_string())),
            other => Err(ConnectorFileError(format!(
                "connector configuration at '{file}': '{key}' is {other}, but settings must be strings"
            ))),
        })
        .collect()
}

fn named(
    file: &str,
    config: Props,
    initial_state: Option<TargetState>,
) -> Result<ConnectorFile, ConnectorFileError> {
    let name = config.get("name").cloned().ok_or_else(|| missing_name(file))?;
    Ok(ConnectorFile { name, config, initial_state })
}

fn missing_name(file: &str) -> ConnectorFileError {
    ConnectorFileError(format!(
        "Connector configuration at '{file}' is missing the mandatory 'name' configuration"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<(&str, Option<TargetState>), &str>) {
        let got = parse("f", text.as_bytes());
        match (&got, expect) {
            (Ok(file), Ok((name, state))) => {
                assert_eq!((file.name.as_str(), file.initial_state), (name, state), "{text}");
                assert_eq!(file.config["name"], name);
            }
            (Err(error), Err(expect)) => assert!(error.to_string().contains(expect), "{text}: {error}"),
            _ => panic!("{text}: {got:?}"),
        }
    }

    #[test]
    fn every_accepted_form_is_read() {
        check("name=a\nx=y", Ok(("a", None)));
        check(r#"{"name":"a","x":"y"}"#, Ok(("a", None)));
        check(r#"{"name":"a","tasks.max":1,"errors.log.enable":true}"#, Ok(("a", None)));
        check(r#"{"name":"a","config":{"x":"y"}}"#, Ok(("a", None)));
        check(r#"{"name":"a","config":{"name":"a","tasks.max":1}}"#, Ok(("a", None)));
        check(
            r#"{"name":"a","config":{},"initial_state":"PAUSED","more":[1]}"#,
            Ok(("a", Some(TargetState::Paused))),
        );
        check(r#"{"name":"a","config":{},"initial_state":"stopped"}"#, Ok(("a", Some(TargetState::Stopped))));
    }

    #[test]
    fn a_bad_file_is_named_with_what_is_wrong() {
        let missing = "Connector configuration at 'f' is missing the mandatory 'name' configuration";
        check("x=y", Err(missing));
        check("{}", Err(missing));
        check(r#"{"config":{"name":"a"}}"#, Err(missing));
        check(
            r#"{"name":"a","config":{"name":"b"}}"#,
            Err("Connector name configuration in 'config' doesn't match the one specified in 'name' at 'f'"),
        );
        check(r#"{"name":"a","x":"y""#, Err("'f' is not valid JSON: EOF"));
        check("[1]", Err("'f' is JSON but not an object"));
        check(r#"{"name":"a","tasks.max":null}"#, Err("'tasks.max' is null, but settings must be strings"));
        check(r#"{"name":"a","x":[1]}"#, Err("'x' is [1], but settings must be strings"));
        check(r#"{"name":"a","config":{"x":[1]}}"#, Err("'x' is [1], but settings must be strings"));
        check(
            r#"{"name":"a","config":{},"initial_state":"gone"}"#,
            Err("must be one of RUNNING, PAUSED, STOPPED"),
        );
        check("name=\\u12", Err("line 1: malformed"));
    }
}
