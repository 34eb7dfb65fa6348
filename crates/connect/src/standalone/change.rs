//! What changes a connector: a new configuration, another target state, deletion, new task configurations. Each holds the
//! lock of [`StandaloneHerder::change`] from its first look at the connector on.

use kconnect_api::{Exception, Props, TaskId};

use super::{Applied, Entry, StandaloneHerder, TARGET, task_ids};
use crate::config::typos;
use crate::config::validation::refusal;
use crate::herder::{HerderError, Put, RawConfig, State, TargetState};

impl StandaloneHerder {
    pub(super) async fn put(
        &self,
        name: String,
        config: RawConfig,
        initial: Option<TargetState>,
        replace: bool,
    ) -> Result<Put, HerderError> {
        let infos = self.validate(config.clone()).await?;
        for hint in typos::of_connector(&config, &infos) {
            tracing::warn!(target: TARGET, connector = %name, "{hint}");
        }
        if let Some(text) = refusal(&infos) {
            return Err(HerderError::BadRequest(text));
        }
        let config: Props = config.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
        let (_changing, _stage) = self.change(format!("creating or updating connector {name}")).await;
        let before = self.entry(&name);
        if before.is_some() && !replace {
            return Err(HerderError::AlreadyExists(format!("Connector {name} already exists")));
        }
        let kind = self.kind(&config).await.map_err(|error| self.failed(error))?;
        let created = before.is_none();
        let entry = match before {
            Some(before) => Entry { config, kind, ..before },
            None => {
                let target = initial.unwrap_or(TargetState::Started);
                Entry { config, kind, target, tasks: Vec::new(), applied: None }
            }
        };
        self.worker.stop_connectors(std::slice::from_ref(&name)).await;
        self.entries().insert(name.clone(), entry);
        self.start_connector(&name).await.map_err(|error| self.failed(error))?;
        self.update_tasks(&name).await.map_err(|error| self.failed(error))?;
        let info = self.info(&name)?;
        Ok(Put { created, info })
    }

    pub(super) async fn delete(&self, name: &str) -> Result<(), HerderError> {
        let (_changing, _stage) = self.change(format!("deleting connector {name}")).await;
        self.known(name)?;
        self.remove_tasks(name, 0).await;
        self.worker.stop_connectors(&[name.to_owned()]).await;
        self.entries().remove(name);
        self.worker.status().remove_connector(name);
        Ok(())
    }

    pub(super) async fn change_target(&self, name: &str, target: TargetState) -> Result<(), HerderError> {
        let (_changing, _stage) =
            self.change(format!("bringing connector {name} to state {}", target.name())).await;
        match self.entries().get_mut(name) {
            Some(entry) => entry.target = target,
            None => return Err(HerderError::NotFound(format!("Unknown connector {name}"))),
        }
        if target == TargetState::Stopped {
            self.remove_tasks(name, 0).await;
        }
        self.worker.set_task_state(name, target);
        let reached = match self.worker.set_connector_state(name, target).await {
            // Stopped and started again, or never started: a fresh instance is what a user expects of "resume".
            Err(_) if target == TargetState::Started && self.has_no_instance(name) => {
                self.start_connector(name).await
            }
            reached => reached,
        };
        match reached {
            // Pause and resume answer that the wish is recorded; how it went is the status.
            Err(error) => {
                tracing::warn!(target: TARGET, connector = name, error = %error, "the connector did not reach the state");
                Ok(())
            }
            Ok(_) => self.update_tasks(name).await.map_err(|error| self.failed(error)),
        }
    }

    /// A connector asked for new task configurations.
    pub(super) async fn reconfigure(&self, name: &str) {
        let (_changing, _stage) = self.change(format!("reconfiguring tasks of connector {name}")).await;
        if let Err(error) = self.update_tasks(name).await {
            tracing::error!(target: TARGET, connector = name, error = %error.trace(), "new task configurations were not made");
        }
    }

    pub(super) async fn start_connector(&self, name: &str) -> Result<State, Exception> {
        let Some(entry) = self.entry(name) else {
            return Err(Exception::connect(format!("Connector {name} not found")));
        };
        self.worker.start_connector(name, &entry.config, entry.target).await
    }

    /// Makes task configurations anew and restarts the tasks if something changed (runtime.md §7).
    pub(super) async fn update_tasks(&self, name: &str) -> Result<(), Exception> {
        let Some(entry) = self.entry(name).filter(|entry| entry.target == TargetState::Started) else {
            return Ok(());
        };
        let tasks = self.worker.connector_task_configs(name, &entry.config).await?;
        let applied = self.worker.running_config(name).map(Applied);
        if tasks == entry.tasks && entry.applied == applied {
            return Ok(());
        }
        self.remove_tasks(name, tasks.len()).await;
        if let Some(stored) = self.entries().get_mut(name) {
            stored.tasks = tasks;
            stored.applied = applied;
        }
        self.start_tasks(name).await;
        Ok(())
    }

    /// Starts all tasks; one that cannot be built is FAILED and does not hold up the others.
    pub(super) async fn start_tasks(&self, name: &str) {
        let Some(entry) = self.entry(name) else { return };
        for id in task_ids(name, &entry) {
            let _ = self.start_task(&id, &entry).await;
        }
    }

    pub(super) async fn start_task(&self, id: &TaskId, entry: &Entry) -> Result<(), Exception> {
        let config = entry.tasks.get(id.task as usize).cloned().unwrap_or_default();
        self.worker.start_task(id, &entry.config, config, entry.tasks.len(), entry.target).await
    }

    /// Stops and forgets the tasks of a connector; those of the first `kept` numbers start again soon.
    pub(super) async fn remove_tasks(&self, name: &str, kept: usize) {
        let ids = self.worker.tasks_of(name);
        self.worker.stop_tasks(&ids, |id| (id.task as usize) < kept).await;
        let stored = self.entry(name).map(|entry| task_ids(name, &entry)).unwrap_or_default();
        for id in ids.iter().chain(&stored) {
            self.worker.status().remove_task(id);
        }
        if let Some(entry) = self.entries().get_mut(name) {
            entry.tasks.clear();
            entry.applied = None;
        }
    }

    pub(super) fn has_no_instance(&self, name: &str) -> bool {
        !self.worker.runs_connector(name)
    }
}
