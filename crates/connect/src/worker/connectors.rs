//! The connector instances of a worker: started, told what to be, asked for task configurations, stopped.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use kconnect_api::{Exception, Plugin, Props};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout_at;
use tracing::Instrument;

use super::connector::{Command, ConnectorLoop, Line};
use super::resolve::Ready;
use super::{CONNECTOR_STOP, MOST_TASKS, RunningConnector, TARGET, Worker, lock};
use crate::config::connector::ConnectorConfig;
use crate::config::provider::reverse;
use crate::config::validation::kind_of;
use crate::herder::{State, TargetState};
use crate::status::{Reporter, Subject};

impl Worker {
    /// Starts a connector and brings it to `target`; answers the state reached. Its status says FAILED if the
    /// configuration cannot be resolved.
    pub async fn start_connector(
        &self,
        name: &str,
        config: &Props,
        target: TargetState,
    ) -> Result<State, Exception> {
        let ready = match self.ready(name, config).await {
            Ok(ready) => ready,
            Err(error) => {
                let subject = Subject::Connector(name.to_owned());
                Reporter::new(&self.0.status, subject, &self.0.worker_id, None).failed(&error);
                return Err(error);
            }
        };
        let commands = {
            let mut connectors = lock(&self.0.connectors);
            self.refuse_while_closing()?;
            if connectors.contains_key(name) {
                return Err(Exception::connect(format!("Connector with name {name} already exists")));
            }
            let plugin = self.plugin(&ready.props)?;
            let running = self.spawn_connector(name, &ready, plugin)?;
            let commands = running.commands.clone();
            connectors.insert(name.to_owned(), running);
            commands
        };
        transition(&commands, target).await
    }

    /// The configuration of a connector's instance, resolved.
    pub(crate) fn running_config(&self, name: &str) -> Option<Arc<Props>> {
        lock(&self.0.connectors).get(name).map(|running| Arc::clone(&running.config))
    }

    pub(super) fn plugin(&self, config: &Props) -> Result<Arc<dyn Plugin>, Exception> {
        let class = config.get("connector.class").map(|class| class.trim()).unwrap_or_default();
        self.0.registry.connector(class).cloned()
    }

    pub(super) fn spawn_connector(
        &self,
        name: &str,
        ready: &Ready,
        plugin: Arc<dyn Plugin>,
    ) -> Result<RunningConnector, Exception> {
        let (version, is_blocking) = (plugin.info().version, plugin.is_blocking());
        let subject = Subject::Connector(name.to_owned());
        let reporter = Reporter::new(&self.0.status, subject, &self.0.worker_id, Some(&version));
        let reporter = reporter.hiding(&ready.redactor);
        // Commands come one at a time from the herder; errors: the first one counts.
        let (commands, inbox) = mpsc::channel(8);
        let (errors, raised) = mpsc::channel(1);
        let line = Arc::new(Line {
            name: name.to_owned(),
            worker: Arc::downgrade(&self.0),
            store: Arc::clone(&self.0.store),
            errors,
            closed: AtomicBool::new(false),
        });
        let looped = ConnectorLoop {
            name: name.to_owned(),
            plugin,
            config: Arc::clone(&ready.props),
            line,
            reporter: reporter.clone(),
        };
        let span = tracing::info_span!("connector", context = %format!("[{name}|worker]"));
        let join = self.spawn(name, is_blocking, looped.run(inbox, raised).instrument(span))?;
        Ok(RunningConnector { config: Arc::clone(&ready.props), commands, reporter, join })
    }

    /// Whether there is an instance of the connector, started or not.
    #[must_use]
    pub fn runs_connector(&self, name: &str) -> bool {
        lock(&self.0.connectors).contains_key(name)
    }

    /// Brings a running connector to another state.
    pub async fn set_connector_state(&self, name: &str, target: TargetState) -> Result<State, Exception> {
        let commands = lock(&self.0.connectors).get(name).map(|running| running.commands.clone());
        match commands {
            Some(commands) => transition(&commands, target).await,
            None => Err(Exception::connect(format!("Connector {name} is not running on this worker"))),
        }
    }

