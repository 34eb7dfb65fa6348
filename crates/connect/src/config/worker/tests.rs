//! A worker's configuration from end to end: values, notices, refusals.

use super::*;
use crate::config::policy::{ALLOWLIST, POLICY};

const MINIMUM: &[(&str, &str)] = &[
    ("key.converter", "org.apache.kafka.connect.json.JsonConverter"),
    ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
    ("offset.storage.file.filename", "/tmp/connect.offsets"),
];

fn worker(more: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<WorkerConfig, String> {
    let pairs = |pairs: &[(&str, &str)]| -> Props {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    let mut props = pairs(MINIMUM);
    props.extend(pairs(more));
    WorkerConfig::standalone(props, pairs(environment)).map_err(|error| error.to_string())
}

#[test]
fn defaults_are_those_of_upstream() {
    let config = worker(&[], &[]).unwrap();
    assert_eq!(config.bootstrap_servers, "localhost:9092");
    assert_eq!(config.offset_flush_interval, Duration::from_secs(60));
    assert_eq!(config.task_shutdown_timeout, Duration::from_secs(5));
    let header = "org.apache.kafka.connect.storage.SimpleHeaderConverter";
    assert_eq!(config.converters.header.as_deref(), Some(header));
    assert!(config.topic_creation && config.topic_tracking && config.topic_tracking_reset);
    assert_eq!(config.notices, []);
}

#[test]
fn what_would_weaken_security_is_refused_by_name() {
    for (key, value) in [
        ("security.protocol", "SASL_SSL"),
        ("producer.security.protocol", "SSL"),
        ("consumer.sasl.mechanism", "PLAIN"),
        ("sasl.jaas.config", "x"),
        ("ssl.truststore.location", "/t"),
        ("listeners", "http://:8083,https://:8443"),
        ("admin.listeners", "HTTPS://:1"),
        ("listeners.https.ssl.keystore.location", "/k"),
        ("rest.extension.classes", "a.B"),
        ("connector.client.config.override.policy", "Nobody"),
    ] {
        let error = worker(&[(key, value)], &[]).unwrap_err();
        assert!(error.starts_with(&format!("{key}: ")), "{key}: {error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let harmless = [
        ("bootstrap.servers", "localhost:9092"),
        ("security.protocol", "PLAINTEXT"),
        ("ssl.client.auth", "none"),
        ("config.providers", ""),
        ("x", "${file:/x:y}"),
    ];
    let config = worker(&harmless, &[]).unwrap();
    // The worker's clients get all of it.
    kconnect_client::ClientConfig::from_props(&config.props).unwrap();
}

#[test]
fn the_policy_of_overrides_is_told_what_is_wrong_with_it() {
    let principal = worker(&[(POLICY, "Principal")], &[]).unwrap();
    let text = "The Principal ConnectorClientConfigOverridePolicy is deprecated, use the Allowlist policy instead. To replicate the Principal policy behavior, set the connector.client.config.override.allowlist configuration to \"sasl.jaas.config,sasl.mechanism,security.protocol\"";
    assert_eq!(principal.notices, [Notice::Warn(text.to_owned())]);
    let listed = worker(&[(POLICY, "Allowlist"), (ALLOWLIST, "acks")], &[]).unwrap();
    assert_eq!(listed.override_policy, OverridePolicy::Allowlist(["acks".to_owned()].into()));
    assert_eq!(listed.notices, []);
    let unread = worker(&[(ALLOWLIST, "acks,")], &[]).unwrap();
    assert_eq!(unread.override_policy, OverridePolicy::All);
    assert!(matches!(&unread.notices[..], [Notice::Warn(text)] if text.contains("has no effect")));
    let error = worker(&[(POLICY, "Allowlist"), (ALLOWLIST, "acks,")], &[]).unwrap_err();
    assert_eq!(error, format!("Configuration '{ALLOWLIST}' values must not be empty."));
}

#[test]
fn the_recommended_worker_file_needs_no_notice() {
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/strict/connect-standalone.properties");
    let config = WorkerConfig::load_standalone(&file, []).unwrap();
    assert_eq!(config.notices, []);
    assert!(config.strict);
    config.override_policy.check("sasl.mechanism").unwrap();
    config.override_policy.check("linger.ms").unwrap_err();
}

#[test]
fn a_typo_is_met_with_the_key_that_was_meant() {
    let config = worker(
        &[("offset.flush.intervall.ms", "1"), ("my.own.thing", "x"), ("producer.linger.ms", "1")],
        &[],
    );
    let notices = config.unwrap().notices;
    let text = |notice: &Notice| format!("{notice:?}");
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(
        notices.iter().any(|n| text(n).contains("did you mean 'offset.flush.interval.ms'?")),
        "{notices:?}"
    );
    assert!(notices.iter().any(|n| text(n).contains("'my.own.thing' is not a setting")), "{notices:?}");
    let clients = [("producer.lingerms", "1"), ("consumer.max.pol.records", "1"), ("admin.retries", "1")];
    let notices = worker(&clients, &[]).unwrap().notices;
    assert_eq!(notices.len(), 2, "{notices:?}");
    for meant in ["'producer.linger.ms'?", "'consumer.max.poll.records'?"] {
        assert!(notices.iter().any(|n| text(n).contains(meant)), "{meant}: {notices:?}");
    }
    let error = worker(&[("kconnect.profil", "strict")], &[]).unwrap_err();
    assert_eq!(error, "kconnect.profil: there is no such setting; did you mean 'kconnect.profile'?");
    let mut props: Props = MINIMUM.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let file = props.remove("offset.storage.file.filename").unwrap();
    props.insert("offset.storage.file.filenam".into(), file);
    let error = WorkerConfig::standalone(props, []).unwrap_err().to_string();
    let text = "Missing required configuration \"offset.storage.file.filename\" which has no default value. (did you mean it by 'offset.storage.file.filenam'?)";
    assert_eq!(error, text);
}

#[test]
fn bad_values_come_together_in_the_words_of_upstream() {
    let error = worker(&[("offset.flush.timeout.ms", "x"), ("topic.creation.enable", "y")], &[]).unwrap_err();
    let expect = "Invalid value x for configuration offset.flush.timeout.ms: Not a number of type LONG\n\
                  Invalid value y for configuration topic.creation.enable: Expected value to be either true or false";
    assert_eq!(error, expect);
}

#[test]
fn the_environment_ranks_below_the_file_and_is_listed() {
    let environment = [
        ("CONNECT_BOOTSTRAP_SERVERS", "b:1"),
        ("CONNECT_KEY_CONVERTER", "other"),
        ("CONNECT_PRODUCER_A__B___C", "v"),
        ("CONNECT_LOG4J_ROOT_LOGLEVEL", "INFO"),
        ("PATH", "/bin"),
    ];
    let config = worker(&[], &environment).unwrap();
    assert_eq!(config.bootstrap_servers, "b:1");
    assert_eq!(config.converters.key.as_deref(), Some("org.apache.kafka.connect.json.JsonConverter"));
    assert_eq!(config.props["producer.a_b-c"], "v");
    let listed = |text: &str| config.notices.contains(&Notice::Info(text.to_owned()));
    assert!(
        listed("bootstrap.servers from environment variable CONNECT_BOOTSTRAP_SERVERS"),
        "{:?}",
        config.notices
    );
    assert!(listed(
        "key.converter from environment variable CONNECT_KEY_CONVERTER (not used: the file sets it)"
    ));
    assert_eq!(config.notices.iter().filter(|notice| matches!(notice, Notice::Info(_))).count(), 3);
}

#[test]
fn jars_on_the_plugin_path_are_answered_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("x");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("some-sink-1.0.jar"), b"").unwrap();
    let path = format!("libs/connect-file-4.3.1.jar,{}", folder.path().display());
    let notices = worker(&[("plugin.path", &path)], &[]).unwrap().notices;
    assert!(
        matches!(&notices[..], [Notice::Warn(jar), Notice::Info(file)]
        if jar.contains("some-sink-1.0.jar is not loaded. JVM plugins do not run here")
        && file.contains("connect-file-4.3.1.jar") && file.contains("built in")),
        "{notices:?}"
    );
}
