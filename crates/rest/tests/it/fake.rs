//! A herder in memory, for tests of routes and JSON: connectors "run" at once, with one task, and do nothing.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use kconnect_api::{ConfigKey, Exception, PluginInfo, PluginKind, Props, TaskId};
use kconnect_connect::herder::{
    Asked, ConfigInfos, ConnectorInfo, ConnectorOffset, ConnectorStateInfo, ConnectorType, Health, Herder,
    HerderError, LoggerLevel, Loggers, PreviewRequest, Previewed, Put, RawConfig, RestartRequest, Stage,
    State, Status, TargetState, TaskInfo,
};
use kconnect_connect::preview::Refusal;
use tokio::sync::Notify;

#[derive(Clone)]
struct One {
    config: Props,
    target: TargetState,
    offsets: Vec<ConnectorOffset>,
}

#[derive(Default)]
pub(crate) struct Fake {
    all: Mutex<BTreeMap<String, One>>,
    /// Lets requests for the connector `block` go on.
    pub(crate) gate: Notify,
    /// What `/health` says.
    pub(crate) sick: Mutex<Option<Health>>,
}

type Done<T> = Result<T, HerderError>;

fn missing<T>(name: &str) -> Done<T> {
    Err(HerderError::NotFound(format!("Connector {name} not found")))
}

impl Fake {
    fn one(&self, name: &str) -> Option<One> {
        self.all.lock().unwrap().get(name).cloned()
    }

    fn found(&self, name: &str) -> Done<One> {
        self.one(name).map_or_else(|| missing(name), Ok)
    }

    fn info(name: &str, one: &One) -> ConnectorInfo {
        let tasks = if one.target == TargetState::Stopped { 0 } else { 1 };
        ConnectorInfo {
            name: name.to_owned(),
            config: one.config.clone(),
            tasks: (0..tasks).map(|task| TaskId { connector: name.to_owned(), task }).collect(),
            kind: ConnectorType::Source,
        }
    }

    fn put(&self, name: String, config: RawConfig, state: Option<TargetState>, replace: bool) -> Done<Put> {
        let Some(class) = config.get("connector.class").cloned().flatten() else {
            return Err(HerderError::BadRequest("Connector config {} contains no connector type".into()));
        };
        if class != "FileStreamSource" {
            let wrap = if replace { "org.apache.kafka.connect.errors.ConnectException: " } else { "" };
            return Err(HerderError::BadRequest(format!(
                "{wrap}Failed to find any class that implements Connector and which name matches {class}, available \
                 connectors are: none"
            )));
        }
        let no_topic = config.get("topic").cloned().flatten().is_none_or(|topic| topic.is_empty());
        if name.is_empty() || no_topic || config.get("tasks.max") == Some(&Some("0".to_owned())) {
            return Err(HerderError::BadRequest("Connector configuration is invalid and contains…".into()));
        }
        let mut all = self.all.lock().unwrap();
        if all.contains_key(&name) && !replace {
            return Err(HerderError::AlreadyExists(format!("Connector {name} already exists")));
        }
        let config = config.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let created = !all.contains_key(&name);
        let target = state.unwrap_or(TargetState::Started);
        let one =
            all.entry(name.clone()).or_insert(One { config: Props::new(), target, offsets: Vec::new() });
        one.config = config;
        Ok(Put { created, info: Self::info(&name, one) })
    }

    fn status(state: State) -> Status {
        Status { state, worker_id: "127.0.0.1:8083".into(), version: Some("4.3.1".into()), trace: None }
    }

    fn state(one: &One) -> State {
        match one.target {
            TargetState::Started => State::Running,
            TargetState::Paused => State::Paused,
            TargetState::Stopped => State::Stopped,
        }
    }

    fn state_info(&self, name: &str, tasks: State) -> Done<ConnectorStateInfo> {
        let Some(one) = self.one(name) else {
            return Err(HerderError::NotFound(format!("No status found for connector {name}")));
        };
        let state = if tasks == State::Restarting { tasks } else { Self::state(&one) };
        let count = if one.target == TargetState::Stopped { 0 } else { 1 };
        Ok(ConnectorStateInfo {
            name: name.to_owned(),
            connector: Self::status(state),
            tasks: (0..count).map(|task| (task, Self::status(state))).collect(),
            kind: ConnectorType::Source,
        })
    }

