//! `/admin/loggers`.

use hyper::StatusCode;
use kconnect_connect::herder::{Herder, Loggers};
use serde_json::{Map, Value as Json};

use super::ask;
use crate::error::Failure;
use crate::exchange::Exchange;
use crate::reply::{Answer, Reply};
use crate::{TARGET, bind, entities};

const LEVELS: [&str; 8] = ["OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"];

pub(crate) fn list(loggers: &dyn Loggers) -> Answer {
    let all = loggers.all();
    Reply::ok(Json::Object(
        all.iter().map(|(name, level)| (name.clone(), entities::logger_level(level))).collect::<Map<_, _>>(),
    ))
}

pub(crate) fn level(loggers: &dyn Loggers, name: &str) -> Answer {
    match loggers.level(known(name)) {
        Some(level) => Reply::ok(entities::logger_level(&level)),
        None => Err(Failure::not_found(format!("Logger {name} not found."))),
    }
}

pub(crate) async fn set(
    exchange: &Exchange<'_>,
    herder: &dyn Herder,
    loggers: &dyn Loggers,
    name: &str,
) -> Answer {
    let body = bind::string_map(exchange.json()?)?;
    let Some(Some(given)) = body.get("level") else {
        return Err(Failure::bad_request("Desired 'level' parameter was not specified in request."));
    };
    let invalid = || Failure::not_found(format!("invalid log level '{given}'."));
    let level = given.trim().to_ascii_uppercase();
    if !LEVELS.contains(&level.as_str()) {
        return Err(invalid());
    }
    let scope = exchange.query.first("scope").unwrap_or("worker");
    if scope.eq_ignore_ascii_case("cluster") {
        ask(herder, herder.set_cluster_log_level(known(name), &level)).await?;
        // This worker is one of the cluster's.
        loggers.set(known(name), &level).map_err(|_| invalid())?;
        return Reply::empty(StatusCode::NO_CONTENT);
    }
    if !scope.eq_ignore_ascii_case("worker") {
        tracing::warn!(target: TARGET, "Received invalid scope '{}' in request to adjust logging level; will default to worker",
            scope.escape_debug());
    }
    Reply::ok(loggers.set(known(name), &level).map_err(|_| invalid())?.into())
}

/// The root logger is known in any case.
fn known(name: &str) -> &str {
    if name.eq_ignore_ascii_case("root") { "root" } else { name }
}
