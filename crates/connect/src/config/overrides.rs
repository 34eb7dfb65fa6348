//! Validation of the client settings that a connector overrides, and which clients it has (KIP-458).
//!
//! As upstream, a value is parsed as its type and judged by the worker's policy, and nothing more: ranges and words are
//! judged when the client is made. What our client would refuse because it cannot secure a connection that way is told
//! here already, as an error of the setting, so that no such connector comes into being.

use kconnect_api::{ConfigKey, ConfigValue, Exception, Props, hash_order};
use kconnect_client::ClientConfig;

use super::client_settings::ClientKind;
use super::definition::SOURCE_DEAD_LETTERS;
use super::java_order;
use super::policy::OverridePolicy;
use super::secrets::{HIDDEN, looks_secret};
use crate::herder::{ConfigInfo, ConnectorType, RawConfig};

/// What there is to say of the overrides of a connector's clients; an error when a value is not of its setting's type.
pub(super) fn validate(
    kind: ConnectorType,
    props: &Props,
    topic_creation: bool,
    raw: &RawConfig,
    policy: &OverridePolicy,
) -> Result<Vec<ConfigInfo>, Exception> {
    use ClientKind::{Admin, Consumer, Producer};
    let used = clients(kind, props, topic_creation);
    let infos = |client| match used.contains(&client) {
        true => of_client(client, raw, policy),
        false => Ok(Vec::new()),
    };
    // They are judged in this order, and shown in another.
    let (producer, admin, consumer) = (infos(Producer)?, infos(Admin)?, infos(Consumer)?);
    Ok(producer.into_iter().chain(consumer).chain(admin).collect())
}

/// The clients whose settings count for a connector.
fn clients(kind: ConnectorType, props: &Props, topic_creation: bool) -> Vec<ClientKind> {
    let sink = kind == ConnectorType::Sink;
    let given = |key: &str| props.get(key).is_some_and(|name| !name.trim().is_empty());
    let dead_letters = given("errors.deadletterqueue.topic.name");
    let creates = topic_creation && props.keys().any(|key| key.starts_with("topic.creation."));
    let of_source = props.get(SOURCE_DEAD_LETTERS).is_some_and(|on| on.trim().eq_ignore_ascii_case("true"));
    let used = [
        (ClientKind::Producer, !sink || dead_letters),
        (ClientKind::Consumer, sink),
        (ClientKind::Admin, if sink { dead_letters } else { creates || of_source }),
    ];
    used.into_iter().filter_map(|(client, used)| used.then_some(client)).collect()
}

/// What there is to say of each override of one client.
fn of_client(
    client: ClientKind,
    raw: &RawConfig,
    policy: &OverridePolicy,
) -> Result<Vec<ConfigInfo>, Exception> {
    let prefix = client.prefix();
    // The values are read in one order, which decides about the fault that is told, and shown in another.
    let all = java_order::copied(raw.keys().map(String::as_str));
    let given: Vec<&str> = all.into_iter().filter_map(|key| key.strip_prefix(prefix)).collect();
    let walked = hash_order(given.iter().copied()).into_iter().map(|at| given[at]);
    let keys = java_order::copied(walked);
    let text = |key: &str| raw.get(&format!("{prefix}{key}")).and_then(Option::as_deref);
    let infos: Vec<ConfigInfo> =
        keys.iter().map(|key| info(client, (key, text(key)), policy)).collect::<Result<_, _>>()?;
    let order = hash_order(keys.iter().copied());
    Ok(order.into_iter().map(|at| infos[at].clone()).collect())
}

fn info(
    client: ClientKind,
    (key, text): (&str, Option<&str>),
    policy: &OverridePolicy,
) -> Result<ConfigInfo, Exception> {
    let definition = client.definition(key);
    let full = format!("{}{key}", client.prefix());
    let mut value = ConfigValue::new(full.clone());
    if let Some(text) = text {
        value.value = shown(definition.as_ref(), key, text)?;
        value.errors.extend(unsupported(key, text));
    }
    value.errors.extend(policy.check(key).err());
    let definition = definition.map(|key| ConfigKey { name: full, ..key });
    Ok(ConfigInfo { definition, value })
}

/// The text that stands for the value in an answer.
fn shown(definition: Option<&ConfigKey>, key: &str, text: &str) -> Result<Option<String>, Exception> {
    match definition {
        Some(known) => Ok(known.kind.parse(key, text)?.to_text()),
        None if looks_secret(key) => Ok(Some(HIDDEN.to_owned())),
        None => Ok(Some(text.to_owned())),
    }
}

