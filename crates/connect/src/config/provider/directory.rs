//! `DirectoryConfigProvider`: the path is a directory, the key a file in it, the value the whole content of that file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path};

use kconnect_api::{Exception, Props, classes};

use super::allowed::AllowedPaths;
use super::{ConfigProvider, Provided, TARGET};

/// Values from files of a directory, as containers get their secrets. `allowed.paths` says which; all when not set.
#[derive(Debug)]
pub struct DirectoryConfigProvider(AllowedPaths);

impl DirectoryConfigProvider {
    /// Upstream's name of the class.
    pub const CLASS: &'static str = "org.apache.kafka.common.config.provider.DirectoryConfigProvider";

    /// From its parameters.
    pub fn configure(params: &Props) -> Result<Self, Exception> {
        AllowedPaths::configure(params).map(Self)
    }

    fn read(&self, directory: &Path, key: &str) -> Result<Option<String>, Exception> {
        // A key is a name in the directory, never a way out of it.
        let mut parts = Path::new(key).components();
        if !matches!((parts.next(), parts.next()), (Some(Component::Normal(name)), None) if name == key) {
            return Ok(None);
        }
        let file = directory.join(key);
        if !file.is_file() {
            return Ok(None);
        }
        self.0.read(&file).map(Some).map_err(|error| {
            let text = format!("Could not read file {} for property {key}", file.display());
            Exception::new(classes::CONFIG, text).caused_by(error)
        })
    }
}

impl ConfigProvider for DirectoryConfigProvider {
    fn get(&self, path: &str, keys: &BTreeSet<String>) -> Result<Provided, Exception> {
        if path.is_empty() {
            return Ok(Provided::default());
        }
        let Some(directory) = self.0.permit(path) else { return Ok(Provided::default()) };
        if !directory.is_dir() {
            tracing::warn!(target: TARGET, "The path {path} is not a directory");
            return Ok(Provided::default());
        }
        if let Err(error) = fs::read_dir(&directory) {
            let text = format!("Could not list directory {}", directory.display());
            return Err(Exception::new(classes::CONFIG, text).caused_by(error));
        }
        let mut values = BTreeMap::new();
        for key in keys {
            if let Some(value) = self.read(&directory, key)? {
                values.insert(key.clone(), value);
            }
        }
        Ok(Provided { values, ttl: None })
    }

    fn risk(&self) -> Option<&'static str> {
        self.0.is_open().then_some("param.allowed.paths is not set: connectors may have any file read")
    }
}
