//! Credentials of requests.

use kconnect_api::{ConfigError, Props, base64};
use kconnect_net::header::{AUTHORIZATION, HeaderValue};
use kconnect_net::{BaseUrl, HeaderMap, HttpClient};

use super::CallError;
use super::oauth::OAuth;
use crate::config::AuthConfig;

/// How requests show who sends them.
pub(super) enum Auth {
    /// Not at all.
    None,
    /// User and password from the address, where it has them.
    Url,
    /// One value for all.
    Fixed(Vec<(&'static str, HeaderValue)>),
    /// A token that lives for a while, with what else goes with it.
    Token(Box<OAuth>, Vec<(&'static str, HeaderValue)>),
}

impl Auth {
    pub(super) fn new(config: &AuthConfig, props: &Props) -> Result<Self, ConfigError> {
        const BASIC: &str = "basic.auth.credentials.source";
        const BEARER: &str = "bearer.auth.credentials.source";
        let given = |key: &str| props.get(key).is_some_and(|value| !value.trim().is_empty());
        match (given(BASIC), given(BEARER)) {
            (true, true) => Err(ConfigError::text(
                BASIC,
                format!("Only one of '{BASIC}' and '{BEARER}' may be specified"),
            )),
            (_, true) => Self::bearer(config),
            _ => Self::basic(config, props),
        }
    }

    fn basic(config: &AuthConfig, props: &Props) -> Result<Self, ConfigError> {
        const SOURCE: &str = "basic.auth.credentials.source";
        match config.basic_source.as_str() {
            "URL" => Ok(Self::Url),
            "USER_INFO" => {
                let both = [&config.legacy_user_info, &config.user_info];
                let Some(user_info) = both.into_iter().map(|it| it.expose()).find(|it| !it.is_empty()) else {
                    let text =
                        "UserInfo must be provided when basic.auth.credentials.source is set to USER_INFO";
                    return Err(ConfigError::text("basic.auth.user.info", text));
                };
                Ok(Self::Fixed(vec![(AUTHORIZATION.as_str(), basic_header(user_info))]))
            }
            "SASL_INHERIT" => {
                let jaas = props.get("sasl.jaas.config").map(String::as_str).unwrap_or_default();
                let (Some(user), Some(password)) =
                    (jaas_option(jaas, "username"), jaas_option(jaas, "password"))
                else {
                    let text = "Provided SASL Login module doesn't provide username and password options and can't be inherited";
                    return Err(ConfigError::text("sasl.jaas.config", text));
                };
                Ok(Self::Fixed(vec![(AUTHORIZATION.as_str(), basic_header(&format!("{user}:{password}")))]))
            }
            // Upstream sends no credentials when it knows no such source.
            _ => {
                tracing::warn!(source = config.basic_source, "unknown {SOURCE}, no credentials are sent");
                Ok(Self::None)
            }
        }
    }

    fn bearer(config: &AuthConfig) -> Result<Self, ConfigError> {
        const SOURCE: &str = "bearer.auth.credentials.source";
        let secret = |key: &str, text: &str| {
            let mut value = HeaderValue::try_from(text)
                .map_err(|_| ConfigError::text(key, format!("{key} cannot be sent in a header")))?;
            value.set_sensitive(true);
            Ok(value)
        };
        let mut headers = Vec::new();
        if let Some(pool) = &config.pool {
            headers.push(("confluent-identity-pool-id", secret("bearer.auth.identity.pool.id", pool)?));
        }
        if let Some(cluster) = &config.cluster {
            headers.push(("target-sr-cluster", secret("bearer.auth.logical.cluster", cluster)?));
        }
        match config.bearer_source.as_str() {
            "OAUTHBEARER" => Ok(Self::Token(Box::new(OAuth::new(config)?), headers)),
            "STATIC_TOKEN" => {
                let token = config.token.expose();
                if token.is_empty() {
                    let text = "Token must be provided via bearer.auth.token config when bearer.auth.credentials.source is set to STATIC_TOKEN";
                    return Err(ConfigError::text("bearer.auth.token", text));
                }
                headers
                    .push((AUTHORIZATION.as_str(), secret("bearer.auth.token", &format!("Bearer {token}"))?));
                Ok(Self::Fixed(headers))
            }
            other => {
                let text = format!("{SOURCE}={other} is not supported; use STATIC_TOKEN or OAUTHBEARER");
                Err(ConfigError::text(SOURCE, text))
            }
        }
    }

    /// Puts the credentials for `base` into `headers`.
    pub(super) async fn apply(
        &self,
        http: &HttpClient,
        base: &BaseUrl,
        headers: &mut HeaderMap,
    ) -> Result<(), CallError> {
        match self {
            Self::None => {}
            Self::Url => match base.user_info() {
                Some(user_info) => drop(headers.insert(AUTHORIZATION, basic_header(user_info))),
                None => drop(headers.remove(AUTHORIZATION)),
            },
            Self::Token(oauth, fixed) => {
                headers.insert(AUTHORIZATION, oauth.authorization(http).await?);
                for (name, value) in fixed {
                    headers.insert(*name, value.clone());
                }
            }
            Self::Fixed(fixed) => {
                for (name, value) in fixed {
                    headers.insert(*name, value.clone());
                }
            }
        }
        Ok(())
    }
}

pub(super) fn basic_header(user_info: &str) -> HeaderValue {
    let mut encoded = b"Basic ".to_vec();
    base64::encode(user_info.as_bytes(), &mut encoded);
    let mut value = HeaderValue::from_bytes(&encoded).expect("base64 fits into a header");
    value.set_sensitive(true);
    value
}

/// An option of the first login module of a JAAS text.
fn jaas_option(jaas: &str, name: &str) -> Option<String> {
    let first = jaas.split(';').next()?;
    let at = first.match_indices(name).map(|(at, _)| at + name.len());
    let rest = at.filter_map(|end| first[end..].trim_start().strip_prefix('=')).next()?.trim_start();
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().map(str::to_owned),
        None => rest.split([' ', '\t', '\n']).next().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jaas_options() {
        let jaas = r#"org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p=1";"#;
        assert_eq!(jaas_option(jaas, "username").as_deref(), Some("u"));
        assert_eq!(jaas_option(jaas, "password").as_deref(), Some("p=1"));
        assert_eq!(jaas_option("x required username=u password=p", "username").as_deref(), Some("u"));
        assert_eq!(jaas_option("", "username"), None);
    }
}
