//! `/connectors/{name}/offsets` (KIP-875).

use kconnect_connect::herder::Herder;
use serde_json::json;

use super::ask;
use crate::exchange::Exchange;
use crate::reply::{Answer, Reply};
use crate::{bind, entities};

pub(crate) async fn list(herder: &dyn Herder, name: &str) -> Answer {
    Reply::ok(entities::offsets(&ask(herder, herder.connector_offsets(name)).await?))
}

pub(crate) async fn alter(exchange: &Exchange<'_>, herder: &dyn Herder, name: &str) -> Answer {
    let offsets = bind::offsets(exchange.json()?)?;
    let message = ask(herder, herder.alter_connector_offsets(name.to_owned(), offsets)).await?;
    Reply::ok(json!({"message": message}))
}

pub(crate) async fn reset(herder: &dyn Herder, name: &str) -> Answer {
    let message = ask(herder, herder.reset_connector_offsets(name)).await?;
    Reply::ok(json!({"message": message}))
}
