//! The worker properties of the REST server, with upstream's texts.

use std::fmt;

use kconnect_api::Props;

use crate::cors::Cors;
use crate::listener::Listener;
use crate::rules::HeaderRule;

/// Settings of the REST server, checked.
#[derive(Clone, Debug)]
pub struct RestConfig {
    pub(crate) listeners: Vec<Listener>,
    /// `None`: administration is served on the regular listeners. Empty: nowhere.
    pub(crate) admin_listeners: Option<Vec<Listener>>,
    pub(crate) advertised_host: Option<String>,
    pub(crate) advertised_port: Option<u16>,
    pub(crate) cors: Option<Cors>,
    pub(crate) rules: Vec<HeaderRule>,
    /// What `GET /` answers as `version`.
    pub version: String,
    /// What `GET /` answers as `commit`.
    pub commit: String,
}

/// Properties of the REST server that cannot be used; the texts are upstream's where upstream has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestConfigError(pub String);

impl fmt::Display for RestConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for RestConfigError {}

fn refuse<T>(text: impl Into<String>) -> Result<T, RestConfigError> {
    Err(RestConfigError(text.into()))
}

impl RestConfig {
    /// Reads the worker's properties.
    pub fn parse(props: &Props) -> Result<Self, RestConfigError> {
        let text = |key: &str| props.get(key).map(|value| value.trim());
        if let Some(classes) = text("rest.extension.classes").filter(|classes| !classes.is_empty()) {
            return refuse(format!(
                "rest.extension.classes={classes}: REST extensions do not run here yet, and ignoring them could \
                 leave the API without authentication"
            ));
        }
        let strict = text("kconnect.profile") == Some("strict");
        let default = if strict { "http://127.0.0.1:8083" } else { "http://:8083" };
        let regular = items(text("listeners").unwrap_or(default));
        if regular.is_empty() {
            return refuse(
                "Invalid value for listeners, at least one URL is expected, ex: http://localhost:8080,https://localhost:8443.",
            );
        }
        let listeners = parse_all("listeners", &regular)?;
        let admin_listeners = match text("admin.listeners") {
            None => None,
            Some(list) => Some(parse_all("admin.listeners", &items(list))?),
        };
        if strict
            && let Some(open) =
                listeners.iter().chain(admin_listeners.iter().flatten()).find(|l| !l.is_loopback())
        {
            return refuse(format!(
                "kconnect.profile=strict refuses the listener on port {} of {}: other machines could use the REST API \
                 without TLS and authentication; listen on 127.0.0.1 or [::1]",
                open.port,
                if open.host.is_empty() { "all interfaces" } else { &open.host }
            ));
        }
        if let Some(protocol) = text("rest.advertised.listener").filter(|p| !p.is_empty()) {
            match protocol.to_ascii_lowercase().as_str() {
                "http" => {}
                "https" => {
                    return refuse("rest.advertised.listener=https: https listeners are not there yet");
                }
                _ => return refuse("Listener protocol must be either \"http\" or \"https\"."),
            }
        }
        let advertised_port = match text("rest.advertised.port") {
            None => None,
            Some(port) => match port.parse::<i32>() {
                Ok(port) => u16::try_from(port).ok().filter(|port| *port > 0),
                Err(_) => {
                    return refuse(format!(
                        "Invalid value {port} for configuration rest.advertised.port: Not a number of type INT"
                    ));
                }
            },
        };
        Ok(Self {
            listeners,
            admin_listeners,
            advertised_host: text("rest.advertised.host.name").filter(|h| !h.is_empty()).map(str::to_owned),
            advertised_port,
            cors: Cors::parse(
                text("access.control.allow.origin").unwrap_or_default(),
                text("access.control.allow.methods").unwrap_or_default(),
            )
            .map_err(RestConfigError)?,
            rules: HeaderRule::parse_all(text("response.http.headers.config").unwrap_or_default())
                .map_err(RestConfigError)?,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: option_env!("KCONNECT_COMMIT").unwrap_or("unknown").to_owned(),
        })
    }
}

/// The items of a list property; an empty text is an empty list.
fn items(list: &str) -> Vec<&str> {
    if list.is_empty() { Vec::new() } else { list.split(',').map(str::trim).collect() }
}

