//! What a user asks of the herder, and the answers.

use kconnect_api::TaskId;
use kconnect_connect::herder::{
    ConnectorOffset, Health, Herder, HerderError, RestartRequest, State, TargetState,
};
use serde_json::json;

use crate::rig::{Rig, config, set};

const ODD: &[(&str, &str)] =
    &[("connector.class", "test.OddSinkConnector"), ("topics", "t"), ("script", "control")];
const COUNTING: &[(&str, &str)] = &[("connector.class", "CountingSource"), ("topic", "n"), ("last", "50")];

fn text<T: std::fmt::Debug>(result: Result<T, HerderError>) -> String {
    match result {
        Err(HerderError::Failed(exception)) => format!("500 {}", exception.message().unwrap_or_default()),
        Err(HerderError::NotFound(text)) => format!("404 {text}"),
        Err(HerderError::AlreadyExists(text)) => format!("409 {text}"),
        Err(HerderError::BadRequest(text)) => format!("400 {text}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_those_of_upstream() {
    let rig = Rig::start().await;
    let herder = &rig.herder;
    assert_eq!(herder.health().await.unwrap(), Health::Healthy);
    assert_eq!(herder.cluster_id(), Some(rig.broker.cluster_id()));
    let create = |name: &str, pairs: &[(&str, &str)]| {
        herder.put_connector_config(name.to_owned(), config(name, pairs), None, false)
    };
    let put = create("odd", ODD).await.unwrap();
    assert!(put.created);
    assert_eq!(put.info.tasks, [TaskId { connector: "odd".into(), task: 0 }]);
    assert_eq!(text(create("odd", ODD).await), "409 Connector odd already exists");
    let bad = create("bad", &[("connector.class", "OddSink"), ("script", "x"), ("tasks.max", "abc")]).await;
    let expect = "400 Connector configuration is invalid and contains the following 4 error(s):\n\
        Invalid value abc for configuration tasks.max: Not a number of type INT\n\
        Invalid value null for configuration tasks.max: Value must be non-null\n\
        Must configure one of topics or topics.regex\n\
        Must configure one of topics or topics.regex\n\
        You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`";
    assert_eq!(text(bad), expect);
    let unknown = text(create("x", &[("connector.class", "io.x.Y")]).await);
    assert!(unknown.starts_with("400 Failed to find any class that implements Connector and which name matches io.x.Y, available connectors are: PluginDesc{klass=class "), "{unknown}");
    assert_eq!(
        text(create("x", &[("topics", "t")]).await),
        "400 Connector config {name=x, topics=t} contains no connector type"
    );
    assert_eq!(text(herder.connector_info("no").await), "404 Connector no not found");
    assert_eq!(text(herder.connector_status("no")), "404 No status found for connector no");
    assert_eq!(text(herder.restart_connector("no").await), "404 Unknown connector: no");
    assert_eq!(
        text(herder.restart_task(&TaskId { connector: "odd".into(), task: 7 }).await),
        "404 Task odd-7 not found"
    );
    assert_eq!(text(herder.set_target_state("no", TargetState::Paused).await), "404 Unknown connector no");
    assert_eq!(text(herder.delete_connector("no").await), "404 Connector no not found");
    assert_eq!(
        text(herder.put_task_configs("odd".into(), vec![]).await),
        "500 Kafka Connect in standalone mode does not support externally setting task configurations."
    );
    assert_eq!(text(herder.plugin_config("Nope", None)), "404 Unknown plugin Nope.");
    let keys = herder.plugin_config("OddSink", None).unwrap();
    assert_eq!((keys[0].name.as_str(), keys[3].name.as_str()), ("script", "name"));
    herder.delete_connector("odd").await.unwrap();
    assert_eq!(herder.connectors(), Vec::<String>::new());
    assert_eq!(text(herder.connector_status("odd")), "404 No status found for connector odd");
    herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_task_is_restarted_by_plan_and_a_stopped_connector_stays_stopped() {
    let rig = Rig::start().await;
    let mut pairs = ODD.to_vec();
    pairs.push(("mode", "panic at start"));
    rig.put("odd", &pairs).await.unwrap();
    let trace = rig.until_task("odd", State::Failed).await;
    assert!(trace.contains("this sink panics on demand"), "{trace}");
    let request = RestartRequest { only_failed: true, include_tasks: true };
    let plan = rig.herder.restart_connector_and_tasks("odd", request).await.unwrap();
    assert_eq!((plan.connector.state, plan.tasks[0].1.state), (State::Running, State::Restarting));
    rig.until_task("odd", State::Failed).await;
    rig.put("odd", ODD).await.unwrap();
    rig.until_task("odd", State::Running).await;
    set(&rig, "odd", TargetState::Stopped).await;
    rig.herder.restart_connector("odd").await.unwrap();
    assert_eq!((rig.status("odd").connector.state, rig.status("odd").tasks.len()), (State::Stopped, 0));
    set(&rig, "odd", TargetState::Started).await;
    rig.until_task("odd", State::Running).await;
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn source_offsets_are_shown_altered_and_reset_while_stopped() {
    let rig = Rig::start().await;
    rig.put("n", COUNTING).await.unwrap();
    rig.until_records("n", 50).await;
    let refused = text(rig.herder.reset_connector_offsets("n").await);
    assert!(
        refused
            .starts_with("400 Connectors must be in the STOPPED state before their offsets can be modified."),
        "{refused}"
    );
    set(&rig, "n", TargetState::Stopped).await;
    let object = |value: serde_json::Value| value.as_object().cloned();
    let entry = |next: i64| ConnectorOffset {
        partition: object(json!({"counter": "one"})),
        offset: object(json!({"next": next})),
    };
    assert_eq!(rig.herder.connector_offsets("n").await.unwrap(), [entry(50)], "a stop stores what is done");
    let message = rig.herder.alter_connector_offsets("n".into(), vec![entry(40)]).await.unwrap();
    assert!(message.starts_with(
        "The Connect framework-managed offsets for this connector have been altered successfully."
    ));
    set(&rig, "n", TargetState::Started).await;
    rig.until_records("n", 60).await;
    set(&rig, "n", TargetState::Stopped).await;
    rig.herder.reset_connector_offsets("n").await.unwrap();
    assert_eq!(rig.herder.connector_offsets("n").await.unwrap(), []);
    rig.herder.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connectors_override_what_the_allowlist_of_the_worker_names_and_nothing_else() {
    let policy = [
        ("connector.client.config.override.policy", "Allowlist"),
        ("connector.client.config.override.allowlist", "linger.ms, max.request.size"),
    ];
    let rig = Rig::with(&policy).await;
    let from = rig.path("in");
    std::fs::write(&from, "a line that is longer than the limit\n").unwrap();
    let source = |more: &[(&str, &str)]| {
        let file = from.to_str().unwrap();
        let base = [("connector.class", "FileStreamSource"), ("file", file), ("topic", "t")];
        base.iter()
            .chain(more)
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect::<Vec<_>>()
    };
    let put = async |more: &[(&str, &str)]| {
        let pairs = source(more);
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        rig.put("s", &pairs).await
    };
    let refused = put(&[("producer.override.acks", "1"), ("producer.override.linger.ms", "1")]).await;
    let Err(HerderError::BadRequest(text)) = refused else { panic!("{refused:?}") };
    let told = "contains the following 1 error(s):\nThe 'Allowlist' policy does not allow 'acks' to be overridden in the connector configuration.\n";
    assert!(text.contains(told), "{text}");
    put(&[("producer.override.max.request.size", "100")]).await.unwrap();
    let trace = rig.until_task("s", State::Failed).await;
    assert!(trace.contains("max.request.size"), "what is allowed reaches the producer: {trace}");
    rig.herder.stop().await;
}
