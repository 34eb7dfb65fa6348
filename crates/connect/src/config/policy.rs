//! `connector.client.config.override.policy`: which client settings a connector may override (KIP-458).

use std::sync::Arc;

use kconnect_api::{ConfigType, Exception, ParsedValue, Props};

/// A built-in override policy.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum OverridePolicy {
    /// Every setting may be overridden.
    #[default]
    All,
    /// None may.
    None,
    /// Only the identity: [`IDENTITY`]. Deprecated upstream in favour of a list that says so.
    Principal,
    /// Those of `connector.client.config.override.allowlist`, without `producer.override.` and the like, to the letter.
    Allowlist(Arc<[String]>),
}

/// What [`OverridePolicy::Principal`] leaves to connectors.
pub const IDENTITY: [&str; 3] = ["sasl.jaas.config", "sasl.mechanism", "security.protocol"];

/// The setting that names the policy.
pub const POLICY: &str = "connector.client.config.override.policy";
/// The setting that lists what [`OverridePolicy::Allowlist`] allows.
pub const ALLOWLIST: &str = "connector.client.config.override.allowlist";

const PACKAGE: &str = "org.apache.kafka.connect.connector.policy.";
const SUFFIX: &str = "ConnectorClientConfigOverridePolicy";

impl OverridePolicy {
    /// The policy that a worker's properties ask for; `Err` is a problem for the user. As upstream, only the policy that
    /// reads the list judges it.
    pub fn of_worker(props: &Props) -> Result<Self, String> {
        let name = props.get(POLICY).map(|name| name.trim()).filter(|name| !name.is_empty()).unwrap_or("All");
        let simple = name.strip_prefix(PACKAGE).unwrap_or(name);
        match simple.strip_suffix(SUFFIX).unwrap_or(simple) {
            "All" => Ok(Self::All),
            "None" => Ok(Self::None),
            "Principal" => Ok(Self::Principal),
            "Allowlist" => allowlist(props).map(|names| Self::Allowlist(names.into())),
            _ => Err(format!(
                "{POLICY}: there is no policy '{name}' here; use All, None, Principal or Allowlist"
            )),
        }
    }

    /// What the user of this policy should know.
    #[must_use]
    pub fn warning(&self, props: &Props) -> Option<String> {
        match self {
            Self::Principal => Some(format!(
                "The Principal ConnectorClientConfigOverridePolicy is deprecated, use the Allowlist policy instead. To replicate the Principal policy behavior, set the {ALLOWLIST} configuration to \"{}\"",
                IDENTITY.join(",")
            )),
            Self::All | Self::None if props.contains_key(ALLOWLIST) => {
                let name = self.name();
                Some(format!(
                    "{ALLOWLIST} has no effect: {POLICY} is {name}; with Allowlist the list is followed"
                ))
            }
            _ => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::All => "All",
            Self::None => "None",
            Self::Principal => "Principal",
            Self::Allowlist(_) => "Allowlist",
        }
    }

    /// `Err` is upstream's text for a refused key; `key` is without prefix.
    pub fn check(&self, key: &str) -> Result<(), String> {
        let allowed = match self {
            Self::All => true,
            Self::None => false,
            Self::Principal => IDENTITY.contains(&key),
            Self::Allowlist(names) => names.iter().any(|name| name == key),
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
    pub fn overrides(&self, config: &Props, prefix: &str) -> Result<Props, Exception> {
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

/// The names of the list; none when it is not set.
fn allowlist(props: &Props) -> Result<Vec<String>, String> {
    let text = props.get(ALLOWLIST).map_or("", String::as_str);
    match ConfigType::List.parse(ALLOWLIST, text) {
        Ok(ParsedValue::List(names)) if names.iter().any(String::is_empty) => {
            Err(format!("Configuration '{ALLOWLIST}' values must not be empty."))
        }
        Ok(ParsedValue::List(names)) => Ok(names),
        Ok(_) => Ok(Vec::new()),
        Err(error) => Err(error.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(name: &str, list: Option<&str>) -> Result<OverridePolicy, String> {
        let list = list.map(|list| (ALLOWLIST.to_owned(), list.to_owned()));
        let name = (POLICY.to_owned(), name.to_owned());
        OverridePolicy::of_worker(&list.into_iter().chain([name]).collect())
    }

    #[test]
    fn policies_are_known_by_every_name_of_upstream() {
        let full = "org.apache.kafka.connect.connector.policy.PrincipalConnectorClientConfigOverridePolicy";
        assert_eq!(policy(full, None), Ok(OverridePolicy::Principal));
        assert_eq!(policy("NoneConnectorClientConfigOverridePolicy", None), Ok(OverridePolicy::None));
        assert_eq!(policy(" All ", None), Ok(OverridePolicy::All));
        assert_eq!(OverridePolicy::of_worker(&Props::new()), Ok(OverridePolicy::All));
        let full = full.replace("Principal", "Allowlist");
        assert_eq!(policy(&full, Some("a")), policy("Allowlist", Some(" a ")));
        assert!(policy("allowlist", None).unwrap_err().starts_with(POLICY), "names have their case");
    }

    #[test]
    fn the_allowlist_allows_what_it_names_without_prefix_and_to_the_letter() {
        let refusal = |key: &str| {
            format!(
                "The 'Allowlist' policy does not allow '{key}' to be overridden in the connector configuration."
            )
        };
        for (list, key, allowed) in [
            (Some("linger.ms,acks"), "acks", true),
            (Some(" linger.ms , acks "), "linger.ms", true),
            (Some("acks,acks"), "acks", true),
            (Some("acks"), "ACKS", false),
            (Some("producer.override.acks"), "acks", false),
            (Some("linger"), "linger.ms", false),
            (Some(" "), "acks", false),
            (None, "acks", false),
        ] {
            let expect = if allowed { Ok(()) } else { Err(refusal(key)) };
            assert_eq!(policy("Allowlist", list).unwrap().check(key), expect, "{list:?} {key}");
        }
    }

    #[test]
    fn an_allowlist_with_an_empty_name_is_refused_if_it_is_followed() {
        for list in ["a,,b", "a,", ","] {
            let text = "Configuration 'connector.client.config.override.allowlist' values must not be empty.";
            assert_eq!(policy("Allowlist", Some(list)), Err(text.to_owned()), "{list}");
            assert_eq!(policy("None", Some(list)), Ok(OverridePolicy::None), "{list}");
        }
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
