//! What is sent to the registry and what it answers.

use kconnect_api::Exception;
use serde_json::{Map, Value as Json};

use super::CallError;
use super::answers::Weigh;

/// A schema to register or to look up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewSchema<'a> {
    /// `AVRO`, `PROTOBUF`, `JSON`.
    pub(crate) kind: &'a str,
    /// The text.
    pub(crate) text: &'a str,
    /// What it refers to.
    pub(crate) references: &'a [Reference],
    /// Whether tags of the previous version are to be copied.
    pub(crate) propagate_tags: bool,
}

/// A reference to a version of another subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The name by which the text refers to it.
    pub(crate) name: String,
    /// Its subject.
    pub(crate) subject: String,
    /// Its version.
    pub(crate) version: i64,
}

/// An answer about one schema. Which members there are depends on the call and the registry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entity {
    pub(crate) id: Option<i32>,
    pub(crate) guid: Option<String>,
    pub(crate) version: Option<i32>,
    /// The version that the schema's own metadata tells, which goes before the subject's.
    pub(crate) pinned: Option<i32>,
    pub(crate) text: Option<String>,
    pub(crate) references: Vec<Reference>,
    rules: Vec<Rule>,
}

/// When a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RulePhase {
    /// A value is written.
    Write,
    /// A value is read.
    Read,
}

#[derive(Clone, Debug)]
struct Rule {
    name: String,
    kind: String,
    mode: String,
    on_failure: String,
    disabled: bool,
}

impl NewSchema<'_> {
    /// The body, members in upstream's order and only those that say something.
    pub(super) fn to_json(self) -> String {
        let mut body = Map::new();
        if self.kind != "AVRO" {
            body.insert("schemaType".into(), self.kind.into());
        }
        if !self.references.is_empty() {
            body.insert("references".into(), self.references.iter().map(Reference::to_json).collect());
        }
        body.insert("schema".into(), self.text.into());
        if self.propagate_tags {
            body.insert("propagateSchemaTags".into(), true.into());
        }
        Json::Object(body).to_string()
    }
}

impl Reference {
    fn to_json(&self) -> Json {
        serde_json::json!({"name": self.name, "subject": self.subject, "version": self.version})
    }

    fn of(json: &Json) -> Option<Self> {
        Some(Self {
            name: json.get("name")?.as_str()?.to_owned(),
            subject: json.get("subject")?.as_str()?.to_owned(),
            version: json.get("version")?.as_i64()?,
        })
    }
}

impl Entity {
    pub(crate) fn of(json: &Json) -> Result<Self, CallError> {
        if !json.is_object() {
            return Err(CallError::Garbage("the schema registry's answer is no object".into()));
        }
        let text = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
        let int = |name: &str| json.get(name).and_then(Json::as_i64).and_then(|it| i32::try_from(it).ok());
        let list = |json: Option<&Json>| json.and_then(Json::as_array).cloned().unwrap_or_default();
        let references = list(json.get("references")).iter().map(Reference::of).collect::<Option<_>>();
        let rule_set = json.get("ruleSet");
        let rules = |name: &str| list(rule_set.and_then(|it| it.get(name)));
        let pinned = json.pointer("/metadata/properties/confluent:version").and_then(Json::as_str);
        Ok(Self {
            id: int("id"),
            guid: text("guid"),
            version: int("version"),
            pinned: pinned.and_then(|it| it.parse().ok()),
            text: text("schema"),
            references: references.ok_or_else(|| {
                CallError::Garbage("the schema registry's answer has a bad reference".into())
            })?,
            rules: rules("domainRules").iter().chain(&rules("encodingRules")).map(Rule::of).collect(),
        })
    }

    /// The schema's text, which most answers must have.
    pub(crate) fn text(&self) -> Result<&str, CallError> {
        let missing = || CallError::Garbage("the schema registry's answer has no schema".into());
        self.text.as_deref().ok_or_else(missing)
    }

