//! What REST may ask of a standalone worker, and where it is answered. Reads are answered here, from what is in memory.

use std::sync::atomic::Ordering;
use std::time::Duration;

use kconnect_api::{BoxFuture, ConfigKey, Exception, PluginInfo, Props, TaskId};

use super::{StandaloneHerder, lock, task_ids};
use crate::herder::{
    Asked, ConfigInfos, ConnectorInfo, ConnectorOffset, ConnectorStateInfo, ConnectorType, Health, Herder,
    HerderError, PreviewRequest, Previewed, Put, RawConfig, RestartRequest, Status, TargetState, TaskInfo,
};

impl StandaloneHerder {
    pub(super) fn info(&self, name: &str) -> Result<ConnectorInfo, HerderError> {
        let entry = self.known(name)?;
        let tasks = task_ids(name, &entry);
        Ok(ConnectorInfo { name: name.to_owned(), config: entry.config, tasks, kind: entry.kind })
    }

    pub(super) fn state_info(&self, name: &str) -> Result<ConnectorStateInfo, HerderError> {
        let status = self.worker.status();
        let missing = || HerderError::NotFound(format!("No status found for connector {name}"));
        let connector = status.connector(name).ok_or_else(missing)?;
        let kind = self.entry(name).map_or(ConnectorType::Unknown, |entry| entry.kind);
        Ok(ConnectorStateInfo { name: name.to_owned(), connector, tasks: status.tasks(name), kind })
    }

    pub(super) async fn health_now(&self) -> Health {
        if !self.ready.load(Ordering::Acquire) {
            return Health::Starting(lock(&self.stage).clone());
        }
        match tokio::time::timeout(Duration::from_secs(10), self.changing.lock()).await {
            Ok(_) => Health::Healthy,
            Err(_) => Health::Unhealthy(lock(&self.stage).clone()),
        }
    }
}

impl Herder for StandaloneHerder {
    fn cluster_id(&self) -> Option<String> {
        lock(&self.cluster_id).clone()
    }

