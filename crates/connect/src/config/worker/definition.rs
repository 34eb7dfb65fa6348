//! The settings of a standalone worker, declared.

use kconnect_api::settings::{boolean, class, int, list, long, one_of, string};
use kconnect_api::{ConfigDef, ConfigDefault, ConfigKey, ConfigType, Importance, Validator};

use super::{OFFSET_FILE, PROFILE, STRICT};
use crate::config::policy::{ALLOWLIST, POLICY};

/// Settings of a standalone worker (configs.md §2).
#[must_use]
pub fn standalone_def() -> ConfigDef {
    let mut def = ConfigDef::new();
    connections(&mut def);
    jvm_plugins(&mut def);
    what_connectors_may(&mut def);
    metrics(&mut def);
    rest(&mut def);
    def.field(OFFSET_FILE, string()).importance(Importance::High).doc("File of source offsets.").required();
    def
}

/// Brokers, converters, and times of what goes on with them.
fn connections(def: &mut ConfigDef) {
    use Importance::{High, Low};
    let servers = vec!["localhost:9092".to_owned()];
    let header = "org.apache.kafka.connect.storage.SimpleHeaderConverter".to_owned();
    def.field("bootstrap.servers", list()).importance(High).doc("Brokers to start from.").default(servers);
    let lookups = ["use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"];
    def.field("client.dns.lookup", one_of(lookups))
        .doc("How broker names turn into addresses.")
        .default(lookups[0].to_owned());
    def.field("key.converter", class()).importance(High).doc("Converter of keys.").required();
    def.field("value.converter", class()).importance(High).doc("Converter of values.").required();
    def.field("header.converter", class()).importance(Low).doc("Converter of headers.").default(header);
    for (key, default, doc) in [
        ("task.shutdown.graceful.timeout.ms", 5_000, "How long tasks that are stopped together may take."),
        ("offset.flush.interval.ms", 60_000, "Time between two commits of offsets."),
        ("offset.flush.timeout.ms", 5_000, "How long a commit of source offsets may take."),
    ] {
        def.field(key, long(..)).importance(Low).doc(doc).default(default);
    }
}

fn jvm_plugins(def: &mut ConfigDef) {
    use Importance::Low;
    def.field("plugin.path", list())
        .importance(Low)
        .doc("Folders of JVM plugins; nothing is loaded from there.")
        .optional();
    let discoveries = ["ONLY_SCAN", "HYBRID_WARN", "HYBRID_FAIL", "SERVICE_LOAD"];
    let check = Validator::one_of_ignoring_case(discoveries);
    def.add(ConfigKey {
        default: ConfigDefault::Text("hybrid_warn".into()),
        importance: Low,
        doc: "How JVM plugins are found; without effect.".into(),
        validator: Some(check),
        ..ConfigKey::new("plugin.discovery", ConfigType::String)
    });
}

fn what_connectors_may(def: &mut ConfigDef) {
    use Importance::Low;
    def.field("config.providers", list()).importance(Low).doc("Names of config providers.").default(vec![]);
    def.field(PROFILE, one_of(["compatible", STRICT]))
        .doc("Whether risky settings are only warned of, as upstream has them, or refused.")
        .default("compatible".to_owned());
    def.field(POLICY, string())
        .doc("Which client settings connectors may override.")
        .default("All".to_owned());
    def.field(ALLOWLIST, list())
        .doc("Client settings that connectors may override, with the policy Allowlist.")
        .default(vec![]);
    for (key, doc) in [
        ("topic.creation.enable", "Whether source connectors may have topics created."),
        ("topic.tracking.enable", "Whether the topics that connectors use are recorded."),
        ("topic.tracking.allow.reset", "Whether that record may be cleared."),
    ] {
        def.field(key, boolean()).importance(Low).doc(doc).default(true);
    }
}

fn metrics(def: &mut ConfigDef) {
    use Importance::Low;
    def.field("metrics.sample.window.ms", long(0..))
        .importance(Low)
        .doc("Window of rate metrics.")
        .default(30_000);
    def.field("metrics.num.samples", int(1..))
        .importance(Low)
        .doc("Windows kept for rate metrics.")
        .default(2);
    def.field("metrics.recording.level", one_of(["INFO", "DEBUG"]))
        .importance(Low)
        .doc("Detail of metrics.")
        .default("INFO".to_owned());
    let jmx = vec!["org.apache.kafka.common.metrics.JmxReporter".to_owned()];
    def.field("metric.reporters", list()).importance(Low).doc("JVM classes; without effect.").default(jmx);
}

fn rest(def: &mut ConfigDef) {
    use Importance::Low;
    def.field("listeners", list())
        .importance(Low)
        .doc("Addresses of the REST API.")
        .default(vec!["http://:8083".to_owned()]);
    def.field("admin.listeners", list())
        .importance(Low)
        .doc("Addresses of the admin endpoints; as listeners when not set.")
        .optional();
    def.field("rest.advertised.host.name", string())
        .importance(Low)
        .doc("Host under which others reach this worker.")
        .optional();
    def.field("rest.advertised.port", int(..))
        .importance(Low)
        .doc("Port under which others reach this worker.")
        .optional();
    def.field("rest.advertised.listener", string())
        .importance(Low)
        .doc("Listener that others use: http or https.")
        .optional();
    def.field("rest.extension.classes", list()).importance(Low).doc("JVM classes; refused.").default(vec![]);
    for (key, doc) in [
        ("access.control.allow.origin", "Origins that browsers may call from."),
        ("access.control.allow.methods", "Methods that browsers may call."),
        ("response.http.headers.config", "Headers added to answers."),
    ] {
        def.field(key, string()).importance(Low).doc(doc).default(String::new());
    }
    let auth = ["required", "requested", "none"];
    def.field("ssl.client.auth", one_of(auth))
        .importance(Low)
        .doc("Whether REST clients show a certificate.")
        .default("none".to_owned());
}
