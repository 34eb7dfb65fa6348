//! Settings of the Kafka clients that tasks use, composed from worker and connector (configs.md §4).
//!
//! ```text
//! fixed defaults  <  worker `producer.` | `consumer.` | `admin.`  <  connector `….override.` (if the policy allows)
//! ```
//! Admin clients also inherit every unprefixed worker property; producers and consumers inherit only the brokers.

use kconnect_api::{Exception, Props, TaskId};

use super::policy::OverridePolicy;

/// Whether a producer asks for idempotence when the user says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Idempotent with five requests in flight: no duplicates after a lost answer. The default here.
    Idempotent,
    /// One request in flight without idempotence, as upstream: for brokers that refuse idempotent writes.
    Compatible,
}

/// Composes client settings for one worker and one connector.
#[derive(Clone, Copy, Debug)]
pub struct Clients<'a> {
    /// The worker's properties.
    pub worker: &'a Props,
    /// The connector's configuration.
    pub connector: &'a Props,
    /// What the connector may override.
    pub policy: &'a OverridePolicy,
}

impl Clients<'_> {
    /// Settings of a producer.
    pub fn producer(&self, client_id: &str, delivery: Delivery) -> Result<Props, Exception> {
        let mut props = self.base(client_id);
        set(&mut props, "acks", "all");
        set(&mut props, "max.block.ms", "9223372036854775807");
        set(&mut props, "delivery.timeout.ms", "2147483647");
        // A request holds one batch of a partition, so small ones cost a request each: with Kafka's 16 KB a source of
        // short records spends more on requests than on records. Slow sources send when linger ends, as before.
        set(&mut props, "batch.size", "131072");
        if delivery == Delivery::Compatible {
            set(&mut props, "enable.idempotence", "false");
            set(&mut props, "max.in.flight.requests.per.connection", "1");
        }
        let mut props = self.refine(props, "producer.", "producer.override.")?;
        // Upstream's tasks are not idempotent, so there a configuration may ask for more; here it is the user's choice.
        if in_flight(&props).is_some_and(|requests| requests > IDEMPOTENT_MAX)
            && !props.contains_key("enable.idempotence")
        {
            tracing::warn!(
                target: "org.apache.kafka.connect.runtime.Worker",
                client_id,
                "the producer is not idempotent, and may repeat or reorder records after a lost answer, because {IN_FLIGHT} is above {IDEMPOTENT_MAX}; lower it to end this"
            );
            set(&mut props, "enable.idempotence", "false");
        }
        Ok(props)
    }

    /// Settings of a sink's consumer. `connect-<connector>` is its group, and the task a static member of it: a task
    /// that takes over replaces its predecessor at once and fences it, where upstream waits for its session to end.
    pub fn consumer(&self, task: &TaskId) -> Result<Props, Exception> {
        let mut props = self.base(&format!("connector-consumer-{task}"));
        set(&mut props, "group.id", &format!("connect-{}", task.connector));
        set(&mut props, "enable.auto.commit", "false");
        set(&mut props, "auto.offset.reset", "earliest");
        set(&mut props, "group.instance.id", &task.to_string());
        let mut props = self.refine(props, "consumer.", "consumer.override.")?;
        // One that the user has chosen is that of the first task: the others would fence each other with it.
        if let Some(chosen) = props.get_mut("group.instance.id")
            && task.task > 0
            && !chosen.is_empty()
            && *chosen != task.to_string()
        {
            chosen.push_str(&format!("-{}", task.task));
        }
        Ok(props)
    }

    /// Settings of an admin client.
    pub fn admin(&self, client_id: &str) -> Result<Props, Exception> {
        let mut props = self.base(client_id);
        // Config providers are the worker's: it has resolved what they are for.
        let kept = ["admin.", "producer.", "consumer.", "config.providers"];
        let inherited =
            self.worker.iter().filter(|(key, _)| !kept.iter().any(|prefix| key.starts_with(prefix)));
        props.extend(inherited.map(|(key, value)| (key.clone(), value.clone())));
        self.refine(props, "admin.", "admin.override.")
    }

    /// The group of a sink.
    pub fn sink_group(&self, connector: &str) -> Result<String, Exception> {
        let task = TaskId { connector: connector.to_owned(), task: 0 };
        Ok(self.consumer(&task)?.remove("group.id").unwrap_or_default())
    }

    fn base(&self, client_id: &str) -> Props {
        let servers = self.worker.get("bootstrap.servers").map_or("localhost:9092", String::as_str);
        [("bootstrap.servers", servers), ("client.id", client_id)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    fn refine(
        &self,
        mut props: Props,
        worker_prefix: &str,
        override_prefix: &str,
    ) -> Result<Props, Exception> {
        let of_worker = self.worker.iter().filter_map(|(key, value)| {
            let key = key.strip_prefix(worker_prefix)?;
            Some((key.to_owned(), value.clone()))
        });
        props.extend(of_worker);
        props.extend(self.policy.overrides(self.connector, override_prefix)?);
        Ok(props)
    }
}

/// Most requests in flight of an idempotent producer.
const IDEMPOTENT_MAX: i64 = 5;
const IN_FLIGHT: &str = "max.in.flight.requests.per.connection";

fn in_flight(props: &Props) -> Option<i64> {
    props.get(IN_FLIGHT)?.trim().parse().ok()
}

fn set(props: &mut Props, key: &str, value: &str) {
    props.insert(key.to_owned(), value.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn props(pairs: &[(&str, &str)]) -> Props {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn more_requests_in_flight_than_idempotence_allows_turn_it_off_unless_it_is_asked_for() {
        let rows: &[(&[(&str, &str)], Option<&str>)] = &[
            (&[("producer.override.max.in.flight.requests.per.connection", "5")], None),
            (&[("producer.override.max.in.flight.requests.per.connection", " 6 ")], Some("false")),
            (
                &[
                    ("producer.override.max.in.flight.requests.per.connection", "6"),
                    ("producer.override.enable.idempotence", "true"),
                ],
                Some("true"),
            ),
            (&[("producer.override.max.in.flight.requests.per.connection", "x")], None),
        ];
        let worker = Props::new();
        for (connector, expect) in rows {
            let connector = props(connector);
            let clients = Clients { worker: &worker, connector: &connector, policy: &OverridePolicy::All };
            let producer = clients.producer("p", Delivery::Idempotent).unwrap();
            assert_eq!(producer.get("enable.idempotence").map(String::as_str), *expect, "{connector:?}");
        }
    }

    #[test]
    fn later_layers_win_and_producers_inherit_only_the_brokers() {
        let worker = props(&[
            ("bootstrap.servers", "b:1"),
            ("request.timeout.ms", "7"),
            ("producer.linger.ms", "1"),
            ("producer.acks", "1"),
            ("admin.retries", "3"),
            ("config.providers", "file"),
            ("config.providers.file.class", "File"),
        ]);
        let connector = props(&[("producer.override.linger.ms", "2"), ("consumer.override.group.id", "g")]);
        let clients = Clients { worker: &worker, connector: &connector, policy: &OverridePolicy::All };
        let producer = clients.producer("p", Delivery::Idempotent).unwrap();
        assert_eq!((producer["linger.ms"].as_str(), producer["acks"].as_str()), ("2", "1"));
        assert_eq!((producer.get("request.timeout.ms"), producer["batch.size"].as_str()), (None, "131072"));
        let user = props(&[("producer.batch.size", "16384")]);
        let clients_of_user = Clients { worker: &user, ..clients };
        assert_eq!(clients_of_user.producer("p", Delivery::Idempotent).unwrap()["batch.size"], "16384");
        assert_eq!(producer.get("enable.idempotence"), None, "the client's default is idempotent");
        assert_eq!(clients.producer("p", Delivery::Compatible).unwrap()["enable.idempotence"], "false");
        let consumer = clients.consumer(&TaskId { connector: "c".into(), task: 3 }).unwrap();
        assert_eq!((consumer["group.id"].as_str(), consumer["group.instance.id"].as_str()), ("g", "c-3"));
        assert_eq!(consumer["auto.offset.reset"], "earliest");
        let chosen = props(&[("consumer.override.group.instance.id", "here")]);
        let clients_of_place = Clients { connector: &chosen, ..clients };
        for (task, instance) in [(0, "here"), (1, "here-1"), (2, "here-2")] {
            let consumer = clients_of_place.consumer(&TaskId { connector: "c".into(), task }).unwrap();
            assert_eq!(consumer["group.instance.id"], instance, "tasks do not fence each other");
        }
        let admin = clients.admin("a").unwrap();
        assert_eq!((admin["request.timeout.ms"].as_str(), admin["retries"].as_str()), ("7", "3"));
        assert_eq!((admin.get("linger.ms"), admin.get("config.providers")), (None, None));
    }
}
