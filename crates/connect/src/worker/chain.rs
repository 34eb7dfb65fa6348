//! The transforms of a connector, in order, each perhaps behind a predicate (runtime.md §13).
//!
//! What they add to one record is bounded together ([`Room`]), and so is their number: each may nest a record one level
//! deeper, and whatever walks a record needs stack for every level.

use std::sync::Arc;

use kconnect_api::{
    Exception, Predicate, Props, Record, RecordError, Room, Transformation, Verdict, classes,
};

use super::failure::{Failure, Stage};
use crate::config::definition::{aliases_of, check_count};
use crate::registry::Registry;

/// A chain of transforms; one instance a task.
#[derive(Default)]
pub(crate) struct Chain {
    links: Vec<Link>,
}

/// A transform with its predicate.
pub(crate) struct Link {
    alias: Box<str>,
    class: Arc<str>,
    transform: Box<dyn Transformation>,
    condition: Option<Condition>,
}

struct Condition {
    predicate: Box<dyn Predicate>,
    negate: bool,
}

/// What a link did to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The transform ran.
    Applied,
    /// The predicate did not let it run.
    Skipped,
    /// The transform dropped the record.
    Filtered,
}

impl Chain {
    /// Builds the chain that a connector configuration describes; the first transform that cannot be made is the error.
    pub(crate) fn build(config: &Props, registry: &Registry) -> Result<Self, Exception> {
        Self::build_each(config, registry, |_, error| Err(error))
    }

    /// The same, with every transform that cannot be made: its alias and why go to `refused`, which may let it be left
    /// out.
    pub(crate) fn build_each(
        config: &Props,
        registry: &Registry,
        mut refused: impl FnMut(&str, Exception) -> Result<(), Exception>,
    ) -> Result<Self, Exception> {
        let mut links = Vec::new();
        let aliases = aliases_of(config, "transforms");
        check_count("transforms", aliases.len())?;
        for alias in aliases {
            match Link::build(config, registry, &alias) {
                Ok(link) => links.push(link),
                Err(error) => refused(&alias, error)?,
            }
        }
        Ok(Self { links })
    }

    /// The links in order, to send a record through one by one.
    pub(crate) fn links(&mut self) -> impl Iterator<Item = &mut Link> {
        self.links.iter_mut()
    }

    /// Whether records pass unchanged.
    pub(crate) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// Sends `record` through; `Drop` when a transform filtered it.
    pub(crate) fn apply(&mut self, record: &mut Record) -> Result<Verdict, Failure> {
        let mut room = Room::default();
        for link in &mut self.links {
            if link.apply(record, &mut room)? == Step::Filtered {
                return Ok(Verdict::Drop);
            }
        }
        Ok(Verdict::Keep)
    }
}

impl Link {
    fn build(config: &Props, registry: &Registry, alias: &str) -> Result<Self, Exception> {
        let own = below(config, &format!("transforms.{alias}."));
        let reference = own.get("type").map(|class| class.trim()).unwrap_or_default();
        let plugin = registry
            .find_transform(reference)
            .ok_or_else(|| not_found(&format!("transforms.{alias}.type"), reference))?;
        // As upstream: a transform that cannot be made comes before its predicate.
        let transform = plugin.configure(&own)?;
        // Both as they are written, blanks and all.
        let condition = match own.get("predicate") {
            Some(predicate) => {
                let negate = own.get("negate").is_some_and(|negate| negate.eq_ignore_ascii_case("true"));
                Some(Condition { predicate: build_predicate(config, registry, alias, predicate)?, negate })
            }
            None => None,
        };
        Ok(Self { alias: alias.into(), class: plugin.info().class.as_ref().into(), transform, condition })
    }

    /// The name of the transform in the configuration.
    pub(crate) fn alias(&self) -> &str {
        &self.alias
    }

    /// The transform's class.
    pub(crate) fn class(&self) -> &Arc<str> {
        &self.class
    }

    /// Sends `record` through this transform, which may add to it as much as there is `room`.
    #[inline]
    pub(crate) fn apply(&mut self, record: &mut Record, room: &mut Room) -> Result<Step, Failure> {
        self.step(record, room).map_err(|error| Failure {
            stage: Stage::Transformation,
            class: Arc::clone(&self.class),
            error,
        })
    }

    fn step(&mut self, record: &mut Record, room: &mut Room) -> Result<Step, RecordError> {
        if let Some(condition) = &mut self.condition
            && condition.predicate.test(record)? == condition.negate
        {
            return Ok(Step::Skipped);
        }
        Ok(match self.transform.apply_within(record, room)? {
            Verdict::Keep => Step::Applied,
            Verdict::Drop => Step::Filtered,
        })
    }
}

fn build_predicate(
    config: &Props,
    registry: &Registry,
    transform: &str,
    alias: &str,
) -> Result<Box<dyn Predicate>, Exception> {
    if !aliases_of(config, "predicates").iter().any(|known| known == alias) {
        // Upstream asks for the predicate's version first, and says no more than this.
        tracing::warn!(
            "transforms.{transform}.predicate names '{alias}', which is not listed in 'predicates'; add it there and set predicates.{alias}.type"
        );
        let text = format!("Unknown configuration 'predicates.{alias}.plugin.version'");
        return Err(Exception::new(classes::CONFIG, text));
    }
    let own = below(config, &format!("predicates.{alias}."));
    let reference = own.get("type").map(|class| class.trim()).unwrap_or_default();
    let plugin = registry
        .find_predicate(reference)
        .ok_or_else(|| not_found(&format!("predicates.{alias}.type"), reference))?;
    Ok(plugin.configure(&own)?)
}

fn not_found(key: &str, reference: &str) -> Exception {
    let text =
        format!("Invalid value {reference} for configuration {key}: Class {reference} could not be found.");
    Exception::new(classes::CONFIG, text)
}

/// Settings below a prefix, without it.
pub(crate) fn below(config: &Props, prefix: &str) -> Props {
    let own =
        config.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone())));
    own.collect()
}
