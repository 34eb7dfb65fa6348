//! Restarts. `forward` has no meaning where one worker does everything.

use hyper::StatusCode;
use kconnect_api::TaskId;
use kconnect_connect::herder::{Herder, RestartRequest};

use super::{ask, task_number};
use crate::entities;
use crate::error::Failure;
use crate::exchange::Exchange;
use crate::reply::{Answer, Reply};

/// Without flags only the connector is restarted: 204. With one, what matches: 202 and the plan (KIP-745).
pub(crate) async fn connector(exchange: &Exchange<'_>, herder: &dyn Herder, name: &str) -> Answer {
    let request = RestartRequest {
        only_failed: exchange.query.flag("onlyFailed", false),
        include_tasks: exchange.query.flag("includeTasks", false),
    };
    if !request.only_failed && !request.include_tasks {
        ask(herder, herder.restart_connector(name)).await?;
        return Reply::empty(StatusCode::NO_CONTENT);
    }
    let plan = ask(herder, herder.restart_connector_and_tasks(name, request)).await?;
    Reply::with(StatusCode::ACCEPTED, entities::connector_state(&plan))
}

pub(crate) async fn task(herder: &dyn Herder, name: &str, task: &str) -> Answer {
    let number = task_number(task)?;
    let Ok(task) = u32::try_from(number) else {
        return Err(Failure::not_found(format!("Task {name}-{number} not found")));
    };
    let id = TaskId { connector: name.to_owned(), task };
    ask(herder, herder.restart_task(&id)).await?;
    Reply::empty(StatusCode::NO_CONTENT)
}
