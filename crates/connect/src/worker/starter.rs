//! One task from its configuration to its loop: chain, converters, clients, the plugin's start, and what its end means.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use kconnect_api::{
    Budget, ErrantRecordReporter, Exception, Plugin, Props, SinkContext, SourceContext, SourceServices, Task,
    TaskContext, TaskId,
};
use kconnect_client::consumer::{Consumer, ConsumerConfig, Subscription as ClientSubscription, TopicPattern};
use kconnect_client::producer::{Producer, ProducerConfig};
use tokio::sync::watch;

use super::chain::Chain;
use super::connector::caught;
use super::converters::Converters;
use super::dead_letters::DeadLetters;
use super::failure::{Judge, client_exception};
use super::member::{Member, Place, Return};
use super::outbox::Outbox;
use super::sink::account;
use super::sink::{Errant, SinkLoop, SinkParts};
use super::source::{Envelope, Services, SourceLoop, SourceParts};
use super::{Finish, TARGET, TASK_BUDGET, Wanted, Worker, io, unless_stopped};
use crate::config::client::{Clients, Delivery};
use crate::config::connector::{ConnectorConfig, Subscription};
use crate::config::secrets::Redactor;
use crate::herder::{ConnectorType, State};
use crate::status::Reporter;

/// Builds and runs one task.
pub(super) struct TaskStarter {
    pub(super) worker: Worker,
    pub(super) id: TaskId,
    pub(super) kind: ConnectorType,
    pub(super) plugin: Arc<dyn Plugin>,
    pub(super) config: ConnectorConfig,
    pub(super) task: Arc<Props>,
    pub(super) redactor: Arc<Redactor>,
    pub(super) reporter: Reporter,
    pub(super) wanted: watch::Receiver<Wanted>,
    pub(super) comes_back: Return,
}

impl TaskStarter {
    /// Builds once what a wrong configuration would break, so that a start answers at once.
    pub(super) fn check(&self) -> Result<(), Exception> {
        self.chain()?;
        self.converters()?;
        match self.kind {
            ConnectorType::Sink => {
                consumer_config(&self.clients().consumer(&self.id)?)?;
            }
            _ => {
                producer_config(&self.clients().producer("", Delivery::Idempotent)?)?;
            }
        }
        Ok(())
    }

    fn chain(&self) -> Result<Chain, Exception> {
        Chain::build(&self.config.props, &self.worker.0.registry)
    }

    fn converters(&self) -> Result<Converters, Exception> {
        // The worker's header converter has a default that its properties need not name.
        let mut worker = (*self.worker.0.config.props).clone();
        let defaults = &self.worker.0.config.converters;
        if let Some(header) = &defaults.header {
            worker.entry("header.converter".into()).or_insert_with(|| header.clone());
        }
        Converters::build(&self.config.props, &worker, &self.worker.0.registry)
    }

