//! A definition as data, and upstream's parsing and validation over it.
//!
//! Validation visits keys that nobody names as dependent, and from each its dependents, in the order of definition; a
//! key reached twice is checked twice and its errors stand twice, as upstream shows them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{ConfigError, ConfigType, Importance, ParsedValue, Recommender, Settings, Validator, Width};
use crate::Props;

/// What holds when a key is not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigDefault {
    /// It must be given.
    Required,
    /// It is null.
    Null,
    /// It is this text, parsed.
    Text(String),
}

/// One key of a definition.
#[derive(Clone, Debug)]
pub struct ConfigKey {
    /// The name, with all prefixes.
    pub name: String,
    /// The type.
    pub kind: ConfigType,
    /// What holds when it is not given.
    pub default: ConfigDefault,
    /// The check of its value.
    pub validator: Option<Validator>,
    /// How much a user should care.
    pub importance: Importance,
    /// What it does.
    pub doc: String,
    /// Where a form shows it.
    pub group: Option<String>,
    /// Position in its group, −1 when there is none.
    pub order_in_group: i32,
    /// How wide a form shows it.
    pub width: Width,
    /// Its label.
    pub display_name: String,
    /// Keys that depend on it.
    pub dependents: Vec<String>,
    /// Offers values.
    pub recommender: Option<Recommender>,
    /// Hidden from lists and documents.
    pub internal: bool,
}

impl ConfigKey {
    /// A required key of medium importance and nothing else set.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: ConfigType) -> Self {
        let name = name.into();
        Self {
            display_name: name.clone(),
            name,
            kind,
            default: ConfigDefault::Required,
            validator: None,
            importance: Importance::Medium,
            doc: String::new(),
            group: None,
            order_in_group: -1,
            width: Width::None,
            dependents: Vec::new(),
            recommender: None,
            internal: false,
        }
    }

    /// Whether a value must be given.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.default == ConfigDefault::Required
    }

    /// The default as REST answers show it: `None` for required keys and null, `[hidden]` for passwords.
    #[must_use]
    pub fn default_text(&self) -> Option<String> {
        match &self.default {
            ConfigDefault::Required | ConfigDefault::Null => None,
            ConfigDefault::Text(text) => {
                self.kind.parse(&self.name, text).ok().and_then(|value| value.to_text())
            }
        }
    }
}

/// What validation found for one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigValue {
    /// The key.
    pub name: String,
    /// The value in use, as text; `[hidden]` for a password.
    pub value: Option<String>,
    /// Values that a form offers.
    pub recommended_values: Vec<String>,
    /// Every error found, in upstream's words.
    pub errors: Vec<String>,
    /// Whether a form shows it.
    pub visible: bool,
}

impl ConfigValue {
    /// A visible key without value or errors.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: None,
            recommended_values: Vec::new(),
            errors: Vec::new(),
            visible: true,
        }
    }
}

/// Parsed values of a definition.
#[derive(Clone, Debug, Default)]
pub struct ParsedValues(HashMap<String, ParsedValue>);

impl ParsedValues {
    /// The value of `name`, null when unknown.
    #[must_use]
    pub fn value(&self, name: &str) -> &ParsedValue {
        static NULL: ParsedValue = ParsedValue::Null;
        self.0.get(name).unwrap_or(&NULL)
    }

    /// Sets a value: for recommenders' tests and definitions composed by hand.
    pub fn set(&mut self, name: impl Into<String>, value: ParsedValue) {
        self.0.insert(name.into(), value);
    }

    pub(super) fn without_prefix(&self, prefix: &str) -> Self {
        let inner = self.0.iter().filter_map(|(k, v)| Some((k.strip_prefix(prefix)?.to_owned(), v.clone())));
        Self(inner.collect())
    }
}

/// An ordered set of keys.
#[derive(Clone, Debug, Default)]
pub struct ConfigDef {
    keys: Vec<ConfigKey>,
    positions: HashMap<String, usize>,
    prefix: String,
}

