//! Registries behind TLS: real handshakes, with what the settings of a converter say of whom to trust and who we are.
//!
//! The authority, certificates and stores are those of the tests of `kconnect-net`, which try each kind of store and
//! each thing that can be wrong with one; here it counts that converters' settings reach them.

use std::path::Path;
use std::sync::Arc;

use kconnect_api::{ConverterRole, Schema, Value};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

use crate::harness::{AVRO, Driver, JSON, PROTOBUF, build, chain, props};
use crate::scripted::{Answer, Scripted};

fn path(name: &str) -> String {
    let pki = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../net/tests/it/pki");
    pki.join(name).to_str().unwrap().to_owned()
}

/// A registry with the certificate `certificate`; with `asks` clients must show one that the authority signed.
async fn registry(certificate: &str, asks: bool) -> Scripted {
    let provider = Arc::new(rustls_graviola::default_provider());
    let chain = vec![CertificateDer::from_pem_file(path(&format!("{certificate}.pem"))).unwrap()];
    let key = PrivateKeyDer::from_pem_file(path(&format!("{certificate}.key"))).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let builder = match asks {
        false => builder.with_no_client_auth(),
        true => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(path("ca.pem")).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.unwrap())
        }
    };
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()));
    Scripted::encrypted(acceptor, |asked, _| match asked.line.contains("/associations/") {
        true => Answer::Say(200, "[]".into()),
        false => Answer::Say(200, r#"{"id":7,"version":1}"#.into()),
    })
    .await
}

/// Settings as a converter has them, each below `schema.registry.`.
fn settings<'a>(ssl: &[(&str, &'a str)]) -> Vec<(String, &'a str)> {
    ssl.iter().map(|(name, value)| (format!("schema.registry.{name}"), *value)).collect()
}

/// What came of writing a number.
async fn write(class: &str, url: &str, ssl: &[(&str, &str)]) -> Result<Vec<u8>, Vec<String>> {
    let settings = settings(ssl);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let by_topic = [("value.subject.name.strategy", "TopicNameStrategy")];
    let mut driver = Driver::of(class, url, &[&settings[..], &by_topic].concat());
    match driver.write(Some(&Schema::int32()), &Value::Int32(1)).await {
        Ok(written) => Ok(written.unwrap()),
        Err(error) => {
            // A registry that cannot be reached may come back.
            assert_eq!(error.retriable, error.exception.class().ends_with("NetworkException"));
            Err(chain(&error))
        }
    }
}

#[tokio::test]
async fn truststores_of_each_kind_for_each_converter() {
    let registry = registry("server", false).await;
    let (pem, jks, p12) = (path("ca.pem"), path("trust.jks"), path("trust.p12"));
    let text = std::fs::read_to_string(&pem).unwrap();
    let stores = [
        &[("ssl.truststore.type", "PEM"), ("ssl.truststore.location", pem.as_str())][..],
        &[("ssl.truststore.type", "PEM"), ("ssl.truststore.certificates", text.as_str())],
        &[("ssl.truststore.location", jks.as_str()), ("ssl.truststore.password", "secret")],
        &[
            ("ssl.truststore.type", "PKCS12"),
            ("ssl.truststore.location", p12.as_str()),
            ("ssl.truststore.password", "secret"),
        ],
    ];
    for class in [AVRO, PROTOBUF, JSON] {
        for store in stores {
            let before = registry.asked().len();
            let written = write(class, &registry.url, store).await.unwrap();
            assert_eq!(written[..5], [0, 0, 0, 0, 7], "{class} {store:?}");
            assert!(registry.asked().len() > before);
        }
    }
}

