//! Whom to trust: as Java does, any certificate in the truststore, be it an authority's or the server's own.

use std::collections::HashSet;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::TlsError;
use super::anchors::Trusted;

#[derive(Debug)]
pub(super) struct Verifier {
    chains: Arc<WebPkiServerVerifier>,
    /// Certificates that are trusted as they are.
    own: HashSet<CertificateDer<'static>>,
    checks_host: bool,
}

impl Verifier {
    pub(super) fn new(
        trusted: Trusted,
        checks_host: bool,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        let mut own = HashSet::new();
        match trusted {
            Trusted::Certificates(certificates) => {
                roots.add_parsable_certificates(certificates.iter().cloned());
                own.extend(certificates);
            }
            Trusted::Anchors(anchors) => roots.extend(anchors),
        }
        let chains = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let chains = chains.map_err(|error| TlsError::new("ssl.truststore.location", error.to_string()))?;
        Ok(Self { chains, own, checks_host })
    }
}

fn is_about_name(error: &Error) -> bool {
    use CertificateError as E;
    matches!(error, Error::InvalidCertificate(E::NotValidForName | E::NotValidForNameContext { .. }))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified =
            self.chains.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The name is looked at last, so all else is fine.
            Err(error) if is_about_name(&error) && !self.checks_host => Ok(ServerCertVerified::assertion()),
            Err(error) if !is_about_name(&error) && self.own.contains(end_entity) => {
                // A certificate that is trusted itself needs nobody to vouch for it.
                if matches!(
                    error,
                    Error::InvalidCertificate(
                        CertificateError::Expired | CertificateError::ExpiredContext { .. }
                    )
                ) {
                    return Err(error);
                }
                if self.checks_host {
                    verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chains.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chains.supported_verify_schemes()
    }
}
