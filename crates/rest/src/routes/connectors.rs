//! `/connectors` except restarts and offsets.

use hyper::StatusCode;
use kconnect_api::TaskId;
use kconnect_connect::herder::{Herder, HerderError, Put, RawConfig, TargetState};
use serde_json::{Map, Value as Json, json};

use super::{ask, task_number};
use crate::error::Failure;
use crate::exchange::{Exchange, location};
use crate::reply::{Answer, Body, Reply};
use crate::{TARGET, bind, entities};

/// Names, or with `expand` an object of the parts asked for.
pub(crate) async fn list(exchange: &Exchange<'_>, herder: &dyn Herder) -> Answer {
    let names = herder.connectors();
    if exchange.query.first("expand").is_none() {
        return Reply::ok(names.into());
    }
    let parts: Vec<&str> = exchange.query.all("expand").collect();
    let mut all = Map::new();
    for name in names {
        if let Some(fields) = expanded(herder, &name, &parts).await? {
            all.insert(name, fields.into());
        }
    }
    Reply::ok(all.into())
}

/// `None`: left out, because it has no status yet.
async fn expanded(
    herder: &dyn Herder,
    name: &str,
    parts: &[&str],
) -> Result<Option<Map<String, Json>>, HerderError> {
    let mut fields = Map::new();
    for part in parts {
        let value = match *part {
            "status" => match herder.connector_status(name) {
                Ok(status) => entities::connector_state(&status),
                Err(HerderError::NotFound(_)) => return Ok(None),
                Err(error) => return Err(error),
            },
            "info" => match ask(herder, herder.connector_info(name)).await {
                Ok(info) => entities::connector_info(&info),
                // Deleted in the meantime.
                Err(HerderError::NotFound(_)) => Json::Null,
                Err(error) => return Err(error),
            },
            other => {
                tracing::info!(target: TARGET, "Ignoring unknown expansion type {}", other.escape_debug());
                continue;
            }
        };
        fields.insert((*part).to_owned(), value);
    }
    Ok(Some(fields))
}

pub(crate) async fn create(exchange: &Exchange<'_>, herder: &dyn Herder) -> Answer {
    let request = bind::create_request(exchange.json()?)?;
    let config = named(request.config, &request.name)?;
    let asked = herder.put_connector_config(request.name, config, request.initial_state, false);
    put_answer(exchange, ask(herder, asked).await?)
}

pub(crate) async fn put(exchange: &Exchange<'_>, herder: &dyn Herder, name: &str) -> Answer {
    let config = named(bind::string_map(exchange.json()?)?, name)?;
    let asked = herder.put_connector_config(name.to_owned(), config, None, true);
    put_answer(exchange, ask(herder, asked).await?)
}

/// The configuration's own `name` must be that of the request, and is added when absent.
fn named(mut config: RawConfig, name: &str) -> Result<RawConfig, Failure> {
    match config.get("name") {
        Some(Some(given)) if given != name => Err(Failure::bad_request(format!(
            "Connector name configuration ({given}) doesn't match connector name in the URL ({name})"
        ))),
        _ => {
            config.insert("name".to_owned(), Some(name.to_owned()));
            Ok(config)
        }
    }
}

fn put_answer(exchange: &Exchange<'_>, put: Put) -> Answer {
    let body = Some(Body::Json(entities::connector_info(&put.info)));
    Ok(match put.created {
        true => {
            let location = Some(location(exchange, &put.info.name));
            Reply { status: StatusCode::CREATED, body, location }
        }
        false => Reply { status: StatusCode::OK, body, location: None },
    })
}

pub(crate) async fn patch(exchange: &Exchange<'_>, herder: &dyn Herder, name: &str) -> Answer {
    let patch = bind::string_map(exchange.json()?)?;
    let put = ask(herder, herder.patch_connector_config(name.to_owned(), patch)).await?;
    Reply::ok(entities::connector_info(&put.info))
}

pub(crate) async fn info(herder: &dyn Herder, name: &str) -> Answer {
    Reply::ok(entities::connector_info(&ask(herder, herder.connector_info(name)).await?))
}

pub(crate) async fn config(herder: &dyn Herder, name: &str) -> Answer {
    Reply::ok(entities::props(&ask(herder, herder.connector_config(name)).await?))
}

pub(crate) async fn tasks(herder: &dyn Herder, name: &str) -> Answer {
    Reply::ok(entities::task_infos(&ask(herder, herder.task_configs(name)).await?))
}

pub(crate) async fn delete(herder: &dyn Herder, name: &str) -> Answer {
    ask(herder, herder.delete_connector(name)).await?;
    Reply::empty(StatusCode::NO_CONTENT)
}

pub(crate) fn status(herder: &dyn Herder, name: &str) -> Answer {
    Reply::ok(entities::connector_state(&herder.connector_status(name)?))
}

pub(crate) fn task_status(herder: &dyn Herder, name: &str, task: &str) -> Answer {
    let task = task_number(task)?;
    let Ok(task) = u32::try_from(task) else {
        return Err(Failure::not_found(format!("No status found for task {name}-{task}")));
    };
    let id = TaskId { connector: name.to_owned(), task };
    Reply::ok(entities::task_status(task, &herder.task_status(&id)?))
}

pub(crate) async fn target(
    herder: &dyn Herder,
    name: &str,
    state: TargetState,
    status: StatusCode,
) -> Answer {
    ask(herder, herder.set_target_state(name, state)).await?;
    Reply::empty(status)
}

pub(crate) fn topics(herder: &dyn Herder, name: &str) -> Answer {
    let mut all = Map::new();
    all.insert(name.to_owned(), json!({"topics": herder.active_topics(name)?}));
    Reply::ok(all.into())
}

pub(crate) fn reset_topics(herder: &dyn Herder, name: &str) -> Answer {
    herder.reset_active_topics(name)?;
    Reply::empty(StatusCode::ACCEPTED)
}