fn parse_all(key: &str, items: &[&str]) -> Result<Vec<Listener>, RestConfigError> {
    if items.iter().any(|item| item.is_empty()) {
        return refuse(format!("Empty URL found when parsing {key} list."));
    }
    let which = |item: &str, fault: String| match fault.contains(item) {
        true => RestConfigError(fault),
        // Upstream does not say which of several it is.
        false => RestConfigError(format!("{fault} {key} has '{item}'")),
    };
    items.iter().map(|item| Listener::parse(item).map_err(|fault| which(item, fault))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(entries: &[(&str, &str)]) -> Result<RestConfig, RestConfigError> {
        RestConfig::parse(&entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn wrong_properties_have_upstreams_texts() {
        let format = "Listener doesn't have the right format (protocol://hostname:port).";
        for (key, value, expect) in [
            (
                "listeners",
                "",
                "Invalid value for listeners, at least one URL is expected, ex: http://localhost:8080,https://localhost:8443.",
            ),
            ("listeners", "http://a:1,", "Empty URL found when parsing listeners list."),
            (
                "admin.listeners",
                "http://a:1, ,http://b:1",
                "Empty URL found when parsing admin.listeners list.",
            ),
            ("listeners", "a:1", &format!("{format} listeners has 'a:1'")),
            ("listeners", "http://a:1/", &format!("{format} listeners has 'http://a:1/'")),
            ("listeners", "http://a", &format!("{format} listeners has 'http://a'")),
            ("listeners", "http://a b:1", &format!("{format} listeners has 'http://a b:1'")),
            (
                "listeners",
                "ftp://a:1",
                "Listener protocol must be either \"http\" or \"https\". listeners has 'ftp://a:1'",
            ),
            (
                "listeners",
                "http://a:70000",
                "Listener port 70000 of http://a:70000 is not between 0 and 65535",
            ),
            (
                "rest.advertised.port",
                "x",
                "Invalid value x for configuration rest.advertised.port: Not a number of type INT",
            ),
            (
                "response.http.headers.config",
                "add",
                "Invalid format of header config 'add'. Expected: '[action] [header name]:[header value]'",
            ),
            (
                "response.http.headers.config",
                "put a:b",
                "Invalid header config action: 'put'. Expected one of [set, add, setDate, addDate]",
            ),
            (
                "response.http.headers.config",
                "set ab",
                "Invalid format of header name and header value pair 'ab'. Expected: '[header name]:[header value]'",
            ),
            (
                "response.http.headers.config",
                "set a b:c",
                "Invalid header name 'a b'. The '[header name]' cannot contain whitespace",
            ),
        ] {
            assert_eq!(parse(&[(key, value)]).err().map(|e| e.0).as_deref(), Some(expect), "{key}={value}");
        }
    }

    #[test]
    fn what_is_not_there_yet_refuses_to_start() {
        for entry in [("listeners", "https://:8443"), ("rest.extension.classes", "a.B")] {
            let error = parse(&[entry]).unwrap_err();
            assert!(error.0.contains("yet"), "{error}");
        }
    }

    #[test]
    fn the_strict_profile_listens_on_loopback_only() {
        let strict = ("kconnect.profile", "strict");
        assert_eq!(parse(&[strict]).unwrap().listeners[0].host, "127.0.0.1");
        for (listener, fine) in [
            ("http://localhost:1", true),
            ("http://[::1]:1", true),
            ("http://:1", false),
            ("http://10.0.0.1:1", false),
        ] {
            assert_eq!(parse(&[strict, ("listeners", listener)]).is_ok(), fine, "{listener}");
            assert_eq!(parse(&[strict, ("admin.listeners", listener)]).is_ok(), fine, "{listener}");
        }
    }

    #[test]
    fn defaults() {
        let config = parse(&[]).unwrap();
        assert_eq!((config.listeners.len(), config.admin_listeners.is_none()), (1, true));
        assert_eq!((config.listeners[0].host.as_str(), config.listeners[0].port), ("", 8083));
        assert_eq!(parse(&[("admin.listeners", " ")]).unwrap().admin_listeners.map(|l| l.len()), Some(0));
    }
}
