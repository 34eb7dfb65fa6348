//! What connector configurations and plugins are, before anything runs: validation in terms of what the user wrote, and the
//! settings of a plugin class.

use kconnect_api::{ConfigDefault, ConfigKey, Exception, Props};

use super::StandaloneHerder;
use crate::config::definition::{ConverterDefaults, base};
use crate::config::validation::{concealed, kind_of};
use crate::config::version::{self, Fault};
use crate::herder::{ConfigInfos, ConnectorType, HerderError, RawConfig};
use crate::registry::Found;

impl StandaloneHerder {
    /// Validates what `config` is once its placeholders are resolved, and answers in terms of what was written.
    pub(super) async fn validate(&self, config: RawConfig) -> Result<ConfigInfos, HerderError> {
        let given = |(key, value): (&String, &Option<String>)| Some((key.clone(), value.clone()?));
        let props: Props = config.iter().filter_map(given).collect();
        let resolved = self.worker.resolve(&props).await.map_err(|error| self.failed(error))?;
        let redactor = self.worker.redactor(&resolved);
        let mut full: RawConfig = config.clone();
        full.extend(resolved.props.into_iter().map(|(key, value)| (key, Some(value))));
        let validator = self.validator.clone();
        let name = config.get("name").and_then(Option::as_deref).unwrap_or_default();
        let name = format!("validation of {name}");
        let validated = self.worker.spawn_call(&name, async move { validator.validate(&full).await });
        let infos = validated.await.unwrap_or_else(|error| {
            let text = format!("the connector's validation ended with a panic: {error}");
            Err(HerderError::Failed(Exception::connect(text)))
        });
        concealed(infos, &config, &redactor)
    }

    /// What the class is that `config` names, perhaps by a placeholder.
    pub(super) async fn kind(&self, config: &Props) -> Result<ConnectorType, Exception> {
        let class = config.get_key_value("connector.class").map(|(key, class)| (key.clone(), class.clone()));
        let resolved = self.worker.resolve(&class.into_iter().collect()).await?.props;
        let class = resolved.get("connector.class").map(|class| class.trim()).unwrap_or_default();
        Ok(self.worker.registry().connector(class).map_or(ConnectorType::Unknown, |p| kind_of(p.as_ref())))
    }

    pub(super) fn plugin_keys(
        &self,
        reference: &str,
        wanted: Option<&str>,
    ) -> Result<Vec<ConfigKey>, HerderError> {
        let registry = self.worker.registry();
        let found = registry
            .find(reference)
            .ok_or_else(|| HerderError::NotFound(format!("Unknown plugin {reference}.")))?;
        if let Some(wanted) = wanted {
            version::check(&found.info(), wanted).map_err(|fault| {
                HerderError::BadRequest(match fault {
                    // Here upstream has words of its own.
                    Fault::NoRange(_) => format!("Invalid version specification: {wanted}"),
                    Fault::Absent(text) => text,
                })
            })?;
        }
        let mut keys = found.keys();
        if let Found::Connector(plugin) = &found {
            let all = base(kind_of(plugin.as_ref()), registry, &ConverterDefaults::default());
            let missing = all.keys().iter().filter(|key| !keys.iter().any(|own| own.name == key.name));
            let mut missing: Vec<ConfigKey> = missing.cloned().collect();
            for key in missing.iter_mut().filter(|key| key.name == "connector.plugin.version") {
                key.default = ConfigDefault::Text(plugin.info().version.into_owned());
            }
            keys.extend(missing);
        }
        Ok(keys)
    }
}
