//! What the fuzz targets call: placeholders resolved and configurations validated, as a worker does it, with providers
//! that tell what they were asked. Only with feature `fuzzing`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use kconnect_api::settings::Secret;
use kconnect_api::{Exception, Props};

use super::definition::ConverterDefaults;
use super::policy::OverridePolicy;
use super::provider::{Classes, ConfigProvider, Environment, Provided, Providers, Resolved};
use super::secrets::{Redactor, declared, looks_secret};
use super::validation::{Validator, concealed};
use crate::herder::{ConfigInfos, HerderError, RawConfig};
use crate::registry::Registry;

/// What is in every secret, and must be in no text that leaves.
pub const MARK: &str = "5ecre7";

/// A question to a provider: its name and the path.
pub type Asked = (&'static str, String);

thread_local! {
    static ASKED: RefCell<Vec<Asked>> = const { RefCell::new(Vec::new()) };
}

struct Told(&'static str);

impl ConfigProvider for Told {
    fn get(&self, path: &str, keys: &BTreeSet<String>) -> Result<Provided, Exception> {
        ASKED.with_borrow_mut(|asked| asked.push((self.0, path.to_owned())));
        let known = keys.iter().filter_map(|key| Some((key.clone(), known(self.0, path, key)?)));
        Ok(Provided { values: known.collect(), ttl: None })
    }
}

/// What a provider knows of a key, which looks like a placeholder of the other one; nothing of keys with a `?`.
#[must_use]
pub fn known(provider: &str, path: &str, key: &str) -> Option<String> {
    let other = if provider == "a" { "b" } else { "a" };
    (!key.contains('?')).then(|| format!("{MARK}${{{other}:{provider}{path}:{key}}}"))
}

/// Resolves `props` with the providers `a` and `b`: the values, and what the providers were asked.
///
/// # Panics
/// When a secret shows in a debug text.
#[must_use]
pub fn resolve(props: &Props) -> (Props, Vec<Asked>) {
    let (resolved, asked) = resolved(props);
    assert!(!format!("{resolved:?}").contains(MARK), "a secret in a debug text");
    (resolved.props, asked)
}

fn resolved(props: &Props) -> (Resolved, Vec<Asked>) {
    let worker = [
        ("config.providers", "a,b"),
        ("config.providers.a.class", "fuzz.A"),
        ("config.providers.b.class", "fuzz.B"),
    ];
    let worker = worker.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let classes = Classes::built_in()
        .with("fuzz.A", |_, _| Ok(Arc::new(Told("a"))))
        .with("fuzz.B", |_, _| Ok(Arc::new(Told("b"))));
    let environment: Arc<Environment> = Arc::new(BTreeMap::new());
    let providers = Providers::declare(&worker, &classes, &environment).expect("the classes are there");
    ASKED.take();
    let resolved = providers.resolve(props).expect("these providers always answer");
    let asked = ASKED.take();
    assert_eq!(providers.concerns(props), !asked.is_empty());
    (resolved, asked)
}

/// Validates a configuration whose secrets have the mark in them: those that providers give, and the values of keys that
/// are named like secrets. All texts of the answer, and whether it is one (rather than an error).
///
/// # Panics
/// When the validation waits for something, or fails in another way than by refusing the request.
#[must_use]
pub fn validate(registry: &Arc<Registry>, config: &Props) -> (bool, Vec<String>) {
    let marked = |(key, value): (&String, &String)| {
        let value = if looks_secret(key) { format!("{MARK}-{key}") } else { value.clone() };
        (key.clone(), value)
    };
    let written: Props = config.iter().map(marked).collect();
    let raw: RawConfig = written.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect();
    let (resolved, _) = resolved(&written);
    let secrets = resolved.secrets.iter().map(Secret::expose).chain(declared(&resolved.props, registry));
    let redactor = Redactor::new(secrets);
    let mut full = raw.clone();
    full.extend(resolved.props.iter().map(|(key, value)| (key.clone(), Some(value.clone()))));
    let validator = Validator {
        registry: Arc::clone(registry),
        converters: ConverterDefaults::default(),
        policy: OverridePolicy::All,
        topic_creation: true,
    };
    match concealed(at_once(validator.validate(&full)), &raw, &redactor) {
        Ok(infos) => (true, texts(infos)),
        Err(HerderError::BadRequest(text)) => (false, vec![text]),
        Err(HerderError::Failed(error)) => (false, vec![error.to_string()]),
        Err(other) => panic!("a validation ends with {other:?}"),
    }
}

fn texts(infos: ConfigInfos) -> Vec<String> {
    let errors: usize = infos.configs.iter().map(|info| info.value.errors.len()).sum();
    assert_eq!(infos.error_count, errors, "errors are counted");
    let values = infos.configs.into_iter().map(|info| info.value);
    let all = values.flat_map(|value| {
        value.value.into_iter().chain(value.recommended_values).chain(value.errors).collect::<Vec<_>>()
    });
    std::iter::once(infos.name).chain(all).collect()
}

fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("a validation waits for nothing"),
    }
}
