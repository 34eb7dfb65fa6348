//! The transforms of a connector, in order, each perhaps behind a predicate (runtime.md §13).

use std::sync::Arc;

use kconnect_api::{Exception, Predicate, Props, Record, Transformation, Verdict, classes};

use super::failure::{Failure, Stage};
use crate::config::definition::aliases_of;
use crate::registry::Registry;

/// A chain of transforms; one instance a task.
#[derive(Default)]
pub(crate) struct Chain {
    links: Vec<Link>,
}

struct Link {
    class: Arc<str>,
    transform: Box<dyn Transformation>,
    condition: Option<Condition>,
}

struct Condition {
    predicate: Box<dyn Predicate>,
    negate: bool,
}

impl Chain {
    /// Builds the chain that a connector configuration describes.
    pub(crate) fn build(config: &Props, registry: &Registry) -> Result<Self, Exception> {
        let links =
            aliases_of(config, "transforms").into_iter().map(|alias| Link::build(config, registry, &alias));
        Ok(Self { links: links.collect::<Result<_, _>>()? })
    }

    /// Whether records pass unchanged.
    pub(crate) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    /// Sends `record` through; `Drop` when a transform filtered it.
    pub(crate) fn apply(&mut self, record: &mut Record) -> Result<Verdict, Failure> {
        for link in &mut self.links {
            let verdict = link.apply(record).map_err(|error| Failure {
                stage: Stage::Transformation,
                class: Arc::clone(&link.class),
                error,
            })?;
            if verdict == Verdict::Drop {
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
        let condition = match own.get("predicate").map(|alias| alias.trim()).filter(|alias| !alias.is_empty())
        {
            Some(predicate) => {
                let negate =
                    own.get("negate").is_some_and(|negate| negate.trim().eq_ignore_ascii_case("true"));
                Some(Condition { predicate: build_predicate(config, registry, alias, predicate)?, negate })
            }
            None => None,
        };
        let transform = plugin.configure(&own)?;
        Ok(Self { class: plugin.info().class.as_ref().into(), transform, condition })
    }

    fn apply(&mut self, record: &mut Record) -> Result<Verdict, kconnect_api::RecordError> {
        if let Some(condition) = &mut self.condition
            && condition.predicate.test(record)? == condition.negate
        {
            return Ok(Verdict::Keep);
        }
        self.transform.apply(record)
    }
}

fn build_predicate(
    config: &Props,
    registry: &Registry,
    transform: &str,
    alias: &str,
) -> Result<Box<dyn Predicate>, Exception> {
    if !aliases_of(config, "predicates").iter().any(|known| known == alias) {
        let text = format!(
            "transforms.{transform}.predicate names '{alias}', which is not listed in 'predicates'; add it there and set predicates.{alias}.type"
        );
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