    /// Task configurations of a started connector, with what the runtime adds (runtime.md §7). Too many of them fail the
    /// connector, if it is told to. Placeholders of `config` are in them as they are written there.
    pub async fn connector_task_configs(&self, name: &str, config: &Props) -> Result<Vec<Props>, Exception> {
        let running = lock(&self.0.connectors)
            .get(name)
            .map(|running| (Arc::clone(&running.config), running.commands.clone()));
        let Some((resolved, commands)) = running else { return Ok(Vec::new()) };
        let plugin = self.plugin(&resolved)?;
        let parsed = self.parse(&resolved, plugin.as_ref())?;
        let (reply, answer) = oneshot::channel();
        let most = parsed.tasks_max.min(MOST_TASKS);
        if most < parsed.tasks_max {
            tracing::warn!(target: TARGET, connector = name, most, "tasks.max is larger than this worker allows");
        }
        let asked = commands.send(Command::TaskConfigs(most, reply)).await;
        asked.map_err(|_| gone(name))?;
        let configs = answer.await.map_err(|_| gone(name))??;
        if configs.len() > parsed.tasks_max as usize {
            let error = parsed.too_many_tasks(configs.len());
            if parsed.tasks_max_enforced {
                let _ = commands.send(Command::Fail(error.clone())).await;
                return Err(error);
            }
            tracing::warn!(target: TARGET, connector = name, error = %error, "more tasks than tasks.max");
        }
        let class = plugin.info().class;
        let complete = |mut task: Props| {
            reverse(&mut task, config);
            task.insert("task.class".into(), task_class(&class));
            for key in ["topics", "topics.regex"] {
                if let Some(value) = config.get(key) {
                    task.insert(key.into(), value.clone());
                }
            }
            task
        };
        Ok(configs.into_iter().map(complete).collect())
    }

    pub(super) fn parse(&self, config: &Props, plugin: &dyn Plugin) -> Result<ConnectorConfig, Exception> {
        ConnectorConfig::parse(config, kind_of(plugin), &self.0.registry, self.0.config.topic_creation)
    }

    /// Stops connectors together, within five seconds; late ones are dropped and named.
    pub async fn stop_connectors(&self, names: &[String]) {
        let deadline = Instant::now() + CONNECTOR_STOP;
        let mut stopping = Vec::new();
        for name in names {
            self.0.forget_reloads(name);
            let Some(running) = lock(&self.0.connectors).remove(name) else { continue };
            let (done, stopped) = oneshot::channel();
            // A full inbox belongs to a connector that hangs; it is dropped at the deadline.
            let _ = running.commands.try_send(Command::Stop(done));
            stopping.push((name, running, stopped));
        }
        for (name, mut running, _stopped) in stopping {
            if timeout_at(deadline.into(), &mut running.join).await.is_err() {
                running.reporter.report(State::Unassigned);
                running.reporter.mute();
                running.join.abort();
                tracing::warn!(target: TARGET, connector = %name, "the connector did not stop in time and was dropped");
            }
        }
    }
}

async fn transition(commands: &mpsc::Sender<Command>, target: TargetState) -> Result<State, Exception> {
    let (reply, answer) = oneshot::channel();
    let refused = || {
        Exception::connect(format!(
            "Could not begin changing connector state to {} as the connector has been scheduled for shutdown",
            target.name()
        ))
    };
    commands.send(Command::Transition(target, reply)).await.map_err(|_| refused())?;
    answer.await.map_err(|_| refused())?
}

fn gone(name: &str) -> Exception {
    Exception::connect(format!("Connector {name} is being stopped"))
}

/// The name of a task's class: upstream's connectors name theirs after themselves.
fn task_class(connector: &str) -> String {
    match connector.strip_suffix("Connector") {
        Some(stem) => format!("{stem}Task"),
        None => format!("{connector}Task"),
    }
}
