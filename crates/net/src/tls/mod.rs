//! TLS as Kafka's clients configure it: the `ssl.` settings, stores in PEM, JKS and PKCS12, host names checked or not.
//!
//! The cryptography is Graviola's, in Rust and assembly that the Rust compiler reads; it needs a processor of about
//! 2013 or later, which is checked before anything is encrypted ([`TlsConfig::new`] says what is missing).

mod anchors;
mod jks;
mod settings;
mod stores;
mod verify;

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub use settings::{SSL_KEYS, SslKey, TlsSettings};

/// A TLS configuration that can be used; cheap to clone.
#[derive(Clone)]
pub struct TlsConfig(pub(crate) Arc<ClientConfig>);

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConfig")
    }
}

/// Why TLS cannot be used as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError {
    /// The setting, `ssl.…`.
    pub key: String,
    /// What is wrong with it; no secret is shown.
    pub message: String,
}

impl TlsError {
    fn new(key: &str, message: impl Into<String>) -> Self {
        Self { key: key.to_owned(), message: message.into() }
    }
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.message)
    }
}

impl std::error::Error for TlsError {}

/// A private key with the certificates that go with it, the own one first.
pub(crate) struct Identity {
    key: PrivateKeyDer<'static>,
    chain: Vec<CertificateDer<'static>>,
}

impl TlsConfig {
    /// Reads the stores that `settings` name.
    pub fn new(settings: &TlsSettings) -> Result<Self, TlsError> {
        let provider = Arc::new(provider()?);
        let trusted = match stores::trusted(settings)? {
            Some(certificates) => certificates,
            None => anchors::standard(),
        };
        let verifier = verify::Verifier::new(trusted, settings.checks_host(), Arc::clone(&provider))?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&settings.versions()?)
            .map_err(|error| TlsError::new("ssl.enabled.protocols", error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = match stores::identity(settings)? {
            None => builder.with_no_client_auth(),
            Some(Identity { key, chain }) => builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| TlsError::new("ssl.keystore.location", error.to_string()))?,
        };
        Ok(Self(Arc::new(config)))
    }

    /// What holds when nothing is configured: the system's certificate authorities, no certificate of our own.
    pub fn standard() -> Result<Self, TlsError> {
        static STANDARD: OnceLock<Result<TlsConfig, TlsError>> = OnceLock::new();
        STANDARD.get_or_init(|| Self::new(&TlsSettings::default())).clone()
    }
}

fn provider() -> Result<rustls::crypto::CryptoProvider, TlsError> {
    match missing_features() {
        missing if missing.is_empty() => Ok(rustls_graviola::default_provider()),
        missing => Err(TlsError::new(
            "ssl.protocol",
            format!("TLS is not possible on this processor, which lacks {}", missing.join(", ")),
        )),
    }
}

#[cfg(target_arch = "x86_64")]
fn missing_features() -> Vec<&'static str> {
    [
        ("aes", std::arch::is_x86_feature_detected!("aes")),
        ("pclmulqdq", std::arch::is_x86_feature_detected!("pclmulqdq")),
        ("bmi1", std::arch::is_x86_feature_detected!("bmi1")),
        ("adx", std::arch::is_x86_feature_detected!("adx")),
        ("avx", std::arch::is_x86_feature_detected!("avx")),
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
    ]
    .into_iter()
    .filter_map(|(name, there)| (!there).then_some(name))
    .collect()
}

#[cfg(target_arch = "aarch64")]
fn missing_features() -> Vec<&'static str> {
    [
        ("neon", std::arch::is_aarch64_feature_detected!("neon")),
        ("aes", std::arch::is_aarch64_feature_detected!("aes")),
        ("pmull", std::arch::is_aarch64_feature_detected!("pmull")),
        ("sha2", std::arch::is_aarch64_feature_detected!("sha2")),
    ]
    .into_iter()
    .filter_map(|(name, there)| (!there).then_some(name))
    .collect()
}
