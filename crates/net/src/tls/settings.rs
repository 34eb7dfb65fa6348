//! Kafka's `ssl.` settings.

use std::fmt;
use std::path::PathBuf;

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};

use super::TlsError;

/// A setting, for those who declare them.
#[derive(Clone, Copy, Debug)]
pub struct SslKey {
    /// The name, `ssl.…`.
    pub name: &'static str,
    /// Kafka's default.
    pub default: Option<&'static str>,
    /// Whether its value is never shown.
    pub secret: bool,
    /// What it does, in a sentence.
    pub doc: &'static str,
}

const fn key(name: &'static str, default: Option<&'static str>, secret: bool, doc: &'static str) -> SslKey {
    SslKey { name, default, secret, doc }
}

/// All settings of a TLS client that Kafka has and that have an effect here.
pub const SSL_KEYS: [SslKey; 14] = [
    key("ssl.protocol", Some("TLSv1.3"), false, "The newest version of TLS to use, TLSv1.2 or TLSv1.3."),
    key("ssl.enabled.protocols", Some("TLSv1.2,TLSv1.3"), false, "Versions of TLS to use."),
    key(
        "ssl.endpoint.identification.algorithm",
        Some("https"),
        false,
        "Whether the host's name must be in its certificate; empty: no.",
    ),
    key(
        "ssl.truststore.type",
        Some("JKS"),
        false,
        "JKS, PKCS12 or PEM; the first two are told apart by content.",
    ),
    key(
        "ssl.truststore.location",
        None,
        false,
        "File with the certificates that are trusted; the system's when not set.",
    ),
    key(
        "ssl.truststore.password",
        None,
        true,
        "Password of the truststore; without one its integrity is not checked.",
    ),
    key("ssl.truststore.certificates", None, true, "Trusted certificates themselves, as PEM."),
    key(
        "ssl.keystore.type",
        Some("JKS"),
        false,
        "JKS, PKCS12 or PEM; the first two are told apart by content.",
    ),
    key(
        "ssl.keystore.location",
        None,
        false,
        "File with our certificate and its private key, for mutual TLS.",
    ),
    key("ssl.keystore.password", None, true, "Password of the keystore."),
    key("ssl.keystore.certificate.chain", None, true, "Our certificate and those behind it, as PEM."),
    key("ssl.keystore.key", None, true, "Our private key in PKCS #8, as PEM."),
    key("ssl.key.password", None, true, "Password of the private key."),
    key("ssl.cipher.suites", None, false, "Accepted for compatibility; all suites of this library are safe."),
];

/// The settings with their values.
#[derive(Clone, Default)]
pub struct TlsSettings {
    pub(super) truststore: StoreSettings,
    pub(super) keystore: StoreSettings,
    pub(super) certificates: Option<String>,
    pub(super) chain: Option<String>,
    pub(super) key: Option<String>,
    pub(super) key_password: Option<String>,
    host_unchecked: bool,
    protocol: Option<String>,
    enabled: Option<String>,
}

/// A store in a file.
#[derive(Clone, Default)]
pub(super) struct StoreSettings {
    pub(super) pem: bool,
    pub(super) location: Option<PathBuf>,
    pub(super) password: Option<String>,
}

impl fmt::Debug for TlsSettings {
    /// Without keys and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsSettings({:?}, {:?})", self.truststore.location, self.keystore.location)
    }
}

impl TlsSettings {
    /// Takes the values of [`SSL_KEYS`] from `value`, which is told the name of each.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Result<Self, TlsError> {
        let get = |name: &str| value(name).filter(|text| !text.trim().is_empty());
        let store = |which: &str| {
            let kind_key = format!("ssl.{which}.type");
            let kind = get(&kind_key).unwrap_or_else(|| "JKS".into());
            let pem = match kind.trim().to_ascii_uppercase().as_str() {
                "PEM" => true,
                "JKS" | "PKCS12" => false,
                _ => {
                    return Err(TlsError::new(
                        &kind_key,
                        format!("{kind} is not supported; use PEM, PKCS12 or JKS"),
                    ));
                }
            };
            Ok(StoreSettings {
                pem,
                location: get(&format!("ssl.{which}.location")).map(|path| path.trim().into()),
                password: get(&format!("ssl.{which}.password")),
            })
        };
        let algorithm = value("ssl.endpoint.identification.algorithm");
        Ok(Self {
            truststore: store("truststore")?,
            keystore: store("keystore")?,
            certificates: get("ssl.truststore.certificates"),
            chain: get("ssl.keystore.certificate.chain"),
            key: get("ssl.keystore.key"),
            key_password: get("ssl.key.password"),
            host_unchecked: algorithm.is_some_and(|text| text.trim().is_empty()),
            protocol: get("ssl.protocol"),
            enabled: get("ssl.enabled.protocols"),
        })
    }

    pub(super) fn checks_host(&self) -> bool {
        !self.host_unchecked
    }

    pub(super) fn versions(&self) -> Result<Vec<&'static SupportedProtocolVersion>, TlsError> {
        let newest = self.protocol.as_deref().map(str::trim);
        let enabled = self.enabled.as_deref().unwrap_or("TLSv1.2,TLSv1.3");
        let mut versions = Vec::new();
        for name in enabled.split(',').map(str::trim) {
            match name {
                "TLSv1.3" if newest != Some("TLSv1.2") => versions.push(&TLS13),
                "TLSv1.2" => versions.push(&TLS12),
                _ => {}
            }
        }
        if versions.is_empty() {
            let text = format!("none of {enabled} is spoken here; use TLSv1.2 or TLSv1.3");
            return Err(TlsError::new("ssl.enabled.protocols", text));
        }
        Ok(versions)
    }
}
