//! The certificate authorities that are trusted when no truststore is set: those of the system, and where there are
//! none (an empty container) the ones that came with the program.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, TrustAnchor};

/// Where systems keep theirs.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/usr/local/share/certs/ca-root-nss.crt",
];

/// What is trusted.
pub(super) enum Trusted {
    /// Certificates of a store.
    Certificates(Vec<CertificateDer<'static>>),
    /// Authorities without their certificates.
    Anchors(Vec<TrustAnchor<'static>>),
}

pub(super) fn standard() -> Trusted {
    let named = std::env::var_os("SSL_CERT_FILE").map(std::path::PathBuf::from);
    for path in named.into_iter().chain(BUNDLES.iter().map(Into::into)) {
        let Ok(text) = std::fs::read(&path) else { continue };
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text).filter_map(Result::ok).collect();
        if !certificates.is_empty() {
            return Trusted::Certificates(certificates);
        }
    }
    Trusted::Anchors(webpki_roots::TLS_SERVER_ROOTS.to_vec())
}
