//! Restarts: of a connector, of a task, of what has failed (KIP-745), and of what a config provider wants to be restarted.

use kconnect_api::{Exception, TaskId};

use super::{StandaloneHerder, TARGET};
use crate::herder::{ConnectorStateInfo, HerderError, RestartRequest, State, Status};

impl StandaloneHerder {
    pub(super) async fn restart_one_connector(&self, name: &str) -> Result<(), HerderError> {
        let (_changing, _stage) = self.change(format!("restarting connector {name}")).await;
        let unknown = || HerderError::NotFound(format!("Unknown connector: {name}"));
        self.entry(name).ok_or_else(unknown)?;
        self.worker.stop_connectors(&[name.to_owned()]).await;
        let failed = |error: Exception| {
            self.failed(Exception::connect(format!("Failed to start connector: {name}")).caused_by(error))
        };
        self.start_connector(name).await.map_err(failed)?;
        self.update_tasks(name).await.map_err(|error| self.failed(error))
    }

    pub(super) async fn restart_by_plan(
        &self,
        name: &str,
        request: RestartRequest,
    ) -> Result<ConnectorStateInfo, HerderError> {
        let (_changing, _stage) = self.change(format!("restarting connector {name}")).await;
        let entry =
            self.entry(name).ok_or_else(|| HerderError::NotFound(format!("Unknown connector: {name}")))?;
        let mut plan = self
            .state_info(name)
            .map_err(|_| HerderError::NotFound(format!("Status for connector {name} not found")))?;
        let chosen = |status: &Status| !request.only_failed || status.state == State::Failed;
        let connector = chosen(&plan.connector);
        if connector {
            plan.connector.state = State::Restarting;
        }
        let mut tasks = Vec::new();
        for (number, status) in
            plan.tasks.iter_mut().filter(|(_, status)| request.include_tasks && chosen(status))
        {
            status.state = State::Restarting;
            tasks.push(TaskId { connector: name.to_owned(), task: *number });
        }
        if connector {
            self.worker.stop_connectors(&[name.to_owned()]).await;
        }
        self.worker.stop_tasks(&tasks, |_| true).await;
        if connector && let Err(error) = self.start_connector(name).await {
            tracing::error!(target: TARGET, connector = name, error = %error.trace(), "the connector failed again");
        }
        for id in &tasks {
            let _ = self.start_task(id, &entry).await;
        }
        if connector && let Err(error) = self.update_tasks(name).await {
            tracing::error!(target: TARGET, connector = name, error = %error.trace(), "new task configurations were not made");
        }
        Ok(plan)
    }

    pub(super) async fn restart_one_task(&self, id: &TaskId) -> Result<(), HerderError> {
        let (_changing, _stage) = self.change(format!("restarting task {id}")).await;
        let entry = self.known(&id.connector)?;
        if id.task as usize >= entry.tasks.len() {
            return Err(HerderError::NotFound(format!("Task {id} not found")));
        }
        self.worker.stop_tasks(std::slice::from_ref(id), |_| true).await;
        self.start_task(id, &entry).await.map_err(|error| {
            self.failed(Exception::connect(format!("Failed to start task: {id}")).caused_by(error))
        })
    }

    /// A value that a config provider gave the connector is no longer good.
    pub(super) async fn reload(&self, name: &str) {
        match self.restart_one_connector(name).await {
            Ok(()) | Err(HerderError::NotFound(_)) => {}
            Err(error) => {
                tracing::error!(target: TARGET, connector = name, ?error, "Unexpected error during connector restart");
            }
        }
    }
}
