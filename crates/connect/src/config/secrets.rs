//! Texts that leave the worker without the secrets in them.
//!
//! A [`Redactor`] knows some values and replaces them by `[hidden]`, also where they are escaped. Each connector and task
//! has one, with what its placeholders stand for, the values of its PASSWORD keys and of keys that are named like one;
//! statuses, reports and errors of the task pass it. [`Secrets`] collects all of them for what has no task: the log, and
//! REST answers about failures.
//!
//! Code that complains about a setting rarely shows it as it is: it is trimmed, cut at commas, put into capitals, read as
//! a number, quoted. So a value is hidden in all the forms that `forms.rs` lists, without regard to case, and so are its
//! parts of some length.
//!
//! Values shorter than four bytes, `true` and `false` are not hidden: they are no secrets, and texts without them could
//! not be read.

mod forms;

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use aho_corasick::{AhoCorasick, Input, MatchKind};
use kconnect_api::settings::Secret;
use kconnect_api::{ConfigDef, ConfigType, Exception, Props};

use super::definition::aliases_of;
use crate::registry::Registry;

/// What stands in the place of a secret.
pub const HIDDEN: &str = "[hidden]";

/// Shortest value that is hidden.
const SHORTEST: usize = 4;
/// Most values that are remembered for the log beside the worker's own; the oldest are forgotten.
const MOST: usize = 2_048;
/// Most bytes of them, since whoever may validate a configuration may name as many secrets as he likes.
const MOST_BYTES: usize = 1 << 20;
/// How much of a form is looked for; what follows is compared where that was found. So the memory of the patterns does not
/// grow with long values, and the beginning of one that was cut off is hidden too.
const HEAD: usize = 64;

/// Hides some values in texts.
#[derive(Clone, Default)]
pub struct Redactor {
    values: BTreeSet<String>,
    patterns: Option<Arc<Patterns>>,
    /// The patterns could not be built, so that no text is safe.
    blind: bool,
}

/// Heads of forms, and what may follow each.
struct Patterns {
    heads: AhoCorasick,
    tails: Vec<Vec<Box<str>>>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} values", self.values.len())
    }
}

impl Redactor {
    /// Hides `values`.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let is_flag = |value: &str| value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
        let worth = |value: &&str| value.trim().len() >= SHORTEST && !is_flag(value.trim());
        let values: BTreeSet<String> = values.into_iter().filter(worth).map(str::to_owned).collect();
        if values.is_empty() {
            return Self::default();
        }
        let patterns = Patterns::of(&values);
        Self { values, blind: patterns.is_none(), patterns: patterns.map(Arc::new) }
    }

    /// `text` without the values.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.patterns {
            None if self.blind => Cow::Borrowed(HIDDEN),
            Some(patterns) if patterns.heads.is_match(text) => Cow::Owned(patterns.replace(text)),
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

impl Patterns {
    /// What finds all forms of `values`; `None` when there are too many of them.
    fn of(values: &BTreeSet<String>) -> Option<Self> {
        let mut forms = BTreeSet::new();
        values.iter().for_each(|value| forms::add(value, &mut forms));
        let mut heads: Vec<&str> = Vec::new();
        let mut tails: Vec<Vec<Box<str>>> = Vec::new();
        // Forms of one head follow each other.
        for form in &forms {
            let (head, tail) = form.split_at(form.floor_char_boundary(HEAD));
            if heads.last() != Some(&head) {
                heads.push(head);
                tails.push(Vec::new());
            }
            if let Some(of_head) = tails.last_mut().filter(|_| !tail.is_empty()) {
                of_head.push(tail.into());
            }
        }
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true);
        Some(Self { heads: builder.build(&heads).ok()?, tails })
    }

    fn replace(&self, text: &str) -> String {
        let mut hidden = String::with_capacity(text.len());
        let mut done = 0;
        while let Some(found) = self.heads.find(Input::new(text).range(done..)) {
            hidden.push_str(&text[done..found.start()]);
            hidden.push_str(HIDDEN);
            let tails = &self.tails[found.pattern().as_usize()];
            let rest = &text[found.end()..];
            done = found.end() + tails.iter().map(|tail| common(rest, tail)).max().unwrap_or(0);
        }
        hidden.push_str(&text[done..]);
        hidden
    }
}

