//! Settings: declared once, in one place.
//!
//! [`Settings::define`] names each key with type, default, importance and doc, and returns the function that reads
//! them into the plugin's own struct. The same declaration gives validation ([`ConfigDef::validate`]), the answer of
//! `GET /connector-plugins/{class}/config`, the form of the web page and the reference. A declared key that nobody
//! reads is an unused variable, so the compiler warns; a [`Setting`] carries its type, so reading it as another does
//! not compile.
//!
//! ```
//! use kconnect_api::settings::{int, path, string};
//! use kconnect_api::{ConfigDef, Importance, Reader, Settings};
//!
//! struct Config { file: Option<std::path::PathBuf>, topic: String, batch_size: i32 }
//!
//! impl Settings for Config {
//!     fn define(def: &mut ConfigDef) -> Reader<Self> {
//!         let file = def.field("file", path()).doc("File to read.").optional();
//!         let topic = def.field("topic", string()).importance(Importance::High).doc("Topic.").required();
//!         let batch_size = def.field("batch.size", int(1..)).doc("Most lines of one poll.").default(2_000);
//!         Box::new(move |v| Self { file: v.get(&file), topic: v.get(&topic), batch_size: v.get(&batch_size) })
//!     }
//! }
//! let raw = [("topic".to_owned(), "t".to_owned())].into();
//! let config = Config::parse(&raw).unwrap();
//! assert_eq!((config.file, config.topic.as_str(), config.batch_size), (None, "t", 2_000));
//! ```
//!
//! Here: the declarations. In `def.rs` the definition as data and upstream's validation, in `kind.rs` the types of
//! values and how texts become values, in `check.rs` the validators.

mod check;
mod def;
mod kind;

use std::marker::PhantomData;
use std::sync::Arc;

pub use check::{Recommender, Validator};
pub use def::{ConfigDef, ConfigDefault, ConfigKey, ConfigValue, ParsedValues};
pub use kind::{
    ConfigType, FromParsed, Kind, ParsedValue, Secret, boolean, class, double, int, list, long, one_of,
    password, path, short, string,
};

use crate::{Exception, Props, TaskError, classes};

/// Reads parsed values into a settings struct.
pub type Reader<T> = Box<dyn FnOnce(&ParsedValues) -> T>;

/// A struct of settings.
pub trait Settings: Sized + Send {
    /// Declares the keys and returns how they are read.
    fn define(def: &mut ConfigDef) -> Reader<Self>;

    /// Parses `raw`. All bad keys are reported together, as one `ConfigException`.
    fn parse(raw: &Props) -> Result<Self, TaskError> {
        let mut def = ConfigDef::new();
        let reader = Self::define(&mut def);
        match def.parse(raw) {
            Ok(values) => Ok(reader(&values)),
            Err(errors) => Err(ConfigError::all(&errors)),
        }
    }
}

/// No settings at all.
impl Settings for () {
    fn define(_def: &mut ConfigDef) -> Reader<Self> {
        Box::new(|_| ())
    }
}

/// How much a user should care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Importance {
    /// Everyone sets it.
    High,
    /// Many set it.
    Medium,
    /// Few set it.
    Low,
}

impl Importance {
    /// Kafka's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "HIGH",
            Self::Medium => "MEDIUM",
            Self::Low => "LOW",
        }
    }
}

/// How wide a form shows the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Width {
    /// Not said.
    #[default]
    None,
    /// A number or a word.
    Short,
    /// A name.
    Medium,
    /// A list or a sentence.
    Long,
}

impl Width {
    /// Kafka's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Short => "SHORT",
            Self::Medium => "MEDIUM",
            Self::Long => "LONG",
        }
    }
}

/// One bad setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The key.
    pub key: String,
    /// The whole text, in upstream's words.
    pub message: String,
}

impl ConfigError {
    /// `Invalid value <value> for configuration <key>: <detail>`.
    #[must_use]
    pub fn invalid(key: &str, value: &str, detail: &str) -> Self {
        Self {
            key: key.to_owned(),
            message: format!("Invalid value {value} for configuration {key}: {detail}"),
        }
    }

    /// `Missing required configuration "<key>" which has no default value.`
    #[must_use]
    pub fn missing(key: &str) -> Self {
        let message = format!("Missing required configuration \"{key}\" which has no default value.");
        Self { key: key.to_owned(), message }
    }

    /// A text of its own, for a key or a combination of keys.
    #[must_use]
    pub fn text(key: &str, message: impl Into<String>) -> Self {
        Self { key: key.to_owned(), message: message.into() }
    }