    fn stopped(&self, name: &str) -> Done<()> {
        match self.found(name)?.target {
            TargetState::Stopped => Ok(()),
            _ => Err(HerderError::BadRequest(format!(
                "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the \
                 specified connector by issuing a 'PUT' request to the '/connectors/{name}/stop' endpoint"
            ))),
        }
    }

    fn has_task(&self, id: &TaskId) -> bool {
        id.task == 0 && self.one(&id.connector).is_some()
    }
}

fn now<'a, T: Send + 'a>(done: Done<T>) -> Asked<'a, T> {
    Box::pin(async move { done })
}

impl Herder for Fake {
    fn cluster_id(&self) -> Option<String> {
        Some("the-cluster".into())
    }
    fn health(&self) -> kconnect_api::BoxFuture<'_, Result<Health, HerderError>> {
        let health = self.sick.lock().unwrap().clone().unwrap_or(Health::Healthy);
        Box::pin(async move { Ok(health) })
    }
    fn connectors(&self) -> Vec<String> {
        self.all.lock().unwrap().keys().cloned().collect()
    }
    fn connector_info<'a>(&'a self, name: &'a str) -> Asked<'a, ConnectorInfo> {
        Box::pin(async move {
            match name {
                "block" => self.gate.notified().await,
                "panic" => panic!("asked to"),
                _ => {}
            }
            Ok(Self::info(name, &self.found(name)?))
        })
    }
    fn connector_config<'a>(&'a self, name: &'a str) -> Asked<'a, Props> {
        now(self.found(name).map(|one| one.config))
    }
    fn put_connector_config(
        &self,
        name: String,
        config: RawConfig,
        initial_state: Option<TargetState>,
        allow_replace: bool,
    ) -> Asked<'_, Put> {
        now(self.put(name, config, initial_state, allow_replace))
    }
    fn patch_connector_config(&self, name: String, patch: RawConfig) -> Asked<'_, Put> {
        now(self.found(&name).and_then(|one| {
            let mut config: RawConfig =
                one.config.into_iter().map(|(key, value)| (key, Some(value))).collect();
            config.extend(patch);
            self.put(name, config, None, true)
        }))
    }
    fn delete_connector<'a>(&'a self, name: &'a str) -> Asked<'a, ()> {
        now(match self.all.lock().unwrap().remove(name) {
            Some(_) => Ok(()),
            None => missing(name),
        })
    }
    fn connector_status(&self, name: &str) -> Done<ConnectorStateInfo> {
        self.state_info(name, State::Running)
    }
    fn task_status(&self, id: &TaskId) -> Done<Status> {
        match self.has_task(id) {
            true => Ok(Self::status(State::Running)),
            false => Err(HerderError::NotFound(format!("No status found for task {id}"))),
        }
    }
    fn task_configs<'a>(&'a self, name: &'a str) -> Asked<'a, Vec<TaskInfo>> {
        now(self.found(name).map(|one| {
            let mut config = one.config;
            config.insert("task.class".into(), "org.apache.kafka.connect.file.FileStreamSourceTask".into());
            vec![TaskInfo { id: TaskId { connector: name.to_owned(), task: 0 }, config }]
        }))
    }
    fn restart_connector<'a>(&'a self, name: &'a str) -> Asked<'a, ()> {
        now(self.found(name).map(|_| ()))
    }
    fn restart_connector_and_tasks<'a>(
        &'a self,
        name: &'a str,
        request: RestartRequest,
    ) -> Asked<'a, ConnectorStateInfo> {
        let state = if request.only_failed { State::Running } else { State::Restarting };
        now(match self.one(name) {
            Some(_) => self.state_info(name, state),
            None => Err(HerderError::NotFound(format!("Unknown connector: {name}"))),
        })
    }
    fn restart_task<'a>(&'a self, id: &'a TaskId) -> Asked<'a, ()> {
        now(match self.has_task(id) {
            true => Ok(()),
            false => Err(HerderError::NotFound(format!("Task {id} not found"))),
        })
    }
    fn set_target_state<'a>(&'a self, name: &'a str, state: TargetState) -> Asked<'a, ()> {
        now(match (self.all.lock().unwrap().get_mut(name), state) {
            (Some(one), state) => {
                one.target = state;
                Ok(())
            }
            (None, TargetState::Stopped) => {
                Err(HerderError::Failed(Exception::connect(format!("No connector `{name}` configured"))))
            }
            (None, _) => Err(HerderError::NotFound(format!("Unknown connector {name}"))),
        })
    }
    fn active_topics(&self, _name: &str) -> Done<Vec<String>> {
        Ok(Vec::new())
    }
    fn reset_active_topics(&self, _name: &str) -> Done<()> {
        Ok(())
    }
    fn connector_offsets<'a>(&'a self, name: &'a str) -> Asked<'a, Vec<ConnectorOffset>> {
        now(self.found(name).map(|one| one.offsets))
    }
    fn alter_connector_offsets(&self, name: String, offsets: Vec<ConnectorOffset>) -> Asked<'_, String> {
        now(self.stopped(&name).map(|()| {
            self.all.lock().unwrap().get_mut(&name).unwrap().offsets = offsets;
            "The offsets for this connector have been altered successfully".to_owned()
        }))
    }
    fn reset_connector_offsets<'a>(&'a self, name: &'a str) -> Asked<'a, String> {
        now(self
            .stopped(name)
            .map(|()| "The offsets for this connector have been reset successfully".to_owned()))
    }
    fn plugins(&self, connectors_only: bool) -> Vec<PluginInfo> {
        let plugin = |class, kind, version| PluginInfo { class, kind, version };
        let mut all = vec![plugin("a.Sink".into(), PluginKind::Sink, "1".into())];
        if !connectors_only {
            all.push(plugin("a.T".into(), PluginKind::Transformation, "undefined".into()));
        }
        all
    }
    fn plugin_config(&self, class: &str, _version: Option<&str>) -> Done<Vec<ConfigKey>> {
        match class {
            "a.Sink" => Ok(vec![ConfigKey::new("file", kconnect_api::ConfigType::String)]),
            _ => Err(HerderError::NotFound(format!("Unknown plugin {class}."))),
        }
    }
    fn validate_connector_config(&self, config: RawConfig) -> Asked<'_, ConfigInfos> {
        let infos =
            ConfigInfos { name: "n".into(), error_count: 0, groups: vec!["g".into()], configs: vec![] };
        now(Self::default().put("validated".into(), config, None, true).map(|_| infos))
    }
    fn preview(&self, request: PreviewRequest) -> Asked<'_, Previewed> {
        Box::pin(async move {
            let shown = |record: &String| format!("{{\"record\":{record},\"steps\":{}}}", request.steps);
            match request.config.get("transforms") {
                Some(bad) => Ok(Err(vec![Refusal::new("transforms", bad)])),
                None => Ok(Ok(request.records.iter().map(shown).collect())),
            }
        })
    }

    fn put_task_configs(&self, _name: String, _configs: Vec<Props>) -> Asked<'_, ()> {
        now(Err(HerderError::Failed(Exception::connect(
            "Kafka Connect in standalone mode does not support externally setting task configurations.",
        ))))
    }
    fn fence_zombies<'a>(&'a self, _name: &'a str) -> Asked<'a, ()> {
        now(Err(HerderError::Failed(Exception::connect(
            "Kafka Connect in standalone mode does not support exactly-once source connectors.",
        ))))
    }
    fn set_cluster_log_level<'a>(&'a self, _logger: &'a str, _level: &'a str) -> Asked<'a, ()> {
        now(Ok(()))
    }
}

pub(crate) fn stage() -> Stage {
    let started = UNIX_EPOCH + Duration::from_millis(1_729_827_181_123);
    Stage { description: "starting the connector".into(), started, completed: None }
}

/// Levels in memory.
#[derive(Default)]
pub(crate) struct Levels(Mutex<BTreeMap<String, String>>);

impl Loggers for Levels {
    fn all(&self) -> Vec<(String, LoggerLevel)> {
        vec![("root".to_owned(), LoggerLevel { level: "WARN".into(), last_modified: None })]
    }
    fn level(&self, logger: &str) -> Option<LoggerLevel> {
        (logger == "root").then(|| LoggerLevel { level: "WARN".into(), last_modified: None })
    }
    fn set(&self, logger: &str, level: &str) -> Result<Vec<String>, String> {
        let before = self.0.lock().unwrap().insert(logger.to_owned(), level.to_owned());
        Ok(if before.as_deref() == Some(level) { vec![] } else { vec![logger.to_owned()] })
    }
}