/// How many bytes `text` and `other` have in common at their beginning, without regard to the case of ASCII.
fn common(text: &str, other: &str) -> usize {
    let same = text.bytes().zip(other.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    text.floor_char_boundary(same)
}

/// All secrets of a worker. Clones of the handle are the same.
#[derive(Debug, Default)]
pub struct Secrets(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The worker's own, which are never forgotten.
    own: Vec<Secret>,
    order: VecDeque<Secret>,
    bytes: usize,
    redactor: Arc<Redactor>,
}

impl Secrets {
    /// Secrets of a worker whose own configuration has those that `redactor` hides.
    #[must_use]
    pub fn of_worker(redactor: &Arc<Redactor>) -> Self {
        let own = redactor.values().map(Secret::new).collect();
        Self(RwLock::new(Known { own, redactor: Arc::clone(redactor), ..Known::default() }))
    }

    /// Hides the values of `redactor` from now on.
    pub fn learn(&self, redactor: &Redactor) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let new: Vec<Secret> = redactor
            .values()
            .filter(|value| !known.redactor.values.contains(*value))
            .map(Secret::new)
            .collect();
        if new.is_empty() {
            return;
        }
        known.bytes += new.iter().map(|secret| secret.expose().len()).sum::<usize>();
        known.order.extend(new);
        while known.order.len() > MOST || known.bytes > MOST_BYTES && known.order.len() > 1 {
            if let Some(oldest) = known.order.pop_front() {
                known.bytes -= oldest.expose().len();
            }
        }
        let all = known.own.iter().chain(&known.order).map(Secret::expose);
        known.redactor = Arc::new(Redactor::new(all));
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
    for alias in aliases_of(props, "predicates") {
        let prefix = format!("predicates.{alias}.");
        if let Some(plugin) = class(&format!("{prefix}type")).and_then(|class| registry.find_predicate(class))
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
            ("HUNTER2 and Hunter2", "[hidden] and [hidden]"),
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
    fn the_workers_own_secrets_are_not_forgotten_however_many_others_there_are() {
        let secrets = Secrets::of_worker(&Arc::new(Redactor::new(["of-the-worker"])));
        let many: Vec<String> = (0..MOST + 10).map(|number| format!("value-{number:05}")).collect();
        secrets.learn(&Redactor::new(many.iter().map(String::as_str)));
        let redactor = secrets.redactor();
        assert_eq!(redactor.text("of-the-worker value-00020"), "[hidden] [hidden]");
        assert_eq!(redactor.text("value-00005"), "value-00005", "the oldest are forgotten");
        let long = "x".repeat(MOST_BYTES - 100);
        secrets.learn(&Redactor::new([long.as_str()]));
        assert_eq!(secrets.redactor().text("of-the-worker value-02000"), "[hidden] value-02000");
        assert_eq!(secrets.redactor().text(&format!("{long} y")), "[hidden] y");
    }

    #[test]
    fn a_long_value_is_hidden_to_its_end_or_where_it_was_cut_off() {
        let long: String = (0..200).map(|n| format!("<{n}>")).collect();
        let redactor = Redactor::new([long.as_str(), &format!("{}other", &long[..200])]);
        for (text, expect) in [
            (format!("a {long} b"), "a [hidden] b".to_owned()),
            (format!("a {}… b", &long[..150]), "a [hidden]… b".to_owned()),
            (format!("a {}OTHER b", &long[..200]), "a [hidden] b".to_owned()),
            (format!("{long}{long}"), "[hidden][hidden]".to_owned()),
            (long[..50].to_owned(), long[..50].to_owned()),
        ] {
            assert_eq!(redactor.text(&text), expect, "{text}");
        }
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
