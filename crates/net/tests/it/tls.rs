//! TLS: stores of all kinds, names, certificates of both sides.

use std::collections::HashMap;

use kconnect_net::{BaseUrl, HttpClient, NetErrorKind, SSL_KEYS, TlsConfig, TlsError, TlsSettings};

use crate::server::{Server, client, get, pki, text};

fn config(settings: &[(&str, &str)]) -> Result<TlsConfig, TlsError> {
    let values: HashMap<&str, &str> = settings.iter().copied().collect();
    assert!(values.keys().all(|key| SSL_KEYS.iter().any(|known| known.name == *key)));
    TlsConfig::new(&TlsSettings::read(|key| values.get(key).map(|value| value.to_string()))?)
}

fn with(settings: &[(&str, &str)]) -> HttpClient {
    let tls = config(settings).unwrap();
    client(|settings| settings.tls = Some(tls))
}

fn path(name: &str) -> String {
    pki(name).to_str().unwrap().to_owned()
}

#[tokio::test]
async fn truststores_of_all_kinds() {
    let server = Server::tls("server", None).await;
    let (pem, jks, p12, ca) = (path("ca.pem"), path("trust.jks"), path("trust.p12"), text("ca.pem"));
    for settings in [
        &[("ssl.truststore.type", "PEM"), ("ssl.truststore.location", pem.as_str())][..],
        &[("ssl.truststore.type", "PEM"), ("ssl.truststore.certificates", ca.as_str())],
        &[("ssl.truststore.location", jks.as_str()), ("ssl.truststore.password", "secret")],
        &[("ssl.truststore.location", jks.as_str())],
        &[
            ("ssl.truststore.type", "PKCS12"),
            ("ssl.truststore.location", p12.as_str()),
            ("ssl.truststore.password", "secret"),
        ],
        // As Java: JKS opens PKCS12 too.
        &[
            ("ssl.truststore.type", "JKS"),
            ("ssl.truststore.location", p12.as_str()),
            ("ssl.truststore.password", "secret"),
        ],
        &[("ssl.truststore.location", jks.as_str()), ("ssl.protocol", "TLSv1.2")],
        &[("ssl.truststore.location", jks.as_str()), ("ssl.enabled.protocols", "TLSv1.3")],
    ] {
        let client = with(settings);
        for _ in 0..2 {
            assert_eq!(get(&client, &server.url("https")).await.unwrap().body, "ok", "{settings:?}");
        }
    }
}

#[tokio::test]
async fn strangers_are_not_trusted() {
    let server = Server::tls("server", None).await;
    let own = path("own.pem");
    let other = with(&[("ssl.truststore.type", "PEM"), ("ssl.truststore.location", &own)]);
    // The system's authorities do not know it either.
    for client in [other, client(|_| {})] {
        let error = get(&client, &server.url("https")).await.unwrap_err();
        assert_eq!(error.kind(), NetErrorKind::Tls, "{error}");
        assert!(error.message().contains("UnknownIssuer"), "{error}");
    }
}

#[tokio::test]
async fn the_name_must_be_in_the_certificate_unless_nobody_asks() {
    let server = Server::tls("server", None).await;
    let url = BaseUrl::parse(&format!("https://127.0.0.1:{}", server.port)).unwrap();
    let ca = path("ca.pem");
    let store = [("ssl.truststore.type", "PEM"), ("ssl.truststore.location", ca.as_str())];
    let error = get(&with(&store), &url).await.unwrap_err();
    assert!(error.kind() == NetErrorKind::Tls && error.message().contains("not valid for name"), "{error}");
    let unchecked = [store[0], store[1], ("ssl.endpoint.identification.algorithm", "")];
    assert_eq!(get(&with(&unchecked), &url).await.unwrap().body, "ok");
    // That does not make strangers trusted.
    let own = path("own.pem");
    let stranger = [store[0], ("ssl.truststore.location", own.as_str()), unchecked[2]];
    assert!(get(&with(&stranger), &url).await.is_err());
}

#[tokio::test]
async fn a_server_whose_own_certificate_is_in_the_truststore() {
    let server = Server::tls("own", None).await;
    let own = path("own.pem");
    let settings = [("ssl.truststore.type", "PEM"), ("ssl.truststore.location", own.as_str())];
    assert_eq!(get(&with(&settings), &server.url("https")).await.unwrap().body, "ok");
    let by_address = BaseUrl::parse(&format!("https://127.0.0.1:{}", server.port)).unwrap();
    assert!(get(&with(&settings), &by_address).await.is_err(), "its name is still asked for");
}