/// Why our client would refuse to run with a setting that secures it.
fn unsupported(key: &str, text: &str) -> Option<String> {
    let secures = key.starts_with("security.") || key.starts_with("sasl.") || key.starts_with("ssl.");
    if !secures && key != "interceptor.classes" {
        return None;
    }
    let one = [("bootstrap.servers", "localhost:9092"), (key, text)];
    let one: Props = one.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let refused = ClientConfig::from_props(&one).err()?;
    refused.problems().find(|(name, _)| *name == key).map(|(_, problem)| problem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(pairs: &[(&str, Option<&str>)]) -> RawConfig {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect()
    }

    fn only(client: ClientKind, name: &str, value: Option<&str>, policy: &OverridePolicy) -> ConfigInfo {
        let key = format!("{}{name}", client.prefix());
        let mut infos = of_client(client, &raw(&[(&key, value)]), policy).unwrap();
        assert_eq!(infos.len(), 1);
        infos.remove(0)
    }

    #[test]
    fn a_value_is_shown_as_its_type_has_it_with_the_definition_of_its_client() {
        let all = OverridePolicy::All;
        let info = only(ClientKind::Producer, "batch.size", Some(" 7 "), &all);
        let definition = info.definition.unwrap();
        assert_eq!(definition.name, "producer.override.batch.size");
        assert_eq!(
            (info.value.value.as_deref(), definition.default_text().as_deref()),
            (Some("7"), Some("16384"))
        );
        let info = only(ClientKind::Admin, "my.own", Some(" x "), &all);
        assert!(info.definition.is_none() && info.value.value.as_deref() == Some(" x "));
        let info = only(ClientKind::Producer, "acks", None, &all);
        assert!(info.definition.is_some() && info.value.value.is_none() && info.value.errors.is_empty());
    }

    #[test]
    fn a_value_of_another_type_fails_the_validation_and_a_word_that_means_nothing_does_not() {
        let number = raw(&[("consumer.override.max.poll.records", Some("x"))]);
        let error = of_client(ClientKind::Consumer, &number, &OverridePolicy::All).unwrap_err();
        let text = "Invalid value x for configuration max.poll.records: Not a number of type INT";
        assert_eq!(error.message(), Some(text));
        let info = only(ClientKind::Producer, "acks", Some("nope"), &OverridePolicy::All);
        assert_eq!(info.value.errors, Vec::<String>::new());
    }

    #[test]
    fn secrets_are_hidden_and_what_would_not_secure_a_connection_is_an_error() {
        for key in ["sasl.jaas.config", "ssl.keystore.password", "my.password"] {
            let info = only(ClientKind::Producer, key, Some("hush"), &OverridePolicy::All);
            assert_eq!(info.value.value.as_deref(), Some("[hidden]"), "{key}");
            assert_eq!(info.value.errors.len(), usize::from(key != "my.password"), "{key}");
            assert!(!format!("{info:?}").contains("hush"), "{key}");
        }
        let info = only(ClientKind::Producer, "security.protocol", Some("PLAINTEXT"), &OverridePolicy::All);
        assert_eq!(info.value.errors, Vec::<String>::new());
    }

    #[test]
    fn the_policy_is_asked_without_the_prefix_also_about_nulls() {
        let listed = OverridePolicy::Allowlist(["acks".to_owned()].into());
        for (name, value, errors) in
            [("acks", Some("1"), 0), ("linger.ms", Some("1"), 1), ("linger.ms", None, 1)]
        {
            let info = only(ClientKind::Producer, name, value, &listed);
            assert_eq!(info.value.errors.len(), errors, "{name} {value:?}");
        }
    }

    #[test]
    fn clients_are_judged_in_one_order_and_shown_in_another() {
        let sink = |linger: &str, records: &str, retries: &str| {
            let given = [
                ("errors.deadletterqueue.topic.name", Some("d")),
                ("producer.override.linger.ms", Some(linger)),
                ("consumer.override.max.poll.records", Some(records)),
                ("admin.override.retries", Some(retries)),
            ];
            let raw = raw(&given);
            let props = raw.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect();
            validate(ConnectorType::Sink, &props, true, &raw, &OverridePolicy::All)
        };
        let shown: Vec<String> =
            sink("1", "2", "3").unwrap().into_iter().filter_map(|i| i.value.value).collect();
        assert_eq!(shown, ["1", "2", "3"]);
        let fault = |linger, records, retries| {
            let error = sink(linger, records, retries).unwrap_err();
            error.message().unwrap_or_default().split(' ').nth(2).unwrap_or_default().to_owned()
        };
        assert_eq!((fault("x", "y", "z"), fault("1", "y", "z")), ("x".to_owned(), "z".to_owned()));
    }

    #[test]
    fn a_connector_has_the_clients_that_its_settings_make_it_have() {
        use ClientKind::{Admin, Consumer, Producer};
        let check = |kind, pairs: &[(&str, &str)], expect: &[ClientKind]| {
            let props = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            assert_eq!(clients(kind, &props, true), expect, "{kind:?} {pairs:?}");
        };
        check(ConnectorType::Source, &[], &[Producer]);
        check(ConnectorType::Source, &[("topic.creation.default.partitions", "1")], &[Producer, Admin]);
        check(ConnectorType::Source, &[(SOURCE_DEAD_LETTERS, "TRUE")], &[Producer, Admin]);
        check(ConnectorType::Sink, &[], &[Consumer]);
        check(
            ConnectorType::Sink,
            &[("errors.deadletterqueue.topic.name", "d")],
            &[Producer, Consumer, Admin],
        );
    }
}
