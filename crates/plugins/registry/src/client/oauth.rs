//! Tokens by OAuth's client credentials: asked for when needed, kept until shortly before their end.

use std::time::{Duration, Instant};

use kconnect_api::{ConfigError, base64};
use kconnect_net::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use kconnect_net::{BaseUrl, HeaderMap, HttpClient, Method, Request};
use serde_json::Value as Json;
use tokio::sync::Mutex;

use super::CallError;
use super::auth::basic_header;
use crate::config::AuthConfig;

/// How long a token is kept that does not say how long it lives.
const UNSAID: Duration = Duration::from_secs(60);

/// A token endpoint with the credentials for it.
pub(super) struct OAuth {
    endpoint: BaseUrl,
    path: String,
    credentials: HeaderValue,
    body: String,
    buffer: Duration,
    /// Held while a token is fetched, so that one is enough.
    token: Mutex<Option<(HeaderValue, Instant)>>,
}

impl OAuth {
    pub(super) fn new(config: &AuthConfig) -> Result<Self, ConfigError> {
        const ISSUER: &str = "bearer.auth.issuer.endpoint.url";
        let issuer = config.issuer.as_deref().ok_or_else(|| ConfigError::missing(ISSUER))?;
        let url = BaseUrl::parse(issuer).map_err(|error| ConfigError::text(ISSUER, error.to_string()))?;
        let query = issuer.find('?').map_or("", |at| &issuer[at..]);
        let id = config.client_id.as_deref().ok_or_else(|| ConfigError::missing("bearer.auth.client.id"))?;
        let secret = config.client_secret.as_ref();
        let secret = secret.ok_or_else(|| ConfigError::missing("bearer.auth.client.secret"))?.expose();
        let mut body = "grant_type=client_credentials".to_owned();
        if let Some(scope) = &config.scope {
            body.push_str("&scope=");
            body.push_str(&super::query(scope));
        }
        Ok(Self {
            path: query.to_owned(),
            endpoint: url,
            credentials: basic_header(&format!("{id}:{secret}")),
            body,
            buffer: Duration::from_secs(u64::try_from(config.expiry_buffer).unwrap_or(0)),
            token: Mutex::new(None),
        })
    }

    /// The `Authorization` of a request.
    pub(super) async fn authorization(&self, http: &HttpClient) -> Result<HeaderValue, CallError> {
        let mut token = self.token.lock().await;
        if let Some((value, end)) = &*token
            && Instant::now() < *end
        {
            return Ok(value.clone());
        }
        let (value, life) = self.fetch(http).await?;
        // A buffer longer than the token's life would ask for each request.
        let life = if self.buffer < life { life - self.buffer } else { life };
        *token = Some((value.clone(), Instant::now() + life));
        Ok(value)
    }

    async fn fetch(&self, http: &HttpClient) -> Result<(HeaderValue, Duration), CallError> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.credentials.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        let body = self.body.clone().into_bytes().into();
        let request =
            Request { method: Method::POST, path: self.path.clone(), headers, body, repeatable: true };
        let response = http.send(&self.endpoint, &request).await.map_err(CallError::Net)?;
        if !response.status.is_success() {
            // What the endpoint says of credentials is not repeated: it may quote them.
            let message =
                format!("Failed to fetch the bearer token: the issuer answered {}", response.status);
            return Err(CallError::Rest { status: response.status.as_u16(), code: 0, message });
        }
        let unusable = || CallError::Garbage("the issuer's answer has no usable access_token".into());
        let answer: Json = serde_json::from_slice(&response.body).map_err(|_| unusable())?;
        let token = answer.get("access_token").and_then(Json::as_str).ok_or_else(unusable)?;
        let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| unusable())?;
        value.set_sensitive(true);
        let said = answer.get("expires_in").and_then(Json::as_u64).map(Duration::from_secs);
        let most = Duration::from_secs(24 * 3600);
        Ok((value, said.or_else(|| life_of(token)).unwrap_or(UNSAID).min(most)))
    }
}

/// How long a JWT still lives, by its own claims.
fn life_of(token: &str) -> Option<Duration> {
    let mut claims = token.split('.').nth(1)?.replace('-', "+").replace('_', "/");
    while !claims.len().is_multiple_of(4) {
        claims.push('=');
    }
    let claims: Json = serde_json::from_slice(&base64::decode(&claims).ok()?).ok()?;
    let end = Duration::from_secs(claims.get("exp")?.as_u64()?);
    end.checked_sub(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_token_is_in_its_claims() {
        let mut claims = Vec::new();
        base64::encode(br#"{"sub":"me","exp":32503680000}"#, &mut claims);
        let claims = String::from_utf8(claims).unwrap().replace('=', "").replace('+', "-").replace('/', "_");
        assert!(life_of(&format!("e30.{claims}.x")).unwrap() > UNSAID);
        assert_eq!(life_of("no token"), None);
    }
}
