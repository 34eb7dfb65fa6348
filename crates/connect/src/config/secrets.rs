//! Texts that leave the worker without the secrets in them.
//!
//! A [`Redactor`] knows some values and replaces them by `[hidden]`, also where they are escaped. Each connector and task
//! has one, with what its placeholders stand for, the values of its PASSWORD keys and of keys that are named like one;
//! statuses, reports and errors of the task pass it. [`Secrets`] collects all of them for what has no task: the log, and
//! REST answers about failures.
//!
//! Values shorter than four bytes, `true` and `false` are not hidden: they are no secrets, and texts without them could
//! not be read.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, MatchKind};
use kconnect_api::settings::Secret;
use kconnect_api::{ConfigDef, ConfigType, Exception, Props};

use super::definition::aliases_of;
use crate::registry::Registry;

/// What stands in the place of a secret.
pub const HIDDEN: &str = "[hidden]";

/// Shortest value that is hidden.
const SHORTEST: usize = 4;
/// Shortest line of a value of several lines that is hidden on its own.
const SHORTEST_LINE: usize = 8;
/// Most values that are remembered for the log; the oldest are forgotten.
const MOST: usize = 4_096;

/// Hides some values in texts.
#[derive(Clone, Default)]
pub struct Redactor {
    values: BTreeSet<String>,
    patterns: Option<AhoCorasick>,
    /// The patterns could not be built, so that no text is safe.
    blind: bool,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.values.len())
    }
}

impl Redactor {
    /// Hides `values`.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let worth = |value: &&str| value.trim().len() >= SHORTEST && !matches!(*value, "true" | "false");
        let values: BTreeSet<String> = values.into_iter().filter(worth).map(str::to_owned).collect();
        if values.is_empty() {
            return Self::default();
        }
        let patterns: BTreeSet<String> = values.iter().flat_map(|value| forms(value)).collect();
        let patterns = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&patterns).ok();
        Self { values, blind: patterns.is_none(), patterns }
    }

    /// `text` without the values.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.patterns {
            None if self.blind => Cow::Borrowed(HIDDEN),
            Some(patterns) if patterns.is_match(text) => {
                let mut hidden = String::with_capacity(text.len());
                patterns.replace_all_with(text, &mut hidden, |_, _, out| {
                    out.push_str(HIDDEN);
                    true
                });
                Cow::Owned(hidden)
            }
            _ => Cow::Borrowed(text),
        }
    }

    /// An exception and its causes without the values.
    #[must_use]
    pub fn exception(&self, exception: &Exception) -> Exception {
        if self.values.is_empty() {
            return exception.clone();
        }
        let class = exception.class().to_owned();
        let hidden = match exception.message() {
            Some(message) => Exception::new(class, self.text(message)),
            None => Exception::without_message(class),
        };
        match exception.cause() {
            Some(cause) => hidden.caused_by(self.exception(cause)),
            None => hidden,
        }
    }

    /// One that hides these values too.
    #[must_use]
    pub fn and<'a>(&'a self, values: impl IntoIterator<Item = &'a str>) -> Self {
        Self::new(self.values().chain(values))
    }

    /// What is hidden.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(String::as_str)
    }
}

/// The ways in which a value may stand in a text: as it is, trimmed, as a URL, JSON or Rust's `Debug` writes it, and each
/// longer line of it.
fn forms(value: &str) -> BTreeSet<String> {
    let json = serde_json::Value::from(value).to_string();
    let json = json.trim_matches('"').to_owned();
    let escaped: String = value.escape_debug().collect();
    let mut url = String::new();
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => url.push(byte.into()),
            other => _ = write!(url, "%{other:02X}"),
        }
    }
    let lines = value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST_LINE);
    let mut forms: BTreeSet<String> = lines.map(str::to_owned).collect();
    forms.extend([value.to_owned(), value.trim().to_owned(), json, escaped, url]);
    forms
}

/// All secrets of a worker. Clones of the handle are the same.
#[derive(Debug, Default)]
pub struct Secrets(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    order: VecDeque<Secret>,
    redactor: Arc<Redactor>,
}

impl Secrets {
    /// Hides the values of `redactor` from now on.
    pub fn learn(&self, redactor: &Redactor) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<&str> =
            redactor.values().filter(|value| !known.redactor.values.contains(*value)).collect();
        if new.is_empty() {
            return;
        }
        known.order.extend(new.into_iter().map(Secret::new));
        let surplus = known.order.len().saturating_sub(MOST);
        known.order.drain(..surplus);
        known.redactor = Arc::new(Redactor::new(known.order.iter().map(Secret::expose)));
    }

    /// What hides all of them.
    #[must_use]
    pub fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).redactor)
    }
}

