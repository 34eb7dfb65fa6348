//! `connector.client.config.override.policy`: which client settings a connector may override (KIP-458).

use kconnect_api::{Exception, Props};

/// A built-in override policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OverridePolicy {
    /// Every setting may be overridden.
    #[default]
    All,
    /// None may.
    None,
    /// Only the identity: `sasl.jaas.config`, `sasl.mechanism`, `security.protocol`.
    Principal,
}

const PACKAGE: &str = "org.apache.kafka.connect.connector.policy.";
const SUFFIX: &str = "ConnectorClientConfigOverridePolicy";

impl OverridePolicy {
    /// By class name, simple class name or alias; `None` when no such policy is built in.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        let simple = name.strip_prefix(PACKAGE).unwrap_or(name);
        match simple.strip_suffix(SUFFIX).unwrap_or(simple) {
            "All" => Some(Self::All),
            "None" => Some(Self::None),
            "Principal" => Some(Self::Principal),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::None => "None",
            Self::Principal => "Principal",
        }
    }

    /// `Err` is upstream's text for a refused key; `key` is without prefix.
    pub fn check(self, key: &str) -> Result<(), String> {
        let allowed = match self {
            Self::All => true,
            Self::None => false,
            Self::Principal => matches!(key, "sasl.jaas.config" | "sasl.mechanism" | "security.protocol"),
        };
        if allowed {
            return Ok(());
        }
        Err(format!(
            "The '{}' policy does not allow '{key}' to be overridden in the connector configuration.",
            self.name()
        ))
    }

    /// The overrides below `prefix`, without it; an error when the policy refuses one.
    pub fn overrides(self, config: &Props, prefix: &str) -> Result<Props, Exception> {
        let found = config.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value)));
        let found: Vec<_> = found.collect();
        let refused: Vec<String> = found.iter().filter_map(|(key, _)| self.check(key).err()).collect();
        if !refused.is_empty() {
            let list = refused.join(", ");
            return Err(Exception::connect(format!("Client Config Overrides not allowed [{list}]")));
        }
        Ok(found.into_iter().map(|(key, value)| (key.to_owned(), value.clone())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_known_by_every_name_of_upstream() {
        let full = "org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy";
        assert_eq!(OverridePolicy::by_name(full), Some(OverridePolicy::Principal));
        assert_eq!(
            OverridePolicy::by_name("NoneConnectorClientConfigOverridePolicy"),
            Some(OverridePolicy::None)
        );
        assert_eq!(OverridePolicy::by_name("All"), Some(OverridePolicy::All));
        assert_eq!(OverridePolicy::by_name("Allowlist"), None);
    }

    #[test]
    fn a_refused_override_is_named_in_the_words_of_upstream() {
        let config: Props = [("producer.override.linger.ms".to_owned(), "1".to_owned())].into();
        assert_eq!(OverridePolicy::All.overrides(&config, "producer.override.").unwrap()["linger.ms"], "1");
        let error = OverridePolicy::Principal.overrides(&config, "producer.override.").unwrap_err();
        let text = "Client Config Overrides not allowed [The 'Principal' policy does not allow 'linger.ms' to be overridden in the connector configuration.]";
        assert_eq!(error.message(), Some(text));
    }
}