impl ConfigDef {
    /// No keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The keys of a settings struct.
    #[must_use]
    pub fn of<S: Settings>() -> Self {
        let mut def = Self::new();
        drop(S::define(&mut def));
        def
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Adds a key.
    ///
    /// # Panics
    /// When it is defined already, or its default cannot be parsed or fails its own check: a plugin's mistake that its
    /// first test finds. Definitions that come from elsewhere go through [`ConfigDef::try_add`].
    pub fn add(&mut self, key: ConfigKey) -> &mut Self {
        if let Err(error) = self.try_add(key) {
            panic!("wrong definition of {}: {}", error.key, error.message);
        }
        self
    }

    /// Adds a key; an error when it is defined already or its default is wrong.
    pub fn try_add(&mut self, key: ConfigKey) -> Result<(), ConfigError> {
        if self.positions.contains_key(&key.name) {
            return Err(ConfigError::text(
                &key.name,
                format!("Configuration {} is defined twice.", key.name),
            ));
        }
        if !key.is_required() {
            key.checked_default()?;
        }
        self.positions.insert(key.name.clone(), self.keys.len());
        self.keys.push(key);
        Ok(())
    }

    /// Keys in the order of definition.
    #[must_use]
    pub fn keys(&self) -> &[ConfigKey] {
        &self.keys
    }

    /// One key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ConfigKey> {
        self.keys.get(*self.positions.get(name)?)
    }

    /// Declares the keys of `S` under `prefix` (added to the present one) and returns how they are read.
    pub fn nested<S: Settings>(&mut self, prefix: &str) -> super::Reader<S> {
        let before = self.prefix.len();
        self.prefix.push_str(prefix);
        let reader = S::define(self);
        self.prefix.truncate(before);
        reader
    }

    /// All keys of `child` under `prefix`, in `group` (followed by `: ` and the child's own), counted from
    /// `first_order`. Texts of the child's validators name keys without the prefix, as upstream's do.
    ///
    /// # Panics
    /// When a key is defined already.
    pub fn embed(&mut self, prefix: &str, group: &str, first_order: i32, child: ConfigDef) -> &mut Self {
        for (at, key) in (0i32..).zip(child.keys) {
            let group = match &key.group {
                Some(own) => format!("{group}: {own}"),
                None => group.to_owned(),
            };
            self.add(ConfigKey {
                name: format!("{prefix}{}", key.name),
                group: Some(group),
                order_in_group: first_order.wrapping_add(at),
                dependents: key.dependents.iter().map(|name| format!("{prefix}{name}")).collect(),
                validator: key.validator.map(|v| v.without_prefix(prefix)),
                recommender: key.recommender.map(|r| r.without_prefix(prefix)),
                ..key
            });
        }
        self
    }

    /// The same keys under `prefix` in `group`; see [`ConfigDef::embed`].
    #[must_use]
    pub fn with_prefix(self, prefix: &str, group: &str) -> Self {
        let mut def = Self::new();
        def.embed(prefix, group, 0, self);
        def
    }

    /// Adds the keys of `other` that are not defined here.
    pub fn merge(&mut self, other: ConfigDef) -> &mut Self {
        for key in other.keys {
            if !self.positions.contains_key(&key.name) {
                self.add(key);
            }
        }
        self
    }

    /// Replaces a key or adds it at the end.
    pub fn replace(&mut self, key: ConfigKey) -> &mut Self {
        match self.positions.get(&key.name) {
            Some(&at) => self.keys[at] = key,
            None => {
                self.add(key);
            }
        }
        self
    }