#[tokio::test]
async fn settings_without_the_prefix_count_too() {
    let registry = registry("server", false).await;
    let pem = path("ca.pem");
    let settings = [("ssl.truststore.type", "PEM"), ("ssl.truststore.location", pem.as_str())];
    let mut driver = Driver::avro(&registry.url, &settings);
    let written = driver.write(Some(&Schema::int32()), &Value::Int32(1)).await;
    // Kafka's own keys belong to the worker's clients: without the prefix they are not the registry's.
    assert!(written.is_err(), "{written:?}");
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_is_told_with_what_to_do() {
    let registry = registry("server", false).await;
    let own = path("own.pem");
    let stranger = [("ssl.truststore.type", "PEM"), ("ssl.truststore.location", own.as_str())];
    for store in [&stranger[..], &[]] {
        let error = write(AVRO, &registry.url, store).await.unwrap_err();
        let why = "invalid peer certificate: UnknownIssuer; the truststore has no authority that signed the \
                   certificate of localhost";
        assert_eq!(
            error,
            [
                format!(
                    "NetworkException: Network connection error while serializing Avro data for topic t: {why}"
                ),
                "SerializationException: Error serializing Avro message".to_owned(),
                format!("SSLHandshakeException: {why}"),
            ]
        );
    }
    assert_eq!(registry.asked().len(), 0, "nothing was told to a stranger");
}

#[tokio::test]
async fn the_name_of_the_registry_must_be_in_its_certificate() {
    let registry = registry("server", false).await;
    let url = registry.url.replace("localhost", "127.0.0.1");
    let pem = path("ca.pem");
    let store = [("ssl.truststore.type", "PEM"), ("ssl.truststore.location", pem.as_str())];
    let error = write(JSON, &url, &store).await.unwrap_err();
    assert!(error[2].starts_with("SSLHandshakeException: invalid peer certificate: "), "{error:?}");
    assert!(error[2].contains("not valid for name"), "{error:?}");
    let unchecked = [store[0], store[1], ("ssl.endpoint.identification.algorithm", "")];
    assert!(write(JSON, &url, &unchecked).await.is_ok());
}

#[tokio::test]
async fn a_registry_that_asks_who_we_are() {
    let registry = registry("server", true).await;
    let (trust, jks, p12) = (path("trust.jks"), path("client.jks"), path("client.p12"));
    let text = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    let (key, chain) = (text("client.key"), text("client.pem"));
    let store = ("ssl.truststore.location", trust.as_str());
    for keystore in [
        &[
            ("ssl.keystore.location", jks.as_str()),
            ("ssl.keystore.password", "secret"),
            ("ssl.key.password", "inside"),
        ][..],
        &[
            ("ssl.keystore.type", "PKCS12"),
            ("ssl.keystore.location", p12.as_str()),
            ("ssl.keystore.password", "secret"),
        ],
        &[
            ("ssl.keystore.type", "PEM"),
            ("ssl.keystore.key", key.as_str()),
            ("ssl.keystore.certificate.chain", chain.as_str()),
        ],
    ] {
        let settings: Vec<_> = keystore.iter().copied().chain([store]).collect();
        let written = write(PROTOBUF, &registry.url, &settings).await.unwrap();
        assert_eq!(written[..5], [0, 0, 0, 0, 7], "{keystore:?}");
    }
    let before = registry.asked().len();
    let error = write(PROTOBUF, &registry.url, &[store]).await.unwrap_err();
    assert!(
        error[0].starts_with("NetworkException: Network connection error while serializing"),
        "{error:?}"
    );
    assert_eq!(registry.asked().len(), before);
}

#[tokio::test]
async fn a_registry_that_speaks_no_tls_and_one_that_speaks_nothing_else() {
    let encrypted = registry("server", false).await;
    let plain = Scripted::with_id(7).await;
    let pem = path("ca.pem");
    let store = [("ssl.truststore.type", "PEM"), ("ssl.truststore.location", pem.as_str())];
    let error = write(AVRO, &plain.url.replace("http://", "https://"), &store).await.unwrap_err();
    assert!(error[2].starts_with("SSLHandshakeException: "), "{error:?}");
    assert!(write(AVRO, &encrypted.url.replace("https://", "http://"), &store).await.is_err());
}

#[test]
fn stores_that_cannot_be_opened_are_named_before_the_task_starts() {
    let (jks, p12, missing) = (path("trust.jks"), path("client.p12"), "/no/such/file");
    for (ssl, key, words) in [
        (&[("ssl.truststore.location", missing)][..], "ssl.truststore.location", "No such file"),
        (
            &[("ssl.truststore.location", &*jks), ("ssl.truststore.password", "wrong")],
            "ssl.truststore.location",
            "password",
        ),
        (
            &[("ssl.keystore.location", &*p12), ("ssl.keystore.password", "wrong")],
            "ssl.keystore.location",
            "PKCS12",
        ),
    ] {
        for class in [AVRO, PROTOBUF, JSON] {
            let settings = settings(ssl);
            let settings: Vec<(&str, &str)> =
                settings.iter().map(|(name, value)| (name.as_str(), *value)).collect();
            let built = build(class, &props("https://localhost", &settings), ConverterRole::Value);
            let error = built.err().unwrap();
            assert!(error.message.starts_with(&format!("schema.registry.{key}: ")), "{error}");
            assert!(error.message.contains(words) && !error.message.contains("wrong"), "{error}");
        }
    }
}
