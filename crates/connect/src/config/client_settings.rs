//! The settings of Kafka's clients as facts: name, type, importance and default of those of version 4.3.1. Validation shows
//! them beside what a connector overrides (`producer.override.` and so on).
//!
//! What this client makes of a setting is its own matter ([`kconnect_client::config`]); here is what tools that read
//! validations expect. Settings that several clients have with one default stand once.

use kconnect_api::ConfigKey;
use kconnect_api::ConfigType::{self, Boolean, Class, Double, Int, List, Long, Password, Short, String};
use kconnect_api::Importance::{self, High, Low, Medium};

use super::definition::Given;

/// Which of Kafka's clients a setting is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientKind {
    /// Producers.
    Producer,
    /// Consumers.
    Consumer,
    /// Admin clients.
    Admin,
}

impl ClientKind {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Producer, Self::Consumer, Self::Admin];

    /// The names of its settings.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        SETTINGS
            .iter()
            .filter(move |(clients, _)| clients.contains(&self))
            .flat_map(|(_, rows)| *rows)
            .map(|row| row.0)
    }

    /// What stands in front of a connector's settings for it.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Producer => "producer.override.",
            Self::Consumer => "consumer.override.",
            Self::Admin => "admin.override.",
        }
    }

    /// The definition of `name` for this client, as upstream shows it; `None` when the client has no such setting.
    pub(crate) fn definition(self, name: &str) -> Option<ConfigKey> {
        let of_client = SETTINGS.iter().filter(|(clients, _)| clients.contains(&self));
        let row = of_client.flat_map(|(_, rows)| *rows).find(|row| row.0 == name)?;
        let Row(_, kind, importance, default) = *row;
        let page = match self {
            Self::Producer => "producerconfigs",
            Self::Consumer => "consumerconfigs",
            Self::Admin => "adminclientconfigs",
        };
        Some(ConfigKey {
            default: default.into(),
            importance,
            doc: format!("https://kafka.apache.org/documentation/#{page}_{name}"),
            ..ConfigKey::new(name, kind)
        })
    }
}