    fn health(&self) -> BoxFuture<'_, Result<Health, HerderError>> {
        Box::pin(async { Ok(self.health_now().await) })
    }

    fn notices(&self) -> Vec<String> {
        let blocked = |(name, since): (String, Duration)| {
            format!("A plugin call of {name} blocks its thread for {} s.", since.as_secs())
        };
        self.worker.blocked().into_iter().map(blocked).collect()
    }

    fn connectors(&self) -> Vec<String> {
        self.entries().keys().cloned().collect()
    }

    fn connector_info<'a>(&'a self, name: &'a str) -> Asked<'a, ConnectorInfo> {
        Box::pin(async { self.info(name) })
    }

    fn connector_config<'a>(&'a self, name: &'a str) -> Asked<'a, Props> {
        Box::pin(async { Ok(self.known(name)?.config) })
    }

    fn put_connector_config(
        &self,
        name: String,
        config: RawConfig,
        initial_state: Option<TargetState>,
        allow_replace: bool,
    ) -> Asked<'_, Put> {
        Box::pin(self.put(name, config, initial_state, allow_replace))
    }

    fn patch_connector_config(&self, name: String, patch: RawConfig) -> Asked<'_, Put> {
        Box::pin(async move {
            let stored = self.known(&name)?.config;
            let mut config: RawConfig = stored.into_iter().map(|(key, value)| (key, Some(value))).collect();
            for (key, value) in patch {
                match value {
                    Some(_) => config.insert(key, value),
                    None => config.remove(&key),
                };
            }
            self.put(name, config, None, true).await
        })
    }

    fn delete_connector<'a>(&'a self, name: &'a str) -> Asked<'a, ()> {
        Box::pin(self.delete(name))
    }

    fn connector_status(&self, name: &str) -> Result<ConnectorStateInfo, HerderError> {
        self.state_info(name)
    }

    fn task_status(&self, id: &TaskId) -> Result<Status, HerderError> {
        let missing = || HerderError::NotFound(format!("No status found for task {id}"));
        self.worker.status().task(id).ok_or_else(missing)
    }

    fn task_configs<'a>(&'a self, name: &'a str) -> Asked<'a, Vec<TaskInfo>> {
        Box::pin(async {
            let entry = self.known(name)?;
            let ids = task_ids(name, &entry);
            // A plugin may have put a secret into a key of its own, where no placeholder can be put back.
            let redactor = self.worker.config().secrets.redactor();
            let shown = |config: Props| {
                let hide = |(key, value): (String, String)| {
                    let own = entry.config.get(&key) != Some(&value);
                    let value = if own { redactor.text(&value).into_owned() } else { value };
                    (key, value)
                };
                config.into_iter().map(hide).collect()
            };
            let infos =
                ids.into_iter().zip(entry.tasks).map(|(id, task)| TaskInfo { id, config: shown(task) });
            Ok(infos.collect())
        })
    }

    fn restart_connector<'a>(&'a self, name: &'a str) -> Asked<'a, ()> {
        Box::pin(self.restart_one_connector(name))
    }

    fn restart_connector_and_tasks<'a>(
        &'a self,
        name: &'a str,
        request: RestartRequest,
    ) -> Asked<'a, ConnectorStateInfo> {
        Box::pin(self.restart_by_plan(name, request))
    }

    fn restart_task<'a>(&'a self, id: &'a TaskId) -> Asked<'a, ()> {
        Box::pin(self.restart_one_task(id))
    }

    fn set_target_state<'a>(&'a self, name: &'a str, state: TargetState) -> Asked<'a, ()> {
        Box::pin(self.change_target(name, state))
    }

    fn active_topics(&self, name: &str) -> Result<Vec<String>, HerderError> {
        if !self.worker.config().topic_tracking {
            return Err(HerderError::Forbidden("Topic tracking is disabled.".into()));
        }
        Ok(self.worker.status().topics(name))
    }

    fn reset_active_topics(&self, name: &str) -> Result<(), HerderError> {
        let config = self.worker.config();
        if !config.topic_tracking {
            return Err(HerderError::Forbidden("Topic tracking is disabled.".into()));
        }
        if !config.topic_tracking_reset {
            return Err(HerderError::Forbidden("Topic tracking reset is disabled.".into()));
        }
        self.worker.status().reset_topics(name);
        Ok(())
    }

    fn connector_offsets<'a>(&'a self, name: &'a str) -> Asked<'a, Vec<ConnectorOffset>> {
        Box::pin(self.list_offsets(name))
    }

    fn alter_connector_offsets(&self, name: String, offsets: Vec<ConnectorOffset>) -> Asked<'_, String> {
        Box::pin(async move { self.alter_offsets(&name, offsets).await })
    }

    fn reset_connector_offsets<'a>(&'a self, name: &'a str) -> Asked<'a, String> {
        Box::pin(self.reset_offsets(name))
    }

    fn plugins(&self, connectors_only: bool) -> Vec<PluginInfo> {
        self.worker.registry().list(connectors_only)
    }

    fn plugin_config(&self, class: &str, version: Option<&str>) -> Result<Vec<ConfigKey>, HerderError> {
        self.plugin_keys(class, version)
    }

    fn validate_connector_config(&self, config: RawConfig) -> Asked<'_, ConfigInfos> {
        Box::pin(self.validate(config))
    }

    fn preview(&self, request: PreviewRequest) -> Asked<'_, Previewed> {
        Box::pin(self.show(request))
    }

    fn put_task_configs(&self, _name: String, _configs: Vec<Props>) -> Asked<'_, ()> {
        let text =
            "Kafka Connect in standalone mode does not support externally setting task configurations.";
        Box::pin(
            async move { Err(HerderError::Failed(Exception::new(kconnect_api::classes::UNSUPPORTED, text))) },
        )
    }

    fn fence_zombies<'a>(&'a self, _name: &'a str) -> Asked<'a, ()> {
        let text = "Kafka Connect in standalone mode does not support exactly-once source connectors.";
        Box::pin(
            async move { Err(HerderError::Failed(Exception::new(kconnect_api::classes::UNSUPPORTED, text))) },
        )
    }

    fn set_cluster_log_level<'a>(&'a self, _logger: &'a str, _level: &'a str) -> Asked<'a, ()> {
        // There are no others.
        Box::pin(async { Ok(()) })
    }
}
