//! `/` and `/health`.

use std::iter::once;

use hyper::StatusCode;
use kconnect_connect::herder::{Health, Herder, Stage};
use serde_json::json;

use super::HEALTH_WAIT;
use crate::error::summary;
use crate::exchange::Exchange;
use crate::reply::{Answer, Reply};

pub(crate) fn root(exchange: &Exchange<'_>, herder: &dyn Herder) -> Answer {
    let config = &exchange.state.config;
    Reply::ok(json!({
        "version": config.version,
        "commit": config.commit,
        "kafka_cluster_id": herder.cluster_id(),
    }))
}

pub(crate) async fn health(herder: &dyn Herder) -> Answer {
    match tokio::time::timeout(HEALTH_WAIT, herder.health()).await {
        Ok(Ok(Health::Healthy)) => status(
            StatusCode::OK,
            "healthy",
            &once("Worker has completed startup and is ready to handle requests.".to_owned())
                .chain(herder.notices())
                .collect::<Vec<_>>()
                .join(" "),
            None,
        ),
        Ok(Ok(Health::Starting(stage))) => starting(stage.as_ref()),
        Ok(Ok(Health::Unhealthy(stage))) => unhealthy(stage.as_ref()),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => unhealthy(None),
    }
}

pub(crate) fn starting(stage: Option<&Stage>) -> Answer {
    status(StatusCode::SERVICE_UNAVAILABLE, "starting", "Worker is still starting up.", stage)
}

fn unhealthy(stage: Option<&Stage>) -> Answer {
    const TEXT: &str = "Worker was unable to handle this request and may be unable to handle other requests.";
    status(StatusCode::INTERNAL_SERVER_ERROR, "unhealthy", TEXT, stage)
}

fn status(code: StatusCode, status: &str, message: &str, stage: Option<&Stage>) -> Answer {
    let message = match stage {
        Some(stage) => format!("{message} {}", summary(stage)),
        None => message.to_owned(),
    };
    Reply::with(code, json!({"status": status, "message": message}))
}