/// Name, type, importance, default.
struct Row(&'static str, ConfigType, Importance, Given);

use ClientKind::{Admin, Consumer, Producer};
use Given::{Is, Null, Required};

#[rustfmt::skip] // One setting a line.
static SETTINGS: &[(&[ClientKind], &[Row])] = &[
    (&[Producer, Consumer], &[
        Row("bootstrap.servers", List, High, Required),
        Row("connections.max.idle.ms", Long, Medium, Is("540000")),
        Row("enable.metrics.push", Boolean, Low, Is("true")),
        Row("interceptor.classes", List, Low, Is("")),
    ]),
    (&[Producer, Consumer, Admin], &[
        Row("client.dns.lookup", String, Medium, Is("use_all_dns_ips")),
        Row("config.providers", List, Low, Is("")),
        Row("metadata.max.age.ms", Long, Low, Is("300000")),
        Row("metadata.recovery.rebootstrap.trigger.ms", Long, Low, Is("300000")),
        Row("metadata.recovery.strategy", String, Low, Is("rebootstrap")),
        Row("metric.reporters", List, Low, Is("org.apache.kafka.common.metrics.JmxReporter")),
        Row("metrics.num.samples", Int, Low, Is("2")),
        Row("metrics.recording.level", String, Low, Is("INFO")),
        Row("metrics.sample.window.ms", Long, Low, Is("30000")),
        Row("reconnect.backoff.max.ms", Long, Low, Is("1000")),
        Row("reconnect.backoff.ms", Long, Low, Is("50")),
        Row("request.timeout.ms", Int, Medium, Is("30000")),
        Row("retry.backoff.max.ms", Long, Low, Is("1000")),
        Row("retry.backoff.ms", Long, Low, Is("100")),
        Row("sasl.client.callback.handler.class", Class, Medium, Null),
        Row("sasl.jaas.config", Password, Medium, Null),
        Row("sasl.kerberos.kinit.cmd", String, Low, Is("/usr/bin/kinit")),
        Row("sasl.kerberos.min.time.before.relogin", Long, Low, Is("60000")),
        Row("sasl.kerberos.service.name", String, Medium, Null),
        Row("sasl.kerberos.ticket.renew.jitter", Double, Low, Is("0.05")),
        Row("sasl.kerberos.ticket.renew.window.factor", Double, Low, Is("0.8")),
        Row("sasl.login.callback.handler.class", Class, Medium, Null),
        Row("sasl.login.class", Class, Medium, Null),
        Row("sasl.login.connect.timeout.ms", Int, Low, Null),
        Row("sasl.login.read.timeout.ms", Int, Low, Null),
        Row("sasl.login.refresh.buffer.seconds", Short, Low, Is("300")),
        Row("sasl.login.refresh.min.period.seconds", Short, Low, Is("60")),
        Row("sasl.login.refresh.window.factor", Double, Low, Is("0.8")),
        Row("sasl.login.refresh.window.jitter", Double, Low, Is("0.05")),
        Row("sasl.login.retry.backoff.max.ms", Long, Low, Is("10000")),
        Row("sasl.login.retry.backoff.ms", Long, Low, Is("100")),
        Row("sasl.mechanism", String, Medium, Is("GSSAPI")),
        Row("sasl.oauthbearer.assertion.algorithm", String, Medium, Is("RS256")),
        Row("sasl.oauthbearer.assertion.claim.aud", String, Medium, Null),
        Row("sasl.oauthbearer.assertion.claim.exp.seconds", Int, Low, Is("300")),
        Row("sasl.oauthbearer.assertion.claim.iss", String, Medium, Null),
        Row("sasl.oauthbearer.assertion.claim.jti.include", Boolean, Medium, Is("false")),
        Row("sasl.oauthbearer.assertion.claim.nbf.seconds", Int, Low, Is("60")),
        Row("sasl.oauthbearer.assertion.claim.sub", String, Medium, Null),
        Row("sasl.oauthbearer.assertion.file", String, Medium, Null),
        Row("sasl.oauthbearer.assertion.private.key.file", String, Medium, Null),
        Row("sasl.oauthbearer.assertion.private.key.passphrase", Password, Medium, Null),
        Row("sasl.oauthbearer.assertion.template.file", String, Medium, Null),
        Row("sasl.oauthbearer.client.credentials.client.id", String, Medium, Null),
        Row("sasl.oauthbearer.client.credentials.client.secret", Password, Medium, Null),
        Row("sasl.oauthbearer.clock.skew.seconds", Int, Low, Is("30")),
        Row("sasl.oauthbearer.expected.audience", List, High, Is("")),
        Row("sasl.oauthbearer.expected.issuer", String, High, Null),
        Row("sasl.oauthbearer.header.urlencode", Boolean, Low, Is("false")),
        Row("sasl.oauthbearer.jwks.endpoint.refresh.ms", Long, Low, Is("3600000")),
        Row("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", Long, Low, Is("10000")),
        Row("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", Long, Low, Is("100")),
        Row("sasl.oauthbearer.jwks.endpoint.url", String, Medium, Null),
        Row("sasl.oauthbearer.jwt.retriever.class", Class, Medium, Is("org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever")),
        Row("sasl.oauthbearer.jwt.validator.class", Class, Medium, Is("org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator")),
        Row("sasl.oauthbearer.scope", String, Medium, Null),
        Row("sasl.oauthbearer.scope.claim.name", String, Low, Is("scope")),
        Row("sasl.oauthbearer.sub.claim.name", String, Low, Is("sub")),
        Row("sasl.oauthbearer.token.endpoint.url", String, Medium, Null),
        Row("security.protocol", String, Medium, Is("PLAINTEXT")),
        Row("security.providers", String, Low, Null),
        Row("send.buffer.bytes", Int, Medium, Is("131072")),
        Row("socket.connection.setup.timeout.max.ms", Long, Medium, Is("30000")),
        Row("socket.connection.setup.timeout.ms", Long, Medium, Is("10000")),
        Row("ssl.cipher.suites", List, Low, Is("")),
        Row("ssl.enabled.protocols", List, Medium, Is("TLSv1.2,TLSv1.3")),
        Row("ssl.endpoint.identification.algorithm", String, Low, Is("https")),
        Row("ssl.engine.factory.class", Class, Low, Null),
        Row("ssl.key.password", Password, High, Null),
        Row("ssl.keymanager.algorithm", String, Low, Is("SunX509")),
        Row("ssl.keystore.certificate.chain", Password, High, Null),
        Row("ssl.keystore.key", Password, High, Null),
        Row("ssl.keystore.location", String, High, Null),
        Row("ssl.keystore.password", Password, High, Null),
        Row("ssl.keystore.type", String, Medium, Is("JKS")),
        Row("ssl.protocol", String, Medium, Is("TLSv1.3")),
        Row("ssl.provider", String, Medium, Null),
        Row("ssl.secure.random.implementation", String, Low, Null),
        Row("ssl.trustmanager.algorithm", String, Low, Is("PKIX")),
        Row("ssl.truststore.certificates", Password, High, Null),
        Row("ssl.truststore.location", String, High, Null),
        Row("ssl.truststore.password", Password, High, Null),
        Row("ssl.truststore.type", String, Medium, Is("JKS")),
    ]),
    (&[Producer], &[
        Row("acks", String, Low, Is("all")),
        Row("batch.size", Int, Medium, Is("16384")),
        Row("buffer.memory", Long, High, Is("33554432")),
        Row("compression.gzip.level", Int, Medium, Is("-1")),
        Row("compression.lz4.level", Int, Medium, Is("9")),
        Row("compression.type", String, High, Is("none")),
        Row("compression.zstd.level", Int, Medium, Is("3")),
        Row("delivery.timeout.ms", Int, Medium, Is("120000")),
        Row("enable.idempotence", Boolean, Low, Is("true")),
        Row("key.serializer", Class, High, Required),
        Row("linger.ms", Long, Medium, Is("5")),
        Row("max.block.ms", Long, Medium, Is("60000")),
        Row("max.in.flight.requests.per.connection", Int, Low, Is("5")),
        Row("max.request.size", Int, Medium, Is("1048576")),
        Row("metadata.max.idle.ms", Long, Low, Is("300000")),
        Row("partitioner.adaptive.partitioning.enable", Boolean, Low, Is("true")),
        Row("partitioner.availability.timeout.ms", Long, Low, Is("0")),
        Row("partitioner.class", Class, Medium, Null),
        Row("partitioner.ignore.keys", Boolean, Medium, Is("false")),
        Row("receive.buffer.bytes", Int, Medium, Is("32768")),
        Row("retries", Int, High, Is("2147483647")),
        Row("transaction.timeout.ms", Int, Low, Is("60000")),
        Row("transaction.two.phase.commit.enable", Boolean, Low, Is("false")),
        Row("transactional.id", String, Low, Null),
        Row("value.serializer", Class, High, Required),
    ]),
    (&[Producer, Admin], &[
        Row("client.id", String, Medium, Is("")),
    ]),
    (&[Consumer], &[
        Row("allow.auto.create.topics", Boolean, Medium, Is("true")),
        Row("auto.commit.interval.ms", Int, Low, Is("5000")),
        Row("auto.offset.reset", String, Medium, Is("latest")),
        Row("check.crcs", Boolean, Low, Is("true")),
        Row("client.id", String, Low, Is("")),
        Row("client.rack", String, Low, Is("")),
        Row("enable.auto.commit", Boolean, Medium, Is("true")),
        Row("exclude.internal.topics", Boolean, Medium, Is("true")),
        Row("fetch.max.bytes", Int, Medium, Is("52428800")),
        Row("fetch.max.wait.ms", Int, Low, Is("500")),
        Row("fetch.min.bytes", Int, High, Is("1")),
        Row("group.id", String, High, Null),
        Row("group.instance.id", String, Medium, Null),
        Row("group.protocol", String, High, Is("classic")),
        Row("group.remote.assignor", String, Medium, Null),
        Row("heartbeat.interval.ms", Int, High, Is("3000")),
        Row("internal.throw.on.fetch.stable.offset.unsupported", Boolean, Low, Is("false")),
        Row("isolation.level", String, Medium, Is("read_uncommitted")),
        Row("key.deserializer", Class, High, Required),
        Row("max.partition.fetch.bytes", Int, High, Is("1048576")),
        Row("max.poll.interval.ms", Int, Medium, Is("300000")),
        Row("max.poll.records", Int, Medium, Is("500")),
        Row("partition.assignment.strategy", List, Medium, Is("class org.apache.kafka.clients.consumer.RangeAssignor,class org.apache.kafka.clients.consumer.CooperativeStickyAssignor")),
        Row("session.timeout.ms", Int, High, Is("45000")),
        Row("share.acknowledgement.mode", String, Medium, Is("implicit")),
        Row("share.acquire.mode", String, Medium, Is("BATCH_OPTIMIZED")),
        Row("value.deserializer", Class, High, Required),
    ]),
    (&[Consumer, Admin], &[
        Row("default.api.timeout.ms", Int, Medium, Is("60000")),
        Row("receive.buffer.bytes", Int, Medium, Is("65536")),
    ]),
    (&[Admin], &[
        Row("bootstrap.controllers", List, High, Is("")),
        Row("bootstrap.servers", List, High, Is("")),
        Row("connections.max.idle.ms", Long, Medium, Is("300000")),
        Row("enable.metrics.push", Boolean, Low, Is("false")),
        Row("retries", Int, Low, Is("2147483647")),
    ]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_of_its_type_and_no_client_has_a_setting_twice() {
        let mut all = Vec::new();
        for (clients, rows) in SETTINGS {
            for Row(name, kind, _, default) in *rows {
                if let Is(text) = default {
                    let shown = kind.parse(name, text).unwrap().to_text();
                    assert_eq!(shown.as_deref(), Some(*text), "{name}");
                }
                all.extend(clients.iter().map(|client| (client.prefix(), *name)));
            }
        }
        assert_eq!(all.len(), 320);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 320);
    }

    #[test]
    fn clients_differ_in_the_default_of_a_setting_they_share() {
        let default = |client: ClientKind, name: &str| client.definition(name).map(|key| key.default_text());
        let bytes = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(default(Producer, "receive.buffer.bytes"), bytes("32768"));
        assert_eq!(default(Admin, "receive.buffer.bytes"), bytes("65536"));
        assert_eq!(default(Consumer, "linger.ms"), None);
        let key = Producer.definition("bootstrap.servers").unwrap();
        assert!(key.is_required() && key.importance == High);
    }
}