    /// Parses `raw`: every key gets its value or default, checked. Unknown keys are no error.
    pub fn parse(&self, raw: &Props) -> Result<ParsedValues, Vec<ConfigError>> {
        let mut values = ParsedValues::default();
        let mut errors: Vec<ConfigError> =
            self.undefined_dependents().into_iter().map(|name| undefined_dependent(&name)).collect();
        for key in &self.keys {
            match key.parse(raw) {
                Ok(value) => values.set(&key.name, value),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(values) } else { Err(errors) }
    }

    /// Validates `raw`: one value for each key, in the order of definition, with every error on its key.
    #[must_use]
    pub fn validate(&self, raw: &Props) -> Vec<ConfigValue> {
        self.validate_parsed(raw).0
    }

    /// [`ConfigDef::validate`] together with the values that could be parsed, for checks across keys.
    #[must_use]
    pub fn validate_parsed(&self, raw: &Props) -> (Vec<ConfigValue>, ParsedValues) {
        let undefined = self.undefined_dependents();
        let mut found: BTreeMap<&str, ConfigValue> =
            self.keys.iter().map(|key| (key.name.as_str(), ConfigValue::new(&key.name))).collect();
        let mut parsed = ParsedValues::default();
        let roots = self.roots();
        for root in &roots {
            self.visit(root, &mut Vec::new(), &mut |key| {
                let value = key.validate(raw, found.get_mut(key.name.as_str()));
                parsed.set(&key.name, value);
            });
        }
        for root in &roots {
            self.visit(root, &mut Vec::new(), &mut |key| {
                if let (Some(recommender), Some(value)) = (&key.recommender, found.get_mut(key.name.as_str()))
                {
                    value.recommended_values = recommender.values(&key.name, &parsed);
                    value.visible = recommender.is_visible(&key.name, &parsed);
                }
            });
        }
        let mut values: Vec<ConfigValue> =
            self.keys.iter().filter_map(|key| found.remove(key.name.as_str())).collect();
        values.extend(undefined.into_iter().map(|name| ConfigValue {
            errors: vec![undefined_dependent(&name).message],
            visible: false,
            ..ConfigValue::new(name)
        }));
        (values, parsed)
    }

    /// Keys that no other names as dependent.
    fn roots(&self) -> Vec<&ConfigKey> {
        let dependents: HashSet<&str> =
            self.keys.iter().flat_map(|key| key.dependents.iter().map(String::as_str)).collect();
        self.keys.iter().filter(|key| !dependents.contains(key.name.as_str())).collect()
    }

    /// `key`, then its dependents; a cycle (which upstream would follow for ever) is left at its first repetition.
    fn visit<'d>(&'d self, key: &'d ConfigKey, path: &mut Vec<&'d str>, act: &mut impl FnMut(&'d ConfigKey)) {
        if path.contains(&key.name.as_str()) {
            return;
        }
        act(key);
        path.push(&key.name);
        for dependent in &key.dependents {
            if let Some(dependent) = self.get(dependent) {
                self.visit(dependent, path, act);
            }
        }
        path.pop();
    }

    fn undefined_dependents(&self) -> Vec<String> {
        let mut seen = HashSet::new();
        let all = self.keys.iter().flat_map(|key| &key.dependents);
        all.filter(|name| !self.positions.contains_key(*name) && seen.insert(*name)).cloned().collect()
    }
}

fn undefined_dependent(name: &str) -> ConfigError {
    ConfigError::text(name, format!("{name} is referred in the dependents, but not defined."))
}

impl ConfigKey {
    fn checked_default(&self) -> Result<ParsedValue, ConfigError> {
        let value = match &self.default {
            ConfigDefault::Required => return Err(ConfigError::missing(&self.name)),
            ConfigDefault::Null => ParsedValue::Null,
            ConfigDefault::Text(text) => self.kind.parse(&self.name, text)?,
        };
        self.check(&value)?;
        Ok(value)
    }

    fn check(&self, value: &ParsedValue) -> Result<(), ConfigError> {
        self.validator.as_ref().map_or(Ok(()), |validator| validator.check(&self.name, value))
    }

    fn parse(&self, raw: &Props) -> Result<ParsedValue, ConfigError> {
        let Some(text) = raw.get(&self.name) else {
            return self.checked_default();
        };
        let value = self.kind.parse(&self.name, text)?;
        self.check(&value)?;
        Ok(value)
    }

    /// Collects errors in `found`; what cannot be read counts as null for the check that follows.
    fn validate(&self, raw: &Props, found: Option<&mut ConfigValue>) -> ParsedValue {
        let mut errors = Vec::new();
        let parsed = match (raw.get(&self.name), &self.default) {
            (Some(text), _) | (None, ConfigDefault::Text(text)) => self.kind.parse(&self.name, text),
            (None, ConfigDefault::Required) => Err(ConfigError::missing(&self.name)),
            (None, ConfigDefault::Null) => Ok(ParsedValue::Null),
        };
        let value = parsed.unwrap_or_else(|error| {
            errors.push(error.message);
            ParsedValue::Null
        });
        if let Err(error) = self.check(&value) {
            errors.push(error.message);
        }
        if let Some(found) = found {
            found.value = value.to_text();
            found.errors.append(&mut errors);
        }
        value
    }
}