/// Whether a key is named like one that holds a secret.
#[must_use]
pub fn looks_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let says = ["password", "passwd", "passphrase", "secret", "token", "credential", "jaas"];
    let names_key = ["api", "access", "private", "account", "encryption", "master", "auth", "keystore"];
    let words: Vec<&str> = key.split(['.', '_', '-']).collect();
    let is_key = matches!(&words[..], [.., before, "key"] if names_key.contains(before));
    // `….class`, `….provider` and the like name things; they are no secrets themselves.
    let names_thing = words.last().is_some_and(|last| {
        ["class", "provider", "url", "uri", "endpoint", "type", "location", "path", "file", "mechanism"]
            .contains(last)
    });
    (is_key || key.ends_with("apikey") || says.iter().any(|word| key.contains(word))) && !names_thing
}

/// The values of keys that hold secrets, whether or not they come from a provider: those that the connector, its
/// converters and its transforms declare as PASSWORD, and those named like one.
pub fn declared<'a>(props: &'a Props, registry: &Registry) -> Vec<&'a str> {
    let mut found: Vec<&str> =
        props.iter().filter(|(key, _)| looks_secret(key)).map(|(_, value)| value.as_str()).collect();
    let mut add = |prefix: &str, def: ConfigDef| {
        let passwords = def.keys().iter().filter(|key| key.kind == ConfigType::Password).map(|key| &key.name);
        found.extend(passwords.filter_map(|name| props.get(&format!("{prefix}{name}")).map(String::as_str)));
    };
    let class = |key: &str| props.get(key).map(|class| class.trim());
    if let Some(plugin) = class("connector.class").and_then(|class| registry.connector(class).ok()) {
        add("", plugin.config_def());
    }
    for name in ["key.converter", "value.converter", "header.converter"] {
        if let Some(plugin) = class(name).and_then(|class| registry.find_converter(class)) {
            add(&format!("{name}."), plugin.config_def());
        }
    }
    for alias in aliases_of(props, "transforms") {
        let prefix = format!("transforms.{alias}.");
        if let Some(plugin) = class(&format!("{prefix}type")).and_then(|class| registry.find_transform(class))
        {
            add(&prefix, plugin.config_def());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_hidden_in_every_form_and_short_ones_are_left() {
        let redactor =
            Redactor::new(["hunter2", "a \"b\"/c", "line one\nline two\n", "abc", "true", "hunter2extra"]);
        for (text, expect) in [
            ("the password is hunter2.", "the password is [hidden]."),
            ("hunter2extra", "[hidden]"),
            ("hunter2hunter2", "[hidden][hidden]"),
            ("json \"a \\\"b\\\"/c\"", "json \"[hidden]\""),
            ("url a%20%22b%22%2Fc", "url [hidden]"),
            ("only line two here", "only [hidden] here"),
            ("abc is true", "abc is true"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(redactor.text(text), expect, "{text}");
        }
        assert_eq!(Redactor::default().text("hunter2"), "hunter2");
        assert_eq!(format!("{redactor:?}"), "4 values");
    }

    #[test]
    fn the_whole_chain_of_an_exception_is_hidden() {
        let cause = Exception::data("value hunter2");
        let error = Exception::connect("no").caused_by(Exception::without_message("x.Y").caused_by(cause));
        let hidden = Redactor::new(["hunter2"]).exception(&error).trace();
        assert!(hidden.ends_with(
            "Caused by: x.Y\nCaused by: org.apache.kafka.connect.errors.DataException: value [hidden]"
        ));
    }

    #[test]
    fn all_secrets_of_a_worker_are_known_together() {
        let secrets = Secrets::default();
        secrets.learn(&Redactor::new(["first-value"]));
        secrets.learn(&Redactor::new(["second-value", "first-value"]));
        assert_eq!(secrets.redactor().text("first-value second-value"), "[hidden] [hidden]");
        for number in 0..20 {
            secrets.learn(&Redactor::new([format!("value-{number:05}").as_str()]));
        }
        assert_eq!(secrets.redactor().text("value-00003"), HIDDEN);
        assert!(!format!("{secrets:?}").contains("first"));
    }

    #[test]
    fn keys_that_hold_secrets_are_known_by_their_names() {
        for (key, secret) in [
            ("connection.password", true),
            ("producer.override.sasl.jaas.config", true),
            ("aws_secret_access_key", true),
            ("basic.auth.credentials", true),
            ("api.key", true),
            ("ssl.keystore.key", true),
            ("auth.apiKey", true),
            ("sasl.login.callback.token.endpoint.url", false),
            ("aws.credentials.provider.class", false),
            ("key.converter", false),
            ("message.key", false),
            ("key", false),
            ("topics", false),
        ] {
            assert_eq!(looks_secret(key), secret, "{key}");
        }
    }
}
