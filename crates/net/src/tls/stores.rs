//! Stores of certificates and keys: PEM files and texts, PKCS12, JKS.

use std::path::Path;

use p12_keystore::{KeyStore, Pkcs12Archive, Pkcs12ImportPolicy};
use pkcs8::EncryptedPrivateKeyInfoRef;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::anchors::Trusted;
use super::jks::Jks;
use super::settings::TlsSettings;
use super::{Identity, TlsError};

/// Longest store.
const MOST_BYTES: u64 = 16 << 20;

/// The certificates that are trusted; `None` when no truststore is set.
pub(super) fn trusted(settings: &TlsSettings) -> Result<Option<Trusted>, TlsError> {
    const LOCATION: &str = "ssl.truststore.location";
    let (key, found) = match (&settings.certificates, &settings.truststore.location) {
        (Some(pem), _) => {
            ("ssl.truststore.certificates", certificates("ssl.truststore.certificates", pem.as_bytes())?)
        }
        (None, None) => return Ok(None),
        (None, Some(path)) => {
            let bytes = read(LOCATION, path)?;
            let password = settings.truststore.password.as_deref();
            let found = match settings.truststore.pem {
                true => certificates(LOCATION, &bytes)?,
                false if Jks::is_one(&bytes) => {
                    Jks::read(&bytes, password).map_err(|text| TlsError::new(LOCATION, text))?.trusted
                }
                false => trusted_pkcs12(&bytes, password.unwrap_or_default())?,
            };
            (LOCATION, found)
        }
    };
    if found.is_empty() {
        return Err(TlsError::new(key, "there is no trusted certificate in it"));
    }
    Ok(Some(Trusted::Certificates(found)))
}

/// Our key and certificate; `None` when no keystore is set.
pub(super) fn identity(settings: &TlsSettings) -> Result<Option<Identity>, TlsError> {
    const LOCATION: &str = "ssl.keystore.location";
    if let Some(pem) = &settings.key {
        let chain = settings.chain.as_deref().unwrap_or_default();
        let chain = certificates("ssl.keystore.certificate.chain", chain.as_bytes())?;
        let key = private_key("ssl.keystore.key", pem.as_bytes(), settings.key_password.as_deref())?;
        return whole("ssl.keystore.certificate.chain", key, chain).map(Some);
    }
    let Some(path) = &settings.keystore.location else { return Ok(None) };
    let bytes = read(LOCATION, path)?;
    let password = settings.keystore.password.as_deref();
    let key_password = settings.key_password.as_deref();
    if settings.keystore.pem {
        let chain = certificates(LOCATION, &bytes)?;
        let key = private_key(LOCATION, &bytes, key_password)?;
        return whole(LOCATION, key, chain).map(Some);
    }
    if Jks::is_one(&bytes) {
        let store = Jks::read(&bytes, password).map_err(|text| TlsError::new(LOCATION, text))?;
        let secret = key_password.or(password).unwrap_or_default();
        let found = store.identity(secret).map_err(|text| TlsError::new("ssl.key.password", text))?;
        let (key, chain) = found.ok_or_else(|| TlsError::new(LOCATION, "there is no private key in it"))?;
        return whole(LOCATION, PrivatePkcs8KeyDer::from(key).into(), chain).map(Some);
    }
    let store = KeyStore::from_pkcs12(&bytes, password.unwrap_or_default(), Pkcs12ImportPolicy::Relaxed)
        .map_err(|error| unreadable_pkcs12(LOCATION, &error))?;
    let (_, found) =
        store.private_key_chain().ok_or_else(|| TlsError::new(LOCATION, "there is no private key in it"))?;
    let key = PrivatePkcs8KeyDer::from(found.key().as_der().to_vec());
    let chain = found.certs().iter().map(|it| CertificateDer::from(it.as_der().to_vec())).collect();
    whole(LOCATION, key.into(), chain).map(Some)
}

fn whole(
    setting: &str,
    key: PrivateKeyDer<'static>,
    chain: Vec<CertificateDer<'static>>,
) -> Result<Identity, TlsError> {
    match chain.is_empty() {
        true => Err(TlsError::new(setting, "there is no certificate for the private key")),
        false => Ok(Identity { key, chain }),
    }
}

fn read(setting: &str, path: &Path) -> Result<Vec<u8>, TlsError> {
    let failed = |error: std::io::Error| TlsError::new(setting, format!("{}: {error}", path.display()));
    let long = std::fs::metadata(path).map_err(failed)?.len() > MOST_BYTES;
    if long {
        return Err(TlsError::new(setting, format!("{} is too long for a store", path.display())));
    }
    std::fs::read(path).map_err(failed)
}

fn certificates(setting: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    read.map_err(|error| TlsError::new(setting, format!("not a PEM of certificates: {error}")))
}

/// A private key, decrypted when it is encrypted.
fn private_key(
    setting: &str,
    pem: &[u8],
    password: Option<&str>,
) -> Result<PrivateKeyDer<'static>, TlsError> {
    if let Ok(key) = PrivateKeyDer::from_pem_slice(pem) {
        return Ok(key);
    }
    const LABEL: &str = "ENCRYPTED PRIVATE KEY";
    let text = String::from_utf8_lossy(pem);
    let (begin, end) = (format!("-----BEGIN {LABEL}-----"), format!("-----END {LABEL}-----"));
    let inside =
        text.split_once(&*begin).and_then(|(_, rest)| rest.split_once(&*end)).map(|(inside, _)| inside);
    let Some(inside) = inside else { return Err(TlsError::new(setting, "there is no private key in it")) };
    let Some(password) = password else {
        return Err(TlsError::new(
            "ssl.key.password",
            "the private key is encrypted and there is no password",
        ));
    };
    let pem = format!("{begin}{inside}{end}\n");
    let (_, der) = pkcs8::der::pem::decode_vec(pem.as_bytes())
        .map_err(|error| TlsError::new(setting, format!("not a PEM of a private key: {error}")))?;
    let decrypted = EncryptedPrivateKeyInfoRef::try_from(&*der)
        .and_then(|encrypted| encrypted.decrypt(password.as_bytes()))
        .map_err(|error| {
            TlsError::new("ssl.key.password", format!("the private key cannot be decrypted: {error}"))
        })?;
    Ok(PrivatePkcs8KeyDer::from(decrypted.as_bytes().to_vec()).into())
}

fn unreadable_pkcs12(setting: &str, error: &p12_keystore::error::Error) -> TlsError {
    TlsError::new(setting, format!("neither a JKS nor a PKCS12 store that its password opens: {error}"))
}

/// Java trusts only certificates marked as trusted; stores made by other tools mark none.
fn trusted_pkcs12(bytes: &[u8], password: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let archive = Pkcs12Archive::from_pkcs12(bytes, password)
        .map_err(|error| unreadable_pkcs12("ssl.truststore.location", &error))?;
    let marked = archive.certs.iter().any(|bag| bag.trusted);
    let bags =
        archive.certs.iter().filter(|bag| if marked { bag.trusted } else { bag.local_key_id.is_none() });
    Ok(bags.map(|bag| CertificateDer::from(bag.cert.as_der().to_vec())).collect())
}
