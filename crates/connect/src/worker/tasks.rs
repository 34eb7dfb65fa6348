//! The running tasks of a worker: started, paused, stopped together within one deadline.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use kconnect_api::{Exception, Props, TaskId};
use tokio::sync::watch;
use tokio::time::{timeout, timeout_at};
use tracing::Instrument;

use super::connector::guarded;
use super::member::Return;
use super::starter::TaskStarter;
use super::{RunningTask, TARGET, Wanted, Worker, lock};
use crate::config::secrets::Redactor;
use crate::config::validation::kind_of;
use crate::herder::{State, TargetState};
use crate::status::{Reporter, Subject};

/// How long dropping tasks may take that did not stop in time.
const DROP: Duration = Duration::from_millis(500);

impl Worker {
    /// Starts a task. An error is one of building it, which the status shows as well; what happens later only the status
    /// shows.
    pub async fn start_task(
        &self,
        id: &TaskId,
        connector: &Props,
        task: Props,
        stored_tasks: usize,
        target: TargetState,
    ) -> Result<(), Exception> {
        let ready = async {
            let connector = self.ready(&id.connector, connector).await?;
            let task = self.ready(&id.connector, &task).await?;
            Ok::<_, Exception>((connector, task))
        };
        let ready = ready.await;
        let mut tasks = lock(&self.0.tasks);
        self.refuse_while_closing()?;
        if let Some(running) = tasks.get(id) {
            if !running.join.is_finished() {
                return Err(Exception::connect(format!("Task already exists in this worker: {id}")));
            }
            tasks.remove(id);
        }
        let mut reporter =
            self.task_reporter(id, ready.as_ref().map_or(connector, |(ready, _)| &ready.props));
        let spawned = ready.and_then(|(connector, task)| {
            let task_too = task.redactor.values();
            let redactor = Arc::new(connector.redactor.and(task_too));
            reporter = reporter.clone().hiding(&redactor);
            self.spawn_task(id, &connector.props, (task.props, redactor), stored_tasks, target, &reporter)
        });
        match spawned {
            Ok(running) => {
                tasks.insert(id.clone(), running);
                Ok(())
            }
            Err(error) => {
                tracing::error!(target: TARGET, task = %id, error = %error.trace(), "the task could not be built");
                reporter.failed(&error);
                Err(error)
            }
        }
    }

    fn task_reporter(&self, id: &TaskId, connector: &Props) -> Reporter {
        let version = self.plugin(connector).ok().map(|plugin| plugin.info().version);
        let subject = Subject::Task(id.clone());
        Reporter::new(&self.0.status, subject, &self.0.worker_id, version.as_deref())
    }

    fn spawn_task(
        &self,
        id: &TaskId,
        connector: &Props,
        (task, redactor): (Arc<Props>, Arc<Redactor>),
        stored_tasks: usize,
        target: TargetState,
        reporter: &Reporter,
    ) -> Result<RunningTask, Exception> {
        let plugin = self.plugin(connector)?;
        let config = self.parse(connector, plugin.as_ref())?;
        if config.tasks_max_enforced && stored_tasks > config.tasks_max as usize {
            return Err(config.too_many_tasks(stored_tasks));
        }
        let first = match target {
            TargetState::Started => Wanted::Run,
            TargetState::Paused => Wanted::Pause,
            TargetState::Stopped => Wanted::Stop,
        };
        let (wanted, watching) = watch::channel(first);
        let (is_blocking, comes_back) = (plugin.is_blocking(), Return::default());
        let starter = TaskStarter {
            worker: self.clone(),
            id: id.clone(),
            kind: kind_of(plugin.as_ref()),
            plugin,
            config,
            task,
            redactor,
            reporter: reporter.clone(),
            wanted: watching,
            comes_back: comes_back.clone(),
        };
        guarded(|| starter.check())?;
        let span = tracing::info_span!("task", context = %format!("[{}|task-{}]", id.connector, id.task));
        let join = self.spawn(&id.to_string(), is_blocking, starter.run().instrument(span))?;
        Ok(RunningTask { wanted, comes_back, reporter: reporter.clone(), join })
    }

    /// Pauses or resumes the running tasks of a connector.
    pub fn set_task_state(&self, connector: &str, target: TargetState) {
        let wanted = match target {
            TargetState::Started => Wanted::Run,
            TargetState::Paused => Wanted::Pause,
            TargetState::Stopped => Wanted::Stop,
        };
        for (_, running) in lock(&self.0.tasks).iter().filter(|(id, _)| id.connector == connector) {
            running.wanted.send_if_modified(|now| {
                let changes = *now != Wanted::Stop && *now != wanted;
                if changes {
                    *now = wanted;
                }
                changes
            });
        }
    }

    /// Stops tasks together, within the graceful timeout; late ones are dropped, counted and named. Those that `come_back`
    /// says start again soon keep their places in their groups.
    pub async fn stop_tasks(&self, ids: &[TaskId], come_back: impl Fn(&TaskId) -> bool) {
        let deadline = Instant::now() + self.0.config.task_shutdown_timeout;
        let stopping: Vec<(TaskId, RunningTask)> = {
            let mut tasks = lock(&self.0.tasks);
            ids.iter().filter_map(|id| tasks.remove_entry(id)).collect()
        };
        for (id, running) in &stopping {
            if come_back(id) {
                running.comes_back.expect();
            }
            running.wanted.send_replace(Wanted::Stop);
        }
        let mut late = Vec::new();
        for (id, mut running) in stopping {
            if timeout_at(deadline.into(), &mut running.join).await.is_err() {
                running.reporter.report(State::Unassigned);
                running.reporter.mute();
                running.join.abort();
                let abandoned = self.0.abandoned.fetch_add(1, Ordering::Relaxed) + 1;
                tracing::warn!(
                    target: TARGET, task = %id, abandoned,
                    "Graceful stop of task {id} failed: it was dropped; records without an acknowledgement may be written again"
                );
                late.push(running.join);
            }
        }
        // What is dropped says good-bye; what blocks its thread cannot be dropped and is not waited for.
        let _ = timeout(DROP, join_all(late)).await;
    }

    /// Tasks that run or have failed here, of one connector.
    #[must_use]
    pub fn tasks_of(&self, connector: &str) -> Vec<TaskId> {
        lock(&self.0.tasks).keys().filter(|id| id.connector == connector).cloned().collect()
    }
}