#[tokio::test]
async fn keystores_of_all_kinds() {
    let server = Server::tls("server", Some("ca.pem")).await;
    let both = std::env::temp_dir().join(format!("kconnect-{}-both.pem", std::process::id()));
    std::fs::write(&both, text("client.key") + &text("client.pem")).unwrap();
    let both = both.to_str().unwrap();
    let (jks, p12, trust) = (path("client.jks"), path("client.p12"), path("trust.jks"));
    let (key, encrypted, chain) = (text("client.key"), text("client.enc.key"), text("client.pem"));
    for keystore in [
        &[
            ("ssl.keystore.location", jks.as_str()),
            ("ssl.keystore.password", "secret"),
            ("ssl.key.password", "inside"),
        ][..],
        &[("ssl.keystore.location", p12.as_str()), ("ssl.keystore.password", "secret")],
        &[("ssl.keystore.type", "PEM"), ("ssl.keystore.location", both)],
        &[
            ("ssl.keystore.type", "PEM"),
            ("ssl.keystore.key", key.as_str()),
            ("ssl.keystore.certificate.chain", chain.as_str()),
        ],
        &[
            ("ssl.keystore.type", "PEM"),
            ("ssl.keystore.key", encrypted.as_str()),
            ("ssl.key.password", "secret"),
            ("ssl.keystore.certificate.chain", chain.as_str()),
        ],
    ] {
        let settings: Vec<_> =
            keystore.iter().copied().chain([("ssl.truststore.location", trust.as_str())]).collect();
        assert_eq!(get(&with(&settings), &server.url("https")).await.unwrap().body, "ok");
    }
    let nobody = with(&[("ssl.truststore.location", &trust)]);
    assert!(get(&nobody, &server.url("https")).await.is_err(), "the server wants a certificate");
    std::fs::remove_file(both).unwrap();
}

#[test]
fn stores_that_cannot_be_used_are_named() {
    let (jks, p12, keys, key, chain) = (
        path("trust.jks"),
        path("client.p12"),
        path("client.jks"),
        text("client.enc.key"),
        text("client.pem"),
    );
    for (settings, setting, words) in [
        (
            &[("ssl.truststore.location", "/no/such/file")][..],
            "ssl.truststore.location",
            "/no/such/file: No such file",
        ),
        (
            &[("ssl.truststore.location", &jks), ("ssl.truststore.password", "wrong")],
            "ssl.truststore.location",
            "tampered with, or password",
        ),
        (
            &[("ssl.truststore.type", "PEM"), ("ssl.truststore.location", &jks)],
            "ssl.truststore.location",
            "no trusted certificate",
        ),
        (
            &[("ssl.truststore.location", &keys), ("ssl.truststore.password", "secret")],
            "ssl.truststore.location",
            "no trusted certificate",
        ),
        (
            &[("ssl.keystore.location", &p12), ("ssl.keystore.password", "wrong")],
            "ssl.keystore.location",
            "neither a JKS nor a PKCS12",
        ),
        (
            &[
                ("ssl.keystore.location", &keys),
                ("ssl.keystore.password", "secret"),
                ("ssl.key.password", "wrong"),
            ],
            "ssl.key.password",
            "cannot be decrypted",
        ),
        (
            &[("ssl.keystore.location", &jks), ("ssl.keystore.password", "secret")],
            "ssl.keystore.location",
            "no private key",
        ),
        (
            &[("ssl.keystore.key", &key), ("ssl.keystore.certificate.chain", &chain)],
            "ssl.key.password",
            "there is no password",
        ),
        (
            &[
                ("ssl.keystore.key", &key),
                ("ssl.key.password", "wrong"),
                ("ssl.keystore.certificate.chain", &chain),
            ],
            "ssl.key.password",
            "cannot be decrypted",
        ),
        (&[("ssl.truststore.type", "BCFKS")], "ssl.truststore.type", "BCFKS is not supported"),
        (&[("ssl.enabled.protocols", "SSLv3,TLSv1")], "ssl.enabled.protocols", "none of SSLv3,TLSv1"),
    ] {
        let error = config(settings).unwrap_err();
        assert!(error.key == setting && error.message.contains(words), "{error}");
        assert!(!error.to_string().contains("wrong"), "{error}");
    }
}

#[test]
fn stores_that_end_early_are_refused() {
    for name in ["trust.jks", "client.jks", "client.p12"] {
        let whole = std::fs::read(pki(name)).unwrap();
        let file = std::env::temp_dir().join(format!("kconnect-{}-cut-{name}", std::process::id()));
        // Deriving a key from a password is slow by design.
        let step = if name.ends_with("p12") { 191 } else { 1 };
        for len in (0..whole.len()).step_by(step) {
            std::fs::write(&file, &whole[..len]).unwrap();
            assert!(config(&[("ssl.keystore.location", file.to_str().unwrap())]).is_err(), "{name} {len}");
        }
        std::fs::remove_file(&file).unwrap();
    }
}
