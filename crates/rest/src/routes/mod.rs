//! Resources: what each path and method does.

mod connectors;
mod health;
mod internal;
mod loggers;
mod offsets;
mod plugins;
pub(crate) mod preview;
mod restart;

use std::time::Duration;

use hyper::{Method, StatusCode};
use kconnect_connect::herder::{Asked, Health, Herder, HerderError, TargetState};

use crate::error::Failure;
use crate::exchange::Exchange;
use crate::reply::Answer;
use crate::router::Resource;

/// How long a request waits for the herder.
const WAIT: Duration = Duration::from_secs(90);
/// How long `/health` waits.
const HEALTH_WAIT: Duration = Duration::from_secs(10);

/// Answers a request for `resource`, whose method is one that it has.
pub(crate) async fn answer(exchange: &Exchange<'_>, resource: Resource) -> Answer {
    let Some(installed) = exchange.state.installed.get() else {
        return match resource {
            Resource::Health => health::starting(None),
            _ => Err(Failure::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The worker is still starting up; try again",
            )),
        };
    };
    let herder = &*installed.herder;
    let loggers = &*installed.loggers;
    let reads = matches!(exchange.method, Method::GET | Method::HEAD);
    match (&resource, reads) {
        (Resource::Root, _) => health::root(exchange, herder),
        (Resource::Health, _) => health::health(herder).await,
        (Resource::Connectors, true) => connectors::list(exchange, herder).await,
        (Resource::Connectors, false) => connectors::create(exchange, herder).await,
        (Resource::Connector(name), true) => connectors::info(herder, name).await,
        (Resource::Connector(name), false) => connectors::delete(herder, name).await,
        (Resource::Config(name), true) => connectors::config(herder, name).await,
        (Resource::Config(name), false) if exchange.method == Method::PATCH => {
            connectors::patch(exchange, herder, name).await
        }
        (Resource::Config(name), false) => connectors::put(exchange, herder, name).await,
        (Resource::Status(name), _) => connectors::status(herder, name),
        (Resource::Tasks(name), true) => connectors::tasks(herder, name).await,
        (Resource::Tasks(name), false) => internal::put_task_configs(exchange, herder, name).await,
        (Resource::TaskStatus(name, task), _) => connectors::task_status(herder, name, task),
        (Resource::TaskRestart(name, task), _) => restart::task(herder, name, task).await,
        (Resource::Restart(name), _) => restart::connector(exchange, herder, name).await,
        (Resource::Pause(name), _) => {
            connectors::target(herder, name, TargetState::Paused, StatusCode::ACCEPTED).await
        }
        (Resource::Resume(name), _) => {
            connectors::target(herder, name, TargetState::Started, StatusCode::ACCEPTED).await
        }
        (Resource::Stop(name), _) => {
            connectors::target(herder, name, TargetState::Stopped, StatusCode::NO_CONTENT).await
        }
        (Resource::Topics(name), _) => connectors::topics(herder, name),
        (Resource::TopicsReset(name), _) => connectors::reset_topics(herder, name),
        (Resource::Offsets(name), true) => offsets::list(herder, name).await,
        (Resource::Offsets(name), false) if exchange.method == Method::PATCH => {
            offsets::alter(exchange, herder, name).await
        }
        (Resource::Offsets(name), false) => offsets::reset(herder, name).await,
        (Resource::Fence(name), _) => internal::fence(herder, name).await,
        (Resource::Plugins, _) => plugins::list(exchange, herder),
        (Resource::PluginConfig(class), _) => plugins::config(exchange, herder, class),
        (Resource::PluginValidate(class), _) => plugins::validate(exchange, herder, class).await,
        (Resource::PluginPreview(class), _) => preview::preview(exchange, herder, class).await,
        (Resource::Loggers, _) => loggers::list(loggers),
        (Resource::Logger(name), true) => loggers::level(loggers, name),
        (Resource::Logger(name), false) => loggers::set(exchange, herder, loggers, name).await,
    }
}

/// Waits for the herder's answer, not for ever. What was asked for may still be done after the time-out.
async fn ask<T>(herder: &dyn Herder, asked: Asked<'_, T>) -> Result<T, HerderError> {
    match tokio::time::timeout(WAIT, asked).await {
        Ok(answer) => answer,
        Err(_) => {
            Err(HerderError::TimedOut(match tokio::time::timeout(HEALTH_WAIT, herder.health()).await {
                Ok(Ok(Health::Starting(stage) | Health::Unhealthy(stage))) => stage,
                _ => None,
            }))
        }
    }
}

/// A task number as Java reads one; what is none is a path that does not exist.
fn task_number(text: &str) -> Result<i32, Failure> {
    text.parse().map_err(|_| Failure::framework(StatusCode::NOT_FOUND))
}