    /// Upstream runs rules on values (encryption, checks) and fails where it has no code for one; nothing here has, so
    /// what a rule would have encrypted is never written in the clear.
    pub(crate) fn check_rules(&self, phase: RulePhase) -> Result<(), Exception> {
        const CLASS: &str = "io.confluent.kafka.schemaregistry.rules.RuleException";
        let mode = if phase == RulePhase::Write { "WRITE" } else { "READ" };
        let applies = |rule: &&Rule| {
            !rule.disabled && rule.on_failure != "NONE" && (rule.mode == mode || rule.mode == "WRITEREAD")
        };
        match self.rules.iter().find(applies) {
            None => Ok(()),
            Some(rule) => {
                let cause =
                    Exception::new(CLASS, format!("Could not find rule executor of type {}", rule.kind));
                let text = format!("Rule failed: {}", rule.name);
                Err(Exception::new(kconnect_api::classes::SERIALIZATION, text).caused_by(cause))
            }
        }
    }
}

impl Weigh for Entity {
    fn weight(&self) -> usize {
        let references = self.references.iter().map(|it| it.name.len() + it.subject.len());
        let texts = |rule: &Rule| {
            rule.name.len() + rule.kind.len() + rule.mode.len() + rule.on_failure.len() + size_of::<Rule>()
        };
        size_of::<Self>()
            + self.text.as_deref().map_or(0, str::len)
            + references.map(|texts| texts + size_of::<Reference>()).sum::<usize>()
            + self.rules.iter().map(texts).sum::<usize>()
    }
}

impl Rule {
    fn of(json: &Json) -> Self {
        let text = |name: &str| json.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        let on_failure = text("onFailure");
        // One action for each way of a WRITEREAD rule may be given.
        let all_none = !on_failure.is_empty() && on_failure.split(',').all(|action| action.trim() == "NONE");
        Self {
            name: text("name"),
            kind: text("type"),
            mode: text("mode"),
            on_failure: if all_none { "NONE".into() } else { on_failure },
            disabled: json.get("disabled").and_then(Json::as_bool).unwrap_or(false),
        }
    }
}

/// The 16 bytes of a GUID.
pub(crate) fn parse_guid(text: &str) -> Option<[u8; 16]> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    if digits.len() != 32 {
        return None;
    }
    let mut guid = [0; 16];
    for (byte, pair) in guid.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(guid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies() {
        let mut schema = NewSchema { kind: "AVRO", text: "\"int\"", references: &[], propagate_tags: false };
        assert_eq!(schema.to_json(), r#"{"schema":"\"int\""}"#);
        let references = [Reference { name: "a".into(), subject: "s".into(), version: 2 }];
        schema = NewSchema { kind: "JSON", references: &references, ..schema };
        assert_eq!(
            schema.to_json(),
            r#"{"schemaType":"JSON","references":[{"name":"a","subject":"s","version":2}],"schema":"\"int\""}"#
        );
    }

    #[test]
    fn rules_that_nobody_can_run_are_errors() {
        let entity = |rule: Json| {
            Entity::of(&serde_json::json!({"id": 1, "ruleSet": {"domainRules": [rule]}})).unwrap()
        };
        let encrypt = entity(serde_json::json!({"name": "e", "type": "ENCRYPT", "mode": "WRITEREAD"}));
        assert!(
            encrypt.check_rules(RulePhase::Write).is_err() && encrypt.check_rules(RulePhase::Read).is_err()
        );
        let check = entity(serde_json::json!({"name": "c", "type": "CEL", "mode": "WRITE"}));
        assert!(check.check_rules(RulePhase::Write).is_err() && check.check_rules(RulePhase::Read).is_ok());
        let lenient =
            entity(serde_json::json!({"name": "c", "type": "CEL", "mode": "WRITE", "onFailure": "NONE"}));
        assert!(lenient.check_rules(RulePhase::Write).is_ok());
    }

    #[test]
    fn guids() {
        let guid = parse_guid("00112233-4455-6677-8899-aabbccddeeff").unwrap();
        assert_eq!((guid[0], guid[15]), (0, 0xff));
        assert!(parse_guid("00112233").is_none() && parse_guid(&"g".repeat(32)).is_none());
    }
}
