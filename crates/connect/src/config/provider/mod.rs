//! Config providers: where the values of placeholders come from (configs.md §6).
//!
//! A provider is declared in the worker's configuration and only there: `config.providers`, and below
//! `config.providers.<name>.` its `class` and `param.*`. [`Providers`] holds the declared ones and resolves
//! configurations; it is asked as late as possible and only where a connector or task runs. What it answers is known to
//! the redactor of that connector ([`super::secrets`]).
//!
//! A provider is a class like any other plugin: a binary may bring more than the three built in ([`Classes::with`]).

mod allowed;
mod directory;
mod environment;
mod file;
mod providers;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use kconnect_api::{Exception, Props};

pub use self::directory::DirectoryConfigProvider;
pub use self::environment::EnvVarConfigProvider;
pub use self::file::FileConfigProvider;
pub(crate) use self::providers::reverse;
pub use self::providers::{Providers, Resolved, resolve_connector};

const TARGET: &str = "org.apache.kafka.common.config.provider.ConfigProvider";
/// Most bytes that a file of secrets may have.
const FILE_MAX: u64 = 1 << 20;

/// Variables of the process, by name.
pub type Environment = BTreeMap<String, String>;

/// What a provider knows of some keys.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Provided {
    /// Values of the keys that are known; the others stay as they are written.
    pub values: BTreeMap<String, String>,
    /// How long the values are good. After that the connector is restarted, unless its `config.action.reload` is `none`.
    pub ttl: Option<Duration>,
}

impl std::fmt::Debug for Provided {
    /// Keys only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// Looks up values. Called on a thread that may block, from several at once; an error fails what needed the value, and
/// must not quote it.
pub trait ConfigProvider: Send + Sync {
    /// The values of `keys` under `path`, which is empty when the placeholder has none.
    fn get(&self, path: &str, keys: &BTreeSet<String>) -> Result<Provided, Exception>;

    /// What a strict worker refuses in how it is configured, and others are warned of.
    fn risk(&self) -> Option<&'static str> {
        None
    }
}

/// Makes a provider from its parameters (`param.*` without that prefix) and the environment of the process.
pub type Configure = fn(&Props, &Arc<Environment>) -> Result<Arc<dyn ConfigProvider>, Exception>;

/// The classes of providers that a binary has.
#[derive(Clone)]
pub struct Classes(Vec<(&'static str, Configure)>);

impl std::fmt::Debug for Classes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Classes {
    /// Files, directories and environment variables.
    #[must_use]
    pub fn built_in() -> Self {
        Self(vec![
            (FileConfigProvider::CLASS, |params, _| Ok(Arc::new(FileConfigProvider::configure(params)?))),
            (DirectoryConfigProvider::CLASS, |params, _| {
                Ok(Arc::new(DirectoryConfigProvider::configure(params)?))
            }),
            (EnvVarConfigProvider::CLASS, |params, environment| {
                Ok(Arc::new(EnvVarConfigProvider::configure(params, environment)?))
            }),
        ])
    }

    /// One more class.
    #[must_use]
    pub fn with(mut self, class: &'static str, configure: Configure) -> Self {
        self.0.push((class, configure));
        self
    }

    /// Names of the classes.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// By full name, by the part after the last dot, or by that without `ConfigProvider`.
    fn find(&self, reference: &str) -> Option<Configure> {
        let matching = |class: &str| {
            let simple = class.rsplit('.').next().unwrap_or(class);
            class == reference
                || simple == reference
                || simple.strip_suffix("ConfigProvider") == Some(reference)
        };
        self.0.iter().find(|(class, _)| matching(class)).map(|(_, configure)| *configure)
    }
}
