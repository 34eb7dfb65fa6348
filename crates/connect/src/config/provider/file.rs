//! `FileConfigProvider`: the path is a Java properties file in UTF-8, the key one of its keys.

use std::collections::BTreeSet;

use kconnect_api::{Exception, Props, classes};

use super::allowed::AllowedPaths;
use super::{ConfigProvider, Provided};
use crate::properties;

/// Values from properties files. `allowed.paths` says which; all when not set.
#[derive(Debug)]
pub struct FileConfigProvider(AllowedPaths);

impl FileConfigProvider {
    /// Upstream's name of the class.
    pub const CLASS: &'static str = "org.apache.kafka.common.config.provider.FileConfigProvider";

    /// From its parameters.
    pub fn configure(params: &Props) -> Result<Self, Exception> {
        AllowedPaths::configure(params).map(Self)
    }
}

impl ConfigProvider for FileConfigProvider {
    fn get(&self, path: &str, keys: &BTreeSet<String>) -> Result<Provided, Exception> {
        if path.is_empty() {
            return Ok(Provided::default());
        }
        let Some(file) = self.0.permit(path) else { return Ok(Provided::default()) };
        let text = self.0.read(&file).map_err(|error| {
            let text = format!("Could not read properties from file {path}");
            Exception::new(classes::CONFIG, text).caused_by(error)
        })?;
        let mut all = properties::parse_text(&text)
            .map_err(|_| Exception::new(classes::ILLEGAL_ARGUMENT, "Malformed \\uxxxx encoding."))?;
        let values = keys.iter().filter_map(|key| all.remove_entry(key)).collect();
        Ok(Provided { values, ttl: None })
    }

    fn risk(&self) -> Option<&'static str> {
        self.0
            .is_open()
            .then_some("param.allowed.paths is not set: connectors may have any properties file read")
    }
}
