//! `EnvVarConfigProvider`: the key is a variable of the process, there is no path.

use std::collections::BTreeSet;
use std::sync::Arc;

use kconnect_api::{Exception, Props, classes};

use super::{ConfigProvider, Environment, Provided};
use crate::pattern::Pattern;

/// Values from environment variables. `allowlist.pattern` says which; all when not set.
#[derive(Debug)]
pub struct EnvVarConfigProvider {
    environment: Arc<Environment>,
    allowed: Option<Pattern>,
}

impl EnvVarConfigProvider {
    /// Upstream's name of the class.
    pub const CLASS: &'static str = "org.apache.kafka.common.config.provider.EnvVarConfigProvider";

    /// From its parameters and the process's variables.
    pub fn configure(params: &Props, environment: &Arc<Environment>) -> Result<Self, Exception> {
        let allowed = params.get("allowlist.pattern").map(|pattern| Pattern::new(pattern)).transpose();
        let allowed =
            allowed.map_err(|text| Exception::new("java.util.regex.PatternSyntaxException", text))?;
        Ok(Self { environment: Arc::clone(environment), allowed })
    }
}

impl ConfigProvider for EnvVarConfigProvider {
    fn get(&self, path: &str, keys: &BTreeSet<String>) -> Result<Provided, Exception> {
        if !path.is_empty() {
            let text = format!("Path is not supported for EnvVarConfigProvider, invalid value '{path}'");
            return Err(Exception::new(classes::CONFIG, text));
        }
        let allowed = |key: &str| self.allowed.as_ref().is_none_or(|pattern| pattern.matches(key));
        let known = keys.iter().filter(|key| allowed(key));
        let values = known.filter_map(|key| Some((key.clone(), self.environment.get(key)?.clone())));
        Ok(Provided { values: values.collect(), ttl: None })
    }

    fn risk(&self) -> Option<&'static str> {
        let open = self.allowed.is_none();
        open.then_some("param.allowlist.pattern is not set: connectors may read every variable of the worker")
    }
}
