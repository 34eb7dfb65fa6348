//! Settings that upstream has and this worker cannot follow: those that must stop the start, and those without effect.

use kconnect_api::Props;

use super::Notice;
use crate::config::policy::OverridePolicy;

/// What must stop the start, because going on without it would weaken security, delivery or secrecy.
pub(super) fn refusals(props: &Props) -> Vec<String> {
    let mut found = Vec::new();
    let mut refuse = |key: &str, reason: &str| found.push(format!("{key}: {reason}"));
    for (key, value) in props.iter().filter(|(_, value)| !value.trim().is_empty()) {
        let client = ["producer.", "consumer.", "admin."]
            .iter()
            .find_map(|prefix| key.strip_prefix(prefix))
            .unwrap_or(key);
        if client == "security.protocol" && !value.trim().eq_ignore_ascii_case("PLAINTEXT") {
            refuse(key, "only PLAINTEXT connections to brokers are supported yet");
        } else if client.starts_with("sasl.") {
            refuse(key, "SASL is not supported yet; brokers would be reached without authentication");
        } else if client.starts_with("ssl.") && key != "ssl.client.auth" {
            refuse(key, "TLS is not supported yet; connections would not be encrypted");
        } else if key.contains("listeners.https.") {
            refuse(key, "https listeners are not supported yet; use http listeners behind a TLS proxy");
        }
    }
    for key in ["listeners", "admin.listeners"] {
        if props.get(key).is_some_and(|value| value.to_ascii_lowercase().contains("https://")) {
            refuse(key, "https listeners are not supported yet; use http listeners behind a TLS proxy");
        }
    }
    let set = |key: &str| props.get(key).map(|value| value.trim()).filter(|value| !value.is_empty());
    if set("rest.extension.classes").is_some() {
        refuse(
            "rest.extension.classes",
            "REST extensions are JVM classes and do not run here; without one that authenticates, the API would be open",
        );
    }
    found.extend(OverridePolicy::of_worker(props).err());
    found
}

pub(super) fn without_effect(props: &Props) -> Vec<Notice> {
    let mut found = Vec::new();
    let policy = OverridePolicy::of_worker(props).ok();
    found.extend(policy.and_then(|policy| policy.warning(props)).map(Notice::Warn));
    if props.get("metric.reporters").is_some_and(|value| {
        value.trim() != "org.apache.kafka.common.metrics.JmxReporter" && !value.trim().is_empty()
    }) {
        found.push(Notice::Warn("metric.reporters has no effect: reporters are JVM classes".into()));
    }
    if props
        .keys()
        .any(|key| key.starts_with("internal.key.converter") || key.starts_with("internal.value.converter"))
    {
        found.push(Notice::Warn(
            "internal.key.converter and internal.value.converter have no effect since Kafka 3.0".into(),
        ));
    }
    for key in ["rest.host.name", "rest.port"] {
        if props.contains_key(key) {
            found.push(Notice::Warn(format!("{key} has no effect since Kafka 3.0; set listeners instead")));
        }
    }
    found
}