    fn clients(&self) -> Clients<'_> {
        let config = &self.worker.0.config;
        Clients { worker: &config.props, connector: &self.config.props, policy: &config.override_policy }
    }

    pub(super) async fn run(mut self) {
        let outcome = caught(self.live()).await.and_then(|outcome| outcome);
        let stopping = *self.wanted.borrow() == Wanted::Stop;
        match outcome {
            Ok(()) => self.reporter.report(State::Unassigned),
            Err(error) => {
                tracing::error!(
                    target: "org.apache.kafka.connect.runtime.WorkerTask",
                    error = %error.trace(), "Task threw an uncaught and unrecoverable exception. Task is being killed and will not recover until manually restarted"
                );
                match stopping {
                    true => self.reporter.report(State::Unassigned),
                    false => self.reporter.failed(&error),
                }
            }
        }
    }

    async fn live(&mut self) -> Result<(), Exception> {
        if *self.wanted.borrow_and_update() == Wanted::Pause {
            self.reporter.report(State::Paused);
            let _ = self.wanted.wait_for(|wanted| *wanted != Wanted::Pause).await;
        }
        if *self.wanted.borrow() == Wanted::Stop {
            return Ok(());
        }
        match self.kind {
            ConnectorType::Sink => self.run_sink().await,
            _ => self.run_source().await,
        }
    }

    async fn run_source(&mut self) -> Result<(), Exception> {
        let compatible = &self.worker.0.compatible;
        let mut delivery =
            if compatible.load(Ordering::Relaxed) { Delivery::Compatible } else { Delivery::Idempotent };
        loop {
            match self.run_source_once(delivery).await? {
                Finish::Stopped => return Ok(()),
                Finish::WithoutIdempotence => {
                    if !self.worker.0.compatible.swap(true, Ordering::Relaxed) {
                        tracing::warn!(
                            target: TARGET,
                            "the cluster refuses idempotent writes (CLUSTER_AUTHORIZATION_FAILED); producers go on without, one request in flight, and may repeat records after a lost answer; grant IdempotentWrite to end this"
                        );
                    }
                    delivery = Delivery::Compatible;
                }
            }
        }
    }

    async fn run_source_once(&mut self, delivery: Delivery) -> Result<Finish, Exception> {
        let worker = &self.worker.0;
        let props = self.clients().producer(&format!("connector-producer-{}", self.id), delivery)?;
        let chosen = ["enable.idempotence", "acks", "max.in.flight.requests.per.connection"];
        let user_chose = chosen.iter().any(|key| {
            self.config.props.contains_key(&format!("producer.override.{key}"))
                || worker.config.props.contains_key(&format!("producer.{key}"))
        });
        let client = self.worker.client(&props)?;
        let (producer, acks) = {
            let _io = worker.runtimes.io.enter();
            Producer::start(&client, producer_config(&props)?).map_err(|error| client_exception(&error))?
        };
        let creation = match self.config.topic_creation.clone() {
            Some(creation) => {
                let admin = self.clients().admin(&format!("connector-adminclient-{}", self.id))?;
                Some((creation, self.worker.client(&admin)?))
            }
            None => None,
        };
        let Some(dead_letters) = self.dead_letters().await? else { return Ok(Finish::Stopped) };
        let envelope = dead_letters.as_ref().map(|_| Envelope::new(&worker.registry)).transpose()?;
        let outbox = Arc::new(Outbox::default());
        let services: Arc<dyn SourceServices> = Arc::new(Services {
            connector: self.id.connector.clone(),
            store: Arc::clone(&worker.store),
            outbox: Arc::clone(&outbox),
        });
        let context =
            SourceContext::new(self.id.clone(), Arc::clone(&self.task), Budget::new(TASK_BUDGET), services);
        let parts = SourceParts {
            id: self.id.clone(),
            producer,
            acks,
            may_fall_back: delivery == Delivery::Idempotent && !user_chose,
            creation,
            chain: self.chain()?,
            converters: self.converters()?,
            judge: self.judge(dead_letters),
            envelope,
            store: Arc::clone(&worker.store),
            outbox,
            reporter: self.reporter.clone(),
            tracking: worker.config.topic_tracking,
            flush_interval: worker.config.offset_flush_interval,
            flush_timeout: worker.config.offset_flush_timeout,
            io: worker.runtimes.io.clone(),
            wanted: self.wanted.clone(),
        };
        let Some(started) = self.start_plugin(TaskContext::Source(context)).await? else {
            return Ok(Finish::Stopped);
        };
        match started {
            Task::Source(task) => {
                self.reporter.report(State::Running);
                SourceLoop::new(parts).run(task).await
            }
            Task::Sink(_) => Err(Exception::connect("a source connector made a sink task")),
        }
    }

    /// Starts the plugin's task; `None` when a stop came first.
    async fn start_plugin(&mut self, context: TaskContext) -> Result<Option<Task>, Exception> {
        let plugin = Arc::clone(&self.plugin);
        let raw = (*self.task).clone();
        tokio::select! {
            biased;
            _ = self.wanted.wait_for(|wanted| *wanted == Wanted::Stop) => Ok(None),
            started = plugin.task(raw, context) => {
                started.map(Some).map_err(|error| error.exception().clone())
            }
        }
    }

    async fn run_sink(&mut self) -> Result<(), Exception> {
        let worker = Arc::clone(&self.worker.0);
        let Some(settings) = self.config.sink.clone() else {
            return Err(Exception::connect("a sink without topics"));
        };
        let Some(dead_letters) = self.dead_letters().await? else { return Ok(()) };
        let reports = dead_letters.is_some() || self.config.errors.log;
        let judge = Arc::new(self.judge(dead_letters));
        let errant = Arc::new(Errant::new(Arc::clone(&judge), self.converters()?));
        let reporter = reports.then(|| Arc::clone(&errant) as Arc<dyn ErrantRecordReporter>);
        let budget = Budget::new(TASK_BUDGET);
        let context = SinkContext::new(self.id.clone(), Arc::clone(&self.task), budget, reporter);
        let Some(started) = self.start_plugin(TaskContext::Sink(context.clone())).await? else {
            return Ok(());
        };
        let Task::Sink(task) = started else {
            return Err(Exception::connect("a sink connector made a source task"));
        };
        let props = self.clients().consumer(&self.id)?;
        let client = self.worker.client(&props)?;
        let consumer = {
            let _io = worker.runtimes.io.enter();
            Consumer::start_charging(&client, consumer_config(&props)?, account(context.budget()))
                .map_err(|error| client_exception(&error))?
        };
        let subscription: ClientSubscription = match settings.subscription {
            Subscription::Topics(topics) => topics.into(),
            Subscription::Pattern(pattern) => {
                TopicPattern::new(pattern.text().to_owned(), move |topic| pattern.matches(topic)).into()
            }
        };
        consumer.subscribe(subscription).await.map_err(|error| client_exception(&error))?;
        let consumer = Member::new(
            consumer,
            client,
            worker.runtimes.io.clone(),
            Place::new(&self.id, &props),
            self.comes_back.clone(),
            worker.good_byes.clone(),
        );
        self.reporter.report(State::Running);
        let parts = SinkParts {
            id: self.id.clone(),
            consumer,
            context,
            chain: self.chain()?,
            converters: self.converters()?,
            judge,
            errant,
            reporter: self.reporter.clone(),
            tracking: worker.config.topic_tracking,
            flush_interval: worker.config.offset_flush_interval,
            flush_timeout: worker.config.offset_flush_timeout,
            wanted: self.wanted.clone(),
        };
        SinkLoop::new(parts).run(task).await.map(|_| ())
    }

    /// Starts the dead-letter queue, if there shall be one; `None` when a stop came first.
    async fn dead_letters(&self) -> Result<Option<Option<Arc<DeadLetters>>>, Exception> {
        let Some(settings) = self.config.dead_letters.clone() else { return Ok(Some(None)) };
        let mut wanted = self.wanted.clone();
        let started = unless_stopped(&mut wanted, self.start_dead_letters(settings)).await;
        started.transpose().map(|started| started.map(Some))
    }

    fn judge(&self, dead_letters: Option<Arc<DeadLetters>>) -> Judge {
        Judge {
            task: self.id.clone(),
            settings: self.config.errors.clone(),
            dead_letters,
            redactor: Arc::clone(&self.redactor),
        }
    }

    async fn start_dead_letters(
        &self,
        settings: crate::config::connector::DeadLetterSettings,
    ) -> Result<Arc<DeadLetters>, Exception> {
        let clients = self.clients();
        let props = clients.producer(&format!("connector-dlq-producer-{}", self.id), Delivery::Idempotent)?;
        let admin = self.worker.client(&clients.admin("connector-dlq-adminclient-")?)?;
        let client = self.worker.client(&props)?;
        let (config, id) = (producer_config(&props)?, self.id.clone());
        let started = io::on(&self.worker.0.runtimes.io, async move {
            DeadLetters::start(id, settings, &client, &admin, config).await
        });
        Ok(Arc::new(started.await?))
    }
}

fn producer_config(props: &Props) -> Result<ProducerConfig, Exception> {
    ProducerConfig::from_props(props)
        .map_err(|error| Exception::new(kconnect_api::classes::CONFIG, error.to_string()))
}

fn consumer_config(props: &Props) -> Result<ConsumerConfig, Exception> {
    ConsumerConfig::from_props(props)
        .map_err(|error| Exception::new(kconnect_api::classes::CONFIG, error.to_string()))
}