    /// Several as one error: the text of the only one, or all texts with `; ` between.
    #[must_use]
    pub fn all(errors: &[ConfigError]) -> TaskError {
        let texts: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
        TaskError::fatal(Exception::new(classes::CONFIG, texts.join("; ")))
    }
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

impl From<ConfigError> for Exception {
    fn from(error: ConfigError) -> Self {
        Self::new(classes::CONFIG, error.message)
    }
}

impl From<ConfigError> for TaskError {
    fn from(error: ConfigError) -> Self {
        Self::fatal(Exception::from(error))
    }
}

/// A declared key whose value is a `T`.
#[derive(Clone, Debug)]
pub struct Setting<T> {
    name: String,
    kind: PhantomData<fn() -> T>,
}

impl<T> Setting<T> {
    /// The key, with the prefix under which it was declared.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl ParsedValues {
    /// The value of a declared key.
    #[must_use]
    pub fn get<T: FromParsed>(&self, setting: &Setting<T>) -> T {
        T::from_parsed(self.value(&setting.name)).expect("a setting holds the type it was declared with")
    }
}

/// A key being declared; ends with [`FieldBuilder::required`], [`FieldBuilder::optional`] or
/// [`FieldBuilder::default`].
#[must_use]
pub struct FieldBuilder<'d, T> {
    def: &'d mut ConfigDef,
    key: ConfigKey,
    kind: Kind<T>,
}

impl ConfigDef {
    /// Starts the declaration of `name`.
    pub fn field<T>(&mut self, name: &str, kind: Kind<T>) -> FieldBuilder<'_, T> {
        let name = format!("{}{name}", self.prefix());
        let mut key = ConfigKey::new(name, kind.config_type);
        key.validator = kind.validator.clone();
        FieldBuilder { def: self, key, kind }
    }
}

impl<T> FieldBuilder<'_, T> {
    /// How much a user should care; medium when not said.
    pub fn importance(mut self, importance: Importance) -> Self {
        self.key.importance = importance;
        self
    }

    /// What it does, in sentences.
    pub fn doc(mut self, doc: impl Into<String>) -> Self {
        self.key.doc = doc.into();
        self
    }

    /// Where a form shows it.
    pub fn group(mut self, group: impl Into<String>, order: i32) -> Self {
        self.key.group = Some(group.into());
        self.key.order_in_group = order;
        self
    }

    /// How wide a form shows it.
    pub fn width(mut self, width: Width) -> Self {
        self.key.width = width;
        self
    }

    /// Its label in a form; the key when not said.
    pub fn display(mut self, name: impl Into<String>) -> Self {
        self.key.display_name = name.into();
        self
    }

    /// Keys whose meaning depends on this one.
    pub fn dependents<const N: usize>(mut self, keys: [&str; N]) -> Self {
        let prefix = self.def.prefix();
        self.key.dependents = keys.iter().map(|key| format!("{prefix}{key}")).collect();
        self
    }

    /// Another check of the parsed value, after those that the kind brings.
    pub fn validator(mut self, validator: Validator) -> Self {
        self.key.validator = Some(match self.key.validator.take() {
            Some(first) => first.and(validator),
            None => validator,
        });
        self
    }

    /// Values that a form offers.
    pub fn recommended<const N: usize>(mut self, values: [&str; N]) -> Self {
        self.key.recommender = Some(Recommender::fixed(values));
        self
    }

    /// Values that depend on other keys, and whether the key is shown at all.
    pub fn recommender(mut self, recommender: Recommender) -> Self {
        self.key.recommender = Some(recommender);
        self
    }

    /// Hides the key from lists and documents.
    pub fn internal(mut self) -> Self {
        self.key.internal = true;
        self
    }

    /// A value must be given.
    pub fn required(mut self) -> Setting<T> {
        self.key.default = ConfigDefault::Required;
        self.declare()
    }

    /// Without a value it is `None`; no check applies then.
    pub fn optional(mut self) -> Setting<Option<T>> {
        self.key.default = ConfigDefault::Null;
        self.key.validator = self.key.validator.map(Validator::unless_null);
        let Setting { name, .. } = self.declare();
        Setting { name, kind: PhantomData }
    }

    /// Without a value it is `value`.
    pub fn default(mut self, value: impl Into<T>) -> Setting<T> {
        self.key.default = ConfigDefault::Text((self.kind.render)(&value.into()));
        self.declare()
    }

    /// Without a value it is `text`, parsed like a given one.
    pub fn default_text(mut self, text: &str) -> Setting<T> {
        self.key.default = ConfigDefault::Text(text.to_owned());
        self.declare()
    }

    fn declare(self) -> Setting<T> {
        let name = self.key.name.clone();
        self.def.add(self.key);
        Setting { name, kind: PhantomData }
    }
}

/// What checks a parsed value.
pub(crate) type Check = Arc<dyn Fn(&str, &ParsedValue) -> Result<(), ConfigError> + Send + Sync>;
